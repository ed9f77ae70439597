//! The constraint (spec 6.3; Goldratt, The Goal, 1984): the stage in which most of the waiting happens,
//! if its queue grows: work piles up in front of what limits the stream. Waiting is time in wait stages
//! and blocked time in active ones, of started items, as far as it lies in the window.

use chrono::{DateTime, TimeDelta, Utc};

use super::{FEWEST_FIRM, added, hours, item_time, share, shared};
use crate::ledger::flow::{FlowAccount, FlowItem, Visit};
use crate::model::{StageKind, Window};

/// The waiting in one stage, and whether its queue grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MostWaiting {
    /// The stage (index in `FlowAccount::stages`).
    pub stage: usize,
    /// Hours of waiting in it.
    pub wait_hours: f64,
    /// Their share of all waiting; 0 where nothing waited.
    pub wait_share: f64,
    /// Items in it at the begin and at the end of the window.
    pub queue: [usize; 2],
    /// Visits to it that overlap the window.
    pub visits: usize,
}

impl MostWaiting {
    /// Whether it limits the stream.
    pub fn is_constraint(&self) -> bool {
        let [before, after] = self.queue;
        before < after
    }

    /// Whether there are enough visits to believe it.
    pub fn is_firm(&self) -> bool {
        self.visits >= FEWEST_FIRM
    }
}

/// What one visit says of the waiting of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitWait {
    /// Time that it waited: all of it in a wait stage, what was blocked in an active one.
    pub waited: TimeDelta,
    /// Whether it holds the begin and the end of the window.
    pub holds: [bool; 2],
    /// Whether it overlaps the window.
    pub overlaps: bool,
}

/// What a visit says; `None` of one to a stage in which nothing is in progress.
pub fn wait_of(
    account: &FlowAccount,
    item: &FlowItem,
    visit: &Visit,
    window: Window,
) -> Option<VisitWait> {
    let kind = account.kind(visit.stage);
    if !kind.is_in_progress() {
        return None;
    }
    let span = visit.span(account.as_of);
    let holds = |at: DateTime<Utc>| span.start < at && at <= span.end;
    Some(VisitWait {
        waited: match kind {
            StageKind::Wait => shared(span, window),
            _ => item_time::blocked_within(account, item, span, window),
        },
        holds: [holds(window.start), holds(window.end)],
        overlaps: span.start < window.end && span.end > window.start,
    })
}

/// The waiting in every stage in a window, in the order of the stream.
pub fn waiting(account: &FlowAccount, window: Window) -> Vec<MostWaiting> {
    let mut waits = vec![(TimeDelta::zero(), 0_usize, [0_usize; 2]); account.stages.len()];
    for item in &account.items {
        for visit in item.stays() {
            let Some((wait, visits, queue)) = waits.get_mut(visit.stage) else {
                continue;
            };
            let Some(found) = wait_of(account, item, visit, window) else {
                continue;
            };
            *wait = added(*wait, found.waited);
            *visits += usize::from(found.overlaps);
            queue[0] += usize::from(found.holds[0]);
            queue[1] += usize::from(found.holds[1]);
        }
    }
    let waited = waits.iter().map(|(wait, ..)| *wait);
    let whole = hours(waited.fold(TimeDelta::zero(), added));
    let stages = waits.into_iter().enumerate();
    stages
        .map(|(stage, (wait, visits, queue))| MostWaiting {
            stage,
            wait_hours: hours(wait),
            wait_share: share(hours(wait), whole).unwrap_or(0.0),
            queue,
            visits,
        })
        .collect()
}

/// The stage with the longest wait in a window; the first of several. `None` when nothing waited.
pub fn most_waiting(account: &FlowAccount, window: Window) -> Option<MostWaiting> {
    let mut most: Option<MostWaiting> = None;
    for stage in waiting(account, window) {
        if stage.wait_hours > most.map_or(0.0, |most| most.wait_hours) {
            most = Some(stage);
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example, example_settings};

    #[test]
    fn code_review_holds_most_of_the_waiting_of_the_worked_example() {
        let account = example();
        let most = most_waiting(&account, Window::new(at("01 00:00"), at("13 09:00"))).unwrap();
        // 72 + 24 + 24 + 144 of it, 24 in approval, 18 blocked in development: 306 in all.
        assert_eq!(account.stage_name(most.stage), "Code Review");
        assert_eq!((most.wait_hours, most.wait_share), (264.0, 264.0 / 306.0));
        assert_eq!((most.queue, most.visits), ([0, 1], 4));
        assert!(most.is_constraint() && !most.is_firm());
    }

    #[test]
    fn a_queue_that_does_not_grow_limits_nothing() {
        let reviewed = |key: &str| {
            Story::of(key)
                .enters("02 09:00", "Development")
                .enters("03 09:00", "Code Review")
                .enters("06 09:00", "Production")
        };
        let stories = [reviewed("A-1"), reviewed("A-2")];
        let account = account(&stories, &example_settings(), "13 09:00");
        // 57 hours of each.
        let most = most_waiting(&account, Window::new(at("04 00:00"), at("08 00:00"))).unwrap();
        assert_eq!((most.queue, most.wait_hours), ([2, 0], 114.0));
        assert!(!most.is_constraint());
    }

    #[test]
    fn where_nothing_waits_there_is_no_constraint() {
        let story = Story::of("A-1").enters("02 09:00", "Development");
        for stories in [&[story][..], &[]] {
            let account = account(stories, &example_settings(), "13 09:00");
            let march = Window::new(at("01 00:00"), at("13 09:00"));
            assert_eq!(most_waiting(&account, march), None);
        }
    }
}
