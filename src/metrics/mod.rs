//! Formulas: pure functions of one environment's account and a window. Each metric has its file;
//! `exposure` says which part of a window is known at all, `bands` judges a value, `trend` compares
//! two periods, `weekly` gives the series, `statistics` holds the mathematics.

pub mod bands;
pub mod change_failure_rate;
pub mod deployment_frequency;
pub mod exposure;
pub mod lead_time;
pub mod rework_rate;
pub mod statistics;
pub mod time_to_restore;
pub mod trend;
pub mod weekly;

#[cfg(test)]
mod story;

use chrono::TimeDelta;
use chrono_tz::Tz;

pub use bands::{Comparator, Limit, Overall, Profile, UnknownProfile};
pub use change_failure_rate::{ChangeFailureRate, change_failure_rate};
pub use deployment_frequency::{Frequency, deployment_frequency, deployments_per_day};
pub use exposure::{Exposure, ExposureStart, covers_half, exposure};
pub use lead_time::{LeadTimeMeasure, lead_time};
pub use rework_rate::{ReworkRate, rework_rate};
pub use time_to_restore::{TimeToRestore, time_to_restore};
pub use trend::Comparison;
pub use weekly::{Week, weeks};

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
