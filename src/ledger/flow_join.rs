//! Work items meet commits and deployments (spec 6.4): for every item its commits, its pull requests,
//! the merges and deployments that brought them. `flow_join::links` says whose a commit is and what was
//! taken back, `main_line` what merges merged, `pull_requests` whose pull request a commit is part of.
//! What lies between the points is `metrics::idea_to_production`.

mod links;
mod main_line;
mod pull_requests;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::model::work_item::Tracker;
use crate::model::work_item_keys::spellings;
use crate::model::{CommitId, Facts, Notice, RepositoryFacts, instant_from_epoch};

use super::account::EnvironmentAccount;
use super::attribution::committed;
use super::whereabouts::Whereabout;

use links::Links;
use main_line::MainLine;
use pull_requests::PullRequestsOf;

/// What an item may be called in commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemName<'a> {
    /// Where it comes from.
    pub tracker: Tracker,
    /// Its key.
    pub key: &'a str,
    /// Keys it had before.
    pub aliases: &'a [String],
}

/// All items joined to the deployments of one environment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlowJoin {
    /// In the order of the items; `None` for those that no commit names.
    pub items: Vec<Option<ItemCode>>,
    /// What could not be followed.
    pub notices: Vec<Notice>,
    /// Items of each change that names one, ascending, by repository and commit.
    items_of: HashMap<(usize, CommitId), Vec<usize>>,
    /// Keys of imported projects that belong to no item, by the change that names them.
    unknown_of: HashMap<(usize, CommitId), Vec<String>>,
}

/// One change of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemCommit {
    /// Index of its repository in `Facts::repositories`.
    pub repository: usize,
    /// Its commit.
    pub commit: CommitId,
    /// When it was committed, by the definition of lead time in force; `None` when git stores no date.
    pub committed: Option<DateTime<Utc>>,
    /// Which deployment brought it.
    pub place: Whereabout,
    /// Whether a revert that is deployed has taken it back: it is not needed any more.
    pub is_taken_back: bool,
}

/// What tells when an item was merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MergedBy {
    /// A pull request of this number.
    PullRequest(u64),
    /// The merge commit that brought it to the main line.
    Commit(CommitId),
}

/// The code of one item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemCode {
    /// Its changes, oldest first.
    pub commits: Vec<ItemCommit>,
    /// Its oldest change that has a date.
    pub first_commit: Option<(DateTime<Utc>, CommitId)>,
    /// When its first pull request was opened, and its number.
    pub opened: Option<(DateTime<Utc>, u64)>,
    /// When the last part of it that is needed was merged.
    pub merged: Option<(DateTime<Utc>, MergedBy)>,
    /// The deployments that brought what is needed, in their order: indexes in
    /// `EnvironmentAccount::deployments`.
    pub deployments: Vec<usize>,
    /// The one that brought the first part; `None` before, and where a part was there before the
    /// record begins.
    pub first_deployment: Option<usize>,
    /// The one that brought the last part; `None` while a part waits, and where nobody knows when.
    pub last_deployment: Option<usize>,
    /// Needed changes that no deployment contains.
    pub waiting: usize,
    /// Needed changes that were there before the record begins.
    pub before_record: usize,
    /// Changes that were taken back.
    pub taken_back: usize,
}

impl FlowJoin {
    /// Joins items to what the environment's account says of the commits that name them. The facts must
    /// have been gathered with a key finder for these items.
    pub fn of(facts: &Facts, account: &EnvironmentAccount, items: &[ItemName<'_>]) -> Self {
        let mut items_called: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, item) in items.iter().enumerate() {
            let keys = [item.key]
                .into_iter()
                .chain(item.aliases.iter().map(String::as_str));
            let names: BTreeSet<String> =
                keys.flat_map(|key| spellings(item.tracker, key)).collect();
            for name in names {
                items_called.entry(name).or_default().push(index);
            }
        }
        let mut join = Self {
            items: vec![None; items.len()],
            ..Self::default()
        };
        let mut unfollowed = 0;
        for (number, repository) in facts.repositories.iter().enumerate() {
            if !repository.graph.keys().is_empty() {
                let place = Place {
                    facts,
                    account,
                    number,
                    repository,
                };
                unfollowed += join.add_repository(&place, &items_called);
            }
        }
        if unfollowed > 0 {
            join.notices.push(
                Notice::new(
                    "merges-not-followed",
                    "the history is too large to follow every merge that names an item: commits that \
                     only such a merge names are counted as without item",
                )
                .count(unfollowed)
                .incomplete(),
            );
        }
        for item in join.items.iter_mut().flatten() {
            item.settle();
        }
        join
    }

    /// The items that a change belongs to, ascending; empty when it names none.
    pub fn items_of(&self, repository: usize, commit: CommitId) -> &[usize] {
        let items = self.items_of.get(&(repository, commit));
        items.map_or(&[], Vec::as_slice)
    }

    /// Keys of imported projects that a change names and no item has.
    pub fn unknown_keys_of(&self, repository: usize, commit: CommitId) -> &[String] {
        let keys = self.unknown_of.get(&(repository, commit));
        keys.map_or(&[], Vec::as_slice)
    }

    /// How many merges were not followed.
    fn add_repository(
        &mut self,
        place: &Place<'_>,
        items_called: &HashMap<String, Vec<usize>>,
    ) -> usize {
        let graph = &place.repository.graph;
        let of_key: Vec<&[usize]> = graph
            .keys()
            .iter()
            .map(|key| items_called.get(key).map_or(&[][..], Vec::as_slice))
            .collect();
        let mut line = MainLine::new(graph, &place.heads());
        let links = Links::of(graph, &mut line);
        let taken_back = links.taken_back(|it| place.whereabout(it) != Whereabout::NotDeployed);
        let pull_requests = PullRequestsOf::new(place.repository, place.facts.as_of);
        for (&commit, keys) in &links.keys_of {
            let committed = committed(place.facts, graph, commit);
            if committed.is_some_and(|at| at >= place.facts.as_of) {
                continue;
            }
            let id = graph.id(commit);
            let mut owners: BTreeSet<usize> = BTreeSet::new();
            for &key in keys {
                let items = of_key[key as usize];
                owners.extend(items);
                if items.is_empty() {
                    let unknown = self.unknown_of.entry((place.number, id)).or_default();
                    unknown.push(graph.keys()[key as usize].clone());
                }
            }
            if owners.is_empty() {
                continue;
            }
            let is_taken_back = taken_back.contains(&commit);
            let by = line.merge_of(commit);
            let holder = pull_requests.of(commit, by);
            let merged = match (holder, by) {
                (Some(it), _) => Some((it.merged, MergedBy::PullRequest(it.number))),
                (None, Some(merge)) => {
                    let at = graph.committer_time(merge);
                    (at > 0).then(|| (instant_from_epoch(at), MergedBy::Commit(graph.id(merge))))
                }
                (None, None) => None,
            };
            let merged = merged.filter(|&(at, _)| at < place.facts.as_of);
            for &owner in &owners {
                let Some(item) = self.items.get_mut(owner) else {
                    continue;
                };
                let item = item.get_or_insert_default();
                item.commits.push(ItemCommit {
                    repository: place.number,
                    commit: id,
                    committed,
                    place: place.whereabout(commit),
                    is_taken_back,
                });
                if let Some(opened) = holder.map(|it| (it.opened, it.number)) {
                    item.opened = Some(item.opened.map_or(opened, |known| known.min(opened)));
                }
                if !is_taken_back {
                    item.merged = item.merged.max(merged);
                }
            }
            self.items_of
                .insert((place.number, id), owners.into_iter().collect());
        }
        line.unfollowed
    }
}

impl ItemCode {
    /// Whether all of it that is needed is in the environment; not when all of it was taken back.
    pub fn runs(&self) -> bool {
        self.waiting == 0 && (self.before_record > 0 || !self.deployments.is_empty())
    }

    /// Everything that follows from the commits.
    fn settle(&mut self) {
        self.commits
            .sort_by_key(|it| (it.committed, it.repository, it.commit));
        let dated = |it: &ItemCommit| Some((it.committed?, it.commit));
        self.first_commit = self.commits.iter().find_map(dated);
        let mut deployments = BTreeSet::new();
        for commit in &self.commits {
            match commit.place {
                _ if commit.is_taken_back => self.taken_back += 1,
                Whereabout::Deployment(index) => _ = deployments.insert(index),
                Whereabout::BeforeRecord => self.before_record += 1,
                Whereabout::NotDeployed => self.waiting += 1,
            }
        }
        self.deployments = deployments.into_iter().collect();
        if self.before_record == 0 {
            self.first_deployment = self.deployments.first().copied();
        }
        if self.waiting == 0 {
            self.last_deployment = self.deployments.last().copied();
        }
    }
}

/// One repository, seen from the environment.
struct Place<'a> {
    facts: &'a Facts,
    account: &'a EnvironmentAccount,
    number: usize,
    repository: &'a RepositoryFacts,
}

impl Place<'_> {
    fn whereabout(&self, commit: u32) -> Whereabout {
        self.account.whereabouts.of_change(self.number, commit)
    }

    /// Where its main line ends: the analysed head, or where changes of its components wait.
    fn heads(&self) -> Vec<u32> {
        let components = self.facts.components.iter();
        let waiting = components
            .filter(|it| it.repository == Some(self.number))
            .filter_map(|it| it.waiting_head);
        let heads: BTreeMap<u32, ()> = waiting.map(|it| (it, ())).collect();
        match self.repository.head {
            Some(head) => vec![head],
            None => heads.into_keys().collect(),
        }
    }
}
