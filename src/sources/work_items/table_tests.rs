//! What the tests of tables share: the six items of the worked example (spec 6.7), a reader run on bytes,
//! pieces put together; and the laws that hold for every reader of tables.

use std::fmt::Write as _;
use std::io::{self, Cursor};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::{Input, ReadOptions, Remarks, Sink};
use crate::model::flow_settings::{FlowSettings, Stage};
use crate::model::work_item::{Change, Event};
use crate::model::{StageKind, WorkItem};

pub(super) type Reader = fn(&mut dyn Input, &ReadOptions<'_>, &mut Sink<'_>) -> io::Result<()>;

/// `03-02 09:00` of 2026 in UTC.
pub(super) fn at(text: &str) -> DateTime<Utc> {
    let text = format!("2026-{}:00Z", text.replace(' ', "T"));
    DateTime::parse_from_rfc3339(&text).unwrap().to_utc()
}

/// Settings with the stages of the worked example.
pub(super) fn worked_settings() -> FlowSettings {
    use StageKind::{Active, Cancelled, Done, Queue, Wait};
    let stages = [
        ("Backlog", Queue),
        ("Design", Active),
        ("Development", Active),
        ("Code Review", Wait),
        ("Testing", Active),
        ("Deployment Approval", Wait),
        ("Deploy", Active),
        ("Production", Done),
        ("Cancelled", Cancelled),
    ];
    FlowSettings {
        preset: None,
        stages: stages
            .into_iter()
            .map(|(name, kind)| Stage {
                name: name.to_owned(),
                kind,
                statuses: vec![name.to_owned()],
                wip_limit: None,
            })
            .collect(),
        ..FlowSettings::default()
    }
}

/// An item of the worked example: key, type, value, entries.
pub(super) type Example = (
    &'static str,
    &'static str,
    f64,
    &'static [(&'static str, &'static str)],
);

/// The items of the worked example with their entries.
pub(super) const WORKED: [Example; 6] = [
    (
        "FOC-101",
        "Feature",
        8.0,
        &[
            ("03-02 09:00", "Backlog"),
            ("03-03 09:00", "Design"),
            ("03-04 09:00", "Development"),
            ("03-06 09:00", "Code Review"),
            ("03-09 09:00", "Testing"),
            ("03-10 09:00", "Deployment Approval"),
            ("03-11 09:00", "Deploy"),
            ("03-11 11:00", "Production"),
        ],
    ),
    (
        "FOC-102",
        "Defect",
        3.0,
        &[
            ("03-02 10:00", "Backlog"),
            ("03-02 12:00", "Development"),
            ("03-03 12:00", "Code Review"),
            ("03-04 12:00", "Development"),
            ("03-05 12:00", "Code Review"),
            ("03-06 12:00", "Testing"),
            ("03-06 18:00", "Deploy"),
            ("03-06 19:00", "Production"),
        ],
    ),
    (
        "FOC-103",
        "Risk",
        2.0,
        &[("03-05 08:00", "Backlog"), ("03-09 08:00", "Production")],
    ),
    (
        "FOC-104",
        "Debt",
        1.0,
        &[
            ("03-02 09:00", "Backlog"),
            ("03-04 09:00", "Development"),
            ("03-06 09:00", "Production"),
            ("03-10 09:00", "Development"),
            ("03-12 09:00", "Production"),
        ],
    ),
    (
        "FOC-105",
        "Feature",
        5.0,
        &[
            ("03-03 09:00", "Backlog"),
            ("03-05 09:00", "Design"),
            ("03-06 09:00", "Development"),
            ("03-07 09:00", "Code Review"),
        ],
    ),
    (
        "FOC-106",
        "Feature",
        5.0,
        &[
            ("03-03 09:00", "Backlog"),
            ("03-04 09:00", "Development"),
            ("03-08 09:00", "Cancelled"),
        ],
    ),
];

/// What a reader makes of bytes, with the stages of the worked example.
pub(super) fn read(reader: Reader, bytes: &[u8]) -> (Vec<WorkItem>, Remarks) {
    read_in(reader, bytes, &worked_settings(), chrono_tz::UTC)
}

/// The same with other settings.
pub(super) fn read_in(
    reader: Reader,
    bytes: &[u8],
    flow: &FlowSettings,
    timezone: Tz,
) -> (Vec<WorkItem>, Remarks) {
    let mut items = Vec::new();
    let mut each = |item| items.push(item);
    let mut sink = Sink::new("t.csv", &mut each);
    let options = ReadOptions {
        timezone,
        exported: at("03-13 09:00"),
        flow,
    };
    reader(&mut Cursor::new(bytes.to_vec()), &options, &mut sink).unwrap();
    let remarks = sink.finish();
    (items, remarks)
}

/// A file of `fixtures/work-items/`.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/work-items/");
    std::fs::read(format!("{folder}{name}")).unwrap()
}

/// Pieces of one id put together, in the order in which their ids come first.
pub(super) fn joined(pieces: Vec<WorkItem>) -> Vec<WorkItem> {
    let mut items: Vec<WorkItem> = Vec::new();
    for piece in pieces {
        match items.iter_mut().find(|item| item.id == piece.id) {
            Some(item) => item.events.extend(piece.events),
            None => items.push(piece),
        }
    }
    for item in &mut items {
        item.events.sort_by_key(|event| event.at);
    }
    items
}

/// What happened to an item, a line each: `03-02 09:00 Backlog`.
pub(super) fn story(item: &WorkItem) -> Vec<String> {
    let line = |event: &Event| {
        let mut line = event.at.format("%m-%d %H:%M ").to_string();
        match &event.change {
            Change::Status(status) => line.push_str(&status.name),
            Change::Blocked(reason) => {
                let _ = write!(line, "blocked: {}", reason.as_deref().unwrap_or("?"));
            }
            other => {
                let _ = write!(line, "{other:?}");
            }
        }
        line
    };
    item.events.iter().map(line).collect()
}

/// The entries of an example as lines of a story.
pub(super) fn lines(entries: &[(&str, &str)]) -> Vec<String> {
    entries
        .iter()
        .map(|(at, status)| format!("{at} {status}"))
        .collect()
}

/// Codes of notices.
pub(super) fn codes(remarks: &Remarks) -> Vec<&str> {
    let notices = remarks.notices.iter();
    notices.map(|notice| notice.code.as_str()).collect()
}

/// Every reader of tables, with a header of its format.
const READERS: [(&str, Reader, &str); 6] = [
    (
        "plain",
        super::plain_csv::read,
        "key,status,created,updated,stage,value,blocked,blocked_from,blocked_to",
    ),
    (
        "jira",
        super::jira_csv::read,
        "Issue key,Status,Created,Custom field ([CHART] Time in Status),Updated,Issue id,Resolved,\
         Custom field (Flagged),Labels,Labels,Custom field (Value),Status Category",
    ),
    (
        "azure-devops",
        super::azure_csv::read,
        "ID,Work Item Type,State,Created Date,Activated Date,Resolved Date,Closed Date,\
         State Change Date,Changed Date,Blocked,Business Value",
    ),
    (
        "gitlab",
        super::gitlab_csv::read,
        "Issue ID,Title,State,Created At (UTC),Updated At (UTC),Closed At (UTC),Labels,URL",
    ),
    (
        "linear",
        super::linear_csv::read,
        "ID,Team,Status,Created,Updated,Started,Completed,Canceled,Labels",
    ),
    (
        "stage dates",
        super::stage_dates::read,
        "ID,Link,Name,Idea,Doing,Done,Blocked,Blocked Days,Labels",
    ),
];

/// What the plain reader makes of a fixture: keys with titles, what was told of skipped rows, notices.
fn plain(name: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (items, remarks) = read(super::plain_csv::read, &fixture(name));
    let items = items
        .iter()
        .map(|item| format!("{} {}", item.key, item.title));
    let codes = codes(&remarks).into_iter().map(str::to_owned).collect();
    (items.collect(), remarks.told, codes)
}

#[test]
fn ragged_rows_are_read_as_far_as_they_go() {
    let (items, told, _) = plain("plain-ragged.csv");
    // More cells than the header, a missing title, a missing date, rows of nothing.
    assert_eq!(items, ["A-1 Too many cells", "A-2 ", "A-4 Right"]);
    assert_eq!(told, ["t.csv:4: it has no `updated`"]);
}

#[test]
fn an_open_quote_costs_its_row() {
    let (items, told, _) = plain("plain-open-quote.csv");
    assert_eq!(items, ["A-1 Right", "A-3 In \"quotes\"", "A-4 Right"]);
    assert_eq!(told, ["t.csv:3: a quote is opened and not closed"]);
}

#[test]
fn what_spreadsheets_save_is_read() {
    let (items, told, codes) = plain("plain-utf-16.csv");
    assert_eq!(items, ["A-1 Prüfung für Maß", "A-2 日本語"]);
    assert_eq!((told.len(), codes[0].as_str()), (0, "text-encoding"));
    let (items, told, codes) = plain("plain-windows-1252.csv");
    assert_eq!(items, ["A-1 Prüfung für Maß", "A-2 5 € über \"Soll\""]);
    assert_eq!((told.len(), codes[0].as_str()), (0, "text-encoding"));
}

#[test]
fn formulas_and_zeros_are_text() {
    let (items, told, _) = plain("plain-formulas.csv");
    assert_eq!(
        items,
        [
            "A-1 =HYPERLINK(\"https://tracker.example.test/A-1\",\"A title\")",
            "A-2 +1 for this",
            "A-3 @all"
        ]
    );
    assert_eq!(told.len(), 0);
    let (items, told, _) = plain("plain-nul.csv");
    assert_eq!(items, ["A-1 before\0after", "A-\u{0}2 x"]);
    assert_eq!(told, ["t.csv:4: `updated` is no date: `2026-03-0\u{0}5`"]);
}

#[test]
fn a_file_without_rows_holds_no_item_and_says_so() {
    let (items, told, notices) = plain("plain-no-rows.csv");
    assert_eq!((items.len(), told.len()), (0, 0));
    assert_eq!(notices, ["table-empty"]);
    for (name, reader, header) in READERS {
        for bytes in ["", "\n", header] {
            let (items, remarks) = read(reader, bytes.as_bytes());
            assert_eq!((items.len(), remarks.skipped), (0, 0), "{name}");
            assert_eq!(codes(&remarks), ["table-empty"], "{name}");
        }
    }
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-C]{1,2}-[1-3]",
        Just("Done".to_owned()),
        Just("In Progress".to_owned()),
        Just("2026-03-02".to_owned()),
        Just("25/Feb/26 10:17 PM".to_owned()),
        "[0-9]{1,2}/[0-9]{1,2}/202[5-7]",
        Just("10000_*:*_1_*:*_86400000_*|*_10002_*:*_1_*:*_99999999999999999999".to_owned()),
        "[0-9]{1,3}",
        "\\PC{0,8}",
        Just(String::new()),
    ]
}

proptest! {
    #[test]
    fn no_bytes_are_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        cut in 0_usize..300,
    ) {
        for (_, reader, header) in READERS {
            let _ = read(reader, &bytes);
            let table = [header.as_bytes(), b"\n", &bytes].concat();
            let _ = read(reader, &table);
            let _ = read(reader, table.get(..cut).unwrap_or(&table));
        }
    }

    #[test]
    fn every_row_is_an_item_or_a_counted_skip(
        rows in prop::collection::vec(prop::collection::vec(cell(), 1..24), 0..12),
    ) {
        for (name, reader, header) in READERS {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            writer.write_record(header.split(',')).unwrap();
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let columns = header.split(',').count();
            let bytes = writer.into_inner().unwrap();
            let (items, remarks) = read(reader, &bytes);
            let full = rows.iter().filter(|row| {
                // Spreadsheets leave rows of empty cells behind; cells beyond the header count, too.
                row.iter().any(|cell| !cell.trim().is_empty())
            });
            let told = items.len() + usize::try_from(remarks.skipped).unwrap();
            prop_assert_eq!(told, full.count(), "{} with {} columns", name, columns);
            for item in &items {
                prop_assert!(!item.id.is_empty() && !item.key.is_empty());
                prop_assert!(item.events.windows(2).all(|pair| pair[0].at <= pair[1].at));
            }
        }
    }
}
