//! What a telling adds to those that are kept: new events and changed fields, or nothing. Adding it
//! and then asking again gives nothing. The rules are those of `fold`.

use std::collections::HashSet;

use crate::model::work_item::History;

use super::fold::{Field, Meaning, age, counts, key_winner, reach};
use super::present::shown;
use super::telling::{Happening, Telling};
use super::words::{ChangeNumber, Kind};

/// What is new of a telling.
#[derive(Debug)]
pub(super) enum News {
    Nothing,
    /// Nobody told of the item before.
    Everything,
    /// The telling without what is known.
    Some(Telling),
}

/// What is new of `told` beside what `kept` says already. `is_unseen` knows changes that must be kept
/// because no line has them yet (a status that was renamed).
pub(super) fn delta(
    told: &Telling,
    kept: &[&Telling],
    meaning: &Meaning<'_>,
    is_unseen: impl Fn(&Happening) -> bool,
) -> News {
    if kept.is_empty() {
        return News::Everything;
    }
    let events = new_events(told, kept, meaning, is_unseen);
    // A resolution speaks of the statuses until it was told: with new ones it is told again.
    let has_statuses = |events: &[Happening]| events.iter().any(|it| meaning.is_status(it.change));
    let events = with_shown(told, events, kept, meaning);
    let newest = kept.iter().map(|telling| telling.updated).max();
    let is_latest = newest.is_none_or(|newest| told.updated >= newest);
    let mut is_new = !events.is_empty();
    let mut said = with_events(told, events);
    for field in Field::ALL {
        if !field.is_told(told) {
            continue;
        }
        let is_news = match field.winner(kept, meaning.tables) {
            None => true,
            // An older export tells no field anew: what it says was said otherwise since.
            Some(_) if !is_latest => false,
            Some(known) => {
                field.compare(told, known, meaning.tables).is_ne()
                    && field.rank(told, known, meaning.tables).is_gt()
            }
        };
        if is_news {
            is_new = true;
        } else if !(matches!(field, Field::Resolution) && has_statuses(&said.events)) {
            silence(&mut said, field);
        }
    }
    let knows = |key: &str| {
        if key.is_empty() {
            return true;
        }
        let mut keys = kept
            .iter()
            .flat_map(|telling| telling.aliases.iter().chain([&telling.key]));
        keys.any(|known| **known == *key)
    };
    said.aliases.retain(|alias| !knows(alias));
    let is_moved = key_winner(kept).is_some_and(|known| {
        known.key != told.key
            && !told.key.is_empty()
            && (age(told), &told.key) > (age(known), &known.key)
    });
    is_new |= !said.aliases.is_empty() || !knows(&told.key) || is_moved;
    // That it has an inner id is kept, too.
    is_new |= !told.is_keyed() && kept.iter().all(|telling| telling.is_keyed());
    is_new |= kept.iter().all(|telling| told.created < telling.created);
    is_new |= kept.iter().all(|telling| told.history > telling.history);
    // Without a history of its own, being exported later changes nothing.
    is_new |= told.history != History::Approximate && newest < Some(told.updated);
    if is_new {
        News::Some(said)
    } else {
        News::Nothing
    }
}

/// The new events with what the telling shows at its `updated`.
fn with_shown(
    told: &Telling,
    new: Vec<Happening>,
    kept: &[&Telling],
    meaning: &Meaning<'_>,
) -> Vec<Happening> {
    let said = with_events(told, new);
    let shown = shown(told, &said, kept, meaning);
    let mut events = said.events;
    if shown.first.is_empty() && shown.last.is_empty() {
        return events;
    }
    // What the telling says of that instant itself stays between them, known or not.
    events.retain(|event| event.at != told.updated);
    let own = told.events.iter().filter(|event| event.at == told.updated);
    events.extend(shown.first.iter().chain(own).chain(&shown.last));
    events.sort_by_key(|event| event.at);
    events
}

/// A telling with other events.
fn with_events(told: &Telling, events: Vec<Happening>) -> Telling {
    Telling {
        id: told.id.clone(),
        key: told.key.clone(),
        aliases: told.aliases.clone(),
        title: told.title.clone(),
        labels: told.labels.clone(),
        parent: told.parent.clone(),
        events,
        ..*told
    }
}

fn silence(telling: &mut Telling, field: Field) {
    match field {
        Field::Title => telling.title = Box::default(),
        Field::TypeName => telling.type_name = 0,
        Field::Labels => telling.labels = Vec::new(),
        Field::Value => telling.value = None,
        Field::Parent => telling.parent = Box::default(),
        Field::Resolution => telling.resolution = 0,
    }
}

/// Events that are not kept yet, with those of the same instants: their order is told.
fn new_events(
    told: &Telling,
    kept: &[&Telling],
    meaning: &Meaning<'_>,
    is_unseen: impl Fn(&Happening) -> bool,
) -> Vec<Happening> {
    let is_complete = told.history == History::Complete;
    let reach = reach(kept);
    let known: HashSet<(i64, ChangeNumber)> = kept
        .iter()
        // What a guess says does not count once a complete history is told, unless that says so too.
        .filter(|telling| !is_complete || telling.history == History::Complete)
        .flat_map(|telling| &telling.events)
        .map(|event| (event.at, meaning.of(event.change)))
        .collect();
    let mut instants: HashSet<i64> = HashSet::new();
    for (index, event) in told.events.iter().enumerate() {
        let earlier = told.events.get(..index).unwrap_or_default();
        let is_new = !known.contains(&(event.at, meaning.of(event.change)))
            && counts(event, told, reach, meaning)
            && !(can_repeat(told, event, meaning) && is_repeated(event, earlier, kept, meaning));
        if is_new || is_unseen(event) {
            instants.insert(event.at);
        }
    }
    let events = told.events.iter().copied();
    events
        .filter(|event| instants.contains(&event.at))
        .collect()
}

/// Whether an event may be a guess about the present: every one of a snapshot, and that something
/// stops an item, which is told as of the export wherever its beginning is not known.
fn can_repeat(told: &Telling, event: &Happening, meaning: &Meaning<'_>) -> bool {
    match told.history {
        History::Approximate => true,
        History::Partial => {
            let kind = meaning.tables.kind(event.change);
            matches!(kind, Kind::Blocked(_) | Kind::Unblocked)
        }
        History::Complete => false,
    }
}

/// Whether a guess only repeats what held before it: a snapshot that is taken again tells nothing new.
/// `earlier` are the events of the same telling before it.
fn is_repeated(
    event: &Happening,
    earlier: &[Happening],
    kept: &[&Telling],
    meaning: &Meaning<'_>,
) -> bool {
    let kind = meaning.tables.kind(event.change);
    let kept = kept.iter().flat_map(|telling| &telling.events);
    let before = kept.filter(|other| other.at <= event.at).chain(earlier);
    let about = before.filter(|other| is_about_the_same(kind, meaning.tables.kind(other.change)));
    // Of one instant, the event of the telling itself is the later one.
    let last = about.max_by_key(|other| other.at);
    last.is_some_and(|last| meaning.of(last.change) == meaning.of(event.change))
}

/// Whether the later of two changes takes the place of the earlier.
fn is_about_the_same(a: Kind, b: Kind) -> bool {
    use Kind::{Blocked, Labelled, Removed, Status, Type, Unblocked, Unlabelled, Value};
    match (a, b) {
        (Status { .. }, Status { .. })
        | (Blocked(_) | Unblocked, Blocked(_) | Unblocked)
        | (Type(_), Type(_))
        | (Value(_), Value(_))
        | (Removed, Removed) => true,
        (Labelled(a) | Unlabelled(a), Labelled(b) | Unlabelled(b)) => a == b,
        _ => false,
    }
}
