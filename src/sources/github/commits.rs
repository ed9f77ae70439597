//! Commits of a repository that is not cloned: one by its name, or all that lie between two. What a
//! message means is in `sources::commit_message`; of the message itself only the subject is kept.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::page::{Trail, bad, body, object};
use super::row::{Unreadable, commit_id, date, text};
use super::rows::{Rows, Unread, readable};
use super::{Answer, Ask, GithubError, address};
use crate::model::github::{GithubRepository, RemoteCommit};
use crate::model::{CommitId, Notice, instant_from_epoch};
use crate::sources::commit_message::{is_fix, merges_hotfix_branch, reverted, subject};

/// Pages of one comparison: 100,000 commits.
const MOST_PAGES: usize = 1_000;

/// Commits that one message says it reverts.
const MOST_REVERTS: usize = 100;

/// What lies between two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The commits that the second reaches and the first does not, all of them, oldest first.
    pub commits: Vec<RemoteCommit>,
    /// The first commit.
    pub base: RemoteCommit,
    /// The best commit that both reach.
    pub merge_base: CommitId,
    /// How many commits the first reaches and the second does not.
    pub behind_by: u64,
    /// What had to be assumed.
    pub notices: Vec<Notice>,
}

/// One commit by its id, branch or tag (`tags/v1.0`); `None` when GitHub knows none of that name.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn commit(
    ask: &dyn Ask,
    repo: &GithubRepository,
    reference: &str,
) -> Result<Option<RemoteCommit>, GithubError> {
    let Some(reference) = address::reference(reference) else {
        return Ok(None);
    };
    // The page is one of changed files, which are not needed.
    let at = format!(
        "{}/commits/{reference}?per_page=1",
        address::repository(repo)
    );
    let Some(answer) = found(ask, &at)? else {
        return Ok(None);
    };
    let text = body(&answer, &at)?;
    let dated =
        read_commit(object(&text, &at)?).map_err(|Unreadable| bad(&at, "it is no commit"))?;
    Ok(Some(dated.commit))
}

/// The name of the default branch; `None` when there is no such repository, or not for this token.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn default_branch(
    ask: &dyn Ask,
    repo: &GithubRepository,
) -> Result<Option<String>, GithubError> {
    #[derive(Deserialize)]
    struct RepositoryRow {
        default_branch: Option<String>,
    }
    let at = address::repository(repo);
    let Some(answer) = found(ask, &at)? else {
        return Ok(None);
    };
    let row: RepositoryRow = object(&body(&answer, &at)?, &at)?;
    Ok(row.default_branch.filter(|branch| !branch.is_empty()))
}

/// The commits that `head` reaches and `base` does not. `None` when GitHub knows one of them not, or no
/// commit that both reach.
///
/// # Errors
/// When GitHub gives no good answer, or not all of the commits: attribution with a hole in it would
/// be wrong without anybody noticing.
pub fn compare(
    ask: &dyn Ask,
    repo: &GithubRepository,
    base: &str,
    head: &str,
) -> Result<Option<Comparison>, GithubError> {
    let (Some(base), Some(head)) = (address::reference(base), address::reference(head)) else {
        return Ok(None);
    };
    let repository = address::repository(repo);
    let first = format!("{repository}/compare/{base}...{head}?per_page=100");
    let Some(answer) = found(ask, &first)? else {
        return Ok(None);
    };
    let text = body(&answer, &first)?;
    let page: ComparisonPage<'_> = object(&text, &first)?;
    let mut between = Between::of(page.total_commits, &first)?;
    let base = read_commit(page.base_commit)
        .map_err(|Unreadable| bad(&first, "its first commit cannot be read"))?;
    between.undated += usize::from(base.is_undated);
    let merge_base = commit_id(Some(&page.merge_base_commit.sha))
        .ok_or_else(|| bad(&first, "it names no common commit"))?;
    between.take(&page.commits);

    let mut trail = Trail::of(MOST_PAGES);
    trail.goes_on(&first);
    let mut next = answer.next.clone();
    while let Some(at) = next {
        if !trail.goes_on(&at) {
            return Err(bad(&first, "its pages do not end"));
        }
        let answer = ask.get(&at, None)?;
        let text = body(&answer, &at)?;
        let page: NextPage<'_> = object(&text, &at)?;
        between.take(&page.commits);
        next = answer.next;
    }
    let notices = between.notices(&first);
    Ok(Some(Comparison {
        commits: between.complete(&first)?,
        base: base.commit,
        merge_base,
        behind_by: page.behind_by,
        notices,
    }))
}

/// The answer, unless what was asked for is not there.
fn found(ask: &dyn Ask, at: &str) -> Result<Option<Answer>, GithubError> {
    match ask.get(at, None) {
        Err(GithubError::NotFound { .. }) => Ok(None),
        answer => answer.map(Some),
    }
}

/// The commits of a comparison, as they come in.
struct Between {
    total: u64,
    commits: Vec<RemoteCommit>,
    seen: HashSet<CommitId>,
    unread: Unread,
    undated: usize,
}

impl Between {
    /// Nothing yet of so many commits, unless they are too many.
    fn of(total: u64, at: &str) -> Result<Self, GithubError> {
        if total > MOST_PAGES as u64 * 100 {
            return Err(bad(at, format!("{total} commits are too many to read")));
        }
        Ok(Self {
            total,
            commits: Vec::new(),
            seen: HashSet::new(),
            unread: Unread::default(),
            undated: 0,
        })
    }

    /// Takes the commits of a page that were not on one before.
    fn take(&mut self, rows: &Rows<'_>) {
        let read = |row: &RawValue| read_commit(row).map(Some);
        for dated in readable(&rows.0, &read, &mut self.unread) {
            if self.seen.insert(dated.commit.id) {
                self.undated += usize::from(dated.is_undated);
                self.commits.push(dated.commit);
            }
        }
    }

    fn notices(&self, at: &str) -> Vec<Notice> {
        if self.undated == 0 {
            return Vec::new();
        }
        let (undated, place) = (self.undated, address::place(at));
        let message = format!("{undated} commits at {place} have no date: they count as of 1970");
        vec![Notice::new("github-date-unreadable", message).count(undated)]
    }

    /// All of them, or an error.
    fn complete(self, at: &str) -> Result<Vec<RemoteCommit>, GithubError> {
        let (total, found, unread) = (self.total, self.commits.len(), self.unread.count());
        if found as u64 == total && unread == 0 {
            return Ok(self.commits);
        }
        let why = format!("it lists {found} of {total} commits; {unread} cannot be read");
        Err(bad(at, why))
    }
}

#[derive(Deserialize)]
struct ComparisonPage<'a> {
    #[serde(borrow)]
    base_commit: &'a RawValue,
    merge_base_commit: IdRow,
    behind_by: u64,
    total_commits: u64,
    #[serde(borrow)]
    commits: Rows<'a>,
}

#[derive(Deserialize)]
struct NextPage<'a> {
    #[serde(borrow)]
    commits: Rows<'a>,
}

#[derive(Deserialize)]
struct IdRow {
    sha: String,
}

#[derive(Deserialize)]
struct CommitRow<'a> {
    sha: String,
    parents: Option<Vec<IdRow>>,
    #[serde(borrow)]
    commit: Inner<'a>,
}

#[derive(Deserialize)]
struct Inner<'a> {
    message: Option<String>,
    #[serde(borrow)]
    author: Option<Signature<'a>>,
    #[serde(borrow)]
    committer: Option<Signature<'a>>,
}

/// Who and when; only the second is read.
#[derive(Deserialize)]
struct Signature<'a> {
    #[serde(borrow)]
    date: Option<&'a RawValue>,
}

impl Signature<'_> {
    fn time(self) -> Option<DateTime<Utc>> {
        date(self.date)
    }
}

/// A commit, and whether one of its dates had to be made up.
struct Dated {
    commit: RemoteCommit,
    is_undated: bool,
}

fn read_commit(row: &RawValue) -> Result<Dated, Unreadable> {
    let row: CommitRow<'_> = serde_json::from_str(row.get())?;
    let parent = |parent: IdRow| commit_id(Some(&parent.sha)).ok_or(Unreadable);
    let parents = row.parents.unwrap_or_default().into_iter().map(parent);
    let mut parents: Vec<CommitId> = parents.collect::<Result<_, _>>()?;
    let mut seen = HashSet::new();
    parents.retain(|parent| seen.insert(*parent));

    let message = row.commit.message.unwrap_or_default();
    let message = message.as_bytes();
    let subject = subject(message);
    let mut reverts = reverted(message);
    reverts.truncate(MOST_REVERTS);
    // A date that nobody can read is the beginning of time, as in a repository that is cloned.
    let authored = row.commit.author.and_then(Signature::time);
    let committed = row.commit.committer.and_then(Signature::time);
    Ok(Dated {
        is_undated: authored.is_none() || committed.is_none(),
        commit: RemoteCommit {
            id: commit_id(Some(&row.sha)).ok_or(Unreadable)?,
            authored: authored.unwrap_or(instant_from_epoch(0)),
            committed: committed.unwrap_or(instant_from_epoch(0)),
            is_fix: is_fix(subject),
            merges_hotfix_branch: parents.len() > 1 && merges_hotfix_branch(subject),
            reverts,
            subject: text(Some(String::from_utf8_lossy(subject).into_owned())),
            parents,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::github::scripted::{Scripted, at, fixture, shop};

    const COMPARE: &str = "repos/acme/shop/compare/v1.0...main?per_page=100";
    const COMMIT: &str = "repos/acme/shop/commits/main?per_page=1";

    fn id(letter: &str) -> CommitId {
        letter.repeat(40).parse().unwrap()
    }

    fn row(letter: &str) -> String {
        let date = r#"{"name":"octocat","date":"2026-01-22T10:00:00Z"}"#;
        format!(
            r#"{{"sha":"{}","parents":[],
            "commit":{{"message":"{letter}","author":{date},"committer":{date}}}}}"#,
            letter.repeat(40)
        )
    }

    fn comparison(total: &str, rows: &[&str]) -> String {
        let rows: Vec<_> = rows.iter().map(|letter| row(letter)).collect();
        format!(
            r#"{{"base_commit":{},"merge_base_commit":{{"sha":"{}"}},"status":"diverged",
            "ahead_by":3,"behind_by":2,"total_commits":{total},"commits":[{}]}}"#,
            row("b"),
            "a".repeat(40),
            rows.join(",")
        )
    }

    fn compared(github: &Scripted) -> Result<Option<Comparison>, GithubError> {
        compare(github, &shop(), "v1.0", "main")
    }

    fn letters(comparison: &Comparison) -> Vec<&str> {
        let subjects = comparison
            .commits
            .iter()
            .map(|commit| commit.subject.as_str());
        subjects.collect()
    }

    /// A commit with this message (as it stands in JSON) and these parents.
    fn with_message(message: &str, parents: &[&str]) -> RemoteCommit {
        let parents: Vec<_> = parents
            .iter()
            .map(|letter| format!(r#"{{"sha":"{}"}}"#, letter.repeat(40)))
            .collect();
        let body = row("e")
            .replace(
                r#""parents":[]"#,
                &format!(r#""parents":[{}]"#, parents.join(",")),
            )
            .replace(r#""message":"e""#, &format!(r#""message":"{message}""#));
        let github = Scripted::default().on(COMMIT, body);
        commit(&github, &shop(), "main").unwrap().unwrap()
    }

    #[test]
    fn a_commit_is_read_with_what_its_message_says() {
        let github = Scripted::default().on(COMMIT, fixture("commit.json"));
        let found = commit(&github, &shop(), "main").unwrap().unwrap();
        let expected = RemoteCommit {
            id: commit_id(Some("6dcb09b5b57875f334f61aebed695e2e4193db5e")).unwrap(),
            parents: vec![id("a"), id("b")],
            authored: at("2026-01-22T08:00:00Z"),
            committed: at("2026-01-22T10:00:00Z"),
            subject: "Revert \"feat: pay later\"".to_owned(),
            is_fix: true,
            merges_hotfix_branch: false,
            reverts: vec!["2414721b194453f058079d897d13c4e377f92dc6".to_owned()],
        };
        assert_eq!(found, expected);
        let kept = format!("{found:?}");
        assert!(
            !kept.contains("octocat") && !kept.contains("reviewed"),
            "{kept}"
        );
    }

    #[test]
    fn fixes_hotfix_merges_and_reverts_are_told_as_in_a_clone() {
        let fix = with_message(r"\n\nfix(pay)!: round\n\nbody", &["c"]);
        assert!(fix.is_fix && !fix.merges_hotfix_branch);
        assert_eq!(fix.subject, "fix(pay)!: round");
        let title = "Merge branch 'hotfix/login'";
        assert!(with_message(title, &["c", "d"]).merges_hotfix_branch);
        assert!(
            !with_message(title, &["c"]).merges_hotfix_branch,
            "no merge"
        );
        assert!(
            !with_message(title, &["c", "c"]).merges_hotfix_branch,
            "one parent, twice"
        );
        assert_eq!(with_message("", &[]).subject, "");
        assert_eq!(
            with_message(&"ä".repeat(5_000), &[]).subject,
            "ä".repeat(1_000)
        );
        let reverts = r"This reverts commit abcdef0.\n".repeat(500);
        assert_eq!(with_message(&reverts, &[]).reverts.len(), 100);
    }

    #[test]
    fn a_name_is_asked_for_as_it_stands_in_git() {
        let asked = |name: &str| {
            let github = Scripted::default();
            assert_eq!(commit(&github, &shop(), name), Ok(None), "{name}");
            github.asked()
        };
        assert_eq!(
            asked("tags/v1.0"),
            ["repos/acme/shop/commits/tags/v1.0?per_page=1"]
        );
        assert_eq!(
            asked("a?b#c"),
            ["repos/acme/shop/commits/a%3Fb%23c?per_page=1"]
        );
        for name in ["", "../../../user", "v1..v2", "a//b"] {
            assert_eq!(asked(name), [""; 0], "{name}");
        }
        let github = Scripted::default();
        assert_eq!(compare(&github, &shop(), "a...b", "main"), Ok(None));
        assert_eq!(github.asked(), [""; 0]);
    }

    #[test]
    fn what_is_no_commit_is_a_bad_answer() {
        let sha_256 = row("e").replace(&"e".repeat(40), &"e".repeat(64));
        let bad_parent = row("e").replace("[]", r#"[{"sha":"x"}]"#);
        for body in ["{}", "[]", "", "<html>", &sha_256, &bad_parent] {
            let github = Scripted::default().on(COMMIT, body);
            let error = commit(&github, &shop(), "main").unwrap_err();
            assert!(
                matches!(error, GithubError::BadAnswer { .. }),
                "{body}: {error}"
            );
        }
        let github = Scripted::default().fails(COMMIT, GithubError::OutOfTime);
        assert_eq!(
            commit(&github, &shop(), "main"),
            Err(GithubError::OutOfTime)
        );
    }

    #[test]
    fn a_date_nobody_can_read_is_the_beginning_of_time() {
        for date in ["null", r#""soon""#, "7", r#""0001-01-01T00:00:00Z""#] {
            let body = row("e").replace(r#""2026-01-22T10:00:00Z""#, date);
            let github = Scripted::default().on(COMMIT, body);
            let found = commit(&github, &shop(), "main").unwrap().unwrap();
            assert_eq!(found.authored, instant_from_epoch(0), "{date}");
            assert_eq!(found.committed, instant_from_epoch(0), "{date}");
        }
        let undated = comparison("1", &["c"]).replace("2026-01-22T10:00:00Z", "");
        let found = compared(&Scripted::default().on(COMPARE, undated))
            .unwrap()
            .unwrap();
        assert_eq!(found.notices.len(), 1);
        assert_eq!(found.notices[0].code, "github-date-unreadable");
        assert_eq!(
            found.notices[0].count, 2,
            "the first commit and the one after it"
        );
    }

    #[test]
    fn the_default_branch_is_what_the_repository_says() {
        let at = "repos/acme/shop";
        let branch = |body: &str| {
            let github = Scripted::default().on(at, body);
            default_branch(&github, &shop())
        };
        let body = r#"{"id":1,"default_branch":"trunk","owner":{"login":"acme"}}"#;
        assert_eq!(branch(body), Ok(Some("trunk".to_owned())));
        assert_eq!(branch(r#"{"default_branch":null}"#), Ok(None));
        assert_eq!(
            default_branch(&Scripted::default(), &shop()),
            Ok(None),
            "not found"
        );
        assert!(branch("[1]").is_err());
    }

    #[test]
    fn all_pages_of_a_comparison_are_read_oldest_first() {
        let next = format!(r#"{{"commits":[{},{}]}}"#, row("d"), row("e"));
        let github = Scripted::default()
            .on_with_next(COMPARE, comparison("3", &["c", "d"]), "page-2")
            .on("page-2", next);
        let found = compared(&github).unwrap().unwrap();
        assert_eq!(letters(&found), ["c", "d", "e"], "d is on both pages");
        assert_eq!((found.base.id, found.merge_base), (id("b"), id("a")));
        assert_eq!((found.behind_by, found.notices.len()), (2, 0));
    }

    #[test]
    fn nothing_between_two_commits_is_an_answer() {
        let github = Scripted::default().on(COMPARE, fixture("compare-identical.json"));
        let found = compared(&github).unwrap().unwrap();
        assert_eq!(found.commits, []);
        assert_eq!(found.base.id, found.merge_base);
    }

    #[test]
    fn commits_that_are_not_there_have_no_comparison() {
        assert_eq!(compared(&Scripted::default()), Ok(None));
    }

    #[test]
    fn a_comparison_with_a_hole_is_refused() {
        let why = |github: Scripted| match compared(&github) {
            Err(GithubError::BadAnswer { at, why }) => {
                assert_eq!(at, "repos/acme/shop/compare/v1.0...main");
                why
            }
            other => panic!("{other:?}"),
        };
        let answer = |body: String| Scripted::default().on(COMPARE, body);
        assert_eq!(
            why(answer(comparison("251", &["c", "d"]))),
            "it lists 2 of 251 commits; 0 cannot be read"
        );
        assert_eq!(
            why(answer(comparison("1", &["c", "d"]))),
            "it lists 2 of 1 commits; 0 cannot be read"
        );
        let one_bad = comparison("3", &["c", "d"]).replace(r#""commits":["#, r#""commits":[null,"#);
        assert_eq!(
            why(answer(one_bad)),
            "it lists 2 of 3 commits; 1 cannot be read"
        );
        assert_eq!(
            why(answer(comparison("100001", &["c"]))),
            "100001 commits are too many to read"
        );
        let circle = Scripted::default()
            .on_with_next(COMPARE, comparison("9", &["c"]), "page-2")
            .on_with_next("page-2", r#"{"commits":[]}"#, "page-2");
        assert_eq!(why(circle), "its pages do not end");
        for field in [
            "base_commit",
            "merge_base_commit",
            "behind_by",
            "total_commits",
            "commits",
        ] {
            let body = comparison("1", &["c"]).replace(&format!("\"{field}\""), "\"x\"");
            assert!(why(answer(body)).contains("shape"), "{field}");
        }
    }
}
