//! The worked example with nothing in it, nothing done in it, and hostile text all over it.

use super::worked;
use crate::report::flow::{FlowReport, FlowTime, IdeaToCash, ServiceLevel};

/// A report of a repository into which nothing was imported.
pub(in crate::render::flow) fn empty() -> FlowReport {
    let mut report = nothing_done();
    report.sources.clear();
    report.ageing.clear();
    report.items.clear();
    report.set_aside.clear();
    report.findings.clear();
    report.flow_load.count = 0;
    report.statuses.clear();
    report.notices.clear();
    report
}

/// A report of a period in which nothing was done.
pub(in crate::render::flow) fn nothing_done() -> FlowReport {
    let reason = || Some("no item was done in the period".to_owned());
    let mut report = worked();
    report.idea_to_cash = IdeaToCash {
        items: 0,
        segments: Vec::new(),
        mean_hours: None,
        widest: None,
        target_hours: None,
        beyond_target_hours: None,
        reason: reason(),
    };
    for row in &mut report.stages {
        row.items = 0;
        row.visits = 0;
        row.mean_hours = None;
        row.median_hours = None;
        row.p85_hours = None;
        row.business_median_hours = None;
        row.total_hours = 0.0;
        row.share = None;
    }
    report.flow_time = FlowTime {
        count: 0,
        never_started: 0,
        untold: 0,
        p50_hours: None,
        p85_hours: None,
        p95_hours: None,
        mean_hours: None,
        net_p50_hours: None,
        business_p50_hours: None,
        business_p85_hours: None,
        reopened: 0,
        previous_p50_hours: Some(96.0),
        reason: reason(),
    };
    report.flow_efficiency.value = None;
    report.flow_efficiency.count = 0;
    report.flow_efficiency.reason = reason();
    report.flow_velocity.count = 0;
    report.flow_velocity.per_week = None;
    report.flow_velocity.reason = reason();
    for week in &mut report.flow_velocity.weeks {
        week.total = 0;
        week.by_type = [0; 5];
    }
    for share in &mut report.flow_distribution {
        share.count = 0;
        share.share = None;
        share.value_share = None;
        share.value = 0.0;
    }
    report.service_level = ServiceLevel {
        p85_hours: None,
        count: 0,
        older: 0,
        reason: reason(),
    };
    report.constraint = None;
    report.constraint_reason = Some("no item waited in the period".to_owned());
    report.scatter.clear();
    for row in &mut report.ageing {
        row.percentile = None;
        row.chance_to_miss = None;
    }
    report
}

/// The same with foreign text in every place where there can be some.
pub(in crate::render::flow) fn hostile(text: &str) -> FlowReport {
    let foreign = || text.to_owned();
    let mut report = worked();
    report.repository = foreign();
    report.definitions.preset = Some(foreign());
    report.definitions.key_pattern = foreign();
    for stage in &mut report.definitions.stages {
        stage.name = foreign();
        stage.statuses = vec![foreign()];
    }
    for segment in &mut report.idea_to_cash.segments {
        segment.stage = foreign();
    }
    report.idea_to_cash.widest = Some(foreign());
    for row in &mut report.stages {
        row.stage = foreign();
    }
    for row in &mut report.statuses {
        row.status = foreign();
        row.stage = row.stage.as_ref().map(|_| foreign());
    }
    for row in &mut report.ageing {
        row.key = foreign();
        row.title = foreign();
        row.stage = foreign();
    }
    for row in &mut report.items {
        row.key = foreign();
        row.title = foreign();
        row.stage = foreign();
        for hours in &mut row.stages {
            hours.stage = foreign();
        }
    }
    for finding in &mut report.findings {
        finding.items = vec![foreign(); 30];
        finding.message = foreign();
        finding.suggestion = foreign();
        finding.stage = Some(foreign());
    }
    for point in &mut report.scatter {
        point.key = foreign();
    }
    for row in &mut report.set_aside {
        row.items = vec![foreign()];
    }
    for row in &mut report.blocked.reasons {
        row.reason = foreign();
    }
    if let Some(constraint) = &mut report.constraint {
        constraint.stage = foreign();
        constraint.evidence = foreign();
    }
    for notice in &mut report.notices {
        notice.message = foreign();
        notice.hint = Some(foreign());
    }
    report
}
