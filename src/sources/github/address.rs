//! Addresses below the root of GitHub's API. Foreign text in them is percent-encoded, and a name that
//! would climb out of its place makes no address. Every kind builds its questions with this.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::model::github::GithubRepository;
use crate::model::instant_from_epoch;

/// Names of commits are at most this long, in bytes.
const LONGEST_REFERENCE: usize = 1_024;

/// `repos/{owner}/{name}`.
pub(super) fn repository(repo: &GithubRepository) -> String {
    format!("repos/{}/{}", encoded(&repo.owner), encoded(&repo.name))
}

/// A text as one part of a path or of a query.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The name of a commit (`tags/v1.0`, `feature/x`, an id) as the rest of a path. `None` when it can be
/// no name in git and, with an empty part or dots, would lead to another place.
pub(super) fn reference(text: &str) -> Option<String> {
    let is_plain = |part: &str| !part.is_empty() && part != ".";
    let is_sound = text.len() <= LONGEST_REFERENCE && !text.contains("..");
    if !is_sound || !text.split('/').all(is_plain) {
        return None;
    }
    let parts: Vec<String> = text.split('/').map(encoded).collect();
    Some(parts.join("/"))
}

/// An instant as GitHub's searches take it: in UTC, to the second.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    instant_from_epoch(at.timestamp()).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The place of an answer for a message: its address without the query.
pub(super) fn place(at: &str) -> &str {
    at.split(['?', '#']).next().unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_percent_encoded_byte_by_byte() {
        assert_eq!(encoded("sev1"), "sev1");
        assert_eq!(
            encoded("a b&c=d#e?f/g%h+i:j"),
            "a%20b%26c%3Dd%23e%3Ff%2Fg%25h%2Bi%3Aj"
        );
        assert_eq!(encoded("ä→"), "%C3%A4%E2%86%92");
        assert_eq!(encoded("-._~"), "-._~");
    }

    #[test]
    fn references_keep_their_slashes() {
        assert_eq!(reference("tags/v1.0").as_deref(), Some("tags/v1.0"));
        assert_eq!(reference("feature/a#b").as_deref(), Some("feature/a%23b"));
        assert_eq!(reference("a?x=1").as_deref(), Some("a%3Fx%3D1"));
        assert_eq!(reference(".hidden").as_deref(), Some(".hidden"));
    }

    #[test]
    fn names_that_would_climb_out_make_no_address() {
        for text in [
            "",
            "/",
            "a//b",
            "/a",
            "a/",
            ".",
            "a/./b",
            "..",
            "../../user",
            "a..b",
            "a...b",
        ] {
            assert_eq!(reference(text), None, "{text}");
        }
        assert_eq!(reference(&"a".repeat(1_025)), None);
    }

    #[test]
    fn instants_are_written_in_utc_to_the_second() {
        let at = DateTime::parse_from_rfc3339("2026-03-01T12:00:00.750+02:00").unwrap();
        assert_eq!(instant(at.to_utc()), "2026-03-01T10:00:00Z");
        assert_eq!(instant(DateTime::<Utc>::MAX_UTC), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn a_place_has_no_query() {
        assert_eq!(place("repos/a/b/labels?per_page=100"), "repos/a/b/labels");
        assert_eq!(place("repos/a/b"), "repos/a/b");
    }
}
