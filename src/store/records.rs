//! The lines of records.jsonl: what people and pipelines recorded, one fact each. `record_log` reads
//! and appends them, `recorded` folds them into deployments, incidents and marks.
//!
//! A line is one JSON object: `schema_version` (1), `id`, `at` (when it was recorded, RFC 3339),
//! `type`, and the facts of that type as the fields of [`RecordedFacts`] name them. Unknown fields
//! are kept in the file and ignored. The order of lines means nothing; a line that is there twice
//! (two branches merged) counts once, by its id.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use crate::model::Verdict;

use super::SCHEMA_VERSION;

/// The types a line may have, as written.
pub const TYPES: [&str; 5] = [
    "deployment",
    "incident-opened",
    "incident-resolved",
    "incident-edited",
    "mark",
];

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of the line's shape.
    pub schema_version: u32,
    /// Derived from the facts: see [`Record::new`]. Of a deployment it is the deployment's id, of an
    /// opened incident the incident's.
    pub id: String,
    /// When it was recorded. Of facts taken over from cd-agent: when they happened.
    pub at: DateTime<Utc>,
    /// What was recorded.
    #[serde(flatten)]
    pub facts: RecordedFacts,
}

/// What was recorded, by `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum RecordedFacts {
    /// Somebody deployed, or tried to.
    Deployment {
        /// Where.
        environment: String,
        /// When it happened.
        time: DateTime<Utc>,
        /// Component name → version as written.
        #[serde(default)]
        components: BTreeMap<String, String>,
        /// Whether it came through; left out means yes.
        #[serde(default = "yes")]
        success: bool,
        /// Other ids by which it is known (cd-agent's `deploy-001`).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        aliases: Vec<String>,
        /// One line about it. Of several lines of one deployment the latest that has one holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// An incident began.
    IncidentOpened {
        /// One line of description.
        title: String,
        /// When it began.
        opened_at: DateTime<Utc>,
        /// Where; left out means the measured environment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        environment: Option<String>,
        /// The id of the deployment that caused it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deployment: Option<String>,
        /// Severity, in the team's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        severity: Option<String>,
        /// `false`: no deployment caused it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caused_by_change: Option<bool>,
        /// Who said so: `recorded` (left out) or `cd-agent`.
        #[serde(default = "recorded", skip_serializing_if = "is_recorded")]
        source: String,
        /// Other ids by which it is known (cd-agent's own).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        aliases: Vec<String>,
    },
    /// An incident ended.
    IncidentResolved {
        /// Its id.
        incident: String,
        /// When it ended.
        resolved_at: DateTime<Utc>,
    },
    /// What is known of an incident was corrected: the fields that are there replace what was known;
    /// `null` takes it back (`"resolved_at": null` opens the incident again).
    IncidentEdited {
        /// Its id.
        incident: String,
        /// One line of description.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// When it began.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opened_at: Option<DateTime<Utc>>,
        /// When it ended.
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        resolved_at: Option<Option<DateTime<Utc>>>,
        /// Where.
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        environment: Option<Option<String>>,
        /// The deployment that caused it.
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        deployment: Option<Option<String>>,
        /// Severity.
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        severity: Option<Option<String>>,
        /// Whether a deployment caused it.
        #[serde(
            default,
            deserialize_with = "present",
            skip_serializing_if = "Option::is_none"
        )]
        caused_by_change: Option<Option<bool>>,
    },
    /// A person judged a deployment.
    Mark {
        /// The deployment's id or an alias.
        deployment: String,
        /// What was said.
        verdict: Verdict,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

fn yes() -> bool {
    true
}

fn recorded() -> String {
    "recorded".to_owned()
}

fn is_recorded(source: &str) -> bool {
    source == "recorded"
}

/// Tells `null` (`Some(None)`) from an absent field (`None`, by `default`).
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Record {
    /// A record made now. Its id is `<subject>-<time>-r<first 7 hex digits of a SHA-256>`, where
    /// subject is the environment of a deployment, else `incident`, `resolved`, `edited` or `mark`,
    /// and the hash is over the canonical facts: the JSON of the facts in the order of their
    /// definition, without aliases and note. Resolutions, edits and marks may be repeated on purpose, so
    /// `at` is one of their facts; of deployments and openings it is not: they happened once, however
    /// often they are recorded.
    pub fn new(at: DateTime<Utc>, facts: RecordedFacts) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            id: id(at, &facts),
            at,
            facts,
        }
    }

    /// Makes it another one than the record with the same facts: what it is called elsewhere goes into
    /// the hash of its id.
    pub(super) fn tell_apart(&mut self, name: &str) {
        if let Some((subject, hash)) = self.id.rsplit_once("-r") {
            let hash = short_hash(Sha256::new().chain_update(hash).chain_update(name));
            self.id = format!("{subject}-r{hash}");
        }
    }
}

fn id(at: DateTime<Utc>, facts: &RecordedFacts) -> String {
    let (subject, time, is_repeatable) = match facts {
        RecordedFacts::Deployment {
            environment, time, ..
        } => (environment.as_str(), *time, false),
        RecordedFacts::IncidentOpened { opened_at, .. } => ("incident", *opened_at, false),
        RecordedFacts::IncidentResolved { resolved_at, .. } => ("resolved", *resolved_at, true),
        RecordedFacts::IncidentEdited { .. } => ("edited", at, true),
        RecordedFacts::Mark { .. } => ("mark", at, true),
    };
    let mut canonical = facts.clone();
    canonical.forget_words();
    let mut hash = Sha256::new();
    // Facts are texts, times and truths: they always serialise.
    hash.update(serde_json::to_vec(&canonical).unwrap_or_default());
    if is_repeatable {
        hash.update(at.to_rfc3339());
    }
    let digits = short_hash(hash);
    format!("{subject}-{}-r{digits}", time.format("%Y%m%dT%H%M%SZ"))
}

/// The first 7 hexadecimal digits.
fn short_hash(hash: Sha256) -> String {
    let bytes = hash.finalize();
    let digits = bytes.iter().take(4).map(|byte| format!("{byte:02x}"));
    digits.collect::<String>().chars().take(7).collect()
}

impl RecordedFacts {
    /// The other ids; none of facts that can have none.
    pub(super) fn aliases(&self) -> &[String] {
        match self {
            Self::Deployment { aliases, .. } | Self::IncidentOpened { aliases, .. } => aliases,
            _ => &[],
        }
    }

    /// The list of other ids, of facts that can have one.
    pub(super) fn aliases_mut(&mut self) -> Option<&mut Vec<String>> {
        match self {
            Self::Deployment { aliases, .. } | Self::IncidentOpened { aliases, .. } => {
                Some(aliases)
            }
            _ => None,
        }
    }

    /// Makes words about the same event equal: the other ids of both, and the note of these later facts
    /// where they have one.
    pub(super) fn unite_words(&mut self, earlier: &mut Self) {
        if let (Some(known), Some(new)) = (earlier.aliases_mut(), self.aliases_mut()) {
            known.append(new);
            known.sort();
            known.dedup();
            new.clone_from(known);
        }
        if let (Self::Deployment { note: known, .. }, Self::Deployment { note: new, .. }) =
            (earlier, self)
        {
            match new {
                Some(_) => known.clone_from(new),
                None => new.clone_from(known),
            }
        }
    }

    /// Takes out what may be said anew of the same event without making it another: other ids and the
    /// note.
    fn forget_words(&mut self) {
        if let Some(aliases) = self.aliases_mut() {
            aliases.clear();
        }
        if let Self::Deployment { note, .. } = self {
            *note = None;
        }
    }

    /// Whether the facts make sense on their own; the words say why not.
    ///
    /// # Errors
    /// The first reason why a person should not record this.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Deployment {
                environment,
                components,
                note,
                ..
            } => {
                line_of_text("the environment", environment)?;
                for (name, version) in components {
                    line_of_text("a component's name", name)?;
                    line_of_text("a version", version)?;
                }
                optional_line("the note", note.as_deref())
            }
            Self::IncidentOpened {
                title,
                environment,
                deployment,
                severity,
                ..
            } => {
                line_of_text("the title", title)?;
                optional_line("the environment", environment.as_deref())?;
                optional_line("the deployment", deployment.as_deref())?;
                optional_line("the severity", severity.as_deref())
            }
            Self::IncidentResolved { incident, .. } => line_of_text("the incident", incident),
            Self::IncidentEdited {
                incident,
                title,
                environment,
                deployment,
                severity,
                ..
            } => {
                line_of_text("the incident", incident)?;
                optional_line("the title", title.as_deref())?;
                optional_line("the environment", said(environment))?;
                optional_line("the deployment", said(deployment))?;
                optional_line("the severity", said(severity))
            }
            Self::Mark {
                deployment, reason, ..
            } => {
                line_of_text("the deployment", deployment)?;
                optional_line("the reason", reason.as_deref())
            }
        }
    }
}

/// What an edit says of a fact, unless it takes it back.
fn said(fact: &Option<Option<String>>) -> Option<&str> {
    fact.as_ref()?.as_deref()
}

fn optional_line(what: &str, text: Option<&str>) -> Result<(), String> {
    text.map_or(Ok(()), |text| line_of_text(what, text))
}

fn line_of_text(what: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err(format!("{what} is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("{what} holds a control character"));
    }
    if text.chars().count() > 1000 {
        return Err(format!("{what} is longer than 1000 characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn deployment() -> RecordedFacts {
        RecordedFacts::Deployment {
            environment: "production".into(),
            time: at("2026-03-02T09:30:00Z"),
            components: BTreeMap::from([("api".into(), "1.2.3".into())]),
            success: true,
            aliases: Vec::new(),
            note: None,
        }
    }

    fn mark() -> RecordedFacts {
        RecordedFacts::Mark {
            deployment: "production-x".into(),
            verdict: Verdict::Failed,
            reason: None,
        }
    }

    #[test]
    fn the_id_of_a_deployment_is_a_hash_of_its_facts_alone() {
        // sha256sum of {"type":"deployment","environment":"production",
        // "time":"2026-03-02T09:30:00Z","components":{"api":"1.2.3"},"success":true}
        let record = Record::new(at("2026-03-02T10:00:00Z"), deployment());
        assert_eq!(record.id, "production-20260302T093000Z-rd991b57");
        let later = Record::new(at("2027-01-01T00:00:00Z"), deployment());
        assert_eq!(record.id, later.id);
        let mut facts = deployment();
        if let RecordedFacts::Deployment { aliases, .. } = &mut facts {
            aliases.push("deploy-001".into());
        }
        assert_eq!(Record::new(later.at, facts).id, record.id);
    }

    #[test]
    fn the_same_mark_at_another_time_is_another_record() {
        let first = Record::new(at("2026-03-02T10:00:00Z"), mark());
        let second = Record::new(at("2026-03-02T10:00:00.001Z"), mark());
        assert_ne!(first.id, second.id);
        assert!(first.id.starts_with("mark-20260302T100000Z-r"));
    }

    #[test]
    fn a_line_has_its_envelope_first_and_survives_reading() {
        let record = Record::new(at("2026-03-02T10:00:00Z"), mark());
        let line = serde_json::to_string(&record).unwrap();
        assert_eq!(
            line,
            format!(
                "{{\"schema_version\":1,\"id\":\"{}\",\"at\":\"2026-03-02T10:00:00Z\",\
                 \"type\":\"mark\",\"deployment\":\"production-x\",\"verdict\":\"failed\"}}",
                record.id
            )
        );
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
    }

    #[test]
    fn null_takes_a_fact_back_and_an_absent_field_leaves_it() {
        let line = r#"{"schema_version":1,"id":"e","at":"2026-03-02T10:00:00Z",
            "type":"incident-edited","incident":"i","resolved_at":null,"severity":"high"}"#;
        let record: Record = serde_json::from_str(line).unwrap();
        let RecordedFacts::IncidentEdited {
            resolved_at,
            severity,
            environment,
            ..
        } = &record.facts
        else {
            panic!("not an edit");
        };
        assert_eq!(*resolved_at, Some(None));
        assert_eq!(*severity, Some(Some("high".to_owned())));
        assert_eq!(*environment, None);
        let written = serde_json::to_string(&record).unwrap();
        assert!(written.contains("\"resolved_at\":null"), "{written}");
        assert!(!written.contains("environment"), "{written}");
    }

    #[test]
    fn defaults_make_the_shortest_deployment_a_success_of_nobody_in_particular() {
        let line = r#"{"schema_version":1,"id":"d","at":"2026-03-02T10:00:00+01:00",
            "type":"deployment","environment":"qa","time":"2026-03-02T10:00:00+01:00"}"#;
        let record: Record = serde_json::from_str(line).unwrap();
        assert_eq!(record.at, at("2026-03-02T09:00:00Z"));
        let RecordedFacts::Deployment {
            success,
            components,
            ..
        } = record.facts
        else {
            panic!("not a deployment");
        };
        assert!(success && components.is_empty());
    }

    #[test]
    fn facts_that_no_person_can_mean_are_not_recorded() {
        assert_eq!(deployment().check(), Ok(()));
        let opened = |title: &str| RecordedFacts::IncidentOpened {
            title: title.into(),
            opened_at: at("2026-03-02T10:00:00Z"),
            environment: None,
            deployment: None,
            severity: None,
            caused_by_change: None,
            source: recorded(),
            aliases: Vec::new(),
        };
        assert_eq!(opened(" ").check(), Err("the title is empty".into()));
        assert_eq!(
            opened("a\u{1b}[31m").check(),
            Err("the title holds a control character".into())
        );
        assert_eq!(
            opened(&"x".repeat(1001)).check(),
            Err("the title is longer than 1000 characters".into())
        );
    }
}
