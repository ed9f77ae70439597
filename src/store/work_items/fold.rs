//! What several tellings of one item mean together (docs/flow.md): events are united, a complete
//! history overrules guesses as far as it reaches, of each field the latest word holds. The order of
//! tellings means nothing. `delta` asks the same questions of a telling that is not kept yet.

use std::cmp::Ordering;

use crate::model::WorkItem;
use crate::model::work_item::{Change, Event, History};

use super::telling::{Happening, Telling, instant, is_strictly_ordered, settle_as};
use super::words::{ChangeNumber, Kind, Tables};

/// Tables, and which change stands for which.
pub(super) struct Meaning<'t> {
    pub(super) tables: &'t Tables,
    /// By number of a change: the one that stands for it.
    pub(super) canonical: &'t [ChangeNumber],
}

impl Meaning<'_> {
    /// The change that stands for one.
    pub(super) fn of(&self, change: ChangeNumber) -> ChangeNumber {
        self.canonical
            .get(change as usize)
            .copied()
            .unwrap_or(change)
    }

    pub(super) fn is_status(&self, change: ChangeNumber) -> bool {
        matches!(self.tables.kind(change), Kind::Status { .. })
    }
}

/// What tellings tell one of: the latest word of each holds, and silence is no word.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    Title,
    TypeName,
    Labels,
    Value,
    Parent,
    Resolution,
}

impl Field {
    pub(super) const ALL: [Self; 6] = [
        Self::Title,
        Self::TypeName,
        Self::Labels,
        Self::Value,
        Self::Parent,
        Self::Resolution,
    ];

    /// Whether a telling says anything of it.
    pub(super) fn is_told(self, telling: &Telling) -> bool {
        match self {
            Self::Title => !telling.title.is_empty(),
            Self::TypeName => telling.type_name != 0,
            Self::Labels => !telling.labels.is_empty(),
            Self::Value => telling.value.is_some(),
            Self::Parent => !telling.parent.is_empty(),
            Self::Resolution => telling.resolution != 0,
        }
    }

    /// Orders what two tellings say of it.
    pub(super) fn compare(self, a: &Telling, b: &Telling, tables: &Tables) -> Ordering {
        let text = |word| tables.text(word);
        match self {
            Self::Title => a.title.cmp(&b.title),
            Self::TypeName => text(a.type_name).cmp(text(b.type_name)),
            Self::Labels => {
                let texts = |telling: &Telling| -> Vec<String> {
                    let labels = telling.labels.iter();
                    labels.map(|&label| text(label).to_owned()).collect()
                };
                match a.labels == b.labels {
                    true => Ordering::Equal,
                    false => texts(a).cmp(&texts(b)),
                }
            }
            Self::Value => {
                let value = |telling: &Telling| telling.value.unwrap_or(f64::MIN);
                value(a).total_cmp(&value(b))
            }
            Self::Parent => a.parent.cmp(&b.parent),
            Self::Resolution => text(a.resolution).cmp(text(b.resolution)),
        }
    }

    /// The telling whose word holds: the latest; of equal age the one that knows more.
    pub(super) fn winner<'t>(
        self,
        tellings: &[&'t Telling],
        tables: &Tables,
    ) -> Option<&'t Telling> {
        let told = tellings.iter().filter(|telling| self.is_told(telling));
        told.copied().max_by(|a, b| self.rank(a, b, tables))
    }

    /// Orders two tellings by whose word holds.
    pub(super) fn rank(self, a: &Telling, b: &Telling, tables: &Tables) -> Ordering {
        age(a).cmp(&age(b)).then_with(|| self.compare(a, b, tables))
    }
}

/// How late a telling is, and how much it knows.
pub(super) fn age(telling: &Telling) -> (i64, History) {
    (telling.updated, telling.history)
}

/// The telling whose key holds; of tellings without any, one of them.
pub(super) fn key_winner<'t>(tellings: &[&'t Telling]) -> Option<&'t Telling> {
    let keyed = tellings.iter().filter(|telling| !telling.key.is_empty());
    let keyed = keyed
        .copied()
        .max_by(|a, b| (age(a), &a.key).cmp(&(age(b), &b.key)));
    keyed.or_else(|| tellings.first().copied())
}

/// Up to when a complete history is known.
pub(super) fn reach(tellings: &[&Telling]) -> Option<i64> {
    let complete = tellings
        .iter()
        .filter(|telling| telling.history == History::Complete);
    complete.map(|telling| telling.updated).max()
}

/// Whether an event of a telling counts beside complete histories that reach so far.
pub(super) fn counts(
    event: &Happening,
    telling: &Telling,
    reach: Option<i64>,
    meaning: &Meaning<'_>,
) -> bool {
    telling.history == History::Complete
        || reach.is_none_or(|reach| event.at > reach)
        || !meaning.is_status(event.change)
}

/// The events of an item, in the order of time. Of one that several tellings tell, the latest names it.
pub(super) fn events(tellings: &[&Telling], meaning: &Meaning<'_>) -> Vec<Happening> {
    let reach = reach(tellings);
    let mut ranked = tellings.to_vec();
    // What the latest telling ends an instant with is what it ends with. Tellings of one age are
    // ordered by what they tell, so that nothing depends on the order of lines.
    ranked.sort_by(|a, b| {
        let by_age =
            (a.history == History::Complete, age(a)).cmp(&(b.history == History::Complete, age(b)));
        by_age.then_with(|| compare_events(a, b, meaning.tables))
    });
    let mut all = Vec::with_capacity(ranked.iter().map(|telling| telling.events.len()).sum());
    for telling in ranked {
        let counting = telling
            .events
            .iter()
            .filter(|event| counts(event, telling, reach, meaning));
        all.extend(counting.copied());
    }
    settle_as(&mut all, |change| meaning.of(change));
    all
}

/// Orders tellings by what they say of events, whatever numbers their changes have.
fn compare_events(a: &Telling, b: &Telling, tables: &Tables) -> Ordering {
    let mut pairs = a.events.iter().zip(&b.events);
    let differing = pairs.find_map(|(a, b)| {
        let by_time = a.at.cmp(&b.at).then(a.is_bulk.cmp(&b.is_bulk));
        let by_change = by_time.then_with(|| compare_kinds(a.change, b.change, tables));
        (by_change != Ordering::Equal).then_some(by_change)
    });
    differing.unwrap_or_else(|| a.events.len().cmp(&b.events.len()))
}

fn compare_kinds(a: ChangeNumber, b: ChangeNumber, tables: &Tables) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let said = |change| {
        let (kind, first, second, number) = match tables.kind(change) {
            Kind::Status {
                name, id, category, ..
            } => (
                0,
                name,
                id,
                category.map_or(0, |category| category as u64 + 1),
            ),
            Kind::Blocked(word) => (1, word, 0, 0),
            Kind::Unblocked => (2, 0, 0, 0),
            Kind::Labelled(word) => (3, word, 0, 0),
            Kind::Unlabelled(word) => (4, word, 0, 0),
            Kind::Type(word) => (5, word, 0, 0),
            Kind::Value(bits) => (6, 0, 0, bits.map_or(0, |bits| bits.saturating_add(1))),
            Kind::Removed => (7, 0, 0, 0),
        };
        (kind, tables.text(first), tables.text(second), number)
    };
    said(a).cmp(&said(b))
}

/// The item that tellings tell together; `None` of none. `changes` are the tables' in the model.
pub(super) fn item(
    tellings: &[&Telling],
    meaning: &Meaning<'_>,
    changes: &[Change],
) -> Option<WorkItem> {
    let keyed = key_winner(tellings)?;
    let inner = tellings.iter().find(|telling| !telling.is_keyed());
    let events = match tellings {
        [only] if is_strictly_ordered(&only.events) => only.events.clone(),
        _ => events(tellings, meaning),
    };
    let tables = meaning.tables;
    let mut aliases: Vec<String> = tellings
        .iter()
        .flat_map(|telling| telling.aliases.iter().chain([&telling.key]))
        .filter(|alias| **alias != keyed.key && !alias.is_empty())
        .map(|alias| String::from(&**alias))
        .collect();
    aliases.sort_unstable();
    aliases.dedup();
    let winner = |field: Field| match tellings {
        [only] => Some(*only),
        _ => field.winner(tellings, tables),
    };
    let text = |word: u32| tables.text(word).to_owned();
    let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let id = &inner.copied().unwrap_or(keyed).id;
    let key = if keyed.key.is_empty() { id } else { &keyed.key };
    Some(WorkItem {
        tracker: keyed.tracker,
        id: String::from(&**id),
        key: String::from(&**key),
        aliases,
        title: winner(Field::Title).map_or_else(String::new, |t| String::from(&*t.title)),
        type_name: winner(Field::TypeName).map_or_else(String::new, |t| text(t.type_name)),
        labels: winner(Field::Labels).map_or_else(Vec::new, |telling| {
            telling.labels.iter().map(|&label| text(label)).collect()
        }),
        value: winner(Field::Value).and_then(|telling| telling.value),
        parent: winner(Field::Parent).and_then(|telling| optional(&telling.parent)),
        resolution: winner(Field::Resolution)
            .filter(|telling| !is_outlived(telling, &events, meaning))
            .and_then(|telling| optional(tables.text(telling.resolution))),
        created: instant(tellings.iter().map(|telling| telling.created).min()?),
        updated: instant(tellings.iter().map(|telling| telling.updated).max()?),
        history: history(tellings, &events, meaning),
        events: events
            .iter()
            .filter_map(|event| {
                let change = changes.get(event.change as usize)?;
                Some(Event {
                    at: instant(event.at),
                    change: change.clone(),
                    is_bulk: event.is_bulk,
                })
            })
            .collect(),
    })
}

/// Whether an item went on after a telling said why it was closed: nobody says so any more. `delta` tells
/// a resolution again with every change of status.
fn is_outlived(telling: &Telling, events: &[Happening], meaning: &Meaning<'_>) -> bool {
    // Some exports tell the last change by the minute.
    const MINUTE: i64 = 60_000_000;
    let told = telling.updated.saturating_add(MINUTE);
    events
        .iter()
        .any(|event| event.at > told && meaning.is_status(event.change))
}

/// How much is known: what the best telling knows; but only part of it where a guess goes on from
/// where a complete history ends. One that repeats the status there tells nothing.
fn history(tellings: &[&Telling], events: &[Happening], meaning: &Meaning<'_>) -> History {
    let best = tellings.iter().map(|telling| telling.history).max();
    let is_guessed = |event: &Happening| {
        let mut guesses = tellings
            .iter()
            .filter(|telling| telling.history != History::Complete)
            .flat_map(|telling| &telling.events);
        guesses.any(|it| it.at == event.at && meaning.of(it.change) == meaning.of(event.change))
    };
    let goes_on = reach(tellings).is_some_and(|reach| {
        let mut before = None;
        events
            .iter()
            .filter(|event| meaning.is_status(event.change))
            .any(|event| {
                let now = Some(meaning.of(event.change));
                let is_change = std::mem::replace(&mut before, now) != now;
                event.at > reach && is_change && is_guessed(event)
            })
    });
    match best {
        Some(best) if !goes_on => best,
        Some(_) => History::Partial,
        None => History::Approximate,
    }
}
