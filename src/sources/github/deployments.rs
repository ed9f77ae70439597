//! Deployments that GitHub keeps, and what their statuses say. The listing knows no dates: the caller
//! reads newest first and stops where it knows the rest. Statuses are a question of their own for each
//! deployment.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::page::{List, Page};
use super::row::{Unreadable, commit_id, text, time};
use super::rows::Reading;
use super::{Ask, GithubError, address};
use crate::model::Notice;
use crate::model::github::{GithubDeployment, GithubRepository};

/// Pages of the statuses of one deployment: 1,000 statuses.
const MOST_PAGES: usize = 10;

const DEPLOYMENTS: List<'_, GithubDeployment> = List {
    what: "deployments",
    key: None,
    read: &read_deployment,
};

const STATUSES: List<'_, Status> = List {
    what: "deployment statuses",
    key: None,
    read: &read_status,
};

/// The first page of the deployments of a repository, newest first, without their statuses.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn page(
    ask: &dyn Ask,
    repo: &GithubRepository,
    etag: Option<&str>,
) -> Result<Page<GithubDeployment>, GithubError> {
    let at = format!("{}/deployments?per_page=100", address::repository(repo));
    DEPLOYMENTS.page(ask, &at, etag)
}

/// The page that `next` of another page names.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn next_page(
    ask: &dyn Ask,
    next: &str,
    etag: Option<&str>,
) -> Result<Page<GithubDeployment>, GithubError> {
    DEPLOYMENTS.page(ask, next, etag)
}

/// Reads the statuses of a deployment: when it first succeeded, when it first failed, and whether it
/// came to an end. The newest status says only the last: of an old good deployment it is often
/// `inactive`. What was known before is never taken back by an answer that holds less.
///
/// # Errors
/// When GitHub gives no good answer.
pub fn statuses(
    ask: &dyn Ask,
    repo: &GithubRepository,
    deployment: &mut GithubDeployment,
) -> Result<Vec<Notice>, GithubError> {
    let repository = address::repository(repo);
    let at = format!(
        "{repository}/deployments/{}/statuses?per_page=100",
        deployment.id
    );
    let (statuses, notices) = STATUSES.all(ask, at, MOST_PAGES)?;
    let first = |known: Option<DateTime<Utc>>, states: &[State]| {
        let of_these = statuses
            .iter()
            .filter(|status| states.contains(&status.state));
        of_these.map(|status| status.created).chain(known).min()
    };
    deployment.succeeded = first(deployment.succeeded, &[State::Success]);
    deployment.failed = first(deployment.failed, &[State::Failure]);
    let newest = statuses
        .iter()
        .max_by_key(|status| (status.created, status.id));
    deployment.is_settled = newest.is_some_and(|status| status.state != State::UnderWay);
    Ok(notices)
}

#[derive(Deserialize)]
struct DeploymentRow {
    id: u64,
    sha: Option<String>,
    environment: Option<String>,
    #[serde(default, deserialize_with = "time")]
    created_at: Option<DateTime<Utc>>,
    transient_environment: Option<bool>,
}

fn read_deployment(row: &RawValue) -> Reading<GithubDeployment> {
    let row: DeploymentRow = serde_json::from_str(row.get())?;
    Ok(Some(GithubDeployment {
        id: row.id,
        environment: text(row.environment),
        head: commit_id(row.sha.as_deref()),
        created: row.created_at.ok_or(Unreadable)?,
        is_transient: row.transient_environment.unwrap_or(false),
        succeeded: None,
        failed: None,
        is_settled: false,
    }))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Success,
    /// `failure` and `error`.
    Failure,
    /// Another deployment of its environment followed.
    Inactive,
    /// `queued`, `pending`, `in_progress`, and words of a later GitHub.
    UnderWay,
}

struct Status {
    id: u64,
    state: State,
    created: DateTime<Utc>,
}

#[derive(Deserialize)]
struct StatusRow {
    id: Option<u64>,
    state: String,
    #[serde(default, deserialize_with = "time")]
    created_at: Option<DateTime<Utc>>,
}

fn read_status(row: &RawValue) -> Reading<Status> {
    let row: StatusRow = serde_json::from_str(row.get())?;
    Ok(Some(Status {
        id: row.id.unwrap_or_default(),
        state: match row.state.as_str() {
            "success" => State::Success,
            "failure" | "error" => State::Failure,
            "inactive" => State::Inactive,
            _ => State::UnderWay,
        },
        created: row.created_at.ok_or(Unreadable)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::github::scripted::{Scripted, at, fixture, shop};

    const DEPLOYMENTS_AT: &str = "repos/acme/shop/deployments?per_page=100";
    const STATUSES_AT: &str = "repos/acme/shop/deployments/42/statuses?per_page=100";

    fn deployment() -> GithubDeployment {
        GithubDeployment {
            id: 42,
            environment: "production".to_owned(),
            head: None,
            created: at("2026-01-22T10:00:00Z"),
            is_transient: false,
            succeeded: None,
            failed: None,
            is_settled: false,
        }
    }

    /// Statuses, newest first: minutes after ten and the state.
    fn after(statuses: &[(u64, &str)]) -> GithubDeployment {
        let mut deployment = deployment();
        read(&mut deployment, statuses);
        deployment
    }

    fn read(deployment: &mut GithubDeployment, statuses_given: &[(u64, &str)]) {
        let rows: Vec<_> = statuses_given
            .iter()
            .map(|(minute, state)| {
                format!(
                    r#"{{"id":{minute},"state":"{state}","created_at":"2026-01-22T10:{minute:02}:00Z"}}"#
                )
            })
            .collect();
        let github = Scripted::default().on(STATUSES_AT, format!("[{}]", rows.join(",")));
        assert_eq!(statuses(&github, &shop(), deployment).unwrap(), []);
    }

    fn minute(minute: u64) -> Option<DateTime<Utc>> {
        Some(at(&format!("2026-01-22T10:{minute:02}:00Z")))
    }

    #[test]
    fn deployments_are_read_without_their_statuses() {
        let github = Scripted::default().on(DEPLOYMENTS_AT, fixture("deployments.json"));
        let found = page(&github, &shop(), None).unwrap();
        let first = GithubDeployment {
            id: 1_042,
            head: commit_id(Some("a84d88e7554fc1fa21bcbc4efae3c782a70d2b9d")),
            created: at("2026-01-22T12:00:00Z"),
            ..deployment()
        };
        let preview = GithubDeployment {
            id: 1_041,
            environment: "preview/pr-7 \u{1b}[31m".to_owned(),
            created: at("2026-01-22T11:00:00Z"),
            is_transient: true,
            ..first.clone()
        };
        let bare = GithubDeployment {
            id: 1_040,
            environment: String::new(),
            ..deployment()
        };
        assert_eq!(found.items, [first, preview, bare]);
        assert_eq!(found.total, None);
        assert_eq!(found.notices.len(), 1);
        assert_eq!(found.notices[0].count, 2);
    }

    #[test]
    fn the_time_of_a_deployment_is_that_of_its_first_success() {
        // Ten: in progress, 3 minutes later good, confirmed at 5, replaced by another one at 40.
        let old = after(&[
            (40, "inactive"),
            (5, "success"),
            (3, "success"),
            (0, "in_progress"),
        ]);
        assert_eq!(old.succeeded, minute(3));
        assert_eq!(old.failed, None);
        assert!(old.is_settled);
    }

    #[test]
    fn the_first_failure_counts_whether_it_is_called_failure_or_error() {
        let failed = after(&[(9, "failure"), (7, "error"), (0, "queued")]);
        assert_eq!((failed.succeeded, failed.failed), (None, minute(7)));
        assert!(failed.is_settled);
        let repaired = after(&[(9, "success"), (7, "failure")]);
        assert_eq!(
            (repaired.succeeded, repaired.failed),
            (minute(9), minute(7))
        );
    }

    #[test]
    fn a_deployment_is_settled_when_its_newest_status_is_an_end() {
        for state in ["success", "failure", "error", "inactive"] {
            assert!(
                after(&[(5, state), (0, "in_progress")]).is_settled,
                "{state}"
            );
        }
        for state in [
            "queued",
            "pending",
            "in_progress",
            "waiting",
            "",
            "SUCCESS!",
        ] {
            assert!(!after(&[(5, state), (0, "success")]).is_settled, "{state}");
        }
        assert!(!after(&[]).is_settled);
    }

    #[test]
    fn the_newest_status_is_told_by_its_time_and_then_by_its_number() {
        assert!(after(&[(0, "in_progress"), (5, "success")]).is_settled);
        let body = r#"[{"id":1,"state":"pending","created_at":"2026-01-22T10:00:00Z"},
            {"id":2,"state":"success","created_at":"2026-01-22T10:00:00Z"}]"#;
        let github = Scripted::default().on(STATUSES_AT, body);
        let mut one = deployment();
        statuses(&github, &shop(), &mut one).unwrap();
        assert!(one.is_settled);
    }

    #[test]
    fn an_answer_that_holds_less_takes_nothing_back() {
        let mut known = after(&[(3, "success"), (1, "failure")]);
        read(&mut known, &[]);
        assert_eq!((known.succeeded, known.failed), (minute(3), minute(1)));
        read(&mut known, &[(40, "success")]);
        assert_eq!(known.succeeded, minute(3));
    }

    #[test]
    fn statuses_are_read_to_the_last_page() {
        let newest = r#"[{"id":9,"state":"inactive","created_at":"2026-01-22T10:40:00Z"}]"#;
        let oldest = r#"[{"id":1,"state":"success","created_at":"2026-01-22T10:03:00.9Z"}, 7]"#;
        let github = Scripted::default()
            .on_with_next(STATUSES_AT, newest, "page-2")
            .on("page-2", oldest);
        let mut one = deployment();
        let notices = statuses(&github, &shop(), &mut one).unwrap();
        assert_eq!(one.succeeded, minute(3));
        assert_eq!(notices[0].code, "github-row-unreadable");
        assert_eq!(
            notices[0].message,
            "1 of 3 deployment statuses at repos/acme/shop/deployments/42/statuses cannot be read: \
             left out"
        );
    }

    #[test]
    fn a_failed_question_leaves_the_deployment_as_it_was() {
        let mut one = after(&[(3, "success")]);
        let before = one.clone();
        let github = Scripted::default().fails(STATUSES_AT, GithubError::OutOfTime);
        let error = statuses(&github, &shop(), &mut one).unwrap_err();
        assert_eq!(error, GithubError::OutOfTime);
        assert_eq!(one, before);
    }
}
