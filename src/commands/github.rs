//! When GitHub is asked, and for how long: what `sync`, `init` and `report` share. What is asked for is
//! `gather::github::sync`'s business; how, `sources::github`'s. Nothing here is reached under `--offline`.

use std::cell::RefCell;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use crate::cli::Common;
use crate::error::{Error, Exit};
use crate::gather::Gathered;
use crate::gather::github::sync::{Kind, Sync, Synced};
use crate::model::github::{GithubRepository, Workflow};
use crate::model::{GithubKnown, Notice, Settings};
use crate::sources::github::{Client, GithubError, Limits, NoAccess, access};
use crate::store::{Store, StoreError};

use super::output::Output;
use super::progress::Progress;

/// A report asks again by itself when its data is older.
const FRESH_FOR: TimeDelta = TimeDelta::hours(1);
/// How long a report may ask by itself.
const BUDGET: Duration = Duration::from_secs(2);

/// What to ask for.
pub(super) struct Question<'a> {
    /// How far back.
    pub(super) since: DateTime<Utc>,
    /// Whether what is known is read again.
    pub(super) reads_again: bool,
    /// Which kinds.
    pub(super) kinds: &'a [Kind],
    /// How patiently.
    pub(super) limits: Limits,
}

/// Why GitHub was not asked at all.
pub(super) enum NotAsked {
    /// The repository has no remote on GitHub.
    NoRemote,
    /// There is no right to ask.
    NoAccess(NoAccess),
    /// It could not be kept.
    Store(StoreError),
    /// This machine cannot ask.
    Unable(GithubError),
}

impl NotAsked {
    /// In words, for a remark.
    pub(super) fn words(&self) -> String {
        match self {
            Self::NoRemote => "no remote of this repository is on GitHub".to_owned(),
            Self::NoAccess(error) => error.to_string(),
            Self::Store(error) => error.to_string(),
            Self::Unable(error) => error.to_string(),
        }
    }

    /// What helps.
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::NoRemote => None,
            Self::NoAccess(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Unable(error) => error.hint().map(str::to_owned),
        }
    }
}

impl From<NotAsked> for Error {
    fn from(reason: NotAsked) -> Self {
        let exit = match reason {
            NotAsked::NoAccess(_) => Exit::Authentication,
            NotAsked::Store(error) => return error.into(),
            _ => Exit::Failure,
        };
        let hint = reason.hint();
        let error = Self::new(exit, format!("GitHub was not asked: {}", reason.words()));
        hint.into_iter().fold(error, Self::hint)
    }
}

impl From<StoreError> for NotAsked {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Asks, and keeps what is answered. Also tells by which right it asked.
pub(super) fn ask(
    gathered: &Gathered,
    store: &Store,
    question: &Question<'_>,
    now: DateTime<Utc>,
    output: &Output,
) -> Result<(Synced, &'static str), NotAsked> {
    let repository = gathered
        .github
        .repository
        .as_ref()
        .ok_or(NotAsked::NoRemote)?;
    let environment = |name: &str| std::env::var(name).ok();
    let access = access(&repository.host, &environment, question.limits.exchange)
        .map_err(NotAsked::NoAccess)?;
    let origin = access.origin();
    let writer = store.github_writer("dora sync")?;
    let progress = Progress::start(output.shows_progress);
    let say = |text: &str| output.remark(text);
    let client =
        Client::connect(access, question.limits.clone(), &say).map_err(NotAsked::Unable)?;
    let others: Vec<GithubRepository> = gathered
        .on_github
        .iter()
        .skip(1)
        .flatten()
        .cloned()
        .collect();
    let settings: &Settings = &gathered.facts.settings;
    let unreadable = RefCell::new(None);
    let deploys = |workflows: &[Workflow]| {
        let deploying = gathered.deploying(workflows);
        deploying.unwrap_or_else(|error| {
            let message = format!("which workflows deploy is not known: {error}");
            unreadable.replace(Some(Notice::new("github-not-read", message).incomplete()));
            Vec::new()
        })
    };
    // What cannot be judged is asked for: that costs only time.
    let told_better = |runs| gathered.told_better(runs).unwrap_or_default();
    let synced = Sync {
        ask: &client,
        writer: &writer,
        repository,
        others: &others,
        since: question.since,
        reads_again: question.reads_again,
        now,
        kinds: question.kinds,
        settings,
        deploys: &deploys,
        told_better: &told_better,
        uncloned: &gathered.uncloned,
        say: &|text| progress.step(&output.safe(text), &|line| output.remark(line)),
    }
    .run();
    progress.finish();
    let mut synced = synced?;
    synced.notices.extend(unreadable.into_inner());
    Ok((synced, origin))
}

/// How far back a sync goes by itself.
pub(super) fn lookback(settings: &Settings, now: DateTime<Utc>) -> DateTime<Utc> {
    now - TimeDelta::days(i64::from(settings.lookback_days))
}

/// Whether a report is to ask by itself: only for a repository that was initialised with GitHub, when
/// the data is old, and a person watches.
pub(super) fn is_due(gathered: &Gathered, common: &Common, is_current: bool) -> bool {
    // A kind that is refused for ever stays old; it must not make every report ask.
    let known = gathered.facts.github.as_ref();
    let is_old = known
        .and_then(GithubKnown::last_checked)
        .is_some_and(|checked| gathered.facts.as_of - checked >= FRESH_FOR);
    is_old
        && is_current
        && !common.offline
        && !is_in_ci()
        && io::stdout().is_terminal()
        && !gathered.brings_its_own_cache()
}

fn is_in_ci() -> bool {
    let says_no = |value: &str| matches!(value, "" | "0" | "false");
    std::env::var("CI").is_ok_and(|value| !says_no(&value.to_ascii_lowercase()))
}

/// The patience of a report that asks by itself: two seconds for everything, no second try.
pub(super) fn hurried() -> Limits {
    Limits {
        longest_wait: Duration::ZERO,
        deadline: Some(Instant::now() + BUDGET),
        exchange: BUDGET,
        tries: 1,
        ..Limits::default()
    }
}
