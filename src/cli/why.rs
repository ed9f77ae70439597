//! The flags of `dora why`; the others are in `cli`.

use std::ffi::OsString;

use clap::Args;

/// `dora why`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    dora why lead-time\n  \
    dora why change-failure-rate --deployment production-20260303T091000Z\n  \
    dora why time-to-restore --period 2026-Q3 --format csv\n  \
    dora why band\n  \
    dora why flow-efficiency                     a number of dora flow\n  \
    dora why \"stage:Code Review\"                the visits to one stage\n  \
    dora why stage-age-p85                       what a rule of findings found, and why not the rest")]
pub(crate) struct Why {
    /// The number: deployment-frequency, lead-time, change-failure-rate, time-to-restore, rework-rate,
    /// waiting, band; of work items flow-time, flow-efficiency, flow-load, flow-velocity,
    /// flow-distribution, blocked-time, constraint, service-level, stage-time, stage:NAME, idea-to-cash,
    /// idea-to-production, coverage, tracker-gap, value, or a rule of findings: stage-age-two-sigma,
    /// stage-age-p85, old-item, wip-limit, stage-overfull, low-efficiency, finding:blocked
    #[arg(value_name = "NUMBER")]
    pub(crate) subject: Option<String>,

    /// Only what concerns this deployment: its id, an alias, or the begin of one
    #[arg(long, value_name = "ID", conflicts_with = "period")]
    pub(crate) deployment: Option<String>,

    /// The period: 30, 7d, 2w, 3mo, 2026-08, 2026-W34, 2026-Q3, A..B, last-month (see: dora help periods)
    #[arg(long, short, value_name = "PERIOD", allow_hyphen_values = true)]
    pub(crate) period: Option<String>,

    /// The environment
    #[arg(long, short, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// Only this component
    #[arg(long, value_name = "NAME")]
    pub(crate) component: Option<String>,

    /// Every row on the screen, not only the first of each list
    #[arg(long)]
    pub(crate) all: bool,

    /// Also write a file; its extension decides the format (.json .csv .md)
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "", action = clap::ArgAction::Append)]
    pub(crate) export: Vec<OsString>,
}
