//! Series for the tests of the long view, told by their values. What changed along them is told, too, as
//! `report` would.

use chrono::{DateTime, Months, Utc};

use crate::model::{Band, Certainty, Judgement, Notice};
use crate::report::trend::{
    BandLimit, BehaviourSummary, BucketRow, LevelRow, Series, SignalRow, TrendReport,
};
use crate::report::{PeriodRange, Trend};

/// Every metric with its unit.
pub(super) const METRICS: [(&str, &str); 9] = [
    ("deployment_frequency", "deploys_per_day"),
    ("lead_time", "minutes"),
    ("change_failure_rate", "ratio"),
    ("mttr", "minutes"),
    ("rework_rate", "ratio"),
    ("flow_time", "hours"),
    ("flow_efficiency", "ratio"),
    ("flow_velocity", "items_per_week"),
    ("flow_load", "items"),
];

fn first() -> DateTime<Utc> {
    "2024-01-01T00:00:00Z".parse().unwrap()
}

fn begin(at: usize) -> DateTime<Utc> {
    first() + Months::new(u32::try_from(at).unwrap())
}

fn name(at: usize) -> String {
    begin(at).format("%Y-%m").to_string()
}

fn limits(metric: &str) -> Vec<BandLimit> {
    let limit = |band, comparator, value| BandLimit {
        band,
        comparator,
        value,
    };
    match metric {
        "deployment_frequency" => vec![
            limit(Band::Elite, ">=", 1.0),
            limit(Band::High, ">=", 0.14),
            limit(Band::Medium, ">=", 0.03),
        ],
        "change_failure_rate" => vec![
            limit(Band::Elite, "<", 0.15),
            limit(Band::High, "<", 0.30),
            limit(Band::Medium, "<=", 0.45),
        ],
        "lead_time" | "mttr" => vec![
            limit(Band::Elite, "<", 60.0),
            limit(Band::High, "<", 1440.0),
            limit(Band::Medium, "<=", 10_080.0),
        ],
        _ => Vec::new(),
    }
}

fn trend(before: Option<f64>, value: Option<f64>, at: usize) -> Trend {
    Trend {
        direction: match before.zip(value) {
            None => Judgement::Unknown,
            Some((before, value)) if value < before => Judgement::Improving,
            Some(_) => Judgement::Degrading,
        },
        change_percent: before
            .filter(|before| *before > 1e-9)
            .zip(value)
            .map(|(before, value)| (value - before) / before * 100.0),
        previous_value: before,
        significant: before.map(|_| at.is_multiple_of(2)),
    }
}

/// A series of months; the last one is not over. One level, with limits from eight points on.
pub(super) fn series(metric: &str, values: &[Option<f64>]) -> Series {
    let limits = limits(metric);
    let unit = METRICS.iter().find(|(key, _)| *key == metric);
    let buckets: Vec<BucketRow> = values
        .iter()
        .enumerate()
        .map(|(at, &value)| BucketRow {
            bucket: name(at),
            start: begin(at),
            end: begin(at + 1),
            extent: match at + 1 == values.len() {
                true => "so-far",
                false => "whole",
            },
            value,
            count: value.map_or(0, |_| 20),
            part: None,
            band: value.filter(|_| !limits.is_empty()).map(|_| Band::High),
            certainty: value.map(|_| Certainty::Likely),
            interval95: value.map(|value| [value * 0.5, value * 2.0]),
            trend: trend(
                at.checked_sub(1).and_then(|before| values[before]),
                value,
                at,
            ),
            reason: value
                .is_none()
                .then(|| "no deployment in the period".to_owned()),
        })
        .collect();
    let whole = values.get(..values.len().saturating_sub(1));
    let points: Vec<f64> = whole.into_iter().flatten().copied().flatten().collect();
    let (low, high) = (
        points.iter().copied().fold(f64::INFINITY, f64::min),
        points.iter().copied().fold(0.0, f64::max),
    );
    let has_limits = points.len() >= 8;
    let level = LevelRow {
        from: name(0),
        to: name(values.len()),
        points: points.len(),
        mean: f64::midpoint(low, high),
        low: has_limits.then_some(low),
        high: has_limits.then_some(high),
    };
    Series {
        metric: metric.to_owned(),
        unit: unit.unwrap().1.to_owned(),
        better: None,
        limits,
        buckets,
        behaviour: BehaviourSummary {
            points: points.len(),
            levels: if points.is_empty() {
                Vec::new()
            } else {
                vec![level]
            },
            signals: Vec::new(),
            reason: (!has_limits).then(|| "too few whole buckets".to_owned()),
        },
    }
}

/// The same with a level shift in one bucket, and a point beyond the limits in another.
pub(super) fn shifted(mut series: Series, at: usize, means: [f64; 2], beyond: usize) -> Series {
    let last = series.buckets.len() - 2;
    let level = |from: usize, to: usize, mean: f64| LevelRow {
        from: name(from),
        to: name(to),
        points: to - from + 1,
        mean,
        low: (to - from >= 7).then_some(mean * 0.5),
        high: (to - from >= 7).then_some(mean * 1.5),
    };
    series.behaviour.levels = vec![level(0, at - 1, means[0]), level(at, last, means[1])];
    series.behaviour.signals = vec![
        SignalRow {
            rule: "eight-on-one-side",
            from: name(at),
            to: name(last),
            points: last - at + 1,
            side: "below",
            mean: means[0],
            value: means[1],
            judgement: Some("better"),
        },
        SignalRow {
            rule: "beyond-limits",
            from: name(beyond),
            to: name(beyond),
            points: 1,
            side: "above",
            mean: means[1],
            value: series.buckets[beyond].value.unwrap(),
            judgement: Some("worse"),
        },
    ];
    series
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
        asked: crate::report::Scope::ANY,
        by: "month".to_owned(),
        period: PeriodRange {
            start: first(),
            end: "2026-08-20T09:00:00Z".parse().unwrap(),
            days: 962.0,
            label: format!("{months} months"),
            complete: false,
        },
        bands: "cd-agent".to_owned(),
        work_items_known: None,
        series,
        notices: vec![Notice::new("bands", "a remark on the record")],
    }
}

/// Fourteen months of lead times that fell in the fifth, with one month without any.
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
        Some(1.6),
        Some(0.7),
        Some(0.8),
        Some(0.9),
        Some(1.0),
        Some(0.5),
    ];
    let minutes = days.map(|days| days.map(|days| days * 1440.0));
    shifted(series("lead_time", &minutes), 4, [6300.0, 1386.0], 8)
}

/// Deployments per day, with a month of none.
pub(super) fn frequency() -> Series {
    let per_day = [0.2, 0.3, 0.0, 0.5, 1.2, 1.1].map(Some);
    series("deployment_frequency", &per_day)
}
