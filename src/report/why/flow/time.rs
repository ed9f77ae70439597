//! What stands behind flow time and service level (spec 6.3): every item done in the period with the two
//! instants that make its time, and the nearest ranks.

use crate::ledger::flow::FlowItem;
use crate::metrics::flow::{ageing, hours, item_time};
use crate::report::flow::compose::definitions;
use crate::report::flow::figures;
use crate::report::quantity::{plural, stream_time};

use super::super::document::{Cell, Column, Role, Section};
use super::super::question::Parts;
use super::cells::{APPROXIMATE, DONE, HISTORY, RANK, STAGE, STARTED, in_hours, with_item};
use super::question::{Case, LeftOut, figure};
use super::steps::{mean_step, nearest_rank_step};

const FLOW_TIME: Column = Column::new("flow_time_hours", "flow time");
const NET: Column = Column::new("net_hours", "net");
const WORKING: Column = Column::new("working_hours", "working");
const REOPENED: Column = Column::new("reopened", "reopened");

/// The rule by which a done item has no flow time.
const NEVER_STARTED: &str = "never started: done without having been in a wait or active stage";

/// Items done in the period: those with a flow time, shortest first, and those without.
fn timed<'a>(case: &Case<'a>) -> (Vec<(&'a FlowItem, f64)>, Vec<LeftOut<'a>>) {
    let (mut timed, mut without) = (Vec::new(), Vec::new());
    for item in case.done() {
        match item.flow_time() {
            Some(time) => timed.push((item, hours(time))),
            None if item.stays().is_empty() => without.push((item, APPROXIMATE.to_owned())),
            None => without.push((item, NEVER_STARTED.to_owned())),
        }
    }
    // The order of the keys breaks ties: the sort is stable.
    timed.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    (timed, without)
}

fn items(case: &Case<'_>, timed: &[(&FlowItem, f64)]) -> Section {
    let rows = timed.iter().enumerate().map(|(place, (item, time))| {
        let net = item_time::net_time(case.account, item).map(hours);
        let working = item
            .stream()
            .map(|it| hours(case.account.working_time.within(it)));
        let is_reopened = item.reopened > 0;
        case.row(
            [Cell::Count((place + 1) as f64), Cell::Hours(*time)],
            item,
            [
                item.started.map_or(Cell::None, Cell::Instant),
                item.finished.map_or(Cell::None, Cell::Instant),
                // On a screen only where it differs.
                match is_reopened {
                    true => in_hours(net),
                    false => in_hours(net).said_as(""),
                },
                in_hours(working).said_as(""),
                Cell::Count(item.reopened as f64).said_as(if is_reopened { "yes" } else { "" }),
                case.history(item),
            ],
        )
    });
    Section {
        key: "items",
        title: "Items that counted".to_owned(),
        role: Role::Counted,
        columns: with_item(
            &[RANK, FLOW_TIME],
            &[STARTED, DONE, NET, WORKING, REOPENED, HISTORY],
        ),
        rows: rows.collect(),
        when_empty: "no item done in the period has a flow time",
    }
}

fn steps(timed: &[(&FlowItem, f64)], names: &[(&str, f64)]) -> Vec<String> {
    let times: Vec<f64> = timed.iter().map(|(_, time)| *time).collect();
    let mut steps = vec![format!(
        "{} with a flow time, sorted from the shortest",
        plural(times.len(), "item")
    )];
    if !times.is_empty() {
        let ranks = names.iter();
        steps.extend(ranks.map(|(name, p)| nearest_rank_step(name, *p, &times)));
        steps.push(mean_step(&times));
    }
    steps
}

pub(super) fn flow_time(case: &Case<'_>) -> Parts {
    let told = figures::flow_time(case.inputs);
    let (timed, without) = timed(case);
    let p85 = told.p85_hours.map_or(String::new(), |p85| {
        format!("; 85 % took at most {}", stream_time(p85))
    });
    let count = plural(told.count, "item");
    Parts {
        figure: figure(
            told.p50_hours,
            "hours",
            |value| format!("{} (median of {count}{p85})", stream_time(value)),
            told.reason,
        ),
        definition: format!(
            "The median by nearest rank, over the items done in the period, of the elapsed time \
             from their first entry to a wait or active stage to their last entry to done, with what lay \
             between done and being opened again; net time is without it, working time is that of the \
             calendar {}",
            definitions(case.inputs).business_calendar,
        ),
        arithmetic: steps(
            &timed,
            &[("P50, the median", 0.5), ("P85", 0.85), ("P95", 0.95)],
        ),
        sections: vec![
            items(case, &timed),
            case.left_out(without),
            case.elsewhere(),
        ],
    }
}

const AGE: Column = Column::new("age_hours", "age");
const PERCENTILE: Column = Column::new("percentile", "percentile");
const CHANCE: Column = Column::new("chance_to_miss", "chance to miss");
const OLDER: Column = Column::new("older", "older");

pub(super) fn service_level(case: &Case<'_>) -> Parts {
    let ageing = ageing::ageing(case.account, case.window);
    let told = figures::service_level(case.inputs, &ageing);
    let (timed, without) = timed(case);
    let (count, older) = (plural(told.count, "item"), told.older);
    let mut arithmetic = steps(&timed, &[("P85, the service level", 0.85)]);
    arithmetic.push(format!(
        "{older} of {} older than it",
        plural(ageing.items.len(), "open item")
    ));
    Parts {
        figure: figure(
            told.p85_hours,
            "hours",
            |value| {
                let older = format!("{} in progress older", plural(older, "item"));
                format!("{} (P85 of {count}; {older})", stream_time(value))
            },
            told.reason,
        ),
        definition: "The 85th percentile by nearest rank, over the items done in the period, of the elapsed \
             time from their first entry to a wait or active stage to their last entry to done; the \
             chance of an open item to miss it is the share above it among finished items that took at \
             least its age"
            .to_owned(),
        sections: vec![
            items(case, &timed),
            open_items(case, &ageing),
            case.left_out(without),
            case.elsewhere(),
        ],
        arithmetic,
    }
}

/// Items in progress against the level: they change nothing in it.
fn open_items(case: &Case<'_>, ageing: &ageing::Ageing<'_>) -> Section {
    let level = ageing.service_level();
    let rows = ageing.items.iter().map(|aged| {
        let share = |share: Option<f64>| share.map_or(Cell::None, Cell::Share);
        let stage = case.account.stage_name(aged.item.stage());
        case.row(
            [Cell::Hours(aged.age_hours)],
            aged.item,
            [
                Cell::text(stage),
                Cell::Flag(level.is_some_and(|level| aged.age_hours > level)),
                share(aged.percentile),
                share(aged.chance_to_miss),
            ],
        )
    });
    Section {
        key: "open_items",
        title: "Items in progress now".to_owned(),
        role: Role::Beside,
        columns: with_item(&[AGE], &[STAGE, OLDER, PERCENTILE, CHANCE]),
        rows: rows.collect(),
        when_empty: "nothing is in progress",
    }
}
