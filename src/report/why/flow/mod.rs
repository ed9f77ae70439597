//! What stands behind a number of the value stream. `subject` has the names, `question` what all answers
//! share, `cells` the columns and what was left out, `steps` the arithmetic; one file per kind of number.

mod blocked;
mod cells;
mod code;
mod constraint;
mod distribution;
mod efficiency;
#[cfg(test)]
mod finding_tests;
mod findings;
mod findings_of_stages;
#[cfg(test)]
mod laws;
mod load;
mod question;
mod stages;
mod steps;
mod subject;
#[cfg(test)]
mod tests;
mod time;
mod value;

pub use question::{FlowQuestion, UnknownStage, flow_answer};
pub use subject::{FlowRule, FlowSubject};
