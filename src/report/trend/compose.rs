//! Ledger + metrics → `TrendReport`: every bucket is said as the report of that bucket says it. Metrics of
//! work items are in `flow`.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::ledger::EnvironmentAccount;
use crate::ledger::flow::FlowAccount;
use crate::metrics::buckets::{Bucket, Extent};
use crate::metrics::trend_series::{DeliveryPoint, TrendMetric, delivery_series};
use crate::metrics::{Comparator, Measures, Metric, Profile};
use crate::model::calendar::CalendarUnit;
use crate::model::{Measured, Notice, Window};
use crate::report::compose::{Inputs, knows_failures_of};
use crate::report::judged::say;
use crate::report::quantity::plural;
use crate::report::{PeriodRange, Scope, Trend, said};

use super::document::{BandLimit, BucketRow, Series, TrendReport};
use super::{behaviour, flow};

/// Version of the document's shape.
const SCHEMA_VERSION: u32 = 1;

/// Everything the long view is made of.
pub struct TrendInputs<'a> {
    /// The metrics, in the order in which they are shown.
    pub metrics: &'a [TrendMetric],
    /// The unit of the buckets.
    pub by: CalendarUnit,
    /// The buckets, oldest first.
    pub buckets: &'a [Bucket],
    /// Nothing at or after this instant exists.
    pub as_of: DateTime<Utc>,
    /// Zone of the buckets.
    pub zone: Tz,
    /// Name of the analysed repository.
    pub repository: &'a str,
    /// The bands.
    pub profile: &'a Profile,
    /// What the metrics of deliveries are measured of; `None` where none was asked for.
    pub delivery: Option<Delivery<'a>>,
    /// What the metrics of work items are measured of; `None` where none was asked for.
    pub flow: Option<&'a FlowAccount>,
    /// What was asked for, as flags; the period is `--last`.
    pub asked: &'a Scope,
    /// What reading the work items left out or assumed.
    pub notices: Vec<Notice>,
}

/// The deliveries of one environment; the period of the inputs is that of all buckets together.
pub struct Delivery<'a> {
    /// As for a report of the whole time.
    pub inputs: Inputs<'a>,
}

/// The long view.
pub fn compose(inputs: TrendInputs<'_>) -> TrendReport {
    let span = inputs.buckets.first().zip(inputs.buckets.last());
    let span = span.map(|(first, last)| Window::new(first.window.start, last.window.end));
    let span = span.unwrap_or(Window::new(inputs.as_of, inputs.as_of));
    let account = match &inputs.delivery {
        Some(delivery) => delivery.inputs.account(),
        None => Cow::Owned(EnvironmentAccount::empty(inputs.as_of)),
    };
    let account = account.as_ref();
    let deliveries = inputs.delivery.as_ref().map(|delivery| {
        let (before, points) = delivery_series(account, inputs.buckets, inputs.zone);
        (delivery, before, points)
    });
    let series = inputs.metrics.iter().map(|&metric| {
        let (extents, rows) = match (&deliveries, inputs.flow) {
            (Some((delivery, before, points)), _) if !metric.is_of_flow() => {
                let rows =
                    delivery_rows(&inputs, delivery, account, metric, before.as_ref(), points);
                (points.iter().map(|point| point.extent).collect(), rows)
            }
            (_, Some(account)) if metric.is_of_flow() => {
                flow::rows(account, metric, inputs.buckets)
            }
            _ => (Vec::new(), Vec::new()),
        };
        series_of(&inputs, metric, &extents, rows)
    });
    let series: Vec<Series> = series.collect();
    let mut notices = inputs.notices.clone();
    if let Some((delivery, ..)) = &deliveries {
        let whole = Measures::of(account, span, inputs.zone);
        notices.extend(said::notices(&delivery.inputs, account, &whole));
        notices.sort_by_key(|notice| !notice.incomplete);
    }
    let of_delivery = deliveries.as_ref().map(|(delivery, ..)| &delivery.inputs);
    TrendReport {
        schema_version: SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        generated_at: inputs.as_of,
        repository: inputs.repository.to_owned(),
        timezone: inputs.zone.name().to_owned(),
        environment: of_delivery.map(|_| account.name.clone()),
        environment_is_production: of_delivery.map(|_| account.is_production),
        component: of_delivery.and_then(|it| {
            let component = it.facts.components.get(it.component?)?;
            Some(component.name.clone())
        }),
        asked: inputs.asked.clone(),
        by: inputs.by.name().to_owned(),
        period: PeriodRange {
            start: span.start,
            end: span.end,
            days: span.days(),
            // Buckets are whole: they may reach beyond what was asked for.
            label: plural(inputs.buckets.len(), inputs.by.name()),
            complete: inputs.buckets.last().is_none_or(|last| last.is_over),
        },
        bands: inputs.profile.name.to_owned(),
        work_items_known: inputs.flow.map(|account| account.record_start().is_some()),
        series,
        notices,
    }
}

fn series_of(
    inputs: &TrendInputs<'_>,
    metric: TrendMetric,
    extents: &[Extent],
    rows: Vec<BucketRow>,
) -> Series {
    let limits = match metric {
        TrendMetric::Delivery(metric) => inputs.profile.limits(metric).collect(),
        _ => Vec::new(),
    };
    let limits = limits.into_iter().map(|(band, limit)| BandLimit {
        band,
        comparator: match limit.comparator {
            Comparator::AtLeast => ">=",
            Comparator::Below => "<",
            Comparator::AtMost => "<=",
        },
        value: limit.value,
    });
    let better = metric.more_is_better();
    Series {
        metric: metric.key().to_owned(),
        unit: metric.unit().to_owned(),
        better: better.map(|more| if more { "more" } else { "less" }.to_owned()),
        limits: limits.collect(),
        behaviour: behaviour::summary(metric, inputs.buckets, extents, &rows),
        buckets: rows,
    }
}

fn delivery_rows(
    inputs: &TrendInputs<'_>,
    delivery: &Delivery<'_>,
    account: &EnvironmentAccount,
    metric: TrendMetric,
    before: Option<&Measures>,
    points: &[DeliveryPoint],
) -> Vec<BucketRow> {
    let earlier = before.into_iter().chain(points.iter().map(|it| &it.now));
    let buckets = inputs.buckets.iter().zip(points);
    buckets
        .zip(earlier)
        .map(|((bucket, point), before)| {
            let row = BucketRow {
                bucket: bucket.label.clone(),
                start: bucket.window.start,
                end: bucket.window.end,
                extent: point.extent.name(),
                value: None,
                count: 0,
                part: None,
                band: None,
                certainty: None,
                interval95: None,
                trend: Trend::default(),
                reason: None,
            };
            match metric {
                TrendMetric::Delivery(metric) => {
                    // What is not known of failures then is no ground for a comparison (spec 2.10).
                    let is_of_failures =
                        matches!(metric, Metric::ChangeFailureRate | Metric::TimeToRestore);
                    let before = Some(before).filter(|before| {
                        !is_of_failures
                            || knows_failures_of(&delivery.inputs, account, before.window)
                    });
                    delivered(row, metric, inputs.profile, &point.now, before)
                }
                _ => rework(row, &point.now, before),
            }
        })
        .collect()
}

fn delivered(
    row: BucketRow,
    metric: Metric,
    profile: &Profile,
    now: &Measures,
    before: Option<&Measures>,
) -> BucketRow {
    let said = say(metric, profile, now, before);
    let (count, part) = match metric {
        Metric::DeploymentFrequency => (now.deployment_frequency.count, None),
        Metric::LeadTime => (now.lead_time.samples.len(), None),
        Metric::ChangeFailureRate => {
            let rate = &now.change_failure_rate;
            (rate.total, Some(rate.failed))
        }
        Metric::TimeToRestore => (now.time_to_restore.count, None),
    };
    BucketRow {
        value: said.value,
        count,
        part,
        band: said.band,
        certainty: said.certainty,
        interval95: said.interval95,
        trend: said.trend,
        reason: said.reason,
        ..row
    }
}

/// Rework has no band, no interval and no judgement (spec 2.8): only how far it moved.
fn rework(row: BucketRow, now: &Measures, before: &Measures) -> BucketRow {
    let of = |measured: &Measured<f64>| measured.value().copied();
    let value = of(&now.rework_rate.ratio);
    let previous = of(&before.rework_rate.ratio).filter(|_| before.is_covered);
    BucketRow {
        value,
        count: now.rework_rate.total,
        part: Some(now.rework_rate.rework),
        trend: Trend {
            previous_value: previous,
            change_percent: change_of(value, previous),
            ..Trend::default()
        },
        reason: now.rework_rate.ratio.reason().map(str::to_owned),
        ..row
    }
}

/// The relative change in per cent; `None` from nothing or from 0.
pub(super) fn change_of(value: Option<f64>, previous: Option<f64>) -> Option<f64> {
    let (value, previous) = (value?, previous.filter(|previous| *previous != 0.0)?);
    Some((value - previous) / previous.abs() * 100.0)
}
