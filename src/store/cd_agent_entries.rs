//! One entry of cd-agent's deployments.json or incidents.json turned into records. Its documents fix
//! the shape of a deployment and leave that of an incident open, so the usual names are understood.
//! `cd_agent` finds the files and keeps them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::Notice;

use super::derived::{DEPLOYMENTS, INCIDENTS};
use super::directory::label;
use super::json_positions::{Json, Located, Position};
use super::people::names_a_person;
use super::records::{Record, RecordedFacts};

/// The source of incidents that come from here.
pub(super) const SOURCE: &str = "cd-agent";
const MOST_TOLD: usize = 20;

/// What the entries read so far amount to.
pub(super) struct Entries<'a> {
    with_state_file: &'a BTreeSet<String>,
    component: &'a str,
    records: Vec<Record>,
    notices: Vec<Notice>,
    skipped: usize,
    /// cd-agent's ids of deployments that are not taken over.
    told_by_history: HashSet<String>,
    people: BTreeSet<String>,
    dropped_links: usize,
}

impl<'a> Entries<'a> {
    pub(super) fn new(with_state_file: &'a BTreeSet<String>, component: &'a str) -> Self {
        Self {
            with_state_file,
            component,
            records: Vec::new(),
            notices: Vec::new(),
            skipped: 0,
            told_by_history: HashSet::new(),
            people: BTreeSet::new(),
            dropped_links: 0,
        }
    }

    /// The records and what was left out.
    pub(super) fn finish(mut self) -> (Vec<Record>, Vec<Notice>) {
        let untold = self.skipped.saturating_sub(MOST_TOLD);
        if untold > 0 {
            let message = format!("{untold} more entries of cd-agent were not taken over");
            let notice = Notice::new("cd-agent-entry-skipped", message);
            self.notices.push(notice.count(untold).incomplete());
        }
        if self.dropped_links > 0 {
            let message = "incidents name deployments that history tells under other ids; they \
                           count for the deployment before them";
            let notice = Notice::new("cd-agent-link-dropped", message);
            self.notices.push(notice.count(self.dropped_links));
        }
        if !self.people.is_empty() {
            let keys: Vec<_> = self.people.iter().map(String::as_str).collect();
            let message = format!("fields that name people are not kept: {}", keys.join(", "));
            let notice = Notice::new("cd-agent-people-left-out", message);
            self.notices.push(notice.count(keys.len()));
        }
        (self.records, self.notices)
    }

    /// An entry of deployments.json:
    /// `{ id, timestamp, environment, commit_sha, success, lead_time_minutes }`.
    pub(super) fn deployment(&mut self, entry: &Located) {
        // A derived file of ours that lost its version: every entry of it is told elsewhere.
        if entry.member("state_commit").is_some() {
            return;
        }
        let id = text(entry, &["id"]);
        let environment = text(entry, &["environment"]);
        if environment
            .as_ref()
            .is_some_and(|name| self.with_state_file.contains(name))
        {
            self.told_by_history.extend(id);
            return;
        }
        self.note_people(entry);
        let time = instant(entry, &["timestamp", "deployed_at", "time", "date"]);
        let (environment, time) = match (environment, time) {
            (Some(environment), Ok(Some(time))) => (environment, time),
            (None, _) => return self.skip(DEPLOYMENTS, entry, "has no environment"),
            (_, Ok(None)) => return self.skip(DEPLOYMENTS, entry, "has no timestamp"),
            (_, Err(reason)) => return self.skip(DEPLOYMENTS, entry, &reason),
        };
        let version = text(entry, &["commit_sha", "commit", "sha", "version"]);
        let has_failed = entry.member("success").map(|found| &found.value)
            == Some(&Json::Bool(false))
            || text(entry, &["status"])
                .is_some_and(|status| ["failed", "failure"].contains(&status.as_str()));
        let record = Record::new(
            time,
            RecordedFacts::Deployment {
                environment,
                time,
                components: version
                    .map(|version| (self.component.to_owned(), version))
                    .into_iter()
                    .collect::<BTreeMap<_, _>>(),
                success: !has_failed,
                aliases: id.into_iter().collect(),
                note: None,
            },
        );
        if let Err(reason) = record.facts.check() {
            return self.skip(DEPLOYMENTS, entry, &reason);
        }
        self.records.push(record);
    }

    /// An entry of incidents.json.
    pub(super) fn incident(&mut self, entry: &Located) {
        if text(entry, &["source"]).is_some_and(|source| source == SOURCE || source == "recorded") {
            return;
        }
        self.note_people(entry);
        let opened_at = match instant(
            entry,
            &[
                "opened_at",
                "started_at",
                "start_time",
                "detected_at",
                "created_at",
                "timestamp",
                "start",
                "date",
            ],
        ) {
            Ok(Some(time)) => time,
            Ok(None) => return self.skip(INCIDENTS, entry, "does not say when it began"),
            Err(reason) => return self.skip(INCIDENTS, entry, &reason),
        };
        let id = text(entry, &["id"]);
        let title = text(entry, &["title", "description", "summary", "name"])
            .or_else(|| id.clone())
            .unwrap_or_else(|| "incident".to_owned());
        let deployment = text(entry, &["deployment", "deployment_id", "caused_by"]);
        // The name is kept as it is: the id of a record must not hang on what else is read with it.
        // `recorded` resolves it.
        if deployment
            .as_ref()
            .is_some_and(|id| self.told_by_history.contains(id))
        {
            self.dropped_links += 1;
        }
        let facts = RecordedFacts::IncidentOpened {
            title: one_line(&title),
            opened_at,
            environment: text(entry, &["environment"]),
            deployment,
            severity: text(entry, &["severity", "priority"]),
            caused_by_change: match entry.member("caused_by_change").map(|found| &found.value) {
                Some(Json::Bool(truth)) => Some(*truth),
                _ => None,
            },
            source: SOURCE.to_owned(),
            aliases: id.into_iter().collect(),
        };
        let opening = Record::new(opened_at, facts);
        let incident = opening.id.clone();
        self.records.push(opening);
        match end(entry, opened_at) {
            Ok(Some(resolved_at)) if resolved_at < opened_at => {
                self.skip(INCIDENTS, entry, "ends before it begins; it counts as open");
            }
            Ok(Some(resolved_at)) => {
                let facts = RecordedFacts::IncidentResolved {
                    incident,
                    resolved_at,
                };
                self.records.push(Record::new(resolved_at, facts));
            }
            Ok(None) => {}
            Err(reason) => {
                self.skip(INCIDENTS, entry, &format!("{reason}; it counts as open"));
            }
        }
    }

    fn note_people(&mut self, entry: &Located) {
        match &entry.value {
            Json::Object(members) => {
                for member in members {
                    if names_a_person(&member.name) {
                        self.people.insert(member.name.clone());
                    } else {
                        self.note_people(&member.value);
                    }
                }
            }
            Json::Array(items) => items.iter().for_each(|item| self.note_people(item)),
            _ => {}
        }
    }

    fn skip(&mut self, name: &str, entry: &Located, reason: &str) {
        self.skipped += 1;
        if self.skipped <= MOST_TOLD {
            let Position { line, column } = entry.at;
            let message = format!("{}:{line}:{column}: this entry {reason}", label(name));
            let notice = Notice::new("cd-agent-entry-skipped", message);
            self.notices.push(notice.incomplete());
        }
    }
}

/// The first of these members that is a text or a number, as text.
fn text(entry: &Located, names: &[&str]) -> Option<String> {
    names
        .iter()
        .find_map(|name| match &entry.member(name)?.value {
            Json::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        })
}

/// The first of these members that is a text, as an instant with its offset.
fn instant(entry: &Located, names: &[&str]) -> Result<Option<DateTime<Utc>>, String> {
    let Some(written) = text(entry, names) else {
        return Ok(None);
    };
    match DateTime::parse_from_rfc3339(&written) {
        Ok(time) => Ok(Some(time.to_utc())),
        Err(_) => Err(format!(
            "has the time \"{written}\", which is not like 2026-01-15T10:30:00Z"
        )),
    }
}

/// When an incident ended: said outright, or as its length in minutes.
fn end(entry: &Located, opened_at: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, String> {
    let names = [
        "resolved_at",
        "restored_at",
        "closed_at",
        "ended_at",
        "end_time",
        "end",
    ];
    if let Some(time) = instant(entry, &names)? {
        return Ok(Some(time));
    }
    let lengths = [
        "resolution_time_minutes",
        "duration_minutes",
        "time_to_restore_minutes",
    ];
    let minutes = lengths
        .iter()
        .find_map(|name| match &entry.member(name)?.value {
            Json::Number(number) => number.as_f64(),
            _ => None,
        });
    Ok(minutes.and_then(|minutes| {
        // More than a century is no length of an incident.
        let seconds = (minutes * 60.0).round();
        let length = (0.0..=3.2e9).contains(&seconds).then_some(seconds as i64)?;
        opened_at.checked_add_signed(TimeDelta::seconds(length))
    }))
}

/// A description of several lines as a title of one.
fn one_line(text: &str) -> String {
    let words: Vec<_> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(1000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::json_positions;

    fn read(deployments: &[&str], incidents: &[&str]) -> (Vec<Record>, Vec<Notice>) {
        let none = BTreeSet::new();
        let mut entries = Entries::new(&none, "shop");
        for entry in deployments {
            entries.deployment(&json_positions::parse(entry.as_bytes()).unwrap());
        }
        for entry in incidents {
            entries.incident(&json_positions::parse(entry.as_bytes()).unwrap());
        }
        entries.finish()
    }

    #[test]
    fn an_entry_without_place_or_time_is_skipped_with_its_line() {
        let (records, notices) = read(
            &[
                "{}",
                r#"{ "environment": "qa" }"#,
                r#"{ "environment": "qa", "timestamp": "yesterday" }"#,
                r#"{ "environment": "q\u001b", "timestamp": "2026-01-01T00:00:00Z" }"#,
                "3",
            ],
            &["{}", "null"],
        );
        assert!(records.is_empty());
        assert_eq!(notices.len(), 7);
        assert_eq!(
            notices[2].message,
            ".dora/deployments.json:1:1: this entry has the time \"yesterday\", which is not like \
             2026-01-15T10:30:00Z"
        );
        assert!(notices.iter().all(|notice| notice.incomplete));
    }

    #[test]
    fn a_deployment_without_a_commit_has_no_component() {
        let (records, notices) = read(
            &[
                r#"{ "environment": "qa", "timestamp": "2026-01-01T00:00:00Z", "commit_sha": null,
                   "status": "failed" }"#,
            ],
            &[],
        );
        assert!(notices.is_empty());
        let RecordedFacts::Deployment {
            components,
            success,
            ..
        } = &records[0].facts
        else {
            panic!("not a deployment");
        };
        assert!(components.is_empty() && !success);
    }

    #[test]
    fn the_length_of_an_incident_gives_its_end_when_it_can_be_one() {
        for (minutes, expected) in [
            ("24.5", Some("2026-01-01T00:24:30+00:00")),
            ("0", Some("2026-01-01T00:00:00+00:00")),
            ("-1", None),
            ("1e300", None),
        ] {
            let entry =
                format!(r#"{{ "start": "2026-01-01T00:00:00Z", "duration_minutes": {minutes} }}"#);
            let (records, _) = read(&[], &[&entry]);
            let end = records.get(1).map(|record| record.at.to_rfc3339());
            assert_eq!(end.as_deref(), expected, "{minutes}");
        }
    }

    #[test]
    fn an_incident_that_ends_before_it_begins_counts_as_open() {
        let (records, notices) = read(
            &[],
            &[
                r#"{ "opened_at": "2026-01-02T00:00:00Z", "resolved_at": "2026-01-01T00:00:00Z",
                   "title": "a\n b\u001b" }"#,
            ],
        );
        assert_eq!(records.len(), 1);
        assert_eq!(notices.len(), 1);
        let RecordedFacts::IncidentOpened { title, .. } = &records[0].facts else {
            panic!("not an opening");
        };
        assert_eq!(title, "a b");
    }

    #[test]
    fn entries_that_dora_derived_are_never_taken_for_facts() {
        let (records, notices) = read(
            &[
                r#"{ "id": "qa-x", "timestamp": "2026-01-01T00:00:00Z", "environment": "qa",
                   "commit_sha": "abcdef0", "success": true, "state_commit": null }"#,
            ],
            &[
                r#"{ "id": "i", "title": "t", "opened_at": "2026-01-01T00:00:00Z",
                   "source": "recorded" }"#,
            ],
        );
        assert!(records.is_empty() && notices.is_empty());
    }

    #[test]
    fn thousands_of_bad_entries_are_counted_and_not_listed() {
        let (_, notices) = read(&["{}"; 1000], &[]);
        assert_eq!(notices.len(), MOST_TOLD + 1);
        assert_eq!(
            notices.iter().map(|notice| notice.count).sum::<usize>(),
            1000
        );
    }
}
