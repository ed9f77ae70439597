//! records.jsonl, the source of truth: append-only, one record a line. Reading never changes it:
//! a bad line is skipped with its place and kept, a torn last line (its writer died before it said
//! done) is overlooked, and cut off by the next append. `records` says what a line holds, `recorded`
//! what all of them mean.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::Notice;

use super::directory::label;
use super::error::Fault;
use super::json_positions::{self, Json, Position};
use super::records::{Record, RecordedFacts, TYPES};
use super::suggestion::nearest;
use super::{SCHEMA_VERSION, Store, StoreError, Writer, atomic_file, recorded};

/// Name of the file in `.dora/`.
pub const NAME: &str = "records.jsonl";

const LIMIT: u64 = 64 << 20;
const LONGEST_LINE: usize = 1 << 20;
/// So many bad lines are told one by one; the rest is counted.
const MOST_TOLD: usize = 20;

/// The lines that could be read, and what could not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RecordLog {
    /// The records in the order of lines.
    pub records: Vec<Record>,
    /// Lines that were skipped.
    pub notices: Vec<Notice>,
    /// Where the intact content ends; a torn line begins here.
    end: u64,
    /// Whether the last line is whole but lacks its newline (an editor took it off).
    lacks_newline: bool,
}

/// What came of recording something.
#[derive(Debug, Clone, PartialEq)]
pub struct Appended {
    /// The record as it stands in the file.
    pub record: Record,
    /// False when it was there already and nothing was written.
    pub is_new: bool,
    /// What was found wrong in the file on the way.
    pub notices: Vec<Notice>,
}

impl Store {
    /// Reads records.jsonl; a missing file has no records.
    ///
    /// # Errors
    /// When a line was written by a newer dora, or the file cannot be read.
    pub fn records(&self) -> Result<RecordLog, StoreError> {
        match atomic_file::read(&self.file(NAME), LIMIT)? {
            Some(content) => parse(&content),
            None => Ok(RecordLog::default()),
        }
    }
}

impl Writer<'_> {
    /// Records something, durably: when it returns, a power failure does not lose it. What the
    /// records say already is not said again. `at` is when it is recorded; it is moved behind the
    /// latest record about the same thing, so that the order of telling survives a clock that was
    /// set back.
    ///
    /// # Errors
    /// [`StoreError::InvalidRecord`] when it makes no sense (nobody opened the incident, it would end
    /// before it began), or the file cannot be read or written.
    pub fn record(&self, at: DateTime<Utc>, facts: RecordedFacts) -> Result<Appended, StoreError> {
        facts.check().map_err(StoreError::InvalidRecord)?;
        let log = self.store.records()?;
        let facts = about_known_incident(facts, &log.records)?;
        let latest = log
            .records
            .iter()
            .filter(|known| is_about_the_same(known, &facts))
            .max_by_key(|known| known.at);
        if let Some(known) = latest.filter(|known| known.facts == facts) {
            return Ok(Appended {
                record: known.clone(),
                is_new: false,
                notices: log.notices,
            });
        }
        let earliest =
            latest.and_then(|known| known.at.checked_add_signed(TimeDelta::milliseconds(1)));
        let record = Record::new(earliest.map_or(at, |earliest| earliest.max(at)), facts);
        if let Some(known) = log.records.iter().find(|known| known.id == record.id) {
            return Ok(Appended {
                record: known.clone(),
                is_new: false,
                notices: log.notices,
            });
        }
        self.append(&log, std::slice::from_ref(&record))?;
        Ok(Appended {
            record,
            is_new: true,
            notices: log.notices,
        })
    }

    /// Appends the records that are not there yet, in one piece; returns how many.
    pub(super) fn append_missing(&self, records: &[Record]) -> Result<usize, StoreError> {
        let log = self.store.records()?;
        let mut known: std::collections::HashSet<&str> = log
            .records
            .iter()
            .map(|record| record.id.as_str())
            .collect();
        let missing: Vec<Record> = records
            .iter()
            .filter(|record| known.insert(&record.id))
            .cloned()
            .collect();
        if !missing.is_empty() {
            self.append(&log, &missing)?;
        }
        Ok(missing.len())
    }

    fn append(&self, log: &RecordLog, records: &[Record]) -> Result<(), StoreError> {
        let path = self.store.file(NAME);
        let mut lines = Vec::new();
        if log.lacks_newline {
            lines.push(b'\n');
        }
        for record in records {
            serde_json::to_writer(&mut lines, record)
                .map_err(|error| StoreError::io("serialise a record for", &path, error.into()))?;
            lines.push(b'\n');
        }
        atomic_file::append(&path, log.end, &lines)
    }
}

/// Resolutions and edits must speak of an incident that was opened, and leave it in order; its alias
/// is replaced by its id.
fn about_known_incident(
    facts: RecordedFacts,
    records: &[Record],
) -> Result<RecordedFacts, StoreError> {
    let mut facts = facts;
    let (incident, begin, end) = match &mut facts {
        RecordedFacts::IncidentResolved {
            incident,
            resolved_at,
        } => (incident, None, Some(Some(*resolved_at))),
        RecordedFacts::IncidentEdited {
            incident,
            opened_at,
            resolved_at,
            ..
        } => (incident, *opened_at, *resolved_at),
        _ => return Ok(facts),
    };
    let now = recorded::fold(records);
    if let Some(id) = now.incident_aliases.get(incident) {
        incident.clone_from(id);
    }
    let Some(known) = now.incidents.iter().find(|known| known.id == *incident) else {
        let message = format!("nobody opened an incident {incident}");
        return Err(StoreError::InvalidRecord(message));
    };
    let begin = begin.unwrap_or(known.opened_at);
    match end.unwrap_or(known.resolved_at) {
        Some(end) if end < begin => Err(StoreError::InvalidRecord(format!(
            "incident {incident} would end at {end}, before it began at {begin}"
        ))),
        _ => Ok(facts),
    }
}

/// Whether a record is about the incident or the deployment that the facts are about.
fn is_about_the_same(known: &Record, facts: &RecordedFacts) -> bool {
    use RecordedFacts::{IncidentEdited, IncidentOpened, IncidentResolved, Mark};
    match (facts, &known.facts) {
        (
            IncidentResolved { incident: a, .. } | IncidentEdited { incident: a, .. },
            IncidentResolved { incident: b, .. } | IncidentEdited { incident: b, .. },
        ) => a == b,
        (
            IncidentResolved { incident, .. } | IncidentEdited { incident, .. },
            IncidentOpened { .. },
        ) => *incident == known.id,
        (Mark { deployment: a, .. }, Mark { deployment: b, .. }) => a == b,
        _ => false,
    }
}

/// What one line is.
enum Line {
    Record(Box<Record>),
    Blank,
    /// The rest of the place (`:<column>`) and the reason.
    Bad(String),
    /// The same, but it is not even JSON: at the end of the file that is a torn line.
    NotJson(String),
    Newer(u64),
}

/// Reads the content of a records.jsonl.
///
/// # Errors
/// When a line was written by a newer dora, or the file is UTF-16.
pub fn parse(content: &[u8]) -> Result<RecordLog, StoreError> {
    if content.starts_with(&[0xff, 0xfe]) || content.starts_with(&[0xfe, 0xff]) {
        return Err(StoreError::BrokenFile {
            fault: Fault {
                place: label(NAME),
                position: Some(Position { line: 1, column: 1 }),
                message: "is UTF-16; it must be UTF-8".to_owned(),
                suggestion: None,
            },
            recovery: format!(
                "iconv -f UTF-16 -t UTF-8 {0} > {0}.new, then rename",
                label(NAME)
            ),
        });
    }
    let mut log = RecordLog::default();
    let mut bad: Vec<String> = Vec::new();
    let mut bad_count = 0;
    let mut offset = 0;
    for (index, line) in content.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let begin = offset;
        offset += line.len();
        let is_whole = line.ends_with(b"\n");
        let place = format!("{}:{}", label(NAME), index + 1);
        let reason = match read_line(line.trim_ascii()) {
            Line::Blank => continue,
            Line::Record(record) => {
                log.records.push(*record);
                continue;
            }
            Line::Newer(found) => {
                return Err(StoreError::NewerVersion {
                    place,
                    found,
                    known: SCHEMA_VERSION,
                });
            }
            Line::NotJson(_) if !is_whole => {
                let bytes = line.len();
                let message = format!(
                    "{place}: the last line was cut short while it was written ({bytes} bytes) and \
                     does not count; whoever wrote it was never told that it is done"
                );
                log.notices.push(Notice::new("record-torn", message));
                offset = begin;
                break;
            }
            Line::NotJson(reason) | Line::Bad(reason) => reason,
        };
        bad_count += 1;
        if bad.len() < MOST_TOLD {
            bad.push(format!("{place}{reason}"));
        }
    }
    log.end = offset as u64;
    log.lacks_newline = content
        .get(..offset)
        .is_some_and(|intact| !intact.is_empty() && !intact.ends_with(b"\n"));
    let untold = bad_count - bad.len();
    for message in bad {
        log.notices.push(skipped(message, 1));
    }
    if untold > 0 {
        let message = format!("{}: {untold} more lines like these", label(NAME));
        log.notices.push(skipped(message, untold));
    }
    Ok(log)
}

fn skipped(message: String, count: usize) -> Notice {
    Notice::new("record-skipped", message)
        .hint("correct the line; until then it stays in the file and does not count")
        .count(count)
        .incomplete()
}

fn read_line(line: &[u8]) -> Line {
    if line.is_empty() || line == b"\xef\xbb\xbf" {
        return Line::Blank;
    }
    if line.len() > LONGEST_LINE {
        return Line::Bad(": is longer than any record".to_owned());
    }
    let markers: [&[u8]; 4] = [b"<<<<<<< ", b"=======", b">>>>>>> ", b"||||||| "];
    if markers.iter().any(|marker| line.starts_with(marker)) {
        return Line::NotJson(
            ": is the mark of a merge conflict; the lines of both sides count".to_owned(),
        );
    }
    let value = match json_positions::parse(line) {
        Ok(value) => value,
        Err(faults) => {
            let reason = faults.first().map_or_else(String::new, |fault| {
                format!(":{}: {}", fault.at.column, fault.message)
            });
            return Line::NotJson(reason);
        }
    };
    match value.member("schema_version").map(|found| &found.value) {
        Some(Json::Number(number)) => match number.as_u64() {
            Some(found) if found > u64::from(SCHEMA_VERSION) => return Line::Newer(found),
            Some(found) if found == u64::from(SCHEMA_VERSION) => {}
            _ => return Line::Bad(format!(": there is no schema_version {number}")),
        },
        _ => return Line::Bad(": has no schema_version".to_owned()),
    }
    if let Some(Json::String(name)) = value.member("type").map(|found| &found.value)
        && !TYPES.contains(&name.as_str())
    {
        let advice = nearest(name, TYPES)
            .map_or_else(String::new, |word| format!("; did you mean `{word}`?"));
        return Line::Bad(format!(": `{name}` is no type of record{advice}"));
    }
    match serde_json::from_value::<Record>(value.into_value()) {
        Ok(record) if record.id.trim().is_empty() => Line::Bad(": has an empty id".to_owned()),
        Ok(record) => Line::Record(Box::new(record)),
        Err(error) => Line::Bad(format!(": {error}")),
    }
}
