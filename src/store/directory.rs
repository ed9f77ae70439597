//! The directory `.dora/` itself: found, made, reset. A `Store` reads and never locks; a `Writer` is
//! a store with the lock held, and the only way to change anything. What is in the files is told in
//! the siblings: `config`, `record_log`, `derived`, `cache`, `cd_agent`.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::lock::{self, Lock};
use super::{StoreError, atomic_file, cache, derived};

/// Name of the directory, in the root of a work tree.
pub const DIRECTORY: &str = ".dora";

/// Name of the lock in it.
pub(super) const LOCK: &str = "lock";
pub(super) const IGNORE_ALL: &[u8] = b"*\n";
pub(super) const IGNORE_CACHE: &[u8] = b"cache/\nlock\n";
/// Two branches that recorded are joined line by line, without a conflict.
const UNION_MERGE: &[u8] = b"*.jsonl merge=union\n";

/// The `.dora/` of one work tree.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
}

/// A store whose lock is held: everything that writes is here.
#[derive(Debug)]
pub struct Writer<'s> {
    pub(super) store: &'s Store,
    _lock: Lock,
}

impl Store {
    /// The store of the work tree at `root`; `None` when it has none.
    ///
    /// # Errors
    /// When `.dora` is a symbolic link (refused for reading too: whose data it is could change
    /// unseen), is not a directory, or cannot be looked at.
    pub fn open(root: &Path) -> Result<Option<Self>, StoreError> {
        let directory = root.join(DIRECTORY);
        Ok(atomic_file::is_directory(&directory)?.then_some(Self { directory }))
    }

    /// The store of the work tree at `root`, made now if there is none. With `track` git is to
    /// track the records and derived files; without, git ignores the whole directory. A store that
    /// git tracks stays tracked, whatever `track` says; a `.gitignore` of the user's own is kept.
    ///
    /// # Errors
    /// As [`Store::open`], and when the directory cannot be made or written.
    pub fn create(root: &Path, track: bool) -> Result<Self, StoreError> {
        let store = match Self::open(root)? {
            Some(store) => store,
            None => {
                let directory = root.join(DIRECTORY);
                atomic_file::create_directory(&directory)?;
                // Another process may have been faster, with something else.
                Self::open(root)?.ok_or_else(|| {
                    StoreError::io("find", directory, io::ErrorKind::NotFound.into())
                })?
            }
        };
        store
            .locked("dora init", lock::PATIENCE)?
            .write_git_files(track)?;
        Ok(store)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// Whether git ignores all of it.
    pub fn is_ignored_by_git(&self) -> bool {
        let content = atomic_file::read(&self.file(".gitignore"), 1 << 20);
        matches!(content, Ok(Some(content)) if content == IGNORE_ALL)
    }

    /// Takes the lock for a command (its name is shown to those who wait), waiting up to 5 s, deletes
    /// temporary files that dead processes left, and finishes what one began that died before it
    /// told git to ignore the directory.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another writer holds it that long; or the system refuses.
    pub fn writer(&self, command: &str) -> Result<Writer<'_>, StoreError> {
        self.writer_within(command, lock::PATIENCE)
    }

    /// The same with a patience of the caller's own: a report that only refreshes derived files
    /// need not wait at all.
    ///
    /// # Errors
    /// As [`Store::writer`].
    pub fn writer_within(
        &self,
        command: &str,
        patience: Duration,
    ) -> Result<Writer<'_>, StoreError> {
        let writer = self.locked(command, patience)?;
        if atomic_file::holds_only(&self.directory, LOCK)? {
            writer.write_git_files(false)?;
        }
        Ok(writer)
    }

    fn locked(&self, command: &str, patience: Duration) -> Result<Writer<'_>, StoreError> {
        let lock = lock::acquire(&self.file(LOCK), command, patience)?;
        atomic_file::sweep(&self.directory)?;
        Ok(Writer {
            store: self,
            _lock: lock,
        })
    }

    /// The path of a file in the store.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// How a file of the store is called in messages: the same on every machine.
pub(super) fn label(name: &str) -> String {
    format!("{DIRECTORY}/{name}")
}

impl Writer<'_> {
    /// Deletes derived files and the cache; never what people wrote or recorded, and nothing that
    /// cd-agent wrote and nobody has taken over. Returns the names of what is gone.
    ///
    /// # Errors
    /// When something there is a symbolic link, or the system refuses.
    pub fn reset(&self) -> Result<Vec<&'static str>, StoreError> {
        let mut deleted = Vec::new();
        for name in derived::NAMES {
            if derived::is_replaceable(self.store, name)?
                && atomic_file::remove(&self.store.file(name))?
            {
                deleted.push(name);
            }
        }
        if cache::delete(self.store)? {
            deleted.push(cache::DIRECTORY);
        }
        Ok(deleted)
    }

    /// Writes config.json as `init` makes it (see `initial_config`), unless there is one: it is the
    /// user's file from then on. Returns whether it was written.
    ///
    /// # Errors
    /// When something there is a symbolic link, or the system refuses.
    pub fn write_initial_config(&self, content: &str) -> Result<bool, StoreError> {
        let path = self.store.file(super::config::NAME);
        // An unreadable one is the user's too, and one that cannot be looked at may be there.
        if atomic_file::is_there(&path)? {
            return Ok(false);
        }
        atomic_file::write(&path, content.as_bytes())?;
        Ok(true)
    }

    fn write_git_files(&self, track: bool) -> Result<(), StoreError> {
        let path = self.store.file(".gitignore");
        let tracked = match atomic_file::read(&path, 1 << 20)? {
            // cd-agent keeps its `.dora/*.json` in git and writes no .gitignore here: what a team
            // shares must not stop being shared because the records have a new file.
            None => track || atomic_file::is_there(&self.store.file(super::config::NAME))?,
            Some(old) if old == IGNORE_ALL => track,
            Some(old) if old == IGNORE_CACHE => true,
            Some(_) => return Ok(()),
        };
        let wanted = if tracked { IGNORE_CACHE } else { IGNORE_ALL };
        atomic_file::write_if_changed(&path, wanted)?;
        let attributes = self.store.file(".gitattributes");
        if tracked && !atomic_file::is_there(&attributes)? {
            atomic_file::write(&attributes, UNION_MERGE)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn content(root: &Path, name: &str) -> String {
        fs::read_to_string(root.join(DIRECTORY).join(name)).unwrap()
    }

    #[test]
    fn a_work_tree_without_the_directory_has_no_store() {
        let world = tempfile::tempdir().unwrap();
        assert!(Store::open(world.path()).unwrap().is_none());
        Store::create(world.path(), false).unwrap();
        assert!(Store::open(world.path()).unwrap().is_some());
    }

    #[test]
    fn git_ignores_everything_unless_tracking_is_asked_for_and_tracking_stays() {
        let world = tempfile::tempdir().unwrap();
        let root = world.path();
        Store::create(root, false).unwrap();
        assert_eq!(content(root, ".gitignore"), "*\n");
        assert!(
            Store::open(root)
                .unwrap()
                .is_some_and(|store| store.is_ignored_by_git())
        );
        assert!(!root.join(".dora/.gitattributes").exists());
        Store::create(root, true).unwrap();
        assert_eq!(content(root, ".gitignore"), "cache/\nlock\n");
        assert_eq!(content(root, ".gitattributes"), "*.jsonl merge=union\n");
        Store::create(root, false).unwrap();
        assert_eq!(content(root, ".gitignore"), "cache/\nlock\n");
    }

    #[test]
    fn a_gitignore_of_the_users_own_is_kept() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        atomic_file::write(&store.file(".gitignore"), b"# mine\ncache/\n").unwrap();
        Store::create(world.path(), true).unwrap();
        assert_eq!(content(world.path(), ".gitignore"), "# mine\ncache/\n");
    }

    #[test]
    fn a_directory_that_was_in_git_before_stays_in_git() {
        let world = tempfile::tempdir().unwrap();
        fs::create_dir(world.path().join(DIRECTORY)).unwrap();
        atomic_file::write(&world.path().join(".dora/config.json"), b"{}").unwrap();
        Store::create(world.path(), false).unwrap();
        assert_eq!(content(world.path(), ".gitignore"), "cache/\nlock\n");
    }

    #[test]
    fn a_file_of_that_name_is_a_clear_error() {
        let world = tempfile::tempdir().unwrap();
        atomic_file::write(&world.path().join(DIRECTORY), b"").unwrap();
        for error in [
            Store::open(world.path()).unwrap_err(),
            Store::create(world.path(), false).unwrap_err(),
        ] {
            assert!(error.to_string().ends_with(".dora is not a directory"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_refused_as_directory_lock_or_cache() {
        use std::os::unix::fs::symlink;
        let world = tempfile::tempdir().unwrap();
        let other = tempfile::tempdir().unwrap();
        symlink(other.path(), world.path().join(DIRECTORY)).unwrap();
        let refused = |error: StoreError| matches!(error, StoreError::SymbolicLink(_));
        assert!(refused(Store::open(world.path()).unwrap_err()));
        assert!(refused(Store::create(world.path(), false).unwrap_err()));
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0);

        let inside = tempfile::tempdir().unwrap();
        let store = Store::create(inside.path(), false).unwrap();
        symlink(other.path(), store.file("cache")).unwrap();
        atomic_file::write(&other.path().join("precious"), b"x").unwrap();
        assert!(refused(store.writer("t").unwrap().reset().unwrap_err()));
        assert!(other.path().join("precious").exists());
        fs::remove_file(store.file("lock")).unwrap();
        symlink(other.path().join("precious"), store.file("lock")).unwrap();
        assert!(refused(store.writer("t").unwrap_err()));
    }

    #[test]
    fn reset_deletes_what_is_derived_and_nothing_else() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        for name in [
            "config.json",
            "records.jsonl",
            "work-items.jsonl",
            "notes.txt",
        ] {
            atomic_file::write(&store.file(name), b"mine").unwrap();
        }
        for name in derived::NAMES {
            atomic_file::write(&store.file(name), b"{\n  \"schema_version\": 1\n}\n").unwrap();
        }
        fs::create_dir(store.file("cache")).unwrap();
        atomic_file::write(&store.file("cache/github-runs.json"), b"{}").unwrap();
        let deleted = store.writer("dora init").unwrap().reset().unwrap();
        assert_eq!(
            deleted,
            [
                "deployments.json",
                "incidents.json",
                "metrics.json",
                "cache"
            ]
        );
        let mut left: Vec<_> = fs::read_dir(store.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                ".gitignore",
                "config.json",
                "lock",
                "notes.txt",
                "records.jsonl",
                "work-items.jsonl"
            ]
        );
        assert!(store.writer("again").unwrap().reset().unwrap().is_empty());
    }

    #[test]
    fn config_is_written_once_and_then_left_to_the_user() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        let writer = store.writer("dora init").unwrap();
        assert!(writer.write_initial_config("{}\n").unwrap());
        assert!(!writer.write_initial_config("{ \"other\": 1 }\n").unwrap());
        assert_eq!(content(world.path(), "config.json"), "{}\n");
    }

    #[test]
    fn a_directory_whose_maker_died_is_finished_by_the_next_writer() {
        let world = tempfile::tempdir().unwrap();
        fs::create_dir(world.path().join(DIRECTORY)).unwrap();
        let store = Store::open(world.path()).unwrap().unwrap();
        atomic_file::write(&store.file(".dora-tmp-1-abcdef"), b"*").unwrap();
        drop(store.writer("dora deploy").unwrap());
        assert_eq!(content(world.path(), ".gitignore"), "*\n");
        // Somebody who took it off wants it off.
        atomic_file::write(&store.file("records.jsonl"), b"").unwrap();
        fs::remove_file(store.file(".gitignore")).unwrap();
        drop(store.writer("dora deploy").unwrap());
        assert!(!store.file(".gitignore").exists());
    }

    #[test]
    fn taking_the_lock_sweeps_what_killed_processes_left() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        atomic_file::write(&store.file(".dora-tmp-1-abcdef"), b"half").unwrap();
        store.writer("dora report").unwrap();
        assert!(!store.file(".dora-tmp-1-abcdef").exists());
    }
}
