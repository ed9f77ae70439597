//! Lead time for changes (spec 2.5): from commit to the first deployment that contains it, pooled
//! over the changes of a window's deployments.

use super::statistics::{percentile, sorted};
use super::{deployments, entries, measured_median, minutes, no_deployment};
use crate::ledger::{ChangeKind, Deployment, EnvironmentAccount};
use crate::model::{Measured, Window};

/// From how many observations on the 95th percentile is given.
const ENOUGH_FOR_P95: usize = 20;

/// How long changes took.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadTimeMeasure {
    /// Median over changes in minutes, with the order-statistic interval from 6 changes on. The
    /// sample size is the number of changes with a lead time.
    pub median_minutes: Measured<f64>,
    /// 75th percentile in minutes.
    pub p75: Option<f64>,
    /// 90th percentile in minutes.
    pub p90: Option<f64>,
    /// 95th percentile in minutes; from 20 changes on.
    pub p95: Option<f64>,
    /// The slowest change in minutes.
    pub slowest: Option<f64>,
    /// All lead times in minutes, ascending.
    pub samples: Vec<f64>,
    /// Changes left out because their span is not positive or their commit has no credible date.
    pub left_out: usize,
}

/// Lead time of the changes deployed in a window.
pub fn lead_time(account: &EnvironmentAccount, window: Window) -> LeadTimeMeasure {
    of(&entries(account, window))
}

/// The same of the entries of a window.
pub(super) fn of(entries: &[&Deployment]) -> LeadTimeMeasure {
    let changes: usize = deployments(entries).map(|entry| entry.changes.len()).sum();
    let lead_times = deployments(entries).flat_map(Deployment::lead_times);
    let samples = sorted(lead_times.map(minutes));
    let left_out = changes - samples.len();
    let median_minutes = measured_median(&samples, || reason(entries, left_out));
    LeadTimeMeasure {
        median_minutes,
        p75: percentile(&samples, 0.75),
        p90: percentile(&samples, 0.9),
        p95: percentile(&samples, 0.95).filter(|_| samples.len() >= ENOUGH_FOR_P95),
        slowest: samples.last().copied(),
        left_out,
        samples,
    }
}

/// Why no change of a window has a lead time.
fn reason(entries: &[&Deployment], left_out: usize) -> String {
    if deployments(entries).next().is_none() {
        return no_deployment(entries).to_owned();
    }
    match left_out {
        0 => {}
        1 => return "the only change shipped has no credible commit time before it".to_owned(),
        _ => {
            return format!(
                "none of the {left_out} changes shipped has a credible commit time before it"
            );
        }
    }
    let components = || deployments(entries).flat_map(|entry| &entry.components);
    let moved = |kind| {
        components().next().is_some() && components().all(|component| component.kind == kind)
    };
    let some = |kind| components().any(|component| component.kind == kind);
    if moved(ChangeKind::Unresolved) {
        "no version deployed in the period names a commit"
    } else if moved(ChangeKind::Baseline) {
        "only first deployments in the period: what they brought cannot be told"
    } else if moved(ChangeKind::Rollback) {
        "only rollbacks in the period: they bring no changes"
    } else if some(ChangeKind::Unresolved) || some(ChangeKind::Baseline) {
        "the deployments of the period brought no changes that can be told"
    } else {
        "the deployments of the period brought no new changes"
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::metrics::story::{Story, at, window};

    fn measured(story: Story) -> LeadTimeMeasure {
        let march = window("2026-03-01 00:00", "2026-04-01 00:00");
        lead_time(&story.account(), march)
    }

    fn begin() -> Story {
        Story::since("2026-01-01 00:00").deploys("2026-02-01 00:00", &[1, 1, 1])
    }

    #[test]
    fn the_median_is_pooled_over_changes_and_no_median_of_medians() {
        // Medians per deployment would be 10 and 100, their median 55.
        let story = begin()
            .deploys("2026-03-02 00:00", &[10, 10, 10, 10])
            .deploys("2026-03-03 00:00", &[100]);
        let measure = measured(story);
        assert_eq!(measure.median_minutes.value(), Some(&10.0));
        assert_eq!(measure.slowest, Some(100.0));
        assert_eq!(measure.median_minutes.interval(), None);
    }

    #[test]
    fn the_95th_percentile_needs_twenty_changes() {
        let minutes: Vec<i64> = (1..=20).collect();
        let nineteen = measured(begin().deploys("2026-03-02 00:00", &minutes[1..]));
        assert_eq!(nineteen.p95, None);
        let twenty = measured(begin().deploys("2026-03-02 00:00", &minutes));
        // Position 19 * 0.95 = 18.05 after the first.
        assert!(twenty.p95.is_some_and(|p95| (p95 - 19.05).abs() < 1e-9));
        let interval = twenty.median_minutes.interval().unwrap();
        assert_eq!((interval.low, interval.high), (6.0, 15.0));
    }

    #[test]
    fn seconds_are_kept() {
        let story = begin().deploys_at(at("2026-03-02 00:00"), vec![TimeDelta::seconds(45)]);
        assert_eq!(measured(story).median_minutes.value(), Some(&0.75));
    }

    #[test]
    fn changes_without_a_positive_span_are_left_out_and_counted() {
        let measure = measured(begin().deploys("2026-03-02 00:00", &[0, -5, 30]));
        assert_eq!(measure.left_out, 2);
        assert_eq!(measure.samples, [30.0]);
    }

    #[test]
    fn the_reason_for_no_lead_time_is_the_true_one() {
        let day = "2026-03-02 00:00";
        let table = [
            (begin(), "no deployment in the period"),
            (begin().redeploys(day), "only redeployments in the period"),
            (
                begin().attempts(day),
                "only attempted deployments in the period",
            ),
            (
                begin().moves(day, ChangeKind::Unresolved),
                "no version deployed in the period names a commit",
            ),
            (
                begin().moves(day, ChangeKind::Baseline),
                "only first deployments in the period: what they brought cannot be told",
            ),
            (
                begin().moves(day, ChangeKind::Rollback),
                "only rollbacks in the period: they bring no changes",
            ),
            (
                begin()
                    .moves(day, ChangeKind::Rollback)
                    .moves(day, ChangeKind::Unresolved),
                "the deployments of the period brought no changes that can be told",
            ),
            (
                begin()
                    .moves(day, ChangeKind::Rollback)
                    .moves(day, ChangeKind::Sideways),
                "the deployments of the period brought no new changes",
            ),
            (
                begin().deploys(day, &[0]),
                "the only change shipped has no credible commit time before it",
            ),
            (
                begin().deploys(day, &[0, 0]),
                "none of the 2 changes shipped has a credible commit time before it",
            ),
        ];
        for (story, reason) in table {
            assert_eq!(measured(story).median_minutes.reason(), Some(reason));
        }
    }

    #[test]
    fn changes_of_an_attempt_are_not_pooled() {
        let mut account = begin().attempts("2026-03-02 00:00").account();
        let shipped = account.deployments[0].changes.clone();
        account.deployments[1].changes = shipped;
        let march = window("2026-03-01 00:00", "2026-04-01 00:00");
        assert!(lead_time(&account, march).samples.is_empty());
    }
}
