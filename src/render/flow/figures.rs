//! The flow metrics in words: what every format says of each. Only units are chosen here; the numbers
//! and the judgements are the report's. The tables that hold them are in `tables`.

use crate::report::flow::{Distribution, FlowReport, FlowTime, ItemRow};
use crate::report::quantity::{number, percent, plural, stream_time};

use super::Options;
use crate::render::style::Style;

/// Columns of the name of a stage, at most.
pub(super) const STAGE: usize = 22;
/// Columns of a key, at most.
pub(super) const KEY: usize = 16;

/// A duration, or a dash.
pub(super) fn or_dash(hours: Option<f64>) -> String {
    hours.map_or_else(|| "-".to_owned(), stream_time)
}

/// Working hours, which no day of 24 hours divides, or a dash.
pub(super) fn working(hours: Option<f64>) -> String {
    hours.map_or_else(
        || "-".to_owned(),
        |hours| match hours.is_finite() {
            true => format!("{} h", number(hours, 1)),
            false => "?".to_owned(),
        },
    )
}

/// A share, or a dash.
pub(super) fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), percent)
}

/// A flow metric.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// Its name.
    pub(super) name: &'static str,
    /// The value with what belongs to it, or `no data: reason`.
    pub(super) now: String,
    /// What to aim at, with the verdict.
    pub(super) target: String,
    /// Items it rests on.
    pub(super) count: usize,
    /// Whether there is a value.
    pub(super) is_known: bool,
    /// Whether the value rests on a sample that it does not name itself.
    pub(super) has_sample: bool,
}

/// The five flow metrics and blocked time, in the order of the spec.
pub(super) fn figures(report: &FlowReport, options: &Options, style: &Style) -> Vec<Figure> {
    let time = &report.flow_time;
    let efficiency = &report.flow_efficiency;
    let velocity = &report.flow_velocity;
    let load = &report.flow_load;
    let no_data = |reason: &Option<String>| {
        let reason = reason.as_deref().unwrap_or("nothing was measured");
        format!("no data: {}", style.foreign_within(reason, 120))
    };
    let done = report.flow_velocity.count;
    let mean = load
        .mean
        .map(|mean| format!(", mean {}", number(mean, 1)))
        .unwrap_or_default();
    vec![
        Figure {
            name: "Flow time",
            now: flow_time(time, options).unwrap_or_else(|| no_data(&time.reason)),
            target: String::new(),
            count: time.count,
            is_known: time.p50_hours.is_some(),
            has_sample: true,
        },
        Figure {
            name: "Flow efficiency",
            now: match efficiency.value {
                Some(value) => {
                    let active = efficiency.active_hours;
                    let ratio = ratio(active, active + efficiency.wait_hours);
                    format!("{} ({ratio})", percent(value))
                }
                None => no_data(&efficiency.reason),
            },
            target: match efficiency.value {
                Some(value) => {
                    let verdict = match value > efficiency.target {
                        true => "[met]",
                        false => "[missed]",
                    };
                    format!("> {} {verdict}", percent(efficiency.target))
                }
                None => format!("> {}", percent(efficiency.target)),
            },
            count: efficiency.count,
            is_known: efficiency.value.is_some(),
            has_sample: true,
        },
        Figure {
            name: "Flow load",
            now: format!("{} in progress{mean}", plural(load.count, "item")),
            target: String::new(),
            count: load.count,
            is_known: true,
            has_sample: false,
        },
        Figure {
            name: "Flow velocity",
            now: match velocity.per_week {
                Some(_) if velocity.count == 0 => "nothing done".to_owned(),
                Some(per_week) => {
                    let per_week = match per_week > 0.0 && per_week < 0.05 {
                        true => "< 0.1".to_owned(),
                        false => number(per_week, 1),
                    };
                    format!("{per_week} /week ({} done)", velocity.count)
                }
                None => no_data(&velocity.reason),
            },
            target: String::new(),
            count: velocity.count,
            is_known: velocity.per_week.is_some(),
            has_sample: false,
        },
        Figure {
            name: "Distribution",
            now: match done {
                0 => no_data(&velocity.reason),
                _ => distribution(&report.flow_distribution, style),
            },
            target: String::new(),
            count: done,
            is_known: done > 0,
            has_sample: true,
        },
        Figure {
            name: "Blocked",
            now: blocked(report),
            target: String::new(),
            count: report.blocked.items,
            is_known: true,
            has_sample: false,
        },
    ]
}

fn flow_time(time: &FlowTime, options: &Options) -> Option<String> {
    let median = time.p50_hours?;
    let mut words = format!("median {}", stream_time(median));
    if let Some(p85) = time.p85_hours {
        words.push_str(&format!(", P85 {}", stream_time(p85)));
    }
    if options.business && time.business_p50_hours.is_some() {
        words.push_str(&format!(
            " (working: {}, {})",
            working(time.business_p50_hours),
            working(time.business_p85_hours)
        ));
    }
    Some(words)
}

/// `231 of 393 h`.
fn ratio(part: f64, whole: f64) -> String {
    // Beside a thousand hours nobody reads the minutes.
    let decimals = usize::from(whole.abs() < 1000.0);
    format!(
        "{} of {} h",
        number(part, decimals),
        number(whole, decimals)
    )
}

/// `feature 25 %, defect 25 %`: kinds of which something was done.
pub(super) fn distribution(rows: &[Distribution], style: &Style) -> String {
    let said: Vec<String> = rows
        .iter()
        .filter(|row| row.count > 0)
        .map(|row| format!("{} {}", row.flow_type.name(), share(row.share)))
        .collect();
    match style.accessible {
        true => said.join(", "),
        false => said.join(&format!(" {} ", style.dot())),
    }
}

fn blocked(report: &FlowReport) -> String {
    let blocked = &report.blocked;
    if blocked.items == 0 {
        return "nothing was blocked".to_owned();
    }
    format!(
        "{} now, {} in the period, {} in all",
        blocked.now,
        plural(blocked.items, "item"),
        stream_time(blocked.hours)
    )
}

/// What happened to an item, in words.
pub(super) fn outcome(item: &ItemRow) -> &'static str {
    match item.outcome.as_str() {
        "not_started" => "not started",
        "open" => "in progress",
        "done" => "done",
        "cancelled" => "cancelled",
        "removed" => "removed",
        _ => "unknown",
    }
}

/// Keys in words, so many of them and the count of the rest.
pub(super) fn keys(keys: &[String], count: usize, most: usize, style: &Style) -> String {
    let mut said: Vec<String> = keys
        .iter()
        .take(most)
        .map(|key| style.foreign_within(key, KEY))
        .collect();
    let more = count.max(keys.len()).saturating_sub(said.len());
    if more > 0 {
        said.push(format!("{more} more"));
    }
    said.join(", ")
}

/// Whether there is anything to speak of: something was imported.
pub(super) fn has_items(report: &FlowReport) -> bool {
    report.sources.iter().any(|source| source.items > 0)
}
