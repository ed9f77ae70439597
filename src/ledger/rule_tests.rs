//! The failure rules and outages, one story per sentence of spec 2.6 and 2.7.

use chrono::TimeDelta;

use crate::model::Verdict;

use super::story::{Story, failures, outages};
use super::{ChangeKind, DeploymentKind};

/// Five commits on a line, an hour apart: a feature each, and `f` a fix on the last.
fn five_commits(until: &str) -> Story {
    Story::until(until).repository(&["api"]).line(&[
        ("a", "2026-05-04 08:00", "feat: a"),
        ("b", "2026-05-04 08:10", "feat: b"),
        ("c", "2026-05-04 08:20", "feat: c"),
        ("d", "2026-05-04 08:30", "feat: d"),
        ("f", "2026-05-04 08:40", "fix: d"),
    ])
}

#[test]
fn going_forward_again_after_a_rollback_is_no_second_rollback_and_ships_only_what_is_new() {
    let story = five_commits("2026-05-05 09:00")
        .deploy("2026-05-04 10:00", &[("api", "a")])
        .deploy("2026-05-04 12:00", &[("api", "c")])
        .deploy("2026-05-04 14:00", &[("api", "a")])
        .deploy("2026-05-04 16:00", &[("api", "d")]);
    let account = story.account();
    assert_eq!(failures(&account), ["1: rollback → 2"]);
    assert_eq!(story.brought(&account.deployments[3]), ["d"]);
    assert_eq!(
        account.deployments[3].components[0].kind,
        ChangeKind::Forward
    );
}

#[test]
fn only_the_deployment_before_a_rollback_failed_older_ones_were_rolled_back() {
    let account = five_commits("2026-05-05 09:00")
        .deploy("2026-05-04 10:00", &[("api", "a")])
        .deploy("2026-05-04 12:00", &[("api", "b")])
        .deploy("2026-05-04 14:00", &[("api", "c")])
        .deploy("2026-05-04 16:00", &[("api", "a")])
        .account();
    assert_eq!(failures(&account), ["2: rollback → 3"]);
    let rolled_back: Vec<bool> = account
        .deployments
        .iter()
        .map(|deployment| deployment.rolled_back)
        .collect();
    assert_eq!(rolled_back, [false, true, false, false]);
}

#[test]
fn an_incident_that_names_a_commit_blames_the_first_deployment_that_contains_it() {
    let mut story = five_commits("2026-05-06 09:00")
        .deploy("2026-05-04 10:00", &[("api", "a")])
        .deploy("2026-05-04 12:00", &[("api", "c")])
        .deploy("2026-05-05 14:00", &[("api", "d")])
        .incident("i", "2026-05-05 15:00", Some("2026-05-05 16:00"), None);
    let graph = &story.facts.repositories[0].graph;
    let ids: Vec<String> = ["b", "a"]
        .iter()
        .map(|name| graph.id(story.commit_named(name)).to_string())
        .collect();
    assert_eq!(failures(&story.account()), ["2: incident"]);
    let cause = |causes: &[&str]| causes.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    story.facts.incidents[0].causes = cause(&["0123456", &ids[0][..10]]);
    assert_eq!(failures(&story.account()), ["1: incident"]);
    story.facts.incidents[0].causes = cause(&[&ids[1]]);
    let none: [&str; 0] = [];
    assert_eq!(
        failures(&story.account()),
        none,
        "a baseline brought nothing"
    );
    story.facts.incidents[0].causes = cause(&["0123456"]);
    assert_eq!(failures(&story.account()), ["2: incident"]);
    // What was deployed after it began did not cause it.
    let graph = &story.facts.repositories[0].graph;
    let later = graph.id(story.commit_named("d")).to_string();
    story.facts.incidents[0].causes = vec![later];
    story.facts.incidents[0].opened_at = super::story::at("2026-05-05 11:00");
    assert_eq!(failures(&story.account()), ["1: incident"]);
}

#[test]
fn a_rollback_of_a_rollback_fails_it_and_joins_the_outage() {
    let account = five_commits("2026-05-05 09:00")
        .deploy("2026-05-04 10:00", &[("api", "a")])
        .deploy("2026-05-04 12:00", &[("api", "b")])
        .deploy("2026-05-04 14:00", &[("api", "c")])
        .deploy("2026-05-04 14:20", &[("api", "b")])
        .deploy("2026-05-04 15:00", &[("api", "a")])
        .account();
    assert_eq!(failures(&account), ["2: rollback → 3", "3: rollback → 4"]);
    assert_eq!(outages(&account), [(vec![2, 3], Some(60))]);
}

/// `a` with two children `x` and `y` that do not contain each other.
fn fork() -> Story {
    Story::until("2026-05-06 09:00")
        .repository(&["api"])
        .commit("a", &[], "2026-05-04 08:00", "feat: a")
        .commit("x", &["a"], "2026-05-04 08:10", "feat: x")
        .commit("y", &["a"], "2026-05-04 08:20", "feat: y")
}

#[test]
fn a_version_on_another_line_is_a_rollback_only_when_it_was_deployed_before() {
    let sideways = fork()
        .deploy("2026-05-04 10:00", &[("api", "x")])
        .deploy("2026-05-04 12:00", &[("api", "y")])
        .account();
    assert_eq!(failures(&sideways), [""; 0]);
    assert_eq!(
        sideways.deployments[1].components[0].kind,
        ChangeKind::Sideways
    );
    let back = fork()
        .deploy("2026-05-04 10:00", &[("api", "x")])
        .deploy("2026-05-04 12:00", &[("api", "y")])
        .deploy("2026-05-04 14:00", &[("api", "x")])
        .account();
    assert_eq!(failures(&back), ["1: rollback → 2"]);
}

#[test]
fn unresolved_versions_roll_back_to_what_was_replaced_or_to_a_lower_number() {
    let replaced = five_commits("2026-05-06 09:00")
        .deploy("2026-05-04 10:00", &[("api", "blue")])
        .deploy("2026-05-04 12:00", &[("api", "green")])
        .deploy("2026-05-04 14:00", &[("api", "blue")])
        .account();
    assert_eq!(failures(&replaced), ["1: rollback → 2"]);
    let lower = five_commits("2026-05-06 09:00")
        .deploy("2026-05-04 10:00", &[("api", "1.2.0")])
        .deploy("2026-05-04 12:00", &[("api", "1.10.0")])
        .deploy("2026-05-04 14:00", &[("api", "1.9.0")])
        .account();
    assert_eq!(failures(&lower), ["1: rollback → 2"]);
    let upward = five_commits("2026-05-06 09:00")
        .deploy("2026-05-04 10:00", &[("api", "blue")])
        .deploy("2026-05-04 12:00", &[("api", "green")])
        .deploy("2026-05-04 14:00", &[("api", "red")])
        .account();
    assert_eq!(failures(&upward), [""; 0]);
}

#[test]
fn after_an_unresolved_version_the_next_one_carries_all_that_is_new_as_an_upper_bound() {
    let story = five_commits("2026-05-06 09:00")
        .deploy("2026-05-04 10:00", &[("api", "a")])
        .deploy("2026-05-04 12:00", &[("api", "latest")])
        .deploy("2026-05-04 14:00", &[("api", "c")]);
    let account = story.account();
    assert_eq!(story.brought(&account.deployments[1]), [""; 0]);
    assert_eq!(story.brought(&account.deployments[2]), ["b", "c"]);
    assert!(account.deployments[2].components[0].follows_unresolved);
    assert_eq!(
        account.deployments[1].components[0].kind,
        ChangeKind::Unresolved
    );
}

/// `bad` is deployed, then `undo` reverts it.
fn reverted(undo_time: &str, message: &str) -> Story {
    Story::until("2026-06-30 09:00")
        .repository(&["api"])
        .line(&[
            ("a", "2026-05-04 08:00", "feat: a"),
            ("bad", "2026-05-04 09:00", "feat: bad"),
            ("undo", "2026-05-04 13:00", message),
        ])
        .deploy("2026-05-04 08:30", &[("api", "a")])
        .deploy("2026-05-04 10:00", &[("api", "bad")])
        .deploy(undo_time, &[("api", "undo")])
}

#[test]
fn a_revert_within_seven_days_fails_the_deployment_that_brought_the_commit() {
    let message = "Undo it\n\nThis reverts commit bad.";
    let at_the_limit = reverted("2026-05-11 10:00", message).account();
    assert_eq!(failures(&at_the_limit), ["1: revert → 2"]);
    let after_it = reverted("2026-05-11 10:01", message).account();
    assert_eq!(failures(&after_it), [""; 0]);
    let prose = reverted("2026-05-04 14:00", "Undo bad, which reverts nothing").account();
    assert_eq!(failures(&prose), [""; 0]);
}

#[test]
fn reverting_a_baseline_or_something_never_deployed_fails_nothing() {
    let story = Story::until("2026-05-30 09:00")
        .repository(&["api"])
        .line(&[
            ("a", "2026-05-04 08:00", "feat: a"),
            ("b", "2026-05-04 09:00", "feat: b"),
            (
                "undo a",
                "2026-05-04 10:00",
                "No a\n\nThis reverts commit a.",
            ),
            (
                "undo b",
                "2026-05-04 11:00",
                "No b\n\nThis reverts commit b.",
            ),
        ])
        .deploy("2026-05-04 08:30", &[("api", "a")])
        .deploy("2026-05-04 12:00", &[("api", "undo b")]);
    assert_eq!(failures(&story.account()), [""; 0]);
}

#[test]
fn a_revert_that_ships_with_its_own_revert_is_none_and_three_in_a_row_are_one() {
    let chain = |last: &str| {
        Story::until("2026-05-30 09:00")
            .repository(&["api"])
            .line(&[
                ("a", "2026-05-04 08:00", "feat: a"),
                ("b", "2026-05-04 09:00", "feat: b"),
                ("r1", "2026-05-04 10:00", "x\n\nThis reverts commit b."),
                ("r2", "2026-05-04 11:00", "x\n\nThis reverts commit r1."),
                ("r3", "2026-05-04 12:00", "x\n\nThis reverts commit r2."),
            ])
            .deploy("2026-05-04 08:30", &[("api", "a")])
            .deploy("2026-05-04 09:30", &[("api", "b")])
            .deploy("2026-05-04 14:00", &[("api", last)])
            .account()
    };
    assert_eq!(failures(&chain("r1")), ["1: revert → 2"]);
    assert_eq!(failures(&chain("r2")), [""; 0]);
    assert_eq!(failures(&chain("r3")), ["1: revert → 2"]);
}

#[test]
fn reverting_a_merge_blames_the_deployment_that_brought_the_merge() {
    let account = Story::until("2026-05-30 09:00")
        .repository(&["api"])
        .commit("a", &[], "2026-05-04 08:00", "feat: a")
        .commit("side", &["a"], "2026-05-04 08:10", "feat: side")
        .commit(
            "merge",
            &["a", "side"],
            "2026-05-04 08:20",
            "Merge branch 'side'",
        )
        .commit(
            "undo",
            &["merge"],
            "2026-05-04 12:00",
            "x\n\nThis reverts commit merge.",
        )
        .deploy("2026-05-04 08:05", &[("api", "a")])
        .deploy("2026-05-04 09:00", &[("api", "merge")])
        .deploy("2026-05-04 13:00", &[("api", "undo")])
        .account();
    assert_eq!(failures(&account), ["1: revert → 2"]);
}

#[test]
fn only_fixes_within_the_window_make_a_hotfix() {
    let fixed_at = |when: &str| {
        five_commits("2026-05-06 09:00")
            .deploy("2026-05-04 10:00", &[("api", "a")])
            .deploy("2026-05-04 12:00", &[("api", "d")])
            .deploy(when, &[("api", "f")])
            .account()
    };
    assert_eq!(
        failures(&fixed_at("2026-05-04 13:00")),
        ["1: hotfix → 2"],
        "60 minutes"
    );
    assert_eq!(
        failures(&fixed_at("2026-05-04 13:01")),
        [""; 0],
        "61 minutes"
    );
    let mixed = five_commits("2026-05-06 09:00")
        .deploy("2026-05-04 12:00", &[("api", "c")])
        .deploy("2026-05-04 12:10", &[("api", "f")])
        .account();
    assert_eq!(failures(&mixed), [""; 0], "d is no fix");
}

#[test]
fn what_the_merge_of_a_hotfix_branch_brings_is_a_fix() {
    let account = |branch: &str| {
        Story::until("2026-05-30 09:00")
            .repository(&["api"])
            .commit("a", &[], "2026-05-04 08:00", "feat: a")
            .commit("b", &["a"], "2026-05-04 08:05", "feat: b")
            .commit("side", &["b"], "2026-05-04 09:10", "stop the bleeding")
            .commit(
                "merge",
                &["b", "side"],
                "2026-05-04 09:20",
                &format!("Merge branch '{branch}'"),
            )
            .deploy("2026-05-04 08:30", &[("api", "a")])
            .deploy("2026-05-04 09:00", &[("api", "b")])
            .deploy("2026-05-04 09:30", &[("api", "merge")])
            .account()
    };
    assert_eq!(failures(&account("hotfix/oom")), ["1: hotfix → 2"]);
    assert_eq!(failures(&account("topic/oom")), [""; 0]);
}

#[test]
fn a_rule_that_is_switched_off_finds_nothing() {
    let mut story = five_commits("2026-05-06 09:00")
        .deploy("2026-05-04 10:00", &[("api", "a")])
        .deploy("2026-05-04 12:00", &[("api", "d")])
        .deploy("2026-05-04 12:30", &[("api", "f")])
        .deploy("2026-05-04 12:40", &[("api", "a")]);
    assert_eq!(
        failures(&story.account()),
        ["1: hotfix → 2", "2: rollback → 3"]
    );
    story.facts.settings.failure_rules.hotfix = false;
    assert_eq!(failures(&story.account()), ["2: rollback → 3"]);
    story.facts.settings.failure_rules.rollback = false;
    assert_eq!(failures(&story.account()), [""; 0]);
}

#[test]
fn an_untested_deployment_that_only_fixes_follow_fails_by_acceptance() {
    let story = |tested: &str, fixed_at: &str| {
        five_commits("2026-05-06 09:00")
            .tested("2026-05-04 09:00", &[("api", "a")])
            .tested("2026-05-04 11:30", &[("api", tested)])
            .deploy("2026-05-04 10:00", &[("api", "a")])
            .deploy("2026-05-04 12:00", &[("api", "d")])
            .deploy(fixed_at, &[("api", "f")])
            .account()
    };
    assert_eq!(
        failures(&story("c", "2026-05-04 15:00")),
        ["1: acceptance → 2"]
    );
    assert_eq!(
        failures(&story("d", "2026-05-04 15:00")),
        [""; 0],
        "it was tested"
    );
}

#[test]
fn an_incident_blames_the_latest_deployment_within_a_day_and_brings_its_own_times() {
    let story = || {
        five_commits("2026-05-08 09:00")
            .deploy("2026-05-04 10:00", &[("api", "a")])
            .deploy("2026-05-04 12:00", &[("api", "b")])
    };
    let soon = story()
        .incident("i1", "2026-05-05 12:00", Some("2026-05-05 13:30"), None)
        .account();
    assert_eq!(failures(&soon), ["1: incident"]);
    assert_eq!(outages(&soon), [(vec![1], Some(90))]);
    let late = story()
        .incident("i1", "2026-05-05 12:01", Some("2026-05-05 13:30"), None)
        .account();
    assert_eq!(failures(&late), [""; 0]);
    let named = story()
        .incident("i1", "2026-05-07 12:00", Some("2026-05-07 12:30"), Some(0))
        .account();
    assert_eq!(failures(&named), ["0: incident"]);
    let two = story()
        .incident("i1", "2026-05-04 13:00", Some("2026-05-04 14:00"), None)
        .incident("i2", "2026-05-04 13:30", Some("2026-05-04 15:00"), None)
        .account();
    assert_eq!(
        failures(&two),
        ["1: incident, incident"],
        "one failed deployment all the same"
    );
    assert_eq!(outages(&two), [(vec![1], Some(120))]);
    let open = story()
        .incident("i1", "2026-05-04 13:00", None, None)
        .account();
    assert_eq!(outages(&open), [(vec![1], None)]);
}

#[test]
fn the_deployment_that_ends_an_incident_is_rework() {
    let account = five_commits("2026-05-08 09:00")
        .deploy("2026-05-04 10:00", &[("api", "a")])
        .deploy("2026-05-04 12:00", &[("api", "b")])
        .deploy("2026-05-04 16:00", &[("api", "c")])
        .incident("i1", "2026-05-04 12:30", Some("2026-05-04 16:05"), None)
        .account();
    let rework: Vec<bool> = account
        .deployments
        .iter()
        .map(|deployment| deployment.is_rework)
        .collect();
    assert_eq!(rework, [false, false, true]);
}

#[test]
fn a_mark_overrides_every_rule() {
    let story = five_commits("2026-05-06 09:00")
        .deploy("2026-05-04 10:00", &[("api", "a")])
        .deploy("2026-05-04 12:00", &[("api", "d")])
        .deploy("2026-05-04 12:30", &[("api", "f")])
        .mark(1, Verdict::Ok);
    let account = story.account();
    assert_eq!(failures(&account), [""; 0]);
    assert!(account.outages.is_empty() && !account.deployments[2].is_rework);
    assert_eq!(
        account.deployments[1].evidence.len(),
        2,
        "what was found stays visible"
    );
    let failed = five_commits("2026-05-06 09:00")
        .deploy("2026-05-04 10:00", &[("api", "a")])
        .deploy("2026-05-04 12:00", &[("api", "d")])
        .mark(1, Verdict::Failed)
        .account();
    assert_eq!(failures(&failed), ["1: marked"]);
    assert_eq!(outages(&failed), [(vec![1], None)]);
}

#[test]
fn a_mark_undone_leaves_the_rules_and_a_later_mark_holds_again() {
    let story = |verdicts: &[Verdict]| {
        let mut story = five_commits("2026-05-06 09:00")
            .deploy("2026-05-04 10:00", &[("api", "a")])
            .deploy("2026-05-04 12:00", &[("api", "d")])
            .deploy("2026-05-04 12:30", &[("api", "f")]);
        for (number, verdict) in verdicts.iter().enumerate() {
            story = story.mark(1, *verdict);
            let at = story.facts.as_of + TimeDelta::minutes(number as i64);
            story.facts.marks[number].at = at;
        }
        story.account()
    };
    let by_rules = story(&[]);
    for verdict in [Verdict::Ok, Verdict::Failed] {
        assert_eq!(story(&[verdict, Verdict::Undone]), by_rules, "{verdict:?}");
        // What was undone is not what held before it.
        let twice = story(&[Verdict::Failed, verdict, Verdict::Undone]);
        assert_eq!(twice, by_rules, "{verdict:?}");
    }
    assert_ne!(story(&[Verdict::Ok]), by_rules);
    let again = story(&[Verdict::Ok, Verdict::Undone, Verdict::Failed]);
    assert_eq!(failures(&again), ["1: marked → 2, hotfix → 2"]);
    // Undoing what nobody said changes nothing.
    assert_eq!(story(&[Verdict::Undone]), by_rules);
}

#[test]
fn a_failed_attempt_fails_without_shipping_or_breaking_anything() {
    let story = five_commits("2026-05-06 09:00")
        .deploy("2026-05-04 10:00", &[("api", "a")])
        .record("2026-05-04 11:00", &[("api", "b")], false)
        .deploy("2026-05-04 12:00", &[("api", "b")]);
    let account = story.account();
    assert_eq!(account.deployments[1].kind, DeploymentKind::Attempt);
    assert_eq!(failures(&account), ["1: attempt"]);
    assert!(account.outages.is_empty());
    assert_eq!(story.brought(&account.deployments[2]), ["b"]);
}

#[test]
fn a_remedy_that_fails_passes_the_outage_on_to_its_own_remedy() {
    let account = Story::until("2026-05-06 09:00")
        .repository(&["api"])
        .line(&[
            ("a", "2026-05-04 08:00", "feat: a"),
            ("b", "2026-05-04 09:00", "feat: b"),
            ("f1", "2026-05-04 09:40", "fix: b"),
            ("f2", "2026-05-04 10:00", "fix: f1"),
        ])
        .deploy("2026-05-04 08:30", &[("api", "a")])
        .deploy("2026-05-04 09:30", &[("api", "b")])
        .deploy("2026-05-04 09:50", &[("api", "f1")])
        .deploy("2026-05-04 10:20", &[("api", "f2")])
        .account();
    assert_eq!(failures(&account), ["1: hotfix → 2", "2: hotfix → 3"]);
    assert_eq!(outages(&account), [(vec![1, 2], Some(50))]);
}
