//! The page about recording: its transcripts are what the program says on the first worked example, one
//! command after the other, and its table of columns is what an import knows.
//!
//! `UPDATE_DOCS=1 cargo test --test it recording_page` writes the transcripts anew.

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
