//! What stands behind one number: `dora why`. The shape of every answer is in `document`, the names of
//! the numbers of delivery in `subject`. `question` reads what all answers share and asks the file of the
//! metric; `cells` and `arithmetic` are what these write with.

mod arithmetic;
mod cells;
mod document;
mod lead_time;
mod question;
mod subject;

pub use document::{Cell, Column, Figure, Role, Row, Section, Why};
pub use question::{Question, Unanswerable, answer};
pub use subject::DoraSubject;
