//! What the cache says of the analysed repository: which workflows deploy, which of their runs and
//! which of GitHub's deployments reached which environment, and the incidents. `deploy_workflows` and
//! `run_verdict` judge; `known` says how much of it there is; `remote_commits` takes the place of
//! clones.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::model::github::{
    Coverage, GithubDeployment, GithubFound, GithubRepository, IncidentIssue, Outcome, PullRequest,
    RemoteCommit, Workflow, WorkflowFound, WorkflowRun,
};
use crate::model::{
    CommitId, DeploymentSource, Incident, Notice, RunsKnown, Settings, UnjudgedRun,
};
use crate::sources::git::{GitError, Repository};
use crate::sources::github::repository_of_remote;
use crate::sources::workflow_files::WorkflowFile;
use crate::store::{Cacheable, Cached, Store, StoreError};

use super::deploy_workflows::{Detected, Detection, ListedWorkflow, deploy_workflows};
use super::incidents::incidents;
use super::run_verdict::{Ended, Verdict, verdict};
use super::workflow_words::{Words, is_no_environment, known_environment};

/// Where workflow files lie.
const WORKFLOWS: &str = ".github/workflows";

/// A run or a deployment of GitHub with the commit that it deployed, before that has an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadRun {
    pub(crate) id: u64,
    pub(crate) attempt: u32,
    pub(crate) head: Option<CommitId>,
    /// What it deploys, where several workflows deploy to the environment and the name of its file says
    /// more than that: that name.
    pub(crate) part: Option<String>,
    pub(crate) created: DateTime<Utc>,
    pub(crate) started: DateTime<Utc>,
    pub(crate) ended: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    pub(crate) has_deployed: bool,
    pub(crate) outcome: Outcome,
    pub(crate) detail: String,
}

impl ReadRun {
    fn of(run: &WorkflowRun, ended: Ended, part: Option<&str>) -> Self {
        Self {
            id: run.id,
            attempt: run.attempt,
            head: run.head,
            part: part.map(str::to_owned),
            created: run.created,
            started: ended.span.0.min(ended.at),
            ended: ended.at,
            until: ended.span.1.max(ended.at),
            has_deployed: ended.has_deployed,
            outcome: ended.outcome,
            detail: ended.detail,
        }
    }

    /// The component that it deploys where runs are the deployments; `own_name` is that of the
    /// repository.
    pub(crate) fn component(&self, own_name: &str) -> String {
        match &self.part {
            Some(part) => format!("{own_name}/{part}"),
            None => own_name.to_owned(),
        }
    }
}

/// What GitHub knows of one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReadEnvironment {
    /// Its name.
    pub(crate) name: String,
    /// Runs or GitHub's own deployments.
    pub(crate) source: DeploymentSource,
    /// In words (`release.yml, 143 runs`).
    pub(crate) detail: String,
    /// How much of them is known.
    pub(crate) known: RunsKnown,
    /// In order of their end.
    pub(crate) runs: Vec<ReadRun>,
}

impl ReadEnvironment {
    /// Whether anything ever came through.
    pub(crate) fn has_deployments(&self) -> bool {
        self.runs
            .iter()
            .any(|run| run.outcome == Outcome::Succeeded)
    }
}

/// The caches of one repository.
#[derive(Debug, Default)]
pub(crate) struct CachedGithub {
    /// The analysed repository on GitHub, if it has a remote there.
    pub(crate) repository: Option<GithubRepository>,
    /// Whether GitHub was ever asked for anything.
    pub(super) was_asked: bool,
    pub(super) runs: Option<Cached<WorkflowRun>>,
    pub(super) deployments: Option<Cached<GithubDeployment>>,
    pub(super) issues: Option<Cached<IncidentIssue>>,
    pub(super) pulls: Vec<Cached<PullRequest>>,
    commits: Vec<Cached<RemoteCommit>>,
}

impl CachedGithub {
    /// Reads what is cached for a repository.
    ///
    /// # Errors
    /// When a file is newer than this program, or cannot be read at all.
    pub(crate) fn read(
        store: Option<&Store>,
        home: &Repository,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, StoreError> {
        let address = home.remote_address();
        let repository = address.and_then(|address| repository_of_remote(&address));
        let Some(store) = store.filter(|store| store.has_github_cache()) else {
            return Ok(Self {
                repository,
                ..Self::default()
            });
        };
        let Some(here) = &repository else {
            return Ok(Self::default());
        };
        Ok(Self {
            was_asked: true,
            runs: of(here, all(store, notices)?),
            deployments: of(here, all(store, notices)?),
            issues: of(here, all(store, notices)?),
            pulls: all(store, notices)?,
            commits: all(store, notices)?,
            repository,
        })
    }

    /// Nothing but runs.
    pub(crate) fn of_runs(runs: Option<Cached<WorkflowRun>>) -> Self {
        Self {
            runs,
            ..Self::default()
        }
    }

    /// The workflows that GitHub lists.
    pub(crate) fn workflows(&self) -> &[Workflow] {
        self.runs.as_ref().map_or(&[], |runs| &runs.about)
    }

    /// How many runs are cached.
    pub(crate) fn runs(&self) -> &[WorkflowRun] {
        self.runs.as_ref().map_or(&[], |runs| &runs.items)
    }

    /// The spans for which the runs of a workflow are known completely.
    pub(crate) fn coverage_of(&self, workflow: u64) -> Option<&Coverage> {
        self.runs.as_ref()?.coverage.get(&workflow.to_string())
    }

    /// The merged pull requests of a repository.
    pub(crate) fn pulls_of(&self, repository: &GithubRepository) -> &[PullRequest] {
        let known = self.pulls.iter().find(|it| it.repository == *repository);
        known.map_or(&[], |known| &known.items)
    }

    /// Whether a repository that is not cloned is known to be that of a component.
    pub(crate) fn is_repository_of(&self, repository: &GithubRepository, component: &str) -> bool {
        let mut known = self.commits.iter();
        let known = known.find(|it| it.repository == *repository);
        known.is_some_and(|it| it.about.knows(component))
    }

    /// Takes out the commits of a repository that is not cloned.
    pub(crate) fn take_commits(
        &mut self,
        repository: &GithubRepository,
    ) -> Option<Cached<RemoteCommit>> {
        let place = self
            .commits
            .iter()
            .position(|it| it.repository == *repository)?;
        Some(self.commits.swap_remove(place))
    }

    /// The incidents that issues tell of before `as_of`.
    pub(crate) fn incidents(&self, settings: &Settings, as_of: DateTime<Utc>) -> Vec<Incident> {
        let (Some(issues), Some(here)) = (&self.issues, &self.repository) else {
            return Vec::new();
        };
        incidents(&issues.items, self.pulls_of(here), settings, as_of)
    }

    /// What is shown of it; `checked` is when it was last asked for.
    pub(crate) fn found(&self, detected: &Detected, checked: Option<DateTime<Utc>>) -> GithubFound {
        let mut runs: BTreeMap<u64, (usize, Option<&WorkflowRun>)> = BTreeMap::new();
        for run in self.runs() {
            let (count, last) = runs.entry(run.workflow).or_default();
            *count += 1;
            if last.is_none_or(|last| last.created <= run.created) {
                *last = Some(run);
            }
        }
        let workflows = detected.deploy.iter().map(|deploy| {
            let (count, last) = runs.get(&deploy.workflow).copied().unwrap_or_default();
            let coverage = self.coverage_of(deploy.workflow).map(Coverage::windows);
            WorkflowFound {
                path: deploy.path.clone(),
                environment: deploy.environment.clone(),
                reason: deploy.reason.clone(),
                runs: count,
                last: last.map(|run| run.created),
                last_conclusion: last.and_then(|run| run.conclusion),
                known_since: coverage.and_then(|it| Some(it.last()?.start)),
            }
        });
        GithubFound {
            repository: self.repository.clone(),
            checked,
            workflows: workflows.collect(),
            near_misses: detected.near_misses.clone(),
        }
    }

    /// The environments that GitHub knows: from runs of deploy workflows, else from its own
    /// deployments. `known` are those with state files or records.
    pub(crate) fn environments(
        &self,
        detected: &Detected,
        known: &BTreeSet<String>,
        settings: &Settings,
    ) -> Vec<ReadEnvironment> {
        let mut environments = self.environments_of_runs(detected);
        let by_runs: BTreeSet<String> = environments
            .iter()
            .filter(|environment| environment.has_deployments())
            .map(|environment| environment.name.clone())
            .collect();
        for environment in self.environments_of_deployments(known, settings) {
            let name = &environment.name;
            if !known.contains(name) && !by_runs.contains(name) && environment.has_deployments() {
                environments.retain(|other| other.name != *name);
                environments.push(environment);
            }
        }
        environments
    }

    fn environments_of_runs(&self, detected: &Detected) -> Vec<ReadEnvironment> {
        let mut by_workflow: BTreeMap<u64, Vec<&WorkflowRun>> = BTreeMap::new();
        for run in self.runs() {
            by_workflow.entry(run.workflow).or_default().push(run);
        }
        let mut environments: BTreeMap<&str, RunsOfEnvironment<'_>> = BTreeMap::new();
        for deploy in &detected.deploy {
            let runs = by_workflow
                .get(&deploy.workflow)
                .map_or(&[][..], Vec::as_slice);
            let read = environments.entry(&deploy.environment).or_default();
            let file = file_name(&deploy.path);
            read.files.insert(file);
            let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
            let part = Words::of(stem).name_a_part().then_some(stem);
            for run in runs {
                match verdict(run, deploy) {
                    Verdict::Ended(ended) => {
                        read.used.insert(file);
                        read.runs.push(ReadRun::of(run, ended, part));
                    }
                    Verdict::JobsUnknown(unjudged) => read.unjudged.push(unjudged),
                    Verdict::Nothing => {}
                }
            }
        }
        let environment = |(name, mut read): (&str, RunsOfEnvironment<'_>)| {
            read.runs.sort_by_key(|run| (run.ended, run.id));
            // Several workflows that deploy to one environment deploy parts of it, each in its own time.
            if read.used.len() <= 1 {
                for run in &mut read.runs {
                    run.part = None;
                }
            }
            let files: Vec<&str> = read.files.into_iter().collect();
            ReadEnvironment {
                name: name.to_owned(),
                source: DeploymentSource::GithubRun,
                detail: format!("runs of {}", files.join(", ")),
                known: self.runs_known(detected, name, read.unjudged),
                runs: read.runs,
            }
        };
        environments.into_iter().map(environment).collect()
    }

    fn environments_of_deployments(
        &self,
        known: &BTreeSet<String>,
        settings: &Settings,
    ) -> Vec<ReadEnvironment> {
        let mut environments: BTreeMap<String, Vec<ReadRun>> = BTreeMap::new();
        let items = self.deployments.as_ref().map_or(&[][..], |it| &it.items);
        for deployment in items.iter().filter(|it| !it.is_transient) {
            let name = deployment.environment.as_str();
            if !settings.environments.contains_key(name) && is_no_environment(name).is_some() {
                continue;
            }
            let (outcome, ended) = match (deployment.succeeded, deployment.failed) {
                (Some(succeeded), _) => (Outcome::Succeeded, succeeded),
                (None, Some(failed)) => (Outcome::Failed, failed),
                (None, None) => continue,
            };
            let name = known_environment(name, known);
            environments.entry(name).or_default().push(ReadRun {
                id: deployment.id,
                attempt: 1,
                head: deployment.head,
                part: None,
                created: deployment.created,
                started: deployment.created.min(ended),
                ended,
                until: ended,
                has_deployed: outcome == Outcome::Succeeded,
                outcome,
                detail: "the deployment on GitHub failed".to_owned(),
            });
        }
        environments
            .into_iter()
            .map(|(name, mut runs)| {
                runs.sort_by_key(|run| (run.ended, run.id));
                ReadEnvironment {
                    name,
                    source: DeploymentSource::GithubDeployment,
                    detail: "deployments on GitHub".to_owned(),
                    known: self.deployments_known(),
                    runs,
                }
            })
            .collect()
    }
}

/// What the workflows that deploy to one environment did.
#[derive(Default)]
struct RunsOfEnvironment<'a> {
    /// The files of all of them.
    files: BTreeSet<&'a str>,
    /// The files of those that ever did anything.
    used: BTreeSet<&'a str>,
    runs: Vec<ReadRun>,
    unjudged: Vec<UnjudgedRun>,
}

/// The caches of one kind.
fn all<T: Cacheable>(
    store: &Store,
    notices: &mut Vec<Notice>,
) -> Result<Vec<Cached<T>>, StoreError> {
    let read = store.github()?;
    notices.extend(read.notice);
    Ok(read.repositories)
}

fn of<T: Cacheable>(here: &GithubRepository, all: Vec<Cached<T>>) -> Option<Cached<T>> {
    all.into_iter().find(|cached| cached.repository == *here)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Which of the workflows deploy, with the files that stand at the analysed head.
///
/// # Errors
/// When an object that has to be looked at cannot be read.
pub(crate) fn detect(
    home: &Repository,
    head: Option<CommitId>,
    workflows: &[Workflow],
    known: &BTreeSet<String>,
    settings: &Settings,
    has_version_tags: &dyn Fn() -> bool,
    notices: &mut Vec<Notice>,
) -> Result<Detected, GitError> {
    if workflows.is_empty() {
        return Ok(Detected::default());
    }
    let tagged = OnceCell::new();
    let listed: Vec<ListedWorkflow> = workflows
        .iter()
        .map(|workflow| {
            let file = workflow_file(home, head, &workflow.path, notices)?;
            Ok(ListedWorkflow {
                workflow: workflow.clone(),
                file,
            })
        })
        .collect::<Result<_, GitError>>()?;
    Ok(deploy_workflows(&Detection {
        workflows: &listed,
        settings,
        environments: known,
        has_version_tags: known.is_empty() && *tagged.get_or_init(has_version_tags),
    }))
}

fn workflow_file(
    home: &Repository,
    head: Option<CommitId>,
    path: &str,
    notices: &mut Vec<Notice>,
) -> Result<Option<WorkflowFile>, GitError> {
    let Some(head) = head.filter(|_| path.starts_with(WORKFLOWS)) else {
        return Ok(None);
    };
    let Some(content) = home.file_at(head, path)? else {
        return Ok(None);
    };
    match WorkflowFile::read(&content) {
        Ok(file) => Ok(Some(file)),
        Err(error) => {
            let message = format!("{path} cannot be read: {error}");
            notices.push(Notice::new("workflow-file-broken", message));
            Ok(None)
        }
    }
}
