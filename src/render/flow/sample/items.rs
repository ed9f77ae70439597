//! The items of the worked example as rows, and one of them with its way to production and one without.

use chrono::{DateTime, Utc};

use super::march;
use crate::model::work_item::{FlowType, History};
use crate::report::flow::{
    BlockedSpan, ItemRow, ItemWay, StageHours, VisitRow, Way, WaySegment, WayStep,
};

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
        active_hours: Some(0.0),
        wait_hours: Some(0.0),
        blocked_in_active_hours: Some(0.0),
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

pub(super) fn items() -> Vec<ItemRow> {
    let first = ItemRow {
        finished: Some(march(11, 11)),
        flow_time_hours: Some(194.0),
        net_hours: Some(194.0),
        business_hours: Some(50.0),
        active_hours: Some(98.0),
        wait_hours: Some(96.0),
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
        active_hours: Some(96.0),
        blocked_in_active_hours: Some(18.0),
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
        active_hours: Some(48.0),
        wait_hours: Some(144.0),
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

/// One item with its way to production.
pub(in crate::render::flow) fn way() -> ItemWay {
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
pub(in crate::render::flow) fn open_item() -> ItemWay {
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
