//! What stands behind the constraint (spec 6.3): the waiting in every stage, the visits to the one in which
//! most of it lies, and whether its queue grew.

use crate::metrics::flow::constraint::{most_waiting, wait_of, waiting};
use crate::metrics::flow::hours;
use crate::report::flow::findings;
use crate::report::quantity::percent;

use super::super::arithmetic::plain;
use super::super::document::{Cell, Column, Role, Section};
use super::super::question::Parts;
use super::cells::{FROM, ITEM, KIND, STAGE, TITLE, TO, TYPE};
use super::question::{Case, figure};
use super::steps::{bracketed, sum};

const WAITED: Column = Column::new("waited_hours", "waited");
const AT_BEGIN: Column = Column::new("at_begin", "at begin");
const AT_END: Column = Column::new("at_end", "at end");
const SHARE: Column = Column::new("share", "share");
const VISITS: Column = Column::new("visits", "visits");

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let (constraint, reason) = findings::constraint(case.inputs);
    let most = most_waiting(case.account, case.window);
    let mut rows = Vec::new();
    let mut waited = Vec::new();
    for item in case.by_key(case.account.items.iter()) {
        let visits = item.stays().iter();
        for visit in visits.filter(|visit| most.is_some_and(|most| most.stage == visit.stage)) {
            let Some(found) = wait_of(case.account, item, visit, case.window) else {
                continue;
            };
            if !found.overlaps && found.holds == [false, false] {
                continue;
            }
            waited.push(hours(found.waited));
            let mut row = vec![Cell::Hours(hours(found.waited))];
            row.extend(case.item(item));
            row.extend(case.visit(visit));
            row.extend(found.holds.map(Cell::Flag));
            rows.push(row);
        }
    }
    let all = waiting(case.account, case.window);
    let whole: Vec<f64> = all.iter().map(|stage| stage.wait_hours).collect();
    let name = most.map_or("", |most| case.account.stage_name(most.stage));
    let mut arithmetic = Vec::new();
    if let Some(most) = most {
        let [before, after] = most.queue;
        arithmetic.push(format!(
            "waiting in {name}: {} = {} h",
            bracketed(&waited),
            plain(sum(&waited))
        ));
        arithmetic.push(format!(
            "share: {} ÷ {} = {}",
            plain(most.wait_hours),
            plain(sum(&whole)),
            percent(most.wait_share)
        ));
        arithmetic.push(format!(
            "queue: {before} at the begin, {after} at the end: {}",
            match before.cmp(&after) {
                std::cmp::Ordering::Less => "it grows, so that this stage is the constraint",
                _ => "it does not grow, so that no stage is the constraint",
            }
        ));
    }
    let sections = vec![
        Section {
            key: "visits",
            title: match name.is_empty() {
                true => "Visits to the stage with the most waiting".to_owned(),
                false => format!("Visits to {name}"),
            },
            role: Role::Counted,
            columns: vec![WAITED, ITEM, TITLE, TYPE, STAGE, FROM, TO, AT_BEGIN, AT_END],
            rows,
            when_empty: "nothing waited in the period",
        },
        stages(case, &all, most.map(|most| most.stage)),
    ];
    let said = constraint
        .as_ref()
        .map(|it| (it.stage.clone(), it.evidence.clone()));
    Parts {
        figure: figure(
            constraint.as_ref().map(|it| it.wait_share),
            "ratio",
            |_| said.map_or(String::new(), |(stage, why)| format!("{stage} ({why})")),
            reason,
        ),
        definition: "The stage with the largest share of all waiting in the period (time in wait stages, \
                     and blocked time in active ones), if it holds more items at the end of the period \
                     than at its begin"
            .to_owned(),
        sections,
        arithmetic,
    }
}

fn stages(
    case: &Case<'_>,
    all: &[crate::metrics::flow::constraint::MostWaiting],
    most: Option<usize>,
) -> Section {
    let shown = all
        .iter()
        .filter(|stage| case.account.kind(stage.stage).is_in_progress());
    let rows = shown.map(|stage| {
        let rule = match stage.wait_hours > 0.0 {
            _ if most == Some(stage.stage) => "the most waiting",
            true => "less waiting",
            false => "nothing waited there",
        };
        vec![
            Cell::text(case.account.stage_name(stage.stage)),
            Cell::text(case.account.kind(stage.stage).name()),
            Cell::Hours(stage.wait_hours),
            Cell::Share(stage.wait_share),
            Cell::Count(stage.queue[0] as f64),
            Cell::Count(stage.queue[1] as f64),
            Cell::Count(stage.visits as f64),
            Cell::text(rule),
        ]
    });
    Section {
        key: "stages",
        title: "Waiting by stage".to_owned(),
        role: Role::Beside,
        columns: vec![
            STAGE,
            KIND,
            WAITED,
            SHARE,
            AT_BEGIN,
            AT_END,
            VISITS,
            super::super::cells::RULE,
        ],
        rows: rows.collect(),
        when_empty: "no stage is one of waiting or work",
    }
}
