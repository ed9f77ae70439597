//! What is read of GitLab's issues and their events.

use proptest::prelude::*;

use super::tracker_tests::{at, codes, fixture, read_as, story};
use super::{Remarks, gitlab};
use crate::model::work_item::{Change, History, Tracker, WorkItem};

fn read(text: impl AsRef<[u8]>) -> (Vec<WorkItem>, Remarks) {
    read_as(gitlab::read, text)
}

/// One issue, created on the second at nine and changed on the ninth.
fn one(fields: &str) -> (WorkItem, Remarks) {
    let text = format!(
        r#"[{{"id":900,"iid":7,"project_id":42,"title":"T","created_at":"2026-03-02T09:00:00.000Z",
        "updated_at":"2026-03-09T09:00:00.000Z",{fields}}}]"#
    );
    let (mut items, remarks) = read(text);
    (items.remove(0), remarks)
}

fn label_event(time: &str, action: &str, label: &str) -> String {
    let time = at(time).to_rfc3339();
    format!(r#"{{"created_at":"{time}","action":"{action}","label":{label}}}"#)
}

#[test]
fn an_issue_with_its_events_tells_everything_that_happened() {
    let (items, remarks) = read(fixture("gitlab-with-events.json"));
    assert_eq!(items.len(), 6);
    let first = &items[0];
    assert_eq!(first.tracker, Tracker::Gitlab);
    assert_eq!(first.id, "70101");
    assert_eq!(first.key, "#1");
    assert_eq!(first.aliases, ["acme/delivery#1"]);
    assert_eq!(first.value, Some(8.0));
    assert_eq!(first.type_name, "");
    assert_eq!(first.history, History::Complete);
    assert_eq!(
        story(first),
        [
            "02 09:00 Open (new)",
            "02 09:00 +feature",
            "02 09:00 value 8",
            "02 09:00 +value::8",
            "03 09:00 +workflow::Design",
            "04 09:00 -workflow::Design",
            "04 09:00 +workflow::Development",
            "06 09:00 -workflow::Development",
            "06 09:00 +workflow::Code Review",
            "09 09:00 -workflow::Code Review",
            "09 09:00 +workflow::Testing",
            "10 09:00 -workflow::Testing",
            "10 09:00 +workflow::Deployment Approval",
            "11 09:00 -workflow::Deployment Approval",
            "11 09:00 +workflow::Deploy",
            "11 11:00 Closed (done)",
        ]
    );
    assert_eq!((remarks.skipped, codes(&remarks)), (0, vec![]));
    let kept = format!("{items:?}");
    assert!(!kept.contains("octocat"), "{kept}");
}

#[test]
fn a_scoped_label_that_comes_removes_its_sibling_in_the_same_instant() {
    let rows = [
        label_event("03 09:00", "add", r#"{"name":"workflow::Development"}"#),
        label_event("04 09:00", "add", r#"{"name":"workflow::Review"}"#),
        label_event("04 09:00", "remove", r#"{"name":"workflow::Development"}"#),
    ];
    let (item, _) = one(&format!(
        r#""state":"opened","resource_state_events":[],"resource_label_events":[{}]"#,
        rows.join(",")
    ));
    assert_eq!(
        story(&item)[1..],
        [
            "03 09:00 +workflow::Development",
            "04 09:00 -workflow::Development",
            "04 09:00 +workflow::Review",
        ]
    );
}

#[test]
fn the_label_of_an_event_is_null_when_it_was_deleted() {
    let rows = [
        label_event("03 09:00", "add", "null"),
        label_event("04 09:00", "add", r#"{"name":"workflow::Review"}"#),
        label_event("04 09:00", "remove", "null"),
    ];
    let (item, remarks) = one(&format!(
        r#""state":"opened","resource_state_events":[],"resource_label_events":[{}]"#,
        rows.join(",")
    ));
    assert_eq!(story(&item)[1..], ["04 09:00 +workflow::Review"]);
    assert_eq!(item.history, History::Partial);
    assert_eq!(codes(&remarks), ["gitlab-label-deleted"]);
    assert_eq!(remarks.notices[0].count, 2);
    assert!(remarks.notices[0].incomplete);
}

#[test]
fn an_imported_issue_is_closed_without_a_time() {
    let (item, remarks) = one(r#""state":"closed","closed_at":null"#);
    assert_eq!(story(&item)[1..], ["09 09:00 Closed (done)"]);
    assert_eq!(
        codes(&remarks),
        ["history-approximate", "gitlab-closed-without-time"]
    );
    let state = r#"{"created_at":"2026-03-05T09:00:00Z","state":"closed"}"#;
    let (item, remarks) = one(&format!(
        r#""state":"closed","closed_at":null,"resource_label_events":[],"resource_state_events":[{state}]"#
    ));
    assert_eq!(story(&item)[1..], ["05 09:00 Closed (done)"]);
    assert_eq!(item.history, History::Complete);
    assert_eq!(codes(&remarks), [""; 0]);
}

#[test]
fn an_issue_that_moved_to_another_project_is_not_done_here() {
    let state = r#"{"created_at":"2026-03-05T09:00:00Z","state":"closed"}"#;
    let (item, _) = one(&format!(
        r#""state":"closed","closed_at":"2026-03-05T09:00:00Z","moved_to_id":901,"resource_label_events":[],"resource_state_events":[{state}]"#
    ));
    assert_eq!(story(&item).last().unwrap(), "05 09:00 Moved (cancelled)");
    assert_eq!(item.resolution.as_deref(), Some("moved"));
}

#[test]
fn reopened_issues_are_open_and_labels_of_that_instant_count() {
    let states = r#"{"created_at":"2026-03-05T09:00:00Z","state":"closed"},
        {"created_at":"2026-03-06T09:00:00Z","state":"reopened"}"#;
    let label = label_event("06 09:00", "add", r#"{"name":"workflow::Review"}"#);
    let (item, _) = one(&format!(
        r#""state":"opened","resource_label_events":[{label}],"resource_state_events":[{states}]"#
    ));
    assert_eq!(
        story(&item)[1..],
        [
            "05 09:00 Closed (done)",
            "06 09:00 Open (new)",
            "06 09:00 +workflow::Review",
        ]
    );
}

#[test]
fn a_list_without_events_tells_the_present_and_says_so() {
    let (items, remarks) = read(fixture("gitlab-issues.json"));
    let (whole, _) = read(fixture("gitlab-with-events.json"));
    assert_eq!(items.len(), 6);
    assert_eq!(
        story(&items[0]),
        [
            "02 09:00 Open (new)",
            "11 11:00 +workflow::Deploy",
            "11 11:00 Closed (done)",
        ]
    );
    for (item, whole) in items.iter().zip(&whole) {
        assert_eq!(item.history, History::Approximate);
        assert_eq!((&item.id, &item.labels), (&whole.id, &whole.labels));
    }
    assert_eq!(codes(&remarks), ["history-approximate"]);
}

#[test]
fn files_of_events_are_pieces_of_their_issues() {
    let (pieces, _) = read(fixture("gitlab-label-events.json"));
    let (states, _) = read(fixture("gitlab-state-events.json"));
    let (whole, _) = read(fixture("gitlab-with-events.json"));
    for item in &whole {
        let of_item = pieces
            .iter()
            .chain(&states)
            .filter(|piece| piece.id == item.id);
        let mut told: Vec<_> = of_item.flat_map(|piece| piece.events.clone()).collect();
        told.sort_by_key(|event| event.at);
        let is_known = |change: &Change| !matches!(change, Change::Value(None));
        let mut expected: Vec<_> = item.events[1..].to_vec();
        expected.retain(|event| is_known(&event.change));
        let words = |events: &[crate::model::work_item::Event]| {
            let mut words = story(&WorkItem {
                events: events.to_vec(),
                ..item.clone()
            });
            words.sort();
            words
        };
        assert_eq!(words(&told), words(&expected), "{}", item.key);
    }
    for piece in pieces.iter().chain(&states) {
        assert_eq!((piece.key.as_str(), piece.title.as_str()), ("", ""));
        assert_eq!(piece.history, History::Partial);
        assert_eq!(piece.created, piece.events[0].at);
    }
}

#[test]
fn events_of_merge_requests_are_of_no_issue() {
    let text = r#"[{"created_at":"2026-03-05T09:00:00Z","resource_type":"MergeRequest","resource_id":900,"label":{"name":"x"},"action":"add"},
        {"created_at":"2026-03-05T09:00:00Z","resource_type":"Issue","resource_id":900,"label":{"name":"x"},"action":"add"}]"#;
    let (items, remarks) = read(text);
    assert_eq!((items.len(), remarks.skipped), (1, 0));
}

#[test]
fn issues_of_several_projects_have_the_same_key_and_are_told_apart() {
    let issue = |id: u64, project: &str| {
        format!(
            r#"{{"id":{id},"iid":7,"project_id":{id},"title":"T","state":"opened","created_at":"2026-03-02T09:00:00Z",
            "web_url":"https://git.example.test/{project}/-/issues/7"}}"#
        )
    };
    let text = format!(
        "[{},{}]",
        issue(900, "acme/shop"),
        issue(901, "acme/team/web")
    );
    let (items, _) = read(text);
    let names: Vec<_> = items
        .iter()
        .map(|item| {
            (
                item.id.as_str(),
                item.key.as_str(),
                item.aliases[0].as_str(),
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            ("900", "#7", "acme/shop#7"),
            ("901", "#7", "acme/team/web#7"),
        ]
    );
}

#[test]
fn types_other_than_the_usual_one_are_told() {
    for (kind, told) in [("issue", ""), ("incident", "incident"), ("task", "task")] {
        let (item, _) = one(&format!(r#""state":"opened","issue_type":"{kind}""#));
        assert_eq!(item.type_name, told);
    }
}

#[test]
fn a_list_that_ends_where_a_page_ends_may_go_on() {
    let limits = |count: u64| {
        let rows: Vec<String> = (1..=count)
            .map(|id| format!(r#"{{"id":{id},"iid":{id},"project_id":1,"state":"opened","created_at":"2026-03-02T09:00:00Z"}}"#))
            .collect();
        let (_, remarks) = read(format!("[{}]", rows.join(",")));
        codes(&remarks).contains(&"pages-missing")
    };
    assert!(limits(20) && limits(100));
    assert!(!limits(19) && !limits(21) && !limits(99));
}

#[test]
fn rows_that_are_no_issue_are_skipped_with_their_line() {
    let text = "[{\"iid\":1,\"project_id\":2,\"created_at\":\"2026-03-02T09:00:00Z\"},\n{\"id\":1,\"iid\":1,\"project_id\":2},\n{\"resource_id\":5,\"label\":{\"name\":\"x\"}},\n{\"resource_id\":5,\"created_at\":\"2026-03-02T09:00:00Z\",\"label\":{\"name\":\"x\"},\"action\":\"paint\"}]";
    let (items, remarks) = read(text);
    assert_eq!(items, []);
    assert_eq!(
        remarks.told,
        [
            "issues.json:1: an issue without id",
            "issues.json:2: an issue without the time when it was created",
            "issues.json:3: an event without a time",
            "issues.json:4: an event that neither adds nor removes a label",
        ]
    );
}

#[test]
fn files_are_recognised_by_what_is_in_them() {
    for name in [
        "gitlab-issues.json",
        "gitlab-with-events.json",
        "gitlab-label-events.json",
        "gitlab-state-events.json",
    ] {
        assert!(gitlab::recognise(&fixture(name)), "{name}");
    }
    for name in [
        "github-list.json",
        "github-timeline.json",
        "focalboard-api.json",
    ] {
        assert!(!gitlab::recognise(&fixture(name)), "{name}");
    }
    for other in [
        "",
        "[]",
        r#"[{"iid":1,"project_id":2,"source_branch":"x"}]"#,
        "iid,project_id",
    ] {
        assert!(!gitlab::recognise(other), "{other}");
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
        for name in ["gitlab-with-events.json", "gitlab-state-events.json"] {
            let mut bytes = fixture(name).into_bytes();
            for (place, byte) in &places {
                let at = place.index(bytes.len());
                bytes[at] = *byte;
            }
            if is_cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            gitlab::recognise(&String::from_utf8_lossy(&bytes));
            let (items, _) = read(&bytes);
            prop_assert!(items.len() <= 90);
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes);
    }
}
