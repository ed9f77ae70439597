//! Writing a `Telling` as a line of work-items.jsonl: for people to read, and small. `line` reads it
//! back. A telling of very many events becomes several lines that say the same beside them.

use std::collections::HashSet;
use std::io::{self, Write};

use chrono::SecondsFormat;

use crate::model::work_item::Category;
use crate::store::SCHEMA_VERSION;

use super::line::{CATEGORIES, HISTORIES, TRACKERS, TYPE};
use super::telling::{Happening, Telling, instant};
use super::words::{Kind, Tables, Word};

/// Of one line, so that it stays well below the longest that is read.
const MOST_EVENTS: usize = 2_000;
/// The same, for events whose texts are long.
const MOST_BYTES: usize = 500_000;

/// Writes the lines of a telling.
pub(super) fn write(out: &mut dyn Write, telling: &Telling, tables: &Tables) -> io::Result<()> {
    let mut rest = telling.events.as_slice();
    loop {
        let end = fitting(rest, tables);
        let (now, later) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        write_line(out, telling, now, tables)?;
        if later.is_empty() {
            return Ok(());
        }
        rest = later;
    }
}

/// How many events fit one line; those of one instant stay together, because their order is told.
fn fitting(events: &[Happening], tables: &Tables) -> usize {
    let mut bytes = 0;
    let mut whole = 0;
    for (index, event) in events.iter().enumerate() {
        let is_new_instant = index == 0 || events.get(index - 1).is_none_or(|e| e.at != event.at);
        if is_new_instant {
            whole = index;
        }
        bytes += 60 + length(tables.kind(event.change), tables);
        if (index >= MOST_EVENTS || bytes > MOST_BYTES) && whole > 0 {
            return whole;
        }
    }
    events.len()
}

/// Bytes of the texts of a change, as long as they can get.
fn length(kind: Kind, tables: &Tables) -> usize {
    let word = match kind {
        Kind::Status { name, .. } => name,
        Kind::Blocked(word) | Kind::Labelled(word) | Kind::Unlabelled(word) | Kind::Type(word) => {
            word
        }
        Kind::Unblocked | Kind::Value(_) | Kind::Removed => 0,
    };
    // An escape is longer than its sign; a status stands in two places.
    (tables.text(word).len() * 6).min(1_000) * 2
}

fn write_line(
    out: &mut dyn Write,
    telling: &Telling,
    events: &[Happening],
    tables: &Tables,
) -> io::Result<()> {
    let tracker = name_of(&TRACKERS, telling.tracker);
    write!(
        out,
        "{{\"schema_version\":{SCHEMA_VERSION},\"type\":\"{TYPE}\",\"tracker\":\"{tracker}\",\"id\":"
    )?;
    quoted(out, &telling.id)?;
    field(out, "key", &telling.key)?;
    write!(out, ",\"created\":\"{}\"", Written(telling.created))?;
    write!(out, ",\"updated\":\"{}\"", Written(telling.updated))?;
    let history = name_of(&HISTORIES, telling.history);
    write!(out, ",\"history\":\"{history}\"")?;
    list(out, "aliases", telling.aliases.iter().map(|alias| &**alias))?;
    field(out, "title", &telling.title)?;
    field(out, "type_name", tables.text(telling.type_name))?;
    let labels = telling.labels.iter().map(|&label| tables.text(label));
    list(out, "labels", labels)?;
    if let Some(value) = telling.value {
        write!(out, ",\"value\":{value}")?;
    }
    field(out, "parent", &telling.parent)?;
    field(out, "resolution", tables.text(telling.resolution))?;
    write_events(out, events, tables)?;
    out.write_all(b"}\n")
}

fn write_events(out: &mut dyn Write, events: &[Happening], tables: &Tables) -> io::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let statuses = Statuses::of(events, tables);
    statuses.write(out, tables)?;
    out.write_all(b",\"events\":[")?;
    for (index, event) in events.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        write!(out, "{{\"at\":\"{}\",", Written(event.at))?;
        match tables.kind(event.change) {
            Kind::Status { name, id, .. } => {
                out.write_all(b"\"status\":")?;
                quoted(out, tables.text(name))?;
                if statuses.shared.contains(&name) {
                    out.write_all(b",\"status_id\":")?;
                    quoted(out, tables.text(id))?;
                }
            }
            Kind::Blocked(0) => out.write_all(b"\"blocked\":true")?,
            Kind::Blocked(reason) => member(out, "blocked", tables.text(reason))?,
            Kind::Unblocked => out.write_all(b"\"unblocked\":true")?,
            Kind::Labelled(label) => member(out, "labelled", tables.text(label))?,
            Kind::Unlabelled(label) => member(out, "unlabelled", tables.text(label))?,
            Kind::Type(name) => member(out, "type", tables.text(name))?,
            Kind::Value(None) => out.write_all(b"\"value\":null")?,
            Kind::Value(Some(bits)) => write!(out, "\"value\":{}", f64::from_bits(bits))?,
            Kind::Removed => out.write_all(b"\"removed\":true")?,
        }
        if event.is_bulk {
            out.write_all(b",\"bulk\":true")?;
        }
        out.write_all(b"}")?;
    }
    out.write_all(b"]")
}

/// The statuses of a line that are more than a name.
struct Statuses {
    told: Vec<(Word, Word, Option<Category>)>,
    /// Names that several of the line's statuses have.
    shared: HashSet<Word>,
}

impl Statuses {
    fn of(events: &[Happening], tables: &Tables) -> Self {
        let mut all: Vec<(Word, Word, Option<Category>)> = Vec::new();
        let mut last = None;
        for event in events {
            // Few statuses take turns: the one before is asked first.
            if last == Some(event.change) {
                continue;
            }
            last = Some(event.change);
            if let Kind::Status {
                name, id, category, ..
            } = tables.kind(event.change)
                && !all.contains(&(name, id, category))
            {
                all.push((name, id, category));
            }
        }
        let mut names = HashSet::new();
        let shared: HashSet<Word> = all
            .iter()
            .filter(|(name, ..)| !names.insert(*name))
            .map(|(name, ..)| *name)
            .collect();
        all.retain(|(name, id, category)| *id != 0 || category.is_some() || shared.contains(name));
        Self { told: all, shared }
    }

    fn write(&self, out: &mut dyn Write, tables: &Tables) -> io::Result<()> {
        for (index, (name, id, category)) in self.told.iter().enumerate() {
            out.write_all(if index == 0 { b",\"statuses\":[" } else { b"," })?;
            out.write_all(b"{")?;
            member(out, "name", tables.text(*name))?;
            if *id != 0 {
                field(out, "id", tables.text(*id))?;
            }
            if let Some(category) = category {
                write!(out, ",\"category\":\"{}\"", name_of(&CATEGORIES, *category))?;
            }
            out.write_all(b"}")?;
        }
        if self.told.is_empty() {
            return Ok(());
        }
        out.write_all(b"]")
    }
}

/// The word for a tracker, history or category.
fn name_of<T: Copy + PartialEq>(words: &[(&'static str, T)], meaning: T) -> &'static str {
    let found = words.iter().find(|(_, known)| *known == meaning);
    found.map_or("", |(word, _)| word)
}

fn quoted(out: &mut dyn Write, text: &str) -> io::Result<()> {
    serde_json::to_writer(out, text).map_err(io::Error::from)
}

fn member(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    write!(out, "\"{name}\":")?;
    quoted(out, text)
}

/// `,"name":"text"`, unless there is none.
fn field(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    out.write_all(b",")?;
    member(out, name, text)
}

fn list<'t>(
    out: &mut dyn Write,
    name: &str,
    texts: impl Iterator<Item = &'t str>,
) -> io::Result<()> {
    let mut is_empty = true;
    for text in texts {
        if is_empty {
            write!(out, ",\"{name}\":[")?;
        } else {
            out.write_all(b",")?;
        }
        is_empty = false;
        quoted(out, text)?;
    }
    if is_empty {
        Ok(())
    } else {
        out.write_all(b"]")
    }
}

/// An instant as RFC 3339, with as many digits of a second as it has.
struct Written(i64);

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&instant(self.0).to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}
