//! What GitHub is known to say, for the screens of `init` and `sync`: which workflows deploy where and
//! why, which only look alike, how old it is and which spans are covered.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Conclusion, GithubRepository};

/// What is cached for the analysed repository and how it is read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct GithubFound {
    /// The repository, if it has a remote on GitHub.
    pub repository: Option<GithubRepository>,
    /// When GitHub was last asked, for the kind for which that is longest ago; `None` when it never
    /// answered to the end.
    pub checked: Option<DateTime<Utc>>,
    /// Workflows that deploy, once per environment.
    pub workflows: Vec<WorkflowFound>,
    /// Workflows that only look alike.
    pub near_misses: Vec<NearMiss>,
}

/// A workflow that deploys to an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkflowFound {
    /// Its file.
    pub path: String,
    /// The environment.
    pub environment: String,
    /// Why it is thought so; foreign text.
    pub reason: String,
    /// How many of its runs are cached.
    pub runs: usize,
    /// When the newest of them was asked for.
    pub last: Option<DateTime<Utc>>,
    /// How that ended; `None` while it has not.
    pub last_conclusion: Option<Conclusion>,
    /// Since when all its runs are known without a gap; `None` when they are not.
    pub known_since: Option<DateTime<Utc>>,
}

/// A workflow that looks as if it deployed and is not used for this environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearMiss {
    /// Its file.
    pub path: String,
    /// Its name; foreign text.
    pub name: String,
    /// Why it is not used, for people; may hold foreign text.
    pub why: String,
}
