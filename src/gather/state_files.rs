//! File histories → snapshots and test evidence (spec 2.2): contents are parsed, unreadable ones
//! looked through, times judged. Versions stay texts here; `components` resolves them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{CommitGraph, CommitId, Notice, instant_from_epoch, shell_path};
use crate::sources::deployed_versions::{self, Stamp};
use crate::sources::git::{FileContent, FileHistory, FileVersion};

use super::components::Catalogue;
use super::texts::{NumberedVersions, Texts};

/// `deployed_at` may be this much earlier than the commit …
const STAMP_BEFORE: TimeDelta = TimeDelta::days(7);
/// … and this much later.
const STAMP_AFTER: TimeDelta = TimeDelta::hours(1);
/// How many broken snapshots of a file are named one by one.
const NAMED_ONE_BY_ONE: usize = 5;

/// One content of a file with its texts numbered, or why it cannot be read.
pub(super) type Content = Result<Numbered, String>;

/// What one content says.
pub(super) struct Numbered {
    versions: NumberedVersions,
    /// Component → image, where there is one.
    images: NumberedVersions,
    /// `deployed_at` or `tested_at`.
    stamp: Option<Stamp>,
    environment: Option<u32>,
    oddities: Vec<u32>,
}

/// Reads a state file. `is_tag` says whether a tag of that name exists.
pub(super) fn deployed_content(
    bytes: &[u8],
    is_tag: &dyn Fn(&str) -> bool,
    texts: &mut Texts,
) -> Content {
    let parsed = deployed_versions::parse(bytes, is_tag).map_err(|error| error.to_string())?;
    Ok(Numbered {
        versions: texts.numbered(&parsed.components),
        images: texts.numbered(&parsed.images),
        stamp: parsed.deployed_at,
        environment: parsed.environment.map(|name| texts.number(&name)),
        oddities: parsed
            .oddities
            .iter()
            .map(|oddity| texts.number(oddity))
            .collect(),
    })
}

/// Reads a file of test evidence.
pub(super) fn tested_content(
    bytes: &[u8],
    is_tag: &dyn Fn(&str) -> bool,
    texts: &mut Texts,
) -> Content {
    let parsed =
        deployed_versions::parse_test_evidence(bytes, is_tag).map_err(|error| error.to_string())?;
    Ok(Numbered {
        versions: texts.numbered(&parsed.components),
        images: Arc::new([]),
        stamp: parsed.tested_at,
        environment: None,
        oddities: parsed
            .oddities
            .iter()
            .map(|oddity| texts.number(oddity))
            .collect(),
    })
}

/// What a version of a file says, or why that cannot be told.
fn content_of(version: &FileVersion<Content>) -> Result<&Numbered, String> {
    match &version.content {
        FileContent::Read(content) => content.as_ref().as_ref().map_err(String::clone),
        other => Err(unread(other)),
    }
}

fn unread(content: &FileContent<Content>) -> String {
    match content {
        FileContent::Read(_) => String::new(),
        FileContent::Deleted => "the file was deleted".to_owned(),
        FileContent::NotAFile(kind) => format!("it is {kind}, not a file"),
        FileContent::TooLarge(bytes) => {
            format!("it is too large ({bytes} bytes; the limit is 16 MiB)")
        }
    }
}

/// A readable content of a state file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadSnapshot {
    pub(super) commit: CommitId,
    pub(super) generation: u32,
    pub(super) time: DateTime<Utc>,
    pub(super) preceding: Vec<usize>,
    pub(super) versions: NumberedVersions,
}

/// The history of one state file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadStateFile {
    pub(super) environment: String,
    pub(super) path: String,
    pub(super) snapshots: Vec<ReadSnapshot>,
    images: BTreeSet<(u32, u32)>,
}

/// One successful test run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadEvidence {
    pub(super) environment: String,
    pub(super) time: DateTime<Utc>,
    pub(super) versions: NumberedVersions,
}

impl ReadStateFile {
    /// Adds what the snapshots name to the catalogue.
    pub(super) fn list_versions(&self, texts: &Texts, catalogue: &mut Catalogue) {
        let named = self.snapshots.iter().map(|snapshot| &snapshot.versions);
        list_versions(named, texts, catalogue);
        for &(component, image) in &self.images {
            catalogue.add_image(texts.text(component), texts.text(image));
        }
    }
}

/// Adds each distinct version of each component to the catalogue.
pub(super) fn list_versions<'v>(
    named: impl Iterator<Item = &'v NumberedVersions>,
    texts: &Texts,
    catalogue: &mut Catalogue,
) {
    let distinct: HashSet<(u32, u32)> = named
        .flat_map(|versions| versions.iter().copied())
        .collect();
    for (component, version) in distinct {
        catalogue.add(texts.text(component), texts.text(version));
    }
}

/// Reads the history of a state file.
pub(super) fn read_state_file(
    history: &FileHistory<Content>,
    environment: &str,
    graph: &CommitGraph,
    texts: &Texts,
    notices: &mut Vec<Notice>,
) -> ReadStateFile {
    let mut reader = Reader::new(history, graph, texts);
    let mut file = ReadStateFile {
        environment: environment.to_owned(),
        path: history.path.clone(),
        snapshots: Vec::new(),
        images: BTreeSet::new(),
    };
    // For each version of the file the snapshots that hold after it: a broken one is looked through,
    // to all of those before it.
    let mut holding: Vec<Vec<usize>> = Vec::with_capacity(history.versions.len());
    let mut stamps: Vec<Option<DateTime<Utc>>> = Vec::new();
    let mut commits: Vec<u32> = Vec::new();
    let mut stamp_faults = StampFaults::default();
    for version in &history.versions {
        let mut preceding: Vec<usize> = Vec::new();
        for held in version
            .preceding
            .iter()
            .flat_map(|&parent| &holding[parent])
        {
            if !preceding.contains(held) {
                preceding.push(*held);
            }
        }
        match content_of(version) {
            Ok(content) => {
                reader.confirm_environment(environment, version, content);
                reader.note_oddities(version, &content.oddities);
                let committed = instant_from_epoch(graph.committer_time(version.commit));
                let stamp = content.stamp.clone().and_then(|stamp| {
                    stamp_faults.judge(stamp, committed, preceding.iter().map(|&at| stamps[at]))
                });
                file.images.extend(content.images.iter().copied());
                // The stamp as written is what a later snapshot must differ from.
                stamps.push(content.stamp.clone().and_then(Result::ok));
                commits.push(version.commit);
                holding.push(vec![file.snapshots.len()]);
                file.snapshots.push(ReadSnapshot {
                    commit: graph.id(version.commit),
                    generation: version.generation,
                    time: stamp.unwrap_or(committed),
                    preceding,
                    versions: Arc::clone(&content.versions),
                });
            }
            Err(reason) => {
                reader.skip(version, &reason);
                holding.push(preceding);
            }
        }
    }
    raise_to_ancestors(graph, &commits, &mut file.snapshots);
    notices.extend(reader.notices());
    notices.extend(stamp_faults.notice(&history.path));
    file
}

/// Reads the history of a file of test evidence.
pub(super) fn read_evidence(
    history: &FileHistory<Content>,
    environment: &str,
    graph: &CommitGraph,
    texts: &Texts,
    notices: &mut Vec<Notice>,
) -> Vec<ReadEvidence> {
    let mut reader = Reader::new(history, graph, texts);
    let mut evidence = Vec::new();
    for version in &history.versions {
        match content_of(version) {
            Ok(content) => {
                reader.note_oddities(version, &content.oddities);
                evidence.push(ReadEvidence {
                    environment: environment.to_owned(),
                    time: content
                        .stamp
                        .clone()
                        .and_then(Result::ok)
                        .unwrap_or_else(|| {
                            instant_from_epoch(graph.committer_time(version.commit))
                        }),
                    versions: Arc::clone(&content.versions),
                });
            }
            Err(reason) => reader.skip(version, &reason),
        }
    }
    notices.extend(reader.notices());
    evidence.sort_by_key(|evidence| evidence.time);
    evidence
}

/// A snapshot's time is never earlier than its ancestors': it is raised to theirs (spec 2.2).
fn raise_to_ancestors(graph: &CommitGraph, commits: &[u32], snapshots: &mut [ReadSnapshot]) {
    // Ancestors come first in the list: where times never decrease there is nothing to raise.
    if snapshots.is_sorted_by_key(|snapshot| snapshot.time) {
        return;
    }
    let of_commit: BTreeMap<u32, usize> = commits
        .iter()
        .enumerate()
        .map(|(index, &commit)| (commit, index))
        .collect();
    let mut latest: Vec<Option<DateTime<Utc>>> = vec![None; graph.len()];
    for commit in graph.topological_order() {
        let mut time = graph
            .parents(commit)
            .iter()
            .filter_map(|&parent| latest[parent as usize])
            .max();
        if let Some(&index) = of_commit.get(&commit) {
            let snapshot = &mut snapshots[index];
            snapshot.time = time.map_or(snapshot.time, |floor| floor.max(snapshot.time));
            time = Some(snapshot.time);
        }
        latest[commit as usize] = time;
    }
}

/// Counts stamps that cannot be the time of their snapshot.
#[derive(Default)]
struct StampFaults {
    unreadable: usize,
    far_away: usize,
    stale: usize,
}

impl StampFaults {
    /// The stamp, when it is credible: near the commit and not the parent's (spec 2.2).
    fn judge(
        &mut self,
        stamp: Stamp,
        committed: DateTime<Utc>,
        mut parents: impl Iterator<Item = Option<DateTime<Utc>>>,
    ) -> Option<DateTime<Utc>> {
        let Ok(stamp) = stamp else {
            self.unreadable += 1;
            return None;
        };
        if stamp < committed - STAMP_BEFORE || stamp > committed + STAMP_AFTER {
            self.far_away += 1;
            return None;
        }
        if parents.any(|parent| parent == Some(stamp)) {
            self.stale += 1;
            return None;
        }
        Some(stamp)
    }

    fn notice(&self, path: &str) -> Option<Notice> {
        let reasons: Vec<String> = [
            (self.unreadable, "not a time with an offset"),
            (
                self.far_away,
                "more than 7 days before or 1 hour after the commit",
            ),
            (self.stale, "the same as before"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, reason)| format!("{count} {reason}"))
        .collect();
        (!reasons.is_empty()).then(|| {
            Notice::new(
                "deployed-at-rejected",
                format!(
                    "{path}: `deployed_at` was not used, the commit's time was ({})",
                    reasons.join(", ")
                ),
            )
            .count(self.unreadable + self.far_away + self.stale)
        })
    }
}

/// Collects what is wrong with one file's history.
struct Reader<'a> {
    path: &'a str,
    graph: &'a CommitGraph,
    texts: &'a Texts,
    skipped: Vec<Notice>,
    /// What was odd → the first commit and how often.
    oddities: BTreeMap<u32, (CommitId, usize)>,
    renamed: Option<(String, CommitId, usize)>,
}

impl<'a> Reader<'a> {
    fn new(history: &'a FileHistory<Content>, graph: &'a CommitGraph, texts: &'a Texts) -> Self {
        Self {
            path: &history.path,
            graph,
            texts,
            skipped: Vec::new(),
            oddities: BTreeMap::new(),
            renamed: None,
        }
    }

    fn skip(&mut self, version: &FileVersion<Content>, reason: &str) {
        let commit = self.graph.id(version.commit).short();
        let (code, what) = match version.content {
            FileContent::Deleted => ("state-file-deleted", "deleted"),
            _ => ("state-file-broken", "skipped"),
        };
        let message = if code == "state-file-deleted" {
            format!("{} was {what} in commit {commit}", self.path)
        } else {
            format!("{} at commit {commit} was {what}: {reason}", self.path)
        };
        self.skipped.push(Notice::new(code, message));
    }

    fn note_oddities(&mut self, version: &FileVersion<Content>, oddities: &[u32]) {
        let commit = self.graph.id(version.commit);
        for &oddity in oddities {
            self.oddities.entry(oddity).or_insert((commit, 0)).1 += 1;
        }
    }

    fn confirm_environment(
        &mut self,
        environment: &str,
        version: &FileVersion<Content>,
        content: &Numbered,
    ) {
        let said = content.environment.map(|said| self.texts.text(said));
        let Some(said) = said.filter(|said| *said != environment) else {
            return;
        };
        let first = (said.to_owned(), self.graph.id(version.commit), 0);
        self.renamed.get_or_insert(first).2 += 1;
    }

    fn notices(self) -> Vec<Notice> {
        let more = self.skipped.len().saturating_sub(NAMED_ONE_BY_ONE);
        let mut notices: Vec<Notice> = self.skipped.into_iter().take(NAMED_ONE_BY_ONE).collect();
        if more > 0 {
            notices.push(
                Notice::new(
                    "state-file-broken",
                    format!("{more} more snapshots of {} were skipped", self.path),
                )
                .hint(format!(
                    "git log --full-history -- {}",
                    shell_path(self.path)
                ))
                .count(more),
            );
        }
        notices.extend(self.oddities.into_iter().take(NAMED_ONE_BY_ONE).map(
            |(oddity, (commit, count))| {
                let (path, oddity) = (self.path, self.texts.text(oddity));
                let message = format!("{path} (first at commit {}): {oddity}", commit.short());
                Notice::new("state-file-oddity", message).count(count)
            },
        ));
        if let Some((said, commit, count)) = self.renamed {
            notices.push(
                Notice::new(
                    "environment-differs",
                    format!(
                        "{} says `\"environment\": \"{said}\"` (first at commit {}); the name of \
                         the file decides",
                        self.path,
                        commit.short()
                    ),
                )
                .count(count),
            );
        }
        notices
    }
}
