//! What is said of the data of GitHub: after a sync, and of its age in a report.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::github::GithubFound;
use crate::model::{GithubKnown, KindKnown, Notice};

/// Of when the data of GitHub is in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GithubData {
    /// The repository: `github.com/acme/shop`.
    pub repository: String,
    /// When it was last asked, kind by kind.
    pub asked: Vec<KindAsked>,
}

/// When GitHub was last asked for one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindAsked {
    /// As `dora sync --what` calls it.
    pub kind: String,
    /// When; `None` when it never answered to the end.
    pub at: Option<DateTime<Utc>>,
}

impl GithubData {
    /// What is said of what is known.
    pub(super) fn of(known: &GithubKnown) -> Self {
        let asked = |kind: &KindKnown| KindAsked {
            kind: kind.kind.name().to_owned(),
            at: kind.checked,
        };
        Self {
            repository: known.repository.clone(),
            asked: known.kinds.iter().map(asked).collect(),
        }
    }
}

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
