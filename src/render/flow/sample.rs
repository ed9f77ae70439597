//! A flow report for the tests of this folder: the worked example of spec 6.7, and its value. `items` are
//! its items and the documents of single ones, `variants` the empty one and the one full of hostile text.

mod items;
mod variants;

use chrono::{DateTime, NaiveDate, Utc};

use crate::model::Notice;
use crate::model::flow_settings::StageKind::{self, Active, Cancelled, Done, Queue, Wait};
use crate::model::work_item::FlowType;
use crate::report::PeriodRange;
use crate::report::flow::{
    AgeingRow, BarSegment, Blocked, BlockedReason, Constraint, CumulativeDay, Distribution,
    Efficiency, Finding, FlowDefinitions, FlowReport, FlowTime, IdeaToCash, Load, LoadDay,
    ReturnRow, ScatterPoint, ServiceLevel, SetAside, SourceRow, StageDefinition, StageRow,
    StatusRow, StuckItem, SuccessRow, ValueByType, ValueFigure, ValueReport, Velocity,
    VelocityWeek,
};

pub(super) use items::{open_item, way};
pub(super) use variants::{empty, hostile, nothing_done};

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A minute of March 2026.
fn march(day: u32, hour: u32) -> DateTime<Utc> {
    at(&format!("2026-03-{day:02}T{hour:02}:00:00Z"))
}

fn date(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
}

fn period() -> PeriodRange {
    PeriodRange {
        start: at("2026-02-11T09:00:00Z"),
        end: march(13, 9),
        days: 30.0,
        label: "30 days".to_owned(),
        complete: true,
    }
}

const STAGES: [(&str, StageKind); 9] = [
    ("Backlog", Queue),
    ("Design", Active),
    ("Development", Active),
    ("Code Review", Wait),
    ("Testing", Active),
    ("Deployment Approval", Wait),
    ("Deploy", Active),
    ("Production", Done),
    ("Cancelled", Cancelled),
];

/// Stage, items, visits, mean, median, P85, total, WIP now.
type Figures = (usize, usize, f64, f64, f64, f64, usize);

const FIGURES: [Figures; 7] = [
    (4, 4, 42.5, 24.0, 96.0, 170.0, 0),
    (1, 1, 24.0, 24.0, 24.0, 24.0, 0),
    (3, 5, 38.4, 48.0, 48.0, 192.0, 0),
    (2, 3, 40.0, 24.0, 72.0, 120.0, 1),
    (2, 2, 15.0, 6.0, 24.0, 30.0, 0),
    (1, 1, 24.0, 24.0, 24.0, 24.0, 0),
    (2, 2, 1.5, 1.0, 2.0, 3.0, 0),
];

fn stages() -> Vec<StageRow> {
    STAGES
        .iter()
        .zip(FIGURES)
        .map(
            |(&(stage, kind), (items, visits, mean, median, p85, total, wip))| StageRow {
                stage: stage.to_owned(),
                kind,
                items,
                visits,
                mean_hours: Some(mean),
                median_hours: Some(median),
                p85_hours: Some(p85),
                total_hours: total,
                business_total_hours: total / 3.0,
                business_median_hours: Some(median / 3.0),
                share: Some(total / 563.0),
                moved_back: usize::from(stage == "Code Review"),
                wip,
                wip_mean: Some(0.25),
                wip_limit: (stage == "Code Review").then_some(2),
                limit_two_sigma_hours: None,
                limit_p85_hours: Some(p85),
                completed_visits: visits,
            },
        )
        .collect()
}

/// The worked example.
pub(super) fn report() -> FlowReport {
    worked()
}

fn worked() -> FlowReport {
    let segments = stages()
        .into_iter()
        .map(|row| BarSegment {
            stage: row.stage,
            kind: row.kind,
            total_hours: row.total_hours,
            mean_hours: row.total_hours / 4.0,
            share: row.total_hours / 563.0,
        })
        .collect();
    FlowReport {
        schema_version: 1,
        tool_version: "0.1.0".to_owned(),
        generated_at: march(13, 9),
        repository: "shop".to_owned(),
        period: period(),
        timezone: "UTC".to_owned(),
        definitions: definitions(),
        sources: vec![SourceRow {
            tracker: "csv".to_owned(),
            items: 6,
            events: 36,
            complete: 6,
            partial: 0,
            approximate: 0,
            updated: Some(march(12, 9)),
        }],
        statuses: vec![
            StatusRow {
                status: "Backlog".to_owned(),
                entries: 6,
                stage: Some("Backlog".to_owned()),
                decided_by: "stage".to_owned(),
            },
            StatusRow {
                status: "Waiting for vendor".to_owned(),
                entries: 2,
                stage: Some("Code Review".to_owned()),
                decided_by: "category".to_owned(),
            },
            StatusRow {
                status: "On hold".to_owned(),
                entries: 1,
                stage: None,
                decided_by: "blocked".to_owned(),
            },
        ],
        idea_to_cash: IdeaToCash {
            items: 4,
            segments,
            mean_hours: Some(140.75),
            widest: Some("Development".to_owned()),
            target_hours: Some(120.0),
            beyond_target_hours: Some(20.75),
            reason: None,
        },
        stages: stages(),
        flow_time: FlowTime {
            count: 3,
            never_started: 1,
            untold: 0,
            p50_hours: Some(192.0),
            p85_hours: Some(194.0),
            p95_hours: Some(194.0),
            mean_hours: Some(163.0),
            net_p50_hours: Some(103.0),
            business_p50_hours: Some(50.0),
            business_p85_hours: Some(50.0),
            reopened: 1,
            previous_p50_hours: None,
            reason: None,
        },
        flow_efficiency: Efficiency {
            value: Some(231.0 / 393.0),
            active_hours: 231.0,
            wait_hours: 162.0,
            blocked_in_active_hours: 18.0,
            count: 3,
            target: 0.4,
            reason: None,
        },
        flow_load: Load {
            count: 1,
            mean: Some(0.9),
            days: (2..=13)
                .map(|day| LoadDay {
                    date: date(day),
                    count: (day % 5) as usize,
                })
                .collect(),
        },
        flow_velocity: velocity(),
        flow_distribution: distribution(),
        blocked: Blocked {
            now: 0,
            items: 1,
            hours: 18.0,
            reasons: vec![BlockedReason {
                reason: "waits for the vendor".to_owned(),
                items: 1,
                hours: 18.0,
            }],
        },
        constraint: Some(Constraint {
            stage: "Code Review".to_owned(),
            wait_share: 0.81,
            wait_hours: 264.0,
            queue: [0, 1],
            evidence: "81 % of all waiting (264 of 324 h); items in it grew from 0 to 1".to_owned(),
            is_firm: false,
        }),
        constraint_reason: None,
        cumulative_flow: cumulative(),
        service_level: ServiceLevel {
            p85_hours: Some(194.0),
            count: 3,
            older: 0,
            reason: None,
        },
        ageing: vec![AgeingRow {
            key: "FOC-105".to_owned(),
            title: "Sign in with a passkey".to_owned(),
            flow_type: FlowType::Feature,
            value: Some(5.0),
            stage: "Code Review".to_owned(),
            age_hours: 192.0,
            stage_hours: 144.0,
            is_blocked: false,
            percentile: Some(2.0 / 3.0),
            chance_to_miss: Some(0.0),
        }],
        scatter: [
            ("FOC-102", march(6, 19), 103.0),
            ("FOC-101", march(11, 11), 194.0),
            ("FOC-104", march(12, 9), 192.0),
        ]
        .map(|(key, done, flow_time_hours)| ScatterPoint {
            key: key.to_owned(),
            done,
            flow_time_hours,
        })
        .into(),
        findings: vec![Finding {
            rule: "stage-age-p85".to_owned(),
            stage: Some("Code Review".to_owned()),
            items: vec!["FOC-105".to_owned()],
            message: "FOC-105 is in Code Review for 6.0 d; 85 of 100 visits took at most 3.0 d \
                      (n 3)"
                .to_owned(),
            suggestion: "find out today who can review it".to_owned(),
            is_firm: false,
        }],
        set_aside: vec![
            SetAside {
                reason: "never-started".to_owned(),
                items: vec!["FOC-103".to_owned()],
                count: 1,
            },
            SetAside {
                reason: "cancelled".to_owned(),
                items: vec!["FOC-106".to_owned()],
                count: 1,
            },
        ],
        items: items::items(),
        code: None,
        notices: vec![
            Notice::new(
                "status-unmapped",
                "1 status belongs to no stage and was placed by its category",
            )
            .hint("dora flow --stages"),
        ],
    }
}

fn definitions() -> FlowDefinitions {
    FlowDefinitions {
        preset: None,
        stages: STAGES
            .iter()
            .map(|&(name, kind)| StageDefinition {
                name: name.to_owned(),
                kind,
                statuses: vec![name.to_owned()],
                wip_limit: (name == "Code Review").then_some(2),
            })
            .collect(),
        flow_time: "first entry to a wait or active stage to the last entry to done".to_owned(),
        percentiles: "nearest-rank".to_owned(),
        business_calendar: "Mon-Fri 09:00-17:00 UTC".to_owned(),
        key_pattern: "[A-Z][A-Z0-9]+-[0-9]+".to_owned(),
    }
}

fn velocity() -> Velocity {
    let week = |number: u32, monday: NaiveDate, is_complete, by_type: [usize; 5]| VelocityWeek {
        week: format!("2026-W{number:02}"),
        monday,
        is_complete,
        total: by_type.iter().sum(),
        by_type,
        started: 1,
    };
    Velocity {
        count: 4,
        per_week: Some(4.0 / (30.0 / 7.0)),
        weeks: vec![
            week(
                9,
                NaiveDate::from_ymd_opt(2026, 2, 23).unwrap(),
                true,
                [0; 5],
            ),
            week(10, date(2), true, [0, 1, 0, 0, 0]),
            week(11, date(9), false, [1, 0, 1, 1, 0]),
        ],
        reason: None,
    }
}

fn distribution() -> Vec<Distribution> {
    [
        (FlowType::Feature, 8.0),
        (FlowType::Defect, 3.0),
        (FlowType::Risk, 2.0),
        (FlowType::Debt, 1.0),
    ]
    .map(|(flow_type, value)| Distribution {
        flow_type,
        count: 1,
        share: Some(0.25),
        value,
        value_share: Some(value / 14.0),
    })
    .into()
}

fn cumulative() -> Vec<CumulativeDay> {
    // Reached by the end of 2 to 12 March, counted by hand from the worked example.
    let days: [[usize; 8]; 11] = [
        [3, 1, 1, 0, 0, 0, 0, 0],
        [5, 2, 2, 1, 0, 0, 0, 0],
        [5, 4, 4, 1, 0, 0, 0, 0],
        [6, 5, 4, 1, 0, 0, 0, 0],
        [6, 5, 5, 3, 2, 2, 2, 2],
        [6, 5, 5, 4, 2, 2, 2, 2],
        [6, 5, 5, 4, 2, 2, 2, 2],
        [6, 6, 6, 5, 4, 3, 3, 3],
        [6, 6, 6, 5, 4, 4, 3, 3],
        [6, 6, 6, 5, 4, 4, 4, 4],
        [6, 6, 6, 5, 4, 4, 4, 4],
    ];
    (2..)
        .zip(days)
        .map(|(day, reached)| CumulativeDay {
            date: date(day),
            reached: reached.to_vec(),
        })
        .collect()
}

/// The value of the worked example.
pub(super) fn value() -> ValueReport {
    let figure = |value, count, left_out| ValueFigure {
        value: Some(value),
        count,
        left_out,
        reason: None,
    };
    ValueReport {
        schema_version: 1,
        tool_version: "0.1.0".to_owned(),
        generated_at: march(13, 9),
        repository: "shop".to_owned(),
        period: period(),
        delivered: figure(14.0, 4, 0),
        velocity: figure(14.0 / (30.0 / 7.0), 4, 0),
        efficiency: figure(12.0 / 489.0, 3, 1),
        flow_hours: 489.0,
        by_type: distribution()
            .into_iter()
            .map(|row| ValueByType {
                flow_type: row.flow_type,
                count: row.count,
                value: row.value,
                share: row.value_share,
            })
            .collect(),
        stuck: vec![StuckItem {
            key: "FOC-105".to_owned(),
            title: "Sign in with a passkey".to_owned(),
            value: 5.0,
            stage: "Code Review".to_owned(),
            stage_hours: 144.0,
            age_hours: Some(192.0),
            why: "6.0 d in Code Review, where 85 of 100 visits took at most 3.0 d".to_owned(),
        }],
        returns: vec![ReturnRow {
            key: "FOC-101".to_owned(),
            title: "Pay in two currencies".to_owned(),
            adoption_pct: 42.0,
            nps_gain: Some(3.0),
            stream_hours: 218.0,
            roi_per_hr: 42.0 / 218.0,
        }],
        returns_reason: None,
        success: vec![SuccessRow {
            key: "FOC-101".to_owned(),
            title: "Pay in two currencies".to_owned(),
            usage: Some(0.42),
            nps: Some(3.0),
            uptime: None,
            incident_cost: Some(0.0),
            score: None,
            missing: vec!["uptime".to_owned()],
        }],
        success_reason: None,
        notices: Vec::new(),
    }
}
