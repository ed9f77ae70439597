//! Looking at `.dora/` without reading it for numbers and without writing: which derived files are
//! whole, who holds the lock, what was left behind, what git is told. For `dora doctor`; the files of
//! truth are read as always (`config`, `record_log`, `work_items`).

use std::fs::{self, File, TryLockError};
use std::io::BufReader;

use serde::de::IgnoredAny;

use super::derived::{self, Origin};
use super::directory::{IGNORE_ALL, IGNORE_CACHE, LOCK};
use super::{Store, StoreError, atomic_file, lock};

/// What a derived file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DerivedState {
    /// There is none.
    Missing,
    /// Whole.
    Whole,
    /// It is no JSON: why not.
    Broken(String),
    /// It has no `schema_version`, and nobody has taken it over: cd-agent's.
    CdAgents,
}

/// Who has the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockState {
    /// Nobody.
    Free,
    /// Nobody; the file still names one that ended without saying so, in words.
    Left(String),
    /// This process, in words.
    Held(String),
}

/// What `.dora/.gitignore` tells git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldToGit {
    /// To ignore everything: what `init` writes.
    IgnoreAll,
    /// To ignore cache and lock: what `init --track` writes.
    IgnoreCache,
    /// Something of the user's own.
    Own,
    /// Nothing: there is no such file.
    Nothing,
}

impl Store {
    /// Whether a derived file (one of [`derived::NAMES`]) is whole.
    ///
    /// # Errors
    /// When it was written by a newer dora, is a symbolic link, or cannot be read.
    pub fn derived_state(&self, name: &str) -> Result<DerivedState, StoreError> {
        let origin = derived::origin(self, name)?;
        if origin == Origin::Missing {
            return Ok(DerivedState::Missing);
        }
        let path = self.file(name);
        let file = File::open(&path).map_err(|error| StoreError::io("read", &path, error))?;
        match serde_json::from_reader::<_, IgnoredAny>(BufReader::new(file)) {
            Err(error) if error.is_io() => Err(StoreError::io("read", &path, error.into())),
            Err(error) => Ok(DerivedState::Broken(error.to_string())),
            Ok(_) if derived::is_replaceable(self, name)? => Ok(DerivedState::Whole),
            Ok(_) => Ok(DerivedState::CdAgents),
        }
    }

    /// Who has the lock. It is asked for, for an instant, and given back.
    ///
    /// # Errors
    /// When the file is a symbolic link, or cannot be opened.
    pub fn lock_state(&self) -> Result<LockState, StoreError> {
        let path = self.file(LOCK);
        let Some(mut file) = atomic_file::open(&path)? else {
            return Ok(LockState::Free);
        };
        let taken = file.try_lock_shared();
        let holder = lock::holder(&mut file);
        match taken {
            Ok(()) => {
                let content = file.metadata().map(|found| found.len());
                // Dropped with the file in any case.
                let _ = file.unlock();
                Ok(match content {
                    Ok(0) | Err(_) => LockState::Free,
                    Ok(_) => LockState::Left(holder),
                })
            }
            Err(TryLockError::WouldBlock) => Ok(LockState::Held(holder)),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", path, error)),
        }
    }

    /// How many temporary files of ours lie there. While nobody holds the lock they are of the dead.
    ///
    /// # Errors
    /// When the directory cannot be listed.
    pub fn leftovers(&self) -> Result<usize, StoreError> {
        let fail = |error| StoreError::io("list", self.path(), error);
        let mut count = 0;
        for entry in fs::read_dir(self.path()).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            count += usize::from(atomic_file::is_temporary(&name.to_string_lossy()));
        }
        Ok(count)
    }

    /// What `.dora/.gitignore` says.
    ///
    /// # Errors
    /// When it is a symbolic link, or cannot be read.
    pub fn told_to_git(&self) -> Result<ToldToGit, StoreError> {
        let content = atomic_file::read(&self.file(".gitignore"), 1 << 20)?;
        Ok(match content {
            None => ToldToGit::Nothing,
            Some(content) if content == IGNORE_ALL => ToldToGit::IgnoreAll,
            Some(content) if content == IGNORE_CACHE => ToldToGit::IgnoreCache,
            Some(_) => ToldToGit::Own,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::create(directory.path(), false).unwrap();
        (directory, store)
    }

    #[test]
    fn a_lock_is_free_held_or_left_and_asking_changes_nothing() {
        let (_directory, store) = world();
        let path = store.file(LOCK);
        assert_eq!(store.lock_state().unwrap(), LockState::Free);
        let writer = store.writer("dora deploy").unwrap();
        let me = format!("process {} (dora deploy)", std::process::id());
        assert_eq!(store.lock_state().unwrap(), LockState::Held(me));
        drop(writer);
        let left = br#"{"pid":1,"command":"dora init"}"#;
        atomic_file::write(&path, left).unwrap();
        let dead = LockState::Left("process 1 (dora init)".into());
        assert_eq!(store.lock_state().unwrap(), dead);
        assert_eq!(fs::read(&path).unwrap(), left);
        fs::remove_file(&path).unwrap();
        assert_eq!(store.lock_state().unwrap(), LockState::Free);
        assert!(!path.exists());
    }

    #[test]
    fn derived_files_are_whole_broken_missing_or_of_cd_agent() {
        let (_directory, store) = world();
        let state = |content: &[u8]| {
            atomic_file::write(&store.file("incidents.json"), content).unwrap();
            store.derived_state("incidents.json")
        };
        let missing = store.derived_state("metrics.json").unwrap();
        assert_eq!(missing, DerivedState::Missing);
        let whole = state(b"{\n  \"schema_version\": 1\n}\n").unwrap();
        assert_eq!(whole, DerivedState::Whole);
        let broken = state(b"{\n  \"schema_version\": 1,").unwrap();
        assert!(matches!(broken, DerivedState::Broken(_)));
        let empty = state(b"").unwrap();
        assert!(matches!(empty, DerivedState::Broken(_)));
        let others = state(b"{ \"incidents\": [ { \"id\": \"x\" } ] }").unwrap();
        assert_eq!(others, DerivedState::CdAgents);
        assert!(matches!(
            state(b"{\n  \"schema_version\": 2\n}\n"),
            Err(StoreError::NewerVersion { .. })
        ));
    }

    #[test]
    fn leftovers_and_what_git_is_told() {
        let (_directory, store) = world();
        assert_eq!(store.leftovers().unwrap(), 0);
        atomic_file::write(&store.file(".dora-tmp-7-abc"), b"").unwrap();
        assert_eq!(store.leftovers().unwrap(), 1);
        let told = |content: &[u8]| {
            atomic_file::write(&store.file(".gitignore"), content).unwrap();
            store.told_to_git().unwrap()
        };
        assert_eq!(told(b"*\n"), ToldToGit::IgnoreAll);
        assert_eq!(told(b"cache/\nlock\n"), ToldToGit::IgnoreCache);
        assert_eq!(told(b"# mine\n"), ToldToGit::Own);
        fs::remove_file(store.file(".gitignore")).unwrap();
        assert_eq!(store.told_to_git().unwrap(), ToldToGit::Nothing);
    }
}
