//! Facts told as a story, for tests: commits by name, deployments by time. Times are UTC,
//! `2026-03-02 09:00`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::model::commit_graph::CommitFlags;
use crate::model::github::{Outcome, PullRequest};
use crate::model::{
    CommitId, Component, DecidedBy, DeployRun, DeploymentSource, EnvironmentFacts, Facts, Incident,
    Mark, RecordedDeployment, Release, ReleasedVersion, RepositoryFacts, Resolution, Settings,
    Snapshot, TestEvidence, Verdict, Version, VersionNumber,
};

use super::{Deployment, EnvironmentAccount, Ledger};

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(&format!("{text}:00"), "%Y-%m-%d %H:%M:%S")
        .unwrap()
        .and_utc()
}

/// Facts under construction; one environment, `production`, unless told otherwise.
pub(crate) struct Story {
    pub(crate) facts: Facts,
    names: BTreeMap<String, (usize, u32)>,
    next_id: u32,
}

impl Story {
    pub(crate) fn until(as_of: &str) -> Self {
        let environment = EnvironmentFacts {
            name: "production".to_owned(),
            is_production: true,
            source: DeploymentSource::StateFile,
            source_detail: String::new(),
            snapshots: Vec::new(),
            releases: Vec::new(),
            recorded: Vec::new(),
            runs: Vec::new(),
            runs_known: None,
            evidence: Vec::new(),
        };
        Self {
            facts: Facts {
                as_of: at(as_of),
                settings: Settings::default(),
                repositories: Vec::new(),
                components: Vec::new(),
                versions: Vec::new(),
                environments: vec![environment],
                measured: Some(0),
                measured_unasked: Some(0),
                incidents: Vec::new(),
                marks: Vec::new(),
                github: None,
                notices: Vec::new(),
            },
            names: BTreeMap::new(),
            next_id: 1,
        }
    }

    /// Adds a repository with these components.
    pub(crate) fn repository(mut self, components: &[&str]) -> Self {
        let repository = self.facts.repositories.len();
        self.facts.repositories.push(RepositoryFacts::default());
        for name in components {
            self.facts.components.push(Component {
                name: (*name).to_owned(),
                repository: Some(repository),
                decided_by: DecidedBy::ThisRepository,
                is_whole: false,
                paths: Vec::new(),
                waiting_head: None,
            });
        }
        self
    }

    pub(crate) fn paths(mut self, component: &str, path: &str) -> Self {
        let component = self.component(component);
        self.facts.components[component].paths.push(path.to_owned());
        self
    }

    /// A commit in the newest repository; `parents` are names. The message's subject decides
    /// whether it is a fix, `This reverts commit NAME` what it reverts.
    pub(crate) fn commit(
        mut self,
        name: &str,
        parents: &[&str],
        when: &str,
        message: &str,
    ) -> Self {
        let repository = self.facts.repositories.len() - 1;
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&self.next_id.wrapping_mul(0x0101_0101).to_be_bytes());
        bytes[4..8].copy_from_slice(&self.next_id.to_be_bytes());
        self.next_id += 1;
        let parents: Vec<u32> = parents.iter().map(|parent| self.names[*parent].1).collect();
        let graph = &mut self.facts.repositories[repository].graph;
        let commit = graph.intern(CommitId(bytes));
        let flags = CommitFlags {
            is_fix: ["fix", "hotfix", "Revert \""]
                .iter()
                .any(|mark| message.starts_with(mark)),
            merges_hotfix_branch: message.starts_with("Merge branch 'hotfix/"),
            is_bookkeeping: false,
        };
        let seconds = at(when).timestamp();
        graph.fill(commit, &parents, seconds, seconds, flags);
        let reverts: Vec<String> = message
            .match_indices("This reverts commit ")
            .map(|(start, mark)| {
                let name = message[start + mark.len()..]
                    .split(['.', '\n'])
                    .next()
                    .unwrap();
                let (_, commit) = self.names[name];
                graph.id(commit).to_string()
            })
            .collect();
        if !reverts.is_empty() {
            graph.set_reverts(commit, reverts);
        }
        self.facts.repositories[repository].head = Some(commit);
        for component in &mut self.facts.components {
            if component.repository == Some(repository) {
                component.waiting_head = Some(commit);
            }
        }
        self.names.insert(name.to_owned(), (repository, commit));
        self
    }

    /// A chain of commits on one line: (name, time, message).
    pub(crate) fn line(mut self, commits: &[(&str, &str, &str)]) -> Self {
        let mut parent: Option<String> = None;
        for (name, when, message) in commits {
            let parents: Vec<&str> = parent.as_deref().into_iter().collect();
            self = self.commit(name, &parents, when, message);
            parent = Some((*name).to_owned());
        }
        self
    }

    pub(crate) fn touches(mut self, name: &str, components: &[&str]) -> Self {
        let (repository, commit) = self.names[name];
        let mut set: Vec<usize> = components
            .iter()
            .map(|component| self.component(component))
            .collect();
        set.sort_unstable();
        let graph = &mut self.facts.repositories[repository].graph;
        let mut sets: Vec<Vec<usize>> = Vec::new();
        let mut set_of = Vec::new();
        for index in 0..u32::try_from(graph.len()).unwrap() {
            let touched = if index == commit {
                set.clone()
            } else {
                graph.touched(index).to_vec()
            };
            set_of.push(u32::try_from(sets.len()).unwrap());
            sets.push(touched);
        }
        graph.set_touched(sets, set_of);
        self
    }

    /// The message of this commit names these keys of work items.
    pub(crate) fn names(mut self, name: &str, keys: &[&str]) -> Self {
        let (repository, commit) = self.names[name];
        let graph = &mut self.facts.repositories[repository].graph;
        graph.add_keys(commit, keys.iter().map(|&key| key.to_owned()));
        self
    }

    /// The index of a commit in its repository.
    pub(crate) fn commit_named(&self, name: &str) -> u32 {
        self.names[name].1
    }

    /// A merged pull request of the newest repository: number; times of first commit, opening, first
    /// review and merging (`""`: not known); what it became; its own commits. A commit without a
    /// story of its own lies on a branch that is gone.
    pub(crate) fn pull_request(
        mut self,
        number: u64,
        times: [&str; 4],
        merge_commit: &str,
        commits: &[&str],
    ) -> Self {
        let [first_commit, opened, first_review, merged] =
            times.map(|when| (!when.is_empty()).then(|| at(when)));
        let merged = merged.unwrap();
        let pull_request = PullRequest {
            number,
            opened: opened.unwrap(),
            merged,
            updated: merged,
            merge_commit: Some(self.id(merge_commit)),
            first_commit,
            first_review,
            commits: commits.iter().map(|name| self.id(name)).collect(),
            is_bot: false,
            key_words: Vec::new(),
        };
        let repository = self.facts.repositories.last_mut().unwrap();
        repository.pull_requests.push(pull_request);
        self
    }

    /// The last pull request was opened by a bot.
    pub(crate) fn of_a_bot(mut self) -> Self {
        let repository = self.facts.repositories.last_mut().unwrap();
        repository.pull_requests.last_mut().unwrap().is_bot = true;
        self
    }

    /// The commits touch nothing but state directories.
    pub(crate) fn bookkeeping(mut self, names: &[&str]) -> Self {
        for name in names {
            let (repository, commit) = self.names[*name];
            let graph = &mut self.facts.repositories[repository].graph;
            graph.mark_bookkeeping(commit);
        }
        self
    }

    pub(crate) fn id(&self, name: &str) -> CommitId {
        match self.names.get(name) {
            Some(&(repository, commit)) => self.facts.repositories[repository].graph.id(commit),
            None => {
                let mut bytes = [0xee; 20];
                bytes[..name.len()].copy_from_slice(name.as_bytes());
                CommitId(bytes)
            }
        }
    }

    pub(crate) fn component(&self, name: &str) -> usize {
        self.facts
            .components
            .iter()
            .position(|component| component.name == name)
            .unwrap()
    }

    /// The index of a version: the name of a commit, or any other text (unresolved).
    fn version(&mut self, component: usize, text: &str) -> usize {
        let resolution = match self.names.get(text) {
            Some(&(_, commit)) => Resolution::Commit(commit),
            None => Resolution::Unresolved(format!("`{text}` names no commit")),
        };
        let version = Version {
            component,
            text: text.to_owned(),
            resolution,
        };
        if let Some(known) = self
            .facts
            .versions
            .iter()
            .position(|known| *known == version)
        {
            return known;
        }
        self.facts.versions.push(version);
        self.facts.versions.len() - 1
    }

    fn versions(&mut self, versions: &[(&str, &str)]) -> BTreeMap<usize, usize> {
        versions
            .iter()
            .map(|(component, text)| {
                let component = self.component(component);
                (component, self.version(component, text))
            })
            .collect()
    }

    /// A snapshot after the previous one.
    pub(crate) fn deploy(self, when: &str, versions: &[(&str, &str)]) -> Self {
        let last = self.facts.environments[0].snapshots.len();
        let preceding: Vec<usize> = last.checked_sub(1).into_iter().collect();
        self.deploy_after(&preceding, when, versions)
    }

    /// A snapshot after the ones given.
    pub(crate) fn deploy_after(
        mut self,
        preceding: &[usize],
        when: &str,
        versions: &[(&str, &str)],
    ) -> Self {
        let versions = self.versions(versions);
        let snapshots = &mut self.facts.environments[0].snapshots;
        let number = u8::try_from(snapshots.len()).unwrap();
        snapshots.push(Snapshot {
            commit: CommitId([0xd0 ^ number; 20]),
            time: at(when),
            generation: u32::from(number),
            preceding: preceding.to_vec(),
            versions,
        });
        self
    }

    pub(crate) fn record(mut self, when: &str, versions: &[(&str, &str)], success: bool) -> Self {
        let versions = self.versions(versions);
        let recorded = &mut self.facts.environments[0].recorded;
        let id = format!("production-r{}", recorded.len());
        recorded.push(RecordedDeployment {
            id,
            aliases: Vec::new(),
            time: at(when),
            versions,
            success,
            note: None,
        });
        self
    }

    /// A deploy run from `started` to `ended` beside another source.
    pub(crate) fn run(mut self, id: u64, started: &str, ended: &str, outcome: Outcome) -> Self {
        self.facts.environments[0].runs.push(DeployRun {
            id,
            source: DeploymentSource::GithubRun,
            attempt: 1,
            head: None,
            versions: BTreeMap::new(),
            created: at(started),
            started: at(started),
            ended: at(ended),
            until: at(ended),
            has_deployed: false,
            outcome,
            detail: "release.yml ended in failure".to_owned(),
        });
        self
    }

    /// A deploy run at a commit of the newest repository, which it deploys as its first component.
    pub(crate) fn run_of(self, id: u64, commit: &str, ended: &str, outcome: Outcome) -> Self {
        let component = self.facts.components[0].name.clone();
        let mut story = self.run(id, ended, ended, outcome);
        let versions = story.versions(&[(&component, commit)]);
        if let Some(run) = story.facts.environments[0].runs.last_mut() {
            run.versions = versions;
        }
        story
    }

    pub(crate) fn release(mut self, when: &str, component: &str, tag: &str, commit: &str) -> Self {
        let component = self.component(component);
        let (repository, index) = self.names[commit];
        self.facts.versions.push(Version {
            component,
            text: tag.to_owned(),
            resolution: Resolution::Commit(index),
        });
        let version = self.facts.versions.len() - 1;
        let number = VersionNumber::read(tag).unwrap();
        let id = self.facts.repositories[repository].graph.id(index);
        self.facts.environments[0].releases.push(Release {
            commit: id,
            time: at(when),
            generation: 0,
            versions: BTreeMap::from([(component, ReleasedVersion { version, number })]),
        });
        self
    }

    pub(crate) fn tested(mut self, when: &str, versions: &[(&str, &str)]) -> Self {
        let versions = self.versions(versions);
        self.facts.environments[0].evidence.push(TestEvidence {
            time: at(when),
            versions,
        });
        self
    }

    pub(crate) fn incident(
        mut self,
        id: &str,
        opened: &str,
        resolved: Option<&str>,
        deployment: Option<usize>,
    ) -> Self {
        let deployment = deployment.map(|index| self.deployment_id(index));
        self.facts.incidents.push(Incident {
            id: id.to_owned(),
            title: "down".to_owned(),
            opened_at: at(opened),
            resolved_at: resolved.map(at),
            environment: Some("production".to_owned()),
            deployment,
            causes: Vec::new(),
            severity: None,
            caused_by_change: None,
            source: "recorded".to_owned(),
        });
        self
    }

    pub(crate) fn mark(mut self, deployment: usize, verdict: Verdict) -> Self {
        let deployment = self.deployment_id(deployment);
        self.facts.marks.push(Mark {
            deployment,
            verdict,
            reason: None,
            at: self.facts.as_of,
        });
        self
    }

    fn deployment_id(&self, index: usize) -> String {
        self.account().deployments[index].id.clone()
    }

    pub(crate) fn account(&self) -> EnvironmentAccount {
        Ledger::from_facts(&self.facts).environments.remove(0)
    }

    /// The names of the commits a deployment brought.
    pub(crate) fn brought(&self, deployment: &Deployment) -> Vec<String> {
        let mut names: Vec<String> = deployment
            .changes
            .iter()
            .map(|change| {
                let graph = &self.facts.repositories[change.repository].graph;
                let index = graph.find(change.commit).unwrap();
                self.names
                    .iter()
                    .find(|(_, place)| **place == (change.repository, index))
                    .unwrap()
                    .0
                    .clone()
            })
            .collect();
        names.sort();
        names
    }
}

/// The numbers of the failed deployments, with their rules and remedies, as one readable line each.
pub(crate) fn failures(account: &EnvironmentAccount) -> Vec<String> {
    account
        .deployments
        .iter()
        .enumerate()
        .filter(|(_, deployment)| deployment.failed)
        .map(|(index, deployment)| {
            let evidence: Vec<String> = deployment
                .evidence
                .iter()
                .map(|evidence| match evidence.remedy {
                    Some(remedy) => format!("{} → {remedy}", evidence.rule.name()),
                    None => evidence.rule.name().to_owned(),
                })
                .collect();
            format!("{index}: {}", evidence.join(", "))
        })
        .collect()
}

/// The outages as (failed deployments, minutes; `None` while open).
pub(crate) fn outages(account: &EnvironmentAccount) -> Vec<(Vec<usize>, Option<i64>)> {
    account
        .outages
        .iter()
        .map(|outage| {
            (
                outage.failed_deployments().to_vec(),
                outage.end.map(|end| (end - outage.start).num_minutes()),
            )
        })
        .collect()
}
