//! Where a row of a CSV ends and what its cells are, byte by byte and with limits: a quote that is never
//! closed costs its row and no more. `csv_rows` gives the cells names and the faults words.
//!
//! The `csv` crate, which writes our own exports, keeps a row for as long as a quote is open; exports of
//! others are not to be trusted so far. A property test holds the two against each other.

use std::io::{self, BufRead};

use memchr::{memchr2, memchr2_iter, memchr3};

/// Longest row, in bytes.
pub(in crate::sources) const LONGEST_ROW: usize = 8 * 1024 * 1024;

/// Most cells in a row: as many as a spreadsheet has columns.
pub(in crate::sources) const MOST_CELLS: usize = 16_384;

/// The cells of one row.
#[derive(Debug, Clone, Default)]
pub(in crate::sources) struct Cells {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    /// How many there are.
    pub(in crate::sources) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a cell without blanks around it; empty where there is none.
    pub(in crate::sources) fn at(&self, position: usize) -> &str {
        let from = match position.checked_sub(1) {
            Some(before) => self.ends.get(before).copied(),
            None => Some(0),
        };
        let cell = from
            .zip(self.ends.get(position))
            .and_then(|(from, &to)| self.bytes.get(from..to))
            .unwrap_or_default();
        // Cells are cut at signs of one byte out of UTF-8.
        std::str::from_utf8(cell).unwrap_or_default().trim()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn end_cell(&mut self) {
        self.ends.push(self.bytes.len());
    }
}

/// Why the cells of a row cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sources) enum Fault {
    /// A quote is opened and closed nowhere, or far away by the quote of another row.
    OpenQuote,
    /// It is longer than [`LONGEST_ROW`].
    TooLong,
    /// It has more than [`MOST_CELLS`] cells.
    TooManyCells,
}

/// What stands at the current place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sources) enum Found {
    /// A row; its cells are in the scanner.
    Row,
    /// No row that can be told.
    Broken(Fault),
    /// Nothing more.
    End,
}

/// How quotes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sources) enum Quotes {
    /// A quote inside a quoted cell that is neither doubled nor followed by the end of the cell is
    /// text; but not in a row of several lines, where it is the trace of a quote that was not closed.
    Strict,
    /// After such a quote the cell goes on without quotes; the row must end with its line.
    Loose,
}

/// Reads the rows of a text one after another.
pub(in crate::sources) struct Scanner<R> {
    text: R,
    delimiter: u8,
    /// Text that was read: the current row begins at `start`.
    window: Vec<u8>,
    start: usize,
    /// End of the row that was found last.
    end: usize,
    /// Line in which the current row begins, from 1.
    line: u64,
    is_at_end: bool,
    cells: Cells,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    QuoteInQuoted,
}

impl<R: BufRead> Scanner<R> {
    /// A scanner at the beginning of `text`.
    pub(in crate::sources) fn new(text: R, delimiter: u8) -> Self {
        Self {
            text,
            delimiter,
            window: Vec::new(),
            start: 0,
            end: 0,
            line: 1,
            is_at_end: false,
            cells: Cells::default(),
        }
    }

    /// The line in which the current row begins, from 1.
    pub(in crate::sources) fn line(&self) -> u64 {
        self.line
    }

    /// The cells of the row that was found.
    pub(in crate::sources) fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Goes on behind the row that was found.
    pub(in crate::sources) fn pass_row(&mut self) {
        let row = self.window.get(self.start..self.end).unwrap_or_default();
        self.line += line_ends(row);
        self.start = self.end;
    }

    /// Goes on behind the line in which the current row begins.
    ///
    /// # Errors
    ///
    /// The text cannot be read.
    pub(in crate::sources) fn pass_line(&mut self) -> io::Result<()> {
        loop {
            let rest = self.window.get(self.start..).unwrap_or_default();
            match memchr2(b'\n', b'\r', rest) {
                // Whether a line feed follows may stand in what is not read yet.
                Some(at) if at + 1 < rest.len() || self.is_at_end => {
                    let is_pair = rest.get(at..at + 2) == Some(b"\r\n");
                    self.start += at + 1 + usize::from(is_pair);
                    self.line += 1;
                    return Ok(());
                }
                None if self.is_at_end => {
                    self.line += u64::from(!rest.is_empty());
                    self.start = self.window.len();
                    return Ok(());
                }
                Some(at) => self.start += at,
                None => self.start = self.window.len(),
            }
            self.read_more()?;
        }
    }

    /// Reads on; what lies before the current row is let go.
    fn read_more(&mut self) -> io::Result<()> {
        self.window.drain(..self.start);
        self.start = 0;
        let more = self.text.fill_buf()?;
        let count = more.len();
        self.window.extend_from_slice(more);
        self.text.consume(count);
        self.is_at_end = count == 0;
        Ok(())
    }

    /// Looks at the row that begins at the current place, and stays there.
    ///
    /// # Errors
    ///
    /// The text cannot be read.
    pub(in crate::sources) fn look(&mut self, quotes: Quotes) -> io::Result<Found> {
        self.cells.clear();
        let mut state = State::CellStart;
        let (mut is_text_quote_met, mut is_on_next_line) = (false, false);
        // Counted from the start of the row, which moves when more is read.
        let mut at = 0;
        loop {
            let rest = self.window.get(self.start + at..).unwrap_or_default();
            let Some(&byte) = rest.first() else {
                if at > LONGEST_ROW {
                    return Ok(Found::Broken(Fault::TooLong));
                }
                if !self.is_at_end {
                    self.read_more()?;
                    continue;
                }
                if at == 0 {
                    return Ok(Found::End);
                }
                if state == State::Quoted {
                    return Ok(Found::Broken(Fault::OpenQuote));
                }
                self.cells.end_cell();
                self.end = self.start + at;
                return Ok(Found::Row);
            };
            let is_outside = state != State::Quoted;
            if is_outside && byte == self.delimiter {
                self.cells.end_cell();
                if self.cells.len() >= MOST_CELLS {
                    return Ok(Found::Broken(Fault::TooManyCells));
                }
                state = State::CellStart;
                at += 1;
            } else if is_outside && matches!(byte, b'\n' | b'\r') {
                if byte == b'\r' && rest.len() == 1 && !self.is_at_end {
                    self.read_more()?;
                    continue;
                }
                let is_pair = rest.get(..2) == Some(b"\r\n");
                self.cells.end_cell();
                self.end = self.start + at + 1 + usize::from(is_pair);
                return Ok(Found::Row);
            } else {
                match (state, byte) {
                    (State::CellStart, b'"') => {
                        state = State::Quoted;
                        at += 1;
                    }
                    (State::QuoteInQuoted, b'"') => {
                        self.cells.bytes.push(b'"');
                        state = State::Quoted;
                        at += 1;
                    }
                    (State::QuoteInQuoted, _) => {
                        self.cells.bytes.push(b'"');
                        is_text_quote_met = true;
                        state = match quotes {
                            Quotes::Strict => State::Quoted,
                            Quotes::Loose => State::Plain,
                        };
                    }
                    (State::Quoted, b'"') => {
                        state = State::QuoteInQuoted;
                        at += 1;
                    }
                    (State::Quoted, b'\n' | b'\r') => {
                        is_on_next_line = true;
                        self.cells.bytes.push(byte);
                        at += 1;
                    }
                    (State::Quoted, _) => {
                        let run = run_before_quote(rest);
                        self.cells.bytes.extend_from_slice(run);
                        at += run.len();
                    }
                    (State::CellStart | State::Plain, _) => {
                        let end = memchr3(self.delimiter, b'\n', b'\r', rest);
                        let run = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
                        self.cells.bytes.extend_from_slice(run);
                        at += run.len();
                        state = State::Plain;
                    }
                }
                let is_lost = match quotes {
                    Quotes::Strict => is_text_quote_met,
                    Quotes::Loose => true,
                };
                if is_on_next_line && is_lost {
                    return Ok(Found::Broken(Fault::OpenQuote));
                }
            }
        }
    }
}

/// What stands before the next quote or line end.
fn run_before_quote(rest: &[u8]) -> &[u8] {
    let end = memchr3(b'"', b'\n', b'\r', rest).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// How many lines end in some text: a carriage return with a line feed is one end.
fn line_ends(text: &[u8]) -> u64 {
    let is_end = |&at: &usize| text.get(at..at + 2) != Some(b"\r\n");
    memchr2_iter(b'\n', b'\r', text)
        .filter(is_end)
        .fold(0, |count, _| count + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &[u8], delimiter: u8) -> Vec<(u64, Vec<String>)> {
        let mut scanner = Scanner::new(text, delimiter);
        let mut rows = Vec::new();
        while scanner.look(Quotes::Strict).unwrap() == Found::Row {
            let cells = scanner.cells();
            let texts = (0..cells.len()).map(|at| cells.at(at).to_owned());
            rows.push((scanner.line(), texts.collect()));
            scanner.pass_row();
        }
        rows
    }

    fn cells(line: u64, texts: &[&str]) -> (u64, Vec<String>) {
        (line, texts.iter().map(|&text| text.to_owned()).collect())
    }

    #[test]
    fn quotes_hold_delimiters_quotes_and_line_ends() {
        let text = b"a,\"b,\"\"c\"\"\r\nd\",e\r\nf,,\n";
        assert_eq!(
            all(text, b','),
            [
                cells(1, &["a", "b,\"c\"\r\nd", "e"]),
                cells(3, &["f", "", ""])
            ]
        );
    }

    #[test]
    fn every_kind_of_line_end_ends_a_row_and_counts_as_one_line() {
        assert_eq!(
            all(b"a\r\nb\rc\nd", b','),
            [
                cells(1, &["a"]),
                cells(2, &["b"]),
                cells(3, &["c"]),
                cells(4, &["d"])
            ]
        );
    }

    #[test]
    fn a_quote_that_is_not_doubled_is_text_within_one_line() {
        assert_eq!(
            all(b"\"say \"hello\" to me\",x\n5\" pipe,y\n", b','),
            [
                cells(1, &["say \"hello\" to me", "x"]),
                cells(2, &["5\" pipe", "y"])
            ]
        );
    }

    #[test]
    fn a_quote_closed_by_the_quote_of_another_row_is_broken() {
        let mut scanner = Scanner::new(&b"1,\"open\n2,\"fine\"\n"[..], b',');
        assert_eq!(
            scanner.look(Quotes::Strict).unwrap(),
            Found::Broken(Fault::OpenQuote)
        );
        scanner.pass_line().unwrap();
        assert_eq!(scanner.line(), 2);
        assert_eq!(scanner.look(Quotes::Strict).unwrap(), Found::Row);
        assert_eq!(scanner.cells().at(1), "fine");
    }

    #[test]
    fn a_row_without_end_is_given_up_at_its_limit() {
        let text = [b"a,\"".to_vec(), vec![b'x'; 3 * LONGEST_ROW]].concat();
        let reader = io::BufReader::with_capacity(64 * 1024, &text[..]);
        let mut scanner = Scanner::new(reader, b',');
        assert_eq!(
            scanner.look(Quotes::Strict).unwrap(),
            Found::Broken(Fault::TooLong)
        );
        assert!(scanner.window.len() <= LONGEST_ROW + 128 * 1024);
        let mut scanner = Scanner::new(&[b','; 2 * MOST_CELLS][..], b',');
        assert_eq!(
            scanner.look(Quotes::Strict).unwrap(),
            Found::Broken(Fault::TooManyCells)
        );
    }

    #[test]
    fn a_cell_that_is_not_there_is_empty() {
        assert_eq!(Cells::default().at(0), "");
        assert_eq!(Cells::default().at(usize::MAX), "");
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_as_it_was(
            table in prop::collection::vec(prop::collection::vec("[a-c,;\"\r\n\tü]{0,6}", 2..5), 1..6),
            delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
            capacity in 1_usize..9,
        ) {
            let mut writer = csv::WriterBuilder::new()
                .delimiter(delimiter)
                .flexible(true)
                .from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let mut scanner = Scanner::new(io::BufReader::with_capacity(capacity, &bytes[..]), delimiter);
            for row in &table {
                prop_assert_eq!(scanner.look(Quotes::Strict).unwrap(), Found::Row);
                let cells = scanner.cells();
                let read: Vec<&str> = (0..cells.len()).map(|at| cells.at(at)).collect();
                let wanted: Vec<&str> = row.iter().map(|cell| cell.trim()).collect();
                prop_assert_eq!(read, wanted);
                scanner.pass_row();
            }
            prop_assert_eq!(scanner.look(Quotes::Strict).unwrap(), Found::End);
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(prop::sample::select(b"a,\"\n\r;\0".to_vec()), 0..200)) {
            let mut scanner = Scanner::new(io::BufReader::with_capacity(3, &bytes[..]), b',');
            let mut steps = 0;
            loop {
                match scanner.look(Quotes::Strict).unwrap() {
                    Found::Row => scanner.pass_row(),
                    Found::Broken(_) => scanner.pass_line().unwrap(),
                    Found::End => break,
                }
                steps += 1;
                prop_assert!(steps <= bytes.len());
            }
            let lines = line_ends(&bytes);
            prop_assert!((lines + 1..=lines + 2).contains(&scanner.line()));
        }
    }
}
