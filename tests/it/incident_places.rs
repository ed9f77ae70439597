//! Where an incident belongs: it keeps the environment it was recorded in whatever is measured later, and a
//! correction fits what is known of it already.

use std::fs;

use serde_json::{Value, json};

use crate::support::world::{Repo, World};

/// Two deployments of `api` to production and two to staging; gives the ids of the later ones.
fn shop(world: &World) -> (Repo, [String; 2]) {
    let mut shop = world.repository("shop");
    let start = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 09:20")
        .deploy("staging", &[("api", &start)]);
    shop.at("2026-03-02 09:30")
        .deploy("production", &[("api", &start)]);
    let more = shop.at("2026-03-03 09:00").commit("feat: more");
    shop.at("2026-03-03 09:30")
        .deploy("staging", &[("api", &more)]);
    shop.at("2026-03-03 10:00")
        .deploy("production", &[("api", &more)]);
    let listed = dora(world, &shop, &["mark"]);
    let deployments = listed["deployments"].as_array().expect("deployments");
    let last = |environment: &str| {
        let mut those = deployments
            .iter()
            .filter(|it| it["environment"] == environment);
        those.next_back().expect("one")["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    };
    let ids = [last("production"), last("staging")];
    (shop, ids)
}

fn dora(world: &World, shop: &Repo, arguments: &[&str]) -> Value {
    let json = ["--format", "json"];
    let arguments: Vec<&str> = arguments.iter().copied().chain(json).collect();
    world.dora(shop, &arguments).json()
}

fn opened(world: &World, shop: &Repo, more: &[&str]) -> Value {
    let open = ["incident", "open", "down", "--at", "2026-03-03 12:00"];
    let arguments: Vec<&str> = open.iter().chain(more).copied().collect();
    dora(world, shop, &arguments)
}

fn failed(world: &World, shop: &Repo, environment: &str) -> Value {
    let report = dora(world, shop, &["report", "--environment", environment]);
    report["metrics"]["change_failure_rate"]["failed"].clone()
}

fn refused(world: &World, shop: &Repo, arguments: &[&str], words: &[&str]) {
    let file = shop.path().join(".dora/records.jsonl");
    let before = fs::read(&file).expect("records");
    let run = world.dora(shop, arguments);
    assert_eq!(run.status, 2, "{run}");
    for words in words {
        assert!(run.stderr.contains(words), "{words}: {run}");
    }
    assert_eq!(fs::read(&file).expect("records"), before, "{arguments:?}");
}

#[test]
fn an_incident_keeps_the_environment_it_was_recorded_in_whatever_is_measured_later() {
    let world = World::new();
    let (shop, [production, _]) = shop(&world);
    let said = opened(&world, &shop, &[]);
    assert_eq!(said["incident"]["environment"], "production");
    assert_eq!(said["incident"]["fails"], json!([production]));
    assert_eq!(failed(&world, &shop, "production"), 1);
    assert_eq!(failed(&world, &shop, "staging"), 0);
    let config = r#"{"schema_version": 1, "measured_environment": "staging"}"#;
    fs::write(shop.path().join(".dora/config.json"), config).expect("config");
    assert_eq!(failed(&world, &shop, "production"), 1);
    assert_eq!(failed(&world, &shop, "staging"), 0);
    // The next one is recorded in what is measured then.
    let open = ["incident", "open", "slow", "--at", "2026-03-03 13:00"];
    let said = dora(&world, &shop, &open);
    assert_eq!(said["incident"]["environment"], "staging");
}

#[test]
fn an_incident_that_names_no_environment_belongs_to_the_configured_one_and_to_no_flag() {
    let world = World::new();
    let (shop, [production, _]) = shop(&world);
    world.dora(&shop, &["init"]);
    let line = r#"{"schema_version":1,"id":"incident-20260303T120000Z-r0000001","at":"2026-03-03T12:00:00Z","type":"incident-opened","title":"down","opened_at":"2026-03-03T12:00:00Z"}"#;
    fs::write(shop.path().join(".dora/records.jsonl"), format!("{line}\n")).expect("a record");
    let listed = dora(&world, &shop, &["incident", "list"]);
    assert_eq!(listed["incidents"][0]["fails"], json!([production]));
    assert_eq!(failed(&world, &shop, "production"), 1);
    assert_eq!(failed(&world, &shop, "staging"), 0);
    let all = dora(&world, &shop, &["report", "--environment", "all"]);
    let reports = all["environments"].as_array().expect("reports");
    let failed_of = |name: &str| {
        let report = reports.iter().find(|it| it["environment"] == name);
        report.expect("a report")["metrics"]["change_failure_rate"]["failed"].clone()
    };
    assert_eq!(failed_of("production"), 1);
    assert_eq!(failed_of("staging"), 0);
    // What a variable names is configured; what a flag names is a question.
    let run = world.dora_in(
        shop.path(),
        &["report", "--environment", "production", "--format", "json"],
        &[("DORA_ENVIRONMENT", "staging")],
    );
    assert_eq!(run.json()["metrics"]["change_failure_rate"]["failed"], 0);
}

#[test]
fn a_correction_that_contradicts_what_is_known_is_refused_and_changes_no_byte() {
    let world = World::new();
    let (shop, [production, staging]) = shop(&world);
    let said = opened(&world, &shop, &["--deployment", &production]);
    let caused = said["id"].as_str().expect("an id");
    let open = [
        "incident",
        "open",
        "slow",
        "--at",
        "2026-03-03 12:30",
        "--environment",
        "staging",
    ];
    let said = dora(&world, &shop, &open);
    let placed = said["id"].as_str().expect("an id");
    let edit = |id, more: &[&'static str]| {
        let mut arguments = vec!["incident", "edit", id];
        arguments.extend(more);
        arguments
    };
    refused(
        &world,
        &shop,
        &edit(caused, &["--at", "2026-03-03 09:59"]),
        &["before", &production, "--no-deployment"],
    );
    refused(
        &world,
        &shop,
        &edit(caused, &["--environment", "staging"]),
        &[&production, "went to production", "--no-deployment"],
    );
    refused(
        &world,
        &shop,
        &["incident", "edit", placed, "--deployment", &production],
        &["the incident was in staging", "--environment production"],
    );
    assert_eq!(failed(&world, &shop, "production"), 1);
    // Said together they fit.
    let both = [
        "incident",
        "edit",
        placed,
        "--deployment",
        &production,
        "--environment",
        "production",
    ];
    assert_eq!(
        dora(&world, &shop, &both)["incident"]["fails"],
        json!([production])
    );
    let early = edit(caused, &["--at", "2026-03-03 09:45", "--no-deployment"]);
    let said = dora(&world, &shop, &early);
    assert_ne!(said["incident"]["fails"], json!([staging]));
    // It names no deployment any more, and is still where that went.
    assert_eq!(said["incident"]["environment"], "production");
}

#[test]
fn a_row_of_an_export_that_contradicts_itself_is_skipped_with_the_reason() {
    let world = World::new();
    let (shop, [production, _]) = shop(&world);
    let file = world.root().join("alerts.csv");
    let rows = format!(
        "title,opened_at,environment,deployment\n\
         one,2026-03-03 12:00,staging,{production}\n\
         two,2026-03-03 09:00,,{production}\n\
         three,2026-03-03 12:00,production,{production}\n"
    );
    fs::write(&file, rows).expect("an export");
    let import = ["incident", "import", file.to_str().expect("a path")];
    let said = dora(&world, &shop, &import);
    let skipped = said["files"][0]["skipped"].as_array().expect("places");
    for (place, words) in skipped
        .iter()
        .zip([":2: production-20260303", ":3: the incident began"])
    {
        assert!(
            place.as_str().is_some_and(|it| it.contains(words)),
            "{place}"
        );
    }
    assert_eq!(skipped.len(), 2);
    let listed = dora(&world, &shop, &["incident", "list", "--all"]);
    assert_eq!(listed["incidents"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed["incidents"][0]["title"], "three");
}
