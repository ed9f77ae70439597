//! Runs of deploy workflows: span by span, newest first. A span that holds as much as GitHub gives at
//! all is halved. `listings` reads what can only be read from its newest end.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::github::{Conclusion, Workflow, WorkflowRun};
use crate::model::{Notice, Window};
use crate::sources::github::{GithubError, runs};

use super::kept::Kept;
use super::{Kind, Stop, Sync, Synced};

/// A listing with a filter gives no more than this many.
const CAP: u64 = 1_000;
/// The pages of such a listing, with some to spare.
const MOST_PAGES: usize = 20;
/// A span is not halved below this length.
const SHORTEST_SPAN: TimeDelta = TimeDelta::minutes(1);
/// No run lasts longer, waiting for people included.
const LONGEST_RUN: TimeDelta = TimeDelta::days(35);

type KeptRuns<'a> = Kept<'a, WorkflowRun>;

impl Sync<'_> {
    /// The workflows, the runs of those that deploy, their jobs.
    pub(super) fn runs(&self, synced: &mut Synced) -> Result<(), Stop> {
        let mut kept = Kept::open(self.writer, &mut synced.notices)?;
        let done = self.all_runs(&mut kept, &mut synced.notices);
        synced.kinds.push(kept.finish(Kind::Runs, self.repository)?);
        done
    }

    fn all_runs(&self, kept: &mut KeptRuns<'_>, notices: &mut Vec<Notice>) -> Result<(), Stop> {
        (self.say)("workflows");
        let (listed, unread) = runs::workflows(self.ask, self.repository)?;
        notices.extend(unread);
        let known = &mut kept.of(self.repository).about;
        keep_workflows(known, listed);
        let deploying = (self.deploys)(known);
        let names: Vec<(u64, String)> = known
            .iter()
            .filter(|workflow| deploying.contains(&workflow.id))
            .map(|workflow| (workflow.id, workflow.path.clone()))
            .collect();
        for (workflow, path) in &names {
            let coverage = kept.of(self.repository).coverage.get(&key(*workflow));
            for span in self.spans(coverage) {
                self.runs_in(kept, *workflow, path, span, notices)?;
            }
            self.unfinished(kept, *workflow)?;
        }
        self.jobs(kept, &deploying, notices)?;
        kept.of(self.repository).checked = Some(self.now);
        Ok(())
    }

    /// Reads a span of one workflow, in halves where it holds too much.
    fn runs_in(
        &self,
        kept: &mut KeptRuns<'_>,
        workflow: u64,
        path: &str,
        whole: Window,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let mut spans = vec![whole];
        while let Some(span) = spans.pop() {
            // The newest span is asked for without an end: its address, and so its entity tag, holds
            // until the next day.
            let is_newest = span.end == self.now;
            let question = format!("{}/runs?since={}", workflow, span.start.timestamp());
            let etag = kept.of(self.repository).etags.get(&question).cloned();
            let first = if is_newest {
                runs::open_page(
                    self.ask,
                    self.repository,
                    workflow,
                    span.start,
                    etag.as_deref(),
                )?
            } else {
                runs::page(self.ask, self.repository, workflow, span, None)?
            };
            if first.is_unchanged {
                self.cover(kept, workflow, span);
                continue;
            }
            let is_full = first.total.is_some_and(|total| total >= CAP);
            if is_full && span.length() > SHORTEST_SPAN {
                let half = span.length() / 2;
                let middle = span.start + TimeDelta::seconds(half.num_seconds());
                spans.push(Window::new(span.start, middle));
                spans.push(Window::new(middle, span.end));
                continue;
            }
            let known = ids_in(&kept.of(self.repository).items, workflow, span);
            let total = first.total;
            let new_etag = first.etag.clone();
            let mut seen = BTreeSet::new();
            let mut pages = 1;
            let mut page = first;
            loop {
                notices.append(&mut page.notices);
                seen.extend(page.items.iter().map(|run| run.id));
                kept.of(self.repository).merge(page.items);
                kept.changed()?;
                let of = total
                    .map(|total| format!(" of {total}"))
                    .unwrap_or_default();
                (self.say)(&format!("runs of {path}: {}{of}", seen.len()));
                match page.next.filter(|_| pages < MOST_PAGES) {
                    Some(next) => page = runs::next_page(self.ask, &next, None)?,
                    None => break,
                }
                pages += 1;
            }
            let missing = known.difference(&seen).count();
            if is_full {
                notices.push(beyond_the_cap(path, span));
            } else if missing * 2 > known.len() {
                notices.push(shrunken(path, span, known.len(), seen.len()));
            } else {
                self.cover(kept, workflow, span);
                let etags = &mut kept.of(self.repository).etags;
                if is_newest {
                    let prefix = format!("{workflow}/");
                    etags.retain(|question, _| !question.starts_with(&prefix));
                    etags.extend(new_etag.map(|etag| (question, etag)));
                }
            }
        }
        Ok(())
    }

    fn cover(&self, kept: &mut KeptRuns<'_>, workflow: u64, span: Window) {
        let coverage = &mut kept.of(self.repository).coverage;
        coverage.entry(key(workflow)).or_default().add(span);
    }

    /// Runs that had not ended when they were read, and lie before what was read again.
    fn unfinished(&self, kept: &mut KeptRuns<'_>, workflow: u64) -> Result<(), Stop> {
        let oldest = self.now - LONGEST_RUN;
        let newest = self.now - super::OVERLAP;
        let open = |run: &&WorkflowRun| {
            run.workflow == workflow
                && run.conclusion.is_none()
                && (oldest..newest).contains(&run.created)
        };
        let items = &kept.of(self.repository).items;
        let ids: Vec<u64> = items.iter().filter(open).map(|run| run.id).collect();
        for id in ids {
            let run = runs::run(self.ask, self.repository, id)?;
            kept.of(self.repository).merge(run);
            kept.changed()?;
        }
        Ok(())
    }

    /// The jobs of ended runs, newest first.
    fn jobs(
        &self,
        kept: &mut KeptRuns<'_>,
        deploying: &[u64],
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let needs_jobs = |run: &&WorkflowRun| {
            deploying.contains(&run.workflow)
                && run.jobs.is_none()
                && run.created >= self.since
                && !matches!(run.conclusion, None | Some(Conclusion::Skipped))
        };
        let items = &kept.of(self.repository).items;
        let mut wanted: Vec<(DateTime<Utc>, u64)> = items
            .iter()
            .filter(needs_jobs)
            .map(|run| (run.created, run.id))
            .collect();
        wanted.sort_unstable_by(|a, b| b.cmp(a));
        let count = wanted.len();
        for (number, (_, id)) in wanted.into_iter().enumerate() {
            let Some(run) = kept.of(self.repository).find(&id).cloned() else {
                continue;
            };
            (self.say)(&format!("jobs of {} of {count} runs", number + 1));
            let jobs = match runs::jobs(self.ask, self.repository, id, run.attempt) {
                // Gone for good: asking again would bring nothing either.
                Err(GithubError::NotFound { .. }) => Vec::new(),
                answer => {
                    let (jobs, unread) = answer?;
                    notices.extend(unread);
                    jobs
                }
            };
            let jobs = Some(jobs);
            kept.of(self.repository)
                .merge([WorkflowRun { jobs, ..run }]);
            kept.changed()?;
        }
        Ok(())
    }
}

/// The workflows as they are now; one that is gone stays known, for its runs are.
fn keep_workflows(known: &mut Vec<Workflow>, listed: Vec<Workflow>) {
    for workflow in listed {
        match known.iter_mut().find(|it| it.id == workflow.id) {
            Some(older) => *older = workflow,
            None => known.push(workflow),
        }
    }
    known.sort_by_key(|workflow| workflow.id);
}

fn key(workflow: u64) -> String {
    workflow.to_string()
}

fn ids_in(items: &[WorkflowRun], workflow: u64, span: Window) -> BTreeSet<u64> {
    items
        .iter()
        .filter(|run| run.workflow == workflow && span.contains(run.created))
        .map(|run| run.id)
        .collect()
}

fn shown(span: Window) -> String {
    let form = "%Y-%m-%d %H:%M";
    format!(
        "{} to {} UTC",
        span.start.format(form),
        span.end.format(form)
    )
}

fn beyond_the_cap(path: &str, span: Window) -> Notice {
    let message = format!(
        "GitHub gives no more than {CAP} runs of {path} for {}: more are missing",
        shown(span)
    );
    Notice::new("github-list-cut", message).incomplete()
}

fn shrunken(path: &str, span: Window, known: usize, seen: usize) -> Notice {
    let message = format!(
        "GitHub listed {seen} runs of {path} for {}, {known} are known: they are kept",
        shown(span)
    );
    Notice::new("github-answer-shrunken", message).hint("dora sync, in a while")
}
