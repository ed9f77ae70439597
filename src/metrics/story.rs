//! Accounts for tests that read as the story of an environment. Nothing is derived here: what failed,
//! what repaired it and how long an outage took is told, as the ledger would.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::ledger::{
    ChangeKind, ComponentChange, Deployment, DeploymentKind, EnvironmentAccount, Evidence,
    FailureRule, Outage, OutageCause, ShippedChange, Waiting, WaitingChange, Whereabouts,
};
use crate::model::{CommitId, DeploymentSource, Window};

/// The instant of `2026-03-02 09:00`, UTC.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M")
        .unwrap()
        .and_utc()
}

pub(crate) fn window(start: &str, end: &str) -> Window {
    Window::new(at(start), at(end))
}

/// An environment `production` with one component.
pub(crate) struct Story(EnvironmentAccount);

impl Story {
    /// The repository's earliest commit; the report is as of 2030 unless told otherwise.
    pub(crate) fn since(earliest_commit: &str) -> Self {
        Self(EnvironmentAccount {
            name: "production".to_owned(),
            is_production: true,
            source: DeploymentSource::StateFile,
            source_detail: "state/production-deployed-versions.json".to_owned(),
            as_of: at("2030-01-01 00:00"),
            earliest_commit: Some(at(earliest_commit)),
            record_start: None,
            deployments: Vec::new(),
            pull_requests: Vec::new(),
            outages: Vec::new(),
            waiting: Ok(Waiting::default()),
            waiting_of: BTreeMap::new(),
            incidents: Vec::new(),
            whereabouts: Whereabouts::default(),
            notices: Vec::new(),
        })
    }

    pub(crate) fn reported_at(mut self, instant: &str) -> Self {
        self.0.as_of = at(instant);
        self
    }

    /// A deployment that ships changes with these lead times in minutes. One that is not positive
    /// stands for a change without a lead time.
    pub(crate) fn deploys(self, time: &str, lead_times: &[i64]) -> Self {
        let spans = lead_times.iter().copied().map(TimeDelta::minutes).collect();
        self.entry(
            at(time),
            DeploymentKind::Deployment,
            ChangeKind::Forward,
            spans,
        )
    }

    pub(crate) fn deploys_at(self, time: DateTime<Utc>, lead_times: Vec<TimeDelta>) -> Self {
        self.entry(
            time,
            DeploymentKind::Deployment,
            ChangeKind::Forward,
            lead_times,
        )
    }

    pub(crate) fn moves(self, time: &str, kind: ChangeKind) -> Self {
        self.entry(at(time), DeploymentKind::Deployment, kind, Vec::new())
    }

    pub(crate) fn redeploys(self, time: &str) -> Self {
        let kind = DeploymentKind::Redeployment;
        self.entry(at(time), kind, ChangeKind::Redeploy, Vec::new())
    }

    /// A failed attempt.
    pub(crate) fn attempts(self, time: &str) -> Self {
        self.entry(
            at(time),
            DeploymentKind::Attempt,
            ChangeKind::Forward,
            Vec::new(),
        )
        .failed(FailureRule::Attempt)
    }

    /// The last deployment failed, by this rule.
    pub(crate) fn failed(mut self, rule: FailureRule) -> Self {
        if let Some(last) = self.0.deployments.last_mut() {
            last.failed = true;
            last.evidence.push(Evidence {
                rule,
                component: Some(0),
                commit: None,
                incident: None,
                run: None,
                at: last.time,
                remedy: None,
                detail: String::new(),
            });
        }
        self
    }

    /// The last deployment repaired something.
    pub(crate) fn repairing(mut self) -> Self {
        if let Some(last) = self.0.deployments.last_mut() {
            last.is_rework = true;
        }
        self
    }

    /// Changes committed at these times, in order, wait to be deployed.
    pub(crate) fn waits(mut self, committed: &[&str]) -> Self {
        let changes = committed
            .iter()
            .zip(0_u8..)
            .map(|(time, number)| WaitingChange {
                committed: at(time),
                repository: 0,
                commit: CommitId([number; 20]),
            });
        let changes: Vec<_> = changes.collect();
        self.0.waiting = Ok(Waiting {
            count: changes.len(),
            oldest: changes.first().map(|change| change.committed),
            unknown_components: Vec::new(),
            changes,
        });
        self
    }

    /// What waits is not known.
    pub(crate) fn waits_unknown(mut self, reason: &str) -> Self {
        self.0.waiting = Err(reason.to_owned());
        self
    }

    pub(crate) fn outage(self, start: &str, end: Option<&str>) -> Self {
        self.outage_at(at(start), end.map(at))
    }

    pub(crate) fn outage_at(mut self, start: DateTime<Utc>, end: Option<DateTime<Utc>>) -> Self {
        let cause = OutageCause::Deployments(Vec::new());
        self.0.outages.push(Outage { start, end, cause });
        self
    }

    pub(crate) fn account(self) -> EnvironmentAccount {
        self.0
    }

    fn entry(
        mut self,
        time: DateTime<Utc>,
        kind: DeploymentKind,
        movement: ChangeKind,
        lead_times: Vec<TimeDelta>,
    ) -> Self {
        let first = self.0.record_start.map_or(time, |start| start.min(time));
        self.0.record_start = Some(first);
        let number = self.0.deployments.len();
        self.0.deployments.push(Deployment {
            id: format!("production-{number}"),
            aliases: Vec::new(),
            kind,
            time,
            source: DeploymentSource::StateFile,
            also_told_by: Vec::new(),
            note: None,
            state_commit: None,
            components: vec![ComponentChange {
                component: 0,
                from: None,
                to: number.to_string(),
                commit: None,
                unresolved: None,
                follows_unresolved: false,
                kind: movement,
            }],
            changes: lead_times
                .into_iter()
                .map(|span| change(time, span))
                .collect(),
            merges: 0,
            bookkeeping: 0,
            failed: false,
            evidence: Vec::new(),
            rolled_back: false,
            remedy: None,
            restored_at: None,
            is_rework: false,
        });
        self
    }
}

fn change(deployed: DateTime<Utc>, lead_time: TimeDelta) -> ShippedChange {
    ShippedChange {
        repository: 0,
        commit: CommitId([0; 20]),
        components: [0].into(),
        committed: deployed - lead_time,
        lead_time: Some(lead_time).filter(|span| *span > TimeDelta::zero()),
    }
}
