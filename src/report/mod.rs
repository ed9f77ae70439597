//! What is said: one owned, comparable, serialisable `Report`. JSON is it; every other format is a
//! view. The types are in `document`; `compose` fills them from the ledger and the metrics,
//! `recommendations` adds what to do next. Nothing here formats a number for people.

mod document;

pub use document::{
    ChangeFailureRate, ComponentRow, ComponentSummary, DayRow, Definitions, DeploymentFrequency,
    DeploymentRow, DistributionBar, Document, EvidenceRow, FailureList, FailureRow, IncidentRow,
    LeadTime, LeftOut, Metrics, OutageRow, Percentiles, PeriodRange, Recommendation, Report,
    RestoreSummary, ReworkRate, SlowChange, TimeToRestore, Trend, WaitingSummary, WeekRow,
};
