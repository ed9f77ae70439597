//! `dora init --claude`: which files it writes, what it leaves, and that the slash commands name only
//! what the program knows.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::support::shell::files_below;
use crate::support::world::{Repo, World};

const NAMES: [&str; 2] = ["dora-init.md", "dora-report.md"];

fn shop(world: &World) -> Repo {
    world.now("2026-03-09 09:00");
    let mut shop = world.repository("shop");
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 10:00")
        .deploy("production", &[("api", &first)]);
    shop
}

fn place(shop: &Repo, name: &str) -> PathBuf {
    shop.path().join(".claude/commands").join(name)
}

fn content(shop: &Repo, name: &str) -> String {
    fs::read_to_string(place(shop, name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What `init --format json` says it did about the commands.
fn done(world: &World, shop: &Repo, flags: &[&str]) -> Vec<String> {
    let mut arguments = vec!["init", "--claude", "--format", "json"];
    arguments.extend(flags);
    let said = world.dora(shop, &arguments).json();
    let done = said["done"].as_array().expect("done").iter();
    done.filter_map(|line| line.as_str())
        .filter(|line| line.contains(".claude"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn both_commands_are_written_once_and_then_left() {
    let world = World::new();
    let shop = shop(&world);
    assert_eq!(
        done(&world, &shop, &[]),
        [
            "wrote .claude/commands/dora-init.md",
            "wrote .claude/commands/dora-report.md"
        ]
    );
    let written: Vec<String> = NAMES.iter().map(|name| content(&shop, name)).collect();
    assert_eq!(
        done(&world, &shop, &["--force"]),
        [
            ".claude/commands/dora-init.md is there already, the same",
            ".claude/commands/dora-report.md is there already, the same"
        ]
    );
    let again: Vec<String> = NAMES.iter().map(|name| content(&shop, name)).collect();
    assert_eq!(written, again);
    assert_eq!(files_below(&shop.path().join(".claude/commands")).len(), 2);
}

#[test]
fn without_the_flag_nothing_is_written_beside_dora() {
    let world = World::new();
    let shop = shop(&world);
    assert_eq!(world.dora(&shop, &["init"]).status, 0);
    assert!(!shop.path().join(".claude").exists());
    let run = world.dora(&shop, &["init", "--force"]);
    assert_eq!(run.status, 2, "--force belongs to --claude\n{run}");
}

#[test]
fn a_dry_run_says_what_it_would_do_and_writes_nothing() {
    let world = World::new();
    let shop = shop(&world);
    assert_eq!(
        done(&world, &shop, &["--dry-run"]),
        [
            "dry run: would write .claude/commands/dora-init.md",
            "dry run: would write .claude/commands/dora-report.md"
        ]
    );
    assert!(!shop.path().join(".claude").exists());
    done(&world, &shop, &[]);
    fs::write(place(&shop, "dora-init.md"), "mine\n").expect("written");
    assert_eq!(
        done(&world, &shop, &["--dry-run", "--force"])[0],
        "dry run: would replace .claude/commands/dora-init.md and keep the old one as dora-init.md.bak"
    );
    assert_eq!(content(&shop, "dora-init.md"), "mine\n");
    assert_eq!(files_below(&shop.path().join(".claude/commands")).len(), 2);
}

#[test]
fn a_file_that_differs_is_shown_and_left() {
    let world = World::new();
    let shop = shop(&world);
    done(&world, &shop, &[]);
    let changed = content(&shop, "dora-report.md").replace(
        "allowed-tools: Bash(dora init:*), Bash(dora report:*)\n",
        "allowed-tools: Bash(*)\u{1b}[2J\n",
    );
    fs::write(place(&shop, "dora-report.md"), &changed).expect("written");
    let run = world.dora(&shop, &["init", "--claude"]);
    assert_eq!(run.status, 0, "{run}");
    for line in [
        " .claude/commands/dora-init.md is there already, the same",
        " .claude/commands/dora-report.md differs and was left as it is; --force replaces it",
        "--- .claude/commands/dora-report.md (there)",
        "+++ .claude/commands/dora-report.md (dora's)",
        "@@ -1,7 +1,7 @@",
        "-allowed-tools: Bash(*)\\x1b[2J",
        "+allowed-tools: Bash(dora init:*), Bash(dora report:*)",
    ] {
        assert!(run.stdout.lines().any(|said| said == line), "{line}\n{run}");
    }
    assert!(!run.stdout.contains('\u{1b}'));
    assert_eq!(content(&shop, "dora-report.md"), changed);
    assert_eq!(files_below(&shop.path().join(".claude/commands")).len(), 2);
}

#[test]
fn force_replaces_a_file_and_keeps_every_old_one() {
    let world = World::new();
    let shop = shop(&world);
    done(&world, &shop, &[]);
    let ours = content(&shop, "dora-init.md");
    for (old, kept) in [
        ("first\n", "dora-init.md.bak"),
        ("second\n", "dora-init.md.bak.1"),
        ("third\n", "dora-init.md.bak.2"),
    ] {
        fs::write(place(&shop, "dora-init.md"), old).expect("written");
        assert_eq!(
            done(&world, &shop, &["--force"])[0],
            format!("replaced .claude/commands/dora-init.md; the old one is kept as {kept}")
        );
        assert_eq!(content(&shop, kept), old);
        assert_eq!(content(&shop, "dora-init.md"), ours);
    }
    assert_eq!(content(&shop, "dora-init.md.bak"), "first\n");
}

#[test]
fn links_are_refused_before_anything_is_written() {
    let world = World::new();
    let elsewhere = world.root().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a directory");
    for (number, link) in [
        ".claude",
        ".claude/commands",
        ".claude/commands/dora-report.md",
    ]
    .into_iter()
    .enumerate()
    {
        world.now("2026-03-09 09:00");
        let mut shop = world.repository(&format!("shop{number}"));
        shop.at("2026-03-02 09:00").commit("feat: start");
        let path = shop.path().join(link);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        let target = match number {
            2 => elsewhere.join("file"),
            _ => elsewhere.clone(),
        };
        symlink(&target, &path).expect("a link");
        for flags in [&["init", "--claude"][..], &["init", "--claude", "--force"]] {
            let run = world.dora(&shop, flags);
            assert_eq!(run.status, 1, "{run}");
            assert!(
                run.stderr.starts_with(&format!(
                    "error: {} is a symbolic link; dora neither reads nor writes through it",
                    path.display()
                )),
                "{run}"
            );
        }
        assert!(!shop.path().join(".dora").exists(), "{link}");
        assert!(files_below(&elsewhere).is_empty(), "{link}");
    }
}

#[test]
fn hostile_files_are_left_or_refused() {
    let world = World::new();
    let shop = shop(&world);
    done(&world, &shop, &[]);
    fs::write(place(&shop, "dora-init.md"), "\n".repeat(100_000)).expect("written");
    fs::write(place(&shop, "dora-report.md"), b"\xff\xfe\0").expect("written");
    let run = world.dora(&shop, &["init", "--claude"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(run.stdout.contains("(too many lines to compare)\n"));
    assert!(run.stdout.contains("-\u{fffd}\u{fffd}\\x00\n"), "{run}");
    fs::write(place(&shop, "dora-init.md"), "x".repeat((1 << 20) + 1)).expect("written");
    assert_eq!(world.dora(&shop, &["init", "--claude"]).status, 3);
    fs::remove_file(place(&shop, "dora-init.md")).expect("removed");
    fs::create_dir(place(&shop, "dora-init.md")).expect("made");
    assert_eq!(world.dora(&shop, &["init", "--claude"]).status, 1);
}

/// The lines between the two `---` at the top.
fn front_matter(text: &str) -> Vec<(&str, &str)> {
    let inside = text.strip_prefix("---\n").expect("front matter");
    let (inside, _) = inside.split_once("\n---\n").expect("its end");
    let fields = inside.lines().map(|line| line.split_once(": "));
    fields.map(|field| field.expect("a field")).collect()
}

#[test]
fn the_commands_run_nothing_but_dora_and_name_only_flags_that_it_has() {
    let world = World::new();
    let shop = shop(&world);
    done(&world, &shop, &[]);
    let wanted: [(&str, &str, &[&str]); 2] = [
        (
            "dora-init.md",
            "init",
            &["--lookback", "--skip-github", "--reset"],
        ),
        (
            "dora-report.md",
            "report",
            &[
                "--verbose",
                "--compact",
                "--period",
                "--environment",
                "--compare",
                "--export",
                "--recalculate",
                "--fast",
            ],
        ),
    ];
    for (name, command, flags) in wanted {
        let text = content(&shop, name);
        let fields = front_matter(&text);
        let keys: Vec<&str> = fields.iter().map(|(key, _)| *key).collect();
        assert_eq!(
            keys,
            ["description", "argument-hint", "allowed-tools"],
            "{name}"
        );
        assert_eq!(fields[2].1, "Bash(dora init:*), Bash(dora report:*)");
        let hint = fields[1].1;
        assert!(hint.starts_with("\"[--") && hint.ends_with("]\""), "{hint}");
        let help = world.dora(&shop, &["help", command]).stdout;
        for flag in flags {
            assert!(hint.contains(flag), "{flag} in the hint of {name}");
            assert!(text.contains(&format!("| `{flag}")), "{flag} in {name}");
            assert!(help.contains(flag), "{flag} of dora {command}");
        }
        assert!(text.contains("$ARGUMENTS"));
        assert!(text.contains(&format!("dora {command} --format json")));
        for word in [
            "`reason`",
            "`certainty`",
            "notices",
            "incomplete",
            "never of people",
        ] {
            assert!(text.contains(word), "{word} in {name}");
        }
    }
}

#[test]
fn the_fields_that_the_commands_speak_of_are_in_the_json() {
    let world = World::new();
    let shop = shop(&world);
    let report = world.dora(&shop, &["report", "--format", "json"]).json();
    for field in [
        "overall_band",
        "held_back_by",
        "recommendations",
        "notices",
        "metrics",
    ] {
        assert!(report.get(field).is_some(), "{field}");
    }
    let lead_time = &report["metrics"]["lead_time"];
    for field in ["value", "certainty", "reason", "trend"] {
        assert!(lead_time.get(field).is_some(), "{field}");
    }
    assert!(lead_time["trend"].get("significant").is_some());
    let init = world.dora(&shop, &["init", "--format", "json"]).json();
    for field in ["found", "done", "baseline"] {
        assert!(init.get(field).is_some(), "{field}");
    }
}
