//! `dora import --history`: every version of a tracked export, oldest first, each as it was exported when
//! it was committed. A version that cannot be read is skipped with its commit.

use std::io::Cursor;
use std::path::Path;

use crate::gather::{ExportVersion, export_versions};
use crate::report::import::FileImported;
use crate::store::work_items::WorkItemLog;

use super::import::{Run, name_of};
use super::import_file::{Fault, read, take};
use super::progress::Progress;

/// Reads all versions of a file into the log.
pub(super) fn import(run: &Run<'_>, path: &Path, log: &mut WorkItemLog) -> FileImported {
    let mut imported = FileImported {
        file: name_of(path),
        versions_read: Some(0),
        ..FileImported::default()
    };
    let progress = Progress::start(run.output.shows_progress);
    let done = versions(run, path, &progress, &mut imported, log);
    progress.finish();
    if let Err(fault) = done {
        imported.error = Some(fault.reason);
        imported.hint = fault.hint;
    }
    imported
}

fn versions(
    run: &Run<'_>,
    path: &Path,
    progress: &Progress,
    imported: &mut FileImported,
    log: &mut WorkItemLog,
) -> Result<(), Fault> {
    let inside = path_from_root(run, path)?;
    let tell = |text: &str| run.output.remark(text);
    let repository = run.session.repository();
    let versions = export_versions(repository, &inside, &|count| progress.commits(count, &tell))
        .map_err(|error| Fault::new(format!("has a history that cannot be read: {error}")))?;
    if versions.is_empty() {
        return Err(
            Fault::new("is in no commit of HEAD's history").hint(format!(
                "commit it at every export, or read it as it is: dora import {}",
                crate::model::shell_path(path)
            )),
        );
    }
    let mut was_read = 0;
    for (number, version) in versions.iter().enumerate() {
        let what = format!("{inside}: version {} of {}", number + 1, versions.len());
        progress.step(&what, &tell);
        match version_of(run, version, &inside) {
            Ok(export) => {
                take(run, export, imported, log);
                was_read += 1;
            }
            Err(fault) => imported.versions_skipped.push(format!(
                "{inside} at commit {}: {}",
                version.commit.short(),
                fault.reason
            )),
        }
    }
    imported.versions_read = Some(was_read);
    for notice in &mut imported.notices {
        // It is being done.
        notice.hint.take_if(|hint| hint.contains("--history"));
    }
    if was_read == 0 {
        let first = imported.versions_skipped.first().cloned();
        return Err(Fault::new(format!(
            "has no version that can be read: {}",
            first.unwrap_or_default()
        )));
    }
    Ok(())
}

fn version_of(
    run: &Run<'_>,
    version: &ExportVersion,
    inside: &str,
) -> Result<super::import_file::Export, Fault> {
    if let Some(fault) = &version.fault {
        return Err(Fault::new(fault.clone()));
    }
    let content = run
        .session
        .repository()
        .file_at(version.commit, inside)
        .map_err(|error| Fault::new(error.to_string()))?
        .ok_or_else(|| Fault::new("is not there"))?;
    let name = format!("{inside}@{}", version.commit.short());
    read(run, &name, &mut Cursor::new(content), version.at)
}

/// The path as git has it: from the root of the repository, with `/`.
fn path_from_root(run: &Run<'_>, path: &Path) -> Result<String, Fault> {
    let outside = || {
        Fault::new("is not in this repository")
            .hint("--history reads the versions of a file that git tracks")
    };
    let root = run.session.work_tree().ok_or_else(outside)?;
    let root = std::fs::canonicalize(root).map_err(|error| Fault::new(error.to_string()))?;
    // The file itself may be gone, or be a link: its directory says where it belongs.
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let directory = std::fs::canonicalize(directory)
        .map_err(|error| Fault::new(format!("cannot be found: {error}")))?;
    let name = path.file_name().ok_or_else(outside)?;
    let inside = directory.join(name);
    let inside = inside.strip_prefix(&root).map_err(|_| outside())?;
    let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
    Ok(parts.ok_or_else(outside)?.join("/"))
}
