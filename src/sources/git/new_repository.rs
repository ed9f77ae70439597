//! Writes a repository from nothing: for sample projects only, never into anything that exists. What
//! `repository` and `history` read of it later is told in the sibling files.
//!
//! No hook runs (libgit2 knows none), no template is copied, no configuration but the new repository's
//! own is written, and what is committed depends on nothing but the arguments.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use git2::build::{CheckoutBuilder, TreeUpdateBuilder};
use git2::{
    Buf, Commit, FileMode, Mempack, ObjectType, Odb, Oid, RepositoryInitOptions, Signature, Time,
};

use super::objects::{commit_id, oid};
use crate::model::CommitId;

/// Who commits: nobody.
const NAME: &str = "Sample";
const ADDRESS: &str = "sample@example.invalid";

/// The branch that is checked out in the end.
const MAIN: &str = "main";

/// Priority of the objects in memory: libgit2 gives files on disk 1 and 2.
const BEFORE_ALL_OTHERS: i32 = 1000;

/// Why a new repository cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something is in the directory already; nothing was written.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// Something that is no directory lies there; nothing was written.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// A directory cannot be made, looked into or cleared.
    #[error("the directory {} cannot be written", .path.display())]
    Directory {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The repository cannot be written.
    #[error("the repository {} cannot be written", .path.display())]
    Repository {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: git2::Error,
    },
}

impl WriteError {
    /// The step that helps, if one does.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotEmpty(_) | Self::NotADirectory(_) => {
                Some("name a directory that is new or empty".to_owned())
            }
            Self::Directory { .. } | Self::Repository { .. } => None,
        }
    }
}

/// One commit to be.
#[derive(Debug, Clone, Copy)]
pub struct NewCommit<'a> {
    /// Its message.
    pub message: &'a str,
    /// When it was authored.
    pub authored: DateTime<Utc>,
    /// When it was committed.
    pub committed: DateTime<Utc>,
    /// Its parents, in order; none for a root.
    pub parents: &'a [CommitId],
    /// Whose tree `files` are laid over; `None` is the first parent's, an empty one for a root.
    pub base: Option<CommitId>,
    /// Path and new content of every file that it touches.
    pub files: &'a [(String, String)],
}

/// A repository that is being written. Its objects are kept in memory until it is whole.
pub struct NewRepository<'a> {
    git: &'a git2::Repository,
    path: &'a Path,
}

/// Makes sure that `directory` exists and is empty, creating it with its parents where it is missing.
///
/// # Errors
///
/// When something is in it, or it cannot be created.
pub fn claim_directory(directory: &Path) -> Result<(), WriteError> {
    let failed = |source| WriteError::Directory {
        path: directory.to_owned(),
        source,
    };
    match fs::read_dir(directory) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(WriteError::NotEmpty(directory.to_owned())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(directory).map_err(failed)
        }
        Err(_) if directory.exists() && !directory.is_dir() => {
            Err(WriteError::NotADirectory(directory.to_owned()))
        }
        Err(error) => Err(failed(error)),
    }
}

/// Creates a repository in a directory that is new or empty: `fill` writes its commits and says which
/// one `main` names; that one fills the work tree. All objects go into one pack, so that the cost
/// does not grow with the number of files.
///
/// # Errors
///
/// As [`claim_directory`], when `fill` fails, or when something cannot be written.
pub fn write_repository<T>(
    directory: &Path,
    fill: impl FnOnce(&NewRepository<'_>) -> Result<(CommitId, T), WriteError>,
) -> Result<T, WriteError> {
    claim_directory(directory)?;
    let failed = |source| failure(directory, source);
    let mut options = RepositoryInitOptions::new();
    options
        .initial_head(MAIN)
        .external_template(false)
        .no_reinit(true);
    let git = git2::Repository::init_opts(directory, &options).map_err(failed)?;
    let objects = git.odb().map_err(failed)?;
    let memory = objects
        .add_new_mempack_backend(BEFORE_ALL_OTHERS)
        .map_err(failed)?;
    let new = NewRepository {
        git: &git,
        path: directory,
    };
    let (tip, filled) = fill(&new)?;
    write_pack(&git, &objects, &memory).map_err(failed)?;
    new.branch(MAIN, tip)?;
    let mut checkout = CheckoutBuilder::new();
    checkout.force().disable_filters(true);
    git.checkout_head(Some(&mut checkout)).map_err(failed)?;
    forget_who_wrote(&git)?;
    Ok(filled)
}

/// Removes the reflogs: they name the person who runs this, and the real time.
fn forget_who_wrote(git: &git2::Repository) -> Result<(), WriteError> {
    let path = git.path().join("logs");
    match fs::remove_dir_all(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(WriteError::Directory { path, source })
        }
        _ => Ok(()),
    }
}

fn write_pack(
    git: &git2::Repository,
    objects: &Odb<'_>,
    memory: &Mempack<'_>,
) -> Result<(), git2::Error> {
    let mut pack = Buf::new();
    memory.dump(git, &mut pack)?;
    let mut writer = objects.packwriter()?;
    writer
        .write_all(&pack)
        .map_err(|error| git2::Error::from_str(&error.to_string()))?;
    writer.commit()?;
    Ok(())
}

fn failure(path: &Path, source: git2::Error) -> WriteError {
    WriteError::Repository {
        path: path.to_owned(),
        source,
    }
}

impl NewRepository<'_> {
    /// Writes a commit that no branch names yet.
    ///
    /// # Errors
    ///
    /// When a parent is unknown or an object cannot be written.
    pub fn commit(&self, commit: &NewCommit<'_>) -> Result<CommitId, WriteError> {
        self.write_commit(commit)
            .map(commit_id)
            .map_err(|source| failure(self.path, source))
    }

    /// Lets a branch name a commit, whatever it named before.
    ///
    /// # Errors
    ///
    /// When the name is none git allows, or it cannot be written.
    pub fn branch(&self, name: &str, commit: CommitId) -> Result<(), WriteError> {
        self.git
            .reference(
                &format!("refs/heads/{name}"),
                oid(commit),
                true,
                "sample project",
            )
            .map(drop)
            .map_err(|source| failure(self.path, source))
    }

    fn write_commit(&self, commit: &NewCommit<'_>) -> Result<Oid, git2::Error> {
        let base = commit.base.or_else(|| commit.parents.first().copied());
        let base = match base {
            Some(base) => self.git.find_commit(oid(base))?.tree()?,
            // Known to every repository, without being written.
            None => self
                .git
                .find_tree(Oid::hash_object(ObjectType::Tree, b"")?)?,
        };
        let mut changes = TreeUpdateBuilder::new();
        for (path, content) in commit.files {
            let blob = self.git.blob(content.as_bytes())?;
            changes.upsert(path.as_str(), blob, FileMode::Blob);
        }
        let tree = changes.create_updated(self.git, &base)?;
        let tree = self.git.find_tree(tree)?;
        let parents = commit
            .parents
            .iter()
            .map(|&parent| self.git.find_commit(oid(parent)))
            .collect::<Result<Vec<Commit<'_>>, _>>()?;
        self.git.commit(
            None,
            &signature(commit.authored)?,
            &signature(commit.committed)?,
            commit.message,
            &tree,
            &parents.iter().collect::<Vec<_>>(),
        )
    }
}

fn signature(at: DateTime<Utc>) -> Result<Signature<'static>, git2::Error> {
    Signature::new(NAME, ADDRESS, &Time::new(at.timestamp(), 0))
}

#[cfg(test)]
mod tests {
    use super::super::Repository;
    use super::super::fixture::git_in;
    use super::*;
    use crate::model::instant_from_epoch;

    fn at(minute: i64) -> DateTime<Utc> {
        instant_from_epoch(1_700_000_000 + 60 * minute)
    }

    fn file(path: &str, content: &str) -> Vec<(String, String)> {
        vec![(path.to_owned(), content.to_owned())]
    }

    fn commit<'a>(
        message: &'a str,
        minute: i64,
        parents: &'a [CommitId],
        files: &'a [(String, String)],
    ) -> NewCommit<'a> {
        NewCommit {
            message,
            authored: at(minute),
            committed: at(minute),
            parents,
            base: None,
            files,
        }
    }

    #[test]
    fn what_is_written_is_what_git_reads() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deeper/shop");
        let (side, merge) = write_repository(&path, |new| {
            let files = file("a.txt", "a\n");
            let root = new.commit(&commit("feat: a", 0, &[], &files))?;
            let parents = [root];
            let files = file("src/deep/b.txt", "b\r\n");
            let side = NewCommit {
                authored: at(1),
                ..commit("feat: b", 2, &parents, &files)
            };
            let side = new.commit(&side)?;
            let parents = [root, side];
            let merge = new.commit(&commit("Merge b", 3, &parents, &files))?;
            new.branch("feat/b", side)?;
            Ok((merge, (side, merge)))
        })
        .unwrap();

        let git = |arguments: &[&str]| git_in(&path, arguments);
        assert_eq!(git(&["fsck", "--strict"]), "");
        assert_eq!(git(&["status", "--porcelain"]), "");
        assert_eq!(git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
        assert_eq!(git(&["rev-parse", "feat/b"]), side.to_string());
        assert_eq!(
            git(&["log", "--topo-order", "--format=%an <%ae> %at %ct %s"]),
            "Sample <sample@example.invalid> 1700000180 1700000180 Merge b\n\
             Sample <sample@example.invalid> 1700000060 1700000120 feat: b\n\
             Sample <sample@example.invalid> 1700000000 1700000000 feat: a"
        );
        assert_eq!(git(&["ls-files"]), "a.txt\nsrc/deep/b.txt");
        assert_eq!(fs::read(path.join("src/deep/b.txt")).unwrap(), b"b\r\n");
        // Three commits; their trees: one of `a.txt`, three of the other two; two blobs.
        let counts = git(&["count-objects", "-v"]);
        for count in ["count: 0", "in-pack: 9", "packs: 1", "garbage: 0"] {
            assert!(counts.lines().any(|line| line == count), "{counts}");
        }
        assert_eq!(Repository::open(&path).unwrap().head(), Ok(Some(merge)));
        assert!(!path.join(".git/logs").exists());
    }

    #[test]
    fn a_commit_may_stand_on_the_tree_of_another_parent() {
        let directory = tempfile::tempdir().unwrap();
        write_repository(directory.path(), |new| {
            let ours = file("ours.txt", "1");
            let ours = new.commit(&commit("feat: ours", 0, &[], &ours))?;
            let theirs = file("theirs.txt", "2");
            let theirs = new.commit(&commit("feat: theirs", 1, &[], &theirs))?;
            let parents = [ours, theirs];
            let merge = NewCommit {
                base: Some(theirs),
                ..commit("Merge", 2, &parents, &[])
            };
            Ok((new.commit(&merge)?, ()))
        })
        .unwrap();
        assert_eq!(git_in(directory.path(), &["ls-files"]), "theirs.txt");
    }

    fn refused(directory: &Path) -> WriteError {
        write_repository(directory, |_| -> Result<(CommitId, ()), _> {
            panic!("not refused")
        })
        .unwrap_err()
    }

    #[test]
    fn nothing_is_written_where_something_is() {
        let directory = tempfile::tempdir().unwrap();
        let taken = directory.path().join("taken");
        fs::create_dir(&taken).unwrap();
        fs::create_dir(taken.join(".hidden")).unwrap();
        let error = refused(&taken);
        assert!(matches!(&error, WriteError::NotEmpty(path) if *path == taken));
        assert!(error.hint().is_some());
        assert_eq!(fs::read_dir(&taken).unwrap().count(), 1);

        let plain = tempfile::NamedTempFile::new_in(directory.path()).unwrap();
        assert!(matches!(
            refused(plain.path()),
            WriteError::NotADirectory(_)
        ));
        let below = plain.path().join("below");
        assert!(matches!(refused(&below), WriteError::Directory { .. }));
    }

    #[test]
    fn an_empty_directory_is_taken_and_gets_no_hooks() {
        let directory = tempfile::tempdir().unwrap();
        write_repository(directory.path(), |new| {
            Ok((new.commit(&commit("feat: nothing", 0, &[], &[]))?, ()))
        })
        .unwrap();
        assert_eq!(git_in(directory.path(), &["ls-files"]), "");
        let hooks = fs::read_dir(directory.path().join(".git/hooks")).unwrap();
        let mut names = hooks.map(|hook| hook.unwrap().file_name());
        assert!(names.all(|name| name == "README.sample"));
    }

    #[test]
    fn an_unknown_parent_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let nobody = [CommitId([7; 20])];
        let written = write_repository(directory.path(), |new| {
            Ok((new.commit(&commit("feat: a", 0, &nobody, &[]))?, ()))
        });
        assert!(matches!(written, Err(WriteError::Repository { .. })));
    }
}
