//! What each commit touches: only state files and `.dora/` (bookkeeping, spec 2.1), and which
//! components' paths (spec 2.5). Judged after a walk, from the rows that `history` noted; trees are
//! read again only for the few commits that touch a state file.

use std::collections::{BTreeSet, HashMap};

use git2::{ObjectType, Oid};

use super::tree_entries::{TreeEntry, entries};
use super::watched_paths::{Bookkeeping, ROOT};
use super::{GitError, HistoryReader};

impl HistoryReader<'_> {
    /// Judges commits whose parents are all read. A merge is neither bookkeeping nor does it touch
    /// anything of its own; a commit without parents is compared with the empty tree.
    pub(super) fn judge(&mut self, commits: &[u32]) -> Result<(), GitError> {
        let mut number_of_set: HashMap<Vec<usize>, u32> = HashMap::new();
        for (number, set) in (0_u32..).zip(&self.touched_sets) {
            number_of_set.insert(set.clone(), number);
        }
        for &commit in commits {
            let parent = match *self.graph.parents(commit) {
                [] => None,
                [parent] if self.graph.is_read(parent) => Some(parent),
                _ => continue,
            };
            let row = self.rows[commit as usize];
            let parent_row = parent.map_or(self.empty_row, |parent| self.rows[parent as usize]);
            if row == parent_row {
                continue;
            }
            let (new, old) = (self.paths.row(row), self.paths.row(parent_row));
            let differs = |slot: &usize| new.get(*slot) != old.get(*slot);

            let touched: BTreeSet<usize> = self
                .components_of_slot
                .iter()
                .filter(|(slot, _)| differs(slot))
                .flat_map(|(_, components)| components.iter().copied())
                .collect();
            let touched: Vec<usize> = touched.into_iter().collect();
            let number = match number_of_set.get(&touched) {
                Some(&number) => number,
                None => {
                    let number = u32::try_from(self.touched_sets.len()).unwrap_or(0);
                    self.touched_sets.push(touched.clone());
                    number_of_set.insert(touched, number);
                    number
                }
            };
            self.touched[commit as usize] = number;

            if self.bookkeeping_slots.iter().any(differs) {
                let old = parent.and_then(|parent| self.root_trees[parent as usize]);
                let new = self.root_trees[commit as usize];
                if self.only_bookkeeping_differs(ROOT, old, new)? {
                    self.graph.mark_bookkeeping(commit);
                }
            }
        }
        Ok(())
    }

    /// Whether everything that differs between two trees (`None` is the empty one) at a node of the
    /// watched paths is bookkeeping.
    fn only_bookkeeping_differs(
        &self,
        node: usize,
        old: Option<Oid>,
        new: Option<Oid>,
    ) -> Result<bool, GitError> {
        let read = |tree: Option<Oid>| {
            tree.map(|tree| {
                let needed_for = || "comparing a commit with its parent".to_owned();
                self.objects.read(tree, ObjectType::Tree, needed_for)
            })
            .transpose()
        };
        let (old, new) = (read(old)?, read(new)?);
        let old_entries = entries(old.as_ref().map_or(&[], |object| object.data()));
        let new_entries = entries(new.as_ref().map_or(&[], |object| object.data()));
        for (old, new) in differences(old_entries, new_entries) {
            let Some(entry) = old.or(new) else { continue };
            let Some(child) = self.paths.child(node, entry.name) else {
                return Ok(false);
            };
            let (old, new) = (old.map(|entry| entry.id), new.map(|entry| entry.id));
            let allowed = match (self.paths.bookkeeping(child), entry.is_directory()) {
                (Some(Bookkeeping::Directory), true) | (Some(Bookkeeping::File), false) => true,
                (_, true) => self.only_bookkeeping_differs(child, old, new)?,
                (_, false) => false,
            };
            if !allowed {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

type Difference<'a> = (Option<TreeEntry<'a>>, Option<TreeEntry<'a>>);

/// Pairs of entries that differ, in the order of trees. A name that changes between directory and
/// anything else is two differences, as it is for git: the paths are not the same.
fn differences<'a>(
    old: impl Iterator<Item = TreeEntry<'a>>,
    new: impl Iterator<Item = TreeEntry<'a>>,
) -> impl Iterator<Item = Difference<'a>> {
    let mut old = old.peekable();
    let mut new = new.peekable();
    std::iter::from_fn(move || {
        loop {
            match (old.peek(), new.peek()) {
                (None, None) => return None,
                (Some(a), Some(b)) => match sort_key(a).cmp(sort_key(b)) {
                    std::cmp::Ordering::Less => return Some((old.next(), None)),
                    std::cmp::Ordering::Greater => return Some((None, new.next())),
                    std::cmp::Ordering::Equal => {
                        let pair = (old.next(), new.next());
                        if pair.0 != pair.1 {
                            return Some(pair);
                        }
                    }
                },
                _ => return Some((old.next(), new.next())),
            }
        }
    })
}

/// Git sorts directories as if their names ended in a slash.
fn sort_key<'a>(entry: &TreeEntry<'a>) -> impl Iterator<Item = u8> + use<'a> {
    let slash = entry.is_directory().then_some(b'/');
    entry.name.iter().copied().chain(slash)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::World;
    use super::super::{HistoryReader, WalkRequest};
    use crate::model::{CommitGraph, CommitId};

    fn read(world: &World, request: WalkRequest) -> CommitGraph {
        let repository = world.open();
        let mut reader = HistoryReader::new(&repository, request).unwrap();
        reader.read(&[world.head()], &|_| {}).unwrap();
        reader.finish()
    }

    fn state(directories: &[&str], files: &[&str]) -> WalkRequest {
        let owned = |list: &[&str]| list.iter().map(|&path| path.to_owned()).collect();
        WalkRequest {
            state_directories: owned(directories),
            state_files: owned(files),
            component_paths: Vec::new(),
        }
    }

    fn is_bookkeeping(graph: &CommitGraph, commit: CommitId) -> bool {
        graph.flags(graph.find(commit).unwrap()).is_bookkeeping
    }

    #[test]
    fn a_commit_is_bookkeeping_when_it_touches_only_state_files_or_dora() {
        let world = World::new();
        let root = world.commit_file("src/a", "a", "feat: a");
        let added = world.commit_file("state/live.json", "1", "deploy");
        let changed = world.commit_file("state/eu/live.json", "1", "deploy");
        let dora = world.commit_file(".dora/records.jsonl", "{}", "record");
        world.write("state/live.json", "2");
        let both = world.commit_file(".dora/records.jsonl", "{}{}", "deploy and record");
        world.write("state/live.json", "3");
        let mixed = world.commit_file("src/a", "b", "feat: with a deployment");
        let beside = world.commit_file("state.json", "1", "feat: not in the directory");
        let empty = world.commit_all("feat: nothing at all");
        world.git(&["rm", "-q", "-r", "state"]);
        let removed = world.commit_all("no more states");
        let graph = read(&world, state(&["state"], &[]));
        for (commit, expected) in [
            (root, false),
            (added, true),
            (changed, true),
            (dora, true),
            (both, true),
            (mixed, false),
            (beside, false),
            (empty, false),
            (removed, true),
        ] {
            let name = world.git(&["log", "-1", "--format=%s", &commit.to_string()]);
            assert_eq!(is_bookkeeping(&graph, commit), expected, "{name}");
        }
        assert!(graph.is_change(graph.find(empty).unwrap()));
    }

    #[test]
    fn nested_directories_and_named_files_are_bookkeeping_and_their_neighbours_are_not() {
        let world = World::new();
        let root = world.commit_file("deploy/state/live.json", "1", "deploy");
        let file = world.commit_file("ops/live.json", "1", "deploy");
        let inside = world.commit_file("deploy/state/live.json", "2", "deploy");
        world.write("deploy/state/live.json", "3");
        let outside = world.commit_file("deploy/run.sh", "1", "feat: run");
        world.write("ops/live.json", "2");
        let neighbour = world.commit_file("ops/qa.json", "1", "feat: qa");
        let graph = read(&world, state(&["deploy/state"], &["ops/live.json"]));
        assert!(is_bookkeeping(&graph, root)); // Compared with the empty tree.
        assert!(is_bookkeeping(&graph, file));
        assert!(is_bookkeeping(&graph, inside));
        assert!(!is_bookkeeping(&graph, outside));
        assert!(!is_bookkeeping(&graph, neighbour));
    }

    #[test]
    fn a_path_that_is_the_directory_itself_is_not_inside_it() {
        let world = World::new();
        let file = world.commit_file("state", "a file", "feat: a file of that name");
        std::fs::remove_file(world.path().join("state")).unwrap();
        let becomes = world.commit_file("state/live.json", "1", "feat: becomes a directory");
        let graph = read(&world, state(&["state"], &[]));
        assert!(!is_bookkeeping(&graph, file));
        assert!(!is_bookkeeping(&graph, becomes));
    }

    #[test]
    fn merges_are_never_bookkeeping() {
        let world = World::new();
        world.commit_file("a", "a", "feat: a");
        world.git(&["checkout", "-q", "-b", "pipeline"]);
        world.commit_file("state/live.json", "1", "deploy");
        world.git(&["checkout", "-q", "main"]);
        let merge = world.merge(&["pipeline"], || {});
        let graph = read(&world, state(&["state"], &[]));
        assert!(!is_bookkeeping(&graph, merge));
        assert!(!graph.is_change(graph.find(merge).unwrap()));
    }

    #[test]
    fn commits_know_the_components_whose_paths_they_touch() {
        let world = World::new();
        world.write("apps/web/a", "a");
        world.write("api/a", "a");
        let root = world.commit_all("feat: start");
        let web = world.commit_file("apps/web/b", "b", "feat: web");
        world.write("api/b", "b");
        let both = world.commit_file("apps/web/c", "c", "feat: both");
        let neither = world.commit_file("readme", "r", "docs: read me");
        let shared = world.commit_file("shared/lib", "l", "feat: shared");
        world.git(&["rm", "-q", "-r", "api"]);
        let removed = world.commit_all("feat: no api");
        let paths = |list: &[&str]| list.iter().map(|&path| path.to_owned()).collect();
        let request = WalkRequest {
            component_paths: vec![
                (4, paths(&["apps/web/", "shared/"])),
                (1, paths(&["api/", "shared/"])),
                (2, paths(&["nowhere/", "../x/"])),
            ],
            ..WalkRequest::default()
        };
        let graph = read(&world, request);
        let touched = |commit| graph.touched(graph.find(commit).unwrap());
        assert_eq!(touched(root), [1, 4]);
        assert_eq!(touched(web), [4]);
        assert_eq!(touched(both), [1, 4]);
        assert_eq!(touched(neither), [0_usize; 0]);
        assert_eq!(touched(shared), [1, 4]);
        assert_eq!(touched(removed), [1]);
    }

    #[test]
    fn a_second_read_judges_commits_against_parents_of_the_first() {
        let world = World::new();
        let first = world.commit_file("web/a", "a", "feat: a");
        let second = world.commit_file("state/live.json", "1", "deploy");
        let third = world.commit_file("web/a", "b", "feat: b");
        let repository = world.open();
        let mut request = state(&["state"], &[]);
        request.component_paths = vec![(0, vec!["web/".to_owned()])];
        let mut reader = HistoryReader::new(&repository, request).unwrap();
        for tip in [first, second, third] {
            reader.read(&[tip], &|_| {}).unwrap();
        }
        let graph = reader.finish();
        assert!(is_bookkeeping(&graph, second));
        let touched = |commit| graph.touched(graph.find(commit).unwrap());
        assert_eq!((touched(first), touched(second)), (&[0][..], &[][..]));
        assert_eq!(touched(third), [0]);
    }
}
