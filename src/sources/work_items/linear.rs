//! Linear's JSON: answers of its GraphQL interface, or lists of their issues. Spans of states are
//! preferred to the list of changes, and that to the times at which an issue was started and ended.
//! An estimate is an effort and no business value: Linear knows none. `linear_issue` is their shape.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::json_envelope::{Envelope, Under};
use super::json_head::JsonHead;
use super::json_rows::{JsonRows, Met};
use super::json_values::reason;
use super::linear_issue::{Entry, Issue, PageInfo, State, category, is_cut, names};
use super::words::counted;
use super::{Input, ReadOptions, Sink};
use crate::model::work_item::{Category, Change, Event, History, Status, Tracker};
use crate::model::{Notice, WorkItem};

/// Where issues lie.
const PATHS: &[Under] = &[
    &["data", "issues", "nodes"],
    &["data", "team", "issues", "nodes"],
    &["data", "project", "issues", "nodes"],
    &["data", "cycle", "issues", "nodes"],
    &["issues", "nodes"],
    &["data", "nodes"],
    &["issues"],
    &["nodes"],
];

/// Statuses that are shared.
const MOST_STATUSES: usize = 10_000;
/// Longer names are not kept beside their item, in bytes.
const LONGEST_NAME: usize = 300;

/// Whether a text begins like an export of Linear in JSON.
pub(super) fn recognise(head: &str) -> bool {
    let seen = JsonHead::of(head);
    let mut places: Vec<String> = PATHS
        .iter()
        .map(|path| format!("{}[]", path.join(".")))
        .collect();
    places.extend(["", "[]"].map(str::to_owned));
    places.iter().any(|place| {
        let has = |name: &str| seen.rows_have(&[place], name);
        has("identifier")
            && [
                "state.type",
                "state.name",
                "stateHistory",
                "history",
                "createdAt",
                "startedAt",
            ]
            .iter()
            .any(|name| has(name))
    })
}

/// Reads an export, item by item.
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
            Met::Row { line, text, .. } => match reader.item(text, options.timezone) {
                Ok(item) => sink.item(item),
                Err(reason) => sink.skip(line, &reason),
            },
            Met::Page { envelope, .. } => reader.page(envelope),
        }
    }
    reader.finish(sink);
    Ok(())
}

#[derive(Default)]
struct Reader {
    statuses: HashMap<String, Arc<Status>>,
    without_history: usize,
    cut: usize,
    goes_on: bool,
}

impl Reader {
    fn page(&mut self, envelope: &Envelope) {
        let info: PageInfo = envelope.read("pageInfo").unwrap_or_default();
        self.goes_on = info.has_next_page == Some(true);
    }

    fn item(&mut self, text: &[u8], zone: Tz) -> Result<WorkItem, String> {
        let issue: Issue<'_> = serde_json::from_slice(text).map_err(|error| reason(&error))?;
        let Some(key) = issue.identifier.text() else {
            let is_error = memchr::memmem::find(text, b"\"errors\"").is_some();
            return Err(if is_error {
                "Linear answered with an error, and no issues".to_owned()
            } else {
                "it has no `identifier`".to_owned()
            });
        };
        let created = issue.created_at.instant(zone);
        let created = created.ok_or("it has no `createdAt` that is a time")?;
        let spans = self.spans(&issue, created, zone);
        let changes = self.changes(&issue, created, zone);
        let (mut events, mut history) = match (spans, changes) {
            (Some((mut events, history)), changes) => {
                // Labels are told by changes alone.
                let others = changes.map(|(events, _)| events).unwrap_or_default();
                events.extend(others.into_iter().filter(|event| !is_status(event)));
                (events, history)
            }
            (None, Some(changes)) => changes,
            (None, None) => (Vec::new(), History::Approximate),
        };
        self.cut += usize::from(history == History::Partial);
        if !events.iter().any(is_status) {
            let guessed = self.guessed(&issue, created, zone);
            self.without_history += 1;
            // First dates are a part of the history.
            history = if guessed.len() > 1 {
                History::Partial
            } else {
                History::Approximate
            };
            events.extend(guessed);
        }
        let labels = issue.labels.names();
        if history == History::Complete {
            events.extend(first_labels(&labels, &events, created));
        }
        events.sort_by_key(|event| event.at);
        let latest = events.last().map_or(created, |event| event.at.max(created));
        let parent = issue
            .parent
            .identifier
            .text()
            .or_else(|| issue.parent.id.text());
        Ok(WorkItem {
            tracker: Tracker::Linear,
            // Not every request asks for the inner id; earlier identifiers are told with every one.
            id: issue.id.text().unwrap_or_else(|| key.clone()).into_owned(),
            aliases: issue
                .previous_identifiers
                .iter()
                .filter_map(|name| name.text().map(Cow::into_owned))
                .collect(),
            key: key.into_owned(),
            title: issue.title.written().to_owned(),
            type_name: String::new(),
            labels,
            value: None,
            parent: parent.map(Cow::into_owned),
            resolution: None,
            created,
            updated: issue.updated_at.instant(zone).unwrap_or(latest),
            history,
            events,
        })
    }

    /// Stays in states, told by themselves.
    fn spans(
        &mut self,
        issue: &Issue<'_>,
        created: DateTime<Utc>,
        zone: Tz,
    ) -> Option<(Vec<Event>, History)> {
        let page = issue.state_history.as_ref()?;
        let mut events = Vec::with_capacity(page.nodes.len());
        for span in &page.nodes {
            // A state may be named by its id alone where it is the one of now.
            let now = issue.state.as_ref();
            let is_now =
                |now: &&State<'_>| span.state_id.text() == now.id.text() && now.id.text().is_some();
            let state = span.state.as_ref().or_else(|| now.filter(is_now));
            if let (Some(at), Some(status)) = (span.started_at.instant(zone), self.status(state)) {
                events.push(Event::new(at, Change::Status(status)));
            }
        }
        events.sort_by_key(|event| event.at);
        let first = events.first_mut()?;
        let is_cut = is_cut(&page.page_info);
        if !is_cut {
            // An issue is in its first state from the beginning; Linear tells both a moment apart.
            first.at = first.at.min(created);
        }
        Some((
            events,
            if is_cut {
                History::Partial
            } else {
                History::Complete
            },
        ))
    }

    /// Changes of states and labels.
    fn changes(
        &mut self,
        issue: &Issue<'_>,
        created: DateTime<Utc>,
        zone: Tz,
    ) -> Option<(Vec<Event>, History)> {
        let page = issue.history.as_ref()?;
        let mut entries: Vec<(DateTime<Utc>, &Entry<'_>)> = page
            .nodes
            .iter()
            .filter_map(|entry| Some((entry.created_at.instant(zone)?, entry)))
            .collect();
        // Of one instant, in the order in which they happened, whichever end the list begins at.
        if entries.first().map(|(at, _)| at) > entries.last().map(|(at, _)| at) {
            entries.reverse();
        }
        entries.sort_by_key(|(at, _)| *at);
        let is_cut = is_cut(&page.page_info);
        let begin = entries.first().map_or(created, |(at, _)| *at);
        let begin = if is_cut { begin } else { begin.min(created) };
        let changed = entries.iter().find(|(_, entry)| entry.to_state.is_some());
        let first = match changed {
            Some((_, entry)) => entry.from_state.as_ref(),
            None => issue.state.as_ref(),
        };
        let mut events = Vec::new();
        if let Some(status) = self.status(first) {
            events.push(Event::new(begin, Change::Status(status)));
        }
        for (at, entry) in entries {
            if let Some(status) = self.status(entry.to_state.as_ref()) {
                events.push(Event::new(at, Change::Status(status)));
            }
            let off = names(&entry.removed_labels).into_iter();
            events.extend(off.map(|label| Event::new(at, Change::Unlabelled(label))));
            let on = names(&entry.added_labels).into_iter();
            events.extend(on.map(|label| Event::new(at, Change::Labelled(label))));
            if entry.trashed.flag() == Some(true) {
                events.push(Event::new(at, Change::Removed));
            }
        }
        Some((
            events,
            if is_cut {
                History::Partial
            } else {
                History::Complete
            },
        ))
    }

    /// Without a history: each time that an issue keeps says what it became then.
    fn guessed(&mut self, issue: &Issue<'_>, created: DateTime<Utc>, zone: Tz) -> Vec<Event> {
        let now = issue.state.as_ref();
        let kind = now.and_then(category);
        let started = issue.started_at.instant(zone);
        let ended = issue
            .completed_at
            .instant(zone)
            .or_else(|| issue.canceled_at.instant(zone));
        let updated = issue.updated_at.instant(zone);
        let mut events = Vec::new();
        let is_over = matches!(kind, Some(Category::Done | Category::Cancelled));
        if let (true, Some(at)) = (is_over, started) {
            let begun = Status {
                category: Some(Category::Active),
                ..Status::named("Started")
            };
            events.push(Event::new(at, Change::Status(Arc::new(begun))));
        }
        let since = match kind {
            Some(Category::Done | Category::Cancelled) => ended.or(updated),
            Some(Category::New) => Some(created),
            _ => started.or(updated),
        };
        if let Some(status) = self.status(now) {
            let since = since.unwrap_or(created).max(created);
            events.push(Event::new(since, Change::Status(status)));
        }
        events
    }

    fn status(&mut self, state: Option<&State<'_>>) -> Option<Arc<Status>> {
        let state = state?;
        let name = state.name.text()?;
        let id = state.id.text();
        let key = format!("{}\n{name}", id.as_deref().unwrap_or_default());
        let category = category(state);
        if let Some(known) = self.statuses.get(&key)
            && known.category == category
        {
            return Some(Arc::clone(known));
        }
        let status = Arc::new(Status {
            name: name.into_owned(),
            id: id.map(Cow::into_owned),
            category,
        });
        if self.statuses.len() < MOST_STATUSES && key.len() <= LONGEST_NAME {
            self.statuses.insert(key, Arc::clone(&status));
        }
        Some(status)
    }

    /// Says what is missing.
    fn finish(self, sink: &mut Sink<'_>) {
        let place = sink.place().to_owned();
        if self.goes_on {
            let message = format!("{place} ends before the last page of issues");
            let notice = Notice::new("pages-missing", message);
            let hint = "ask with `after: endCursor` and import the other pages, too";
            sink.notice(notice.hint(hint).incomplete());
        }
        if self.cut > 0 {
            let count = self.cut;
            let issues = counted(count, "issue");
            let message = format!("{place}: {issues} came with a part of the history");
            let hint = "ask for more of `stateHistory` at once: see docs/import.md";
            let notice = Notice::new("changelog-cut", message).count(count);
            sink.notice(notice.hint(hint).incomplete());
        }
        if self.without_history > 0 {
            let count = self.without_history;
            let issues = counted(count, "issue");
            let message = format!(
                "{place}: {issues} came without `stateHistory`: times in stages are not known"
            );
            let hint = "ask for `stateHistory`: see docs/import.md";
            let notice = Notice::new("history-missing", message).count(count);
            sink.notice(notice.hint(hint).incomplete());
        }
    }
}

/// The labels that an issue had at its creation: those of now, with every change taken back.
fn first_labels(now: &[String], events: &[Event], created: DateTime<Utc>) -> Vec<Event> {
    let mut first = now.to_vec();
    for event in events.iter().rev() {
        match &event.change {
            Change::Labelled(label) => first.retain(|known| known != label),
            Change::Unlabelled(label) if !first.contains(label) => first.push(label.clone()),
            _ => {}
        }
    }
    let labels = first.into_iter().map(Change::Labelled);
    labels.map(|change| Event::new(created, change)).collect()
}

fn is_status(event: &Event) -> bool {
    matches!(event.change, Change::Status(_))
}

#[cfg(test)]
mod tests {
    use super::super::json_tests::{events, fixture, told};
    use super::*;

    #[test]
    fn issues_without_a_history_are_guessed_from_their_times_and_said() {
        let (items, remarks) = told(read, fixture("linear-traps.json"));
        let keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
        assert_eq!(keys, ["LI-1", "LI-2", "LI-4"]);
        assert_eq!(remarks.told, ["a.json:4: it has no `identifier`"]);
        assert_eq!(events(&items[0]), ["03 09:00 Started", "04 09:00 Done"]);
        assert_eq!(items[0].history, History::Partial);
        assert_eq!(items[0].labels, ["bug"]);
        assert_eq!(items[0].value, None);
        // What it was before the first span is not known.
        assert_eq!(events(&items[1]), ["04 09:00 Doing"]);
        assert_eq!(items[1].history, History::Partial);
        // Nothing ever changed: it is what it was created as.
        assert_eq!(events(&items[2]), ["02 09:00 Doing"]);
        assert_eq!(items[2].history, History::Complete);
        let codes: Vec<&str> = remarks
            .notices
            .iter()
            .map(|notice| notice.code.as_str())
            .collect();
        assert_eq!(codes, ["pages-missing", "changelog-cut", "history-missing"]);
    }

    #[test]
    fn kinds_of_states_say_what_they_mean() {
        let text = |kind: &str| {
            format!(
                "{{\"identifier\":\"A-1\",\"createdAt\":\"2026-03-02T09:00:00Z\",\
                 \"state\":{{\"name\":\"x\",\"type\":\"{kind}\"}},\"history\":{{\"nodes\":[]}}}}"
            )
        };
        for (kind, expected) in [
            ("triage", Some(Category::New)),
            ("backlog", Some(Category::New)),
            ("unstarted", Some(Category::New)),
            ("started", Some(Category::Active)),
            ("completed", Some(Category::Done)),
            ("canceled", Some(Category::Cancelled)),
            ("duplicate", Some(Category::Cancelled)),
            ("other", None),
        ] {
            let (items, _) = told(read, text(kind).into_bytes());
            let Change::Status(status) = &items[0].events[0].change else {
                panic!("{:?}", items[0].events);
            };
            assert_eq!(status.category, expected, "{kind}");
        }
    }

    #[test]
    fn labels_of_the_beginning_are_those_of_now_with_every_change_taken_back() {
        let text = "{\"identifier\":\"A-1\",\"createdAt\":\"2026-03-02T09:00:00Z\",\
                    \"labels\":{\"nodes\":[{\"name\":\"a\"},{\"name\":\"new\"}]},\
                    \"state\":{\"name\":\"x\",\"type\":\"started\"},\"history\":{\"nodes\":[\
                    {\"createdAt\":\"2026-03-04T09:00:00Z\",\"addedLabels\":[{\"name\":\"new\"}],\
                     \"removedLabels\":[{\"name\":\"old\"}]},\
                    {\"createdAt\":\"2026-03-05T09:00:00Z\",\"trashed\":true}]}}";
        let (items, _) = told(read, text.as_bytes().to_vec());
        assert_eq!(
            events(&items[0]),
            [
                "02 09:00 x",
                "02 09:00 +a",
                "02 09:00 +old",
                "04 09:00 -old",
                "04 09:00 +new",
                "05 09:00 removed"
            ]
        );
    }
}
