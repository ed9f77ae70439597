//! The worked example of spec 6.7 as a report: every figure of its tables and of the paragraph below
//! them, and what the report says where there is nothing to say.

use chrono_tz::Tz;

use super::*;
use crate::ledger::flow::FlowAccount;
use crate::ledger::flow::story::{
    Story, at, example_as_of, example_items, example_settings, settings, stage,
};
use crate::model::period::Period;
use crate::model::work_item::{Category, Change, History};
use crate::model::{FlowType, PeriodSpec, Settings, StageKind, Tracker, WorkItem};

fn period(text: &str) -> Period {
    let spec: PeriodSpec = text.parse().unwrap();
    spec.resolve(example_as_of(), Tz::UTC, None).unwrap()
}

fn report_of(items: &[WorkItem], settings: &Settings, text: &str) -> FlowReport {
    let account = FlowAccount::from_items(items, settings, example_as_of());
    compose(&FlowInputs {
        account: &account,
        items,
        settings,
        period: &period(text),
        repository: "shop",
        code: None,
        notices: Vec::new(),
        with_items: true,
    })
}

/// The 30 days before 13 March 2026, 09:00.
fn report() -> FlowReport {
    report_of(&example_items(), &example_settings(), "30d")
}

fn stories(stories: impl IntoIterator<Item = Story>) -> Vec<WorkItem> {
    stories.into_iter().map(|story| story.0).collect()
}

#[test]
fn the_table_item_by_item() {
    let report = report();
    let rows: Vec<_> = report
        .items
        .iter()
        .map(|row| {
            let efficiency = row.efficiency.map(|it| (it * 10_000.0).round() / 100.0);
            (
                row.key.as_str(),
                row.outcome.as_str(),
                row.flow_time_hours,
                row.active_hours.unwrap(),
                row.wait_hours.unwrap(),
                row.blocked_in_active_hours.unwrap(),
                efficiency,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("FOC-101", "done", Some(194.0), 98.0, 96.0, 0.0, Some(50.52)),
            ("FOC-102", "done", Some(103.0), 55.0, 48.0, 0.0, Some(53.4)),
            ("FOC-103", "done", None, 0.0, 0.0, 0.0, None),
            ("FOC-104", "done", Some(192.0), 96.0, 0.0, 18.0, Some(81.25)),
            ("FOC-105", "open", None, 48.0, 144.0, 0.0, Some(25.0)),
            ("FOC-106", "cancelled", None, 96.0, 0.0, 0.0, None),
        ]
    );
    let of = |key: &str| report.items.iter().find(|row| row.key == key).unwrap();
    assert_eq!(of("FOC-104").net_hours, Some(96.0));
    assert_eq!(of("FOC-105").age_hours, Some(192.0));
    assert_eq!(of("FOC-106").age_hours, Some(96.0));
    assert_eq!(of("FOC-101").age_hours, None);
}

#[test]
fn the_paragraph_below_the_table() {
    let report = report();
    let velocity = &report.flow_velocity;
    assert_eq!(velocity.count, 4);
    let weeks: Vec<(&str, usize)> = velocity
        .weeks
        .iter()
        .map(|week| (week.week.as_str(), week.total))
        .collect();
    assert_eq!(
        weeks,
        [
            ("2026-W07", 0),
            ("2026-W08", 0),
            ("2026-W09", 0),
            ("2026-W10", 1),
            ("2026-W11", 3)
        ]
    );
    use FlowType::{Debt, Defect, Feature, Risk};
    let kinds: Vec<_> = report
        .flow_distribution
        .iter()
        .map(|kind| {
            let by_value = kind.value_share.map(|it| (it * 1000.0).round() / 10.0);
            (kind.flow_type, kind.share, by_value)
        })
        .collect();
    assert_eq!(
        kinds,
        [
            (Feature, Some(0.25), Some(57.1)),
            (Defect, Some(0.25), Some(21.4)),
            (Risk, Some(0.25), Some(14.3)),
            (Debt, Some(0.25), Some(7.1)),
        ]
    );
    let time = &report.flow_time;
    assert_eq!(
        (time.p50_hours, time.p85_hours, time.mean_hours),
        (Some(192.0), Some(194.0), Some(163.0))
    );
    assert_eq!((time.count, time.never_started, time.reopened), (3, 1, 1));
    assert_eq!(time.net_p50_hours, Some(103.0));
    let efficiency = &report.flow_efficiency;
    assert_eq!(efficiency.active_hours, 98.0 + 55.0 + 78.0);
    let whole = efficiency.active_hours + efficiency.wait_hours;
    assert_eq!(whole, 194.0 + 103.0 + 96.0);
    assert!((efficiency.value.unwrap() - 0.5878).abs() < 5e-5);
    assert_eq!((efficiency.count, efficiency.target), (3, 0.4));
    assert_eq!(report.flow_load.count, 1);
    assert_eq!((report.blocked.items, report.blocked.hours), (1, 18.0));
    assert_eq!(report.blocked.reasons[0].reason, "not told");
}

#[test]
fn the_review_has_three_visits_and_the_percentile_speaks() {
    let report = report();
    let review = &report.stages[3];
    assert_eq!(review.stage, "Code Review");
    assert_eq!((review.completed_visits, review.wip), (3, 1));
    // 95.43 hours would be the limit; three visits are too few for it.
    assert_eq!(review.limit_two_sigma_hours, None);
    assert_eq!(review.limit_p85_hours, Some(72.0));
    assert_eq!(report.findings.len(), 1);
    let finding = &report.findings[0];
    assert_eq!(finding.rule, "stage-age-p85");
    assert_eq!(finding.items, ["FOC-105"]);
    assert!(!finding.is_firm);
    assert_eq!(
        finding.message,
        "FOC-105 has been in Code Review for 6.0 d; 85 % of 3 completed visits took at most 3.0 d: \
         too few to be sure; the rule of mean + 2σ (4.0 d) needs 5"
    );
}

#[test]
fn the_constraint_is_the_review_with_its_evidence() {
    let constraint = report().constraint.unwrap();
    assert_eq!(constraint.stage, "Code Review");
    assert_eq!((constraint.wait_hours, constraint.queue), (264.0, [0, 1]));
    assert_eq!(
        constraint.evidence,
        "86.3 % of all waiting (11.0 d of 12.8 d) lies in Code Review, and items in it went from 0 to \
         1; 4 visits are too few to be sure"
    );
}

#[test]
fn the_bar_says_where_the_time_of_an_item_goes() {
    let mut settings = example_settings();
    settings.flow.target_hours = Some(120.0);
    let bar = report_of(&example_items(), &settings, "30d").idea_to_cash;
    let segments: Vec<(&str, f64, f64)> = bar
        .segments
        .iter()
        .map(|it| (it.stage.as_str(), it.total_hours, it.mean_hours))
        .collect();
    assert_eq!(
        segments,
        [
            ("Backlog", 170.0, 42.5),
            ("Design", 24.0, 6.0),
            ("Development", 192.0, 48.0),
            ("Code Review", 120.0, 30.0),
            ("Testing", 30.0, 7.5),
            ("Deployment Approval", 24.0, 6.0),
            ("Deploy", 3.0, 0.75),
        ]
    );
    assert_eq!(bar.widest.as_deref(), Some("Development"));
    assert_eq!(bar.mean_hours, Some(140.75));
    assert_eq!(bar.beyond_target_hours, Some(20.75));
    let shares: f64 = bar.segments.iter().map(|it| it.share).sum();
    assert!((shares - 1.0).abs() < 1e-12);
}

#[test]
fn what_no_duration_counts_is_listed() {
    let report = report();
    let aside: Vec<(&str, usize)> = report
        .set_aside
        .iter()
        .map(|it| (it.reason.as_str(), it.count))
        .collect();
    assert_eq!(aside, [("never-started", 1), ("cancelled", 1)]);
    assert_eq!(report.set_aside[0].items, ["FOC-103"]);
    let points: Vec<(&str, f64)> = report
        .scatter
        .iter()
        .map(|it| (it.key.as_str(), it.flow_time_hours))
        .collect();
    assert_eq!(
        points,
        [("FOC-102", 103.0), ("FOC-101", 194.0), ("FOC-104", 192.0)]
    );
    let level = &report.service_level;
    assert_eq!(
        (level.p85_hours, level.count, level.older),
        (Some(194.0), 3, 0)
    );
    let open = &report.ageing[0];
    assert_eq!((open.key.as_str(), open.stage_hours), ("FOC-105", 144.0));
}

#[test]
fn a_period_shows_what_happened_in_it_and_what_was_before() {
    // From Monday 9 March: 101, 103 and 104 are done; the 102 of the week before is the past.
    let report = report_of(&example_items(), &example_settings(), "2026-03-09..");
    assert_eq!(report.flow_velocity.count, 3);
    assert_eq!(report.flow_time.p50_hours, Some(192.0));
    let keys: Vec<&str> = report.items.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ["FOC-101", "FOC-103", "FOC-104", "FOC-105"]);
    assert_eq!(report.flow_time.previous_p50_hours, Some(103.0));
    assert_eq!(report.cumulative_flow.len(), 5);
    assert_eq!(report.cumulative_flow[4].reached, [6, 6, 6, 5, 4, 4, 4, 4]);
}

#[test]
fn definitions_and_sources_are_told() {
    let report = report();
    let definitions = &report.definitions;
    assert_eq!(definitions.percentiles, "nearest-rank");
    assert_eq!(definitions.business_calendar, "Mon-Fri 09:00-17:00 UTC");
    assert_eq!(
        definitions.flow_time,
        "from the first entry to a stage of waiting or work (Design, Development, Code Review, \
         Testing, Deployment Approval, Deploy) to the last entry to done (Production), elapsed"
    );
    let source = &report.sources[0];
    assert_eq!(
        (source.tracker.as_str(), source.items, source.complete),
        ("jira", 6, 6)
    );
    // 8 + 8 + 2 + 5 + 4 + 3 statuses, two of blocking.
    assert_eq!(source.events, 32);
    assert_eq!(report.statuses.len(), 9);
    assert!(report.statuses.iter().all(|row| row.decided_by == "stage"));
    assert!(report.notices.is_empty(), "{:?}", report.notices);
}

#[test]
fn everything_about_one_item() {
    let items = example_items();
    let account = FlowAccount::from_items(&items, &example_settings(), example_as_of());
    let way = item_way(&account, &items, "shop", 3).unwrap();
    assert_eq!(way.item.key, "FOC-104");
    let visits: Vec<&str> = way.visits.iter().map(|it| it.stage.as_str()).collect();
    assert_eq!(
        visits,
        [
            "Backlog",
            "Development",
            "Production",
            "Development",
            "Production"
        ]
    );
    assert_eq!(way.visits[4].to, None);
    assert_eq!(way.blocked[0].from, at("11 09:00"));
    let hours: Vec<(&str, f64)> = way
        .item
        .stages
        .iter()
        .map(|it| (it.stage.as_str(), it.hours))
        .collect();
    // Production: four days before it was opened again, and one day until now.
    assert_eq!(
        hours,
        [
            ("Backlog", 48.0),
            ("Development", 96.0),
            ("Production", 120.0)
        ]
    );
    assert!(item_way(&account, &items, "shop", 17).is_none());
}

#[test]
fn without_items_every_value_is_missing_with_its_reason() {
    let report = report_of(&[], &example_settings(), "30d");
    let nothing = Some("no work item is on record");
    assert_eq!(report.flow_time.reason.as_deref(), nothing);
    assert_eq!(report.flow_efficiency.reason.as_deref(), nothing);
    assert_eq!(report.flow_velocity.reason.as_deref(), nothing);
    assert_eq!(report.service_level.reason.as_deref(), nothing);
    assert_eq!(report.constraint_reason.as_deref(), nothing);
    assert_eq!(report.idea_to_cash.reason.as_deref(), nothing);
    assert_eq!(report.flow_velocity.per_week, None);
    assert_eq!((report.flow_load.count, report.flow_load.mean), (0, None));
    assert!(report.items.is_empty() && report.findings.is_empty());
}

#[test]
fn items_that_are_all_cancelled_leave_no_figures() {
    let items = stories((0..3).map(|index| {
        Story::of(&format!("A-{index}"))
            .enters("02 09:00", "Development")
            .enters("04 09:00", "Cancelled")
    }));
    let report = report_of(&items, &example_settings(), "30d");
    assert_eq!(
        report.flow_time.reason.as_deref(),
        Some("no item was done in the period")
    );
    assert_eq!(report.set_aside[0].count, 3);
    assert_eq!(report.flow_velocity.per_week, Some(0.0));
    assert_eq!(
        report.constraint_reason.as_deref(),
        Some("nothing waited in the period")
    );
}

#[test]
fn what_is_assumed_is_said() {
    let items = stories([
        Story::of("A-1")
            .typed("Task")
            .told_by(Tracker::Github, History::Approximate)
            .created("03 09:00")
            .enters("02 09:00", "In Limbo")
            .enters_as("04 09:00", "Cooking", Category::Active)
            .enters("06 09:00", "Production"),
        Story::of("A-2")
            .typed("Epic")
            .enters("02 09:00", "Development")
            .change("03 09:00", Change::Removed),
    ]);
    let report = report_of(&items, &example_settings(), "30d");
    let said: Vec<(&str, usize, bool)> = report
        .notices
        .iter()
        .map(|it| (it.code.as_str(), it.count, it.incomplete))
        .collect();
    assert_eq!(
        said,
        [
            ("statuses-unmapped", 1, true),
            ("statuses-by-category", 1, false),
            ("types-unmapped", 2, false),
            ("history-approximate", 1, true),
            ("older-than-creation", 1, false),
        ]
    );
    assert_eq!(
        report.notices[0].message,
        "1 status belongs to no stage: items in them stay where they were (In Limbo (1))"
    );
    let aside: Vec<&str> = report
        .set_aside
        .iter()
        .map(|it| it.reason.as_str())
        .collect();
    assert_eq!(aside, ["removed"]);
    assert_eq!(report.flow_distribution.len(), 5);
}

#[test]
fn what_is_known_of_the_day_of_the_export_alone_is_no_way_through_the_stream() {
    let guessed = |key: &str| Story::of(key).told_by(Tracker::Jira, History::Approximate);
    let items = stories([
        guessed("A-1")
            .enters("02 09:00", "Backlog")
            .enters("06 09:00", "Production"),
        guessed("A-2").enters("03 09:00", "Development"),
    ]);
    let report = report_of(&items, &example_settings(), "30d");
    // That it is done, and when, is known; that it lay in the backlog until then is not.
    assert_eq!(report.flow_velocity.count, 1);
    let why = "the items done in the period tell only how they were when they were exported";
    assert_eq!(report.idea_to_cash.reason.as_deref(), Some(why));
    assert!(report.idea_to_cash.segments.is_empty());
    assert_eq!(report.flow_time.reason.as_deref(), Some(why));
    assert_eq!(
        (report.flow_time.never_started, report.flow_time.untold),
        (0, 1)
    );
    assert_eq!(report.flow_efficiency.reason.as_deref(), Some(why));
    assert_eq!(report.service_level.reason.as_deref(), Some(why));
    assert!(report.stages.iter().all(|stage| stage.visits == 0));
    assert!(report.ageing.is_empty());
    assert_eq!(report.flow_load.count, 1);
    for item in &report.items {
        assert_eq!((item.active_hours, item.age_hours), (None, None));
        assert!(item.stages.is_empty());
    }
}

#[test]
fn a_constraint_needs_a_growing_queue() {
    let items = stories([Story::of("A-1")
        .enters("02 09:00", "Code Review")
        .enters("05 09:00", "Production")]);
    let report = report_of(&items, &example_settings(), "30d");
    assert_eq!(report.constraint, None);
    assert_eq!(
        report.constraint_reason.as_deref(),
        Some(
            "100 % of all waiting (3.0 d of 3.0 d) lies in Code Review, and its queue does not grow: \
             items in it went from 0 to 0"
        )
    );
}

#[test]
fn every_rule_says_what_it_measured() {
    let mut stages = vec![
        stage("Todo", StageKind::Queue),
        stage("Work", StageKind::Active),
        stage("Check", StageKind::Wait),
        stage("Done", StageKind::Done),
    ];
    stages[2].wip_limit = Some(2);
    let done = (0..6).map(|index| {
        Story::of(&format!("D-{index}"))
            .enters("02-20 00:00", "Work")
            .enters("02-20 12:00", "Check")
            .enters("02-21 00:00", "Done")
    });
    let waiting = (0..4).map(|index| {
        Story::of(&format!("W-{index}"))
            .enters("05 00:00", "Work")
            .enters("06 00:00", "Check")
    });
    let stopped = [Story::of("S-1")
        .enters("10 00:00", "Work")
        .stopped("11 09:00", None)];
    let items = stories(done.chain(waiting).chain(stopped));
    let report = report_of(&items, &settings(stages), "30d");
    let said: Vec<(&str, usize, bool)> = report
        .findings
        .iter()
        .map(|it| (it.rule.as_str(), it.items.len(), it.is_firm))
        .collect();
    assert_eq!(
        said,
        [
            ("blocked", 1, true),
            ("stage-age-two-sigma", 4, true),
            ("stage-age-two-sigma", 1, true),
            ("old-item", 5, true),
            ("stage-age-p85", 4, true),
            ("stage-age-p85", 1, true),
            ("wip-limit", 4, true),
            ("stage-overfull", 4, true),
            ("low-efficiency", 0, true),
        ]
    );
    let message = |rule: &str| {
        let found = report.findings.iter().find(|it| it.rule == rule);
        found.map(|it| it.message.as_str()).unwrap_or_default()
    };
    assert_eq!(
        message("blocked"),
        "S-1 has been blocked for 2.0 d; more than 24 h is too long"
    );
    assert_eq!(
        message("old-item"),
        "5 items have been in progress for too long, W-0 the longest: 8.4 d; twice the mean flow time \
         of 6 done items is 2.0 d"
    );
    assert_eq!(
        message("wip-limit"),
        "Check holds 4 items where 2 should be the most, and has been over its limit for 7.4 d"
    );
    assert!(report.findings.iter().all(|it| !it.suggestion.is_empty()));
}

#[test]
fn the_report_is_the_same_when_it_is_read_again() {
    let report = report();
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<FlowReport>(&json).unwrap(), report);
}
