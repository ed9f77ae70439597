//! One metric of one window, judged: its value with band, certainty, interval and change. The report says it
//! of its period, the long view of every bucket.

use crate::metrics::trend::compare;
use crate::metrics::{Comparison, Measures, Metric, Profile};
use crate::model::{Band, Certainty, Interval, Measured};

use super::document::Trend;

/// What every metric with a band has: value, band, certainty, interval, trend.
pub(super) struct Said {
    pub(super) value: Option<f64>,
    pub(super) band: Option<Band>,
    pub(super) standing: Option<String>,
    pub(super) certainty: Option<Certainty>,
    pub(super) target: Option<f64>,
    pub(super) interval95: Option<[f64; 2]>,
    pub(super) trend: Trend,
    pub(super) reason: Option<String>,
}

/// What is said of a metric of one window against another.
pub(super) fn say(
    metric: Metric,
    profile: &Profile,
    now: &Measures,
    before: Option<&Measures>,
) -> Said {
    let measured: &Measured<f64> = now.headline(metric);
    let value = measured.value().copied();
    Said {
        value,
        band: value.and_then(|value| profile.band(metric, value)),
        standing: value
            .and_then(|value| profile.standing(metric, value))
            .map(|share| format!("top {share} %")),
        certainty: profile.certainty(metric, measured, now.deployment_frequency.days),
        target: profile.target(metric),
        interval95: measured
            .interval()
            .map(|Interval { low, high }| [low, high]),
        trend: before.map_or_else(Trend::default, |before| {
            trend(&compare(metric, now, before))
        }),
        reason: measured.reason().map(str::to_owned),
    }
}

fn trend(comparison: &Comparison) -> Trend {
    Trend {
        direction: comparison.direction,
        change_percent: comparison.change_percent,
        previous_value: comparison.previous_value,
        significant: comparison.significant,
    }
}
