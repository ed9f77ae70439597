//! The lists of a report: deployments with their evidence, failures, outages, incidents, slow
//! changes, components, and what was left out.

use chrono_tz::Tz;

use crate::ledger::{
    ChangeKind, ComponentChange, Deployment, DeploymentKind, EnvironmentAccount, Evidence,
    OutageCause, ShippedChange,
};
use crate::metrics::statistics::{median, sorted};
use crate::metrics::{Measures, minutes};
use crate::model::calendar::local_day;
use crate::model::{Facts, Window};

use super::compose::Inputs;
use super::document::{
    ComponentRow, ComponentSummary, DeploymentRow, DistributionBar, EvidenceRow, FailureRow,
    IncidentRow, LeftOut, OutageRow, SlowChange,
};

/// Upper limits of the bars of the distribution of lead times, in minutes; a last bar holds the rest.
const BARS: [f64; 6] = [15.0, 60.0, 240.0, 1440.0, 10_080.0, 43_200.0];
/// How many slow changes and recent failures are listed.
const LISTED: usize = 10;

/// The entries of a period as rows.
pub(super) fn deployments(
    inputs: &Inputs<'_>,
    account: &EnvironmentAccount,
    window: Window,
) -> Vec<DeploymentRow> {
    account
        .deployments
        .iter()
        .filter(|deployment| window.contains(deployment.time))
        .map(|deployment| row(inputs.facts, account, deployment))
        .collect()
}

/// Every entry of an account as rows, whatever its time.
pub fn deployment_rows(facts: &Facts, account: &EnvironmentAccount) -> Vec<DeploymentRow> {
    account
        .deployments
        .iter()
        .map(|deployment| row(facts, account, deployment))
        .collect()
}

/// One entry as a row.
fn row(facts: &Facts, account: &EnvironmentAccount, deployment: &Deployment) -> DeploymentRow {
    let id_of = |index: usize| account.deployments.get(index).map(|other| other.id.clone());
    DeploymentRow {
        id: deployment.id.clone(),
        timestamp: deployment.time,
        environment: account.name.clone(),
        kind: deployment.kind.name().to_owned(),
        source: deployment.source.name().to_owned(),
        sources: std::iter::once(deployment.source)
            .chain(deployment.also_told_by.iter().copied())
            .map(|source| source.name().to_owned())
            .collect(),
        note: deployment.note.clone(),
        aliases: deployment.aliases.clone(),
        state_commit: deployment.state_commit.map(|commit| commit.to_string()),
        commit_sha: deployment
            .components
            .first()
            .and_then(|change| change.commit)
            .map(|commit| commit.to_string()),
        success: deployment.kind != DeploymentKind::Attempt,
        components: deployment
            .components
            .iter()
            .map(|change| component_row(facts, change))
            .collect(),
        changes: deployment.changes.len(),
        lead_time_minutes: median(&sorted(deployment.lead_times().map(minutes))),
        failed: deployment.failed,
        evidence: deployment
            .evidence
            .iter()
            .map(|evidence| evidence_row(facts, evidence, &id_of))
            .collect(),
        rolled_back: deployment.rolled_back,
        remedy: deployment.remedy.and_then(id_of),
        restored_at: deployment.restored_at,
    }
}

fn component_row(facts: &Facts, change: &ComponentChange) -> ComponentRow {
    ComponentRow {
        name: facts.components[change.component].name.clone(),
        from: change.from.clone(),
        to: change.to.clone(),
        commit: change.commit.map(|commit| commit.to_string()),
        kind: change.kind.name().to_owned(),
    }
}

fn evidence_row(
    facts: &Facts,
    evidence: &Evidence,
    id_of: &dyn Fn(usize) -> Option<String>,
) -> EvidenceRow {
    EvidenceRow {
        rule: evidence.rule.name().to_owned(),
        component: evidence
            .component
            .map(|index| facts.components[index].name.clone()),
        commit: evidence.commit.map(|commit| commit.to_string()),
        incident: evidence.incident.clone(),
        run: evidence.run,
        at: evidence.at,
        remedy: evidence.remedy.and_then(id_of),
        detail: evidence.detail.clone(),
    }
}

/// The newest failures of a period, newest first.
pub(super) fn recent_failures(
    account: &EnvironmentAccount,
    window: Window,
    zone: Tz,
) -> Vec<FailureRow> {
    account
        .deployments
        .iter()
        .rev()
        .filter(|deployment| deployment.failed && window.contains(deployment.time))
        .take(LISTED)
        .map(|deployment| FailureRow {
            date: local_day(deployment.time, zone),
            reason: deployment
                .evidence
                .first()
                .map_or_else(String::new, |evidence| evidence.rule.name().to_owned()),
            resolution_time_minutes: deployment
                .restored_at
                .map(|restored| minutes(restored - deployment.time)),
            deployment: deployment.id.clone(),
        })
        .collect()
}

/// Outages that ended in the window, or began before its end and had not ended then.
pub(super) fn outages(account: &EnvironmentAccount, window: Window) -> Vec<OutageRow> {
    account
        .outages
        .iter()
        .filter(|outage| outage.ended_in(window) || outage.is_open_at_end_of(window))
        .map(|outage| OutageRow {
            start: outage.start,
            end: outage.end,
            minutes: minutes(outage.end.unwrap_or(account.as_of) - outage.start),
            deployments: outage
                .failed_deployments()
                .iter()
                .filter_map(|&index| account.deployments.get(index))
                .map(|deployment| deployment.id.clone())
                .collect(),
            incidents: match &outage.cause {
                OutageCause::Deployments(_) => Vec::new(),
                OutageCause::Incidents { incidents, .. } => incidents.clone(),
            },
        })
        .collect()
}

/// Incidents opened or resolved in the window, or open at its end.
pub(super) fn incidents(account: &EnvironmentAccount, window: Window) -> Vec<IncidentRow> {
    account
        .incidents
        .iter()
        .filter(|incident| {
            incident.opened_at < window.end
                && incident
                    .resolved_at
                    .is_none_or(|resolved| resolved >= window.start)
        })
        .map(|incident| IncidentRow {
            id: incident.id.clone(),
            title: incident.title.clone(),
            opened_at: incident.opened_at,
            resolved_at: incident.resolved_at,
            deployment: incident.deployment.clone(),
            severity: incident.severity.clone(),
            caused_by_change: incident.caused_by_change,
        })
        .collect()
}

/// Lead times (minutes, sorted) by size; empty without any.
pub(super) fn distribution(samples: &[f64]) -> Vec<DistributionBar> {
    if samples.is_empty() {
        return Vec::new();
    }
    let mut from = 0;
    BARS.iter()
        .copied()
        .map(Some)
        .chain([None])
        .map(|limit| {
            let to = limit.map_or(samples.len(), |limit| {
                samples.partition_point(|&sample| sample <= limit)
            });
            let count = to - from;
            from = to;
            DistributionBar {
                up_to_minutes: limit,
                count,
                share: count as f64 / samples.len() as f64,
            }
        })
        .collect()
}

/// The slowest changes of the period, slowest first.
pub(super) fn slowest_changes(
    inputs: &Inputs<'_>,
    account: &EnvironmentAccount,
) -> Vec<SlowChange> {
    let mut changes: Vec<(&ShippedChange, chrono::TimeDelta, &Deployment)> = account
        .counted_in(inputs.period.window)
        .flat_map(|deployment| {
            deployment
                .changes
                .iter()
                .filter_map(move |change| Some((change, change.lead_time?, deployment)))
        })
        .collect();
    changes.sort_by_key(|(change, lead_time, _)| (std::cmp::Reverse(*lead_time), change.commit));
    changes
        .into_iter()
        .take(LISTED)
        .map(|(change, lead_time, deployment)| SlowChange {
            commit: change.commit.to_string(),
            repository: inputs.facts.repositories[change.repository].name.clone(),
            subject: (inputs.subject)(change.repository, change.commit).unwrap_or_default(),
            committed_at: change.committed,
            lead_time_minutes: minutes(lead_time),
            deployment: deployment.id.clone(),
        })
        .collect()
}

/// The numbers of every component that was deployed in the period.
pub(super) fn components(
    inputs: &Inputs<'_>,
    account: &EnvironmentAccount,
) -> Vec<ComponentSummary> {
    let entries: Vec<&Deployment> = account.counted_in(inputs.period.window).collect();
    inputs
        .facts
        .components
        .iter()
        .enumerate()
        .filter_map(|(index, component)| {
            let own: Vec<(&Deployment, &ComponentChange)> = entries
                .iter()
                .filter_map(|&deployment| {
                    let change = deployment.components.iter().find(|change| {
                        change.component == index && change.kind != ChangeKind::Redeploy
                    })?;
                    Some((deployment, change))
                })
                .collect();
            let changes: Vec<&ShippedChange> = own
                .iter()
                .flat_map(|(deployment, _)| &deployment.changes)
                .filter(|change| change.components.contains(&index))
                .collect();
            let is_failed = |deployment: &Deployment| {
                deployment.failed
                    && deployment
                        .evidence
                        .iter()
                        .any(|evidence| evidence.component.is_none_or(|named| named == index))
            };
            (!own.is_empty()).then(|| ComponentSummary {
                name: component.name.clone(),
                deployments: own.len(),
                changes: changes.len(),
                lead_time_minutes: median(&sorted(
                    changes
                        .iter()
                        .filter_map(|change| change.lead_time)
                        .map(minutes),
                )),
                failed: own
                    .iter()
                    .filter(|(deployment, _)| is_failed(deployment))
                    .count(),
                unresolved: own
                    .iter()
                    .filter(|(_, change)| change.commit.is_none())
                    .count(),
            })
        })
        .collect()
}

/// What the period's numbers leave out, by which rule.
pub(super) fn left_out(
    account: &EnvironmentAccount,
    window: Window,
    now: &Measures,
) -> Vec<LeftOut> {
    let of_kind = |kind: DeploymentKind| {
        account
            .deployments
            .iter()
            .filter(|entry| entry.kind == kind && window.contains(entry.time))
            .count()
    };
    let with = |kind: ChangeKind| {
        account
            .counted_in(window)
            .filter(|entry| entry.components.iter().any(|change| change.kind == kind))
            .count()
    };
    let merges = account.counted_in(window).map(|entry| entry.merges).sum();
    let bookkeeping = account
        .counted_in(window)
        .map(|entry| entry.bookkeeping)
        .sum();
    [
        (
            "redeployments",
            of_kind(DeploymentKind::Redeployment),
            "no version changed: listed, counted in no metric",
        ),
        (
            "failed attempts",
            of_kind(DeploymentKind::Attempt),
            "shipped nothing: counted in the change failure rate only",
        ),
        (
            "baseline deployments",
            with(ChangeKind::Baseline),
            "the record begins there: counted as deployments, without changes",
        ),
        (
            "deployments of unresolved versions",
            account
                .counted_in(window)
                .filter(|entry| entry.has_unresolved_version())
                .count(),
            "no commit can be named: counted as deployments, without changes",
        ),
        (
            "merge commits",
            merges,
            "a merge is no change; what it merges is",
        ),
        (
            "bookkeeping commits",
            bookkeeping,
            "they touch only state directories or .dora/",
        ),
        (
            "changes without lead time",
            now.lead_time.left_out,
            "committed at or after their deployment, or without a date",
        ),
    ]
    .into_iter()
    .filter(|(_, count, _)| *count > 0)
    .map(|(what, count, rule)| LeftOut {
        what: what.to_owned(),
        count,
        rule: rule.to_owned(),
    })
    .collect()
}
