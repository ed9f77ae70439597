//! Everything that was read, under the names of environments, and which of them is measured
//! (spec 2.1).

use std::collections::BTreeMap;

use crate::model::environment::{is_production_name, production_likeness};
use crate::model::{
    DeployRun, DeploymentSource, EnvironmentFacts, Notice, RecordedDeployment, Release,
    ReleasedVersion, Settings, Snapshot, TestEvidence, instant_from_epoch,
};

use super::GatherError;
use super::assembled::Assembled;
use super::github::{ReadEnvironment, ReadRun};
use super::releases::NamedRelease;
use super::state_files::{ReadEvidence, ReadStateFile};
use super::texts::Texts;
use crate::store::Recorded;

/// The environment that release tags deploy to.
const RELEASE: &str = "release";

/// Everything that was read of environments.
pub(super) struct Read<'a> {
    pub(super) state_files: &'a [ReadStateFile],
    pub(super) evidence: &'a [ReadEvidence],
    pub(super) releases: &'a [NamedRelease],
    pub(super) recorded: &'a Recorded,
    pub(super) on_github: &'a [ReadEnvironment],
    /// The component that runs deploy where they are the deployments.
    pub(super) own_name: &'a str,
    pub(super) texts: &'a Texts,
}

/// The environments that have a source, most production-like first.
pub(super) fn collect(
    read: &Read<'_>,
    settings: &Settings,
    assembled: &mut Assembled,
) -> Vec<EnvironmentFacts> {
    let &Read {
        state_files,
        evidence,
        releases,
        recorded,
        on_github,
        own_name,
        texts,
    } = read;
    let mut environments: BTreeMap<String, EnvironmentFacts> = BTreeMap::new();
    for file in state_files.iter().filter(|file| !file.snapshots.is_empty()) {
        let environment = environments
            .entry(file.environment.clone())
            .or_insert_with(|| {
                new_environment(
                    &file.environment,
                    DeploymentSource::StateFile,
                    &file.path,
                    settings,
                )
            });
        let offset = environment.snapshots.len();
        environment
            .snapshots
            .extend(file.snapshots.iter().map(|snapshot| {
                Snapshot {
                    commit: snapshot.commit,
                    time: snapshot.time,
                    generation: snapshot.generation,
                    preceding: snapshot
                        .preceding
                        .iter()
                        .map(|&index| index + offset)
                        .collect(),
                    versions: assembled.indexed_numbers(&snapshot.versions, texts),
                }
            }));
    }
    for record in &recorded.deployments {
        let environment = environments
            .entry(record.environment.clone())
            .or_insert_with(|| {
                let source = DeploymentSource::Recorded;
                new_environment(
                    &record.environment,
                    source,
                    "recorded deployments",
                    settings,
                )
            });
        environment.recorded.push(RecordedDeployment {
            id: record.id.clone(),
            aliases: record.aliases.clone(),
            time: record.time,
            versions: assembled.indexed(&record.components),
            success: record.success,
            note: record.note.clone(),
        });
    }
    for read in on_github {
        add_runs(read, own_name, settings, assembled, &mut environments);
    }
    if !releases.is_empty() {
        let detail = match releases.len() {
            1 => "1 release tag".to_owned(),
            count => format!("{count} release tags"),
        };
        let environment = new_environment(RELEASE, DeploymentSource::Tag, &detail, settings);
        environments.insert(
            RELEASE.to_owned(),
            EnvironmentFacts {
                releases: numbered_releases(releases, assembled),
                ..environment
            },
        );
    }
    for tested in evidence {
        if let Some(environment) = environments.get_mut(&tested.environment) {
            environment.evidence.push(TestEvidence {
                time: tested.time,
                versions: assembled.indexed_numbers(&tested.versions, texts),
            });
        }
    }
    let mut environments: Vec<EnvironmentFacts> = environments.into_values().collect();
    environments.sort_by_cached_key(|environment| {
        (
            production_likeness(&environment.name),
            environment.name.clone(),
        )
    });
    environments
}

/// Runs are evidence where an environment has another source, else they are its deployments, if any
/// came through.
fn add_runs(
    read: &ReadEnvironment,
    own_name: &str,
    settings: &Settings,
    assembled: &Assembled,
    environments: &mut BTreeMap<String, EnvironmentFacts>,
) {
    let has_source = environments.contains_key(&read.name);
    if !has_source && !read.has_deployments() {
        return;
    }
    let environment = environments
        .entry(read.name.clone())
        .or_insert_with(|| new_environment(&read.name, read.source, &read.detail, settings));
    let versions = |run: &ReadRun| {
        let head = run
            .head
            .filter(|_| !has_source)
            .map(|head| head.to_string());
        let named = head.map(|head| (run.component(own_name), head));
        assembled.indexed(&named.into_iter().collect())
    };
    environment.runs_known = Some(read.known.clone());
    environment
        .runs
        .extend(read.runs.iter().map(|run| DeployRun {
            id: run.id,
            source: read.source,
            attempt: run.attempt,
            head: run.head,
            versions: versions(run),
            created: run.created,
            started: run.started,
            ended: run.ended,
            until: run.until,
            has_deployed: run.has_deployed,
            outcome: run.outcome,
            detail: run.detail.clone(),
        }));
}

fn new_environment(
    name: &str,
    source: DeploymentSource,
    detail: &str,
    settings: &Settings,
) -> EnvironmentFacts {
    let configured = settings
        .environments
        .get(name)
        .and_then(|known| known.is_production);
    EnvironmentFacts {
        name: name.to_owned(),
        is_production: configured.unwrap_or_else(|| is_production_name(name)),
        source,
        source_detail: detail.to_owned(),
        snapshots: Vec::new(),
        releases: Vec::new(),
        recorded: Vec::new(),
        runs: Vec::new(),
        runs_known: None,
        evidence: Vec::new(),
    }
}

fn numbered_releases(releases: &[NamedRelease], assembled: &Assembled) -> Vec<Release> {
    let Some(home) = assembled.repositories.first() else {
        return Vec::new();
    };
    let generations = home.graph.generations();
    releases
        .iter()
        .filter_map(|release| {
            let commit = home.graph.find(release.commit)?;
            let texts = release
                .versions
                .iter()
                .map(|(component, version)| (component.clone(), version.text.clone()))
                .collect();
            let versions = assembled
                .indexed(&texts)
                .into_iter()
                .filter_map(|(component, version)| {
                    let name = &assembled.components[component].name;
                    let number = release.versions.get(name)?.number.clone();
                    Some((component, ReleasedVersion { version, number }))
                })
                .collect();
            Some(Release {
                commit: release.commit,
                time: instant_from_epoch(release.time),
                generation: generations[commit as usize],
                versions,
            })
        })
        .collect()
}

/// Index of the measured environment: the one that flag or config names, else the most
/// production-like of those flagged as production, else of all (spec 2.1).
pub(super) fn measured(
    settings: &Settings,
    environments: &mut Vec<EnvironmentFacts>,
    notices: &mut Vec<Notice>,
) -> Result<Option<usize>, GatherError> {
    if let Some(name) = &settings.measured_environment {
        if let Some(index) = environments.iter().position(|known| known.name == *name) {
            return Ok(Some(index));
        }
        if settings.environments.contains_key(name) && !environments.is_empty() {
            return Ok(Some(add_empty(name, settings, environments, notices)));
        }
        if !environments.is_empty() {
            return Err(GatherError::UnknownEnvironment {
                name: name.clone(),
                known: environments
                    .iter()
                    .map(|known| known.name.clone())
                    .collect(),
            });
        }
    }
    Ok(guessed(settings, environments))
}

/// The same where no flag says which: the configured one; none while nothing was deployed there.
pub(super) fn unasked(
    configured: Option<&str>,
    settings: &Settings,
    environments: &[EnvironmentFacts],
) -> Option<usize> {
    match configured {
        Some(name) => environments.iter().position(|known| known.name == name),
        None => guessed(settings, environments),
    }
}

fn guessed(settings: &Settings, environments: &[EnvironmentFacts]) -> Option<usize> {
    let is_flagged = |environment: &&EnvironmentFacts| {
        settings
            .environments
            .get(&environment.name)
            .is_some_and(|known| known.is_production == Some(true))
    };
    environments
        .iter()
        .filter(is_flagged)
        .chain(environments.iter())
        .next()
        .and_then(|best| {
            environments
                .iter()
                .position(|known| known.name == best.name)
        })
}

/// Adds an environment that config knows and to which nothing was deployed yet, at its place in the
/// list, and says what there is instead.
fn add_empty(
    name: &str,
    settings: &Settings,
    environments: &mut Vec<EnvironmentFacts>,
    notices: &mut Vec<Notice>,
) -> usize {
    let known: Vec<&str> = environments
        .iter()
        .map(|known| known.name.as_str())
        .collect();
    notices.push(
        Notice::new(
            "environment-empty",
            format!(
                "nothing was deployed to {name} yet; there is: {}",
                known.join(", ")
            ),
        )
        .hint("dora report --environment NAME"),
    );
    let rank = |name: &str| (production_likeness(name), name.to_owned());
    let place = environments.partition_point(|known| rank(&known.name) < rank(name));
    let empty = new_environment(name, DeploymentSource::StateFile, "nothing yet", settings);
    environments.insert(place, empty);
    place
}
