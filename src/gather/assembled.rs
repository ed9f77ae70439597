//! Names and ids become indexes: repositories, components and versions as the facts hold them.

use std::collections::{BTreeMap, HashMap};

use crate::model::{CommitGraph, CommitId, Component, RepositoryFacts, Resolution, Version};
use crate::sources::git::Repository;

use super::components::Resolved;
use super::texts::{NumberedVersions, Texts};

/// The facts about repositories, components and versions, with indexes instead of names and ids.
pub(super) struct Assembled {
    pub(super) repositories: Vec<RepositoryFacts>,
    pub(super) components: Vec<Component>,
    pub(super) versions: Vec<Version>,
    version_index: BTreeMap<(usize, String), usize>,
    /// Component and version as numbers of texts → as indexes: what was looked up before.
    looked_up: HashMap<(u32, u32), Option<(usize, usize)>>,
}

impl Assembled {
    /// Component → version, as indexes.
    pub(super) fn indexed(&self, versions: &BTreeMap<String, String>) -> BTreeMap<usize, usize> {
        versions
            .iter()
            .filter_map(|(name, text)| self.index(name, text))
            .collect()
    }

    /// The same of versions whose texts are numbered.
    pub(super) fn indexed_numbers(
        &mut self,
        versions: &NumberedVersions,
        texts: &Texts,
    ) -> BTreeMap<usize, usize> {
        versions
            .iter()
            .filter_map(|&(name, text)| match self.looked_up.get(&(name, text)) {
                Some(known) => *known,
                None => {
                    let found = self.index(texts.text(name), texts.text(text));
                    self.looked_up.insert((name, text), found);
                    found
                }
            })
            .collect()
    }

    fn index(&self, name: &str, text: &str) -> Option<(usize, usize)> {
        let component = self
            .components
            .binary_search_by(|known| known.name.as_str().cmp(name))
            .ok()?;
        let version = *self.version_index.get(&(component, text.to_owned()))?;
        Some((component, version))
    }
}

pub(super) fn assemble(
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
            is_whole: component.is_whole,
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
                    pull_requests: Vec::new(),
                    is_shallow: home.is_shallow(),
                    graph,
                },
                Some(neighbour) => RepositoryFacts {
                    name: neighbour.name(),
                    place: neighbour.place(),
                    head: None,
                    pull_requests: Vec::new(),
                    is_shallow: neighbour.clone_of_it().is_some_and(Repository::is_shallow),
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
        looked_up: HashMap::new(),
    }
}
