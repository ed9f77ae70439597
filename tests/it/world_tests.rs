//! The world tells what it was told: what the other tests rest on.

use std::fs;

use git2::Repository;
use serde_json::Value;

use crate::support::world::{Repo, World, instant};

fn state(repo: &Repo, environment: &str) -> Value {
    let path = format!("state/{environment}-deployed-versions.json");
    let text = fs::read_to_string(repo.path().join(path)).expect("a state file");
    serde_json::from_str(&text).expect("JSON")
}

fn is_clean(repo: &Repo) -> bool {
    let repository = Repository::open(repo.path()).expect("a repository");
    repository.statuses(None).expect("a status").is_empty()
}

#[test]
fn commits_have_the_times_and_parents_of_the_story() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    let second = shop
        .author_at("2026-03-02 10:00")
        .committer_at("2026-03-03 11:30")
        .empty_commit("chore: nothing");

    let repository = Repository::open(shop.path()).expect("a repository");
    let commit = repository
        .head()
        .expect("HEAD")
        .peel_to_commit()
        .expect("a commit");
    assert_eq!(commit.id().to_string(), second);
    assert_eq!(commit.parent_id(0).expect("a parent").to_string(), first);
    assert_eq!(
        commit.author().when().seconds(),
        instant("2026-03-02 10:00").timestamp()
    );
    assert_eq!(
        commit.time().seconds(),
        instant("2026-03-03 11:30").timestamp()
    );
    assert_eq!(
        commit.tree_id(),
        commit.parent(0).expect("a parent").tree_id()
    );
    assert_eq!(
        repository.head().expect("HEAD").shorthand().ok(),
        Some("main")
    );
    assert!(is_clean(&shop));
}

#[test]
fn a_deployment_keeps_the_versions_it_does_not_name() {
    let world = World::new();
    let mut shop = world.repository("shop");
    shop.at("2026-03-02 09:00")
        .deploy("production", &[("web", "1"), ("api", "1")]);
    shop.at("2026-03-02 10:00")
        .deploy("production", &[("api", "2")]);
    let content = state(&shop, "production");
    assert_eq!(content["web"]["version"], "1");
    assert_eq!(content["api"]["version"], "2");
    assert_eq!(content["deployed_at"], "2026-03-02T10:00:00Z");
    assert_eq!(content["environment"], "production");

    shop.deploy_without_time("production", &[("api", "3")]);
    assert_eq!(state(&shop, "production").get("deployed_at"), None);
    shop.delete_state("production");
    assert!(
        !shop
            .path()
            .join("state/production-deployed-versions.json")
            .exists()
    );
    assert!(is_clean(&shop));
    let evidence = shop.tested("production", &[("api", "3")]);
    assert_eq!(shop.head(), evidence);
    assert!(
        shop.path()
            .join("state/production-last-successfully-tested-versions.json")
            .exists()
    );
    shop.write_uncommitted("state/production-deployed-versions.json", b"{}");
    assert!(!is_clean(&shop));
}

#[test]
fn branches_join_in_merge_commits_and_reverts_take_back() {
    let world = World::new();
    let mut shop = world.repository("shop");
    shop.at("2026-03-02 09:00")
        .commit_touching("web/a.txt", "feat: a");
    let side = shop
        .branch("side")
        .at("2026-03-02 10:00")
        .commit_touching("web/b.txt", "feat: b");
    shop.checkout("main");
    assert!(!shop.path().join("web/b.txt").exists());
    let main = shop
        .at("2026-03-02 11:00")
        .commit_touching("web/c.txt", "feat: c");
    let merge = shop
        .at("2026-03-02 12:00")
        .merge("side", "Merge branch 'side'");
    assert!(shop.path().join("web/b.txt").exists());
    let revert = shop.at("2026-03-02 13:00").revert(&side);
    assert!(!shop.path().join("web/b.txt").exists());
    shop.tag("v1.0.0")
        .annotated_tag("v1.0.1", "2026-03-02 14:00");
    assert!(is_clean(&shop));

    let repository = Repository::open(shop.path()).expect("a repository");
    let find = |id: &str| {
        let object = repository.revparse_single(id).expect("an object");
        object.peel_to_commit().expect("a commit")
    };
    let parents: Vec<String> = find(&merge).parent_ids().map(|id| id.to_string()).collect();
    assert_eq!(parents, [main, side.clone()]);
    assert_eq!(
        find(&revert).message().ok(),
        Some(format!("Revert \"feat: b\"\n\nThis reverts commit {side}.\n").as_str())
    );
    assert_eq!(find("v1.0.0").id().to_string(), revert);
    assert_eq!(find("v1.0.1").id().to_string(), revert);
}

#[test]
fn a_conflict_of_state_files_can_be_resolved_in_a_merge() {
    let world = World::new();
    let mut shop = world.repository("shop");
    shop.at("2026-03-02 09:00")
        .deploy("production", &[("api", "1")]);
    shop.branch("pipeline")
        .at("2026-03-02 10:00")
        .deploy("production", &[("api", "2")]);
    shop.checkout("main")
        .at("2026-03-02 11:00")
        .deploy("production", &[("api", "3")]);
    let path = "state/production-deployed-versions.json";
    shop.at("2026-03-02 12:00")
        .merge_with("pipeline", "Merge", path, br#"{"api": "x"}"#);
    assert_eq!(state(&shop, "production")["api"], "x");
    assert!(is_clean(&shop));
}

#[test]
fn the_same_story_gives_the_same_ids() {
    let tell = || {
        let world = World::new();
        let mut shop = world.repository("shop");
        let version = shop.at("2026-03-02 09:00").commit("feat: start");
        shop.at("2026-03-02 09:30")
            .deploy("production", &[("api", &version)])
    };
    assert_eq!(tell(), tell());
}

#[test]
fn siblings_lie_side_by_side() {
    let world = World::new();
    let shop = world.repository("shop");
    let web = shop.sibling("shop-web");
    assert_eq!(web.path(), shop.path().with_file_name("shop-web"));
}
