//! Work items as a stream: one account of where each item was, when, and what stopped it. The shape is
//! in `account`; `build` makes it from items: `statuses` says which status is which stage, `labels` which
//! label stands for one or blocks, `bulk` which changes a tracker made to many items at once, `track`
//! follows one item, `blocked` what lies over its stages, `blockers` what other items block, `kinds` what
//! kind of work it is. `working_time` measures spans by the calendar.

mod account;
mod blocked;
mod blockers;
mod build;
mod bulk;
mod kinds;
mod labels;
mod statuses;
mod track;
mod working_time;

#[cfg(test)]
mod corner_tests;
#[cfg(test)]
pub(crate) mod laws;
#[cfg(test)]
mod overlay_tests;
#[cfg(test)]
pub(crate) mod story;
#[cfg(test)]
mod worked_example;

pub use account::{
    Blocked, BulkChanges, Decision, FlowAccount, FlowItem, Outcome, SeenStatus, Visit,
};
pub use statuses::placed;
pub use working_time::WorkingTime;
