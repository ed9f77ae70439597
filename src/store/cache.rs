//! `.dora/cache/`: what makes the next run fast. Thrown away on any doubt; nothing in it is ever
//! missed by anybody. Who fills it decides what is in it; here is only the directory.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::model::Notice;

use super::{Store, StoreError, Writer, atomic_file};

/// Name of the directory inside `.dora/`.
pub const DIRECTORY: &str = "cache";

impl Store {
    /// Where cached files lie; the directory may not exist yet.
    pub fn cache_path(&self) -> PathBuf {
        self.file(DIRECTORY)
    }
}

impl Writer<'_> {
    /// The directory of the cache, made if need be and swept of what dead processes left.
    ///
    /// # Errors
    /// When it is a symbolic link or not a directory, or the system refuses.
    pub fn make_cache(&self) -> Result<PathBuf, StoreError> {
        let path = self.store.cache_path();
        if !exists(self.store)? {
            atomic_file::create_directory(&path)?;
        }
        atomic_file::sweep(&path)?;
        Ok(path)
    }

    /// Throws the whole cache away, and says why in a notice.
    ///
    /// # Errors
    /// When it is a symbolic link or not a directory, or the system refuses.
    pub fn discard_cache(&self, reason: &str) -> Result<Notice, StoreError> {
        delete(self.store)?;
        let message = format!("the cache was thrown away: {reason}");
        Ok(Notice::new("cache-discarded", message))
    }
}

/// Deletes the cache; returns whether there was one.
pub(super) fn delete(store: &Store) -> Result<bool, StoreError> {
    if !exists(store)? {
        return Ok(false);
    }
    let path = store.cache_path();
    // Links inside are deleted, not followed.
    fs::remove_dir_all(&path).map_err(|error| StoreError::io("delete", path, error))?;
    Ok(true)
}

fn exists(store: &Store) -> Result<bool, StoreError> {
    let path = store.cache_path();
    match fs::symlink_metadata(&path) {
        Ok(found) if found.is_symlink() => Err(StoreError::SymbolicLink(path)),
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(StoreError::WrongType {
            path,
            expected: "a directory",
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io("look at", path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discarded_cache_is_gone_and_the_reason_is_told() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        let writer = store.writer("dora sync").unwrap();
        let directory = writer.make_cache().unwrap();
        atomic_file::write(&directory.join("x"), b"1").unwrap();
        assert_eq!(writer.make_cache().unwrap(), directory);
        assert!(directory.join("x").exists());
        let notice = writer
            .discard_cache("it was made by an older dora")
            .unwrap();
        assert_eq!(
            notice.message,
            "the cache was thrown away: it was made by an older dora"
        );
        assert!(!directory.exists());
        assert!(writer.discard_cache("again").is_ok());
    }
}
