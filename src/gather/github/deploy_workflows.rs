//! Which workflow deploys to which environment: what config says, else the environments of its jobs,
//! else the state files that they commit, else its name. What only looks alike is told, too, with the
//! reason. `workflow_words` knows the words, `workflow_graph` the jobs, `run_verdict` judges the runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Settings;
use crate::model::environment::is_production_name;
use crate::model::github::Workflow;
use crate::sources::workflow_files::{EnvironmentName, WorkflowFile};

use super::workflow_graph::{Graph, Node};
use super::workflow_words::{Words, environment_of_word, is_no_environment, known_environment};

/// The environment that releases make where no other is known.
const RELEASE: &str = "release";

/// The environment that deployments mean where no other is known.
const PRODUCTION: &str = "production";

/// Longest foreign name inside a reason, in characters.
const LONGEST_NAME: usize = 80;

/// A workflow as GitHub lists it, with its file where there is one at HEAD that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedWorkflow {
    /// What GitHub lists.
    pub workflow: Workflow,
    /// What its file says.
    pub file: Option<WorkflowFile>,
}

/// What the decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct Detection<'a> {
    /// The workflows of the repository.
    pub workflows: &'a [ListedWorkflow],
    /// The settings in force: `environments.<name>.deploy_workflow` and `is_production`.
    pub settings: &'a Settings,
    /// The environments that have a state file or records.
    pub environments: &'a BTreeSet<String>,
    /// Whether tags of the repository are versions.
    pub has_version_tags: bool,
}

/// A workflow that deploys to an environment. One that deploys to several is there once for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployWorkflow {
    /// Its number.
    pub workflow: u64,
    /// Its file.
    pub path: String,
    /// Its name; foreign text.
    pub name: String,
    /// The environment.
    pub environment: String,
    /// Why, for people; may hold foreign text.
    pub reason: String,
    /// Names of the jobs that deploy, as they run, maybe with expressions in them; foreign text.
    /// Empty when that cannot be told: its runs are then judged as a whole.
    pub deploy_jobs: Vec<String>,
    /// Names of the jobs that come after that and before another environment's deployment.
    pub later_jobs: Vec<String>,
    /// Whether the workflow deploys to nothing else.
    pub is_only_environment: bool,
}

/// A workflow that looks as if it deployed and is not used for this environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// Its file.
    pub path: String,
    /// Its name; foreign text.
    pub name: String,
    /// Why it is not used, for people; may hold foreign text.
    pub why: String,
}

/// What was decided, in the order in which the workflows are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detected {
    /// What deploys.
    pub deploy: Vec<DeployWorkflow>,
    /// What only looks alike.
    pub near_misses: Vec<NearMiss>,
}

/// Decides which workflow deploys to which environment.
pub fn deploy_workflows(detection: &Detection<'_>) -> Detected {
    let files: BTreeMap<&str, &WorkflowFile> = detection
        .workflows
        .iter()
        .filter_map(|listed| Some((listed.workflow.path.as_str(), listed.file.as_ref()?)))
        .collect();
    let mut detected = Detected::default();
    let configured = configured(detection, &mut detected.near_misses);
    let mut candidates: Vec<Candidate<'_>> = detection
        .workflows
        .iter()
        .map(|listed| Candidate::new(listed, &files))
        .collect();
    for (index, candidate) in candidates.iter_mut().enumerate() {
        candidate.judge_by_config_and_file(index, detection, &configured);
    }
    let by_evidence: BTreeSet<String> = candidates
        .iter()
        .flat_map(|candidate| candidate.environments.iter())
        .map(|(environment, _)| environment.clone())
        .collect();
    for candidate in &mut candidates {
        candidate.judge_by_name(detection, &configured, &by_evidence);
        candidate.finish(detection, &mut detected);
    }
    detected
}

/// What config says: environment → indexes of the workflows that it names.
fn configured<'a>(
    detection: &Detection<'a>,
    near_misses: &mut Vec<NearMiss>,
) -> BTreeMap<&'a str, BTreeSet<usize>> {
    let mut configured = BTreeMap::new();
    for (environment, settings) in &detection.settings.environments {
        let Some(wanted) = settings.deploy_workflow.as_deref() else {
            continue;
        };
        let wanted = wanted.trim_start_matches("./");
        let matching = |is_it: &dyn Fn(&Workflow) -> bool| -> BTreeSet<usize> {
            let listed = detection.workflows.iter().enumerate();
            listed
                .filter(|(_, listed)| is_it(&listed.workflow))
                .map(|(index, _)| index)
                .collect()
        };
        let by_path = matching(&|it| it.path == wanted || file_name(&it.path) == wanted);
        let found = match by_path.is_empty() {
            true => matching(&|it| it.name == wanted || stem(&it.path) == wanted),
            false => by_path,
        };
        if found.is_empty() {
            near_misses.push(NearMiss {
                path: wanted.to_owned(),
                name: String::new(),
                why: format!("config names it for {environment}, but there is no such workflow"),
            });
        }
        configured.insert(environment.as_str(), found);
    }
    configured
}

/// A workflow while it is judged.
struct Candidate<'a> {
    workflow: &'a Workflow,
    is_only_called: bool,
    has_file: bool,
    graph: Graph,
    file_words: Words,
    name_words: Words,
    all_words: Words,
    /// Environments that it deploys to, each with the reason.
    environments: Vec<(String, String)>,
    /// Why it is not used for others, or at all.
    missed: Vec<String>,
}

impl<'a> Candidate<'a> {
    fn new(listed: &'a ListedWorkflow, files: &BTreeMap<&str, &WorkflowFile>) -> Self {
        let workflow = &listed.workflow;
        let file = listed.file.as_ref();
        Self {
            workflow,
            is_only_called: file.is_some_and(|file| file.is_only_called),
            has_file: file.is_some(),
            graph: file.map_or_else(Graph::default, |file| Graph::of(file, files)),
            file_words: Words::of(stem(&workflow.path)),
            name_words: Words::of(&workflow.name),
            all_words: Words::of(&format!("{} {}", stem(&workflow.path), workflow.name)),
            environments: Vec::new(),
            missed: Vec::new(),
        }
    }

    /// Rules 1 to 3.
    fn judge_by_config_and_file(
        &mut self,
        index: usize,
        detection: &Detection<'_>,
        configured: &BTreeMap<&str, BTreeSet<usize>>,
    ) {
        for (environment, workflows) in configured {
            if workflows.contains(&index) {
                let reason = format!("config names it for {environment}");
                self.environments.push(((*environment).to_owned(), reason));
            }
        }
        let is_configured = !self.environments.is_empty();
        if self.is_only_called && !is_configured {
            if self
                .graph
                .nodes
                .iter()
                .any(|node| node.environment.is_some())
            {
                let why = "only other workflows call it: its jobs are in their runs";
                self.missed.push(why.to_owned());
            }
            return;
        }
        let mut said: Vec<(String, String)> = Vec::new();
        let mut missed: Vec<String> = Vec::new();
        for node in &self.graph.nodes {
            for (environment, reason) in evidence(node, detection) {
                if let Some(why) = self.why_not(node, &environment, detection) {
                    missed.push(why);
                } else if let Some(workflows) = configured.get(environment.as_str()) {
                    if !workflows.contains(&index) {
                        missed.push(format!("config names another workflow for {environment}"));
                    }
                } else {
                    said.push((environment, reason));
                }
            }
        }
        for (environment, reason) in said {
            if !self
                .environments
                .iter()
                .any(|(known, _)| *known == environment)
            {
                self.environments.push((environment, reason));
            }
        }
        self.missed.extend(missed);
    }

    /// Why a job's environment does not make it a deployment, if it does not.
    fn why_not(&self, node: &Node, environment: &str, detection: &Detection<'_>) -> Option<String> {
        if let Some(word) = self.all_words.never() {
            return Some(format!("its name says `{word}`"));
        }
        let is_in_config = detection.settings.environments.contains_key(environment);
        if let Some(why) = is_no_environment(environment).filter(|_| !is_in_config) {
            return Some(format!("its environment is {}: {why}", short(environment)));
        }
        let only_checks = self.all_words.checking().is_some()
            && self.all_words.deploying().is_none()
            && self.all_words.releasing().is_none();
        let deploys = node.words.deploying().or_else(|| node.words.releasing());
        (only_checks && deploys.is_none() && node.state_files.is_empty()).then(|| {
            format!(
                "by its name it checks something; its job `{}` uses {}",
                short(&node.name),
                short(environment)
            )
        })
    }

    /// Rule 4. `by_evidence` are the environments for which there is better evidence.
    fn judge_by_name(
        &mut self,
        detection: &Detection<'_>,
        configured: &BTreeMap<&str, BTreeSet<usize>>,
        by_evidence: &BTreeSet<String>,
    ) {
        // Workflows of GitHub itself have no file of the repository.
        let is_foreign = self.workflow.path.starts_with("dynamic/");
        let is_decided = !self.environments.is_empty() || !self.missed.is_empty();
        if is_decided || is_foreign || self.is_only_called {
            return;
        }
        match self.environment_by_name(detection, by_evidence) {
            Some(Ok((environment, _))) if configured.contains_key(environment.as_str()) => {
                let why = format!("config names another workflow for {environment}");
                self.missed.push(why);
            }
            Some(Ok(decided)) => self.environments.push(decided),
            Some(Err(why)) => self.missed.push(why),
            None => {
                let mut nodes = self.graph.nodes.iter();
                if let Some(node) = nodes.find(|node| node.words.deploying().is_some()) {
                    self.missed.push(format!(
                        "its job `{}` sounds like a deployment, but nothing names an environment",
                        short(&node.name)
                    ));
                }
            }
        }
    }

    /// The environment that the name means with the reason; or why the name is not enough; or
    /// nothing when it does not say that it deploys.
    fn environment_by_name(
        &self,
        detection: &Detection<'_>,
        by_evidence: &BTreeSet<String>,
    ) -> Option<Result<(String, String), String>> {
        let known = detection.environments;
        let words = &self.all_words;
        let deploying = words.deploying();
        let releasing = words.releasing();
        let place = self
            .file_words
            .environment()
            .or_else(|| self.name_words.environment());
        let plain = self
            .file_words
            .plain_environment()
            .or_else(|| self.name_words.plain_environment());
        let word = deploying.or(releasing).or(plain)?;
        if let Some(never) = words.never().or_else(|| words.beside()) {
            return Some(Err(format!("its name says `{never}`")));
        }
        let does = deploying.or(releasing);
        if let (None, Some(checking)) = (does, words.checking()) {
            return Some(Err(format!("its name says `{checking}`: it checks {word}")));
        }
        let said = match self.file_words.contains(word) {
            true => format!("its file name says `{word}`"),
            false => format!("its name says `{word}`"),
        };
        if let Some(place) = place {
            let environment = environment_of_word(place, known);
            let said = match place == word {
                true => said,
                false => format!("{said} and `{place}`"),
            };
            return Some(Ok((environment, said)));
        }
        let only_releases = deploying.is_none();
        let is_computed = |node: &Node| node.environment == Some(EnvironmentName::Computed);
        let environment = match self.environment_of_no_word(detection, only_releases) {
            Ok(environment) => environment,
            Err(why) => return Some(Err(why)),
        };
        if known.len() != 1 && self.graph.nodes.iter().any(is_computed) {
            let why = "its environment is known only while it runs";
            return Some(Err(why.to_owned()));
        }
        if only_releases && by_evidence.contains(&environment) {
            return Some(Err(format!("another workflow deploys to {environment}")));
        }
        if environment == RELEASE && known.is_empty() && detection.has_version_tags {
            return Some(Err("the version tags tell the releases already".to_owned()));
        }
        Some(Ok((environment, said)))
    }

    /// The environment of a deployment of which no word says where it goes.
    fn environment_of_no_word(
        &self,
        detection: &Detection<'_>,
        only_releases: bool,
    ) -> Result<String, String> {
        let known = detection.environments;
        let is_production = |name: &&String| {
            let settings = detection.settings.environments.get(*name);
            let flagged = settings.and_then(|settings| settings.is_production);
            flagged.unwrap_or_else(|| is_production_name(name))
        };
        let production: Vec<&String> = known.iter().filter(is_production).collect();
        match (known.len(), production.as_slice()) {
            (1, _) => Ok(known.first().cloned().unwrap_or_default()),
            (_, [only]) => Ok((*only).clone()),
            (0, _) if only_releases => Ok(RELEASE.to_owned()),
            (_, []) => Ok(PRODUCTION.to_owned()),
            (_, [first, second, ..]) => Err(format!(
                "nothing tells whether it deploys to {first} or {second}"
            )),
        }
    }

    /// Adds what was decided.
    fn finish(&mut self, detection: &Detection<'_>, detected: &mut Detected) {
        let environments: Vec<String> = self
            .environments
            .iter()
            .map(|(environment, _)| environment.clone())
            .collect();
        let jobs = match self.has_file {
            true => self.graph.jobs_of(&environments, detection.environments),
            false => Vec::new(),
        };
        let mut jobs = jobs.into_iter();
        let is_only_environment = self.environments.len() == 1;
        for (environment, reason) in self.environments.drain(..) {
            let jobs = jobs.next().unwrap_or_default();
            detected.deploy.push(DeployWorkflow {
                workflow: self.workflow.id,
                path: self.workflow.path.clone(),
                name: self.workflow.name.clone(),
                environment,
                reason,
                deploy_jobs: jobs.deploy,
                later_jobs: jobs.later,
                is_only_environment,
            });
        }
        let mut told = BTreeSet::new();
        for why in self.missed.drain(..) {
            if told.insert(why.clone()) {
                detected.near_misses.push(NearMiss {
                    path: self.workflow.path.clone(),
                    name: self.workflow.name.clone(),
                    why,
                });
            }
        }
    }
}

/// The environments that a job deploys to, each with the reason. A job that writes the state file of
/// a known environment deploys to that one, whatever GitHub calls it.
fn evidence(node: &Node, detection: &Detection<'_>) -> Vec<(String, String)> {
    let known = detection.environments;
    let job = short(&node.name);
    let mut found = Vec::new();
    let writes_known = node
        .state_files
        .iter()
        .any(|(name, _)| known.contains(name));
    if let Some(EnvironmentName::Fixed(name)) = &node.environment {
        let environment = known_environment(name, known);
        if known.contains(&environment) || !writes_known {
            let reason = format!("its job `{job}` has the environment {}", short(name));
            found.push((environment, reason));
        }
    }
    for (environment, path) in &node.state_files {
        let reason = format!("its job `{job}` writes {}", short(path));
        found.push((environment.clone(), reason));
    }
    found
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The last part of a path without its extension.
fn stem(path: &str) -> &str {
    let name = file_name(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// A foreign name, cut where it is too long for a sentence.
fn short(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
