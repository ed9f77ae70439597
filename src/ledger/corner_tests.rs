//! Corners of the rules where two of them meet: retired components, histories that begin in the same
//! deployment, tags made late, records beside snapshots, failures that wait for each other.

use crate::model::Verdict;

use super::DeploymentKind;
use super::story::{Story, at, failures, outages};

fn three(until: &str) -> Story {
    Story::until(until).repository(&["web", "worker"]).line(&[
        ("a", "2026-05-04 08:00", "feat: a"),
        ("b", "2026-05-04 08:10", "feat: b"),
        ("f", "2026-05-04 08:40", "fix: b"),
    ])
}

#[test]
fn a_component_that_left_the_state_file_is_not_asked_for_its_tests() {
    let account = three("2026-05-06 09:00")
        .tested("2026-05-04 09:00", &[("web", "a"), ("worker", "a")])
        .tested("2026-05-04 11:30", &[("web", "b")])
        .deploy("2026-05-04 10:00", &[("web", "a"), ("worker", "a")])
        .deploy("2026-05-04 12:00", &[("web", "b")])
        .deploy("2026-05-04 15:00", &[("web", "f")])
        .account();
    assert_eq!(failures(&account), [""; 0]);
}

#[test]
fn a_component_that_left_the_state_file_does_not_hide_what_waits() {
    let account = three("2026-05-06 09:00")
        .deploy("2026-05-04 10:00", &[("web", "a"), ("worker", "latest")])
        .deploy("2026-05-04 12:00", &[("web", "b")])
        .account();
    assert_eq!(account.waiting.unwrap().count, 1);
}

/// `first` is deployed from the start, `second` begins with the commit that is reverted.
fn reverted_where_another_record_begins(first: &str, second: &str) -> Vec<String> {
    let story = Story::until("2026-05-30 09:00")
        .repository(&[first, second])
        .paths(first, "one/")
        .paths(second, "two/")
        .line(&[
            ("c1", "2026-05-04 08:00", "feat: c1"),
            ("c2", "2026-05-04 09:00", "feat: c2"),
            ("undo", "2026-05-04 10:00", "x\n\nThis reverts commit c2."),
        ])
        .deploy("2026-05-04 08:30", &[(first, "c1")])
        .deploy("2026-05-04 09:30", &[(first, "c2"), (second, "c2")])
        .deploy("2026-05-04 12:00", &[(first, "undo"), (second, "c2")]);
    failures(&story.account())
}

#[test]
fn a_revert_counts_whatever_the_other_components_are_called() {
    assert_eq!(
        reverted_where_another_record_begins("web", "api"),
        ["1: revert → 2"]
    );
    assert_eq!(
        reverted_where_another_record_begins("web", "zapi"),
        ["1: revert → 2"]
    );
}

#[test]
fn a_revert_in_a_shared_history_blames_no_component_alone() {
    let story = Story::until("2026-05-30 09:00")
        .repository(&["api", "web"])
        .line(&[
            ("a", "2026-05-04 08:00", "feat: a"),
            ("b", "2026-05-04 09:00", "feat: b"),
            ("undo", "2026-05-04 10:00", "x\n\nThis reverts commit b."),
        ])
        .deploy("2026-05-04 08:30", &[("api", "a"), ("web", "a")])
        .deploy("2026-05-04 09:30", &[("api", "b"), ("web", "b")])
        .deploy("2026-05-04 12:00", &[("api", "undo"), ("web", "undo")]);
    let account = story.account();
    assert_eq!(account.deployments[1].evidence[0].component, None);
    for component in ["api", "web"] {
        let own = account.only(story.component(component));
        assert_eq!(failures(&own), ["1: revert → 2"], "{component}");
    }
}

#[test]
fn the_merge_of_a_hotfix_branch_is_seen_through_commits_of_other_components() {
    let account = Story::until("2026-05-30 09:00")
        .repository(&["api", "web"])
        .paths("api", "api/")
        .paths("web", "web/")
        .commit("a", &[], "2026-05-04 08:00", "feat: a")
        .commit("b", &["a"], "2026-05-04 08:05", "feat: b")
        .commit("side", &["b"], "2026-05-04 09:10", "stop the bleeding")
        .commit(
            "merge",
            &["b", "side"],
            "2026-05-04 09:20",
            "Merge branch 'hotfix/sum'",
        )
        .commit("top", &["merge"], "2026-05-04 09:25", "feat: of web only")
        .touches("b", &["api"])
        .touches("side", &["api"])
        .touches("top", &["web"])
        .deploy("2026-05-04 08:30", &[("api", "a"), ("web", "a")])
        .deploy("2026-05-04 09:00", &[("api", "b"), ("web", "a")])
        .deploy("2026-05-04 09:28", &[("api", "b"), ("web", "top")])
        .deploy("2026-05-04 09:30", &[("api", "top"), ("web", "top")])
        .account();
    assert_eq!(failures(&account), ["1: hotfix → 3"]);
}

#[test]
fn failures_that_wait_for_the_same_repair_are_one_open_outage() {
    let story = Story::until("2026-05-06 09:00")
        .repository(&["api"])
        .line(&[
            ("a", "2026-05-04 08:00", "feat: a"),
            ("b", "2026-05-04 09:00", "feat: b"),
            ("f", "2026-05-04 09:40", "fix: b"),
        ])
        .deploy("2026-05-04 08:30", &[("api", "a")])
        .deploy("2026-05-04 09:30", &[("api", "b")])
        .deploy("2026-05-04 09:50", &[("api", "f")])
        .mark(2, Verdict::Failed);
    assert_eq!(outages(&story.account()), [(vec![1, 2], None)]);
}

#[test]
fn a_baseline_can_take_an_unresolved_version_back() {
    let mut story = Story::until("2026-05-06 09:00")
        .repository(&["api"])
        .line(&[
            ("1.0.0", "2026-05-04 08:00", "feat: a"),
            ("b", "2026-05-04 08:10", "feat: b"),
        ]);
    story = story
        .deploy("2026-05-04 10:00", &[("api", "2.0.0")])
        .deploy("2026-05-04 12:00", &[("api", "1.0.0")]);
    assert_eq!(failures(&story.account()), ["0: rollback → 1"]);
}

#[test]
fn between_unresolved_numbers_only_higher_ones_are_rolled_back() {
    let mut story = three("2026-05-06 09:00");
    for (hour, version) in ["1.0.0", "1.1.0", "1.2.7", "1.3.0", "1.2.5"]
        .iter()
        .enumerate()
    {
        story = story.deploy(&format!("2026-05-04 1{hour}:00"), &[("web", version)]);
    }
    let account = story.account();
    assert_eq!(failures(&account), ["3: rollback → 4"]);
    let rolled_back: Vec<bool> = account
        .deployments
        .iter()
        .map(|deployment| deployment.rolled_back)
        .collect();
    assert_eq!(rolled_back, [false, false, true, false, false]);
}

#[test]
fn a_failure_recorded_before_its_snapshot_is_an_attempt_that_the_snapshot_made_good() {
    let account = three("2026-05-06 09:00")
        .deploy("2026-05-04 09:00", &[("web", "a")])
        .deploy("2026-05-04 10:00", &[("web", "b")])
        .record("2026-05-04 09:55", &[("web", "b")], false)
        .record("2026-05-04 10:01", &[("web", "b")], true)
        .account();
    let kinds: Vec<DeploymentKind> = account.deployments.iter().map(|entry| entry.kind).collect();
    use DeploymentKind::{Attempt, Deployment};
    assert_eq!(kinds, [Deployment, Attempt, Deployment]);
    assert_eq!(failures(&account), ["1: attempt"]);
    assert!(account.outages.is_empty());
}

#[test]
fn a_failure_recorded_after_its_snapshot_is_that_deployments() {
    let account = three("2026-05-06 09:00")
        .deploy("2026-05-04 09:00", &[("web", "a")])
        .deploy("2026-05-04 10:00", &[("web", "b")])
        .record("2026-05-04 10:05", &[("web", "b")], false)
        .deploy("2026-05-04 11:30", &[("web", "f")])
        .account();
    assert_eq!(failures(&account), ["1: attempt → 2"]);
    assert_eq!(outages(&account), [(vec![1], Some(90))]);
}

#[test]
fn a_record_that_names_no_version_is_an_entry_of_its_own() {
    let account = three("2026-05-06 09:00")
        .deploy("2026-05-04 09:00", &[("web", "a")])
        .record("2026-05-04 09:10", &[], false)
        .account();
    assert_eq!(failures(&account), ["1: attempt"]);
    assert!(!account.deployments[0].failed);
}

#[test]
fn a_tag_made_long_after_a_later_release_takes_nothing_back() {
    let story = Story::until("2026-06-30 09:00")
        .repository(&["lib"])
        .line(&[
            ("a", "2026-05-01 08:00", "feat: a"),
            ("b", "2026-05-02 08:00", "feat: b"),
            ("c", "2026-05-03 08:00", "feat: c"),
        ])
        .release("2026-05-01 09:00", "lib", "1.0.0", "a")
        .release("2026-05-03 09:00", "lib", "1.0.2", "c")
        .release("2026-05-05 09:00", "lib", "1.0.1", "b");
    let account = story.account();
    assert_eq!(failures(&account), [""; 0]);
    assert_eq!(story.brought(&account.deployments[1]), ["b", "c"]);
    assert_eq!(story.brought(&account.deployments[2]), [""; 0]);
    // A higher number on an older commit does.
    let back = story
        .release("2026-05-06 09:00", "lib", "1.0.3", "b")
        .account();
    assert_eq!(failures(&back), ["1: rollback → 3"]);
}

#[test]
fn what_names_no_deployment_is_told() {
    let mut story = three("2026-05-06 09:00").deploy("2026-05-04 09:00", &[("web", "a")]);
    story = story.mark(0, Verdict::Ok);
    story.facts.marks[0].deployment = "production-2020".to_owned();
    let account = story.account();
    let told: Vec<&str> = account
        .notices
        .iter()
        .map(|notice| notice.code.as_str())
        .collect();
    assert_eq!(told, ["deployment-unknown"]);
}

#[test]
fn a_merge_is_counted_once_however_many_components_it_reaches() {
    let account = Story::until("2026-05-30 09:00")
        .repository(&["api", "web"])
        .paths("api", "api/")
        .paths("web", "web/")
        .commit("a", &[], "2026-05-04 08:00", "feat: a")
        .commit("side", &["a"], "2026-05-04 08:05", "feat: side")
        .commit(
            "merge",
            &["a", "side"],
            "2026-05-04 08:10",
            "Merge branch 'side'",
        )
        .deploy("2026-05-04 08:30", &[("api", "a"), ("web", "a")])
        .deploy("2026-05-04 09:00", &[("api", "merge"), ("web", "merge")])
        .account();
    assert_eq!(account.deployments[1].merges, 1);
    assert_eq!(account.waiting.unwrap().oldest, None);
    assert_eq!(account.as_of, at("2026-05-30 09:00"));
}

#[test]
fn releases_with_equal_numbers_follow_each_other_in_time() {
    let account = Story::until("2026-06-30 09:00")
        .repository(&["lib"])
        .line(&[
            ("a", "2026-05-01 08:00", "feat: a"),
            ("b", "2026-05-01 08:10", "feat: b"),
            ("c", "2026-05-01 08:20", "fix: b"),
            ("d", "2026-05-01 08:30", "fix: c"),
        ])
        .release("2026-05-01 09:00", "lib", "1.0.0", "a")
        .release("2026-05-01 10:10", "lib", "1.0.1+1", "b")
        .release("2026-05-01 10:30", "lib", "1.0.1+2", "c")
        .release("2026-05-01 10:40", "lib", "1.0.2", "d")
        .account();
    assert_eq!(failures(&account), ["1: hotfix → 2", "2: hotfix → 3"]);
    let from: Vec<Option<&str>> = account
        .deployments
        .iter()
        .map(|entry| entry.components[0].from.as_deref())
        .collect();
    assert_eq!(
        from,
        [None, Some("1.0.0"), Some("1.0.1+1"), Some("1.0.1+2")]
    );
}

#[test]
fn releases_between_a_number_and_its_return_are_rolled_back() {
    let account = Story::until("2026-06-30 09:00")
        .repository(&["lib"])
        .line(&[
            ("a", "2026-05-01 08:00", "feat: a"),
            ("x", "2026-05-01 08:05", "feat: x"),
            ("b", "2026-05-01 08:10", "feat: b"),
            ("c", "2026-05-01 08:20", "feat: c"),
        ])
        .release("2026-05-01 09:00", "lib", "1.0.0", "a")
        .release("2026-05-01 11:00", "lib", "1.0.1", "b")
        .release("2026-05-01 13:00", "lib", "1.0.2", "c")
        .release("2026-05-01 15:00", "lib", "1.0.3", "x")
        .account();
    assert_eq!(failures(&account), ["2: rollback → 3"]);
    assert!(account.deployments[1].rolled_back);
}

#[test]
fn thousands_of_reverts_of_reverts_are_decided() {
    let mut story = Story::until("2026-05-30 09:00")
        .repository(&["api"])
        .commit("0", &[], "2026-05-04 08:00", "feat: start")
        .commit("1", &["0"], "2026-05-04 09:00", "feat: bad")
        .deploy("2026-05-04 08:30", &[("api", "0")])
        .deploy("2026-05-04 09:30", &[("api", "1")]);
    for link in 2..3002 {
        let (name, before) = (link.to_string(), (link - 1).to_string());
        let message = format!("x\n\nThis reverts commit {before}.");
        story = story.commit(&name, &[&before], "2026-05-04 10:00", &message);
    }
    // 3000 links: the last holds, so the first does not, and `bad` is there again.
    let even = story.deploy("2026-05-04 12:00", &[("api", "3001")]);
    assert_eq!(failures(&even.account()), [""; 0]);
}

#[test]
fn an_incident_that_names_several_deployments_is_told() {
    let mut story = three("2026-05-06 09:00")
        .deploy("2026-05-04 09:00", &[("web", "a")])
        .deploy("2026-05-04 10:00", &[("web", "b")])
        .incident("i1", "2026-05-04 10:10", None, Some(0));
    story.facts.incidents[0].deployment = Some("production-2026".to_owned());
    let account = story.account();
    assert_eq!(failures(&account), [""; 0]);
    let told: Vec<&str> = account
        .notices
        .iter()
        .map(|notice| notice.code.as_str())
        .collect();
    assert_eq!(told, ["deployment-ambiguous"]);
    assert_eq!(account.incidents.len(), 1);
}
