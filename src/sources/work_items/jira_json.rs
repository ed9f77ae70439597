//! Jira's JSON: search results of Cloud and Data Center, lists and lines of issues, pages of changelogs
//! by themselves. `jira_issue` is the shape of a row, `jira_changelog` makes events of its histories,
//! `jira_export` remembers what is known of the whole file.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::jira_changelog::{Beside, Told};
use super::jira_cli;
use super::jira_export::JiraExport;
use super::jira_issue::{Changelog, Fields, History as Changes, Issue, site};
use super::json_envelope::Under;
use super::json_head::JsonHead;
use super::json_rows::{JsonRows, Met};
use super::json_values::{Scalar, reason};
use super::{Input, ReadOptions, Sink};
use crate::model::WorkItem;
use crate::model::work_item::{Category, Change, Event, History, Status, Tracker};

/// Where rows lie: search results and bulk requests, changelogs of one issue, changelogs of many.
const PATHS: &[Under] = &[&["issues"], CHANGES_OF_ONE, &["issueChangeLogs"]];
const CHANGES_OF_ONE: Under = &["values"];

/// Histories of one issue that come on pages of their own are kept up to so many bytes.
const MOST_HELD: usize = 64 * 1024 * 1024;

/// Whether a text begins like an export of Jira in JSON.
pub(super) fn recognise(head: &str) -> bool {
    let seen = JsonHead::of(head);
    let is_issue = |place: &str| {
        let has = |name: &str| seen.rows_have(&[place], name);
        has("key") && (has("fields") || has("changelog") || has("self"))
    };
    let is_page = |before: &str| {
        let has = |name: &str| seen.has(&format!("{before}{name}"));
        let is_paged = [
            "startAt",
            "total",
            "isLast",
            "nextPageToken",
            "maxResults",
            "expand",
        ]
        .iter()
        .any(|name| has(name));
        has("issues") && (is_paged || is_issue(&format!("{before}issues[]")))
            || before.is_empty() && has("issues") && is_empty_result(head)
            || has("issueChangeLogs")
            || has("changeHistories")
            || has("values[].items[].fromString")
            || (has("values") && has("self") && is_paged)
    };
    let is_ours = is_issue("") || is_issue("[]") || is_page("") || is_page("[].");
    is_ours && !jira_cli::recognise(head)
}

/// Whether a text is a result without issues; of lists of other trackers that name their items so, too,
/// nothing could be said.
fn is_empty_result(head: &str) -> bool {
    #[derive(Deserialize)]
    struct Page {
        issues: Vec<IgnoredAny>,
    }
    let head = head.trim_start_matches('\u{feff}');
    let mut pages = serde_json::Deserializer::from_str(head).into_iter::<Page>();
    matches!(pages.next(), Some(Ok(page)) if page.issues.is_empty())
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
    let mut reader = Reader {
        options,
        export: JiraExport::new(input)?,
        page: Vec::new(),
        pending: None,
        held: 0,
    };
    let mut rows = JsonRows::open(input, PATHS, sink)?;
    while let Some(met) = rows.next_row(sink)? {
        match met {
            Met::Row {
                line, text, under, ..
            } if under == CHANGES_OF_ONE => reader.change_of_one(line, text, sink),
            Met::Row {
                line,
                text,
                envelope,
                ..
            } => {
                reader.export.field_names(envelope);
                if let Err(reason) = reader.row(text, sink) {
                    sink.skip(line, &of_issue(text, &reason));
                }
            }
            Met::Page { envelope, rows } => {
                if reader.page.is_empty() {
                    reader.export.page(envelope, rows);
                } else {
                    let about = JiraExport::changes_of_one(envelope);
                    reader.page_of_changes(about, sink);
                }
            }
        }
    }
    reader.changes_of_one(sink);
    reader.export.finish(sink);
    Ok(())
}

/// A reason with the key of its issue: in a file of one line the number of the line says nothing.
fn of_issue(text: &[u8], reason: &str) -> String {
    const LONGEST: usize = 100;
    #[derive(Deserialize)]
    struct Keyed<'a> {
        #[serde(borrow)]
        key: Scalar<'a>,
    }
    let keyed = serde_json::from_slice::<Keyed<'_>>(text).ok();
    let key = keyed.as_ref().and_then(|keyed| keyed.key.text());
    match key.filter(|key| key.len() <= LONGEST) {
        Some(key) => format!("{key}: {reason}"),
        None => reason.to_owned(),
    }
}

/// What a page of the changelog of one issue says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChangesPage {
    /// The id of the issue, or its key: how it was asked for.
    pub(super) issue: String,
    /// The site it is of.
    pub(super) site: Option<String>,
    /// Whether it is the first page.
    pub(super) is_first: bool,
    /// Whether it is the last one.
    pub(super) is_last: bool,
}

/// The changelog of one issue, told on pages of its own.
struct Pending {
    about: ChangesPage,
    rows: Vec<(u64, Vec<u8>)>,
}

struct Reader<'o> {
    options: &'o ReadOptions<'o>,
    export: JiraExport,
    /// Histories of the page of changes that is being read, each with its line.
    page: Vec<(u64, Vec<u8>)>,
    pending: Option<Pending>,
    /// Bytes of histories that wait for the rest of theirs.
    held: usize,
}

impl Reader<'_> {
    /// A history in a list that does not say yet whose it is.
    fn change_of_one(&mut self, line: u64, text: &[u8], sink: &mut Sink<'_>) {
        self.held += text.len();
        if self.held > MOST_HELD {
            self.held -= text.len();
            sink.skip(line, "more than 64 MiB of changes of one issue");
            return;
        }
        self.page.push((line, text.to_vec()));
    }

    /// An issue, or the changes of one.
    fn row(&mut self, text: &[u8], sink: &mut Sink<'_>) -> Result<(), String> {
        let issue: Issue<'_> = serde_json::from_slice(text).map_err(|error| reason(&error))?;
        if let Some(id) = issue.issue_id.text() {
            // It does not tell its site: it is of the one that was told last.
            self.changes(&id, &issue.change_histories, History::Complete, sink);
            return Ok(());
        }
        let key = issue.key.text();
        let Some(id) = issue.id.text().or_else(|| key.clone()) else {
            let is_error = memchr::memmem::find(text, b"\"errorMessages\"").is_some();
            return Err(if is_error {
                "Jira answered with an error, and no issues".to_owned()
            } else {
                "it is no issue: it has no `key`".to_owned()
            });
        };
        let key = key.unwrap_or_else(|| id.clone());
        let site = issue.address.text().as_deref().and_then(site);
        self.export.statuses.of_site(site.as_deref());
        let Some(fields) = issue.fields else {
            let changelog = issue.changelog.unwrap_or_default();
            let (histories, history) = self.histories(&changelog, &key);
            if histories.is_empty() {
                return Err("it has no `fields`".to_owned());
            }
            self.changes(&id, histories, history, sink);
            return Ok(());
        };
        let item = self.item(&id, &key, &fields, issue.changelog.as_ref())?;
        sink.item(item);
        Ok(())
    }

    /// The histories of an issue, and how much of all they are.
    fn histories<'c, 'a>(
        &mut self,
        changelog: &'c Changelog<'a>,
        key: &str,
    ) -> (&'c [Changes<'a>], History) {
        let histories = if changelog.histories.is_empty() {
            &changelog.values
        } else {
            &changelog.histories
        };
        let total = changelog.total.count().unwrap_or(0);
        let is_cut = total > histories.len() as u64 || changelog.is_last.flag() == Some(false);
        if is_cut {
            self.export.changelog_is_cut(key);
            (histories, History::Partial)
        } else {
            (histories, History::Complete)
        }
    }

    fn item(
        &mut self,
        id: &str,
        key: &str,
        fields: &Fields<'_>,
        changelog: Option<&Changelog<'_>>,
    ) -> Result<WorkItem, String> {
        let zone = self.options.timezone;
        let created = fields.created.instant(zone);
        let created = created.ok_or_else(|| match fields.created.text() {
            Some(_) => "its `created` is no time".to_owned(),
            None => "it has no `created`".to_owned(),
        })?;
        let labels: Vec<String> = fields
            .labels
            .iter()
            .filter_map(|label| label.text().map(Cow::into_owned))
            .collect();
        let (category, contradicts) = fields.status.category();
        self.export.contradictions += usize::from(contradicts);
        let status_id = fields.status.id.text();
        let status = fields.status.name.text().or_else(|| status_id.clone());
        let status = status.map(|name| {
            self.export
                .statuses
                .now(status_id.as_deref(), &name, category)
        });
        let now = Now {
            created,
            category_changed: fields.category_changed.instant(zone),
            resolved: fields.resolution_date.instant(zone),
            updated: fields.updated.instant(zone),
        };
        let (told, history) = match changelog {
            None => {
                self.export.without_changelog += 1;
                let events = guessed(status.as_ref(), category, &now);
                let told = Told {
                    events,
                    ..Told::default()
                };
                (told, History::Approximate)
            }
            Some(changelog) => {
                let (histories, history) = self.histories(changelog, key);
                // What is cut off is the oldest, but of lists that begin with it.
                let begins = history == History::Complete || is_oldest_first(histories, zone);
                let beside = Beside {
                    created: begins.then_some(created),
                    status,
                    category_changed: now.category_changed,
                    updated: now.updated,
                    labels: &labels,
                    key: Some(key),
                    zone,
                };
                (self.export.histories(histories, &beside), history)
            }
        };
        let value = self.export.value(&fields.customs);
        self.export.met(id, key, created);
        let latest = told.span.map_or(created, |(_, last)| last.max(created));
        let parent = [&fields.parent.key, &fields.parent.id, &fields.epic.key];
        Ok(WorkItem {
            tracker: Tracker::Jira,
            id: id.to_owned(),
            key: key.to_owned(),
            aliases: told.aliases,
            title: fields.summary.written().to_owned(),
            type_name: fields
                .issue_type
                .name
                .text()
                .unwrap_or_default()
                .into_owned(),
            labels,
            value: value.or(told.value.flatten()),
            parent: parent
                .into_iter()
                .find_map(Scalar::text)
                .map(Cow::into_owned)
                .or_else(|| self.export.epic(&fields.customs)),
            resolution: fields.resolution.name.text().map(Cow::into_owned),
            created,
            updated: now.updated.unwrap_or(latest),
            history,
            events: told.events,
        })
    }

    /// The changes of an issue of which nothing else stands here: a piece of it.
    fn changes(
        &mut self,
        issue: &str,
        histories: &[Changes<'_>],
        history: History,
        sink: &mut Sink<'_>,
    ) {
        let known = self.export.known(issue).cloned();
        let key = known.as_ref().map(|known| known.key.as_str());
        let created = known.as_ref().map(|known| known.created);
        let beside = Beside {
            created: created.filter(|_| history == History::Complete),
            status: None,
            category_changed: None,
            updated: None,
            labels: &[],
            key,
            zone: self.options.timezone,
        };
        let told = self.export.histories(histories, &beside);
        let Some((first, last)) = told.span else {
            return;
        };
        let created = created.unwrap_or(first);
        sink.item(WorkItem {
            tracker: Tracker::Jira,
            id: known.as_ref().map_or(issue, |known| &known.id).to_owned(),
            key: key.unwrap_or(issue).to_owned(),
            aliases: told.aliases,
            title: String::new(),
            type_name: String::new(),
            labels: Vec::new(),
            value: told.value.flatten(),
            parent: None,
            resolution: None,
            created,
            updated: last.max(created),
            history,
            events: told.events,
        });
    }

    /// A page of the changelog of one issue ends: pages of one issue that follow each other are one.
    fn page_of_changes(&mut self, about: Option<ChangesPage>, sink: &mut Sink<'_>) {
        let mut rows = std::mem::take(&mut self.page);
        let Some(about) = about else {
            self.held = 0;
            let line = rows.first().map_or(1, |(line, _)| *line);
            sink.skip(line, "changes of an issue that is named nowhere (`self`)");
            return;
        };
        match &mut self.pending {
            Some(pending) if pending.about.issue == about.issue && !about.is_first => {
                pending.about.is_last = about.is_last;
                pending.rows.append(&mut rows);
            }
            _ => {
                self.changes_of_one(sink);
                self.pending = Some(Pending { about, rows });
            }
        }
    }

    /// What pages of one issue told together.
    fn changes_of_one(&mut self, sink: &mut Sink<'_>) {
        let Some(Pending { about, rows }) = self.pending.take() else {
            return;
        };
        let length: usize = rows.iter().map(|(_, text)| text.len()).sum();
        self.held = self.held.saturating_sub(length);
        let mut histories = Vec::with_capacity(rows.len());
        for (line, text) in &rows {
            match serde_json::from_slice::<Changes<'_>>(text) {
                Ok(history) => histories.push(history),
                Err(error) => sink.skip(*line, &reason(&error)),
            }
        }
        let is_whole = about.is_first && about.is_last && histories.len() == rows.len();
        let history = if is_whole {
            History::Complete
        } else {
            self.export.changelog_is_cut(&about.issue);
            History::Partial
        };
        self.export.statuses.of_site(about.site.as_deref());
        self.changes(&about.issue, &histories, history, sink);
    }
}

/// Times of an issue as it is now.
struct Now {
    created: DateTime<Utc>,
    category_changed: Option<DateTime<Utc>>,
    resolved: Option<DateTime<Utc>>,
    updated: Option<DateTime<Utc>>,
}

/// Without histories: the status now, since when what it means may hold. Whether an issue is done says
/// its status alone; the resolution only helps to guess when.
fn guessed(status: Option<&Arc<Status>>, category: Option<Category>, now: &Now) -> Vec<Event> {
    let resolved = now.resolved.filter(|_| category == Some(Category::Done));
    let since = match category {
        Some(Category::New) => Some(now.created),
        _ => now.category_changed.or(resolved).or(now.updated),
    };
    let since = since.unwrap_or(now.created).max(now.created);
    status
        .map(|status| Event::new(since, Change::Status(Arc::clone(status))))
        .into_iter()
        .collect()
}

fn is_oldest_first(histories: &[Changes<'_>], zone: chrono_tz::Tz) -> bool {
    let at = |history: Option<&Changes<'_>>| history?.created.instant(zone);
    at(histories.first()) < at(histories.last())
}
