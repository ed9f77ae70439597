//! One export of `dora import`: opened, recognised, read item by item, and what is new of it taken into
//! the log. `import` goes from file to file, `import_history` from version to version of one.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::ledger::flow::{Decision, placed};
use crate::model::WorkItem;
use crate::model::work_item::{History, Status};
use crate::report::import::{FileImported, Histories, UnnamedStatus};
use crate::sources::work_items::{Format, Input, ReadOptions, Remarks, Sink};
use crate::store::work_items::{Added, Pieces, WorkItemLog};

use super::import::{Run, name_of};
use super::progress::Progress;

/// Standard input is held in memory; more of it is better read from a file.
const MOST_PIPED: u64 = 512 << 20;

/// So many bytes are read between two words on progress.
const STEP: u64 = 1 << 20;

/// Where an export comes from.
pub(super) enum Given {
    /// Standard input.
    Piped,
    /// A file.
    At(PathBuf),
}

impl Given {
    /// What an argument means: `-` is standard input.
    pub(super) fn of(path: &Path) -> Self {
        if path.as_os_str() == "-" {
            Self::Piped
        } else {
            Self::At(path.to_owned())
        }
    }

    pub(super) fn is_piped(&self) -> bool {
        matches!(self, Self::Piped)
    }
}

/// Why nothing is read of a file, and what to do.
pub(super) struct Fault {
    pub(super) reason: String,
    pub(super) hint: Option<String>,
}

impl Fault {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: None,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What was read of one export.
pub(super) struct Export {
    pub(super) format: Format,
    pub(super) pieces: Pieces,
    pub(super) remarks: Remarks,
    pub(super) left_out: u64,
}

/// Reads one file into the log.
pub(super) fn import(run: &Run<'_>, given: Given, log: &mut WorkItemLog) -> FileImported {
    let mut imported = FileImported {
        file: match &given {
            Given::Piped => "standard input".to_owned(),
            Given::At(path) => name_of(path),
        },
        ..FileImported::default()
    };
    let progress = Progress::start(run.output.shows_progress);
    let read = match given {
        Given::Piped => all_of(&mut io::stdin().lock()).and_then(|content| {
            read(
                run,
                &imported.file,
                &mut Cursor::new(content),
                run.session.as_of,
            )
        }),
        Given::At(path) => read_file(run, &path, &progress),
    };
    progress.finish();
    match read {
        Ok(read) => take(run, read, &mut imported, log),
        Err(fault) => {
            imported.error = Some(fault.reason);
            imported.hint = fault.hint;
        }
    }
    imported
}

fn read_file(run: &Run<'_>, path: &Path, progress: &Progress) -> Result<Export, Fault> {
    let name = name_of(path);
    let cannot = |error: io::Error| Fault::new(format!("cannot be read: {error}"));
    let found = fs::metadata(path).map_err(cannot)?;
    if found.is_dir() {
        return Err(Fault::new("is a directory").hint(format!(
            "name the files in it: dora import {}/*",
            crate::model::shell_path(path)
        )));
    }
    let mut file = File::open(path).map_err(cannot)?;
    if !found.is_file() {
        // A pipe or a device: it can be read once, and formats are told by reading the beginning.
        return read(
            run,
            &name,
            &mut Cursor::new(all_of(&mut file)?),
            run.session.as_of,
        );
    }
    let changed = found.modified().map(DateTime::<Utc>::from);
    let exported = changed.map_or(run.session.as_of, |at| at.min(run.session.as_of));
    let total = found.len();
    let step = |at: u64| {
        let what = format!("{name}: {} of {} MB", at >> 20, total >> 20);
        progress.step(&what, &|text| run.output.remark(text));
    };
    let mut input = Watched {
        input: file,
        at: 0,
        told: Cell::new(0),
        step: &step,
    };
    read(run, &name, &mut input, exported)
}

/// Everything that comes out of a pipe.
fn all_of(pipe: &mut dyn Read) -> Result<Vec<u8>, Fault> {
    let mut content = Vec::new();
    pipe.take(MOST_PIPED + 1)
        .read_to_end(&mut content)
        .map_err(|error| Fault::new(format!("cannot be read: {error}")))?;
    if content.len() as u64 > MOST_PIPED {
        return Err(
            Fault::new("is longer than what is taken from a pipe (512 MiB)")
                .hint("write it to a file: dora import export.json"),
        );
    }
    Ok(content)
}

/// Recognises an export and reads its items. `exported` is when it was made, as far as its
/// surroundings tell.
pub(super) fn read(
    run: &Run<'_>,
    name: &str,
    input: &mut dyn Input,
    exported: DateTime<Utc>,
) -> Result<Export, Fault> {
    let cannot = |error: io::Error| Fault::new(format!("cannot be read: {error}"));
    let format = match run.format {
        Some(format) => format,
        None => Format::recognise(input)
            .map_err(cannot)?
            .map_err(|unknown| {
                let known: Vec<_> = Format::all().map(Format::title).collect();
                Fault::new(format!(
                    "is in no format that dora knows: {}",
                    unknown.looks_like
                ))
                .hint(format!(
                    "known formats: {}; see docs/import.md",
                    known.join(", ")
                ))
            })?,
    };
    let options = ReadOptions {
        timezone: run.settings.timezone,
        exported,
        flow: &run.settings.flow,
    };
    let mut pieces = Pieces::new();
    let mut left_out = 0;
    let mut each = |item: WorkItem| {
        // An event of its own knows only its own time.
        let last = item.events.last().map(|event| event.at);
        let changed = last.map_or(item.updated, |last| last.max(item.updated));
        if run.since.is_some_and(|since| changed < since) {
            left_out += 1;
        } else {
            pieces.add(&item);
        }
    };
    let mut sink = Sink::new(name, &mut each);
    format.read(input, &options, &mut sink).map_err(cannot)?;
    let mut remarks = sink.finish();
    remarks.skipped += pieces.refused();
    if pieces.is_empty() && left_out == 0 && remarks.skipped > 0 {
        let first = remarks.told.first().map(|told| format!(": {told}"));
        return Err(Fault::new(format!(
            "holds nothing that can be read as {}{}",
            format.title(),
            first.unwrap_or_default()
        )));
    }
    Ok(Export {
        format,
        pieces,
        remarks,
        left_out,
    })
}

/// Takes what is new of an export into the log, and notes what that was.
pub(super) fn take(
    run: &Run<'_>,
    read: Export,
    imported: &mut FileImported,
    log: &mut WorkItemLog,
) {
    imported.format = Some(read.format.name().to_owned());
    imported.format_title = Some(read.format.title().to_owned());
    imported.rows_skipped += read.remarks.skipped;
    imported.skipped.extend(read.remarks.told);
    imported.skipped.truncate(Sink::MOST_TOLD);
    imported.items_left_out += read.left_out;
    for notice in read.remarks.notices {
        let mut known = imported.notices.iter_mut();
        match known.find(|known| known.code == notice.code) {
            // Versions of one file say the same of the same items.
            Some(known) if notice.count > known.count => *known = notice,
            Some(_) => {}
            None => imported.notices.push(notice),
        }
    }
    imported.history = histories(&read.pieces);
    imported.unnamed_statuses = unnamed(run, &read.pieces);
    let Added {
        new,
        changed,
        unchanged,
        events,
    } = log.tell(read.pieces);
    imported.items_new += new;
    imported.items_changed += changed;
    imported.items_unchanged = unchanged;
    imported.events_new += events;
}

fn histories(pieces: &Pieces) -> Histories {
    let mut histories = Histories::default();
    for (history, count) in pieces.histories() {
        match history {
            History::Complete => histories.complete = count,
            History::Partial => histories.partial = count,
            History::Approximate => histories.approximate = count,
        }
    }
    histories
}

/// Statuses that no stage names and no list of what blocks, with where their items go.
fn unnamed(run: &Run<'_>, pieces: &Pieces) -> Vec<UnnamedStatus> {
    let told = pieces.statuses();
    let statuses: Vec<Status> = told
        .iter()
        .map(|told| Status {
            category: told.category,
            ..Status::named(told.name.clone())
        })
        .collect();
    let flow = &run.settings.flow;
    let placed = placed(flow, &statuses);
    let unnamed = told
        .into_iter()
        .zip(placed)
        .filter_map(|(told, (stage, decided_by))| {
            let is_named = matches!(decided_by, Decision::Stage | Decision::Blocked);
            let stage = stage.and_then(|stage| flow.stages.get(stage));
            (!is_named).then(|| UnnamedStatus {
                name: told.name,
                events: told.events,
                stage: stage.map(|stage| stage.name.clone()),
            })
        });
    unnamed.collect()
}

/// An input that tells how far it was read.
struct Watched<'a, I> {
    input: I,
    at: u64,
    told: Cell<u64>,
    step: &'a dyn Fn(u64),
}

impl<I: Read> Read for Watched<'_, I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.at += count as u64;
        if self.at.abs_diff(self.told.get()) >= STEP {
            self.told.set(self.at);
            (self.step)(self.at);
        }
        Ok(count)
    }
}

impl<I: Seek> Seek for Watched<'_, I> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.input.seek(to)?;
        Ok(self.at)
    }
}
