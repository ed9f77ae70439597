//! Keeps `.dora/`'s derived files in step with what was just computed, and reads the last numbers
//! back for `--fast`. A report never fails because they could not be written.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::report::{DeploymentRow, Document, deployment_rows, quantity};
use crate::store::{Store, StoreError, Writer};

use super::output::Output;
use super::session::Account;

/// How long a report waits for another writer: its derived files can as well be written next time.
const PATIENCE: Duration = Duration::from_millis(200);

/// Writes deployments.json and incidents.json, and metrics.json when `document` is the whole
/// measured environment's. What cannot be written is a remark.
pub(super) fn refresh(
    root: &Path,
    account: &Account,
    document: Option<&Document>,
    output: &Output,
) {
    let written = Store::open(root).and_then(|store| match store {
        Some(store) if store.cd_agent_records(&BTreeSet::new(), "")?.found => {
            output.remark("this .dora/ was made by cd-agent: dora init takes it over");
            Ok(())
        }
        Some(store) => {
            let writer = store.writer_within("dora report", PATIENCE)?;
            write(&writer, account, document)
        }
        None => Ok(()),
    });
    if let Err(error) = written {
        output.remark(&format!(".dora/ was not refreshed: {error}"));
    }
}

/// Writes the derived files under a lock that is held already.
pub(super) fn write(
    writer: &Writer<'_>,
    account: &Account,
    document: Option<&Document>,
) -> Result<(), StoreError> {
    let facts = &account.gathered.facts;
    let mut rows: Vec<DeploymentRow> = account
        .ledger
        .environments
        .iter()
        .flat_map(|environment| deployment_rows(facts, environment))
        .collect();
    rows.sort_by(|a, b| (a.timestamp, &a.id).cmp(&(b.timestamp, &b.id)));
    writer.write_deployments(&rows)?;
    writer.write_incidents(&facts.incidents, &facts.marks)?;
    if let Some(Document::One(report)) = document {
        let mut more = Map::new();
        if let Ok(report) = serde_json::to_value(report) {
            more.insert("report".to_owned(), report);
        }
        writer.write_metrics(
            report.generated_at,
            report.period.days,
            &report.metrics,
            &more,
        )?;
    }
    Ok(())
}

/// The report that metrics.json holds.
pub(super) fn stored_report(json: &str) -> Option<Document> {
    #[derive(Deserialize)]
    struct Stored {
        report: Value,
    }
    let stored: Stored = serde_json::from_str(json).ok()?;
    serde_json::from_value(stored.report)
        .ok()
        .map(Document::One)
}

/// An age for people.
pub(super) fn age(age: TimeDelta) -> String {
    quantity::duration(age.max(TimeDelta::zero()).as_seconds_f64() / 60.0)
}
