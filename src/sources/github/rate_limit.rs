//! Whether a reply says that too much was asked, and how long to wait: GitHub's rules for its primary
//! and secondary limits. Only the reply's own clock counts. `client` does the waiting.

use std::time::Duration;

use chrono::DateTime;
use serde_json::Value;

use super::exchange::Reply;

/// How long to wait before a reply is worth asking for again; `None` when it tells of no limit.
/// `retry-after` goes first; then, with nothing remaining, `x-ratelimit-reset` by the reply's own
/// `Date` and one second more; then, for a secondary limit, `pause` doubled for each of the `waits`
/// before. Of a GraphQL answer the body is looked at too: it tells of limits with status 200.
pub(super) fn wait_of(
    reply: &Reply,
    is_graphql: bool,
    pause: Duration,
    waits: u32,
) -> Option<Duration> {
    let says_so = match reply.status {
        429 => true,
        403 => reply.message().to_ascii_lowercase().contains("rate limit"),
        200 => is_graphql && in_graphql(&reply.body),
        _ => false,
    };
    if !says_so && reply.status != 403 {
        return None;
    }
    let by_header = retry_after(reply).or_else(|| until_reset(reply));
    by_header.or_else(|| says_so.then(|| pause.saturating_mul(2_u32.saturating_pow(waits))))
}

fn in_graphql(body: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(body, word).is_some();
    if !has(b"RATE_LIMIT") && !has(b"rate limit") {
        return false;
    }
    // The words alone may be part of somebody's title.
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return false;
    };
    let errors = body.get("errors").and_then(Value::as_array);
    let is_limit = |error: &Value| {
        let kind = error.get("type").and_then(Value::as_str);
        matches!(kind, Some("RATE_LIMITED" | "RATE_LIMIT"))
    };
    let message = body.get("message").and_then(Value::as_str);
    errors.into_iter().flatten().any(is_limit)
        || message.is_some_and(|it| it.to_ascii_lowercase().contains("rate limit"))
}

/// Seconds, or an instant after the reply's own.
fn retry_after(reply: &Reply) -> Option<Duration> {
    let text = reply.header("retry-after")?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?.timestamp();
    Some(seconds_between(date(reply)?, until))
}

fn until_reset(reply: &Reply) -> Option<Duration> {
    if reply.header("x-ratelimit-remaining")?.trim() != "0" {
        return None;
    }
    let reset: i64 = reply.header("x-ratelimit-reset")?.trim().parse().ok()?;
    let wait = seconds_between(date(reply)?, reset);
    Some(wait.saturating_add(Duration::from_secs(1)))
}

fn date(reply: &Reply) -> Option<i64> {
    let date = DateTime::parse_from_rfc2822(reply.header("date")?.trim());
    date.ok().map(|date| date.timestamp())
}

fn seconds_between(from: i64, to: i64) -> Duration {
    let seconds = to.saturating_sub(from);
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(60);

    fn wait(status: u16, headers: &[(&str, &str)], body: &str) -> Option<u64> {
        wait_after(status, headers, body, 0)
    }

    fn wait_after(status: u16, headers: &[(&str, &str)], body: &str, waits: u32) -> Option<u64> {
        let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let reply = Reply {
            status,
            headers: headers.iter().map(own).collect(),
            body: body.as_bytes().to_vec(),
        };
        wait_of(&reply, true, PAUSE, waits).map(|wait| wait.as_secs())
    }

    const PRIMARY: &str = r#"{"message":"API rate limit exceeded for user ID 1."}"#;
    const SECONDARY: &str = r#"{"message":"You have exceeded a secondary rate limit."}"#;
    // 2026-03-02T10:00:00Z is 1772445600.
    const DATE: (&str, &str) = ("date", "Mon, 02 Mar 2026 10:00:00 GMT");
    const NONE_LEFT: (&str, &str) = ("x-ratelimit-remaining", "0");

    #[test]
    fn retry_after_goes_before_everything_else() {
        let reset = ("x-ratelimit-reset", "1772449200");
        let headers = [("retry-after", "7"), NONE_LEFT, reset, DATE];
        assert_eq!(wait(403, &headers, SECONDARY), Some(7));
        assert_eq!(wait(429, &[("retry-after", "7")], ""), Some(7));
        assert_eq!(wait(403, &[("retry-after", "7")], "{}"), Some(7));
        let at = ("retry-after", "Mon, 02 Mar 2026 10:02:00 GMT");
        assert_eq!(wait(429, &[at, DATE], ""), Some(120));
        let huge = ("retry-after", "99999999999999999999999999");
        assert_eq!(wait(429, &[huge], ""), Some(u64::MAX));
    }

    #[test]
    fn a_used_up_primary_limit_ends_by_the_servers_own_clock() {
        let wait = |reset| {
            wait(
                403,
                &[NONE_LEFT, ("x-ratelimit-reset", reset), DATE],
                PRIMARY,
            )
        };
        assert_eq!(wait("1772445690"), Some(91));
        assert_eq!(wait("1772445600"), Some(1));
        assert_eq!(wait("17"), Some(1), "in the past");
        assert_eq!(wait("9223372036854775807"), Some(9_223_372_035_082_330_208));
        assert_eq!(wait("soon"), Some(60), "as a secondary limit");
    }

    #[test]
    fn a_secondary_limit_doubles_its_pause() {
        for (waits, seconds) in [(0, 60), (1, 120), (2, 240), (3, 480)] {
            assert_eq!(wait_after(403, &[DATE], SECONDARY, waits), Some(seconds));
            assert_eq!(wait_after(429, &[], "slow down", waits), Some(seconds));
        }
        let left = ("x-ratelimit-remaining", "4000");
        assert_eq!(wait(403, &[left, DATE], SECONDARY), Some(60));
        assert!(wait_after(429, &[], "", u32::MAX).is_some());
    }

    #[test]
    fn other_refusals_are_no_limits() {
        let forbidden = r#"{"message":"Resource not accessible by integration"}"#;
        assert_eq!(wait(403, &[DATE], forbidden), None);
        assert_eq!(wait(404, &[NONE_LEFT, DATE], "{}"), None);
        assert_eq!(wait(503, &[("retry-after", "7")], ""), None);
    }

    #[test]
    fn graphql_tells_of_limits_in_answers_that_look_good() {
        let limited = r#"{"data":null,"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#;
        let reset = ("x-ratelimit-reset", "1772445609");
        assert_eq!(wait(200, &[NONE_LEFT, reset, DATE], limited), Some(10));
        assert_eq!(wait(200, &[], SECONDARY), Some(60));
        let title = r#"{"data":{"title":"RATE_LIMITED by a rate limit"}}"#;
        assert_eq!(wait(200, &[NONE_LEFT, reset, DATE], title), None);
        let commit = Reply {
            status: 200,
            body: br#"{"message":"fix: wait for the rate limit"}"#.to_vec(),
            ..Reply::default()
        };
        assert_eq!(wait_of(&commit, false, PAUSE, 0), None, "a commit of REST");
    }
}
