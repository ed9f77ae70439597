//! Which deployments failed, by which rule, with the evidence and the remedy (spec 2.6). Each rule
//! is one function over the timeline and its attribution: here those that judge a deployment as a
//! whole, in `version_rules` those that look at versions and commits. `outages` says when failures
//! ended.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::model::{EnvironmentFacts, Facts, Incident, Mark, Notice, Verdict};

use super::account::{DeploymentKind, Evidence, FailureRule, ShippedChange};
use super::attribution::Attribution;
use super::entry_names::{Ambiguous, EntryNames};
use super::timeline::Entry;

/// What the rules found in one environment.
#[derive(Default)]
pub(super) struct Failures {
    /// Evidence per entry, in the order of the rules.
    pub(super) evidence: Vec<Vec<Evidence>>,
    /// Verdicts of people per entry; the latest holds.
    pub(super) verdicts: Vec<Option<Verdict>>,
    /// Entries that a rollback took away without failing them.
    pub(super) rolled_back: BTreeSet<usize>,
    /// Marks and incidents that cannot be given to one deployment.
    pub(super) notices: Vec<Notice>,
}

/// Everything a rule may look at.
pub(super) struct Case<'a, 'f> {
    pub(super) facts: &'f Facts,
    pub(super) environment: &'f EnvironmentFacts,
    pub(super) entries: &'a [Entry],
    pub(super) names: &'a EntryNames<'a>,
    pub(super) attribution: &'a mut Attribution<'f>,
    pub(super) found: Failures,
}

/// Applies the rules that are on; `marked` always is.
pub(super) fn judge<'f>(
    facts: &'f Facts,
    environment: &'f EnvironmentFacts,
    incidents: &[Incident],
    entries: &[Entry],
    names: &EntryNames<'_>,
    attribution: &mut Attribution<'f>,
) -> Failures {
    let mut case = Case {
        facts,
        environment,
        entries,
        names,
        attribution,
        found: Failures {
            evidence: vec![Vec::new(); entries.len()],
            verdicts: vec![None; entries.len()],
            ..Failures::default()
        },
    };
    let rules = facts.settings.failure_rules;
    case.marked(&facts.marks);
    if rules.incident {
        case.incident(incidents);
    }
    if rules.rollback {
        case.rollback();
    }
    if rules.revert {
        case.revert();
    }
    if rules.hotfix {
        case.hotfix();
    }
    if rules.acceptance {
        case.acceptance();
    }
    if rules.attempt {
        case.attempt();
    }
    if rules.run {
        case.run();
    }
    for evidence in &mut case.found.evidence {
        evidence.sort_by_key(|evidence| (evidence.rule, evidence.at, evidence.component));
    }
    case.found
}

impl Case<'_, '_> {
    /// The next deployment of the environment, redeployments and attempts left out.
    pub(super) fn next_deployment(&self, index: usize) -> Option<usize> {
        (index + 1..self.entries.len())
            .find(|&next| self.entries[next].kind == DeploymentKind::Deployment)
    }

    pub(super) fn add(&mut self, index: usize, evidence: Evidence) {
        self.found.evidence[index].push(evidence);
    }

    /// Whether all these changes are fixes: by their subject, or because the merge of a `hotfix/`
    /// branch in the same deployment brought them.
    pub(super) fn are_fixes(&self, index: usize, changes: &[&ShippedChange]) -> bool {
        let mut of_hotfix_branches: Option<BTreeSet<(usize, u32)>> = None;
        changes.iter().all(|change| {
            let graph = &self.facts.repositories[change.repository].graph;
            let Some(commit) = graph.find(change.commit) else {
                return false;
            };
            graph.flags(commit).is_fix
                || of_hotfix_branches
                    .get_or_insert_with(|| self.brought_by_hotfix_merges(index))
                    .contains(&(change.repository, commit))
        })
    }

    /// Commits that this entry brought to a component through the merge of a `hotfix/` branch. Each
    /// component is asked by its own history: what another one had already is new to it.
    fn brought_by_hotfix_merges(&self, index: usize) -> BTreeSet<(usize, u32)> {
        let mut brought = BTreeSet::new();
        for (repository, tip, is_new) in self.attribution.tips_of(self.entries, index) {
            let graph = &self.facts.repositories[repository].graph;
            for merge in reachable(graph, vec![tip], &is_new) {
                if !graph.flags(merge).merges_hotfix_branch {
                    continue;
                }
                let Some((&main, merged)) = graph.parents(merge).split_first() else {
                    continue;
                };
                let before = reachable(graph, vec![main], &is_new);
                brought.extend(
                    reachable(graph, merged.to_vec(), &is_new)
                        .difference(&before)
                        .map(|&commit| (repository, commit)),
                );
            }
        }
        brought
    }

    fn marked(&mut self, marks: &[Mark]) {
        let mut marks: Vec<&Mark> = marks.iter().collect();
        marks.sort_by_key(|mark| mark.at);
        for mark in marks {
            match self.names.find(&mark.deployment) {
                Ok(Some(index)) => {
                    // A later mark replaces an earlier one.
                    self.found.evidence[index].retain(|known| known.rule != FailureRule::Marked);
                    self.found.verdicts[index] = Some(mark.verdict);
                    let remedy = match mark.verdict {
                        Verdict::Failed => self.next_deployment(index),
                        Verdict::Ok => None,
                        Verdict::Undone => continue,
                    };
                    let verdict = mark.verdict.name();
                    self.add(
                        index,
                        Evidence {
                            rule: FailureRule::Marked,
                            component: None,
                            commit: None,
                            incident: None,
                            run: None,
                            at: mark.at,
                            remedy,
                            detail: match &mark.reason {
                                Some(reason) => format!("marked {verdict}: {reason}"),
                                None => format!("marked {verdict}"),
                            },
                        },
                    );
                }
                Ok(None) => {}
                Err(Ambiguous) => {
                    self.found
                        .notices
                        .push(ambiguous("mark", "", &mark.deployment));
                }
            }
        }
    }

    fn incident(&mut self, incidents: &[Incident]) {
        let window = TimeDelta::hours(i64::from(self.facts.settings.incident_window_hours));
        for incident in incidents {
            if incident.caused_by_change == Some(false) {
                continue;
            }
            let blamed = match &incident.deployment {
                Some(id) => match self.names.find(id) {
                    // One that names nothing is told once for all environments.
                    Ok(named) => named,
                    Err(Ambiguous) => {
                        self.found
                            .notices
                            .push(ambiguous("incident", &incident.id, id));
                        continue;
                    }
                },
                None => match self.first_with_a_cause(incident) {
                    Some(blamed) => blamed,
                    None => self
                        .entries
                        .iter()
                        .rposition(|entry| {
                            entry.kind == DeploymentKind::Deployment
                                && entry.time <= incident.opened_at
                        })
                        .filter(|&index| incident.opened_at - self.entries[index].time <= window),
                },
            };
            match blamed {
                Some(index) if self.entries[index].kind == DeploymentKind::Deployment => self.add(
                    index,
                    Evidence {
                        rule: FailureRule::Incident,
                        component: None,
                        commit: None,
                        incident: Some(incident.id.clone()),
                        run: None,
                        at: incident.opened_at,
                        remedy: None,
                        detail: incident.title.clone(),
                    },
                ),
                Some(index) => {
                    let message = format!(
                        "incident {} names {}, which is a redeployment or an attempt: it fails none",
                        incident.id, self.entries[index].id
                    );
                    let notice = Notice::new("incident-fails-none", message);
                    self.found.notices.push(notice);
                }
                None => {}
            }
        }
    }

    /// The first deployment that contains the first known of the commits that an incident names as
    /// its cause; `Some(None)` when none contains it, `None` when the incident names no known commit.
    fn first_with_a_cause(&self, incident: &Incident) -> Option<Option<usize>> {
        let repositories: Vec<usize> = self.attribution.repositories().collect();
        incident.causes.iter().find_map(|cause| {
            repositories.iter().find_map(|&repository| {
                let graph = &self.facts.repositories[repository].graph;
                let commit = graph
                    .find_by_prefix(cause)
                    .filter(|&it| graph.is_read(it))?;
                let first = self
                    .attribution
                    .first_containing(self.entries, repository, commit)
                    .map(|(entry, _)| entry);
                // What came after the incident began did not cause it.
                first
                    .is_none_or(|entry| self.entries[entry].time <= incident.opened_at)
                    .then_some(first)
            })
        })
    }

    fn acceptance(&mut self) {
        let evidence: Vec<_> = self
            .environment
            .evidence
            .iter()
            .filter(|evidence| evidence.time < self.facts.as_of)
            .collect();
        let Some(first) = evidence.iter().map(|evidence| evidence.time).min() else {
            return;
        };
        let stood = TimeDelta::minutes(i64::from(self.facts.settings.hotfix_window_minutes));
        // A component that no test run ever mentions says nothing about what was tested.
        let tested: BTreeSet<usize> = evidence
            .iter()
            .flat_map(|evidence| evidence.versions.keys().copied())
            .collect();
        for index in 0..self.entries.len() {
            let entry = &self.entries[index];
            if entry.kind != DeploymentKind::Deployment || entry.time <= first {
                continue;
            }
            let Some(next) = self.next_deployment(index) else {
                continue;
            };
            if self.entries[next].time - entry.time < stood {
                continue;
            }
            let changes: Vec<&ShippedChange> = self.attribution.changes[next].iter().collect();
            if changes.is_empty() || !self.are_fixes(next, &changes) {
                continue;
            }
            let deployed: Vec<(usize, usize)> = entry
                .state
                .iter()
                .filter(|(component, _)| tested.contains(component))
                .map(|(&component, &version)| (component, version))
                .collect();
            let versions = &self.facts.versions;
            let was_tested = evidence.iter().any(|evidence| {
                deployed.iter().all(|(component, version)| {
                    evidence
                        .versions
                        .get(component)
                        .is_some_and(|&seen| versions[seen].same_as(&versions[*version]))
                })
            });
            if deployed.is_empty() || was_tested {
                continue;
            }
            let evidence = Evidence {
                rule: FailureRule::Acceptance,
                component: None,
                commit: changes.last().map(|change| change.commit),
                incident: None,
                run: None,
                at: self.entries[next].time,
                remedy: Some(next),
                detail: "never passed acceptance, and only fixes followed".to_owned(),
            };
            self.add(index, evidence);
        }
    }

    /// What did not come through: attempts, and deployments whose record says so.
    fn attempt(&mut self) {
        for index in 0..self.entries.len() {
            let entry = &self.entries[index];
            let (remedy, run) = match entry.kind {
                DeploymentKind::Deployment if entry.recorded_as_failed => {
                    (self.next_deployment(index), None)
                }
                // An attempt ships nothing and opens no outage.
                DeploymentKind::Attempt => (None, entry.failed_run.as_ref()),
                _ => continue,
            };
            let evidence = Evidence {
                rule: FailureRule::Attempt,
                component: None,
                commit: None,
                incident: None,
                run: run.map(|run| run.id),
                at: entry.time,
                remedy,
                detail: run.map_or_else(|| "recorded as failed".to_owned(), |it| it.detail.clone()),
            };
            self.add(index, evidence);
        }
    }

    /// A deployment whose own deploy run failed after it.
    fn run(&mut self) {
        for index in 0..self.entries.len() {
            let entry = &self.entries[index];
            let Some(run) = &entry.failed_run else {
                continue;
            };
            if entry.kind != DeploymentKind::Deployment {
                continue;
            }
            let evidence = Evidence {
                rule: FailureRule::Run,
                component: None,
                commit: None,
                incident: None,
                run: Some(run.id),
                at: run.ended,
                remedy: self.next_deployment(index),
                detail: run.detail.clone(),
            };
            self.add(index, evidence);
        }
    }
}

/// Commits reachable from these tips without leaving the set that `inside` describes.
fn reachable(
    graph: &crate::model::CommitGraph,
    tips: Vec<u32>,
    inside: &dyn Fn(u32) -> bool,
) -> BTreeSet<u32> {
    let mut seen = BTreeSet::new();
    let mut stack = tips;
    while let Some(commit) = stack.pop() {
        if inside(commit) && seen.insert(commit) {
            stack.extend(graph.parents(commit));
        }
    }
    seen
}

/// A mark or an incident names a deployment in a way that several match.
fn ambiguous(what: &str, id: &str, named: &str) -> Notice {
    let what = format!("{what} {id}");
    Notice::new(
        "deployment-ambiguous",
        format!(
            "{} names `{named}`, which several deployments match",
            what.trim_end()
        ),
    )
    .hint("write more of its id: dora why deployment-frequency --all lists ids")
}
