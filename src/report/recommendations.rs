//! What to do next: at most three sentences, each tied to a number of the report. No praise, no
//! blame, no names of people.

use crate::metrics::{Limit, Metric, Profile};
use crate::model::{Band, Judgement, shell_word};

use super::document::{Metrics, Recommendation, Report, Trend};
use super::quantity::{duration, percent, plural, rate};

/// How many are given.
const AT_MOST: usize = 3;
/// Changes that wait longer than this are worth a word whatever the usual lead time is, in minutes.
const LONG_WAIT: f64 = 7.0 * 1440.0;
/// A rule that explains at least this share of the failures is worth a word.
const LARGE_SHARE: f64 = 0.5;

/// The recommendations for a report, most urgent first.
pub(super) fn of(report: &Report, profile: &Profile) -> Vec<Recommendation> {
    let mut list = Vec::new();
    list.extend(open_outage(report));
    list.extend(missing_data(report));
    list.extend(held_back(report, profile));
    list.extend(degrading(report));
    list.extend(waiting(report));
    list.extend(largest_share(report));
    list.truncate(AT_MOST);
    list
}

fn recommendation(code: &str, text: String, command: String) -> Recommendation {
    Recommendation {
        code: code.to_owned(),
        text,
        command: Some(command),
    }
}

fn open_outage(report: &Report) -> Option<Recommendation> {
    let open = || report.outages.iter().filter(|outage| outage.end.is_none());
    let longest = open().max_by(|a, b| a.minutes.total_cmp(&b.minutes))?;
    // What people recorded they can end; an issue is closed where it is.
    let recorded = longest
        .incidents
        .iter()
        .find(|id| id.starts_with("incident-"));
    let resolve = recorded.map(|id| format!("dora incident resolve {}", shell_word(id)));
    let what = match &resolve {
        Some(_) => "an incident of it is open",
        None => "nothing has repaired it yet",
    };
    Some(recommendation(
        "open-outage",
        format!(
            "{} without an end, the longest for {}: {what}",
            plural(open().count(), "failed deployment"),
            duration(longest.minutes)
        ),
        resolve.unwrap_or_else(|| report.asked.why(Metric::TimeToRestore)),
    ))
}

/// The first thing that makes the data incomplete and has a way out.
fn missing_data(report: &Report) -> Option<Recommendation> {
    let notice = report
        .notices
        .iter()
        .find(|notice| notice.incomplete && notice.hint.is_some())?;
    let hint = notice.hint.clone()?;
    let command = hint.starts_with("git ").then_some(hint.clone());
    let text = match notice.code.as_str() {
        "version-unresolved" => {
            format!(
                "{} cannot be traced to commits: {hint}",
                plural(notice.count, "deployment")
            )
        }
        "shallow-clone" => "the history is cut short: fetch all of it".to_owned(),
        code if code.starts_with("github-") => {
            let about = notice.message.split(": ").next().unwrap_or_default();
            format!("{about}: {hint}")
        }
        _ => hint,
    };
    Some(Recommendation {
        code: "missing-data".to_owned(),
        text,
        command,
    })
}

/// A metric inside a sentence.
pub(super) fn name(metric: Metric) -> &'static str {
    match metric {
        Metric::DeploymentFrequency => "deployment frequency",
        Metric::LeadTime => "lead time",
        Metric::ChangeFailureRate => "change failure rate",
        Metric::TimeToRestore => "time to restore",
    }
}

/// What every metric says of itself: band, value and trend.
pub(super) fn numbers(metrics: &Metrics, metric: Metric) -> (Option<Band>, Option<f64>, &Trend) {
    match metric {
        Metric::DeploymentFrequency => {
            let it = &metrics.deployment_frequency;
            (it.band, it.value, &it.trend)
        }
        Metric::LeadTime => (
            metrics.lead_time.band,
            metrics.lead_time.value,
            &metrics.lead_time.trend,
        ),
        Metric::ChangeFailureRate => {
            let it = &metrics.change_failure_rate;
            (it.band, it.value, &it.trend)
        }
        Metric::TimeToRestore => (metrics.mttr.band, metrics.mttr.value, &metrics.mttr.trend),
    }
}

/// A value of a metric with its unit.
pub(super) fn said(metric: Metric, value: f64) -> String {
    match metric {
        Metric::DeploymentFrequency => rate(value),
        Metric::LeadTime | Metric::TimeToRestore => duration(value),
        Metric::ChangeFailureRate => percent(value),
    }
}

/// What a band asks for, in words: `under 1 h`, `at least 1 /day`.
pub(super) fn asks(metric: Metric, limit: Limit) -> String {
    use crate::metrics::Comparator;
    let word = match limit.comparator {
        Comparator::AtLeast => "at least",
        Comparator::Below => "under",
        Comparator::AtMost => "at most",
    };
    format!("{word} {}", said(metric, limit.value))
}

fn held_back(report: &Report, profile: &Profile) -> Option<Recommendation> {
    let metric = Metric::ALL
        .into_iter()
        .find(|metric| report.held_back_by.iter().any(|key| key == metric.key()))?;
    let (band, value, _) = numbers(&report.metrics, metric);
    let (band, value) = (band?, value?);
    let (next, limit) = profile.next_better(metric, band)?;
    Some(recommendation(
        "held-back",
        format!(
            "{} → {}: {} {} (now {})",
            band.name(),
            next.name(),
            name(metric),
            asks(metric, limit),
            said(metric, value)
        ),
        report.asked.why(metric),
    ))
}

fn degrading(report: &Report) -> Option<Recommendation> {
    Metric::ALL.into_iter().find_map(|metric| {
        let (_, value, trend) = numbers(&report.metrics, metric);
        let is_worse = trend.direction == Judgement::Degrading && trend.significant == Some(true);
        let (value, previous) = (value?, trend.previous_value?);
        is_worse.then(|| {
            recommendation(
                "degrading",
                format!(
                    "{} got worse, from {} to {}, more than chance explains",
                    name(metric),
                    said(metric, previous),
                    said(metric, value)
                ),
                report.asked.command("report --compare"),
            )
        })
    })
}

fn waiting(report: &Report) -> Option<Recommendation> {
    let waiting = &report.metrics.lead_time.waiting;
    let (count, oldest) = (waiting.count?, waiting.oldest_minutes?);
    let usual = report
        .metrics
        .lead_time
        .percentiles
        .p90
        .unwrap_or(LONG_WAIT);
    (count > 0 && (oldest > usual || oldest > LONG_WAIT)).then(|| {
        recommendation(
            "waiting",
            format!(
                "{} not deployed to {} yet, the oldest for {}",
                plural(count, "change"),
                report.environment,
                duration(oldest)
            ),
            report.asked.command("why waiting"),
        )
    })
}

fn largest_share(report: &Report) -> Option<Recommendation> {
    let rate = &report.metrics.change_failure_rate;
    let (rule, &count) = rate
        .by_rule
        .iter()
        .max_by_key(|(rule, count)| (**count, std::cmp::Reverse(rule.as_str())))?;
    (rate.failed >= 2 && count as f64 >= LARGE_SHARE * rate.failed as f64).then(|| {
        recommendation(
            "failures-by-rule",
            format!("{count} of {} failures show as {rule}", rate.failed),
            report.asked.why(Metric::ChangeFailureRate),
        )
    })
}
