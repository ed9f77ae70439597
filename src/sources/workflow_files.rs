//! A GitHub Actions workflow file, as far as it tells what deploys where: its jobs, their
//! environments, what they need, which state files they write. `yaml` reads the text within a
//! budget, `state_mentions` the shell of the steps; what it all means is
//! `gather::github::deploy_workflows`' business.

mod state_mentions;
mod yaml;

use std::collections::BTreeSet;

use state_mentions::{add_mentioned, add_written};
use yaml::Node;

/// Largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 1024 * 1024;

/// Most jobs of one file: GitHub runs no more than 256 at once of a matrix either.
pub const MOST_JOBS: usize = 256;

/// Longest name of an environment, in characters: GitHub's own limit.
const LONGEST_NAME: usize = 255;

/// Inputs by which a reusable workflow is told its environment.
const ENVIRONMENT_INPUTS: [&str; 8] = [
    "environment",
    "env",
    "environment_name",
    "environment-name",
    "env_name",
    "target_environment",
    "target-environment",
    "deploy_environment",
];

/// A workflow file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkflowFile {
    /// Its `name:`; foreign text.
    pub name: Option<String>,
    /// Whether only other workflows start it (`on: workflow_call`): it has no runs of its own.
    pub is_only_called: bool,
    /// Its jobs, in the order of the file.
    pub jobs: Vec<WorkflowJob>,
}

/// A job of a workflow file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkflowJob {
    /// Its key: what `needs:` names.
    pub id: String,
    /// Its `name:`, which may hold expressions; foreign text.
    pub name: Option<String>,
    /// Its `environment:`. Of a job that calls a workflow, the environment that it passes on.
    pub environment: Option<EnvironmentName>,
    /// The ids of the jobs that must end before it begins, each once.
    pub needs: Vec<String>,
    /// Paths of state files that its steps write or whose use cannot be told.
    pub state_files: Vec<String>,
    /// The reusable workflow that it calls (`./.github/workflows/deploy.yml`,
    /// `acme/shared/.github/workflows/deploy.yml@v1`).
    pub calls_workflow: Option<String>,
}

/// The environment of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EnvironmentName {
    /// This one; foreign text without control characters.
    Fixed(String),
    /// An expression (`${{ inputs.environment }}`): known only while it runs.
    Computed,
}

impl WorkflowJob {
    /// Its name as it runs: `name:`, else its id.
    pub fn running_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// Why a workflow file cannot be used. Lines and columns count from 1; columns are characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkflowFileError {
    /// Larger than [`LARGEST_FILE`].
    #[error("{0} bytes are more than a workflow file holds")]
    TooLarge(usize),
    /// Bytes that are no UTF-8.
    #[error("line {line}: not UTF-8")]
    NotUtf8 {
        /// Line of the first bad byte.
        line: usize,
    },
    /// No YAML, a key given twice, or more than the budget allows.
    #[error("line {line}, column {column}: {reason}")]
    Yaml {
        /// Line where reading stopped; 0 when that is not known.
        line: usize,
        /// Column where reading stopped; 0 when that is not known.
        column: usize,
        /// Why, in a few words; may hold foreign text.
        reason: String,
    },
    /// YAML, but no workflow.
    #[error("it has no jobs")]
    NoJobs,
    /// More than [`MOST_JOBS`].
    #[error("it has {0} jobs, more than are read")]
    TooManyJobs(usize),
}

impl WorkflowFile {
    /// Reads a workflow file. What has no meaning here is passed over.
    ///
    /// # Errors
    /// When it is too large, no UTF-8, no YAML, unfolds to too much, or has no jobs.
    pub fn read(bytes: &[u8]) -> Result<Self, WorkflowFileError> {
        if bytes.len() > LARGEST_FILE {
            return Err(WorkflowFileError::TooLarge(bytes.len()));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.split(|&byte| byte == b'\n').count();
            WorkflowFileError::NotUtf8 { line }
        })?;
        if text.trim().is_empty() {
            return Err(WorkflowFileError::NoJobs);
        }
        let file = yaml::read(text)?;
        let jobs = file.at("jobs").map(Node::entries).unwrap_or_default();
        if jobs.is_empty() {
            return Err(WorkflowFileError::NoJobs);
        }
        if jobs.len() > MOST_JOBS {
            return Err(WorkflowFileError::TooManyJobs(jobs.len()));
        }
        Ok(Self {
            name: file.at("name").and_then(Node::text).map(str::to_owned),
            is_only_called: is_only_called(file.at("on")),
            jobs: jobs.iter().map(|(id, node)| job(id, node)).collect(),
        })
    }
}

/// Whether the only trigger is a call: as a text, a list or a mapping.
fn is_only_called(on: Option<&Node>) -> bool {
    let triggers: Vec<&str> = match on {
        Some(Node::Map(entries)) => entries.iter().map(|(name, _)| name.as_str()).collect(),
        Some(node) => node.items().iter().filter_map(Node::text).collect(),
        None => Vec::new(),
    };
    triggers == ["workflow_call"]
}

fn job(id: &str, node: &Node) -> WorkflowJob {
    let calls_workflow = node.at("uses").and_then(Node::text);
    let environment = match calls_workflow {
        None => node.at("environment").and_then(environment),
        Some(_) => node.at("with").and_then(|with| {
            let mut inputs = ENVIRONMENT_INPUTS.iter();
            inputs.find_map(|input| with.at(input).and_then(environment))
        }),
    };
    let needs: BTreeSet<&str> = node
        .at("needs")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::text)
        .collect();
    WorkflowJob {
        id: id.to_owned(),
        name: node.at("name").and_then(Node::text).map(str::to_owned),
        environment,
        needs: needs.into_iter().map(str::to_owned).collect(),
        state_files: state_files(node),
        calls_workflow: calls_workflow.map(str::to_owned),
    }
}

/// A text, or a mapping with a `name`.
fn environment(node: &Node) -> Option<EnvironmentName> {
    let name = node.text().or_else(|| node.at("name")?.text())?;
    if name.contains("${{") {
        return Some(EnvironmentName::Computed);
    }
    let is_name = name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    is_name.then(|| EnvironmentName::Fixed(name.to_owned()))
}

/// The state files that a job's steps and variables name, unless they only read them.
fn state_files(job: &Node) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut mentioned = |node: Option<&Node>| {
        for (_, value) in node.map(Node::entries).unwrap_or_default() {
            for text in value.items().iter().filter_map(Node::text) {
                add_mentioned(text, &mut found);
            }
        }
    };
    mentioned(job.at("env"));
    let steps = job.at("steps").map(Node::items).unwrap_or_default();
    for step in steps {
        mentioned(step.at("env"));
        let action = step.at("uses").and_then(Node::text).unwrap_or_default();
        // Of GitHub's own actions only scripts write files of the repository: the others fetch,
        // cache and hand on.
        if !action.starts_with("actions/") || action.starts_with("actions/github-script") {
            mentioned(step.at("with"));
        }
    }
    for script in steps.iter().filter_map(|step| step.at("run")?.text()) {
        add_written(script, &mut found);
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> WorkflowFile {
        WorkflowFile::read(text.as_bytes()).unwrap()
    }

    fn fault(bytes: &[u8]) -> String {
        WorkflowFile::read(bytes).unwrap_err().to_string()
    }

    fn fixed(name: &str) -> Option<EnvironmentName> {
        Some(EnvironmentName::Fixed(name.to_owned()))
    }

    #[test]
    fn a_single_deploy_job_names_its_environment_and_its_state_file() {
        let file = read(include_str!("../../fixtures/workflows/single-deploy.yml"));
        assert_eq!(file.name.as_deref(), Some("Deploy"));
        assert!(!file.is_only_called);
        let deploy = WorkflowJob {
            id: "deploy".to_owned(),
            environment: fixed("production"),
            needs: vec!["test".to_owned()],
            state_files: vec!["state/production-deployed-versions.json".to_owned()],
            ..WorkflowJob::default()
        };
        let test = WorkflowJob {
            id: "test".to_owned(),
            ..WorkflowJob::default()
        };
        assert_eq!(file.jobs, [test, deploy]);
    }

    #[test]
    fn needs_and_environment_are_read_as_text_and_as_list_or_mapping() {
        let text = include_str!("../../fixtures/workflows/uat-production-chain.yml");
        let file = read(text);
        let job = |id: &str| file.jobs.iter().find(|job| job.id == id).unwrap();
        assert_eq!(job("deploy-uat").environment, fixed("uat"));
        assert_eq!(job("deploy-uat").running_name(), "Deploy to UAT");
        assert_eq!(job("deploy-uat").needs, ["build"]);
        assert_eq!(job("deploy-production").needs, ["build", "smoke-uat"]);
        assert_eq!(job("announce").running_name(), "announce");
        let odd = read("jobs: {a: {environment: 7, needs: [b, b, 1, {}]}, b: null, c: [x]}");
        assert_eq!(odd.jobs[0].environment, fixed("7"));
        assert_eq!(odd.jobs[0].needs, ["1", "b"]);
        assert_eq!(odd.jobs[1].id, "b");
        assert_eq!(odd.jobs[2].environment, None);
    }

    #[test]
    fn a_caller_passes_its_environment_on() {
        let file = read(include_str!("../../fixtures/workflows/reusable-caller.yml"));
        let calls: Vec<_> = file
            .jobs
            .iter()
            .map(|job| {
                (
                    job.calls_workflow.as_deref().unwrap(),
                    job.environment.clone(),
                )
            })
            .collect();
        let local = "./.github/workflows/reusable-deploy.yml";
        assert_eq!(
            calls,
            [
                (local, fixed("staging")),
                (local, fixed("production")),
                (
                    "acme/shared/.github/workflows/deploy.yml@v2",
                    Some(EnvironmentName::Computed)
                ),
            ]
        );
        let called = read(include_str!("../../fixtures/workflows/reusable-deploy.yml"));
        assert!(called.is_only_called);
        assert_eq!(called.jobs[1].environment, Some(EnvironmentName::Computed));
        for on in ["workflow_call", "[workflow_call]", "{workflow_call: null}"] {
            assert!(read(&format!("on: {on}\njobs: {{a: {{}}}}")).is_only_called);
        }
        assert!(!read("on: [workflow_call, push]\njobs: {a: {}}").is_only_called);
    }

    #[test]
    fn an_expression_is_no_name_of_an_environment() {
        let text = include_str!("../../fixtures/workflows/computed-environment.yml");
        let file = read(text);
        assert_eq!(file.jobs[0].environment, Some(EnvironmentName::Computed));
        assert!(file.jobs[0].state_files.is_empty());
        let odd = read("jobs: {a: {environment: \"a\\u0007b\"}, b: {environment: {url: x}}}");
        assert_eq!(odd.jobs[0].environment, None);
        assert_eq!(odd.jobs[1].environment, None);
        let long = read(&format!(
            "jobs: {{a: {{environment: {}}}}}",
            "x".repeat(256)
        ));
        assert_eq!(long.jobs[0].environment, None);
    }

    #[test]
    fn a_state_file_that_is_fetched_or_read_is_not_written() {
        let file = read(include_str!("../../fixtures/workflows/state-commit.yml"));
        assert_eq!(
            file.jobs[0].state_files,
            ["state/production-deployed-versions.json"]
        );
        let variable = read(
            "jobs: {a: {env: {FILE: ./state/uat-deployed-versions.json}, steps: [{run: ./go}]}}",
        );
        assert_eq!(
            variable.jobs[0].state_files,
            ["./state/uat-deployed-versions.json"]
        );
    }

    #[test]
    fn broken_files_say_where() {
        let indented = include_bytes!("../../fixtures/workflows/broken-indentation.yml");
        assert!(
            fault(indented).starts_with("line 6, column "),
            "{}",
            fault(indented)
        );
        let twice = include_bytes!("../../fixtures/workflows/broken-duplicate-key.yml");
        assert!(
            fault(twice).starts_with("line 6, column 5: "),
            "{}",
            fault(twice)
        );
        let none = include_bytes!("../../fixtures/workflows/broken-no-jobs.yml");
        assert_eq!(fault(none), "it has no jobs");
        assert_eq!(fault(b""), "it has no jobs");
        assert_eq!(fault(b"- jobs"), "it has no jobs");
        assert_eq!(fault(b"jobs: {}"), "it has no jobs");
        assert_eq!(fault(b"name: a\nname2: \xff\n"), "line 2: not UTF-8");
        assert_eq!(
            fault(&vec![b'#'; LARGEST_FILE + 1]),
            "1048577 bytes are more than a workflow file holds"
        );
        let many: String = (0..257).map(|n| format!(" j{n}: {{}}\n")).collect();
        assert_eq!(
            fault(format!("jobs:\n{many}").as_bytes()),
            "it has 257 jobs, more than are read"
        );
    }

    #[test]
    fn an_alias_bomb_is_refused_quickly() {
        let bomb = include_bytes!("../../fixtures/workflows/broken-alias-bomb.yml");
        let begun = std::time::Instant::now();
        assert!(
            fault(bomb).ends_with("it unfolds to more than a workflow file holds"),
            "{}",
            fault(bomb)
        );
        assert!(begun.elapsed() < std::time::Duration::from_secs(2));
    }

    #[test]
    fn the_largest_files_are_read_or_refused_in_time() {
        let begun = std::time::Instant::now();
        for unit in [
            "[", "{", "- ", "a: ", "? ", "&a ", "*a ", "'", "\"", "| ", "#", "!x ", "<<: ", "%",
        ] {
            let body = unit.repeat((LARGEST_FILE - 10) / unit.len());
            let _ = WorkflowFile::read(format!("jobs: {body}").as_bytes());
            let lines = format!("{unit}\n").repeat((LARGEST_FILE - 10) / (unit.len() + 1));
            let _ = WorkflowFile::read(format!("jobs:\n{lines}").as_bytes());
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(10));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0_u8.., 0..400)) {
            let _ = WorkflowFile::read(&bytes);
        }

        #[test]
        fn no_damage_makes_it_panic(at in 0_usize..1400, with in "[-:\\[\\]{}&*!|>'\"%#,\t ]{1,4}") {
            let mut text = include_str!("../../fixtures/workflows/state-commit.yml").to_owned();
            let at = at.min(text.len());
            text.insert_str(at, &with);
            let _ = WorkflowFile::read(text.as_bytes());
        }
    }
}
