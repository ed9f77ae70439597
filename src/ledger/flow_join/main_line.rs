//! Which merge brought each commit to the main line: what a merge merged is reachable from it and not
//! from its first parent. On the main line one pass answers for all merges; elsewhere two sides are
//! painted downwards until only one of them is left. `links` asks for keys, the join for times.

use std::collections::BinaryHeap;

use crate::model::CommitGraph;

/// No commit.
const NOBODY: u32 = u32::MAX;
/// Commits looked at for merges, all together: beyond it they are not followed.
const MOST_STEPS: usize = 16_000_000;

const MERGED: u8 = 1;
const HAD_BEFORE: u8 = 2;

/// The main line of a repository and what came to it through which commit.
pub(super) struct MainLine<'a> {
    graph: &'a CommitGraph,
    /// Per commit: the one of the main line that brought it (itself, if it is one).
    brought_by: Vec<u32>,
    /// The main line's merges, with the commits that each brought, by merge.
    merged: Vec<(u32, u32)>,
    generations: Vec<u32>,
    paint: Vec<u8>,
    steps: usize,
    /// Merges that were not followed.
    pub(super) unfollowed: usize,
}

impl<'a> MainLine<'a> {
    /// Follows first parents from each head, and marks what each commit on the way brought.
    pub(super) fn new(graph: &'a CommitGraph, heads: &[u32]) -> Self {
        let mut brought_by = vec![NOBODY; graph.len()];
        let mut stack = Vec::new();
        for &head in heads {
            let mut line = Vec::new();
            let mut next = Some(head);
            while let Some(commit) = next.filter(|&it| brought_by[it as usize] == NOBODY) {
                // Marked on the way down, so that a line that bites its tail ends.
                brought_by[commit as usize] = commit;
                line.push(commit);
                next = graph.parents(commit).first().copied();
            }
            for &commit in line.iter().rev() {
                stack.extend(graph.parents(commit).iter().skip(1));
                while let Some(merged) = stack.pop() {
                    if brought_by[merged as usize] == NOBODY {
                        brought_by[merged as usize] = commit;
                        stack.extend(graph.parents(merged));
                    }
                }
            }
        }
        let mut merged: Vec<(u32, u32)> = (0..)
            .zip(&brought_by)
            .filter(|&(commit, &by)| by != NOBODY && by != commit)
            .map(|(commit, &by)| (by, commit))
            .collect();
        merged.sort_unstable();
        Self {
            graph,
            brought_by,
            merged,
            generations: graph.generations(),
            paint: vec![0; graph.len()],
            steps: 0,
            unfollowed: 0,
        }
    }

    /// The merge that brought a commit to the main line; `None` for one that was made there, and for one
    /// that never came there.
    pub(super) fn merge_of(&self, commit: u32) -> Option<u32> {
        let by = *self.brought_by.get(commit as usize)?;
        (by != NOBODY && by != commit).then_some(by)
    }

    /// The commits that a merge merged, without itself.
    pub(super) fn merged_by(&mut self, merge: u32) -> Vec<u32> {
        if self.steps >= MOST_STEPS {
            self.unfollowed += 1;
            return Vec::new();
        }
        if self.brought_by[merge as usize] == merge {
            let start = self.merged.partition_point(|&(by, _)| by < merge);
            let same = self.merged[start..].iter();
            let merged: Vec<u32> = same
                .take_while(|&&(by, _)| by == merge)
                .map(|&(_, commit)| commit)
                .collect();
            // Many reverts of one large merge ask for it again and again.
            self.steps += merged.len();
            return merged;
        }
        self.painted(merge)
    }

    /// Highest generation first: a commit's paint is final when its turn comes, for all its
    /// descendants came before.
    fn painted(&mut self, merge: u32) -> Vec<u32> {
        let mut merged = Vec::new();
        let mut touched = Vec::new();
        let mut queue: BinaryHeap<(u32, u32)> = BinaryHeap::new();
        // Queued commits that only the merged side reaches so far.
        let mut open = 0_usize;
        let mut next: Vec<(u32, u8)> = Vec::new();
        for (position, &parent) in self.graph.parents(merge).iter().enumerate() {
            next.push((parent, if position == 0 { HAD_BEFORE } else { MERGED }));
        }
        loop {
            for (commit, side) in next.drain(..) {
                let paint = &mut self.paint[commit as usize];
                let before = std::mem::replace(paint, *paint | side);
                if before == 0 {
                    touched.push(commit);
                    queue.push((self.generations[commit as usize], commit));
                }
                open += usize::from(before == 0 && *paint == MERGED);
                open -= usize::from(before == MERGED && *paint != MERGED);
            }
            if open == 0 {
                break;
            }
            let Some((_, commit)) = queue.pop() else {
                break;
            };
            self.steps += 1;
            let paint = self.paint[commit as usize];
            if paint == MERGED {
                open -= 1;
                merged.push(commit);
            }
            next.extend(self.graph.parents(commit).iter().map(|&it| (it, paint)));
        }
        for commit in touched {
            self.paint[commit as usize] = 0;
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::model::CommitId;
    use crate::model::commit_graph::CommitFlags;

    /// A graph of rows of parents; row 0 is the first commit.
    fn graph(rows: &[Vec<u32>]) -> CommitGraph {
        let mut graph = CommitGraph::default();
        for row in 0..rows.len() {
            let mut id = [0; 20];
            id[..2].copy_from_slice(&u16::try_from(row).unwrap().to_be_bytes());
            graph.intern(CommitId(id));
        }
        for (row, parents) in (0..).zip(rows) {
            graph.fill(row, parents, 0, 0, CommitFlags::default());
        }
        graph
    }

    fn reachable(graph: &CommitGraph, from: u32) -> BTreeSet<u32> {
        graph.order_from([from]).into_iter().collect()
    }

    #[test]
    fn a_merge_brings_what_its_first_parent_does_not_reach() {
        // main 0 ← 1 ← 4 (merges 3) ← 5; branch 0 ← 2 ← 3.
        let rows = [vec![], vec![0], vec![0], vec![2], vec![1, 3], vec![4]];
        let graph = graph(&rows);
        let mut line = MainLine::new(&graph, &[5]);
        assert_eq!(line.merged_by(4), [2, 3]);
        assert_eq!(line.merge_of(3), Some(4));
        assert_eq!(line.merge_of(1), None, "made on the main line");
        assert_eq!(line.merge_of(5), None);
        let mut elsewhere = MainLine::new(&graph, &[1]);
        assert_eq!(elsewhere.merge_of(3), None, "never came there");
        assert_eq!(elsewhere.merged_by(4), [3, 2]);
    }

    #[test]
    fn a_merge_back_from_main_brings_nothing_of_the_branch() {
        // main 0 ← 1 ← 2; branch 0 ← 3 ← 4 (merges 2) ← 5; main 6 merges 5 into 2.
        let rows = [
            vec![],
            vec![0],
            vec![1],
            vec![0],
            vec![3, 2],
            vec![4],
            vec![2, 5],
        ];
        let graph = graph(&rows);
        let mut line = MainLine::new(&graph, &[6]);
        assert_eq!(line.merged_by(6), [3, 4, 5]);
        let mut of_back_merge = line.merged_by(4);
        of_back_merge.sort_unstable();
        assert_eq!(of_back_merge, [1, 2]);
    }

    proptest! {
        #[test]
        fn both_ways_find_what_reachability_says(
            seeds in proptest::collection::vec((any::<u32>(), any::<u32>(), any::<bool>()), 1..60)
        ) {
            let mut rows: Vec<Vec<u32>> = vec![Vec::new()];
            for (one, other, is_merge) in seeds {
                let count = u32::try_from(rows.len()).unwrap();
                let mut parents = vec![one % count];
                if is_merge && other % count != one % count {
                    parents.push(other % count);
                }
                rows.push(parents);
            }
            let graph = graph(&rows);
            let head = u32::try_from(rows.len() - 1).unwrap();
            let mut on_line = MainLine::new(&graph, &[head]);
            let mut off_line = MainLine::new(&graph, &[]);
            for (commit, parents) in (0..).zip(&rows) {
                let Some(&first) = parents.first() else { continue };
                let mut expected = reachable(&graph, commit);
                for had in reachable(&graph, first) {
                    expected.remove(&had);
                }
                expected.remove(&commit);
                let found = |line: &mut MainLine<'_>| -> BTreeSet<u32> {
                    line.merged_by(commit).into_iter().collect()
                };
                prop_assert_eq!(&found(&mut on_line), &expected);
                prop_assert_eq!(&found(&mut off_line), &expected);
            }
        }
    }
}
