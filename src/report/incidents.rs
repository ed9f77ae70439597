//! Incidents as the commands about them say them: one after it was opened, resolved or corrected; a list;
//! an import file by file. Incidents in a report are rows of `document`.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::ledger::Ledger;
use crate::metrics::minutes;
use crate::model::Incident;

/// One incident as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IncidentEntry {
    /// Its id.
    pub id: String,
    /// Other ids by which it is known.
    pub aliases: Vec<String>,
    /// One line of description; foreign text.
    pub title: String,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When it ended; `None` while it is open.
    pub resolved_at: Option<DateTime<Utc>>,
    /// How long it lasted, or has lasted, in minutes.
    pub minutes: f64,
    /// Where; `None` means the measured environment.
    pub environment: Option<String>,
    /// The deployment that it names as its cause.
    pub deployment: Option<String>,
    /// Severity; foreign text.
    pub severity: Option<String>,
    /// `Some(false)`: no deployment caused it, and it is in no metric.
    pub caused_by_change: Option<bool>,
    /// `recorded`, `cd-agent` or `github-issue`.
    pub source: String,
    /// The deployments that failed because of it, named by it or blamed for it.
    pub fails: Vec<String>,
}

impl IncidentEntry {
    /// An incident with what the ledger makes of it, at the instant `now`.
    pub fn of(
        incident: &Incident,
        aliases: Vec<String>,
        ledger: &Ledger,
        now: DateTime<Utc>,
    ) -> Self {
        let deployments = ledger.environments.iter().flat_map(|it| &it.deployments);
        let fails = deployments.filter(|deployment| {
            let mut evidence = deployment.evidence.iter();
            evidence.any(|evidence| evidence.incident.as_ref() == Some(&incident.id))
        });
        Self {
            id: incident.id.clone(),
            aliases,
            title: incident.title.clone(),
            opened_at: incident.opened_at,
            resolved_at: incident.resolved_at,
            minutes: minutes(
                incident.resolved_at.unwrap_or(now).max(incident.opened_at) - incident.opened_at,
            ),
            environment: incident.environment.clone(),
            deployment: incident.deployment.clone(),
            severity: incident.severity.clone(),
            caused_by_change: incident.caused_by_change,
            source: incident.source.clone(),
            fails: fails.map(|deployment| deployment.id.clone()).collect(),
        }
    }
}

/// What `dora incident open`, `resolve` and `edit` say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IncidentRecorded {
    /// Version of this shape.
    pub schema_version: u32,
    /// Its id.
    pub id: String,
    /// `opened`, `resolved` or `edited`.
    pub action: String,
    /// False when all of it was recorded before.
    pub is_new: bool,
    /// How it stands now.
    pub incident: IncidentEntry,
}

/// What `dora incident list` says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IncidentListing {
    /// Version of this shape.
    pub schema_version: u32,
    /// By beginning.
    pub incidents: Vec<IncidentEntry>,
    /// How many there are beside these.
    pub others: usize,
}

/// What `dora incident import` says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IncidentImportSummary {
    /// Version of this shape.
    pub schema_version: u32,
    /// Whether nothing was written because that was asked for.
    pub is_dry_run: bool,
    /// File by file.
    pub files: Vec<IncidentFile>,
}

/// What came of one file of incidents.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct IncidentFile {
    /// As it was given; foreign text.
    pub file: String,
    /// Incidents that were not known.
    pub opened: usize,
    /// Known ones that ended since.
    pub resolved: usize,
    /// Known ones of which nothing is new.
    pub unchanged: usize,
    /// Rows that were skipped: place and reason, at most 20; foreign text.
    pub skipped: Vec<String>,
    /// How many were.
    pub rows_skipped: usize,
}
