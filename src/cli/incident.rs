//! The flags of `dora incident` and its commands; the others are in `cli`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `dora incident`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    dora incident open 'Checkout answers with errors' --at '20 min ago' --severity sev2\n  \
    dora incident resolve incident-2026\n  \
    dora incident list --open\n  \
    dora incident import pagerduty.csv\n\n\
    An incident fails the deployment it names, else the latest one within 24 h before it.\n\
    Times are 2026-03-02T14:05:00Z, `2026-03-02 14:05`, 14:05, `yesterday 14:05`, `2 hours ago`.")]
pub(crate) struct Incident {
    /// What to do
    #[command(subcommand)]
    pub(crate) action: IncidentAction,
}

/// What to do with incidents.
#[derive(Debug, Subcommand)]
pub(crate) enum IncidentAction {
    /// Record that an incident began
    Open(IncidentOpen),
    /// Record that it ended
    Resolve(IncidentResolve),
    /// List incidents: of the last 30 days, and all that are open
    List(IncidentList),
    /// Correct what is recorded of one
    Edit(IncidentEdit),
    /// Take over incidents from exports of other tools (CSV, JSON), each once
    Import(IncidentImport),
}

/// `dora incident open`.
#[derive(Debug, Args)]
pub(crate) struct IncidentOpen {
    /// What happened, in one line
    #[arg(value_name = "TITLE")]
    pub(crate) title: String,

    /// When it began; default: now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,

    /// Where; default: the measured environment
    #[arg(long, short, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// The deployment that caused it: its id, or the unique begin of it
    #[arg(long, value_name = "ID", conflicts_with = "not_caused_by_change")]
    pub(crate) deployment: Option<String>,

    /// How bad it is
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) severity: Option<Severity>,

    /// No deployment caused it: kept and listed, in no metric
    #[arg(long)]
    pub(crate) not_caused_by_change: bool,
}

/// `dora incident resolve`.
#[derive(Debug, Args)]
pub(crate) struct IncidentResolve {
    /// Its id, an alias, or the unique begin of one
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    /// When it ended; default: now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

/// `dora incident list`.
#[derive(Debug, Args)]
pub(crate) struct IncidentList {
    /// Only those that are open
    #[arg(long, conflicts_with = "all")]
    pub(crate) open: bool,

    /// All that were ever recorded
    #[arg(long)]
    pub(crate) all: bool,
}

/// `dora incident edit`.
#[derive(Debug, Args)]
pub(crate) struct IncidentEdit {
    /// Its id, an alias, or the unique begin of one
    #[arg(value_name = "ID")]
    pub(crate) id: String,

    /// What happened, in one line
    #[arg(long, value_name = "TITLE")]
    pub(crate) title: Option<String>,

    /// When it began
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,

    /// When it ended
    #[arg(long, value_name = "TIME", conflicts_with = "reopen")]
    pub(crate) resolved_at: Option<String>,

    /// It has not ended
    #[arg(long)]
    pub(crate) reopen: bool,

    /// Where
    #[arg(long, short, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// The deployment that caused it
    #[arg(long, value_name = "ID", conflicts_with_all = ["no_deployment", "not_caused_by_change"])]
    pub(crate) deployment: Option<String>,

    /// Name no deployment: the latest one within 24 h before it is taken for the cause
    #[arg(long)]
    pub(crate) no_deployment: bool,

    /// How bad it is
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) severity: Option<Severity>,

    /// A deployment caused it
    #[arg(long, conflicts_with = "not_caused_by_change")]
    pub(crate) caused_by_change: bool,

    /// No deployment caused it: kept and listed, in no metric
    #[arg(long)]
    pub(crate) not_caused_by_change: bool,
}

/// `dora incident import`.
#[derive(Debug, Args)]
#[command(
    after_help = "Columns: title and opened_at; any of resolved_at, environment, deployment, severity,\n\
    caused_by_change, id. The names that other tools give them are in docs/recording.md."
)]
pub(crate) struct IncidentImport {
    /// Exports; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Say what would be new and keep nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// How bad an incident is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Severity {
    /// Nothing works
    Sev1,
    /// Much does not work, or many are affected
    Sev2,
    /// Something does not work, there is a way around
    Sev3,
    /// Hardly anybody notices
    Sev4,
}

impl Severity {
    /// As it is recorded.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sev1 => "sev1",
            Self::Sev2 => "sev2",
            Self::Sev3 => "sev3",
            Self::Sev4 => "sev4",
        }
    }
}
