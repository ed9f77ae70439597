//! The shape of the flow report, field by field: the JSON export of `dora flow`. Field names are a
//! contract: fields may be added, never renamed. Durations are hours as real numbers, shares 0 to 1,
//! instants RFC 3339 in UTC; `None` is `null` and has a `reason` beside it. All percentiles are
//! nearest ranks: the value of an item that exists (spec 6.3).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::model::Notice;
use crate::model::flow_settings::StageKind;
use crate::model::work_item::{FlowType, History};
use crate::report::PeriodRange;

use super::way::Code;

/// The report of the value stream over one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowReport {
    /// Version of this document's shape; 1.
    pub schema_version: u32,
    /// Version of the tool that made it.
    pub tool_version: String,
    /// The `as of` instant: the only clock.
    pub generated_at: DateTime<Utc>,
    /// Name of the analysed repository.
    pub repository: String,
    /// The period: items that were done in it are counted.
    pub period: PeriodRange,
    /// Zone of calendar days and weeks.
    pub timezone: String,
    /// Which definitions were used.
    pub definitions: FlowDefinitions,
    /// Where the items come from.
    pub sources: Vec<SourceRow>,
    /// Every status seen, and the stage it belongs to.
    pub statuses: Vec<StatusRow>,
    /// The bar: where the time of an item goes.
    pub idea_to_cash: IdeaToCash,
    /// The stages in the order of the stream.
    pub stages: Vec<StageRow>,
    /// How long items take.
    pub flow_time: FlowTime,
    /// How much of that is work.
    pub flow_efficiency: Efficiency,
    /// What is in progress.
    pub flow_load: Load,
    /// How many are done per week.
    pub flow_velocity: Velocity,
    /// What kind of work is done: features, defects, risks, debts; unclassified only if there is any.
    pub flow_distribution: Vec<Distribution>,
    /// What stood still.
    pub blocked: Blocked,
    /// The stage that limits the stream; `None` when nothing shows one.
    pub constraint: Option<Constraint>,
    /// Why there is none, when there is none.
    pub constraint_reason: Option<String>,
    /// Items that reached each stage, at the end of each day of the period; never falling.
    pub cumulative_flow: Vec<CumulativeDay>,
    /// What nearly every item keeps.
    pub service_level: ServiceLevel,
    /// Items in progress, oldest first.
    pub ageing: Vec<AgeingRow>,
    /// Items done in the period, by the time they were done.
    pub scatter: Vec<ScatterPoint>,
    /// What a rule found, gravest first.
    pub findings: Vec<Finding>,
    /// Items that no duration counts, and why (never started, cancelled, removed, history missing).
    pub set_aside: Vec<SetAside>,
    /// Items that were done or cancelled in the period, or are not done at its end, by key.
    pub items: Vec<ItemRow>,
    /// How items meet commits and deployments; `None` when no commit was looked at.
    pub code: Option<Code>,
    /// What was left out or assumed.
    pub notices: Vec<Notice>,
}

/// Which definitions the numbers rest on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowDefinitions {
    /// Name of the preset in use; `None` for stages of the user's own.
    pub preset: Option<String>,
    /// The stages.
    pub stages: Vec<StageDefinition>,
    /// From where to where flow time runs, in words.
    pub flow_time: String,
    /// How percentiles are taken: `nearest-rank`.
    pub percentiles: String,
    /// What the second column of durations counts, in words (`Mon-Fri 09:00-17:00 UTC`).
    pub business_calendar: String,
    /// What a key looks like in commits.
    pub key_pattern: String,
}

/// One stage as it is defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageDefinition {
    /// Its name.
    pub name: String,
    /// What it does to the clock.
    pub kind: StageKind,
    /// The statuses that config or the preset gives it.
    pub statuses: Vec<String>,
    /// Its limit, if it has one.
    pub wip_limit: Option<u32>,
}

/// What was imported from one tracker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceRow {
    /// The tracker (`jira`).
    pub tracker: String,
    /// Items of it.
    pub items: usize,
    /// Their events.
    pub events: usize,
    /// How many have their whole history.
    pub complete: usize,
    /// How many have part of it.
    pub partial: usize,
    /// Of how many it is guessed.
    pub approximate: usize,
    /// The latest instant that its exports know of.
    pub updated: Option<DateTime<Utc>>,
}

/// A status that items were in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusRow {
    /// Its name.
    pub status: String,
    /// How many times an item entered it.
    pub entries: usize,
    /// The stage; `None` where it blocks instead.
    pub stage: Option<String>,
    /// Why it belongs there: `stage` (named by config or preset), `category` (what the tracker says it
    /// means), `previous` (nothing is known: the item stays where it was), `blocked`.
    pub decided_by: String,
}

/// The idea-to-cash bar over the items done in the period (spec 6.6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IdeaToCash {
    /// Items done in the period: over these the means are.
    pub items: usize,
    /// One per stage that is not done or cancelled, in stage order, and `Feedback` last if any item
    /// has some.
    pub segments: Vec<BarSegment>,
    /// Mean hours per item from its creation to done, feedback included.
    pub mean_hours: Option<f64>,
    /// Name of the widest segment.
    pub widest: Option<String>,
    /// The target, if there is one.
    pub target_hours: Option<f64>,
    /// What lies beyond the target, mean per item: the cost of delay. Zero within it.
    pub beyond_target_hours: Option<f64>,
    /// Why there is no bar.
    pub reason: Option<String>,
}

/// One segment of the bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BarSegment {
    /// The stage.
    pub stage: String,
    /// What it does to the clock; feedback is `done`.
    pub kind: StageKind,
    /// Hours of all items together.
    pub total_hours: f64,
    /// Hours per item done.
    pub mean_hours: f64,
    /// Its share of the whole bar.
    pub share: f64,
}

/// One stage over the items done in the period; what it holds is of now and of all items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRow {
    /// Its name.
    pub stage: String,
    /// What it does to the clock.
    pub kind: StageKind,
    /// Items that were in it.
    pub items: usize,
    /// Visits: stays without a break.
    pub visits: usize,
    /// Mean hours per visit.
    pub mean_hours: Option<f64>,
    /// Median hours per visit.
    pub median_hours: Option<f64>,
    /// 85th percentile of the hours per visit.
    pub p85_hours: Option<f64>,
    /// Hours of all visits.
    pub total_hours: f64,
    /// The same in working time.
    pub business_total_hours: f64,
    /// Median working hours per visit.
    pub business_median_hours: Option<f64>,
    /// Its share of the stream.
    pub share: Option<f64>,
    /// Visits followed by a step back to an earlier stage.
    pub moved_back: usize,
    /// Items in it now.
    pub wip: usize,
    /// Items in it, mean over time, of the 90 days before `generated_at`.
    pub wip_mean: Option<f64>,
    /// Its limit, if it has one.
    pub wip_limit: Option<u32>,
    /// Hours in it beyond which a stay is unusual: mean + 2σ of its completed visits; `None` under
    /// five of them.
    pub limit_two_sigma_hours: Option<f64>,
    /// The same by the 85th percentile of its completed visits.
    pub limit_p85_hours: Option<f64>,
    /// Completed visits that the limits rest on.
    pub completed_visits: usize,
}

/// How long items take, from the first entry to a wait or active stage to done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowTime {
    /// Items done in the period that were started.
    pub count: usize,
    /// Items done in the period that were never started: no flow time.
    pub never_started: usize,
    /// Items done in the period that do not tell when they were started: no flow time either.
    #[serde(default)]
    pub untold: usize,
    /// Median.
    pub p50_hours: Option<f64>,
    /// 85th percentile.
    pub p85_hours: Option<f64>,
    /// 95th percentile.
    pub p95_hours: Option<f64>,
    /// Mean.
    pub mean_hours: Option<f64>,
    /// Median of the net time: without what lay between done and being reopened.
    pub net_p50_hours: Option<f64>,
    /// Median in working time.
    pub business_p50_hours: Option<f64>,
    /// 85th percentile in working time.
    pub business_p85_hours: Option<f64>,
    /// Items done in the period that had been reopened.
    pub reopened: usize,
    /// Median of the period before, if it has items.
    pub previous_p50_hours: Option<f64>,
    /// Why there is no value.
    pub reason: Option<String>,
}

/// How much of the flow time is work: ratio of sums over the items done in the period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Efficiency {
    /// Active time without blocked time, divided by active and wait time.
    pub value: Option<f64>,
    /// Numerator.
    pub active_hours: f64,
    /// Time in wait stages and blocked time in active ones.
    pub wait_hours: f64,
    /// Blocked time in active stages alone.
    pub blocked_in_active_hours: f64,
    /// Items.
    pub count: usize,
    /// What to aim at: 0.4.
    pub target: f64,
    /// Why there is no value.
    pub reason: Option<String>,
}

/// What is started and neither done nor cancelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Items now (at the end of the period).
    pub count: usize,
    /// Mean over the period, weighted by time.
    pub mean: Option<f64>,
    /// At the end of each day of the period.
    pub days: Vec<LoadDay>,
}

/// The load of one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadDay {
    /// The day, in the configured zone.
    pub date: NaiveDate,
    /// Items in progress at its end.
    pub count: usize,
}

/// How many items are done per week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Velocity {
    /// Items done in the period.
    pub count: usize,
    /// Per week of seven days, over the period.
    pub per_week: Option<f64>,
    /// ISO weeks that overlap the period, oldest first, those without items too. Each holds what was
    /// done in the whole week up to `generated_at`.
    pub weeks: Vec<VelocityWeek>,
    /// Why there is no value.
    pub reason: Option<String>,
}

/// What was done in one ISO week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VelocityWeek {
    /// `2026-W11`.
    pub week: String,
    /// Its Monday.
    pub monday: NaiveDate,
    /// Whether it is over.
    pub is_complete: bool,
    /// Items.
    pub total: usize,
    /// By kind: features, defects, risks, debts, unclassified.
    pub by_type: [usize; 5],
    /// Items started in it.
    pub started: usize,
}

/// How much of what was done in the period is of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// The kind.
    pub flow_type: FlowType,
    /// Items.
    pub count: usize,
    /// Their share; `None` when nothing was done.
    pub share: Option<f64>,
    /// Their business value.
    pub value: f64,
    /// Its share; `None` when no item has a value.
    pub value_share: Option<f64>,
}

/// What stood still in the period, done or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blocked {
    /// Items blocked at the end of the period.
    pub now: usize,
    /// Items blocked at any time in it.
    pub items: usize,
    /// Hours blocked in it, of all items.
    pub hours: f64,
    /// By reason, most hours first.
    pub reasons: Vec<BlockedReason>,
}

/// Blocked time by its reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BlockedReason {
    /// In the tracker's words; `not told` where it gives none.
    pub reason: String,
    /// Items.
    pub items: usize,
    /// Hours.
    pub hours: f64,
}

/// The stage that limits the stream, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Constraint {
    /// The stage.
    pub stage: String,
    /// Its share of all time from start to done in which items waited or were blocked.
    pub wait_share: f64,
    /// Those hours.
    pub wait_hours: f64,
    /// Items in it at the begin and at the end of the period.
    pub queue: [usize; 2],
    /// The evidence in one sentence.
    pub evidence: String,
    /// Whether there are enough items to believe it (at least five visits).
    pub is_firm: bool,
}

/// Items that had reached each stage by the end of a day (high-water).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CumulativeDay {
    /// The day, in the configured zone.
    pub date: NaiveDate,
    /// Per stage of `definitions.stages` without cancelled ones, in their order: items that reached it
    /// or a later one.
    pub reached: Vec<usize>,
}

/// The service level: what 85 of 100 items keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServiceLevel {
    /// 85th percentile of flow time.
    pub p85_hours: Option<f64>,
    /// Items it rests on.
    pub count: usize,
    /// Items in progress older than it.
    pub older: usize,
    /// Why there is none.
    pub reason: Option<String>,
}

/// An item in progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgeingRow {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub flow_type: FlowType,
    /// Its business value.
    pub value: Option<f64>,
    /// Where it is.
    pub stage: String,
    /// Hours since it was started.
    pub age_hours: f64,
    /// Hours in its stage, without a break.
    pub stage_hours: f64,
    /// Whether it is blocked now.
    pub is_blocked: bool,
    /// Share of finished items that took no longer than its age.
    pub percentile: Option<f64>,
    /// Of finished items that took at least its age, the share that missed the service level; 1 for an
    /// item beyond it.
    pub chance_to_miss: Option<f64>,
}

/// One finished item in the plot of flow times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScatterPoint {
    /// Its key.
    pub key: String,
    /// When it was done.
    pub done: DateTime<Utc>,
    /// Its flow time.
    pub flow_time_hours: f64,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Its rule (`stage-age-two-sigma`, `stage-age-p85`, `stage-overfull`, `wip-limit`, `old-item`,
    /// `low-efficiency`, `blocked`).
    pub rule: String,
    /// The stage, if it is about one.
    pub stage: Option<String>,
    /// The items, oldest first.
    pub items: Vec<String>,
    /// What was measured against what, in one sentence.
    pub message: String,
    /// One thing to do.
    pub suggestion: String,
    /// Whether there was enough to judge by.
    pub is_firm: bool,
}

/// Items that a duration leaves out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetAside {
    /// Why: `never-started`, `cancelled`, `removed`, `not-started`.
    pub reason: String,
    /// The keys, at most twenty.
    pub items: Vec<String>,
    /// How many there are.
    pub count: usize,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemRow {
    /// Its key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub flow_type: FlowType,
    /// Its business value.
    pub value: Option<f64>,
    /// `not_started`, `open`, `done` or `cancelled`.
    pub outcome: String,
    /// Where it is; the stage's name.
    pub stage: String,
    /// How much of its history is known.
    pub history: History,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// When it was started.
    pub started: Option<DateTime<Utc>>,
    /// When it was done or cancelled.
    pub finished: Option<DateTime<Utc>>,
    /// From started to done; `None` for items that are not done or never started.
    pub flow_time_hours: Option<f64>,
    /// The same without what lay between done and being reopened.
    pub net_hours: Option<f64>,
    /// The same in working time.
    pub business_hours: Option<f64>,
    /// Time since it was started, of an item in progress; until it was cancelled, of a cancelled one.
    pub age_hours: Option<f64>,
    /// Time in active stages, blocked or not; of an item that tells its history, like the next two.
    pub active_hours: Option<f64>,
    /// Time in wait stages.
    pub wait_hours: Option<f64>,
    /// Blocked time in active stages.
    pub blocked_in_active_hours: Option<f64>,
    /// Active time without blocked time, divided by active and wait time.
    pub efficiency: Option<f64>,
    /// How often it was reopened.
    pub reopened: usize,
    /// How often it went back to an earlier stage.
    pub moved_back: usize,
    /// Hours per stage, in the order of `definitions.stages`; stages it was never in are left out.
    pub stages: Vec<StageHours>,
    /// Hours of feedback, if there was any.
    pub feedback_hours: Option<f64>,
}

/// One item in one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageHours {
    /// The stage.
    pub stage: String,
    /// When it first entered it.
    pub entered: DateTime<Utc>,
    /// Hours of all its visits.
    pub hours: f64,
}
