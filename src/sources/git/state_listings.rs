//! Which state files there are, and with which content, for every distinct row that `history` noted. A
//! tree is read once, however many commits have it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use git2::{ObjectType, Oid};

use super::tree_entries::{EntryKind, entries};
use super::{GitError, HistoryReader};

/// What lies at a path, as far as it makes a version: of anything but a file only the kind counts.
pub(super) type Content = (EntryKind, Oid);

/// State files at one commit: number of the path → content, by number.
pub(super) type Listing = Vec<(u32, Content)>;

/// Paths by number, in the order they were met.
#[derive(Default)]
pub(super) struct PathNumbers {
    pub(super) names: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl PathNumbers {
    fn number(&mut self, path: &str) -> u32 {
        if let Some(&number) = self.numbers.get(path) {
            return number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(path.to_owned());
        self.numbers.insert(path.to_owned(), number);
        number
    }
}

impl HistoryReader<'_> {
    /// The state files of every row: per row the number of its listing, and the distinct listings.
    pub(super) fn listings(
        &self,
        matches: &dyn Fn(&str) -> bool,
        paths: &mut PathNumbers,
    ) -> Result<(Vec<usize>, Vec<Listing>), GitError> {
        let slots: Vec<usize> = self
            .state_directories
            .iter()
            .chain(&self.state_files)
            .map(|&(_, slot)| slot)
            .collect();
        let mut listings = Vec::new();
        let mut known: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut inside: HashMap<(usize, u32), Listing> = HashMap::new();
        let mut row_listing = Vec::with_capacity(self.paths.row_count());
        for row in 0..u32::try_from(self.paths.row_count()).unwrap_or(u32::MAX) {
            let row = self.paths.row(row);
            let key: Vec<u32> = slots.iter().map(|&slot| row[slot]).collect();
            if let Some(&listing) = known.get(&key) {
                row_listing.push(listing);
                continue;
            }
            let mut files = BTreeMap::new();
            for (directory, slot) in &self.state_directories {
                let found = row[*slot];
                let listing = match inside.entry((*slot, found)) {
                    Entry::Occupied(entry) => entry.into_mut(),
                    Entry::Vacant(entry) => entry.insert(match self.paths.found(found) {
                        Some((EntryKind::Directory, tree)) => {
                            self.files_in(directory, tree, matches, paths)?
                        }
                        _ => Vec::new(),
                    }),
                };
                files.extend(listing.iter().copied());
            }
            for (path, slot) in &self.state_files {
                if let Some(found) = self.paths.found(row[*slot]) {
                    files.insert(paths.number(path), content_of(found));
                }
            }
            known.insert(key, listings.len());
            row_listing.push(listings.len());
            listings.push(files.into_iter().collect());
        }
        Ok((row_listing, listings))
    }

    /// What matches in a state directory itself; its sub-directories hold no state files.
    fn files_in(
        &self,
        directory: &str,
        tree: Oid,
        matches: &dyn Fn(&str) -> bool,
        paths: &mut PathNumbers,
    ) -> Result<Listing, GitError> {
        let needed_for = || format!("the state files in {directory}/");
        let object = self.objects.read(tree, ObjectType::Tree, needed_for)?;
        let mut files = Listing::new();
        for entry in entries(object.data()) {
            let path = format!("{directory}/{}", String::from_utf8_lossy(entry.name));
            if matches(&path) {
                files.push((paths.number(&path), content_of((entry.kind(), entry.id))));
            }
        }
        Ok(files)
    }
}

/// Only the kind of anything but a file counts: a directory whose files change is still a directory.
fn content_of((kind, id): Content) -> Content {
    match kind {
        EntryKind::File => (kind, id),
        _ => (kind, Oid::ZERO_SHA1),
    }
}
