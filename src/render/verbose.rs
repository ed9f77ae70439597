//! `--verbose`: behind every number its spread, its chart and its breakdown. The lists of single
//! deployments, outages and changes are in `lists`.

use crate::report::github::GithubData;
use crate::report::quantity::{self, RateUnit, duration, percent, plural};
use crate::report::{DistributionBar, Report, WeekRow};

use super::calendar::{self, instant};
use super::card;
use super::censored;
use super::change::Detail;
use super::chart::Bar;
use super::flow;
use super::lists;
use super::measure::{self, Kind, Measure};
use super::page::Page;
use super::remarks;
use super::stages;
use super::style::Style;
use super::terminal;

/// Everything there is to say.
pub(super) fn screen(page: &mut Page<'_>, report: &Report) {
    card::title(page, report);
    page.blank();
    card::metrics(page, report);
    page.blank();
    terminal::summary(page, report);
    let [frequency, lead_time, failures, restore] = measure::four(&report.metrics);
    deployment_frequency(page, report, &frequency);
    lead_time_for_changes(page, report, &lead_time);
    change_failure_rate(page, report, &failures);
    time_to_restore(page, report, &restore);
    rework_rate(page, report);
    lists::components(page, report);
    lists::deployments(page, report);
    lists::left_out(page, report);
    if let Some(flow) = &report.flow {
        page.heading("Value stream");
        flow::summary_lines(page, flow);
    }
    definitions(page, report);
    if !report.recommendations.is_empty() {
        page.heading("To do");
        remarks::recommendations(page, report, usize::MAX);
    }
    if !report.notices.is_empty() {
        page.heading("Notices");
        remarks::notices(page, report, usize::MAX, usize::MAX);
    }
}

fn deployment_frequency(page: &mut Page<'_>, report: &Report, measure: &Measure<'_>) {
    let metric = &report.metrics.deployment_frequency;
    page.heading(measure.name.long);
    let days = quantity::number(metric.days, 1);
    let mut facts = headline(measure, page.style);
    facts.push((
        "counted",
        format!("{} in {days} days", plural(metric.count, "deployment")),
    ));
    facts.extend(interval(measure, "exact Poisson"));
    if let Some(days) = metric.deploy_days_per_week {
        let days = quantity::number(days, 1);
        facts.push((
            "days with a deployment",
            format!("{days} in the median week"),
        ));
    }
    if !report.deployment_source_detail.is_empty() {
        let source = page.style.foreign(&report.deployment_source_detail);
        facts.push(("read from", source));
    }
    page.facts(&facts);
    let rows = deployments_per_bucket(report, page.style);
    if rows.iter().any(|row| row.value > 0.0) {
        page.blank();
        page.bars(&rows);
    }
    if metric.breakdown.len() > 1 {
        page.blank();
        let bars: Vec<_> = metric
            .breakdown
            .iter()
            .map(|(environment, per_day)| Bar {
                label: page.style.foreign_within(environment, 24),
                value: *per_day,
                text: quantity::rate(*per_day),
            })
            .collect();
        page.bars(&bars);
    }
}

/// How many weeks are charted one by one; more are charted by the month they begin in, and more
/// than five years of them by the year.
const CHARTED_WEEKS: usize = 26;

/// Deployments per day where the report has days, else per week, month or year.
fn deployments_per_bucket(report: &Report, style: &Style) -> Vec<Bar> {
    let bar = |label: String, deployments: usize, note: &str| Bar {
        label,
        value: deployments as f64,
        text: format!("{deployments}{note}"),
    };
    if !report.days.is_empty() {
        let days = report.days.iter();
        return days
            .map(|day| {
                bar(
                    day.date.format("%Y-%m-%d %a").to_string(),
                    day.deployments,
                    "",
                )
            })
            .collect();
    }
    let weeks = report.weeks.as_slice();
    if weeks.len() <= CHARTED_WEEKS {
        let note = |complete: bool| if complete { "" } else { " (not a whole week)" };
        return weeks
            .iter()
            .map(|week| {
                let label = style.foreign_within(&week.week, 10);
                bar(label, week.deployments, note(week.complete))
            })
            .collect();
    }
    let unit = if weeks.len() > 5 * 53 { "%Y" } else { "%Y-%m" };
    let zone = calendar::zone(&report.timezone);
    let bucket = |week: &WeekRow| {
        // The Thursday of an ISO week lies in the month and year that hold most of it.
        let thursday = week.start.checked_add_signed(chrono::TimeDelta::hours(84));
        calendar::local(thursday.unwrap_or(week.start), zone)
            .format(unit)
            .to_string()
    };
    weeks
        .chunk_by(|a, b| bucket(a) == bucket(b))
        .map(|weeks| {
            let deployments = weeks.iter().map(|week| week.deployments).sum();
            bar(bucket(&weeks[0]), deployments, "")
        })
        .collect()
}

fn lead_time_for_changes(page: &mut Page<'_>, report: &Report, measure: &Measure<'_>) {
    let metric = &report.metrics.lead_time;
    page.heading("Lead time for changes");
    let mut facts = headline(measure, page.style);
    let percentiles = [
        ("p50", metric.percentiles.p50),
        ("p75", metric.percentiles.p75),
        ("p90", metric.percentiles.p90),
        ("p95", metric.percentiles.p95),
        ("slowest", metric.slowest),
    ];
    let said: Vec<String> = percentiles
        .into_iter()
        .filter_map(|(name, minutes)| Some(format!("{name} {}", duration(minutes?))))
        .collect();
    if !said.is_empty() {
        facts.push(("percentiles", said.join(&format!(" {} ", page.style.dot()))));
    }
    facts.extend(interval(measure, "order statistics"));
    let of_all = metric.censored_median.as_ref();
    let words = censored::words(of_all, ["deployed", "waiting"], page.style);
    facts.extend(words.map(|words| ("with what waits", words)));
    page.facts(&facts);
    if !report.lead_time_distribution.is_empty() {
        page.blank();
        page.bars(&distribution(&report.lead_time_distribution, page.style));
    }
    lists::slowest_changes(page, report);
    stages::section(page, report);
}

fn distribution(bars: &[DistributionBar], style: &Style) -> Vec<Bar> {
    let mut below = None;
    bars.iter()
        .map(|bar| {
            let label = match (bar.up_to_minutes, below) {
                (Some(limit), _) => format!("{} {}", style.at_most(), duration(limit)),
                (None, Some(limit)) => format!("> {}", duration(limit)),
                (None, None) => "all".to_owned(),
            };
            below = bar.up_to_minutes.or(below);
            Bar {
                label,
                value: bar.count as f64,
                text: format!("{} ({})", bar.count, percent(bar.share)),
            }
        })
        .collect()
}

fn change_failure_rate(page: &mut Page<'_>, report: &Report, measure: &Measure<'_>) {
    let metric = &report.metrics.change_failure_rate;
    page.heading(measure.name.long);
    let mut facts = headline(measure, page.style);
    facts.extend(interval(measure, "Wilson"));
    if metric.attempts > 0 {
        let attempts = plural(metric.attempts, "attempt");
        facts.push(("of them", format!("{attempts} that did not come through")));
    }
    page.facts(&facts);
    if !metric.by_rule.is_empty() {
        page.blank();
        let bars: Vec<_> = metric
            .by_rule
            .iter()
            .map(|(rule, count)| Bar {
                label: page.style.foreign_within(rule, 16),
                value: *count as f64,
                text: count.to_string(),
            })
            .collect();
        page.bars(&bars);
    }
}

fn time_to_restore(page: &mut Page<'_>, report: &Report, measure: &Measure<'_>) {
    let metric = &report.metrics.mttr;
    page.heading(measure.name.long);
    let mut facts = headline(measure, page.style);
    if let (Some(fastest), Some(slowest)) = (metric.fastest, metric.slowest) {
        let dot = page.style.dot();
        let spread = format!(
            "fastest {} {dot} slowest {}",
            duration(fastest),
            duration(slowest)
        );
        facts.push(("spread", spread));
    }
    facts.extend(interval(measure, "order statistics"));
    let of_all = metric.censored_median.as_ref();
    let words = censored::words(of_all, ["ended", "open"], page.style);
    facts.extend(words.map(|words| ("with what is open", words)));
    if metric.open > 0 {
        facts.push(("not ended yet", plural(metric.open, "outage")));
    }
    page.facts(&facts);
    lists::outages(page, report);
    lists::incidents(page, report);
}

fn rework_rate(page: &mut Page<'_>, report: &Report) {
    let measure = measure::rework(&report.metrics);
    page.heading(measure.name.long);
    let facts = headline(&measure, page.style);
    page.facts(&facts);
}

/// The value with its sample, band and change in words, or why there is none.
fn headline<'a>(measure: &Measure<'_>, style: &Style) -> Vec<(&'a str, String)> {
    let Some(now) = measure.now() else {
        return vec![("no data", measure.why_not(style))];
    };
    let value = match measure.fraction {
        Some((part, whole)) => {
            let noun = plural(whole, measure.name.counted);
            format!("{now} ({part} of {noun})")
        }
        None if measure.kind == Kind::Duration => {
            let noun = plural(measure.count, measure.name.counted);
            format!("{now} (median of {noun})")
        }
        None => now,
    };
    let mut facts = vec![("value", value)];
    if let Some(band) = measure.band {
        let certainty = measure.certainty_words();
        facts.push(("band", format!("{}, {certainty}", band.name())));
    }
    if let Some(trend) = measure.trend.filter(|_| measure.value.is_some()) {
        let change = match (measure.movement(style, Detail::Full), trend.previous_value) {
            (Some(movement), Some(previous)) => format!(
                "{movement} from {}, {}",
                measure.quantity(previous),
                measure.judgement()
            ),
            _ => "no comparison with the previous period".to_owned(),
        };
        facts.push(("change", change));
    }
    facts
}

fn interval<'a>(measure: &Measure<'_>, method: &str) -> Option<(&'a str, String)> {
    let [low, high] = measure.interval?;
    let ends = match measure.kind {
        Kind::Rate => {
            let unit = RateUnit::of(measure.value.unwrap_or(high));
            format!(
                "{} to {} /{}",
                unit.number(low),
                unit.number(high),
                unit.name()
            )
        }
        Kind::Duration | Kind::Share => {
            format!("{} to {}", measure.quantity(low), measure.quantity(high))
        }
    };
    Some(("95 % interval", format!("{ends} ({method})")))
}

fn definitions(page: &mut Page<'_>, report: &Report) {
    page.heading("Definitions");
    let style = page.style;
    let definitions = &report.definitions;
    let rules: Vec<_> = definitions
        .failure_rules
        .iter()
        .map(|rule| style.foreign(rule))
        .collect();
    let mut facts = vec![
        (
            "period",
            format!(
                "{} to {}",
                instant(report.period.start),
                instant(report.period.end)
            ),
        ),
        (
            "previous",
            format!(
                "{} to {}",
                instant(report.previous_period.start),
                instant(report.previous_period.end)
            ),
        ),
        ("as of", instant(report.generated_at)),
        ("bands", style.foreign(&definitions.bands)),
        (
            "lead time",
            format!(
                "from {} time to the first deployment that contains the change",
                style.foreign(&definitions.lead_time_start)
            ),
        ),
        ("failure rules", rules.join(", ")),
        (
            "windows",
            format!(
                "hotfix {} min, incident {} h",
                definitions.hotfix_window_minutes, definitions.incident_window_hours
            ),
        ),
    ];
    if let Some(github) = &report.github {
        facts.push(("GitHub", github_data(github, style)));
    }
    page.facts(&facts);
}

/// Of when the data of GitHub is: `github.com/acme/shop, runs of 2026-03-09T09:00:00Z, issues never`.
fn github_data(github: &GithubData, style: &Style) -> String {
    let mut said = vec![style.foreign(&github.repository)];
    said.extend(github.asked.iter().map(|asked| {
        let kind = style.foreign(&asked.kind);
        match asked.at {
            Some(at) => format!("{kind} of {}", instant(at)),
            None => format!("{kind} never"),
        }
    }));
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn a_short_period_has_a_bar_per_day() {
        let mut report = sample::report();
        let date = |day| chrono::NaiveDate::from_ymd_opt(2026, 8, day).unwrap();
        report.days = (17..20)
            .map(|day| crate::report::DayRow {
                date: date(day),
                deployments: day as usize - 17,
            })
            .collect();
        let bars = deployments_per_bucket(&report, &Style::default());
        let said: Vec<_> = bars
            .iter()
            .map(|bar| (bar.label.as_str(), bar.text.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                ("2026-08-17 Mon", "0"),
                ("2026-08-18 Tue", "1"),
                ("2026-08-19 Wed", "2")
            ]
        );
    }

    #[test]
    fn the_last_bar_of_the_distribution_is_open() {
        let bars = distribution(&sample::report().lead_time_distribution, &Style::default());
        assert_eq!(bars[0].label, "≤ 15 min");
        assert_eq!(bars[0].text, "31 (21.1 %)");
        assert_eq!(bars[5].label, "> 7 d");
    }

    #[test]
    fn the_data_of_github_is_told_with_its_time() {
        use crate::report::github::KindAsked;
        let asked = |kind: &str, at| KindAsked {
            kind: kind.to_owned(),
            at,
        };
        let monday = crate::model::instant_from_epoch(1_773_046_800);
        let github = GithubData {
            repository: "github.com/acme/shop".to_owned(),
            asked: vec![asked("runs", Some(monday)), asked("issues", None)],
        };
        assert_eq!(
            github_data(&github, &Style::default()),
            "github.com/acme/shop, runs of 2026-03-09T09:00:00Z, issues never"
        );
    }

    #[test]
    fn intervals_name_their_method_and_unit() {
        let report = sample::report();
        let [frequency, lead_time, failures, restore] = measure::four(&report.metrics);
        let said = |measure, method| interval(measure, method).map(|(_, words)| words);
        assert_eq!(
            said(&frequency, "exact Poisson").as_deref(),
            Some("1.4 to 2.3 /day (exact Poisson)")
        );
        assert_eq!(
            said(&lead_time, "m").as_deref(),
            Some("37 min to 51 min 30 s (m)")
        );
        assert_eq!(
            said(&failures, "Wilson").as_deref(),
            Some("4 % to 19.9 % (Wilson)")
        );
        assert_eq!(said(&restore, "m"), None);
    }
}
