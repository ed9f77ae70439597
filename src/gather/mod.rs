//! Store + sources → one `Facts`: the only room that knows both. This file is the order in which it
//! happens: `layout` knows which paths matter, `state_files` turns file histories into snapshots,
//! `releases` tags into releases, `components` finds the repository of each component and resolves
//! versions, `monorepo` its paths, `reading` reads the histories, `assembled` gives everything its
//! index, `environments` its place. `clone_state` says what limits the view.

mod assembled;
mod clone_state;
mod components;
mod environments;
mod export_history;
pub mod github;
mod layout;
mod monorepo;
mod reading;
mod releases;
mod state_files;
mod texts;
mod uncloned;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::model::github::{GithubFound, GithubRepository, Workflow, WorkflowRun};
use crate::model::{CommitId, Facts, GithubKnown, Notice, Settings};
use crate::sources::git::{FileHistory, GitError, HistoryReader, Repository};
use crate::sources::work_item_keys::KeyFinder;
use crate::store::{Cached, Recorded, Store, StoreError};

use assembled::assemble;
use clone_state::{state_of_repository, uncommitted};
use components::{Catalogue, Neighbour};
use github::{CachedGithub, Detected, ReadEnvironment, detect};
use layout::{Layout, Role};
use reading::Reading;
use state_files::{
    ReadEvidence, ReadStateFile, deployed_content, list_versions, read_evidence, read_state_file,
    tested_content,
};
use texts::Texts;
use uncloned::{give_pull_requests, uncloned};

pub use export_history::{ExportVersion, export_versions};
pub use github::RemoteHistory;
pub use uncloned::Uncloned;

/// Where the cache lies; git ignores it, tracked or not.
const CACHE: &str = ".dora/cache";

/// What to gather.
pub struct Request<'a> {
    /// The analysed branch, tag or commit; `None` is HEAD.
    pub reference: Option<&'a str>,
    /// Nothing at or after it exists.
    pub as_of: DateTime<Utc>,
    /// The settings in force.
    pub settings: Settings,
    /// The environment that is measured where no flag names one, as far as settings say; they may hold that of
    /// a flag.
    pub configured_environment: Option<&'a str>,
    /// Where GitHub data is cached, if it is.
    pub store: Option<&'a Store>,
    /// Reads what people and pipelines recorded; it is told which environments have a state file.
    pub recorded: &'a dyn Fn(&BTreeSet<String>) -> Result<Recorded, StoreError>,
    /// Called with the number of commits read so far, now and then.
    pub progress: &'a dyn Fn(u64),
    /// Finds the work items that commits name, when they are wanted: then the graphs know them.
    pub keys: Option<&'a KeyFinder>,
}

/// The facts, and what was learnt on the way.
pub struct Gathered {
    /// The facts.
    pub facts: Facts,
    /// Where commits came from, in the order of `Facts::repositories`: for what is looked up later.
    pub origins: Vec<Origin>,
    /// Where the repositories are on GitHub, in the same order.
    pub on_github: Vec<Option<GithubRepository>>,
    /// What GitHub is known to say, and which of its workflows deploy.
    pub github: GithubFound,
    /// Components whose repositories are not cloned.
    pub uncloned: Vec<Uncloned>,
    /// Environments with state files or records, whatever else is known of others.
    pub known_environments: BTreeSet<String>,
    /// How many commits were read, each once.
    pub commits_read: u64,
}

/// Where the commits of one repository came from.
pub enum Origin {
    /// A clone.
    Clone(Repository),
    /// GitHub told them.
    Github(RemoteHistory),
}

impl Origin {
    /// The first line of a commit's message, if it is there.
    pub fn subject(&self, commit: CommitId) -> Option<String> {
        match self {
            Self::Clone(repository) => repository.subject(commit),
            Self::Github(history) => history.subject(commit),
        }
    }
}

impl Gathered {
    /// Whether the commit that was analysed brings a cache of its own: then it was not this user who
    /// asked GitHub, and nobody is to be contacted because of it.
    pub fn brings_its_own_cache(&self) -> bool {
        let home = self.origins.first().and_then(|origin| match origin {
            Origin::Clone(repository) => Some(repository),
            Origin::Github(_) => None,
        });
        let facts = self.facts.repositories.first();
        let head = facts.and_then(|facts| Some(facts.graph.id(facts.head?)));
        match (home, head) {
            (Some(home), Some(head)) => !matches!(home.path_kind_at(head, CACHE), Ok(None)),
            _ => false,
        }
    }

    /// Which of the workflows that GitHub lists deploy, by what is known of the repository: their
    /// numbers. For `github::sync`, which reads the runs of no others.
    ///
    /// # Errors
    /// When an object that has to be looked at cannot be read.
    pub fn deploying(&self, workflows: &[Workflow]) -> Result<Vec<u64>, GitError> {
        let detected = self.detected(workflows)?;
        let mut numbers: Vec<u64> = detected.deploy.iter().map(|it| it.workflow).collect();
        numbers.dedup();
        Ok(numbers)
    }

    /// The environments whose deployments something better than GitHub's own deployments tells: state
    /// files, records, or runs of which one came through, by what is cached of these. For
    /// `github::sync`, which reads the statuses of deployments to no others.
    ///
    /// # Errors
    /// When an object that has to be looked at cannot be read.
    pub fn told_better(
        &self,
        runs: Option<Cached<WorkflowRun>>,
    ) -> Result<BTreeSet<String>, GitError> {
        let mut told = self.known_environments.clone();
        let github = CachedGithub::of_runs(runs);
        let detected = self.detected(github.workflows())?;
        let by_runs = github.environments(&detected, &told, &self.facts.settings);
        let by_runs = by_runs.into_iter().filter(ReadEnvironment::has_deployments);
        told.extend(by_runs.map(|environment| environment.name));
        Ok(told)
    }

    fn detected(&self, workflows: &[Workflow]) -> Result<Detected, GitError> {
        let (Some(Origin::Clone(home)), Some(facts)) =
            (self.origins.first(), self.facts.repositories.first())
        else {
            return Ok(Detected::default());
        };
        let has_version_tags =
            || releases::read(home, &home.name()).is_ok_and(|(list, _)| !list.is_empty());
        let head = facts.head.map(|head| facts.graph.id(head));
        detect(
            home,
            head,
            workflows,
            &self.known_environments,
            &self.facts.settings,
            &has_version_tags,
            &mut Vec::new(),
        )
    }
}

/// Why nothing could be gathered.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// A repository cannot be read.
    #[error(transparent)]
    Git(#[from] GitError),
    /// What was recorded cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ref names no commit.
    #[error("`{0}` names no commit in this repository")]
    UnknownReference(String),
    /// The environment is not known.
    #[error("there is no environment `{name}`")]
    UnknownEnvironment {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
}

/// Reads everything once and joins nothing.
///
/// # Errors
/// When a repository cannot be read, an object that is needed is missing, or the ref or the measured
/// environment does not exist. Broken snapshots, unresolved versions and the like are notices.
pub fn gather(home: Repository, request: Request<'_>) -> Result<Gathered, GatherError> {
    let mut notices = state_of_repository(&home, request.reference.is_none());
    let settings = &request.settings;
    let head = analysed_head(&home, request.reference)?;
    let layout = Layout::of(settings);

    // One walk serves state files and changes; the components that it has to tell apart by path are
    // guessed from the state files at the head, or from the tags, and the walk is repeated when history names more.
    let own_name = home.name();
    let tagged = OnceCell::new();
    let read_releases = || tagged.get_or_init(|| releases::read(&home, &own_name));
    let guess = monorepo::guess(&home, head, &layout, settings, || {
        read_releases().as_ref().map_or(&[], |(list, _)| list)
    });
    let mut reader =
        HistoryReader::new(&home, layout.walk(numbered(&guess)))?.noting_keys(request.keys);
    reader.read(head.as_slice(), request.progress)?;
    let ReadFiles {
        state_files,
        evidence,
        texts,
    } = read_files(&home, &reader, head, &layout, &mut notices)?;
    notices.extend(uncommitted(&home, &layout, &state_files, &texts)?);

    let with_state_file = state_files
        .iter()
        .filter(|file| !file.snapshots.is_empty())
        .map(|file| file.environment.clone())
        .collect();
    let mut recorded = (request.recorded)(&with_state_file)?;
    notices.append(&mut recorded.notices);
    let mut github = CachedGithub::read(request.store, &home, &mut notices)?;
    let mut known_environments: BTreeSet<String> = with_state_file.clone();
    known_environments.extend(recorded.deployments.iter().map(|it| it.environment.clone()));
    let detected = detect(
        &home,
        head,
        github.workflows(),
        &known_environments,
        settings,
        &|| {
            read_releases()
                .as_ref()
                .is_ok_and(|(list, _)| !list.is_empty())
        },
        &mut notices,
    )?;
    let on_github = github.environments(&detected, &known_environments, settings);
    let incidents = github.incidents(settings, request.as_of);
    recorded.incidents.extend(incidents);

    let mut catalogue = Catalogue::default();
    for file in &state_files {
        file.list_versions(&texts, &mut catalogue);
    }
    let tested = evidence.iter().map(|evidence| &evidence.versions);
    list_versions(tested, &texts, &mut catalogue);
    for record in &recorded.deployments {
        catalogue.add_all(&record.components);
    }
    let deployed_by_github: Vec<&ReadEnvironment> = on_github
        .iter()
        .filter(|it| !known_environments.contains(&it.name) && it.has_deployments())
        .collect();
    for run in deployed_by_github.iter().flat_map(|it| &it.runs) {
        if let Some(head) = run.head {
            catalogue.add_whole(&run.component(&own_name), &head.to_string());
        }
    }
    let has_other_source = !known_environments.is_empty() || !deployed_by_github.is_empty();
    let mut releases = Vec::new();
    if !has_other_source {
        read_releases();
        let (list, tag_notices) = tagged.into_inner().transpose()?.unwrap_or_default();
        releases = list;
        notices.extend(tag_notices);
    }
    let mut resolved = components::resolve(&home, &catalogue, settings, &mut github, &mut notices)?;
    resolved.add_releases(&releases);

    let mut reading =
        Reading::new(&resolved, &home, head, settings, &mut notices)?.noting_keys(request.keys);
    let wanted = reading.paths_in(0);
    let is_guessed = |component: &usize, paths: &Vec<String>| {
        let name = &resolved.components[*component].name;
        guess
            .iter()
            .any(|(known, watched)| known == name && watched == paths)
    };
    if wanted
        .iter()
        .all(|(component, paths)| is_guessed(component, paths))
    {
        reader.read(&reading.tips(0), request.progress)?;
        reading.finish(reader, |guessed| {
            let name = &guess.get(guessed)?.0;
            wanted
                .keys()
                .copied()
                .find(|&component| resolved.components[component].name == *name)
        });
    } else {
        drop(reader);
        reading.walk(0, &home, &layout, request.progress)?;
    }
    reading.walk_neighbours(&layout, request.progress)?;
    let Reading {
        graphs,
        paths,
        waiting,
        commits_read,
        ..
    } = reading;
    let mut assembled = assemble(&resolved, &own_name, head, &home, graphs, &paths, &waiting);
    let mut environments = environments::collect(
        &environments::Read {
            state_files: &state_files,
            evidence: &evidence,
            releases: &releases,
            recorded: &recorded,
            on_github: &on_github,
            own_name: &own_name,
            texts: &texts,
        },
        &request.settings,
        &mut assembled,
    );
    let measured = environments::measured(&request.settings, &mut environments, &mut notices)?;
    let configured = request.configured_environment;
    let measured_unasked = environments::unasked(configured, &request.settings, &environments);
    let here = github.repository.as_ref();
    let on_github = uncloned::on_github(here, &resolved.neighbours);
    give_pull_requests(
        &mut assembled.repositories,
        &on_github,
        &github,
        request.keys,
    );
    let uncloned = uncloned(
        &resolved,
        &catalogue,
        here,
        &environments,
        &assembled.versions,
        &request.settings,
    );
    let known = github.known(&environments);
    let checked = known.as_ref().and_then(GithubKnown::checked);
    let github = github.found(&detected, checked);
    let mut origins = vec![Origin::Clone(home)];
    origins.extend(
        resolved
            .neighbours
            .into_iter()
            .map(|neighbour| match neighbour {
                Neighbour::Clone { repository, .. } => Origin::Clone(repository),
                Neighbour::Github(history) => Origin::Github(history),
            }),
    );
    Ok(Gathered {
        facts: Facts {
            as_of: request.as_of,
            settings: request.settings,
            repositories: assembled.repositories,
            components: assembled.components,
            versions: assembled.versions,
            environments,
            measured,
            measured_unasked,
            incidents: recorded.incidents,
            marks: recorded.marks,
            github: known,
            notices,
        },
        origins,
        on_github,
        github,
        uncloned,
        known_environments,
        commits_read,
    })
}

fn analysed_head(
    home: &Repository,
    reference: Option<&str>,
) -> Result<Option<CommitId>, GatherError> {
    match reference {
        None => Ok(home.head()?),
        Some(name) => match home.resolve_commit(name)? {
            Some(commit) => Ok(Some(commit)),
            None => Err(GatherError::UnknownReference(name.to_owned())),
        },
    }
}

fn numbered(paths: &[(String, Vec<String>)]) -> Vec<(usize, Vec<String>)> {
    paths
        .iter()
        .enumerate()
        .map(|(number, (_, paths))| (number, paths.clone()))
        .collect()
}

/// A state file that is left out because config names another one of its environment.
fn replaced<T>(history: &FileHistory<T>, environment: &str) -> Notice {
    Notice::new(
        "state-file-replaced",
        format!(
            "{} is not read, config names another state file of {environment}: deployments that \
             it recorded are not counted",
            history.path
        ),
    )
    .hint("leave out state_file in .dora/config.json to read it instead")
    .count(history.versions.len())
    .incomplete()
}

/// What the state directories hold, over the whole history.
#[derive(Default)]
struct ReadFiles {
    state_files: Vec<ReadStateFile>,
    evidence: Vec<ReadEvidence>,
    texts: Texts,
}

fn read_files(
    home: &Repository,
    reader: &HistoryReader<'_>,
    head: Option<CommitId>,
    layout: &Layout,
    notices: &mut Vec<Notice>,
) -> Result<ReadFiles, GitError> {
    let Some(head) = head else {
        return Ok(ReadFiles::default());
    };
    // Snapshots repeat the same words thousands of times, and git looks a tag up on the disk.
    let asked: RefCell<HashMap<String, bool>> = RefCell::default();
    let is_tag = |name: &str| {
        let mut asked = asked.borrow_mut();
        if let Some(&known) = asked.get(name) {
            return known;
        }
        let is_tag = home.tag_commit(name).is_some();
        asked.insert(name.to_owned(), is_tag);
        is_tag
    };
    let texts = RefCell::new(Texts::default());
    let parse = |path: &str, bytes: &[u8]| {
        let mut texts = texts.borrow_mut();
        match layout.role(path) {
            Some(Role::Evidence(_)) => tested_content(bytes, &is_tag, &mut texts),
            Some(Role::Replaced(_)) => Err("it is not read".to_owned()),
            _ => deployed_content(bytes, &is_tag, &mut texts),
        }
    };
    let histories = reader.file_versions(head, &|path| layout.role(path).is_some(), &parse)?;
    let graph = reader.graph();
    let texts = texts.into_inner();
    let mut read = ReadFiles::default();
    for history in &histories {
        match layout.role(&history.path) {
            Some(Role::Deployed(environment)) => {
                let file = read_state_file(history, &environment, graph, &texts, notices);
                read.state_files.push(file);
            }
            Some(Role::Evidence(environment)) => {
                let evidence = read_evidence(history, &environment, graph, &texts, notices);
                read.evidence.extend(evidence);
            }
            Some(Role::Replaced(environment)) => notices.push(replaced(history, &environment)),
            None => {}
        }
    }
    Ok(ReadFiles { texts, ..read })
}
