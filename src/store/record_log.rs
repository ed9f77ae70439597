//! Reading records.jsonl, the source of truth: append-only, one record a line. Reading never changes
//! it: a bad line is skipped with its place and kept, a torn last line (its writer died before it
//! said done) is overlooked. `recording` appends, `records` says what a line holds, `recorded` what
//! all of them mean.

use crate::model::Notice;

use super::directory::label;
use super::error::Fault;
use super::json_positions::{self, Json, Position};
use super::records::{Record, TYPES};
use super::suggestion::nearest;
use super::{SCHEMA_VERSION, Store, StoreError, atomic_file};

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
    pub(super) end: u64,
    /// Whether the last line is whole but lacks its newline (an editor took it off).
    pub(super) lacks_newline: bool,
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
        let reason = match read_line(line.trim_ascii_end()) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::records::RecordedFacts;

    fn line(version: &str) -> String {
        let time = crate::model::instant_from_epoch(1_772_000_000);
        let facts = RecordedFacts::Deployment {
            environment: "production".into(),
            time,
            components: [("api".to_owned(), version.to_owned())].into(),
            success: true,
            aliases: Vec::new(),
        };
        serde_json::to_string(&Record::new(time, facts)).unwrap()
    }

    #[test]
    fn without_a_file_there_are_no_records() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        assert_eq!(store.records().unwrap(), RecordLog::default());
        assert_eq!(parse(b"").unwrap(), RecordLog::default());
        assert!(parse(b"\n\r\n \n").unwrap().notices.is_empty());
    }

    #[test]
    fn a_bad_line_is_skipped_with_its_place_and_stays() {
        let good = line("1");
        let content = format!(
            "{good}\n{{\"schema_version\":1,\n\n{}\n{}\n[1]\n{}\n{good}\n",
            r#"{"schema_version":1,"id":"x","at":"2026-03-02T10:00:00Z","type":"marc"}"#,
            r#"{"schema_version":1,"id":"x","at":"today","type":"mark"}"#,
            r#"{"schema_version":0}"#,
        );
        let log = parse(content.as_bytes()).unwrap();
        assert_eq!(log.records.len(), 2);
        let told: Vec<_> = log.notices.iter().map(|n| n.message.as_str()).collect();
        let file = ".dora/records.jsonl";
        assert_eq!(
            told[0],
            format!("{file}:2:21: ends where a key in double quotes is expected")
        );
        assert_eq!(
            told[1],
            format!("{file}:4: `marc` is no type of record; did you mean `mark`?")
        );
        assert!(told[2].starts_with(&format!("{file}:5: ")), "{}", told[2]);
        assert_eq!(told[3], format!("{file}:6: has no schema_version"));
        assert_eq!(told[4], format!("{file}:7: there is no schema_version 0"));
        assert!(log.notices.iter().all(|notice| notice.incomplete));
    }

    #[test]
    fn both_sides_of_a_merge_conflict_count() {
        let content = format!(
            "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> topic\n",
            line("1"),
            line("2")
        );
        let log = parse(content.as_bytes()).unwrap();
        assert_eq!(log.records.len(), 2);
        assert_eq!(log.notices.len(), 3);
        assert!(log.notices[0].message.contains("merge conflict"));
    }

    #[test]
    fn windows_line_ends_and_a_byte_order_mark_are_accepted_and_utf16_is_named() {
        let content = format!("\u{feff}{}\r\n{}\r\n", line("1"), line("3"));
        let log = parse(content.as_bytes()).unwrap();
        assert_eq!(log.records.len(), 2);
        assert!(log.notices.is_empty());
        let error = parse(b"\xff\xfe{\0").unwrap_err();
        assert_eq!(
            error.to_string(),
            ".dora/records.jsonl:1:1: is UTF-16; it must be UTF-8"
        );
    }

    #[test]
    fn thousands_of_bad_lines_are_counted_and_not_listed() {
        let log = parse("x\n".repeat(5000).as_bytes()).unwrap();
        assert_eq!(log.notices.len(), MOST_TOLD + 1);
        assert_eq!(log.notices.iter().map(|n| n.count).sum::<usize>(), 5000);
    }
}
