//! `dora flow --verbose`: the screen with everything behind it: pictures, weeks, kinds of work, what was
//! blocked, statuses, items, what was set aside, definitions.

use crate::report::flow::{Code, Distribution, FlowReport, SetAside, VelocityWeek};
use crate::report::quantity::{number, percent, plural, stream_time};

use super::Options;
use super::figures::{self, KEY, or_dash, share, working};
use super::item;
use super::plots;
use super::screen;
use super::tables;
use crate::model::work_item::FlowType;
use crate::render::calendar::{self, instant};
use crate::render::chart::Bar;
use crate::render::page::Page;
use crate::render::remarks;
use crate::render::style::Style;
use crate::render::table::{Cell, Column, Table};

/// Weeks in the run chart, and items in their table.
const WEEKS: usize = 26;
const ITEMS: usize = 200;
const DEPLOYMENTS: usize = 20;
/// Items in progress that are listed: nobody reads the thousandth.
const AGEING: usize = 1000;

/// Everything there is to say.
pub(super) fn screen(page: &mut Page<'_>, report: &FlowReport, options: &Options) {
    if !figures::has_items(report) {
        return screen::screen(page, report, options);
    }
    screen::title(page, report);
    page.blank();
    screen::head(page, report, options, true);
    if !report.findings.is_empty() {
        page.heading("What stands out");
        screen::findings(page, report, usize::MAX);
    }
    flow_time(page, report, options);
    plots::scatter(page, report);
    weeks(page, report);
    kinds(page, report);
    plots::cumulative(page, report);
    load(page, report);
    blocked(page, report);
    if !report.ageing.is_empty() {
        page.heading("In progress, oldest first");
        tables::ageing(page, report, AGEING);
        more(page, report.ageing.len().saturating_sub(AGEING));
    }
    if let Some(code) = &report.code {
        joined(page, report, code);
    }
    if !report.items.is_empty() {
        page.heading("Items");
        tables::items(page, report, options, ITEMS);
    }
    set_aside(page, report);
    if !report.statuses.is_empty() {
        page.heading("Statuses");
        tables::statuses(page, report);
    }
    sources(page, report);
    definitions(page, report);
    if !report.notices.is_empty() {
        page.heading("Notices");
        remarks::list(page, &report.notices, usize::MAX, usize::MAX);
    }
}

fn flow_time(page: &mut Page<'_>, report: &FlowReport, options: &Options) {
    let time = &report.flow_time;
    if time.p50_hours.is_none() {
        return;
    }
    page.heading("Flow time");
    let style = page.style;
    let dot = format!(" {} ", style.dot());
    let percentiles = [
        ("P50", time.p50_hours),
        ("P85", time.p85_hours),
        ("P95", time.p95_hours),
        ("mean", time.mean_hours),
    ];
    let said: Vec<String> = percentiles
        .into_iter()
        .filter_map(|(name, hours)| Some(format!("{name} {}", stream_time(hours?))))
        .collect();
    let mut facts = vec![
        ("elapsed", said.join(&dot)),
        (
            "net of reopening",
            format!(
                "P50 {} ({} reopened)",
                or_dash(time.net_p50_hours),
                plural(time.reopened, "item")
            ),
        ),
    ];
    if options.business {
        let p50 = working(time.business_p50_hours);
        let p85 = working(time.business_p85_hours);
        facts.push(("working time", format!("P50 {p50}{dot}P85 {p85}")));
    }
    let never = plural(time.never_started, "item");
    facts.push((
        "counted",
        format!(
            "{}; {never} done without being started",
            plural(time.count, "item")
        ),
    ));
    if let Some(previous) = time.previous_p50_hours {
        facts.push(("period before", format!("P50 {}", stream_time(previous))));
    }
    page.facts(&facts);
}

/// Items done per week, with their kinds and how many were started.
fn weeks(page: &mut Page<'_>, report: &FlowReport) {
    let weeks = &report.flow_velocity.weeks;
    if weeks.is_empty() {
        return;
    }
    page.heading("Done per week");
    let shown = weeks
        .get(weeks.len().saturating_sub(WEEKS)..)
        .unwrap_or_default();
    let bars: Vec<Bar> = shown
        .iter()
        .map(|week| Bar {
            label: page.style.foreign_within(&week.week, 10),
            value: week.total as f64,
            text: week_words(week),
        })
        .collect();
    bars_or_sentences(page, &bars);
    let more = weeks.len() - shown.len();
    if more > 0 {
        page.line(&format!("  and {} before", plural(more, "week")), &[]);
    }
}

/// `3 (1 feature, 2 debt), 1 started`.
fn week_words(week: &VelocityWeek) -> String {
    let kinds: Vec<String> = FlowType::ALL
        .iter()
        .zip(week.by_type)
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("{count} {}", kind.name()))
        .collect();
    let kinds = match kinds.is_empty() {
        true => String::new(),
        false => format!(" ({})", kinds.join(", ")),
    };
    let rest = if week.is_complete { "" } else { ", not over" };
    format!("{}{kinds}, {} started{rest}", week.total, week.started)
}

fn bars_or_sentences(page: &mut Page<'_>, bars: &[Bar]) {
    if page.style.accessible {
        for bar in bars {
            page.sentence(&format!("{}: {}.", bar.label, bar.text));
        }
    } else {
        page.bars(bars);
    }
}

/// Kinds of work among what was done, by count and by value.
fn kinds(page: &mut Page<'_>, report: &FlowReport) {
    if report.flow_distribution.iter().all(|row| row.count == 0) {
        return;
    }
    page.heading("Kinds of work done");
    let bars: Vec<Bar> = report
        .flow_distribution
        .iter()
        .map(|row| Bar {
            label: row.flow_type.name().to_owned(),
            value: row.count as f64,
            text: kind_words(row),
        })
        .collect();
    bars_or_sentences(page, &bars);
}

fn kind_words(row: &Distribution) -> String {
    let mut words = format!("{} ({})", row.count, share(row.share));
    if let Some(share) = row.value_share {
        let value = number(row.value, 1);
        words.push_str(&format!(", value {value} ({})", percent(share)));
    }
    words
}

fn load(page: &mut Page<'_>, report: &FlowReport) {
    let days = &report.flow_load.days;
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return;
    };
    page.heading("In progress, day by day");
    let most = page.style.width.saturating_sub(30).max(10);
    let step = days.len().div_ceil(most).max(1);
    let values: Vec<Option<f64>> = days
        .chunks(step)
        .filter_map(|chunk| chunk.last())
        .map(|day| (day.count > 0).then_some(day.count as f64))
        .collect();
    let highest = days.iter().map(|day| day.count).max().unwrap_or(0);
    let line = crate::render::chart::sparkline(&values, page.style.charset);
    page.line(
        &format!("  {line}  {} {} {}", first.date, page.style.to(), last.date),
        &[],
    );
    let mean = report.flow_load.mean.map_or_else(String::new, |mean| {
        format!(", {} on average", number(mean, 1))
    });
    page.line(
        &format!("  at most {highest}{mean}, {} now", report.flow_load.count),
        &[],
    );
}

fn blocked(page: &mut Page<'_>, report: &FlowReport) {
    if report.blocked.reasons.is_empty() {
        return;
    }
    page.heading("Blocked, by reason");
    let bars: Vec<Bar> = report
        .blocked
        .reasons
        .iter()
        .map(|row| Bar {
            label: page.style.foreign_within(&row.reason, 32),
            value: row.hours,
            text: format!("{} ({})", stream_time(row.hours), plural(row.items, "item")),
        })
        .collect();
    bars_or_sentences(page, &bars);
}

/// How items meet commits and deployments.
fn joined(page: &mut Page<'_>, report: &FlowReport, code: &Code) {
    page.heading("From idea to production");
    let style = page.style;
    if let Some(words) = screen::joined_words(report, style) {
        page.wrapped("  ", &words, &[], usize::MAX);
        page.blank();
    }
    let mut table = Table::new([
        Column::new("Segment"),
        Column::new("Median").right(),
        Column::new("P85").right(),
        Column::new("Mean").right().expendable(1),
        Column::new("n").right(),
    ]);
    for figure in code.segments.iter().chain([&code.idea_to_production]) {
        table.row([
            Cell::from(item::segment(&figure.segment, style)),
            or_dash(figure.p50_hours).into(),
            or_dash(figure.p85_hours).into(),
            or_dash(figure.mean_hours).into(),
            figure.count.to_string().into(),
        ]);
    }
    page.table(table);
    page.blank();
    let gap = &code.tracker_gap;
    let mut facts = Vec::new();
    if let Some(hours) = gap.done_minus_deployed_p50_hours {
        let side = if hours < 0.0 { "before" } else { "after" };
        facts.push((
            "tracker says done",
            format!(
                "{} {side} the deployment (median, n {})",
                stream_time(hours.abs()),
                gap.count
            ),
        ));
    }
    if gap.closed_before_deployed > 0 {
        let items = plural(gap.closed_before_deployed, "item");
        facts.push((
            "closed early",
            format!("{items} done before the deployment"),
        ));
    }
    if gap.done_not_deployed_count > 0 {
        let keys = figures::keys(
            &gap.done_not_deployed,
            gap.done_not_deployed_count,
            10,
            style,
        );
        facts.push(("done, not in production", keys));
    }
    if gap.coded_before_started > 0 {
        let items = plural(gap.coded_before_started, "item");
        facts.push(("coded before started", items));
    }
    if let Some(mean) = code.items_per_deployment {
        facts.push(("items per deployment", number(mean, 1)));
    }
    if code.coverage.unknown_key_count > 0 {
        let coverage = &code.coverage;
        let keys = figures::keys(
            &coverage.unknown_keys,
            coverage.unknown_key_count,
            10,
            style,
        );
        facts.push(("keys of no item", keys));
    }
    page.facts(&facts);
    if code.deployments.is_empty() {
        return;
    }
    page.blank();
    let zone = calendar::zone(&report.timezone);
    let mut table = Table::new([
        Column::new("Deployment").shrinks_to(10),
        Column::new("Time").expendable(2),
        Column::new(""),
        Column::new("Value").right().expendable(1),
        Column::new("Items").shrinks_to(12),
    ]);
    for row in code.deployments.iter().take(DEPLOYMENTS) {
        table.row([
            Cell::from(style.foreign_within(&row.deployment, 36)),
            calendar::minute(row.time, zone).into(),
            if row.failed { "failed" } else { "" }.into(),
            number(row.value, 1).into(),
            figures::keys(&row.items, row.items.len(), 4, style).into(),
        ]);
    }
    page.table(table);
    more(page, code.deployments.len().saturating_sub(DEPLOYMENTS));
}

/// What a list leaves out.
fn more(page: &mut Page<'_>, count: usize) {
    if count > 0 {
        page.line(
            &format!("   and {count} more: dora flow --format json"),
            &[],
        );
    }
}

fn set_aside(page: &mut Page<'_>, report: &FlowReport) {
    if report.set_aside.is_empty() {
        return;
    }
    page.heading("Set aside: no duration counts them");
    let style = page.style;
    let facts: Vec<(&str, String)> = report
        .set_aside
        .iter()
        .map(|row| (why_aside(&row.reason), aside(row, style)))
        .collect();
    page.facts(&facts);
}

/// Why an item is set aside, in words.
pub(super) fn why_aside(reason: &str) -> &'static str {
    match reason {
        "never-started" => "done, never started",
        "not-started" => "not started",
        "cancelled" => "cancelled",
        "removed" => "removed",
        _ => "other",
    }
}

/// `2: FOC-1, FOC-2`.
pub(super) fn aside(row: &SetAside, style: &Style) -> String {
    format!(
        "{}: {}",
        row.count,
        figures::keys(&row.items, row.count, 20, style)
    )
}

fn sources(page: &mut Page<'_>, report: &FlowReport) {
    page.heading("Sources");
    let style = page.style;
    let mut table = Table::new([
        Column::new("Tracker"),
        Column::new("Items").right(),
        Column::new("Events").right(),
        Column::new("Whole").right(),
        Column::new("Part").right(),
        Column::new("Guessed").right(),
        Column::new("Known until").expendable(1),
    ]);
    for row in &report.sources {
        table.row([
            Cell::from(style.foreign_within(&row.tracker, KEY)),
            row.items.to_string().into(),
            row.events.to_string().into(),
            row.complete.to_string().into(),
            row.partial.to_string().into(),
            row.approximate.to_string().into(),
            row.updated.map(instant).unwrap_or_default().into(),
        ]);
    }
    page.table(table);
}

fn definitions(page: &mut Page<'_>, report: &FlowReport) {
    page.heading("Definitions");
    let style = page.style;
    let definitions = &report.definitions;
    let kinds: Vec<String> = definitions
        .stages
        .iter()
        .map(|stage| {
            let name = style.foreign_within(&stage.name, figures::STAGE);
            format!("{name} ({})", stage.kind.name())
        })
        .collect();
    let (start, end) = (instant(report.period.start), instant(report.period.end));
    page.facts(&[
        ("period", format!("{start} to {end}")),
        ("as of", instant(report.generated_at)),
        ("stages", kinds.join(", ")),
        (
            "flow time",
            style.foreign_within(&definitions.flow_time, 200),
        ),
        (
            "percentiles",
            style.foreign_within(&definitions.percentiles, 60),
        ),
        (
            "working time",
            style.foreign_within(&definitions.business_calendar, 120),
        ),
        ("keys", style.foreign_within(&definitions.key_pattern, 120)),
    ]);
}
