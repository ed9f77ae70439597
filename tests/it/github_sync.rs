//! `dora sync`, `init` and `report` with a GitHub that runs on this machine: what they ask, what they say,
//! how they end. What becomes of it in the numbers is in `github_numbers`.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::github_server::Response;
use crate::support::github_story::{Github, TOKEN, run};
use crate::support::world::{Repo, World};

/// Three deployments to production, on 2, 3 and 5 March at ten; gives the versions.
pub(crate) fn shop(world: &World) -> (Repo, Vec<String>) {
    world.now("2026-03-09 09:00");
    let mut shop = world.repository("shop");
    world.on_github(shop.path());
    let mut versions = Vec::new();
    for day in ["2026-03-02", "2026-03-03", "2026-03-05"] {
        let id = shop
            .at(&format!("{day} 09:00"))
            .commit(&format!("feat: of {day}"));
        shop.at(&format!("{day} 10:00"))
            .deploy("production", &[("api", &id)]);
        versions.push(id);
    }
    (shop, versions)
}

pub(crate) fn report(github: &Github, world: &World, shop: &Repo, more: &[&str]) -> Value {
    let mut arguments = vec!["report", "--period", "30d", "--format", "json"];
    arguments.extend(more);
    github.dora(world, shop, &arguments).json()
}

pub(crate) fn init(github: &Github, world: &World, shop: &Repo) -> Value {
    let run = github.dora(world, shop, &["init", "--format", "json"]);
    run.json()
}

fn done(init: &Value) -> Vec<&str> {
    let lines = init["done"].as_array().expect("lines").iter();
    lines.filter_map(Value::as_str).collect()
}

fn deployments(report: &Value) -> usize {
    report["deployments"].as_array().expect("deployments").len()
}

fn cache(shop: &Repo, kind: &str) -> PathBuf {
    shop.path().join(format!(".dora/cache/github-{kind}.json"))
}

// sync

#[test]
fn a_sync_says_what_is_known_then() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.runs(&[
        run(1, "2026-03-02 09:55", "2026-03-02 10:05", "success"),
        run(2, "2026-03-04 09:55", "2026-03-04 10:02", "failure"),
    ]);
    assert_eq!(world.dora(&shop, &["init", "--skip-github"]).status, 0);
    let said = github
        .dora(&world, &shop, &["sync", "--format", "json"])
        .json();
    assert_eq!(said["schema_version"], 1);
    let sync = &said["sync"];
    assert_eq!(sync["asked_with"], "GH_TOKEN");
    assert_eq!(sync["since"], "2025-12-09T09:00:00Z");
    assert_eq!(sync["stopped"], Value::Null);
    let known: Vec<(&str, u64, u64)> = sync["kinds"]
        .as_array()
        .expect("kinds")
        .iter()
        .map(|kind| {
            let number = |field: &str| kind[field].as_u64().expect("a number");
            (
                kind["kind"].as_str().expect("a name"),
                number("known"),
                number("new"),
            )
        })
        .collect();
    assert_eq!(
        known,
        [
            ("runs", 2, 2),
            ("deployments", 0, 0),
            ("pulls", 0, 0),
            ("issues", 0, 0)
        ]
    );
    let covered = &sync["kinds"][0]["covered"];
    assert_eq!(
        *covered,
        json!([["2025-12-09T09:00:00Z", "2026-03-09T09:00:00Z"]])
    );
    let workflow = &sync["found"]["workflows"][0];
    assert_eq!(workflow["path"], ".github/workflows/deploy.yml");
    assert_eq!(workflow["environment"], "production");
    assert_eq!(
        (&workflow["runs"], &workflow["last_conclusion"]),
        (&json!(2), &json!("failure"))
    );

    let text = github.dora(&world, &shop, &["sync"]);
    assert_eq!(text.status, 0, "{text}");
    for part in [
        "github.com/acme/shop",
        "asked with GH_TOKEN",
        "runs",
        "deploy.yml",
        "failure",
    ] {
        assert!(text.stdout.contains(part), "{part}:\n{text}");
    }
}

#[test]
fn a_sync_of_some_kinds_asks_for_no_others_and_what_it_brings_is_used() {
    let world = World::new();
    let (shop, versions) = shop(&world);
    let github = Github::new();
    let cause = format!("root cause: {}", versions[1]);
    github.incident(12, "2026-03-03 11:00", Some("2026-03-03 12:00"), &cause);
    assert_eq!(world.dora(&shop, &["init", "--skip-github"]).status, 0);
    let run = github.dora(&world, &shop, &["sync", "--what", "issues"]);
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(github.asked(0), ["labels", "issues", "issues/12/timeline"]);
    let report = report(&github, &world, &shop, &[]);
    assert_eq!(report["incidents"][0]["id"], "issue-12");
}

#[test]
fn exit_codes_of_a_sync_say_what_went_wrong() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    let status = |arguments: &[&str]| github.dora(&world, &shop, arguments).status;
    assert_eq!(status(&["sync"]), 1, "there is no .dora/");
    assert_eq!(status(&["init", "--skip-github"]), 0);
    for usage in [
        &["sync", "--offline"][..],
        &["sync", "--as-of", "2026-03-01"],
        &["sync", "--ref", "main"],
        &["sync", "--since", "soon"],
        &["sync", "--what", "stars"],
        &["sync", "--format", "csv"],
        &["report", "--sync", "--offline"],
        &["report", "--sync", "--as-of", "2026-03-01"],
        &["report", "--sync", "--fast"],
    ] {
        assert_eq!(status(usage), 2, "{usage:?}");
    }
    assert_eq!(github.asked(0), [""; 0], "nothing was asked");
    let nobody = world.dora_in(shop.path(), &["sync"], &[("PATH", "/nowhere")]);
    assert_eq!(nobody.status, 4, "{nobody}");
    assert!(nobody.stderr.contains("gh auth login"), "{nobody}");
    let broken = Response::with_status(401, r#"{"message":"Bad credentials"}"#);
    github.responds("actions/workflows", broken);
    let refused = github.dora(&world, &shop, &["sync"]);
    assert_eq!(refused.status, 4, "{refused}");
    world.git(shop.path(), &["remote", "remove", "origin"]);
    assert_eq!(status(&["sync"]), 1, "no remote");
}

#[test]
fn what_was_read_before_an_interruption_is_kept_and_continued() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.runs(&[run(1, "2026-03-02 09:55", "2026-03-02 10:05", "success")]);
    let refused = Response::with_status(401, r#"{"message":"Bad credentials"}"#);
    let sha = "0".repeat(39) + "1";
    let staging = (
        9,
        "staging",
        sha.as_str(),
        "2026-03-02 09:00",
        &[(5, "success")][..],
    );
    github.deployments(&[staging]);
    // The statuses of deployments come last.
    github.responds("deployments/9/statuses", refused);
    assert_eq!(world.dora(&shop, &["init", "--skip-github"]).status, 0);
    let stopped = github.dora(&world, &shop, &["sync", "--format", "json"]);
    assert_eq!(stopped.status, 4, "{stopped}");
    let said: Value = serde_json::from_str(&stopped.stdout).expect("what was read is said");
    assert_eq!(said["sync"]["kinds"][0]["known"], 1);
    github.deployments(&[staging]);
    let before = github.server.seen().len();
    assert_eq!(github.dora(&world, &shop, &["sync"]).status, 0);
    let asked = github.asked(before);
    assert!(asked.contains(&"deployments/9/statuses".to_owned()));
    assert!(
        !asked.contains(&"actions/runs/1/attempts/1/jobs".to_owned()),
        "{asked:?}"
    );
}

#[test]
fn a_second_sync_at_the_same_time_is_told_so() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    assert_eq!(world.dora(&shop, &["init", "--skip-github"]).status, 0);
    github
        .server
        .on_request("GET", "/repos/acme/shop/actions/workflows", |_| {
            std::thread::sleep(std::time::Duration::from_secs(4));
            Response::json(r#"{"workflows":[]}"#)
        });
    let url = github.server.url();
    let variables = [
        ("GITHUB_API_URL", url.as_str()),
        ("GH_TOKEN", TOKEN),
        ("PATH", "/nowhere"),
    ];
    let mut first = world
        .command(shop.path(), &["sync"], &variables)
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("dora starts");
    while !shop.path().join(".dora/cache/github.lock").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let second = github.dora(&world, &shop, &["sync"]);
    let report = github.dora(&world, &shop, &["report", "--sync"]);
    let ended = first.wait().expect("its end");
    assert_eq!(second.status, 1, "{second}");
    assert!(
        second.stderr.contains("dora sync"),
        "it names who runs:\n{second}"
    );
    assert_eq!(report.status, 0, "a report uses what there is:\n{report}");
    assert!(report.stderr.contains("GitHub was not asked"), "{report}");
    assert!(ended.success());
}

#[test]
fn a_broken_cache_is_told_once_and_healed_by_the_next_sync() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.runs(&[run(2, "2026-03-04 09:55", "2026-03-04 10:02", "failure")]);
    init(&github, &world, &shop);
    let good = fs::read(cache(&shop, "runs")).expect("a cache");
    fs::write(cache(&shop, "runs"), &good[..good.len() / 2]).expect("half of it");
    let codes = |report: &Value| {
        let notices = report["notices"].as_array().expect("notices").iter();
        let codes = notices.filter(|it| it["code"] == "cache-unusable");
        codes.count()
    };
    let broken = report(&github, &world, &shop, &[]);
    assert_eq!((codes(&broken), deployments(&broken)), (1, 3));
    let said = github
        .dora(&world, &shop, &["sync", "--format", "json"])
        .json();
    let notices = said["sync"]["notices"].as_array().expect("notices");
    assert_eq!(notices.len(), 1, "{notices:?}");
    let healed = report(&github, &world, &shop, &[]);
    assert_eq!((codes(&healed), deployments(&healed)), (0, 4));
}

#[test]
fn a_kind_that_the_token_may_not_read_is_told_and_the_others_are_read() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.runs(&[run(2, "2026-03-04 09:55", "2026-03-04 10:02", "failure")]);
    let no = r#"{"message":"Resource not accessible by personal access token"}"#;
    github.responds("deployments", Response::with_status(403, no));
    assert_eq!(world.dora(&shop, &["init", "--skip-github"]).status, 0);
    let run = github.dora(&world, &shop, &["sync"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(run.stdout.contains("deployments were not read"), "{run}");
    let only_these = github.dora(&world, &shop, &["sync", "--what", "deployments"]);
    assert_eq!(only_these.status, 1, "nothing was read: {only_these}");
    assert!(only_these.stderr.contains("gh auth status"), "{only_these}");
    let report = report(&github, &world, &shop, &[]);
    assert_eq!(report["metrics"]["change_failure_rate"]["attempts"], 1);
}

// init

#[test]
fn init_without_github_leaves_aside_what_is_cached() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.runs(&[run(2, "2026-03-04 09:55", "2026-03-04 10:02", "failure")]);
    let attempts =
        |init: &Value| init["baseline"]["metrics"]["change_failure_rate"]["attempts"].clone();
    assert_eq!(attempts(&init(&github, &world, &shop)), 1);
    let without = github.dora(
        &world,
        &shop,
        &["init", "--skip-github", "--format", "json"],
    );
    assert_eq!(attempts(&without.json()), 0);
    assert!(cache(&shop, "runs").exists());
}

#[test]
fn init_asks_github_and_says_what_it_brought() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.runs(&[run(2, "2026-03-04 09:55", "2026-03-04 10:02", "failure")]);
    let init = init(&github, &world, &shop);
    let done = done(&init);
    assert_eq!(done[0], "asked github.com/acme/shop with GH_TOKEN: 1 run");
    assert!(
        done.iter().any(|it| it.starts_with("created .dora/")),
        "{done:?}"
    );
    assert_eq!(init["found"]["github"]["checked"], "2026-03-09T09:00:00Z");
    assert_eq!(
        init["baseline"]["metrics"]["change_failure_rate"]["attempts"],
        1
    );
}

#[test]
fn init_asks_nobody_where_that_was_declined() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    for flags in [&["--dry-run"][..], &["--skip-github"], &["--offline"]] {
        let mut arguments = vec!["init"];
        arguments.extend(flags);
        let run = github.dora(&world, &shop, &arguments);
        assert_eq!(run.status, 0, "{run}");
        assert_eq!(github.asked(0), [""; 0], "{flags:?}");
        let is_there = shop.path().join(".dora").exists();
        assert_eq!(is_there, !flags.contains(&"--dry-run"), "{flags:?}");
    }
    let url = github.server.url();
    let offline = [
        ("GITHUB_API_URL", url.as_str()),
        ("GH_TOKEN", TOKEN),
        ("DORA_OFFLINE", "1"),
    ];
    assert_eq!(world.dora_in(shop.path(), &["init"], &offline).status, 0);
    assert_eq!(github.asked(0), [""; 0]);
}

#[test]
fn init_without_a_token_says_so_and_succeeds() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let run = world.dora_in(shop.path(), &["init"], &[("PATH", "/nowhere")]);
    assert_eq!(run.status, 0, "{run}");
    let words = "GitHub was not asked: there is no token for github.com";
    assert!(run.stdout.contains(words), "{run}");
    assert!(run.stdout.contains("Baseline"), "{run}");
}

#[test]
fn a_reset_deletes_what_github_said_and_nothing_that_was_recorded() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.runs(&[run(2, "2026-03-04 09:55", "2026-03-04 10:02", "failure")]);
    init(&github, &world, &shop);
    let record = r#"{"schema_version":1,"id":"by-hand","environment":"production","timestamp":"2026-03-08T09:00:00Z","components":{"api":"1"}}"#;
    let records = shop.path().join(".dora/deployments.jsonl");
    fs::write(&records, format!("{record}\n")).expect("a record");
    let run = github.dora(&world, &shop, &["init", "--reset", "--skip-github"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(!cache(&shop, "runs").exists());
    assert_eq!(
        fs::read_to_string(&records).expect("still there"),
        format!("{record}\n")
    );
}

// report

#[test]
fn a_report_asks_nobody_by_itself_when_nobody_watches() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    init(&github, &world, &shop);
    let before = github.server.seen().len();
    world.now("2026-03-12 09:00");
    report(&github, &world, &shop, &[]);
    assert_eq!(github.asked(before), [""; 0]);
}

#[test]
fn a_report_asks_when_it_is_told_to_and_never_fails_because_of_it() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    init(&github, &world, &shop);
    github.runs(&[run(2, "2026-03-09 09:55", "2026-03-09 10:02", "failure")]);
    world.now("2026-03-10 09:00");
    let fresh = report(&github, &world, &shop, &["--sync"]);
    assert_eq!(fresh["metrics"]["change_failure_rate"]["attempts"], 1);
    let refused = Response::with_status(401, r#"{"message":"Bad credentials"}"#);
    github.responds("actions/workflows", refused);
    let run = github.dora(&world, &shop, &["report", "--sync"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(run.stderr.contains("the sync stopped early"), "{run}");
    let no = Response::with_status(403, r#"{"message":"Resource not accessible"}"#);
    github.responds("actions/workflows", no);
    let run = github.dora(&world, &shop, &["report", "--sync"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(run.stderr.contains("runs were not read"), "{run}");
}

// what is not asked

#[test]
fn statuses_of_deployments_are_asked_for_where_neither_state_files_nor_runs_tell_them() {
    let world = World::new();
    let (with_state_file, _) = shop(&world);
    let mut without = world.repository("other");
    world.on_github(without.path());
    let head = without.at("2026-03-02 09:00").commit("feat: start");
    let github = Github::new();
    // The workflow deploys to production.
    github.runs(&[run(1, "2026-03-02 10:00", "2026-03-02 10:05", "success").at(&head)]);
    let good = &[(5, "success")][..];
    github.deployments(&[
        (1, "production", head.as_str(), "2026-03-02 10:00", good),
        (2, "staging", head.as_str(), "2026-03-02 11:00", good),
    ]);
    for repository in [&with_state_file, &without] {
        let before = github.server.seen().len();
        let said = github.dora(&world, repository, &["init"]);
        assert_eq!(said.status, 0, "{said}");
        let mut asked = github.asked(before);
        asked.retain(|it| it.ends_with("/statuses"));
        assert_eq!(asked, ["deployments/2/statuses"]);
    }
    // Where no run came through, the deployments count, and are asked for.
    github.runs(&[]);
    let mut third = world.repository("third");
    world.on_github(third.path());
    third.at("2026-03-02 09:00").commit("feat: start");
    let before = github.server.seen().len();
    github.dora(&world, &third, &["init"]);
    let asked = github.asked(before);
    assert!(asked.contains(&"deployments/1/statuses".to_owned()));
}

#[test]
fn a_sync_and_a_report_know_the_same_environments() {
    let world = World::new();
    world.now("2026-03-09 09:00");
    let mut shop = world.repository("shop");
    world.on_github(shop.path());
    let workflow = b"on: workflow_dispatch\njobs:\n  go:\n    runs-on: any\n    environment: ${{ inputs.where }}\n    steps:\n      - run: make\n";
    shop.at("2026-03-02 08:00")
        .commit_file(".github/workflows/deploy.yml", workflow, "ci: deploy");
    let id = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 10:00").deploy("uat", &[("api", &id)]);
    let github = Github::new();
    // Nothing was deployed to production yet: the only known environment is uat.
    assert_eq!(world.dora(&shop, &["init", "--skip-github"]).status, 0);
    let config = r#"{"schema_version":1,"environments":{"production":{"is_production":true}},"measured_environment":"production"}"#;
    fs::write(shop.path().join(".dora/config.json"), config).expect("config");
    let before = github.server.seen().len();
    let said = github.dora(&world, &shop, &["sync", "--format", "json"]);
    assert_eq!(said.status, 0, "{said}");
    let asked = github.asked(before);
    assert!(
        asked.contains(&"actions/workflows/7/runs".to_owned()),
        "{asked:?}"
    );
    let found = &said.json()["sync"]["found"]["workflows"][0];
    assert_eq!(found["environment"], "uat");
}
