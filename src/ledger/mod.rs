//! Facts joined and ordered: one account of what happened, per environment. Pure functions of
//! `Facts`; each file adds one layer: `timeline` orders and merges deployments (`deploy_runs` those that
//! GitHub ran), `attribution` says
//! which changes each brought (`tracks` what came before and after, `movement` how versions moved,
//! `waiting` what is left, `pull_requests` whose they were), `failures` and
//! `version_rules` which failed, `outages` what restored them. `ancestry` answers who contains whom,
//! `whereabouts` keeps for `flow_join` which deployment brought each change: there commits become the
//! code of work items. `build` runs the layers, `component_view` narrows an account to one component.

mod account;
mod ancestry;
mod attribution;
mod build;
mod component_view;
mod deploy_runs;
mod entry_names;
mod failures;
pub mod flow;
pub mod flow_join;
mod movement;
mod outages;
mod pull_requests;
mod timeline;
mod tracks;
mod version_rules;
mod waiting;
mod whereabouts;

#[cfg(test)]
mod attribution_tests;
#[cfg(test)]
mod corner_tests;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod pull_request_tests;
#[cfg(test)]
mod rule_tests;
#[cfg(test)]
pub(crate) mod story;
#[cfg(test)]
mod worked_examples;

pub use account::{
    AmbiguousName, ChangeKind, ComponentChange, DeployedPullRequest, Deployment, DeploymentKind,
    EnvironmentAccount, Evidence, FailureRule, Ledger, Outage, OutageCause, ShippedChange, Waiting,
    WaitingChange,
};
pub use entry_names::{Ambiguous, EntryNames};
pub use flow_join::{FlowJoin, ItemCode, ItemCommit, ItemName, MergedBy};
pub use whereabouts::{Whereabout, Whereabouts};
