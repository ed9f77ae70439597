//! One item as one import told it, small: texts and changes are numbers of `words`, instants are
//! microseconds. Events of one telling are in the order of time; of one instant, in that of their
//! source. `line` reads and writes it, `fold` says what several of one item mean together.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::model::WorkItem;
use crate::model::work_item::{History, Tracker};

use super::words::{ChangeNumber, Renumbering, Tables, Word, cut};

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Happening {
    /// Microseconds since 1970.
    pub(super) at: i64,
    pub(super) change: ChangeNumber,
    pub(super) is_bulk: bool,
}

/// An item as one import told it. What is empty, 0 or `None` was not told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Telling {
    pub(super) tracker: Tracker,
    pub(super) history: History,
    pub(super) id: Box<str>,
    /// Empty where an export knows items by their ids alone; another one tells it.
    pub(super) key: Box<str>,
    pub(super) aliases: Vec<Box<str>>,
    pub(super) title: Box<str>,
    pub(super) type_name: Word,
    /// In the order of their texts.
    pub(super) labels: Vec<Word>,
    pub(super) value: Option<f64>,
    pub(super) parent: Box<str>,
    pub(super) resolution: Word,
    /// Microseconds since 1970.
    pub(super) created: i64,
    /// Microseconds since 1970.
    pub(super) updated: i64,
    pub(super) events: Vec<Happening>,
}

/// An instant that a line can hold; microseconds are the least that counts.
pub(super) fn micros(at: DateTime<Utc>) -> Option<i64> {
    // Years 0000 to 9999: what RFC 3339 can write.
    const FIRST: i64 = -62_167_219_200_000_000;
    const LAST: i64 = 253_402_300_799_999_999;
    let micros = at.timestamp_micros();
    (FIRST..=LAST).contains(&micros).then_some(micros)
}

/// The same instant for people and formulas.
pub(super) fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

impl Telling {
    /// What a reader handed over. `None` when it has no id, or lives outside the years 0000 to 9999;
    /// events outside of them are left out.
    pub(super) fn new(item: &WorkItem, tables: &mut Tables) -> Option<Self> {
        let (id, key) = (cut(&item.id), cut(item.key.trim()));
        if id.trim().is_empty() {
            return None;
        }
        let mut labels: Vec<&str> = item.labels.iter().map(|label| cut(label)).collect();
        labels.sort_unstable();
        labels.dedup();
        labels.retain(|label| !label.is_empty());
        labels.truncate(MOST_OF_A_LIST);
        let mut aliases: Vec<Box<str>> = item.aliases.iter().map(|key| cut(key).into()).collect();
        aliases.retain(|alias| **alias != *key && !alias.is_empty());
        aliases.truncate(MOST_OF_A_LIST);
        let mut events = Vec::with_capacity(item.events.len());
        for event in &item.events {
            let Some(at) = micros(event.at) else {
                continue;
            };
            let change = tables.change_of(item.tracker, &event.change);
            tables.happened(change, at);
            events.push(Happening {
                at,
                change,
                is_bulk: event.is_bulk,
            });
        }
        settle(&mut events);
        Some(Self {
            tracker: item.tracker,
            history: item.history,
            id: id.into(),
            key: key.into(),
            aliases,
            title: cut(&item.title).into(),
            type_name: tables.word(cut(&item.type_name)),
            labels: labels.into_iter().map(|label| tables.word(label)).collect(),
            value: item.value.filter(|value| value.is_finite()),
            parent: item.parent.as_deref().map_or("", cut).into(),
            resolution: tables.word(item.resolution.as_deref().map_or("", cut)),
            created: micros(item.created)?,
            updated: micros(item.updated)?,
            events,
        })
    }

    /// Whether its source knew no inner id: its key stands for it.
    pub(super) fn is_keyed(&self) -> bool {
        self.id == self.key
    }

    /// The same telling with the numbers of other tables.
    pub(super) fn renumber(&mut self, to: &Renumbering) {
        self.type_name = to.word(self.type_name);
        self.resolution = to.word(self.resolution);
        for label in &mut self.labels {
            *label = to.word(*label);
        }
        for event in &mut self.events {
            event.change = to.change(event.change);
        }
    }

    /// Another piece of the same item, from the same export. What it tells of a later time holds. Its
    /// events are settled by the caller, when all pieces are there.
    pub(super) fn join(&mut self, piece: Self) {
        let is_later = piece.updated >= self.updated;
        let (mut last, first) = if is_later {
            (piece, std::mem::replace(self, Self::nothing()))
        } else {
            (std::mem::replace(self, Self::nothing()), piece)
        };
        if last.key.is_empty() {
            last.key = first.key;
        } else if first.key != last.key
            && !first.key.is_empty()
            && !last.aliases.contains(&first.key)
        {
            last.aliases.push(first.key);
        }
        for alias in first.aliases {
            if alias != last.key && !last.aliases.contains(&alias) {
                last.aliases.push(alias);
            }
        }
        last.aliases.truncate(MOST_OF_A_LIST);
        if last.title.is_empty() {
            last.title = first.title;
        }
        if last.type_name == 0 {
            last.type_name = first.type_name;
        }
        if last.labels.is_empty() {
            last.labels = first.labels;
        }
        last.value = last.value.or(first.value);
        if last.parent.is_empty() {
            last.parent = first.parent;
        }
        if last.resolution == 0 {
            last.resolution = first.resolution;
        }
        last.created = last.created.min(first.created);
        last.history = last.history.min(first.history);
        // In the order in which the pieces came; settled when all are there.
        if is_later {
            let after = std::mem::replace(&mut last.events, first.events);
            last.events.extend(after);
        } else {
            last.events.extend(first.events);
        }
        *self = last;
    }

    fn nothing() -> Self {
        Self {
            tracker: Tracker::Csv,
            history: History::Approximate,
            id: Box::default(),
            key: Box::default(),
            aliases: Vec::new(),
            title: Box::default(),
            type_name: 0,
            labels: Vec::new(),
            value: None,
            parent: Box::default(),
            resolution: 0,
            created: 0,
            updated: 0,
            events: Vec::new(),
        }
    }
}

/// No item needs more labels or former keys.
pub(super) const MOST_OF_A_LIST: usize = 100;

/// Whether every event is later than the one before.
pub(super) fn is_strictly_ordered(events: &[Happening]) -> bool {
    events.windows(2).all(|pair| match pair {
        [before, after] => before.at < after.at,
        _ => true,
    })
}

/// Brings events into the order of time. What happens several times in one instant counts once, where
/// it stands last, so that what the instant ends with stays what it ends with.
pub(super) fn settle(events: &mut Vec<Happening>) {
    settle_as(events, |change| change);
}

/// The same, where several changes may be one.
pub(super) fn settle_as(
    events: &mut Vec<Happening>,
    stands_for: impl Fn(ChangeNumber) -> ChangeNumber,
) {
    if is_strictly_ordered(events) {
        return;
    }
    // Stable: the order of the source holds within an instant.
    events.sort_by_key(|event| event.at);
    let mut seen = HashSet::new();
    let mut instant = None;
    let mut kept = Vec::with_capacity(events.len());
    for event in events.drain(..).rev() {
        if instant != Some(event.at) {
            seen.clear();
            instant = Some(event.at);
        }
        if seen.insert(stands_for(event.change)) {
            kept.push(event);
        }
    }
    kept.reverse();
    *events = kept;
}
