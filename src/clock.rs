//! The one reader of the wall clock. Everything below takes the instant as an argument, so that
//! the same inputs give the same bytes.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Now: `DORA_NOW` (RFC 3339) where it is set, else the system's clock, in whole seconds: git's own
/// times have no finer ones.
///
/// # Errors
/// The text of `DORA_NOW` when it is not an instant.
pub(crate) fn now() -> Result<DateTime<Utc>, String> {
    match std::env::var("DORA_NOW") {
        Ok(text) if !text.is_empty() => read(&text).ok_or(text),
        _ => Ok(system_time()),
    }
}

/// The end of the running second, or `DORA_NOW`: what happened in this very second is before it, as a
/// deployment that was recorded just now.
///
/// # Errors
/// As of [`now`].
pub(crate) fn end_of_now() -> Result<DateTime<Utc>, String> {
    let is_told = std::env::var("DORA_NOW").is_ok_and(|text| !text.is_empty());
    let rest = TimeDelta::seconds(i64::from(!is_told));
    Ok(now()? + rest)
}

fn read(text: &str) -> Option<DateTime<Utc>> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    Some(instant.to_utc().trunc_subsecs(0))
}

#[expect(
    clippy::disallowed_methods,
    reason = "this file is the one reader of the wall clock"
)]
fn system_time() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_time_has_whole_seconds_like_the_clocks() {
        let read = |text: &str| read(text).map(|instant| instant.to_rfc3339());
        let whole = Some("2026-03-09T09:00:00+00:00".to_owned());
        assert_eq!(read("2026-03-09T09:00:00.999999999Z"), whole);
        assert_eq!(read("2026-03-09T10:00:00.5+01:00"), whole);
        assert_eq!(
            read("1969-12-31T23:59:59.5Z"),
            Some("1969-12-31T23:59:59+00:00".to_owned())
        );
        assert_eq!(read("2026-03-09"), None);
    }
}
