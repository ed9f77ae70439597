//! A temporary world of git repositories, built by chains that read as the story:
//! `shop.at("2026-03-02 09:00").commit("feat: start")`. `run` lets `dora` look at it.
//!
//! Times are UTC. Every verb acts on the branch that is checked out and leaves the working tree
//! clean, except `write_uncommitted`. Ids are full hexadecimal texts.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, Utc};
use git2::build::CheckoutBuilder;
use git2::{Commit, Index, Object, Oid, Repository, RepositoryInitOptions, Signature, Time};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// Where all repositories of one test lie, side by side, with a home directory of their own.
pub(crate) struct World {
    root: TempDir,
    now: RefCell<String>,
}

impl World {
    /// An empty world. Its clock stands at 2026-03-09 09:00 until `now` sets it.
    pub(crate) fn new() -> Self {
        let root = TempDir::with_prefix("dora-world-").expect("a temporary directory");
        fs::create_dir_all(root.path().join("home")).expect("a home directory");
        fs::create_dir_all(root.path().join("tmp")).expect("a directory for temporary files");
        Self {
            root,
            now: RefCell::new("2026-03-09T09:00:00Z".to_owned()),
        }
    }

    /// Sets the clock of every later run.
    pub(crate) fn now(&self, time: &str) -> &Self {
        *self.now.borrow_mut() = instant(time).to_rfc3339();
        self
    }

    /// The clock as `DORA_NOW` has it.
    pub(crate) fn clock(&self) -> String {
        self.now.borrow().clone()
    }

    /// The directory of everything.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// The home directory of every run.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// A new repository on branch `main`, beside those that exist.
    pub(crate) fn repository(&self, name: &str) -> Repo {
        Repo::create(&self.root.path().join("work").join(name))
    }
}

/// One repository and the time of its next commit.
pub(crate) struct Repo {
    repository: Repository,
    path: PathBuf,
    author_time: i64,
    committer_time: i64,
    written: usize,
}

impl Repo {
    fn create(path: &Path) -> Self {
        let mut options = RepositoryInitOptions::new();
        options
            .initial_head("main")
            .external_template(false)
            .mkpath(true);
        let repository = Repository::init_opts(path, &options).expect("a new repository");
        let mut config = repository.config().expect("its configuration");
        config
            .set_bool("core.autocrlf", false)
            .expect("autocrlf off");
        config
            .set_str("core.excludesFile", "")
            .expect("no global excludes");
        let start = instant("2026-01-01 00:00").timestamp();
        Self {
            repository,
            path: path.to_owned(),
            author_time: start,
            committer_time: start,
            written: 0,
        }
    }

    /// Its working tree.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A new repository beside this one.
    pub(crate) fn sibling(&self, name: &str) -> Self {
        let parent = self.path.parent().expect("a parent directory");
        Self::create(&parent.join(name))
    }

    // Time

    /// Everything from here on happens at this time.
    pub(crate) fn at(&mut self, time: &str) -> &mut Self {
        self.author_at(time).committer_at(time)
    }

    /// What follows is authored at this time (until the next `at`).
    pub(crate) fn author_at(&mut self, time: &str) -> &mut Self {
        self.author_time = instant(time).timestamp();
        self
    }

    /// What follows is committed at this time (until the next `at`).
    pub(crate) fn committer_at(&mut self, time: &str) -> &mut Self {
        self.committer_time = instant(time).timestamp();
        self
    }

    // Commits

    /// Commits one new file of its own; gives the id.
    pub(crate) fn commit(&mut self, message: &str) -> String {
        self.written += 1;
        let path = format!("src/change-{}.txt", self.written);
        self.commit_touching(&path, message)
    }

    /// Commits a new content of one file; gives the id.
    pub(crate) fn commit_touching(&mut self, path: &str, message: &str) -> String {
        self.written += 1;
        let content = format!("{message}\nchange {}\n", self.written);
        self.commit_file(path, content.as_bytes(), message)
    }

    /// Commits one file with this content; gives the id.
    pub(crate) fn commit_file(&mut self, path: &str, content: &[u8], message: &str) -> String {
        self.write_uncommitted(path, content);
        let mut index = self.repository.index().expect("an index");
        index.add_path(Path::new(path)).expect("a staged file");
        self.commit_index(&mut index, message, &[])
    }

    /// Commits the tree of the parent again; gives the id.
    pub(crate) fn empty_commit(&self, message: &str) -> String {
        let mut index = self.repository.index().expect("an index");
        self.commit_index(&mut index, message, &[])
    }

    /// Commits what takes the changes of a commit back, with git's own message; gives the id.
    pub(crate) fn revert(&self, id: &str) -> String {
        let (mut index, message) = {
            let reverted = self.find(id);
            let head = self.head_commit().expect("a commit to stand on");
            let index = self
                .repository
                .revert_commit(&reverted, &head, 0, None)
                .expect("a revert without conflict");
            let subject = reverted
                .summary()
                .ok()
                .flatten()
                .unwrap_or_default()
                .to_owned();
            let message = format!("Revert \"{subject}\"\n\nThis reverts commit {id}.\n");
            (index, message)
        };
        self.commit_index(&mut index, &message, &[])
    }

    // Branches and tags

    /// Creates a branch here and checks it out.
    pub(crate) fn branch(&mut self, name: &str) -> &mut Self {
        let head = self.head_commit().expect("a commit to branch from");
        self.repository
            .branch(name, &head, false)
            .expect("a new branch");
        drop(head);
        self.checkout(name)
    }

    /// Checks an existing branch out.
    pub(crate) fn checkout(&mut self, name: &str) -> &mut Self {
        let reference = format!("refs/heads/{name}");
        let target = self
            .repository
            .revparse_single(&reference)
            .expect("an existing branch");
        self.show(&target);
        self.repository
            .set_head(&reference)
            .expect("a branch to stand on");
        drop(target);
        self
    }

    /// Merges a branch without conflict into the one checked out, always with a merge commit.
    pub(crate) fn merge(&self, name: &str, message: &str) -> String {
        let (mut index, theirs) = self.merged_index(name);
        assert!(
            !index.has_conflicts(),
            "merging {name} conflicts; use merge_with"
        );
        self.commit_index(&mut index, message, &[theirs])
    }

    /// Merges a branch and gives one file this content, whatever the two sides say.
    pub(crate) fn merge_with(
        &self,
        name: &str,
        message: &str,
        path: &str,
        content: &[u8],
    ) -> String {
        let (mut index, theirs) = self.merged_index(name);
        index
            .remove_path(Path::new(path))
            .expect("the conflict removed");
        let mut entry = self.blank_entry(content);
        entry.path = path.as_bytes().to_vec();
        index.add(&entry).expect("the file resolved");
        self.commit_index(&mut index, message, &[theirs])
    }

    /// A lightweight tag on the commit checked out.
    pub(crate) fn tag(&mut self, name: &str) -> &mut Self {
        let head = self.head_commit().expect("a commit to tag");
        self.repository
            .tag_lightweight(name, head.as_object(), false)
            .expect("a new tag");
        drop(head);
        self
    }

    /// An annotated tag on the commit checked out, made at this time.
    pub(crate) fn annotated_tag(&mut self, name: &str, time: &str) -> &mut Self {
        let head = self.head_commit().expect("a commit to tag");
        let tagger = signature(instant(time).timestamp());
        self.repository
            .tag(name, head.as_object(), &tagger, name, false)
            .expect("a new tag");
        drop(head);
        self
    }

    // Deployments

    /// What the pipeline does: sets the versions named in `state/<environment>-deployed-versions.json`,
    /// keeps the others, writes `deployed_at` as the time of the commit, and commits the file.
    pub(crate) fn deploy(&mut self, environment: &str, versions: &[(&str, &str)]) -> String {
        let deployed_at = instant_of(self.committer_time);
        self.deploy_at(environment, versions, &deployed_at)
    }

    /// As `deploy`, with this text as `deployed_at`.
    pub(crate) fn deploy_at(
        &mut self,
        environment: &str,
        versions: &[(&str, &str)],
        deployed_at: &str,
    ) -> String {
        self.deploy_stamped(environment, versions, Some(deployed_at))
    }

    /// As `deploy`, without `deployed_at`.
    pub(crate) fn deploy_without_time(
        &mut self,
        environment: &str,
        versions: &[(&str, &str)],
    ) -> String {
        self.deploy_stamped(environment, versions, None)
    }

    /// Commits this content of the state file.
    pub(crate) fn deploy_raw(&mut self, environment: &str, content: &[u8]) -> String {
        let path = state_path(environment);
        self.commit_file(&path, content, &format!("chore: deploy to {environment}"))
    }

    /// Commits test evidence for an environment, with `tested_at` as the time of the commit.
    pub(crate) fn tested(&mut self, environment: &str, versions: &[(&str, &str)]) -> String {
        let mut content = Map::new();
        for (component, version) in versions {
            content.insert((*component).to_owned(), json!(version));
        }
        content.insert(
            "tested_at".to_owned(),
            json!(instant_of(self.committer_time)),
        );
        let path = format!("state/{environment}-last-successfully-tested-versions.json");
        let text = format!("{:#}\n", Value::Object(content));
        self.commit_file(
            &path,
            text.as_bytes(),
            &format!("chore: tested in {environment}"),
        )
    }

    /// Commits the deletion of a state file.
    pub(crate) fn delete_state(&self, environment: &str) -> String {
        let path = state_path(environment);
        let mut index = self.repository.index().expect("an index");
        index
            .remove_path(Path::new(&path))
            .expect("a state file to delete");
        self.commit_index(&mut index, &format!("chore: remove {environment}"), &[])
    }

    /// Writes a file and commits nothing.
    pub(crate) fn write_uncommitted(&mut self, path: &str, content: &[u8]) -> &mut Self {
        let file = self.path.join(path);
        fs::create_dir_all(file.parent().expect("a parent")).expect("its directory");
        fs::write(&file, content).expect("a file written");
        self
    }

    fn deploy_stamped(
        &mut self,
        environment: &str,
        versions: &[(&str, &str)],
        deployed_at: Option<&str>,
    ) -> String {
        let file = self.path.join(state_path(environment));
        let mut content: Map<String, Value> = fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        for (component, version) in versions {
            content.insert((*component).to_owned(), json!({ "version": version }));
        }
        content.remove("deployed_at");
        if let Some(time) = deployed_at {
            content.insert("deployed_at".to_owned(), json!(time));
        }
        content.insert("environment".to_owned(), json!(environment));
        let text = format!("{:#}\n", Value::Object(content));
        self.deploy_raw(environment, text.as_bytes())
    }

    // Inside

    /// The id of the commit checked out.
    pub(crate) fn head(&self) -> String {
        self.head_commit().expect("a commit").id().to_string()
    }

    fn head_commit(&self) -> Option<Commit<'_>> {
        self.repository.head().ok()?.peel_to_commit().ok()
    }

    fn find(&self, id: &str) -> Commit<'_> {
        let oid = Oid::from_str(id).expect("a full commit id");
        self.repository
            .find_commit(oid)
            .expect("a commit of this repository")
    }

    fn merged_index(&self, name: &str) -> (Index, Oid) {
        let theirs = self
            .repository
            .find_branch(name, git2::BranchType::Local)
            .and_then(|branch| branch.get().peel_to_commit())
            .expect("a branch to merge");
        let ours = self.head_commit().expect("a commit to merge into");
        let index = self
            .repository
            .merge_commits(&ours, &theirs, None)
            .expect("a merge");
        (index, theirs.id())
    }

    fn blank_entry(&self, content: &[u8]) -> git2::IndexEntry {
        let zero = git2::IndexTime::new(0, 0);
        git2::IndexEntry {
            ctime: zero,
            mtime: zero,
            dev: 0,
            ino: 0,
            mode: 0o100_644,
            uid: 0,
            gid: 0,
            file_size: 0,
            id: self.repository.blob(content).expect("a blob"),
            flags: 0,
            flags_extended: 0,
            path: Vec::new(),
        }
    }

    /// Commits an index on top of the commit checked out, and makes the working tree equal to it.
    fn commit_index(&self, index: &mut Index, message: &str, more_parents: &[Oid]) -> String {
        let tree = index.write_tree_to(&self.repository).expect("a tree");
        let tree = self.repository.find_tree(tree).expect("the tree");
        self.show(tree.as_object());
        let mut parents: Vec<Commit<'_>> = self.head_commit().into_iter().collect();
        for &parent in more_parents {
            parents.push(self.repository.find_commit(parent).expect("a parent"));
        }
        let id = self
            .repository
            .commit(
                Some("HEAD"),
                &signature(self.author_time),
                &signature(self.committer_time),
                message,
                &tree,
                &parents.iter().collect::<Vec<_>>(),
            )
            .expect("a commit");
        id.to_string()
    }

    /// Makes index and working tree equal to a tree. While HEAD still says what was there before,
    /// so that files which are gone are removed.
    fn show(&self, tree: &Object<'_>) {
        self.repository
            .checkout_tree(tree, Some(CheckoutBuilder::new().force()))
            .expect("a checkout");
    }
}

fn state_path(environment: &str) -> String {
    format!("state/{environment}-deployed-versions.json")
}

fn signature(seconds: i64) -> Signature<'static> {
    Signature::new("Somebody", "somebody@example.test", &Time::new(seconds, 0))
        .expect("a signature")
}

/// Reads `2026-03-02 09:00` (UTC), with or without seconds, or RFC 3339.
pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").map(|time| time.and_utc())
        })
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").map(|time| time.and_utc())
        })
        .unwrap_or_else(|error| panic!("{text} is no time: {error}"))
}

fn instant_of(seconds: i64) -> String {
    let time = DateTime::from_timestamp(seconds, 0).expect("a time of our days");
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
