//! The jobs of a workflow as they run, those of the local workflows that it calls among them, and
//! what needs what: which of them deploy to an environment, and which come after that.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::workflow_files::{EnvironmentName, MOST_JOBS, WorkflowFile, WorkflowJob};

use super::workflow_words::{Words, environment_of_word, known_environment};

/// Workflows that call workflows are followed this deep.
const DEEPEST: usize = 4;

/// Jobs that are kept for all of it.
const MOST_NODES: usize = MOST_JOBS;

/// One job.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Its name as it runs (`production / deploy`), maybe with expressions in it.
    pub(super) name: String,
    /// What its id and its name say.
    pub(super) words: Words,
    /// Its environment.
    pub(super) environment: Option<EnvironmentName>,
    /// The state files that it writes: environment and path.
    pub(super) state_files: Vec<(String, String)>,
    /// The jobs that call it (`production / `); empty for a job of the workflow itself.
    callers: String,
    /// The nodes that must end before it begins.
    needs: BTreeSet<usize>,
}

/// The jobs of a workflow.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
}

/// The jobs that matter for one environment, as names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct JobNames {
    /// Those that deploy to it.
    pub(super) deploy: Vec<String>,
    /// Those that come after that, and before another environment's.
    pub(super) later: Vec<String>,
}

impl Graph {
    /// The jobs of a file. `files` holds the other workflow files by path.
    pub(super) fn of(file: &WorkflowFile, files: &BTreeMap<&str, &WorkflowFile>) -> Self {
        let mut graph = Self::default();
        let caller = Caller::default();
        graph.add(file, files, &caller, 0);
        graph
    }

    /// Adds the jobs of one file; returns their indexes.
    fn add(
        &mut self,
        file: &WorkflowFile,
        files: &BTreeMap<&str, &WorkflowFile>,
        caller: &Caller,
        depth: usize,
    ) -> BTreeSet<usize> {
        // What stands for each job: its node, or the nodes of the workflow that it calls.
        let mut stands_for: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for job in &file.jobs {
            let called = job
                .calls_workflow
                .as_deref()
                .and_then(|path| files.get(path.strip_prefix("./")?))
                .filter(|called| {
                    depth < DEEPEST && self.nodes.len() + called.jobs.len() <= MOST_NODES
                });
            let indexes = match called {
                Some(called) => {
                    let caller = caller.calling(job);
                    self.add(called, files, &caller, depth + 1)
                }
                None if self.nodes.len() < MOST_NODES => {
                    self.nodes.push(caller.node(job));
                    BTreeSet::from([self.nodes.len() - 1])
                }
                None => BTreeSet::new(),
            };
            stands_for.insert(&job.id, indexes);
        }
        for job in &file.jobs {
            let needs: BTreeSet<usize> = job
                .needs
                .iter()
                .filter_map(|id| stands_for.get(id.as_str()))
                .flatten()
                .copied()
                .collect();
            for &index in stands_for.get(job.id.as_str()).into_iter().flatten() {
                if let Some(node) = self.nodes.get_mut(index) {
                    node.needs.extend(&needs);
                }
            }
        }
        stands_for.into_values().flatten().collect()
    }

    /// For each node, which others must end before it begins.
    fn ancestors(&self) -> Vec<Vec<bool>> {
        let before = |node: &Node| {
            let mut found = vec![false; self.nodes.len()];
            let mut open: Vec<usize> = node.needs.iter().copied().collect();
            while let Some(index) = open.pop() {
                if let (Some(is_found), Some(node)) = (found.get_mut(index), self.nodes.get(index))
                    && !std::mem::replace(is_found, true)
                {
                    open.extend(&node.needs);
                }
            }
            found
        };
        self.nodes.iter().map(before).collect()
    }

    /// Which nodes deploy to an environment: by `environment:`, else by the state file, else by an
    /// environment that is computed, else by their names.
    fn deploying(&self, environment: &str, known: &BTreeSet<String>) -> BTreeSet<usize> {
        let select = |is_one: &dyn Fn(&Node) -> bool| -> BTreeSet<usize> {
            let nodes = self.nodes.iter().enumerate();
            nodes
                .filter(|(_, node)| is_one(node))
                .map(|(index, _)| index)
                .collect()
        };
        let is_named = |node: &Node| match &node.environment {
            Some(EnvironmentName::Fixed(name)) => known_environment(name, known) == environment,
            _ => false,
        };
        let means_no_other = |node: &Node| {
            let word = node.words.environment();
            word.is_none_or(|word| environment_of_word(word, known) == environment)
        };
        let steps: [&dyn Fn(&Node) -> bool; 5] = [
            &|node| is_named(node) && !is_check(node),
            &is_named,
            &|node| node.state_files.iter().any(|(name, _)| name == environment),
            &|node| {
                node.environment == Some(EnvironmentName::Computed)
                    && !is_check(node)
                    && means_no_other(node)
            },
            &|node| {
                let does = node.words.deploying().or_else(|| node.words.releasing());
                does.is_some() && node.environment.is_none() && means_no_other(node)
            },
        ];
        let mut found = steps.iter().map(|is_one| select(is_one));
        found.find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The jobs of each of a workflow's environments.
    pub(super) fn jobs_of(
        &self,
        environments: &[String],
        known: &BTreeSet<String>,
    ) -> Vec<JobNames> {
        let deploying: Vec<BTreeSet<usize>> = environments
            .iter()
            .map(|environment| self.deploying(environment, known))
            .collect();
        let elsewhere = self.nodes.iter().enumerate().filter(|(_, node)| {
            let has_environment = matches!(node.environment, Some(EnvironmentName::Fixed(_)));
            let writes_another = |(name, _): &(String, String)| !environments.contains(name);
            has_environment && !is_check(node) || node.state_files.iter().any(writes_another)
        });
        let all: BTreeSet<usize> = deploying
            .iter()
            .flatten()
            .copied()
            .chain(elsewhere.map(|(index, _)| index))
            .collect();
        let ancestors = self.ancestors();
        let needs = |later: usize, early: &usize| {
            let before = ancestors.get(later).and_then(|before| before.get(*early));
            before.is_some_and(|is_before| *is_before)
        };
        // The deployments that come last before a job: those that no other of them needs.
        let last_before = |index: usize| -> BTreeSet<usize> {
            let deployments: Vec<usize> = all
                .iter()
                .copied()
                .filter(|one| needs(index, one))
                .collect();
            let is_last = |one: &usize| !deployments.iter().any(|&other| needs(other, one));
            deployments.iter().copied().filter(is_last).collect()
        };
        let last: Vec<BTreeSet<usize>> = (0..self.nodes.len())
            .map(|index| match all.contains(&index) {
                true => BTreeSet::new(),
                false => last_before(index),
            })
            .collect();
        // What a called workflow does before it deploys belongs to that deployment.
        let is_called_for_another = |index: usize, own: &BTreeSet<usize>| {
            let callers = |index: usize| self.nodes.get(index).map_or("", |node| &node.callers);
            let is_beside = |other: &&usize| callers(**other) == callers(index);
            let mut beside = all.iter().filter(is_beside).peekable();
            !callers(index).is_empty()
                && beside.peek().is_some()
                && beside.all(|other| !own.contains(other))
        };
        let names = |is_one: &dyn Fn(usize) -> bool| -> Vec<String> {
            let nodes = self.nodes.iter().enumerate();
            nodes
                .filter(|(index, _)| is_one(*index))
                .map(|(_, node)| node.name.clone())
                .collect()
        };
        deploying
            .iter()
            .map(|own| JobNames {
                deploy: names(&|index| own.contains(&index)),
                later: names(&|index| {
                    let is_after = last
                        .get(index)
                        .is_some_and(|last| !last.is_empty() && last.is_subset(own));
                    let only_tells = self.nodes.get(index).is_some_and(only_tells);
                    is_after && !only_tells && !is_called_for_another(index, own)
                }),
            })
            .collect()
    }
}

/// Tests that use an environment's secrets deploy nothing, beside a job that does.
fn is_check(node: &Node) -> bool {
    node.words.checking().is_some() && node.words.deploying().is_none()
}

/// A job that announces or tidies up says nothing of what was deployed.
fn only_tells(node: &Node) -> bool {
    let words = &node.words;
    words.telling().is_some() && words.checking().is_none() && words.deploying().is_none()
}

/// The job that calls a workflow.
#[derive(Debug, Default)]
struct Caller {
    /// What the names of called jobs begin with (`production / `).
    prefix: String,
    environment: Option<EnvironmentName>,
}

impl Caller {
    /// The caller of the workflow that a job calls.
    fn calling(&self, job: &WorkflowJob) -> Self {
        let passed = match &job.environment {
            Some(EnvironmentName::Computed) | None => self.environment.clone(),
            fixed => fixed.clone(),
        };
        Self {
            prefix: format!("{}{} / ", self.prefix, job.running_name()),
            environment: passed,
        }
    }

    /// The node of a job.
    fn node(&self, job: &WorkflowJob) -> Node {
        let called = job.calls_workflow.as_deref().unwrap_or_default();
        let called = called
            .split('@')
            .next()
            .and_then(|path| path.rsplit('/').next());
        let own = format!(
            "{} {} {}",
            job.id,
            job.running_name(),
            called.unwrap_or_default()
        );
        let environment = match &job.environment {
            // The caller says which one is meant.
            Some(EnvironmentName::Computed) => {
                self.environment.clone().or(Some(EnvironmentName::Computed))
            }
            // What a workflow that cannot be read does with the name is only known by its own.
            Some(EnvironmentName::Fixed(_)) | None
                if job.calls_workflow.is_some() && Words::of(&own).deploying().is_none() =>
            {
                None
            }
            other => other.clone(),
        };
        let state_files = job.state_files.iter().filter_map(|path| {
            let name = path.rsplit('/').next()?;
            let environment = name.strip_suffix("-deployed-versions.json")?;
            Some((environment.to_owned(), path.clone()))
        });
        Node {
            name: format!("{}{}", self.prefix, job.running_name()),
            words: Words::of(&own),
            environment,
            state_files: state_files.collect(),
            callers: self.prefix.clone(),
            needs: BTreeSet::new(),
        }
    }
}
