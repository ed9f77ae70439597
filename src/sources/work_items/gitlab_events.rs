//! What happened to GitLab issues: `resource_label_events` and `resource_state_events`, inside of their
//! issue or in files of their own, and what there is to say of them. `gitlab` reads the issues.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use super::Sink;
use super::connections::Named;
use super::json_values::Scalar;
use super::words::value_of_label;
use crate::model::Notice;
use crate::model::work_item::{Category, Change, Event, History, Status, Tracker, WorkItem};

/// That an issue is open.
pub(super) fn opened() -> Change {
    status("Open", Category::New)
}

/// That an issue is closed; one that moved to another project goes on there.
pub(super) fn closed(is_moved: bool) -> Change {
    match is_moved {
        true => status("Moved", Category::Cancelled),
        false => status("Closed", Category::Done),
    }
}

fn status(name: &str, category: Category) -> Change {
    Change::Status(Arc::new(Status {
        name: name.to_owned(),
        id: None,
        category: Some(category),
    }))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    created_at: Scalar<'a>,
    #[serde(borrow)]
    resource_type: Scalar<'a>,
    #[serde(borrow)]
    resource_id: Scalar<'a>,
    label: Named,
    #[serde(borrow)]
    action: Scalar<'a>,
    #[serde(borrow)]
    state: Scalar<'a>,
}

/// What is met in one instant is put in this order: an issue is open before it gets a label, the old
/// one of two scoped labels goes before the new one comes, and what is closed has its last label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Opened,
    Unlabelled,
    Labelled,
    Closed,
}

/// The events of one issue.
#[derive(Debug, Default)]
pub(super) struct Happened {
    events: Vec<(DateTime<Utc>, Rank, Change)>,
    /// Events of labels that are deleted: GitLab tells their names no more.
    pub(super) deleted_labels: usize,
    /// Rows that cannot be read.
    pub(super) unreadable: usize,
}

impl Happened {
    /// Adds an event of a label.
    pub(super) fn add_label(&mut self, json: &str) {
        let row: Option<Row<'_>> = serde_json::from_str(json).ok();
        let at = row.as_ref().and_then(|row| row.created_at.instant(Tz::UTC));
        let (Some(row), Some(at)) = (row, at) else {
            self.unreadable += 1;
            return;
        };
        match (row.action.written(), row.label.0) {
            ("add", Some(label)) => {
                self.events
                    .push((at, Rank::Labelled, Change::Labelled(label)));
            }
            ("remove", Some(label)) => {
                self.events
                    .push((at, Rank::Unlabelled, Change::Unlabelled(label)));
            }
            ("add" | "remove", None) => self.deleted_labels += 1,
            _ => self.unreadable += 1,
        }
    }

    /// Adds an event of the state.
    pub(super) fn add_state(&mut self, json: &str) {
        let row: Option<Row<'_>> = serde_json::from_str(json).ok();
        let at = row.as_ref().and_then(|row| row.created_at.instant(Tz::UTC));
        let (Some(row), Some(at)) = (row, at) else {
            self.unreadable += 1;
            return;
        };
        match row.state.written() {
            "closed" => self.events.push((at, Rank::Closed, closed(false))),
            "reopened" | "opened" => self.events.push((at, Rank::Opened, opened())),
            // A merge request that mentions it was merged; states of a later GitLab.
            _ => {}
        }
    }

    /// Whether the last change of state closed it; `None` without one.
    pub(super) fn is_closed(&self) -> Option<bool> {
        let states = self.events.iter();
        let states = states.filter(|(_, rank, _)| matches!(rank, Rank::Opened | Rank::Closed));
        let last = states.max_by_key(|(at, rank, _)| (*at, *rank))?;
        Some(last.1 == Rank::Closed)
    }

    /// When the last of them happened.
    pub(super) fn last(&self) -> Option<DateTime<Utc>> {
        self.events.iter().map(|(at, ..)| *at).max()
    }

    /// The events in their order, with the value that labels tell.
    pub(super) fn into_events(mut self) -> Vec<Event> {
        self.events.sort_by_key(|(at, rank, _)| (*at, *rank));
        let mut events = Vec::with_capacity(self.events.len());
        let mut value_label: Option<String> = None;
        for (at, _, change) in self.events {
            let value = match &change {
                Change::Labelled(label) => value_of_label(label).map(|value| {
                    value_label = Some(label.clone());
                    Some(value)
                }),
                Change::Unlabelled(label) if value_label.as_ref() == Some(label) => {
                    value_label = None;
                    Some(None)
                }
                _ => None,
            };
            if let Some(value) = value {
                events.push(Event::new(at, Change::Value(value)));
            }
            events.push(Event::new(at, change));
        }
        events
    }
}

/// An event that is a row of its own, as a piece of its issue, which it names by its global id only:
/// its key and title are empty, and told by the list of issues. `None` for what is of no issue.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn piece(json: &str, tally: &mut Tally) -> Result<Option<WorkItem>, &'static str> {
    let row: Row<'_> = serde_json::from_str(json).map_err(|_| "not readable as an event")?;
    // GitLab numbers merge requests and epics by themselves: theirs are other things.
    if !matches!(row.resource_type.written(), "" | "Issue" | "WorkItem") {
        return Ok(None);
    }
    let id = row.resource_id.count().ok_or("an event of nothing")?;
    let at = row.created_at.instant(Tz::UTC);
    let at = at.ok_or("an event without a time")?;
    let mut happened = Happened::default();
    match row.state.written() {
        "" => happened.add_label(json),
        _ => happened.add_state(json),
    }
    tally.pieces += 1;
    tally.deleted_labels += happened.deleted_labels;
    if happened.unreadable > 0 {
        return Err("an event that neither adds nor removes a label");
    }
    let events = happened.into_events();
    if events.is_empty() {
        return Ok(None);
    }
    Ok(Some(WorkItem {
        history: History::Partial,
        events,
        ..WorkItem::known_as(Tracker::Gitlab, id.to_string(), "", at)
    }))
}

/// What was met in a file.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Issues.
    pub(super) issues: usize,
    /// Issues without any events.
    pub(super) without_events: usize,
    /// Issues that are closed, and nothing tells since when.
    pub(super) closed_without_time: usize,
    /// Events that are files of their own.
    pub(super) pieces: usize,
    /// Events of labels that are deleted.
    pub(super) deleted_labels: usize,
    /// Events inside of an issue that cannot be read.
    pub(super) unreadable: usize,
}

/// Pages of GitLab have so many rows: a list of exactly as many may be cut off.
const PAGES: [usize; 2] = [20, 100];

impl Tally {
    /// Says what there is to say.
    pub(super) fn finish(&self, sink: &mut Sink<'_>) {
        let issues = |count: usize| match count {
            1 => "1 issue".to_owned(),
            count => format!("{count} issues"),
        };
        if self.without_events > 0 {
            let message = format!(
                "{} came without their events: only their opening, closing and present labels are known",
                issues(self.without_events)
            );
            sink.notice(
                Notice::new("history-approximate", message)
                    .count(self.without_events)
                    .hint("docs/import.md#gitlab tells how to export events"),
            );
        }
        if PAGES.contains(&(self.issues.max(self.pieces))) {
            let message = "the list ends where GitLab ends a page: there may be more";
            sink.notice(
                Notice::new("pages-missing", message)
                    .hint("glab api --paginate …")
                    .incomplete(),
            );
        }
        if self.closed_without_time > 0 {
            let message = format!(
                "{} are closed and nothing tells since when, as after an import: the time of the last change is taken",
                issues(self.closed_without_time)
            );
            let notice = Notice::new("gitlab-closed-without-time", message);
            sink.notice(notice.count(self.closed_without_time));
        }
        if self.deleted_labels > 0 {
            let message = format!(
                "{} changes of labels that were deleted since tell no label: left out",
                self.deleted_labels
            );
            let notice = Notice::new("gitlab-label-deleted", message);
            sink.notice(notice.count(self.deleted_labels).incomplete());
        }
        if self.unreadable > 0 {
            let message = format!(
                "{} events of issues cannot be read: left out",
                self.unreadable
            );
            let notice = Notice::new("gitlab-event-unreadable", message);
            sink.notice(notice.count(self.unreadable).incomplete());
        }
    }
}
