//! What is said after something was recorded: the fields of `--format json` of the commands that record.
//! What comes of it for the numbers is the report's business.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

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
