//! What stands behind the lead time (spec 2.5): every change with its rank, changes without a lead time,
//! deployments that brought none, and counts of what is no change.

use crate::ledger::{ChangeKind, Deployment, DeploymentKind, ShippedChange};
use crate::metrics::minutes;
use crate::metrics::statistics::{median_interval, sorted};
use crate::model::Measured;
use crate::report::quantity::{duration, plural};

use super::arithmetic::{figure, median_of_minutes};
use super::cells::{
    COMMIT, COMPONENTS, DEPLOYMENT, REPOSITORY, RULE, SUBJECT, commit, counts, entries_left_out,
    no_deployment, outside,
};
use super::document::{Cell, Column, Role, Row, Section};
use super::question::{Case, Parts};

/// A change, the deployment that brought it and its lead time in minutes, if it has one.
struct Brought<'a> {
    index: usize,
    entry: &'a Deployment,
    change: &'a ShippedChange,
    minutes: Option<f64>,
}

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let mut counted = Vec::new();
    let mut left_out = Vec::new();
    for (index, entry) in case.entries() {
        if entry.kind != DeploymentKind::Deployment {
            continue;
        }
        for change in &entry.changes {
            let minutes = change.lead_time.map(minutes);
            let brought = Brought {
                index,
                entry,
                change,
                minutes,
            };
            match minutes {
                Some(_) => counted.push(brought),
                None => left_out.push(brought),
            }
        }
    }
    // The order of account and changes breaks ties: the sort is stable.
    counted.sort_by(|a, b| {
        a.minutes
            .unwrap_or(0.0)
            .total_cmp(&b.minutes.unwrap_or(0.0))
    });
    let samples = sorted(counted.iter().filter_map(|brought| brought.minutes));
    let measured = match case.deployment {
        None => case.measures.lead_time.median_minutes.clone(),
        Some(_) => of_one(&samples),
    };
    let start = case.inputs.facts.settings.lead_time_start.name();
    let whose = match case.deployment {
        None => "over all changes that deployments of the period brought first",
        Some(_) => "over the changes that this deployment brought first",
    };
    Parts {
        figure: figure(&measured, "minutes", |value, n| {
            format!("{} (median of {})", duration(value), plural(n, "change"))
        }),
        definition: format!(
            "The median, {whose}, of the time from commit ({start} time) to that deployment; a change \
             is one non-merge commit and counts once, in the first deployment that contains it"
        ),
        sections: vec![
            changes(case, &counted),
            changes_left_out(case, &left_out),
            deployments_left_out(case),
            commits_left_out(case),
        ],
        arithmetic: steps(&counted, &samples),
    }
}

/// The median, and whose lead times it is made of.
fn steps(counted: &[Brought<'_>], samples: &[f64]) -> Vec<String> {
    let mut steps = median_of_minutes(samples);
    let n = counted.len();
    let middle = (n.saturating_sub(1) / 2)..(n / 2 + 1).min(n);
    let named: Vec<String> = middle
        .filter_map(|place| {
            let commit = counted.get(place)?.change.commit;
            Some(format!("rank {} is {}", place + 1, commit.short()))
        })
        .collect();
    if !named.is_empty() {
        steps.insert(2, named.join(", "));
    }
    steps
}

/// The median of the changes of one deployment, as its row of the report has it.
fn of_one(samples: &[f64]) -> Measured<f64> {
    match crate::metrics::statistics::median(samples) {
        Some(value) => Measured::Known {
            value,
            sample_size: samples.len(),
            interval: median_interval(samples),
        },
        None => Measured::unknown("the deployment brought no change with a lead time"),
    }
}

const RANK: Column = Column::new("rank", "rank");
const LEAD_TIME: Column = Column::new("lead_time_minutes", "lead time");
const COMMITTED: Column = Column::new("committed", "committed");
const DEPLOYED: Column = Column::new("deployed", "deployed");

/// Commit, subject, commit time, deployment: what a row says of a change.
fn of_change(case: &Case<'_>, row: usize, brought: &Brought<'_>) -> Row {
    let Brought {
        index,
        entry,
        change,
        ..
    } = brought;
    vec![
        commit(change.commit),
        Cell::Instant(change.committed),
        Cell::Instant(entry.time).said_as(""),
        case.subject(row, change.repository, change.commit),
        match case.deployment {
            Some(_) => Cell::Text(entry.id.clone()).said_as(""),
            None => case.id(*index),
        },
        case.named(&change.components),
        case.repository(change.repository),
    ]
}

fn columns(first: &[Column]) -> Vec<Column> {
    let rest = [
        COMMIT, COMMITTED, DEPLOYED, SUBJECT, DEPLOYMENT, COMPONENTS, REPOSITORY,
    ];
    first.iter().copied().chain(rest).collect()
}

fn changes(case: &Case<'_>, counted: &[Brought<'_>]) -> Section {
    let rows = counted.iter().enumerate().map(|(place, brought)| {
        let mut row = vec![
            Cell::Count((place + 1) as f64),
            brought.minutes.map_or(Cell::None, Cell::Minutes),
        ];
        row.extend(of_change(case, place, brought));
        row
    });
    Section {
        key: "changes",
        title: "Changes that counted".to_owned(),
        role: Role::Counted,
        columns: columns(&[RANK, LEAD_TIME]),
        rows: rows.collect(),
        when_empty: "no change has a lead time",
    }
}

fn changes_left_out(case: &Case<'_>, left_out: &[Brought<'_>]) -> Section {
    let rows = left_out.iter().enumerate().map(|(place, brought)| {
        let rule = match brought.change.committed >= brought.entry.time {
            true => "committed at or after its deployment: no positive span",
            false => "its commit carries no credible date",
        };
        let mut row = of_change(case, place, brought);
        row.push(Cell::text(rule));
        row
    });
    let mut columns = columns(&[]);
    columns.push(RULE);
    Section {
        key: "changes_left_out",
        title: "Changes without a lead time".to_owned(),
        role: Role::LeftOut,
        rows: rows.collect(),
        columns,
        when_empty: "none: every change that was brought has a lead time",
    }
}

/// Why a deployment brought no change.
fn without_changes(entry: &Deployment) -> Option<String> {
    if let Some(rule) = no_deployment(entry.kind) {
        return Some(rule.to_owned());
    }
    if !entry.changes.is_empty() {
        return None;
    }
    let mut kinds: Vec<ChangeKind> = Vec::new();
    for change in &entry.components {
        if !kinds.contains(&change.kind) {
            kinds.push(change.kind);
        }
    }
    let why: Vec<&str> = kinds
        .into_iter()
        .map(|kind| match kind {
            ChangeKind::Baseline => "baseline: the record begins there, nothing can be attributed",
            ChangeKind::Rollback => "rollback: it brings no changes",
            ChangeKind::Unresolved => "unresolved: its version names no commit",
            ChangeKind::Forward | ChangeKind::Sideways => {
                "nothing new: every change in it was deployed before, or is none"
            }
            ChangeKind::Redeploy => "no version changed",
        })
        .collect();
    Some(why.join("; "))
}

fn deployments_left_out(case: &Case<'_>) -> Section {
    entries_left_out(
        case,
        "deployments_left_out",
        "Deployments that brought no change",
        "none: every deployment brought a change",
        without_changes,
    )
}

fn commits_left_out(case: &Case<'_>) -> Section {
    let of_entries = |count: &dyn Fn(&Deployment) -> usize| {
        let entries = case.entries().map(|(_, entry)| entry);
        let counted = entries.filter(|entry| entry.kind == DeploymentKind::Deployment);
        counted.map(count).sum::<usize>()
    };
    let merges = of_entries(&|entry| entry.merges);
    let bookkeeping = of_entries(&|entry| entry.bookkeeping);
    let mut left_out = vec![
        (
            "merge commits",
            merges,
            "a merge is no change; what it merges is".to_owned(),
        ),
        (
            "bookkeeping commits",
            bookkeeping,
            "they touch only state directories or .dora/".to_owned(),
        ),
    ];
    if case.deployment.is_none() {
        let changes_of = |is_outside: &dyn Fn(&Deployment) -> bool| {
            let entries = case.account.counted().filter(|entry| is_outside(entry));
            entries.map(|entry| entry.changes.len()).sum::<usize>()
        };
        let [before, after] = outside(case.account, case.window);
        let waiting = case.account.waiting.as_ref().map_or(0, |it| it.count);
        left_out.extend([
            (
                "changes deployed before the period",
                changes_of(&|entry| entry.time < case.window.start),
                format!(
                    "the period is by deployment time; {}",
                    plural(before, "deployment")
                ),
            ),
            (
                "changes deployed after the period",
                changes_of(&|entry| entry.time >= case.window.end),
                format!(
                    "the period is by deployment time; {}",
                    plural(after, "deployment")
                ),
            ),
            (
                "changes not deployed yet",
                waiting,
                format!(
                    "no deployment contains them; {} lists them",
                    case.inputs.asked.command("why waiting")
                ),
            ),
        ]);
    }
    counts(
        "commits_left_out",
        "What is no change of the period",
        left_out,
    )
}
