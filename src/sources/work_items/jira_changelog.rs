//! Jira's histories → events of one issue: in order of time whatever order they came in, with the first
//! status told by what the first change left, bulk changes marked, and one span of being blocked for
//! flags and links together. `jira_issue` is their shape, `jira_json` reads them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::jira_issue::{History, Item};
use super::json_values::Scalar;
use crate::model::flow_settings::plain_status;
use crate::model::work_item::{Category, Change, Event, Status};

/// Statuses that are shared; a site has a few hundred.
const MOST_STATUSES: usize = 10_000;
/// Longer names are not kept beside their item, in bytes.
const LONGEST_NAME: usize = 300;
/// Names of one status that are shared.
const MOST_NAMES: usize = 20;

/// What an issue is blocked by, beside its flag, is written into a link's text before the key.
const BLOCKED_BY: &str = "is blocked by ";

/// Names of the field that holds the business value, as `plain_status` writes them.
const VALUE_FIELDS: [&str; 2] = ["business value", "value"];

/// Whether a field is the business value, by its name.
pub(super) fn is_value_field(name: &str) -> bool {
    VALUE_FIELDS.contains(&plain_status(name).as_str())
}

/// Statuses met so far, each once.
#[derive(Debug, Default)]
pub(super) struct Statuses {
    /// The site whose statuses these are, where that is told: their ids are those of one site only.
    site: Option<String>,
    /// By id, or by name where there is none: the names that an id had are few.
    known: HashMap<String, Vec<Arc<Status>>>,
    categories: HashMap<String, Category>,
}

impl Statuses {
    /// What follows is told by this site.
    pub(super) fn of_site(&mut self, site: Option<&str>) {
        if self.site.as_deref() != site {
            *self = Self {
                site: site.map(str::to_owned),
                ..Self::default()
            };
        }
    }

    /// A status by what Jira calls it inside and by its name at that time.
    pub(super) fn status(&mut self, id: Option<&str>, name: &str) -> Arc<Status> {
        let key = id.unwrap_or(name);
        let named = self.known.get(key).into_iter().flatten();
        for known in named.clone() {
            if known.name == name && known.id.is_some() == id.is_some() {
                return Arc::clone(known);
            }
        }
        let is_short = name.len() <= LONGEST_NAME && key.len() <= LONGEST_NAME;
        let is_room = self.known.len() < MOST_STATUSES && named.count() < MOST_NAMES && is_short;
        let status = Arc::new(Status {
            name: name.to_owned(),
            id: id.map(|id| match &self.site {
                Some(site) => format!("{site}/{id}"),
                None => id.to_owned(),
            }),
            category: id.and_then(|id| self.categories.get(id)).copied(),
        });
        if is_room {
            let names = self.known.entry(key.to_owned()).or_default();
            names.push(Arc::clone(&status));
        }
        status
    }

    /// The status an issue is in now, with what Jira says it means.
    pub(super) fn now(
        &mut self,
        id: Option<&str>,
        name: &str,
        category: Option<Category>,
    ) -> Arc<Status> {
        if let (Some(id), Some(category)) = (id, category)
            && self.categories.get(id) != Some(&category)
            && self.categories.len() < MOST_STATUSES
            && id.len() <= LONGEST_NAME
        {
            self.categories.insert(id.to_owned(), category);
            self.known.remove(id);
        }
        let status = self.status(id, name);
        if status.category == category || category.is_none() {
            return status;
        }
        // Without an id nothing is known of the name elsewhere.
        Arc::new(Status {
            category,
            ..(*status).clone()
        })
    }
}

/// What is known of an issue beside its histories.
#[derive(Debug)]
pub(super) struct Beside<'a> {
    /// When it was created, if its beginning is among its histories; else they begin in the middle.
    pub(super) created: Option<DateTime<Utc>>,
    /// Its status now.
    pub(super) status: Option<Arc<Status>>,
    /// Since when what its status means holds, as far as Jira tells.
    pub(super) category_changed: Option<DateTime<Utc>>,
    /// When anything about it changed last.
    pub(super) updated: Option<DateTime<Utc>>,
    /// Its labels now.
    pub(super) labels: &'a [String],
    /// Its key now.
    pub(super) key: Option<&'a str>,
    /// Zone of times that tell none.
    pub(super) zone: Tz,
}

/// What histories tell.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// In order of time.
    pub(super) events: Vec<Event>,
    /// Keys the issue had before.
    pub(super) aliases: Vec<String>,
    /// The last business value that was set.
    pub(super) value: Option<Option<f64>>,
    /// The id of the field that holds the business value, if a change named it.
    pub(super) value_field: Option<String>,
    /// The time of the first and the last history.
    pub(super) span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Histories without a time.
    pub(super) untimed: usize,
    /// Whether the last change of status does not lead to the status now.
    pub(super) breaks: bool,
}

/// The histories in the order in which they happened: by time, and those of one instant in the order of
/// the list, turned around if it lists the newest first.
fn in_order<'h, 'a>(
    histories: &'h [History<'a>],
    zone: Tz,
) -> Vec<(DateTime<Utc>, &'h History<'a>)> {
    let mut timed: Vec<_> = histories
        .iter()
        .filter_map(|history| Some((history.created.instant(zone)?, history)))
        .collect();
    if is_newest_first(&timed) {
        timed.reverse();
    }
    timed.sort_by_key(|(at, _)| *at);
    timed
}

/// By the times at both ends, or by the numbers of histories where these are the same.
pub(super) fn is_newest_first(timed: &[(DateTime<Utc>, &History<'_>)]) -> bool {
    let [(first_at, first), .., (last_at, last)] = timed else {
        return false;
    };
    let number = |history: &History<'_>| history.id.text()?.parse::<u64>().ok();
    if first_at != last_at {
        return first_at > last_at;
    }
    matches!((number(first), number(last)), (Some(first), Some(last)) if first > last)
}

/// What stops the issue at the moment.
#[derive(Default)]
struct Blockers {
    is_flagged: bool,
    links: Vec<String>,
}

impl Blockers {
    fn flag(&mut self, reason: Option<String>) -> Option<Change> {
        match reason {
            Some(reason) => {
                self.is_flagged = true;
                Some(Change::Blocked(Some(reason)))
            }
            None => {
                self.is_flagged = false;
                self.links.is_empty().then_some(Change::Unblocked)
            }
        }
    }

    fn link(&mut self, key: String) -> Option<Change> {
        if self.links.contains(&key) {
            return None;
        }
        let is_first = !self.is_flagged && self.links.is_empty();
        self.links.push(key.clone());
        is_first.then_some(Change::Blocked(Some(key)))
    }

    fn unlink(&mut self, key: &str) -> Option<Change> {
        self.links.retain(|known| known != key);
        (!self.is_flagged && self.links.is_empty()).then_some(Change::Unblocked)
    }
}

/// What a field was before its first change: known once that is met.
#[derive(Default)]
struct First {
    status: Option<Arc<Status>>,
    type_name: Option<String>,
    labels: Option<Vec<String>>,
    /// `Some` once met; inside what it was.
    value: Option<Option<f64>>,
    /// `Some` once a flag or the end of an unknown link was met; inside what blocked it.
    blocked: Option<Option<Change>>,
}

/// Reads the histories of one issue. `value_field` is the field that holds the business value, if it is
/// known by its id.
pub(super) fn read(
    histories: &[History<'_>],
    beside: &Beside<'_>,
    value_field: Option<&str>,
    statuses: &mut Statuses,
) -> Told {
    let timed = in_order(histories, beside.zone);
    let mut told = Told {
        untimed: histories.len() - timed.len(),
        span: timed
            .first()
            .zip(timed.last())
            .map(|(first, last)| (first.0, last.0)),
        ..Told::default()
    };
    let mut first = First::default();
    let mut blockers = Blockers::default();
    let mut events = Vec::new();
    let mut last_status = None;
    for (at, history) in &timed {
        // Where a workflow is replaced, all issues of a project change at once.
        let is_bulk = history
            .items
            .iter()
            .any(|item| item.field.written() == "Workflow");
        for item in &history.items {
            let field = item.field.written();
            let change = match field {
                "status" => {
                    let from = status(&item.from, &item.from_string, statuses);
                    first.status = first.status.take().or(from);
                    let to = status(&item.to, &item.to_string, statuses);
                    last_status = to.clone().or(last_status);
                    to.map(Change::Status)
                }
                "issuetype" | "Issue Type" => {
                    if first.type_name.is_none() {
                        first.type_name = item.from_string.text().map(Cow::into_owned);
                    }
                    let to = item.to_string.text();
                    to.map(|name| Change::Type(name.into_owned()))
                }
                "labels" => {
                    let from = words(&item.from_string);
                    let to = words(&item.to_string);
                    let off = from.iter().filter(|label| !to.contains(label));
                    events.extend(
                        off.map(|label| Event::new(*at, Change::Unlabelled(label.clone()))),
                    );
                    let on = to.iter().filter(|label| !from.contains(label));
                    events.extend(on.map(|label| Event::new(*at, Change::Labelled(label.clone()))));
                    first.labels = first.labels.take().or(Some(from));
                    None
                }
                "Key" => {
                    let old = item.from_string.text().map(Cow::into_owned);
                    let is_old = |key: &String| Some(key.as_str()) != beside.key;
                    told.aliases.extend(old.filter(is_old));
                    None
                }
                "Flagged" => {
                    if first.blocked.is_none() {
                        let from = item.from_string.text().map(Cow::into_owned);
                        first.blocked = Some(from.map(|reason| Change::Blocked(Some(reason))));
                    }
                    blockers.flag(item.to_string.text().map(Cow::into_owned))
                }
                "Link" => match (blocker(&item.to_string), blocker(&item.from_string)) {
                    (Some(key), _) => blockers.link(key),
                    (None, Some(key)) => {
                        if !blockers.links.contains(&key) {
                            // It was there from the beginning.
                            let link = Change::Blocked(Some(key.clone()));
                            first.blocked.get_or_insert(None).get_or_insert(link);
                        }
                        blockers.unlink(&key)
                    }
                    (None, None) => None,
                },
                _ if is_value(item, value_field) => {
                    let id = item.field_id.text().map(Cow::into_owned);
                    told.value_field = told.value_field.take().or(id);
                    let from = number(&item.from_string, &item.from);
                    first.value = first.value.or(Some(from));
                    let to = number(&item.to_string, &item.to);
                    told.value = Some(to);
                    Some(Change::Value(to))
                }
                _ => None,
            };
            if let Some(change) = change {
                let is_bulk = is_bulk && matches!(change, Change::Status(_));
                events.push(Event {
                    is_bulk,
                    ..Event::new(*at, change)
                });
            }
        }
    }
    let mut begin = beginning(first, beside, &told);
    begin.append(&mut events);
    told.events = begin;
    told.aliases.sort_unstable();
    told.aliases.dedup();
    end(&mut told, last_status.as_deref(), beside);
    told
}

/// How the issue was before its first history, told at its creation, or where the histories begin if
/// they begin in the middle.
fn beginning(first: First, beside: &Beside<'_>, told: &Told) -> Vec<Event> {
    let earliest = told.span.map(|(from, _)| from);
    // A history older than the creation is one that was imported with the issue.
    let at = match (beside.created, earliest) {
        (Some(created), Some(earliest)) => created.min(earliest),
        (Some(at), None) | (None, Some(at)) => at,
        (None, None) => return Vec::new(),
    };
    let changed = first.status.is_some();
    let mut events = Vec::new();
    if let Some(status) = first.status.or_else(|| beside.status.clone()) {
        // Nothing changed it: in the part that is known, it was always what it is.
        let since = beside
            .category_changed
            .filter(|_| !changed && beside.created.is_none());
        let at = since.map_or(at, |since| since.min(at));
        events.push(Event::new(at, Change::Status(status)));
    }
    let labels = first
        .labels
        .as_deref()
        .or(beside.created.and(Some(beside.labels)));
    let labels = labels.unwrap_or_default().iter();
    events.extend(labels.map(|label| Event::new(at, Change::Labelled(label.clone()))));
    events.extend(
        first
            .type_name
            .map(|name| Event::new(at, Change::Type(name))),
    );
    if let Some(Some(value)) = first.value {
        events.push(Event::new(at, Change::Value(Some(value))));
    }
    events.extend(first.blocked.flatten().map(|change| Event::new(at, change)));
    events
}

/// A last change of status that does not lead to the status now is followed by one that does. The same
/// status under another name is the same: ids survive renaming.
fn end(told: &mut Told, last: Option<&Status>, beside: &Beside<'_>) {
    let (Some(last), Some(now)) = (last, &beside.status) else {
        return;
    };
    let is_same = match (&last.id, &now.id) {
        (Some(last), Some(now)) => last == now,
        _ => plain_status(&last.name) == plain_status(&now.name),
    };
    let entries = told.events.iter().rev();
    let last_at = entries
        .clone()
        .find(|event| matches!(event.change, Change::Status(_)))
        .map(|event| event.at);
    if is_same {
        return;
    }
    told.breaks = true;
    let since = [beside.category_changed, beside.updated];
    let later = since.into_iter().flatten().find(|at| Some(*at) > last_at);
    if let Some(at) = later.or(last_at) {
        told.events
            .push(Event::new(at, Change::Status(Arc::clone(now))));
        told.events.sort_by_key(|event| event.at);
    }
}

/// A status of a change; `None` where it was none.
fn status(id: &Scalar<'_>, name: &Scalar<'_>, statuses: &mut Statuses) -> Option<Arc<Status>> {
    let (id, name) = (id.text(), name.text());
    let id = id.as_deref();
    let name = name.as_deref().or(id)?;
    Some(statuses.status(id, name))
}

/// The labels of a change, which are separated by blanks.
fn words(text: &Scalar<'_>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.written().split_whitespace() {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// The key of what blocks the issue, in the text of a link: `This issue is blocked by FOC-9`.
fn blocker(text: &Scalar<'_>) -> Option<String> {
    let text = text.written();
    let (_, after) = text.split_once(BLOCKED_BY)?;
    after.split_whitespace().next().map(str::to_owned)
}

fn is_value(item: &Item<'_>, value_field: Option<&str>) -> bool {
    let id = item.field_id.text();
    let is_known = value_field.is_some() && value_field == id.as_deref();
    // The common fields are not compared letter by letter.
    let name = item.field.written();
    is_known
        || (name.len() < 40 && name.to_ascii_lowercase().contains("value") && is_value_field(name))
}

fn number(text: &Scalar<'_>, raw: &Scalar<'_>) -> Option<f64> {
    text.number().or_else(|| raw.number())
}
