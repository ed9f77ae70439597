//! `dora mark`: a verdict of a person overrides every rule, in the report and under every `--as-of`; it can
//! be taken back, and all that was said stays on record.

use std::fs;

use serde_json::{Value, json};

use crate::support::run::Run;
use crate::support::world::{Repo, World};

/// Three deployments of `api` and a repetition: the second failed by the rule `hotfix`, the third repairs
/// it, an attempt and a redeployment follow.
fn shop(world: &World) -> Repo {
    let mut shop = world.repository("shop");
    let start = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 09:30")
        .deploy("production", &[("api", &start)]);
    let more = shop.at("2026-03-03 09:00").commit("feat: more");
    shop.at("2026-03-03 09:10")
        .deploy("production", &[("api", &more)]);
    let fix = shop.at("2026-03-03 09:20").commit("fix: more crashed");
    shop.at("2026-03-03 09:40")
        .deploy("production", &[("api", &fix)]);
    shop.at("2026-03-05 09:30")
        .deploy("production", &[("api", &fix)]);
    let attempt = [
        "deploy",
        "--failed",
        "--component",
        "api=7",
        "--at",
        "2026-03-06 10:00",
    ];
    assert_eq!(world.dora(&shop, &attempt).status, 0);
    shop
}

/// Ids in order of time: baseline, failed, fix, redeployment, attempt.
fn ids(world: &World, shop: &Repo) -> Vec<String> {
    let listed = world.dora(shop, &["mark", "--format", "json"]).json();
    let rows = listed["deployments"]
        .as_array()
        .expect("deployments")
        .clone();
    rows.iter()
        .map(|row| row["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Failed deployments and attempts over all of them.
fn rate(world: &World, shop: &Repo, more: &[&str]) -> (u64, u64) {
    let arguments: Vec<&str> = ["report", "--format", "json"]
        .iter()
        .chain(more)
        .copied()
        .collect();
    let report = world.dora(shop, &arguments).json();
    let rate = &report["metrics"]["change_failure_rate"];
    (
        rate["failed"].as_u64().expect("a count"),
        rate["total"].as_u64().expect("a count"),
    )
}

fn records(shop: &Repo) -> Vec<u8> {
    fs::read(shop.path().join(".dora/records.jsonl")).expect("records")
}

fn refused(world: &World, shop: &Repo, arguments: &[&str], words: &str) {
    let before = records(shop);
    let run: Run = world.dora(shop, arguments);
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains(words), "{run}");
    assert_eq!(records(shop), before, "{arguments:?}");
}

#[test]
fn a_verdict_overrides_the_rule_and_undone_the_rule_speaks_again() {
    let world = World::new();
    let shop = shop(&world);
    let failed = ids(&world, &shop)[1].clone();
    // 1 failed deployment and 1 attempt of 3 deployments and 1 attempt.
    assert_eq!(rate(&world, &shop, &[]), (2, 4));
    let said = world.dora(
        &shop,
        &["mark", &failed, "ok", "--reason", "it was planned"],
    );
    assert_eq!(said.status, 0, "{said}");
    for words in [
        &*format!("{failed}: ok by a person"),
        "before: failed",
        "rules: hotfix: ",
        "marked ok: it was planned",
        "change failure rate of production, 30 days: 2/4 → 1/4",
    ] {
        assert!(said.stdout.contains(words), "{words}: {said}");
    }
    assert_eq!(rate(&world, &shop, &[]), (1, 4));
    // Before the mark was told, too: it says what is true of the deployment.
    assert_eq!(rate(&world, &shop, &["--as-of", "2026-03-04"]), (0, 3));
    let verbose = world.dora(&shop, &["report", "--verbose"]).stdout;
    assert!(
        verbose.contains(" marked ok: it was planned") && !verbose.contains("marked: marked"),
        "{verbose}"
    );

    let undone = world
        .dora(&shop, &["mark", &failed, "--undo", "--format", "json"])
        .json();
    assert_eq!(undone["failed"], true);
    assert_eq!(undone["failed_before"], false);
    assert_eq!(undone["in_force"], Value::Null);
    let verdicts: Vec<&Value> = undone["marks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["verdict"])
        .collect();
    assert_eq!(verdicts, ["ok", "undone"]);
    assert_eq!(rate(&world, &shop, &[]), (2, 4));
    let incidents = fs::read(shop.path().join(".dora/incidents.json")).unwrap();
    let incidents: Value = serde_json::from_slice(&incidents).unwrap();
    assert_eq!(incidents["marks"][0]["reason"], "it was planned");
    assert_eq!(incidents["marks"][1]["verdict"], "undone");
}

#[test]
fn what_no_rule_saw_can_be_marked_failed_and_ends_with_the_next_deployment() {
    let world = World::new();
    let shop = shop(&world);
    let baseline = ids(&world, &shop)[0].clone();
    // An id may be cut where nothing else begins so.
    let said = world
        .dora(
            &shop,
            &["mark", &baseline[..24], "failed", "--format", "json"],
        )
        .json();
    assert_eq!(said["deployment"], json!(baseline));
    assert_eq!(said["failed_by_rules"], false);
    assert_eq!(
        said["change_failure_rate"],
        json!({ "days": 30, "failed_before": 2, "total_before": 4, "failed": 3, "total": 4 })
    );
    let line = String::from_utf8(records(&shop)).unwrap();
    let record: Value = serde_json::from_str(line.lines().last().unwrap()).unwrap();
    assert_eq!(
        record["deployment"],
        json!(baseline),
        "the whole id is recorded"
    );
    let report = world.dora(&shop, &["report", "--format", "json"]).json();
    // From 03-02 09:30 to the next deployment on 03-03 09:10, which failed itself until 09:40: one
    // outage of 24 h 10 min.
    assert_eq!(report["metrics"]["mttr"]["count"], 1);
    assert_eq!(report["metrics"]["mttr"]["value"], 1450.0);
}

#[test]
fn a_verdict_that_another_branch_overruled_under_another_id_can_be_given_again() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let start = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 09:30")
        .deploy("production", &[("api", &start)]);
    let more = shop.at("2026-03-03 09:00").commit("feat: more");
    shop.at("2026-03-03 10:00")
        .deploy("production", &[("api", &more)]);
    let version = format!("api={more}");
    let told = [
        "deploy",
        "--component",
        &version,
        "--at",
        "2026-03-03 10:05",
    ];
    assert_eq!(world.dora(&shop, &told).status, 0);
    let lines = || String::from_utf8(records(&shop)).expect("text");
    let record: Value = serde_json::from_str(lines().trim()).expect("one record");
    let record = record["id"].as_str().expect("an id").to_owned();
    let listed = ids(&world, &shop);
    assert_eq!(listed.len(), 2, "one entry of both: {listed:?}");
    let (snapshot, failed) = (&listed[1], ["failed", "--reason", "half of all failed"]);
    let mark = [&["mark", snapshot.as_str()][..], &failed].concat();
    assert_eq!(world.dora(&shop, &mark).status, 0);
    assert_eq!(rate(&world, &shop, &[]), (1, 2));
    // Where only the record was known, in the same second: "ok", merged line by line.
    let theirs = json!({"schema_version": 1, "id": "mark-z", "type": "mark", "verdict": "ok",
        "deployment": record, "at": serde_json::from_str::<Value>(lines().lines().last().expect("a mark"))
            .expect("a mark")["at"]});
    fs::write(
        shop.path().join(".dora/records.jsonl"),
        format!("{theirs}\n{}", lines()),
    )
    .expect("records");
    assert_eq!(rate(&world, &shop, &[]), (0, 2));
    let again = world.dora(&shop, &mark);
    assert!(!again.stderr.contains("in force already"), "{again}");
    assert_eq!(lines().lines().count(), 4, "{}", lines());
    assert_eq!(rate(&world, &shop, &[]), (1, 2));
}

#[test]
fn the_same_verdict_twice_is_one_and_another_reason_another() {
    let world = World::new();
    let shop = shop(&world);
    let failed = ids(&world, &shop)[1].clone();
    assert_eq!(world.dora(&shop, &["mark", &failed, "ok"]).status, 0);
    let before = records(&shop);
    let again = world.dora(&shop, &["mark", &failed, "ok"]);
    assert_eq!(again.status, 0);
    assert!(again.stderr.contains("in force already"), "{again}");
    assert_eq!(records(&shop), before);
    let said = world
        .dora(
            &shop,
            &["mark", &failed, "ok", "--reason", "why", "--format", "json"],
        )
        .json();
    assert_eq!(said["marks"].as_array().unwrap().len(), 2);
    assert_eq!(said["in_force"]["reason"], "why");
    // Silence is no other reason: the one that was given stays.
    let silent = world.dora(&shop, &["mark", &failed, "ok"]);
    assert!(silent.stderr.contains("in force already"), "{silent}");
    // Asking changes nothing.
    let before = records(&shop);
    let asked = world
        .dora(&shop, &["mark", &failed, "--format", "json"])
        .json();
    assert_eq!(asked["is_new"], false);
    assert_eq!(asked["marks"], said["marks"]);
    assert_eq!(records(&shop), before);
}

#[test]
fn an_attempt_marked_ok_is_on_neither_side_and_a_redeployment_cannot_be_judged() {
    let world = World::new();
    let shop = shop(&world);
    let ids = ids(&world, &shop);
    assert_eq!(world.dora(&shop, &["mark", &ids[4], "ok"]).status, 0);
    assert_eq!(rate(&world, &shop, &[]), (1, 3));
    assert_eq!(world.dora(&shop, &["mark", &ids[4], "failed"]).status, 0);
    assert_eq!(rate(&world, &shop, &[]), (2, 4));
    for verdict in ["failed", "ok"] {
        refused(
            &world,
            &shop,
            &["mark", &ids[3], verdict],
            "is a redeployment",
        );
    }
}

#[test]
fn what_names_nothing_or_several_and_what_there_is_not_to_undo_changes_nothing() {
    let world = World::new();
    let shop = shop(&world);
    let id = ids(&world, &shop)[1].clone();
    for (arguments, words) in [
        (
            &["nothing", "failed"][..],
            "there is no deployment `nothing`",
        ),
        (&["production-2026030", "failed"], "several deployments"),
        (&[&id, "--undo"], "there is nothing to undo"),
        (&[&id, "--reason", "why"], "none is given"),
        (
            &[&id, "ok", "--reason", "two\nlines"],
            "the reason holds a control character",
        ),
        (
            &[&id, "ok", "--as-of", "2026-03-04"],
            "--as-of is for reports",
        ),
        (&[&id, "ok", "--undo"], "cannot be used with"),
        (&[&id, "maybe"], "possible values: failed, ok"),
        (&["--undo"], "<DEPLOYMENT>"),
    ] {
        let arguments: Vec<&str> = std::iter::once("mark")
            .chain(arguments.iter().copied())
            .collect();
        refused(&world, &shop, &arguments, words);
    }
    // Twice is once too often.
    assert_eq!(world.dora(&shop, &["mark", &id, "failed"]).status, 0);
    assert_eq!(world.dora(&shop, &["mark", &id, "--undo"]).status, 0);
    refused(
        &world,
        &shop,
        &["mark", &id, "--undo"],
        "there is nothing to undo",
    );
}

#[test]
fn a_recorded_deployment_is_named_by_its_own_id_after_a_snapshot_was_found_for_it() {
    let world = World::new();
    let shop = shop(&world);
    let head = shop.head();
    let first = ids(&world, &shop)[0].clone();
    // The baseline's own version, recorded 10 minutes after its snapshot.
    let rows = world.dora(&shop, &["mark", "--format", "json"]).json();
    let version = rows["deployments"][0]["components"][0]["to"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(version, head);
    let deploy = [
        "deploy",
        "--at",
        "2026-03-02 09:40",
        "--format",
        "json",
        "--component",
    ];
    let component = format!("api={version}");
    let arguments: Vec<&str> = deploy.into_iter().chain([&*component]).collect();
    let said = world.dora(&shop, &arguments).json();
    assert_eq!(said["same_as"], json!(first));
    let alias = said["id"].as_str().unwrap();
    let marked = world
        .dora(&shop, &["mark", alias, "failed", "--format", "json"])
        .json();
    assert_eq!(marked["deployment"], json!(first));
    assert_eq!(marked["failed"], true);
}

#[test]
fn every_width_shows_ids_that_can_be_typed() {
    let world = World::new();
    let shop = shop(&world);
    for width in ["40", "60", "100"] {
        let variables = [("COLUMNS", width)];
        for arguments in [&["mark"][..], &["mark", "--charset", "ascii"]] {
            let run = world.dora_in(shop.path(), arguments, &variables);
            assert!(
                ids(&world, &shop).iter().all(|id| run.stdout.contains(id)),
                "{run}"
            );
            let widest = run.stdout.lines().map(|line| line.chars().count()).max();
            assert!(widest <= width.parse().ok(), "{run}");
            assert!(arguments.len() == 1 || run.stdout.is_ascii(), "{run}");
            for verdict in ["ok", "failed", "redeployment", "attempt"] {
                assert!(run.stdout.contains(verdict), "{verdict}: {run}");
            }
        }
    }
}

#[test]
fn the_list_shows_what_was_deployed_of_one_environment_and_how_many_more_there_are() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let mut versions = Vec::new();
    for day in 2..=18 {
        let date = format!("2026-02-{day:02}");
        let version = shop.at(&format!("{date} 09:00")).commit("feat: more");
        shop.at(&format!("{date} 10:00"))
            .deploy("uat", &[("api", &version)]);
        versions.push(version);
    }
    shop.at("2026-02-19 09:30")
        .deploy("production", &[("api", &versions[0])]);
    // 17 + 1 of which 15 are listed; of production alone 1.
    for width in ["40", "60", "80", "100"] {
        let list = |more: &[&str]| {
            let arguments: Vec<&str> = ["mark"].iter().chain(more).copied().collect();
            let run = world.dora_in(shop.path(), &arguments, &[("COLUMNS", width)]);
            let widest = run.stdout.lines().map(|line| line.chars().count()).max();
            assert!(widest <= width.parse().ok(), "{run}");
            run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let said = list(&[]);
        for (index, version) in versions.iter().enumerate() {
            let is_listed = index == 0 || index >= 3;
            let words = format!("api {}", &version[..7]);
            assert_eq!(
                said.contains(&words),
                is_listed,
                "{index} at {width}: {said}"
            );
        }
        assert!(
            said.contains("3 older deployments not listed: dora mark --all"),
            "{said}"
        );
        let said = list(&["--environment", "uat"]);
        assert!(
            said.contains("2 older deployments not listed: dora mark --environment uat --all"),
            "{said}"
        );
        assert!(!said.contains("production-"), "{said}");
        let said = list(&["--environment", "Production"]);
        assert!(
            said.contains("production-2026021") && !said.contains("uat-"),
            "{said}"
        );
        assert!(!said.contains("not listed"), "{said}");
        assert!(!list(&["--all"]).contains("not listed"));
    }
    let said = world
        .dora(&shop, &["mark", "-e", "uat", "--format", "json"])
        .json();
    assert_eq!(said["environment"], "uat");
    assert_eq!(said["others"], 2);
    assert_eq!(said["deployments"].as_array().map(Vec::len), Some(15));
    let unknown = world.dora(&shop, &["mark", "--environment", "nope"]);
    assert_eq!(unknown.status, 2, "{unknown}");
    assert!(
        unknown.stderr.contains("known: production, uat"),
        "{unknown}"
    );
}

#[test]
fn an_id_that_others_chose_is_quoted_in_what_to_type() {
    let world = World::new();
    let shop = shop(&world);
    let told = [
        "deploy",
        "-e",
        "$(touch pwned)",
        "--component",
        "api=7",
        "--at",
        "1 hour ago",
    ];
    let id = world
        .dora(&shop, &[&told[..], &["--format", "json"]].concat())
        .json()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let run = world.dora(&shop, &["mark", &id, "--undo"]);
    assert!(
        run.stderr
            .contains(&format!("dora mark '{id}' shows what was said of it")),
        "{run}"
    );
}

#[test]
fn a_deployment_that_only_another_branch_tells_of_is_found_with_its_ref() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let start = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.branch("deployments");
    shop.at("2026-03-02 09:30")
        .deploy("production", &[("api", &start)]);
    shop.checkout("main");
    let from = ["--ref", "deployments", "--format", "json"];
    let list = |words: &[&str]| {
        let arguments: Vec<&str> = words.iter().chain(&from).copied().collect();
        world.dora(&shop, &arguments).json()
    };
    let id = list(&["mark"])["deployments"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(world.dora(&shop, &["mark", &id, "failed"]).status, 2);
    assert_eq!(list(&["mark", &id, "failed"])["failed"], true);
    let said = list(&["incident", "open", "down", "--at", "2026-03-02 10:00"]);
    assert_eq!(said["incident"]["fails"], json!([id]));
}
