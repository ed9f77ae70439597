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
    github.workflows(&[(7, "deploy.yml"), (8, "deploy-api.yml")]);
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
    github.workflows(&[(7, "deploy.yml"), (8, "deploy-api.yml")]);
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

#[test]
fn a_deploy_workflow_that_was_replaced_and_is_gone_leaves_nothing_unknown() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.workflows(&[(6, "deploy-all.yml"), (7, "deploy.yml")]);
    github.runs_of(6, &[]);
    world.now("2026-03-06 09:00");
    init(&github, &world, &shop);
    github.workflows(&[(7, "deploy.yml")]);
    let gone = Response::with_status(404, r#"{"message":"Not Found"}"#);
    github.responds("actions/workflows/6/runs", gone);
    world.now("2026-03-09 09:00");
    let sync = github.dora(&world, &shop, &["sync", "--strict"]);
    assert_eq!(sync.status, 0, "{sync}");
    assert_eq!(told(&github, &world, &shop), [""; 0]);
}

#[test]
fn a_label_of_incidents_that_is_gone_leaves_nothing_unknown() {
    let world = World::new();
    let (shop, _) = shop(&world);
    let github = Github::new();
    github.incident(4, "2026-03-03 10:30", Some("2026-03-03 11:00"), "");
    world.now("2026-03-06 09:00");
    init(&github, &world, &shop);
    github.answers("labels", &json!([{"name": "bug"}]));
    world.now("2026-03-09 09:00");
    assert_eq!(github.dora(&world, &shop, &["sync"]).status, 0);
    assert_eq!(told(&github, &world, &shop), [""; 0]);
}

#[test]
fn runs_whose_jobs_were_not_read_are_no_deployments_and_are_told() {
    let world = World::new();
    world.now("2026-03-09 09:00");
    let mut shop = world.repository("shop");
    world.on_github(shop.path());
    let workflow = "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    environment: \
                    production\n    steps:\n      - run: ./deploy.sh\n";
    let path = ".github/workflows/deploy.yml";
    shop.at("2026-03-02 09:00");
    let first = shop.commit_file(path, workflow.as_bytes(), "feat: start");
    let second = shop.at("2026-03-03 09:00").commit("feat: more");
    let github = Github::new();
    github.runs(&[
        run(1, "2026-03-02 10:00", "2026-03-02 10:05", "success").at(&first),
        run(2, "2026-03-03 10:00", "2026-03-03 10:05", "success").at(&second),
    ]);
    // The jobs of the newest run are read first, then the token is no good any more.
    let refused = Response::with_status(401, r#"{"message":"Bad credentials"}"#);
    github.responds("actions/runs/1/attempts/1/jobs", refused);
    assert_eq!(world.dora(&shop, &["init", "--skip-github"]).status, 0);
    let sync = github.dora(&world, &shop, &["sync"]);
    assert_eq!(sync.status, 4, "{sync}");
    let report = report(&github, &world, &shop, &[]);
    assert_eq!(report["metrics"]["deployment_frequency"]["count"], 1);
    assert_eq!(
        told(&github, &world, &shop),
        [
            "1 run to production ended, and the jobs were not read: whether it deployed is not \
             known, and it is in no number"
        ]
    );
}
