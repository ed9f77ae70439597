//! What is said of the long view: the document in `document`, filled by `compose` (deliveries) and
//! `flow` (work items); `behaviour` names what stands out.

mod behaviour;
pub mod compose;
mod document;
mod flow;

pub use compose::{Delivery, TrendInputs, compose};
pub use document::{
    BandLimit, BehaviourSummary, BucketRow, LevelRow, Series, SignalRow, TrendReport,
};
