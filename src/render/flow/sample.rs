//! A flow report for the tests of this folder: the worked example of spec 6.7, with the documents of
//! one item and of the value. The one full of hostile text and the empty one are made of it.

use chrono::{DateTime, NaiveDate, Utc};

use crate::model::Notice;
use crate::model::flow_settings::StageKind::{self, Active, Cancelled, Done, Queue, Wait};
use crate::model::work_item::{FlowType, History};
use crate::report::PeriodRange;
use crate::report::flow::{
    AgeingRow, BarSegment, Blocked, BlockedReason, BlockedSpan, Constraint, CumulativeDay,
    Distribution, Efficiency, Finding, FlowDefinitions, FlowReport, FlowTime, IdeaToCash, ItemRow,
    ItemWay, Load, LoadDay, ReturnRow, ScatterPoint, ServiceLevel, SetAside, SourceRow,
    StageDefinition, StageHours, StageRow, StatusRow, StuckItem, SuccessRow, ValueByType,
    ValueFigure, ValueReport, Velocity, VelocityWeek, VisitRow, Way, WaySegment, WayStep,
};

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
        items: items(),
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

fn item(key: &str, title: &str, flow_type: FlowType, value: f64, outcome: &str) -> ItemRow {
    ItemRow {
        key: key.to_owned(),
        title: title.to_owned(),
        flow_type,
        value: Some(value),
        outcome: outcome.to_owned(),
        stage: "Production".to_owned(),
        history: History::Complete,
        created: march(2, 9),
        started: Some(march(3, 9)),
        finished: None,
        flow_time_hours: None,
        net_hours: None,
        business_hours: None,
        age_hours: None,
        active_hours: 0.0,
        wait_hours: 0.0,
        blocked_in_active_hours: 0.0,
        efficiency: None,
        reopened: 0,
        moved_back: 0,
        stages: Vec::new(),
        feedback_hours: None,
    }
}

fn hours(stage: &str, entered: DateTime<Utc>, hours: f64) -> StageHours {
    StageHours {
        stage: stage.to_owned(),
        entered,
        hours,
    }
}

fn items() -> Vec<ItemRow> {
    let first = ItemRow {
        finished: Some(march(11, 11)),
        flow_time_hours: Some(194.0),
        net_hours: Some(194.0),
        business_hours: Some(50.0),
        active_hours: 98.0,
        wait_hours: 96.0,
        efficiency: Some(98.0 / 194.0),
        stages: vec![
            hours("Backlog", march(2, 9), 24.0),
            hours("Design", march(3, 9), 24.0),
            hours("Development", march(4, 9), 48.0),
            hours("Code Review", march(6, 9), 72.0),
            hours("Testing", march(9, 9), 24.0),
            hours("Deployment Approval", march(10, 9), 24.0),
            hours("Deploy", march(11, 9), 2.0),
            hours("Production", march(11, 11), 46.0),
        ],
        ..item(
            "FOC-101",
            "Pay in two currencies",
            FlowType::Feature,
            8.0,
            "done",
        )
    };
    let third = ItemRow {
        started: None,
        created: march(5, 8),
        finished: Some(march(9, 8)),
        stages: vec![
            hours("Backlog", march(5, 8), 96.0),
            hours("Production", march(9, 8), 97.0),
        ],
        ..item("FOC-103", "Rotate the keys", FlowType::Risk, 2.0, "done")
    };
    let fourth = ItemRow {
        started: Some(march(4, 9)),
        finished: Some(march(12, 9)),
        flow_time_hours: Some(192.0),
        net_hours: Some(96.0),
        active_hours: 96.0,
        blocked_in_active_hours: 18.0,
        efficiency: Some(0.8125),
        reopened: 1,
        stages: vec![
            hours("Backlog", march(2, 9), 48.0),
            hours("Development", march(4, 9), 96.0),
            hours("Production", march(6, 9), 120.0),
        ],
        ..item("FOC-104", "Drop the old cart", FlowType::Debt, 1.0, "done")
    };
    let fifth = ItemRow {
        stage: "Code Review".to_owned(),
        created: march(3, 9),
        started: Some(march(5, 9)),
        age_hours: Some(192.0),
        active_hours: 48.0,
        wait_hours: 144.0,
        efficiency: Some(0.25),
        stages: vec![
            hours("Backlog", march(3, 9), 48.0),
            hours("Design", march(5, 9), 24.0),
            hours("Development", march(6, 9), 24.0),
            hours("Code Review", march(7, 9), 144.0),
        ],
        ..item(
            "FOC-105",
            "Sign in with a passkey",
            FlowType::Feature,
            5.0,
            "open",
        )
    };
    vec![first, third, fourth, fifth]
}

/// A report of a repository into which nothing was imported.
pub(super) fn empty() -> FlowReport {
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
pub(super) fn nothing_done() -> FlowReport {
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
pub(super) fn hostile(text: &str) -> FlowReport {
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

/// One item with its way to production.
pub(super) fn way() -> ItemWay {
    let visit = |stage: &str, from, to| VisitRow {
        stage: stage.to_owned(),
        from,
        to,
    };
    let step = |step: &str, at, evidence: &str| WayStep {
        step: step.to_owned(),
        at,
        evidence: evidence.to_owned(),
    };
    let segment = |name: &str, from: DateTime<Utc>, to: DateTime<Utc>| WaySegment {
        segment: name.to_owned(),
        from,
        to,
        hours: (to - from).num_minutes() as f64 / 60.0,
    };
    let item = items().swap_remove(0);
    ItemWay {
        schema_version: 1,
        generated_at: march(13, 9),
        repository: "shop".to_owned(),
        visits: vec![
            visit("Backlog", march(2, 9), Some(march(3, 9))),
            visit("Design", march(3, 9), Some(march(4, 9))),
            visit("Development", march(4, 9), Some(march(6, 9))),
            visit("Code Review", march(6, 9), Some(march(9, 9))),
            visit("Testing", march(9, 9), Some(march(10, 9))),
            visit("Deployment Approval", march(10, 9), Some(march(11, 9))),
            visit("Deploy", march(11, 9), Some(march(11, 11))),
            visit("Production", march(11, 11), None),
        ],
        blocked: vec![BlockedSpan {
            from: march(7, 9),
            to: Some(march(8, 9)),
            reason: Some("waits for the vendor".to_owned()),
        }],
        way: Some(Way {
            key: item.key.clone(),
            title: item.title.clone(),
            flow_type: item.flow_type,
            steps: vec![
                step("created", march(2, 9), "tracker"),
                step("started", march(3, 9), "tracker"),
                step("first_commit", march(4, 15), "3f2a1bc"),
                step("pull_request", march(6, 9), "#12"),
                step("merged", march(9, 8), "#12"),
                step("deployed", march(11, 10), "production-41"),
                step("done", march(11, 11), "tracker"),
            ],
            segments: vec![
                segment("idea_to_start", march(2, 9), march(3, 9)),
                segment("start_to_first_commit", march(3, 9), march(4, 15)),
                segment("first_commit_to_pull_request", march(4, 15), march(6, 9)),
                segment("pull_request_to_merge", march(6, 9), march(9, 8)),
                segment("merge_to_deployment", march(9, 8), march(11, 10)),
            ],
            idea_to_production_hours: Some(217.0),
            first_deployed: Some(march(11, 10)),
            deployed: Some(march(11, 10)),
            deployments: vec!["production-41".to_owned()],
            commits: vec!["3f2a1bc".to_owned(), "9d0e4f5".to_owned()],
            commits_waiting: 0,
            commits_taken_back: 0,
            reason: None,
            tracker_gap_hours: Some(1.0),
        }),
        way_reason: None,
        item,
    }
}

/// An item that is open and that no commit names.
pub(super) fn open_item() -> ItemWay {
    let item = items().swap_remove(3);
    ItemWay {
        visits: way().visits.into_iter().take(3).collect(),
        blocked: vec![BlockedSpan {
            from: march(12, 9),
            to: None,
            reason: None,
        }],
        way: None,
        way_reason: Some("no commit names it".to_owned()),
        item,
        ..way()
    }
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
