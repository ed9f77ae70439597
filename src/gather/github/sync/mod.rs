//! Asks GitHub for what is not known yet and keeps it: newest first, as far as the lookback goes, a
//! page at a time. `order` says what comes when; `runs` with `jobs`, `deployments`, `pulls`, `issues`
//! and `commits` with `versions` know what to ask of each kind, `listing` reads what has only a newest
//! end; `kept` saves as it goes, so that an interrupted sync continues. What the cached values mean is
//! told elsewhere.

mod commits;
mod deployments;
mod issues;
mod jobs;
mod kept;
mod listing;
mod order;
mod pulls;
mod runs;
mod versions;

#[cfg(test)]
mod commit_tests;
#[cfg(test)]
mod issue_tests;
#[cfg(test)]
mod listing_tests;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod version_tests;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::gather::uncloned::Uncloned;
use crate::model::github::{Coverage, GithubRepository, Workflow, WorkflowRun};
use crate::model::{Notice, Settings, Window};
use crate::sources::github::{Ask, GithubError};
use crate::store::{Cached, GithubWriter, StoreError};

/// GitHub's index of runs lags: what was covered up to an instant is asked for again from this much
/// before it.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// Broken answers of one kind that are passed over before the rest is given up.
const MOST_BROKEN: usize = 5;

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Runs of deploy workflows, with their jobs.
    Runs,
    /// Deployments that GitHub keeps, with their statuses.
    Deployments,
    /// Merged pull requests.
    Pulls,
    /// Issues that tell of incidents.
    Issues,
    /// Commits of components that are not cloned.
    Commits,
}

impl Kind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [
        Self::Runs,
        Self::Deployments,
        Self::Pulls,
        Self::Issues,
        Self::Commits,
    ];

    /// One of it, in words.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Runs => "run",
            Self::Deployments => "deployment",
            Self::Pulls => "pull request",
            Self::Issues => "issue",
            Self::Commits => "commit",
        }
    }

    /// As files and flags call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Deployments => "deployments",
            Self::Pulls => "pulls",
            Self::Issues => "issues",
            Self::Commits => "commits",
        }
    }
}

/// One sync.
pub struct Sync<'a> {
    /// Who is asked.
    pub ask: &'a dyn Ask,
    /// Where it is kept.
    pub writer: &'a GithubWriter<'a>,
    /// The analysed repository.
    pub repository: &'a GithubRepository,
    /// Those of components, whose pull requests are read as well.
    pub others: &'a [GithubRepository],
    /// How far back.
    pub since: DateTime<Utc>,
    /// Whether spans that are covered already are read again.
    pub reads_again: bool,
    /// Up to when: nothing later is called covered.
    pub now: DateTime<Utc>,
    /// What to ask for.
    pub kinds: &'a [Kind],
    /// The settings in force.
    pub settings: &'a Settings,
    /// Which of the workflows that GitHub lists deploy: their numbers.
    pub deploys: &'a dyn Fn(&[Workflow]) -> Vec<u64>,
    /// The environments whose deployments something better than GitHub's own deployments tells, runs
    /// that are cached by then among them.
    pub told_better: &'a dyn Fn(Option<Cached<WorkflowRun>>) -> BTreeSet<String>,
    /// Components whose repositories are not cloned.
    pub uncloned: &'a [Uncloned],
    /// Told what is being read, now and then.
    pub say: &'a dyn Fn(&str),
}

/// What became of a sync.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Synced {
    /// What is known of each kind now.
    pub kinds: Vec<KindSynced>,
    /// What could not be read.
    pub notices: Vec<Notice>,
    /// Whether GitHub let any kind be listed.
    pub has_read: bool,
    /// Why it ended before everything was asked for.
    pub stopped: Option<GithubError>,
}

impl Synced {
    /// Adds what became of a kind; of one that was asked for before, what became of it since.
    fn add(&mut self, of_kind: KindSynced) {
        match self.kinds.iter_mut().find(|it| it.kind == of_kind.kind) {
            Some(before) => {
                let new = before.new + of_kind.new;
                *before = KindSynced { new, ..of_kind };
            }
            None => self.kinds.push(of_kind),
        }
    }
}

/// What became of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindSynced {
    /// Which.
    pub kind: Kind,
    /// How many values are cached.
    pub known: usize,
    /// How many of them are new.
    pub new: usize,
    /// The spans that are covered, over all questions of this kind.
    pub coverage: Coverage,
}

/// Why something was not read to its end.
enum Stop {
    /// It could not be kept.
    Store(StoreError),
    /// GitHub gave no good answer.
    Github(GithubError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<GithubError> for Stop {
    fn from(error: GithubError) -> Self {
        Self::Github(error)
    }
}

impl Sync<'_> {
    /// The spans that have to be read to know everything since `since`, newest first: what is not
    /// covered, and the end of what is.
    fn spans(&self, coverage: Option<&Coverage>) -> Vec<Window> {
        let whole = Window::new(self.since, self.now);
        let Some(coverage) = coverage.filter(|_| !self.reads_again) else {
            return vec![whole];
        };
        match coverage.newest().filter(|&newest| newest > whole.start) {
            None => vec![whole],
            Some(newest) => {
                let again = start_of_day(newest.min(whole.end) - OVERLAP).max(whole.start);
                let mut spans = vec![Window::new(again, whole.end)];
                spans.extend(coverage.gaps(Window::new(whole.start, again)));
                join_first(spans)
            }
        }
    }

    /// How far back a listing has to be read that can only be read from its newest end.
    fn bottom(&self, coverage: Option<&Coverage>) -> DateTime<Utc> {
        self.spans(coverage)
            .last()
            .map_or(self.since, |span| span.start)
    }
}

/// Counts the answers of one kind that are broken.
#[derive(Default)]
struct Broken(usize);

impl Broken {
    /// The answer to a question of which there are many. One that is broken is told and takes nothing
    /// from the others; many are no accident.
    fn pass_over<T>(
        &mut self,
        answer: Result<T, GithubError>,
        what: impl FnOnce() -> String,
        notices: &mut Vec<Notice>,
    ) -> Result<Option<T>, GithubError> {
        match answer {
            Err(error @ GithubError::BadAnswer { .. }) if self.0 < MOST_BROKEN => {
                self.0 += 1;
                notices.push(not_read(&what(), &error));
                Ok(None)
            }
            answer => answer.map(Some),
        }
    }
}

/// Errors that say something of one question only: the others may still be answered.
fn is_of_one_kind(error: &GithubError) -> bool {
    matches!(
        error,
        GithubError::Forbidden { .. }
            | GithubError::NotFound { .. }
            | GithubError::BadAnswer { .. }
    )
}

/// The notice for something that was not read, so that others go on.
fn not_read(what: &str, error: &GithubError) -> Notice {
    let message = format!("{what} were not read: {error}");
    let mut notice = Notice::new("github-not-read", message).incomplete();
    notice.hint = error.hint().map(str::to_owned);
    notice
}

/// Whether an answer lacks so much of what is known of its span that it cannot be whole. People
/// delete this and that; half of it they do not.
fn is_shrunken(known: usize, missing: usize) -> bool {
    missing * 2 > known
}

/// The notice for such an answer.
fn shrunken(what: &str, span: Window, known: usize, missing: usize) -> Notice {
    let message = format!(
        "GitHub did not list {missing} of {known} {what} that are known for {}: they are kept",
        shown(span)
    );
    Notice::new("github-answer-shrunken", message).hint("dora sync, in a while")
}

fn shown(span: Window) -> String {
    let form = "%Y-%m-%d %H:%M";
    format!(
        "{} to {} UTC",
        span.start.format(form),
        span.end.format(form)
    )
}

/// The midnight (UTC) at or before an instant: questions since a day stay the same for a day.
fn start_of_day(at: DateTime<Utc>) -> DateTime<Utc> {
    at - TimeDelta::seconds(at.timestamp().rem_euclid(86_400))
        - TimeDelta::nanoseconds(i64::from(at.timestamp_subsec_nanos()))
}

/// The newest span and the next are one when they touch.
fn join_first(mut spans: Vec<Window>) -> Vec<Window> {
    if spans.len() > 1 && spans[1].end >= spans[0].start {
        let older = spans.remove(1);
        spans[0] = Window::new(older.start, spans[0].end);
    }
    spans
}
