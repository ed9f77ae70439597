//! Fills `way`: what joins work items to commits and deployments, over a period (`compose_code`) and of
//! one item (`compose_way`). The join is `ledger::flow_join`'s, the spans are those of
//! `metrics::idea_to_production`; here they get their names.

use std::collections::BTreeSet;

use crate::ledger::flow::{FlowAccount, FlowItem, Outcome};
use crate::ledger::{Deployment, DeploymentKind, EnvironmentAccount, FlowJoin, ItemCode, MergedBy};
use crate::metrics::idea_to_production::{
    Points, SpanFigure, Step, hours, segment_figures, segment_name, span_figure, tracker_gap,
};
use crate::model::work_item_keys::key_order;
use crate::model::{Window, WorkItem};

use super::way::{
    Code, Coverage, ShippedItems, TrackerGap, Way, WaySegment, WaySegmentFigure, WayStep,
};

/// Keys that a list names; the rest is counted.
const MOST_KEYS: usize = 20;

/// What the code of items is told from.
#[derive(Debug, Clone, Copy)]
pub struct CodeInputs<'a> {
    /// The items, as `flow` and `join` index them.
    pub items: &'a [WorkItem],
    /// When they were started and done.
    pub flow: &'a FlowAccount,
    /// The deployments that count as production.
    pub account: &'a EnvironmentAccount,
    /// Which commits are whose.
    pub join: &'a FlowJoin,
}

/// One item with its code.
#[derive(Clone, Copy)]
pub(in crate::report) struct Joined<'a> {
    /// As its tracker tells it.
    pub(in crate::report) told: &'a WorkItem,
    /// What became of it.
    pub(in crate::report) item: &'a FlowItem,
    /// Its commits and deployments.
    pub(in crate::report) code: &'a ItemCode,
}

impl<'a> CodeInputs<'a> {
    /// The items that commits name, by key.
    pub(in crate::report) fn joined(&self) -> Vec<Joined<'a>> {
        let mut joined: Vec<Joined<'a>> = self
            .flow
            .items
            .iter()
            .filter_map(|item| self.of(item))
            .collect();
        joined.sort_by(|a, b| {
            (key_order(&a.told.key), a.item.item).cmp(&(key_order(&b.told.key), b.item.item))
        });
        joined
    }

    pub(in crate::report) fn of(&self, item: &'a FlowItem) -> Option<Joined<'a>> {
        Some(Joined {
            told: self.items.get(item.item)?,
            item,
            code: self.join.items.get(item.item)?.as_ref()?,
        })
    }

    pub(in crate::report) fn deployment(&self, index: Option<usize>) -> Option<&'a Deployment> {
        self.account.deployments.get(index?)
    }
}

/// What is said of items and code over a period.
pub fn compose_code(inputs: &CodeInputs<'_>, window: Window) -> Code {
    let joined = inputs.joined();
    let deployed: Vec<Points> = joined
        .iter()
        .map(|it| Points::of(it.item, it.code, inputs.account))
        .filter(|points| {
            points
                .at(Step::Deployed)
                .is_some_and(|at| window.contains(at))
        })
        .collect();
    let figure = |name: String, found: SpanFigure| {
        let reason = match (found.count, deployed.len()) {
            (1.., _) => None,
            (0, 0) => Some("no item was deployed whole in the period".to_owned()),
            (0, _) => Some("of no item deployed in the period are both ends known".to_owned()),
        };
        WaySegmentFigure {
            segment: name,
            count: found.count,
            p50_hours: found.p50_hours,
            p85_hours: found.p85_hours,
            mean_hours: found.mean_hours,
            reason,
        }
    };
    let deployments = shipped(inputs, &joined, window);
    let shipped_items: usize = deployments.iter().map(|it| it.items.len()).sum();
    let count = deployments.len();
    Code {
        environment: inputs.account.name.clone(),
        coverage: coverage(inputs, window),
        idea_to_production: figure(
            "idea_to_production".to_owned(),
            span_figure(&deployed, Step::Created, Step::Deployed),
        ),
        segments: segment_figures(&deployed)
            .into_iter()
            .map(|(from, to, found)| figure(segment_name(from, to), found))
            .collect(),
        tracker_gap: gap(inputs, &joined, window),
        deployments,
        items_per_deployment: (count > 0).then(|| shipped_items as f64 / count as f64),
        ways: joined.iter().map(|it| way(inputs, it)).collect(),
    }
}

/// The way of one item, by its index in the items.
///
/// # Errors
/// Why it has none, in words.
pub fn compose_way(inputs: &CodeInputs<'_>, item: usize) -> Result<Way, String> {
    let known = inputs.flow.items.iter().find(|it| it.item == item);
    known
        .and_then(|item| inputs.of(item))
        .map(|joined| way(inputs, &joined))
        .ok_or_else(|| "no commit names it".to_owned())
}

pub(in crate::report) fn coverage(inputs: &CodeInputs<'_>, window: Window) -> Coverage {
    let mut coverage = Coverage {
        commits: 0,
        commits_with_item: 0,
        commit_share: None,
        items: 0,
        items_with_commit: 0,
        item_share: None,
        unknown_keys: Vec::new(),
        unknown_key_count: 0,
    };
    let mut unknown: BTreeSet<&str> = BTreeSet::new();
    let deployed = inputs.account.counted_in(window).flat_map(|it| &it.changes);
    for change in deployed {
        let (repository, commit) = (change.repository, change.commit);
        let is_named = !inputs.join.items_of(repository, commit).is_empty();
        coverage.commits += 1;
        coverage.commits_with_item += usize::from(is_named);
        let keys = inputs.join.unknown_keys_of(repository, commit);
        unknown.extend(keys.iter().map(String::as_str));
    }
    for item in inputs.flow.done_in(window) {
        coverage.items += 1;
        coverage.items_with_commit += usize::from(inputs.of(item).is_some());
    }
    coverage.commit_share = share(coverage.commits_with_item, coverage.commits);
    coverage.item_share = share(coverage.items_with_commit, coverage.items);
    coverage.unknown_key_count = unknown.len();
    coverage.unknown_keys = first_keys(unknown.into_iter().collect());
    coverage
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn first_keys(mut keys: Vec<&str>) -> Vec<String> {
    keys.sort_by(|a, b| key_order(a).cmp(&key_order(b)));
    keys.into_iter()
        .take(MOST_KEYS)
        .map(str::to_owned)
        .collect()
}

pub(in crate::report) fn gap(
    inputs: &CodeInputs<'_>,
    joined: &[Joined<'_>],
    window: Window,
) -> TrackerGap {
    let pairs = joined.iter().map(|it| (it.item, it.code));
    let found = tracker_gap(pairs, inputs.account, window);
    let key = |index: &usize| Some(inputs.items.get(*index)?.key.as_str());
    TrackerGap {
        count: found.count,
        done_minus_deployed_p50_hours: found.done_minus_deployed_p50_hours,
        closed_before_deployed: found.closed_before_deployed,
        done_not_deployed_count: found.done_not_deployed.len(),
        done_not_deployed: first_keys(found.done_not_deployed.iter().filter_map(key).collect()),
        coded_before_started: found.coded_before_started,
    }
}

/// The deployments of the window, newest first.
fn shipped(inputs: &CodeInputs<'_>, joined: &[Joined<'_>], window: Window) -> Vec<ShippedItems> {
    let mut of_deployment: Vec<Vec<&Joined<'_>>> =
        vec![Vec::new(); inputs.account.deployments.len()];
    for it in joined {
        let last = it.code.last_deployment;
        if let Some(items) = last.and_then(|index| of_deployment.get_mut(index)) {
            items.push(it);
        }
    }
    let mut shipped: Vec<ShippedItems> = Vec::new();
    let deployments = inputs.account.deployments.iter().zip(of_deployment);
    for (deployment, items) in deployments {
        if deployment.kind != DeploymentKind::Deployment || !window.contains(deployment.time) {
            continue;
        }
        let changes = deployment.changes.iter();
        shipped.push(ShippedItems {
            deployment: deployment.id.clone(),
            time: deployment.time,
            failed: deployment.failed,
            items: items.iter().map(|it| it.told.key.clone()).collect(),
            value: items
                .iter()
                .filter_map(|it| it.item.value)
                .fold(0.0, |sum, value| sum + value),
            commits_without_item: changes
                .filter(|it| inputs.join.items_of(it.repository, it.commit).is_empty())
                .count(),
        });
    }
    shipped.reverse();
    shipped
}

fn way(inputs: &CodeInputs<'_>, joined: &Joined<'_>) -> Way {
    let Joined { told, item, code } = *joined;
    let points = Points::of(item, code, inputs.account);
    let deployed = points.at(Step::Deployed);
    let done = item.finished.filter(|_| item.outcome == Outcome::Done);
    let mut steps: Vec<WayStep> = Step::ALL
        .into_iter()
        .filter_map(|step| {
            Some(WayStep {
                step: step.name().to_owned(),
                at: points.at(step)?,
                evidence: evidence(inputs, code, step),
            })
        })
        .collect();
    steps.extend(done.map(|at| WayStep {
        step: "done".to_owned(),
        at,
        evidence: "tracker".to_owned(),
    }));
    steps.sort_by_key(|step| step.at);
    let total = points.between(Step::Created, Step::Deployed);
    Way {
        key: told.key.clone(),
        title: told.title.clone(),
        flow_type: item.flow_type,
        steps,
        segments: points
            .segments()
            .iter()
            .map(|it| WaySegment {
                segment: segment_name(it.from, it.to),
                from: it.start,
                to: it.end,
                hours: hours(it.length()),
            })
            .collect(),
        idea_to_production_hours: total.map(hours),
        first_deployed: inputs.deployment(code.first_deployment).map(|it| it.time),
        deployed,
        deployments: code
            .deployments
            .iter()
            .filter_map(|&index| Some(inputs.deployment(Some(index))?.id.clone()))
            .collect(),
        commits: code.commits.iter().map(|it| it.commit.short()).collect(),
        commits_waiting: code.waiting,
        commits_taken_back: code.taken_back,
        reason: total.is_none().then(|| why_not_deployed(code)),
        tracker_gap_hours: done
            .zip(deployed)
            .map(|(done, deployed)| hours(done - deployed)),
    }
}

fn evidence(inputs: &CodeInputs<'_>, code: &ItemCode, step: Step) -> String {
    let told = match step {
        Step::Created | Step::Started => None,
        Step::FirstCommit => code.first_commit.map(|(_, commit)| commit.short()),
        Step::PullRequest => code.opened.map(|(_, number)| format!("#{number}")),
        Step::Merged => code.merged.map(|(_, by)| match by {
            MergedBy::PullRequest(number) => format!("#{number}"),
            MergedBy::Commit(commit) => commit.short(),
        }),
        Step::Deployed => inputs
            .deployment(code.last_deployment)
            .map(|it| it.id.clone()),
    };
    told.unwrap_or_else(|| "tracker".to_owned())
}

pub(in crate::report) fn why_not_deployed(code: &ItemCode) -> String {
    match code {
        ItemCode { waiting: 1, .. } => "1 commit of it waits to be deployed".to_owned(),
        ItemCode { waiting: 2.., .. } => {
            format!("{} commits of it wait to be deployed", code.waiting)
        }
        ItemCode {
            before_record: 1.., ..
        } => "it was there before the record of deployments begins".to_owned(),
        _ => "all of its commits were taken back".to_owned(),
    }
}
