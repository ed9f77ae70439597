//! The jobs of ended runs, one question per run: what tells whether a run came to deploying at all. `runs`
//! reads the runs.

use chrono::{DateTime, Utc};

use crate::model::Notice;
use crate::model::github::{Conclusion, WorkflowRun};
use crate::sources::github::{GithubError, runs};

use super::runs::{KeptRuns, ListedRuns};
use super::{Broken, Stop, Sync};

impl Sync<'_> {
    /// The jobs of ended runs, newest first.
    pub(super) fn jobs(
        &self,
        listed: &mut ListedRuns<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let wanted = self.without_jobs(listed);
        if wanted.is_empty() {
            return Ok(());
        }
        let done = self.jobs_of(&mut listed.kept, &wanted, notices);
        if done.is_ok() {
            self.note_answer(listed);
        }
        listed.kept.save()?;
        done
    }

    /// The runs whose jobs are not known, newest first: their numbers.
    pub(super) fn without_jobs(&self, listed: &ListedRuns<'_>) -> Vec<u64> {
        let needs_jobs = |run: &&WorkflowRun| {
            listed.deploying.contains(&run.workflow)
                && run.jobs.is_none()
                && !matches!(run.conclusion, None | Some(Conclusion::Skipped))
        };
        let cached = listed.kept.find(self.repository);
        let items = cached.map_or(&[][..], |cached| &cached.items);
        let mut wanted: Vec<(DateTime<Utc>, u64)> = items
            .iter()
            .filter(needs_jobs)
            .map(|run| (run.created, run.id))
            .collect();
        wanted.sort_unstable_by(|a, b| b.cmp(a));
        wanted.into_iter().map(|(_, id)| id).collect()
    }

    fn jobs_of(
        &self,
        kept: &mut KeptRuns<'_>,
        wanted: &[u64],
        notices: &mut Vec<Notice>,
    ) -> Result<(), Stop> {
        let count = wanted.len();
        let mut broken = Broken::default();
        for (number, &id) in wanted.iter().enumerate() {
            let Some(run) = kept.of(self.repository).find(&id).cloned() else {
                continue;
            };
            (self.say)(&format!("jobs of {} of {count} runs", number + 1));
            let answer = match runs::jobs(self.ask, self.repository, id, run.attempt) {
                // Gone, and what it did is not known: that it had no jobs would say that it failed to
                // start.
                Err(GithubError::NotFound { .. }) => continue,
                answer => answer,
            };
            let what = || format!("jobs of run {id}");
            let Some((jobs, unread)) = broken.pass_over(answer, what, notices)? else {
                continue;
            };
            notices.extend(unread);
            let jobs = Some(jobs);
            kept.of(self.repository)
                .merge([WorkflowRun { jobs, ..run }]);
            kept.changed()?;
        }
        Ok(())
    }
}
