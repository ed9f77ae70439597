//! What git ignores and what it tracks in the work tree, as far as `.dora/` is concerned. `work_tree`
//! finds state files that are not committed.

use std::path::Path;

use super::{GitError, Repository};

impl Repository {
    /// Whether a rule of any `.gitignore`, `info/exclude` or the user's own file of rules ignores the
    /// path (from the root, with `/`); tracked or not. What cannot be told is not ignored.
    pub fn is_ignored(&self, path: &str) -> bool {
        self.git
            .status_should_ignore(Path::new(path))
            .unwrap_or(false)
    }

    /// The files below a directory (from the root, with `/` at its end) that are in the index.
    ///
    /// # Errors
    /// [`GitError::Corrupt`] when the index cannot be read.
    pub fn tracked_below(&self, directory: &str) -> Result<Vec<String>, GitError> {
        let index = self.git.index();
        let index = index.map_err(|error| {
            GitError::Corrupt(format!("its index cannot be read: {}", error.message()))
        })?;
        Ok(index
            .iter()
            .filter(|entry| entry.path.starts_with(directory.as_bytes()))
            .map(|entry| String::from_utf8_lossy(&entry.path).into_owned())
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::GitError;
    use super::super::fixture::World;

    #[test]
    fn rules_inside_and_outside_ignore_and_the_index_tells_what_is_tracked() {
        let world = World::new();
        world.write(".dora/.gitignore", "cache/\n");
        world.write(".dora/config.json", "{}");
        world.git(&["add", "."]);
        let repository = world.open();
        assert!(!repository.is_ignored(".dora/config.json"));
        assert!(repository.is_ignored(".dora/cache/x.json"));
        assert_eq!(
            repository.tracked_below(".dora/").unwrap(),
            [".dora/.gitignore", ".dora/config.json"]
        );
        world.write(".gitignore", ".dora/\n");
        let repository = world.open();
        assert!(repository.is_ignored(".dora/records.jsonl"));
        assert!(repository.tracked_below("state/").unwrap().is_empty());
    }

    #[test]
    fn an_index_that_is_damaged_is_not_taken_for_an_empty_one() {
        let world = World::new();
        world.write(".dora/config.json", "{}");
        world.git(&["add", "."]);
        world.write(".git/index", "DIRC");
        let error = world.open().tracked_below(".dora/").unwrap_err();
        assert!(matches!(error, GitError::Corrupt(_)), "{error}");
    }
}
