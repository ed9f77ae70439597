//! What single cells of tables mean: numbers with a comma or a point, business values, yes and no, lists of
//! labels; the statuses of one file, each kept once; the item that a reader begins with. Dates are in
//! `dates`, cells in `csv_rows`.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::model::flow_settings::plain_status;
use crate::model::work_item::{Category, Status};
use crate::model::{FlowSettings, Notice, StageKind};

use super::Sink;
use super::csv_rows::Row;
use super::date_order::DateVotes;
use super::dates::{Dates, Moment};
use super::words::{OddValues, counted};

/// A number as people and spreadsheets write it: `8`, `8.0`, `8,5`.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let is_comma_decimal = text.matches(',').count() == 1 && !text.contains('.');
    let number: f64 = if is_comma_decimal {
        text.replace(',', ".").parse().ok()?
    } else {
        text.parse().ok()?
    };
    number.is_finite().then_some(number)
}

/// The business value that a cell tells, as it is told; what is odd is counted.
pub(super) fn business_value(text: &str, odd: &mut OddValues) -> Option<f64> {
    if text.is_empty() {
        return None;
    }
    odd.counted(number(text))
}

/// Yes or no, in the words of several languages; `None` for anything else.
pub(super) fn yes(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "x" | "ja" | "wahr" | "oui" | "vrai" | "sí" | "si" => {
            Some(true)
        }
        "no" | "n" | "false" | "0" | "nein" | "falsch" | "non" | "faux" => Some(false),
        _ => None,
    }
}

/// The parts of a cell that holds several texts, apart by one of `separators`.
pub(super) fn parts(text: &str, separators: &[char]) -> Vec<String> {
    text.split(separators)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A text that should be a date, for a message. Where columns are shifted a person may stand there:
/// hence only what is mostly digits is shown, and not all of it.
fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if digits * 3 < text.chars().count() {
        return String::new();
    }
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!(": `{}…`", text.get(..end).unwrap_or_default()),
        None => format!(": `{text}`"),
    }
}

/// The place of the stage that names a status or is called like it.
fn place_of(flow: &FlowSettings, status: &str) -> Option<usize> {
    let wanted = plain_status(status);
    let is_meant = |name: &String| plain_status(name) == wanted;
    let mut stages = flow.stages.iter();
    let by_status = stages
        .clone()
        .position(|stage| stage.statuses.iter().any(is_meant));
    by_status.or_else(|| stages.position(|stage| is_meant(&stage.name)))
}

/// The instant that a cell of the column called `name` tells, if it tells anything.
///
/// # Errors
///
/// Why it is none, for a message.
pub(super) fn date(
    dates: Dates,
    row: &Row<'_>,
    name: &str,
    column: Option<usize>,
) -> Result<Option<DateTime<Utc>>, String> {
    let text = row.cell(column);
    if text.is_empty() {
        return Ok(None);
    }
    let instant = dates.instant(text).map(Some);
    instant.ok_or_else(|| format!("`{name}` is no date{}", shown(text)))
}

/// The instants of one format's dates, and how many could not be read: those that an item can do
/// without.
pub(super) struct DateCells {
    pub(super) dates: Dates,
    unreadable: usize,
}

impl DateCells {
    /// None read yet.
    pub(super) fn new(zone: Tz, votes: &DateVotes) -> Self {
        Self {
            dates: Dates {
                zone,
                order: votes.order(),
            },
            unreadable: 0,
        }
    }

    /// The instant that a cell tells.
    pub(super) fn read(&mut self, row: &Row<'_>, column: Option<usize>) -> Option<DateTime<Utc>> {
        self.moment(row, column).map(|moment| moment.at)
    }

    /// The same, with whether it tells a time of day.
    pub(super) fn moment(&mut self, row: &Row<'_>, column: Option<usize>) -> Option<Moment> {
        let text = row.cell(column);
        let moment = self.dates.read(text);
        self.unreadable += usize::from(moment.is_none() && !text.is_empty());
        moment
    }
}

/// Things that were met in a file and are said once, each with its count.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Items of which only the present status is known.
    pub(super) without_history: usize,
    /// Items that begin with their first date, for nothing says when they were created.
    pub(super) without_creation: usize,
    odd_values: OddValues,
}

impl Counts {
    /// The business value in a cell; what is odd is counted.
    pub(super) fn value(&mut self, text: &str) -> Option<f64> {
        business_value(text, &mut self.odd_values)
    }

    /// Says all of it; `rows` is how many rows the file has, `hint` how to come to a history.
    pub(super) fn tell(&self, rows: u64, cells: &DateCells, hint: &str, sink: &mut Sink<'_>) {
        let place = sink.place().to_owned();
        if rows == 0 {
            let message = format!("{place} has a header and no item");
            sink.notice(Notice::new("table-empty", message));
        }
        if self.without_history > 0 {
            let count = self.without_history;
            let of = counted(count, "item");
            let message = format!("{place}: of {of} only the present status is known");
            let notice = Notice::new("history-missing", message).count(count);
            sink.notice(notice.hint(hint).incomplete());
        }
        self.odd_values.tell(sink);
        let told = [
            (
                "created-missing",
                self.without_creation,
                "times nothing says when an item was created: it begins with its first date",
            ),
            (
                "date-unreadable",
                cells.unreadable,
                "times what should be a date is none, and left out",
            ),
        ];
        for (code, count, what) in told {
            if count > 0 {
                let message = format!("{place}: {count} {what}");
                sink.notice(Notice::new(code, message).count(count).incomplete());
            }
        }
    }
}

/// The text of a cell, unless it is empty.
pub(super) fn text(row: &Row<'_>, column: Option<usize>) -> Option<String> {
    let text = row.cell(column);
    (!text.is_empty()).then(|| text.to_owned())
}

/// So many distinct statuses are kept; a file with more wants to waste memory.
const MOST_STATUSES: usize = 10_000;

/// Statuses that are kept of one name: every project may have one of its own.
const MOST_OF_A_NAME: usize = 100;

/// The statuses of one file: one value for all rows that tell the same.
pub(super) struct Statuses<'a> {
    flow: &'a FlowSettings,
    /// By name; those of one name differ in id or category.
    known: HashMap<String, Vec<Arc<Status>>>,
    count: usize,
    /// Places in the stream by name.
    places: HashMap<String, Option<usize>>,
}

impl<'a> Statuses<'a> {
    /// None yet.
    pub(super) fn new(flow: &'a FlowSettings) -> Self {
        Self {
            flow,
            known: HashMap::new(),
            count: 0,
            places: HashMap::new(),
        }
    }

    /// The status with this name and, if the tracker tells them, its inner id and what it means.
    pub(super) fn status(
        &mut self,
        name: &str,
        id: Option<&str>,
        category: Option<Category>,
    ) -> Arc<Status> {
        let is_it =
            |status: &&Arc<Status>| status.id.as_deref() == id && status.category == category;
        let known = self.known.get(name).and_then(|all| all.iter().find(is_it));
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let status = Arc::new(Status {
            name: name.to_owned(),
            id: id.map(str::to_owned),
            category,
        });
        if self.count < MOST_STATUSES {
            self.count += 1;
            let of_name = self.known.entry(name.to_owned()).or_default();
            if of_name.len() < MOST_OF_A_NAME {
                of_name.push(Arc::clone(&status));
            }
        }
        status
    }

    /// The place in the stream of the stage that names a status, if one does.
    pub(super) fn place(&mut self, name: &str) -> Option<usize> {
        if let Some(known) = self.places.get(name) {
            return *known;
        }
        let place = place_of(self.flow, name);
        if self.places.len() < MOST_STATUSES {
            self.places.insert(name.to_owned(), place);
        }
        place
    }

    /// The kind of stage that a status of this name belongs to, if one names it.
    pub(super) fn kind(&mut self, name: &str) -> Option<StageKind> {
        let place = self.place(name)?;
        self.flow.stages.get(place).map(|stage| stage.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_a_comma_or_a_point() {
        assert_eq!(number(" 8.0 "), Some(8.0));
        assert_eq!(number("8,5"), Some(8.5));
        for text in ["", "eight", "1,000.5", "NaN", "inf", "1e999"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn a_business_value_is_kept_as_told_and_said_beyond_one_to_a_hundred() {
        let mut odd = OddValues::default();
        for (text, value) in [
            ("", None),
            ("1", Some(1.0)),
            ("100,0", Some(100.0)),
            ("0", Some(0.0)),
            ("-3", Some(-3.0)),
            ("101", Some(101.0)),
            ("high", None),
        ] {
            assert_eq!(business_value(text, &mut odd), value, "{text}");
        }
        let mut each = |_| {};
        let mut sink = Sink::new("t.csv", &mut each);
        odd.tell(&mut sink);
        let remarks = sink.finish();
        let told = remarks.notices.iter();
        let told: Vec<_> = told.map(|it| (it.code.as_str(), it.count)).collect();
        assert_eq!(told, [("value-unreadable", 1), ("value-out-of-range", 3)]);
    }

    #[test]
    fn a_status_is_kept_once_and_knows_its_stage() {
        let flow = FlowSettings::default();
        let mut statuses = Statuses::new(&flow);
        let one = statuses.status("In Progress", None, None);
        let other = statuses.status("In Progress", None, None);
        assert!(Arc::ptr_eq(&one, &other));
        assert_eq!(statuses.kind("in progress 🚧"), Some(StageKind::Active));
        assert_eq!(statuses.kind("Discovery"), Some(StageKind::Queue));
        assert_eq!(statuses.kind("On the moon"), None);
    }

    #[test]
    fn what_should_be_a_date_is_shown_if_it_could_be_one() {
        assert_eq!(shown("31/31/2026"), ": `31/31/2026`");
        assert_eq!(shown("25/Foo/26 10:17 PM"), ": `25/Foo/26 10:17 PM`");
        assert_eq!(shown(&"7".repeat(50)), format!(": `{}…`", "7".repeat(40)));
        assert_eq!(shown("person@example.test"), "");
    }
}
