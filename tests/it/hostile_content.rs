//! Text that somebody who means harm put into commits, trees, tags and state files, seen through the
//! built binary: nothing reaches a terminal raw, nothing breaks a table or starts a formula, nothing
//! is read that is too large or lies elsewhere. Hostile `.dora/` directories are in `hostile_store`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::run::Run;
use crate::support::shell::{Stream, files_below};
use crate::support::world::{World, instant};

/// Tries everything: clears the screen, writes the clipboard (OSC 52), C1 controls, reordering,
/// hiding, a second line, a formula, a table cell, markup.
const EVIL: &str = "\u{1b}[2J\u{1b}]52;c;cHduZWQ=\u{7}\u{9b}31m\u{9d}0;t\u{9c}\u{202e}gnp\u{2066}\u{200b}\u{feff}\u{e0041}\u{2028}|`x`<img src=x onerror=alert(1)>[a](javascript:b)\u{7f}";

const FIRST_DAY: &str = "2026-03-02T09:00:00Z";

fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{61c}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Nothing on either stream but visible text and line ends.
fn assert_tame(run: &Run, what: &str) {
    assert!(matches!(run.status, 0 | 2), "{what}: {run}");
    for text in [&run.stdout, &run.stderr] {
        let text = text.replace("\r\n", "\n");
        if let Some(line) = text.lines().find(|line| line.chars().any(is_hostile)) {
            panic!("{what} writes {line:?}");
        }
    }
}

/// A repository in which every place that takes text holds `EVIL`.
fn evil_repository(world: &World) -> PathBuf {
    let mut stream = Stream::starting(instant(FIRST_DAY).timestamp());
    let evil = |text: &str| format!("{text}{EVIL}").into_bytes();
    let first = stream.file(&evil("feat: "), b"src/a", b"1");
    let second = stream.file(&evil("fix: "), b"src/b", b"2");
    stream.tag("one", first);
    stream.tag("two\u{202e}\u{9b}x", second);
    let content = |version: &str| {
        json!({
            "api": { "version": version },
            format!("c{EVIL}"): { "version": version },
            format!("=HYPERLINK(\"x\"){EVIL}"): { "version": "one" },
            format!("d{EVIL}"): { "version": format!("v{EVIL}") },
            "+cmd": { "version": "-1+1" },
            "@sum": { "version": "@one" },
            "deployed_at": EVIL,
            "environment": EVIL,
            "deployed_by": EVIL,
        })
        .to_string()
        .into_bytes()
    };
    let production: &[u8] = b"state/production-deployed-versions.json";
    let odd = format!("state/u{EVIL}-deployed-versions.json").replace('/', "\u{2215}");
    let odd = odd.replacen('\u{2215}', "/", 1);
    let names: [&[u8]; 5] = [
        production,
        odd.as_bytes(),
        b"state/two\nlines-deployed-versions.json",
        b"state/not\xff\xfeutf8-deployed-versions.json",
        b"state/not\xfe\xffutf8-deployed-versions.json",
    ];
    for version in ["one", "two\u{202e}\u{9b}x", "one"] {
        for name in names {
            stream.file(&evil("chore: "), name, &content(version));
        }
    }
    stream.file(&evil("chore: "), production, &evil("{"));
    stream.file(&evil("chore: "), production, &content("two\u{202e}\u{9b}x"));
    world.imported("evil", stream.bytes())
}

#[test]
fn no_view_writes_a_control_or_invisible_character() {
    let world = World::new();
    let place = evil_repository(&world);
    let odd = format!("u{}", EVIL.replace('/', "\u{2215}"));
    let component = format!("c{EVIL}");
    let views: [&[&str]; 22] = [
        &[],
        &["report"],
        &["report", "--compact"],
        &["report", "--verbose"],
        &["report", "--compare"],
        &["report", "--accessible"],
        &["report", "--accessible", "--verbose"],
        &["report", "--environment", "all"],
        &["report", "--environment", "all", "--verbose"],
        &["report", "--environment", "all", "--accessible"],
        &["report", "--environment", &odd],
        &["report", "--environment", &odd, "--verbose"],
        &["report", "--environment", "nowhere"],
        &["report", "--component", &component, "--verbose"],
        &["report", "--component", "nowhere"],
        &["report", "--format", "csv"],
        &["report", "--format", "csv", "--of", "deployments"],
        &["report", "--format", "md"],
        &["report", "--environment", "all", "--format", "md"],
        &["init", "--dry-run"],
        &["init", "--verbose"],
        &["report", "--verbose", "--ref", &component],
    ];
    for charset in ["unicode", "ascii"] {
        for view in views {
            let mut arguments = view.to_vec();
            arguments.extend(["--charset", charset]);
            let run = world.dora_in(&place, &arguments, &[]);
            assert_tame(&run, &format!("{view:?}"));
            if charset == "ascii" && !view.contains(&"csv") && !view.contains(&"md") {
                assert!(
                    run.stdout.is_ascii() && run.stderr.is_ascii(),
                    "{view:?}: {run}"
                );
            }
        }
    }
}

#[test]
fn json_keeps_the_original_and_escapes_what_a_terminal_would_obey() {
    let world = World::new();
    let place = evil_repository(&world);
    for arguments in [
        &["report", "--format", "json"][..],
        &["report", "--format", "json", "--environment", "all"],
        &["init", "--dry-run", "--format", "json"],
        &["report", "--format", "json", "--environment", EVIL],
    ] {
        assert_tame(
            &world.dora_in(&place, arguments, &[]),
            &format!("{arguments:?}"),
        );
    }
    let run = world.dora_in(&place, &["report", "--format", "json"], &[]);
    let report = run.json();
    let names: Vec<&str> = report["components"]
        .as_array()
        .expect("components")
        .iter()
        .filter_map(|component| component["name"].as_str())
        .collect();
    assert!(names.contains(&format!("c{EVIL}").as_str()), "{names:?}");
    let subjects = report["slowest_changes"].as_array().expect("changes");
    assert!(
        subjects
            .iter()
            .all(|change| change["subject"] == format!("fix: {EVIL}")),
        "{subjects:#?}"
    );
    let error = world.dora_in(&place, &["report", "--format", "json", "--ref", EVIL], &[]);
    let told: Value = serde_json::from_str(&error.stderr).expect("one JSON object");
    assert_eq!(
        told["error"]["message"],
        format!("`{EVIL}` names no commit in this repository")
    );
}

#[test]
fn no_cell_of_a_csv_starts_a_formula_and_every_row_is_whole() {
    let world = World::new();
    let place = evil_repository(&world);
    for arguments in [
        &["report", "--format", "csv"][..],
        &["report", "--format", "csv", "--of", "deployments"],
        &["report", "--format", "csv", "--environment", "all"],
    ] {
        let run = world.dora_in(&place, arguments, &[]);
        let mut reader = csv::Reader::from_reader(run.stdout.as_bytes());
        let mut rows = 0;
        for row in reader.records() {
            rows += 1;
            for cell in &row.expect("as many cells as the header has") {
                let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(
                    !is_formula || cell.parse::<f64>().is_ok(),
                    "{arguments:?}: {cell:?}"
                );
            }
        }
        assert!(rows >= 4, "{run}");
    }
}

#[test]
fn markdown_tables_keep_their_columns_and_hold_no_markup_of_others() {
    let world = World::new();
    let place = evil_repository(&world);
    let run = world.dora_in(&place, &["report", "--format", "md"], &[]);
    let mut columns = None;
    for line in run.stdout.lines() {
        let is_row = line.starts_with('|');
        let cells = line
            .replace("\\\\", "")
            .replace("\\|", "")
            .matches('|')
            .count();
        if is_row && let Some(columns) = columns {
            assert_eq!(cells, columns, "{line}");
        }
        columns = is_row.then_some(cells);
        let unescaped = line
            .replace("\\\\", "")
            .replace("\\]", "")
            .replace("\\[", "");
        for markup in ["<img", "](", "<script"] {
            assert!(!unescaped.contains(markup), "{line}");
        }
    }
    assert!(run.stdout.contains("img src=x"), "{run}");
}

#[test]
fn init_writes_a_configuration_that_can_be_read_again() {
    let world = World::new();
    let place = evil_repository(&world);
    let init = world.dora_in(&place, &["init"], &[]);
    assert_eq!(init.status, 0, "{init}");
    for arguments in [
        &["report"][..],
        &["report", "--environment", "all"],
        &["init"],
    ] {
        let run = world.dora_in(&place, arguments, &[]);
        assert_eq!(run.status, 0, "{arguments:?}: {run}");
    }
    for (path, content) in files_below(&place.join(".dora")) {
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            serde_json::from_slice::<Value>(&content).expect("a file of JSON");
        }
    }
}

#[test]
fn every_broken_snapshot_is_told_and_costs_nothing_else() {
    let world = World::new();
    let mut stream = Stream::starting(instant(FIRST_DAY).timestamp());
    let path: &[u8] = b"state/production-deployed-versions.json";
    let mark = stream.file(b"feat: start", b"src/a", b"1");
    stream.tag("one", mark);
    stream.tag("two", mark);
    stream.file(b"deploy", path, b"{\"api\":{\"version\":\"one\"}}");
    let nested = "[".repeat(100_000) + &"]".repeat(100_000);
    let objects = "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000);
    let broken: [(&[u8], &str); 7] = [
        (nested.as_bytes(), "nested"),
        (objects.as_bytes(), "nested"),
        (
            b"{\"api\":{\"version\":\"1\"},\"api\":{\"version\":\"2\"}}",
            "api",
        ),
        (
            b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> main\n",
            "line 1: merge conflict markers",
        ),
        (b"\xff\xfe{\0}\0", "the file is UTF-16, not UTF-8"),
        (b"", "the file is empty"),
        (b"{\"api\": {\"version\": 1e999999}}", ""),
    ];
    let mut reasons = Vec::new();
    for (content, reason) in broken {
        stream.file(b"deploy", path, content);
        reasons.push(reason);
    }
    stream.commit(b"deploy", &[(path, "120000", b"/etc/passwd")]);
    stream.file(
        b"deploy",
        path,
        b"\xef\xbb\xbf{\"api\":{\"version\":\"one\"}}\r\n",
    );
    stream.file(
        b"deploy",
        path,
        b"{\"api\":{\"version\":\"two-does-not-exist\"}}",
    );
    let place = world.imported("broken", stream.bytes());
    let started = Instant::now();
    let run = world.dora_in(&place, &["report", "--format", "json"], &[]);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    let report = run.json();
    assert_eq!(
        report["metrics"]["deployment_frequency"]["count"], 2,
        "{run}"
    );
    let told: Vec<(&str, u64)> = report["notices"]
        .as_array()
        .expect("notices")
        .iter()
        .filter(|notice| notice["code"] == "state-file-broken")
        .map(|notice| {
            let message = notice["message"].as_str().expect("a message");
            (message, notice["count"].as_u64().expect("a count"))
        })
        .collect();
    assert_eq!(
        told.iter().map(|(_, count)| count).sum::<u64>(),
        8,
        "{told:#?}"
    );
    for (reason, (message, _)) in reasons.iter().zip(&told).take(5) {
        assert!(message.starts_with("state/production-deployed-versions.json at commit "));
        assert!(message.contains(reason), "{message}");
        assert!(message.len() < 300, "{message}");
    }
}

#[test]
fn a_state_file_of_200_megabytes_is_named_and_not_read() {
    let world = World::new();
    let mut stream = Stream::starting(instant(FIRST_DAY).timestamp());
    let path: &[u8] = b"state/production-deployed-versions.json";
    let mark = stream.file(b"feat: start", b"src/a", b"1");
    stream.tag("one", mark);
    stream.file(b"deploy", path, b"{\"api\":{\"version\":\"one\"}}");
    let mut large = b"{\"api\":{\"version\":\"one\"},\"pad\":\"".to_vec();
    large.resize(200 << 20, b'x');
    stream.file(b"deploy", path, &large);
    let place = world.imported("large", stream.bytes());
    fs::create_dir(place.join("state")).expect("a directory");
    fs::File::create(place.join("state/uat-deployed-versions.json"))
        .and_then(|file| file.set_len(200 << 20))
        .expect("a sparse file");
    let started = Instant::now();
    let run = world.dora_in(&place, &["report", "--format", "json"], &[]);
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
    let report = run.json();
    assert_eq!(report["metrics"]["deployment_frequency"]["count"], 1);
    let notices = report["notices"].to_string();
    assert!(
        notices.contains("it is too large (209715200 bytes; the limit is 16 MiB)"),
        "{notices}"
    );
    assert!(
        notices.contains("state/uat-deployed-versions.json in the work tree was not read"),
        "{notices}"
    );
}

#[test]
fn a_link_in_the_work_tree_is_not_followed() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 10:00")
        .deploy("production", &[("api", &first)]);
    let secret = world.root().join("secret.json");
    fs::write(&secret, "{\"canary\":{\"version\":\"0123456789abcdef\"}}").expect("a file");
    let state = shop.path().join("state");
    let uat = state.join("uat-deployed-versions.json");
    std::os::unix::fs::symlink(&secret, &uat).expect("a link");
    let production = state.join("production-deployed-versions.json");
    fs::remove_file(&production).expect("the file");
    std::os::unix::fs::symlink(&secret, &production).expect("a link");
    for arguments in [&["report", "--verbose"][..], &["init", "--dry-run"]] {
        let run = world.dora(&shop, arguments);
        assert_eq!(run.status, 0, "{run}");
        assert!(!run.to_string().contains("canary"), "{run}");
    }
    // A named pipe must not make it wait.
    fs::remove_file(&uat).expect("the link");
    world.git(shop.path(), &["rev-parse", "HEAD"]);
    let made = Command::new("mkfifo").arg(&uat).status();
    assert!(made.is_ok_and(|status| status.success()));
    assert_eq!(world.dora(&shop, &["report"]).status, 0);
}

#[test]
fn the_name_of_a_component_opens_no_directory_that_is_not_beside_the_repository() {
    let world = World::new();
    let mut outside = world.repository("../outside");
    let version = outside.at("2026-03-02 09:00").commit("feat: outside");
    let mut shop = world.repository("shop");
    shop.at("2026-03-02 09:00").commit("feat: start");
    for name in [
        "../../outside",
        "../outside",
        "..",
        "x/../../../outside",
        "-outside",
        "%2e%2e/outside",
        &outside.path().display().to_string(),
    ] {
        let content =
            json!({ name: { "version": version }, "x_image": format!("{name}:{version}") });
        shop.at("2026-03-02 10:00")
            .deploy_raw("production", content.to_string().as_bytes());
        let report = world.dora(&shop, &["report", "--format", "json"]).json();
        let unresolved = &report["deployments"][0]["components"];
        let resolved = unresolved.as_array().is_some_and(|all| {
            all.iter()
                .any(|component| component["commit"] == version.as_str())
        });
        assert!(!resolved, "{name}: {unresolved:#}");
        assert_eq!(report["metrics"]["lead_time"]["count"], 0, "{name}");
    }
    assert!(Path::new(outside.path()).join(".git").is_dir());
}

#[test]
fn a_hint_quotes_the_names_of_others_for_the_shell() {
    let world = World::new();
    let mut stream = Stream::starting(instant(FIRST_DAY).timestamp());
    let path = "state/$(touch x);'-deployed-versions.json";
    for content in ["1", "2", "3", "4", "5", "6", "7"] {
        stream.file(b"deploy", path.as_bytes(), content.as_bytes());
    }
    let place = world.imported("shell", stream.bytes());
    fs::create_dir(place.join("state")).expect("a directory");
    fs::write(place.join(path), "{\"api\":{\"version\":\"one\"}}").expect("a file");
    let report = world
        .dora_in(&place, &["report", "--format", "json"], &[])
        .json();
    let hints: Vec<&str> = report["notices"]
        .as_array()
        .expect("notices")
        .iter()
        .filter_map(|notice| notice["hint"].as_str())
        .collect();
    let rooted = r"':/state/$(touch x);'\''-deployed-versions.json'";
    let word = r"'state/$(touch x);'\''-deployed-versions.json'";
    assert!(
        hints.contains(&format!("git log --full-history -- {word}").as_str()),
        "{hints:#?}"
    );
    assert!(
        hints.contains(&format!("git add {rooted} && git commit {rooted}").as_str()),
        "{hints:#?}"
    );
}
