//! `dora deploy`: one record per deployment, one deployment with what a state file tells, and what it is
//! to the metrics.

use std::fs;

use serde_json::Value;

use crate::support::run::Run;
use crate::support::world::{Repo, World};

/// One component `api` in this repository, deployed twice by a pipeline; gives the two versions.
fn shop(world: &World) -> (Repo, [String; 2]) {
    let mut shop = world.repository("shop");
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 09:30")
        .deploy("production", &[("api", &first)]);
    let second = shop.at("2026-03-03 09:00").commit("feat: more");
    shop.at("2026-03-03 10:00")
        .deploy("production", &[("api", &second)]);
    (shop, [first, second])
}

fn records(repo: &Repo) -> Vec<Value> {
    let text = fs::read_to_string(repo.path().join(".dora/records.jsonl")).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a record"))
        .collect()
}

/// The deployments of the last 30 days as a report has them.
fn reported(world: &World, repo: &Repo) -> Vec<Value> {
    let report = world.dora(repo, &["report", "--format", "json"]).json();
    report["deployments"]
        .as_array()
        .expect("deployments")
        .clone()
}

fn kinds(rows: &[Value]) -> Vec<&str> {
    rows.iter()
        .map(|row| row["kind"].as_str().expect("a kind"))
        .collect()
}

fn refused(run: &Run, words: &str) {
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains(words), "{run}");
    assert_eq!(run.stdout, "");
}

#[test]
fn without_flags_head_went_to_the_measured_environment_now() {
    let world = World::new();
    let (mut shop, _) = shop(&world);
    let third = shop.at("2026-03-04 08:00").commit("feat: third");
    let run = world.dora(&shop, &["deploy"]);
    assert_eq!(run.status, 0, "{run}");
    let record = &records(&shop)[0];
    assert_eq!(record["environment"], "production");
    assert_eq!(record["time"], "2026-03-09T09:00:00Z");
    assert_eq!(record["components"], serde_json::json!({ "api": third }));
    let id = record["id"].as_str().unwrap();
    assert_eq!(run.stdout.lines().next(), Some(&*format!("recorded {id}")));
    // 5 days and 1 hour after the commit, in a report of later.
    world.now("2026-03-09 10:00");
    let rows = reported(&world, &shop);
    let last = rows.last().unwrap();
    assert_eq!(last["id"], id);
    assert_eq!(last["sources"], serde_json::json!(["recorded"]));
    assert_eq!(last["changes"], 1);
    assert_eq!(last["lead_time_minutes"], 7260.0);
}

#[test]
fn the_same_facts_twice_are_one_record_and_a_note_makes_no_other() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let at = [
        "deploy",
        "--component",
        "api=1.4.2",
        "--at",
        "2026-03-05 12:00",
    ];
    let said = |more: &[&str]| {
        let arguments: Vec<&str> = at
            .iter()
            .chain(more)
            .chain(&["--format", "json"])
            .copied()
            .collect();
        world.dora(&shop, &arguments).json()
    };
    let first = said(&[]);
    assert_eq!(first["is_new"], true);
    assert_eq!(first["same_as"], Value::Null);
    world.now("2026-03-10 09:00");
    let again = said(&[]);
    assert_eq!(
        (&again["is_new"], &again["is_reworded"]),
        (&false.into(), &false.into())
    );
    assert_eq!(records(&shop).len(), 1);
    let noted = said(&["--note", "by hand"]);
    assert_eq!(
        (&noted["is_new"], &noted["is_reworded"]),
        (&false.into(), &true.into())
    );
    for said in [&again, &noted] {
        assert_eq!(said["id"], first["id"]);
    }
    let rows = reported(&world, &shop);
    let own: Vec<&Value> = rows
        .iter()
        .filter(|row| row["source"] == "recorded")
        .collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["note"], "by hand");
}

#[test]
fn a_record_within_15_minutes_of_its_snapshot_is_one_deployment_with_two_sources() {
    for (at, is_same) in [
        ("2026-03-03T09:45:00Z", true),
        ("2026-03-03T09:44:59Z", false),
        ("2026-03-03T10:15:00Z", true),
        ("2026-03-03T10:15:01Z", false),
        ("2026-03-03T10:16:00Z", false),
    ] {
        let world = World::new();
        let (shop, [_, second]) = shop(&world);
        let snapshot = reported(&world, &shop)[1]["id"].clone();
        let version = format!("api={second}");
        let deploy = [
            "deploy",
            "--component",
            &version,
            "--at",
            at,
            "--format",
            "json",
        ];
        let said = world.dora(&shop, &deploy).json();
        assert_eq!(
            said["same_as"],
            if is_same {
                snapshot.clone()
            } else {
                Value::Null
            },
            "{at}"
        );
        let rows = reported(&world, &shop);
        if is_same {
            assert_eq!(kinds(&rows), ["deployment", "deployment"], "{at}");
            assert_eq!(rows[1]["id"], snapshot);
            assert_eq!(rows[1]["timestamp"], "2026-03-03T10:00:00Z");
            assert_eq!(
                rows[1]["sources"],
                serde_json::json!(["state-file", "recorded"])
            );
            assert_eq!(rows[1]["aliases"], serde_json::json!([said["id"]]));
            let verbose = world.dora(&shop, &["report", "--verbose"]).stdout;
            assert!(
                verbose.contains("told by state-file and recorded"),
                "{verbose}"
            );
        } else {
            // Before the snapshot the record brings the version; after it, it repeats it.
            assert_eq!(rows.len(), 3, "{at}");
            assert!(
                rows.iter()
                    .all(|row| row["sources"].as_array().unwrap().len() == 1)
            );
        }
    }
}

#[test]
fn a_failed_deployment_is_an_attempt_of_the_failure_rate_alone() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let before = world.dora(&shop, &["report", "--format", "json"]).json();
    let run = world.dora(
        &shop,
        &[
            "deploy",
            "--failed",
            "--at",
            "2026-03-05 12:00",
            "--component",
            "api=9.9.9",
        ],
    );
    assert!(run.stdout.contains("failed attempt: api 9.9.9"), "{run}");
    assert!(
        run.stderr
            .contains("the attempt counts in the change failure rate alone"),
        "{run}"
    );
    assert!(!run.stderr.contains("counts as a deployment"), "{run}");
    let after = world.dora(&shop, &["report", "--format", "json"]).json();
    let rate = &after["metrics"]["change_failure_rate"];
    // 0 of 2 deployments before; 1 of 2 deployments and an attempt now.
    assert_eq!(
        (&rate["failed"], &rate["attempts"], &rate["total"]),
        (&1.into(), &1.into(), &3.into())
    );
    for metric in ["deployment_frequency", "lead_time", "mttr"] {
        assert_eq!(
            after["metrics"][metric], before["metrics"][metric],
            "{metric}"
        );
    }
}

#[test]
fn where_nothing_is_known_the_environment_has_to_be_named_and_the_component_is_app() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let head = shop.at("2026-03-02 09:00").commit("feat: start");
    refused(
        &world.dora(&shop, &["deploy"]),
        "hint: dora deploy --environment production",
    );
    assert!(
        !shop.path().join(".dora").exists(),
        "an error makes nothing"
    );
    let run = world.dora(&shop, &["deploy", "--environment", "production"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(run.stderr.contains("made .dora/"), "{run}");
    assert_eq!(
        records(&shop)[0]["components"],
        serde_json::json!({ "app": head })
    );
    // From now on it is known.
    world.now("2026-03-10 09:00");
    assert_eq!(world.dora(&shop, &["deploy"]).status, 0);
    let rows = reported(&world, &shop);
    assert_eq!(
        kinds(&rows),
        ["deployment", "redeployment"].map(|_| "deployment")[..1].to_vec()
    );
}

#[test]
fn the_ref_says_what_was_deployed_and_not_what_is_looked_at() {
    let world = World::new();
    let (mut shop, [first, _]) = shop(&world);
    shop.tag("v2");
    let run = world.dora(&shop, &["deploy", "--ref", &first]);
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(
        records(&shop)[0]["components"],
        serde_json::json!({ "api": first })
    );
    refused(
        &world.dora(&shop, &["deploy", "--ref", "nowhere"]),
        "`nowhere` names no commit",
    );
    assert_eq!(records(&shop).len(), 1);
}

#[test]
fn names_that_look_like_a_slip_and_versions_that_name_nothing_are_remarked_on() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let run = world.dora(
        &shop,
        &["deploy", "-e", "prodution", "--component", "apj=1.0"],
    );
    assert_eq!(run.status, 0, "{run}");
    for words in [
        "there was no environment prodution so far; did you mean production?",
        "there was no component apj so far; did you mean api?",
        "apj 1.0: ",
        "it counts as a deployment, without changes",
    ] {
        assert!(run.stderr.contains(words), "{words}: {run}");
    }
    assert_eq!(world.dora(&shop, &["deploy", "--quiet"]).stderr, "");
}

#[test]
fn a_slip_is_taken_back_by_removing_the_line_that_the_remark_names() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let two_hours_ago = ["deploy", "--at", "2 hours ago"];
    assert_eq!(world.dora(&shop, &two_hours_ago).status, 0);
    let before = reported(&world, &shop);
    let slip = ["deploy", "--component", "apj=1.0", "--at", "1 hour ago"];
    let run = world.dora(&shop, &slip);
    assert_eq!(reported(&world, &shop).len(), before.len() + 1);
    assert!(
        run.stderr
            .contains("if it was a slip: remove line 2 of .dora/records.jsonl"),
        "{run}"
    );
    let file = shop.path().join(".dora/records.jsonl");
    let text = fs::read_to_string(&file).expect("records");
    let first = text.lines().next().expect("a line");
    fs::write(&file, format!("{first}\n")).expect("the file without its second line");
    assert_eq!(reported(&world, &shop), before);
    let doctor = world.dora(&shop, &["doctor", "--format", "json"]);
    assert!(!doctor.stdout.contains("records.jsonl:2"), "{doctor}");
    // What looks like nothing else needs no way back.
    let run = world.dora(&shop, &["deploy", "--component", "billing=1.0"]);
    assert!(!run.stderr.contains("slip"), "{run}");
}

#[test]
fn what_nobody_can_mean_is_refused_and_records_nothing() {
    let world = World::new();
    let (shop, _) = shop(&world);
    for (arguments, words) in [
        (&["--at", "2026-03-09T10:00:01Z"][..], "is still to come"),
        (&["--at", "soon"], "`soon` is no time"),
        (&["--at", "14:05"], "still to come today"),
        (&["--component", "api"], "is not NAME=VERSION"),
        (&["--component", "=1"], "is not NAME=VERSION"),
        (&["--component", "a=1", "--component", "a=2"], "twice"),
        (
            &["--component", "a=1\u{1b}[31m"],
            "a version holds a control character",
        ),
        (&["--environment", ""], "the environment is empty"),
        (&["--environment", "all"], "one environment"),
        (
            &["--note", "two\nlines"],
            "the note holds a control character",
        ),
        (&["--as-of", "2026-03-01"], "--as-of is for reports"),
        (&["--format", "csv"], "speaks text or json"),
    ] {
        let arguments: Vec<&str> = std::iter::once("deploy")
            .chain(arguments.iter().copied())
            .collect();
        refused(&world.dora(&shop, &arguments), words);
    }
    assert!(!shop.path().join(".dora").exists());
    // A clock that is a little ahead is none of this.
    assert_eq!(
        world
            .dora(&shop, &["deploy", "--at", "2026-03-09T10:00:00Z"])
            .status,
        0
    );
}

#[test]
fn a_bare_repository_has_no_place_for_it_and_a_shallow_clone_has() {
    let world = World::new();
    let (shop, [_, second]) = shop(&world);
    let url = format!("file://{}", shop.path().display());
    let clone = |arguments: &[&str], to: &str| {
        let path = world.root().join(to);
        let done = std::process::Command::new("git")
            .arg("clone")
            .arg("-q")
            .args(arguments)
            .arg(&url)
            .arg(&path)
            .status()
            .expect("git runs");
        assert!(done.success());
        path
    };
    let bare = clone(&["--bare"], "bare.git");
    let run = world.dora_in(&bare, &["deploy"], &[]);
    assert_eq!(run.status, 1, "{run}");
    assert!(run.stderr.contains("bare repository"), "{run}");
    let shallow = clone(&["--depth", "1"], "shallow");
    // Whose commits the versions were cannot be seen there, so nothing is guessed.
    let run = world.dora_in(&shallow, &["deploy"], &[]);
    refused(
        &run,
        "hint: dora deploy --component api=VERSION (known: api)",
    );
    assert!(run.stderr.contains("git fetch --unshallow"), "{run}");
    let version = format!("api={second}");
    let named = ["deploy", "--component", &version, "--format", "json"];
    let said = world.dora_in(&shallow, &named, &[]).json();
    assert_eq!(said["deployment"]["environment"], "production");
    assert_eq!(said["kind"], "redeployment");
}

#[test]
fn where_tags_were_all_that_told_the_environment_is_asked_for_and_the_change_is_told() {
    let world = World::new();
    let mut shop = world.repository("shop");
    for (day, tag) in [(2, "v1.0.0"), (3, "v1.1.0")] {
        shop.at(&format!("2026-03-0{day} 09:00"))
            .commit("feat: more");
        shop.tag(tag);
    }
    assert_eq!(reported(&world, &shop).len(), 2);
    refused(
        &world.dora(&shop, &["deploy"]),
        "no environment is known yet",
    );
    let run = world.dora(
        &shop,
        &["deploy", "-e", "production", "--component", "shop=v1.1.0"],
    );
    assert_eq!(run.status, 0, "{run}");
    assert!(
        run.stderr
            .contains("so far release tags were taken for deployments"),
        "{run}"
    );
    world.now("2026-03-10 09:00");
    let rows = reported(&world, &shop);
    assert_eq!(kinds(&rows), ["deployment"]);
    assert_eq!(rows[0]["environment"], "production");
    let again = world.dora(
        &shop,
        &["deploy", "-e", "production", "--component", "shop=v1.0.0"],
    );
    assert!(!again.stderr.contains("so far"), "it is told once: {again}");
}

#[test]
fn an_environment_that_only_config_knows_is_the_measured_one() {
    let world = World::new();
    let (mut shop, _) = shop(&world);
    shop.write_uncommitted(
        ".dora/config.json",
        br#"{"schema_version": 1, "measured_environment": "live"}"#,
    );
    let run = world.dora(&shop, &["deploy", "--component", "api=1.0.0"]);
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(records(&shop)[0]["environment"], "live");
}

#[test]
fn processes_that_record_at_once_make_one_directory_and_lose_nothing() {
    let world = World::new();
    let (shop, _) = shop(&world);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let component = format!("api={number}.0.0");
            let mut command =
                world.command(shop.path(), &["deploy", "--component", &component], &[]);
            scope.spawn(move || {
                let output = command.output().expect("dora runs");
                assert!(output.status.success(), "{output:?}");
            });
        }
    });
    let found = records(&shop);
    let ids: std::collections::BTreeSet<_> = found.iter().map(|it| it["id"].to_string()).collect();
    assert_eq!((found.len(), ids.len()), (8, 8));
}

#[test]
fn a_version_that_moves_a_component_to_another_repository_is_remarked_on() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let mut web = shop.sibling("web");
    let version = web.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 09:30")
        .deploy("production", &[("web", &version)]);
    let good = world.dora(&shop, &["deploy", "--component", &format!("web={version}")]);
    assert!(!good.stderr.contains("looked up"), "{good}");
    let slip = format!("web={}", shop.head());
    let run = world.dora(
        &shop,
        &["deploy", "--component", &slip, "--at", "2026-03-08"],
    );
    assert_eq!(run.status, 0, "{run}");
    assert!(
        run.stderr
            .contains("versions of web were commits of ../web so far"),
        "{run}"
    );
    assert!(
        run.stderr
            .contains("set components.web.repository to \"../web\""),
        "{run}"
    );
}

#[test]
fn where_history_cannot_be_read_what_is_said_in_full_is_recorded_all_the_same() {
    let world = World::new();
    let (shop, _) = shop(&world);
    world.git(shop.path(), &["config", "uploadpack.allowFilter", "true"]);
    let options = ["--filter=blob:none", "--no-checkout"];
    let clone = world.clone_of(shop.path(), "partial", &options);
    let now = [("DORA_NOW", "2026-03-09T09:00:00Z")];
    let said = [
        "deploy",
        "--environment",
        "production",
        "--component",
        "api=1.2.3",
    ];
    let run = world.dora_in(&clone, &said, &now);
    assert_eq!(run.status, 0, "{run}");
    assert!(
        run.stderr
            .contains("it is recorded, but what came of it cannot be told: object "),
        "{run}"
    );
    let text = fs::read_to_string(clone.join(".dora/records.jsonl")).expect("records");
    assert_eq!(text.lines().count(), 1, "{text}");
    // Which version HEAD is of, and where, would have to be looked up.
    let unsaid = world.dora_in(&clone, &["deploy"], &now);
    assert_eq!(unsaid.status, 1, "{unsaid}");
    assert!(
        unsaid.stderr.contains("git fetch --refetch --no-filter"),
        "{unsaid}"
    );
}

#[test]
fn what_was_recorded_this_second_is_in_the_report_of_this_second() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let by_the_clock = [("DORA_NOW", "")];
    for number in 0..3 {
        let version = format!("api=9.9.{number}");
        let said = ["deploy", "--component", &version, "--format", "json"];
        let recorded = world.dora_in(shop.path(), &said, &by_the_clock).json();
        let report = ["report", "--format", "json"];
        let report = world.dora_in(shop.path(), &report, &by_the_clock).json();
        let rows = report["deployments"].as_array().expect("deployments");
        assert!(
            rows.iter().any(|row| row["id"] == recorded["id"]),
            "{rows:?}"
        );
    }
}

#[test]
fn an_environment_that_differs_only_in_case_is_the_known_one() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let start = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 09:30")
        .deploy("production", &[("api", &start)]);
    let arguments = [
        "deploy",
        "--environment",
        "PRODUCTION",
        "--component",
        "api=2",
        "--format",
        "json",
    ];
    let said = world.dora(&shop, &arguments).json();
    assert_eq!(said["deployment"]["environment"], "production");
    assert_eq!(records(&shop)[0]["environment"], "production");
    let report = world
        .dora(
            &shop,
            &["report", "--environment", "all", "--format", "json"],
        )
        .json();
    assert_eq!(report["environments"].as_array().map(Vec::len), Some(1));
}
