//! The failure rules that look at versions and commits: `rollback`, `revert`, `hotfix` (spec 2.6).
//! Their siblings are in `failures`.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;

use super::account::{Evidence, FailureRule, ShippedChange};
use super::failures::Case;
use super::tracks::Pair;

/// How many versions in a row of which nothing can be said are looked through.
const UNDECIDED_AT_MOST: usize = 1000;

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
                    run: None,
                    at: self.entries[next].time,
                    remedy: Some(next),
                    detail: format!("went back to {}", readable(&version.text)),
                },
            );
            self.mark_rolled_back(&pair, target);
        }
    }

    /// Older deployments of the component between the version gone back to and the failed one were
    /// taken away with it. One of which nothing can be said counts when one before it shows where the
    /// version gone back to stands.
    fn mark_rolled_back(&mut self, pair: &Pair, target: usize) {
        let step = &self.entries[pair.previous.0].steps[pair.previous.1];
        let mut undecided = Vec::new();
        let mut at = self.attribution.tracks.place_of(step, pair.previous);
        while undecided.len() < UNDECIDED_AT_MOST
            && let Some(older) = at.checked_sub(1)
            && let Some((entry, position)) = self.attribution.tracks.step_at(step, older)
        {
            at = older;
            undecided.push(entry);
            let version = self.entries[entry].steps[position].to;
            match self.attribution.is_kept(target, version) {
                None => {}
                Some(false) => self.found.rolled_back.extend(undecided.drain(..)),
                Some(true) => {
                    undecided.pop();
                    self.found.rolled_back.extend(undecided);
                    return;
                }
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
            let undone = undone(&reverts);
            for (shipped_by, commit, reverted) in &reverts {
                if undone.contains(&(*shipped_by, *commit)) {
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
                            run: None,
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
                    run: None,
                    at: self.entries[next].time,
                    remedy: Some(next),
                    detail: format!("only fixes followed within {} min", delay.num_minutes()),
                },
            );
        }
    }
}

/// The reverts, as (entry, commit), that ship together with a revert of themselves that holds: a
/// revert of a revert of a revert reverts again. Each is decided once, and without recursion: a chain
/// may be thousands long. Messages may name each other in a circle: what is still being decided
/// undoes nothing.
fn undone(reverts: &[(usize, u32, Vec<u32>)]) -> HashSet<(usize, u32)> {
    let mut reverters: HashMap<(usize, u32), Vec<u32>> = HashMap::new();
    for (shipped_by, commit, reverted) in reverts {
        for &target in reverted {
            reverters
                .entry((*shipped_by, target))
                .or_default()
                .push(*commit);
        }
    }
    let of = |shipped_by, commit| {
        reverters
            .get(&(shipped_by, commit))
            .map_or(&[][..], Vec::as_slice)
    };
    // `None` while a revert is being decided.
    let mut is_undone: HashMap<(usize, u32), Option<bool>> = HashMap::new();
    for &(shipped_by, commit, _) in reverts {
        if is_undone.contains_key(&(shipped_by, commit)) {
            continue;
        }
        is_undone.insert((shipped_by, commit), None);
        let mut stack = vec![(commit, 0)];
        while let Some((commit, next)) = stack.last_mut() {
            let commit = *commit;
            if let Some(&reverter) = of(shipped_by, commit).get(*next) {
                *next += 1;
                if let Entry::Vacant(place) = is_undone.entry((shipped_by, reverter)) {
                    place.insert(None);
                    stack.push((reverter, 0));
                }
            } else {
                let holds =
                    |&reverter: &u32| is_undone.get(&(shipped_by, reverter)) == Some(&Some(false));
                let decided = of(shipped_by, commit).iter().any(holds);
                is_undone.insert((shipped_by, commit), Some(decided));
                stack.pop();
            }
        }
    }
    is_undone
        .into_iter()
        .filter_map(|(revert, is_undone)| (is_undone == Some(true)).then_some(revert))
        .collect()
}

/// A version for a sentence: a full commit id by its first seven digits.
fn readable(version: &str) -> &str {
    let is_id = version.len() == 40 && version.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_id { &version[..7] } else { version }
}
