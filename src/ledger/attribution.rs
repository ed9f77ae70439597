//! Which changes each deployment brought (spec 2.5), in one pass: deployments in order, each walks
//! from its tips and stops at commits already marked, so every commit is visited once per history,
//! whatever the number of deployments. `failures` asks the marks left here who came first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::model::settings::LeadTimeStart;
use crate::model::{CommitGraph, Facts, instant_from_epoch};

use super::account::{ChangeKind, DeploymentKind, ShippedChange};
use super::ancestry::Ancestry;
use super::timeline::{Entry, Step};
use super::tracks::{Place, Tracks};

/// No deployment contains the commit.
pub(super) const NOBODY: u32 = u32::MAX;
/// The commit was there before the record of its history begins.
pub(super) const BASELINE: u32 = u32::MAX - 1;

/// A change newly brought: repository, commit, component it came through.
type Brought = (usize, u32, usize);

/// How many commits of a deployment are no changes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NoChanges {
    pub(super) merges: usize,
    pub(super) bookkeeping: usize,
}

/// Commits of one component, or of all components that share a repository without paths.
pub(super) struct History {
    pub(super) repository: usize,
    pub(super) components: Vec<usize>,
    /// Whether every commit belongs here, whatever the paths of components elsewhere.
    pub(super) is_whole: bool,
    pub(super) has_baseline: bool,
    /// Entry whose deployment was the history's baseline.
    pub(super) baseline: u32,
    /// For each commit the first entry that contains it.
    pub(super) first: Vec<u32>,
}

impl History {
    /// Whether a commit that touches these components' paths belongs here; one that touches none
    /// belongs everywhere.
    pub(super) fn has(&self, touched: &[usize]) -> bool {
        touched.is_empty()
            || self.is_whole
            || self.components.len() > 1
            || self
                .components
                .iter()
                .any(|component| touched.contains(component))
    }
}

/// Marks on the commits of one repository, whatever the history.
pub(super) struct Marks {
    /// The entry that shipped a commit as a change, or `BASELINE`.
    pub(super) shipped_by: Vec<u32>,
    /// The number of the last walk that visited a commit.
    pub(super) walked: Vec<u32>,
    /// Commits that were counted as no changes.
    passed_over: Vec<bool>,
}

/// A merge commit that an entry contains and no earlier one of the component's history.
#[derive(Debug, Clone, Copy)]
pub(super) struct Merged {
    pub(super) entry: usize,
    pub(super) repository: usize,
    pub(super) commit: u32,
    /// The component it came through.
    pub(super) component: usize,
    /// Whether the record of the component begins there: it was there before.
    pub(super) is_baseline: bool,
}

/// What became of one environment's commits.
pub(super) struct Attribution<'a> {
    pub(super) facts: &'a Facts,
    pub(super) histories: Vec<History>,
    pub(super) history_of_component: BTreeMap<usize, usize>,
    pub(super) ancestries: BTreeMap<usize, Ancestry<'a>>,
    /// Per repository.
    pub(super) marks: BTreeMap<usize, Marks>,
    pub(super) walk: u32,
    /// Changes per entry, in the order of commit time, then id.
    pub(super) changes: Vec<Vec<ShippedChange>>,
    /// Commits per entry that are no changes.
    pub(super) no_changes: Vec<NoChanges>,
    /// The merges among them in the order of entries, those of baselines last in theirs; only of
    /// repositories with pull requests: nobody else asks.
    pub(super) merged: Vec<Merged>,
    /// How each step of each entry moved.
    pub(super) kinds: Vec<Vec<ChangeKind>>,
    /// What "next" and "before" mean.
    pub(super) tracks: Tracks,
    /// Resolved steps (entry, step) that follow an unresolved one of their component: the lead
    /// times of what they brought are upper bounds.
    pub(super) upper_bounds: BTreeSet<(usize, usize)>,
}

impl<'a> Attribution<'a> {
    /// Attributes every change of the environment's timeline.
    pub(super) fn of(facts: &'a Facts, entries: &[Entry]) -> Self {
        let mut attribution = Self::new(facts, entries);
        for index in 0..entries.len() {
            attribution.enter(entries, index);
        }
        attribution
    }

    fn new(facts: &'a Facts, entries: &[Entry]) -> Self {
        let used: BTreeSet<usize> = entries
            .iter()
            .flat_map(|entry| &entry.steps)
            .map(|step| step.component)
            .collect();
        let mut by_repository: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for component in used {
            if let Some(repository) = facts.components[component].repository {
                by_repository.entry(repository).or_default().push(component);
            }
        }
        let mut histories = Vec::new();
        let mut history_of_component = BTreeMap::new();
        let mut ancestries = BTreeMap::new();
        let mut marks = BTreeMap::new();
        for (&repository, components) in &by_repository {
            let graph = &facts.repositories[repository].graph;
            ancestries.insert(repository, Ancestry::new(graph));
            marks.insert(
                repository,
                Marks {
                    shipped_by: vec![NOBODY; graph.len()],
                    walked: vec![0; graph.len()],
                    passed_over: vec![false; graph.len()],
                },
            );
            let told_apart = components
                .iter()
                .any(|&component| !facts.components[component].paths.is_empty());
            let groups: Vec<Vec<usize>> = if told_apart {
                components
                    .iter()
                    .map(|&component| vec![component])
                    .collect()
            } else {
                vec![components.clone()]
            };
            for group in groups {
                for &component in &group {
                    history_of_component.insert(component, histories.len());
                }
                histories.push(History {
                    repository,
                    is_whole: group.iter().any(|&it| facts.components[it].is_whole),
                    components: group,
                    has_baseline: false,
                    baseline: NOBODY,
                    first: vec![NOBODY; graph.len()],
                });
            }
        }
        Self {
            facts,
            histories,
            history_of_component,
            ancestries,
            marks,
            walk: 0,
            changes: Vec::with_capacity(entries.len()),
            no_changes: vec![NoChanges::default(); entries.len()],
            merged: Vec::new(),
            kinds: Vec::with_capacity(entries.len()),
            tracks: Tracks::default(),
            upper_bounds: BTreeSet::new(),
        }
    }

    pub(super) fn graph(&self, repository: usize) -> &'a CommitGraph {
        &self.facts.repositories[repository].graph
    }

    /// The tip a step deployed: its history and commit, when its version resolves.
    pub(super) fn tip(&self, version: usize) -> Option<(usize, u32)> {
        let version = &self.facts.versions[version];
        let history = *self.history_of_component.get(&version.component)?;
        Some((history, version.commit()?))
    }

    /// Adds one entry: judges how its steps moved, then marks and collects what it brought.
    fn enter(&mut self, entries: &[Entry], index: usize) {
        let entry = &entries[index];
        let mut kinds = Vec::with_capacity(entry.steps.len());
        for (position, step) in entry.steps.iter().enumerate() {
            let is_rollback = self.is_rollback(entries, step);
            kinds.push(self.kind_of(step, is_rollback));
            if entry.kind == DeploymentKind::Deployment && step.is_change {
                self.note_upper_bound(entries, (index, position));
                let commit = self.facts.versions[step.to].commit();
                self.tracks
                    .add(entries, (index, position), commit, is_rollback);
            }
        }
        let mut brought: Vec<Brought> = Vec::new();
        if entry.kind == DeploymentKind::Deployment {
            // What is new through a component with a past is brought, even if another component
            // starts its record with the same commits in the same deployment.
            for baseline in [false, true] {
                for (step, &kind) in entry.steps.iter().zip(&kinds) {
                    if (kind == ChangeKind::Baseline) == baseline {
                        self.mark(index, step, baseline, &mut brought);
                    }
                }
            }
        }
        self.kinds.push(kinds);
        let changes = self.shipped_changes(entry.time, brought);
        self.changes.push(changes);
    }

    /// A resolved version after one that is not carries all that is new since the last resolved one.
    fn note_upper_bound(&mut self, entries: &[Entry], place: Place) {
        let step = &entries[place.0].steps[place.1];
        let commit_of = |version: usize| self.facts.versions[version].commit();
        let follows_unresolved =
            self.tracks
                .previous(entries, step)
                .is_some_and(|(entry, position)| {
                    commit_of(entries[entry].steps[position].to).is_none()
                });
        if follows_unresolved
            && commit_of(step.to).is_some()
            && self.tracks.last_resolved(step).is_some()
        {
            self.upper_bounds.insert(place);
        }
    }

    /// Walks from the step's tip through commits that no earlier entry contains.
    fn mark(&mut self, index: usize, step: &Step, is_baseline: bool, brought: &mut Vec<Brought>) {
        let Some((history_index, tip)) = self.tip(step.to) else {
            return;
        };
        let this_entry = u32::try_from(index).unwrap_or(BASELINE - 1);
        let graph = self.graph(self.histories[history_index].repository);
        let history = &mut self.histories[history_index];
        let has_pull_requests = !self.facts.repositories[history.repository]
            .pull_requests
            .is_empty();
        let Some(marks) = self.marks.get_mut(&history.repository) else {
            return;
        };
        if is_baseline {
            history.has_baseline = true;
            history.baseline = this_entry;
        }
        self.walk += 1;
        let mut stack = vec![tip];
        while let Some(commit) = stack.pop() {
            let at = commit as usize;
            let is_new = history.first[at] == NOBODY;
            if marks.walked[at] == self.walk || !(is_new || history.first[at] == this_entry) {
                continue;
            }
            marks.walked[at] = self.walk;
            history.first[at] = this_entry;
            stack.extend(graph.parents(commit));
            if !history.has(graph.touched(commit)) {
                continue;
            }
            if !graph.is_change(commit) {
                if has_pull_requests && graph.is_merge(commit) {
                    self.merged.push(Merged {
                        entry: index,
                        repository: history.repository,
                        commit,
                        component: step.component,
                        is_baseline,
                    });
                }
                let was_counted = std::mem::replace(&mut marks.passed_over[at], true);
                if !is_baseline && !was_counted {
                    let no_changes = &mut self.no_changes[index];
                    no_changes.merges += usize::from(graph.is_merge(commit));
                    no_changes.bookkeeping += usize::from(graph.flags(commit).is_bookkeeping);
                }
                continue;
            }
            let shipped_by = &mut marks.shipped_by[at];
            if is_baseline {
                if *shipped_by == NOBODY {
                    *shipped_by = BASELINE;
                }
            } else if *shipped_by == NOBODY || *shipped_by == this_entry {
                *shipped_by = this_entry;
                brought.push((history.repository, commit, step.component));
            }
        }
    }

    fn shipped_changes(
        &self,
        time: DateTime<Utc>,
        mut brought: Vec<Brought>,
    ) -> Vec<ShippedChange> {
        brought.sort_unstable();
        let mut sets: BTreeMap<Vec<usize>, Arc<[usize]>> = BTreeMap::new();
        let mut changes: Vec<ShippedChange> = brought
            .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
            .map(|same| {
                let (repository, commit, _) = same[0];
                let components: Vec<usize> =
                    same.iter().map(|&(_, _, component)| component).collect();
                let components = match sets.get(&components) {
                    Some(set) => Arc::clone(set),
                    None => {
                        let set: Arc<[usize]> = components.as_slice().into();
                        sets.insert(components, Arc::clone(&set));
                        set
                    }
                };
                let graph = self.graph(repository);
                let committed = committed(self.facts, graph, commit);
                let span = time - committed.unwrap_or(time);
                ShippedChange {
                    repository,
                    commit: graph.id(commit),
                    components,
                    committed: committed.unwrap_or_default(),
                    lead_time: (span > chrono::TimeDelta::zero()).then_some(span),
                }
            })
            .collect();
        changes.sort_by_key(|change| (change.committed, change.commit));
        changes
    }

    /// The first entry that contains a commit, in the histories it belongs to, with the component
    /// it came through when that is one alone; `None` when nobody contains it or a baseline does.
    /// Where it is new to one component and another one's record begins with it, it is new.
    pub(super) fn first_containing(
        &self,
        entries: &[Entry],
        repository: usize,
        commit: u32,
    ) -> Option<(usize, Option<usize>)> {
        let touched = self.graph(repository).touched(commit);
        let at = commit as usize;
        let history = self
            .histories
            .iter()
            .filter(|history| history.repository == repository && history.has(touched))
            .filter(|history| history.first[at] != NOBODY)
            .min_by_key(|history| (history.first[at], history.first[at] == history.baseline))?;
        if history.first[at] == history.baseline {
            return None;
        }
        let entry = history.first[at] as usize;
        let mut through = entries[entry]
            .steps
            .iter()
            .filter(|step| step.is_change && history.components.contains(&step.component))
            .map(|step| step.component);
        let component = through.next().filter(|_| through.next().is_none());
        Some((entry, component))
    }

    /// For each step of an entry that resolves: its repository and tip, and whether a commit is new
    /// to the step's history with this entry.
    pub(super) fn tips_of<'s>(
        &'s self,
        entries: &'s [Entry],
        index: usize,
    ) -> impl Iterator<Item = (usize, u32, Box<dyn Fn(u32) -> bool + 's>)> {
        entries[index].steps.iter().filter_map(move |step| {
            let (history, tip) = self.tip(step.to)?;
            let history = &self.histories[history];
            let is_new: Box<dyn Fn(u32) -> bool> =
                Box::new(move |commit| history.first[commit as usize] as usize == index);
            Some((history.repository, tip, is_new))
        })
    }

    /// The entry that shipped a commit as a change, if one did.
    pub(super) fn shipped_by(&self, repository: usize, commit: u32) -> Option<usize> {
        let entry = *self
            .marks
            .get(&repository)?
            .shipped_by
            .get(commit as usize)?;
        (entry != NOBODY && entry != BASELINE).then_some(entry as usize)
    }

    /// Repositories in which something was attributed.
    pub(super) fn repositories(&self) -> impl Iterator<Item = usize> {
        self.marks.keys().copied()
    }
}

/// When a change was committed, by the definition in force (spec 2.5): author time unless it is
/// later than the committer time, or the committer time. `None` when git stores no date (time 0 or
/// before): no lead time can be told from it.
pub(super) fn committed(facts: &Facts, graph: &CommitGraph, commit: u32) -> Option<DateTime<Utc>> {
    let committer = graph.committer_time(commit);
    let seconds = match facts.settings.lead_time_start {
        LeadTimeStart::Author => graph.author_time(commit).min(committer),
        LeadTimeStart::Committer => committer,
    };
    (seconds > 0).then(|| instant_from_epoch(seconds))
}
