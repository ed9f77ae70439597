//! The value stream in a handful of numbers: what `dora report --verbose` says of it. All of them are
//! those of `document`.

use serde::{Deserialize, Serialize};

use super::FlowReport;

/// The value stream in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowSummary {
    /// Items done in the period.
    pub done: usize,
    /// Items done per week of seven days.
    pub per_week: Option<f64>,
    /// Items that the flow time rests on.
    pub count: usize,
    /// Median flow time.
    pub p50_hours: Option<f64>,
    /// 85th percentile of it.
    pub p85_hours: Option<f64>,
    /// Flow efficiency, 0 to 1.
    pub efficiency: Option<f64>,
    /// Items in progress.
    pub load: usize,
    /// Items in progress that are older than the service level.
    pub older: usize,
    /// The stage that limits the stream.
    pub constraint: Option<String>,
    /// How many things stand out.
    pub findings: usize,
}

impl FlowSummary {
    /// The summary of a report.
    pub fn of(report: &FlowReport) -> Self {
        Self {
            done: report.flow_velocity.count,
            per_week: report.flow_velocity.per_week,
            count: report.flow_time.count,
            p50_hours: report.flow_time.p50_hours,
            p85_hours: report.flow_time.p85_hours,
            efficiency: report.flow_efficiency.value,
            load: report.flow_load.count,
            older: report.service_level.older,
            constraint: report.constraint.as_ref().map(|found| found.stage.clone()),
            findings: report.findings.len(),
        }
    }
}
