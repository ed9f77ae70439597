//! Issues of GitHub as work items, asked for over the network: page after page in the order in which they
//! changed. What is handed on stays, whatever happens later; so an import that breaks off goes on from
//! there. Pull requests are no items; incidents are `sync::issues`' business.

use chrono::{DateTime, Utc};

use crate::model::Notice;
use crate::model::github::GithubRepository;
use crate::sources::github::work_issues::{self, Asked, FoundIssue};
use crate::sources::github::{Ask, GithubError, Trail};
use crate::sources::work_items::Sink;

/// Pages of issues: 100,000 issues.
const MOST_PAGES: usize = 2_000;
/// Timelines that cannot be read before the rest is given up.
const MOST_BROKEN: usize = 5;

/// What is asked for.
pub struct IssuesAsked<'a> {
    /// Who is asked.
    pub ask: &'a dyn Ask,
    /// Of which repository.
    pub repository: &'a GithubRepository,
    /// Those that changed at or after this instant; all of them without it.
    pub since: Option<DateTime<Utc>>,
    /// Told what is being read, now and then.
    pub say: &'a dyn Fn(&str),
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IssuesRead {
    /// How many issues were handed on.
    pub issues: usize,
    /// Why it ended before everything was asked for.
    pub stopped: Option<GithubError>,
    /// Everything that changed before this instant was handed on: where to go on from. `None` when
    /// nothing was.
    pub read_until: Option<DateTime<Utc>>,
}

/// Hands every issue to the sink, with everything that happened to it, and what could not be read.
pub fn work_items(asked: &IssuesAsked<'_>, sink: &mut Sink<'_>) -> IssuesRead {
    let mut read = IssuesRead::default();
    let mut reading = Reading {
        asked,
        broken: 0,
        unreadable: 0,
    };
    read.stopped = reading.pages(&mut read, sink).err();
    if reading.unreadable > 0 {
        let count = reading.unreadable;
        let message = format!("{count} events of issues cannot be read: left out");
        let notice = Notice::new("github-event-unreadable", message);
        sink.notice(notice.count(count).incomplete());
    }
    read
}

struct Reading<'a> {
    asked: &'a IssuesAsked<'a>,
    broken: usize,
    unreadable: usize,
}

impl Reading<'_> {
    fn pages(&mut self, read: &mut IssuesRead, sink: &mut Sink<'_>) -> Result<(), GithubError> {
        let IssuesAsked {
            ask,
            repository,
            since,
            say,
        } = *self.asked;
        let mut asks_for = Asked::Everything;
        let page = |asks_for, cursor: Option<&str>| {
            work_issues::page(ask, repository, asks_for, since, cursor)
        };
        let mut first = page(asks_for, None);
        if matches!(first, Err(GithubError::BadAnswer { .. })) {
            // A server that does not know the newer fields refuses the whole question.
            asks_for = Asked::WhatAllKnow;
            first = page(asks_for, None);
        }
        let mut found = first?;
        let mut trail = Trail::of(MOST_PAGES);
        loop {
            for notice in found.notices.drain(..) {
                sink.notice(notice);
            }
            let last = found.items.iter().map(FoundIssue::updated).max();
            for issue in found.items {
                self.hand_on(issue, read, sink)?;
            }
            read.read_until = read.read_until.max(last);
            say(&format!("issues: {}", read.issues));
            let Some(next) = found.next else {
                return Ok(());
            };
            if !trail.goes_on(&next) {
                let message = format!("not all issues of {repository} can be listed");
                sink.notice(Notice::new("github-list-cut", message).incomplete());
                return Ok(());
            }
            found = page(asks_for, Some(&next))?;
        }
    }

    fn hand_on(
        &mut self,
        mut issue: FoundIssue,
        read: &mut IssuesRead,
        sink: &mut Sink<'_>,
    ) -> Result<(), GithubError> {
        if issue.is_cut() {
            let IssuesAsked {
                ask, repository, ..
            } = *self.asked;
            match work_issues::complete(ask, repository, &mut issue) {
                Ok(notices) => notices.into_iter().for_each(|notice| sink.notice(notice)),
                Err(error) if self.passes_over(&error) => sink.notice(not_read(&issue, &error)),
                Err(error) => return Err(error),
            }
        }
        self.unreadable += issue.unreadable();
        read.issues += 1;
        sink.item(issue.into_item());
        Ok(())
    }

    /// Whether an error says something of one timeline only. Many of them are no accident.
    fn passes_over(&mut self, error: &GithubError) -> bool {
        let is_of_one = matches!(
            error,
            GithubError::NotFound { .. } | GithubError::BadAnswer { .. }
        );
        self.broken += usize::from(is_of_one);
        is_of_one && self.broken <= MOST_BROKEN
    }
}

fn not_read(issue: &FoundIssue, error: &GithubError) -> Notice {
    let number = issue.number().unwrap_or_default();
    let message =
        format!("the timeline of issue #{number} was not read beyond its beginning: {error}");
    Notice::new("github-not-read", message).incomplete()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use serde_json::{Value, json};

    use super::*;
    use crate::model::WorkItem;
    use crate::model::work_item::History;
    use crate::sources::github::Answer;
    use crate::sources::work_items::Remarks;

    /// A GitHub that answers question after question, and knows what it was asked.
    #[derive(Default)]
    struct Pages {
        answers: RefCell<VecDeque<Result<String, GithubError>>>,
        timelines: RefCell<VecDeque<Result<String, GithubError>>>,
        asked: RefCell<Vec<(String, Value)>>,
    }

    impl Pages {
        fn then(self, answer: Result<String, GithubError>) -> Self {
            self.answers.borrow_mut().push_back(answer);
            self
        }

        fn timeline(self, answer: Result<String, GithubError>) -> Self {
            self.timelines.borrow_mut().push_back(answer);
            self
        }
    }

    impl Ask for Pages {
        fn get(&self, _: &str, _: Option<&str>) -> Result<Answer, GithubError> {
            let next = self.timelines.borrow_mut().pop_front();
            let body = next.unwrap_or(Err(GithubError::OutOfTime))?.into_bytes();
            Ok(Answer {
                body,
                ..Answer::default()
            })
        }

        fn graphql(&self, query: &str, variables: &Value) -> Result<Vec<u8>, GithubError> {
            let asked = (query.to_owned(), variables.clone());
            self.asked.borrow_mut().push(asked);
            let next = self.answers.borrow_mut().pop_front();
            next.unwrap_or(Err(GithubError::OutOfTime))
                .map(String::into_bytes)
        }
    }

    fn at(day: u32) -> DateTime<Utc> {
        let text = format!("2026-03-{day:02}T09:00:00Z");
        DateTime::parse_from_rfc3339(&text).unwrap().to_utc()
    }

    /// A page with an issue for each day, changed on that day.
    fn page(days: &[u32], next: Option<&str>, is_cut: bool) -> Result<String, GithubError> {
        let nodes: Vec<Value> = days
            .iter()
            .map(|&day| {
                json!({"number": day, "title": "T", "state": "OPEN", "createdAt": at(1),
                    "updatedAt": at(day), "url": format!("https://github.com/acme/shop/issues/{day}"),
                    "timelineItems": {"pageInfo": {"hasNextPage": is_cut}, "nodes": []}})
            })
            .collect();
        let info = json!({"hasNextPage": next.is_some(), "endCursor": next});
        let issues = json!({"totalCount": 9, "pageInfo": info, "nodes": nodes});
        Ok(json!({"data": {"repository": {"issues": issues}}}).to_string())
    }

    fn bad() -> GithubError {
        GithubError::BadAnswer {
            at: "issues".to_owned(),
            why: "GitHub says: Field 'issueType' doesn't exist".to_owned(),
        }
    }

    fn read(github: &Pages, since: Option<DateTime<Utc>>) -> (Vec<WorkItem>, IssuesRead, Remarks) {
        let repository = GithubRepository::new("github.com", "acme", "shop").unwrap();
        let asked = IssuesAsked {
            ask: github,
            repository: &repository,
            since,
            say: &|_| {},
        };
        let mut items = Vec::new();
        let mut each = |item| items.push(item);
        let mut sink = Sink::new("github.com/acme/shop", &mut each);
        let read = work_items(&asked, &mut sink);
        let remarks = sink.finish();
        (items, read, remarks)
    }

    fn ids(items: &[WorkItem]) -> Vec<&str> {
        items.iter().map(|item| item.id.as_str()).collect()
    }

    #[test]
    fn all_pages_are_read_in_the_order_in_which_issues_changed() {
        let github = Pages::default()
            .then(page(&[2, 3], Some("c1"), false))
            .then(page(&[4], None, false));
        let (items, read, remarks) = read(&github, Some(at(2)));
        assert_eq!(ids(&items), ["acme/shop#2", "acme/shop#3", "acme/shop#4"]);
        assert_eq!((read.issues, read.stopped), (3, None));
        assert_eq!(read.read_until, Some(at(4)));
        assert_eq!(remarks, Remarks::default());
        let asked = github.asked.borrow();
        assert_eq!(asked[0].1["since"], json!("2026-03-02T09:00:00Z"));
        assert_eq!(asked[1].1["cursor"], "c1");
        assert!(asked[0].0.contains("direction:ASC"));
    }

    #[test]
    fn what_came_before_an_error_is_kept_and_says_where_to_go_on() {
        let limit = GithubError::RateLimited {
            wait: std::time::Duration::from_secs(3_600),
        };
        let github = Pages::default()
            .then(page(&[2, 3], Some("c1"), false))
            .then(Err(limit.clone()));
        let (items, read, _) = read(&github, None);
        assert_eq!(items.len(), 2);
        assert_eq!(read.stopped, Some(limit));
        assert_eq!(read.read_until, Some(at(3)));
    }

    #[test]
    fn an_error_at_the_first_question_reads_nothing() {
        let github = Pages::default().then(Err(GithubError::Unauthorized));
        let (items, read, _) = read(&github, None);
        assert_eq!(items, []);
        assert_eq!(read.stopped, Some(GithubError::Unauthorized));
        assert_eq!(read.read_until, None);
        assert_eq!(github.asked.borrow().len(), 1);
    }

    #[test]
    fn a_server_that_does_not_know_the_newer_fields_is_asked_without_them() {
        let github = Pages::default()
            .then(Err(bad()))
            .then(page(&[2], Some("c1"), false))
            .then(page(&[3], None, false));
        let (items, read, _) = read(&github, None);
        assert_eq!((items.len(), read.stopped), (2, None));
        let asked = github.asked.borrow();
        let is_full: Vec<bool> = asked.iter().map(|it| it.0.contains("issueType")).collect();
        assert_eq!(is_full, [true, false, false]);
    }

    #[test]
    fn long_timelines_are_read_to_their_end_and_one_that_cannot_be_is_told() {
        let label =
            r#"[{"event":"labeled","created_at":"2026-03-02T10:00:00Z","label":{"name":"x"}}]"#;
        let github = Pages::default()
            .then(page(&[2, 3], None, true))
            .timeline(Ok(label.to_owned()))
            .timeline(Err(bad()));
        let (items, read, remarks) = read(&github, None);
        assert_eq!(read.stopped, None);
        assert_eq!(items[0].history, History::Complete);
        assert_eq!(items[0].events.len(), 2);
        assert_eq!(items[1].history, History::Partial);
        assert_eq!(remarks.notices[0].code, "github-not-read");
        assert!(remarks.notices[0].incomplete);
    }

    #[test]
    fn an_error_within_a_page_goes_on_from_the_page_before() {
        let github = Pages::default()
            .then(page(&[2], Some("c1"), false))
            .then(page(&[3, 4], None, true))
            .timeline(Ok("[]".to_owned()))
            .timeline(Err(GithubError::OutOfTime));
        let (items, read, _) = read(&github, None);
        assert_eq!(ids(&items), ["acme/shop#2", "acme/shop#3"]);
        assert_eq!(read.stopped, Some(GithubError::OutOfTime));
        assert_eq!(read.read_until, Some(at(2)));
    }

    #[test]
    fn a_list_that_leads_in_a_circle_ends() {
        let github = Pages::default()
            .then(page(&[2], Some("c1"), false))
            .then(page(&[3], Some("c2"), false))
            .then(page(&[4], Some("c1"), false));
        let (items, read, remarks) = read(&github, None);
        assert_eq!((items.len(), read.stopped), (3, None));
        assert_eq!(remarks.notices[0].code, "github-list-cut");
    }
}
