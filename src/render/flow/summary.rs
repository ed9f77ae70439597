//! The value stream in three lines: for `dora flow --compact`, and for `dora report --verbose` where
//! work items are known.

use crate::report::flow::{FlowReport, FlowSummary};
use crate::report::quantity::{number, percent, plural, stream_time};

use super::figures::{STAGE, has_items};
use super::screen;
use crate::render::page::Page;
use crate::render::style::{Style, Tone};

/// `dora flow --compact`.
pub(super) fn compact(page: &mut Page<'_>, report: &FlowReport) {
    let style = page.style;
    if !has_items(report) {
        page.wrapped(
            " ",
            "No work item is known here yet: dora import FILE",
            &[],
            3,
        );
        return;
    }
    let summary = FlowSummary::of(report);
    if style.accessible {
        return sentences(page, &summary);
    }
    lines(page, &summary);
    let mut parts = screen::subject(&report.repository, "value stream", style);
    parts.push(crate::render::card::span(
        &report.period,
        &report.timezone,
        style,
    ));
    page.parts(" ", &parts, &[]);
}

/// The three lines.
pub(in crate::render) fn lines(page: &mut Page<'_>, summary: &FlowSummary) {
    for (name, words) in said(summary, page.style) {
        let blanks = " ".repeat(WIDEST.saturating_sub(name.len()));
        page.wrapped(
            &format!(" {name}{blanks}  "),
            &words,
            &[(name, Tone::Strong)],
            3,
        );
    }
}

/// The same in sentences.
pub(in crate::render) fn sentences(page: &mut Page<'_>, summary: &FlowSummary) {
    for (name, words) in said(summary, page.style) {
        page.sentence(&format!("{name}: {words}."));
    }
}

const WIDEST: usize = "Flow load".len();

fn said(summary: &FlowSummary, style: &Style) -> [(&'static str, String); 3] {
    let time = match (summary.p50_hours, summary.p85_hours) {
        (Some(p50), Some(p85)) => format!(
            "median {}, P85 {} ({})",
            stream_time(p50),
            stream_time(p85),
            plural(summary.count, "item")
        ),
        _ => "no data, no started item was done in the period".to_owned(),
    };
    let efficiency = summary.efficiency.map_or_else(
        || "efficiency no data".to_owned(),
        |share| format!("efficiency {}", percent(share)),
    );
    let velocity = summary.per_week.map_or_else(String::new, |per_week| {
        format!("{} /week, ", number(per_week, 1))
    });
    let constraint = match &summary.constraint {
        Some(stage) => format!("constraint {}", style.foreign_within(stage, STAGE)),
        None => "no constraint shows".to_owned(),
    };
    let late = match summary.older {
        0 => String::new(),
        older => format!(", {older} older than the service level"),
    };
    [
        ("Flow time", format!("{time}; {efficiency}")),
        (
            "Velocity",
            format!("{velocity}{} done; {constraint}", summary.done),
        ),
        (
            "Flow load",
            format!(
                "{} in progress{late}; {}: dora flow",
                plural(summary.load, "item"),
                plural(summary.findings, "finding")
            ),
        ),
    ]
}
