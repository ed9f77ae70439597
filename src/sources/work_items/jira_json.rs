//! Jira's JSON: search results of Cloud and Data Center, lists and lines of issues, pages of changelogs
//! by themselves. `jira_issue` is the shape of a row, `jira_changelog` makes events of its histories,
//! `jira_export` remembers what is known of the whole file.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::jira_changelog::{Beside, Told};
use super::jira_cli;
use super::jira_export::JiraExport;
use super::jira_issue::{
    Changelog, Fields, History as Changes, Issue, histories_of, is_empty_result, of_issue, site,
};
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
/// So many issues with a cut changelog wait for the rest of it.
const MOST_CUT: usize = 20_000;

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
        cut: HashMap::new(),
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
    reader.still_cut(sink);
    reader.export.finish(sink);
    Ok(())
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

/// An issue that came with a part of its changelog.
struct CutIssue {
    item: WorkItem,
    status: Option<Arc<Status>>,
    category_changed: Option<DateTime<Utc>>,
    /// The time of the last history of the part.
    last: Option<DateTime<Utc>>,
}

struct Reader<'o> {
    options: &'o ReadOptions<'o>,
    export: JiraExport,
    /// Histories of the page of changes that is being read, each with its line.
    page: Vec<(u64, Vec<u8>)>,
    /// Issues whose changelog is cut, by id, with their numbers: the rest may follow.
    cut: HashMap<String, (usize, CutIssue)>,
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
            let (histories, history) = histories_of(&changelog);
            if history == History::Partial {
                self.export.changelog_is_cut(&key);
            }
            if histories.is_empty() {
                return Err("it has no `fields`".to_owned());
            }
            self.changes(&id, histories, history, sink);
            return Ok(());
        };
        let issue = self.item(&id, &key, &fields, issue.changelog.as_ref())?;
        if issue.item.history != History::Partial {
            sink.item(issue.item);
        } else if self.cut.len() < MOST_CUT {
            let number = self.cut.len();
            let other = self.cut.insert(issue.item.id.clone(), (number, issue));
            if let Some((_, other)) = other {
                self.is_cut(other.item, sink);
            }
        } else {
            self.is_cut(issue.item, sink);
        }
        Ok(())
    }

    fn item(
        &mut self,
        id: &str,
        key: &str,
        fields: &Fields<'_>,
        changelog: Option<&Changelog<'_>>,
    ) -> Result<CutIssue, String> {
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
                let (histories, history) = histories_of(changelog);
                // What is cut off is the oldest, but of lists that begin with it.
                let begins = history == History::Complete || is_oldest_first(histories, zone);
                let beside = Beside {
                    created: begins.then_some(created),
                    status: status.clone(),
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
        let last = told.span.map(|(_, last)| last);
        let item = WorkItem {
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
        };
        Ok(CutIssue {
            item,
            status,
            category_changed: now.category_changed,
            last,
        })
    }

    /// Of an issue there is a part of the changelog only.
    fn is_cut(&mut self, item: WorkItem, sink: &mut Sink<'_>) {
        self.export.changelog_is_cut(&item.key);
        sink.item(item);
    }

    /// The issues of which no whole changelog followed, in the order in which they came.
    fn still_cut(&mut self, sink: &mut Sink<'_>) {
        let mut cut: Vec<(usize, CutIssue)> = std::mem::take(&mut self.cut).into_values().collect();
        cut.sort_by_key(|(number, _)| *number);
        for (_, issue) in cut {
            self.is_cut(issue.item, sink);
        }
    }

    /// The whole changelog of an issue that came with a part of it: as if it had come with the whole.
    fn completed(&mut self, issue: CutIssue, histories: &[Changes<'_>]) -> WorkItem {
        let beside = Beside {
            created: Some(issue.item.created),
            status: issue.status,
            category_changed: issue.category_changed,
            updated: Some(issue.item.updated),
            labels: &issue.item.labels,
            key: Some(&issue.item.key),
            zone: self.options.timezone,
        };
        let told = self.export.histories(histories, &beside);
        let last = told.span.map_or(issue.item.updated, |(_, last)| last);
        WorkItem {
            aliases: told.aliases,
            value: issue.item.value.or(told.value.flatten()),
            updated: issue.item.updated.max(last),
            history: History::Complete,
            events: told.events,
            ..issue.item
        }
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
        let zone = self.options.timezone;
        if history == History::Complete
            && let Some(known) = &known
            && let Some((number, cut)) = self.cut.remove(&known.id)
        {
            let times = histories.iter();
            let last = times
                .filter_map(|history| history.created.instant(zone))
                .max();
            if last >= cut.last {
                let item = self.completed(cut, histories);
                sink.item(item);
                return;
            }
            // It was asked for before the issue was.
            self.cut.insert(known.id.clone(), (number, cut));
        }
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
