//! `dora sync`: asks GitHub for what is not cached yet, and says what is known then.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::cli::{self, Common, GithubKind};
use crate::clock;
use crate::error::{Error, Exit};
use crate::gather::github::sync::{Kind, Synced};
use crate::model::period::{PeriodSpec, parse_moment};
use crate::model::{Settings, github::GithubFound};
use crate::render::{self, Format};
use crate::report::github::{CachedKind, SyncSummary};
use crate::sources::github::{GithubError, Limits};

use super::github::{self, NotAsked, Question};
use super::output::Output;
use super::session::Session;

/// Asks, keeps, says.
pub(super) fn run(common: &Common, flags: &cli::Sync, output: &mut Output) -> Result<Exit, Error> {
    if common.as_of.is_some() || common.reference.is_some() {
        return Err(Error::usage(
            "dora sync asks for the present: --as-of and --ref are for reports",
        )
        .hint("dora sync --since 2026-01-01"));
    }
    if !matches!(output.format, Format::Text | Format::Json) {
        return Err(Error::usage("dora sync speaks text or json").hint("dora sync --format json"));
    }
    if common.offline {
        return Err(Error::usage(
            "--offline (or DORA_OFFLINE) opens no connection: nothing to sync",
        ));
    }
    let session = Session::open(common, None)?;
    let store = session.store.clone().ok_or_else(|| {
        Error::failure("dora sync keeps what it reads in .dora/, and there is none")
            .hint("dora init")
    })?;
    let now = clock::now().map_err(Error::of_clock)?;
    let since = since(flags.since.as_deref(), &session.settings, now)?;
    let kinds = kinds(&flags.what);
    let account = session.account(output)?;
    let question = Question {
        since,
        reads_again: flags.since.is_some(),
        kinds: &kinds,
        limits: Limits::default(),
    };
    let asked = github::ask(&account.gathered, &store, &question, now, output);
    let (synced, origin) = asked.map_err(|reason| match reason {
        NotAsked::NoRemote => Error::from(reason).hint("git remote -v"),
        reason => reason.into(),
    })?;
    let found = Session::open(common, None)?
        .account(output)?
        .gathered
        .github;
    let summary = summary(&found, &synced, origin, since);
    if output.format == Format::Json {
        output.say_json(&json!({ "schema_version": 1, "sync": summary }))?;
    } else {
        let zone = account.gathered.facts.settings.timezone;
        output.say(&render::sync_summary(&summary, zone, &output.style));
    }
    // Commits of components are asked for where there are any.
    let lists_something = kinds.iter().any(|kind| *kind != Kind::Commits);
    match synced.stopped {
        None if lists_something && !synced.has_read => {
            output.flush()?;
            Err(
                Error::failure("GitHub let nothing be read of what was asked for")
                    .hint("gh auth status"),
            )
        }
        None if common.strict && synced.notices.iter().any(|it| it.incomplete) => {
            Ok(Exit::Incomplete)
        }
        None => Ok(Exit::Done),
        Some(error) => {
            // What was read is said before the error.
            output.flush()?;
            let exit = match error {
                GithubError::Unauthorized => Exit::Authentication,
                _ => Exit::Failure,
            };
            let hint = error.hint();
            let error = Error::new(exit, format!("the sync stopped early: {error}"));
            Err(hint.into_iter().fold(error, Error::hint))
        }
    }
}

/// A day, an instant, or how long ago.
fn since(
    text: Option<&str>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Error> {
    match text {
        None => Ok(github::lookback(settings, now)),
        Some(text) => instant_since(text, settings, now),
    }
}

/// What `--since` means.
pub(super) fn instant_since(
    text: &str,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Error> {
    if let Ok(moment) = parse_moment(text, now, settings.timezone) {
        return Ok(moment.min(now));
    }
    let spec: Result<PeriodSpec, _> = text.parse();
    let period = spec.and_then(|spec| spec.resolve(now, settings.timezone, None));
    period.map(|period| period.window.start).map_err(|_| {
        Error::usage(format!(
            "--since `{text}` is neither a day, an instant nor a length of time"
        ))
        .hint("write it as 2026-01-01, 2026-01-01T09:00:00Z or 30d")
    })
}

fn kinds(asked: &[GithubKind]) -> Vec<Kind> {
    if asked.is_empty() {
        return Kind::ALL.to_vec();
    }
    asked
        .iter()
        .map(|kind| match kind {
            GithubKind::Runs => Kind::Runs,
            GithubKind::Deployments => Kind::Deployments,
            GithubKind::Pulls => Kind::Pulls,
            GithubKind::Issues => Kind::Issues,
            GithubKind::Commits => Kind::Commits,
        })
        .collect()
}

/// What is said of a sync.
fn summary(
    found: &GithubFound,
    synced: &Synced,
    origin: &str,
    since: DateTime<Utc>,
) -> SyncSummary {
    let kinds = synced.kinds.iter().map(|kind| CachedKind {
        kind: kind.kind.name().to_owned(),
        known: kind.known,
        new: kind.new,
        covered: kind
            .coverage
            .windows()
            .iter()
            .map(|window| [window.start, window.end])
            .collect(),
    });
    SyncSummary {
        asked_with: origin.to_owned(),
        since,
        kinds: kinds.collect(),
        found: found.clone(),
        notices: synced.notices.clone(),
        stopped: synced.stopped.as_ref().map(ToString::to_string),
    }
}
