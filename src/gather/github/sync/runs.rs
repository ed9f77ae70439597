//! Runs of deploy workflows: span by span, newest first. A span that holds as much as GitHub gives at
//! all is halved. `jobs` reads what they consist of.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::github::{Workflow, WorkflowRun};
use crate::model::{Notice, Window};
use crate::sources::github::{GithubError, Trail, runs};

use super::kept::Kept;
use super::{
    Broken, Kind, Stop, Sync, Synced, is_of_one_kind, is_shrunken, not_read, shown, shrunken,
};

/// A listing with a filter gives no more than this many.
const CAP: u64 = 1_000;
/// The pages of such a listing, with some to spare.
const MOST_PAGES: usize = 20;
/// A span is not halved below this length.
const SHORTEST_SPAN: TimeDelta = TimeDelta::minutes(1);
/// Spans of one workflow that are asked for in one sync: a million runs, or a server that pays no heed
/// to spans.
const MOST_QUESTIONS: usize = 2_000;
/// No run lasts longer, waiting for people included.
const LONGEST_RUN: TimeDelta = TimeDelta::days(35);

pub(super) type KeptRuns<'a> = Kept<'a, WorkflowRun>;

/// A workflow whose runs are asked for.
struct Asked {
    workflow: u64,
    /// Under which its coverage is kept.
    key: String,
    path: String,
}

/// Runs that were listed: their jobs are asked for once every kind had its turn.
pub(super) struct ListedRuns<'a> {
    pub(super) kept: KeptRuns<'a>,
    /// The workflows that deploy.
    pub(super) deploying: Vec<u64>,
    /// Whether GitHub told the runs of any of them, if there are any.
    pub(super) is_answered: bool,
}

/// What came of a span.
enum Read {
    Whole,
    /// There are more than GitHub gives.
    TooMuch,
    /// Pages are missing, or rows of them.
    Cut,
    /// Known ones are missing.
    Shrunken {
        known: usize,
        missing: usize,
    },
}

impl Sync<'_> {
    /// The workflows, and the runs of those that deploy.
    pub(super) fn runs(&self, synced: &mut Synced) -> Result<ListedRuns<'_>, Stop> {
        let mut listed = ListedRuns {
            kept: Kept::open(self.writer, &mut synced.notices)?,
            deploying: Vec::new(),
            is_answered: false,
        };
        let done = self.all_runs(&mut listed, &mut synced.notices);
        if done.is_ok() && self.without_jobs(&listed).is_empty() {
            self.note_answer(&mut listed);
        }
        synced.has_read |= done.is_ok() && listed.is_answered;
        let summary = listed.kept.finish(Kind::Runs, self.repository)?;
        synced.add(summary);
        done.map(|()| listed)
    }

    /// Everything of runs was asked for.
    pub(super) fn note_answer(&self, listed: &mut ListedRuns<'_>) {
        if listed.is_answered {
            listed.kept.of(self.repository).checked = Some(self.now);
        }
    }

    fn all_runs(&self, listed: &mut ListedRuns<'_>, notices: &mut Vec<Notice>) -> Result<(), Stop> {
        let kept = &mut listed.kept;
        (self.say)("workflows");
        let (workflows, unread) = runs::workflows(self.ask, self.repository)?;
        notices.extend(unread);
        let listed_now: BTreeSet<u64> = workflows.iter().map(|it| it.id).collect();
        let known = &mut kept.of(self.repository).about;
        keep_workflows(known, workflows);
        let deploying = (self.deploys)(known);
        let asked: Vec<Asked> = known
            .iter()
            .filter(|workflow| deploying.contains(&workflow.id))
            .map(|workflow| Asked {
                workflow: workflow.id,
                key: workflow.id.to_string(),
                path: workflow.path.clone(),
            })
            .collect();
        for workflow in &asked {
            kept.asks(&workflow.key);
        }
        let mut answered = 0;
        for workflow in &asked {
            match self.runs_of(kept, workflow, notices) {
                // It is gone with its runs: there will be no more of them.
                Err(Stop::Github(GithubError::NotFound { .. }))
                    if !listed_now.contains(&workflow.workflow) =>
                {
                    let cached = kept.of(self.repository);
                    let spans = self.spans(cached.coverage.get(&workflow.key));
                    let covered = cached.coverage.entry(workflow.key.clone()).or_default();
                    spans.into_iter().for_each(|span| covered.add(span));
                    answered += 1;
                }
                // One workflow that may not be read takes nothing from the others.
                Err(Stop::Github(error)) if is_of_one_kind(&error) => {
                    let what = format!("runs of {}", workflow.path);
                    notices.push(not_read(&what, &error));
                }
                done => {
                    done?;
                    answered += 1;
                }
            }
        }
        listed.is_answered = answered > 0 || asked.is_empty();
        listed.deploying = deploying;
        Ok(())
    }

    /// All runs of one workflow that are not known to be known.
    fn runs_of(
        &self,
        kept: &mut KeptRuns<'_>,
        asked: &Asked,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let coverage = kept.of(self.repository).coverage.get(&asked.key);
        let spans = self.spans(coverage);
        let read_from = spans.first().map_or(self.now, |span| span.start);
        let mut questions = MOST_QUESTIONS;
        for span in spans {
            self.runs_in(kept, asked, span, &mut questions, notices)?;
        }
        self.unfinished(kept, asked.workflow, read_from, notices)
    }

    /// Reads a span of one workflow, in halves where it holds too much.
    fn runs_in(
        &self,
        kept: &mut KeptRuns<'_>,
        asked: &Asked,
        whole: Window,
        questions: &mut usize,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let mut spans = vec![whole];
        while let Some(span) = spans.pop() {
            if span.start == span.end {
                continue;
            }
            if *questions == 0 {
                notices.push(cut(&asked.path, span));
                break;
            }
            *questions -= 1;
            match self.span(kept, asked, span, notices)? {
                Read::Whole => {
                    let coverage = &mut kept.of(self.repository).coverage;
                    coverage.entry(asked.key.clone()).or_default().add(span);
                }
                Read::TooMuch if span.length() > SHORTEST_SPAN => {
                    let half = TimeDelta::seconds((span.length() / 2).num_seconds());
                    let middle = span.start + half;
                    spans.push(Window::new(span.start, middle));
                    spans.push(Window::new(middle, span.end));
                }
                Read::TooMuch | Read::Cut => notices.push(cut(&asked.path, span)),
                Read::Shrunken { known, missing } => {
                    let what = format!("runs of {}", asked.path);
                    notices.push(shrunken(&what, span, known, missing));
                }
            }
        }
        Ok(())
    }

    /// Reads the runs of one span, all pages of them, unless the first one says that there are more
    /// than GitHub gives.
    fn span(
        &self,
        kept: &mut KeptRuns<'_>,
        asked: &Asked,
        span: Window,
        notices: &mut Vec<Notice>,
    ) -> Result<Read, Stop> {
        let Asked { workflow, path, .. } = asked;
        // The newest span is asked for without an end: its address, and so its entity tag, holds
        // until the next day.
        let is_newest = span.end == self.now;
        let question = format!("{workflow}/runs?since={}", span.start.timestamp());
        let first = if is_newest {
            let known = kept.of(self.repository).etags.get(&question).cloned();
            let etag = known.filter(|_| !self.reads_again);
            let etag = etag.as_deref();
            runs::open_page(self.ask, self.repository, *workflow, span.start, etag)?
        } else {
            runs::page(self.ask, self.repository, *workflow, span, None)?
        };
        if first.is_unchanged {
            return Ok(Read::Whole);
        }
        let known = ids_in(&kept.of(self.repository).items, *workflow, span);
        let total = first.total;
        let is_too_much = total.is_some_and(|total| total >= CAP);
        // The tag of a first page says nothing of the pages that follow it.
        let new_etag = first.etag.clone().filter(|_| first.next.is_none());
        let (mut seen, mut unread) = (BTreeSet::new(), 0);
        let mut trail = Trail::of(MOST_PAGES);
        let mut page = first;
        let is_cut = loop {
            unread += page
                .notices
                .iter()
                .map(|notice| notice.count)
                .sum::<usize>();
            notices.append(&mut page.notices);
            seen.extend(page.items.iter().map(|run| run.id));
            kept.of(self.repository).merge(page.items);
            kept.changed()?;
            let of = total.map(|total| format!(" of {total}"));
            let of = of.unwrap_or_default();
            (self.say)(&format!("runs of {path}: {}{of}", seen.len()));
            // What is halved is asked for again; where that is of no use, all that comes is taken.
            let is_halved = is_too_much && span.length() > SHORTEST_SPAN;
            match page.next.filter(|_| !is_halved) {
                Some(next) if trail.goes_on(&next) => {
                    page = runs::next_page(self.ask, &next, None)?;
                }
                Some(_) => break true,
                None => break false,
            }
        };
        let had = (seen.len() + unread) as u64;
        if is_too_much || had >= CAP {
            return Ok(Read::TooMuch);
        }
        if is_cut || total.is_some_and(|total| had < total) {
            return Ok(Read::Cut);
        }
        let missing = known.difference(&seen).count();
        if is_shrunken(known.len(), missing) {
            let known = known.len();
            return Ok(Read::Shrunken { known, missing });
        }
        if is_newest {
            let etags = &mut kept.of(self.repository).etags;
            let prefix = format!("{workflow}/");
            etags.retain(|question, _| !question.starts_with(&prefix));
            etags.extend(new_etag.map(|etag| (question, etag)));
        }
        Ok(Read::Whole)
    }

    /// Runs that had not ended when they were read, and lie before what was read again.
    fn unfinished(
        &self,
        kept: &mut KeptRuns<'_>,
        workflow: u64,
        read_from: DateTime<Utc>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let oldest = self.now - LONGEST_RUN;
        let open = |run: &&WorkflowRun| {
            run.workflow == workflow
                && run.conclusion.is_none()
                && (oldest..read_from).contains(&run.created)
        };
        let items = &kept.of(self.repository).items;
        let ids: Vec<u64> = items.iter().filter(open).map(|run| run.id).collect();
        let mut broken = Broken::default();
        for id in ids {
            let answer = runs::run(self.ask, self.repository, id);
            let run = broken.pass_over(answer, || format!("run {id}"), notices)?;
            kept.of(self.repository).merge(run.flatten());
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

fn ids_in(items: &[WorkflowRun], workflow: u64, span: Window) -> BTreeSet<u64> {
    items
        .iter()
        .filter(|run| run.workflow == workflow && span.contains(run.created))
        .map(|run| run.id)
        .collect()
}

fn cut(path: &str, span: Window) -> Notice {
    let message = format!(
        "GitHub does not give all runs of {path} for {}: more are missing",
        shown(span)
    );
    Notice::new("github-list-cut", message).incomplete()
}
