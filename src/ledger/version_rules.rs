//! The failure rules that look at versions and commits: `rollback`, `revert`, `hotfix` (spec 2.6).
//! Their siblings are in `failures`.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::account::{Evidence, FailureRule, ShippedChange};
use super::failures::Case;

impl Case<'_, '_> {
    /// A step that is a rollback fails the step before it on its track; older ones between
    /// the version gone back to and that one are rolled back, not failed.
    pub(super) fn rollback(&mut self) {
        for pair in self.attribution.tracks.pairs().to_vec() {
            if !pair.is_rollback {
                continue;
            }
            let (next, position) = pair.next;
            let target = self.entries[next].steps[position].to;
            let version = &self.facts.versions[target];
            let commit = version.commit().and_then(|commit| {
                let repository = self.facts.components[pair.component].repository?;
                Some(self.facts.repositories[repository].graph.id(commit))
            });
            self.add(
                pair.previous.0,
                Evidence {
                    rule: FailureRule::Rollback,
                    component: Some(pair.component),
                    commit,
                    incident: None,
                    at: self.entries[next].time,
                    remedy: Some(next),
                    detail: format!("went back to {}", readable(&version.text)),
                },
            );
            let mut older = pair.previous_at;
            while let Some(place) = older.and_then(|at| at.checked_sub(1)) {
                older = Some(place);
                let step = &self.entries[pair.previous.0].steps[pair.previous.1];
                let Some((entry, position)) = self.attribution.tracks.step_at(step, place) else {
                    break;
                };
                let version = self.entries[entry].steps[position].to;
                if self.attribution.is_kept(target, version) != Some(false) {
                    break;
                }
                self.found.rolled_back.insert(entry);
            }
        }
    }

    pub(super) fn revert(&mut self) {
        let limit = TimeDelta::hours(7 * 24);
        for repository in self.attribution.repositories().collect::<Vec<_>>() {
            let graph = &self.facts.repositories[repository].graph;
            let mut reverts: Vec<(usize, u32, Vec<u32>)> = graph
                .reverts()
                .filter_map(|(commit, ids)| {
                    let shipped_by = self.attribution.shipped_by(repository, commit)?;
                    let reverted = ids
                        .iter()
                        .filter_map(|id| graph.find_by_prefix(id))
                        .collect();
                    Some((shipped_by, commit, reverted))
                })
                .collect();
            reverts.sort_by_key(|&(shipped_by, commit, _)| (shipped_by, graph.id(commit)));
            for (shipped_by, commit, reverted) in &reverts {
                if is_undone(&reverts, *shipped_by, *commit, &mut BTreeSet::new()) {
                    continue;
                }
                for &target in reverted {
                    let Some((failed, component)) =
                        self.attribution
                            .first_containing(self.entries, repository, target)
                    else {
                        continue;
                    };
                    let is_later = failed < *shipped_by;
                    let delay = self.entries[*shipped_by].time - self.entries[failed].time;
                    if !is_later || delay > limit {
                        continue;
                    }
                    self.add(
                        failed,
                        Evidence {
                            rule: FailureRule::Revert,
                            component,
                            commit: Some(graph.id(*commit)),
                            incident: None,
                            at: self.entries[*shipped_by].time,
                            remedy: Some(*shipped_by),
                            detail: format!(
                                "{} was reverted by {}",
                                graph.id(target).short(),
                                graph.id(*commit).short()
                            ),
                        },
                    );
                }
            }
        }
    }

    pub(super) fn hotfix(&mut self) {
        let window = TimeDelta::minutes(i64::from(self.facts.settings.hotfix_window_minutes));
        for pair in self.attribution.tracks.pairs().to_vec() {
            let (failed, was) = pair.previous;
            let (next, now) = pair.next;
            let delay = self.entries[next].time - self.entries[failed].time;
            if self.attribution.tracks.is_rollback(pair.previous) || delay > window {
                continue;
            }
            let before = self.entries[failed].steps[was].to;
            let after = self.entries[next].steps[now].to;
            if self.attribution.version_contains(after, before) != Some(true) {
                continue;
            }
            let changes: Vec<&ShippedChange> = self.attribution.changes[next]
                .iter()
                .filter(|change| change.components.contains(&pair.component))
                .collect();
            if changes.is_empty() || !self.are_fixes(next, &changes) {
                continue;
            }
            let commit = changes.last().map(|change| change.commit);
            self.add(
                failed,
                Evidence {
                    rule: FailureRule::Hotfix,
                    component: Some(pair.component),
                    commit,
                    incident: None,
                    at: self.entries[next].time,
                    remedy: Some(next),
                    detail: format!("only fixes followed within {} min", delay.num_minutes()),
                },
            );
        }
    }
}

/// Whether a revert ships together with a revert of itself that holds (a revert of a revert of a
/// revert reverts again). Hostile messages may name each other in a circle: `seen` ends that.
fn is_undone(
    reverts: &[(usize, u32, Vec<u32>)],
    shipped_by: usize,
    commit: u32,
    seen: &mut BTreeSet<u32>,
) -> bool {
    if !seen.insert(commit) {
        return false;
    }
    let from = reverts.partition_point(|revert| revert.0 < shipped_by);
    reverts[from..]
        .iter()
        .take_while(|revert| revert.0 == shipped_by)
        .filter(|(_, other, reverted)| *other != commit && reverted.contains(&commit))
        .any(|&(_, other, _)| !is_undone(reverts, shipped_by, other, seen))
}

/// A version for a sentence: a full commit id by its first seven digits.
fn readable(version: &str) -> &str {
    let is_id = version.len() == 40 && version.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_id { &version[..7] } else { version }
}
