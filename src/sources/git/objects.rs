//! Single objects of a repository: raw reads with a reason, and the questions that need only a few of
//! them. Whole histories are `history`'s business.

use git2::{ErrorCode, ObjectType, Odb, OdbObject, Oid};

use super::commit_header::{CommitHeader, parse_id, split_message};
use super::file_history::SIZE_LIMIT;
use super::tree_entries::{EntryKind, entries};
use super::{GitError, Repository};
use crate::model::CommitId;
use crate::sources::commit_message::subject;

/// Longest subject that is handed out, in bytes.
const SUBJECT_LIMIT: usize = 500;

/// How many tags of tags are followed: enough for people, finite for anybody else.
const TAG_DEPTH: usize = 64;

/// What an abbreviated id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Abbreviation {
    /// Exactly one commit.
    Unique(CommitId),
    /// Several objects that name commits.
    Ambiguous,
    /// No commit.
    None,
}

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathKind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link or a submodule.
    Other,
}

/// Raw access to the objects of a repository.
pub(super) struct Objects<'r> {
    odb: Odb<'r>,
    repository: &'r Repository,
}

/// A tag followed to its end.
pub(super) struct Peeled {
    /// The commit; `None` when it names a tree or a blob.
    pub(super) commit: Option<CommitId>,
    /// The outermost tag object.
    pub(super) tag: Option<Oid>,
}

impl<'r> Objects<'r> {
    pub(super) fn new(repository: &'r Repository) -> Result<Self, GitError> {
        let odb = repository
            .git
            .odb()
            .map_err(|error| GitError::of_reading(&error))?;
        Ok(Self { odb, repository })
    }

    /// Reads an object that must be there and of this type; `needed_for` ends the sentence of the error.
    pub(super) fn read(
        &self,
        id: Oid,
        kind: ObjectType,
        needed_for: impl FnOnce() -> String,
    ) -> Result<OdbObject<'_>, GitError> {
        match self.odb.read(id) {
            Ok(object) if object.kind() == kind => Ok(object),
            Ok(object) => Err(GitError::Corrupt(format!(
                "object {id} is a {}, not a {kind}, in {}",
                object.kind(),
                needed_for()
            ))),
            Err(error) => Err(self.read_error(id, &error, needed_for)),
        }
    }

    /// Size and type of an object, without its content.
    pub(super) fn header(
        &self,
        id: Oid,
        needed_for: impl FnOnce() -> String,
    ) -> Result<(usize, ObjectType), GitError> {
        self.odb
            .read_header(id)
            .map_err(|error| self.read_error(id, &error, needed_for))
    }

    fn read_error(
        &self,
        id: Oid,
        error: &git2::Error,
        needed_for: impl FnOnce() -> String,
    ) -> GitError {
        if error.code() == ErrorCode::NotFound {
            self.repository.missing(id, needed_for())
        } else {
            GitError::of_reading(error)
        }
    }

    /// Whether the id names a commit that is there.
    pub(super) fn is_commit(&self, id: Oid) -> bool {
        matches!(self.odb.read_header(id), Ok((_, ObjectType::Commit)))
    }

    /// Follows tags of tags to a commit, if there is one at the end.
    pub(super) fn peel(&self, id: Oid) -> Result<Peeled, GitError> {
        let mut tag = None;
        let mut target = id;
        for _ in 0..TAG_DEPTH {
            let needed_for = || format!("the tag or branch that names {id}");
            match self.header(target, needed_for)?.1 {
                ObjectType::Commit => {
                    let commit = Some(commit_id(target));
                    return Ok(Peeled { commit, tag });
                }
                ObjectType::Tag => {
                    tag.get_or_insert(target);
                    let object = self.read(target, ObjectType::Tag, needed_for)?;
                    match object.data().strip_prefix(b"object ").and_then(parse_id) {
                        Some(next) => target = next,
                        None => break,
                    }
                }
                _ => break,
            }
        }
        Ok(Peeled { commit: None, tag })
    }

    /// What lies at a path below a tree: its kind and object; `None` when nothing does.
    pub(super) fn entry_at(
        &self,
        tree: Oid,
        path: &str,
        needed_for: &dyn Fn() -> String,
    ) -> Result<Option<(EntryKind, Oid)>, GitError> {
        let mut found = (EntryKind::Directory, tree);
        for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
            if found.0 != EntryKind::Directory {
                return Ok(None);
            }
            let object = self.read(found.1, ObjectType::Tree, needed_for)?;
            let entry = entries(object.data()).find(|entry| entry.name == part.as_bytes());
            match entry {
                Some(entry) => found = (entry.kind(), entry.id),
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// The root tree of a commit; `None` when the commit names none.
    pub(super) fn root_tree(&self, commit: CommitId) -> Result<Option<Oid>, GitError> {
        let object = self.read(oid(commit), ObjectType::Commit, || "its files".to_owned())?;
        Ok(CommitHeader::parse(object.data()).tree)
    }

    /// All objects whose id starts with these hex digits, as far as `limit` allows.
    fn with_prefix(&self, digits: &str, limit: usize, found: &mut Vec<Oid>) {
        let Ok(prefix) = Oid::from_str(digits) else {
            return;
        };
        match self.odb.exists_prefix(prefix, digits.len()) {
            Ok(id) => found.push(id),
            Err(error) if error.code() == ErrorCode::Ambiguous && digits.len() < 40 => {
                for next in "0123456789abcdef".chars() {
                    if found.len() >= limit {
                        return;
                    }
                    self.with_prefix(&format!("{digits}{next}"), limit, found);
                }
            }
            Err(_) => {}
        }
    }
}

impl Repository {
    /// Whether a commit with this full id is there. Ids of tags, trees and blobs are no commits.
    pub fn commit_exists(&self, commit: CommitId) -> bool {
        Objects::new(self).is_ok_and(|objects| objects.is_commit(oid(commit)))
    }

    /// The commit that an abbreviated id (4 to 40 hex digits) stands for, by git's rule: other objects
    /// with the same digits do not count, tags of commits do.
    pub fn commit_by_abbreviation(&self, digits: &str) -> Abbreviation {
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (Ok(objects), true, 4..=40) = (Objects::new(self), is_hex, digits.len()) else {
            return Abbreviation::None;
        };
        let mut found = Vec::new();
        objects.with_prefix(&digits.to_ascii_lowercase(), 4096, &mut found);
        found.retain(|&id| objects.peel(id).is_ok_and(|peeled| peeled.commit.is_some()));
        match found[..] {
            [] => Abbreviation::None,
            [id] if objects.is_commit(id) => Abbreviation::Unique(commit_id(id)),
            [_] => Abbreviation::None,
            _ => Abbreviation::Ambiguous,
        }
    }

    /// The first line of a commit's message, at most 500 bytes of it; bytes that are no UTF-8 are
    /// replaced. `None` when the commit is not there.
    pub fn subject(&self, commit: CommitId) -> Option<String> {
        let objects = Objects::new(self).ok()?;
        let object = objects
            .read(oid(commit), ObjectType::Commit, String::new)
            .ok()?;
        let line = subject(split_message(object.data()).1);
        let mut text = String::from_utf8_lossy(line).into_owned();
        if text.len() > SUBJECT_LIMIT {
            let mut end = SUBJECT_LIMIT;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push('…');
        }
        Some(text)
    }

    /// The content of a regular file at a commit; `None` when there is no regular file at the path, or
    /// one larger than a state file may be.
    ///
    /// # Errors
    ///
    /// When the commit, a tree or the blob is missing or damaged.
    pub fn file_at(&self, commit: CommitId, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let objects = Objects::new(self)?;
        let needed_for = || format!("{path} at commit {}", commit.short());
        match self.entry_in(&objects, commit, path)? {
            Some((EntryKind::File, id)) if objects.header(id, needed_for)?.0 <= SIZE_LIMIT => {
                objects
                    .read(id, ObjectType::Blob, needed_for)
                    .map(|object| Some(object.data().to_vec()))
            }
            _ => Ok(None),
        }
    }

    /// The names of what lies in a directory at a commit, sorted as git sorts them; empty when there
    /// is no such directory. Names that are no UTF-8 are left out.
    ///
    /// # Errors
    ///
    /// When the commit or a tree is missing or damaged.
    pub fn names_in(&self, commit: CommitId, directory: &str) -> Result<Vec<String>, GitError> {
        let objects = Objects::new(self)?;
        let needed_for = || format!("{directory}/ at commit {}", commit.short());
        match self.entry_in(&objects, commit, directory)? {
            Some((EntryKind::Directory, id)) => {
                let tree = objects.read(id, ObjectType::Tree, needed_for)?;
                Ok(entries(tree.data())
                    .filter_map(|entry| std::str::from_utf8(entry.name).ok().map(str::to_owned))
                    .collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// What lies at a path at a commit; `None` when nothing does. The empty path is the root.
    ///
    /// # Errors
    ///
    /// When the commit or a tree is missing or damaged.
    pub fn path_kind_at(&self, commit: CommitId, path: &str) -> Result<Option<PathKind>, GitError> {
        let entry = self.entry_in(&Objects::new(self)?, commit, path)?;
        Ok(entry.map(|(kind, _)| match kind {
            EntryKind::Directory => PathKind::Directory,
            EntryKind::File => PathKind::File,
            EntryKind::Symlink | EntryKind::Submodule => PathKind::Other,
        }))
    }

    fn entry_in(
        &self,
        objects: &Objects<'_>,
        commit: CommitId,
        path: &str,
    ) -> Result<Option<(EntryKind, Oid)>, GitError> {
        match objects.root_tree(commit)? {
            Some(tree) => objects.entry_at(tree, path, &|| {
                format!("{path} at commit {}", commit.short())
            }),
            None => Ok(None),
        }
    }
}

/// The id as libgit2 has it.
pub(super) fn oid(commit: CommitId) -> Oid {
    Oid::from_bytes(&commit.0).unwrap_or(Oid::ZERO_SHA1)
}

/// The id as everybody else has it.
pub(super) fn commit_id(oid: Oid) -> CommitId {
    let mut bytes = [0; 20];
    for (to, from) in bytes.iter_mut().zip(oid.as_bytes()) {
        *to = *from;
    }
    CommitId(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::World;
    use super::*;

    #[test]
    fn only_commits_exist_as_commits() {
        let world = World::new();
        let commit = world.commit_file("a.txt", "a", "feat: a");
        world.git(&["tag", "-a", "-m", "one", "v1"]);
        let repository = world.open();
        assert!(repository.commit_exists(commit));
        let tag: CommitId = world.git(&["rev-parse", "v1"]).parse().unwrap();
        let blob: CommitId = world.git(&["rev-parse", "HEAD:a.txt"]).parse().unwrap();
        assert!(!repository.commit_exists(tag));
        assert!(!repository.commit_exists(blob));
        let mut almost = commit;
        almost.0[19] ^= 1;
        assert!(!repository.commit_exists(almost));
    }

    #[test]
    fn an_abbreviation_is_unique_ambiguous_or_nothing() {
        // Among a few thousand ids some share their first five digits.
        let text = |number: u32| format!("author A <a> {number} +0000\n\nm\n");
        let mut met = std::collections::HashMap::new();
        let (one, two) = (0..)
            .find_map(|number| {
                let id = Oid::hash_object(ObjectType::Commit, text(number).as_bytes()).unwrap();
                let before = met.insert(id.to_string()[..5].to_owned(), number)?;
                Some((before, number))
            })
            .unwrap();
        let world = World::new();
        let (one, two) = (world.raw_commit(text(one)), world.raw_commit(text(two)));
        let same = one.bytes().zip(two.bytes()).take_while(|(a, b)| a == b);
        let same = same.count();
        let repository = world.open();
        for length in 4..=same {
            assert_eq!(
                repository.commit_by_abbreviation(&one[..length]),
                Abbreviation::Ambiguous
            );
        }
        for id in [&one, &two] {
            assert_eq!(
                repository.commit_by_abbreviation(&id[..=same].to_uppercase()),
                Abbreviation::Unique(id.parse().unwrap())
            );
        }
        assert_eq!(
            repository.resolve_commit(&one[..5]),
            Err(GitError::AmbiguousRef(one[..5].to_owned()))
        );
        for nothing in ["4b825dc", "abc", "", "xyzxyzx", &"0".repeat(41)] {
            assert_eq!(
                repository.commit_by_abbreviation(nothing),
                Abbreviation::None,
                "{nothing}"
            );
        }
    }

    #[test]
    fn a_commit_is_found_although_a_blob_has_the_same_digits() {
        // Four digits are few enough to find a content whose blob has the same ones.
        let world = World::new();
        let commit = world.commit_file("a.txt", "a", "feat: a");
        let digits = commit.to_string()[..4].to_owned();
        let twin = (0_u32..)
            .map(|number| number.to_string())
            .find(|text| {
                Oid::hash_object(ObjectType::Blob, text.as_bytes())
                    .is_ok_and(|id| id.to_string().starts_with(&digits))
            })
            .unwrap();
        world.commit_file("b.txt", &twin, "feat: b");
        assert_eq!(
            world.open().commit_by_abbreviation(&digits),
            Abbreviation::Unique(commit)
        );
    }

    #[test]
    fn files_and_their_kinds_are_read_at_a_commit() {
        let world = World::new();
        world.write("deploy/state/x.json", "{}");
        world.symlink("x.json", "deploy/state/link.json");
        let first = world.commit_all("feat: a");
        let second = world.commit_file("deploy/state/x.json", "{\"a\":1}", "deploy");
        let repository = world.open();
        let file = |commit, path| repository.file_at(commit, path).unwrap();
        assert_eq!(file(first, "deploy/state/x.json").unwrap(), b"{}");
        assert_eq!(file(second, "deploy/state/x.json").unwrap(), b"{\"a\":1}");
        assert_eq!(file(second, "deploy/state/link.json"), None);
        assert_eq!(file(second, "deploy/state"), None);
        assert_eq!(file(second, "deploy/state/x.json/y"), None);
        let kind = |path| repository.path_kind_at(second, path).unwrap();
        assert_eq!(kind("deploy/state/"), Some(PathKind::Directory));
        assert_eq!(kind(""), Some(PathKind::Directory));
        assert_eq!(kind("deploy/state/x.json"), Some(PathKind::File));
        assert_eq!(kind("deploy/state/link.json"), Some(PathKind::Other));
        assert_eq!(kind("state"), None);
    }

    #[test]
    fn a_subject_is_one_line_of_bounded_length() {
        let world = World::new();
        let commit = world.commit_file("a.txt", "a", "feat: a\n\nbody");
        let long = world.commit_file("a.txt", "b", &"ä".repeat(400));
        let repository = world.open();
        assert_eq!(repository.subject(commit).unwrap(), "feat: a");
        let long = repository.subject(long).unwrap();
        assert_eq!(long, format!("{}…", "ä".repeat(250)));
        assert_eq!(repository.subject(CommitId([9; 20])), None);
    }
}
