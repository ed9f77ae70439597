//! Issues of GitHub, as `gh issue list --json`, REST and GraphQL give them: with their history where their
//! timeline is there (`github_timeline`), else with what they tell of the present. Pull requests among
//! them are left out. `github_project` reads lists of projects.

use std::io;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::connections::{Connection, Named, PageInfo, flag, names};
use super::github_notices::Met as Tally;
use super::github_timeline::{Closing, Timeline, closed, opened, reason, status};
use super::json_envelope::Under;
use super::json_head::JsonHead;
use super::json_rows::{JsonRows, Met};
use super::json_values::Scalar;
use super::words::value_of_label;
use super::{Input, ReadOptions, Sink};
use crate::model::FlowSettings;
use crate::model::pattern::fits;
use crate::model::work_item::{Change, Event, History, Tracker, WorkItem};

/// Where GraphQL's answers hold issues.
const PATHS: &[Under] = &[
    &["data", "repository", "issues", "nodes"],
    &["repository", "issues", "nodes"],
    &["data", "search", "nodes"],
];

/// Pages of `gh` and of the API have so many rows: a list of exactly as many may be cut off.
const PAGES: [u64; 2] = [30, 100];

/// Whether a text is a list of issues, or one issue.
pub(super) fn recognise(head: &str) -> bool {
    let head = JsonHead::of(head);
    let places = [
        "",
        "[]",
        "[][]",
        "data.repository.issues.nodes[]",
        "[].data.repository.issues.nodes[]",
        "repository.issues.nodes[]",
        "data.search.nodes[]",
        "[].data.search.nodes[]",
    ];
    let has = |name| head.rows_have(&places, name);
    let of_pulls = ["mergedAt", "merged_at", "headRefName", "merge_commit_sha"];
    has("number") && has("title") && (has("state") || has("createdAt") || has("created_at"))
        // GitLab has an `iid`, Azure DevOps and others have `fields`.
        && !["iid", "fields", "identifier"].iter().any(|name| has(name))
        && !of_pulls.iter().any(|name| has(name))
}

/// Reads the issues of a list.
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
    let (mut listed, mut goes_on) = (0_u64, false);
    while let Some(met) = rows.next_row(sink)? {
        match met {
            Met::Page { envelope, .. } => {
                // The page before may say so too: the last one counts.
                let page: Option<PageInfo> = envelope.read("pageInfo");
                goes_on = page.is_some_and(|page| page.has_next);
            }
            Met::Row {
                line,
                text,
                under,
                envelope,
            } => {
                listed += u64::from(under.is_empty());
                let repository: Option<String> = envelope.read("nameWithOwner");
                let text = String::from_utf8_lossy(text);
                match issue(&text, repository.as_deref()) {
                    Ok(None) => {}
                    Err(reason) => sink.skip(line, reason),
                    Ok(Some((issue, timeline))) => {
                        let item = told(issue, timeline, options.flow, &mut tally);
                        sink.item(item);
                    }
                }
            }
        }
    }
    tally.is_cut = goes_on || PAGES.contains(&listed);
    tally.finish(sink);
    Ok(())
}

/// An issue with or without what happened to it, as an item.
fn told(
    issue: Issue,
    timeline: Connection<&RawValue>,
    flow: &FlowSettings,
    tally: &mut Tally,
) -> WorkItem {
    tally.issues += 1;
    tally.without_repository += usize::from(!issue.item.id.contains('/'));
    if !timeline.is_told {
        tally.without_history += 1;
        return issue.at_present(flow);
    }
    let count = u64::try_from(timeline.nodes.len()).unwrap_or(u64::MAX);
    let is_cut = timeline.is_cut || !timeline.is_counted && PAGES.contains(&count);
    tally.cut_timelines += usize::from(is_cut);
    let mut told = Timeline::default();
    for row in &timeline.nodes {
        told.add(row);
    }
    tally.unreadable_events += told.unreadable;
    issue.with_history(told, is_cut)
}

/// One issue as a row tells it, without what happened to it.
#[derive(Debug)]
pub(in crate::sources) struct Issue {
    /// The item, without events.
    pub(in crate::sources) item: WorkItem,
    /// When and why it was closed, if it is.
    closing: Option<Closing>,
    was_reopened: bool,
    /// Its status in a project, the first that tells one.
    project_status: Option<String>,
}

impl Issue {
    /// Its number.
    pub(in crate::sources) fn number(&self) -> Option<u64> {
        self.item.key.strip_prefix('#')?.parse().ok()
    }

    /// The item with what happened to it. `is_cut`: that is not all.
    pub(in crate::sources) fn with_history(self, timeline: Timeline, is_cut: bool) -> WorkItem {
        let Self {
            mut item, closing, ..
        } = self;
        let is_readable = timeline.unreadable == 0;
        let (events, agrees) = timeline.finish(item.created, closing.as_ref(), item.updated);
        item.history = match agrees && is_readable && !is_cut {
            true => History::Complete,
            false => History::Partial,
        };
        let last = events.last().map(|event| event.at);
        item.updated = item.updated.max(last.unwrap_or(item.updated));
        item.events = events;
        item
    }

    /// The item with what the present tells: when it was opened and closed, and its status by labels or
    /// a project, which is older than its last change.
    pub(in crate::sources) fn at_present(self, flow: &FlowSettings) -> WorkItem {
        let mut item = self.item;
        let mut push = |at: DateTime<Utc>, change| item.events.push(Event::new(at, change));
        push(item.created, opened());
        let closing = self.closing.as_ref();
        let known_since = closing.map_or(item.updated, |closing| closing.at.min(item.updated));
        if self.was_reopened && closing.is_none() {
            push(known_since, opened());
        }
        let is_status = |label: &String| flow.status_labels.iter().any(|it| fits(it, label));
        for label in item.labels.iter().filter(|label| is_status(label)) {
            push(known_since, Change::Labelled(label.clone()));
        }
        if let Some(name) = &self.project_status
            && closing.is_none()
        {
            push(known_since, status(name, None));
        }
        if let Some(closing) = closing {
            push(closing.at, closed(closing.reason.as_deref()));
        }
        item.events.sort_by_key(|event| event.at);
        item
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Row<'a> {
    #[serde(borrow)]
    number: Scalar<'a>,
    #[serde(borrow)]
    title: Scalar<'a>,
    #[serde(borrow)]
    state: Scalar<'a>,
    #[serde(borrow, alias = "stateReason")]
    state_reason: Scalar<'a>,
    #[serde(borrow, alias = "createdAt")]
    created_at: Scalar<'a>,
    #[serde(borrow, alias = "updatedAt")]
    updated_at: Scalar<'a>,
    #[serde(borrow, alias = "closedAt")]
    closed_at: Scalar<'a>,
    labels: Connection<Named>,
    #[serde(borrow)]
    url: Scalar<'a>,
    #[serde(borrow)]
    html_url: Scalar<'a>,
    #[serde(borrow)]
    repository_url: Scalar<'a>,
    #[serde(alias = "issueType", alias = "type")]
    issue_type: Named,
    #[serde(deserialize_with = "super::json_values::object")]
    parent: Parent<'a>,
    #[serde(borrow)]
    parent_issue_url: Scalar<'a>,
    pull_request: Option<IgnoredAny>,
    #[serde(rename = "isPullRequest", deserialize_with = "flag")]
    is_pull_request: bool,
    #[serde(rename = "projectItems")]
    project_items: Connection<ProjectItem>,
    #[serde(borrow, alias = "timelineItems")]
    timeline: Connection<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Parent<'a> {
    #[serde(borrow)]
    number: Scalar<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ProjectItem {
    status: Named,
}

/// Reads a row; `None` for a pull request. `repository` (`owner/name`) is what stands around the rows.
///
/// # Errors
/// Why it cannot be read.
pub(in crate::sources) fn issue<'a>(
    text: &'a str,
    repository: Option<&str>,
) -> Result<Option<(Issue, Connection<&'a RawValue>)>, &'static str> {
    let row: Row<'a> = serde_json::from_str(text).map_err(|_| "not readable as an issue")?;
    if row.pull_request.is_some() || row.is_pull_request {
        return Ok(None);
    }
    let number = row.number.count().ok_or("an issue without number")?;
    let created = row.created_at.instant(Tz::UTC);
    let created = created.ok_or("an issue without the time when it was created")?;
    let updated = row.updated_at.instant(Tz::UTC);
    let closed_at = row.closed_at.instant(Tz::UTC);
    let updated = [updated, closed_at].into_iter().flatten().max();
    let updated = updated.unwrap_or(created).max(created);
    let is_closed = match row.state.written().to_ascii_lowercase().as_str() {
        "closed" => true,
        "" => closed_at.is_some(),
        _ => false,
    };
    let state_reason = reason(&row.state_reason);
    let closing = is_closed.then(|| Closing {
        // Closed at a time that is not told: no later than its last change.
        at: closed_at.unwrap_or(updated).max(created),
        reason: state_reason.clone(),
    });
    let labels = names(row.labels);
    let addresses = [&row.html_url, &row.url, &row.repository_url];
    let told = addresses
        .iter()
        .find_map(|address| repository_of(address.written()));
    let repository = told.or_else(|| repository.map(str::to_ascii_lowercase));
    let parent_url = row.parent_issue_url.written().rsplit('/').next();
    let parent = row.parent.number.count();
    let parent = parent.or_else(|| parent_url.and_then(|number| number.parse().ok()));
    let was_reopened = state_reason.as_deref() == Some("reopened");
    let project_items = row.project_items.nodes.into_iter();
    let issue = Issue {
        item: WorkItem {
            title: row.title.written().to_owned(),
            type_name: row.issue_type.0.unwrap_or_default(),
            value: labels.iter().find_map(|label| value_of_label(label)),
            labels,
            parent: parent.map(|parent| format!("#{parent}")),
            resolution: state_reason.filter(|_| is_closed),
            updated,
            ..WorkItem::known_as(
                Tracker::Github,
                id_of(repository.as_deref(), number),
                format!("#{number}"),
                created,
            )
        },
        closing,
        was_reopened,
        project_status: project_items.filter_map(|item| item.status.0).next(),
    };
    Ok(Some((issue, row.timeline)))
}

/// What identifies an issue: its number within its repository, where that is known.
pub(super) fn id_of(repository: Option<&str>, number: u64) -> String {
    format!("{}#{number}", repository.unwrap_or_default())
}

/// The repository in the address of an issue or of itself, as the API or the pages have it, in small
/// letters; with its host unless that is github.com.
pub(super) fn repository_of(address: &str) -> Option<String> {
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"))?;
    let parts: Vec<&str> = rest.split(['?', '#']).next()?.split('/').collect();
    let (host, path) = parts.split_first()?;
    let path = match path {
        ["repos", path @ ..] | ["api", "v3", "repos", path @ ..] => path,
        path => path,
    };
    let [owner, name, rest @ ..] = path else {
        return None;
    };
    let is_issue = matches!(rest, [] | ["issues" | "pull" | "pulls", ..]);
    if owner.is_empty() || name.is_empty() || !is_issue {
        return None;
    }
    let repository = format!("{owner}/{name}").to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    let host = host.strip_prefix("api.").unwrap_or(&host);
    Some(match host {
        "github.com" => repository,
        host => format!("{host}/{repository}"),
    })
}
