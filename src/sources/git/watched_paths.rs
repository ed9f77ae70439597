//! The paths whose objects are noted at every commit while history is read: state directories and
//! files, `.dora`, and the paths of components. What lies at all of them at one commit is one number,
//! so that comparing a commit with its parent is one comparison.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use git2::{ObjectType, Oid};

use super::GitError;
use super::objects::Objects;
use super::tree_entries::{EntryKind, entries};
use crate::model::commit_graph::IdHasher;

type ById<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// The node of the repository's root.
pub(super) const ROOT: usize = 0;

/// What lies nowhere: the number of every path that does not exist.
pub(super) const ABSENT: u32 = 0;

/// What a path is watched for, beside the component paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bookkeeping {
    /// Everything below it is bookkeeping.
    Directory,
    /// It is a file that is bookkeeping.
    File,
}

/// One part of a watched path; nodes form a tree from the repository's root.
#[derive(Debug, Default)]
struct Node {
    name: Vec<u8>,
    children: Vec<usize>,
    /// Its place in a row of entries, when the path itself is watched.
    slot: Option<usize>,
    bookkeeping: Option<Bookkeeping>,
    /// Slots of this node and everything below, where sub-trees are looked up again and again.
    slots: Vec<usize>,
    known: ById<Oid, Box<[u32]>>,
}

/// A prefix tree of paths with what was found there.
#[derive(Debug)]
pub(super) struct WatchedPaths {
    nodes: Vec<Node>,
    slot_count: usize,
    /// Distinct things found, by number; number 0 is nothing.
    found: Vec<(u32, Oid)>,
    found_index: ById<(u32, Oid), u32>,
    /// Distinct rows (one number per slot) end to end, by number.
    rows: Vec<u32>,
    row_index: HashMap<Box<[u32]>, u32>,
}

impl WatchedPaths {
    pub(super) fn new() -> Self {
        Self {
            nodes: vec![Node::default()],
            slot_count: 0,
            found: vec![(0, Oid::ZERO_SHA1)],
            found_index: ById::default(),
            rows: Vec::new(),
            row_index: HashMap::new(),
        }
    }

    /// Watches a path (parts joined by `/`; the empty path is the root) and returns its slot. A path
    /// with `..` is not watched: nothing in a repository lies there.
    pub(super) fn watch(&mut self, path: &str, bookkeeping: Option<Bookkeeping>) -> Option<usize> {
        let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
        if parts.clone().any(|part| part == "..") {
            return None;
        }
        let mut node = ROOT;
        let mut passed = vec![ROOT];
        for part in parts {
            node = match self.child(node, part.as_bytes()) {
                Some(child) => child,
                None => {
                    let child = self.nodes.len();
                    self.nodes.push(Node {
                        name: part.as_bytes().to_vec(),
                        ..Node::default()
                    });
                    let at = self.position(node, part.as_bytes()).unwrap_or_else(|at| at);
                    self.nodes[node].children.insert(at, child);
                    child
                }
            };
            passed.push(node);
        }
        let target = &mut self.nodes[node];
        // A directory includes the file of the same name, never the other way round.
        if bookkeeping == Some(Bookkeeping::Directory) || target.bookkeeping.is_none() {
            target.bookkeeping = bookkeeping.or(target.bookkeeping);
        }
        if let Some(slot) = target.slot {
            return Some(slot);
        }
        let slot = self.slot_count;
        self.slot_count += 1;
        target.slot = Some(slot);
        for node in passed {
            self.nodes[node].slots.push(slot);
        }
        Some(slot)
    }

    /// The node of one more part of a path.
    pub(super) fn child(&self, node: usize, name: &[u8]) -> Option<usize> {
        let at = self.position(node, name).ok()?;
        Some(self.nodes[node].children[at])
    }

    /// Where a name is, or belongs, among the children of a node: asked for every entry of every
    /// tree that is read.
    fn position(&self, node: usize, name: &[u8]) -> Result<usize, usize> {
        let of = |&child: &usize| self.nodes[child].name.as_slice().cmp(name);
        self.nodes[node].children.binary_search_by(of)
    }

    /// What a node is watched for.
    pub(super) fn bookkeeping(&self, node: usize) -> Option<Bookkeeping> {
        self.nodes[node].bookkeeping
    }

    /// The number of the row of things found below a root tree; `None` is the empty tree.
    pub(super) fn look_up(
        &mut self,
        objects: &Objects<'_>,
        root: Option<Oid>,
        needed_for: &dyn Fn() -> String,
    ) -> Result<u32, GitError> {
        let mut row = vec![ABSENT; self.slot_count];
        if let Some(root) = root {
            if let Some(slot) = self.nodes[ROOT].slot {
                row[slot] = self.number(0o040_000, root);
            }
            self.look_below(objects, ROOT, root, &mut row, needed_for)?;
        }
        if let Some(&known) = self.row_index.get(row.as_slice()) {
            return Ok(known);
        }
        let number = u32::try_from(self.row_index.len()).unwrap_or(u32::MAX);
        self.rows.extend_from_slice(&row);
        self.row_index.insert(row.into_boxed_slice(), number);
        Ok(number)
    }

    /// Fills the slots below a node from a tree.
    fn look_below(
        &mut self,
        objects: &Objects<'_>,
        node: usize,
        tree: Oid,
        row: &mut [u32],
        needed_for: &dyn Fn() -> String,
    ) -> Result<(), GitError> {
        let mut left = self.nodes[node].children.len();
        if left == 0 {
            return Ok(());
        }
        if let Some(known) = self.nodes[node].known.get(&tree) {
            for (&slot, &number) in self.nodes[node].slots.iter().zip(known) {
                row[slot] = number;
            }
            return Ok(());
        }
        let object = objects.read(tree, ObjectType::Tree, needed_for)?;
        for entry in entries(object.data()) {
            let Some(child) = self.child(node, entry.name) else {
                continue;
            };
            if let Some(slot) = self.nodes[child].slot {
                row[slot] = self.number(entry.mode, entry.id);
            }
            if entry.is_directory() {
                self.look_below(objects, child, entry.id, row, needed_for)?;
            }
            left -= 1;
            if left == 0 {
                break;
            }
        }
        // Root trees hardly ever return; the trees below them do.
        if node != ROOT {
            let slots = &self.nodes[node].slots;
            let values = slots.iter().map(|&slot| row[slot]).collect();
            self.nodes[node].known.insert(tree, values);
        }
        Ok(())
    }

    fn number(&mut self, mode: u32, id: Oid) -> u32 {
        let next = u32::try_from(self.found.len()).unwrap_or(u32::MAX);
        let number = *self.found_index.entry((mode, id)).or_insert(next);
        if number == next {
            self.found.push((mode, id));
        }
        number
    }

    /// The numbers of a row, one per slot.
    pub(super) fn row(&self, row: u32) -> &[u32] {
        let start = row as usize * self.slot_count;
        &self.rows[start..start + self.slot_count]
    }

    /// How many distinct rows there are.
    pub(super) fn row_count(&self) -> usize {
        self.row_index.len()
    }

    /// What a number stands for; `None` for nothing.
    pub(super) fn found(&self, number: u32) -> Option<(EntryKind, Oid)> {
        let &(mode, id) = self.found.get(number as usize)?;
        (number != ABSENT).then(|| (EntryKind::of(mode), id))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::World;
    use super::super::objects::oid;
    use super::*;

    #[test]
    fn a_row_holds_what_lies_at_every_watched_path() {
        let world = World::new();
        world.write("state/x.json", "{}");
        world.write("apps/web/a", "a");
        world.write("apps/api", "a file");
        let first = world.commit_all("feat: a");
        let second = world.commit_file("other", "b", "feat: b");
        let third = world.commit_file("apps/web/a", "b", "feat: c");
        let mut paths = WatchedPaths::new();
        let root = paths.watch("", None).unwrap();
        let state = paths.watch("state/", Some(Bookkeeping::Directory)).unwrap();
        let web = paths.watch("apps/web/", None).unwrap();
        let api = paths.watch("./apps//api/", None).unwrap();
        let below_api = paths.watch("apps/api/src", None).unwrap();
        assert_eq!(paths.watch("state", None), Some(state));
        assert_eq!(paths.watch("../state", None), None);

        let repository = world.open();
        let objects = Objects::new(&repository).unwrap();
        let mut row = |commit| {
            let tree = objects.root_tree(commit).unwrap();
            let row = paths.look_up(&objects, tree, &String::new).unwrap();
            let found: Vec<_> = paths.row(row).iter().map(|&n| paths.found(n)).collect();
            (row, found)
        };
        let (_, one) = row(first);
        let (_, two) = row(second);
        let (_, three) = row(third);
        let at = |commit: &str, path: &str| {
            let id = world.git(&["rev-parse", &format!("{commit}:{path}")]);
            oid(id.parse().unwrap())
        };
        assert_eq!(
            one[state],
            Some((EntryKind::Directory, at("HEAD", "state")))
        );
        assert_eq!(
            one[web],
            Some((EntryKind::Directory, at("HEAD~1", "apps/web")))
        );
        assert_eq!(
            three[web],
            Some((EntryKind::Directory, at("HEAD", "apps/web")))
        );
        assert_eq!(one[api].map(|(kind, _)| kind), Some(EntryKind::File));
        assert_eq!(one[below_api], None);
        assert_eq!(one[root], Some((EntryKind::Directory, at("HEAD~2", ""))));
        assert_ne!(one[root], two[root]);
        assert_eq!((one[state], one[web]), (two[state], two[web]));
    }

    #[test]
    fn equal_rows_have_equal_numbers_and_the_empty_tree_has_a_row() {
        let world = World::new();
        let first = world.commit_file("state/x.json", "{}", "a");
        let second = world.commit_file("b", "b", "b");
        let mut paths = WatchedPaths::new();
        paths.watch("state", None).unwrap();
        let repository = world.open();
        let objects = Objects::new(&repository).unwrap();
        let mut row = |tree| paths.look_up(&objects, tree, &String::new).unwrap();
        let empty = row(None);
        let one = row(objects.root_tree(first).unwrap());
        let two = row(objects.root_tree(second).unwrap());
        assert_eq!(one, two);
        assert_ne!(one, empty);
        assert_eq!(paths.row(empty), [ABSENT]);
        assert_eq!(paths.row_count(), 2);
    }
}
