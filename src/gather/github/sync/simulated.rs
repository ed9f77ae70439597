//! A GitHub for the tests of `sync`: it holds runs, deployments, pull requests, issues and commits, answers
//! as the real one does (spans, pages, caps, entity tags) and remembers what it was asked. `Desk` is
//! where a test syncs with it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Kind, Sync, Synced};
use crate::gather::uncloned::Uncloned;
use crate::model::github::GithubRepository;
use crate::model::{CommitId, Settings};
use crate::sources::github::{Answer, Ask, GithubError};
use crate::store::{Cacheable, Cached, Store};

/// `2026-03-01 12:00`, in UTC.
pub(super) fn at(text: &str) -> DateTime<Utc> {
    let form = "%Y-%m-%d %H:%M";
    let time = NaiveDateTime::parse_from_str(text, form);
    time.unwrap_or_else(|error| panic!("{text}: {error}"))
        .and_utc()
}

/// A repository of acme.
pub(super) fn acme(name: &str) -> GithubRepository {
    GithubRepository::new("github.com", "acme", name).expect("plain names")
}

/// The commit that a letter stands for.
pub(super) fn id(letter: char) -> CommitId {
    let text = letter.to_string().repeat(40);
    text.parse().expect("a letter from a to f, or a digit")
}

#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) id: u64,
    pub(super) workflow: u64,
    pub(super) created: DateTime<Utc>,
    pub(super) attempt: u32,
    /// `None` while it goes on.
    pub(super) conclusion: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub(super) struct Issue {
    pub(super) number: u64,
    pub(super) title: &'static str,
    pub(super) labels: Vec<&'static str>,
    pub(super) opened: DateTime<Utc>,
    pub(super) updated: DateTime<Utc>,
    /// Label, whether it was put on, when.
    pub(super) events: Vec<(&'static str, bool, DateTime<Utc>)>,
}

/// What it holds, all of `acme/shop` unless it says otherwise.
#[derive(Default)]
pub(super) struct Simulated {
    /// Workflows: all of them deploy.
    pub(super) workflows: Vec<u64>,
    pub(super) runs: Vec<Run>,
    /// Number, environment, time.
    pub(super) deployments: Vec<(u64, &'static str, DateTime<Utc>)>,
    /// Of a deployment: minutes after it, state.
    pub(super) statuses: BTreeMap<u64, Vec<(i64, &'static str)>>,
    /// Repository, number, time of the last update.
    pub(super) pulls: Vec<(&'static str, u64, DateTime<Utc>)>,
    pub(super) labels: Vec<&'static str>,
    pub(super) issues: Vec<Issue>,
    /// Commits of `acme/web` with their parents, and its branches and tags by name.
    pub(super) commits: Vec<(char, &'static str)>,
    pub(super) names: BTreeMap<&'static str, char>,
    /// Answers for addresses that hold a text, before all others.
    pub(super) instead: Vec<(&'static str, Result<Answer, GithubError>)>,
    /// How many more questions are answered before the time is over.
    pub(super) patience: Cell<Option<usize>>,
    pub(super) questions: RefCell<Vec<String>>,
}

impl Simulated {
    /// Runs of workflow 7 at these times, the first one number 1, all successful.
    pub(super) fn with_runs(times: impl IntoIterator<Item = DateTime<Utc>>) -> Self {
        let run = |(number, created)| Run {
            id: number,
            workflow: 7,
            created,
            attempt: 1,
            conclusion: Some("success"),
        };
        Self {
            workflows: vec![7],
            runs: (1..).zip(times).map(run).collect(),
            ..Self::default()
        }
    }

    /// What it was asked since the last time, without `repos/acme/`, the usual page size and what else
    /// is always there; with the entity tag, if there was one.
    pub(super) fn asked(&self) -> Vec<String> {
        let asked = self.questions.take();
        let shorter = |at: String| {
            at.replace("repos/acme/", "")
                .replace("&exclude_pull_requests=true", "")
                .replace("&state=all&sort=updated&direction=desc", "")
                .replace("?state=all&sort=updated&direction=desc", "")
                .replace("?per_page=100", "")
                .replace("&per_page=100", "")
                .replace("?per_page=1", "")
                .replace("%3E%3D", ">=")
                .replace(":00Z", "")
        };
        asked.into_iter().map(shorter).collect()
    }

    /// Those that hold a text.
    pub(super) fn asked_for(&self, text: &str) -> Vec<String> {
        let mut asked = self.asked();
        asked.retain(|it| it.contains(text));
        asked
    }

    fn note(&self, what: String) -> Result<(), GithubError> {
        self.questions.borrow_mut().push(what);
        match self.patience.get() {
            Some(0) => return Err(GithubError::OutOfTime),
            Some(left) => self.patience.set(Some(left - 1)),
            None => {}
        }
        Ok(())
    }

    fn answer(&self, at: &str) -> Option<Value> {
        let (path, _) = at.split_once('?').unwrap_or((at, ""));
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        Some(match parts[..] {
            ["shop", "actions", "workflows"] => {
                let row = |id: &u64| {
                    json!({"id": id, "name": format!("deploy {id}"),
                    "path": format!(".github/workflows/deploy-{id}.yml")})
                };
                json!({"workflows": self.workflows.iter().map(row).collect::<Vec<_>>()})
            }
            ["shop", "actions", "workflows", workflow, "runs"] => {
                self.listed_runs(workflow.parse().ok()?, parameter(at, "created")?)
            }
            ["shop", "actions", "runs", id] => {
                run_row(self.runs.iter().find(|run| run.id.to_string() == id)?)
            }
            ["shop", "actions", "runs", _, "attempts", _, "jobs"] => {
                json!({"jobs": [{"id": 1, "name": "deploy", "status": "completed",
                    "conclusion": "success"}]})
            }
            ["shop", "deployments"] => {
                let mut rows = self.deployments.clone();
                rows.sort_by_key(|row| std::cmp::Reverse((row.2, row.0)));
                let row = |(id, environment, created): (u64, &str, DateTime<Utc>)| json!({"id": id, "environment": environment, "created_at": created});
                Value::Array(rows.into_iter().map(row).collect())
            }
            ["shop", "deployments", id, "statuses"] => {
                let id: u64 = id.parse().ok()?;
                let (_, _, created) = self.deployments.iter().find(|it| it.0 == id)?;
                let row = |&(after, state): &(i64, &str)| {
                    let at = *created + chrono::TimeDelta::minutes(after);
                    json!({"id": after, "state": state, "created_at": at})
                };
                let statuses = self.statuses.get(&id).into_iter().flatten();
                Value::Array(statuses.map(row).collect())
            }
            ["shop", "labels"] => {
                let row = |name: &&str| json!({"name": name});
                Value::Array(self.labels.iter().map(row).collect())
            }
            ["shop", "issues"] => {
                self.listed_issues(parameter(at, "labels"), parameter(at, "since")?)
            }
            ["shop", "issues", number, "timeline"] => {
                let issue = self
                    .issues
                    .iter()
                    .find(|it| it.number.to_string() == number)?;
                let row = |&(label, is_on, at): &(&str, bool, DateTime<Utc>)| {
                    let event = if is_on { "labeled" } else { "unlabeled" };
                    json!({"event": event, "label": {"name": label}, "created_at": at})
                };
                Value::Array(issue.events.iter().map(row).collect())
            }
            ["web"] => json!({"default_branch": "main"}),
            ["web", "commits", ref name @ ..] => commit_row(self.named(&name.join("/"))?),
            ["web", "compare", both] => {
                let (base, head) = both.split_once("...")?;
                self.compared(self.named(base)?.0, self.named(head)?.0)
            }
            _ => return None,
        })
    }

    fn listed_runs(&self, workflow: u64, created: &str) -> Value {
        let instant = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        let (from, to) = match created.split_once("..") {
            Some((from, to)) => (instant(from), instant(to)),
            None => (
                instant(created.trim_start_matches("%3E%3D")),
                DateTime::<Utc>::MAX_UTC,
            ),
        };
        let is_meant = |run: &&Run| run.workflow == workflow && (from..=to).contains(&run.created);
        let mut runs: Vec<&Run> = self.runs.iter().filter(is_meant).collect();
        runs.sort_by_key(|run| std::cmp::Reverse((run.created, run.id)));
        let total = runs.len();
        let rows: Vec<Value> = runs.into_iter().take(1_000).map(run_row).collect();
        json!({"total_count": total, "workflow_runs": rows})
    }

    fn listed_issues(&self, label: Option<&str>, since: &str) -> Value {
        let since = since.parse::<DateTime<Utc>>().expect("an instant");
        let is_meant = |it: &&Issue| {
            it.updated >= since && label.is_none_or(|label| it.labels.contains(&label))
        };
        let mut issues: Vec<&Issue> = self.issues.iter().filter(is_meant).collect();
        issues.sort_by_key(|it| std::cmp::Reverse(it.updated));
        let row = |it: &Issue| {
            json!({"number": it.number, "title": it.title, "labels": it.labels,
            "state": "open", "created_at": it.opened, "updated_at": it.updated})
        };
        Value::Array(issues.into_iter().map(row).collect())
    }

    /// The commit of a branch (`heads/…`), a tag (`tags/…`) or the beginning of an id.
    fn named(&self, name: &str) -> Option<&(char, &'static str)> {
        let letter = self.names.get(name).copied();
        let begins = |it: &&(char, &str)| match letter {
            Some(letter) => it.0 == letter,
            None => name.len() >= 7 && id(it.0).to_string().starts_with(name),
        };
        self.commits.iter().find(begins)
    }

    pub(super) fn reach(&self, from: char) -> Vec<char> {
        let mut reached = vec![from];
        let mut next = 0;
        while let Some(&letter) = reached.get(next) {
            next += 1;
            let commit = self.commits.iter().find(|it| it.0 == letter);
            for parent in commit.map_or("", |it| it.1).chars() {
                if !reached.contains(&parent) {
                    reached.push(parent);
                }
            }
        }
        reached
    }

    fn compared(&self, base: char, head: char) -> Value {
        let (of_base, of_head) = (self.reach(base), self.reach(head));
        let is_new = |it: &&(char, &str)| of_head.contains(&it.0) && !of_base.contains(&it.0);
        let new: Vec<Value> = self.commits.iter().filter(is_new).map(commit_row).collect();
        let row = |letter: char| {
            let commit = self.commits.iter().find(|it| it.0 == letter);
            commit_row(commit.expect("a commit"))
        };
        // The best one: no other common one contains it.
        let common = of_head.iter().filter(|it| of_base.contains(it));
        let common = common.max_by_key(|&&it| self.reach(it).len());
        let behind = of_base.iter().filter(|it| !of_head.contains(it)).count();
        json!({"base_commit": row(base), "merge_base_commit": row(*common.expect("a common one")),
            "behind_by": behind, "total_commits": new.len(), "commits": new})
    }
}

impl Ask for Simulated {
    fn get(&self, at: &str, etag: Option<&str>) -> Result<Answer, GithubError> {
        let tag = etag.map(|_| " with its tag").unwrap_or_default();
        self.note(format!("{at}{tag}"))?;
        if let Some((_, answer)) = self.instead.iter().find(|(part, _)| at.contains(part)) {
            return answer.clone();
        }
        let (first, page) = match at.rsplit_once("&page=") {
            Some((first, page)) => (first, page.parse().expect("a page")),
            None => (at, 1),
        };
        let not_there = || GithubError::NotFound { at: at.to_owned() };
        let mut body = self.answer(first).ok_or_else(not_there)?;
        let has_more = cut_to_page(&mut body, page);
        let body = body.to_string();
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let new_etag = format!("W/\"{:x}\"", hasher.finish());
        let is_unchanged = etag == Some(new_etag.as_str());
        Ok(Answer {
            body: match is_unchanged {
                true => Vec::new(),
                false => body.into_bytes(),
            },
            etag: Some(new_etag),
            next: (has_more && !is_unchanged).then(|| format!("{first}&page={}", page + 1)),
            is_unchanged,
        })
    }

    fn graphql(&self, _query: &str, variables: &Value) -> Result<Vec<u8>, GithubError> {
        let name = variables["name"].as_str().unwrap_or_default();
        let cursor = variables["cursor"].as_str().unwrap_or("0");
        self.note(format!("pulls of {name} from {cursor}"))?;
        if let Some((_, Err(error))) = self.instead.iter().find(|(part, _)| *part == name) {
            return Err(error.clone());
        }
        let from: usize = cursor.parse().expect("a cursor of ours");
        let mut rows: Vec<_> = self.pulls.iter().filter(|it| it.0 == name).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.2));
        let page = rows.iter().skip(from).take(25);
        let row = |(_, number, updated): &(&str, u64, DateTime<Utc>)| {
            json!({"number": number, "createdAt": updated,
                "mergedAt": updated, "updatedAt": updated})
        };
        let nodes: Vec<Value> = page.map(|it| row(it)).collect();
        let end = from + nodes.len();
        let info = json!({"hasNextPage": end < rows.len(), "endCursor": end.to_string()});
        let listing = json!({"totalCount": rows.len(), "pageInfo": info, "nodes": nodes});
        let body = json!({"data": {"repository": {"pullRequests": listing}}});
        Ok(body.to_string().into_bytes())
    }
}

/// Leaves a hundred rows of a listing; whether more follow.
fn cut_to_page(body: &mut Value, page: usize) -> bool {
    let rows = match body {
        Value::Array(rows) => rows,
        Value::Object(fields) => match fields.get_mut("workflow_runs") {
            Some(Value::Array(rows)) => rows,
            _ => return false,
        },
        _ => return false,
    };
    let end = page * 100;
    let has_more = rows.len() > end;
    rows.truncate(end);
    rows.drain(..(end - 100).min(rows.len()));
    has_more
}

fn run_row(run: &Run) -> Value {
    let status = run.conclusion.map_or("in_progress", |_| "completed");
    json!({"id": run.id, "run_attempt": run.attempt, "workflow_id": run.workflow, "event": "push",
        "status": status, "conclusion": run.conclusion, "created_at": run.created,
        "updated_at": run.created + chrono::TimeDelta::minutes(i64::from(run.attempt))})
}

fn commit_row((letter, parents): &(char, &'static str)) -> Value {
    let parents: Vec<Value> = parents
        .chars()
        .map(|parent| json!({"sha": id(parent).to_string()}))
        .collect();
    let date = json!({"date": "2026-01-01T00:00:00Z"});
    json!({"sha": id(*letter).to_string(), "parents": parents,
        "commit": {"message": format!("feat: {letter}"), "author": date, "committer": date}})
}

fn parameter<'a>(at: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = at.split_once('?')?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(known, _)| *known == name);
    values.next().map(|(_, value)| value)
}

/// Where a test syncs: an empty `.dora/`, and what a sync is told beside.
pub(super) struct Desk {
    pub(super) world: TempDir,
    pub(super) store: Store,
    pub(super) settings: Settings,
    pub(super) since: DateTime<Utc>,
    pub(super) reads_again: bool,
    pub(super) others: Vec<GithubRepository>,
    pub(super) uncloned: Vec<Uncloned>,
    /// Environments that have state files.
    pub(super) told_better: Vec<&'static str>,
}

impl Desk {
    /// A lookback to this time.
    pub(super) fn since(since: &str) -> Self {
        let world = tempfile::tempdir().expect("a temporary directory");
        Self {
            store: Store::create(world.path(), false).expect("a store"),
            world,
            settings: Settings::default(),
            since: at(since),
            reads_again: false,
            others: Vec::new(),
            uncloned: Vec::new(),
            told_better: Vec::new(),
        }
    }

    /// Asks for these kinds.
    pub(super) fn sync(&self, github: &Simulated, now: &str, kinds: &[Kind]) -> Synced {
        let writer = self.store.github_writer("test").expect("the lock");
        let sync = Sync {
            ask: github,
            writer: &writer,
            repository: &acme("shop"),
            others: &self.others,
            since: self.since,
            reads_again: self.reads_again,
            now: at(now),
            kinds,
            settings: &self.settings,
            deploys: &|listed| listed.iter().map(|it| it.id).collect(),
            told_better: &|_| self.told_better.iter().map(|&it| it.to_owned()).collect(),
            uncloned: &self.uncloned,
            say: &|_| {},
        };
        sync.run().expect("a cache that can be written")
    }

    /// What is cached of one repository of acme.
    pub(super) fn cached<T: Cacheable>(&self, name: &str) -> Cached<T> {
        let read = self.store.github::<T>().expect("a cache");
        let mut repositories = read.repositories.into_iter();
        let found = repositories.find(|it| it.repository == acme(name));
        found.unwrap_or_else(|| Cached::new(acme(name)))
    }
}

/// The codes of the notices.
pub(super) fn codes(synced: &Synced) -> Vec<&str> {
    let notices = synced.notices.iter();
    notices.map(|notice| notice.code.as_str()).collect()
}

/// The covered spans of one kind, in words.
pub(super) fn covered(synced: &Synced) -> Vec<String> {
    let form = "%m-%d %H:%M";
    let windows = synced.kinds[0].coverage.windows().iter();
    windows
        .map(|it| format!("{} to {}", it.start.format(form), it.end.format(form)))
        .collect()
}
