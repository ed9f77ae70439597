//! The long view of a metric: its measures bucket by bucket, by the same formulas as a report of that
//! bucket. `buckets` says which they are, `process_behaviour` what changed along them.

use chrono_tz::Tz;

use super::buckets::{Bucket, Extent};
use super::flow::{flow_efficiency, flow_load, flow_time, flow_velocity};
use super::process_behaviour::Behaviour;
use super::{ExposureStart, Measures, Metric, exposure, process_behaviour};
use crate::ledger::EnvironmentAccount;
use crate::ledger::flow::FlowAccount;
use crate::model::Measured;

/// A metric that has a long view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TrendMetric {
    /// One of the four of delivery.
    Delivery(Metric),
    /// Rework rate (spec 2.8), 0 to 1.
    ReworkRate,
    /// Median flow time of the items done, in hours.
    FlowTime,
    /// Flow efficiency of the items done, 0 to 1.
    FlowEfficiency,
    /// Items done per week.
    FlowVelocity,
    /// Mean number of items in progress, weighted by time.
    FlowLoad,
}

impl TrendMetric {
    /// The key used in exports.
    pub fn key(self) -> &'static str {
        match self {
            Self::Delivery(metric) => metric.key(),
            Self::ReworkRate => "rework_rate",
            Self::FlowTime => "flow_time",
            Self::FlowEfficiency => "flow_efficiency",
            Self::FlowVelocity => "flow_velocity",
            Self::FlowLoad => "flow_load",
        }
    }

    /// The unit of its values, as exports name it.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Delivery(Metric::DeploymentFrequency) => "deploys_per_day",
            Self::Delivery(Metric::LeadTime | Metric::TimeToRestore) => "minutes",
            Self::Delivery(Metric::ChangeFailureRate) | Self::ReworkRate | Self::FlowEfficiency => {
                "ratio"
            }
            Self::FlowTime => "hours",
            Self::FlowVelocity => "items_per_week",
            Self::FlowLoad => "items",
        }
    }

    /// Whether it is measured of imported work items.
    pub fn is_of_flow(self) -> bool {
        !matches!(self, Self::Delivery(_) | Self::ReworkRate)
    }

    /// Whether more of it is better; `None` where neither direction is.
    pub fn more_is_better(self) -> Option<bool> {
        match self {
            Self::Delivery(metric) => Some(metric == Metric::DeploymentFrequency),
            Self::ReworkRate | Self::FlowTime => Some(false),
            Self::FlowEfficiency | Self::FlowVelocity => Some(true),
            Self::FlowLoad => None,
        }
    }
}

/// One bucket of the deliveries of an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryPoint {
    /// How much of it is known.
    pub extent: Extent,
    /// Everything measured in it.
    pub now: Measures,
}

/// The measures of every bucket, after those of the bucket before the first one.
pub fn delivery_series(
    account: &EnvironmentAccount,
    buckets: &[Bucket],
    zone: Tz,
) -> (Option<Measures>, Vec<DeliveryPoint>) {
    let first = buckets.first();
    let before = first.map(|bucket| Measures::of(account, bucket.previous, zone));
    let points = buckets.iter().map(|bucket| DeliveryPoint {
        extent: extent_of(account, bucket),
        now: Measures::of(account, bucket.window, zone),
    });
    (before, points.collect())
}

/// How much of a bucket the record of an environment covers, as the frequency counts its days.
fn extent_of(account: &EnvironmentAccount, bucket: &Bucket) -> Extent {
    match exposure(account, bucket.window) {
        Err(_) => Extent::BeforeRecord,
        Ok(exposed) if exposed.start == ExposureStart::PeriodStart => {
            bucket.extent(Some(bucket.window.start))
        }
        Ok(exposed) => bucket.extent(Some(exposed.window.start)),
    }
}

/// A flow metric of one bucket; its sample size is the number of items it rests on. A bucket before the
/// first item is unknown, and so is one that is empty.
pub fn flow_value(account: &FlowAccount, metric: TrendMetric, bucket: &Bucket) -> Measured<f64> {
    let window = bucket.window;
    match (
        account.record_start(),
        bucket.extent(account.record_start()),
    ) {
        (None, _) => return Measured::unknown("no work item is on record"),
        (_, Extent::BeforeRecord) => {
            return Measured::unknown("the record begins after the period");
        }
        _ => {}
    }
    let known = |value: Option<f64>, count: usize, reason: &str| match value {
        Some(value) => Measured::Known {
            value,
            sample_size: count,
            interval: None,
        },
        None => Measured::unknown(reason),
    };
    let nothing_done = "no item was done in the period";
    match metric {
        TrendMetric::FlowTime => {
            let time = flow_time::flow_time(account, window);
            let reason = match time.never_started {
                0 => nothing_done,
                _ => "no item done in the period was ever started",
            };
            known(time.elapsed.p50, time.elapsed.count(), reason)
        }
        TrendMetric::FlowEfficiency => {
            let efficiency = flow_efficiency::flow_efficiency(account, window);
            let reason = match account.done_in(window).next() {
                None => nothing_done,
                Some(_) => "no item done in the period spent time at work or waiting",
            };
            known(efficiency.value(), efficiency.count, reason)
        }
        TrendMetric::FlowVelocity => {
            let velocity = flow_velocity::flow_velocity(account, window);
            known(
                velocity.per_week,
                velocity.count,
                "the period has no length",
            )
        }
        TrendMetric::FlowLoad => {
            let load = flow_load::flow_load(account, window);
            known(load.mean, load.count, "the period has no length")
        }
        TrendMetric::Delivery(_) | TrendMetric::ReworkRate => {
            Measured::unknown("it is not measured of work items")
        }
    }
}

/// The levels and signals of a series, with the buckets that its points are of: whole buckets with a
/// value count, others do not.
pub fn behaviour_of(series: &[(Extent, Option<f64>)]) -> (Vec<usize>, Behaviour) {
    let points = series.iter().enumerate();
    let points = points.filter_map(|(bucket, (extent, value))| {
        let value = value.filter(|value| value.is_finite() && *extent == Extent::Whole)?;
        Some((bucket, value))
    });
    let (buckets, values): (Vec<usize>, Vec<f64>) = points.unzip();
    (buckets, process_behaviour::behaviour(&values))
}
