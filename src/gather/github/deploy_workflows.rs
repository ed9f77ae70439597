//! Which workflow deploys to which environment: what config says, else the environments of its jobs,
//! else the state files that they commit, else its name (`workflow_names`). What only looks alike is
//! told, too, with the reason. `workflow_graph` knows the jobs, `run_verdict` judges the runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Settings;
use crate::model::github::{NearMiss, Workflow};
use crate::sources::workflow_files::{EnvironmentName, WorkflowFile};

use super::workflow_graph::{Graph, Node};
use super::workflow_names::Names;
use super::workflow_words::{is_no_environment, is_release, known_environment, short};

/// A workflow as GitHub lists it, with its file where there is one at HEAD that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedWorkflow {
    /// What GitHub lists.
    pub workflow: Workflow,
    /// What its file says.
    pub file: Option<WorkflowFile>,
}

/// What the decision rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Detection<'a> {
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
pub(crate) struct DeployWorkflow {
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

/// What was decided, in the order in which the workflows are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Detected {
    /// What deploys.
    pub deploy: Vec<DeployWorkflow>,
    /// What only looks alike.
    pub near_misses: Vec<NearMiss>,
}

/// Decides which workflow deploys to which environment.
pub(crate) fn deploy_workflows(detection: &Detection<'_>) -> Detected {
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
    names: Names,
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
            names: Names::of(stem(&workflow.path), &workflow.name),
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
        let mut missed: Vec<(String, String)> = Vec::new();
        for node in &self.graph.nodes {
            for (environment, reason) in evidence(node, detection) {
                if let Some(why) = self.why_not(node, &environment, detection) {
                    missed.push((environment, why));
                } else if let Some(workflows) = configured.get(environment.as_str()) {
                    if !workflows.contains(&index) {
                        let why = format!("config names another workflow for {environment}");
                        missed.push((environment, why));
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
        // A test job beside the job that deploys is no miss.
        let is_said = |environment: &str| {
            let mut said = self.environments.iter();
            said.any(|(known, _)| known == environment)
        };
        missed.retain(|(environment, _)| !is_said(environment));
        self.missed.extend(missed.into_iter().map(|(_, why)| why));
    }

    /// Why a job's environment does not make it a deployment, if it does not.
    fn why_not(&self, node: &Node, environment: &str, detection: &Detection<'_>) -> Option<String> {
        let words = &self.names.all;
        if let Some(word) = words.never() {
            return Some(format!("its name says `{word}`"));
        }
        let is_in_config = detection.settings.environments.contains_key(environment);
        if let Some(why) = is_no_environment(environment).filter(|_| !is_in_config) {
            return Some(format!("its environment is {}: {why}", short(environment)));
        }
        if is_release(environment) && detection.has_version_tags && !is_in_config {
            let why = "the version tags tell the releases already";
            return Some(format!("its environment is {}: {why}", short(environment)));
        }
        let both = [words, &node.words];
        let deploys = both
            .iter()
            .any(|words| words.deploying().or_else(|| words.releasing()).is_some());
        let checks = both.iter().any(|words| words.checking().is_some());
        (checks && !deploys && node.state_files.is_empty()).then(|| {
            format!(
                "its job `{}` uses {}, but by the names it checks something",
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
        let by_name = self.names.environment(&self.graph, detection, by_evidence);
        match by_name {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::EnvironmentSettings;

    /// A repository's workflows, what config says, and what else is known.
    #[derive(Default)]
    struct Project {
        workflows: Vec<ListedWorkflow>,
        settings: Settings,
        environments: BTreeSet<String>,
        has_version_tags: bool,
    }

    impl Project {
        fn knowing(environments: &[&str]) -> Self {
            Self {
                environments: environments.iter().map(|&name| name.to_owned()).collect(),
                ..Self::default()
            }
        }

        /// Adds a workflow of which only file name and name are known.
        fn named(mut self, file: &str, name: &str) -> Self {
            self.workflows.push(ListedWorkflow {
                workflow: Workflow {
                    id: self.workflows.len() as u64 + 1,
                    path: format!(".github/workflows/{file}"),
                    name: name.to_owned(),
                },
                file: None,
            });
            self
        }

        /// Adds a workflow with its file.
        fn file(self, file: &str, text: &str) -> Self {
            let read = WorkflowFile::read(text.as_bytes()).unwrap();
            let name = read.name.clone().unwrap_or_default();
            let mut project = self.named(file, &name);
            project.workflows.last_mut().unwrap().file = Some(read);
            project
        }

        fn configured(mut self, environment: &str, workflow: &str) -> Self {
            let settings = EnvironmentSettings {
                deploy_workflow: Some(workflow.to_owned()),
                ..EnvironmentSettings::default()
            };
            self.settings
                .environments
                .insert(environment.to_owned(), settings);
            self
        }

        fn detect(&self) -> Detected {
            deploy_workflows(&Detection {
                workflows: &self.workflows,
                settings: &self.settings,
                environments: &self.environments,
                has_version_tags: self.has_version_tags,
            })
        }

        /// `file → environment` of each.
        fn deploys(&self) -> Vec<String> {
            let line =
                |it: &DeployWorkflow| format!("{} → {}", file_name(&it.path), it.environment);
            self.detect().deploy.iter().map(line).collect()
        }

        /// `file: why` of each.
        fn misses(&self) -> Vec<String> {
            let line = |it: &NearMiss| format!("{}: {}", file_name(&it.path), it.why);
            self.detect().near_misses.iter().map(line).collect()
        }
    }

    const SINGLE: &str = include_str!("../../../fixtures/workflows/single-deploy.yml");
    const CHAIN: &str = include_str!("../../../fixtures/workflows/uat-production-chain.yml");
    const CALLER: &str = include_str!("../../../fixtures/workflows/reusable-caller.yml");
    const CALLED: &str = include_str!("../../../fixtures/workflows/reusable-deploy.yml");
    const MATRIX: &str = include_str!("../../../fixtures/workflows/matrix.yml");
    const COMPUTED: &str = include_str!("../../../fixtures/workflows/computed-environment.yml");
    const PROMOTE: &str = include_str!("../../../fixtures/workflows/state-commit.yml");
    const CI: &str = include_str!("../../../fixtures/workflows/ci.yml");
    const PAGES: &str = include_str!("../../../fixtures/workflows/pages.yml");
    const NO_MISS: [&str; 0] = [];

    #[test]
    fn the_environment_of_a_job_says_where_a_workflow_deploys() {
        let project = Project::default()
            .file("deploy.yml", SINGLE)
            .file("ci.yml", CI);
        let detected = project.detect();
        assert_eq!(
            detected.deploy,
            [DeployWorkflow {
                workflow: 1,
                path: ".github/workflows/deploy.yml".to_owned(),
                name: "Deploy".to_owned(),
                environment: "production".to_owned(),
                reason: "its job `deploy` has the environment production".to_owned(),
                deploy_jobs: vec!["deploy".to_owned()],
                later_jobs: Vec::new(),
                is_only_environment: true,
            }]
        );
        assert_eq!(
            project.misses(),
            ["ci.yml: its job `test` uses staging, but by the names it checks something"]
        );
    }

    #[test]
    fn a_chain_of_two_environments_keeps_their_jobs_apart() {
        let project = Project::knowing(&["production", "uat"]).file("release.yml", CHAIN);
        assert_eq!(
            project.deploys(),
            ["release.yml → uat", "release.yml → production"]
        );
        assert_eq!(project.misses(), NO_MISS);
        let jobs: Vec<_> = project
            .detect()
            .deploy
            .into_iter()
            .map(|it| (it.deploy_jobs, it.later_jobs, it.is_only_environment))
            .collect();
        let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        assert_eq!(
            jobs,
            [
                (
                    list(&["Deploy to UAT"]),
                    list(&["Smoke tests on UAT"]),
                    false
                ),
                (
                    list(&["Deploy to production"]),
                    list(&["Smoke tests on production"]),
                    false
                ),
            ]
        );
    }

    #[test]
    fn a_called_workflow_deploys_under_the_names_of_its_callers() {
        let project = Project::default()
            .file("ship.yml", CALLER)
            .file("reusable-deploy.yml", CALLED);
        assert_eq!(
            project.deploys(),
            ["ship.yml → staging", "ship.yml → production"]
        );
        let detected = project.detect();
        assert_eq!(detected.deploy[0].deploy_jobs, ["staging / deploy"]);
        assert_eq!(detected.deploy[0].later_jobs, ["staging / verify"]);
        assert_eq!(detected.deploy[1].deploy_jobs, ["Production / deploy"]);
        assert_eq!(detected.deploy[1].later_jobs, ["Production / verify"]);
        assert_eq!(
            project.misses(),
            ["reusable-deploy.yml: only other workflows call it: its jobs are in their runs"]
        );
    }

    #[test]
    fn a_call_of_another_repository_deploys_when_its_names_say_so() {
        let text = "jobs: {go: {uses: acme/shared/.github/workflows/deploy.yml@v2, \
                    with: {environment: production}}}";
        assert_eq!(
            Project::default().file("main.yml", text).deploys(),
            ["main.yml → production"]
        );
        let text = "jobs: {go: {uses: acme/deploy/.github/workflows/terraform.yml@v2, \
                    with: {environment: production}}}";
        assert!(
            Project::default()
                .file("main.yml", text)
                .deploys()
                .is_empty()
        );
    }

    #[test]
    fn the_state_file_that_a_job_commits_says_where_it_deploys() {
        let project = Project::knowing(&["production", "uat"]).file("promote.yml", PROMOTE);
        let detected = project.detect();
        assert_eq!(project.deploys(), ["promote.yml → production"]);
        assert_eq!(
            detected.deploy[0].reason,
            "its job `promote` writes state/production-deployed-versions.json"
        );
        assert_eq!(detected.deploy[0].deploy_jobs, ["promote"]);
        // GitHub calls the environment by another name than the state file.
        let text = "jobs: {go: {environment: prod-eu, steps: [{run: git add state/live-deployed-versions.json}]}}";
        assert_eq!(
            Project::knowing(&["live"]).file("main.yml", text).deploys(),
            ["main.yml → live"]
        );
    }

    #[test]
    fn config_decides_alone_for_the_environments_that_it_names() {
        for wanted in ["b.yml", "./.github/workflows/b.yml", "Second", "b"] {
            let project = Project::default()
                .file("deploy.yml", SINGLE)
                .named("b.yml", "Second")
                .configured("production", wanted);
            assert_eq!(project.deploys(), ["b.yml → production"], "{wanted}");
            assert_eq!(
                project.misses(),
                ["deploy.yml: config names another workflow for production"]
            );
        }
        let project = Project::default()
            .file("chain.yml", CHAIN)
            .configured("uat", "chain.yml");
        assert_eq!(
            project.deploys(),
            ["chain.yml → uat", "chain.yml → production"]
        );
        let project = Project::default()
            .file("deploy.yml", SINGLE)
            .configured("production", "gone.yml");
        assert!(project.deploys().is_empty());
        assert_eq!(
            project.misses(),
            [
                "gone.yml: config names it for production, but there is no such workflow",
                "deploy.yml: config names another workflow for production",
            ]
        );
    }

    #[test]
    fn config_may_name_what_would_not_be_found() {
        let project = Project::default()
            .file("computed.yml", COMPUTED)
            .configured("blue", "computed.yml");
        assert_eq!(project.deploys(), ["computed.yml → blue"]);
        assert_eq!(project.detect().deploy[0].deploy_jobs, ["deploy"]);
        let project = Project::default()
            .file("pages.yml", PAGES)
            .configured("github-pages", "pages.yml");
        assert_eq!(project.deploys(), ["pages.yml → github-pages"]);
    }

    #[test]
    fn what_is_no_environment_of_a_product_is_a_near_miss() {
        let project = Project::default().file("pages.yml", PAGES);
        assert!(project.deploys().is_empty());
        assert_eq!(
            project.misses(),
            ["pages.yml: its environment is github-pages: it holds documentation"]
        );
        for name in ["pr-12", "preview", "review/login", "copilot"] {
            let text = format!("jobs: {{deploy: {{environment: {name}}}}}");
            let project = Project::default().file("deploy.yml", &text);
            assert!(project.deploys().is_empty(), "{name}");
            assert_eq!(project.misses().len(), 1, "{name}");
        }
    }

    #[test]
    fn a_computed_environment_is_only_told_where_one_is_known() {
        let project = Project::knowing(&["production", "uat"]).file("deploy.yml", COMPUTED);
        assert_eq!(
            project.misses(),
            ["deploy.yml: its environment is known only while it runs"]
        );
        let project = Project::knowing(&["live"]).file("deploy.yml", COMPUTED);
        assert_eq!(project.deploys(), ["deploy.yml → live"]);
        assert_eq!(project.detect().deploy[0].deploy_jobs, ["deploy"]);
    }

    #[test]
    fn names_are_enough_where_files_say_nothing() {
        for (known, file, name, environment) in [
            (&[][..], "deploy.yml", "Deploy", "production"),
            (&[], "deploy-uat.yml", "Deploy", "uat"),
            (&[], "deploy.yml", "Deploy to staging", "staging"),
            (&[], "deploy-prod.yml", "x", "prod"),
            (&["production"], "deploy-prod.yml", "x", "production"),
            (&["production", "prod"], "deploy-prod.yml", "x", "prod"),
            (&["live"], "rollout.yml", "x", "live"),
            (&["live", "uat"], "ship.yml", "x", "live"),
            (&["blue", "uat"], "ship.yml", "x", "production"),
            (&[], "release.yml", "Release", "release"),
            (&[], "publish.yml", "Publish", "release"),
            (
                &["production", "uat"],
                "release.yml",
                "Release",
                "production",
            ),
            (&[], "staging.yml", "Staging", "staging"),
            (&[], "deploy-test.yml", "x", "test"),
            (&[], "main.yml", "Build, test and deploy", "production"),
        ] {
            let project = Project::knowing(known).named(file, name);
            assert_eq!(
                project.deploys(),
                [format!("{file} → {environment}")],
                "{known:?} {file} {name}"
            );
        }
    }

    #[test]
    fn a_flag_says_which_known_environment_is_meant() {
        let mut project = Project::knowing(&["blue", "green"]).named("deploy.yml", "Deploy");
        let flagged = EnvironmentSettings {
            is_production: Some(true),
            ..EnvironmentSettings::default()
        };
        project
            .settings
            .environments
            .insert("green".to_owned(), flagged);
        assert_eq!(project.deploys(), ["deploy.yml → green"]);
        let two = Project::knowing(&["production-eu", "production-us"]).named("deploy.yml", "x");
        assert_eq!(
            two.misses(),
            ["deploy.yml: nothing tells whether it deploys to production-eu or production-us"]
        );
    }

    #[test]
    fn names_of_other_things_are_near_misses_or_nothing() {
        for (file, name) in [
            ("undeploy.yml", "Undeploy production"),
            ("rollback-test.yml", "Rollback test of production"),
            ("cleanup-uat.yml", "Clean up"),
            ("teardown.yml", "Tear down staging"),
            ("destroy-prod.yml", "Destroy"),
            ("deploy-preview.yml", "Deploy preview"),
            ("release-drafter.yml", "Release Drafter"),
            ("release-please.yml", "release-please"),
            ("deploy-docs.yml", "Deploy docs"),
            ("smoke-production.yml", "Smoke tests"),
            ("nightly-uat.yml", "Nightly"),
        ] {
            let project = Project::default().named(file, name);
            assert!(project.deploys().is_empty(), "{file}");
            assert_eq!(project.misses().len(), 1, "{file}");
        }
        for (file, name) in [
            ("ci.yml", "CI"),
            ("test.yml", "Test"),
            ("lint.yml", "Lint and check"),
            ("build.yml", "Build"),
            ("docs.yml", "Docs"),
            ("e2e.yml", "End to end"),
            ("codeql.yml", "CodeQL"),
            ("stale.yml", "Close stale issues"),
        ] {
            let project = Project::default().named(file, name);
            assert!(project.deploys().is_empty(), "{file}");
            assert_eq!(project.misses(), NO_MISS, "{file}");
        }
    }

    #[test]
    fn a_destroying_workflow_deploys_nothing_though_it_uses_the_environment() {
        let text = "jobs: {destroy: {environment: production}}";
        let project = Project::default().file("destroy.yml", text);
        assert_eq!(project.misses(), ["destroy.yml: its name says `destroy`"]);
        assert!(project.deploys().is_empty());
    }

    #[test]
    fn releases_that_tags_tell_are_not_told_again() {
        let mut project = Project::default().named("release.yml", "Release");
        project.has_version_tags = true;
        assert_eq!(
            project.misses(),
            ["release.yml: the version tags tell the releases already"]
        );
        let mut project = Project::knowing(&["production"]).named("release.yml", "Release");
        project.has_version_tags = true;
        assert_eq!(project.deploys(), ["release.yml → production"]);
    }

    #[test]
    fn publishing_what_was_tagged_is_told_by_the_tags() {
        let text = "jobs: {publish: {environment: crates-io}, build: {}}";
        let mut project = Project::default().file("release.yml", text);
        assert_eq!(project.deploys(), ["release.yml → crates-io"]);
        project.has_version_tags = true;
        assert_eq!(project.deploys(), NO_MISS);
        assert_eq!(
            project.misses(),
            [
                "release.yml: its environment is crates-io: the version tags tell the releases already"
            ]
        );
        let project = project.configured("crates-io", "release.yml");
        assert_eq!(project.deploys(), ["release.yml → crates-io"]);
    }

    #[test]
    fn a_name_that_only_releases_yields_to_a_file_that_deploys() {
        let project = Project::knowing(&["production"])
            .named("release.yml", "Release")
            .file("deploy.yml", SINGLE);
        assert_eq!(project.deploys(), ["deploy.yml → production"]);
        assert_eq!(
            project.misses(),
            ["release.yml: another workflow deploys to production"]
        );
    }

    #[test]
    fn a_deploy_job_in_a_workflow_of_another_name_is_told() {
        let text = "jobs: {test: {}, deploy: {needs: test}}";
        let project = Project::default().file("main.yml", text);
        assert_eq!(
            project.misses(),
            [
                "main.yml: its job `deploy` sounds like a deployment, but nothing names an environment"
            ]
        );
        let by_name = Project::default().file("deploy.yml", text);
        assert_eq!(by_name.deploys(), ["deploy.yml → production"]);
        assert_eq!(by_name.detect().deploy[0].deploy_jobs, ["deploy"]);
    }

    #[test]
    fn a_matrix_is_one_job_with_one_name() {
        let detected = Project::default().file("rollout.yml", MATRIX).detect();
        assert_eq!(detected.deploy[0].deploy_jobs, ["deploy"]);
        assert_eq!(
            detected.deploy[0].later_jobs,
            ["Check ${{ matrix.region }}"]
        );
    }

    #[test]
    fn circles_and_workflows_that_call_themselves_come_to_an_end() {
        let text = "jobs: {a: {needs: b, environment: x}, b: {needs: a}, c: {needs: [c, a, gone]}}";
        let detected = Project::default().file("deploy.yml", text).detect();
        assert_eq!(detected.deploy.len(), 1);
        let calls: String = (0..200)
            .map(|n| {
                format!(
                    "  j{n}: {{uses: ./.github/workflows/deploy.yml, needs: [j{}]}}\n",
                    n / 2
                )
            })
            .collect();
        let text = format!("name: Deploy\njobs:\n{calls}");
        let begun = std::time::Instant::now();
        let project = Project::default().file("deploy.yml", &text);
        let _ = project.detect();
        let dense: String = (0..256)
            .map(|n| {
                let needs: Vec<String> = (0..n).map(|m| format!("j{m}")).collect();
                format!(
                    "  j{n}: {{environment: e{n}, needs: [{}]}}\n",
                    needs.join(", ")
                )
            })
            .collect();
        let project = Project::default().file("deploy.yml", &format!("jobs:\n{dense}"));
        assert_eq!(project.detect().deploy.len(), 256);
        assert!(begun.elapsed() < std::time::Duration::from_secs(10));
    }
}
