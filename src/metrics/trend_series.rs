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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{at as in_march, example};
    use crate::metrics::buckets::buckets;
    use crate::metrics::story::{Story, at, window};
    use crate::model::Window;
    use crate::model::calendar::CalendarUnit;

    const ALL: [TrendMetric; 9] = [
        TrendMetric::Delivery(Metric::DeploymentFrequency),
        TrendMetric::Delivery(Metric::LeadTime),
        TrendMetric::Delivery(Metric::ChangeFailureRate),
        TrendMetric::Delivery(Metric::TimeToRestore),
        TrendMetric::ReworkRate,
        TrendMetric::FlowTime,
        TrendMetric::FlowEfficiency,
        TrendMetric::FlowVelocity,
        TrendMetric::FlowLoad,
    ];

    #[test]
    fn every_metric_has_a_key_of_its_own_and_a_unit() {
        let keys: std::collections::BTreeSet<&str> = ALL.iter().map(|it| it.key()).collect();
        assert_eq!(keys.len(), ALL.len());
        let of_flow = ALL.iter().filter(|metric| metric.is_of_flow()).count();
        assert_eq!(of_flow, 4);
        assert_eq!(TrendMetric::FlowLoad.more_is_better(), None);
        assert!(ALL.iter().all(|metric| !metric.unit().is_empty()));
    }

    #[test]
    fn each_bucket_is_measured_like_a_period_and_none_is_told_before_the_record() {
        let account = Story::since("2026-01-20 00:00")
            .reported_at("2026-04-11 00:00")
            .deploys("2026-02-10 00:00", &[60])
            .deploys("2026-03-10 00:00", &[120, 240])
            .account();
        let span = window("2026-01-01 00:00", "2026-04-11 00:00");
        let months = buckets(span, CalendarUnit::Month, account.as_of, Tz::UTC);
        let (before, points) = delivery_series(&account, &months, Tz::UTC);
        let extents: Vec<&str> = points.iter().map(|point| point.extent.name()).collect();
        // The repository begins on 20 January, the record on 10 February.
        assert_eq!(extents, ["before-record", "partial", "whole", "so-far"]);
        let medians: Vec<Option<f64>> = points
            .iter()
            .map(|point| point.now.lead_time.median_minutes.value().copied())
            .collect();
        assert_eq!(medians, [None, Some(60.0), Some(180.0), None]);
        let per_day = &points[3].now.deployment_frequency;
        assert_eq!((per_day.per_day.value(), per_day.days), (Some(&0.0), 10.0));
        let december = before.unwrap().window;
        assert_eq!(december, window("2025-12-01 00:00", "2026-01-01 00:00"));
    }

    #[test]
    fn a_month_in_which_the_record_begins_is_known_in_part() {
        let account = Story::since("2020-01-01 00:00")
            .deploys("2026-02-10 00:00", &[60])
            .account();
        let span = window("2026-02-01 00:00", "2026-04-01 00:00");
        let months = buckets(span, CalendarUnit::Month, at("2026-05-01 00:00"), Tz::UTC);
        let (_, points) = delivery_series(&account, &months, Tz::UTC);
        let extents: Vec<&str> = points.iter().map(|point| point.extent.name()).collect();
        assert_eq!(extents, ["partial", "whole"]);
    }

    #[test]
    fn weeks_of_the_worked_example_of_flow() {
        let account = example();
        let span = Window::new(in_march("02-23 00:00"), account.as_of);
        let weeks = buckets(span, CalendarUnit::Week, account.as_of, Tz::UTC);
        let values = |metric| -> Vec<Option<f64>> {
            let weeks = weeks.iter();
            weeks
                .map(|week| flow_value(&account, metric, week).value().copied())
                .collect()
        };
        // In W10 FOC-102 was done after 103 h, in W11 two more that were started: 192 and 194 h.
        assert_eq!(
            values(TrendMetric::FlowTime),
            [None, Some(103.0), Some(192.0)]
        );
        // One item in seven days, then three in the four days and nine hours that were over.
        let share = 3.0 / ((4.0 + 9.0 / 24.0) / 7.0);
        let velocity = values(TrendMetric::FlowVelocity);
        assert_eq!((velocity[0], velocity[1]), (None, Some(1.0)));
        assert!((velocity[2].unwrap() - share).abs() < 1e-9, "{velocity:?}");
        let reason = |metric, week: usize| {
            let value = flow_value(&account, metric, &weeks[week]);
            value.reason().map(str::to_owned)
        };
        assert_eq!(
            reason(TrendMetric::FlowLoad, 0).as_deref(),
            Some("the record begins after the period")
        );
        let elsewhere = reason(TrendMetric::ReworkRate, 1);
        assert_eq!(
            elsewhere.as_deref(),
            Some("it is not measured of work items")
        );
    }

    #[test]
    fn only_whole_buckets_with_a_value_are_points() {
        let mut series = vec![(Extent::BeforeRecord, None), (Extent::Partial, Some(900.0))];
        series.extend((0..10).map(|at| match at {
            3 | 7 => (Extent::Whole, None),
            4 => (Extent::Whole, Some(f64::NAN)),
            at => (Extent::Whole, Some(f64::from(at % 2))),
        }));
        series.push((Extent::SoFar, Some(900.0)));
        let (buckets, behaviour) = behaviour_of(&series);
        assert_eq!(buckets, [2, 3, 4, 7, 8, 10, 11]);
        assert_eq!(behaviour.levels[0].points(), 7);
        assert!(behaviour.signals.is_empty());
    }
}
