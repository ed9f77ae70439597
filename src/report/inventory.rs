//! What `init` says before anything is measured: which environments and components there are, where
//! their data comes from, and how it will be read.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::ledger::Ledger;
use crate::model::github::GithubFound;
use crate::model::{DecidedBy, DeploymentSource, EnvironmentFacts, Facts, Notice};

/// What was found in a repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inventory {
    /// Name of the repository.
    pub repository: String,
    /// The analysed commit; `None` while the branch has none.
    pub head: Option<String>,
    /// Commits that were read, over all repositories.
    pub commits: usize,
    /// Environments, most production-like first.
    pub environments: Vec<EnvironmentFound>,
    /// Components, by name.
    pub components: Vec<ComponentFound>,
    /// What is known of GitHub.
    pub github: GithubFound,
    /// What the readers left out, rejected or assumed.
    pub notices: Vec<Notice>,
}

/// An environment and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EnvironmentFound {
    /// Its name.
    pub name: String,
    /// Whether the headline is about it.
    pub is_measured: bool,
    /// Whether it is a production environment.
    pub is_production: bool,
    /// `state-file`, `recorded`, `tag`, …
    pub source: String,
    /// The path or count.
    pub source_detail: String,
    /// Readable snapshots of its state file, or releases, or runs where they are the deployments.
    pub snapshots: usize,
    /// Recorded deployments.
    pub recorded: usize,
    /// Deployments.
    pub deployments: usize,
    /// Deployments with a version that names no commit.
    pub unresolved: usize,
    /// Changes they brought.
    pub changes: usize,
    /// Time of the first deployment.
    pub first: Option<DateTime<Utc>>,
    /// Time of the newest deployment.
    pub last: Option<DateTime<Utc>>,
}

/// A component and how its versions are read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComponentFound {
    /// Its name.
    pub name: String,
    /// Where its repository lies (`.`, `../shop-web`); `None` when none was found.
    pub repository: Option<String>,
    /// `config`, `this repository`, `sibling clone`, `GitHub` or `nobody`.
    pub decided_by: String,
    /// Its paths in a repository that it shares.
    pub paths: Vec<String>,
    /// Distinct versions.
    pub versions: usize,
    /// Of those, how many name a commit.
    pub resolved: usize,
}

/// Lists what was found.
pub fn inventory(facts: &Facts, ledger: &Ledger, github: &GithubFound) -> Inventory {
    Inventory {
        repository: facts
            .repositories
            .first()
            .map(|known| known.name.clone())
            .unwrap_or_default(),
        head: facts
            .repositories
            .first()
            .and_then(|home| home.head.map(|head| home.graph.id(head).to_string())),
        commits: facts
            .repositories
            .iter()
            .map(|known| known.graph.len())
            .sum(),
        environments: (0..facts.environments.len())
            .map(|index| environment(facts, ledger, index))
            .collect(),
        components: facts
            .components
            .iter()
            .enumerate()
            .map(|(index, component)| {
                let versions = || {
                    facts
                        .versions
                        .iter()
                        .filter(|known| known.component == index)
                };
                ComponentFound {
                    name: component.name.clone(),
                    repository: component
                        .repository
                        .map(|number| facts.repositories[number].place.clone()),
                    decided_by: match component.decided_by {
                        DecidedBy::Config => "config",
                        DecidedBy::ThisRepository => "this repository",
                        DecidedBy::Sibling => "sibling clone",
                        DecidedBy::Github => "GitHub",
                        DecidedBy::Nobody => "nobody",
                    }
                    .to_owned(),
                    paths: component.paths.clone(),
                    versions: versions().count(),
                    resolved: versions().filter(|known| known.commit().is_some()).count(),
                }
            })
            .collect(),
        github: github.clone(),
        notices: facts.notices.clone(),
    }
}

/// Runs and GitHub's deployments, where they are what is deployed and not only evidence.
fn own_runs(found: &EnvironmentFacts) -> usize {
    match found.source {
        DeploymentSource::GithubRun | DeploymentSource::GithubDeployment => found.runs.len(),
        _ => 0,
    }
}

fn environment(facts: &Facts, ledger: &Ledger, index: usize) -> EnvironmentFound {
    let found = &facts.environments[index];
    let account = &ledger.environments[index];
    EnvironmentFound {
        name: found.name.clone(),
        is_measured: ledger.measured == Some(index),
        is_production: found.is_production,
        source: found.source.name().to_owned(),
        source_detail: found.source_detail.clone(),
        snapshots: found.snapshots.len() + found.releases.len() + own_runs(found),
        recorded: found.recorded.len(),
        deployments: account.counted().count(),
        unresolved: account
            .counted()
            .filter(|entry| entry.has_unresolved_version())
            .count(),
        changes: account.counted().map(|entry| entry.changes.len()).sum(),
        first: account.counted().next().map(|entry| entry.time),
        last: account.counted().next_back().map(|entry| entry.time),
    }
}
