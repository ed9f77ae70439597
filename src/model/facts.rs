//! Everything that was gathered, unjoined: the input of the ledger.

use chrono::{DateTime, Utc};

use super::github::{Coverage, PullRequest};
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
    /// What a report takes from there, kind by kind, each at most once.
    pub kinds: Vec<KindKnown>,
}

impl GithubKnown {
    /// When GitHub was last asked: of the kind for which that is longest ago. `None` when it never
    /// answered to the end.
    pub fn checked(&self) -> Option<DateTime<Utc>> {
        self.kinds.iter().filter_map(|kind| kind.checked).min()
    }

    /// The same of the kind for which that is not long ago.
    pub fn last_checked(&self) -> Option<DateTime<Utc>> {
        self.kinds.iter().filter_map(|kind| kind.checked).max()
    }
}

/// What GitHub tells of a repository itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GithubKind {
    /// Runs of deploy workflows.
    Runs,
    /// Deployments that GitHub keeps.
    Deployments,
    /// Merged pull requests.
    PullRequests,
    /// Issues that tell of incidents.
    Issues,
}

impl GithubKind {
    /// As `dora sync --what` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Deployments => "deployments",
            Self::PullRequests => "pulls",
            Self::Issues => "issues",
        }
    }
}

/// How much of one kind is cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindKnown {
    /// Which.
    pub kind: GithubKind,
    /// When GitHub was last asked for it; `None` when it never answered to the end.
    pub checked: Option<DateTime<Utc>>,
    /// The spans of which all is known; `None` where [`EnvironmentFacts::runs_known`] tells, or there
    /// is nothing to know.
    pub covered: Option<Coverage>,
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
    /// The same had no flag named one: to it belong incidents that name no environment, whatever is measured.
    pub measured_unasked: Option<usize>,
    /// Incidents, by opening.
    pub incidents: Vec<Incident>,
    /// Marks, in the order of recording.
    pub marks: Vec<Mark>,
    /// What is cached of GitHub, if it was ever asked for anything.
    pub github: Option<GithubKnown>,
    /// What was left out while reading.
    pub notices: Vec<Notice>,
}
