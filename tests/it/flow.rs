//! `dora import` and `dora flow` from end to end: the worked example through the plain CSV, every value of
//! its table; the files that are written; what a key means; what a stream without items says.

use std::fs;

use serde_json::Value;

use crate::support::run::Run;
use crate::support::world::{Repo, World};

/// The items of the worked example, one row per entry into a status.
const ITEMS: &str = "\
key,status,created,updated,title,type,value,blocked_from,blocked_to,blocked_reason
FOC-101,Backlog,2026-03-02T09:00:00Z,2026-03-02T09:00:00Z,Pay in two currencies,Feature,8,,,
FOC-101,Design,2026-03-02T09:00:00Z,2026-03-03T09:00:00Z,Pay in two currencies,Feature,8,,,
FOC-101,Development,2026-03-02T09:00:00Z,2026-03-04T09:00:00Z,Pay in two currencies,Feature,8,,,
FOC-101,Code Review,2026-03-02T09:00:00Z,2026-03-06T09:00:00Z,Pay in two currencies,Feature,8,,,
FOC-101,Testing,2026-03-02T09:00:00Z,2026-03-09T09:00:00Z,Pay in two currencies,Feature,8,,,
FOC-101,Deployment Approval,2026-03-02T09:00:00Z,2026-03-10T09:00:00Z,Pay in two currencies,Feature,8,,,
FOC-101,Deploy,2026-03-02T09:00:00Z,2026-03-11T09:00:00Z,Pay in two currencies,Feature,8,,,
FOC-101,Production,2026-03-02T09:00:00Z,2026-03-11T11:00:00Z,Pay in two currencies,Feature,8,,,
FOC-102,Backlog,2026-03-02T10:00:00Z,2026-03-02T10:00:00Z,The cart forgets its items,Defect,3,,,
FOC-102,Development,2026-03-02T10:00:00Z,2026-03-02T12:00:00Z,The cart forgets its items,Defect,3,,,
FOC-102,Code Review,2026-03-02T10:00:00Z,2026-03-03T12:00:00Z,The cart forgets its items,Defect,3,,,
FOC-102,Development,2026-03-02T10:00:00Z,2026-03-04T12:00:00Z,The cart forgets its items,Defect,3,,,
FOC-102,Code Review,2026-03-02T10:00:00Z,2026-03-05T12:00:00Z,The cart forgets its items,Defect,3,,,
FOC-102,Testing,2026-03-02T10:00:00Z,2026-03-06T12:00:00Z,The cart forgets its items,Defect,3,,,
FOC-102,Deploy,2026-03-02T10:00:00Z,2026-03-06T18:00:00Z,The cart forgets its items,Defect,3,,,
FOC-102,Production,2026-03-02T10:00:00Z,2026-03-06T19:00:00Z,The cart forgets its items,Defect,3,,,
FOC-103,Backlog,2026-03-05T08:00:00Z,2026-03-05T08:00:00Z,Rotate the keys,Risk,2,,,
FOC-103,Production,2026-03-05T08:00:00Z,2026-03-09T08:00:00Z,Rotate the keys,Risk,2,,,
FOC-104,Backlog,2026-03-02T09:00:00Z,2026-03-02T09:00:00Z,Drop the old cart,Debt,1,,,
FOC-104,Development,2026-03-02T09:00:00Z,2026-03-04T09:00:00Z,Drop the old cart,Debt,1,,,
FOC-104,Production,2026-03-02T09:00:00Z,2026-03-06T09:00:00Z,Drop the old cart,Debt,1,,,
FOC-104,Development,2026-03-02T09:00:00Z,2026-03-10T09:00:00Z,Drop the old cart,Debt,1,2026-03-11T09:00:00Z,2026-03-12T03:00:00Z,waits for the vendor
FOC-104,Production,2026-03-02T09:00:00Z,2026-03-12T09:00:00Z,Drop the old cart,Debt,1,,,
FOC-105,Backlog,2026-03-03T09:00:00Z,2026-03-03T09:00:00Z,Sign in with a passkey,Feature,5,,,
FOC-105,Design,2026-03-03T09:00:00Z,2026-03-05T09:00:00Z,Sign in with a passkey,Feature,5,,,
FOC-105,Development,2026-03-03T09:00:00Z,2026-03-06T09:00:00Z,Sign in with a passkey,Feature,5,,,
FOC-105,Code Review,2026-03-03T09:00:00Z,2026-03-07T09:00:00Z,Sign in with a passkey,Feature,5,,,
FOC-106,Backlog,2026-03-03T09:00:00Z,2026-03-03T09:00:00Z,A cart for two,Feature,5,,,
FOC-106,Development,2026-03-03T09:00:00Z,2026-03-04T09:00:00Z,A cart for two,Feature,5,,,
FOC-106,Cancelled,2026-03-03T09:00:00Z,2026-03-08T09:00:00Z,A cart for two,Feature,5,,,
";

/// Its stages.
const CONFIG: &str = r#"{
  "schema_version": 1,
  "flow": {
    "stages": [
      { "name": "Backlog", "kind": "queue", "statuses": ["Backlog"] },
      { "name": "Design", "kind": "active", "statuses": ["Design"] },
      { "name": "Development", "kind": "active", "statuses": ["Development"] },
      { "name": "Code Review", "kind": "wait", "statuses": ["Code Review"] },
      { "name": "Testing", "kind": "active", "statuses": ["Testing"] },
      { "name": "Deployment Approval", "kind": "wait", "statuses": ["Deployment Approval"] },
      { "name": "Deploy", "kind": "active", "statuses": ["Deploy"] },
      { "name": "Production", "kind": "done", "statuses": ["Production"] },
      { "name": "Cancelled", "kind": "cancelled", "statuses": ["Cancelled"] }
    ]
  }
}
"#;

/// A repository with one commit and nothing imported; now is the instant of the worked example.
fn bare(world: &World) -> Repo {
    world.now("2026-03-13 09:00");
    let mut repo = world.repository("shop");
    repo.at("2026-03-01 09:00").commit("feat: start");
    repo
}

/// The same after the import of the worked example.
pub(crate) fn worked_example(world: &World) -> Repo {
    let repo = bare(world);
    fs::create_dir(repo.path().join(".dora")).expect("made");
    fs::write(repo.path().join(".dora/config.json"), CONFIG).expect("written");
    let file = world.root().join("items.csv");
    fs::write(&file, ITEMS).expect("written");
    let run = world.dora(&repo, &["import", file.to_str().expect("UTF-8")]);
    assert_eq!(run.status, 0, "{run}");
    repo
}

fn flow(world: &World, repo: &Repo) -> Value {
    world.dora(repo, &["flow", "--format", "json"]).json()
}

fn item<'a>(report: &'a Value, key: &str) -> &'a Value {
    let items = report["items"].as_array().expect("items");
    items
        .iter()
        .find(|item| item["key"] == key)
        .unwrap_or_else(|| panic!("{key} in {report:#}"))
}

fn near(value: &Value, expected: f64) {
    let found = value
        .as_f64()
        .unwrap_or_else(|| panic!("a number, not {value}"));
    assert!(
        (found - expected).abs() < 0.005,
        "{found} is not {expected}"
    );
}

#[test]
fn the_table_of_the_worked_example_comes_out_of_the_plain_csv() {
    let world = World::new();
    let repo = worked_example(&world);
    let report = flow(&world, &repo);
    // item, outcome, flow time, active, wait, blocked in active, efficiency in per cent
    let table = [
        ("FOC-101", "done", Some(194.0), 98.0, 96.0, 0.0, Some(50.52)),
        ("FOC-102", "done", Some(103.0), 55.0, 48.0, 0.0, Some(53.40)),
        ("FOC-103", "done", None, 0.0, 0.0, 0.0, None),
        ("FOC-104", "done", Some(192.0), 96.0, 0.0, 18.0, Some(81.25)),
        ("FOC-105", "open", None, 48.0, 144.0, 0.0, Some(25.0)),
        ("FOC-106", "cancelled", None, 96.0, 0.0, 0.0, None),
    ];
    for (key, outcome, flow_time, active, wait, blocked, efficiency) in table {
        let item = item(&report, key);
        assert_eq!(item["outcome"], outcome, "{key}");
        match flow_time {
            Some(hours) => near(&item["flow_time_hours"], hours),
            None => assert!(item["flow_time_hours"].is_null(), "{item:#}"),
        }
        near(&item["active_hours"], active);
        near(&item["wait_hours"], wait);
        near(&item["blocked_in_active_hours"], blocked);
        match efficiency {
            Some(per_cent) => near(&item["efficiency"], per_cent / 100.0),
            None => assert!(item["efficiency"].is_null(), "{item:#}"),
        }
    }
    near(&item(&report, "FOC-104")["net_hours"], 96.0);
    near(&item(&report, "FOC-105")["age_hours"], 192.0);
    near(&item(&report, "FOC-106")["age_hours"], 96.0);
}

#[test]
fn the_figures_of_the_worked_example_come_out_of_the_plain_csv() {
    let world = World::new();
    let repo = worked_example(&world);
    let report = flow(&world, &repo);
    assert_eq!(report["flow_time"]["count"], 3);
    assert_eq!(report["flow_time"]["never_started"], 1);
    near(&report["flow_time"]["p50_hours"], 192.0);
    near(&report["flow_time"]["p85_hours"], 194.0);
    near(&report["flow_time"]["mean_hours"], 163.0);
    near(&report["flow_efficiency"]["value"], 0.5878);
    near(&report["flow_efficiency"]["active_hours"], 231.0);
    assert_eq!(report["flow_load"]["count"], 1);
    assert_eq!(report["flow_velocity"]["count"], 4);
    let weeks = report["flow_velocity"]["weeks"].as_array().expect("weeks");
    let done = |name: &str| {
        let week = weeks.iter().find(|week| week["week"] == name);
        week.map(|week| week["total"].clone())
    };
    assert_eq!(done("2026-W10"), Some(1.into()));
    assert_eq!(done("2026-W11"), Some(3.into()));
    assert_eq!(
        done("2026-W09"),
        Some(0.into()),
        "weeks without items are kept"
    );
    let shares = [
        ("feature", 57.1),
        ("defect", 21.4),
        ("risk", 14.3),
        ("debt", 7.1),
    ];
    for (row, (name, by_value)) in report["flow_distribution"]
        .as_array()
        .expect("kinds")
        .iter()
        .zip(shares)
    {
        assert_eq!(row["flow_type"], name);
        near(&row["share"], 0.25);
        let per_cent = row["value_share"].as_f64().expect("a share") * 100.0;
        assert!((per_cent - by_value).abs() < 0.05, "{name}: {per_cent}");
    }
    // Means per done item: 170, 24, 192, 120, 30, 24 and 3 hours over four items.
    let cash = &report["idea_to_cash"];
    assert_eq!(cash["items"], 4);
    assert_eq!(cash["widest"], "Development");
    let means: Vec<f64> = cash["segments"]
        .as_array()
        .expect("segments")
        .iter()
        .map(|segment| segment["mean_hours"].as_f64().expect("hours"))
        .collect();
    assert_eq!(means, [42.5, 6.0, 48.0, 30.0, 7.5, 6.0, 0.75]);
    let review = report["stages"]
        .as_array()
        .expect("stages")
        .iter()
        .find(|row| row["stage"] == "Code Review")
        .expect("Code Review");
    assert_eq!(review["visits"], 3);
    near(&review["mean_hours"], 40.0);
    near(&review["p85_hours"], 72.0);
    assert_eq!(review["wip"], 1);
    // Three visits are too few for 2σ: the percentile speaks, and says that it is not firm.
    let findings = report["findings"].as_array().expect("findings");
    let rules: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["stage"] == "Code Review")
        .filter_map(|finding| finding["rule"].as_str())
        .collect();
    assert!(rules.contains(&"stage-age-p85"), "{findings:#?}");
    assert!(!rules.contains(&"stage-age-two-sigma"), "{findings:#?}");
    let by_percentile = findings
        .iter()
        .find(|finding| finding["rule"] == "stage-age-p85")
        .expect("found");
    assert_eq!(by_percentile["items"][0], "FOC-105");
    assert_eq!(by_percentile["is_firm"], false);
}

#[test]
fn the_screen_says_the_figures_and_where_to_go_on() {
    let world = World::new();
    let repo = worked_example(&world);
    let run = world.dora(&repo, &["flow", "--target", "120h"]);
    assert_eq!(run.status, 0, "{run}");
    for words in [
        "shop · value stream · ",
        "the widest stage is Development",
        "target 120 h (5.0 d)",
        "cost of delay",
        "median 8.0 d, P85 8.1 d",
        "58.8 % (231 of 393 h)",
        "feature 25 %",
        "dora flow FOC-105",
    ] {
        let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&words), "{words}\n{run}");
    }
    let compact = world.dora(&repo, &["flow", "--compact"]);
    assert_eq!(compact.stdout.lines().count(), 4, "{compact}");
    let stages = world.dora(&repo, &["flow", "--stages"]);
    assert!(
        stages
            .stdout
            .contains("Every status seen is named by a stage."),
        "{stages}"
    );
}

#[test]
fn a_key_means_one_item_and_a_wrong_one_gets_a_suggestion() {
    let world = World::new();
    let repo = worked_example(&world);
    for key in ["FOC-104", "foc-104"] {
        let run = world.dora(&repo, &["flow", key]);
        assert_eq!(run.status, 0, "{run}");
        assert!(run.stdout.contains("Drop the old cart"), "{run}");
        assert!(run.stdout.contains("Reopened once"), "{run}");
        assert!(run.stdout.contains("waits for the vendor"), "{run}");
    }
    let way = world
        .dora(&repo, &["flow", "FOC-102", "--format", "json"])
        .json();
    let stages: Vec<&str> = way["visits"]
        .as_array()
        .expect("visits")
        .iter()
        .filter_map(|visit| visit["stage"].as_str())
        .collect();
    assert_eq!(
        stages,
        [
            "Backlog",
            "Development",
            "Code Review",
            "Development",
            "Code Review",
            "Testing",
            "Deploy",
            "Production"
        ]
    );
    let unknown = world.dora(&repo, &["flow", "FOC-110"]);
    assert_eq!(unknown.status, 2, "{unknown}");
    assert!(
        unknown.stderr.contains("there is no item `FOC-110`"),
        "{unknown}"
    );
    assert!(unknown.stderr.contains("did you mean FOC-1"), "{unknown}");
    let several = world.dora(&repo, &["flow", "FOC"]);
    assert_eq!(several.status, 2, "{several}");
    assert!(
        several.stderr.contains("the begin of several keys"),
        "{several}"
    );
}

#[test]
fn the_files_hold_one_row_per_item() {
    let world = World::new();
    let repo = worked_example(&world);
    let vsm = world.root().join("vsm.csv");
    let json = world.root().join("flow.json");
    let files = [&vsm, &json].map(|file| file.to_str().expect("UTF-8"));
    let run = world.dora(&repo, &["flow", "--export", files[0], "--export", files[1]]);
    assert_eq!(run.status, 0, "{run}");
    let text = fs::read_to_string(&vsm).expect("written");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 7, "{text}");
    assert_eq!(
        rows[0][..8],
        [
            "key",
            "Backlog",
            "Design",
            "Development",
            "Code Review",
            "Testing",
            "Deployment Approval",
            "Deploy"
        ]
    );
    assert_eq!(
        rows[1][..8],
        ["FOC-101", "24", "24", "48", "72", "24", "24", "2"]
    );
    assert_eq!(
        rows[2][..8],
        ["FOC-102", "2", "0", "48", "48", "6", "0", "1"]
    );
    assert_eq!(
        rows[5][..8],
        ["FOC-105", "48", "24", "24", "144", "0", "0", "0"]
    );
    let exported: Value =
        serde_json::from_str(&fs::read_to_string(&json).expect("written")).expect("JSON");
    assert_eq!(
        exported,
        flow(&world, &repo),
        "the file is what stdout says"
    );
    let dates = world.dora(&repo, &["flow", "--format", "csv", "--of", "stage-dates"]);
    assert!(
        dates.stdout.starts_with("ID,Link,Name,Backlog,Design,"),
        "{dates}"
    );
    assert!(
        dates
            .stdout
            .contains("FOC-102,,The cart forgets its items,2026-03-02,,2026-03-02,2026-03-03,"),
        "{dates}"
    );
}

#[test]
fn stage_dates_can_be_imported_again() {
    let world = World::new();
    let repo = worked_example(&world);
    let dates = world.dora(&repo, &["flow", "--format", "csv", "--of", "stage-dates"]);
    let file = world.root().join("dates.csv");
    fs::write(&file, &dates.stdout).expect("written");
    let mut other = world.repository("other");
    other.at("2026-03-01 09:00").commit("feat: start");
    fs::create_dir(other.path().join(".dora")).expect("made");
    fs::write(other.path().join(".dora/config.json"), CONFIG).expect("written");
    let run = world.dora(&other, &["import", file.to_str().expect("UTF-8")]);
    assert_eq!(run.status, 0, "{run}");
    let report = flow(&world, &other);
    assert_eq!(report["flow_velocity"]["count"], 4, "{run}\n{report:#}");
    assert_eq!(item(&report, "FOC-105")["stage"], "Code Review");
    assert_eq!(item(&report, "FOC-106")["outcome"], "cancelled");
}

#[test]
fn value_is_what_was_done_and_what_is_stuck_comes_first() {
    let world = World::new();
    let repo = worked_example(&world);
    let value = world.dora(&repo, &["value", "--format", "json"]).json();
    near(&value["delivered"]["value"], 14.0);
    let efficiency = value["efficiency"]["value"].as_f64().expect("a number");
    assert!((efficiency - 12.0 / 489.0).abs() < 1e-9, "{efficiency}");
    let usage = world.root().join("usage.csv");
    fs::write(
        &usage,
        "key,adoption_pct,nps_gain\nFOC-101,43.6,3\nNONE-1,1,1\n",
    )
    .expect("written");
    let file = usage.to_str().expect("UTF-8");
    let value = world
        .dora(&repo, &["value", "--usage", file, "--format", "json"])
        .json();
    // 24 + 24 + 48 + 72 + 24 + 24 + 2 hours in the stream.
    near(&value["returns"][0]["stream_hours"], 218.0);
    near(&value["returns"][0]["roi_per_hr"], 0.2);
    let text = world.dora(&repo, &["value", "--usage", file]);
    assert!(text.stdout.contains("Value delivered   14"), "{text}");
    let missing = world.dora(&repo, &["value", "--usage", "nowhere.csv"]);
    assert_eq!(missing.status, 1, "{missing}");
    assert!(missing.stderr.contains("nowhere.csv"), "{missing}");
}

#[test]
fn hostile_titles_and_keys_reach_no_terminal_and_no_spreadsheet() {
    let world = World::new();
    let repo = bare(&world);
    let file = world.root().join("items.csv");
    let title = "=cmd|' /C calc'!A0 \u{1b}[2J\u{202e}txt";
    let rows = format!(
        "key,status,created,updated,title\n\
         E-1,In Progress,2026-03-02T09:00:00Z,2026-03-03T09:00:00Z,\"{title}\"\n\
         E-1,Done,2026-03-02T09:00:00Z,2026-03-04T09:00:00Z,\"{title}\"\n"
    );
    fs::write(&file, rows).expect("written");
    let run = world.dora(&repo, &["import", file.to_str().expect("UTF-8")]);
    assert_eq!(run.status, 0, "{run}");
    for arguments in [
        &["flow", "--verbose"][..],
        &["flow", "E-1"],
        &["flow", "--format", "csv"],
        &["flow", "--format", "csv", "--of", "stage-dates"],
        &["flow", "--format", "md"],
        &["flow", "--format", "json"],
        &["flow", "E-1", "--format", "csv"],
        &["value"],
    ] {
        let run = world.dora(&repo, arguments);
        assert_eq!(run.status, 0, "{run}");
        assert!(!run.stdout.contains(['\u{1b}', '\u{202e}']), "{run}");
        assert!(
            !run.stdout.contains(",=cmd") && !run.stdout.contains(",\"=cmd"),
            "{run}"
        );
    }
}

#[test]
fn what_is_incomplete_is_a_failure_of_its_own_under_strict() {
    let world = World::new();
    let repo = bare(&world);
    let file = world.root().join("items.csv");
    let rows = "key,status,created,updated\n\
                U-1,In Progress,2026-03-02T09:00:00Z,2026-03-03T09:00:00Z\n\
                U-1,Frobnicated,2026-03-02T09:00:00Z,2026-03-04T09:00:00Z\n\
                U-1,Done,2026-03-02T09:00:00Z,2026-03-05T09:00:00Z\n";
    fs::write(&file, rows).expect("written");
    let run = world.dora(&repo, &["import", file.to_str().expect("UTF-8")]);
    assert_eq!(run.status, 0, "{run}");
    let strict = world.dora(&repo, &["flow", "--strict"]);
    assert_eq!(strict.status, 7, "{strict}");
    assert!(strict.stdout.contains("Frobnicated"), "{strict}");
    assert_eq!(world.dora(&repo, &["flow"]).status, 0);
    let stages = world.dora(&repo, &["flow", "--stages"]);
    assert!(
        stages.stdout.contains("No stage names 1 of these statuses"),
        "{stages}"
    );
    let early = world.dora(&repo, &["flow", "--strict", "--period", "2025"]);
    assert_eq!(early.status, 5, "{early}");
}

#[test]
fn an_item_that_did_not_exist_yet_is_told_so() {
    let world = World::new();
    let repo = worked_example(&world);
    let run = world.dora(&repo, &["flow", "FOC-103", "--as-of", "2026-03-04"]);
    assert_eq!(run.status, 2, "{run}");
    assert!(
        run.stderr.contains("was created at or after 2026-03-04"),
        "{run}"
    );
}

#[test]
fn a_stream_without_items_says_which_command_brings_them() {
    let world = World::new();
    let repo = bare(&world);
    let run = world.dora(&repo, &["flow"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(run.stdout.contains("dora import FILE"), "{run}");
    assert!(!run.stdout.contains(" 0 "), "{run}");
    assert!(!repo.path().join(".dora").exists(), "nothing is written");
    let strict = world.dora(&repo, &["flow", "--strict"]);
    assert_eq!(strict.status, 5, "{strict}");
    let key = world.dora(&repo, &["flow", "FOC-1"]);
    assert_eq!(key.status, 2, "{key}");
    assert!(key.stderr.contains("dora import FILE"), "{key}");
}

#[test]
fn the_command_line_is_checked_before_anything_is_read() {
    let world = World::new();
    let repo = bare(&world);
    let fails = |arguments: &[&str], words: &str| {
        let run: Run = world.dora(&repo, arguments);
        assert_eq!(run.status, 2, "{run}");
        assert!(run.stderr.contains(words), "{words}\n{run}");
    };
    fails(&["flow", "--target", "soon"], "--target `soon`");
    fails(&["flow", "--target=-3h"], "--target `-3h`");
    fails(&["flow", "--of", "items"], "no CSV is asked for");
    fails(&["flow", "--export", "x.pdf"], "names no format");
    fails(&["flow", "--period", "yesterdayish"], "yesterdayish");
    fails(&["flow", "FOC-1", "--stages"], "cannot be used with");
}

#[test]
fn an_environment_that_is_not_there_is_named() {
    let world = World::new();
    let mut repo = worked_example(&world);
    let first = repo
        .at("2026-03-11 10:00")
        .commit("FOC-101: two currencies");
    repo.at("2026-03-11 10:30")
        .deploy("production", &[("web", &first)]);
    let run = world.dora(&repo, &["flow", "--environment", "moon"]);
    assert_eq!(run.status, 2, "{run}");
    assert!(
        run.stderr.contains("moon") && run.stderr.contains("production"),
        "{run}"
    );
}

#[test]
fn the_delivery_report_mentions_the_stream_only_where_there_is_one() {
    let world = World::new();
    let repo = worked_example(&world);
    let verbose = world.dora(&repo, &["report", "--verbose"]);
    assert!(verbose.stdout.contains("Value stream\n"), "{verbose}");
    assert!(verbose.stdout.contains("1 item in progress"), "{verbose}");
    let plain = world.dora(&repo, &["report"]);
    assert!(!plain.stdout.contains("Value stream"), "{plain}");
    // Without --verbose the file is not even read.
    let file = repo.path().join(".dora/work-items.jsonl");
    fs::write(&file, "{\"schema_version\": 99}\n").expect("written");
    let plain = world.dora(&repo, &["report", "--format", "json"]).json();
    assert!(plain.get("flow").is_none(), "{plain:#}");
    let other = World::new();
    let empty = bare(&other);
    let verbose = other.dora(&empty, &["report", "--verbose"]);
    assert!(!verbose.stdout.contains("Value stream"), "{verbose}");
}
