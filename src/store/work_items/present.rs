//! What a snapshot shows of an item beside what its own events tell: the status that the item is in,
//! though the time that the snapshot guesses for it is an old one, and labels that are gone or back.
//! It was so at the `updated` of the snapshot. `delta` adds it there, so that it stays known.

use crate::model::work_item::{Category, History, Tracker};

use super::fold::{Meaning, events, reach};
use super::telling::{Happening, MOST_OF_A_LIST, Telling};
use super::words::{ChangeNumber, Kind, Word};

/// What a telling shows at its `updated`.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Before what its own events tell of that instant.
    pub(super) first: Vec<Happening>,
    /// Behind it.
    pub(super) last: Vec<Happening>,
}

/// What `told` shows that neither `kept` nor `said` has, which is `told` with its new events alone.
/// Nothing, where something later is kept or the telling is complete: its events say it all.
pub(super) fn shown(
    told: &Telling,
    said: &Telling,
    kept: &[&Telling],
    meaning: &Meaning<'_>,
) -> Shown {
    let mut shown = Shown::default();
    let is_latest = kept.iter().all(|telling| telling.updated <= told.updated);
    if told.history == History::Complete || !is_latest {
        return shown;
    }
    let mut all = kept.to_vec();
    all.push(said);
    let united = events(&all, meaning);
    let knows = |change: ChangeNumber| {
        let mut kept = kept.iter().flat_map(|telling| &telling.events);
        kept.any(|event| event.at == told.updated && meaning.of(event.change) == meaning.of(change))
    };
    let at_updated = |change: ChangeNumber| Happening {
        at: told.updated,
        change,
        is_bulk: false,
    };
    let own = labels(&told.events, meaning);
    for (label, last) in labels(&united, meaning) {
        let is_on = is_labelled(last, meaning);
        let is_listed = told.labels.contains(&label);
        if is_on == is_listed || last.at > told.updated || !is_list_whole(told) {
            continue;
        }
        // A telling that contradicts itself says nothing.
        let mut own = own.iter().filter(|(known, _)| *known == label);
        if own.any(|(_, event)| is_labelled(*event, meaning) != is_listed) {
            continue;
        }
        let (kind, list) = match is_on {
            true => (Kind::Unlabelled(label), &mut shown.first),
            false => (Kind::Labelled(label), &mut shown.last),
        };
        let change = meaning.tables.number_of(kind);
        list.extend(change.filter(|&change| !knows(change)).map(at_updated));
    }
    let last_status = |events: &[Happening]| {
        let mut events = events.iter().rev();
        events
            .find(|event| meaning.is_status(event.change))
            .copied()
    };
    if let Some(now) = last_status(&told.events) {
        let known = last_status(&united);
        let differs = known.is_none_or(|known| {
            meaning.of(known.change) != meaning.of(now.change)
                && known.at <= told.updated
                && !is_of_a_project(told, now.change, known.change, meaning)
        });
        let goes_on = reach(kept).is_none_or(|reach| told.updated > reach);
        if differs && goes_on && !knows(now.change) {
            shown.first.push(at_updated(now.change));
        }
    }
    shown
}

/// Whether a list of issues says that one is open of which a project tells how far it is: that is no
/// contradiction.
fn is_of_a_project(
    told: &Telling,
    now: ChangeNumber,
    known: ChangeNumber,
    meaning: &Meaning<'_>,
) -> bool {
    let category = |change| match meaning.tables.kind(change) {
        Kind::Status { category, .. } => category,
        _ => None,
    };
    told.tracker == Tracker::Github
        && category(now) == Some(Category::New)
        && category(known).is_none()
}

/// The last event of each label that events tell of.
fn labels(events: &[Happening], meaning: &Meaning<'_>) -> Vec<(Word, Happening)> {
    let mut labels: Vec<(Word, Happening)> = Vec::new();
    for event in events {
        let (Kind::Labelled(label) | Kind::Unlabelled(label)) = meaning.tables.kind(event.change)
        else {
            continue;
        };
        match labels.iter_mut().find(|(known, _)| *known == label) {
            Some((_, last)) => *last = *event,
            None => labels.push((label, *event)),
        }
    }
    labels
}

fn is_labelled(event: Happening, meaning: &Meaning<'_>) -> bool {
    matches!(meaning.tables.kind(event.change), Kind::Labelled(_))
}

/// Whether a label that is not in the telling's list is not on.
fn is_list_whole(told: &Telling) -> bool {
    tells_labels(told) && told.labels.len() < MOST_OF_A_LIST
}

/// Whether a telling tells labels, even if it tells of none: issues of GitHub and GitLab always have
/// their labels with them. What has no title is an event or a piece of history.
pub(super) fn tells_labels(told: &Telling) -> bool {
    let always = matches!(told.tracker, Tracker::Github | Tracker::Gitlab);
    !told.labels.is_empty() || (always && !told.title.is_empty())
}
