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
mod config_parts;
mod config_thresholds;
pub mod derived;
pub mod directory;
mod error;
mod initial_config;
mod json_parser;
pub mod json_positions;
pub mod layers;
pub mod lock;
mod people;
pub mod record_log;
pub mod recorded;
pub mod records;
mod suggestion;
mod timezone;

pub use config::{Config, user_config};
pub use derived::{Derived, StoredMetrics};
pub use directory::{Store, Writer};
pub use error::{Fault, StoreError, StoreErrorKind};
pub use initial_config::initial_config;
pub use layers::{FailureRuleLayer, Layer, settings_from_layers};
pub use recorded::{Recorded, StoredDeployment};
pub use records::{Record, RecordedFacts};

/// Version of every file shape in `.dora/` that this build writes, and the newest that it reads.
pub const SCHEMA_VERSION: u32 = 1;
