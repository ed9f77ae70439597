//! `--accessible`: one plain sentence per metric, for screen readers and for reading aloud. No
//! tables, no charts, no signs that carry meaning. The words are those of the other screens.

use crate::model::Judgement;
use crate::report::Report;

use super::calendar;
use super::card;
use super::censored;
use super::flow;
use super::measure::{self, Kind, Measure};
use super::page::Page;
use super::remarks;
use super::stages;
use super::style::Style;
use crate::report::quantity::{self, RateUnit, duration_in_words, plural};

/// The report in sentences; with `details` also the deployments.
pub(super) fn sentences(page: &mut Page<'_>, report: &Report, details: bool) {
    let style = page.style;
    page.sentence(&opening(report, style));
    for measure in measure::four(&report.metrics) {
        page.sentence(&metric(&measure, style));
    }
    if details {
        page.sentence(&metric(&measure::rework(&report.metrics), style));
        let metrics = &report.metrics;
        for (lead, of_all, of) in [
            (
                "Lead time with what waits",
                &metrics.lead_time.censored_median,
                ["deployed", "waiting"],
            ),
            (
                "Time to restore with what is open",
                &metrics.mttr.censored_median,
                ["ended", "open"],
            ),
        ] {
            if let Some(words) = censored::words(of_all.as_ref(), of, style) {
                page.sentence(&format!("{lead}: {words}."));
            }
        }
        stages::sentences(page, report);
    }
    page.sentence(&match report.overall_band {
        Some(band) => format!("Overall band: {}.", band.name()),
        None => "Overall band: no data.".to_owned(),
    });
    page.sentence(&waiting(report, style));
    if report.metrics.mttr.open > 0 {
        page.sentence(&format!(
            "Not ended yet: {}.",
            plural(report.metrics.mttr.open, "outage")
        ));
    }
    if details {
        deployments(page, report);
        if let Some(flow) = &report.flow {
            flow::summary_sentences(page, flow);
        }
    }
    for advice in &report.recommendations {
        let command = remarks::led_in(" Command: ", advice.command.as_deref(), style);
        page.sentence(&format!("To do: {}.{command}", style.foreign(&advice.text)));
    }
    for notice in remarks::by_weight(&report.notices) {
        let hint = remarks::led_in(" Hint: ", notice.hint.as_deref(), style);
        page.sentence(&format!(
            "Notice: {}.{hint}",
            style.foreign(&notice.message)
        ));
    }
}

fn opening(report: &Report, style: &Style) -> String {
    let period = &report.period;
    let zone = calendar::zone(&report.timezone);
    let (start, end) = calendar::ends(period.start, period.end, zone);
    let days = quantity::number(period.days, 1);
    format!(
        "Delivery report of {}, from {start} to {end}, {days} days, zone {}, bands of profile {}.",
        card::subject(report, style).join(", "),
        zone.name(),
        style.foreign_within(&report.definitions.bands, 20)
    )
}

fn metric(measure: &Measure<'_>, style: &Style) -> String {
    let name = match measure.name.key {
        "lead_time" => "Lead time for changes",
        _ => measure.name.long,
    };
    let Some(value) = measure.value else {
        return format!("{name}: no data, {}.", measure.why_not(style));
    };
    let mut sentence = format!("{name}: {}", spoken(measure.kind, value, value));
    match (measure.band, measure.standing) {
        (Some(band), _) => {
            sentence.push_str(&format!(
                ", band {}, {}",
                band.name(),
                measure.certainty_words()
            ));
        }
        (None, Some(standing)) => {
            sentence.push_str(&format!(", {}", style.foreign_within(standing, 30)));
        }
        (None, None) => {}
    }
    if let Some(change) = change(measure, value) {
        sentence.push_str(&format!("; {change}"));
    }
    let counted = match measure.fraction {
        Some((part, whole)) => format!("{part} of {}", plural(whole, measure.name.counted)),
        None => plural(measure.count, measure.name.counted),
    };
    format!("{sentence}; {counted}.")
}

fn change(measure: &Measure<'_>, value: f64) -> Option<String> {
    let trend = measure.trend?;
    let Some(previous) = trend
        .previous_value
        .filter(|_| trend.direction != Judgement::Unknown)
    else {
        return Some("no comparison with the previous period".to_owned());
    };
    let change = value - previous;
    if change == 0.0 {
        return Some("the same as in the previous period, stable".to_owned());
    }
    let size = match measure.kind {
        Kind::Share => format!("{} percentage points", quantity::points(change.abs())),
        kind => spoken(kind, change.abs(), value),
    };
    let than = if change > 0.0 { "more" } else { "less" };
    Some(format!(
        "{size} {than} than in the previous period, {}",
        measure.judgement()
    ))
}

/// A quantity in words; a rate takes the unit that fits `like`.
fn spoken(kind: Kind, value: f64, like: f64) -> String {
    match kind {
        Kind::Rate => {
            let unit = RateUnit::of(like);
            format!("{} per {}", unit.number(value), unit.name())
        }
        Kind::Duration => duration_in_words(value),
        Kind::Share => format!("{} per cent", quantity::points(value)),
    }
}

fn waiting(report: &Report, style: &Style) -> String {
    let waiting = &report.metrics.lead_time.waiting;
    let reason = remarks::led_in(", ", waiting.reason.as_deref(), style);
    match (waiting.count, waiting.oldest_minutes) {
        (None, _) => format!("Waiting to be deployed: no data{reason}."),
        (Some(count), Some(age)) if count > 0 => format!(
            "Waiting to be deployed: {}, the oldest {}{reason}.",
            plural(count, "change"),
            duration_in_words(age)
        ),
        (Some(count), _) => {
            format!(
                "Waiting to be deployed: {}{reason}.",
                plural(count, "change")
            )
        }
    }
}

fn deployments(page: &mut Page<'_>, report: &Report) {
    let zone = calendar::zone(&report.timezone);
    let style = page.style;
    for row in &report.deployments {
        let names = row.components.iter();
        let names: Vec<_> = names.map(|c| style.foreign_within(&c.name, 40)).collect();
        let verdict = match (row.failed, row.rolled_back) {
            (true, _) => {
                let rules = row
                    .evidence
                    .iter()
                    .map(|e| style.foreign_within(&e.rule, 16));
                let rules: Vec<_> = rules.collect();
                format!("failed by rule {}", rules.join(", "))
            }
            (false, true) => "rolled back later".to_owned(),
            (false, false) => "did not fail".to_owned(),
        };
        page.sentence(&format!(
            "{} at {}: {}; {}; {verdict}.",
            capitalised(&style.foreign_within(&row.kind, 16)),
            calendar::minute(row.timestamp, zone),
            if names.is_empty() {
                "no component".to_owned()
            } else {
                names.join(", ")
            },
            plural(row.changes, "change"),
        ));
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;
    use crate::render::style::Charset;

    #[test]
    fn every_metric_is_one_plain_sentence() {
        let style = Style {
            accessible: true,
            charset: Charset::Ascii,
            ..Style::default()
        };
        let report = sample::report();
        let said: Vec<_> = measure::four(&report.metrics)
            .iter()
            .map(|m| metric(m, &style))
            .collect();
        assert_eq!(
            said,
            [
                "Deployment frequency: 1.8 per day, band elite, firm; 0.3 per day more than in the previous period, improving, within noise; 54 deployments.",
                "Lead time for changes: 42 minutes, band elite, firm; 8 minutes less than in the previous period, improving; 147 changes.",
                "Change failure rate: 9.3 per cent, band elite, likely; 1.9 percentage points less than in the previous period, improving, within noise; 5 of 54 deployments.",
                "Time to restore: 24 minutes, band elite, likely; the same as in the previous period, stable; 3 outages.",
            ]
        );
        let report = sample::no_data();
        let said = metric(&measure::four(&report.metrics)[3], &style);
        assert_eq!(
            said,
            "Time to restore: no data, no outage ended in the period."
        );
    }
}
