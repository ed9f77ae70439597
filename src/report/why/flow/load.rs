//! What stands behind flow load (spec 6.3): the items in progress at the end of the period, and the time in
//! progress of every item, which makes the mean.

use crate::ledger::flow::{FlowItem, Outcome};
use crate::metrics::flow::flow_load::spans_in_progress;
use crate::metrics::flow::{hours, shared};
use crate::report::flow::figures;
use crate::report::quantity::{number, plural};

use super::super::arithmetic::plain;
use super::super::cells::RULE;
use super::super::document::{Cell, Column, Role, Section};
use super::super::question::Parts;
use super::cells::{STAGE, STARTED, instant, with_item};
use super::question::{Case, figure};
use super::steps::{bracketed, sum};

const SINCE: Column = Column::new("in_stage_since", "in stage since");
const AGE: Column = Column::new("age_hours", "age");
const IN_PROGRESS: Column = Column::new("in_progress_hours", "in progress");

/// Whether an item was in progress at the end of the period; what happens at that instant belongs to the
/// next.
fn is_held(case: &Case<'_>, item: &FlowItem) -> bool {
    let end = case.window.end;
    let mut spans = spans_in_progress(case.account, item);
    spans.any(|span| span.start < end && end <= span.end)
}

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let told = figures::load(case.inputs);
    let items = case.by_key(case.account.items.iter());
    let lasted = |item: &FlowItem| {
        let spans = spans_in_progress(case.account, item);
        hours(spans.map(|span| shared(span, case.window)).sum())
    };
    let (held, rest): (Vec<&FlowItem>, Vec<&FlowItem>) =
        items.iter().copied().partition(|item| is_held(case, item));
    let lasting: Vec<(&FlowItem, f64)> = items
        .iter()
        .map(|item| (*item, lasted(item)))
        .filter(|(_, lasted)| *lasted > 0.0)
        .collect();
    let times: Vec<f64> = lasting.iter().map(|(_, lasted)| *lasted).collect();
    let length = hours(case.window.length());
    let is_known = !case.account.items.is_empty();
    let mut arithmetic = vec![format!(
        "at the end of the period: {} in progress",
        plural(held.len(), "item")
    )];
    if let Some(mean) = told.mean {
        arithmetic.push(format!(
            "mean: {} h in progress ÷ {} h of the period = {}{}",
            match times.len() {
                0 | 1 => plain(sum(&times)),
                _ => format!("{} = {}", bracketed(&times), plain(sum(&times))),
            },
            plain(length),
            plain(mean),
            match told.days.len() {
                0 => "",
                _ => " items, weighted by time",
            }
        ));
    }
    let mean = told.mean.map_or(String::new(), |mean| {
        format!(
            " at the end of the period; mean {} over it",
            number(mean, 1)
        )
    });
    Parts {
        figure: figure(
            is_known.then_some(told.count as f64),
            "items",
            |_| format!("{}{mean}", plural(told.count, "item")),
            (!is_known).then(|| case.inputs.nothing_done()),
        ),
        definition:
            "Items that were started and neither done, cancelled nor deleted at the end of the \
                     period, also while they lie in a queue again; the mean is weighted by time"
                .to_owned(),
        sections: vec![
            in_progress(case, &held),
            not_in_progress(case, &rest),
            over_the_period(case, &lasting),
        ],
        arithmetic,
    }
}

fn in_progress(case: &Case<'_>, held: &[&FlowItem]) -> Section {
    let end = case.window.end;
    let rows = held.iter().map(|item| {
        // The visit that holds the end of the period.
        let mut visits = item.visits.iter();
        let visit = visits.find(|visit| {
            let span = visit.span(case.account.as_of);
            span.start < end && end <= span.end
        });
        let stage = visit.map_or("", |visit| case.account.stage_name(visit.stage));
        let age = item.started.map(|started| hours(end - started));
        case.row(
            [],
            item,
            [
                Cell::text(stage),
                instant(item.started),
                instant(visit.map(|visit| visit.from)),
                age.map_or(Cell::None, Cell::Hours),
            ],
        )
    });
    Section {
        key: "items",
        title: "Items in progress at the end".to_owned(),
        role: Role::Counted,
        columns: with_item(&[], &[STAGE, STARTED, SINCE, AGE]),
        rows: rows.collect(),
        when_empty: "nothing was in progress",
    }
}

/// Why an item is not in progress at the end of the period.
fn rule(case: &Case<'_>, item: &FlowItem) -> &'static str {
    let end = case.window.end;
    let has_ended = item.finished.is_some_and(|at| at < end);
    let begun_later = item.started.is_some_and(|at| at >= end);
    match item.outcome {
        _ if item.created >= end => "created after the period",
        Outcome::NotStarted => "not started: never in a wait or active stage",
        Outcome::Done if item.started.is_none() => "done without being started",
        Outcome::Cancelled if item.started.is_none() => "cancelled without being started",
        _ if begun_later => "started after the period",
        Outcome::Done | Outcome::Cancelled if has_ended => "done or cancelled before",
        Outcome::Removed => "deleted",
        _ => "done or cancelled for a time at the end of the period",
    }
}

fn not_in_progress(case: &Case<'_>, rest: &[&FlowItem]) -> Section {
    let rows = rest.iter().map(|item| {
        let after = [instant(item.finished), Cell::text(rule(case, item))];
        case.row([], item, after)
    });
    Section {
        key: "items_left_out",
        title: "Items that did not count".to_owned(),
        role: Role::LeftOut,
        columns: with_item(&[], &[Column::new("ended", "ended"), RULE]),
        rows: rows.collect(),
        when_empty: "none",
    }
}

fn over_the_period(case: &Case<'_>, lasting: &[(&FlowItem, f64)]) -> Section {
    let rows = lasting
        .iter()
        .map(|(item, lasted)| case.row([], item, [Cell::Hours(*lasted)]));
    Section {
        key: "time_in_progress",
        title: "Time in progress, for the mean".to_owned(),
        role: Role::Beside,
        columns: with_item(&[], &[IN_PROGRESS]),
        rows: rows.collect(),
        when_empty: "nothing was in progress",
    }
}
