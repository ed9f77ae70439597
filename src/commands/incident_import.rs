//! `dora incident import`: incidents out of exports of other tools, each once. `sources::incidents` reads
//! them, the store says what is new; here rows find their environment and their deployment.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::cli::{self, Common};
use crate::error::{Error, Exit};
use crate::model::period::written;
use crate::render;
use crate::report::incidents::{IncidentFile, IncidentImportSummary};
use crate::sources::incidents::{IncidentRow, read_incidents};
use crate::store::{IncidentOutcome, ToldIncident};

use super::incident;
use super::output::Output;
use super::recording::{self, Recorder};

const COMMAND: &str = "dora incident import";
/// So many rows that were skipped are told; the rest is counted.
const MOST_TOLD: usize = 20;

/// Reads all files, then keeps what is new: nothing of any when one cannot be read.
pub(super) fn run(
    common: &Common,
    flags: &cli::IncidentImport,
    output: &mut Output,
) -> Result<Exit, Error> {
    recording::speaks_text_or_json(COMMAND, output)?;
    if flags.files.iter().filter(|path| is_piped(path)).count() > 1 {
        return Err(Error::usage("standard input (-) can be read once"));
    }
    let recorder = Recorder::open(COMMAND, common, output)?;
    let mut files = Vec::new();
    let mut told = Vec::new();
    let mut skipped = Vec::new();
    for path in &flags.files {
        let (name, export) = read(path, &recorder)?;
        let unread = export.skipped.into_iter();
        skipped.extend(unread.map(|(line, reason)| (files.len(), line, reason)));
        for row in export.rows {
            let line = row.line;
            match here(row, &recorder) {
                Ok(incident) => told.push((files.len(), line, incident)),
                Err(reason) => skipped.push((files.len(), line, reason)),
            }
        }
        files.push(IncidentFile {
            file: name,
            ..IncidentFile::default()
        });
    }
    let incidents: Vec<ToldIncident> = told.iter().map(|(_, _, it)| it.clone()).collect();
    let outcomes = recorder.import(&incidents, flags.dry_run, output)?;
    for ((number, line, _), outcome) in told.iter().zip(outcomes) {
        let Some(file) = files.get_mut(*number) else {
            continue;
        };
        match outcome {
            IncidentOutcome::Opened => file.opened += 1,
            IncidentOutcome::Resolved => file.resolved += 1,
            IncidentOutcome::Known => file.unchanged += 1,
            IncidentOutcome::Refused(reason) => skipped.push((*number, *line, reason)),
        }
    }
    skipped.sort_by_key(|(file, line, _)| (*file, *line));
    for (number, line, reason) in &skipped {
        if let Some(file) = files.get_mut(*number) {
            skip(file, *line, reason);
        }
    }
    let said = IncidentImportSummary {
        schema_version: 1,
        is_dry_run: flags.dry_run,
        files,
    };
    let text = |output: &Output| render::incident_import(&said, &output.style);
    recording::say(&said, text, output)?;
    let is_incomplete = said.files.iter().any(|file| file.rows_skipped > 0);
    Ok(match common.strict && is_incomplete {
        true => Exit::Incomplete,
        false => Exit::Done,
    })
}

fn is_piped(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn skip(file: &mut IncidentFile, line: u64, reason: &str) {
    file.rows_skipped += 1;
    if file.skipped.len() < MOST_TOLD {
        file.skipped.push(format!("{}:{line}: {reason}", file.file));
    }
}

fn read(
    path: &Path,
    recorder: &Recorder,
) -> Result<(String, crate::sources::incidents::IncidentExport), Error> {
    let name = match is_piped(path) {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    };
    let input: Result<Box<dyn Read>, io::Error> = match is_piped(path) {
        true => Ok(Box::new(io::stdin().lock())),
        false => File::open(path).map(|file| Box::new(file) as Box<dyn Read>),
    };
    let export = input.and_then(|input| read_incidents(input, recorder.zone));
    match export {
        Ok(export) => Ok((name, export)),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(Error::new(Exit::InvalidData, format!("{name} {error}"))
                .hint("nothing was imported; the columns are in docs/recording.md"))
        }
        Err(error) => Err(Error::failure(format!("cannot read {name}")).cause(error.to_string())),
    }
}

/// A row with its environment and its deployment as they are called here.
fn here(row: IncidentRow, recorder: &Recorder) -> Result<ToldIncident, String> {
    let now = recorder.now;
    for at in [Some(row.opened_at), row.resolved_at].into_iter().flatten() {
        if at > now {
            return Err(format!("{} is still to come", written(at)));
        }
    }
    let (environment, deployment) = (row.environment.as_deref(), row.deployment.as_deref());
    let cause = incident::cause(recorder, environment, deployment, row.opened_at);
    let cause = cause.map_err(|error| error.message)?;
    Ok(ToldIncident {
        id: row.id,
        title: row.title,
        opened_at: row.opened_at,
        resolved_at: row.resolved_at,
        environment: cause.environment,
        deployment: cause.deployment,
        severity: row.severity,
        caused_by_change: row.caused_by_change,
    })
}
