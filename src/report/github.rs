//! What is said of the data of GitHub: after a sync, and of its age in a report.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::model::Notice;
use crate::model::github::GithubFound;

/// What a sync brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SyncSummary {
    /// By which right it asked: the name of a variable, `gh auth token` or `gh api`.
    pub asked_with: String,
    /// How far back it went.
    pub since: DateTime<Utc>,
    /// What is cached of each kind that was asked for.
    pub kinds: Vec<CachedKind>,
    /// What is known now.
    pub found: GithubFound,
    /// What could not be read.
    pub notices: Vec<Notice>,
    /// Why it ended early, if it did.
    pub stopped: Option<String>,
}

/// What is cached of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CachedKind {
    /// `runs`, `deployments`, `pulls`, `issues` or `commits`.
    pub kind: String,
    /// How many values.
    pub known: usize,
    /// How many of them are new.
    pub new: usize,
    /// The spans that were read completely, as `[start, end]`.
    pub covered: Vec<[DateTime<Utc>; 2]>,
}
