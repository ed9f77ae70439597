//! Reads commits into a graph: every reachable commit exactly once, whatever the number of tips, with
//! what lies at the watched paths. No date ever stops or orders the walk. `bookkeeping` then says what
//! each commit touches, `file_history` which versions of a file there were.

use std::collections::{HashMap, VecDeque};

use git2::{ObjectType, Oid};

use super::commit_header::CommitHeader;
use super::objects::{Objects, commit_id, oid};
use super::watched_paths::{Bookkeeping, WatchedPaths};
use super::{GitError, Repository};
use crate::model::commit_graph::CommitFlags;
use crate::model::{CommitGraph, CommitId};
use crate::sources::commit_message::{is_fix, merges_hotfix_branch, reverted, subject};
use crate::sources::work_item_keys::KeyFinder;

/// Commits between two calls of the progress function.
const PROGRESS_STEP: u64 = 512;

/// Which paths matter while history is read. All are relative to the repository's root, with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WalkRequest {
    /// Directories that pipelines write to (`state`, `deploy/state`): everything below is bookkeeping,
    /// and state files are looked for in it. The root itself cannot be one.
    pub state_directories: Vec<String>,
    /// State files named by config, wherever they lie.
    pub state_files: Vec<String>,
    /// Components with paths of their own: index in `Facts::components` and prefixes (`apps/web/`).
    pub component_paths: Vec<(usize, Vec<String>)>,
}

/// Reads the history of one repository. Several calls of `read` add up.
pub struct HistoryReader<'r> {
    pub(super) objects: Objects<'r>,
    repository: &'r Repository,
    /// Looks for keys of work items, when somebody wants them.
    keys: Option<&'r KeyFinder>,
    pub(super) graph: CommitGraph,
    pub(super) paths: WatchedPaths,
    /// Per commit: its root tree, and the row of what lies at the watched paths.
    pub(super) root_trees: Vec<Option<Oid>>,
    pub(super) rows: Vec<u32>,
    /// The row of a repository without any file.
    pub(super) empty_row: u32,
    /// State directories and files: path and slot.
    pub(super) state_directories: Vec<(String, usize)>,
    pub(super) state_files: Vec<(String, usize)>,
    /// Slots that are bookkeeping.
    pub(super) bookkeeping_slots: Vec<usize>,
    /// Per slot: the components it belongs to.
    pub(super) components_of_slot: HashMap<usize, Vec<usize>>,
    /// Distinct sets of components, the empty one first, and the set of each commit.
    pub(super) touched_sets: Vec<Vec<usize>>,
    pub(super) touched: Vec<u32>,
    commits_read: u64,
}

impl<'r> HistoryReader<'r> {
    /// A reader that has read nothing yet.
    ///
    /// # Errors
    ///
    /// When the object database cannot be opened.
    pub fn new(repository: &'r Repository, request: WalkRequest) -> Result<Self, GitError> {
        let objects = Objects::new(repository)?;
        let mut paths = WatchedPaths::new();
        let mut bookkeeping_slots = Vec::new();
        let mut watch = |path: String, kind| {
            let path = normal(&path);
            let slot = paths
                .watch(&path, Some(kind))
                .filter(|_| !path.is_empty())?;
            if !bookkeeping_slots.contains(&slot) {
                bookkeeping_slots.push(slot);
            }
            Some((path, slot))
        };
        watch(".dora".to_owned(), Bookkeeping::Directory);
        let directories = request.state_directories.into_iter();
        let mut state_directories: Vec<_> = directories
            .filter_map(|path| watch(path, Bookkeeping::Directory))
            .collect();
        let files = request.state_files.into_iter();
        let mut state_files: Vec<_> = files
            .filter_map(|path| watch(path, Bookkeeping::File))
            .collect();
        for list in [&mut state_directories, &mut state_files] {
            list.sort();
            list.dedup();
        }
        let mut components_of_slot: HashMap<usize, Vec<usize>> = HashMap::new();
        for (component, prefixes) in &request.component_paths {
            for slot in prefixes.iter().filter_map(|path| paths.watch(path, None)) {
                components_of_slot.entry(slot).or_default().push(*component);
            }
        }
        let empty_row = paths.look_up(&objects, None, &String::new)?;
        Ok(Self {
            objects,
            repository,
            keys: None,
            graph: CommitGraph::default(),
            paths,
            root_trees: Vec::new(),
            rows: Vec::new(),
            empty_row,
            state_directories,
            state_files,
            bookkeeping_slots,
            components_of_slot,
            touched_sets: vec![Vec::new()],
            touched: Vec::new(),
            commits_read: 0,
        })
    }

    /// The same reader, which also notes the work items that commits name.
    #[must_use]
    pub fn noting_keys(mut self, keys: Option<&'r KeyFinder>) -> Self {
        self.keys = keys;
        self
    }

    /// Reads everything reachable from the tips that was not read before. `progress` is told from time
    /// to time how many commits this reader has read so far.
    ///
    /// # Errors
    ///
    /// When a reachable commit or a tree that must be looked at is missing or damaged. What was read
    /// until then stays; a later call goes on with other tips.
    pub fn read(&mut self, tips: &[CommitId], progress: &dyn Fn(u64)) -> Result<(), GitError> {
        let mut queue: VecDeque<u32> = tips.iter().map(|&tip| self.graph.intern(tip)).collect();
        let mut fresh = Vec::new();
        let mut parents = Vec::new();
        let mut result = Ok(());
        while let Some(commit) = queue.pop_front() {
            if self.graph.is_read(commit) {
                continue;
            }
            parents.clear();
            result = self.read_commit(commit, &mut parents);
            if result.is_err() {
                break;
            }
            fresh.push(commit);
            queue.extend(
                parents
                    .iter()
                    .filter(|&&parent| !self.graph.is_read(parent)),
            );
            if self.commits_read.is_multiple_of(PROGRESS_STEP) {
                progress(self.commits_read);
            }
        }
        progress(self.commits_read);
        self.judge(&fresh)?;
        let sets = self.touched_sets.clone();
        self.graph.set_touched(sets, self.touched.clone());
        result
    }

    /// Reads one commit into the graph and hands out its parents.
    fn read_commit(&mut self, commit: u32, parents: &mut Vec<u32>) -> Result<(), GitError> {
        let id = self.graph.id(commit);
        let graph = &self.graph;
        let needed_for = || reason_for(graph, commit);
        let object = self.objects.read(oid(id), ObjectType::Commit, needed_for)?;
        let header = CommitHeader::parse(object.data());
        let needed_for = || format!("the files of commit {id}");
        let row = self
            .paths
            .look_up(&self.objects, header.tree, &needed_for)?;

        if !self.repository.shallow.contains(&oid(id)) {
            parents.extend(
                header
                    .parents
                    .iter()
                    .map(|&parent| self.graph.intern(commit_id(parent))),
            );
        }
        let subject = subject(header.message);
        let flags = CommitFlags {
            is_fix: is_fix(subject),
            merges_hotfix_branch: header.parents.len() > 1 && merges_hotfix_branch(subject),
            is_bookkeeping: false,
        };
        let (author, committer) = (header.author_time, header.committer_time);
        self.graph.fill(commit, parents, author, committer, flags);
        let reverted = reverted(header.message);
        if !reverted.is_empty() {
            self.graph.set_reverts(commit, reverted);
        }
        if let Some(keys) = self.keys {
            self.graph.add_keys(commit, keys.find(header.message));
        }
        self.root_trees.resize(self.graph.len(), None);
        self.rows.resize(self.graph.len(), self.empty_row);
        self.touched.resize(self.graph.len(), 0);
        self.root_trees[commit as usize] = header.tree;
        self.rows[commit as usize] = row;
        self.commits_read += 1;
        Ok(())
    }

    /// The commits read so far.
    pub fn graph(&self) -> &CommitGraph {
        &self.graph
    }

    /// How many commit objects were read: the number of commits reached, never more.
    pub fn commits_read(&self) -> u64 {
        self.commits_read
    }

    /// The graph, to keep.
    pub fn finish(self) -> CommitGraph {
        self.graph
    }
}

/// A path with single slashes and none at its ends.
fn normal(path: &str) -> String {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.collect::<Vec<_>>().join("/")
}

/// Why a commit was going to be read: because of its child, or because somebody named it.
fn reason_for(graph: &CommitGraph, commit: u32) -> String {
    let all = 0..u32::try_from(graph.len()).unwrap_or(u32::MAX);
    let child = all
        .into_iter()
        .find(|&child| graph.parents(child).contains(&commit));
    match child {
        Some(child) => format!("the history of commit {}", graph.id(child)),
        None => "the analysed history".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::super::MissingBecause;
    use super::super::fixture::World;
    use super::*;

    fn state() -> WalkRequest {
        WalkRequest {
            state_directories: vec!["state/".to_owned()],
            ..WalkRequest::default()
        }
    }

    fn read(repository: &Repository, tips: &[CommitId]) -> CommitGraph {
        let mut reader = HistoryReader::new(repository, state()).unwrap();
        reader.read(tips, &|_| {}).unwrap();
        reader.finish()
    }

    /// The ids that git itself reaches, sorted.
    fn reached(world: &World, tips: &[&str]) -> Vec<String> {
        let ids = world.git(&[&["rev-list"], tips].concat());
        let mut ids: Vec<_> = ids.lines().map(str::to_owned).collect();
        ids.sort();
        ids
    }

    fn ids(graph: &CommitGraph) -> Vec<String> {
        let commits = graph.topological_order().into_iter();
        let mut ids: Vec<_> = commits.map(|commit| graph.id(commit).to_string()).collect();
        ids.sort();
        ids
    }

    /// main: a, then a merge of `side` and an octopus merge of `one` and `two`.
    fn branches() -> World {
        let world = World::new();
        world.commit_file("a", "a", "feat: a");
        for branch in ["side", "one", "two"] {
            world.git(&["checkout", "-q", "-b", branch, "main"]);
            world.commit_file(branch, branch, "feat: branch");
        }
        world.git(&["checkout", "-q", "main"]);
        world.commit_file("a", "b", "fix: b");
        world.merge(&["side"], || {});
        world.merge(&["one", "two"], || {});
        world
    }

    #[test]
    fn every_reachable_commit_is_read_once_whatever_the_number_of_tips() {
        let world = branches();
        world.git(&["checkout", "-q", "--orphan", "other"]);
        let other = world.commit_file("o", "o", "feat: another root");
        let repository = world.open();
        let main = repository.resolve_commit("main").unwrap().unwrap();
        let side = repository.resolve_commit("side").unwrap().unwrap();
        let mut reader = HistoryReader::new(&repository, state()).unwrap();
        reader.read(&[side], &|_| {}).unwrap();
        assert_eq!(reader.commits_read(), 2);
        reader.read(&[main, side, main], &|_| {}).unwrap();
        let told = RefCell::new(Vec::new());
        reader
            .read(&[other], &|count| told.borrow_mut().push(count))
            .unwrap();
        let all = reached(&world, &["main", "other"]);
        assert_eq!(reader.commits_read(), all.len() as u64);
        assert_eq!(told.into_inner().last(), Some(&(all.len() as u64)));
        assert_eq!(ids(reader.graph()), all);
    }

    #[test]
    fn parents_times_and_merges_are_those_of_git() {
        let world = branches();
        let graph = read(&world.open(), &[world.head()]);
        let log = world.git(&["log", "--format=%H %at %ct %P"]);
        for line in log.lines() {
            let mut words = line.split(' ');
            let commit = graph.find(words.next().unwrap().parse().unwrap()).unwrap();
            assert_eq!(graph.author_time(commit).to_string(), words.next().unwrap());
            assert_eq!(
                graph.committer_time(commit).to_string(),
                words.next().unwrap()
            );
            let parents: Vec<_> = words.filter(|word| !word.is_empty()).collect();
            let found = graph.parents(commit).iter();
            let found: Vec<_> = found.map(|&parent| graph.id(parent).to_string()).collect();
            assert_eq!(found, parents);
        }
        assert_eq!(graph.parents(graph.find(world.head()).unwrap()).len(), 3);
    }

    #[test]
    fn messages_become_flags_and_reverts() {
        let world = World::new();
        let feat = world.commit_file("a", "a", "feat: a");
        world.git(&["checkout", "-q", "-b", "hotfix/a"]);
        let fix = world.commit_file("a", "b", "fix(a)!: b");
        world.git(&["checkout", "-q", "main"]);
        let merge = world.merge(&["hotfix/a"], || {});
        let claimed = world.commit_file("a", "c", "Merge branch 'hotfix/b'");
        let message = format!("Revert \"feat: a\"\n\nThis reverts commit {feat}.");
        let revert = world.commit_file("a", "d", &message);
        let graph = read(&world.open(), &[revert]);
        let flags = |id| graph.flags(graph.find(id).unwrap());
        assert_eq!(flags(feat), CommitFlags::default());
        assert!(flags(fix).is_fix && flags(revert).is_fix && !flags(merge).is_fix);
        assert!(flags(merge).merges_hotfix_branch);
        assert!(!flags(claimed).merges_hotfix_branch); // It has one parent.
        let reverts: Vec<_> = graph.reverts().collect();
        assert_eq!(
            reverts,
            [(graph.find(revert).unwrap(), &[feat.to_string()][..])]
        );
    }

    #[test]
    fn keys_are_noted_only_when_somebody_asks() {
        let world = World::new();
        let own = world.commit_file("a", "a", "SHOP-1: a");
        world.git(&["checkout", "-q", "-b", "feature/shop-2-b"]);
        let bare = world.commit_file("b", "b", "b");
        world.git(&["checkout", "-q", "main"]);
        let merge = world.merge(&["feature/shop-2-b"], || {});
        let repository = world.open();
        let keys = ["SHOP-1", "SHOP-2"].map(|key| (crate::model::Tracker::Jira, key));
        let finder = KeyFinder::new("[A-Z]+-[0-9]+", keys).unwrap();
        let mut reader = HistoryReader::new(&repository, state())
            .unwrap()
            .noting_keys(Some(&finder));
        reader.read(&[merge], &|_| {}).unwrap();
        let graph = reader.finish();
        let named = |id| {
            let numbers = graph.keys_named_by(graph.find(id).unwrap()).iter();
            let keys = numbers.map(|&number| graph.keys()[number as usize].as_str());
            keys.collect::<Vec<_>>()
        };
        assert_eq!(named(own), ["SHOP-1"]);
        assert_eq!(named(bare), [""; 0]);
        assert_eq!(named(merge), ["SHOP-2"]);
        assert!(read(&repository, &[merge]).keys().is_empty());
    }

    #[test]
    fn hostile_commits_are_read_like_any_other() {
        let world = World::new();
        let tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let root = world.raw_commit(format!("tree {tree}\nauthor A <a> -5 +0000\n\nfix: x"));
        let far = format!(
            "tree {tree}\nparent {root}\nauthor A <a> 12345678901234567890 +0000\n\
             committer C <c> 9223372036854775807 +9999\n\n"
        );
        let far = world.raw_commit(far);
        let mut bytes = format!("tree {tree}\nparent {far}\nauthor \0").into_bytes();
        bytes.extend(b"\xff\xfe\ncommitter <>\nnonsense\n\n\xff\xfe\0");
        let odd = world.raw_commit(bytes);
        let bare = world.raw_commit(format!("parent {odd}\n"));
        let graph = read(&world.open(), &[bare.parse().unwrap()]);
        assert_eq!(graph.topological_order().len(), 4);
        let at = |id: &str| graph.find(id.parse().unwrap()).unwrap();
        assert_eq!(graph.author_time(at(&root)), -5);
        assert!(graph.flags(at(&root)).is_fix);
        assert_eq!(graph.author_time(at(&far)), 0);
        assert_eq!(graph.committer_time(at(&far)), i64::MAX);
        assert_eq!(graph.committer_time(at(&odd)), 0);
        assert_eq!(graph.parents(at(&bare)), [at(&odd)]);
        assert!(graph.is_change(at(&bare)));
    }

    #[test]
    fn a_child_older_than_its_parents_hides_nothing() {
        let world = World::new();
        for _ in 0..5 {
            world.commit_all("feat: more");
        }
        let tree = world.git(&["rev-parse", "HEAD^{tree}"]);
        let parent = world.head();
        let old = format!(
            "tree {tree}\nparent {parent}\nauthor A <a> 1 +0000\ncommitter C <c> 1 +0000\n\nold"
        );
        let old = world.raw_commit(old).parse().unwrap();
        assert_eq!(read(&world.open(), &[old]).topological_order().len(), 6);
    }

    #[test]
    fn a_shallow_clone_ends_at_its_boundary() {
        let world = branches();
        let clone = world.clone_with(&["--depth", "2"]);
        let graph = read(&clone, &[clone.head().unwrap().unwrap()]);
        let log = super::super::fixture::git_in(&world.beside("clone"), &["rev-list", "HEAD"]);
        assert_eq!(graph.topological_order().len(), log.lines().count());
        assert_eq!(graph.len(), log.lines().count());
    }

    #[test]
    fn a_missing_commit_is_named_with_its_child() {
        let world = World::new();
        let lost = world.commit_file("a", "a", "feat: a").to_string();
        let child = world.commit_file("a", "b", "feat: b");
        let object = format!(".git/objects/{}/{}", &lost[..2], &lost[2..]);
        std::fs::remove_file(world.path().join(object)).unwrap();
        let repository = world.open();
        let mut reader = HistoryReader::new(&repository, state()).unwrap();
        let error = reader.read(&[child], &|_| {}).unwrap_err();
        assert_eq!(
            error,
            GitError::MissingObject {
                id: lost,
                needed_for: format!("the history of commit {child}"),
                because: MissingBecause::Unknown,
            }
        );
        let nothing = CommitId([7; 20]);
        let error = reader.read(&[nothing], &|_| {}).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("object {nothing} is missing; it is needed for the analysed history")
        );
        // The next tip is not held back by what went wrong before.
        world.git(&["checkout", "-q", "--orphan", "other"]);
        let other = world.commit_file("o", "o", "feat: o");
        assert_eq!(reader.read(&[other], &|_| {}), Ok(()));
    }

    #[test]
    fn no_tip_reads_nothing_and_a_blob_is_no_tip() {
        let world = World::new();
        world.commit_file("a", "a", "feat: a");
        let blob = world.git(&["rev-parse", "HEAD:a"]).parse().unwrap();
        let repository = world.open();
        let mut reader = HistoryReader::new(&repository, WalkRequest::default()).unwrap();
        assert_eq!(reader.read(&[], &|_| {}), Ok(()));
        assert_eq!(reader.commits_read(), 0);
        let error = reader.read(&[blob], &|_| {}).unwrap_err();
        assert!(matches!(error, GitError::Corrupt(_)), "{error}");
    }
}
