//! `dora demo`: a sample project in a new directory, and the report on it. What the project tells is
//! in `sample`.

use std::path::PathBuf;

use crate::cli::{self, Common};
use crate::clock;
use crate::error::{Error, Exit};
use crate::model::shell_path;
use crate::render::{Format, Options, View};
use crate::sample::{self, SampleError};

use super::output::Output;
use super::session::{Session, scope};

impl From<SampleError> for Error {
    fn from(error: SampleError) -> Self {
        let hint = error.hint();
        hint.into_iter()
            .fold(Self::failure(error.to_string()), Self::hint)
    }
}

/// Writes the project and reports on it.
pub(super) fn run(common: &Common, flags: &cli::Demo, output: &mut Output) -> Result<Exit, Error> {
    let now = clock::now().map_err(Error::of_clock)?;
    let directory = match &flags.into {
        Some(directory) => directory.clone(),
        None => temporary_directory()?,
    };
    let project = sample::write(&directory, now)?;
    output.remark(&format!(
        "wrote a sample project of {} commits to {}",
        project.commits,
        directory.display()
    ));
    let common = Common {
        directory: Some(project.repository.clone()),
        ..common.clone()
    };
    let session = Session::open(&common, None)?;
    let account = session.account(output)?;
    let period = account.period(None)?;
    let document = account.document(false, None, &period, &scope(&common));
    let view = if flags.verbose {
        View::Verbose
    } else {
        View::Screen
    };
    let options = Options {
        view,
        ..Options::default()
    };
    output.show(&(&document, &options))?;
    if output.format == Format::Text {
        output.say(&format!(
            "\n Look around: cd {}\n",
            shell_path(&project.repository)
        ));
    }
    Ok(Exit::Done)
}

/// A new directory that stays: the person is invited to look around in it.
fn temporary_directory() -> Result<PathBuf, Error> {
    tempfile::Builder::new()
        .prefix("dora-demo-")
        .tempdir()
        .map(tempfile::TempDir::keep)
        .map_err(|error| {
            Error::failure("cannot make a temporary directory")
                .cause(error.to_string())
                .hint("name one: dora demo DIR")
        })
}
