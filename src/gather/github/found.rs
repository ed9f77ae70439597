//! What GitHub is known to say, for the screens of `init` and `sync`: which workflows deploy where and
//! why, which only look alike, how old it is and which spans are covered.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::model::Window;
use crate::model::github::{Conclusion, GithubRepository, WorkflowRun};

use super::cached::CachedGithub;
use super::deploy_workflows::{Detected, NearMiss};

/// What is cached for the analysed repository and how it is read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GithubFound {
    /// The repository, if it has a remote on GitHub.
    pub repository: Option<GithubRepository>,
    /// When GitHub was last asked; `None` when it never was.
    pub checked: Option<DateTime<Utc>>,
    /// Workflows that deploy, once per environment.
    pub workflows: Vec<WorkflowFound>,
    /// Workflows that only look alike.
    pub near_misses: Vec<NearMiss>,
}

/// A workflow that deploys to an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowFound {
    /// Its file.
    pub path: String,
    /// The environment.
    pub environment: String,
    /// Why it is thought so; foreign text.
    pub reason: String,
    /// How many of its runs are cached.
    pub runs: usize,
    /// When the newest was asked for, and how it ended.
    pub last: Option<(DateTime<Utc>, Option<Conclusion>)>,
    /// The spans for which all its runs are known.
    pub coverage: Vec<Window>,
}

impl GithubFound {
    pub(crate) fn of(github: &CachedGithub, detected: &Detected) -> Self {
        let mut runs: BTreeMap<u64, (usize, Option<&WorkflowRun>)> = BTreeMap::new();
        for run in github.runs() {
            let (count, last) = runs.entry(run.workflow).or_default();
            *count += 1;
            if last.is_none_or(|last| last.created <= run.created) {
                *last = Some(run);
            }
        }
        let workflows = detected.deploy.iter().map(|deploy| {
            let (count, last) = runs.get(&deploy.workflow).copied().unwrap_or_default();
            let coverage = github.coverage_of(deploy.workflow);
            WorkflowFound {
                path: deploy.path.clone(),
                environment: deploy.environment.clone(),
                reason: deploy.reason.clone(),
                runs: count,
                last: last.map(|run| (run.created, run.conclusion)),
                coverage: coverage.map_or(Vec::new(), |it| it.windows().to_vec()),
            }
        });
        Self {
            repository: github.repository.clone(),
            checked: github.checked(),
            workflows: workflows.collect(),
            near_misses: detected.near_misses.clone(),
        }
    }
}
