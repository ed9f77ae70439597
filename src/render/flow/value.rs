//! `dora value`: what is stuck, what was delivered, what an hour in the stream returned, and how well
//! features do.

use crate::model::work_item::FlowType;
use crate::report::flow::{ValueFigure, ValueReport};
use crate::report::quantity::{number, percent, plural, stream_time};

use super::Options;
use super::figures::{KEY, STAGE, share};
use super::screen::subject;
use crate::render::View;
use crate::render::card;
use crate::render::chart::Bar;
use crate::render::page::Page;
use crate::render::remarks;
use crate::render::style::{Style, Tone};
use crate::render::table::{Cell, Column, Table};

/// Rows of a list on the default screen.
const ROWS: usize = 10;

/// The page.
pub(super) fn screen(page: &mut Page<'_>, report: &ValueReport, options: &Options) {
    let style = page.style;
    let most = match options.view {
        View::Verbose => usize::MAX,
        View::Screen | View::Compact => ROWS,
    };
    let subject = subject(&report.repository, "value delivered", style);
    let mut parts = subject.clone();
    parts.push(card::span(&report.period, "UTC", style));
    let tones: Vec<_> = subject
        .iter()
        .map(|part| (part.as_str(), Tone::Strong))
        .collect();
    page.parts("", &parts, &tones);
    page.blank();
    stuck(page, report, most);
    figures(page, report);
    by_type(page, report);
    returns(page, report, most);
    success(page, report, most);
    page.blank();
    let notices = if most == usize::MAX { most } else { 3 };
    remarks::list_of(page, &report.notices, notices, 3, "dora value --verbose");
    page.parts(
        " next: ",
        &["dora value --usage usage.csv", "dora flow"].map(str::to_owned),
        &[("next:", Tone::Faint)],
    );
}

/// High value that does not move comes first.
fn stuck(page: &mut Page<'_>, report: &ValueReport, most: usize) {
    if report.stuck.is_empty() {
        page.line(" No item of high value is stuck.", &[]);
        return;
    }
    let style = page.style;
    let mut table = Table::new([
        Column::new("Stuck").shrinks_to(6),
        Column::new("Title").shrinks_to(10).expendable(2),
        Column::new("Value").right(),
        Column::new("Stage").shrinks_to(8),
        Column::new("In stage").right(),
        Column::new("Age").right().expendable(1),
    ]);
    for row in report.stuck.iter().take(most) {
        table.row([
            (style.foreign_within(&row.key, KEY), Tone::Poor).into(),
            style.foreign_within(&row.title, 40).into(),
            number(row.value, 1).into(),
            style.foreign_within(&row.stage, STAGE).into(),
            stream_time(row.stage_hours).into(),
            row.age_hours
                .map_or_else(|| Cell::from("-"), |age| stream_time(age).into()),
        ]);
        let why = style.foreign_within(&row.why, style.width.saturating_sub(6));
        table.below(format!("   {why}"));
    }
    page.table(table);
    let more = report.stuck.len().saturating_sub(most);
    if more > 0 {
        page.line(&format!("   and {more} more: dora value --verbose"), &[]);
    }
}

/// A figure and what it leaves out, or why there is none.
pub(super) fn figure(figure: &ValueFigure, unit: &str, decimals: usize, style: &Style) -> String {
    match figure.value {
        Some(value) => format!("{}{unit}", number(value, decimals)),
        None => {
            let reason = figure.reason.as_deref().unwrap_or("no item has a value");
            format!("no data: {}", style.foreign_within(reason, 120))
        }
    }
}

/// The three figures: name, words, items, items left out.
pub(super) fn three<'a>(
    report: &'a ValueReport,
    style: &Style,
) -> [(&'static str, String, &'a ValueFigure); 3] {
    let over = match report.efficiency.value {
        Some(_) => format!(" per hour (over {} h)", number(report.flow_hours, 1)),
        None => String::new(),
    };
    [
        (
            "Value delivered",
            figure(&report.delivered, "", 1, style),
            &report.delivered,
        ),
        (
            "Value velocity",
            figure(&report.velocity, " /week", 2, style),
            &report.velocity,
        ),
        (
            "Value efficiency",
            figure(&report.efficiency, &over, 4, style),
            &report.efficiency,
        ),
    ]
}

fn figures(page: &mut Page<'_>, report: &ValueReport) {
    page.blank();
    let style = page.style;
    let mut table = Table::new([
        Column::new("Value"),
        Column::new("Now").shrinks_to(20),
        Column::new("n").right(),
        Column::new("Left out").right().expendable(1),
    ]);
    for (name, words, figure) in three(report, style) {
        table.row([
            Cell::from(name),
            words.into(),
            figure.count.to_string().into(),
            figure.left_out.to_string().into(),
        ]);
    }
    page.table(table);
}

fn by_type(page: &mut Page<'_>, report: &ValueReport) {
    if report.by_type.iter().all(|row| row.count == 0) {
        return;
    }
    page.heading("By kind of work");
    let shown = |kind: FlowType, count: usize| kind != FlowType::Unclassified || count > 0;
    let rows = report
        .by_type
        .iter()
        .filter(|row| shown(row.flow_type, row.count));
    let bars: Vec<Bar> = rows
        .map(|row| Bar {
            label: row.flow_type.name().to_owned(),
            value: row.value,
            text: format!(
                "{} ({}, {})",
                number(row.value, 1),
                share(row.share),
                plural(row.count, "item")
            ),
        })
        .collect();
    if page.style.accessible {
        for bar in &bars {
            page.sentence(&format!("{}: {}.", bar.label, bar.text));
        }
    } else {
        page.bars(&bars);
    }
}

fn returns(page: &mut Page<'_>, report: &ValueReport, most: usize) {
    let style = page.style;
    page.heading("Return per hour in the stream");
    if report.returns.is_empty() {
        return reason(page, report.returns_reason.as_deref());
    }
    let mut table = Table::new([
        Column::new("Item").shrinks_to(6),
        Column::new("Title").shrinks_to(10).expendable(2),
        Column::new("Adoption").right(),
        Column::new("NPS").right().expendable(3),
        Column::new("Hours").right().expendable(1),
        Column::new("Per hour").right(),
    ]);
    for row in report.returns.iter().take(most) {
        let nps = row
            .nps_gain
            .map_or_else(|| "-".to_owned(), |gain| number(gain, 1));
        table.row([
            Cell::from(style.foreign_within(&row.key, KEY)),
            style.foreign_within(&row.title, 40).into(),
            format!("{} %", number(row.adoption_pct, 1)).into(),
            nps.into(),
            number(row.stream_hours, 1).into(),
            number(row.roi_per_hr, 4).into(),
        ]);
    }
    page.table(table);
}

fn success(page: &mut Page<'_>, report: &ValueReport, most: usize) {
    page.heading("Feature success: usage x NPS x uptime - incidents");
    if report.success.is_empty() {
        return reason(page, report.success_reason.as_deref());
    }
    let style = page.style;
    let factor = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| number(v, 2));
    let mut table = Table::new([
        Column::new("Item").shrinks_to(6),
        Column::new("Title").shrinks_to(10).expendable(2),
        Column::new("Usage").right(),
        Column::new("NPS").right(),
        Column::new("Uptime").right(),
        Column::new("Incidents").right().expendable(1),
        Column::new("Score").right(),
    ]);
    for row in report.success.iter().take(most) {
        let score = match row.score {
            Some(score) => number(score, 2),
            None => "no data".to_owned(),
        };
        table.row([
            Cell::from(style.foreign_within(&row.key, KEY)),
            style.foreign_within(&row.title, 40).into(),
            row.usage.map_or_else(|| "-".to_owned(), percent).into(),
            factor(row.nps).into(),
            row.uptime.map_or_else(|| "-".to_owned(), percent).into(),
            factor(row.incident_cost).into(),
            score.into(),
        ]);
    }
    page.table(table);
    let missing: std::collections::BTreeSet<&str> = report
        .success
        .iter()
        .flat_map(|row| row.missing.iter().map(String::as_str))
        .take(1000)
        .collect();
    if !missing.is_empty() {
        let missing: Vec<String> = missing
            .iter()
            .map(|name| style.foreign_within(name, 24))
            .collect();
        let words = format!("no score where a factor is missing: {}", missing.join(", "));
        page.paragraph(" ", Tone::Faint, &words, 3);
    }
}

fn reason(page: &mut Page<'_>, reason: Option<&str>) {
    let reason = reason.unwrap_or("nothing is known of usage");
    let words = format!("no data: {}", page.style.foreign_within(reason, 200));
    page.wrapped("  ", &words, &[], 4);
}
