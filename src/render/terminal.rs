//! The report on one screen (spec 5.1): title, the four metrics, the overall band, what waits, what
//! to do, what to know. The table itself is `card`; everything behind it is `verbose`.

use chrono::{DateTime, Days, NaiveTime, Utc};

use crate::model::{Band, Notice};
use crate::report::Report;

use super::calendar;
use super::card;
use super::measure;
use super::page::Page;
use super::remarks;

use super::style::{Style, Tone};
use crate::report::quantity::{self, plural};

/// Notices on the default screen.
const NOTICES_SHOWN: usize = 4;
/// The default screen of one report.
pub(super) fn screen(page: &mut Page<'_>, report: &Report) {
    card::title(page, report);
    page.blank();
    card::metrics(page, report);
    page.blank();
    summary(page, report);
    remarks::recommendations(page, report, remarks::lines_each(page.style));
    remarks::notices(page, report, NOTICES_SHOWN, remarks::lines_each(page.style));
    next(page, report);
}

/// One block per environment under one heading.
pub(super) fn all(page: &mut Page<'_>, reports: &[Report]) {
    let Some(first) = reports.first() else {
        page.paragraph(
            " ",
            Tone::Faint,
            "no environment: nothing was deployed here yet",
            2,
        );
        return;
    };
    let (style, asked) = (page.style, &first.asked);
    let mut parts = Vec::new();
    if !first.repository.is_empty() {
        parts.push(style.foreign_within(&first.repository, 30));
    }
    parts.push("all environments".to_owned());
    parts.push(card::span(&first.period, &first.timezone, style));
    parts.push(card::bands(first, style));
    page.parts("", &parts, &[]);
    for report in reports {
        page.blank();
        let environment = card::environment(report, style);
        page.line(&environment, &[(environment.as_str(), Tone::Strong)]);
        card::metrics(page, report);
        overall(page, report);
    }
    page.blank();
    let most: Vec<&Notice> = reports.iter().flat_map(|report| &report.notices).collect();
    if !most.is_empty() {
        let distinct = most.iter().map(|notice| (&notice.code, &notice.message));
        let count = distinct.collect::<std::collections::BTreeSet<_>>().len();
        let words = format!(
            "{}: {}",
            plural(count, "notice"),
            style.foreign(&asked.of_environment("all").command("report --verbose"))
        );
        page.paragraph(
            " ! ",
            Tone::Notable,
            &words,
            remarks::lines_each(page.style),
        );
    }
    let next = style.foreign(&asked.of_environment("NAME").command("report"));
    page.parts(" next: ", &[next], &[("next:", Tone::Faint)]);
}

/// What the table adds up to: overall band, silence, what waits, what is open.
pub(super) fn summary(page: &mut Page<'_>, report: &Report) {
    overall(page, report);
    silence(page, report);
    waiting(page, report);
    open_outages(page, report);
    doubt(page, report);
}

/// The overall band, what holds it back and what the best band asks of that.
pub(super) fn overall(page: &mut Page<'_>, report: &Report) {
    let words = overall_words(report, page.style);
    let tone = report.overall_band.map_or(Tone::Faint, Tone::of_band);
    let name = report.overall_band.map(|band| band.name().to_uppercase());
    let name = name.as_deref().unwrap_or("no data");
    page.wrapped(
        " ",
        &words,
        &[(name, tone)],
        remarks::lines_each(page.style),
    );
}

/// The same as a sentence without its full stop.
pub(super) fn overall_words(report: &Report, style: &Style) -> String {
    let Some(band) = report.overall_band else {
        let measures = measure::four(&report.metrics);
        let has_standing = measures.iter().any(|measure| measure.standing.is_some());
        return match has_standing {
            true => "Overall: no band in this profile, see the standings above".to_owned(),
            false => "Overall: no data".to_owned(),
        };
    };
    let measures = measure::four(&report.metrics);
    let held: Vec<String> = report
        .held_back_by
        .iter()
        .map(|key| match measure::name_of_key(key) {
            Some(name) => name.long.to_lowercase().replace(", median", ""),
            None => style.foreign_within(key, 30),
        })
        .collect();
    let mut words = format!("Overall: {}", band.name().to_uppercase());
    if held.is_empty() {
        return words;
    }
    words.push_str(&format!(", held back by {}", listed(&held)));
    // The report carries the limit of the best band only.
    if band.better() == Some(Band::Elite) {
        let asked: Vec<String> = measures
            .iter()
            .filter(|measure| {
                report
                    .held_back_by
                    .iter()
                    .any(|key| key == measure.name.key)
            })
            .map(|measure| measure.target(report, style))
            .filter(|target| !target.is_empty())
            .collect();
        // With several the targets in the table are easier to read.
        if let [asked] = asked.as_slice() {
            words.push_str(&format!("; elite asks for {asked}"));
        }
    }
    words
}

/// `a`, `a and b`, `a, b and c`.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A period in which nothing was deployed, when something was before.
fn silence(page: &mut Page<'_>, report: &Report) {
    let nothing = report.deployments.is_empty() && report.metrics.deployment_frequency.count == 0;
    let before = |at: &DateTime<Utc>| nothing && *at < report.period.start;
    let Some(last) = report.last_deployment_at.filter(before) else {
        return;
    };
    let zone = calendar::zone(&report.timezone);
    let month = calendar::month(last, zone);
    let words = format!(
        "Nothing was deployed in this period. The last deployment was on {}: {}, or \
         --as-of {}",
        calendar::minute(last, zone),
        page.style
            .foreign(&report.asked.of_period(month).command("report")),
        calendar::instant(day_after(last)),
    );
    page.paragraph(" ! ", Tone::Notable, &words, 3);
}

/// The midnight (UTC) after an instant, so that the instant lies before it.
fn day_after(at: DateTime<Utc>) -> DateTime<Utc> {
    at.date_naive()
        .checked_add_days(Days::new(1))
        .map_or(at, |day| day.and_time(NaiveTime::MIN).and_utc())
}

fn waiting(page: &mut Page<'_>, report: &Report) {
    let waiting = &report.metrics.lead_time.waiting;
    let reason = waiting
        .reason
        .as_deref()
        .map(|reason| page.style.foreign_within(reason, 160));
    let reason = reason
        .map(|reason| format!(" ({reason})"))
        .unwrap_or_default();
    let words = match (waiting.count, waiting.oldest_minutes) {
        (None, _) => format!("Waiting to be deployed: no data{reason}"),
        (Some(0), _) => format!("Nothing waits to be deployed{reason}"),
        (Some(count), Some(age)) => format!(
            "Waiting to be deployed: {}, the oldest {}{reason}",
            plural(count, "change"),
            quantity::duration(age)
        ),
        (Some(count), None) => {
            format!(
                "Waiting to be deployed: {}{reason}",
                plural(count, "change")
            )
        }
    };
    page.paragraph(" ", Tone::Faint, &words, remarks::lines_each(page.style));
}

fn open_outages(page: &mut Page<'_>, report: &Report) {
    let open = report.metrics.mttr.open;
    if open == 0 {
        return;
    }
    let ages = report.outages.iter().filter(|outage| outage.end.is_none());
    let oldest = ages.map(|outage| outage.minutes).fold(0.0, f64::max);
    let age = match oldest > 0.0 {
        true if open == 1 => format!(", for {}", quantity::duration(oldest)),
        true => format!(", the oldest for {}", quantity::duration(oldest)),
        false => String::new(),
    };
    let words = format!("{} not ended yet{age}", plural(open, "outage"));
    page.paragraph(" ! ", Tone::Poor, &words, remarks::lines_each(page.style));
}

/// What the question mark means, when there is one.
fn doubt(page: &mut Page<'_>, report: &Report) {
    let measures = measure::four(&report.metrics);
    if measures.iter().any(measure::Measure::is_doubtful) {
        let words = "too few observations, or the 95 % interval reaches into another band";
        page.paragraph(" ? ", Tone::Faint, words, remarks::lines_each(page.style));
    }
}

/// Where to go from here.
fn next(page: &mut Page<'_>, report: &Report) {
    let commands = if report.environment.is_empty() {
        // Nothing to open yet: say how data gets here.
        ["dora init", "dora demo"].map(str::to_owned).into()
    } else {
        // The number that holds the band back is the one to open.
        let asked = &report.asked;
        vec![
            asked.why_held_back(&report.held_back_by),
            asked.command("report --verbose"),
            asked.command("report --export report.csv"),
        ]
    };
    let commands: Vec<String> = commands
        .iter()
        .map(|command| page.style.foreign(command))
        .collect();
    page.parts(" next: ", &commands, &[("next:", Tone::Faint)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    fn shown(report: &Report) -> String {
        let style = Style::default();
        let mut page = Page::new(&style);
        screen(&mut page, report);
        page.finish()
    }

    #[test]
    fn the_overall_line_says_what_holds_the_band_back() {
        let mut report = sample::report();
        let words = |report: &Report| overall_words(report, &Style::default());
        assert_eq!(words(&report), "Overall: ELITE");
        report.overall_band = Some(Band::High);
        report.held_back_by = vec!["lead_time".to_owned(), "change_failure_rate".to_owned()];
        assert_eq!(
            words(&report),
            "Overall: HIGH, held back by lead time and change failure rate"
        );
        report.held_back_by.truncate(1);
        assert_eq!(
            words(&report),
            "Overall: HIGH, held back by lead time; elite asks for < 1 h"
        );
        report.overall_band = Some(Band::Low);
        report.held_back_by = vec!["mttr".to_owned()];
        assert_eq!(words(&report), "Overall: LOW, held back by time to restore");
        report.overall_band = None;
        assert_eq!(words(&report), "Overall: no data");
    }

    #[test]
    fn a_silent_period_names_the_last_deployment_and_how_to_see_it() {
        let text = shown(&sample::no_data());
        assert!(
            text.contains("The last deployment was on 2026-05-11\n   15:30:"),
            "{text}"
        );
        assert!(text.contains("--period 2026-05"), "{text}");
        assert!(text.contains("--as-of 2026-05-12T00:00:00Z"), "{text}");
    }

    #[test]
    fn incomplete_data_comes_first_and_the_rest_is_counted() {
        let mut report = sample::report();
        let spare = report.notices.clone();
        report.notices.extend(spare.iter().cloned());
        report.notices.extend(spare);
        let text = shown(&report);
        let bangs: Vec<&str> = text.lines().filter(|line| line.starts_with(" !")).collect();
        assert_eq!(bangs.len(), 4, "{text}");
        assert!(bangs[2].contains("name no commit") && bangs[3].contains("small sample"));
        assert!(text.contains("and 2 more: dora report --verbose"), "{text}");
    }

    #[test]
    fn a_repository_without_deployments_is_told_how_to_begin() {
        let mut report = sample::no_data();
        report.environment = String::new();
        let text = shown(&report);
        assert!(
            text.starts_with("shop · no environment · 2026-07-21"),
            "{text}"
        );
        assert!(text.ends_with(" next: dora init · dora demo\n"), "{text}");
    }

    #[test]
    fn the_default_screen_fits_a_terminal() {
        for report in [sample::report(), sample::no_data()] {
            let text = shown(&report);
            assert!(text.lines().count() <= 23, "{text}");
            assert!(text.is_ascii() || text.lines().all(|line| line.chars().count() <= 80));
        }
    }
}
