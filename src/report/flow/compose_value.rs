//! Account + usage → `ValueReport`: what was delivered, what it returned, which items of high value are
//! stuck (spec 6.5). Formulas are in `metrics::flow::value`; here they meet the usage file.

use std::collections::HashMap;

use super::compose::{FlowInputs, period_range};
use super::said;
use super::value::{ReturnRow, StuckItem, SuccessRow, ValueByType, ValueFigure, ValueReport};
use crate::ledger::flow::{FlowItem, Outcome};
use crate::metrics::flow::stage_limits::stage_limits;
use crate::metrics::flow::value::{Delivered, Stuck, delivered, stuck};
use crate::metrics::flow::{flow_distribution, flow_time, hours, item_time};
use crate::model::usage::UsageRow;
use crate::model::work_item_keys::key_order;
use crate::model::{FlowType, Notice, WorkItem};
use crate::report::quantity::{plural, stream_time};

/// Version of the value report's shape.
pub const VALUE_SCHEMA_VERSION: u32 = 1;
/// Items with a return that are listed.
const MOST_RETURNS: usize = 10;
/// Keys that a notice tells; the rest is counted.
const MOST_KEYS: usize = 10;

/// The value report of one period; `usage` are the rows of a usage file, `None` without one. `code` of
/// the inputs is not looked at.
pub fn compose_value(inputs: &FlowInputs<'_>, usage: Option<&[UsageRow]>) -> ValueReport {
    let account = inputs.account;
    let window = inputs.period.window;
    let found = delivered(account, window);
    let service_level = flow_time::flow_time(account, window).elapsed.p85;
    let mut stuck = stuck(account, &stage_limits(account), service_level);
    // Of one value and one length by key, whatever the order of the items.
    stuck.sort_by(|one, other| {
        let key = |stuck: &Stuck| key_order(inputs.key_of(stuck.item));
        let most_first = other.value.total_cmp(&one.value);
        let longest_first = other.stage_hours.total_cmp(&one.stage_hours);
        most_first
            .then(longest_first)
            .then_with(|| key(one).cmp(&key(other)))
    });
    let (used, unknown) = usage.map_or_else(Default::default, |rows| used_items(inputs, rows));
    let (returns, returns_reason) = returns(inputs, usage, &used);
    let (success, success_reason) = success(usage, &used);
    let mut notices = said::notices(inputs);
    notices.extend(unknown);
    ValueReport {
        schema_version: VALUE_SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        generated_at: account.as_of,
        repository: inputs.repository.to_owned(),
        period: period_range(inputs.period),
        delivered: sum(inputs, &found),
        velocity: velocity(inputs, &found),
        efficiency: efficiency(inputs, &found),
        flow_hours: found.timed_hours,
        by_type: by_type(inputs),
        stuck: stuck
            .iter()
            .filter_map(|stuck| stuck_item(inputs, stuck))
            .collect(),
        returns,
        returns_reason,
        success,
        success_reason,
        notices,
    }
}

/// Why items that were done say nothing of value.
fn no_value(inputs: &FlowInputs<'_>, found: &Delivered) -> String {
    if found.done == 0 {
        inputs.nothing_done()
    } else {
        "no item done in the period has a business value".to_owned()
    }
}

fn sum(inputs: &FlowInputs<'_>, found: &Delivered) -> ValueFigure {
    let is_known = found.valued > 0;
    ValueFigure {
        value: is_known.then_some(found.value),
        count: found.valued,
        left_out: found.done - found.valued,
        reason: (!is_known).then(|| no_value(inputs, found)),
    }
}

fn velocity(inputs: &FlowInputs<'_>, found: &Delivered) -> ValueFigure {
    let weeks = inputs.period.window.days() / 7.0;
    let delivered = sum(inputs, found);
    let value = delivered
        .value
        .filter(|_| weeks > 0.0)
        .map(|value| value / weeks);
    let no_length = || Some("the period has no length".to_owned());
    ValueFigure {
        value,
        reason: if value.is_some() {
            None
        } else {
            delivered.reason.clone().or_else(no_length)
        },
        ..delivered
    }
}

fn efficiency(inputs: &FlowInputs<'_>, found: &Delivered) -> ValueFigure {
    let value = found.per_hour();
    let reason = match value {
        Some(_) => None,
        None if found.valued == 0 => Some(no_value(inputs, found)),
        None if found.timed == 0 => {
            Some("no item done in the period has both a business value and a flow time".to_owned())
        }
        None => Some("these items took no time at all".to_owned()),
    };
    ValueFigure {
        value,
        count: found.timed,
        left_out: found.done - found.timed,
        reason,
    }
}

fn by_type(inputs: &FlowInputs<'_>) -> Vec<ValueByType> {
    let kinds = flow_distribution::flow_distribution(inputs.account, inputs.period.window);
    let kinds = kinds.into_iter();
    kinds
        .filter(|kind| kind.valued > 0 || kind.flow_type != FlowType::Unclassified)
        .map(|kind| ValueByType {
            flow_type: kind.flow_type,
            count: kind.valued,
            value: kind.value,
            share: kind.value_share,
        })
        .collect()
}

fn stuck_item(inputs: &FlowInputs<'_>, stuck: &Stuck) -> Option<StuckItem> {
    let item = inputs.account.items.get(stuck.item)?;
    let told = inputs.told(item)?;
    let stage = inputs.stage_name(item.stage());
    let mut why = Vec::new();
    if stuck.is_blocked {
        why.push("blocked".to_owned());
    }
    if let Some(limit) = stuck.beyond_stage {
        why.push(format!(
            "longer in {stage} than 85 % of completed visits ({})",
            stream_time(limit)
        ));
    }
    if let Some(level) = stuck.beyond_level {
        why.push(format!(
            "older than the service level ({})",
            stream_time(level)
        ));
    }
    Some(StuckItem {
        key: told.key.clone(),
        title: told.title.clone(),
        value: stuck.value,
        stage,
        stage_hours: stuck.stage_hours,
        age_hours: item_time::age(inputs.account, item).map(hours),
        why: why.join("; "),
    })
}

/// A row of the usage file with the item it speaks of.
struct Used<'a> {
    row: &'a UsageRow,
    item: &'a FlowItem,
    told: &'a WorkItem,
}

/// Rows joined to items by key or former key, and a notice of keys that nobody has.
fn used_items<'a>(
    inputs: &FlowInputs<'a>,
    rows: &'a [UsageRow],
) -> (Vec<Used<'a>>, Option<Notice>) {
    let plain = |key: &str| key.trim().to_uppercase();
    let mut by_key: HashMap<String, &FlowItem> = HashMap::new();
    let kept = || {
        let items = inputs.account.items.iter();
        let items = items.filter(|item| item.outcome != Outcome::Removed);
        items.filter_map(|item| Some((item, inputs.told(item)?)))
    };
    for (item, told) in kept() {
        by_key.entry(plain(&told.key)).or_insert(item);
    }
    // A key that an item has now is nobody's former key.
    for (item, told) in kept() {
        for alias in &told.aliases {
            by_key.entry(plain(alias)).or_insert(item);
        }
    }
    let mut used = Vec::new();
    let mut unknown = Vec::new();
    for row in rows {
        let item = by_key.get(&plain(&row.key)).copied();
        match item.and_then(|item| Some((item, inputs.told(item)?))) {
            Some((item, told)) => used.push(Used { row, item, told }),
            None => unknown.push(row.key.as_str()),
        }
    }
    let notice = (!unknown.is_empty()).then(|| {
        let told: Vec<&str> = unknown.iter().take(MOST_KEYS).copied().collect();
        let more = match unknown.len() - told.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!(
            "{} of the usage file {} no imported item: {}{more}",
            plural(unknown.len(), "row"),
            if unknown.len() == 1 {
                "is of"
            } else {
                "are of"
            },
            told.join(", ")
        );
        Notice::new("usage-unknown", message).count(unknown.len())
    });
    (used, notice)
}

const NO_FILE: &str = "no usage file was given (--usage FILE)";

fn returns(
    inputs: &FlowInputs<'_>,
    usage: Option<&[UsageRow]>,
    used: &[Used<'_>],
) -> (Vec<ReturnRow>, Option<String>) {
    let mut rows: Vec<ReturnRow> = used
        .iter()
        .filter_map(|used| {
            let stream_hours = hours(item_time::stream_time(inputs.account, used.item));
            let adoption_pct = used.row.adoption_pct?;
            (stream_hours > 0.0).then(|| ReturnRow {
                key: used.told.key.clone(),
                title: used.told.title.clone(),
                adoption_pct,
                nps_gain: used.row.nps_gain,
                stream_hours,
                roi_per_hr: adoption_pct / stream_hours,
            })
        })
        .collect();
    rows.sort_by(|one, other| {
        let by_return = other.roi_per_hr.total_cmp(&one.roi_per_hr);
        by_return.then_with(|| one.key.cmp(&other.key))
    });
    rows.truncate(MOST_RETURNS);
    let reason = rows.is_empty().then(|| match usage {
        None => NO_FILE.to_owned(),
        Some(_) if used.is_empty() => "no row of the usage file is of an imported item".to_owned(),
        Some(_) => "no item of the usage file has both adoption and time in the stream".to_owned(),
    });
    (rows, reason)
}

fn success(usage: Option<&[UsageRow]>, used: &[Used<'_>]) -> (Vec<SuccessRow>, Option<String>) {
    let mut rows: Vec<SuccessRow> = used.iter().map(success_row).collect();
    rows.sort_by(|one, other| {
        let score = |row: &SuccessRow| row.score.unwrap_or(f64::NEG_INFINITY);
        let by_score = score(other).total_cmp(&score(one));
        by_score.then_with(|| one.key.cmp(&other.key))
    });
    let reason = rows.is_empty().then(|| match usage {
        None => NO_FILE.to_owned(),
        Some(_) => "no row of the usage file is of an imported item".to_owned(),
    });
    (rows, reason)
}

/// Usage × NPS × uptime − Σ(incidents × severity); no score while a factor is missing.
fn success_row(used: &Used<'_>) -> SuccessRow {
    let row = used.row;
    let (usage, nps, uptime) = (row.usage_share(), row.score(), row.uptime);
    let incident_cost = row.incident_cost();
    let cost = match (row.incidents, row.severity) {
        (Some(_), None) => "severity",
        _ => "incidents",
    };
    let factors = [
        ("usage", usage),
        ("nps", nps),
        ("uptime", uptime),
        (cost, incident_cost),
    ];
    let missing = factors.iter().filter(|(_, factor)| factor.is_none());
    let score = || Some(usage? * nps? * uptime? - incident_cost?);
    SuccessRow {
        key: used.told.key.clone(),
        title: used.told.title.clone(),
        usage,
        nps,
        uptime,
        incident_cost,
        score: score(),
        missing: missing.map(|(name, _)| (*name).to_owned()).collect(),
    }
}
