//! For the tests of this room: the report of `sample` with foreign text that tries everything
//! wherever foreign text can stand.

use crate::model::Band;
use crate::report::Report;

use super::sample;

/// A name, title or message that tries everything.
pub(super) const HOSTILE: &str = "\u{1b}[2J=cmd|' /C calc'!A0\u{202e}gnp\n| `x` <script>\u{200b}漢字👩‍👩‍👧\u{9b}31m\u{2028}\u{e0041}@all";

/// The realistic report with hostile text wherever foreign text can stand.
pub(super) fn report() -> Report {
    with_foreign_text(HOSTILE)
}

/// The realistic report with this text wherever foreign text can stand.
pub(super) fn with_foreign_text(text: &str) -> Report {
    let mut report = sample::report();
    let foreign = || text.to_owned();
    report.repository = foreign();
    report.environment = foreign();
    report.component = Some(foreign());
    report.period.label = foreign();
    report.previous_period.label = foreign();
    report.timezone = foreign();
    report.definitions.bands = foreign();
    report.deployment_source_detail = foreign();
    report.definitions.failure_rules = vec![foreign()];
    report.held_back_by = vec![foreign(), "lead_time".to_owned()];
    report.overall_band = Some(Band::Low);
    report.metrics.mttr.value = None;
    report.metrics.mttr.reason = Some(foreign());
    report.metrics.lead_time.band = None;
    report.metrics.lead_time.standing = Some(foreign());
    report.metrics.lead_time.waiting.reason = Some(foreign());
    report
        .metrics
        .deployment_frequency
        .breakdown
        .insert(foreign(), 1.0);
    report
        .metrics
        .change_failure_rate
        .by_rule
        .insert(foreign(), 1);
    for week in &mut report.weeks {
        week.week = foreign();
    }
    for component in &mut report.components {
        component.name = foreign();
    }
    for change in &mut report.slowest_changes {
        change.subject = foreign();
        change.repository = foreign();
        change.commit = foreign();
        change.deployment = foreign();
    }
    for row in &mut report.deployments {
        row.id = foreign();
        row.kind = foreign();
        row.remedy = Some(foreign());
        for component in &mut row.components {
            component.name = foreign();
            component.from = Some(foreign());
            component.to = foreign();
            component.kind = foreign();
        }
        for evidence in &mut row.evidence {
            evidence.rule = foreign();
            evidence.detail = foreign();
            evidence.component = Some(foreign());
        }
    }
    for outage in &mut report.outages {
        outage.deployments = vec![foreign()];
        outage.incidents = vec![foreign()];
    }
    for incident in &mut report.incidents {
        incident.id = foreign();
        incident.title = foreign();
        incident.severity = Some(foreign());
    }
    for left_out in &mut report.left_out {
        left_out.what = foreign();
        left_out.rule = foreign();
    }
    for advice in &mut report.recommendations {
        advice.text = foreign();
        advice.command = Some(foreign());
    }
    for notice in &mut report.notices {
        notice.message = foreign();
        notice.hint = Some(foreign());
    }
    report
}
