//! The tables of the value stream on a screen: stages, flow metrics, what is in progress, and for the
//! verbose screen statuses and items. The words in their cells are those of `figures`.

use crate::model::flow_settings::StageKind;
use crate::report::flow::{AgeingRow, FlowReport, ItemRow, StageRow};
use crate::report::quantity::{number, stream_time};

use super::Options;
use super::figures::{self, KEY, STAGE, or_dash, share, working};
use crate::render::calendar;
use crate::render::chart;
use crate::render::page::Page;
use crate::render::sanitize;
use crate::render::style::{Style, Tone};
use crate::render::table::{Cell, Column, Table};

/// Weeks that the row of the velocity has room for.
const WEEKS: usize = 13;
/// Columns of a title, at least.
const TITLE: usize = 10;

/// Stages in the order of the stream, with what they hold now.
pub(super) fn stages(page: &mut Page<'_>, report: &FlowReport, options: &Options, details: bool) {
    let style = page.style;
    let has_limit = report.stages.iter().any(|row| row.wip_limit.is_some());
    // Where nothing was done, only what the stages hold is known.
    let was_done = report.stages.iter().any(|row| row.visits > 0);
    let mut columns = vec![
        Column::new("Stage").shrinks_to(12),
        Column::new("Kind").expendable(4),
    ];
    if was_done {
        columns.extend([
            Column::new("Items").right().expendable(6),
            Column::new("Visits").right().expendable(5),
            Column::new("Median").right(),
            Column::new("P85").right().expendable(1),
        ]);
        if details {
            columns.push(Column::new("Mean").right().expendable(3));
            columns.push(Column::new("Back").right().expendable(8));
        }
        if options.business {
            columns.push(Column::new("Working").right().expendable(2));
        }
        columns.push(Column::new("Total").right());
        columns.push(Column::new("Share").right());
    }
    columns.push(Column::new("WIP").right());
    columns.push(Column::new("Mean WIP").right().expendable(7));
    if has_limit {
        columns.push(Column::new("Limit").right().expendable(2));
    }
    let mut table = Table::new(columns);
    let widest = report.idea_to_cash.widest.as_deref();
    for row in &report.stages {
        let is_widest = widest == Some(row.stage.as_str());
        let name = style.foreign_within(&row.stage, STAGE);
        let mut cells: Vec<Cell> = vec![
            (name, is_widest.then_some(Tone::Strong)).into(),
            row.kind.name().into(),
        ];
        if was_done {
            cells.extend([
                Cell::from(row.items.to_string()),
                row.visits.to_string().into(),
                or_dash(row.median_hours).into(),
                or_dash(row.p85_hours).into(),
            ]);
            if details {
                cells.push(or_dash(row.mean_hours).into());
                cells.push(row.moved_back.to_string().into());
            }
            if options.business {
                cells.push(working(row.business_median_hours).into());
            }
            cells.push(total(row).into());
            cells.push(share(row.share).into());
        }
        cells.push((held(row), is_over(row).then_some(Tone::Poor)).into());
        cells.push(mean(row).into());
        if has_limit {
            let limit = row.wip_limit.map(|limit| limit.to_string());
            cells.push(limit.unwrap_or_default().into());
        }
        table.row(cells);
    }
    page.table(table);
}

/// What happens after the stream takes no share of it.
fn total(row: &StageRow) -> String {
    match row.visits {
        0 => "-".to_owned(),
        _ => stream_time(row.total_hours),
    }
}

fn is_over(row: &StageRow) -> bool {
    row.wip_limit.is_some_and(|limit| row.wip > limit as usize)
}

/// What it holds now, with a sign where that is more than its limit.
fn held(row: &StageRow) -> String {
    format!("{}{}", row.wip, if is_over(row) { "!" } else { "" })
}

fn mean(row: &StageRow) -> String {
    row.wip_mean
        .map_or_else(|| "-".to_owned(), |mean| number(mean, 1))
}

/// The flow metrics, one below the other.
pub(super) fn metrics(page: &mut Page<'_>, report: &FlowReport, options: &Options) {
    let style = page.style;
    let figures = figures::figures(report, options, style);
    let widest = figures.iter().map(|figure| figure.name.len()).max();
    for figure in figures {
        let mut words = figure.now;
        if !figure.target.is_empty() {
            words.push_str(&format!(", target {}", figure.target));
        }
        if figure.is_known && figure.has_sample {
            words.push_str(&format!(" (n {})", figure.count));
        }
        if figure.name == "Flow velocity" && figure.is_known {
            words.push_str(&format!("  {}", weeks(report, WEEKS, style)));
        }
        let blanks = " ".repeat(widest.unwrap_or(0).saturating_sub(figure.name.len()));
        let tones = [(figure.name, Tone::Strong), ("[missed]", Tone::Poor)];
        page.wrapped(&format!(" {}{blanks}  ", figure.name), &words, &tones, 4);
    }
}

/// Items done per week as a line of blocks, the week that is not over marked.
pub(super) fn weeks(report: &FlowReport, most: usize, style: &Style) -> String {
    let weeks = &report.flow_velocity.weeks;
    let shown = weeks
        .get(weeks.len().saturating_sub(most)..)
        .unwrap_or_default();
    let values: Vec<Option<f64>> = shown
        .iter()
        .map(|week| (week.total > 0).then_some(week.total as f64))
        .collect();
    let mut line = chart::sparkline(&values, style.charset);
    if shown.last().is_some_and(|week| !week.is_complete) {
        line.push_str(style.unfinished());
    }
    line
}

/// Items in progress, oldest first.
pub(super) fn ageing(page: &mut Page<'_>, report: &FlowReport, most: usize) {
    let style = page.style;
    let rows = report.ageing.iter().take(most);
    let mut table = Table::new([
        Column::new("Open item").shrinks_to(10),
        Column::new("Title").shrinks_to(TITLE).expendable(2),
        Column::new("Stage").shrinks_to(8),
        Column::new("Age").right(),
        Column::new("In stage").right().expendable(1),
        Column::new("May be late").right().expendable(3),
        Column::new(""),
    ]);
    for row in rows {
        let tone = match (row.is_blocked, row.chance_to_miss) {
            (true, _) => Some(Tone::Poor),
            (false, Some(chance)) if chance >= 1.0 => Some(Tone::Poor),
            _ => None,
        };
        table.row([
            Cell::from(style.foreign_within(&row.key, KEY)),
            style.foreign_within(&row.title, 40).into(),
            style.foreign_within(&row.stage, STAGE).into(),
            stream_time(row.age_hours).into(),
            stream_time(row.stage_hours).into(),
            share(row.chance_to_miss).into(),
            (marks(row), tone).into(),
        ]);
    }
    page.table(table);
}

/// What is wrong with an item in progress, in a word or two.
pub(super) fn marks(row: &AgeingRow) -> String {
    let is_late = row.chance_to_miss.is_some_and(|chance| chance >= 1.0);
    match (row.is_blocked, is_late) {
        (true, true) => "blocked, late".to_owned(),
        (true, false) => "blocked".to_owned(),
        (false, true) => "late".to_owned(),
        (false, false) => String::new(),
    }
}

/// Statuses that items were in, and where they belong.
pub(super) fn statuses(page: &mut Page<'_>, report: &FlowReport) {
    let style = page.style;
    let mut table = Table::new([
        Column::new("Status seen").shrinks_to(10),
        Column::new("Entered").right(),
        Column::new("Stage").shrinks_to(8),
        Column::new("Because").expendable(1),
    ]);
    for row in &report.statuses {
        let stage = row.stage.as_deref().map_or_else(
            || no_stage(&row.decided_by).to_owned(),
            |stage| style.foreign_within(stage, STAGE),
        );
        let is_guess = matches!(row.decided_by.as_str(), "category" | "previous");
        table.row([
            Cell::from(style.foreign_within(&row.status, 32)),
            row.entries.to_string().into(),
            stage.into(),
            (
                because(&row.decided_by).to_owned(),
                is_guess.then_some(Tone::Notable),
            )
                .into(),
        ]);
    }
    page.table(table);
}

/// What stands where a status has no stage.
pub(super) fn no_stage(decided_by: &str) -> &'static str {
    match decided_by {
        "blocked" => "(blocks)",
        _ => "(none)",
    }
}

/// Why a status belongs to its stage, in words.
pub(super) fn because(decided_by: &str) -> &'static str {
    match decided_by {
        "stage" => "a stage names it",
        "category" => "the tracker's category (guess)",
        "previous" => "unknown: items stay where they were",
        "blocked" => "it says blocked",
        _ => "",
    }
}

/// The items themselves.
pub(super) fn items(page: &mut Page<'_>, report: &FlowReport, options: &Options, most: usize) {
    let style = page.style;
    let zone = calendar::zone(&report.timezone);
    let mut columns = vec![
        Column::new("Item").shrinks_to(10),
        Column::new("Title").shrinks_to(TITLE).expendable(1),
        Column::new("Kind").expendable(4),
        Column::new("State"),
        Column::new("Done").expendable(5),
        Column::new("Time").right(),
    ];
    if options.business {
        columns.push(Column::new("Working").right().expendable(6));
    }
    columns.extend([
        Column::new("Active").right().expendable(2),
        Column::new("Wait").right().expendable(2),
        Column::new("Efficiency").right().expendable(3),
    ]);
    let mut table = Table::new(columns);
    for row in report.items.iter().take(most) {
        let done = row.finished.map(|at| calendar::day(at, zone));
        let mut cells: Vec<Cell> = vec![
            style.foreign_within(&row.key, KEY).into(),
            style.foreign_within(&row.title, 40).into(),
            row.flow_type.name().into(),
            figures::outcome(row).into(),
            done.unwrap_or_default().into(),
            or_dash(row.flow_time_hours.or(row.age_hours)).into(),
        ];
        if options.business {
            cells.push(working(row.business_hours).into());
        }
        cells.extend([
            spent(row, row.active_hours),
            spent(row, row.wait_hours),
            share(row.efficiency).into(),
        ]);
        table.row(cells);
    }
    page.table(table);
    let more = report.items.len().saturating_sub(most);
    if more > 0 {
        let words = format!("and {more} more: dora flow --export items.csv --of items");
        page.paragraph("   ", Tone::Faint, &words, 2);
    }
}

/// Hours of an item that was started.
fn spent(row: &ItemRow, hours: Option<f64>) -> Cell {
    or_dash(hours.filter(|_| row.started.is_some())).into()
}

/// The stages as they are defined.
pub(super) fn definitions(page: &mut Page<'_>, report: &FlowReport) {
    let style = page.style;
    let mut table = Table::new([
        Column::new("Stage"),
        Column::new("Kind"),
        Column::new("Limit"),
    ]);
    for stage in &report.definitions.stages {
        let statuses: Vec<String> = stage
            .statuses
            .iter()
            .take(60)
            .map(|status| style.foreign_within(status, 40))
            .collect();
        let limit = stage.wip_limit.map(|limit| limit.to_string());
        table.row([
            Cell::from(style.foreign_within(&stage.name, STAGE)),
            kind_in_words(stage.kind).into(),
            limit.unwrap_or_default().into(),
        ]);
        let room = style.width.saturating_sub(6);
        for line in sanitize::wrap(&statuses.join(", "), room) {
            table.below(format!("   {line}"));
        }
    }
    page.table(table);
}

/// What a kind of stage does to the clock.
pub(super) fn kind_in_words(kind: StageKind) -> &'static str {
    match kind {
        StageKind::Queue => "queue: not started",
        StageKind::Wait => "wait: started, nobody works on it",
        StageKind::Active => "active: worked on",
        StageKind::Done => "done",
        StageKind::Cancelled => "cancelled",
    }
}
