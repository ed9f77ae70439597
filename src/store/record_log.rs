//! Reading records.jsonl, the source of truth: append-only, one record a line. Reading never changes
//! it: a bad line is skipped with its place and kept, a torn last line (its writer died before it
//! said done) is overlooked. Lines are read one by one: the file may grow as long as it likes, a line
//! may not. `recording` appends, `records` says what a line holds, `recorded` what all of them mean.

use std::io::{self, BufRead, BufReader, Read};

use crate::model::Notice;

use super::atomic_file::Tail;
use super::directory::label;
use super::error::Fault;
use super::json_positions::{self, Json, Position};
use super::records::{Record, TYPES};
use super::suggestion::nearest;
use super::{SCHEMA_VERSION, Store, StoreError, atomic_file};

/// Name of the file in `.dora/`.
pub const NAME: &str = "records.jsonl";

/// Bytes of a line without its line end; no record is longer.
pub(super) const LONGEST_LINE: u64 = 1 << 20;
/// Bytes of a line end.
pub(super) const LINE_END: u64 = 2;

/// The lines that could be read, and what could not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RecordLog {
    /// The records in the order of lines.
    pub records: Vec<Record>,
    /// Lines that were skipped.
    pub notices: Vec<Notice>,
    /// Where it ends, for who appends.
    pub(super) tail: Tail,
}

impl Store {
    /// Reads records.jsonl; a missing file has no records.
    ///
    /// # Errors
    /// When a line was written by a newer dora, or the file cannot be read.
    pub fn records(&self) -> Result<RecordLog, StoreError> {
        match atomic_file::open(&self.file(NAME))? {
            Some(file) => read(BufReader::with_capacity(1 << 16, file)),
            None => Ok(RecordLog::default()),
        }
    }

    /// The last line of records.jsonl, from 1, whose record has this id: where a person finds it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn line_of_record(&self, id: &str) -> Result<Option<usize>, StoreError> {
        let Some(file) = atomic_file::open(&self.file(NAME))? else {
            return Ok(None);
        };
        let mut source = BufReader::with_capacity(1 << 16, file);
        let (mut line, mut found) = (Vec::new(), None);
        for number in 1.. {
            let bytes = next_line(&mut source, &mut line);
            let bytes = bytes.map_err(|error| StoreError::io("read", label(NAME), error))?;
            if bytes.is_none() {
                break;
            }
            if let Line::Record(record) = read_line(line.trim_ascii_end())
                && record.id == id
            {
                found = Some(number);
            }
        }
        Ok(found)
    }
}

/// What one line is.
enum Line {
    Record(Box<Record>),
    Blank,
    /// The rest of the place (`:<column>`) and the reason.
    Bad(String),
    /// The same, but it is not even JSON: at the end of the file it may be a torn line.
    NotJson(String),
    Newer(u64),
}

/// Reads the content of a records.jsonl.
///
/// # Errors
/// When a line was written by a newer dora, or the file is UTF-16.
pub fn parse(content: &[u8]) -> Result<RecordLog, StoreError> {
    read(content)
}

fn read(mut source: impl BufRead) -> Result<RecordLog, StoreError> {
    let mut log = RecordLog::default();
    let mut bad = BadLines::of(NAME);
    let mut line = Vec::new();
    for number in 1.. {
        let Some(bytes) = next_line(&mut source, &mut line)
            .map_err(|error| StoreError::io("read", label(NAME), error))?
        else {
            break;
        };
        if number == 1 && (line.starts_with(&[0xff, 0xfe]) || line.starts_with(&[0xfe, 0xff])) {
            return Err(utf16(NAME));
        }
        let is_whole = line.ends_with(b"\n");
        let place = || format!("{}:{number}", label(NAME));
        let what = match bytes > LONGEST_LINE + LINE_END {
            true => Line::Bad(": is longer than any record".to_owned()),
            false => read_line(line.trim_ascii_end()),
        };
        match what {
            Line::Blank => {}
            Line::Record(record) => log.records.push(*record),
            Line::Newer(found) => {
                return Err(StoreError::NewerVersion {
                    place: place(),
                    found,
                    known: SCHEMA_VERSION,
                });
            }
            Line::NotJson(_) if !is_whole && is_torn(&line) => {
                let message = format!(
                    "{}: the last line was cut short while it was written ({bytes} bytes) and does \
                     not count; whoever wrote it was never told that it is done",
                    place()
                );
                log.notices.push(Notice::new("record-torn", message));
                log.tail.torn = bytes;
                break;
            }
            Line::NotJson(reason) | Line::Bad(reason) => bad.add(place, &reason),
        }
        log.tail.end += bytes;
        log.tail.lacks_newline = !is_whole;
    }
    log.notices.extend(bad.notices());
    Ok(log)
}

/// The next line with its line end, and how many bytes it has; of one that is too long `line` holds
/// the beginning and its last byte. `None` at the end.
pub(super) fn next_line(source: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<u64>> {
    line.clear();
    let most = LONGEST_LINE + LINE_END;
    let mut bytes = source.by_ref().take(most).read_until(b'\n', line)? as u64;
    while bytes >= most && !line.ends_with(b"\n") {
        let rest = match source.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            rest => rest?,
        };
        let taken = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        match rest.get(..taken).and_then(<[u8]>::last) {
            Some(&last) => line.push(last),
            None => break,
        }
        source.consume(taken);
        bytes += taken as u64;
    }
    Ok((bytes > 0).then_some(bytes))
}

/// Lines of a file of lines that were skipped.
pub(super) struct BadLines {
    file: &'static str,
    told: Vec<String>,
    untold: u64,
}

impl BadLines {
    /// So many are told one by one; the rest is counted.
    pub(super) const MOST_TOLD: usize = 20;

    /// None yet, of the file of this name.
    pub(super) fn of(file: &'static str) -> Self {
        Self {
            file,
            told: Vec::new(),
            untold: 0,
        }
    }

    /// One more: its place, and the rest of it with the reason.
    pub(super) fn add(&mut self, place: impl Fn() -> String, reason: &str) {
        if self.told.len() < Self::MOST_TOLD {
            self.told.push(format!("{}{reason}", place()));
        } else {
            self.untold += 1;
        }
    }

    /// So many more of which nothing is told.
    pub(super) fn add_untold(&mut self, count: u64) {
        self.untold += count;
    }

    /// What is said of them.
    pub(super) fn notices(self) -> impl Iterator<Item = Notice> {
        let count = usize::try_from(self.untold).unwrap_or(usize::MAX);
        let rest = (count > 0).then(|| {
            let message = format!("{}: {count} more lines like these", label(self.file));
            skipped(message, count)
        });
        let told = self.told.into_iter().map(|message| skipped(message, 1));
        told.chain(rest)
    }
}

/// A file that is UTF-16, and the way out.
pub(super) fn utf16(name: &str) -> StoreError {
    let file = label(name);
    StoreError::BrokenFile {
        recovery: format!("iconv -f UTF-16 -t UTF-8 {file} > {file}.new, then rename"),
        fault: Fault {
            place: file,
            position: Some(Position { line: 1, column: 1 }),
            message: "is UTF-16; it must be UTF-8".to_owned(),
            suggestion: None,
        },
    }
}

/// Whether a last line without its newline is the beginning of one that was being written: right as far
/// as it goes. What a person mistyped is wrong before its end; it is somebody's record and must stay.
pub(super) fn is_torn(line: &[u8]) -> bool {
    // After a power cut a file may have its length already and zeros in the place of its last bytes.
    let zeros = line.iter().rev().take_while(|byte| **byte == 0).count();
    let written = line.get(..line.len() - zeros).unwrap_or_default();
    let written = written.strip_prefix(b"\xef\xbb\xbf").unwrap_or(written);
    let is_beginning = || {
        let read = serde_json::from_slice::<serde_json::Value>(written);
        written.starts_with(b"{") && read.is_err_and(|error| error.is_eof())
    };
    written.is_empty() || is_beginning()
}

/// Whether a line is the mark of a merge conflict.
pub(super) fn is_conflict_mark(line: &[u8]) -> bool {
    let marks: [&[u8]; 4] = [b"<<<<<<< ", b"=======", b">>>>>>> ", b"||||||| "];
    marks.iter().any(|mark| line.starts_with(mark))
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
    if line.len() as u64 > LONGEST_LINE {
        return Line::Bad(": is longer than any record".to_owned());
    }
    if is_conflict_mark(line) {
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
            note: None,
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
    fn only_what_is_right_as_far_as_it_goes_is_torn() {
        let whole = line("1").replace("api", "a\u{f6}\\u0061\\n");
        for end in 0..whole.len() {
            let cut = &whole.as_bytes()[..end];
            assert!(is_torn(cut), "{}", String::from_utf8_lossy(cut));
            assert!(is_torn(&[cut, &[0; 9]].concat()));
        }
        assert!(!is_torn(whole.as_bytes()));
        // Each sign taken out, as a hand may: a letter less is still JSON, or wrong before the end.
        for (at, sign) in whole.char_indices().filter(|(at, _)| at + 1 < whole.len()) {
            let mistyped = format!("{}{}", &whole[..at], &whole[at + sign.len_utf8()..]);
            // Without a quote or bracket the rest may be read as the inside of it.
            assert!(
                !is_torn(mistyped.as_bytes()) || "\"}\\".contains(sign),
                "{mistyped}"
            );
        }
        for foreign in ["x", ">>>>>>> topic", "[1", "{}x", "{\"a\":1,}", "\0x"] {
            assert!(!is_torn(foreign.as_bytes()), "{foreign}");
        }
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
    fn a_file_beyond_any_limit_is_read_to_its_end() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        let path = world.path().join(".dora/records.jsonl");
        // 80 MiB of blank lines between two records.
        let long = format!("{}\n", " ".repeat((1 << 20) - 1));
        let content = format!("{}\n{}{}\n", line("1"), long.repeat(80), line("2"));
        atomic_file::write(&path, content.as_bytes()).unwrap();
        let log = store.records().unwrap();
        assert_eq!((log.records.len(), log.notices.len()), (2, 0));
        assert_eq!(log.tail.end, content.len() as u64);
    }

    #[test]
    fn a_line_that_is_too_long_costs_only_itself() {
        for (length, is_read) in [(1 << 20, true), ((1 << 20) + 1, false), (5 << 20, false)] {
            let start = line("1");
            let padding = " ".repeat(length - start.len());
            let long = format!("{}{padding}}}", &start[..start.len() - 1]);
            assert_eq!(long.len(), length);
            for end in ["\n", "\r\n"] {
                let content = format!("{}{end}{long}{end}{}{end}", line("2"), line("3"));
                let log = parse(content.as_bytes()).unwrap();
                assert_eq!(log.records.len(), if is_read { 3 } else { 2 });
                let told: Vec<_> = log.notices.iter().map(|n| n.message.as_str()).collect();
                let expected = ".dora/records.jsonl:2: is longer than any record";
                assert_eq!(told, vec![expected; usize::from(!is_read)]);
                assert_eq!(log.tail.end, content.len() as u64);
                assert!(!log.tail.lacks_newline);
            }
            let log = parse(long.as_bytes()).unwrap();
            assert_eq!(
                (log.tail.end, log.tail.lacks_newline),
                (length as u64, true)
            );
        }
    }

    #[test]
    fn thousands_of_bad_lines_are_counted_and_not_listed() {
        let log = parse("x\n".repeat(5000).as_bytes()).unwrap();
        assert_eq!(log.notices.len(), BadLines::MOST_TOLD + 1);
        assert_eq!(log.notices.iter().map(|n| n.count).sum::<usize>(), 5000);
    }
}
