//! Runs of GitHub Actions workflows, their jobs, and what each conclusion means for a deployment
//! (spec 2.6, `attempt`).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::{CommitId, instant_from_epoch};

/// A workflow of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workflow {
    /// Its number: the stable identity.
    pub id: u64,
    /// Its file (`.github/workflows/release.yml`), without the ref that some answers append.
    pub path: String,
    /// Its name; foreign text.
    pub name: String,
}

/// How a run or a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// All went well.
    Success,
    /// A step failed.
    Failure,
    /// It took too long.
    TimedOut,
    /// It could not even begin.
    StartupFailure,
    /// Somebody, or a later run, stopped it.
    Cancelled,
    /// A condition left it out.
    Skipped,
    /// Neither good nor bad.
    Neutral,
    /// GitHub gave it up.
    Stale,
    /// It waits for a person.
    ActionRequired,
    /// A word of a later GitHub.
    #[serde(other)]
    Other,
}

/// What a conclusion means for a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It came through.
    Succeeded,
    /// It did not: `failure`, `timed_out`, `startup_failure`.
    Failed,
    /// It says nothing: `cancelled`, `skipped`, `neutral`, `stale`, `action_required`, unknown words.
    Nothing,
}

impl Conclusion {
    /// GitHub's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::TimedOut => "timed_out",
            Self::StartupFailure => "startup_failure",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Neutral => "neutral",
            Self::Stale => "stale",
            Self::ActionRequired => "action_required",
            Self::Other => "other",
        }
    }

    /// What it means for a deployment.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Success => Outcome::Succeeded,
            Self::Failure | Self::TimedOut | Self::StartupFailure => Outcome::Failed,
            Self::Cancelled
            | Self::Skipped
            | Self::Neutral
            | Self::Stale
            | Self::ActionRequired
            | Self::Other => Outcome::Nothing,
        }
    }
}

/// The newest attempt of a run that is known. Written as a list, in the order of the fields: a file
/// holds a hundred thousand of them, and names would be half of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenRun", into = "WrittenRun")]
pub struct WorkflowRun {
    /// Its number, the same for all its attempts.
    pub id: u64,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The number of its workflow.
    pub workflow: u64,
    /// What set it off (`push`, `schedule`, `workflow_dispatch`, …): an open set.
    pub event: String,
    /// The commit it ran at; `None` when the id is no SHA-1.
    pub head: Option<CommitId>,
    /// When its **first** attempt was asked for: listings are ordered and filtered by it.
    pub created: DateTime<Utc>,
    /// When this attempt began.
    pub started: DateTime<Utc>,
    /// When GitHub changed it last; of a completed run the end, as far as the run itself tells.
    pub updated: DateTime<Utc>,
    /// How it ended; `None` while it has not.
    pub conclusion: Option<Conclusion>,
    /// The jobs of this attempt; `None` when they were not asked for.
    pub jobs: Option<Vec<Job>>,
}

/// Number, attempt, workflow, event, head; created, started and updated in seconds since 1970;
/// conclusion, jobs.
type WrittenRun = (
    u64,
    u32,
    u64,
    String,
    Option<CommitId>,
    i64,
    i64,
    i64,
    Option<Conclusion>,
    Option<Vec<Job>>,
);

impl From<WrittenRun> for WorkflowRun {
    fn from(written: WrittenRun) -> Self {
        let (id, attempt, workflow, event, head, created, started, updated, conclusion, jobs) =
            written;
        Self {
            id,
            attempt,
            workflow,
            event,
            head,
            created: instant_from_epoch(created),
            started: instant_from_epoch(started),
            updated: instant_from_epoch(updated),
            conclusion,
            jobs,
        }
    }
}

impl From<WorkflowRun> for WrittenRun {
    fn from(run: WorkflowRun) -> Self {
        (
            run.id,
            run.attempt,
            run.workflow,
            run.event,
            run.head,
            run.created.timestamp(),
            run.started.timestamp(),
            run.updated.timestamp(),
            run.conclusion,
            run.jobs,
        )
    }
}

impl WorkflowRun {
    /// When it ended: with its last job where the jobs are known, else when it was changed last;
    /// never before it began. `None` while it has not ended.
    pub fn ended(&self) -> Option<DateTime<Utc>> {
        self.conclusion?;
        let by_jobs = self.jobs.iter().flatten().filter_map(|job| job.completed);
        Some(by_jobs.max().unwrap_or(self.updated).max(self.started))
    }
}

/// One job of a run. Written as a list, name first: there are many of them, and their names would be
/// most of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenJob", into = "WrittenJob")]
pub struct Job {
    /// Its name as it ran (`deploy (eu)`, `release / production`); foreign text.
    pub name: String,
    /// How it ended; `None` while it has not.
    pub conclusion: Option<Conclusion>,
    /// When it began; `None` when no step of it ever ran.
    pub started: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed: Option<DateTime<Utc>>,
}

/// Name, conclusion, beginning and end in seconds since 1970.
type WrittenJob = (String, Option<Conclusion>, Option<i64>, Option<i64>);

impl From<WrittenJob> for Job {
    fn from((name, conclusion, started, completed): WrittenJob) -> Self {
        Self {
            name,
            conclusion,
            started: started.map(instant_from_epoch),
            completed: completed.map(instant_from_epoch),
        }
    }
}

impl From<Job> for WrittenJob {
    fn from(job: Job) -> Self {
        let seconds = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp());
        (
            job.name,
            job.conclusion,
            seconds(job.started),
            seconds(job.completed),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_conclusion_means_what_the_table_says() {
        for (conclusion, outcome) in [
            (Conclusion::Success, Outcome::Succeeded),
            (Conclusion::Failure, Outcome::Failed),
            (Conclusion::TimedOut, Outcome::Failed),
            (Conclusion::StartupFailure, Outcome::Failed),
            (Conclusion::Cancelled, Outcome::Nothing),
            (Conclusion::Skipped, Outcome::Nothing),
            (Conclusion::Neutral, Outcome::Nothing),
            (Conclusion::Stale, Outcome::Nothing),
            (Conclusion::ActionRequired, Outcome::Nothing),
            (Conclusion::Other, Outcome::Nothing),
        ] {
            assert_eq!(conclusion.outcome(), outcome, "{}", conclusion.name());
            let text = format!("\"{}\"", conclusion.name());
            assert_eq!(
                serde_json::from_str::<Conclusion>(&text).unwrap(),
                conclusion
            );
        }
        let unknown: Conclusion = serde_json::from_str("\"abandoned\"").unwrap();
        assert_eq!(unknown, Conclusion::Other);
    }

    #[test]
    fn a_run_ends_with_its_last_job_or_else_with_its_last_change() {
        let at = instant_from_epoch;
        let mut run = WorkflowRun {
            id: 1,
            attempt: 1,
            workflow: 7,
            event: "push".to_owned(),
            head: None,
            created: at(0),
            started: at(10),
            updated: at(50),
            conclusion: None,
            jobs: None,
        };
        assert_eq!(run.ended(), None);
        run.conclusion = Some(Conclusion::Success);
        assert_eq!(run.ended(), Some(at(50)));
        let job = |completed| Job {
            name: "deploy".to_owned(),
            conclusion: Some(Conclusion::Success),
            started: None,
            completed,
        };
        run.jobs = Some(vec![job(Some(at(40))), job(None), job(Some(at(30)))]);
        assert_eq!(run.ended(), Some(at(40)));
        run.jobs = Some(Vec::new());
        run.updated = at(5);
        assert_eq!(run.ended(), Some(at(10)), "never before it began");
    }
}
