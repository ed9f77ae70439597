//! What the text of an issue names as its cause: `root cause: <commit>` and `caused by #<number>`,
//! wherever a line says so. `issues` brings the texts, and keeps none of them.

use crate::model::github::{Cause, GithubRepository};

/// Causes of one issue.
const MOST_CAUSES: usize = 20;

/// What surrounds a word in Markdown and in a sentence.
const AROUND: &[char] = &['`', '*', '_', '<', '>', '"', '\'', '.', ';', ':', '!'];

/// What parts words: white space, and the signs of lists, links and tables.
const BETWEEN: &[char] = &[' ', '\t', ',', '|', '[', ']', '(', ')'];

/// The causes that a text names, each once, in its order. Several may follow one another (`caused by
/// #1, #2 and #3`). An issue of another repository is no cause.
pub(super) fn add_causes(text: &str, repo: &GithubRepository, causes: &mut Vec<Cause>) {
    for line in text.lines() {
        // ASCII case changes no position in the line.
        let lower = line.to_ascii_lowercase();
        let roots = lower
            .match_indices("root cause")
            .map(|(at, found)| (at, found, true));
        let causers = lower
            .match_indices("caused by")
            .map(|(at, found)| (at, found, false));
        let mut said: Vec<_> = roots.chain(causers).collect();
        said.sort_unstable();
        for (at, found, is_root) in said {
            let rest = &lower[at + found.len()..];
            if !is_said(&lower[..at], rest, is_root) {
                continue;
            }
            for word in rest.split(BETWEEN) {
                let word = word.trim_matches(AROUND);
                let cause = match is_root {
                    true => commit_of(word).map(Cause::Commit),
                    false => number_of(word, repo).map(Cause::Number),
                };
                match cause {
                    Some(cause) if causes.len() == MOST_CAUSES || causes.contains(&cause) => {}
                    Some(cause) => causes.push(cause),
                    None if matches!(word, "" | "and" | "&" | "commit" | "pr" | "issue") => {}
                    None => break,
                }
            }
        }
    }
}

/// Whether the words between `before` and `rest` are a statement: whole words, not denied, and of a root
/// cause with its colon.
fn is_said(before: &str, rest: &str, is_root: bool) -> bool {
    let is_word = |c: char| c.is_alphanumeric();
    if before.ends_with(is_word) || rest.starts_with(is_word) {
        return false;
    }
    if is_root {
        return rest
            .trim_start_matches(['*', '_', '`', ' '])
            .starts_with(':');
    }
    let last = before.split_whitespace().next_back().unwrap_or_default();
    let last = last.trim_matches(AROUND);
    !(matches!(last, "not" | "never") || last.ends_with("n't") || last.ends_with("n’t"))
}

/// A commit: its id, `owner/name@id`, or its address.
fn commit_of(word: &str) -> Option<String> {
    let id = match word.rsplit_once("/commit/") {
        Some((address, id)) if address.starts_with("https://") => id,
        Some(_) => return None,
        None => word.rsplit_once('@').map_or(word, |(_, id)| id),
    };
    let is_id = (7..=40).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_owned())
}

/// An issue or pull request of the repository: `#1`, `owner/name#1`, or its address.
fn number_of(word: &str, repo: &GithubRepository) -> Option<u64> {
    let is_here = |host: &str, owner: &str, name: &str| {
        GithubRepository::new(host, owner, name).is_some_and(|named| named == *repo)
    };
    if let Some(address) = word.strip_prefix("https://") {
        let parts: Vec<&str> = address.splitn(6, '/').collect();
        return match parts[..] {
            [host, owner, name, "pull" | "issues", number] if is_here(host, owner, name) => {
                plain_number(number)
            }
            _ => None,
        };
    }
    let (named, number) = word.split_once('#')?;
    match named.split_once('/') {
        Some((owner, name)) if !is_here(&repo.host, owner, name) => return None,
        None if !named.is_empty() => return None,
        _ => {}
    }
    plain_number(number)
}

/// Digits only: `parse` would take a sign as well.
fn plain_number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::github::scripted::shop;

    fn causes(text: &str) -> Vec<Cause> {
        let mut causes = Vec::new();
        add_causes(text, &shop(), &mut causes);
        causes
    }

    fn commit(id: &str) -> Cause {
        Cause::Commit(id.to_owned())
    }

    #[test]
    fn a_root_cause_names_a_commit() {
        let full = "2414721b194453f058079d897d13c4e377f92dc6";
        for text in [
            format!("root cause: {full}"),
            format!("Root Cause: `{}`", full.to_uppercase()),
            format!("**Root cause:** {full}."),
            format!("- **Root cause**: commit {full}"),
            format!("> the root cause : {full}, deployed at noon"),
            format!("Root cause: acme/shop-web@{full}"),
            format!("Root cause: https://github.com/acme/shop/commit/{full}"),
            format!("first\r\nroot cause:\t{full}\r\nlast"),
        ] {
            assert_eq!(causes(&text), [commit(full)], "{text}");
        }
        assert_eq!(causes("root cause: 2414721"), [commit("2414721")]);
        let link = format!("root cause: [2414721](https://github.com/acme/shop/commit/{full})");
        assert_eq!(causes(&link), [commit("2414721"), commit(full)]);
    }

    #[test]
    fn what_is_no_commit_is_no_root_cause() {
        let long = format!("root cause: {}", "a".repeat(41));
        for text in [
            "root cause: unknown",
            "root cause: 241472",
            "root cause: 2414721x",
            "root cause 2414721",
            "root causes: 2414721",
            "uproot cause: 2414721",
            "root cause:\n2414721",
            "root cause: #12",
            "root cause: a typo in 2414721",
            "root cause: javascript:/commit/2414721",
            &long,
        ] {
            assert_eq!(causes(text), [], "{text}");
        }
    }

    #[test]
    fn an_issue_is_caused_by_a_number_of_its_own_repository() {
        for text in [
            "caused by #12",
            "Checkout down, Caused By: #12",
            "This was caused by **#12**.",
            "caused by PR #12!",
            "caused by ACME/Shop#12",
            "caused by https://github.com/acme/shop/pull/12",
            "caused by [#12](https://github.com/acme/shop/issues/12)",
            "(caused by #12)",
        ] {
            assert_eq!(causes(text), [Cause::Number(12)], "{text}");
        }
    }

    #[test]
    fn numbers_of_other_repositories_and_denials_are_no_causes() {
        for text in [
            "caused by acme/other#12",
            "caused by https://github.com/acme/other/pull/12",
            "caused by https://ghe.example.test/acme/shop/pull/12",
            "caused by https://github.com/acme/shop/pull/12/files",
            "caused by http://github.com/acme/shop/pull/12",
            "caused by shop#12",
            "caused by acme/shop/x#12",
            "not caused by #12",
            "it wasn't caused by #12",
            "It was *never* caused by #12",
            "caused by #",
            "caused by #+12",
            "caused by #12a",
            "caused by #99999999999999999999",
            "caused by rain, see #12",
            "caused bypass #12",
            "#12",
        ] {
            assert_eq!(causes(text), [], "{text}");
        }
    }

    #[test]
    fn several_causes_stand_in_the_order_of_the_text_each_once() {
        let text = "Caused by #3, #1 and #3; root cause: abcdef0, 1234567 and caused by #2\n\
                    Root cause: abcdef0";
        assert_eq!(
            causes(text),
            [
                Cause::Number(3),
                Cause::Number(1),
                commit("abcdef0"),
                commit("1234567"),
                Cause::Number(2),
            ]
        );
    }

    #[test]
    fn no_more_than_twenty_causes_are_taken() {
        let text: String = (0..50)
            .map(|number| format!("caused by #{number}\n"))
            .collect();
        assert_eq!(causes(&text).len(), 20);
    }

    #[test]
    fn letters_beside_ascii_do_no_harm() {
        assert_eq!(causes("İ root cause: abcdef0 ß"), [commit("abcdef0")]);
        assert_eq!(causes("caused by ＃12 “#12”"), []);
    }

    #[test]
    fn a_text_of_nothing_but_beginnings_is_read_in_time() {
        let text = "caused by and ".repeat(100_000);
        assert_eq!(causes(&text), []);
    }
}
