//! What a sync asks for of deployments and pull requests, and which faults end it.

use chrono::{DateTime, Utc};

use super::simulated::{Desk, Run, Simulated, acme, at, codes, covered};
use super::{Kind, Synced};
use crate::model::github::{GithubDeployment, GithubRepository, PullRequest, WorkflowRun};
use crate::sources::github::GithubError;

const DEPLOYMENTS: &[Kind] = &[Kind::Deployments];
const PULLS: &[Kind] = &[Kind::Pulls];

fn two_deployments() -> Simulated {
    Simulated {
        deployments: vec![
            (1, "production", at("2026-03-02 08:00")),
            (2, "production", at("2026-03-05 08:00")),
        ],
        statuses: [
            // The newest status of an old good deployment is `inactive`.
            (
                1,
                vec![(1, "in_progress"), (5, "success"), (900, "inactive")],
            ),
            (2, vec![(1, "in_progress")]),
        ]
        .into(),
        ..Simulated::default()
    }
}

fn succeeded(desk: &Desk) -> Vec<(u64, Option<DateTime<Utc>>)> {
    let items = desk.cached::<GithubDeployment>("shop").items;
    items.iter().map(|it| (it.id, it.succeeded)).collect()
}

#[test]
fn statuses_are_asked_for_until_a_deployment_came_to_an_end() {
    let mut github = two_deployments();
    let desk = Desk::since("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-03-05 09:00", DEPLOYMENTS);
    assert_eq!(
        github.asked(),
        [
            "shop/deployments",
            "shop/deployments/2/statuses",
            "shop/deployments/1/statuses"
        ]
    );
    assert_eq!(
        succeeded(&desk),
        [(1, Some(at("2026-03-02 08:05"))), (2, None)]
    );
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-05 09:00"]);
    github
        .statuses
        .insert(2, vec![(1, "in_progress"), (90, "success")]);
    desk.sync(&github, "2026-03-05 10:00", DEPLOYMENTS);
    assert_eq!(
        github.asked(),
        [
            "shop/deployments with its tag",
            "shop/deployments/2/statuses"
        ]
    );
    assert_eq!(succeeded(&desk)[1], (2, Some(at("2026-03-05 09:30"))));
    desk.sync(&github, "2026-03-05 11:00", DEPLOYMENTS);
    assert_eq!(github.asked(), ["shop/deployments with its tag"]);
}

#[test]
fn a_listing_of_deployments_ends_with_the_page_that_is_known() {
    let mut github = Simulated::default();
    let minute = chrono::TimeDelta::minutes(30);
    for number in 0..450 {
        let created = at("2026-02-20 00:00") + minute * (number as i32);
        github.deployments.push((number, "pr-7", created));
    }
    let desk = Desk::since("2026-02-25 00:00");
    desk.sync(&github, "2026-03-01 09:00", DEPLOYMENTS);
    // 48 a day: the four days and nine hours of the lookback are on three pages.
    let pages = [
        "shop/deployments",
        "shop/deployments&page=2",
        "shop/deployments&page=3",
    ];
    assert_eq!(
        github.asked(),
        pages,
        "nobody asks for the statuses of previews"
    );
    github
        .deployments
        .push((999, "pr-8", at("2026-03-01 09:30")));
    desk.sync(&github, "2026-03-01 10:00", DEPLOYMENTS);
    assert_eq!(github.asked(), ["shop/deployments with its tag"]);
}

#[test]
fn that_nothing_changed_says_nothing_of_what_was_never_read() {
    let github = two_deployments();
    let mut desk = Desk::since("2026-03-04 00:00");
    desk.sync(&github, "2026-03-05 09:00", DEPLOYMENTS);
    assert_eq!(succeeded(&desk).len(), 1);
    github.asked();
    desk.since = at("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-03-05 10:00", DEPLOYMENTS);
    assert_eq!(github.asked()[0], "shop/deployments");
    assert_eq!(succeeded(&desk).len(), 2);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-05 10:00"]);
}

#[test]
fn an_empty_list_of_deployments_erases_nothing_and_covers_nothing() {
    let mut github = two_deployments();
    let desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-05 09:00", DEPLOYMENTS);
    github.deployments.clear();
    let synced = desk.sync(&github, "2026-03-06 09:00", DEPLOYMENTS);
    assert_eq!(succeeded(&desk).len(), 2);
    assert_eq!(codes(&synced), ["github-answer-shrunken"]);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-05 09:00"]);
}

#[test]
fn a_deployment_that_is_gone_or_that_nobody_waits_for_is_not_asked_for_again() {
    let mut github = two_deployments();
    let gone = GithubError::NotFound {
        at: "repos/acme/shop/deployments/2/statuses".to_owned(),
    };
    github.instead.push(("deployments/2/", Err(gone)));
    github.statuses.insert(1, vec![(1, "pending")]);
    let desk = Desk::since("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-04-05 09:00", DEPLOYMENTS);
    assert_eq!(codes(&synced), [""; 0]);
    github.asked();
    desk.sync(&github, "2026-04-05 10:00", DEPLOYMENTS);
    assert_eq!(github.asked(), ["shop/deployments with its tag"]);
}

#[test]
fn a_deployment_that_failed_is_asked_for_again_for_it_may_be_tried_again() {
    let mut github = two_deployments();
    let tries = [(1, "in_progress"), (20, "failure")];
    github.statuses.insert(2, tries.to_vec());
    let desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-05 09:00", DEPLOYMENTS);
    assert_eq!(succeeded(&desk)[1], (2, None));
    github.statuses.insert(2, vec![(20, "failure")]);
    desk.sync(&github, "2026-03-20 09:00", DEPLOYMENTS);
    github.asked();
    github
        .statuses
        .insert(2, vec![(20, "failure"), (2_940, "success")]);
    desk.sync(&github, "2026-03-20 10:00", DEPLOYMENTS);
    // Two days and an hour after eight.
    assert_eq!(succeeded(&desk)[1], (2, Some(at("2026-03-07 09:00"))));
    assert_eq!(
        github.asked_for("statuses"),
        ["shop/deployments/2/statuses"]
    );
    desk.sync(&github, "2026-03-20 11:00", DEPLOYMENTS);
    assert_eq!(github.asked_for("statuses"), [""; 0]);
}

#[test]
fn a_deployment_that_failed_a_month_ago_is_asked_for_only_by_reading_again() {
    let mut github = two_deployments();
    github.statuses.insert(2, vec![(20, "failure")]);
    let mut desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-05 09:00", DEPLOYMENTS);
    github.asked();
    desk.sync(&github, "2026-04-05 09:00", DEPLOYMENTS);
    assert_eq!(github.asked_for("statuses"), [""; 0]);
    desk.reads_again = true;
    desk.since = at("2026-03-04 00:00");
    github
        .statuses
        .insert(2, vec![(20, "failure"), (90, "success")]);
    desk.sync(&github, "2026-04-05 10:00", DEPLOYMENTS);
    assert_eq!(
        github.asked_for("statuses"),
        ["shop/deployments/2/statuses"]
    );
    assert_eq!(succeeded(&desk)[1], (2, Some(at("2026-03-05 09:30"))));
}

#[test]
fn statuses_are_asked_for_only_where_nothing_better_tells_the_deployments() {
    let mut github = two_deployments();
    let staging = (3, "staging", at("2026-03-05 08:30"));
    github.deployments.push(staging);
    let mut desk = Desk::since("2026-03-01 00:00");
    desk.told_better = vec!["production"];
    desk.sync(&github, "2026-03-05 09:00", DEPLOYMENTS);
    assert_eq!(
        github.asked_for("statuses"),
        ["shop/deployments/3/statuses"]
    );
    desk.told_better.clear();
    desk.sync(&github, "2026-03-05 10:00", DEPLOYMENTS);
    assert_eq!(github.asked_for("statuses").len(), 3, "now they count");
}

#[test]
fn statuses_that_cannot_be_read_take_nothing_from_older_deployments() {
    let mut github = two_deployments();
    let broken = GithubError::BadAnswer {
        at: "repos/acme/shop/deployments/2/statuses".to_owned(),
        why: "it is no list".to_owned(),
    };
    github.instead.push(("deployments/2/", Err(broken)));
    let desk = Desk::since("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-03-05 09:00", DEPLOYMENTS);
    assert_eq!(succeeded(&desk)[0], (1, Some(at("2026-03-02 08:05"))));
    assert_eq!(codes(&synced), ["github-not-read"]);
    assert!(synced.notices[0].message.contains("deployment 2"));
}

fn numbers(desk: &Desk, name: &str) -> Vec<u64> {
    let items = desk.cached::<PullRequest>(name).items;
    items.iter().map(|it| it.number).collect()
}

#[test]
fn pull_requests_are_read_by_update_until_they_are_known() {
    let mut github = Simulated::default();
    for number in 1..=60 {
        let day = chrono::TimeDelta::days(i64::try_from(number).unwrap());
        github
            .pulls
            .push(("shop", number, at("2026-01-01 00:00") + day));
    }
    let desk = Desk::since("2026-01-20 00:00");
    // Sixty of them until 2 March: those since 20 January are on the first two pages.
    let synced = desk.sync(&github, "2026-03-03 00:00", PULLS);
    assert_eq!(
        github.asked(),
        ["pulls of shop from 0", "pulls of shop from 25"]
    );
    assert_eq!(covered(&synced), ["01-20 00:00 to 03-03 00:00"]);
    assert_eq!(numbers(&desk, "shop").len(), 50);
    // An old one gets a comment.
    github.pulls[0].2 = at("2026-03-03 10:00");
    desk.sync(&github, "2026-03-03 12:00", PULLS);
    assert_eq!(github.asked(), ["pulls of shop from 0"]);
    assert_eq!(numbers(&desk, "shop")[0], 1);
}

#[test]
fn pull_requests_of_components_are_read_where_the_token_belongs() {
    let mut github = Simulated {
        pulls: vec![
            ("shop", 1, at("2026-03-01 00:00")),
            ("web", 2, at("2026-03-01 00:00")),
        ],
        ..Simulated::default()
    };
    let mut desk = Desk::since("2026-02-01 00:00");
    let elsewhere = GithubRepository::new("ghe.example.test", "acme", "api").unwrap();
    desk.others = vec![
        acme("secret"),
        acme("web"),
        acme("shop"),
        acme("web"),
        elsewhere,
    ];
    let forbidden = GithubError::Forbidden {
        at: "graphql".to_owned(),
        message: "no".to_owned(),
    };
    github.instead.push(("secret", Err(forbidden)));
    let synced = desk.sync(&github, "2026-03-03 00:00", PULLS);
    assert_eq!(
        github.asked(),
        [
            "pulls of shop from 0",
            "pulls of secret from 0",
            "pulls of web from 0"
        ]
    );
    assert_eq!(
        (numbers(&desk, "shop"), numbers(&desk, "web")),
        (vec![1], vec![2])
    );
    assert_eq!(codes(&synced), ["github-not-read"]);
    assert_eq!(
        synced.notices[0].message,
        "pull requests of github.com/acme/secret were not read: the token may not read graphql: no"
    );
}

#[test]
fn an_empty_list_of_pull_requests_covers_nothing() {
    let mut github = Simulated {
        pulls: vec![("shop", 1, at("2026-03-02 10:00"))],
        ..Simulated::default()
    };
    let desk = Desk::since("2026-02-01 00:00");
    desk.sync(&github, "2026-03-03 00:00", PULLS);
    github.pulls.clear();
    let synced = desk.sync(&github, "2026-03-03 12:00", PULLS);
    assert_eq!(numbers(&desk, "shop"), [1]);
    assert_eq!(codes(&synced), ["github-answer-shrunken"]);
    assert_eq!(covered(&synced), ["02-01 00:00 to 03-03 00:00"]);
}

fn all(desk: &Desk, github: &Simulated) -> Synced {
    desk.sync(github, "2026-03-06 09:00", &Kind::ALL)
}

#[test]
fn a_kind_that_is_forbidden_or_missing_is_a_notice_and_the_others_go_on() {
    let mut github = two_deployments();
    github.pulls.push(("shop", 1, at("2026-03-02 10:00")));
    let forbidden = GithubError::Forbidden {
        at: "repos/acme/shop/actions/workflows".to_owned(),
        message: "Resource not accessible".to_owned(),
    };
    github.instead.push(("actions/workflows", Err(forbidden)));
    let missing = GithubError::NotFound {
        at: "repos/acme/shop/labels".to_owned(),
    };
    github.instead.push(("labels", Err(missing)));
    let desk = Desk::since("2026-03-01 00:00");
    let synced = all(&desk, &github);
    assert_eq!(codes(&synced), ["github-not-read"; 2]);
    assert!(
        synced
            .notices
            .iter()
            .all(|it| it.incomplete && it.hint.is_some())
    );
    assert_eq!(synced.stopped, None);
    let known: Vec<_> = synced
        .kinds
        .iter()
        .map(|it| (it.kind.name(), it.known))
        .collect();
    assert_eq!(
        known,
        [("runs", 0), ("deployments", 2), ("pulls", 1), ("issues", 0)]
    );
}

#[test]
fn where_a_limit_ends_a_sync_every_kind_was_listed_before_what_costs_a_question_each() {
    let mut github = two_deployments();
    github.workflows.push(7);
    github.runs.push(Run {
        id: 1,
        workflow: 7,
        created: at("2026-03-02 08:00"),
        attempt: 1,
        conclusion: Some("success"),
    });
    github.pulls.push(("shop", 1, at("2026-03-02 10:00")));
    github.labels.push("incident");
    let desk = Desk::since("2026-03-01 00:00");
    // Workflows, runs, deployments, pull requests, labels, issues.
    github.patience.set(Some(6));
    let synced = all(&desk, &github);
    assert_eq!(synced.stopped, Some(GithubError::OutOfTime));
    assert_eq!(
        github.asked(),
        [
            "shop/actions/workflows",
            "shop/actions/workflows/7/runs?created=>=2026-03-01T00:00",
            "shop/deployments",
            "pulls of shop from 0",
            "shop/labels",
            "shop/issues&labels=incident&since=2026-03-01T00:00",
            "shop/actions/runs/1/attempts/1/jobs",
        ]
    );
    let checked = desk.cached::<WorkflowRun>("shop").checked;
    assert_eq!(checked, None, "not everything was asked for");
    github.patience.set(None);
    all(&desk, &github);
    let asked = github.asked();
    assert_eq!(
        asked[asked.len() - 3..],
        [
            "shop/actions/runs/1/attempts/1/jobs",
            "shop/deployments/2/statuses",
            "shop/deployments/1/statuses"
        ]
    );
    let now = Some(at("2026-03-06 09:00"));
    assert_eq!(desk.cached::<WorkflowRun>("shop").checked, now);
    assert_eq!(desk.cached::<GithubDeployment>("shop").checked, now);
}

#[test]
fn a_token_that_is_not_accepted_ends_it() {
    let mut github = two_deployments();
    github
        .instead
        .push(("shop/deployments", Err(GithubError::Unauthorized)));
    let desk = Desk::since("2026-03-01 00:00");
    let synced = all(&desk, &github);
    assert_eq!(synced.stopped, Some(GithubError::Unauthorized));
    assert_eq!(github.asked_for("pulls"), [""; 0]);
}

#[test]
fn a_broken_file_is_told_once_and_replaced() {
    let github = two_deployments();
    let desk = Desk::since("2026-03-01 00:00");
    let file = desk
        .world
        .path()
        .join(".dora/cache/github-deployments.json");
    desk.sync(&github, "2026-03-05 09:00", DEPLOYMENTS);
    crate::store::atomic_file::write(&file, b"{").unwrap();
    let synced = desk.sync(&github, "2026-03-05 10:00", DEPLOYMENTS);
    assert_eq!(codes(&synced), ["cache-unusable"]);
    assert_eq!(succeeded(&desk).len(), 2);
    let synced = desk.sync(&github, "2026-03-05 11:00", DEPLOYMENTS);
    assert_eq!(codes(&synced), [""; 0]);
}
