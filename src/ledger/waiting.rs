//! Changes that no deployment to the environment contains yet (spec 2.5). `attribution` has marked
//! what the deployments contain, `timeline` says what runs in the end.

use std::collections::{BTreeMap, BTreeSet};

use super::account::{Waiting, WaitingChange};
use super::attribution::{Attribution, NOBODY, committed};

/// What waits in all, or why that is not known.
type Answer = Result<Waiting, String>;

impl Attribution<'_> {
    /// What waits over all components, and for each of them. `latest` is what runs in the end:
    /// component → version.
    pub(super) fn waiting(
        &mut self,
        latest: &BTreeMap<usize, usize>,
    ) -> (Answer, BTreeMap<usize, Answer>) {
        let mut of_history: BTreeMap<usize, BTreeSet<(usize, u32)>> = BTreeMap::new();
        let mut of_component = BTreeMap::new();
        let mut unknown = Vec::new();
        for &component in latest.keys() {
            let history = self.history_of_component.get(&component).copied();
            let Some(history) = history.filter(|&history| self.is_resolved(history, latest)) else {
                unknown.push(component);
                let reason = "the latest version does not resolve to a commit".to_owned();
                of_component.insert(component, Err(reason));
                continue;
            };
            let commits = match of_history.remove(&history) {
                Some(commits) => commits,
                None => self.waiting_in(history),
            };
            of_component.insert(component, Ok(self.summed_up(&commits)));
            of_history.insert(history, commits);
        }
        let whole = if of_history.is_empty() {
            Err(match unknown.first() {
                None => "nothing was deployed yet".to_owned(),
                Some(_) => "the latest version does not resolve to a commit".to_owned(),
            })
        } else {
            // A change of two components waits in the histories of both.
            let commits = of_history.into_values().flatten().collect();
            Ok(Waiting {
                unknown_components: unknown,
                ..self.summed_up(&commits)
            })
        };
        (whole, of_component)
    }

    /// Whether the latest versions of all that share a history resolve.
    fn is_resolved(&self, history: usize, latest: &BTreeMap<usize, usize>) -> bool {
        self.histories[history].components.iter().all(|member| {
            latest
                .get(member)
                .is_none_or(|&version| self.facts.versions[version].commit().is_some())
        })
    }

    fn waiting_in(&mut self, history: usize) -> BTreeSet<(usize, u32)> {
        let history = &self.histories[history];
        let graph = self.graph(history.repository);
        let mut waiting = BTreeSet::new();
        let Some(marks) = self.marks.get_mut(&history.repository) else {
            return waiting;
        };
        self.walk += 1;
        let mut stack: Vec<u32> = history
            .components
            .iter()
            .filter_map(|&component| self.facts.components[component].waiting_head)
            .collect();
        while let Some(commit) = stack.pop() {
            let at = commit as usize;
            if marks.walked[at] == self.walk || history.first[at] != NOBODY {
                continue;
            }
            marks.walked[at] = self.walk;
            stack.extend(graph.parents(commit));
            if history.has(graph.touched(commit))
                && marks.shipped_by[at] == NOBODY
                && graph.is_change(commit)
            {
                waiting.insert((history.repository, commit));
            }
        }
        waiting
    }

    fn summed_up(&self, commits: &BTreeSet<(usize, u32)>) -> Waiting {
        let known = commits.iter().filter_map(|&(repository, commit)| {
            let graph = self.graph(repository);
            Some(WaitingChange {
                committed: committed(self.facts, graph, commit)?,
                repository,
                commit: graph.id(commit),
            })
        });
        let mut changes: Vec<_> = known
            .filter(|change| change.committed < self.facts.as_of)
            .collect();
        changes.sort_unstable();
        Waiting {
            count: changes.len(),
            oldest: changes.first().map(|change| change.committed),
            unknown_components: Vec::new(),
            changes,
        }
    }
}
