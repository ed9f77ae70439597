//! Comparing two periods (spec 2.10): a judgement, the relative change behind it, and whether the
//! change is more than noise.

use super::statistics::{compare_rates, fisher_exact, mann_whitney};
use super::{Measures, Metric};
use crate::model::Judgement;

/// A relative change below this is called stable.
const STABLE_BELOW: f64 = 0.05;

/// A p-value below this is called significant.
const SIGNIFICANT_BELOW: f64 = 0.05;

/// How a metric changed from one period to the next.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Comparison {
    /// Better, worse, stable or not known.
    pub direction: Judgement,
    /// Relative change in per cent of the previous value; `None` from a previous 0. Its sign is that
    /// of the number, not of the judgement.
    pub change_percent: Option<f64>,
    /// The previous value in the metric's unit; `None` where it is not comparable.
    pub previous_value: Option<f64>,
    /// Whether the change is visible at 5 %, two-sided; false where there is too little for the test,
    /// `None` when the direction is not known.
    pub significant: Option<bool>,
}

/// How a metric changed between two periods of one account.
///
/// Unknown when either has no data, or when the record covers less than half of the earlier one; the
/// previous value is then given only if it is comparable.
pub fn compare(metric: Metric, now: &Measures, before: &Measures) -> Comparison {
    let previous = before.headline(metric).value().copied();
    let Some(previous) = previous.filter(|_| before.is_covered) else {
        return Comparison::default();
    };
    let Some(current) = now.headline(metric).value().copied() else {
        return Comparison {
            previous_value: Some(previous),
            ..Comparison::default()
        };
    };
    let relative = (previous != 0.0).then(|| (current - previous) / previous.abs());
    Comparison {
        direction: judge(metric, current - previous, relative),
        change_percent: relative.map(|relative| relative * 100.0),
        previous_value: Some(previous),
        // Too little for the test is nothing that could be seen.
        significant: Some(p_value(metric, now, before).is_some_and(|p| p < SIGNIFICANT_BELOW)),
    }
}

fn judge(metric: Metric, difference: f64, relative: Option<f64>) -> Judgement {
    // A change of exactly 5 % is a change, also where it is a rounding error less.
    let is_stable = match relative {
        Some(relative) => relative.abs() < STABLE_BELOW - 1e-9,
        None => difference == 0.0,
    };
    let more_is_better = metric == Metric::DeploymentFrequency;
    if is_stable {
        Judgement::Stable
    } else if (difference > 0.0) == more_is_better {
        Judgement::Improving
    } else {
        Judgement::Degrading
    }
}

fn p_value(metric: Metric, now: &Measures, before: &Measures) -> Option<f64> {
    match metric {
        Metric::DeploymentFrequency => {
            let (now, before) = (&now.deployment_frequency, &before.deployment_frequency);
            let events = (now.count as u64, before.count as u64);
            compare_rates(events, (now.days, before.days))
        }
        Metric::LeadTime => mann_whitney(&now.lead_time.samples, &before.lead_time.samples),
        Metric::ChangeFailureRate => {
            let (now, before) = (&now.change_failure_rate, &before.change_failure_rate);
            fisher_exact(
                (now.failed as u64, now.total as u64),
                (before.failed as u64, before.total as u64),
            )
        }
        Metric::TimeToRestore => mann_whitney(
            &now.time_to_restore.samples,
            &before.time_to_restore.samples,
        ),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::Tz;

    use super::*;
    use crate::ledger::{EnvironmentAccount, FailureRule};
    use crate::metrics::story::{Story, at, window};

    /// April against March, in an environment that has a record since January.
    fn april(account: &EnvironmentAccount, metric: Metric) -> Comparison {
        let now = Measures::of(
            account,
            window("2026-04-01 00:00", "2026-05-01 00:00"),
            Tz::UTC,
        );
        let before = Measures::of(
            account,
            window("2026-03-02 00:00", "2026-04-01 00:00"),
            Tz::UTC,
        );
        compare(metric, &now, &before)
    }

    fn begin() -> Story {
        Story::since("2026-01-01 00:00").deploys("2026-01-02 00:00", &[])
    }

    /// So many deployments, an hour apart, of which the first ones failed.
    fn deploys(mut story: Story, from: &str, count: i32, failed: i32) -> Story {
        for number in 0..count {
            story = story.deploys_at(at(from) + TimeDelta::hours(number.into()), Vec::new());
            if number < failed {
                story = story.failed(FailureRule::Marked);
            }
        }
        story
    }

    fn months(march: (i32, i32), april: (i32, i32)) -> EnvironmentAccount {
        let story = deploys(begin(), "2026-03-10 00:00", march.0, march.1);
        deploys(story, "2026-04-10 00:00", april.0, april.1).account()
    }

    #[test]
    fn more_deployments_are_better_and_more_failures_worse() {
        let account = months((12, 1), (20, 4));
        let frequency = april(&account, Metric::DeploymentFrequency);
        assert_eq!(frequency.direction, Judgement::Improving);
        let percent = frequency.change_percent.unwrap();
        assert!((percent - 66.666_666_666_666_67).abs() < 1e-9, "{percent}");
        assert_eq!(frequency.previous_value, Some(0.4));
        // p = 0.215
        assert_eq!(frequency.significant, Some(false));
        let failures = april(&account, Metric::ChangeFailureRate);
        assert_eq!(failures.direction, Judgement::Degrading);
        assert_eq!(failures.significant, Some(false));
    }

    #[test]
    fn a_change_that_is_visible_is_significant() {
        // Fisher of 1 in 20 against 9 in 25: p = 0.027.
        let account = months((20, 1), (25, 9));
        let failures = april(&account, Metric::ChangeFailureRate);
        assert_eq!(failures.significant, Some(true));
        // Conditional binomial of 0 against 6 in equal times: p = 1/32.
        let account = months((0, 0), (6, 0));
        let frequency = april(&account, Metric::DeploymentFrequency);
        assert_eq!(frequency.significant, Some(true));
    }

    #[test]
    fn less_than_five_per_cent_is_stable() {
        let direction = |march, now| {
            april(&months((march, 0), (now, 0)), Metric::DeploymentFrequency).direction
        };
        assert_eq!(direction(40, 41), Judgement::Stable);
        assert_eq!(direction(40, 42), Judgement::Improving);
        assert_eq!(direction(40, 39), Judgement::Stable);
        assert_eq!(direction(40, 38), Judgement::Degrading);
    }

    #[test]
    fn from_zero_there_is_no_percentage_and_the_judgement_stands() {
        let account = months((10, 0), (10, 2));
        let worse = april(&account, Metric::ChangeFailureRate);
        assert_eq!(worse.direction, Judgement::Degrading);
        assert_eq!(
            (worse.change_percent, worse.previous_value),
            (None, Some(0.0))
        );
        let account = months((10, 0), (10, 0));
        let same = april(&account, Metric::ChangeFailureRate);
        assert_eq!(
            (same.direction, same.change_percent),
            (Judgement::Stable, None)
        );
        assert_eq!(same.significant, Some(false));
        let account = months((0, 0), (3, 0));
        let more = april(&account, Metric::DeploymentFrequency);
        assert_eq!(
            (more.direction, more.change_percent),
            (Judgement::Improving, None)
        );
    }

    #[test]
    fn without_data_on_either_side_the_direction_is_unknown() {
        let nothing_before = months((0, 0), (5, 1));
        let rate = april(&nothing_before, Metric::ChangeFailureRate);
        assert_eq!(rate, Comparison::default());
        let nothing_now = months((5, 1), (0, 0));
        let rate = april(&nothing_now, Metric::ChangeFailureRate);
        assert_eq!(rate.direction, Judgement::Unknown);
        assert_eq!(rate.previous_value, Some(0.2));
        assert_eq!(rate.significant, None);
    }

    #[test]
    fn a_record_of_less_than_half_the_previous_period_is_no_comparison() {
        let record_from = |first| {
            let story = deploys(Story::since("2026-01-01 00:00"), first, 5, 0);
            deploys(story, "2026-04-10 00:00", 5, 0).account()
        };
        let frequency = |first| april(&record_from(first), Metric::DeploymentFrequency);
        assert_eq!(frequency("2026-03-17 00:01"), Comparison::default());
        assert_eq!(
            frequency("2026-03-17 00:00").direction,
            Judgement::Degrading
        );
    }

    #[test]
    fn lead_times_are_compared_as_samples_of_four_or_more() {
        let account = begin()
            .deploys("2026-03-10 00:00", &[50, 60, 70, 80])
            .deploys("2026-04-10 00:00", &[10, 20, 30, 40])
            .account();
        let faster = april(&account, Metric::LeadTime);
        // Medians 65 and 25; p = 2/70.
        assert_eq!(faster.direction, Judgement::Improving);
        assert_eq!(faster.previous_value, Some(65.0));
        assert_eq!(faster.significant, Some(true));
        let account = begin()
            .deploys("2026-03-10 00:00", &[50, 60, 70])
            .deploys("2026-04-10 00:00", &[10, 20, 30, 40])
            .account();
        let faster = april(&account, Metric::LeadTime);
        assert_eq!(faster.direction, Judgement::Improving);
        assert_eq!(faster.significant, Some(false));
    }
}
