//! `.dora/cache/github-*.json`: what GitHub answered, one file per kind, each with the spans of time
//! that were read completely. Values are only ever added or replaced by newer ones. What is asked
//! for, and when, is `gather::github`'s business; a file that cannot be read is no cache.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::model::github::{
    Coverage, GithubDeployment, GithubRepository, IncidentIssue, PullRequest, RemoteCommit,
    Workflow, WorkflowRun,
};
use crate::model::{CommitId, Notice};

use super::cache::DIRECTORY;
use super::directory::label;
use super::lock::{self, Lock};
use super::{SCHEMA_VERSION, Store, StoreError, atomic_file, cache};

/// A hundred thousand runs with their jobs take some 40 MB.
const LIMIT: u64 = 1 << 30;

/// A kind of value that is cached.
pub trait Cacheable: Debug + Clone + Eq + Serialize + DeserializeOwned {
    /// What tells one from another in its repository.
    type Key: Ord;
    /// What is known of the repository beside the values.
    type About: Debug + Clone + Eq + Serialize + DeserializeOwned + Default;
    /// The kind, as the file is named.
    const KIND: &'static str;

    /// What tells it from others.
    fn key(&self) -> Self::Key;

    /// What is kept when this arrives and `known` is there.
    #[must_use]
    fn merged_with(self, known: &Self) -> Self;
}

/// What is cached of one kind for one repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Cached<T: Cacheable> {
    /// The repository.
    pub repository: GithubRepository,
    /// When it was last asked with success; `None` before.
    #[serde(with = "chrono::serde::ts_seconds_option")]
    pub checked: Option<DateTime<Utc>>,
    /// What was read completely: per question (the number of a workflow, a label, or empty) the
    /// spans of the time by which the listing goes.
    pub coverage: BTreeMap<String, Coverage>,
    /// Entity tags of questions that are asked again.
    pub etags: BTreeMap<String, String>,
    /// What is known beside the values.
    pub about: T::About,
    /// The values, by key.
    pub items: Vec<T>,
}

/// Versions of components as GitHub resolved them, and where the default branch stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct References {
    /// What a version of a component means: its commit, or that GitHub knows none. Two components of
    /// one repository may have tags of their own for the same number.
    pub versions: BTreeMap<String, BTreeMap<String, Option<CommitId>>>,
    /// The version from which the history is known.
    pub first: Option<CommitId>,
    /// Commits of which everything is known that they contain and `first` does not, and that `first`
    /// contains and they do not.
    pub compared: BTreeSet<CommitId>,
    /// The newest commit of the default branch when it was last asked.
    pub head: Option<CommitId>,
}

impl References {
    /// What a version of a component means; `None` when it was never asked for.
    pub fn version(&self, component: &str, version: &str) -> Option<Option<CommitId>> {
        self.versions.get(component)?.get(version).copied()
    }

    /// Whether any version of a component is known: it is the component's repository.
    pub fn knows(&self, component: &str) -> bool {
        let versions = self.versions.get(component);
        versions.is_some_and(|known| known.values().any(Option::is_some))
    }
}

impl<T: Cacheable> Cached<T> {
    /// Nothing known yet.
    pub fn new(repository: GithubRepository) -> Self {
        Self {
            repository,
            checked: None,
            coverage: BTreeMap::new(),
            etags: BTreeMap::new(),
            about: T::About::default(),
            items: Vec::new(),
        }
    }

    /// Adds values, or replaces older ones of the same key.
    pub fn merge(&mut self, items: impl IntoIterator<Item = T>) {
        let mut new = Vec::new();
        for item in items {
            match self
                .items
                .binary_search_by(|known| known.key().cmp(&item.key()))
            {
                Ok(at) => {
                    let merged = item.merged_with(&self.items[at]);
                    self.items[at] = merged;
                }
                Err(_) => new.push(item),
            }
        }
        if new.is_empty() {
            return;
        }
        // A stable sort of sorted runs is a merge. Of two that are equal the later one came later.
        self.items.append(&mut new);
        self.items.sort_by_key(Cacheable::key);
        let mut kept: Vec<T> = Vec::with_capacity(self.items.len());
        for item in self.items.drain(..) {
            match kept.last_mut() {
                Some(known) if known.key() == item.key() => *known = item.merged_with(known),
                _ => kept.push(item),
            }
        }
        self.items = kept;
    }

    /// The value with this key.
    pub fn find(&self, key: &T::Key) -> Option<&T> {
        let at = self
            .items
            .binary_search_by(|known| known.key().cmp(key))
            .ok()?;
        self.items.get(at)
    }
}

impl Cacheable for WorkflowRun {
    type Key = u64;
    type About = Vec<Workflow>;
    const KIND: &'static str = "runs";

    fn key(&self) -> u64 {
        self.id
    }

    fn merged_with(mut self, known: &Self) -> Self {
        if (known.attempt, known.updated) > (self.attempt, self.updated) {
            return known.clone();
        }
        if known.attempt == self.attempt && self.jobs.is_none() {
            self.jobs.clone_from(&known.jobs);
        }
        self
    }
}

impl Cacheable for GithubDeployment {
    type Key = u64;
    type About = ();
    const KIND: &'static str = "deployments";

    fn key(&self) -> u64 {
        self.id
    }

    fn merged_with(mut self, known: &Self) -> Self {
        // A listing knows no statuses, and statuses are only ever added.
        let first = |one: Option<DateTime<Utc>>, two| one.into_iter().chain(two).min();
        self.succeeded = first(self.succeeded, known.succeeded);
        self.failed = first(self.failed, known.failed);
        self.is_settled |= known.is_settled;
        self
    }
}

impl Cacheable for PullRequest {
    type Key = u64;
    type About = ();
    const KIND: &'static str = "pulls";

    fn key(&self) -> u64 {
        self.number
    }

    fn merged_with(mut self, known: &Self) -> Self {
        if known.updated > self.updated {
            return known.clone();
        }
        // A branch that was deleted, or an answer cut short, takes nothing away.
        if self.commits.len() < known.commits.len() {
            self.commits.clone_from(&known.commits);
            self.first_commit = known.first_commit;
        }
        self
    }
}

impl Cacheable for IncidentIssue {
    type Key = u64;
    type About = ();
    const KIND: &'static str = "issues";

    fn key(&self) -> u64 {
        self.number
    }

    fn merged_with(mut self, known: &Self) -> Self {
        if known.updated > self.updated {
            return known.clone();
        }
        if self.label_times.is_empty() {
            self.label_times.clone_from(&known.label_times);
        }
        self
    }
}

impl Cacheable for RemoteCommit {
    type Key = CommitId;
    type About = References;
    const KIND: &'static str = "commits";

    fn key(&self) -> CommitId {
        self.id
    }

    fn merged_with(self, known: &Self) -> Self {
        known.clone()
    }
}

/// All repositories of one kind.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
struct File<T: Cacheable> {
    schema_version: u32,
    repositories: Vec<Cached<T>>,
}

#[derive(Serialize)]
#[serde(bound = "")]
struct FileToWrite<'a, T: Cacheable> {
    schema_version: u32,
    repositories: &'a [Cached<T>],
}

#[derive(Deserialize)]
struct OnlyVersion {
    schema_version: u32,
}

fn name(kind: &str) -> String {
    format!("{DIRECTORY}/github-{kind}.json")
}

/// What could be read of a cache.
#[derive(Debug)]
pub struct CacheRead<T: Cacheable> {
    /// What is known, per repository.
    pub repositories: Vec<Cached<T>>,
    /// Why the file is of no use, if it is not.
    pub notice: Option<Notice>,
}

impl Store {
    /// What is cached of one kind. A broken file is none, with a notice.
    ///
    /// # Errors
    /// [`StoreError::NewerVersion`]; or something there is a symbolic link or cannot be read.
    pub fn github<T: Cacheable>(&self) -> Result<CacheRead<T>, StoreError> {
        let name = name(T::KIND);
        let none = |notice| CacheRead {
            repositories: Vec::new(),
            notice,
        };
        if !atomic_file::is_directory(&self.file(DIRECTORY))? {
            return Ok(none(None));
        }
        let Some(content) = atomic_file::read(&self.file(&name), LIMIT)? else {
            return Ok(none(None));
        };
        match serde_json::from_slice::<File<T>>(&content) {
            Ok(file) if file.schema_version == SCHEMA_VERSION => {
                let mut repositories = file.repositories;
                for cached in &mut repositories {
                    let is_sorted = cached.items.is_sorted_by(|a, b| a.key() < b.key());
                    if !is_sorted {
                        let items = std::mem::take(&mut cached.items);
                        cached.merge(items);
                    }
                }
                Ok(CacheRead {
                    repositories,
                    notice: None,
                })
            }
            _ => {
                let version = serde_json::from_slice::<OnlyVersion>(&content);
                match version.map(|file| file.schema_version) {
                    Ok(found) if found > SCHEMA_VERSION => Err(StoreError::NewerVersion {
                        place: label(&name),
                        found: u64::from(found),
                        known: SCHEMA_VERSION,
                    }),
                    _ => Ok(none(Some(unusable(&name)))),
                }
            }
        }
    }

    /// Whether GitHub was ever asked for anything: there is a cache of some kind.
    pub fn has_github_cache(&self) -> bool {
        let kinds = [
            WorkflowRun::KIND,
            GithubDeployment::KIND,
            PullRequest::KIND,
            IncidentIssue::KIND,
            RemoteCommit::KIND,
        ];
        kinds.iter().any(|kind| {
            let file = atomic_file::open(&self.file(&name(kind)));
            file.is_ok_and(|file| file.is_some())
        })
    }
}

fn unusable(name: &str) -> Notice {
    let message = format!(
        "{} cannot be read and is left aside: what it held of GitHub is in no number",
        label(name)
    );
    Notice::new("cache-unusable", message)
        .hint("dora sync")
        .incomplete()
}

/// The one process that asks GitHub: others read the cache meanwhile, and may record.
#[derive(Debug)]
pub struct GithubWriter<'s> {
    store: &'s Store,
    _lock: Lock,
}

impl Store {
    /// Takes the lock of the cache, which is not that of records: a long sync is in nobody's way.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process asks GitHub already; or the system refuses.
    pub fn github_writer(&self, command: &str) -> Result<GithubWriter<'_>, StoreError> {
        cache::create(self)?;
        let directory = self.file(DIRECTORY);
        let lock = lock::acquire(&directory.join("github.lock"), command, Duration::ZERO)?;
        atomic_file::sweep(&directory)?;
        Ok(GithubWriter {
            store: self,
            _lock: lock,
        })
    }
}

impl GithubWriter<'_> {
    /// What is cached, as [`Store::github`] reads it.
    ///
    /// # Errors
    /// As there.
    pub fn read<T: Cacheable>(&self) -> Result<CacheRead<T>, StoreError> {
        self.store.github()
    }

    /// Writes what is cached of one kind.
    ///
    /// # Errors
    /// When something there is a symbolic link, or the system refuses.
    pub fn write<T: Cacheable>(&self, repositories: &[Cached<T>]) -> Result<(), StoreError> {
        cache::create(self.store)?;
        let file = FileToWrite {
            schema_version: SCHEMA_VERSION,
            repositories,
        };
        let name = name(T::KIND);
        let path = self.store.file(&name);
        let mut content = serde_json::to_vec(&file)
            .map_err(|error| StoreError::io("write", &path, error.into()))?;
        content.push(b'\n');
        atomic_file::write(&path, &content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Window;
    use crate::model::github::{Conclusion, Job};
    use crate::model::instant_from_epoch as at;

    fn run(id: u64, attempt: u32, updated: i64) -> WorkflowRun {
        WorkflowRun {
            id,
            attempt,
            workflow: 1,
            event: "push".to_owned(),
            head: "0123456789012345678901234567890123456789".parse().ok(),
            created: at(0),
            started: at(0),
            updated: at(updated),
            conclusion: Some(Conclusion::Success),
            jobs: None,
        }
    }

    fn cached(runs: Vec<WorkflowRun>) -> Cached<WorkflowRun> {
        let repository = GithubRepository::new("github.com", "acme", "shop").unwrap();
        let mut cached = Cached::new(repository);
        cached.merge(runs);
        cached
    }

    #[test]
    fn what_is_written_is_read_back() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        assert!(!store.has_github_cache());
        assert!(
            store
                .github::<WorkflowRun>()
                .unwrap()
                .repositories
                .is_empty()
        );
        let mut runs = cached(vec![run(2, 1, 5), run(1, 3, 9)]);
        runs.checked = Some(at(100));
        runs.items[0].jobs = Some(vec![Job {
            name: "deploy".to_owned(),
            conclusion: Some(Conclusion::Failure),
            started: Some(at(1)),
            completed: None,
        }]);
        let coverage = runs.coverage.entry("1".to_owned()).or_default();
        coverage.add(Window::new(at(0), at(50)));
        let writer = store.github_writer("test").unwrap();
        writer.write(std::slice::from_ref(&runs)).unwrap();
        let read = store.github::<WorkflowRun>().unwrap();
        assert_eq!(read.repositories, [runs]);
        assert_eq!(read.notice, None);
        assert!(store.has_github_cache());
    }

    #[test]
    fn a_newer_attempt_replaces_an_older_one_and_never_the_other_way_round() {
        let mut runs = cached(vec![run(7, 2, 50)]);
        runs.merge([run(7, 1, 90)]);
        assert_eq!((runs.items.len(), runs.items[0].attempt), (1, 2));
        runs.merge([run(7, 3, 40), run(5, 1, 1)]);
        let known: Vec<_> = runs.items.iter().map(|it| (it.id, it.attempt)).collect();
        assert_eq!(known, [(5, 1), (7, 3)]);
        assert_eq!(runs.find(&7).map(|it| it.attempt), Some(3));
    }

    #[test]
    fn jobs_that_are_known_stay_with_their_attempt() {
        let mut known = run(7, 1, 50);
        known.jobs = Some(Vec::new());
        let mut runs = cached(vec![known]);
        runs.merge([run(7, 1, 50)]);
        assert_eq!(runs.items[0].jobs, Some(Vec::new()));
        runs.merge([run(7, 2, 60)]);
        assert_eq!(runs.items[0].jobs, None);
    }

    #[test]
    fn a_deployment_that_failed_and_then_came_through_came_through() {
        let row = GithubDeployment {
            id: 5,
            environment: "production".to_owned(),
            head: None,
            created: at(0),
            is_transient: false,
            succeeded: None,
            failed: None,
            is_settled: false,
        };
        let failed = GithubDeployment {
            failed: Some(at(10)),
            is_settled: true,
            ..row.clone()
        };
        let repaired = GithubDeployment {
            succeeded: Some(at(90)),
            ..failed.clone()
        };
        assert_eq!(repaired.clone().merged_with(&failed), repaired);
        assert_eq!(row.merged_with(&repaired), repaired, "a listing says less");
    }

    #[test]
    fn a_review_that_is_read_again_is_what_it_is_now() {
        let known = PullRequest {
            number: 3,
            opened: at(0),
            merged: at(90),
            updated: at(100),
            merge_commit: None,
            first_commit: None,
            first_review: Some(at(10)),
            commits: Vec::new(),
            is_bot: false,
            key_words: Vec::new(),
        };
        for (updated, first_review) in [(100, None), (100, Some(at(50))), (120, None)] {
            let read = PullRequest {
                updated: at(updated),
                first_review,
                ..known.clone()
            };
            let merged = read.merged_with(&known);
            assert_eq!(merged.first_review, first_review, "{updated}");
        }
        let older = PullRequest {
            updated: at(99),
            first_review: None,
            ..known.clone()
        };
        assert_eq!(older.merged_with(&known), known);
    }

    #[test]
    fn a_broken_file_is_no_cache_and_a_newer_one_is_refused() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        let writer = store.github_writer("test").unwrap();
        writer.write::<WorkflowRun>(&[]).unwrap();
        let path = store.file(&name("runs"));
        for broken in [
            "",
            "[]",
            "{\"schema_version\":1,\"repositories\":[{",
            "\u{0}",
        ] {
            atomic_file::write(&path, broken.as_bytes()).unwrap();
            let read = store.github::<WorkflowRun>().unwrap();
            assert!(read.repositories.is_empty());
            assert_eq!(read.notice.unwrap().code, "cache-unusable", "{broken}");
        }
        atomic_file::write(&path, b"{\"schema_version\":2,\"later\":true}").unwrap();
        let error = store.github::<WorkflowRun>().unwrap_err();
        assert_eq!(
            error.to_string(),
            ".dora/cache/github-runs.json has schema version 2, this dora understands up to 1"
        );
    }
}
