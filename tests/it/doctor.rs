//! `dora doctor`: each check in a world that makes it warn or fail, what it says then, and that what it
//! names as the way to mend it does mend it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::hostile_store::{put, shop, store};
use crate::support::run::Run;
use crate::support::shell::files_below;
use crate::support::world::{Repo, World};

/// All checks of a run, whatever its exit code.
struct Seen {
    run: Run,
    checks: Vec<Value>,
}

impl Seen {
    fn check(&self, code: &str) -> &Value {
        let check = self.checks.iter().find(|check| check["code"] == code);
        check.unwrap_or_else(|| panic!("no check `{code}`: {}", self.run))
    }

    fn status(&self, code: &str) -> &str {
        self.check(code)["status"].as_str().expect("a status")
    }

    fn summary(&self, code: &str) -> &str {
        self.check(code)["summary"].as_str().expect("a summary")
    }

    /// Message and way to mend of each finding that is not only to know.
    fn faults(&self, code: &str) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let findings = self.check(code)["findings"].as_array().expect("findings");
        findings
            .iter()
            .filter(|finding| finding["status"] != "ok")
            .map(|finding| (text(&finding["message"]), text(&finding["mend"])))
            .collect()
    }

    /// The only fault of a check.
    fn only(&self, code: &str) -> (String, String) {
        let mut faults = self.faults(code);
        assert_eq!(faults.len(), 1, "{code}: {}", self.run);
        faults.remove(0)
    }

    fn notes(&self, code: &str) -> String {
        self.check(code)["findings"].to_string()
    }

    fn is_well(&self) -> bool {
        self.run.status == 0 && self.checks.iter().all(|check| check["status"] == "ok")
    }
}

fn seen(world: &World, place: &Path, variables: &[(&str, &str)]) -> Seen {
    let run = world.dora_in(place, &["doctor", "--format", "json"], variables);
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run}"));
    let checks = document["checks"].as_array().expect("checks").clone();
    let worst = document["status"].as_str().expect("a status");
    assert_eq!(run.status, i32::from(worst == "fail"), "{run}");
    Seen { run, checks }
}

fn look(world: &World, repo: &Repo) -> Seen {
    seen(world, repo.path(), &[])
}

/// Runs what a check says, as a person would paste it, with this `dora` on PATH.
fn mend(world: &World, place: &Path, command: &str) {
    let program = Path::new(env!("CARGO_BIN_EXE_dora"));
    let programs = program.parent().expect("a directory").display();
    let output = Command::new("/bin/sh")
        .args(["-c", command])
        .current_dir(place)
        .env_clear()
        .env("PATH", format!("{programs}:/usr/local/bin:/usr/bin:/bin"))
        .env("HOME", world.home())
        .env("DORA_NOW", world.clock())
        .env("GIT_AUTHOR_NAME", "Somebody")
        .env("GIT_AUTHOR_EMAIL", "somebody@example.test")
        .env("GIT_COMMITTER_NAME", "Somebody")
        .env("GIT_COMMITTER_EMAIL", "somebody@example.test")
        .env("GIT_EDITOR", "true")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("a shell");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {told}");
}

#[test]
fn where_all_is_well_every_check_is_ok_and_nothing_is_written() {
    let world = World::new();
    let shop = shop(&world);
    let before = files_below(shop.path());
    let run = world.dora(&shop, &["doctor"]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{run}");
    for line in [
        "ok    repository    shop, HEAD is ",
        "ok    settings      .dora/config.json",
        "ok    files         deployments.json, incidents.json, metrics.json whole",
        "ok    environments  production (measured)",
        "ok    state files   1 file, 1 snapshot",
        "ok    components    api in this repository",
        "ok    versions      1 of 1 name a commit",
        "ok    clocks        now is 2026-03-09 09:00 UTC",
        "ok    github        no remote of this repository is on GitHub",
    ] {
        assert!(run.stdout.contains(line), "{line}: {run}");
    }
    assert!(
        run.stdout.ends_with("20 checks: 20 ok, 0 warn, 0 fail.\n"),
        "{run}"
    );
    assert!(look(&world, &shop).is_well());
    assert!(files_below(shop.path()) == before);
}

#[test]
fn a_shallow_clone_is_made_whole_by_the_command_that_is_named() {
    let world = World::new();
    let shop = shop(&world);
    let clone = world.clone_of(shop.path(), "cut", &["--depth=1"]);
    let cut = seen(&world, &clone, &[]);
    assert_eq!(cut.summary("history"), "shallow");
    let (message, command) = cut.only("history");
    assert!(message.starts_with("this clone is shallow: history is cut at commit "));
    assert_eq!(command, "git fetch --unshallow");
    mend(&world, &clone, &command);
    assert!(seen(&world, &clone, &[]).is_well());
}

#[test]
fn a_partial_clone_is_made_whole_by_the_command_that_is_named() {
    let world = World::new();
    let shop = shop(&world);
    world.git(shop.path(), &["config", "uploadpack.allowFilter", "true"]);
    let clone = world.clone_of(
        shop.path(),
        "partial",
        &["--filter=blob:none", "--no-checkout"],
    );
    let part = seen(&world, &clone, &[]);
    assert_eq!(part.run.status, 1);
    let (message, command) = part.only("numbers");
    assert!(message.starts_with("object ") && message.contains("is missing"));
    assert_eq!(command, "git fetch --refetch --no-filter");
    let (_, whole) = part.only("history");
    assert!(whole.starts_with("git fetch --refetch --no-filter && git config --unset-all"));
    mend(&world, &clone, &whole);
    mend(&world, &clone, "git checkout -q main");
    assert!(seen(&world, &clone, &[]).is_well());
}

#[test]
fn rewritten_history_is_named() {
    let world = World::new();
    let shop = shop(&world);
    let head = shop.head();
    fs::create_dir_all(shop.path().join(".git/info")).expect("a directory");
    fs::write(shop.path().join(".git/info/grafts"), format!("{head}\n")).expect("a graft");
    let (message, command) = look(&world, &shop).only("history");
    assert!(message.starts_with("info/grafts rewrites parents"));
    assert_eq!(command, "git replace --convert-graft-file");
    mend(&world, shop.path(), &command);
    let (message, command) = look(&world, &shop).only("history");
    assert!(message.starts_with("refs/replace/ replaces objects"));
    assert_eq!(command, "git replace --list");
    mend(
        &world,
        shop.path(),
        "git replace --list | xargs git replace -d",
    );
    assert!(look(&world, &shop).is_well());
}

#[test]
fn a_branch_that_is_behind_is_brought_forward() {
    let world = World::new();
    let mut shop = shop(&world);
    let clone = world.clone_of(shop.path(), "clone", &[]);
    shop.at("2026-03-04 09:00").commit("feat: more");
    world.git(&clone, &["fetch", "-q"]);
    let behind = seen(&world, &clone, &[]);
    assert_eq!(behind.summary("upstream"), "ahead of HEAD: origin/main");
    let (_, command) = behind.only("upstream");
    assert_eq!(command, "git pull");
    mend(&world, &clone, &command);
    assert!(seen(&world, &clone, &[]).is_well());
}

#[test]
fn a_repository_that_cannot_be_opened_fails_alone() {
    let world = World::new();
    let place = world.place("table");
    let path = place.display().to_string();
    world.git(
        world.root(),
        &["init", "-q", "-b", "main", "--ref-format=reftable", &path],
    );
    fs::create_dir(place.join(".dora")).expect("a directory");
    fs::write(place.join(".dora/config.json"), "{ \"timezon\": 1 }").expect("a file");
    let table = seen(&world, &place, &[]);
    let (message, command) = table.only("repository");
    assert!(message.ends_with("keeps its references as reftable, which is not supported yet"));
    // The others were looked at all the same.
    let (message, _) = table.only("settings");
    assert!(message.starts_with(".dora/config.json:1:3: "), "{message}");
    mend(&world, &place, &command);
    assert_ne!(seen(&world, &place, &[]).status("repository"), "fail");

    let long = world.place("long");
    let path = long.display().to_string();
    world.git(
        world.root(),
        &["init", "-q", "--object-format=sha256", &path],
    );
    let (message, _) = seen(&world, &long, &[]).only("repository");
    assert!(message.ends_with("uses SHA-256 object ids, which are not supported yet"));
    let nowhere = seen(&world, &world.home(), &[]);
    assert!(
        nowhere
            .only("repository")
            .0
            .ends_with("is not inside a git repository")
    );
}

#[test]
fn a_repository_of_another_user_fails_with_the_command_that_trusts_it() {
    let world = World::new();
    let shop = shop(&world);
    let given = Command::new("chown")
        .args(["-R", "12345"])
        .arg(shop.path())
        .output();
    if !given.is_ok_and(|output| output.status.success()) {
        return; // Only the superuser can give files away.
    }
    let (message, command) = look(&world, &shop).only("repository");
    assert!(message.ends_with("belongs to another user"), "{message}");
    let command = command
        .strip_prefix("if you trust it: ")
        .expect("a command");
    mend(&world, shop.path(), command);
    assert!(look(&world, &shop).is_well());
}

#[test]
fn a_branch_without_a_commit_and_a_bare_repository_are_told() {
    let world = World::new();
    let empty = world.repository("empty");
    let (message, _) = look(&world, &empty).only("repository");
    assert!(message.starts_with("there is no commit yet"), "{message}");
    let shop = shop(&world);
    let bare = world.clone_of(shop.path(), "bare.git", &["--bare"]);
    let bare = seen(&world, &bare, &[]);
    assert!(bare.is_well(), "{}", bare.run);
    assert!(bare.summary("repository").starts_with("bare, bare, HEAD"));
}

#[test]
fn every_fault_of_the_settings_is_told_and_the_rest_is_looked_at_with_defaults() {
    let world = World::new();
    let shop = shop(&world);
    let config = b"{\n  \"timezone\": \"Mars\",\n  \"bands\": \"1999\"\n}\n";
    put(&shop, "config.json", config);
    let wrong = look(&world, &shop);
    let faults = wrong.faults("settings");
    assert_eq!(faults.len(), 2, "{}", wrong.run);
    assert!(faults[0].0.starts_with(".dora/config.json:2:15: "));
    assert!(faults[1].0.starts_with(".dora/config.json:3:12: "));
    assert_eq!(wrong.summary("state-files"), "1 file, 1 snapshot");
    assert_eq!(wrong.status("versions"), "ok");
    assert!(wrong.notes("numbers").contains("a report refuses it"));
    let command = faults[0].1.rsplit(": ").next().expect("a command");
    assert_eq!(command, "mv .dora/config.json .dora/config.json.old");
    mend(&world, shop.path(), command);
    assert!(look(&world, &shop).is_well());

    put(&shop, "config.json", b"{ \"lookback\": 3 }");
    let (message, command) = look(&world, &shop).only("settings");
    assert!(message.contains("lookback"), "{message}");
    assert!(!command.is_empty());
    fs::remove_file(store(&shop).join("config.json")).expect("it");
    let (message, command) =
        seen(&world, shop.path(), &[("DORA_TIMEZONE", "Mars")]).only("settings");
    assert!(message.starts_with("DORA_TIMEZONE: "), "{message}");
    assert_eq!(command, "correct or unset the variable");
}

#[test]
fn a_linked_directory_fails_and_is_replaced() {
    let world = World::new();
    let shop = shop(&world);
    let elsewhere = world.root().join("elsewhere");
    fs::rename(store(&shop), &elsewhere).expect("moved");
    symlink(&elsewhere, store(&shop)).expect("a link");
    let linked = look(&world, &shop);
    let (message, command) = linked.only("directory");
    assert!(message.contains("is a symbolic link"), "{message}");
    assert_eq!(linked.summary("state-files"), "1 file, 1 snapshot");
    mend(
        &world,
        shop.path(),
        command.rsplit(": ").next().expect("a command"),
    );
    assert!(look(&world, &shop).is_well());
}

#[test]
fn a_link_and_a_newer_file_inside_fail_each_with_its_name() {
    for (name, check) in [
        ("records.jsonl", "records"),
        ("work-items.jsonl", "work-items"),
        ("deployments.json", "files"),
        ("metrics.json", "files"),
        ("config.json", "settings"),
        ("lock", "lock"),
    ] {
        let world = World::new();
        let shop = shop(&world);
        let path = store(&shop).join(name);
        drop(fs::remove_file(&path));
        symlink(world.root().join("target"), &path).expect("a link");
        let linked = look(&world, &shop);
        let (message, command) = linked.faults(check).remove(0);
        assert!(message.contains(&format!("{name} is a symbolic link")));
        let command = command.rsplit(": ").next().expect("a command");
        mend(&world, shop.path(), command);
        let mended = look(&world, &shop);
        assert_eq!(mended.status(check), "ok", "{name}: {}", mended.run);
        if name != "lock" {
            put(&shop, name, b"{\"schema_version\": 9}\n");
            let newer = look(&world, &shop);
            let (message, command) = newer.faults(check).remove(0);
            let words = "has schema version 9, this dora understands up to 1";
            assert!(message.contains(words), "{name}: {message}");
            assert_eq!(command, "update dora; nothing was written");
        }
    }
}

#[test]
fn a_damaged_derived_file_is_made_again() {
    let world = World::new();
    let shop = shop(&world);
    put(&shop, "deployments.json", b"{\n  \"schema_version\": 1,");
    let damaged = look(&world, &shop);
    let (message, command) = damaged.only("files");
    assert!(message.starts_with(".dora/deployments.json is damaged ("));
    assert_eq!(damaged.run.status, 0);
    assert_eq!(command, "dora init");
    mend(&world, shop.path(), &command);
    assert!(look(&world, &shop).is_well());
}

#[test]
fn bad_lines_of_records_and_work_items_are_told_with_their_places() {
    let world = World::new();
    let shop = shop(&world);
    put(
        &shop,
        "records.jsonl",
        b"not a record\n{\"schema_version\":1,\"ty",
    );
    put(
        &shop,
        "work-items.jsonl",
        b"{\"schema_version\":1,\"type\":\"itme\"}\n",
    );
    let bad = look(&world, &shop);
    let (message, _) = bad.only("records");
    assert!(message.starts_with(".dora/records.jsonl:1"), "{message}");
    assert!(bad.notes("records").contains("cut short"));
    let (message, command) = bad.only("work-items");
    assert!(message.starts_with(".dora/work-items.jsonl:1"), "{message}");
    assert!(command.starts_with("correct the line"), "{command}");
    assert_eq!(bad.run.status, 0);
}

#[test]
fn a_directory_that_cannot_be_written_fails_and_is_mended() {
    let world = World::new();
    let shop = shop(&world);
    let place = store(&shop);
    put(&shop, "records.jsonl", b"");
    let files = ["records.jsonl", "lock", "config.json"];
    let with_rights = |rights: [u32; 2]| {
        for name in files {
            let mode = fs::Permissions::from_mode(rights[0]);
            drop(fs::set_permissions(place.join(name), mode));
        }
        fs::set_permissions(&place, fs::Permissions::from_mode(rights[1])).expect("rights");
    };
    with_rights([0o444, 0o555]);
    let closed = look(&world, &shop);
    let (message, command) = closed.only("directory");
    // Who runs as root may write all the same, and is told of the directory.
    let words = ["nothing can be recorded", ".dora/ is read-only"];
    assert!(words.iter().any(|it| message.contains(it)), "{message}");
    mend(&world, shop.path(), &command);
    assert!(look(&world, &shop).is_well());
}

#[test]
fn a_damaged_index_of_git_fails_and_is_made_again() {
    let world = World::new();
    let shop = shop(&world);
    fs::write(shop.path().join(".git/index"), "DIRC").expect("an index");
    let damaged = look(&world, &shop);
    let (message, command) = damaged.only("repository");
    assert!(message.contains("its index cannot be read"), "{message}");
    let (command, _) = command.split_once(": ").expect("a command");
    mend(&world, shop.path(), command);
    assert!(look(&world, &shop).is_well());
}

#[test]
fn what_needs_records_that_cannot_be_read_is_not_looked_at_and_advises_nothing() {
    let world = World::new();
    let mut shop = world.repository("shop");
    shop.at("2026-03-02 09:00").commit("feat: start");
    let deploy = ["deploy", "--environment", "production", "--component"];
    world.dora(&shop, &[&deploy[..], &["app=1"]].concat());
    fs::create_dir(store(&shop).join("deployments.json")).expect("a directory");
    let seen = look(&world, &shop);
    assert_eq!(seen.status("files"), "fail");
    assert_eq!(seen.summary("records"), "1 record");
    for check in ["environments", "components", "versions"] {
        assert_eq!(
            (seen.summary(check), seen.faults(check)),
            ("not looked at", vec![])
        );
    }
}

#[test]
fn what_a_link_leads_to_can_be_kept_in_its_place() {
    let world = World::new();
    let shop = shop(&world);
    let record = br#"{"schema_version":1,"id":"x","at":"2026-03-02T11:00:00Z","type":"deployment","environment":"uat","time":"2026-03-02T11:00:00Z","components":{"api":"1"}}"#;
    let target = world.root().join("elsewhere.jsonl");
    fs::write(&target, [&record[..], b"\n"].concat()).expect("a file");
    let link = store(&shop).join("records.jsonl");
    drop(fs::remove_file(&link));
    symlink(&target, &link).expect("a link");
    let (_, advice) = look(&world, &shop).faults("records").remove(0);
    let kept = advice
        .split("to keep what it leads to: ")
        .nth(1)
        .expect("a way");
    mend(
        &world,
        shop.path(),
        kept.split(';').next().expect("a command"),
    );
    assert!(!link.is_symlink() && target.exists());
    assert_eq!(look(&world, &shop).summary("records"), "1 record");
}

#[test]
fn advice_fits_a_clone_that_is_shallow_bare_or_without_a_commit() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let start = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 09:30").commit("feat: more");
    shop.at("2026-03-02 10:00")
        .deploy("production", &[("api", &start)]);
    let cut = world.clone_of(shop.path(), "cut", &["--depth=1"]);
    let cut = seen(&world, &cut, &[]);
    for check in ["components", "versions"] {
        assert_eq!(cut.only(check).1, "git fetch --unshallow", "{check}");
    }
    let empty = world.repository("empty");
    let (_, command) = look(&world, &empty).only("environments");
    mend(
        &world,
        empty.path(),
        &command.replace("NAME=VERSION", "web=1"),
    );
    let mut plain = world.repository("plain");
    plain.at("2026-03-02 09:00").commit("feat: start");
    let bare = world.clone_of(plain.path(), "bare.git", &["--bare"]);
    let (_, command) = seen(&world, &bare, &[]).only("environments");
    assert!(command.starts_with("in a clone: "), "{command}");
}

#[test]
fn statuses_that_belong_to_no_stage_are_told() {
    let world = World::new();
    let shop = shop(&world);
    let items = "key,status,created,updated\nFOC-1,Pondering,2026-03-02,2026-03-02\n\
                 FOC-1,Done,2026-03-02,2026-03-05\n";
    fs::write(shop.path().join("items.csv"), items).expect("an export");
    assert_eq!(world.dora(&shop, &["import", "items.csv"]).status, 0);
    let unmapped = look(&world, &shop);
    assert_eq!(unmapped.summary("work-items"), "1 work item");
    let faults = unmapped.faults("work-items");
    let found = faults
        .iter()
        .find(|(message, _)| message.contains("Pondering"));
    let (message, step) = found.unwrap_or_else(|| panic!("{}", unmapped.run));
    assert!(message.contains("to no stage"), "{message}");
    assert!(step.starts_with("add them to flow.stages"), "{step}");
}

#[test]
fn a_lock_that_is_held_and_files_that_were_left_are_told() {
    let world = World::new();
    let shop = shop(&world);
    put(&shop, ".dora-tmp-1-abcdef", b"{");
    put(&shop, "lock", b"{\"pid\":1,\"command\":\"dora import\"}\n");
    let left = look(&world, &shop);
    assert_eq!(left.summary("lock"), "free");
    assert!(left.notes("lock").contains("process 1 (dora import) ended"));
    let (message, command) = left.only("lock");
    assert_eq!(
        message,
        "1 temporary file of a process that was stopped lies there"
    );
    mend(&world, shop.path(), &command);
    assert!(look(&world, &shop).is_well());
    let lock = fs::File::open(store(&shop).join("lock")).expect("the lock");
    lock.lock().expect("it is ours");
    let held = look(&world, &shop);
    assert_eq!(held.summary("lock"), "held");
    assert!(
        held.only("lock")
            .0
            .ends_with("is writing; others wait for it")
    );
}

#[test]
fn what_git_ignores_and_tracks_is_as_it_was_told() {
    let world = World::new();
    let shop = shop(&world);
    assert!(
        look(&world, &shop)
            .summary("git-ignore")
            .starts_with("git ignores .dora/")
    );
    // Tracked against what it says.
    mend(&world, shop.path(), "git add --force .dora/config.json");
    let (message, command) = look(&world, &shop).only("git-ignore");
    assert!(message.starts_with("git tracks 1 file in it all the same"));
    assert_eq!(command, "dora init --track");
    mend(&world, shop.path(), &command);
    assert!(look(&world, &shop).is_well());
    // A rule outside makes the tracking void.
    mend(
        &world,
        shop.path(),
        "git rm -q --cached -r .dora && echo .dora/ > .gitignore",
    );
    let (message, command) = look(&world, &shop).only("git-ignore");
    assert_eq!(
        message,
        "a rule outside of .dora/ makes git ignore .dora/config.json: --track is void"
    );
    let command = command.split(" (").next().expect("a command");
    assert_eq!(command, "git add --force .dora/config.json");
    mend(&world, shop.path(), command);
    assert_eq!(look(&world, &shop).status("git-ignore"), "ok");
    // The cache belongs to one machine.
    mend(&world, shop.path(), "git add --force .dora/lock");
    let (message, command) = look(&world, &shop).only("git-ignore");
    assert!(
        message.starts_with("git tracks 1 file of the cache"),
        "{message}"
    );
    mend(&world, shop.path(), &command);
    assert_eq!(look(&world, &shop).status("git-ignore"), "ok");
}

#[test]
fn without_any_deployment_the_command_records_one() {
    let world = World::new();
    let mut shop = world.repository("shop");
    shop.at("2026-03-02 09:00").commit("feat: start");
    let none = look(&world, &shop);
    let (message, command) = none.only("environments");
    assert!(message.starts_with("nothing tells of a deployment"));
    assert_eq!(command, "dora deploy --environment production");
    mend(&world, shop.path(), &command);
    world.now("2026-03-09 10:00");
    let one = look(&world, &shop);
    assert_eq!(one.summary("environments"), "production (measured)");
    assert!(one.is_well(), "{}", one.run);
}

#[test]
fn environments_without_production_are_told() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 10:00")
        .deploy("uat", &[("api", &first)]);
    let (message, step) = look(&world, &shop).only("environments");
    assert_eq!(
        message,
        "none of them is production: uat is measured in its place"
    );
    assert_eq!(
        step,
        "if it is: set environments.uat.is_production to true in .dora/config.json"
    );
    fs::create_dir(store(&shop)).expect("a directory");
    put(
        &shop,
        "config.json",
        b"{ \"environments\": { \"uat\": { \"is_production\": true } } }",
    );
    assert_eq!(look(&world, &shop).status("environments"), "ok");
}

#[test]
fn state_files_that_were_skipped_or_not_committed_are_told() {
    let world = World::new();
    let mut shop = shop(&world);
    let broken = shop
        .at("2026-03-03 10:00")
        .deploy_raw("production", b"{ \"api\": ");
    let state = "state/production-deployed-versions.json";
    let (message, _) = look(&world, &shop).only("state-files");
    let place = format!("{state} at commit {} was skipped: ", &broken[..7]);
    assert!(message.starts_with(&place), "{message}");
    let version = shop.at("2026-03-04 09:00").commit("feat: more");
    shop.at("2026-03-04 10:00")
        .deploy("production", &[("api", &version)]);
    let next = shop.at("2026-03-05 09:00").commit("feat: next");
    let content = format!("{{ \"api\": {{ \"version\": \"{next}\" }} }}\n");
    shop.write_uncommitted(state, content.as_bytes());
    let faults = look(&world, &shop).faults("state-files");
    let uncommitted = faults
        .iter()
        .find(|(message, _)| message.contains("uncommitted"));
    let (_, command) = uncommitted.expect("it is told");
    // From wherever in the work tree it is typed.
    let below = shop.path().join("state");
    mend(
        &world,
        &below,
        &command.replace("git commit", "git commit -q -m deploy"),
    );
    let faults = look(&world, &shop).faults("state-files");
    assert_eq!(faults.len(), 1, "the broken one stays in history");
}

#[test]
fn components_and_versions_without_a_commit_are_told_with_what_to_clone() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let mut other = shop.sibling("elsewhere");
    let strange = other.at("2026-03-02 08:00").commit("feat: of another");
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 10:00")
        .deploy("production", &[("api", &first), ("web", &strange)]);
    fs::rename(other.path(), world.root().join("hidden")).expect("moved away");
    let lost = look(&world, &shop);
    let (message, step) = lost.only("components");
    assert!(message.starts_with("no repository here holds a version of web"));
    assert!(step.starts_with("clone the repository of web next to this one (as ../shop-web"));
    let (message, _) = lost.only("versions");
    assert!(message.starts_with("1 version of web cannot be traced to a commit (first `"));
    assert_eq!(lost.summary("versions"), "1 of 2 name a commit");
    fs::rename(
        world.root().join("hidden"),
        shop.path().parent().expect("a parent").join("shop-web"),
    )
    .expect("cloned");
    let found = look(&world, &shop);
    assert!(found.is_well(), "{}", found.run);
    assert_eq!(
        found.summary("components"),
        "api in this repository, web in ../shop-web"
    );
}

#[test]
fn clocks_that_disagree_are_told() {
    let world = World::new();
    let mut shop = shop(&world);
    let second = shop.at("2026-03-03 09:00").commit("feat: more");
    shop.at("2026-03-03 10:00").deploy_at(
        "production",
        &[("api", &second)],
        "2026-01-03T10:00:00Z",
    );
    let skewed = look(&world, &shop);
    let (message, step) = skewed.only("clocks");
    assert!(message.contains("`deployed_at` was not used"), "{message}");
    assert!(step.ends_with("date -u +%FT%TZ"), "{step}");
    let ahead = shop.at("2026-03-10 09:00").commit("feat: of tomorrow");
    let faults = look(&world, &shop).faults("clocks");
    let words = format!(
        "1 commit in shop is dated later than now, up to 2026-03-10 09:00 UTC ({}): a clock is \
         wrong, this one or that of who committed",
        &ahead[..7]
    );
    assert!(
        faults.iter().any(|(message, _)| *message == words),
        "{faults:#?}"
    );
}

#[test]
fn what_could_be_asked_of_github_is_said_and_nobody_is_asked() {
    let world = World::new();
    let shop = shop(&world);
    let remote = "https://github.com/acme/shop.git";
    world.git(shop.path(), &["remote", "add", "origin", remote]);
    let without = look(&world, &shop);
    let summary = "github.com/acme/shop: never asked; neither a token nor gh";
    // A machine may have gh.
    if !Path::new("/usr/bin/gh").exists() && !Path::new("/bin/gh").exists() {
        assert_eq!(without.summary("github"), summary);
    }
    assert!(without.notes("github").contains("dora sync"));
    let with = seen(&world, shop.path(), &[("GH_TOKEN", "nobody")]);
    assert_eq!(
        with.summary("github"),
        "github.com/acme/shop: never asked; GH_TOKEN is set"
    );
    assert!(!with.run.stdout.contains("nobody"), "the token is not said");
}

#[test]
fn the_terminal_is_told_with_its_reasons() {
    let world = World::new();
    let shop = shop(&world);
    let plain = look(&world, &shop);
    assert_eq!(
        plain.summary("terminal"),
        "80 columns (the output tells no width), no colour (the output is no terminal), Unicode \
         (LC_ALL)"
    );
    let asked = seen(
        &world,
        shop.path(),
        &[
            ("COLUMNS", "300"),
            ("NO_COLOR", "1"),
            ("DORA_CHARSET", "ascii"),
        ],
    );
    assert_eq!(
        asked.summary("terminal"),
        "100 columns (COLUMNS), no colour (NO_COLOR), ASCII (DORA_CHARSET)"
    );
    let odd = seen(
        &world,
        shop.path(),
        &[("COLUMNS", "wide"), ("DORA_COLOR", "yes")],
    );
    let steps: Vec<String> = odd.faults("terminal").into_iter().map(|it| it.1).collect();
    assert_eq!(
        steps,
        [
            "unset DORA_COLOR, or set it to always or never",
            "unset COLUMNS"
        ]
    );
}

#[test]
fn another_dora_that_comes_first_is_named_and_not_run() {
    let world = World::new();
    let shop = shop(&world);
    let other = world.root().join("other");
    fs::create_dir(&other).expect("a directory");
    let ran = world.root().join("it-ran");
    let script = format!("#!/bin/sh\ntouch {}\n", ran.display());
    fs::write(other.join("dora"), script).expect("a program");
    fs::set_permissions(other.join("dora"), fs::Permissions::from_mode(0o755)).expect("a mode");
    let path = format!("{}:/usr/bin:/bin", other.display());
    let shadowed = seen(&world, shop.path(), &[("PATH", &path)]);
    let (message, command) = shadowed.only("path");
    assert!(message.ends_with(&format!("{}/dora", other.display())));
    assert!(!ran.exists());
    let found = Command::new("/bin/sh")
        .args(["-c", &format!("{command}; command -v dora")])
        .env("PATH", &path)
        .output()
        .expect("a shell");
    let found = String::from_utf8_lossy(&found.stdout);
    assert_eq!(found.trim_end(), env!("CARGO_BIN_EXE_dora"));
}

#[test]
fn a_warning_ends_with_0_and_under_strict_with_1_in_every_format() {
    let world = World::new();
    let mut shop = world.repository("shop");
    shop.at("2026-03-02 09:00").commit("feat: start");
    for (format, begin) in [
        ("text", "ok    program       dora "),
        ("csv", "Check,Status,Summary,Finding,Mend\r\nprogram,ok,"),
        (
            "md",
            "# dora doctor: shop\n\n| Check | Status | Summary | Finding | Mend |\n",
        ),
    ] {
        let run = world.dora(&shop, &["doctor", "--format", format]);
        assert_eq!(run.status, 0, "{run}");
        assert!(run.stdout.starts_with(begin), "{run}");
        assert!(run.stdout.contains("nothing tells of a deployment"));
        assert!(run.stdout.contains("dora deploy --environment production"));
    }
    assert_eq!(world.dora(&shop, &["doctor", "--strict"]).status, 1);
    let spoken = world.dora(&shop, &["doctor", "--accessible"]);
    assert!(
        spoken.stdout.contains(
            "environments, warn: none.\nWarning: nothing tells of a deployment: no state file, no \
             record, no release tag, no deploy run. To mend it: dora deploy --environment \
             production\n"
        ),
        "{spoken}"
    );
}

#[test]
fn hostile_names_are_shown_and_obeyed_by_nobody() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 10:00").deploy(
        "production",
        &[("api", &first), ("we\u{1b}[2Jb\u{202e}|", "lost-version")],
    );
    for arguments in [
        &["doctor"][..],
        &["doctor", "--accessible"],
        &["doctor", "--format", "csv"],
        &["doctor", "--format", "md"],
        &["doctor", "--format", "json"],
    ] {
        let run = world.dora(&shop, arguments);
        assert_eq!(run.status, 0, "{run}");
        assert!(!run.stdout.contains(['\u{1b}', '\u{202e}']), "{run}");
    }
    for width in ["40", "60", "80", "100"] {
        let variables = [("COLUMNS", width), ("DORA_CHARSET", "ascii")];
        let run = world.dora_in(shop.path(), &["doctor"], &variables);
        assert!(run.stdout.is_ascii(), "{run}");
        let most: usize = width.parse().expect("a number");
        for line in run.stdout.lines() {
            // A word of a command that is longer than a line stands as it is.
            let words = line.trim_start_matches([' ', '>']).split(' ').count();
            assert!(line.len() <= most || words == 1, "{width}: {line}");
        }
    }
}
