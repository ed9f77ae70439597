//! Which changes of one repository belong to which keys, and which of them were taken back. A commit's
//! own keys are its; those of a merge belong to what it merged; what a revert of a revert brings back
//! belongs to whom it belonged before. `main_line` knows what merges merged.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{CommitGraph, CommitId};

use super::main_line::MainLine;

/// Keys by commit, as numbers in `CommitGraph::keys`.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The keys of each change that has any.
    pub(super) keys_of: BTreeMap<u32, BTreeSet<u32>>,
    /// Reverts, each with the changes that it takes back, every one after what it takes back.
    reverts: Vec<(u32, Vec<u32>)>,
}

impl Links {
    /// Looks at every commit that names a key, and at every revert.
    pub(super) fn of(graph: &CommitGraph, line: &mut MainLine<'_>) -> Self {
        let mut links = Self::default();
        for commit in graph.commits_with_keys() {
            let keys = graph.keys_named_by(commit);
            if graph.is_merge(commit) {
                for merged in line.merged_by(commit) {
                    links.add(graph, merged, keys.iter().copied());
                }
            } else {
                links.add(graph, commit, keys.iter().copied());
            }
        }
        links.add_reverts(graph, line);
        links
    }

    fn add(&mut self, graph: &CommitGraph, commit: u32, keys: impl IntoIterator<Item = u32>) {
        if graph.is_change(commit) {
            self.keys_of.entry(commit).or_default().extend(keys);
        }
    }

    /// Reverts in an order in which each comes after what it takes back. One that says it takes back
    /// what came later says nothing.
    fn add_reverts(&mut self, graph: &CommitGraph, line: &mut MainLine<'_>) {
        let mut position = vec![0_u32; graph.len()];
        for (place, commit) in (1..).zip(graph.topological_order()) {
            position[commit as usize] = place;
        }
        let ids = Ids::of(graph);
        let mut reverts: Vec<(u32, &[String])> = graph.reverts().collect();
        reverts.retain(|&(commit, _)| graph.is_read(commit));
        reverts.sort_unstable_by_key(|&(commit, _)| commit);
        for (commit, targets) in reverts {
            let mut taken: Vec<u32> = targets.iter().filter_map(|it| ids.find(it)).collect();
            taken.retain(|&it| {
                graph.is_read(it) && position[it as usize] < position[commit as usize]
            });
            let merges: Vec<u32> = taken.extract_if(.., |it| graph.is_merge(*it)).collect();
            for merge in merges {
                taken.extend(line.merged_by(merge));
            }
            if !taken.is_empty() {
                self.reverts.push((commit, taken));
            }
        }
        self.reverts
            .sort_unstable_by_key(|&(commit, _)| position[commit as usize]);
        // What a revert takes back, and what its own revert therefore brings back.
        let mut undoes: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for (commit, taken) in &self.reverts {
            let mut undone: BTreeSet<u32> = BTreeSet::new();
            let mut restored: BTreeSet<u32> = BTreeSet::new();
            for target in taken {
                undone.extend(self.keys_of.get(target).into_iter().flatten());
                restored.extend(undoes.get(target).into_iter().flatten());
            }
            undoes.insert(*commit, undone);
            if !restored.is_empty() && graph.is_change(*commit) {
                self.keys_of.entry(*commit).or_default().extend(restored);
            }
        }
    }

    /// The changes that were taken back by a revert which is itself deployed and not taken back.
    pub(super) fn taken_back(&self, is_deployed: impl Fn(u32) -> bool) -> BTreeSet<u32> {
        let mut taken_back = BTreeSet::new();
        // The latest first: whether a revert holds is known before what it takes back is asked for.
        for (commit, taken) in self.reverts.iter().rev() {
            if is_deployed(*commit) && !taken_back.contains(commit) {
                taken_back.extend(taken.iter().copied());
            }
        }
        taken_back
    }
}

/// Ids of all read commits in their order: abbreviated ones are found without looking at each.
struct Ids<'a> {
    graph: &'a CommitGraph,
    sorted: Vec<(CommitId, u32)>,
}

impl<'a> Ids<'a> {
    fn of(graph: &'a CommitGraph) -> Self {
        let all = 0..u32::try_from(graph.len()).unwrap_or(u32::MAX);
        let has_short = graph
            .reverts()
            .flat_map(|(_, ids)| ids)
            .any(|id| id.len() < 40);
        let mut sorted: Vec<(CommitId, u32)> = all
            .filter(|&commit| has_short && graph.is_read(commit))
            .map(|commit| (graph.id(commit), commit))
            .collect();
        sorted.sort_unstable();
        Self { graph, sorted }
    }

    /// The commit of this id, or the only one whose id begins so.
    fn find(&self, text: &str) -> Option<u32> {
        if let Ok(id) = text.parse() {
            return self.graph.find(id);
        }
        let is_hexadecimal = text.bytes().all(|it| it.is_ascii_hexdigit());
        if !is_hexadecimal || !(7..40).contains(&text.len()) {
            return None;
        }
        let first: CommitId = format!("{text:0<40}").parse().ok()?;
        let last: CommitId = format!("{text:f<40}").parse().ok()?;
        let start = self.sorted.partition_point(|&(id, _)| id < first);
        let mut same = self.sorted[start..]
            .iter()
            .take_while(|&&(id, _)| id <= last);
        let found = same.next()?.1;
        same.next().is_none().then_some(found)
    }
}
