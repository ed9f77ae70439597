//! The items of a GitHub project, as `gh project item-list --format json` gives them: their status now,
//! and no time of any kind. What they are of is read by `github_issues`; both are one item.

use std::io;

use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::connections::{Connection, Named, names};
use super::github_issues::{id_of, repository_of};
use super::github_timeline::status;
use super::json_envelope::Under;
use super::json_head::JsonHead;
use super::json_rows::{JsonRows, Met};
use super::json_values::Scalar;
use super::words::{
    OddValues, VERSIONS, business_value, key_of_title, key_pattern, value_of_label,
};
use super::{Input, ReadOptions, Sink};
use crate::model::Notice;
use crate::model::flow_settings::plain_status;
use crate::model::work_item::{Event, Tracker, WorkItem};

const PATHS: &[Under] = &[&["items"]];

/// `gh` lists so many items unless it is told otherwise.
const LIMIT: u64 = 30;

/// Names of the field with the business value, in the plain form.
const VALUE: [&str; 2] = ["business value", "value"];
/// Names of the field with the type, in the plain form.
const TYPE: [&str; 3] = ["type", "issue type", "work item type"];

/// Whether a text is a list of the items of a project.
pub(super) fn recognise(head: &str) -> bool {
    let head = JsonHead::of(head);
    let has = |name| head.rows_have(&["items[]", "[].items[]"], name);
    has("content") && has("content.type") && has("id")
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    title: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    labels: Connection<Named>,
    #[serde(borrow, deserialize_with = "super::json_values::object")]
    content: Content<'a>,
    /// The fields of the project, named by its people.
    #[serde(flatten)]
    fields: Map<String, Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Content<'a> {
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    #[serde(borrow)]
    title: Scalar<'a>,
    #[serde(borrow)]
    number: Scalar<'a>,
    #[serde(borrow)]
    repository: Scalar<'a>,
    #[serde(borrow)]
    url: Scalar<'a>,
}

/// Reads the items of a project.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn read(
    input: &mut dyn Input,
    options: &ReadOptions<'_>,
    sink: &mut Sink<'_>,
) -> io::Result<()> {
    let key = key_pattern(options);
    let mut rows = JsonRows::open(input, PATHS, sink)?;
    let (mut items, mut is_cut) = (0_usize, false);
    let mut odd_values = OddValues::default();
    while let Some(met) = rows.next_row(sink)? {
        match met {
            Met::Page { envelope, rows } => {
                let total = envelope.read::<Scalar<'_>>("totalCount");
                is_cut = match total.and_then(|total| total.count()) {
                    Some(total) => total > rows,
                    None => rows == LIMIT,
                };
            }
            Met::Row { line, text, .. } => {
                let text = String::from_utf8_lossy(text);
                match item(&text, options, key.as_ref(), &mut odd_values) {
                    Ok(Some(item)) => {
                        items += 1;
                        sink.item(item);
                    }
                    Ok(None) => {}
                    Err(reason) => sink.skip(line, reason),
                }
            }
        }
    }
    if items > 0 {
        let message = format!(
            "lists of a project tell no time: of {items} items only the status when the list was made is known"
        );
        let hint = format!("{VERSIONS}; or dora import --from github");
        let notice = Notice::new("history-approximate", message);
        sink.notice(notice.count(items).hint(hint));
    }
    if is_cut {
        let message = "the project has more items than the list, or may have";
        let notice = Notice::new("pages-missing", message);
        let hint = "gh project item-list NUMBER --owner OWNER --format json --limit 10000";
        sink.notice(notice.hint(hint).incomplete());
    }
    odd_values.tell(sink);
    Ok(())
}

/// The item that a row is; `None` for a pull request.
fn item(
    text: &str,
    options: &ReadOptions<'_>,
    key: Option<&Regex>,
    odd_values: &mut OddValues,
) -> Result<Option<WorkItem>, &'static str> {
    let row: Row<'_> = serde_json::from_str(text).map_err(|_| "not readable as an item")?;
    let content = &row.content;
    match content.kind.written() {
        "" => return Err("no item of a project"),
        "PullRequest" => return Ok(None),
        _ => {}
    }
    let title = match row.title.written() {
        "" => content.title.written(),
        title => title,
    };
    let (id, item_key) = match content.number.count() {
        Some(number) => {
            let repository = repository_of(content.url.written());
            let named = content.repository.written();
            let named = (!named.is_empty()).then(|| named.to_ascii_lowercase());
            let id = id_of(repository.or(named).as_deref(), number);
            (id, format!("#{number}"))
        }
        // A draft has no number, and becomes another item when it becomes an issue.
        None => {
            let id = row.id.text().ok_or("an item without id")?.into_owned();
            let key = key_of_title(title, key).unwrap_or_else(|| id.clone());
            (id, key)
        }
    };
    let labels = names(row.labels);
    let field = |names: &[&str]| {
        names.iter().find_map(|name| {
            let mut fields = row.fields.iter();
            fields.find_map(|(known, value)| (plain_status(known) == *name).then_some(value))
        })
    };
    let value = field(&VALUE).filter(|value| !value.is_null());
    let told = value.and_then(|value| {
        odd_values.counted(match value {
            Value::String(text) => business_value(text),
            value => business_value(&value.to_string()),
        })
    });
    let type_name = field(&TYPE).and_then(|value| match value {
        Value::String(text) => Some(text.clone()),
        value => Some(value.get("name")?.as_str()?.to_owned()),
    });
    // It was there when the list was made; nothing says since when.
    let at = options.exported;
    let status = row.status.text().map(|name| status(&name, None));
    Ok(Some(WorkItem {
        title: title.to_owned(),
        type_name: type_name.unwrap_or_default(),
        value: told.or_else(|| labels.iter().find_map(|label| value_of_label(label))),
        labels,
        events: status
            .map(|status| Event::new(at, status))
            .into_iter()
            .collect(),
        ..WorkItem::known_as(Tracker::Github, id, item_key, at)
    }))
}
