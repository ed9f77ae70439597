//! Profiles of bands in words. The limits are code (`metrics::bands`) and not copied from a document.

use crate::metrics::Metric;
use crate::metrics::bands::{Comparator, Limit, Profile};
use crate::model::Band;
use crate::report::quantity::{number, percent};

use super::document::{Entry, Kind, LimitRow};

/// Minutes of a day, and of DORA's own month of 730 hours.
const DAY: f64 = 1440.0;
const MONTH: f64 = 43_800.0;

/// One entry per profile that comes with dora.
pub(super) fn entries() -> Vec<Entry> {
    let profiles = Profile::names()
        .into_iter()
        .filter_map(|name| Profile::named(name).ok());
    profiles.map(|profile| entry(&profile)).collect()
}

fn entry(profile: &Profile) -> Entry {
    let text = format!("A profile of bands, from {}.", profile.source);
    let mut entry = Entry::new(Kind::Profile, profile.name, text)
        .also(format!("profile {}", profile.name))
        .fact("note", profile.note.unwrap_or_default());
    for metric in Metric::ALL {
        let written = |band| profile.limit(metric, band).map(|it| limit(metric, it));
        if profile.best(metric).is_some() {
            entry.limits.push(LimitRow {
                metric: name(metric),
                elite: written(Band::Elite),
                high: written(Band::High),
                medium: written(Band::Medium),
            });
        }
        let standings: Vec<String> = profile
            .standings(metric)
            .map(|(it, top)| format!("{}: top {} %", limit(metric, it), number(top, 1)))
            .collect();
        entry = entry.fact(title(metric), standings.join("; "));
    }
    entry.on("docs/metrics/bands-and-trends.md")
}

fn name(metric: Metric) -> &'static str {
    match metric {
        Metric::DeploymentFrequency => "deployment-frequency",
        Metric::LeadTime => "lead-time",
        Metric::ChangeFailureRate => "change-failure-rate",
        Metric::TimeToRestore => "time-to-restore",
    }
}

fn title(metric: Metric) -> &'static str {
    match metric {
        Metric::DeploymentFrequency => "deployment frequency",
        Metric::LeadTime => "lead time for changes",
        Metric::ChangeFailureRate => "change failure rate",
        Metric::TimeToRestore => "time to restore",
    }
}

/// `≥ 1 a day`, `< 7 d`, `≤ 15 %`.
fn limit(metric: Metric, limit: Limit) -> String {
    let sign = match limit.comparator {
        Comparator::AtLeast => "≥",
        Comparator::Below => "<",
        Comparator::AtMost => "≤",
    };
    let value = limit.value;
    let said = match metric {
        Metric::DeploymentFrequency => rate(value),
        Metric::ChangeFailureRate => percent(value),
        Metric::LeadTime | Metric::TimeToRestore => span(value),
    };
    format!("{sign} {said}")
}

/// Limits of so many a week or a year are told so: per day they are no round numbers.
fn rate(per_day: f64) -> String {
    let is = |times: f64, days: f64| (per_day * days - times).abs() < 1e-9;
    if is(1.0, 7.0) {
        "1 a week".to_owned()
    } else if is(12.0, 365.0) {
        "1 a month".to_owned()
    } else if is(2.0, 365.0) {
        "1 in 6 months".to_owned()
    } else {
        format!("{} a day", number(per_day, 2))
    }
}

fn span(minutes: f64) -> String {
    let months = minutes / MONTH;
    if months == 1.0 {
        "1 month".to_owned()
    } else if months > 1.0 {
        format!("{} months", number(months, 1))
    } else if minutes >= DAY {
        format!("{} d", number(minutes / DAY, 1))
    } else {
        format!("{} h", number(minutes / 60.0, 1))
    }
}
