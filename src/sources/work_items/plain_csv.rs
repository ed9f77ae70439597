//! The plain CSV: `key,status,created,updated[,stage]`, written by hand, by a script or by jira-cli. A row
//! says that an item was in a status at `updated`; several rows of a key are its history, in any
//! order. Where there is a stage, it is what counts. Optional columns are listed at [`Columns`].

use std::collections::HashMap;
use std::io;

use chrono::{DateTime, Utc};

use crate::model::work_item::{Change, Event, History, Tracker};
use crate::model::{Notice, StageKind, WorkItem};

use super::csv_rows::{Header, Row, Table};
use super::csv_values::{Statuses, business_value, date, parts, text, yes};
use super::date_order::DateVotes;
use super::dates::Dates;
use super::words::OddValues;
use super::{Input, ReadOptions, Sink};

const KEY: [&str; 1] = ["key"];
const STATUS: [&str; 1] = ["status"];
const STAGE: [&str; 2] = ["stage", "customfield_stage"];
const CREATED: [&str; 1] = ["created"];
const UPDATED: [&str; 1] = ["updated"];

/// Whether a file that begins like this is a plain CSV.
pub(super) fn recognise(head: &str) -> bool {
    Header::of(head).is_some_and(|header| {
        let status = [STATUS.as_slice(), &STAGE].concat();
        header.has_all(&[&KEY, &status, &CREATED, &UPDATED])
    })
}

/// Where the columns are; all but the first three may be missing.
struct Columns {
    key: Option<usize>,
    created: Option<usize>,
    updated: Option<usize>,
    status: Option<usize>,
    /// The stage, named in place of the status.
    stage: Option<usize>,
    title: Option<usize>,
    type_name: Option<usize>,
    value: Option<usize>,
    /// Labels, apart by commas, semicolons or bars; the column may be repeated.
    labels: Vec<usize>,
    parent: Option<usize>,
    resolution: Option<usize>,
    /// Whether the item is blocked at `updated`.
    blocked: Option<usize>,
    /// A time in which it was blocked, apart from the status of its row.
    blocked_from: Option<usize>,
    blocked_to: Option<usize>,
    blocked_reason: Option<usize>,
    /// Whether jira-cli wrote this: its keys are those of Jira.
    is_jira: bool,
}

impl Columns {
    fn of(header: &Header) -> Self {
        let place = |names: &[&str]| header.position(names);
        Self {
            key: place(&KEY),
            created: place(&CREATED),
            updated: place(&UPDATED),
            status: place(&STATUS),
            stage: place(&STAGE),
            title: place(&["title", "summary", "name"]),
            type_name: place(&["type", "issue type", "issuetype"]),
            value: place(&["value", "business value", "business_value"]),
            labels: header.positions(&["labels", "label", "tags"]),
            parent: place(&["parent"]),
            resolution: place(&["resolution"]),
            blocked: place(&["blocked"]),
            blocked_from: place(&["blocked_from", "blocked from"]),
            blocked_to: place(&["blocked_to", "blocked to"]),
            blocked_reason: place(&["blocked_reason", "blocked reason"]),
            is_jira: header.has_all(&[
                &["type"],
                &["summary"],
                &["assignee"],
                &["reporter"],
                &["resolution"],
            ]),
        }
    }

    fn dates(&self) -> [Option<usize>; 4] {
        [
            self.created,
            self.updated,
            self.blocked_from,
            self.blocked_to,
        ]
    }

    /// The status that counts.
    fn status<'r>(&self, row: &Row<'r>) -> &'r str {
        let stage = row.cell(self.stage);
        if stage.is_empty() {
            row.cell(self.status)
        } else {
            stage
        }
    }
}

/// What all rows of a key together say.
#[derive(Debug, Default)]
struct Known {
    statuses: usize,
    /// When the first of its statuses was entered, and the line that says so.
    first: Option<(DateTime<Utc>, u64)>,
    created: Option<DateTime<Utc>>,
    /// Whether a row says that it is blocked.
    is_blocked: bool,
    /// The latest row, and its line.
    last: Option<(DateTime<Utc>, u64)>,
}

/// Reads a plain CSV.
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
    let mut votes = DateVotes::new(options.exported);
    let mut known: HashMap<String, Known> = HashMap::new();
    let mut dates = Dates {
        zone: options.timezone,
        order: None,
    };
    table.look_ahead(&mut |row| {
        for column in columns.dates().into_iter().flatten() {
            votes.add(row.cell(column));
        }
        remember(&row, &columns, dates, &mut known);
    })?;
    if let Some(notice) = votes.notice(sink.place()) {
        sink.notice(notice);
    }
    if votes.order().is_some() {
        dates.order = votes.order();
        known.clear();
        table.look_ahead(&mut |row| remember(&row, &columns, dates, &mut known))?;
    }

    let mut reading = Reading {
        columns,
        dates,
        known,
        statuses: Statuses::new(options.flow),
        odd_values: OddValues::default(),
    };
    table.hand_on(sink, |row| reading.item(row))?;
    reading.finish(sink);
    Ok(())
}

fn remember(row: &Row<'_>, columns: &Columns, dates: Dates, known: &mut HashMap<String, Known>) {
    let key = row.cell(columns.key);
    let Some(updated) = dates.instant(row.cell(columns.updated)) else {
        return;
    };
    if key.is_empty() {
        return;
    }
    if !known.contains_key(key) {
        known.insert(key.to_owned(), Known::default());
    }
    let Some(known) = known.get_mut(key) else {
        return;
    };
    if let Some(created) = dates.instant(row.cell(columns.created)) {
        known.created = Some(known.created.map_or(created, |other| other.min(created)));
    }
    known.is_blocked |= yes(row.cell(columns.blocked)) == Some(true);
    known.last = known.last.max(Some((updated, row.line)));
    if !columns.status(row).is_empty() {
        known.statuses += 1;
        let first = (updated, row.line);
        known.first = Some(known.first.map_or(first, |other| other.min(first)));
    }
}

struct Reading<'a> {
    columns: Columns,
    dates: Dates,
    known: HashMap<String, Known>,
    statuses: Statuses<'a>,
    odd_values: OddValues,
}

impl Reading<'_> {
    fn item(&mut self, row: &Row<'_>) -> Result<WorkItem, String> {
        let key = row.cell(self.columns.key);
        if key.is_empty() {
            return Err("it has no key".to_owned());
        }
        let created = date(self.dates, row, "created", self.columns.created)?;
        let updated = date(self.dates, row, "updated", self.columns.updated)?;
        let from = date(self.dates, row, "blocked_from", self.columns.blocked_from)?;
        let to = date(self.dates, row, "blocked_to", self.columns.blocked_to)?;
        let updated = updated.ok_or("it has no `updated`")?;
        if from.is_none() && to.is_some() || from.zip(to).is_some_and(|(from, to)| to < from) {
            return Err("`blocked_to` comes without or before `blocked_from`".to_owned());
        }
        let known = self.known.get(key);
        let created = created
            .or_else(|| known?.created)
            .or_else(|| Some(known?.first?.0))
            .unwrap_or(updated);
        let is_first = known.is_none_or(|known| known.first == Some((updated, row.line)));
        let is_history = known.is_some_and(|known| known.statuses > 1);

        let mut events = Vec::new();
        let status = self.columns.status(row);
        if !status.is_empty() {
            // What is not begun was so from its creation; of anything else the beginning is not told,
            // nor of a status that no stage names yet: what is kept now is not told anew later.
            let is_queue = self.statuses.kind(status) == Some(StageKind::Queue);
            let at = if is_first && is_queue {
                created.min(updated)
            } else {
                updated
            };
            let status = self.statuses.status(status, None, None);
            events.push(Event::new(at, Change::Status(status)));
        }
        self.blocked(row, updated, (from, to), &mut events);
        events.sort_by_key(|event| event.at);

        let value = business_value(row.cell(self.columns.value), &mut self.odd_values);
        let tracker = if self.columns.is_jira {
            Tracker::Jira
        } else {
            Tracker::Csv
        };
        let labels = self.columns.labels.iter();
        Ok(WorkItem {
            title: row.cell(self.columns.title).to_owned(),
            type_name: row.cell(self.columns.type_name).to_owned(),
            labels: labels
                .flat_map(|&at| parts(row.cell(at), &[',', ';', '|']))
                .collect(),
            value,
            parent: text(row, self.columns.parent),
            resolution: text(row, self.columns.resolution),
            updated: updated
                .max(from.unwrap_or(updated))
                .max(to.unwrap_or(updated)),
            history: if is_history {
                History::Complete
            } else {
                History::Approximate
            },
            events,
            ..WorkItem::known_as(tracker, key, key, created)
        })
    }

    fn blocked(
        &self,
        row: &Row<'_>,
        updated: DateTime<Utc>,
        (from, to): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
        events: &mut Vec<Event>,
    ) {
        let known = self.known.get(row.cell(self.columns.key));
        // An earlier export may have said that it is blocked: the latest row ends that.
        let is_last = |known: &Known| known.last == Some((updated, row.line));
        let is_told = known.is_some_and(|known| known.is_blocked || is_last(known));
        let reason = row.cell(self.columns.blocked_reason);
        let reason = Some(reason.to_owned()).filter(|reason| !reason.is_empty());
        if let Some(from) = from {
            events.push(Event::new(from, Change::Blocked(reason.clone())));
        }
        if let Some(to) = to {
            events.push(Event::new(to, Change::Unblocked));
        }
        match yes(row.cell(self.columns.blocked)) {
            Some(true) => events.push(Event::new(updated, Change::Blocked(reason))),
            Some(false) if is_told => {
                events.push(Event::new(updated, Change::Unblocked));
            }
            _ => {}
        }
    }

    fn finish(&self, sink: &mut Sink<'_>) {
        let single = self.known.values().filter(|known| known.statuses == 1);
        let single = single.count();
        if self.known.is_empty() {
            let message = format!("{} has a header and no item", sink.place());
            sink.notice(Notice::new("table-empty", message));
        }
        if single > 0 {
            let message = format!(
                "{single} of {} items have one row: when they came to their status is known, not what \
                 was before",
                self.known.len()
            );
            let notice = Notice::new("history-missing", message).count(single);
            sink.notice(notice.incomplete());
        }
        self.odd_values.tell(sink);
    }
}

#[cfg(test)]
mod tests {
    use super::super::table_tests::{WORKED, at, codes, fixture, joined, lines, read_in, story};
    use super::super::{Remarks, table_tests};
    use super::*;
    use crate::model::FlowSettings;

    fn read_text(text: &str) -> (Vec<WorkItem>, Remarks) {
        table_tests::read(read, text.as_bytes())
    }

    #[test]
    fn the_worked_example_is_told_completely() {
        let (pieces, remarks) = table_tests::read(read, &fixture("plain.csv"));
        assert_eq!(remarks, Remarks::default());
        let items = joined(pieces);
        assert_eq!(items.len(), WORKED.len());
        for (item, (key, type_name, value, entries)) in items.iter().zip(WORKED) {
            assert_eq!((item.key.as_str(), item.id.as_str()), (key, key));
            assert_eq!(item.type_name, type_name);
            assert_eq!(item.value, Some(value));
            assert_eq!(item.tracker, Tracker::Csv);
            assert_eq!(item.history, History::Complete);
            assert_eq!(item.created, at(entries[0].0));
            let mut expected = lines(entries);
            if key == "FOC-104" {
                expected.insert(4, "03-11 09:00 blocked: Waiting for a licence".to_owned());
                expected.insert(5, "03-12 03:00 Unblocked".to_owned());
            }
            assert_eq!(story(item), expected, "{key}");
        }
        assert_eq!(items[5].title, "Export as \"PDF\"");
    }

    #[test]
    fn the_order_of_rows_changes_nothing() {
        let text = String::from_utf8(fixture("plain.csv")).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let mut back: Vec<&str> = rows.lines().collect();
        back.reverse();
        let back = format!("{header}\n{}\n", back.join("\n"));
        let stories = |text: &str| {
            let mut items = joined(read_text(text).0);
            items.sort_by(|a, b| a.key.cmp(&b.key));
            items.iter().map(story).collect::<Vec<_>>()
        };
        assert_eq!(stories(&back), stories(&text));
    }

    #[test]
    fn one_row_tells_the_present_and_is_approximate() {
        let (items, remarks) = read_text(
            "key,status,created,updated\n\
             A-1,Backlog,2026-03-02T09:00:00Z,2026-03-05T09:00:00Z\n\
             A-2,Design,2026-03-02T09:00:00Z,2026-03-05T09:00:00Z\n\
             A-3,Production,2026-03-02T09:00:00Z,2026-03-05T09:00:00Z\n",
        );
        let stories: Vec<Vec<String>> = items.iter().map(story).collect();
        // Not begun means not begun since its creation; a guess would be all that could be said of
        // the way to the others.
        assert_eq!(
            stories,
            [
                ["03-02 09:00 Backlog"],
                ["03-05 09:00 Design"],
                ["03-05 09:00 Production"]
            ]
        );
        assert!(items.iter().all(|it| it.history == History::Approximate));
        assert_eq!(items[1].created, at("03-02 09:00"));
        assert_eq!(codes(&remarks), ["history-missing"]);
        assert_eq!(remarks.notices[0].count, 3);
    }

    #[test]
    fn a_stage_counts_in_place_of_the_status() {
        let flow = FlowSettings::default();
        let text = "key,status,created,updated,stage\n\
            P-1,To Do,2026-03-02T09:00:00Z,2026-03-02T12:00:00Z,Discovery\n\
            P-1,In Progress,2026-03-02T09:00:00Z,2026-03-03T09:00:00Z,Dev\n\
            P-1,Done,2026-03-02T09:00:00Z,2026-03-04T09:00:00Z,\n";
        let (pieces, _) = read_in(read, text.as_bytes(), &flow, chrono_tz::UTC);
        assert_eq!(
            story(&joined(pieces)[0]),
            [
                "03-02 09:00 Discovery",
                "03-03 09:00 Dev",
                "03-04 09:00 Done"
            ]
        );
    }

    #[test]
    fn rows_may_say_that_an_item_is_blocked_and_no_longer() {
        let (pieces, _) = read_text(
            "key,status,created,updated,blocked,blocked_reason\n\
             A-1,Design,2026-03-02,2026-03-05,no,\n\
             A-1,Design,2026-03-02,2026-03-03,yes,no licence\n\
             A-2,Design,2026-03-02,2026-03-03,no,\n",
        );
        let items = joined(pieces);
        assert_eq!(
            story(&items[0]),
            [
                "03-03 00:00 Design",
                "03-03 00:00 blocked: no licence",
                "03-05 00:00 Design",
                "03-05 00:00 Unblocked"
            ]
        );
        // Another file may have said that it is blocked.
        assert_eq!(
            story(&items[1]),
            ["03-03 00:00 Design", "03-03 00:00 Unblocked"]
        );
    }

    #[test]
    fn what_was_never_blocked_is_said_once_by_its_latest_row() {
        let (pieces, _) = read_text(
            "key,status,created,updated,blocked\n\
             A-1,Testing,2026-03-02,2026-03-05,no\n\
             A-1,Backlog,2026-03-02,2026-03-02,no\n\
             A-1,Design,2026-03-02,2026-03-03,no\n\
             A-2,Design,2026-03-02,2026-03-03,\n",
        );
        let items = joined(pieces);
        assert_eq!(
            story(&items[0]),
            [
                "03-02 00:00 Backlog",
                "03-03 00:00 Design",
                "03-05 00:00 Testing",
                "03-05 00:00 Unblocked"
            ]
        );
        assert_eq!(
            story(&items[1]),
            ["03-03 00:00 Design"],
            "silence is no word"
        );
    }

    #[test]
    fn a_status_that_no_stage_names_is_entered_when_the_row_says() {
        let (pieces, _) = read_text(
            "key,status,created,updated\n\
             A-2,Analysis,2026-03-02T09:00:00Z,2026-03-05T09:00:00Z\n\
             A-2,Production,2026-03-02T09:00:00Z,2026-03-07T09:00:00Z\n",
        );
        assert_eq!(
            story(&joined(pieces)[0]),
            ["03-05 09:00 Analysis", "03-07 09:00 Production"]
        );
    }

    #[test]
    fn rows_that_cannot_be_read_are_skipped_with_their_line() {
        let (items, remarks) = read_text(
            "key,status,created,updated,value,blocked_from,blocked_to\n\
             ,Done,2026-03-02,2026-03-05\n\
             A-1,Done,2026-03-02\n\
             A-2,Done,yesterday,2026-03-05\n\
             A-3,Done,,2026-03-05,many\n\
             A-4,Done,,2026-03-05,,2026-03-04,2026-03-03\n",
        );
        assert_eq!(items.len(), 1);
        assert_eq!((items[0].key.as_str(), items[0].value), ("A-3", None));
        assert_eq!(items[0].created, at("03-05 00:00"));
        assert_eq!(
            remarks.told,
            [
                "t.csv:2: it has no key",
                "t.csv:3: it has no `updated`",
                "t.csv:4: `created` is no date",
                "t.csv:6: `blocked_to` comes without or before `blocked_from`"
            ]
        );
        assert_eq!(codes(&remarks), ["history-missing", "value-unreadable"]);
    }

    #[test]
    fn the_table_of_jira_cli_is_of_jira() {
        let header = "TYPE\tKEY\tSUMMARY\tSTATUS\tASSIGNEE\tREPORTER\tPRIORITY\tRESOLUTION\tCREATED\tUPDATED\tLABELS";
        assert!(recognise(header));
        let row = "Bug\tFOC-1\tA title\tDone\tsomebody\tsomebody\tHigh\tDone\t2026-03-02 09:00:00\t2026-03-05 09:00:00\ta,b";
        let (items, _) = read_text(&format!("{header}\n{row}\n"));
        let item = &items[0];
        assert_eq!(item.tracker, Tracker::Jira);
        assert_eq!(
            (item.type_name.as_str(), item.title.as_str()),
            ("Bug", "A title")
        );
        assert_eq!(item.labels, ["a", "b"]);
        assert_eq!(item.resolution.as_deref(), Some("Done"));
        assert!(!format!("{item:?}").contains("somebody"));
    }

    #[test]
    fn it_is_recognised_by_its_four_columns() {
        assert!(recognise("Key;Status;Created;Updated\n"));
        assert!(recognise("stage,updated,created,key"));
        assert!(!recognise("Issue key,Status,Created,Updated\n"));
        assert!(!recognise("key,status\n"));
        assert!(!recognise(""));
    }
}
