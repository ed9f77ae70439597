//! What stands behind one number: `dora why`. The shape of every answer is in `document`; one file per
//! room of numbers composes it from the ledger and the metrics.

mod document;

pub use document::{Cell, Column, Figure, Role, Row, Section, Why};
