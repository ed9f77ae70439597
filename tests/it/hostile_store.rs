//! `.dora/` as a hostile repository or an unlucky day leaves it, through the built binary: links,
//! wrong types, no rights, broken files. What cannot be trusted is refused by name, and
//! nothing is written through it. Invalid configurations are in `invalid_files`,
//! random damage in `nothing_is_lost`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::run::Run;
use crate::support::shell::files_below;
use crate::support::world::{Repo, World};

/// One deployment, and an initialised `.dora/`.
pub(crate) fn shop(world: &World) -> Repo {
    let shop = bare_shop(world);
    assert_eq!(world.dora(&shop, &["init"]).status, 0);
    shop
}

/// The same without `.dora/`.
fn bare_shop(world: &World) -> Repo {
    let mut shop = world.repository("shop");
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 10:00")
        .deploy("production", &[("api", &first)]);
    shop
}

pub(crate) fn store(shop: &Repo) -> PathBuf {
    shop.path().join(".dora")
}

pub(crate) fn put(shop: &Repo, name: &str, content: &[u8]) {
    fs::write(store(shop).join(name), content).expect("a file in .dora");
}

fn assert_error(run: &Run, status: i32, lines: &[&str]) {
    let told: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(told, lines, "{run}");
    assert_eq!((run.stdout.as_str(), run.status), ("", status), "{run}");
}

/// Code, message of every notice of the report.
fn notices(run: &Run) -> Vec<(String, String)> {
    let report = run.json();
    let all = report["notices"].as_array().expect("notices");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    all.iter()
        .map(|notice| (text(&notice["code"]), text(&notice["message"])))
        .collect()
}

const REPORT: [&str; 3] = ["report", "--format", "json"];

#[test]
fn a_linked_directory_is_refused_and_nothing_is_written_through_it() {
    let world = World::new();
    let shop = bare_shop(&world);
    let elsewhere = world.root().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a directory");
    symlink(&elsewhere, store(&shop)).expect("a link");
    let place = store(&shop).display().to_string();
    for arguments in [["init"], ["report"], ["deploy"]] {
        assert_error(
            &world.dora(&shop, &arguments),
            1,
            &[
                &format!(
                    "error: {place} is a symbolic link; dora neither reads nor writes through it"
                ),
                &format!("hint: replace the link by a real file or directory: rm {place}"),
            ],
        );
    }
    assert!(files_below(&elsewhere).is_empty());
}

#[test]
fn a_dangling_link_is_refused_too() {
    let world = World::new();
    let shop = bare_shop(&world);
    let elsewhere = world.root().join("elsewhere");
    symlink(&elsewhere, store(&shop)).expect("a link");
    assert_eq!(world.dora(&shop, &["init"]).status, 1);
    assert!(!elsewhere.exists());
}

#[test]
fn a_link_inside_is_refused_and_its_target_keeps_its_content() {
    for (name, status) in [
        ("config.json", 1),
        ("records.jsonl", 1),
        ("deployments.json", 1),
        ("incidents.json", 1),
        ("metrics.json", 1),
        ("lock", 0),
    ] {
        let world = World::new();
        let shop = shop(&world);
        let target = world.root().join("target");
        fs::write(&target, "{}\n").expect("a target");
        let link = store(&shop).join(name);
        if link.exists() {
            fs::remove_file(&link).expect("the file");
        }
        symlink(&target, &link).expect("a link");
        let report = world.dora(&shop, &["report"]);
        assert_eq!(report.status, status, "{name}: {report}");
        assert!(
            report.stderr.contains("is a symbolic link"),
            "{name}: {report}"
        );
        for arguments in [["init"], ["deploy"]] {
            let run = world.dora(&shop, &arguments);
            assert_eq!(run.status, 1, "{name}: {run}");
            assert!(run.stderr.contains("is a symbolic link"), "{name}: {run}");
        }
        assert_eq!(fs::read(&target).expect("the target"), b"{}\n", "{name}");
        assert!(link.is_symlink(), "{name}");
    }
}

#[test]
fn a_file_in_the_place_of_the_directory_is_kept() {
    let world = World::new();
    let shop = bare_shop(&world);
    fs::write(store(&shop), "mine").expect("a file");
    let place = store(&shop).display().to_string();
    for arguments in [["init"], ["report"], ["deploy"]] {
        assert_error(
            &world.dora(&shop, &arguments),
            1,
            &[
                &format!("error: {place} is not a directory"),
                &format!("hint: move it away: mv {place} {place}.old"),
            ],
        );
    }
    assert_eq!(fs::read(store(&shop)).expect("the file"), b"mine");
}

#[test]
fn a_directory_or_a_pipe_in_the_place_of_a_file_is_an_error_and_nobody_waits() {
    for name in ["config.json", "records.jsonl", "deployments.json"] {
        for kind in ["mkdir", "mkfifo"] {
            let world = World::new();
            let shop = shop(&world);
            let path = store(&shop).join(name);
            if path.exists() {
                fs::remove_file(&path).expect("the file");
            }
            let made = std::process::Command::new(kind).arg(&path).status();
            assert!(made.is_ok_and(|status| status.success()));
            for arguments in [["init"], ["report"], ["deploy"]] {
                let run = world.dora(&shop, &arguments);
                let message = format!(".dora/{name} is not a regular file");
                assert_eq!(run.status, 1, "{kind} {name}: {run}");
                assert!(run.stderr.contains(&message), "{kind} {name}: {run}");
            }
        }
    }
}

/// Runs `dora` without the rights of the superuser, who may write everywhere. `None` where that
/// cannot be arranged.
fn without_privileges(world: &World, directory: &Path, arguments: &[&str]) -> Option<Run> {
    const NOBODY: u32 = 65_534;
    let mut command = world.command(directory, arguments, &[]);
    let is_root = fs::metadata("/proc/self").is_ok_and(|it| {
        use std::os::unix::fs::MetadataExt;
        it.uid() == 0
    });
    if is_root {
        let given = std::process::Command::new("chown")
            .args(["-R", &NOBODY.to_string()])
            .arg(world.root())
            .status();
        if !given.is_ok_and(|status| status.success()) {
            return None;
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().ok()?;
    Some(Run {
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        status: output.status.code().unwrap_or(-1),
    })
}

#[test]
fn a_directory_without_write_permission_still_gives_the_report_and_a_remark() {
    let world = World::new();
    let mut shop = shop(&world);
    let next = shop.at("2026-03-03 09:00").commit("feat: more");
    shop.at("2026-03-03 10:00")
        .deploy("production", &[("api", &next)]);
    let before = files_below(&store(&shop));
    let mode = |path: &Path, mode: u32| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    };
    for name in before.keys() {
        mode(&store(&shop).join(name), 0o444);
    }
    mode(&store(&shop), 0o555);
    let Some(run) = without_privileges(&world, shop.path(), &REPORT) else {
        return;
    };
    let count = run.json()["metrics"]["deployment_frequency"]["count"].clone();
    assert_eq!(count, 2, "{run}");
    assert!(
        run.stderr
            .starts_with(".dora/ was not refreshed: cannot open "),
        "{run}"
    );
    assert_eq!(run.stderr.lines().count(), 1, "{run}");
    for arguments in [["init"], ["deploy"]] {
        let run = without_privileges(&world, shop.path(), &arguments).expect("it ran before");
        assert_eq!(run.status, 1, "{run}");
        assert!(run.stderr.contains("Permission denied"), "{run}");
        let hint = "hint: look at its permissions: ls -ld ";
        assert!(run.stderr.contains(hint), "{run}");
    }
    mode(&store(&shop), 0o755);
    assert_eq!(files_below(&store(&shop)), before);
}

#[test]
fn a_directory_that_cannot_be_entered_is_an_error_with_its_path() {
    let world = World::new();
    let shop = shop(&world);
    fs::set_permissions(store(&shop), fs::Permissions::from_mode(0o000)).expect("a mode");
    if let Some(run) = without_privileges(&world, shop.path(), &["report"]) {
        assert_eq!(run.status, 1, "{run}");
        assert!(
            run.stderr.contains(".dora/config.json: Permission denied"),
            "{run}"
        );
    }
    fs::set_permissions(store(&shop), fs::Permissions::from_mode(0o755)).expect("a mode");
}

#[test]
fn a_torn_or_broken_line_of_records_costs_only_itself() {
    let world = World::new();
    let shop = shop(&world);
    let line = |minute: u32| {
        json!({
            "schema_version": 1, "id": format!("incident-{minute}"), "at": "2026-03-02T11:00:00Z",
            "type": "incident-opened", "title": format!("down {minute}"),
            "opened_at": format!("2026-03-02T10:{minute:02}:00Z"),
        })
        .to_string()
    };
    let content = format!(
        "{}\n<<<<<<< HEAD\n{}\n=======\nnot json\n{}\n>>>>>>> other\n{{\"type\":\"mar",
        line(10),
        line(11),
        line(12)
    );
    put(&shop, "records.jsonl", content.as_bytes());
    let run = world.dora(&shop, &REPORT);
    let incidents = run.json()["incidents"].as_array().map(Vec::len);
    assert_eq!(incidents, Some(3), "{run}");
    let told = notices(&run);
    let about: Vec<&str> = told
        .iter()
        .filter(|(code, _)| code == "record-skipped")
        .map(|(_, message)| message.split_once(": ").map_or("", |(place, _)| place))
        .collect();
    let places: Vec<String> = [2, 4, 5, 7]
        .map(|line| format!(".dora/records.jsonl:{line}"))
        .into();
    assert!(
        places
            .iter()
            .all(|place| about.iter().any(|told| told.starts_with(place))),
        "{told:#?}"
    );
    assert!(
        told.iter().any(|(code, message)| code == "record-torn"
            && message.starts_with(".dora/records.jsonl:8: the last line was cut short")),
        "{told:#?}"
    );
    assert_eq!(world.dora(&shop, &["report", "--strict"]).status, 7);
    assert_eq!(world.dora(&shop, &["init"]).status, 0);
    let kept = fs::read(store(&shop).join("records.jsonl")).expect("the records");
    assert_eq!(kept, content.as_bytes());
}

#[test]
fn derived_files_that_are_broken_are_made_again() {
    for content in [&b"{\n  \"schema_version\": 1, broken"[..], b""] {
        let world = World::new();
        let shop = shop(&world);
        let whole = files_below(&store(&shop));
        for name in ["deployments.json", "incidents.json", "metrics.json"] {
            put(&shop, name, content);
        }
        assert_eq!(world.dora(&shop, &["report", "--fast"]).status, 1);
        let run = world.dora(&shop, &["init"]);
        assert_eq!(run.status, 0, "{run}");
        let again = files_below(&store(&shop));
        for name in ["deployments.json", "incidents.json", "config.json"] {
            assert_eq!(
                again.get(Path::new(name)),
                whole.get(Path::new(name)),
                "{name}"
            );
        }
        assert_eq!(world.dora(&shop, &["report", "--fast"]).status, 0);
    }
}

#[test]
fn a_derived_file_whose_version_was_damaged_adds_no_record() {
    let world = World::new();
    let shop = shop(&world);
    let records = [
        json!({ "schema_version": 1, "id": "production-20260303T100000Z-r1234567",
                "at": "2026-03-03T10:01:00Z", "type": "deployment", "environment": "live",
                "time": "2026-03-03T10:00:00Z", "components": { "api": "v1" } }),
        json!({ "schema_version": 1, "id": "incident-20260303T101000Z-r1234567",
                "at": "2026-03-03T10:11:00Z", "type": "incident-opened", "title": "down",
                "opened_at": "2026-03-03T10:10:00Z" }),
    ];
    let content: String = records.iter().map(|record| format!("{record}\n")).collect();
    put(&shop, "records.jsonl", content.as_bytes());
    assert_eq!(world.dora(&shop, &["init"]).status, 0);
    let before = world.dora(
        &shop,
        &["report", "--environment", "all", "--format", "json"],
    );
    for name in ["deployments.json", "incidents.json"] {
        let path = store(&shop).join(name);
        let text = fs::read_to_string(&path).expect("a derived file");
        fs::write(&path, text.replace("schema_version", "schema_wersion")).expect("damage");
    }
    let damaged = world.dora(
        &shop,
        &["report", "--environment", "all", "--format", "json"],
    );
    assert!(damaged.stdout == before.stdout, "{damaged}");
    assert_eq!(world.dora(&shop, &["init"]).status, 0);
    assert_eq!(
        fs::read_to_string(store(&shop).join("records.jsonl")).expect("the records"),
        content
    );
}

#[test]
fn the_users_own_files_in_the_directory_are_left_alone() {
    let world = World::new();
    let shop = shop(&world);
    put(&shop, "notes.md", b"mine");
    put(&shop, ".gitignore", b"# mine\n");
    for arguments in [&["init", "--reset"][..], &["report"], &["init", "--track"]] {
        assert_eq!(world.dora(&shop, arguments).status, 0);
    }
    assert_eq!(
        fs::read(store(&shop).join("notes.md")).expect("it"),
        b"mine"
    );
    assert_eq!(
        fs::read(store(&shop).join(".gitignore")).expect("it"),
        b"# mine\n"
    );
}
