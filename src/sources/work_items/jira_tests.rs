//! Traps in Jira's JSON, each with what must come out. The worked example is in `json_tests`.

use super::jira_json::read;
use super::json_tests::{events, fixture, told};
use crate::model::WorkItem;
use crate::model::work_item::{Category, Change, History};

fn traps() -> Vec<WorkItem> {
    let (items, remarks) = told(read, fixture("jira-traps.json"));
    assert_eq!(remarks.told, [""; 0]);
    items
}

fn trap(key: &str) -> WorkItem {
    let found = traps().into_iter().find(|item| item.key == key);
    found.expect(key)
}

fn category(item: &WorkItem) -> Option<Category> {
    item.events
        .iter()
        .rev()
        .find_map(|event| match &event.change {
            Change::Status(status) => Some(status.category),
            _ => None,
        })?
}

#[test]
fn a_resolution_date_never_decides_that_an_issue_is_done() {
    let item = trap("TR-1");
    assert_eq!(events(&item), ["03 09:00 Development"]);
    assert_eq!(category(&item), Some(Category::Active));
    assert_eq!(item.history, History::Approximate);
}

#[test]
fn without_changelog_done_is_when_the_category_changed_else_when_it_was_resolved() {
    assert_eq!(events(&trap("TR-2")), ["06 09:00 Production"]);
    assert_eq!(category(&trap("TR-2")), Some(Category::Done));
    assert_eq!(events(&trap("TR-3")), ["07 09:00 Production"]);
}

#[test]
fn a_replaced_workflow_changes_many_issues_and_is_nobodys_work() {
    let item = trap("TR-5");
    assert_eq!(
        events(&item),
        [
            "02 09:00 Backlog",
            "04 09:00 Closed",
            "01 00:00 bulk Erledigt"
        ]
    );
    assert_eq!(category(&item), Some(Category::Done));
}

#[test]
fn changes_are_in_the_order_in_which_they_happened_whichever_end_the_list_begins_at() {
    let expected = [
        "02 09:00 Backlog",
        "03 09:00 Development",
        "04 09:00 Code Review",
        "04 09:00 Testing",
    ];
    assert_eq!(events(&trap("TR-6")), expected);
    assert_eq!(events(&trap("TR-61")), expected);
}

#[test]
fn offsets_that_change_inside_of_one_issue_are_instants() {
    // 23:30 of the 7th in New York, 03:30 of the 8th there in summer, 09:00 of the 10th in Singapore.
    assert_eq!(
        events(&trap("TR-7")),
        [
            "08 04:30 Backlog",
            "08 07:30 Development",
            "10 01:00 Production"
        ]
    );
}

#[test]
fn a_renamed_status_is_the_same_and_a_broken_chain_is_closed_and_said() {
    assert_eq!(events(&trap("TR-8")), ["02 09:00 Backlog", "03 09:00 Done"]);
    assert_eq!(
        events(&trap("TR-81")),
        [
            "02 09:00 Backlog",
            "03 09:00 Development",
            "05 09:00 Testing",
            "08 09:00 Production"
        ]
    );
    let (_, remarks) = told(read, fixture("jira-traps.json"));
    let said = remarks
        .notices
        .iter()
        .find(|notice| notice.code == "status-chain-broken");
    assert_eq!(said.unwrap().count, 1);
}

#[test]
fn a_moved_issue_keeps_its_id_and_its_old_key_is_an_alias() {
    let item = trap("TR-9");
    assert_eq!(item.id, "9");
    assert_eq!(item.aliases, ["OLD-7"]);
}

#[test]
fn types_labels_and_values_are_told_as_they_changed_and_as_they_were_before() {
    let item = trap("TR-9");
    assert_eq!(
        events(&item),
        [
            "02 09:00 Backlog",
            "02 09:00 +kept",
            "02 09:00 +old",
            "02 09:00 type Story",
            "02 09:00 value 3",
            "05 09:00 type Bug",
            "06 09:00 -old",
            "06 09:00 +new",
            "06 09:00 value 8",
        ]
    );
    // No name of the field is given here: the changelog tells which one it is.
    assert_eq!(item.value, Some(8.0));
    assert_eq!(item.labels, ["kept", "new"]);
    assert_eq!(item.type_name, "Bug");
}

#[test]
fn a_cut_changelog_begins_in_the_middle_and_is_said_with_the_request_for_the_rest() {
    let item = trap("TR-10");
    assert_eq!(item.history, History::Partial);
    // Nothing is known of the days before the 8th.
    assert_eq!(events(&item), ["08 09:00 Code Review", "09 09:00 Testing"]);
    let (_, remarks) = told(read, fixture("jira-traps.json"));
    let said = remarks
        .notices
        .iter()
        .find(|notice| notice.code == "changelog-cut")
        .unwrap();
    assert_eq!(said.count, 1);
    assert!(said.message.contains("TR-10"));
    assert!(said.hint.as_ref().unwrap().contains("/changelog"));
    assert!(said.incomplete);
}

#[test]
fn the_key_of_a_category_is_preferred_to_its_id_and_its_name() {
    assert_eq!(category(&trap("TR-11")), Some(Category::New));
    let (_, remarks) = told(read, fixture("jira-traps.json"));
    let code = "status-category-contradiction";
    let said = remarks.notices.iter().find(|notice| notice.code == code);
    assert_eq!(said.unwrap().count, 1);
}

#[test]
fn flags_and_links_block_together_and_the_last_of_them_frees() {
    assert_eq!(
        events(&trap("TR-12")),
        [
            "02 09:00 Backlog",
            "03 09:00 Development",
            "05 09:00 blocked: TR-8",
            "06 09:00 blocked: Impediment",
            "08 09:00 unblocked",
        ]
    );
}

#[test]
fn a_page_that_is_not_the_last_is_said() {
    let (_, remarks) = told(read, fixture("jira-traps.json"));
    assert!(
        remarks
            .notices
            .iter()
            .any(|notice| notice.code == "pages-missing")
    );
    let page = "{\"startAt\":0,\"total\":3,\"issues\":[{\"id\":\"1\",\"key\":\"A-1\",\"fields\":\
                {\"created\":\"2026-03-02T09:00:00Z\"}}]}";
    let (_, remarks) = told(read, page.as_bytes().to_vec());
    let said = remarks
        .notices
        .iter()
        .find(|notice| notice.code == "pages-missing")
        .unwrap();
    assert!(said.message.contains("holds 1 of 3 issues"));
    let (items, remarks) = told(read, [page; 3].concat().into_bytes());
    assert_eq!(items.len(), 3);
    assert!(
        remarks
            .notices
            .iter()
            .all(|notice| notice.code != "pages-missing")
    );
}

#[test]
fn an_empty_result_has_no_issues_and_no_fault() {
    let (items, remarks) = told(read, fixture("jira-empty.json"));
    assert_eq!(items, []);
    assert_eq!(remarks.skipped, 0);
    assert_eq!(remarks.notices, []);
}

fn keys(items: &[WorkItem]) -> Vec<&str> {
    items.iter().map(|item| item.key.as_str()).collect()
}

#[test]
fn a_broken_element_is_skipped_with_its_line_and_its_neighbours_are_read() {
    let (items, remarks) = told(read, fixture("jira-broken-element.json"));
    assert_eq!(keys(&items), ["BR-1", "BR-3", "BR-5"]);
    let [broken, incomplete] = remarks.told.as_slice() else {
        panic!("{:?}", remarks.told);
    };
    assert!(broken.starts_with("a.json:3: no JSON (line 1 of it, column 4"));
    assert_eq!(incomplete, "a.json:5: BR-4: it has no `created`");
}

#[test]
fn a_truncated_file_keeps_its_whole_issues_and_says_where_it_ends() {
    let (items, remarks) = told(read, fixture("jira-truncated.json"));
    assert_eq!(keys(&items), ["BR-1", "BR-2"]);
    assert_eq!(
        remarks.told,
        ["a.json:4: the file ends in the middle of this"]
    );
    assert_eq!(remarks.notices[0].code, "export-truncated");
}

#[test]
fn nesting_without_end_harms_its_own_issue_alone() {
    let (items, remarks) = told(read, fixture("jira-bomb.json"));
    assert_eq!(keys(&items).first(), Some(&"BR-1"));
    assert_eq!(keys(&items).last(), Some(&"BR-4"));
    assert!(remarks.skipped <= 2);
}

#[test]
fn hostile_texts_are_kept_as_they_are() {
    let (items, remarks) = told(read, fixture("jira-hostile.json"));
    assert_eq!(keys(&items), ["HO-1", "HO-2", "BR-4"]);
    assert_eq!(items[0].title, "\u{1b}[2J\u{1b}]0;owned\u{7} red");
    assert_eq!(events(&items[0]), ["02 09:00 Back\0log"]);
    // One byte is no UTF-8: it is replaced, and its issue is not lost.
    assert_eq!(items[1].title, "caf\u{fffd} ü ö ä ß");
    assert_eq!(remarks.notices[0].code, "text-broken");
    // A raw NUL inside of a text is no JSON.
    assert_eq!(remarks.skipped, 1);
    assert!(remarks.told[0].starts_with("a.json:4: no JSON"));
}

#[test]
fn pages_of_one_changelog_are_one_history() {
    let pages = fixture("jira-changelog-pages.jsonl");
    let (items, remarks) = told(read, pages.clone());
    assert_eq!(remarks.skipped, 0);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].id, "20101");
    assert_eq!(items[0].history, History::Complete);
    let said = events(&items[0]);
    assert_eq!(said.len(), 8);
    assert_eq!(said.last().unwrap(), "11 11:00 Production");
    // The first page alone is a part.
    let first = pages.split(|byte| *byte == b'\n').next().unwrap().to_vec();
    let (items, remarks) = told(read, first);
    assert_eq!(items[0].history, History::Partial);
    assert_eq!(remarks.notices[0].code, "changelog-cut");
    // Behind its issue, it knows its key and when it begins.
    let issue = b"{\"id\":\"20101\",\"key\":\"FOC-101\",\"fields\":{\"created\":\"2026-03-02T09:00:00Z\"}}\n";
    let (items, _) = told(read, [issue.to_vec(), pages].concat());
    assert_eq!(items[1].key, "FOC-101");
    assert_eq!(events(&items[1])[0], "02 09:00 Backlog");
    // Of changes that belong to nobody nothing can be made.
    let (items, remarks) = told(
        read,
        b"{\"values\":[{\"created\":1,\"items\":[]}]}".to_vec(),
    );
    assert_eq!(items, []);
    assert_eq!(remarks.skipped, 1);
}

#[test]
fn an_answer_that_is_an_error_says_so() {
    let text = "{\"errorMessages\":[\"Issue does not exist\"],\"errors\":{}}";
    let (_, remarks) = told(read, text.as_bytes().to_vec());
    assert_eq!(
        remarks.told,
        ["a.json:1: Jira answered with an error, and no issues"]
    );
}

#[test]
fn an_old_style_epic_is_a_parent_and_the_name_of_a_field_may_come_first() {
    let text = "{\"names\":{\"customfield_1\":\"Epic Link\",\"customfield_2\":\"Value\"},\"issues\":[\
                {\"id\":1,\"key\":\"A-1\",\"fields\":{\"created\":1772442000000,\"customfield_1\":\"A-9\",\
                \"customfield_2\":\"7\",\"customfield_3\":3}}]}";
    let (items, _) = told(read, text.as_bytes().to_vec());
    assert_eq!(items[0].parent.as_deref(), Some("A-9"));
    assert_eq!(items[0].value, Some(7.0));
    assert_eq!(items[0].created.to_rfc3339(), "2026-03-02T09:00:00+00:00");
}

/// The ids of the statuses that items enter.
fn status_ids(items: &[WorkItem]) -> Vec<&str> {
    let events = items.iter().flat_map(|item| &item.events);
    let ids = events.filter_map(|event| match &event.change {
        Change::Status(status) => status.id.as_deref(),
        _ => None,
    });
    ids.collect()
}

#[test]
fn the_ids_of_statuses_are_those_of_one_site() {
    let of = |address: &str| {
        format!(
            "{{\"id\":\"1\",\"key\":\"A-1\",\"self\":\"{address}\",\"fields\":{{\
             \"created\":\"2026-03-02T09:00:00Z\",\"status\":{{\"id\":\"10001\",\"name\":\"Done\"}}}},\
             \"changelog\":{{\"histories\":[{{\"created\":\"2026-03-03T09:00:00Z\",\"items\":[\
             {{\"field\":\"status\",\"from\":\"3\",\"fromString\":\"Doing\",\"to\":\"10001\",\
             \"toString\":\"Done\"}}]}}]}}}}\n"
        )
    };
    let two = [
        of("https://A.example/rest/api/2/issue/1"),
        of("https://someone:secret@b.example:8080/jira/rest/api/2/issue/1"),
        of("https://api.atlassian.com/ex/jira/0a-1B/rest/api/3/issue/1"),
        of(""),
    ];
    let (items, _) = told(read, two.concat().into_bytes());
    assert_eq!(
        status_ids(&items),
        [
            "a.example/3",
            "a.example/10001",
            "b.example:8080/3",
            "b.example:8080/10001",
            "0a-1b/3",
            "0a-1b/10001",
            "3",
            "10001",
        ]
    );
    // The changes of an issue by themselves are of the same site.
    let pages = fixture("jira-changelog-pages.jsonl");
    let (items, _) = told(read, pages);
    let ids = status_ids(&items);
    assert!(
        ids.iter().all(|id| id.starts_with("jira.example/")),
        "{ids:?}"
    );
}

#[test]
fn a_history_that_is_none_is_left_out_and_counted_and_its_issue_is_read() {
    let text = "{\"id\":1,\"key\":\"A-1\",\"fields\":{\"created\":\"2026-03-02T09:00:00Z\"},\
                \"changelog\":{\"histories\":[null,7,[1],\"x\",\
                {\"created\":\"2026-03-03T09:00:00Z\",\"items\":null},\
                {\"created\":\"2026-03-04T09:00:00Z\",\"items\":[null,{\"field\":\"status\",\
                \"fromString\":\"Open\",\"toString\":\"Review\"}]}]}}";
    let (items, remarks) = told(read, text.as_bytes().to_vec());
    assert_eq!(events(&items[0]), ["02 09:00 Open", "04 09:00 Review"]);
    assert_eq!(remarks.told, [""; 0]);
    let said = &remarks.notices[0];
    assert_eq!((said.code.as_ref(), said.count), ("change-without-time", 4));
}

#[test]
fn a_result_without_issues_is_one_of_jira() {
    for text in [
        "{\"issues\":[]}",
        " { \"issues\" : [ ] } ",
        "{\"isLast\":true,\"issues\":[]}",
    ] {
        assert!(super::jira_json::recognise(text), "{text}");
        let (items, remarks) = told(read, text.as_bytes().to_vec());
        assert_eq!((items.len(), remarks.skipped), (0, 0));
        assert_eq!(remarks.notices, []);
    }
    for text in [
        "{\"issues\":7}",
        "{\"issues\":[1]}",
        "{\"issues\":{}}",
        "{\"data\":[]}",
    ] {
        assert!(!super::jira_json::recognise(text), "{text}");
    }
}

#[test]
fn the_whole_changelog_behind_a_cut_issue_makes_it_whole() {
    let change = |day: u8, from: &str, to: &str| {
        format!(
            "{{\"created\":\"2026-03-{day:02}T09:00:00Z\",\"items\":[{{\"field\":\"status\",\
             \"fromString\":\"{from}\",\"toString\":\"{to}\"}}]}}"
        )
    };
    let start = change(3, "Open", "Doing");
    let review = change(6, "Doing", "Review");
    let end = change(8, "Review", "Done");
    let issue = format!(
        "{{\"issues\":[{{\"id\":\"1\",\"key\":\"F-1\",\"fields\":{{\"status\":{{\"name\":\"Done\"}},\
         \"created\":\"2026-03-02T09:00:00Z\",\"updated\":\"2026-03-12T09:00:00Z\"}},\
         \"changelog\":{{\"total\":3,\"histories\":[{end},{review}]}}}}],\"isLast\":true}}\n"
    );
    let rest = format!(
        "{{\"self\":\"https://x/rest/api/3/issue/1/changelog\",\"startAt\":0,\"total\":3,\
         \"isLast\":true,\"values\":[{start},{review},{end}]}}"
    );
    let (items, remarks) = told(read, format!("{issue}{rest}").into_bytes());
    assert_eq!(remarks.notices, []);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].history, History::Complete);
    assert_eq!(
        events(&items[0]),
        [
            "02 09:00 Open",
            "03 09:00 Doing",
            "06 09:00 Review",
            "08 09:00 Done"
        ]
    );
    // An older changelog does not: it lacks what the issue shows.
    let old = rest.replace(&format!(",{end}"), "");
    let (items, remarks) = told(read, format!("{issue}{old}").into_bytes());
    assert_eq!(remarks.notices[0].code, "changelog-cut");
    assert_eq!(items[1].history, History::Partial);
}
