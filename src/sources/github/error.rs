//! Why GitHub gave no good answer, in words without tokens, and what helps.

use std::time::Duration;

/// Why there is no answer. `at` is the path that was asked for, never with a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GithubError {
    /// 401: the token is not (or no longer) valid.
    #[error("GitHub does not accept the token")]
    Unauthorized,
    /// 403 that is no rate limit: the token may not read this.
    #[error("the token may not read {at}: {message}")]
    Forbidden {
        /// What was asked for.
        at: String,
        /// What GitHub says; foreign text.
        message: String,
    },
    /// 404, 410, 422 and 451: not there, or not for this token.
    #[error("GitHub has no {at}")]
    NotFound {
        /// What was asked for.
        at: String,
    },
    /// A rate limit whose end is too far away to wait for.
    #[error(
        "GitHub's rate limit is used up; it is free again in {}",
        minutes(wait)
    )]
    RateLimited {
        /// How long it would have taken.
        wait: Duration,
    },
    /// The answer cannot be used: HTML, cut off, too large, not what it should be.
    #[error("the answer to {at} cannot be read: {why}")]
    BadAnswer {
        /// What was asked for.
        at: String,
        /// Why.
        why: String,
    },
    /// Another host was named: the token belongs to this one.
    #[error("{at} was redirected to another host, which is not followed")]
    OtherHost {
        /// What was asked for.
        at: String,
    },
    /// The server failed (5xx) or could not be reached, after all tries.
    #[error("GitHub cannot be reached: {why}")]
    Unreachable {
        /// Why.
        why: String,
    },
    /// The time for it is over.
    #[error("there was no more time")]
    OutOfTime,
}

fn minutes(wait: &Duration) -> String {
    match wait.as_secs().div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

impl GithubError {
    /// The command or setting that helps, if one does.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unauthorized => Some("gh auth login, or set GH_TOKEN to a valid token"),
            Self::Forbidden { .. } | Self::NotFound { .. } => Some(
                "the token needs read access to contents, actions, deployments, issues and pull requests",
            ),
            Self::RateLimited { .. } | Self::Unreachable { .. } | Self::OutOfTime => {
                Some("dora sync continues where this one stopped")
            }
            Self::BadAnswer { .. } | Self::OtherHost { .. } => None,
        }
    }
}
