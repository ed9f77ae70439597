//! What becomes of the data of GitHub in the numbers: failed attempts, deployments, stages, incidents,
//! components that are not cloned. How it is asked for is in `github_sync`.

use serde_json::{Value, json};

use crate::github_sync::{init, report, shop};
use crate::support::github_story::{Github, TOKEN, run};
use crate::support::shell::files_below;
use crate::support::world::{Repo, World};

/// Time, kind and the rules by which it failed, of each deployment.
fn rows(report: &Value) -> Vec<(String, String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = report["deployments"].as_array().expect("deployments");
    let rules = |row: &Value| {
        let evidence = row["evidence"].as_array().expect("evidence").iter();
        evidence.map(|it| text(&it["rule"])).collect()
    };
    rows.iter()
        .map(|row| (text(&row["timestamp"]), text(&row["kind"]), rules(row)))
        .collect()
}

fn row(time: &str, kind: &str, rules: &[&str]) -> (String, String, Vec<String>) {
    let rules = rules.iter().map(|&rule| rule.to_owned()).collect();
    (time.to_owned(), kind.to_owned(), rules)
}

#[test]
fn runs_fail_deployments_or_are_failed_attempts_by_what_they_left_behind() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.runs(&[
        run(1, "2026-03-02 09:55", "2026-03-02 10:05", "success"),
        // Smoke tests failed after it had deployed.
        run(2, "2026-03-03 09:55", "2026-03-03 10:10", "failure"),
        // It left nothing behind.
        run(3, "2026-03-04 09:55", "2026-03-04 10:02", "timed_out"),
        run(4, "2026-03-05 09:55", "2026-03-05 10:05", "success"),
        run(5, "2026-03-06 09:55", "2026-03-06 10:05", "cancelled"),
        // It failed first, and passed when it was run again.
        run(6, "2026-03-07 09:55", "2026-03-07 10:05", "success").again(),
    ]);
    init(&github, &world, &shop);
    let report = report(&github, &world, &shop, &[]);
    assert_eq!(
        rows(&report),
        [
            row("2026-03-02T10:00:00Z", "deployment", &[]),
            row("2026-03-03T10:00:00Z", "deployment", &["run"]),
            row("2026-03-04T10:02:00Z", "attempt", &["attempt"]),
            row("2026-03-05T10:00:00Z", "deployment", &[]),
        ]
    );
    let rate = &report["metrics"]["change_failure_rate"];
    // 1 deployment and 1 attempt of 3 deployments and 1 attempt.
    assert_eq!((&rate["failed"], &rate["total"]), (&json!(2), &json!(4)));
    assert_eq!(rate["value"], 0.5);
    assert_eq!(report["metrics"]["deployment_frequency"]["count"], 3);
}

#[test]
fn an_earlier_view_does_not_know_a_run_that_had_not_ended() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.runs(&[run(3, "2026-03-04 09:55", "2026-03-04 10:02", "failure")]);
    init(&github, &world, &shop);
    let attempts = |as_of: &str| {
        let report = report(&github, &world, &shop, &["--as-of", as_of]);
        report["metrics"]["change_failure_rate"]["attempts"].clone()
    };
    assert_eq!(attempts("2026-03-04T10:02:00Z"), 0);
    assert_eq!(attempts("2026-03-04T10:02:01Z"), 1);
}

#[test]
fn an_environment_without_state_file_is_told_by_runs() {
    let world = World::new();
    world.now("2026-03-09 09:00");
    let mut shop = world.repository("shop");
    world.on_github(shop.path());
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    let second = shop.at("2026-03-03 09:00").commit("feat: more");
    let github = Github::new();
    github.runs(&[
        run(1, "2026-03-02 10:00", "2026-03-02 10:05", "success").at(&first),
        run(2, "2026-03-03 09:30", "2026-03-03 09:40", "failure").at(&second),
        run(3, "2026-03-03 10:00", "2026-03-03 10:05", "success").at(&second),
    ]);
    init(&github, &world, &shop);
    let report = report(&github, &world, &shop, &[]);
    assert_eq!(report["environment"], "production");
    assert_eq!(
        report["github"],
        json!({"repository": "github.com/acme/shop", "asked": [
            {"kind": "runs", "at": "2026-03-09T09:00:00Z"},
            {"kind": "pulls", "at": "2026-03-09T09:00:00Z"},
            {"kind": "issues", "at": "2026-03-09T09:00:00Z"},
        ]})
    );
    assert_eq!(report["deployment_source"], "github-run");
    assert_eq!(
        rows(&report),
        [
            row("2026-03-02T10:05:00Z", "deployment", &[]),
            row("2026-03-03T09:40:00Z", "attempt", &["attempt"]),
            row("2026-03-03T10:05:00Z", "deployment", &[]),
        ]
    );
    // From 09:00 to 10:05.
    assert_eq!(report["deployments"][2]["lead_time_minutes"], 65.0);
}

#[test]
fn a_workflow_that_rolls_back_deploys_the_same_as_the_others() {
    let world = World::new();
    world.now("2026-03-09 09:00");
    let mut shop = world.repository("shop");
    world.on_github(shop.path());
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    let second = shop.at("2026-03-03 09:00").commit("feat: more");
    let github = Github::new();
    github.workflows(&[
        (7, "deploy.yml"),
        (8, "deploy-rollback.yml"),
        (9, "deploy-api.yml"),
    ]);
    github.runs(&[
        run(1, "2026-03-02 10:00", "2026-03-02 10:05", "success").at(&first),
        run(2, "2026-03-03 10:00", "2026-03-03 10:05", "success").at(&second),
    ]);
    github.runs_of(
        8,
        &[run(3, "2026-03-04 10:00", "2026-03-04 10:05", "success").at(&first)],
    );
    // It never ran, and makes no parts of what did.
    github.runs_of(9, &[]);
    init(&github, &world, &shop);
    let report = report(&github, &world, &shop, &[]);
    assert_eq!(
        rows(&report),
        [
            row("2026-03-02T10:05:00Z", "deployment", &[]),
            row("2026-03-03T10:05:00Z", "deployment", &["rollback"]),
            row("2026-03-04T10:05:00Z", "deployment", &[]),
        ]
    );
    assert_eq!(report["components"][0]["name"], "shop");
}

#[test]
fn where_no_workflow_deploys_the_deployments_that_github_keeps_do() {
    let world = World::new();
    world.now("2026-03-09 09:00");
    let mut shop = world.repository("shop");
    world.on_github(shop.path());
    let first = shop.at("2026-03-02 09:00").commit("feat: start");
    let second = shop.at("2026-03-03 09:00").commit("feat: more");
    let github = Github::new();
    github.answers("actions/workflows", &json!({"workflows": []}));
    github.deployments(&[
        (
            1,
            "production",
            &first,
            "2026-03-02 10:00",
            &[(5, "success"), (1500, "inactive")],
        ),
        (
            2,
            "production",
            &second,
            "2026-03-03 10:00",
            &[(1, "in_progress"), (9, "failure")],
        ),
        (
            3,
            "production",
            &second,
            "2026-03-03 11:00",
            &[(1, "in_progress"), (7, "success")],
        ),
        (4, "pr-12", &second, "2026-03-03 12:00", &[(1, "success")]),
    ]);
    init(&github, &world, &shop);
    let report = report(&github, &world, &shop, &[]);
    assert_eq!(report["deployment_source"], "github-deployment");
    assert_eq!(
        rows(&report),
        [
            row("2026-03-02T10:05:00Z", "deployment", &[]),
            row("2026-03-03T10:09:00Z", "attempt", &["attempt"]),
            row("2026-03-03T11:07:00Z", "deployment", &[]),
        ]
    );
    assert_eq!(report["deployments"][2]["lead_time_minutes"], 127.0);
}

#[test]
fn a_deployment_on_github_to_an_environment_of_the_same_name_in_capitals_is_no_other_environment() {
    let world = World::new();
    let (shop, versions) = shop(&world);
    let github = Github::new();
    github.deployments(&[(
        5,
        "Production",
        &versions[1],
        "2026-03-06 10:00",
        &[(1, "success")],
    )]);
    init(&github, &world, &shop);
    let report = report(&github, &world, &shop, &["--environment", "all"]);
    let environments = report["environments"].as_array().expect("environments");
    let names: Vec<_> = environments.iter().map(|it| &it["environment"]).collect();
    assert_eq!(names, ["production"]);
    assert_eq!(environments[0]["deployment_source"], "state-file");
}

#[test]
fn a_failure_rate_is_not_compared_with_a_period_whose_runs_are_not_known() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.runs(&[run(3, "2026-03-04 09:55", "2026-03-04 10:02", "failure")]);
    let trend = |since: &str| {
        world.dora_in(shop.path(), &["init", "--reset", "--skip-github"], &[]);
        let sync = github.dora(&world, &shop, &["sync", "--since", since]);
        assert_eq!(sync.status, 0, "{sync}");
        let report = github.dora(
            &world,
            &shop,
            &["report", "--period", "4d", "--format", "json"],
        );
        let report = report.json();
        let metrics = &report["metrics"];
        let direction = |metric: &str| metrics[metric]["trend"]["direction"].clone();
        (
            direction("change_failure_rate"),
            direction("deployment_frequency"),
        )
    };
    let known = trend("2026-02-01");
    let unknown = trend("2026-03-05");
    assert_ne!(known.0, "unknown");
    assert_eq!(unknown.0, "unknown");
    assert_eq!(known.1, unknown.1, "state files tell how often in both");
}

#[test]
fn pull_requests_divide_the_lead_time_into_stages() {
    let world = World::new();
    let (shop, versions) = shop(&world);
    let github = Github::new();
    // First commit 07:00, opened 07:30, reviewed 08:15, merged 09:00, deployed 10:00.
    let octocat = json!({"__typename": "User", "login": "octocat"});
    let hubot = json!({"__typename": "User", "login": "hubot"});
    let commit = json!({"commit": {"oid": "a".repeat(40), "authoredDate": "2026-03-05T07:00:00Z"}});
    github.pull_requests(&[json!({
        "number": 31, "author": octocat,
        "createdAt": "2026-03-05T07:30:00Z", "mergedAt": "2026-03-05T09:00:00Z",
        "updatedAt": "2026-03-05T09:00:00Z", "mergeCommit": {"oid": versions[2]},
        "commits": {"totalCount": 1, "nodes": [commit],
            "pageInfo": {"hasNextPage": false, "endCursor": null}},
        "reviews": {"nodes": [{"submittedAt": "2026-03-05T08:15:00Z", "state": "APPROVED",
            "author": hubot}]},
    })]);
    init(&github, &world, &shop);
    let found = report(&github, &world, &shop, &[]);
    let people = &found["metrics"]["lead_time"]["stages"];
    assert_eq!(people["pull_requests"], 1);
    for (stage, minutes) in [
        ("coding", 30.0),
        ("pickup", 45.0),
        ("review", 45.0),
        ("waiting_to_deploy", 60.0),
        ("total", 180.0),
    ] {
        assert_eq!(people[stage]["median_minutes"], minutes, "{stage}");
    }
    let text = github.dora(&world, &shop, &["report", "--verbose", "--period", "30d"]);
    for word in ["coding", "pickup", "review"] {
        assert!(text.stdout.to_lowercase().contains(word), "{word}:\n{text}");
    }
    for (path, content) in files_below(&shop.path().join(".dora")) {
        let content = String::from_utf8_lossy(&content).into_owned();
        for secret in ["octocat", "hubot", TOKEN] {
            assert!(
                !content.contains(secret),
                "{secret} is in {}",
                path.display()
            );
        }
    }
}

#[test]
fn an_incident_blames_the_deployment_of_the_commit_that_it_names() {
    for by_number in [false, true] {
        let world = World::new();
        let (shop, versions) = shop(&world);
        let github = Github::new();
        github.pull_requests(&[json!({
            "number": 31, "createdAt": "2026-03-02T12:00:00Z",
            "mergedAt": "2026-03-03T09:00:00Z", "updatedAt": "2026-03-03T09:00:00Z",
            "mergeCommit": {"oid": versions[1]},
        })]);
        // The third deployment is the last one before it.
        let cause = match by_number {
            false => format!("Root cause: {}", &versions[1][..10]),
            true => "It was caused by #31.".to_owned(),
        };
        github.incident(12, "2026-03-05 11:00", Some("2026-03-05 12:30"), &cause);
        init(&github, &world, &shop);
        let report = report(&github, &world, &shop, &[]);
        assert_eq!(
            rows(&report),
            [
                row("2026-03-02T10:00:00Z", "deployment", &[]),
                row("2026-03-03T10:00:00Z", "deployment", &["incident"]),
                row("2026-03-05T10:00:00Z", "deployment", &[]),
            ],
            "by number: {by_number}"
        );
        let incident = &report["incidents"][0];
        assert_eq!(incident["id"], "issue-12");
        let evidence = &report["deployments"][1]["evidence"][0];
        assert_eq!(evidence["incident"], incident["id"]);
    }
}

#[test]
fn the_same_cache_gives_the_same_bytes() {
    let world = World::new();
    let (shop, versions) = shop(&world);
    let github = Github::new();
    github.runs(&[
        run(2, "2026-03-03 09:55", "2026-03-03 10:10", "failure"),
        run(3, "2026-03-04 09:55", "2026-03-04 10:02", "failure"),
    ]);
    github.incident(
        12,
        "2026-03-05 11:00",
        None,
        &format!("root cause: {}", versions[1]),
    );
    init(&github, &world, &shop);
    let bytes = || {
        let json = world.dora(&shop, &["report", "--format", "json"]).stdout;
        let text = world.dora(&shop, &["report", "--verbose"]).stdout;
        (json, text)
    };
    let first = bytes();
    assert_eq!(bytes(), first);
    let caches = || files_below(&shop.path().join(".dora/cache"));
    let before = caches();
    assert_eq!(github.dora(&world, &shop, &["sync"]).status, 0);
    assert_eq!(
        caches(),
        before,
        "a sync that brings nothing changes nothing"
    );
}

// Components that are not cloned

/// A history with everything that a rule looks at: merges, a branch of its own for releases, a fix, a
/// revert, a rollback. Gives the versions in the order of their deployment.
fn storefront(world: &World) -> (Repo, Vec<(&'static str, String)>) {
    let mut web = world.repository("storefront");
    web.at("2026-02-20 09:00").commit("feat: long ago");
    let mut deployed = Vec::new();
    let start = web.at("2026-02-27 09:00").commit("feat: start");
    deployed.push(("2026-03-01 10:00", start));
    web.branch("topic");
    web.at("2026-03-01 11:00").commit("feat: on a branch");
    web.checkout("main");
    web.at("2026-03-01 12:00").commit("feat: beside it");
    web.at("2026-03-02 09:00");
    let merged = web.merge("topic", "Merge branch 'topic'");
    deployed.push(("2026-03-02 10:00", merged[..12].to_owned()));
    let broken = web.at("2026-03-03 08:00").commit("feat: breaks the cart");
    deployed.push(("2026-03-03 09:00", broken.clone()));
    web.at("2026-03-03 09:20");
    let reverted = web.revert(&broken);
    deployed.push(("2026-03-03 09:40", reverted));
    web.branch("release");
    let release = web.at("2026-03-04 08:00").commit("fix: prices");
    web.tag("v2.0.1");
    deployed.push(("2026-03-04 09:00", "v2.0.1".to_owned()));
    web.checkout("main");
    web.at("2026-03-04 10:00").commit("feat: search");
    web.at("2026-03-05 08:00");
    let both = web.merge("release", "Merge branch 'release'");
    deployed.push(("2026-03-05 09:00", both));
    // Back to what was before.
    deployed.push(("2026-03-05 11:00", release));
    let last = web.at("2026-03-06 08:00").commit("feat: wishes");
    deployed.push(("2026-03-06 09:00", last));
    web.at("2026-03-07 08:00").commit("feat: not deployed yet");
    (web, deployed)
}

#[test]
fn a_component_that_is_not_cloned_has_the_numbers_that_its_clone_gives() {
    let world = World::new();
    world.now("2026-03-09 09:00");
    let (web, deployed) = storefront(&world);
    let mut shop = world.repository("shop");
    shop.at("2026-02-20 08:00").commit("docs: state lies here");
    for (time, version) in &deployed {
        let image = format!("ghcr.io/other/storefront:{version}");
        shop.at(time).deploy("production", &[("web", &image)]);
    }
    let report = ["report", "--period", "30d", "--format", "json"];
    let with_clone = world.dora(&shop, &report).json();

    let alone = world.clone_of(shop.path(), "alone/shop", &[]);
    let address = "https://github.com/acme/shop.git";
    world.git(&alone, &["remote", "set-url", "origin", address]);
    let github = Github::new();
    github.serves(&world, web.path(), "other/storefront");
    let without = github.dora_in(&world, &alone, &report).json();
    let lead_time = |report: &Value| report["metrics"]["lead_time"]["count"].clone();
    assert_eq!(lead_time(&without), 0, "nothing is known of it yet");
    let init = github
        .dora_in(&world, &alone, &["init", "--format", "json"])
        .json();
    let component = &init["found"]["components"][0];
    assert_eq!(component["repository"], "github.com/other/storefront");
    assert_eq!(component["resolved"], component["versions"]);
    let from_github = github.dora_in(&world, &alone, &report).json();

    for field in [
        "metrics",
        "previous_metrics",
        "weeks",
        "days",
        "outages",
        "lead_time_distribution",
        "components",
    ] {
        assert_eq!(from_github[field], with_clone[field], "{field}");
    }
    let numbers = |report: &Value| -> Vec<Value> {
        let rows = report["deployments"]
            .as_array()
            .expect("deployments")
            .iter();
        rows.map(|row| {
            json!([
                row["timestamp"],
                row["kind"],
                row["changes"],
                row["lead_time_minutes"],
                row["failed"],
                row["rolled_back"],
                row["evidence"],
                row["remedy"]
            ])
        })
        .collect()
    };
    assert_eq!(numbers(&from_github), numbers(&with_clone));
    assert!(
        lead_time(&with_clone).as_u64() > Some(5),
        "{:#}",
        with_clone["metrics"]
    );
    assert_ne!(with_clone["metrics"]["change_failure_rate"]["failed"], 0);

    // A week later only what is new is asked for.
    let before = github.server.seen().len();
    let run = github.dora_in(&world, &alone, &["sync", "--what", "commits"]);
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(
        github.asked(before),
        [
            "/repos/other/storefront",
            "/repos/other/storefront/commits/heads/main"
        ]
    );
}
