//! The grammar of a line, read without building values: texts are borrowed where they hold no escape,
//! values that nobody asks for are passed over. `line` says what the fields mean; whether a line that
//! cannot be read is JSON at all is asked of the strict reader.

use std::borrow::Cow;

use chrono::DateTime;

use super::telling::micros;

/// What stands in the way of reading on.
#[derive(Debug, PartialEq)]
pub(super) enum Odd {
    /// Something else stands here than belongs here.
    Shape,
    /// Why it makes no sense.
    Reason(String),
    /// The line is of a newer version.
    Newer(u64),
}

/// A place in a text.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'l> {
    text: &'l str,
    at: usize,
}

/// Events as they are written when they are a status and nothing else.
const AT: &[u8] = b"{\"at\":\"";
const STATUS: &[u8] = b"\",\"status\":\"";
const END: &[u8] = b"\"}";

impl<'l> Cursor<'l> {
    /// At the beginning of a text.
    pub(super) fn new(text: &'l str) -> Self {
        Self { text, at: 0 }
    }

    /// Bytes read so far.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn bytes(&self) -> &'l [u8] {
        self.text.as_bytes()
    }

    fn rest(&self) -> &'l [u8] {
        self.bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Passes a sign if it comes next.
    fn takes(&mut self, sign: u8) -> bool {
        self.skip_space();
        let is_there = self.peek() == Some(sign);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, sign: u8) -> Result<(), Odd> {
        self.takes(sign).then_some(()).ok_or(Odd::Shape)
    }

    fn takes_word(&mut self, word: &[u8]) -> bool {
        self.skip_space();
        let is_there = self.rest().starts_with(word);
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    /// Nothing may follow.
    pub(super) fn end(&mut self) -> Result<(), Odd> {
        self.skip_space();
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(Odd::Shape)
        }
    }

    /// The next key of an object, with its colon passed; `None` behind the last one.
    pub(super) fn next_key(&mut self, is_first: &mut bool) -> Result<Option<Cow<'l, str>>, Odd> {
        if *is_first {
            self.expect(b'{')?;
            if self.takes(b'}') {
                return Ok(None);
            }
        } else if self.takes(b'}') {
            return Ok(None);
        } else {
            self.expect(b',')?;
        }
        *is_first = false;
        let key = self.text()?;
        self.expect(b':')?;
        Ok(Some(key))
    }

    /// Every item of a list.
    pub(super) fn each_item(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), Odd>,
    ) -> Result<(), Odd> {
        self.expect(b'[')?;
        if self.takes(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.takes(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Whether a text comes next.
    pub(super) fn is_text(&mut self) -> bool {
        self.skip_space();
        self.peek() == Some(b'"')
    }

    /// A text.
    pub(super) fn text(&mut self) -> Result<Cow<'l, str>, Odd> {
        self.expect(b'"')?;
        let begin = self.at;
        let rest = self.rest();
        let sign = memchr::memchr2(b'"', b'\\', rest).ok_or(Odd::Shape)?;
        if rest.get(sign) == Some(&b'"') {
            self.at += sign + 1;
            let text = self.text.get(begin..begin + sign).ok_or(Odd::Shape)?;
            return Ok(Cow::Borrowed(text));
        }
        // With an escape: serde_json knows them all.
        self.at += sign;
        self.pass_text_end()?;
        let quoted = self.text.get(begin - 1..self.at).ok_or(Odd::Shape)?;
        let text: String = serde_json::from_str(quoted).map_err(|_| Odd::Shape)?;
        Ok(Cow::Owned(text))
    }

    /// Passes the rest of a text, to behind its quote.
    fn pass_text_end(&mut self) -> Result<(), Odd> {
        loop {
            let rest = self.rest();
            let sign = memchr::memchr2(b'"', b'\\', rest).ok_or(Odd::Shape)?;
            self.at += sign + 1;
            if rest.get(sign) == Some(&b'"') {
                return Ok(());
            }
            self.at += 1;
        }
    }

    /// A number.
    pub(super) fn number(&mut self) -> Result<f64, Odd> {
        self.skip_space();
        let is_part = |sign: &&u8| matches!(sign, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = self.rest().iter().take_while(is_part).count();
        let digits = self.text.get(self.at..self.at + length);
        let number = digits.and_then(|digits| serde_json::from_str::<f64>(digits).ok());
        self.at += length;
        number.filter(|number| number.is_finite()).ok_or(Odd::Shape)
    }

    /// `true` or `false`.
    pub(super) fn truth(&mut self) -> Result<bool, Odd> {
        if self.takes_word(b"true") {
            Ok(true)
        } else if self.takes_word(b"false") {
            Ok(false)
        } else {
            Err(Odd::Shape)
        }
    }

    /// Passes `null` if it comes next.
    pub(super) fn null(&mut self) -> bool {
        self.takes_word(b"null")
    }

    /// An instant.
    pub(super) fn instant(&mut self) -> Result<i64, Odd> {
        let text = self.text()?;
        canonical_instant(text.as_bytes())
            .or_else(|| micros(DateTime::parse_from_rfc3339(&text).ok()?.to_utc()))
            .ok_or_else(|| Odd::Reason(format!("`{text}` is no instant")))
    }

    /// An event that is a status and nothing else, in the form in which it is written; the cursor
    /// stays where it is before anything else.
    pub(super) fn plain_status(&mut self) -> Option<(i64, &'l str)> {
        let rest = self.rest().strip_prefix(AT)?;
        // The shorter form first: most trackers tell seconds.
        let length = match rest.get(19)? {
            b'Z' => 20,
            b'.' => 24,
            _ => return None,
        };
        let at = canonical_instant(rest.get(..length)?)?;
        let name = rest.get(length..)?.strip_prefix(STATUS)?;
        let end = memchr::memchr2(b'"', b'\\', name)?;
        if !name.get(end..)?.starts_with(END) {
            return None;
        }
        let begin = self.at + AT.len() + length + STATUS.len();
        let name = self.text.get(begin..begin + end)?;
        self.at = begin + end + END.len();
        Some((at, name))
    }

    /// Passes a value; a cursor over it alone is returned.
    pub(super) fn value(&mut self) -> Result<Self, Odd> {
        self.skip_space();
        let begin = self.at;
        match self.peek().ok_or(Odd::Shape)? {
            b'"' => {
                self.at += 1;
                self.pass_text_end()?;
            }
            b'{' | b'[' => self.pass_nested()?,
            _ => {
                let is_part = |sign: &&u8| !matches!(sign, b',' | b'}' | b']' | b' ' | b'\t');
                self.at += self.rest().iter().take_while(is_part).count();
            }
        }
        let text = self
            .text
            .get(begin..self.at)
            .filter(|text| !text.is_empty());
        Ok(Self::new(text.ok_or(Odd::Shape)?))
    }

    /// Passes an object or a list.
    fn pass_nested(&mut self) -> Result<(), Odd> {
        let mut depth = 0_usize;
        loop {
            match self.peek().ok_or(Odd::Shape)? {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b'"' => {
                    self.at += 1;
                    self.pass_text_end()?;
                    continue;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// `2026-03-02T09:00:00Z`, or with three digits of a second, in microseconds.
pub(super) fn canonical_instant(text: &[u8]) -> Option<i64> {
    let text: &[u8; 20] = match text {
        [head @ .., dot, a, b, c, b'Z'] if *dot == b'.' && text.len() == 24 => {
            let mut whole = [b'Z'; 20];
            whole.get_mut(..19)?.copy_from_slice(head);
            let milli = i64::from(digits(&[*a, *b, *c])?);
            return Some(canonical_instant(&whole)? + milli * 1_000);
        }
        _ => text.try_into().ok()?,
    };
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', rest @ ..] = text else {
        return None;
    };
    let [h0, h1, b':', n0, n1, b':', s0, s1, b'Z'] = rest else {
        return None;
    };
    let year = i64::from(digits(&[*y0, *y1, *y2, *y3])?);
    let (month, day) = (
        i64::from(digits(&[*m0, *m1])?),
        i64::from(digits(&[*d0, *d1])?),
    );
    let (hour, minute) = (
        i64::from(digits(&[*h0, *h1])?),
        i64::from(digits(&[*n0, *n1])?),
    );
    let second = i64::from(digits(&[*s0, *s1])?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return None,
    };
    if day < 1 || day > longest || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(seconds * 1_000_000)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; years begin in March, so that the day
/// that comes every four years is the last one.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn digits(text: &[u8]) -> Option<u32> {
    let mut number = 0;
    for digit in text {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = number * 10 + u32::from(digit);
    }
    Some(number)
}
