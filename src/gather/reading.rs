//! Which commits of each repository are read once the components are known: what was deployed, where
//! changes wait, and the paths that tell components apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{CommitGraph, CommitId, Notice, Settings};
use crate::sources::git::{GitError, HistoryReader, Repository};
use crate::sources::work_item_keys::KeyFinder;

use super::clone_state::shallow_notice;
use super::components::{Neighbour, Resolved};
use super::layout::Layout;
use super::monorepo;

/// What is read of each repository once the components are known.
pub(super) struct Reading<'a> {
    pub(super) resolved: &'a Resolved,
    /// Per component the paths that tell it apart; empty where nothing has to be told apart.
    pub(super) paths: Vec<Vec<String>>,
    /// Per component the commit up to which its changes wait.
    pub(super) waiting: Vec<Option<CommitId>>,
    pub(super) home_head: Option<CommitId>,
    pub(super) graphs: Vec<CommitGraph>,
    pub(super) commits_read: u64,
    /// Finds the work items that commits name, when they are wanted.
    keys: Option<&'a KeyFinder>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        resolved: &'a Resolved,
        home: &Repository,
        head: Option<CommitId>,
        settings: &Settings,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, GitError> {
        let mut members: BTreeMap<usize, usize> = BTreeMap::new();
        for component in resolved.components.iter().filter(|it| !it.is_whole) {
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
                Some(number) => match &resolved.neighbours[number - 1] {
                    Neighbour::Clone { repository, .. } => {
                        let tip = waiting_tip(repository, &component.name, settings, notices)?;
                        (repository, tip)
                    }
                    Neighbour::Github(history) => {
                        paths.push(Vec::new());
                        waiting.push(history.head());
                        continue;
                    }
                },
            };
            let is_shared = !component.is_whole
                && component
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
            if let Neighbour::Clone { repository, place } = neighbour {
                notices.extend(shallow_notice(repository, place));
            }
        }
        Ok(Self {
            resolved,
            paths,
            waiting,
            home_head: head,
            graphs: Vec::new(),
            commits_read: 0,
            keys: None,
        })
    }

    pub(super) fn noting_keys(mut self, keys: Option<&'a KeyFinder>) -> Self {
        self.keys = keys;
        self
    }

    fn members(&self, number: usize) -> impl Iterator<Item = usize> {
        (0..self.resolved.components.len())
            .filter(move |&index| self.resolved.components[index].repository == Some(number))
    }

    /// Components of a repository that have paths, with these.
    pub(super) fn paths_in(&self, number: usize) -> BTreeMap<usize, Vec<String>> {
        self.members(number)
            .filter(|&component| !self.paths[component].is_empty())
            .map(|component| (component, self.paths[component].clone()))
            .collect()
    }

    /// Every commit that something in this repository was deployed at, and where changes wait.
    pub(super) fn tips(&self, number: usize) -> Vec<CommitId> {
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

    /// Reads the histories of all neighbours, in their order.
    pub(super) fn walk_neighbours(
        &mut self,
        layout: &Layout,
        progress: &dyn Fn(u64),
    ) -> Result<(), GitError> {
        let neighbours = &self.resolved.neighbours;
        for (number, neighbour) in neighbours.iter().enumerate() {
            match neighbour {
                Neighbour::Clone { repository, .. } => {
                    self.walk(number + 1, repository, layout, progress)?;
                }
                Neighbour::Github(history) => self.graphs.push(history.graph(self.keys)),
            }
        }
        Ok(())
    }

    pub(super) fn walk(
        &mut self,
        number: usize,
        repository: &Repository,
        layout: &Layout,
        progress: &dyn Fn(u64),
    ) -> Result<(), GitError> {
        let paths: Vec<(usize, Vec<String>)> = self.paths_in(number).into_iter().collect();
        let mut reader = HistoryReader::new(repository, layout.walk(paths))?.noting_keys(self.keys);
        reader.read(&self.tips(number), progress)?;
        self.finish(reader, Some);
        Ok(())
    }

    pub(super) fn finish(
        &mut self,
        reader: HistoryReader<'_>,
        renumber: impl Fn(usize) -> Option<usize>,
    ) {
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
