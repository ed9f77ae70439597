//! What stands behind the value delivered (spec 6.5): every item done in the period with its business value
//! and its flow time; per week and per hour beside it.

use crate::metrics::flow::hours;
use crate::report::flow::compose_value;
use crate::report::quantity::{number, plural};

use super::super::arithmetic::plain;
use super::super::document::{Cell, Column, Role, Section};
use super::super::question::Parts;
use super::cells::{DONE, HISTORY, in_hours, instant, with_item};
use super::question::{Case, figure};
use super::steps::{bracketed, sum, terms};

const VALUE: Column = Column::new("value", "value");
const FLOW_TIME: Column = Column::new("flow_time_hours", "flow time");
const PER_HOUR: Column = Column::new("in_value_per_hour", "in value per hour");
const WHAT: Column = Column::new("what", "figure");
const UNIT: Column = Column::new("unit", "unit");
const COUNT: Column = Column::new("items", "items");
const REASON: Column = Column::new("reason", "reason");

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let told = compose_value(case.inputs, None);
    let (mut rows, mut without) = (Vec::new(), Vec::new());
    let (mut values, mut timed) = (Vec::new(), Vec::new());
    for item in case.done() {
        let Some(value) = item.value else {
            without.push((item, "it has no business value".to_owned()));
            continue;
        };
        let time = item.flow_time().map(hours);
        values.push(value);
        timed.extend(time.map(|time| (value, time)));
        rows.push(case.row(
            [Cell::Count(value)],
            item,
            [
                instant(item.finished),
                in_hours(time),
                match time {
                    Some(_) => Cell::Flag(true),
                    None => Cell::Flag(false).said_as("no: never started"),
                },
                case.history(item),
            ],
        ));
    }
    let weeks = case.window.days() / 7.0;
    let mut arithmetic = Vec::new();
    if let Some(delivered) = told.delivered.value {
        arithmetic.push(format!("{} = {}", terms(&values), plain(delivered)));
        if let Some(velocity) = told.velocity.value {
            arithmetic.push(format!(
                "per week: {} ÷ {} weeks = {}",
                plain(delivered),
                plain(weeks),
                plain(velocity)
            ));
        }
        if let Some(per_hour) = told.efficiency.value {
            let value: Vec<f64> = timed.iter().map(|(value, _)| *value).collect();
            let time: Vec<f64> = timed.iter().map(|(_, time)| *time).collect();
            arithmetic.push(format!(
                "per flow hour, over the same items: {} ÷ {} = {} ÷ {} = {}",
                bracketed(&value),
                bracketed(&time),
                plain(sum(&value)),
                plain(sum(&time)),
                plain(per_hour)
            ));
        }
    }
    let others = [
        ("value velocity", "value_per_week", &told.velocity),
        ("value efficiency", "value_per_flow_hour", &told.efficiency),
    ];
    let others = others.map(|(what, unit, it)| {
        vec![
            Cell::text(what),
            it.value.map_or(Cell::None, |value| {
                Cell::Count(value).said_as(number(value, 4))
            }),
            Cell::text(unit),
            Cell::Count(it.count as f64),
            it.reason.clone().map_or(Cell::None, Cell::Text),
        ]
    });
    let items = plural(told.delivered.count, "item");
    let left_out = told.delivered.left_out;
    Parts {
        figure: figure(
            told.delivered.value,
            "value",
            |value| match left_out {
                0 => format!("{} ({items})", number(value, 1)),
                _ => format!("{} ({items}; {left_out} without a value)", number(value, 1)),
            },
            told.delivered.reason.clone(),
        ),
        definition:
            "The sum of the business values of the items done in the period, the last value set \
                     before `as of` of each; per hour of flow time only over items that have both"
                .to_owned(),
        sections: vec![
            Section {
                key: "items",
                title: "Items that counted".to_owned(),
                role: Role::Counted,
                columns: with_item(&[VALUE], &[DONE, FLOW_TIME, PER_HOUR, HISTORY]),
                rows,
                when_empty: "no item done in the period has a business value",
            },
            Section {
                key: "other_figures",
                title: "Other figures of value".to_owned(),
                role: Role::Beside,
                columns: vec![WHAT, VALUE, UNIT, COUNT, REASON],
                rows: others.into(),
                when_empty: "none",
            },
            case.left_out(without),
            case.elsewhere(),
        ],
        arithmetic,
    }
}
