//! What stands behind blocked time (spec 6.3): every time in which something stopped an item, with its
//! reason and what of it lies in the period. The rule `blocked` is in `findings`.

use crate::metrics::flow::{hours, shared};
use crate::report::flow::figures;
use crate::report::quantity::{plural, stream_time};

use super::super::arithmetic::plain;
use super::super::cells::RULE;
use super::super::document::{Cell, Column, Role, Section};
use super::super::question::Parts;
use super::cells::{FROM, HOURS, ITEM, TITLE, TO, TYPE};
use super::question::{Case, figure};
use super::steps::{bracketed, sum};

const REASON: Column = Column::new("reason", "reason");
const STAGE: Column = Column::new("stage", "stage then");
const ITEMS: Column = Column::new("items", "items");

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let told = figures::blocked(case.inputs);
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    let mut lengths = Vec::new();
    for item in case.by_key(case.account.items.iter()) {
        for time in &item.blocked {
            let span = time.span(case.account.as_of);
            let length = hours(shared(span, case.window));
            let visits = item.visits.iter();
            let visit = visits.rev().find(|visit| visit.from <= time.from);
            let stage = visit.map_or("", |visit| case.account.stage_name(visit.stage));
            let reason = time.reason.as_deref().unwrap_or("not told");
            let mut row = vec![Cell::Hours(length)];
            row.extend(case.item(item));
            row.extend([
                Cell::Instant(time.from),
                time.to.map_or_else(
                    || Cell::Instant(case.account.as_of).said_as("now"),
                    Cell::Instant,
                ),
                Cell::text(reason),
                Cell::text(stage),
            ]);
            if length > 0.0 {
                lengths.push(length);
                inside.push(row);
            } else {
                let rule = match span.end <= case.window.start {
                    true => "it ended before the period",
                    false if span.start >= case.window.end => "it began after the period",
                    false => "it has no length",
                };
                row[0] = Cell::Hours(hours(span.length()));
                row.push(Cell::text(rule));
                outside.push(row);
            }
        }
    }
    let columns = [HOURS, ITEM, TITLE, TYPE, FROM, TO, REASON, STAGE];
    let is_known = !case.account.items.is_empty();
    let items = plural(told.items, "item");
    let mut arithmetic = vec![match lengths.len() {
        0 | 1 => format!(
            "{}: {} h",
            plural(lengths.len(), "time"),
            plain(sum(&lengths))
        ),
        _ => format!("{} = {} h", bracketed(&lengths), plain(sum(&lengths))),
    }];
    arithmetic.extend(
        told.reasons
            .iter()
            .filter(|_| told.reasons.len() > 1)
            .map(|reason| {
                let of = plural(reason.items, "item");
                format!("{}: {} h of {of}", reason.reason, plain(reason.hours))
            }),
    );
    arithmetic.push(format!(
        "{} blocked at the end of the period",
        plural(told.now, "item")
    ));
    Parts {
        figure: figure(
            is_known.then_some(told.hours),
            "hours",
            |value| format!("{} ({items}; {} at the end)", stream_time(value), told.now),
            (!is_known).then(|| case.inputs.nothing_done()),
        ),
        definition: format!(
            "What lies in the period of all times in which something stopped an item (a flag, a link, \
             {}); it lies over the stages and is part of their time; the rule of findings of the same \
             name is `dora why finding:blocked`",
            blockers(case)
        ),
        sections: vec![
            Section {
                key: "blocked_times",
                title: "Blocked times that counted".to_owned(),
                role: Role::Counted,
                columns: columns.to_vec(),
                rows: inside,
                when_empty: "nothing was blocked in the period",
            },
            Section {
                key: "blocked_times_left_out",
                title: "Blocked times outside of the period".to_owned(),
                role: Role::LeftOut,
                columns: columns.iter().copied().chain([RULE]).collect(),
                rows: outside,
                when_empty: "none",
            },
            reasons(&told.reasons),
        ],
        arithmetic,
    }
}

/// What blocks by the settings, besides what trackers flag.
fn blockers(case: &Case<'_>) -> String {
    let flow = &case.inputs.settings.flow;
    let named = |what: &str, names: &[String]| match names.is_empty() {
        true => format!("no {what}"),
        false => format!("{what} {}", names.join(", ")),
    };
    format!(
        "{}; {}",
        named("status", &flow.blocked_statuses),
        named("label", &flow.blocked_labels)
    )
}

fn reasons(reasons: &[crate::report::flow::BlockedReason]) -> Section {
    let rows = reasons.iter().map(|reason| {
        vec![
            Cell::text(reason.reason.clone()),
            Cell::Count(reason.items as f64),
            Cell::Hours(reason.hours),
        ]
    });
    Section {
        key: "reasons",
        title: "By reason".to_owned(),
        role: Role::Beside,
        columns: vec![REASON, ITEMS, HOURS],
        rows: rows.collect(),
        when_empty: "nothing was blocked in the period",
    }
}
