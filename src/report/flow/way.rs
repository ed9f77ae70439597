//! The shape of what joins work items to code: one item's way from idea to production, and what all
//! the ways say together (spec 6.4). Part of `document`. Durations are hours as real numbers.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::work_item::FlowType;

/// How items of a period meet commits and deployments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// The environment whose deployments count as production.
    pub environment: String,
    /// How much could be joined: printed with every number here.
    pub coverage: Coverage,
    /// Creation to deployment, of items deployed in the period.
    pub idea_to_production: WaySegmentFigure,
    /// Each segment of the way, in its order, of the same items.
    pub segments: Vec<WaySegmentFigure>,
    /// What the tracker says against what really runs.
    pub tracker_gap: TrackerGap,
    /// Deployments of the period with the items they brought, newest first.
    pub deployments: Vec<ShippedItems>,
    /// Mean items per deployment of the period; `None` without deployments.
    pub items_per_deployment: Option<f64>,
    /// Every item that commits name, by key.
    pub ways: Vec<Way>,
}

/// How much could be joined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Changes deployed in the period.
    pub commits: usize,
    /// Those that name an imported item.
    pub commits_with_item: usize,
    /// Their share.
    pub commit_share: Option<f64>,
    /// Items done in the period.
    pub items: usize,
    /// Those that a commit names.
    pub items_with_commit: usize,
    /// Their share.
    pub item_share: Option<f64>,
    /// Keys that look right and belong to no imported item, at most twenty.
    pub unknown_keys: Vec<String>,
    /// How many such keys there are.
    pub unknown_key_count: usize,
}

/// One segment over several items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaySegmentFigure {
    /// `idea_to_start`, `start_to_first_commit`, `first_commit_to_pull_request`,
    /// `pull_request_to_merge`, `merge_to_deployment`, `idea_to_production`.
    pub segment: String,
    /// Items of which both ends are known.
    pub count: usize,
    /// Median.
    pub p50_hours: Option<f64>,
    /// 85th percentile.
    pub p85_hours: Option<f64>,
    /// Mean.
    pub mean_hours: Option<f64>,
    /// Why there is no value.
    pub reason: Option<String>,
}

/// Tracker time against the truth of deployments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackerGap {
    /// Items that are done in the tracker and deployed.
    pub count: usize,
    /// Median of done minus deployed: positive where the tracker is late, negative where items were
    /// closed before they shipped.
    pub done_minus_deployed_p50_hours: Option<f64>,
    /// Items that were done before they were deployed.
    pub closed_before_deployed: usize,
    /// Items that are done in the tracker and whose commits are not all deployed, at most twenty.
    pub done_not_deployed: Vec<String>,
    /// How many of these there are.
    pub done_not_deployed_count: usize,
    /// Items whose first commit is older than their start.
    pub coded_before_started: usize,
}

/// The items that one deployment brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShippedItems {
    /// The deployment's id.
    pub deployment: String,
    /// When it was.
    pub time: DateTime<Utc>,
    /// Whether it failed.
    pub failed: bool,
    /// Keys of items of which it brought the last part, by key.
    pub items: Vec<String>,
    /// Their business value; 0 when none has one.
    pub value: f64,
    /// Changes it brought that name no item.
    pub commits_without_item: usize,
}

/// One item's way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub flow_type: FlowType,
    /// Created, started, first commit, pull request, merged, deployed, closed: those that are known, in
    /// order of time.
    pub steps: Vec<WayStep>,
    /// What lies between them, in the order of the way. Ends that are missing join two segments into
    /// one; hours are negative where the way was not gone in its order.
    pub segments: Vec<WaySegment>,
    /// Creation to deployment of the last part; `None` when it is not (all) deployed.
    pub idea_to_production_hours: Option<f64>,
    /// When the first part of it was deployed.
    pub first_deployed: Option<DateTime<Utc>>,
    /// When the last part of it was deployed; `None` while a part waits.
    pub deployed: Option<DateTime<Utc>>,
    /// Ids of the deployments that brought it.
    pub deployments: Vec<String>,
    /// Abbreviated ids of its commits, oldest first.
    pub commits: Vec<String>,
    /// Its commits that are not deployed.
    pub commits_waiting: usize,
    /// Its commits that a deployed revert has taken back: they count as not there.
    #[serde(default)]
    pub commits_taken_back: usize,
    /// Why there is no `idea_to_production_hours`.
    #[serde(default)]
    pub reason: Option<String>,
    /// Done in the tracker minus deployed.
    pub tracker_gap_hours: Option<f64>,
}

/// A point on the way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WayStep {
    /// `created`, `started`, `first_commit`, `pull_request`, `merged`, `deployed`, `done`.
    pub step: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What tells it: `tracker`, a commit, `#12`, a deployment's id.
    pub evidence: String,
}

/// A stretch of the way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaySegment {
    /// As in the segments of a period, or `first_commit_to_merge` and the like where a step is
    /// missing.
    pub segment: String,
    /// Where it begins.
    pub from: DateTime<Utc>,
    /// Where it ends.
    pub to: DateTime<Utc>,
    /// How long it is.
    pub hours: f64,
}

/// What `dora flow KEY` prints: everything about one item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemWay {
    /// Version of this document's shape; 1.
    pub schema_version: u32,
    /// The `as of` instant.
    pub generated_at: DateTime<Utc>,
    /// Name of the analysed repository.
    pub repository: String,
    /// The item with its hours per stage.
    pub item: super::ItemRow,
    /// Its visits in order.
    pub visits: Vec<VisitRow>,
    /// When it was blocked, in order.
    pub blocked: Vec<BlockedSpan>,
    /// Its way through code to production; `None` when no commit names it.
    pub way: Option<Way>,
    /// Why there is none.
    pub way_reason: Option<String>,
}

/// One stay in a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VisitRow {
    /// The stage.
    pub stage: String,
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; `None` while the item is there.
    pub to: Option<DateTime<Utc>>,
}

/// A time in which something stopped the item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockedSpan {
    /// When it began.
    pub from: DateTime<Utc>,
    /// When it ended; `None` while it lasts.
    pub to: Option<DateTime<Utc>>,
    /// Why, in the tracker's words.
    pub reason: Option<String>,
}
