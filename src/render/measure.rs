//! One metric as every format says it: its names, its value, band, target and change in words.
//! The step between the report and the screens, so that no two of them can disagree. Only units
//! are chosen here; the numbers and judgements are the report's.

use crate::model::{Band, Certainty};
use crate::report::{Metrics, Report, Trend, WeekRow};

use super::style::{Style, Tone};
use crate::report::quantity::{self, RateUnit};

/// What kind of quantity a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Per day.
    Rate,
    /// Minutes.
    Duration,
    /// 0 to 1.
    Share,
}

/// The names of a metric.
#[derive(Debug)]
pub(super) struct Name {
    /// Key in the JSON export.
    pub(super) key: &'static str,
    /// In full.
    pub(super) full: &'static str,
    /// On a screen with room.
    pub(super) long: &'static str,
    /// On 80 columns and below.
    pub(super) short: &'static str,
    /// In one word, where there is hardly room for a value.
    pub(super) brief: &'static str,
    /// What it counts, in the singular.
    pub(super) counted: &'static str,
}

const FREQUENCY: Name = Name {
    key: "deployment_frequency",
    full: "Deployment Frequency",
    long: "Deployment frequency",
    short: "Deployments",
    brief: "Deploys",
    counted: "deployment",
};
const LEAD_TIME: Name = Name {
    key: "lead_time",
    full: "Lead Time for Changes",
    long: "Lead time, median",
    short: "Lead time",
    brief: "Lead",
    counted: "change",
};
const FAILURE_RATE: Name = Name {
    key: "change_failure_rate",
    full: "Change Failure Rate",
    long: "Change failure rate",
    short: "Failure rate",
    brief: "Failures",
    counted: "deployment",
};
const RESTORE: Name = Name {
    key: "mttr",
    full: "Time to Restore",
    long: "Time to restore",
    short: "Restore time",
    brief: "Restore",
    counted: "outage",
};
const REWORK: Name = Name {
    key: "rework_rate",
    full: "Rework Rate",
    long: "Rework rate",
    short: "Rework",
    brief: "Rework",
    counted: "deployment",
};

/// The metric with this JSON key in running text.
pub(super) fn name_of_key(key: &str) -> Option<&'static Name> {
    [&FREQUENCY, &LEAD_TIME, &FAILURE_RATE, &RESTORE, &REWORK]
        .into_iter()
        .find(|name| name.key == key)
}

/// One metric of one period.
#[derive(Debug)]
pub(super) struct Measure<'a> {
    pub(super) name: &'static Name,
    pub(super) kind: Kind,
    pub(super) value: Option<f64>,
    pub(super) count: usize,
    /// Numerator and denominator of a share.
    pub(super) fraction: Option<(usize, usize)>,
    pub(super) band: Option<Band>,
    pub(super) standing: Option<&'a str>,
    pub(super) certainty: Option<Certainty>,
    pub(super) target: Option<f64>,
    pub(super) interval: Option<[f64; 2]>,
    pub(super) trend: Option<&'a Trend>,
    pub(super) reason: Option<&'a str>,
}

/// The four metrics in reading order.
pub(super) fn four(metrics: &Metrics) -> [Measure<'_>; 4] {
    let frequency = &metrics.deployment_frequency;
    let lead_time = &metrics.lead_time;
    let failures = &metrics.change_failure_rate;
    let restore = &metrics.mttr;
    [
        Measure {
            name: &FREQUENCY,
            kind: Kind::Rate,
            value: frequency.value,
            count: frequency.count,
            fraction: None,
            band: frequency.band,
            standing: frequency.standing.as_deref(),
            certainty: frequency.certainty,
            target: frequency.target,
            interval: frequency.interval95,
            trend: Some(&frequency.trend),
            reason: frequency.reason.as_deref(),
        },
        Measure {
            name: &LEAD_TIME,
            kind: Kind::Duration,
            value: lead_time.value,
            count: lead_time.count,
            fraction: None,
            band: lead_time.band,
            standing: lead_time.standing.as_deref(),
            certainty: lead_time.certainty,
            target: lead_time.target,
            interval: lead_time.interval95,
            trend: Some(&lead_time.trend),
            reason: lead_time.reason.as_deref(),
        },
        Measure {
            name: &FAILURE_RATE,
            kind: Kind::Share,
            value: failures.value,
            count: failures.total,
            fraction: Some((failures.failed, failures.total)),
            band: failures.band,
            standing: failures.standing.as_deref(),
            certainty: failures.certainty,
            target: failures.target,
            interval: failures.interval95,
            trend: Some(&failures.trend),
            reason: failures.reason.as_deref(),
        },
        Measure {
            name: &RESTORE,
            kind: Kind::Duration,
            value: restore.value,
            count: restore.count,
            fraction: None,
            band: restore.band,
            standing: restore.standing.as_deref(),
            certainty: restore.certainty,
            target: restore.target,
            interval: restore.interval95,
            trend: Some(&restore.trend),
            reason: restore.reason.as_deref(),
        },
    ]
}

/// The fifth metric; it has no band and no trend.
pub(super) fn rework(metrics: &Metrics) -> Measure<'_> {
    let rework = &metrics.rework_rate;
    Measure {
        name: &REWORK,
        kind: Kind::Share,
        value: rework.value,
        count: rework.total,
        fraction: Some((rework.rework, rework.total)),
        band: None,
        standing: None,
        certainty: None,
        target: None,
        interval: None,
        trend: None,
        reason: rework.reason.as_deref(),
    }
}

/// Whether limits of the failure rate belong to their band: those of the yearly reports do.
fn shares_are_inclusive(report: &Report) -> bool {
    let bands = &report.definitions.bands;
    bands.len() == 4 && bands.bytes().all(|byte| byte.is_ascii_digit())
}

impl Measure<'_> {
    /// A quantity of this metric's kind.
    pub(super) fn quantity(&self, value: f64) -> String {
        match self.kind {
            Kind::Rate => quantity::rate(value),
            Kind::Duration => quantity::duration(value),
            Kind::Share => quantity::percent(value),
        }
    }

    /// The value: `1.8 /day`, `42 min`, `9.3 %`; `None` without data.
    pub(super) fn now(&self) -> Option<String> {
        self.value.map(|value| self.quantity(value))
    }

    /// What the value rests on: `54`, or `5/54` for a share.
    pub(super) fn sample(&self) -> String {
        match self.fraction {
            Some((part, whole)) => format!("{part}/{whole}"),
            None => self.count.to_string(),
        }
    }

    /// The limit of the best band: `≥ 1/day`, `< 1 h`, `< 15 %`.
    pub(super) fn target(&self, report: &Report, style: &Style) -> String {
        let Some(target) = self.target else {
            return String::new();
        };
        match self.kind {
            Kind::Rate => {
                let unit = RateUnit::of(target);
                let limit = unit.limit(target);
                format!("{} {limit}/{}", style.at_least(), unit.name())
            }
            Kind::Duration => format!("< {}", quantity::duration(target)),
            Kind::Share => {
                let sign = match shares_are_inclusive(report) {
                    true => style.at_most(),
                    false => "<",
                };
                format!("{sign} {}", quantity::percent(target))
            }
        }
    }

    /// The band as a chip: `[ELITE]`, `[ELITE?]` when it is not firm, `[top 22.7 %]`, `[no data]`.
    pub(super) fn chip(&self, style: &Style) -> (String, Tone) {
        if self.value.is_none() {
            return ("[no data]".to_owned(), Tone::Faint);
        }
        let doubt = if self.is_doubtful() { "?" } else { "" };
        match (self.band, self.standing) {
            (Some(band), _) => (
                format!("[{}{doubt}]", band.name().to_uppercase()),
                Tone::of_band(band),
            ),
            (None, Some(standing)) => {
                let standing = style.foreign_within(standing, 14);
                (format!("[{standing}{doubt}]"), Tone::Strong)
            }
            (None, None) => (String::new(), Tone::Faint),
        }
    }

    /// Whether there is a band or standing that is not firm.
    pub(super) fn is_doubtful(&self) -> bool {
        self.value.is_some()
            && (self.band.is_some() || self.standing.is_some())
            && self.certainty != Some(Certainty::Firm)
    }

    /// How sure the band is, in words.
    pub(super) fn certainty_words(&self) -> &'static str {
        match self.certainty {
            Some(Certainty::Firm) => "firm",
            Some(Certainty::Likely) => "likely",
            Some(Certainty::Insufficient) | None => "too few observations to be sure",
        }
    }

    /// Why there is no value.
    pub(super) fn why_not(&self, style: &Style) -> String {
        style.foreign(self.reason.unwrap_or("nothing was measured"))
    }

    /// The weeks of this metric: `None` where a week has nothing to show.
    pub(super) fn weeks(&self, weeks: &[WeekRow]) -> Vec<Option<f64>> {
        weeks
            .iter()
            .map(|week| match self.name.key {
                "deployment_frequency" => Some(week.deployments as f64).filter(|&n| n > 0.0),
                "lead_time" => week.lead_time_minutes,
                "change_failure_rate" => week.change_failure_rate,
                _ => week.restore_minutes,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::change::Detail;
    use crate::render::sample;

    fn texts(report: &Report) -> Vec<[String; 4]> {
        let style = Style::default();
        four(&report.metrics)
            .iter()
            .map(|measure| {
                [
                    measure.now().unwrap_or_default(),
                    measure.target(report, &style),
                    measure.chip(&style).0,
                    measure.change(&style, Detail::Full).0,
                ]
            })
            .collect()
    }

    #[test]
    fn every_metric_says_value_target_band_and_change() {
        let said = texts(&sample::report());
        let expected = [
            [
                "1.8 /day",
                "≥ 1/day",
                "[ELITE]",
                "↑ 0.3 (20 %) within noise",
            ],
            ["42 min", "< 1 h", "[ELITE]", "↓ 8 min (16 %) improving"],
            ["9.3 %", "< 15 %", "[ELITE?]", "↓ 1.9 pt within noise"],
            ["24 min", "< 1 h", "[ELITE?]", "→ stable"],
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn the_yearly_profiles_include_their_failure_limit_and_2025_has_standings() {
        let mut report = sample::report();
        report.definitions.bands = "2024".to_owned();
        report.metrics.change_failure_rate.target = Some(0.05);
        assert_eq!(texts(&report)[2][1], "≤ 5 %");
        report.metrics.change_failure_rate.band = None;
        report.metrics.change_failure_rate.standing = Some("top 62.2 %".to_owned());
        assert_eq!(texts(&report)[2][2], "[top 62.2 %?]");
    }
}
