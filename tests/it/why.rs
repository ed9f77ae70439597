//! `dora why`, told by both worked examples of the definition (spec 2.12): every row that counted, every row
//! that did not, and the same figure as the report.

use serde_json::{Value, json};

use crate::support::world::{Repo, World};
use crate::worked_examples::{first_example, second_example};

const FIRST: &str = "2026-03-02T09:00:00Z..2026-03-09T09:00:00Z";
const SECOND: &str = "2026-04-06T09:00:00Z..2026-04-08T09:00:00Z";

/// A world with one of the examples.
struct Told {
    world: World,
    shop: Repo,
    period: &'static str,
    /// Versions by name: `c1`, `w2`.
    versions: Vec<(String, String)>,
}

fn first() -> Told {
    let world = World::new();
    let mut shop = world.repository("shop");
    let versions = named("c", first_example(&mut shop));
    world.now("2026-03-09 09:00");
    Told {
        world,
        shop,
        period: FIRST,
        versions,
    }
}

fn second() -> Told {
    let world = World::new();
    let mut shop = world.repository("shop");
    let (web, core) = second_example(&mut shop);
    world.now("2026-04-08 09:00");
    let mut versions = named("w", web);
    versions.extend(named("k", core));
    Told {
        world,
        shop,
        period: SECOND,
        versions,
    }
}

fn named(letter: &str, versions: Vec<String>) -> Vec<(String, String)> {
    let numbered = versions.into_iter().enumerate();
    numbered
        .map(|(index, version)| (format!("{letter}{}", index + 1), version))
        .collect()
}

impl Told {
    fn why(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["why", "--format", "json"];
        // An answer about one deployment is the same in every period.
        if !arguments
            .iter()
            .any(|it| ["--deployment", "--period"].contains(it))
        {
            all.extend(["--period", self.period]);
        }
        all.extend(arguments);
        self.world.dora(&self.shop, &all).json()
    }

    fn report(&self) -> Value {
        let arguments = ["report", "--period", self.period, "--format", "json"];
        self.world.dora(&self.shop, &arguments).json()
    }

    /// The name of a commit of the story.
    fn name(&self, id: &Value) -> &str {
        let id = id.as_str().expect("an id");
        let found = self.versions.iter().find(|(_, version)| version == id);
        found.map_or("?", |(name, _)| name)
    }

    /// The id of the deployment of this minute.
    fn deployment(&self, minute: &str) -> String {
        let report = self.report();
        let rows = report["deployments"].as_array().expect("deployments");
        let stamp = format!("{}:00Z", minute.replace(' ', "T"));
        let row = rows.iter().find(|row| row["timestamp"] == stamp);
        row.expect("a deployment of that minute")["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }
}

fn rows<'a>(answer: &'a Value, section: &str) -> &'a [Value] {
    let sections = answer["sections"].as_array().expect("sections");
    let found = sections.iter().find(|it| it["key"] == section);
    let found = found.unwrap_or_else(|| panic!("no section {section}: {answer:#}"));
    found["rows"].as_array().expect("rows")
}

/// The minutes of the instants in a column: `03-02 12:00`.
fn minutes(rows: &[Value], column: &str) -> Vec<String> {
    rows.iter()
        .map(|row| {
            let instant = row[column].as_str().expect("an instant");
            instant[5..16].replace('T', " ")
        })
        .collect()
}

fn column<'a>(rows: &'a [Value], column: &str) -> Vec<&'a Value> {
    rows.iter().map(|row| &row[column]).collect()
}

fn counts(rows: &[Value]) -> Vec<(&str, u64)> {
    rows.iter()
        .map(|row| {
            (
                row["what"].as_str().expect("what"),
                row["count"].as_u64().expect("a whole count"),
            )
        })
        .collect()
}

fn arithmetic(answer: &Value) -> Vec<&str> {
    let steps = answer["arithmetic"].as_array().expect("arithmetic");
    steps.iter().filter_map(Value::as_str).collect()
}

#[test]
fn the_lead_time_of_the_first_example_is_the_median_of_its_six_changes() {
    let told = first();
    let answer = told.why(&["lead-time"]);
    assert_eq!(answer["figure"]["value"], 45.0);
    assert_eq!(answer["figure"]["text"], "45 min (median of 6 changes)");
    assert_eq!(answer["figure"]["interval95"], json!([10.0, 120.0]));
    let changes = rows(&answer, "changes");
    let counted: Vec<(&str, f64, u64)> = changes
        .iter()
        .map(|row| {
            (
                told.name(&row["commit"][0]),
                row["lead_time_minutes"].as_f64().expect("minutes"),
                row["rank"].as_u64().expect("a rank"),
            )
        })
        .collect();
    assert_eq!(
        counted,
        [
            ("c4", 10.0, 1),
            ("c5", 20.0, 2),
            ("c3", 30.0, 3),
            ("c6", 60.0, 4),
            ("c7", 60.0, 5),
            ("c2", 120.0, 6),
        ]
    );
    assert_eq!(
        minutes(changes, "deployed"),
        [
            "03-03 09:10",
            "03-03 09:40",
            "03-02 12:00",
            "03-04 15:00",
            "03-05 09:00",
            "03-02 12:00"
        ]
    );
    assert_eq!(
        minutes(changes, "committed"),
        [
            "03-03 09:00",
            "03-03 09:20",
            "03-02 11:30",
            "03-04 14:00",
            "03-05 08:00",
            "03-02 10:00"
        ]
    );
    assert_eq!(changes[0]["subject"], "feat: c");
    assert_eq!(
        changes[0]["deployment"],
        told.deployment("2026-03-03 09:10")
    );
    assert!(rows(&answer, "changes_left_out").is_empty());
    let left_out = rows(&answer, "deployments_left_out");
    assert_eq!(
        minutes(left_out, "time"),
        ["03-02 09:30", "03-04 15:45", "03-05 09:30"]
    );
    let rules: Vec<&str> = column(left_out, "rule")
        .into_iter()
        .map(|rule| {
            rule.as_str()
                .expect("a rule")
                .split(':')
                .next()
                .expect("a word")
        })
        .collect();
    assert_eq!(rules, ["baseline", "rollback", "redeployment"]);
    // A commit of the pipeline per deployment but the first, which the baseline holds.
    let others = counts(rows(&answer, "commits_left_out"));
    assert!(
        others.contains(&("changes not deployed yet", 1)),
        "{others:?}"
    );
    let steps = arithmetic(&answer);
    assert_eq!(
        steps[1],
        "median: (rank 3 + rank 4) ÷ 2 = (30 + 60) ÷ 2 = 45 min"
    );
    let definition = answer["definition"].as_str().expect("a definition");
    for setting in ["author time", "production", "cd-agent", "UTC"] {
        assert!(definition.contains(setting), "{definition}");
    }
}

#[test]
fn the_failure_rate_of_the_first_example_is_two_of_seven() {
    let told = first();
    let answer = told.why(&["change-failure-rate"]);
    let value = answer["figure"]["value"].as_f64().expect("a value");
    assert!((value - 2.0 / 7.0).abs() < 1e-15);
    let failed = rows(&answer, "failed");
    assert_eq!(minutes(failed, "time"), ["03-03 09:10", "03-04 15:00"]);
    assert_eq!(column(failed, "rules"), ["hotfix", "rollback"]);
    assert_eq!(
        column(failed, "remedy"),
        [
            &json!([told.deployment("2026-03-03 09:40")]),
            &json!([told.deployment("2026-03-04 15:45")])
        ]
    );
    let shown: Vec<&str> = failed
        .iter()
        .map(|row| told.name(&row["commits"][0]))
        .collect();
    assert_eq!(shown, ["c5", "c5"], "the fix, and the version gone back to");
    assert_eq!(
        failed[0]["evidence"],
        "hotfix: only fixes followed within 30 min"
    );
    let fine = rows(&answer, "not_failed");
    assert_eq!(
        minutes(fine, "time"),
        [
            "03-02 09:30",
            "03-02 12:00",
            "03-03 09:40",
            "03-04 15:45",
            "03-05 09:00"
        ]
    );
    let neither = rows(&answer, "entries_left_out");
    assert_eq!(minutes(neither, "time"), ["03-05 09:30"]);
    assert_eq!(
        arithmetic(&answer)[0],
        "(2 failed + 0 attempts) ÷ (7 deployments + 0 attempts) = 2 ÷ 7 = 0.2857 (28.6 %)"
    );
    // Wilson's interval of 2 of 7, computed independently.
    let interval = answer["figure"]["interval95"]
        .as_array()
        .expect("an interval");
    for (end, expected) in interval.iter().zip([0.0822, 0.6411]) {
        assert!((end.as_f64().expect("a number") - expected).abs() < 1e-4);
    }
}

#[test]
fn the_other_figures_of_the_first_example_rest_on_their_rows() {
    let told = first();
    let frequency = told.why(&["deployment-frequency"]);
    assert_eq!(frequency["figure"]["value"], 1.0);
    let deployments = rows(&frequency, "deployments");
    assert_eq!(
        minutes(deployments, "time"),
        [
            "03-02 09:30",
            "03-02 12:00",
            "03-03 09:10",
            "03-03 09:40",
            "03-04 15:00",
            "03-04 15:45",
            "03-05 09:00"
        ]
    );
    assert_eq!(
        minutes(rows(&frequency, "deployments_left_out"), "time"),
        ["03-05 09:30"]
    );
    assert!(
        arithmetic(&frequency).contains(&"7 deployments ÷ 7 days = 1 per day (1.0 /day)"),
        "{frequency:#}"
    );

    let restore = told.why(&["mttr"]);
    assert_eq!(restore["subject"], "time-to-restore");
    assert_eq!(restore["figure"]["value"], 37.5);
    let outages = rows(&restore, "outages");
    assert_eq!(column(outages, "restore_minutes"), [30.0, 45.0]);
    assert_eq!(minutes(outages, "start"), ["03-03 09:10", "03-04 15:00"]);
    assert_eq!(minutes(outages, "end"), ["03-03 09:40", "03-04 15:45"]);
    assert_eq!(
        column(outages, "ended_by"),
        [
            &json!([told.deployment("2026-03-03 09:40")]),
            &json!([told.deployment("2026-03-04 15:45")])
        ]
    );
    assert_eq!(
        arithmetic(&restore)[1],
        "median: (rank 1 + rank 2) ÷ 2 = (30 + 45) ÷ 2 = 37.5 min"
    );

    let rework = told.why(&["rework"]);
    let repairs = rows(&rework, "rework");
    assert_eq!(minutes(repairs, "time"), ["03-03 09:40", "03-04 15:45"]);
    assert_eq!(column(repairs, "rules"), ["hotfix", "rollback"]);
    assert_eq!(
        repairs[0]["repaired"],
        json!([told.deployment("2026-03-03 09:10")])
    );
    assert_eq!(rows(&rework, "no_rework").len(), 5);
    assert_eq!(
        arithmetic(&rework),
        ["2 rework ÷ 7 deployments = 0.2857 (28.6 %)"]
    );

    let waiting = told.why(&["waiting"]);
    assert_eq!(waiting["figure"]["value"], 1.0);
    let changes = rows(&waiting, "changes");
    assert_eq!(column(changes, "subject"), ["feat: f"]);
    assert_eq!(
        column(changes, "age_minutes"),
        [4380.0],
        "3 days and 1 hour"
    );
}

#[test]
fn the_rows_of_the_second_example_are_those_of_the_definition() {
    let told = second();
    let lead_time = told.why(&["lead-time"]);
    assert_eq!(lead_time["figure"]["value"], 10.0);
    let changes = rows(&lead_time, "changes");
    let mut shipped: Vec<&str> = changes
        .iter()
        .map(|row| told.name(&row["commit"][0]))
        .collect();
    shipped.sort_unstable();
    assert_eq!(shipped, ["k2", "k3", "k4", "w2", "w3", "w4"]);
    assert!(
        column(changes, "lead_time_minutes")
            .iter()
            .all(|it| **it == 10.0)
    );
    let left_out = rows(&lead_time, "deployments_left_out");
    assert_eq!(
        minutes(left_out, "time"),
        ["04-06 09:00", "04-06 10:00", "04-06 14:00"]
    );
    let rule = left_out[0]["rule"].as_str().expect("a rule");
    assert!(
        rule.contains("baseline") && rule.contains("unresolved"),
        "core begins there, web is `latest`: {rule}"
    );

    let rate = told.why(&["cfr"]);
    let failed = rows(&rate, "failed");
    assert_eq!(minutes(failed, "time"), ["04-06 12:00", "04-07 09:00"]);
    assert_eq!(column(failed, "rules"), ["rollback", "revert"]);
    assert_eq!(
        minutes(rows(&rate, "not_failed"), "time"),
        [
            "04-06 09:00",
            "04-06 10:00",
            "04-06 12:10",
            "04-06 14:00",
            "04-06 14:30",
            "04-07 09:30",
            "04-07 11:00"
        ]
    );

    let restore = told.why(&["restore"]);
    assert_eq!(
        column(rows(&restore, "outages"), "restore_minutes"),
        [120.0, 120.0]
    );
    let rework = told.why(&["rework-rate"]);
    assert_eq!(
        minutes(rows(&rework, "rework"), "time"),
        ["04-06 14:00", "04-07 11:00"]
    );
    assert_eq!(
        told.why(&["deployment-frequency"])["figure"]["value"],
        4.5,
        "9 deployments in 2 days"
    );

    // The core alone: E1, E3, E5, E6 and E8.
    let core = told.why(&["deployment-frequency", "--component", "core"]);
    assert_eq!(
        minutes(rows(&core, "deployments"), "time"),
        [
            "04-06 09:00",
            "04-06 12:00",
            "04-06 14:00",
            "04-06 14:30",
            "04-07 09:30"
        ]
    );
}

#[test]
fn the_verdict_on_one_deployment_tells_what_every_rule_said() {
    let told = first();
    let failed = told.deployment("2026-03-04 15:00");
    let answer = told.why(&["change-failure-rate", "--deployment", &failed]);
    assert_eq!(answer["deployment"], failed);
    assert_eq!(answer["figure"]["value"], 1.0);
    assert_eq!(answer["figure"]["text"], "failed, by rollback");
    let rules = rows(&answer, "rules");
    let said: Vec<(&str, &str)> = rules
        .iter()
        .map(|row| {
            (
                row["rule"].as_str().expect("a rule"),
                row["said"].as_str().expect("a word"),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("marked", "nothing"),
            ("incident", "nothing"),
            ("rollback", "failed"),
            ("revert", "nothing"),
            ("hotfix", "nothing"),
            ("acceptance", "nothing"),
            ("attempt", "nothing"),
            ("run", "nothing"),
        ]
    );
    assert_eq!(
        rules[2]["remedy"],
        json!([told.deployment("2026-03-04 15:45")])
    );
    let hotfix = rules[4]["because"].as_str().expect("words");
    assert!(
        hotfix.contains("45 min later") && hotfix.contains("rollback"),
        "{hotfix}"
    );

    // D6 went back itself: it cannot fail by `hotfix`.
    let way_back = told.deployment("2026-03-04 15:45");
    let answer = told.why(&["cfr", "--deployment", &way_back]);
    assert_eq!(answer["figure"]["value"], 0.0);
    let because = rows(&answer, "rules")[4]["because"]
        .as_str()
        .expect("words");
    assert!(because.starts_with("it is a rollback itself"), "{because}");

    let again = told.deployment("2026-03-05 09:30");
    let answer = told.why(&["cfr", "--deployment", &again]);
    assert_eq!(answer["figure"]["value"], Value::Null, "it counts nowhere");
}

#[test]
fn one_deployment_has_the_lead_time_and_the_outage_of_its_row_in_the_report() {
    let told = first();
    let report = told.report();
    for row in report["deployments"].as_array().expect("deployments") {
        let id = row["id"].as_str().expect("an id");
        let lead_time = told.why(&["lead-time", "--deployment", id]);
        assert_eq!(
            lead_time["figure"]["value"], row["lead_time_minutes"],
            "{id}"
        );
        assert_eq!(
            rows(&lead_time, "changes").len() as u64,
            row["changes"].as_u64().expect("changes"),
            "{id}"
        );
        let verdict = told.why(&["cfr", "--deployment", id]);
        let failed = row["kind"] == "deployment" && row["failed"] == true;
        let said = verdict["figure"]["value"].as_f64().unwrap_or(0.0);
        assert_eq!(said > 0.5, failed, "{id}");
        let restore = told.why(&["mttr", "--deployment", id]);
        assert_eq!(rows(&restore, "outages").len(), usize::from(failed), "{id}");
    }
}

/// Every number of `dora why` is the number of the report.
fn same_as_the_report(told: &Told) {
    let report = told.report();
    let metrics = &report["metrics"];
    for (subject, metric) in [
        ("deployment-frequency", &metrics["deployment_frequency"]),
        ("lead-time", &metrics["lead_time"]),
        ("change-failure-rate", &metrics["change_failure_rate"]),
        ("time-to-restore", &metrics["mttr"]),
    ] {
        let answer = told.why(&[subject]);
        for field in ["value", "unit", "interval95", "reason"] {
            assert_eq!(answer["figure"][field], metric[field], "{subject} {field}");
        }
    }
    let rework = told.why(&["rework-rate"]);
    assert_eq!(rework["figure"]["value"], metrics["rework_rate"]["value"]);
    let waiting = told.why(&["waiting"]);
    assert_eq!(
        waiting["figure"]["value"].as_f64(),
        metrics["lead_time"]["waiting"]["count"].as_f64()
    );
    let band = told.why(&["band"]);
    for row in rows(&band, "bands") {
        let key = row["metric"].as_str().expect("a metric");
        assert_eq!(
            row["value"].as_f64(),
            metrics[key]["value"].as_f64(),
            "{key}"
        );
        assert_eq!(row["band"], metrics[key]["band"], "{key}");
        assert_eq!(row["certainty"], metrics[key]["certainty"], "{key}");
        assert_eq!(row["interval95"], metrics[key]["interval95"], "{key}");
        assert_eq!(
            row["elite"].as_f64(),
            metrics[key]["target"].as_f64(),
            "{key}"
        );
    }
    let overall = report["overall_band"].as_str().expect("a band");
    let text = band["figure"]["text"].as_str().expect("a text");
    assert!(text.starts_with(overall), "{text}");
}

#[test]
fn every_figure_is_the_reports_own() {
    same_as_the_report(&first());
    same_as_the_report(&second());
}

#[test]
fn the_figures_of_the_sample_project_are_those_of_its_report() {
    let world = World::new();
    let home = world.home();
    let run = world.dora_in(&home, &["demo", "sample"], &[]);
    assert_eq!(run.status, 0, "{run}");
    let shop = home.join("sample/shop");
    let json = |arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--period", "90", "--format", "json"]);
        world.dora_in(&shop, &all, &[]).json()
    };
    let report = json(&["report"]);
    for (subject, key) in [
        ("deployment-frequency", "deployment_frequency"),
        ("lead-time", "lead_time"),
        ("change-failure-rate", "change_failure_rate"),
        ("time-to-restore", "mttr"),
        ("rework-rate", "rework_rate"),
    ] {
        let answer = json(&["why", subject]);
        assert!(answer["figure"]["value"].is_number(), "{subject}");
        assert_eq!(
            answer["figure"]["value"], report["metrics"][key]["value"],
            "{subject}"
        );
    }
}

#[test]
fn unknown_names_are_answered_with_the_nearest_and_the_list() {
    let told = first();
    let run = told.world.dora(&told.shop, &["why", "lead-tiem"]);
    assert_eq!(run.status, 2, "{run}");
    assert!(
        run.stderr.contains("there is no number `lead-tiem`"),
        "{run}"
    );
    assert!(run.stderr.contains("hint: dora why lead-time\n"), "{run}");
    assert!(run.stderr.contains("rework-rate"), "{run}");
    let run = told.world.dora(&told.shop, &["why"]);
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains("deployment-frequency"), "{run}");
    let run = told.world.dora(
        &told.shop,
        &["why", "cfr", "--deployment", "production-2026"],
    );
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains("several deployments"), "{run}");
    let run = told
        .world
        .dora(&told.shop, &["why", "cfr", "--deployment", "staging-1"]);
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains("no deployment `staging-1`"), "{run}");
    let run = told.world.dora(
        &told.shop,
        &["why", "band", "--deployment", "production-20260302T09"],
    );
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains("leave out --deployment"), "{run}");
}

#[test]
fn without_any_deployment_the_answer_says_so() {
    let world = World::new();
    world.now("2026-03-09 09:00");
    let mut empty = world.repository("empty");
    empty.at("2026-03-01 09:00").commit("feat: start");
    for subject in [
        "deployment-frequency",
        "lead-time",
        "change-failure-rate",
        "time-to-restore",
        "rework-rate",
        "waiting",
        "band",
    ] {
        let answer = world
            .dora(&empty, &["why", subject, "--format", "json"])
            .json();
        assert_eq!(answer["figure"]["value"], Value::Null, "{subject}");
        let text = answer["figure"]["text"].as_str().expect("a text");
        assert!(text.starts_with("no data: "), "{subject}: {text}");
        let run = world.dora(&empty, &["why", subject, "--strict"]);
        assert_eq!(run.status, 5, "{run}");
    }
}

#[test]
fn every_next_step_of_the_report_runs() {
    let told = first();
    let screen = told.world.dora(&told.shop, &["report"]).stdout;
    let next = screen.split("next: ").nth(1).expect("next steps");
    let commands: Vec<Vec<&str>> = next
        .split(['·', '\n'])
        .map(|command| command.split_whitespace().skip(1).collect())
        .filter(|words: &Vec<&str>| !words.is_empty())
        .collect();
    assert_eq!(commands.len(), 3, "{next}");
    assert_eq!(commands[0], ["why", "change-failure-rate"]);
    for command in commands {
        let run = told.world.dora(&told.shop, &command);
        assert_eq!(run.status, 0, "{run}");
    }
}

/// The page with every transcript in it printed anew.
pub(crate) fn with_transcripts(page: &str, run: impl Fn(&[&str]) -> String) -> String {
    let mut written = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        written.push_str(line);
        written.push('\n');
        let Some(command) = line.strip_prefix("$ dora ") else {
            continue;
        };
        // Words; what stands in quotes is one.
        let arguments: Vec<&str> = command
            .split('"')
            .enumerate()
            .flat_map(|(place, part)| match place % 2 {
                0 => part.split_whitespace().collect(),
                _ => vec![part],
            })
            .collect();
        written.push_str(&run(&arguments));
        for line in lines.by_ref() {
            if line == "```" {
                written.push_str("```\n");
                break;
            }
        }
    }
    written
}

#[test]
fn the_transcripts_of_the_page_are_what_the_program_says() {
    let told = first();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/why.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let written = with_transcripts(&page, |arguments| {
        let run = told.world.dora(&told.shop, arguments);
        assert_eq!(run.status, 0, "{run}");
        run.stdout
    });
    assert_eq!(written.matches("\n$ dora ").count(), 6);
    crate::docs::check("docs/why.md", &written);
}

/// Words of a command that has to succeed.
fn done(told: &Told, arguments: &[&str]) {
    let run = told.world.dora(&told.shop, arguments);
    assert_eq!(run.status, 0, "{run}");
}

#[test]
fn what_a_mark_overrules_is_told_and_counts_no_more() {
    let told = first();
    let failed = told.deployment("2026-03-03 09:10");
    done(&told, &["mark", &failed, "ok", "--reason", "planned"]);
    let answer = told.why(&["cfr"]);
    let value = answer["figure"]["value"].as_f64().expect("a value");
    assert!((value - 1.0 / 7.0).abs() < 1e-15);
    let overruled = rows(&answer, "evidence_left_out");
    assert_eq!(column(overruled, "deployment"), [&json!(failed)]);
    assert_eq!(column(overruled, "rules"), ["hotfix"]);
    assert_eq!(overruled[0]["rule"], "overruled: marked ok: planned");
    let fine = rows(&answer, "not_failed");
    let marked = fine.iter().find(|row| row["deployment"] == failed.as_str());
    assert_eq!(
        marked.expect("it did not fail")["note"],
        "marked ok: planned"
    );
    // Its outage and its rework are gone, too.
    assert_eq!(
        column(rows(&told.why(&["mttr"]), "outages"), "restore_minutes"),
        [45.0]
    );
    assert_eq!(rows(&told.why(&["rework"]), "rework").len(), 1);
    let verdict = told.why(&["cfr", "--deployment", &failed]);
    assert_eq!(verdict["figure"]["value"], 0.0);
    assert_eq!(column(rows(&verdict, "marks"), "verdict"), ["ok"]);
    same_as_the_report(&told);

    done(&told, &["mark", &failed, "--undo"]);
    let answer = told.why(&["cfr"]);
    assert_eq!(rows(&answer, "failed").len(), 2, "the rules speak again");
    assert!(rows(&answer, "evidence_left_out").is_empty());
    let verdict = told.why(&["cfr", "--deployment", &failed]);
    let marks = rows(&verdict, "marks");
    assert_eq!(column(marks, "verdict"), ["ok", "undone"]);
    assert_eq!(column(marks, "in_force"), [false, true]);
}

#[test]
fn incidents_and_attempts_are_counted_or_left_out_with_the_rule() {
    let told = first();
    let last = told.deployment("2026-03-05 09:00");
    done(
        &told,
        &[
            "incident",
            "open",
            "down",
            "--at",
            "2026-03-05T10:00:00Z",
            "--deployment",
            &last,
        ],
    );
    done(
        &told,
        &[
            "incident",
            "open",
            "the cable was cut",
            "--at",
            "2026-03-03T09:15:00Z",
            "--not-caused-by-change",
        ],
    );
    done(
        &told,
        &[
            "incident",
            "open",
            "much later",
            "--at",
            "2026-03-08T10:00:00Z",
        ],
    );
    done(
        &told,
        &[
            "deploy",
            "--failed",
            "--environment",
            "production",
            "--at",
            "2026-03-06T09:00:00Z",
        ],
    );
    let rate = told.why(&["cfr"]);
    assert_eq!(
        arithmetic(&rate)[0],
        "(3 failed + 1 attempt) ÷ (7 deployments + 1 attempt) = 4 ÷ 8 = 0.5 (50 %)"
    );
    assert_eq!(
        column(rows(&rate, "failed"), "kind"),
        ["deployment", "deployment", "deployment", "attempt"]
    );
    assert_eq!(
        column(rows(&rate, "failed"), "rules"),
        ["hotfix", "rollback", "incident", "attempt"]
    );
    let left_out = rows(&rate, "incidents_left_out");
    assert_eq!(
        column(left_out, "title"),
        ["the cable was cut", "much later"]
    );
    assert_eq!(left_out[0]["rule"], "no change caused it: a person said so");
    let rule = left_out[1]["rule"].as_str().expect("a rule");
    assert_eq!(
        rule,
        "opened 3 d 1 h after the latest deployment, later than 24 h"
    );

    let restore = told.why(&["mttr"]);
    assert_eq!(
        restore["figure"]["value"], 37.5,
        "an open outage is no sample"
    );
    let open = rows(&restore, "outages_left_out");
    assert_eq!(column(open, "age_minutes"), [3.0 * 1440.0 + 23.0 * 60.0]);
    assert_eq!(open[0]["end"], Value::Null);
    assert_eq!(open[0]["deployments"], json!([last]));
    assert_eq!(counts(rows(&restore, "left_out")), [("failed attempts", 1)]);
    let frequency = told.why(&["deployment-frequency"]);
    assert_eq!(rows(&frequency, "deployments").len(), 7);
    assert_eq!(
        column(rows(&frequency, "deployments_left_out"), "rule"),
        [
            "redeployment: no version changed",
            "attempt: it did not come through"
        ]
    );
    same_as_the_report(&told);
}

#[test]
fn an_outage_is_as_old_as_it_was_when_the_period_ended_and_counted_when_it_began_later() {
    let told = first();
    let last = told.deployment("2026-03-05 09:00");
    done(
        &told,
        &["incident", "open", "down", "--at", "2026-03-05 10:00"],
    );

    let day = told.why(&["mttr", "--period", "2026-03-05..2026-03-05"]);
    let open = rows(&day, "outages_left_out");
    assert_eq!(
        column(open, "age_minutes"),
        [840.0],
        "from 10:00 to midnight"
    );
    assert_eq!(column(open, "rule"), ["open: its incident is not resolved"]);

    let before = told.why(&["mttr", "--period", "2026-03-02..2026-03-03"]);
    assert_eq!(rows(&before, "outages_left_out").len(), 0);
    // The one that was repaired on the fourth, and this one.
    assert!(
        counts(rows(&before, "left_out")).contains(&("outages after the period", 2)),
        "{before}"
    );

    let alone = told.why(&["mttr", "--deployment", &last]);
    let reason = alone["figure"]["reason"].as_str().expect("a reason");
    assert!(
        reason.contains("that it failed by is not resolved"),
        "{reason}"
    );
}

#[test]
fn an_outage_that_a_mark_took_away_is_told_among_what_was_left_out() {
    let told = first();
    let failed = told.deployment("2026-03-03 09:10");
    done(&told, &["mark", &failed, "ok", "--reason", "planned"]);
    let restore = told.why(&["mttr"]);
    assert_eq!(restore["figure"]["value"], 45.0);
    let overruled = rows(&restore, "evidence_left_out");
    assert_eq!(column(overruled, "deployment").len(), 1);
    let rule = overruled[0]["rule"].as_str().expect("a rule");
    assert!(rule.contains("planned"), "{rule}");
    let alone = told.why(&["mttr", "--deployment", &failed]);
    assert_eq!(
        alone["figure"]["reason"],
        "a mark says that it did not fail"
    );
}

#[test]
fn a_rule_that_is_off_is_named_and_finds_nothing() {
    let told = first();
    done(&told, &["init"]);
    let path = told.shop.path().join(".dora/config.json");
    let config = std::fs::read_to_string(&path).expect("a configuration");
    let mut config: Value = serde_json::from_str(&config).expect("JSON");
    config["failure_rules"]["rollback"] = json!(false);
    std::fs::write(&path, config.to_string()).expect("written");
    let rate = told.why(&["cfr"]);
    assert_eq!(rows(&rate, "failed").len(), 1);
    let definition = rate["definition"].as_str().expect("a definition");
    assert!(
        definition.contains("switched off: rollback"),
        "{definition}"
    );
    let rules = rows(&rate, "rules");
    let rollback = rules.iter().find(|row| row["rule"] == "rollback");
    assert_eq!(rollback.expect("a row")["in_force"], false);
    let id = told.deployment("2026-03-04 15:00");
    let verdict = told.why(&["cfr", "--deployment", &id]);
    let rules = rows(&verdict, "rules");
    let rollback = rules.iter().find(|row| row["rule"] == "rollback");
    assert_eq!(rollback.expect("a row")["said"], "off");
}

#[test]
fn the_bands_fit_a_line_each_at_eighty_columns() {
    for told in [first(), second()] {
        let arguments = ["why", "band", "--period", told.period];
        let run = told.world.dora(&told.shop, &arguments);
        let lines: Vec<&str> = run
            .stdout
            .lines()
            .skip_while(|line| !line.starts_with("Bands (4)"))
            .skip(1)
            .take_while(|line| !line.is_empty())
            .collect();
        assert_eq!(lines.len(), 5, "a heading and four lines: {run}");
        for (line, name) in
            lines[1..]
                .iter()
                .zip(["Deployments", "Lead time", "Failures", "Restore"])
        {
            assert!(line.trim_start().starts_with(name), "{line}");
        }
    }
}

#[test]
fn a_deployment_of_another_environment_is_found_by_its_id() {
    let world = World::new();
    let mut shop = world.repository("shop");
    let one = shop.at("2026-03-02 09:00").commit("feat: a");
    shop.at("2026-03-02 10:00").deploy("qa", &[("api", &one)]);
    shop.at("2026-03-02 11:00")
        .deploy("production", &[("api", &one)]);
    let two = shop.at("2026-03-02 12:00").commit("feat: b");
    shop.at("2026-03-02 13:00").deploy("qa", &[("api", &two)]);
    world.now("2026-03-03 09:00");
    let arguments = [
        "why",
        "lead-time",
        "--format",
        "json",
        "--deployment",
        "qa-20260302T13",
    ];
    let answer = world.dora(&shop, &arguments).json();
    assert_eq!(answer["environment"], "qa");
    assert_eq!(answer["figure"]["value"], 60.0);
    let definition = answer["definition"].as_str().expect("a definition");
    assert!(
        definition.contains("the deployment asked for went there"),
        "{definition}"
    );
    let mut fixed = arguments.to_vec();
    fixed.extend(["--environment", "production"]);
    let run = world.dora(&shop, &fixed);
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains("is a deployment to qa"), "{run}");
    // The measured one is chosen by its name.
    let measured = world
        .dora(&shop, &["why", "lead-time", "--format", "json"])
        .json();
    assert_eq!(measured["environment"], "production");
    let definition = measured["definition"].as_str().expect("a definition");
    assert!(
        definition.contains("its name is the most production-like"),
        "{definition}"
    );
}

#[test]
fn every_answer_fits_every_width_in_both_character_sets() {
    let told = first();
    let mut commands = vec![vec!["--deployment", "production-20260303T0910", "cfr"]];
    commands.extend(
        [
            "deployment-frequency",
            "lead-time",
            "change-failure-rate",
            "time-to-restore",
            "rework-rate",
            "waiting",
            "band",
        ]
        .map(|subject| vec![subject]),
    );
    for (columns, charset) in [
        ("40", "ascii"),
        ("60", "unicode"),
        ("80", "ascii"),
        ("100", "unicode"),
    ] {
        for command in &commands {
            let mut arguments = vec!["why", "--charset", charset];
            if !command.contains(&"--deployment") {
                arguments.extend(["--period", told.period]);
            }
            arguments.extend(command);
            let variables = [("COLUMNS", columns)];
            let run = told.world.dora_in(told.shop.path(), &arguments, &variables);
            assert_eq!(run.status, 0, "{run}");
            let width: usize = columns.parse().expect("a number");
            for line in run.stdout.lines() {
                assert!(line.chars().count() <= width, "{columns}: {line}");
                let is_plain = line.is_ascii() && !line.contains("\\u{");
                assert!(charset == "unicode" || is_plain, "{line}");
            }
        }
    }
}

/// What a screen suggests, without the first word.
fn suggested(screen: &str) -> Vec<String> {
    let (_, next) = screen.split_once(" next: ").expect("suggestions");
    let words = next.split_whitespace().collect::<Vec<_>>().join(" ");
    let commands = words.split(" · ").map(|command| {
        let command = command.split(" dora ").collect::<Vec<_>>();
        command.join("\n").trim_start_matches("dora ").to_owned()
    });
    commands
        .flat_map(|commands| commands.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[test]
fn what_a_report_suggests_opens_the_number_that_stands_there() {
    let told = second();
    let as_of = "2026-04-08T08:59:00Z";
    let arguments = [
        "report",
        "--component",
        "web",
        "--period",
        "2026-04",
        "--as-of",
        as_of,
    ];
    let run = told.world.dora(&told.shop, &arguments);
    let commands = suggested(&run.stdout);
    assert_eq!(
        commands,
        [
            "why change-failure-rate --component web --period 2026-04 --as-of '2026-04-08T08:59:00Z'",
            "report --verbose --component web --period 2026-04 --as-of '2026-04-08T08:59:00Z'",
            "report --export report.csv --component web --period 2026-04 --as-of '2026-04-08T08:59:00Z'",
        ],
        "{run}"
    );
    let json = |arguments: &[&str]| {
        let all = [arguments, &["--format", "json"]].concat();
        told.world.dora(&told.shop, &all).json()
    };
    let words: Vec<&str> = commands[0]
        .split(' ')
        .map(|it| it.trim_matches('\''))
        .collect();
    let report = json(&arguments);
    assert_eq!(
        json(&words)["figure"]["value"],
        report["metrics"]["change_failure_rate"]["value"]
    );
    assert_eq!(
        report["asked"],
        json!({ "component": "web", "period": "2026-04", "as_of": as_of })
    );
    let plain = told
        .world
        .dora(&told.shop, &["report", "--format", "json"])
        .json();
    assert_eq!(plain.get("asked"), None);
    let advice = report["recommendations"].as_array().expect("a list");
    let commands = advice
        .iter()
        .filter_map(|advice| advice["command"].as_str());
    let commands: Vec<&str> = commands.filter(|it| it.starts_with("dora ")).collect();
    assert!(!commands.is_empty(), "{report:#}");
    for command in commands {
        assert!(
            command.contains(" --component web --period 2026-04"),
            "{command}"
        );
    }
}

#[test]
fn what_a_long_view_suggests_keeps_metric_unit_and_scope() {
    let told = second();
    let run = told.world.dora(
        &told.shop,
        &[
            "trend",
            "lead-time",
            "--component",
            "web",
            "--last",
            "2mo",
            "--by",
            "week",
        ],
    );
    assert_eq!(
        suggested(&run.stdout),
        [
            "report --component web --period 2026-W15",
            "trend lead-time --by week --last 2mo --export trend.csv --component web",
        ],
        "{run}"
    );
}

#[test]
fn three_screens_say_alike_that_an_outage_ended_with_its_incidents() {
    let told = first();
    let failed = told.deployment("2026-03-04 15:00");
    let open = [
        "incident",
        "open",
        "down",
        "--at",
        "2026-03-04T15:10:00Z",
        "--deployment",
    ];
    done(&told, &[&open[..], &[&failed]].concat());
    let incidents = told
        .world
        .dora(&told.shop, &["incident", "list", "--format", "json"]);
    let listed = incidents.json();
    let id = listed["incidents"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    done(
        &told,
        &["incident", "resolve", &id, "--at", "2026-03-06T08:10:00Z"],
    );

    let restore = told.why(&["mttr", "--deployment", &failed]);
    let outages = rows(&restore, "outages");
    assert_eq!(column(outages, "restore_minutes"), [41.0 * 60.0]);
    assert_eq!(
        column(outages, "ended_by"),
        [&Value::Null],
        "a list or null"
    );
    assert_eq!(column(outages, "ended_with"), ["resolution of incidents"]);
    let verdict = told.why(&["cfr", "--deployment", &failed]);
    assert!(
        arithmetic(&verdict)
            .contains(&"restored at 2026-03-06 08:10 UTC by resolution of incidents"),
        "{verdict:#}"
    );
    let report = told.world.dora_in(
        told.shop.path(),
        &["report", "--verbose", "--period", told.period],
        &[("COLUMNS", "100")],
    );
    let said = &report.stdout;
    assert!(
        said.contains("restored 2026-03-06 08:10 by resolution of incidents"),
        "{said}"
    );
    assert!(
        said.contains("production-20260304T1500, incident-20260304T1510"),
        "{said}"
    );
    assert!(!said.contains("repaired after 45 min"), "{said}");
}

#[test]
fn the_overall_band_is_held_back_by_a_list_in_words() {
    let told = first();
    let last = told.deployment("2026-03-05 09:00");
    let open = [
        "incident",
        "open",
        "down",
        "--at",
        "2026-03-05T10:00:00Z",
        "--deployment",
    ];
    done(&told, &[&open[..], &[&last]].concat());
    let text = told.why(&["band"])["figure"]["text"].to_string();
    assert!(
        !text.contains(" and ") || text.matches(" and ").count() == 1,
        "{text}"
    );
}

#[test]
fn an_environment_that_is_not_there_is_a_mistake_whatever_the_number() {
    let told = first();
    for arguments in [
        &["why", "flow-time"][..],
        &["why", "lead-time"],
        &["trend", "flow-time"],
        &["trend", "lead-time"],
        &["flow"],
        &["flow", "--stages"],
    ] {
        let run = |name: &str| {
            let all = [arguments, &["--environment", name]].concat();
            told.world.dora(&told.shop, &all)
        };
        let unknown = run("nope");
        assert_eq!(unknown.status, 2, "{arguments:?} {unknown}");
        assert!(
            unknown.stderr.contains("there is no environment `nope`"),
            "{unknown}"
        );
        assert!(unknown.stderr.contains("known: production"), "{unknown}");
        let all = run("all");
        assert_eq!(all.status, 2, "{all}");
        assert!(
            all.stderr.contains("dora report --environment all"),
            "{all}"
        );
        assert_eq!(run("production").status, 0, "{arguments:?}");
    }
}
