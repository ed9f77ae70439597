//! The one reader of the wall clock. Everything below takes the instant as an argument, so that
//! the same inputs give the same bytes.

use chrono::{DateTime, SubsecRound, Utc};

/// Now: `DORA_NOW` (RFC 3339) where it is set, else the system's clock, in whole seconds: git's own
/// times have no finer ones.
///
/// # Errors
/// The text of `DORA_NOW` when it is not an instant.
pub(crate) fn now() -> Result<DateTime<Utc>, String> {
    match std::env::var("DORA_NOW") {
        Ok(text) if !text.is_empty() => DateTime::parse_from_rfc3339(&text)
            .map(|instant| instant.to_utc())
            .map_err(|_| text),
        _ => Ok(system_time()),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this file is the one reader of the wall clock"
)]
fn system_time() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(0)
}
