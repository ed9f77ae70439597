//! What stands behind one number: `dora why`. The shape of every answer is in `document`, the names of
//! the numbers of delivery in `subject`. `question` reads what all answers share and asks the file of the
//! metric; `cells`, `evidence` and `arithmetic` are what these write with. The verdict on one deployment is
//! in `verdict`, with what rules that found nothing looked at in `silence`.

mod arithmetic;
mod band;
mod cells;
mod document;
mod evidence;
mod failure_rate;
mod flow;
mod frequency;
mod incidents;
#[cfg(test)]
mod laws;
mod lead_time;
mod question;
mod restore;
mod rework;
mod silence;
mod subject;
mod verdict;
mod waiting;

pub use document::{Cell, Column, Figure, Role, Row, Section, Why};
pub use flow::{FlowQuestion, FlowRule, FlowSubject, UnknownStage, flow_answer};
pub use question::{Question, Unanswerable, answer};
pub use subject::DoraSubject;
