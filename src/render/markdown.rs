//! The Markdown export (spec 3.5): a table per section and the deployments in a details block.
//! Nothing in it changes between two runs but what the report says. Foreign text is escaped here;
//! the wording is `measure`'s.

use std::fmt::Write as _;

use crate::report::{Document, Report};

use super::calendar;
use super::card;
use super::censored;
use super::change::Detail;
use super::chart;
use super::lists;
use super::measure;
use super::remarks;
use super::stages;
use super::style::{Charset, Style};
use super::terminal;
use crate::report::quantity::{duration, percent, plural};

/// The whole document.
pub(super) fn text(document: &Document) -> String {
    let mut text = String::new();
    for (index, report) in document.reports().iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        sections(&mut text, report);
    }
    text
}

fn sections(text: &mut String, report: &Report) {
    let style = Style::default();
    let subject = card::subject(report, &style).join(", ");
    let span = card::span(&report.period, &report.timezone, &style);
    line(text, &format!("# Delivery report: {}", escaped(&subject)));
    let bands = style.foreign(&report.definitions.bands);
    line(text, "");
    line(
        text,
        &format!("{}. Bands: {}.", escaped(&span), escaped(&bands)),
    );
    metrics(text, report, &style);
    lead_time(text, report, &style);
    stages_of_pull_requests(text, report, &style);
    failures(text, report, &style);
    weeks(text, report, &style);
    components(text, report, &style);
    left_out(text, report, &style);
    remarks(text, report, &style);
    deployments(text, report, &style);
}

fn metrics(text: &mut String, report: &Report, style: &Style) {
    heading(text, "Metrics");
    let versus = escaped(&card::versus(report, style));
    header(
        text,
        &["Metric", "Now", "Target", "Band", &versus, "n"],
        &[5],
    );
    let measures = measure::four(&report.metrics);
    for measure in measures.iter().chain([&measure::rework(&report.metrics)]) {
        let now = match (measure.now(), measure.fraction) {
            (None, _) => format!("no data: {}", escaped(&measure.why_not(style))),
            (Some(now), None) => now,
            (Some(now), Some((part, whole))) => format!("{now} ({part}/{whole})"),
        };
        let band = match (measure.value.and(measure.band), measure.standing) {
            (Some(band), _) if measure.is_doubtful() => format!("{} (?)", band.name()),
            (Some(band), _) => band.name().to_owned(),
            (None, Some(standing)) => escaped(&style.foreign_within(standing, 30)),
            (None, None) => String::new(),
        };
        row(
            text,
            &[
                measure.name.long,
                &now,
                &escaped(&measure.target(report, style)),
                &band,
                &measure.change(style, Detail::Full).0,
                &measure.count.to_string(),
            ],
        );
    }
    line(text, "");
    line(
        text,
        &format!("{}.", escaped(&terminal::overall_words(report, style))),
    );
    if measures.iter().any(measure::Measure::is_doubtful) {
        line(text, "");
        line(
            text,
            "(?) too few observations, or the 95 % interval reaches into another band.",
        );
    }
}

fn lead_time(text: &mut String, report: &Report, style: &Style) {
    let metric = &report.metrics.lead_time;
    if metric.value.is_some() {
        heading(text, "Lead time for changes");
        header(text, &["p50", "p75", "p90", "p95", "slowest"], &[]);
        let of = lists::or_nothing;
        let percentiles = &metric.percentiles;
        row(
            text,
            &[
                &of(percentiles.p50),
                &of(percentiles.p75),
                &of(percentiles.p90),
                &of(percentiles.p95),
                &of(metric.slowest),
            ],
        );
        let of_all = metric.censored_median.as_ref();
        if let Some(words) = censored::words(of_all, ["deployed", "waiting"], style) {
            line(text, "");
            line(
                text,
                &format!("Median with what waits: {}", escaped(&words)),
            );
        }
    }
    if !report.lead_time_distribution.is_empty() {
        line(text, "");
        header(text, &["Lead time", "Changes", "Share"], &[1, 2]);
        let mut below = None;
        for bar in &report.lead_time_distribution {
            let label = match (bar.up_to_minutes, below) {
                (Some(limit), _) => format!("≤ {}", duration(limit)),
                (None, Some(limit)) => format!("more than {}", duration(limit)),
                (None, None) => "all".to_owned(),
            };
            below = bar.up_to_minutes.or(below);
            row(text, &[&label, &bar.count.to_string(), &percent(bar.share)]);
        }
    }
    if !report.slowest_changes.is_empty() {
        line(text, "");
        header(text, &["Slowest", "Commit", "Change"], &[]);
        for change in &report.slowest_changes {
            row(
                text,
                &[
                    &duration(change.lead_time_minutes),
                    &escaped(&lists::short_version(&change.commit, style)),
                    &escaped(&style.foreign(&change.subject)),
                ],
            );
        }
    }
}

fn stages_of_pull_requests(text: &mut String, report: &Report, style: &Style) {
    let Some(stages) = &report.metrics.lead_time.stages else {
        return;
    };
    heading(text, stages::TITLE);
    if let Some(why_not) = stages::why_not(&stages.people, style) {
        line(text, &format!("{}.", escaped(&why_not)));
    } else {
        let columns = ["Stage", "Median", "p75", "p90", "n", "Left out"];
        header(text, &columns, &[4, 5]);
        for cells in stages::rows(&stages.people) {
            row(text, &cells.each_ref().map(String::as_str));
        }
    }
    if let Some(bots) = stages::bots(stages, report, style) {
        line(text, "");
        line(text, &format!("{}.", escaped(&bots)));
    }
}

fn failures(text: &mut String, report: &Report, style: &Style) {
    if !report.metrics.change_failure_rate.by_rule.is_empty() {
        heading(text, "Failures");
        header(text, &["Rule", "Deployments"], &[1]);
        for (rule, count) in &report.metrics.change_failure_rate.by_rule {
            row(text, &[&escaped(&style.foreign(rule)), &count.to_string()]);
        }
    }
    if report.outages.is_empty() {
        return;
    }
    heading(text, "Outages");
    header(text, &["From", "To", "Length"], &[]);
    let zone = calendar::zone(&report.timezone);
    for outage in &report.outages {
        let end = outage.end.map(|end| calendar::minute(end, zone));
        row(
            text,
            &[
                &calendar::minute(outage.start, zone),
                end.as_deref().unwrap_or("open"),
                &duration(outage.minutes),
            ],
        );
    }
    let of_all = report.metrics.mttr.censored_median.as_ref();
    if let Some(words) = censored::words(of_all, ["ended", "open"], style) {
        line(text, "");
        line(
            text,
            &format!("Median with what is open: {}", escaped(&words)),
        );
    }
}

fn weeks(text: &mut String, report: &Report, style: &Style) {
    if report.weeks.is_empty() {
        return;
    }
    heading(text, "Weeks");
    header(
        text,
        &["Week", "Deployments", "Lead time", "Failures", "Restore"],
        &[1],
    );
    let of = lists::or_nothing;
    for week in &report.weeks {
        let name = escaped(&style.foreign(&week.week));
        let name = if week.complete {
            name
        } else {
            format!("{name} (not a whole week)")
        };
        row(
            text,
            &[
                &name,
                &week.deployments.to_string(),
                &of(week.lead_time_minutes),
                &week
                    .change_failure_rate
                    .map_or_else(|| "-".to_owned(), percent),
                &of(week.restore_minutes),
            ],
        );
    }
    line(text, "");
    let [frequency, ..] = measure::four(&report.metrics);
    let line_of_weeks = chart::sparkline(&frequency.weeks(&report.weeks), Charset::Unicode);
    line(text, &format!("Deployments per week: {line_of_weeks}"));
}

fn components(text: &mut String, report: &Report, style: &Style) {
    if report.components.is_empty() {
        return;
    }
    heading(text, "Components");
    let columns = [
        "Component",
        "Deployments",
        "Changes",
        "Lead time",
        "Failed",
        "Unresolved",
    ];
    header(text, &columns, &[1, 2, 4, 5]);
    for component in &report.components {
        row(
            text,
            &[
                &escaped(&style.foreign(&component.name)),
                &component.deployments.to_string(),
                &component.changes.to_string(),
                &lists::or_nothing(component.lead_time_minutes),
                &component.failed.to_string(),
                &component.unresolved.to_string(),
            ],
        );
    }
}

fn left_out(text: &mut String, report: &Report, style: &Style) {
    if report.left_out.is_empty() {
        return;
    }
    heading(text, "Left out");
    header(text, &["What", "n", "Rule"], &[1]);
    for left_out in &report.left_out {
        row(
            text,
            &[
                &escaped(&style.foreign(&left_out.what)),
                &left_out.count.to_string(),
                &escaped(&style.foreign(&left_out.rule)),
            ],
        );
    }
}

fn remarks(text: &mut String, report: &Report, style: &Style) {
    if !report.recommendations.is_empty() {
        heading(text, "To do");
        for advice in &report.recommendations {
            let command = remarks::led_in(": ", advice.command.as_deref(), style);
            let words = format!("{}{command}", style.foreign(&advice.text));
            line(text, &format!("- {}", escaped(&words)));
        }
    }
    if !report.notices.is_empty() {
        heading(text, "Notices");
        for notice in remarks::by_weight(&report.notices) {
            let hint = remarks::led_in(": ", notice.hint.as_deref(), style);
            let words = format!("{}{hint}", style.foreign(&notice.message));
            line(text, &format!("- {}", escaped(&words)));
        }
    }
}

fn deployments(text: &mut String, report: &Report, style: &Style) {
    if report.deployments.is_empty() {
        return;
    }
    let zone = calendar::zone(&report.timezone);
    line(text, "");
    let count = plural(report.deployments.len(), "row");
    line(
        text,
        &format!("<details><summary>Deployments ({count})</summary>"),
    );
    line(text, "");
    let columns = [
        "Time",
        "Components",
        "Changes",
        "Lead time",
        "Verdict",
        "Evidence",
    ];
    header(text, &columns, &[2]);
    for deployment in &report.deployments {
        let (verdict, _) = lists::verdict(deployment, style);
        let evidence: Vec<_> = deployment
            .evidence
            .iter()
            .map(|evidence| match evidence.names_its_rule() {
                true => style.foreign(&evidence.detail),
                false => style.foreign(&format!("{}: {}", evidence.rule, evidence.detail)),
            })
            .collect();
        row(
            text,
            &[
                &calendar::minute(deployment.timestamp, zone),
                &escaped(&lists::versions(&deployment.components, style)),
                &deployment.changes.to_string(),
                &lists::or_nothing(deployment.lead_time_minutes),
                &escaped(&verdict),
                &escaped(&evidence.join("; ")),
            ],
        );
    }
    line(text, "");
    line(text, "</details>");
}

/// A line of the document.
pub(super) fn line(text: &mut String, words: &str) {
    // Writing into a string does not fail.
    let _ = writeln!(text, "{words}");
}

/// A heading with blank lines around it.
pub(super) fn heading(text: &mut String, words: &str) {
    line(text, "");
    line(text, &format!("## {words}"));
    line(text, "");
}

/// The head of a table; `right` are the columns of counts.
pub(super) fn header(text: &mut String, titles: &[&str], right: &[usize]) {
    row(text, titles);
    let rule = |column| {
        if right.contains(&column) {
            "---:"
        } else {
            "---"
        }
    };
    let rules: Vec<_> = (0..titles.len()).map(rule).collect();
    row(text, &rules);
}

/// A row of a table.
pub(super) fn row(text: &mut String, cells: &[&str]) {
    line(text, &format!("| {} |", cells.join(" | ")));
}

/// A blank without width, between characters that would make a link or a mention together. An escape
/// would not do: many renderers look for those in the text that the escapes have become.
const NOTHING: &str = "&#8203;";

/// Safe text that Markdown shows as it is: no table cell, code, link, formula, tag or mention can
/// begin in it.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let (before, from) = text.split_at(at);
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '$' => escaped.push_str("&#36;"),
            '@' => {
                escaped.push_str("&#64;");
                escaped.push_str(NOTHING);
            }
            ':' if from.starts_with("://") => {
                escaped.push(':');
                escaped.push_str(NOTHING);
            }
            '.' if ends_in_www(before) => {
                escaped.push_str(NOTHING);
                escaped.push('.');
            }
            '|' | '`' | '[' | ']' | '*' | '_' | '\\' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

fn ends_in_www(text: &str) -> bool {
    let mut last = text.bytes().rev();
    (0..3).all(|_| {
        last.next()
            .is_some_and(|byte| byte.eq_ignore_ascii_case(&b'w'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{hostile, sample};

    fn text_of(report: Report) -> String {
        text(&Document::One(Box::new(report)))
    }

    #[test]
    fn foreign_text_cannot_leave_its_cell() {
        assert_eq!(
            escaped("a|b `c` <i> [x](y) @all \\| *_#~ &"),
            "a\\|b \\`c\\` &lt;i&gt; \\[x\\](y) &#64;&#8203;all \\\\\\| \\*\\_\\#\\~ &amp;"
        );
        let plain = text_of(sample::report());
        let hostile = text_of(hostile::with_foreign_text("x|y\n\n## z | <b>"));
        let cells = |text: &str| -> Vec<usize> {
            let rows = text.lines().filter(|line| line.starts_with('|'));
            rows.map(|line| line.replace("\\|", "").matches('|').count())
                .collect()
        };
        // Two more rows: one more environment is no table here, one more rule is.
        assert_eq!(cells(&hostile).len(), cells(&plain).len() + 1);
        assert!(
            !hostile.contains("\n## z") && !hostile.contains("<b>"),
            "{hostile}"
        );
    }

    #[test]
    fn foreign_text_becomes_no_link_mention_or_formula() {
        for (text, safe) in [
            ("http://a.b/c", "http:&#8203;//a.b/c"),
            (
                "see HTTPS://A.B, ftp://x",
                "see HTTPS:&#8203;//A.B, ftp:&#8203;//x",
            ),
            ("www.a.b (WWW.a)", "www&#8203;.a.b (WWW&#8203;.a)"),
            ("me@a.b", "me&#64;&#8203;a.b"),
            ("$x$ $$y$$", "&#36;x&#36; &#36;&#36;y&#36;&#36;"),
            ("a: b. c:d w.x ww.y 漢w.", "a: b. c:d w.x ww.y 漢w."),
        ] {
            assert_eq!(escaped(text), safe);
        }
    }

    #[test]
    fn an_attempt_is_called_what_the_terminal_calls_it() {
        let mut report = sample::report();
        for row in &mut report.deployments {
            row.kind = "attempt".to_owned();
            row.failed = true;
        }
        let text = text_of(report);
        assert!(
            text.contains("| attempt |") && !text.contains("| failed |"),
            "{text}"
        );
    }

    #[test]
    fn the_text_holds_no_instant_but_the_periods() {
        let mut later = sample::report();
        later.generated_at = sample::at("2027-01-01T00:00:00Z");
        later.tool_version = "9.9.9".to_owned();
        assert_eq!(text_of(later), text_of(sample::report()));
    }

    #[test]
    fn no_data_is_said_with_its_reason() {
        let text = text_of(sample::no_data());
        assert!(text.contains("| Time to restore | no data: no outage ended in the period |"));
        assert!(!text.contains("<details>"));
    }
}
