//! One line of work-items.jsonl: read without a copy of what is only looked at, because there may be
//! a hundred thousand of them. Any order of fields is read, unknown ones are ignored. `written` writes
//! lines, `cursor` is the grammar below; why a line is no JSON at all `json_positions` says.

use std::borrow::Cow;

use crate::model::work_item::{Category, History, Tracker};
use crate::store::SCHEMA_VERSION;
use crate::store::json_positions;
use crate::store::suggestion::nearest;

use super::cursor::{Cursor, Odd};
use super::telling::{Happening, Telling, settle};
use super::words::{ChangeNumber, Kind, Tables, Word};

/// What a line is called in its `type`.
pub(super) const TYPE: &str = "item";

pub(super) const TRACKERS: [(&str, Tracker); 8] = [
    ("jira", Tracker::Jira),
    ("azure-devops", Tracker::AzureDevops),
    ("focalboard", Tracker::Focalboard),
    ("github", Tracker::Github),
    ("gitlab", Tracker::Gitlab),
    ("linear", Tracker::Linear),
    ("stage-dates", Tracker::StageDates),
    ("csv", Tracker::Csv),
];
pub(super) const HISTORIES: [(&str, History); 3] = [
    ("complete", History::Complete),
    ("partial", History::Partial),
    ("approximate", History::Approximate),
];
pub(super) const CATEGORIES: [(&str, Category); 5] = [
    ("new", Category::New),
    ("active", Category::Active),
    ("wait", Category::Wait),
    ("done", Category::Done),
    ("cancelled", Category::Cancelled),
];

/// Why a line counts for nothing.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    /// The rest of the place (`:<column>`) and the reason.
    Bad(String),
    /// The same, but it is not even JSON: at the end of the file it may be a torn line.
    NotJson(String),
    /// It was written by a newer version.
    Newer(u64),
}

/// A status of the line: how events call it, and what it is.
struct Named<'l> {
    name: Cow<'l, str>,
    id: Cow<'l, str>,
    number: ChangeNumber,
}

/// What was read of a line so far.
struct Reading<'l, 't> {
    tables: &'t mut Tables,
    tracker: Option<Tracker>,
    statuses: Vec<Named<'l>>,
    /// Events of kinds that this build does not know.
    unknown_events: u64,
}

/// Reads a line that is not blank. Beside the telling: how many of its events are of kinds that this
/// build does not know.
pub(super) fn parse(line: &[u8], tables: &mut Tables) -> Result<(Telling, u64), Fault> {
    let Ok(text) = std::str::from_utf8(line) else {
        return Err(not_json(line));
    };
    let mut cursor = Cursor::new(text);
    match item(&mut cursor, tables) {
        Ok(read) => Ok(read),
        Err(Odd::Newer(found)) => Err(Fault::Newer(found)),
        Err(odd) => Err(match (json_positions::parse(line), odd) {
            (Err(_), _) => not_json(line),
            (Ok(_), Odd::Reason(reason)) => Fault::Bad(format!(": {reason}")),
            (Ok(_), _) => Fault::Bad(format!(
                ":{}: is not of the shape of an item",
                text.get(..cursor.at())
                    .map_or(1, |read| read.chars().count() + 1)
            )),
        }),
    }
}

fn not_json(line: &[u8]) -> Fault {
    let faults = json_positions::parse(line).err().unwrap_or_default();
    let reason = faults.first().map_or_else(
        || ": is not JSON".to_owned(),
        |fault| format!(":{}: {}", fault.at.column, fault.message),
    );
    Fault::NotJson(reason)
}

fn item(cursor: &mut Cursor<'_>, tables: &mut Tables) -> Result<(Telling, u64), Odd> {
    let mut reading = Reading {
        tables,
        tracker: None,
        statuses: Vec::new(),
        unknown_events: 0,
    };
    let (mut version, mut is_item, mut history) = (None, false, None);
    let (mut created, mut updated) = (None, None);
    let (mut id, mut key, mut title, mut parent) = (None, None, None, None);
    let (mut type_name, mut resolution, mut value) = (0, 0, None);
    let (mut aliases, mut labels) = (Vec::new(), Vec::new());
    // Where the two lists are; in the usual order of fields they are read on the way.
    let (mut statuses, mut events) = (None, None);
    let mut happened = None;
    let mut is_first = true;
    while let Some(name) = cursor.next_key(&mut is_first)? {
        match &*name {
            "schema_version" => version = Some(schema_version(cursor)?),
            "type" => {
                let kind = cursor.text()?;
                if kind != TYPE {
                    let advice = nearest(&kind, [TYPE])
                        .map_or_else(String::new, |word| format!("; did you mean `{word}`?"));
                    return Err(Odd::Reason(format!("`{kind}` is no type of line{advice}")));
                }
                is_item = true;
            }
            "tracker" => reading.tracker = Some(word(cursor, "tracker", &TRACKERS)?),
            "id" => id = Some(boxed(cursor)?),
            "key" => key = Some(boxed(cursor)?),
            "created" => created = Some(cursor.instant()?),
            "updated" => updated = Some(cursor.instant()?),
            "history" => history = Some(word(cursor, "history", &HISTORIES)?),
            "aliases" => cursor.each_item(|cursor| {
                aliases.push(boxed(cursor)?);
                Ok(())
            })?,
            "title" => title = Some(boxed(cursor)?),
            "type_name" => type_name = reading.tables.word(&cursor.text()?),
            "labels" => cursor.each_item(|cursor| {
                labels.push(reading.tables.word(&cursor.text()?));
                Ok(())
            })?,
            "value" => value = Some(cursor.number()?),
            "parent" => parent = Some(boxed(cursor)?),
            "resolution" => resolution = reading.tables.word(&cursor.text()?),
            "statuses" => match reading.tracker {
                Some(tracker) if events.is_none() => {
                    cursor.each_item(|status| reading.status(tracker, status))?;
                }
                // Events call statuses by names that are only told now.
                _ => {
                    statuses = Some(cursor.value()?);
                    happened = None;
                    reading.statuses.clear();
                }
            },
            "events" => {
                let begin = cursor.clone();
                match reading.tracker {
                    Some(tracker) if statuses.is_none() => {
                        happened = Some(reading.events(tracker, cursor)?);
                    }
                    _ => {
                        cursor.value()?;
                    }
                }
                events = Some(begin);
            }
            _ => {
                cursor.value()?;
            }
        }
    }
    cursor.end()?;
    let lacks = |field: &str| Odd::Reason(format!("has no `{field}`"));
    version.ok_or_else(|| lacks("schema_version"))?;
    if !is_item {
        return Err(lacks("type"));
    }
    let tracker = reading.tracker.ok_or_else(|| lacks("tracker"))?;
    if let Some(mut list) = statuses {
        list.each_item(|status| reading.status(tracker, status))?;
    }
    let happened = match (happened, events) {
        (Some(happened), _) => happened,
        (None, Some(mut list)) => {
            reading.unknown_events = 0;
            reading.events(tracker, &mut list)?
        }
        (None, None) => Vec::new(),
    };
    let unknown_events = reading.unknown_events;
    labels.sort_by(|&a, &b| tables.text(a).cmp(tables.text(b)));
    labels.dedup();
    let id: Box<str> = id.ok_or_else(|| lacks("id"))?;
    if id.trim().is_empty() {
        return Err(Odd::Reason("has an empty id".to_owned()));
    }
    let telling = Telling {
        tracker,
        history: history.ok_or_else(|| lacks("history"))?,
        id,
        key: key.unwrap_or_default(),
        aliases,
        title: title.unwrap_or_default(),
        type_name,
        labels,
        value,
        parent: parent.unwrap_or_default(),
        resolution,
        created: created.ok_or_else(|| lacks("created"))?,
        updated: updated.ok_or_else(|| lacks("updated"))?,
        events: happened,
    };
    Ok((telling, unknown_events))
}

fn schema_version(cursor: &mut Cursor<'_>) -> Result<(), Odd> {
    let version = cursor.number()?;
    if version == f64::from(SCHEMA_VERSION) {
        Ok(())
    } else if version > f64::from(SCHEMA_VERSION) && version.fract() == 0.0 {
        Err(Odd::Newer(version as u64))
    } else {
        Err(Odd::Reason(format!("there is no schema_version {version}")))
    }
}

fn boxed(cursor: &mut Cursor<'_>) -> Result<Box<str>, Odd> {
    Ok(match cursor.text()? {
        Cow::Borrowed(text) => text.into(),
        Cow::Owned(text) => text.into(),
    })
}

fn word<T: Copy>(cursor: &mut Cursor<'_>, field: &str, words: &[(&str, T)]) -> Result<T, Odd> {
    let text = cursor.text()?;
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let near = nearest(&text, words.iter().map(|(word, _)| *word));
        let advice = near.map_or_else(String::new, |word| format!("; did you mean \"{word}\"?"));
        Odd::Reason(format!("`{field}` cannot be \"{text}\"{advice}"))
    })
}

impl<'l> Reading<'l, '_> {
    /// A row of `statuses`.
    fn status(&mut self, tracker: Tracker, cursor: &mut Cursor<'l>) -> Result<(), Odd> {
        let (mut name, mut id, mut category) = (None, Cow::Borrowed(""), None);
        let mut is_first = true;
        while let Some(field) = cursor.next_key(&mut is_first)? {
            match &*field {
                "name" => name = Some(cursor.text()?),
                "id" => id = cursor.text()?,
                "category" => category = Some(word(cursor, "category", &CATEGORIES)?),
                _ => {
                    cursor.value()?;
                }
            }
        }
        let name = name.ok_or_else(|| Odd::Reason("has a status without a name".to_owned()))?;
        self.known(tracker, name, id, category);
        Ok(())
    }

    /// The list of events.
    fn events(&mut self, tracker: Tracker, cursor: &mut Cursor<'l>) -> Result<Vec<Happening>, Odd> {
        let mut happened = Vec::new();
        cursor.each_item(|event| {
            happened.extend(self.event(tracker, event)?);
            Ok(())
        })?;
        settle(&mut happened);
        happened.shrink_to_fit();
        Ok(happened)
    }

    fn known(
        &mut self,
        tracker: Tracker,
        name: Cow<'l, str>,
        id: Cow<'l, str>,
        category: Option<Category>,
    ) -> ChangeNumber {
        let kind = Kind::Status {
            tracker,
            name: self.tables.word(&name),
            id: self.tables.word(&id),
            category,
        };
        let number = self.tables.change(kind);
        self.statuses.push(Named { name, id, number });
        number
    }

    /// The status that an event calls by its name, and by its id where the line has two of the name.
    fn named(&mut self, tracker: Tracker, name: Cow<'l, str>, id: Option<&str>) -> ChangeNumber {
        let is_it = |known: &&Named<'l>| known.name == name && id.is_none_or(|id| known.id == id);
        if let Some(known) = self.statuses.iter().find(is_it) {
            return known.number;
        }
        let id = id.map_or(Cow::Borrowed(""), |id| Cow::Owned(id.to_owned()));
        self.known(tracker, name, id, None)
    }

    fn event(
        &mut self,
        tracker: Tracker,
        cursor: &mut Cursor<'l>,
    ) -> Result<Option<Happening>, Odd> {
        // Nearly every event of nearly every line.
        if let Some((at, name)) = cursor.plain_status() {
            let change = self.named(tracker, Cow::Borrowed(name), None);
            self.tables.happened(change, at);
            return Ok(Some(Happening {
                at,
                change,
                is_bulk: false,
            }));
        }
        let (mut at, mut status, mut status_id, mut kind) = (None, None, None, None);
        let mut is_bulk = false;
        let mut is_first = true;
        while let Some(field) = cursor.next_key(&mut is_first)? {
            match &*field {
                "at" => at = Some(cursor.instant()?),
                "status" => status = Some(cursor.text()?),
                "status_id" => status_id = Some(cursor.text()?),
                "bulk" => is_bulk = cursor.truth()?,
                "blocked" => kind = Some(Kind::Blocked(self.reason(cursor)?)),
                "unblocked" => {
                    cursor.truth()?;
                    kind = Some(Kind::Unblocked);
                }
                "labelled" => kind = Some(Kind::Labelled(self.tables.word(&cursor.text()?))),
                "unlabelled" => kind = Some(Kind::Unlabelled(self.tables.word(&cursor.text()?))),
                "type" => kind = Some(Kind::Type(self.tables.word(&cursor.text()?))),
                "value" if cursor.null() => kind = Some(Kind::Value(None)),
                "value" => kind = Some(Kind::Value(Some(cursor.number()?.to_bits()))),
                "removed" => {
                    cursor.truth()?;
                    kind = Some(Kind::Removed);
                }
                _ => {
                    cursor.value()?;
                }
            }
        }
        let at = at.ok_or_else(|| Odd::Reason("has an event without `at`".to_owned()))?;
        let change = match (status, kind) {
            (Some(name), _) => self.named(tracker, name, status_id.as_deref()),
            (None, Some(kind)) => self.tables.change(kind),
            (None, None) => {
                self.unknown_events += 1;
                return Ok(None);
            }
        };
        self.tables.happened(change, at);
        Ok(Some(Happening {
            at,
            change,
            is_bulk,
        }))
    }

    /// Why something is blocked: a text, or `true`.
    fn reason(&mut self, cursor: &mut Cursor<'l>) -> Result<Word, Odd> {
        if cursor.is_text() {
            return Ok(self.tables.word(&cursor.text()?));
        }
        cursor.truth()?;
        Ok(0)
    }
}
