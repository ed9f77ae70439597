//! `.dora/cache/`: what makes the next run fast. Thrown away on any doubt; nothing in it is ever
//! missed by anybody. Who fills it decides what is in it; here is only how it goes.

use std::fs;
use std::path::PathBuf;

use super::{Store, StoreError, atomic_file};

/// Name of the directory inside `.dora/`.
pub const DIRECTORY: &str = "cache";

/// Deletes the cache; returns whether there was one.
pub(super) fn delete(store: &Store) -> Result<bool, StoreError> {
    let path = path(store);
    if !atomic_file::is_directory(&path)? {
        return Ok(false);
    }
    // Links inside are deleted, not followed.
    fs::remove_dir_all(&path).map_err(|error| StoreError::io("delete", path, error))?;
    Ok(true)
}

/// Makes the directory if there is none.
pub(super) fn create(store: &Store) -> Result<(), StoreError> {
    let path = path(store);
    if atomic_file::is_directory(&path)? {
        return Ok(());
    }
    atomic_file::create_directory(&path)
}

/// Where cached files lie; the directory may not exist.
fn path(store: &Store) -> PathBuf {
    store.file(DIRECTORY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_goes_with_all_that_is_in_it() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        assert!(!delete(&store).unwrap());
        fs::create_dir_all(path(&store).join("runs")).unwrap();
        atomic_file::write(&path(&store).join("runs/1.json"), b"{}").unwrap();
        assert!(delete(&store).unwrap());
        assert!(!path(&store).exists());
    }

    #[test]
    fn something_else_of_that_name_is_left_alone() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        atomic_file::write(&path(&store), b"mine").unwrap();
        assert!(matches!(delete(&store), Err(StoreError::WrongType { .. })));
        assert_eq!(fs::read(path(&store)).unwrap(), b"mine");
    }
}
