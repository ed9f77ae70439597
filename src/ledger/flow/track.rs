//! Follows one item through its events: which status holds at every instant (its plain one, or the one
//! a label stands for), and so which stage; when it was started, done, reopened. `build` gives it the
//! events in order of time and makes an item of what comes out.

use chrono::{DateTime, TimeDelta, Utc};

use super::account::{Decision, Visit};
use super::blocked::{Cause, Overlay};
use super::labels::LabelTable;
use super::statuses::{Meaning, Meanings};
use crate::model::StageKind;
use crate::model::flow_settings::Stage;
use crate::model::work_item::{Change, Event};

/// So long after a label was taken off, another status makes it a change from one to the other.
const SWAP: TimeDelta = TimeDelta::seconds(60);
/// Labels that are kept at once: an item has few, unless somebody wants to waste our time.
const MOST_LABELS: usize = 100;

/// What following an item needs to know.
pub(super) struct Course<'t, 'a> {
    /// The stages.
    pub(super) stages: &'t [Stage],
    /// Where an item is of which nothing is known yet.
    pub(super) initial: usize,
    /// What statuses mean.
    pub(super) meanings: &'t Meanings<'a>,
    /// What labels say.
    pub(super) labels: &'t LabelTable<'a>,
}

impl Course<'_, '_> {
    fn kind(&self, stage: usize) -> StageKind {
        let stage = self.stages.get(stage);
        stage.map_or(StageKind::Queue, |stage| stage.kind)
    }

    /// The kind of stage that a status is; `None` where an item in it stays where it was.
    fn kind_of(&self, status: u32) -> Option<StageKind> {
        let stage = self.meanings.get(status)?.stage?;
        Some(self.kind(stage))
    }

    fn is_end(&self, status: u32) -> bool {
        self.kind_of(status).is_some_and(is_end)
    }
}

fn is_end(kind: StageKind) -> bool {
    matches!(kind, StageKind::Done | StageKind::Cancelled)
}

/// One item on its way.
pub(super) struct Track<'t, 'a> {
    course: &'t Course<'t, 'a>,
    begin: DateTime<Utc>,
    current: Option<Visit>,
    pub(super) visits: Vec<Visit>,
    pub(super) started: Option<DateTime<Utc>>,
    pub(super) finished: Option<DateTime<Utc>>,
    pub(super) removed: Option<DateTime<Utc>>,
    pub(super) reopened: usize,
    pub(super) moved_back: usize,
    pub(super) closed: Option<DateTime<Utc>>,
    pub(super) bulk_changes: usize,
    pub(super) bulk_without_effect: usize,
    pub(super) value: Option<Option<f64>>,
    pub(super) type_now: Option<&'a str>,
    pub(super) type_when_finished: Option<&'a str>,
    overlay: Overlay<'a>,
    entered_closing: bool,
    plain: Option<u32>,
    /// Labels that stand for a status and are on, with their status; the last one put on last.
    on: Vec<(u32, u32)>,
    /// The label whose status holds.
    by_label: Option<u32>,
    /// When the label whose status holds was taken off.
    taken_off: Option<DateTime<Utc>>,
}

impl<'t, 'a> Track<'t, 'a> {
    /// An item that begins at this instant and has at most so many visits to come.
    pub(super) fn new(course: &'t Course<'t, 'a>, begin: DateTime<Utc>, visits: usize) -> Self {
        Self {
            course,
            begin,
            current: None,
            visits: Vec::with_capacity(visits),
            started: None,
            finished: None,
            removed: None,
            reopened: 0,
            moved_back: 0,
            closed: None,
            bulk_changes: 0,
            bulk_without_effect: 0,
            value: None,
            type_now: None,
            type_when_finished: None,
            overlay: Overlay::default(),
            entered_closing: false,
            plain: None,
            on: Vec::new(),
            by_label: None,
            taken_off: None,
        }
    }

    /// The next event, with the number of the status or label that it names.
    pub(super) fn event(&mut self, event: &'a Event, number: u32, is_bulk: bool) {
        // A label may be older than the item it was moved to.
        let at = event.at.max(self.begin);
        if self.taken_off.is_some_and(|since| at - since > SWAP) {
            self.fall_back();
        }
        match &event.change {
            Change::Status(_) => self.plain_status(at, number, is_bulk),
            Change::Labelled(_) => self.labelled(at, number, is_bulk),
            Change::Unlabelled(_) => self.unlabelled(at, number),
            Change::Blocked(reason) => self.overlay.begin(at, Cause::Flag, reason.as_deref()),
            Change::Unblocked => self.overlay.end(at, Cause::Flag),
            Change::Type(name) => self.type_now = Some(name),
            Change::Value(value) => self.value = Some(*value),
            Change::Removed => self.removed = Some(at),
        }
    }

    /// Nothing comes any more: the times in which it was blocked.
    pub(super) fn finish(mut self) -> (Self, Vec<super::Blocked>) {
        if self.taken_off.is_some() {
            self.fall_back();
        }
        let last = self.current.take();
        let mut last = last.unwrap_or_else(|| self.open(self.course.initial, self.begin));
        if let Some(removed) = self.removed {
            last.to = Some(removed.max(last.from));
        }
        self.visits.push(last);
        let blocked = std::mem::take(&mut self.overlay).finish(self.removed);
        (self, blocked)
    }

    /// The kind of the stage it is in at the end.
    pub(super) fn last_kind(&self) -> StageKind {
        let last = self.visits.last();
        last.map_or(StageKind::Queue, |visit| self.course.kind(visit.stage))
    }

    fn plain_status(&mut self, at: DateTime<Utc>, status: u32, is_bulk: bool) {
        let is_first = self.plain.is_none();
        let was_ended = self.plain.is_some_and(|plain| self.course.is_end(plain));
        self.plain = Some(status);
        self.taken_off = None;
        // Labels go on meaning what they mean when an item is created or opened again under them; a
        // tracker that says more than open and closed is believed.
        let under_label = self.on.last().copied();
        match under_label {
            Some((label, status_of_label))
                if !self.course.is_end(status) && (is_first || was_ended) =>
            {
                self.by_label = Some(label);
                self.enter(at, status_of_label, is_bulk);
            }
            _ => {
                self.by_label = None;
                self.enter(at, status, is_bulk);
            }
        }
    }

    fn labelled(&mut self, at: DateTime<Utc>, label: u32, is_bulk: bool) {
        let Some(told) = self.course.labels.get(label) else {
            return;
        };
        if told.blocks {
            self.overlay.begin(at, Cause::Label(label), Some(told.name));
        }
        let Some(status) = told.status else { return };
        let meaning = self.course.meanings.get(status);
        if meaning.is_none_or(|meaning| meaning.decided_by == Decision::Previous) {
            return;
        }
        self.on.retain(|(other, _)| *other != label);
        if self.on.len() < MOST_LABELS {
            self.on.push((label, status));
        }
        // What is closed stays closed, whatever is written on it.
        let is_closed = self.plain.is_some_and(|plain| self.course.is_end(plain));
        if !is_closed || self.course.is_end(status) {
            self.by_label = Some(label);
            self.taken_off = None;
            self.enter(at, status, is_bulk);
        }
    }

    fn unlabelled(&mut self, at: DateTime<Utc>, label: u32) {
        self.overlay.end(at, Cause::Label(label));
        self.on.retain(|(other, _)| *other != label);
        if self.by_label == Some(label) {
            self.by_label = None;
            self.taken_off = Some(at);
        }
    }

    /// The label whose status held is gone and none came in its place: the last other one that is on
    /// holds, else the plain status.
    fn fall_back(&mut self) {
        let Some(at) = self.taken_off.take() else {
            return;
        };
        // What is known late does not bring back what was removed meanwhile.
        let removed = self.removed;
        let is_closed = self.plain.is_some_and(|plain| self.course.is_end(plain));
        let other = self.on.last().copied();
        match other.filter(|(_, status)| !is_closed || self.course.is_end(*status)) {
            Some((label, status)) => {
                self.by_label = Some(label);
                self.enter(at, status, false);
            }
            None => {
                if let Some(plain) = self.plain {
                    self.enter(at, plain, false);
                }
            }
        }
        self.removed = removed;
    }

    fn enter(&mut self, at: DateTime<Utc>, status: u32, is_bulk: bool) {
        let Some(meaning) = self.course.meanings.get(status).copied() else {
            return;
        };
        // Whatever is entered is there again.
        self.removed = None;
        if let Some(current) = self.current {
            self.change(current, at, &meaning, is_bulk);
        } else {
            if at > self.begin {
                let initial = self.open(self.course.initial, self.begin);
                self.go(initial, at, &meaning, false);
            } else {
                let stage = meaning.stage.unwrap_or(self.course.initial);
                let first = self.open(stage, at);
                self.current = Some(first);
            }
            self.entered_closing = self.finished == Some(at) && meaning.is_closing;
        }
        match meaning.decided_by {
            Decision::Blocked => self.overlay.begin(at, Cause::Status, Some(meaning.name)),
            _ => self.overlay.end(at, Cause::Status),
        }
    }

    /// A change of status of an item whose status is known.
    fn change(&mut self, current: Visit, at: DateTime<Utc>, meaning: &Meaning<'_>, is_bulk: bool) {
        let was_finished = self.finished;
        let kind = self.course.kind(current.stage);
        let same_kind = meaning
            .stage
            .is_none_or(|stage| self.course.kind(stage) == kind);
        if is_bulk {
            self.bulk_changes += 1;
            self.bulk_without_effect += usize::from(same_kind);
            // What only its tracker's category places says nothing new of where the work stands.
            if same_kind && meaning.decided_by == Decision::Category {
                return;
            }
        }
        self.go(current, at, meaning, is_bulk && same_kind);
        if self.finished != was_finished {
            self.entered_closing = meaning.is_closing;
        } else if meaning.is_closing
            && !self.entered_closing
            && self.closed.is_none()
            && !is_bulk
            && self
                .current
                .is_some_and(|visit| self.course.kind(visit.stage) == StageKind::Done)
        {
            self.closed = Some(at);
        }
    }

    /// Goes from the current visit to the stage of a status, unless it is there already.
    fn go(&mut self, current: Visit, at: DateTime<Utc>, meaning: &Meaning<'_>, is_silent: bool) {
        let Some(stage) = meaning.stage.filter(|stage| *stage != current.stage) else {
            self.current = Some(current);
            return;
        };
        // A return to an earlier status is known late; nothing has happened since but it.
        let at = at.max(current.from);
        self.visits.push(Visit {
            to: Some(at),
            ..current
        });
        let (before, after) = (self.course.kind(current.stage), self.course.kind(stage));
        let cancelled = [before, after].contains(&StageKind::Cancelled);
        if stage < current.stage && !cancelled && !is_silent {
            self.moved_back += 1;
        }
        if is_end(before) && !is_end(after) {
            self.reopened += 1;
            self.finished = None;
            self.closed = None;
            self.type_when_finished = None;
            self.overlay.ended(at, false);
        }
        if before == after {
            self.current = Some(Visit {
                stage,
                from: at,
                to: None,
            });
        } else {
            let next = self.open(stage, at);
            self.current = Some(next);
        }
    }

    /// Begins a visit that is of another kind than the one before, if there was one.
    fn open(&mut self, stage: usize, at: DateTime<Utc>) -> Visit {
        let kind = self.course.kind(stage);
        if kind.is_in_progress() && self.started.is_none() {
            self.started = Some(at);
        }
        if is_end(kind) {
            self.finished = Some(at);
            self.closed = None;
            self.type_when_finished = self.type_now;
            self.overlay.ended(at, true);
        }
        Visit {
            stage,
            from: at,
            to: None,
        }
    }
}
