//! History reduced to the commits at which state files change: what `file_history` walks, once for
//! every path, instead of all commits.

use super::HistoryReader;

/// A commit at which some state file may differ from all parents. Everything between two of them
/// changes no state file.
pub(super) struct Turn {
    pub(super) commit: u32,
    pub(super) generation: u32,
    pub(super) listing: usize,
    /// The turns that hold at the commit's parents, in their order, each once.
    pub(super) parents: Vec<usize>,
}

impl HistoryReader<'_> {
    /// The commits reachable from `head` at which the state files as a whole differ from those of every
    /// parent, ancestors first.
    pub(super) fn turns(&self, head: u32, row_listing: &[usize]) -> Vec<Turn> {
        const UNSEEN: u32 = u32::MAX;
        let listing_of = |commit: u32| row_listing[self.rows[commit as usize] as usize];
        let mut turns: Vec<Turn> = Vec::new();
        // Per commit its generation (`UNSEEN` until the walk comes by) and the turn that holds there.
        let mut generations = vec![UNSEEN; self.graph.len()];
        let mut turn_at = vec![0_usize; self.graph.len()];
        let mut path = Vec::new();
        if self.graph.is_read(head) {
            generations[head as usize] = 0;
            path.push((head, 0));
        }
        while let Some((commit, next)) = path.last_mut() {
            let commit = *commit;
            let parents = self.graph.parents(commit);
            if let Some(&parent) = parents.get(*next) {
                *next += 1;
                if generations[parent as usize] == UNSEEN && self.graph.is_read(parent) {
                    generations[parent as usize] = 0;
                    path.push((parent, 0));
                }
                continue;
            }
            path.pop();
            let parents = || parents.iter().filter(|&&parent| self.graph.is_read(parent));
            let generation = parents()
                .map(|&parent| generations[parent as usize] + 1)
                .max();
            let generation = generation.unwrap_or(0);
            generations[commit as usize] = generation;
            let listing = listing_of(commit);
            let same = parents().find(|&&parent| listing_of(parent) == listing);
            turn_at[commit as usize] = match same {
                Some(&parent) => turn_at[parent as usize],
                None => {
                    let mut before: Vec<usize> = Vec::new();
                    for &parent in parents() {
                        let turn = turn_at[parent as usize];
                        if !before.contains(&turn) {
                            before.push(turn);
                        }
                    }
                    turns.push(Turn {
                        commit,
                        generation,
                        listing,
                        parents: before,
                    });
                    turns.len() - 1
                }
            };
        }
        turns
    }
}
