//! Commits of one repository as a compact graph with dense indexes: what attribution walks.
//! `sources::git` fills it; nothing here reads a repository.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A full SHA-1 object id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommitId(pub [u8; 20]);

impl CommitId {
    /// The first seven hex digits, for people.
    pub fn short(&self) -> String {
        self.to_string()[..7].to_owned()
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text was not 40 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotACommitId;

impl FromStr for CommitId {
    type Err = NotACommitId;

    fn from_str(text: &str) -> Result<Self, NotACommitId> {
        let digits = text.as_bytes();
        if digits.len() != 40 {
            return Err(NotACommitId);
        }
        let mut id = [0_u8; 20];
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            let high = hex_digit(pair[0]).ok_or(NotACommitId)?;
            let low = hex_digit(pair[1]).ok_or(NotACommitId)?;
            *byte = high << 4 | low;
        }
        Ok(Self(id))
    }
}

impl Serialize for CommitId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CommitId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse()
            .map_err(|NotACommitId| D::Error::custom("not 40 hexadecimal digits"))
    }
}

/// The value of one hexadecimal digit, either case.
pub fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Object ids are uniformly distributed already, so their first eight bytes are the hash.
#[derive(Default)]
pub struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }

    fn write_usize(&mut self, _length: usize) {}

    // Arrays hash their length first, which says nothing about an id.
    fn write_u64(&mut self, _length: u64) {}
}

/// What the message of a commit says about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommitFlags {
    /// Its subject marks a fix: conventional type `fix`, `hotfix`, `bugfix` or `revert`, or git's
    /// own title `Revert "…"` (spec 2.6, `hotfix`).
    pub is_fix: bool,
    /// It merges a branch named `hotfix/…`.
    pub merges_hotfix_branch: bool,
    /// Every path it touches is in a state directory or `.dora/`: bookkeeping, not a change (2.1).
    pub is_bookkeeping: bool,
}

/// Commits of one repository, each with a dense index. Parents may have higher or lower indexes
/// than their children: the order is the order of discovery.
#[derive(Debug, Clone, Default)]
pub struct CommitGraph {
    ids: Vec<CommitId>,
    index: HashMap<CommitId, u32, BuildHasherDefault<IdHasher>>,
    parent_spans: Vec<(u32, u32)>,
    parents: Vec<u32>,
    author_times: Vec<i64>,
    committer_times: Vec<i64>,
    flags: Vec<CommitFlags>,
    reverts: HashMap<u32, Vec<String>>,
    touched_set: Vec<u32>,
    touched_sets: Vec<Vec<usize>>,
    /// Distinct keys of work items that messages name, and their numbers.
    keys: Vec<String>,
    key_numbers: HashMap<String, u32>,
    named: HashMap<u32, Box<[u32]>>,
}

/// So many distinct keys of work items are noted.
const MOST_KEYS: usize = 1 << 20;

/// Span of a commit that is known by id only: nobody has read it (yet).
const UNREAD: (u32, u32) = (u32::MAX, 0);

impl CommitGraph {
    /// How many commits have an index, read or only named as a parent.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is no commit at all.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The index of a commit, given out now if it has none.
    pub fn intern(&mut self, id: CommitId) -> u32 {
        if let Some(&index) = self.index.get(&id) {
            return index;
        }
        let index = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.push(id);
        self.index.insert(id, index);
        self.parent_spans.push(UNREAD);
        self.author_times.push(0);
        self.committer_times.push(0);
        self.flags.push(CommitFlags::default());
        index
    }

    /// Stores what was read of an interned commit. Times are seconds since 1970. Parents beyond a
    /// shallow boundary, or missing from the repository, are left out by the reader.
    pub fn fill(
        &mut self,
        commit: u32,
        parents: &[u32],
        author_time: i64,
        committer_time: i64,
        flags: CommitFlags,
    ) {
        let start = u32::try_from(self.parents.len()).unwrap_or(u32::MAX - 1);
        self.parents.extend_from_slice(parents);
        let commit = commit as usize;
        self.parent_spans[commit] = (start, u32::try_from(parents.len()).unwrap_or(0));
        self.author_times[commit] = author_time;
        self.committer_times[commit] = committer_time;
        self.flags[commit] = flags;
    }

    /// Notes the ids (7 to 40 lower-case hex digits) that a commit's message says it reverts, or the pull
    /// requests (`#221`, `owner/name#221`), which name nothing before `resolve_reverts`.
    pub fn set_reverts(&mut self, commit: u32, ids: Vec<String>) {
        self.reverts.insert(commit, ids);
    }

    /// Replaces pull requests that commits say they revert by what they became.
    pub fn resolve_reverts(&mut self, merged: impl Fn(&str) -> Option<CommitId>) {
        for text in self.reverts.values_mut().flatten() {
            if text.contains('#')
                && let Some(commit) = merged(text)
            {
                *text = commit.to_string();
            }
        }
    }

    /// Notes keys of work items that name what a commit is or merges, as they are compared; more than
    /// before.
    pub fn add_keys(&mut self, commit: u32, keys: impl IntoIterator<Item = String>) {
        let mut numbers: Vec<u32> = self.keys_named_by(commit).to_vec();
        for key in keys {
            // A repository that names millions of items is hostile, and need not be told of all.
            if self.keys.len() >= MOST_KEYS && !self.key_numbers.contains_key(&key) {
                continue;
            }
            let next = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
            let number = *self.key_numbers.entry(key).or_insert_with_key(|key| {
                self.keys.push(key.clone());
                next
            });
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        if !numbers.is_empty() {
            self.named.insert(commit, numbers.into());
        }
    }

    /// Marks a commit as bookkeeping (spec 2.1).
    pub fn mark_bookkeeping(&mut self, commit: u32) {
        self.flags[commit as usize].is_bookkeeping = true;
    }

    /// Stores, for every index, which of the distinct sets of components its commit touches.
    /// A set lists indexes in `Facts::components` in ascending order.
    pub fn set_touched(&mut self, sets: Vec<Vec<usize>>, set_of_commit: Vec<u32>) {
        self.touched_sets = sets;
        self.touched_set = set_of_commit;
    }

    /// Replaces the component indexes of the touched sets; those without a new one are dropped.
    pub fn renumber_touched(&mut self, renumber: impl Fn(usize) -> Option<usize>) {
        for set in &mut self.touched_sets {
            *set = set
                .iter()
                .filter_map(|&component| renumber(component))
                .collect();
            set.sort_unstable();
        }
    }

    /// The index of a commit, if it has one.
    pub fn find(&self, id: CommitId) -> Option<u32> {
        self.index.get(&id).copied()
    }

    /// Whether the commit was read (not only named as somebody's parent).
    pub fn is_read(&self, commit: u32) -> bool {
        self.parent_spans[commit as usize] != UNREAD
    }

    /// The id of a commit.
    pub fn id(&self, commit: u32) -> CommitId {
        self.ids[commit as usize]
    }

    /// The parents of a commit in order; empty for a root, a boundary or an unread commit.
    pub fn parents(&self, commit: u32) -> &[u32] {
        let (start, count) = self.parent_spans[commit as usize];
        if count == 0 {
            return &[];
        }
        &self.parents[start as usize..(start + count) as usize]
    }

    /// Whether the commit has two or more parents: a merge is not a change.
    pub fn is_merge(&self, commit: u32) -> bool {
        self.parent_spans[commit as usize].1 > 1
    }

    /// Author time, seconds since 1970.
    pub fn author_time(&self, commit: u32) -> i64 {
        self.author_times[commit as usize]
    }

    /// Committer time, seconds since 1970.
    pub fn committer_time(&self, commit: u32) -> i64 {
        self.committer_times[commit as usize]
    }

    /// What its message and its paths say about a commit.
    pub fn flags(&self, commit: u32) -> CommitFlags {
        self.flags[commit as usize]
    }

    /// Whether the commit is a change (spec 2.1): read, not a merge, not bookkeeping.
    pub fn is_change(&self, commit: u32) -> bool {
        self.is_read(commit) && !self.is_merge(commit) && !self.flags(commit).is_bookkeeping
    }

    /// All commits whose message names commits they revert, with those ids.
    pub fn reverts(&self) -> impl Iterator<Item = (u32, &[String])> {
        self.reverts
            .iter()
            .map(|(&commit, ids)| (commit, ids.as_slice()))
    }

    /// The distinct keys of work items that commits name; their places are their numbers.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// The numbers of the keys that a commit's message, or its pull request, names. Those that a merge commit names belong to
    /// what it merged.
    pub fn keys_named_by(&self, commit: u32) -> &[u32] {
        self.named.get(&commit).map_or(&[], |numbers| numbers)
    }

    /// All commits that name keys, in the order of their indexes.
    pub fn commits_with_keys(&self) -> Vec<u32> {
        let mut commits: Vec<u32> = self.named.keys().copied().collect();
        commits.sort_unstable();
        commits
    }

    /// The components (indexes in `Facts::components`, ascending) whose own paths the commit
    /// touches; empty when it touches none, or when no component has paths.
    pub fn touched(&self, commit: u32) -> &[usize] {
        self.touched_set
            .get(commit as usize)
            .and_then(|&set| self.touched_sets.get(set as usize))
            .map_or(&[], Vec::as_slice)
    }

    /// All read commits, every parent before its children; the same order for the same graph.
    pub fn topological_order(&self) -> Vec<u32> {
        self.order_from(0..u32::try_from(self.len()).unwrap_or(u32::MAX))
    }

    /// The same of the commits that are reachable from these.
    pub fn order_from(&self, starts: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let mut order = Vec::new();
        let mut seen = vec![false; self.len()];
        let mut path: Vec<(u32, usize)> = Vec::new();
        for start in starts {
            if seen[start as usize] || !self.is_read(start) {
                continue;
            }
            seen[start as usize] = true;
            path.push((start, 0));
            while let Some((commit, next)) = path.last_mut() {
                if let Some(&parent) = self.parents(*commit).get(*next) {
                    *next += 1;
                    if !seen[parent as usize] && self.is_read(parent) {
                        seen[parent as usize] = true;
                        path.push((parent, 0));
                    }
                } else {
                    order.push(*commit);
                    path.pop();
                }
            }
        }
        order
    }

    /// For every index the longest distance from a root (0 for roots and unread commits): a commit
    /// always has a larger one than each of its ancestors.
    pub fn generations(&self) -> Vec<u32> {
        let mut generations = vec![0; self.len()];
        for commit in self.topological_order() {
            generations[commit as usize] = self
                .parents(commit)
                .iter()
                .map(|&parent| generations[parent as usize] + 1)
                .max()
                .unwrap_or(0);
        }
        generations
    }

    /// The commit whose id starts with these hex digits, if exactly one known id does and its commit
    /// was read; a whole id needs only to be known.
    pub fn find_by_prefix(&self, prefix: &str) -> Option<u32> {
        if let Ok(id) = prefix.parse() {
            return self.find(id);
        }
        let prefix = prefix.to_ascii_lowercase();
        let digits: Vec<u8> = prefix.bytes().map(hex_digit).collect::<Option<_>>()?;
        if digits.is_empty() || digits.len() > 40 {
            return None;
        }
        let matches = |id: &CommitId| {
            digits.iter().enumerate().all(|(position, &digit)| {
                let byte = id.0[position / 2];
                digit
                    == if position % 2 == 0 {
                        byte >> 4
                    } else {
                        byte & 15
                    }
            })
        };
        let mut found = None;
        for (index, id) in self.ids.iter().enumerate() {
            if matches(id) {
                if found.is_some() {
                    return None;
                }
                found = u32::try_from(index).ok();
            }
        }
        found.filter(|&commit| self.is_read(commit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(first: u8) -> CommitId {
        let mut bytes = [7; 20];
        bytes[0] = first;
        CommitId(bytes)
    }

    #[test]
    fn an_id_survives_text_and_back() {
        let text = "00ff0123456789abcdef0123456789abcdefff10";
        assert_eq!(
            text.parse::<CommitId>().map(|id| id.to_string()),
            Ok(text.to_owned())
        );
        assert_eq!("00FF".parse::<CommitId>(), Err(NotACommitId));
        assert_eq!("zz".repeat(20).parse::<CommitId>(), Err(NotACommitId));
    }

    #[test]
    fn an_interned_commit_is_not_read_until_filled() {
        let mut graph = CommitGraph::default();
        let child = graph.intern(id(1));
        let parent = graph.intern(id(2));
        assert!(!graph.is_read(child));
        graph.fill(child, &[parent], 10, 20, CommitFlags::default());
        assert!(graph.is_read(child) && graph.is_change(child));
        assert_eq!(graph.parents(child), &[parent]);
        assert_eq!(graph.parents(parent), &[] as &[u32]);
        assert!(!graph.is_change(parent));
        assert_eq!(graph.intern(id(1)), child);
    }

    #[test]
    fn parents_come_before_children_and_generations_grow() {
        // 0 is a merge of 1 and 2, both children of 3.
        let mut graph = CommitGraph::default();
        for first in 0..4 {
            graph.intern(id(first));
        }
        for (commit, parents) in [(0, &[1, 2][..]), (1, &[3]), (2, &[3]), (3, &[])] {
            graph.fill(commit, parents, 0, 0, CommitFlags::default());
        }
        let order = graph.topological_order();
        assert_eq!(order.first(), Some(&3));
        assert_eq!(order.last(), Some(&0));
        assert_eq!(graph.generations(), [2, 1, 1, 0]);
    }

    #[test]
    fn a_prefix_finds_a_commit_only_when_it_is_unique() {
        let mut graph = CommitGraph::default();
        for first in [0xab, 0xac] {
            let commit = graph.intern(id(first));
            graph.fill(commit, &[], 0, 0, CommitFlags::default());
        }
        assert_eq!(graph.find_by_prefix("ab07070"), Some(0));
        assert_eq!(graph.find_by_prefix("a"), None);
        assert_eq!(graph.find_by_prefix("ffff"), None);
        assert_eq!(graph.find_by_prefix("xyz"), None);
    }
}
