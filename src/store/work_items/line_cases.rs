//! Cases of the file itself, by hand: lines that are long, torn, bad, newer or of another order, two
//! writers, two halves. What several lines mean together is in `cases`.

use chrono::TimeDelta;

use crate::model::WorkItem;
use crate::model::work_item::{Category, Change, Event, History};
use crate::store::StoreError;

use super::cases::{at, entered, status, told, world};
use super::{Pieces, WorkItemLog};

#[test]
fn a_line_is_readable_and_comes_back_as_it_was_told() {
    let world = world();
    let mut item = told(
        History::Complete,
        50,
        &[
            Event::new(at(0), status("To \"Do\"", "1", Some(Category::New))),
            Event::new(at(1), Change::Blocked(None)),
            Event::new(at(2), Change::Blocked(Some("vendor".to_owned()))),
            Event::new(at(3), Change::Unblocked),
            Event::new(at(4), Change::Labelled("risky".to_owned())),
            Event::new(at(5), Change::Unlabelled("risky".to_owned())),
            Event::new(at(6), Change::Type("Bug".to_owned())),
            Event::new(at(7), Change::Value(Some(8.5))),
            Event::new(at(8), Change::Value(None)),
            Event {
                is_bulk: true,
                ..Event::new(
                    at(9) + TimeDelta::milliseconds(25),
                    status("Done", "3", None),
                )
            },
            Event::new(at(10), status("Done", "4", Some(Category::Done))),
            Event::new(at(11), Change::Removed),
        ],
    );
    item.title = "A \\ title\nof two lines 🙌".to_owned();
    item.type_name = "Bug".to_owned();
    item.labels = vec!["a".to_owned(), "b".to_owned()];
    item.value = Some(3.0);
    item.parent = Some("FOC-9".to_owned());
    item.resolution = Some("Done".to_owned());
    item.aliases = vec!["OLD-1".to_owned()];
    world.import(std::slice::from_ref(&item));
    assert_eq!(world.only(), item);
    let content = world.content();
    assert_eq!(content.lines().count(), 1);
    let line: serde_json::Value = serde_json::from_str(&content).unwrap();
    assert_eq!(line["schema_version"], 1);
    assert_eq!(line["created"], "2026-02-25T06:13:20Z");
    assert_eq!(line["events"][0]["status"], "To \"Do\"");
    assert_eq!(line["events"][9]["at"], "2026-02-25T15:13:20.025Z");
    assert_eq!(line["events"][9]["status_id"], "3");
    assert_eq!(line["events"][9]["bulk"], true);
}

#[test]
fn a_long_history_becomes_several_lines_and_one_item() {
    let world = world();
    let events: Vec<Event> = (0..5_000)
        .map(|hour| entered(hour / 2, if hour % 2 == 0 { "Dev" } else { "Review" }))
        .collect();
    let item = told(History::Complete, 9_999, &events);
    world.import(std::slice::from_ref(&item));
    assert_eq!(world.content().lines().count(), 3);
    assert_eq!(world.only(), item);
    assert_eq!(world.import(&[item]).unchanged, 1);
    // Texts as long as they get.
    let blocked = |hour: i64| {
        let reason = format!("{hour}{}", "\u{1}".repeat(3_000));
        Event::new(at(hour), Change::Blocked(Some(reason)))
    };
    let mut other = told(
        History::Complete,
        1,
        &(0..2_000).map(blocked).collect::<Vec<_>>(),
    );
    other.id = "1002".to_owned();
    other.key = "FOC-2".to_owned();
    world.import(&[other]);
    let read = world.items();
    assert!(read.notices.is_empty(), "{:?}", read.notices);
    assert_eq!(read.items[1].events.len(), 2_000);
}

#[test]
fn a_torn_last_line_does_not_count_and_the_same_import_adds_the_rest() {
    let items: Vec<WorkItem> = (0..3)
        .map(|number| WorkItem {
            id: format!("{number}"),
            key: format!("FOC-{number}"),
            ..told(
                History::Complete,
                10,
                &[entered(0, "Open"), entered(4, "Dev")],
            )
        })
        .collect();
    let whole = world();
    whole.import(&items);
    let expected = whole.content();
    let second_line = expected.lines().next().unwrap().len() + 1;
    for cut in [
        second_line - 1,
        second_line,
        second_line + 1,
        second_line + 70,
        expected.len() - 2,
    ] {
        let world = world();
        world.write(&expected[..cut]);
        let read = world.items();
        let is_torn = cut > second_line;
        assert_eq!(read.notices.len(), usize::from(is_torn), "{cut}");
        if is_torn {
            assert_eq!(read.notices[0].code, "work-item-torn");
            assert!(!read.notices[0].incomplete);
        }
        world.import(&items);
        assert_eq!(world.content(), expected, "{cut}");
    }
}

#[test]
fn bad_lines_are_skipped_with_their_place_and_stay() {
    let world = world();
    world.import(&[told(History::Complete, 10, &[entered(0, "Open")])]);
    let good = world.content();
    let cases = [
        ("{\"schema_version\":1,", ":2:21: "),
        (
            "{\"schema_version\":1,\"type\":\"itme\"}",
            ":3: `itme` is no type of line; did you mean `item`?",
        ),
        (
            &*good
                .replace("\"tracker\":\"jira\"", "\"tracker\":\"jria\"")
                .trim_end()
                .to_owned(),
            ":4: `tracker` cannot be \"jria\"; did you mean \"jira\"?",
        ),
        (
            &*good
                .replace("2026-02-25T06:13:20Z", "yesterday")
                .trim_end()
                .to_owned(),
            ":5: `yesterday` is no instant",
        ),
        (
            &*good
                .replace("\"id\":\"1001\"", "\"id\":1001")
                .trim_end()
                .to_owned(),
            ":6:57: is not of the shape of an item",
        ),
        ("{}", ":7: has no `schema_version`"),
        ("=======", ":8: is the mark of a merge conflict"),
        ("{\"schema_version\":0}", ":9: there is no schema_version 0"),
    ];
    let mut content = good.clone();
    for (line, _) in &cases {
        content.push_str(line);
        content.push('\n');
    }
    world.write(&content);
    let read = world.items();
    assert_eq!(read.items.len(), 1);
    let messages: Vec<_> = read.notices.iter().map(|n| n.message.as_str()).collect();
    assert_eq!(messages.len(), cases.len(), "{messages:#?}");
    for ((_, place), message) in cases.iter().zip(messages) {
        let start = format!(".dora/work-items.jsonl{place}");
        assert!(message.starts_with(&start), "{message}\n{start}");
    }
    assert!(read.notices.iter().all(|notice| notice.incomplete));
    world.import(&[told(History::Complete, 20, &[entered(15, "Done")])]);
    assert!(world.content().starts_with(&content));
}

#[test]
fn a_line_of_a_newer_dora_refuses_the_whole_file_and_writes_nothing() {
    let world = world();
    let content = "{\"schema_version\":2,\"type\":\"work\"}\n";
    world.write(content);
    let error = world.store.work_items().unwrap_err();
    assert_eq!(
        error.to_string(),
        ".dora/work-items.jsonl:1 has schema version 2, this dora understands up to 1"
    );
    assert!(matches!(
        world
            .store
            .writer("test")
            .unwrap()
            .append_work_items(WorkItemLog::default()),
        Err(StoreError::NewerVersion { .. })
    ));
    assert_eq!(world.content(), content);
}

#[test]
fn two_imports_at_once_lose_nothing_and_write_nothing_twice() {
    let world = world();
    let mut first = world.store.work_item_log().unwrap();
    let mut second = world.store.work_item_log().unwrap();
    for log in [&mut first, &mut second] {
        let mut pieces = Pieces::new();
        pieces.add(&told(History::Complete, 10, &[entered(0, "Open")]));
        log.tell(pieces);
    }
    for log in [first, second] {
        let writer = world.store.writer("test").unwrap();
        writer.append_work_items(log).unwrap();
    }
    assert_eq!(world.content().lines().count(), 1);
}

#[test]
fn fields_of_other_tools_and_another_order_of_fields_are_read() {
    let world = world();
    world.write(concat!(
        r#"{ "events": [ { "status": "Dev", "at": "2026-03-02T10:00:00+01:00", "by": {"a":["}"]} },"#,
        r#" { "at": "2026-03-02T09:30:00Z", "moved": true } ], "key": "FOC-1", "id": "1","#,
        r#" "statuses": [ { "category": "active", "name": "Dev" } ], "history": "partial","#,
        r#" "type": "item", "tracker": "linear", "updated": "2026-03-02T09:00:00.123456Z","#,
        r#" "created": "2026-03-01T00:00:00Z", "note": [1, "x"], "schema_version": 1 }"#,
        "\r\n"
    ));
    let read = world.items();
    assert_eq!(read.items.len(), 1, "{:?}", read.notices);
    let item = &read.items[0];
    assert_eq!(item.events.len(), 1);
    assert_eq!(item.events[0].at.to_rfc3339(), "2026-03-02T09:00:00+00:00");
    assert_eq!(
        item.events[0].change,
        status("Dev", "", Some(Category::Active))
    );
    assert_eq!(item.updated.timestamp_subsec_micros(), 123_456);
    assert_eq!(read.notices[0].code, "work-item-event-unknown");
}

#[test]
fn statuses_are_known_wherever_they_stand_in_a_line() {
    let head = r#"{"schema_version":1,"type":"item","id":"1","created":"2026-03-01T00:00:00Z","updated":"2026-03-02T00:00:00Z","history":"complete""#;
    let parts = [
        r#""tracker":"jira""#,
        r#""statuses":[{"name":"Dev","id":"3","category":"active"}]"#,
        r#""events":[{"at":"2026-03-01T09:00:00Z","status":"Dev"}]"#,
    ];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let world = world();
        let rest = order.map(|part| parts[part]).join(",");
        world.write(&format!("{head},{rest}}}\n"));
        let change = world.only().events[0].change.clone();
        assert_eq!(
            change,
            status("Dev", "3", Some(Category::Active)),
            "{order:?}"
        );
    }
}

#[test]
fn a_file_of_many_lines_is_read_in_two_halves_as_in_one() {
    let world = world();
    let items: Vec<WorkItem> = (0..4_000)
        .map(|number: i64| WorkItem {
            id: format!("{number}"),
            key: format!("FOC-{number}"),
            title: "x".repeat(200),
            created: at(number),
            ..told(
                History::Complete,
                5_000,
                &[
                    entered(number, "Open"),
                    entered(number + 1, &format!("S{}", number % 7)),
                ],
            )
        })
        .collect();
    world.import(&items);
    let mut content = world.content();
    assert!(content.len() > 1 << 20);
    assert_eq!(world.items().items, items);
    content.push_str("bad\n");
    world.write(&content);
    let notices = world.items().notices;
    assert!(
        notices[0]
            .message
            .starts_with(".dora/work-items.jsonl:4001:1: ")
    );
}
