//! A project told from both sides, tracker and git, as `dora import` and `dora flow` see it. Written
//! first, with its numbers worked out by hand; `docs/flow-story.md` is the transcript.
//!
//! `UPDATE_DOCS=1 cargo test --test it flow_story` writes the transcript anew.

use serde_json::{Value, json};

use crate::docs::check;
use crate::support::world::{Repo, World};

/// Where a status of the story stands in Jira: id and what it means.
fn status(name: &str) -> (&'static str, &'static str) {
    match name {
        "To Do" => ("10000", "new"),
        "In Progress" => ("10001", "indeterminate"),
        "In Review" => ("10002", "indeterminate"),
        "Testing" => ("10003", "indeterminate"),
        "Done" => ("10004", "done"),
        other => panic!("{other} is no status of the story"),
    }
}

fn jira_time(time: &str) -> String {
    let (day, clock) = time.split_once(' ').expect("a day and a time");
    format!("2026-{day}T{clock}:00.000+0000")
}

/// One issue as Jira exports it: its statuses with the times of entering them, `To Do` first.
fn issue(number: u32, kind: &str, title: &str, value: u32, statuses: &[(&str, &str)]) -> Value {
    let created = jira_time(statuses[0].0);
    let mut histories: Vec<Value> = statuses
        .windows(2)
        .enumerate()
        .map(|(index, pair)| {
            let ((_, from), (at, to)) = (pair[0], pair[1]);
            json!({"id": format!("{number}{index}"), "created": jira_time(at), "items": [{
                "field": "status", "fieldtype": "jira", "fieldId": "status",
                "from": status(from).0, "fromString": from,
                "to": status(to).0, "toString": to}]})
        })
        .collect();
    histories.reverse();
    let (updated, last) = *statuses.last().expect("a status");
    let (id, category) = status(last);
    json!({
        "id": format!("{}", 20_000 + number),
        "key": format!("SHOP-{number}"),
        "fields": {
            "summary": title,
            "issuetype": {"id": "10001", "name": kind, "subtask": false},
            "status": {"id": id, "name": last, "statusCategory": {"key": category, "name": category}},
            "created": created, "updated": jira_time(updated), "labels": [],
            "customfield_10050": value,
        },
        "changelog": {"startAt": 0, "maxResults": 100, "total": histories.len(), "histories": histories},
    })
}

/// What the tracker says.
fn export() -> String {
    let issues = [
        issue(
            12,
            "Story",
            "Pay with a saved card",
            8,
            &[
                ("03-02 09:00", "To Do"),
                ("03-04 09:00", "In Progress"),
                ("03-09 15:00", "In Review"),
                ("03-11 10:00", "Testing"),
                ("03-12 16:00", "Done"),
            ],
        ),
        issue(
            14,
            "Bug",
            "Totals are rounded twice",
            3,
            &[
                ("03-05 08:00", "To Do"),
                ("03-05 10:00", "In Progress"),
                ("03-05 15:00", "In Review"),
                ("03-06 09:00", "Done"),
            ],
        ),
        issue(
            15,
            "Technical debt",
            "Split the checkout module",
            2,
            &[
                ("03-03 09:00", "To Do"),
                ("03-10 09:00", "In Progress"),
                ("03-13 10:00", "Done"),
            ],
        ),
        issue(
            16,
            "Story",
            "Gift cards",
            5,
            &[
                ("03-04 09:00", "To Do"),
                ("03-09 09:00", "In Progress"),
                ("03-10 12:00", "In Review"),
                ("03-12 17:00", "Done"),
            ],
        ),
        issue(
            17,
            "Risk",
            "Rotate the signing keys",
            5,
            &[
                ("03-09 09:00", "To Do"),
                ("03-17 09:00", "In Progress"),
                ("03-18 12:00", "In Review"),
            ],
        ),
        issue(
            18,
            "Story",
            "New price list",
            1,
            &[
                ("03-12 09:00", "To Do"),
                ("03-13 09:00", "In Progress"),
                ("03-16 09:00", "Done"),
            ],
        ),
    ];
    let export = json!({
        "startAt": 0, "maxResults": 100, "total": issues.len(),
        "names": {"customfield_10050": "Business Value"},
        "issues": issues,
    });
    format!("{export:#}\n")
}

/// What git says. Deployments on the 2nd, 6th, 12th and 13th.
fn shop(world: &World) -> Repo {
    let mut repo = world.repository("shop");
    let deploy = |repo: &mut Repo, time: &str| {
        let head = repo.head();
        repo.at(time).deploy("production", &[("shop", &head)]);
    };
    repo.at("2026-03-01 10:00").commit("feat: a shop");
    deploy(&mut repo, "2026-03-02 08:00");
    // SHOP-12: the branch names it, one of its commits does not.
    repo.branch("feature/SHOP-12-saved-cards");
    repo.at("2026-03-04 14:00").commit("[SHOP-12] Keep cards");
    repo.at("2026-03-06 11:00")
        .commit("Ask before a card is kept");
    repo.checkout("main");
    // SHOP-14: only the branch names it.
    repo.branch("bugfix/shop-14-totals");
    repo.at("2026-03-05 13:00").commit("fix: round totals once");
    repo.checkout("main");
    repo.at("2026-03-05 17:00").commit("chore: tidy the build");
    repo.at("2026-03-06 08:30").merge(
        "bugfix/shop-14-totals",
        "Merge pull request #3 from acme/bugfix/shop-14-totals",
    );
    deploy(&mut repo, "2026-03-06 16:00");
    // SHOP-15: coded a day before it was started, straight to the main line.
    repo.at("2026-03-09 10:00")
        .commit("SHOP-15: split the checkout module");
    repo.branch("gift-cards");
    let gift = repo.at("2026-03-10 11:00").commit("SHOP-16: gift cards");
    repo.checkout("main");
    repo.at("2026-03-10 17:00")
        .merge("gift-cards", "Merge pull request #5 from acme/gift-cards");
    repo.at("2026-03-11 09:30").merge(
        "feature/SHOP-12-saved-cards",
        "Merge pull request #4 from acme/feature/SHOP-12-saved-cards",
    );
    repo.at("2026-03-11 14:00")
        .commit("SHOP-99: log slow queries");
    deploy(&mut repo, "2026-03-12 15:30");
    repo.at("2026-03-13 09:00").revert(&gift);
    deploy(&mut repo, "2026-03-13 11:00");
    repo.at("2026-03-18 10:00")
        .commit("SHOP-17: rotate the signing keys");
    repo
}

/// The world at 2026-03-20 09:00, everything imported.
/// The project, its export imported; and what the import said.
pub(crate) fn told() -> (World, Repo, String) {
    let world = World::new();
    world.now("2026-03-20 09:00");
    let mut repo = shop(&world);
    repo.write_uncommitted("jira.json", export().as_bytes());
    let import = world.dora_in(repo.path(), &["import", "jira.json"], &[("COLUMNS", "100")]);
    assert_eq!(import.status, 0, "{import}");
    (world, repo, import.stdout)
}

fn flow(world: &World, repo: &Repo, arguments: &[&str]) -> Value {
    let all = [&["flow", "--format", "json"], arguments].concat();
    world.dora(repo, &all).json()
}

fn hundredths(value: &Value) -> Option<f64> {
    value.as_f64().map(|hours| (hours * 100.0).round() / 100.0)
}

/// Segments of a way: names and hours.
fn segments(way: &Value) -> Vec<(String, f64)> {
    let rows = way["segments"].as_array().expect("segments");
    rows.iter()
        .map(|row| {
            let name = row["segment"].as_str().expect("a name").to_owned();
            (name, hundredths(&row["hours"]).expect("hours"))
        })
        .collect()
}

#[test]
fn coverage_is_that_of_the_story() {
    let (world, repo, _) = told();
    let code = &flow(&world, &repo, &[])["code"];
    // Deployed: two changes on the 6th, five on the 12th, one on the 13th. Without an item: the build,
    // SHOP-99 and the revert.
    assert_eq!(code["environment"], "production");
    assert_eq!(code["coverage"]["commits"], 8);
    assert_eq!(code["coverage"]["commits_with_item"], 5);
    assert_eq!(code["coverage"]["commit_share"], 0.625);
    assert_eq!(code["coverage"]["items"], 5);
    assert_eq!(code["coverage"]["items_with_commit"], 4);
    assert_eq!(code["coverage"]["unknown_keys"], json!(["SHOP-99"]));
}

#[test]
fn ways_and_what_the_tracker_said_are_those_of_the_story() {
    let (world, repo, _) = told();
    let code = &flow(&world, &repo, &[])["code"];
    let whole = &code["idea_to_production"];
    // SHOP-12 246.5 h, SHOP-14 32 h, SHOP-15 222.5 h.
    assert_eq!(whole["count"], 3);
    assert_eq!(hundredths(&whole["p50_hours"]), Some(222.5));
    assert_eq!(hundredths(&whole["p85_hours"]), Some(246.5));
    assert_eq!(hundredths(&whole["mean_hours"]), Some(167.0));
    let gap = &code["tracker_gap"];
    // 0.5 h, -7 h, 18.5 h.
    assert_eq!(
        (&gap["count"], &gap["closed_before_deployed"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(hundredths(&gap["done_minus_deployed_p50_hours"]), Some(0.5));
    assert_eq!(gap["done_not_deployed"], json!(["SHOP-16"]));
    assert_eq!(gap["coded_before_started"], 1);
}

#[test]
fn deployments_bring_the_items_of_the_story() {
    let (world, repo, _) = told();
    let code = &flow(&world, &repo, &[])["code"];
    let rows = code["deployments"].as_array().expect("deployments");
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                &row["time"],
                &row["items"],
                &row["value"],
                &row["commits_without_item"],
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                &json!("2026-03-13T11:00:00Z"),
                &json!([]),
                &json!(0.0),
                &json!(1)
            ),
            (
                &json!("2026-03-12T15:30:00Z"),
                &json!(["SHOP-12", "SHOP-15"]),
                &json!(10.0),
                &json!(1)
            ),
            (
                &json!("2026-03-06T16:00:00Z"),
                &json!(["SHOP-14"]),
                &json!(3.0),
                &json!(1)
            ),
            (
                &json!("2026-03-02T08:00:00Z"),
                &json!([]),
                &json!(0.0),
                &json!(0)
            ),
        ]
    );
    assert_eq!(code["items_per_deployment"], 0.75);
}

#[test]
fn one_item_goes_from_idea_to_production() {
    let (world, repo, _) = told();
    let item = flow(&world, &repo, &["SHOP-12"]);
    let way = &item["way"];
    let expected = [
        ("idea_to_start", 48.0),
        ("start_to_first_commit", 5.0),
        ("first_commit_to_merge", 163.5),
        ("merge_to_deployment", 30.0),
    ];
    assert_eq!(
        segments(way),
        expected.map(|(name, hours)| (name.to_owned(), hours))
    );
    assert_eq!(way["idea_to_production_hours"], 246.5);
    assert_eq!(way["tracker_gap_hours"], 0.5);
    assert_eq!(way["commits"].as_array().map(Vec::len), Some(2));
}

#[test]
fn an_item_that_was_coded_before_it_was_started_says_so() {
    let (world, repo, _) = told();
    let way = &flow(&world, &repo, &["SHOP-15"])["way"];
    let expected = [
        ("idea_to_start", 168.0),
        ("start_to_first_commit", -23.0),
        ("first_commit_to_deployment", 77.5),
    ];
    assert_eq!(
        segments(way),
        expected.map(|(name, hours)| (name.to_owned(), hours))
    );
    assert_eq!(way["idea_to_production_hours"], 222.5);
}

#[test]
fn an_item_that_was_taken_back_and_one_that_waits_are_not_in_production() {
    let (world, repo, _) = told();
    let back = &flow(&world, &repo, &["SHOP-16"])["way"];
    assert_eq!(
        (&back["commits_taken_back"], &back["deployed"]),
        (&json!(1), &Value::Null)
    );
    let waiting = &flow(&world, &repo, &["SHOP-17"])["way"];
    assert_eq!(
        (&waiting["commits_waiting"], &waiting["deployed"]),
        (&json!(1), &Value::Null)
    );
    let none = flow(&world, &repo, &["SHOP-18"]);
    assert_eq!(
        (&none["way"], &none["way_reason"]),
        (&Value::Null, &json!("no commit names it"))
    );
}

#[test]
fn the_transcript_is_what_the_program_says() {
    let (world, repo, import) = told();
    let say = |arguments: &[&str]| {
        let run = world.dora_in(repo.path(), arguments, &[("COLUMNS", "100")]);
        assert_eq!(run.status, 0, "{run}");
        format!(
            "```text\n$ dora {}\n{}\n```\n",
            arguments.join(" "),
            run.stdout.trim_end()
        )
    };
    let text = format!(
        "{INTRODUCTION}\n```text\n$ dora import jira.json\n{}\n```\n\n{STREAM}\n{}\n{ONE}\n{}\n{OTHERS}\n{}\n{}\n{LAST}",
        import.trim_end(),
        say(&["flow"]),
        say(&["flow", "SHOP-12"]),
        say(&["flow", "SHOP-15"]),
        say(&["flow", "SHOP-16"]),
    );
    check("docs/flow-story.md", &text);
}

const INTRODUCTION: &str = "\
# A story of the value stream

A shop, March 2026, one small team. Their tracker is Jira, their deployments are told by a state file in the repository. Six
items, four deployments, a pull request here and there. The project is invented; everything below is what the program
prints, and a test compares the two. What the numbers should be was worked out by hand before (`tests/it/flow_story.rs`).

| item | what happened |
|---|---|
| SHOP-12 | a feature, as it should be: started, coded on a branch, merged, shipped, done |
| SHOP-14 | a defect that was closed in the morning and shipped in the afternoon |
| SHOP-15 | tidying up: coded a day before anybody said that it was started |
| SHOP-16 | shipped, done, and taken back the next day; the tracker still says done |
| SHOP-17 | coded and in review: it waits |
| SHOP-18 | done without a line of code |

Beside them three changes went out that no item knows: a tidied build, a commit that names SHOP-99, which does not exist, and
the revert of SHOP-16.

## Import

The export is that of Jira's search, with the changelog (`expand=changelog`).
";

const STREAM: &str = "\
## The stream

Where the time of an item goes, and what is in the way. The tracker tells all of it but the line that speaks of production.
";

const ONE: &str = "\
## One item

The same item on one axis: above its way, told by the tracker, git and the deployment; below what the tracker alone says.
Idea to start 48 h, start to first commit 5 h, first commit to merge 163.5 h, merge to deployment 30 h: together 246.5 h.
";

const OTHERS: &str = "\
## Two that are not what the tracker says

SHOP-15 was coded 23 hours before it was started. The segment stays negative, so that the sum is right. SHOP-16 is done, and not
in production: its only commit was taken back.
";

const LAST: &str = "\
The definitions are in [metrics/idea-to-production.md](metrics/idea-to-production.md).
";
