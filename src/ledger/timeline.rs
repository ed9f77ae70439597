//! One timeline per environment: snapshots, releases and recorded deployments merged and ordered
//! (spec 2.2), each with the components that changed. `deploy_runs` adds what GitHub knows of them;
//! what they brought is told by `attribution`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{
    CommitId, DeploymentSource, EnvironmentFacts, Facts, RecordedDeployment, Snapshot,
    VersionNumber,
};

use super::account::DeploymentKind;
use super::deploy_runs;

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
    /// Its place on that line; `None` outside tag mode.
    pub(super) number: Option<VersionNumber>,
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
    /// Other sources that tell of it too, in the order of precedence.
    pub(super) also_told_by: BTreeSet<DeploymentSource>,
    /// What was recorded about it.
    pub(super) note: Option<String>,
    pub(super) state_commit: Option<CommitId>,
    pub(super) steps: Vec<Step>,
    /// What runs after it, as far as it says so: component → version. Empty in an environment without
    /// test evidence, where nobody asks.
    pub(super) state: BTreeMap<usize, usize>,
    /// A record of the same deployment says that it failed.
    pub(super) recorded_as_failed: bool,
    /// The deploy run that it is part of, when that failed.
    pub(super) failed_run: Option<FailedRun>,
}

/// A deploy run that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FailedRun {
    /// Its number.
    pub(super) id: u64,
    /// When it ended.
    pub(super) ended: DateTime<Utc>,
    /// In words; foreign text.
    pub(super) detail: String,
}

/// An environment's entries in order, and what it runs in the end.
pub(super) struct Timeline {
    pub(super) entries: Vec<Entry>,
    /// Component → version; without what was unresolved when the state file ceased to name it: that
    /// says nothing about what is still to come.
    pub(super) latest: BTreeMap<usize, usize>,
}

/// The ordered timeline of an environment, without anything at or after `Facts::as_of`.
pub(super) fn timeline(facts: &Facts, environment: &EnvironmentFacts) -> Timeline {
    let known = carried_states(&environment.snapshots);
    let mut events = snapshot_events(facts, environment, &known);
    let lone_records = merge_records(facts, environment, &known, &mut events);
    events.extend(lone_records);
    let lone_runs = deploy_runs::join(facts, environment, &mut events);
    events.extend(lone_runs);
    events.extend(release_events(facts, environment));
    events.sort_by(|a, b| a.order().cmp(&b.order()));
    entries(facts, environment, events)
}

/// A snapshot, record or release before it has a place.
pub(super) struct Event<'f> {
    pub(super) id: String,
    pub(super) aliases: Vec<String>,
    pub(super) kind: DeploymentKind,
    pub(super) time: DateTime<Utc>,
    pub(super) source: DeploymentSource,
    pub(super) also_told_by: BTreeSet<DeploymentSource>,
    pub(super) note: Option<String>,
    pub(super) generation: u32,
    pub(super) commit: Option<CommitId>,
    pub(super) named: Vec<Named<'f>>,
    /// Index of the snapshot, if it is one.
    pub(super) snapshot: Option<usize>,
    /// Whether it is a snapshot with several snapshots before it: it sees what they all say.
    pub(super) joins: bool,
    pub(super) recorded_as_success: bool,
    pub(super) recorded_as_failed: bool,
    pub(super) failed_run: Option<FailedRun>,
}

/// A component that an event names.
pub(super) struct Named<'f> {
    pub(super) component: usize,
    pub(super) version: usize,
    pub(super) number: Option<&'f VersionNumber>,
    /// Of a snapshot: whether the version differs from the one in every parent.
    pub(super) differs: Option<bool>,
}

impl Event<'_> {
    /// What is known by its versions only: a record or a run. What they changed depends on what was
    /// there before.
    pub(super) fn without_commit(
        id: String,
        source: DeploymentSource,
        time: DateTime<Utc>,
        success: bool,
        versions: &BTreeMap<usize, usize>,
    ) -> Self {
        let named = |(&component, &version)| Named {
            component,
            version,
            number: None,
            differs: None,
        };
        Self {
            id,
            aliases: Vec::new(),
            kind: match success {
                true => DeploymentKind::Deployment,
                false => DeploymentKind::Attempt,
            },
            time,
            source,
            also_told_by: BTreeSet::new(),
            note: None,
            generation: u32::MAX,
            commit: None,
            named: versions.iter().map(named).collect(),
            snapshot: None,
            joins: false,
            recorded_as_success: false,
            recorded_as_failed: false,
            failed_run: None,
        }
    }

    /// History first is guaranteed by the times of snapshots, which never decrease towards
    /// descendants; generation and id settle equal times the same way on every machine.
    fn order(&self) -> (DateTime<Utc>, u32, &str) {
        (self.time, self.generation, &self.id)
    }
}

/// `<environment>-<yyyymmddThhmmssZ>-<suffix>` (spec 3.2).
pub(super) fn derived_id(environment: &str, time: DateTime<Utc>, suffix: &str) -> String {
    format!("{environment}-{}-{suffix}", time.format("%Y%m%dT%H%M%SZ"))
}

fn snapshot_events<'f>(
    facts: &Facts,
    environment: &'f EnvironmentFacts,
    known: &[Known<'_>],
) -> Vec<Event<'f>> {
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
                .map(|(&component, &version)| Named {
                    component,
                    version,
                    number: None,
                    differs: Some(differs(component, version)),
                })
                .collect();
            let any_change = named.iter().any(|named| named.differs == Some(true));
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
                also_told_by: BTreeSet::new(),
                note: None,
                generation: snapshot.generation,
                commit: Some(snapshot.commit),
                named,
                snapshot: Some(index),
                joins: snapshot.preceding.len() > 1,
                recorded_as_success: false,
                recorded_as_failed: false,
                failed_run: None,
            }
        })
        .collect()
}

/// What is known after a snapshot: component → version.
type Known<'f> = Cow<'f, BTreeMap<usize, usize>>;

/// The versions known after each snapshot: its own, and those of components it no longer names,
/// carried over from before (a component keeps its history when it returns). Most snapshots name
/// everything and need no copy.
fn carried_states(snapshots: &[Snapshot]) -> Vec<Known<'_>> {
    let mut states: Vec<Known<'_>> = Vec::with_capacity(snapshots.len());
    for snapshot in snapshots {
        let mut state = Cow::Borrowed(&snapshot.versions);
        for &parent in &snapshot.preceding {
            let missing: Vec<(usize, usize)> = states[parent]
                .iter()
                .filter(|(component, _)| !state.contains_key(component))
                .map(|(&component, &version)| (component, version))
                .collect();
            if !missing.is_empty() {
                state.to_mut().extend(missing);
            }
        }
        states.push(state);
    }
    states
}

/// Joins records to the snapshots they are; returns events for the others. The events of snapshots
/// are still in the order of their list, which is not that of time.
fn merge_records<'f>(
    facts: &Facts,
    environment: &'f EnvironmentFacts,
    known: &[Known<'_>],
    events: &mut [Event<'f>],
) -> Vec<Event<'f>> {
    let mut by_time: Vec<(DateTime<Utc>, usize)> = events
        .iter()
        .enumerate()
        .map(|(index, event)| (event.time, index))
        .collect();
    by_time.sort_unstable();
    let mut lone = Vec::new();
    // Successes first: a failure before a snapshot that was then recorded as a success is an attempt
    // of its own, which the snapshot made good.
    let known_then = environment
        .recorded
        .iter()
        .filter(|record| record.time < facts.as_of);
    let (successes, failures): (Vec<_>, Vec<_>) = known_then.partition(|record| record.success);
    for record in successes.into_iter().chain(failures) {
        let from = by_time.partition_point(|(time, _)| *time < record.time - SAME_DEPLOYMENT);
        let twin = by_time[from..]
            .iter()
            .take_while(|(time, _)| *time <= record.time + SAME_DEPLOYMENT)
            .map(|&(_, index)| index)
            .filter(|&index| is_same(facts, record, &events[index], known))
            .min_by_key(|&index| {
                let event = &events[index];
                let is_redeployment = event.kind != DeploymentKind::Deployment;
                (
                    is_redeployment,
                    (event.time - record.time).abs(),
                    event.time,
                )
            });
        match twin.map(|index| &mut events[index]) {
            Some(event) => {
                if event.id != record.id {
                    event.aliases.push(record.id.clone());
                }
                event.aliases.extend(record.aliases.iter().cloned());
                event.also_told_by.insert(DeploymentSource::Recorded);
                event.note = record.note.clone().or(event.note.take());
                event.recorded_as_failed |= !record.success;
                event.recorded_as_success |= record.success;
            }
            None => lone.push(record_event(record)),
        }
    }
    lone
}

/// Whether a record speaks of a snapshot: it names versions, and they are those that held then.
fn is_same(
    facts: &Facts,
    record: &RecordedDeployment,
    event: &Event<'_>,
    known: &[Known<'_>],
) -> bool {
    let Some(known) = event.snapshot.and_then(|index| known.get(index)) else {
        return false;
    };
    let was_made_good = event.recorded_as_success && !record.success && record.time < event.time;
    !record.versions.is_empty()
        && !was_made_good
        && record.versions.iter().all(|(component, &version)| {
            known
                .get(component)
                .is_some_and(|&held| facts.versions[held].same_as(&facts.versions[version]))
        })
}

fn record_event(record: &RecordedDeployment) -> Event<'static> {
    let id = record.id.clone();
    let (source, versions) = (DeploymentSource::Recorded, &record.versions);
    Event {
        aliases: record.aliases.clone(),
        note: record.note.clone(),
        recorded_as_failed: !record.success,
        ..Event::without_commit(id, source, record.time, record.success, versions)
    }
}

fn release_events<'f>(facts: &Facts, environment: &'f EnvironmentFacts) -> Vec<Event<'f>> {
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
            also_told_by: BTreeSet::new(),
            note: None,
            generation: release.generation,
            commit: Some(release.commit),
            named: release
                .versions
                .iter()
                .map(|(&component, released)| Named {
                    component,
                    version: released.version,
                    number: Some(&released.number),
                    differs: Some(true),
                })
                .collect(),
            snapshot: None,
            joins: false,
            recorded_as_success: false,
            recorded_as_failed: false,
            failed_run: None,
        })
        .collect()
}

/// Walks the ordered events once and tells for each component what was there before.
fn entries(facts: &Facts, environment: &EnvironmentFacts, events: Vec<Event<'_>>) -> Timeline {
    let mut current: BTreeMap<usize, usize> = BTreeMap::new();
    // Per component and release line: number → version.
    let mut released: BTreeMap<(usize, String), BTreeMap<VersionNumber, usize>> = BTreeMap::new();
    let mut newest_snapshot = None;
    let mut named_by_snapshots: BTreeSet<usize> = BTreeSet::new();
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        let mut steps = Vec::new();
        for named in &event.named {
            let key = (
                named.component,
                named.number.map(VersionNumber::line).unwrap_or_default(),
            );
            let before_in_line = named.number.and_then(|number| {
                let lower = released
                    .get(&key)?
                    .range::<VersionNumber, _>(..=number)
                    .next_back()?;
                Some(*lower.1)
            });
            let from = before_in_line.or_else(|| current.get(&named.component).copied());
            let equals_before = from.is_some_and(|before| {
                facts.versions[before].same_as(&facts.versions[named.version])
            });
            // A snapshot changed what differs from its parents; a record, what differs from before.
            let is_change = named.differs.unwrap_or(!equals_before);
            if is_change || event.kind != DeploymentKind::Deployment {
                steps.push(Step {
                    component: named.component,
                    from,
                    to: named.version,
                    line: key.1.clone(),
                    number: named.number.cloned(),
                    is_change: is_change && !equals_before,
                });
            }
            let is_deployed = is_change && event.kind == DeploymentKind::Deployment;
            if is_deployed || event.joins {
                current.insert(named.component, named.version);
                if let Some(number) = named.number {
                    released
                        .entry(key)
                        .or_default()
                        .insert(number.clone(), named.version);
                }
            }
        }
        if event.snapshot.is_some() {
            newest_snapshot = event.snapshot;
            named_by_snapshots.extend(event.named.iter().map(|named| named.component));
        }
        let kind = if is_repetition(&event, &steps) {
            steps.extend(event.named.iter().map(|named| Step {
                component: named.component,
                from: current.get(&named.component).copied(),
                to: named.version,
                line: String::new(),
                number: None,
                is_change: false,
            }));
            DeploymentKind::Redeployment
        } else {
            event.kind
        };
        steps.sort_by_key(|step| &facts.components[step.component].name);
        let state = match event.snapshot {
            _ if environment.evidence.is_empty() => BTreeMap::new(),
            Some(index) => environment.snapshots[index].versions.clone(),
            None => current.clone(),
        };
        entries.push(Entry {
            id: event.id,
            aliases: event.aliases,
            kind,
            time: event.time,
            source: event.source,
            also_told_by: event.also_told_by,
            note: event.note,
            state_commit: event.commit,
            steps,
            state,
            recorded_as_failed: event.recorded_as_failed,
            failed_run: event.failed_run,
        });
    }
    let is_retired = |component: &usize| {
        named_by_snapshots.contains(component)
            && newest_snapshot.is_some_and(|newest: usize| {
                !environment.snapshots[newest]
                    .versions
                    .contains_key(component)
            })
    };
    current.retain(|component, version| {
        facts.versions[*version].commit().is_some() || !is_retired(component)
    });
    Timeline {
        entries,
        latest: current,
    }
}

/// Whether a record or a run repeats what is there already.
fn is_repetition(event: &Event<'_>, steps: &[Step]) -> bool {
    event.snapshot.is_none()
        && event.source != DeploymentSource::Tag
        && event.kind == DeploymentKind::Deployment
        && !event.named.is_empty()
        && steps.is_empty()
}
