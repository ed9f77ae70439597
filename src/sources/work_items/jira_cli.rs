//! What `jira issue list --raw` of jira-cli prints: issues as they are now, without ids, categories and
//! changelogs. `jira_json` reads what the server itself answers; that has a history.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use super::jira_changelog::Statuses;
use super::jira_issue::Issue;
use super::json_envelope::Under;
use super::json_head::JsonHead;
use super::json_rows::{JsonRows, Met};
use super::json_values::{Scalar, reason};
use super::words::counted;
use super::{Input, ReadOptions, Sink};
use crate::model::work_item::{Change, Event, Tracker};
use crate::model::{Notice, WorkItem};

const PATHS: &[Under] = &[];

/// The request that has what is missing here.
const REQUEST: &str = "curl -u EMAIL:TOKEN 'https://SITE.atlassian.net/rest/api/3/search/jql\
                       ?jql=project=KEY&fields=*all&expand=changelog,names' > issues.json";

/// Whether a text begins like a list of issues of jira-cli: the server's own have an id, and write
/// `issuetype` small.
pub(super) fn recognise(head: &str) -> bool {
    let seen = JsonHead::of(head);
    let has = |name: &str| seen.rows_have(&["[]", ""], name);
    let is_issue = has("key") && has("fields.summary");
    let is_servers = ["id", "self", "expand", "changelog", "fields.issuetype"]
        .iter()
        .any(|name| has(name));
    is_issue && !is_servers
}

/// Reads an export, item by item.
///
/// # Errors
/// The input cannot be read.
pub(super) fn read(
    input: &mut dyn Input,
    options: &ReadOptions<'_>,
    sink: &mut Sink<'_>,
) -> io::Result<()> {
    let mut statuses = Statuses::default();
    let mut count = 0;
    let mut rows = JsonRows::open(input, PATHS, sink)?;
    while let Some(met) = rows.next_row(sink)? {
        let Met::Row { line, text, .. } = met else {
            continue;
        };
        match item(text, options, &mut statuses) {
            Ok(item) => {
                count += 1;
                sink.item(item);
            }
            Err(reason) => sink.skip(line, &reason),
        }
    }
    if count > 0 {
        let issues = counted(count, "issue");
        let message = format!(
            "{} is of jira-cli: it tells the present state of {issues}, and not how that came about: \
             load and age can be told, but no flow time, no time in stages, no efficiency and no \
             velocity",
            sink.place()
        );
        let notice = Notice::new("history-missing", message).count(count);
        sink.notice(notice.hint(REQUEST).incomplete());
    }
    Ok(())
}

fn item(
    text: &[u8],
    options: &ReadOptions<'_>,
    statuses: &mut Statuses,
) -> Result<WorkItem, String> {
    let issue: Issue<'_> = serde_json::from_slice(text).map_err(|error| reason(&error))?;
    let key = issue.key.text().ok_or("it has no `key`")?.into_owned();
    let fields = issue.fields.ok_or("it has no `fields`")?;
    let created = fields.created.instant(options.timezone);
    let created = created.ok_or("it has no `created` that is a time")?;
    let updated = fields.updated.instant(options.timezone);
    let updated = updated.unwrap_or(created).max(created);
    let status = fields.status.name.text();
    let status = status.map(|name| statuses.status(None, &name));
    // When it came into its status is not told; it was in it when it was last changed.
    let entered = status.map(|status| Event::new(updated, Change::Status(Arc::clone(&status))));
    let labels = fields.labels.iter().filter_map(Scalar::text);
    let parent = fields.parent.key.text().or_else(|| fields.parent.id.text());
    Ok(WorkItem {
        title: fields.summary.written().to_owned(),
        type_name: fields
            .issue_type
            .name
            .text()
            .unwrap_or_default()
            .into_owned(),
        labels: labels.map(Cow::into_owned).collect(),
        parent: parent.map(Cow::into_owned),
        resolution: fields.resolution.name.text().map(Cow::into_owned),
        updated,
        events: entered.into_iter().collect(),
        ..WorkItem::known_as(Tracker::Jira, key.clone(), key, created)
    })
}
