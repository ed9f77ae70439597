//! Reading work-items.jsonl in two halves at once: each thread reads its lines one by one into tables
//! of its own, then the second half is adopted by the first. Reading changes nothing: bad lines are
//! skipped with their place and kept, a torn last line is overlooked. `line` reads a line.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use crate::model::Notice;
use crate::store::atomic_file::Tail;
use crate::store::directory::label;
use crate::store::record_log::{
    BadLines, LINE_END, LONGEST_LINE, is_conflict_mark, is_torn, next_line, utf16,
};
use crate::store::{SCHEMA_VERSION, StoreError, atomic_file};

use super::line::{Fault, parse};
use super::telling::Telling;
use super::words::Tables;

/// Name of the file in `.dora/`.
pub(super) const NAME: &str = "work-items.jsonl";

/// A file below this is read by one thread: a second one would take longer to start.
const WORTH_TWO: u64 = 1 << 20;

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Its lines, in their order.
    pub(super) tellings: Vec<Telling>,
    /// What their words and changes are.
    pub(super) tables: Tables,
    /// What could not be read.
    pub(super) notices: Vec<Notice>,
    /// Where it ends, for who appends.
    pub(super) tail: Tail,
}

/// What a part of the file says; numbers of lines count from its beginning.
#[derive(Default)]
struct Part {
    tellings: Vec<Telling>,
    tables: Tables,
    lines: u64,
    bad: Vec<(u64, String)>,
    /// Bad lines beyond those that are told.
    untold: u64,
    newer: Option<(u64, u64)>,
    torn: Option<(u64, u64)>,
    /// Line and count of events of unknown kinds.
    unknown_events: Option<(u64, u64)>,
    bytes: u64,
    lacks_newline: bool,
}

/// Reads the file; a missing one says nothing.
pub(super) fn read(path: &Path) -> Result<Content, StoreError> {
    let fail = |error| StoreError::io("read", label(NAME), error);
    let Some(mut file) = atomic_file::open(path)? else {
        return Ok(Content::default());
    };
    let length = file.metadata().map_err(fail)?.len();
    let mut begin = [0; 2];
    if length >= 2 {
        file.read_exact(&mut begin).map_err(fail)?;
        if begin == [0xff, 0xfe] || begin == [0xfe, 0xff] {
            return Err(utf16(NAME));
        }
        file.rewind().map_err(fail)?;
    }
    let second = match length > WORTH_TWO {
        true => atomic_file::open(path)?,
        false => None,
    };
    let parts = match second {
        None => vec![part(file.take(length)).map_err(fail)?],
        Some(mut second) => {
            let middle = next_line_begin(&mut second, length / 2).map_err(fail)?;
            std::thread::scope(|scope| {
                let first = scope.spawn(|| part(file.take(middle)));
                let second = part(second.take(length.saturating_sub(middle))).map_err(fail)?;
                let first = match first.join() {
                    Ok(first) => first.map_err(fail)?,
                    Err(panic) => std::panic::resume_unwind(panic),
                };
                Ok(vec![first, second])
            })?
        }
    };
    together(parts)
}

/// Places a file at the beginning of the first line behind an offset, and says where that is.
fn next_line_begin(file: &mut std::fs::File, offset: u64) -> std::io::Result<u64> {
    file.seek(SeekFrom::Start(offset))?;
    let mut at = offset;
    let mut block = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut block)?;
        let read = block.get(..count).unwrap_or_default();
        if let Some(newline) = memchr::memchr(b'\n', read) {
            at += newline as u64 + 1;
            file.seek(SeekFrom::Start(at))?;
            return Ok(at);
        }
        at += count as u64;
        if count == 0 {
            return Ok(at);
        }
    }
}

fn part(source: impl Read) -> std::io::Result<Part> {
    let mut source = BufReader::with_capacity(1 << 18, source);
    let mut part = Part::default();
    let mut line = Vec::new();
    while let Some(bytes) = next_line(&mut source, &mut line)? {
        let number = part.lines + 1;
        let is_whole = line.ends_with(b"\n");
        let is_last = !is_whole && source.fill_buf()?.is_empty();
        match read_line(&line, bytes, &mut part) {
            Ok(()) => {}
            Err(Fault::Newer(found)) => {
                part.newer = Some((number, found));
                break;
            }
            Err(Fault::NotJson(_)) if is_last && is_torn(&line) => {
                part.torn = Some((number, bytes));
                break;
            }
            Err(Fault::NotJson(reason) | Fault::Bad(reason)) => {
                if part.bad.len() < BadLines::MOST_TOLD {
                    part.bad.push((number, reason));
                } else {
                    part.untold += 1;
                }
            }
        }
        part.lines = number;
        part.bytes += bytes;
        part.lacks_newline = !is_whole;
    }
    Ok(part)
}

fn read_line(line: &[u8], bytes: u64, part: &mut Part) -> Result<(), Fault> {
    if bytes > LONGEST_LINE + LINE_END || line.trim_ascii_end().len() as u64 > LONGEST_LINE {
        return Err(Fault::Bad(": is longer than any item".to_owned()));
    }
    let line = line.trim_ascii_end();
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    if line.is_empty() {
        return Ok(());
    }
    if is_conflict_mark(line) {
        let reason = ": is the mark of a merge conflict; the lines of both sides count";
        return Err(Fault::NotJson(reason.to_owned()));
    }
    let (telling, unknown) = parse(line, &mut part.tables)?;
    part.tellings.push(telling);
    if unknown > 0 {
        let (_, count) = part.unknown_events.get_or_insert((part.lines + 1, 0));
        *count += unknown;
    }
    Ok(())
}

fn together(parts: Vec<Part>) -> Result<Content, StoreError> {
    let mut content = Content::default();
    let mut bad = BadLines::of(NAME);
    let (mut lines, mut unknown, mut unknown_at) = (0, 0, None);
    let mut torn = None;
    for (index, mut part) in parts.into_iter().enumerate() {
        let place = |line: u64| format!("{}:{}", label(NAME), lines + line);
        if let Some((line, found)) = part.newer {
            return Err(StoreError::NewerVersion {
                place: place(line),
                found,
                known: SCHEMA_VERSION,
            });
        }
        for (line, reason) in &part.bad {
            bad.add(|| place(*line), reason);
        }
        bad.add_untold(part.untold);
        if let Some((line, count)) = part.unknown_events {
            unknown_at.get_or_insert_with(|| place(line));
            unknown += count;
        }
        if let Some((line, bytes)) = part.torn {
            content.tail.torn = bytes;
            let message = format!(
                "{}: the last line was cut short ({bytes} bytes) and does not count: an import was \
                 stopped while it wrote, or is still writing",
                place(line)
            );
            torn = Some(
                Notice::new("work-item-torn", message)
                    .hint("run the import again: it adds what is missing"),
            );
        }
        if index == 0 {
            content.tables = std::mem::take(&mut part.tables);
            content.tellings = std::mem::take(&mut part.tellings);
        } else {
            let renumbering = content.tables.adopt(&part.tables);
            content.tellings.reserve(part.tellings.len());
            for mut telling in part.tellings {
                telling.renumber(&renumbering);
                content.tellings.push(telling);
            }
        }
        lines += part.lines;
        content.tail.end += part.bytes;
        content.tail.lacks_newline = part.lacks_newline;
    }
    content.notices.extend(torn);
    content.notices.extend(bad.notices());
    if let Some(place) = unknown_at {
        let message = format!("{place}: events of kinds that this dora does not know are left out");
        let count = usize::try_from(unknown).unwrap_or(usize::MAX);
        content.notices.push(
            Notice::new("work-item-event-unknown", message)
                .hint("update dora")
                .count(count)
                .incomplete(),
        );
    }
    Ok(content)
}
