//! Levels and signals with the names of their buckets. How they are found is `metrics::process_behaviour`.

use crate::metrics::buckets::{Bucket, Extent};
use crate::metrics::process_behaviour::{FEWEST, Level, Rule, Signal};
use crate::metrics::trend_series::{TrendMetric, behaviour_of};

use crate::report::quantity::plural;

use super::document::{BehaviourSummary, BucketRow, LevelRow, SignalRow};

/// What the rows of a metric say, which are those of the buckets.
pub(super) fn summary(
    metric: TrendMetric,
    buckets: &[Bucket],
    extents: &[Extent],
    rows: &[BucketRow],
) -> BehaviourSummary {
    let series: Vec<(Extent, Option<f64>)> = extents
        .iter()
        .zip(rows)
        .map(|(extent, row)| (*extent, row.value))
        .collect();
    let (points, found) = behaviour_of(&series);
    let name = |point: usize| {
        let bucket = points.get(point).and_then(|&bucket| buckets.get(bucket));
        bucket.map_or_else(String::new, |bucket| bucket.label.clone())
    };
    let value = |point: usize| {
        let row = points.get(point).and_then(|&bucket| rows.get(bucket));
        row.and_then(|row| row.value).unwrap_or_default()
    };
    // No value is below zero, and no share above one: limits beyond say nothing.
    let most = match metric.unit() {
        "ratio" => 1.0,
        _ => f64::INFINITY,
    };
    let levels = found.levels.iter().map(|level| LevelRow {
        from: name(level.from),
        to: name(level.to - 1),
        points: level.points(),
        mean: level.mean,
        low: level.limits.map(|limits| limits.low.max(0.0)),
        high: level.limits.map(|limits| limits.high.min(most)),
    });
    let signals = found.signals.iter().filter_map(|signal| {
        let at = |level: &&Level| level.from <= signal.from && signal.from < level.to;
        let own = found.levels.iter().find(at)?;
        let (mean, reached) = match signal.rule {
            Rule::EightOnOneSide => {
                let before = found.levels.iter().find(|level| level.to == own.from)?;
                (before.mean, own.mean)
            }
            Rule::BeyondLimits => {
                let values = (signal.from..signal.to).map(value);
                let far = |one: &f64, other: &f64| {
                    (one - own.mean).abs().total_cmp(&(other - own.mean).abs())
                };
                (own.mean, values.max_by(far)?)
            }
        };
        Some(SignalRow {
            rule: signal.rule.name(),
            from: name(signal.from),
            to: name(signal.to - 1),
            points: signal.to - signal.from,
            side: if signal.is_above { "above" } else { "below" },
            mean,
            value: reached,
            judgement: judgement(metric, signal),
        })
    });
    BehaviourSummary {
        points: points.len(),
        levels: levels.collect(),
        signals: signals.collect(),
        reason: (points.len() < FEWEST).then(|| {
            format!(
                "{} with data: limits need at least {FEWEST}",
                plural(points.len(), "whole bucket")
            )
        }),
    }
}

fn judgement(metric: TrendMetric, signal: &Signal) -> Option<&'static str> {
    let is_better = metric.more_is_better()? == signal.is_above;
    Some(if is_better { "better" } else { "worse" })
}
