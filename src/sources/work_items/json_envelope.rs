//! What stands around the rows of a JSON export: totals, marks of the last page, names of fields.
//! `json_rows` collects it while it looks for the rows.

use serde::Deserialize;

/// The keys under which a list of rows lies; empty for rows that stand by themselves.
pub(super) type Under = &'static [&'static str];

/// Members are kept up to this length each, and so many of them.
const LONGEST_MEMBER: usize = 1024 * 1024;
pub(super) const MOST_MEMBERS: usize = 64;

/// What stands around the rows of a page: its members, without the rows.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    members: Vec<(String, String)>,
}

impl Envelope {
    /// A member, if it is there and is what is asked for; of one that is there twice, the later.
    pub(super) fn read<'a, T: Deserialize<'a>>(&'a self, name: &str) -> Option<T> {
        let found = self.members.iter().rev().find(|(known, _)| known == name);
        serde_json::from_str(&found?.1).ok()
    }

    /// Keeps a member as it stands there, if it is not too long.
    pub(super) fn keep(&mut self, name: &[u8], value: &[u8]) {
        let is_too_much = value.len() > LONGEST_MEMBER || self.members.len() >= MOST_MEMBERS;
        if name.is_empty() || is_too_much {
            return;
        }
        if let (Ok(name), Ok(value)) = (str::from_utf8(name), str::from_utf8(value)) {
            self.members.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Forgets the members of the page before.
    pub(super) fn clear(&mut self) {
        self.members.clear();
    }

    /// All members, as they stand there.
    #[cfg(test)]
    pub(super) fn members(&self) -> impl Iterator<Item = &(String, String)> {
        self.members.iter()
    }
}
