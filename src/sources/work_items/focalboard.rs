//! Exports of Focalboard and Mattermost Boards: archives (zip), their `board.jsonl`, the older archives
//! of one file, and what the API answers. Cards become items (`focalboard_cards`). None of these files
//! tells what was before; archives are opened by `focalboard_archive`.

use std::io::{self, Read, SeekFrom};

use regex::Regex;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::focalboard_archive::{self as archive, Budget, Limits};
use super::focalboard_boards::Thing;
use super::focalboard_cards::Cards;
use super::json_envelope::Under;
use super::json_head::JsonHead;
use super::json_rows::{JsonRows, Met};
use super::text::{Text, encoding};
use super::words::key_pattern;
use super::{Input, ReadOptions, Sink};
use crate::model::Notice;

/// Where the API's answers hold boards, cards and blocks.
const PATHS: &[Under] = &[&["boards"], &["cards"], &["blocks"]];

/// One line of an archive.
#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Whether a file with these first bytes is an archive. Every zip file is taken for one: what is in it
/// is only known at its end, and nothing else is read from zip files.
pub(super) fn is_archive(first: &[u8]) -> bool {
    archive::is_zip(first)
}

/// Whether a text is a board or an older archive, or an answer of the API.
pub(super) fn recognise(head: &str) -> bool {
    let head = JsonHead::of(head);
    let has = |members: &[&str]| members.iter().all(|member| head.has(member));
    let is_line = has(&["type", "data.type", "data.createAt"])
        || has(&["type", "data.boardId", "data.userId"]);
    let lists = ["[]", "[][]", "cards[]", "blocks[]", "boards[]"];
    let rows_have = |name| head.rows_have(&lists, name);
    is_line
        || has(&["board.cardProperties", "board.createAt"])
        || rows_have("createAt") && (rows_have("boardId") || rows_have("cardProperties"))
}

/// Reads the cards of all boards.
///
/// # Errors
/// When the file cannot be read, or is an archive that is damaged as a whole.
pub(super) fn read(
    input: &mut dyn Input,
    options: &ReadOptions<'_>,
    sink: &mut Sink<'_>,
) -> io::Result<()> {
    read_within(input, options, Limits::USUAL, sink)
}

pub(super) fn read_within(
    input: &mut dyn Input,
    options: &ReadOptions<'_>,
    limits: Limits,
    sink: &mut Sink<'_>,
) -> io::Result<()> {
    let mut head = Vec::new();
    input.seek(SeekFrom::Start(0))?;
    (&mut *input).take(4).read_to_end(&mut head)?;
    let mut reader = Reader {
        cards: Cards::default(),
        key: key_pattern(options),
    };
    if archive::is_zip(&head) {
        reader.read_archive(input, limits, sink)?;
    } else {
        reader.read_file(input, sink)?;
    }
    reader.cards.finish(sink);
    Ok(())
}

/// What a walk hands on: the line, and the thing in it or why it is none.
type Take<'a> = &'a mut dyn FnMut(u64, Result<Thing, &'static str>, &mut Sink<'_>);

/// Hands on every board, block and card of a file, whichever shape it is in.
fn each_thing(input: impl Read, take: Take<'_>, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut rows = JsonRows::new(input, PATHS);
    while let Some(met) = rows.next_row(sink)? {
        let (line, thing) = match met {
            // The board beside its cards.
            Met::Page { envelope, .. } => match envelope.read("board") {
                Some(board) => (0, Ok(Some(board))),
                None => continue,
            },
            Met::Row { line, text, .. } => (line, thing_of(text)),
        };
        match thing {
            Ok(Some(thing)) => take(line, Ok(thing), sink),
            Ok(None) => {}
            Err(reason) => take(line, Err(reason), sink),
        }
    }
    Ok(())
}

/// What a row holds, if it is something of a board.
fn thing_of(text: &[u8]) -> Result<Option<Thing>, &'static str> {
    // Bytes that are no UTF-8 are inside a text of somebody, and harm no other.
    let text = String::from_utf8_lossy(text);
    let row: Result<Row<'_>, _> = serde_json::from_str(&text);
    let row = row.map_err(|_| "no line of an archive of Focalboard")?;
    let thing = match (row.kind.as_deref(), row.data) {
        (Some("board" | "block"), Some(data)) => serde_json::from_str(data.get()),
        // Who may see a board, and what a later Focalboard adds.
        (Some(_), Some(_)) => return Ok(None),
        // A row of the API, or the version at the beginning of an archive, which is none of them.
        (_, None) => serde_json::from_str(&text),
        (None, Some(_)) => return Err("no line of an archive of Focalboard"),
    };
    thing.map(Some).map_err(|_| "no board, card or block")
}

/// The cards of one file, read in two walks: properties first, for a view may follow the cards.
struct Reader {
    cards: Cards,
    key: Option<Regex>,
}

impl Reader {
    fn read_file(&mut self, input: &mut dyn Input, sink: &mut Sink<'_>) -> io::Result<()> {
        let encoding = encoding(input)?;
        if let Some(notice) = encoding.notice(sink.place()) {
            sink.notice(notice);
        }
        self.learn(Text::new(input, encoding)?);
        let mut hand_on = |line, thing, sink: &mut Sink<'_>| self.hand_on(line, thing, "", sink);
        each_thing(Text::new(input, encoding)?, &mut hand_on, sink)
    }

    /// The first walk. Where the file is broken is told by the second one, after what came before.
    fn learn(&mut self, input: impl Read) {
        let mut nobody = |_| {};
        let mut unsaid = Sink::new("", &mut nobody);
        let mut learn = |_, thing: Result<Thing, _>, _: &mut Sink<'_>| {
            thing
                .iter()
                .for_each(|thing| self.cards.boards.learn(thing));
        };
        let _ = each_thing(input, &mut learn, &mut unsaid);
    }

    fn read_archive(
        &mut self,
        input: &mut dyn Input,
        limits: Limits,
        sink: &mut Sink<'_>,
    ) -> io::Result<()> {
        let mut found = archive::open(input)?;
        let boards = std::mem::take(&mut found.boards);
        let mut budget = Budget::of(limits);
        for board in &boards {
            if let Ok(lines) = found.read(board, limits, &mut budget) {
                self.learn(lines);
            }
            budget.take_fault();
        }
        let mut budget = Budget::of(limits);
        let mut unread = std::mem::take(&mut found.unread);
        for board in &boards {
            let mut last = 0;
            let lines = found.read(board, limits, &mut budget);
            let mut hand_on = |line, thing, sink: &mut Sink<'_>| {
                last = line;
                self.hand_on(line, thing, &board.name, sink);
            };
            let end = lines.and_then(|lines| each_thing(lines, &mut hand_on, sink));
            if let Some(error) = end.err().or_else(|| budget.take_fault()) {
                let name = &board.name;
                unread.push(match last {
                    0 => format!("`{name}`: {error}"),
                    last => format!("`{name}` after line {last}: {error}"),
                });
            }
        }
        tell_archive(found.outside, &unread, sink);
        Ok(())
    }

    fn hand_on(
        &mut self,
        line: u64,
        thing: Result<Thing, &'static str>,
        entry: &str,
        sink: &mut Sink<'_>,
    ) {
        let item = thing.and_then(|thing| self.cards.item(&thing, self.key.as_ref()));
        match item {
            Ok(Some(item)) => sink.item(item),
            Ok(None) => {}
            Err(reason) if entry.is_empty() => sink.skip(line, reason),
            Err(reason) => sink.skip(line, &format!("{reason} (line {line} of `{entry}`)")),
        }
    }
}

/// Says what of an archive was passed over.
fn tell_archive(outside: usize, unread: &[String], sink: &mut Sink<'_>) {
    if outside > 0 {
        let message = format!(
            "{outside} entries of the archive lie outside of its own directory: passed over"
        );
        sink.notice(Notice::new("focalboard-entry-outside", message).count(outside));
    }
    if let Some(first) = unread.first() {
        let count = unread.len();
        let others = match count {
            1 => String::new(),
            count => format!("; and {} more", count - 1),
        };
        let message = format!("not all boards of the archive were read: {first}{others}");
        sink.notice(
            Notice::new("focalboard-board-unread", message)
                .count(count)
                .incomplete(),
        );
    }
}
