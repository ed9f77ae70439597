//! Workflows, their runs and the jobs of a run. Runs are asked for by spans of `created`: with such a
//! filter GitHub gives 1,000 at the most, so the caller splits a span whose `total` reaches that. Which
//! workflows deploy is none of this file's business.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{IgnoredAny, IntoDeserializer};
use serde_json::value::RawValue;

use super::page::{List, Page, bad, body, object};
use super::row::{Unreadable, commit_id, text, time};
use super::rows::Reading;
use super::{Ask, GithubError, address};
use crate::model::github::{Conclusion, GithubRepository, Job, Workflow, WorkflowRun};
use crate::model::{Notice, Window};

/// Pages of workflows, and of the jobs of one attempt: 1,000 of each.
const MOST_PAGES: usize = 10;

const WORKFLOWS: List<'_, Workflow> = List {
    what: "workflows",
    key: Some("workflows"),
    read: &read_workflow,
};

const RUNS: List<'_, WorkflowRun> = List {
    what: "workflow runs",
    key: Some("workflow_runs"),
    read: &|row| read_run(row).map(Some),
};

const JOBS: List<'_, (u64, Job)> = List {
    what: "jobs",
    key: Some("jobs"),
    read: &read_job,
};

/// All workflows of a repository, each once.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn workflows(
    ask: &dyn Ask,
    repo: &GithubRepository,
) -> Result<(Vec<Workflow>, Vec<Notice>), GithubError> {
    let at = format!(
        "{}/actions/workflows?per_page=100",
        address::repository(repo)
    );
    let (mut workflows, notices) = WORKFLOWS.all(ask, at, MOST_PAGES)?;
    let mut seen = HashSet::new();
    workflows.retain(|workflow| seen.insert(workflow.id));
    Ok((workflows, notices))
}

/// The first page of the runs of a workflow that were created in a span, newest first. An empty span
/// asks nothing. `total` of 1,000 and more means that there are more than GitHub will give.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn page(
    ask: &dyn Ask,
    repo: &GithubRepository,
    workflow: u64,
    created: Window,
    etag: Option<&str>,
) -> Result<Page<WorkflowRun>, GithubError> {
    if created.start == created.end {
        return Ok(Page::default());
    }
    // GitHub knows seconds, and takes both ends as inside.
    let last = created.end - chrono::TimeDelta::nanoseconds(1);
    let (start, end) = (address::instant(created.start), address::instant(last));
    RUNS.page(
        ask,
        &runs_at(repo, workflow, &format!("{start}..{end}")),
        etag,
    )
}

/// The first page of the runs of a workflow since an instant, newest first. Its address stays the same
/// as time goes on, so that an entity tag holds.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn open_page(
    ask: &dyn Ask,
    repo: &GithubRepository,
    workflow: u64,
    since: DateTime<Utc>,
    etag: Option<&str>,
) -> Result<Page<WorkflowRun>, GithubError> {
    let created = format!("%3E%3D{}", address::instant(since));
    RUNS.page(ask, &runs_at(repo, workflow, &created), etag)
}

/// The page that `next` of another page names.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn next_page(
    ask: &dyn Ask,
    next: &str,
    etag: Option<&str>,
) -> Result<Page<WorkflowRun>, GithubError> {
    RUNS.page(ask, next, etag)
}

fn runs_at(repo: &GithubRepository, workflow: u64, created: &str) -> String {
    let repository = address::repository(repo);
    format!(
        "{repository}/actions/workflows/{workflow}/runs?created={created}&per_page=100\
         &exclude_pull_requests=true"
    )
}

/// One run as it stands now; `None` when GitHub has it no longer.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn run(
    ask: &dyn Ask,
    repo: &GithubRepository,
    id: u64,
) -> Result<Option<WorkflowRun>, GithubError> {
    let repository = address::repository(repo);
    let at = format!("{repository}/actions/runs/{id}?exclude_pull_requests=true");
    let answer = match ask.get(&at, None) {
        Err(GithubError::NotFound { .. }) => return Ok(None),
        answer => answer?,
    };
    let text = body(&answer, &at)?;
    let row: RunRow = object(&text, &at)?;
    let run = row.run().map_err(|Unreadable| bad(&at, "it is no run"))?;
    Ok(Some(run))
}

/// The jobs of one attempt of a run, each once.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn jobs(
    ask: &dyn Ask,
    repo: &GithubRepository,
    run: u64,
    attempt: u32,
) -> Result<(Vec<Job>, Vec<Notice>), GithubError> {
    let repository = address::repository(repo);
    let at = format!("{repository}/actions/runs/{run}/attempts/{attempt}/jobs?per_page=100");
    let (jobs, notices) = JOBS.all(ask, at, MOST_PAGES)?;
    let mut seen = HashSet::new();
    let jobs = jobs
        .into_iter()
        .filter(|(id, _)| seen.insert(*id))
        .map(|(_, job)| job);
    Ok((jobs.collect(), notices))
}

#[derive(Deserialize)]
struct WorkflowRow {
    id: u64,
    path: String,
    name: Option<String>,
}

fn read_workflow(row: &RawValue) -> Reading<Workflow> {
    let row: WorkflowRow = serde_json::from_str(row.get())?;
    Ok(Some(Workflow {
        id: row.id,
        path: text(Some(file_of(&row.path).to_owned())),
        name: text(row.name),
    }))
}

/// The path of a workflow file without the ref after `@` that some answers append. The name of a file
/// may hold an `@` itself.
fn file_of(path: &str) -> &str {
    let is_file = |path: &str| path.ends_with(".yml") || path.ends_with(".yaml");
    let before_at = |(end, _): (usize, &str)| &path[..end];
    let mut candidates = path.match_indices('@').map(before_at);
    if let Some(file) = candidates.find(|before| is_file(before)) {
        return file;
    }
    if is_file(path) {
        return path;
    }
    path.split('@').next().unwrap_or(path)
}

#[derive(Deserialize)]
struct RunRow {
    id: u64,
    run_attempt: Option<u64>,
    workflow_id: u64,
    event: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    head_sha: Option<String>,
    #[serde(default, deserialize_with = "time")]
    created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "time")]
    run_started_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "time")]
    updated_at: Option<DateTime<Utc>>,
}

impl RunRow {
    fn run(self) -> Result<WorkflowRun, Unreadable> {
        let created = self.created_at.ok_or(Unreadable)?;
        let started = self.run_started_at.unwrap_or(created);
        // Servers before attempts were counted do not say which one it is.
        let attempt = self.run_attempt.unwrap_or(1).max(1);
        Ok(WorkflowRun {
            id: self.id,
            attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
            workflow: self.workflow_id,
            event: text(self.event),
            head: commit_id(self.head_sha.as_deref()),
            created,
            started,
            updated: self.updated_at.unwrap_or(started),
            conclusion: conclusion(self.status.as_deref(), self.conclusion.as_deref()),
            jobs: None,
        })
    }
}

fn read_run(row: &RawValue) -> Result<WorkflowRun, Unreadable> {
    serde_json::from_str::<RunRow>(row.get())?.run()
}

#[derive(Deserialize)]
struct JobRow {
    id: u64,
    name: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    #[serde(default, deserialize_with = "time")]
    started_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "time")]
    completed_at: Option<DateTime<Utc>>,
    steps: Option<Vec<IgnoredAny>>,
}

fn read_job(row: &RawValue) -> Reading<(u64, Job)> {
    let row: JobRow = serde_json::from_str(row.get())?;
    let job = Job {
        name: text(row.name),
        conclusion: conclusion(row.status.as_deref(), row.conclusion.as_deref()),
        // A job that never got a runner (its approval was declined) has times, but no step.
        started: row
            .started_at
            .filter(|_| row.steps.is_none_or(|steps| !steps.is_empty())),
        completed: row.completed_at,
    };
    Ok(Some((row.id, job)))
}

/// How something ended: only what is completed has, and a run that is being repeated may still carry
/// the word of its attempt before.
fn conclusion(status: Option<&str>, word: Option<&str>) -> Option<Conclusion> {
    let word = word.filter(|word| !word.is_empty() && status == Some("completed"))?;
    let word: StrDeserializer<'_, WordError> = word.into_deserializer();
    Conclusion::deserialize(word).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::instant_from_epoch;
    use crate::sources::github::Answer;
    use crate::sources::github::scripted::{Scripted, at, fixture, shop};

    const WORKFLOWS_AT: &str = "repos/acme/shop/actions/workflows?per_page=100";
    const JANUARY_22: &str = "repos/acme/shop/actions/workflows/161335/runs?created=\
        2026-01-22T00:00:00Z..2026-01-22T23:59:59Z&per_page=100&exclude_pull_requests=true";
    const JOBS_AT: &str = "repos/acme/shop/actions/runs/30433642001/attempts/300/jobs?per_page=100";

    fn january_22() -> Window {
        Window::new(at("2026-01-22T00:00:00Z"), at("2026-01-23T00:00:00Z"))
    }

    fn page_of(body: impl Into<Vec<u8>>) -> Result<Page<WorkflowRun>, GithubError> {
        let github = Scripted::default().on(JANUARY_22, body);
        page(&github, &shop(), 161_335, january_22(), None)
    }

    fn one_run(fields: &str) -> WorkflowRun {
        let body = format!(
            r#"{{"total_count":1,"workflow_runs":[{{"id":1,"workflow_id":2,
            "created_at":"2026-01-22T10:00:00Z"{fields}}}]}}"#
        );
        page_of(body).unwrap().items.remove(0)
    }

    #[test]
    fn workflows_are_known_by_number_and_file() {
        let github = Scripted::default().on(WORKFLOWS_AT, fixture("workflows.json"));
        let (workflows, notices) = workflows(&github, &shop()).unwrap();
        let found: Vec<_> = workflows
            .iter()
            .map(|it| (it.id, it.path.as_str(), it.name.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (161_335, ".github/workflows/release.yml", "Release"),
                (269_289, ".github/workflows/deploy@night.yaml", ""),
                (269_290, "dynamic/github-code-scanning/codeql", "CodeQL"),
            ]
        );
        assert_eq!(notices.len(), 1);
        assert_eq!(notices[0].code, "github-row-unreadable");
        assert_eq!(
            notices[0].message,
            "1 of 4 workflows at repos/acme/shop/actions/workflows cannot be read: left out"
        );
        assert!(notices[0].incomplete);
    }

    #[test]
    fn the_ref_after_a_workflow_file_is_taken_off() {
        for (path, file) in [
            (
                ".github/workflows/build.yml@main",
                ".github/workflows/build.yml",
            ),
            (
                ".github/workflows/build.yml@refs/tags/a.yml",
                ".github/workflows/build.yml",
            ),
            (".github/workflows/build.yml", ".github/workflows/build.yml"),
            (".github/workflows/a@b.yml", ".github/workflows/a@b.yml"),
            (
                ".github/workflows/a@b.yaml@main",
                ".github/workflows/a@b.yaml",
            ),
            ("dynamic/pages/build@main", "dynamic/pages/build"),
            ("", ""),
        ] {
            assert_eq!(file_of(path), file, "{path}");
        }
    }

    #[test]
    fn all_pages_of_workflows_are_read_and_each_workflow_counts_once() {
        let row = |id: u64| format!(r#"{{"id":{id},"path":"{id}.yml"}}"#);
        let body = |rows: &[u64]| {
            let rows: Vec<_> = rows.iter().map(|&id| row(id)).collect();
            format!(r#"{{"total_count":3,"workflows":[{}]}}"#, rows.join(","))
        };
        let github = Scripted::default()
            .on_with_next(
                WORKFLOWS_AT,
                body(&[1, 2]),
                "https://api.github.com/repositories/9/2",
            )
            .on("https://api.github.com/repositories/9/2", body(&[2, 3]));
        let (workflows, notices) = workflows(&github, &shop()).unwrap();
        let ids: Vec<_> = workflows.iter().map(|workflow| workflow.id).collect();
        assert_eq!(ids, [1, 2, 3]);
        assert_eq!(notices, []);
    }

    #[test]
    fn a_page_that_leads_to_itself_is_read_once() {
        let body = r#"{"total_count":1,"workflows":[{"id":1,"path":"a.yml"}]}"#;
        let github = Scripted::default().on_with_next(WORKFLOWS_AT, body, WORKFLOWS_AT);
        let (workflows, notices) = workflows(&github, &shop()).unwrap();
        assert_eq!(workflows.len(), 1);
        assert_eq!(github.asked().len(), 1);
        assert_eq!(notices[0].code, "github-list-cut");
        assert!(notices[0].incomplete);
    }

    #[test]
    fn no_more_than_ten_pages_of_workflows_are_read() {
        let mut github = Scripted::default();
        let address = |page: usize| match page {
            0 => WORKFLOWS_AT.to_owned(),
            page => format!("page-{page}"),
        };
        for page in 0..12 {
            let body = format!(r#"{{"workflows":[{{"id":{page},"path":"a.yml"}}]}}"#);
            github = github.on_with_next(&address(page), body, &address(page + 1));
        }
        let (workflows, notices) = workflows(&github, &shop()).unwrap();
        assert_eq!(workflows.len(), 10);
        assert_eq!(notices[0].code, "github-list-cut");
    }

    #[test]
    fn a_span_is_asked_for_to_its_last_second() {
        let github = Scripted::default().on(JANUARY_22, fixture("runs.json"));
        let found = page(&github, &shop(), 161_335, january_22(), None).unwrap();
        assert_eq!(github.asked(), [JANUARY_22]);
        assert_eq!(found.total, Some(1_042));
        assert_eq!(found.items.len(), 5);

        let half = Window::new(at("2026-01-22T00:00:00.5Z"), at("2026-01-22T00:00:09.5Z"));
        let github = Scripted::default();
        page(&github, &shop(), 7, half, None).unwrap_err();
        assert!(github.asked()[0].contains("=2026-01-22T00:00:00Z..2026-01-22T00:00:09Z&"));
    }

    #[test]
    fn an_empty_span_asks_nothing() {
        let github = Scripted::default();
        let nothing = Window::new(instant_from_epoch(5), instant_from_epoch(5));
        let found = page(&github, &shop(), 7, nothing, None).unwrap();
        assert_eq!(found, Page::default());
        assert_eq!(github.asked(), [""; 0]);
    }

    #[test]
    fn runs_since_an_instant_have_an_address_that_stays() {
        let address = "repos/acme/shop/actions/workflows/7/runs?created=%3E%3D2026-01-22T10:00:00Z\
            &per_page=100&exclude_pull_requests=true";
        let answer = Answer {
            etag: None,
            is_unchanged: true,
            ..Answer::default()
        };
        let github = Scripted::default().answers(address, answer);
        let since = at("2026-01-22T10:00:00Z");
        let found = open_page(&github, &shop(), 7, since, Some("W/\"a\"")).unwrap();
        assert_eq!(github.asked(), [format!("{address} W/\"a\"")]);
        assert!(found.is_unchanged);
        assert_eq!(found.items, []);
        assert_eq!(
            found.etag.as_deref(),
            Some("W/\"a\""),
            "the known one still holds"
        );
    }

    #[test]
    fn nothing_changed_is_no_answer_to_a_first_question() {
        let answer = Answer {
            is_unchanged: true,
            ..Answer::default()
        };
        let github = Scripted::default().answers(JANUARY_22, answer);
        let error = page(&github, &shop(), 161_335, january_22(), None).unwrap_err();
        assert!(matches!(error, GithubError::BadAnswer { .. }), "{error}");
    }

    #[test]
    fn a_run_is_its_last_attempt_with_its_own_times() {
        let run = page_of(fixture("runs.json")).unwrap().items.remove(0);
        let expected = WorkflowRun {
            id: 30_433_642_001,
            attempt: 300,
            workflow: 161_335,
            event: "push".to_owned(),
            head: commit_id(Some("acb5820ced9479c074f688cc328bf03f341a511d")),
            created: at("2026-01-22T19:33:08Z"),
            started: at("2026-01-22T19:40:00Z"),
            updated: at("2026-01-22T19:53:08Z"),
            conclusion: Some(Conclusion::TimedOut),
            jobs: None,
        };
        assert_eq!(run, expected);
    }

    #[test]
    fn what_a_run_does_not_say_is_the_first_attempt_at_its_creation() {
        let run = page_of(fixture("runs.json")).unwrap().items.remove(1);
        assert_eq!(run.attempt, 1);
        assert_eq!(run.started, at("2026-01-22T18:00:00Z"));
        assert_eq!(run.head, None, "an id of 64 digits is no SHA-1");
        assert_eq!(run.conclusion, Some(Conclusion::Success));
        for (fields, attempt) in [
            (r#","run_attempt":null"#, 1),
            (r#","run_attempt":0"#, 1),
            (r#","run_attempt":256"#, 256),
            (r#","run_attempt":5000000000"#, u32::MAX),
        ] {
            assert_eq!(one_run(fields).attempt, attempt, "{fields}");
        }
    }

    #[test]
    fn only_a_completed_run_has_a_conclusion() {
        let runs = page_of(fixture("runs.json")).unwrap().items;
        assert_eq!(
            runs[2].conclusion, None,
            "the word is of the attempt before"
        );
        assert_eq!(runs[2].attempt, 2);
        assert_eq!(runs[2].head, None, "zeros name no commit");
        assert_eq!(runs[2].updated, runs[2].started, "the year 1 is no time");
        assert_eq!(runs[3].conclusion, Some(Conclusion::Other));
        assert_eq!(runs[3].event, "");
        assert_eq!(runs[4].conclusion, None, "an empty word is none");
        for status in [
            "queued",
            "in_progress",
            "waiting",
            "requested",
            "pending",
            "later",
        ] {
            let fields = format!(r#","status":"{status}","conclusion":"success""#);
            assert_eq!(one_run(&fields).conclusion, None, "{status}");
        }
        assert_eq!(
            one_run(r#","status":null,"conclusion":"success""#).conclusion,
            None
        );
        for (word, conclusion) in [
            ("success", Conclusion::Success),
            ("failure", Conclusion::Failure),
            ("timed_out", Conclusion::TimedOut),
            ("startup_failure", Conclusion::StartupFailure),
            ("cancelled", Conclusion::Cancelled),
            ("skipped", Conclusion::Skipped),
            ("neutral", Conclusion::Neutral),
            ("stale", Conclusion::Stale),
            ("action_required", Conclusion::ActionRequired),
        ] {
            let fields = format!(r#","status":"completed","conclusion":"{word}""#);
            assert_eq!(one_run(&fields).conclusion, Some(conclusion), "{word}");
        }
    }

    #[test]
    fn bad_rows_are_counted_and_lose_no_other() {
        let found = page_of(fixture("runs-with-broken-rows.json")).unwrap();
        let ids: Vec<_> = found.items.iter().map(|run| run.id).collect();
        assert_eq!(ids, [6]);
        assert_eq!(found.total, None, "a total that is no number is none");
        assert_eq!(found.notices.len(), 1);
        assert_eq!(found.notices[0].code, "github-row-unreadable");
        assert_eq!(found.notices[0].count, 8);
        assert!(!found.notices[0].message.contains("octocat"));
    }

    #[test]
    fn a_body_that_is_no_page_is_a_bad_answer_and_is_not_quoted() {
        for name in [
            "broken-html.json",
            "broken-message.json",
            "broken-truncated.json",
            "broken-text.json",
        ] {
            let error = page_of(fixture(name)).unwrap_err();
            assert!(
                matches!(error, GithubError::BadAnswer { .. }),
                "{name}: {error}"
            );
        }
        let too_many = format!(r#"{{"workflow_runs":[{}0]}}"#, "0,".repeat(1_000));
        for body in [
            "",
            "[]",
            "null",
            r#"{"workflow_runs":null}"#,
            r#"{"workflow_runs":{"octocat":1}}"#,
            r#"{"workflow_runs":[]} trailing"#,
            &too_many,
        ] {
            let error = page_of(body).unwrap_err();
            let GithubError::BadAnswer { at, why } = error else {
                panic!("{body}: {error}");
            };
            assert_eq!(at, "repos/acme/shop/actions/workflows/161335/runs");
            assert!(!why.contains("octocat"), "{why}");
        }
    }

    #[test]
    fn bytes_that_are_no_utf_8_lose_no_page() {
        let mut body = br#"{"workflow_runs":[{"id":1,"workflow_id":2,"event":""#.to_vec();
        body.extend(b"\xff\xfe\",\"created_at\":\"2026-01-22T10:00:00Z\"}]}");
        assert_eq!(page_of(body).unwrap().items[0].event, "\u{fffd}\u{fffd}");
    }

    #[test]
    fn deep_nesting_in_what_is_not_needed_does_no_harm() {
        let deep = format!(
            r#","payload":{}{}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(one_run(&deep).id, 1);
    }

    #[test]
    fn the_next_page_is_where_the_answer_says() {
        let github = Scripted::default()
            .on_with_next(
                JANUARY_22,
                fixture("runs.json"),
                "https://api.github.com/x?page=2",
            )
            .on(
                "https://api.github.com/x?page=2",
                r#"{"total_count":1042,"workflow_runs":[]}"#,
            );
        let first = page(&github, &shop(), 161_335, january_22(), None).unwrap();
        let second = next_page(&github, first.next.as_deref().unwrap(), None).unwrap();
        assert_eq!((second.items.len(), second.next), (0, None));
    }

    #[test]
    fn one_run_is_read_by_its_number() {
        let address = "repos/acme/shop/actions/runs/6?exclude_pull_requests=true";
        let body = r#"{"id":6,"workflow_id":7,"created_at":"2026-01-22T10:00:00Z"}"#;
        let github = Scripted::default().on(address, body);
        let found = run(&github, &shop(), 6).unwrap().unwrap();
        assert_eq!((found.id, found.workflow), (6, 7));
        assert_eq!(run(&github, &shop(), 8), Ok(None), "deleted");
        let github = Scripted::default().on(address, r#"{"id":6,"workflow_id":7}"#);
        let error = run(&github, &shop(), 6).unwrap_err();
        assert!(matches!(error, GithubError::BadAnswer { .. }), "{error}");
        let github = Scripted::default().fails(address, GithubError::Unauthorized);
        assert_eq!(run(&github, &shop(), 6), Err(GithubError::Unauthorized));
    }

    #[test]
    fn jobs_are_those_of_one_attempt() {
        let github = Scripted::default().on(JOBS_AT, fixture("jobs.json"));
        let (jobs, notices) = jobs(&github, &shop(), 30_433_642_001, 300).unwrap();
        let job = |name: &str, conclusion, started: Option<&str>, completed: Option<&str>| Job {
            name: name.to_owned(),
            conclusion,
            started: started.map(at),
            completed: completed.map(at),
        };
        assert_eq!(
            jobs,
            [
                job(
                    "deploy (eu)",
                    Some(Conclusion::Success),
                    Some("2026-01-22T19:40:10Z"),
                    Some("2026-01-22T19:44:39Z")
                ),
                job(
                    "deploy (us)",
                    Some(Conclusion::Failure),
                    Some("2026-01-22T19:42:40Z"),
                    Some("2026-01-22T19:50:00Z")
                ),
                job(
                    "release / production",
                    None,
                    Some("2026-01-22T19:50:00Z"),
                    None
                ),
                job(
                    "",
                    Some(Conclusion::Skipped),
                    None,
                    Some("2026-01-22T19:50:01Z")
                ),
            ]
        );
        assert_eq!(notices, []);
    }

    #[test]
    fn a_job_without_a_step_never_began() {
        let row = |steps: &str| {
            let times =
                r#""started_at":"2026-01-22T19:40:10Z","completed_at":"2026-01-22T19:44:39Z""#;
            format!(
                r#"{{"jobs":[{{"id":1,"name":"deploy","status":"completed","conclusion":"failure",{times}{steps}}}]}}"#
            )
        };
        for (steps, began) in [
            ("", true),
            (r#","steps":null"#, true),
            (r#","steps":[]"#, false),
            (r#","steps":[{"name":"x"}]"#, true),
        ] {
            let github = Scripted::default().on(JOBS_AT, row(steps));
            let (jobs, _) = jobs(&github, &shop(), 30_433_642_001, 300).unwrap();
            assert_eq!(jobs[0].started.is_some(), began, "{steps}");
            assert!(jobs[0].completed.is_some());
        }
    }

    #[test]
    fn a_job_on_two_pages_is_one_job() {
        let row = r#"{"jobs":[{"id":1,"name":"deploy"}]}"#;
        let github = Scripted::default()
            .on_with_next(JOBS_AT, row, "page-2")
            .on("page-2", row);
        let (jobs, _) = jobs(&github, &shop(), 30_433_642_001, 300).unwrap();
        assert_eq!(jobs.len(), 1);
    }
}
