//! What is read of Focalboard's exports, good, broken and hostile. Archives are made here from the
//! texts in `fixtures/work-items`.

use std::io::{self, Cursor, Write};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::focalboard::{is_archive, read, read_within, recognise};
use super::focalboard_archive::Limits;
use super::{ReadOptions, Remarks, Sink, text};
use crate::model::work_item::{Change, History, Tracker, WorkItem};
use crate::model::{FlowSettings, Notice};

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/work-items/");
    std::fs::read(format!("{directory}{name}")).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    let text = format!("2026-{text}:00Z");
    DateTime::parse_from_rfc3339(&text).unwrap().to_utc()
}

pub(super) fn try_read(bytes: &[u8], limits: Limits) -> (Vec<WorkItem>, Remarks, io::Result<()>) {
    let flow = FlowSettings::default();
    let options = ReadOptions {
        timezone: chrono_tz::UTC,
        exported: at("03-13T09:00"),
        flow: &flow,
    };
    let mut items = Vec::new();
    let mut each = |item| items.push(item);
    let mut sink = Sink::new("board.boardarchive", &mut each);
    let done = read_within(&mut Cursor::new(bytes), &options, limits, &mut sink);
    let remarks = sink.finish();
    (items, remarks, done)
}

pub(super) fn read_all(bytes: &[u8]) -> (Vec<WorkItem>, Remarks) {
    let head = text::head(&mut Cursor::new(bytes)).unwrap();
    assert!(is_archive(bytes) || recognise(&head));
    let (items, remarks, done) = try_read(bytes, Limits::USUAL);
    done.unwrap();
    (items, remarks)
}

pub(super) fn why(bytes: &[u8]) -> String {
    let (items, _, done) = try_read(bytes, Limits::USUAL);
    assert_eq!(items, []);
    done.unwrap_err().to_string()
}

fn codes(remarks: &Remarks) -> Vec<&str> {
    let notices = remarks.notices.iter();
    notices.map(|notice| notice.code.as_str()).collect()
}

/// The notice of boards that were not read to their end.
pub(super) fn unread(remarks: &Remarks) -> Option<&Notice> {
    let mut notices = remarks.notices.iter();
    notices.find(|notice| notice.code == "focalboard-board-unread")
}

/// Key, status and since when, of each item.
fn statuses(items: &[WorkItem]) -> Vec<(&str, &str, DateTime<Utc>)> {
    let status = |item: &WorkItem| {
        item.events.iter().find_map(|event| match &event.change {
            Change::Status(status) => Some((status.name.clone(), event.at)),
            _ => None,
        })
    };
    items
        .iter()
        .map(|item| {
            let (name, at) = status(item).unwrap_or(("none".to_owned(), item.updated));
            (item.key.as_str(), &*name.leak(), at)
        })
        .collect()
}

pub(super) fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(method)
}

pub(super) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, options(CompressionMethod::Deflated))
            .unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const VERSION: (&str, &[u8]) = ("version.json", br#"{"version":2,"date":1773392400000}"#);

/// The archive of the delivery board, as Focalboard makes it.
pub(super) fn delivery() -> Vec<u8> {
    let board = fixture("focalboard-board.jsonl");
    archive(&[
        VERSION,
        ("bdelivery/board.jsonl", &board),
        ("bdelivery/picture.png", b"\x89PNG"),
    ])
}

#[test]
fn the_cards_of_an_archive_are_items_with_their_present_status() {
    let (items, remarks) = read_all(&delivery());
    assert_eq!(
        statuses(&items),
        [
            ("FOC-101", "Production 🙌", at("03-11T11:00")),
            ("FOC-102", "Production 🙌", at("03-06T19:00")),
            ("FOC-103", "Production 🙌", at("03-09T08:00")),
            ("FOC-104", "Production 🙌", at("03-12T09:00")),
            ("FOC-105", "Code Review 👀", at("03-07T09:00")),
            ("FOC-106", "Cancelled ❌", at("03-08T09:00")),
            (
                "ccard0000000000000000000108",
                "Backlog 💤",
                at("03-02T09:00")
            ),
        ],
        "no template"
    );
    // The last was deleted at 09:00 of the second, and whoever saw it open learns that.
    let removed = |item: &WorkItem| {
        let last = item.events.last()?;
        matches!(last.change, Change::Removed).then_some(last.at)
    };
    assert_eq!(removed(&items[6]), Some(at("03-02T09:00")));
    assert_eq!(items[6].updated, at("03-02T09:00"));
    assert!(items[..6].iter().all(|item| removed(item).is_none()));
    let first = &items[0];
    assert_eq!(first.tracker, Tracker::Focalboard);
    assert_eq!(first.id, "ccard0000000000000000000101");
    assert_eq!(first.title, "Sign in with passkeys");
    assert_eq!(first.type_name, "Feature 🏗");
    assert_eq!(first.labels, ["sign-in"]);
    assert_eq!(first.value, Some(8.0));
    assert_eq!(first.created, at("03-02T09:00"));
    assert_eq!(first.history, History::Approximate);
    assert_eq!(
        first.events.len(),
        2,
        "its status, and that nothing blocks it"
    );
    assert_eq!(items[1].type_name, "Bug 🐞");
    assert_eq!(
        (remarks.skipped, codes(&remarks)),
        (0, vec!["history-approximate"])
    );
}

#[test]
fn focalboard_exports_no_history_and_a_notice_says_how_to_get_it() {
    let (_, remarks) = read_all(&delivery());
    let notice = &remarks.notices[0];
    assert_eq!(notice.code, "history-approximate");
    assert_eq!(notice.count, 6);
    assert_eq!(
        notice.hint.as_deref(),
        Some("commit each export as the same file, then: dora import --history FILE")
    );
}

#[test]
fn keys_come_from_their_property_or_open_the_title() {
    let (items, _) = read_all(&fixture("focalboard-board.jsonl"));
    let keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(
        keys[..6],
        [
            "FOC-101", "FOC-102", "FOC-103", "FOC-104", "FOC-105", "FOC-106"
        ],
        "`[FOC-103] …` and `FOC-104: …`; the FOC-101 inside another title is no key of it"
    );
    let (items, _) = read_all(&fixture("focalboard-legacy.jsonl"));
    assert_eq!(items[0].key, "FOC-7");
    assert_eq!(items[1].key, "lcard2", "nothing better is known");
}

#[test]
fn a_checkbox_named_blocked_blocks() {
    let (items, _) = read_all(&delivery());
    let blocks = |item: &WorkItem| {
        let last = item.events.last().unwrap();
        (last.change.clone(), last.at)
    };
    assert_eq!(
        blocks(&items[4]),
        (Change::Blocked(None), at("03-07T09:00"))
    );
    assert_eq!(blocks(&items[3]), (Change::Unblocked, at("03-12T09:00")));
}

#[test]
fn a_legacy_archive_is_read_and_its_status_is_what_its_board_view_groups_by() {
    let (items, remarks) = read_all(&fixture("focalboard-legacy.jsonl"));
    assert_eq!(
        statuses(&items),
        [
            ("FOC-7", "Complete 🙌", at("03-04T09:00")),
            ("lcard2", "Doing 🚧", at("03-05T09:00")),
            ("lcard3", "none", at("03-06T09:00")),
            ("lcard4", "none", at("03-07T09:00")),
        ]
    );
    assert_eq!(
        codes(&remarks),
        [
            "history-approximate",
            "focalboard-no-status",
            "focalboard-option-unknown",
            "focalboard-status-by-view"
        ]
    );
    assert_eq!(
        remarks.notices[3].message,
        "no select property of board `Old board` is named Status: `Stage`, by which its view groups, is taken for it"
    );
}

#[test]
fn what_the_api_answers_is_read_like_an_archive() {
    let (of_archive, _) = read_all(&delivery());
    let (of_api, remarks) = read_all(&fixture("focalboard-api.json"));
    assert_eq!(of_api, of_archive[..2]);
    assert_eq!(codes(&remarks), ["history-approximate"]);
}

#[test]
fn cards_without_their_board_have_no_status_and_a_notice_says_so() {
    let text = fixture("focalboard-api.json");
    let whole: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let cards = serde_json::to_vec(&whole["cards"]).unwrap();
    let (items, remarks) = read_all(&cards);
    assert_eq!(items.len(), 2);
    assert_eq!(items[0].events, []);
    assert_eq!(items[0].key, "ccard0000000000000000000101");
    assert_eq!(
        codes(&remarks),
        ["history-approximate", "focalboard-board-missing"]
    );
    assert!(remarks.notices[1].incomplete);
}

#[test]
fn blocks_of_a_board_are_read_with_it() {
    let text = String::from_utf8(fixture("focalboard-board.jsonl")).unwrap();
    let mut blocks = Vec::new();
    let mut boards = Vec::new();
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        match row["type"].as_str() {
            Some("board") => boards.push(row["data"].clone()),
            Some("block") => blocks.push(row["data"].clone()),
            _ => {}
        }
    }
    // The cards stand before the board that tells what they mean.
    let both = serde_json::json!({"blocks": blocks, "boards": boards});
    let (items, _) = read_all(&serde_json::to_vec(&both).unwrap());
    assert_eq!(items, read_all(&delivery()).0);
}

#[test]
fn times_that_an_import_set_to_one_instant_are_told() {
    let text = String::from_utf8(fixture("focalboard-board.jsonl")).unwrap();
    let again = regex::Regex::new(r#""updateAt":\d+"#).unwrap();
    let text = again.replace_all(&text, r#""updateAt":1773392400000"#);
    let (_, remarks) = read_all(text.as_bytes());
    assert_eq!(
        codes(&remarks),
        ["history-approximate", "focalboard-imported"]
    );
}

#[test]
fn bad_lines_are_skipped_with_their_place() {
    let text = String::from_utf8(fixture("focalboard-board.jsonl")).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(1, r#"{"type":"block","data":{"type":"card","title":7}}"#);
    lines.insert(2, r#"{"type":"block","data":{"type":"card","id":"c1"}}"#);
    lines.insert(3, r#"{"type":"block","data":{"title":"half a l"#);
    let broken = lines.join("\n");
    let (items, remarks) = read_all(broken.as_bytes());
    assert_eq!(items.len(), 7);
    assert_eq!(
        remarks.told,
        [
            "board.boardarchive:2: no board, card or block",
            "board.boardarchive:3: a card without times",
            "board.boardarchive:4: it does not end where the next begins"
        ]
    );
    let zipped = archive(&[VERSION, ("b/board.jsonl", broken.as_bytes())]);
    let (items, remarks) = read_all(&zipped);
    assert_eq!(items.len(), 7);
    assert_eq!(remarks.skipped, 3);
    assert_eq!(
        remarks.told[0],
        "board.boardarchive:2: no board, card or block (line 2 of `b/board.jsonl`)"
    );
}

#[test]
fn times_of_no_calendar_make_no_item() {
    for time in [
        "0",
        "-1",
        "9223372036854775807",
        "1e300",
        "\"today\"",
        "null",
    ] {
        let line = format!(
            r#"{{"type":"block","data":{{"type":"card","id":"c","createAt":{time},"updateAt":{time}}}}}"#
        );
        let (items, remarks) = read_all(line.as_bytes());
        assert_eq!((items.len(), remarks.skipped), (0, 1), "{time}");
    }
}

#[test]
fn a_file_is_recognised_by_what_is_in_it() {
    for name in [
        "focalboard-board.jsonl",
        "focalboard-legacy.jsonl",
        "focalboard-api.json",
    ] {
        let head = String::from_utf8(fixture(name)).unwrap();
        assert!(recognise(&head), "{name}");
        assert!(!is_archive(head.as_bytes()), "{name}");
    }
    for other in [
        "",
        "PK",
        "[]",
        "{}",
        r#"{"version":1}"#,
        r#"{"type":"board","data":7}"#,
        r#"[{"iid":1,"project_id":2,"createAt":1}]"#,
        "key,status\nA-1,Done\n",
    ] {
        assert!(!recognise(other), "{other}");
    }
    assert!(is_archive(&delivery()) && is_archive(&archive(&[])));
    assert!(!is_archive(b"PK") && !is_archive(b""));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        recognise(&String::from_utf8_lossy(&bytes));
        let _ = try_read(&bytes, Limits::USUAL);
        let mut zip = b"PK\x03\x04".to_vec();
        zip.extend(bytes);
        let _ = try_read(&zip, Limits::USUAL);
    }

    #[test]
    fn any_damage_to_an_archive_is_survived(
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = delivery();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let (items, ..) = try_read(&bytes, Limits::USUAL);
        prop_assert!(items.len() <= 8);
    }

    #[test]
    fn any_damage_to_a_board_is_survived(
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9),
    ) {
        for name in ["focalboard-board.jsonl", "focalboard-api.json"] {
            let mut bytes = fixture(name);
            for (place, byte) in &places {
                let at = place.index(bytes.len());
                bytes[at] = *byte;
            }
            recognise(&String::from_utf8_lossy(&bytes));
            let (items, _, done) = try_read(&bytes, Limits::USUAL);
            prop_assert!(items.len() <= 8);
            prop_assert!(done.is_ok());
        }
    }
}

#[test]
fn what_reading_asks_for_is_what_everybody_gets() {
    let flow = FlowSettings::default();
    let options = ReadOptions {
        timezone: chrono_tz::UTC,
        exported: at("03-13T09:00"),
        flow: &flow,
    };
    let mut count = 0;
    let mut each = |_| count += 1;
    let mut sink = Sink::new("b", &mut each);
    read(&mut Cursor::new(delivery()), &options, &mut sink).unwrap();
    assert_eq!(count, 7);
}
