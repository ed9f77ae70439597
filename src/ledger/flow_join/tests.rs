//! What the join says of small histories, each told as a story.

use super::*;
use crate::ledger::Ledger;
use crate::ledger::story::{Story, at};

fn join_of(story: &Story, keys: &[&str]) -> FlowJoin {
    let ledger = Ledger::from_facts(&story.facts);
    let items: Vec<ItemName<'_>> = keys
        .iter()
        .map(|&key| ItemName {
            tracker: Tracker::Jira,
            key,
            aliases: &[],
        })
        .collect();
    FlowJoin::of(&story.facts, &ledger.environments[0], &items)
}

fn joined(story: &Story, key: &str) -> ItemCode {
    join_of(story, &[key]).items[0]
        .clone()
        .expect("commits name it")
}

/// Names of its commits, oldest first.
fn commits(story: &Story, item: &ItemCode, names: &[&str]) -> Vec<String> {
    let name = |commit: &ItemCommit| {
        let found = names.iter().find(|name| story.id(name) == commit.commit);
        (*found.expect("a commit of the story")).to_owned()
    };
    item.commits.iter().map(name).collect()
}

/// A first commit that is the baseline, deployed on the 2nd.
fn begun() -> Story {
    Story::until("2026-03-20 00:00")
        .repository(&["shop"])
        .commit("start", &[], "2026-03-02 08:00", "feat: start")
        .deploy("2026-03-02 09:00", &[("shop", "start")])
}

#[test]
fn an_items_commits_are_those_that_name_it_and_it_is_deployed_with_the_last() {
    let story = begun()
        .commit("a", &["start"], "2026-03-03 08:00", "SHOP-1: a")
        .commit("b", &["a"], "2026-03-04 08:00", "SHOP-2: b")
        .deploy("2026-03-04 09:00", &[("shop", "b")])
        .commit("c", &["b"], "2026-03-05 08:00", "SHOP-1: c")
        .deploy("2026-03-05 09:00", &[("shop", "c")])
        .names("a", &["SHOP-1"])
        .names("b", &["SHOP-2"])
        .names("c", &["SHOP-1"]);
    let item = joined(&story, "shop-1");
    assert_eq!(commits(&story, &item, &["a", "b", "c"]), ["a", "c"]);
    assert_eq!(
        item.first_commit,
        Some((at("2026-03-03 08:00"), story.id("a")))
    );
    assert_eq!(item.deployments, [1, 2]);
    assert_eq!(
        (item.first_deployment, item.last_deployment),
        (Some(1), Some(2))
    );
    assert_eq!(
        (item.opened, item.merged),
        (None, None),
        "made on the main line"
    );
    assert_eq!(item.waiting, 0);
}

#[test]
fn an_item_waits_while_one_of_its_commits_does() {
    let story = begun()
        .commit("a", &["start"], "2026-03-03 08:00", "SHOP-1: a")
        .deploy("2026-03-04 09:00", &[("shop", "a")])
        .commit("b", &["a"], "2026-03-05 08:00", "SHOP-1: b")
        .names("a", &["SHOP-1"])
        .names("b", &["SHOP-1"]);
    let item = joined(&story, "SHOP-1");
    assert_eq!(
        (item.first_deployment, item.last_deployment),
        (Some(1), None)
    );
    assert_eq!(item.waiting, 1);
}

#[test]
fn what_was_there_before_the_record_was_deployed_nobody_knows_when() {
    let story = begun().names("start", &["SHOP-1"]);
    let item = joined(&story, "SHOP-1");
    assert_eq!((item.before_record, item.waiting), (1, 0));
    assert_eq!((item.first_deployment, item.last_deployment), (None, None));
    let more = begun()
        .commit("a", &["start"], "2026-03-03 08:00", "SHOP-1: a")
        .deploy("2026-03-04 09:00", &[("shop", "a")])
        .names("start", &["SHOP-1"])
        .names("a", &["SHOP-1"]);
    let item = joined(&more, "SHOP-1");
    assert_eq!(
        (item.first_deployment, item.last_deployment),
        (None, Some(1))
    );
}

/// main: start ← main1 ← merge (of one ← two), deployed.
fn merged() -> Story {
    begun()
        .commit("one", &["start"], "2026-03-03 08:00", "one")
        .commit("two", &["one"], "2026-03-03 10:00", "two")
        .commit("main1", &["start"], "2026-03-03 09:00", "main1")
        .commit("merge", &["main1", "two"], "2026-03-04 08:00", "Merge")
        .deploy("2026-03-04 09:00", &[("shop", "merge")])
}

#[test]
fn the_key_of_a_merge_belongs_to_what_it_merged() {
    let story = merged().names("merge", &["SHOP-1"]);
    let item = joined(&story, "SHOP-1");
    assert_eq!(commits(&story, &item, &["one", "two"]), ["one", "two"]);
    let merge = MergedBy::Commit(story.id("merge"));
    assert_eq!(item.merged, Some((at("2026-03-04 08:00"), merge)));
    assert_eq!(item.last_deployment, Some(1));
}

#[test]
fn a_commit_that_a_merge_brought_was_merged_by_it_whoever_names_the_key() {
    let story = merged().names("one", &["SHOP-1"]);
    let item = joined(&story, "SHOP-1");
    assert_eq!(item.merged.map(|(at, _)| at), Some(at("2026-03-04 08:00")));
    assert_eq!(item.commits.len(), 1);
}

#[test]
fn the_merge_of_a_branch_into_a_branch_names_only_what_it_merged() {
    let story = begun()
        .commit("a", &["start"], "2026-03-03 08:00", "a")
        .commit("sub", &["a"], "2026-03-03 09:00", "sub")
        .commit("b", &["a"], "2026-03-03 10:00", "b")
        .commit(
            "inner",
            &["b", "sub"],
            "2026-03-03 11:00",
            "Merge branch 'SHOP-2'",
        )
        .commit(
            "outer",
            &["start", "inner"],
            "2026-03-03 12:00",
            "Merge branch 'SHOP-1'",
        )
        .names("inner", &["SHOP-2"])
        .names("outer", &["SHOP-1"]);
    let names = ["a", "sub", "b"];
    assert_eq!(commits(&story, &joined(&story, "SHOP-2"), &names), ["sub"]);
    assert_eq!(commits(&story, &joined(&story, "SHOP-1"), &names), names);
}

#[test]
fn a_pull_request_tells_when_it_was_opened_and_merged() {
    let times = [
        "2026-03-03 08:00",
        "2026-03-03 11:00",
        "",
        "2026-03-04 07:59",
    ];
    for own in [&["one", "two"][..], &[]] {
        let story = merged()
            .names("one", &["SHOP-1"])
            .pull_request(7, times, "merge", own);
        let item = joined(&story, "SHOP-1");
        assert_eq!(item.opened, Some((at("2026-03-03 11:00"), 7)));
        assert_eq!(
            item.merged,
            Some((at("2026-03-04 07:59"), MergedBy::PullRequest(7)))
        );
    }
    let squashed = begun()
        .commit("a", &["start"], "2026-03-04 07:59", "SHOP-1: a (#7)")
        .names("a", &["SHOP-1"])
        .pull_request(7, times, "a", &["gone"]);
    let item = joined(&squashed, "SHOP-1");
    assert_eq!(item.opened, Some((at("2026-03-03 11:00"), 7)));
    assert_eq!(
        item.merged,
        Some((at("2026-03-04 07:59"), MergedBy::PullRequest(7)))
    );
}

/// A commit of SHOP-1, deployed on the 4th; its revert on the 5th.
fn reverted() -> Story {
    begun()
        .commit("a", &["start"], "2026-03-03 08:00", "SHOP-1: a")
        .deploy("2026-03-04 09:00", &[("shop", "a")])
        .commit(
            "back",
            &["a"],
            "2026-03-05 08:00",
            "Revert \"SHOP-1: a\"\n\nThis reverts commit a.",
        )
        .names("a", &["SHOP-1"])
}

#[test]
fn a_revert_takes_an_item_back_once_it_is_deployed() {
    let waiting = joined(&reverted(), "SHOP-1");
    assert_eq!((waiting.last_deployment, waiting.taken_back), (Some(1), 0));
    let story = reverted().deploy("2026-03-05 09:00", &[("shop", "back")]);
    let item = joined(&story, "SHOP-1");
    assert_eq!((item.first_deployment, item.last_deployment), (None, None));
    assert_eq!((item.taken_back, item.waiting), (1, 0));
    assert_eq!(item.commits.len(), 1, "the revert is no work on it");
    let again = story
        .commit("a2", &["back"], "2026-03-06 08:00", "SHOP-1: a, right")
        .deploy("2026-03-06 09:00", &[("shop", "a2")])
        .names("a2", &["SHOP-1"]);
    let item = joined(&again, "SHOP-1");
    assert_eq!(
        (item.first_deployment, item.last_deployment),
        (Some(3), Some(3))
    );
    assert_eq!(
        item.first_commit.map(|(at, _)| at),
        Some(at("2026-03-03 08:00"))
    );
}

#[test]
fn the_revert_of_a_revert_brings_the_item_back() {
    let story = reverted()
        .deploy("2026-03-05 09:00", &[("shop", "back")])
        .commit(
            "again",
            &["back"],
            "2026-03-06 08:00",
            "Reapply \"SHOP-1: a\"\n\nThis reverts commit back.",
        );
    let waiting = joined(&story, "SHOP-1");
    assert_eq!((waiting.last_deployment, waiting.waiting), (None, 1));
    assert_eq!(
        waiting.taken_back, 1,
        "the revert holds until its own revert is deployed"
    );
    let story = story.deploy("2026-03-06 09:00", &[("shop", "again")]);
    let item = joined(&story, "SHOP-1");
    assert_eq!(item.taken_back, 0);
    assert_eq!(
        (item.first_deployment, item.last_deployment),
        (Some(1), Some(3))
    );
}

#[test]
fn the_revert_of_a_merge_takes_back_all_that_it_merged() {
    let story = merged()
        .names("merge", &["SHOP-1"])
        .commit(
            "back",
            &["merge"],
            "2026-03-05 08:00",
            "Revert \"Merge\"\n\nThis reverts commit merge.",
        )
        .deploy("2026-03-05 09:00", &[("shop", "back")]);
    let item = joined(&story, "SHOP-1");
    assert_eq!((item.taken_back, item.last_deployment), (2, None));
}

#[test]
fn an_item_in_two_repositories_is_whole_with_the_later_one() {
    let story = Story::until("2026-03-20 00:00")
        .repository(&["api"])
        .commit("api0", &[], "2026-03-01 08:00", "api0")
        .commit("api1", &["api0"], "2026-03-03 08:00", "SHOP-1")
        .names("api1", &["SHOP-1"])
        .repository(&["web"])
        .commit("web0", &[], "2026-03-01 08:00", "web0")
        .commit("web1", &["web0"], "2026-03-02 08:00", "SHOP-1")
        .names("web1", &["SHOP-1"])
        .deploy("2026-03-02 09:00", &[("api", "api0"), ("web", "web0")])
        .deploy("2026-03-04 09:00", &[("api", "api1"), ("web", "web0")]);
    let half = joined(&story, "SHOP-1");
    assert_eq!(
        (half.first_deployment, half.last_deployment),
        (Some(1), None)
    );
    let whole = story.deploy("2026-03-05 09:00", &[("api", "api1"), ("web", "web1")]);
    let whole = joined(&whole, "SHOP-1");
    assert_eq!(
        (whole.first_deployment, whole.last_deployment),
        (Some(1), Some(2))
    );
    let repositories: Vec<usize> = whole.commits.iter().map(|it| it.repository).collect();
    assert_eq!(repositories, [1, 0], "oldest first");
}

#[test]
fn nothing_at_or_after_the_instant_belongs_to_an_item() {
    let mut story = merged().names("merge", &["SHOP-1"]);
    story.facts.as_of = at("2026-03-03 10:00");
    let item = joined(&story, "SHOP-1");
    assert_eq!(commits(&story, &item, &["one", "two"]), ["one"]);
    assert_eq!((item.merged, item.last_deployment), (None, None));
}

#[test]
fn former_keys_count_and_keys_without_item_are_told() {
    let story = begun()
        .commit("a", &["start"], "2026-03-03 08:00", "OLD-4: a")
        .commit("b", &["a"], "2026-03-03 09:00", "SHOP-99: b")
        .names("a", &["OLD-4"])
        .names("b", &["SHOP-99"]);
    let ledger = Ledger::from_facts(&story.facts);
    let aliases = ["old-4".to_owned()];
    let item = ItemName {
        tracker: Tracker::Jira,
        key: "SHOP-1",
        aliases: &aliases,
    };
    let unnamed = ItemName {
        key: "SHOP-2",
        aliases: &[],
        ..item
    };
    let join = FlowJoin::of(&story.facts, &ledger.environments[0], &[item, unnamed]);
    assert_eq!(join.items_of(0, story.id("a")), [0]);
    assert_eq!(join.items_of(0, story.id("b")), [0_usize; 0]);
    assert_eq!(join.unknown_keys_of(0, story.id("b")), ["SHOP-99"]);
    assert!(join.items[1].is_none());
}

#[test]
fn merges_and_bookkeeping_are_no_work_on_an_item() {
    let story = begun()
        .commit("a", &["start"], "2026-03-03 08:00", "deploy SHOP-1")
        .bookkeeping(&["a"])
        .names("a", &["SHOP-1"]);
    assert_eq!(join_of(&story, &["SHOP-1"]).items, [None]);
}
