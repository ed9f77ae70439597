//! Work items and their events, as trackers tell them: the truth that is kept in work-items.jsonl.
//! Stages, visits and everything else are computed from these (`ledger::flow`); nothing computed is
//! kept. No field names a person. Which stage a status belongs to is in `flow_settings`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What kind of work an item is (Flow Framework: four kinds that exclude each other).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowType {
    /// New value for customers.
    Feature,
    /// Something that does not work.
    Defect,
    /// Security, compliance, privacy.
    Risk,
    /// Work on the way of working: refactoring, maintenance.
    Debt,
    /// Not told, or told in a word that is not mapped.
    Unclassified,
}

impl FlowType {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::Feature,
        Self::Defect,
        Self::Risk,
        Self::Debt,
        Self::Unclassified,
    ];

    /// The name used in config and exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::Defect => "defect",
            Self::Risk => "risk",
            Self::Debt => "debt",
            Self::Unclassified => "unclassified",
        }
    }
}

/// Where an item comes from. Items of different sources are different, whatever their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tracker {
    /// Jira, in any of its exports: they merge.
    Jira,
    /// Azure DevOps (Boards).
    AzureDevops,
    /// Focalboard, Mattermost Boards.
    Focalboard,
    /// GitHub issues and project lists.
    Github,
    /// GitLab issues.
    Gitlab,
    /// Linear.
    Linear,
    /// CSV with a date per stage (the layout of ActionableAgile).
    StageDates,
    /// The plain CSV `key,status,created,updated[,stage]`.
    Csv,
}

/// What a tracker says a status means, whatever its name: used where no stage names the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Not begun.
    New,
    /// Begun.
    Active,
    /// Waiting for somebody (Azure DevOps: Resolved).
    Wait,
    /// Done.
    Done,
    /// Given up.
    Cancelled,
}

/// How much of an item's history its source carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum History {
    /// Only how it was when it was exported: times of events are guessed from it.
    Approximate,
    /// Some of it: cut by the tracker, or told as totals or first dates.
    Partial,
    /// Every change.
    Complete,
}

/// A status as a tracker names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Status {
    /// Its name at that time; foreign text.
    pub name: String,
    /// What the tracker calls it inside: survives renaming. Only equal within one tracker.
    pub id: Option<String>,
    /// What the tracker says it means.
    pub category: Option<Category>,
}

impl Status {
    /// A status of which only the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            id: None,
            category: None,
        }
    }
}

/// What happened to an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It entered a status (the first one at its creation). Shared: a million events enter few.
    Status(Arc<Status>),
    /// Something stops it; why, in the tracker's words.
    Blocked(Option<String>),
    /// Nothing stops it any more.
    Unblocked,
    /// A label was put on.
    Labelled(String),
    /// A label was taken off.
    Unlabelled(String),
    /// It became another type; in the tracker's word.
    Type(String),
    /// Its business value was set; `None` when it was taken away.
    Value(Option<f64>),
    /// It was deleted or moved out of sight.
    Removed,
}

/// Something that happened to an item at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub change: Change,
    /// Whether the tracker changed many items at once (a workflow was replaced): such a change
    /// begins and ends no work unless it changes what the status means.
    pub is_bulk: bool,
}

impl Event {
    /// A change that somebody made to this item.
    pub fn new(at: DateTime<Utc>, change: Change) -> Self {
        Self {
            at,
            change,
            is_bulk: false,
        }
    }
}

/// One item as one export tells it, or as all exports together do.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkItem {
    /// Where it comes from.
    pub tracker: Tracker,
    /// What identifies it there, for ever: of trackers whose keys change when an item moves, their
    /// inner id; else the key.
    pub id: String,
    /// What people call it: `FOC-123`, `#12`; foreign text.
    pub key: String,
    /// Keys it had before.
    pub aliases: Vec<String>,
    /// Its title; foreign text.
    pub title: String,
    /// Its type now, in the tracker's word; empty when it tells none.
    pub type_name: String,
    /// Its labels as they are now.
    pub labels: Vec<String>,
    /// Its business value now, 1 to 100.
    pub value: Option<f64>,
    /// The key or id of the item it is part of.
    pub parent: Option<String>,
    /// Why it was closed, in the tracker's word (`Done`, `Won't Do`, `not_planned`).
    pub resolution: Option<String>,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// When the export was true: when anything about the item changed last, as far as it knows.
    pub updated: DateTime<Utc>,
    /// How much of its history its events are.
    pub history: History,
    /// What happened to it, in order of time; of one instant, in the order in which it happened.
    pub events: Vec<Event>,
}

impl WorkItem {
    /// An item of which nothing is known but who it is and when it was created.
    pub fn known_as(
        tracker: Tracker,
        id: impl Into<String>,
        key: impl Into<String>,
        created: DateTime<Utc>,
    ) -> Self {
        Self {
            tracker,
            id: id.into(),
            key: key.into(),
            aliases: Vec::new(),
            title: String::new(),
            type_name: String::new(),
            labels: Vec::new(),
            value: None,
            parent: None,
            resolution: None,
            created,
            updated: created,
            history: History::Approximate,
            events: Vec::new(),
        }
    }
}
