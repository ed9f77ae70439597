//! Which deployment brought each merged pull request first. `attribution` has told which changes and
//! merge commits every deployment brought; here commits become pull requests. What the times between
//! mean is `metrics::pull_request_stages`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::model::github::PullRequest;
use crate::model::{CommitId, Facts};

use super::account::DeployedPullRequest;
use super::attribution::{Attribution, Merged};
use super::timeline::Entry;

/// The pull requests of all repositories by the commits they hold: made once, asked for every
/// environment.
pub(super) struct PullRequestIndex<'a> {
    facts: &'a Facts,
    repositories: Vec<Holders<'a>>,
}

/// The pull requests of one repository.
#[derive(Default)]
struct Holders<'a> {
    candidates: Vec<Candidate<'a>>,
    /// Commit and the candidate that became it on its base, by commit.
    merged_as: Vec<(u32, usize)>,
    /// Commit and a candidate that lists it, by commit.
    listed_by: Vec<(u32, usize)>,
}

/// One merged pull request, with what its own commits say where the history holds them.
struct Candidate<'a> {
    pull_request: &'a PullRequest,
    /// Components whose paths its commits touch; empty when they touch none, or are not known.
    touched: BTreeSet<usize>,
    /// Whether all of its commits are bookkeeping: merging them changes nothing.
    is_bookkeeping: bool,
}

impl Candidate<'_> {
    /// Whether a deployment of this component can bring it.
    fn concerns(&self, facts: &Facts, component: usize) -> bool {
        self.touched.is_empty()
            || self.touched.contains(&component)
            || facts.components[component].is_whole
    }
}

impl<'a> PullRequestIndex<'a> {
    /// Looks every commit of every pull request up, once. One that is merged at or after `as of` does
    /// not exist yet.
    pub(super) fn of(facts: &'a Facts) -> Self {
        let repositories = facts.repositories.iter().map(|repository| {
            let graph = &repository.graph;
            let mut holders = Holders::default();
            let merged = repository.pull_requests.iter();
            for pull_request in merged.filter(|it| it.merged < facts.as_of) {
                let position = holders.candidates.len();
                let merge_commit = pull_request.merge_commit.and_then(|id| graph.find(id));
                holders
                    .merged_as
                    .extend(merge_commit.map(|commit| (commit, position)));
                let own: Vec<u32> = pull_request
                    .commits
                    .iter()
                    .filter_map(|&id| graph.find(id))
                    .filter(|&commit| graph.is_read(commit))
                    .collect();
                holders
                    .listed_by
                    .extend(own.iter().map(|&commit| (commit, position)));
                let plain = || own.iter().copied().filter(|&it| !graph.is_merge(it));
                holders.candidates.push(Candidate {
                    pull_request,
                    touched: plain()
                        .flat_map(|commit| graph.touched(commit))
                        .copied()
                        .collect(),
                    is_bookkeeping: plain().next().is_some()
                        && plain().all(|commit| graph.flags(commit).is_bookkeeping),
                });
            }
            holders.merged_as.sort_unstable();
            holders.listed_by.sort_unstable();
            holders.listed_by.dedup();
            holders
        });
        Self {
            facts,
            repositories: repositories.collect(),
        }
    }

    /// The pull requests that the entries of one environment brought, each with the first.
    pub(super) fn deployed(
        &self,
        entries: &[Entry],
        attribution: &Attribution<'_>,
    ) -> Vec<DeployedPullRequest> {
        let mut arrivals = Arrivals::default();
        for (entry, changes) in attribution.changes.iter().enumerate() {
            for change in changes {
                let holders = &self.repositories[change.repository];
                let Some(commit) = holders.find(attribution, change.repository, change.commit)
                else {
                    continue;
                };
                for candidate in holders.of(commit, entries[entry].time) {
                    arrivals.add(
                        (change.repository, candidate),
                        entry,
                        change.components.iter().copied(),
                    );
                }
            }
        }
        self.add_merges(entries, &attribution.merged, &mut arrivals);
        let mut deployed: Vec<DeployedPullRequest> = arrivals
            .0
            .into_iter()
            .map(|((repository, candidate), (deployment, components))| {
                let it = self.repositories[repository].candidates[candidate].pull_request;
                DeployedPullRequest {
                    repository,
                    number: it.number,
                    components: components.into_iter().collect(),
                    deployment,
                    opened: it.opened,
                    merged: it.merged,
                    // Git stores no date at or before 1970 that means one.
                    first_commit: it.first_commit.filter(|at| at.timestamp() > 0),
                    // Who looks at it afterwards has not picked it up.
                    first_review: it.first_review.filter(|&at| at <= it.merged),
                    deployed_at: entries[deployment].time,
                    is_bot: it.is_bot,
                }
            })
            .collect();
        deployed.sort_by_key(|it| (it.deployment, it.repository, it.number));
        deployed
    }

    /// Merge commits touch no path, so every history with paths of its own contains them some day:
    /// only those of the components that the merged commits touch tell when they were deployed.
    fn add_merges(&self, entries: &[Entry], merged: &[Merged], arrivals: &mut Arrivals) {
        let mut merged: Vec<&Merged> = merged.iter().collect();
        // Stable: of one commit they stay in the order of entries.
        merged.sort_by_key(|it| (it.repository, it.commit));
        for same in merged.chunk_by(|a, b| (a.repository, a.commit) == (b.repository, b.commit)) {
            let Merged {
                repository,
                commit,
                entry,
                ..
            } = *same[0];
            let holders = &self.repositories[repository];
            for position in holders.of(commit, entries[entry].time) {
                let candidate = &holders.candidates[position];
                let concerning = || {
                    same.iter()
                        .filter(|it| candidate.concerns(self.facts, it.component))
                };
                let Some(first) = concerning().next().filter(|_| !candidate.is_bookkeeping) else {
                    continue;
                };
                if first.is_baseline {
                    continue;
                }
                let through = concerning()
                    .filter(|it| it.entry == first.entry && !it.is_baseline)
                    .map(|it| it.component);
                arrivals.add((repository, position), first.entry, through);
            }
        }
    }
}

impl Holders<'_> {
    /// The index of a commit, when there is anybody who could hold it.
    fn find(&self, attribution: &Attribution<'_>, repository: usize, id: CommitId) -> Option<u32> {
        if self.candidates.is_empty() {
            return None;
        }
        attribution.graph(repository).find(id)
    }

    /// To whom a commit belongs that was deployed at `time`: to those that were merged by it, else
    /// to the one of those that list it that was merged last by then. Where a branch was deployed
    /// before anybody merged it, to the one that was merged first afterwards.
    fn of(&self, commit: u32, time: DateTime<Utc>) -> Vec<usize> {
        let merged_by_it = positions(&self.merged_as, commit);
        if merged_by_it.len() > 0 {
            return merged_by_it.collect();
        }
        let key = |position: &usize| {
            let it = self.candidates[*position].pull_request;
            (it.merged, it.number)
        };
        let listing = || positions(&self.listed_by, commit);
        let last = listing().filter(|it| key(it).0 <= time).max_by_key(key);
        last.or_else(|| listing().min_by_key(key))
            .into_iter()
            .collect()
    }
}

/// The candidates of one commit in a list by commit.
fn positions(pairs: &[(u32, usize)], commit: u32) -> impl ExactSizeIterator<Item = usize> {
    let start = pairs.partition_point(|&(other, _)| other < commit);
    let length = pairs[start..].partition_point(|&(other, _)| other == commit);
    pairs[start..start + length]
        .iter()
        .map(|&(_, position)| position)
}

/// The first entry that brought each pull request (repository, candidate), and the components it
/// came through.
#[derive(Default)]
struct Arrivals(BTreeMap<(usize, usize), (usize, BTreeSet<usize>)>);

impl Arrivals {
    fn add(
        &mut self,
        pull_request: (usize, usize),
        entry: usize,
        components: impl Iterator<Item = usize>,
    ) {
        let (first, through) = self
            .0
            .entry(pull_request)
            .or_insert_with(|| (entry, BTreeSet::new()));
        if entry < *first {
            *first = entry;
            through.clear();
        }
        if entry == *first {
            through.extend(components);
        }
    }
}
