//! What a report says where GitHub did not tell everything. How it is asked for is in `github_sync`, what
//! becomes of its data in `github_numbers`.

use serde_json::json;

use crate::github_sync::{init, report, shop};
use crate::support::github_server::Response;
use crate::support::github_story::{Github, run};
use crate::support::world::{Repo, World};

/// What a report of 30 days says of GitHub; `--strict` fails where that concerns more than issues and
/// pull requests, which many a token may not read.
fn told(github: &Github, world: &World, shop: &Repo) -> Vec<String> {
    let report = report(github, world, shop, &[]);
    let notices = report["notices"].as_array().expect("notices").iter();
    let told: Vec<String> = notices
        .filter(|it| {
            let code = it["code"].as_str().unwrap_or_default();
            code.starts_with("github-")
        })
        .map(|it| it["message"].as_str().unwrap_or_default().to_owned())
        .collect();
    let strict = github.dora(world, shop, &["report", "--period", "30d", "--strict"]);
    let is_minor = |it: &String| it.starts_with("issues") || it.starts_with("pull requests");
    assert_eq!(strict.status == 7, !told.iter().all(is_minor), "{strict}");
    told
}

/// Workflows 7 and 8 deploy to production.
fn two_workflows_deploy(github: &Github) {
    let workflow = |id: u64, file: &str| json!({"id": id, "name": "Deploy", "path": format!(".github/workflows/{file}")});
    let both = [workflow(7, "deploy.yml"), workflow(8, "deploy-api.yml")];
    github.answers("actions/workflows", &json!({"workflows": both}));
}

fn forbidden() -> Response {
    let no = r#"{"message":"Resource not accessible by personal access token"}"#;
    Response::with_status(403, no)
}

#[test]
fn nothing_is_said_where_everything_was_read() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    init(&github, &world, &shop);
    assert_eq!(told(&github, &world, &shop), [""; 0]);
}

#[test]
fn issues_that_may_not_be_read_are_not_silently_no_incidents() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.responds("labels", forbidden());
    init(&github, &world, &shop);
    assert_eq!(
        told(&github, &world, &shop),
        ["issues on GitHub were never read to the end: incidents may be missing"]
    );
}

#[test]
fn a_first_sync_that_was_interrupted_leaves_its_runs_unknown() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    // The second page of the newest span is refused.
    let page = json!({"total_count": 2, "workflow_runs": []});
    let next = format!("{}/repos/acme/shop/more", github.server.url());
    let page = Response::json(&page.to_string()).next(&next);
    github.responds("actions/workflows/7/runs", page);
    let refused = Response::with_status(401, r#"{"message":"Bad credentials"}"#);
    github.responds("more", refused);
    assert_eq!(world.dora(&shop, &["init", "--skip-github"]).status, 0);
    assert_eq!(github.dora(&world, &shop, &["sync"]).status, 4);
    assert_eq!(
        told(&github, &world, &shop),
        [
            // From the first commit to the day of the report.
            "runs that deploy to production are not all known from 2026-03-02 to 2026-03-09: \
             failed attempts may be missing",
            "pull requests on GitHub were never read to the end: stages of lead time may be missing",
            "issues on GitHub were never read to the end: incidents may be missing",
        ]
    );
}

#[test]
fn a_deploy_workflow_that_may_not_be_read_makes_its_environment_unknown() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    two_workflows_deploy(&github);
    github.responds("actions/workflows/8/runs", forbidden());
    github.runs(&[run(1, "2026-03-02 09:55", "2026-03-02 10:05", "success")]);
    init(&github, &world, &shop);
    assert_eq!(
        told(&github, &world, &shop),
        [
            "runs that deploy to production are not all known from 2026-03-02 to 2026-03-09: \
             failed attempts may be missing"
        ]
    );
}

#[test]
fn a_workflow_that_may_be_read_no_more_leaves_its_recent_end_unknown() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    two_workflows_deploy(&github);
    let none = json!({"total_count": 0, "workflow_runs": []});
    github.answers("actions/workflows/8/runs", &none);
    world.now("2026-03-06 09:00");
    init(&github, &world, &shop);
    assert_eq!(told(&github, &world, &shop), [""; 0]);
    github.responds("actions/workflows/8/runs", forbidden());
    world.now("2026-03-09 09:00");
    assert_eq!(github.dora(&world, &shop, &["sync"]).status, 0);
    assert_eq!(
        told(&github, &world, &shop),
        [
            "runs that deploy to production are not all known from 2026-03-06 to 2026-03-09: \
             failed attempts may be missing"
        ]
    );
}

#[test]
fn the_age_is_told_where_actions_cannot_be_read() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.responds("actions/workflows", forbidden());
    let init = init(&github, &world, &shop);
    assert_eq!(init["found"]["github"]["checked"], "2026-03-09T09:00:00Z");
    world.now("2026-03-11 09:00");
    let age =
        "what github.com/acme/shop says is 2 d old: what happened there since is in no number";
    let runs = "runs of workflows on GitHub were never read to the end: failed deployments may be \
                missing";
    assert_eq!(told(&github, &world, &shop), [age, runs]);
}

#[test]
fn what_was_asked_long_ago_is_old_though_the_runs_are_fresh() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    init(&github, &world, &shop);
    world.now("2026-03-12 09:00");
    let runs = &["sync", "--what", "runs"];
    assert_eq!(github.dora(&world, &shop, runs).status, 0);
    assert_eq!(
        told(&github, &world, &shop),
        [
            "what github.com/acme/shop says of pull requests and issues is 3 d old: what happened \
             there since is in no number"
        ]
    );
}
