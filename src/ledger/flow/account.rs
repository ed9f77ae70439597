//! The shape of the account of a value stream: what became of every item until the `as of` instant.
//! `build` fills it. Items are named by their index in the items it was made of.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::WorkingTime;
use crate::model::flow_settings::Stage;
use crate::model::work_item::{FlowType, History};
use crate::model::{StageKind, Window};

/// What became of all items until one instant.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowAccount {
    /// The instant it looks from: nothing at or after it is counted.
    pub as_of: DateTime<Utc>,
    /// Zone of calendar days and weeks.
    pub zone: Tz,
    /// The stages in the order of the stream; never empty.
    pub stages: Vec<Stage>,
    /// Every status that an item entered, and where it belongs; in the order of the stages.
    pub statuses: Vec<SeenStatus>,
    /// The items that existed before `as_of`, in the order in which they were given.
    pub items: Vec<FlowItem>,
    /// Changes that a tracker made to many items at once.
    pub bulk: BulkChanges,
    /// Type names that no kind of work is known for, with how many items have them; by name.
    pub unmapped_types: Vec<(String, usize)>,
    /// Items with an event before the instant at which they say they were created.
    pub older_than_creation: usize,
    /// Times in which an item was blocked by one that was not imported: left out, for nobody knows when
    /// they ended.
    pub unknown_blockers: usize,
    /// Measures spans by the calendar of the settings.
    pub working_time: WorkingTime,
}

/// A status that items were in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenStatus {
    /// Its name; foreign text.
    pub name: String,
    /// How many times an item entered it.
    pub entries: usize,
    /// Its stage (index in `FlowAccount::stages`); `None` where it blocks or nothing is known of it.
    pub stage: Option<usize>,
    /// Why it belongs there.
    pub decided_by: Decision,
}

/// What decided where a status belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// A stage names it.
    Stage,
    /// What the tracker says it means.
    Category,
    /// Nothing: an item in it stays where it was.
    Previous,
    /// It is no stage: an item in it stays where it was, and is blocked.
    Blocked,
}

impl Decision {
    /// The name used in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Category => "category",
            Self::Previous => "previous",
            Self::Blocked => "blocked",
        }
    }
}

/// Changes of status that a tracker made to many items at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BulkChanges {
    /// How many changes.
    pub changes: usize,
    /// How many of them changed neither where the work stands nor anything that is measured.
    pub without_effect: usize,
}

/// One item until the `as of` instant.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowItem {
    /// Its index in the items that the account was made of.
    pub item: usize,
    /// What kind of work it is: when it was done, else now.
    pub flow_type: FlowType,
    /// Its business value.
    pub value: Option<f64>,
    /// How much of its history is known.
    pub history: History,
    /// When it was created; its first event where that is earlier.
    pub created: DateTime<Utc>,
    /// Its stays in stages, in order, at least one: each ends where the next begins.
    pub visits: Vec<Visit>,
    /// When something stopped it, in order and without overlap; never while it was done or cancelled.
    pub blocked: Vec<Blocked>,
    /// First entry to a wait or active stage.
    pub started: Option<DateTime<Utc>>,
    /// Last entry to done (or cancelled) from elsewhere, of an item that is done (or cancelled).
    pub finished: Option<DateTime<Utc>>,
    /// What became of it.
    pub outcome: Outcome,
    /// When it was deleted or moved out of sight, if it was and did not come back.
    pub removed: Option<DateTime<Utc>>,
    /// How often it left done or cancelled for a stage that is neither.
    pub reopened: usize,
    /// How often it went back to an earlier stage.
    pub moved_back: usize,
    /// When a done item entered a closing status later than done.
    pub closed: Option<DateTime<Utc>>,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Never in a wait or active stage, and neither done nor cancelled.
    NotStarted,
    /// Started, and neither done nor cancelled.
    Open,
    /// Done.
    Done,
    /// Given up.
    Cancelled,
    /// Deleted before it was done or cancelled.
    Removed,
}

impl Outcome {
    /// The name used in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Open => "open",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
            Self::Removed => "removed",
        }
    }
}

/// One stay in a stage, without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// The stage (index in `FlowAccount::stages`).
    pub stage: usize,
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; `None` while the item is there.
    pub to: Option<DateTime<Utc>>,
}

impl Visit {
    /// The instants of the visit, the last one cut at `as_of`.
    pub fn span(&self, as_of: DateTime<Utc>) -> Window {
        Window::new(self.from, self.to.unwrap_or(as_of))
    }
}

/// A time in which something stopped an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; `None` while it lasts.
    pub to: Option<DateTime<Utc>>,
    /// Why: in the tracker's words, or the label or status that blocks; `None` when not told.
    pub reason: Option<String>,
}

impl Blocked {
    /// The instants of the time, the last one cut at `as_of`.
    pub fn span(&self, as_of: DateTime<Utc>) -> Window {
        Window::new(self.from, self.to.unwrap_or(as_of))
    }
}

impl FlowAccount {
    /// What the stage with this index does to the clock.
    pub fn kind(&self, stage: usize) -> StageKind {
        self.stages
            .get(stage)
            .map_or(StageKind::Queue, |stage| stage.kind)
    }

    /// The name of the stage with this index.
    pub fn stage_name(&self, stage: usize) -> &str {
        self.stages
            .get(stage)
            .map_or("", |stage| stage.name.as_str())
    }

    /// When the first item was created: before it there is nothing on record.
    pub fn record_start(&self) -> Option<DateTime<Utc>> {
        self.items.iter().map(|item| item.created).min()
    }

    /// Items that were done in a window.
    pub fn done_in(&self, window: Window) -> impl Iterator<Item = &FlowItem> {
        self.finished_in(window, Outcome::Done)
    }

    /// Items that were cancelled in a window.
    pub fn cancelled_in(&self, window: Window) -> impl Iterator<Item = &FlowItem> {
        self.finished_in(window, Outcome::Cancelled)
    }

    fn finished_in(&self, window: Window, outcome: Outcome) -> impl Iterator<Item = &FlowItem> {
        self.items.iter().filter(move |item| {
            item.outcome == outcome && item.finished.is_some_and(|at| window.contains(at))
        })
    }

    /// Items that were done in a window and tell where they were before.
    pub fn told_in(&self, window: Window) -> impl Iterator<Item = &FlowItem> {
        self.done_in(window)
            .filter(|item| item.history != History::Approximate)
    }

    /// Items that are started and neither done, cancelled nor removed.
    pub fn open(&self) -> impl Iterator<Item = &FlowItem> {
        self.items
            .iter()
            .filter(|item| item.outcome == Outcome::Open)
    }
}

impl FlowItem {
    /// The visit it is in, or was in when it was removed.
    pub fn last_visit(&self) -> Option<&Visit> {
        self.visits.last()
    }

    /// The stage it is in.
    pub fn stage(&self) -> usize {
        self.last_visit().map_or(0, |visit| visit.stage)
    }

    /// Its visits where its history tells them; none of an item that tells only how it was when it was
    /// exported: when it came to its status is known at best, where it was before is not.
    pub fn stays(&self) -> &[Visit] {
        match self.history {
            History::Approximate => &[],
            History::Partial | History::Complete => &self.visits,
        }
    }

    /// From started to done; `None` of items that are not done, were never started or do not tell.
    pub fn flow_time(&self) -> Option<TimeDelta> {
        self.stream().map(|stream| stream.length())
    }

    /// The instants from started to done, of items that have both and tell their history.
    pub fn stream(&self) -> Option<Window> {
        if self.outcome != Outcome::Done || self.history == History::Approximate {
            return None;
        }
        Some(Window::new(self.started?, self.finished?))
    }

    /// From done to a closing status, if there was one.
    pub fn feedback(&self) -> Option<TimeDelta> {
        Some(self.closed? - self.finished?)
    }

    /// Whether something stops it now.
    pub fn is_blocked(&self) -> bool {
        self.removed.is_none() && self.blocked.last().is_some_and(|span| span.to.is_none())
    }
}
