//! A pull request as GraphQL tells it. Logins tell authors from reviewers and bots from people, here and
//! nowhere else: none is kept; nor are title and branch, but for keys of work items. `pulls` asks, and
//! holds the tests.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::row::{Unreadable, commit_id, date, time};
use super::rows::{Reading, Rows, Unread, readable};
use crate::model::CommitId;
use crate::model::github::PullRequest;
use crate::model::pattern::fits;
use crate::sources::work_item_keys::key_words;

/// Bots that are users like any other to GitHub, lower case. Those that are apps say so themselves.
const BOTS: [&str; 14] = [
    "allcontributors",
    "dependabot",
    "dependabot-preview",
    "github-actions",
    "greenkeeper",
    "greenkeeperio-bot",
    "imgbot",
    "mergify",
    "pre-commit-ci",
    "pyup-bot",
    "renovate",
    "renovate-bot",
    "semantic-release-bot",
    "snyk-bot",
];

/// A listing inside a pull request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listing<'a> {
    page_info: Option<PageInfo>,
    #[serde(borrow)]
    nodes: Option<Rows<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    pub(super) has_next_page: Option<bool>,
    end_cursor: Option<String>,
}

impl PageInfo {
    /// The cursor of the page that follows, if one does.
    pub(super) fn next(self) -> Option<String> {
        let cursor = self.end_cursor.filter(|cursor| !cursor.is_empty());
        cursor.filter(|_| self.has_next_page == Some(true))
    }
}

/// Somebody; known only as long as an answer is read.
#[derive(Deserialize)]
struct Actor {
    #[serde(rename = "__typename")]
    kind: Option<String>,
    login: Option<String>,
}

impl Actor {
    /// `bots` are patterns of logins that are bots here.
    fn is_bot(&self, bots: &[String]) -> bool {
        let login = self.lower_login();
        self.kind.as_deref() == Some("Bot")
            || login.ends_with("[bot]")
            || BOTS.contains(&login.as_str())
            || bots.iter().any(|pattern| fits(pattern, &login))
    }

    fn lower_login(&self) -> String {
        self.login
            .as_deref()
            .unwrap_or_default()
            .to_ascii_lowercase()
    }
}

/// Whether the two are, as far as is known, not the same. A deleted account is nobody in particular.
fn are_different(author: Option<&Actor>, reviewer: Option<&Actor>) -> bool {
    match (author, reviewer) {
        (Some(author), Some(reviewer)) => author.lower_login() != reviewer.lower_login(),
        (None, None) => false,
        _ => true,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PullRow<'a> {
    number: u64,
    #[serde(default, deserialize_with = "time")]
    created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "time")]
    merged_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "time")]
    updated_at: Option<DateTime<Utc>>,
    author: Option<Actor>,
    merge_commit: Option<Oid>,
    title: Option<String>,
    head_ref_name: Option<String>,
    #[serde(borrow)]
    commits: Option<Listing<'a>>,
    #[serde(borrow)]
    reviews: Option<Listing<'a>>,
}

#[derive(Deserialize)]
struct Oid {
    oid: Option<String>,
}

/// A pull request whose commits are still coming in.
pub(super) struct Found {
    pub(super) pull: PullRequest,
    commits: Vec<OwnCommit>,
    /// The cursor of its next page of commits.
    pub(super) next: Option<String>,
    pub(super) unread: Unread,
}

struct OwnCommit {
    id: CommitId,
    authored: Option<DateTime<Utc>>,
}

impl Found {
    /// Takes a page of commits; gives the cursor of the next one.
    pub(super) fn add(&mut self, listing: Listing<'_>) -> Option<String> {
        let rows = listing.nodes.unwrap_or_default();
        let commits = readable(&rows.0, &read_commit, &mut self.unread);
        self.commits.extend(commits);
        listing.page_info.and_then(PageInfo::next)
    }

    pub(super) fn pull_request(mut self) -> PullRequest {
        let authored = self.commits.iter().filter_map(|commit| commit.authored);
        self.pull.first_commit = authored.min();
        let mut seen = HashSet::new();
        let ids = self.commits.iter().map(|commit| commit.id);
        self.pull.commits = ids.filter(|id| seen.insert(*id)).collect();
        self.pull
    }
}

pub(super) fn read_pull(row: &RawValue, bots: &[String]) -> Reading<Found> {
    let row: PullRow<'_> = serde_json::from_str(row.get())?;
    // Only the time says that it was merged: one that was closed has a merge commit as well.
    let Some(merged) = row.merged_at else {
        return Ok(None);
    };
    let mut found = Found {
        pull: PullRequest {
            number: row.number,
            opened: row.created_at.ok_or(Unreadable)?,
            merged,
            updated: row.updated_at.unwrap_or(merged),
            merge_commit: commit_id(row.merge_commit.and_then(|commit| commit.oid).as_deref()),
            first_commit: None,
            first_review: None,
            commits: Vec::new(),
            is_bot: row
                .author
                .as_ref()
                .is_some_and(|author| author.is_bot(bots)),
            key_words: key_words(
                row.title.as_deref().unwrap_or_default(),
                row.head_ref_name.as_deref().unwrap_or_default(),
            ),
        },
        commits: Vec::new(),
        next: None,
        unread: Unread::default(),
    };
    let author = row.author.as_ref();
    let read_review = |row: &RawValue| read_review(row, author, bots);
    let reviews = row
        .reviews
        .and_then(|reviews| reviews.nodes)
        .unwrap_or_default();
    let reviews = readable(&reviews.0, &read_review, &mut found.unread);
    found.pull.first_review = reviews.into_iter().min();
    found.next = row.commits.and_then(|commits| found.add(commits));
    Ok(Some(found))
}

#[derive(Deserialize)]
struct CommitRow<'a> {
    #[serde(borrow)]
    commit: InnerCommit<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InnerCommit<'a> {
    oid: String,
    #[serde(borrow)]
    authored_date: Option<&'a RawValue>,
}

fn read_commit(row: &RawValue) -> Reading<OwnCommit> {
    let row: CommitRow<'_> = serde_json::from_str(row.get())?;
    Ok(Some(OwnCommit {
        id: commit_id(Some(&row.commit.oid)).ok_or(Unreadable)?,
        authored: date(row.commit.authored_date),
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReviewRow {
    #[serde(default, deserialize_with = "time")]
    submitted_at: Option<DateTime<Utc>>,
    state: Option<String>,
    author: Option<Actor>,
}

/// The time of a review that somebody else gave, and no bot.
fn read_review(row: &RawValue, author: Option<&Actor>, bots: &[String]) -> Reading<DateTime<Utc>> {
    let row: ReviewRow = serde_json::from_str(row.get())?;
    let by = row.author.as_ref();
    let counts = row.state.as_deref() != Some("PENDING")
        && !by.is_some_and(|by| by.is_bot(bots))
        && are_different(author, by);
    Ok(row.submitted_at.filter(|_| counts))
}
