//! Repositories of every shape, damaged ones included, seen through the built binary: what can be
//! read is read, what cannot is said with the command that helps. Hostile content is in
//! `hostile_content`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::run::Run;
use crate::support::shell::files_below;
use crate::support::world::{Repo, World};

/// Two deployments; the second brings one change, an hour old.
fn shop(world: &World) -> Repo {
    let mut shop = world.repository("shop");
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 10:00")
        .deploy("production", &[("api", &first)]);
    let second = shop.at("2026-03-03 09:00").commit("feat: more");
    shop.at("2026-03-03 10:00")
        .deploy("production", &[("api", &second)]);
    shop
}

/// The numbers of `shop` in a JSON report: deployments, changes, median lead time.
fn numbers(run: &Run) -> (u64, u64, Option<f64>) {
    let metrics = &run.json()["metrics"];
    let count = |metric: &str| metrics[metric]["count"].as_u64().expect("a count");
    (
        count("deployment_frequency"),
        count("lead_time"),
        metrics["lead_time"]["value"].as_f64(),
    )
}

const SHOP: (u64, u64, Option<f64>) = (2, 1, Some(60.0));
const JSON: [&str; 3] = ["report", "--format", "json"];

/// The message and the hint of the one notice with this code.
fn notice(run: &Run, code: &str) -> (String, String) {
    let report = run.json();
    let notices = report["notices"].as_array().expect("a list of notices");
    let found: Vec<_> = notices.iter().filter(|one| one["code"] == code).collect();
    let [one] = found[..] else {
        panic!("one notice {code} is expected: {notices:#?}");
    };
    let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
    (text("message"), text("hint"))
}

/// Asserts an error: nothing on standard output, exactly these lines on the other.
fn assert_error(run: &Run, status: i32, lines: &[&str]) {
    let told: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(told, lines, "{run}");
    assert_eq!((run.stdout.as_str(), run.status), ("", status), "{run}");
}

fn at(world: &World, place: &Path, arguments: &[&str]) -> Run {
    world.dora_in(place, arguments, &[])
}

#[test]
fn a_shallow_clone_names_where_it_is_cut_and_is_incomplete_under_strict() {
    let world = World::new();
    let shop = shop(&world);
    let cut = world.git(shop.path(), &["rev-parse", "--short=7", "HEAD~1"]);
    let clone = world.clone_of(shop.path(), "shallow", &["--depth", "2"]);
    let run = at(&world, &clone, &JSON);
    assert_eq!(
        notice(&run, "shallow-clone"),
        (
            format!(
                "this clone is shallow: history is cut at commit {cut}, the numbers are partial"
            ),
            "git fetch --unshallow".to_owned()
        )
    );
    assert_eq!(at(&world, &clone, &["report", "--strict"]).status, 7);
    assert_eq!(at(&world, &clone, &["--strict"]).status, 7);
    assert!(
        at(&world, &clone, &["report"])
            .stdout
            .contains("git fetch --unshallow")
    );
    world.git(&clone, &["fetch", "-q", "--unshallow"]);
    let run = at(&world, &clone, &["report", "--format", "json", "--strict"]);
    assert_eq!(numbers(&run), SHOP);
}

#[test]
fn a_shallow_clone_cut_in_several_places_counts_them() {
    let world = World::new();
    let mut shop = shop(&world);
    shop.branch("side")
        .at("2026-03-04 09:00")
        .commit("feat: side");
    shop.checkout("main")
        .at("2026-03-04 10:00")
        .commit("feat: main");
    shop.at("2026-03-04 11:00").merge("side", "Merge side");
    let clone = world.clone_of(shop.path(), "shallow", &["--depth", "2"]);
    let message = notice(&at(&world, &clone, &JSON), "shallow-clone").0;
    assert!(
        message.contains("history is cut at 2 commits ("),
        "{message}"
    );
}

#[test]
fn a_detached_head_is_read_like_a_branch() {
    let world = World::new();
    let shop = shop(&world);
    world.git(shop.path(), &["checkout", "-q", "--detach"]);
    assert_eq!(numbers(&world.dora(&shop, &JSON)), SHOP);
    world.git(shop.path(), &["checkout", "-q", "HEAD~2"]);
    assert_eq!(numbers(&world.dora(&shop, &JSON)), (1, 0, None));
}

#[test]
fn a_repository_without_a_commit_has_no_data_and_says_how_to_start() {
    let world = World::new();
    let empty = world.repository("empty");
    let report = world.dora(&empty, &["report"]);
    assert_eq!((report.status, report.stderr.as_str()), (0, ""), "{report}");
    assert!(
        report
            .stdout
            .contains("[no data]  no deployment is on record"),
        "{report}"
    );
    assert!(report.stdout.contains("next: dora init"), "{report}");
    let init = world.dora(&empty, &["init"]);
    assert_eq!(init.status, 0, "{init}");
    assert!(init.stdout.contains("No deployments were found"), "{init}");
    assert!(
        init.stdout
            .contains("state/production-deployed-versions.json"),
        "{init}"
    );
    let alone = world.dora(&empty, &[]);
    assert!(
        alone
            .stdout
            .starts_with("dora: DORA metrics from the history"),
        "{alone}"
    );
    assert_eq!(alone.status, 0);
    assert_eq!(world.dora(&empty, &["report", "--strict"]).status, 5);
}

#[test]
fn a_linked_work_tree_reads_the_same_history_and_has_a_directory_of_its_own() {
    let world = World::new();
    let shop = shop(&world);
    let linked = world.place("hotfix");
    let path = linked.display().to_string();
    world.git(
        shop.path(),
        &["worktree", "add", "-q", "-b", "hotfix", &path],
    );
    let run = at(&world, &linked, &JSON);
    assert_eq!(numbers(&run), SHOP);
    assert_eq!(run.json()["repository"], "shop");
    assert_eq!(at(&world, &linked, &["init"]).status, 0);
    assert!(linked.join(".dora/config.json").is_file());
    assert!(!shop.path().join(".dora").exists());
}

#[test]
fn a_bare_repository_is_reported_on_and_has_no_place_for_init() {
    let world = World::new();
    let shop = shop(&world);
    let bare = world.clone_of(shop.path(), "store.git", &["--bare"]);
    let before = files_below(&bare);
    let path = bare.display().to_string();
    let run = at(
        &world,
        world.root(),
        &["-C", &path, "report", "--format", "json"],
    );
    assert_eq!(numbers(&run), SHOP);
    assert_eq!(run.json()["repository"], "store");
    assert_eq!(numbers(&at(&world, &bare, &JSON)), SHOP);
    assert_error(
        &at(&world, world.root(), &["-C", &path, "init"]),
        1,
        &[
            "error: store is a bare repository: it has no place for .dora/",
            "hint: run dora report, which needs no .dora/, or dora init in a clone",
        ],
    );
    assert_eq!(files_below(&bare), before);
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let world = World::new();
    let shop = shop(&world);
    let mut outer = world.repository("outer");
    outer.at("2026-03-01 09:00").commit("feat: outer");
    let url = format!("file://{}", shop.path().display());
    let add = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &url,
        "libs/shop",
    ];
    world.git(outer.path(), &add);
    let inside = outer.path().join("libs/shop");
    let run = at(&world, &inside, &JSON);
    assert_eq!(numbers(&run), SHOP);
    assert_eq!(run.json()["repository"], "shop");
    let run = world.dora(&outer, &JSON);
    assert_eq!(run.json()["deployment_source"], "none");
}

#[test]
fn a_repository_of_another_user_is_read_after_the_command_of_the_hint() {
    let world = World::new();
    let shop = shop(&world);
    let given_away = Command::new("chown")
        .args(["-R", "12345"])
        .arg(shop.path())
        .output();
    if !given_away.is_ok_and(|output| output.status.success()) {
        return; // Only the superuser can give files away.
    }
    let path = shop.path().display();
    let error = format!("error: the repository {path} belongs to another user");
    let command = format!("git config --global --add safe.directory {path}");
    let hint = format!("hint: if you trust it: {command}");
    for arguments in [&["report"][..], &["init"], &[]] {
        assert_error(&world.dora(&shop, arguments), 1, &[&error, &hint]);
    }
    let content = format!("[safe]\n\tdirectory = {path}\n");
    fs::write(world.home().join(".gitconfig"), content).expect("what the command writes");
    assert_eq!(numbers(&world.dora(&shop, &JSON)), SHOP);
}

#[test]
fn formats_that_cannot_be_read_yet_are_named() {
    let world = World::new();
    for (name, option, error, hint) in [
        (
            "long",
            "--object-format=sha256",
            "uses SHA-256 object ids, which are not supported yet",
            None,
        ),
        (
            "table",
            "--ref-format=reftable",
            "keeps its references as reftable, which is not supported yet",
            Some("hint: git refs migrate --ref-format=files"),
        ),
    ] {
        let place = world.place(name);
        world.git(
            world.root(),
            &["init", "-q", option, &place.display().to_string()],
        );
        let path = place.display().to_string();
        let mut lines = vec![format!("error: the repository {path} {error}")];
        lines.extend(hint.map(str::to_owned));
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for arguments in [
            &["-C", &path, "report"][..],
            &["-C", &path, "init"],
            &["-C", &path],
        ] {
            assert_error(&at(&world, world.root(), arguments), 1, &lines);
        }
        assert!(!place.join(".dora").exists());
    }
}

#[test]
fn a_partial_clone_names_the_object_that_is_missing_and_the_command_brings_it() {
    let world = World::new();
    let shop = shop(&world);
    world.git(shop.path(), &["config", "uploadpack.allowFilter", "true"]);
    let options = ["--filter=blob:none", "--no-checkout"];
    let clone = world.clone_of(shop.path(), "partial", &options);
    let state = "state/production-deployed-versions.json";
    let missing: Vec<String> = ["HEAD", "HEAD~2"]
        .iter()
        .map(|commit| {
            let blob = world.git(shop.path(), &["rev-parse", &format!("{commit}:{state}")]);
            let commit = world.git(shop.path(), &["rev-parse", commit]);
            format!(
                "error: object {blob} is missing; it is needed for {state} at commit {commit}\n\
                 hint: git fetch --refetch --no-filter\n"
            )
        })
        .collect();
    let run = at(&world, &clone, &["report"]);
    assert!(missing.contains(&run.stderr), "{run}");
    assert_eq!((run.stdout.as_str(), run.status), ("", 1));
    world.git(&clone, &["fetch", "-q", "--refetch", "--no-filter"]);
    assert_eq!(numbers(&at(&world, &clone, &JSON)), SHOP);
}

#[test]
fn a_clone_behind_its_upstream_says_that_newer_deployments_may_be_there() {
    let world = World::new();
    let mut shop = shop(&world);
    let clone = world.clone_of(shop.path(), "clone", &[]);
    let third = shop.at("2026-03-04 09:00").commit("feat: third");
    shop.at("2026-03-04 10:00")
        .deploy("production", &[("api", &third)]);
    world.git(&clone, &["fetch", "-q"]);
    let run = at(&world, &clone, &JSON);
    assert_eq!(
        notice(&run, "behind-upstream"),
        (
            "HEAD is behind origin/main: newer deployments may be there".to_owned(),
            "git pull".to_owned()
        )
    );
    assert_eq!(numbers(&run), SHOP);
    let asked = ["report", "--format", "json", "--ref", "origin/main"];
    assert_eq!(numbers(&at(&world, &clone, &asked)), (3, 2, Some(60.0)));
    world.git(&clone, &["merge", "-q", "origin/main"]);
    let run = at(&world, &clone, &JSON);
    assert_eq!(numbers(&run), (3, 2, Some(60.0)));
    assert!(!run.stdout.contains("behind-upstream"), "{run}");
}

#[test]
fn every_directory_inside_leads_to_the_repository() {
    let world = World::new();
    let shop = shop(&world);
    let deep = shop.path().join("src/a/b");
    fs::create_dir_all(&deep).expect("directories");
    assert_eq!(numbers(&at(&world, &deep, &JSON)), SHOP);
    assert_eq!(numbers(&at(&world, &shop.path().join(".git"), &JSON)), SHOP);
    assert_eq!(at(&world, &deep, &["init"]).status, 0);
    assert!(shop.path().join(".dora/config.json").is_file());
    assert!(!deep.join(".dora").exists());
}

#[test]
fn outside_of_any_repository_dora_introduces_itself_and_its_commands_fail() {
    let world = World::new();
    let alone = at(&world, world.root(), &[]);
    assert_eq!((alone.status, alone.stderr.as_str()), (0, ""), "{alone}");
    assert!(alone.stdout.contains("  dora demo "), "{alone}");
    let hint = "hint: run it inside a repository, or name one with -C DIR";
    let error = "error: . is not inside a git repository";
    for arguments in [["report"], ["init"]] {
        assert_error(&at(&world, world.root(), &arguments), 1, &[error, hint]);
    }
    let error = "error: nowhere is not inside a git repository";
    for arguments in [&["-C", "nowhere", "report"][..], &["-C", "nowhere"]] {
        assert_error(&at(&world, world.root(), arguments), 1, &[error, hint]);
    }
}

#[test]
fn dora_alone_inside_a_repository_is_the_compact_report() {
    let world = World::new();
    let shop = shop(&world);
    let alone = world.dora(&shop, &[]);
    assert_eq!(alone, world.dora(&shop, &["report", "--compact"]));
    assert_eq!(alone.status, 0);
    assert_eq!(alone.stdout.lines().count(), 5, "{alone}");
    assert!(
        alone.stdout.contains("Lead time, median     1 h (1)"),
        "{alone}"
    );
}

#[test]
fn any_name_of_a_commit_can_be_analysed() {
    let world = World::new();
    let mut shop = shop(&world);
    shop.annotated_tag("v1", "2026-03-03 11:00");
    let first = world.git(shop.path(), &["rev-parse", "HEAD~2"]);
    let report = |name: &str| world.dora(&shop, &["report", "--format", "json", "--ref", name]);
    for name in ["main", "v1", "HEAD", "refs/heads/main"] {
        assert_eq!(numbers(&report(name)), SHOP, "{name}");
    }
    for name in ["HEAD~2", &first, &first[..8]] {
        assert_eq!(numbers(&report(name)), (1, 0, None), "{name}");
    }
    for name in ["nowhere", "-x", "main..v1", "HEAD^{tree}"] {
        let argument = format!("--ref={name}");
        assert_error(
            &world.dora(&shop, &["report", &argument]),
            2,
            &[
                &format!("error: `{name}` names no commit in this repository"),
                "hint: git branch --all; git tag --list",
            ],
        );
    }
}

#[test]
fn the_directory_decides_and_not_the_environment_that_git_sets_for_its_own_children() {
    let world = World::new();
    let shop = shop(&world);
    let other = world.repository("other");
    let directory = other.path().join(".git").display().to_string();
    let tree = other.path().display().to_string();
    let variables = [
        ("GIT_DIR", directory.as_str()),
        ("GIT_WORK_TREE", tree.as_str()),
        ("GIT_INDEX_FILE", "/nowhere"),
        ("GIT_OBJECT_DIRECTORY", "/nowhere"),
    ];
    assert_eq!(
        numbers(&world.dora_in(shop.path(), &JSON, &variables)),
        SHOP
    );
}

#[test]
fn a_damaged_repository_is_an_error_with_the_command_that_checks_it() {
    let world = World::new();
    let shop = shop(&world);
    world.git(shop.path(), &["repack", "-a", "-d", "-q"]);
    world.git(shop.path(), &["pack-refs", "--all"]);
    let whole = files_below(&shop.path().join(".git"));
    let is_pack = |path: &Path| {
        path.extension()
            .is_some_and(|extension| extension == "pack")
    };
    let is_index = |path: &Path| path.extension().is_some_and(|extension| extension == "idx");
    type Choice<'a> = (&'a str, &'a dyn Fn(&Path) -> bool);
    let targets: [Choice<'_>; 5] = [
        ("pack", &is_pack),
        ("index of the pack", &is_index),
        ("HEAD", &|path| path == Path::new("HEAD")),
        ("packed-refs", &|path| path == Path::new("packed-refs")),
        ("config", &|path| path == Path::new("config")),
    ];
    for (name, is_target) in targets {
        let (path, content) = whole.iter().find(|(path, _)| is_target(path)).expect(name);
        let path = shop.path().join(".git").join(path);
        let mut damaged = content.clone();
        let middle = damaged.len() / 2;
        damaged
            .iter_mut()
            .skip(middle)
            .take(40)
            .for_each(|byte| *byte ^= 0xff);
        for content in [
            damaged,
            content[..middle].to_vec(),
            b"no such thing".to_vec(),
            Vec::new(),
        ] {
            fs::remove_file(&path).expect("an old file");
            fs::write(&path, &content).expect("a damaged file");
            for arguments in [
                &["report"][..],
                &["report", "--verbose"],
                &["init", "--dry-run"],
            ] {
                let run = world.dora(&shop, arguments);
                assert!(matches!(run.status, 0 | 1), "{name}: {run}");
                assert!(!run.stderr.contains("panicked"), "{name}: {run}");
                assert!(
                    run.status == 0 || run.stderr.starts_with("error: "),
                    "{name}: {run}"
                );
                if name == "pack" {
                    assert_eq!(run.status, 1, "{name}: {run}");
                    assert!(run.stderr.ends_with("hint: git fsck --full\n"), "{run}");
                }
            }
        }
        fs::write(&path, content).expect("the whole file");
    }
    assert_eq!(numbers(&world.dora(&shop, &JSON)), SHOP);
}

#[test]
fn a_missing_commit_is_named_and_not_taken_for_the_end_of_history() {
    let world = World::new();
    let shop = shop(&world);
    let missing = world.git(shop.path(), &["rev-parse", "HEAD~1"]);
    let object = format!(".git/objects/{}/{}", &missing[..2], &missing[2..]);
    fs::remove_file(shop.path().join(object)).expect("a loose object");
    let run = world.dora(&shop, &["report"]);
    assert_eq!((run.stdout.as_str(), run.status), ("", 1), "{run}");
    assert!(
        run.stderr
            .starts_with(&format!("error: object {missing} is missing; ")),
        "{run}"
    );
    assert!(run.stderr.ends_with("hint: git fsck --full\n"), "{run}");
}
