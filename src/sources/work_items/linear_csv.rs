//! The CSV that Linear exports: the present status of each issue, and when it was started, completed or
//! canceled, which it keeps for the last time only. Old exports write dates out at length.
//! `linear` reads what holds every stay.

use std::io;

use chrono::{DateTime, Utc};

use crate::model::work_item::{Category, Change, Event, History, Tracker};
use crate::model::{StageKind, WorkItem};

use super::csv_rows::{Header, Row, Table};
use super::csv_values::{Counts, DateCells, Statuses, parts, text};
use super::{Input, ReadOptions, Sink, date_order};

const ID: [&str; 1] = ["id"];
const TEAM: [&str; 1] = ["team"];
const STATUS: [&str; 1] = ["status"];
const STARTED: [&str; 1] = ["started"];
const COMPLETED: [&str; 1] = ["completed"];
const CANCELED: [&str; 2] = ["canceled", "cancelled"];

const HINT: &str = "import the issues with their stateHistory (JSON of the API)";

/// Whether a file that begins like this is a CSV of Linear.
pub(super) fn recognise(head: &str) -> bool {
    Header::of(head).is_some_and(|header| {
        header.has_all(&[&ID, &TEAM, &STATUS, &STARTED, &COMPLETED, &CANCELED])
    })
}

struct Columns {
    id: Option<usize>,
    title: Option<usize>,
    status: Option<usize>,
    labels: Option<usize>,
    parent: Option<usize>,
    created: Option<usize>,
    updated: Option<usize>,
    started: Option<usize>,
    completed: Option<usize>,
    canceled: Option<usize>,
}

impl Columns {
    fn of(header: &Header) -> Self {
        let place = |names: &[&str]| header.position(names);
        Self {
            id: place(&ID),
            title: place(&["title"]),
            status: place(&STATUS),
            labels: place(&["labels"]),
            parent: place(&["parent issue", "parent"]),
            created: place(&["created"]),
            updated: place(&["updated"]),
            started: place(&STARTED),
            completed: place(&COMPLETED),
            canceled: place(&CANCELED),
        }
    }

    fn dates(&self) -> [Option<usize>; 5] {
        [
            self.created,
            self.updated,
            self.started,
            self.completed,
            self.canceled,
        ]
    }
}

/// Reads a CSV of Linear.
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
    let (votes, count) =
        date_order::of_table(&mut table, &columns.dates(), options.exported, sink)?;
    let mut reading = Reading {
        columns,
        cells: DateCells::new(options.timezone, &votes),
        statuses: Statuses::new(options.flow),
        counts: Counts::default(),
    };
    table.hand_on(sink, |row| reading.item(row))?;
    reading.counts.tell(count, &reading.cells, HINT, sink);
    Ok(())
}

struct Reading<'a> {
    columns: Columns,
    cells: DateCells,
    statuses: Statuses<'a>,
    counts: Counts,
}

impl Reading<'_> {
    fn item(&mut self, row: &Row<'_>) -> Result<WorkItem, &'static str> {
        let id = row.cell(self.columns.id);
        if id.is_empty() {
            return Err("it has no id");
        }
        let created = self.cells.read(row, self.columns.created);
        let updated = self.cells.read(row, self.columns.updated);
        let started = self.cells.read(row, self.columns.started);
        let completed = self.cells.read(row, self.columns.completed);
        let canceled = self.cells.read(row, self.columns.canceled);
        let all = [created, updated, started, completed, canceled];
        let all = all.into_iter().flatten();
        let first = all.clone().min().ok_or("it has no date")?;
        let last = all.max().unwrap_or(first);
        self.counts.without_creation += usize::from(created.is_none());
        let created = created.unwrap_or(first);

        let ended = canceled
            .map(|at| (at, Category::Cancelled))
            .or_else(|| Some((completed?, Category::Done)));
        let is_partial = started.is_some() || ended.is_some();
        self.counts.without_history += usize::from(!is_partial);
        let events = self.entries(row.cell(self.columns.status), created, last, started, ended);
        Ok(WorkItem {
            title: row.cell(self.columns.title).to_owned(),
            labels: parts(row.cell(self.columns.labels), &[',']),
            parent: text(row, self.columns.parent),
            updated: last,
            history: if is_partial {
                History::Partial
            } else {
                History::Approximate
            },
            events,
            ..WorkItem::known_as(Tracker::Linear, id, id, created)
        })
    }

    /// Entries into statuses. Of an issue that is started only the present status has a name: if that
    /// is work, it is taken for all the time since; if it is a wait, for the time since the last change.
    fn entries(
        &mut self,
        name: &str,
        created: DateTime<Utc>,
        last: DateTime<Utc>,
        started: Option<DateTime<Utc>>,
        ended: Option<(DateTime<Utc>, Category)>,
    ) -> Vec<Event> {
        let is_work = self
            .statuses
            .kind(name)
            .is_none_or(|kind| kind == StageKind::Active);
        let mut entries: Vec<(DateTime<Utc>, &str, Category)> = Vec::new();
        match (started, ended) {
            (started, Some((at, category))) => {
                let started = started.filter(|started| *started <= at);
                entries.extend(started.map(|at| (at, "Started", Category::Active)));
                let name = match category {
                    _ if !name.is_empty() => name,
                    Category::Cancelled => "Canceled",
                    _ => "Completed",
                };
                entries.push((at, name, category));
            }
            (Some(at), None) if is_work && !name.is_empty() => {
                entries.push((at, name, Category::Active));
            }
            (Some(at), None) => {
                entries.push((at, "Started", Category::Active));
                if !name.is_empty() {
                    entries.push((last.max(at), name, Category::Active));
                }
            }
            (None, None) if !name.is_empty() => entries.push((created, name, Category::New)),
            (None, None) => {}
        }
        let entries = entries.into_iter().map(|(at, name, category)| {
            let status = self.statuses.status(name, None, Some(category));
            Event::new(at.max(created), Change::Status(status))
        });
        entries.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::table_tests;
    use super::super::table_tests::{at, codes, fixture, lines, story};
    use super::*;

    #[test]
    fn the_worked_example_keeps_its_starts_and_ends() {
        let (items, remarks) = table_tests::read(read, &fixture("linear.csv"));
        let stories: Vec<(&str, Vec<String>)> = items
            .iter()
            .map(|item| (item.key.as_str(), story(item)))
            .collect();
        let done = |started, done| lines(&[(started, "Started"), (done, "Production")]);
        let expected = [
            // Started and done as in the worked example: 194 h, 103 h.
            ("FOC-101", done("03-03 09:00", "03-11 11:00")),
            ("FOC-102", done("03-02 12:00", "03-06 19:00")),
            ("FOC-103", lines(&[("03-09 08:00", "Production")])),
            ("FOC-104", done("03-04 09:00", "03-12 09:00")),
            (
                "FOC-105",
                lines(&[("03-05 09:00", "Started"), ("03-07 09:00", "Code Review")]),
            ),
            (
                "FOC-106",
                lines(&[("03-04 09:00", "Started"), ("03-08 09:00", "Cancelled")]),
            ),
        ];
        assert_eq!(stories, expected);
        assert_eq!(items[0].created, at("03-02 09:00"));
        assert_eq!(items[0].labels, ["feature", "security"]);
        assert_eq!(items[0].parent.as_deref(), Some("FOC-90"));
        assert!(items.iter().all(|it| it.history == History::Partial));
        assert_eq!(codes(&remarks), [""; 0]);
        assert!(!format!("{items:?}").contains("person"));
    }

    #[test]
    fn old_exports_with_long_dates_are_read() {
        let text = "Id,Team,Title,Status,Created,Updated,Started,Completed,Canceled\n\
            A-1,T,x,Development,Mon Mar 02 2026 09:00:00 GMT+0000 (GMT),,\
            Tue Mar 03 2026 10:00:00 GMT+0100 (Central European Standard Time),,\n\
            A-2,T,x,Backlog,Mon Mar 02 2026 09:00:00 GMT+0000 (GMT),,,,\n\
            ,T,x,Backlog,,,,,\nA-3,T,x,Backlog,,,,,\n";
        let (items, remarks) = table_tests::read(read, text.as_bytes());
        assert_eq!(story(&items[0]), lines(&[("03-03 09:00", "Development")]));
        assert_eq!(story(&items[1]), lines(&[("03-02 09:00", "Backlog")]));
        assert_eq!(
            remarks.told,
            ["t.csv:4: it has no id", "t.csv:5: it has no date"]
        );
        assert_eq!(codes(&remarks), ["history-missing"]);
    }

    #[test]
    fn it_is_recognised_by_its_dates() {
        let text = String::from_utf8(fixture("linear.csv")).unwrap();
        assert!(recognise(&text));
        assert!(!recognise("ID,Team,Title,Status,Created\n"));
    }
}
