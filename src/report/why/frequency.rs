//! What stands behind the deployment frequency (spec 2.4): every deployment of the period, the entries that
//! are none, and the days they are divided by.

use crate::ledger::DeploymentKind;
use crate::metrics::{ExposureStart, Frequency};
use crate::model::{Interval, Measured};
use crate::report::quantity::{plural, rate};

use super::arithmetic::{figure, plain};
use super::cells::{
    COMPONENTS, DEPLOYMENT, TIME, deployments_outside, no_deployment, no_deployments,
};
use super::document::{Cell, Column, Figure, Role, Section};
use super::question::{Case, Parts};

const CHANGES: Column = Column::new("changes", "changes");
const SOURCE: Column = Column::new("source", "source");

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let frequency = &case.measures.deployment_frequency;
    let of_one = case.deployment.and_then(|index| case.entry(index));
    let (figure, arithmetic) = match of_one {
        None => (
            figure(&frequency.per_day, "deploys_per_day", |value, n| {
                format!("{} ({})", rate(value), plural(n, "deployment"))
            }),
            of_period(case, frequency),
        ),
        Some(entry) => {
            let is_inside = case.window.contains(entry.time);
            let why_not = no_deployment(entry.kind)
                .or((!is_inside).then_some("it lies outside of the period asked for"));
            (
                Figure {
                    value: Some(if why_not.is_none() { 1.0 } else { 0.0 }),
                    unit: "deployments".to_owned(),
                    text: match why_not {
                        None => "counts as 1 deployment".to_owned(),
                        Some(why_not) => format!("counts as 0 deployments: {why_not}"),
                    },
                    interval95: None,
                    reason: None,
                },
                Vec::new(),
            )
        }
    };
    let mut sections = vec![
        deployments(case),
        no_deployments(case, "deployments_left_out"),
    ];
    if case.deployment.is_none() {
        sections.push(deployments_outside(case));
    }
    Parts {
        figure,
        definition: "Deployments of the period ÷ its days; a deployment is a snapshot, release or \
                     record in which at least one component changed its version"
            .to_owned(),
        sections,
        arithmetic,
    }
}

/// Count, days and quotient.
fn of_period(case: &Case<'_>, frequency: &Frequency) -> Vec<String> {
    let Some(exposed) = frequency.exposure else {
        let reason = frequency.per_day.reason().unwrap_or("nothing is known");
        return vec![format!("no quotient: {reason}")];
    };
    let from = match exposed.start {
        ExposureStart::PeriodStart => "the start of the period",
        ExposureStart::EarliestCommit => "the first commit of the repository",
        ExposureStart::RecordStart => "the first deployment on record",
    };
    let instant = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d %H:%M:%S UTC");
    let mut steps = vec![format!(
        "days: from {from} ({}) to {} = {} days",
        instant(exposed.window.start),
        instant(exposed.window.end),
        plain(frequency.days)
    )];
    if let Measured::Known {
        value, interval, ..
    } = &frequency.per_day
    {
        steps.push(format!(
            "{} ÷ {} days = {} per day ({})",
            plural(frequency.count, "deployment"),
            plain(frequency.days),
            plain(*value),
            rate(*value)
        ));
        steps.push(match interval {
            Some(Interval { low, high }) => format!(
                "95 % interval (exact Poisson, Garwood): {} to {} per day",
                plain(*low),
                plain(*high)
            ),
            None => "95 % interval (exact Poisson, Garwood): none".to_owned(),
        });
    }
    if let Some(days) = frequency.deploy_days_per_week {
        let zone = case.inputs.facts.settings.timezone.name();
        steps.push(format!(
            "beside it: {} days with a deployment in the median whole week ({zone})",
            plain(days)
        ));
    }
    steps
}

fn deployments(case: &Case<'_>) -> Section {
    let entries = case.entries();
    let rows = entries
        .filter(|(_, entry)| entry.kind == DeploymentKind::Deployment)
        .map(|(index, entry)| {
            vec![
                case.id(index),
                Cell::Instant(entry.time),
                case.components(entry),
                Cell::Count(entry.changes.len() as f64),
                match entry.source == case.account.source {
                    true => Cell::text(entry.source.name()).said_as(""),
                    false => Cell::text(entry.source.name()),
                },
            ]
        });
    Section {
        key: "deployments",
        title: "Deployments that counted".to_owned(),
        role: Role::Counted,
        columns: vec![DEPLOYMENT, TIME, COMPONENTS, CHANGES, SOURCE],
        rows: rows.collect(),
        when_empty: "none",
    }
}
