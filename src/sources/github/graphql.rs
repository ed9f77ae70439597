//! The body of a GraphQL answer: data, errors, or both. `pulls` asks and reads the data.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::GithubError;
use super::page::{bad, object};
use super::row::text;
use super::rows::Rows;
use crate::model::Notice;

/// How long a GraphQL rate limit lasts at the most, for the answer does not say.
const LIMIT_LASTS: std::time::Duration = std::time::Duration::from_secs(3_600);

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    errors: Option<Rows<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    repository: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct Fault {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
}

/// Takes `repository` out of the data; `at` says in errors what it is about. Errors beside the data are
/// a notice: some of it may be missing.
///
/// # Errors
/// When there is no such repository, or nothing but errors.
pub(super) fn repository<'a, T: Deserialize<'a>>(
    body: &'a str,
    at: &str,
) -> Result<(T, Vec<Notice>), GithubError> {
    let body: Body<'a> = object(body, at)?;
    let Rows(errors) = body.errors.unwrap_or_default();
    let first = errors.first().map(|row| fault(row));
    let data: Option<Data<'a>> = body.data.map(|data| object(data.get(), at)).transpose()?;
    let is_answered = data.is_some();
    let Some(repository) = data.and_then(|data| data.repository) else {
        return Err(error_of(first, is_answered, at));
    };
    let repository = object(repository.get(), at)?;
    let notices = first.map(|fault| {
        let said = text(fault.message);
        let message = format!("GitHub answered in part only, for it says: {said}");
        let notice = Notice::new("github-answer-partial", message);
        notice.count(errors.len()).incomplete()
    });
    Ok((repository, notices.into_iter().collect()))
}

fn fault(row: &RawValue) -> Fault {
    serde_json::from_str(row.get()).unwrap_or_default()
}

fn error_of(fault: Option<Fault>, is_answered: bool, place: &str) -> GithubError {
    let at = place.to_owned();
    let Some(fault) = fault else {
        return match is_answered {
            true => GithubError::NotFound { at },
            false => bad(place, "it holds neither data nor errors"),
        };
    };
    let message = text(fault.message);
    match fault.kind.as_deref() {
        Some("NOT_FOUND") => GithubError::NotFound { at },
        Some("FORBIDDEN" | "INSUFFICIENT_SCOPES") => GithubError::Forbidden { at, message },
        Some("RATE_LIMITED" | "RATE_LIMIT") => GithubError::RateLimited { wait: LIMIT_LASTS },
        _ => bad(place, format!("GitHub says: {message}")),
    }
}
