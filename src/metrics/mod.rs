//! Formulas: pure functions of one environment's account and a window. Each metric has its file;
//! `exposure` says which part of a window is known at all, `bands` judges a value, `trend` compares
//! two periods, `weekly` gives the series of a report, `trend_series` that of the long view, `buckets` its
//! buckets, `process_behaviour` its levels, `statistics` holds the mathematics.

pub mod bands;
pub mod buckets;
pub mod censored;
pub mod change_failure_rate;
pub mod deployment_frequency;
pub mod exposure;
pub mod flow;
pub mod idea_to_production;
pub mod lead_time;
pub mod process_behaviour;
pub mod pull_request_stages;
pub mod rework_rate;
pub mod statistics;
pub mod time_to_restore;
pub mod trend;
pub mod trend_series;
pub mod weekly;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod story;

use chrono::TimeDelta;
use chrono_tz::Tz;

pub use bands::{Comparator, Limit, Overall, Profile, UnknownProfile};
pub use censored::CensoredMedian;
pub use change_failure_rate::{ChangeFailureRate, change_failure_rate};
pub use deployment_frequency::{Frequency, deployment_frequency, deployments_per_day};
pub use exposure::{Exposure, ExposureStart, covers_half, exposure};
pub use lead_time::{LeadTimeMeasure, lead_time};
pub use pull_request_stages::{
    PullRequestStages, StageMeasure, StageMeasures, pull_request_stages,
};
pub use rework_rate::{ReworkRate, rework_rate};
pub use time_to_restore::{TimeToRestore, time_to_restore};
pub use trend::Comparison;
pub use weekly::{Week, weeks};

use self::statistics::{median, median_interval};
use crate::ledger::{Deployment, DeploymentKind, EnvironmentAccount};
use crate::model::{Measured, Window};

/// The four metrics that have bands and trends, in the order of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Deployments per day (spec 2.4); more is better.
    DeploymentFrequency,
    /// Median lead time for changes in minutes (spec 2.5); less is better.
    LeadTime,
    /// Change failure rate as a fraction (spec 2.6); less is better.
    ChangeFailureRate,
    /// Median time to restore in minutes (spec 2.7); less is better.
    TimeToRestore,
}

impl Metric {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 4] = [
        Self::DeploymentFrequency,
        Self::LeadTime,
        Self::ChangeFailureRate,
        Self::TimeToRestore,
    ];

    /// The key used in exports (spec 3.3).
    pub fn key(self) -> &'static str {
        match self {
            Self::DeploymentFrequency => "deployment_frequency",
            Self::LeadTime => "lead_time",
            Self::ChangeFailureRate => "change_failure_rate",
            Self::TimeToRestore => "mttr",
        }
    }
}

/// Everything measured in one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    /// The window.
    pub window: Window,
    /// Whether the record covers at least half of the window: only then can another period be
    /// compared with this one (spec 2.10).
    pub is_covered: bool,
    /// Spec 2.4.
    pub deployment_frequency: Frequency,
    /// Spec 2.5.
    pub lead_time: LeadTimeMeasure,
    /// Spec 2.6.
    pub change_failure_rate: ChangeFailureRate,
    /// Spec 2.7.
    pub time_to_restore: TimeToRestore,
    /// Spec 2.8.
    pub rework_rate: ReworkRate,
}

impl Measures {
    /// Measures a window of an account; the zone is that of calendar days and weeks.
    pub fn of(account: &EnvironmentAccount, window: Window, zone: Tz) -> Self {
        Self {
            window,
            is_covered: covers_half(account, window),
            deployment_frequency: deployment_frequency(account, window, zone),
            lead_time: lead_time(account, window),
            change_failure_rate: change_failure_rate(account, window),
            time_to_restore: time_to_restore(account, window),
            rework_rate: rework_rate(account, window),
        }
    }

    /// The headline number of a metric, in its unit.
    pub fn headline(&self, metric: Metric) -> &Measured<f64> {
        match metric {
            Metric::DeploymentFrequency => &self.deployment_frequency.per_day,
            Metric::LeadTime => &self.lead_time.median_minutes,
            Metric::ChangeFailureRate => &self.change_failure_rate.ratio,
            Metric::TimeToRestore => &self.time_to_restore.median_minutes,
        }
    }
}

/// A span in minutes, as a real number.
pub fn minutes(span: TimeDelta) -> f64 {
    span.as_seconds_f64() / 60.0
}

/// The median of a sorted sample with its interval; `reason` says why an empty one has none.
fn measured_median(sorted: &[f64], reason: impl FnOnce() -> String) -> Measured<f64> {
    match median(sorted) {
        Some(value) => Measured::Known {
            value,
            sample_size: sorted.len(),
            interval: median_interval(sorted),
        },
        None => Measured::unknown(reason()),
    }
}

/// Deployments, redeployments and attempts of a window, in the order of the account.
fn entries(account: &EnvironmentAccount, window: Window) -> Vec<&Deployment> {
    let inside = |entry: &&Deployment| window.contains(entry.time);
    account.deployments.iter().filter(inside).collect()
}

/// Those that count as deployments.
fn deployments<'a>(entries: &'a [&Deployment]) -> impl Iterator<Item = &'a Deployment> {
    entries
        .iter()
        .copied()
        .filter(|entry| entry.kind == DeploymentKind::Deployment)
}

/// Why a window has no deployment.
fn no_deployment(entries: &[&Deployment]) -> &'static str {
    let all = |kind| !entries.is_empty() && entries.iter().all(|entry| entry.kind == kind);
    if all(DeploymentKind::Redeployment) {
        "only redeployments in the period"
    } else if all(DeploymentKind::Attempt) {
        "only attempted deployments in the period"
    } else {
        "no deployment in the period"
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::story::{Story, window};
    use super::*;
    use crate::ledger::{ChangeKind, FailureRule};
    use crate::model::{Band, Certainty, Judgement, Settings};

    /// The first example of spec 2.12.
    fn worked_example() -> EnvironmentAccount {
        Story::since("2026-03-02 09:00")
            .reported_at("2026-03-09 09:00")
            .moves("2026-03-02 09:30", ChangeKind::Baseline)
            .deploys("2026-03-02 12:00", &[120, 30])
            .deploys("2026-03-03 09:10", &[10])
            .failed(FailureRule::Hotfix)
            .deploys("2026-03-03 09:40", &[20])
            .repairing()
            .deploys("2026-03-04 15:00", &[60])
            .failed(FailureRule::Rollback)
            .moves("2026-03-04 15:45", ChangeKind::Rollback)
            .repairing()
            .deploys("2026-03-05 09:00", &[60])
            .redeploys("2026-03-05 09:30")
            .outage("2026-03-03 09:10", Some("2026-03-03 09:40"))
            .outage("2026-03-04 15:00", Some("2026-03-04 15:45"))
            .account()
    }

    fn assert_close(value: f64, expected: f64) {
        assert!(
            (value - expected).abs() < 0.0005,
            "{value} is not {expected}"
        );
    }

    #[test]
    fn the_worked_example_has_the_numbers_of_the_specification() {
        let account = worked_example();
        let week = window("2026-03-02 09:00", "2026-03-09 09:00");
        let measures = Measures::of(&account, week, Tz::UTC);

        let frequency = &measures.deployment_frequency;
        assert_eq!(frequency.per_day.value(), Some(&1.0));
        assert_eq!((frequency.count, frequency.days), (7, 7.0));
        let interval = frequency.per_day.interval().unwrap();
        assert_close(interval.low, 0.402);
        assert_close(interval.high, 2.060);

        let lead_time = &measures.lead_time;
        assert_eq!(lead_time.samples, [10.0, 20.0, 30.0, 60.0, 60.0, 120.0]);
        assert_eq!(lead_time.median_minutes.value(), Some(&45.0));
        assert_eq!(
            (lead_time.p75, lead_time.p90, lead_time.p95),
            (Some(60.0), Some(90.0), None)
        );
        let interval = lead_time.median_minutes.interval().unwrap();
        assert_eq!((interval.low, interval.high), (10.0, 120.0));

        let failures = &measures.change_failure_rate;
        assert_eq!(failures.ratio.value(), Some(&(2.0 / 7.0)));
        assert_eq!(
            (failures.failed, failures.attempts, failures.total),
            (2, 0, 7)
        );
        let interval = failures.ratio.interval().unwrap();
        assert_close(interval.low, 0.082);
        assert_close(interval.high, 0.641);
        let by_rule = [(FailureRule::Rollback, 1), (FailureRule::Hotfix, 1)];
        assert_eq!(failures.by_rule, BTreeMap::from(by_rule));

        let restore = &measures.time_to_restore;
        assert_eq!(restore.median_minutes.value(), Some(&37.5));
        assert_eq!(restore.median_minutes.interval(), None);
        assert_eq!((restore.fastest, restore.slowest), (Some(30.0), Some(45.0)));
        assert_eq!((restore.count, restore.open), (2, 0));

        let rework = &measures.rework_rate;
        assert_eq!(rework.ratio.value(), Some(&(2.0 / 7.0)));
        assert_eq!((rework.rework, rework.total), (2, 7));
    }

    #[test]
    fn the_worked_example_is_judged_as_the_specification_says() {
        let account = worked_example();
        let week = window("2026-03-02 09:00", "2026-03-09 09:00");
        let measures = Measures::of(&account, week, Tz::UTC);
        let profile = Profile::from_settings(&Settings::default()).unwrap();
        let band = |metric| profile.band(metric, *measures.headline(metric).value()?);
        let bands = Metric::ALL.map(|metric| (metric, band(metric)));
        assert_eq!(
            bands.map(|(_, band)| band),
            [Band::Elite, Band::Elite, Band::High, Band::Elite].map(Some)
        );
        let certainty = |metric| {
            let days = measures.deployment_frequency.days;
            profile.certainty(metric, measures.headline(metric), days)
        };
        let insufficient = Some(Certainty::Insufficient);
        assert_eq!(
            Metric::ALL.map(certainty),
            [
                insufficient,
                Some(Certainty::Likely),
                insufficient,
                insufficient
            ]
        );
        let overall = profile.overall(&bands);
        assert_eq!(overall.band, Some(Band::High));
        assert_eq!(overall.held_back_by, [Metric::ChangeFailureRate]);
        assert_eq!(
            overall.counts,
            BTreeMap::from([(Band::Elite, 3), (Band::High, 1)])
        );

        let before = window("2026-02-23 09:00", "2026-03-02 09:00");
        let before = Measures::of(&account, before, Tz::UTC);
        for metric in Metric::ALL {
            let comparison = trend::compare(metric, &measures, &before);
            assert_eq!(comparison, Comparison::default(), "{metric:?}");
            assert_eq!(comparison.direction, Judgement::Unknown);
        }
    }

    #[test]
    fn the_second_worked_example_has_the_numbers_of_the_specification() {
        let account = Story::since("2026-04-06 08:50")
            .moves("2026-04-06 09:00", ChangeKind::Baseline)
            .moves("2026-04-06 10:00", ChangeKind::Baseline)
            .deploys("2026-04-06 12:00", &[10])
            .failed(FailureRule::Rollback)
            .deploys("2026-04-06 12:10", &[10])
            .moves("2026-04-06 14:00", ChangeKind::Rollback)
            .repairing()
            .deploys("2026-04-06 14:30", &[10])
            .deploys("2026-04-07 09:00", &[10])
            .failed(FailureRule::Revert)
            .deploys("2026-04-07 09:30", &[10])
            .deploys("2026-04-07 11:00", &[10])
            .repairing()
            .outage("2026-04-06 12:00", Some("2026-04-06 14:00"))
            .outage("2026-04-07 09:00", Some("2026-04-07 11:00"))
            .account();
        let week = window("2026-04-06 00:00", "2026-04-13 00:00");
        let measures = Measures::of(&account, week, Tz::UTC);
        assert_eq!(measures.deployment_frequency.count, 9);
        assert_eq!(measures.lead_time.samples, [10.0; 6]);
        assert_eq!(
            measures.change_failure_rate.ratio.value(),
            Some(&(2.0 / 9.0))
        );
        assert_eq!(measures.time_to_restore.samples, [120.0, 120.0]);
        assert_eq!(measures.rework_rate.ratio.value(), Some(&(2.0 / 9.0)));
    }

    #[test]
    fn an_environment_without_anything_has_reasons_and_no_numbers() {
        let account = Story::since("2026-01-01 00:00").account();
        let march = window("2026-03-01 00:00", "2026-04-01 00:00");
        let measures = Measures::of(&account, march, Tz::UTC);
        for metric in Metric::ALL {
            assert!(measures.headline(metric).reason().is_some(), "{metric:?}");
        }
        assert!(measures.rework_rate.ratio.reason().is_some());
    }
}
