//! Changes that no deployment to the environment contains yet (spec 2.5). `attribution` has marked
//! what the deployments contain.

use std::collections::{BTreeMap, BTreeSet};

use super::account::{DeploymentKind, Waiting};
use super::attribution::{Attribution, NOBODY, committed};
use super::timeline::Entry;

impl Attribution<'_> {
    /// Changes that wait for the components given (all of the environment when `None`).
    pub(super) fn waiting(
        &mut self,
        entries: &[Entry],
        only: Option<usize>,
    ) -> Result<Waiting, String> {
        let mut latest: BTreeMap<usize, usize> = BTreeMap::new();
        for entry in entries
            .iter()
            .filter(|entry| entry.kind == DeploymentKind::Deployment)
        {
            latest.extend(entry.steps.iter().map(|step| (step.component, step.to)));
        }
        let asked: Vec<usize> = latest
            .keys()
            .copied()
            .filter(|&component| only.is_none_or(|only| only == component))
            .collect();
        let mut waiting = Waiting::default();
        let mut waiting_histories = BTreeSet::new();
        for component in asked {
            let history = self.history_of_component.get(&component).copied();
            let is_known = history.is_some_and(|history| {
                self.histories[history].components.iter().all(|member| {
                    latest
                        .get(member)
                        .is_none_or(|&version| self.facts.versions[version].commit().is_some())
                })
            });
            match history {
                Some(history) if is_known => {
                    waiting_histories.insert(history);
                }
                _ => waiting.unknown_components.push(component),
            }
        }
        if waiting_histories.is_empty() {
            return Err(if waiting.unknown_components.is_empty() {
                "nothing was deployed yet".to_owned()
            } else {
                "the latest version does not resolve to a commit".to_owned()
            });
        }
        let mut counted: BTreeSet<(usize, u32)> = BTreeSet::new();
        for history in waiting_histories {
            self.collect_waiting(history, only, &mut counted);
        }
        for (repository, commit) in counted {
            let Some(committed) = committed(self.facts, self.graph(repository), commit) else {
                continue;
            };
            if committed < self.facts.as_of {
                waiting.count += 1;
                waiting.oldest = Some(
                    waiting
                        .oldest
                        .map_or(committed, |oldest| oldest.min(committed)),
                );
            }
        }
        Ok(waiting)
    }

    fn collect_waiting(
        &mut self,
        history_index: usize,
        only: Option<usize>,
        counted: &mut BTreeSet<(usize, u32)>,
    ) {
        let graph = self.graph(self.histories[history_index].repository);
        let history = &mut self.histories[history_index];
        let told_apart = history.components.len() == 1;
        let shipped_by = self.shipped_by.get(&history.repository);
        self.walk += 1;
        let mut stack: Vec<u32> = history
            .components
            .iter()
            .filter(|&&component| only.is_none_or(|only| only == component))
            .filter_map(|&component| self.facts.components[component].waiting_head)
            .collect();
        while let Some(commit) = stack.pop() {
            let at = commit as usize;
            if history.walked[at] == self.walk || history.first[at] != NOBODY {
                continue;
            }
            history.walked[at] = self.walk;
            stack.extend(graph.parents(commit));
            let touched = graph.touched(commit);
            let belongs = !told_apart
                || touched.is_empty()
                || history
                    .components
                    .iter()
                    .any(|component| touched.contains(component));
            let is_waiting = shipped_by.is_none_or(|shipped| shipped[at] == NOBODY);
            if belongs && is_waiting && graph.is_change(commit) {
                counted.insert((history.repository, commit));
            }
        }
    }
}
