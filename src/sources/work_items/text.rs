//! The text of an export, whatever its encoding, as UTF-8 and as a stream: byte order marks, UTF-16 with
//! and without one, Windows-1252. One pass over the bytes says which it is, a second decodes; memory is
//! two buffers, however large the file. `csv_rows` and `json_rows` read what comes out.

use std::io::{self, BufRead, ErrorKind, Read, SeekFrom};

use encoding_rs::{CoderResult, Decoder, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::model::Notice;

use super::Input;

/// So much of a file is looked at to recognise its format, in bytes of UTF-8.
pub(super) const HEAD: usize = 64 * 1024;

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// Room for what a chunk becomes: three bytes of UTF-8 for each byte at most, and what a decoder held back.
const DECODED: usize = 3 * CHUNK + 64;

/// Bytes in which UTF-16 without a mark shows.
const SAMPLE: usize = 4 * 1024;

/// How the bytes of a file are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8, with or without a mark.
    Utf8,
    /// UTF-8 in which so many sequences are broken; each becomes U+FFFD.
    Utf8Broken(usize),
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// Windows-1252, which holds Latin-1.
    Windows1252,
}

impl Encoding {
    /// What is to be said of it; of good UTF-8 nothing. `place` is how the file is called in messages.
    pub(super) fn notice(self, place: &str) -> Option<Notice> {
        let name = match self {
            Self::Utf8 => return None,
            Self::Utf8Broken(broken) => {
                let message = format!(
                    "{place}: {broken} places are no UTF-8; a replacement character stands there"
                );
                return Some(Notice::new("text-broken", message).count(broken));
            }
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Windows1252 => "Windows-1252",
        };
        let message = format!("{place} is not UTF-8: it was read as {name}");
        Some(Notice::new("text-encoding", message).hint("export as UTF-8 if letters look wrong"))
    }

    fn decoder(self) -> Decoder {
        match self {
            Self::Utf8 | Self::Utf8Broken(_) => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
        }
        .new_decoder_with_bom_removal()
    }
}

/// Which encoding the whole of `input` is in. Reads all of it, and leaves it at its beginning.
///
/// # Errors
///
/// The input cannot be read.
pub(super) fn encoding(input: &mut dyn Input) -> io::Result<Encoding> {
    input.rewind()?;
    let mut chunk = vec![0; CHUNK];
    let mut held = fill(input, &mut chunk)?;
    let sample = chunk.get(..held.min(SAMPLE)).unwrap_or_default();
    let wide = utf_16(sample);
    let mut scan = Utf8Scan::default();
    while wide.is_none() && held > 0 {
        scan.add(chunk.get(..held).unwrap_or_default());
        held = fill(input, &mut chunk)?;
    }
    input.rewind()?;
    Ok(wide.unwrap_or_else(|| scan.verdict()))
}

/// The beginning of `input` as text, [`HEAD`] bytes at most, to recognise its format. The encoding is
/// judged by that beginning alone. Leaves the input at its beginning.
///
/// # Errors
///
/// The input cannot be read.
pub(super) fn head(input: &mut dyn Input) -> io::Result<String> {
    input.rewind()?;
    let mut bytes = vec![0; HEAD];
    let held = fill(input, &mut bytes)?;
    let is_cut = held == HEAD;
    bytes.truncate(held);
    input.rewind()?;
    let encoding = utf_16(bytes.get(..held.min(SAMPLE)).unwrap_or_default()).unwrap_or_else(|| {
        let mut scan = Utf8Scan::default();
        scan.add(&bytes);
        if is_cut {
            // A letter may go on behind the cut.
            scan.carried.clear();
        }
        scan.verdict()
    });
    let mut text = String::with_capacity(DECODED.min(3 * held + 64));
    // What is not complete at a cut is left out.
    let _ = encoding
        .decoder()
        .decode_to_string(&bytes, &mut text, !is_cut);
    let mut end = text.len().min(HEAD);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    Ok(text)
}

/// Reads until `buffer` is full or the input ends; how many bytes that were.
fn fill(input: &mut dyn Input, buffer: &mut [u8]) -> io::Result<usize> {
    let mut held = 0;
    while let Some(rest) = buffer.get_mut(held..)
        && !rest.is_empty()
    {
        match input.read(rest) {
            Ok(0) => break,
            Ok(more) => held += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(held)
}

/// UTF-16, by its mark or by the zeros that every second byte of mostly Latin text is.
fn utf_16(sample: &[u8]) -> Option<Encoding> {
    match sample {
        [0xFF, 0xFE, ..] => return Some(Encoding::Utf16Le),
        [0xFE, 0xFF, ..] => return Some(Encoding::Utf16Be),
        _ => {}
    }
    let (pairs, _) = sample.as_chunks::<2>();
    let zeros = |side: usize| {
        let is_zero = |pair: &&[u8; 2]| pair.get(side) == Some(&0);
        pairs.iter().filter(is_zero).count()
    };
    let (first, second) = (zeros(0), zeros(1));
    // A stray NUL in a table is no encoding: most pairs must have a zero, and all on one side.
    let is_most = |count: usize| pairs.len() >= 2 && count * 2 > pairs.len();
    match (first, second) {
        (0, second) if is_most(second) => Some(Encoding::Utf16Le),
        (first, 0) if is_most(first) => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// Whether bytes that come in chunks are UTF-8.
#[derive(Default)]
struct Utf8Scan {
    /// Beginning of a letter that the chunk before did not end.
    carried: Vec<u8>,
    /// Letters of more than one byte that are right.
    letters: usize,
    /// Sequences that are none.
    broken: usize,
}

impl Utf8Scan {
    fn add(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        // Finish the letter that was begun, byte by byte: it has four at most.
        while !self.carried.is_empty()
            && let Some((first, others)) = rest.split_first()
        {
            let mut joined = self.carried.clone();
            joined.push(*first);
            match std::str::from_utf8(&joined) {
                Ok(_) => {
                    self.letters += 1;
                    self.carried.clear();
                    rest = others;
                }
                Err(error) if error.error_len().is_none() => {
                    self.carried = joined;
                    rest = others;
                }
                Err(_) => {
                    self.broken += 1;
                    self.carried.clear();
                }
            }
        }
        while !rest.is_empty() {
            let (good, wrong) = match std::str::from_utf8(rest) {
                Ok(_) => (rest.len(), None),
                Err(error) => (error.valid_up_to(), Some(error.error_len())),
            };
            let (right, after) = rest.split_at(good.min(rest.len()));
            self.letters += right.iter().filter(|&&byte| byte >= 0xC2).count();
            match wrong {
                None => return,
                Some(None) => {
                    self.carried = after.to_vec();
                    return;
                }
                Some(Some(length)) => {
                    self.broken += 1;
                    rest = after.get(length.max(1)..).unwrap_or_default();
                }
            }
        }
    }

    /// A few broken places among many right letters are an accident; in Windows-1252 hardly any letter
    /// is right by chance.
    fn verdict(&self) -> Encoding {
        let broken = self.broken + usize::from(!self.carried.is_empty());
        match broken {
            0 => Encoding::Utf8,
            _ if self.letters > broken => Encoding::Utf8Broken(broken),
            _ => Encoding::Windows1252,
        }
    }
}

/// The text of an input as a stream of UTF-8, from its beginning.
pub(super) struct Text<'a> {
    input: &'a mut dyn Input,
    decoder: Decoder,
    /// Bytes read and not decoded yet: `source[taken..held]`.
    source: Vec<u8>,
    taken: usize,
    held: usize,
    is_at_end: bool,
    is_finished: bool,
    /// Text decoded and not consumed yet: `decoded[from..to]`.
    decoded: Vec<u8>,
    from: usize,
    to: usize,
}

impl<'a> Text<'a> {
    /// The text of `input`, read as `encoding`.
    ///
    /// # Errors
    ///
    /// The input cannot be rewound.
    pub(super) fn new(input: &'a mut dyn Input, encoding: Encoding) -> io::Result<Self> {
        input.seek(SeekFrom::Start(0))?;
        Ok(Self {
            input,
            decoder: encoding.decoder(),
            source: vec![0; CHUNK],
            taken: 0,
            held: 0,
            is_at_end: false,
            is_finished: false,
            decoded: vec![0; DECODED],
            from: 0,
            to: 0,
        })
    }

    fn decode_more(&mut self) -> io::Result<()> {
        if self.taken == self.held && !self.is_at_end {
            self.held = fill(self.input, &mut self.source)?;
            self.taken = 0;
            self.is_at_end = self.held == 0;
        }
        let source = self.source.get(self.taken..self.held).unwrap_or_default();
        let (result, read, written, _) =
            self.decoder
                .decode_to_utf8(source, &mut self.decoded, self.is_at_end);
        self.taken += read;
        (self.from, self.to) = (0, written);
        self.is_finished = self.is_at_end && result == CoderResult::InputEmpty;
        Ok(())
    }
}

impl BufRead for Text<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // A chunk can end before its first letter does.
        while self.from == self.to && !self.is_finished {
            self.decode_more()?;
        }
        Ok(self.decoded.get(self.from..self.to).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.from = (self.from + amount).min(self.to);
    }
}

impl Read for Text<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(buffer.len());
        if let (Some(into), Some(ready)) = (buffer.get_mut(..count), ready.get(..count)) {
            into.copy_from_slice(ready);
        }
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn decoded(bytes: &[u8]) -> (Encoding, String) {
        let mut input = Cursor::new(bytes.to_vec());
        let encoding = encoding(&mut input).unwrap();
        let mut text = String::new();
        Text::new(&mut input, encoding)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        (encoding, text)
    }

    fn head_of(bytes: &[u8]) -> String {
        head(&mut Cursor::new(bytes.to_vec())).unwrap()
    }

    fn little_ended(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn big_ended(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    }

    const TABLE: &str = "key,title\nFOC-1,Prüfung für Maß\n";

    #[test]
    fn utf_8_stays_and_its_mark_goes() {
        assert_eq!(decoded(TABLE.as_bytes()), (Encoding::Utf8, TABLE.into()));
        let marked = [b"\xEF\xBB\xBF", TABLE.as_bytes()].concat();
        assert_eq!(decoded(&marked), (Encoding::Utf8, TABLE.into()));
        assert_eq!(head_of(&marked), TABLE);
        assert_eq!(decoded(b""), (Encoding::Utf8, String::new()));
        assert_eq!(Encoding::Utf8.notice("a.csv"), None);
    }

    #[test]
    fn utf_16_is_read_in_both_orders_with_a_mark_and_without() {
        let little = [vec![0xFF, 0xFE], little_ended(TABLE)].concat();
        let big = [vec![0xFE, 0xFF], big_ended(TABLE)].concat();
        for (bytes, expected) in [
            (little, Encoding::Utf16Le),
            (big, Encoding::Utf16Be),
            (little_ended(TABLE), Encoding::Utf16Le),
            (big_ended(TABLE), Encoding::Utf16Be),
        ] {
            assert_eq!(decoded(&bytes), (expected, TABLE.into()));
            assert_eq!(head_of(&bytes), TABLE);
        }
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_windows_1252_and_it_is_said() {
        let (encoding, text) = decoded(b"key,title\nFOC-1,Pr\xFCfung f\xFCr 5 \x80\n");
        assert_eq!(encoding, Encoding::Windows1252);
        assert_eq!(text, "key,title\nFOC-1,Prüfung für 5 €\n");
        let notice = encoding.notice("a.csv").unwrap();
        assert_eq!(notice.code, "text-encoding");
        assert_eq!(
            notice.message,
            "a.csv is not UTF-8: it was read as Windows-1252"
        );
    }

    #[test]
    fn one_broken_byte_among_right_letters_does_not_change_the_others() {
        let bytes = ["äöü".as_bytes(), b"\xFF", "ß".as_bytes()].concat();
        let (encoding, text) = decoded(&bytes);
        assert_eq!(encoding, Encoding::Utf8Broken(1));
        assert_eq!(text, "äöü\u{FFFD}ß");
        assert_eq!(encoding.notice("a").unwrap().code, "text-broken");
    }

    #[test]
    fn a_nul_in_a_table_is_no_utf_16() {
        let (encoding, text) = decoded(b"key,title\nFOC-1,a\0b\n");
        assert_eq!(encoding, Encoding::Utf8);
        assert_eq!(text, "key,title\nFOC-1,a\0b\n");
    }

    #[test]
    fn letters_on_the_border_of_chunks_are_whole() {
        for shift in 0..4 {
            let text = format!("{}{}", "a".repeat(shift), "€".repeat(CHUNK));
            assert_eq!(decoded(text.as_bytes()), (Encoding::Utf8, text.clone()));
            let wide = [vec![0xFF, 0xFE], little_ended(&"𝄞".repeat(CHUNK))].concat();
            assert_eq!(decoded(&wide).1, "𝄞".repeat(CHUNK));
            let start = head_of(text.as_bytes());
            assert!(text.starts_with(&start) && start.len() > HEAD - 4);
        }
    }

    /// Gives one byte at a time, and is interrupted before each.
    struct Slow(Cursor<Vec<u8>>, bool);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            let one = buffer.len().min(1);
            self.0.read(&mut buffer[..one])
        }
    }

    impl io::Seek for Slow {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn how_the_bytes_arrive_changes_nothing() {
        let mut input = Slow(Cursor::new(TABLE.as_bytes().to_vec()), false);
        assert_eq!(encoding(&mut input).unwrap(), Encoding::Utf8);
        let mut text = Text::new(&mut input, Encoding::Utf8).unwrap();
        let mut all = String::new();
        text.read_to_string(&mut all).unwrap();
        assert_eq!(all, TABLE);
    }

    proptest! {
        #[test]
        fn any_bytes_become_text(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let (encoding, text) = decoded(&bytes);
            if let Ok(right) = std::str::from_utf8(&bytes)
                && encoding == Encoding::Utf8
            {
                prop_assert_eq!(right.trim_start_matches('\u{FEFF}'), text.trim_start_matches('\u{FEFF}'));
            }
            let _ = head_of(&bytes);
        }

        #[test]
        fn any_text_comes_back_from_utf_16(text in "\\PC{0,200}") {
            let bytes = [vec![0xFE, 0xFF], big_ended(&text)].concat();
            prop_assert_eq!(decoded(&bytes).1, text);
        }
    }
}
