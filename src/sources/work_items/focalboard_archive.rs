//! The zip archives that Focalboard exports: where the boards in one are, each as a stream of bytes.
//! Nothing is ever unpacked to a disk or into memory, and what unfolds without measure is refused.
//! `focalboard` reads the lines of the boards.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use memchr::memmem;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::Input;

/// What every zip file begins with: an entry, or the end of an empty list.
const MAGICS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// Entries of one archive: a board has one, and one for each file that is attached to a card.
const MOST_ENTRIES: usize = 200_000;
/// A file that is smaller than this cannot list too many: one takes 46 bytes.
const SMALL_FILE: u64 = 46 * MOST_ENTRIES as u64;
/// Boards of one archive.
const MOST_BOARDS: usize = 2_000;
/// The ways of pressing that are read.
const READ: [CompressionMethod; 2] = [CompressionMethod::Stored, CompressionMethod::Deflated];
/// Longest name of an entry, in bytes.
const LONGEST_NAME: usize = 1_000;

/// How large the boards of one archive may become.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// One board, in bytes.
    pub(super) entry: u64,
    /// All of them together, in bytes.
    pub(super) total: u64,
    /// One board, in times its size in the archive; asked from `free` bytes on.
    pub(super) ratio: u64,
    /// So many bytes of a board may have been pressed as well as they like.
    pub(super) free: u64,
}

impl Limits {
    /// Boards of a hundred thousand cards stay far below; texts are pressed to a twentieth or so.
    pub(super) const USUAL: Self = Self {
        entry: 512 * 1024 * 1024,
        total: 1024 * 1024 * 1024,
        ratio: 200,
        free: 4 * 1024 * 1024,
    };
}

/// Whether a file begins like a zip file.
pub(super) fn is_zip(head: &[u8]) -> bool {
    MAGICS.iter().any(|magic| head.starts_with(magic))
}

/// An archive whose list was read.
pub(super) struct Archive<'a> {
    zip: ZipArchive<BufReader<&'a mut dyn Input>>,
    /// Its boards, in their order.
    pub(super) boards: Vec<BoardFile>,
    /// Entries that would lie outside of the archive's own directory: passed over.
    pub(super) outside: usize,
    /// Why boards cannot be read, with their names.
    pub(super) unread: Vec<String>,
}

/// One `board.jsonl`.
#[derive(Clone)]
pub(super) struct BoardFile {
    /// Its name in the archive.
    pub(super) name: String,
    index: usize,
}

/// Lists the boards of an archive.
///
/// # Errors
/// When the list of what is in it is damaged, or it is no archive of Focalboard; in words.
pub(super) fn open(input: &mut dyn Input) -> io::Result<Archive<'_>> {
    let mut input = BufReader::new(input);
    if lists_too_much(&mut input)? {
        let why = format!("the archive lists more than {MOST_ENTRIES} entries");
        return Err(unusable(why));
    }
    let zip = ZipArchive::new(input).map_err(|error| damaged(&error))?;
    let (mut boards, mut outside, mut unread) = (Vec::new(), 0, Vec::new());
    let mut is_workbook = false;
    for index in 0..zip.len() {
        let entry = zip.by_index_data(index).map_err(|error| damaged(&error))?;
        let Some(name) = plain_name(entry.name_raw()) else {
            outside += 1;
            continue;
        };
        is_workbook |= name == "[Content_Types].xml";
        let is_board = name.rsplit('/').next() == Some("board.jsonl");
        if !is_board || !entry.is_file() {
            continue;
        }
        if entry.encrypted() {
            unread.push(format!("`{name}` is encrypted"));
        } else if !READ.contains(&entry.compression()) {
            let why = "is pressed in a way that is not read: only deflate is";
            unread.push(format!("`{name}` {why}"));
        } else if boards.len() == MOST_BOARDS {
            unread.push(format!("`{name}` is one of more than {MOST_BOARDS} boards"));
            break;
        } else {
            let name = name.to_owned();
            boards.push(BoardFile { name, index });
        }
    }
    if boards.is_empty() && unread.is_empty() && outside == 0 {
        return Err(unusable(match is_workbook {
            true => "it is a workbook of a spreadsheet: save it as CSV",
            false => "the archive holds no board.jsonl: it is none of Focalboard",
        }));
    }
    Ok(Archive {
        zip,
        boards,
        outside,
        unread,
    })
}

/// Whether a file may list more entries than are taken into memory: every one that is listed begins
/// with the same four bytes.
fn lists_too_much(input: &mut BufReader<&mut dyn Input>) -> io::Result<bool> {
    const LISTED: &[u8] = b"PK\x01\x02";
    let length = input.seek(SeekFrom::End(0))?;
    input.seek(SeekFrom::Start(0))?;
    if length < SMALL_FILE {
        return Ok(false);
    }
    let finder = memmem::Finder::new(LISTED);
    let mut buffer = vec![0; 256 * 1024];
    let (mut kept, mut count) = (0, 0);
    loop {
        let read = match buffer.get_mut(kept..) {
            Some(free) => input.read(free)?,
            None => 0,
        };
        if read == 0 {
            return Ok(false);
        }
        let filled = buffer.get(..kept + read).unwrap_or_default();
        count += finder.find_iter(filled).count();
        if count > MOST_ENTRIES {
            return Ok(true);
        }
        // The signature may lie across the end.
        let end = filled.len();
        kept = end.min(LISTED.len() - 1);
        buffer.copy_within(end - kept..end, 0);
    }
}

/// The name of an entry, when it stays inside of the archive's own directory.
fn plain_name(raw: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(raw).ok();
    let name = name.filter(|name| name.len() <= LONGEST_NAME && !name.contains(['\\', '\0']))?;
    let mut parts = name.trim_end_matches('/').split('/');
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    let is_inside = !has_drive && parts.all(|part| !matches!(part, "" | "." | ".."));
    is_inside.then_some(name)
}

impl Archive<'_> {
    /// The bytes of a board, unpressed while they are read, as far as the limits go.
    ///
    /// # Errors
    /// When they are not where the archive says.
    pub(super) fn read<'a>(
        &'a mut self,
        board: &BoardFile,
        limits: Limits,
        budget: &'a mut Budget,
    ) -> io::Result<Expanded<'a, impl Read + 'a>> {
        let file = self.zip.by_index(board.index);
        let file = file.map_err(|error| unusable(format!("it is damaged: {error}")))?;
        let by_ratio = file.compressed_size().saturating_mul(limits.ratio);
        Ok(Expanded {
            left: limits.entry.min(by_ratio.max(limits.free)),
            inner: file,
            budget,
        })
    }
}

/// What remains to be read of an archive.
pub(super) struct Budget {
    left: u64,
    fault: Option<io::Error>,
}

impl Budget {
    /// That of a walk through a whole archive.
    pub(super) fn of(limits: Limits) -> Self {
        Self {
            left: limits.total,
            fault: None,
        }
    }

    /// Why the board that was read last ended before its end, if it did.
    pub(super) fn take_fault(&mut self) -> Option<io::Error> {
        self.fault.take()
    }
}

/// Unpressed bytes, counted. Where the archive is damaged or a limit is met they end, so that what came
/// before is read; the budget knows why.
pub(super) struct Expanded<'a, R> {
    inner: R,
    left: u64,
    budget: &'a mut Budget,
}

impl<R: Read> Expanded<'_, R> {
    fn counted(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let read = u64::try_from(count).unwrap_or(u64::MAX);
        let too_much = || unusable("it unfolds to more than a board can be");
        self.left = self.left.checked_sub(read).ok_or_else(too_much)?;
        let left = self.budget.left.checked_sub(read).ok_or_else(too_much)?;
        self.budget.left = left;
        Ok(count)
    }
}

impl<R: Read> Read for Expanded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.budget.fault.is_some() {
            return Ok(0);
        }
        match self.counted(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.budget.fault = Some(error);
                Ok(0)
            }
            other => other,
        }
    }
}

fn unusable(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}

fn damaged(error: &ZipError) -> io::Error {
    match error {
        ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
            io::Error::new(error.kind(), error.to_string())
        }
        error => unusable(format!(
            "the list of what is in the archive is damaged or cut off: {error}"
        )),
    }
}
