//! The CSV of issues that GitLab sends: opened, closed, and the labels that are on now. Scoped labels stand
//! for statuses; since when they are on, it does not tell. Its times are UTC and say so in the header.

use std::io;

use chrono::DateTime;

use crate::model::pattern::fits;
use crate::model::work_item::{Change, Event, History, Tracker};
use crate::model::{FlowSettings, WorkItem};

use super::csv_rows::{Header, Row, Table};
use super::csv_values::{Counts, DateCells, parts, text};
use super::gitlab_events::{closed, opened};
use super::words::value_of_label;
use super::{Input, ReadOptions, Sink, date_order};

const CREATED: [&str; 1] = ["created at (utc)"];
const TITLE: [&str; 1] = ["title"];
const STATE: [&str; 1] = ["state"];

const HINT: &str = "import the issues with their label and state events";

/// Whether a file that begins like this is a CSV of GitLab.
pub(super) fn recognise(head: &str) -> bool {
    Header::of(head).is_some_and(|header| header.has_all(&[&CREATED, &TITLE, &STATE]))
}

struct Columns {
    number: Option<usize>,
    url: Option<usize>,
    title: Option<usize>,
    type_name: Option<usize>,
    state: Option<usize>,
    labels: Option<usize>,
    created: Option<usize>,
    updated: Option<usize>,
    closed: Option<usize>,
}

impl Columns {
    fn of(header: &Header) -> Self {
        let place = |names: &[&str]| header.position(names);
        Self {
            number: place(&["issue id", "iid", "id"]),
            url: place(&["url"]),
            title: place(&TITLE),
            type_name: place(&["type", "issue type"]),
            state: place(&STATE),
            labels: place(&["labels"]),
            created: place(&CREATED),
            updated: place(&["updated at (utc)"]),
            closed: place(&["closed at (utc)"]),
        }
    }
}

/// Reads a CSV of GitLab.
///
/// # Errors
///
/// The input cannot be read; bad rows are skipped.
pub(super) fn read(
    input: &mut dyn Input,
    options: &ReadOptions<'_>,
    sink: &mut Sink<'_>,
) -> io::Result<()> {
    let Some(mut table) = Table::open(input, sink)? else {
        return Ok(());
    };
    let columns = Columns::of(table.header());
    let dates = [columns.created, columns.updated, columns.closed];
    let (votes, count) = date_order::of_table(&mut table, &dates, options.exported, sink)?;
    let mut reading = Reading {
        columns,
        cells: DateCells::new(chrono_tz::UTC, &votes),
        flow: options.flow,
        opened: opened(),
        closed: closed(false),
        counts: Counts::default(),
    };
    table.hand_on(sink, |row| reading.item(row))?;
    reading.counts.tell(count, &reading.cells, HINT, sink);
    Ok(())
}

struct Reading<'a> {
    columns: Columns,
    cells: DateCells,
    flow: &'a FlowSettings,
    opened: Change,
    closed: Change,
    counts: Counts,
}

impl Reading<'_> {
    fn item(&mut self, row: &Row<'_>) -> Result<WorkItem, &'static str> {
        let key = key(row.cell(self.columns.url), row.cell(self.columns.number));
        let key = key.ok_or("it has neither a URL of an issue nor a number")?;
        let created = self.cells.read(row, self.columns.created);
        let created = created.ok_or("it has no date of creation")?;
        let updated = self.cells.read(row, self.columns.updated);
        let closed = self.cells.read(row, self.columns.closed);
        let state = row.cell(self.columns.state);
        let is_closed = closed.is_some() || state.eq_ignore_ascii_case("closed");
        let last = [updated, closed].into_iter().flatten();
        let last = last.fold(created, DateTime::max);
        self.counts.without_history += 1;

        let labels = parts(row.cell(self.columns.labels), &[',']);
        let mut events = vec![Event::new(created, self.opened.clone())];
        if is_closed {
            // Issues that came from elsewhere are closed without a date.
            let at = closed.unwrap_or(last).max(created);
            events.push(Event::new(at, self.closed.clone()));
        } else {
            let flow = self.flow;
            let patterns = || flow.status_labels.iter().chain(&flow.blocked_labels);
            let says = |label: &&String| patterns().any(|pattern| fits(pattern, label));
            let put_on = labels.iter().filter(says).cloned().map(Change::Labelled);
            events.extend(put_on.map(|change| Event::new(last, change)));
        }
        Ok(WorkItem {
            title: row.cell(self.columns.title).to_owned(),
            type_name: text(row, self.columns.type_name).unwrap_or_default(),
            value: labels.iter().find_map(|label| value_of_label(label)),
            labels,
            updated: last,
            history: History::Approximate,
            events,
            ..WorkItem::known_as(Tracker::Gitlab, &key, &key, created)
        })
    }
}

/// `group/project#12`, from `https://host/group/project/-/issues/12`; `#12` where there is no URL.
fn key(url: &str, number: &str) -> Option<String> {
    let number = number.trim_start_matches('#');
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let of_url = || {
        let (_, rest) = url.split_once("://")?;
        let (_, path) = rest.split_once('/')?;
        let (project, rest) = path.split_once("/-/")?;
        let (_, last) = rest.split_once('/')?;
        let end = last
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(last.len());
        let number = last.get(..end).filter(|number| is_number(number))?;
        Some(format!("{project}#{number}"))
    };
    of_url().or_else(|| is_number(number).then(|| format!("#{number}")))
}

#[cfg(test)]
mod tests {
    use super::super::table_tests;
    use super::super::table_tests::{codes, fixture, lines, read_in, story};
    use super::*;

    #[test]
    fn issues_are_opened_and_closed_and_their_labels_are_those_of_now() {
        let bytes = fixture("gitlab.csv");
        let berlin = chrono_tz::Europe::Berlin;
        let (items, remarks) = read_in(read, &bytes, &FlowSettings::default(), berlin);
        let stories: Vec<(&str, Vec<String>)> = items
            .iter()
            .map(|item| (item.key.as_str(), story(item)))
            .collect();
        let closed = |created, closed| lines(&[(created, "Open"), (closed, "Closed")]);
        let expected = [
            ("acme/shop#101", closed("03-02 09:00", "03-11 11:00")),
            ("acme/shop#102", closed("03-02 10:00", "03-06 19:00")),
            ("acme/shop#103", closed("03-05 08:00", "03-09 08:00")),
            ("acme/shop#104", closed("03-02 09:00", "03-12 09:00")),
            (
                "acme/shop#105",
                lines(&[
                    ("03-03 09:00", "Open"),
                    ("03-07 09:00", "Labelled(\"workflow::code review\")"),
                ]),
            ),
            ("acme/shop#106", closed("03-03 09:00", "03-08 09:00")),
        ];
        assert_eq!(stories, expected);
        assert_eq!(items[0].labels, ["feature", "security"]);
        assert_eq!(items[0].title, "Sign in with passkeys");
        assert_eq!(codes(&remarks), ["history-missing"]);
        assert!(!format!("{items:?}").contains("person"));
    }

    #[test]
    fn the_key_is_the_project_and_the_number() {
        let url = "https://git.example.test/a/b/c/-/issues/12#note_3";
        assert_eq!(key(url, "7").as_deref(), Some("a/b/c#12"));
        let item = "https://git.example.test/a/b/-/work_items/5";
        assert_eq!(key(item, "").as_deref(), Some("a/b#5"));
        assert_eq!(key("", "#12").as_deref(), Some("#12"));
        assert_eq!(key("https://git.example.test/", "x"), None);
    }

    #[test]
    fn a_closed_issue_without_a_date_is_closed_since_its_last_change() {
        let text = "Issue ID,Title,State,Created At (UTC),Updated At (UTC),Closed At (UTC)\n\
            1,A,Closed,2026-03-02 09:00:00,2026-03-05 09:00:00,\n\
            x,A,Closed,2026-03-02 09:00:00,,\n2,A,Open,,,\n";
        let (items, remarks) = table_tests::read(read, text.as_bytes());
        assert_eq!(
            story(&items[0]),
            lines(&[("03-02 09:00", "Open"), ("03-05 09:00", "Closed")])
        );
        assert_eq!(
            remarks.told,
            [
                "t.csv:3: it has neither a URL of an issue nor a number",
                "t.csv:4: it has no date of creation"
            ]
        );
    }

    #[test]
    fn it_is_recognised_by_its_times_in_utc() {
        assert!(recognise(
            "Title,Description,URL,State,Labels,Due Date,Created At (UTC)\n"
        ));
        assert!(!recognise("Title,State,Created\n"));
    }
}
