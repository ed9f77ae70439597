//! What one run of a deploy workflow means for an environment (spec 2.6, `attempt` and `run`): judged
//! by the jobs that deploy to it and those that come after, where they are known, else as a whole.
//! Which jobs these are is decided in `deploy_workflows`.

use chrono::{DateTime, Utc};

use crate::model::github::{Conclusion, Job, Outcome, WorkflowRun};

use super::deploy_workflows::DeployWorkflow;

/// Longest name of a job inside a sentence, in characters.
const LONGEST_NAME: usize = 80;

/// Triggers whose runs check a change before it is merged.
const BEFORE_A_MERGE: [&str; 3] = ["pull_request", "pull_request_target", "merge_group"];

/// How a run ended for the environment of a deploy workflow: outcome, time, and why in words (which
/// may hold foreign text). `None` when it has not ended or says nothing: it never came to deploying,
/// or was cancelled.
///
/// A run of which no job is known to deploy is judged as a whole, unless it belongs to a pull
/// request.
pub fn verdict(
    run: &WorkflowRun,
    workflow: &DeployWorkflow,
) -> Option<(Outcome, DateTime<Utc>, String)> {
    let ended = run.ended()?;
    let conclusion = run.conclusion?;
    let jobs = run.jobs.as_deref().unwrap_or_default();
    let deploy = matching(jobs, &workflow.deploy_jobs);
    if deploy.is_empty() {
        let outcome = conclusion.outcome();
        let says_nothing =
            outcome == Outcome::Nothing || BEFORE_A_MERGE.contains(&run.event.as_str());
        let detail = format!("the run ended in {}", conclusion.name());
        return (!says_nothing).then_some((outcome, ended, detail));
    }
    // Without a deployment that began there is nothing that a later job could say about it.
    if deploy.iter().all(|job| outcome_of(job) == Outcome::Nothing) {
        return None;
    }
    let mut later = matching(jobs, &workflow.later_jobs);
    later.retain(|job| !deploy.iter().any(|other| std::ptr::eq(*job, *other)));
    let end_of = |jobs: &mut dyn Iterator<Item = &&Job>| {
        let last = jobs.filter_map(|job| job.completed).max();
        last.map_or(ended, |last| last.max(run.started))
    };
    let has_failed = |job: &&&Job| outcome_of(job) == Outcome::Failed;
    let failed = deploy.iter().chain(&later).find(has_failed);
    if let Some(job) = failed {
        let after = match deploy.iter().any(|job| outcome_of(job) == Outcome::Failed) {
            true => "",
            false => " after it had deployed",
        };
        let detail = format!(
            "its job `{}` ended in {}{after}",
            short(&job.name),
            said(job)
        );
        let end = end_of(&mut deploy.iter().chain(&later));
        return Some((Outcome::Failed, end, detail));
    }
    let succeeded = |job: &&&Job| outcome_of(job) == Outcome::Succeeded;
    let last = deploy
        .iter()
        .filter(succeeded)
        .max_by_key(|job| job.completed)?;
    let detail = format!("its job `{}` ended in {}", short(&last.name), said(last));
    let end = end_of(&mut deploy.iter().filter(succeeded));
    Some((Outcome::Succeeded, end, detail))
}

fn outcome_of(job: &Job) -> Outcome {
    job.conclusion.map_or(Outcome::Nothing, Conclusion::outcome)
}

fn said(job: &Job) -> &'static str {
    job.conclusion.map_or("nothing", Conclusion::name)
}

/// The jobs of a run that one of these names means.
fn matching<'a>(jobs: &'a [Job], names: &[String]) -> Vec<&'a Job> {
    let is_meant = |job: &&Job| names.iter().any(|name| means(name, &job.name));
    jobs.iter().filter(is_meant).collect()
}

/// Whether a name in a file means a job that ran: the same name; with the values of its matrix
/// behind it (`deploy (eu)`); with the name of a job that it calls (`production / deploy`); with
/// values in place of expressions.
fn means(written: &str, ran: &str) -> bool {
    if written == ran {
        return true;
    }
    let mut ran_parts = ran.split(" / ");
    written.split(" / ").all(|part| {
        ran_parts
            .next()
            .is_some_and(|ran| part_means(part, ran) || part_means(part, without_matrix(ran)))
    })
}

/// `deploy (eu, 2)` → `deploy`.
fn without_matrix(name: &str) -> &str {
    match name
        .strip_suffix(')')
        .and_then(|name| name.split_once(" ("))
    {
        Some((name, _)) => name,
        None => name,
    }
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
    let says_something = |piece: &&str| piece.contains(char::is_alphanumeric);
    if !pieces
        .iter()
        .chain([&rest])
        .any(|piece| says_something(&piece))
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

/// A foreign name, cut where it is too long for a sentence.
fn short(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
