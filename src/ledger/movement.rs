//! How each version of a component moved (spec 2.6, `rollback`): forward, sideways, back. Reads the
//! tracks that `attribution` keeps; `failures` asks it who contains whom.

use crate::model::VersionNumber;

use super::account::ChangeKind;
use super::attribution::Attribution;
use super::timeline::{Entry, Step};

impl Attribution<'_> {
    /// How a step moved, judged against everything entered before it.
    pub(super) fn kind_of(&mut self, entries: &[Entry], step: &Step) -> ChangeKind {
        let Some((history, commit)) = self.tip(step.to) else {
            return if self.facts.versions[step.to].commit().is_none() && step.is_change {
                // A rollback shows even between versions that name no commit.
                self.rollback_or(entries, step, ChangeKind::Unresolved)
            } else {
                ChangeKind::Redeploy
            };
        };
        if !self.histories[history].has_baseline {
            return ChangeKind::Baseline;
        }
        if !step.is_change {
            return ChangeKind::Redeploy;
        }
        let replaced = step
            .from
            .and_then(|version| self.facts.versions[version].commit());
        let before = replaced.or_else(|| self.last_resolved(entries, step));
        let repository = self.histories[history].repository;
        let is_onward = before.is_none_or(|before| self.contains(repository, commit, before));
        if is_onward && replaced.is_some() {
            return ChangeKind::Forward;
        }
        let otherwise = if is_onward {
            ChangeKind::Forward
        } else {
            ChangeKind::Sideways
        };
        self.rollback_or(entries, step, otherwise)
    }

    /// The newest commit on the step's track that a version resolved to.
    fn last_resolved(&self, entries: &[Entry], step: &Step) -> Option<u32> {
        let track = self.tracks.get(&(step.component, step.line.clone()))?;
        track.iter().rev().find_map(|&(entry, position)| {
            self.facts.versions[entries[entry].steps[position].to].commit()
        })
    }

    fn rollback_or(&mut self, entries: &[Entry], step: &Step, otherwise: ChangeKind) -> ChangeKind {
        let track = self
            .tracks
            .get(&(step.component, step.line.clone()))
            .cloned()
            .unwrap_or_default();
        match track.split_last() {
            Some((&previous, earlier)) if self.takes_back(entries, earlier, previous, step) => {
                ChangeKind::Rollback
            }
            _ => otherwise,
        }
    }

    /// Whether `next` takes back the version of the step before it on its track (spec 2.6,
    /// `rollback`): its commit is a strict ancestor; or neither contains the other and exactly that
    /// version was deployed earlier; or, where one does not resolve, it is the version that was
    /// replaced, or the lower of two version numbers.
    fn takes_back(
        &mut self,
        entries: &[Entry],
        earlier: &[(usize, usize)],
        (entry, position): (usize, usize),
        next: &Step,
    ) -> bool {
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
            if self.contains(repository, was_commit, now_commit) {
                return true;
            }
            return !self.contains(repository, now_commit, was_commit)
                && earlier.iter().any(|&(entry, position)| {
                    versions[entries[entry].steps[position].to].same_as(now)
                });
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
