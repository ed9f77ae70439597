//! The shape of the account: what the ledger says of each environment. How it comes about is told
//! in the sibling files.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::settings::FailureRules;
use crate::model::{CommitId, DeploymentSource, Incident, Notice, Window};

use super::entry_names::{Ambiguous, EntryNames};
use super::whereabouts::Whereabouts;

/// The whole account.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// Names of the components, as indexed by `Facts::components`.
    pub components: Vec<String>,
    /// One account per environment, in the order of `Facts::environments`.
    pub environments: Vec<EnvironmentAccount>,
    /// Index of the measured environment; `None` when there is none.
    pub measured: Option<usize>,
}

/// What happened in one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentAccount {
    /// Its name.
    pub name: String,
    /// Whether it is a production environment.
    pub is_production: bool,
    /// Where its deployments come from.
    pub source: DeploymentSource,
    /// The same in words, with the path or count.
    pub source_detail: String,
    /// The only clock: nothing at or after it is in this account.
    pub as_of: DateTime<Utc>,
    /// Committer time of the earliest commit of the analysed repository; `None` without commits.
    pub earliest_commit: Option<DateTime<Utc>>,
    /// Time of the first snapshot, release or record; `None` when there is none.
    pub record_start: Option<DateTime<Utc>>,
    /// Deployments, redeployments and failed attempts in the order of spec 2.2.
    pub deployments: Vec<Deployment>,
    /// Merged pull requests that were deployed, by deployment, repository and number.
    pub pull_requests: Vec<DeployedPullRequest>,
    /// Outages, ended and open, in the order of their beginning.
    pub outages: Vec<Outage>,
    /// Changes that wait to be deployed; `Err` says why that is not known.
    pub waiting: Result<Waiting, String>,
    /// The same per component.
    pub waiting_of: BTreeMap<usize, Result<Waiting, String>>,
    /// Incidents of this environment, by opening.
    pub incidents: Vec<Incident>,
    /// Which deployment brought each change; empty unless commits were read for work items.
    pub whereabouts: Whereabouts,
    /// What had to be left out or assumed while joining.
    pub notices: Vec<Notice>,
}

impl EnvironmentAccount {
    /// The entries that count as deployments, in the order of the account.
    pub fn counted(&self) -> impl DoubleEndedIterator<Item = &Deployment> {
        self.deployments
            .iter()
            .filter(|entry| entry.kind == DeploymentKind::Deployment)
    }

    /// Those of a window.
    pub fn counted_in(&self, window: Window) -> impl Iterator<Item = &Deployment> {
        self.counted()
            .filter(move |entry| window.contains(entry.time))
    }

    /// The ids and aliases of its entries, by their index in `deployments`.
    pub fn names(&self) -> EntryNames<'_> {
        EntryNames::of(self.deployments.iter().map(|it| (&it.id, &it.aliases)))
    }

    /// The entry that an id, an alias or the unique begin of one names; `None` when none does.
    ///
    /// # Errors
    /// When several do.
    pub fn find(&self, name: &str) -> Result<Option<&Deployment>, AmbiguousName> {
        match self.names().find(name) {
            Ok(found) => Ok(found.and_then(|index| self.deployments.get(index))),
            Err(Ambiguous) => {
                let begins = |entry: &&Deployment| {
                    let mut names = std::iter::once(&entry.id).chain(&entry.aliases);
                    names.any(|known| known.starts_with(name))
                };
                let mut ids = self
                    .deployments
                    .iter()
                    .filter(begins)
                    .map(|it| it.id.clone());
                let mut next = || ids.next().unwrap_or_default();
                Err(AmbiguousName([next(), next()]))
            }
        }
    }

    /// The account of an environment that does not exist: nothing is on record.
    pub fn empty(as_of: DateTime<Utc>) -> Self {
        Self {
            name: String::new(),
            is_production: false,
            source: DeploymentSource::StateFile,
            source_detail: String::new(),
            as_of,
            earliest_commit: None,
            record_start: None,
            deployments: Vec::new(),
            pull_requests: Vec::new(),
            outages: Vec::new(),
            waiting: Err("nothing was deployed yet".to_owned()),
            waiting_of: BTreeMap::new(),
            incidents: Vec::new(),
            whereabouts: Whereabouts::default(),
            notices: Vec::new(),
        }
    }
}

/// Several deployments have names that begin so; two of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmbiguousName(pub [String; 2]);

/// What an entry of the list of deployments is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentKind {
    /// At least one component changed.
    Deployment,
    /// No component changed: listed, counted nowhere.
    Redeployment,
    /// It did not come through: counts in the failure rate only.
    Attempt,
}

impl DeploymentKind {
    /// The same with its article, for sentences.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Deployment => "a deployment",
            Self::Redeployment => "a redeployment",
            Self::Attempt => "an attempt",
        }
    }

    /// The name used in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Redeployment => "redeployment",
            Self::Attempt => "attempt",
        }
    }
}

/// How a component's version moved in a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The first that resolves: nothing before it can be attributed.
    Baseline,
    /// To a commit that contains the previous one.
    Forward,
    /// Back, by the definition of the rule `rollback`.
    Rollback,
    /// To a commit on another line.
    Sideways,
    /// Named, but not changed.
    Redeploy,
    /// To a version that names no commit.
    Unresolved,
}

impl ChangeKind {
    /// The name used in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Forward => "forward",
            Self::Rollback => "rollback",
            Self::Sideways => "sideways",
            Self::Redeploy => "redeploy",
            Self::Unresolved => "unresolved",
        }
    }
}

/// One component in one deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentChange {
    /// Index of the component.
    pub component: usize,
    /// The version before, as written.
    pub from: Option<String>,
    /// The version now, as written.
    pub to: String,
    /// The commit it resolves to.
    pub commit: Option<CommitId>,
    /// Why it does not resolve, when it does not.
    pub unresolved: Option<String>,
    /// Whether it follows a version that names no commit: the lead times of what it brought are
    /// upper bounds (spec 2.3).
    pub follows_unresolved: bool,
    /// How it moved.
    pub kind: ChangeKind,
}

/// A change in the deployment that brought it first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippedChange {
    /// Index of its repository in `Facts::repositories`.
    pub repository: usize,
    /// Its commit.
    pub commit: CommitId,
    /// The components of the deployment through which it came (at least one, ascending).
    pub components: Arc<[usize]>,
    /// When it was committed, by the definition in force (author or committer time).
    pub committed: DateTime<Utc>,
    /// Deployment time minus `committed`; `None` when that is zero or negative, or when the commit
    /// carries no credible date: such a change is counted but has no lead time (spec 2.5).
    pub lead_time: Option<TimeDelta>,
}

/// A merged pull request with the deployment that brought it first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedPullRequest {
    /// Index of its repository in `Facts::repositories`.
    pub repository: usize,
    /// Its number there.
    pub number: u64,
    /// The components of the deployment through which it came (at least one, ascending).
    pub components: Arc<[usize]>,
    /// The deployment: index in `EnvironmentAccount::deployments`.
    pub deployment: usize,
    /// When it was opened.
    pub opened: DateTime<Utc>,
    /// When it was merged.
    pub merged: DateTime<Utc>,
    /// Author time of its own earliest commit; `None` when that is not known.
    pub first_commit: Option<DateTime<Utc>>,
    /// When it was first reviewed before it was merged, if it was.
    pub first_review: Option<DateTime<Utc>>,
    /// Time of the deployment.
    pub deployed_at: DateTime<Utc>,
    /// Whether a bot opened it.
    pub is_bot: bool,
}

/// The failure rules of spec 2.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailureRule {
    /// A person said so.
    Marked,
    /// An incident names it or followed it.
    Incident,
    /// Its version was taken back.
    Rollback,
    /// A commit it brought was reverted.
    Revert,
    /// Fixes followed within the window.
    Hotfix,
    /// It never passed acceptance.
    Acceptance,
    /// It did not come through.
    Attempt,
    /// Its deploy run failed after deploying.
    Run,
}

impl FailureRule {
    /// All, in the order of evidence.
    pub const ALL: [Self; 8] = [
        Self::Marked,
        Self::Incident,
        Self::Rollback,
        Self::Revert,
        Self::Hotfix,
        Self::Acceptance,
        Self::Attempt,
        Self::Run,
    ];

    /// Whether it is on; what a person marked always counts.
    pub fn is_on(self, rules: FailureRules) -> bool {
        match self {
            Self::Marked => true,
            Self::Incident => rules.incident,
            Self::Rollback => rules.rollback,
            Self::Revert => rules.revert,
            Self::Hotfix => rules.hotfix,
            Self::Acceptance => rules.acceptance,
            Self::Attempt => rules.attempt,
            Self::Run => rules.run,
        }
    }

    /// The name used in config and exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Marked => "marked",
            Self::Incident => "incident",
            Self::Rollback => "rollback",
            Self::Revert => "revert",
            Self::Hotfix => "hotfix",
            Self::Acceptance => "acceptance",
            Self::Attempt => "attempt",
            Self::Run => "run",
        }
    }
}

/// One reason to call a deployment failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// By which rule.
    pub rule: FailureRule,
    /// The component concerned, where the rule judges one.
    pub component: Option<usize>,
    /// The commit that shows it (the reverting commit, the version rolled back to).
    pub commit: Option<CommitId>,
    /// The incident that shows it.
    pub incident: Option<String>,
    /// The number of the deploy run that shows it.
    pub run: Option<u64>,
    /// When it showed.
    pub at: DateTime<Utc>,
    /// The deployment that repaired it: index in `EnvironmentAccount::deployments`.
    pub remedy: Option<usize>,
    /// In words ("went back to 1a2b3c4", "reason given by a person"); may hold foreign text.
    pub detail: String,
}

/// One entry of the list of deployments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Its stable id (spec 3.2).
    pub id: String,
    /// Other ids that mean the same deployment.
    pub aliases: Vec<String>,
    /// What it is.
    pub kind: DeploymentKind,
    /// When.
    pub time: DateTime<Utc>,
    /// Where it was read.
    pub source: DeploymentSource,
    /// Other sources that tell of it too, in the order of precedence.
    pub also_told_by: Vec<DeploymentSource>,
    /// What was recorded about it; foreign text.
    pub note: Option<String>,
    /// The commit of its snapshot or tag, in the analysed repository.
    pub state_commit: Option<CommitId>,
    /// The components that changed (of a redeployment or an attempt: those it names), by name.
    pub components: Vec<ComponentChange>,
    /// The changes it brought, in the order of `committed`, then id.
    pub changes: Vec<ShippedChange>,
    /// Merge commits it brought: they are no changes.
    pub merges: usize,
    /// Commits it brought that touch only state directories or `.dora/`: they are no changes.
    pub bookkeeping: usize,
    /// Whether it failed.
    pub failed: bool,
    /// Why, in the order of the rules; kept when a mark says `ok`.
    pub evidence: Vec<Evidence>,
    /// A later deployment of a component went back beyond it: taken away, but not failed by that.
    pub rolled_back: bool,
    /// The deployment that ended its failure (of a remedy that failed itself: the one that ended that),
    /// or while it is open the newest remedy: index in `EnvironmentAccount::deployments`.
    pub remedy: Option<usize>,
    /// When its failure ended.
    pub restored_at: Option<DateTime<Utc>>,
    /// Whether it was a remedy or ended an incident's outage: rework (spec 2.8).
    pub is_rework: bool,
}

impl Deployment {
    /// Lead times of its changes that have one.
    pub fn lead_times(&self) -> impl Iterator<Item = TimeDelta> {
        self.changes.iter().filter_map(|change| change.lead_time)
    }

    /// Whether the version of one of its components names no commit.
    pub fn has_unresolved_version(&self) -> bool {
        self.components.iter().any(|change| change.commit.is_none())
    }
}

/// What an outage is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutageCause {
    /// Failed deployments with the same end: indexes in `EnvironmentAccount::deployments`.
    Deployments(Vec<usize>),
    /// One failed deployment and its incidents.
    Incidents {
        /// The deployment.
        deployment: usize,
        /// The ids of the incidents.
        incidents: Vec<String>,
    },
}

/// A span in which the environment was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// When it began: the earliest failed deployment, or the earliest opening.
    pub start: DateTime<Utc>,
    /// When it ended; `None` while it is open.
    pub end: Option<DateTime<Utc>>,
    /// What made it.
    pub cause: OutageCause,
}

impl Outage {
    /// Whether it ended in the window.
    pub fn ended_in(&self, window: Window) -> bool {
        self.end.is_some_and(|end| window.contains(end))
    }

    /// Whether it began before the end of the window and had not ended then.
    pub fn is_open_at_end_of(&self, window: Window) -> bool {
        self.start < window.end && self.end.is_none_or(|end| end >= window.end)
    }

    /// The deployments that failed in it.
    pub fn failed_deployments(&self) -> &[usize] {
        match &self.cause {
            OutageCause::Deployments(deployments) => deployments,
            OutageCause::Incidents { deployment, .. } => std::slice::from_ref(deployment),
        }
    }
}

/// Changes that no deployment to the environment contains yet (spec 2.5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waiting {
    /// How many.
    pub count: usize,
    /// When the oldest was committed.
    pub oldest: Option<DateTime<Utc>>,
    /// Components whose waiting changes are not known because their latest version is unresolved.
    pub unknown_components: Vec<usize>,
    /// Each of them, oldest first.
    pub changes: Vec<WaitingChange>,
}

/// A change that no deployment contains yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaitingChange {
    /// When it was committed, by the definition in force.
    pub committed: DateTime<Utc>,
    /// Index of its repository in `Facts::repositories`.
    pub repository: usize,
    /// Its commit.
    pub commit: CommitId,
}
