//! The flags of `dora flow` and `dora value`; the others are in `cli`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `dora flow`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    dora flow --period 2026-Q3 --target 120h\n  \
    dora flow FOC-123                            one item, from idea to production\n  \
    dora flow --stages                           which status is which stage\n  \
    dora flow --export vsm.csv                   hours per item and stage\n  \
    dora flow --export dates.csv --of stage-dates")]
pub(crate) struct Flow {
    /// Only this item, from idea to production: its key, or the begin of it
    #[arg(value_name = "KEY", conflicts_with_all = ["stages", "compact", "target", "of", "period"])]
    pub(crate) key: Option<String>,

    /// The period: 30, 7d, 2w, 3mo, 2026-08, 2026-W34, 2026-Q3, A..B, last-month (see: dora help periods)
    #[arg(long, short, value_name = "PERIOD", allow_hyphen_values = true)]
    pub(crate) period: Option<String>,

    /// How long an item should take at most, from idea to done: 120h, 5d, 2w; over `flow.target_hours`
    #[arg(long, value_name = "TIME")]
    pub(crate) target: Option<String>,

    /// Show working time, too
    #[arg(long, value_enum, value_name = "CALENDAR", default_value = "elapsed")]
    pub(crate) calendar: Calendar,

    /// Which status is which stage, and which statuses were seen
    #[arg(long, conflicts_with_all = ["verbose", "compact"])]
    pub(crate) stages: bool,

    /// Three lines
    #[arg(long, conflicts_with = "verbose")]
    pub(crate) compact: bool,

    /// Everything: charts, weeks, items, statuses, what was set aside, definitions
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// The environment whose deployments count as production
    #[arg(long, short, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// Leave commits and deployments aside
    #[arg(long)]
    pub(crate) no_code: bool,

    /// Also write a file; its extension decides the format (.json .csv .md)
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "", action = clap::ArgAction::Append)]
    pub(crate) export: Vec<OsString>,

    /// What a CSV holds
    #[arg(long, value_enum, value_name = "ROWS", default_value = "hours")]
    pub(crate) of: FlowRows,
}

/// `dora value`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    dora value --period 2026-Q3\n  \
    dora value --usage usage.csv                 columns: key and any of adoption_pct, nps_gain, usage, nps, uptime, incidents, severity\n  \
    dora value --export value.json")]
pub(crate) struct Value {
    /// The period: 30, 7d, 2w, 3mo, 2026-08, 2026-W34, 2026-Q3, A..B, last-month (see: dora help periods)
    #[arg(long, short, value_name = "PERIOD", allow_hyphen_values = true)]
    pub(crate) period: Option<String>,

    /// A CSV of how items are used: `key` and any of adoption_pct, nps_gain, usage, nps, uptime,
    /// incidents, severity
    #[arg(long, value_name = "FILE")]
    pub(crate) usage: Option<PathBuf>,

    /// Every row of every list
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// Also write a file; its extension decides the format (.json .csv .md)
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "", action = clap::ArgAction::Append)]
    pub(crate) export: Vec<OsString>,
}

/// Which time is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Calendar {
    /// Elapsed time only
    Elapsed,
    /// Working time beside it
    Business,
}

/// What the rows of a CSV of the value stream are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FlowRows {
    /// One row per item, one column of hours per stage
    Hours,
    /// One row per item, the day it entered each stage: `dora import` reads it
    StageDates,
    /// One row per item with its figures
    Items,
    /// One row per stage
    Stages,
    /// One row per flow metric
    Metrics,
}
