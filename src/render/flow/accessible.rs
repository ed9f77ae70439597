//! `dora flow --accessible`: the report in plain sentences, for screen readers. No tables, no charts; the
//! words are those of the screen.

use crate::report::flow::FlowReport;
use crate::report::quantity::{percent, stream_time_in_words};

use super::Options;
use super::bar;
use super::figures::{self, KEY, STAGE};
use super::screen;
use super::tables;
use super::verbose;
use crate::render::calendar;
use crate::render::page::Page;
use crate::render::remarks;

/// Items in progress that are told one by one.
const AGEING: usize = 10;

/// The report in sentences; with `details` also every item.
pub(super) fn sentences(
    page: &mut Page<'_>,
    report: &FlowReport,
    details: bool,
    options: &Options,
) {
    let style = page.style;
    let zone = calendar::zone(&report.timezone);
    let (start, end) = calendar::ends(report.period.start, report.period.end, zone);
    let subject = screen::subject(&report.repository, "value stream", style).join(", ");
    let preset = screen::preset(report, style);
    page.sentence(&format!(
        "Report of {subject}, from {start} to {end}, zone {}, {preset}.",
        zone.name()
    ));
    if !figures::has_items(report) {
        page.sentence("No work item is known here yet. Command: dora import FILE.");
        return;
    }
    idea_to_cash(page, report);
    for figure in figures::figures(report, options, style) {
        let target = match figure.target.is_empty() {
            true => String::new(),
            false => format!(", target {}", figure.target),
        };
        page.sentence(&format!("{}: {}{target}.", figure.name, figure.now));
    }
    page.sentence(&format!("{}.", screen::constraint_words(report, style)));
    for finding in report
        .findings
        .iter()
        .take(if details { usize::MAX } else { AGEING })
    {
        let words = screen::finding_words(finding, style);
        let suggestion = style.foreign_within(&finding.suggestion, 240);
        page.sentence(&format!("Finding: {words}. To do: {suggestion}."));
    }
    ageing(page, report, if details { usize::MAX } else { AGEING });
    let joined = screen::joined_words(report, style);
    for words in joined.iter().chain(&screen::untrue_words(report, style)) {
        page.sentence(&format!("{words}."));
    }
    if details {
        tables::stages(page, report, options, true);
        tables::items(page, report, options, 200);
        for row in &report.set_aside {
            let why = verbose::why_aside(&row.reason);
            page.sentence(&format!(
                "Set aside, {why}: {}.",
                verbose::aside(row, style)
            ));
        }
        tables::statuses(page, report);
    }
    for notice in remarks::by_weight(&report.notices) {
        let hint = remarks::led_in(" Hint: ", notice.hint.as_deref(), style);
        page.sentence(&format!(
            "Notice: {}.{hint}",
            style.foreign(&notice.message)
        ));
    }
}

fn idea_to_cash(page: &mut Page<'_>, report: &FlowReport) {
    let style = page.style;
    let cash = &report.idea_to_cash;
    let Some(mean) = cash.mean_hours.filter(|_| cash.items > 0) else {
        let reason = cash.reason.as_deref().unwrap_or("no item was done");
        let reason = style.foreign_within(reason, 160);
        page.sentence(&format!("Idea to cash: no data, {reason}."));
        return;
    };
    page.sentence(&format!("{}.", bar::headline(cash, mean, style)));
    for segment in &cash.segments {
        let name = style.foreign_within(&segment.stage, STAGE);
        let hours = stream_time_in_words(segment.mean_hours);
        page.sentence(&format!(
            "Stage {name}: {hours}, {}.",
            percent(segment.share)
        ));
    }
    if let Some(delay) = bar::delay(cash, style) {
        page.sentence(&format!("{delay}."));
    }
}

fn ageing(page: &mut Page<'_>, report: &FlowReport, most: usize) {
    let style = page.style;
    for row in report.ageing.iter().take(most) {
        let key = style.foreign_within(&row.key, KEY);
        let stage = style.foreign_within(&row.stage, STAGE);
        let marks = tables::marks(row);
        let marks = match marks.is_empty() {
            true => String::new(),
            false => format!(", {marks}"),
        };
        page.sentence(&format!(
            "In progress: {key}, {}, in {stage}, for {}, in this stage for {}{marks}.",
            style.foreign_within(&row.title, 60),
            stream_time_in_words(row.age_hours),
            stream_time_in_words(row.stage_hours)
        ));
    }
    let more = report.ageing.len().saturating_sub(most);
    if more > 0 {
        page.sentence(&format!("And {more} more in progress."));
    }
}
