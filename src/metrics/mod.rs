//! Formulas.

pub mod statistics;
