//! Deployments as the sources tell them, not yet joined: snapshots of state files, releases by tag,
//! recorded deployments, and what was tested. `ledger` makes one timeline of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{CommitId, VersionNumber};

/// Where an environment's deployments come from. The order is the order of precedence (spec 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeploymentSource {
    /// A snapshot of a state file in git history.
    StateFile,
    /// Written by `dora deploy` or taken over from cd-agent.
    Recorded,
    /// A successful run of a deploy workflow.
    GithubRun,
    /// A GitHub deployment with a `success` status.
    GithubDeployment,
    /// A release tag.
    Tag,
}

impl DeploymentSource {
    /// The name used in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::StateFile => "state-file",
            Self::Recorded => "recorded",
            Self::GithubRun => "github-run",
            Self::GithubDeployment => "github-deployment",
            Self::Tag => "tag",
        }
    }
}

/// One readable content of a state file at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The commit that holds it, in the analysed repository.
    pub commit: CommitId,
    /// When it was deployed: `deployed_at` when that is credible, else the committer time, and never
    /// earlier than the time of an ancestor snapshot (spec 2.2).
    pub time: DateTime<Utc>,
    /// Longest distance from a root: an ancestor always has a smaller one. Breaks ties of time.
    pub generation: u32,
    /// The snapshots that held at the commit's parents (indexes in the same list, always smaller),
    /// unreadable ones looked through; a parent that never had the file is not listed.
    pub preceding: Vec<usize>,
    /// Component (index in `Facts::components`) → version (index in `Facts::versions`).
    pub versions: BTreeMap<usize, usize>,
}

/// One commit with one or more version tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The tagged commit, in the analysed repository.
    pub commit: CommitId,
    /// The earliest time of its tags (tagger time, or committer time of a lightweight tag).
    pub time: DateTime<Utc>,
    /// Longest distance from a root; breaks ties of time.
    pub generation: u32,
    /// Component → what it releases.
    pub versions: BTreeMap<usize, ReleasedVersion>,
}

/// The version of one component in a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedVersion {
    /// Index in `Facts::versions`.
    pub version: usize,
    /// Its number; releases of one line follow each other in this order.
    pub number: VersionNumber,
}

/// A deployment that somebody recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedDeployment {
    /// Its id, `<environment>-<time>-r<hash>`.
    pub id: String,
    /// Other ids by which it is known.
    pub aliases: Vec<String>,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Component → version, as far as it names them.
    pub versions: BTreeMap<usize, usize>,
    /// Whether it came through; `false` is a failed attempt.
    pub success: bool,
    /// What was said about it; foreign text.
    pub note: Option<String>,
}

/// One content of a `*-last-successfully-tested-versions.json` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestEvidence {
    /// `tested_at` when it parses, else the committer time.
    pub time: DateTime<Utc>,
    /// Component → version.
    pub versions: BTreeMap<usize, usize>,
}
