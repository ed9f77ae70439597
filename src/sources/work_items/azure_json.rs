//! Azure DevOps in JSON: updates and revisions of items, the reporting of all revisions, rows of the
//! analytics. `azure_rows` says what an item looked like at an instant; here two looks that follow each
//! other become events. Rows of one item that stand together are one piece of it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::azure_rows::{self, Look, Row, Said};
use super::json_envelope::Under;
use super::json_head::JsonHead;
use super::json_rows::{JsonRows, Met};
use super::json_values::Scalar;
use super::words::counted;
use super::{Input, ReadOptions, Sink};
use crate::model::work_item::{Category, Change, Event, History, Status, Tracker};
use crate::model::{Notice, WorkItem};

/// Where rows lie: almost everywhere, and in the reporting of revisions.
const PATHS: &[Under] = &[&["value"], &["values"]];

/// Items whose last look is remembered: reports of all revisions tell them in the order of time.
const MOST_KNOWN: usize = 500_000;
/// Rows of one item that are taken together.
const MOST_TOGETHER: usize = 10_000;
/// Statuses that are shared.
const MOST_STATUSES: usize = 10_000;
/// Longer names are not kept beside their item, in bytes.
const LONGEST_NAME: usize = 300;
/// Looks that are longer are not remembered, in bytes.
const LONGEST_LOOK: usize = 4_096;
/// Rows of one item are taken together up to so many bytes.
const MOST_HELD: usize = 64 * 1024 * 1024;
/// The first revision is changed when it is created, up to rounding.
const AT_ONCE: TimeDelta = TimeDelta::seconds(1);

/// Whether a text begins like an export of Azure DevOps in JSON.
pub(super) fn recognise(head: &str) -> bool {
    let seen = JsonHead::of(head);
    ["value[]", "values[]", "[]", "", "[].value[]", "[][]"]
        .iter()
        .any(|place| {
            let has = |name: &str| seen.rows_have(&[place], name);
            (has("workItemId") && (has("revisedDate") || has("rev")))
                || (has("rev") && has("fields"))
                || (has("fields.System.Id") || has("fields.System.State"))
                || (has("WorkItemId") && (has("State") || has("WorkItemType")))
        })
}

/// Reads an export, piece by piece.
///
/// # Errors
/// The input cannot be read.
pub(super) fn read(
    input: &mut dyn Input,
    options: &ReadOptions<'_>,
    sink: &mut Sink<'_>,
) -> io::Result<()> {
    let mut reader = Reader::default();
    let mut rows = JsonRows::open(input, PATHS, sink)?;
    while let Some(met) = rows.next_row(sink)? {
        match met {
            Met::Row { line, text, .. } => match azure_rows::read(text, options.timezone) {
                Ok(row) => reader.row(row, text.len(), sink),
                Err(reason) => sink.skip(line, &reason),
            },
            Met::Page { envelope, .. } => {
                let next: Scalar<'_> = envelope.read("@odata.nextLink").unwrap_or_default();
                let is_last: Option<bool> = envelope.read("isLastBatch");
                reader.goes_on = is_last.map_or_else(|| next.text().is_some(), |is_last| !is_last);
            }
        }
    }
    reader.together(sink);
    reader.finish(sink);
    Ok(())
}

/// An item that was met: how it looked last.
#[derive(Debug, Clone)]
struct Known {
    revision: u64,
    look: Look,
}

#[derive(Default)]
struct Reader {
    /// Rows of one item that stand together.
    rows: Vec<Row>,
    /// How many bytes they were.
    held: usize,
    known: HashMap<String, Known>,
    statuses: HashMap<String, Arc<Status>>,
    untimed: usize,
    cut: usize,
    without_history: usize,
    goes_on: bool,
}

impl Reader {
    /// A row that was so many bytes long.
    fn row(&mut self, row: Row, length: usize, sink: &mut Sink<'_>) {
        let is_other = self.rows.last().is_some_and(|last| last.id != row.id);
        let is_full = self.rows.len() >= MOST_TOGETHER || self.held + length > MOST_HELD;
        if is_other || is_full {
            self.together(sink);
            self.held = 0;
        }
        self.held += length;
        match (&row.said, row.at) {
            (Said::Nothing, _) => {}
            (_, None) => self.untimed += 1,
            _ => self.rows.push(row),
        }
    }

    /// The rows of one item → a piece of it.
    fn together(&mut self, sink: &mut Sink<'_>) {
        let mut rows = std::mem::take(&mut self.rows);
        // Revisions are numbered in the order in which they were made.
        rows.sort_by_key(|row| (row.revision, row.at));
        let Some(first) = rows.first() else { return };
        let Some(begin) = first.at else { return };
        let id = first.id.clone();
        let before = self
            .known
            .get(&id)
            .filter(|known| known.revision < first.revision);
        let before = before.map(|known| known.look.clone());
        let first_look = match &first.said {
            Said::All(look) => look.created,
            Said::Changes(sides) => sides.2.created,
            Said::Nothing => None,
        };
        let is_beginning = first.revision == 1
            || first_look.is_some_and(|created| (begin - created).abs() <= AT_ONCE);
        let is_alone = rows.len() == 1 && matches!(first.said, Said::All(_));
        let is_guessed = !is_beginning && before.is_none() && is_alone;
        let history = match (is_beginning || before.is_some(), &first.said) {
            (true, _) => History::Complete,
            // First dates are a part of the history.
            (false, Said::All(look)) if is_alone && look.reached == [None; 3] => {
                History::Approximate
            }
            (false, _) => History::Partial,
        };

        let mut piece = Piece::default();
        let mut look = before;
        let mut last = (begin, first.revision);
        for row in &rows {
            let Some(at) = row.at else { continue };
            let next = match &row.said {
                Said::All(next) => (**next).clone(),
                Said::Changes(sides) => {
                    let (changed, old, new) = &**sides;
                    let from = look.get_or_insert_with(|| old.clone());
                    // What an update says of before is known only now.
                    piece.begin(at, from, self, is_beginning);
                    if from.state.is_none() && old.state.is_some() && !is_beginning {
                        from.state.clone_from(&old.state);
                        from.category = old.category;
                        piece.state(begin, from, self);
                    }
                    from.after(*changed, new)
                }
                Said::Nothing => continue,
            };
            match &look {
                Some(look) => piece.change(at, look, &next, self),
                None if is_guessed => piece.guess(at, &next, self),
                None => piece.begin(at.min(next.created.unwrap_or(at)), &next, self, false),
            }
            look = Some(next);
            last = (last.0.max(at), row.revision);
        }
        piece.events.sort_by_key(|event| event.at);
        let Some(look) = look else { return };
        self.cut += usize::from(history == History::Partial && !is_guessed);
        self.without_history += usize::from(is_guessed);
        sink.item(WorkItem {
            tracker: Tracker::AzureDevops,
            key: id.clone(),
            id: id.clone(),
            aliases: Vec::new(),
            title: look.title.clone().unwrap_or_default(),
            type_name: look.type_name.clone().unwrap_or_default(),
            labels: look.tags.clone(),
            value: look.value,
            parent: look.parent.clone(),
            resolution: look.reason.clone(),
            created: look.created.unwrap_or(begin),
            updated: last.0,
            history,
            events: piece.events,
        });
        // The title is that of the last piece that tells one.
        let look = Look {
            title: None,
            ..look
        };
        if self.known.len() < MOST_KNOWN && id.len() + look.length() <= LONGEST_LOOK {
            self.known.insert(
                id,
                Known {
                    revision: last.1,
                    look,
                },
            );
        }
    }

    fn status(&mut self, name: &str, category: Option<Category>) -> Arc<Status> {
        if let Some(known) = self.statuses.get(name)
            && known.category == category
        {
            return Arc::clone(known);
        }
        let status = Arc::new(Status {
            category,
            ..Status::named(name)
        });
        if self.statuses.len() < MOST_STATUSES && name.len() <= LONGEST_NAME {
            self.statuses.insert(name.to_owned(), Arc::clone(&status));
        }
        status
    }

    /// Says what is missing.
    fn finish(self, sink: &mut Sink<'_>) {
        let place = sink.place().to_owned();
        if self.goes_on {
            let message = format!("{place} ends before the last page");
            let notice = Notice::new("pages-missing", message);
            sink.notice(notice.hint("import the other pages, too").incomplete());
        }
        if self.cut > 0 {
            let count = self.cut;
            let items = counted(count, "item");
            let message = format!("{place}: the first revisions of {items} are missing");
            let hint = "import all updates of each item, or the report of all revisions: see docs/import.md";
            let notice = Notice::new("changelog-cut", message).count(count);
            sink.notice(notice.hint(hint).incomplete());
        }
        if self.without_history > 0 {
            let count = self.without_history;
            let items = counted(count, "item");
            let message =
                format!("{place}: {items} told as now alone: times in states are not known");
            let hint = "import updates or revisions instead: see docs/import.md";
            let notice = Notice::new("history-missing", message).count(count);
            sink.notice(notice.hint(hint).incomplete());
        }
        if self.untimed > 0 {
            let count = self.untimed;
            let changes = counted(count, "change");
            let message = format!("{place}: {changes} without a time left out");
            sink.notice(Notice::new("change-without-time", message).count(count));
        }
    }
}

/// The events of a piece.
#[derive(Default)]
struct Piece {
    events: Vec<Event>,
    has_begun: bool,
    /// When its first look was, until its type was told.
    untyped_since: Option<DateTime<Utc>>,
}

impl Piece {
    fn push(&mut self, at: DateTime<Utc>, change: Change) {
        self.events.push(Event::new(at, change));
    }

    fn state(&mut self, at: DateTime<Utc>, look: &Look, reader: &mut Reader) {
        if let Some(name) = &look.state {
            let status = reader.status(name, look.category);
            self.push(at, Change::Status(status));
        }
    }

    /// An item as it is now: the states whose dates it keeps, and its own since that changed. What the
    /// state of a date is called is known only if it is its own.
    fn guess(&mut self, at: DateTime<Utc>, look: &Look, reader: &mut Reader) {
        let told = [
            (look.reached[0], "Active", Category::Active),
            (look.reached[1], "Resolved", Category::Wait),
            (look.reached[2], "Closed", Category::Done),
        ];
        let own = told
            .iter()
            .find(|(_, _, category)| Some(*category) == look.category);
        let by_category = match look.category {
            Some(Category::New) => look.created,
            _ => own.and_then(|(at, ..)| *at),
        };
        let since = look.state_changed.or(by_category).unwrap_or(at);
        let created = look.created.unwrap_or(since);
        for (reached, name, category) in told {
            // Later than its own state it cannot have been in another.
            if let Some(reached) = reached.filter(|reached| *reached + AT_ONCE < since) {
                let status = reader.status(name, Some(category));
                self.push(reached.max(created), Change::Status(status));
            }
        }
        self.state(since.max(created), look, reader);
        if look.is_blocked {
            self.push(at.max(created), Change::Blocked(None));
        } else if look.tells_blocked {
            // What an earlier export told ended: nobody says when.
            self.push(at.max(created), Change::Unblocked);
        }
        if look.is_deleted {
            self.push(at.max(created), Change::Removed);
        }
    }

    /// How an item was where its known history begins. An item that begins with an update that created
    /// it was nothing before.
    fn begin(&mut self, at: DateTime<Utc>, look: &Look, reader: &mut Reader, is_nothing: bool) {
        if std::mem::replace(&mut self.has_begun, true) || is_nothing {
            return;
        }
        self.change(at, &Look::default(), look, reader);
    }

    fn change(&mut self, at: DateTime<Utc>, old: &Look, new: &Look, reader: &mut Reader) {
        if !std::mem::replace(&mut self.has_begun, true) || self.events.is_empty() {
            self.untyped_since = Some(at);
        }
        let came_back = old.is_deleted && !new.is_deleted;
        if old.state != new.state || came_back {
            self.state(at, new, reader);
        }
        // Where the type changes, what it was is told, too: nothing else says that it was another.
        if let (Some(old), Some(new)) = (&old.type_name, &new.type_name)
            && old != new
        {
            if let Some(since) = self.untyped_since.take() {
                self.push(since, Change::Type(old.clone()));
            }
            self.push(at, Change::Type(new.clone()));
        }
        for tag in old.tags.iter().filter(|tag| !new.tags.contains(tag)) {
            self.push(at, Change::Unlabelled(tag.clone()));
        }
        for tag in new.tags.iter().filter(|tag| !old.tags.contains(tag)) {
            self.push(at, Change::Labelled(tag.clone()));
        }
        if old.value != new.value {
            self.push(at, Change::Value(new.value));
        }
        match (old.is_blocked, new.is_blocked) {
            (false, true) => self.push(at, Change::Blocked(None)),
            (true, false) => self.push(at, Change::Unblocked),
            _ => {}
        }
        if new.is_deleted && !old.is_deleted {
            self.push(at, Change::Removed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::json_tests::{events, fixture, told};
    use super::*;

    #[test]
    fn an_item_as_it_is_now_says_that_it_is_blocked_no_longer() {
        let now = |blocked: &str| {
            let text = format!(
                "[{{\"id\":7,\"rev\":4,\"fields\":{{\"System.State\":\"Active\",\
                 \"System.CreatedDate\":\"2026-03-02T09:00:00Z\",\
                 \"System.ChangedDate\":\"2026-03-05T09:00:00Z\"{blocked}}}}}]"
            );
            events(&told(read, text.into_bytes()).0[0])
        };
        let blocked = |said: &str| format!(",\"Microsoft.VSTS.CMMI.Blocked\":\"{said}\"");
        assert_eq!(now(&blocked("Yes"))[1..], ["05 09:00 blocked: -"]);
        assert_eq!(now(&blocked("No"))[1..], ["05 09:00 unblocked"]);
        // Silence is no word.
        assert_eq!(now("")[1..], [""; 0]);
    }

    #[test]
    fn a_change_is_when_it_was_made_and_not_when_the_next_one_replaced_it() {
        let updates = r#"{"count":3,"value":[
            {"id":1,"workItemId":4711,"rev":1,"revisedDate":"2026-03-03T09:00:00Z","fields":{
                "System.State":{"newValue":"New"},
                "System.CreatedDate":{"newValue":"2026-03-02T09:00:00Z"},
                "System.ChangedDate":{"newValue":"2026-03-02T09:00:00Z"}}},
            {"id":2,"workItemId":4711,"rev":2,"revisedDate":"2026-03-11T11:00:00Z","fields":{
                "System.State":{"oldValue":"New","newValue":"Active"},
                "System.ChangedDate":{"oldValue":"2026-03-02T09:00:00Z","newValue":"2026-03-03T09:00:00Z"}}},
            {"id":4,"workItemId":4711,"rev":2,"revisedDate":"2026-03-04T09:00:00Z","relations":{"added":[]}},
            {"id":3,"workItemId":4711,"rev":3,"revisedDate":"9999-01-01T00:00:00Z","fields":{
                "System.State":{"oldValue":"Active","newValue":"Closed"},
                "System.ChangedDate":{"oldValue":"2026-03-03T09:00:00Z","newValue":"2026-03-11T11:00:00Z"}}}]}"#;
        let (items, remarks) = told(read, updates.as_bytes().to_vec());
        assert_eq!(remarks.skipped, 0);
        assert_eq!(remarks.notices, []);
        // New for 24 hours, Active for 194.
        assert_eq!(
            items.iter().map(events).collect::<Vec<_>>(),
            [["02 09:00 New", "03 09:00 Active", "11 11:00 Closed"]]
        );
        assert_eq!(items[0].history, History::Complete);
        assert_eq!(items[0].updated.to_rfc3339(), "2026-03-11T11:00:00+00:00");
    }

    #[test]
    fn tags_types_values_and_deletion_are_told_and_a_missing_beginning_is_said() {
        let (items, remarks) = told(read, fixture("azure-traps.json"));
        assert_eq!(items.len(), 2);
        assert_eq!(
            events(&items[0]),
            [
                "02 09:00 New",
                "02 09:00 type Task",
                "03 09:00 type Bug",
                "03 09:00 +Blocked",
                "03 09:00 +api",
                "04 09:00 -Blocked",
                "04 09:00 value 40",
                "05 09:00 removed"
            ]
        );
        assert_eq!(items[0].type_name, "Bug");
        assert_eq!(items[0].labels, ["api"]);
        assert_eq!(items[0].value, Some(40.0));
        assert_eq!(items[0].history, History::Complete);
        // Nothing is known of item 8 before its ninth revision, but the state that this one ended.
        assert_eq!(events(&items[1]), ["06 09:00 Active", "06 09:00 Resolved"]);
        assert_eq!(items[1].history, History::Partial);
        let codes: Vec<&str> = remarks
            .notices
            .iter()
            .map(|notice| notice.code.as_str())
            .collect();
        assert_eq!(codes, ["changelog-cut", "change-without-time"]);
    }

    #[test]
    fn an_item_as_it_is_now_is_a_guess_since_its_state_changed() {
        let item = r#"{"value":[{"id":7,"rev":12,"fields":{"System.State":"Closed",
            "System.CreatedDate":"2026-03-02T09:00:00Z","System.ChangedDate":"2026-03-09T09:00:00Z",
            "Microsoft.VSTS.Common.StateChangeDate":"2026-03-05T09:00:00Z"}}]}"#;
        let (items, remarks) = told(read, item.as_bytes().to_vec());
        assert_eq!(events(&items[0]), ["05 09:00 Closed"]);
        assert_eq!(items[0].history, History::Approximate);
        assert_eq!(items[0].created.to_rfc3339(), "2026-03-02T09:00:00+00:00");
        assert_eq!(remarks.notices[0].code, "history-missing");
        // With the dates of earlier states, as `az boards query` prints it.
        let item = r#"[{"id":7,"rev":12,"fields":{"System.State":"Done","System.CreatedDate":"2026-03-02T09:00:00Z",
            "System.ChangedDate":"2026-03-09T09:00:00Z","Microsoft.VSTS.Common.ActivatedDate":"2026-03-03T09:00:00Z",
            "Microsoft.VSTS.Common.ClosedDate":"2026-03-05T09:00:00Z","Microsoft.VSTS.CMMI.Blocked":"Yes"}}]"#;
        let (dated, remarks) = told(read, item.as_bytes().to_vec());
        assert_eq!(
            events(&dated[0]),
            ["03 09:00 Active", "05 09:00 Done", "09 09:00 blocked: -"]
        );
        assert_eq!(dated[0].history, History::Partial);
        let codes: Vec<&str> = remarks
            .notices
            .iter()
            .map(|notice| notice.code.as_str())
            .collect();
        assert_eq!(codes, ["history-missing"]);
        let Change::Status(status) = &items[0].events[0].change else {
            panic!("{:?}", items[0].events);
        };
        assert_eq!(status.category, Some(Category::Done));
    }

    #[test]
    fn an_item_that_was_deleted_and_restored_is_in_its_state_again() {
        let row = |rev: u32, day: u32, deleted: bool| {
            format!(
                r#"{{"id":7,"rev":{rev},"fields":{{"System.State":"Active","System.IsDeleted":{deleted},
                "System.CreatedDate":"2026-03-01T09:00:00Z","System.ChangedDate":"2026-03-0{day}T09:00:00Z"}}}}"#
            )
        };
        let rows = [row(3, 3, false), row(2, 2, true), row(1, 1, false)].join("\n");
        let (items, _) = told(read, rows.into_bytes());
        assert_eq!(
            events(&items[0]),
            ["01 09:00 Active", "02 09:00 removed", "03 09:00 Active"]
        );
    }
}
