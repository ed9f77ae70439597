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
        let listing_of = |commit: u32| row_listing[self.rows[commit as usize] as usize];
        let mut turns: Vec<Turn> = Vec::new();
        // Per commit its generation and the turn that holds there.
        let mut generations = vec![0; self.graph.len()];
        let mut turn_at = vec![0_usize; self.graph.len()];
        for commit in self.graph.order_from([head]) {
            let parents = self.graph.parents(commit);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    use super::super::fixture::World;
    use super::super::{FileContent, HistoryReader, WalkRequest};

    /// A stream for `git fast-import`: 120 commits with one to three parents among the last eight, each
    /// of which writes, deletes or leaves alone three state files. The same for the same seed.
    fn random_history(mut seed: u64) -> String {
        let mut next = move |below: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let mut stream = String::new();
        for commit in 1..=120_u64 {
            let time = 1_700_000_000 + next(1000);
            writeln!(stream, "commit refs/heads/main\nmark :{commit}").unwrap();
            writeln!(
                stream,
                "committer C <c@example.test> {time} +0000\ndata 1\nm"
            )
            .unwrap();
            let mut parents = BTreeSet::new();
            for _ in 0..=next(3) {
                parents.insert(commit - 1 - next(8.min(commit)).min(commit - 1));
            }
            for (position, parent) in parents.iter().filter(|&&parent| parent > 0).enumerate() {
                let word = if position == 0 { "from" } else { "merge" };
                writeln!(stream, "{word} :{parent}").unwrap();
            }
            for file in 0..3 {
                match next(6) {
                    0 => writeln!(stream, "D state/{file}.json").unwrap(),
                    1 | 2 => {
                        let content = next(3);
                        writeln!(stream, "M 644 inline state/{file}.json\ndata 1\n{content}")
                            .unwrap();
                    }
                    _ => {}
                }
            }
        }
        stream
    }

    #[test]
    fn random_histories_have_the_versions_that_git_has() {
        for seed in 1..=8 {
            let world = World::new();
            let stream = random_history(seed);
            world.git_with_input(&["fast-import", "--quiet", "--force"], stream.as_bytes());
            let repository = world.open();
            let request = WalkRequest {
                state_directories: vec!["state".to_owned()],
                ..WalkRequest::default()
            };
            let mut reader = HistoryReader::new(&repository, request).unwrap();
            reader.read(&[world.head()], &|_| {}).unwrap();
            let histories = reader
                .file_versions(world.head(), &|_| true, &|_, _| ())
                .unwrap();
            assert_eq!(histories.len(), 3);
            let generations = reader.graph().generations();
            for history in histories {
                let id = |commit| reader.graph().id(commit).to_string();
                let mut ids: Vec<_> = history.versions.iter().map(|v| id(v.commit)).collect();
                ids.sort();
                assert_eq!(ids, world.commits_that_change(&history.path), "seed {seed}");

                let contents = world.contents_of(&history.path);
                let at = |id: &str| contents.iter().find(|(commit, ..)| commit == id).unwrap();
                for (position, version) in history.versions.iter().enumerate() {
                    assert_eq!(version.generation, generations[version.commit as usize]);
                    let (_, parents, _) = at(&id(version.commit));
                    let at_parents: BTreeSet<_> = parents.iter().map(|p| at(p).2.clone()).collect();
                    let held: BTreeSet<_> = version
                        .preceding
                        .iter()
                        .map(|&before| {
                            assert!(before < position);
                            let before = &history.versions[before];
                            assert!(before.generation < version.generation);
                            match before.content {
                                FileContent::Deleted => String::new(),
                                _ => at(&id(before.commit)).2.clone(),
                            }
                        })
                        .collect();
                    // A parent without the file is listed only when it had it once.
                    let present = |set: &BTreeSet<String>| {
                        set.iter().filter(|content| !content.is_empty()).count()
                    };
                    assert!(held.is_subset(&at_parents), "seed {seed}");
                    assert_eq!(present(&held), present(&at_parents), "seed {seed}");
                }
            }
        }
    }
}
