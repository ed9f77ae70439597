//! Version numbers that can be compared: `1.2.3`, `v2024.01`, `7.1.0.rc1`. `sources::release_tags`
//! reads them in tag names; the rule `rollback` compares them where no commit is known (spec 2.6).

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// More numeric parts than any project uses; beyond it a text is no version number.
const MOST_PARTS: usize = 8;

/// Words that mark a pre-release even without a hyphen (`1.2.3rc1`, `7.1.0.beta2`).
const PRE_RELEASE_WORDS: [&str; 14] = [
    "a",
    "alpha",
    "b",
    "beta",
    "c",
    "cr",
    "dev",
    "ea",
    "m",
    "milestone",
    "pre",
    "preview",
    "rc",
    "snapshot",
];

/// Words that mark the release itself (`6.4.0.Final`).
const RELEASE_WORDS: [&str; 3] = ["final", "ga", "release"];

/// Words before a number that comes after the release (`1.2.3.post1`).
const POST_RELEASE_WORDS: [&str; 2] = ["post", "sp"];

/// A version number with at least two numeric parts. Missing parts count as zero (`1.2` equals
/// `1.2.0`), a pre-release is lower than its release, and build metadata is ignored.
#[derive(Debug, Clone)]
pub struct VersionNumber {
    /// As written, so that `1.2.0` can be told to be more specific than `1.2`.
    parts: Vec<u64>,
    pre_release: Option<Vec<Identifier>>,
}

/// One piece of a pre-release suffix; numbers are lower than words, as in semantic versioning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Identifier {
    Number(u64),
    Word(String),
}

impl VersionNumber {
    /// Reads a text that is nothing but a version number, with or without a leading `v`.
    ///
    /// ```
    /// use dora::model::VersionNumber;
    /// let candidate = VersionNumber::read("v1.10.0-rc2").unwrap();
    /// assert!(candidate > VersionNumber::read("1.9.3").unwrap());
    /// assert!(candidate < VersionNumber::read("1.10").unwrap());
    /// assert!(VersionNumber::read("v1").is_none());
    /// ```
    pub fn read(text: &str) -> Option<Self> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (mut parts, rest) = numeric_parts(text)?;
        if parts.len() < 2 {
            return None;
        }
        let suffix = rest.split_once('+').map_or(rest, |(suffix, _build)| suffix);
        let pre_release = if suffix.is_empty() {
            None
        } else {
            match read_suffix(suffix)? {
                Suffix::Release => None,
                Suffix::PostRelease(number) => {
                    parts.push(number);
                    None
                }
                Suffix::PreRelease(identifiers) => Some(identifiers),
            }
        };
        (parts.len() <= MOST_PARTS).then_some(Self { parts, pre_release })
    }

    /// Whether it comes before the release of the same number.
    pub fn is_pre_release(&self) -> bool {
        self.pre_release.is_some()
    }

    /// The line it continues: `major.minor`.
    pub fn line(&self) -> String {
        format!("{}.{}", self.part(0), self.part(1))
    }

    /// How many numeric parts were written: `1.2.0` is more specific than `1.2`.
    pub fn specificity(&self) -> usize {
        self.parts.len()
    }

    fn part(&self, index: usize) -> u64 {
        self.parts.get(index).copied().unwrap_or(0)
    }

    /// The numeric parts without trailing zeros: what equality rests on.
    fn significant_parts(&self) -> &[u64] {
        let length = self
            .parts
            .iter()
            .rposition(|&part| part != 0)
            .map_or(0, |last| last + 1);
        self.parts.get(..length).unwrap_or_default()
    }
}

impl Ord for VersionNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        self.significant_parts()
            .cmp(other.significant_parts())
            .then_with(|| match (&self.pre_release, &other.pre_release) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(own), Some(theirs)) => own.cmp(theirs),
            })
    }
}

impl PartialOrd for VersionNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for VersionNumber {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for VersionNumber {}

impl Hash for VersionNumber {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.significant_parts().hash(state);
        self.pre_release.hash(state);
    }
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.parts.iter().enumerate() {
            write!(f, "{}{part}", if index == 0 { "" } else { "." })?;
        }
        for (index, identifier) in self.pre_release.iter().flatten().enumerate() {
            f.write_str(if index == 0 { "-" } else { "." })?;
            match identifier {
                Identifier::Number(number) => write!(f, "{number}")?,
                Identifier::Word(word) => f.write_str(word)?,
            }
        }
        Ok(())
    }
}

/// The dotted numbers at the start of a text, and what follows them.
fn numeric_parts(text: &str) -> Option<(Vec<u64>, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (digits, after) = split_digits(rest);
        parts.push(digits.parse().ok()?);
        if parts.len() > MOST_PARTS {
            return None;
        }
        match after.strip_prefix('.') {
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
            _ => return Some((parts, after)),
        }
    }
}

/// The ASCII digits at the start of a text, and the rest.
fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// What stands behind the numeric parts.
enum Suffix {
    Release,
    PostRelease(u64),
    PreRelease(Vec<Identifier>),
}

fn read_suffix(suffix: &str) -> Option<Suffix> {
    let is_hyphen = suffix.starts_with('-');
    let text = suffix
        .strip_prefix(['-', '.', '_'])
        .unwrap_or(suffix)
        .to_ascii_lowercase();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~');
    if text.is_empty() || !text.chars().all(allowed) {
        return None;
    }
    if RELEASE_WORDS.contains(&text.as_str()) && text.len() < suffix.len() {
        return Some(Suffix::Release);
    }
    let word_end = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, after) = text.split_at(word_end);
    if POST_RELEASE_WORDS.contains(&word) {
        let digits = after.trim_start_matches('.');
        return if digits.is_empty() {
            Some(Suffix::PostRelease(0))
        } else {
            digits.parse().ok().map(Suffix::PostRelease)
        };
    }
    (is_hyphen || PRE_RELEASE_WORDS.contains(&word)).then(|| Suffix::PreRelease(identifiers(&text)))
}

/// Splits `rc.1`, `rc1` and `rc-1` alike, so that `rc10` follows `rc9`.
fn identifiers(text: &str) -> Vec<Identifier> {
    let mut identifiers = Vec::new();
    // A commit id says nothing about the order: two builds of one number must not look like a
    // step forward or back.
    for piece in text
        .split(['.', '-', '_', '~'])
        .filter(|piece| !is_commit_like(piece))
    {
        let mut rest = piece;
        while !rest.is_empty() {
            let (digits, after) = split_digits(rest);
            if digits.is_empty() {
                let end = rest
                    .find(|c: char| c.is_ascii_digit())
                    .unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                identifiers.push(Identifier::Word(word.to_owned()));
                rest = after;
            } else {
                identifiers.push(digits.parse().map_or_else(
                    |_too_large| Identifier::Word(digits.to_owned()),
                    Identifier::Number,
                ));
                rest = after;
            }
        }
    }
    identifiers
}

/// Whether a piece is a commit id: 7 to 40 hex digits, letters and numbers among them, perhaps
/// with the `g` of `git describe`.
fn is_commit_like(piece: &str) -> bool {
    let hex = piece.strip_prefix('g').unwrap_or(piece);
    (7..=40).contains(&hex.len())
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        && hex.bytes().any(|byte| byte.is_ascii_digit())
        && (hex.len() < piece.len() || hex.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> VersionNumber {
        VersionNumber::read(text).unwrap_or_else(|| panic!("{text} is a version number"))
    }

    #[test]
    fn versions_are_ordered_by_number_and_then_by_pre_release() {
        let ascending = [
            "0.9",
            "1.2.3-alpha",
            "1.2.3-alpha.1",
            "1.2.3-beta2",
            "1.2.3.rc1",
            "1.2.3-rc2",
            "1.2.3rc10",
            "v1.2.3",
            "1.2.3.post1",
            "1.2.3.4",
            "1.2.4",
            "1.10.0",
            "2024.01-rc3",
            "v2024.01",
        ];
        for pair in ascending.windows(2) {
            assert!(
                number(pair[0]) < number(pair[1]),
                "{} < {}",
                pair[0],
                pair[1]
            );
            assert!(
                number(pair[1]) > number(pair[0]),
                "{} > {}",
                pair[1],
                pair[0]
            );
        }
    }

    #[test]
    fn the_same_number_written_differently_is_equal() {
        for (one, other) in [
            ("1.2", "1.2.0"),
            ("v1.2.3", "1.2.3"),
            ("1.2.3+build.7", "1.2.3"),
            ("6.4.0.Final", "6.4.0"),
            ("2.1.0.RELEASE", "2.1"),
            ("5.0.0-GA", "5.0.0"),
            ("1.0.0-rc1", "1.0.0.RC.1"),
            ("0.0", "0.0.0"),
        ] {
            assert_eq!(number(one), number(other), "{one} = {other}");
        }
    }

    #[test]
    fn builds_of_one_number_are_not_ordered_by_their_commit_ids() {
        assert_eq!(number("1.0.0-3f2a1bc"), number("1.0.0-1a2b3c4"));
        assert!(number("1.0.0-14-gdeadb33f") < number("1.0.0-15-g0000001"));
        assert!(number("1.0.0-3f2a1bc").is_pre_release());
    }

    #[test]
    fn texts_that_are_no_version_numbers_are_refused() {
        for text in [
            "",
            "v",
            "v1",
            "42",
            "1234567",
            "latest",
            "1.x",
            "1.2.",
            "1..2",
            ".1.2",
            "1.0.2k",
            "1.2.3 beta",
            "1.2.3-",
            "1.2.3-é",
            "1.2.3final",
            "vv1.2",
            "1.2.3.4.5.6.7.8.9",
            "99999999999999999999.1",
            "2024-01-15",
            "１.２.３",
        ] {
            assert_eq!(VersionNumber::read(text), None, "{text}");
        }
    }

    #[test]
    fn the_line_is_major_and_minor() {
        assert_eq!(number("v7.1.0.rc1").line(), "7.1");
        assert_eq!(number("2024.01").line(), "2024.1");
    }

    #[test]
    fn a_version_number_is_shown_without_its_ornaments() {
        assert_eq!(number("v7.1.0.rc1+build").to_string(), "7.1.0-rc.1");
        assert_eq!(number("1.2.0").to_string(), "1.2.0");
    }
}
