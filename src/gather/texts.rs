//! Component names and version texts of all snapshots, each kept once: a state file of sixty
//! components repeats fifty-nine of them in every snapshot.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Texts by number.
#[derive(Debug, Default)]
pub(super) struct Texts {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

/// Component → version, both as numbers of texts, by the number of the component.
pub(super) type NumberedVersions = Arc<[(u32, u32)]>;

impl Texts {
    /// The number of a text, given out now if it has none.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        number
    }

    /// The number of a text that has one.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// The text of a number.
    pub(super) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", |text| text)
    }

    /// Pairs of texts as numbers.
    pub(super) fn numbered(&mut self, pairs: &BTreeMap<String, String>) -> NumberedVersions {
        let mut numbered: Vec<(u32, u32)> = pairs
            .iter()
            .map(|(name, text)| (self.number(name), self.number(text)))
            .collect();
        numbered.sort_unstable();
        numbered.into()
    }
}
