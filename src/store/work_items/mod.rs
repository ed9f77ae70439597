//! work-items.jsonl, the source of truth about work: append-only, a line is one item as one import
//! told it. What all lines together say is a list of `WorkItem`s. `reading` and `line` read the file,
//! `log` adds what is new, `meeting` and `fold` say which lines are of one item and what they mean.

mod cursor;
mod delta;
mod fold;
mod line;
mod log;
mod meeting;
mod present;
mod reading;
mod telling;
mod words;
mod written;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod later_cases;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod line_cases;

use crate::model::{Notice, WorkItem};

use super::{Store, StoreError};

pub use log::{Added, Pieces, StatusTold, WorkItemLog};
use reading::NAME;

/// Everything that is known of work.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WorkItems {
    /// The items, in the order of their creation; of one instant, by tracker and id.
    pub items: Vec<WorkItem>,
    /// Lines that were skipped.
    pub notices: Vec<Notice>,
}

impl Store {
    /// Reads work-items.jsonl; a missing file knows no items.
    ///
    /// # Errors
    /// When a line was written by a newer dora, or the file cannot be read.
    pub fn work_items(&self) -> Result<WorkItems, StoreError> {
        let content = reading::read(&self.file(NAME))?;
        Ok(log::fold_all(content))
    }

    /// The same, to be added to.
    ///
    /// # Errors
    /// As [`Store::work_items`].
    pub fn work_item_log(&self) -> Result<WorkItemLog, StoreError> {
        Ok(WorkItemLog::of(reading::read(&self.file(NAME))?))
    }
}
