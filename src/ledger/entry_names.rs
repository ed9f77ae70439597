//! The ids and aliases of entries, sorted, so that thousands of marks find theirs.

/// Every name of every entry.
pub struct EntryNames<'a> {
    names: Vec<(&'a str, usize)>,
}

/// Several entries match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ambiguous;

impl<'a> EntryNames<'a> {
    /// The names of entries, each given by its id and its aliases.
    pub fn of(entries: impl Iterator<Item = (&'a String, &'a Vec<String>)>) -> Self {
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

    /// The names that begin with this, in order.
    fn beginning_with(&self, begin: &str) -> impl Iterator<Item = (&'a str, usize)> {
        let from = self.names.partition_point(|(known, _)| *known < begin);
        self.names[from..]
            .iter()
            .take_while(move |(known, _)| known.starts_with(begin))
            .copied()
    }

    /// Whether no two entries have names that begin with this.
    pub fn tells_apart(&self, begin: &str) -> bool {
        let mut matching = self.beginning_with(begin);
        let first = matching.next().map(|(_, entry)| entry);
        matching.all(|(_, entry)| Some(entry) == first)
    }

    /// Whether it names an entry, or begins the names of several.
    pub(super) fn knows(&self, name: &str) -> bool {
        !matches!(self.find(name), Ok(None))
    }

    /// The entry that an id, an alias or a unique prefix names.
    ///
    /// # Errors
    /// When several do.
    pub fn find(&self, name: &str) -> Result<Option<usize>, Ambiguous> {
        if name.is_empty() {
            return Ok(None);
        }
        let mut matching = self.beginning_with(name);
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
