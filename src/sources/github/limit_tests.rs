//! The client and GitHub's rate limits, with the waits written down instead of waited.

use std::time::{Duration, Instant};

use serde_json::json;

use super::client_tests::{AT, Heard, answering, get_heard, with_client};
use super::github_server::{GithubServer, Response};
use super::*;

const PRIMARY: &str = r#"{"message":"API rate limit exceeded for user ID 1."}"#;
const SECONDARY: &str = r#"{"message":"You have exceeded a secondary rate limit."}"#;

/// The primary limit, free again so many seconds after 2026-03-02T10:00:00Z (1772445600), which is the
/// server's own time.
pub(super) fn used_up(seconds: u64) -> Response {
    Response::with_status(403, PRIMARY)
        .header("X-RateLimit-Remaining", "0")
        .header("X-RateLimit-Reset", &(1_772_445_600 + seconds).to_string())
        .header("Date", "Mon, 02 Mar 2026 10:00:00 GMT")
}

#[test]
fn a_primary_rate_limit_is_waited_for_and_announced_before() {
    let server = answering(vec![used_up(299), Response::json("[1]")]);
    let (answer, heard) = get_heard(&server);
    assert_eq!(answer.unwrap().body, b"[1]");
    assert_eq!(heard.waited(), [300]);
    let said = ["GitHub's rate limit is used up; waiting 5 minutes"];
    assert_eq!(heard.said(), said);
}

#[test]
fn a_rate_limit_that_ends_too_late_is_an_error_with_its_time() {
    let server = answering(vec![used_up(3599)]);
    let (answer, heard) = get_heard(&server);
    let wait = Duration::from_secs(3600);
    assert_eq!(answer, Err(GithubError::RateLimited { wait }));
    assert_eq!(heard.waited(), [0; 0]);
    assert_eq!(heard.said(), [""; 0]);
    assert_eq!(server.targets().len(), 1);
}

#[test]
fn a_deadline_goes_before_the_wait_for_a_rate_limit() {
    let server = answering(vec![used_up(299)]);
    let heard = Heard::default();
    let limits = Limits {
        deadline: Some(Instant::now() + Duration::from_secs(60)),
        ..Limits::default()
    };
    let answer = with_client(&server, limits, &heard, |it| it.get(AT, None));
    let wait = Duration::from_secs(300);
    assert_eq!(answer, Err(GithubError::RateLimited { wait }));
    assert_eq!(heard.waited(), [0; 0]);
}

#[test]
fn a_secondary_rate_limit_is_waited_for_as_it_says() {
    let limited = Response::with_status(403, SECONDARY).header("Retry-After", "17");
    let server = answering(vec![limited, Response::json("[1]")]);
    let (answer, heard) = get_heard(&server);
    assert!(answer.is_ok());
    assert_eq!(heard.waited(), [17]);
    let said = ["GitHub's rate limit is used up; waiting 17 seconds"];
    assert_eq!(heard.said(), said);
}

#[test]
fn a_secondary_rate_limit_that_says_nothing_doubles_and_ends() {
    for limited in [
        Response::with_status(403, SECONDARY),
        Response::with_status(429, "{}"),
    ] {
        let server = answering(vec![limited]);
        let (answer, heard) = get_heard(&server);
        assert_eq!(heard.waited(), [60, 120, 240, 480]);
        let wait = Duration::from_secs(960);
        assert_eq!(answer, Err(GithubError::RateLimited { wait }));
    }
}

#[test]
fn a_rate_limit_that_never_ends_is_given_up() {
    let always = Response::with_status(429, "{}").header("Retry-After", "0");
    let server = answering(vec![always]);
    let (answer, heard) = get_heard(&server);
    let wait = Duration::ZERO;
    assert_eq!(answer, Err(GithubError::RateLimited { wait }));
    assert_eq!(heard.waited(), [0; 4]);
}

#[test]
fn a_rate_limit_in_a_good_answer_of_graphql_is_waited_for() {
    let server = GithubServer::start();
    let count = std::sync::atomic::AtomicUsize::new(0);
    server.on_request("POST", "/graphql", move |_| {
        match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => Response::json(r#"{"errors":[{"type":"RATE_LIMITED"}]}"#)
                .header("X-RateLimit-Remaining", "0")
                .header("X-RateLimit-Reset", "1772445609")
                .header("Date", "Mon, 02 Mar 2026 10:00:00 GMT"),
            _ => Response::json(r#"{"data":{}}"#),
        }
    });
    let heard = Heard::default();
    let body = with_client(&server, Limits::default(), &heard, |client| {
        client.graphql("query q", &json!({}))
    });
    assert_eq!(body.unwrap(), br#"{"data":{}}"#);
    assert_eq!(heard.waited(), [10]);
}
