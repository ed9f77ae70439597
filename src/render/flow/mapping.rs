//! `dora flow --stages`: the stages in use, the statuses that were seen, and which of them were guessed.

use crate::report::flow::FlowReport;

use super::figures;
use super::screen;
use super::tables;
use crate::render::page::Page;
use crate::render::style::Tone;

/// What to do about it.
const SETTING: &str = "add them to the statuses of a stage under flow.stages in .dora/config.json";

/// The page.
pub(super) fn screen(page: &mut Page<'_>, report: &FlowReport) {
    let style = page.style;
    let mut parts = screen::subject(&report.repository, "stages and statuses", style);
    parts.push(screen::preset(report, style));
    page.parts("", &parts, &[]);
    page.blank();
    tables::definitions(page, report);
    page.blank();
    if report.statuses.is_empty() {
        let words = match figures::has_items(report) {
            true => "No item was in any status yet.",
            false => "No work item is known here yet: dora import FILE",
        };
        page.wrapped(" ", words, &[], 3);
        return;
    }
    tables::statuses(page, report);
    page.blank();
    let guessed = report
        .statuses
        .iter()
        .filter(|row| matches!(row.decided_by.as_str(), "category" | "previous"))
        .count();
    let words = match guessed {
        0 => "Every status seen is named by a stage.".to_owned(),
        1 => format!("No stage names 1 of these statuses: {SETTING}"),
        _ => format!("No stage names {guessed} of these statuses: {SETTING}"),
    };
    let tone = if guessed == 0 {
        Tone::Faint
    } else {
        Tone::Notable
    };
    let lead = if guessed == 0 { " " } else { " ! " };
    page.paragraph(lead, tone, &words, 4);
}
