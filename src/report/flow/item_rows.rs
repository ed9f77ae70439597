//! What is said of single items: the rows of the report, what is in progress, what was set aside, and
//! everything about one item (`dora flow KEY`; its way through code is added by `compose_code`).

use chrono::TimeDelta;

use super::compose::{FLOW_SCHEMA_VERSION, FlowInputs};
use super::document::{AgeingRow, ItemRow, ScatterPoint, SetAside, StageHours};
use super::way::{BlockedSpan, ItemWay, VisitRow};
use crate::ledger::flow::{FlowAccount, FlowItem, Outcome};
use crate::metrics::flow::ageing::Ageing;
use crate::metrics::flow::{hours, item_time};
use crate::model::WorkItem;
use crate::model::work_item_keys::key_order;

/// Keys that a list names; the rest is counted.
const MOST_KEYS: usize = 20;

/// One item.
pub(super) fn row(account: &FlowAccount, item: &FlowItem, told: &WorkItem) -> ItemRow {
    let time = (!item.stays().is_empty()).then(|| item_time::work_and_wait(account, item));
    let in_hours = |span: Option<TimeDelta>| span.map(hours);
    ItemRow {
        key: told.key.clone(),
        title: told.title.clone(),
        flow_type: item.flow_type,
        value: item.value,
        outcome: item.outcome.name().to_owned(),
        stage: account.stage_name(item.stage()).to_owned(),
        history: item.history,
        created: item.created,
        started: item.started,
        finished: item.finished,
        flow_time_hours: in_hours(item.flow_time()),
        net_hours: in_hours(item_time::net_time(account, item)),
        business_hours: in_hours(
            item.stream()
                .map(|stream| account.working_time.within(stream)),
        ),
        age_hours: in_hours(item_time::age(account, item)),
        active_hours: time.map(|time| hours(time.active)),
        wait_hours: time.map(|time| hours(time.wait)),
        blocked_in_active_hours: time.map(|time| hours(time.blocked_in_active)),
        efficiency: item_time::efficiency(account, item),
        reopened: item.reopened,
        moved_back: item.moved_back,
        stages: item_time::times_in_stages(account, item)
            .into_iter()
            .map(|stage| StageHours {
                stage: account.stage_name(stage.stage).to_owned(),
                entered: stage.entered,
                hours: hours(stage.time),
            })
            .collect(),
        feedback_hours: in_hours(item.feedback()),
    }
}

/// Items that were done or cancelled in the period, or are neither at its end, by key.
pub(super) fn rows(inputs: &FlowInputs<'_>) -> Vec<ItemRow> {
    let window = inputs.period.window;
    let is_shown = |item: &&FlowItem| {
        item.outcome != Outcome::Removed
            && item.created < window.end
            && item.finished.is_none_or(|at| at >= window.start)
    };
    let shown = inputs.account.items.iter().filter(is_shown);
    let mut shown: Vec<(&FlowItem, &WorkItem)> = shown
        .filter_map(|item| Some((item, inputs.told(item)?)))
        .collect();
    shown.sort_by(|(_, one), (_, other)| by_key(one, other));
    shown
        .into_iter()
        .map(|(item, told)| row(inputs.account, item, told))
        .collect()
}

fn by_key(one: &WorkItem, other: &WorkItem) -> std::cmp::Ordering {
    let order = key_order(&one.key).cmp(&key_order(&other.key));
    order.then_with(|| (one.tracker, &one.id).cmp(&(other.tracker, &other.id)))
}

pub(super) fn ageing_rows(inputs: &FlowInputs<'_>, ageing: &Ageing<'_>) -> Vec<AgeingRow> {
    let row = |aged: &crate::metrics::flow::ageing::Aged<'_>| {
        let told = inputs.told(aged.item)?;
        Some(AgeingRow {
            key: told.key.clone(),
            title: told.title.clone(),
            flow_type: aged.item.flow_type,
            value: aged.item.value,
            stage: inputs.stage_name(aged.item.stage()),
            age_hours: aged.age_hours,
            stage_hours: aged.stage_hours,
            is_blocked: aged.item.is_blocked(),
            percentile: aged.percentile,
            chance_to_miss: aged.chance_to_miss,
        })
    };
    let mut rows: Vec<AgeingRow> = ageing.items.iter().filter_map(row).collect();
    rows.sort_by(|one, other| {
        let oldest_first = other.age_hours.total_cmp(&one.age_hours);
        oldest_first.then_with(|| key_order(&one.key).cmp(&key_order(&other.key)))
    });
    rows
}

/// Items done in the period, by the time they were done.
pub(super) fn scatter(inputs: &FlowInputs<'_>) -> Vec<ScatterPoint> {
    let done = inputs.account.done_in(inputs.period.window);
    let mut points: Vec<ScatterPoint> = done
        .filter_map(|item| {
            Some(ScatterPoint {
                key: inputs.key(item).to_owned(),
                done: item.finished?,
                flow_time_hours: hours(item.flow_time()?),
            })
        })
        .collect();
    points.sort_by(|one, other| (one.done, &one.key).cmp(&(other.done, &other.key)));
    points
}

/// Items that no duration counts, and why.
pub(super) fn set_aside(inputs: &FlowInputs<'_>) -> Vec<SetAside> {
    let window = inputs.period.window;
    let done = inputs.account.done_in(window);
    let items = || inputs.account.items.iter();
    let removed = |item: &&FlowItem| {
        item.outcome == Outcome::Removed && item.removed.is_some_and(|at| window.contains(at))
    };
    [
        (
            "never-started",
            done.filter(|item| item.started.is_none()).collect(),
        ),
        ("cancelled", inputs.account.cancelled_in(window).collect()),
        ("removed", items().filter(removed).collect()),
        (
            "not-started",
            items()
                .filter(|item| item.outcome == Outcome::NotStarted && item.created < window.end)
                .collect::<Vec<&FlowItem>>(),
        ),
    ]
    .into_iter()
    .filter(|(_, items)| !items.is_empty())
    .map(|(reason, items)| {
        let mut keys: Vec<&str> = items.iter().map(|item| inputs.key(item)).collect();
        keys.sort_by(|one, other| key_order(one).cmp(&key_order(other)));
        SetAside {
            reason: reason.to_owned(),
            count: keys.len(),
            items: keys
                .into_iter()
                .take(MOST_KEYS)
                .map(str::to_owned)
                .collect(),
        }
    })
    .collect()
}

/// Everything about the item with this index in `items` but its way through code; `None` where the
/// account does not know it.
pub fn item_way(
    account: &FlowAccount,
    items: &[WorkItem],
    repository: &str,
    item: usize,
) -> Option<ItemWay> {
    let known = account.items.iter().find(|known| known.item == item)?;
    let told = items.get(item)?;
    let visits = known.visits.iter();
    let blocked = known.blocked.iter();
    Some(ItemWay {
        schema_version: FLOW_SCHEMA_VERSION,
        generated_at: account.as_of,
        repository: repository.to_owned(),
        item: row(account, known, told),
        visits: visits
            .map(|visit| VisitRow {
                stage: account.stage_name(visit.stage).to_owned(),
                from: visit.from,
                to: visit.to,
            })
            .collect(),
        blocked: blocked
            .map(|time| BlockedSpan {
                from: time.from,
                to: time.to,
                reason: time.reason.clone(),
            })
            .collect(),
        way: None,
        way_reason: Some("no commit was looked at".to_owned()),
    })
}
