//! What is said of the value stream: one owned, serialisable `FlowReport`; `dora flow --format json`
//! is it, every other format is a view. The types are in `document`, those of one item's way to
//! production in `way`, of `dora value` in `value`; `summary` is it in short. `compose`, `compose_code`
//! and `compose_value` fill them; `figures`, `item_rows`, `findings` and `said` are their parts.

#[cfg(test)]
pub(in crate::report) mod code_tests;
pub(in crate::report) mod compose;
pub(in crate::report) mod compose_code;
pub(in crate::report) mod compose_value;
mod document;
pub(in crate::report) mod figures;
pub(in crate::report) mod findings;
mod item_rows;
#[cfg(test)]
mod laws;
pub(in crate::report) mod said;
mod summary;
mod value;
#[cfg(test)]
mod value_tests;
mod way;
#[cfg(test)]
mod worked_example;

pub use compose::{FLOW_SCHEMA_VERSION, FlowInputs, compose};
pub use compose_code::{CodeInputs, compose_code, compose_way};
pub use compose_value::{VALUE_SCHEMA_VERSION, compose_value};
pub use document::{
    AgeingRow, BarSegment, Blocked, BlockedReason, Constraint, CumulativeDay, Distribution,
    Efficiency, Finding, FlowDefinitions, FlowReport, FlowTime, IdeaToCash, ItemRow, Load, LoadDay,
    ScatterPoint, ServiceLevel, SetAside, SourceRow, StageDefinition, StageHours, StageRow,
    StatusRow, Velocity, VelocityWeek,
};
pub use item_rows::item_way;
pub use summary::FlowSummary;
pub use value::{ReturnRow, StuckItem, SuccessRow, ValueByType, ValueFigure, ValueReport};
pub use way::{
    BlockedSpan, Code, Coverage, ItemWay, ShippedItems, TrackerGap, VisitRow, Way, WaySegment,
    WaySegmentFigure, WayStep,
};
