//! What a sync asks for of runs, and what it keeps and covers.

use chrono::{DateTime, TimeDelta, Utc};

use super::Kind;
use super::simulated::{Desk, Run, Simulated, at, codes, covered};
use crate::model::github::{Conclusion, WorkflowRun};
use crate::sources::github::{Answer, GithubError};

const RUNS: &[Kind] = &[Kind::Runs];

/// So many instants, evenly from one to before another.
fn evenly(count: i32, from: &str, to: &str) -> Vec<DateTime<Utc>> {
    let (from, to) = (at(from), at(to));
    let step = TimeDelta::seconds((to - from).num_seconds() / i64::from(count));
    (0..count).map(|number| from + step * number).collect()
}

fn known(desk: &Desk) -> Vec<(u64, u32, Option<Conclusion>)> {
    let runs = desk.cached::<WorkflowRun>("shop").items;
    let known = runs.iter().map(|run| (run.id, run.attempt, run.conclusion));
    known.collect()
}

const SUCCESS: Option<Conclusion> = Some(Conclusion::Success);

#[test]
fn the_first_sync_reads_the_whole_lookback_with_one_question_per_page() {
    let times = evenly(3, "2026-01-10 00:00", "2026-03-01 00:00");
    let github = Simulated::with_runs(times);
    let desk = Desk::since("2026-01-01 12:00");
    let synced = desk.sync(&github, "2026-03-09 09:00", RUNS);
    assert_eq!(
        github.asked(),
        [
            "shop/actions/workflows",
            "shop/actions/workflows/7/runs?created=>=2026-01-01T12:00",
            "shop/actions/runs/3/attempts/1/jobs",
            "shop/actions/runs/2/attempts/1/jobs",
            "shop/actions/runs/1/attempts/1/jobs",
        ]
    );
    assert_eq!(
        known(&desk),
        [(1, 1, SUCCESS), (2, 1, SUCCESS), (3, 1, SUCCESS)]
    );
    assert_eq!(covered(&synced), ["01-01 12:00 to 03-09 09:00"]);
    assert_eq!((synced.kinds[0].known, synced.kinds[0].new), (3, 3));
    assert_eq!(codes(&synced), [""; 0]);
    let checked = desk.cached::<WorkflowRun>("shop").checked;
    assert_eq!(checked, Some(at("2026-03-09 09:00")));
}

#[test]
fn a_span_of_a_thousand_runs_is_halved_and_the_newest_half_comes_first() {
    // 1,200 in the second of four weeks, 60 in the others.
    let mut times = evenly(1_200, "2026-02-08 00:00", "2026-02-15 00:00");
    times.extend(evenly(60, "2026-02-15 00:00", "2026-03-01 00:00"));
    let github = Simulated::with_runs(times);
    let desk = Desk::since("2026-02-01 00:00");
    let synced = desk.sync(&github, "2026-03-01 00:00", RUNS);
    let spans: Vec<String> = github
        .asked_for("created=")
        .into_iter()
        .filter(|it| !it.contains("&page="))
        .map(|it| it.split("created=").nth(1).unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        spans,
        [
            ">=2026-02-01T00:00",
            ">=2026-02-15T00:00",
            "2026-02-01T00:00..2026-02-14T23:59:59Z",
            "2026-02-08T00:00..2026-02-14T23:59:59Z",
            "2026-02-11T12:00..2026-02-14T23:59:59Z",
            "2026-02-08T00:00..2026-02-11T11:59:59Z",
            "2026-02-01T00:00..2026-02-07T23:59:59Z",
        ]
    );
    assert_eq!(synced.kinds[0].known, 1_260);
    assert_eq!(covered(&synced), ["02-01 00:00 to 03-01 00:00"]);
    assert_eq!(codes(&synced), [""; 0]);
}

#[test]
fn more_than_a_thousand_in_a_minute_are_kept_as_far_as_they_come_and_the_minute_is_not_covered() {
    let github = Simulated::with_runs(vec![at("2026-02-08 00:00"); 1_100]);
    let desk = Desk::since("2026-02-07 23:59");
    let synced = desk.sync(&github, "2026-02-08 00:02", RUNS);
    assert_eq!(synced.kinds[0].known, 1_000);
    assert_eq!(codes(&synced), ["github-list-cut"]);
    assert!(
        synced.kinds[0]
            .coverage
            .windows()
            .iter()
            .all(|it| !it.contains(at("2026-02-08 00:00"))),
        "{:?}",
        covered(&synced)
    );
}

#[test]
fn a_server_that_pays_no_heed_to_spans_is_asked_finitely_often() {
    let mut github = Simulated::with_runs(vec![]);
    let body = r#"{"total_count":5000,"workflow_runs":[]}"#;
    let answer = Answer {
        body: body.as_bytes().to_vec(),
        ..Answer::default()
    };
    github.instead.push(("created=", Ok(answer)));
    let desk = Desk::since("2026-01-01 00:00");
    let synced = desk.sync(&github, "2026-03-09 09:00", RUNS);
    assert!(github.asked().len() < 2_100);
    assert!(synced.kinds[0].coverage.windows().is_empty());
}

#[test]
fn a_second_sync_asks_from_the_day_before_what_is_covered_and_only_for_new_jobs() {
    let mut github = Simulated::with_runs(evenly(3, "2026-01-10 00:00", "2026-03-01 00:00"));
    let desk = Desk::since("2026-01-01 12:00");
    desk.sync(&github, "2026-03-09 09:00", RUNS);
    github.asked();
    github.runs.push(Run {
        id: 4,
        workflow: 7,
        created: at("2026-03-10 08:00"),
        attempt: 1,
        conclusion: Some("failure"),
    });
    let synced = desk.sync(&github, "2026-03-10 09:00", RUNS);
    assert_eq!(
        github.asked(),
        [
            "shop/actions/workflows",
            "shop/actions/workflows/7/runs?created=>=2026-03-08T00:00",
            "shop/actions/runs/4/attempts/1/jobs",
        ]
    );
    assert_eq!((synced.kinds[0].known, synced.kinds[0].new), (4, 1));
    assert_eq!(covered(&synced), ["01-01 12:00 to 03-10 09:00"]);
}

#[test]
fn where_nothing_changed_a_day_of_syncs_costs_one_free_question_each() {
    let github = Simulated::with_runs([at("2026-03-08 07:00")]);
    let desk = Desk::since("2026-01-01 12:00");
    desk.sync(&github, "2026-03-09 09:00", RUNS);
    desk.sync(&github, "2026-03-09 10:00", RUNS);
    github.asked();
    let synced = desk.sync(&github, "2026-03-09 11:00", RUNS);
    assert_eq!(
        github.asked(),
        [
            "shop/actions/workflows",
            "shop/actions/workflows/7/runs?created=>=2026-03-08T00:00 with its tag",
        ]
    );
    assert_eq!(covered(&synced), ["01-01 12:00 to 03-09 11:00"]);
    assert_eq!(known(&desk), [(1, 1, SUCCESS)]);
}

#[test]
fn the_tag_of_a_first_page_says_nothing_of_a_second_one() {
    // Run 1 is on the second page, and is run again: the first page stays the same.
    let times = evenly(150, "2026-03-08 01:00", "2026-03-08 20:00");
    let mut github = Simulated::with_runs(times);
    github.runs[0].conclusion = Some("failure");
    let desk = Desk::since("2026-03-08 00:00");
    desk.sync(&github, "2026-03-08 21:00", RUNS);
    github.runs[0].attempt = 2;
    github.runs[0].conclusion = Some("success");
    desk.sync(&github, "2026-03-08 22:00", RUNS);
    assert_eq!(known(&desk)[0], (1, 2, SUCCESS));
}

#[test]
fn a_run_that_was_run_again_within_the_last_day_is_read_again_with_the_jobs_of_its_attempt() {
    let mut github = Simulated::with_runs([at("2026-03-08 20:00")]);
    github.runs[0].conclusion = Some("failure");
    let desk = Desk::since("2026-01-01 12:00");
    desk.sync(&github, "2026-03-09 09:00", RUNS);
    assert_eq!(known(&desk), [(1, 1, Some(Conclusion::Failure))]);
    github.runs[0].attempt = 2;
    github.runs[0].conclusion = Some("success");
    github.asked();
    desk.sync(&github, "2026-03-09 10:00", RUNS);
    assert_eq!(known(&desk), [(1, 2, SUCCESS)]);
    assert_eq!(
        github.asked_for("jobs"),
        ["shop/actions/runs/1/attempts/2/jobs"]
    );
}

#[test]
fn a_run_that_waited_for_days_is_asked_for_by_its_number_until_it_ended() {
    let mut github = Simulated::with_runs([at("2026-03-02 08:00")]);
    github.runs[0].conclusion = None;
    let desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-02 09:00", RUNS);
    assert_eq!(
        github.asked_for("runs/1"),
        [""; 0],
        "its jobs say nothing yet"
    );
    desk.sync(&github, "2026-03-05 09:00", RUNS);
    assert_eq!(known(&desk), [(1, 1, None)]);
    github.asked();
    github.runs[0].conclusion = Some("success");
    desk.sync(&github, "2026-03-07 09:00", RUNS);
    assert_eq!(known(&desk), [(1, 1, SUCCESS)]);
    assert_eq!(
        github.asked_for("runs/1"),
        [
            "shop/actions/runs/1?exclude_pull_requests=true",
            "shop/actions/runs/1/attempts/1/jobs"
        ]
    );
    desk.sync(&github, "2026-03-09 09:00", RUNS);
    assert_eq!(github.asked_for("runs/1"), [""; 0]);
}

#[test]
fn a_run_that_goes_on_inside_the_last_day_is_not_asked_for_twice() {
    let mut github = Simulated::with_runs([at("2026-03-08 02:00")]);
    github.runs[0].conclusion = None;
    let desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-09 09:00", RUNS);
    desk.sync(&github, "2026-03-09 10:00", RUNS);
    assert_eq!(github.asked_for("runs/1"), [""; 0]);
}

#[test]
fn an_interrupted_sync_keeps_what_it_has_and_the_next_one_asks_for_the_rest() {
    let mut times = evenly(600, "2026-02-01 00:00", "2026-02-15 00:00");
    times.extend(evenly(600, "2026-02-15 00:00", "2026-03-01 00:00"));
    let github = Simulated::with_runs(times);
    let desk = Desk::since("2026-02-01 00:00");
    // Workflows, the whole span, six pages of its newer half, two of its older one.
    github.patience.set(Some(10));
    let synced = desk.sync(
        &github,
        "2026-03-01 00:00",
        &[Kind::Runs, Kind::Deployments],
    );
    assert_eq!(synced.stopped, Some(GithubError::OutOfTime));
    assert_eq!(synced.kinds.len(), 1, "nothing else is asked for");
    assert_eq!(covered(&synced), ["02-15 00:00 to 03-01 00:00"]);
    assert_eq!(known(&desk).len(), 800);
    assert_eq!(desk.cached::<WorkflowRun>("shop").checked, None);
    github.asked();
    github.patience.set(None);
    let synced = desk.sync(&github, "2026-03-01 01:00", RUNS);
    let spans = github.asked_for("created=");
    let firsts: Vec<&String> = spans.iter().filter(|it| !it.contains("&page=")).collect();
    assert_eq!(
        firsts,
        [
            "shop/actions/workflows/7/runs?created=>=2026-02-28T00:00",
            "shop/actions/workflows/7/runs?created=2026-02-01T00:00..2026-02-14T23:59:59Z",
        ]
    );
    assert_eq!(covered(&synced), ["02-01 00:00 to 03-01 01:00"]);
    assert_eq!(known(&desk).len(), 1_200);
}

#[test]
fn jobs_that_were_read_before_an_interruption_are_not_asked_for_again() {
    let github = Simulated::with_runs(evenly(4, "2026-02-01 00:00", "2026-02-15 00:00"));
    let desk = Desk::since("2026-02-01 00:00");
    github.patience.set(Some(4));
    desk.sync(&github, "2026-03-01 00:00", RUNS);
    github.patience.set(None);
    github.asked();
    desk.sync(&github, "2026-03-01 01:00", RUNS);
    assert_eq!(
        github.asked_for("jobs"),
        [
            "shop/actions/runs/2/attempts/1/jobs",
            "shop/actions/runs/1/attempts/1/jobs"
        ]
    );
}

#[test]
fn an_empty_answer_erases_nothing_and_covers_nothing() {
    let mut github = Simulated::with_runs(evenly(4, "2026-03-08 01:00", "2026-03-08 20:00"));
    let desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-09 09:00", RUNS);
    let runs = std::mem::take(&mut github.runs);
    let synced = desk.sync(&github, "2026-03-10 09:00", RUNS);
    assert_eq!(known(&desk).len(), 4);
    assert_eq!(codes(&synced), ["github-answer-shrunken"]);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-09 09:00"]);
    // What came meanwhile is not missed once GitHub answers again.
    github.runs = runs;
    github.runs[3].created = at("2026-03-09 20:00");
    github.runs[3].id = 9;
    let synced = desk.sync(&github, "2026-03-12 09:00", RUNS);
    assert_eq!(known(&desk).len(), 5);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-12 09:00"]);
}

#[test]
fn one_run_that_somebody_deleted_stops_nothing_and_stays_known() {
    let mut github = Simulated::with_runs(evenly(4, "2026-03-08 01:00", "2026-03-08 20:00"));
    let desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-09 09:00", RUNS);
    github.runs.remove(1);
    let synced = desk.sync(&github, "2026-03-09 10:00", RUNS);
    assert_eq!(known(&desk).len(), 4);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-09 10:00"]);
    assert_eq!(codes(&synced), [""; 0]);
}

#[test]
fn an_answer_that_lists_fewer_than_it_says_covers_nothing() {
    let mut github = Simulated::with_runs([]);
    let row = r#"{"id":1,"workflow_id":7,"status":"completed","conclusion":"cancelled",
        "created_at":"2026-03-08T01:00:00Z"}"#;
    let body = format!(r#"{{"total_count":150,"workflow_runs":[{row}]}}"#);
    let answer = Answer {
        body: body.into_bytes(),
        ..Answer::default()
    };
    github.instead.push(("created=", Ok(answer)));
    let desk = Desk::since("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-03-09 09:00", RUNS);
    assert_eq!(
        (synced.kinds[0].known, codes(&synced)),
        (1, vec!["github-list-cut"])
    );
    assert_eq!(covered(&synced), [""; 0]);
}

#[test]
fn pages_that_lead_in_a_circle_end_and_cover_nothing() {
    let mut github = Simulated::with_runs([]);
    let answer = |next: &str| {
        let body = r#"{"total_count":300,"workflow_runs":[]}"#;
        Ok(Answer {
            body: body.as_bytes().to_vec(),
            next: Some(next.to_owned()),
            ..Answer::default()
        })
    };
    github
        .instead
        .push(("page=a", answer("repos/acme/shop/x?page=b")));
    github
        .instead
        .push(("page=b", answer("repos/acme/shop/x?page=a")));
    github
        .instead
        .push(("created=", answer("repos/acme/shop/x?page=a")));
    let desk = Desk::since("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-03-09 09:00", RUNS);
    assert_eq!(github.asked().len(), 4);
    assert_eq!(codes(&synced), ["github-list-cut"]);
    assert_eq!(covered(&synced), [""; 0]);
}

#[test]
fn a_longer_lookback_reads_only_what_lies_before() {
    let github = Simulated::with_runs(evenly(4, "2026-01-02 00:00", "2026-03-08 20:00"));
    let mut desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-09 09:00", RUNS);
    github.asked();
    desk.since = at("2026-01-01 00:00");
    let synced = desk.sync(&github, "2026-03-09 10:00", RUNS);
    assert_eq!(
        github.asked_for("created="),
        [
            "shop/actions/workflows/7/runs?created=>=2026-03-08T00:00",
            "shop/actions/workflows/7/runs?created=2026-01-01T00:00..2026-02-28T23:59:59Z",
        ]
    );
    assert_eq!(covered(&synced), ["01-01 00:00 to 03-09 10:00"]);
    assert_eq!(known(&desk).len(), 4);
}

#[test]
fn asking_since_a_day_reads_again_what_is_covered() {
    let mut github = Simulated::with_runs([at("2026-03-02 08:00")]);
    github.runs[0].conclusion = Some("failure");
    let mut desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-09 09:00", RUNS);
    github.runs[0].attempt = 2;
    github.runs[0].conclusion = Some("success");
    desk.sync(&github, "2026-03-09 10:00", RUNS);
    assert_eq!(
        known(&desk),
        [(1, 1, Some(Conclusion::Failure))],
        "long covered"
    );
    desk.reads_again = true;
    github.asked();
    desk.sync(&github, "2026-03-09 11:00", RUNS);
    assert_eq!(
        github.asked_for("created="),
        ["shop/actions/workflows/7/runs?created=>=2026-03-01T00:00"]
    );
    assert_eq!(known(&desk), [(1, 2, SUCCESS)]);
}

#[test]
fn a_workflow_that_is_gone_takes_nothing_from_the_others() {
    let mut github = Simulated::with_runs([at("2026-03-02 08:00")]);
    github.workflows = vec![5, 7];
    let gone = GithubError::NotFound {
        at: "repos/acme/shop/actions/workflows/5/runs".to_owned(),
    };
    github.instead.push(("workflows/5/", Err(gone)));
    let desk = Desk::since("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-03-09 09:00", RUNS);
    assert_eq!(known(&desk), [(1, 1, SUCCESS)]);
    assert_eq!(github.asked_for("jobs").len(), 1);
    assert_eq!(codes(&synced), ["github-not-read"]);
    assert_eq!(covered(&synced), [""; 0], "not of all workflows");
    let checked = desk.cached::<WorkflowRun>("shop").checked;
    assert_eq!(checked, Some(at("2026-03-09 09:00")));
}

#[test]
fn a_workflow_that_is_listed_no_more_has_no_more_runs() {
    let mut github = Simulated::with_runs([at("2026-03-02 08:00")]);
    github.workflows = vec![5, 7];
    let desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-09 09:00", RUNS);
    github.workflows = vec![7];
    let gone = GithubError::NotFound {
        at: "repos/acme/shop/actions/workflows/5/runs".to_owned(),
    };
    github.instead.push(("workflows/5/", Err(gone)));
    let synced = desk.sync(&github, "2026-03-12 09:00", RUNS);
    assert_eq!(codes(&synced), [""; 0]);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-12 09:00"]);
}

#[test]
fn jobs_that_cannot_be_read_are_asked_for_the_next_time_and_stop_nothing() {
    let mut github = Simulated::with_runs(evenly(2, "2026-03-02 08:00", "2026-03-04 08:00"));
    let broken = GithubError::BadAnswer {
        at: "repos/acme/shop/actions/runs/2/attempts/1/jobs".to_owned(),
        why: "it is HTML, no JSON".to_owned(),
    };
    github.instead.push(("runs/2/", Err(broken)));
    let desk = Desk::since("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-03-09 09:00", RUNS);
    assert_eq!(codes(&synced), ["github-not-read"]);
    github.instead.clear();
    github.asked();
    desk.sync(&github, "2026-03-09 10:00", RUNS);
    assert_eq!(
        github.asked_for("jobs"),
        ["shop/actions/runs/2/attempts/1/jobs"]
    );
}

#[test]
fn a_run_whose_jobs_are_gone_is_not_one_without_jobs() {
    let mut github = Simulated::with_runs(evenly(2, "2026-03-02 08:00", "2026-03-04 08:00"));
    let gone = GithubError::NotFound {
        at: "repos/acme/shop/actions/runs/2/attempts/1/jobs".to_owned(),
    };
    github.instead.push(("runs/2/", Err(gone)));
    let desk = Desk::since("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-03-09 09:00", RUNS);
    assert_eq!(codes(&synced), [""; 0]);
    let of = |id| {
        let cached = desk.cached::<WorkflowRun>("shop");
        let run = cached.items.into_iter().find(|it| it.id == id).unwrap();
        run.jobs.map(|jobs| jobs.len())
    };
    assert_eq!((of(1), of(2)), (Some(1), None));
}

#[test]
fn a_clock_that_was_set_back_loses_nothing() {
    let github = Simulated::with_runs([at("2026-03-02 08:00")]);
    let desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-09 09:00", RUNS);
    let synced = desk.sync(&github, "2026-03-05 09:00", RUNS);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-09 09:00"]);
    assert_eq!(synced.stopped, None);
}
