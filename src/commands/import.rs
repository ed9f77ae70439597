//! `dora import`: reads exports of trackers, keeps what is new of them in .dora/work-items.jsonl, and
//! says what that was. `import_file` reads one file or one version of one; nothing is kept of a file
//! that cannot be read as a whole, and the others are still imported. `import_github` asks instead.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::cli::{self, Common, ImportFrom};
use crate::error::{Error, Exit};
use crate::model::Settings;
use crate::render::{self, Format};
use crate::report::import::{FileImported, ImportSummary};
use crate::sources::work_items::Format as ExportFormat;
use crate::store::Store;
use crate::store::work_items::WorkItemLog;

use super::import_file::{self, Given};
use super::import_github;
use super::import_history;
use super::output::Output;
use super::session::Session;
use super::sync::instant_since;

/// What is the same for all files of a run.
pub(super) struct Run<'a> {
    pub(super) session: &'a Session,
    pub(super) settings: &'a Settings,
    /// The format of all files, where a flag names it.
    pub(super) format: Option<ExportFormat>,
    /// Items that did not change since are left out.
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) output: &'a Output,
}

/// Reads, keeps, says.
pub(super) fn run(
    common: &Common,
    flags: &cli::Import,
    output: &mut Output,
) -> Result<Exit, Error> {
    check(common, flags, output)?;
    let session = Session::open(common, None)?;
    let root = session.work_tree().map(Path::to_owned).ok_or_else(|| {
        Error::failure(format!(
            "{} is a bare repository: it has no place for .dora/",
            session.name()
        ))
        .hint("run dora import in a clone")
    })?;
    let format = flags.as_format.as_deref().map(format_of).transpose()?;
    let since = flags
        .since
        .as_deref()
        .map(|text| instant_since(text, &session.settings, session.as_of))
        .transpose()?;
    let mut log = match &session.store {
        Some(store) => store.work_item_log()?,
        None => WorkItemLog::default(),
    };
    let notices = log.notices().to_vec();
    let run = Run {
        session: &session,
        settings: &session.settings,
        format,
        since,
        output,
    };
    let mut files: Vec<FileImported> = Vec::new();
    for path in &flags.files {
        files.push(import_file::import(&run, Given::of(path), &mut log));
    }
    for path in &flags.history {
        files.push(import_history::import(&run, path, &mut log));
    }
    let mut stopped = None;
    if let Some(ImportFrom::Github) = flags.from {
        let (asked, error) = import_github::import(&run, &mut log)?;
        files.push(asked);
        stopped = error;
    }
    let has_news = log.has_news();
    let knows_items = !log.is_empty();
    let made_store = keep(log, &session, &root, flags.dry_run)?;
    let summary = ImportSummary {
        is_dry_run: flags.dry_run,
        made_store,
        notices,
        next: (knows_items && (has_news || !flags.dry_run)).then(|| "dora flow".to_owned()),
        files,
    };
    say(&summary, output)?;
    match stopped {
        None => ended(&summary, common, output),
        Some(error) => {
            // What came is said before the error.
            output.flush()?;
            Err(error)
        }
    }
}

/// What cannot be meant.
fn check(common: &Common, flags: &cli::Import, output: &Output) -> Result<(), Error> {
    if common.as_of.is_some() || common.reference.is_some() {
        return Err(Error::usage(
            "dora import keeps what it reads: --as-of and --ref are for reports",
        )
        .hint("dora flow --as-of T"));
    }
    if !matches!(output.format, Format::Text | Format::Json) {
        return Err(Error::usage("dora import speaks text or json").hint("dora flow --format csv"));
    }
    if common.offline && flags.from.is_some() {
        return Err(Error::usage(
            "--offline (or DORA_OFFLINE) opens no connection: --from asks over the network",
        )
        .hint("dora import export.json reads a file"));
    }
    if flags.files.is_empty() && flags.history.is_empty() && flags.from.is_none() {
        return Err(Error::usage("dora import needs a file to read")
            .hint("dora import export.json, or dora import - for standard input"));
    }
    let piped = flags.files.iter().filter(|path| Given::of(path).is_piped());
    if piped.count() > 1 {
        return Err(Error::usage("standard input (-) can be read once"));
    }
    Ok(())
}

fn format_of(name: &str) -> Result<ExportFormat, Error> {
    ExportFormat::of_name(name).ok_or_else(|| {
        let known: Vec<_> = ExportFormat::all().map(ExportFormat::name).collect();
        Error::usage(format!("there is no format `{name}`"))
            .hint(format!("--as is one of {}", known.join(", ")))
    })
}

/// Appends what is new, into a `.dora/` made for it where there is none. Returns whether one was made.
fn keep(log: WorkItemLog, session: &Session, root: &Path, is_dry_run: bool) -> Result<bool, Error> {
    if is_dry_run || !log.has_news() {
        return Ok(false);
    }
    let (store, is_made) = match &session.store {
        Some(store) => (store.clone(), false),
        None => (Store::create(root, false)?, true),
    };
    store.writer("dora import")?.append_work_items(log)?;
    Ok(is_made)
}

fn say(summary: &ImportSummary, output: &mut Output) -> Result<(), Error> {
    if output.format == Format::Json {
        output.say_json(&json!({ "schema_version": 1, "import": summary }))?;
    } else if summary.files.iter().any(|file| file.error.is_none()) {
        let text = render::import_summary(summary, &output.style);
        output.say(&text);
    }
    Ok(())
}

/// How it ended: files that could not be read are an error, told after what came of the others.
fn ended(summary: &ImportSummary, common: &Common, output: &mut Output) -> Result<Exit, Error> {
    let failed: Vec<&FileImported> = summary
        .files
        .iter()
        .filter(|file| file.error.is_some())
        .collect();
    let error =
        |file: &FileImported| format!("{}: {}", file.file, file.error.clone().unwrap_or_default());
    let mut told = match failed.as_slice() {
        [] => {
            let is_incomplete = summary.notices.iter().any(|notice| notice.incomplete)
                || summary.files.iter().any(is_incomplete);
            return Ok(if common.strict && is_incomplete {
                Exit::Incomplete
            } else {
                Exit::Done
            });
        }
        [only] => Error::new(Exit::InvalidData, error(only)),
        several => {
            let message = format!(
                "{} of {} files could not be read",
                several.len(),
                summary.files.len()
            );
            several
                .iter()
                .fold(Error::new(Exit::InvalidData, message), |told, file| {
                    told.cause(error(file))
                })
        }
    };
    output.flush()?;
    let mut hints: Vec<&String> = failed
        .iter()
        .filter_map(|file| file.hint.as_ref())
        .collect();
    hints.dedup();
    for hint in hints {
        told = told.hint(hint.clone());
    }
    Err(told)
}

fn is_incomplete(file: &FileImported) -> bool {
    file.rows_skipped > 0
        || !file.versions_skipped.is_empty()
        || file.notices.iter().any(|notice| notice.incomplete)
}

/// A path for people: as it was given.
pub(super) fn name_of(path: &Path) -> String {
    path.display().to_string()
}
