//! Facts → ledger: runs the layers over each environment and writes the account. The layers
//! themselves are `timeline`, `attribution`, `failures` and `outages`.

use chrono::{DateTime, Utc};

use crate::model::{EnvironmentFacts, Facts, Incident, Notice, Verdict, instant_from_epoch};

use super::account::{
    ChangeKind, ComponentChange, Deployment, DeploymentKind, EnvironmentAccount, Ledger,
};
use super::attribution::Attribution;
use super::entry_names::EntryNames;
use super::failures::{self, Failures};
use super::outages;
use super::pull_requests::PullRequestIndex;
use super::timeline::{self, Entry, Timeline};
use super::whereabouts::Whereabouts;

impl Ledger {
    /// Joins facts into one account. Pure: the same facts give the same ledger, in whatever order
    /// records and incidents are listed.
    pub fn from_facts(facts: &Facts) -> Self {
        let earliest_commit = earliest_commit(facts);
        let pull_requests = PullRequestIndex::of(facts);
        let mut environments: Vec<EnvironmentAccount> = facts
            .environments
            .iter()
            .enumerate()
            .map(|(index, environment)| {
                account(facts, index, environment, &pull_requests, earliest_commit)
            })
            .collect();
        let unmatched = unmatched(facts, &environments);
        if let Some(account) = facts.measured.and_then(|index| environments.get_mut(index)) {
            account.notices.extend(unmatched);
        }
        Self {
            components: facts
                .components
                .iter()
                .map(|component| component.name.clone())
                .collect(),
            environments,
            measured: facts.measured,
        }
    }
}

/// Marks and incidents that name no deployment of any environment.
fn unmatched(facts: &Facts, environments: &[EnvironmentAccount]) -> Vec<Notice> {
    let deployments = environments.iter().flat_map(|it| &it.deployments);
    let names = EntryNames::of(deployments.map(|it| (&it.id, &it.aliases)));
    let marks = facts.marks.iter().map(|mark| ("mark", &mark.deployment));
    let incidents = facts
        .incidents
        .iter()
        .filter_map(|incident| Some(("incident", incident.deployment.as_ref()?)));
    marks
        .chain(incidents)
        .filter(|(_, name)| !names.knows(name))
        .map(|(what, name)| {
            Notice::new(
                "deployment-unknown",
                format!("{what}: `{name}` names no deployment that is known"),
            )
            .hint("dora mark lists the newest deployments; an --as-of or --ref may hide it")
        })
        .collect()
}

fn account(
    facts: &Facts,
    index: usize,
    environment: &EnvironmentFacts,
    pull_requests: &PullRequestIndex<'_>,
    earliest_commit: Option<DateTime<Utc>>,
) -> EnvironmentAccount {
    let Timeline { entries, latest } = timeline::timeline(facts, environment);
    let names = EntryNames::of(entries.iter().map(|it| (&it.id, &it.aliases)));
    let mut attribution = Attribution::of(facts, &entries);
    let incidents = incidents_of(facts, index, environment, &names);
    let failures = failures::judge(
        facts,
        environment,
        &incidents,
        &entries,
        &names,
        &mut attribution,
    );
    let (waiting, waiting_of) = attribution.waiting(&latest);
    let notices = failures.notices.clone();
    let pull_requests = pull_requests.deployed(&entries, &attribution);
    // What did not come through begins no record of what did.
    let record_start = entries
        .iter()
        .find(|entry| entry.kind != DeploymentKind::Attempt)
        .or(entries.first())
        .map(|entry| entry.time);
    let whereabouts = Whereabouts::of(&mut attribution);
    let mut deployments = deployments(facts, entries, attribution, failures);
    let outages = outages::settle(&mut deployments, &incidents);
    EnvironmentAccount {
        name: environment.name.clone(),
        is_production: environment.is_production,
        source: environment.source,
        source_detail: environment.source_detail.clone(),
        as_of: facts.as_of,
        earliest_commit,
        record_start,
        deployments,
        pull_requests,
        outages,
        waiting,
        waiting_of,
        incidents,
        whereabouts,
        notices,
    }
}

/// Incidents of this environment: those that name it, those that name one of its deployments, and
/// — in the environment that is measured where no flag names another — those that name neither.
fn incidents_of(
    facts: &Facts,
    index: usize,
    environment: &EnvironmentFacts,
    names: &EntryNames<'_>,
) -> Vec<Incident> {
    let mut incidents: Vec<Incident> = facts
        .incidents
        .iter()
        .filter(|incident| incident.opened_at < facts.as_of)
        .filter(
            |incident| match (&incident.environment, &incident.deployment) {
                (Some(name), _) => *name == environment.name,
                (None, Some(deployment)) => names.knows(deployment),
                (None, None) => facts.measured_unasked == Some(index),
            },
        )
        .cloned()
        .map(|mut incident| {
            incident.resolved_at = incident.resolved_at.filter(|&at| at < facts.as_of);
            incident
        })
        .collect();
    incidents.sort_by(|a, b| (a.opened_at, &a.id).cmp(&(b.opened_at, &b.id)));
    incidents
}

/// Committer time of the earliest commit of the analysed repository; commits without a date
/// (time 0 or before) say nothing about when it began.
fn earliest_commit(facts: &Facts) -> Option<DateTime<Utc>> {
    let graph = &facts.repositories.first()?.graph;
    (0..u32::try_from(graph.len()).unwrap_or(u32::MAX))
        .filter(|&commit| graph.is_read(commit))
        .map(|commit| graph.committer_time(commit))
        .filter(|&seconds| seconds > 0)
        .min()
        .map(instant_from_epoch)
        .filter(|&earliest| earliest < facts.as_of)
}

fn deployments(
    facts: &Facts,
    entries: Vec<Entry>,
    attribution: Attribution<'_>,
    failures: Failures,
) -> Vec<Deployment> {
    let Attribution {
        changes,
        kinds,
        upper_bounds,
        no_changes,
        ..
    } = attribution;
    let Failures {
        evidence,
        verdicts,
        rolled_back,
        ..
    } = failures;
    entries
        .into_iter()
        .zip(changes)
        .zip(kinds)
        .zip(evidence.into_iter().zip(verdicts))
        .enumerate()
        .map(
            |(index, (((entry, changes), kinds), (evidence, verdict)))| {
                let failed = entry.kind != DeploymentKind::Redeployment
                    && match verdict {
                        Some(Verdict::Failed) => true,
                        Some(Verdict::Ok) => false,
                        Some(Verdict::Undone) | None => !evidence.is_empty(),
                    };
                Deployment {
                    components: component_changes(facts, &entry, &kinds, |position| {
                        upper_bounds.contains(&(index, position))
                    }),
                    id: entry.id,
                    aliases: entry.aliases,
                    kind: entry.kind,
                    time: entry.time,
                    source: entry.source,
                    also_told_by: entry.also_told_by.into_iter().collect(),
                    note: entry.note,
                    state_commit: entry.state_commit,
                    changes,
                    merges: no_changes[index].merges,
                    bookkeeping: no_changes[index].bookkeeping,
                    failed,
                    evidence,
                    rolled_back: !failed && rolled_back.contains(&index),
                    remedy: None,
                    restored_at: None,
                    is_rework: false,
                }
            },
        )
        .collect()
}

fn component_changes(
    facts: &Facts,
    entry: &Entry,
    kinds: &[ChangeKind],
    follows_unresolved: impl Fn(usize) -> bool,
) -> Vec<ComponentChange> {
    entry
        .steps
        .iter()
        .zip(kinds)
        .enumerate()
        .map(|(position, (step, &kind))| {
            let version = &facts.versions[step.to];
            let commit = version.commit().and_then(|commit| {
                let repository = facts.components[step.component].repository?;
                Some(facts.repositories[repository].graph.id(commit))
            });
            ComponentChange {
                component: step.component,
                from: step.from.map(|from| facts.versions[from].text.clone()),
                to: version.text.clone(),
                commit,
                unresolved: version.unresolved_reason().map(str::to_owned),
                follows_unresolved: follows_unresolved(position),
                kind,
            }
        })
        .collect()
}
