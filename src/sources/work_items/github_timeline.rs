//! What happened to a GitHub issue: the rows of its timeline (REST) or of `timelineItems` (GraphQL) as
//! events. `github_issues` reads the issue itself. Nothing of who did it is read.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::connections::Named;
use super::json_values::Scalar;
use super::words::value_of_label;
use crate::model::work_item::{Category, Change, Event, Status};

/// One row of a timeline: of most kinds nothing but the kind is asked for.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow, alias = "__typename")]
    event: Scalar<'a>,
    #[serde(borrow, alias = "createdAt")]
    created_at: Scalar<'a>,
    label: Named,
    #[serde(borrow, alias = "stateReason")]
    state_reason: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
}

/// What a closing says, by its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sources) struct Closing {
    /// When.
    pub(in crate::sources) at: DateTime<Utc>,
    /// Why, in small letters: `completed`, `not_planned`, `duplicate`; `None` when it is not told.
    pub(in crate::sources) reason: Option<String>,
}

/// The events of one issue, in their order.
#[derive(Debug, Default)]
pub(in crate::sources) struct Timeline {
    /// What happened; closings that tell no reason are at the places that `unexplained` lists.
    events: Vec<Event>,
    unexplained: Vec<usize>,
    /// How many rows matter and cannot be read.
    pub(in crate::sources) unreadable: usize,
    /// The label that tells the value now.
    value_label: Option<String>,
    /// Whether the last change of state closed it; `None` while there is none.
    is_closed: Option<bool>,
}

impl Timeline {
    /// Adds a row of the timeline, in the order in which GitHub lists them.
    pub(in crate::sources) fn add(&mut self, row: &RawValue) {
        let Ok(row) = serde_json::from_str::<Row<'_>>(row.get()) else {
            self.unreadable += 1;
            return;
        };
        // `labeled`, `LabeledEvent`; `project_v2_item_status_changed`, `ProjectV2Item…Event`.
        let kind = row.event.written().to_ascii_lowercase().replace('_', "");
        let kind = kind.strip_suffix("event").unwrap_or(&kind);
        let is_known = matches!(
            kind,
            "labeled" | "unlabeled" | "closed" | "reopened" | "projectv2itemstatuschanged"
        );
        if !is_known {
            return;
        }
        let Some(at) = row.created_at.instant(Tz::UTC) else {
            self.unreadable += 1;
            return;
        };
        match (kind, row.label.0) {
            ("labeled", Some(label)) => self.labelled(at, label),
            ("unlabeled", Some(label)) => self.unlabelled(at, label),
            ("closed", _) => self.closed(&Closing {
                at,
                reason: reason(&row.state_reason),
            }),
            ("reopened", _) => self.reopened(at),
            ("projectv2itemstatuschanged", _) => {
                // REST tells that a status changed, and not to what; taken off, it says nothing.
                if let Some(name) = row.status.text() {
                    self.push(at, status(&name, None));
                }
            }
            _ => self.unreadable += 1,
        }
    }

    fn push(&mut self, at: DateTime<Utc>, change: Change) {
        self.events.push(Event::new(at, change));
    }

    fn labelled(&mut self, at: DateTime<Utc>, label: String) {
        let value = value_of_label(&label);
        if value.is_some() {
            self.push(at, Change::Value(value));
            self.value_label = Some(label.clone());
        }
        self.push(at, Change::Labelled(label));
    }

    fn unlabelled(&mut self, at: DateTime<Utc>, label: String) {
        // Another label may have told another value before this one went.
        if self.value_label.as_ref() == Some(&label) {
            self.value_label = None;
            self.push(at, Change::Value(None));
        }
        self.push(at, Change::Unlabelled(label));
    }

    fn closed(&mut self, closing: &Closing) {
        if closing.reason.is_none() {
            self.unexplained.push(self.events.len());
        }
        self.push(closing.at, closed(closing.reason.as_deref()));
        self.is_closed = Some(true);
    }

    fn reopened(&mut self, at: DateTime<Utc>) {
        // What was opened again was closed for another reason than it is closed for now.
        self.unexplained.clear();
        self.push(at, opened());
        self.is_closed = Some(false);
    }

    /// The events from the opening on, with the state as the issue itself tells it where they tell
    /// another; and whether they told the same. `changed` is when the issue changed last.
    pub(in crate::sources) fn finish(
        mut self,
        created: DateTime<Utc>,
        closing: Option<&Closing>,
        changed: DateTime<Utc>,
    ) -> (Vec<Event>, bool) {
        let agrees = self.is_closed.unwrap_or(false) == closing.is_some();
        match closing {
            Some(closing) if agrees => {
                // The last closing is the one whose reason the issue tells.
                let place = self.unexplained.last().copied();
                let event = place.and_then(|place| self.events.get_mut(place));
                if let (Some(event), Some(_)) = (event, &closing.reason) {
                    event.change = closed(closing.reason.as_deref());
                }
            }
            Some(closing) => self.closed(closing),
            None if agrees => {}
            None => self.reopened(changed),
        }
        let mut events = vec![Event::new(created, opened())];
        events.append(&mut self.events);
        // Stable: what happened in one instant stays in its order.
        events.sort_by_key(|event| event.at);
        (events, agrees)
    }
}

/// That an issue is open.
pub(in crate::sources) fn opened() -> Change {
    status("Open", Some(Category::New))
}

/// That an issue is closed for a reason.
pub(in crate::sources) fn closed(reason: Option<&str>) -> Change {
    match reason {
        Some("not_planned") => status("Not planned", Some(Category::Cancelled)),
        Some("duplicate") => status("Duplicate", Some(Category::Cancelled)),
        _ => status("Closed", Some(Category::Done)),
    }
}

pub(super) fn status(name: &str, category: Option<Category>) -> Change {
    Change::Status(Arc::new(Status {
        name: name.to_owned(),
        id: None,
        category,
    }))
}

/// A reason as REST writes it, whoever wrote it (`NOT_PLANNED` in GraphQL).
pub(super) fn reason(told: &Scalar<'_>) -> Option<String> {
    told.text().map(|text| text.to_ascii_lowercase())
}
