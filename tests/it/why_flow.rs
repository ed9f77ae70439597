//! `dora why` about the value stream through the program: every number in every format, the same figures as
//! `dora flow` and `dora value`, and what is said of a question that makes no sense.

use std::fs;

use serde_json::Value;

use crate::docs::check;
use crate::flow::worked_example;
use crate::flow_story;
use crate::support::run::Run;
use crate::support::world::{Repo, World};
use crate::why::with_transcripts;

/// Every number and rule, as it is typed.
const NUMBERS: [&str; 22] = [
    "flow-time",
    "flow-efficiency",
    "flow-load",
    "flow-velocity",
    "flow-distribution",
    "blocked-time",
    "constraint",
    "service-level",
    "stage-time",
    "stage:Code Review",
    "idea-to-cash",
    "idea-to-production",
    "coverage",
    "tracker-gap",
    "value",
    "stage-age-two-sigma",
    "stage-age-p85",
    "old-item",
    "wip-limit",
    "stage-overfull",
    "low-efficiency",
    "finding:blocked",
];

fn why(world: &World, repo: &Repo, arguments: &[&str]) -> Run {
    let arguments: Vec<&str> = ["why"].iter().chain(arguments).copied().collect();
    let run = world.dora(repo, &arguments);
    assert_eq!(run.status, 0, "{run}");
    run
}

fn json(world: &World, repo: &Repo, number: &str) -> Value {
    why(world, repo, &[number, "--format", "json"]).json()
}

#[test]
fn the_figures_are_those_of_the_reports() {
    let world = World::new();
    let repo = worked_example(&world);
    let flow = world.dora(&repo, &["flow", "--format", "json"]).json();
    let value = world.dora(&repo, &["value", "--format", "json"]).json();
    for (number, told) in [
        ("flow-time", &flow["flow_time"]["p50_hours"]),
        ("flow-efficiency", &flow["flow_efficiency"]["value"]),
        ("flow-velocity", &flow["flow_velocity"]["per_week"]),
        ("blocked-time", &flow["blocked"]["hours"]),
        ("constraint", &flow["constraint"]["wait_share"]),
        ("service-level", &flow["service_level"]["p85_hours"]),
        ("idea-to-cash", &flow["idea_to_cash"]["mean_hours"]),
        ("stage:Code Review", &flow["stages"][3]["median_hours"]),
        ("value", &value["delivered"]["value"]),
    ] {
        assert!(told.as_f64().is_some(), "{number}: {told}");
        assert_eq!(
            &json(&world, &repo, number)["figure"]["value"],
            told,
            "{number}"
        );
    }
    assert_eq!(flow["stages"][3]["stage"], "Code Review");
    let load = json(&world, &repo, "flow-load");
    assert_eq!(
        load["figure"]["value"].as_f64(),
        flow["flow_load"]["count"].as_f64()
    );
    let found: Vec<&str> = flow["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter_map(|finding| finding["rule"].as_str())
        .collect();
    assert_eq!(found, ["stage-age-p85"]);
    for rule in &NUMBERS[15..] {
        let file = json(&world, &repo, rule);
        let is_found = file["figure"]["value"].as_f64() == Some(1.0);
        assert_eq!(is_found, *rule == "stage-age-p85", "{file:#}");
    }
}

#[test]
fn a_spreadsheet_of_the_rows_adds_up_to_the_efficiency() {
    let world = World::new();
    let repo = worked_example(&world);
    let csv = why(&world, &repo, &["flow-efficiency", "--format", "csv"]).stdout;
    let mut lines = csv
        .lines()
        .map(|line| line.trim_end().split(',').collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let place = |name: &str| {
        let found = header.iter().position(|column| *column == name);
        found.unwrap_or_else(|| panic!("{name} in {header:?}"))
    };
    let (role, worked, waited) = (place("role"), place("worked_hours"), place("waited_hours"));
    let mut sums = [0.0, 0.0];
    for row in lines.filter(|row| row[role] == "counted") {
        sums[0] += row[worked].parse::<f64>().expect("hours");
        sums[1] += row[waited].parse::<f64>().expect("hours");
    }
    // (98 + 55 + 78) ÷ (194 + 103 + 96)
    assert_eq!(sums, [231.0, 162.0]);
    let told = json(&world, &repo, "flow-efficiency")["figure"]["value"].as_f64();
    assert_eq!(told, Some(231.0 / 393.0));
}

#[test]
fn every_number_is_told_in_every_format_and_width() {
    let world = World::new();
    let repo = worked_example(&world);
    for number in NUMBERS {
        let file = json(&world, &repo, number);
        assert_eq!(file["subject"], number);
        let title = file["title"].as_str().expect("a title");
        let markdown = why(&world, &repo, &[number, "--format", "md"]).stdout;
        assert!(markdown.starts_with(&format!("# {title}: ")), "{markdown}");
        let rows: usize = file["sections"]
            .as_array()
            .expect("sections")
            .iter()
            .map(|section| section["rows"].as_array().expect("rows").len())
            .sum();
        let csv = why(&world, &repo, &[number, "--format", "csv"]).stdout;
        assert_eq!(csv.lines().count(), rows + 1, "{csv}");
        let plain = why(&world, &repo, &[number, "--accessible"]).stdout;
        assert!(plain.contains(title), "{plain}");
        for columns in [40, 72, 100] {
            let width = columns.to_string();
            let arguments = ["why", number, "--charset", "ascii"];
            let run = world.dora_in(repo.path(), &arguments, &[("COLUMNS", &width)]);
            assert_eq!(run.status, 0, "{run}");
            assert!(
                run.stdout.is_ascii() && !run.stdout.contains("\\u"),
                "{run}"
            );
            let widest = run.stdout.lines().map(str::len).max().unwrap_or(0);
            assert!(widest <= columns, "{number} {widest}: {run}");
        }
    }
}

#[test]
fn a_question_that_makes_no_sense_says_what_does() {
    let world = World::new();
    let repo = worked_example(&world);
    for (arguments, said) in [
        (
            ["why", "stage:Reviewing", "-q"],
            ["there is no stage `Reviewing`", "Code Review"],
        ),
        (
            ["why", "flow-tiem", "-q"],
            ["there is no number `flow-tiem`", "dora why flow-time"],
        ),
        (
            ["why", "finding:nothing", "-q"],
            ["there is no number `finding:nothing`", "stage-age-p85"],
        ),
        (
            ["why", "flow-time", "--component=api"],
            [
                "flow-time says nothing of a single component",
                "leave out --component",
            ],
        ),
        (
            ["why", "value", "--deployment=x"],
            [
                "value says nothing of a single deployment",
                "leave out --deployment",
            ],
        ),
    ] {
        let run = world.dora(&repo, &arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{run}");
        for said in said {
            assert!(run.stderr.contains(said), "{run}");
        }
    }
}

#[test]
fn without_items_there_is_no_figure_and_strict_says_so() {
    let world = World::new();
    let mut repo = world.repository("shop");
    repo.at("2026-03-02 09:00").commit("feat: start");
    for number in ["flow-time", "coverage", "value", "constraint"] {
        let file = json(&world, &repo, number);
        assert_eq!(file["figure"]["value"], Value::Null);
        assert!(file["figure"]["reason"].is_string(), "{file:#}");
        let run = world.dora(&repo, &["why", number, "--strict"]);
        assert_eq!(run.status, 5, "{run}");
    }
}

#[test]
fn titles_of_others_are_harmless_on_a_screen_and_in_a_spreadsheet() {
    let world = World::new();
    let repo = worked_example(&world);
    let file = world.root().join("more.csv");
    let rows = "key,status,created,updated,title,type\n\
        FOC-200,Development,2026-03-03T09:00:00Z,2026-03-03T09:00:00Z,=cmd()\u{1b}[31m|x,Feature\n\
        FOC-200,Production,2026-03-03T09:00:00Z,2026-03-05T09:00:00Z,=cmd()\u{1b}[31m|x,Feature\n";
    fs::write(&file, rows).expect("written");
    let run = world.dora(&repo, &["import", file.to_str().expect("UTF-8")]);
    assert_eq!(run.status, 0, "{run}");
    for format in ["text", "csv", "md", "json"] {
        let said = why(&world, &repo, &["flow-time", "--format", format]).stdout;
        assert!(said.contains("FOC-200"), "{said}");
        assert!(!said.contains('\u{1b}'), "{said}");
    }
    let csv = why(&world, &repo, &["flow-time", "--format", "csv"]).stdout;
    assert!(csv.contains(",'=cmd()"), "{csv}");
}

#[test]
fn the_page_names_every_number_and_its_transcripts_are_what_the_program_says() {
    let world = World::new();
    let repo = worked_example(&world);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/why-flow.md");
    let page = fs::read_to_string(path).expect("the page");
    for number in NUMBERS {
        let name = number.replace("Code Review", "NAME");
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    let written = with_transcripts(&page, |arguments| {
        why(&world, &repo, &arguments[1..]).stdout
    });
    assert_eq!(written.matches("\n$ dora ").count(), 3);
    check("docs/why-flow.md", &written);
}

#[test]
fn a_term_says_how_its_number_is_opened_and_that_works() {
    let world = World::new();
    let repo = worked_example(&world);
    let all = world.dora(&repo, &["explain", "--format", "json"]).json();
    let facts = all["entries"].as_array().expect("entries").iter();
    let facts = facts.flat_map(|entry| entry["facts"].as_array().expect("facts"));
    let opened: Vec<&str> = facts
        .filter(|fact| fact["label"] == "opened by")
        .filter_map(|fact| fact["text"].as_str())
        .collect();
    assert!(opened.len() > 25, "{opened:?}");
    for command in opened {
        let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
        let run = world.dora(&repo, &arguments);
        assert_eq!(run.status, 0, "{command}: {run}");
    }
}

/// The rows of a section.
fn rows<'f>(file: &'f Value, key: &str) -> &'f [Value] {
    let sections = file["sections"].as_array().expect("sections");
    let found = sections.iter().find(|section| section["key"] == key);
    let found = found.unwrap_or_else(|| panic!("{key} in {file:#}"));
    found["rows"].as_array().expect("rows")
}

#[test]
fn numbers_of_items_and_code_are_opened_down_to_commits_and_deployments() {
    let (world, repo, _) = flow_story::told();
    let report = world.dora(&repo, &["flow", "--format", "json"]).json();
    let code = &report["code"];
    let way = json(&world, &repo, "idea-to-production");
    assert_eq!(way["environment"], "production");
    assert_eq!(
        way["figure"]["value"],
        code["idea_to_production"]["p50_hours"]
    );
    let counted = rows(&way, "items");
    assert_eq!(
        counted.len() as u64,
        code["idea_to_production"]["count"]
            .as_u64()
            .expect("a count")
    );
    let git = |arguments: &[&str]| {
        let run = std::process::Command::new("git")
            .arg("-C")
            .arg(repo.path())
            .args(arguments)
            .output();
        String::from_utf8(run.expect("git runs").stdout).expect("UTF-8")
    };
    for row in counted {
        // What the rows name is what git holds.
        let key = row["item"].as_str().expect("a key");
        for commit in row["commits"].as_array().expect("commits") {
            let id = commit.as_str().expect("an id");
            assert_eq!(id.len(), 40, "{id}");
            // It names the item, or the branch that was merged does.
            let said = git(&["log", "-1", "--format=%B", id]);
            let merged = git(&["log", "--merges", "--format=%B"]);
            let texts = [said, merged].map(|text| text.to_uppercase());
            assert!(texts.iter().any(|it| it.contains(key)), "{key}: {texts:?}");
        }
        let deployed = &row["deployment"];
        let known = code["deployments"].as_array().expect("deployments");
        assert!(
            known.iter().any(|it| &it["deployment"] == deployed),
            "{row:#}"
        );
    }
    let coverage = json(&world, &repo, "coverage");
    let told = &code["coverage"];
    assert_eq!(coverage["figure"]["value"], told["commit_share"]);
    let named = rows(&coverage, "changes").len() as u64;
    let nameless = rows(&coverage, "changes_left_out").len() as u64;
    assert_eq!(Some(named), told["commits_with_item"].as_u64());
    assert_eq!(Some(named + nameless), told["commits"].as_u64());
    let with_commit = rows(&coverage, "items").len() as u64;
    assert_eq!(Some(with_commit), told["items_with_commit"].as_u64());
    let gap = json(&world, &repo, "tracker-gap");
    let told = &code["tracker_gap"];
    assert_eq!(
        gap["figure"]["value"],
        told["done_minus_deployed_p50_hours"]
    );
    assert_eq!(
        Some(rows(&gap, "items").len() as u64),
        told["count"].as_u64()
    );
    let waits = rows(&gap, "items_left_out").iter();
    let waits = waits.filter(|row| {
        row["rule"]
            .as_str()
            .is_some_and(|it| it.starts_with("done, and "))
    });
    assert_eq!(
        Some(waits.count() as u64),
        told["done_not_deployed_count"].as_u64()
    );
}

#[test]
fn a_rule_is_headed_with_now_and_not_with_the_period_that_it_ignores() {
    let world = World::new();
    let repo = worked_example(&world);
    let period = ["--period", "2026-02-01..2026-02-28"];
    let run = why(&world, &repo, &[&["old-item"][..], &period].concat());
    let heading = run.stdout.lines().next().expect("a heading");
    assert!(heading.contains("now, 2026-"), "{run}");
    assert!(!run.stdout.contains("2026-02-01"), "{run}");
    let run = why(&world, &repo, &[&["flow-time"][..], &period].concat());
    assert!(run.stdout.contains("2026-02-01"), "{run}");
}

#[test]
fn the_weeks_beside_the_velocity_are_said_to_be_whole_and_the_period_to_touch_them() {
    let world = World::new();
    let repo = worked_example(&world);
    let run = why(
        &world,
        &repo,
        &["flow-velocity", "--period", "2026-03-10..2026-03-12"],
    );
    assert!(
        run.stdout
            .contains("ISO weeks that the period touches, each counted whole (1)"),
        "{run}"
    );
    assert!(run.stdout.contains("week is over"), "{run}");
}
