//! What stands behind the change failure rate (spec 2.6): failed deployments and attempts with their
//! evidence, the others of the fraction, evidence that a mark overruled, rules, incidents that fail nothing.
//! The verdict on one deployment is in `verdict`.

use crate::ledger::{Deployment, DeploymentKind, FailureRule};
use crate::model::{Interval, Measured};
use crate::report::quantity::{percent, plural};

use super::arithmetic::{figure, plain};
use super::cells::{COMPONENTS, DEPLOYMENT, RULE, TIME, counts, entries_left_out, outside};
use super::document::{Cell, Column, Role, Section};
use super::evidence::{self, overruling};
use super::incidents;
use super::question::{Case, Parts};

const KIND: Column = Column::new("kind", "kind");
const NOTE: Column = Column::new("note", "note");

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let rate = &case.measures.change_failure_rate;
    let [before, after] = outside(case.account, case.window);
    let rule = "deployments count in the period of their own time".to_owned();
    Parts {
        figure: figure(&rate.ratio, "ratio", |value, _| {
            format!("{} ({} of {})", percent(value), rate.failed, rate.total)
        }),
        definition: definition(case),
        sections: vec![
            failed(case),
            fine(case),
            rules(case),
            evidence_left_out(case),
            on_neither_side(case),
            incidents::left_out(case),
            counts(
                "outside",
                "Outside of the period",
                [
                    ("deployments before the period", before, rule.clone()),
                    ("deployments after the period", after, rule),
                ],
            ),
        ],
        arithmetic: arithmetic(case),
    }
}

/// The rules in force, with their windows.
pub(super) fn definition(case: &Case<'_>) -> String {
    let settings = &case.inputs.facts.settings;
    let (on, off): (Vec<FailureRule>, Vec<FailureRule>) = FailureRule::ALL
        .into_iter()
        .partition(|rule| rule.is_on(settings.failure_rules));
    let said = |rule: &FailureRule| match rule {
        FailureRule::Incident => format!("incident (within {} h)", settings.incident_window_hours),
        FailureRule::Revert => "revert (within 7 days)".to_owned(),
        FailureRule::Hotfix => format!("hotfix (within {} min)", settings.hotfix_window_minutes),
        rule => rule.name().to_owned(),
    };
    let list = |rules: &[FailureRule]| rules.iter().map(said).collect::<Vec<_>>().join(", ");
    let off = match off.is_empty() {
        true => String::new(),
        false => format!("; switched off: {}", list(&off)),
    };
    format!(
        "Failed deployments and failed attempts ÷ deployments and failed attempts of the period; a \
         deployment failed when a rule says so, and counts once whatever the number of rules; rules \
         in force: {}{off}",
        list(&on)
    )
}

fn arithmetic(case: &Case<'_>) -> Vec<String> {
    let rate = &case.measures.change_failure_rate;
    let (failed, deployments) = (rate.failed - rate.attempts, rate.total - rate.attempts);
    let tried = plural(rate.attempts, "attempt");
    let Measured::Known {
        value, interval, ..
    } = &rate.ratio
    else {
        let reason = rate.ratio.reason().unwrap_or("nothing is known");
        return vec![format!("no quotient: {reason}")];
    };
    let mut steps = vec![format!(
        "({failed} failed + {tried}) ÷ ({} + {tried}) = {} ÷ {} = {} ({})",
        plural(deployments, "deployment"),
        rate.failed,
        rate.total,
        plain(*value),
        percent(*value)
    )];
    steps.push(match interval {
        Some(Interval { low, high }) => format!(
            "95 % interval (Wilson): {} to {} ({} to {})",
            plain(*low),
            plain(*high),
            percent(*low),
            percent(*high)
        ),
        None => "95 % interval (Wilson): none".to_owned(),
    });
    steps
}

/// Whether an entry is on both sides of the fraction.
fn is_failed(entry: &Deployment) -> bool {
    entry.failed && entry.kind != DeploymentKind::Redeployment
}

fn failed(case: &Case<'_>) -> Section {
    let rows = case
        .entries()
        .filter(|(_, entry)| is_failed(entry))
        .map(|(index, entry)| {
            let kind = match entry.kind {
                DeploymentKind::Attempt => Cell::text("attempt"),
                DeploymentKind::Deployment | DeploymentKind::Redeployment => {
                    Cell::text("deployment").said_as("")
                }
            };
            let mut row = vec![
                case.id(index),
                Cell::Instant(entry.time),
                case.components(entry),
                kind,
            ];
            row.extend(evidence::of(case, &entry.evidence));
            row
        });
    Section {
        key: "failed",
        title: "Deployments and attempts that failed".to_owned(),
        role: Role::Counted,
        columns: [DEPLOYMENT, TIME, COMPONENTS, KIND]
            .into_iter()
            .chain(evidence::COLUMNS)
            .collect(),
        rows: rows.collect(),
        when_empty: "none: no rule and no mark says that one failed",
    }
}

fn fine(case: &Case<'_>) -> Section {
    let rows = case
        .entries()
        .filter(|(_, entry)| entry.kind == DeploymentKind::Deployment && !entry.failed)
        .map(|(index, entry)| {
            let note = match overruling(entry) {
                Some(mark) => mark.detail.clone(),
                None if entry.rolled_back => {
                    "rolled back by a rollback beyond it: not failed by that".to_owned()
                }
                None => String::new(),
            };
            vec![
                case.id(index),
                Cell::Instant(entry.time),
                case.components(entry),
                Cell::text(note),
            ]
        });
    Section {
        key: "not_failed",
        title: "Deployments that did not fail".to_owned(),
        role: Role::Counted,
        columns: vec![DEPLOYMENT, TIME, COMPONENTS, NOTE],
        rows: rows.collect(),
        when_empty: "none",
    }
}

/// Every rule: whether it is on, and what it found in the period.
fn rules(case: &Case<'_>) -> Section {
    let settings = &case.inputs.facts.settings;
    let failed: Vec<&Deployment> = case
        .entries()
        .map(|(_, entry)| entry)
        .filter(|entry| is_failed(entry))
        .collect();
    let rows = FailureRule::ALL.into_iter().map(|rule| {
        let of_rule = failed.iter().filter(|entry| {
            let mut evidence = entry.evidence.iter();
            evidence.any(|it| it.rule == rule)
        });
        let first = case.measures.change_failure_rate.by_rule.get(&rule);
        vec![
            Cell::text(rule.name()),
            Cell::Flag(rule.is_on(settings.failure_rules)),
            Cell::Count(of_rule.count() as f64),
            Cell::Count(first.copied().unwrap_or(0) as f64),
        ]
    });
    Section {
        key: "rules",
        title: "Rules".to_owned(),
        role: Role::Beside,
        columns: vec![
            RULE,
            Column::new("in_force", "in force"),
            Column::new("failed", "failed by it"),
            Column::new("failed_first", "by it first"),
        ],
        rows: rows.collect(),
        when_empty: "none",
    }
}

/// Evidence of deployments that a person marked `ok`.
pub(super) fn evidence_left_out(case: &Case<'_>) -> Section {
    let rows = case.entries().filter_map(|(index, entry)| {
        let mark = overruling(entry)?;
        let others = entry
            .evidence
            .iter()
            .filter(|it| it.rule != FailureRule::Marked);
        others.clone().next()?;
        let mut row = vec![
            case.id(index),
            Cell::text(format!("overruled: {}", mark.detail)),
        ];
        row.extend(evidence::of(case, others));
        Some(row)
    });
    Section {
        key: "evidence_left_out",
        title: "Evidence that a mark overrules".to_owned(),
        role: Role::LeftOut,
        columns: [DEPLOYMENT, RULE]
            .into_iter()
            .chain(evidence::COLUMNS)
            .collect(),
        rows: rows.collect(),
        when_empty: "none: no mark says ok against a rule",
    }
}

/// Redeployments, and attempts that no rule or a mark leaves out of the fraction.
fn on_neither_side(case: &Case<'_>) -> Section {
    let rule = |entry: &Deployment| {
        Some(match entry.kind {
            DeploymentKind::Deployment => return None,
            DeploymentKind::Redeployment => "redeployment: no version changed".to_owned(),
            DeploymentKind::Attempt if entry.failed => return None,
            DeploymentKind::Attempt => match overruling(entry) {
                Some(mark) => format!("attempt: {}", mark.detail),
                None => "attempt: the rule attempt is switched off".to_owned(),
            },
        })
    };
    entries_left_out(
        case,
        "entries_left_out",
        "Entries on neither side of the fraction",
        "none: no redeployment in the period",
        rule,
    )
}

/// Used by the sentence of one verdict, too.
pub(super) fn of_rules(entry: &Deployment) -> String {
    let mut names: Vec<&str> = entry.evidence.iter().map(|it| it.rule.name()).collect();
    names.dedup();
    match names.len() {
        0 => String::new(),
        1 => names.concat(),
        n => format!("{} ({})", plural(n, "rule"), names.join(", ")),
    }
}
