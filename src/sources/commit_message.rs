//! What a commit message says: whether the commit is a fix, which branch it merges, what it reverts
//! (spec 2.6). Messages are bytes in no promised encoding; only ASCII is looked for. `git` and `github`
//! bring the messages.

use memchr::memmem;

/// Types of conventional commits that are fixes (spec 2.6, `hotfix`).
const FIX_TYPES: [&[u8]; 4] = [b"fix", b"hotfix", b"bugfix", b"revert"];

const REVERTS: &[u8] = b"This reverts commit ";

/// The first line that is not blank, without blanks around it.
pub(super) fn subject(message: &[u8]) -> &[u8] {
    message
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .find(|line| !line.is_empty())
        .unwrap_or_default()
}

/// Whether a subject marks a fix: a conventional type with optional scope and `!`, or the title that
/// git gives to a revert.
pub(super) fn is_fix(subject: &[u8]) -> bool {
    if subject.starts_with(b"Revert \"") {
        return true;
    }
    let letters = subject
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let (kind, mut rest) = subject.split_at(letters);
    if !FIX_TYPES.iter().any(|fix| kind.eq_ignore_ascii_case(fix)) {
        return false;
    }
    if rest.first() == Some(&b'(') {
        match memchr::memchr(b')', rest) {
            Some(end) => rest = &rest[end + 1..],
            None => return false,
        }
    }
    rest.strip_prefix(b"!").unwrap_or(rest).first() == Some(&b':')
}

/// Whether the subject of a merge says that a branch `hotfix/…` was merged, in the words of git,
/// GitHub, GitLab, Gitea or Bitbucket. The branch merged **into** does not matter.
pub(super) fn merges_hotfix_branch(subject: &[u8]) -> bool {
    let subject = String::from_utf8_lossy(subject);
    let mut words = subject.split_whitespace();
    match (words.next(), words.next()) {
        (Some("Merge"), Some("pull")) => pull_request_branch(&subject).is_some_and(is_hotfix),
        (Some("Merge"), Some("branch" | "branches" | "remote-tracking" | "remote")) => {
            merged_branches(&subject).any(is_hotfix)
        }
        (Some("Merged"), Some("in")) => words.next().is_some_and(is_hotfix),
        _ => false,
    }
}

fn is_hotfix(branch: &str) -> bool {
    branch
        .get(..7)
        .is_some_and(|start| start.eq_ignore_ascii_case("hotfix/"))
        && branch.len() > 7
}

/// The branches of `Merge branch 'a'`, `Merge branches 'a', 'b' and 'c'`, `Merge remote-tracking branch
/// 'origin/a' into b`; the remote's name is taken off.
fn merged_branches(subject: &str) -> impl Iterator<Item = &str> {
    let mut is_remote = false;
    subject
        .split_whitespace()
        .skip(1)
        .take_while(|&word| word != "into" && word != "of")
        .filter_map(move |word| {
            match word {
                "remote-tracking" | "remote" => is_remote = true,
                "branch" | "branches" | "and" => {}
                _ => {
                    let name = word.trim_matches(|c| matches!(c, '\'' | '"' | ',' | '`'));
                    return if is_remote {
                        name.split_once('/').map(|(_, branch)| branch)
                    } else {
                        Some(name)
                    };
                }
            }
            None
        })
}

/// The branch of `Merge pull request #1 from owner/branch` (GitHub), `… #1 in project/repository from
/// branch to main` (Bitbucket) or `… 'title' (#1) from owner:branch into main` (Gitea).
fn pull_request_branch(subject: &str) -> Option<&str> {
    let (before, after) = subject.rsplit_once(" from ")?;
    let branch = after.split_whitespace().next()?;
    let is_github = before.split_whitespace().count() == 4;
    if is_github {
        return branch.split_once('/').map(|(_, branch)| branch);
    }
    Some(branch.split_once(':').map_or(branch, |(_, branch)| branch))
}

/// What a message says of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BranchesMerged<'m> {
    /// The branches, without a remote or an owner; never the one merged into.
    pub(super) branches: Vec<String>,
    /// The title of the pull request, where the message carries it below the subject.
    pub(super) title: Option<&'m [u8]>,
}

/// What was merged, by a subject in the words of git, GitHub, GitLab, Gitea, Bitbucket or bors; `None`
/// for a subject in anybody's own words.
pub(super) fn branches_merged(message: &[u8]) -> Option<BranchesMerged<'_>> {
    let first = subject(message);
    if !first.starts_with(b"Merge") && !first.starts_with(b"Auto merge of ") {
        return None;
    }
    let text = String::from_utf8_lossy(first);
    let mut words = text.split_whitespace();
    let (branches, is_of_pull_request): (Vec<String>, bool) = match (words.next(), words.next()) {
        (Some("Merge"), Some("pull")) => {
            let branch = pull_request_branch(&text);
            (branch.map(str::to_owned).into_iter().collect(), true)
        }
        (Some("Merge"), Some("branch" | "branches" | "remote-tracking" | "remote")) => {
            let is_on_gitlab = memmem::find(message, b"\nSee merge request ").is_some();
            let branches = merged_branches(&text).map(str::to_owned).collect();
            (branches, is_on_gitlab)
        }
        (Some("Merged"), Some("in")) => {
            (words.next().map(str::to_owned).into_iter().collect(), true)
        }
        // Auto merge of #12 - owner:branch, r=reviewer
        (Some("Auto"), _) => {
            let branch = text
                .split_once(" - ")
                .and_then(|(_, rest)| rest.split(',').next());
            let branch = branch.map(|it| it.split_once(':').map_or(it, |(_, branch)| branch));
            (branch.map(str::to_owned).into_iter().collect(), true)
        }
        _ => return None,
    };
    let below = || {
        let end = first.as_ptr_range().end as usize - message.as_ptr() as usize;
        let line = subject(message.get(end..).unwrap_or_default());
        (!line.is_empty()).then_some(line)
    };
    Some(BranchesMerged {
        branches,
        title: is_of_pull_request.then(below).flatten(),
    })
}

/// The ids (lower case, 7 to 64 digits) of every `This reverts commit <id>` at the start of a line; of a
/// revert that names none, the pull requests that it says it reverts (`#221`, `owner/name#221`).
pub(super) fn reverted(message: &[u8]) -> Vec<String> {
    let mut ids = Vec::new();
    for start in memmem::find_iter(message, REVERTS) {
        let line_start = message[..start].trim_ascii_end();
        let indent = &message[line_start.len()..start];
        if !line_start.is_empty() && !indent.contains(&b'\n') {
            continue;
        }
        let rest = &message[start + REVERTS.len()..];
        let digits = rest
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        let ends_there = rest
            .get(digits)
            .is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if (7..=64).contains(&digits) && ends_there {
            ids.push(String::from_utf8_lossy(&rest[..digits]).to_ascii_lowercase());
        }
    }
    if ids.is_empty() && subject(message).starts_with(b"Revert \"") {
        ids.extend(
            message
                .split(|&byte| byte == b'\n')
                .filter_map(reverted_pull_request),
        );
    }
    ids
}

/// `owner/name#221` or `#221` of a line `Reverts owner/name#221`: what GitHub's button writes into the
/// description of a pull request, and a squash into the message. Which commit that is, only GitHub
/// knows.
fn reverted_pull_request(line: &[u8]) -> Option<String> {
    let rest = line.trim_ascii().strip_prefix(b"Reverts ")?;
    let text = std::str::from_utf8(rest).ok()?.trim_end_matches('.');
    let (place, number) = text.split_once('#')?;
    let is_number =
        (1..=10).contains(&number.len()) && number.bytes().all(|it| it.is_ascii_digit());
    let is_place = place.len() <= 150 && place.bytes().all(|it| it.is_ascii_graphic());
    (is_number && is_place).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_is_the_first_line_that_says_something() {
        assert_eq!(subject(b"\n  \r\n fix: a \r\nbody"), b"fix: a");
        assert_eq!(subject(b""), b"");
        assert_eq!(subject(b"\xff\xfe\n"), b"\xff\xfe");
    }

    #[test]
    fn conventional_types_and_git_reverts_mark_a_fix() {
        for subject in [
            "fix: a",
            "Fix: a",
            "FIX(core): a",
            "fix!: a",
            "fix(core)!: a",
            "fix():a",
            "hotfix: a",
            "bugfix(x): a",
            "revert: feat: a",
            "Revert \"feat: a\"",
        ] {
            assert!(is_fix(subject.as_bytes()), "{subject}");
        }
        for subject in [
            "feat: fix: a",
            "fixes: a",
            "fix a",
            "fixup! fix: a",
            "prefix: a",
            "fix(core: a",
            "fix (core): a",
            "Revert the thing",
            "Reapply \"feat: a\"",
            "",
            ":",
        ] {
            assert!(!is_fix(subject.as_bytes()), "{subject}");
        }
    }

    #[test]
    fn merges_of_hotfix_branches_are_recognised_in_every_dialect() {
        for subject in [
            "Merge branch 'hotfix/login'",
            "Merge branch 'hotfix/login' into main",
            "Merge branch 'hotfix/login' into 'main'",
            "Merge branch 'hotfix/login' of example.test:shop",
            "Merge branches 'a', 'hotfix/b' and 'c'",
            "Merge remote-tracking branch 'origin/hotfix/login'",
            "Merge remote-tracking branches 'origin/a' and 'origin/hotfix/b'",
            "Merge branch 'a', remote-tracking branch 'origin/hotfix/b'",
            "Merge branch hotfix/login into main",
            "Merge pull request #1 from owner/hotfix/login",
            "Merge pull request #3 in SHOP/web from hotfix/login to main",
            "Merge pull request 'from here' (#3) from owner:hotfix/login into main",
            "Merge pull request 'x' (#3) from hotfix/login into main",
            "Merged in hotfix/login (pull request #3)",
            "Merge branch 'Hotfix/login'",
        ] {
            assert!(merges_hotfix_branch(subject.as_bytes()), "{subject}");
        }
        for subject in [
            "Merge branch 'main' into hotfix/login",
            "Merge branch 'main' into 'hotfix/login'",
            "Merge remote-tracking branch 'hotfix/main'",
            "Merge branch 'feature/hotfix/login'",
            "Merge branch 'hotfix-login'",
            "Merge branch 'hotfix/'",
            "Merge pull request #1 from hotfix/feature",
            "Merge pull request #3 in SHOP/web from a to hotfix/login",
            "hotfix/login",
            "Merged in feature/a (pull request #3)",
            "Merge",
            "",
        ] {
            assert!(!merges_hotfix_branch(subject.as_bytes()), "{subject}");
        }
        assert!(!merges_hotfix_branch(b"Merge branch '\xffhotfix/x'"));
    }

    #[test]
    fn reverted_commits_are_found_wherever_a_line_says_so() {
        let full = "ABCDEF0123456789abcdef0123456789abcdef01";
        let message = format!(
            "Revert \"a\"\n\nThis reverts commit {full}, reversing\nchanges made to 1234567.\n\
             \n  This reverts commit 7654321 (\"b\", 2026-03-01).\nThis reverts commit 1234567"
        );
        assert_eq!(
            reverted(message.as_bytes()),
            [&full.to_lowercase(), "7654321", "1234567"]
        );
    }

    #[test]
    fn a_revert_by_githubs_button_names_a_pull_request() {
        let told = |body: &str| reverted(format!("Revert \"feat: a\" (#222)\n\n{body}").as_bytes());
        assert_eq!(told("Reverts acme/market#221"), ["acme/market#221"]);
        assert_eq!(told("  Reverts #221.\r\n"), ["#221"]);
        let both = "This reverts commit 1234567.\n\nReverts acme/market#221";
        assert_eq!(told(both), ["1234567"], "the commit is enough");
        for body in [
            "Reverts",
            "Reverts #",
            "Reverts 221",
            "Reverts a b#1",
            "It Reverts #221",
        ] {
            assert_eq!(told(body), [""; 0], "{body}");
        }
        assert_eq!(
            reverted(b"feat: a\n\nReverts #221"),
            [""; 0],
            "no revert by its title"
        );
    }

    #[test]
    fn text_that_only_looks_like_a_revert_names_nothing() {
        for message in [
            "he said: This reverts commit 1234567",
            "This reverts commit 123456",
            "This reverts commit 1234567x",
            "This reverts commit ",
            "This reverts commits 1234567 and 7654321",
            "this reverts commit 1234567",
        ] {
            assert_eq!(reverted(message.as_bytes()), [""; 0], "{message}");
        }
        let too_long = format!("This reverts commit {}", "a".repeat(65));
        assert_eq!(reverted(too_long.as_bytes()), [""; 0]);
    }

    #[test]
    fn a_reapplied_commit_still_records_what_it_reverts_and_is_no_fix() {
        let message = b"Reapply \"feat: a\"\n\nThis reverts commit 1234567890.\n";
        assert!(!is_fix(subject(message)));
        assert_eq!(reverted(message), ["1234567890"]);
    }
}
