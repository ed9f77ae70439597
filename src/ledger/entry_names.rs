//! The ids and aliases of entries, sorted, so that thousands of marks find theirs.

/// Every name of every entry.
pub(super) struct EntryNames<'a> {
    names: Vec<(&'a str, usize)>,
}

/// Several entries match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ambiguous;

impl<'a> EntryNames<'a> {
    /// The names of entries, each given by its id and its aliases.
    pub(super) fn of(entries: impl Iterator<Item = (&'a String, &'a Vec<String>)>) -> Self {
        let mut names: Vec<(&str, usize)> = entries
            .enumerate()
            .flat_map(|(index, (id, aliases))| {
                let all = std::iter::once(id).chain(aliases);
                all.map(move |name| (name.as_str(), index))
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        Self { names }
    }

    /// Whether it names an entry, or begins the names of several.
    pub(super) fn knows(&self, name: &str) -> bool {
        !matches!(self.find(name), Ok(None))
    }

    /// The entry that an id, an alias or a unique prefix names.
    ///
    /// # Errors
    /// When several do.
    pub(super) fn find(&self, name: &str) -> Result<Option<usize>, Ambiguous> {
        if name.is_empty() {
            return Ok(None);
        }
        let from = self.names.partition_point(|(known, _)| *known < name);
        let mut matching = self.names[from..]
            .iter()
            .take_while(|(known, _)| known.starts_with(name))
            .copied();
        let Some((first, entry)) = matching.next() else {
            return Ok(None);
        };
        // A whole name holds even when it begins a longer one.
        if first == name || matching.all(|(_, other)| other == entry) {
            Ok(Some(entry))
        } else {
            Err(Ambiguous)
        }
    }
}
