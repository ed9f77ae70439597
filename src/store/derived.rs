//! deployments.json, incidents.json and metrics.json: derived from history and records, for other
//! tools to read; rebuilt at will, written only when their content changed. The shapes are
//! cd-agent's, and ours plus `schema_version`. A file that cd-agent wrote is not replaced before
//! `cd_agent` has taken its entries over.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::{Incident, Mark, Notice, Verdict};

use super::cd_agent::is_kept;
use super::directory::label;
use super::{SCHEMA_VERSION, Store, StoreError, Writer, atomic_file};

/// Names of the files in `.dora/`.
pub const NAMES: [&str; 3] = [DEPLOYMENTS, INCIDENTS, METRICS];

pub(super) const DEPLOYMENTS: &str = "deployments.json";
pub(super) const INCIDENTS: &str = "incidents.json";
const METRICS: &str = "metrics.json";

const LIMIT: u64 = 64 << 20;

/// What became of a derived file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derived {
    /// It was written.
    Written,
    /// It says this already.
    Unchanged,
    /// cd-agent wrote it and `init` has not taken its entries over: it was left alone.
    NotTakenOver,
}

/// The last report's numbers, as far as they can be had.
#[derive(Debug, Clone, PartialEq)]
pub enum StoredMetrics {
    /// There are none.
    Missing,
    /// There is a file, but it is broken or not ours; a report rebuilds it.
    Unusable(Notice),
    /// The file.
    Found {
        /// When its numbers were last calculated.
        last_calculated: DateTime<Utc>,
        /// The whole file.
        json: String,
    },
}

#[derive(Serialize)]
struct DeploymentsFile<'a, D> {
    schema_version: u32,
    deployments: &'a [D],
}

#[derive(Serialize)]
struct IncidentsFile<'a> {
    schema_version: u32,
    incidents: Vec<IncidentEntry<'a>>,
    marks: Vec<MarkEntry<'a>>,
}

#[derive(Serialize)]
struct IncidentEntry<'a> {
    id: &'a str,
    title: &'a str,
    opened_at: DateTime<Utc>,
    resolved_at: Option<DateTime<Utc>>,
    environment: Option<&'a str>,
    deployment: Option<&'a str>,
    severity: Option<&'a str>,
    caused_by_change: Option<bool>,
    source: &'a str,
}

#[derive(Serialize)]
struct MarkEntry<'a> {
    deployment: &'a str,
    verdict: Verdict,
    reason: Option<&'a str>,
    at: DateTime<Utc>,
}

#[derive(Serialize)]
struct MetricsFile<'a, M> {
    schema_version: u32,
    last_calculated: &'a str,
    period_days: Value,
    metrics: &'a M,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

impl Writer<'_> {
    /// Writes deployments.json: every deployment known, in order of time.
    ///
    /// # Errors
    /// When the file there is newer or a symbolic link, or the system refuses.
    pub fn write_deployments(&self, deployments: &[impl Serialize]) -> Result<Derived, StoreError> {
        let file = DeploymentsFile {
            schema_version: SCHEMA_VERSION,
            deployments,
        };
        self.write_derived(DEPLOYMENTS, &self.text(DEPLOYMENTS, &file)?)
    }

    /// Writes incidents.json: incidents and marks as they stand now.
    ///
    /// # Errors
    /// As [`Writer::write_deployments`].
    pub fn write_incidents(
        &self,
        incidents: &[Incident],
        marks: &[Mark],
    ) -> Result<Derived, StoreError> {
        let file = IncidentsFile {
            schema_version: SCHEMA_VERSION,
            incidents: incidents.iter().map(incident_entry).collect(),
            marks: marks.iter().map(mark_entry).collect(),
        };
        self.write_derived(INCIDENTS, &self.text(INCIDENTS, &file)?)
    }

    /// Writes metrics.json: the numbers of a period, and beside them what else a later
    /// `report --fast` needs (`more`). A new `last_calculated` alone is no reason to write.
    ///
    /// # Errors
    /// As [`Writer::write_deployments`].
    pub fn write_metrics(
        &self,
        last_calculated: DateTime<Utc>,
        period_days: f64,
        metrics: &impl Serialize,
        more: &Map<String, Value>,
    ) -> Result<Derived, StoreError> {
        let text = |last_calculated: &str| {
            let file = MetricsFile {
                schema_version: SCHEMA_VERSION,
                last_calculated,
                period_days: days(period_days),
                metrics,
                more,
            };
            self.text(METRICS, &file)
        };
        if let StoredMetrics::Found { json, .. } = self.store.metrics()?
            && let Ok(Head {
                last_calculated: Some(old),
                ..
            }) = serde_json::from_str(&json)
            && text(&old)? == json
        {
            return Ok(Derived::Unchanged);
        }
        let last_calculated = last_calculated.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        self.write_derived(METRICS, &text(&last_calculated)?)
    }

    fn text(&self, name: &str, content: &impl Serialize) -> Result<String, StoreError> {
        let mut text = serde_json::to_string_pretty(content)
            .map_err(|error| StoreError::io("serialise", self.store.file(name), error.into()))?;
        text.push('\n');
        Ok(text)
    }

    fn write_derived(&self, name: &'static str, text: &str) -> Result<Derived, StoreError> {
        let path = self.store.file(name);
        if atomic_file::has_content(&path, text.as_bytes())? {
            return Ok(Derived::Unchanged);
        }
        if !is_replaceable(self.store, name)? {
            return Ok(Derived::NotTakenOver);
        }
        atomic_file::write(&path, text.as_bytes())?;
        Ok(Derived::Written)
    }
}

impl Store {
    /// metrics.json as a report left it.
    ///
    /// # Errors
    /// When it was written by a newer dora, is a symbolic link, or cannot be read.
    pub fn metrics(&self) -> Result<StoredMetrics, StoreError> {
        let path = self.file(METRICS);
        let unusable = |why: String| {
            let message = format!("{}: {why}", label(METRICS));
            let notice = Notice::new("metrics-unusable", message);
            Ok(StoredMetrics::Unusable(
                notice.hint("dora report writes it again"),
            ))
        };
        let content = match atomic_file::read(&path, LIMIT) {
            Ok(Some(content)) => content,
            Ok(None) => return Ok(StoredMetrics::Missing),
            Err(StoreError::TooLarge { bytes, .. }) => {
                return unusable(format!("{bytes} bytes are too many"));
            }
            Err(error) => return Err(error),
        };
        let Ok(json) = String::from_utf8(content) else {
            return unusable("is not UTF-8".to_owned());
        };
        let head: Head = match serde_json::from_str(&json) {
            Ok(head) => head,
            Err(error) => return unusable(error.to_string()),
        };
        match head.schema_version {
            None => unusable("was not written by dora".to_owned()),
            Some(found) if found > u64::from(SCHEMA_VERSION) => Err(newer(METRICS, found)),
            Some(_) => match head.last_calculated.as_deref().map(str::parse) {
                Some(Ok(last_calculated)) => Ok(StoredMetrics::Found {
                    last_calculated,
                    json,
                }),
                _ => unusable("does not say when it was calculated".to_owned()),
            },
        }
    }
}

fn incident_entry(incident: &Incident) -> IncidentEntry<'_> {
    IncidentEntry {
        id: &incident.id,
        title: &incident.title,
        opened_at: incident.opened_at,
        resolved_at: incident.resolved_at,
        environment: incident.environment.as_deref(),
        deployment: incident.deployment.as_deref(),
        severity: incident.severity.as_deref(),
        caused_by_change: incident.caused_by_change,
        source: &incident.source,
    }
}

fn mark_entry(mark: &Mark) -> MarkEntry<'_> {
    MarkEntry {
        deployment: &mark.deployment,
        verdict: mark.verdict,
        reason: mark.reason.as_deref(),
        at: mark.at,
    }
}

/// What tells whose file it is and how old.
#[derive(Deserialize)]
struct Head {
    schema_version: Option<u64>,
    last_calculated: Option<String>,
}

/// Whose work a derived file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// There is none.
    Missing,
    /// This tool's, broken or not.
    Ours,
    /// Somebody else's: it has no `schema_version`.
    CdAgent,
}

/// Whose work the file is. Reads no more of our own files than their first bytes.
pub(super) fn origin(store: &Store, name: &str) -> Result<Origin, StoreError> {
    let path = store.file(name);
    let Some(begin) = beginning(&path)? else {
        return Ok(Origin::Missing);
    };
    if begin.is_empty() {
        // There is nothing in it that could be lost.
        return Ok(Origin::Ours);
    }
    if let Some(found) = leading_version(&begin) {
        return version_of_ours(name, found);
    }
    let file = File::open(&path).map_err(|error| StoreError::io("read", &path, error))?;
    match serde_json::from_reader::<_, Head>(BufReader::new(file)) {
        Ok(Head {
            schema_version: Some(found),
            ..
        }) => version_of_ours(name, found),
        Ok(_) => Ok(Origin::CdAgent),
        Err(error) if error.is_io() => Err(StoreError::io("read", &path, error.into())),
        // Broken, and nothing at its beginning says that it is ours.
        Err(_) => Ok(Origin::CdAgent),
    }
}

/// Whether a derived file may be written over or deleted without losing anything.
pub(super) fn is_replaceable(store: &Store, name: &str) -> Result<bool, StoreError> {
    match origin(store, name)? {
        Origin::Missing | Origin::Ours => Ok(true),
        Origin::CdAgent => is_kept(store, name),
    }
}

fn version_of_ours(name: &str, found: u64) -> Result<Origin, StoreError> {
    if found > u64::from(SCHEMA_VERSION) {
        return Err(newer(name, found));
    }
    Ok(Origin::Ours)
}

fn newer(name: &str, found: u64) -> StoreError {
    StoreError::NewerVersion {
        place: label(name),
        found,
        known: SCHEMA_VERSION,
    }
}

/// The first bytes of a regular file; `None` when there is none.
fn beginning(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(file) = atomic_file::open(path)? else {
        return Ok(None);
    };
    let mut begin = Vec::new();
    file.take(64)
        .read_to_end(&mut begin)
        .map_err(|error| StoreError::io("read", path, error))?;
    Ok(Some(begin))
}

/// The version in `{ "schema_version": <version>`, with which all files of ours begin.
fn leading_version(begin: &[u8]) -> Option<u64> {
    let mut rest = begin.trim_ascii_start();
    for token in [&b"{"[..], b"\"schema_version\"", b":"] {
        rest = rest.strip_prefix(token)?.trim_ascii_start();
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok()
}

/// Whole days as cd-agent writes them (`30`), others exactly.
fn days(days: f64) -> Value {
    if days.fract() == 0.0 && days.abs() < 1e9 {
        Value::from(days as i64)
    } else {
        Value::from(days)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn content(store: &Store, name: &str) -> String {
        std::fs::read_to_string(store.file(name)).unwrap()
    }

    #[test]
    fn a_file_has_its_version_first_two_spaces_of_indent_and_a_final_newline() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        let writer = store.writer("dora report").unwrap();
        let entries = [json!({ "id": "a" })];
        assert_eq!(
            writer.write_deployments(&entries).unwrap(),
            Derived::Written
        );
        assert_eq!(
            content(&store, DEPLOYMENTS),
            "{\n  \"schema_version\": 1,\n  \"deployments\": [\n    {\n      \"id\": \"a\"\n    \
             }\n  ]\n}\n"
        );
        assert_eq!(
            writer.write_deployments(&entries).unwrap(),
            Derived::Unchanged
        );
        writer.write_incidents(&[], &[]).unwrap();
        assert_eq!(
            content(&store, INCIDENTS),
            "{\n  \"schema_version\": 1,\n  \"incidents\": [],\n  \"marks\": []\n}\n"
        );
    }

    #[test]
    fn calculating_the_same_again_later_writes_nothing() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        let writer = store.writer("dora report").unwrap();
        let metrics = json!({ "lead_time": { "value": 45.5 } });
        let more = Map::from_iter([("environment".to_owned(), json!("production"))]);
        let write = |time: &str, days: f64| {
            writer
                .write_metrics(at(time), days, &metrics, &more)
                .unwrap()
        };
        assert_eq!(write("2026-03-09T09:00:00Z", 30.0), Derived::Written);
        let first = content(&store, METRICS);
        assert!(first.starts_with(
            "{\n  \"schema_version\": 1,\n  \"last_calculated\": \"2026-03-09T09:00:00Z\",\n  \
             \"period_days\": 30,\n  \"metrics\": {"
        ));
        assert_eq!(write("2026-03-10T09:00:00Z", 30.0), Derived::Unchanged);
        assert_eq!(content(&store, METRICS), first);
        assert_eq!(write("2026-03-10T09:00:00Z", 7.5), Derived::Written);
        let StoredMetrics::Found {
            last_calculated,
            json,
        } = store.metrics().unwrap()
        else {
            panic!("not found");
        };
        assert_eq!(last_calculated, at("2026-03-10T09:00:00Z"));
        assert!(json.contains("\"period_days\": 7.5"));
        assert!(json.contains("\"environment\": \"production\""));
    }

    #[test]
    fn metrics_that_cannot_be_used_are_told_apart_and_rebuilt() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        assert_eq!(store.metrics().unwrap(), StoredMetrics::Missing);
        for broken in [
            &b""[..],
            b"{",
            b"\xff",
            b"[]",
            b"{\"schema_version\":1}",
            b"{\"schema_version\":1,\"last_calculated\":\"yesterday\"}",
        ] {
            atomic_file::write(&store.file(METRICS), broken).unwrap();
            let read = store.metrics().unwrap();
            assert!(matches!(read, StoredMetrics::Unusable(_)), "{broken:?}");
        }
        let writer = store.writer("dora report").unwrap();
        let written = writer.write_metrics(at("2026-03-09T09:00:00Z"), 1.0, &1, &Map::new());
        assert_eq!(written.unwrap(), Derived::Written);
    }

    #[test]
    fn a_torn_file_of_ours_is_rebuilt_and_a_newer_one_refused() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        let writer = store.writer("dora report").unwrap();
        let none: [Value; 0] = [];
        let torn = b"{\n  \"schema_version\": 1,\n  \"deploy";
        atomic_file::write(&store.file(DEPLOYMENTS), torn).unwrap();
        assert_eq!(writer.write_deployments(&none).unwrap(), Derived::Written);
        let newer: [&[u8]; 2] = [
            b"{\"schema_version\":2,\"deployments\":{}}",
            b"{\"deployments\":{},\"schema_version\":2}",
        ];
        for file in newer {
            atomic_file::write(&store.file(DEPLOYMENTS), file).unwrap();
            let error = writer.write_deployments(&none).unwrap_err();
            assert_eq!(
                error.to_string(),
                ".dora/deployments.json has schema version 2, this dora understands up to 1"
            );
            assert_eq!(content(&store, DEPLOYMENTS).as_bytes(), file);
        }
    }

    #[test]
    fn what_cd_agent_wrote_is_left_alone_until_it_is_taken_over() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        let writer = store.writer("dora report").unwrap();
        for original in ["{\"incidents\": []}", "{ broken", ""] {
            atomic_file::write(&store.file(INCIDENTS), original.as_bytes()).unwrap();
            let kept = writer.write_incidents(&[], &[]).unwrap();
            if original.is_empty() {
                assert_eq!(kept, Derived::Written);
            } else {
                assert_eq!(kept, Derived::NotTakenOver);
                assert_eq!(content(&store, INCIDENTS), original);
                assert!(writer.reset().unwrap().is_empty());
            }
        }
    }
}
