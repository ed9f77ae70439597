//! `dora trend` on a screen: of one metric a chart, its table and what changed when; of several a small
//! chart of each and one table. For screen readers the same in sentences.

use crate::model::Band;
use crate::report::quantity;
use crate::report::trend::{BucketRow, Series, TrendReport};

use super::chart::{Chart, Point};
use super::figures::{self, Kind};
use super::said;
use super::scale::Scale;
use crate::render::calendar;
use crate::render::page::Page;
use crate::render::remarks;
use crate::render::style::{Style, Tone};
use crate::render::table::{Cell, Column, Table};

/// Rows of the chart of one metric, and of one of several.
const ROWS: usize = 12;
const ROWS_OF_SEVERAL: usize = 6;
/// Buckets that a table lists; of more, the newest.
const LISTED: usize = 26;
/// Notices.
const NOTICES: usize = 3;

/// The screen.
pub(super) fn screen(page: &mut Page<'_>, report: &TrendReport) {
    title(page, report);
    match report.series.as_slice() {
        [series] => one(page, report, series),
        all => {
            for series in all {
                page.blank();
                heading(page, series);
                picture(page, series, ROWS_OF_SEVERAL);
                changes(page, report, series);
            }
            page.blank();
            overview(page, report);
        }
    }
    page.blank();
    notes(page, report);
    // What a notice asks to do stands at its end: it is told whole.
    remarks::list_of(
        page,
        &report.notices,
        NOTICES,
        usize::MAX,
        &in_full(report, page.style),
    );
    next(page, report);
}

/// The same as sentences.
pub(super) fn sentences(page: &mut Page<'_>, report: &TrendReport) {
    let style = page.style;
    let parts = parts(report, style).join(", ");
    page.sentence(&format!("Trend of {parts}."));
    for series in &report.series {
        page.sentence(&format!("{}.", figures::name(series)));
        table_of_one(page, report, series);
        for sentence in said::sentences(report, series, style) {
            page.sentence(&format!("{sentence}."));
        }
    }
    remarks::list_of(
        page,
        &report.notices,
        usize::MAX,
        usize::MAX,
        &in_full(report, page.style),
    );
}

/// What tells every notice.
fn in_full(report: &TrendReport, style: &Style) -> String {
    style.foreign(&again(report, " --format json"))
}

fn parts(report: &TrendReport, style: &Style) -> Vec<String> {
    let mut parts = Vec::new();
    if !report.repository.is_empty() {
        parts.push(style.foreign_within(&report.repository, 30));
    }
    match &report.environment {
        Some(name) if name.is_empty() => parts.push("no environment".to_owned()),
        Some(name) => {
            let name = style.foreign_within(name, 24);
            parts.push(match report.environment_is_production {
                Some(false) => format!("{name} (not a production environment)"),
                _ => name,
            });
        }
        None => parts.push("value stream".to_owned()),
    }
    if let Some(component) = &report.component {
        parts.push(format!("component {}", style.foreign_within(component, 24)));
    }
    parts.push(format!("by {}", report.by));
    parts.push(span(report, style));
    if report.series.iter().any(|series| !series.limits.is_empty()) {
        parts.push(format!(
            "bands: {}",
            style.foreign_within(&report.bands, 20)
        ));
    }
    parts
}

/// `2025-12 → 2026-11 (12 months, UTC)`.
pub(super) fn span(report: &TrendReport, style: &Style) -> String {
    let label = style.foreign_within(&report.period.label, 26);
    let zone = calendar::zone(&report.timezone);
    let rows = report
        .series
        .first()
        .map(|series| series.buckets.as_slice());
    let ends = match rows.unwrap_or_default() {
        [] => "no bucket".to_owned(),
        [only] => only.bucket.clone(),
        [first, .., last] => format!("{} {} {}", first.bucket, style.to(), last.bucket),
    };
    format!("{ends} ({label}, {})", zone.name())
}

fn title(page: &mut Page<'_>, report: &TrendReport) {
    let parts = parts(report, page.style);
    let tones: Vec<_> = parts
        .iter()
        .take(2)
        .map(|part| (part.as_str(), Tone::Strong))
        .collect();
    page.parts("", &parts, &tones);
}

/// `Lead time, median: 42 min in 2026-08 so far`.
fn heading(page: &mut Page<'_>, series: &Series) {
    let kind = figures::kind(series);
    let name = figures::name(series);
    let last = series.buckets.last();
    let words = match last.and_then(|row| Some((row, row.value?))) {
        Some((row, value)) => {
            let value = figures::value(kind, value);
            format!("{name}: {value} in {}", figures::bucket(row, page.style))
        }
        None => name.to_owned(),
    };
    page.wrapped("", &words, &[(name, Tone::Strong)], 2);
}

fn one(page: &mut Page<'_>, report: &TrendReport, series: &Series) {
    page.blank();
    heading(page, series);
    picture(page, series, ROWS);
    if !series.limits.is_empty() {
        let kind = figures::kind(series);
        let limits = series.limits.iter();
        let limits: Vec<String> = limits
            .map(|limit| figures::limit(kind, limit, page.style))
            .collect();
        page.parts(" bands: ", &limits, &[("bands:", Tone::Faint)]);
    }
    if series.buckets.iter().any(|row| row.value.is_some()) {
        page.blank();
        table_of_one(page, report, series);
        page.blank();
        changes(page, report, series);
    }
}

/// The chart, or the sentence that there is nothing to draw.
fn picture(page: &mut Page<'_>, series: &Series, rows: usize) {
    let kind = figures::kind(series);
    let shown = series.buckets.get(figures::before_record(series)..);
    let shown = shown.unwrap_or_default();
    let values: Vec<f64> = shown.iter().filter_map(|row| row.value).collect();
    let limits: Vec<(f64, &'static str)> = series
        .limits
        .iter()
        .map(|limit| (limit.value, limit.band.name()))
        .collect();
    let sizes: Vec<f64> = limits.iter().map(|limit| limit.0).collect();
    let Some(scale) = Scale::of(kind, &values, &sizes) else {
        let reason = shown.iter().rev().find_map(|row| row.reason.as_deref());
        let reason = page
            .style
            .foreign_within(reason.unwrap_or("no bucket"), 120);
        let words = format!("no data in any bucket: {reason}");
        return page.paragraph(" ", Tone::Faint, &words, 3);
    };
    let signals = &series.behaviour.signals;
    let points: Vec<Point> = shown
        .iter()
        .map(|row| Point {
            label: row.bucket.clone(),
            value: row.value,
            is_whole: row.extent == "whole",
            is_marked: signals.iter().any(|signal| signal.from == row.bucket),
        })
        .collect();
    let is_bars = figures::is_bars(kind);
    let unit = match kind {
        Kind::Rate(unit) => format!("per {}", unit.name()),
        Kind::PerWeek => "per week".to_owned(),
        Kind::Items => "items".to_owned(),
        Kind::Minutes | Kind::Hours if scale.is_logarithmic => "logarithmic scale".to_owned(),
        _ => String::new(),
    };
    if !unit.is_empty() {
        page.line(&format!(" {unit}"), &[(&unit, Tone::Faint)]);
    }
    let chart = Chart {
        points: &points,
        scale: &scale,
        limits: &limits,
        is_bars,
        rows,
    };
    if let Some(several) = chart.draw(page) {
        let what = if is_bars {
            "their mean"
        } else {
            "all their values"
        };
        let words = format!("a column stands for up to {several} buckets and shows {what}");
        page.paragraph(" ", Tone::Faint, &words, 2);
    }
}

/// What changed when.
fn changes(page: &mut Page<'_>, report: &TrendReport, series: &Series) {
    let lead = format!(" {} ", page.style.dot());
    for sentence in said::sentences(report, series, page.style) {
        let tone = match sentence.contains("worse") {
            true => Tone::Poor,
            false => Tone::Strong,
        };
        let words = ["worse", "better"];
        let word = words.into_iter().find(|word| sentence.contains(word));
        let tones: Vec<_> = word.map(|word| (word, tone)).into_iter().collect();
        page.wrapped(&lead, &sentence, &tones, usize::MAX);
    }
}

/// The rows a table lists: the newest; and how many others there are.
fn listed(series: &Series, style: &Style) -> (usize, usize) {
    let first = figures::before_record(series);
    let count = series.buckets.len();
    let from = match style.accessible {
        true => first,
        false => first.max(count.saturating_sub(LISTED)),
    };
    (from, from - first)
}

/// One row per bucket with everything that is known of it.
fn table_of_one(page: &mut Page<'_>, report: &TrendReport, series: &Series) {
    let style = page.style;
    let kind = figures::kind(series);
    let has_bands = !series.limits.is_empty();
    let mut columns = vec![
        Column::new(figures::unit(report)),
        Column::new(figures::short_name(series)).right(),
        Column::new(figures::counted(series)).right().expendable(1),
    ];
    if has_bands {
        columns.push(Column::new("Band"));
    }
    columns.push(Column::new("vs bucket before").expendable(2));
    let has_intervals = series.buckets.iter().any(|row| row.interval95.is_some());
    if has_intervals {
        columns.push(Column::new("95 % interval").expendable(3));
    }
    let mut table = Table::new(columns);
    let first = figures::before_record(series);
    if first > 0 {
        before_the_record(page, series, first);
    }
    let (from, left_out) = listed(series, style);
    for row in series.buckets.get(from..).unwrap_or_default() {
        let Some(value) = row.value else {
            let reason = row.reason.as_deref().unwrap_or("no data");
            let reason = style.foreign_within(reason, 60);
            table.row_with_tail(
                [
                    figures::bucket(row, style).into(),
                    Cell::from(("no data".to_owned(), Tone::Faint)),
                ],
                reason,
            );
            continue;
        };
        let mut cells: Vec<Cell> = vec![
            figures::bucket(row, style).into(),
            figures::value(kind, value).into(),
            figures::sample(row).into(),
        ];
        if has_bands {
            cells.push(band(row));
        }
        let change = figures::change(row, style);
        let judgement = row.trend.direction;
        let is_noise = row.trend.significant == Some(false);
        let tone = Tone::of_judgement(judgement, is_noise);
        cells.push((change, tone).into());
        if has_intervals {
            let ends = row.interval95;
            let ends = ends.map(|ends| ends.map(|end| figures::value(kind, end)));
            let ends = ends.map(|[low, high]| format!("{low} to {high}"));
            cells.push(ends.unwrap_or_default().into());
        }
        table.row(cells);
    }
    page.table(table);
    if left_out > 0 {
        let words = format!(
            "and {left_out} before: {}",
            style.foreign(&again(report, " --format csv"))
        );
        page.paragraph("   ", Tone::Faint, &words, 2);
    }
}

/// The buckets from before the record, in one line.
fn before_the_record(page: &mut Page<'_>, series: &Series, count: usize) {
    let name = |at: usize| {
        let row = series.buckets.get(at);
        row.map_or("", |row| row.bucket.as_str())
    };
    let ends = match count {
        1 => name(0).to_owned(),
        _ => format!("{} to {}", name(0), name(count - 1)),
    };
    let words = format!("{ends}: no data, before the record begins");
    match page.style.accessible {
        true => page.sentence(&format!("{words}.")),
        false => page.paragraph(" ", Tone::Faint, &words, 2),
    }
}

fn band(row: &BucketRow) -> Cell {
    let Some(band) = row.band else {
        return String::new().into();
    };
    let is_doubtful = row.certainty != Some(crate::model::Certainty::Firm);
    let doubt = if is_doubtful { "?" } else { "" };
    let name = match band {
        Band::Elite => "ELITE",
        Band::High => "HIGH",
        Band::Medium => "MEDIUM",
        Band::Low => "LOW",
    };
    (format!("[{name}{doubt}]"), Tone::of_band(band)).into()
}

/// All metrics beside each other, a row per bucket; what they rest on where there is room.
fn overview(page: &mut Page<'_>, report: &TrendReport) {
    let Some(first_series) = report.series.first() else {
        return;
    };
    let leading = report.series.iter().map(figures::before_record);
    let first = leading.min().unwrap_or(0);
    let count = first_series.buckets.len();
    let from = first.max(count.saturating_sub(LISTED));
    let table = |has_samples: bool| {
        let titles = report.series.iter().enumerate().map(|(rank, series)| {
            // Narrow pages lose the last ones; their charts stay.
            let rank = u8::try_from(rank).unwrap_or(u8::MAX);
            let title = figures::short_name(series);
            Column::new(title).right().expendable(rank)
        });
        let bucket = Column::new(figures::unit(report));
        let mut table = Table::new(std::iter::once(bucket).chain(titles));
        for at in from..count {
            let cells = report.series.iter().map(|series| {
                let row = series.buckets.get(at);
                let Some((row, value)) = row.and_then(|row| Some((row, row.value?))) else {
                    return Cell::from(("-".to_owned(), Tone::Faint));
                };
                let text = short_value(figures::kind(series), value);
                match has_samples && figures::counted(series) == "n" {
                    true => format!("{text} ({})", figures::sample(row)).into(),
                    false => text.into(),
                }
            });
            // Deliveries and work items have records of their own.
            let mut named = report
                .series
                .iter()
                .filter_map(|series| series.buckets.get(at));
            let first_named = first_series.buckets.get(at);
            let named = named
                .find(|row| row.extent != "before-record")
                .or(first_named);
            let name = named.map(|row| figures::bucket(row, page.style));
            table.row(std::iter::once(name.unwrap_or_default().into()).chain(cells));
        }
        table
    };
    if first > 0 {
        before_the_record(page, first_series, first);
    }
    let full = table(true);
    page.table(match full.width() > page.style.width {
        true => table(false),
        false => full,
    });
    if from > first {
        let words = format!(
            "and {} before: {}",
            from - first,
            page.style.foreign(&again(report, " --format csv"))
        );
        page.paragraph("   ", Tone::Faint, &words, 2);
    }
}

fn short_value(kind: Kind, value: f64) -> String {
    match kind {
        Kind::Minutes => quantity::duration_short(value),
        kind => figures::value(kind, value),
    }
}

/// What the marks mean that were used.
fn notes(page: &mut Page<'_>, report: &TrendReport) {
    let rows = || report.series.iter().flat_map(|series| &series.buckets);
    let mut notes = Vec::new();
    if let Some(row) = rows().find(|row| row.extent == "so-far") {
        notes.push(format!(
            "{} is not over; it is drawn lighter and in no level",
            row.bucket
        ));
    }
    if let Some(row) = rows().find(|row| row.extent == "partial") {
        notes.push(format!("the record begins in {}", row.bucket));
    }
    if report.series.len() == 1
        && rows()
            .any(|row| row.band.is_some() && row.certainty != Some(crate::model::Certainty::Firm))
    {
        notes.push(
            "? too few observations, or the 95 % interval reaches into another band".to_owned(),
        );
    }
    for note in notes {
        page.paragraph(" ", Tone::Faint, &note, 3);
    }
}

/// Where to go from here.
fn next(page: &mut Page<'_>, report: &TrendReport) {
    let last = report.series.iter().filter_map(|series| {
        let row = series
            .buckets
            .iter()
            .rev()
            .find(|row| row.value.is_some())?;
        Some(row.bucket.clone())
    });
    let mut commands = Vec::new();
    if let Some(bucket) = last.max() {
        let command = match report.environment {
            Some(_) => "report",
            None => "flow",
        };
        commands.push(report.asked.of_period(bucket).command(command));
    } else if report.environment.is_some() {
        let longer = report.asked.of_period("5y");
        commands.push(longer.trend(&metrics(report), "quarter", ""));
    }
    if report.work_items_known == Some(false) {
        commands.push("dora import FILE".to_owned());
    }
    if report.series.len() > 1 && report.environment.is_some() {
        commands.push(report.asked.trend(&["lead_time"], &report.by, ""));
    }
    if report.by == "month" {
        commands.push(report.asked.trend(&metrics(report), "week", ""));
    }
    commands.push(again(report, " --export trend.csv"));
    let commands: Vec<String> = commands
        .iter()
        .map(|command| page.style.foreign(command))
        .collect();
    page.parts(" next: ", &commands, &[("next:", Tone::Faint)]);
}

fn metrics(report: &TrendReport) -> Vec<&str> {
    let series = report.series.iter();
    series.map(|series| series.metric.as_str()).collect()
}

/// The command that shows the same, with another flag.
fn again(report: &TrendReport, more: &str) -> String {
    report.asked.trend(&metrics(report), &report.by, more)
}
