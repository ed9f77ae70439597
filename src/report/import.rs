//! What is said of an import: file by file, what was recognised, what was new, what was skipped, and
//! which statuses no stage names.

use serde::Serialize;

use crate::model::Notice;

/// What an import brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportSummary {
    /// File by file, in the order in which they were given.
    pub files: Vec<FileImported>,
    /// Whether nothing was written because that was asked for.
    pub is_dry_run: bool,
    /// Whether `.dora/` was made for it.
    pub made_store: bool,
    /// What was found wrong in work-items.jsonl.
    pub notices: Vec<Notice>,
    /// The command that shows what came of it; `None` when there is nothing to show.
    pub next: Option<String>,
}

/// What came of one file.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct FileImported {
    /// As it was given; foreign text.
    pub file: String,
    /// The name of its format; `None` when it has none that is known.
    pub format: Option<String>,
    /// The same for people.
    pub format_title: Option<String>,
    /// Items that nobody told of before.
    pub items_new: u64,
    /// Items of which something new was told.
    pub items_changed: u64,
    /// Items of which nothing new was told.
    pub items_unchanged: u64,
    /// Events that were not known.
    pub events_new: u64,
    /// Items by how much of their history the file carries.
    pub history: Histories,
    /// Rows that were skipped.
    pub rows_skipped: u64,
    /// The first of them: `file:line: reason`.
    pub skipped: Vec<String>,
    /// Items left out because they did not change since the asked-for day.
    pub items_left_out: u64,
    /// Statuses that no stage names.
    pub unnamed_statuses: Vec<UnnamedStatus>,
    /// Versions of the file in git that were read; `None` without `--history`.
    pub versions_read: Option<u64>,
    /// Versions that could not be read: commit and reason.
    pub versions_skipped: Vec<String>,
    /// What else is worth saying.
    pub notices: Vec<Notice>,
    /// Why nothing could be read of it.
    pub error: Option<String>,
    /// What to do about that.
    pub hint: Option<String>,
}

/// How much of the history of items a file carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Histories {
    /// Items with every change.
    pub complete: u64,
    /// Items with some changes.
    pub partial: u64,
    /// Items of which only the present is told.
    pub approximate: u64,
}

/// A status that no stage names, and no list of what blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnnamedStatus {
    /// Its name; foreign text.
    pub name: String,
    /// Events that enter it.
    pub events: u64,
    /// The stage that its items go to by what the tracker says it means; `None` when they stay where
    /// they were.
    pub stage: Option<String>,
}
