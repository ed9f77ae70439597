//! The verdict on one deployment: every rule with what it said, found or not, marks, and how they make the
//! verdict. What rules that found nothing looked at is in `silence`.

use crate::ledger::{Deployment, DeploymentKind, FailureRule};

use crate::model::shell_word;

use super::cells::commit;
use super::document::{Cell, Column, Figure, Role, Section};
use super::evidence::{self, overruling};
use super::failure_rate::{definition, of_rules};
use super::question::{Case, Parts};
use super::silence;

const RULE: Column = Column::new("rule", "rule");
const SAID: Column = Column::new("said", "said");
const BECAUSE: Column = Column::new("because", "because");

pub(super) fn parts(case: &Case<'_>, index: usize) -> Parts {
    let sections = vec![
        rules(case, index),
        marks(case, index),
        versions(case, index),
    ];
    let Some(entry) = case.entry(index) else {
        return Parts {
            figure: nowhere("it is not on record"),
            definition: definition(case),
            sections,
            arithmetic: Vec::new(),
        };
    };
    Parts {
        figure: figure(entry),
        definition: definition(case),
        sections,
        arithmetic: steps(case, entry),
    }
}

fn nowhere(reason: &str) -> Figure {
    Figure {
        value: None,
        unit: "failed".to_owned(),
        text: format!("counts nowhere: {reason}"),
        interval95: None,
        reason: Some(reason.to_owned()),
    }
}

/// 1 where it failed, 0 where it did not.
fn figure(entry: &Deployment) -> Figure {
    let (value, text) = match (entry.kind, entry.failed) {
        (DeploymentKind::Redeployment, _) => return nowhere("a redeployment, no version changed"),
        (DeploymentKind::Attempt, false) => {
            return nowhere("an attempt that no rule in force counts");
        }
        (DeploymentKind::Attempt, true) => (1.0, format!("failed attempt, by {}", of_rules(entry))),
        (DeploymentKind::Deployment, true) => (1.0, format!("failed, by {}", of_rules(entry))),
        (DeploymentKind::Deployment, false) => match overruling(entry) {
            Some(mark) => (0.0, format!("did not fail: {}", mark.detail)),
            None => (0.0, "did not fail: no rule says so".to_owned()),
        },
    };
    Figure {
        value: Some(value),
        unit: "failed".to_owned(),
        text,
        interval95: None,
        reason: None,
    }
}

/// How what was said makes the verdict, and where the deployment counts.
fn steps(case: &Case<'_>, entry: &Deployment) -> Vec<String> {
    let others: Vec<&str> = {
        let evidence = entry.evidence.iter().map(|it| it.rule);
        let mut names: Vec<&str> = evidence
            .filter(|rule| *rule != FailureRule::Marked)
            .map(FailureRule::name)
            .collect();
        names.dedup();
        names
    };
    let is_marked = entry
        .evidence
        .iter()
        .any(|it| it.rule == FailureRule::Marked);
    let mut steps = Vec::new();
    steps.push(match (others.is_empty(), is_marked, entry.failed) {
        (true, false, _) => "no rule found anything: not failed".to_owned(),
        (false, false, _) => format!("{} found something: failed", others.join(", ")),
        (true, true, true) => "a mark says failed: failed, whatever the rules say".to_owned(),
        (false, true, true) => {
            format!(
                "a mark says failed, and so does {}: failed",
                others.join(", ")
            )
        }
        (true, true, false) => "a mark says ok: not failed".to_owned(),
        (false, true, false) => {
            format!(
                "a mark says ok, which overrules {}: not failed",
                others.join(", ")
            )
        }
    });
    let is_inside = case.window.contains(entry.time);
    steps.push(match (entry.kind, entry.failed, is_inside) {
        (DeploymentKind::Redeployment, ..) => "it is on neither side of the fraction".to_owned(),
        (_, _, false) => "it lies outside of the period asked for: not in its fraction".to_owned(),
        (DeploymentKind::Attempt, false, true) => {
            "it is on neither side of the fraction".to_owned()
        }
        (_, true, true) => "it adds 1 to both sides of the fraction of the period".to_owned(),
        (_, false, true) => "it adds 1 to the denominator of the period".to_owned(),
    });
    if let Some(restored) = entry.restored_at.filter(|_| entry.failed) {
        let at = restored.format("%Y-%m-%d %H:%M UTC");
        // A remedy is named even where the failure ended with its incidents.
        let remedy = entry.remedy.and_then(|remedy| case.entry(remedy));
        let by = remedy.filter(|remedy| remedy.time == restored);
        let by = by.map_or("resolution of incidents", |it| case.brief(&it.id));
        steps.push(format!("restored at {at} by {by}"));
    }
    let id = shell_word(case.brief(&entry.id));
    steps.extend(match (entry.failed, overruling(entry), entry.kind) {
        (_, _, DeploymentKind::Redeployment) => None,
        (true, ..) if !is_marked => {
            Some(format!("if that is wrong: dora mark {id} ok --reason TEXT"))
        }
        (false, None, DeploymentKind::Deployment) if !is_marked => Some(format!(
            "if that is wrong: dora mark {id} failed --reason TEXT"
        )),
        _ if is_marked => Some(format!("to take the mark back: dora mark {id} --undo")),
        _ => None,
    });
    steps
}

/// Every rule: what it found, or what it looked at.
fn rules(case: &Case<'_>, index: usize) -> Section {
    let settings = &case.inputs.facts.settings;
    let mut rows = Vec::new();
    if let Some(entry) = case.entry(index) {
        for rule in FailureRule::ALL {
            let found: Vec<_> = entry.evidence.iter().filter(|it| it.rule == rule).collect();
            let rule_cell = || Cell::text(rule.name());
            if found.is_empty() {
                let (said, because) = match rule.is_on(settings.failure_rules) {
                    true => ("nothing", silence::words(case, index, entry, rule)),
                    false => ("off", "switched off in failure_rules".to_owned()),
                };
                let mut row = vec![rule_cell(), Cell::text(said), Cell::text(because)];
                row.resize(3 + REST.len(), Cell::None);
                rows.push(row);
            }
            for piece in found {
                let said = match (rule, entry.failed, overruling(entry)) {
                    (FailureRule::Marked, false, _) => "ok",
                    (_, false, Some(_)) => "overruled",
                    _ => "failed",
                };
                let cells = evidence::of(case, [piece]);
                let mut row = vec![
                    rule_cell(),
                    Cell::text(said),
                    // The rule stands beside it.
                    Cell::text(evidence::words(case, piece)).said_as(&*piece.detail),
                ];
                // Rule and words stand there already.
                let rest = cells.into_iter().zip(evidence::COLUMNS);
                row.extend(
                    rest.filter(|(_, column)| REST.contains(column))
                        .map(|(cell, _)| cell),
                );
                rows.push(row);
            }
        }
    }
    Section {
        key: "rules",
        title: "What each rule said".to_owned(),
        role: Role::Counted,
        columns: [RULE, SAID, BECAUSE].into_iter().chain(REST).collect(),
        rows,
        when_empty: "none",
    }
}

/// The columns of evidence behind its words.
const REST: [Column; 5] = [
    evidence::REMEDY,
    evidence::SHOWN,
    evidence::COMMITS,
    evidence::INCIDENTS,
    evidence::RUNS,
];

/// What people said of it, the last word last.
fn marks(case: &Case<'_>, index: usize) -> Section {
    let known = case.inputs.facts.marks.iter();
    let mut marks: Vec<_> = known
        .filter(|mark| case.names.find(&mark.deployment) == Ok(Some(index)))
        .collect();
    marks.sort_by_key(|mark| mark.at);
    let rows = marks.iter().enumerate().map(|(place, mark)| {
        vec![
            Cell::Instant(mark.at),
            Cell::text(mark.verdict.name()),
            Cell::Flag(place + 1 == marks.len()),
            Cell::text(mark.reason.clone().unwrap_or_default()),
        ]
    });
    Section {
        key: "marks",
        title: "What people said".to_owned(),
        role: Role::Beside,
        columns: vec![
            Column::new("marked_at", "marked"),
            Column::new("verdict", "verdict"),
            Column::new("in_force", "in force"),
            Column::new("reason", "reason"),
        ],
        rows: rows.collect(),
        when_empty: "nothing: nobody marked it",
    }
}

/// What was deployed.
fn versions(case: &Case<'_>, index: usize) -> Section {
    let components = case.entry(index).map(|entry| &entry.components[..]);
    let rows = components.unwrap_or_default().iter().map(|change| {
        let name = case.inputs.facts.components[change.component].name.clone();
        let brief = |version: &str| super::cells::short(version).to_owned();
        vec![
            Cell::text(name),
            change.from.as_ref().map_or(Cell::None, |from| {
                Cell::text(from.clone()).said_as(brief(from))
            }),
            Cell::text(change.to.clone()).said_as(brief(&change.to)),
            Cell::text(change.kind.name()),
            change.commit.map_or(Cell::None, commit),
            Cell::text(change.unresolved.clone().unwrap_or_default()),
        ]
    });
    Section {
        key: "versions",
        title: "What it deployed".to_owned(),
        role: Role::Beside,
        columns: vec![
            Column::new("component", "component"),
            Column::new("from", "from"),
            Column::new("to", "to"),
            Column::new("kind", "kind"),
            Column::new("commit", "commit"),
            Column::new("unresolved", "unresolved"),
        ],
        rows: rows.collect(),
        when_empty: "no component changed",
    }
}
