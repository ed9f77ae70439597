//! The documents say what is true: the command reference is the help text, the example directory is
//! what `init` writes, the README's commands and transcripts are the program's own.
//!
//! `UPDATE_DOCS=1 cargo test --test it docs` writes what is generated anew.

use std::fs;
use std::path::PathBuf;

use crate::flow::worked_example;
use crate::json_contract::tables_of_trend;
use crate::support::world::World;
use crate::trend::two_levels;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Compares a generated text with the file, or writes the file when asked to.
pub(crate) fn check(path: &str, generated: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join(path), generated).expect("written");
    }
    assert!(
        read(path) == generated,
        "{path} is not what the program says; UPDATE_DOCS=1 cargo test --test it docs writes it"
    );
}

/// What `dora help TOPIC` prints.
fn help(world: &World, topic: &[&str]) -> String {
    let words = topic.iter().flat_map(|topic| topic.split(' '));
    let arguments: Vec<&str> = ["help"].into_iter().chain(words).collect();
    let run = world.dora_in(&world.home(), &arguments, &[]);
    assert_eq!(run.status, 0, "{run}");
    run.stdout
}

#[test]
fn the_command_reference_is_the_help_text() {
    let world = World::new();
    let mut text = String::from(
        "# Command reference\n\nThe help texts of `dora`, as the program prints them.\n",
    );
    let sections = [
        ("dora", None),
        ("dora init", Some("init")),
        ("dora report", Some("report")),
        ("dora why", Some("why")),
        ("dora deploy", Some("deploy")),
        ("dora incident", Some("incident")),
        ("dora incident open", Some("incident open")),
        ("dora incident resolve", Some("incident resolve")),
        ("dora incident list", Some("incident list")),
        ("dora incident edit", Some("incident edit")),
        ("dora incident import", Some("incident import")),
        ("dora mark", Some("mark")),
        ("dora trend", Some("trend")),
        ("dora import", Some("import")),
        ("dora flow", Some("flow")),
        ("dora value", Some("value")),
        ("dora sync", Some("sync")),
        ("dora doctor", Some("doctor")),
        ("dora demo", Some("demo")),
        ("dora explain", Some("explain")),
        ("dora help", Some("help")),
        ("Exit codes", Some("exit-codes")),
        ("Periods", Some("periods")),
        ("Formats", Some("formats")),
    ];
    for (title, topic) in sections {
        let said = help(&world, topic.as_slice());
        text.push_str(&format!(
            "\n## {title}\n\n```text\n{}\n```\n",
            said.trim_end()
        ));
    }
    check("docs/command-reference.md", &text);
}

#[test]
fn every_check_of_the_doctor_is_in_its_page() {
    let page = read("docs/doctor.md");
    let told: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(code, _)| code)
        .collect();
    let checks = dora::report::doctor::CHECKS.map(|(code, _)| code);
    assert_eq!(told, checks);
}

#[test]
fn every_command_is_in_the_reference() {
    let world = World::new();
    let whole = help(&world, &[]);
    let commands = whole
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next());
    let reference = read("docs/command-reference.md");
    for command in commands {
        assert!(
            reference.contains(&format!("## dora {command}\n")),
            "dora {command}"
        );
    }
}

#[test]
fn the_example_configuration_is_what_init_writes() {
    let world = World::new();
    world.now("2026-01-15 10:30");
    let mut repo = world.repository("shop");
    let first = repo.at("2026-01-14 09:00").commit("feat: start");
    repo.at("2026-01-14 10:00")
        .deploy("production", &[("web", &first)]);
    let run = world.dora(&repo, &["init"]);
    assert_eq!(run.status, 0, "{run}");
    let written = fs::read_to_string(repo.path().join(".dora/config.json")).expect("config.json");
    assert_eq!(written, read(".dora.example/config.json"));
}

#[test]
fn the_example_directory_is_read_without_a_complaint() {
    let world = World::new();
    world.now("2026-03-09 09:00");
    let mut repo = world.repository("shop");
    let first = repo.at("2026-01-14 09:00").commit("feat: start");
    repo.at("2026-01-14 10:00")
        .deploy("production", &[("web", &first)]);
    let example = root().join(".dora.example");
    let target = repo.path().join(".dora");
    fs::create_dir(&target).expect("made");
    for entry in fs::read_dir(&example).expect("listed") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), target.join(entry.file_name())).expect("copied");
    }
    let report = world
        .dora(&repo, &["report", "--format", "json", "--period", "1y"])
        .json();
    let codes: Vec<&str> = report["notices"]
        .as_array()
        .expect("notices")
        .iter()
        .filter_map(|notice| notice["code"].as_str())
        .filter(|code| code.contains("record") && *code != "record-begins-in-period")
        .collect();
    assert_eq!(codes, [""; 0], "{report:#}");
}

/// The README with what stands between two markers replaced.
fn with_transcript(readme: &str, name: &str, said: &str) -> String {
    let (start, end) = (
        format!("<!-- {name}:start -->\n"),
        format!("<!-- {name}:end -->"),
    );
    let (before, rest) = readme.split_once(&start).expect("a start");
    let (_, after) = rest.split_once(&end).expect("an end");
    format!("{before}{start}{said}{end}{after}")
}

#[test]
fn the_transcripts_in_the_readme_are_what_the_program_prints() {
    let world = World::new();
    world.now("2026-08-20 09:00");
    let variables = [("COLUMNS", "100")];
    let demo = world.dora_in(&world.home(), &["demo", "sample"], &variables);
    let shop = world.home().join("sample/shop");
    let compact = world.dora_in(&shop, &[], &variables);
    assert_eq!((demo.status, compact.status), (0, 0), "{demo}\n{compact}");
    let first = format!(
        "```text\n$ dora demo sample\n{}\n$ cd sample/shop && dora\n{}```\n",
        demo.stdout, compact.stdout
    );
    let world = World::new();
    let repo = worked_example(&world);
    let arguments = ["flow", "--target", "120h"];
    let flow = world.dora_in(repo.path(), &arguments, &variables);
    assert_eq!(flow.status, 0, "{flow}");
    let second = format!("```text\n$ dora flow --target 120h\n{}```\n", flow.stdout);
    let readme = with_transcript(&read("README.md"), "transcript", &first);
    check("README.md", &with_transcript(&readme, "flow", &second));
}

#[test]
fn the_page_of_the_long_view_shows_what_the_program_prints_and_every_field() {
    let world = World::new();
    let shop = two_levels(&world);
    let arguments = ["trend", "lead-time", "--by", "week", "--last", "22w"];
    let run = world.dora_in(shop.path(), &arguments, &[("COLUMNS", "80")]);
    assert_eq!(run.status, 0, "{run}");
    let said = format!(
        "```text\n$ dora {}\n{}```\n",
        arguments.join(" "),
        run.stdout
    );
    let page = with_transcript(&read("docs/trend.md"), "transcript", &said);
    let tables = format!("{}\n", tables_of_trend());
    check("docs/trend.md", &with_transcript(&page, "json", &tables));
}

#[test]
fn the_readme_names_the_two_commands_and_ci_runs_the_same_test_command() {
    let readme = read("README.md");
    assert!(readme.contains("cargo run --release -- demo\n"));
    assert!(readme.contains("\ncargo test\n"));
    assert!(read(".ci/run").contains("\ncargo test\n"));
}

#[test]
fn the_changelog_knows_this_version() {
    let changelog = read("docs/changelog.md");
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        changelog.contains("## Unreleased") || changelog.contains(&format!("## {version}")),
        "neither Unreleased nor {version}"
    );
}

/// The names in quotes that look like environment variables and are read as such.
fn variables_in(text: &str) -> Vec<&str> {
    let known = [
        "COLUMNS",
        "TERM",
        "LANG",
        "NO_COLOR",
        "CLICOLOR",
        "FORCE_COLOR",
        "CI",
    ];
    let is_variable = |word: &&str| {
        let is_upper = |c: char| c.is_ascii_uppercase() || c == '_';
        word.chars().all(is_upper)
            && (known.contains(word)
                || ["DORA_", "LC_", "CLICOLOR_", "GH_", "GITHUB_"]
                    .iter()
                    .any(|begin| word.starts_with(begin) && word.len() > begin.len()))
    };
    text.split(['"', '`', '\'']).filter(is_variable).collect()
}

#[test]
fn every_variable_that_is_read_is_documented_and_no_other() {
    let mut read_here = std::collections::BTreeSet::new();
    for file in [
        "src/cli.rs",
        "src/clock.rs",
        "src/commands/github.rs",
        "src/commands/output.rs",
        "src/render/decide.rs",
        "src/sources/github/access.rs",
        "src/store/layers.rs",
    ] {
        let text = read(file);
        read_here.extend(variables_in(&text).into_iter().map(str::to_owned));
    }
    assert!(read_here.len() > 10, "{read_here:?}");
    let document = read("docs/environment.md");
    let documented: std::collections::BTreeSet<String> = variables_in(&document)
        .into_iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(documented, read_here);
}

#[test]
fn documents_link_to_files_that_exist() {
    let mut documents = vec![PathBuf::from("README.md")];
    for folder in ["docs", "docs/metrics"] {
        for entry in fs::read_dir(root().join(folder)).expect("listed") {
            let path = PathBuf::from(folder).join(entry.expect("an entry").file_name());
            if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    let mut broken = Vec::new();
    for document in documents {
        let text = read(&document.to_string_lossy());
        let folder = root().join(&document);
        let folder = folder.parent().expect("a folder");
        for (_, rest) in text
            .match_indices("](")
            .map(|(at, found)| text.split_at(at + found.len()))
        {
            let link = rest.split(')').next().unwrap_or_default();
            let path = link.split('#').next().unwrap_or_default();
            if !path.is_empty() && !link.contains("://") && !folder.join(path).exists() {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
