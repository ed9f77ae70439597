//! What stands behind the bands (spec 2.9): per metric its value, the limits of the profile and how sure the
//! band is; then the overall band, what holds it back and what the next one asks for.

use crate::metrics::{Comparator, Limit, Metric};
use crate::model::{Band, Certainty, Interval};
use crate::report::quantity::{RateUnit, duration_short, number, plural, points};
use crate::report::recommendations::{asks, name, said};

use super::document::{Cell, Column, Figure, Role, Section};
use super::question::{Case, Parts};

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let profile = case.inputs.profile;
    let rated = Metric::ALL.map(|metric| Rated::of(case, metric));
    let overall = profile.overall(&rated.each_ref().map(|it| (it.metric, it.band)));
    let held_back: Vec<&str> = overall.held_back_by.iter().map(|it| name(*it)).collect();
    let reason = match rated.iter().any(|it| it.value.is_some()) {
        true => format!(
            "profile {} is a distribution and has no bands",
            profile.name
        ),
        false => "no metric has a value".to_owned(),
    };
    let text = match overall.band {
        None => format!("no data: {reason}"),
        Some(band) if held_back.is_empty() => format!("{}, the best there is", band.name()),
        Some(band) => format!("{}, held back by {}", band.name(), in_words(&held_back)),
    };
    let mut arithmetic = Vec::new();
    let known: Vec<&str> = rated
        .iter()
        .filter_map(|it| it.band)
        .map(Band::name)
        .collect();
    if let Some(band) = overall.band {
        arithmetic.push(format!(
            "the worst of {} is {}",
            known.join(", "),
            band.name()
        ));
    }
    if rated.iter().all(|it| it.limits.is_empty()) {
        arithmetic.push(format!("the classes: dora explain {}", profile.name));
    }
    for metric in &overall.held_back_by {
        let rated = &rated[*metric as usize];
        let next = rated
            .band
            .and_then(|band| profile.next_better(*metric, band));
        if let (Some((next, limit)), Some(value), Some(band)) = (next, rated.value, rated.band) {
            arithmetic.push(format!(
                "{} → {}: {} {} (now {})",
                band.name(),
                next.name(),
                name(*metric),
                asks(*metric, limit),
                said(*metric, value)
            ));
        }
    }
    Parts {
        figure: Figure {
            // Best first: 0 is elite, 3 is low.
            value: overall.band.map(|band| f64::from(band as u8)),
            unit: "band_rank".to_owned(),
            text,
            interval95: None,
            reason: overall
                .band
                .is_none()
                .then(|| "no metric has a band".to_owned()),
        },
        definition: match rated.iter().all(|it| it.limits.is_empty()) {
            true => format!(
                "The place of every metric in the distribution of profile {}, which has no bands and \
                 so no worst one; a place is likely, and insufficient below 6 changes, 10 deployments \
                 and attempts, 3 outages or 14 days of record",
                profile.name
            ),
            false => format!(
                "The worst band among the metrics with data, by profile {}; a band is firm when the whole \
             95 % interval lies in it, likely when not, and insufficient below 6 changes, 10 deployments \
             and attempts, 3 outages or 14 days of record",
                profile.name
            ),
        },
        sections: vec![bands(&rated), certainty(&rated)],
        arithmetic,
    }
}

/// A metric, judged.
struct Rated {
    metric: Metric,
    value: Option<f64>,
    reason: Option<String>,
    band: Option<Band>,
    standing: Option<f64>,
    limits: Vec<(Band, Limit)>,
    certainty: Option<Certainty>,
    interval: Option<Interval>,
    sample_size: usize,
    days: f64,
}

impl Rated {
    fn of(case: &Case<'_>, metric: Metric) -> Self {
        let profile = case.inputs.profile;
        let measured = case.measures.headline(metric);
        let value = measured.value().copied();
        let days = case.measures.deployment_frequency.days;
        Self {
            metric,
            value,
            reason: measured.reason().map(str::to_owned),
            band: value.and_then(|value| profile.band(metric, value)),
            standing: value.and_then(|value| profile.standing(metric, value)),
            limits: profile.limits(metric).collect(),
            certainty: profile.certainty(metric, measured, days),
            interval: measured.interval(),
            sample_size: match measured {
                crate::model::Measured::Known { sample_size, .. } => *sample_size,
                crate::model::Measured::Unknown { .. } => 0,
            },
            days,
        }
    }

    /// The unit in which value, interval and limits are said.
    fn unit(&self) -> RateUnit {
        RateUnit::of(self.value.unwrap_or(1.0))
    }

    /// A number in that unit, without the unit where the value says it.
    fn bare(&self, value: f64) -> String {
        match self.metric {
            Metric::DeploymentFrequency => self.unit().number(value),
            Metric::LeadTime | Metric::TimeToRestore => duration_short(value),
            Metric::ChangeFailureRate => points(value),
        }
    }

    /// `≥1, 0.14, 0.03`: the limits of elite, high and medium, a sign where it changes and a dash where
    /// the profile has no such band; low is the rest. Empty where it has none at all.
    fn limits_said(&self) -> String {
        if self.limits.is_empty() {
            return String::new();
        }
        let mut before = None;
        let said = [Band::Elite, Band::High, Band::Medium].map(|band| {
            let Some((_, limit)) = self.limits.iter().find(|(other, _)| *other == band) else {
                return "-".to_owned();
            };
            let sign = match limit.comparator {
                Comparator::AtLeast => "≥",
                Comparator::Below => "<",
                Comparator::AtMost => "≤",
            };
            let is_new = before.replace(limit.comparator) != Some(limit.comparator);
            let value = match self.metric {
                Metric::DeploymentFrequency => self.unit().limit(limit.value),
                Metric::LeadTime | Metric::TimeToRestore => duration_short(limit.value),
                Metric::ChangeFailureRate => number(limit.value * 100.0, 1),
            };
            format!("{}{value}", if is_new { sign } else { "" })
        });
        said.join(", ")
    }
}

/// A line per metric, narrow enough for a screen of 80 columns.
fn bands(rated: &[Rated]) -> Section {
    let rows = rated.iter().map(|it| {
        let limit = |band: Band| {
            let found = it.limits.iter().find(|(other, _)| *other == band);
            found.map_or(Cell::None, |(_, limit)| {
                Cell::Count(limit.value).said_as("")
            })
        };
        let brief = match it.metric {
            Metric::DeploymentFrequency => "Deployments",
            Metric::LeadTime => "Lead time",
            Metric::ChangeFailureRate => "Failures",
            Metric::TimeToRestore => "Restore",
        };
        let value = it.value.map_or(Cell::None.said_as("no data"), |value| {
            let unit = match it.metric {
                Metric::DeploymentFrequency => format!("{} /{}", it.bare(value), it.unit().name()),
                _ => said(it.metric, value),
            };
            Cell::Count(value).said_as(unit)
        });
        let band = match (it.band, it.standing) {
            (Some(band), _) => Cell::text(band.name()),
            (None, Some(standing)) => Cell::text(format!("top {standing} %")),
            (None, None) => Cell::None,
        };
        let interval = it.interval.map_or(Cell::None, |Interval { low, high }| {
            let said = format!("{}–{}", it.bare(low), it.bare(high));
            Cell::Range([low, high]).said_as(said)
        });
        vec![
            Cell::text(it.metric.key()).said_as(brief),
            value,
            band,
            limit(Band::Elite),
            limit(Band::High),
            limit(Band::Medium),
            Cell::text(it.limits_said()),
            it.certainty.map_or(Cell::None, |it| Cell::text(sure(it))),
            interval,
        ]
    });
    Section {
        key: "bands",
        title: "Bands".to_owned(),
        role: Role::Counted,
        columns: vec![
            Column::new("metric", "metric"),
            Column::new("value", "now"),
            Column::new("band", "band"),
            Column::new("elite", "elite"),
            Column::new("high", "high"),
            Column::new("medium", "medium"),
            Column::new("limits", "limits"),
            Column::new("certainty", "certainty"),
            Column::new("interval95", "95 % interval"),
        ],
        rows: rows.collect(),
        when_empty: "none",
    }
}

fn sure(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Insufficient => "insufficient",
        Certainty::Likely => "likely",
        Certainty::Firm => "firm",
    }
}

/// Why each band is as sure as it is.
fn certainty(rated: &[Rated]) -> Section {
    let rows = rated.iter().map(|it| {
        let n = it.sample_size;
        let few = match it.metric {
            Metric::DeploymentFrequency => {
                format!("{} days of record, below 14", number(it.days, 2))
            }
            Metric::LeadTime => format!("{}, below 6", plural(n, "change")),
            Metric::ChangeFailureRate => format!("{n} deployments and attempts, below 10"),
            Metric::TimeToRestore => format!("{}, below 3", plural(n, "outage")),
        };
        let why = match (it.certainty, it.interval) {
            (None, _) => format!(
                "no data: {}",
                it.reason.as_deref().unwrap_or("nothing is known")
            ),
            (Some(Certainty::Insufficient), _) => format!("insufficient: {few}"),
            (Some(Certainty::Firm), _) => "firm: the whole interval lies in the band".to_owned(),
            (Some(Certainty::Likely), None) => format!("likely: {n} observations give no interval"),
            (Some(Certainty::Likely), Some(_)) => match it.limits.is_empty() {
                true => {
                    "likely: a distribution has no limits that an interval could keep".to_owned()
                }
                false => "likely: the interval reaches into another band".to_owned(),
            },
        };
        vec![
            Cell::text(it.metric.key()).said_as(name(it.metric)),
            Cell::text(why),
        ]
    });
    Section {
        key: "certainty",
        title: "How sure".to_owned(),
        role: Role::Beside,
        columns: vec![
            Column::new("metric", "metric"),
            Column::new("because", "because"),
        ],
        rows: rows.collect(),
        when_empty: "none",
    }
}

/// `a`, `a and b`, `a, b and c`.
fn in_words(names: &[&str]) -> String {
    match names {
        [first @ .., before, last] if !first.is_empty() => {
            format!("{}, {before} and {last}", first.join(", "))
        }
        _ => names.join(" and "),
    }
}
