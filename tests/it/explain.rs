//! `dora explain` through the program: every term in every format, and the page of notices, which holds
//! the code of every notice that the sources make and no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::run::Run;
use crate::support::world::World;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn explain(arguments: &[&str]) -> Run {
    let world = World::new();
    let arguments: Vec<&str> = ["explain"].iter().chain(arguments).copied().collect();
    world.dora_in(&world.home(), &arguments, &[])
}

/// The sources of the program without their tests, with their paths.
fn sources(directory: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.display().to_string();
        let is_test = ["tests.rs", "cases.rs", "laws.rs", "sample.rs", "story.rs"]
            .iter()
            .any(|end| name.ends_with(end));
        if path.is_dir() && !name.ends_with("/sample") {
            sources(&path, found);
        } else if name.ends_with(".rs") && !is_test {
            let text = fs::read_to_string(&path).expect("UTF-8");
            let code = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default();
            found.push((name, code.to_owned()));
        }
    }
}

/// What stands in quotes right after each `begin`, blanks between them or not.
fn quoted_after<'t>(text: &'t str, begin: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(begin).skip(1).filter_map(|rest| {
        let inside = rest.trim_start().strip_prefix('"')?;
        inside.split('"').next()
    })
}

fn is_code(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c == '-';
    text.contains('-') && text.chars().all(is_letter) && !text.starts_with('-')
}

/// Every code that the sources give a notice.
fn codes_of_the_sources() -> BTreeSet<String> {
    let mut found = Vec::new();
    sources(&root().join("src"), &mut found);
    let mut codes = BTreeSet::new();
    for (_, text) in &found {
        let direct = ["Notice::new(", ".notice("];
        let direct = direct.iter().flat_map(|begin| quoted_after(text, begin));
        codes.extend(
            direct
                .filter(|it| is_code(it) || *it == "bands")
                .map(str::to_owned),
        );
        // A few files choose the code first: there every text that looks like a code is one.
        if text.contains("Notice::new(code") {
            let quoted = text.split('"').skip(1).step_by(2);
            codes.extend(quoted.filter(|it| is_code(it)).map(str::to_owned));
        }
    }
    codes
}

#[test]
fn every_notice_has_a_row_on_the_page_and_no_other() {
    let codes = codes_of_the_sources();
    assert!(codes.len() > 80, "they are found: {codes:?}");
    let page = read("docs/notices.md");
    let rows: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let documented: BTreeSet<String> = rows.iter().map(|&row| row.to_owned()).collect();
    assert_eq!(rows.len(), documented.len(), "a code stands there once");
    let missing: Vec<&String> = codes.difference(&documented).collect();
    let unknown: Vec<&String> = documented.difference(&codes).collect();
    let none: [&String; 0] = [];
    assert_eq!(missing, none, "docs/notices.md has no row of these");
    assert_eq!(unknown, none, "no source makes these of docs/notices.md");
}

#[test]
fn every_term_of_every_kind_is_explained_one_by_one() {
    let all = explain(&["--format", "json"]).json();
    let entries = all["entries"].as_array().expect("entries");
    assert_eq!(all["term"], Value::Null);
    let mut named = BTreeSet::new();
    for (kind, least) in [
        ("metric", 20),
        ("word", 80),
        ("failure-rule", 8),
        ("finding", 7),
        ("notice", 80),
        ("profile", 7),
        ("exit-code", 9),
    ] {
        let of_kind = entries.iter().filter(|entry| entry["kind"] == kind);
        let names: Vec<&str> = of_kind.filter_map(|it| it["name"].as_str()).collect();
        assert!(names.len() >= least, "{kind}: {names:?}");
        // One of each kind through the program; the rest through the list itself.
        let run = explain(&[names[names.len() / 2]]);
        assert_eq!(run.status, 0, "{run}");
        named.extend(names.into_iter().map(str::to_owned));
    }
    let glossary = read("docs/glossary.md");
    let words = glossary.lines().filter_map(|line| {
        let word = line.strip_prefix("| ")?.split(" |").next()?;
        (word != "word").then_some(word)
    });
    for word in words {
        assert!(named.contains(word), "{word}");
    }
    for code in codes_of_the_sources() {
        assert!(named.contains(&code), "{code}");
    }
}

#[test]
fn a_term_in_two_senses_is_told_in_both() {
    let run = explain(&["Change", "failure_rate"]);
    assert_eq!(run.status, 0, "{run}");
    let said = &run.stdout;
    assert!(
        said.starts_with("change-failure-rate · metric; also change fail rate, cfr\n"),
        "{said}"
    );
    assert!(
        said.contains("How often does a deployment need repair?"),
        "{said}"
    );
    assert!(
        said.contains("(failed deployments + failed attempts) ÷ (deployments + failed attempts)")
            || said.contains("(failed deployments + failed attempts) ÷"),
        "{said}"
    );
    assert!(
        said.contains("\nchange failure rate · word of the glossary\n"),
        "{said}"
    );
}

#[test]
fn a_profile_is_a_table_of_limits_in_every_format() {
    let run = explain(&["2021"]);
    let row = run.stdout.lines().find(|line| line.contains("lead-time"));
    let words: Vec<&str> = row.expect("a row").split("  ").map(str::trim).collect();
    let words: Vec<&str> = words.into_iter().filter(|it| !it.is_empty()).collect();
    assert_eq!(words, ["lead-time", "< 1 h", "< 7 d", "< 6 months"]);
    let ascii = explain(&["2021", "--charset", "ascii"]);
    assert!(ascii.stdout.is_ascii(), "{ascii}");
    assert!(ascii.stdout.contains(">= 1 in 6 months"), "{ascii}");
    let plain = explain(&["2021", "--accessible"]);
    assert!(
        plain
            .stdout
            .contains("change-failure-rate: elite ≤ 15 %, high ≤ 20 %, medium ≤ 30 %."),
        "{plain}"
    );
    let json = explain(&["2021", "--format", "json"]).json();
    assert_eq!(json["entries"][0]["limits"][0]["medium"], "≥ 1 in 6 months");
    let csv = explain(&["2021", "--format", "csv"]).stdout;
    assert!(csv.starts_with("kind,name,also,meaning,details,page\r\nprofile,2021,profile 2021,"));
    assert!(
        csv.contains("time-to-restore: elite < 1 h, high < 1 d, medium < 7 d"),
        "{csv}"
    );
    let md = explain(&["2021", "--format", "md"]).stdout;
    assert!(
        md.starts_with("# 2021\n\n## Profiles of bands\n\n| name |"),
        "{md}"
    );
}

#[test]
fn nothing_is_wider_than_the_terminal_and_ascii_is_ascii() {
    let world = World::new();
    for columns in ["40", "72", "100"] {
        for term in [
            None,
            Some("flow-efficiency"),
            Some("incident"),
            Some("2025"),
        ] {
            let arguments = ["explain", "--charset", "ascii"].into_iter().chain(term);
            let arguments: Vec<&str> = arguments.collect();
            let run = world.dora_in(&world.home(), &arguments, &[("COLUMNS", columns)]);
            assert_eq!(run.status, 0, "{run}");
            assert!(run.stdout.is_ascii(), "{run}");
            assert!(
                !run.stdout.contains("\\u"),
                "a sign without a spelling: {run}"
            );
            let widest = run.stdout.lines().map(str::len).max().unwrap_or(0);
            assert!(widest <= columns.parse().expect("a number"), "{run}");
        }
    }
}

#[test]
fn an_unknown_term_is_a_usage_error_that_suggests() {
    for (term, suggested) in [
        ("shalow-clone", "shallow-clone"),
        ("the flow efficiency", "flow efficiency"),
        ("LEAD TIEM", "lead time"),
    ] {
        let run = explain(&[term]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{run}");
        assert!(run.stderr.contains("did you mean: "), "{run}");
        assert!(run.stderr.contains(suggested), "{run}");
        assert!(
            run.stderr.contains("dora explain lists every term"),
            "{run}"
        );
    }
    let run = explain(&["\u{1b}[31mred\u{7}"]);
    assert_eq!(run.status, 2, "{run}");
    assert!(!run.stderr.contains(['\u{1b}', '\u{7}']), "{run}");
}
