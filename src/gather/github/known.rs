//! How much of what GitHub tells is cached: per environment of the runs and deployments that reach it,
//! per kind of everything else. What is cached, and what it means, is in `cached`.

use crate::model::github::Coverage;
use crate::model::{
    DeploymentSource, EnvironmentFacts, GithubKind, GithubKnown, KindKnown, RunsKnown, UnjudgedRun,
};
use crate::store::{Cacheable, Cached};

use super::cached::CachedGithub;
use super::deploy_workflows::Detected;

impl CachedGithub {
    /// How much is known of the runs of all workflows that deploy to an environment. A workflow of
    /// which nothing is covered may have deployed at any time.
    pub(super) fn runs_known(
        &self,
        detected: &Detected,
        environment: &str,
        unjudged: Vec<UnjudgedRun>,
    ) -> RunsKnown {
        let nothing = Coverage::default();
        let workflows = detected
            .deploy
            .iter()
            .filter(|deploy| deploy.environment == environment)
            .map(|deploy| self.coverage_of(deploy.workflow).unwrap_or(&nothing));
        RunsKnown {
            covered: Coverage::shared_by(workflows),
            checked: self.runs.as_ref().and_then(|runs| runs.checked),
            unjudged,
        }
    }

    /// The same of the deployments that GitHub keeps.
    pub(super) fn deployments_known(&self) -> RunsKnown {
        let cached = self.deployments.as_ref();
        RunsKnown {
            covered: cached.map(covered).unwrap_or_default(),
            checked: cached.and_then(|cached| cached.checked),
            unjudged: Vec::new(),
        }
    }

    /// How much is known of each kind that the environments take from GitHub; `None` where it was
    /// never asked for anything.
    pub(crate) fn known(&self, environments: &[EnvironmentFacts]) -> Option<GithubKnown> {
        let here = self.repository.as_ref().filter(|_| self.was_asked)?;
        let is_source = |it: &EnvironmentFacts| it.source == DeploymentSource::GithubDeployment;
        let mut kinds = Vec::new();
        let checked = self.runs.as_ref().and_then(|runs| runs.checked);
        let has_runs = |it: &EnvironmentFacts| it.runs_known.is_some() && !is_source(it);
        if checked.is_some() || !environments.iter().any(has_runs) {
            kinds.push(KindKnown {
                kind: GithubKind::Runs,
                checked,
                covered: None,
            });
        }
        // Elsewhere they count for nothing.
        if environments.is_empty() || environments.iter().any(is_source) {
            kinds.push(KindKnown {
                kind: GithubKind::Deployments,
                checked: self.deployments.as_ref().and_then(|it| it.checked),
                covered: None,
            });
        }
        let pulls = self.pulls.iter().find(|it| it.repository == *here);
        kinds.push(KindKnown {
            kind: GithubKind::PullRequests,
            checked: pulls.and_then(|it| it.checked),
            covered: pulls.map(covered),
        });
        let issues = self.issues.as_ref();
        kinds.push(KindKnown {
            kind: GithubKind::Issues,
            checked: issues.and_then(|it| it.checked),
            // Where no label tells of incidents, there was nothing to ask.
            covered: issues.filter(|it| !it.coverage.is_empty()).map(covered),
        });
        Some(GithubKnown {
            repository: here.to_string(),
            kinds,
        })
    }
}

/// What is covered for any question: labels come and go, and what one of them lacks is no gap of the
/// others.
fn covered<T: Cacheable>(cached: &Cached<T>) -> Coverage {
    let mut covered = Coverage::default();
    for window in cached.coverage.values().flat_map(Coverage::windows) {
        covered.add(*window);
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gather::github::deploy_workflows::DeployWorkflow;
    use crate::model::github::{GithubRepository, IncidentIssue, WorkflowRun};
    use crate::model::{Window, instant_from_epoch as at};

    fn shop() -> GithubRepository {
        GithubRepository {
            host: "github.com".to_owned(),
            owner: "acme".to_owned(),
            name: "shop".to_owned(),
        }
    }

    fn span(start: i64, end: i64) -> Coverage {
        let mut coverage = Coverage::default();
        coverage.add(Window::new(at(start), at(end)));
        coverage
    }

    /// A cache with these spans by question, asked at 100.
    fn cached<T: Cacheable>(covered: &[(&str, i64, i64)]) -> Cached<T> {
        let mut cached = Cached::new(shop());
        cached.checked = Some(at(100));
        for &(question, start, end) in covered {
            cached
                .coverage
                .insert(question.to_owned(), span(start, end));
        }
        cached
    }

    fn github(runs: Option<Cached<WorkflowRun>>) -> CachedGithub {
        let mut github = CachedGithub::default();
        github.repository = Some(shop());
        github.was_asked = true;
        github.runs = runs;
        github
    }

    /// Workflows 7 and 8 deploy to production, 9 to uat.
    fn detected() -> Detected {
        let deploys = |workflow, environment: &str| DeployWorkflow {
            workflow,
            path: String::new(),
            name: String::new(),
            environment: environment.to_owned(),
            reason: String::new(),
            deploy_jobs: Vec::new(),
            later_jobs: Vec::new(),
            is_only_environment: true,
        };
        Detected {
            deploy: vec![
                deploys(7, "production"),
                deploys(8, "production"),
                deploys(9, "uat"),
            ],
            near_misses: Vec::new(),
        }
    }

    #[test]
    fn an_environment_is_known_where_all_its_workflows_are() {
        let runs = cached(&[("7", 0, 80), ("8", 20, 100), ("9", 0, 5)]);
        let known = github(Some(runs)).runs_known(&detected(), "production", Vec::new());
        assert_eq!(known.covered, span(20, 80));
        assert_eq!(known.checked, Some(at(100)));
    }

    #[test]
    fn a_workflow_that_was_never_read_makes_its_environment_unknown() {
        for covered in ["7", "8"] {
            let github = github(Some(cached(&[(covered, 0, 100), ("9", 0, 100)])));
            let known = |name| github.runs_known(&detected(), name, Vec::new()).covered;
            assert_eq!(known("production"), Coverage::default(), "{covered}");
            assert_eq!(known("uat"), span(0, 100));
        }
    }

    #[test]
    fn kinds_are_known_where_actions_cannot_be_read() {
        let mut github = github(None);
        github.issues = Some(cached::<IncidentIssue>(&[
            ("label incident", 10, 100),
            ("label outage", 0, 90),
        ]));
        let known = github.known(&[]).unwrap();
        let of = |kind| known.kinds.iter().find(|it| it.kind == kind).unwrap();
        assert_eq!(of(GithubKind::Runs).checked, None);
        assert_eq!(of(GithubKind::PullRequests).checked, None);
        assert_eq!(of(GithubKind::Issues).covered, Some(span(0, 100)));
        assert_eq!(known.checked(), Some(at(100)));
    }

    #[test]
    fn nothing_is_known_where_github_was_never_asked() {
        assert_eq!(CachedGithub::default().known(&[]), None);
    }
}
