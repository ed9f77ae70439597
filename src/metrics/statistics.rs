//! The statistics behind intervals and trends, on plain numbers. Percentiles are in
//! `statistics/percentile.rs`, those of flow in `rank.rs`, medians with what has not ended in `survival.rs`,
//! intervals in `interval.rs`, tests of two periods in `rates.rs` and `samples.rs`; `outcomes.rs` is the
//! arithmetic of discrete distributions that they share.
//! Everything is deterministic, finite for any input and exact where the literature has an exact way.

mod interval;
mod outcomes;
mod percentile;
mod rank;
mod rates;
mod samples;
mod survival;

pub use interval::{median_interval, median_ranks, poisson_rate_interval, wilson_interval};
pub use percentile::{median, percentile, sorted};
pub use rank::{mean, nearest_rank, sample_deviation};
pub use rates::{compare_rates, fisher_exact};
pub use samples::mann_whitney;
pub use survival::{Step, censored_median, product_limit};
