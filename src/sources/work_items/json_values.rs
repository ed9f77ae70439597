//! Single values of JSON exports, whatever type a server or a script gave them: an id that is a number
//! here and a text there, a time as text or in milliseconds, a member that is null. None of them harms
//! the row it is in. `json_rows` finds the rows.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::dates;

/// A value without members.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Scalar<'a> {
    /// Null, missing, an object or a list.
    #[default]
    Nothing,
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number.
    Whole(i64),
    /// Any other number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

impl Scalar<'_> {
    /// As a text: ids may be numbers. `None` for an empty one.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text.trim())).filter(|text| !text.is_empty()),
            Self::Whole(number) => Some(Cow::Owned(number.to_string())),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Nothing | Self::Flag(_) => None,
        }
    }

    /// As a text as it was written, empty where there is none.
    pub(super) fn written(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// As a number: some servers write them as texts.
    pub(super) fn number(&self) -> Option<f64> {
        let number = match self {
            #[expect(clippy::cast_precision_loss, reason = "values are small")]
            Self::Whole(number) => *number as f64,
            Self::Number(number) => *number,
            Self::Text(text) => text.trim().parse().ok()?,
            Self::Nothing | Self::Flag(_) => return None,
        };
        number.is_finite().then_some(number)
    }

    /// As a whole number that counts something.
    pub(super) fn count(&self) -> Option<u64> {
        match self {
            Self::Whole(number) => u64::try_from(*number).ok(),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// As yes or no, in the words that trackers use for them.
    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Text(text) => match text.trim() {
                yes if yes.eq_ignore_ascii_case("yes") || yes.eq_ignore_ascii_case("true") => {
                    Some(true)
                }
                no if no.eq_ignore_ascii_case("no") || no.eq_ignore_ascii_case("false") => {
                    Some(false)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// As an instant: with an offset, or of `zone`, or milliseconds since 1970. Years in which no work
    /// is done (0001, 9999) are none.
    pub(super) fn instant(&self, zone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Self::Text(text) => {
                usual_instant(text.as_bytes()).or_else(|| dates::instant(text, zone))
            }
            Self::Whole(number) => dates::epoch(*number),
            _ => None,
        }
    }
}

/// `2026-03-02T09:00:00.000+0100` and what differs from it in fraction and offset only: almost every
/// time of every export, and a million of them in a large one. The rest is `dates`' business.
fn usual_instant(text: &[u8]) -> Option<DateTime<Utc>> {
    let digits = |from: usize, to: usize| {
        text.get(from..to)?.iter().try_fold(0_u32, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if signs.iter().any(|&(at, sign)| text.get(at) != Some(&sign)) {
        return None;
    }
    let year = i32::try_from(digits(0, 4)?).ok()?;
    if !(1970..=2199).contains(&year) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year, digits(5, 7)?, digits(8, 10)?)?;
    let mut at = 19;
    let mut nanoseconds = 0;
    if text.get(at) == Some(&b'.') {
        at += 1;
        let fraction = text.get(at..)?;
        let length = fraction
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if !(1..=9).contains(&length) {
            return None;
        }
        let missing = u32::try_from(9 - length).ok()?;
        nanoseconds = digits(at, at + length)? * 10_u32.pow(missing);
        at += length;
    }
    let local = date.and_hms_nano_opt(
        digits(11, 13)?,
        digits(14, 16)?,
        digits(17, 19)?,
        nanoseconds,
    )?;
    let sign = match text.get(at)? {
        b'Z' if text.len() == at + 1 => return Some(local.and_utc()),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let minute = match text.len().checked_sub(at)? {
        5 => at + 3,
        6 if text.get(at + 3) == Some(&b':') => at + 4,
        _ => return None,
    };
    let (hours, minutes) = (digits(at + 1, at + 3)?, digits(minute, minute + 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = TimeDelta::minutes(sign * i64::from(hours * 60 + minutes));
    Some((local - offset).and_utc())
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "it does not fit otherwise")]
        Ok(i64::try_from(number).map_or(Scalar::Number(number as f64), Scalar::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }
}

/// A list that may be null or missing.
pub(super) fn list<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    json: D,
) -> Result<Vec<T>, D::Error> {
    Option::<Vec<T>>::deserialize(json).map(Option::unwrap_or_default)
}

/// A list that may be null or missing, of objects. What stands between them and is none is an empty one,
/// so that it harms no other.
pub(super) fn objects<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
    json: D,
) -> Result<Vec<T>, D::Error> {
    let list = Option::<Vec<Lenient<T>>>::deserialize(json)?.unwrap_or_default();
    Ok(list.into_iter().map(|Lenient(object)| object).collect())
}

struct Lenient<T>(T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(LenientVisitor(PhantomData))
    }
}

struct LenientVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for LenientVisitor<T> {
    type Value = Lenient<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Lenient)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Lenient(T::default()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Lenient(T::default()))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Lenient(T::default()))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Lenient(T::default()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Lenient(T::default()))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Lenient(T::default()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Lenient(T::default()))
    }
}

/// An object that may be null or missing.
pub(super) fn object<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(
    json: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(json).map(Option::unwrap_or_default)
}

/// Why serde cannot read a row, without quoting it: rows name people.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let place = format!("line {} of it, column {}", error.line(), error.column());
    let said = error.to_string();
    if said.starts_with("recursion limit") {
        return format!("nested too deep ({place})");
    }
    if error.is_data() {
        // `missing field` and `duplicate field` name fields of ours.
        let field = said.split('`').nth(1).filter(|_| said.contains(" field `"));
        return match field {
            Some(field) if said.starts_with("missing") => format!("it has no `{field}`"),
            Some(field) => format!("`{field}` cannot be read ({place})"),
            None => format!("a member is not what it should be ({place})"),
        };
    }
    format!("no JSON ({place})")
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;

    use super::*;

    fn scalar(json: &str) -> Scalar<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn times_are_read_with_every_offset_fraction_and_in_milliseconds() {
        // 2026-03-02 09:00 UTC is 1,772,442,000 seconds after 1970 (date -u -d … +%s).
        for json in [
            "\"2026-03-02T09:00:00Z\"",
            "\"2026-03-02T10:00:00.000+0100\"",
            "\"2026-03-02T04:00:00.0-05:00\"",
            "\"2026-03-02T14:30:00.000000+0530\"",
            "\"2026-03-02T10:00:00\"",
            "1772442000000",
            "\"1772442000000\"",
        ] {
            let at = scalar(json).instant(Berlin).unwrap();
            assert_eq!(at.timestamp(), 1_772_442_000, "{json}");
            assert_eq!(at.timestamp_subsec_nanos(), 0, "{json}");
        }
        let at = scalar("\"2026-03-02T09:00:00.25Z\"")
            .instant(Berlin)
            .unwrap();
        assert_eq!(at.timestamp_millis(), 1_772_442_000_250);
    }

    #[test]
    fn what_is_no_time_of_work_is_none() {
        for json in [
            "null",
            "\"\"",
            "true",
            "{}",
            "[1]",
            "\"9999-01-01T00:00:00Z\"",
            "\"0001-01-01T00:00:00Z\"",
            "\"2026-02-30T00:00:00Z\"",
            "\"2026-03-02T25:00:00Z\"",
            "\"2026-03-02T10:00:00+9900\"",
            "\"2026-03-02T10:00:00.+0100\"",
            "\"T\"",
            "1e300",
            "\"2026-03-02T10:00:00.0000000000000000000000000000Zx\"",
        ] {
            assert_eq!(scalar(json).instant(Berlin), None, "{json}");
        }
    }

    #[test]
    fn values_are_what_is_asked_for_whatever_their_type() {
        assert_eq!(scalar("10001").text().as_deref(), Some("10001"));
        assert_eq!(scalar("\" FOC-1 \"").text().as_deref(), Some("FOC-1"));
        assert_eq!(scalar("\"\"").text(), None);
        assert_eq!(scalar("{\"a\":[{}]}"), Scalar::Nothing);
        assert_eq!(scalar("\"8.5\"").number(), Some(8.5));
        assert_eq!(scalar("8").number(), Some(8.0));
        assert_eq!(scalar("\"NaN\"").number(), None);
        assert_eq!(scalar("18446744073709551615").count(), None);
        assert_eq!(scalar("-1").count(), None);
        assert_eq!(scalar("\"Yes\"").flag(), Some(true));
        assert_eq!(scalar("false").flag(), Some(false));
        assert_eq!(scalar("\"maybe\"").flag(), None);
    }
}
