//! Facts joined and ordered: one account of what happened, per environment. Pure functions of
//! `Facts`; the rooms of this folder each add one layer: `timeline` orders and merges deployments,
//! `attribution` says which changes each brought, `failures` which failed, `outages` what restored
//! them. `ancestry` answers who contains whom.

mod account;
mod ancestry;
mod attribution;
mod failures;
mod outages;
mod timeline;

pub use account::{
    ChangeKind, ComponentChange, Deployment, DeploymentKind, EnvironmentAccount, Evidence,
    FailureRule, Ledger, Outage, OutageCause, ShippedChange, Waiting,
};
