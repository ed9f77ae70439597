//! Fills the figures of `document` from the formulas of `metrics::flow`. Nothing is computed here but
//! what a figure leaves out; every missing value gets its reason.

use super::compose::FlowInputs;
use super::document::{
    BarSegment, Blocked, BlockedReason, CumulativeDay, Distribution, Efficiency, FlowTime,
    IdeaToCash, Load, LoadDay, ServiceLevel, StageRow, Velocity, VelocityWeek,
};
use crate::ledger::flow::FlowAccount;
use crate::metrics::flow::ageing::Ageing;
use crate::metrics::flow::flow_load::StageLoad;
use crate::metrics::flow::stage_limits::StageLimits;
use crate::metrics::flow::stage_time::StageTime;
use crate::metrics::flow::{
    Spread, blocked_time, cumulative_flow as lines, flow_distribution, flow_efficiency, flow_load,
    flow_time as times, flow_velocity, hours, idea_to_cash as bar,
};
use crate::model::{FlowType, StageKind};

/// What feedback is called in the bar.
const FEEDBACK: &str = "Feedback";
/// Why items that were done have no flow time.
const NEVER_STARTED: &str = "no item done in the period was ever started";
/// What a blocked time without a reason is called.
const NOT_TOLD: &str = "not told";

pub(in crate::report) fn idea_to_cash(inputs: &FlowInputs<'_>, stages: &[StageTime]) -> IdeaToCash {
    let account = inputs.account;
    let found = bar::idea_to_cash(account, inputs.period.window, stages);
    let target_hours = inputs.settings.flow.target_hours;
    let Some(mean) = found.mean() else {
        return IdeaToCash {
            items: 0,
            segments: Vec::new(),
            mean_hours: None,
            widest: None,
            target_hours,
            beyond_target_hours: None,
            reason: Some(inputs.nothing_told(NEVER_STARTED)),
        };
    };
    let (total, items) = (found.total(), found.items as f64);
    let segment = |stage: String, kind, hours: f64| BarSegment {
        stage,
        kind,
        total_hours: hours,
        mean_hours: hours / items,
        share: if total > 0.0 { hours / total } else { 0.0 },
    };
    let stages = found.stages.iter();
    let mut segments: Vec<BarSegment> = stages
        .map(|(stage, hours)| segment(inputs.stage_name(*stage), account.kind(*stage), *hours))
        .collect();
    segments.extend(
        found
            .feedback
            .map(|hours| segment(FEEDBACK.to_owned(), StageKind::Done, hours)),
    );
    let mut widest: Option<&BarSegment> = None;
    for segment in &segments {
        if segment.total_hours > widest.map_or(0.0, |widest| widest.total_hours) {
            widest = Some(segment);
        }
    }
    IdeaToCash {
        items: found.items,
        mean_hours: Some(mean),
        widest: widest.map(|widest| widest.stage.clone()),
        target_hours,
        beyond_target_hours: target_hours.map(|target| (mean - target).max(0.0)),
        reason: None,
        segments,
    }
}

/// One row for each stage before done.
pub(in crate::report) fn stages(
    account: &FlowAccount,
    stages: &[StageTime],
    limits: &[StageLimits],
    loads: &[StageLoad],
) -> Vec<StageRow> {
    let rows = account.stages.iter().zip(stages).zip(limits).zip(loads);
    rows.filter(|(((stage, _), _), _)| {
        !matches!(stage.kind, StageKind::Done | StageKind::Cancelled)
    })
    .map(|(((stage, time), limits), load)| StageRow {
        stage: stage.name.clone(),
        kind: stage.kind,
        items: time.items,
        visits: time.visits.count(),
        mean_hours: time.visits.mean,
        median_hours: time.visits.p50,
        p85_hours: time.visits.p85,
        total_hours: time.visits.total(),
        business_total_hours: time.working.total(),
        business_median_hours: time.working.p50,
        share: time.share,
        moved_back: time.moved_back,
        wip: load.count,
        wip_mean: load.mean,
        wip_limit: stage.wip_limit,
        limit_two_sigma_hours: limits.two_sigma().value().copied(),
        limit_p85_hours: limits.p85().value().copied(),
        completed_visits: limits.completed.len(),
    })
    .collect()
}

pub(in crate::report) fn flow_time(inputs: &FlowInputs<'_>) -> FlowTime {
    let found = times::flow_time(inputs.account, inputs.period.window);
    let before = times::flow_time(inputs.account, inputs.period.previous);
    let reason = match found.elapsed.count() {
        0 => Some(inputs.nothing_told(NEVER_STARTED)),
        _ => None,
    };
    FlowTime {
        count: found.elapsed.count(),
        never_started: found.never_started,
        untold: found.untold,
        p50_hours: found.elapsed.p50,
        p85_hours: found.elapsed.p85,
        p95_hours: found.elapsed.p95,
        mean_hours: found.elapsed.mean,
        net_p50_hours: found.net.p50,
        business_p50_hours: found.working.p50,
        business_p85_hours: found.working.p85,
        reopened: found.reopened,
        previous_p50_hours: before.elapsed.p50,
        reason,
    }
}

pub(in crate::report) fn efficiency(inputs: &FlowInputs<'_>) -> Efficiency {
    let window = inputs.period.window;
    let found = flow_efficiency::flow_efficiency(inputs.account, window);
    let value = found.value();
    let reason = match value {
        Some(_) => None,
        None => {
            Some(inputs.nothing_told("no item done in the period spent time at work or waiting"))
        }
    };
    Efficiency {
        value,
        active_hours: hours(found.time.worked()),
        wait_hours: hours(found.time.waited()),
        blocked_in_active_hours: hours(found.time.blocked_in_active),
        count: found.count,
        target: flow_efficiency::TARGET,
        reason,
    }
}

pub(in crate::report) fn load(inputs: &FlowInputs<'_>) -> Load {
    let found = flow_load::flow_load(inputs.account, inputs.period.window);
    let is_known = !inputs.account.items.is_empty();
    let days = found.days.into_iter();
    Load {
        count: found.count,
        mean: found.mean.filter(|_| is_known),
        days: days.map(|(date, count)| LoadDay { date, count }).collect(),
    }
}

pub(in crate::report) fn velocity(inputs: &FlowInputs<'_>) -> Velocity {
    let found = flow_velocity::flow_velocity(inputs.account, inputs.period.window);
    let is_known = !inputs.account.items.is_empty();
    let per_week = found.per_week.filter(|_| is_known);
    let reason = match per_week {
        Some(_) => None,
        None if is_known => Some("the period has no length".to_owned()),
        None => Some(inputs.nothing_done()),
    };
    let week = |week: &flow_velocity::Week| VelocityWeek {
        week: week.label.clone(),
        monday: crate::model::calendar::local_day(week.window.start, inputs.account.zone),
        is_complete: week.is_complete,
        total: week.total(),
        by_type: week.by_type,
        started: week.started,
    };
    Velocity {
        count: found.count,
        per_week,
        weeks: found.weeks.iter().map(week).collect(),
        reason,
    }
}

pub(in crate::report) fn distribution(inputs: &FlowInputs<'_>) -> Vec<Distribution> {
    let kinds = flow_distribution::flow_distribution(inputs.account, inputs.period.window);
    let kinds = kinds.into_iter();
    kinds
        .filter(|kind| kind.count > 0 || kind.flow_type != FlowType::Unclassified)
        .map(|kind| Distribution {
            flow_type: kind.flow_type,
            count: kind.count,
            share: kind.share,
            value: kind.value,
            value_share: kind.value_share,
        })
        .collect()
}

pub(in crate::report) fn blocked(inputs: &FlowInputs<'_>) -> Blocked {
    let found = blocked_time::blocked_time(inputs.account, inputs.period.window);
    let reasons = found.reasons.into_iter();
    Blocked {
        now: found.now,
        items: found.items,
        hours: found.hours,
        reasons: reasons
            .map(|reason| BlockedReason {
                reason: reason.reason.unwrap_or_else(|| NOT_TOLD.to_owned()),
                items: reason.items,
                hours: reason.hours,
            })
            .collect(),
    }
}

pub(in crate::report) fn cumulative_flow(inputs: &FlowInputs<'_>) -> Vec<CumulativeDay> {
    let days = lines::cumulative_flow(inputs.account, inputs.period.window);
    let days = days.into_iter();
    days.map(|(date, reached)| CumulativeDay { date, reached })
        .collect()
}

pub(in crate::report) fn service_level(
    inputs: &FlowInputs<'_>,
    ageing: &Ageing<'_>,
) -> ServiceLevel {
    let Spread { p85, sorted, .. } = &ageing.flow_times;
    ServiceLevel {
        p85_hours: *p85,
        count: sorted.len(),
        older: ageing.older(),
        reason: p85.is_none().then(|| inputs.nothing_told(NEVER_STARTED)),
    }
}
