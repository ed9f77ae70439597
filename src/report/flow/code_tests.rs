//! What is said of items and code, over the worked example of the stream and a history that was made for
//! it. Every expected number was worked out by hand.

use proptest::prelude::*;

use super::*;
use crate::ledger::flow::{FlowAccount, story as items};
use crate::ledger::story::{Story, at};
use crate::ledger::{FlowJoin, ItemName, Ledger};
use crate::model::{Window, WorkItem};

/// FOC-101 through a pull request, FOC-102 straight to the main line, FOC-104 half of it waiting, one
/// change without an item and one of an item that nobody imported.
pub(in crate::report) fn history() -> Story {
    Story::until("2026-03-13 09:00")
        .repository(&["shop"])
        .commit("start", &[], "2026-03-01 08:00", "feat: start")
        .deploy("2026-03-01 09:00", &[("shop", "start")])
        .commit("c102", &["start"], "2026-03-02 13:00", "FOC-102: fix")
        .commit("c104", &["c102"], "2026-03-04 08:00", "FOC-104: tidy")
        .commit("dark", &["c104"], "2026-03-05 10:00", "chore: tools")
        .deploy("2026-03-06 20:00", &[("shop", "dark")])
        .commit("c101", &["c104"], "2026-03-05 15:00", "[FOC-101] cards")
        .commit(
            "merge",
            &["dark", "c101"],
            "2026-03-09 08:30",
            "Merge pull request #7",
        )
        .commit("c999", &["merge"], "2026-03-10 10:00", "FOC-999: unknown")
        .deploy("2026-03-11 10:40", &[("shop", "c999")])
        .commit("c104b", &["c999"], "2026-03-12 08:00", "FOC-104: more")
        .names("c101", &["FOC-101"])
        .names("c102", &["FOC-102"])
        .names("c104", &["FOC-104"])
        .names("c104b", &["FOC-104"])
        .names("c999", &["FOC-999"])
        .pull_request(
            7,
            ["", "2026-03-06 09:10", "", "2026-03-09 08:30"],
            "merge",
            &["c101"],
        )
}

/// The history, joined to the items of the worked example.
pub(in crate::report) fn with_inputs<T>(story: &Story, ask: impl Fn(&CodeInputs<'_>) -> T) -> T {
    let told: Vec<WorkItem> = items::example_items();
    let flow: FlowAccount = items::example();
    let ledger = Ledger::from_facts(&story.facts);
    let names: Vec<ItemName<'_>> = told
        .iter()
        .map(|item| ItemName {
            tracker: item.tracker,
            key: &item.key,
            aliases: &item.aliases,
        })
        .collect();
    let account = &ledger.environments[0];
    let join = FlowJoin::of(&story.facts, account, &names);
    ask(&CodeInputs {
        items: &told,
        flow: &flow,
        account,
        join: &join,
    })
}

pub(in crate::report) fn march() -> Window {
    Window::new(at("2026-03-01 00:00"), at("2026-03-13 09:00"))
}

fn code() -> Code {
    with_inputs(&history(), |inputs| compose_code(inputs, march()))
}

fn way(item: usize) -> Way {
    with_inputs(&history(), |inputs| compose_way(inputs, item)).expect("a way")
}

fn rounded(hours: Option<f64>) -> Option<f64> {
    hours.map(|hours| (hours * 100.0).round() / 100.0)
}

#[test]
fn coverage_is_told_of_commits_and_of_items() {
    let coverage = code().coverage;
    assert_eq!((coverage.commits, coverage.commits_with_item), (5, 3));
    assert_eq!(coverage.commit_share, Some(0.6));
    assert_eq!((coverage.items, coverage.items_with_commit), (4, 3));
    assert_eq!(coverage.item_share, Some(0.75));
    assert_eq!(coverage.unknown_keys, ["FOC-999"]);
    assert_eq!(coverage.unknown_key_count, 1);
}

#[test]
fn segments_are_over_the_items_that_were_deployed_whole_in_the_period() {
    let code = code();
    assert_eq!(code.environment, "production");
    let whole = &code.idea_to_production;
    assert_eq!((whole.count, rounded(whole.p50_hours)), (2, Some(106.0)));
    assert_eq!(rounded(whole.p85_hours), Some(217.67));
    assert_eq!(rounded(whole.mean_hours), Some(161.83));
    let segments: Vec<_> = code
        .segments
        .iter()
        .map(|it| (it.segment.as_str(), it.count, rounded(it.p50_hours)))
        .collect();
    assert_eq!(
        segments,
        [
            ("idea_to_start", 2, Some(2.0)),
            ("start_to_first_commit", 2, Some(1.0)),
            ("first_commit_to_pull_request", 1, Some(18.17)),
            // Of FOC-102, which came without a pull request: 106 − 2 − 1.
            ("first_commit_to_deployment", 1, Some(103.0)),
            ("pull_request_to_merge", 1, Some(71.33)),
            ("merge_to_deployment", 1, Some(50.17)),
        ]
    );
}

#[test]
fn a_period_without_deployed_items_has_reasons_instead_of_numbers() {
    let before = Window::new(at("2026-02-01 00:00"), at("2026-03-01 00:00"));
    let code = with_inputs(&history(), |inputs| compose_code(inputs, before));
    assert_eq!(code.coverage.commit_share, None);
    assert_eq!(code.items_per_deployment, None);
    assert_eq!(
        code.idea_to_production.reason.as_deref(),
        Some("no item was deployed whole in the period")
    );
    assert_eq!(code.ways.len(), 3, "ways are told whatever the period");
}

#[test]
fn deployments_are_told_with_the_items_that_they_completed() {
    let code = code();
    let told: Vec<_> = code
        .deployments
        .iter()
        .map(|it| {
            (
                it.time,
                it.items.join(" "),
                it.value,
                it.commits_without_item,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (at("2026-03-11 10:40"), "FOC-101".to_owned(), 8.0, 1),
            (at("2026-03-06 20:00"), "FOC-102".to_owned(), 3.0, 1),
            (at("2026-03-01 09:00"), String::new(), 0.0, 0),
        ]
    );
    assert_eq!(rounded(code.items_per_deployment), Some(0.67));
}

#[test]
fn the_tracker_is_held_against_what_runs() {
    let gap = code().tracker_gap;
    assert_eq!(
        (gap.count, gap.done_minus_deployed_p50_hours),
        (2, Some(-1.0))
    );
    assert_eq!(gap.closed_before_deployed, 1);
    assert_eq!(gap.done_not_deployed, ["FOC-104"]);
    assert_eq!(gap.done_not_deployed_count, 1);
    assert_eq!(gap.coded_before_started, 1);
}

#[test]
fn one_items_way_is_told_step_by_step() {
    let way = way(0);
    assert_eq!(
        (way.key.as_str(), way.title.as_str()),
        ("FOC-101", "About FOC-101")
    );
    let steps: Vec<_> = way
        .steps
        .iter()
        .map(|it| (it.step.as_str(), it.at, it.evidence.as_str()))
        .collect();
    let commit = history().id("c101").short();
    assert_eq!(
        steps,
        [
            ("created", at("2026-03-02 09:00"), "tracker"),
            ("started", at("2026-03-03 09:00"), "tracker"),
            ("first_commit", at("2026-03-05 15:00"), commit.as_str()),
            ("pull_request", at("2026-03-06 09:10"), "#7"),
            ("merged", at("2026-03-09 08:30"), "#7"),
            (
                "deployed",
                at("2026-03-11 10:40"),
                way.deployments[0].as_str()
            ),
            ("done", at("2026-03-11 11:00"), "tracker"),
        ]
    );
    let hours: Vec<_> = way
        .segments
        .iter()
        .map(|it| rounded(Some(it.hours)))
        .collect();
    assert_eq!(hours, [24.0, 54.0, 18.17, 71.33, 50.17].map(Some));
    assert_eq!(rounded(way.idea_to_production_hours), Some(217.67));
    assert_eq!(rounded(way.tracker_gap_hours), Some(0.33));
    assert_eq!((way.commits, way.reason), (vec![commit], None));
    assert_eq!(way.first_deployed, way.deployed);
}

#[test]
fn an_item_that_waits_has_a_way_so_far_and_a_reason() {
    let way = way(3);
    assert_eq!(way.key, "FOC-104");
    let segments: Vec<_> = way
        .segments
        .iter()
        .map(|it| (it.segment.as_str(), it.hours))
        .collect();
    assert_eq!(
        segments,
        [("idea_to_start", 48.0), ("start_to_first_commit", -1.0)]
    );
    assert_eq!(way.idea_to_production_hours, None);
    assert_eq!(
        way.reason.as_deref(),
        Some("1 commit of it waits to be deployed")
    );
    assert_eq!(way.first_deployed, Some(at("2026-03-06 20:00")));
    assert_eq!((way.deployed, way.tracker_gap_hours), (None, None));
    assert_eq!((way.commits.len(), way.commits_waiting), (2, 1));
}

#[test]
fn an_item_that_was_taken_back_says_so() {
    let story = history()
        .commit(
            "back",
            &["c104b"],
            "2026-03-12 09:00",
            "Revert \"cards\"\n\nThis reverts commit c101.",
        )
        .deploy("2026-03-12 10:00", &[("shop", "back")]);
    let way = with_inputs(&story, |inputs| compose_way(inputs, 0)).expect("a way");
    assert_eq!(
        way.reason.as_deref(),
        Some("all of its commits were taken back")
    );
    assert_eq!((way.commits_taken_back, way.deployed), (1, None));
    let code = with_inputs(&story, |inputs| compose_code(inputs, march()));
    assert_eq!(code.tracker_gap.done_not_deployed, ["FOC-101"]);
    assert!(
        code.deployments
            .iter()
            .all(|it| !it.items.contains(&"FOC-101".to_owned()))
    );
    assert_eq!(
        code.coverage.commits_with_item, 4,
        "its commit was work on an item all the same"
    );
}

#[test]
fn an_item_that_no_commit_names_has_no_way() {
    let none = with_inputs(&history(), |inputs| compose_way(inputs, 2));
    assert_eq!(none, Err("no commit names it".to_owned()));
    let unknown = with_inputs(&history(), |inputs| compose_way(inputs, 99));
    assert!(unknown.is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_deployed_change_is_counted_once_in_coverage(
        commits in proptest::collection::vec((0_usize..4, any::<bool>()), 1..24),
        first in 0_i64..30,
        length in 0_i64..30,
    ) {
        let keys = [None, Some("FOC-101"), Some("FOC-105"), Some("FOC-999")];
        let mut story = history();
        // What was there before is deployed; then hourly commits, some of them deployed at once.
        let mut parent = "c999".to_owned();
        let window = Window::new(
            at("2026-03-12 09:00") + chrono::TimeDelta::hours(first),
            at("2026-03-12 09:00") + chrono::TimeDelta::hours(first + length),
        );
        story.facts.as_of = at("2026-03-14 00:00");
        let (mut expected, mut named) = (0, 0);
        let mut waiting: Vec<bool> = Vec::new();
        for (hour, (key, is_deployed)) in (0_i64..).zip(commits) {
            let name = format!("x{hour}");
            let time = at("2026-03-12 09:00") + chrono::TimeDelta::hours(hour);
            let text = time.format("%Y-%m-%d %H:%M").to_string();
            story = story.commit(&name, &[&parent], &text, "change");
            if let Some(key) = keys[key] {
                story = story.names(&name, &[key]);
            }
            waiting.push(matches!(key, 1 | 2));
            if is_deployed {
                story = story.deploy(&text, &[("shop", &name)]);
                if window.contains(time) {
                    expected += waiting.len();
                    named += waiting.iter().filter(|it| **it).count();
                }
                waiting.clear();
            }
            parent = name;
        }
        let code = with_inputs(&story, |inputs| compose_code(inputs, window));
        prop_assert_eq!(code.coverage.commits, expected);
        prop_assert_eq!(code.coverage.commits_with_item, named);
        let without: usize = code.deployments.iter().map(|it| it.commits_without_item).sum();
        prop_assert_eq!(without, expected - named);
    }
}
