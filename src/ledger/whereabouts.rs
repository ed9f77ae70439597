//! Which deployment brought each change, for questions about single commits. `attribution` has told
//! it; kept only where commits were read for work items: nobody else asks. `flow_join` does.

use std::collections::BTreeMap;

use super::attribution::{Attribution, BASELINE, NOBODY};

/// Where a change is, seen from one environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabout {
    /// It was there when the record begins: nobody knows since when.
    BeforeRecord,
    /// This deployment brought it first: index in `EnvironmentAccount::deployments`.
    Deployment(usize),
    /// No deployment contains it.
    NotDeployed,
}

/// Which deployment brought each change, per repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whereabouts(BTreeMap<usize, Vec<u32>>);

impl Whereabouts {
    /// Takes over what attribution has told of the repositories whose commits name work items.
    pub(super) fn of(attribution: &mut Attribution<'_>) -> Self {
        let facts = attribution.facts;
        let marks = attribution.marks.iter_mut();
        let named = marks
            .filter(|(repository, _)| !facts.repositories[**repository].graph.keys().is_empty());
        Self(
            named
                .map(|(&repository, marks)| (repository, std::mem::take(&mut marks.shipped_by)))
                .collect(),
        )
    }

    /// Where a change is: a commit that is no merge and no bookkeeping, by its index.
    pub fn of_change(&self, repository: usize, commit: u32) -> Whereabout {
        let marks = self.0.get(&repository);
        match marks.and_then(|marks| marks.get(commit as usize)) {
            None | Some(&NOBODY) => Whereabout::NotDeployed,
            Some(&BASELINE) => Whereabout::BeforeRecord,
            Some(&entry) => Whereabout::Deployment(entry as usize),
        }
    }
}
