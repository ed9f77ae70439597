//! What is known of one environment before anything is joined.

use chrono::{DateTime, Utc};

use super::github::Coverage;
use super::{
    DeployRun, DeploymentSource, RecordedDeployment, Release, Snapshot, TestEvidence, Window,
};

/// An environment and everything that was read about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentFacts {
    /// Its name.
    pub name: String,
    /// Whether it is a production environment, by config or by name.
    pub is_production: bool,
    /// The source its deployments come from.
    pub source: DeploymentSource,
    /// Where exactly, for people (`state/production-deployed-versions.json`, `12 release tags`).
    pub source_detail: String,
    /// Snapshots of its state file, ancestors before descendants.
    pub snapshots: Vec<Snapshot>,
    /// Releases, in order of time; only where there is no other source.
    pub releases: Vec<Release>,
    /// Recorded deployments, in order of time.
    pub recorded: Vec<RecordedDeployment>,
    /// Runs of its deploy workflows that came through or failed, in order of their end.
    pub runs: Vec<DeployRun>,
    /// How much of those is known; `None` where nothing on GitHub is known to deploy.
    pub runs_known: Option<RunsKnown>,
    /// Test evidence, in order of time.
    pub evidence: Vec<TestEvidence>,
}

/// How much is known of what deploys to an environment on GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunsKnown {
    /// The spans of which all of it is known: all runs of every workflow that deploys there.
    pub covered: Coverage,
    /// When GitHub was last asked; `None` when it never answered to the end.
    pub checked: Option<DateTime<Utc>>,
    /// The ended runs of which nobody can say whether they deployed.
    pub unjudged: Vec<UnjudgedRun>,
}

impl RunsKnown {
    /// How many runs of a span nobody can judge who measures an environment with these deployments:
    /// where something else than runs tells them, only what failed could have said more.
    pub fn unjudged_in(&self, span: Window, source: DeploymentSource) -> usize {
        let are_deployments = source == DeploymentSource::GithubRun;
        let of_span = self.unjudged.iter().filter(|run| span.contains(run.ended));
        of_span
            .filter(|run| run.has_failed || are_deployments)
            .count()
    }
}

/// A run whose jobs, which would tell whether it deployed, were not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnjudgedRun {
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// Whether any of it failed.
    pub has_failed: bool,
}

/// Names in the order from most to least production-like (spec 2.1).
const PRODUCTION_LIKE: [&str; 11] = [
    "production",
    "prod",
    "live",
    "release",
    "uat",
    "staging",
    "stage",
    "preprod",
    "qa",
    "test",
    "dev",
];

/// How production-like a name is; smaller is more so. Order: the first word of the list that the
/// name equals, then the first that it starts with, then everything else (spec 2.1).
pub fn production_likeness(name: &str) -> (usize, usize) {
    let name = name.to_lowercase();
    if let Some(rank) = PRODUCTION_LIKE.iter().position(|word| name == *word) {
        return (0, rank);
    }
    if let Some(rank) = PRODUCTION_LIKE
        .iter()
        .position(|word| name.starts_with(word))
    {
        return (1, rank);
    }
    (2, 0)
}

/// Whether a name alone says that an environment is production: it equals or starts with one of
/// `production`, `prod`, `live`, `release`.
pub fn is_production_name(name: &str) -> bool {
    let (step, rank) = production_likeness(name);
    step < 2 && rank < 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_from_most_to_least_production_like() {
        let mut names = vec![
            "zeta",
            "qa",
            "dev-eu",
            "production-eu",
            "uat",
            "prod",
            "alpha",
        ];
        names.sort_by_key(|name| (production_likeness(name), *name));
        assert_eq!(
            names,
            [
                "prod",
                "uat",
                "qa",
                "production-eu",
                "dev-eu",
                "alpha",
                "zeta"
            ]
        );
    }

    #[test]
    fn only_production_names_are_production() {
        for name in ["production", "prod", "live", "release", "Prod-EU"] {
            assert!(is_production_name(name), "{name}");
        }
        for name in ["uat", "staging", "qa", "blue"] {
            assert!(!is_production_name(name), "{name}");
        }
    }
}
