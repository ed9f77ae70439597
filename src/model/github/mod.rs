//! What GitHub says of a repository, as plain values in the shape in which they are cached: runs of
//! workflows, deployments, pull requests, issues that tell of incidents, commits of repositories that
//! are not cloned. No field names a person. `sources::github` asks for them, `store` keeps them.

mod coverage;
mod found;
mod issue;
mod repository;
mod run;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::CommitId;

pub use coverage::Coverage;
pub use found::{GithubFound, NearMiss, WorkflowFound};
pub use issue::{Cause, IncidentIssue, LabelTime};
pub use repository::GithubRepository;
pub use run::{Conclusion, Job, Outcome, Workflow, WorkflowRun};

/// A deployment that GitHub keeps (`/repos/{owner}/{repo}/deployments`) with what its statuses say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GithubDeployment {
    /// Its number, unique on its host.
    pub id: u64,
    /// The environment; foreign text.
    pub environment: String,
    /// What was deployed; `None` when the id is no SHA-1.
    pub head: Option<CommitId>,
    /// When it was asked for.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub created: DateTime<Utc>,
    /// Whether the environment goes away again (a preview of a pull request).
    #[serde(default)]
    pub is_transient: bool,
    /// Time of its **first** status `success`: a later one, `inactive`, only says that another
    /// deployment followed.
    #[serde(default, with = "chrono::serde::ts_seconds_option")]
    pub succeeded: Option<DateTime<Utc>>,
    /// Time of its first status `failure` or `error`.
    #[serde(default, with = "chrono::serde::ts_seconds_option")]
    pub failed: Option<DateTime<Utc>>,
    /// Whether its statuses were read after it came to an end: they need not be asked for again.
    #[serde(default)]
    pub is_settled: bool,
}

/// A merged pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// Its number in its repository.
    pub number: u64,
    /// When it was opened.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub opened: DateTime<Utc>,
    /// When it was merged.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub merged: DateTime<Utc>,
    /// When anything about it changed last: how far a listing by update goes back.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub updated: DateTime<Utc>,
    /// What it became on the branch it was merged into: the merge commit, the squashed commit or the last rebased one.
    pub merge_commit: Option<CommitId>,
    /// Author time of its earliest commit, as the pull request lists them: a squash hides it.
    #[serde(default, with = "chrono::serde::ts_seconds_option")]
    pub first_commit: Option<DateTime<Utc>>,
    /// When somebody other than its author, and no bot, first reviewed it.
    #[serde(default, with = "chrono::serde::ts_seconds_option")]
    pub first_review: Option<DateTime<Utc>>,
    /// Its own commits, as far as they were listed.
    #[serde(default)]
    pub commits: Vec<CommitId>,
    /// Whether a bot opened it.
    #[serde(default)]
    pub is_bot: bool,
    /// Words of its title and its head branch that look like keys of work items (`FOC-12`, `#12`), in
    /// capitals. No other word of them is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key_words: Vec<String>,
}

/// A commit as GitHub tells it: everything that attribution and the failure rules need of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteCommit {
    /// Its id.
    pub id: CommitId,
    /// Its parents in order.
    pub parents: Vec<CommitId>,
    /// Author time.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub authored: DateTime<Utc>,
    /// Committer time.
    #[serde(with = "chrono::serde::ts_seconds")]
    pub committed: DateTime<Utc>,
    /// The first line of its message; foreign text.
    pub subject: String,
    /// Whether its subject marks a fix (spec 2.6, `hotfix`).
    #[serde(default)]
    pub is_fix: bool,
    /// Whether it merges a branch `hotfix/…`.
    #[serde(default)]
    pub merges_hotfix_branch: bool,
    /// The ids (7 to 64 lower-case hex digits) of commits that its message says it reverts.
    #[serde(default)]
    pub reverts: Vec<String>,
}
