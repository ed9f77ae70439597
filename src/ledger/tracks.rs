//! What came before and after on the way of one component: the steps of each component and release
//! line, so that "the next deployment of the component" (spec 2.6) is found without searching.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::timeline::{Entry, Step};

/// A step: index of the entry, and of the step in it.
pub(super) type Place = (usize, usize);

/// The steps of one component on one line.
#[derive(Debug, Default)]
struct Track {
    /// In the order of the timeline; on a release line in the order of version numbers, because a
    /// tag may be made long after a later release.
    steps: Vec<Place>,
    last_resolved: Option<u32>,
    commits: HashSet<u32>,
}

/// Two steps that follow each other on a track.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) component: usize,
    pub(super) previous: Place,
    pub(super) next: Place,
    /// Whether `next` takes back what `previous` deployed.
    pub(super) is_rollback: bool,
}

/// The tracks of an environment.
#[derive(Debug, Default)]
pub(super) struct Tracks {
    tracks: BTreeMap<(usize, String), Track>,
    pairs: Vec<Pair>,
    rollbacks: BTreeSet<Place>,
}

impl Tracks {
    /// The step before this one on its track, as far as the timeline was entered.
    pub(super) fn previous(&self, entries: &[Entry], step: &Step) -> Option<Place> {
        let track = self.track(step)?;
        let before = insertion(track, entries, step).checked_sub(1)?;
        track.steps.get(before).copied()
    }

    /// The newest commit that a version on the step's track resolved to.
    pub(super) fn last_resolved(&self, step: &Step) -> Option<u32> {
        self.track(step)?.last_resolved
    }

    /// Whether this commit was deployed on the step's track.
    pub(super) fn was_deployed(&self, step: &Step, commit: u32) -> bool {
        self.track(step)
            .is_some_and(|track| track.commits.contains(&commit))
    }

    fn track(&self, step: &Step) -> Option<&Track> {
        self.tracks.get(&(step.component, step.line.clone()))
    }

    /// Adds a step that changed its component; `commit` is what its version resolves to.
    pub(super) fn add(
        &mut self,
        entries: &[Entry],
        place: Place,
        commit: Option<u32>,
        is_rollback: bool,
    ) {
        let step = &entries[place.0].steps[place.1];
        let previous = self.previous(entries, step);
        let track = self
            .tracks
            .entry((step.component, step.line.clone()))
            .or_default();
        let at = insertion(track, entries, step);
        track.steps.insert(at, place);
        track.commits.extend(commit);
        track.last_resolved = commit.or(track.last_resolved);
        if is_rollback {
            self.rollbacks.insert(place);
        }
        self.pairs.extend(previous.map(|previous| Pair {
            component: step.component,
            previous,
            next: place,
            is_rollback,
        }));
    }

    /// All pairs, by the entry of `next`.
    pub(super) fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Whether a step is itself a rollback.
    pub(super) fn is_rollback(&self, place: Place) -> bool {
        self.rollbacks.contains(&place)
    }

    /// Where on its track a step is. Places on a release line shift while it is filled.
    pub(super) fn place_of(&self, step: &Step, place: Place) -> usize {
        let steps = self
            .track(step)
            .map_or(&[][..], |track| track.steps.as_slice());
        match step.number {
            None => steps.partition_point(|known| *known < place),
            Some(_) => steps.iter().position(|known| *known == place).unwrap_or(0),
        }
    }

    /// The step at a place of the track that a step is on.
    pub(super) fn step_at(&self, step: &Step, at: usize) -> Option<Place> {
        self.track(step)?.steps.get(at).copied()
    }
}

/// Where a step belongs on a track.
fn insertion(track: &Track, entries: &[Entry], step: &Step) -> usize {
    match &step.number {
        None => track.steps.len(),
        Some(number) => track.steps.partition_point(|&(entry, position)| {
            entries[entry].steps[position]
                .number
                .as_ref()
                .is_none_or(|known| known <= number)
        }),
    }
}
