//! `dora import`: what is kept of exports, what a second import changes, how files that cannot be read end,
//! and what a tracked export's git history tells. Formats are tested where they are read.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::nothing_is_lost::{Chance, assert_no_panic};
use crate::support::run::Run;
use crate::support::shell::files_below;
use crate::support::world::{Repo, World};

const HEADER: &str = "key,status,created,updated\n";

fn put(repo: &Repo, name: &str, content: &str) -> String {
    let path = repo.path().join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(&path, content).expect("an export");
    name.to_owned()
}

fn kept(repo: &Repo) -> String {
    let path = repo.path().join(".dora/work-items.jsonl");
    fs::read_to_string(path).unwrap_or_default()
}

fn import(world: &World, repo: &Repo, arguments: &[&str]) -> Value {
    let all = [&["import", "--format", "json"], arguments].concat();
    world.dora(repo, &all).json()["import"].clone()
}

fn only(import: &Value) -> &Value {
    assert_eq!(
        import["files"].as_array().map(Vec::len),
        Some(1),
        "{import}"
    );
    &import["files"][0]
}

fn counts(file: &Value) -> (u64, u64, u64, u64) {
    let count = |name: &str| file[name].as_u64().expect("a count");
    (
        count("items_new"),
        count("items_changed"),
        count("items_unchanged"),
        count("events_new"),
    )
}

/// A search of Jira with changelogs: the issue of an id and key, and the statuses it went through.
fn jira(id: &str, key: &str, updated: &str, moves: &[(&str, &str, &str)]) -> Value {
    let histories: Vec<Value> = moves
        .iter()
        .enumerate()
        .map(|(number, (at, from, to))| {
            json!({ "id": format!("{id}{number}"), "created": at, "items": [
                { "field": "status", "fieldId": "status", "from": from, "fromString": from,
                  "to": to, "toString": to } ] })
        })
        .collect();
    let now = moves.last().map_or("Backlog", |(_, _, to)| to);
    json!({ "id": id, "key": key,
        "fields": { "summary": format!("About {id}"), "issuetype": { "name": "Story" },
            "status": { "id": now, "name": now }, "created": "2026-03-02T09:00:00.000+0000",
            "updated": updated },
        "changelog": { "startAt": 0, "maxResults": histories.len(), "total": histories.len(),
            "histories": histories } })
}

fn search(issues: &[Value]) -> String {
    json!({ "startAt": 0, "maxResults": 50, "total": issues.len(), "issues": issues }).to_string()
}

#[test]
fn importing_twice_keeps_the_same_bytes() {
    let world = World::new();
    let shop = world.repository("shop");
    let rows = "FOC-1,Backlog,2026-03-02T09:00:00Z,2026-03-02T09:00:00Z\n\
                FOC-1,In Progress,2026-03-02T09:00:00Z,2026-03-03T09:00:00Z\n\
                FOC-2,Done,2026-03-02T09:00:00Z,2026-03-05T09:00:00Z\n";
    let file = put(&shop, "items.csv", &format!("{HEADER}{rows}"));
    let first = import(&world, &shop, &[&file]);
    assert_eq!(first["made_store"], true);
    assert_eq!(first["next"], "dora flow");
    assert_eq!(only(&first)["format"], "csv");
    let (new, changed, unchanged, _) = counts(only(&first));
    assert_eq!((new, changed, unchanged), (2, 0, 0));
    let before = files_below(&shop.path().join(".dora"));
    assert_eq!(kept(&shop).lines().count(), 2);
    let second = import(&world, &shop, &[&file]);
    assert_eq!(counts(only(&second)), (0, 0, 2, 0));
    assert_eq!(second["made_store"], false);
    assert_eq!(files_below(&shop.path().join(".dora")), before);
}

#[test]
fn overlapping_exports_merge_and_a_moved_key_is_the_same_item() {
    let world = World::new();
    let shop = world.repository("shop");
    let start = ("2026-03-03T09:00:00.000+0000", "Backlog", "In Progress");
    let end = ("2026-03-05T09:00:00.000+0000", "In Progress", "Done");
    let one = search(&[
        jira("101", "OLD-1", "2026-03-04T09:00:00.000+0000", &[start]),
        jira("102", "FOC-2", "2026-03-04T09:00:00.000+0000", &[start]),
    ]);
    let two = search(&[
        jira(
            "101",
            "FOC-1",
            "2026-03-06T09:00:00.000+0000",
            &[start, end],
        ),
        jira("103", "FOC-3", "2026-03-06T09:00:00.000+0000", &[]),
    ]);
    let (one, two) = (put(&shop, "one.json", &one), put(&shop, "two.json", &two));
    let said = import(&world, &shop, &[&one, &two]);
    assert_eq!(counts(&said["files"][0]).0, 2);
    let (new, changed, _, events) = counts(&said["files"][1]);
    // The end of the first issue, and the creation of the third.
    assert_eq!((new, changed, events), (1, 1, 2));
    let lines: Vec<Value> = kept(&shop)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 4);
    let moved: Vec<&Value> = lines.iter().filter(|line| line["id"] == "101").collect();
    assert_eq!(moved[0]["key"], "OLD-1");
    assert_eq!(moved[1]["key"], "FOC-1");
    assert_eq!(moved[1]["events"].as_array().map(Vec::len), Some(1));
    // In the other order: nothing is new any more.
    let again = import(&world, &shop, &[&two, &one]);
    assert_eq!(counts(&again["files"][0]), (0, 0, 2, 0));
    assert_eq!(counts(&again["files"][1]), (0, 0, 2, 0));
}

/// A board of one card, as Focalboard's archives hold it.
fn board(status: &str, updated: i64) -> String {
    let board = json!({ "type": "board", "data": { "id": "bboard", "title": "Work", "createAt": 1_772_442_000_000_i64,
        "updateAt": 1_772_442_000_000_i64, "type": "O", "cardProperties": [
            { "id": "pstatus", "name": "Status", "type": "select", "options": [
                { "id": "o1", "value": "Backlog" }, { "id": "o2", "value": "In Progress" },
                { "id": "o3", "value": "Done" } ] } ] } });
    let card = json!({ "type": "block", "data": { "id": "ccard", "boardId": "bboard", "parentId": "bboard",
        "type": "card", "schema": 1, "title": "[FOC-1] One", "createAt": 1_772_442_000_000_i64,
        "updateAt": updated, "deleteAt": 0, "fields": { "properties": { "pstatus": status } } } });
    format!("{board}\n{card}\n")
}

#[test]
fn the_git_history_of_a_tracked_export_is_the_history_of_its_items() {
    let world = World::new();
    world.now("2026-03-10 09:00");
    let mut shop = world.repository("shop");
    // 2026-03-02 09:00, and 24, 48 and 96 hours later.
    let start = 1_772_442_000_000_i64;
    for (day, status, hours) in [
        ("03", "o1", 0),
        ("04", "o2", 24),
        ("05", "o2", 24),
        ("07", "o3", 96),
    ] {
        shop.at(&format!("2026-03-{day} 09:00")).commit_file(
            "exports/board.jsonl",
            board(status, start + hours * 3_600_000).as_bytes(),
            &format!("export of {day}"),
        );
    }
    shop.at("2026-03-08 09:00")
        .commit_file("exports/board.jsonl", b"<html>", "an accident");
    let said = import(&world, &shop, &["--history", "exports/board.jsonl"]);
    let file = only(&said);
    assert_eq!(file["versions_read"], 3, "{file}");
    let skipped = file["versions_skipped"][0].as_str().expect("a version");
    assert!(
        skipped.starts_with("exports/board.jsonl at commit "),
        "{skipped}"
    );
    assert!(
        skipped.contains("is in no format that dora knows"),
        "{skipped}"
    );
    assert_eq!(counts(file).0, 1);
    let entered: Vec<(String, String)> = kept(&shop)
        .lines()
        .flat_map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            line["events"].as_array().cloned().unwrap_or_default()
        })
        .filter_map(|event| {
            let status = event["status"].as_str()?.to_owned();
            Some((event["at"].as_str()?.to_owned(), status))
        })
        .collect();
    let expected = [
        ("2026-03-02T09:00:00Z", "Backlog"),
        ("2026-03-03T09:00:00Z", "In Progress"),
        ("2026-03-06T09:00:00Z", "Done"),
    ];
    let expected = expected.map(|(at, status)| (at.to_owned(), status.to_owned()));
    assert_eq!(entered, expected);
    let content = kept(&shop);
    import(&world, &shop, &["--history", "exports/board.jsonl"]);
    assert_eq!(kept(&shop), content);
}

#[test]
fn a_history_needs_a_file_that_git_tracks() {
    let world = World::new();
    let mut shop = world.repository("shop");
    shop.at("2026-03-02 09:00").commit("feat: start");
    put(&shop, "new.csv", HEADER);
    let run = world.dora(&shop, &["import", "--history", "new.csv"]);
    assert_eq!(run.status, 3, "{run}");
    assert!(
        run.stderr
            .starts_with("error: new.csv: is in no commit of HEAD's history\n"),
        "{run}"
    );
    assert!(
        run.stderr.contains("hint: commit it at every export"),
        "{run}"
    );
    fs::write(world.root().join("outside.csv"), HEADER).expect("a file");
    let run = world.dora(&shop, &["import", "--history", "../../outside.csv"]);
    assert_eq!(run.status, 3, "{run}");
    assert!(run.stderr.contains("is not in this repository"), "{run}");
    assert!(!shop.path().join(".dora").exists());
}

#[test]
fn a_file_that_nobody_knows_ends_with_3_and_the_others_are_imported() {
    let world = World::new();
    let shop = world.repository("shop");
    let good = put(
        &shop,
        "good.csv",
        &format!("{HEADER}FOC-1,Done,2026-03-02,2026-03-05\n"),
    );
    let table = put(&shop, "sales.csv", "region;amount\nnorth;3\n");
    let run = world.dora(&shop, &["import", &table]);
    assert_eq!(run.status, 3, "{run}");
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.starts_with(
            "error: sales.csv: is in no format that dora knows: its first line is `region;amount`\n"
        ),
        "{run}"
    );
    assert!(run.stderr.contains("hint: known formats: "), "{run}");
    assert!(
        !shop.path().join(".dora").exists(),
        "nothing to keep, nothing made"
    );

    put(&shop, "deep/a.csv", HEADER);
    let run = world.dora(&shop, &["import", &table, &good, "deep", "missing.json"]);
    assert_eq!(run.status, 3, "{run}");
    assert!(
        run.stderr
            .starts_with("error: 3 of 4 files could not be read\n"),
        "{run}"
    );
    assert!(run.stderr.contains("deep: is a directory"), "{run}");
    assert!(
        run.stderr
            .contains("hint: name the files in it: dora import deep/*"),
        "{run}"
    );
    assert!(
        run.stderr.contains("missing.json: cannot be read: "),
        "{run}"
    );
    assert_eq!(kept(&shop).lines().count(), 1);
}

#[test]
fn wrong_rows_are_skipped_with_their_place_and_counted() {
    let world = World::new();
    let shop = world.repository("shop");
    let mut rows = String::from(HEADER);
    rows.push_str("FOC-1,Done,2026-03-02,2026-03-05\n");
    for _ in 0..30 {
        rows.push_str(",Done,2026-03-02,2026-03-05\n");
    }
    let file = put(&shop, "items.csv", &rows);
    let said = import(&world, &shop, &[&file]);
    let file_said = only(&said);
    assert_eq!(file_said["rows_skipped"], 30);
    assert_eq!(file_said["skipped"].as_array().map(Vec::len), Some(20));
    let first = file_said["skipped"][0].as_str().expect("a row");
    assert!(first.starts_with("items.csv:3: "), "{first}");
    assert_eq!(world.dora(&shop, &["import", &file]).status, 0);
    assert_eq!(world.dora(&shop, &["import", &file, "--strict"]).status, 7);
    let bad = put(
        &shop,
        "bad.csv",
        &format!("{HEADER},Done,2026-03-02,2026-03-05\n"),
    );
    let run = world.dora(&shop, &["import", &bad]);
    assert_eq!(run.status, 3, "{run}");
    assert!(
        run.stderr
            .contains("holds nothing that can be read as plain CSV"),
        "{run}"
    );
    assert!(run.stderr.contains("bad.csv:2: "), "{run}");
}

#[test]
fn a_dry_run_says_what_would_be_new_and_keeps_nothing() {
    let world = World::new();
    let shop = world.repository("shop");
    let file = put(
        &shop,
        "items.csv",
        &format!("{HEADER}FOC-1,Done,2026-03-02,2026-03-05\n"),
    );
    let run = world.dora(&shop, &["import", "--dry-run", &file]);
    assert_eq!(run.status, 0, "{run}");
    assert!(
        run.stdout.contains("Nothing was written (--dry-run)."),
        "{run}"
    );
    assert!(!shop.path().join(".dora").exists());
    let said = import(&world, &shop, &["--dry-run", &file]);
    assert_eq!(counts(only(&said)).0, 1);
    assert_eq!(said["is_dry_run"], true);
}

#[test]
fn statuses_that_no_stage_names_are_said_with_where_they_go() {
    let world = World::new();
    let shop = world.repository("shop");
    let rows = "FOC-1,Pondering,2026-03-02,2026-03-02\nFOC-1,Done,2026-03-02,2026-03-05\n";
    let file = put(&shop, "items.csv", &format!("{HEADER}{rows}"));
    let said = import(&world, &shop, &[&file]);
    let unnamed = &only(&said)["unnamed_statuses"];
    assert_eq!(unnamed.as_array().map(Vec::len), Some(1), "{unnamed}");
    assert_eq!(unnamed[0]["name"], "Pondering");
    assert_eq!(unnamed[0]["stage"], Value::Null);
    let run = world.dora(&shop, &["import", "--accessible", &file]);
    assert!(run.stdout.contains("items.csv: plain CSV"), "{run}");
    assert!(
        run.stdout
            .contains("Pondering: 1 event; items in it stay where they were"),
        "{run}"
    );
    assert!(!run.stdout.contains('│'), "{run}");
}

#[test]
fn a_flag_names_the_format_and_leaves_out_what_is_old() {
    let world = World::new();
    world.now("2026-03-10 09:00");
    let shop = world.repository("shop");
    let rows = "FOC-1,Done,2026-03-02,2026-03-03\nFOC-2,Done,2026-03-02,2026-03-08\n";
    let file = put(&shop, "items.csv", &format!("{HEADER}{rows}"));
    let said = import(&world, &shop, &["--since", "2026-03-05", &file]);
    assert_eq!(counts(only(&said)).0, 1);
    assert_eq!(only(&said)["items_left_out"], 1);
    let said = import(&world, &shop, &["--as", "csv", &file]);
    assert_eq!(counts(only(&said)), (1, 0, 1, 1));
    let run = world.dora(&shop, &["import", "--as", "word", &file]);
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains("there is no format `word`"), "{run}");
    for wrong in [
        &["import"][..],
        &["import", &file, "--as-of", "2026-03-01"],
        &["import", &file, "--format", "csv"],
        &["import", "-", "-"],
        &["import", "--from", "github", "--offline"],
    ] {
        assert_eq!(world.dora(&shop, wrong).status, 2, "{wrong:?}");
    }
}

fn piped(world: &World, repo: &Repo, content: &[u8]) -> Run {
    let mut child = world
        .command(repo.path(), &["import", "-"], &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("dora starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(content).expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("its end");
    Run {
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        status: output.status.code().unwrap_or(-1),
    }
}

#[test]
fn standard_input_is_an_export_too() {
    let world = World::new();
    let shop = world.repository("shop");
    let content = format!("{HEADER}FOC-1,Done,2026-03-02,2026-03-05\n");
    let run = piped(&world, &shop, content.as_bytes());
    assert_eq!(run.status, 0, "{run}");
    assert!(run.stdout.contains("standard input"), "{run}");
    assert_eq!(kept(&shop).lines().count(), 1);
    let run = piped(&world, &shop, b"");
    assert_eq!(run.status, 3, "{run}");
    assert!(
        run.stderr
            .contains("standard input: is in no format that dora knows: it is empty"),
        "{run}"
    );
}

#[test]
fn a_killed_import_loses_nothing_and_the_next_one_completes_it() {
    let world = World::new();
    let shop = world.repository("shop");
    let rows = |from: u32, to: u32| {
        let rows: String = (from..to)
            .map(|number| {
                format!("FOC-{number},Backlog,2026-03-02,2026-03-02\nFOC-{number},Done,2026-03-02,2026-03-05\n")
            })
            .collect();
        format!("{HEADER}{rows}")
    };
    let first = put(&shop, "first.csv", &rows(1, 50));
    let all = put(&shop, "all.csv", &rows(1, 4_000));
    assert_eq!(world.dora(&shop, &["import", &first]).status, 0);
    let store = shop.path().join(".dora/work-items.jsonl");
    let old = fs::read(&store).expect("the items");
    assert_eq!(world.dora(&shop, &["import", &all]).status, 0);
    let whole = fs::read(&store).expect("the items");
    assert!(whole.starts_with(&old));
    let mut chance = Chance(11);
    for number in 0..20 {
        fs::write(&store, &old).expect("the old items");
        let mut child = world
            .command(shop.path(), &["import", &all], &[])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dora starts");
        thread::sleep(Duration::from_micros(chance.below(120_000) as u64));
        drop(child.kill());
        child.wait().expect("its end");
        let left = fs::read(&store).expect("the items");
        assert!(
            left.starts_with(&old) && whole.starts_with(&left),
            "loop {number}"
        );
        assert_eq!(
            world.dora(&shop, &["import", &all]).status,
            0,
            "loop {number}"
        );
        assert!(
            fs::read(&store).expect("the items") == whole,
            "loop {number}"
        );
    }
    // Torn anywhere by a full disk or a power failure.
    for _ in 0..20 {
        let cut = old.len() + chance.below(whole.len() - old.len());
        fs::write(&store, &whole[..cut]).expect("a torn file");
        assert_eq!(world.dora(&shop, &["import", &all]).status, 0);
        assert!(
            fs::read(&store).expect("the items") == whole,
            "cut at {cut}"
        );
    }
}

#[test]
fn a_damaged_file_of_items_stops_nothing_and_is_only_added_to() {
    let world = World::new();
    let shop = world.repository("shop");
    let rows: String = (1..20)
        .map(|number| {
            format!("FOC-{number},Backlog,2026-03-02,2026-03-02\nFOC-{number},Done,2026-03-02,2026-03-05\n")
        })
        .collect();
    let file = put(&shop, "items.csv", &format!("{HEADER}{rows}"));
    assert_eq!(world.dora(&shop, &["import", &file]).status, 0);
    let store = shop.path().join(".dora/work-items.jsonl");
    let whole = fs::read(&store).expect("the items");
    for number in 0..40 {
        let what = format!("accident {number}");
        let damaged = Chance(7_000 + number).damage(&whole);
        fs::write(&store, &damaged).expect("a damaged file");
        assert_no_panic(&world.dora(&shop, &["flow"]), &what);
        assert_eq!(fs::read(&store).expect("the items"), damaged, "{what}");
        let run = world.dora(&shop, &["import", &file]);
        assert_no_panic(&run, &what);
        let after = fs::read(&store).expect("the items");
        // A torn last line is cut, nothing else.
        let end = damaged
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        assert!(after.starts_with(&damaged[..end]), "{what}");
        if run.status == 0 {
            let again = import(&world, &shop, &[&file]);
            assert_eq!(counts(only(&again)), (0, 0, 19, 0), "{what}");
        }
    }
}

#[test]
fn a_file_of_items_that_cannot_be_written_or_read_is_left_as_it_is() {
    let world = World::new();
    let shop = world.repository("shop");
    let file = put(
        &shop,
        "items.csv",
        &format!("{HEADER}FOC-1,Done,2026-03-02,2026-03-05\n"),
    );
    assert_eq!(world.dora(&shop, &["import", &file]).status, 0);
    let store = shop.path().join(".dora/work-items.jsonl");
    let newer = "{\"schema_version\":9,\"type\":\"item\"}\n";
    fs::write(&store, newer).expect("a file");
    let run = world.dora(&shop, &["import", &file]);
    assert_eq!(run.status, 3, "{run}");
    assert!(
        run.stderr
            .contains(".dora/work-items.jsonl:1 has schema version 9"),
        "{run}"
    );
    assert_eq!(kept(&shop), newer);
    assert_eq!(world.dora(&shop, &["init", "--reset"]).status, 0);
    assert_eq!(kept(&shop), newer, "a source of truth is never reset");
    fs::remove_file(&store).expect("the file");
    let other = world.root().join("other.jsonl");
    fs::write(&other, "").expect("a file");
    link(&other, &store);
    let run = world.dora(&shop, &["import", &file]);
    assert_eq!(run.status, 1, "{run}");
    assert!(run.stderr.contains("is a symbolic link"), "{run}");
    assert_eq!(fs::read(&other).expect("the file"), b"");
}

#[test]
fn nothing_is_written_while_another_process_holds_the_lock() {
    let world = World::new();
    let shop = world.repository("shop");
    let file = put(
        &shop,
        "items.csv",
        &format!("{HEADER}FOC-1,Done,2026-03-02,2026-03-05\n"),
    );
    assert_eq!(world.dora(&shop, &["init"]).status, 0);
    let lock = fs::File::options()
        .write(true)
        .open(shop.path().join(".dora/lock"))
        .expect("the lock");
    lock.lock().expect("held");
    let run = world.dora(&shop, &["import", &file]);
    assert_eq!(run.status, 1, "{run}");
    assert!(run.stderr.contains("wrote nothing"), "{run}");
    assert_eq!(kept(&shop), "");
    drop(lock);
    assert_eq!(world.dora(&shop, &["import", &file]).status, 0);
    assert_eq!(kept(&shop).lines().count(), 1);
}

fn link(original: &Path, link: &Path) {
    std::os::unix::fs::symlink(original, link).expect("a link");
}
