//! The record under accidents that have one expected outcome each (the table in `docs/data-files.md`):
//! many writers, a lock of the dead and of the living, a full disk, files that are newer, cut short or
//! mistyped. Kills and failing system calls are in `tests/scripts/record-survives.sh`, random damage in
//! `nothing_is_lost`, links and rights in `hostile_store`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::hostile_store::{put, shop, store};
use crate::support::shell::files_below;
use crate::support::world::{Repo, World};

const TRUTH: [&str; 3] = ["config.json", "records.jsonl", "work-items.jsonl"];

fn deploy<'a>(version: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let component = ["deploy", "-e", "live", "--at", "2026-03-05T10:00:00Z"];
    [&component, &["--component", version][..], more].concat()
}

fn started(world: &World, repo: &Repo, arguments: &[&str]) -> std::process::Child {
    world
        .command(repo.path(), arguments, &[])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("dora starts")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A shop in which each file of truth says something.
fn busy_shop(world: &World) -> Repo {
    let shop = shop(world);
    assert_eq!(world.dora(&shop, &deploy("api=v1", &[])).status, 0);
    assert_eq!(world.dora(&shop, &deploy("api=v2", &[])).status, 0);
    let items = "key,status,created,updated\nFOC-1,Done,2026-03-02,2026-03-05\n\
                 FOC-2,Done,2026-03-02,2026-03-06\n";
    fs::write(shop.path().join("items.csv"), items).expect("an export");
    assert_eq!(world.dora(&shop, &["import", "items.csv"]).status, 0);
    shop
}

fn truth(repo: &Repo) -> Vec<Option<Vec<u8>>> {
    let read = |name: &&str| fs::read(store(repo).join(name)).ok();
    TRUTH.iter().map(read).collect()
}

fn text(repo: &Repo, name: &str) -> String {
    fs::read_to_string(store(repo).join(name)).expect("a text file")
}

#[test]
fn eight_processes_of_fifty_deployments_each_leave_four_hundred_records() {
    let world = World::new();
    let shop = shop(&world);
    let (place, home, clock) = (shop.path(), world.home(), world.clock());
    let attempt = |version: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dora"));
        command
            .args(deploy(version, &["--quiet"]))
            .current_dir(place)
            .env_clear()
            .env("HOME", &home)
            .env("DORA_NOW", &clock)
            .stdin(Stdio::null());
        command.output().expect("dora runs")
    };
    thread::scope(|scope| {
        for process in 0..8 {
            let attempt = &attempt;
            scope.spawn(move || {
                for number in 0..50 {
                    let version = format!("api=1.{process}.{number}");
                    // Whoever could not get the lock wrote nothing and is asked again.
                    let done = (0..20).any(|_| {
                        let output = attempt(&version);
                        let told = told(&output);
                        let is_locked = told.contains("is held by");
                        assert!(output.status.success() || is_locked, "{version}: {told}");
                        output.status.success()
                    });
                    assert!(done, "{version}");
                }
            });
        }
    });
    let content = text(&shop, "records.jsonl");
    let records: Vec<Value> = content
        .lines()
        .map(|line| serde_json::from_str(line).expect("a whole line"))
        .collect();
    let distinct = |what: fn(&Value) -> &Value| {
        let all: BTreeSet<String> = records.iter().map(|it| what(it).to_string()).collect();
        all.len()
    };
    assert_eq!(records.len(), 400);
    assert_eq!(distinct(|record| &record["id"]), 400);
    assert_eq!(distinct(|record| &record["components"]["api"]), 400);
}

#[test]
fn a_lock_that_another_process_holds_is_waited_for_and_then_named_and_nothing_is_written() {
    let world = World::new();
    let shop = busy_shop(&world);
    let before = files_below(&store(&shop));
    let lock = fs::OpenOptions::new()
        .write(true)
        .open(store(&shop).join("lock"))
        .expect("the lock");
    lock.lock().expect("it is ours");
    fs::write(
        store(&shop).join("lock"),
        "{\"pid\":4711,\"command\":\"dora init\"}\n",
    )
    .expect("a name");
    let begin = Instant::now();
    let commands = [&deploy("api=v3", &[])[..], &["init"], &["init", "--reset"]];
    let children = commands.map(|arguments| started(&world, &shop, arguments));
    for (child, arguments) in children.into_iter().zip(commands) {
        let output = child.wait_with_output().expect("its end");
        let told = told(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {told}");
        let words = "is held by process 4711 (dora init); waited 5 s, wrote nothing";
        assert!(told.contains(words), "{arguments:?}: {told}");
        assert!(
            told.contains("hint: run the command again when the other one is done"),
            "{told}"
        );
    }
    assert!(begin.elapsed() >= Duration::from_secs(5));
    // Readers never lock.
    let report = world.dora(&shop, &["report"]);
    assert_eq!(report.status, 0, "{report}");
    drop(lock);
    let mut after = files_below(&store(&shop));
    after.insert("lock".into(), before[Path::new("lock")].clone());
    assert!(after == before);
    assert_eq!(world.dora(&shop, commands[0]).status, 0);
}

#[test]
fn a_lock_that_a_dead_process_left_stops_nobody() {
    let world = World::new();
    let shop = shop(&world);
    put(
        &shop,
        "lock",
        b"{\"pid\":1,\"command\":\"dora import of another day\"}\n",
    );
    put(&shop, ".dora-tmp-1-abcdef", b"{ \"schema_");
    let run = world.dora(&shop, &deploy("api=v1", &[]));
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(text(&shop, "records.jsonl").lines().count(), 1);
    assert_eq!(text(&shop, "lock"), "");
    assert!(!store(&shop).join(".dora-tmp-1-abcdef").exists());
}

#[test]
fn two_resets_at_once_and_readers_beside_them_leave_whole_files() {
    let world = World::new();
    let shop = busy_shop(&world);
    assert_eq!(world.dora(&shop, &["init", "--reset"]).status, 0);
    // Of the numbers of the last run there is one whole file, whoever wrote it last.
    let files = || {
        let mut files = files_below(&store(&shop));
        let metrics = files.remove(Path::new("metrics.json")).expect("numbers");
        let metrics: Value = serde_json::from_slice(&metrics).expect("a whole file");
        assert_eq!(metrics["schema_version"], 1);
        files
    };
    let whole = files();
    for round in 0..6 {
        let writers = [0, 1].map(|_| started(&world, &shop, &["init", "--reset"]));
        let readers: [&[&str]; 4] = [
            &["report", "--format", "json"],
            &["report", "--fast"],
            &["flow", "--format", "json"],
            &["report", "--accessible"],
        ];
        let readers = readers.map(|arguments| started(&world, &shop, arguments));
        for child in readers {
            let output = child.wait_with_output().expect("its end");
            let told = told(&output);
            // Between reset and rewrite there are no numbers of an earlier run.
            let is_fine = output.status.success() || told.contains("there are no numbers");
            assert!(is_fine, "round {round}: {told}");
        }
        for child in writers {
            let output = child.wait_with_output().expect("its end");
            assert!(output.status.success(), "round {round}: {}", told(&output));
        }
        assert!(files() == whole, "round {round}");
    }
}

/// A limit of file size cuts a write short as a full disk does. Where its signal is ignored the system
/// refuses; where it is not, it ends the process.
#[test]
fn a_file_that_may_not_grow_loses_nothing() {
    let world = World::new();
    let shop = busy_shop(&world);
    // Blank lines up to shortly before 4 KiB: the limit falls into the next record.
    let mut records = text(&shop, "records.jsonl");
    records.push_str(&"\n".repeat(4096 - 60 - records.len()));
    put(&shop, "records.jsonl", records.as_bytes());
    let before = truth(&shop);
    let limited = |how: &str| {
        let mut command = Command::new("/bin/bash");
        command
            .arg("-c")
            .arg(format!("{how} ulimit -f 4; exec \"$0\" \"$@\""))
            .arg(env!("CARGO_BIN_EXE_dora"))
            .args(deploy("api=v3", &[]))
            .current_dir(shop.path())
            .env("DORA_NOW", world.clock());
        command.output().expect("it runs")
    };
    let refused = limited("trap '' XFSZ;");
    let said = told(&refused);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("error: cannot append to "), "{said}");
    assert!(said.contains("File too large"), "{said}");
    assert!(truth(&shop) == before, "what was written is taken back");

    let killed = limited("");
    assert_eq!(killed.status.code(), None, "{}", told(&killed));
    assert!(killed.status.signal().is_some());
    let torn = text(&shop, "records.jsonl");
    assert!(torn.starts_with(&records) && torn.len() == 4096, "{torn}");
    let run = world.dora(&shop, &deploy("api=v3", &[]));
    assert_eq!(run.status, 0, "{run}");
    assert!(run.stderr.contains("the last line was cut short"), "{run}");
    let after = text(&shop, "records.jsonl");
    assert!(after.starts_with(&records), "{after}");
    assert_eq!(after.lines().filter(|line| !line.is_empty()).count(), 3);
}

#[test]
fn a_source_of_truth_of_a_newer_version_is_refused_by_every_command_that_needs_it() {
    for (name, content, place) in [
        ("config.json", "{\"schema_version\": 2}\n", ""),
        (
            "records.jsonl",
            "{\"schema_version\": 2, \"type\": \"x\"}\n",
            ":1",
        ),
    ] {
        let world = World::new();
        let shop = busy_shop(&world);
        put(&shop, name, content.as_bytes());
        let before = files_below(&store(&shop));
        for arguments in [
            &["report"][..],
            &["init"],
            &["init", "--reset"],
            &deploy("api=v3", &[]),
        ] {
            let run = world.dora(&shop, arguments);
            assert_eq!(
                (run.stdout.as_str(), run.status),
                ("", 3),
                "{arguments:?}: {run}"
            );
            let words =
                format!(".dora/{name}{place} has schema version 2, this dora understands up to 1");
            assert!(run.stderr.contains(&words), "{arguments:?}: {run}");
            assert!(
                run.stderr
                    .contains("hint: update dora; nothing was written"),
                "{run}"
            );
            assert!(files_below(&store(&shop)) == before, "{arguments:?}");
        }
    }
}

#[test]
fn work_items_of_a_newer_version_are_refused_by_what_reads_them() {
    let world = World::new();
    let shop = busy_shop(&world);
    put(&shop, "work-items.jsonl", b"{\"schema_version\": 2}\n");
    let before = truth(&shop);
    for arguments in [&["flow"][..], &["import", "items.csv"]] {
        let run = world.dora(&shop, arguments);
        assert_eq!((run.stdout.as_str(), run.status), ("", 3), "{run}");
        assert!(
            run.stderr
                .contains(".dora/work-items.jsonl:1 has schema version 2"),
            "{run}"
        );
        assert!(truth(&shop) == before);
    }
}

#[test]
fn records_cut_short_anywhere_cost_the_line_that_was_cut_and_no_other() {
    let world = World::new();
    let shop = busy_shop(&world);
    let whole = text(&shop, "records.jsonl");
    let first = whole.find('\n').expect("two lines") + 1;
    for end in [
        0,
        1,
        first / 2,
        first - 1,
        first,
        first + 1,
        whole.len() - 2,
    ] {
        put(&shop, "records.jsonl", &whole.as_bytes()[..end]);
        let intact = match end {
            end if end + 1 == first || end >= first => &whole[..first],
            _ => "",
        };
        let run = world.dora(&shop, &deploy("api=v3", &["--format", "json"]));
        assert_eq!(run.status, 0, "{end}: {run}");
        let after = text(&shop, "records.jsonl");
        assert!(after.starts_with(intact), "{end}: {after}");
        let lines: Vec<&str> = after.lines().collect();
        assert_eq!(lines.len(), 1 + usize::from(!intact.is_empty()), "{end}");
        assert!(
            lines.last().is_some_and(|line| line.contains("v3")),
            "{end}"
        );
    }
}

#[test]
fn a_configuration_that_is_cut_short_is_refused_and_stays() {
    let world = World::new();
    let shop = busy_shop(&world);
    let whole = text(&shop, "config.json");
    for end in [0, 1, 17, whole.len() / 2, whole.len() - 3] {
        put(&shop, "config.json", &whole.as_bytes()[..end]);
        let before = truth(&shop);
        for arguments in [&["report"][..], &["init"], &deploy("api=v3", &[])] {
            let run = world.dora(&shop, arguments);
            assert_eq!(
                (run.stdout.as_str(), run.status),
                ("", 3),
                "{end} {arguments:?}: {run}"
            );
            assert!(run.stderr.contains(".dora/config.json:"), "{end}: {run}");
            assert!(truth(&shop) == before, "{end} {arguments:?}");
        }
    }
}

#[test]
fn a_mistyped_line_is_named_counts_not_and_stays_when_more_is_recorded() {
    let world = World::new();
    let shop = busy_shop(&world);
    for (name, from, to, said) in [
        (
            "records.jsonl",
            "\"deployment\"",
            "\"deploymnet\"",
            "`deploymnet` is no type of record; did you mean `deployment`?",
        ),
        (
            "work-items.jsonl",
            "\"item\"",
            "\"itme\"",
            "work-items.jsonl:1",
        ),
    ] {
        let mistyped = text(&shop, name).replacen(from, to, 1);
        put(&shop, name, mistyped.as_bytes());
        let command = match name {
            "records.jsonl" => ["report", "--environment", "live"],
            _ => ["flow", "--period", "30"],
        };
        let run = world.dora(&shop, &command);
        assert_eq!(run.status, 0, "{name}: {run}");
        let all = format!("{}{}", run.stdout, run.stderr);
        let verbose = world.dora(&shop, &[&command[..], &["--format", "json"]].concat());
        let heard = all.contains(said) || verbose.stdout.contains(said);
        assert!(heard, "{name}: {run}{verbose}");
        let strict = world.dora(&shop, &[&command[..], &["--strict"]].concat());
        assert_eq!(strict.status, 7, "{name}: {strict}");
        let more = match name {
            "records.jsonl" => deploy("api=v3", &[]),
            _ => vec!["import", "items.csv"],
        };
        assert_eq!(world.dora(&shop, &more).status, 0, "{name}");
        let after = text(&shop, name);
        assert!(after.starts_with(&mistyped) && after != mistyped, "{after}");
    }
}

#[test]
fn a_last_line_that_is_mistyped_and_saved_without_its_newline_is_named_and_stays() {
    let world = World::new();
    let shop = busy_shop(&world);
    for (name, command) in [
        ("records.jsonl", ["report", "--environment", "live"]),
        ("work-items.jsonl", ["flow", "--period", "30"]),
    ] {
        let whole = text(&shop, name);
        let (before, last) = whole
            .trim_end()
            .rsplit_once('\n')
            .map_or(("", whole.trim_end()), |(before, last)| (before, last));
        let mistyped = format!("{before}\n{}", last.replacen(",\"type\"", "\"type\"", 1));
        assert_eq!(
            mistyped.trim_start().len() + 1,
            whole.trim_end().len(),
            "{name}: one comma less"
        );
        put(&shop, name, mistyped.as_bytes());
        let strict = world.dora(&shop, &[&command[..], &["--strict"]].concat());
        assert_eq!(strict.status, 7, "{name}: {strict}");
        let more = match name {
            "records.jsonl" => deploy("api=v3", &[]),
            _ => vec!["import", "items.csv"],
        };
        assert_eq!(world.dora(&shop, &more).status, 0, "{name}");
        let after = text(&shop, name);
        assert!(
            after.starts_with(&format!("{mistyped}\n{{")),
            "{name}: {after}"
        );
    }
}
