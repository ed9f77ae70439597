//! `dora import --from github`: the issues of the repository's remote with their timelines, over the
//! network. What came before it broke off is kept; it is told where to go on from.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::error::{Error, Exit};
use crate::gather::github::work_items::{IssuesAsked, IssuesRead, work_items};
use crate::model::{Notice, WorkItem};
use crate::report::import::FileImported;
use crate::sources::github::{Client, GithubError, Limits, access, repository_of_remote};
use crate::sources::work_items::Sink;
use crate::store::work_items::{Pieces, WorkItemLog};

use super::github::NotAsked;
use super::import::Run;
use super::import_file::take_pieces;
use super::progress::Progress;

/// What its items are called, as those of a file.
const NAME: &str = "github";

/// Reads the issues into the log. Beside what came of it: why it ended early, if it did.
pub(super) fn import(
    run: &Run<'_>,
    log: &mut WorkItemLog,
) -> Result<(FileImported, Option<Error>), Error> {
    let address = run.session.repository().remote_address();
    let repository = address
        .and_then(|address| repository_of_remote(&address))
        .ok_or_else(|| Error::from(NotAsked::NoRemote).hint("git remote -v"))?;
    let environment = |name: &str| std::env::var(name).ok();
    let limits = Limits::default();
    let access = access(&repository.host, &environment, limits.exchange)
        .map_err(|error| Error::from(NotAsked::NoAccess(error)))?;
    let progress = Progress::start(run.output.shows_progress);
    let tell = |text: &str| run.output.remark(text);
    let client = Client::connect(access, limits, &tell)
        .map_err(|error| Error::from(NotAsked::Unable(error)))?;
    let mut pieces = Pieces::new();
    let mut each = |item: WorkItem| pieces.add(&item);
    let mut sink = Sink::new(repository.to_string(), &mut each);
    let IssuesRead {
        stopped,
        read_until,
        ..
    } = work_items(
        &IssuesAsked {
            ask: &client,
            repository: &repository,
            since: run.since,
            say: &|text| progress.step(&run.output.safe(text), &tell),
        },
        &mut sink,
    );
    progress.finish();
    let remarks = sink.finish();
    let mut imported = FileImported {
        file: repository.to_string(),
        format: Some(NAME.to_owned()),
        format_title: Some("issues of GitHub".to_owned()),
        ..FileImported::default()
    };
    take_pieces(run, pieces, remarks, &mut imported, log);
    let error = stopped.map(|error| told(&error, read_until, &mut imported));
    Ok((imported, error))
}

/// An import that broke off, as an error and as a notice of what is missing.
fn told(
    error: &GithubError,
    read_until: Option<DateTime<Utc>>,
    imported: &mut FileImported,
) -> Error {
    let message = format!("the import stopped early: {error}");
    let goes_on = read_until.map(|until| {
        let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
        format!("go on from there: dora import --from github --since {until}")
    });
    let notice = Notice::new("github-import-cut", message.clone()).incomplete();
    imported.notices.push(match &goes_on {
        Some(hint) => notice.hint(hint.clone()),
        None => notice,
    });
    let exit = match error {
        GithubError::Unauthorized => Exit::Authentication,
        _ => Exit::Failure,
    };
    // What helps a sync is no help here.
    let hint = match error {
        GithubError::RateLimited { .. }
        | GithubError::Unreachable { .. }
        | GithubError::OutOfTime => None,
        _ => error.hint().map(str::to_owned),
    };
    let hints = hint.into_iter().chain(goes_on);
    hints.fold(Error::new(exit, message), Error::hint)
}
