//! Incidents that fail no deployment, each with the reason (spec 2.6, rule `incident`). For the failure rate
//! and the time to restore.

use chrono::TimeDelta;

use crate::ledger::{Ambiguous, DeploymentKind};
use crate::metrics::minutes;
use crate::model::Incident;
use crate::report::quantity::duration;

use super::cells::RULE;
use super::document::{Cell, Column, Role, Section};
use super::question::Case;

const INCIDENT: Column = Column::new("incident", "incident");
const TITLE: Column = Column::new("title", "title");
const OPENED: Column = Column::new("opened", "opened");
const RESOLVED: Column = Column::new("resolved", "resolved");

/// Incidents of the period that no deployment is blamed for.
pub(super) fn left_out(case: &Case<'_>) -> Section {
    let blamed: std::collections::BTreeSet<&str> = case
        .account
        .deployments
        .iter()
        .flat_map(|entry| &entry.evidence)
        .filter_map(|evidence| evidence.incident.as_deref())
        .collect();
    let incidents = case.account.incidents.iter();
    let rows = incidents
        .filter(|incident| case.window.contains(incident.opened_at))
        .filter(|incident| !blamed.contains(incident.id.as_str()))
        .map(|incident| {
            vec![
                Cell::text(incident.id.clone()),
                Cell::text(incident.title.clone()),
                Cell::Instant(incident.opened_at),
                incident.resolved_at.map_or(Cell::None, Cell::Instant),
                Cell::text(why_not(case, incident)),
            ]
        });
    Section {
        key: "incidents_left_out",
        title: "Incidents that fail no deployment".to_owned(),
        role: Role::LeftOut,
        columns: vec![INCIDENT, TITLE, OPENED, RESOLVED, RULE],
        rows: rows.collect(),
        when_empty: "none: every incident of the period is counted, or there was none",
    }
}

/// Why an incident fails no deployment of the account.
fn why_not(case: &Case<'_>, incident: &Incident) -> String {
    let settings = &case.inputs.facts.settings;
    if incident.caused_by_change == Some(false) {
        return "no change caused it: a person said so".to_owned();
    }
    if !settings.failure_rules.incident {
        return "the rule incident is switched off".to_owned();
    }
    if is_of_other_components(case, incident) {
        return "its deployment changed other components only".to_owned();
    }
    if let Some(name) = &incident.deployment {
        return match case.names.find(name) {
            Err(Ambiguous) => "it names a deployment in a way that several match",
            Ok(None) => "it names a deployment that is not known here",
            Ok(Some(index)) => match case.entry(index).map(|entry| entry.kind) {
                Some(DeploymentKind::Redeployment) => "it names a redeployment",
                Some(DeploymentKind::Attempt) => "it names an attempt",
                Some(DeploymentKind::Deployment) | None => "it names another deployment",
            },
        }
        .to_owned();
    }
    let mut before = case
        .account
        .counted()
        .filter(|it| it.time <= incident.opened_at);
    let window = settings.incident_window_hours;
    match before
        .next_back()
        .map(|latest| incident.opened_at - latest.time)
    {
        None => "no deployment came before it".to_owned(),
        Some(since) if since > TimeDelta::hours(i64::from(window)) => format!(
            "opened {} after the latest deployment, later than {window} h",
            duration(minutes(since))
        ),
        Some(_) => "the commit that it names was not deployed before it".to_owned(),
    }
}

/// Whether the account is narrowed to a component, and a deployment of others is blamed.
fn is_of_other_components(case: &Case<'_>, incident: &Incident) -> bool {
    let whole = case
        .inputs
        .environment
        .filter(|_| case.inputs.component.is_some())
        .and_then(|environment| case.inputs.ledger.environments.get(environment));
    whole.is_some_and(|whole| {
        let mut evidence = whole.deployments.iter().flat_map(|entry| &entry.evidence);
        evidence.any(|it| it.incident.as_ref() == Some(&incident.id))
    })
}
