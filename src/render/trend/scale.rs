//! The vertical axis of a chart: which values its ends stand for, where labels stand, and whether it is
//! logarithmic. `chart` draws on it.

use crate::report::quantity::{duration, number, percent, stream_time};

use super::figures::Kind;

/// A range of more than two decades is drawn logarithmically.
const DECADES: f64 = 100.0;
/// A limit of a band above everything is drawn when it is at most so many times as far.
const NEAR: f64 = 1.5;
/// The same on a logarithmic axis.
const NEAR_LOGARITHMIC: f64 = 10.0;

const SECOND: f64 = 1.0 / 60.0;
const HOUR: f64 = 60.0;
const DAY: f64 = 24.0 * HOUR;

/// Steps between labels of durations, in minutes.
const STEPS: [f64; 28] = [
    SECOND,
    2.0 * SECOND,
    5.0 * SECOND,
    10.0 * SECOND,
    15.0 * SECOND,
    30.0 * SECOND,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    HOUR,
    2.0 * HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
    DAY,
    2.0 * DAY,
    5.0 * DAY,
    10.0 * DAY,
    20.0 * DAY,
    50.0 * DAY,
    100.0 * DAY,
    200.0 * DAY,
    500.0 * DAY,
    1000.0 * DAY,
    2000.0 * DAY,
];

/// Labels of a logarithmic axis of durations, in minutes.
const DURATIONS: [f64; 13] = [
    SECOND,
    10.0 * SECOND,
    1.0,
    10.0,
    HOUR,
    6.0 * HOUR,
    DAY,
    7.0 * DAY,
    30.0 * DAY,
    90.0 * DAY,
    365.0 * DAY,
    3650.0 * DAY,
    36_500.0 * DAY,
];

/// A vertical axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    /// The value at the bottom.
    pub(super) low: f64,
    /// The value at the top; greater than `low`.
    pub(super) high: f64,
    /// Whether equal distances are equal ratios.
    pub(super) is_logarithmic: bool,
    ticks: Vec<f64>,
    kind: Kind,
}

impl Scale {
    /// The axis of some values; `None` where no value is a number. `limits` are those of bands, which
    /// stretch it a little where they are near.
    pub(super) fn of(kind: Kind, values: &[f64], limits: &[f64]) -> Option<Self> {
        let finite = || {
            let values = values.iter().copied();
            values.filter(|value| value.is_finite() && *value >= 0.0)
        };
        let most = finite().reduce(f64::max)?;
        let least = finite().filter(|value| *value > 0.0).reduce(f64::min);
        let least = least.unwrap_or(0.0);
        let has_zero = finite().any(|value| value == 0.0);
        let is_duration = matches!(kind, Kind::Minutes | Kind::Hours);
        if is_duration && !has_zero && most > DECADES * least {
            return Some(Self::logarithmic(kind, least, most, limits));
        }
        let above = limits.iter().copied().filter(|limit| *limit > most);
        let near = above.filter(|limit| *limit <= most * NEAR).reduce(f64::min);
        let wanted = near.unwrap_or(most);
        let factor = match kind {
            Kind::Rate(unit) => unit.convert(1.0),
            _ => 1.0,
        };
        let step = step(kind, wanted * factor) / factor;
        let mut high = (wanted / step - 1e-9).ceil().max(1.0) * step;
        if kind == Kind::Share {
            high = high.min(1.0);
        }
        let count = (high / step + 1e-9).floor() as usize;
        Some(Self {
            low: 0.0,
            high,
            is_logarithmic: false,
            ticks: (0..=count.min(10)).map(|tick| tick as f64 * step).collect(),
            kind,
        })
    }

    fn logarithmic(kind: Kind, least: f64, most: f64, limits: &[f64]) -> Self {
        let unit = match kind {
            Kind::Hours => 60.0,
            _ => 1.0,
        };
        let near_above = limits
            .iter()
            .copied()
            .filter(|limit| *limit > most && *limit <= most * NEAR_LOGARITHMIC);
        let near_below = limits
            .iter()
            .copied()
            .filter(|limit| *limit < least && *limit * NEAR_LOGARITHMIC >= least);
        let most = near_above.reduce(f64::min).unwrap_or(most);
        let least = near_below.reduce(f64::max).unwrap_or(least);
        let labels = || DURATIONS.iter().map(|minutes| minutes / unit);
        let low = labels().rfind(|label| *label <= least).unwrap_or(least);
        let high = labels().find(|label| *label >= most).unwrap_or(most);
        Self {
            low,
            high: high.max(low * 2.0),
            is_logarithmic: true,
            ticks: labels()
                .filter(|label| (low..=high).contains(label))
                .collect(),
            kind,
        }
    }

    /// How far up a value lies, 0 at the bottom and 1 at the top; values outside lie at the ends.
    pub(super) fn height(&self, value: f64) -> f64 {
        let share = match self.is_logarithmic {
            true => (value / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        if share.is_nan() {
            return 0.0;
        }
        share.clamp(0.0, 1.0)
    }

    /// Whether a value lies on it.
    pub(super) fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The labels: value and text.
    pub(super) fn labels(&self) -> Vec<(f64, String)> {
        self.ticks
            .iter()
            .map(|&tick| (tick, self.label(tick)))
            .collect()
    }

    fn label(&self, value: f64) -> String {
        if value == 0.0 {
            return "0".to_owned();
        }
        match self.kind {
            Kind::Rate(unit) => number(unit.convert(value), 3),
            Kind::Minutes => duration(value),
            Kind::Hours => stream_time(value),
            Kind::Share => percent(value),
            Kind::PerWeek | Kind::Items => number(value, 3),
        }
    }
}

/// A step that puts at most five labels on an axis from 0 to `high`.
fn step(kind: Kind, high: f64) -> f64 {
    let least = high / 4.0;
    if least <= 0.0 || !least.is_finite() {
        return match kind {
            Kind::Share => 0.25,
            _ => 1.0,
        };
    }
    let unit = match kind {
        Kind::Minutes => Some(1.0),
        Kind::Hours => Some(60.0),
        _ => None,
    };
    let listed = unit.and_then(|unit| {
        let steps = STEPS.iter().map(|minutes| minutes / unit);
        steps.into_iter().find(|step| *step >= least)
    });
    listed.unwrap_or_else(|| {
        let power = 10_f64.powf(least.log10().floor());
        let round = [1.0, 2.0, 5.0, 10.0];
        let found = round
            .iter()
            .find(|size| **size * power >= least * (1.0 - 1e-9));
        found.unwrap_or(&10.0) * power
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::quantity::RateUnit;

    fn labels(kind: Kind, values: &[f64], limits: &[f64]) -> Vec<String> {
        let scale = Scale::of(kind, values, limits).unwrap();
        scale.labels().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn a_linear_axis_begins_at_zero_and_has_round_labels() {
        assert_eq!(
            labels(Kind::Minutes, &[30.0, 170.0], &[]),
            ["0", "1 h", "2 h", "3 h"]
        );
        assert_eq!(
            labels(Kind::Share, &[0.18, 0.02], &[]),
            ["0", "5 %", "10 %", "15 %", "20 %"]
        );
        assert_eq!(labels(Kind::Items, &[7.0], &[]), ["0", "2", "4", "6", "8"]);
        assert_eq!(
            labels(Kind::Hours, &[40.0], &[]),
            ["0", "12 h", "24 h", "36 h", "2.0 d"]
        );
    }

    #[test]
    fn all_labels_of_a_rate_are_in_one_unit() {
        // At most 0.5 a day: 3.5 a week.
        let weekly = Kind::Rate(RateUnit::of(0.5));
        let scale = Scale::of(weekly, &[0.1, 0.5], &[]).unwrap();
        assert_eq!(labels(weekly, &[0.1, 0.5], &[]), ["0", "1", "2", "3", "4"]);
        assert!((scale.high - 4.0 / 7.0).abs() < 1e-12);
    }

    #[test]
    fn more_than_two_decades_of_durations_are_logarithmic() {
        let scale = Scale::of(Kind::Minutes, &[5.0, 2000.0], &[60.0]).unwrap();
        assert!(scale.is_logarithmic);
        assert_eq!(
            labels(Kind::Minutes, &[5.0, 2000.0], &[60.0]),
            ["1 min", "10 min", "1 h", "6 h", "1 d", "7 d"]
        );
        assert!((scale.height(1.0), scale.height(10_080.0)) == (0.0, 1.0));
        let hundred = Scale::of(Kind::Minutes, &[5.0, 500.0], &[]).unwrap();
        assert!(!hundred.is_logarithmic, "exactly two decades are not more");
        let zero = Scale::of(Kind::Minutes, &[0.0, 5.0, 5000.0], &[]).unwrap();
        assert!(!zero.is_logarithmic, "zero has no logarithm");
        assert!(
            !Scale::of(Kind::Share, &[0.001, 0.9], &[])
                .unwrap()
                .is_logarithmic
        );
    }

    #[test]
    fn a_limit_that_is_near_stretches_the_axis_and_others_do_not() {
        let high = |limit| Scale::of(Kind::Minutes, &[50.0], &[limit]).unwrap().high;
        assert_eq!(high(60.0), 60.0);
        assert_eq!(high(1440.0), 60.0, "four steps of 15 minutes");
        assert_eq!(high(75.0), 90.0);
    }

    #[test]
    fn constants_zeros_and_monsters_have_an_axis_and_nothing_has_none() {
        assert_eq!(Scale::of(Kind::Minutes, &[], &[60.0]), None);
        assert_eq!(Scale::of(Kind::Minutes, &[f64::NAN], &[]), None);
        for kind in [
            Kind::Rate(RateUnit::Month),
            Kind::Minutes,
            Kind::Hours,
            Kind::Share,
            Kind::PerWeek,
            Kind::Items,
        ] {
            for values in [&[0.0][..], &[1e-9], &[1.0; 3], &[1e300], &[1e-12, 1e12]] {
                let scale = Scale::of(kind, values, &[]).unwrap();
                assert!(scale.high > scale.low, "{kind:?} {values:?} {scale:?}");
                assert!(!scale.labels().is_empty(), "{kind:?} {values:?}");
                let heights = values.iter().map(|value| scale.height(*value));
                assert!(heights.into_iter().all(|at| (0.0..=1.0).contains(&at)));
            }
        }
        let share = Scale::of(Kind::Share, &[0.9], &[]).unwrap();
        assert_eq!(share.high, 1.0);
    }
}
