//! Exports of work items: which format a file is in, told from its content alone, and its items one by
//! one, however large it is. One file per format; `text`, `dates`, `csv_rows` and `json_rows` are what
//! they share. Bad rows are skipped and counted with their line; nothing else is lost by them.

mod azure_csv;
mod azure_json;
mod azure_rows;
mod chart_column;
mod connections;
mod csv_rows;
pub(super) mod csv_scan;
mod csv_values;
mod date_order;
pub(super) mod dates;
mod focalboard;
mod focalboard_archive;
mod focalboard_boards;
mod focalboard_cards;
pub(super) mod github_issues;
pub(super) mod github_notices;
mod github_project;
pub(super) mod github_timeline;
mod gitlab;
mod gitlab_csv;
mod gitlab_events;
mod jira_changelog;
mod jira_cli;
mod jira_columns;
mod jira_csv;
mod jira_export;
mod jira_issue;
mod jira_json;
mod json_envelope;
mod json_head;
mod json_rows;
mod json_scan;
mod json_values;
mod linear;
mod linear_csv;
mod linear_issue;
mod plain_csv;
mod recognise;
mod stage_dates;
mod text;
mod usage;
mod words;

#[cfg(test)]
mod focalboard_archive_tests;
#[cfg(test)]
mod focalboard_tests;
#[cfg(test)]
mod github_tests;
#[cfg(test)]
mod gitlab_tests;
#[cfg(test)]
mod jira_tests;
#[cfg(test)]
mod json_tests;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tracker_tests;

use std::io::{Read, Seek};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

pub use usage::{Usage, read_usage};

use crate::model::{FlowSettings, Notice, WorkItem};

pub use recognise::{Format, Unknown};

/// Where an export is read from: a file, or a version of one in memory.
pub trait Input: Read + Seek {}

impl<T: Read + Seek> Input for T {}

/// What reading depends on beside the file.
#[derive(Debug, Clone, Copy)]
pub struct ReadOptions<'a> {
    /// Zone of dates that tell none.
    pub timezone: Tz,
    /// When the export was made, as far as its surroundings tell: the commit that brought it, or the
    /// time of the file. For formats that tell nothing themselves.
    pub exported: DateTime<Utc>,
    /// What words mean.
    pub flow: &'a FlowSettings,
}

/// Where a reader hands what it read: items as soon as they are whole, faults as soon as they are met.
/// An item may be handed over in pieces (rows of a CSV, pages of updates): pieces of one tracker and
/// one id are one item.
pub struct Sink<'a> {
    place: String,
    each: &'a mut dyn FnMut(WorkItem),
    told: Vec<String>,
    skipped: u64,
    notices: Vec<Notice>,
}

/// What was met beside the items.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Remarks {
    /// Rows that were skipped.
    pub skipped: u64,
    /// The first of them: `file:line: reason`.
    pub told: Vec<String>,
    /// What else is worth saying of the file, in order.
    pub notices: Vec<Notice>,
}

impl<'a> Sink<'a> {
    /// So many skipped rows are told one by one; the rest is counted.
    pub const MOST_TOLD: usize = 20;

    /// A sink for the items of one file; `place` is how the file is called in messages.
    pub fn new(place: impl Into<String>, each: &'a mut dyn FnMut(WorkItem)) -> Self {
        Self {
            place: place.into(),
            each,
            told: Vec::new(),
            skipped: 0,
            notices: Vec::new(),
        }
    }

    /// An item, or a piece of one.
    pub fn item(&mut self, item: WorkItem) {
        (self.each)(item);
    }

    /// A row that cannot be read: the line it begins in (from 1) and why.
    pub fn skip(&mut self, line: u64, reason: &str) {
        self.skipped += 1;
        if self.told.len() < Self::MOST_TOLD {
            self.told.push(format!("{}:{line}: {reason}", self.place));
        }
    }

    /// Something worth saying of the whole file; the same code twice is said once and counted.
    pub fn notice(&mut self, notice: Notice) {
        let known = self
            .notices
            .iter_mut()
            .find(|known| known.code == notice.code);
        match known {
            Some(known) => known.count += notice.count,
            None => self.notices.push(notice),
        }
    }

    /// How the file is called in messages.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What was met.
    pub fn finish(self) -> Remarks {
        Remarks {
            skipped: self.skipped,
            told: self.told,
            notices: self.notices,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_rows_are_told_with_their_place_and_the_rest_is_counted() {
        let mut each = |_| {};
        let mut sink = Sink::new("items.csv", &mut each);
        for line in 1..=25 {
            sink.skip(line, "has no key");
        }
        let remarks = sink.finish();
        assert_eq!(remarks.skipped, 25);
        assert_eq!(remarks.told.len(), Sink::MOST_TOLD);
        assert_eq!(remarks.told[0], "items.csv:1: has no key");
    }

    #[test]
    fn a_notice_of_one_kind_is_said_once_and_counted() {
        let mut each = |_| {};
        let mut sink = Sink::new("items.csv", &mut each);
        sink.notice(Notice::new("changelog-cut", "a").count(2));
        sink.notice(Notice::new("changelog-cut", "b"));
        let remarks = sink.finish();
        assert_eq!(remarks.notices.len(), 1);
        assert_eq!(remarks.notices[0].count, 3);
    }
}
