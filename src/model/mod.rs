//! The common language of all rooms: plain values of the field. No I/O, no clock, no formatting.
//! Everything here is owned and comparable; `sources` and `store` make these values, `ledger` joins them.

pub mod band;
pub mod calendar;
pub mod commit_graph;
pub mod component;
pub mod deploy_run;
pub mod deployment;
pub mod environment;
pub mod facts;
pub mod flow_settings;
pub mod github;
pub mod incident;
pub mod measured;
pub mod notice;
pub mod pattern;
pub mod period;
pub mod settings;
pub mod shell;
pub mod usage;
pub mod version;
pub mod version_number;
pub mod window;
pub mod work_item;
pub mod work_item_keys;

pub use band::{Band, Certainty, Judgement};
pub use commit_graph::{CommitGraph, CommitId};
pub use component::{Component, DecidedBy};
pub use deploy_run::DeployRun;
pub use deployment::{
    DeploymentSource, RecordedDeployment, Release, ReleasedVersion, Snapshot, TestEvidence,
};
pub use environment::{EnvironmentFacts, RunsKnown, UnjudgedRun};
pub use facts::{Facts, GithubKind, GithubKnown, KindKnown, RepositoryFacts};
pub use flow_settings::{FlowSettings, StageKind};
pub use incident::{Incident, Mark, Verdict};
pub use measured::{Interval, Measured};
pub use notice::Notice;
pub use period::{Period, PeriodError, PeriodSpec};
pub use settings::Settings;
pub use shell::{shell_path, shell_word};
pub use usage::UsageRow;
pub use version::{Resolution, Version};
pub use version_number::VersionNumber;
pub use window::{Window, instant_from_epoch};
pub use work_item::{FlowType, Tracker, WorkItem};
