//! Delivery metrics from git history: the library behind `dora`.
//!
//! Data flows one way through the rooms of this crate:
//! `sources` (what others wrote) and `store` (what we wrote) are gathered into `Facts` (`gather`),
//! joined into one account (`ledger`), measured (`metrics`), said (`report`) and shown (`render`).
//! `model` is the language they share; `commands` wires them; `sample` writes a project for `dora demo`;
//! `docs/architecture.md` tells the rest.

pub mod model;

pub mod sources;
pub mod store;

pub mod gather;

pub mod ledger;
pub mod metrics;
pub mod report;

pub mod render;

pub mod sample;

mod cli;
mod clock;
mod commands;
pub mod error;

pub use commands::run;

/// A million work items, runs or changes are many millions of small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
