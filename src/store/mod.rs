//! What we keep: the directory `.dora/`, versioned and atomic (spec 3.2). config.json and
//! `*.jsonl` are the source of truth and never overwritten; deployments.json, incidents.json and
//! metrics.json are derived and rebuilt at will; the cache is thrown away on any doubt.
//! `directory` finds and makes it; a `Store` reads without locking, a `Writer` holds the lock.

pub mod atomic_file;
pub mod cache;
pub mod cd_agent;
mod cd_agent_entries;
pub mod config;
mod config_fields;
mod config_flow;
mod config_parts;
mod config_stages;
mod config_thresholds;
pub mod derived;
pub mod directory;
mod error;
pub mod examine;
mod flow_layer;
pub mod github_cache;
mod incident_import;
mod initial_config;
mod json_parser;
pub mod json_positions;
pub mod layers;
pub mod lock;
mod people;
pub mod record_log;
pub mod recorded;
mod recording;
pub mod records;
mod suggestion;
mod timezone;
pub mod work_items;

pub use config::{Config, user_config};
pub use derived::{Derived, StoredMetrics};
pub use directory::{Store, Writer};
pub use error::{Fault, StoreError, StoreErrorKind};
pub use examine::{DerivedState, LockState, ToldToGit};
pub use flow_layer::FlowLayer;
pub use github_cache::{CacheRead, Cacheable, Cached, GithubWriter, References};
pub use incident_import::{IncidentOutcome, ToldIncident, outcomes_of_first_import};
pub use initial_config::initial_config;
pub use layers::{FailureRuleLayer, Layer, settings_from_layers};
pub use recorded::{Recorded, StoredDeployment};
pub use recording::Appended;
pub use records::{Record, RecordedFacts};
pub use suggestion::nearest;
pub use work_items::WorkItems;

/// Version of every file shape in `.dora/` that this build writes, and the newest that it reads.
pub const SCHEMA_VERSION: u32 = 1;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use proptest::prelude::*;

    use super::*;
    use crate::model::settings::EnvironmentSettings;
    use crate::model::{Settings, instant_from_epoch};

    fn example() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(".dora.example")
    }

    /// A store with the example's files.
    fn copy_of_example(root: &Path) -> Store {
        let store = Store::create(root, false).unwrap();
        for entry in fs::read_dir(example()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), store.path().join(entry.file_name())).unwrap();
        }
        store
    }

    #[test]
    fn the_example_loads_without_a_notice() {
        let world = tempfile::tempdir().unwrap();
        let store = copy_of_example(world.path());
        let config = store.config().unwrap();
        assert!(config.notices.is_empty());
        let log = store.records().unwrap();
        assert!(log.notices.is_empty());
        let types: BTreeSet<String> = log
            .records
            .iter()
            .map(|record| serde_json::to_value(record).unwrap()["type"].to_string())
            .collect();
        assert_eq!(types.len(), records::TYPES.len());
        let folded = recorded::fold(&log.records);
        assert!(folded.notices.is_empty());
        assert!(matches!(
            store.metrics().unwrap(),
            StoredMetrics::Found { .. }
        ));
        let deployments = fs::read(store.path().join("deployments.json")).unwrap();
        let deployments: serde_json::Value = serde_json::from_slice(&deployments).unwrap();
        assert_eq!(deployments["schema_version"], 1);
        assert_eq!(deployments["deployments"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn the_examples_work_items_are_two_items_in_the_form_in_which_they_are_written() {
        let world = tempfile::tempdir().unwrap();
        let store = copy_of_example(world.path());
        let read = store.work_items().unwrap();
        assert!(read.notices.is_empty());
        let keys: Vec<_> = read.items.iter().map(|item| item.key.as_str()).collect();
        assert_eq!(keys, ["FOC-101", "FOC-104"]);
        assert_eq!(read.items[0].events.len(), 3);
        assert_eq!(read.items[0].resolution.as_deref(), Some("Done"));
        // Told again, they add nothing.
        let mut pieces = work_items::Pieces::new();
        read.items.iter().for_each(|item| pieces.add(item));
        let mut log = store.work_item_log().unwrap();
        assert_eq!(log.tell(pieces).unchanged, 2);
    }

    #[test]
    fn the_ids_in_the_example_follow_from_its_facts() {
        let content = fs::read(example().join("records.jsonl")).unwrap();
        for record in record_log::parse(&content).unwrap().records {
            assert_eq!(Record::new(record.at, record.facts.clone()), record);
        }
    }

    #[test]
    fn the_examples_incidents_are_what_its_records_say() {
        let world = tempfile::tempdir().unwrap();
        let store = copy_of_example(world.path());
        let folded = recorded::fold(&store.records().unwrap().records);
        let writer = store.writer("test").unwrap();
        let written = writer.write_incidents(&folded.incidents, &folded.marks);
        assert_eq!(written.unwrap(), Derived::Unchanged);
    }

    #[test]
    fn the_examples_configuration_is_what_init_writes() {
        let production = EnvironmentSettings {
            state_file: Some("state/production-deployed-versions.json".into()),
            is_production: Some(true),
            deploy_workflow: None,
        };
        let settings = Settings {
            environments: [("production".to_owned(), production)].into(),
            ..Settings::default()
        };
        // 2026-01-15T10:30:00Z
        let written = initial_config(&settings, instant_from_epoch(1_768_473_000));
        let example = fs::read_to_string(example().join("config.json")).unwrap();
        assert_eq!(written, example);
    }

    /// What an accident does to a file.
    #[derive(Debug, Clone)]
    enum Accident {
        Truncate(prop::sample::Index),
        Flip(prop::sample::Index, u8),
        Insert(prop::sample::Index, Vec<u8>),
        Replace(Vec<u8>),
    }

    fn accident() -> impl Strategy<Value = Accident> {
        let bytes = || prop::collection::vec(any::<u8>(), 0..40);
        prop_oneof![
            any::<prop::sample::Index>().prop_map(Accident::Truncate),
            (any::<prop::sample::Index>(), 1..=255_u8).prop_map(|(i, b)| Accident::Flip(i, b)),
            (any::<prop::sample::Index>(), bytes()).prop_map(|(i, b)| Accident::Insert(i, b)),
            bytes().prop_map(Accident::Replace),
        ]
    }

    fn damage(content: &mut Vec<u8>, accident: &Accident) {
        match accident {
            Accident::Truncate(at) => content.truncate(at.index(content.len() + 1)),
            Accident::Flip(at, bits) if !content.is_empty() => {
                let at = at.index(content.len());
                content[at] ^= bits;
            }
            Accident::Flip(..) => {}
            Accident::Insert(at, bytes) => {
                let at = at.index(content.len() + 1);
                content.splice(at..at, bytes.iter().copied());
            }
            Accident::Replace(bytes) => content.clone_from(bytes),
        }
    }

    const CD_AGENT: [(&str, &str); 2] = [
        (
            "deployments.json",
            r#"{ "deployments": [ { "id": "deploy-001", "timestamp": "2025-12-24T15:30:00Z",
                "environment": "uat", "commit_sha": "abc123def456", "success": true } ] }"#,
        ),
        (
            "incidents.json",
            r#"{ "incidents": [ { "id": "i", "title": "down", "opened_at": "2025-12-24T16:00:00Z",
                "resolved_at": "2025-12-24T17:00:00Z" } ] }"#,
        ),
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn no_accident_makes_it_panic_or_touch_the_source_of_truth(
            accidents in prop::collection::vec((0..5_usize, accident()), 1..4),
            is_cd_agents in any::<bool>()
        ) {
            let world = tempfile::tempdir().unwrap();
            let store = copy_of_example(world.path());
            if is_cd_agents {
                for (name, content) in CD_AGENT {
                    atomic_file::write(&store.path().join(name), content.as_bytes()).unwrap();
                }
            }
            let names = [
                "config.json", "records.jsonl", "incidents.json", "deployments.json",
                "metrics.json",
            ];
            for (which, accident) in &accidents {
                let path = store.path().join(names[*which]);
                let mut content = fs::read(&path).unwrap();
                damage(&mut content, accident);
                atomic_file::write(&path, &content).unwrap();
            }
            let content = |name: &str| fs::read(store.path().join(name)).unwrap_or_default();
            let (config, records) = (content("config.json"), content("records.jsonl"));
            let originals = ["deployments.json", "incidents.json"].map(content);

            let none = BTreeSet::new();
            let _ = store.config();
            let _ = store.metrics();
            let _ = store.records().map(|log| recorded::fold(&log.records));
            let _ = store.cd_agent_records(&none, "shop");
            prop_assert_eq!(&content("records.jsonl"), &records);
            let intact = record_log::parse(&records).map(|log| log.tail.end as usize);
            {
                let writer = store.writer("test").unwrap();
                let taken = writer.take_over_cd_agent(&none, "shop");
                let facts = RecordedFacts::Mark {
                    deployment: "x".into(),
                    verdict: crate::model::Verdict::Ok,
                    reason: None,
                };
                let recorded = writer.record(instant_from_epoch(0), facts);
                prop_assert_eq!(recorded.is_ok(), intact.is_ok());
                let _ = writer.write_deployments(&[1]);
                let _ = writer.write_incidents(&[], &[]);
                let _ = writer.reset();
                // What was taken over and then replaced lies in a copy.
                if is_cd_agents && taken.is_ok() {
                    for (name, original) in ["deployments.json", "incidents.json"].iter().zip(originals) {
                        let copy = content(&format!("{name}.cd-agent.bak"));
                        let is_ours = original.starts_with(b"{\n  \"schema_version\"");
                        prop_assert!(copy == original || original.is_empty() || is_ours);
                    }
                }
            }
            prop_assert_eq!(content("config.json"), config);
            let after = content("records.jsonl");
            match intact {
                Ok(end) => prop_assert!(after.starts_with(&records[..end])),
                Err(_) => prop_assert_eq!(after, records),
            }
        }
    }
}
