//! Issues as work items: all of a repository with their timelines, the one that changed longest ago
//! first, so that reading can go on where it broke off. What a row says is known by
//! `sources::work_items`, as for exports in files; `issues` reads those that tell of incidents.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::page::{List, Page, cut};
use super::pull_rows::PageInfo;
use super::row::Unreadable;
use super::rows::{Reading, Rows, Unread, readable};
use super::{Ask, GithubError, address, graphql};
use crate::model::github::GithubRepository;
use crate::model::{Notice, WorkItem};
use crate::sources::work_items::github_issues::{self, Issue};
use crate::sources::work_items::github_timeline::Timeline;

const WHAT: &str = "issues";
const EVENTS: &str = "events of an issue";
/// Pages of the timeline of one issue: 5,000 events, of which most are comments.
const MOST_PAGES: usize = 50;

/// How much is asked of each issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Its type, the issue it is part of, and what happened to it in projects as well.
    Everything,
    /// What every GitHub Enterprise Server of the last years knows.
    WhatAllKnow,
}

/// The question, in its two forms.
fn question(asked: Asked) -> String {
    let (fields, kinds, events) = match asked {
        Asked::Everything => (
            "issueType{name} parent{number} ",
            ",PROJECT_V2_ITEM_STATUS_CHANGED_EVENT",
            "...on ProjectV2ItemStatusChangedEvent{createdAt status} ",
        ),
        Asked::WhatAllKnow => ("", "", ""),
    };
    format!(
        "query($owner:String!,$name:String!,$cursor:String,$since:DateTime){{\
        repository(owner:$owner,name:$name){{\
        issues(first:50,after:$cursor,filterBy:{{since:$since}},\
        orderBy:{{field:UPDATED_AT,direction:ASC}}){{\
        totalCount pageInfo{{hasNextPage endCursor}} nodes{{\
        number title url state stateReason createdAt updatedAt closedAt {fields}\
        labels(first:100){{nodes{{name}}}} \
        timelineItems(first:100,itemTypes:[LABELED_EVENT,UNLABELED_EVENT,CLOSED_EVENT,\
        REOPENED_EVENT{kinds}]){{pageInfo{{hasNextPage}} nodes{{__typename \
        ...on LabeledEvent{{createdAt label{{name}}}} \
        ...on UnlabeledEvent{{createdAt label{{name}}}} \
        ...on ClosedEvent{{createdAt stateReason}} \
        ...on ReopenedEvent{{createdAt}} {events}}}}}\
        }}}}}}}}"
    )
}

/// An issue with what was read of its timeline.
#[derive(Debug)]
pub struct FoundIssue {
    issue: Issue,
    timeline: Timeline,
    is_cut: bool,
}

impl FoundIssue {
    /// When it changed last.
    pub fn updated(&self) -> DateTime<Utc> {
        self.issue.item.updated
    }

    /// Its number.
    pub fn number(&self) -> Option<u64> {
        self.issue.number()
    }

    /// Whether its timeline goes on.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Events that matter and could not be read.
    pub fn unreadable(&self) -> usize {
        self.timeline.unreadable
    }

    /// It, as an item.
    pub fn into_item(self) -> WorkItem {
        self.issue.with_history(self.timeline, self.is_cut)
    }
}

/// A page of the issues of a repository, open and closed, that changed at or after an instant, in the
/// order in which they changed; the first one without a cursor. Its `next` is the cursor of the page
/// that follows.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn page(
    ask: &dyn Ask,
    repo: &GithubRepository,
    asked: Asked,
    since: Option<DateTime<Utc>>,
    cursor: Option<&str>,
) -> Result<Page<FoundIssue>, GithubError> {
    let since = since.map(address::instant);
    let variables: Value =
        json!({"owner": repo.owner, "name": repo.name, "cursor": cursor, "since": since});
    let at = format!("{}/issues", address::repository(repo));
    let body = ask.graphql(&question(asked), &variables)?;
    let body = String::from_utf8_lossy(&body);
    let (data, mut notices): (IssuesData<'_>, _) = graphql::repository(&body, &at)?;
    let listing = data.issues;
    let name = told_name(repo);
    let mut unread = Unread::default();
    let Rows(rows) = listing.nodes;
    let items = readable(&rows, &|row| read_issue(row, &name), &mut unread);
    notices.extend(unread.notices(WHAT, &at));
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
        notices,
        ..Page::default()
    })
}

/// Reads the whole timeline of an issue of which a page holds only the beginning.
///
/// # Errors
/// When GitHub gives no good answer; the beginning stays.
pub fn complete(
    ask: &dyn Ask,
    repo: &GithubRepository,
    found: &mut FoundIssue,
) -> Result<Vec<Notice>, GithubError> {
    let Some(number) = found.number() else {
        return Ok(Vec::new());
    };
    let list = List {
        what: EVENTS,
        key: None,
        read: &|row| Ok(Some(row.to_owned())),
    };
    let repository = address::repository(repo);
    let at = format!("{repository}/issues/{number}/timeline?per_page=100");
    let (rows, notices): (Vec<Box<RawValue>>, _) = list.all(ask, at, MOST_PAGES)?;
    let mut timeline = Timeline::default();
    for row in &rows {
        timeline.add(row);
    }
    found.is_cut = notices
        .iter()
        .any(|notice| notice.code == "github-list-cut");
    found.timeline = timeline;
    Ok(notices)
}

/// The repository as an item's id names it, where its address is not told.
fn told_name(repo: &GithubRepository) -> String {
    match repo.host.as_str() {
        "github.com" => format!("{}/{}", repo.owner, repo.name),
        host => format!("{host}/{}/{}", repo.owner, repo.name),
    }
}

fn read_issue(row: &RawValue, repository: &str) -> Reading<FoundIssue> {
    let read = github_issues::issue(row.get(), Some(repository)).map_err(|_| Unreadable)?;
    Ok(read.map(|(issue, rows)| {
        let mut timeline = Timeline::default();
        for row in &rows.nodes {
            timeline.add(row);
        }
        FoundIssue {
            issue,
            timeline,
            is_cut: rows.is_cut || !rows.is_told,
        }
    }))
}

#[derive(Deserialize)]
struct IssuesData<'a> {
    #[serde(borrow)]
    issues: IssuesListing<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IssuesListing<'a> {
    total_count: Option<u64>,
    // Without these it is no page: an empty one would say that there is nothing.
    page_info: PageInfo,
    #[serde(borrow)]
    nodes: Rows<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::work_item::History;
    use crate::sources::github::scripted::{Scripted, at, shop};

    const TIMELINE_AT: &str = "repos/acme/shop/issues/7/timeline?per_page=100";

    fn body(nodes: &str, next: Option<&str>) -> String {
        let info = json!({"hasNextPage": next.is_some(), "endCursor": next});
        format!(
            r#"{{"data":{{"repository":{{"issues":{{"totalCount":1,"pageInfo":{info},"nodes":[{nodes}]}}}}}}}}"#
        )
    }

    fn node(number: u64, timeline: &str) -> String {
        format!(
            r#"{{"number":{number},"title":"T","url":"https://github.com/acme/shop/issues/{number}",
            "state":"OPEN","stateReason":null,"createdAt":"2026-03-02T09:00:00Z",
            "updatedAt":"2026-03-04T09:00:00Z","closedAt":null,"labels":{{"nodes":[{{"name":"bug"}}]}},
            "timelineItems":{timeline}}}"#
        )
    }

    const WHOLE: &str = r#"{"pageInfo":{"hasNextPage":false},"nodes":[{"__typename":"LabeledEvent",
        "createdAt":"2026-03-03T09:00:00Z","label":{"name":"status: Dev"}}]}"#;
    const CUT: &str = r#"{"pageInfo":{"hasNextPage":true},"nodes":[]}"#;

    fn read(github: &Scripted) -> Page<FoundIssue> {
        page(github, &shop(), Asked::Everything, None, None).unwrap()
    }

    #[test]
    fn issues_are_read_with_their_timelines_and_the_next_cursor() {
        let github = Scripted::default().then(body(&node(7, WHOLE), Some("c1")));
        let mut found = read(&github);
        assert_eq!((found.total, found.next.as_deref()), (Some(1), Some("c1")));
        assert_eq!(found.notices, []);
        let item = found.items.remove(0).into_item();
        assert_eq!((item.id.as_str(), item.key.as_str()), ("acme/shop#7", "#7"));
        assert_eq!(item.history, History::Complete);
        assert_eq!(item.events.len(), 2);
        assert_eq!(item.updated, at("2026-03-04T09:00:00Z"));
    }

    #[test]
    fn the_instant_and_the_cursor_are_asked_with() {
        let github = Scripted::default()
            .then(body("", None))
            .then(body("", None));
        let since = Some(at("2026-03-01T00:00:00Z"));
        page(&github, &shop(), Asked::Everything, since, None).unwrap();
        page(&github, &shop(), Asked::Everything, since, Some("c1")).unwrap();
        let asked = github.variables();
        assert_eq!(asked[0]["since"], "2026-03-01T00:00:00Z");
        assert_eq!(asked[0]["cursor"], Value::Null);
        assert_eq!(asked[1]["cursor"], "c1");
        assert_eq!(
            (&asked[1]["owner"], &asked[1]["name"]),
            (&json!("acme"), &json!("shop"))
        );
    }

    #[test]
    fn what_is_asked_of_older_servers_names_nothing_that_is_new() {
        let plain = question(Asked::WhatAllKnow);
        for word in ["issueType", "parent", "PROJECT_V2", "ProjectV2"] {
            assert!(question(Asked::Everything).contains(word), "{word}");
            assert!(!plain.contains(word), "{word}");
        }
        let brackets = |open, close| plain.matches(open).count() == plain.matches(close).count();
        assert!(brackets('{', '}') && brackets('(', ')') && brackets('[', ']'));
    }

    #[test]
    fn a_timeline_that_goes_on_is_read_by_itself() {
        let label = |day: u32| {
            format!(
                r#"{{"event":"labeled","created_at":"2026-03-{day:02}T09:00:00Z","label":{{"name":"l{day}"}}}}"#
            )
        };
        let github = Scripted::default()
            .then(body(&node(7, CUT), None))
            .on_with_next(TIMELINE_AT, format!("[{}]", label(3)), "page-2")
            .on("page-2", format!("[{}]", label(4)));
        let mut found = read(&github).items.remove(0);
        assert!(found.is_cut());
        let notices = complete(&github, &shop(), &mut found).unwrap();
        assert_eq!(notices, []);
        let item = found.into_item();
        assert_eq!(item.history, History::Complete);
        assert_eq!(item.events.len(), 3);
    }

    #[test]
    fn a_timeline_that_cannot_be_read_leaves_its_beginning() {
        let github = Scripted::default().then(body(&node(7, CUT), None));
        let mut found = read(&github).items.remove(0);
        assert!(complete(&github, &shop(), &mut found).is_err());
        assert_eq!(found.into_item().history, History::Partial);
    }

    #[test]
    fn bad_rows_are_counted_and_lose_no_other() {
        let nodes = format!(r#"7,{{"number":1}},{}"#, node(7, WHOLE));
        let found = read(&Scripted::default().then(body(&nodes, None)));
        assert_eq!(found.items.len(), 1);
        assert_eq!(found.notices[0].code, "github-row-unreadable");
        assert_eq!(found.notices[0].count, 2);
    }

    #[test]
    fn a_page_that_does_not_say_how_it_goes_on_is_told() {
        let text = r#"{"data":{"repository":{"issues":{"pageInfo":{},"nodes":[]}}}}"#;
        let found = read(&Scripted::default().then(text));
        assert_eq!(found.notices[0].code, "github-list-cut");
    }
}
