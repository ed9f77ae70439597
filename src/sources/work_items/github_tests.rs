//! What is read of GitHub's issues, timelines and project lists.

use proptest::prelude::*;

use super::tracker_tests::{at, codes, fixture, read_as, story};
use super::{Remarks, github_issues, github_project};
use crate::model::work_item::{History, Tracker, WorkItem};

fn read(text: impl AsRef<[u8]>) -> (Vec<WorkItem>, Remarks) {
    read_as(github_issues::read, text)
}

/// One issue, created on the second at nine and changed on the ninth.
fn one(fields: &str) -> (WorkItem, Remarks) {
    let text = format!(
        r#"[{{"number":7,"title":"T","created_at":"2026-03-02T09:00:00Z",
        "updated_at":"2026-03-09T09:00:00Z","html_url":"https://github.com/o/r/issues/7",{fields}}}]"#
    );
    let (mut items, remarks) = read(text);
    (items.remove(0), remarks)
}

fn events(rows: &str) -> (WorkItem, Remarks) {
    one(&format!(r#""state":"open","timeline":[{rows}]"#))
}

fn event(kind: &str, time: &str, more: &str) -> String {
    let time = at(time).to_rfc3339();
    format!(r#"{{"event":"{kind}","created_at":"{time}"{more}}}"#)
}

#[test]
fn an_issue_with_its_timeline_tells_everything_that_happened() {
    let (items, remarks) = read(fixture("github-timeline.json"));
    assert_eq!(items.len(), 6, "the pull request is no issue");
    let first = &items[0];
    assert_eq!(first.tracker, Tracker::Github);
    assert_eq!(first.id, "acme/delivery#101");
    assert_eq!(first.key, "#101");
    assert_eq!(first.title, "Sign in with passkeys");
    assert_eq!(first.value, Some(8.0));
    assert_eq!(first.labels, ["feature", "value: 8", "status: Deploy"]);
    assert_eq!(first.resolution.as_deref(), Some("completed"));
    assert_eq!(first.history, History::Complete);
    assert_eq!(
        story(first),
        [
            "02 09:00 Open (new)",
            "02 09:00 +feature",
            "02 09:00 value 8",
            "02 09:00 +value: 8",
            "03 09:00 +status: Design",
            "04 09:00 -status: Design",
            "04 09:00 +status: Development",
            "06 09:00 -status: Development",
            "06 09:00 +status: Code Review",
            "09 09:00 -status: Code Review",
            "09 09:00 +status: Testing",
            "10 09:00 -status: Testing",
            "10 09:00 +status: Deployment Approval",
            "11 09:00 -status: Deployment Approval",
            "11 09:00 +status: Deploy",
            "11 11:00 Closed (done)",
        ]
    );
    assert_eq!((remarks.skipped, codes(&remarks)), (0, vec![]));
}

#[test]
fn closings_and_reopenings_are_statuses_and_a_block_is_a_label() {
    let (items, _) = read(fixture("github-timeline.json"));
    assert_eq!(
        story(&items[3])[4..],
        [
            "04 09:00 +status: Development",
            "06 09:00 Closed (done)",
            "10 09:00 Open (new)",
            "11 09:00 +blocked",
            "12 03:00 -blocked",
            "12 09:00 Closed (done)",
        ]
    );
    assert_eq!(
        story(&items[5]).last().unwrap(),
        "08 09:00 Not planned (cancelled)"
    );
    assert_eq!(items[5].resolution.as_deref(), Some("not_planned"));
    assert_eq!(items[4].resolution, None);
}

#[test]
fn rest_and_graphql_tell_the_same() {
    let (of_rest, _) = read(fixture("github-timeline.json"));
    let (of_graphql, remarks) = read(fixture("github-graphql.json"));
    assert_eq!(of_graphql, of_rest);
    assert_eq!(
        codes(&remarks),
        [""; 0],
        "the last page says that it is the last"
    );
}

#[test]
fn nothing_of_people_is_read() {
    for name in ["github-timeline.json", "github-list.json"] {
        let kept = format!("{:?}", read(fixture(name)));
        assert!(!kept.contains("octocat"), "{name}");
    }
    let kept = format!(
        "{:?}",
        read_as(github_project::read, fixture("github-project.json"))
    );
    assert!(!kept.contains("octocat"), "{kept}");
}

#[test]
fn a_list_without_timelines_tells_the_present_and_says_so() {
    let (items, remarks) = read(fixture("github-list.json"));
    let (whole, _) = read(fixture("github-timeline.json"));
    assert_eq!(items.len(), 6);
    assert_eq!(items[0].id, whole[0].id);
    assert_eq!(items[0].labels, whole[0].labels);
    assert!(
        items
            .iter()
            .all(|item| item.history == History::Approximate)
    );
    assert_eq!(
        story(&items[0]),
        [
            "02 09:00 Open (new)",
            "11 11:00 +status: Deploy",
            "11 11:00 Closed (done)",
        ],
        "a status label is older than the last change, and than the closing"
    );
    assert_eq!(
        story(&items[4]),
        ["03 09:00 Open (new)", "07 09:00 +status: Code Review"]
    );
    assert_eq!(codes(&remarks), ["history-approximate"]);
    assert_eq!(remarks.notices[0].count, 6);
}

#[test]
fn a_status_label_is_not_believed_to_be_younger_than_the_closing() {
    let (item, _) = one(
        r#""state":"closed","closed_at":"2026-03-05T09:00:00Z","labels":["status: Development"]"#,
    );
    assert_eq!(
        story(&item)[1..],
        ["05 09:00 +status: Development", "05 09:00 Closed (done)"]
    );
}

#[test]
fn the_status_in_a_project_of_an_open_issue_is_its_status_now() {
    let status = r#""projectItems":[{"title":"x"},{"status":{"optionId":"f","name":"In Review"},"title":"y"}]"#;
    let (item, _) = one(&format!(r#""state":"OPEN",{status}"#));
    assert_eq!(story(&item)[1..], ["09 09:00 In Review"]);
    let (item, _) = one(&format!(
        r#""state":"CLOSED","closedAt":"2026-03-05T09:00:00Z",{status}"#
    ));
    assert_eq!(story(&item)[1..], ["05 09:00 Closed (done)"]);
}

#[test]
fn an_open_issue_that_was_opened_again_is_open_since_its_last_change() {
    let (item, _) = one(r#""state":"OPEN","stateReason":"REOPENED""#);
    assert_eq!(story(&item), ["02 09:00 Open (new)", "09 09:00 Open (new)"]);
    assert_eq!(item.resolution, None);
}

#[test]
fn a_closing_without_a_time_is_no_later_than_the_last_change() {
    let (item, _) = one(r#""state":"closed","closed_at":null"#);
    assert_eq!(story(&item)[1..], ["09 09:00 Closed (done)"]);
}

#[test]
fn reasons_say_whether_an_issue_was_done() {
    let ends = |reason: &str| {
        let fields = format!(
            r#""state":"closed","closed_at":"2026-03-05T09:00:00Z","state_reason":"{reason}""#
        );
        story(&one(&fields).0).pop().unwrap()
    };
    assert_eq!(ends("completed"), "05 09:00 Closed (done)");
    assert_eq!(ends("not_planned"), "05 09:00 Not planned (cancelled)");
    assert_eq!(ends("NOT_PLANNED"), "05 09:00 Not planned (cancelled)");
    assert_eq!(ends("duplicate"), "05 09:00 Duplicate (cancelled)");
    assert_eq!(ends("a later word"), "05 09:00 Closed (done)");
}

#[test]
fn a_closing_that_tells_no_reason_has_the_reason_of_the_issue_if_it_is_the_last() {
    let rows = [
        event("closed", "03 09:00", ""),
        event("reopened", "04 09:00", ""),
        event("closed", "05 09:00", ""),
    ]
    .join(",");
    let (item, _) = one(&format!(
        r#""state":"closed","closed_at":"2026-03-05T09:00:00Z","state_reason":"not_planned","timeline":[{rows}]"#
    ));
    assert_eq!(
        story(&item)[1..],
        [
            "03 09:00 Closed (done)",
            "04 09:00 Open (new)",
            "05 09:00 Not planned (cancelled)",
        ]
    );
    assert_eq!(item.history, History::Complete);
}

#[test]
fn a_timeline_that_contradicts_its_issue_is_not_complete_and_the_issue_is_believed() {
    let (item, _) = one(r#""state":"closed","closed_at":"2026-03-05T09:00:00Z","timeline":[]"#);
    assert_eq!(story(&item)[1..], ["05 09:00 Closed (done)"]);
    assert_eq!(item.history, History::Partial);
    let (item, _) = events(&event("closed", "05 09:00", ""));
    assert_eq!(
        story(&item)[1..],
        ["05 09:00 Closed (done)", "09 09:00 Open (new)"]
    );
    assert_eq!(item.history, History::Partial);
}

#[test]
fn a_value_label_that_replaces_another_leaves_the_new_value() {
    let label = |name: &str| format!(r#","label":{{"name":"{name}"}}"#);
    let rows = [
        event("labeled", "03 09:00", &label("business-value/8")),
        event("labeled", "04 09:00", &label("business-value/5")),
        event("unlabeled", "04 09:00", &label("business-value/8")),
        event("unlabeled", "05 09:00", &label("business-value/5")),
    ];
    let (item, _) = events(&rows.join(","));
    assert_eq!(
        story(&item)[1..],
        [
            "03 09:00 value 8",
            "03 09:00 +business-value/8",
            "04 09:00 value 5",
            "04 09:00 +business-value/5",
            "04 09:00 -business-value/8",
            "05 09:00 no value",
            "05 09:00 -business-value/5",
        ]
    );
}

#[test]
fn a_status_in_a_project_is_a_status_where_the_timeline_tells_it() {
    let rows = r#"{"__typename":"ProjectV2ItemStatusChangedEvent","createdAt":"2026-03-03T09:00:00Z","previousStatus":"","status":"In Progress"},
        {"__typename":"ProjectV2ItemStatusChangedEvent","createdAt":"2026-03-04T09:00:00Z","previousStatus":"In Progress","status":""},
        {"event":"project_v2_item_status_changed","created_at":"2026-03-05T09:00:00Z"}"#;
    let (item, remarks) = events(rows);
    assert_eq!(story(&item)[1..], ["03 09:00 In Progress"]);
    assert_eq!(codes(&remarks), [""; 0]);
}

#[test]
fn events_that_cannot_be_read_are_counted_and_the_history_is_not_complete() {
    let rows = [
        event("labeled", "03 09:00", r#","label":null"#),
        r#"{"event":"closed","created_at":"yesterday"}"#.to_owned(),
        "7".to_owned(),
        event("assigned", "03 09:00", ""),
        event("labeled", "04 09:00", r#","label":{"name":"x"}"#),
    ];
    let (item, remarks) = events(&rows.join(","));
    assert_eq!(story(&item)[1..], ["04 09:00 +x"]);
    assert_eq!(item.history, History::Partial);
    assert_eq!(codes(&remarks), ["github-event-unreadable"]);
    assert_eq!(remarks.notices[0].count, 3);
}

#[test]
fn a_timeline_that_ends_where_a_page_ends_may_go_on() {
    let rows = |count: usize| {
        let row = event("assigned", "03 09:00", "");
        vec![row; count].join(",")
    };
    let cut = |count| {
        let (item, remarks) = events(&rows(count));
        (item.history, codes(&remarks).contains(&"changelog-cut"))
    };
    assert_eq!(cut(29), (History::Complete, false));
    assert_eq!(cut(30), (History::Partial, true));
    assert_eq!(cut(99), (History::Complete, false));
    assert_eq!(cut(100), (History::Partial, true));
    let (item, _) = one(&format!(
        r#""state":"open","timelineItems":{{"pageInfo":{{"hasNextPage":false}},"nodes":[{}]}}"#,
        rows(100)
    ));
    assert_eq!(item.history, History::Complete, "it says that it is whole");
    let (item, _) =
        one(r#""state":"open","timelineItems":{"pageInfo":{"hasNextPage":true},"nodes":[]}"#);
    assert_eq!(item.history, History::Partial);
}

#[test]
fn a_list_of_as_many_issues_as_gh_lists_by_itself_may_be_cut_off() {
    let limits = |count: u64| {
        let rows: Vec<String> = (1..=count)
            .map(|number| {
                format!(r#"{{"number":{number},"title":"T","createdAt":"2026-03-02T09:00:00Z","url":"https://github.com/o/r/issues/{number}"}}"#)
            })
            .collect();
        let (items, remarks) = read(format!("[{}]", rows.join(",")));
        assert_eq!(items.len() as u64, count);
        codes(&remarks).contains(&"pages-missing")
    };
    assert!(limits(30) && limits(100));
    assert!(!limits(29) && !limits(31) && !limits(101));
}

#[test]
fn a_list_of_graphql_goes_on_when_its_last_page_says_so() {
    let text = fixture("github-graphql.json");
    let first_page = text.lines().next().unwrap();
    let (items, remarks) = read(first_page);
    assert_eq!(items.len(), 3);
    assert_eq!(codes(&remarks), ["pages-missing"]);
}

#[test]
fn an_issue_is_identified_by_its_repository_where_that_is_told() {
    let id = |fields: &str| {
        let text =
            format!(r#"[{{"number":7,"title":"T","createdAt":"2026-03-02T09:00:00Z"{fields}}}]"#);
        let (items, remarks) = read(text);
        (
            items[0].id.clone(),
            codes(&remarks).contains(&"github-repository-unknown"),
        )
    };
    for fields in [
        r#","url":"https://github.com/O/R/issues/7""#,
        r#","url":"https://api.github.com/repos/o/r/issues/7""#,
        r#","repository_url":"https://api.github.com/repos/o/r""#,
        r#","html_url":"http://github.com/o/r/issues/7#top""#,
    ] {
        assert_eq!(id(fields), ("o/r#7".to_owned(), false), "{fields}");
    }
    assert_eq!(
        id(r#","url":"https://git.example.test/api/v3/repos/o/r/issues/7""#),
        id(r#","html_url":"https://git.example.test/o/r/issues/7""#)
    );
    for fields in [
        "",
        r#","url":"o/r""#,
        r#","url":"https://github.com/o""#,
        r#","url":7"#,
    ] {
        assert_eq!(id(fields), ("#7".to_owned(), true), "{fields}");
    }
}

#[test]
fn the_items_of_a_project_have_a_status_and_no_time_of_their_own() {
    let (items, remarks) = read_as(github_project::read, fixture("github-project.json"));
    let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(
        ids,
        ["acme/delivery#101", "acme/delivery#105", "PVTI_3"],
        "issues are the items that other lists tell; a pull request is none"
    );
    assert_eq!(story(&items[0]), ["13 09:00 Production"]);
    assert_eq!(items[0].created, at("13 09:00"));
    assert_eq!(items[0].value, Some(8.0));
    assert_eq!(items[1].value, Some(250.0), "kept as told");
    assert_eq!(items[1].type_name, "Feature");
    assert_eq!(
        (items[2].key.as_str(), story(&items[2]).len()),
        ("FOC-9", 0)
    );
    assert!(
        items
            .iter()
            .all(|item| item.history == History::Approximate)
    );
    assert_eq!(
        codes(&remarks),
        ["history-approximate", "value-out-of-range"]
    );
    let hint = remarks.notices[0].hint.as_deref().unwrap();
    assert!(hint.contains("dora import --history FILE"), "{hint}");
}

#[test]
fn a_project_with_more_items_than_its_list_says_so() {
    let text = fixture("github-project.json").replace(r#""totalCount": 4"#, r#""totalCount": 5"#);
    let (_, remarks) = read_as(github_project::read, text);
    assert!(codes(&remarks).contains(&"pages-missing"));
}

#[test]
fn rows_that_are_no_issue_are_skipped_with_their_line() {
    let text = "[{\"number\":1,\"title\":\"T\",\"state\":\"OPEN\"},\n{\"title\":\"T\",\"createdAt\":\"2026-03-02T09:00:00Z\"},\n7,\n{\"number\":2,\"createdAt\":\"2026-03-02T09:00:00Z\",\"url\":\"https://github.com/o/r/issues/2\"}]";
    let (items, remarks) = read(text);
    assert_eq!(items.len(), 1);
    assert_eq!(
        remarks.told,
        [
            "issues.json:1: an issue without the time when it was created",
            "issues.json:2: an issue without number",
            "issues.json:3: no object",
        ]
    );
}

#[test]
fn files_are_recognised_by_what_is_in_them() {
    for name in [
        "github-timeline.json",
        "github-list.json",
        "github-graphql.json",
    ] {
        assert!(github_issues::recognise(&fixture(name)), "{name}");
        assert!(!github_project::recognise(&fixture(name)), "{name}");
    }
    let project = fixture("github-project.json");
    assert!(github_project::recognise(&project) && !github_issues::recognise(&project));
    for other in [
        "",
        "[]",
        "number,title,state",
        r#"[{"number":1,"title":"T","state":"OPEN","mergedAt":null}]"#,
        r#"[{"number":1,"title":"T","state":"opened","iid":1}]"#,
        r#"{"items":[{"id":1}],"totalCount":1}"#,
    ] {
        assert!(!github_issues::recognise(other), "{other}");
        assert!(!github_project::recognise(other), "{other}");
    }
    for name in [
        "gitlab-issues.json",
        "gitlab-label-events.json",
        "focalboard-api.json",
    ] {
        assert!(!github_issues::recognise(&fixture(name)), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_damage_is_survived(
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..9),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        for name in ["github-timeline.json", "github-graphql.json", "github-project.json"] {
            let mut bytes = fixture(name).into_bytes();
            for (place, byte) in &places {
                let at = place.index(bytes.len());
                bytes[at] = *byte;
            }
            if is_cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            let text = String::from_utf8_lossy(&bytes);
            github_issues::recognise(&text);
            github_project::recognise(&text);
            let (items, _) = read(&bytes);
            prop_assert!(items.len() <= 8);
            let (items, _) = read_as(github_project::read, &bytes);
            prop_assert!(items.len() <= 8);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes);
        read_as(github_project::read, &bytes);
    }
}
