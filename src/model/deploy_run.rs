//! A run of a deploy workflow, or a deployment that GitHub keeps, as one environment sees it: which of
//! them deploy where, and what jobs and statuses say of it, is settled in `gather`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::github::Outcome;
use super::{CommitId, DeploymentSource};

/// The last attempt of a run that deployed to one environment, or tried to; or one of GitHub's
/// deployments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployRun {
    /// Its number on GitHub.
    pub id: u64,
    /// A run of a workflow, or a deployment that GitHub keeps.
    pub source: DeploymentSource,
    /// Which attempt it was, from 1: only the last one is judged.
    pub attempt: u32,
    /// The commit it ran at, in the analysed repository.
    pub head: Option<CommitId>,
    /// Component → version: what it deploys where runs are the deployments; empty elsewhere.
    pub versions: BTreeMap<usize, usize>,
    /// When its first attempt was asked for.
    pub created: DateTime<Utc>,
    /// When this attempt began.
    pub started: DateTime<Utc>,
    /// When the deployment ended: with the job that deploys where the jobs tell, else with the run.
    pub ended: DateTime<Utc>,
    /// When all of it had ended, smoke tests and the commit of the state file included: what happened
    /// from `started` to here may be its doing.
    pub until: DateTime<Utc>,
    /// Whether it deployed before it failed: where runs are the deployments it is one, and failed.
    pub has_deployed: bool,
    /// Whether it came through. Runs that say nothing (cancelled, skipped, …) are not here.
    pub outcome: Outcome,
    /// Of a failure why, in words ("its job `deploy` ended in timed_out"); foreign text. Else empty.
    pub detail: String,
}
