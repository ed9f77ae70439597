//! What a repository looks like on GitHub, told to a `GithubServer`: runs with their jobs, deployments,
//! pull requests, issues, and the commits of a real repository of the `World`. Times are written as
//! everywhere (`2026-03-02 09:00`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use super::github_server::{GithubServer, Response};
use super::run::Run;
use super::world::{Repo, World, instant};

/// The token of every run: it may be found nowhere.
pub(crate) const TOKEN: &str = "ghp_canary0000000000000000000000000000000";

/// Number, environment, commit, time, and the states after it (minutes, state).
pub(crate) type Deployment<'a> = (u64, &'a str, &'a str, &'a str, &'a [(i64, &'a str)]);

/// `github.com/acme/shop`, and what else it is asked for.
pub(crate) struct Github {
    pub(crate) server: GithubServer,
}

impl Github {
    /// Nothing happened there yet; one workflow, `deploy.yml` (7), deploys.
    pub(crate) fn new() -> Self {
        let github = Self {
            server: GithubServer::start(),
        };
        github.workflows(&[(7, "deploy.yml")]);
        github.runs(&[]);
        github.answers("deployments", &json!([]));
        github.answers("labels", &json!([{"name": "bug"}]));
        github.pull_requests(&[]);
        github
    }

    /// What a place of `acme/shop` answers.
    pub(crate) fn answers(&self, place: &str, body: &Value) {
        self.responds(place, Response::json(&body.to_string()));
    }

    /// The same with any response.
    pub(crate) fn responds(&self, place: &str, response: Response) {
        let target = format!("/repos/acme/shop/{place}");
        self.server.on(&target, vec![response]);
    }

    /// The runs of workflow 7, each with one job `deploy`.
    pub(crate) fn runs(&self, runs: &[RunOnGithub]) {
        self.runs_of(7, runs);
    }

    /// The same of another workflow.
    pub(crate) fn runs_of(&self, workflow: u64, runs: &[RunOnGithub]) {
        let mut rows: Vec<Value> = runs.iter().map(|run| run.row(workflow)).collect();
        rows.reverse();
        let body = json!({"total_count": rows.len(), "workflow_runs": rows});
        self.answers(&format!("actions/workflows/{workflow}/runs"), &body);
        for run in runs {
            let place = format!("actions/runs/{}/attempts/{}/jobs", run.id, run.attempt);
            self.answers(&place, &json!({"total_count": 1, "jobs": [run.job()]}));
        }
    }

    /// Workflows by number and file.
    pub(crate) fn workflows(&self, files: &[(u64, &str)]) {
        let workflow = |&(id, file): &(u64, &str)| json!({"id": id, "name": "Deploy", "path": format!(".github/workflows/{file}")});
        let rows: Vec<Value> = files.iter().map(workflow).collect();
        self.answers("actions/workflows", &json!({"workflows": rows}));
    }

    /// The deployments that GitHub keeps, oldest first.
    pub(crate) fn deployments(&self, deployments: &[Deployment<'_>]) {
        let mut rows = Vec::new();
        for (id, environment, sha, created, states) in deployments {
            let created = instant(created);
            rows.push(json!({"id": id, "environment": environment, "sha": sha,
                "created_at": created}));
            let status = |&(minutes, state): &(i64, &str)| {
                let at = created + chrono::TimeDelta::minutes(minutes);
                json!({"id": minutes, "state": state, "created_at": at})
            };
            let statuses: Vec<Value> = states.iter().map(status).collect();
            self.answers(&format!("deployments/{id}/statuses"), &json!(statuses));
        }
        rows.reverse();
        self.answers("deployments", &json!(rows));
    }

    /// The merged pull requests of every repository that is asked for.
    pub(crate) fn pull_requests(&self, nodes: &[Value]) {
        let info = json!({"hasNextPage": false, "endCursor": null});
        let listing = json!({"totalCount": nodes.len(), "pageInfo": info, "nodes": nodes});
        let body = json!({"data": {"repository": {"pullRequests": listing}}}).to_string();
        self.server
            .on_request("POST", "/graphql", move |_| Response::json(&body));
    }

    /// An issue with the label `incident` from its opening on.
    pub(crate) fn incident(&self, number: u64, opened: &str, closed: Option<&str>, text: &str) {
        let closed = closed.map(instant);
        let opened = instant(opened);
        let state = if closed.is_some() { "closed" } else { "open" };
        self.answers("labels", &json!([{"name": "incident"}]));
        let issue = json!({"number": number, "title": "checkout is down", "body": text,
            "labels": [{"name": "incident"}], "state": state, "created_at": opened,
            "updated_at": closed.unwrap_or(opened), "closed_at": closed});
        self.answers("issues", &json!([issue]));
        let event = json!({"event": "labeled", "label": {"name": "incident"},
            "created_at": opened, "actor": {"login": "octocat"}});
        self.answers(&format!("issues/{number}/timeline"), &json!([event]));
    }

    /// The commits, branches and tags of a repository, as `owner/name`.
    pub(crate) fn serves(&self, world: &World, directory: &Path, name: &str) {
        let commits = Commits::of(world, directory);
        let on = |place: &str, body: &Value| {
            let target = format!("/repos/{name}{place}");
            self.server
                .on(&target, vec![Response::json(&body.to_string())]);
        };
        on("", &json!({"default_branch": "main"}));
        for (reference, id) in commits.references(world, directory) {
            on(&format!("/commits/{reference}"), &commits.rows[&id]);
        }
        for (id, row) in &commits.rows {
            for length in 7..=40 {
                on(&format!("/commits/{}", &id[..length]), row);
            }
            for other in commits.rows.keys() {
                on(
                    &format!("/compare/{id}...{other}"),
                    &commits.compared(id, other),
                );
            }
        }
    }

    /// Runs `dora` with the token, asking this server.
    pub(crate) fn dora(&self, world: &World, repo: &Repo, arguments: &[&str]) -> Run {
        self.dora_in(world, repo.path(), arguments)
    }

    /// The same in a directory.
    pub(crate) fn dora_in(&self, world: &World, directory: &Path, arguments: &[&str]) -> Run {
        let url = self.server.url();
        let run = world.dora_in(
            directory,
            arguments,
            &[
                ("GITHUB_API_URL", url.as_str()),
                ("GH_TOKEN", TOKEN),
                ("PATH", "/nowhere"),
            ],
        );
        assert!(
            !run.to_string().contains(TOKEN),
            "the token is told:\n{run}"
        );
        run
    }

    /// What was asked since the last time, without `/repos/acme/shop/` and query.
    pub(crate) fn asked(&self, since: usize) -> Vec<String> {
        let targets = self.server.targets().into_iter().skip(since);
        let places = targets.map(|target| {
            let path = target.split('?').next().unwrap_or_default().to_owned();
            path.replace("/repos/acme/shop/", "")
        });
        places.collect()
    }
}

/// A run on `main`.
#[derive(Debug, Clone)]
pub(crate) struct RunOnGithub {
    id: u64,
    attempt: u32,
    from: String,
    to: String,
    conclusion: &'static str,
    head: String,
}

/// A run with number, begin, end and conclusion.
pub(crate) fn run(id: u64, from: &str, to: &str, conclusion: &'static str) -> RunOnGithub {
    RunOnGithub {
        id,
        attempt: 1,
        from: from.to_owned(),
        to: to.to_owned(),
        conclusion,
        head: "f".repeat(40),
    }
}

impl RunOnGithub {
    /// It was run again: this is that attempt.
    pub(crate) fn again(mut self) -> Self {
        self.attempt += 1;
        self
    }

    /// At this commit.
    pub(crate) fn at(mut self, head: &str) -> Self {
        self.head = head.to_owned();
        self
    }

    fn row(&self, workflow: u64) -> Value {
        json!({"id": self.id, "run_attempt": self.attempt, "workflow_id": workflow, "event": "push",
            "status": "completed", "conclusion": self.conclusion, "head_branch": "main",
            "head_sha": self.head, "created_at": instant(&self.from),
            "run_started_at": instant(&self.from), "updated_at": instant(&self.to),
            "actor": {"login": "octocat"}})
    }

    fn job(&self) -> Value {
        json!({"id": self.id, "name": "deploy", "status": "completed",
            "conclusion": self.conclusion, "started_at": instant(&self.from),
            "completed_at": instant(&self.to)})
    }
}

impl World {
    /// Says that a repository is `github.com/acme/shop`.
    pub(crate) fn on_github(&self, directory: &Path) {
        let address = "https://github.com/acme/shop.git";
        self.git(directory, &["remote", "add", "origin", address]);
    }
}

/// The commits of a repository as GitHub's API tells them.
struct Commits {
    /// Oldest first.
    order: Vec<String>,
    parents: BTreeMap<String, Vec<String>>,
    rows: BTreeMap<String, Value>,
}

impl Commits {
    fn of(world: &World, directory: &Path) -> Self {
        let form = "--format=%H%x00%P%x00%aI%x00%cI%x00%B%x01";
        let log = world.git(
            directory,
            &["log", "--all", "--topo-order", "--reverse", form],
        );
        let mut commits = Self {
            order: Vec::new(),
            parents: BTreeMap::new(),
            rows: BTreeMap::new(),
        };
        for entry in log
            .split('\u{1}')
            .map(str::trim)
            .filter(|it| !it.is_empty())
        {
            let fields: Vec<&str> = entry.split('\0').collect();
            let [id, parents, authored, committed, message] = fields[..] else {
                panic!("{entry} is no commit");
            };
            let parents: Vec<String> = parents.split_whitespace().map(str::to_owned).collect();
            let named: Vec<Value> = parents.iter().map(|id| json!({"sha": id})).collect();
            let person = |date: &str| json!({"name": "Somebody", "date": date});
            let row = json!({"sha": id, "parents": named, "commit": {"message": message,
                "author": person(authored), "committer": person(committed)}});
            commits.order.push(id.to_owned());
            commits.parents.insert(id.to_owned(), parents);
            commits.rows.insert(id.to_owned(), row);
        }
        commits
    }

    /// `heads/main`, `tags/v1` and the like with their commits.
    fn references(&self, world: &World, directory: &Path) -> Vec<(String, String)> {
        let form = "--format=%(refname) %(objectname) %(*objectname)";
        let list = world.git(directory, &["for-each-ref", form]);
        let line = |line: &str| {
            let mut words = line.split_whitespace();
            let name = words.next()?.strip_prefix("refs/")?.to_owned();
            Some((name, words.next_back()?.to_owned()))
        };
        list.lines().filter_map(line).collect()
    }

    fn reach(&self, id: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut next = vec![id];
        while let Some(id) = next.pop() {
            if let Some((id, parents)) = self.parents.get_key_value(id)
                && reached.insert(id.as_str())
            {
                next.extend(parents.iter().map(String::as_str));
            }
        }
        reached
    }

    fn compared(&self, base: &str, head: &str) -> Value {
        let (of_base, of_head) = (self.reach(base), self.reach(head));
        let is_new = |id: &&String| of_head.contains(id.as_str()) && !of_base.contains(id.as_str());
        let new: Vec<&Value> = self
            .order
            .iter()
            .filter(is_new)
            .map(|id| &self.rows[id])
            .collect();
        let is_common =
            |id: &&String| of_head.contains(id.as_str()) && of_base.contains(id.as_str());
        let common = self
            .order
            .iter()
            .rev()
            .find(is_common)
            .expect("a common commit");
        json!({"base_commit": self.rows[base], "merge_base_commit": self.rows[common],
            "behind_by": of_base.difference(&of_head).count(), "ahead_by": new.len(),
            "total_commits": new.len(), "commits": new})
    }
}
