//! Stage time (spec 6.3): how long items that were done in a window stayed in each stage. Per stage:
//! visits, mean, median, 85th percentile, total and share of the stream; the same in working time.

use super::{Spread, hours, share};
use crate::ledger::flow::{FlowAccount, FlowItem, Visit};
use crate::model::Window;

/// One stage over the items done in a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StageTime {
    /// Items that were in it.
    pub items: usize,
    /// Hours of each visit.
    pub visits: Spread,
    /// Working hours of each visit.
    pub working: Spread,
    /// Visits followed by a step back to an earlier stage.
    pub moved_back: usize,
    /// Its share of the hours of all stages before done; `None` for others and of nothing.
    pub share: Option<f64>,
}

/// Whether a visit of a done item counts: it has ended, and not by a removal.
pub fn is_counted(item: &FlowItem, visit: &Visit) -> bool {
    visit.to.is_some() && !(item.removed.is_some() && visit.to == item.removed)
}

/// Every stage of the account, in order, over the items done in the window that tell their history. Visits that last until now
/// (in done) are not counted: they have no end.
pub fn stage_time(account: &FlowAccount, window: Window) -> Vec<StageTime> {
    let count = account.stages.len();
    let mut stays: Vec<(Vec<f64>, Vec<f64>)> = vec![Default::default(); count];
    let mut stages: Vec<StageTime> = vec![StageTime::default(); count];
    let mut last_item: Vec<Option<usize>> = vec![None; count];
    for item in account.told_in(window) {
        for (index, visit) in item.visits.iter().enumerate() {
            if !is_counted(item, visit) {
                continue;
            }
            let span = visit.span(account.as_of);
            let (Some(stay), Some(stage), Some(last)) = (
                stays.get_mut(visit.stage),
                stages.get_mut(visit.stage),
                last_item.get_mut(visit.stage),
            ) else {
                continue;
            };
            stay.0.push(hours(span.length()));
            stay.1.push(hours(account.working_time.within(span)));
            if *last != Some(item.item) {
                *last = Some(item.item);
                stage.items += 1;
            }
            let next = item.visits.get(index + 1);
            stage.moved_back += usize::from(next.is_some_and(|next| next.stage < visit.stage));
        }
    }
    for (stage, (visits, working)) in stages.iter_mut().zip(stays) {
        stage.visits = Spread::of(visits);
        stage.working = Spread::of(working);
    }
    let is_before_done = |index: usize| super::is_before_done(account.kind(index));
    let whole: f64 = stages
        .iter()
        .enumerate()
        .filter(|(index, _)| is_before_done(*index))
        .map(|(_, stage)| stage.visits.total())
        .sum();
    for (index, stage) in stages.iter_mut().enumerate() {
        if is_before_done(index) {
            stage.share = share(stage.visits.total(), whole);
        }
    }
    stages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example, example_settings};

    fn march() -> Window {
        Window::new(at("01 00:00"), at("31 00:00"))
    }

    #[test]
    fn the_worked_example_stage_by_stage() {
        let account = example();
        let stages = stage_time(&account, march());
        // Development of 101, 102 (twice) and 104 (twice).
        let development = &stages[2];
        assert_eq!(development.items, 3);
        assert_eq!(development.visits.sorted, [24.0, 24.0, 48.0, 48.0, 48.0]);
        assert_eq!(development.visits.p50, Some(48.0));
        let review = &stages[3];
        assert_eq!((review.items, review.visits.count()), (2, 3));
        assert_eq!(review.visits.total(), 120.0);
        assert_eq!(
            (review.visits.mean, review.visits.p85),
            (Some(40.0), Some(72.0))
        );
        // 102 went back from its first review to development.
        assert_eq!(review.moved_back, 1);
        // Backlog 24 + 2 + 96 + 48, Design 24, Development 192, Review 120, Testing 24 + 6,
        // Approval 24, Deploy 2 + 1: 563 hours in all.
        let whole = 170.0 + 24.0 + 192.0 + 120.0 + 30.0 + 24.0 + 3.0;
        assert_eq!(review.share, Some(120.0 / whole));
        let shares: f64 = stages.iter().filter_map(|stage| stage.share).sum();
        assert!((shares - 1.0).abs() < 1e-12);
        // Done is entered for good, but for 104, which was there for four days.
        assert_eq!(stages[7].visits.sorted, [96.0]);
        assert_eq!(stages[7].share, None);
    }

    #[test]
    fn working_hours_of_a_review_over_a_weekend() {
        // From Friday 6 March 09:00 to Monday 9 March 09:00: eight hours.
        let account = example();
        let review = &stage_time(&account, march())[3];
        // 102: Tuesday 12:00 to Wednesday 12:00, and Thursday 12:00 to Friday 12:00: 8 each.
        assert_eq!(review.working.sorted, [8.0, 8.0, 8.0]);
    }

    #[test]
    fn nothing_done_is_nothing_measured() {
        let stories = [Story::of("A-1").enters("02 09:00", "Development")];
        for stories in [&stories[..], &[]] {
            let account = account(stories, &example_settings(), "13 09:00");
            for stage in stage_time(&account, march()) {
                assert_eq!(stage, StageTime::default());
            }
        }
    }
}
