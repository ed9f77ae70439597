//! What stands behind flow velocity and flow distribution (spec 6.3): every item done in the period, the
//! weeks and the kinds of work that they fall into.

use crate::metrics::flow::flow_velocity::flow_velocity;
use crate::model::FlowType;
use crate::report::flow::{Distribution, figures};
use crate::report::quantity::{number, percent, plural};

use super::super::arithmetic::plain;
use super::super::document::{Cell, Column, Role, Section};
use super::super::question::Parts;
use super::cells::{DONE, HISTORY, STARTED, instant, with_item};
use super::question::{Case, figure};
use super::steps::terms;

const VALUE: Column = Column::new("value", "value");
const WEEK: Column = Column::new("week", "week");
const TOTAL: Column = Column::new("done_items", "done");
const BEGUN: Column = Column::new("started_items", "started");
const COMPLETE: Column = Column::new("complete", "week is over");
const TYPE: Column = Column::new("flow_type", "type");
const ITEMS: Column = Column::new("items", "items");
const SHARE: Column = Column::new("share", "share");
const VALUE_SHARE: Column = Column::new("value_share", "share of value");

fn items(case: &Case<'_>) -> Section {
    let velocity = flow_velocity(case.account, case.window);
    let rows = case.done().into_iter().map(|item| {
        let week = item.finished.and_then(|at| {
            let mut weeks = velocity.weeks.iter();
            weeks.find(|week| week.window.contains(at))
        });
        case.row(
            [],
            item,
            [
                instant(item.started),
                instant(item.finished),
                Cell::text(week.map_or("", |week| &week.label)),
                item.value.map_or(Cell::None, Cell::Count),
                case.history(item),
            ],
        )
    });
    Section {
        key: "items",
        title: "Items done in the period".to_owned(),
        role: Role::Counted,
        columns: with_item(&[], &[STARTED, DONE, WEEK, VALUE, HISTORY]),
        rows: rows.collect(),
        when_empty: "no item was done in the period",
    }
}

pub(super) fn velocity(case: &Case<'_>) -> Parts {
    let told = figures::velocity(case.inputs);
    let days = case.window.days();
    let arithmetic = match told.per_week {
        None => Vec::new(),
        Some(per_week) => vec![format!(
            "{} ÷ ({} days ÷ 7) = {} ÷ {} = {} per week",
            plural(told.count, "item"),
            plain(days),
            told.count,
            plain(days / 7.0),
            plain(per_week)
        )],
    };
    let weeks = told.weeks.iter().map(|week| {
        vec![
            Cell::text(week.week.clone()),
            Cell::Count(week.total as f64),
            Cell::Count(week.started as f64),
            Cell::Flag(week.is_complete),
        ]
    });
    let weeks = Section {
        key: "weeks",
        title: "ISO weeks that the period touches, each counted whole".to_owned(),
        role: Role::Beside,
        columns: vec![WEEK, TOTAL, BEGUN, COMPLETE],
        rows: weeks.collect(),
        when_empty: "the period has no length",
    };
    let done = plural(told.count, "item");
    Parts {
        figure: figure(
            told.per_week,
            "items_per_week",
            |value| {
                format!(
                    "{} per week ({done} in {} days)",
                    number(value, 1),
                    number(days, 1)
                )
            },
            told.reason,
        ),
        definition:
            "Items done in the period divided by its length in weeks of seven days; items that \
                     were never started count, for they were done"
                .to_owned(),
        sections: vec![
            items(case),
            weeks,
            case.left_out(Vec::new()),
            case.elsewhere(),
        ],
        arithmetic,
    }
}

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let told = figures::distribution(case.inputs);
    let count: usize = told.iter().map(|kind| kind.count).sum();
    let whole: f64 = told.iter().fold(0.0, |sum, kind| sum + kind.value);
    let shares: Vec<String> = told
        .iter()
        .filter_map(|kind| {
            Some(format!(
                "{} {}",
                kind.flow_type.name(),
                percent(kind.share?)
            ))
        })
        .collect();
    let is_known = count > 0;
    Parts {
        figure: figure(
            is_known.then_some(count as f64),
            "items",
            |_| format!("{} of {}", shares.join(", "), plural(count, "item")),
            (!is_known).then(|| case.inputs.nothing_done()),
        ),
        definition: format!(
            "Shares of the kinds of work ({}) among the items done in the period, by number and by \
             business value; the kind is that of the item's type when it was done, else of a label",
            FlowType::ALL.map(FlowType::name).join(", ")
        ),
        arithmetic: told
            .iter()
            .filter(|_| is_known)
            .map(|kind| step(kind, count, whole))
            .collect(),
        sections: vec![
            items(case),
            kinds(&told),
            case.left_out(Vec::new()),
            case.elsewhere(),
        ],
    }
}

/// `feature: 1 ÷ 4 = 25 %; by value 8 ÷ 14 = 57.1 %`.
fn step(kind: &Distribution, count: usize, whole: f64) -> String {
    let name = kind.flow_type.name();
    let share = |share: Option<f64>| share.map_or("no value".to_owned(), percent);
    let by_number = format!("{name}: {} ÷ {count} = {}", kind.count, share(kind.share));
    match kind.value_share {
        None => by_number,
        Some(by_value) => format!(
            "{by_number}; by value {} ÷ {} = {}",
            terms(&[kind.value]),
            plain(whole),
            percent(by_value)
        ),
    }
}

fn kinds(told: &[Distribution]) -> Section {
    let share = |share: Option<f64>| share.map_or(Cell::None, Cell::Share);
    let rows = told.iter().map(|kind| {
        vec![
            Cell::text(kind.flow_type.name()),
            Cell::Count(kind.count as f64),
            share(kind.share),
            Cell::Count(kind.value),
            share(kind.value_share),
        ]
    });
    Section {
        key: "kinds",
        title: "Kinds of work".to_owned(),
        role: Role::Beside,
        columns: vec![TYPE, ITEMS, SHARE, VALUE, VALUE_SHARE],
        rows: rows.collect(),
        when_empty: "no item was done in the period",
    }
}
