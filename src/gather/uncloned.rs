//! Components whose repositories are not cloned, and the repositories of those that are: what GitHub
//! can be asked for beside the analysed repository. Nothing here asks.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::model::github::GithubRepository;
use crate::model::{DecidedBy, EnvironmentFacts, RepositoryFacts, Settings, Version};
use crate::sources::git::Repository;
use crate::sources::github::repository_of_remote;
use crate::sources::work_item_keys::KeyFinder;

use super::components::{Catalogue, Neighbour, Resolved, candidates};
use super::github::CachedGithub;

/// A component whose repository is not cloned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncloned {
    /// The component.
    pub name: String,
    /// Repositories that may be it, the likeliest first.
    pub candidates: Vec<GithubRepository>,
    /// Its versions, as written, each with the time of its first deployment to any environment.
    pub versions: Vec<(DateTime<Utc>, String)>,
}

/// The components that GitHub can be asked for: those without a clone, cached or not.
pub(super) fn uncloned(
    resolved: &Resolved,
    catalogue: &Catalogue,
    here: Option<&GithubRepository>,
    environments: &[EnvironmentFacts],
    versions: &[Version],
    settings: &Settings,
) -> Vec<Uncloned> {
    let mut first: BTreeMap<usize, DateTime<Utc>> = BTreeMap::new();
    let deployed = environments.iter().flat_map(|environment| {
        let snapshots = environment
            .snapshots
            .iter()
            .map(|it| (it.time, &it.versions));
        let recorded = environment
            .recorded
            .iter()
            .map(|it| (it.time, &it.versions));
        snapshots.chain(recorded)
    });
    for (time, named) in deployed {
        for &version in named.values() {
            let known = first.entry(version).or_insert(time);
            *known = time.min(*known);
        }
    }
    let is_cloned = |decided: DecidedBy| !matches!(decided, DecidedBy::Nobody | DecidedBy::Github);
    resolved
        .components
        .iter()
        .enumerate()
        .filter(|(_, component)| !is_cloned(component.decided_by))
        .map(|(index, component)| {
            let of_it = first
                .iter()
                .filter(|(version, _)| versions[**version].component == index);
            let mut named: Vec<(DateTime<Utc>, String)> = of_it
                .map(|(&version, &time)| (time, versions[version].text.clone()))
                .collect();
            named.sort();
            let images = catalogue.images_of(&component.name);
            Uncloned {
                name: component.name.clone(),
                candidates: candidates(&component.name, images, here, settings),
                versions: named,
            }
        })
        .filter(|component| !component.candidates.is_empty() && !component.versions.is_empty())
        .collect()
}

/// Hands every repository its pull requests, as far as they are cached, and tells its commits which of
/// them they revert, and which work items those name that they became.
pub(super) fn give_pull_requests(
    repositories: &mut [RepositoryFacts],
    on_github: &[Option<GithubRepository>],
    github: &CachedGithub,
    keys: Option<&KeyFinder>,
) {
    for (facts, repository) in repositories.iter_mut().zip(on_github) {
        if let Some(repository) = repository {
            facts.pull_requests = github.pulls_of(repository).to_vec();
            let pulls = &facts.pull_requests;
            facts.graph.resolve_reverts(|text| {
                let number = number_in(text, repository)?;
                let at = pulls
                    .binary_search_by_key(&number, |pull| pull.number)
                    .ok()?;
                pulls[at].merge_commit
            });
            if let Some(keys) = keys {
                add_keys(facts, keys);
            }
        }
    }
}

/// What the title or the branch of a pull request names belongs to what it became: a squashed commit,
/// or a merge and with it what that merged.
fn add_keys(facts: &mut RepositoryFacts, keys: &KeyFinder) {
    for pull in &facts.pull_requests {
        let known: Vec<String> = pull
            .key_words
            .iter()
            .filter(|it| keys.knows(it))
            .cloned()
            .collect();
        let became = pull.merge_commit.and_then(|id| facts.graph.find(id));
        if let Some(commit) = became.filter(|&it| facts.graph.is_read(it)) {
            facts.graph.add_keys(commit, known);
        }
    }
}

/// The number in `#221` or `owner/name#221`, of this repository.
fn number_in(text: &str, repository: &GithubRepository) -> Option<u64> {
    let (place, number) = text.split_once('#')?;
    let is_here = place.is_empty()
        || place.split_once('/').is_some_and(|(owner, name)| {
            owner.eq_ignore_ascii_case(&repository.owner)
                && name.eq_ignore_ascii_case(&repository.name)
        });
    number.parse().ok().filter(|_| is_here)
}

/// Where the repositories are on GitHub, the analysed one first, in the order of
/// `Facts::repositories`.
pub(super) fn on_github(
    here: Option<&GithubRepository>,
    neighbours: &[Neighbour],
) -> Vec<Option<GithubRepository>> {
    let of_clone = |repository: &Repository| repository_of_remote(&repository.remote_address()?);
    let others = neighbours.iter().map(|neighbour| match neighbour {
        Neighbour::Clone { repository, .. } => of_clone(repository),
        Neighbour::Github(history) => Some(history.repository().clone()),
    });
    std::iter::once(here.cloned()).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::commit_graph::CommitFlags;
    use crate::model::github::PullRequest;
    use crate::model::{CommitId, Tracker, instant_from_epoch};

    #[test]
    fn a_pull_request_gives_its_keys_to_what_it_became() {
        let mut facts = RepositoryFacts::default();
        let squashed = CommitId([1; 20]);
        let commit = facts.graph.intern(squashed);
        facts.graph.fill(commit, &[], 0, 0, CommitFlags::default());
        facts.graph.add_keys(commit, ["SHOP-1".to_owned()]);
        let pull = |number, merge_commit, words: &[&str]| PullRequest {
            number,
            opened: instant_from_epoch(0),
            merged: instant_from_epoch(1),
            updated: instant_from_epoch(1),
            merge_commit,
            first_commit: None,
            first_review: None,
            commits: Vec::new(),
            is_bot: false,
            key_words: words.iter().map(|&word| word.to_owned()).collect(),
        };
        facts.pull_requests = vec![
            pull(3, Some(squashed), &["SHOP-2", "UTF-8", "SHOP-99"]),
            pull(4, Some(CommitId([9; 20])), &["SHOP-2"]),
            pull(5, None, &["SHOP-2"]),
        ];
        let items = ["SHOP-1", "SHOP-2"].map(|key| (Tracker::Jira, key));
        let keys = KeyFinder::new("[A-Z]+-[0-9]+", items).unwrap();
        add_keys(&mut facts, &keys);
        let numbers = facts.graph.keys_named_by(commit).iter();
        let named: Vec<&str> = numbers
            .map(|&number| facts.graph.keys()[number as usize].as_str())
            .collect();
        assert_eq!(named, ["SHOP-1", "SHOP-2"]);
    }
}
