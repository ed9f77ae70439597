//! The flags of `dora trend`; the others are in `cli`.

use std::ffi::OsString;

use clap::{Args, ValueEnum};

/// `dora trend`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    dora trend                                   the four metrics, month by month\n  \
    dora trend lead-time --by week --last 26w\n  \
    dora trend deployment-frequency --by quarter --last 3y\n  \
    dora trend flow-time flow-velocity           work items, as imported\n  \
    dora trend --export trend.csv --export trend.json")]
pub(crate) struct Trend {
    /// What to show; without it, the four metrics of delivery
    #[arg(value_enum, value_name = "METRIC", ignore_case = true)]
    pub(crate) metrics: Vec<TrendMetric>,

    /// Whole calendar buckets of this length
    #[arg(long, value_enum, value_name = "UNIT", default_value = "month")]
    pub(crate) by: TrendUnit,

    /// How far back: 12mo, 26w, 2y, 2026, A..B (see: dora help periods); without it 12mo, by week 26w, by
    /// quarter 3y
    #[arg(long, value_name = "PERIOD", allow_hyphen_values = true)]
    pub(crate) last: Option<String>,

    /// The environment
    #[arg(long, short, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// Only this component
    #[arg(long, value_name = "NAME")]
    pub(crate) component: Option<String>,

    /// Also write a file; its extension decides the format (.json .csv .md)
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "", action = clap::ArgAction::Append)]
    pub(crate) export: Vec<OsString>,
}

/// Metrics that have a long view; their other names are those of `dora why`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrendMetric {
    /// Deployments per day
    #[value(aliases = ["frequency", "deployments"], alias = "deployment_frequency")]
    DeploymentFrequency,
    /// Median lead time for changes
    #[value(aliases = ["lead-time-for-changes", "lead"], alias = "lead_time")]
    LeadTime,
    /// Share of deployments that failed
    #[value(aliases = ["failure-rate", "failures", "cfr"], alias = "change_failure_rate")]
    ChangeFailureRate,
    /// Median time to restore
    #[value(aliases = ["mttr", "restore", "recovery-time"], alias = "time_to_restore")]
    TimeToRestore,
    /// Share of deployments that repaired
    #[value(aliases = ["rework"], alias = "rework_rate")]
    ReworkRate,
    /// Median flow time of work items
    #[value(alias = "flow_time")]
    FlowTime,
    /// Time at work ÷ time in the stream
    #[value(aliases = ["efficiency"], alias = "flow_efficiency")]
    FlowEfficiency,
    /// Work items done per week
    #[value(aliases = ["velocity", "throughput"], alias = "flow_velocity")]
    FlowVelocity,
    /// Mean number of work items in progress
    #[value(aliases = ["load", "wip"], alias = "flow_load")]
    FlowLoad,
}

/// Units of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrendUnit {
    /// ISO weeks
    Week,
    /// Months
    Month,
    /// Quarters
    Quarter,
}
