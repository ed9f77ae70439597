//! Deploy runs and the deployments that GitHub keeps join the timeline (spec 2.2, 2.6): a run that made
//! a snapshot or record is that deployment, a failed one without is a failed attempt, and where an
//! environment has no other source they are the deployments. `timeline` orders what comes of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::model::github::Outcome;
use crate::model::{
    CommitId, DeployRun, DeploymentSource, EnvironmentFacts, Facts, instant_from_epoch,
};

use super::account::DeploymentKind;
use super::timeline::{Event, FailedRun, derived_id};

/// Joins runs to the events they made; returns events for the others.
pub(super) fn join<'f>(
    facts: &Facts,
    environment: &'f EnvironmentFacts,
    events: &mut [Event<'f>],
) -> Vec<Event<'f>> {
    let runs: Vec<&DeployRun> = environment
        .runs
        .iter()
        .filter(|run| run.until < facts.as_of)
        .collect();
    if runs.is_empty() {
        return Vec::new();
    }
    let mut made: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let spans = Spans::of(&runs);
    for (index, event) in events.iter().enumerate() {
        if let Some(run) = spans.run_of(facts, event) {
            made.entry(run).or_default().push(index);
        }
    }
    // Before the first deployment that is on record nobody knows what came through, so a failure then
    // has nothing to be a share of.
    let begins = match environment.source == DeploymentSource::GithubRun {
        true => None,
        false => events.iter().map(|event| event.time).min(),
    };
    let mut lone = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let own = made.get(&index).map_or(&[][..], Vec::as_slice);
        let of_kind = |kind| {
            own.iter()
                .copied()
                .filter(|&event| events[event].kind == kind)
                .max_by_key(|&event| (events[event].time, events[event].generation))
        };
        let is_failure = run.outcome == Outcome::Failed;
        let twin = of_kind(DeploymentKind::Deployment).or_else(|| {
            let attempt = of_kind(DeploymentKind::Attempt).filter(|_| is_failure);
            attempt.or_else(|| of_kind(DeploymentKind::Redeployment))
        });
        match twin {
            Some(twin) => {
                let event = &mut events[twin];
                event.aliases.push(id(environment, run));
                if event.source != run.source {
                    event.also_told_by.insert(run.source);
                }
                if is_failure {
                    event.failed_run = Some(failed_run(run));
                }
            }
            // Where something else tells of deployments, a run that came through and left no trace
            // changed nothing.
            None if environment.source == run.source => lone.push(event_of(environment, run)),
            None if is_failure && begins.is_some_and(|begins| run.ended >= begins) => {
                lone.push(event_of(environment, run));
            }
            None => {}
        }
    }
    lone
}

/// `<environment>-<time>-g<run>`, of GitHub's deployments `…-d<deployment>`.
fn id(environment: &EnvironmentFacts, run: &DeployRun) -> String {
    let letter = match run.source {
        DeploymentSource::GithubDeployment => 'd',
        _ => 'g',
    };
    // When it was asked for is known from the beginning and never changes, unlike its end.
    derived_id(
        &environment.name,
        run.created,
        &format!("{letter}{}", run.id),
    )
}

fn failed_run(run: &DeployRun) -> FailedRun {
    FailedRun {
        id: run.id,
        ended: run.until,
        detail: run.detail.clone(),
    }
}

fn event_of(environment: &EnvironmentFacts, run: &DeployRun) -> Event<'static> {
    let is_failure = run.outcome == Outcome::Failed;
    // Where runs are the deployments, one that failed after it had deployed is a failed deployment.
    let is_deployment = !is_failure || (run.has_deployed && environment.source == run.source);
    let id = id(environment, run);
    Event {
        failed_run: is_failure.then(|| failed_run(run)),
        ..Event::without_commit(id, run.source, run.ended, is_deployment, &run.versions)
    }
}

/// Runs by their end, so that those in whose span an instant lies are found without asking all.
struct Spans<'r> {
    runs: &'r [&'r DeployRun],
    /// Indexes of `runs` by end.
    by_end: Vec<usize>,
    /// For each place in `by_end` the earliest `created` from there on.
    earliest: Vec<DateTime<Utc>>,
}

impl<'r> Spans<'r> {
    fn of(runs: &'r [&'r DeployRun]) -> Self {
        let mut by_end: Vec<usize> = (0..runs.len()).collect();
        by_end.sort_by_key(|&run| (runs[run].until, runs[run].id));
        let mut earliest = vec![DateTime::<Utc>::MAX_UTC; by_end.len()];
        let mut least = DateTime::<Utc>::MAX_UTC;
        for (place, &run) in by_end.iter().enumerate().rev() {
            least = least.min(runs[run].created).min(runs[run].started);
            earliest[place] = least;
        }
        Self {
            runs,
            by_end,
            earliest,
        }
    }

    /// The run that made an event: of those whose commit its snapshot was put on, or in whose span it
    /// lies, the one that ran at the very commit it brought (several workflows may deploy at once,
    /// each a component of its own), else one whose commit it was put on; of several the one that
    /// began last.
    fn run_of(&self, facts: &Facts, event: &Event<'_>) -> Option<usize> {
        let committed = committed(facts, event);
        let times = [Some(event.time), committed.as_ref().map(|it| it.0)];
        let first = times.into_iter().flatten().min()?;
        let last = times.into_iter().flatten().max()?;
        let brought = brought(facts, event);
        let from = self
            .by_end
            .partition_point(|&run| self.runs[run].until < first);
        self.by_end[from..]
            .iter()
            .zip(&self.earliest[from..])
            .take_while(|(_, earliest)| **earliest <= last)
            .filter_map(|(&index, _)| {
                let run = self.runs[index];
                let is_in = |from: DateTime<Utc>, at| from <= at && at <= run.until;
                let is_its_commit = committed.as_ref().is_some_and(|(at, parents)| {
                    is_in(run.created, *at) && run.head.is_some_and(|it| parents.contains(&it))
                });
                let is_in_span = times.into_iter().flatten().any(|at| is_in(run.started, at));
                let is_at_its_version = run.head.is_some_and(|it| brought.contains(&it));
                // An earlier attempt may have made it; only its version can tell.
                let is_of_an_attempt = is_at_its_version
                    && times.into_iter().flatten().any(|at| is_in(run.created, at));
                (is_its_commit || is_in_span || is_of_an_attempt).then_some((
                    is_its_commit || is_in_span,
                    is_at_its_version,
                    is_its_commit,
                    run.started,
                    run.id,
                    index,
                ))
            })
            .max()
            .map(|(.., index)| index)
    }
}

/// The commits of the versions that an event brought: those that changed, or all it names where it
/// does not say.
fn brought(facts: &Facts, event: &Event<'_>) -> Vec<CommitId> {
    let changed = event
        .named
        .iter()
        .filter(|named| named.differs != Some(false));
    let commits = changed.filter_map(|named| {
        let repository = facts.components[named.component].repository?;
        let commit = facts.versions[named.version].commit()?;
        Some(facts.repositories[repository].graph.id(commit))
    });
    commits.collect()
}

/// When the commit of a snapshot was committed, and onto what.
fn committed(facts: &Facts, event: &Event<'_>) -> Option<(DateTime<Utc>, Vec<CommitId>)> {
    let graph = &facts.repositories.first()?.graph;
    let commit = graph.find(event.commit?).filter(|&it| graph.is_read(it))?;
    let parents = graph.parents(commit).iter().map(|&it| graph.id(it));
    let at = instant_from_epoch(graph.committer_time(commit));
    Some((at, parents.collect()))
}

#[cfg(test)]
mod tests {
    use crate::ledger::story::{Story, at, failures};
    use crate::ledger::{DeploymentKind, EnvironmentAccount};
    use crate::model::DeploymentSource;
    use crate::model::github::Outcome;

    fn shop() -> Story {
        Story::until("2026-04-01 00:00")
            .repository(&["api"])
            .line(&[
                ("c1", "2026-03-02 08:00", "feat: start"),
                ("c2", "2026-03-02 11:00", "feat: a"),
                ("c3", "2026-03-03 09:00", "feat: b"),
            ])
            .deploy("2026-03-02 09:00", &[("api", "c1")])
            .deploy("2026-03-02 12:00", &[("api", "c2")])
            .deploy("2026-03-03 10:00", &[("api", "c3")])
    }

    fn kinds(account: &EnvironmentAccount) -> Vec<DeploymentKind> {
        account.deployments.iter().map(|it| it.kind).collect()
    }

    #[test]
    fn a_run_that_made_a_snapshot_is_that_deployment() {
        let account = shop()
            .run(
                7,
                "2026-03-02 11:50",
                "2026-03-02 12:05",
                Outcome::Succeeded,
            )
            .account();
        assert_eq!(kinds(&account), [DeploymentKind::Deployment; 3]);
        assert_eq!(account.deployments[1].time, at("2026-03-02 12:00"));
        assert_eq!(
            account.deployments[1].aliases,
            ["production-20260302T115000Z-g7"]
        );
        assert!(failures(&account).is_empty());
    }

    #[test]
    fn a_failed_run_with_a_snapshot_of_its_own_makes_that_deployment_failed() {
        let account = shop()
            .run(7, "2026-03-02 11:50", "2026-03-02 12:05", Outcome::Failed)
            .account();
        assert_eq!(kinds(&account), [DeploymentKind::Deployment; 3]);
        assert_eq!(failures(&account), ["1: run → 2"]);
        let evidence = &account.deployments[1].evidence[0];
        assert_eq!(
            (evidence.run, evidence.at),
            (Some(7), at("2026-03-02 12:05"))
        );
        assert_eq!(account.outages.len(), 1);
        assert_eq!(account.outages[0].start, at("2026-03-02 12:00"));
        assert_eq!(account.outages[0].end, Some(at("2026-03-03 10:00")));
        assert!(!account.deployments[2].is_rework, "`run` makes no rework");
    }

    #[test]
    fn a_failed_run_without_a_snapshot_is_a_failed_attempt_that_opens_no_outage() {
        let account = shop()
            .run(8, "2026-03-02 15:00", "2026-03-02 15:20", Outcome::Failed)
            .account();
        assert_eq!(failures(&account), ["2: attempt"]);
        let attempt = &account.deployments[2];
        assert_eq!(attempt.kind, DeploymentKind::Attempt);
        assert_eq!(attempt.id, "production-20260302T150000Z-g8");
        assert_eq!(attempt.source, DeploymentSource::GithubRun);
        assert!(attempt.changes.is_empty() && account.outages.is_empty());
    }

    #[test]
    fn a_run_that_came_through_and_left_no_snapshot_is_nothing_beside_state_files() {
        let account = shop()
            .run(
                9,
                "2026-03-02 15:00",
                "2026-03-02 15:20",
                Outcome::Succeeded,
            )
            .account();
        assert_eq!(account.deployments.len(), 3);
    }

    #[test]
    fn a_recorded_failure_and_the_failed_run_around_it_are_one_attempt() {
        let account = shop()
            .record("2026-03-02 15:10", &[("api", "c3")], false)
            .run(8, "2026-03-02 15:00", "2026-03-02 15:20", Outcome::Failed)
            .account();
        assert_eq!(account.deployments.len(), 4);
        let attempt = &account.deployments[2];
        assert_eq!(attempt.kind, DeploymentKind::Attempt);
        assert_eq!(attempt.aliases, ["production-20260302T150000Z-g8"]);
        assert_eq!(failures(&account), ["2: attempt"]);
    }

    #[test]
    fn of_runs_of_several_workflows_the_one_at_the_commit_that_was_brought_made_the_snapshot() {
        let mut story = Story::until("2026-04-01 00:00")
            .repository(&["web", "api"])
            .line(&[
                ("c1", "2026-03-02 08:00", "feat: start"),
                ("c2", "2026-03-02 11:00", "feat: a"),
                ("c3", "2026-03-02 11:30", "feat: b"),
            ])
            .deploy("2026-03-02 09:00", &[("web", "c1"), ("api", "c1")])
            .deploy("2026-03-02 12:00", &[("web", "c2"), ("api", "c1")])
            .run(
                1,
                "2026-03-02 11:50",
                "2026-03-02 12:05",
                Outcome::Succeeded,
            )
            .run(2, "2026-03-02 11:55", "2026-03-02 12:10", Outcome::Failed);
        for (run, commit) in ["c2", "c3"].into_iter().enumerate() {
            story.facts.environments[0].runs[run].head = Some(story.id(commit));
        }
        let account = story.account();
        assert_eq!(
            account.deployments[1].aliases,
            ["production-20260302T115000Z-g1"]
        );
        assert_eq!(
            failures(&account),
            ["2: attempt"],
            "api's run failed, not web"
        );
    }

    #[test]
    fn of_two_runs_around_a_snapshot_the_one_that_began_last_made_it() {
        let account = shop()
            .run(1, "2026-03-02 10:00", "2026-03-02 13:00", Outcome::Failed)
            .run(
                2,
                "2026-03-02 11:50",
                "2026-03-02 12:05",
                Outcome::Succeeded,
            )
            .account();
        assert_eq!(
            account.deployments[1].aliases,
            ["production-20260302T115000Z-g2"]
        );
        assert_eq!(failures(&account), ["2: attempt"]);
    }

    #[test]
    fn a_snapshot_that_a_later_job_committed_belongs_to_its_run() {
        let mut story = shop().run(7, "2026-03-02 11:50", "2026-03-02 11:55", Outcome::Failed);
        story.facts.environments[0].runs[0].until = at("2026-03-02 12:10");
        assert_eq!(failures(&story.account()), ["1: run → 2"]);
    }

    #[test]
    fn a_run_that_failed_before_the_record_began_is_no_attempt() {
        let account = shop()
            .run(8, "2026-03-01 15:00", "2026-03-01 15:20", Outcome::Failed)
            .account();
        assert_eq!(account.deployments.len(), 3);
        assert_eq!(account.record_start, Some(at("2026-03-02 09:00")));
    }

    #[test]
    fn what_runs_deploy_is_the_whole_repository_whatever_the_paths_of_components_elsewhere() {
        let mut story = Story::until("2026-04-01 00:00")
            .repository(&["shop", "web"])
            .paths("web", "web/")
            .line(&[
                ("c1", "2026-03-02 08:00", "feat: start"),
                ("c2", "2026-03-02 11:00", "feat: web"),
            ])
            .touches("c2", &["web"])
            .run_of(1, "c1", "2026-03-02 09:00", Outcome::Succeeded)
            .run_of(2, "c2", "2026-03-02 12:00", Outcome::Succeeded);
        story.facts.environments[0].source = DeploymentSource::GithubRun;
        assert!(story.brought(&story.account().deployments[1]).is_empty());
        story.facts.components[0].is_whole = true;
        assert_eq!(story.brought(&story.account().deployments[1]), ["c2"]);
    }

    #[test]
    fn where_runs_are_the_deployments_one_that_failed_after_deploying_is_a_failed_deployment() {
        let mut story = Story::until("2026-04-01 00:00")
            .repository(&["shop"])
            .line(&[
                ("c1", "2026-03-02 08:00", "feat: start"),
                ("c2", "2026-03-02 11:00", "feat: a"),
                ("c3", "2026-03-02 13:00", "fix: a"),
            ])
            .run_of(1, "c1", "2026-03-02 09:00", Outcome::Succeeded)
            .run_of(2, "c2", "2026-03-02 12:00", Outcome::Failed)
            .run_of(3, "c3", "2026-03-02 14:00", Outcome::Succeeded);
        story.facts.environments[0].source = DeploymentSource::GithubRun;
        story.facts.environments[0].runs[1].has_deployed = true;
        let account = story.account();
        assert_eq!(kinds(&account), [DeploymentKind::Deployment; 3]);
        assert_eq!(story.brought(&account.deployments[1]), ["c2"]);
        assert_eq!(failures(&account), ["1: run → 2"]);
    }

    #[test]
    fn where_runs_are_the_deployments_the_same_commit_again_is_a_redeployment() {
        let mut story = Story::until("2026-04-01 00:00")
            .repository(&["shop"])
            .line(&[
                ("c1", "2026-03-02 08:00", "feat: start"),
                ("c2", "2026-03-02 11:00", "feat: a"),
            ])
            .run_of(1, "c1", "2026-03-02 09:00", Outcome::Succeeded)
            .run_of(2, "c2", "2026-03-02 12:00", Outcome::Failed)
            .run_of(3, "c2", "2026-03-02 12:30", Outcome::Succeeded)
            .run_of(4, "c2", "2026-03-02 14:00", Outcome::Succeeded);
        story.facts.environments[0].source = DeploymentSource::GithubRun;
        let account = story.account();
        assert_eq!(
            kinds(&account),
            [
                DeploymentKind::Deployment,
                DeploymentKind::Attempt,
                DeploymentKind::Deployment,
                DeploymentKind::Redeployment,
            ]
        );
        assert_eq!(story.brought(&account.deployments[2]), ["c2"]);
        assert_eq!(failures(&account), ["1: attempt"]);
    }

    #[test]
    fn a_run_that_ends_after_the_as_of_does_not_exist() {
        let mut story = shop().run(8, "2026-03-31 23:00", "2026-04-01 00:00", Outcome::Failed);
        assert_eq!(story.account().deployments.len(), 3);
        story.facts.as_of = at("2026-04-01 00:01");
        assert_eq!(story.account().deployments.len(), 4);
    }
}
