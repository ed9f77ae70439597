//! Remarks under the numbers: what to do, and what to know about the data. Shared by the screens
//! and the documents, which differ only in how much of them they show.

use crate::model::Notice;
use crate::report::Report;

use super::page::Page;
use super::style::{Style, Tone};

/// Lines of one notice or recommendation there; a narrow screen gives it one more.
pub(super) fn lines_each(style: &Style) -> usize {
    if style.width < 70 { 3 } else { 2 }
}

/// At most three things to do.
pub(super) fn recommendations(page: &mut Page<'_>, report: &Report, most_lines: usize) {
    // A command that repeats what was asked for needs a line more.
    let most_lines = most_lines.saturating_add(usize::from(!report.asked.is_any()));
    for advice in report.recommendations.iter().take(3) {
        let mut words = page.style.foreign(&advice.text);
        if let Some(command) = &advice.command {
            words.push_str(&format!(" ({})", page.style.foreign(command)));
        }
        let lead = format!(" {} ", page.style.advice());
        page.paragraph(&lead, Tone::Strong, &words, most_lines);
    }
}

/// Notices, those that leave the numbers incomplete first.
pub(super) fn notices(page: &mut Page<'_>, report: &Report, most: usize, most_lines: usize) {
    let in_full = page
        .style
        .foreign(&report.asked.command("report --verbose"));
    list_of(page, &report.notices, most, most_lines, &in_full);
}

/// The same of any list that the report tells in full.
pub(super) fn list(page: &mut Page<'_>, notices: &[Notice], most: usize, most_lines: usize) {
    list_of(page, notices, most, most_lines, "dora report --verbose");
}

/// The same of any list; `in_full` is the command that tells all of it.
pub(super) fn list_of<'n>(
    page: &mut Page<'_>,
    notices: impl IntoIterator<Item = &'n Notice>,
    most: usize,
    most_lines: usize,
    in_full: &str,
) {
    let notices = by_weight(notices);
    for notice in notices.iter().take(most) {
        let words = notice_words(notice, page.style);
        page.paragraph(" ! ", Tone::Notable, &words, most_lines);
    }
    let more = notices.len().saturating_sub(most);
    if more > 0 {
        let words = format!("and {more} more: {in_full}");
        page.paragraph("   ", Tone::Faint, &words, most_lines);
    }
}

/// Notices that leave the numbers incomplete first, else in their order.
pub(super) fn by_weight<'n>(notices: impl IntoIterator<Item = &'n Notice>) -> Vec<&'n Notice> {
    let (mut first, rest): (Vec<_>, Vec<_>) = notices.into_iter().partition(|n| n.incomplete);
    first.extend(rest);
    first
}

fn notice_words(notice: &Notice, style: &Style) -> String {
    let message = style.foreign(&notice.message);
    let mut words = message.trim_end_matches('.').to_owned();
    if notice.count > 1 && !notice.message.contains(&notice.count.to_string()) {
        words.push_str(&format!(" ({} {})", style.times(), notice.count));
    }
    words.push_str(&led_in(": ", notice.hint.as_deref(), style));
    words
}

/// Foreign text behind its lead-in; empty without one.
pub(super) fn led_in(lead_in: &str, text: Option<&str>, style: &Style) -> String {
    text.map(|text| format!("{lead_in}{}", style.foreign(text)))
        .unwrap_or_default()
}
