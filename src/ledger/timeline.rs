//! One timeline per environment: snapshots, releases and recorded deployments merged and ordered
//! (spec 2.2), each with the components that changed. What they brought is told by `attribution`.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{
    CommitId, DeploymentSource, EnvironmentFacts, Facts, RecordedDeployment, Snapshot,
};

use super::account::DeploymentKind;

/// A record this close to a snapshot with the same versions is that snapshot.
const SAME_DEPLOYMENT: TimeDelta = TimeDelta::minutes(15);

/// One component in one entry.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) component: usize,
    /// Version (index in `Facts::versions`) deployed before, in this timeline.
    pub(super) from: Option<usize>,
    pub(super) to: usize,
    /// The release line it continues; empty outside tag mode.
    pub(super) line: String,
    /// Whether the version differs from the one before.
    pub(super) is_change: bool,
}

/// One entry of the timeline.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) aliases: Vec<String>,
    pub(super) kind: DeploymentKind,
    pub(super) time: DateTime<Utc>,
    pub(super) source: DeploymentSource,
    pub(super) state_commit: Option<CommitId>,
    pub(super) steps: Vec<Step>,
    /// Everything that runs after it: component → version.
    pub(super) state: BTreeMap<usize, usize>,
    /// A record of the same deployment says that it failed.
    pub(super) recorded_as_failed: bool,
}

/// The ordered timeline of an environment, without anything at or after `Facts::as_of`.
pub(super) fn timeline(facts: &Facts, environment: &EnvironmentFacts) -> Vec<Entry> {
    let mut events = snapshot_events(facts, environment);
    let lone_records = merge_records(facts, environment, &mut events);
    events.extend(lone_records);
    events.extend(release_events(facts, environment));
    events.sort_by(|a, b| a.order().cmp(&b.order()));
    entries(facts, environment, events)
}

/// A snapshot, record or release before it has a place.
struct Event<'a> {
    id: String,
    aliases: Vec<String>,
    kind: DeploymentKind,
    time: DateTime<Utc>,
    source: DeploymentSource,
    generation: u32,
    commit: Option<CommitId>,
    /// Component, version, line and — for snapshots — whether it differs from every parent.
    named: Vec<(usize, usize, &'a str, Option<bool>)>,
    /// The snapshot's whole state with absent components carried over.
    known: Option<BTreeMap<usize, usize>>,
    recorded_as_failed: bool,
}

impl Event<'_> {
    /// History first is guaranteed by the times of snapshots, which never decrease towards
    /// descendants; generation and id settle equal times the same way on every machine.
    fn order(&self) -> (DateTime<Utc>, u32, &str) {
        (self.time, self.generation, &self.id)
    }
}

/// `<environment>-<yyyymmddThhmmssZ>-<suffix>` (spec 3.2).
fn derived_id(environment: &str, time: DateTime<Utc>, suffix: &str) -> String {
    format!("{environment}-{}-{suffix}", time.format("%Y%m%dT%H%M%SZ"))
}

fn snapshot_events<'a>(facts: &Facts, environment: &'a EnvironmentFacts) -> Vec<Event<'a>> {
    let known = carried_states(&environment.snapshots);
    environment
        .snapshots
        .iter()
        .enumerate()
        .filter(|(_, snapshot)| snapshot.time < facts.as_of)
        .map(|(index, snapshot)| {
            let differs = |component: usize, version: usize| {
                snapshot.preceding.iter().all(|&parent| {
                    known[parent].get(&component).is_none_or(|&before| {
                        !facts.versions[before].same_as(&facts.versions[version])
                    })
                })
            };
            let named: Vec<_> = snapshot
                .versions
                .iter()
                .map(|(&component, &version)| {
                    (component, version, "", Some(differs(component, version)))
                })
                .collect();
            let any_change = named.iter().any(|named| named.3 == Some(true));
            Event {
                id: derived_id(&environment.name, snapshot.time, &snapshot.commit.short()),
                aliases: Vec::new(),
                kind: if any_change {
                    DeploymentKind::Deployment
                } else {
                    DeploymentKind::Redeployment
                },
                time: snapshot.time,
                source: DeploymentSource::StateFile,
                generation: snapshot.generation,
                commit: Some(snapshot.commit),
                named,
                known: Some(known[index].clone()),
                recorded_as_failed: false,
            }
        })
        .collect()
}

/// The versions known after each snapshot: its own, and those of components it no longer names,
/// carried over from before (a component keeps its history when it returns).
fn carried_states(snapshots: &[Snapshot]) -> Vec<BTreeMap<usize, usize>> {
    let mut states: Vec<BTreeMap<usize, usize>> = Vec::with_capacity(snapshots.len());
    for snapshot in snapshots {
        let mut state = snapshot.versions.clone();
        for &parent in &snapshot.preceding {
            for (&component, &version) in &states[parent] {
                state.entry(component).or_insert(version);
            }
        }
        states.push(state);
    }
    states
}

/// Joins records to the snapshots they are; returns events for the others.
fn merge_records<'a>(
    facts: &Facts,
    environment: &'a EnvironmentFacts,
    events: &mut [Event<'a>],
) -> Vec<Event<'a>> {
    let mut lone = Vec::new();
    for record in &environment.recorded {
        if record.time >= facts.as_of {
            continue;
        }
        let twin = events
            .iter_mut()
            .filter(|event| (event.time - record.time).abs() <= SAME_DEPLOYMENT)
            .filter(|event| names_same_versions(facts, record, event))
            .min_by_key(|event| {
                let is_redeployment = event.kind != DeploymentKind::Deployment;
                (
                    is_redeployment,
                    (event.time - record.time).abs(),
                    event.time,
                )
            });
        match twin {
            Some(event) => {
                if event.id != record.id {
                    event.aliases.push(record.id.clone());
                }
                event.aliases.extend(record.aliases.iter().cloned());
                event.recorded_as_failed |= !record.success;
            }
            None => lone.push(record_event(record)),
        }
    }
    lone
}

fn names_same_versions(facts: &Facts, record: &RecordedDeployment, event: &Event<'_>) -> bool {
    let Some(known) = &event.known else {
        return false;
    };
    record.versions.iter().all(|(component, &version)| {
        known
            .get(component)
            .is_some_and(|&held| facts.versions[held].same_as(&facts.versions[version]))
    })
}

fn record_event(record: &RecordedDeployment) -> Event<'static> {
    Event {
        id: record.id.clone(),
        aliases: record.aliases.clone(),
        kind: if record.success {
            DeploymentKind::Deployment
        } else {
            DeploymentKind::Attempt
        },
        time: record.time,
        source: DeploymentSource::Recorded,
        generation: u32::MAX,
        commit: None,
        named: record
            .versions
            .iter()
            .map(|(&component, &version)| (component, version, "", None))
            .collect(),
        known: None,
        recorded_as_failed: !record.success,
    }
}

fn release_events<'a>(facts: &Facts, environment: &'a EnvironmentFacts) -> Vec<Event<'a>> {
    environment
        .releases
        .iter()
        .filter(|release| release.time < facts.as_of)
        .map(|release| Event {
            id: derived_id(
                &environment.name,
                release.time,
                &format!("t{}", release.commit.short()),
            ),
            aliases: Vec::new(),
            kind: DeploymentKind::Deployment,
            time: release.time,
            source: DeploymentSource::Tag,
            generation: release.generation,
            commit: Some(release.commit),
            named: release
                .versions
                .iter()
                .map(|(&component, (version, line))| {
                    (component, *version, line.as_str(), Some(true))
                })
                .collect(),
            known: None,
            recorded_as_failed: false,
        })
        .collect()
}

/// Walks the ordered events once and tells for each component what was there before.
fn entries(facts: &Facts, environment: &EnvironmentFacts, events: Vec<Event<'_>>) -> Vec<Entry> {
    let mut current: BTreeMap<usize, usize> = BTreeMap::new();
    let mut current_of_line: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        let mut steps = Vec::new();
        for &(component, version, line, differs) in &event.named {
            let from = current_of_line
                .get(&(component, line))
                .or_else(|| current.get(&component))
                .copied();
            let equals_before =
                from.is_some_and(|before| facts.versions[before].same_as(&facts.versions[version]));
            // A snapshot changed what differs from its parents; a record, what differs from before.
            let is_change = differs.unwrap_or(!equals_before);
            if is_change || event.kind != DeploymentKind::Deployment {
                steps.push(Step {
                    component,
                    from,
                    to: version,
                    line: line.to_owned(),
                    is_change: is_change && !equals_before,
                });
            }
            if is_change && event.kind == DeploymentKind::Deployment {
                current.insert(component, version);
                current_of_line.insert((component, line), version);
            }
        }
        let is_repeated_record = event.source == DeploymentSource::Recorded
            && event.kind == DeploymentKind::Deployment
            && !event.named.is_empty()
            && steps.is_empty();
        let kind = if is_repeated_record {
            DeploymentKind::Redeployment
        } else {
            event.kind
        };
        if is_repeated_record {
            steps.extend(
                event
                    .named
                    .iter()
                    .map(|&(component, version, line, _)| Step {
                        component,
                        from: current.get(&component).copied(),
                        to: version,
                        line: line.to_owned(),
                        is_change: false,
                    }),
            );
        }
        steps.sort_by(|a, b| {
            facts.components[a.component]
                .name
                .cmp(&facts.components[b.component].name)
        });
        entries.push(Entry {
            id: event.id,
            aliases: event.aliases,
            kind,
            time: event.time,
            source: event.source,
            state_commit: event.commit,
            steps,
            state: event.known.unwrap_or_else(|| current.clone()),
            recorded_as_failed: event.recorded_as_failed,
        });
    }
    debug_assert!(
        entries.is_sorted_by_key(|entry| entry.time),
        "{}",
        environment.name
    );
    entries
}
