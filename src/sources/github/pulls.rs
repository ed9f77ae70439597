//! Merged pull requests, with their commits and reviews. GraphQL gives all of it in one question per
//! page. How a pull request is read, and who counts as a reviewer, is in `pull_rows`.

use serde::Deserialize;
use serde_json::json;

use super::page::{Page, Trail, cut};
use super::pull_rows::{Found, Listing, PageInfo, read_pull};
use super::rows::{Rows, Unread, readable};
use super::{Ask, GithubError, address, graphql};
use crate::model::Notice;
use crate::model::github::{GithubRepository, PullRequest};

/// Pages of the commits of one pull request: 1,000 commits.
const MOST_PAGES: usize = 10;

const WHAT: &str = "pull requests";
const PARTS: &str = "commits and reviews of pull requests";

const PULLS: &str = "query($owner:String!,$name:String!,$cursor:String){\
    repository(owner:$owner,name:$name){\
    pullRequests(first:25,after:$cursor,states:MERGED,orderBy:{field:UPDATED_AT,direction:DESC}){\
    totalCount pageInfo{hasNextPage endCursor} nodes{\
    number title headRefName createdAt mergedAt updatedAt author{__typename login} \
    mergeCommit{oid} \
    commits(first:100){totalCount pageInfo{hasNextPage endCursor} nodes{commit{oid authoredDate}}} \
    reviews(first:50){nodes{submittedAt state author{__typename login}}}\
    }}}}";

const MORE_COMMITS: &str = "query($owner:String!,$name:String!,$number:Int!,$cursor:String){\
    repository(owner:$owner,name:$name){pullRequest(number:$number){\
    commits(first:100,after:$cursor){pageInfo{hasNextPage endCursor} \
    nodes{commit{oid authoredDate}}}}}}";

/// A page of the merged pull requests of a repository, last updated first; the first one without a
/// cursor. Its `next` is the cursor of the page that follows. Up to 1,000 commits and the first 50
/// reviews of each are read.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn page(
    ask: &dyn Ask,
    repo: &GithubRepository,
    bots: &[String],
    cursor: Option<&str>,
) -> Result<Page<PullRequest>, GithubError> {
    let variables = json!({"owner": repo.owner, "name": repo.name, "cursor": cursor});
    let at = format!("{}/pulls", address::repository(repo));
    let body = ask.graphql(PULLS, &variables)?;
    let body = String::from_utf8_lossy(&body);
    let (data, mut notices): (PullsData<'_>, _) = graphql::repository(&body, &at)?;
    let listing = data.pull_requests;

    let mut unread = Unread::default();
    let mut unread_parts = Unread::default();
    let Rows(rows) = listing.nodes;
    let mut items = Vec::with_capacity(rows.len());
    for mut found in readable(&rows, &|row| read_pull(row, bots), &mut unread) {
        if let Some(next) = found.next.take() {
            notices.extend(add_commits(ask, repo, &mut found, next)?);
        }
        unread_parts.add(&found.unread);
        items.push(found.pull_request());
    }
    notices.extend(unread.notices(WHAT, &at));
    notices.extend(unread_parts.notices(PARTS, &at));
    let is_last = listing.page_info.has_next_page == Some(false);
    let next = listing.page_info.next();
    let next = next.filter(|next| Some(next.as_str()) != cursor);
    if next.is_none() && !is_last {
        notices.push(cut(WHAT, &at));
    }
    Ok(Page {
        items,
        total: listing.total_count,
        next,
        etag: None,
        is_unchanged: false,
        notices,
    })
}

/// Reads the commits of a pull request beyond the first hundred. When GitHub does not give them, the
/// hundred remain: they hold the earliest one, as a rule, and the pull request is not lost for it.
fn add_commits(
    ask: &dyn Ask,
    repo: &GithubRepository,
    found: &mut Found,
    first: String,
) -> Result<Vec<Notice>, GithubError> {
    let number = found.pull.number;
    let at = format!("{}/pulls/{number}", address::repository(repo));
    // One page was read with the pull request.
    let mut trail = Trail::of(MOST_PAGES - 1);
    let mut next = Some(first);
    let mut notices = Vec::new();
    while let Some(cursor) = next {
        if !trail.goes_on(&cursor) {
            notices.push(cut("commits", &at));
            break;
        }
        let variables =
            json!({"owner": repo.owner, "name": repo.name, "number": number, "cursor": cursor});
        let body = ask.graphql(MORE_COMMITS, &variables);
        match body.and_then(|body| take_commits(&body, &at, found, &mut notices)) {
            Ok(after) => next = after,
            Err(
                GithubError::BadAnswer { .. }
                | GithubError::NotFound { .. }
                | GithubError::Forbidden { .. },
            ) => {
                notices.push(cut("commits", &at));
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(notices)
}

/// Takes a page of commits; gives the cursor of the next one.
fn take_commits(
    body: &[u8],
    at: &str,
    found: &mut Found,
    notices: &mut Vec<Notice>,
) -> Result<Option<String>, GithubError> {
    let body = String::from_utf8_lossy(body);
    let (data, partial): (PullData<'_>, _) = graphql::repository(&body, at)?;
    notices.extend(partial);
    let listing = data.pull_request.and_then(|pull| pull.commits);
    let not_there = || GithubError::NotFound { at: at.to_owned() };
    listing
        .map(|listing| found.add(listing))
        .ok_or_else(not_there)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullsData<'a> {
    #[serde(borrow)]
    pull_requests: PullsListing<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullsListing<'a> {
    total_count: Option<u64>,
    // Without these it is no page: an empty one would say that there is nothing.
    page_info: PageInfo,
    #[serde(borrow)]
    nodes: Rows<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullData<'a> {
    #[serde(borrow)]
    pull_request: Option<CommitsOfPull<'a>>,
}

#[derive(Deserialize)]
struct CommitsOfPull<'a> {
    #[serde(borrow)]
    commits: Option<Listing<'a>>,
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::model::CommitId;
    use crate::sources::github::scripted::{Scripted, at, fixture, shop};

    fn read(github: &Scripted) -> Page<PullRequest> {
        page(github, &shop(), &[], None).unwrap()
    }

    fn id(letter: &str) -> CommitId {
        letter.repeat(40).parse().unwrap()
    }

    /// A page with one pull request with these fields besides its number and times.
    fn one(fields: &str) -> String {
        format!(
            r#"{{"data":{{"repository":{{"pullRequests":{{{LAST},"nodes":[{{"number":7,
            "createdAt":"2026-01-22T10:00:00Z","mergedAt":"2026-01-22T12:00:00Z"{fields}}}]}}}}}}}}"#
        )
    }

    fn pull_with(fields: &str) -> PullRequest {
        read(&Scripted::default().then(one(fields))).items.remove(0)
    }

    fn first_review(author: &str, reviews: &str) -> Option<DateTime<Utc>> {
        let fields = format!(r#","author":{author},"reviews":{{"nodes":[{reviews}]}}"#);
        pull_with(&fields).first_review
    }

    fn review(minute: u32, author: &str) -> String {
        format!(
            r#"{{"submittedAt":"2026-01-22T11:{minute:02}:00Z","state":"APPROVED","author":{author}}}"#
        )
    }

    fn commits(letters: &[&str], next: Option<&str>) -> String {
        let nodes: Vec<_> = letters
            .iter()
            .map(|letter| {
                let oid = letter.repeat(40);
                format!(
                    r#"{{"commit":{{"oid":"{oid}","authoredDate":"2026-01-0{letter}T10:00:00Z"}}}}"#
                )
            })
            .collect();
        format!(
            r#""commits":{{"pageInfo":{{"hasNextPage":{},"endCursor":"{}"}},"nodes":[{}]}}"#,
            next.is_some(),
            next.unwrap_or_default(),
            nodes.join(",")
        )
    }

    fn more(commits: &str) -> String {
        format!(r#"{{"data":{{"repository":{{"pullRequest":{{{commits}}}}}}}}}"#)
    }

    const LAST: &str = r#""pageInfo":{"hasNextPage":false,"endCursor":null}"#;
    const OCTOCAT: &str = r#"{"__typename":"User","login":"octocat"}"#;
    const HUBOT: &str = r#"{"__typename":"User","login":"hubot"}"#;

    #[test]
    fn merged_pull_requests_are_read_with_their_commits_and_reviews() {
        let found = read(&Scripted::default().then(fixture("pulls.json")));
        let squashed = PullRequest {
            number: 1_347,
            opened: at("2026-01-20T10:00:00Z"),
            merged: at("2026-01-22T12:00:00Z"),
            updated: at("2026-01-22T13:00:00Z"),
            merge_commit: Some(id("c")),
            first_commit: Some(at("2026-01-18T22:00:00Z")),
            first_review: Some(at("2026-01-21T11:30:00Z")),
            commits: vec![id("a"), id("b")],
            is_bot: false,
            key_words: vec!["SHOP-12".to_owned(), "SHOP-13".to_owned()],
        };
        let bot = PullRequest {
            number: 1_346,
            updated: at("2026-01-22T12:00:00Z"),
            merge_commit: None,
            first_commit: None,
            first_review: None,
            commits: Vec::new(),
            is_bot: true,
            key_words: Vec::new(),
            ..squashed.clone()
        };
        assert_eq!(found.items, [squashed, bot]);
        assert_eq!(
            (found.total, found.next.as_deref()),
            (Some(412), Some("Y3Vyc29yOjI1"))
        );
        let notices: Vec<_> = found
            .notices
            .iter()
            .map(|notice| (notice.code.as_str(), notice.count, notice.message.as_str()))
            .collect();
        assert_eq!(
            notices,
            [
                (
                    "github-answer-partial",
                    1,
                    "GitHub answered in part only, for it says: Something went wrong"
                ),
                (
                    "github-row-unreadable",
                    2,
                    "2 of 5 pull requests at repos/acme/shop/pulls cannot be read: left out"
                ),
                (
                    "github-row-unreadable",
                    2,
                    "2 of 9 commits and reviews of pull requests at repos/acme/shop/pulls cannot be read: left out"
                ),
            ]
        );
    }

    #[test]
    fn no_login_and_no_word_of_a_title_is_kept() {
        let found = read(&Scripted::default().then(fixture("pulls.json")));
        let kept = format!("{found:?}");
        let words = [
            "octocat",
            "hubot",
            "dependabot",
            "github-actions",
            "secret",
            "cards",
        ];
        for word in words {
            assert!(!kept.contains(word), "{word}: {kept}");
        }
    }

    #[test]
    fn the_next_page_is_asked_for_with_its_cursor() {
        let github = Scripted::default()
            .then(fixture("pulls.json"))
            .then(format!(
                r#"{{"data":{{"repository":{{"pullRequests":{{{LAST},"nodes":[]}}}}}}}}"#
            ));
        let next = read(&github).next;
        let last = page(&github, &shop(), &[], next.as_deref()).unwrap();
        assert_eq!(last, Page::default());
        assert_eq!(
            github.variables(),
            [
                json!({"owner": "acme", "name": "shop", "cursor": null}),
                json!({"owner": "acme", "name": "shop", "cursor": "Y3Vyc29yOjI1"}),
            ]
        );
    }

    #[test]
    fn a_page_that_leads_to_itself_has_no_next_one() {
        let github = Scripted::default().then(fixture("pulls.json"));
        let found = page(&github, &shop(), &[], Some("Y3Vyc29yOjI1")).unwrap();
        assert_eq!(found.next, None);
        let last = found.notices.last().unwrap();
        assert_eq!(last.code, "github-list-cut");
    }

    #[test]
    fn a_page_that_does_not_say_whether_another_follows_is_noticed() {
        for info in [
            r#""pageInfo":{}"#,
            r#""pageInfo":{"hasNextPage":true,"endCursor":null}"#,
        ] {
            let found = read(&Scripted::default().then(one("").replace(LAST, info)));
            assert_eq!((found.items.len(), found.next), (1, None), "{info}");
            assert_eq!(found.notices[0].code, "github-list-cut", "{info}");
        }
    }

    #[test]
    fn only_its_time_says_that_a_pull_request_was_merged() {
        let body = one(r#","mergeCommit":{"oid":"cccccccccccccccccccccccccccccccccccccccc"}"#)
            .replace(r#""2026-01-22T12:00:00Z""#, "null");
        let found = read(&Scripted::default().then(body));
        assert_eq!((found.items, found.notices), (vec![], vec![]));
    }

    #[test]
    fn the_first_review_is_one_of_another_person() {
        let (own, other) = (review(1, OCTOCAT), review(9, HUBOT));
        let expected = Some(at("2026-01-22T11:09:00Z"));
        assert_eq!(first_review(OCTOCAT, &format!("{own},{other}")), expected);
        assert_eq!(first_review(OCTOCAT, &format!("{other},{own}")), expected);
        assert_eq!(
            first_review(OCTOCAT, &own.replace("octocat", "OctoCat")),
            None
        );
        assert_eq!(first_review(OCTOCAT, ""), None);
        for bot in [
            r#"{"__typename":"Bot","login":"anything"}"#,
            r#"{"__typename":"User","login":"Some-App[bot]"}"#,
            r#"{"__typename":"User","login":"Renovate-Bot"}"#,
        ] {
            let reviews = format!("{},{other}", review(1, bot));
            assert_eq!(first_review(OCTOCAT, &reviews), expected, "{bot}");
        }
        let pending = own
            .replace("octocat", "hubot")
            .replace("APPROVED", "PENDING");
        assert_eq!(first_review(OCTOCAT, &pending), None);
        let unsent = r#"{"submittedAt":null,"state":"COMMENTED","author":null}"#;
        assert_eq!(first_review(OCTOCAT, unsent), None);
        for state in ["CHANGES_REQUESTED", "COMMENTED", "DISMISSED"] {
            let said = other.replace("APPROVED", state);
            assert_eq!(first_review(OCTOCAT, &said), expected, "{state}");
        }
    }

    #[test]
    fn a_deleted_account_reviews_others_and_not_itself() {
        let ghost = review(9, "null");
        assert_eq!(
            first_review(OCTOCAT, &ghost),
            Some(at("2026-01-22T11:09:00Z"))
        );
        assert_eq!(first_review("null", &ghost), None);
        let other = review(9, HUBOT);
        assert_eq!(
            first_review("null", &other),
            Some(at("2026-01-22T11:09:00Z"))
        );
    }

    #[test]
    fn bots_are_told_by_their_kind_or_by_their_name() {
        let is_bot = |author: &str| pull_with(&format!(r#","author":{author}"#)).is_bot;
        for bot in [
            r#"{"__typename":"Bot","login":"dependabot"}"#,
            r#"{"__typename":"User","login":"renovate[bot]"}"#,
            r#"{"__typename":"User","login":"Dependabot"}"#,
            r#"{"__typename":"User","login":"github-actions"}"#,
        ] {
            assert!(is_bot(bot), "{bot}");
        }
        for person in [
            OCTOCAT,
            "null",
            "{}",
            r#"{"__typename":"Mannequin","login":"robot"}"#,
            r#"{"__typename":"User","login":"renovates"}"#,
        ] {
            assert!(!is_bot(person), "{person}");
        }
    }

    #[test]
    fn the_first_commit_is_the_one_that_was_written_first() {
        let fields = format!(",{}", commits(&["3", "1", "2", "1"], None));
        let pull = pull_with(&fields);
        assert_eq!(pull.first_commit, Some(at("2026-01-01T10:00:00Z")));
        assert_eq!(pull.commits, [id("3"), id("1"), id("2")]);
        let undated = fields.replace("2026-01-01T10:00:00Z", "in spring");
        let pull = pull_with(&undated);
        assert_eq!(pull.first_commit, Some(at("2026-01-02T10:00:00Z")));
        assert_eq!(
            pull.commits.len(),
            3,
            "a commit without a date is still one"
        );
    }

    #[test]
    fn commits_beyond_the_first_hundred_are_asked_for() {
        let github = Scripted::default()
            .then(one(&format!(",{}", commits(&["4"], Some("x")))))
            .then(more(&commits(&["3"], Some("y"))))
            .then(more(&commits(&["2"], None)));
        let found = read(&github);
        assert_eq!(found.items[0].commits, [id("4"), id("3"), id("2")]);
        assert_eq!(
            found.items[0].first_commit,
            Some(at("2026-01-02T10:00:00Z"))
        );
        assert_eq!(found.notices, []);
        assert_eq!(
            github.variables()[2],
            json!({"owner": "acme", "name": "shop", "number": 7, "cursor": "y"})
        );
    }

    #[test]
    fn no_more_than_a_thousand_commits_of_a_pull_request_are_asked_for() {
        let mut github = Scripted::default().then(one(&format!(",{}", commits(&["1"], Some("0")))));
        for page in 1..20 {
            github = github.then(more(&commits(&["2"], Some(&page.to_string()))));
        }
        let found = read(&github);
        assert_eq!(github.variables().len(), 10);
        assert_eq!(found.notices[0].code, "github-list-cut");
        assert_eq!(
            found.notices[0].message,
            "not all commits at repos/acme/shop/pulls/7 can be listed: the rest is left out"
        );
        let circle = Scripted::default()
            .then(one(&format!(",{}", commits(&["1"], Some("x")))))
            .then(more(&commits(&["2"], Some("x"))))
            .then(more(&commits(&["3"], Some("x"))));
        assert_eq!(read(&circle).items[0].commits, [id("1"), id("2")]);
    }

    #[test]
    fn commits_that_cannot_be_had_lose_no_pull_request() {
        let first = || Scripted::default().then(one(&format!(",{}", commits(&["1"], Some("x")))));
        for body in [
            "<html>",
            r#"{"data":{"repository":{"pullRequest":null}}}"#,
            r#"{"data":null,"errors":[{"type":"NOT_FOUND"}]}"#,
        ] {
            let found = read(&first().then(body));
            assert_eq!(found.items[0].commits, [id("1")], "{body}");
            assert_eq!(found.notices[0].code, "github-list-cut", "{body}");
        }
        let why = "it is HTML".to_owned();
        let at = "graphql".to_owned();
        let found = read(&first().then_fails(GithubError::BadAnswer { at, why }));
        assert_eq!(found.items.len(), 1);
        let github = first().then_fails(GithubError::OutOfTime);
        assert_eq!(
            page(&github, &shop(), &[], None),
            Err(GithubError::OutOfTime)
        );
    }

    #[test]
    fn errors_without_data_are_an_error() {
        let error =
            |body: &str| page(&Scripted::default().then(body), &shop(), &[], None).unwrap_err();
        let at = || "repos/acme/shop/pulls".to_owned();
        let typed = |kind: &str| {
            error(&format!(
                r#"{{"data":{{"repository":null}},"errors":[{{"type":"{kind}","message":"no"}}]}}"#
            ))
        };
        assert_eq!(typed("NOT_FOUND"), GithubError::NotFound { at: at() });
        let message = "no".to_owned();
        assert_eq!(
            typed("FORBIDDEN"),
            GithubError::Forbidden { at: at(), message }
        );
        assert!(matches!(
            typed("RATE_LIMITED"),
            GithubError::RateLimited { .. }
        ));
        let why = "GitHub says: no".to_owned();
        assert_eq!(
            typed("undefinedField"),
            GithubError::BadAnswer { at: at(), why }
        );
        assert_eq!(
            error(r#"{"data":{"repository":null}}"#),
            GithubError::NotFound { at: at() }
        );
        for body in [
            "",
            "[]",
            "{}",
            r#"{"data":null}"#,
            r#"{"data":7}"#,
            r#"{"message":"Bad credentials"}"#,
            r#"{"data":{"repository":{}}}"#,
            r#"{"data":{"repository":{"pullRequests":{"nodes":[]}}}}"#,
            r#"{"data":{"repository":{"pullRequests":{"pageInfo":{"hasNextPage":false}}}}}"#,
            r#"{"data":{"repository":{"pullRequests":{"pageInfo":{},"nodes":null}}}}"#,
            r#"{"data":{"repository":{"pullRequests":{"pageInfo":{},"nodes":7}}}}"#,
            r#"{"errors":[7]}"#,
        ] {
            let error = error(body);
            assert!(
                matches!(error, GithubError::BadAnswer { .. }),
                "{body}: {error}"
            );
        }
    }
}
