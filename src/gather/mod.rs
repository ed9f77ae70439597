//! Store + sources → one `Facts`: the only room that knows both. This file is the order in which it
//! happens; `layout` knows which paths matter, `state_files` turns file histories into snapshots,
//! `components` finds the repository of each component and resolves versions, `monorepo` its paths,
//! `environments` puts it all under the names of environments.

mod components;
mod environments;
mod layout;
mod monorepo;
mod releases;
mod state_files;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::model::{
    CommitGraph, CommitId, Component, Facts, Notice, RepositoryFacts, Resolution, Settings, Version,
};
use crate::sources::deployed_versions;
use crate::sources::git::{GitError, HistoryReader, Repository};
use crate::store::{Recorded, StoreError};

use components::{Catalogue, Resolved};
use layout::{Layout, Role};
use state_files::{ReadEvidence, ReadStateFile};

/// What to gather.
pub struct Request<'a> {
    /// The analysed branch, tag or commit; `None` is HEAD.
    pub reference: Option<&'a str>,
    /// Nothing at or after it exists.
    pub as_of: DateTime<Utc>,
    /// The settings in force.
    pub settings: Settings,
    /// Reads what people and pipelines recorded; it is told which environments have a state file.
    pub recorded: &'a dyn Fn(&BTreeSet<String>) -> Result<Recorded, StoreError>,
    /// Called with the number of commits read so far, now and then.
    pub progress: &'a dyn Fn(u64),
}

/// The facts, and what was learnt on the way.
pub struct Gathered {
    /// The facts.
    pub facts: Facts,
    /// The repositories, in the order of `Facts::repositories`: for what is looked up later.
    pub repositories: Vec<Repository>,
    /// How many commits were read, each once.
    pub commits_read: u64,
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
    // guessed from the state files at the head, and the walk is repeated when history names more.
    let guess = monorepo::guess(&home, head, &layout, settings);
    let mut reader = HistoryReader::new(&home, layout.walk(numbered(&guess)))?;
    reader.read(head.as_slice(), request.progress)?;
    let (state_files, evidence) = read_files(&home, &mut reader, head, &layout, &mut notices)?;
    notices.extend(uncommitted(&home, &layout, &state_files)?);

    let with_state_file = state_files
        .iter()
        .filter(|file| !file.snapshots.is_empty())
        .map(|file| file.environment.clone())
        .collect();
    let recorded = (request.recorded)(&with_state_file)?;
    notices.extend(recorded.notices.iter().cloned());

    let mut catalogue = Catalogue::default();
    state_files
        .iter()
        .for_each(|file| file.list_versions(&mut catalogue));
    evidence
        .iter()
        .for_each(|tested| catalogue.add_all(&tested.versions));
    let own_name = home.name();
    for record in &recorded.deployments {
        catalogue.add_all(&record.components);
    }
    let has_other_source = !with_state_file.is_empty() || !recorded.deployments.is_empty();
    let mut tagged = Vec::new();
    if !has_other_source {
        tagged = releases::read(&home, &own_name, &mut notices)?;
    }
    let mut resolved = components::resolve(&home, &catalogue, settings, &mut notices)?;
    resolved.add_releases(&tagged);

    let mut reading = Reading::new(&resolved, &home, head, settings, &mut notices)?;
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
    for (number, neighbour) in resolved.neighbours.iter().enumerate() {
        reading.walk(number + 1, &neighbour.repository, &layout, request.progress)?;
    }
    let Reading {
        graphs,
        paths,
        waiting,
        commits_read,
        ..
    } = reading;
    let assembled = assemble(&resolved, &own_name, head, &home, graphs, &paths, &waiting);
    let environments = environments::collect(
        &state_files,
        &evidence,
        &tagged,
        &recorded,
        &request.settings,
        &assembled,
    );
    let measured = environments::measured(&request.settings, &environments)?;
    let mut repositories = vec![home];
    repositories.extend(
        resolved
            .neighbours
            .into_iter()
            .map(|neighbour| neighbour.repository),
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
            incidents: recorded.incidents,
            marks: recorded.marks,
            notices,
        },
        repositories,
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

/// What limits the view of history: shallow and partial clones, an upstream that is ahead.
fn state_of_repository(home: &Repository, is_head: bool) -> Vec<Notice> {
    let mut notices = shallow_notice(home, "this clone")
        .into_iter()
        .collect::<Vec<_>>();
    notices.extend(home.unusual_history());
    if is_head && let Some(upstream) = home.behind_upstream() {
        notices.push(
            Notice::new(
                "behind-upstream",
                format!(
                    "HEAD is behind {}: newer deployments may be there",
                    upstream.name
                ),
            )
            .hint("git pull"),
        );
    }
    notices
}

fn shallow_notice(repository: &Repository, what: &str) -> Option<Notice> {
    let boundary = repository.shallow_boundary();
    let cut = match &boundary[..] {
        [] => return None,
        [only] => format!("commit {}", only.short()),
        [first, ..] => format!("{} commits (one is {})", boundary.len(), first.short()),
    };
    let message = format!("{what} is shallow: history is cut at {cut}, the numbers are partial");
    let notice = Notice::new("shallow-clone", message);
    Some(notice.hint("git fetch --unshallow").incomplete())
}

fn numbered(paths: &[(String, Vec<String>)]) -> Vec<(usize, Vec<String>)> {
    paths
        .iter()
        .enumerate()
        .map(|(number, (_, paths))| (number, paths.clone()))
        .collect()
}

fn read_files(
    home: &Repository,
    reader: &mut HistoryReader<'_>,
    head: Option<CommitId>,
    layout: &Layout,
    notices: &mut Vec<Notice>,
) -> Result<(Vec<ReadStateFile>, Vec<ReadEvidence>), GitError> {
    let Some(head) = head else {
        return Ok((Vec::new(), Vec::new()));
    };
    let histories = reader.file_versions(head, &|path| layout.role(path).is_some())?;
    let is_tag = |name: &str| home.tag_commit(name).is_some();
    let mut state_files = Vec::new();
    let mut evidence = Vec::new();
    for history in &histories {
        let graph = reader.graph();
        match layout.role(&history.path) {
            Some(Role::Deployed(environment)) => state_files.push(state_files::read_state_file(
                history,
                &environment,
                graph,
                &is_tag,
                notices,
            )),
            Some(Role::Evidence(environment)) => evidence.extend(state_files::read_evidence(
                history,
                &environment,
                graph,
                &is_tag,
                notices,
            )),
            None => {}
        }
    }
    Ok((state_files, evidence))
}

/// Content of the work tree that no commit holds yet: listed, and in no metric (spec 2.2).
fn uncommitted(
    home: &Repository,
    layout: &Layout,
    state_files: &[ReadStateFile],
) -> Result<Vec<Notice>, GitError> {
    let is_state_file = |path: &str| matches!(layout.role(path), Some(Role::Deployed(_)));
    let (files, mut notices) = home.uncommitted(&layout.walk(Vec::new()), &is_state_file)?;
    let is_tag = |name: &str| home.tag_commit(name).is_some();
    for file in files {
        let Ok(content) = deployed_versions::parse(&file.content, &is_tag) else {
            continue;
        };
        let committed = state_files
            .iter()
            .find(|known| known.path == file.path)
            .and_then(|known| known.snapshots.last());
        let changed: Vec<&str> = content
            .components
            .iter()
            .filter(|(component, version)| {
                committed.and_then(|snapshot| snapshot.versions.get(*component)) != Some(version)
            })
            .map(|(component, _)| component.as_str())
            .collect();
        if !changed.is_empty() {
            notices.push(
                Notice::new(
                    "uncommitted-deployment",
                    format!(
                        "{} has uncommitted versions ({}): they are in no metric",
                        file.path,
                        changed.join(", ")
                    ),
                )
                .hint(format!("git add {0} && git commit {0}", file.path)),
            );
        }
    }
    Ok(notices)
}

/// What is read of each repository once the components are known.
struct Reading<'a> {
    resolved: &'a Resolved,
    /// Per component the paths that tell it apart; empty where nothing has to be told apart.
    paths: Vec<Vec<String>>,
    /// Per component the commit up to which its changes wait.
    waiting: Vec<Option<CommitId>>,
    home_head: Option<CommitId>,
    graphs: Vec<CommitGraph>,
    commits_read: u64,
}

impl<'a> Reading<'a> {
    fn new(
        resolved: &'a Resolved,
        home: &Repository,
        head: Option<CommitId>,
        settings: &Settings,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, GitError> {
        let mut members: BTreeMap<usize, usize> = BTreeMap::new();
        for component in &resolved.components {
            if let Some(number) = component.repository {
                *members.entry(number).or_default() += 1;
            }
        }
        let mut paths = Vec::new();
        let mut waiting = Vec::new();
        for component in &resolved.components {
            let (repository, tip) = match component.repository {
                None => {
                    paths.push(Vec::new());
                    waiting.push(None);
                    continue;
                }
                Some(0) => (home, head),
                Some(number) => {
                    let repository = &resolved.neighbours[number - 1].repository;
                    let tip = waiting_tip(repository, &component.name, settings, notices)?;
                    (repository, tip)
                }
            };
            let is_shared = component
                .repository
                .and_then(|number| members.get(&number))
                .is_some_and(|&n| n > 1);
            paths.push(if is_shared {
                monorepo::paths_of(repository, tip, &component.name, settings)
            } else {
                Vec::new()
            });
            waiting.push(tip);
        }
        for neighbour in &resolved.neighbours {
            notices.extend(shallow_notice(&neighbour.repository, &neighbour.place));
        }
        Ok(Self {
            resolved,
            paths,
            waiting,
            home_head: head,
            graphs: Vec::new(),
            commits_read: 0,
        })
    }

    fn members(&self, number: usize) -> impl Iterator<Item = usize> {
        (0..self.resolved.components.len())
            .filter(move |&index| self.resolved.components[index].repository == Some(number))
    }

    /// Components of a repository that have paths, with these.
    fn paths_in(&self, number: usize) -> BTreeMap<usize, Vec<String>> {
        self.members(number)
            .filter(|&component| !self.paths[component].is_empty())
            .map(|component| (component, self.paths[component].clone()))
            .collect()
    }

    /// Every commit that something in this repository was deployed at, and where changes wait.
    fn tips(&self, number: usize) -> Vec<CommitId> {
        let mut tips: BTreeSet<CommitId> = BTreeSet::new();
        if number == 0 {
            tips.extend(self.home_head);
        }
        for component in self.members(number) {
            tips.extend(self.waiting[component]);
            tips.extend(
                self.resolved.components[component]
                    .versions
                    .values()
                    .filter_map(|v| v.as_ref().ok()),
            );
        }
        tips.into_iter().collect()
    }

    fn walk(
        &mut self,
        number: usize,
        repository: &Repository,
        layout: &Layout,
        progress: &dyn Fn(u64),
    ) -> Result<(), GitError> {
        let paths: Vec<(usize, Vec<String>)> = self.paths_in(number).into_iter().collect();
        let mut reader = HistoryReader::new(repository, layout.walk(paths))?;
        reader.read(&self.tips(number), progress)?;
        self.finish(reader, Some);
        Ok(())
    }

    fn finish(&mut self, reader: HistoryReader<'_>, renumber: impl Fn(usize) -> Option<usize>) {
        self.commits_read += reader.commits_read();
        let mut graph = reader.finish();
        graph.renumber_touched(renumber);
        self.graphs.push(graph);
    }
}

/// Where undeployed changes of a component in its own clone wait: config, else `origin/HEAD`, else
/// HEAD (spec 2.5).
fn waiting_tip(
    repository: &Repository,
    component: &str,
    settings: &Settings,
    notices: &mut Vec<Notice>,
) -> Result<Option<CommitId>, GitError> {
    let configured = settings
        .components
        .get(component)
        .and_then(|component| component.waiting_ref.as_deref());
    if let Some(name) = configured {
        if let Some(tip) = repository.resolve_commit(name)? {
            return Ok(Some(tip));
        }
        notices.push(
            Notice::new(
                "component-ref-unknown",
                format!("components.{component}.ref names `{name}`, which names no commit there"),
            )
            .hint(format!(
                "correct components.{component}.ref in .dora/config.json"
            )),
        );
    }
    match repository.origin_head() {
        Some(tip) => Ok(Some(tip)),
        None => repository.head(),
    }
}

/// The facts about repositories, components and versions, with indexes instead of names and ids.
struct Assembled {
    repositories: Vec<RepositoryFacts>,
    components: Vec<Component>,
    versions: Vec<Version>,
    version_index: BTreeMap<(usize, String), usize>,
}

impl Assembled {
    /// Component → version, as indexes.
    fn indexed(&self, versions: &BTreeMap<String, String>) -> BTreeMap<usize, usize> {
        versions
            .iter()
            .filter_map(|(name, text)| {
                let component = self
                    .components
                    .binary_search_by(|known| known.name.cmp(name))
                    .ok()?;
                let version = *self.version_index.get(&(component, text.clone()))?;
                Some((component, version))
            })
            .collect()
    }
}

fn assemble(
    resolved: &Resolved,
    own_name: &str,
    head: Option<CommitId>,
    home: &Repository,
    graphs: Vec<CommitGraph>,
    paths: &[Vec<String>],
    waiting: &[Option<CommitId>],
) -> Assembled {
    let mut versions = Vec::new();
    let mut version_index = BTreeMap::new();
    let mut components = Vec::new();
    for (index, component) in resolved.components.iter().enumerate() {
        let graph = component.repository.map(|number| &graphs[number]);
        for (text, resolution) in &component.versions {
            let commit = resolution.as_ref().ok().and_then(|&id| graph?.find(id));
            version_index.insert((index, text.clone()), versions.len());
            versions.push(Version {
                component: index,
                text: text.clone(),
                resolution: match (commit, resolution) {
                    (Some(commit), _) => Resolution::Commit(commit),
                    (None, Err(reason)) => Resolution::Unresolved(reason.clone()),
                    (None, Ok(_)) => Resolution::Unresolved("no such commit".to_owned()),
                },
            });
        }
        components.push(Component {
            name: component.name.clone(),
            repository: component.repository,
            decided_by: component.decided_by,
            paths: paths[index].clone(),
            waiting_head: waiting[index].and_then(|id| graph?.find(id)),
        });
    }
    let repositories = graphs
        .into_iter()
        .enumerate()
        .map(
            |(number, graph)| match number.checked_sub(1).map(|n| &resolved.neighbours[n]) {
                None => RepositoryFacts {
                    name: own_name.to_owned(),
                    place: ".".to_owned(),
                    head: head.and_then(|id| graph.find(id)),
                    is_shallow: home.is_shallow(),
                    graph,
                },
                Some(neighbour) => RepositoryFacts {
                    name: neighbour.repository.name(),
                    place: neighbour.place.clone(),
                    head: None,
                    is_shallow: neighbour.repository.is_shallow(),
                    graph,
                },
            },
        )
        .collect();
    Assembled {
        repositories,
        components,
        versions,
        version_index,
    }
}
