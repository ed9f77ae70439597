//! What the tests of GitHub's and GitLab's exports share: reading a text, and events in few words.

use std::io::{self, Cursor};

use chrono::{DateTime, Utc};

use super::{Input, ReadOptions, Remarks, Sink};
use crate::model::FlowSettings;
use crate::model::work_item::{Category, Change, WorkItem};

type Read = fn(&mut dyn Input, &ReadOptions<'_>, &mut Sink<'_>) -> io::Result<()>;

pub(super) fn fixture(name: &str) -> String {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/work-items/");
    std::fs::read_to_string(format!("{directory}{name}")).unwrap()
}

/// An instant of March 2026.
pub(super) fn at(text: &str) -> DateTime<Utc> {
    let text = format!("2026-03-{}:00Z", text.replace(' ', "T"));
    DateTime::parse_from_rfc3339(&text).unwrap().to_utc()
}

pub(super) fn read_as(read: Read, bytes: impl AsRef<[u8]>) -> (Vec<WorkItem>, Remarks) {
    let flow = FlowSettings::default();
    let options = ReadOptions {
        timezone: chrono_tz::UTC,
        exported: at("13 09:00"),
        flow: &flow,
    };
    let mut items = Vec::new();
    let mut each = |item| items.push(item);
    let mut sink = Sink::new("issues.json", &mut each);
    read(&mut Cursor::new(bytes.as_ref()), &options, &mut sink).unwrap();
    let remarks = sink.finish();
    (items, remarks)
}

pub(super) fn codes(remarks: &Remarks) -> Vec<&str> {
    let notices = remarks.notices.iter();
    notices.map(|notice| notice.code.as_str()).collect()
}

/// The events of an item: `04 09:00 +workflow::Development`, `11 11:00 Closed (done)`.
pub(super) fn story(item: &WorkItem) -> Vec<String> {
    let said = |change: &Change| match change {
        Change::Status(status) => match status.category {
            Some(Category::New) => format!("{} (new)", status.name),
            Some(Category::Done) => format!("{} (done)", status.name),
            Some(Category::Cancelled) => format!("{} (cancelled)", status.name),
            _ => status.name.clone(),
        },
        Change::Labelled(label) => format!("+{label}"),
        Change::Unlabelled(label) => format!("-{label}"),
        Change::Value(Some(value)) => format!("value {value}"),
        Change::Value(None) => "no value".to_owned(),
        other => format!("{other:?}"),
    };
    let events = item.events.iter();
    events
        .map(|event| format!("{} {}", event.at.format("%d %H:%M"), said(&event.change)))
        .collect()
}
