//! The CSV that Jira exports: an item per row, its present status, and where the export has the field
//! `[CHART] Time in Status` the time in every status (`chart_column`). Columns repeat for lists, headers
//! are translated, dates follow the look of the user's profile. `jira_columns` knows the headers.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::work_item::{Category, Change, Event, History, Status, Tracker};
use crate::model::{Notice, StageKind, WorkItem};

use super::chart_column::{StatusNames, Total, arranged, laid_out, stopped, totals};
use super::csv_rows::{Row, Table};
use super::csv_values::{Counts, DateCells, Statuses, date, text};
use super::date_order::DateVotes;
use super::jira_columns::{Columns, category, is_header};
use super::words::counted;
use super::{Input, ReadOptions, Sink};

/// Whether a file that begins like this is a CSV of Jira.
pub(super) fn recognise(head: &str) -> bool {
    is_header(head)
}

/// Jira's exports end after so many rows.
const MOST_ROWS: u64 = 1_000;

/// So many ids of statuses are named in a notice.
const MOST_NAMED: usize = 12;

/// Reads a CSV of Jira.
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
    let mut names = StatusNames::default();
    let mut statuses = Statuses::new(options.flow);
    let rows = table.look_ahead(&mut |row| {
        for column in columns.dates().into_iter().flatten() {
            votes.add(row.cell(column));
        }
        if let Some(totals) = totals(row.cell(columns.chart)) {
            let status = row.cell(columns.status);
            let is_resolved = !row.cell(columns.resolved).is_empty();
            let category = category(row.cell(columns.category));
            let is_done = is_done(status, category, is_resolved, &mut statuses);
            names.learn(status, &totals, is_done);
        }
    })?;
    names.settle();
    if let Some(notice) = votes.notice(sink.place()) {
        sink.notice(notice);
    }
    let mut reading = Reading {
        columns,
        // Zones differ by less than two days.
        latest: options
            .exported
            .checked_add_signed(TimeDelta::days(2))
            .unwrap_or(DateTime::<Utc>::MAX_UTC),
        cells: DateCells::new(options.timezone, &votes),
        names,
        statuses,
        count: Count::default(),
        counts: Counts::default(),
    };
    table.hand_on(sink, |row| reading.item(row))?;
    reading.tell(rows, sink);
    Ok(())
}

/// What is said of the file in the end.
#[derive(Default)]
struct Count {
    partial: usize,
    keyed: usize,
    bad_charts: usize,
    unnamed: BTreeSet<String>,
}

struct Reading<'a> {
    columns: Columns,
    /// Nothing that happened is later.
    latest: DateTime<Utc>,
    cells: DateCells,
    names: StatusNames,
    statuses: Statuses<'a>,
    count: Count,
    counts: Counts,
}

impl Reading<'_> {
    fn item(&mut self, row: &Row<'_>) -> Result<WorkItem, String> {
        let key = row.cell(self.columns.key);
        if key.is_empty() {
            return Err("it has no key".to_owned());
        }
        let created = date(self.cells.dates, row, "Created", self.columns.created)?;
        let updated = self.cells.read(row, self.columns.updated);
        let resolved = self.cells.read(row, self.columns.resolved);
        let category_changed = self.cells.read(row, self.columns.category_changed);
        let created = created
            .or(resolved)
            .or(category_changed)
            .or(updated)
            .ok_or("it has no date")?;
        let id = row.cell(self.columns.id);
        self.count.keyed += usize::from(id.is_empty());
        let value = self.columns.value.iter().map(|&at| row.cell(at));
        let value = value.into_iter().find(|text| !text.is_empty());
        let value = self.counts.value(value.unwrap_or_default());
        let labels = self.columns.labels.iter().map(|&at| row.cell(at));
        let labels = labels.flat_map(str::split_whitespace);
        let labels: Vec<String> = labels.map(str::to_owned).collect();
        let parent = self
            .columns
            .parent
            .iter()
            .find_map(|&at| text(row, Some(at)));
        let name = row.cell(self.columns.status);
        let category = category(row.cell(self.columns.category));
        let is_resolved = !row.cell(self.columns.resolved).is_empty();
        let status = Now {
            name,
            category,
            is_done: is_done(name, category, is_resolved, &mut self.statuses),
            since: category_changed.or(resolved),
            updated,
        };
        let laid = self.laid_out(row, created, &status);
        let history = if laid.is_some() {
            self.count.partial += 1;
            History::Partial
        } else {
            self.counts.without_history += 1;
            History::Approximate
        };
        let mut events = match laid {
            Some(events) => events,
            None => self.guessed(created, &status),
        };
        let last = events.iter().map(|event| event.at).max();
        let updated = updated.into_iter().chain(last).chain(category_changed);
        let updated = updated.fold(created, DateTime::max);
        let first_of = |columns: &[usize]| {
            let mut cells = columns.iter().map(|&at| row.cell(at));
            cells.find(|cell| !cell.is_empty()).map(str::to_owned)
        };
        if let Some(flag) = first_of(&self.columns.flagged) {
            events.push(Event::new(updated, Change::Blocked(Some(flag))));
        } else if !self.columns.flagged.is_empty() && first_of(&self.columns.blocked_by).is_none() {
            // The field cannot say no but by saying nothing; an earlier export may have said yes.
            events.push(Event::new(updated, Change::Unblocked));
        }
        events.sort_by_key(|event| event.at);
        Ok(WorkItem {
            title: row.cell(self.columns.summary).to_owned(),
            type_name: row.cell(self.columns.type_name).to_owned(),
            labels,
            value,
            parent,
            resolution: text(row, self.columns.resolution),
            updated,
            history,
            events,
            ..WorkItem::known_as(
                Tracker::Jira,
                if id.is_empty() { key } else { id },
                key,
                created,
            )
        })
    }

    /// The statuses by the times that the chart tells, the present one last; those before it in the
    /// order of the stream, as far as their stages are known, for the chart tells none.
    fn laid_out(
        &mut self,
        row: &Row<'_>,
        created: DateTime<Utc>,
        now: &Now<'_>,
    ) -> Option<Vec<Event>> {
        let chart = row.cell(self.columns.chart);
        if chart.is_empty() || now.name.is_empty() {
            return None;
        }
        let laid = self.laid_out_of(chart, created, now);
        self.count.bad_charts += usize::from(laid.is_none());
        laid
    }

    fn laid_out_of(
        &mut self,
        chart: &str,
        created: DateTime<Utc>,
        now: &Now<'_>,
    ) -> Option<Vec<Event>> {
        let mut totals = totals(chart)?;
        let present = self.present(now, &totals).map(|at| totals.remove(at));
        // Where the stage of one is not known, the order of the field is as good as any other.
        let mut places = Vec::with_capacity(totals.len());
        for total in &totals {
            let name = self.names.name(total.id).unwrap_or(total.id);
            places.push(self.statuses.place(name));
        }
        let is_ordered = places.iter().all(Option::is_some);
        totals.sort_by_cached_key(|total| {
            let name = self.names.name(total.id).unwrap_or(total.id);
            let place = self.statuses.place(name).filter(|_| is_ordered);
            (self.statuses.kind(name) != Some(StageKind::Queue), place)
        });
        let is_alone = totals.len() < 2;
        let laid = match present {
            Some(present) => {
                // A clock that stopped when the item was done counted its former stays there: then all
                // times together lead to the end. A clock that runs on counts the present stay.
                let whole = totals.iter().fold(present.millis, |sum, total| {
                    sum.saturating_add(total.millis)
                });
                let end = TimeDelta::try_milliseconds(whole)
                    .and_then(|whole| created.checked_add_signed(whole));
                let is_end = |since: DateTime<Utc>| {
                    end.is_some_and(|end| (end - since).abs() <= TimeDelta::minutes(5))
                };
                let was_there = present.millis > 0 && now.since.is_some_and(is_end);
                arranged(totals, present, was_there)
            }
            None => totals,
        };
        let mut instants = laid_out(created, &laid, self.latest)?;
        // The present status comes last. Where the file tells when, the times lie before that.
        let laid_end = match present {
            Some(_) => instants.pop(),
            None => None,
        };
        let told_end = match now.category {
            _ if present.is_some() && !now.is_done => None,
            Some(Category::New) if is_alone => Some(created),
            _ if present.is_some() => now.since,
            _ => now.since.or(now.updated),
        };
        let end = told_end.or(laid_end).unwrap_or(created).max(created);
        let mut events = Vec::with_capacity(laid.len() + 1);
        for (total, at) in laid.iter().zip(instants) {
            let is_present = present.is_some_and(|present| present.id == total.id);
            if told_end.is_none() || at < end {
                let event = if is_present {
                    self.present_status(now)
                } else {
                    self.former_status(total)
                };
                events.push(Event::new(at, Change::Status(event)));
            }
        }
        events.push(Event::new(end, Change::Status(self.present_status(now))));
        Some(events)
    }

    /// Which time is that of the present status: by its name, else where the clock stopped, else the
    /// only one that `flow.stages` puts into the same stage.
    fn present(&mut self, now: &Now<'_>, totals: &[Total<'_>]) -> Option<usize> {
        if let Some(id) = self.names.id(now.name) {
            return totals.iter().position(|total| total.id == id);
        }
        if let Some(at) = stopped(totals).filter(|_| now.is_done) {
            return Some(at);
        }
        let stage = self.statuses.place(now.name)?;
        let mut same = Vec::new();
        for (at, total) in totals.iter().enumerate() {
            let is_other = self.names.name(total.id).is_some();
            if !is_other && self.statuses.place(total.id) == Some(stage) {
                same.push(at);
            }
        }
        same.pop().filter(|_| same.is_empty())
    }

    /// The present status, with its id if that is certain: a guess would rename the id everywhere.
    fn present_status(&mut self, now: &Now<'_>) -> Arc<Status> {
        let id = self.names.id(now.name);
        self.statuses.status(now.name, id, now.category)
    }

    fn former_status(&mut self, total: &Total<'_>) -> Arc<Status> {
        let known = self.names.name(total.id);
        if known.is_none() && self.statuses.kind(total.id).is_none() {
            self.count.unnamed.insert(total.id.to_owned());
        }
        let name = known.unwrap_or(total.id);
        self.statuses.status(name, Some(total.id), None)
    }

    /// The present status alone: since its category was reached, else since the item was resolved,
    /// else since its last change; what is not begun since its creation.
    fn guessed(&mut self, created: DateTime<Utc>, now: &Now<'_>) -> Vec<Event> {
        if now.name.is_empty() {
            return Vec::new();
        }
        let is_new = match now.category {
            Some(category) => category == Category::New,
            None => self.statuses.kind(now.name) == Some(StageKind::Queue),
        };
        let since = now.since.or(now.updated).unwrap_or(created);
        let at = if is_new { created } else { since };
        let status = self.statuses.status(now.name, None, now.category);
        vec![Event::new(at.max(created), Change::Status(status))]
    }

    fn tell(&self, rows: u64, sink: &mut Sink<'_>) {
        self.count.tell(sink);
        let hint =
            "export with the field [CHART] Time in Status, or a search with expand=changelog";
        self.counts.tell(rows, &self.cells, hint, sink);
        if rows == MOST_ROWS {
            let place = sink.place();
            let message = format!(
                "{place} has {MOST_ROWS} rows, where exports of Jira end: there may be more items"
            );
            let notice = Notice::new("export-cut", message);
            sink.notice(
                notice
                    .hint("export by parts and import them all")
                    .incomplete(),
            );
        }
    }
}

/// The status that an item is in.
struct Now<'t> {
    name: &'t str,
    category: Option<Category>,
    /// Whether the clocks of its times stopped.
    is_done: bool,
    /// Since when its category holds, else since when it is resolved.
    since: Option<DateTime<Utc>>,
    updated: Option<DateTime<Utc>>,
}

/// Whether an item is done, by the category of its status; where none is told, by its stage or
/// because it is resolved.
fn is_done(
    status: &str,
    category: Option<Category>,
    is_resolved: bool,
    statuses: &mut Statuses<'_>,
) -> bool {
    match category {
        Some(category) => category == Category::Done,
        None => {
            let kind = statuses.kind(status);
            is_resolved || matches!(kind, Some(StageKind::Done | StageKind::Cancelled))
        }
    }
}

impl Count {
    fn tell(&self, sink: &mut Sink<'_>) {
        let place = sink.place().to_owned();
        if self.partial > 0 {
            let message = format!(
                "{place}: of {} the time in each status is known ([CHART] Time in Status), not the \
                 order: it is laid end to end, the present status last; several such exports of one \
                 item do not add up: import the last one alone",
                counted(self.partial, "item")
            );
            let notice = Notice::new("history-partial", message).count(self.partial);
            sink.notice(notice.hint("a search with expand=changelog holds every change"));
        }
        if !self.unnamed.is_empty() {
            let ids: Vec<&str> = self.unnamed.iter().map(String::as_str).collect();
            let more = if ids.len() > MOST_NAMED { " …" } else { "" };
            let ids = ids.get(..MOST_NAMED).unwrap_or(&ids).join(", ");
            let message =
                format!("{place}: what the statuses {ids}{more} are called cannot be told from it");
            let notice = Notice::new("status-ids-unnamed", message).count(self.unnamed.len());
            sink.notice(notice.hint("name these ids in flow.stages, like statuses"));
        }
        if self.bad_charts > 0 {
            let count = self.bad_charts;
            let message = format!("{place}: {count} cells of [CHART] Time in Status make no sense");
            let notice = Notice::new("time-in-status-unreadable", message).count(count);
            sink.notice(notice.incomplete());
        }
        if self.keyed > 0 {
            let message = format!(
                "{place}: {} without Issue id: one that is moved to another project will be another \
                 item",
                counted(self.keyed, "item")
            );
            let notice = Notice::new("id-missing", message).count(self.keyed);
            sink.notice(notice.hint("export with the field Issue id"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table_tests::{
        WORKED, at, codes, fixture, lines, read_in, story, worked_settings,
    };
    use super::super::{Remarks, table_tests};
    use super::*;
    use crate::model::FlowSettings;

    /// Ids of the statuses in the fixture.
    const IDS: [(&str, &str); 9] = [
        ("Backlog", "10000"),
        ("Design", "10001"),
        ("Development", "10002"),
        ("Code Review", "10003"),
        ("Testing", "10004"),
        ("Deployment Approval", "10005"),
        ("Deploy", "10006"),
        ("Production", "10008"),
        ("Cancelled", "10009"),
    ];

    fn id(status: &str) -> &'static str {
        IDS.iter().find(|(name, _)| *name == status).unwrap().1
    }

    /// The worked settings, with the ids named as a user would after the notice.
    fn settings_with_ids() -> FlowSettings {
        let mut flow = worked_settings();
        for stage in &mut flow.stages {
            stage.statuses.push(id(&stage.name).to_owned());
        }
        flow
    }

    fn read_text(text: &str) -> (Vec<WorkItem>, Remarks) {
        table_tests::read(read, text.as_bytes())
    }

    /// Entries of a story, each told by its id; what is told by its name alone by that one's id.
    fn by_id(item: &WorkItem) -> Vec<(DateTime<Utc>, String)> {
        let status = |event: &Event| match &event.change {
            Change::Status(status) => {
                let told = status.id.as_deref();
                Some((
                    event.at,
                    told.unwrap_or_else(|| id(&status.name)).to_owned(),
                ))
            }
            _ => None,
        };
        item.events.iter().filter_map(status).collect()
    }

    fn hours_by_id(entries: &[(DateTime<Utc>, String)]) -> Vec<(String, i64)> {
        let mut hours: Vec<(String, i64)> = Vec::new();
        for pair in entries.windows(2) {
            let time = (pair[1].0 - pair[0].0).num_hours();
            match hours.iter_mut().find(|(id, _)| *id == pair[0].1) {
                Some((_, sum)) => *sum += time,
                None => hours.push((pair[0].1.clone(), time)),
            }
        }
        hours.sort();
        hours
    }

    #[test]
    fn the_worked_example_keeps_its_time_in_every_status_and_its_end() {
        let bytes = fixture("jira.csv");
        let (items, remarks) = read_in(read, &bytes, &settings_with_ids(), chrono_tz::UTC);
        assert_eq!(remarks.skipped, 0);
        assert_eq!(codes(&remarks), ["history-partial"]);
        assert_eq!(items.len(), WORKED.len());
        for (item, (key, _, value, entries)) in items.iter().zip(WORKED) {
            assert_eq!(item.key, key);
            assert_eq!(item.value, Some(value));
            assert_eq!(item.history, History::Partial);
            assert_eq!(item.created, at(entries[0].0));
            let truth: Vec<(DateTime<Utc>, String)> = entries
                .iter()
                .map(|(time, status)| (at(time), id(status).to_owned()))
                .collect();
            let told = by_id(item);
            assert_eq!(hours_by_id(&told), hours_by_id(&truth), "{key}");
            assert_eq!(told.last(), truth.last(), "{key}");
            // Its start, too: what is not begun is laid first.
            assert_eq!(told[1].0, truth[1].0, "{key}");
        }
    }

    #[test]
    fn a_reopened_item_begins_and_ends_when_it_did() {
        let bytes = fixture("jira.csv");
        let (items, _) = read_in(read, &bytes, &settings_with_ids(), chrono_tz::UTC);
        let told: Vec<DateTime<Utc>> = by_id(&items[3]).into_iter().map(|it| it.0).collect();
        // Both stays in Development lasted 48 h: here even the order is the true one.
        let truth: Vec<DateTime<Utc>> = WORKED[3].3.iter().map(|(time, _)| at(time)).collect();
        assert_eq!(told, truth);
    }

    #[test]
    fn lists_are_read_from_repeated_headers_and_people_from_none() {
        let (items, _) = table_tests::read(read, &fixture("jira.csv"));
        let first = &items[0];
        assert_eq!(
            (first.id.as_str(), first.key.as_str()),
            ("20101", "FOC-101")
        );
        assert_eq!(first.title, "Sign in, with \"passkeys\"");
        assert_eq!(first.type_name, "Story");
        assert_eq!(first.labels, ["security", "web"]);
        assert_eq!(items[1].labels, ["web"]);
        assert_eq!(first.parent.as_deref(), Some("FOC-90"));
        assert_eq!(first.resolution, None);
        assert_eq!(items[5].resolution.as_deref(), Some("Won't Do"));
        assert!(!format!("{items:?}").contains("person"));
    }

    #[test]
    fn ids_without_a_name_are_said() {
        let (items, remarks) = table_tests::read(read, &fixture("jira.csv"));
        assert_eq!(codes(&remarks), ["history-partial", "status-ids-unnamed"]);
        let notice = &remarks.notices[1];
        assert!(
            notice
                .message
                .contains("10000, 10001, 10002, 10003, 10004, 10005, 10006")
        );
        // The present status is known by its name even so.
        assert_eq!(
            story(&items[2]),
            [
                "03-05 08:00 10000",
                "03-09 08:00 Production",
                "03-09 08:00 Unblocked"
            ]
        );
    }

    #[test]
    fn an_item_without_a_resolution_date_is_done_when_its_category_changed() {
        // `Resolved` is empty on most finished items of real projects.
        let (items, remarks) = read_text(
            "Issue key,Issue id,Status,Created,Updated,Resolved,Status Category,Status Category Changed\n\
             A-1,1,Production,02/Mar/26 9:00 AM,12/Mar/26 9:00 AM,,Done,11/Mar/26 11:00 AM\n\
             A-2,2,Production,02/Mar/26 9:00 AM,12/Mar/26 9:00 AM,10/Mar/26 9:00 AM,,\n\
             A-3,3,Production,02/Mar/26 9:00 AM,12/Mar/26 9:00 AM,,,\n\
             A-4,4,Backlog,02/Mar/26 9:00 AM,12/Mar/26 9:00 AM,,To Do,05/Mar/26 9:00 AM\n",
        );
        let stories: Vec<Vec<String>> = items.iter().map(story).collect();
        assert_eq!(
            stories,
            [
                ["03-11 11:00 Production"],
                ["03-10 09:00 Production"],
                ["03-12 09:00 Production"],
                ["03-02 09:00 Backlog"]
            ]
        );
        assert!(items.iter().all(|it| it.history == History::Approximate));
        assert_eq!(codes(&remarks), ["history-missing"]);
        let Change::Status(status) = &items[0].events[0].change else {
            panic!("no status")
        };
        assert_eq!(status.category, Some(Category::Done));
    }

    const CHARTS: &str = "Issue key,Issue id,Status,Created,Updated,Resolved,Status Category,Status Category Changed,\
        Custom field ([CHART] Time in Status)\n";

    /// The ids that statuses of the items are told with, beside their names.
    fn pairs(items: &[WorkItem]) -> Vec<String> {
        let mut pairs = Vec::new();
        for event in items.iter().flat_map(|item| &item.events) {
            if let Change::Status(status) = &event.change {
                let id = status.id.as_deref().unwrap_or("-");
                pairs.push(format!("{} {id}", status.name));
            }
        }
        pairs.sort();
        pairs.dedup();
        pairs
    }

    /// 10000 is Backlog, 3 In Progress, 10002 In Review, 10001 Done.
    const GUESSED: &str = "F-1,1,Done,01/Mar/26 9:00 AM,09/Mar/26 9:00 AM,09/Mar/26 9:00 AM,Done,09/Mar/26 9:00 AM,\
        3_*:*_1_*:*_518400000_*|*_10000_*:*_1_*:*_172800000_*|*_10001_*:*_1_*:*_0\n\
        F-2,2,In Progress,01/Mar/26 9:00 AM,09/Mar/26 9:00 AM,,In Progress,03/Mar/26 9:00 AM,\
        3_*:*_1_*:*_518400000_*|*_10000_*:*_1_*:*_172800000\n\
        F-3,3,In Review,01/Mar/26 9:00 AM,09/Mar/26 9:00 AM,,In Progress,03/Mar/26 9:00 AM,\
        10002_*:*_1_*:*_259200000_*|*_3_*:*_1_*:*_259200000_*|*_10000_*:*_1_*:*_172800000\n";

    #[test]
    fn the_id_of_the_present_status_is_not_guessed() {
        let (items, remarks) = read_text(&format!("{CHARTS}{GUESSED}"));
        assert_eq!(
            pairs(&items),
            [
                "10000 10000",
                "10002 10002",
                "3 3",
                "Done 10001",
                "In Progress -",
                "In Review -"
            ]
        );
        // Open items are in their status since it became theirs or its category's.
        assert_eq!(
            story(&items[1]),
            ["03-01 09:00 3", "03-03 09:00 In Progress"]
        );
        assert_eq!(
            story(&items[2]),
            ["03-01 09:00 10002", "03-03 09:00 In Review"]
        );
        assert_eq!(codes(&remarks), ["history-partial", "status-ids-unnamed"]);
        assert!(remarks.notices[1].message.contains("10000, 10002, 3 "));
    }

    #[test]
    fn ids_in_the_stages_tell_which_time_is_the_present_one() {
        let mut flow = worked_settings();
        for (stage, names) in [
            (0, ["10000", "Backlog"]),
            (2, ["3", "In Progress"]),
            (3, ["10002", "In Review"]),
        ] {
            flow.stages[stage].statuses = names.map(str::to_owned).to_vec();
        }
        let text = format!("{CHARTS}{GUESSED}");
        let (items, remarks) = read_in(read, text.as_bytes(), &flow, chrono_tz::UTC);
        let stories: Vec<Vec<String>> = items.iter().map(story).collect();
        assert_eq!(
            stories,
            [
                vec!["03-01 09:00 10000", "03-03 09:00 3", "03-09 09:00 Done"],
                vec!["03-01 09:00 10000", "03-03 09:00 In Progress"],
                vec![
                    "03-01 09:00 10000",
                    "03-03 09:00 3",
                    "03-06 09:00 In Review"
                ],
            ]
        );
        assert!(pairs(&items).contains(&"In Review -".to_owned()));
        assert_eq!(codes(&remarks), ["history-partial"]);
    }

    #[test]
    fn an_item_in_progress_is_not_named_done_by_the_last_of_its_times() {
        let (items, _) = read_text(&format!(
            "{CHARTS}A-1,1,Production,02/Mar/26 9:00 AM,11/Mar/26 11:00 AM,,Done,11/Mar/26 11:00 AM,\
             10000_*:*_1_*:*_86400000_*|*_10002_*:*_1_*:*_259200000_*|*_10008_*:*_1_*:*_0\n\
             A-2,2,In Progress,02/Mar/26 9:00 AM,11/Mar/26 11:00 AM,,In Progress,08/Mar/26 11:00 AM,\
             10000_*:*_1_*:*_86400000_*|*_3_*:*_2_*:*_259200000_*|*_10008_*:*_1_*:*_86400000\n"
        ));
        assert_eq!(
            story(&items[1]),
            [
                "03-02 09:00 10000",
                "03-03 09:00 3",
                "03-06 09:00 Production",
                "03-08 11:00 In Progress"
            ]
        );
        // What is done is done when its category changed, however long the times are.
        assert_eq!(
            story(&items[0]),
            [
                "03-02 09:00 10000",
                "03-03 09:00 10002",
                "03-11 11:00 Production"
            ]
        );
    }

    #[test]
    fn times_end_where_the_item_was_done() {
        let (items, _) = read_text(&format!(
            "{CHARTS}A-1,1,Production,02/Mar/26 9:00 AM,12/Mar/26 9:00 AM,05/Mar/26 9:00 AM,Done,,\
             1_*:*_1_*:*_86400000_*|*_2_*:*_1_*:*_259200000_*|*_3_*:*_1_*:*_86400000_*|*_9_*:*_1_*:*_0\n"
        ));
        assert_eq!(
            story(&items[0]),
            ["03-02 09:00 1", "03-03 09:00 2", "03-05 09:00 Production"]
        );
    }

    #[test]
    fn times_that_lead_beyond_the_export_are_not_believed() {
        let (items, remarks) = read_text(
            "Issue key,Issue id,Status,Created,Updated,Custom field ([CHART] Time in Status)\n\
             A-1,1,Production,2026-03-02,2026-03-04,1_*:*_1_*:*_864000000000_*|*_2_*:*_1_*:*_0\n\
             A-2,2,Production,2026-03-02,2026-03-04,what is this\n",
        );
        assert_eq!(story(&items[0]), ["03-04 00:00 Production"]);
        assert_eq!(
            codes(&remarks),
            ["time-in-status-unreadable", "history-missing"]
        );
        assert_eq!(remarks.notices[0].count, 2);
    }

    #[test]
    fn a_flag_blocks_since_the_last_change() {
        let (items, _) = read_text(
            "Issue key,Issue id,Status,Created,Updated,Custom field (Flagged)\n\
             A-1,1,Design,2026-03-02,2026-03-04,Impediment\n\
             A-2,2,Design,2026-03-02,2026-03-04,\n",
        );
        assert_eq!(
            story(&items[0]),
            ["03-04 00:00 Design", "03-04 00:00 blocked: Impediment"]
        );
        // A flag that was taken off blocks no longer.
        assert_eq!(
            story(&items[1]),
            ["03-04 00:00 Design", "03-04 00:00 Unblocked"]
        );
        let (items, _) = read_text(
            "Issue key,Issue id,Status,Created,Updated,Custom field (Flagged),Inward issue link (Blocks)\n\
             A-1,1,Design,2026-03-02,2026-03-04,,A-9\n",
        );
        assert_eq!(story(&items[0]), ["03-04 00:00 Design"]);
    }

    #[test]
    fn a_translated_export_of_a_spreadsheet_is_read() {
        // Semicolons, Windows-1252, days before months.
        let bytes = fixture("jira-spanish.csv");
        let zone = chrono_tz::Europe::Madrid;
        let (items, remarks) = read_in(read, &bytes, &worked_settings(), zone);
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].title, "Iniciar sesión más rápido");
        assert_eq!(
            (items[0].id.as_str(), items[0].key.as_str()),
            ("20101", "FOC-101")
        );
        assert_eq!(items[0].created, at("03-02 08:00"));
        assert_eq!(story(&items[0]), lines(&[("03-11 10:00", "Production")]));
        assert_eq!(story(&items[1]), lines(&[("03-03 08:00", "Backlog")]));
        assert_eq!(codes(&remarks), ["text-encoding", "history-missing"]);
    }

    #[test]
    fn rows_without_key_or_date_are_skipped_and_ids_may_be_missing() {
        let (items, remarks) = read_text(
            "Issue key,Status,Created\n,Done,2026-03-02\nA-1,Done,soon\nA-2,Done,\nA-3,Done,2026-03-02\n",
        );
        assert_eq!(items.len(), 1);
        assert_eq!(
            (items[0].id.as_str(), items[0].key.as_str()),
            ("A-3", "A-3")
        );
        assert_eq!(
            remarks.told,
            [
                "t.csv:2: it has no key",
                "t.csv:3: `Created` is no date",
                "t.csv:4: it has no date"
            ]
        );
        assert_eq!(codes(&remarks), ["id-missing", "history-missing"]);
    }

    #[test]
    fn a_thousand_rows_are_said_to_be_where_exports_end() {
        let mut text = "Issue key,Issue id,Status,Created\n".to_owned();
        for number in 0..1000 {
            text += &format!("A-{number},{number},Backlog,2026-03-02\n");
        }
        assert!(codes(&read_text(&text).1).contains(&"export-cut"));
        text += "A-1000,1000,Backlog,2026-03-02\n";
        assert!(!codes(&read_text(&text).1).contains(&"export-cut"));
        assert_eq!(codes(&read_text("Issue key,Status\n").1), ["table-empty"]);
    }
}
