//! Everything that was gathered, unjoined: the input of the ledger.

use chrono::{DateTime, Utc};

use super::github::PullRequest;
use super::{CommitGraph, Component, EnvironmentFacts, Incident, Mark, Notice, Settings, Version};

/// One repository whose commits components are versions of. Index 0 is the analysed one.
#[derive(Debug, Clone, Default)]
pub struct RepositoryFacts {
    /// Its name: the last part of its directory.
    pub name: String,
    /// Where it lies relative to the analysed repository (`.`, `../shop-frontend`).
    pub place: String,
    /// Its commits, as far as deployments and the analysed head reach.
    pub graph: CommitGraph,
    /// The analysed head (`--ref`, default HEAD); `None` while the branch is unborn.
    pub head: Option<u32>,
    /// Its merged pull requests, as far as they are cached, by number.
    pub pull_requests: Vec<PullRequest>,
    /// Whether its history is cut by a shallow clone.
    pub is_shallow: bool,
}

/// What is cached of GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubKnown {
    /// The repository: `github.com/acme/shop`.
    pub repository: String,
    /// When GitHub was last asked.
    pub checked: DateTime<Utc>,
}

/// All facts of one run.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The only clock: nothing at or after this instant exists (spec 2.11).
    pub as_of: DateTime<Utc>,
    /// The settings in force.
    pub settings: Settings,
    /// The repositories.
    pub repositories: Vec<RepositoryFacts>,
    /// The components, by name.
    pub components: Vec<Component>,
    /// The distinct versions.
    pub versions: Vec<Version>,
    /// The environments, most production-like first.
    pub environments: Vec<EnvironmentFacts>,
    /// Index of the measured environment; `None` when there is no environment at all.
    pub measured: Option<usize>,
    /// Incidents, by opening.
    pub incidents: Vec<Incident>,
    /// Marks, in the order of recording.
    pub marks: Vec<Mark>,
    /// What is cached of GitHub, if it was ever asked.
    pub github: Option<GithubKnown>,
    /// What was left out while reading.
    pub notices: Vec<Notice>,
}
