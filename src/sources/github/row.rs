//! What rows of all kinds are made of: times, commit ids, texts. All of it may be null, and a row that
//! lacks what it needs is `Unreadable`, never a guess. `rows` takes them out of a body.

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::value::RawValue;

use crate::model::{CommitId, instant_from_epoch};

/// Texts are kept up to this many characters.
const LONGEST_TEXT: usize = 1_000;

/// A row that is not what its kind looks like, or lacks what it cannot be without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

impl From<serde_json::Error> for Unreadable {
    // What serde says may quote the row, and rows name people.
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// Reads a time with an offset, to the second. Null, an empty text and the year 1 (the zero of Go, in
/// which `gh` and parts of GitHub are written) are none.
pub(super) fn time<'de, D: Deserializer<'de>>(json: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(json)? else {
        return Ok(None);
    };
    if text.is_empty() {
        return Ok(None);
    }
    let instant = DateTime::parse_from_rfc3339(&text)
        .or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%#z"))
        .map_err(|_| D::Error::custom("not a time"))?
        .to_utc();
    match instant.year() {
        ..=1 => Ok(None),
        2..=9999 => Ok(Some(instant_from_epoch(instant.timestamp()))),
        _ => Err(D::Error::custom("not a time of this calendar")),
    }
}

/// The date of a commit: others make it up, so one that cannot be read is none, and harms no row.
pub(super) fn date(json: Option<&RawValue>) -> Option<DateTime<Utc>> {
    let mut json = serde_json::Deserializer::from_str(json?.get());
    time(&mut json).ok().flatten()
}

/// A SHA-1 of 40 digits. Ids of other lengths and the id of all zeros name no commit.
pub(super) fn commit_id(text: Option<&str>) -> Option<CommitId> {
    text?.parse().ok().filter(|id: &CommitId| id.0 != [0; 20])
}

/// A text, empty where there is none, cut where it is longer than anybody writes.
pub(super) fn text(text: Option<String>) -> String {
    let mut text = text.unwrap_or_default();
    if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "time")]
        at: Option<DateTime<Utc>>,
    }

    fn read(json: &str) -> Result<Option<i64>, Unreadable> {
        let row: Row = serde_json::from_str(json)?;
        Ok(row.at.map(|at| at.timestamp()))
    }

    #[test]
    fn times_are_read_with_offsets_and_fractions() {
        // 2020-01-20 17:42:40 UTC is 1,579,542,160 seconds after 1970 (date -u -d … +%s).
        for text in [
            "2020-01-20T17:42:40Z",
            "2020-01-20T09:42:40.000-08:00",
            "2020-01-20T17:42:40.999999Z",
            "2020-01-20T18:42:40+0100",
        ] {
            assert_eq!(
                read(&format!(r#"{{"at":"{text}"}}"#)),
                Ok(Some(1_579_542_160)),
                "{text}"
            );
        }
    }

    #[test]
    fn null_the_empty_text_and_the_year_1_are_no_time() {
        for json in [
            "{}",
            r#"{"at":null}"#,
            r#"{"at":""}"#,
            r#"{"at":"0001-01-01T00:00:00Z"}"#,
            r#"{"at":"0001-01-01T00:00:00+05:00"}"#,
        ] {
            assert_eq!(read(json), Ok(None), "{json}");
        }
    }

    #[test]
    fn what_only_looks_like_a_time_makes_a_row_unreadable() {
        for json in [
            r#"{"at":"yesterday"}"#,
            r#"{"at":"2020-01-20T17:42:40"}"#,
            r#"{"at":"2020-13-20T17:42:40Z"}"#,
            r#"{"at":"9999-12-31T23:59:59-12:00"}"#,
            r#"{"at":1579542160}"#,
            r#"{"at":{}}"#,
        ] {
            assert_eq!(read(json), Err(Unreadable), "{json}");
        }
    }

    #[test]
    fn only_forty_digits_that_are_not_all_zero_name_a_commit() {
        let id = "ABCDEF0123456789abcdef0123456789abcdef01";
        assert_eq!(commit_id(Some(id)).unwrap().to_string(), id.to_lowercase());
        for text in [
            "",
            "abcdef0",
            &"0".repeat(40),
            &"a".repeat(64),
            &"g".repeat(40),
        ] {
            assert_eq!(commit_id(Some(text)), None, "{text}");
        }
        assert_eq!(commit_id(None), None);
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(text(None), "");
        assert_eq!(text(Some("ä".repeat(1_001))), "ä".repeat(1_000));
        assert_eq!(text(Some("a".repeat(1_000))), "a".repeat(1_000));
    }
}
