//! The rules of the house, read off the sources: who may import whom (spec 4.2), how long a file is,
//! how it opens, where git2 and clap may be named.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms of the crate that it may use. `None`: all of them.
const MAY_USE: [(&str, Option<&[&str]>); 15] = [
    ("model", Some(&[])),
    ("sources", Some(&["model"])),
    ("store", Some(&["model"])),
    ("gather", Some(&["model", "sources", "store"])),
    ("ledger", Some(&["model"])),
    ("metrics", Some(&["model", "ledger"])),
    ("report", Some(&["model", "ledger", "metrics"])),
    ("render", Some(&["model", "report"])),
    ("sample", Some(&["model", "sources"])),
    ("commands", None),
    ("cli", Some(&[])),
    ("clock", Some(&[])),
    ("error", None),
    ("lib", None),
    ("main", None),
];

/// Longest file, without its tests, in lines.
const LONGEST: usize = 500;

/// Longer files, each with the reason.
const LONGER: [(&str, &str); 2] = [
    (
        "report/document.rs",
        "the whole export in one place, a line of documentation for every field",
    ),
    (
        "report/flow/document.rs",
        "the whole export in one place, a line of documentation for every field",
    ),
];

/// A source file, with its path below `src`.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The room it lies in: the first folder, or its own name.
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The path of its module below the crate.
    fn module(&self) -> Vec<&str> {
        let path = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let mut parts: Vec<&str> = path.split('/').collect();
        if matches!(parts.last(), Some(&("mod" | "lib" | "main"))) {
            parts.pop();
        }
        parts
    }

    /// Its lines before the tests.
    fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| *line != "#[cfg(test)]")
    }

    /// Those lines as one text, without comments.
    fn code(&self) -> String {
        let code = self
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default());
        code.collect::<Vec<_>>().join("\n")
    }
}

fn manifest() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let root = manifest().join("src");
    let mut paths = Vec::new();
    rust_files(&root, &mut paths);
    paths.sort();
    let sources: Vec<Source> = paths
        .iter()
        .map(|path| Source {
            path: path
                .strip_prefix(&root)
                .expect("below src")
                .components()
                .map(|part| part.as_os_str().to_string_lossy())
                .collect::<Vec<_>>()
                .join("/"),
            text: fs::read_to_string(path).expect("UTF-8"),
        })
        .collect();
    assert!(sources.len() > 10, "the sources are found");
    sources
}

/// The first names of all paths that start at the crate, written `crate::…` or climbing there with
/// `super::`.
fn rooms_used(code: &str, module: &[&str]) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rooms = Vec::new();
    for (at, keyword) in code
        .match_indices("crate::")
        .chain(code.match_indices("super::"))
    {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| is_word(c) || c == ':' || c == '$') {
            continue;
        }
        let mut rest = &code[at + keyword.len()..];
        if keyword == "super::" {
            let mut climbed = 1;
            while let Some(after) = rest.strip_prefix("super::") {
                climbed += 1;
                rest = after;
            }
            if climbed < module.len() {
                continue;
            }
        }
        for path in branches(rest) {
            let room: String = path.chars().take_while(|&c| is_word(c)).collect();
            rooms.push(room);
        }
    }
    rooms
}

/// The alternatives of `{a::b, c}`, or the one path there is.
fn branches(text: &str) -> Vec<&str> {
    let Some(inside) = text.strip_prefix('{') else {
        return vec![text];
    };
    let mut depth = 0_usize;
    let mut start = 0;
    let mut branches = Vec::new();
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                branches.push(inside[start..at].trim());
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    branches.retain(|branch| !branch.is_empty());
    branches
}

#[test]
fn every_room_imports_only_what_the_table_allows() {
    let mut faults = Vec::new();
    for source in sources() {
        if source.path.starts_with("bin/") {
            continue;
        }
        let room = source.room();
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == room) else {
            faults.push(format!("{}: the table knows no room `{room}`", source.path));
            continue;
        };
        let Some(allowed) = allowed else { continue };
        for used in rooms_used(&source.code(), &source.module()) {
            if used != room && !allowed.contains(&used.as_str()) {
                faults.push(format!("{}: `{room}` must not use `{used}`", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_tables_speak_of_what_is_there() {
    let sources = sources();
    for (room, _) in MAY_USE {
        assert!(sources.iter().any(|source| source.room() == room), "{room}");
    }
    for (path, reason) in LONGER {
        let is_longer = |source: &Source| source.path == path && source.lines().count() > LONGEST;
        assert!(sources.iter().any(is_longer), "{path} ({reason})");
    }
}

#[test]
fn imports_are_found_however_they_are_written() {
    let code = "use crate::model::{A, B};\nuse crate::{ledger::Ledger, store::{x, y}, metrics};\n\
                fn f() -> crate::report::Report { super::super::render::run($crate::x) }";
    assert_eq!(
        rooms_used(code, &["sources", "git"]),
        ["model", "ledger", "store", "metrics", "report", "render"]
    );
    assert_eq!(
        rooms_used("use super::sibling::X;", &["sources", "git"]),
        [""; 0]
    );
    assert_eq!(rooms_used("use super::store::X;", &["gather"]), ["store"]);
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut faults = Vec::new();
    for source in sources() {
        let length = source.lines().count();
        let may_be_longer = LONGER.iter().any(|(path, _)| *path == source.path);
        if length > LONGEST && !may_be_longer {
            faults.push(format!("{}: {length} lines before its tests", source.path));
        }
        let head = source
            .text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .count();
        let is_crate = source.path == "lib.rs";
        if head == 0 || (head > 8 && !is_crate) {
            faults.push(format!("{}: opens with {head} lines of `//!`", source.path));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn foreign_crates_stay_in_their_rooms() {
    let rooms: [(&str, &[&str]); 8] = [
        ("git2", &["sources/git/"]),
        ("clap", &["cli.rs", "cli/"]),
        ("comfy_table", &["render/"]),
        ("terminal_size", &["commands/output.rs"]),
        ("indicatif", &["commands/progress.rs"]),
        ("serde_saphyr", &["sources/workflow_files/yaml.rs"]),
        ("reqwest", &["sources/github/"]),
        ("rustls", &["sources/github/"]),
    ];
    let mut faults = Vec::new();
    let sources = sources();
    for (name, places) in rooms {
        for place in places {
            let is_there = sources.iter().any(|source| source.path.starts_with(place));
            assert!(
                is_there,
                "{name} may be named in {place}, which is not there"
            );
        }
    }
    for source in &sources {
        let code = source.code();
        for (name, places) in rooms {
            let is_named = code.match_indices(&format!("{name}::")).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if is_named && !places.iter().any(|place| source.path.starts_with(place)) {
                faults.push(format!("{}: names {name}", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_test_file_is_forgotten() {
    let root = manifest().join("tests/it");
    let main = fs::read_to_string(root.join("main.rs")).expect("main.rs");
    let mut paths = Vec::new();
    rust_files(&root, &mut paths);
    for path in paths {
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let parent = path.parent().expect("a folder");
        let declared = format!("mod {name};");
        let has_it =
            |file: &Path| fs::read_to_string(file).is_ok_and(|text| text.contains(&declared));
        let is_known = name == "main"
            || name == "mod"
            || main.contains(&declared)
            || has_it(&parent.join("mod.rs"));
        assert!(is_known, "{} is declared nowhere", path.display());
    }
    let beside = fs::read_dir(manifest().join("tests")).expect("tests");
    for entry in beside {
        let path = entry.expect("an entry").path();
        let is_forgotten = path.extension().is_some_and(|extension| extension == "rs");
        assert!(!is_forgotten, "{} belongs into tests/it", path.display());
    }
}
