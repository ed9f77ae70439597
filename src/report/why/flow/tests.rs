//! Every number of the worked example, opened: the figure is that of the report, and what stands in the rows
//! alone gives it again. `laws` says the same of any items whatever, `finding_tests` are about rules.

use chrono_tz::Tz;
use serde_json::Value;

use super::super::document::Why;
use super::*;
use crate::ledger::flow::FlowAccount;
use crate::ledger::flow::story::{at, example_as_of, example_items, example_settings};
use crate::model::period::Period;
use crate::model::work_item::History;
use crate::model::{PeriodSpec, Settings, WorkItem};
use crate::report::flow::FlowInputs;
use crate::report::flow::code_tests::{history, with_inputs};

/// The answer about items that are looked at on 13 March 2026, 09:00, and the 30 days before.
pub(super) fn answer_of(name: &str, items: &[WorkItem], settings: &Settings) -> Why {
    let spec: PeriodSpec = "30d".parse().unwrap();
    let period: Period = spec.resolve(example_as_of(), Tz::UTC, None).unwrap();
    let account = FlowAccount::from_items(items, settings, example_as_of());
    let (subject, stage) = FlowSubject::named(name).unwrap();
    flow_answer(&FlowQuestion {
        inputs: &FlowInputs {
            account: &account,
            items,
            settings,
            period: &period,
            repository: "shop",
            code: None,
            notices: Vec::new(),
            with_items: false,
        },
        code: None,
        subject,
        stage: stage.as_deref(),
    })
    .unwrap()
}

pub(super) fn answer(name: &str) -> Why {
    answer_of(name, &example_items(), &example_settings())
}

/// The rows of a section, as the export has them.
pub(super) fn rows(why: &Why, section: &str) -> Vec<Value> {
    let found = why.sections.iter().find(|it| it.key == section);
    let found = found.unwrap_or_else(|| panic!("{section} of {}", why.subject));
    let value = serde_json::to_value(found).unwrap();
    value["rows"].as_array().unwrap().clone()
}

/// One column of a section.
pub(super) fn column(why: &Why, section: &str, key: &str) -> Vec<Value> {
    let rows = rows(why, section);
    rows.iter().map(|row| row[key].clone()).collect()
}

pub(super) fn numbers(why: &Why, section: &str, key: &str) -> Vec<f64> {
    let cells = column(why, section, key);
    cells.iter().map(|cell| cell.as_f64().unwrap()).collect()
}

pub(super) fn words(why: &Why, section: &str, key: &str) -> Vec<String> {
    let cells = column(why, section, key);
    let words = cells
        .iter()
        .map(|cell| cell.as_str().unwrap_or("").to_owned());
    words.collect()
}

pub(super) fn says(why: &Why, step: &str) {
    assert!(
        why.arithmetic.iter().any(|it| it == step),
        "{:#?}",
        why.arithmetic
    );
}

#[test]
fn flow_time_is_the_item_at_the_middle_rank() {
    let why = answer("flow-time");
    assert_eq!(
        (why.figure.value, why.figure.unit.as_str()),
        (Some(192.0), "hours")
    );
    assert_eq!(
        why.figure.text,
        "8.0 d (median of 3 items; 85 % took at most 8.1 d)"
    );
    assert_eq!(
        words(&why, "items", "item"),
        ["FOC-102", "FOC-104", "FOC-101"]
    );
    assert_eq!(
        numbers(&why, "items", "flow_time_hours"),
        [103.0, 192.0, 194.0]
    );
    assert_eq!(numbers(&why, "items", "net_hours"), [103.0, 96.0, 194.0]);
    assert_eq!(words(&why, "items", "started")[1], "2026-03-04T09:00:00Z");
    assert_eq!(words(&why, "items", "done")[1], "2026-03-12T09:00:00Z");
    assert_eq!(
        words(&why, "items_left_out", "item"),
        ["FOC-103", "FOC-105", "FOC-106"]
    );
    assert_eq!(
        words(&why, "items_left_out", "rule"),
        [
            "never started: done without having been in a wait or active stage",
            "in progress: not done",
            "cancelled: an outcome of its own"
        ]
    );
    says(
        &why,
        "P50, the median: rank ⌈0.5 · 3⌉ = 2 of 3 = 192 h (8.0 d)",
    );
    says(&why, "P85: rank ⌈0.85 · 3⌉ = 3 of 3 = 194 h (8.1 d)");
    says(&why, "mean: (103 + 192 + 194) ÷ 3 = 163 h (6.8 d)");
}

#[test]
fn a_definition_names_the_settings_in_force() {
    let definition = answer("flow-time").definition;
    assert!(
        definition.contains("Mon-Fri 09:00-17:00 UTC"),
        "{definition}"
    );
    assert!(
        definition.ends_with(
            "stages of `flow.stages` (queue Backlog; wait Code Review, Deployment Approval; active \
             Design, Development, Testing, Deploy; done Production; cancelled Cancelled); days and \
             weeks of UTC."
        ),
        "{definition}"
    );
    let mut settings = example_settings();
    settings.flow.target_hours = Some(120.0);
    let why = answer_of("idea-to-cash", &example_items(), &settings);
    assert!(
        why.definition.contains("target 5.0 d"),
        "{}",
        why.definition
    );
    says(&why, "cost of delay: 140.75 − 120 = 20.75 h");
}

#[test]
fn flow_efficiency_is_the_ratio_of_the_sums() {
    let why = answer("flow-efficiency");
    assert!((why.figure.value.unwrap() - 231.0 / 393.0).abs() < 1e-12);
    assert_eq!(numbers(&why, "items", "worked_hours"), [98.0, 55.0, 78.0]);
    assert_eq!(numbers(&why, "items", "waited_hours"), [96.0, 48.0, 18.0]);
    assert_eq!(
        numbers(&why, "items", "blocked_in_active_hours"),
        [0.0, 0.0, 18.0]
    );
    let each: Vec<f64> = numbers(&why, "items", "efficiency")
        .iter()
        .map(|it| (it * 10_000.0).round() / 100.0)
        .collect();
    assert_eq!(each, [50.52, 53.4, 81.25]);
    says(
        &why,
        "efficiency = worked ÷ (worked + waited) = (98 + 55 + 78) ÷ (194 + 103 + 96) = 231 ÷ 393 = 58.78 %",
    );
}

#[test]
fn flow_load_is_what_is_in_progress_at_the_end() {
    let why = answer("wip");
    assert_eq!(why.subject, "flow-load");
    assert_eq!(why.figure.value, Some(1.0));
    assert_eq!(words(&why, "items", "item"), ["FOC-105"]);
    assert_eq!(numbers(&why, "items", "age_hours"), [192.0]);
    assert_eq!(words(&why, "items", "stage"), ["Code Review"]);
    let lasted = numbers(&why, "time_in_progress", "in_progress_hours");
    assert_eq!(lasted, [194.0, 103.0, 96.0, 192.0, 96.0]);
    says(
        &why,
        "mean: (194 + 103 + 96 + 192 + 96) = 681 h in progress ÷ 720 h of the period = 0.9458 items, \
         weighted by time",
    );
    let rules = words(&why, "items_left_out", "rule");
    assert_eq!(rules[2], "done without being started", "FOC-103");
}

#[test]
fn velocity_and_distribution_count_the_same_items() {
    let velocity = answer("flow-velocity");
    assert!((velocity.figure.value.unwrap() - 4.0 / (30.0 / 7.0)).abs() < 1e-12);
    let weeks = words(&velocity, "items", "week");
    assert_eq!(weeks, ["2026-W11", "2026-W10", "2026-W11", "2026-W11"]);
    says(
        &velocity,
        "4 items ÷ (30 days ÷ 7) = 4 ÷ 4.2857 = 0.9333 per week",
    );
    let why = answer("flow-distribution");
    assert_eq!(rows(&why, "items"), rows(&velocity, "items"));
    assert_eq!(numbers(&why, "kinds", "share"), [0.25; 4]);
    let by_value: Vec<f64> = numbers(&why, "kinds", "value_share")
        .iter()
        .map(|it| (it * 1000.0).round() / 10.0)
        .collect();
    assert_eq!(by_value, [57.1, 21.4, 14.3, 7.1]);
    says(&why, "feature: 1 ÷ 4 = 25 %; by value 8 ÷ 14 = 57.1 %");
}

#[test]
fn blocked_time_is_what_of_each_time_lies_in_the_period() {
    let why = answer("blocked");
    assert_eq!(why.subject, "blocked-time");
    assert_eq!(why.figure.value, Some(18.0));
    assert_eq!(words(&why, "blocked_times", "item"), ["FOC-104"]);
    assert_eq!(
        words(&why, "blocked_times", "from"),
        ["2026-03-11T09:00:00Z"]
    );
    assert_eq!(words(&why, "blocked_times", "stage"), ["Development"]);
    assert!(why.definition.contains("dora why finding:blocked"));
}

#[test]
fn the_constraint_is_shown_with_the_waiting_of_every_stage() {
    let why = answer("constraint");
    // 72 + 24 + 24 of those that are done, 144 of FOC-105; 18 blocked, 24 in Deployment Approval.
    assert!((why.figure.value.unwrap() - 264.0 / 306.0).abs() < 1e-12);
    assert_eq!(
        numbers(&why, "visits", "waited_hours"),
        [72.0, 24.0, 24.0, 144.0]
    );
    let waiting: f64 = numbers(&why, "stages", "waited_hours").iter().sum();
    assert_eq!(waiting, 306.0);
    says(&why, "share: 264 ÷ 306 = 86.3 %");
}

#[test]
fn the_service_level_stands_beside_what_is_in_progress() {
    let why = answer("service-level");
    assert_eq!(why.figure.value, Some(194.0));
    assert_eq!(words(&why, "open_items", "item"), ["FOC-105"]);
    // Of three finished items two took no longer than 192 hours.
    assert!((numbers(&why, "open_items", "percentile")[0] - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(column(&why, "open_items", "older"), [Value::Bool(false)]);
}

#[test]
fn stages_are_opened_down_to_visits() {
    let why = answer("stage-time");
    // 170 in the backlog, 24 + 192 + 120 + 30 + 24 + 3 behind it.
    assert_eq!(why.figure.value, Some(563.0));
    assert_eq!(
        numbers(&why, "stages", "total_hours"),
        [170.0, 24.0, 192.0, 120.0, 30.0, 24.0, 3.0]
    );
    let one = answer("stage:code review");
    assert_eq!(one.subject, "stage:Code Review");
    assert_eq!(one.figure.value, Some(24.0));
    assert_eq!(numbers(&one, "visits", "hours"), [24.0, 24.0, 72.0]);
    says(&one, "share: 120 ÷ 563 of all stages before done = 21.3 %");
    let done = answer("stage:Production");
    assert_eq!(
        words(&done, "visits", "item"),
        ["FOC-104"],
        "it was opened again"
    );
    assert_eq!(rows(&done, "visits_left_out").len(), 4);
}

#[test]
fn idea_to_cash_adds_up_item_by_item() {
    let why = answer("idea-to-cash");
    assert_eq!(why.figure.value, Some(140.75));
    assert_eq!(numbers(&why, "items", "hours"), [218.0, 105.0, 96.0, 144.0]);
    says(&why, "(218 + 105 + 96 + 144) ÷ 4 = 140.75 h per item");
}

#[test]
fn value_is_told_with_the_items_that_have_no_time() {
    let why = answer("value");
    assert_eq!(why.figure.value, Some(14.0));
    assert_eq!(numbers(&why, "items", "value"), [8.0, 3.0, 2.0, 1.0]);
    assert_eq!(
        column(&why, "items", "in_value_per_hour"),
        [true, true, false, true].map(Value::Bool)
    );
    says(
        &why,
        "per flow hour, over the same items: (8 + 3 + 1) ÷ (194 + 103 + 192) = 12 ÷ 489 = 0.0245",
    );
}

#[test]
fn where_nothing_is_known_every_number_says_so() {
    for subject in FlowSubject::ALL {
        let why = answer_of(subject.name(), &[], &example_settings());
        let is_rule = matches!(subject, FlowSubject::Finding(_));
        match why.figure.value {
            None => assert!(why.figure.reason.is_some(), "{subject:?}"),
            Some(value) => assert!(is_rule && value == 0.0, "{subject:?} {value}"),
        }
        assert!(!why.definition.is_empty());
        let items = why.sections.iter().filter(|it| it.key.starts_with("items"));
        assert!(
            items.into_iter().all(|it| it.rows.is_empty()),
            "{subject:?}"
        );
    }
}

#[test]
fn a_stage_that_is_none_is_named_with_those_there_are() {
    let items = example_items();
    let settings = example_settings();
    let account = FlowAccount::from_items(&items, &settings, example_as_of());
    let spec: PeriodSpec = "30d".parse().unwrap();
    let period = spec.resolve(example_as_of(), Tz::UTC, None).unwrap();
    let error = flow_answer(&FlowQuestion {
        inputs: &FlowInputs {
            account: &account,
            items: &items,
            settings: &settings,
            period: &period,
            repository: "shop",
            code: None,
            notices: Vec::new(),
            with_items: false,
        },
        code: None,
        subject: FlowSubject::StageTime,
        stage: Some("Reviewing"),
    })
    .unwrap_err();
    assert_eq!(error.to_string(), "there is no stage `Reviewing`");
    assert_eq!(error.known.len(), 9);
}

/// The answer over the worked example and the history that was made for it, from 1 March on.
fn joined(name: &str) -> Why {
    let (subject, _) = FlowSubject::named(name).unwrap();
    let (items, settings) = (example_items(), example_settings());
    let spec: PeriodSpec = "2026-03-01..".parse().unwrap();
    let period = spec.resolve(example_as_of(), Tz::UTC, None).unwrap();
    assert_eq!(period.window.start, at("01 00:00"));
    with_inputs(&history(), |code| {
        flow_answer(&FlowQuestion {
            inputs: &FlowInputs {
                account: code.flow,
                items: &items,
                settings: &settings,
                period: &period,
                repository: "shop",
                code: None,
                notices: Vec::new(),
                with_items: false,
            },
            code: Some(*code),
            subject,
            stage: None,
        })
        .unwrap()
    })
}

#[test]
fn idea_to_production_is_over_what_was_deployed_whole() {
    let why = joined("idea-to-production");
    assert_eq!(why.environment.as_deref(), Some("production"));
    // FOC-102: 02 10:00 to 06 20:00. FOC-101: 02 09:00 to 11 10:40. FOC-104: a commit of it waits.
    assert_eq!(why.figure.value, Some(106.0));
    assert_eq!(words(&why, "items", "item"), ["FOC-102", "FOC-101"]);
    assert_eq!(numbers(&why, "items", "idea_to_production_hours")[0], 106.0);
    assert_eq!(words(&why, "items", "deployed")[0], "2026-03-06T20:00:00Z");
    assert_eq!(
        words(&why, "items_left_out", "rule"),
        [
            "1 commit of it waits to be deployed",
            "no commit names it",
            "no commit names it",
            "no commit names it"
        ]
    );
    says(
        &why,
        "coverage: 3 of 5 deployed changes name an item (60 %), 3 of 4 done items have a commit (75 %)",
    );
}

#[test]
fn coverage_names_every_change_and_every_item() {
    let why = joined("coverage");
    assert_eq!(why.figure.value, Some(0.6));
    assert_eq!(
        words(&why, "changes", "items"),
        ["FOC-102", "FOC-104", "FOC-101"]
    );
    let rules = words(&why, "changes_left_out", "rule");
    assert_eq!(
        rules,
        [
            "it names no item",
            "it names FOC-999, which was not imported"
        ]
    );
    assert_eq!(
        words(&why, "items", "item"),
        ["FOC-101", "FOC-102", "FOC-104"]
    );
    assert_eq!(words(&why, "items_left_out", "item"), ["FOC-103"]);
    says(&why, "changes: 3 ÷ 5 = 60 %");
    says(&why, "items: 3 ÷ 4 = 75 %");
}

#[test]
fn the_tracker_gap_is_done_minus_deployed() {
    let why = joined("tracker-gap");
    // FOC-102 done 06 19:00, deployed 06 20:00; FOC-101 done 11 11:00, deployed 11 10:40.
    let gaps = numbers(&why, "items", "done_minus_deployed_hours");
    assert_eq!(gaps[0], -1.0);
    assert!((gaps[1] - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(why.figure.value, Some(-1.0));
    assert_eq!(
        words(&why, "items_left_out", "rule")[0],
        "done, and 1 commit of it waits to be deployed"
    );
}

#[test]
fn what_tells_only_its_state_at_the_export_is_left_out_by_that_rule() {
    let mut items = example_items();
    items[0].history = History::Approximate;
    let why = |name| answer_of(name, &items, &example_settings());
    let rule = "approximate history: it tells only how it was when it was exported";
    for name in [
        "flow-time",
        "service-level",
        "flow-efficiency",
        "idea-to-cash",
        "stage-time",
    ] {
        let why = why(name);
        assert_eq!(
            words(&why, "items_left_out", "item")[0],
            "FOC-101",
            "{name}"
        );
        assert_eq!(words(&why, "items_left_out", "rule")[0], rule, "{name}");
    }
    // 103 and 192 are left.
    assert_eq!(why("flow-time").figure.value, Some(103.0));
    assert_eq!(
        why("idea-to-cash").figure.value,
        Some((105.0 + 96.0 + 144.0) / 3.0)
    );
    // It is done all the same.
    assert_eq!(words(&why("flow-velocity"), "items", "item").len(), 4);
}
