//! Who contains whom, in one repository. Reachability, never dates: a search is cut by generation
//! (an ancestor always has a smaller one), so nothing older than the commit looked for is visited.

use crate::model::CommitGraph;

/// Answers ancestor questions about one commit graph.
pub(super) struct Ancestry<'a> {
    graph: &'a CommitGraph,
    generations: Vec<u32>,
    /// The number of the last search that visited a commit.
    visited: Vec<u32>,
    search: u32,
}

impl<'a> Ancestry<'a> {
    /// Prepares for questions about this graph.
    pub(super) fn new(graph: &'a CommitGraph) -> Self {
        Self {
            graph,
            generations: graph.generations(),
            visited: vec![0; graph.len()],
            search: 0,
        }
    }

    /// Whether `descendant` contains `ancestor`: it can be reached through parents. A commit
    /// contains itself.
    pub(super) fn contains(&mut self, descendant: u32, ancestor: u32) -> bool {
        let floor = self.generations[ancestor as usize];
        self.search += 1;
        let mut stack = vec![descendant];
        while let Some(commit) = stack.pop() {
            if commit == ancestor {
                return true;
            }
            if self.generations[commit as usize] <= floor
                || self.visited[commit as usize] == self.search
            {
                continue;
            }
            self.visited[commit as usize] = self.search;
            // The first parent is taken first: on a main line it leads straight to the target.
            stack.extend(self.graph.parents(commit).iter().rev());
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::CommitId;
    use crate::model::commit_graph::CommitFlags;

    /// Builds a graph from (commit, parents) rows.
    fn graph(rows: &[(u32, &[u32])]) -> CommitGraph {
        let mut graph = CommitGraph::default();
        for row in 0..rows.len() {
            let mut id = [0; 20];
            id[0] = u8::try_from(row).unwrap();
            graph.intern(CommitId(id));
        }
        for &(commit, parents) in rows {
            graph.fill(commit, parents, 0, 0, CommitFlags::default());
        }
        graph
    }

    #[test]
    fn reachability_answers_on_a_fork_with_a_merge() {
        // 0 ← 1 ← 3 (merge of 1 and 2), 0 ← 2, 4 alone.
        let graph = graph(&[(0, &[]), (1, &[0]), (2, &[0]), (3, &[1, 2]), (4, &[])]);
        let mut ancestry = Ancestry::new(&graph);
        for (descendant, ancestor, expected) in [
            (3, 0, true),
            (3, 2, true),
            (1, 2, false),
            (2, 1, false),
            (0, 3, false),
            (3, 3, true),
            (4, 0, false),
            (3, 4, false),
        ] {
            assert_eq!(
                ancestry.contains(descendant, ancestor),
                expected,
                "{descendant} contains {ancestor}"
            );
        }
    }
}
