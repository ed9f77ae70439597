//! The page about recording: its transcripts are what the program says on the first worked example, one
//! command after the other, and its table of columns is what an import knows.
//!
//! `UPDATE_DOCS=1 cargo test --test it recording_page` writes the transcripts anew.

use std::path::Path;
use std::process::Command;

use crate::docs::check;
use crate::support::world::World;
use crate::why::with_transcripts;
use crate::worked_examples::first_example;

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/recording.md");
    std::fs::read_to_string(path).expect("the page")
}

#[test]
fn the_transcripts_are_what_the_program_says() {
    let world = World::new();
    let mut shop = world.repository("shop");
    first_example(&mut shop);
    world.now("2026-03-09 09:00");
    let written = with_transcripts(&page(), |arguments| {
        let run = world.dora(&shop, arguments);
        assert_eq!(run.status, 0, "{run}");
        run.stdout
    });
    assert_eq!(written.matches("\n$ dora ").count(), 8);
    check("docs/recording.md", &written);
    // 30 and 45 minutes of the worked example, and the two hours of the incident.
    let median: Vec<&str> = written
        .lines()
        .filter(|line| line.contains("Time to restore"))
        .collect();
    assert!(
        median[0].contains("37 min 30 s") && median[1].contains("45 min"),
        "{median:?}"
    );
}

/// The script of the step that records, as a shell runs it when the deployment came through.
fn script() -> String {
    let page = page();
    let step = page.split("name: Record the deployment").nth(1);
    let script = step.and_then(|it| it.split("run: |\n").nth(1));
    let script = script.and_then(|it| it.split("```").next());
    let lines = script.expect("a script").lines();
    let lines: Vec<&str> = lines
        .map(|line| match line.contains("${{") {
            true => "",
            false => line.trim(),
        })
        .collect();
    lines.join("\n")
}

#[test]
fn the_pipeline_of_the_page_records_and_pushes_and_does_so_again_beside_others() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let start = shop.at("2026-03-02 09:00").commit("feat: start");
    world.dora(&shop, &["init", "--track"]);
    world.git(shop.path(), &["add", "."]);
    world.git(shop.path(), &["commit", "-q", "-m", "chore: track"]);
    let origin = world.clone_of(shop.path(), "origin.git", &["--bare"]);
    let runner = world.clone_of(&origin, "runner", &[]);
    let other = world.clone_of(&origin, "other", &[]);
    let program = Path::new(env!("CARGO_BIN_EXE_dora"));
    let programs = program.parent().expect("a directory").display();
    let run = |place: &Path, time: &str| {
        // A runner has no identity of its own: neither in variables nor at home.
        let output = Command::new("/bin/sh")
            .args(["-e", "-c", &script()])
            .current_dir(place)
            .env_clear()
            .env("PATH", format!("{programs}:/usr/local/bin:/usr/bin:/bin"))
            .env("HOME", world.place("home-of-a-runner"))
            .env("DORA_NOW", world.clock())
            .env("GITHUB_SHA", &start)
            .env("DEPLOYED_AT", time)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .expect("a shell");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
    };
    run(&runner, "2026-03-03T10:00:00Z");
    // Again, which records nothing, and somewhere else, which knows nothing of it yet.
    run(&runner, "2026-03-03T10:00:00Z");
    run(&other, "2026-03-04T10:00:00Z");
    run(&runner, "2026-03-05T10:00:00Z");
    let records = world.git(&origin, &["show", "HEAD:.dora/records.jsonl"]);
    let times: Vec<&str> = ["03-03T10", "03-04T10", "03-05T10"]
        .into_iter()
        .filter(|time| records.matches(&format!("\"time\":\"2026-{time}")).count() == 1)
        .collect();
    assert_eq!(times.len(), 3, "{records}");
}

#[test]
fn the_table_of_columns_is_what_an_import_knows() {
    let page = page();
    for (column, names) in dora::sources::incidents::COLUMNS {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{column}` |")) && line.contains(&names[0]))
            .unwrap_or_else(|| panic!("no row for {column}"));
        assert!(row.contains(&names.join(", ")), "{row}");
    }
}
