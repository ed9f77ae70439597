//! One repository on disk: opening it and what can be said of it without reading history. Its named
//! commits are in `references`, its objects in `objects`, its history in `history`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Once;

use git2::Oid;
use memchr::memmem;

use super::commit_header::parse_id;
use super::objects::commit_id;
use super::{GitError, MissingBecause};
use crate::model::{CommitId, Notice};

/// An open repository.
pub struct Repository {
    pub(super) git: git2::Repository,
    /// Commits whose parents are cut off (the `shallow` file).
    pub(super) shallow: HashSet<Oid>,
    work_tree: Option<PathBuf>,
    git_directory: PathBuf,
}

/// Sets libgit2 up for reading whole histories, once per process: objects are neither hashed again
/// (git does not either) nor kept after they were read. Together that halves the time of a walk.
fn prepare() {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        git2::opts::strict_hash_verification(false);
        git2::opts::enable_caching(false);
    });
}

impl Repository {
    /// Opens the repository that contains `directory`: its work tree or a directory inside, a linked
    /// work tree, a submodule, a git directory or a bare repository. Only `directory` decides; the
    /// `GIT_*` environment variables are not read, because hooks and aliases set them for git's own
    /// purposes and the directory a person stands in is right in those cases too.
    ///
    /// # Errors
    ///
    /// Every way in which there is no repository to read, see [`GitError`].
    pub fn open(directory: &Path) -> Result<Self, GitError> {
        prepare();
        let git = git2::Repository::discover(directory)
            .map_err(|error| GitError::of_opening(directory, &error))?;
        let shallow = shallow_commits(git.commondir());
        let work_tree = git.workdir().map(without_trailing_slash);
        let git_directory = without_trailing_slash(git.path());
        Ok(Self {
            git,
            shallow,
            work_tree,
            git_directory,
        })
    }

    /// Root of the work tree; `None` in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.work_tree.as_deref()
    }

    /// The git directory (of a linked work tree: its own).
    pub fn git_directory(&self) -> &Path {
        &self.git_directory
    }

    /// Root of the work tree, or the git directory of a bare repository.
    pub fn root(&self) -> &Path {
        self.work_tree().unwrap_or(&self.git_directory)
    }

    /// The repository's name: the last part of its directory without `.git`. A linked work tree has
    /// the name of the repository it belongs to, so that it does not depend on the checkout.
    pub fn name(&self) -> String {
        let place = if self.git.is_worktree() {
            without_trailing_slash(self.git.commondir())
        } else {
            self.root().to_owned()
        };
        let part = |path: &Path| {
            path.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        };
        let mut name = part(&place).unwrap_or_default();
        if name == ".git" {
            name = place.parent().and_then(part).unwrap_or_default();
        }
        name.strip_suffix(".git").unwrap_or(&name).to_owned()
    }

    /// Whether there is no work tree.
    pub fn is_bare(&self) -> bool {
        self.work_tree.is_none()
    }

    /// Whether history is cut by a shallow clone.
    pub fn is_shallow(&self) -> bool {
        !self.shallow.is_empty()
    }

    /// The commits whose parents a shallow clone left out, in the order of their ids.
    pub fn shallow_boundary(&self) -> Vec<CommitId> {
        let mut boundary: Vec<CommitId> = self.shallow.iter().copied().map(commit_id).collect();
        boundary.sort();
        boundary
    }

    /// Whether objects were left out on purpose: some remote is a promisor.
    pub fn is_partial_clone(&self) -> bool {
        let Ok(config) = self.git.config() else {
            return false;
        };
        if config.get_entry("extensions.partialclone").is_ok() {
            return true;
        }
        let Ok(mut entries) = config.entries(Some(r"^remote\..*\.promisor$")) else {
            return false;
        };
        while let Some(entry) = entries.next() {
            let value = entry.ok().filter(|entry| entry.has_value());
            // A key without a value means true.
            if value.is_none_or(|entry| entry.value().is_ok_and(|value| value != "false")) {
                return true;
            }
        }
        false
    }

    /// Notices about two old ways to rewrite history locally that git honours and this tool does not:
    /// replacement objects and the grafts file.
    pub fn unusual_history(&self) -> Vec<Notice> {
        let common = self.git.commondir();
        let mut notices = Vec::new();
        let grafts = std::fs::read_to_string(common.join("info/grafts")).unwrap_or_default();
        let grafts = grafts
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
            .count();
        if grafts > 0 {
            notices.push(
                Notice::new(
                    "git-grafts",
                    "info/grafts rewrites parents for git; history is read as it was committed",
                )
                .count(grafts)
                .hint("git replace --convert-graft-file"),
            );
        }
        let replaced = replaced_objects(common);
        if replaced > 0 {
            notices.push(
                Notice::new(
                    "git-replace",
                    "refs/replace/ replaces objects for git; history is read as it was committed",
                )
                .count(replaced)
                .hint("git replace --list"),
            );
        }
        notices
    }

    /// The error for an object that is not there.
    pub(super) fn missing(&self, id: Oid, needed_for: impl Into<String>) -> GitError {
        GitError::MissingObject {
            id: id.to_string(),
            needed_for: needed_for.into(),
            because: if self.is_partial_clone() {
                MissingBecause::PartialClone
            } else if self.is_shallow() {
                MissingBecause::Shallow
            } else {
                MissingBecause::Unknown
            },
        }
    }
}

fn without_trailing_slash(path: &Path) -> PathBuf {
    path.components().collect()
}

fn shallow_commits(common_directory: &Path) -> HashSet<Oid> {
    std::fs::read(common_directory.join("shallow"))
        .unwrap_or_default()
        .split(|&byte| byte == b'\n')
        .filter_map(parse_id)
        .collect()
}

/// How many replacement objects there are. Counted in the files themselves: listing references would
/// read all of them for something that hardly any repository has.
fn replaced_objects(common_directory: &Path) -> usize {
    let loose = common_directory
        .join("refs/replace")
        .read_dir()
        .map_or(0, Iterator::count);
    let packed = std::fs::read(common_directory.join("packed-refs")).unwrap_or_default();
    loose + memmem::find_iter(&packed, b" refs/replace/").count()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{World, git_in};
    use super::*;

    #[test]
    fn a_repository_is_found_from_a_directory_inside_it() {
        let world = World::new();
        world.commit_file("sub/a.txt", "a", "feat: a");
        let repository = Repository::open(&world.path().join("sub")).unwrap();
        assert_eq!(repository.root(), world.path());
        assert_eq!(repository.work_tree(), Some(world.path()));
        assert_eq!(repository.name(), "shop");
        assert!(!repository.is_bare() && !repository.is_shallow());
        assert!(!repository.is_partial_clone());
        assert_eq!(repository.unusual_history(), []);
    }

    #[test]
    fn a_bare_repository_is_named_without_its_suffix() {
        let world = World::new();
        world.commit_file("a.txt", "a", "feat: a");
        let bare = world.beside("store.git");
        git_in(
            world.parent(),
            &["clone", "-q", "--bare", "shop", "store.git"],
        );
        let repository = Repository::open(&bare).unwrap();
        assert!(repository.is_bare());
        assert_eq!(repository.work_tree(), None);
        assert_eq!(repository.root(), bare);
        assert_eq!(repository.name(), "store");
    }

    #[test]
    fn a_linked_work_tree_has_the_name_of_its_repository() {
        let world = World::new();
        let first = world.commit_file("a.txt", "a", "feat: a");
        world.git(&["worktree", "add", "-q", "../hotfix"]);
        let repository = Repository::open(&world.beside("hotfix")).unwrap();
        assert_eq!(repository.root(), world.beside("hotfix"));
        assert_eq!(repository.name(), "shop");
        assert_eq!(repository.head().unwrap(), Some(first));
    }

    #[test]
    fn a_submodule_is_a_repository_of_its_own() {
        let world = World::new();
        let inner = world.commit_file("a.txt", "a", "feat: a");
        let outer = World::named("outer");
        outer.commit_file("b.txt", "b", "feat: b");
        let url = world.url();
        outer.git(&["submodule", "--quiet", "add", &url, "libs/shop"]);
        let repository = Repository::open(&outer.path().join("libs/shop")).unwrap();
        assert_eq!(repository.name(), "shop");
        assert_eq!(repository.head().unwrap(), Some(inner));
    }

    #[test]
    fn a_directory_without_repository_is_an_error_with_its_path() {
        let directory = tempfile::tempdir().unwrap();
        let error = Repository::open(directory.path()).err().unwrap();
        assert_eq!(error, GitError::NotARepository(directory.path().to_owned()));
        assert!(error.hint().is_some());
        let nowhere = directory.path().join("nowhere");
        assert_eq!(
            Repository::open(&nowhere).err(),
            Some(GitError::NotARepository(nowhere))
        );
    }

    #[test]
    fn formats_that_cannot_be_read_are_named() {
        let directory = tempfile::tempdir().unwrap();
        let sha256 = directory.path().join("sha256");
        git_in(
            directory.path(),
            &["init", "-q", "--object-format=sha256", "sha256"],
        );
        assert_eq!(
            Repository::open(&sha256).err(),
            Some(GitError::Sha256(sha256))
        );
        let reftable = directory.path().join("reftable");
        git_in(
            directory.path(),
            &["init", "-q", "--ref-format=reftable", "reftable"],
        );
        let error = Repository::open(&reftable).err().unwrap();
        assert_eq!(error, GitError::Reftable(reftable));
        assert_eq!(error.hint().unwrap(), "git refs migrate --ref-format=files");
    }

    #[test]
    fn a_shallow_clone_says_where_it_is_cut() {
        let world = World::new();
        for name in ["a", "b", "c"] {
            world.commit_file(name, name, "feat: more");
        }
        let clone = world.clone_with(&["--depth", "2"]);
        assert!(clone.is_shallow());
        let cut = world.git(&["rev-parse", "HEAD~1"]);
        let told: Vec<String> = clone
            .shallow_boundary()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(told, [cut.trim()]);
    }

    #[test]
    fn a_repository_of_another_user_names_the_command_that_trusts_it() {
        let world = World::new();
        let owner = std::process::Command::new("chown")
            .args(["-R", "12345"])
            .arg(world.path())
            .output();
        if !owner.is_ok_and(|output| output.status.success()) {
            return; // Only the superuser can give files away.
        }
        assert_eq!(
            Repository::open(world.path()).err(),
            Some(GitError::ForeignOwner(world.path().to_owned()))
        );
    }

    #[test]
    fn replacements_and_grafts_are_told() {
        let world = World::new();
        let first = world.commit_file("a.txt", "a", "feat: a");
        let second = world.commit_file("a.txt", "b", "feat: b");
        world.git(&["replace", &second.to_string(), &first.to_string()]);
        world.write(".git/info/grafts", &format!("{second}\n"));
        let told = || {
            let notices = world.open().unusual_history().into_iter();
            notices
                .map(|notice| (notice.code, notice.count))
                .collect::<Vec<_>>()
        };
        let expected = [("git-grafts".to_owned(), 1), ("git-replace".to_owned(), 1)];
        assert_eq!(told(), expected);
        world.git(&["pack-refs", "--all"]);
        assert_eq!(told(), expected);
    }

    #[test]
    fn a_damaged_head_is_told_with_the_command_that_checks() {
        let world = World::new();
        let commit = world.commit_file("a.txt", "a", "feat: a").to_string();
        let object = format!(".git/objects/{}/{}", &commit[..2], &commit[2..]);
        std::fs::remove_file(world.path().join(&object)).unwrap();
        world.write(&object, "no zlib stream");
        let error = world.open().head().unwrap_err();
        assert!(matches!(error, GitError::Corrupt(_)), "{error}");
        assert_eq!(error.hint().unwrap(), "git fsck --full");
    }
}
