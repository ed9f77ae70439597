//! What stands behind the rework rate (spec 2.8): deployments that repaired another one, with what they
//! repaired, and the others.

use crate::ledger::{Deployment, DeploymentKind, FailureRule, OutageCause};
use crate::model::Measured;
use crate::report::quantity::percent;

use super::arithmetic::{figure, plain};
use super::cells::{COMPONENTS, DEPLOYMENT, TIME, deployments_outside, no_deployments};
use super::document::{Cell, Column, Figure, Role, Section};
use super::question::{Case, Parts};

const REPAIRED: Column = Column::new("repaired", "repaired");
const REPAIRED_RULES: Column = Column::new("rules", "rule");
const NOTE: Column = Column::new("note", "note");

/// Failures whose remedy a deployment is, per deployment: the failed one and the rule.
type Repaired = Vec<Vec<(usize, FailureRule)>>;

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let rate = &case.measures.rework_rate;
    let mut repaired: Repaired = vec![Vec::new(); case.account.deployments.len()];
    for (index, entry) in case.account.deployments.iter().enumerate() {
        for evidence in entry.evidence.iter().filter(|_| entry.failed) {
            let of_remedy = evidence.remedy.and_then(|remedy| repaired.get_mut(remedy));
            if let Some(of_remedy) = of_remedy
                && !of_remedy.contains(&(index, evidence.rule))
            {
                of_remedy.push((index, evidence.rule));
            }
        }
    }
    let one = case.deployment.and_then(|index| case.entry(index));
    let figure = match one {
        None => figure(&rate.ratio, "ratio", |value, _| {
            format!("{} ({} of {})", percent(value), rate.rework, rate.total)
        }),
        Some(entry) => Figure {
            value: Some(if entry.is_rework { 1.0 } else { 0.0 }),
            unit: "rework".to_owned(),
            text: match entry.is_rework {
                true => "rework: it repaired a failed deployment".to_owned(),
                false => "no rework".to_owned(),
            },
            interval95: None,
            reason: None,
        },
    };
    let arithmetic = match (&rate.ratio, one) {
        (_, Some(_)) => Vec::new(),
        (Measured::Known { value, .. }, None) => vec![format!(
            "{} rework ÷ {} deployments = {} ({})",
            rate.rework,
            rate.total,
            plain(*value),
            percent(*value)
        )],
        (Measured::Unknown { reason }, None) => vec![format!("no quotient: {reason}")],
    };
    let mut sections = vec![
        rework(case, &repaired),
        others(case, &repaired),
        no_deployments(case, "entries_left_out"),
    ];
    if one.is_none() {
        sections.push(deployments_outside(case));
    }
    Parts {
        figure,
        definition: "Deployments of the period that repaired another one ÷ deployments of the period; \
                     one repaired when it is the remedy of a deployment that failed by rollback, revert, \
                     hotfix or acceptance, or ended the outage of an incident"
            .to_owned(),
        sections,
        arithmetic,
    }
}

fn is_rework_rule(rule: FailureRule) -> bool {
    matches!(
        rule,
        FailureRule::Rollback | FailureRule::Revert | FailureRule::Hotfix | FailureRule::Acceptance
    )
}

/// The failed deployments of incidents whose outage this one ended.
fn of_incidents(case: &Case<'_>, index: usize, entry: &Deployment) -> Vec<usize> {
    let is_between = |start, end| {
        move |other: &&Deployment| {
            other.kind == DeploymentKind::Deployment && start <= other.time && other.time <= end
        }
    };
    let mut ended = Vec::new();
    for outage in &case.account.outages {
        let (OutageCause::Incidents { deployment, .. }, Some(end)) = (&outage.cause, outage.end)
        else {
            continue;
        };
        let inside = is_between(outage.start, end);
        if *deployment >= index || !inside(&entry) {
            continue;
        }
        let later = case
            .account
            .deployments
            .get(index + 1..)
            .unwrap_or_default();
        if !later.iter().any(|other| inside(&other)) {
            ended.push(*deployment);
        }
    }
    ended
}

fn rework(case: &Case<'_>, repaired: &Repaired) -> Section {
    let rows = case
        .entries()
        .filter(|(_, entry)| entry.kind == DeploymentKind::Deployment && entry.is_rework)
        .map(|(index, entry)| {
            let by_rules = repaired[index]
                .iter()
                .filter(|(_, rule)| is_rework_rule(*rule));
            let incidents = of_incidents(case, index, entry);
            let mut rules: Vec<&str> = by_rules.clone().map(|(_, rule)| rule.name()).collect();
            if !incidents.is_empty() {
                rules.push(FailureRule::Incident.name());
            }
            rules.dedup();
            let mut of: Vec<usize> = by_rules
                .map(|(failed, _)| *failed)
                .chain(incidents)
                .collect();
            of.sort_unstable();
            of.dedup();
            vec![
                case.id(index),
                Cell::Instant(entry.time),
                case.components(entry),
                case.ids(of),
                Cell::text(rules.join(", ")),
            ]
        });
    Section {
        key: "rework",
        title: "Deployments that repaired".to_owned(),
        role: Role::Counted,
        columns: vec![DEPLOYMENT, TIME, COMPONENTS, REPAIRED, REPAIRED_RULES],
        rows: rows.collect(),
        when_empty: "none",
    }
}

fn others(case: &Case<'_>, repaired: &Repaired) -> Section {
    let rows = case
        .entries()
        .filter(|(_, entry)| entry.kind == DeploymentKind::Deployment && !entry.is_rework)
        .map(|(index, entry)| {
            let note = repaired[index].first().map(|(failed, rule)| {
                let failed = case.entry(*failed).map_or("", |entry| case.brief(&entry.id));
                format!(
                    "the deployment after {failed}, which failed by {}: a rule that names no repair",
                    rule.name()
                )
            });
            vec![
                case.id(index),
                Cell::Instant(entry.time),
                case.components(entry),
                note.map_or(Cell::None, Cell::text),
            ]
        });
    Section {
        key: "no_rework",
        title: "Other deployments".to_owned(),
        role: Role::Counted,
        columns: vec![DEPLOYMENT, TIME, COMPONENTS, NOTE],
        rows: rows.collect(),
        when_empty: "none",
    }
}
