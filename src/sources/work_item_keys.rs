//! Which work items a commit message names: in its subject, in its trailers, in the names of the
//! branches that it merges (spec 6.4). What it only mentions names nothing. How keys are spelled is
//! `model::work_item_keys`; whose commits a merge's keys are, the ledger says. Messages are bytes in
//! no promised encoding.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

use super::commit_message::{branches_merged, subject};
use crate::model::work_item::Tracker;
use crate::model::work_item_keys::{plain_key, project_of, spellings};

/// Bytes that a compiled pattern may take.
const PATTERN_SIZE: usize = 1 << 20;
/// So many keys of one message count: more are a list of everything, not work on something.
const MOST_KEYS: usize = 50;
/// A key that no item has is at most so long.
const LONGEST_KEY: usize = 64;
/// A subject or trailer is looked at as far as this.
const LONGEST_LINE: usize = 4096;

/// Numbers with their signs. What stands before is looked at by [`Hit`].
const NUMBERS: &str = r"(?:AB#|GH-|#)[0-9]{1,10}";

/// Words that begin a trailer which names items, in lower case, with `-` for blanks.
const TRAILERS: [&str; 27] = [
    "ref",
    "refs",
    "references",
    "close",
    "closes",
    "closed",
    "fix",
    "fixes",
    "fixed",
    "resolve",
    "resolves",
    "resolved",
    "implement",
    "implements",
    "implemented",
    "part-of",
    "issue",
    "issues",
    "ticket",
    "tickets",
    "story",
    "task",
    "bug",
    "jira",
    "jira-issue",
    "work-item",
    "related-work-items",
];

/// Finds keys of imported items in commit messages.
#[derive(Debug, Clone)]
pub struct KeyFinder {
    pattern: Regex,
    /// Numbers with their signs, when items have such keys.
    numbers: Option<Regex>,
    /// Spellings of all imported keys.
    known: HashSet<String>,
    /// What stands before the digits of imported keys.
    projects: HashSet<String>,
}

/// A piece of a message that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'m> {
    /// Words of a person.
    Text(&'m [u8]),
    /// The name of a branch: there keys are also written in small letters.
    Branch(&'m str),
}

impl KeyFinder {
    /// A finder for these items: tracker and key, former keys included. `pattern` says what a key
    /// looks like (`flow.key_pattern`).
    ///
    /// # Errors
    /// When the pattern is none, or too large, in words.
    pub fn new<'k>(
        pattern: &str,
        items: impl IntoIterator<Item = (Tracker, &'k str)>,
    ) -> Result<Self, String> {
        let known: HashSet<String> = items
            .into_iter()
            .flat_map(|(tracker, key)| spellings(tracker, key))
            .collect();
        let projects = known.iter().map(|key| project_of(key).to_owned()).collect();
        let has_numbers = known.iter().any(|key| key.starts_with('#'));
        let numbers = has_numbers.then(|| compiled(NUMBERS)).transpose()?;
        Ok(Self {
            pattern: compiled(pattern)?,
            numbers,
            known,
            projects,
        })
    }

    /// The keys that a message names, as they are compared, in the order of the message: those of
    /// imported items, and those of their projects that belong to none.
    pub fn find(&self, message: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        let subject = subject(message);
        match branches_merged(message) {
            Some(merged) => {
                for branch in &merged.branches {
                    self.find_in(Piece::Branch(branch), &mut found);
                }
                if let Some(title) = merged.title {
                    self.find_in_subject(title, &mut found);
                }
            }
            None => self.find_in_subject(subject, &mut found),
        }
        for trailer in trailers(message, subject) {
            self.find_in(Piece::Text(trailer), &mut found);
        }
        found
    }

    /// Whether this word, in capitals, is the key of an imported item.
    pub fn knows(&self, word: &str) -> bool {
        self.known.contains(word)
    }

    /// A revert quotes the subject of what it takes back: that names nothing. Numbers in brackets at
    /// the end are pull requests.
    fn find_in_subject(&self, subject: &[u8], found: &mut Vec<String>) {
        let (before, after) = around_quoted(subject);
        for part in [before, after] {
            self.find_in(Piece::Text(without_pull_requests(part)), found);
        }
    }

    fn find_in(&self, piece: Piece<'_>, found: &mut Vec<String>) {
        let text = match piece {
            Piece::Text(text) => text,
            Piece::Branch(name) => name.as_bytes(),
        };
        let text = &text[..text.len().min(LONGEST_LINE)];
        for pattern in [Some(&self.pattern), self.numbers.as_ref()]
            .into_iter()
            .flatten()
        {
            for hit in hits(pattern, text) {
                if self.known.contains(&hit) || self.is_of_known_project(&hit) {
                    add(hit, found);
                }
            }
        }
        // What is written small may be any word: only what is known counts.
        if let Piece::Branch(name) = piece {
            let capital = name.to_ascii_uppercase();
            let capital = &capital.as_bytes()[..capital.len().min(LONGEST_LINE)];
            for hit in hits(&self.pattern, capital) {
                if self.known.contains(&hit) {
                    add(hit, found);
                }
            }
        }
    }

    /// A key of an imported project that no item has. A number without a project may be anything.
    fn is_of_known_project(&self, key: &str) -> bool {
        let project = project_of(key);
        key.len() <= LONGEST_KEY
            && project.starts_with(|it: char| it.is_alphabetic())
            && !matches!(project, "AB#" | "GH-")
            && self.projects.contains(project)
    }
}

/// Words that look like keys, whatever the pattern: capitals and digits, a hyphen, a number (in the name
/// of a branch small letters, too), or a number with its signs. For texts of which nothing else is to
/// be kept.
pub fn key_words(title: &str, branch: &str) -> Vec<String> {
    static WORDS: LazyLock<Option<Regex>> =
        LazyLock::new(|| compiled("(?:[A-Z][A-Z0-9]+-|AB#|#)[0-9]{1,10}").ok());
    let mut words = Vec::new();
    let Some(pattern) = WORDS.as_ref() else {
        return words;
    };
    let (before, after) = around_quoted(title.as_bytes());
    let branch = branch.to_ascii_uppercase();
    for text in [before, after, branch.as_bytes()] {
        let text = without_pull_requests(text);
        for hit in hits(pattern, &text[..text.len().min(LONGEST_LINE)]) {
            add(hit, &mut words);
        }
    }
    words
}

fn compiled(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(PATTERN_SIZE)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the key pattern is too large".to_owned(),
            error => error.to_string(),
        })
}

fn add(key: String, found: &mut Vec<String>) {
    if found.len() < MOST_KEYS && !found.contains(&key) {
        found.push(key);
    }
}

/// What matches as a word of its own.
fn hits<'t>(pattern: &'t Regex, text: &'t [u8]) -> impl Iterator<Item = String> + 't {
    pattern.find_iter(text).filter_map(|found| {
        let matched = found.as_bytes();
        let (first, last) = (*matched.first()?, *matched.last()?);
        let before = found.start().checked_sub(1).and_then(|at| text.get(at));
        let after = text.get(found.end());
        let glued = |a: Option<&u8>, b: u8| {
            b.is_ascii_alphanumeric() && a.is_some_and(u8::is_ascii_alphanumeric)
        };
        // `other/repo#12` and `&#12;` are something else.
        let is_of_another = first == b'#'
            && before.is_some_and(|it| {
                it.is_ascii_alphanumeric() || matches!(it, b'/' | b'-' | b'.' | b'_' | b'&')
            });
        let is_word = !glued(before, first) && !glued(after, last) && !is_of_another;
        is_word.then(|| plain_key(&String::from_utf8_lossy(matched)))
    })
}

/// What stands before and after the quoted part of `Revert "…"` and `Reapply "…"`.
fn around_quoted(subject: &[u8]) -> (&[u8], &[u8]) {
    for word in [&b"Revert \""[..], b"Reapply \""] {
        if let Some(start) = memchr::memmem::find(subject, word) {
            let quoted = start + word.len();
            let end = memchr::memrchr(b'"', subject).filter(|&end| end >= quoted);
            let after = end.map_or(&b""[..], |end| &subject[end + 1..]);
            return (&subject[..start], after);
        }
    }
    (subject, &[])
}

/// A subject without `(#12)`, once or several times, at its end.
fn without_pull_requests(subject: &[u8]) -> &[u8] {
    let mut rest = subject.trim_ascii_end();
    while let Some(inside) = rest.strip_suffix(b")") {
        let digits = inside
            .iter()
            .rev()
            .take_while(|it| it.is_ascii_digit())
            .count();
        let Some(before) = inside[..inside.len() - digits]
            .strip_suffix(b"(#")
            .filter(|_| digits > 0)
        else {
            break;
        };
        rest = before.trim_ascii_end();
    }
    rest
}

/// The values of trailers that name items: lines of the last paragraph, and of those before it as long
/// as these are trailers altogether (a squash puts `Co-authored-by` in one of its own).
fn trailers<'m>(message: &'m [u8], subject: &'m [u8]) -> Vec<&'m [u8]> {
    let mut values = Vec::new();
    let lines: Vec<&[u8]> = message
        .split(|&byte| byte == b'\n')
        .rev()
        .map(<[u8]>::trim_ascii)
        .skip_while(|line| line.is_empty())
        .collect();
    let mut is_last = true;
    for paragraph in lines.split(|line| line.is_empty()) {
        let is_first = paragraph
            .last()
            .is_some_and(|line| line.as_ptr() == subject.as_ptr());
        let is_all_trailers = paragraph.iter().all(|line| is_trailer(line));
        if is_first || !(is_last || is_all_trailers) {
            break;
        }
        values.extend(paragraph.iter().rev().filter_map(|line| value_of(line)));
        if !is_all_trailers {
            break;
        }
        is_last = false;
    }
    values
}

/// The word that begins a line, as trailers are compared, and the rest; the longest one that is known
/// where it is followed by a blank.
fn token(line: &[u8]) -> Option<(String, &[u8], bool)> {
    let end = memchr::memchr2(b':', b'#', &line[..line.len().min(64)]);
    let colon = end.filter(|&end| line[end] == b':');
    let plain = |word: &[u8]| {
        let word = String::from_utf8_lossy(word).trim().to_ascii_lowercase();
        word.replace(' ', "-")
    };
    if let Some(colon) = colon {
        return Some((plain(&line[..colon]), &line[colon + 1..], true));
    }
    let blank = memchr::memchr(b' ', line)?;
    Some((plain(&line[..blank]), &line[blank + 1..], false))
}

/// Whether a line is a trailer of any kind: `Some-Word: something`.
fn is_trailer(line: &[u8]) -> bool {
    let is_of_word = |it: &u8| it.is_ascii_alphanumeric() || *it == b'-';
    let word = &line[..memchr::memchr(b':', line).unwrap_or(0)];
    let is_word = word.len() < 40 && word.contains(&b'-') && word.iter().all(is_of_word);
    is_word || value_of(line).is_some() || line.starts_with(b"See merge request ")
}

/// What a trailer names, when it names items: everything after `Refs:`; after `Fixes` without a colon
/// what follows at once, for `Fix the page of FOC-1` is a sentence.
fn value_of(line: &[u8]) -> Option<&[u8]> {
    let (word, rest, has_colon) = token(line)?;
    if !TRAILERS.contains(&word.as_str()) {
        return None;
    }
    if has_colon {
        return Some(rest);
    }
    let is_separator = |word: &[u8]| {
        let plain = String::from_utf8_lossy(word).to_ascii_lowercase();
        matches!(word, b"and" | b"&" | b"+" | b",") || TRAILERS.contains(&plain.as_str())
    };
    let is_key = |word: &[u8]| word.iter().any(u8::is_ascii_digit);
    let mut end = 0;
    for part in rest.split_inclusive(|byte| *byte == b' ') {
        let bare = part.trim_ascii();
        if !is_separator(bare) && !is_key(bare) {
            break;
        }
        end += part.len();
    }
    (end > 0).then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::flow_settings::KEY_PATTERN;

    fn finder(keys: &[(Tracker, &str)]) -> KeyFinder {
        KeyFinder::new(KEY_PATTERN, keys.iter().copied()).unwrap()
    }

    fn shop() -> KeyFinder {
        finder(&[(Tracker::Jira, "SHOP-1"), (Tracker::Jira, "SHOP-12")])
    }

    fn numbered() -> KeyFinder {
        finder(&[(Tracker::Github, "#5"), (Tracker::Github, "#12")])
    }

    fn found(finder: &KeyFinder, message: &str) -> Vec<String> {
        finder.find(message.as_bytes())
    }

    #[test]
    fn a_key_anywhere_in_the_subject_names_its_item() {
        for subject in [
            "[SHOP-12] Take cards",
            "SHOP-12: take cards",
            "feat(pay): take cards (SHOP-12)",
            "feat: take cards SHOP-12",
            "修复SHOP-12登录",
            "SHOP-12_take_cards",
        ] {
            assert_eq!(found(&shop(), subject), ["SHOP-12"], "{subject}");
        }
        assert_eq!(
            found(&shop(), "SHOP-1, SHOP-12: both"),
            ["SHOP-1", "SHOP-12"]
        );
        assert_eq!(found(&shop(), "SHOP-1: SHOP-1 again"), ["SHOP-1"]);
    }

    #[test]
    fn words_that_look_like_keys_count_only_in_imported_projects() {
        for subject in [
            "fix: UTF-8 and SHA-256, CVE-2024-1",
            "shop-12: small letters",
            "XSHOP-12: another project",
            "aSHOP-12: glued",
            "SHOP-12b: glued",
            "SHOP-: nothing",
        ] {
            assert_eq!(found(&shop(), subject), [""; 0], "{subject}");
        }
        // The project is known and the item is not: worth telling.
        assert_eq!(found(&shop(), "SHOP-99: gone"), ["SHOP-99"]);
        let with_utf = finder(&[(Tracker::Jira, "UTF-1")]);
        assert_eq!(found(&with_utf, "fix: UTF-8"), ["UTF-8"]);
    }

    #[test]
    fn what_the_body_mentions_names_nothing_and_trailers_do() {
        let message = "feat: cards\n\nLike SHOP-1 did.\n\nRefs: SHOP-12\n";
        assert_eq!(found(&shop(), message), ["SHOP-12"]);
        for trailer in [
            "Closes: SHOP-12",
            "closes SHOP-12",
            "Fixes SHOP-12.",
            "Resolves: https://tracker.example/browse/SHOP-12",
            "Jira: SHOP-12",
            "Work-Item: SHOP-12",
            "Signed-off-by: A <a@example.test>\r\nRefs SHOP-12\r",
            "Refs: SHOP-12\n\nCo-authored-by: A <a@example.test>",
        ] {
            let message = format!("feat: cards\n\nSHOP-1 is told here.\n\n{trailer}\n\n");
            assert_eq!(found(&shop(), &message), ["SHOP-12"], "{trailer}");
        }
        for line in [
            "Fix the page that SHOP-12 broke",
            "See-also: SHOP-12",
            "Reviewed-by: SHOP-12 team",
            "It closes SHOP-12",
        ] {
            let message = format!("feat: cards\n\n{line}");
            assert_eq!(found(&shop(), &message), [""; 0], "{line}");
        }
        let two = "feat: cards\n\nFixes SHOP-1 and SHOP-12 for good, not SHOP-13";
        assert_eq!(found(&shop(), two), ["SHOP-1", "SHOP-12"]);
        let mixed = "feat: cards\n\nFixes SHOP-1, Closes SHOP-12, PR SHOP-13";
        assert_eq!(found(&shop(), mixed), ["SHOP-1", "SHOP-12"]);
        // The paragraph before the last counts only if it is made of trailers.
        let notes = "feat: cards\n\nRefs: SHOP-1\n\n[1] https://example.test/a-b";
        assert_eq!(found(&shop(), notes), [""; 0]);
        let early = "feat: cards\n\nRefs: SHOP-1\nand more words\n\nRefs: SHOP-12";
        assert_eq!(found(&shop(), early), ["SHOP-12"]);
    }

    #[test]
    fn a_merge_names_what_its_branches_name() {
        for subject in [
            "Merge branch 'SHOP-12-cards'",
            "Merge branch 'feature/shop-12-cards' into main",
            "Merge branch 'shop-12_cards'",
            "Merge pull request #5 from acme/feature/SHOP-12-cards",
            "Merge pull request #5 in ACME/shop from bugfix/shop-12 to main",
            "Merge remote-tracking branch 'origin/shop-12'",
            "Merged in feature/SHOP-12-cards (pull request #5)",
            "Merge branches 'shop-12' and 'tidy'",
        ] {
            assert_eq!(found(&shop(), subject), ["SHOP-12"], "{subject}");
        }
        // What was merged is main.
        let back = "Merge branch 'main' into SHOP-12-cards";
        assert_eq!(found(&shop(), back), [""; 0]);
        assert_eq!(found(&shop(), "Merge branch 'shop-99-x'"), [""; 0]);
        let titled =
            "Merge pull request #5 from acme/patch-1\n\nSHOP-12: take cards\n\nFor SHOP-1.";
        assert_eq!(found(&shop(), titled), ["SHOP-12"]);
        let gitlab = "Merge branch 'cards' into 'main'\n\nSHOP-12 take cards\n\n\
                      Closes SHOP-1\n\nSee merge request acme/shop!5";
        assert_eq!(found(&shop(), gitlab), ["SHOP-12", "SHOP-1"]);
    }

    #[test]
    fn a_revert_names_nothing_by_what_it_quotes() {
        let revert = "Revert \"SHOP-12: take cards\"\n\nThis reverts commit 1234567.";
        assert_eq!(found(&shop(), revert), [""; 0]);
        let reapply = "Reapply \"SHOP-12: take cards\"";
        assert_eq!(found(&shop(), reapply), [""; 0]);
        let named = "SHOP-1: Revert \"SHOP-12: take \"all\" cards\"";
        assert_eq!(found(&shop(), named), ["SHOP-1"]);
    }

    #[test]
    fn numbers_count_with_their_signs_and_only_when_imported() {
        let numbers = numbered();
        for subject in [
            "Fix login, closes #12",
            "#12: login",
            "GH-12 login",
            "login (#12) on phones",
        ] {
            assert_eq!(found(&numbers, subject).len(), 1, "{subject}");
        }
        for subject in [
            "Fix login (#12)",
            "Fix login (#12) (#5)",
            "other/repo#12 login",
            "colour #123456 and &#12;",
            "AB#12 of another tracker",
            "#99 is not imported",
            "Merge pull request #12 from acme/login",
            "12 logins",
        ] {
            assert_eq!(found(&numbers, subject), [""; 0], "{subject}");
        }
        let closing = "Fix login (#5)\n\nWhy.\n\nCloses #12\n\nCo-authored-by: A <a@example.test>";
        assert_eq!(found(&numbers, closing), ["#12"]);
        assert_eq!(found(&shop(), "Fix #12"), [""; 0]);
    }

    #[test]
    fn azure_numbers_are_named_both_ways() {
        let azure = finder(&[(Tracker::AzureDevops, "12")]);
        assert_eq!(found(&azure, "login AB#12"), ["AB#12"]);
        assert_eq!(found(&azure, "login #12"), ["#12"]);
        assert_eq!(found(&azure, "GH-12"), [""; 0]);
        let merged = "Merged PR 7: login\n\nRelated work items: #12, #13";
        assert_eq!(found(&azure, merged), ["#12"]);
    }

    #[test]
    fn of_a_pull_request_only_words_like_keys_are_kept() {
        let words = key_words(
            "SHOP-12: cards for #7 of UTF-8 (#9)",
            "jane/shop-1-cards-2x",
        );
        assert_eq!(words, ["SHOP-12", "#7", "UTF-8", "SHOP-1"]);
        assert_eq!(
            key_words("Revert \"SHOP-12: cards\"", "revert-7-shop"),
            ["REVERT-7"]
        );
        assert_eq!(key_words("Take cards", "jane/patch"), [""; 0]);
    }

    #[test]
    fn a_pattern_of_ones_own_finds_its_keys() {
        let own = KeyFinder::new(r"#[0-9]+|t/[0-9]+", [(Tracker::Csv, "T/7")]).unwrap();
        assert_eq!(found(&own, "t/7: login"), ["T/7"]);
        assert_eq!(found(&own, "at/7: login"), [""; 0]);
    }

    #[test]
    fn a_pattern_that_is_none_or_too_large_is_said() {
        assert!(KeyFinder::new("[", []).is_err());
        let error = KeyFinder::new(r"\w{1000}{1000}", []).unwrap_err();
        assert!(error.contains("too large"), "{error}");
    }

    #[test]
    fn hostile_messages_end_soon_and_name_few() {
        let many: String = (0..10_000)
            .map(|number| format!("SHOP-{number} "))
            .collect();
        let keys = found(&shop(), &many);
        assert_eq!(keys.len(), MOST_KEYS);
        assert_eq!(
            found(&shop(), &format!("SHOP-{}", "9".repeat(4000))),
            [""; 0]
        );
        let trailers = "Refs: SHOP-12\n\n".repeat(20_000);
        assert_eq!(found(&shop(), &format!("a\n\n{trailers}")), ["SHOP-12"]);
        for message in [
            &b"\xff\xfe\0"[..],
            b"",
            b"\n\n\n",
            b"Merge ",
            b"Revert \"",
            b":",
            b"a\n\n:",
        ] {
            assert_eq!(shop().find(message), [""; 0]);
        }
    }
}
