//! What a sync asks for of issues, and what it learns of their labels.

use chrono::{DateTime, Utc};

use super::Kind;
use super::simulated::{Desk, Issue, Simulated, at, codes, covered};
use crate::model::github::IncidentIssue;
use crate::sources::github::{Answer, GithubError};

const ISSUES: &[Kind] = &[Kind::Issues];

fn outage() -> Simulated {
    Simulated {
        labels: vec!["bug", "incident", "outage"],
        issues: vec![Issue {
            number: 12,
            title: "down",
            labels: vec!["bug", "incident"],
            opened: at("2026-03-02 08:00"),
            updated: at("2026-03-02 08:30"),
            events: vec![("incident", true, at("2026-03-02 08:10"))],
        }],
        ..Simulated::default()
    }
}

fn label_times(desk: &Desk) -> Vec<(DateTime<Utc>, Option<DateTime<Utc>>)> {
    let items = desk.cached::<IncidentIssue>("shop").items;
    let times = items.iter().flat_map(|it| &it.label_times);
    times.map(|time| (time.on, time.off)).collect()
}

#[test]
fn issues_are_asked_for_per_label_of_incidents_and_their_times_once() {
    let github = outage();
    let desk = Desk::since("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-03-02 09:00", ISSUES);
    assert_eq!(
        github.asked(),
        [
            "shop/labels",
            "shop/issues&labels=incident&since=2026-03-01T00:00",
            "shop/issues/12/timeline",
            "shop/issues&labels=outage&since=2026-03-01T00:00",
        ]
    );
    assert_eq!(label_times(&desk), [(at("2026-03-02 08:10"), None)]);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-02 09:00"]);
    desk.sync(&github, "2026-03-02 10:00", ISSUES);
    assert_eq!(
        github.asked(),
        [
            "shop/labels",
            "shop/issues&labels=incident&since=2026-03-01T00:00 with its tag",
            "shop/issues&labels=outage&since=2026-03-01T00:00 with its tag",
        ]
    );
}

#[test]
fn an_issue_that_changed_is_read_again() {
    let mut github = outage();
    let desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-02 09:00", ISSUES);
    github.asked();
    github.issues[0].labels.push("outage");
    github.issues[0].updated = at("2026-03-02 09:30");
    desk.sync(&github, "2026-03-02 10:00", ISSUES);
    assert_eq!(github.asked_for("timeline"), ["shop/issues/12/timeline"]);
}

#[test]
fn a_label_that_was_taken_off_is_noticed_though_the_issue_is_listed_no_more() {
    let mut github = outage();
    let desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-02 09:00", ISSUES);
    github.issues[0].labels = vec!["bug"];
    github.issues[0].updated = at("2026-03-06 07:00");
    let off = ("incident", false, at("2026-03-06 07:00"));
    github.issues[0].events.push(off);
    let synced = desk.sync(&github, "2026-03-06 09:00", ISSUES);
    let times = [(at("2026-03-02 08:10"), Some(at("2026-03-06 07:00")))];
    assert_eq!(label_times(&desk), times);
    let labels = &desk.cached::<IncidentIssue>("shop").items[0].labels;
    assert_eq!(*labels, ["bug"]);
    assert_eq!(codes(&synced), [""; 0]);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-06 09:00"]);
    github.asked();
    desk.sync(&github, "2026-03-08 09:00", ISSUES);
    assert_eq!(github.asked_for("timeline"), [""; 0]);
}

#[test]
fn an_empty_list_of_issues_that_are_still_there_covers_nothing() {
    let mut github = outage();
    let desk = Desk::since("2026-03-01 00:00");
    desk.sync(&github, "2026-03-02 09:00", ISSUES);
    let empty = Answer {
        body: b"[]".to_vec(),
        ..Answer::default()
    };
    github.instead.push(("labels=incident", Ok(empty)));
    let synced = desk.sync(&github, "2026-03-02 12:00", ISSUES);
    assert_eq!(codes(&synced), ["github-answer-shrunken"]);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-02 09:00"]);
    assert_eq!(desk.cached::<IncidentIssue>("shop").items.len(), 1);
}

#[test]
fn titles_are_looked_for_among_all_issues() {
    let mut github = outage();
    github.labels.clear();
    github.issues[0].labels.clear();
    let mut desk = Desk::since("2026-03-01 00:00");
    desk.settings.incidents.titles = vec!["down".to_owned()];
    desk.sync(&github, "2026-03-02 09:00", ISSUES);
    assert_eq!(
        github.asked_for("issues&"),
        ["shop/issues&since=2026-03-01T00:00"]
    );
    assert_eq!(desk.cached::<IncidentIssue>("shop").items.len(), 1);
}

#[test]
fn an_issue_that_was_renamed_after_an_incident_is_known_by_its_new_title() {
    let mut github = outage();
    github.issues[0].labels.clear();
    let mut desk = Desk::since("2026-03-01 00:00");
    desk.settings.incidents.titles = vec!["down".to_owned()];
    desk.sync(&github, "2026-03-02 09:00", ISSUES);
    github.issues[0].title = "false alarm";
    github.issues[0].updated = at("2026-03-02 09:30");
    let mut other = github.issues[0].clone();
    other.number = 13;
    github.issues.push(other);
    desk.sync(&github, "2026-03-02 10:00", ISSUES);
    let items = desk.cached::<IncidentIssue>("shop").items;
    let known: Vec<_> = items.iter().map(|it| (it.number, &it.title[..])).collect();
    assert_eq!(known, [(12, "false alarm")], "13 never mattered");
}

#[test]
fn a_label_with_a_comma_that_was_taken_off_is_off() {
    let mut github = outage();
    github.labels = vec!["sev1, urgent"];
    github.issues[0].labels = vec!["sev1, urgent"];
    let put_on = ("sev1, urgent", true, at("2026-03-02 08:10"));
    github.issues[0].events = vec![put_on];
    let mut desk = Desk::since("2026-03-01 00:00");
    desk.settings.incidents.labels = vec!["sev1, urgent".to_owned()];
    desk.sync(&github, "2026-03-02 09:00", ISSUES);
    assert_eq!(label_times(&desk), [(at("2026-03-02 08:10"), None)]);
    github.issues[0].labels.clear();
    github.issues[0].updated = at("2026-03-02 09:30");
    let taken_off = ("sev1, urgent", false, at("2026-03-02 09:30"));
    github.issues[0].events.push(taken_off);
    desk.sync(&github, "2026-03-02 10:00", ISSUES);
    let times = [(at("2026-03-02 08:10"), Some(at("2026-03-02 09:30")))];
    assert_eq!(label_times(&desk), times);
}

/// Two issues, the newer one of which has a timeline that GitHub cannot tell.
fn two_outages(error: GithubError) -> Simulated {
    let mut github = outage();
    github.labels = vec!["incident"];
    github.issues.push(Issue {
        number: 13,
        updated: at("2026-03-02 08:45"),
        ..github.issues[0].clone()
    });
    github.instead.push(("issues/13/timeline", Err(error)));
    github
}

#[test]
fn labels_of_an_issue_that_cannot_be_read_take_nothing_from_the_others_and_are_asked_for_again() {
    let broken = GithubError::BadAnswer {
        at: "repos/acme/shop/issues/13/timeline".to_owned(),
        why: "it is no list".to_owned(),
    };
    let mut github = two_outages(broken);
    let desk = Desk::since("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-03-04 09:00", ISSUES);
    assert_eq!(label_times(&desk), [(at("2026-03-02 08:10"), None)]);
    assert_eq!(desk.cached::<IncidentIssue>("shop").items.len(), 2);
    assert_eq!(codes(&synced), ["github-not-read"]);
    assert!(synced.notices[0].message.contains("issue 13"));
    assert_eq!(covered(&synced), [""; 0], "one is missing");
    github.instead.clear();
    github.asked();
    let synced = desk.sync(&github, "2026-03-04 10:00", ISSUES);
    assert_eq!(github.asked_for("timeline"), ["shop/issues/13/timeline"]);
    assert_eq!(label_times(&desk), [(at("2026-03-02 08:10"), None); 2]);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-04 10:00"]);
}

#[test]
fn an_issue_that_went_while_it_was_listed_takes_nothing_from_the_others() {
    let gone = GithubError::NotFound {
        at: "repos/acme/shop/issues/13/timeline".to_owned(),
    };
    let github = two_outages(gone);
    let desk = Desk::since("2026-03-01 00:00");
    let synced = desk.sync(&github, "2026-03-04 09:00", ISSUES);
    assert_eq!(label_times(&desk), [(at("2026-03-02 08:10"), None)]);
    assert_eq!(codes(&synced), [""; 0]);
    assert_eq!(covered(&synced), ["03-01 00:00 to 03-04 09:00"]);
}
