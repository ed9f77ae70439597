//! What one run of a deploy workflow means for an environment (spec 2.6, `attempt` and `run`): judged
//! by the jobs that deploy to it and those that come after, where they are known, else as a whole.
//! Which jobs these are is decided in `deploy_workflows`.

use chrono::{DateTime, Utc};

use crate::model::UnjudgedRun;
use crate::model::github::{Conclusion, Job, Outcome, WorkflowRun};

use super::deploy_workflows::DeployWorkflow;
use super::workflow_words::short;

/// Triggers whose runs check a change before it is merged.
const BEFORE_A_MERGE: [&str; 3] = ["pull_request", "pull_request_target", "merge_group"];

/// What a run says of a deployment to one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It came through or failed.
    Ended(Ended),
    /// It never came to deploying, was cancelled, or has not ended.
    Nothing,
    /// It ended, and its jobs, which would tell whether it came to deploying, were not read.
    JobsUnknown(UnjudgedRun),
}

/// How and when a deployment ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    /// Whether it deployed, whatever came after: every job that deploys is known, and none failed.
    pub(crate) has_deployed: bool,
    /// With the job that deploys, where it is known.
    pub(crate) at: DateTime<Utc>,
    /// From when to when something may have been its doing.
    pub(crate) span: (DateTime<Utc>, DateTime<Utc>),
    /// Of a failure why, in words; foreign text. Else empty.
    pub(crate) detail: String,
}

/// Judges a run for the environment of a deploy workflow.
///
/// A run of which no job is known to deploy is judged as a whole, unless it belongs to a pull request,
/// or the workflow deploys to other environments as well.
pub(crate) fn verdict(run: &WorkflowRun, workflow: &DeployWorkflow) -> Verdict {
    let (Some(until), Some(conclusion)) = (run.ended(), run.conclusion) else {
        return Verdict::Nothing;
    };
    let whole = |outcome: Outcome| {
        if outcome == Outcome::Nothing || BEFORE_A_MERGE.contains(&run.event.as_str()) {
            return Verdict::Nothing;
        }
        Verdict::Ended(Ended {
            outcome,
            has_deployed: false,
            at: until,
            span: (run.started, until),
            detail: match outcome {
                Outcome::Failed => format!("the run ended in {}", conclusion.name()),
                _ => String::new(),
            },
        })
    };
    let Some(jobs) = run.jobs.as_deref() else {
        let needs_jobs = !workflow.deploy_jobs.is_empty() || !workflow.is_only_environment;
        return match conclusion.outcome() {
            outcome @ (Outcome::Succeeded | Outcome::Failed) if needs_jobs => {
                Verdict::JobsUnknown(UnjudgedRun {
                    ended: until,
                    has_failed: outcome == Outcome::Failed,
                })
            }
            outcome => whole(outcome),
        };
    };
    let deploy = matching(jobs, &workflow.deploy_jobs);
    if deploy.is_empty() {
        // The job that calls the workflow in which the deploy job is stands for it when it never ran.
        let never_called = jobs.iter().any(|job| {
            let calls = |name: &String| is_caller(&job.name, name);
            outcome_of(job) == Outcome::Nothing && workflow.deploy_jobs.iter().any(calls)
        });
        // A run that could not even begin has no jobs: it was to deploy to all of them.
        let could_not_begin = conclusion == Conclusion::StartupFailure;
        let concerns_it = workflow.is_only_environment || could_not_begin;
        return match concerns_it && !never_called {
            true => whole(conclusion.outcome()),
            false => Verdict::Nothing,
        };
    }
    // Without a deployment that began there is nothing that a later job could say about it.
    if deploy.iter().all(|job| outcome_of(job) == Outcome::Nothing) {
        return Verdict::Nothing;
    }
    let mut later = matching(jobs, &workflow.later_jobs);
    later.retain(|job| !deploy.iter().any(|other| std::ptr::eq(*job, *other)));
    let end_of = |jobs: &mut dyn Iterator<Item = &&Job>| {
        let last = jobs.filter_map(|job| job.completed).max();
        last.unwrap_or(until)
    };
    // Jobs that a repetition of others carried over keep the times of their own attempt.
    let all_end = end_of(&mut deploy.iter().chain(&later));
    let span = match all_end < run.started {
        true => (run.created, all_end),
        false => (run.started, until),
    };
    let has_failed = |job: &&&Job| outcome_of(job) == Outcome::Failed;
    let failed = deploy.iter().chain(&later).find(has_failed);
    let succeeded = |job: &&&Job| outcome_of(job) == Outcome::Succeeded;
    let deployed_at = end_of(&mut deploy.iter().filter(succeeded));
    if let Some(job) = failed {
        let has_deployed = deploy.iter().all(|job| outcome_of(job) != Outcome::Failed);
        let after = match has_deployed {
            true => " after it had deployed",
            false => "",
        };
        let detail = format!(
            "its job `{}` ended in {}{after}",
            short(&job.name),
            said(job)
        );
        return Verdict::Ended(Ended {
            outcome: Outcome::Failed,
            has_deployed,
            at: match has_deployed {
                true => deployed_at,
                false => all_end,
            },
            span,
            detail,
        });
    }
    if !deploy.iter().any(|job| succeeded(&job)) {
        return Verdict::Nothing;
    }
    Verdict::Ended(Ended {
        outcome: Outcome::Succeeded,
        has_deployed: true,
        at: deployed_at,
        span,
        detail: String::new(),
    })
}

/// Whether a job of this name calls the workflow in which a job of that name is (`production` of
/// `production / deploy`).
fn is_caller(ran: &str, written: &str) -> bool {
    let parts: Vec<&str> = written.split(" / ").collect();
    (1..parts.len()).any(|count| means(&parts[..count].join(" / "), ran))
}

/// A job that never began (its approval was declined) says nothing, however GitHub calls its end.
fn outcome_of(job: &Job) -> Outcome {
    match job.started {
        None => Outcome::Nothing,
        Some(_) => job.conclusion.map_or(Outcome::Nothing, Conclusion::outcome),
    }
}

fn said(job: &Job) -> &'static str {
    job.conclusion.map_or("nothing", Conclusion::name)
}

/// The jobs of a run that one of these names means. A job of exactly that name leaves no doubt.
fn matching<'a>(jobs: &'a [Job], names: &[String]) -> Vec<&'a Job> {
    let mut is_meant = vec![false; jobs.len()];
    for name in names {
        let is_there = jobs.iter().any(|job| job.name == *name);
        for (job, is_meant) in jobs.iter().zip(&mut is_meant) {
            *is_meant |= match is_there {
                true => job.name == *name,
                false => means(name, &job.name),
            };
        }
    }
    let jobs = jobs.iter().zip(is_meant);
    jobs.filter_map(|(job, is_meant)| is_meant.then_some(job))
        .collect()
}

/// Whether a name in a file means a job that ran: with the values of its matrix behind it
/// (`deploy (eu)`), with the name of a job that it calls (`production / deploy`), with values in
/// place of expressions.
fn means(written: &str, ran: &str) -> bool {
    let mut ran_parts = ran.split(" / ");
    written.split(" / ").all(|part| {
        let with_matrix = |ran: &str| {
            ran.strip_prefix(part)
                .is_some_and(|values| values.starts_with(" (") && values.ends_with(')'))
        };
        ran_parts
            .next()
            .is_some_and(|ran| part_means(part, ran) || with_matrix(ran))
    })
}

/// Whether a text with expressions could have become this one. An expression alone could be
/// anything, and means nothing.
fn part_means(written: &str, ran: &str) -> bool {
    let mut pieces = Vec::new();
    let mut rest = written;
    while let Some((piece, after)) = rest.split_once("${{") {
        pieces.push(piece);
        rest = after.split_once("}}").map_or("", |(_, rest)| rest);
    }
    let Some((first, between)) = pieces.split_first() else {
        return written == ran;
    };
    let says_something = |piece: &str| piece.contains(char::is_alphanumeric);
    if !pieces
        .iter()
        .chain([&rest])
        .any(|piece| says_something(piece))
    {
        return false;
    }
    let Some(middle) = ran
        .strip_prefix(first)
        .and_then(|ran| ran.strip_suffix(rest))
    else {
        return false;
    };
    let mut left = middle;
    between.iter().all(|piece| match left.split_once(piece) {
        Some((_, after)) => {
            left = after;
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::instant_from_epoch as at;

    fn workflow(deploy_jobs: &[&str], later_jobs: &[&str]) -> DeployWorkflow {
        let list = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        DeployWorkflow {
            workflow: 7,
            path: ".github/workflows/deploy.yml".to_owned(),
            name: "Deploy".to_owned(),
            environment: "production".to_owned(),
            reason: String::new(),
            deploy_jobs: list(deploy_jobs),
            later_jobs: list(later_jobs),
            is_only_environment: true,
        }
    }

    /// A run that began at 100 and was changed last at 900. Jobs end at the given times.
    fn run(conclusion: Conclusion, jobs: Option<&[(&str, Conclusion, i64)]>) -> WorkflowRun {
        let job = |&(name, conclusion, end): &(&str, Conclusion, i64)| Job {
            name: name.to_owned(),
            conclusion: Some(conclusion),
            started: Some(at(end)),
            completed: Some(at(end)),
        };
        WorkflowRun {
            id: 1,
            attempt: 1,
            workflow: 7,
            event: "push".to_owned(),
            head: None,
            created: at(90),
            started: at(100),
            updated: at(900),
            conclusion: Some(conclusion),
            jobs: jobs.map(|jobs| jobs.iter().map(job).collect()),
        }
    }

    fn judged(run: &WorkflowRun, workflow: &DeployWorkflow) -> Option<(Outcome, i64)> {
        match verdict(run, workflow) {
            Verdict::Ended(ended) => Some((ended.outcome, ended.at.timestamp())),
            Verdict::Nothing | Verdict::JobsUnknown(_) => None,
        }
    }

    fn ended(run: &WorkflowRun, workflow: &DeployWorkflow) -> Ended {
        match verdict(run, workflow) {
            Verdict::Ended(ended) => ended,
            other => panic!("{other:?}"),
        }
    }

    use Conclusion::{Cancelled, Failure, Skipped, StartupFailure, Success, TimedOut};
    use Outcome::{Failed, Succeeded};

    #[test]
    fn a_deployment_came_through_when_its_deploy_job_did() {
        let jobs = [
            ("test", Success, 200),
            ("deploy", Success, 300),
            ("report", Failure, 400),
        ];
        assert_eq!(
            judged(&run(Failure, Some(&jobs)), &workflow(&["deploy"], &[])),
            Some((Succeeded, 300)),
            "a job that has nothing to do with it may fail"
        );
    }

    #[test]
    fn a_deployment_failed_when_its_deploy_job_or_a_later_one_failed() {
        let jobs = [("deploy", Success, 300), ("smoke", TimedOut, 400)];
        let smoke = ended(
            &run(Failure, Some(&jobs)),
            &workflow(&["deploy"], &["smoke"]),
        );
        assert_eq!((smoke.outcome, smoke.at), (Failed, at(300)));
        assert!(smoke.has_deployed);
        assert_eq!(
            smoke.detail,
            "its job `smoke` ended in timed_out after it had deployed"
        );
        let jobs = [("deploy", Failure, 300), ("smoke", Skipped, 300)];
        let broken = ended(
            &run(Failure, Some(&jobs)),
            &workflow(&["deploy"], &["smoke"]),
        );
        assert_eq!((broken.outcome, broken.at), (Failed, at(300)));
        assert!(!broken.has_deployed);
        assert_eq!(broken.detail, "its job `deploy` ended in failure");
    }

    #[test]
    fn a_run_that_never_came_to_deploying_says_nothing() {
        let deploy = workflow(&["deploy"], &["smoke"]);
        for (conclusion, jobs) in [
            (
                Failure,
                [
                    ("test", Failure, 200),
                    ("deploy", Skipped, 200),
                    ("smoke", Skipped, 200),
                ],
            ),
            (
                Success,
                [
                    ("test", Success, 200),
                    ("deploy", Skipped, 200),
                    ("smoke", Skipped, 200),
                ],
            ),
            (
                Cancelled,
                [
                    ("test", Success, 200),
                    ("deploy", Cancelled, 250),
                    ("smoke", Skipped, 250),
                ],
            ),
            // `if: always()`
            (
                Failure,
                [
                    ("test", Failure, 200),
                    ("deploy", Skipped, 200),
                    ("smoke", Failure, 300),
                ],
            ),
        ] {
            assert_eq!(
                judged(&run(conclusion, Some(&jobs)), &deploy),
                None,
                "{jobs:?}"
            );
        }
    }

    #[test]
    fn every_environment_of_a_chain_is_judged_by_its_own_jobs() {
        let jobs = [
            ("Deploy to UAT", Success, 200),
            ("Smoke tests on UAT", Success, 300),
            ("Deploy to production", Success, 400),
            ("Smoke tests on production", Failure, 500),
        ];
        let run = run(Failure, Some(&jobs));
        let uat = workflow(&["Deploy to UAT"], &["Smoke tests on UAT"]);
        let production = workflow(&["Deploy to production"], &["Smoke tests on production"]);
        assert_eq!(judged(&run, &uat), Some((Succeeded, 200)));
        assert_eq!(
            judged(&run, &production),
            Some((Failed, 400)),
            "it had deployed by then"
        );
    }

    #[test]
    fn a_matrix_counts_when_all_of_it_came_through() {
        let deploy = workflow(&["deploy"], &["Check ${{ matrix.region }}"]);
        let jobs = |us, check| {
            [
                ("deploy (eu)", Success, 200),
                ("deploy (us)", us, 300),
                ("Check eu", Success, 400),
                ("Check us", check, 500),
            ]
        };
        let judge = |us, check| judged(&run(Success, Some(&jobs(us, check))), &deploy);
        assert_eq!(judge(Success, Success), Some((Succeeded, 300)));
        assert_eq!(judge(Failure, Skipped), Some((Failed, 500)));
        assert_eq!(judge(Success, Failure), Some((Failed, 300)));
        assert_eq!(judge(Cancelled, Skipped), Some((Succeeded, 200)));
    }

    #[test]
    fn called_jobs_belong_to_their_caller() {
        let jobs = [
            ("staging / deploy", Failure, 200),
            ("Production / prepare", Success, 250),
            ("Production / deploy (eu, 1)", Success, 300),
        ];
        let run = run(Failure, Some(&jobs));
        let judge = |name: &str| judged(&run, &workflow(&[name], &[]));
        assert_eq!(judge("staging / deploy"), Some((Failed, 200)));
        assert_eq!(judge("Production / deploy"), Some((Succeeded, 300)));
        assert_eq!(judge("Production"), Some((Succeeded, 300)));
    }

    #[test]
    fn a_job_that_never_began_says_nothing() {
        let mut run = run(
            Failure,
            Some(&[("build", Success, 200), ("deploy", Failure, 300)]),
        );
        assert_eq!(
            judged(&run, &workflow(&["deploy"], &[])),
            Some((Failed, 300))
        );
        if let Some(jobs) = &mut run.jobs {
            jobs[1].started = None;
        }
        assert_eq!(judged(&run, &workflow(&["deploy"], &[])), None);
    }

    #[test]
    fn names_with_expressions_mean_what_they_can_become() {
        for (written, ran, is_meant) in [
            ("Deploy ${{ matrix.region }}", "Deploy eu", true),
            ("Deploy ${{ a }} to ${{ b }}", "Deploy web to uat", true),
            ("Deploy ${{ a }} to ${{ b }}", "Deploy web", false),
            ("Deploy ${{ matrix.region }}", "Check eu", false),
            ("${{ matrix.name }}", "anything", false),
            ("${{ a }} / deploy", "anything / deploy", false),
            ("deploy", "deployment", false),
            ("deploy", "deploy (eu)", true),
            ("Deploy (prod)", "Deploy (prod) (eu)", true),
            ("deploy", "deploy eu)", false),
            ("Deploy ${{ broken", "Deploy x", true),
        ] {
            assert_eq!(means(written, ran), is_meant, "{written} · {ran}");
        }
        // A job of exactly that name is meant, and no other.
        let jobs = [("Deploy", Success, 200), ("Deploy (prod)", Failure, 300)];
        assert_eq!(
            judged(&run(Failure, Some(&jobs)), &workflow(&["Deploy"], &[])),
            Some((Succeeded, 200))
        );
    }

    #[test]
    fn without_a_job_that_deploys_the_run_itself_is_judged() {
        let (nothing, deploy) = (workflow(&[], &[]), workflow(&["deploy"], &[]));
        assert_eq!(
            judged(&run(Success, None), &nothing),
            Some((Succeeded, 900))
        );
        assert_eq!(
            judged(&run(Failure, None), &nothing),
            Some((Failed, 900)),
            "no job would tell more"
        );
        assert_eq!(
            judged(&run(StartupFailure, Some(&[])), &deploy),
            Some((Failed, 900))
        );
        assert_eq!(judged(&run(Cancelled, None), &deploy), None);
        assert_eq!(judged(&run(Skipped, None), &deploy), None);
        let renamed = [("roll out", Failure, 300)];
        assert_eq!(
            judged(&run(Failure, Some(&renamed)), &deploy),
            Some((Failed, 300)),
            "no job is known to deploy"
        );
        let mut one_of_two = deploy.clone();
        one_of_two.is_only_environment = false;
        assert_eq!(judged(&run(Failure, Some(&renamed)), &one_of_two), None);
        let mut running = run(Success, None);
        running.conclusion = None;
        assert_eq!(verdict(&running, &deploy), Verdict::Nothing);
        let mut request = run(Failure, Some(&[]));
        request.event = "pull_request".to_owned();
        assert_eq!(verdict(&request, &deploy), Verdict::Nothing);
    }

    #[test]
    fn a_run_whose_jobs_were_not_read_is_not_judged() {
        let mut one_of_two = workflow(&[], &[]);
        one_of_two.is_only_environment = false;
        for (conclusion, has_failed) in [(Failure, true), (Success, false)] {
            let run = run(conclusion, None);
            let ended = run.ended().unwrap();
            let unknown = Verdict::JobsUnknown(UnjudgedRun { ended, has_failed });
            assert_eq!(verdict(&run, &workflow(&["deploy"], &[])), unknown);
            assert_eq!(verdict(&run, &one_of_two), unknown);
        }
    }

    #[test]
    fn a_called_workflow_that_was_skipped_deployed_nothing() {
        let deploy = workflow(&["production / deploy"], &[]);
        let jobs = [("test", Failure, 200), ("production", Skipped, 200)];
        assert_eq!(judged(&run(Failure, Some(&jobs)), &deploy), None);
        let jobs = [("test", Failure, 200)];
        assert_eq!(
            judged(&run(Failure, Some(&jobs)), &deploy),
            Some((Failed, 200)),
            "nothing says that it was skipped"
        );
    }

    #[test]
    fn jobs_that_a_repetition_of_others_carried_over_keep_their_times() {
        let mut again = run(
            Success,
            Some(&[("uat", Success, 150), ("production", Success, 5_200)]),
        );
        (again.attempt, again.started, again.updated) = (2, at(5_000), at(5_300));
        let uat = ended(&again, &workflow(&["uat"], &[]));
        assert_eq!((uat.at, uat.span), (at(150), (at(90), at(150))));
        let production = ended(&again, &workflow(&["production"], &[]));
        assert_eq!(production.at, at(5_200));
        assert_eq!(production.span, (at(5_000), at(5_200)));
    }
}
