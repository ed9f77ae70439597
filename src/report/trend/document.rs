//! The shape of `dora trend`: metrics bucket by bucket, and what changed along them. It is the JSON
//! export; fields are added, never renamed. `compose` fills it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::model::{Band, Certainty, Notice};
use crate::report::{PeriodRange, Scope, Trend};

/// The long view of some metrics.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrendReport {
    /// Version of this document's shape; 1.
    pub schema_version: u32,
    /// Version of the tool that made it.
    pub tool_version: String,
    /// The `as of` instant.
    pub generated_at: DateTime<Utc>,
    /// Name of the analysed repository.
    pub repository: String,
    /// Zone of the buckets.
    pub timezone: String,
    /// The environment; `None` where only metrics of work items were asked for.
    pub environment: Option<String>,
    /// Whether it is a production environment.
    pub environment_is_production: Option<bool>,
    /// The component it is limited to, if it is.
    pub component: Option<String>,
    /// The flags that asked for it, as they were typed, those given; `period` is `--last`. Absent without any.
    #[serde(skip_serializing_if = "Scope::is_any")]
    pub asked: Scope,
    /// `week`, `month` or `quarter`.
    pub by: String,
    /// From the first bucket to the end of the last, cut at the `as of` instant.
    pub period: PeriodRange,
    /// Name of the band profile.
    pub bands: String,
    /// Whether any work item is on record; `None` where no metric of work items was asked for.
    pub work_items_known: Option<bool>,
    /// One series per metric, in the order in which they were asked for.
    pub series: Vec<Series>,
    /// What was left out or assumed.
    pub notices: Vec<Notice>,
}

/// One metric over all buckets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// Its key: `lead_time`.
    pub metric: String,
    /// Unit of its values: `deploys_per_day`, `minutes`, `ratio`, `hours`, `items_per_week`, `items`.
    pub unit: String,
    /// Which direction is better: `more`, `less`, or `None`.
    pub better: Option<String>,
    /// The limits of its bands, best first.
    pub limits: Vec<BandLimit>,
    /// The buckets, oldest first.
    pub buckets: Vec<BucketRow>,
    /// What changed when.
    pub behaviour: BehaviourSummary,
}

/// What a value must do to be in a band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BandLimit {
    /// The band.
    pub band: Band,
    /// `>=`, `<` or `<=`.
    pub comparator: &'static str,
    /// With what it is compared, in the unit of the series.
    pub value: f64,
}

/// One bucket of a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BucketRow {
    /// Its name; `dora report --period` takes it.
    pub bucket: String,
    /// First instant inside.
    pub start: DateTime<Utc>,
    /// First instant no longer inside, or the `as of` instant where that is earlier.
    pub end: DateTime<Utc>,
    /// `whole`, `so-far` (not over), `partial` (the record begins inside it) or `before-record`.
    pub extent: &'static str,
    /// The value; `None` without data, which is not 0.
    pub value: Option<f64>,
    /// What it rests on: deployments, changes, outages, items. Of the flow load the items at its end.
    pub count: usize,
    /// Of a share of deployments: how many of them.
    pub part: Option<usize>,
    /// Band.
    pub band: Option<Band>,
    /// How sure the band is.
    pub certainty: Option<Certainty>,
    /// 95 %.
    pub interval95: Option<[f64; 2]>,
    /// Against the bucket before.
    pub trend: Trend,
    /// Why there is no value.
    pub reason: Option<String>,
}

/// What the values of the whole buckets say of the process (Wheeler's XmR chart).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BehaviourSummary {
    /// Whole buckets with a value.
    pub points: usize,
    /// The levels, in order.
    pub levels: Vec<LevelRow>,
    /// What stands out, in order.
    pub signals: Vec<SignalRow>,
    /// Why nothing can be said, when nothing can.
    pub reason: Option<String>,
}

/// Points among which nothing says that the process changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelRow {
    /// Name of its first bucket.
    pub from: String,
    /// Name of its last bucket.
    pub to: String,
    /// How many points it has.
    pub points: usize,
    /// Their mean.
    pub mean: f64,
    /// Mean − 2.66 × mean moving range, at least 0; `None` of fewer than eight points.
    pub low: Option<f64>,
    /// Mean + 2.66 × mean moving range, of a share at most 1; `None` of fewer than eight points.
    pub high: Option<f64>,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalRow {
    /// `eight-on-one-side` (a level shift) or `beyond-limits`.
    pub rule: &'static str,
    /// The bucket in which it begins: of a level shift the first of the new level.
    pub from: String,
    /// The last bucket concerned.
    pub to: String,
    /// How many points.
    pub points: usize,
    /// `above` or `below`: the limits, or the level before.
    pub side: &'static str,
    /// Of a level shift the mean before, else the mean of the level.
    pub mean: f64,
    /// Of a level shift the mean after, else the value farthest from the mean.
    pub value: f64,
    /// `better`, `worse`, or `None` where neither direction is better.
    pub judgement: Option<&'static str>,
}
