//! `dora incident`: what people and other tools say of incidents, what it does to the numbers, and that what
//! makes no sense changes nothing.

use std::fs;

use serde_json::{Value, json};

use crate::support::run::Run;
use crate::support::world::{Repo, World};

/// Two deployments of `api` to production; gives their ids.
fn shop(world: &World) -> (Repo, [String; 2]) {
    let mut shop = world.repository("shop");
    let start = shop.at("2026-03-02 09:00").commit("feat: start");
    shop.at("2026-03-02 09:30")
        .deploy("production", &[("api", &start)]);
    let more = shop.at("2026-03-03 09:00").commit("feat: more");
    shop.at("2026-03-03 10:00")
        .deploy("production", &[("api", &more)]);
    let listed = world.dora(&shop, &["mark", "--format", "json"]).json();
    let id = |index: usize| {
        listed["deployments"][index]["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    };
    let ids = [id(0), id(1)];
    (shop, ids)
}

fn dora(world: &World, shop: &Repo, arguments: &[&str]) -> Value {
    let json = ["--format", "json"];
    let arguments: Vec<&str> = arguments.iter().copied().chain(json).collect();
    world.dora(shop, &arguments).json()
}

fn metrics(world: &World, shop: &Repo) -> Value {
    dora(world, shop, &["report"])["metrics"].clone()
}

fn records(shop: &Repo) -> Vec<u8> {
    fs::read(shop.path().join(".dora/records.jsonl")).unwrap_or_default()
}

fn refused(world: &World, shop: &Repo, arguments: &[&str], words: &str) -> Run {
    let before = records(shop);
    let run = world.dora(shop, arguments);
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains(words), "{words}: {run}");
    assert_eq!(records(shop), before, "{arguments:?}");
    run
}

#[test]
fn an_incident_fails_the_latest_deployment_before_it_and_its_own_times_are_the_restore_time() {
    let world = World::new();
    let (shop, [_, second]) = shop(&world);
    let said = dora(
        &world,
        &shop,
        &[
            "incident",
            "open",
            "down",
            "--at",
            "2026-03-03 12:00",
            "--severity",
            "sev2",
        ],
    );
    let id = said["id"].as_str().unwrap();
    assert_eq!(said["incident"]["fails"], json!([second]));
    // It is open for 5 days and 21 hours at 2026-03-09 09:00.
    assert_eq!(said["incident"]["minutes"], 8460.0);
    let open = metrics(&world, &shop);
    assert_eq!(open["change_failure_rate"]["failed"], 1);
    let report = dora(&world, &shop, &["report"]);
    let advice = report["recommendations"].as_array().expect("advice");
    let urgent = advice.iter().find(|it| it["code"] == "open-outage");
    let command = format!("dora incident resolve {id}");
    assert_eq!(urgent.expect("an open outage")["command"], json!(command));
    assert_eq!(
        (&open["mttr"]["open"], &open["mttr"]["count"]),
        (&1.into(), &0.into())
    );

    let said = dora(
        &world,
        &shop,
        &["incident", "resolve", &id[..18], "--at", "2026-03-03 13:15"],
    );
    assert_eq!(said["incident"]["minutes"], 75.0);
    let ended = metrics(&world, &shop);
    assert_eq!(
        (&ended["mttr"]["value"], &ended["mttr"]["open"]),
        (&json!(75.0), &0.into())
    );

    // Corrected: it began an hour earlier, and the first deployment is to blame.
    let rows = dora(&world, &shop, &["mark"]);
    let first = rows["deployments"][0]["id"].as_str().unwrap();
    let edit = [
        "incident",
        "edit",
        id,
        "--at",
        "2026-03-03T11:00:00Z",
        "--deployment",
        first,
        "--title",
        "slow",
        "--severity",
        "sev3",
    ];
    let said = dora(&world, &shop, &edit);
    assert_eq!(said["incident"]["fails"], json!([first]));
    assert_eq!(said["incident"]["title"], "slow");
    assert_eq!(metrics(&world, &shop)["mttr"]["value"], 135.0);
    // And open again, and over again.
    let said = dora(
        &world,
        &shop,
        &["incident", "edit", id, "--reopen", "--no-deployment"],
    );
    assert_eq!(said["incident"]["resolved_at"], Value::Null);
    assert_eq!(said["incident"]["fails"], json!([second]));
    assert_eq!(metrics(&world, &shop)["mttr"]["open"], 1);
    dora(
        &world,
        &shop,
        &["incident", "edit", id, "--resolved-at", "2026-03-03 11:30"],
    );
    assert_eq!(metrics(&world, &shop)["mttr"]["value"], 30.0);
}

#[test]
fn one_that_no_change_caused_is_listed_and_in_no_metric() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let before = metrics(&world, &shop);
    let open = [
        "incident",
        "open",
        "the provider was down",
        "--at",
        "2026-03-03 10:05",
        "--not-caused-by-change",
    ];
    let said = dora(&world, &shop, &open);
    assert_eq!(said["incident"]["fails"], json!([]));
    assert_eq!(metrics(&world, &shop), before);
    let id = said["id"].as_str().unwrap();
    dora(
        &world,
        &shop,
        &["incident", "resolve", id, "--at", "2026-03-03 11:05"],
    );
    assert_eq!(metrics(&world, &shop), before);
    let listed = dora(&world, &shop, &["incident", "list"]);
    assert_eq!(listed["incidents"][0]["caused_by_change"], false);
    assert_eq!(listed["incidents"][0]["minutes"], 60.0);
    let report = dora(&world, &shop, &["report"]);
    assert_eq!(report["incidents"][0]["caused_by_change"], false);
    let verbose = world.dora(&shop, &["report", "--verbose"]).stdout;
    assert!(verbose.contains("(in no metric)"), "{verbose}");
    // A person thinks better of it.
    dora(
        &world,
        &shop,
        &["incident", "edit", id, "--caused-by-change"],
    );
    assert_eq!(metrics(&world, &shop)["change_failure_rate"]["failed"], 1);
}

#[test]
fn what_cannot_be_is_refused_with_words_and_changes_no_byte() {
    let world = World::new();
    let (shop, [first, second]) = shop(&world);
    let first_id = dora(
        &world,
        &shop,
        &["incident", "open", "one", "--at", "2026-03-03 12:00"],
    );
    let second_id = dora(
        &world,
        &shop,
        &["incident", "open", "two", "--at", "2026-03-03 12:30"],
    );
    let id = first_id["id"].as_str().unwrap();
    let over = second_id["id"].as_str().unwrap();
    dora(
        &world,
        &shop,
        &["incident", "resolve", over, "--at", "2026-03-03 13:00"],
    );
    let attempt = dora(
        &world,
        &shop,
        &[
            "deploy",
            "--failed",
            "--component",
            "api=9",
            "--at",
            "2026-03-04 10:00",
        ],
    );
    let attempt = attempt["id"].as_str().unwrap();
    for (arguments, words) in [
        (
            &["resolve", "nothing"][..],
            "there is no incident `nothing`",
        ),
        (&["resolve", ""], "there is no incident ``"),
        (&["resolve", "incident-2026"], "several incidents"),
        (
            &["resolve", id, "--at", "2026-03-03 11:59:59"],
            "before it began",
        ),
        (
            &["resolve", id, "--at", "2026-03-09T09:00:01Z"],
            "still to come",
        ),
        (
            &["resolve", over],
            "is resolved already, since 2026-03-03T13:00:00Z",
        ),
        (
            &["resolve", over, "--at", "2026-03-03 13:00"],
            "is resolved already",
        ),
        (&["edit", id], "say what to correct"),
        (
            &["edit", over, "--at", "2026-03-03 13:01"],
            "before it began",
        ),
        (
            &["edit", id, "--resolved-at", "2026-03-03 11:00"],
            "before it began",
        ),
        (
            &["edit", id, "--deployment", "nothing"],
            "there is no deployment `nothing`",
        ),
        (
            &["edit", id, "--deployment", attempt],
            "is an attempt: it shipped nothing",
        ),
        (
            &["edit", id, "--environment", "uat"],
            "there is no environment `uat`",
        ),
        (
            &["edit", id, "--severity", "sev5"],
            "possible values: sev1, sev2, sev3, sev4",
        ),
        (&["edit", id, "--title", " "], "the title is empty"),
        (
            &["edit", id, "--reopen", "--resolved-at", "now"],
            "cannot be used with",
        ),
        (&["open", ""], "the title is empty"),
        (&["open", "a\u{7}b"], "the title holds a control character"),
        (&["open", "x", "--at", "in a minute"], "is no time"),
        (
            &["open", "x", "--at", "2026-03-09T09:00:01Z"],
            "still to come",
        ),
        (
            &[
                "open",
                "x",
                "--at",
                "2026-03-03 09:59",
                "--deployment",
                &second,
            ],
            "before",
        ),
        (
            &["open", "x", "--environment", "prod"],
            "there is no environment `prod`",
        ),
        (
            &[
                "open",
                "x",
                "--deployment",
                &first,
                "--not-caused-by-change",
            ],
            "cannot be used with",
        ),
        (&["open", "x", "--severity", "high"], "possible values"),
        (
            &["open", "x", "--as-of", "2026-03-01"],
            "--as-of is for reports",
        ),
        (&["open", "x", "--format", "csv"], "speaks text or json"),
    ] {
        let arguments: Vec<&str> = std::iter::once("incident")
            .chain(arguments.iter().copied())
            .collect();
        refused(&world, &shop, &arguments, words);
    }
}

#[test]
fn a_correction_that_corrects_nothing_writes_nothing() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let opened = dora(
        &world,
        &shop,
        &[
            "incident",
            "open",
            "one",
            "--at",
            "2026-03-03 12:00",
            "--severity",
            "sev1",
        ],
    );
    let again = dora(
        &world,
        &shop,
        &[
            "incident",
            "open",
            "one",
            "--at",
            "2026-03-03 12:00",
            "--severity",
            "sev1",
        ],
    );
    assert_eq!(
        (&again["id"], &again["is_new"]),
        (&opened["id"], &false.into())
    );
    let before = records(&shop);
    let id = opened["id"].as_str().unwrap();
    let edit = [
        "incident",
        "edit",
        id,
        "--title",
        "one",
        "--severity",
        "sev1",
        "--at",
        "2026-03-03 12:00",
        "--reopen",
    ];
    assert_eq!(dora(&world, &shop, &edit)["is_new"], false);
    assert_eq!(records(&shop), before);
}

#[test]
fn exports_of_other_tools_come_in_once_and_end_when_they_end_there() {
    let world = World::new();
    let (shop, [_, second]) = shop(&world);
    let file = |name: &str, text: &str| {
        let path = world.root().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let csv = file(
        "alerts.csv",
        "Incident Number,Summary,Started At,Created At,Resolved At,Priority,Environment,Assignee\n\
         7,Checkout down,2026-03-03 12:00,2026-03-03 12:09,2026-03-03 13:00,P1,Production,Somebody\n\
         8,Slow,2026-03-04 09:00,,,P3,,Somebody\n\
         9,,2026-03-04 09:00,,,,,\n\
         10,Late,2026-03-10 09:00,,,,,\n\
         11,Elsewhere,2026-03-04 09:00,,,,moon,\n",
    );
    let count = |said: &Value| {
        let file = &said["files"][0];
        let number = |name: &str| file[name].as_u64().unwrap();
        [
            number("opened"),
            number("resolved"),
            number("unchanged"),
            number("rows_skipped"),
        ]
    };
    let dry = dora(&world, &shop, &["incident", "import", &csv, "--dry-run"]);
    assert_eq!(count(&dry), [2, 0, 0, 3]);
    assert!(!shop.path().join(".dora").exists());
    let run = world.dora(&shop, &["incident", "import", &csv]);
    for place in [
        ":4: has no title",
        ":5: 2026-03-10T09:00:00Z is still to come",
        ":6: there is no environment `moon`",
    ] {
        assert!(run.stdout.contains(place), "{place}: {run}");
    }
    let before = records(&shop);
    assert!(!String::from_utf8_lossy(&before).contains("Somebody"));
    assert_eq!(
        count(&dora(&world, &shop, &["incident", "import", &csv])),
        [0, 0, 2, 3]
    );
    assert_eq!(records(&shop), before);
    let strict = world.dora(&shop, &["incident", "import", &csv, "--strict"]);
    assert_eq!(strict.status, 7, "{strict}");

    // The other tool says how the second one ended; here somebody corrected the first.
    dora(
        &world,
        &shop,
        &[
            "incident",
            "edit",
            "7",
            "--title",
            "Payment down",
            "--severity",
            "sev2",
        ],
    );
    let list = [
        json!({ "number": 7, "title": "Checkout down", "started_at": "2026-03-03T12:00:00Z", "resolvedAt": "2026-03-03T13:00:00Z" }),
        json!({ "number": 8, "title": "Slow", "started_at": "2026-03-04T09:00:00Z", "resolvedAt": "2026-03-04T09:45:00Z" }),
        json!({ "number": 12, "title": "Named", "started_at": "2026-03-05T09:00:00Z", "deployment": second }),
    ];
    let json = file("alerts.json", &json!({ "incidents": list }).to_string());
    assert_eq!(
        count(&dora(&world, &shop, &["incident", "import", &json])),
        [1, 1, 1, 0]
    );
    let listed = dora(&world, &shop, &["incident", "list", "--all"]);
    let incidents = listed["incidents"].as_array().unwrap();
    let titles: Vec<_> = incidents
        .iter()
        .map(|it| it["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["Payment down", "Slow", "Named"]);
    assert_eq!(incidents[0]["environment"], "production");
    assert_eq!(incidents[0]["aliases"], json!(["7"]));
    assert_eq!(incidents[1]["minutes"], 45.0);
    assert_eq!(incidents[1]["severity"], "P3");
    assert_eq!(incidents[2]["fails"], json!([second]));

    // What the list says is an export, too: taken over, it changes nothing.
    let before = records(&shop);
    for format in ["csv", "json"] {
        let listed = world.dora(&shop, &["incident", "list", "--all", "--format", format]);
        let path = file(&format!("own.{format}"), &listed.stdout);
        let said = dora(&world, &shop, &["incident", "import", &path]);
        assert_eq!(count(&said), [0, 0, 3, 0], "{format}");
    }
    assert_eq!(records(&shop), before);
}

#[test]
fn a_file_that_is_none_imports_nothing_of_the_others_either() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let good = world.root().join("good.csv");
    let bad = world.root().join("bad.csv");
    fs::write(&good, "title,opened_at\nx,2026-03-04 09:00\n").unwrap();
    fs::write(&bad, "name;when\nx;y\n").unwrap();
    let arguments = [
        "incident",
        "import",
        good.to_str().unwrap(),
        bad.to_str().unwrap(),
    ];
    let run = world.dora(&shop, &arguments);
    assert_eq!(run.status, 3, "{run}");
    assert!(
        run.stderr
            .contains("bad.csv has no column `opened_at` (nor started_at"),
        "{run}"
    );
    assert!(!shop.path().join(".dora").exists());
    let missing = world.dora(&shop, &["incident", "import", "nowhere.csv"]);
    assert_eq!(missing.status, 1, "{missing}");
    assert!(
        missing.stderr.contains("cannot read nowhere.csv"),
        "{missing}"
    );
}

#[test]
fn the_list_has_what_is_open_and_what_ended_lately_and_can_look_back() {
    let world = World::new();
    let (shop, _) = shop(&world);
    world.now("2026-06-01 09:00");
    let open = |title: &str, at: &str| {
        let said = dora(&world, &shop, &["incident", "open", title, "--at", at]);
        said["id"].as_str().unwrap().to_owned()
    };
    let old = open("old", "2026-03-03 12:00");
    dora(
        &world,
        &shop,
        &["incident", "resolve", &old, "--at", "2026-03-03 13:00"],
    );
    let recent = open("recent", "2026-05-20 12:00");
    dora(
        &world,
        &shop,
        &["incident", "resolve", &recent, "--at", "2026-05-20 13:00"],
    );
    open("long", "2026-03-04 12:00");
    let titles = |more: &[&str]| -> Vec<String> {
        let arguments: Vec<&str> = ["incident", "list"].iter().chain(more).copied().collect();
        let said = dora(&world, &shop, &arguments);
        let listed = said["incidents"].as_array().unwrap().clone();
        listed
            .iter()
            .map(|it| it["title"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(titles(&[]), ["long", "recent"]);
    assert_eq!(titles(&["--open"]), ["long"]);
    assert_eq!(titles(&["--all"]), ["old", "long", "recent"]);
    // Half an hour after the first began nothing had ended.
    assert_eq!(
        titles(&["--open", "--as-of", "2026-03-03T12:30:00Z"]),
        ["old"]
    );
    let text = world.dora(&shop, &["incident", "list"]);
    assert!(
        text.stdout
            .contains("1 more incident not listed: dora incident list --all"),
        "{text}"
    );
    let markdown = world
        .dora(&shop, &["incident", "list", "--all", "--format", "md"])
        .stdout;
    assert_eq!(
        markdown
            .lines()
            .filter(|line| line.starts_with("| incident-"))
            .count(),
        3
    );
}

#[test]
fn markdown_holds_no_control_character_and_one_row_per_incident() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let export = world.root().join("alerts.json");
    let title = "a \u{202e}cba | b";
    let rows = json!([{ "title": title, "opened_at": "2026-03-03T12:00:00Z", "severity": "hi\u{202e}gh" }]);
    fs::write(&export, rows.to_string()).unwrap();
    dora(
        &world,
        &shop,
        &["incident", "import", export.to_str().unwrap()],
    );
    // What came through git from elsewhere was checked by nobody.
    let line = json!({ "schema_version": 1, "id": "incident-20260303T130000Z-r0000001", "at": "2026-03-03T13:00:00Z",
        "type": "incident-opened", "title": "x", "opened_at": "2026-03-03T13:00:00Z", "environment": "prod\u{1b}[2Juction\nx" });
    let records = String::from_utf8(records(&shop)).unwrap() + &line.to_string() + "\n";
    fs::write(shop.path().join(".dora/records.jsonl"), records).unwrap();
    let page = world
        .dora(&shop, &["incident", "list", "--all", "--format", "md"])
        .stdout;
    let is_raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!page.contains(is_raw), "{page:?}");
    let rows = page.lines().filter(|line| line.starts_with("| incident-"));
    assert_eq!(rows.count(), 2, "{page}");
    assert!(page.contains("cba \\| b"), "{page}");
}

#[test]
fn every_width_says_when_it_began_and_what_fails_by_an_id_that_can_be_typed() {
    let world = World::new();
    let (shop, [_, second]) = shop(&world);
    for (title, severity) in [("down", "sev1"), ("slow", "sev3")] {
        let open = ["incident", "open", title, "--at", "2026-03-03 12:00"];
        dora(
            &world,
            &shop,
            &[&open[..], &["--severity", severity]].concat(),
        );
    }
    let list = |width: &str| {
        let run = world.dora_in(shop.path(), &["incident", "list"], &[("COLUMNS", width)]);
        let widest = run.stdout.lines().map(|line| line.chars().count()).max();
        assert!(widest <= width.parse().ok(), "{run}");
        run.stdout
    };
    for width in ["60", "80", "100"] {
        let said = list(width).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(
            said.matches("2026-03-03 12:00").count(),
            2,
            "{width}: {said}"
        );
        assert!(
            said.contains(&format!("fails {second}, the latest before it")),
            "{said}"
        );
        assert!(width == "80" || said.contains("sev1"), "{width}: {said}");
    }
}

#[test]
fn every_width_and_character_set_shows_ids_that_can_be_typed() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let title = "Überraschung \u{202e}im Lager | =1+1";
    let said = dora(
        &world,
        &shop,
        &["incident", "open", title, "--at", "2026-03-03 12:00"],
    );
    let id = said["id"].as_str().unwrap();
    for width in ["40", "60", "100"] {
        let variables = [("COLUMNS", width)];
        let run = world.dora_in(shop.path(), &["incident", "list"], &variables);
        assert!(run.stdout.contains("incident-20260303T1200"), "{run}");
        assert!(run.stdout.contains("2026-03-03 12:00"), "{run}");
        let widest = run.stdout.lines().map(|line| line.chars().count()).max();
        assert!(widest <= width.parse().ok(), "{run}");
        assert!(!run.stdout.contains('\u{202e}'), "{run}");
        let ascii = ["incident", "list", "--charset", "ascii", "--accessible"];
        let run = world.dora_in(shop.path(), &ascii, &variables);
        assert!(run.stdout.is_ascii() && run.stdout.contains(id), "{run}");
    }
    let brief = ["incident", "resolve", "incident-20260303T1200"];
    assert_eq!(dora(&world, &shop, &brief)["id"], id);
}

#[test]
fn where_it_happened_is_said_where_history_cannot_tell() {
    let world = World::new();
    let (shop, _) = shop(&world);
    world.git(shop.path(), &["config", "uploadpack.allowFilter", "true"]);
    let options = ["--filter=blob:none", "--no-checkout"];
    let clone = world.clone_of(shop.path(), "partial", &options);
    let now = [("DORA_NOW", "2026-03-09T09:00:00Z")];
    let open = ["incident", "open", "down", "--at", "2026-03-03 12:00"];
    let unsaid = world.dora_in(&clone, &open, &now);
    assert_eq!(unsaid.status, 1, "{unsaid}");
    assert!(unsaid.stderr.contains("--environment NAME"), "{unsaid}");
    assert!(!clone.join(".dora/records.jsonl").exists());
    let said = [&open[..], &["--environment", "production"]].concat();
    world.dora_in(&clone, &said, &now);
    let text = fs::read_to_string(clone.join(".dora/records.jsonl")).unwrap_or_default();
    assert!(text.contains("\"environment\":\"production\""), "{text}");
}
