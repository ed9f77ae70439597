//! Runs `dora` over the project three times, each time with one source more, and compares what it calls
//! failed with what the story says. `expected` says what should come of it, `page` writes it down.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

use crate::support::run::Run;
use crate::support::world::World;

use super::github;
use super::project::{self, Delivery, Made};
use super::story::{Kind, Truth};

/// What was there to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sources {
    StateFiles,
    WithRuns,
    WithIncidents,
}

impl Sources {
    pub(super) const ALL: [Self; 3] = [Self::StateFiles, Self::WithRuns, Self::WithIncidents];

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::StateFiles => "state files alone",
            Self::WithRuns => "with runs",
            Self::WithIncidents => "with runs and incidents",
        }
    }
}

/// What became of one delivery, where story and report do not agree or both say it failed.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) name: String,
    pub(super) kind: Option<Kind>,
    /// The rules that called it failed.
    pub(super) rules: Vec<String>,
}

/// Who was found, missed, and called failed without reason.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    pub(super) found: Vec<Finding>,
    pub(super) missed: Vec<Finding>,
    pub(super) false_alarms: Vec<Finding>,
}

/// Story against report, for each source.
pub(super) struct Comparison {
    /// Everything that was brought to production, or nearly, by time.
    pub(super) deliveries: Vec<Delivery>,
    pub(super) outcomes: Vec<(Sources, Outcome)>,
}

impl Comparison {
    /// The one comparison that all tests look at.
    pub(super) fn of_the_story() -> &'static Self {
        static COMPARISON: LazyLock<Comparison> = LazyLock::new(compare);
        &COMPARISON
    }

    pub(super) fn outcome(&self, sources: Sources) -> &Outcome {
        let mut outcomes = self.outcomes.iter();
        let found = outcomes.find(|(known, _)| *known == sources);
        &found.expect("all sources are compared").1
    }

    /// Everything that failed, attempts among it.
    pub(super) fn failed(&self) -> usize {
        let is_failed = |it: &&Delivery| it.truth == Truth::Failed;
        self.deliveries.iter().filter(is_failed).count()
    }

    /// Deployments that arrived and were sound.
    pub(super) fn sound(&self) -> usize {
        let is_sound = |it: &&Delivery| it.recorded.is_some() && it.truth == Truth::Sound;
        self.deliveries.iter().filter(is_sound).count()
    }
}

/// Tells the story, lets `dora` look at it three times, and compares.
fn compare() -> Comparison {
    let world = World::new();
    world.now("2026-07-06 09:00");
    let made = project::build(&world);
    let server = github::serve(&made);
    let url = server.url();
    let dora = |arguments: &[&str]| -> Run {
        let variables = [("GITHUB_API_URL", url.as_str()), ("GH_TOKEN", "a-token")];
        world.dora_in(made.repo.path(), arguments, &variables)
    };
    let init = dora(&["init", "--skip-github"]);
    assert_eq!(init.status, 0, "{init}");
    let mut outcomes = Vec::new();
    for sources in Sources::ALL {
        let what = match sources {
            Sources::StateFiles => None,
            Sources::WithRuns => Some("runs"),
            Sources::WithIncidents => Some("pulls,issues"),
        };
        if let Some(what) = what {
            let sync = dora(&["sync", "--since", "2026-01-01", "--what", what]);
            assert_eq!(sync.status, 0, "{sync}");
        }
        let report = dora(&[
            "report",
            "--offline",
            "--format",
            "json",
            "--period",
            "2026-01-01..2026-07-05",
        ]);
        outcomes.push((sources, outcome(&made, &report.json())));
    }
    Comparison {
        deliveries: made.deliveries,
        outcomes,
    }
}

/// Compares one report. Rows are known by the commit of the state file, attempts by their run.
fn outcome(made: &Made, report: &Value) -> Outcome {
    let rows = report["deployments"].as_array().expect("deployments");
    let mut recorded: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut attempts: BTreeMap<u64, &Value> = BTreeMap::new();
    for row in rows {
        match row["kind"].as_str() {
            Some("deployment") => {
                let commit = row["state_commit"]
                    .as_str()
                    .expect("the commit of a snapshot");
                assert!(recorded.insert(commit, row).is_none(), "{commit} once");
            }
            Some("attempt") => {
                let run = row["evidence"][0]["run"]
                    .as_u64()
                    .expect("the run of an attempt");
                assert!(attempts.insert(run, row).is_none(), "{run} once");
            }
            _ => {}
        }
    }
    let known: BTreeSet<&str> = made
        .deliveries
        .iter()
        .filter_map(|delivery| delivery.recorded.as_deref())
        .collect();
    let listed: BTreeSet<&str> = recorded.keys().copied().collect();
    assert_eq!(listed, known, "the report lists what was deployed");
    let mut outcome = Outcome::default();
    for delivery in &made.deliveries {
        // A run whose deployment is listed may be listed again, as an attempt of its own.
        let attempt = delivery.run.and_then(|run| attempts.remove(&run));
        let row = match &delivery.recorded {
            Some(commit) => recorded.get(commit.as_str()).copied(),
            None => attempt,
        };
        let finding = |row: Option<&Value>| Finding {
            name: delivery.name.clone(),
            kind: delivery.kind,
            rules: row.map(rules).unwrap_or_default(),
        };
        let is_called_failed = row.is_some_and(|row| row["failed"] == true);
        match (delivery.truth, is_called_failed) {
            (Truth::Failed, true) => outcome.found.push(finding(row)),
            (Truth::Failed, false) => outcome.missed.push(finding(row)),
            (Truth::Sound, true) => outcome.false_alarms.push(finding(row)),
            (Truth::Sound, false) => {}
        }
        if delivery.recorded.is_some() && attempt.is_some() {
            outcome.false_alarms.push(finding(attempt));
        }
    }
    assert!(
        attempts.is_empty(),
        "runs that the story does not know: {attempts:?}"
    );
    outcome
}

fn rules(row: &Value) -> Vec<String> {
    let evidence = row["evidence"].as_array().into_iter().flatten();
    let rules: BTreeSet<String> = evidence
        .filter_map(|evidence| evidence["rule"].as_str())
        .map(str::to_owned)
        .collect();
    rules.into_iter().collect()
}
