//! Incidents and marks: what people said about deployments.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A service degradation that somebody opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its id.
    pub id: String,
    /// One line of description; foreign text.
    pub title: String,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When it ended; `None` while it is open.
    pub resolved_at: Option<DateTime<Utc>>,
    /// The environment it happened in; `None` means the measured one.
    pub environment: Option<String>,
    /// The id of the deployment it names as its cause.
    pub deployment: Option<String>,
    /// Commits that it names as its cause (7 to 40 lower-case hex digits): it then blames the first
    /// deployment that contains one of them.
    pub causes: Vec<String>,
    /// Severity as recorded.
    pub severity: Option<String>,
    /// `Some(false)` says that no deployment caused it: it then fails none.
    pub caused_by_change: Option<bool>,
    /// Where it was read (`recorded`, `cd-agent`, `github-issue`).
    pub source: String,
}

/// What a person said of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It failed, whatever the rules say.
    Failed,
    /// It did not, whatever the rules say.
    Ok,
    /// What was said before no longer holds: the rules speak again.
    Undone,
}

impl Verdict {
    /// The word for it, in files and on screens.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Ok => "ok",
            Self::Undone => "undone",
        }
    }
}

/// A verdict on one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The deployment's id, an alias or a unique prefix.
    pub deployment: String,
    /// What was said.
    pub verdict: Verdict,
    /// Why; foreign text.
    pub reason: Option<String>,
    /// When it was recorded; the latest mark of a deployment holds, one that undoes leaves none.
    pub at: DateTime<Utc>,
}
