//! Tables: which sign separates cells, what the columns are called, and the rows one by one with their
//! line, ragged ones too. Rows that `csv_scan` cannot tell are left out with what cannot be told apart
//! from them, and said; a table can be read as often as its reader needs, for some look ahead.

use std::io::{self, Read};
use std::ops::RangeInclusive;

use crate::model::{Notice, WorkItem};

use super::csv_scan::{Cells, Fault, Found, LONGEST_ROW, MOST_CELLS, Quotes, Scanner};
use super::text::{self, Encoding, HEAD, Text};
use super::{Input, Sink};

/// Signs that separate cells; of two that make as many columns the first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The names of the columns of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    names: Vec<String>,
    plain: Vec<String>,
    delimiter: u8,
    /// Whether a line in front of it names the delimiter (`sep=;`).
    is_announced: bool,
}

impl Header {
    /// The header of a table that begins like `head`; `None` if that begins no table.
    pub(super) fn of(head: &str) -> Option<Self> {
        let head = head.trim_start_matches('\u{FEFF}');
        if let Some(delimiter) = announced(head.lines().next()?) {
            return Self::separated(head, delimiter, true);
        }
        let headers = DELIMITERS.map(|delimiter| Self::separated(head, delimiter, false));
        // The last of equal ones is taken: hence from the back.
        let widest = headers.into_iter().rev().flatten();
        widest.max_by_key(|header| header.names.len())
    }

    fn separated(head: &str, delimiter: u8, is_announced: bool) -> Option<Self> {
        let mut scanner = Scanner::new(head.as_bytes(), delimiter);
        if is_announced {
            scanner.pass_line().ok()?;
        }
        if first_row(&mut scanner).ok()? != Found::Row {
            return None;
        }
        let names = names(scanner.cells());
        Some(Self {
            plain: names.iter().map(|name| plain(name)).collect(),
            names,
            delimiter,
            is_announced,
        })
    }

    /// The rows that stand whole in `head`, `most` at most.
    pub(super) fn rows_of(&self, head: &str, most: usize) -> Vec<Cells> {
        let head = head.trim_start_matches('\u{FEFF}');
        let mut scanner = Scanner::new(head.as_bytes(), self.delimiter);
        let mut rows = Vec::new();
        if self.is_announced && scanner.pass_line().is_err() {
            return rows;
        }
        while rows.len() <= most && matches!(first_row(&mut scanner), Ok(Found::Row)) {
            rows.push(scanner.cells().clone());
            scanner.pass_row();
        }
        // Four bytes are the longest letter, which is not cut.
        if head.len() + 4 > HEAD {
            rows.pop();
        }
        // Without the header.
        rows.drain(..rows.len().min(1));
        rows
    }

    /// The names of the columns as they are written.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The place of the first column that is called one of `names`; these in small letters, the
    /// better ones first.
    pub(super) fn position(&self, names: &[&str]) -> Option<usize> {
        names
            .iter()
            .find_map(|name| self.plain.iter().position(|plain| plain == name))
    }

    /// The places of all columns that are called one of `names`, in order.
    pub(super) fn positions(&self, names: &[&str]) -> Vec<usize> {
        let columns = self.plain.iter().enumerate();
        columns
            .filter(|(_, plain)| names.contains(&plain.as_str()))
            .map(|(position, _)| position)
            .collect()
    }

    /// Whether there is a column for each of these sets of names.
    pub(super) fn has_all(&self, sets: &[&[&str]]) -> bool {
        sets.iter().all(|names| self.position(names).is_some())
    }
}

/// A name of a column without what does not matter: case and blanks.
pub(super) fn plain(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

fn names(cells: &Cells) -> Vec<String> {
    let mut names: Vec<String> = (0..cells.len())
        .map(|position| cells.at(position).to_owned())
        .collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    names
}

/// The delimiter that a line `sep=;` of a spreadsheet names.
fn announced(line: &str) -> Option<u8> {
    let sign = line.trim().trim_matches('"').strip_prefix("sep=")?;
    DELIMITERS
        .into_iter()
        .find(|&delimiter| sign.as_bytes() == [delimiter])
        .or_else(|| sign.is_empty().then_some(b'\t'))
}

/// Finds the first row that is not empty.
fn first_row<R: io::BufRead>(scanner: &mut Scanner<R>) -> io::Result<Found> {
    loop {
        let found = scanner.look(Quotes::Strict)?;
        if found == Found::Row && is_empty(scanner.cells()) {
            scanner.pass_row();
            continue;
        }
        return Ok(found);
    }
}

fn is_empty(cells: &Cells) -> bool {
    (0..cells.len()).all(|position| cells.at(position).is_empty())
}

/// A file that holds a table.
pub(super) struct Table<'a> {
    input: &'a mut dyn Input,
    encoding: Encoding,
    header: Header,
}

impl<'a> Table<'a> {
    /// The table in `input`; `None` if there is none. What its text is in is said to `sink`.
    ///
    /// # Errors
    ///
    /// The input cannot be read.
    pub(super) fn open(input: &'a mut dyn Input, sink: &mut Sink<'_>) -> io::Result<Option<Self>> {
        let encoding = text::encoding(input)?;
        let mut head = Vec::new();
        let most = u64::try_from(HEAD).unwrap_or(u64::MAX);
        Text::new(input, encoding)?
            .take(most)
            .read_to_end(&mut head)?;
        let Some(header) = Header::of(&String::from_utf8_lossy(&head)) else {
            let message = format!("{} holds no table: it has no header", sink.place());
            sink.notice(Notice::new("table-empty", message));
            return Ok(None);
        };
        if let Some(notice) = encoding.notice(sink.place()) {
            sink.notice(notice);
        }
        Ok(Some(Self {
            input,
            encoding,
            header,
        }))
    }

    /// The names of its columns.
    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// Its rows from the first.
    ///
    /// # Errors
    ///
    /// The input cannot be read.
    pub(super) fn rows(&mut self) -> io::Result<Rows<'_>> {
        let text = Text::new(self.input, self.encoding)?;
        let mut scanner = Scanner::new(text, self.header.delimiter);
        if self.header.is_announced {
            scanner.pass_line()?;
        }
        if first_row(&mut scanner)? == Found::Row {
            scanner.pass_row();
        } else {
            scanner.pass_line()?;
        }
        Ok(Rows {
            scanner,
            columns: self.header.names.len(),
            is_row_found: false,
        })
    }

    /// Hands on the item, or the piece of one, that every row is; a row that is none is skipped.
    ///
    /// # Errors
    ///
    /// The input cannot be read.
    pub(super) fn hand_on<R: AsRef<str>>(
        &mut self,
        sink: &mut Sink<'_>,
        mut item: impl FnMut(&Row<'_>) -> Result<WorkItem, R>,
    ) -> io::Result<()> {
        let mut rows = self.rows()?;
        while let Some(row) = rows.next(&mut |line, reason| sink.skip(line, reason))? {
            match item(&row) {
                Ok(item) => sink.item(item),
                Err(reason) => sink.skip(row.line, reason.as_ref()),
            }
        }
        Ok(())
    }

    /// Looks at every row once, before they are read: faults are told when they are.
    ///
    /// # Errors
    ///
    /// The input cannot be read.
    pub(super) fn look_ahead(&mut self, each: &mut dyn FnMut(Row<'_>)) -> io::Result<u64> {
        let mut rows = self.rows()?;
        let mut count = 0;
        while let Some(row) = rows.next(&mut |_, _| {})? {
            each(row);
            count += 1;
        }
        Ok(count)
    }
}

/// A row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    /// The line in which it begins, from 1.
    pub(super) line: u64,
    cells: &'a Cells,
}

impl<'a> Row<'a> {
    /// All of its cells.
    pub(super) fn cells(&self) -> &'a Cells {
        self.cells
    }

    /// The text of a cell without blanks around it; empty if the row ends before it or there is no
    /// such column.
    pub(super) fn cell(&self, position: impl Into<Option<usize>>) -> &'a str {
        let position = position.into();
        position.map_or("", |position| self.cells.at(position))
    }
}

/// The rows of a table.
pub(super) struct Rows<'a> {
    scanner: Scanner<Text<'a>>,
    columns: usize,
    is_row_found: bool,
}

impl Rows<'_> {
    /// The next row that is not empty. `fault` hears of what had to be left out before it: the line
    /// and why.
    ///
    /// # Errors
    ///
    /// The input cannot be read.
    pub(super) fn next(&mut self, fault: &mut dyn FnMut(u64, &str)) -> io::Result<Option<Row<'_>>> {
        if std::mem::take(&mut self.is_row_found) {
            self.scanner.pass_row();
        }
        let mut left_out: Option<(u64, Fault)> = None;
        loop {
            let line = self.scanner.line();
            let found = match self.scanner.look(Quotes::Strict)? {
                Found::Row if left_out.is_some() && !self.is_plausible() => self.loosely()?,
                Found::Broken(reason) => match self.loosely()? {
                    Found::Row => Found::Row,
                    _ => Found::Broken(reason),
                },
                found => found,
            };
            match found {
                Found::Row => {
                    if let Some((from, reason)) = left_out.take() {
                        fault(from, &told(reason, from..=line - 1));
                    }
                    if is_empty(self.scanner.cells()) {
                        self.scanner.pass_row();
                        continue;
                    }
                    break;
                }
                Found::Broken(reason) => {
                    left_out.get_or_insert((line, reason));
                    self.scanner.pass_line()?;
                }
                Found::End => {
                    if let Some((from, reason)) = left_out {
                        let to = line.saturating_sub(1).max(from);
                        fault(from, &told(reason, from..=to));
                    }
                    return Ok(None);
                }
            }
        }
        self.is_row_found = true;
        Ok(Some(Row {
            line: self.scanner.line(),
            cells: self.scanner.cells(),
        }))
    }

    /// Whether what was found has the shape of a row: after a fault nothing else is taken for one.
    fn is_plausible(&self) -> bool {
        self.scanner.cells().len() == self.columns
    }

    /// The line alone, with quotes read loosely; broken unless it has the shape of a row.
    fn loosely(&mut self) -> io::Result<Found> {
        let found = self.scanner.look(Quotes::Loose)?;
        let is_row = found == Found::Row && self.is_plausible();
        Ok(if is_row {
            Found::Row
        } else {
            Found::Broken(Fault::OpenQuote)
        })
    }
}

/// Why lines were left out, in words.
fn told(fault: Fault, lines: RangeInclusive<u64>) -> String {
    let reason = match fault {
        Fault::OpenQuote => "a quote is opened and not closed".to_owned(),
        Fault::TooLong => format!("the row is longer than {} MiB", LONGEST_ROW >> 20),
        Fault::TooManyCells => format!("the row has more than {MOST_CELLS} cells"),
    };
    if lines.start() == lines.end() {
        reason
    } else {
        let (from, to) = lines.into_inner();
        format!("{reason}; lines {from} to {to} are left out")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// The rows of a table, joined by bars, with their lines; its faults; its notices.
    fn read(bytes: &[u8]) -> (Vec<(u64, String)>, Vec<String>, Vec<Notice>) {
        let mut input = Cursor::new(bytes.to_vec());
        let mut each = |_| {};
        let mut sink = Sink::new("t.csv", &mut each);
        let mut found = Vec::new();
        if let Some(mut table) = Table::open(&mut input, &mut sink).unwrap() {
            let columns = table.header().names().len();
            let mut rows = table.rows().unwrap();
            while let Some(row) = rows
                .next(&mut |line, reason| sink.skip(line, reason))
                .unwrap()
            {
                let cells: Vec<&str> = (0..columns).map(|at| row.cell(at)).collect();
                found.push((row.line, cells.join("|")));
            }
        }
        let remarks = sink.finish();
        (found, remarks.told, remarks.notices)
    }

    fn rows(bytes: &[u8]) -> Vec<(u64, String)> {
        read(bytes).0
    }

    fn row(line: u64, cells: &str) -> (u64, String) {
        (line, cells.to_owned())
    }

    #[test]
    fn the_delimiter_is_told_from_the_header() {
        for delimiter in [",", ";", "\t", "|"] {
            let table = ["key", "a title", "status"].join(delimiter)
                + "\n"
                + &["K-1", "x", "Done"].join(delimiter);
            assert_eq!(rows(table.as_bytes()), [row(2, "K-1|x|Done")]);
        }
        let header = Header::of("\"a;b\",c\n1,2\n").unwrap();
        assert_eq!(header.names(), ["a;b", "c"]);
        assert_eq!(rows(b"sep=;\nkey;a,b,c\n1;2"), [row(3, "1|2")]);
    }

    #[test]
    fn names_are_compared_without_case_and_blanks_and_repeated_ones_keep_their_places() {
        let header = Header::of(" Issue  KEY ,Labels,Status,labels,LABELS,,\n").unwrap();
        assert_eq!(header.position(&["key", "issue key"]), Some(0));
        assert_eq!(header.positions(&["labels"]), [1, 3, 4]);
        assert_eq!(header.position(&["resolution"]), None);
        assert_eq!(header.names().len(), 5);
        assert!(header.has_all(&[&["status"], &["issue key"]]));
    }

    #[test]
    fn ragged_rows_are_rows() {
        let table = b"a,b,c\n1\n1,2,3,4,5\n\n,,\n1,2,3\n";
        assert_eq!(
            rows(table),
            [row(2, "1||"), row(3, "1|2|3"), row(6, "1|2|3")]
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_its_row_and_no_other() {
        let (found, told, _) = read(b"a,b\n1,\"open\n2,x\n3,\"y\"\n4,z\n");
        assert_eq!(found, [row(3, "2|x"), row(4, "3|y"), row(5, "4|z")]);
        assert_eq!(told, ["t.csv:2: a quote is opened and not closed"]);
    }

    #[test]
    fn lines_that_have_not_the_shape_of_a_row_go_with_the_broken_one() {
        let (found, told, _) = read(b"a,b\n1,\"open\ntext of the cell\nmore\n2,x\n3,\"end\nof it");
        assert_eq!(found, [row(5, "2|x")]);
        assert_eq!(
            told,
            [
                "t.csv:2: a quote is opened and not closed; lines 2 to 4 are left out",
                "t.csv:6: a quote is opened and not closed; lines 6 to 7 are left out"
            ]
        );
    }

    #[test]
    fn a_quote_inside_an_unquoted_world_is_text() {
        let (found, told, _) = read(b"a\tb\n1\t\"Done\" means done\n2\tx\n");
        assert_eq!(found, [row(2, "1|Done\" means done"), row(3, "2|x")]);
        assert_eq!(told, Vec::<String>::new());
    }

    #[test]
    fn a_row_beyond_every_limit_is_left_out_and_the_next_is_read() {
        let long = format!("a,b\n1,\"{}\n2,x\n", "y".repeat(LONGEST_ROW + 1));
        let (found, told, _) = read(long.as_bytes());
        assert_eq!(found, [row(3, "2|x")]);
        assert_eq!(told, ["t.csv:2: the row is longer than 8 MiB"]);
        let wide = format!("a,b\n{}\n2,x\n", ",".repeat(MOST_CELLS + 1));
        let (found, told, _) = read(wide.as_bytes());
        assert_eq!(found, [row(3, "2|x")]);
        assert_eq!(told, ["t.csv:2: the row has more than 16384 cells"]);
    }

    #[test]
    fn quotes_without_end_cost_no_more_than_their_length() {
        // Looked at again from every line to the end, these would take hours.
        for unit in [
            "a,\"\n",
            "\"\"\n",
            "\"\"\"\n",
            "a,\"b\" c\n",
            "\"x\n\n",
            "\"\"x\n",
            "\"\r",
        ] {
            let text = format!("a,b,c\n1,\"{}", unit.repeat(100_000));
            let (_, told, _) = read(text.as_bytes());
            assert_eq!(told.len(), 1, "{unit:?}");
        }
    }

    #[test]
    fn a_file_without_a_header_holds_no_table() {
        for bytes in [&b""[..], b"\n\n", b"\xEF\xBB\xBF", b"\"open"] {
            let (found, told, notices) = read(bytes);
            assert_eq!((found.len(), told.len()), (0, 0));
            assert_eq!(notices[0].code, "table-empty");
        }
        assert_eq!(rows(b"a,b\n").len(), 0);
    }
}
