//! The time of one item: in each stage, at work, waiting, blocked. Spec 6.3: stage time is the sum of
//! visits; blocked time in an active stage counts as waiting; time in a queue or done is neither.

use chrono::{DateTime, TimeDelta, Utc};

use super::{added, always, hours, share, shared};
use crate::ledger::flow::{FlowAccount, FlowItem, Outcome};
use crate::model::{StageKind, Window};

/// Where the time between start and end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkAndWait {
    /// In active stages, blocked or not.
    pub active: TimeDelta,
    /// In wait stages.
    pub wait: TimeDelta,
    /// Blocked in active stages.
    pub blocked_in_active: TimeDelta,
}

impl WorkAndWait {
    /// Active time without blocked time.
    pub fn worked(self) -> TimeDelta {
        self.active - self.blocked_in_active
    }

    /// Time in wait stages and blocked time in active ones.
    pub fn waited(self) -> TimeDelta {
        added(self.wait, self.blocked_in_active)
    }

    /// Active time without blocked time ÷ active and wait time; `None` where there is neither.
    pub fn efficiency(self) -> Option<f64> {
        share(hours(self.worked()), hours(added(self.active, self.wait)))
    }
}

impl std::ops::Add for WorkAndWait {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            active: added(self.active, other.active),
            wait: added(self.wait, other.wait),
            blocked_in_active: added(self.blocked_in_active, other.blocked_in_active),
        }
    }
}

impl std::iter::Sum for WorkAndWait {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::default(), |sum, item| sum + item)
    }
}

/// The time of an item at work and waiting, as far as it lies in a window.
pub fn work_and_wait_in(account: &FlowAccount, item: &FlowItem, window: Window) -> WorkAndWait {
    let mut time = WorkAndWait::default();
    for visit in item.stays() {
        let kind = account.kind(visit.stage);
        if !kind.is_in_progress() {
            continue;
        }
        let span = visit.span(account.as_of);
        let length = shared(span, window);
        if kind == StageKind::Wait {
            time.wait += length;
        } else {
            time.active += length;
            time.blocked_in_active += blocked_within(account, item, span, window);
        }
    }
    time
}

/// All the time of an item at work and waiting.
pub fn work_and_wait(account: &FlowAccount, item: &FlowItem) -> WorkAndWait {
    work_and_wait_in(account, item, always())
}

/// Blocked time that lies in a span and in a window. The times are in order, so those before the span
/// are passed over.
pub(crate) fn blocked_within(
    account: &FlowAccount,
    item: &FlowItem,
    span: Window,
    window: Window,
) -> TimeDelta {
    let both = Window::new(span.start.max(window.start), span.end.min(window.end));
    let ended = |end: Option<DateTime<Utc>>| end.is_some_and(|end| end <= both.start);
    let first = item.blocked.partition_point(|time| ended(time.to));
    let times = item.blocked.get(first..).unwrap_or_default();
    times
        .iter()
        .take_while(|time| time.from < both.end)
        .map(|time| shared(time.span(account.as_of), both))
        .sum()
}

/// The efficiency of an item that is open or done; `None` of one that nobody worked on or waited with,
/// and of one that came to nothing.
pub fn efficiency(account: &FlowAccount, item: &FlowItem) -> Option<f64> {
    match item.outcome {
        Outcome::Open | Outcome::Done => work_and_wait(account, item).efficiency(),
        _ => None,
    }
}

/// Flow time without what lay between done (or cancelled) and being opened again; `None` of items
/// without a flow time.
pub fn net_time(account: &FlowAccount, item: &FlowItem) -> Option<TimeDelta> {
    let stream = item.stream()?;
    let ended = |kind| matches!(kind, StageKind::Done | StageKind::Cancelled);
    let gaps: TimeDelta = item
        .visits
        .iter()
        .filter(|visit| ended(account.kind(visit.stage)))
        .map(|visit| shared(visit.span(account.as_of), stream))
        .sum();
    Some(stream.length() - gaps)
}

/// Time since the start: of an open item until now, of a cancelled one until it was; `None` of others,
/// of those that were never started and of those that do not tell when.
pub fn age(account: &FlowAccount, item: &FlowItem) -> Option<TimeDelta> {
    let started = item.started.filter(|_| !item.stays().is_empty())?;
    let until = match item.outcome {
        Outcome::Open => account.as_of,
        Outcome::Cancelled => item.finished?,
        _ => return None,
    };
    Some(until - started)
}

/// Time in the stage it is in, without a break.
pub fn stage_age(account: &FlowAccount, item: &FlowItem) -> TimeDelta {
    item.last_visit().map_or(TimeDelta::zero(), |visit| {
        visit.span(account.as_of).length()
    })
}

/// One item in one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeInStage {
    /// The stage (index in `FlowAccount::stages`).
    pub stage: usize,
    /// When it first entered it.
    pub entered: DateTime<Utc>,
    /// All its visits.
    pub time: TimeDelta,
}

/// The stages an item was in, in the order of the stream.
pub fn times_in_stages(account: &FlowAccount, item: &FlowItem) -> Vec<TimeInStage> {
    let mut stages: Vec<Option<TimeInStage>> = vec![None; account.stages.len()];
    for visit in item.stays() {
        let time = visit.span(account.as_of).length();
        match stages.get_mut(visit.stage) {
            Some(Some(known)) => known.time += time,
            Some(first) => {
                *first = Some(TimeInStage {
                    stage: visit.stage,
                    entered: visit.from,
                    time,
                });
            }
            None => {}
        }
    }
    stages.into_iter().flatten().collect()
}

/// Time in all stages before done: what an item spent in the stream.
pub fn stream_time(account: &FlowAccount, item: &FlowItem) -> TimeDelta {
    let ended = |kind| matches!(kind, StageKind::Done | StageKind::Cancelled);
    item.stays()
        .iter()
        .filter(|visit| !ended(account.kind(visit.stage)))
        .map(|visit| visit.span(account.as_of).length())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example_settings};

    fn hours_of(time: WorkAndWait) -> [f64; 3] {
        [time.active, time.wait, time.blocked_in_active].map(hours)
    }

    #[test]
    fn a_window_cuts_visits_and_blocked_times() {
        let story = Story::of("A-1")
            .enters("02 00:00", "Development")
            .blocked("02 12:00", "03 12:00", None)
            .enters("04 00:00", "Code Review")
            .enters("05 00:00", "Production");
        let account = account(&[story], &example_settings(), "06 00:00");
        let item = &account.items[0];
        assert_eq!(hours_of(work_and_wait(&account, item)), [48.0, 24.0, 24.0]);
        let window = Window::new(at("03 00:00"), at("04 06:00"));
        let cut = work_and_wait_in(&account, item, window);
        assert_eq!(hours_of(cut), [24.0, 6.0, 12.0]);
        // Worked 12 of 30 hours.
        assert_eq!(cut.efficiency(), Some(0.4));
    }

    #[test]
    fn blocked_time_in_a_queue_or_in_review_takes_nothing_from_work() {
        let story = Story::of("A-1")
            .enters("02 00:00", "Backlog")
            .blocked("02 06:00", "02 18:00", None)
            .enters("03 00:00", "Code Review")
            .blocked("03 06:00", "03 18:00", None)
            .enters("04 00:00", "Development")
            .enters("05 00:00", "Production");
        let account = account(&[story], &example_settings(), "06 00:00");
        let time = work_and_wait(&account, &account.items[0]);
        assert_eq!(hours_of(time), [24.0, 24.0, 0.0]);
        assert_eq!(time.efficiency(), Some(0.5));
    }

    #[test]
    fn an_item_that_was_never_worked_on_has_no_efficiency() {
        let story = Story::of("A-1")
            .enters("02 00:00", "Backlog")
            .enters("05 00:00", "Production");
        let account = account(&[story], &example_settings(), "06 00:00");
        let item = &account.items[0];
        assert_eq!(work_and_wait(&account, item).efficiency(), None);
        assert_eq!(net_time(&account, item), None);
        assert_eq!(age(&account, item), None);
        assert_eq!(hours(stream_time(&account, item)), 72.0);
    }
}
