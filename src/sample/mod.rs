//! A sample project for `dora demo`: two months of a shop, written as git repositories that end now.
//! The same instant gives the same commits, on every machine.
//!
//! `story` says what is released when and what goes wrong, on the working days of `calendar`; `team`
//! writes each component's commits and pull requests (about `words`, by the chance of `dice`);
//! `pipeline` commits what runs where. The repositories themselves are written by `sources::git`.

mod calendar;
mod dice;
mod pipeline;
mod story;
mod team;
mod words;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::sources::git::{WriteError, claim_directory};
use calendar::Calendar;
use story::Component;

/// Name of the repository to report on; those of the components begin with it.
const NAME: &str = "shop";

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleProject {
    /// The repository to report on: it has the state files.
    pub repository: PathBuf,
    /// The repositories of the components, beside it.
    pub siblings: Vec<PathBuf>,
    /// How many commits all of them have.
    pub commits: usize,
}

/// Why there is no sample project.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A directory is not empty, or cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The project would have to lie in years that git cannot write.
    #[error("a sample project cannot end at {0}: only the years 1971 to 9999 can be written")]
    Clock(DateTime<Utc>),
}

impl SampleError {
    /// The step that helps, if one does.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Write(error) => error.hint(),
            Self::Clock(_) => Some("correct DORA_NOW or the system's clock".to_owned()),
        }
    }
}

/// Writes the sample project into a directory that is new or empty, as if `now` were its last moment:
/// everything in it happened before.
///
/// # Errors
///
/// When something is in the directory (nothing is written then), when it cannot be written, or when
/// `now` is in no year that git can write.
pub fn write(directory: &Path, now: DateTime<Utc>) -> Result<SampleProject, SampleError> {
    let calendar = Calendar::before(now).ok_or(SampleError::Clock(now))?;
    let releases = story::releases(&calendar);
    claim_directory(directory)?;
    let mut events = Vec::new();
    let mut siblings = Vec::new();
    let mut commits = 0;
    for component in [Component::Web, Component::Api] {
        let path = directory.join(format!("{NAME}-{}", component.name()));
        let work = team::work(component, &path, &calendar, &releases)?;
        events.extend(work.events);
        commits += work.commits;
        siblings.push(path);
    }
    let repository = directory.join(NAME);
    commits += pipeline::run(&repository, &calendar, events)?;
    Ok(SampleProject {
        repository,
        siblings,
        commits,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::gather::{self, Gathered};
    use crate::ledger::{ChangeKind, DeploymentKind, EnvironmentAccount, FailureRule, Ledger};
    use crate::model::{CommitGraph, CommitId, Settings};
    use crate::sources::git::Repository;
    use crate::store::Recorded;

    const MONTH: chrono::TimeDelta = chrono::TimeDelta::days(30);

    fn instant(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn heads(project: &SampleProject) -> Vec<CommitId> {
        std::iter::once(&project.repository)
            .chain(&project.siblings)
            .map(|path| Repository::open(path).unwrap().head().unwrap().unwrap())
            .collect()
    }

    /// What a report on the project reads.
    fn read(project: &SampleProject, now: DateTime<Utc>) -> Gathered {
        let request = gather::Request {
            reference: None,
            as_of: now,
            settings: Settings::default(),
            configured_environment: None,
            store: None,
            recorded: &|_| Ok(Recorded::default()),
            progress: &|_| {},
            keys: None,
        };
        gather::gather(Repository::open(&project.repository).unwrap(), request).unwrap()
    }

    /// Minutes of the outages that ended in a span, shortest first.
    fn outages(account: &EnvironmentAccount, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<i64> {
        let mut minutes: Vec<i64> = account
            .outages
            .iter()
            .filter_map(|outage| Some((outage.start, outage.end?)))
            .filter(|(_, end)| (from..to).contains(end))
            .map(|(start, end)| (end - start).num_minutes())
            .collect();
        minutes.sort_unstable();
        minutes
    }

    /// Number of deployments in a span, and the rules by which some of them failed.
    fn deployments(
        account: &EnvironmentAccount,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> (usize, BTreeMap<FailureRule, usize>) {
        let mut count = 0;
        let mut rules = BTreeMap::new();
        for deployment in &account.deployments {
            let is_counted = deployment.kind == DeploymentKind::Deployment
                && (from..to).contains(&deployment.time);
            count += usize::from(is_counted);
            for evidence in deployment.evidence.iter().filter(|_| is_counted) {
                *rules.entry(evidence.rule).or_default() += 1;
            }
        }
        (count, rules)
    }

    /// The median lead time in hours, and of how many changes.
    fn lead_time(
        account: &EnvironmentAccount,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> (i64, usize) {
        let mut hours: Vec<i64> = account
            .deployments
            .iter()
            .filter(|deployment| (from..to).contains(&deployment.time))
            .flat_map(|deployment| deployment.lead_times().map(|span| span.num_hours()))
            .collect();
        hours.sort_unstable();
        (hours[hours.len() / 2], hours.len())
    }

    #[test]
    fn the_report_tells_the_story_whenever_it_is_written() {
        // A Thursday afternoon, midnight before a Monday, a Sunday after a leap day, the turn of a year.
        for now in [
            "2026-08-20T15:12:00Z",
            "2026-03-02T00:00:00Z",
            "2028-03-05T23:59:59Z",
            "2027-01-01T18:00:00Z",
        ] {
            let now = instant(now);
            let directory = tempfile::tempdir().unwrap();
            let project = write(directory.path(), now).unwrap();
            let gathered = read(&project, now);
            assert_eq!(gathered.facts.notices, []);
            let ledger = Ledger::from_facts(&gathered.facts);
            assert_eq!(ledger.components, ["api", "web"]);
            let production = &ledger.environments[ledger.measured.unwrap()];
            assert_eq!(production.name, "production");
            assert!(production.is_production);

            let (month, months) = (now - MONTH, now - MONTH - MONTH);
            let launch = deployments(production, DateTime::UNIX_EPOCH, months);
            assert_eq!(launch, (2, BTreeMap::new()), "{now}");
            let (count, rules) = deployments(production, months, month);
            assert_eq!(count, 16, "{now}");
            let hotfix_revert_rollback =
                |rules: &BTreeMap<FailureRule, usize>| -> [Option<usize>; 3] {
                    [
                        FailureRule::Hotfix,
                        FailureRule::Revert,
                        FailureRule::Rollback,
                    ]
                    .map(|rule| rules.get(&rule).copied())
                };
            assert_eq!(hotfix_revert_rollback(&rules), [Some(1), Some(1), Some(2)]);
            assert_eq!(rules.len(), 3, "{now}");
            assert_eq!(outages(production, months, month), [34, 48, 66, 205]);
            let (count, rules) = deployments(production, month, now);
            assert_eq!(count, 40, "{now}");
            assert_eq!(hotfix_revert_rollback(&rules), [Some(1), Some(2), Some(2)]);
            assert_eq!(rules.len(), 3, "{now}");
            assert_eq!(outages(production, month, now), [26, 38, 95, 155, 280]);
            assert!(production.outages.iter().all(|outage| outage.end.is_some()));

            // Days to wait for a change become hours: the bands medium and high.
            let (hours, changes) = lead_time(production, months, month);
            assert!(
                (24..168).contains(&hours) && changes > 60,
                "{now}: {hours} h"
            );
            let (hours, changes) = lead_time(production, month, now);
            assert!(
                (1..24).contains(&hours) && changes > 100,
                "{now}: {hours} h"
            );

            let redeployments = |deployment: &&crate::ledger::Deployment| {
                deployment.kind == DeploymentKind::Redeployment
            };
            assert_eq!(
                production.deployments.iter().filter(redeployments).count(),
                1
            );
            let unresolved: Vec<&str> = production
                .deployments
                .iter()
                .flat_map(|deployment| &deployment.components)
                .filter(|change| change.kind == ChangeKind::Unresolved)
                .map(|change| change.to.as_str())
                .collect();
            assert_eq!(unresolved, ["latest"]);
            let waiting = production.waiting.as_ref().unwrap();
            assert_eq!(waiting.count, 3);
            assert!(waiting.oldest.unwrap() < now);

            let uat = &ledger.environments[1];
            assert_eq!(uat.name, "uat");
            let (count, rules) = deployments(uat, month, now);
            assert!(count > 40, "{now}: {count}");
            assert_eq!(rules.get(&FailureRule::Acceptance), Some(&1), "{now}");
        }
    }

    #[test]
    fn time_never_runs_backwards_and_ends_before_now() {
        let now = instant("2026-03-02T08:00:00Z");
        let directory = tempfile::tempdir().unwrap();
        let project = write(directory.path(), now).unwrap();
        let gathered = read(&project, now);
        let mut commits = 0;
        for repository in &gathered.facts.repositories {
            let graph: &CommitGraph = &repository.graph;
            for commit in 0..u32::try_from(graph.len()).unwrap() {
                let time = graph.committer_time(commit);
                assert!(time < now.timestamp());
                assert_eq!(graph.author_time(commit), time);
                for &parent in graph.parents(commit) {
                    assert!(graph.committer_time(parent) <= time);
                }
                commits += 1;
            }
        }
        // All but those of the branch that is still open.
        assert_eq!(project.commits, commits + 2);
    }

    #[test]
    fn two_deployments_are_on_the_second_parent_of_a_merge() {
        let now = instant("2026-08-20T15:12:00Z");
        let directory = tempfile::tempdir().unwrap();
        let project = write(directory.path(), now).unwrap();
        let facts = read(&project, now).facts;
        let shop = &facts.repositories[0];
        let mut main = Vec::new();
        let mut commit = shop.head;
        while let Some(known) = commit {
            main.push(shop.graph.id(known));
            commit = shop.graph.parents(known).first().copied();
        }
        let aside = |environment: usize| {
            let snapshots = facts.environments[environment].snapshots.iter();
            snapshots
                .filter(|snapshot| !main.contains(&snapshot.commit))
                .count()
        };
        assert_eq!(facts.environments[0].name, "production");
        assert_eq!(aside(0), 2);
    }

    #[test]
    fn the_same_instant_gives_the_same_commits() {
        let now = instant("2026-08-20T15:12:00Z");
        let directory = tempfile::tempdir().unwrap();
        let there = |name: &str| directory.path().join(name);
        let first = write(&there("one"), now).unwrap();
        let again = write(&there("two"), now).unwrap();
        assert_eq!(heads(&first), heads(&again));
        let next_day = write(&there("three"), now + chrono::TimeDelta::days(1)).unwrap();
        assert_ne!(heads(&first), heads(&next_day));
        assert_eq!(first.repository, there("one").join("shop"));
        let siblings = [there("one").join("shop-web"), there("one").join("shop-api")];
        assert_eq!(first.siblings, siblings);
    }

    #[test]
    fn a_directory_with_anything_in_it_is_left_alone() {
        let now = instant("2026-08-20T15:12:00Z");
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("mine")).unwrap();
        let error = write(directory.path(), now).unwrap_err();
        assert!(
            matches!(&error, SampleError::Write(WriteError::NotEmpty(_))),
            "{error}"
        );
        assert_eq!(
            error.hint().unwrap(),
            "name a directory that is new or empty"
        );
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_clock_that_stands_nowhere_is_an_error_and_writes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        for now in [
            DateTime::<Utc>::MIN_UTC,
            DateTime::<Utc>::MAX_UTC,
            DateTime::UNIX_EPOCH,
        ] {
            let error = write(directory.path(), now).unwrap_err();
            assert!(matches!(error, SampleError::Clock(_)));
            assert!(error.hint().is_some());
        }
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        let last = instant("9999-12-31T23:59:59Z");
        assert!(write(directory.path(), last).is_ok());
    }
}
