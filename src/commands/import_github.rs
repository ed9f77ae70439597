//! `dora import --from github`: the issues of the repository, asked for over the network with the same
//! rights as `dora sync`. What is asked is `gather::github::work_items`' business; `import_file` keeps
//! what came, also when the rest did not come.

use crate::error::{Error, Exit};
use crate::gather::github::work_items::{IssuesAsked, IssuesRead, work_items};
use crate::model::WorkItem;
use crate::report::import::FileImported;
use crate::sources::github::{Client, GithubError, Limits, access, repository_of_remote};
use crate::sources::work_items::{Format, Sink};
use crate::store::work_items::{Pieces, WorkItemLog};

use super::github::NotAsked;
use super::import::Run;
use super::import_file::{Export, take};
use super::progress::Progress;

/// Reads the issues into the log. With what came there may be an error: why the rest did not.
///
/// # Errors
/// When GitHub cannot be asked at all.
pub(super) fn import(
    run: &Run<'_>,
    log: &mut WorkItemLog,
) -> Result<(FileImported, Option<Error>), Error> {
    let address = run.session.repository().remote_address();
    let repository = address.and_then(|address| repository_of_remote(&address));
    let repository =
        repository.ok_or_else(|| Error::from(NotAsked::NoRemote).hint("git remote -v"))?;
    // Issues are read as those of a file that holds them.
    let format = Format::of_name("github-issues")
        .ok_or_else(|| Error::failure("issues of GitHub are in no known format"))?;
    let limits = Limits::default();
    let environment = |name: &str| std::env::var(name).ok();
    let access = access(&repository.host, &environment, limits.exchange);
    let access = access.map_err(NotAsked::NoAccess)?;
    let remark = |text: &str| run.output.remark(text);
    let client = Client::connect(access, limits, &remark).map_err(NotAsked::Unable)?;

    let progress = Progress::start(run.output.shows_progress);
    let say = |text: &str| progress.step(&run.output.safe(text), &remark);
    let mut pieces = Pieces::new();
    let mut each = |item: WorkItem| {
        pieces.add(&item);
    };
    let mut sink = Sink::new(repository.to_string(), &mut each);
    let asked = IssuesAsked {
        ask: &client,
        repository: &repository,
        since: run.since,
        say: &say,
    };
    let read = work_items(&asked, &mut sink);
    let remarks = sink.finish();
    progress.finish();
    let mut imported = FileImported {
        file: repository.to_string(),
        ..FileImported::default()
    };
    let export = Export {
        format,
        pieces,
        remarks,
        left_out: 0,
    };
    take(run, export, &mut imported, log);
    Ok((imported, stopped(read)))
}

/// The error for what ended early, with the command that goes on.
fn stopped(read: IssuesRead) -> Option<Error> {
    let error = read.stopped?;
    let exit = match error {
        GithubError::Unauthorized => Exit::Authentication,
        _ => Exit::Failure,
    };
    let goes_on = read.read_until.map(|until| {
        // Of that second there may be more.
        let until = until.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        format!("dora import --from github --since {until} goes on from there")
    });
    let hint = match error {
        GithubError::RateLimited { .. }
        | GithubError::Unreachable { .. }
        | GithubError::OutOfTime => None,
        _ => error.hint().map(str::to_owned),
    };
    let told = Error::new(exit, format!("the import stopped early: {error}"));
    let hints = hint.into_iter().chain(goes_on);
    Some(hints.fold(told, Error::hint))
}
