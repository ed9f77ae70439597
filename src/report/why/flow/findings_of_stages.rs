//! What stands behind the rules of findings that look at stages (spec 6.3): `stage-age-two-sigma`,
//! `stage-age-p85`, `wip-limit`, `stage-overfull`. For each stage the limit and how it came about, or why
//! the rule is silent there; every item in it, found or not.

use crate::ledger::flow::Outcome;
use crate::metrics::flow::findings::{
    FEWEST_ITEMS, Found, LONGEST_DAYS, TIMES_MEAN_LOAD, ages_in_stages, exceeded_limits,
    exceeded_since, items_in, overfull_stages,
};
use crate::metrics::flow::flow_load::{is_in_progress, stage_loads};
use crate::metrics::flow::stage_limits::{StageLimits, completed_visits, stage_limits};
use crate::metrics::flow::{FEWEST, FEWEST_FIRM, HISTORY_DAYS, history, hours, item_time, shared};
use crate::model::Measured;
use crate::report::quantity::{number, plural, stream_time};

use super::super::arithmetic::plain;
use super::super::cells::RULE;
use super::super::document::{Cell, Column, Role, Row, Section};
use super::super::question::Parts;
use super::cells::{FROM, HOURS, ITEM, KIND, STAGE, TITLE, TO, TYPE, in_hours, instant};
use super::findings::{Judged, few, found_items, judged};
use super::question::Case;
use super::steps::{mean_step, nearest_rank_step, two_sigma_step};
use super::subject::FlowRule;

const STAGE_AGE: Column = Column::new("stage_age_hours", "in its stage");
const SINCE: Column = Column::new("in_stage_since", "since");
const LIMIT: Column = Column::new("limit_hours", "limit");
const VISITS: Column = Column::new("completed_visits", "visits");
const MEAN: Column = Column::new("mean_hours", "mean");
const SIGMA: Column = Column::new("sigma_hours", "sigma");
const ITEMS: Column = Column::new("items", "items");
const FOUND: Column = Column::new("found", "found");
const MEAN_LOAD: Column = Column::new("mean_items", "mean load");
const WIP_LIMIT: Column = Column::new("wip_limit", "limit");
const OVER_SINCE: Column = Column::new("over_since", "over since");
const OVER_FOR: Column = Column::new("over_hours", "over for");

/// Stages in which something is in progress.
fn stages_in_progress<'a>(case: &Case<'a>) -> impl Iterator<Item = usize> + 'a {
    let account = case.account;
    (0..account.stages.len()).filter(move |stage| is_in_progress(account, *stage))
}

fn stage_cells(case: &Case<'_>, stage: usize) -> [Cell; 2] {
    [
        Cell::text(case.account.stage_name(stage)),
        Cell::text(case.account.kind(stage).name()),
    ]
}

fn limit_of(rule: FlowRule, limits: &StageLimits) -> Measured<f64> {
    match rule {
        FlowRule::StageAgeTwoSigma => limits.two_sigma(),
        _ => limits.p85(),
    }
}

/// `stage-age-two-sigma` and `stage-age-p85`.
pub(super) fn stage_age(case: &Case<'_>, rule: FlowRule) -> Parts {
    let limits = stage_limits(case.account);
    let ages = ages_in_stages(case.account);
    let mut items: Vec<Judged<'_>> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut arithmetic = Vec::new();
    let (mut found, mut silent) = (0, 0);
    for stage in stages_in_progress(case) {
        let (Some(of_stage), Some(ages)) = (limits.get(stage), ages.get(stage)) else {
            continue;
        };
        let limit = limit_of(rule, of_stage);
        let value = limit.value().copied();
        let beyond = ages
            .iter()
            .filter(|it| value.is_some_and(|limit| it.hours > limit));
        let beyond = beyond.count();
        found += beyond;
        silent += usize::from(value.is_none());
        let name = case.account.stage_name(stage);
        let mut row: Row = stage_cells(case, stage).into();
        row.extend([
            Cell::Count(of_stage.completed.len() as f64),
            in_hours(of_stage.mean),
            in_hours(of_stage.deviation),
            in_hours(value),
            Cell::Count(ages.len() as f64),
            Cell::Count(beyond as f64),
            Cell::text(match limit.reason() {
                Some(why) => format!("silent: {why}"),
                None => String::new(),
            }),
        ]);
        rows.push(row);
        if !ages.is_empty() {
            arithmetic.extend(how(rule, name, of_stage, limit.reason()));
        }
        for age in ages {
            let Some(item) = case.account.items.get(age.item) else {
                continue;
            };
            items.push(Judged {
                item,
                hours: Some(age.hours),
                is_found: value.is_some_and(|limit| age.hours > limit),
                after: vec![
                    Cell::text(name),
                    instant(item.last_visit().map(|visit| visit.from)),
                    in_hours(value),
                ],
                rule: match value {
                    Some(limit) => format!("not longer than {}", stream_time(limit)),
                    None => format!("the rule is silent for {name}"),
                },
            });
        }
    }
    let looked_at = items.len();
    let limits_section = Section {
        key: "stages",
        title: "Limits of the stages".to_owned(),
        role: Role::Beside,
        columns: vec![STAGE, KIND, VISITS, MEAN, SIGMA, LIMIT, ITEMS, FOUND, RULE],
        rows,
        when_empty: "no stage is one of waiting or work",
    };
    let [found_rows, rest] = judged(case, items, STAGE_AGE, &[STAGE, SINCE, LIMIT]);
    let (limit, fewest) = match rule {
        FlowRule::StageAgeTwoSigma => ("mean + 2σ (sample standard deviation)", FEWEST_FIRM),
        _ => ("the 85th percentile, by nearest rank,", FEWEST),
    };
    let what = match silent {
        0 => format!("{} looked at", plural(looked_at, "item")),
        _ => format!(
            "{} looked at; silent for {}",
            plural(looked_at, "item"),
            plural(silent, "stage")
        ),
    };
    Parts {
        figure: found_items(found, &what, None),
        definition: format!(
            "Items in progress that have been in their wait or active stage, without a break, for longer \
             than {limit} of the visits to it that were completed in the {HISTORY_DAYS} days before now; \
             the rule needs {fewest} of them"
        ),
        sections: vec![found_rows, rest, limits_section, completed(case, &ages)],
        arithmetic,
    }
}

/// How the limit of a stage came about.
fn how(rule: FlowRule, name: &str, limits: &StageLimits, silent: Option<&str>) -> Vec<String> {
    let visits = &limits.completed;
    let mut steps = Vec::new();
    match rule {
        FlowRule::StageAgeTwoSigma => {
            if !visits.is_empty() {
                steps.push(format!("{name}: {}", mean_step(visits)));
            }
            if let Some(limit) = two_sigma_step(visits) {
                steps.push(format!("{name}: {limit}"));
            }
        }
        _ => {
            if silent.is_none() {
                let few = few(visits.len(), "visit");
                let rank = nearest_rank_step("P85", 0.85, visits);
                steps.push(format!("{name}: {rank}{few}"));
            }
        }
    }
    if let Some(why) = silent {
        steps.push(format!("{name}: silent, {why}"));
    }
    steps
}

/// The visits that tell what is usual.
fn completed(case: &Case<'_>, ages: &[Vec<Found>]) -> Section {
    let holds = |stage: usize| ages.get(stage).is_some_and(|ages| !ages.is_empty());
    let mut rows = Vec::new();
    if let Some(span) = history(case.account) {
        for item in case.by_key(case.account.items.iter()) {
            let visits = completed_visits(item, span);
            for visit in visits.filter(|visit| holds(visit.stage)) {
                let mut row = vec![Cell::Hours(case.hours_of(visit))];
                row.extend(case.item(item));
                row.extend(case.visit(visit));
                rows.push(row);
            }
        }
    }
    Section {
        key: "completed_visits",
        title: format!("Completed visits of {HISTORY_DAYS} days"),
        role: Role::Beside,
        columns: vec![HOURS, ITEM, TITLE, TYPE, STAGE, FROM, TO],
        rows,
        when_empty: "none",
    }
}

/// `wip-limit`.
pub(super) fn wip_limit(case: &Case<'_>) -> Parts {
    let findings = exceeded_limits(case.account);
    let longest = LONGEST_DAYS * 24.0;
    let mut items: Vec<Judged<'_>> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut arithmetic = Vec::new();
    let mut limited = 0;
    for (stage, known) in case.account.stages.iter().enumerate() {
        let inside = items_in(case.account, stage);
        let Some(limit) = known.wip_limit else {
            if is_in_progress(case.account, stage) {
                let mut row: Row = stage_cells(case, stage).into();
                row.push(Cell::Count(inside.len() as f64));
                row.extend([Cell::None, Cell::None, Cell::None, Cell::Flag(false)]);
                row.push(Cell::text("silent: it has no limit"));
                rows.push(row);
            }
            continue;
        };
        limited += 1;
        let over = exceeded_since(case.account, stage, limit);
        let lasted = over.map(|(_, since)| hours(case.account.as_of - since));
        let is_found = findings.iter().any(|finding| finding.stage == Some(stage));
        let count = over.map_or(inside.len(), |(count, _)| count);
        let rule = match lasted {
            None => "not over its limit".to_owned(),
            Some(_) if is_found => String::new(),
            Some(_) => format!("over its limit for less than {longest} h"),
        };
        let mut row: Row = stage_cells(case, stage).into();
        row.extend([
            Cell::Count(count as f64),
            Cell::Count(f64::from(limit)),
            instant(over.map(|(_, since)| since)),
            in_hours(lasted),
            Cell::Flag(is_found),
            Cell::text(rule.clone()),
        ]);
        rows.push(row);
        arithmetic.push(match lasted {
            Some(lasted) => format!(
                "{}: {count} > {limit} for {} h, {} {longest} h",
                known.name,
                plain(lasted),
                if is_found { "at least" } else { "less than" }
            ),
            None => format!("{}: {count} ≤ {limit}", known.name),
        });
        for found in inside {
            if let Some(item) = case.account.items.get(found.item) {
                items.push(Judged {
                    item,
                    hours: Some(found.hours),
                    is_found,
                    after: vec![Cell::text(known.name.clone())],
                    rule: rule.clone(),
                });
            }
        }
    }
    let found = items.iter().filter(|it| it.is_found).count();
    let silent =
        (limited == 0).then(|| "no stage has a limit (`wip_limit` in flow.stages)".to_owned());
    let what = format!(
        "{} of {limited} with a limit over it for {longest} h",
        findings.len()
    );
    let stages = Section {
        key: "stages",
        title: "Stages and their limits".to_owned(),
        role: Role::Beside,
        columns: vec![
            STAGE, KIND, ITEMS, WIP_LIMIT, OVER_SINCE, OVER_FOR, FOUND, RULE,
        ],
        rows,
        when_empty: "no stage is one of waiting or work",
    };
    let [found_rows, rest] = judged(case, items, STAGE_AGE, &[STAGE]);
    Parts {
        figure: found_items(found, &what, silent),
        definition: format!(
            "Stages that have held more items than their limit (`wip_limit`) without a break for {longest} \
             hours or more until now, with the items in them"
        ),
        sections: vec![found_rows, rest, stages],
        arithmetic,
    }
}

/// `stage-overfull`.
pub(super) fn overfull(case: &Case<'_>) -> Parts {
    let account = case.account;
    let loads = stage_loads(account);
    let findings = overfull_stages(account, &loads);
    let span = history(account);
    let length = span.map_or(0.0, |span| hours(span.length()));
    let mut items: Vec<Judged<'_>> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut arithmetic = Vec::new();
    let mut found_stages = 0;
    for stage in stages_in_progress(case) {
        let Some(load) = loads.get(stage) else {
            continue;
        };
        let is_found = findings.iter().any(|finding| finding.stage == Some(stage));
        found_stages += usize::from(is_found);
        let name = account.stage_name(stage);
        let rule = match load.mean {
            None => "nothing is on record".to_owned(),
            Some(_) if is_found => String::new(),
            Some(_) if load.count < FEWEST_ITEMS => {
                format!("fewer than {FEWEST_ITEMS} items are no pile")
            }
            Some(mean) => format!(
                "not more than {TIMES_MEAN_LOAD} × {} = {}",
                plain(mean),
                plain(TIMES_MEAN_LOAD * mean)
            ),
        };
        let mut row: Row = stage_cells(case, stage).into();
        row.extend([
            Cell::Count(load.count as f64),
            load.mean.map_or(Cell::None, |mean| {
                Cell::Count(mean).said_as(number(mean, 2))
            }),
            Cell::Flag(is_found),
            Cell::text(rule.clone()),
        ]);
        rows.push(row);
        if let (Some(mean), Some(span), 1..) = (load.mean, span, load.count) {
            let visits = account.items.iter().flat_map(|item| &item.visits);
            let visits = visits.filter(|visit| visit.stage == stage);
            let lasted: f64 = visits
                .map(|visit| hours(shared(visit.span(account.as_of), span)))
                .fold(0.0, |sum, it| sum + it);
            arithmetic.push(format!(
                "{name}: mean {} h ÷ {} h = {}; {} {} {TIMES_MEAN_LOAD} × {} = {}",
                plain(lasted),
                plain(length),
                plain(mean),
                load.count,
                match load.count as f64 > TIMES_MEAN_LOAD * mean {
                    true => '>',
                    false => '≤',
                },
                plain(mean),
                plain(TIMES_MEAN_LOAD * mean)
            ));
        }
        let inside = account.items.iter().filter(|item| {
            matches!(item.outcome, Outcome::Open | Outcome::NotStarted) && item.stage() == stage
        });
        items.extend(case.by_key(inside).into_iter().map(|item| Judged {
            item,
            hours: Some(hours(item_time::stage_age(account, item))),
            is_found,
            after: vec![Cell::text(name)],
            rule: rule.clone(),
        }));
    }
    let found = items.iter().filter(|it| it.is_found).count();
    let what = format!("{} overfull", plural(found_stages, "stage"));
    let stages = Section {
        key: "stages",
        title: "Stages and their mean load".to_owned(),
        role: Role::Beside,
        columns: vec![STAGE, KIND, ITEMS, MEAN_LOAD, FOUND, RULE],
        rows,
        when_empty: "no stage is one of waiting or work",
    };
    let [found_rows, rest] = judged(case, items, STAGE_AGE, &[STAGE]);
    Parts {
        figure: found_items(found, &what, None),
        definition: format!(
            "Wait and active stages that hold now at least {FEWEST_ITEMS} items and more than \
             {TIMES_MEAN_LOAD} times what they held on average, weighted by time, in the {HISTORY_DAYS} \
             days before, as far as items go back; with the items in them"
        ),
        sections: vec![found_rows, rest, stages],
        arithmetic,
    }
}
