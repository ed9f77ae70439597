//! Which deployment brought a pull request, one story per sentence of the definition in
//! `docs/metrics/pull-request-stages.md`.

use super::EnvironmentAccount;
use super::story::{Story, at};

/// Opened on the first of May and merged; first commit and review are not known.
fn merged(when: &str) -> [&str; 4] {
    ["", "2026-05-01 08:00", "", when]
}

/// The deployed pull requests as (number, deployment).
fn deployed(account: &EnvironmentAccount) -> Vec<(u64, usize)> {
    account
        .pull_requests
        .iter()
        .map(|it| (it.number, it.deployment))
        .collect()
}

/// `a` deployed as the baseline, `b` and `c` after it on the main line.
fn main_line() -> Story {
    Story::until("2026-06-30 09:00")
        .repository(&["api"])
        .line(&[
            ("a", "2026-05-01 08:00", "feat: a"),
            ("b", "2026-05-02 08:00", "feat: b (#2)"),
            ("c", "2026-05-03 08:00", "feat: c (#3)"),
        ])
        .deploy("2026-05-01 09:00", &[("api", "a")])
}

#[test]
fn a_squash_is_deployed_with_the_commit_it_became_and_began_with_its_own() {
    let account = main_line()
        .pull_request(
            2,
            [
                "2026-04-28 10:00",
                "2026-04-29 10:00",
                "2026-04-30 10:00",
                "2026-05-02 08:00",
            ],
            "b",
            &["x1", "x2"],
        )
        .deploy("2026-05-02 12:00", &[("api", "b")])
        .deploy("2026-05-03 12:00", &[("api", "c")])
        .account();
    assert_eq!(deployed(&account), [(2, 1)]);
    let it = &account.pull_requests[0];
    assert_eq!(it.first_commit, Some(at("2026-04-28 10:00")));
    assert_eq!(it.opened, at("2026-04-29 10:00"));
    assert_eq!(it.first_review, Some(at("2026-04-30 10:00")));
    assert_eq!(it.merged, at("2026-05-02 08:00"));
    assert_eq!(it.deployed_at, at("2026-05-02 12:00"));
    assert_eq!(*it.components, [0]);
    assert!(!it.is_bot);
    // The headline knows the squashed commit only.
    let change = &account.deployments[1].changes[0];
    assert_eq!(change.committed, at("2026-05-02 08:00"));
}

#[test]
fn a_true_merge_is_deployed_with_its_commits_whenever_they_were_written() {
    let account = Story::until("2026-06-30 09:00")
        .repository(&["api"])
        .commit("a", &[], "2026-05-01 08:00", "feat: a")
        .commit("x", &["a"], "2026-05-01 10:00", "feat: x")
        .commit("b", &["a"], "2026-05-02 08:00", "feat: b")
        .commit(
            "m",
            &["b", "x"],
            "2026-05-03 08:00",
            "Merge pull request #1",
        )
        .pull_request(1, merged("2026-05-03 08:00"), "m", &["x"])
        .deploy("2026-05-01 09:00", &[("api", "a")])
        .deploy("2026-05-02 09:00", &[("api", "b")])
        .deploy("2026-05-03 09:00", &[("api", "m")])
        .account();
    assert_eq!(deployed(&account), [(1, 2)]);
}

#[test]
fn a_true_merge_whose_commits_were_not_listed_is_deployed_with_the_merge() {
    let account = Story::until("2026-06-30 09:00")
        .repository(&["api"])
        .commit("a", &[], "2026-05-01 08:00", "feat: a")
        .commit("x", &["a"], "2026-05-01 10:00", "feat: x")
        .commit(
            "m",
            &["a", "x"],
            "2026-05-03 08:00",
            "Merge pull request #1",
        )
        .pull_request(1, merged("2026-05-03 08:00"), "m", &[])
        .deploy("2026-05-01 09:00", &[("api", "a")])
        .deploy("2026-05-03 09:00", &[("api", "m")])
        .account();
    assert_eq!(deployed(&account), [(1, 1)]);
}

#[test]
fn a_rebase_is_deployed_with_its_last_commit() {
    // `b` and `c` are the rebased x1 and x2: only `c` is known to be of the pull request.
    let account = main_line()
        .pull_request(3, merged("2026-05-03 08:00"), "c", &["x1", "x2"])
        .deploy("2026-05-02 12:00", &[("api", "b")])
        .deploy("2026-05-03 12:00", &[("api", "c")])
        .account();
    assert_eq!(deployed(&account), [(3, 2)]);
}

/// #1 holds x; #2 is stacked on it, holds x and y, and is merged a day later.
fn stack() -> Story {
    Story::until("2026-06-30 09:00")
        .repository(&["api"])
        .commit("a", &[], "2026-05-01 08:00", "feat: a")
        .commit("x", &["a"], "2026-05-01 10:00", "feat: x")
        .commit("y", &["x"], "2026-05-01 11:00", "feat: y")
        .commit(
            "m1",
            &["a", "x"],
            "2026-05-03 08:00",
            "Merge pull request #1",
        )
        .commit(
            "m2",
            &["m1", "y"],
            "2026-05-04 08:00",
            "Merge pull request #2",
        )
        .pull_request(1, merged("2026-05-03 08:00"), "m1", &["x"])
        .pull_request(2, merged("2026-05-04 08:00"), "m2", &["x", "y"])
        .deploy("2026-05-01 09:00", &[("api", "a")])
}

#[test]
fn a_commit_of_a_stack_belongs_to_the_one_merged_last_by_then() {
    let account = stack()
        .deploy("2026-05-03 09:00", &[("api", "m1")])
        .deploy("2026-05-04 09:00", &[("api", "m2")])
        .account();
    assert_eq!(deployed(&account), [(1, 1), (2, 2)]);
}

#[test]
fn a_stack_that_is_deployed_at_once_is_deployed_whole_by_its_merge_commits() {
    let account = stack()
        .deploy("2026-05-04 09:00", &[("api", "m2")])
        .account();
    assert_eq!(deployed(&account), [(1, 1), (2, 1)]);
}

#[test]
fn a_branch_deployed_before_it_was_merged_is_deployed_then() {
    let account = stack()
        .deploy("2026-05-02 09:00", &[("api", "x")])
        .deploy("2026-05-03 09:00", &[("api", "m1")])
        .account();
    assert_eq!(
        deployed(&account),
        [(1, 1)],
        "of the two that list x, the one merged first"
    );
    let it = &account.pull_requests[0];
    assert!(it.deployed_at < it.merged);
}

#[test]
fn a_release_pull_request_takes_no_feature_away() {
    // #1 was squashed into `develop` as b; #9 brought develop, and so b, to the main line.
    let account = Story::until("2026-06-30 09:00")
        .repository(&["api"])
        .commit("a", &[], "2026-05-01 08:00", "feat: a")
        .commit("b", &["a"], "2026-05-02 08:00", "feat: b (#1)")
        .commit(
            "m",
            &["a", "b"],
            "2026-05-09 08:00",
            "Merge pull request #9",
        )
        .pull_request(1, merged("2026-05-02 08:00"), "b", &["x"])
        .pull_request(9, merged("2026-05-09 08:00"), "m", &["b"])
        .deploy("2026-05-01 09:00", &[("api", "a")])
        .deploy("2026-05-09 09:00", &[("api", "m")])
        .account();
    assert_eq!(deployed(&account), [(1, 1), (9, 1)]);
}

#[test]
fn what_never_shipped_was_there_before_or_is_not_merged_yet_is_not_deployed() {
    let account = main_line()
        .pull_request(1, merged("2026-05-01 08:00"), "a", &[])
        .pull_request(3, merged("2026-05-03 08:00"), "c", &[])
        .pull_request(4, merged("2026-05-03 08:00"), "gone", &["gone too"])
        .pull_request(2, merged("2026-06-30 09:00"), "b", &[])
        .deploy("2026-05-02 12:00", &[("api", "b")])
        .record("2026-05-03 12:00", &[("api", "c")], false)
        .account();
    assert_eq!(deployed(&account), []);
}

#[test]
fn bots_are_marked() {
    let account = main_line()
        .pull_request(2, merged("2026-05-02 08:00"), "b", &[])
        .of_a_bot()
        .pull_request(3, merged("2026-05-03 08:00"), "c", &[])
        .deploy("2026-05-03 12:00", &[("api", "c")])
        .account();
    let bots: Vec<_> = account.pull_requests.iter().map(|it| it.is_bot).collect();
    assert_eq!(bots, [true, false]);
}

#[test]
fn a_deployment_counts_once_whatever_follows() {
    let account = main_line()
        .pull_request(2, merged("2026-05-02 08:00"), "b", &[])
        .deploy("2026-05-02 12:00", &[("api", "b")])
        .deploy("2026-05-02 13:00", &[("api", "a")])
        .deploy("2026-05-02 14:00", &[("api", "b")])
        .account();
    assert_eq!(deployed(&account), [(2, 1)]);
}

#[test]
fn a_look_after_the_merge_is_no_review_and_no_date_no_commit() {
    let times = [
        "1970-01-01 00:00",
        "2026-05-01 08:00",
        "2026-05-02 09:00",
        "2026-05-02 08:00",
    ];
    let account = main_line()
        .pull_request(2, times, "b", &[])
        .deploy("2026-05-02 12:00", &[("api", "b")])
        .account();
    let it = &account.pull_requests[0];
    assert_eq!((it.first_commit, it.first_review), (None, None));
}

#[test]
fn merging_what_only_keeps_state_deploys_nothing() {
    let account = Story::until("2026-06-30 09:00")
        .repository(&["api"])
        .commit("a", &[], "2026-05-01 08:00", "feat: a")
        .commit("s", &["a"], "2026-05-01 10:00", "deploy: production")
        .commit(
            "m",
            &["a", "s"],
            "2026-05-03 08:00",
            "Merge pull request #1",
        )
        .bookkeeping(&["s"])
        .pull_request(1, merged("2026-05-03 08:00"), "m", &["s"])
        .deploy("2026-05-01 09:00", &[("api", "a")])
        .deploy("2026-05-03 09:00", &[("api", "m")])
        .account();
    assert_eq!(deployed(&account), []);
}

/// Two components with paths of their own in one repository; #1 is a merge that touches `web`.
fn two_paths(commits: &[&str]) -> Story {
    Story::until("2026-06-30 09:00")
        .repository(&["api", "web"])
        .paths("api", "api")
        .paths("web", "web")
        .commit("a", &[], "2026-05-01 08:00", "feat: a")
        .commit("w", &["a"], "2026-05-01 10:00", "feat: w")
        .commit(
            "m",
            &["a", "w"],
            "2026-05-02 08:00",
            "Merge pull request #1",
        )
        .commit("b", &["m"], "2026-05-02 09:00", "feat: b (#2)")
        .touches("w", &["web"])
        .touches("b", &["api"])
        .pull_request(1, merged("2026-05-02 08:00"), "m", commits)
        .pull_request(2, merged("2026-05-02 09:00"), "b", &["x"])
        .deploy("2026-05-01 09:00", &[("api", "a"), ("web", "a")])
        .deploy("2026-05-02 12:00", &[("api", "b"), ("web", "a")])
        .deploy("2026-05-03 12:00", &[("api", "b"), ("web", "b")])
}

#[test]
fn a_merge_is_deployed_with_the_component_its_commits_touch() {
    let account = two_paths(&["w"]).account();
    assert_eq!(deployed(&account), [(2, 1), (1, 2)]);
    // Nobody knows what it touched: the first that contains it.
    let account = two_paths(&[]).account();
    assert_eq!(deployed(&account), [(1, 1), (2, 1)]);
}

#[test]
fn the_view_of_a_component_keeps_what_came_through_it() {
    let account = two_paths(&["w"]).account();
    assert_eq!(deployed(&account.only(0)), [(2, 1)]);
    assert_eq!(account.only(0).deployments.len(), 2);
    // Of web's two deployments the second brought #1.
    assert_eq!(deployed(&account.only(1)), [(1, 1)]);
    assert_eq!(account.only(1).deployments.len(), 2);
}

#[test]
fn a_merge_that_a_baseline_contains_is_deployed_nowhere() {
    let account = Story::until("2026-06-30 09:00")
        .repository(&["api"])
        .commit("a", &[], "2026-05-01 08:00", "feat: a")
        .commit("x", &["a"], "2026-05-01 10:00", "feat: x")
        .commit(
            "m",
            &["a", "x"],
            "2026-05-02 08:00",
            "Merge pull request #1",
        )
        .commit("b", &["m"], "2026-05-03 08:00", "feat: b")
        .pull_request(1, merged("2026-05-02 08:00"), "m", &["x"])
        .deploy("2026-05-02 09:00", &[("api", "m")])
        .deploy("2026-05-03 09:00", &[("api", "b")])
        .account();
    assert_eq!(deployed(&account), []);
}
