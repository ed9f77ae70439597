//! The CSV that a query of Azure DevOps exports: the present state of each item, and the dates at which it
//! was created, activated, resolved and closed, as far as the query has those columns. They are the last
//! ones: what was reopened before is not seen. `azure_json` reads what holds every change.

use std::io;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::WorkItem;
use crate::model::work_item::{Category, Change, Event, History, Tracker};

use super::azure_rows::category_of_state;
use super::csv_rows::{Header, Row, Table};
use super::csv_values::{Counts, DateCells, Statuses, parts, text, yes};
use super::{Input, ReadOptions, Sink, date_order};

const ID: [&str; 1] = ["id"];
const TYPE: [&str; 1] = ["work item type"];

/// Two dates of one change differ by less.
const AT_ONCE: TimeDelta = TimeDelta::seconds(2);

const HINT: &str = "add Created Date, Activated Date, Resolved Date, Closed Date and State Change Date to the query, or \
     import the updates of the items";

/// Whether a file that begins like this is a CSV of Azure DevOps.
pub(super) fn recognise(head: &str) -> bool {
    Header::of(head).is_some_and(|header| header.has_all(&[&ID, &TYPE]))
}

struct Columns {
    id: Option<usize>,
    type_name: Option<usize>,
    /// Queries of trees have a column per level.
    titles: Vec<usize>,
    state: Option<usize>,
    reason: Option<usize>,
    tags: Option<usize>,
    value: Option<usize>,
    parent: Option<usize>,
    blocked: Option<usize>,
    created: Option<usize>,
    activated: Option<usize>,
    resolved: Option<usize>,
    closed: Option<usize>,
    state_changed: Option<usize>,
    changed: Option<usize>,
}

impl Columns {
    fn of(header: &Header) -> Self {
        let place = |names: &[&str]| header.position(names);
        Self {
            id: place(&ID),
            type_name: place(&TYPE),
            titles: header.positions(&[
                "title", "title 1", "title 2", "title 3", "title 4", "title 5", "title 6",
                "title 7",
            ]),
            state: place(&["state"]),
            reason: place(&["reason"]),
            tags: place(&["tags"]),
            value: place(&["business value"]),
            parent: place(&["parent"]),
            blocked: place(&["blocked"]),
            created: place(&["created date"]),
            activated: place(&["activated date"]),
            resolved: place(&["resolved date"]),
            closed: place(&["closed date"]),
            state_changed: place(&["state change date"]),
            changed: place(&["changed date"]),
        }
    }

    fn dates(&self) -> [Option<usize>; 6] {
        [
            self.created,
            self.activated,
            self.resolved,
            self.closed,
            self.state_changed,
            self.changed,
        ]
    }
}

/// Reads a CSV of Azure DevOps.
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

/// The dates that a row tells.
struct Dates {
    created: Option<DateTime<Utc>>,
    activated: Option<DateTime<Utc>>,
    resolved: Option<DateTime<Utc>>,
    closed: Option<DateTime<Utc>>,
    state_changed: Option<DateTime<Utc>>,
    changed: Option<DateTime<Utc>>,
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
        let dates = Dates {
            created: self.cells.read(row, self.columns.created),
            activated: self.cells.read(row, self.columns.activated),
            resolved: self.cells.read(row, self.columns.resolved),
            closed: self.cells.read(row, self.columns.closed),
            state_changed: self.cells.read(row, self.columns.state_changed),
            changed: self.cells.read(row, self.columns.changed),
        };
        let all = [
            dates.created,
            dates.activated,
            dates.resolved,
            dates.closed,
            dates.state_changed,
            dates.changed,
        ];
        let all = all.into_iter().flatten();
        let first = all.clone().min().ok_or("it has no date")?;
        let last = all.max().unwrap_or(first);
        self.counts.without_creation += usize::from(dates.created.is_none());
        let created = dates.created.unwrap_or(first);

        let is_partial = dates
            .activated
            .or(dates.resolved)
            .or(dates.closed)
            .is_some();
        self.counts.without_history += usize::from(!is_partial);
        let mut events = self.entries(row.cell(self.columns.state), created, last, &dates);
        match yes(row.cell(self.columns.blocked)) {
            Some(true) => events.push(Event::new(last, Change::Blocked(None))),
            // An earlier export may have said that it is.
            Some(false) => events.push(Event::new(last, Change::Unblocked)),
            None => {}
        }
        let titles = self.columns.titles.iter();
        let title = titles
            .map(|&at| row.cell(at))
            .find(|title| !title.is_empty());
        Ok(WorkItem {
            title: title.unwrap_or_default().to_owned(),
            type_name: row.cell(self.columns.type_name).to_owned(),
            labels: parts(row.cell(self.columns.tags), &[';']),
            value: self.counts.value(row.cell(self.columns.value)),
            parent: text(row, self.columns.parent),
            resolution: text(row, self.columns.reason),
            updated: last,
            history: if is_partial {
                History::Partial
            } else {
                History::Approximate
            },
            events,
            ..WorkItem::known_as(Tracker::AzureDevops, id, id, created)
        })
    }

    /// Entries into states: the present one since its state changed, and those of the dates. What a
    /// date's state is called is known only if it is the present one.
    fn entries(
        &mut self,
        state: &str,
        created: DateTime<Utc>,
        last: DateTime<Utc>,
        dates: &Dates,
    ) -> Vec<Event> {
        let category = category_of_state(state);
        let by_category = match category {
            Some(Category::New) => Some(created),
            Some(Category::Active) => dates.activated,
            Some(Category::Wait) => dates.resolved,
            Some(Category::Done) => dates.closed,
            Some(Category::Cancelled) | None => None,
        };
        let since = dates.state_changed.or(by_category).unwrap_or(last);
        let told = [
            (dates.activated, "Active", Category::Active),
            (dates.resolved, "Resolved", Category::Wait),
            (dates.closed, "Closed", Category::Done),
        ];
        let mut entries: Vec<(DateTime<Utc>, &str, Option<Category>)> = Vec::new();
        for (at, name, meaning) in told {
            if let Some(at) = at {
                let is_present = !state.is_empty() && (at - since).abs() <= AT_ONCE;
                // A state of a process of its own means what its date says.
                if is_present && category.is_none_or(|category| category == meaning) {
                    entries.push((at, state, Some(meaning)));
                } else {
                    entries.push((at, name, Some(meaning)));
                }
            }
        }
        if !state.is_empty() && entries.iter().all(|(_, name, _)| *name != state) {
            entries.push((since, state, category));
        } else if !state.is_empty() && entries.iter().all(|(at, ..)| *at < since) {
            // It came back to a state that it had reached before.
            entries.push((since, state, category));
        }
        entries.sort_by_key(|(at, ..)| *at);
        let entries = entries.into_iter().map(|(at, name, category)| {
            let status = self.statuses.status(name, None, category);
            Event::new(at.max(created), Change::Status(status))
        });
        entries.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::table_tests::{at, codes, fixture, lines, read_in, story};
    use super::super::{Remarks, table_tests};
    use super::*;
    use crate::model::FlowSettings;

    fn read_text(text: &str) -> (Vec<WorkItem>, Remarks) {
        table_tests::read(read, text.as_bytes())
    }

    #[test]
    fn the_worked_example_keeps_its_starts_and_ends() {
        let bytes = fixture("azure-devops.csv");
        let (items, remarks) = read_in(read, &bytes, &FlowSettings::default(), chrono_tz::UTC);
        assert_eq!(remarks, Remarks::default());
        let stories: Vec<(&str, Vec<String>)> = items
            .iter()
            .map(|item| (item.key.as_str(), story(item)))
            .collect();
        let expected = [
            // Started 03-03, done 03-11: flow time 194 h, as in the worked example.
            (
                "101",
                lines(&[("03-03 09:00", "Active"), ("03-11 11:00", "Closed")]),
            ),
            (
                "102",
                lines(&[
                    ("03-02 12:00", "Active"),
                    ("03-06 12:00", "Resolved"),
                    ("03-06 19:00", "Closed"),
                ]),
            ),
            ("103", lines(&[("03-09 08:00", "Closed")])),
            // Activated again on 03-10: that it was done before is not seen.
            (
                "104",
                lines(&[("03-10 09:00", "Active"), ("03-12 09:00", "Closed")]),
            ),
            (
                "105",
                lines(&[("03-05 09:00", "Active"), ("03-07 09:00", "In Review")]),
            ),
            (
                "106",
                lines(&[("03-04 09:00", "Active"), ("03-08 09:00", "Removed")]),
            ),
        ];
        assert_eq!(stories, expected);
        let first = &items[0];
        assert_eq!((first.created, first.value), (at("03-02 09:00"), Some(8.0)));
        assert_eq!(
            (first.id.as_str(), first.type_name.as_str()),
            ("101", "User Story")
        );
        assert_eq!(first.labels, ["security", "web"]);
        assert_eq!(first.parent.as_deref(), Some("90"));
        assert!(items.iter().all(|it| it.history == History::Partial));
        assert!(!format!("{items:?}").contains("person"));
    }

    #[test]
    fn states_mean_what_their_dates_say() {
        let (items, _) = read_text(
            "ID,Work Item Type,State,Created Date,Activated Date,Closed Date,State Change Date\n\
             1,Task,Doing,2026-03-02,2026-03-03,,2026-03-03\n\
             2,Task,Verified,2026-03-02,2026-03-03,2026-03-05,2026-03-05\n\
             3,Task,Active,2026-03-02,2026-03-03,2026-03-05,2026-03-07\n\
             4,Task,New,2026-03-02,,,2026-03-02\n",
        );
        let stories: Vec<Vec<String>> = items.iter().map(story).collect();
        assert_eq!(
            stories,
            [
                lines(&[("03-03 00:00", "Doing")]),
                lines(&[("03-03 00:00", "Active"), ("03-05 00:00", "Verified")]),
                lines(&[
                    ("03-03 00:00", "Active"),
                    ("03-05 00:00", "Closed"),
                    ("03-07 00:00", "Active")
                ]),
                lines(&[("03-02 00:00", "New")]),
            ]
        );
        let Change::Status(verified) = &items[1].events[1].change else {
            panic!("no status")
        };
        assert_eq!(verified.category, Some(Category::Done));
        assert_eq!(items[3].history, History::Approximate);
    }

    #[test]
    fn dates_of_a_browser_are_read_by_the_order_of_the_whole_file() {
        // Day first with points, as German browsers write; times are of the zone.
        let (items, remarks) = read_in(
            read,
            "\u{FEFF}\"ID\";\"Work Item Type\";\"State\";\"Activated Date\";\"Closed Date\"\r\n\
             \"7\";\"Bug\";\"Closed\";\"7.6.2025 14:59:28\";\"8.6.2025 14:59:28\"\r\n"
                .as_bytes(),
            &FlowSettings::default(),
            chrono_tz::Europe::Berlin,
        );
        assert_eq!(items[0].created.to_rfc3339(), "2025-06-07T12:59:28+00:00");
        assert_eq!(codes(&remarks), ["created-missing"]);
        // Month first: the second row says so for both.
        let (items, remarks) = read_text(
            "ID,Work Item Type,State,Created Date,Closed Date\n\
             1,Bug,Closed,5/6/2023 10:29:09 AM,5/7/2023 1:00:00 PM\n\
             2,Bug,Closed,5/15/2023 10:29:09 AM,5/16/2023 1:00:00 PM\n",
        );
        assert_eq!(items[0].created.to_rfc3339(), "2023-05-06T10:29:09+00:00");
        assert_eq!(remarks, Remarks::default());
    }

    #[test]
    fn rows_without_id_or_date_are_skipped() {
        let (items, remarks) = read_text(
            "ID,Work Item Type,Title 1,Title 2,State,Changed Date\n\
             ,Epic,A,,New,2026-03-02\n\
             1,Epic,A,,New,\n\
             2,Task,,B,New,whenever\n\
             3,Task,,B,Active,2026-03-02\n",
        );
        assert_eq!(items.len(), 1);
        assert_eq!(items[0].title, "B");
        assert_eq!(
            remarks.told,
            [
                "t.csv:2: it has no id",
                "t.csv:3: it has no date",
                "t.csv:4: it has no date"
            ]
        );
        assert_eq!(
            codes(&remarks),
            ["history-missing", "created-missing", "date-unreadable"]
        );
    }

    #[test]
    fn it_is_recognised_by_the_type_column() {
        assert!(recognise(
            "\u{FEFF}\"ID\",\"Work Item Type\",\"Title\",\"State\"\r\n"
        ));
        assert!(!recognise("ID,Link,Name,Backlog"));
    }

    #[test]
    fn the_column_blocked_says_yes_and_no() {
        let (items, _) = read_text(
            "ID,Work Item Type,State,Created Date,Changed Date,Blocked\n\
             1,Bug,Active,2026-03-02,2026-03-04,Yes\n\
             2,Bug,Active,2026-03-02,2026-03-04,No\n\
             3,Bug,Active,2026-03-02,2026-03-04,\n",
        );
        let last: Vec<Option<String>> = items.iter().map(|it| story(it).pop()).collect();
        let last: Vec<&str> = last.iter().flatten().map(String::as_str).collect();
        assert_eq!(
            last,
            [
                "03-04 00:00 blocked: ?",
                "03-04 00:00 Unblocked",
                "03-04 00:00 Active"
            ]
        );
    }
}
