//! The shape of a report: the JSON export of spec 3.3, field by field, and what the screens need
//! beyond it. Field names are a contract: fields may be added, never renamed.
//! Durations are minutes as real numbers, ratios 0 to 1, instants RFC 3339 in UTC; `None` is `null`
//! and always has a `reason` beside it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::ledger::FailureRule;
use crate::model::{Band, Certainty, Judgement, Notice};

use super::censored::CensoredMedian;
use super::flow::FlowSummary;
use super::github::GithubData;
use super::scope::Scope;
use super::stages::Stages;

/// What a command prints: one report, or one per environment.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// The report of one environment.
    One(Box<Report>),
    /// `--environment all`: one report per environment, most production-like first.
    All(Vec<Report>),
}

impl Document {
    /// Its reports, however many.
    pub fn reports(&self) -> &[Report] {
        match self {
            Self::One(report) => std::slice::from_ref(report),
            Self::All(reports) => reports,
        }
    }
}

/// The report of one environment over one period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this document's shape; 1.
    pub schema_version: u32,
    /// Version of the tool that made it.
    pub tool_version: String,
    /// The `as of` instant: the only clock.
    pub generated_at: DateTime<Utc>,
    /// Name of the analysed repository.
    #[serde(default)]
    pub repository: String,
    /// The period.
    pub period: PeriodRange,
    /// The period it is compared with.
    pub previous_period: PeriodRange,
    /// Zone of calendar days and weeks.
    #[serde(default)]
    pub timezone: String,
    /// The environment; empty when the repository has none.
    pub environment: String,
    /// Whether it is a production environment.
    pub environment_is_production: bool,
    /// `state-file`, `recorded`, `github-run`, `github-deployment`, `tag` or `none`.
    pub deployment_source: String,
    /// The same with path or count, for people.
    #[serde(default)]
    pub deployment_source_detail: String,
    /// Of when the data of GitHub is; `None` where GitHub was never asked.
    #[serde(default)]
    pub github: Option<GithubData>,
    /// The value stream in short; only where it was asked for (`--verbose`) and work items are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowSummary>,
    /// The component the report is limited to, if it is.
    #[serde(default)]
    pub component: Option<String>,
    /// The flags that asked for it, which every command below repeats; absent without any.
    #[serde(default, skip_serializing_if = "Scope::is_any")]
    pub asked: Scope,
    /// Which definitions were used.
    pub definitions: Definitions,
    /// The numbers of the period.
    pub metrics: Metrics,
    /// The numbers of the previous period, without trends; `None` when there is nothing before.
    #[serde(default)]
    pub previous_metrics: Option<Metrics>,
    /// The worst band among metrics with data.
    pub overall_band: Option<Band>,
    /// The metrics (JSON keys) that hold the overall band back; empty when it is the best there is.
    pub held_back_by: Vec<String>,
    /// How many metrics are elite.
    pub metrics_in_elite: usize,
    /// How many are high.
    pub metrics_in_high: usize,
    /// How many are medium.
    pub metrics_in_medium: usize,
    /// How many are low.
    pub metrics_in_low: usize,
    /// Whole ISO weeks that overlap the period, oldest first.
    #[serde(default)]
    pub weeks: Vec<WeekRow>,
    /// Deployments per calendar day; filled for periods of up to 14 days, else empty.
    #[serde(default)]
    pub days: Vec<DayRow>,
    /// Lead times by size.
    #[serde(default)]
    pub lead_time_distribution: Vec<DistributionBar>,
    /// The numbers per component, by name.
    #[serde(default)]
    pub components: Vec<ComponentSummary>,
    /// The slowest changes of the period, slowest first, at most ten.
    #[serde(default)]
    pub slowest_changes: Vec<SlowChange>,
    /// Outages that ended in the period or are open at its end, by beginning.
    #[serde(default)]
    pub outages: Vec<OutageRow>,
    /// Incidents opened or resolved in the period or open at its end, by opening.
    #[serde(default)]
    pub incidents: Vec<IncidentRow>,
    /// What was left out of the numbers, and by which rule.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
    /// At most three things to do, each tied to a number above.
    #[serde(default)]
    pub recommendations: Vec<Recommendation>,
    /// Time of the newest deployment known, inside the period or not.
    #[serde(default)]
    pub last_deployment_at: Option<DateTime<Utc>>,
    /// Deployments, redeployments and attempts of the period, in order.
    pub deployments: Vec<DeploymentRow>,
    /// Everything the readers left out, rejected or assumed.
    pub notices: Vec<Notice>,
}

/// A period: half-open, with its exact length.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeriodRange {
    /// First instant inside.
    pub start: DateTime<Utc>,
    /// First instant no longer inside.
    pub end: DateTime<Utc>,
    /// Exact length in days of 24 hours.
    pub days: f64,
    /// As a person would say it: `30 days`, `2026-Q3`, `2026-08-01 to 2026-08-31`.
    #[serde(default)]
    pub label: String,
    /// False when the period was cut at the `as of` instant.
    #[serde(default = "yes")]
    pub complete: bool,
}

fn yes() -> bool {
    true
}

/// The definitions in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definitions {
    /// Name of the band profile (`cd-agent`, `2024`, `custom`, `2025`).
    pub bands: String,
    /// `author` or `committer`.
    pub lead_time_start: String,
    /// Failure rules that are on, `marked` first.
    pub failure_rules: Vec<String>,
    /// Window of the rules `hotfix` and `acceptance`.
    #[serde(default)]
    pub hotfix_window_minutes: u32,
    /// Window of the rule `incident`.
    #[serde(default)]
    pub incident_window_hours: u32,
}

/// The five metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Spec 2.4.
    pub deployment_frequency: DeploymentFrequency,
    /// Spec 2.5.
    pub lead_time: LeadTime,
    /// Spec 2.6.
    pub change_failure_rate: ChangeFailureRate,
    /// Spec 2.7.
    pub mttr: TimeToRestore,
    /// Spec 2.8.
    pub rework_rate: ReworkRate,
}

/// A change against the previous period (spec 2.10).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trend {
    /// The judgement.
    pub direction: Judgement,
    /// Relative change in per cent of the previous value; `None` from a previous 0.
    pub change_percent: Option<f64>,
    /// The previous value, in the metric's unit.
    pub previous_value: Option<f64>,
    /// Whether the change is visible at 5 %, two-sided.
    pub significant: Option<bool>,
}

/// Deployment frequency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentFrequency {
    /// Deployments per day.
    pub value: Option<f64>,
    /// `deploys_per_day`.
    pub unit: String,
    /// Deployments of the period.
    pub count: usize,
    /// Days they are divided by.
    pub days: f64,
    /// Band, `None` without data or in the profile `2025`.
    pub band: Option<Band>,
    /// Place in the 2025 distribution (`top 22.7 %`), with the profile `2025` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<String>,
    /// How sure the band is.
    pub certainty: Option<Certainty>,
    /// The limit of the best band.
    pub target: Option<f64>,
    /// Exact Poisson, 95 %.
    pub interval95: Option<[f64; 2]>,
    /// Against the previous period.
    pub trend: Trend,
    /// Deployments per day of every environment, by name.
    pub breakdown: BTreeMap<String, f64>,
    /// Median number of days with a deployment per whole week of the period.
    #[serde(default)]
    pub deploy_days_per_week: Option<f64>,
    /// Why there is no value.
    pub reason: Option<String>,
}

/// Lead time for changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeadTime {
    /// Median over changes, in minutes.
    pub value: Option<f64>,
    /// `minutes`.
    pub unit: String,
    /// Changes with a lead time.
    pub count: usize,
    /// Band.
    pub band: Option<Band>,
    /// Place in the 2025 distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<String>,
    /// How sure the band is.
    pub certainty: Option<Certainty>,
    /// The limit of the best band.
    pub target: Option<f64>,
    /// Order statistics, 95 %; from 6 changes on.
    pub interval95: Option<[f64; 2]>,
    /// Type 7 percentiles.
    pub percentiles: Percentiles,
    /// The slowest change, in minutes.
    #[serde(default)]
    pub slowest: Option<f64>,
    /// The median that counts changes still waiting at the end of the period as at least so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub censored_median: Option<CensoredMedian>,
    /// Changes that wait to be deployed.
    pub waiting: WaitingSummary,
    /// Where the time of pull requests goes; `None` when nothing is known of pull requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<Stages>,
    /// Against the previous period.
    pub trend: Trend,
    /// Why there is no value.
    pub reason: Option<String>,
}

/// Percentiles in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Percentiles {
    /// Median.
    pub p50: Option<f64>,
    /// 75 %.
    pub p75: Option<f64>,
    /// 90 %.
    pub p90: Option<f64>,
    /// 95 %; only from 20 observations on.
    pub p95: Option<f64>,
}

/// Changes that wait.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct WaitingSummary {
    /// How many; `None` when it is not known.
    pub count: Option<usize>,
    /// Age of the oldest in minutes.
    pub oldest_minutes: Option<f64>,
    /// Why the count is not known, or what it leaves out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Change failure rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeFailureRate {
    /// Failed ÷ all, 0 to 1.
    pub value: Option<f64>,
    /// `ratio`.
    pub unit: String,
    /// Failed deployments and attempts: the numerator.
    pub failed: usize,
    /// Failed attempts among them.
    pub attempts: usize,
    /// Deployments and failed attempts: the denominator.
    pub total: usize,
    /// Band.
    pub band: Option<Band>,
    /// Place in the 2025 distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<String>,
    /// How sure the band is.
    pub certainty: Option<Certainty>,
    /// The limit of the best band.
    pub target: Option<f64>,
    /// Wilson, 95 %.
    pub interval95: Option<[f64; 2]>,
    /// Against the previous period.
    pub trend: Trend,
    /// Why there is no value.
    pub reason: Option<String>,
    /// The failures behind it.
    pub failures: FailureList,
    /// Failed deployments by their first rule, by name.
    #[serde(default)]
    pub by_rule: BTreeMap<String, usize>,
}

/// The failures behind the rate.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct FailureList {
    /// Deployments of the period.
    pub total_deployments: usize,
    /// Failed ones.
    pub failed_deployments: usize,
    /// The newest ten, newest first.
    pub recent: Vec<FailureRow>,
}

/// One failed deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailureRow {
    /// Its day in the configured zone.
    pub date: NaiveDate,
    /// The rule that says so (the first, in the order of spec 2.6).
    pub reason: String,
    /// From the deployment to its end, in minutes; `None` while open.
    pub resolution_time_minutes: Option<f64>,
    /// The id of the deployment.
    #[serde(default)]
    pub deployment: String,
}

/// Time to restore service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeToRestore {
    /// Median of ended outages, in minutes.
    pub value: Option<f64>,
    /// `minutes`.
    pub unit: String,
    /// Outages that ended in the period.
    pub count: usize,
    /// Outages open at its end.
    pub open: usize,
    /// The fastest, in minutes.
    pub fastest: Option<f64>,
    /// The slowest, in minutes.
    pub slowest: Option<f64>,
    /// The median that counts outages open at the end of the period as at least so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub censored_median: Option<CensoredMedian>,
    /// Band.
    pub band: Option<Band>,
    /// Place in the 2025 distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<String>,
    /// How sure the band is.
    pub certainty: Option<Certainty>,
    /// The limit of the best band.
    pub target: Option<f64>,
    /// Order statistics, 95 %; from 6 outages on.
    pub interval95: Option<[f64; 2]>,
    /// Against the previous period.
    pub trend: Trend,
    /// Why there is no value.
    pub reason: Option<String>,
    /// cd-agent's summary of the same.
    pub incidents: RestoreSummary,
}

/// cd-agent's summary of outages.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RestoreSummary {
    /// Outages that ended in the period.
    pub total: usize,
    /// The fastest, in minutes.
    pub fastest: Option<f64>,
    /// The slowest, in minutes.
    pub slowest: Option<f64>,
    /// The median, in minutes.
    pub median: Option<f64>,
}

/// Deployment rework rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReworkRate {
    /// Rework ÷ deployments, 0 to 1.
    pub value: Option<f64>,
    /// `ratio`.
    pub unit: String,
    /// Deployments that repaired.
    pub rework: usize,
    /// Deployments.
    pub total: usize,
    /// Why there is no value.
    pub reason: Option<String>,
}

/// One whole ISO week in the configured zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeekRow {
    /// `2026-W10`.
    pub week: String,
    /// Its first instant.
    pub start: DateTime<Utc>,
    /// The first instant after it.
    pub end: DateTime<Utc>,
    /// False when part of it lies after the `as of` instant or before the record.
    pub complete: bool,
    /// Deployments.
    pub deployments: usize,
    /// Median lead time in minutes.
    pub lead_time_minutes: Option<f64>,
    /// Change failure rate, 0 to 1.
    pub change_failure_rate: Option<f64>,
    /// Median time to restore in minutes.
    pub restore_minutes: Option<f64>,
}

/// One calendar day in the configured zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayRow {
    /// The day.
    pub date: NaiveDate,
    /// Deployments.
    pub deployments: usize,
}

/// One bar of the distribution of lead times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DistributionBar {
    /// Upper limit in minutes, inclusive; `None` for the last bar.
    pub up_to_minutes: Option<f64>,
    /// Changes in it.
    pub count: usize,
    /// Share of all, 0 to 1.
    pub share: f64,
}

/// The numbers of one component.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComponentSummary {
    /// Its name.
    pub name: String,
    /// Deployments in which it changed.
    pub deployments: usize,
    /// Changes that came through it.
    pub changes: usize,
    /// Median of their lead times in minutes.
    pub lead_time_minutes: Option<f64>,
    /// Failed deployments whose evidence names it, or no component.
    pub failed: usize,
    /// Deployments whose version of it does not resolve.
    pub unresolved: usize,
}

/// One slow change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlowChange {
    /// Full commit id.
    pub commit: String,
    /// Name of its repository.
    pub repository: String,
    /// First line of its message; foreign text.
    pub subject: String,
    /// When it was committed.
    pub committed_at: DateTime<Utc>,
    /// Lead time in minutes.
    pub lead_time_minutes: f64,
    /// The id of the deployment that brought it.
    pub deployment: String,
}

/// One outage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutageRow {
    /// When it began.
    pub start: DateTime<Utc>,
    /// When it ended; `None` while open.
    pub end: Option<DateTime<Utc>>,
    /// Its length in minutes, or its age while open.
    pub minutes: f64,
    /// Ids of the deployments that failed in it.
    pub deployments: Vec<String>,
    /// Ids of its incidents.
    pub incidents: Vec<String>,
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentRow {
    /// Its id.
    pub id: String,
    /// Its title; foreign text.
    pub title: String,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it was resolved; `None` while open.
    pub resolved_at: Option<DateTime<Utc>>,
    /// The deployment it names, if it names one.
    pub deployment: Option<String>,
    /// Severity as recorded.
    pub severity: Option<String>,
    /// `Some(false)`: no deployment caused it, and it is in no metric.
    #[serde(default)]
    pub caused_by_change: Option<bool>,
}

/// Something left out of the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// What ("merge commits are no changes", "redeployments").
    pub what: String,
    /// How many in the period.
    pub count: usize,
    /// The rule, in words.
    pub rule: String,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// Stable kebab-case code.
    pub code: String,
    /// The advice with its number, one sentence.
    pub text: String,
    /// The command that opens the number, if there is one.
    pub command: Option<String>,
}

/// One row of the list of deployments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeploymentRow {
    /// Its id.
    pub id: String,
    /// When.
    pub timestamp: DateTime<Utc>,
    /// Where.
    pub environment: String,
    /// `deployment`, `redeployment` or `attempt`.
    pub kind: String,
    /// `state-file`, `recorded`, `tag`, …
    pub source: String,
    /// All sources that tell of it, that one first; empty in exports of earlier versions.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What was recorded about it; foreign text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Other ids of the same deployment.
    pub aliases: Vec<String>,
    /// The commit of the snapshot or tag.
    pub state_commit: Option<String>,
    /// The first changed component's resolved commit.
    pub commit_sha: Option<String>,
    /// False for a failed attempt.
    pub success: bool,
    /// The components that changed.
    pub components: Vec<ComponentRow>,
    /// How many changes it brought.
    pub changes: usize,
    /// Median lead time of those, in minutes.
    pub lead_time_minutes: Option<f64>,
    /// Whether it failed.
    pub failed: bool,
    /// Why.
    pub evidence: Vec<EvidenceRow>,
    /// Taken away by a rollback beyond it, without having failed.
    pub rolled_back: bool,
    /// The id of the deployment that repaired it.
    pub remedy: Option<String>,
    /// When its failure ended.
    pub restored_at: Option<DateTime<Utc>>,
}

/// One component of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComponentRow {
    /// Its name.
    pub name: String,
    /// The version before.
    pub from: Option<String>,
    /// The version now.
    pub to: String,
    /// The commit it resolves to.
    pub commit: Option<String>,
    /// `baseline`, `forward`, `rollback`, `sideways`, `redeploy` or `unresolved`.
    pub kind: String,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceRow {
    /// The rule.
    pub rule: String,
    /// The component.
    pub component: Option<String>,
    /// The commit that shows it.
    pub commit: Option<String>,
    /// The incident that shows it.
    pub incident: Option<String>,
    /// The number of the deploy run that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u64>,
    /// When it showed.
    pub at: DateTime<Utc>,
    /// The id of the deployment that repaired it.
    pub remedy: Option<String>,
    /// In words; may hold foreign text.
    pub detail: String,
}

impl EvidenceRow {
    /// Whether the detail says the rule itself (`marked failed`), which then need not stand before it.
    pub fn names_its_rule(&self) -> bool {
        self.rule == FailureRule::Marked.name() && self.detail.starts_with(&self.rule)
    }
}
