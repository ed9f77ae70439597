//! What stands behind the numbers that join work items to commits and deployments (spec 6.4): idea to
//! production, coverage, tracker gap.

use chrono::{DateTime, Utc};

use crate::ledger::flow::{FlowItem, Outcome};
use crate::ledger::{Deployment, ItemCode};
use crate::metrics::idea_to_production::{Points, Step, hours};
use crate::report::flow::CodeInputs;
use crate::report::flow::compose_code::{
    Joined, compose_code, coverage as covered, gap, why_not_deployed,
};
use crate::report::quantity::{percent, plural, stream_time};

use super::super::cells::{DEPLOYMENT, RULE};
use super::super::document::{Cell, Column, Role, Row, Section};
use super::super::question::Parts;
use super::cells::{DONE, RANK, STARTED, instant, with_item};
use super::question::{Case, LeftOut, figure};
use super::steps::{mean_step, nearest_rank_step};

const TIME: Column = Column::new("idea_to_production_hours", "idea to production");
const CREATED: Column = Column::new("created", "created");
const FIRST_COMMIT: Column = Column::new("first_commit", "first commit");
const MERGED: Column = Column::new("merged", "merged");
const DEPLOYED: Column = Column::new("deployed", "deployed");
const COMMITS: Column = Column::new("commits", "commits");
const COMMIT: Column = Column::new("commit", "commit");
const NO_COMMIT: &str = "no commit names it";

/// An answer where there is nothing that items could be joined to.
fn nothing_deployed(definition: &str, unit: &str) -> Parts {
    let reason = "nothing was deployed that could be measured".to_owned();
    Parts {
        figure: figure(None, unit, |_| String::new(), Some(reason)),
        definition: definition.to_owned(),
        sections: Vec::new(),
        arithmetic: Vec::new(),
    }
}

fn commits(code: &ItemCode) -> Cell {
    let ids: Vec<String> = code
        .commits
        .iter()
        .map(|it| it.commit.to_string())
        .collect();
    match ids.is_empty() {
        true => Cell::None,
        false => Cell::Ids(ids),
    }
}

/// The id of a deployment; a screen leaves out what stands beside it already.
fn id(deployment: Option<&Deployment>) -> Cell {
    deployment.map_or(Cell::None, |it| Cell::text(it.id.clone()))
}

fn points(code: &CodeInputs<'_>, joined: &Joined<'_>) -> Points {
    Points::of(joined.item, joined.code, code.account)
}

/// Rows of items by their hours, with the rank of each; and the hours in that order.
fn ranked(case: &Case<'_>, mut counted: Vec<(f64, &FlowItem, Row)>) -> (Vec<f64>, Vec<Row>) {
    // The order of the keys breaks ties: the sort is stable.
    counted.sort_by(|(one, ..), (other, ..)| one.total_cmp(other));
    let times = counted.iter().map(|(time, ..)| *time).collect();
    let rows = counted.into_iter().zip(1_u32..);
    let rows = rows.map(|((time, item, after), rank)| {
        let first = [Cell::Count(rank.into()), Cell::Hours(time)];
        case.row(first, item, after)
    });
    (times, rows.collect())
}

const IDEA_TO_PRODUCTION: &str = "The median by nearest rank, over the items whose last needed part was deployed in the period, of the \
     time from their creation to that deployment";

pub(super) fn idea_to_production(case: &Case<'_>) -> Parts {
    let Some(code) = case.code else {
        return nothing_deployed(IDEA_TO_PRODUCTION, "hours");
    };
    let told = compose_code(&code, case.window).idea_to_production;
    let mut counted: Vec<(f64, &FlowItem, Row)> = Vec::new();
    let mut without: Vec<LeftOut<'_>> = Vec::new();
    for joined in code.joined() {
        let points = points(&code, &joined);
        let between = points.between(Step::Created, Step::Deployed);
        match (points.at(Step::Deployed), between) {
            (Some(at), Some(span)) if case.window.contains(at) => {
                let deployment = code.deployment(joined.code.last_deployment);
                let steps = [
                    Step::Created,
                    Step::Started,
                    Step::FirstCommit,
                    Step::Merged,
                ];
                let mut after: Row = steps.map(|step| instant(points.at(step))).into();
                after.extend([Cell::Instant(at), id(deployment), commits(joined.code)]);
                counted.push((hours(span), joined.item, after));
            }
            (Some(at), _) => without.push((joined.item, outside(at, case))),
            (None, _) => without.push((joined.item, why_not_deployed(joined.code))),
        }
    }
    without.extend(unnamed(case, &code));
    let (times, rows) = ranked(case, counted);
    let items = Section {
        key: "items",
        title: "Items deployed whole in the period".to_owned(),
        role: Role::Counted,
        columns: with_item(
            &[RANK, TIME],
            &[
                CREATED,
                STARTED,
                FIRST_COMMIT,
                MERGED,
                DEPLOYED,
                DEPLOYMENT,
                COMMITS,
            ],
        ),
        rows,
        when_empty: "no item was deployed whole in the period",
    };
    let mut arithmetic = Vec::new();
    if !times.is_empty() {
        arithmetic.push(nearest_rank_step("P50, the median", 0.5, &times));
        arithmetic.push(nearest_rank_step("P85", 0.85, &times));
        arithmetic.push(mean_step(&times));
    }
    arithmetic.push(covering(case, &code));
    let count = plural(told.count, "item");
    Parts {
        figure: figure(
            told.p50_hours,
            "hours",
            |value| format!("{} (median of {count})", stream_time(value)),
            told.reason,
        ),
        definition: format!(
            "{IDEA_TO_PRODUCTION} to {}; {}",
            code.account.name,
            keys(case)
        ),
        sections: vec![items, case.left_out_only(without)],
        arithmetic,
    }
}

fn outside(at: DateTime<Utc>, case: &Case<'_>) -> String {
    match at < case.window.start {
        true => "deployed before the period".to_owned(),
        false => "deployed after the period".to_owned(),
    }
}

/// Items that no commit names.
fn unnamed<'a>(case: &Case<'a>, code: &CodeInputs<'_>) -> Vec<LeftOut<'a>> {
    let items = case
        .account
        .items
        .iter()
        .filter(|item| code.of(item).is_none());
    let items = case.by_key(items);
    items
        .into_iter()
        .map(|item| (item, NO_COMMIT.to_owned()))
        .collect()
}

fn keys(case: &Case<'_>) -> String {
    format!(
        "commits belong to the items whose keys they name (`{}`)",
        case.inputs.settings.flow.key_pattern
    )
}

/// Every number of joined items says of how much it can speak.
fn covering(case: &Case<'_>, code: &CodeInputs<'_>) -> String {
    let told = covered(code, case.window);
    let share = |share: Option<f64>| share.map_or("-".to_owned(), percent);
    format!(
        "coverage: {} of {} name an item ({}), {} of {} have a commit ({})",
        told.commits_with_item,
        plural(told.commits, "deployed change"),
        share(told.commit_share),
        told.items_with_commit,
        plural(told.items, "done item"),
        share(told.item_share),
    )
}

const COVERAGE: &str = "The share of the changes deployed in the period that name an imported item; beside it the share of \
     the items done in the period that a commit names";

pub(super) fn coverage(case: &Case<'_>) -> Parts {
    let Some(code) = case.code else {
        return nothing_deployed(COVERAGE, "ratio");
    };
    let told = covered(&code, case.window);
    let (mut named, mut nameless) = (Vec::new(), Vec::new());
    for deployment in code.account.counted_in(case.window) {
        for change in &deployment.changes {
            let items = code.join.items_of(change.repository, change.commit);
            let keys = items.iter().filter_map(|item| code.items.get(*item));
            let keys: Vec<String> = keys.map(|item| item.key.clone()).collect();
            let mut row = vec![
                Cell::Ids(vec![change.commit.to_string()]),
                Cell::Instant(change.committed),
                Cell::text(deployment.id.clone()),
            ];
            if items.is_empty() {
                let unknown = code.join.unknown_keys_of(change.repository, change.commit);
                row.push(Cell::text(match unknown.is_empty() {
                    true => "it names no item".to_owned(),
                    false => format!("it names {}, which was not imported", unknown.join(", ")),
                }));
                nameless.push(row);
            } else {
                row.push(Cell::text(keys.join(", ")));
                named.push(row);
            }
        }
    }
    let (mut with_commit, mut without) = (Vec::new(), Vec::new());
    for item in case.done() {
        match code.of(item) {
            Some(joined) => {
                let after = [instant(item.finished), commits(joined.code)];
                with_commit.push(case.row([], item, after));
            }
            None => without.push((item, NO_COMMIT.to_owned())),
        }
    }
    let ratio = |part: usize, whole: usize, share: Option<f64>| match share {
        Some(share) => format!("{part} ÷ {whole} = {}", percent(share)),
        None => format!("{part} of {whole}: no value"),
    };
    let of_items = match told.item_share {
        Some(share) => format!("{} of {}", percent(share), plural(told.items, "done item")),
        None => "no item was done".to_owned(),
    };
    let changes = plural(told.commits, "deployed change");
    let reason = "no change was deployed in the period".to_owned();
    let committed = Column::new("committed", "committed");
    Parts {
        figure: figure(
            told.commit_share,
            "ratio",
            |value| {
                format!(
                    "{} of {changes} name an item; {of_items} have a commit",
                    percent(value)
                )
            },
            Some(format!("{reason}; {of_items} have a commit")),
        ),
        definition: format!("{COVERAGE}; {}", keys(case)),
        arithmetic: vec![
            format!(
                "changes: {}",
                ratio(told.commits_with_item, told.commits, told.commit_share)
            ),
            format!(
                "items: {}",
                ratio(told.items_with_commit, told.items, told.item_share)
            ),
        ],
        sections: vec![
            Section {
                key: "changes",
                title: "Deployed changes that name an item".to_owned(),
                role: Role::Counted,
                columns: vec![COMMIT, committed, DEPLOYMENT, Column::new("items", "items")],
                rows: named,
                when_empty: "none",
            },
            Section {
                key: "changes_left_out",
                title: "Deployed changes that name none".to_owned(),
                role: Role::LeftOut,
                columns: vec![COMMIT, committed, DEPLOYMENT, RULE],
                rows: nameless,
                when_empty: "none",
            },
            Section {
                key: "items",
                title: "Done items that a commit names".to_owned(),
                role: Role::Beside,
                columns: with_item(&[], &[DONE, COMMITS]),
                rows: with_commit,
                when_empty: "none",
            },
            case.left_out_only(without),
        ],
    }
}

const GAP: Column = Column::new("done_minus_deployed_hours", "done - deployed");
const TRACKER_GAP: &str = "The median by nearest rank of done in the tracker minus deployed, over the items of which the later of \
     both lies in the period: negative where items are closed before they run";

pub(super) fn tracker_gap(case: &Case<'_>) -> Parts {
    let Some(code) = case.code else {
        return nothing_deployed(TRACKER_GAP, "hours");
    };
    let all = code.joined();
    let told = gap(&code, &all, case.window);
    let mut counted: Vec<(f64, &FlowItem, Row)> = Vec::new();
    let mut without: Vec<LeftOut<'_>> = Vec::new();
    for joined in &all {
        let item = joined.item;
        let done = item.finished.filter(|_| item.outcome == Outcome::Done);
        let deployed = points(&code, joined).at(Step::Deployed);
        match (done, deployed) {
            (Some(done), Some(deployed)) if case.window.contains(done.max(deployed)) => {
                let deployment = code.deployment(joined.code.last_deployment);
                let after = vec![
                    Cell::Instant(done),
                    Cell::Instant(deployed),
                    id(deployment),
                    commits(joined.code),
                ];
                counted.push((hours(done - deployed), item, after));
            }
            (Some(done), Some(deployed)) => {
                without.push((
                    item,
                    format!("done and {}", outside(done.max(deployed), case)),
                ));
            }
            (Some(_), None) => {
                without.push((item, format!("done, and {}", why_not_deployed(joined.code))));
            }
            (None, _) => without.push((item, "not done in the tracker".to_owned())),
        }
    }
    without.extend(unnamed(case, &code));
    let (times, rows) = ranked(case, counted);
    let items = Section {
        key: "items",
        title: "Items that counted".to_owned(),
        role: Role::Counted,
        columns: with_item(&[RANK, GAP], &[DONE, DEPLOYED, DEPLOYMENT, COMMITS]),
        rows,
        when_empty: "no item is both done and deployed",
    };
    let mut arithmetic = Vec::new();
    if !times.is_empty() {
        arithmetic.push(nearest_rank_step("P50, the median", 0.5, &times));
    }
    arithmetic.push(format!(
        "{} of {} done before deployed; {} done and not deployed; {} coded before started",
        told.closed_before_deployed,
        plural(told.count, "item"),
        told.done_not_deployed_count,
        told.coded_before_started
    ));
    arithmetic.push(covering(case, &code));
    let count = plural(told.count, "item");
    let reason =
        "no item that commits name was both done and deployed, the later of both in the period";
    Parts {
        figure: figure(
            told.done_minus_deployed_p50_hours,
            "hours",
            |value| format!("{} (median of {count})", stream_time(value)),
            Some(reason.to_owned()),
        ),
        definition: format!("{TRACKER_GAP}; {}", keys(case)),
        sections: vec![items, case.left_out_only(without)],
        arithmetic,
    }
}
