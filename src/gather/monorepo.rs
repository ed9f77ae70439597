//! Components that share a repository are told apart by path (spec 2.5): config, else the first of
//! `<name>/`, `apps/<name>/`, `packages/<name>/`, `services/<name>/` that exists at the analysed head.

use std::collections::BTreeSet;

use crate::model::{CommitId, Settings};
use crate::sources::deployed_versions;
use crate::sources::git::{PathKind, Repository};

use super::layout::Layout;
use super::releases::NamedRelease;

/// The paths of one component in a repository, or none.
pub(super) fn paths_of(
    repository: &Repository,
    head: Option<CommitId>,
    component: &str,
    settings: &Settings,
) -> Vec<String> {
    let configured = settings
        .components
        .get(component)
        .map_or(&[][..], |known| &known.paths);
    if !configured.is_empty() {
        return configured
            .iter()
            .map(|path| format!("{}/", path.trim_matches('/')))
            .collect();
    }
    let Some(head) = head.filter(|_| is_plain_path(component)) else {
        return Vec::new();
    };
    ["", "apps/", "packages/", "services/"]
        .into_iter()
        .map(|parent| format!("{parent}{component}"))
        .find(|path| {
            matches!(
                repository.path_kind_at(head, path),
                Ok(Some(PathKind::Directory))
            )
        })
        .map(|path| vec![format!("{path}/")])
        .unwrap_or_default()
}

/// Whether a component's name can be a path inside the repository as it is.
fn is_plain_path(name: &str) -> bool {
    name.split('/')
        .all(|part| !matches!(part, "" | "." | ".." | "state" | ".dora" | ".git"))
}

/// Components that may have to be told apart, with their paths: those that config lists and the
/// state files at the head name, or the releases where there is no such file. Most histories name no
/// others, so one walk is enough.
pub(super) fn guess<'r>(
    repository: &Repository,
    head: Option<CommitId>,
    layout: &Layout,
    settings: &Settings,
    releases: impl FnOnce() -> &'r [NamedRelease],
) -> Vec<(String, Vec<String>)> {
    let names = components_at_head(repository, head, layout, settings, releases);
    if names.len() < 2 {
        return Vec::new();
    }
    names
        .into_iter()
        .map(|name| {
            let paths = paths_of(repository, head, &name, settings);
            (name, paths)
        })
        .filter(|(_, paths)| !paths.is_empty())
        .collect()
}

fn components_at_head<'r>(
    repository: &Repository,
    head: Option<CommitId>,
    layout: &Layout,
    settings: &Settings,
    releases: impl FnOnce() -> &'r [NamedRelease],
) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = settings.components.keys().cloned().collect();
    let Some(head) = head else {
        return names;
    };
    let files = layout.state_files(|directory| repository.names_in(head, directory));
    let files = files.unwrap_or_default();
    if files.is_empty() {
        names.extend(
            releases()
                .iter()
                .flat_map(|release| release.versions.keys().cloned()),
        );
    }
    for path in files {
        let content = repository
            .file_at(head, &path)
            .ok()
            .flatten()
            .unwrap_or_default();
        if let Ok(content) = deployed_versions::parse(&content, &|_| false) {
            names.extend(content.components.into_keys());
        }
    }
    names
}
