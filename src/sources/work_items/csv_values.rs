//! What single cells of tables mean: numbers with a comma or a point, business values, yes and no, lists of
//! labels; the statuses of one file, each kept once; the item that a reader begins with. Dates are in
//! `dates`, cells in `csv_rows`.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::model::flow_settings::plain_status;
use crate::model::work_item::{Category, History, Status, Tracker};
use crate::model::{FlowSettings, StageKind, WorkItem};

use super::csv_rows::Row;
use super::dates::Dates;

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

/// The business value that a cell tells: 1 to 100. `Err` for what is none.
pub(super) fn business_value(text: &str) -> Result<Option<f64>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    let value = number(text).filter(|value| (1.0..=100.0).contains(value));
    value.map(Some).ok_or(())
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

/// A foreign text, short enough for a message.
pub(super) fn quoted(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("`{}…`", text.get(..end).unwrap_or_default()),
        None => format!("`{text}`"),
    }
}

/// The kind of the stage that names a status or is called like it; `None` if there is no such stage.
pub(super) fn kind_of(flow: &FlowSettings, status: &str) -> Option<StageKind> {
    let wanted = plain_status(status);
    let is_meant = |name: &String| plain_status(name) == wanted;
    let mut stages = flow.stages.iter();
    let by_status = stages
        .clone()
        .find(|stage| stage.statuses.iter().any(is_meant));
    let stage = by_status.or_else(|| stages.find(|stage| is_meant(&stage.name)))?;
    Some(stage.kind)
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
    instant.ok_or_else(|| format!("`{name}` is no date: {}", quoted(text)))
}

/// The text of a cell, unless it is empty.
pub(super) fn text(row: &Row<'_>, column: Option<usize>) -> Option<String> {
    let text = row.cell(column);
    (!text.is_empty()).then(|| text.to_owned())
}

/// An item of which nothing is known but who it is and when it was created.
pub(super) fn item(tracker: Tracker, id: &str, key: &str, created: DateTime<Utc>) -> WorkItem {
    WorkItem {
        tracker,
        id: id.to_owned(),
        key: key.to_owned(),
        aliases: Vec::new(),
        title: String::new(),
        type_name: String::new(),
        labels: Vec::new(),
        value: None,
        parent: None,
        resolution: None,
        created,
        updated: created,
        history: History::Approximate,
        events: Vec::new(),
    }
}

/// So many distinct statuses are kept; a file with more wants to waste memory.
const MOST_STATUSES: usize = 10_000;

/// The statuses of one file: one value for all rows that tell the same.
pub(super) struct Statuses<'a> {
    flow: &'a FlowSettings,
    known: HashMap<(String, Option<String>, Option<Category>), (Arc<Status>, Option<StageKind>)>,
}

impl<'a> Statuses<'a> {
    /// None yet.
    pub(super) fn new(flow: &'a FlowSettings) -> Self {
        Self {
            flow,
            known: HashMap::new(),
        }
    }

    /// The status with this name and, if the tracker tells them, its inner id and what it means.
    pub(super) fn status(
        &mut self,
        name: &str,
        id: Option<&str>,
        category: Option<Category>,
    ) -> Arc<Status> {
        self.entry(name, id, category).0
    }

    /// The kind of stage that a status of this name belongs to, if one names it.
    pub(super) fn kind(&mut self, name: &str) -> Option<StageKind> {
        self.entry(name, None, None).1
    }

    fn entry(
        &mut self,
        name: &str,
        id: Option<&str>,
        category: Option<Category>,
    ) -> (Arc<Status>, Option<StageKind>) {
        let key = (name.to_owned(), id.map(str::to_owned), category);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let status = Status {
            name: key.0.clone(),
            id: key.1.clone(),
            category,
        };
        let entry = (Arc::new(status), kind_of(self.flow, name));
        if self.known.len() < MOST_STATUSES {
            self.known.insert(key, entry.clone());
        }
        entry
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
    fn a_business_value_is_one_to_a_hundred() {
        assert_eq!(business_value(""), Ok(None));
        assert_eq!(business_value("1"), Ok(Some(1.0)));
        assert_eq!(business_value("100,0"), Ok(Some(100.0)));
        for text in ["0", "-3", "101", "high"] {
            assert_eq!(business_value(text), Err(()), "{text}");
        }
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
    fn long_texts_are_cut_for_messages() {
        assert_eq!(quoted("Done"), "`Done`");
        assert_eq!(quoted(&"ä".repeat(50)), format!("`{}…`", "ä".repeat(40)));
    }
}
