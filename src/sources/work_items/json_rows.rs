//! The rows of a JSON export, one by one, however large it is: elements of a list, of the list under a
//! known path of keys, JSON Lines, or several such documents in one file. What stands around the rows
//! (totals, next pages) is kept in an `json_envelope`. `json_scan` finds where values end; formats read
//! the rows.

use std::io::{self, Read};

use super::json_envelope::{Envelope, MOST_MEMBERS, Under};
use super::json_scan::{Extent, Scan};
use super::text::{self, Text};
use super::{Input, Sink};
use crate::model::Notice;

/// A row that is longer is skipped: no work item is.
const LONGEST_ROW: usize = 64 * 1024 * 1024;
/// Lists of lists are entered this deep (pages that were put together into one list).
const DEEPEST_LISTS: usize = 3;

/// What was met in the file.
#[derive(Debug)]
pub(super) enum Met<'a> {
    /// A row: any JSON value, and perhaps none that can be read.
    Row {
        /// The line it begins in, from 1.
        line: u64,
        /// It, as it stands there.
        text: &'a [u8],
        /// The path of the list it is in.
        under: Under,
        /// What was met around it so far.
        envelope: &'a Envelope,
    },
    /// The end of an object that had rows under one of the paths, or was on the way there.
    Page {
        /// Everything around its rows.
        envelope: &'a Envelope,
        /// How many rows it had, with those that were skipped.
        rows: u64,
    },
}

/// Something around rows that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// A list of rows under a path.
    Rows(Under),
    /// A list that is nobody's member: of rows, or of pages.
    Root,
    /// An object on the way to rows.
    Object,
}

/// One step through the file.
enum Step {
    Again,
    Row { line: u64, length: usize },
    Page,
    Fault { line: u64, reason: &'static str },
    Cut { line: u64 },
    End,
}

/// The rows of a file.
pub(super) struct JsonRows<R> {
    scan: Scan<R>,
    paths: &'static [Under],
    open: Vec<Open>,
    /// Keys that lead to where we are.
    walked: Vec<&'static str>,
    envelope: Envelope,
    /// Rows of this page.
    rows: u64,
    /// Whether a row ended last: without a comma, no other of its list can follow.
    is_after_row: bool,
    /// Members of an object that may yet turn out to be a page: places in what is held.
    members: Vec<[usize; 4]>,
}

/// A member's name was passed; what its value is.
enum Member {
    /// The value was passed: where name and value were, counted back from here.
    Passed {
        name: [usize; 2],
        value: usize,
    },
    /// The value leads to rows, and is still to be entered.
    Entered(Open),
    Ended(Extent),
    Nameless,
}

impl<'i> JsonRows<Text<'i>> {
    /// The rows of an export in any encoding; what is to be said of that is told to the sink.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn open(
        input: &'i mut dyn Input,
        paths: &'static [Under],
        sink: &mut Sink<'_>,
    ) -> io::Result<Self> {
        let encoding = text::encoding(input)?;
        if let Some(notice) = encoding.notice(sink.place()) {
            sink.notice(notice);
        }
        Ok(Self::new(Text::new(input, encoding)?, paths))
    }
}

impl<R: Read> JsonRows<R> {
    /// The rows of a UTF-8 text that lie under one of these paths, or under none at all.
    pub(super) fn new(input: R, paths: &'static [Under]) -> Self {
        Self::with_limit(input, paths, LONGEST_ROW)
    }

    fn with_limit(input: R, paths: &'static [Under], longest: usize) -> Self {
        Self {
            scan: Scan::new(input, longest),
            paths,
            open: Vec::new(),
            walked: Vec::new(),
            envelope: Envelope::default(),
            rows: 0,
            is_after_row: false,
            members: Vec::new(),
        }
    }

    /// The next row or end of a page; `None` at the end. What is no row is told to the sink with its
    /// line, and so is a file that ends too early.
    ///
    /// # Errors
    /// What reading fails with.
    pub(super) fn next_row(&mut self, sink: &mut Sink<'_>) -> io::Result<Option<Met<'_>>> {
        loop {
            match self.step()? {
                Step::Again => {}
                Step::Fault { line, reason } => {
                    self.rows += 1;
                    sink.skip(line, reason);
                }
                Step::Cut { line } => {
                    sink.skip(line, "the file ends in the middle of this");
                    let place = sink.place();
                    let said = format!("{place} is cut off at its end: what is whole was read");
                    sink.notice(
                        Notice::new("export-truncated", said)
                            .hint("export it again")
                            .incomplete(),
                    );
                }
                Step::Row { line, length } => {
                    self.rows += 1;
                    return Ok(Some(Met::Row {
                        line,
                        text: self.scan.passed(length),
                        under: match self.open.last() {
                            Some(Open::Rows(under)) => under,
                            _ => &[],
                        },
                        envelope: &self.envelope,
                    }));
                }
                Step::Page => {
                    return Ok(Some(Met::Page {
                        envelope: &self.envelope,
                        rows: std::mem::take(&mut self.rows),
                    }));
                }
                Step::End => return Ok(None),
            }
        }
    }

    fn step(&mut self) -> io::Result<Step> {
        let next = self.scan.peek()?;
        let line = self.scan.line();
        let is_after_row = std::mem::take(&mut self.is_after_row);
        match (self.open.last().copied(), next) {
            (None, None) => Ok(Step::End),
            (Some(_), None) => {
                self.leave_all();
                Ok(Step::Cut { line })
            }
            (Some(Open::Object), Some(byte)) => self.in_object(byte),
            // Signs between documents, and a mark that some logs put before each.
            (_, Some(b',' | 0x1e)) => {
                self.scan.pass();
                Ok(Step::Again)
            }
            (Some(Open::Rows(_) | Open::Root), Some(b']')) => {
                self.scan.pass();
                self.open.pop();
                Ok(Step::Again)
            }
            (Some(Open::Rows(_)), Some(b'{')) if is_after_row && self.scan.is_at_line_start() => {
                self.leave_all();
                let reason = "the page before this ends too early";
                Ok(Step::Fault { line, reason })
            }
            (Some(Open::Rows(_)), Some(b'{')) => self.row(),
            (None | Some(Open::Root), Some(b'{')) => self.row_or_page(),
            (None | Some(Open::Root), Some(b'[')) if self.open.len() < DEEPEST_LISTS => {
                self.scan.pass();
                self.open.push(Open::Root);
                Ok(Step::Again)
            }
            (None, Some(0xEF)) if self.scan.pass_byte_order_mark()? => Ok(Step::Again),
            (None, Some(_)) => {
                self.scan.pass_line()?;
                let reason = "no JSON";
                Ok(Step::Fault { line, reason })
            }
            (Some(_), Some(b'}')) => {
                self.scan.pass();
                let reason = "a bracket closes what was not opened";
                Ok(Step::Fault { line, reason })
            }
            (Some(_), Some(_)) => Ok(match self.scan.value()? {
                Extent::Cut => self.cut(line),
                _ => Step::Fault {
                    line,
                    reason: "no object",
                },
            }),
        }
    }

    /// A row in a list of rows.
    fn row(&mut self) -> io::Result<Step> {
        let line = self.scan.line();
        let extent = self.scan.value()?;
        Ok(self.ended(line, extent))
    }

    fn ended(&mut self, line: u64, extent: Extent) -> Step {
        self.scan.release();
        match extent {
            Extent::Whole(length) => {
                self.is_after_row = true;
                Step::Row { line, length }
            }
            Extent::Anew | Extent::Document => {
                if extent == Extent::Document {
                    self.leave_all();
                }
                let reason = "it does not end where the next begins";
                Step::Fault { line, reason }
            }
            Extent::TooLong => Step::Fault {
                line,
                reason: "longer than 64 MiB",
            },
            Extent::Cut => self.cut(line),
        }
    }

    fn cut(&mut self, line: u64) -> Step {
        self.leave_all();
        Step::Cut { line }
    }

    fn leave_all(&mut self) {
        self.open.clear();
        self.walked.clear();
    }

    /// An object that is a row, or a page if a path begins in it: known once that is met.
    fn row_or_page(&mut self) -> io::Result<Step> {
        let line = self.scan.line();
        self.scan.hold();
        self.scan.pass();
        self.members.clear();
        let mut is_after_comma = false;
        loop {
            let next = self.scan.peek()?;
            let was_after_comma = std::mem::replace(&mut is_after_comma, next == Some(b','));
            match next {
                None => {
                    self.scan.release();
                    return Ok(self.cut(line));
                }
                Some(b'}') => {
                    self.scan.pass();
                    let extent = match self.scan.held() {
                        Some(held) => Extent::Whole(held.len()),
                        None => Extent::TooLong,
                    };
                    return Ok(self.ended(line, extent));
                }
                Some(b',') => self.scan.pass(),
                Some(b'{') if was_after_comma => return Ok(self.ended(line, Extent::Anew)),
                Some(_) => match self.member()? {
                    Member::Passed { name, value } => {
                        let here = self.scan.held_len();
                        let back = |length: usize| here.saturating_sub(length);
                        if self.members.len() < MOST_MEMBERS {
                            let [from, to] = name;
                            self.members.push([back(from), back(to), back(value), here]);
                        }
                    }
                    Member::Entered(open) => {
                        self.begin_page(open);
                        return Ok(Step::Again);
                    }
                    Member::Ended(extent) => return Ok(self.ended(line, extent)),
                    Member::Nameless => {
                        let extent = if self.is_at_document()? {
                            Extent::Document
                        } else {
                            match self.scan.rest_of_object()? {
                                Extent::Whole(_) => Extent::Whole(self.scan.held_len()),
                                other => other,
                            }
                        };
                        return Ok(self.ended(line, extent));
                    }
                },
            }
        }
    }

    /// What was held is the beginning of a page.
    fn begin_page(&mut self, open: Open) {
        self.envelope.clear();
        self.rows = 0;
        let held = self.scan.held().unwrap_or_default();
        for [name, name_end, value, value_end] in self.members.drain(..) {
            if let (Some(name), Some(value)) =
                (held.get(name..name_end), held.get(value..value_end))
            {
                self.envelope.keep(name, value);
            }
        }
        self.scan.release();
        self.open.push(Open::Object);
        self.enter(open);
    }

    fn enter(&mut self, open: Open) {
        // The bracket that was seen.
        self.scan.pass();
        self.open.push(open);
    }

    /// The members of an object that leads to rows.
    fn in_object(&mut self, byte: u8) -> io::Result<Step> {
        let line = self.scan.line();
        match byte {
            b',' => self.scan.pass(),
            b'}' => {
                self.scan.pass();
                self.open.pop();
                if self.walked.pop().is_none() {
                    return Ok(Step::Page);
                }
            }
            b']' => {
                self.scan.pass();
                let reason = "a bracket closes what was not opened";
                return Ok(Step::Fault { line, reason });
            }
            _ => {
                self.scan.hold();
                let member = self.member()?;
                if let Member::Passed { name, value } = member {
                    let here = self.scan.held_len();
                    let held = self.scan.held().unwrap_or_default();
                    let [from, to] = name.map(|length| here.saturating_sub(length));
                    let value = held.get(here.saturating_sub(value)..);
                    if let (Some(name), Some(value)) = (held.get(from..to), value) {
                        self.envelope.keep(name, value);
                    }
                }
                self.scan.release();
                match member {
                    Member::Passed { .. } => {}
                    Member::Entered(open) => self.enter(open),
                    Member::Ended(Extent::Cut) => return Ok(self.cut(line)),
                    Member::Ended(Extent::Document) => self.leave_all(),
                    Member::Ended(_) => {}
                    Member::Nameless if self.is_at_document()? => {
                        self.leave_all();
                        let reason = "the page before this ends too early";
                        return Ok(Step::Fault { line, reason });
                    }
                    Member::Nameless => {
                        if self.scan.value()? == Extent::Cut {
                            return Ok(self.cut(line));
                        }
                        let reason = "no name of a member";
                        return Ok(Step::Fault { line, reason });
                    }
                }
            }
        }
        Ok(Step::Again)
    }

    /// Whether a bracket begins this line, where none can be: another document begins.
    fn is_at_document(&mut self) -> io::Result<bool> {
        let is_bracket = matches!(self.scan.peek()?, Some(b'{' | b'['));
        Ok(is_bracket && self.scan.is_at_line_start())
    }

    /// Passes one member, or its name if its value leads to rows.
    fn member(&mut self) -> io::Result<Member> {
        if self.scan.peek()? != Some(b'"') {
            return Ok(Member::Nameless);
        }
        let length = match self.scan.value()? {
            Extent::Whole(length) => length,
            // Its bytes are gone: it is passed without a name.
            Extent::TooLong => 0,
            other => return Ok(Member::Ended(other)),
        };
        let quoted = self.scan.passed(length);
        let name = quoted.strip_prefix(b"\"").unwrap_or(quoted);
        let name = name.strip_suffix(b"\"").unwrap_or(name);
        let candidates = candidates(self.paths, &self.walked, name);
        let before = self.scan.held_len();
        let (from, to) = (
            before.saturating_sub(name.len() + 1),
            before.saturating_sub(1),
        );
        match self.scan.peek()? {
            Some(b':') => self.scan.pass(),
            Some(_) => return Ok(Member::Nameless),
            None => return Ok(Member::Ended(Extent::Cut)),
        }
        let next = self.scan.peek()?;
        match (next, candidates) {
            (Some(b'['), (Some(path), _)) => return Ok(Member::Entered(Open::Rows(path))),
            (Some(b'{'), (_, Some(key))) => {
                self.walked.push(key);
                return Ok(Member::Entered(Open::Object));
            }
            (Some(b',' | b'}'), _) => return Ok(Member::Nameless),
            _ => {}
        }
        match self.scan.value()? {
            Extent::Whole(value) => {
                let here = self.scan.held_len();
                let name = [here.saturating_sub(from), here.saturating_sub(to)];
                Ok(Member::Passed { name, value })
            }
            // The rest of a page or a row may still be good; this member is nobody's loss.
            Extent::TooLong => Ok(Member::Passed {
                name: [0, 0],
                value: 0,
            }),
            other => Ok(Member::Ended(other)),
        }
    }
}

/// The path that ends with this name, and the name if a path goes on through it.
fn candidates(
    paths: &'static [Under],
    walked: &[&'static str],
    name: &[u8],
) -> (Option<Under>, Option<&'static str>) {
    let mut ending = None;
    let mut through = None;
    for path in paths {
        let Some([next, rest @ ..]) = path.strip_prefix(walked) else {
            continue;
        };
        if next.as_bytes() == name {
            if rest.is_empty() {
                ending = Some(*path);
            } else {
                through = Some(*next);
            }
        }
    }
    (ending, through)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::work_items::Remarks;

    const PATHS: &[Under] = &[&["issues"], &["data", "issues", "nodes"], &["values"]];

    /// Hands out a few bytes at a time: every place may be the end of what is there.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(into.len()).min(self.0.len());
            let (now, later) = self.0.split_at(length);
            into[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    fn read_limited(text: &[u8], limit: usize) -> (Vec<String>, Remarks) {
        let mut each = |_| {};
        let mut sink = Sink::new("a.json", &mut each);
        let mut rows = JsonRows::with_limit(text, PATHS, limit);
        let mut met = Vec::new();
        while let Some(next) = rows.next_row(&mut sink).unwrap() {
            met.push(match next {
                Met::Row {
                    line, text, under, ..
                } => {
                    let path: String = under.iter().map(|key| format!("{key}.")).collect();
                    format!("{path}{line}: {}", String::from_utf8_lossy(text))
                }
                Met::Page { envelope, rows } => {
                    let members: Vec<String> = envelope
                        .members()
                        .map(|(name, value)| format!(" {name}={value}"))
                        .collect();
                    format!("page of {rows}{}", members.concat())
                }
            });
        }
        (met, sink.finish())
    }

    fn read(text: &str) -> (Vec<String>, Remarks) {
        read_limited(text.as_bytes(), LONGEST_ROW)
    }

    fn rows(text: &str) -> Vec<String> {
        let (rows, remarks) = read(text);
        assert_eq!(remarks, Remarks::default(), "{text}");
        rows
    }

    #[test]
    fn a_list_an_object_around_it_and_json_lines_give_their_rows_with_their_lines() {
        assert_eq!(
            rows("[\n {\"a\": 1},\n\n {\"b\": [{}]}]\n"),
            ["2: {\"a\": 1}", "4: {\"b\": [{}]}"]
        );
        assert_eq!(
            rows("{\"total\": 2,\n\"issues\":[{\"a\":1},\n{\"a\":2}], \"isLast\" : true}"),
            [
                "issues.2: {\"a\":1}",
                "issues.3: {\"a\":2}",
                "page of 2 total=2 isLast=true"
            ]
        );
        assert_eq!(
            rows("{\"a\":1}\n{\"a\":2}\r\n\r\n{\"a\":{\"issues\":[1]}}"),
            [
                "1: {\"a\":1}",
                "2: {\"a\":2}",
                "4: {\"a\":{\"issues\":[1]}}"
            ]
        );
        assert_eq!(rows(""), [""; 0]);
        assert_eq!(rows("\u{feff}[]"), [""; 0]);
        assert_eq!(rows("{\"issues\":[]}"), ["page of 0"]);
    }

    #[test]
    fn rows_deeper_down_are_found_and_what_stands_around_them_is_kept() {
        assert_eq!(
            rows(
                "{\"data\":{\"x\":{\"nodes\":[1]},\"issues\":{\"nodes\":[{\"i\":\"}\"}],\
                 \"pageInfo\":{\"hasNextPage\":false}}},\"y\":\"\\\"]}\"}"
            ),
            [
                "data.issues.nodes.1: {\"i\":\"}\"}",
                "page of 1 x={\"nodes\":[1]} pageInfo={\"hasNextPage\":false} y=\"\\\"]}\""
            ]
        );
        assert_eq!(
            rows("{\"errors\":[{}],\"data\":null}"),
            ["1: {\"errors\":[{}],\"data\":null}"]
        );
    }

    #[test]
    fn pages_one_after_the_other_and_pages_in_a_list_are_all_read() {
        let page = |n: u8| format!("{{\"startAt\":{n},\"issues\":[{{\"n\":{n}}}]}}");
        let expected = [
            "issues.1: {\"n\":1}",
            "page of 1 startAt=1",
            "issues.1: {\"n\":2}",
            "page of 1 startAt=2",
        ];
        let (one, two) = (page(1), page(2));
        assert_eq!(rows(&format!("{one}{two}")), expected);
        assert_eq!(rows(&format!("[{one},{two}]")), expected);
        assert_eq!(
            rows("[[{\"a\":1}],[{\"a\":2}]]"),
            ["1: {\"a\":1}", "1: {\"a\":2}"]
        );
        assert_eq!(
            rows("\u{feff}[{\"a\":1}]\n\u{feff}[{\"a\":2}]\n"),
            ["1: {\"a\":1}", "2: {\"a\":2}"]
        );
    }

    #[test]
    fn a_file_that_ends_too_early_says_where_and_keeps_every_whole_row() {
        let whole = "{\"issues\":[\n{\"a\":\"x\\\"y\"},\n{\"b\":[1,2]}\n],\"isLast\":true}";
        for end in 1..whole.len() {
            let (rows, remarks) = read(&whole[..end]);
            let kept = [
                (whole.find("},").unwrap() + 1),
                whole.find("]}").unwrap() + 2,
            ]
            .iter()
            .filter(|&&at| at <= end)
            .count();
            assert_eq!(rows.len(), kept, "{end}: {rows:?}");
            assert_eq!(remarks.notices[0].code, "export-truncated", "{end}");
            assert!(remarks.notices[0].incomplete);
            assert_eq!(remarks.skipped, 1, "{end}");
        }
        let (_, remarks) = read(&whole[..30]);
        assert_eq!(
            remarks.told,
            ["a.json:3: the file ends in the middle of this"]
        );
    }

    #[test]
    fn broken_rows_lose_no_other() {
        // An element that is none, a bracket too many, one too few, a text that is not closed.
        for (broken, faults) in [
            ("7", 1),
            ("[{}]", 1),
            ("\"text\"", 1),
            ("{\"x\":1}}", 1),
            ("{\"x\":{\"y\":1}", 1),
            ("{\"x\":{\"y\":{\"z\":1}", 1),
        ] {
            let text = format!("{{\"issues\":[{{\"a\":1}},{broken},{{\"b\":2}}],\"total\":3}}");
            let (rows, remarks) = read(&text);
            assert!(rows.contains(&"issues.1: {\"a\":1}".to_owned()), "{text}");
            assert!(
                rows.contains(&"issues.1: {\"b\":2}".to_owned()),
                "{text}: {rows:?}"
            );
            assert!(
                rows.last().unwrap().ends_with("total=3"),
                "{text}: {rows:?}"
            );
            assert_eq!(remarks.skipped, faults, "{text}: {:?}", remarks.told);
        }
    }

    #[test]
    fn a_broken_line_of_json_lines_is_told_and_the_next_is_read() {
        for broken in [
            "{\"a\":{\"b\":1}",
            "{\"a\":[1,2",
            "{\"a\":\"never closed",
            "{\"a\"",
            "{\"a",
            "no JSON",
            "}",
        ] {
            let (rows, remarks) = read(&format!("{{\"n\":1}}\n{broken}\n{{\"n\":2}}\n{{\"n\":3}}"));
            let good: Vec<&String> = rows.iter().filter(|row| row.contains("\"n\"")).collect();
            assert_eq!(good[0], "1: {\"n\":1}", "{broken}");
            assert_eq!(
                good[1..],
                ["3: {\"n\":2}", "4: {\"n\":3}"],
                "{broken}: {rows:?}"
            );
            assert!(remarks.skipped > 0 || rows.len() > 3, "{broken}");
        }
    }

    #[test]
    fn a_page_that_was_cut_off_loses_nothing_of_the_next() {
        let page = "{\"startAt\":50,\"issues\":[{\"n\":1},\n{\"n\":2}],\"total\":100}";
        for end in 1..page.len() - 1 {
            // Where a value is expected, the next page may be it.
            let before = page[..end].trim_end();
            if before.ends_with([':', '[']) || before.ends_with("},") {
                continue;
            }
            let (rows, remarks) = read(&format!("{}\n{page}", &page[..end]));
            let expected = ["{\"n\":1}", "{\"n\":2}", "page of 2 startAt=50 total=100"];
            let last = &rows[rows.len().saturating_sub(3)..];
            assert_eq!(last.len(), 3, "{end}: {rows:?}");
            for (row, expected) in last.iter().zip(expected) {
                assert!(row.ends_with(expected), "{end}: {rows:?}");
            }
            assert!(remarks.skipped > 0, "{end}");
        }
    }

    #[test]
    fn rows_that_are_too_long_are_skipped_with_their_line() {
        let long = "x".repeat(400_000);
        let row = format!("{{\"a\":[\"{long}\\\"\",\"{long}\"]}}");
        let number = "1".repeat(700_000);
        for text in [
            format!("{{\"n\":1}}\n{row}\n{{\"n\":2}}"),
            format!("[{{\"n\":1}},\n{row},\n{{\"n\":2}}]"),
            format!("{{\"issues\":[{{\"n\":1}},\n{row},\n{{\"n\":2}}]}}"),
            format!("[{{\"n\":1}},\n{{\"a\":{number}}},\n{{\"n\":2}}]"),
            format!("[{{\"n\":1}},\n{{\"a\":\"{long}{long}\"}},\n{{\"n\":2}}]"),
        ] {
            let (rows, remarks) = read_limited(text.as_bytes(), 500_000);
            let rows: Vec<&String> = rows.iter().filter(|row| row.contains("\"n\"")).collect();
            assert_eq!(rows.len(), 2, "{}", &text[..20]);
            assert!(rows[1].ends_with("3: {\"n\":2}"));
            assert_eq!(remarks.told, ["a.json:2: longer than 64 MiB"]);
        }
        // Nothing but white space and many members, held until it is known what they are.
        for between in [" ".repeat(700_000), "\"m\":1,".repeat(100_000)] {
            let text = format!("[{{\"a\":1,{between}\"b\":2}},\n{{\"n\":2}}]");
            let (rows, remarks) = read_limited(text.as_bytes(), 100_000);
            assert_eq!(rows, ["2: {\"n\":2}"]);
            assert_eq!(remarks.told, ["a.json:1: longer than 64 MiB"]);
        }
        // A long member beside the rows is nobody's loss.
        let text = format!("{{\"long\":\"{long}{long}\",\"issues\":[{{\"n\":2}}]}}");
        let (rows, _) = read_limited(text.as_bytes(), 500_000);
        assert_eq!(rows, ["issues.1: {\"n\":2}", "page of 1"]);
    }

    #[test]
    fn what_is_nested_without_end_is_cut_and_not_followed() {
        for bomb in ["[", "{\"a\":", "{\"data\":{\"issues\":", "{\"issues\":["] {
            let (_, remarks) = read(&bomb.repeat(100_000));
            assert!(remarks.skipped > 0, "{bomb}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let (rows, _) = read(&format!("[{{\"deep\":{deep}}},{{\"n\":1}}]"));
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1], "1: {\"n\":1}");
    }

    proptest::proptest! {
        #[test]
        fn rows_do_not_depend_on_how_much_is_read_at_a_time(
            text in "[\\[\\]{}\",:\\\\\n a1]{0,60}",
            at_a_time in 1_usize..5,
        ) {
            let whole = read(&text);
            let mut each = |_| {};
            let mut sink = Sink::new("a.json", &mut each);
            let mut rows = JsonRows::new(Slow(text.as_bytes(), at_a_time), PATHS);
            let mut count = 0;
            while rows.next_row(&mut sink).unwrap().is_some() {
                count += 1;
            }
            proptest::prop_assert_eq!(whole.0.len(), count);
            proptest::prop_assert_eq!(whole.1, sink.finish());
        }

        #[test]
        fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(0_u8.., 0..300)) {
            read_limited(&bytes, 100);
        }

        #[test]
        fn rows_before_a_damage_are_kept(at in 60_usize..200, byte in 0_u8.., length in 0_usize..9) {
            let row = |n: usize| format!("{{\"n\":{n},\"x\":[\"a\",{{}}]}},\n");
            let mut text = format!("{{\"issues\":[{}", (0..9).map(row).collect::<String>());
            text.push_str("{}],\"total\":10}");
            let before = text[..at].matches("]},").count();
            let mut bytes = text.into_bytes();
            bytes.splice(at..(at + length).min(bytes.len()), [byte]);
            let (rows, _) = read_limited(&bytes, LONGEST_ROW);
            for n in 0..before {
                proptest::prop_assert!(rows[n].ends_with(row(n).trim_end_matches(",\n")), "{:?}", rows);
            }
        }
    }
}
