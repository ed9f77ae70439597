//! Timeline and attribution, one story per sentence of spec 2.2 and 2.5.

use super::DeploymentKind;
use super::story::{Story, at, failures};

#[test]
fn a_side_branch_merged_weeks_later_ships_with_the_merge_whatever_its_dates_say() {
    let story = Story::until("2026-06-30 09:00")
        .repository(&["api"])
        .commit("a", &[], "2026-05-01 08:00", "feat: a")
        .commit("old", &["a"], "2026-05-02 08:00", "feat: old")
        .commit("b", &["a"], "2026-05-10 08:00", "feat: b")
        .commit(
            "merge",
            &["b", "old"],
            "2026-05-28 08:00",
            "Merge branch 'old'",
        )
        .deploy("2026-05-01 09:00", &[("api", "a")])
        .deploy("2026-05-10 09:00", &[("api", "b")])
        .deploy("2026-05-28 09:00", &[("api", "merge")]);
    let account = story.account();
    assert_eq!(
        story.brought(&account.deployments[2]),
        ["old"],
        "the merge itself is no change"
    );
    assert_eq!(
        account.deployments[2].changes[0]
            .lead_time
            .unwrap()
            .num_days(),
        26
    );
}

#[test]
fn clock_skew_stops_no_walk() {
    let story = Story::until("2026-06-30 09:00")
        .repository(&["api"])
        .line(&[
            ("a", "2026-05-01 08:00", "feat: a"),
            ("b", "2026-05-02 08:00", "feat: b"),
            ("skewed", "2001-01-01 00:00", "feat: skewed"),
            ("c", "2026-05-03 08:00", "feat: c"),
        ])
        .deploy("2026-05-01 09:00", &[("api", "a")])
        .deploy("2026-05-04 09:00", &[("api", "c")]);
    let account = story.account();
    assert_eq!(story.brought(&account.deployments[1]), ["b", "c", "skewed"]);
}

#[test]
fn a_change_later_than_its_deployment_counts_but_has_no_lead_time() {
    let story = Story::until("2026-06-30 09:00")
        .repository(&["api"])
        .line(&[
            ("a", "2026-05-01 08:00", "feat: a"),
            ("b", "2026-05-02 10:00", "feat: b"),
        ])
        .deploy("2026-05-01 09:00", &[("api", "a")])
        .deploy("2026-05-02 10:00", &[("api", "b")]);
    let account = story.account();
    assert_eq!(account.deployments[1].changes.len(), 1);
    assert_eq!(account.deployments[1].changes[0].lead_time, None);
}

/// Two components in one repository, told apart by path.
fn monorepo() -> Story {
    Story::until("2026-06-30 09:00")
        .repository(&["web", "api"])
        .paths("web", "web/")
        .paths("api", "api/")
        .line(&[
            ("start", "2026-05-01 08:00", "feat: start"),
            ("w", "2026-05-02 08:00", "feat: w"),
            ("x", "2026-05-02 09:00", "feat: x"),
            ("both", "2026-05-02 10:00", "feat: both"),
            ("none", "2026-05-02 11:00", "docs: none"),
        ])
        .touches("w", &["web"])
        .touches("x", &["api"])
        .touches("both", &["web", "api"])
        .deploy("2026-05-01 09:00", &[("web", "start"), ("api", "start")])
}

#[test]
fn in_a_monorepo_a_change_ships_with_the_first_component_it_belongs_to() {
    let story = monorepo()
        .deploy("2026-05-03 09:00", &[("web", "none"), ("api", "start")])
        .deploy("2026-05-04 09:00", &[("web", "none"), ("api", "none")]);
    let account = story.account();
    assert_eq!(
        story.brought(&account.deployments[1]),
        ["both", "none", "w"]
    );
    assert_eq!(
        story.brought(&account.deployments[2]),
        ["x"],
        "both and none count once"
    );
    let waiting = story.account().waiting.unwrap();
    assert_eq!(waiting.count, 0);
}

#[test]
fn a_change_of_one_component_waits_while_only_the_other_is_deployed() {
    let story = monorepo().deploy("2026-05-03 09:00", &[("web", "none"), ("api", "start")]);
    let waiting = story.account().waiting.unwrap();
    assert_eq!(
        (waiting.count, waiting.oldest),
        (1, Some(at("2026-05-02 09:00")))
    );
    let committed: Vec<_> = waiting.changes.iter().map(|it| it.committed).collect();
    assert_eq!(committed, [at("2026-05-02 09:00")]);
}

#[test]
fn without_paths_components_of_one_repository_share_history_and_baseline() {
    let story = Story::until("2026-06-30 09:00")
        .repository(&["web", "api"])
        .line(&[
            ("a", "2026-05-01 08:00", "feat: a"),
            ("b", "2026-05-02 08:00", "feat: b"),
            ("c", "2026-05-03 08:00", "feat: c"),
        ])
        .deploy("2026-05-01 09:00", &[("web", "a")])
        .deploy("2026-05-02 09:00", &[("web", "b")])
        .deploy("2026-05-02 10:00", &[("web", "b"), ("api", "b")])
        .deploy("2026-05-03 09:00", &[("web", "b"), ("api", "c")]);
    let account = story.account();
    let brought: Vec<Vec<String>> = account
        .deployments
        .iter()
        .map(|deployment| story.brought(deployment))
        .collect();
    assert_eq!(brought, [&[][..], &["b"], &[], &["c"]]);
}

#[test]
fn a_component_that_disappears_and_returns_unchanged_is_not_deployed_again() {
    let account = Story::until("2026-06-30 09:00")
        .repository(&["web", "api"])
        .line(&[
            ("a", "2026-05-01 08:00", "feat: a"),
            ("b", "2026-05-02 08:00", "feat: b"),
        ])
        .deploy("2026-05-01 09:00", &[("web", "a"), ("api", "a")])
        .deploy("2026-05-02 09:00", &[("web", "b")])
        .deploy("2026-05-03 09:00", &[("web", "b"), ("api", "a")])
        .deploy("2026-05-04 09:00", &[("web", "b"), ("api", "b")])
        .account();
    let kinds: Vec<DeploymentKind> = account
        .deployments
        .iter()
        .map(|deployment| deployment.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            DeploymentKind::Deployment,
            DeploymentKind::Deployment,
            DeploymentKind::Redeployment,
            DeploymentKind::Deployment,
        ]
    );
}

#[test]
fn a_merge_that_joins_two_pipelines_is_no_deployment() {
    // Two snapshots side by side, then one that holds what each of them changed.
    let account = Story::until("2026-06-30 09:00")
        .repository(&["web", "api"])
        .line(&[
            ("a", "2026-05-01 08:00", "feat: a"),
            ("b", "2026-05-02 08:00", "feat: b"),
        ])
        .deploy_after(&[], "2026-05-01 09:00", &[("web", "a"), ("api", "a")])
        .deploy_after(&[0], "2026-05-02 09:00", &[("web", "b"), ("api", "a")])
        .deploy_after(&[0], "2026-05-02 10:00", &[("web", "a"), ("api", "b")])
        .deploy_after(&[1, 2], "2026-05-02 11:00", &[("web", "b"), ("api", "b")])
        .account();
    assert_eq!(account.deployments[3].kind, DeploymentKind::Redeployment);
    assert_eq!(account.deployments[2].components.len(), 1);
}

#[test]
fn a_record_close_to_a_snapshot_with_the_same_versions_is_that_snapshot() {
    let story = |when: &str, version: &str| {
        Story::until("2026-06-30 09:00")
            .repository(&["api"])
            .line(&[
                ("a", "2026-05-01 08:00", "feat: a"),
                ("b", "2026-05-02 08:00", "feat: b"),
            ])
            .deploy("2026-05-01 09:00", &[("api", "a")])
            .deploy("2026-05-02 09:00", &[("api", "b")])
            .record(when, &[("api", version)], true)
            .account()
    };
    let same = story("2026-05-02 09:15", "b");
    assert_eq!(same.deployments.len(), 2);
    assert_eq!(same.deployments[1].aliases, ["production-r0"]);
    assert_eq!(
        story("2026-05-02 09:16", "b").deployments.len(),
        3,
        "16 minutes are too far"
    );
    let other = story("2026-05-02 09:10", "a");
    assert_eq!(
        other.deployments.len(),
        3,
        "another version is another deployment"
    );
    assert_eq!(failures(&other), ["1: rollback → 2"]);
}

#[test]
fn releases_are_compared_within_their_line_only() {
    let story = Story::until("2026-06-30 09:00")
        .repository(&["lib"])
        .commit("a", &[], "2026-05-01 08:00", "feat: a")
        .commit("b", &["a"], "2026-05-02 08:00", "feat: b")
        .commit("back", &["a"], "2026-05-02 09:00", "fix: backport")
        .release("2026-05-01 09:00", "lib", "1.0.0", "a")
        .release("2026-05-02 09:00", "lib", "1.1.0", "b")
        .release("2026-05-02 09:30", "lib", "1.0.1", "back");
    let account = story.account();
    assert_eq!(
        failures(&account),
        [""; 0],
        "1.0.1 does not take 1.1.0 back"
    );
    assert_eq!(story.brought(&account.deployments[2]), ["back"]);
}

#[test]
fn every_deployments_own_numbers_stay_when_later_ones_are_added() {
    let story = |count: usize| {
        let mut story = Story::until("2026-06-30 09:00")
            .repository(&["api"])
            .line(&[
                ("a", "2026-05-01 08:00", "feat: a"),
                ("b", "2026-05-02 08:00", "feat: b"),
                ("c", "2026-05-03 08:00", "feat: c"),
                ("d", "2026-05-04 08:00", "feat: d"),
            ]);
        for (day, version) in ["a", "b", "c", "d"].iter().take(count).enumerate() {
            story = story.deploy(&format!("2026-05-0{} 09:00", day + 1), &[("api", version)]);
        }
        story.account().deployments
    };
    let all = story(4);
    for count in 1..4 {
        let changes: Vec<_> = story(count)
            .into_iter()
            .map(|deployment| deployment.changes)
            .collect();
        let same: Vec<_> = all[..count]
            .iter()
            .map(|deployment| deployment.changes.clone())
            .collect();
        assert_eq!(changes, same);
    }
}
