//! The worked example of the value stream in every JSON format, and what damage does to the files. Traps
//! of single formats are tested in `jira_tests` and beside the other readers.

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::path::PathBuf;

use chrono::Utc;
use proptest::prelude::*;

use super::{Input, ReadOptions, Remarks, Sink, azure_json, jira_cli, jira_json, linear, text};
use crate::model::work_item::{Change, Event, History};
use crate::model::{FlowSettings, WorkItem};

/// How a format is recognised.
type Recognise = fn(&str) -> bool;

/// How a format is read.
pub(super) type Read = fn(&mut dyn Input, &ReadOptions<'_>, &mut Sink<'_>) -> io::Result<()>;

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/work-items");
    std::fs::read(path.join(name)).expect(name)
}

/// What a reader makes of a file.
pub(super) fn told(read: Read, bytes: Vec<u8>) -> (Vec<WorkItem>, Remarks) {
    let flow = FlowSettings::default();
    let options = ReadOptions {
        timezone: chrono_tz::Europe::Berlin,
        exported: "2026-03-13T09:00:00Z"
            .parse::<chrono::DateTime<Utc>>()
            .unwrap(),
        flow: &flow,
    };
    let mut items = Vec::new();
    let mut each = |item| items.push(item);
    let mut sink = Sink::new("a.json", &mut each);
    read(&mut Cursor::new(bytes), &options, &mut sink).unwrap();
    let remarks = sink.finish();
    (items, remarks)
}

/// An event in a few words: `02 09:00 Backlog`, all in March 2026.
pub(super) fn words(event: &Event) -> String {
    let what = match &event.change {
        Change::Status(status) => status.name.clone(),
        Change::Blocked(reason) => format!("blocked: {}", reason.as_deref().unwrap_or("-")),
        Change::Unblocked => "unblocked".to_owned(),
        Change::Labelled(label) => format!("+{label}"),
        Change::Unlabelled(label) => format!("-{label}"),
        Change::Type(name) => format!("type {name}"),
        Change::Value(value) => format!("value {}", value.unwrap_or(f64::NAN)),
        Change::Removed => "removed".to_owned(),
    };
    let bulk = if event.is_bulk { "bulk " } else { "" };
    format!("{} {bulk}{what}", event.at.format("%d %H:%M"))
}

pub(super) fn events(item: &WorkItem) -> Vec<String> {
    item.events.iter().map(words).collect()
}

/// Pieces of one item, put together the way that loses nothing.
fn whole(pieces: Vec<WorkItem>) -> BTreeMap<String, WorkItem> {
    let mut items: BTreeMap<String, WorkItem> = BTreeMap::new();
    for piece in pieces {
        match items.get_mut(&piece.id) {
            Some(item) => {
                item.events.extend(piece.events);
                item.events.sort_by_key(|event| event.at);
                item.value = piece.value.or(item.value);
            }
            None => drop(items.insert(piece.id.clone(), piece)),
        }
    }
    items
}

/// Type, value and events of FOC-101 to FOC-106: spec of the worked example.
const EXAMPLE: [(&str, f64, &[&str]); 6] = [
    (
        "feature",
        8.0,
        &[
            "02 09:00 Backlog",
            "03 09:00 Design",
            "04 09:00 Development",
            "06 09:00 Code Review",
            "09 09:00 Testing",
            "10 09:00 Deployment Approval",
            "11 09:00 Deploy",
            "11 11:00 Production",
        ],
    ),
    (
        "defect",
        3.0,
        &[
            "02 10:00 Backlog",
            "02 12:00 Development",
            "03 12:00 Code Review",
            "04 12:00 Development",
            "05 12:00 Code Review",
            "06 12:00 Testing",
            "06 18:00 Deploy",
            "06 19:00 Production",
        ],
    ),
    ("risk", 2.0, &["05 08:00 Backlog", "09 08:00 Production"]),
    (
        "debt",
        1.0,
        &[
            "02 09:00 Backlog",
            "04 09:00 Development",
            "06 09:00 Production",
            "10 09:00 Development",
            "11 09:00 blocked",
            "12 03:00 unblocked",
            "12 09:00 Production",
        ],
    ),
    (
        "feature",
        5.0,
        &[
            "03 09:00 Backlog",
            "05 09:00 Design",
            "06 09:00 Development",
            "07 09:00 Code Review",
        ],
    ),
    (
        "feature",
        5.0,
        &[
            "03 09:00 Backlog",
            "04 09:00 Development",
            "08 09:00 Cancelled",
        ],
    ),
];

/// Checks statuses and blocked times of six items, in the order of their ids.
fn is_the_example(items: &BTreeMap<String, WorkItem>) {
    assert_eq!(items.len(), 6);
    let settings = FlowSettings::default();
    for (item, (kind, _, expected)) in items.values().zip(EXAMPLE) {
        let events: Vec<String> = item
            .events
            .iter()
            .filter(|event| !event.is_bulk)
            .filter_map(|event| {
                let at = event.at.format("%d %H:%M");
                match &event.change {
                    Change::Status(status) => Some(format!("{at} {}", status.name)),
                    Change::Blocked(_) => Some(format!("{at} blocked")),
                    Change::Labelled(label) if label == "Blocked" => Some(format!("{at} blocked")),
                    Change::Unblocked => Some(format!("{at} unblocked")),
                    Change::Unlabelled(label) if label == "Blocked" => {
                        Some(format!("{at} unblocked"))
                    }
                    _ => None,
                }
            })
            .collect();
        assert_eq!(events, expected, "{}", item.key);
        assert!(
            item.events
                .iter()
                .all(|event| { event.at.format("%Y-%m %S%.f").to_string() == "2026-03 00" })
        );
        assert_eq!(item.history, History::Complete, "{}", item.key);
        assert_eq!(item.created, item.events[0].at);
        let words = std::iter::once(&item.type_name).chain(&item.labels);
        let kinds: Vec<&str> = words
            .filter_map(|word| {
                settings
                    .types
                    .get(&crate::model::flow_settings::plain_status(word))
            })
            .map(|kind| kind.name())
            .collect();
        assert_eq!(kinds, [kind], "{}", item.key);
    }
}

fn has_values(items: &BTreeMap<String, WorkItem>) {
    for (item, (_, value, _)) in items.values().zip(EXAMPLE) {
        assert_eq!(item.value, Some(value), "{}", item.key);
    }
}

#[test]
fn the_worked_example_of_jira_is_told_event_by_event() {
    let (items, remarks) = told(jira_json::read, fixture("jira-search.json"));
    assert_eq!(remarks, Remarks::default());
    let items = whole(items);
    is_the_example(&items);
    has_values(&items);
    let keys: Vec<&str> = items.values().map(|item| item.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "FOC-101", "FOC-102", "FOC-103", "FOC-104", "FOC-105", "FOC-106"
        ]
    );
    // The replacement of the workflow is there, and is nobody's work.
    assert_eq!(
        events(&items["20103"]).last().unwrap(),
        "12 08:00 bulk Production"
    );
    let first = &items["20101"];
    assert_eq!(first.title, "Sign in with passkeys");
    assert_eq!(first.labels, ["web"]);
    assert_eq!(first.parent.as_deref(), Some("FOC-90"));
    assert_eq!(first.updated.timestamp_subsec_millis(), 5);
    assert_eq!(items["20106"].resolution.as_deref(), Some("Won't Do"));
    assert_eq!(events(&items["20104"])[4], "11 09:00 blocked: Impediment");
}

#[test]
fn jiras_bulk_changelogs_tell_the_same_events_by_themselves() {
    let (items, remarks) = told(jira_json::read, fixture("jira-bulk-changelogs.json"));
    assert_eq!(remarks, Remarks::default());
    let items = whole(items);
    assert_eq!(items.len(), 6);
    for (item, (_, _, expected)) in items.values().zip(EXAMPLE) {
        let statuses = item.events.iter().filter(|event| !event.is_bulk);
        let told: Vec<String> = statuses
            .map(words)
            .filter(|said| !said.contains("blocked"))
            .collect();
        let expected: Vec<&&str> = expected
            .iter()
            .filter(|said| !said.contains("blocked"))
            .collect();
        // When the first status began is not said here: it held until the first change.
        assert_eq!(
            told[1..].iter().map(String::as_str).collect::<Vec<_>>(),
            expected
                .iter()
                .skip(1)
                .map(|said| **said)
                .collect::<Vec<_>>()
        );
        assert!(told[0].ends_with("Backlog"));
        assert_eq!(item.events[0].at, item.created);
    }
    // Behind its issues in one file, they tell everything.
    let mut both = fixture("jira-search.json");
    both.extend(fixture("jira-bulk-changelogs.json"));
    let (items, _) = told(jira_json::read, both);
    assert_eq!(items.len(), 12);
    let events_of = |id: &str| -> Vec<Vec<String>> {
        items
            .iter()
            .filter(|item| item.id == id)
            .map(events)
            .collect()
    };
    let twice = events_of("20102");
    assert_eq!(twice[0], twice[1]);
    assert_eq!(items[7].key, "FOC-102");
}

#[test]
fn the_worked_example_of_azure_devops_is_told_by_updates_reports_and_analytics() {
    for name in [
        "azure-updates.json",
        "azure-reporting.json",
        "azure-analytics.json",
    ] {
        let (items, remarks) = told(azure_json::read, fixture(name));
        assert_eq!(remarks.told, [""; 0], "{name}");
        let items = whole(items);
        is_the_example(&items);
        has_values(&items);
        assert_eq!(items["101"].labels, ["web", "passkeys"], "{name}");
        assert_eq!(items["101"].parent.as_deref(), Some("90"), "{name}");
        assert_eq!(items["106"].title, "Export to fax", "{name}");
    }
    let (_, remarks) = told(azure_json::read, fixture("azure-analytics.json"));
    assert_eq!(remarks.notices.len(), 1);
    assert_eq!(remarks.notices[0].code, "pages-missing");
    let (items, _) = told(azure_json::read, fixture("azure-revisions.json"));
    assert_eq!(
        items.iter().map(events).collect::<Vec<_>>(),
        [[
            "02 09:00 Backlog",
            "02 09:00 value 1",
            "04 09:00 Development",
            "06 09:00 Production",
            "10 09:00 Development",
            "11 09:00 blocked: -",
            "12 03:00 unblocked",
            "12 09:00 Production"
        ]]
    );
}

#[test]
fn the_worked_example_of_linear_is_told_by_spans_and_by_changes() {
    for name in ["linear.json", "linear-history.json"] {
        let (items, remarks) = told(linear::read, fixture(name));
        assert_eq!(remarks, Remarks::default(), "{name}");
        let items = whole(items);
        is_the_example(&items);
        // An estimate is no business value.
        assert!(items.values().all(|item| item.value.is_none()));
        assert_eq!(items["uuid-0"].aliases, ["OLD-7"]);
        assert_eq!(items["uuid-0"].parent.as_deref(), Some("FOC-90"));
    }
}

#[test]
fn jira_cli_tells_how_issues_are_now_and_says_what_that_cannot_tell() {
    let (items, remarks) = told(jira_cli::read, fixture("jira-cli.json"));
    assert_eq!(items.len(), 6);
    assert_eq!(items[0].id, "FOC-101");
    assert_eq!(items[0].type_name, "Story");
    assert_eq!(items[0].parent.as_deref(), Some("FOC-90"));
    assert_eq!(items[0].history, History::Approximate);
    assert_eq!(events(&items[0]), ["11 11:00 Production"]);
    assert_eq!(items[0].resolution, None);
    assert_eq!(items[5].resolution.as_deref(), Some("Won't Do"));
    assert_eq!(remarks.skipped, 0);
    let notice = &remarks.notices[0];
    assert_eq!((notice.code.as_str(), notice.count), ("history-missing", 6));
    assert!(notice.message.contains("no flow time"));
    assert!(notice.hint.as_ref().unwrap().contains("expand=changelog"));
}

/// Each file with the one reader that knows it.
const FORMATS: [(&str, usize); 18] = [
    ("jira-search.json", 0),
    ("jira-bulk-changelogs.json", 0),
    ("jira-changelog-pages.jsonl", 0),
    ("jira-traps.json", 0),
    ("jira-empty.json", 0),
    ("jira-broken-element.json", 0),
    ("jira-truncated.json", 0),
    ("jira-bomb.json", 0),
    ("jira-hostile.json", 0),
    ("jira-cli.json", 1),
    ("azure-updates.json", 2),
    ("azure-reporting.json", 2),
    ("azure-revisions.json", 2),
    ("azure-analytics.json", 2),
    ("azure-traps.json", 2),
    ("linear-traps.json", 3),
    ("linear.json", 3),
    ("linear-history.json", 3),
];

const READERS: [(Recognise, Read); 4] = [
    (jira_json::recognise, jira_json::read),
    (jira_cli::recognise, jira_cli::read),
    (azure_json::recognise, azure_json::read),
    (linear::recognise, linear::read),
];

#[test]
fn every_file_is_recognised_by_its_own_reader_alone() {
    for (name, own) in FORMATS {
        let head = text::head(&mut Cursor::new(fixture(name))).unwrap();
        for (number, (recognise, _)) in READERS.iter().enumerate() {
            assert_eq!(recognise(&head), number == own, "{name}: reader {number}");
        }
        // In UTF-16, as PowerShell writes it.
        let wide: Vec<u8> = String::from_utf8_lossy(&fixture(name))
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let wide = [vec![0xFF, 0xFE], wide].concat();
        let head = text::head(&mut Cursor::new(wide.clone())).unwrap();
        assert!(READERS[own].0(&head), "{name}");
        let narrow = told(READERS[own].1, fixture(name)).0;
        assert_eq!(told(READERS[own].1, wide).0.len(), narrow.len(), "{name}");
    }
    for text in [
        "",
        "{}",
        "[]",
        "[{}]",
        "{\"a\":1}",
        "key,status",
        "{\"issues\":1}",
        "[{\"id\":1,\"title\":\"x\"}]",
    ] {
        for (recognise, _) in READERS {
            assert!(!recognise(text), "{text}");
        }
    }
}

/// A file with its rows one to a line, so that damage can be placed.
fn lines_of(name: &str) -> (Vec<String>, Read) {
    let (path, read): (&str, Read) = match name {
        "jira" => ("issues", jira_json::read),
        "azure" => ("values", azure_json::read),
        _ => ("nodes", linear::read),
    };
    let file = match name {
        "jira" => "jira-search.json",
        "azure" => "azure-reporting.json",
        _ => "linear.json",
    };
    let mut json: serde_json::Value = serde_json::from_slice(&fixture(file)).unwrap();
    if name == "linear" {
        json = json["data"]["issues"].clone();
    }
    let rows = json[path].as_array().unwrap();
    (rows.iter().map(ToString::to_string).collect(), read)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_are_read_without_a_panic(
        bytes in proptest::collection::vec(0_u8.., 0..400),
        start in 0_usize..5,
    ) {
        let begin: &[u8] = [&b""[..], b"[", b"{\"issues\":[", b"{\"value\":[{\"id\":1,", b"{\"data\":{\"issues\":{\"nodes\":["][start];
        for (_, read) in READERS {
            told(read, [begin, &bytes].concat());
        }
    }

    #[test]
    fn a_corrupted_file_is_read_without_a_panic(
        file in 0..FORMATS.len(),
        at in 0.0_f64..1.0,
        length in 0_usize..40,
        put in proptest::collection::vec(0_u8.., 0..20),
    ) {
        let mut bytes = fixture(FORMATS[file].0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in the file")]
        let at = (bytes.len() as f64 * at) as usize;
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, put);
        for (_, read) in READERS {
            told(read, bytes.clone());
        }
    }

    #[test]
    fn what_stands_before_a_damage_is_read_as_if_there_were_none(
        format in 0_usize..3,
        row in 0_usize..6,
        at in 0.0_f64..1.0,
        length in 0_usize..40,
        put in proptest::collection::vec(0_u8..128, 1..20),
        is_cut in proptest::bool::ANY,
    ) {
        let (lines, read) = lines_of(["jira", "azure", "linear"][format]);
        let (good, _) = told(read, lines[..row].join("\n").into_bytes());
        let mut damaged = lines[row].clone().into_bytes();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in the row")]
        let at = (damaged.len() as f64 * at) as usize;
        let end = (at + length).min(damaged.len());
        if is_cut {
            damaged.truncate(at);
        } else {
            damaged.splice(at..end, put);
            damaged.extend(format!("\n{}", lines[row + 1..].join("\n")).into_bytes());
        }
        let whole = [lines[..row].join("\n").into_bytes(), vec![b'\n'], damaged].concat();
        let (read, _) = told(read, whole);
        // The last piece may go on in what is damaged: rows of one item that stand together.
        let sure = if format == 1 { good.len().saturating_sub(1) } else { good.len() };
        prop_assert!(read.len() >= sure);
        for (read, good) in read.iter().zip(&good[..sure]) {
            let mut read = read.clone();
            // Names of fields come from behind.
            read.value = good.value;
            prop_assert_eq!(&read, good);
        }
    }
}
