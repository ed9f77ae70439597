//! Times that no pipeline and no git ever wrote: the ends of the calendar, before 1970, beyond 64 bits,
//! no time at all. They are counted or rejected by name, and no arithmetic fails on them.

use std::fs;

use serde_json::json;

use crate::support::shell::Stream;
use crate::support::world::{World, instant};

const FIRST_DAY: &str = "2026-03-02T09:00:00Z";

#[test]
fn times_at_the_ends_of_the_calendar_stop_nothing() {
    let world = World::new();
    let times = [
        "0000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "+262143-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-03-02T25:00:00Z",
        "99999999999999999999",
        "2026-03-02T09:05:00",
    ];
    let mut stream = Stream::starting(instant(FIRST_DAY).timestamp());
    let mark = stream.file(b"feat: start", b"src/a", b"1");
    stream.tag("one", mark);
    for (number, time) in times.iter().enumerate() {
        let content = json!({ "api": { "version": format!("v{number}") }, "deployed_at": time });
        let content = content.to_string();
        stream.file(
            b"deploy",
            b"state/production-deployed-versions.json",
            content.as_bytes(),
        );
    }
    let place = world.imported("times", stream.bytes());
    let run = world.dora_in(&place, &["report", "--format", "json"], &[]);
    let report = run.json();
    assert_eq!(
        report["metrics"]["deployment_frequency"]["count"],
        times.len()
    );
    let rejected = report["notices"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["code"] == "deployed-at-rejected"))
        .expect("a notice");
    assert_eq!(rejected["count"], times.len());
    for as_of in [
        "0001-01-01",
        "9999-12-31",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ] {
        for period in [
            "30",
            "36500",
            "2026",
            "9999",
            "0001",
            "..",
            "0001-01-01..9999-12-31",
            "4000000000d",
        ] {
            let arguments = ["report", "--as-of", as_of, "--period", period];
            let run = world.dora_in(&place, &arguments, &[]);
            assert!(matches!(run.status, 0 | 2), "{arguments:?}: {run}");
            assert!(!run.stderr.contains("panicked"), "{run}");
        }
    }
}

#[test]
fn commits_with_impossible_times_are_read_and_counted() {
    let world = World::new();
    for (number, time) in [
        "0 +0000",
        "-5 +0000",
        "-99999999999999 +0000",
        "253402300800 +0000",
        "9223372036854775807 +0000",
        "99999999999999999999 +0000",
        "1772442000 +9999",
        "1772442000 -999999",
        "soon +0000",
        "",
    ]
    .iter()
    .enumerate()
    {
        let mut stream = Stream::starting(instant(FIRST_DAY).timestamp());
        let content = b"{\"api\":{\"version\":\"one\"}}";
        let path: &[u8] = b"state/production-deployed-versions.json";
        let mark = stream.file(b"feat: start", b"src/a", b"1");
        stream.tag("one", mark);
        stream.file(b"deploy", path, content);
        let place = world.imported(&format!("time-{number}"), stream.bytes());
        let mut parent = world.git(&place, &["rev-parse", "main"]);
        let tree = world.git(&place, &["rev-parse", "main^{tree}"]);
        for subject in ["feat: one", "feat: two"] {
            let commit = format!(
                "tree {tree}\nparent {parent}\nauthor S <s@example.test> {time}\n\
                 committer S <s@example.test> {time}\n\n{subject}\n"
            );
            let write = [
                "hash-object",
                "-t",
                "commit",
                "-w",
                "--stdin",
                "--literally",
            ];
            parent = world.git_fed(&place, &write, commit.as_bytes());
        }
        world.git(&place, &["update-ref", "refs/heads/main", &parent]);
        fs::create_dir(place.join("state")).expect("a directory");
        let state = json!({ "api": { "version": parent } }).to_string();
        fs::write(place.join("state/production-deployed-versions.json"), state).expect("a file");
        world.git(&place, &["read-tree", "main"]);
        world.git(&place, &["add", "state"]);
        world.git(&place, &["commit", "-q", "-m", "deploy"]);
        for arguments in [
            &["report", "--verbose"][..],
            &["report", "--format", "json"],
            &["report", "--compare", "--environment", "all"],
            &["init", "--dry-run"],
            &["report", "--period", ".."],
        ] {
            let run = world.dora_in(&place, arguments, &[]);
            assert_eq!(run.status, 0, "{time}: {arguments:?}: {run}");
        }
    }
}
