//! The head of every screen: the title and the table of the four metrics, in the richest layout
//! that the width allows. What stands below is told in `terminal`, `compact` and `verbose`.

use crate::report::{PeriodRange, Report, WeekRow};

use super::calendar;
use super::change::Detail;
use super::chart;
use super::measure::{self, Measure};
use super::page::Page;
use super::style::{Style, Tone};
use super::table::{Cell, Column, Table};
use crate::report::quantity;

/// What the table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    names: Names,
    /// The sample size has a column of its own; else it stands behind the value.
    own_sample: bool,
    target: bool,
    change: Option<Detail>,
    weeks: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Long,
    Short,
}

const fn layout(
    names: Names,
    own_sample: bool,
    target: bool,
    change: Option<Detail>,
    weeks: bool,
) -> Layout {
    Layout {
        names,
        own_sample,
        target,
        change,
        weeks,
    }
}

/// From rich to poor; the first that fits is taken. Weeks go first, then details of the change,
/// then the change, then the target.
const LAYOUTS: [Layout; 7] = [
    layout(Names::Long, true, true, Some(Detail::Full), true),
    layout(Names::Short, true, true, Some(Detail::Full), true),
    layout(Names::Short, false, true, Some(Detail::Short), true),
    layout(Names::Short, false, true, Some(Detail::Short), false),
    layout(Names::Long, false, true, None, false),
    layout(Names::Short, false, true, None, false),
    layout(Names::Short, false, false, None, false),
];

/// The same for the four lines of `--compact`: neither targets nor weeks.
const COMPACT_LAYOUTS: [Layout; 3] = [
    layout(Names::Long, false, false, Some(Detail::Full), false),
    layout(Names::Short, false, false, Some(Detail::Short), false),
    layout(Names::Short, false, false, None, false),
];

/// The fewest weeks worth drawing, and the most.
const WEEKS: (usize, usize) = (4, 13);

/// The title: what is measured, where, when, and by which bands.
pub(super) fn title(page: &mut Page<'_>, report: &Report) {
    let style = page.style;
    let subject = subject(report, style);
    let mut parts = subject.clone();
    parts.push(span(&report.period, &report.timezone, style));
    parts.push(bands(report, style));
    let tones: Vec<_> = subject
        .iter()
        .map(|part| (part.as_str(), Tone::Strong))
        .collect();
    page.parts("", &parts, &tones);
}

/// The band profile.
pub(super) fn bands(report: &Report, style: &Style) -> String {
    format!(
        "bands: {}",
        style.foreign_within(&report.definitions.bands, 20)
    )
}

/// What is measured and where: repository, environment, component.
pub(super) fn subject(report: &Report, style: &Style) -> Vec<String> {
    let mut parts = Vec::new();
    if !report.repository.is_empty() {
        parts.push(style.foreign_within(&report.repository, 30));
    }
    parts.push(environment(report, style));
    if let Some(component) = &report.component {
        parts.push(format!("component {}", style.foreign_within(component, 24)));
    }
    parts
}

/// The environment; one that is not production says so.
pub(super) fn environment(report: &Report, style: &Style) -> String {
    if report.environment.is_empty() {
        return "no environment".to_owned();
    }
    let name = style.foreign_within(&report.environment, 24);
    if report.environment_is_production {
        name
    } else {
        format!("{name} (not a production environment)")
    }
}

/// A period: `2026-07-21 → 2026-08-20 (30 days, UTC)`.
pub(super) fn span(period: &PeriodRange, timezone: &str, style: &Style) -> String {
    let zone = calendar::zone(timezone);
    let (start, end) = calendar::ends(period.start, period.end, zone);
    let ends = match start == end {
        true => start,
        false => format!("{start} {} {end}", style.to()),
    };
    format!("{ends} ({})", length(period, zone.name(), style))
}

/// The length of a period in words: `30 days, UTC`, `2026-Q3 so far, 50.4 days, UTC`.
fn length(period: &PeriodRange, zone: &str, style: &Style) -> String {
    let days = quantity::number(period.days, 1);
    let days = format!("{days} {}", if days == "1" { "day" } else { "days" });
    let label = style.foreign_within(&period.label, 26);
    // A label such as `2026-08-01 to 2026-08-31` only repeats the dates.
    let says_more = !label.is_empty() && !label.ends_with(&days) && !label.contains(" to ");
    let label = match (says_more, period.complete) {
        (true, true) => format!("{label}, "),
        (true, false) => format!("{label} so far, "),
        (false, true) => String::new(),
        (false, false) => "not over yet, ".to_owned(),
    };
    format!("{label}{days}, {zone}")
}

/// What the change is against, as a column title.
pub(super) fn versus(report: &Report, style: &Style) -> String {
    let (label, previous) = (&report.period.label, &report.previous_period.label);
    if previous.is_empty() || previous.chars().count() > 16 {
        return "vs previous period".to_owned();
    }
    let previous = style.foreign_within(previous, 16);
    if label == &report.previous_period.label {
        format!("vs previous {previous}")
    } else {
        format!("vs {previous}")
    }
}

/// The four metrics in the richest layout that fits.
pub(super) fn metrics(page: &mut Page<'_>, report: &Report) {
    let table = best_fit(report, &LAYOUTS, true, page.style);
    page.table(table);
}

/// The four metrics, one line each and no header.
pub(super) fn compact_metrics(page: &mut Page<'_>, report: &Report) {
    let table = best_fit(report, &COMPACT_LAYOUTS, false, page.style);
    page.table(table);
}

fn best_fit(report: &Report, layouts: &[Layout], titles: bool, style: &Style) -> Table {
    let mut poorest = Table::new([]);
    for layout in layouts {
        let bare = table(report, *layout, titles, 0, style);
        let Some(room) = style.width.checked_sub(bare.width()) else {
            poorest = bare;
            continue;
        };
        if !layout.weeks || !weeks_say_something(report) {
            return bare;
        }
        let least = WEEKS.0.min(report.weeks.len());
        let most = WEEKS.1.min(report.weeks.len()).min(room);
        let fitting = (least..=most)
            .rev()
            .map(|weeks| table(report, *layout, titles, weeks, style))
            .find(|table| table.width() <= style.width);
        match fitting {
            Some(table) => return table,
            None => poorest = bare,
        }
    }
    poorest
}

/// Whether there are two weeks at least, and one with a deployment.
fn weeks_say_something(report: &Report) -> bool {
    report.weeks.len() > 1 && report.weeks.iter().any(|week| week.deployments > 0)
}

fn table(report: &Report, layout: Layout, titles: bool, weeks: usize, style: &Style) -> Table {
    let title = |text: &str| {
        if titles {
            text.to_owned()
        } else {
            String::new()
        }
    };
    let mut columns = vec![Column::new(title("Metric"))];
    columns.push(Column::new(title(match layout.own_sample {
        true => "Now",
        false => "Now (n)",
    })));
    if layout.target {
        columns.push(Column::new(title("Target")));
    }
    columns.push(Column::new(title("Band")));
    if layout.change.is_some() {
        columns.push(Column::new(match titles {
            true => versus(report, style),
            false => String::new(),
        }));
    }
    if weeks > 0 {
        columns.push(Column::new(title("Weeks")));
    }
    if layout.own_sample {
        columns.push(Column::new(title("n")).right());
    }
    let mut table = Table::new(columns);
    for measure in measure::four(&report.metrics) {
        row(&mut table, &measure, report, layout, weeks, style);
    }
    table
}

fn row(
    table: &mut Table,
    measure: &Measure<'_>,
    report: &Report,
    layout: Layout,
    weeks: usize,
    style: &Style,
) {
    let name = Cell::from(match layout.names {
        Names::Long => measure.name.long,
        Names::Short => measure.name.short,
    });
    let Some(now) = measure.now() else {
        let chip = Cell::from(measure.chip(style));
        return table.row_with_tail([name, chip], measure.why_not(style));
    };
    let sample = measure.sample();
    let now = match layout.own_sample && measure.fraction.is_none() {
        true => now,
        false => format!("{now} ({sample})"),
    };
    let mut cells = vec![name, now.into()];
    if layout.target {
        cells.push(measure.target(report, style).into());
    }
    cells.push(measure.chip(style).into());
    if let Some(detail) = layout.change {
        cells.push(measure.change(style, detail).into());
    }
    if weeks > 0 {
        cells.push(sparkline(measure, report, weeks, style).into());
    }
    if layout.own_sample {
        cells.push(measure.count.to_string().into());
    }
    table.row(cells);
}

/// The last so many weeks. A week that is not over, or began before the record, has a mark beside
/// it, for its bar is low only because it is short.
fn sparkline(measure: &Measure<'_>, report: &Report, weeks: usize, style: &Style) -> String {
    let skipped = report.weeks.len().saturating_sub(weeks);
    let shown = report.weeks.get(skipped..).unwrap_or_default();
    let mark = |week: Option<&WeekRow>| match week {
        Some(week) if !week.complete => style.unfinished(),
        _ => "",
    };
    let before = if shown.len() > 1 {
        mark(shown.first())
    } else {
        ""
    };
    let line = chart::sparkline(&measure.weeks(shown), style.charset);
    format!("{before}{line}{}", mark(shown.last()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    fn shown(report: &Report, width: usize) -> String {
        let style = Style {
            width,
            ..Style::default()
        };
        let mut page = Page::new(&style);
        metrics(&mut page, report);
        page.finish()
    }

    #[test]
    fn columns_go_in_the_order_weeks_change_target() {
        let at = |width| {
            let text = shown(&sample::report(), width);
            ["Weeks", "vs previous", "Target", "Band"].map(|title| text.contains(title))
        };
        assert_eq!(at(100), [true; 4]);
        assert_eq!(at(80), [true; 4]);
        assert_eq!(at(70), [false, true, true, true]);
        assert_eq!(at(58), [false, false, true, true]);
        assert_eq!(at(40), [false, false, false, true]);
    }

    #[test]
    fn a_long_history_shows_its_last_weeks() {
        let mut report = sample::report();
        report.weeks = report.weeks.iter().cycle().take(53).cloned().collect();
        for line in shown(&report, 100).lines() {
            assert!(super::super::sanitize::width(line) <= 100, "{line}");
        }
    }

    #[test]
    fn the_title_says_what_is_measured() {
        let span_of = |report: &Report| span(&report.period, &report.timezone, &Style::default());
        let mut report = sample::report();
        assert_eq!(span_of(&report), "2026-07-21 → 2026-08-20 (30 days, UTC)");
        report.period.complete = false;
        report.period.label = "2026-Q3".to_owned();
        assert_eq!(
            span_of(&report),
            "2026-07-21 → 2026-08-20 (2026-Q3 so far, 30 days, UTC)"
        );
        report.previous_period.label = "2026-Q2".to_owned();
        assert_eq!(versus(&report, &Style::default()), "vs 2026-Q2");
        assert_eq!(
            environment(&sample::no_data(), &Style::default()),
            "qa (not a production environment)"
        );
    }
}
