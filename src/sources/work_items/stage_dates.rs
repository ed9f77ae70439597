//! A table with a date per stage, the layout of ActionableAgile: `ID,Link,Name,<stages…>,<attributes…>`.
//! Which columns are stages is told by their cells; a date is the entry to its stage, the next one the
//! end. When a stage was entered again is not told, nor the time of day as a rule.

use std::io;

use chrono::{DateTime, Utc};

use crate::model::work_item::{Category, Change, Event, History, Tracker};
use crate::model::{FlowSettings, Notice, StageKind, WorkItem};

use super::csv_rows::{Header, Row, Table};
use super::csv_scan::Cells;
use super::csv_values::{Counts, DateCells, Statuses, number, text, yes};
use super::date_order::DateVotes;
use super::dates::{Written, written};
use super::words::counted;
use super::{Input, ReadOptions, Sink};

const ID: [&str; 2] = ["id", "key"];
const NAME: [&str; 3] = ["name", "title", "summary"];

/// Rows of a head that are looked at.
const SAMPLE: usize = 50;

/// Whether a file that begins like this has a date per stage.
pub(super) fn recognise(head: &str) -> bool {
    let Some(header) = Header::of(head) else {
        return false;
    };
    let Some(name) = name_column(&header) else {
        return false;
    };
    let mut cells = CellCounts::new(&header);
    for row in header.rows_of(head, SAMPLE) {
        cells.add(&row);
    }
    // Without a row the three first names of the layout must do.
    let is_layout = name == 2 && header.position(&["link"]) == Some(1);
    let dated = cells.run_after(name, |_| false);
    dated.len() >= 2 || (!dated.is_empty() && is_layout) || (is_layout && cells.rows == 0)
}

/// The place of the name, if the first columns are those of the layout.
fn name_column(header: &Header) -> Option<usize> {
    let is_first = header.position(&ID) == Some(0);
    let name = header
        .position(&NAME)
        .filter(|name| (1..=2).contains(name))?;
    let is_link = name == 1 || header.position(&["link", "url"]) == Some(1);
    (is_first && is_link).then_some(name)
}

/// How many cells of each column are filled, and how many hold a date.
struct CellCounts {
    columns: Vec<(String, usize, usize)>,
    rows: usize,
}

impl CellCounts {
    fn new(header: &Header) -> Self {
        let names = header.names().iter();
        Self {
            columns: names.map(|name| (name.clone(), 0, 0)).collect(),
            rows: 0,
        }
    }

    fn add(&mut self, row: &Cells) {
        self.rows += 1;
        for (position, (_, filled, dates)) in self.columns.iter_mut().enumerate() {
            let cell = row.at(position);
            // A number that could be an instant is more often something else.
            let is_date = matches!(written(cell), Some(Written::Local { .. }));
            *filled += usize::from(!cell.is_empty());
            *dates += usize::from(is_date);
        }
    }

    /// The columns behind `name` that hold dates, up to the first that holds something else. Empty
    /// ones belong to them if a stage is called so or dates follow.
    fn run_after(&self, name: usize, is_stage: impl Fn(&str) -> bool) -> Vec<usize> {
        let mut run = Vec::new();
        let mut empty = Vec::new();
        for (position, (name, filled, dates)) in self.columns.iter().enumerate().skip(name + 1) {
            // One cell in ten may be wrong.
            let is_dates = dates * 10 >= filled * 9;
            if !is_dates || is_plan(name) {
                break;
            }
            empty.push(position);
            if *dates > 0 || is_stage(name) {
                run.append(&mut empty);
            }
        }
        run
    }
}

/// Whether a column tells when something should happen.
fn is_plan(name: &str) -> bool {
    let name = name.to_lowercase();
    ["due", "target", "deadline", "fällig"]
        .iter()
        .any(|word| name.split_whitespace().any(|other| other == *word))
}

struct Columns {
    id: Option<usize>,
    name: usize,
    /// Columns of stages with their names, in order.
    stages: Vec<(usize, String)>,
    type_name: Option<usize>,
    labels: Vec<usize>,
    value: Option<usize>,
    parent: Option<usize>,
    blocked: Option<usize>,
    blocked_days: Option<usize>,
}

impl Columns {
    fn of(header: &Header, name: usize, stages: Vec<usize>) -> Self {
        let is_stage = |at: &usize| stages.contains(at);
        let place = |names: &[&str]| header.position(names).filter(|at| !is_stage(at));
        let mut labels = header.positions(&["labels", "label", "tags"]);
        labels.retain(|at| !is_stage(at));
        Self {
            id: header.position(&ID),
            name,
            type_name: place(&["type", "item type", "issue type", "work item type"]),
            labels,
            value: place(&["business value", "value"]),
            parent: place(&["parent"]),
            blocked: place(&["blocked"]),
            blocked_days: place(&["blocked days"]),
            stages: stages
                .into_iter()
                .filter_map(|at| Some((at, header.names().get(at)?.clone())))
                .collect(),
        }
    }
}

/// Reads a table with a date per stage.
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
    let name = table.header().position(&NAME).unwrap_or(1);
    let mut cells = CellCounts::new(table.header());
    let rows = table.look_ahead(&mut |row| cells.add(row.cells()))?;
    let stages = cells.run_after(name, |name| names_a_stage(options.flow, name));
    let mut votes = DateVotes::new(options.exported);
    table.look_ahead(&mut |row| {
        for &stage in &stages {
            votes.add(row.cell(stage));
        }
    })?;
    if let Some(notice) = votes.notice(sink.place()) {
        sink.notice(notice);
    }
    let mut reading = Reading {
        columns: Columns::of(table.header(), name, stages),
        options,
        cells: DateCells::new(options.timezone, &votes),
        statuses: Statuses::new(options.flow),
        counts: Counts::default(),
        dates_alone: 0,
        blocked_days: (0, 0.0),
    };
    table.hand_on(sink, |row| reading.item(row))?;
    reading.tell(rows, sink);
    Ok(())
}

fn names_a_stage(flow: &FlowSettings, name: &str) -> bool {
    Statuses::new(flow).place(name).is_some()
}

struct Reading<'a> {
    columns: Columns,
    options: &'a ReadOptions<'a>,
    cells: DateCells,
    statuses: Statuses<'a>,
    counts: Counts,
    /// Entries that tell no time of day.
    dates_alone: usize,
    /// Items that were blocked for so many days altogether.
    blocked_days: (usize, f64),
}

impl Reading<'_> {
    fn item(&mut self, row: &Row<'_>) -> Result<WorkItem, &'static str> {
        let id = row.cell(self.columns.id);
        if id.is_empty() {
            return Err("it has no id");
        }
        let mut entries: Vec<(DateTime<Utc>, usize)> = Vec::new();
        for (place, (column, _)) in self.columns.stages.iter().enumerate() {
            if let Some(moment) = self.cells.moment(row, Some(*column)) {
                entries.push((moment.at, place));
                self.dates_alone += usize::from(!moment.has_time);
            }
        }
        // Of one day the stages stay in the order of the stream.
        entries.sort_by_key(|(at, _)| *at);
        let created = entries.first().map(|(at, _)| *at);
        let created = created.ok_or("it has no date in any stage")?;
        let last = entries.last().map_or(created, |(at, _)| *at);
        // The last stage is the end, but for those of what was given up.
        let end = self
            .columns
            .stages
            .iter()
            .rposition(|(_, name)| self.statuses.kind(name) != Some(StageKind::Cancelled));
        let end = end.unwrap_or(0);
        let is_open = entries.iter().all(|(_, place)| *place < end);

        let mut events = Vec::with_capacity(entries.len());
        for (at, place) in entries {
            let name = self.columns.stages.get(place).map_or("", |(_, name)| name);
            let status = self.statuses.status(name, None, Some(category(place, end)));
            events.push(Event::new(at, Change::Status(status)));
        }
        // Since when is not told: at the export it was so.
        let at = self.options.exported.max(last);
        match yes(row.cell(self.columns.blocked)).filter(|_| is_open) {
            Some(true) => events.push(Event::new(at, Change::Blocked(None))),
            // An earlier export may have said that it is.
            Some(false) => events.push(Event::new(at, Change::Unblocked)),
            None => {}
        }
        let days = number(row.cell(self.columns.blocked_days)).filter(|days| *days > 0.0);
        if let Some(days) = days {
            self.blocked_days.0 += 1;
            self.blocked_days.1 += days;
        }
        let labels = self.columns.labels.iter();
        Ok(WorkItem {
            title: row.cell(self.columns.name).to_owned(),
            type_name: row.cell(self.columns.type_name).to_owned(),
            labels: labels.flat_map(|&at| several(row.cell(at))).collect(),
            value: self.counts.value(row.cell(self.columns.value)),
            parent: text(row, self.columns.parent),
            updated: last,
            history: History::Partial,
            events,
            ..WorkItem::known_as(Tracker::StageDates, id, id, created)
        })
    }

    fn tell(&self, rows: u64, sink: &mut Sink<'_>) {
        let place = sink.place().to_owned();
        let names: Vec<&str> = self
            .columns
            .stages
            .iter()
            .map(|(_, it)| it.as_str())
            .collect();
        if names.is_empty() && rows > 0 {
            let message = format!("{place}: no column behind the name holds dates");
            sink.notice(Notice::new("stages-missing", message).incomplete());
        } else if rows > 0 {
            let message = format!(
                "{place}: its stages are {}; an item that came back to one is seen there once",
                names.join(", ")
            );
            sink.notice(Notice::new("history-partial", message));
        }
        if self.dates_alone > 0 {
            let message = format!(
                "{place}: {} dates tell no time of day: the beginning of the day is taken, so that \
                 durations are whole days",
                self.dates_alone
            );
            sink.notice(Notice::new("dates-without-time", message).count(self.dates_alone));
        }
        let (count, days) = self.blocked_days;
        if count > 0 {
            let message = format!(
                "{place}: {} blocked for {days} days; when is not told, so that it is not counted",
                counted(count, "item")
            );
            let notice = Notice::new("blocked-days-unplaced", message).count(count);
            sink.notice(notice.incomplete());
        }
        self.counts.tell(rows, &self.cells, "", sink);
    }
}

/// What the place of a stage in the layout says of it: the first is the queue, `end` the end.
fn category(place: usize, end: usize) -> Category {
    match place {
        _ if place == end => Category::Done,
        _ if place > end => Category::Cancelled,
        0 => Category::New,
        _ => Category::Active,
    }
}

/// The texts of a cell: `one` or `[one|two]`, with commas that are part of the notation escaped.
fn several(cell: &str) -> Vec<String> {
    let list = cell
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let parts: Vec<String> = match list {
        Some(list) => list
            .replace("\\,", ",")
            .split([',', '|'])
            .map(str::to_owned)
            .collect(),
        None => vec![cell.to_owned()],
    };
    let parts = parts.iter().map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::table_tests::{WORKED, at, codes, fixture, read_in, story};
    use super::super::{Remarks, table_tests};
    use super::*;

    fn read_text(text: &str) -> (Vec<WorkItem>, Remarks) {
        table_tests::read(read, text.as_bytes())
    }

    #[test]
    fn the_worked_example_keeps_the_day_of_each_first_entry() {
        let (items, remarks) = table_tests::read(read, &fixture("stage-dates.csv"));
        assert_eq!(items.len(), WORKED.len());
        for (item, (key, type_name, value, entries)) in items.iter().zip(WORKED) {
            let mut first: Vec<String> = Vec::new();
            for (index, (time, status)) in entries.iter().enumerate() {
                if entries[..index].iter().all(|(_, other)| other != status) {
                    first.push(format!("{} 00:00 {status}", &time[..5]));
                }
            }
            // The open one says No in the column Blocked.
            let mut told = story(item);
            told.retain(|line| line != "03-13 09:00 Unblocked");
            assert_eq!(told, first, "{key}");
            assert_eq!(
                (item.key.as_str(), item.type_name.as_str()),
                (key, type_name)
            );
            assert_eq!(item.value, Some(value));
            assert_eq!(item.history, History::Partial);
        }
        assert_eq!(items[0].labels, ["security", "web"]);
        assert_eq!(items[0].title, "Sign in with passkeys");
        assert_eq!(
            codes(&remarks),
            [
                "history-partial",
                "dates-without-time",
                "blocked-days-unplaced"
            ]
        );
        assert!(remarks.notices[0].message.contains(
            "its stages are Backlog, Design, Development, Code Review, Testing, Deployment Approval, \
             Deploy, Production, Cancelled;"
        ));
        assert!(
            remarks.notices[2]
                .message
                .contains("1 item blocked for 0.75 days")
        );
    }

    #[test]
    fn a_day_begins_in_the_zone() {
        let text =
            "ID,Link,Name,Backlog,Development,Production\nA-1,,x,2026-03-02,,2026-03-04 15:00\n";
        let zone = chrono_tz::Europe::Berlin;
        let (items, remarks) =
            read_in(read, text.as_bytes(), &table_tests::worked_settings(), zone);
        assert_eq!(
            story(&items[0]),
            ["03-01 23:00 Backlog", "03-04 14:00 Production"]
        );
        assert_eq!(remarks.notices[1].code, "dates-without-time");
        assert_eq!(remarks.notices[1].count, 1);
    }

    #[test]
    fn stages_are_the_columns_of_dates_and_no_others() {
        let (items, _) = read_text(
            "ID,Link,Name,Idea,Ready,Doing,Empty,Done,Due Date,Points,Build\n\
             A-1,,x,2026-03-02,,2026-03-03,,2026-03-05,2026-04-01,1772442000,2026-03-04\n\
             A-2,,y,2026-03-02,2026-03-02,2026-03-02,,,,1772442000,\n",
        );
        assert_eq!(
            story(&items[0]),
            ["03-02 00:00 Idea", "03-03 00:00 Doing", "03-05 00:00 Done"]
        );
        assert_eq!(
            story(&items[1]),
            ["03-02 00:00 Idea", "03-02 00:00 Ready", "03-02 00:00 Doing"]
        );
    }

    #[test]
    fn a_stage_that_nobody_reached_is_a_stage_if_it_is_called_so() {
        let (items, remarks) = read_text(
            "ID,Link,Name,Idea,Development,Production,Owner\n\
             A-1,,x,2026-03-02,2026-03-03,,\n",
        );
        assert!(
            remarks.notices[0]
                .message
                .contains("its stages are Idea, Development, Production;")
        );
        let Change::Status(last) = &items[0].events[1].change else {
            panic!("no status")
        };
        // The last stage of the layout is the end, this one is not.
        assert_eq!(last.category, Some(Category::Active));
    }

    #[test]
    fn the_end_stands_before_what_was_given_up() {
        let (items, _) = read_text(
            "ID,Link,Name,Idea,Making,Live,Cancelled\n\
             A-1,,x,2026-03-02,2026-03-03,2026-03-04,\n\
             A-2,,x,2026-03-02,,,2026-03-04\n",
        );
        let categories = |item: &WorkItem| -> Vec<Option<Category>> {
            let status = |event: &Event| match &event.change {
                Change::Status(status) => status.category,
                _ => None,
            };
            item.events.iter().map(status).collect()
        };
        use Category::{Active, Cancelled, Done, New};
        assert_eq!(categories(&items[0]), [New, Active, Done].map(Some));
        assert_eq!(categories(&items[1]), [New, Cancelled].map(Some));
    }

    #[test]
    fn what_is_blocked_now_is_blocked_since_the_export_at_the_latest() {
        let (items, _) = read_text(
            "ID,Link,Name,Idea,Development,Production,Blocked\n\
             A-1,,x,2026-03-02,2026-03-03,,Yes\n\
             A-2,,x,2026-03-02,2026-03-03,2026-03-04,Yes\n",
        );
        assert_eq!(items[0].events[2].at, at("03-13 09:00"));
        assert_eq!(items[0].events[2].change, Change::Blocked(None));
        assert_eq!(items[1].events.len(), 3);
    }

    #[test]
    fn rows_without_id_or_date_are_skipped_and_wrong_cells_said() {
        let mut text =
            "ID,Link,Name,Idea,Done\n,,x,2026-03-02,\nA-1,,x,,\nA-2,,x,2026-03-02,n/a\n".to_owned();
        for number in 10..20 {
            text += &format!("A-{number},,x,2026-03-02,2026-03-03\n");
        }
        let (items, remarks) = read_text(&text);
        assert_eq!(items.len(), 11);
        assert_eq!(
            remarks.told,
            [
                "t.csv:2: it has no id",
                "t.csv:3: it has no date in any stage"
            ]
        );
        assert!(codes(&remarks).contains(&"date-unreadable"));
    }

    #[test]
    fn several_values_stand_in_brackets() {
        assert_eq!(several("[a\\,b]"), ["a", "b"]);
        assert_eq!(several("[a|b c]"), ["a", "b c"]);
        assert_eq!(several("a, b"), ["a, b"]);
        assert_eq!(several(""), [""; 0]);
        assert_eq!(several("[]"), [""; 0]);
    }

    #[test]
    fn it_is_recognised_by_its_first_columns_and_its_dates() {
        let text = String::from_utf8(fixture("stage-dates.csv")).unwrap();
        assert!(recognise(&text));
        assert!(recognise("ID,Link,Name,Backlog,Done\n"));
        assert!(recognise(
            "ID,Title,Backlog,Done\n1,x,2026-03-02,2026-03-03\n"
        ));
        assert!(!recognise("ID,Title,Backlog,Done\n"));
        assert!(!recognise("ID,Title,Owner,Done\n1,x,y,2026-03-03\n"));
        assert!(!recognise(
            "key,status,created,updated\nA-1,Done,2026-03-02,2026-03-03\n"
        ));
        assert!(!recognise(""));
    }

    #[test]
    fn what_is_not_blocked_now_ends_what_an_earlier_export_said() {
        let (items, _) = read_text(
            "ID,Link,Name,Idea,Development,Production,Blocked\n\
             A-1,,One,2026-03-02,2026-03-03,,No\n\
             A-2,,Two,2026-03-02,2026-03-03,,\n\
             A-3,,Three,2026-03-02,2026-03-03,2026-03-04,No\n",
        );
        let ends: Vec<Vec<DateTime<Utc>>> = items
            .iter()
            .map(|item| {
                let ends = item.events.iter();
                let ends = ends.filter(|event| event.change == Change::Unblocked);
                ends.map(|event| event.at).collect()
            })
            .collect();
        assert_eq!(ends, [vec![at("03-13 09:00")], vec![], vec![]]);
    }
}
