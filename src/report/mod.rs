//! What is said: one owned, comparable, serialisable `Report`. JSON is it; every other format is a
//! view. The types are in `document`; `compose` fills them from the ledger and the metrics, `rows`
//! the lists, `stages` what concerns pull requests, `said` and `said_of_github` the notices,
//! `recommendations` what to do
//! next, `scope` the commands that ask for the same; `doctor` is what the checks say. `quantity` is how numbers are said in sentences; how they look on a page is `render`'s
//! business.

mod brief_id;
mod censored;
pub mod compose;
pub mod doctor;
mod document;
pub mod explain;
pub mod flow;
pub mod github;
pub mod import;
pub mod incidents;
pub mod inventory;
mod judged;
pub mod quantity;
mod recommendations;
pub mod recording;
mod rows;
mod said;
mod said_of_github;
mod scope;
mod stages;
pub mod trend;
pub mod why;

pub use brief_id::brief_among;
pub use rows::deployment_rows;
pub use scope::Scope;

pub use stages::{StageFigure, StageFigures, Stages};

pub use censored::CensoredMedian;
pub use document::{
    ChangeFailureRate, ComponentRow, ComponentSummary, DayRow, Definitions, DeploymentFrequency,
    DeploymentRow, DistributionBar, Document, EvidenceRow, FailureList, FailureRow, IncidentRow,
    LeadTime, LeftOut, Metrics, OutageRow, Percentiles, PeriodRange, Recommendation, Report,
    RestoreSummary, ReworkRate, SlowChange, TimeToRestore, Trend, WaitingSummary, WeekRow,
};
