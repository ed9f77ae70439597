//! Words and changes that many items share, each kept once: a million events enter few statuses. A
//! `Telling` holds numbers of these tables. Two tables (of two threads, of a file and an export) are
//! laid together by adopting one into the other.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::work_item::{Category, Change, Status, Tracker};

/// The number of a text in the tables; 0 is the empty one.
pub(super) type Word = u32;
/// The number of a change in the tables.
pub(super) type ChangeNumber = u32;

/// A change whose texts are words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// See [`Change::Status`]; statuses of two trackers are two.
    Status {
        tracker: Tracker,
        name: Word,
        /// 0 when it has none.
        id: Word,
        category: Option<Category>,
    },
    /// 0 without a reason.
    Blocked(Word),
    Unblocked,
    Labelled(Word),
    Unlabelled(Word),
    Type(Word),
    /// The bits of the number.
    Value(Option<u64>),
    Removed,
}

/// The tables.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    numbers: HashMap<Arc<str>, Word>,
    texts: Vec<Arc<str>>,
    changes: HashMap<Kind, ChangeNumber>,
    kinds: Vec<Kind>,
    /// When each change was told to have happened last, in microseconds.
    latest: Vec<i64>,
}

impl Default for Tables {
    fn default() -> Self {
        let empty: Arc<str> = Arc::from("");
        Self {
            numbers: HashMap::from([(empty.clone(), 0)]),
            texts: vec![empty],
            changes: HashMap::new(),
            kinds: Vec::new(),
            latest: Vec::new(),
        }
    }
}

impl Tables {
    /// The number of a text.
    pub(super) fn word(&mut self, text: &str) -> Word {
        if let Some(&word) = self.numbers.get(text) {
            return word;
        }
        let word = Word::try_from(self.texts.len()).unwrap_or(Word::MAX);
        let text: Arc<str> = Arc::from(text);
        self.texts.push(text.clone());
        self.numbers.insert(text, word);
        word
    }

    /// The text of a word.
    pub(super) fn text(&self, word: Word) -> &str {
        self.texts.get(word as usize).map_or("", |text| text)
    }

    /// The number of a change.
    pub(super) fn change(&mut self, kind: Kind) -> ChangeNumber {
        let kinds = &mut self.kinds;
        let latest = &mut self.latest;
        *self.changes.entry(kind).or_insert_with(|| {
            let number = ChangeNumber::try_from(kinds.len()).unwrap_or(ChangeNumber::MAX);
            kinds.push(kind);
            latest.push(i64::MIN);
            number
        })
    }

    /// The number of a change as the model has it.
    pub(super) fn change_of(&mut self, tracker: Tracker, change: &Change) -> ChangeNumber {
        let optional =
            |tables: &mut Self, text: Option<&str>| text.map_or(0, |text| tables.word(text));
        let kind = match change {
            Change::Status(status) => Kind::Status {
                tracker,
                name: self.word(cut(&status.name)),
                id: optional(self, status.id.as_deref().map(cut)),
                category: status.category,
            },
            Change::Blocked(reason) => Kind::Blocked(optional(self, reason.as_deref().map(cut))),
            Change::Unblocked => Kind::Unblocked,
            Change::Labelled(label) => Kind::Labelled(self.word(cut(label))),
            Change::Unlabelled(label) => Kind::Unlabelled(self.word(cut(label))),
            Change::Type(name) => Kind::Type(self.word(cut(name))),
            Change::Value(value) => {
                Kind::Value(value.filter(|value| value.is_finite()).map(f64::to_bits))
            }
            Change::Removed => Kind::Removed,
        };
        self.change(kind)
    }

    /// The number of a change that may be in the tables.
    pub(super) fn number_of(&self, kind: Kind) -> Option<ChangeNumber> {
        self.changes.get(&kind).copied()
    }

    /// Lets every label that is told of be put on and taken off.
    pub(super) fn complete_labels(&mut self) {
        for number in 0..self.kinds.len() {
            let other = match self.kinds.get(number) {
                Some(&Kind::Labelled(label)) => Kind::Unlabelled(label),
                Some(&Kind::Unlabelled(label)) => Kind::Labelled(label),
                _ => continue,
            };
            self.change(other);
        }
    }

    /// What a number stands for.
    pub(super) fn kind(&self, number: ChangeNumber) -> Kind {
        let known = self.kinds.get(number as usize);
        known.copied().unwrap_or(Kind::Removed)
    }

    /// All changes, in the order of their numbers.
    pub(super) fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Notes that a change happened at an instant.
    pub(super) fn happened(&mut self, number: ChangeNumber, at: i64) {
        if let Some(latest) = self.latest.get_mut(number as usize) {
            *latest = at.max(*latest);
        }
    }

    /// When a change happened last.
    pub(super) fn latest(&self, number: ChangeNumber) -> i64 {
        let known = self.latest.get(number as usize);
        known.copied().unwrap_or(i64::MIN)
    }

    /// The changes as the model has them, in the order of their numbers.
    pub(super) fn model(&self) -> Vec<Change> {
        let text = |word: Word| self.text(word).to_owned();
        let optional = |word: Word| (word != 0).then(|| text(word));
        let model = |kind: &Kind| match *kind {
            Kind::Status {
                name, id, category, ..
            } => Change::Status(Arc::new(Status {
                name: text(name),
                id: optional(id),
                category,
            })),
            Kind::Blocked(reason) => Change::Blocked(optional(reason)),
            Kind::Unblocked => Change::Unblocked,
            Kind::Labelled(label) => Change::Labelled(text(label)),
            Kind::Unlabelled(label) => Change::Unlabelled(text(label)),
            Kind::Type(name) => Change::Type(text(name)),
            Kind::Value(bits) => Change::Value(bits.map(f64::from_bits)),
            Kind::Removed => Change::Removed,
        };
        self.kinds.iter().map(model).collect()
    }

    /// Takes over what other tables hold.
    pub(super) fn adopt(&mut self, other: &Self) -> Renumbering {
        let words: Vec<Word> = other.texts.iter().map(|text| self.word(text)).collect();
        let word = |old: Word| words.get(old as usize).copied().unwrap_or(0);
        let mut changes = Vec::with_capacity(other.kinds.len());
        for (kind, &latest) in other.kinds.iter().zip(&other.latest) {
            let number = self.change(match *kind {
                Kind::Status {
                    tracker,
                    name,
                    id,
                    category,
                } => Kind::Status {
                    tracker,
                    name: word(name),
                    id: word(id),
                    category,
                },
                Kind::Blocked(reason) => Kind::Blocked(word(reason)),
                Kind::Labelled(label) => Kind::Labelled(word(label)),
                Kind::Unlabelled(label) => Kind::Unlabelled(word(label)),
                Kind::Type(name) => Kind::Type(word(name)),
                Kind::Unblocked | Kind::Value(_) | Kind::Removed => *kind,
            });
            self.happened(number, latest);
            changes.push(number);
        }
        Renumbering { words, changes }
    }

    /// For each change, the one that stands for it where two are compared: a status that has an id
    /// stands under its latest name, with the latest category told for it; one without an id is the
    /// only one of its name that has one.
    pub(super) fn canonical(&mut self) -> Vec<ChangeNumber> {
        // By tracker and id: when, and the words, so that equal times have one answer as well.
        let mut by_id: HashMap<(Tracker, Word), Vec<ChangeNumber>> = HashMap::new();
        for (number, kind) in (0..).zip(&self.kinds) {
            if let Kind::Status { tracker, id, .. } = *kind
                && id != 0
            {
                by_id.entry((tracker, id)).or_default().push(number);
            }
        }
        let mut canonical: Vec<ChangeNumber> = (0..).take(self.kinds.len()).collect();
        let mut by_name: HashMap<(Tracker, Word), Option<ChangeNumber>> = HashMap::new();
        for ((tracker, id), mut variants) in by_id {
            variants.sort_by(|&a, &b| {
                let name = |number| match self.kind(number) {
                    Kind::Status { name, category, .. } => (self.text(name), category),
                    _ => ("", None),
                };
                (self.latest(a), name(a)).cmp(&(self.latest(b), name(b)))
            });
            let (mut name, mut category) = (0, None);
            for &variant in &variants {
                if let Kind::Status {
                    name: told,
                    category: meant,
                    ..
                } = self.kind(variant)
                {
                    name = told;
                    category = meant.or(category);
                }
            }
            let standing = self.change(Kind::Status {
                tracker,
                name,
                id,
                category,
            });
            for &variant in &variants {
                if let Some(slot) = canonical.get_mut(variant as usize) {
                    *slot = standing;
                }
            }
            let only = by_name.entry((tracker, name)).or_insert(Some(standing));
            if *only != Some(standing) {
                *only = None;
            }
        }
        for (number, slot) in canonical.iter_mut().enumerate() {
            if let Some(&Kind::Status {
                tracker,
                name,
                id: 0,
                ..
            }) = self.kinds.get(number)
                && let Some(Some(only)) = by_name.get(&(tracker, name))
            {
                *slot = *only;
            }
        }
        // Those made on the way stand for themselves.
        let made = ChangeNumber::try_from(canonical.len()).unwrap_or(ChangeNumber::MAX);
        canonical.extend((made..).take(self.kinds.len().saturating_sub(canonical.len())));
        canonical
    }
}

/// Numbers of other tables → numbers of these.
pub(super) struct Renumbering {
    words: Vec<Word>,
    changes: Vec<ChangeNumber>,
}

impl Renumbering {
    /// The new number of a word.
    pub(super) fn word(&self, old: Word) -> Word {
        self.words.get(old as usize).copied().unwrap_or(0)
    }

    /// The new number of a change.
    pub(super) fn change(&self, old: ChangeNumber) -> ChangeNumber {
        self.changes.get(old as usize).copied().unwrap_or(old)
    }
}

/// Names and labels are short; of a longer text the beginning is kept, so that every line stays one
/// that is read again. Counted as it is written: signs that need an escape are longer.
pub(super) fn cut(text: &str) -> &str {
    const LONGEST: usize = 1_000;
    // The longest escape of a byte is `\u0001`.
    if text.len() <= LONGEST / 6 {
        return text;
    }
    let mut length = 0;
    for (at, sign) in text.char_indices() {
        length += match sign {
            '"' | '\\' => 2,
            '\0'..='\x1f' => 6,
            _ => sign.len_utf8(),
        };
        if length > LONGEST {
            return text.get(..at).unwrap_or("");
        }
    }
    text
}
