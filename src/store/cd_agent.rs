//! A `.dora/` that cd-agent made: its incidents.json, and its deployments.json for environments that
//! have no state file, hold facts that are nowhere else. They are read as records; `init` and the
//! recording commands append them to records.jsonl once and keep the originals as `*.cd-agent.bak`,
//! `report` only reads them. `cd_agent_entries` turns one entry into records; its config.json is
//! read by `config` as it is.

use std::collections::BTreeSet;

use crate::model::Notice;

use super::cd_agent_entries::Entries;
use super::derived::{self, DEPLOYMENTS, INCIDENTS, Origin};
use super::directory::label;
use super::json_positions::{self, Json, Located, Position};
use super::records::Record;
use super::{Store, StoreError, Writer, atomic_file};

const LIMIT: u64 = 64 << 20;

/// What cd-agent's files say, as records.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CdAgentRecords {
    /// Deployments, incidents and their ends. Ids follow from the facts, so that reading twice, or
    /// folding them together with records.jsonl, changes nothing.
    pub records: Vec<Record>,
    /// What was left out, and why.
    pub notices: Vec<Notice>,
    /// Whether there is any file of cd-agent's that has not been taken over.
    pub found: bool,
}

impl Store {
    /// Reads what cd-agent wrote and nobody has taken over yet. Deployments of the environments
    /// named in `with_state_file` are left out: history tells those better. `component` is the name
    /// under which the commit of a deployment is recorded (the repository's).
    ///
    /// # Errors
    /// When a file was written by a newer dora, is a symbolic link, or cannot be read. One that is
    /// readable and makes no sense is a notice.
    pub fn cd_agent_records(
        &self,
        with_state_file: &BTreeSet<String>,
        component: &str,
    ) -> Result<CdAgentRecords, StoreError> {
        let mut taken = CdAgentRecords::default();
        let mut entries = Entries::new(with_state_file, component);
        let mut documents = Vec::new();
        for name in derived::NAMES {
            if derived::origin(self, name)? != Origin::CdAgent || is_kept(self, name)? {
                continue;
            }
            taken.found = true;
            let list = match name {
                DEPLOYMENTS => "deployments",
                INCIDENTS => "incidents",
                // Its numbers are calculated anew.
                _ => continue,
            };
            let content = atomic_file::read(&self.file(name), LIMIT)?.unwrap_or_default();
            match items(&content, list) {
                Ok(items) => documents.push((name, items)),
                Err((at, reason)) => taken.notices.push(unreadable(name, at, &reason)),
            }
        }
        // Incidents name deployments, so all deployments come first, as they do in NAMES.
        for (name, items) in documents {
            for item in items {
                if name == DEPLOYMENTS {
                    entries.deployment(&item);
                } else {
                    entries.incident(&item);
                }
            }
        }
        let (records, notices) = entries.finish();
        taken.records = records;
        taken.notices.extend(notices);
        Ok(taken)
    }
}

impl Writer<'_> {
    /// Takes over what cd-agent wrote: appends what is not yet in records.jsonl, then keeps the
    /// originals beside (`incidents.json.cd-agent.bak`). Only then may the derived files be
    /// written. Being killed in between loses nothing: the next run goes on where this one ended.
    ///
    /// # Errors
    /// As [`Store::cd_agent_records`], and when records or copies cannot be written.
    pub fn take_over_cd_agent(
        &self,
        with_state_file: &BTreeSet<String>,
        component: &str,
    ) -> Result<CdAgentRecords, StoreError> {
        let taken = self.store.cd_agent_records(with_state_file, component)?;
        self.append_missing(&taken.records)?;
        for name in derived::NAMES {
            if derived::origin(self.store, name)? == Origin::CdAgent {
                self.keep(name)?;
            }
        }
        Ok(taken)
    }

    /// Copies an original to a name where nothing else lies.
    fn keep(&self, name: &str) -> Result<(), StoreError> {
        let Some(content) = atomic_file::read(&self.store.file(name), LIMIT)? else {
            return Ok(());
        };
        for copy in copies(name) {
            let path = self.store.file(&copy);
            if atomic_file::has_content(&path, &content)? {
                return Ok(());
            }
            if !atomic_file::is_there(&path)? {
                return atomic_file::write(&path, &content);
            }
        }
        Ok(())
    }
}

/// Whether the file as it is now has been kept under another name.
pub(super) fn is_kept(store: &Store, name: &str) -> Result<bool, StoreError> {
    let Some(content) = atomic_file::read(&store.file(name), LIMIT)? else {
        return Ok(true);
    };
    for copy in copies(name) {
        let path = store.file(&copy);
        if !atomic_file::is_there(&path)? {
            return Ok(false);
        }
        if atomic_file::has_content(&path, &content)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Names for copies, in order; cd-agent may write its files again after they were taken over.
fn copies(name: &str) -> impl Iterator<Item = String> {
    let first = std::iter::once(format!("{name}.cd-agent.bak"));
    first.chain((2..=u32::MAX).map(move |number| format!("{name}.cd-agent.{number}.bak")))
}

/// The entries of a file: of the list of that name in an object, or of a bare list.
fn items(content: &[u8], list: &str) -> Result<Vec<Located>, (Position, String)> {
    let root = json_positions::parse(content).map_err(|faults| {
        let first = faults.into_iter().next();
        let start = Position { line: 1, column: 1 };
        first.map_or((start, String::new()), |fault| (fault.at, fault.message))
    })?;
    let at = root.at;
    match root.value {
        Json::Array(items) => Ok(items),
        Json::Object(members) => {
            let found = members.into_iter().find(|member| member.name == list);
            match found.map(|member| (member.at, member.value.value)) {
                Some((_, Json::Array(items))) => Ok(items),
                Some((at, other)) => Err((
                    at,
                    format!("`{list}` is {}; expected a list", other.type_name()),
                )),
                None => Err((at, format!("has no `{list}`"))),
            }
        }
        other => Err((at, format!("is {}; expected an object", other.type_name()))),
    }
}

fn unreadable(name: &str, at: Position, reason: &str) -> Notice {
    let Position { line, column } = at;
    let message = format!(
        "{}:{line}:{column}: {reason}; nothing of it was taken over",
        label(name)
    );
    Notice::new("cd-agent-file-broken", message)
        .hint(format!(
            "the original is kept as {}.cd-agent.bak when dora writes its own",
            label(name)
        ))
        .incomplete()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Derived, recorded};

    fn store(world: &std::path::Path, deployments: &str, incidents: &str) -> Store {
        std::fs::create_dir(world.join(".dora")).unwrap();
        let store = Store::open(world).unwrap().unwrap();
        for (name, content) in [
            ("config.json", "{ \"version\": \"1.0.0\" }"),
            (DEPLOYMENTS, deployments),
            (INCIDENTS, incidents),
            ("metrics.json", "{ \"metrics\": {} }"),
        ] {
            atomic_file::write(&store.file(name), content.as_bytes()).unwrap();
        }
        store
    }

    fn content(store: &Store, name: &str) -> String {
        std::fs::read_to_string(store.file(name)).unwrap()
    }

    const DEPLOYED: &str = r#"{ "deployments": [
        { "id": "deploy-001", "timestamp": "2025-12-24T15:30:00Z", "environment": "uat",
          "commit_sha": "abc123def456", "success": true, "lead_time_minutes": 38 },
        { "id": "deploy-002", "timestamp": "2025-12-25T09:00:00+01:00", "environment": "blue",
          "commit_sha": "0123456", "success": false, "deployed_by": "Jo" } ] }"#;
    const OPENED: &str = r#"{ "incidents": [
        { "id": "inc-1", "title": "down", "started_at": "2025-12-25T10:00:00Z",
          "resolved_at": "2025-12-25T10:24:00Z", "deployment_id": "deploy-002", "severity": 2 },
        { "id": "inc-2", "description": "slow", "timestamp": "2025-12-26T10:00:00Z",
          "deployment": "deploy-001", "assignee": "Jo" } ] }"#;

    fn uat() -> BTreeSet<String> {
        BTreeSet::from(["uat".to_owned()])
    }

    #[test]
    fn deployments_without_a_state_file_and_incidents_become_records() {
        let world = tempfile::tempdir().unwrap();
        let store = store(world.path(), DEPLOYED, OPENED);
        let read = store.cd_agent_records(&uat(), "shop").unwrap();
        assert!(read.found);
        let folded = recorded::fold(&read.records);
        assert_eq!(folded.deployments.len(), 1);
        let blue = &folded.deployments[0];
        assert_eq!(blue.environment, "blue");
        assert_eq!(blue.time.to_rfc3339(), "2025-12-25T08:00:00+00:00");
        assert_eq!(blue.components["shop"], "0123456");
        assert!(!blue.success);
        assert_eq!(blue.aliases, ["deploy-002"]);
        assert_eq!(folded.incidents.len(), 2);
        let down = &folded.incidents[0];
        assert_eq!(down.title, "down");
        assert_eq!(down.deployment.as_ref(), Some(&blue.id));
        assert_eq!(down.severity.as_deref(), Some("2"));
        assert_eq!(down.source, "cd-agent");
        let minutes = (down.resolved_at.unwrap() - down.opened_at).num_minutes();
        assert_eq!(minutes, 24);
        // Its deployment is told by history, under another id.
        assert_eq!(folded.incidents[1].deployment, None);
        assert_eq!(folded.incidents[1].resolved_at, None);
        assert_eq!(folded.incident_aliases["inc-2"], folded.incidents[1].id);
        let codes: Vec<_> = read.notices.iter().map(|n| n.code.as_str()).collect();
        assert_eq!(codes, ["cd-agent-link-dropped", "cd-agent-people-left-out"]);
        assert!(read.notices[1].message.contains("assignee, deployed_by"));
    }

    #[test]
    fn reading_alone_writes_nothing() {
        let world = tempfile::tempdir().unwrap();
        let store = store(world.path(), DEPLOYED, OPENED);
        store.cd_agent_records(&uat(), "shop").unwrap();
        assert_eq!(std::fs::read_dir(store.path()).unwrap().count(), 4);
        assert_eq!(content(&store, DEPLOYMENTS), DEPLOYED);
    }

    #[test]
    fn taking_over_happens_once_and_keeps_the_originals() {
        let world = tempfile::tempdir().unwrap();
        let store = store(world.path(), DEPLOYED, OPENED);
        let before = store.cd_agent_records(&uat(), "shop").unwrap();
        let writer = store.writer("dora init").unwrap();
        assert_eq!(writer.take_over_cd_agent(&uat(), "shop").unwrap(), before);
        let records = content(&store, "records.jsonl");
        assert_eq!(records.lines().count(), 4);
        assert!(!records.contains("Jo"));
        assert_eq!(content(&store, "incidents.json.cd-agent.bak"), OPENED);
        assert_eq!(content(&store, "deployments.json.cd-agent.bak"), DEPLOYED);
        assert!(store.file("metrics.json.cd-agent.bak").exists());

        let again = writer.take_over_cd_agent(&uat(), "shop").unwrap();
        assert_eq!(again, CdAgentRecords::default());
        assert_eq!(content(&store, "records.jsonl"), records);
        let written = writer.write_incidents(&[], &[]).unwrap();
        assert_eq!(written, Derived::Written);
        assert_eq!(writer.take_over_cd_agent(&uat(), "shop").unwrap(), again);
    }

    #[test]
    fn taking_over_changes_nothing_of_what_is_read() {
        let world = tempfile::tempdir().unwrap();
        let store = store(world.path(), DEPLOYED, OPENED);
        let before = store.recorded(&uat(), "shop").unwrap();
        let writer = store.writer("dora init").unwrap();
        writer.take_over_cd_agent(&uat(), "shop").unwrap();
        let after = store.recorded(&uat(), "shop").unwrap();
        assert_eq!(after.deployments, before.deployments);
        assert_eq!(after.incidents, before.incidents);
        assert_eq!(before.notices.len(), 2);
        assert!(after.notices.is_empty());
    }

    #[test]
    fn a_take_over_that_was_killed_half_way_goes_on() {
        let world = tempfile::tempdir().unwrap();
        let store = store(world.path(), DEPLOYED, OPENED);
        let writer = store.writer("dora init").unwrap();
        let read = store.cd_agent_records(&uat(), "shop").unwrap();
        writer.append_missing(&read.records[..2]).unwrap();
        writer.take_over_cd_agent(&uat(), "shop").unwrap();
        assert_eq!(store.records().unwrap().records.len(), 4);
    }

    #[test]
    fn what_cd_agent_writes_later_is_taken_over_beside_the_first_copy() {
        let world = tempfile::tempdir().unwrap();
        let store = store(world.path(), DEPLOYED, OPENED);
        let writer = store.writer("dora init").unwrap();
        writer.take_over_cd_agent(&uat(), "shop").unwrap();
        let later = OPENED.replace("inc-2", "inc-3").replace("slow", "slower");
        atomic_file::write(&store.file(INCIDENTS), later.as_bytes()).unwrap();
        let kept = writer.write_incidents(&[], &[]).unwrap();
        assert_eq!(kept, Derived::NotTakenOver);
        writer.take_over_cd_agent(&uat(), "shop").unwrap();
        assert_eq!(content(&store, "incidents.json.cd-agent.bak"), OPENED);
        assert_eq!(content(&store, "incidents.json.cd-agent.2.bak"), later);
        let records = store.records().unwrap().records;
        assert_eq!(recorded::fold(&records).incidents.len(), 3);
    }

    #[test]
    fn an_unreadable_original_is_kept_and_told() {
        for broken in [
            "{ \"incidents\": [",
            "{ \"incidents\": 3 }",
            "7",
            "{}",
            "\u{1}",
        ] {
            let world = tempfile::tempdir().unwrap();
            let store = store(world.path(), DEPLOYED, broken);
            let writer = store.writer("dora init").unwrap();
            let taken = writer.take_over_cd_agent(&uat(), "shop").unwrap();
            let told = &taken.notices[0];
            assert_eq!(told.code, "cd-agent-file-broken", "{broken}");
            assert!(
                told.message.starts_with(".dora/incidents.json:1:"),
                "{told:?}"
            );
            assert_eq!(content(&store, "incidents.json.cd-agent.bak"), broken);
            assert_eq!(store.records().unwrap().records.len(), 1);
        }
    }

    #[test]
    fn a_store_of_our_own_has_nothing_to_take_over() {
        let world = tempfile::tempdir().unwrap();
        let store = Store::create(world.path(), false).unwrap();
        let writer = store.writer("dora init").unwrap();
        writer.write_incidents(&[], &[]).unwrap();
        let taken = writer.take_over_cd_agent(&uat(), "shop").unwrap();
        assert_eq!(taken, CdAgentRecords::default());
        assert!(!store.file("records.jsonl").exists());
    }
}
