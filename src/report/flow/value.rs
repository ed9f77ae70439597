//! The shape of the value report: the JSON export of `dora value` (spec 6.5). Field names are a
//! contract. Value is business value, 1 to 100 per item; durations are hours; `None` has a `reason`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::Notice;
use crate::model::work_item::FlowType;
use crate::report::PeriodRange;

/// What was delivered in one period, and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueReport {
    /// Version of this document's shape; 1.
    pub schema_version: u32,
    /// Version of the tool that made it.
    pub tool_version: String,
    /// The `as of` instant.
    pub generated_at: DateTime<Utc>,
    /// Name of the analysed repository.
    pub repository: String,
    /// The period.
    pub period: PeriodRange,
    /// Sum of the business value of items done in the period.
    pub delivered: ValueFigure,
    /// That, per week of seven days.
    pub velocity: ValueFigure,
    /// Value per flow hour, both over the items that have a value and a flow time.
    pub efficiency: ValueFigure,
    /// Hours of flow time of these items.
    pub flow_hours: f64,
    /// By kind of work.
    pub by_type: Vec<ValueByType>,
    /// High-value items that are stuck, most value first.
    pub stuck: Vec<StuckItem>,
    /// Items with the most adoption per hour in the stream, best first, at most ten.
    pub returns: Vec<ReturnRow>,
    /// Why there are none.
    pub returns_reason: Option<String>,
    /// Feature success, item by item.
    pub success: Vec<SuccessRow>,
    /// Why there is none.
    pub success_reason: Option<String>,
    /// What was left out or assumed.
    pub notices: Vec<Notice>,
}

/// A number of the value report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueFigure {
    /// The number.
    pub value: Option<f64>,
    /// Items it rests on.
    pub count: usize,
    /// Items left out because they have no value, or no flow time.
    pub left_out: usize,
    /// Why there is no number.
    pub reason: Option<String>,
}

/// Delivered value of one kind of work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueByType {
    /// The kind.
    pub flow_type: FlowType,
    /// Items done in the period that have a value.
    pub count: usize,
    /// Their value.
    pub value: f64,
    /// Its share.
    pub share: Option<f64>,
}

/// An item of high value that does not move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StuckItem {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Its business value.
    pub value: f64,
    /// Where it is.
    pub stage: String,
    /// Hours in that stage.
    pub stage_hours: f64,
    /// Hours since it was started; `None` before.
    pub age_hours: Option<f64>,
    /// What makes it stuck, in one sentence.
    pub why: String,
}

/// What one hour in the stream returned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReturnRow {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Share of users that use it, in per cent.
    pub adoption_pct: f64,
    /// Gain of the net promoter score, in points; `None` when not told.
    pub nps_gain: Option<f64>,
    /// Hours in the stream: all stages before done.
    pub stream_hours: f64,
    /// Adoption divided by hours.
    pub roi_per_hr: f64,
}

/// Feature success: usage × NPS × uptime − Σ(incidents × severity), each factor shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SuccessRow {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Usage, 0 to 1.
    pub usage: Option<f64>,
    /// Gain of the net promoter score, in points.
    pub nps: Option<f64>,
    /// Uptime, 0 to 1.
    pub uptime: Option<f64>,
    /// Σ(incidents × severity).
    pub incident_cost: Option<f64>,
    /// The score; `None` while a factor is missing.
    pub score: Option<f64>,
    /// Which factors are missing.
    pub missing: Vec<String>,
}
