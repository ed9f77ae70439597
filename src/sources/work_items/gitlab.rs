//! Issues of GitLab as its API gives them: lists of issues, with or without the events of each, and lists
//! of events that are files of their own. Their events are read by `gitlab_events`. All pieces of an
//! issue have its global id.

use std::io;

use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::connections::{Connection, Named, names};
use super::gitlab_events::{self as events, Happened, Tally};
use super::json_envelope::Under;
use super::json_head::JsonHead;
use super::json_rows::{JsonRows, Met};
use super::json_values::Scalar;
use super::words::value_of_label;
use super::{Input, ReadOptions, Sink};
use crate::model::FlowSettings;
use crate::model::pattern::fits;
use crate::model::work_item::{Change, Event, History, Tracker, WorkItem};

const PATHS: &[Under] = &[];

/// Whether a text is a list of issues or of their events.
pub(super) fn recognise(head: &str) -> bool {
    let head = JsonHead::of(head);
    let has = |name| head.rows_have(&["", "[]", "[][]"], name);
    let is_issue = has("iid") && has("project_id") && !has("source_branch");
    let is_event = has("resource_id") && has("created_at") && (has("label") || has("state"));
    is_issue || is_event
}

/// Reads issues, or pieces of them.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn read(
    input: &mut dyn Input,
    options: &ReadOptions<'_>,
    sink: &mut Sink<'_>,
) -> io::Result<()> {
    let mut rows = JsonRows::open(input, PATHS, sink)?;
    let mut tally = Tally::default();
    while let Some(met) = rows.next_row(sink)? {
        let Met::Row { line, text, .. } = met else {
            continue;
        };
        let text = String::from_utf8_lossy(text);
        match item(&text, options.flow, &mut tally) {
            Ok(Some(item)) => sink.item(item),
            Ok(None) => {}
            Err(reason) => sink.skip(line, reason),
        }
    }
    tally.finish(sink);
    Ok(())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    iid: Scalar<'a>,
    #[serde(borrow)]
    title: Scalar<'a>,
    #[serde(borrow)]
    state: Scalar<'a>,
    #[serde(borrow)]
    created_at: Scalar<'a>,
    #[serde(borrow)]
    updated_at: Scalar<'a>,
    #[serde(borrow)]
    closed_at: Scalar<'a>,
    labels: Connection<Named>,
    #[serde(borrow)]
    issue_type: Scalar<'a>,
    #[serde(borrow)]
    web_url: Scalar<'a>,
    #[serde(deserialize_with = "super::json_values::object")]
    references: References<'a>,
    #[serde(borrow)]
    moved_to_id: Scalar<'a>,
    #[serde(borrow)]
    resource_label_events: Connection<&'a RawValue>,
    #[serde(borrow)]
    resource_state_events: Connection<&'a RawValue>,
    // What only an event has.
    #[serde(borrow)]
    resource_id: Scalar<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct References<'a> {
    #[serde(borrow)]
    full: Scalar<'a>,
}

/// The item, or the piece of one, that a row is; `None` for what is of no issue.
fn item(
    text: &str,
    flow: &FlowSettings,
    tally: &mut Tally,
) -> Result<Option<WorkItem>, &'static str> {
    let row: Row<'_> = serde_json::from_str(text).map_err(|_| "not readable as an issue")?;
    if row.iid.count().is_none() && row.resource_id.count().is_some() {
        return events::piece(text, tally);
    }
    let id = row.id.count().ok_or("an issue without id")?;
    let number = row.iid.count().ok_or("an issue without iid")?;
    let created = row.created_at.instant(Tz::UTC);
    let created = created.ok_or("an issue without the time when it was created")?;
    let closed_at = row.closed_at.instant(Tz::UTC);
    let updated = [row.updated_at.instant(Tz::UTC), closed_at];
    let updated = updated.into_iter().flatten().max().unwrap_or(created);
    let updated = updated.max(created);
    let is_moved = row.moved_to_id.count().is_some();
    let is_closed = row.state.written() == "closed" || is_moved;
    let has_events = row.resource_label_events.is_told || row.resource_state_events.is_told;
    let has_all = row.resource_label_events.is_told && row.resource_state_events.is_told;
    let full = full_reference(&row, number);
    let labels = names(row.labels);
    let type_name = match row.issue_type.written() {
        // What everything is called that nobody gave a type.
        "issue" | "ISSUE" => "",
        other => other,
    };
    let key = format!("#{number}");
    let mut item = WorkItem {
        tracker: Tracker::Gitlab,
        id: id.to_string(),
        aliases: full.into_iter().collect(),
        key,
        title: row.title.written().to_owned(),
        type_name: type_name.to_owned(),
        value: labels.iter().find_map(|label| value_of_label(label)),
        labels,
        parent: None,
        resolution: is_moved.then(|| "moved".to_owned()),
        created,
        updated,
        history: History::Approximate,
        events: vec![Event::new(created, events::opened())],
    };
    tally.issues += 1;
    let mut happened = Happened::default();
    for row in &row.resource_label_events.nodes {
        happened.add_label(row.get());
    }
    for row in &row.resource_state_events.nodes {
        happened.add_state(row.get());
    }
    tally.deleted_labels += happened.deleted_labels;
    tally.unreadable += happened.unreadable;
    let is_whole = happened.deleted_labels == 0 && happened.unreadable == 0;
    let told_closed = happened.is_closed();
    let last = happened.last();
    item.events.extend(happened.into_events());
    if !has_events {
        tally.without_events += 1;
        let since = closed_at.unwrap_or(updated).min(updated);
        let is_status = |label: &&String| flow.status_labels.iter().any(|it| fits(it, label));
        let labels = item.labels.iter().filter(is_status);
        let labelled = labels.map(|label| Event::new(since, Change::Labelled(label.clone())));
        item.events.extend(labelled);
    }
    let agrees = told_closed.unwrap_or(false) == is_closed;
    if is_closed && (!agrees || is_moved) {
        // Imported issues are closed without a time, and without an event.
        tally.closed_without_time += usize::from(closed_at.is_none());
        let at = closed_at.unwrap_or(updated).max(created);
        item.events.push(Event::new(at, events::closed(is_moved)));
    } else if !is_closed && !agrees {
        item.events.push(Event::new(updated, events::opened()));
    }
    item.events.sort_by_key(|event| event.at);
    item.updated = item.updated.max(last.unwrap_or(item.updated));
    if has_events {
        item.history = match has_all && is_whole && agrees {
            true => History::Complete,
            false => History::Partial,
        };
    }
    Ok(Some(item))
}

/// The key with the project: `group/project#12`, from the reference or from the address.
fn full_reference(row: &Row<'_>, number: u64) -> Option<String> {
    if let Some(full) = row.references.full.text() {
        return Some(full.into_owned());
    }
    let address = row.web_url.written();
    let rest = address.split_once("://")?.1;
    let path = rest.split_once('/')?.1;
    let project = path
        .split_once("/-/")
        .or_else(|| path.split_once("/issues/"))?
        .0;
    (!project.is_empty()).then(|| format!("{project}#{number}"))
}
