//! What stands behind the time to restore (spec 2.7): every outage that ended in the period, those that are
//! open or ended elsewhere, and incidents that no deployment caused.

use crate::ledger::{Deployment, DeploymentKind, Outage, OutageCause};
use crate::metrics::statistics::{median, median_interval, sorted};
use crate::metrics::{minutes, time_to_restore};
use crate::model::Measured;
use crate::report::quantity::{duration, plural};

use super::arithmetic::{figure, median_of_minutes};
use super::cells::{RULE, counts};
use super::document::{Cell, Column, Role, Row, Section};
use super::evidence::{EVIDENCE, INCIDENTS, RULES, overruling, words};
use super::failure_rate::evidence_left_out;
use super::incidents;
use super::question::{Case, Parts};

const RANK: Column = Column::new("rank", "rank");
const LENGTH: Column = Column::new("restore_minutes", "lasted");
const AGE: Column = Column::new("age_minutes", "age");
const START: Column = Column::new("start", "from");
const END: Column = Column::new("end", "to");
const DEPLOYMENTS: Column = Column::new("deployments", "failed");
const ENDED_BY: Column = Column::new("ended_by", "ended by");
const ENDED_WITH: Column = Column::new("ended_with", "ended with");

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let is_asked = |outage: &&Outage| match case.deployment {
        Some(index) => outage.failed_deployments().contains(&index),
        None => true,
    };
    let outages = || case.account.outages.iter().filter(is_asked);
    let is_counted = |outage: &Outage| match case.deployment {
        Some(_) => outage.end.is_some(),
        None => outage.ended_in(case.window),
    };
    let mut ended: Vec<(&Outage, f64)> = outages()
        .filter(|outage| is_counted(outage))
        .filter_map(|outage| Some((outage, minutes(outage.end? - outage.start).max(0.0))))
        .collect();
    ended.sort_by(|a, b| a.1.total_cmp(&b.1));
    let samples = sorted(ended.iter().map(|(_, length)| *length));
    let measured = match case.deployment {
        None => time_to_restore(case.account, case.window).median_minutes,
        Some(index) => of_one(case, index, &samples),
    };
    let open: Vec<&Outage> = outages()
        .filter(|outage| match case.deployment {
            Some(_) => outage.end.is_none(),
            None => outage.is_open_at_end_of(case.window),
        })
        .collect();
    let mut sections = vec![counted(case, &ended), not_ended(case, &open)];
    if case.deployment.is_none() {
        sections.push(incidents::left_out(case));
        sections.push(elsewhere(case));
    }
    sections.push(evidence_left_out(case));
    Parts {
        figure: figure(&measured, "minutes", |value, n| {
            format!("{} (median of {})", duration(value), plural(n, "outage"))
        }),
        definition: "The median length of the outages that ended in the period; an outage runs from the \
                     earliest of the failed deployments with the same end to the deployment that \
                     repaired them, or, where incidents name a failed deployment, from the earliest \
                     opening to the latest resolution of its incidents"
            .to_owned(),
        sections,
        arithmetic: steps(&ended, &samples),
    }
}

/// The median, and what of it is no plain difference.
fn steps(ended: &[(&Outage, f64)], samples: &[f64]) -> Vec<String> {
    let mut steps = median_of_minutes(samples);
    let backwards = ended
        .iter()
        .filter(|(outage, _)| outage.end.is_some_and(|end| end < outage.start));
    match backwards.count() {
        0 => {}
        count => steps.push(format!(
            "{} of incidents that were resolved before the deployment: 0 min",
            plural(count, "outage")
        )),
    }
    steps
}

fn of_one(case: &Case<'_>, index: usize, samples: &[f64]) -> Measured<f64> {
    match median(samples) {
        Some(value) => Measured::Known {
            value,
            sample_size: samples.len(),
            interval: median_interval(samples),
        },
        None => Measured::unknown(match case.entry(index) {
            Some(entry) if entry.failed && entry.kind == DeploymentKind::Attempt => {
                "an attempt opens no outage"
            }
            Some(entry) if entry.failed => match unresolved(case, index) {
                Some(incidents) => {
                    return Measured::unknown(format!(
                        "{} that it failed by is not resolved",
                        incidents.join(", ")
                    ));
                }
                None => "nothing has restored it yet",
            },
            Some(entry) if overruling(entry).is_some() => "a mark says that it did not fail",
            _ => "it did not fail",
        }),
    }
}

/// The incidents that keep a deployment's outage open, whatever was deployed since.
fn unresolved<'a>(case: &'a Case<'_>, deployment: usize) -> Option<&'a [String]> {
    let mut open = case.account.outages.iter().filter(|it| it.end.is_none());
    open.find_map(|outage| match &outage.cause {
        OutageCause::Incidents {
            deployment: failed,
            incidents,
        } if *failed == deployment => Some(incidents.as_slice()),
        _ => None,
    })
}

/// What every outage says of itself.
fn of_outage(case: &Case<'_>, outage: &Outage) -> Row {
    let failed = || {
        let indexes = outage.failed_deployments().iter();
        indexes.filter_map(|&index| case.entry(index))
    };
    let evidence: Vec<_> = failed().flat_map(|entry| &entry.evidence).collect();
    let mut rules: Vec<&str> = evidence.iter().map(|it| it.rule.name()).collect();
    rules.dedup();
    let said: Vec<String> = evidence.iter().map(|it| words(case, it)).collect();
    let incidents = match &outage.cause {
        OutageCause::Deployments(_) => Cell::None,
        OutageCause::Incidents { incidents, .. } => Cell::Ids(incidents.clone()),
    };
    let [ended_by, ended_with] = ended_by(case, outage, failed());
    vec![
        case.ids(outage.failed_deployments().iter().copied()),
        ended_by,
        ended_with,
        Cell::text(rules.join(", ")),
        incidents,
        Cell::text(said.join("; ")),
    ]
}

const OF_OUTAGE: [Column; 6] = [
    DEPLOYMENTS,
    ENDED_BY,
    ENDED_WITH,
    RULES,
    INCIDENTS,
    EVIDENCE,
];

/// The ids of the deployment that repaired, and in words what ended it where that was none.
fn ended_by<'d>(
    case: &Case<'_>,
    outage: &Outage,
    failed: impl Iterator<Item = &'d Deployment>,
) -> [Cell; 2] {
    let Some(end) = outage.end else {
        return [Cell::None, Cell::None];
    };
    // A repair that failed itself may have ended with its incidents.
    let is_end = |&remedy: &usize| case.entry(remedy).is_some_and(|entry| entry.time == end);
    let by_deployment = match outage.cause {
        OutageCause::Deployments(_) => failed.filter_map(|entry| entry.remedy).find(is_end),
        OutageCause::Incidents { .. } => None,
    };
    match by_deployment {
        Some(remedy) => [case.ids([remedy]), Cell::None],
        None => [Cell::None, Cell::text("resolution of incidents")],
    }
}

fn counted(case: &Case<'_>, ended: &[(&Outage, f64)]) -> Section {
    let rows = ended.iter().enumerate().map(|(place, (outage, length))| {
        let mut row = vec![
            Cell::Count((place + 1) as f64),
            Cell::Minutes(*length),
            Cell::Instant(outage.start),
            outage.end.map_or(Cell::None, Cell::Instant),
        ];
        row.extend(of_outage(case, outage));
        row
    });
    Section {
        key: "outages",
        title: "Outages that counted".to_owned(),
        role: Role::Counted,
        columns: [RANK, LENGTH, START, END]
            .into_iter()
            .chain(OF_OUTAGE)
            .collect(),
        rows: rows.collect(),
        when_empty: "no outage ended in the period",
    }
}

fn not_ended(case: &Case<'_>, open: &[&Outage]) -> Section {
    let rows = open.iter().map(|outage| {
        let rule = match (outage.end, &outage.cause) {
            (None, OutageCause::Incidents { .. }) => "open: its incident is not resolved",
            (None, OutageCause::Deployments(_)) => "open: nothing has restored it yet",
            (Some(_), _) => "ended after the period",
        };
        // As old as it was when the period ended: so it is counted in the median with what is open.
        let until = match case.deployment {
            Some(_) => case.account.as_of,
            None => case.window.end.min(case.account.as_of),
        };
        let mut row = vec![
            Cell::Minutes(minutes(until - outage.start)),
            Cell::Instant(outage.start),
            outage.end.map_or(Cell::None, Cell::Instant),
            Cell::text(rule),
        ];
        row.extend(of_outage(case, outage));
        row
    });
    Section {
        key: "outages_left_out",
        title: "Outages that had not ended".to_owned(),
        role: Role::LeftOut,
        columns: [AGE, START, END, RULE]
            .into_iter()
            .chain(OF_OUTAGE)
            .collect(),
        rows: rows.collect(),
        when_empty: "none",
    }
}

/// Counts of what belongs to no outage of the period.
fn elsewhere(case: &Case<'_>) -> Section {
    let window = case.window;
    let ends = || case.account.outages.iter().filter_map(|outage| outage.end);
    let before = ends().filter(|end| *end < window.start).count();
    // Those that began inside are told one by one.
    let after = case.account.outages.iter().filter(|outage| {
        outage.start >= window.end && outage.end.is_none_or(|end| end >= window.end)
    });
    let attempts = case
        .entries()
        .filter(|(_, entry)| entry.kind == DeploymentKind::Attempt && entry.failed);
    counts(
        "left_out",
        "What is no outage of the period",
        [
            (
                "outages that ended before the period",
                before,
                "an outage counts in the period of its end".to_owned(),
            ),
            (
                "outages after the period",
                after.count(),
                "an outage counts in the period of its end".to_owned(),
            ),
            (
                "failed attempts",
                attempts.count(),
                "an attempt ships nothing and opens no outage".to_owned(),
            ),
        ],
    )
}
