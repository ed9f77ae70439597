//! What restored failed deployments, and the outages they make (spec 2.7), and which deployments
//! are rework (2.8). Works on the finished list, so that a report on one component can settle its
//! own list again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::model::Incident;

use super::account::{Deployment, DeploymentKind, FailureRule, Outage, OutageCause};

/// How a failure ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// It has not: it waits for the repair of this deployment.
    Open(usize),
    /// With this deployment.
    At(usize),
    /// With the resolution of the incidents of this deployment.
    Incident(usize, DateTime<Utc>),
}

impl End {
    fn time(self, deployments: &[Deployment]) -> Option<DateTime<Utc>> {
        match self {
            Self::Open(_) => None,
            Self::At(index) => Some(deployments[index].time),
            Self::Incident(_, time) => Some(time),
        }
    }
}

/// Fills `remedy`, `restored_at` and `is_rework` of every deployment from `failed` and `evidence`,
/// and returns the outages in the order of their beginning. `incidents` are those of
/// an account: nothing in them is at or after `as_of`.
pub(super) fn settle(deployments: &mut [Deployment], incidents: &[Incident]) -> Vec<Outage> {
    let mut ends: BTreeMap<usize, End> = BTreeMap::new();
    let mut own_samples = Vec::new();
    let mut rework = BTreeSet::new();
    // A remedy is later than what it repairs, so its own end is known when it is asked for.
    for index in (0..deployments.len()).rev() {
        let deployment = &deployments[index];
        if !deployment.failed || deployment.kind != DeploymentKind::Deployment {
            continue;
        }
        let remedies: Vec<(FailureRule, usize)> = deployment
            .evidence
            .iter()
            .filter_map(|evidence| Some((evidence.rule, evidence.remedy?)))
            .filter(|&(_, remedy)| remedy > index)
            .collect();
        rework.extend(
            remedies
                .iter()
                .filter(|(rule, _)| makes_rework(*rule))
                .map(|&(_, remedy)| remedy),
        );
        let of_incidents = incidents_of(deployment, incidents);
        let end = if of_incidents.is_empty() {
            end_of_remedies(deployments, index, &remedies, &ends)
        } else {
            let outage = incident_outage(index, &of_incidents);
            if let Some(ended_by) = outage
                .end
                .and_then(|end| last_deployment_between(deployments, index, outage.start, end))
            {
                rework.insert(ended_by);
            }
            let end = outage
                .end
                .map_or(End::Open(index), |end| End::Incident(index, end));
            own_samples.push(outage);
            end
        };
        ends.insert(index, end);
    }
    for (&index, end) in &ends {
        let restored_at = end.time(deployments);
        let remedy = match end {
            End::At(remedy) => Some(*remedy),
            End::Open(_) | End::Incident(..) => None,
        };
        deployments[index].restored_at = restored_at;
        deployments[index].remedy = remedy.or_else(|| {
            deployments[index]
                .evidence
                .iter()
                .filter_map(|evidence| evidence.remedy)
                .max()
        });
    }
    for &index in &rework {
        deployments[index].is_rework = true;
    }
    let mut outages = own_samples;
    outages.extend(group_by_end(deployments, &ends, &outages));
    outages.sort_by_key(|outage| (outage.start, outage.failed_deployments().first().copied()));
    outages
}

/// Rules whose remedy is unplanned work (spec 2.8).
fn makes_rework(rule: FailureRule) -> bool {
    matches!(
        rule,
        FailureRule::Rollback | FailureRule::Revert | FailureRule::Hotfix | FailureRule::Acceptance
    )
}

fn incidents_of<'a>(deployment: &Deployment, incidents: &'a [Incident]) -> Vec<&'a Incident> {
    let named: BTreeSet<&str> = deployment
        .evidence
        .iter()
        .filter_map(|evidence| evidence.incident.as_deref())
        .collect();
    incidents
        .iter()
        .filter(|incident| named.contains(incident.id.as_str()))
        .collect()
}

/// From the earliest opening to the latest resolution; open while one incident is.
fn incident_outage(index: usize, incidents: &[&Incident]) -> Outage {
    let mut start = DateTime::<Utc>::MAX_UTC;
    let mut end = Some(DateTime::<Utc>::MIN_UTC);
    for incident in incidents {
        start = start.min(incident.opened_at);
        end = match (end, incident.resolved_at) {
            (Some(end), Some(resolved)) => Some(end.max(resolved)),
            _ => None,
        };
    }
    Outage {
        start,
        end,
        cause: OutageCause::Incidents {
            deployment: index,
            incidents: incidents
                .iter()
                .map(|incident| incident.id.clone())
                .collect(),
        },
    }
}

/// The deployment that ended an incident's outage: the last one after the failed one that came
/// while it lasted.
fn last_deployment_between(
    deployments: &[Deployment],
    failed: usize,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Option<usize> {
    (failed + 1..deployments.len()).rev().find(|&index| {
        let deployment = &deployments[index];
        deployment.kind == DeploymentKind::Deployment
            && start <= deployment.time
            && deployment.time <= end
    })
}

/// The latest of the remedies' ends; a remedy that failed itself ends when its own failure does.
fn end_of_remedies(
    deployments: &[Deployment],
    failed: usize,
    remedies: &[(FailureRule, usize)],
    ends: &BTreeMap<usize, End>,
) -> End {
    let mut latest: Option<End> = None;
    for &(_, remedy) in remedies {
        let end = if deployments[remedy].failed {
            ends.get(&remedy).copied().unwrap_or(End::Open(remedy))
        } else {
            End::At(remedy)
        };
        latest = Some(match (latest, end) {
            (Some(End::Open(one)), End::Open(other)) => End::Open(one.max(other)),
            (Some(End::Open(open)), _) | (_, End::Open(open)) => End::Open(open),
            (Some(known), end) if known.time(deployments) > end.time(deployments) => known,
            (Some(End::At(known)), End::At(end)) => End::At(known.max(end)),
            (_, end) => end,
        });
    }
    latest.unwrap_or(End::Open(failed))
}

/// Failed deployments with the same end — or that wait for the same repair — are one outage, from the
/// earliest of them.
fn group_by_end(
    deployments: &[Deployment],
    ends: &BTreeMap<usize, End>,
    own_samples: &[Outage],
) -> Vec<Outage> {
    let has_own: BTreeSet<usize> = own_samples
        .iter()
        .flat_map(|outage| outage.failed_deployments().to_vec())
        .collect();
    let mut groups: BTreeMap<End, Vec<usize>> = BTreeMap::new();
    for (&index, &end) in ends.iter().filter(|(index, _)| !has_own.contains(index)) {
        groups.entry(end).or_default().push(index);
    }
    groups
        .into_iter()
        .map(|(end, members)| Outage {
            start: deployments[members[0]].time,
            end: end.time(deployments),
            cause: OutageCause::Deployments(members),
        })
        .collect()
}
