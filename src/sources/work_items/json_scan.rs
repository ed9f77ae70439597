//! Bytes of a JSON text that is read once from its beginning, in a buffer that holds one value: where a
//! value ends is found by its brackets and quotes alone, in one fast pass. `json_rows` knows which values
//! are rows; serde reads what is inside one.

use std::io::{self, Read};

use memchr::{memchr_iter, memchr3};

/// So much is read at a time.
const CHUNK: u64 = 256 * 1024;

/// How a value ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// As it should: it is the last so many bytes that were passed.
    Whole(usize),
    /// It did not: another value begins where reading stands now, which cannot be part of this one.
    Anew,
    /// The same, and what begins there begins a line after something finished: another document.
    Document,
    /// As it should, but it is longer than what may be held: its bytes are gone.
    TooLong,
    /// The text ended first.
    Cut,
}

/// A JSON text and the place in it.
pub(super) struct Scan<R> {
    input: R,
    buffer: Vec<u8>,
    /// The next byte.
    at: usize,
    /// The first byte that is still needed, if that is before `at`.
    held: Option<usize>,
    /// The line of `at`, from 1.
    line: u64,
    is_over: bool,
    longest: usize,
}

/// How far the walk through a value with brackets came.
struct Walk {
    offset: usize,
    depth: u64,
    /// What is open, innermost last: 1 for an object. The outermost of more than 64 are forgotten.
    kinds: u64,
    is_text: bool,
}

/// Why a walk stopped.
enum Stop {
    Closed,
    Anew(Extent),
    More,
}

/// Brackets and the quote: what matters outside of texts.
const MATTERS: [bool; 256] = {
    let mut table = [false; 256];
    table[b'"' as usize] = true;
    table[b'{' as usize] = true;
    table[b'}' as usize] = true;
    table[b'[' as usize] = true;
    table[b']' as usize] = true;
    table
};

impl Walk {
    /// Walks on through what there is of the value that begins with `bytes`.
    fn go(&mut self, bytes: &[u8]) -> Stop {
        while let Some(rest) = bytes.get(self.offset..).filter(|rest| !rest.is_empty()) {
            if self.is_text {
                let Some(found) = memchr3(b'"', b'\\', b'\n', rest) else {
                    self.offset = bytes.len();
                    break;
                };
                self.offset += found;
                if rest.get(found) == Some(&b'\\') {
                    if found + 1 == rest.len() {
                        break;
                    }
                    self.offset += 2;
                } else {
                    // No text holds the end of a line: one that is not closed there never was, and
                    // the damage stays in its line.
                    self.is_text = false;
                    self.offset += 1;
                }
                continue;
            }
            let matters = |byte: &u8| MATTERS[usize::from(*byte)];
            let Some(found) = rest.iter().position(matters) else {
                self.offset = bytes.len();
                break;
            };
            self.offset += found;
            match rest.get(found) {
                Some(b'"') => self.is_text = true,
                Some(open @ (b'{' | b'[')) => {
                    if let Some(anew) = self.anew(bytes) {
                        return Stop::Anew(anew);
                    }
                    self.depth += 1;
                    self.kinds = self.kinds << 1 | u64::from(*open == b'{');
                }
                _ => {
                    self.depth = self.depth.saturating_sub(1);
                    self.kinds >>= 1;
                    if self.depth == 0 {
                        self.offset += 1;
                        return Stop::Closed;
                    }
                }
            }
            self.offset += 1;
        }
        Stop::More
    }

    /// Whether the bracket here cannot belong to the value that is open: it stands among members
    /// without a name, or begins a line after something that is finished.
    fn anew(&self, bytes: &[u8]) -> Option<Extent> {
        if self.depth == 0 {
            return None;
        }
        let before = bytes.get(..self.offset).unwrap_or_default();
        match before.iter().rfind(|byte| !byte.is_ascii_whitespace()) {
            Some(b',') => (self.kinds & 1 == 1).then_some(Extent::Anew),
            Some(b':' | b'[') | None => None,
            Some(_) => (before.last() == Some(&b'\n')).then_some(Extent::Document),
        }
    }
}

impl<R: Read> Scan<R> {
    /// A text from its beginning; of values longer than `longest` bytes only the end is found.
    pub(super) fn new(input: R, longest: usize) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            at: 0,
            held: None,
            line: 1,
            is_over: false,
            longest,
        }
    }

    /// The line of the next byte.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Keeps everything from here on until `release`, or until it is too long.
    pub(super) fn hold(&mut self) {
        self.held = Some(self.at);
    }

    /// Forgets what was passed.
    pub(super) fn release(&mut self) {
        self.held = None;
    }

    /// What was passed since `hold`; `None` when it was too long.
    pub(super) fn held(&self) -> Option<&[u8]> {
        self.buffer.get(self.held?..self.at)
    }

    /// How many bytes were passed since `hold`.
    pub(super) fn held_len(&self) -> usize {
        self.at.saturating_sub(self.held.unwrap_or(self.at))
    }

    /// The last so many bytes that were passed, right after they were.
    pub(super) fn passed(&self, length: usize) -> &[u8] {
        let from = self.at.saturating_sub(length);
        self.buffer.get(from..self.at).unwrap_or_default()
    }

    /// The next byte that is no white space, without passing it; `None` at the end.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            while let Some(&byte) = self.buffer.get(self.at) {
                match byte {
                    b'\n' => self.line += 1,
                    b' ' | b'\t' | b'\r' => {}
                    _ => return Ok(Some(byte)),
                }
                self.at += 1;
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Passes the byte that `peek` saw.
    pub(super) fn pass(&mut self) {
        if self.at < self.buffer.len() {
            self.advance(1);
        }
    }

    /// Passes a byte order mark, if one is next: some programs write it before each document.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn pass_byte_order_mark(&mut self) -> io::Result<bool> {
        while self.buffer.len() < self.at.saturating_add(3) && self.fill()? {}
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let is_mark = rest.starts_with(b"\xEF\xBB\xBF");
        if is_mark {
            self.advance(3);
        }
        Ok(is_mark)
    }

    /// Whether the next byte is the first of its line.
    pub(super) fn is_at_line_start(&self) -> bool {
        self.passed(1) == b"\n"
    }

    /// Passes the rest of the line.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn pass_line(&mut self) -> io::Result<()> {
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            if let Some(end) = memchr::memchr(b'\n', rest) {
                self.advance(end + 1);
                return Ok(());
            }
            self.advance(rest.len());
            if !self.fill()? {
                return Ok(());
            }
        }
    }

    /// Passes the value that begins with the next byte.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn value(&mut self) -> io::Result<Extent> {
        match self.peek()? {
            None => Ok(Extent::Cut),
            Some(b'{' | b'[') => self.balanced(0, 0),
            Some(b'"') => self.text(),
            Some(_) => self.word(),
        }
    }

    /// Passes the rest of an object that was opened.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn rest_of_object(&mut self) -> io::Result<Extent> {
        self.balanced(1, 1)
    }

    fn balanced(&mut self, depth: u64, kinds: u64) -> io::Result<Extent> {
        let mut walk = Walk {
            offset: 0,
            depth,
            kinds,
            is_text: false,
        };
        let mut is_lost = false;
        loop {
            let stop = walk.go(self.buffer.get(self.at..).unwrap_or_default());
            let passed = walk.offset;
            match stop {
                Stop::Closed if is_lost => {
                    self.advance(passed);
                    return Ok(Extent::TooLong);
                }
                Stop::Closed => {
                    self.advance(passed);
                    return Ok(Extent::Whole(passed));
                }
                Stop::Anew(extent) => {
                    self.advance(passed);
                    return Ok(extent);
                }
                Stop::More => {
                    if self.held_len() + passed > self.longest {
                        is_lost = true;
                        self.held = None;
                        self.advance(passed);
                        walk.offset = 0;
                    }
                    if !self.fill()? {
                        self.advance(self.buffer.len());
                        return Ok(Extent::Cut);
                    }
                }
            }
        }
    }

    fn text(&mut self) -> io::Result<Extent> {
        let mut offset = 1;
        let mut is_lost = false;
        loop {
            let bytes = self.buffer.get(self.at..).unwrap_or_default();
            let rest = bytes.get(offset..).unwrap_or_default();
            match memchr3(b'"', b'\\', b'\n', rest) {
                Some(found) if rest.get(found) == Some(&b'\\') => {
                    offset += found;
                    if found + 1 < rest.len() {
                        offset += 2;
                        continue;
                    }
                }
                Some(found) => {
                    // The end of a line is left to be passed: it is no part of the text.
                    let length = offset + found + usize::from(rest.get(found) == Some(&b'"'));
                    self.advance(length);
                    return Ok(if is_lost {
                        Extent::TooLong
                    } else {
                        Extent::Whole(length)
                    });
                }
                None => offset = bytes.len(),
            }
            if self.held_len() + offset > self.longest {
                is_lost = true;
                self.held = None;
                self.advance(offset);
                offset = 0;
            }
            if !self.fill()? {
                self.advance(self.buffer.len());
                return Ok(Extent::Cut);
            }
        }
    }

    /// A number, a word, or what is none of JSON: up to what separates values.
    fn word(&mut self) -> io::Result<Extent> {
        let separates =
            |byte: &u8| byte.is_ascii_whitespace() || MATTERS[usize::from(*byte)] || *byte == b',';
        // The first byte is passed whatever it is: reading always gets on.
        let mut offset = 1;
        let mut is_lost = false;
        loop {
            let bytes = self.buffer.get(self.at..).unwrap_or_default();
            let rest = bytes.get(offset..).unwrap_or_default();
            let end = rest.iter().position(separates);
            offset += end.unwrap_or(rest.len());
            if end.is_none() && self.held_len() + offset > self.longest {
                is_lost = true;
                self.held = None;
                self.advance(offset);
                offset = 0;
            }
            // A word at the end of the text is whole: nothing says otherwise.
            if end.is_some() || !self.fill()? {
                self.advance(offset);
                return Ok(if is_lost {
                    Extent::TooLong
                } else {
                    Extent::Whole(offset)
                });
            }
        }
    }

    /// Passes so many bytes of the buffer.
    fn advance(&mut self, length: usize) {
        let to = self.at.saturating_add(length).min(self.buffer.len());
        let passed = self.buffer.get(self.at..to).unwrap_or_default();
        self.line += memchr_iter(b'\n', passed).count() as u64;
        self.at = to;
    }

    /// Reads on, and drops what is no longer needed; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        // What is held grows by what stands between values, too.
        let is_too_long = |held: &usize| self.buffer.len().saturating_sub(*held) > self.longest;
        if self.held.as_ref().is_some_and(is_too_long) {
            self.held = None;
        }
        // One byte more: whether a line begins here is asked afterwards.
        let needed = self.held.unwrap_or(self.at).min(self.at);
        let dropped = needed.saturating_sub(1).min(self.buffer.len());
        self.buffer.drain(..dropped);
        self.at -= dropped;
        self.held = self.held.map(|held| held - dropped);
        self.buffer.reserve(CHUNK as usize);
        let read = self
            .input
            .by_ref()
            .take(CHUNK)
            .read_to_end(&mut self.buffer)?;
        self.is_over = read == 0;
        Ok(read > 0)
    }
}
