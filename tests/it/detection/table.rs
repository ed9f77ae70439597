//! Runs `dora` over the project three times, each time with one source more, and compares what it calls
//! failed with what the story says. `document` writes the result down.

use std::collections::{BTreeMap, BTreeSet};

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
    pub(super) episode: Option<(Kind, &'static str)>,
    /// Whether it arrived in production: a deployment, else an attempt.
    pub(super) arrived: bool,
    /// The rules that called it failed.
    pub(super) rules: Vec<String>,
}

/// The four counts and who is behind them.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    pub(super) found: Vec<Finding>,
    pub(super) missed: Vec<Finding>,
    pub(super) false_alarms: Vec<Finding>,
    /// Sound, and not called failed.
    pub(super) quiet: usize,
}

impl Outcome {
    /// Of what failed, the part that was found.
    pub(super) fn recall(&self) -> f64 {
        share(self.found.len(), self.missed.len())
    }

    /// Of what was sound, the part that was called failed.
    pub(super) fn false_rate(&self) -> f64 {
        share(self.false_alarms.len(), self.quiet)
    }

    /// Of what was called failed, the part that was sound.
    pub(super) fn false_share(&self) -> f64 {
        share(self.false_alarms.len(), self.found.len())
    }
}

fn share(of: usize, others: usize) -> f64 {
    of as f64 / (of + others) as f64
}

/// Story against report, for each source.
pub(super) struct Comparison {
    pub(super) made: Made,
    pub(super) outcomes: Vec<(Sources, Outcome)>,
}

/// Tells the story, lets `dora` look at it three times, and compares.
pub(super) fn compare() -> Comparison {
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
    Comparison { made, outcomes }
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
            episode: delivery.episode,
            arrived: delivery.recorded.is_some(),
            rules: row.map(rules).unwrap_or_default(),
        };
        let is_called_failed = row.is_some_and(|row| row["failed"] == true);
        match (delivery.truth, is_called_failed) {
            (Truth::Failed, true) => outcome.found.push(finding(row)),
            (Truth::Failed, false) => outcome.missed.push(finding(row)),
            (Truth::Sound, true) => outcome.false_alarms.push(finding(row)),
            (Truth::Sound, false) => outcome.quiet += counted(delivery),
        }
        if delivery.recorded.is_some() && attempt.is_some() {
            outcome.false_alarms.push(Finding {
                arrived: false,
                ..finding(attempt)
            });
        }
    }
    assert!(
        attempts.is_empty(),
        "runs that the story does not know: {attempts:?}"
    );
    outcome
}

/// Runs that never came to production are neither deployments nor attempts: nothing to be right about.
fn counted(delivery: &Delivery) -> usize {
    usize::from(delivery.recorded.is_some())
}

fn rules(row: &Value) -> Vec<String> {
    let evidence = row["evidence"].as_array().into_iter().flatten();
    let rules: BTreeSet<String> = evidence
        .filter_map(|evidence| evidence["rule"].as_str())
        .map(str::to_owned)
        .collect();
    rules.into_iter().collect()
}

#[test]
fn print() {
    let comparison = compare();
    for (sources, outcome) in &comparison.outcomes {
        eprintln!(
            "{}: TP {} FN {} FP {} TN {} recall {:.3} fpr {:.3} fdr {:.3}",
            sources.words(),
            outcome.found.len(),
            outcome.missed.len(),
            outcome.false_alarms.len(),
            outcome.quiet,
            outcome.recall(),
            outcome.false_rate(),
            outcome.false_share()
        );
        for finding in &outcome.missed {
            eprintln!("  missed {} {}", finding.name, finding.arrived);
        }
        for finding in &outcome.false_alarms {
            eprintln!(
                "  false {} {:?} {}",
                finding.name, finding.rules, finding.arrived
            );
        }
    }
}
