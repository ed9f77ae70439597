//! Series for the tests of the long view, told by their values.

use chrono::{DateTime, Months, TimeDelta, Utc};

use crate::metrics::Metric;
use crate::metrics::buckets::{Bucket, Extent};
use crate::metrics::process_behaviour::Rule;
use crate::metrics::trend_series::{TrendMetric, behaviour_of};
use crate::model::{Band, Certainty, Judgement, Notice, Window};
use crate::report::trend::{
    BandLimit, BehaviourSummary, BucketRow, LevelRow, Series, SignalRow, TrendReport,
};
use crate::report::{PeriodRange, Trend};

fn first() -> DateTime<Utc> {
    "2024-01-01T00:00:00Z".parse().unwrap()
}

fn month(at: usize) -> Bucket {
    let begin = |at: usize| first() + Months::new(u32::try_from(at).unwrap());
    Bucket {
        label: begin(at).format("%Y-%m").to_string(),
        window: Window::new(begin(at), begin(at + 1)),
        previous: Window::new(begin(at) - TimeDelta::days(30), begin(at)),
        is_over: true,
    }
}

fn limits(metric: TrendMetric) -> Vec<BandLimit> {
    let limit = |band, comparator, value| BandLimit {
        band,
        comparator,
        value,
    };
    match metric {
        TrendMetric::Delivery(Metric::DeploymentFrequency) => vec![
            limit(Band::Elite, ">=", 1.0),
            limit(Band::High, ">=", 0.14),
            limit(Band::Medium, ">=", 0.03),
        ],
        TrendMetric::Delivery(Metric::ChangeFailureRate) => vec![
            limit(Band::Elite, "<", 0.15),
            limit(Band::High, "<", 0.30),
            limit(Band::Medium, "<=", 0.45),
        ],
        TrendMetric::Delivery(_) => vec![
            limit(Band::Elite, "<", 60.0),
            limit(Band::High, "<", 1440.0),
            limit(Band::Medium, "<=", 10_080.0),
        ],
        _ => Vec::new(),
    }
}

/// A series of months; the last one is not over.
pub(super) fn series(metric: TrendMetric, values: &[Option<f64>]) -> Series {
    let extents: Vec<Extent> = (0..values.len())
        .map(|at| match at + 1 == values.len() {
            true => Extent::SoFar,
            false => Extent::Whole,
        })
        .collect();
    let mut before = None;
    let buckets: Vec<BucketRow> = values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let bucket = month(at);
            let row = BucketRow {
                bucket: bucket.label,
                start: bucket.window.start,
                end: bucket.window.end,
                extent: extents[at].name(),
                value: *value,
                count: value.map_or(0, |_| 20),
                part: None,
                band: value.and((!limits(metric).is_empty()).then_some(Band::High)),
                certainty: value.map(|_| Certainty::Likely),
                interval95: value.map(|value| [value * 0.5, value * 2.0]),
                trend: Trend {
                    direction: match before.zip(*value) {
                        None => Judgement::Unknown,
                        Some((before, value)) if value < before => Judgement::Improving,
                        Some(_) => Judgement::Degrading,
                    },
                    change_percent: before
                        .filter(|before: &f64| *before > 1e-9)
                        .zip(*value)
                        .map(|(before, value)| (value - before) / before * 100.0),
                    previous_value: before,
                    significant: before.map(|_| at % 2 == 0),
                },
                reason: value
                    .is_none()
                    .then(|| "no deployment in the period".to_owned()),
            };
            before = *value;
            row
        })
        .collect();
    let pairs: Vec<(Extent, Option<f64>)> = extents
        .iter()
        .copied()
        .zip(values.iter().copied())
        .collect();
    let (points, found) = behaviour_of(&pairs);
    let name = |point: usize| buckets[points[point]].bucket.clone();
    let levels: Vec<LevelRow> = found
        .levels
        .iter()
        .map(|level| LevelRow {
            from: name(level.from),
            to: name(level.to - 1),
            points: level.points(),
            mean: level.mean,
            low: level.limits.map(|limits| limits.low.max(0.0)),
            high: level.limits.map(|limits| limits.high),
        })
        .collect();
    let signals = found.signals.iter().map(|signal| SignalRow {
        rule: signal.rule.name(),
        from: name(signal.from),
        to: name(signal.to - 1),
        points: signal.to - signal.from,
        side: if signal.is_above { "above" } else { "below" },
        mean: levels[0].mean,
        value: match signal.rule {
            Rule::EightOnOneSide => levels[1].mean,
            Rule::BeyondLimits => values[points[signal.from]].unwrap(),
        },
        judgement: Some(if signal.is_above { "worse" } else { "better" }),
    });
    let behaviour = BehaviourSummary {
        points: points.len(),
        signals: signals.collect(),
        levels,
        reason: (points.len() < 8).then(|| "too few whole buckets".to_owned()),
    };
    Series {
        metric: metric.key().to_owned(),
        unit: metric.unit().to_owned(),
        better: None,
        limits: limits(metric),
        buckets,
        behaviour,
    }
}

/// A report of these series.
pub(super) fn report(series: Vec<Series>) -> TrendReport {
    let months = series.first().map_or(0, |series| series.buckets.len());
    TrendReport {
        schema_version: 1,
        tool_version: "0.1.0".to_owned(),
        generated_at: "2026-08-20T09:00:00Z".parse().unwrap(),
        repository: "shop".to_owned(),
        timezone: "UTC".to_owned(),
        environment: Some("production".to_owned()),
        environment_is_production: Some(true),
        component: None,
        by: "month".to_owned(),
        period: PeriodRange {
            start: first(),
            end: "2026-08-20T09:00:00Z".parse().unwrap(),
            days: 962.0,
            label: format!("{months} months"),
            complete: false,
        },
        bands: "cd-agent".to_owned(),
        series,
        notices: vec![Notice::new("bands", "a remark on the record")],
    }
}

/// Twelve months of lead times that fell in the fifth, with one month without any.
pub(super) fn lead_time() -> Series {
    let days = [
        Some(4.0),
        Some(5.0),
        Some(4.5),
        Some(4.0),
        Some(1.0),
        Some(0.8),
        None,
        Some(0.9),
        Some(1.1),
        Some(0.7),
        Some(0.8),
        Some(0.9),
        Some(1.0),
        Some(0.5),
    ];
    let minutes = days.map(|days| days.map(|days| days * 1440.0));
    series(TrendMetric::Delivery(Metric::LeadTime), &minutes)
}

/// Deployments per day, with a month of none.
pub(super) fn frequency() -> Series {
    let per_day = [0.2, 0.3, 0.0, 0.5, 1.2, 1.1].map(Some);
    series(TrendMetric::Delivery(Metric::DeploymentFrequency), &per_day)
}
