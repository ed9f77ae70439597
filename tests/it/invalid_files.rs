//! A config.json that is wrong and files of a newer version: all faults at once with their places, exit
//! code 3, and nothing written. What else lies in `.dora/` is in `hostile_store`.

use std::fs;

use serde_json::json;

use crate::hostile_store::{put, shop, store};
use crate::support::shell::files_below;
use crate::support::world::World;

#[test]
fn all_faults_of_a_configuration_are_told_at_once_with_their_places() {
    let world = World::new();
    let shop = shop(&world);
    let config = br#"{
  "timezone": "Mars/Olympus",
  "lookback_days": "90",
  "bands": "2020",
  "environments": { "production": { "state_file": "../outside.json" },
                    "uat": { "state_file": "/etc/passwd" } },
  "components": { "api": { "repository": "https://example.test/x.git" } },
  "lead_time_start": "auhtor"
}
"#;
    put(&shop, "config.json", config);
    for arguments in [&["report"][..], &["init"], &[], &["init", "--reset"]] {
        let run = world.dora(&shop, arguments);
        assert_eq!((run.stdout.as_str(), run.status), ("", 3), "{run}");
        let lines: Vec<&str> = run.stderr.lines().map(str::trim_start).collect();
        assert_eq!(lines[0], "error: 7 faults in the configuration", "{run}");
        for (line, place) in [
            (1, ".dora/config.json:2:15: there is no time zone"),
            (2, ".dora/config.json:3:20: `lookback_days`"),
            (3, ".dora/config.json:4:12: `bands`"),
            (
                4,
                ".dora/config.json:5:51: `environments.production.state_file` \"../outside.json\" leads out of the repository",
            ),
            (
                5,
                ".dora/config.json:6:44: `environments.uat.state_file` \"/etc/passwd\" leads out of the repository",
            ),
            (6, ".dora/config.json:7:42: `components.api.repository`"),
            (
                7,
                ".dora/config.json:8:22: `lead_time_start` cannot be \"auhtor\"; did you mean \"author\"?",
            ),
        ] {
            assert!(lines[line].starts_with(place), "{place}: {run}");
        }
        assert_eq!(
            lines[8],
            "hint: correct the file, or put it aside and use defaults: mv .dora/config.json \
             .dora/config.json.old"
        );
    }
    assert_eq!(
        fs::read(store(&shop).join("config.json")).expect("it"),
        config
    );
}

#[test]
fn a_configuration_that_is_no_json_names_the_place_and_is_kept() {
    for (content, place) in [
        (
            &b"{\n  \"bands\": \"2024\",\n}\n"[..],
            ".dora/config.json:3:1: ",
        ),
        (b"", ".dora/config.json:1:1: is empty"),
        (
            b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n",
            ".dora/config.json:1:1: ",
        ),
        (
            b"{ \"bands\": \"2024\", \"bands\": \"2023\" }",
            ".dora/config.json:1:20: `bands` is there twice",
        ),
        (b"\xff\xfe{\0}\0", ".dora/config.json:1:1: is UTF-16"),
        (b"{ \"bands\": \"\xff\" }", ".dora/config.json:1:13: "),
        (
            &b"[".repeat(100_000),
            ".dora/config.json:1:65: is nested deeper than 64 levels",
        ),
        (b"[]", ".dora/config.json:1:1: "),
    ] {
        let world = World::new();
        let shop = shop(&world);
        put(&shop, "config.json", content);
        for arguments in [["report"], ["init"]] {
            let run = world.dora(&shop, &arguments);
            assert_eq!((run.stdout.as_str(), run.status), ("", 3), "{run}");
            assert!(
                run.stderr.starts_with(&format!("error: {place}")),
                "{place} {run}"
            );
            assert!(run.stderr.len() < 600, "{run}");
        }
        assert_eq!(
            fs::read(store(&shop).join("config.json")).expect("it"),
            content
        );
    }
}

#[test]
fn a_byte_order_mark_and_dos_line_ends_are_no_fault() {
    let world = World::new();
    let shop = shop(&world);
    put(
        &shop,
        "config.json",
        b"\xef\xbb\xbf{\r\n  \"bands\": \"2024\"\r\n}\r\n",
    );
    let run = world.dora(&shop, &["report", "--format", "json"]);
    assert_eq!(run.json()["definitions"]["bands"], "2024");
}

#[test]
fn a_newer_schema_is_refused_and_nothing_is_written() {
    let record =
        json!({ "schema_version": 7, "id": "x", "at": "2026-03-02T10:00:00Z", "type": "new" });
    for (name, content) in [
        (
            "config.json",
            "{\n  \"schema_version\": 7,\n  \"unknown\": [1]\n}\n".to_owned(),
        ),
        ("records.jsonl", format!("{record}\n")),
        (
            "deployments.json",
            "{\n  \"schema_version\": 7\n}\n".to_owned(),
        ),
        (
            "incidents.json",
            "{\n  \"schema_version\": 7\n}\n".to_owned(),
        ),
    ] {
        let world = World::new();
        let shop = shop(&world);
        put(&shop, name, content.as_bytes());
        let before = files_below(&store(&shop));
        for arguments in [&["report"][..], &["init"], &["init", "--reset"]] {
            let run = world.dora(&shop, arguments);
            assert_eq!((run.stdout.as_str(), run.status), ("", 3), "{name}: {run}");
            let line = if name == "records.jsonl" { ":1" } else { "" };
            assert_eq!(
                run.stderr,
                format!(
                    "error: .dora/{name}{line} has schema version 7, this dora understands up to 1\n\
                     hint: update dora; nothing was written\n"
                ),
                "{name}"
            );
            assert_eq!(files_below(&store(&shop)), before, "{name} {arguments:?}");
        }
    }
}
