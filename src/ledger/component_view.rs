//! The account of one component: the same deployments and changes, narrowed (never attributed
//! anew, so that a component's numbers are part of the whole's).

use std::collections::BTreeMap;

use super::account::{
    ChangeKind, DeployedPullRequest, Deployment, DeploymentKind, EnvironmentAccount, Evidence,
};
use super::outages;
use super::whereabouts::Whereabouts;

impl EnvironmentAccount {
    /// What concerns one component: deployments in which it changed, the changes and pull requests
    /// that came through it, the failures whose evidence names it or no component, and the outages
    /// these make.
    #[must_use]
    pub fn only(&self, component: usize) -> Self {
        let kept: Vec<usize> = (0..self.deployments.len())
            .filter(|&index| concerns(&self.deployments[index], component))
            .collect();
        let places: BTreeMap<usize, usize> = kept
            .iter()
            .enumerate()
            .map(|(new, &old)| (old, new))
            .collect();
        let mut deployments: Vec<Deployment> = kept
            .iter()
            .map(|&old| narrowed(&self.deployments[old], component, old, &kept, &places))
            .collect();
        let pull_requests = self
            .pull_requests
            .iter()
            .filter(|it| it.components.contains(&component))
            .filter_map(|it| {
                Some(DeployedPullRequest {
                    components: [component].into(),
                    deployment: *places.get(&it.deployment)?,
                    ..it.clone()
                })
            })
            .collect();
        let outages = outages::settle(&mut deployments, &self.incidents);
        Self {
            deployments,
            pull_requests,
            outages,
            waiting: self
                .waiting_of
                .get(&component)
                .cloned()
                .unwrap_or_else(|| Err("nothing of it is deployed".to_owned())),
            name: self.name.clone(),
            is_production: self.is_production,
            source: self.source,
            source_detail: self.source_detail.clone(),
            as_of: self.as_of,
            earliest_commit: self.earliest_commit,
            record_start: self.record_start,
            waiting_of: BTreeMap::new(),
            incidents: self.incidents.clone(),
            whereabouts: Whereabouts::default(),
            notices: self.notices.clone(),
        }
    }
}

fn concerns(deployment: &Deployment, component: usize) -> bool {
    let names = |kinds: &dyn Fn(ChangeKind) -> bool| {
        deployment
            .components
            .iter()
            .any(|change| change.component == component && kinds(change.kind))
    };
    match deployment.kind {
        DeploymentKind::Deployment => names(&|kind| kind != ChangeKind::Redeploy),
        DeploymentKind::Redeployment | DeploymentKind::Attempt => names(&|_| true),
    }
}

fn narrowed(
    deployment: &Deployment,
    component: usize,
    old: usize,
    kept: &[usize],
    places: &BTreeMap<usize, usize>,
) -> Deployment {
    // The next deployment of the whole may not be one of this component: then its own next one.
    let place_of = |remedy: usize| {
        places.get(&remedy).copied().or_else(|| {
            kept.iter()
                .position(|&other| other > old && other >= remedy)
        })
    };
    let evidence: Vec<Evidence> = deployment
        .evidence
        .iter()
        .filter(|evidence| evidence.component.is_none_or(|named| named == component))
        .cloned()
        .map(|mut evidence| {
            evidence.remedy = evidence.remedy.and_then(place_of);
            evidence
        })
        .collect();
    Deployment {
        components: deployment
            .components
            .iter()
            .filter(|change| change.component == component)
            .cloned()
            .collect(),
        changes: deployment
            .changes
            .iter()
            .filter(|change| change.components.contains(&component))
            .cloned()
            .collect(),
        failed: deployment.failed && !evidence.is_empty(),
        evidence,
        remedy: None,
        restored_at: None,
        is_rework: false,
        ..deployment.clone()
    }
}
