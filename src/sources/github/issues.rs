//! Issues that may tell of incidents: labels, issues with what they name as their cause, and since when
//! they carry their labels. A listing of issues holds pull requests too; they are left out. Which
//! issues are incidents is settled elsewhere.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::issue_causes::add_causes;
use super::page::{List, Page};
use super::row::{Unreadable, text, time};
use super::rows::Reading;
use super::{Ask, GithubError, address};
use crate::model::Notice;
use crate::model::github::{GithubRepository, IncidentIssue, LabelTime};

/// Pages of labels, and of the events of one issue: 1,000 of each.
const MOST_PAGES: usize = 10;

/// Labels of one issue; GitHub allows 100.
const MOST_LABELS: usize = 200;

/// How often labels of one issue are put on, as far as it is kept: more than the events of its pages.
const MOST_TIMES: usize = 2_000;

/// The names of all labels of a repository, each once.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn labels(
    ask: &dyn Ask,
    repo: &GithubRepository,
) -> Result<(Vec<String>, Vec<Notice>), GithubError> {
    let list = List {
        what: "labels",
        key: None,
        read: &read_label,
    };
    let at = format!("{}/labels?per_page=100", address::repository(repo));
    let (mut labels, notices) = list.all(ask, at, MOST_PAGES)?;
    let mut seen = HashSet::new();
    labels.retain(|label| seen.insert(label.clone()));
    Ok((labels, notices))
}

/// The first page of the issues of a repository, open and closed, last updated first: those that carry
/// a label now, and those updated at or after an instant. A label with a comma cannot be asked for
/// (GitHub would take it for two): all issues are then, and the caller looks at their labels.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn page(
    ask: &dyn Ask,
    repo: &GithubRepository,
    label: Option<&str>,
    since: Option<DateTime<Utc>>,
    etag: Option<&str>,
) -> Result<Page<IncidentIssue>, GithubError> {
    let repository = address::repository(repo);
    let mut at = format!("{repository}/issues?state=all&sort=updated&direction=desc&per_page=100");
    if let Some(label) = label.filter(|label| !label.contains(',')) {
        at.push_str("&labels=");
        at.push_str(&address::encoded(label));
    }
    if let Some(since) = since {
        at.push_str("&since=");
        at.push_str(&address::instant(since));
    }
    next_page(ask, repo, &at, etag)
}

/// The page that `next` of another page names.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn next_page(
    ask: &dyn Ask,
    repo: &GithubRepository,
    next: &str,
    etag: Option<&str>,
) -> Result<Page<IncidentIssue>, GithubError> {
    let list = List {
        what: "issues",
        key: None,
        read: &|row| read_issue(row, repo),
    };
    list.page(ask, next, etag)
}

/// Reads since when an issue carries, or carried, each label. What was known before is not taken back
/// by an answer that names no label.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn label_times(
    ask: &dyn Ask,
    repo: &GithubRepository,
    issue: &mut IncidentIssue,
) -> Result<Vec<Notice>, GithubError> {
    let list = List {
        what: "events of an issue",
        key: None,
        read: &read_event,
    };
    let repository = address::repository(repo);
    let at = format!("{repository}/issues/{}/timeline?per_page=100", issue.number);
    let (mut events, notices) = list.all(ask, at, MOST_PAGES)?;
    events.sort_by_key(|event| event.at);
    let times = times_of(events);
    if !times.is_empty() {
        issue.label_times = times;
    }
    Ok(notices)
}

/// Events in order → from when to when each label was on, once for each time.
fn times_of(events: Vec<LabelEvent>) -> Vec<LabelTime> {
    let mut times: Vec<LabelTime> = Vec::new();
    for event in events {
        let is_it = |time: &LabelTime| time.label == event.label && time.off.is_none();
        match times.iter().rposition(is_it) {
            Some(on) if !event.is_on => times[on].off = Some(event.at),
            None if event.is_on && times.len() < MOST_TIMES => times.push(LabelTime {
                label: event.label,
                on: event.at,
                off: None,
            }),
            // Taken off without having been put on: nothing says since when it was there.
            _ => {}
        }
    }
    times
}

#[derive(Deserialize)]
struct NameRow {
    name: Option<String>,
}

fn read_label(row: &RawValue) -> Reading<String> {
    let row: NameRow = serde_json::from_str(row.get())?;
    row.name
        .map(|name| Some(text(Some(name))))
        .ok_or(Unreadable)
}

/// A label of an issue: its name, or an object with it.
#[derive(Deserialize)]
#[serde(untagged)]
enum LabelRow {
    Name(String),
    Object(NameRow),
    Other(IgnoredAny),
}

impl LabelRow {
    fn name(self) -> Option<String> {
        match self {
            Self::Name(name) => Some(text(Some(name))),
            Self::Object(row) => row.name.map(|name| text(Some(name))),
            Self::Other(IgnoredAny) => None,
        }
    }
}

#[derive(Deserialize)]
struct IssueRow {
    number: u64,
    title: Option<String>,
    body: Option<String>,
    labels: Option<Vec<LabelRow>>,
    state: Option<String>,
    state_reason: Option<String>,
    #[serde(default, deserialize_with = "time")]
    created_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "time")]
    updated_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "time")]
    closed_at: Option<DateTime<Utc>>,
    pull_request: Option<IgnoredAny>,
}

fn read_issue(row: &RawValue, repo: &GithubRepository) -> Reading<IncidentIssue> {
    let row: IssueRow = serde_json::from_str(row.get())?;
    if row.pull_request.is_some() {
        return Ok(None);
    }
    let opened = row.created_at.ok_or(Unreadable)?;
    let updated = row.updated_at.unwrap_or(opened);
    let is_closed = match row.state.as_deref() {
        Some("closed") => true,
        Some(_) => false,
        None => row.closed_at.is_some(),
    };
    let mut causes = Vec::new();
    for text in [&row.title, &row.body].into_iter().flatten() {
        add_causes(text, repo, &mut causes);
    }
    let labels = row.labels.unwrap_or_default().into_iter();
    Ok(Some(IncidentIssue {
        number: row.number,
        title: text(row.title),
        labels: labels
            .filter_map(LabelRow::name)
            .take(MOST_LABELS)
            .collect(),
        opened,
        updated,
        // Closed at a time that is not said: no later than its last change.
        closed: is_closed.then(|| row.closed_at.unwrap_or(updated)),
        closed_as: row
            .state_reason
            .filter(|reason| is_closed && !reason.is_empty())
            .map(|reason| text(Some(reason))),
        label_times: Vec::new(),
        causes,
    }))
}

struct LabelEvent {
    label: String,
    is_on: bool,
    at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct EventKind<'a> {
    #[serde(borrow)]
    event: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct LabelEventRow {
    label: NameRow,
    #[serde(default, deserialize_with = "time")]
    created_at: Option<DateTime<Utc>>,
}

/// A timeline holds many kinds of events, and some have neither time nor name: only those of labels are
/// looked at closely.
fn read_event(row: &RawValue) -> Reading<LabelEvent> {
    let kind: EventKind<'_> = serde_json::from_str(row.get())?;
    let is_on = match kind.event.map(RawValue::get) {
        Some(r#""labeled""#) => true,
        Some(r#""unlabeled""#) => false,
        _ => return Ok(None),
    };
    let row: LabelEventRow = serde_json::from_str(row.get())?;
    Ok(Some(LabelEvent {
        label: text(Some(row.label.name.ok_or(Unreadable)?)),
        is_on,
        at: row.created_at.ok_or(Unreadable)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::github::Cause;
    use crate::sources::github::scripted::{Scripted, at, fixture, shop};

    const ALL: &str = "repos/acme/shop/issues?state=all&sort=updated&direction=desc&per_page=100";
    const LABELS_AT: &str = "repos/acme/shop/labels?per_page=100";
    const TIMELINE_AT: &str = "repos/acme/shop/issues/7/timeline?per_page=100";

    fn read(body: impl Into<Vec<u8>>) -> Page<IncidentIssue> {
        let github = Scripted::default().on(ALL, body);
        page(&github, &shop(), None, None, None).unwrap()
    }

    fn issue_with(fields: &str) -> IncidentIssue {
        let body = format!(
            r#"[{{"number":7,"title":"Checkout down","created_at":"2026-01-22T10:00:00Z",
            "updated_at":"2026-01-22T12:00:00Z"{fields}}}]"#
        );
        read(body).items.remove(0)
    }

    fn asked(label: Option<&str>, since: Option<&str>) -> String {
        let github = Scripted::default();
        page(&github, &shop(), label, since.map(at), None).unwrap_err();
        github.asked().remove(0)
    }

    #[test]
    fn the_names_of_labels_are_read() {
        let github = Scripted::default()
            .on_with_next(LABELS_AT, fixture("labels.json"), "page-2")
            .on("page-2", r#"[{"name":"sev1"},{"name":"incident"}]"#);
        let (labels, notices) = labels(&github, &shop()).unwrap();
        assert_eq!(labels, ["bug", "incident", "sev 1, please", "sev1"]);
        assert_eq!(notices.len(), 1);
        assert_eq!(notices[0].count, 1);
    }

    #[test]
    fn open_and_closed_issues_are_asked_for_by_label_and_update() {
        assert_eq!(asked(None, None), ALL);
        assert_eq!(
            asked(Some("sev 1&x"), None),
            format!("{ALL}&labels=sev%201%26x")
        );
        assert_eq!(
            asked(Some("incident"), Some("2026-01-22T10:00:00.5+01:00")),
            format!("{ALL}&labels=incident&since=2026-01-22T09:00:00Z")
        );
        assert_eq!(
            asked(Some("sev 1, please"), None),
            ALL,
            "a comma parts labels"
        );
    }

    #[test]
    fn issues_are_read_without_their_people_and_texts() {
        let found = read(fixture("issues.json"));
        let first = IncidentIssue {
            number: 1_347,
            title: "Checkout down".to_owned(),
            labels: vec!["incident".to_owned(), "sev1".to_owned()],
            opened: at("2026-01-22T10:00:00Z"),
            updated: at("2026-01-22T12:30:00Z"),
            closed: Some(at("2026-01-22T12:00:00Z")),
            closed_as: Some("completed".to_owned()),
            label_times: Vec::new(),
            causes: vec![Cause::Number(1_340), Cause::Commit("2414721".to_owned())],
        };
        let open = IncidentIssue {
            number: 1_345,
            title: String::new(),
            labels: Vec::new(),
            updated: at("2026-01-22T11:00:00Z"),
            closed: None,
            closed_as: None,
            causes: Vec::new(),
            ..first.clone()
        };
        assert_eq!(found.items, [first, open]);
        assert_eq!(found.notices.len(), 1);
        assert_eq!(found.notices[0].count, 2);
        assert_eq!(
            found.notices[0].message,
            "2 of 5 issues at repos/acme/shop/issues cannot be read: left out"
        );
        let kept = format!("{found:?}");
        assert!(
            !kept.contains("octocat") && !kept.contains("the body"),
            "{kept}"
        );
    }

    #[test]
    fn a_pull_request_is_no_issue_and_no_bad_row() {
        let found = read(r#"[{"number":1,"pull_request":{"url":"x"}}]"#);
        assert_eq!((found.items, found.notices), (vec![], vec![]));
        assert_eq!(issue_with(r#","pull_request":null"#).number, 7);
    }

    #[test]
    fn labels_are_texts_or_objects() {
        let labels = |json: &str| issue_with(&format!(r#","labels":{json}"#)).labels;
        assert_eq!(labels(r#"["a",{"name":"b","color":"f29513"}]"#), ["a", "b"]);
        assert_eq!(labels(r#"[7,null,{"name":null},{},[],"c"]"#), ["c"]);
        assert_eq!(labels("null"), [""; 0]);
    }

    #[test]
    fn only_a_closed_issue_has_an_end() {
        let ends = |fields: &str| {
            let issue = issue_with(fields);
            (issue.closed, issue.closed_as)
        };
        let noon = Some(at("2026-01-22T11:00:00Z"));
        let closed = r#","state":"closed","closed_at":"2026-01-22T11:00:00Z""#;
        assert_eq!(ends(closed), (noon, None));
        let planned = format!(r#"{closed},"state_reason":"not_planned""#);
        assert_eq!(ends(&planned), (noon, Some("not_planned".to_owned())));
        let reopened = r#","state":"open","state_reason":"reopened","closed_at":null"#;
        assert_eq!(ends(reopened), (None, None));
        assert_eq!(ends(r#","closed_at":"2026-01-22T11:00:00Z""#), (noon, None));
        assert_eq!(ends(""), (None, None));
        let unsaid = r#","state":"closed","closed_at":null"#;
        assert_eq!(
            ends(unsaid).0,
            Some(at("2026-01-22T12:00:00Z")),
            "its last change"
        );
    }

    #[test]
    fn causes_come_from_the_title_and_then_from_the_body() {
        let body = r#"[{"number":7,"title":"Down, caused by #2","created_at":"2026-01-22T10:00:00Z",
            "body":"root cause: abcdef0\r\ncaused by #1"}]"#;
        assert_eq!(
            read(body).items[0].causes,
            [
                Cause::Number(2),
                Cause::Commit("abcdef0".to_owned()),
                Cause::Number(1)
            ]
        );
    }

    #[test]
    fn a_label_has_a_time_for_each_time_it_was_put_on() {
        let github = Scripted::default().on(TIMELINE_AT, fixture("timeline.json"));
        let mut issue = issue_with("");
        let notices = label_times(&github, &shop(), &mut issue).unwrap();
        let time = |label: &str, on: &str, off: Option<&str>| LabelTime {
            label: label.to_owned(),
            on: at(&format!("2026-01-22T{on}:00Z")),
            off: off.map(|off| at(&format!("2026-01-22T{off}:00Z"))),
        };
        assert_eq!(
            issue.label_times,
            [
                time("incident", "10:05", Some("10:30")),
                time("sev1", "10:06", None),
                time("incident", "10:31", Some("12:00")),
            ]
        );
        assert_eq!(notices.len(), 1);
        assert_eq!(notices[0].count, 2);
    }

    #[test]
    fn known_times_of_labels_outlive_an_empty_answer() {
        let github = Scripted::default().on(TIMELINE_AT, fixture("timeline.json"));
        let mut issue = issue_with("");
        label_times(&github, &shop(), &mut issue).unwrap();
        let before = issue.clone();
        let github = Scripted::default().on(TIMELINE_AT, "[]");
        label_times(&github, &shop(), &mut issue).unwrap();
        assert_eq!(issue, before);
    }
}
