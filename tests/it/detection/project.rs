//! The story as a git repository: one main line, four directories, one state file. What GitHub knows of
//! the same events comes out beside it (`Made`); `github` serves that.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Duration, Utc};
use git2::{Oid, Repository};
use serde_json::{Map, Value, json};

use crate::support::world::{Repo, World};

use super::objects::Objects;
use super::rhythm;
use super::story::{Act, Episode, Kind, Part, Run, Truth};
use super::timeline::{self, Event, What};
use super::workflows::{CI, STATE, workflow};

/// Something that was brought to production, or nearly.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    /// `blank-checkout, shop 2026-01-13 10:20`.
    pub(super) name: String,
    /// The kind of its episode; `None` on ordinary days.
    pub(super) kind: Option<Kind>,
    pub(super) truth: Truth,
    /// The commit of the state file, where one was made.
    pub(super) recorded: Option<String>,
    /// The run, where there was one.
    pub(super) run: Option<u64>,
}

/// A run of a deploy workflow as it came to be.
#[derive(Debug, Clone)]
pub(super) struct MadeRun {
    pub(super) id: u64,
    pub(super) part: Part,
    pub(super) shape: Run,
    /// When the push or the person started it.
    pub(super) created: DateTime<Utc>,
    /// When the production job ended, or the run broke off.
    pub(super) at: DateTime<Utc>,
    pub(super) head: String,
    pub(super) is_dispatch: bool,
}

/// An issue, with commits in place of labels.
#[derive(Debug, Clone)]
pub(super) struct MadeIssue {
    pub(super) number: u64,
    pub(super) opened: DateTime<Utc>,
    pub(super) closed: DateTime<Utc>,
    pub(super) label: &'static str,
    pub(super) title: &'static str,
    pub(super) body: String,
}

/// A squashed pull request.
#[derive(Debug, Clone)]
pub(super) struct MadePull {
    pub(super) number: u64,
    pub(super) merged: DateTime<Utc>,
    pub(super) commit: String,
}

/// All that came of the story.
pub(super) struct Made {
    pub(super) repo: Repo,
    pub(super) deliveries: Vec<Delivery>,
    pub(super) runs: Vec<MadeRun>,
    pub(super) issues: Vec<MadeIssue>,
    pub(super) pulls: Vec<MadePull>,
}

/// A commit that can be deployed or built upon.
#[derive(Debug, Clone)]
struct Known {
    id: Oid,
    part: Part,
    at: DateTime<Utc>,
    /// What its branch changed, for the merge.
    files: Vec<(String, Oid)>,
}

struct Builder {
    git: Objects,
    main: Oid,
    /// The last commit of the state file, what it was put on, and what stood in production before.
    last_record: (Oid, Oid, BTreeMap<Part, Oid>),
    /// The newest commit of each part on main, and the one in production.
    newest: HashMap<Part, Known>,
    deployed: BTreeMap<Part, Oid>,
    /// When each commit that stands for a version was made.
    made_at: HashMap<Oid, DateTime<Utc>>,
    /// Labels by episode.
    labels: HashMap<(&'static str, &'static str), Known>,
    /// What stood in production when an episode began.
    before: HashMap<&'static str, BTreeMap<Part, Oid>>,
    written: u64,
    next_run: u64,
    next_issue: u64,
    deliveries: Vec<Delivery>,
    runs: Vec<MadeRun>,
    issues: Vec<MadeIssue>,
    pulls: Vec<MadePull>,
}

/// Tells the story into a repository with a remote on GitHub.
pub(super) fn build(world: &World) -> Made {
    let repo = world.repository("market");
    let git = Repository::open(repo.path()).expect("the repository");
    git.remote("origin", "https://github.com/acme/market.git")
        .expect("a remote");
    let mut builder = Builder::start(git);
    for event in timeline::events() {
        builder.happen(&event);
    }
    builder.git.show(builder.main);
    Made {
        repo,
        deliveries: builder.deliveries,
        runs: builder.runs,
        issues: builder.issues,
        pulls: builder.pulls,
    }
}

impl Builder {
    /// The first commit and the first deployment of all parts.
    fn start(git: Repository) -> Self {
        let at = timeline::time(rhythm::FIRST_DAY, "07:00");
        let empty = git.treebuilder(None).expect("a tree").write().expect("it");
        let mut files: Vec<(String, String)> = Part::ALL
            .iter()
            .map(|part| (format!("{}/start.txt", part.name()), "start\n".to_owned()))
            .collect();
        for part in Part::ALL {
            let path = format!(".github/workflows/deploy-{}.yml", part.name());
            files.push((path, workflow(part)));
        }
        files.push((".github/workflows/ci.yml".to_owned(), CI.to_owned()));
        let mut builder = Self {
            git: Objects(git),
            main: Oid::ZERO_SHA1,
            last_record: (Oid::ZERO_SHA1, Oid::ZERO_SHA1, BTreeMap::new()),
            newest: HashMap::new(),
            deployed: BTreeMap::new(),
            made_at: HashMap::new(),
            labels: HashMap::new(),
            before: HashMap::new(),
            written: 0,
            next_run: 9_000_000_000,
            next_issue: 1_000,
            deliveries: Vec::new(),
            runs: Vec::new(),
            issues: Vec::new(),
            pulls: Vec::new(),
        };
        let files: Vec<(String, Oid)> = files
            .into_iter()
            .map(|(path, content)| (path, builder.git.blob(content.as_bytes())))
            .collect();
        let tree = builder.git.tree(empty, &files);
        builder.main = builder.git.commit(tree, &[], at, "feat: the market");
        builder.made_at.insert(builder.main, at);
        let first = builder.main;
        for part in Part::ALL {
            let known = Known {
                id: first,
                part,
                at,
                files: Vec::new(),
            };
            builder.newest.insert(part, known);
        }
        let versions: Vec<(Part, Oid)> = Part::ALL.iter().map(|&part| (part, first)).collect();
        builder.ship(
            timeline::time(rhythm::FIRST_DAY, "08:00"),
            &versions,
            Run::Green,
            Truth::Sound,
            None,
            false,
        );
        builder
    }

    fn happen(&mut self, event: &Event) {
        let at = event.at;
        match &event.what {
            What::Change(part, subject) => {
                self.change(*part, at, subject);
            }
            What::Ship(part) => {
                let version = self.newest[part].id;
                self.ship(
                    at,
                    &[(*part, version)],
                    Run::Green,
                    Truth::Sound,
                    None,
                    false,
                );
            }
            What::Act(episode, act) => {
                let deployed = &self.deployed;
                self.before
                    .entry(episode.name)
                    .or_insert_with(|| deployed.clone());
                self.act(episode, act, at);
            }
        }
    }

    fn act(&mut self, episode: &'static Episode, act: &Act, at: DateTime<Utc>) {
        match *act {
            Act::Change {
                part,
                label,
                message,
                ..
            } => {
                let message = self.filled(episode, message);
                let known = self.change(part, at, &message);
                self.labels.insert((episode.name, label), known);
            }
            Act::ChangeOn {
                part,
                base,
                label,
                message,
                ..
            } => {
                let base = self.known(episode, part, base);
                let known = self.change_on(&base, part, at, message);
                self.labels.insert((episode.name, label), known);
            }
            Act::Merge {
                tip,
                label,
                message,
                ..
            } => {
                let tip = self.labels[&(episode.name, tip)].clone();
                let tree = self.git.tree_of(self.main);
                let tree = self.git.tree(tree, &tip.files);
                let id = self.git.commit(tree, &[self.main, tip.id], at, message);
                self.main = id;
                let known = Known {
                    id,
                    part: tip.part,
                    at,
                    files: Vec::new(),
                };
                self.keep(&known);
                self.labels.insert((episode.name, label), known);
            }
            Act::Ship {
                versions,
                run,
                truth,
                ..
            } => {
                let versions = self.versions(episode, versions);
                self.ship(at, &versions, run, truth, Some(episode), false);
            }
            Act::ShipBeside {
                versions,
                run,
                truth,
                ..
            } => {
                let versions = self.versions(episode, versions);
                self.ship(at, &versions, run, truth, Some(episode), true);
            }
            Act::Again { part, .. } => {
                let version = self.deployed[&part];
                self.run_of(Run::Green, part, version, at);
                self.record(at, &[(part, version)], false);
            }
            Act::Issue {
                closed,
                tag,
                title,
                body,
                ..
            } => {
                let body = self.filled(episode, body);
                self.next_issue += 1;
                self.issues.push(MadeIssue {
                    number: self.next_issue,
                    opened: at,
                    closed: timeline::time(episode.day, closed),
                    label: tag,
                    title,
                    body,
                });
            }
        }
    }

    /// A commit on main. A number behind its subject is that of its pull request.
    fn change(&mut self, part: Part, at: DateTime<Utc>, message: &str) -> Known {
        let base = Known {
            id: self.main,
            part,
            at,
            files: Vec::new(),
        };
        let known = self.change_on(&base, part, at, message);
        self.main = known.id;
        self.keep(&known);
        let subject = message.lines().next().unwrap_or_default();
        let number = subject.rsplit_once("(#").map(|(_, rest)| rest);
        if let Some(number) = number.and_then(|rest| rest.strip_suffix(')')) {
            self.pulls.push(MadePull {
                number: number.parse().expect("a number"),
                merged: at,
                commit: known.id.to_string(),
            });
        }
        known
    }

    fn change_on(&mut self, base: &Known, part: Part, at: DateTime<Utc>, message: &str) -> Known {
        self.written += 1;
        let path = format!("{}/module-{}.txt", part.name(), self.written % 9);
        let content = format!("{message}\nchange {}\n", self.written);
        let mut files = base.files.clone();
        files.push((path, self.git.blob(content.as_bytes())));
        let tree = self.git.tree_of(base.id);
        let tree = self.git.tree(tree, &files[files.len() - 1..]);
        let id = self.git.commit(tree, &[base.id], at, message);
        self.made_at.insert(id, at);
        Known {
            id,
            part,
            at,
            files,
        }
    }

    fn keep(&mut self, known: &Known) {
        self.made_at.insert(known.id, known.at);
        self.newest.insert(known.part, known.clone());
    }

    /// A label of an episode, or what stood in production before it.
    fn known(&self, episode: &'static Episode, part: Part, label: &'static str) -> Known {
        if label == "before" {
            let id = self.before[episode.name][&part];
            return Known {
                id,
                part,
                at: self.made_at[&id],
                files: Vec::new(),
            };
        }
        let known = self.labels.get(&(episode.name, label));
        known
            .unwrap_or_else(|| panic!("{}: `{label}`", episode.name))
            .clone()
    }

    fn versions(
        &self,
        episode: &'static Episode,
        versions: &[(Part, &'static str)],
    ) -> Vec<(Part, Oid)> {
        let id =
            |(part, label): &(Part, &'static str)| (*part, self.known(episode, *part, label).id);
        versions.iter().map(id).collect()
    }

    /// A text with commits in place of labels.
    fn filled(&self, episode: &'static Episode, text: &str) -> String {
        let mut filled = text.to_owned();
        for ((name, label), known) in &self.labels {
            if *name == episode.name {
                filled = filled.replace(&format!("{{{label}}}"), &known.id.to_string());
                let parent = format!("{{{label}^1}}");
                if filled.contains(&parent) {
                    let commit = self.git.0.find_commit(known.id).expect("a commit");
                    let id = commit.parent_id(0).expect("a parent").to_string();
                    filled = filled.replace(&parent, &id);
                }
            }
        }
        assert!(!filled.contains('{'), "{}: {filled}", episode.name);
        filled
    }

    fn ship(
        &mut self,
        at: DateTime<Utc>,
        versions: &[(Part, Oid)],
        run: Run,
        truth: Truth,
        episode: Option<&'static Episode>,
        is_beside: bool,
    ) {
        let (part, version) = versions[0];
        let id = (run != Run::ByHand).then(|| self.run_of(run, part, version, at));
        let recorded = run
            .is_recorded()
            .then(|| self.record(at, versions, is_beside));
        let parts: Vec<&str> = versions.iter().map(|(part, _)| part.name()).collect();
        self.deliveries.push(Delivery {
            name: format!(
                "{}, {} {}",
                episode.map_or("an ordinary day", |episode| episode.name),
                parts.join(" and "),
                at.format("%Y-%m-%d %H:%M")
            ),
            kind: episode.map(|episode| episode.kind),
            truth,
            recorded: recorded.map(|id| id.to_string()),
            run: id,
        });
    }

    fn run_of(&mut self, shape: Run, part: Part, version: Oid, at: DateTime<Utc>) -> u64 {
        self.next_run += 137;
        let is_newest = self.newest[&part].id == version;
        let earliest = if is_newest {
            self.made_at[&version] + Duration::seconds(15)
        } else {
            at - Duration::minutes(9)
        };
        // A run begins with the push, or nine minutes before its end where somebody starts it later.
        let created = earliest.max(at - Duration::minutes(9));
        assert!(created < at, "{shape:?} of {part:?} at {at}");
        let head = if is_newest { version } else { self.main };
        self.runs.push(MadeRun {
            id: self.next_run,
            part,
            shape,
            created,
            at,
            head: head.to_string(),
            is_dispatch: !is_newest,
        });
        self.next_run
    }

    /// Commits the state file, on main or beside its last commit and then merged.
    fn record(&mut self, at: DateTime<Utc>, versions: &[(Part, Oid)], is_beside: bool) -> Oid {
        let older = self.deployed.clone();
        self.deployed.extend(versions.iter().copied());
        let names: Vec<&str> = versions.iter().map(|(part, _)| part.name()).collect();
        let message = format!("chore: deploy {} to production", names.join(" and "));
        if !is_beside {
            let id = self.commit_state(&self.deployed, &[self.main], at, &message);
            self.last_record = (id, self.main, older);
            self.main = id;
            return id;
        }
        let (sibling, parent, mut beside) = self.last_record.clone();
        assert_eq!(self.main, sibling, "nothing came between");
        beside.extend(versions.iter().copied());
        let id = self.commit_state(&beside, &[parent], at, &message);
        let merged_at = at + Duration::seconds(10);
        let message = "Merge remote-tracking branch 'origin/main'";
        self.main = self.commit_state(&self.deployed, &[id, sibling], merged_at, message);
        id
    }

    fn commit_state(
        &self,
        versions: &BTreeMap<Part, Oid>,
        parents: &[Oid],
        at: DateTime<Utc>,
        message: &str,
    ) -> Oid {
        let mut content: Map<String, Value> = versions
            .iter()
            .map(|(part, id)| (part.name().to_owned(), json!({ "version": id.to_string() })))
            .collect();
        let deployed_at = at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        content.insert("deployed_at".to_owned(), json!(deployed_at));
        content.insert("environment".to_owned(), json!("production"));
        let text = format!("{:#}\n", Value::Object(content));
        let blob = self.git.blob(text.as_bytes());
        let tree = self.git.tree_of(parents[0]);
        let tree = self.git.tree(tree, &[(STATE.to_owned(), blob)]);
        self.git.commit(tree, parents, at, message)
    }
}
