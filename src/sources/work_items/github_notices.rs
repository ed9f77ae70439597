//! What there is to say of issues that were read of GitHub, from a file or over the network, counted
//! while they are.

use super::Sink;
use crate::model::Notice;

/// What was met.
#[derive(Debug, Default)]
pub(in crate::sources) struct Met {
    /// Issues.
    pub(in crate::sources) issues: usize,
    /// Issues without their timeline.
    pub(super) without_history: usize,
    /// Issues of which the file does not say whose they are.
    pub(super) without_repository: usize,
    /// Timelines that are not there to their end.
    pub(in crate::sources) cut_timelines: usize,
    /// Events that matter and cannot be read.
    pub(in crate::sources) unreadable_events: usize,
    /// Whether the list may go on where the file ends.
    pub(super) is_cut: bool,
}

impl Met {
    /// The notices.
    pub(in crate::sources) fn notices(&self) -> Vec<Notice> {
        let issues = |count: usize| match count {
            1 => "1 issue".to_owned(),
            count => format!("{count} issues"),
        };
        let mut notices = Vec::new();
        if self.is_cut {
            let message = format!(
                "the list ends after {}, which is where gh and the API of GitHub end a page: there may be more",
                issues(self.issues)
            );
            notices.push(
                Notice::new("pages-missing", message)
                    .hint("gh issue list --limit 10000 …, or gh api --paginate …")
                    .incomplete(),
            );
        }
        if self.without_history > 0 {
            let message = format!(
                "{} came without their timeline: only their opening, closing and present labels are known",
                issues(self.without_history)
            );
            notices.push(
                Notice::new("history-approximate", message)
                    .count(self.without_history)
                    .hint("dora import --from github"),
            );
        }
        if self.without_repository > 0 {
            let message = format!(
                "of {} the file does not tell the repository",
                issues(self.without_repository)
            );
            notices.push(
                Notice::new("github-repository-unknown", message)
                    .count(self.without_repository)
                    .hint("add url to the fields of gh issue list --json"),
            );
        }
        if self.cut_timelines > 0 {
            let message = format!(
                "the timelines of {} end where a page ends: there may be more",
                issues(self.cut_timelines)
            );
            notices.push(
                Notice::new("changelog-cut", message)
                    .count(self.cut_timelines)
                    .hint("dora import --from github")
                    .incomplete(),
            );
        }
        if self.unreadable_events > 0 {
            let message = format!(
                "{} events of issues cannot be read: left out",
                self.unreadable_events
            );
            notices.push(
                Notice::new("github-event-unreadable", message)
                    .count(self.unreadable_events)
                    .incomplete(),
            );
        }
        notices
    }

    /// Says them of a file.
    pub(super) fn finish(&self, sink: &mut Sink<'_>) {
        for notice in self.notices() {
            sink.notice(notice);
        }
    }
}
