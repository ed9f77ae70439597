//! How each version of a component moved: forward, sideways, back (spec 2.6, `rollback`). `tracks`
//! says what came before; `attribution` what a deployment brought.

use crate::model::VersionNumber;

use super::account::ChangeKind;
use super::attribution::Attribution;
use super::timeline::{Entry, Step};
use super::tracks::Place;

impl Attribution<'_> {
    /// Whether a step takes back the version of the step before it on its track.
    pub(super) fn is_rollback(&mut self, entries: &[Entry], step: &Step) -> bool {
        step.is_change
            && self
                .tracks
                .previous(entries, step)
                .is_some_and(|previous| self.takes_back(entries, previous, step))
    }

    /// How a step moved, judged against everything entered before it.
    pub(super) fn kind_of(&mut self, step: &Step, is_rollback: bool) -> ChangeKind {
        let resolved = self.tip(step.to);
        match resolved {
            Some((history, _)) if !self.histories[history].has_baseline => ChangeKind::Baseline,
            _ if is_rollback => ChangeKind::Rollback,
            _ if !step.is_change => ChangeKind::Redeploy,
            None => ChangeKind::Unresolved,
            Some((history, commit)) => {
                let replaced = step
                    .from
                    .and_then(|version| self.facts.versions[version].commit());
                let before = replaced.or_else(|| self.tracks.last_resolved(step));
                let repository = self.histories[history].repository;
                if before.is_none_or(|before| self.contains(repository, commit, before)) {
                    ChangeKind::Forward
                } else {
                    ChangeKind::Sideways
                }
            }
        }
    }

    /// The definition: the commit is a strict ancestor; or neither contains the other and exactly
    /// that version was deployed earlier; or, where one does not resolve, it is the version that was
    /// replaced, or the lower of two version numbers.
    fn takes_back(&mut self, entries: &[Entry], (entry, position): Place, next: &Step) -> bool {
        let versions = &self.facts.versions;
        let previous = &entries[entry].steps[position];
        let (was, now) = (&versions[previous.to], &versions[next.to]);
        if was.same_as(now) {
            return false;
        }
        if let (Some((history, was_commit)), Some((_, now_commit))) =
            (self.tip(previous.to), self.tip(next.to))
        {
            let repository = self.histories[history].repository;
            return self.contains(repository, was_commit, now_commit)
                || (self.tracks.was_deployed(next, now_commit)
                    && !self.contains(repository, now_commit, was_commit));
        }
        let replaced = previous
            .from
            .is_some_and(|version| versions[version].same_as(now));
        let is_lower = match (
            VersionNumber::read(&was.text),
            VersionNumber::read(&now.text),
        ) {
            (Some(was), Some(now)) => now < was,
            _ => false,
        };
        replaced || is_lower
    }

    /// Whether a version of a track is still there after going back to `target`: it is the same, or
    /// contained in it, or a lower version number. `None` when nothing can be said.
    pub(super) fn is_kept(&mut self, target: usize, version: usize) -> Option<bool> {
        let versions = &self.facts.versions;
        if versions[version].same_as(&versions[target]) {
            return Some(true);
        }
        if let Some(contains) = self.version_contains(target, version) {
            return Some(contains);
        }
        let number = |version: usize| VersionNumber::read(&versions[version].text);
        Some(number(version)? <= number(target)?)
    }

    /// Whether a commit of a repository contains another one.
    pub(super) fn contains(&mut self, repository: usize, descendant: u32, ancestor: u32) -> bool {
        self.ancestries
            .get_mut(&repository)
            .is_some_and(|ancestry| ancestry.contains(descendant, ancestor))
    }

    /// Whether `ancestor` is a strict ancestor of, or the same commit as, `descendant`, for two
    /// versions of one component; `None` when one of them does not resolve.
    pub(super) fn version_contains(&mut self, descendant: usize, ancestor: usize) -> Option<bool> {
        let (history, descendant) = self.tip(descendant)?;
        let (_, ancestor) = self.tip(ancestor)?;
        let repository = self.histories[history].repository;
        Some(self.contains(repository, descendant, ancestor))
    }
}
