//! Laws that hold for any account: windows add up, numbers are finite, ratios stay between 0 and 1.
//! The accounts are told with `story`.

use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::story::{Story, window};
use super::{Measures, Metric, deployments_per_day, weeks};
use crate::ledger::{EnvironmentAccount, FailureRule};
use crate::model::Window;

/// Deployments (time, lead time in minutes, failed, rework) and outages (start, length), times in
/// seconds since 1970.
type Told = (Vec<(i64, i64, bool, bool)>, Vec<(i64, i64)>);

fn told((deployments, outages): Told) -> EnvironmentAccount {
    let instant = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let mut story = Story::since("1970-01-01 00:00");
    for (time, lead_time, failed, rework) in deployments {
        story = story.deploys_at(instant(time), vec![TimeDelta::minutes(lead_time)]);
        if failed {
            story = story.failed(FailureRule::Rollback);
        }
        if rework {
            story = story.repairing();
        }
    }
    for (start, length) in outages {
        story = story.outage_at(instant(start), Some(instant(start + length)));
    }
    story.account()
}

fn any_story() -> impl Strategy<Value = Told> {
    (
        prop::collection::vec(
            (
                0..10_000_000_i64,
                -10..10_000_i64,
                any::<bool>(),
                any::<bool>(),
            ),
            0..40,
        ),
        prop::collection::vec((0..10_000_000_i64, 0..100_000_i64), 0..20),
    )
}

proptest! {
    #[test]
    fn splitting_a_window_conserves_counts(
        story in any_story(),
        mut cuts in prop::array::uniform3(0..10_000_000_i64),
    ) {
        cuts.sort_unstable();
        let instant = |index: usize| DateTime::from_timestamp(cuts[index], 0).unwrap_or_default();
        let account = told(story);
        let counts = |from, to| {
            let measures = Measures::of(&account, Window::new(instant(from), instant(to)), Tz::UTC);
            [
                measures.deployment_frequency.count,
                measures.lead_time.samples.len(),
                measures.lead_time.left_out,
                measures.change_failure_rate.failed,
                measures.change_failure_rate.total,
                measures.time_to_restore.count,
                measures.rework_rate.rework,
            ]
        };
        let (first, second, both) = (counts(0, 1), counts(1, 2), counts(0, 2));
        let sum: Vec<_> = first.iter().zip(second).map(|(one, other)| one + other).collect();
        prop_assert_eq!(sum, both);
    }

    #[test]
    fn numbers_are_finite_and_ratios_lie_between_0_and_1(
        story in any_story(),
        start in 0..10_000_000_i64,
        length in 0..10_000_000_i64,
    ) {
        let instant = |seconds| DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        let account = told(story);
        let window = Window::new(instant(start), instant(start + length));
        let measures = Measures::of(&account, window, Tz::UTC);
        for metric in Metric::ALL {
            let measured = measures.headline(metric);
            if let Some(value) = measured.value() {
                prop_assert!(value.is_finite() && *value >= 0.0);
                if let Some(interval) = measured.interval() {
                    prop_assert!(interval.low <= *value + 1e-9 && *value <= interval.high + 1e-9);
                }
            }
        }
        for ratio in [&measures.change_failure_rate.ratio, &measures.rework_rate.ratio] {
            prop_assert!(ratio.value().is_none_or(|ratio| (0.0..=1.0).contains(ratio)));
        }
        let measure = &measures.lead_time;
        for percentile in [measure.p75, measure.p90, measure.p95].into_iter().flatten() {
            prop_assert!(measure.samples.first().is_some_and(|fastest| *fastest <= percentile));
            prop_assert!(measure.slowest.is_some_and(|slowest| percentile <= slowest));
        }
    }

    #[test]
    fn weeks_hold_every_deployment_of_their_span_once(story in any_story()) {
        let account = told(story);
        let all = window("1970-01-01 00:00", "1970-06-01 00:00");
        let weeks = weeks(&account, all, Tz::America__New_York);
        let sum: usize = weeks.iter().map(|week| week.deployments).sum();
        prop_assert_eq!(sum, account.deployments.len());
        let days = deployments_per_day(&account, all, Tz::America__New_York);
        let sum: usize = days.iter().map(|(_, count)| count).sum();
        prop_assert_eq!(sum, account.deployments.len());
    }
}
