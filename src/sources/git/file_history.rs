//! The versions of state files in history (spec 2.2): one at every commit whose content at the path
//! differs from the content in **every** parent. Merges are commits like any other, first parents are
//! not preferred, and nothing is simplified away. `state_listings` says what lies where, `turns` at which
//! commits it changes; both work on what `history` noted, without another walk.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use git2::ObjectType;

use super::state_listings::{Content, Listing, PathNumbers};
use super::tree_entries::EntryKind;
use super::turns::Turn;
use super::{GitError, HistoryReader};
use crate::model::CommitId;

/// Largest state file that is read, in bytes.
pub(super) const SIZE_LIMIT: usize = 16 * 1024 * 1024;

/// What a path held at one commit.
#[derive(Debug, PartialEq, Eq)]
pub enum FileContent<T> {
    /// A regular file, as the caller read it.
    Read(Arc<T>),
    /// Nothing any more.
    Deleted,
    /// Something that is no regular file (`a symbolic link`, `a submodule`, `a directory`).
    NotAFile(&'static str),
    /// A regular file of this many bytes, more than 16 MiB, which was not read.
    TooLarge(u64),
}

impl<T> Clone for FileContent<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Read(content) => Self::Read(Arc::clone(content)),
            Self::Deleted => Self::Deleted,
            Self::NotAFile(kind) => Self::NotAFile(kind),
            Self::TooLarge(bytes) => Self::TooLarge(*bytes),
        }
    }
}

/// One version of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileVersion<T> {
    /// The commit that brought it: index in the reader's graph.
    pub commit: u32,
    /// Longest distance of that commit from a root; an ancestor always has a smaller one.
    pub generation: u32,
    /// What the path holds from there on.
    pub content: FileContent<T>,
    /// The versions that held at the commit's parents, in their order and each once: indexes in the
    /// same list, always smaller. A parent that never had the file is not listed.
    pub preceding: Vec<usize>,
}

/// All versions of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileHistory<T> {
    /// The path from the repository's root; bytes that are no UTF-8 are replaced.
    pub path: String,
    /// The versions, ancestors before descendants; the same order for the same head.
    pub versions: Vec<FileVersion<T>>,
}

impl HistoryReader<'_> {
    /// The histories, by path, of every state file named in the request and of every file in a state
    /// directory whose path from the root `matches`, among the commits reachable from `head`, which
    /// must have been read. A renamed file is a new one. `read` makes of a path and its bytes what is
    /// kept, once per distinct content of a path: the bytes themselves are not held.
    ///
    /// # Errors
    ///
    /// When a tree of a state directory or the content of a version is missing or damaged.
    pub fn file_versions<T>(
        &self,
        head: CommitId,
        matches: &dyn Fn(&str) -> bool,
        read: &dyn Fn(&str, &[u8]) -> T,
    ) -> Result<Vec<FileHistory<T>>, GitError> {
        let Some(head) = self.graph.find(head) else {
            return Ok(Vec::new());
        };
        let mut paths = PathNumbers::default();
        let (row_listing, listings) = self.listings(matches, &mut paths)?;
        let turns = self.turns(head, &row_listing);

        let mut histories = BTreeMap::new();
        for (number, path) in (0..).zip(&paths.names) {
            let versions = self.versions_of(path, number, &turns, &listings, read)?;
            if !versions.is_empty() {
                histories.insert(path.clone(), versions);
            }
        }
        Ok(histories
            .into_iter()
            .map(|(path, versions)| FileHistory { path, versions })
            .collect())
    }

    /// The versions of one path.
    fn versions_of<T>(
        &self,
        path: &str,
        number: u32,
        turns: &[Turn],
        listings: &[Listing],
        read: &dyn Fn(&str, &[u8]) -> T,
    ) -> Result<Vec<FileVersion<T>>, GitError> {
        let mut contents: HashMap<Content, FileContent<T>> = HashMap::new();
        let at = |turn: &Turn| {
            let listing = &listings[turn.listing];
            let place = listing.binary_search_by_key(&number, |&(path, _)| path);
            place.ok().map(|place| listing[place].1)
        };
        let mut versions: Vec<FileVersion<T>> = Vec::new();
        // Per turn the version that holds there; none while the file was never there.
        let mut holds: Vec<Option<usize>> = Vec::with_capacity(turns.len());
        for turn in turns {
            let content = at(turn);
            let same = || {
                let parents = turn.parents.iter().copied();
                parents.filter(|&parent| at(&turns[parent]) == content)
            };
            let is_new = same().next().is_none() && (content.is_some() || !turn.parents.is_empty());
            if !is_new {
                holds.push(same().find_map(|parent| holds[parent]));
                continue;
            }
            let mut preceding = Vec::new();
            for version in turn.parents.iter().filter_map(|&parent| holds[parent]) {
                if !preceding.contains(&version) {
                    preceding.push(version);
                }
            }
            let content = match content {
                Some(content) => match contents.get(&content) {
                    Some(known) => known.clone(),
                    None => {
                        let found = self.content(content, path, turn.commit, read)?;
                        contents.insert(content, found.clone());
                        found
                    }
                },
                None => FileContent::Deleted,
            };
            holds.push(Some(versions.len()));
            versions.push(FileVersion {
                commit: turn.commit,
                generation: turn.generation,
                content,
                preceding,
            });
        }
        Ok(versions)
    }

    /// The content of a version.
    fn content<T>(
        &self,
        content: Content,
        path: &str,
        commit: u32,
        read: &dyn Fn(&str, &[u8]) -> T,
    ) -> Result<FileContent<T>, GitError> {
        let id = content.1;
        let needed_for = || format!("{path} at commit {}", self.graph.id(commit));
        Ok(match content.0 {
            EntryKind::Symlink => FileContent::NotAFile("a symbolic link"),
            EntryKind::Submodule => FileContent::NotAFile("a submodule"),
            EntryKind::Directory => FileContent::NotAFile("a directory"),
            EntryKind::File => match self.objects.header(id, needed_for)? {
                (size, ObjectType::Blob) if size > SIZE_LIMIT => {
                    FileContent::TooLarge(u64::try_from(size).unwrap_or(u64::MAX))
                }
                (_, ObjectType::Blob) => {
                    let object = self.objects.read(id, ObjectType::Blob, needed_for)?;
                    FileContent::Read(Arc::new(read(path, object.data())))
                }
                _ => FileContent::NotAFile("an object of another type"),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::World;
    use super::super::{MissingBecause, Repository, WalkRequest};
    use super::*;

    fn bytes(_: &str, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    fn request() -> WalkRequest {
        WalkRequest {
            state_directories: vec!["state".to_owned(), "deploy/state/".to_owned()],
            state_files: vec!["ops/live.json".to_owned()],
            component_paths: Vec::new(),
        }
    }

    fn histories_in(
        repository: &Repository,
        head: CommitId,
    ) -> (Vec<FileHistory<Vec<u8>>>, Vec<CommitId>) {
        let mut reader = HistoryReader::new(repository, request()).unwrap();
        reader.read(&[head], &|_| {}).unwrap();
        let histories = reader
            .file_versions(head, &|path| path.ends_with(".json"), &bytes)
            .unwrap();
        let graph = reader.finish();
        let ids = (0..u32::try_from(graph.len()).unwrap()).map(|commit| graph.id(commit));
        (histories, ids.collect())
    }

    /// A version as the tests write it: commit, content, preceding versions.
    type Row = (CommitId, &'static str, Vec<usize>);

    /// Path and versions of every history, after a check against what git says of each path.
    fn histories(world: &World) -> Vec<(String, Vec<Row>)> {
        let (histories, ids) = histories_in(&world.open(), world.head());
        let rows = |history: FileHistory<Vec<u8>>| {
            let mut found: Vec<_> = history
                .versions
                .iter()
                .map(|version| ids[version.commit as usize].to_string())
                .collect();
            found.sort();
            let expected = world.commits_that_change(&history.path);
            assert_eq!(found, expected, "{}", history.path);
            let row = |version: FileVersion<Vec<u8>>| {
                assert!(
                    version
                        .preceding
                        .iter()
                        .all(|&before| { found.len() > before && version.generation > 0 })
                );
                let content = match version.content {
                    FileContent::Read(bytes) => String::from_utf8(bytes.to_vec()).unwrap().leak(),
                    FileContent::Deleted => "deleted",
                    FileContent::NotAFile(what) => what,
                    FileContent::TooLarge(_) => "too large",
                };
                (ids[version.commit as usize], content, version.preceding)
            };
            (
                history.path.clone(),
                history.versions.into_iter().map(row).collect(),
            )
        };
        histories.into_iter().map(rows).collect()
    }

    const LIVE: &str = "state/live.json";

    #[test]
    fn each_change_of_a_file_is_a_version_and_nothing_else_is() {
        let world = World::new();
        let one = world.commit_file(LIVE, "1", "deploy");
        world.commit_file("src/a", "a", "feat: a");
        let two = world.commit_file(LIVE, "2", "deploy");
        let back = world.commit_file(LIVE, "1", "deploy");
        world.commit_all("feat: nothing");
        assert_eq!(
            histories(&world),
            [(
                LIVE.to_owned(),
                vec![
                    (one, "1", vec![]),
                    (two, "2", vec![0]),
                    (back, "1", vec![1])
                ]
            )]
        );
    }

    #[test]
    fn versions_on_the_second_parent_are_found_and_a_clean_merge_is_none() {
        let world = World::new();
        let one = world.commit_file(LIVE, "1", "deploy");
        world.git(&["checkout", "-q", "-b", "pipeline"]);
        let two = world.commit_file(LIVE, "2", "deploy");
        let three = world.commit_file(LIVE, "3", "deploy");
        world.git(&["checkout", "-q", "main"]);
        world.commit_file("src/a", "a", "feat: a");
        world.merge(&["pipeline"], || {});
        let four = world.commit_file(LIVE, "4", "deploy");
        assert_eq!(
            histories(&world)[0].1,
            [
                (one, "1", vec![]),
                (two, "2", vec![0]),
                (three, "3", vec![1]),
                (four, "4", vec![2])
            ]
        );
    }

    #[test]
    fn a_merge_that_takes_the_other_side_loses_no_version() {
        let world = World::new();
        let one = world.commit_file(LIVE, "1", "deploy");
        world.git(&["checkout", "-q", "-b", "lost"]);
        let lost = world.commit_file(LIVE, "lost", "deploy");
        world.git(&["checkout", "-q", "main"]);
        world.commit_file("src/a", "a", "feat: a");
        world.merge(&["lost"], || world.write(LIVE, "1"));
        let two = world.commit_file(LIVE, "2", "deploy");
        assert_eq!(
            histories(&world)[0].1,
            [
                (one, "1", vec![]),
                (lost, "lost", vec![0]),
                (two, "2", vec![0])
            ]
        );
    }

    #[test]
    fn an_evil_or_octopus_merge_that_writes_something_new_is_a_version() {
        let world = World::new();
        let one = world.commit_file(LIVE, "1", "deploy");
        let mut sides = Vec::new();
        for branch in ["left", "right"] {
            world.git(&["checkout", "-q", "-b", branch, "main"]);
            let path = format!("state/{branch}.json");
            sides.push(world.commit_file(&path, branch, "deploy"));
        }
        world.git(&["checkout", "-q", "main"]);
        world.commit_file("src/a", "a", "feat: a");
        let evil = world.merge(&["left", "right"], || world.write(LIVE, "evil"));
        assert_eq!(
            histories(&world),
            [
                (
                    "state/left.json".to_owned(),
                    vec![(sides[0], "left", vec![])]
                ),
                (
                    LIVE.to_owned(),
                    vec![(one, "1", vec![]), (evil, "evil", vec![0])]
                ),
                (
                    "state/right.json".to_owned(),
                    vec![(sides[1], "right", vec![])]
                ),
            ]
        );
    }

    #[test]
    fn a_merge_of_two_versions_has_both_before_it() {
        let world = World::new();
        world.commit_file(LIVE, "1", "deploy");
        world.git(&["checkout", "-q", "-b", "other"]);
        world.commit_file(LIVE, "other", "deploy");
        world.git(&["checkout", "-q", "main"]);
        world.commit_file(LIVE, "main", "deploy");
        world.merge(&["-s", "ours", "other"], || world.write(LIVE, "both"));
        let versions = &histories(&world)[0].1;
        let contents: Vec<_> = versions.iter().map(|(_, content, _)| *content).collect();
        assert_eq!(contents, ["1", "main", "other", "both"]);
        assert_eq!(versions[3].2, [1, 2]);
        assert_eq!((&versions[1].2, &versions[2].2), (&vec![0], &vec![0]));
    }

    #[test]
    fn a_file_may_go_and_return() {
        let world = World::new();
        let one = world.commit_file(LIVE, "1", "deploy");
        world.git(&["rm", "-q", LIVE]);
        let gone = world.commit_all("no more");
        world.commit_file("src/a", "a", "feat: a");
        let again = world.commit_file(LIVE, "1", "deploy");
        assert_eq!(
            histories(&world)[0].1,
            [
                (one, "1", vec![]),
                (gone, "deleted", vec![0]),
                (again, "1", vec![1])
            ]
        );
    }

    #[test]
    fn links_and_directories_are_versions_without_content() {
        let world = World::new();
        let one = world.commit_file(LIVE, "1", "deploy");
        world.git(&["rm", "-q", LIVE]);
        world.write("state/other", "x");
        world.symlink("other", LIVE);
        let link = world.commit_all("a link");
        world.git(&["rm", "-q", LIVE]);
        let directory = world.commit_file("state/live.json/x", "1", "a directory");
        let (histories, ids) = histories_in(&world.open(), world.head());
        let found: Vec<_> = histories[0]
            .versions
            .iter()
            .map(|version| (ids[version.commit as usize], version.content.clone()))
            .collect();
        assert_eq!(
            found,
            [
                (one, FileContent::Read(b"1".to_vec().into())),
                (link, FileContent::NotAFile("a symbolic link")),
                (directory, FileContent::NotAFile("a directory")),
            ]
        );
    }

    #[test]
    fn files_in_state_directories_and_named_files_are_found_and_others_are_not() {
        let world = World::new();
        world.write("state/live.json", "1");
        world.write("state/eu/live.json", "deeper");
        world.write("deploy/state/qa.json", "2");
        world.write("ops/live.json", "3");
        world.write("ops/other.json", "4");
        world.write("deploy/other.json", "5");
        world.write("state/readme.md", "6");
        let commit = world.commit_all("deploy");
        let version = |content| vec![(commit, content, vec![])];
        assert_eq!(
            histories(&world),
            [
                ("deploy/state/qa.json".to_owned(), version("2")),
                ("ops/live.json".to_owned(), version("3")),
                ("state/live.json".to_owned(), version("1")),
            ]
        );
    }

    #[test]
    fn only_commits_reachable_from_the_head_count() {
        let world = World::new();
        let one = world.commit_file(LIVE, "1", "deploy");
        let two = world.commit_file(LIVE, "2", "deploy");
        let repository = world.open();
        let mut reader = HistoryReader::new(&repository, request()).unwrap();
        reader.read(&[two], &|_| {}).unwrap();
        let before = reader.commits_read();
        let histories = reader.file_versions(one, &|_| true, &bytes).unwrap();
        assert_eq!(histories[0].versions.len(), 1);
        assert_eq!(reader.commits_read(), before);
        assert_eq!(
            reader.file_versions(CommitId([1; 20]), &|_| true, &bytes),
            Ok(vec![])
        );
    }

    #[test]
    fn a_directory_that_a_partial_clone_left_out_is_named_with_its_commit() {
        let world = World::new();
        let one = world.commit_file(LIVE, "1", "deploy");
        let two = world.commit_file(LIVE, "2", "deploy");
        let clone = world.clone_with(&["--filter=tree:0"]);
        let mut reader = HistoryReader::new(&clone, request()).unwrap();
        let error = reader.read(&[two], &|_| {}).unwrap_err();
        let tree = world.git(&["rev-parse", "HEAD~1^{tree}"]);
        assert_eq!(
            error,
            GitError::MissingObject {
                id: tree,
                needed_for: format!("the files of commit {one}"),
                because: MissingBecause::PartialClone,
            }
        );
    }

    #[test]
    fn a_repository_without_state_files_has_no_histories() {
        let world = World::new();
        world.commit_file("src/a", "a", "feat: a");
        assert_eq!(histories(&world), []);
    }

    #[test]
    fn a_blob_that_a_partial_clone_left_out_is_named_with_path_and_commit() {
        let world = World::new();
        let one = world.commit_file(LIVE, "1", "deploy");
        let blob = world.git(&["rev-parse", &format!("HEAD:{LIVE}")]);
        let two = world.commit_file(LIVE, "2", "deploy");
        let clone = world.clone_with(&["--filter=blob:none"]);
        assert!(clone.is_partial_clone());
        let mut reader = HistoryReader::new(&clone, request()).unwrap();
        reader.read(&[two], &|_| {}).unwrap();
        let error = reader.file_versions(two, &|_| true, &bytes).unwrap_err();
        assert_eq!(
            error,
            GitError::MissingObject {
                id: blob,
                needed_for: format!("{LIVE} at commit {one}"),
                because: MissingBecause::PartialClone,
            }
        );
        // The command of the hint really brings it.
        let hint = error.hint().unwrap();
        let words: Vec<_> = hint.split(' ').skip(1).collect();
        super::super::fixture::git_in(&world.beside("clone"), &words);
        assert_eq!(histories_in(&clone, two).0[0].versions.len(), 2);
    }

    #[test]
    fn a_huge_file_is_not_read() {
        let world = World::new();
        world.write(LIVE, "");
        let path = world.path().join(LIVE);
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_len(SIZE_LIMIT as u64 + 1).unwrap();
        let commit = world.commit_all("deploy");
        let (histories, _) = histories_in(&world.open(), commit);
        assert_eq!(
            histories[0].versions[0].content,
            FileContent::TooLarge(16 * 1024 * 1024 + 1)
        );
        assert_eq!(world.open().file_at(commit, LIVE), Ok(None));
    }
}
