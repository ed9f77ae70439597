//! What is said of the value stream: one owned, serialisable `FlowReport`; `dora flow --format json`
//! is it, every other format is a view. The types are in `document`, those of one item's way to
//! production in `way`, of `dora value` in `value`; `summary` is it in short; `compose` fills them.

#[cfg(test)]
mod code_tests;
mod compose_code;
mod document;
mod summary;
mod value;
mod way;

pub use compose_code::{CodeInputs, compose_code, compose_way};
pub use document::{
    AgeingRow, BarSegment, Blocked, BlockedReason, Constraint, CumulativeDay, Distribution,
    Efficiency, Finding, FlowDefinitions, FlowReport, FlowTime, IdeaToCash, ItemRow, Load, LoadDay,
    ScatterPoint, ServiceLevel, SetAside, SourceRow, StageDefinition, StageHours, StageRow,
    StatusRow, Velocity, VelocityWeek,
};
pub use summary::FlowSummary;
pub use value::{ReturnRow, StuckItem, SuccessRow, ValueByType, ValueFigure, ValueReport};
pub use way::{
    BlockedSpan, Code, Coverage, ItemWay, ShippedItems, TrackerGap, VisitRow, Way, WaySegment,
    WaySegmentFigure, WayStep,
};
