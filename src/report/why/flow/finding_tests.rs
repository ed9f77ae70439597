//! Every rule of findings, opened: what it found, what it looked at and did not find, where it is silent and
//! why. The metrics are in `tests`.

use super::tests::{answer, answer_of, numbers, says, words};
use crate::ledger::flow::story::{Story, settings, stage};
use crate::model::{Settings, StageKind};

#[test]
fn the_rule_of_two_sigma_is_silent_and_says_why() {
    let why = answer("stage-age-two-sigma");
    assert_eq!(why.figure.value, Some(0.0));
    says(
        &why,
        "Code Review: mean + 2σ = 40 + 2 × 27.7128 = 95.4256 h (4.0 d)",
    );
    says(&why, "Code Review: silent, 3 completed visits of 5 needed");
    assert_eq!(
        words(&why, "items_left_out", "rule"),
        ["the rule is silent for Code Review"]
    );
}

#[test]
fn the_rule_of_the_percentile_finds_the_item() {
    let why = answer("stage-age-p85");
    assert_eq!(why.figure.value, Some(1.0));
    assert_eq!(words(&why, "items", "item"), ["FOC-105"]);
    assert_eq!(numbers(&why, "items", "stage_age_hours"), [144.0]);
    assert_eq!(numbers(&why, "items", "limit_hours"), [72.0]);
    assert_eq!(
        numbers(&why, "completed_visits", "hours"),
        [72.0, 24.0, 24.0]
    );
    says(
        &why,
        "Code Review: P85: rank ⌈0.85 · 3⌉ = 3 of 3 = 72 h (3.0 d); 3 visits are too few to be sure (5 \
         are not)",
    );
}

#[test]
fn the_rule_of_old_items_is_judged_by_the_mean_flow_time() {
    let why = answer("old-item");
    assert_eq!(why.figure.value, Some(0.0));
    assert_eq!(
        words(&why, "items_left_out", "rule"),
        ["not older than 13.6 d"]
    );
    assert_eq!(
        numbers(&why, "judged_by", "flow_time_hours"),
        [194.0, 103.0, 192.0]
    );
    says(
        &why,
        "limit: 2 × 163 = 326 h (13.6 d); 3 done items are too few to be sure (5 are not)",
    );
}

#[test]
fn low_efficiency_opens_the_last_seven_days() {
    let why = answer("low-efficiency");
    // From 6 March 09:00 on: 101 works 26 and waits 96, 102 works 7 and waits 3, 104 works 30 and is
    // blocked 18, 105 works 24 and waits 144, 106 works 48.
    assert_eq!(
        numbers(&why, "items", "worked_hours"),
        [26.0, 7.0, 30.0, 24.0, 48.0]
    );
    assert_eq!(
        numbers(&why, "items", "waited_hours"),
        [96.0, 3.0, 18.0, 144.0, 0.0]
    );
    assert!((why.figure.value.unwrap() - 135.0 / 396.0).abs() < 1e-12);
    assert_eq!(why.figure.text, "34.1 %, not under 30 %: not found");
}

#[test]
fn a_limit_that_was_exceeded_is_shown_with_the_instant() {
    let mut limited = vec![
        stage("Queue", StageKind::Queue),
        stage("Doing", StageKind::Active),
    ];
    limited[1].wip_limit = Some(1);
    limited.push(stage("Done", StageKind::Done));
    let doing = |key: &str, since: &str| Story::of(key).enters(since, "Doing").0;
    let items = [
        doing("A-1", "09 09:00"),
        doing("A-2", "10 09:00"),
        doing("A-3", "13 08:00"),
    ];
    let why = answer_of("wip-limit", &items, &settings(limited.clone()));
    assert_eq!(why.figure.value, Some(3.0));
    assert_eq!(
        words(&why, "stages", "over_since"),
        ["2026-03-10T09:00:00Z"]
    );
    assert_eq!(numbers(&why, "stages", "over_hours"), [72.0]);
    says(&why, "Doing: 3 > 1 for 72 h, at least 48 h");
    // A day earlier nothing was found: the limit was exceeded for 24 hours only.
    let items = [doing("A-1", "09 09:00"), doing("A-2", "12 09:00")];
    let why = answer_of("wip-limit", &items, &settings(limited));
    assert_eq!(why.figure.value, Some(0.0));
    assert_eq!(
        words(&why, "items_left_out", "rule"),
        ["over its limit for less than 48 h"; 2]
    );
    let none = answer("wip-limit");
    assert_eq!(
        none.figure.text,
        "silent: no stage has a limit (`wip_limit` in flow.stages)"
    );
}

#[test]
fn a_pile_is_measured_against_its_mean_load() {
    let doing = |key: &str| Story::of(key).enters("13 05:00", "In Progress").0;
    let first = Story::of("A-0")
        .enters("03 09:00", "In Progress")
        .enters("08 09:00", "Done")
        .0;
    let items = [first, doing("A-1"), doing("A-2"), doing("A-3")];
    let why = answer_of("stage-overfull", &items, &Settings::default());
    assert_eq!(why.figure.value, Some(3.0));
    // 120 hours of A-0 and 3 × 4 hours over the 240 hours on record.
    says(
        &why,
        "Dev: mean 132 h ÷ 240 h = 0.55; 3 > 1.5 × 0.55 = 0.825",
    );
}

#[test]
fn what_is_blocked_now_is_measured_against_a_day() {
    let stopped = |key: &str, since: &str| {
        let story = Story::of(key).enters("02 09:00", "In Progress");
        story.stopped(since, Some("vendor")).0
    };
    let items = [stopped("A-1", "12 09:00"), stopped("A-2", "12 08:59")];
    let why = answer_of("finding:blocked", &items, &Settings::default());
    assert_eq!(why.figure.value, Some(1.0));
    assert_eq!(words(&why, "items", "item"), ["A-2"]);
    assert_eq!(words(&why, "items", "reason"), ["vendor"]);
    assert_eq!(
        words(&why, "items_left_out", "rule"),
        ["not longer than 24 h"]
    );
}
