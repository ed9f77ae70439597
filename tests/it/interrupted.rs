//! Processes that are killed in the middle and writers that meet: every file of `.dora/` is old or new,
//! never half, and the next run puts all in order. Damaged bytes are in `nothing_is_lost`.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::nothing_is_lost::{Chance, assert_source_of_truth, shop};
use crate::support::shell::files_below;
use crate::support::world::World;

#[test]
fn a_killed_command_leaves_every_file_old_or_new() {
    let world = World::new();
    let shop = shop(&world, "shop");
    let store = shop.path().join(".dora");
    let old = files_below(&store);
    let restore = || {
        for (name, content) in &old {
            fs::write(store.join(name), content).expect("the old file");
        }
    };
    // Another day has other numbers, so that there is something to write.
    world.now("2026-03-10 09:00");
    let commands: [&[&str]; 3] = [&["init"], &["init", "--reset"], &["report"]];
    let new = commands.map(|arguments| {
        restore();
        assert_eq!(world.dora(&shop, arguments).status, 0);
        files_below(&store)
    });
    assert_ne!(
        old[Path::new("metrics.json")],
        new[0][Path::new("metrics.json")]
    );
    assert_ne!(
        old[Path::new("metrics.json")],
        new[2][Path::new("metrics.json")]
    );
    let mut chance = Chance(7);
    for number in 0..60 {
        restore();
        let (arguments, new) = (commands[number % 3], &new[number % 3]);
        let mut child = world
            .command(shop.path(), arguments, &[])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dora starts");
        thread::sleep(Duration::from_micros(chance.below(25_000) as u64));
        // It may have ended already.
        drop(child.kill());
        child.wait().expect("its end");
        for (name, content) in files_below(&store) {
            let text = name.to_string_lossy().into_owned();
            if text.starts_with(".dora-tmp-") || text == "lock" {
                continue;
            }
            let is_whole = old.get(&name) == Some(&content) || new.get(&name) == Some(&content);
            assert!(
                is_whole,
                "loop {number}, {arguments:?}: {text} is neither old nor new"
            );
        }
        assert_source_of_truth(&store, &old, &format!("loop {number}"));
    }
    assert_eq!(world.dora(&shop, &["report"]).status, 0);
    assert_eq!(
        files_below(&store),
        new[2],
        "the next run puts all in order and sweeps"
    );
}

#[test]
fn a_killed_first_init_leaves_a_directory_that_the_next_one_completes() {
    let world = World::new();
    let shop = shop(&world, "shop");
    let store = shop.path().join(".dora");
    fs::remove_file(store.join("records.jsonl")).expect("the records");
    assert_eq!(world.dora(&shop, &["init"]).status, 0);
    let whole = files_below(&store);
    let mut chance = Chance(8);
    for number in 0..20 {
        fs::remove_dir_all(&store).expect("the directory");
        let mut child = world
            .command(shop.path(), &["init"], &[])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dora starts");
        thread::sleep(Duration::from_micros(chance.below(30_000) as u64));
        drop(child.kill());
        child.wait().expect("its end");
        let run = world.dora(&shop, &["init"]);
        assert_eq!(run.status, 0, "loop {number}: {run}");
        assert_eq!(files_below(&store), whole, "loop {number}");
    }
}

#[test]
fn four_first_runs_of_init_at_once_leave_one_valid_directory() {
    let world = World::new();
    let shop = shop(&world, "shop");
    let store = shop.path().join(".dora");
    fs::remove_file(store.join("records.jsonl")).expect("the records");
    assert_eq!(world.dora(&shop, &["init"]).status, 0);
    let whole = files_below(&store);
    for round in 0..5 {
        fs::remove_dir_all(&store).expect("the directory");
        let children: Vec<_> = (0..4)
            .map(|_| {
                world
                    .command(shop.path(), &["init"], &[])
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .expect("dora starts")
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().expect("its end");
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                (output.status.code(), &*told),
                (Some(0), ""),
                "round {round}"
            );
        }
        assert_eq!(files_below(&store), whole, "round {round}");
    }
}

#[test]
fn readers_beside_writers_always_see_a_whole_file() {
    let world = World::new();
    let shop = shop(&world, "shop");
    let child = |arguments: &[&str]| {
        world
            .command(shop.path(), arguments, &[])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("dora starts")
    };
    for round in 0..8 {
        let writer = child(&["init", "--reset"]);
        let readers = [
            child(&["report", "--fast"]),
            child(&["report", "--format", "json"]),
        ];
        for reader in readers {
            let output = reader.wait_with_output().expect("its end");
            let told = String::from_utf8_lossy(&output.stderr);
            // Between reset and rewrite there are no numbers of an earlier run.
            let is_fine = output.status.success() || told.contains("there are no numbers");
            assert!(is_fine, "round {round}: {told}");
        }
        assert!(writer.wait_with_output().expect("its end").status.success());
    }
}
