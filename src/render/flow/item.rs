//! `dora flow KEY`: one item's way from idea to production as a waterfall on one axis of time, and
//! below it its visits to the stages on the same axis, blocked stretches marked.

use chrono::{DateTime, Utc};

use crate::report::flow::{ItemWay, Way, WaySegment};
use crate::report::quantity::{number, percent, plural, stream_time};

use super::Options;
use super::figures::{self, KEY, STAGE, working};
use super::screen::subject;
use crate::render::calendar::{self, instant};
use crate::render::page::Page;
use crate::render::sanitize;
use crate::render::style::{Charset, Style, Tone};

/// Columns of a label, of what stands behind the bar, and of the bar at least.
const LABEL: usize = 30;
const EVIDENCE: usize = 18;
const LEAST: usize = 10;
/// Rows of one list; nobody reads the ten thousandth visit.
const ROWS: usize = 100;
/// Deployments that are named.
const DEPLOYMENTS: usize = 6;

/// The page.
pub(super) fn screen(page: &mut Page<'_>, way: &ItemWay, options: &Options) {
    title(page, way);
    story(page, way, options);
    let axis = Axis::of(way);
    let segments = way.way.iter().flat_map(|way| {
        let rows = way.segments.iter().take(ROWS);
        rows.map(|segment| segment_row(segment, way, page.style))
    });
    let segments: Vec<Row> = segments.collect();
    let visits = visit_rows(way, page.style);
    let blocked = blocked_rows(way, page.style);
    let all = || segments.iter().chain(&visits).chain(&blocked);
    let layout = Layout::of(all(), page.style);
    page.heading("From idea to production");
    match &way.way {
        Some(found) => {
            axis_line(page, &axis, layout);
            rows(page, &segments, &axis, layout, &[]);
            whole(page, found);
        }
        None => {
            let reason = way.way_reason.as_deref().unwrap_or("no commit names it");
            let words = format!("not known: {}", page.style.foreign_within(reason, 200));
            page.wrapped("  ", &words, &[], 4);
        }
    }
    if !visits.is_empty() {
        page.heading("Stages");
        axis_line(page, &axis, layout);
        rows(page, &visits, &axis, layout, &spans(way, &axis));
    }
    if !blocked.is_empty() {
        page.heading("Blocked");
        rows(page, &blocked, &axis, layout, &spans(way, &axis));
    }
    code(page, way);
}

fn title(page: &mut Page<'_>, way: &ItemWay) {
    let style = page.style;
    let item = &way.item;
    let key = style.foreign_within(&item.key, 40);
    let mut parts = subject(&way.repository, &key, style);
    parts.push(item.flow_type.name().to_owned());
    if let Some(value) = item.value {
        parts.push(format!("value {}", number(value, 1)));
    }
    let stage = style.foreign_within(&item.stage, STAGE);
    parts.push(format!("{} ({stage})", figures::outcome(item)));
    page.parts("", &parts, &[(key.as_str(), Tone::Strong)]);
    let title = style.foreign_within(&item.title, 300);
    if !title.is_empty() {
        page.wrapped(" ", &title, &[], 3);
    }
}

/// The item's life in a sentence or two.
fn story(page: &mut Page<'_>, way: &ItemWay, options: &Options) {
    let item = &way.item;
    let zone = chrono_tz::Tz::UTC;
    let day = |at: DateTime<Utc>| calendar::minute(at, zone);
    let mut words = format!("Created {}", day(item.created));
    match item.started {
        Some(at) => words.push_str(&format!(", started {}", day(at))),
        None => words.push_str(", never started"),
    }
    if let Some(at) = item.finished {
        let ended = match item.outcome.as_str() {
            "cancelled" => "cancelled",
            _ => "done",
        };
        words.push_str(&format!(", {ended} {}", day(at)));
    }
    words.push_str(" (UTC).");
    let time = match (item.flow_time_hours, item.age_hours) {
        (Some(hours), _) => Some(format!("Flow time {}", stream_time(hours))),
        (None, Some(hours)) if item.outcome == "cancelled" => {
            Some(format!("Given up after {}", stream_time(hours)))
        }
        (None, Some(hours)) => Some(format!("In progress for {}", stream_time(hours))),
        (None, None) => None,
    };
    if let (Some(time), Some(active), Some(wait)) = (time, item.active_hours, item.wait_hours) {
        let blocked = item.blocked_in_active_hours.unwrap_or(0.0);
        words.push_str(&format!(
            " {time}: {} worked on",
            stream_time(active - blocked)
        ));
        if blocked > 0.0 {
            words.push_str(&format!(", {} blocked", stream_time(blocked)));
        }
        words.push_str(&format!(", {} waiting", stream_time(wait)));
        if let Some(share) = item.efficiency {
            words.push_str(&format!("; efficiency {}", percent(share)));
        }
        words.push('.');
    }
    if options.business && item.business_hours.is_some() {
        words.push_str(&format!(" Working time {}.", working(item.business_hours)));
    }
    if item.reopened > 0 {
        let net = item.net_hours.map_or_else(String::new, |hours| {
            format!(", {} without the gaps", stream_time(hours))
        });
        words.push_str(&format!(" Reopened {}{net}.", times(item.reopened)));
    }
    if item.moved_back > 0 {
        words.push_str(&format!(" Went back {}.", times(item.moved_back)));
    }
    page.wrapped(" ", &words, &[], 8);
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// The whole way below its segments, and what it means where the tracker disagrees.
fn whole(page: &mut Page<'_>, way: &Way) {
    let words = match (way.idea_to_production_hours, &way.reason) {
        (Some(hours), _) => format!("{} from idea to production", stream_time(hours)),
        (None, Some(reason)) => {
            let reason = page.style.foreign_within(reason, 160);
            format!("not in production yet: {reason}")
        }
        (None, None) => "not in production yet".to_owned(),
    };
    page.wrapped("  ", &words, &[(words.as_str(), Tone::Strong)], 2);
    if let Some(gap) = way.tracker_gap_hours.filter(|gap| *gap != 0.0) {
        let words = match gap > 0.0 {
            true => format!("the tracker said done {} later", stream_time(gap)),
            false => format!(
                "the tracker said done {} before it was in production",
                stream_time(-gap)
            ),
        };
        page.wrapped("  ", &words, &[], 2);
    }
    if way.segments.iter().any(|segment| segment.hours < 0.0) {
        let words = "a segment below zero: these steps were not taken in this order";
        page.wrapped("  ", words, &[], 2);
    }
}

fn code(page: &mut Page<'_>, way: &ItemWay) {
    let Some(found) = &way.way else {
        return;
    };
    let style = page.style;
    let mut facts = Vec::new();
    if !found.commits.is_empty() {
        facts.push((
            "commits",
            figures::keys(&found.commits, found.commits.len(), 12, style),
        ));
    }
    if found.commits_waiting > 0 {
        facts.push(("not deployed", plural(found.commits_waiting, "commit")));
    }
    if found.commits_taken_back > 0 {
        facts.push(("taken back", plural(found.commits_taken_back, "commit")));
    }
    if !found.deployments.is_empty() {
        let shown = found.deployments.iter().take(DEPLOYMENTS);
        let mut said: Vec<String> = shown.map(|id| style.foreign_within(id, 60)).collect();
        let more = found.deployments.len() - said.len();
        if more > 0 {
            said.push(format!("{more} more"));
        }
        facts.push(("deployments", said.join(", ")));
    }
    if !facts.is_empty() {
        page.blank();
        page.facts(&facts);
    }
}

/// A segment of the way in words: `first commit → pull request`.
pub(super) fn segment(name: &str, style: &Style) -> String {
    let name = style.foreign_within(name, 60).replace('_', " ");
    match name.split_once(" to ") {
        Some((from, to)) => format!("{from} {} {to}", style.to()),
        None => name,
    }
}

/// A stretch of time with its words.
struct Row {
    label: String,
    from: DateTime<Utc>,
    /// `None`: it has no end to draw to.
    to: Option<DateTime<Utc>>,
    length: String,
    evidence: String,
}

fn segment_row(found: &WaySegment, way: &Way, style: &Style) -> Row {
    // Where a segment ends, a step was taken: what tells that step tells the segment.
    let last = found.segment.rsplit("_to_").next().unwrap_or_default();
    let is_end = |step: &str| step == last || step.starts_with(last) || last.starts_with("deploy");
    let ends = || way.steps.iter().filter(|step| step.at == found.to);
    let step = ends()
        .find(|step| is_end(&step.step))
        .or_else(|| ends().next());
    Row {
        label: segment(&found.segment, style),
        from: found.from.min(found.to),
        to: Some(found.to.max(found.from)),
        length: stream_time(found.hours),
        evidence: step.map_or_else(String::new, |step| {
            style.foreign_within(&step.evidence, EVIDENCE)
        }),
    }
}

fn visit_rows(way: &ItemWay, style: &Style) -> Vec<Row> {
    let is_over = way.item.finished.is_some();
    let shown = way.visits.iter().take(ROWS);
    shown
        .map(|visit| {
            let end = visit.to.or((!is_over).then_some(way.generated_at));
            let hours = end.map(|end| hours_between(visit.from, end));
            let since = match visit.to {
                Some(_) => String::new(),
                None => "still there".to_owned(),
            };
            Row {
                label: style.foreign_within(&visit.stage, LABEL),
                from: visit.from,
                to: end,
                length: hours.map_or_else(String::new, stream_time),
                evidence: since,
            }
        })
        .collect()
}

fn blocked_rows(way: &ItemWay, style: &Style) -> Vec<Row> {
    let shown = way.blocked.iter().take(ROWS);
    shown
        .map(|span| {
            let end = span.to.unwrap_or(way.generated_at);
            Row {
                label: style
                    .foreign_within(span.reason.as_deref().unwrap_or("no reason told"), LABEL),
                from: span.from,
                to: Some(end),
                length: stream_time(hours_between(span.from, end)),
                evidence: match span.to {
                    Some(_) => String::new(),
                    None => "still blocked".to_owned(),
                },
            }
        })
        .collect()
}

fn hours_between(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).num_seconds() as f64 / 3600.0
}

/// The time that the bars share.
#[derive(Debug, Clone, Copy)]
struct Axis {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Axis {
    /// From the item's first instant to its last; of one in progress, to now.
    fn of(way: &ItemWay) -> Self {
        let item = &way.item;
        let steps = way
            .way
            .iter()
            .flat_map(|way| way.steps.iter().map(|step| step.at));
        let visits = way
            .visits
            .iter()
            .flat_map(|visit| [Some(visit.from), visit.to]);
        let blocked = way
            .blocked
            .iter()
            .flat_map(|span| [Some(span.from), span.to]);
        let known = [Some(item.created), item.started, item.finished];
        let is_open = item.finished.is_none();
        let now = is_open.then_some(way.generated_at);
        let all = known.into_iter().chain(visits).chain(blocked).chain([now]);
        let all = all.flatten().chain(steps);
        let (from, to) = all.fold((item.created, item.created), |(from, to), at| {
            (from.min(at), to.max(at))
        });
        Self { from, to }
    }

    /// The columns that a stretch takes: the first, and how many, at least one.
    fn columns(&self, from: DateTime<Utc>, to: DateTime<Utc>, room: usize) -> (usize, usize) {
        let whole = hours_between(self.from, self.to);
        if whole <= 0.0 || room == 0 {
            return (0, 1.min(room));
        }
        let column = |at: DateTime<Utc>| {
            let share = hours_between(self.from, at) / whole;
            (share * room as f64).round().clamp(0.0, room as f64) as usize
        };
        let begin = column(from).min(room - 1);
        let end = column(to).max(begin + 1);
        (begin, end - begin)
    }
}

/// When it was blocked, in time.
fn spans(way: &ItemWay, axis: &Axis) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let spans = way.blocked.iter().take(ROWS);
    spans
        .map(|span| (span.from, span.to.unwrap_or(axis.to)))
        .collect()
}

/// How the columns of a line are divided.
#[derive(Debug, Clone, Copy)]
struct Layout {
    label: usize,
    bar: usize,
    length: usize,
}

impl Layout {
    fn of<'a>(rows: impl Iterator<Item = &'a Row> + Clone, style: &Style) -> Self {
        let widest = |of: fn(&Row) -> &str| {
            let widths = rows.clone().map(move |row| sanitize::width(of(row)));
            widths.max().unwrap_or(0)
        };
        let label = widest(|row| &row.label).min(LABEL).min(style.width * 2 / 5);
        let length = widest(|row| &row.length).max(6);
        let evidence = widest(|row| &row.evidence).min(EVIDENCE);
        let taken = 2 + label + 2 + 2 + length;
        let beside = match evidence {
            0 => 0,
            evidence => evidence + 2,
        };
        let room = style.width.saturating_sub(taken);
        // What tells a step goes before the bar does.
        let bar = match room.saturating_sub(beside) {
            bar if bar >= LEAST => bar,
            _ => room.max(1),
        };
        Self { label, bar, length }
    }
}

fn rows(
    page: &mut Page<'_>,
    rows: &[Row],
    axis: &Axis,
    layout: Layout,
    blocked: &[(DateTime<Utc>, DateTime<Utc>)],
) {
    if page.style.accessible {
        for row in rows {
            page.sentence(&sentence(row));
        }
        return;
    }
    let (fill, stopped) = match page.style.charset {
        Charset::Unicode => ('█', '░'),
        Charset::Ascii => ('#', 'x'),
    };
    for row in rows {
        let mut cells = vec![' '; layout.bar];
        let (begin, count) = axis.columns(row.from, row.to.unwrap_or(row.from), layout.bar);
        for cell in cells.iter_mut().skip(begin).take(count) {
            *cell = fill;
        }
        for (from, to) in blocked {
            let (from, to) = ((*from).max(row.from), (*to).min(row.to.unwrap_or(row.from)));
            if from >= to {
                continue;
            }
            let (begin, count) = axis.columns(from, to, layout.bar);
            for cell in cells.iter_mut().skip(begin).take(count) {
                *cell = stopped;
            }
        }
        let bar: String = cells.iter().collect();
        let label = sanitize::truncate(&row.label, layout.label, page.style.ellipsis());
        let blanks = " ".repeat(layout.label.saturating_sub(sanitize::width(&label)));
        let length = format!("{:>1$}", row.length, layout.length);
        let line = format!("  {label}{blanks}  {bar}  {length}  {}", row.evidence);
        page.line(line.trim_end(), &[]);
    }
    if !blocked.is_empty() && rows.len() > 1 {
        page.line(&format!("  {stopped} blocked"), &[]);
    }
}

/// The days between which the bars lie.
fn axis_line(page: &mut Page<'_>, axis: &Axis, layout: Layout) {
    let [from, to] = [axis.from, axis.to].map(|at| calendar::day(at, chrono_tz::Tz::UTC));
    if page.style.accessible || from.len() + to.len() + 1 > layout.bar {
        return;
    }
    let before = " ".repeat(layout.label + 4);
    let between = " ".repeat(layout.bar.saturating_sub(from.len() + to.len()));
    let line = format!("{before}{from}{between}{to}");
    page.line(&line, &[(line.trim_start(), Tone::Faint)]);
}

/// `idea to start: 24 h, from 2026-03-02T09:00:00Z, told by tracker.`
fn sentence(row: &Row) -> String {
    let mut said = vec![format!("from {}", instant(row.from))];
    if !row.length.is_empty() {
        said.insert(0, row.length.clone());
    }
    if !row.evidence.is_empty() {
        said.push(row.evidence.clone());
    }
    format!("{}: {}.", row.label, said.join(", "))
}

/// The key of an item as a heading of a file.
pub(super) fn heading(way: &ItemWay, style: &Style) -> String {
    let key = style.foreign_within(&way.item.key, KEY);
    let title = style.foreign_within(&way.item.title, 120);
    match title.is_empty() {
        true => key,
        false => format!("{key} {title}"),
    }
}
