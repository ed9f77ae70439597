//! What GitHub says of the story, served to `dora sync`: runs with their jobs, issues, pull requests.
//! `project` knows what happened; here it takes the shapes that GitHub gives it.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::support::github_server::{GithubServer, Response, Seen};

use super::project::{Made, MadeIssue, MadePull, MadeRun};
use super::story::{Part, Run};

const REPO: &str = "/repos/acme/market";

/// A server that answers as GitHub would.
pub(super) fn serve(made: &Made) -> GithubServer {
    let server = GithubServer::start();
    server.on(
        &format!("{REPO}/actions/workflows"),
        vec![Response::json(&workflows().to_string())],
    );
    for part in Part::ALL {
        let mut runs: Vec<(DateTime<Utc>, Value)> = made
            .runs
            .iter()
            .filter(|run| run.part == part)
            .map(|run| (Shape::of(run).created, run_row(run)))
            .collect();
        runs.sort_by_key(|(created, run)| std::cmp::Reverse((*created, run["id"].as_u64())));
        server.on_request(
            "GET",
            &format!("{REPO}/actions/workflows/{}/runs", workflow_id(part)),
            move |seen| runs_page(&runs, seen),
        );
    }
    for run in &made.runs {
        let shape = Shape::of(run);
        let jobs = json!({ "total_count": shape.jobs.len(), "jobs": shape.jobs });
        server.on(
            &format!(
                "{REPO}/actions/runs/{}/attempts/{}/jobs",
                run.id, shape.attempt
            ),
            vec![Response::json(&jobs.to_string())],
        );
    }
    let labels = json!([{ "name": "bug" }, { "name": "incident" }, { "name": "outage" },
        { "name": "question" }, { "name": "sev1" }]);
    server.on(
        &format!("{REPO}/labels"),
        vec![Response::json(&labels.to_string())],
    );
    for issue in &made.issues {
        let event = json!([{ "event": "labeled", "label": { "name": issue.label },
            "created_at": rfc(issue.opened) }]);
        server.on(
            &format!("{REPO}/issues/{}/timeline", issue.number),
            vec![Response::json(&event.to_string())],
        );
    }
    let issues: Vec<Value> = made.issues.iter().map(issue_row).collect();
    server.on_request("GET", &format!("{REPO}/issues"), move |seen| {
        issues_page(&issues, seen)
    });
    let pulls = pulls_page(&made.pulls);
    server.on_request("POST", "/graphql", move |_| Response::json(&pulls));
    server
}

const fn workflow_id(part: Part) -> u64 {
    100 + part as u64
}

fn workflows() -> Value {
    let mut rows: Vec<Value> = Part::ALL
        .iter()
        .map(|&part| {
            json!({
                "id": workflow_id(part),
                "path": format!(".github/workflows/deploy-{}.yml", part.name()),
                "name": format!("Deploy {}", part.name()),
            })
        })
        .collect();
    rows.push(json!({ "id": 99, "path": ".github/workflows/ci.yml", "name": "CI" }));
    json!({ "total_count": rows.len(), "workflows": rows })
}

/// The parts of a query.
fn query(seen: &Seen) -> HashMap<String, String> {
    let (_, query) = seen.target.split_once('?').unwrap_or_default();
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| {
            let value = value
                .replace("%3E", ">")
                .replace("%3D", "=")
                .replace("%3A", ":");
            (name.to_owned(), value)
        })
        .collect()
}

/// A page of 100 runs that were created in the span of the question.
fn runs_page(runs: &[(DateTime<Utc>, Value)], seen: &Seen) -> Response {
    let query = query(seen);
    let created = &query["created"];
    let instant = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
    let (from, to) = match created.split_once("..") {
        Some((from, to)) => (instant(from), instant(to)),
        None => (
            instant(created.trim_start_matches(">=")),
            DateTime::<Utc>::MAX_UTC,
        ),
    };
    let within: Vec<&Value> = runs
        .iter()
        .filter(|(created, _)| from <= *created && *created <= to)
        .map(|(_, run)| run)
        .collect();
    let page: usize = query
        .get("page")
        .map_or(1, |page| page.parse().expect("a page"));
    let rows: Vec<&&Value> = within.iter().skip((page - 1) * 100).take(100).collect();
    let body = json!({ "total_count": within.len(), "workflow_runs": rows }).to_string();
    let response = Response::json(&body);
    if page * 100 >= within.len() {
        return response;
    }
    let rest = seen.target.split("&page=").next().unwrap_or_default();
    response.next(&format!("{{server}}{rest}&page={}", page + 1))
}

/// How a run looks from outside.
struct Shape {
    created: DateTime<Utc>,
    started: DateTime<Utc>,
    updated: DateTime<Utc>,
    attempt: u32,
    conclusion: &'static str,
    event: &'static str,
    jobs: Vec<Value>,
}

impl Shape {
    fn of(run: &MadeRun) -> Self {
        let (names, conclusion): ([Option<&str>; 5], &str) = match run.shape {
            Run::Green | Run::GreenSecondTime | Run::SmokeFlaked | Run::ByHand => {
                ([Some("success"); 5], "success")
            }
            Run::SmokeFailed => (ended(3, "failure", "skipped"), "failure"),
            Run::AnnouncementFailed => (ended(4, "failure", "skipped"), "failure"),
            Run::DeployFailed | Run::DeployFailedTwice | Run::RecordLost | Run::Declined => {
                (ended(2, "failure", "skipped"), "failure")
            }
            Run::DeployTimedOut => (ended(2, "timed_out", "skipped"), "timed_out"),
            Run::StagingFailed => (ended(1, "failure", "skipped"), "failure"),
            Run::BuildFailed | Run::PullRequestFailed => {
                (ended(0, "failure", "skipped"), "failure")
            }
            Run::Cancelled => (ended(2, "cancelled", "cancelled"), "cancelled"),
            Run::StartupFailure => ([None; 5], "startup_failure"),
        };
        let event = match run.shape {
            Run::PullRequestFailed => "pull_request",
            _ if run.is_dispatch => "workflow_dispatch",
            _ => "push",
        };
        let times = Times::of(run);
        let jobs: Vec<Value> = ["build", "staging", "production", "smoke-test", "announce"]
            .iter()
            .zip(names)
            .zip(times.jobs)
            .enumerate()
            .filter_map(|(index, ((name, conclusion), (from, to)))| {
                // A job whose approval is declined never gets a runner: it has no step.
                let never_began = run.shape == Run::Declined && *name == "production";
                let steps = match never_began || conclusion == Some("skipped") {
                    true => json!([]),
                    false => json!([{"name": "Set up job"}]),
                };
                Some(json!({
                    "steps": steps,
                    "id": run.id * 10 + index as u64,
                    "run_id": run.id,
                    "name": name,
                    "status": "completed",
                    "conclusion": conclusion?,
                    "started_at": rfc(from),
                    "completed_at": rfc(to),
                }))
            })
            .collect();
        Self {
            created: times.created,
            started: times.started,
            updated: times.updated,
            attempt: times.attempt,
            conclusion,
            event,
            jobs,
        }
    }
}

/// Jobs that passed before one, how that one ended, and how those after it did.
fn ended(at: usize, so: &'static str, later: &'static str) -> [Option<&'static str>; 5] {
    let mut jobs = [Some("success"); 5];
    for (index, job) in jobs.iter_mut().enumerate().skip(at) {
        *job = Some(if index == at { so } else { later });
    }
    jobs
}

/// When a run and its jobs were.
struct Times {
    created: DateTime<Utc>,
    started: DateTime<Utc>,
    updated: DateTime<Utc>,
    attempt: u32,
    jobs: [(DateTime<Utc>, DateTime<Utc>); 5],
}

impl Times {
    fn of(run: &MadeRun) -> Self {
        let seconds = |seconds: i64| Duration::seconds(seconds);
        let whole = (run.at - run.created).num_seconds();
        let part = |percent: i64| run.created + seconds(whole * percent / 100);
        // The production job ends a little after it has pushed the state file.
        let production = run.at + seconds(20);
        let smoke = production + seconds(110);
        let announced = smoke + seconds(25);
        let mut jobs = [
            (run.created + seconds(4), part(45)),
            (part(45) + seconds(3), part(65)),
            (part(65) + seconds(3), production),
            (production + seconds(4), smoke),
            (smoke + seconds(4), announced),
        ];
        let ran = match run.shape {
            Run::BuildFailed | Run::PullRequestFailed => 1,
            Run::StagingFailed => 2,
            Run::DeployFailed
            | Run::DeployFailedTwice
            | Run::DeployTimedOut
            | Run::RecordLost
            | Run::Declined
            | Run::Cancelled => 3,
            Run::SmokeFailed => 4,
            _ => 5,
        };
        let last = jobs[ran - 1].1;
        for job in &mut jobs[ran..] {
            *job = (last, last);
        }
        let mut times = Self {
            created: run.created,
            started: run.created,
            updated: last + seconds(5),
            attempt: 1,
            jobs,
        };
        match run.shape {
            // Only the jobs that failed run again; the others keep their times.
            Run::SmokeFlaked => {
                let again = announced + Duration::minutes(8);
                times.attempt = 2;
                times.started = again;
                times.jobs[3] = (again + seconds(4), again + seconds(114));
                times.jobs[4] = (again + seconds(118), again + seconds(140));
                times.updated = again + seconds(145);
            }
            Run::GreenSecondTime | Run::DeployFailedTwice => {
                let earlier = Duration::minutes(35);
                times.attempt = 2;
                times.created = run.created - earlier;
                times.started = times.jobs[2].0 - seconds(6);
                for job in &mut times.jobs[..2] {
                    *job = (job.0 - earlier, job.1 - earlier);
                }
            }
            Run::StartupFailure => times.updated = run.created + seconds(2),
            _ => {}
        }
        times
    }
}

fn run_row(run: &MadeRun) -> Value {
    let shape = Shape::of(run);
    json!({
        "id": run.id,
        "name": format!("Deploy {}", run.part.name()),
        "path": format!(".github/workflows/deploy-{}.yml", run.part.name()),
        "workflow_id": workflow_id(run.part),
        "run_attempt": shape.attempt,
        "event": shape.event,
        "status": "completed",
        "conclusion": shape.conclusion,
        "head_branch": "main",
        "head_sha": run.head,
        "created_at": rfc(shape.created),
        "run_started_at": rfc(shape.started),
        "updated_at": rfc(shape.updated),
    })
}

fn issue_row(issue: &MadeIssue) -> Value {
    json!({
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "labels": [{ "name": issue.label }],
        "state": "closed",
        "state_reason": "completed",
        "created_at": rfc(issue.opened),
        "updated_at": rfc(issue.closed),
        "closed_at": rfc(issue.closed),
    })
}

/// All issues of a label, last updated first: fewer than a page.
fn issues_page(issues: &[Value], seen: &Seen) -> Response {
    let query = query(seen);
    let mut rows: Vec<&Value> = issues
        .iter()
        .filter(|issue| {
            let has = |label: &String| issue["labels"][0]["name"] == label.as_str();
            query.get("labels").is_none_or(has)
        })
        .collect();
    assert!(rows.len() <= 100, "one page");
    rows.sort_by_key(|issue| std::cmp::Reverse(issue["updated_at"].to_string()));
    Response::json(&json!(rows).to_string())
}

fn pulls_page(pulls: &[MadePull]) -> String {
    let mut pulls: Vec<&MadePull> = pulls.iter().collect();
    assert!(pulls.len() <= 25, "one page");
    pulls.sort_by_key(|pull| std::cmp::Reverse(pull.merged));
    let nodes: Vec<Value> = pulls
        .iter()
        .map(|pull| {
            json!({
                "number": pull.number,
                "createdAt": rfc(pull.merged - Duration::hours(5)),
                "mergedAt": rfc(pull.merged),
                "updatedAt": rfc(pull.merged),
                "author": { "__typename": "User", "login": "somebody" },
                "mergeCommit": { "oid": pull.commit },
                "commits": { "pageInfo": { "hasNextPage": false }, "nodes": [] },
                "reviews": { "nodes": [] },
            })
        })
        .collect();
    let page = json!({ "pageInfo": { "hasNextPage": false, "endCursor": null }, "nodes": nodes });
    json!({ "data": { "repository": { "pullRequests": page } } }).to_string()
}

fn rfc(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
