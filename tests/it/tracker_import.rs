//! `dora import` of what trackers say in several pieces: issues and their events in files of their own,
//! every version of an export that git tracks, and the issues of GitHub asked for over the network.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use dora::ledger::flow::{FlowAccount, Outcome};
use dora::model::WorkItem;
use dora::model::work_item::{Change, History};
use dora::store::Store;
use serde_json::{Value, json};

use crate::support::github_server::{Response, Seen};
use crate::support::github_story::{Github, TOKEN};
use crate::support::run::Run;
use crate::support::world::{Repo, World, instant};
use crate::tracker_exports::{row, settings};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/work-items")
        .join(name)
}

/// A repository with one commit and a remote on GitHub.
fn shop(world: &World) -> Repo {
    world.now("2026-03-13 09:00");
    let mut repo = world.repository("shop");
    world.on_github(repo.path());
    repo.at("2026-03-01 09:00").commit("feat: start");
    repo
}

fn import(world: &World, repo: &Repo, files: &[&str]) -> Value {
    let paths: Vec<String> = files
        .iter()
        .map(|name| fixture(name).display().to_string())
        .collect();
    let mut arguments = vec!["import", "--format", "json"];
    arguments.extend(paths.iter().map(String::as_str));
    world.dora(repo, &arguments).json()
}

/// What is kept.
fn kept(repo: &Repo) -> Vec<WorkItem> {
    let store = Store::open(repo.path()).expect("readable").expect("there");
    store.work_items().expect("readable").items
}

fn of_key<'a>(items: &'a [WorkItem], key: &str) -> &'a WorkItem {
    let found = items.iter().find(|item| item.key == key);
    found.unwrap_or_else(|| panic!("{key} in {items:#?}"))
}

/// The table of the worked example.
fn assert_table(items: &[WorkItem]) {
    let settings = settings();
    let mut items = items.to_vec();
    items.sort_by(|a, b| a.key.cmp(&b.key));
    let account = FlowAccount::from_items(&items, &settings, instant("2026-03-13 09:00"));
    let rows: Vec<_> = account
        .items
        .iter()
        .map(|item| row(&account, item))
        .collect();
    use Outcome::{Cancelled, Done, Open};
    assert_eq!(
        rows,
        [
            (Done, Some(194.0), [98.0, 96.0, 0.0]),
            (Done, Some(103.0), [55.0, 48.0, 0.0]),
            (Done, None, [0.0, 0.0, 0.0]),
            (Done, Some(192.0), [96.0, 0.0, 18.0]),
            (Open, None, [48.0, 144.0, 0.0]),
            (Cancelled, None, [96.0, 0.0, 0.0]),
        ]
    );
}

// GitLab in several files

#[test]
fn issues_of_gitlab_and_their_events_in_files_of_their_own_are_one_history_in_any_order() {
    let issues = "gitlab-issues.json";
    let labels = "gitlab-label-events.json";
    let states = "gitlab-state-events.json";
    for order in [[issues, labels, states], [states, labels, issues]] {
        let world = World::new();
        let repo = shop(&world);
        import(&world, &repo, &order);
        let items = kept(&repo);
        assert_eq!(items.len(), 6, "{order:?}");
        let first = of_key(&items, "#1");
        assert_eq!(first.title, "Sign in with passkeys");
        assert_eq!(first.history, History::Partial);
        assert_eq!(first.created, instant("2026-03-02 09:00"));
        assert_table(&items);
        let again = import(&world, &repo, &order);
        for file in again["import"]["files"].as_array().expect("files") {
            assert_eq!(file["events_new"], 0, "{file:#}");
        }
    }
}

#[test]
fn a_whole_export_after_a_list_completes_it() {
    let world = World::new();
    let repo = shop(&world);
    import(&world, &repo, &["github-list.json"]);
    import(&world, &repo, &["github-timeline.json"]);
    let items = kept(&repo);
    assert_eq!(items.len(), 6);
    assert!(items.iter().all(|item| item.history == History::Complete));
    assert_table(&items);
}

// Focalboard

fn boardarchive(board: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("b/board.jsonl", options).expect("a zip");
    zip.write_all(board.as_bytes()).expect("a zip");
    zip.finish().expect("a zip").into_inner()
}

/// The delivery board with the first card in another status since another time.
fn board_with(status: &str, since: &str) -> String {
    let text = fs::read_to_string(fixture("focalboard-board.jsonl")).expect("a fixture");
    let since = instant(since).timestamp_millis();
    let lines = text.lines().map(|line| {
        if !line.contains("FOC-101\",") || !line.contains("Sign in with passkeys") {
            return line.to_owned();
        }
        let line = line.replace("\"pstatus\":\"st7\"", &format!("\"pstatus\":\"{status}\""));
        line.replace("1773226800000", &since.to_string())
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn archives_of_focalboard_that_git_tracks_have_a_history() {
    let world = World::new();
    let mut repo = shop(&world);
    // Backlog, Development, Production.
    for (status, since, commit) in [
        ("st0", "2026-03-02 09:00", "2026-03-03 08:00"),
        ("st2", "2026-03-04 09:00", "2026-03-05 08:00"),
        ("st2", "2026-03-05 10:00", "2026-03-06 08:00"),
        ("st7", "2026-03-11 11:00", "2026-03-12 08:00"),
    ] {
        let archive = boardarchive(&board_with(status, since));
        repo.at(commit)
            .commit_file("exports/delivery.boardarchive", &archive, "docs: the board");
    }
    let file = repo.path().join("exports/delivery.boardarchive");
    let file = file.to_str().expect("UTF-8");
    let said = world
        .dora(&repo, &["import", "--format", "json", "--history", file])
        .json();
    assert_eq!(said["import"]["files"][0]["versions_read"], 4, "{said:#}");
    let items = kept(&repo);
    let statuses: Vec<(String, _)> = of_key(&items, "FOC-101")
        .events
        .iter()
        .filter_map(|event| match &event.change {
            Change::Status(status) => Some((status.name.clone(), event.at)),
            _ => None,
        })
        .collect();
    let status = |name: &str, at: &str| (name.to_owned(), instant(at));
    assert_eq!(
        statuses,
        [
            status("Backlog 💤", "2026-03-02 09:00"),
            status("Development 🚧", "2026-03-04 09:00"),
            status("Production 🙌", "2026-03-11 11:00"),
        ],
        "a later change of the card that left its status is no entry into it"
    );
}

#[test]
fn one_archive_tells_the_present_and_how_to_get_a_past() {
    let world = World::new();
    let repo = shop(&world);
    let file = world.root().join("board.boardarchive");
    fs::write(&file, boardarchive(&board_with("st7", "2026-03-11 11:00"))).expect("written");
    let file = file.to_str().expect("UTF-8");
    let said = world
        .dora(&repo, &["import", "--format", "json", file])
        .json();
    let notice = &said["import"]["files"][0]["notices"][0];
    assert_eq!(notice["code"], "history-approximate", "{said:#}");
    let hint = notice["hint"].as_str().expect("a hint");
    assert!(hint.ends_with("dora import --history FILE"), "{hint}");
    // Six cards, and one that was deleted.
    assert_eq!(kept(&repo).len(), 7);
}

#[test]
fn an_archive_that_is_cut_off_is_told_and_keeps_nothing() {
    let world = World::new();
    let repo = shop(&world);
    let file = world.root().join("board.boardarchive");
    let whole = boardarchive(&board_with("st7", "2026-03-11 11:00"));
    fs::write(&file, &whole[..whole.len() / 2]).expect("written");
    let run = world.dora(&repo, &["import", file.to_str().expect("UTF-8")]);
    assert_ne!(run.status, 0, "{run}");
    assert!(run.stderr.contains("damaged or cut off"), "{run}");
    assert!(!repo.path().join(".dora/work-items.jsonl").exists());
}

// GitHub over the network

/// The pages of the GraphQL fixture, which a cursor `x` separates.
fn pages() -> Vec<String> {
    let text = fs::read_to_string(fixture("github-graphql.json")).expect("a fixture");
    text.lines().map(str::to_owned).collect()
}

fn variables(seen: &Seen) -> Value {
    let body: Value = serde_json::from_slice(&seen.body).expect("JSON");
    body["variables"].clone()
}

fn asks_for_issues(seen: &Seen) -> bool {
    seen.target == "/graphql" && String::from_utf8_lossy(&seen.body).contains("timelineItems")
}

/// A GitHub that answers with both pages; the second one as told.
fn github(second: impl Fn(&str) -> Response + Send + 'static) -> Github {
    let github = Github::new();
    let pages = pages();
    github.server.on_request(
        "POST",
        "/graphql",
        move |seen| match variables(seen)["cursor"].as_str() {
            None => Response::json(&pages[0]),
            Some("x") => second(&pages[1]),
            Some(_) => Response::with_status(404, "{}"),
        },
    );
    github
}

fn ask(github: &Github, world: &World, repo: &Repo, more: &[&str]) -> Run {
    let mut arguments = vec!["import", "--from", "github"];
    arguments.extend(more);
    github.dora(world, repo, &arguments)
}

#[test]
fn issues_of_github_are_imported_with_their_whole_history() {
    let world = World::new();
    let repo = shop(&world);
    let github = github(Response::json);
    let said = ask(&github, &world, &repo, &["--format", "json"]).json();
    let file = &said["import"]["files"][0];
    assert_eq!(file["file"], "github.com/acme/shop");
    assert_eq!(
        (&file["items_new"], &file["rows_skipped"]),
        (&json!(6), &json!(0))
    );
    assert_eq!(file["history"]["complete"], 6, "{file:#}");
    assert_eq!(file["notices"], json!([]));
    assert_table(&kept(&repo));

    let before = fs::read(repo.path().join(".dora/work-items.jsonl")).expect("kept");
    let again = ask(&github, &world, &repo, &["--format", "json"]).json();
    assert_eq!(again["import"]["files"][0]["items_unchanged"], 6);
    let after = fs::read(repo.path().join(".dora/work-items.jsonl")).expect("kept");
    assert_eq!(before, after, "nothing is new");
    let text = String::from_utf8(after).expect("UTF-8");
    assert!(!text.contains("octocat") && !text.contains(TOKEN), "{text}");
}

#[test]
fn a_day_since_when_is_asked_for() {
    let world = World::new();
    let repo = shop(&world);
    let github = github(Response::json);
    let run = ask(
        &github,
        &world,
        &repo,
        &["--since", "2026-03-05", "--dry-run"],
    );
    assert_eq!(run.status, 0, "{run}");
    let seen = github.server.seen();
    let asked: Vec<Value> = seen
        .iter()
        .filter(|it| asks_for_issues(it))
        .map(variables)
        .collect();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0]["since"], "2026-03-05T00:00:00Z");
    assert_eq!(
        (&asked[0]["owner"], &asked[0]["name"]),
        (&json!("acme"), &json!("shop"))
    );
    assert!(
        !repo.path().join(".dora").exists(),
        "a dry run keeps nothing"
    );
}

#[test]
fn what_came_before_an_error_is_kept_and_the_way_on_is_told() {
    let world = World::new();
    let repo = shop(&world);
    let github = github(|_| Response::with_status(401, r#"{"message":"Bad credentials"}"#));
    let run = ask(&github, &world, &repo, &[]);
    assert_eq!(run.status, 4, "{run}");
    assert!(run.stderr.contains("the import stopped early"), "{run}");
    // The issue of the first page that changed last is #101.
    let way_on = "dora import --from github --since 2026-03-11T11:00:00Z";
    assert!(run.stderr.contains(way_on), "{run}");
    assert_eq!(kept(&repo).len(), 3);
}

#[test]
fn without_a_right_or_offline_nobody_is_asked() {
    let world = World::new();
    let repo = shop(&world);
    let github = github(Response::json);
    let offline = ask(&github, &world, &repo, &["--offline"]);
    assert_eq!(offline.status, 2, "{offline}");
    assert!(offline.stderr.contains("--offline"), "{offline}");
    let url = github.server.url();
    let variables = [("GITHUB_API_URL", url.as_str()), ("PATH", "/nowhere")];
    let arguments = ["import", "--from", "github"];
    let nobody = world.dora_in(repo.path(), &arguments, &variables);
    assert_eq!(nobody.status, 4, "{nobody}");
    assert_eq!(github.server.seen(), []);
    assert!(!repo.path().join(".dora").exists());
}

#[test]
fn a_repository_that_is_not_on_github_says_so() {
    let world = World::new();
    world.now("2026-03-13 09:00");
    let mut repo = world.repository("shop");
    repo.at("2026-03-01 09:00").commit("feat: start");
    let github = github(Response::json);
    let run = ask(&github, &world, &repo, &[]);
    assert_eq!(run.status, 1, "{run}");
    assert!(
        run.stderr
            .contains("no remote of this repository is on GitHub"),
        "{run}"
    );
}

#[test]
fn a_file_and_a_tracker_cannot_be_asked_for_together() {
    let world = World::new();
    let repo = shop(&world);
    let run = world.dora(&repo, &["import", "--from", "github", "items.csv"]);
    assert_eq!(run.status, 2, "{run}");
}
