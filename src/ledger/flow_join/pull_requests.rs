//! Whose pull request a commit of an item is part of: the one that became this commit, or whose merge
//! brought it to the main line, or that lists it. Part of `flow_join`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::model::RepositoryFacts;
use crate::model::github::PullRequest;

/// The merged pull requests of one repository by the commits that they hold.
pub(super) struct PullRequestsOf<'a> {
    became: HashMap<u32, &'a PullRequest>,
    listed_by: HashMap<u32, &'a PullRequest>,
}

impl<'a> PullRequestsOf<'a> {
    /// Those that were merged before `as_of`. Of several that hold a commit, the one merged first.
    pub(super) fn new(repository: &'a RepositoryFacts, as_of: DateTime<Utc>) -> Self {
        let graph = &repository.graph;
        let mut merged: Vec<&PullRequest> = repository
            .pull_requests
            .iter()
            .filter(|it| it.merged < as_of)
            .collect();
        merged.sort_by_key(|it| (it.merged, it.number));
        let mut held = Self {
            became: HashMap::new(),
            listed_by: HashMap::new(),
        };
        for pull_request in merged {
            if let Some(commit) = pull_request.merge_commit.and_then(|id| graph.find(id)) {
                held.became.entry(commit).or_insert(pull_request);
            }
            for commit in pull_request.commits.iter().filter_map(|&id| graph.find(id)) {
                held.listed_by.entry(commit).or_insert(pull_request);
            }
        }
        held
    }

    /// The pull request of a commit that `merge` brought to the main line, if a merge did.
    pub(super) fn of(&self, commit: u32, merge: Option<u32>) -> Option<&'a PullRequest> {
        let by_merge = || self.became.get(&merge?);
        let holder = self.became.get(&commit).or_else(by_merge);
        holder.or_else(|| self.listed_by.get(&commit)).copied()
    }
}
