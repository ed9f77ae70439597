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
    sample: Sample,
    target: bool,
    change: Option<Detail>,
    weeks: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Long,
    Short,
    /// One word each.
    Brief,
}

/// Where the sample size stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sample {
    /// In a column of its own.
    Column,
    /// Behind the value.
    Behind,
    /// Nowhere: there is room for the value and the band only.
    Left,
}

const fn layout(
    names: Names,
    sample: Sample,
    target: bool,
    change: Option<Detail>,
    weeks: bool,
) -> Layout {
    Layout {
        names,
        sample,
        target,
        change,
        weeks,
    }
}

/// From rich to poor; the first that fits is taken. Weeks go first, then details of the change,
/// then the change, then the target, then long names, then the sample. The band always stays whole.
const LAYOUTS: [Layout; 9] = [
    layout(Names::Long, Sample::Column, true, Some(Detail::Full), true),
    layout(Names::Short, Sample::Column, true, Some(Detail::Full), true),
    layout(
        Names::Short,
        Sample::Behind,
        true,
        Some(Detail::Short),
        true,
    ),
    layout(
        Names::Short,
        Sample::Behind,
        true,
        Some(Detail::Short),
        false,
    ),
    layout(Names::Long, Sample::Behind, true, None, false),
    layout(Names::Short, Sample::Behind, true, None, false),
    layout(Names::Short, Sample::Behind, false, None, false),
    layout(Names::Brief, Sample::Behind, false, None, false),
    layout(Names::Brief, Sample::Left, false, None, false),
];

/// The same for the four lines of `--compact`: neither targets nor weeks.
const COMPACT_LAYOUTS: [Layout; 5] = [
    layout(
        Names::Long,
        Sample::Behind,
        false,
        Some(Detail::Full),
        false,
    ),
    layout(
        Names::Short,
        Sample::Behind,
        false,
        Some(Detail::Short),
        false,
    ),
    layout(Names::Short, Sample::Behind, false, None, false),
    layout(Names::Brief, Sample::Behind, false, None, false),
    layout(Names::Brief, Sample::Left, false, None, false),
];

/// The fewest weeks worth drawing, and the most.
const WEEKS: (usize, usize) = (4, 13);

/// What is left of an absurdly long value at least.
const LEAST_VALUE: usize = 4;

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
    columns.push(match layout.sample {
        Sample::Column => Column::new(title("Now")),
        Sample::Behind => Column::new(title("Now (n)")),
        // An absurd value is cut rather than the band behind it.
        Sample::Left => Column::new(title("Now")).shrinks_to(LEAST_VALUE),
    });
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
    if layout.sample == Sample::Column {
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
        Names::Brief => measure.name.brief,
    });
    let Some(now) = measure.now() else {
        let chip = Cell::from(measure.chip(style));
        return table.row_with_tail([name, chip], measure.why_not(style));
    };
    let sample = measure.sample();
    let now = match layout.sample {
        Sample::Column if measure.fraction.is_none() => now,
        Sample::Column | Sample::Behind => format!("{now} ({sample})"),
        Sample::Left => now,
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
    if layout.sample == Sample::Column {
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
    use crate::model::Band;
    use crate::render::sample;
    use crate::render::style::Charset;

    fn table_at(report: &Report, style: &Style, screen: impl Fn(&mut Page<'_>, &Report)) -> String {
        let mut page = Page::new(style);
        screen(&mut page, report);
        page.finish()
    }

    fn shown(report: &Report, width: usize) -> String {
        let style = Style {
            width,
            ..Style::default()
        };
        table_at(report, &style, metrics)
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
    fn the_band_is_whole_at_every_width_whatever_the_value() {
        let mut report = sample::report();
        report.metrics.deployment_frequency.value = Some(0.0329);
        report.metrics.deployment_frequency.band = Some(Band::Medium);
        report.metrics.deployment_frequency.certainty = None;
        // 23 h 59 min of 123456 changes, 99.9 % of 12345.
        report.metrics.lead_time.value = Some(1439.0);
        report.metrics.lead_time.count = 123_456;
        report.metrics.lead_time.band = None;
        report.metrics.lead_time.standing = Some("top 100.0 % of all".to_owned());
        report.metrics.change_failure_rate.value = Some(0.999);
        report.metrics.change_failure_rate.failed = 12_344;
        report.metrics.change_failure_rate.total = 12_345;
        report.metrics.mttr.value = Some(f64::MAX);
        let chips_in = |style: &Style| {
            [
                table_at(&report, style, metrics),
                table_at(&report, style, compact_metrics),
            ]
            .map(|text| {
                measure::four(&report.metrics).map(|measure| text.contains(&measure.chip(style).0))
            })
        };
        for width in 40..=100 {
            for charset in [Charset::Unicode, Charset::Ascii] {
                let style = Style {
                    width,
                    charset,
                    ..Style::default()
                };
                assert_eq!(chips_in(&style), [[true; 4]; 2], "{width} {charset:?}");
            }
        }
    }

    #[test]
    fn short_names_come_before_the_sample_is_left_out() {
        let mut report = sample::report();
        report.metrics.lead_time.value = Some(1439.0);
        let text = shown(&report, 40);
        let line = " Failures  9.3 % (5/54)       [ELITE?]";
        assert!(text.lines().any(|said| said == line), "{text}");
        let line = " Lead      23 h 59 min (147)  [ELITE]";
        assert!(text.lines().any(|said| said == line), "{text}");
        report.metrics.lead_time.count = 1_234_567_890;
        let text = shown(&report, 40);
        assert!(
            text.lines()
                .any(|said| said == " Lead      23 h 59 min  [ELITE]"),
            "{text}"
        );
        assert!(
            text.lines()
                .any(|said| said == " Failures  9.3 %        [ELITE?]"),
            "{text}"
        );
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
