//! What is said after something was recorded: the fields of `--format json` of the commands that record.
//! What comes of it for the numbers is the report's business.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::DeploymentRow;

/// What `dora deploy` says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeploymentRecorded {
    /// Version of this shape.
    pub schema_version: u32,
    /// The id of the record: by it the deployment can be named.
    pub id: String,
    /// False when it was recorded before.
    pub is_new: bool,
    /// Whether it was recorded before and only its note is new.
    pub is_reworded: bool,
    /// What is recorded.
    pub deployment: DeploymentFacts,
    /// The id of the deployment that it is, when another source told of that already; `None` when the
    /// record tells of it alone.
    pub same_as: Option<String>,
    /// What it is to the metrics: `deployment`, `redeployment` or `attempt`; `None` when that could not
    /// be looked up.
    pub kind: Option<String>,
}

/// A recorded deployment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeploymentFacts {
    /// Where.
    pub environment: String,
    /// When.
    pub time: DateTime<Utc>,
    /// Component → version; foreign text.
    pub components: BTreeMap<String, String>,
    /// False for an attempt that did not come through.
    pub success: bool,
    /// One line about it; foreign text.
    pub note: Option<String>,
}

/// What `dora mark DEPLOYMENT` says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MarkedDeployment {
    /// Version of this shape.
    pub schema_version: u32,
    /// The id of the deployment.
    pub deployment: String,
    /// Where.
    pub environment: String,
    /// When.
    pub timestamp: DateTime<Utc>,
    /// `deployment`, `redeployment` or `attempt`.
    pub kind: String,
    /// Whether a verdict was recorded by this command; false when it is in force already or none was
    /// given.
    pub is_new: bool,
    /// Whether it counts as failed now.
    pub failed: bool,
    /// Whether it did before this command.
    pub failed_before: bool,
    /// Whether the rules alone say that it failed.
    pub failed_by_rules: bool,
    /// What the rules say, one sentence each; foreign text.
    pub rules: Vec<String>,
    /// The verdict of a person that is in force; `None` where the rules speak.
    pub in_force: Option<VerdictRow>,
    /// All verdicts of people, in the order of telling.
    pub marks: Vec<VerdictRow>,
    /// What this did to the change failure rate of the environment; `None` when it did nothing.
    pub change_failure_rate: Option<RateChange>,
}

/// What a person said once.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerdictRow {
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// `failed`, `ok`, or `undone` when the one before was taken back.
    pub verdict: String,
    /// Why; foreign text.
    pub reason: Option<String>,
}

/// A change failure rate before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RateChange {
    /// The period, in days back from now.
    pub days: u32,
    /// Failed deployments and attempts before.
    pub failed_before: usize,
    /// All of them before.
    pub total_before: usize,
    /// Failed ones now.
    pub failed: usize,
    /// All of them now.
    pub total: usize,
}

/// What `dora mark` alone says: the newest deployments, by which they can be named.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewestDeployments {
    /// Version of this shape.
    pub schema_version: u32,
    /// The environment asked for; `None` means all of them.
    pub environment: Option<String>,
    /// In order of time.
    pub deployments: Vec<DeploymentRow>,
    /// How many older ones there are beside these.
    pub others: usize,
}
