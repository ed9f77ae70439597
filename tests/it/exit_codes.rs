//! The exit codes of `dora help exit-codes`, each by the run that ends with it; errors in words and
//! as JSON; what a closed pipe and a mistyped command line do.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::run::Run;
use crate::support::world::{Repo, World};

/// One deployment of a commit.
fn shop(world: &World) -> Repo {
    let mut shop = world.repository("shop");
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 10:00")
        .deploy("production", &[("api", &first)]);
    shop
}

/// The one JSON object that a failed run wrote to standard error.
fn error_object(run: &Run) -> Value {
    assert_eq!(run.stdout, "", "{run}");
    assert_eq!(run.stderr.lines().count(), 1, "{run}");
    serde_json::from_str(&run.stderr).unwrap_or_else(|error| panic!("{error}: {run}"))
}

#[test]
fn the_table_lists_every_code() {
    let world = World::new();
    let run = world.dora_in(world.root(), &["help", "exit-codes"], &[]);
    let codes: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(
        codes,
        ["0", "1", "2", "3", "4", "5", "6", "7", "130"],
        "{run}"
    );
    assert_eq!(run.status, 0);
}

#[test]
fn done_is_0_also_without_any_deployment() {
    let world = World::new();
    let shop = shop(&world);
    let empty = world.repository("empty");
    for arguments in [
        &[][..],
        &["report"],
        &["report", "--period", "2019"],
        &["init", "--dry-run"],
        &["help"],
        &["--help"],
        &["--version"],
        &["report", "--help"],
    ] {
        for repo in [&shop, &empty] {
            let run = world.dora(repo, arguments);
            assert_eq!(
                (run.status, run.stderr.as_str()),
                (0, ""),
                "{arguments:?}: {run}"
            );
            assert!(!run.stdout.is_empty(), "{arguments:?}");
        }
    }
}

#[test]
fn a_failure_is_1() {
    let world = World::new();
    let shop = shop(&world);
    let outside = world.dora_in(world.root(), &["report"], &[]);
    assert_eq!(outside.status, 1, "{outside}");
    let fast = world.dora(&shop, &["report", "--fast"]);
    assert_eq!(
        fast.stderr,
        "error: --fast needs a `.dora/` directory\nhint: dora init\n"
    );
    assert_eq!(fast.status, 1);
    let missing = world.dora(&shop, &["report", "--from", "nowhere.json"]);
    assert!(
        missing
            .stderr
            .starts_with("error: cannot read nowhere.json\n"),
        "{missing}"
    );
    assert_eq!(missing.status, 1);
    let nowhere = world.dora(&shop, &["report", "--export", "no/such/place.csv"]);
    assert!(nowhere.stderr.starts_with("error: cannot "), "{nowhere}");
    assert!(nowhere.stderr.contains("no/such/place.csv"), "{nowhere}");
    assert_eq!(nowhere.status, 1);
}

#[test]
fn a_wrong_command_line_is_2_and_says_what_was_meant() {
    let world = World::new();
    let shop = shop(&world);
    for (arguments, told) in [
        (&["reprot"][..], "'report'"),
        (&["report", "--perod", "7"], "'--period'"),
        (&["report", "--format", "jsn"], "'json'"),
        (&["report", "--compact", "--verbose"], "cannot be used with"),
        (&["report", "--period", "2026-Q5"], "hint: "),
        (&["report", "--period", "yesterdya"], "hint: "),
        (
            &["report", "--environment", "prod"],
            "hint: known: production",
        ),
        (&["report", "--component", "web"], "hint: known: api"),
        (
            &["report", "--as-of", "soon"],
            "hint: times look like 2026-03-02T14:05:00Z",
        ),
        (&["report", "--ref", "nowhere"], "hint: git branch --all"),
        (
            &["help", "exit-code"],
            "topics: exit-codes, periods, formats",
        ),
        (&["init", "--lookback", "0"], "1..=36500"),
        (
            &["report", "--of", "deployments", "--format", "md"],
            "hint: add --format csv or --export deployments.csv",
        ),
        (
            &["report", "--of", "deployments", "--export", "x.md"],
            "no CSV is asked for",
        ),
    ] {
        let run = world.dora(&shop, arguments);
        assert_eq!(
            (run.status, run.stdout.as_str()),
            (2, ""),
            "{arguments:?}: {run}"
        );
        assert!(run.stderr.starts_with("error: "), "{arguments:?}: {run}");
        assert!(run.stderr.contains(told), "{arguments:?}: {run}");
    }
    assert!(!shop.path().join(".dora").exists());
    let of_rows = ["report", "--of", "deployments", "--export", "rows.csv"];
    assert_eq!(world.dora(&shop, &of_rows).status, 0);
    assert!(shop.path().join("rows.csv").exists());
}

#[test]
fn an_unknown_extension_is_2_before_anything_is_computed_and_lists_the_known_ones() {
    let world = World::new();
    let shop = shop(&world);
    for name in ["report.xlsx", "report", "report.", ".json"] {
        let run = world.dora(&shop, &["report", "--export", name, "--export", "fine.csv"]);
        assert_eq!(
            run.stderr,
            format!(
                "error: the extension of `{name}` names no format\n\
                 hint: known extensions: .json .csv .md .markdown .txt\n"
            )
        );
        assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    }
    assert!(!shop.path().join("fine.csv").exists());
}

#[test]
fn an_invalid_file_is_3() {
    let world = World::new();
    let shop = shop(&world);
    fs::write(shop.path().join("x.json"), "{\"a\": 1}").expect("a file");
    let run = world.dora(&shop, &["report", "--from", "x.json"]);
    assert_eq!(
        run.stderr,
        "error: x.json: not a report of dora: it has neither \"metrics\" nor \"environments\"\n\
         hint: give a file that `dora report --export x.json` wrote\n"
    );
    assert_eq!((run.status, run.stdout.as_str()), (3, ""));
    fs::create_dir(shop.path().join(".dora")).expect("a directory");
    fs::write(shop.path().join(".dora/config.json"), "{").expect("a file");
    assert_eq!(world.dora(&shop, &["report"]).status, 3);
    let variable = [("DORA_TIMEZONE", "Mars/Olympus")];
    let empty = world.repository("empty");
    let run = world.dora_in(empty.path(), &["report"], &variable);
    assert_eq!(run.status, 3, "{run}");
    assert!(run.stderr.contains("DORA_TIMEZONE"), "{run}");
}

#[test]
fn no_data_is_5_and_incomplete_data_7_only_under_strict() {
    let world = World::new();
    let mut shop = shop(&world);
    let period = ["report", "--period", "2019"];
    assert_eq!(world.dora(&shop, &period).status, 0);
    assert_eq!(
        world
            .dora(&shop, &["report", "--period", "2019", "--strict"])
            .status,
        5
    );
    assert_eq!(world.dora(&shop, &["report", "--strict"]).status, 0);
    assert_eq!(world.dora(&shop, &["--strict"]).status, 0);
    shop.at("2026-03-03 10:00")
        .deploy("production", &[("api", "v9.9.9")]);
    let run = world.dora(&shop, &["report", "--strict"]);
    assert_eq!(run.status, 7, "{run}");
    assert!(
        run.stdout.contains("Failure rate"),
        "the report is there all the same: {run}"
    );
    assert_eq!(world.dora(&shop, &["report"]).status, 0);
    let empty = world.repository("empty");
    assert_eq!(world.dora(&empty, &["report", "--strict"]).status, 5);
}

#[test]
fn with_json_every_error_is_one_object_and_standard_output_stays_empty() {
    let world = World::new();
    let shop = shop(&world);
    let run = world.dora(&shop, &["report", "--format", "json", "--ref", "nowhere"]);
    assert_eq!(
        error_object(&run),
        json!({ "error": {
            "message": "`nowhere` names no commit in this repository",
            "causes": [],
            "hints": ["git branch --all; git tag --list"],
            "exit": 2,
        }})
    );
    for (arguments, status) in [
        (&["--format", "json", "-C", "nowhere", "report"][..], 1),
        (&["report", "--format", "json", "--period", "soon"], 2),
        (&["report", "--format", "json", "--export", "x.pdf"], 2),
        (&["report", "--format=json", "--perod", "7"], 2),
        (&["reprot", "--format", "json"], 2),
        (&["init", "--lookback", "many", "--format", "json"], 2),
    ] {
        let run = world.dora(&shop, arguments);
        assert_eq!(run.status, status, "{run}");
        let error = &error_object(&run)["error"];
        assert_eq!(error["exit"], status, "{run}");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{run}"
        );
        assert!(!run.stderr.contains("error: "), "{run}");
    }
    let run = world.dora(&shop, &["report", "--format=json", "--perod", "7"]);
    let error = &error_object(&run)["error"];
    let message = error["message"].as_str().expect("a message");
    assert!(
        message.starts_with("unexpected argument '--perod' found")
            && message.contains("'--period'"),
        "{message}"
    );
}

#[test]
fn a_closed_pipe_ends_quietly_with_0() {
    let world = World::new();
    let mut shop = shop(&world);
    // More than a pipe holds.
    for minute in 0..240 {
        let time = format!("2026-03-03 {:02}:{:02}", minute / 60, minute % 60);
        let id = shop.at(&time).commit("feat: more");
        shop.deploy("production", &[("api", &id)]);
    }
    for arguments in [
        &["report"][..],
        &["report", "--verbose"],
        &["report", "--format", "json"],
        &["help"],
        &["--help"],
        &["--version"],
    ] {
        for bytes in [0, 1] {
            let mut child = world
                .command(shop.path(), arguments, &[])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("dora starts");
            let mut stdout = child.stdout.take().expect("its standard output");
            let mut begin = vec![0; bytes];
            stdout.read_exact(&mut begin).expect("the first byte");
            drop(stdout);
            let output = child.wait_with_output().expect("it ends");
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                (output.status.code(), &*told),
                (Some(0), ""),
                "{arguments:?}"
            );
        }
    }
}

#[test]
fn closed_standard_error_changes_no_exit_code() {
    let world = World::new();
    let shop = shop(&world);
    for (arguments, status) in [(&["report", "--ref", "nowhere"][..], 2), (&["reprot"], 2)] {
        let mut child = world
            .command(shop.path(), arguments, &[])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("dora starts");
        drop(child.stderr.take());
        let ended = child.wait().expect("it ends");
        assert_eq!(ended.code(), Some(status), "{arguments:?}");
    }
}

#[test]
fn a_full_disk_under_standard_output_is_a_failure() {
    let world = World::new();
    let shop = shop(&world);
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
        return; // Not on this system.
    };
    let output = world
        .command(shop.path(), &["report"], &[])
        .stdout(full)
        .output()
        .expect("dora runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.starts_with("error: cannot write to standard output\n"),
        "{told}"
    );
}
