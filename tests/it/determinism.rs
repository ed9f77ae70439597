//! Same commits, same `.dora/`, same `--as-of`: the same bytes, wherever the clone lies. No person in
//! any of them. Nothing is written but `.dora/` and the files that were named.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::shell::{Stream, files_below};
use crate::support::world::{World, instant};

/// The people of the history; none of them may turn up anywhere.
const PEOPLE: [&str; 6] = [
    "Quirinius Abernathy",
    "quirinius@abernathy.example",
    "Zenobia Featherstonehaugh",
    "zenobia+git@example.test",
    "Xiomara Trelawney",
    "xiomara@trelawney.example",
];

/// Each person's parts, so that half a name is found too.
const PARTS: [&str; 6] = [
    "quirinius",
    "abernathy",
    "zenobia",
    "featherstonehaugh",
    "xiomara",
    "trelawney",
];

/// A history with a rollback, a hotfix, a revert, two environments, evidence and waiting changes, by
/// two authors, a co-author and a tagger.
fn history() -> Stream {
    let mut stream = Stream::starting(instant("2026-03-02 09:00").timestamp());
    let state: &[u8] = b"state/production-deployed-versions.json";
    let uat: &[u8] = b"state/uat-deployed-versions.json";
    let tested: &[u8] = b"state/uat-last-successfully-tested-versions.json";
    for (number, subject) in [
        "feat: a",
        "feat: b",
        "fix: b",
        "Revert \"feat: b\"",
        "feat: c",
    ]
    .iter()
    .enumerate()
    {
        let message = format!(
            "{subject}\n\nCo-authored-by: {} <{}>\nSigned-off-by: {} <{}>\n",
            PEOPLE[4], PEOPLE[5], PEOPLE[0], PEOPLE[1]
        );
        let path = format!("api/{number}");
        let mark = stream.file(message.as_bytes(), path.as_bytes(), b"x");
        stream.tag(&format!("v1.{number}.0"), mark);
        let path = format!("web/{number}");
        stream.file(message.as_bytes(), path.as_bytes(), b"x");
        let version = if number == 2 { 0 } else { number };
        let content = format!(
            "{{\"api\":{{\"version\":\"v1.{version}.0\",\"author\":\"{0}\"}},\
             \"web\":{{\"version\":\"v1.{number}.0\"}},\
             \"deployed_by\":\"{0}\",\"actor\":\"{1}\",\"approved_by\":{{\"name\":\"{2}\"}}}}",
            PEOPLE[0], PEOPLE[1], PEOPLE[2]
        );
        for path in [state, uat] {
            stream.file(b"chore: deploy", path, content.as_bytes());
        }
        let content = format!(
            "{{\"api\":\"v1.{number}.0\",\"tested_by\":\"{}\"}}",
            PEOPLE[2]
        );
        stream.file(b"chore: tested", tested, content.as_bytes());
    }
    stream.file(b"feat: waiting", b"api/waiting", b"x");
    stream
}

/// Two clones of one history under the same name in different directories.
fn two_clones(world: &World) -> [PathBuf; 2] {
    let stream = String::from_utf8(history().bytes().to_vec()).expect("UTF-8");
    let stream = stream
        .replace(
            "author Somebody <somebody@example.test>",
            &signature("author", 0),
        )
        .replace(
            "committer Somebody <somebody@example.test>",
            &signature("committer", 2),
        );
    let origin = world.imported("origin", stream.as_bytes());
    ["one/shop", "some/where/else/shop"].map(|name| world.clone_of(&origin, name, &[]))
}

fn signature(role: &str, person: usize) -> String {
    format!("{role} {} <{}>", PEOPLE[person], PEOPLE[person + 1])
}

const VIEWS: [&[&str]; 15] = [
    &["report"],
    &["report", "--compact"],
    &["report", "--verbose"],
    &["report", "--compare"],
    &["report", "--accessible", "--verbose"],
    &["report", "--environment", "all"],
    &["report", "--format", "json"],
    &["report", "--format", "json", "--environment", "all"],
    &["report", "--format", "csv"],
    &["report", "--format", "csv", "--of", "deployments"],
    &["report", "--format", "md"],
    &["trend", "--by", "week"],
    &["trend", "lead-time", "--accessible"],
    &["trend", "--format", "json"],
    &["init", "--dry-run", "--verbose"],
];

const AS_OF: [&str; 2] = ["--as-of", "2026-03-08T12:00:00Z"];

/// The view as of one instant; `init` has none but the present.
fn at_an_instant<'v>(view: &[&'v str]) -> Vec<&'v str> {
    match view {
        ["init", ..] => view.to_vec(),
        _ => [view, &AS_OF].concat(),
    }
}

fn assert_no_person(text: &str, what: &str) {
    let text = text.to_lowercase();
    for part in PARTS {
        assert!(!text.contains(part), "{part} is in {what}:\n{text}");
    }
}

#[test]
fn two_clones_and_two_runs_say_the_same_bytes() {
    let world = World::new();
    let [one, other] = two_clones(&world);
    for view in VIEWS {
        let arguments = at_an_instant(view);
        let first = world.dora_in(&one, &arguments, &[]);
        assert_eq!(first.status, 0, "{first}");
        assert_eq!(
            world.dora_in(&one, &arguments, &[]),
            first,
            "{view:?} again"
        );
        assert_eq!(
            world.dora_in(&other, &arguments, &[]),
            first,
            "{view:?} elsewhere"
        );
        if arguments.len() > view.len() {
            world.now("2026-07-01 00:00");
            assert_eq!(
                world.dora_in(&one, &arguments, &[]),
                first,
                "{view:?} on another day"
            );
            world.now("2026-03-09 09:00");
        }
    }
    for clone in [&one, &other] {
        assert_eq!(world.dora_in(clone, &["init"], &[]).status, 0);
    }
    let store = |clone: &Path| files_below(&clone.join(".dora"));
    assert_eq!(store(&one), store(&other));
    for view in VIEWS {
        let arguments = at_an_instant(view);
        let run = world.dora_in(&one, &arguments, &[]);
        assert_eq!(
            world.dora_in(&other, &arguments, &[]),
            run,
            "{view:?} with .dora/"
        );
    }
    assert_eq!(store(&one), store(&other));
}

#[test]
fn the_environment_of_the_process_changes_no_byte_of_a_file_format() {
    let world = World::new();
    let [one, _] = two_clones(&world);
    let odd = [
        ("TZ", "Pacific/Apia"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("LANG", "de_DE.UTF-8"),
        ("COLUMNS", "43"),
        ("NO_COLOR", "1"),
        ("TERM", "dumb"),
        ("USER", "nobody"),
    ];
    for format in ["json", "csv", "md"] {
        let arguments = ["report", "--format", format];
        let plain = world.dora_in(&one, &arguments, &[]);
        assert_eq!(world.dora_in(&one, &arguments, &odd), plain, "{format}");
    }
}

#[test]
fn no_person_is_in_any_output_export_or_file() {
    let world = World::new();
    let [one, _] = two_clones(&world);
    let log = world.git(&one, &["log", "--format=%an %ae %cn %ce %b"]);
    for part in PARTS {
        assert!(
            log.to_lowercase().contains(part),
            "{part} is in the history"
        );
    }
    for view in VIEWS {
        let run = world.dora_in(&one, view, &[]);
        assert_eq!(run.status, 0, "{run}");
        assert_no_person(&run.to_string(), &format!("{view:?}"));
    }
    let exports = ["a.json", "b.csv", "c.md", "d.txt"];
    let mut arguments = vec!["report", "--verbose"];
    arguments.extend(exports.iter().flat_map(|name| ["--export", name]));
    assert_no_person(&world.dora_in(&one, &arguments, &[]).to_string(), "remarks");
    for name in exports {
        let text = fs::read_to_string(one.join(name)).expect("an export");
        assert_no_person(&text, name);
    }
    for arguments in [&["init"][..], &["init", "--track"], &["report"], &[]] {
        let run = world.dora_in(&one, arguments, &[]);
        assert_no_person(&run.to_string(), &format!("{arguments:?}"));
    }
    for (path, content) in files_below(&one.join(".dora")) {
        assert_no_person(
            &String::from_utf8_lossy(&content),
            &path.display().to_string(),
        );
    }
}

#[test]
fn a_report_without_a_directory_of_ours_writes_nothing_at_all() {
    let world = World::new();
    let [one, _] = two_clones(&world);
    let before = files_below(world.root());
    for view in VIEWS {
        assert_eq!(world.dora_in(&one, view, &[]).status, 0);
    }
    for arguments in [
        &[][..],
        &["help"],
        &["report", "--strict"],
        &["report", "--fast"],
    ] {
        world.dora_in(&one, arguments, &[]);
    }
    assert_eq!(files_below(world.root()), before);
}

#[test]
fn commands_write_in_their_directory_and_the_files_that_were_named_only() {
    let world = World::new();
    let [one, other] = two_clones(&world);
    let before = files_below(world.root());
    for arguments in [
        &["init"][..],
        &["init", "--track", "--reset"],
        &["report"],
        &["report", "--recalculate"],
        &["report", "--export", "out.csv"],
        &["report", "--period", "7", "--export"],
        &[],
    ] {
        let run = world.dora_in(&one, arguments, &[]);
        assert_eq!(run.status, 0, "{arguments:?}: {run}");
    }
    let place = one.strip_prefix(world.root()).expect("inside");
    let new: Vec<PathBuf> = files_below(world.root())
        .into_iter()
        .filter(|(path, content)| before.get(path) != Some(content))
        .map(|(path, _)| path)
        .filter(|path| !path.starts_with(place.join(".dora")))
        .collect();
    assert_eq!(
        new,
        [place.join("dora-report-7.csv"), place.join("out.csv")]
    );
    assert!(!other.join(".dora").exists());
    for empty in [world.home(), world.root().join("tmp")] {
        assert!(files_below(&empty).is_empty(), "{}", empty.display());
    }
}

#[test]
fn a_view_of_another_time_or_place_leaves_the_directory_as_it_is() {
    let world = World::new();
    let [one, _] = two_clones(&world);
    assert_eq!(world.dora_in(&one, &["init"], &[]).status, 0);
    let before = files_below(&one.join(".dora"));
    for arguments in [
        &["report", "--as-of", "2026-03-02T09:20:00Z"][..],
        &["report", "--ref", "HEAD~5"],
        &["report", "--fast"],
        &["init", "--dry-run"],
        &["init", "--dry-run", "--reset"],
    ] {
        let run = world.dora_in(&one, arguments, &[]);
        assert_eq!(run.status, 0, "{arguments:?}: {run}");
        assert_eq!(files_below(&one.join(".dora")), before, "{arguments:?}");
    }
}
