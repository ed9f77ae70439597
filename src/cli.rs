//! Every flag and its help text, nothing else: with `cli/` the only place that knows clap.
//! `commands` turns what was typed into what is meant.

mod doctor;
mod explain;
mod flow;
mod incident;
mod recording;
mod trend;
mod why;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use doctor::Doctor;
pub(crate) use explain::Explain;
pub(crate) use flow::{Calendar, Flow, FlowRows, Value};
pub(crate) use incident::{
    Incident, IncidentAction, IncidentEdit, IncidentImport, IncidentList, IncidentOpen,
    IncidentResolve,
};
pub(crate) use recording::{Deploy, Mark, MarkVerdict};
pub(crate) use trend::{Trend, TrendMetric, TrendUnit};
pub(crate) use why::Why;

/// DORA metrics from the history of this repository: local, exact, with the evidence.
#[derive(Debug, Parser)]
#[command(
    name = "dora",
    bin_name = "dora",
    version,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "Examples:\n  \
        dora                                       the four metrics in five lines\n  \
        dora init                                  find the data sources, keep settings and records\n  \
        dora report --period 2026-Q3 --verbose     everything behind the numbers of a quarter\n  \
        dora report --export q3.csv --export q3.md files to hand on\n  \
        dora why lead-time                         every row behind a number, and every row left out\n  \
        dora import issues.json && dora flow       where work waits, from idea to production\n  \
        dora demo                                  a sample project and its report\n\n\
        More: dora help exit-codes, dora help periods, dora help formats"
)]
pub(crate) struct Cli {
    /// What to do; without it, the compact report of the repository here
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Flags that every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Common {
    /// Analyse the repository in DIR instead of the one here
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) directory: Option<PathBuf>,

    /// Analyse this branch, tag or commit instead of HEAD
    #[arg(long = "ref", value_name = "REF", global = true)]
    pub(crate) reference: Option<String>,

    /// Look at the world as of this instant (RFC 3339, a day, `3d ago`): nothing at or after it exists
    #[arg(long, value_name = "T", global = true)]
    pub(crate) as_of: Option<String>,

    /// Format of the standard output
    #[arg(long, value_enum, value_name = "FORMAT", global = true)]
    pub(crate) format: Option<Format>,

    /// When to colour
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        global = true,
        default_value = "auto"
    )]
    pub(crate) color: When,

    /// Which characters to draw with
    #[arg(
        long,
        value_enum,
        value_name = "SET",
        global = true,
        default_value = "auto"
    )]
    pub(crate) charset: Charset,

    /// Plain sentences instead of tables and charts
    #[arg(long, global = true)]
    pub(crate) accessible: bool,

    /// No notices and no progress on standard error
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// No progress on standard error
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,

    /// Open no network connection
    #[arg(long, global = true, env = "DORA_OFFLINE", value_parser = clap::builder::FalseyValueParser::new(), hide_env_values = true)]
    pub(crate) offline: bool,

    /// Fail when there is no data (exit 5) or the data is incomplete (exit 7)
    #[arg(long, global = true)]
    pub(crate) strict: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find the data sources, show how they will be read, create .dora/ and print the baseline
    Init(Init),
    /// Report the metrics of a period
    Report(Box<Report>),
    /// Open one number: every row that counted, every row that did not, and the arithmetic
    Why(Box<Why>),
    /// Show the long view: metrics week by week, month by month, quarter by quarter
    Trend(Trend),
    /// Show where work waits: the value stream of imported work items, or of one of them
    Flow(Box<Flow>),
    /// Show what was delivered in business value, and what came of it
    Value(Value),
    /// Record a deployment that git does not tell of, or an attempt that failed
    Deploy(Deploy),
    /// Record incidents: open, resolve, list, edit, import
    Incident(Incident),
    /// Say that a deployment failed, or did not, whatever the rules say
    Mark(Mark),
    /// Read exports of trackers: work items and what happened to them
    Import(Import),
    /// Read what GitHub knows of deployments into the cache
    Sync(Sync),
    /// Check repository, settings, records and terminal, and say what mends them
    Doctor(Doctor),
    /// Write a sample project and report on it
    Demo(Demo),
    /// Define a term: a metric, a word, a rule, a notice, a profile of bands
    Explain(Explain),
    /// Explain a command or a topic
    Help(Help),
}

/// `dora init`.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Days shown as the baseline
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36500))]
    pub(crate) lookback: Option<u32>,

    /// Use no GitHub data: ask nothing, and leave aside what is cached
    #[arg(long)]
    pub(crate) skip_github: bool,

    /// Rebuild derived files and cache; what people recorded is kept
    #[arg(long)]
    pub(crate) reset: bool,

    /// Let git track .dora/ (only its cache and lock are ignored)
    #[arg(long)]
    pub(crate) track: bool,

    /// Also write the slash commands /dora-init and /dora-report of Claude Code to .claude/commands/
    #[arg(long)]
    pub(crate) claude: bool,

    /// Replace slash commands that are there and differ; the old ones are kept as .bak
    #[arg(long, requires = "claude")]
    pub(crate) force: bool,

    /// Show what would be done and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Show everything behind the baseline
    #[arg(long)]
    pub(crate) verbose: bool,
}

/// `dora report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    dora report --period 7\n  \
    dora report --period 2026-Q3 --compare\n  \
    dora report --environment all --compact\n  \
    dora report --format json | jq .metrics.lead_time\n  \
    dora report --export quarter.csv --export quarter.json")]
pub(crate) struct Report {
    /// The period: 30, 7d, 2w, 3mo, 2026-08, 2026-W34, 2026-Q3, A..B, last-month (see: dora help periods)
    #[arg(long, short, value_name = "PERIOD", allow_hyphen_values = true)]
    pub(crate) period: Option<String>,

    /// The environment, or `all`
    #[arg(long, short, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// Only this component
    #[arg(long, value_name = "NAME")]
    pub(crate) component: Option<String>,

    /// Four lines and the overall band
    #[arg(long, conflicts_with = "verbose")]
    pub(crate) compact: bool,

    /// Everything: distributions, deployments with their evidence, what was left out
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// This period and the one before side by side
    #[arg(long)]
    pub(crate) compare: bool,

    /// Also write a file; its extension decides the format (.json .csv .md)
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "", action = clap::ArgAction::Append)]
    pub(crate) export: Vec<OsString>,

    /// What a CSV holds
    #[arg(long, value_enum, value_name = "ROWS", default_value = "metrics")]
    pub(crate) of: Rows,

    /// Print the numbers of the last run with their age; compute nothing
    #[arg(long, conflicts_with_all = ["recalculate", "from", "period", "environment", "component"])]
    pub(crate) fast: bool,

    /// Ignore every cache
    #[arg(long)]
    pub(crate) recalculate: bool,

    /// Ask GitHub first, however new the cached data is
    #[arg(long, conflicts_with_all = ["fast", "from"])]
    pub(crate) sync: bool,

    /// Render a report exported as JSON earlier
    #[arg(long, value_name = "FILE", conflicts_with_all = ["period", "environment", "component"])]
    pub(crate) from: Option<PathBuf>,
}

/// `dora import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    dora import jira.json board.csv\n  dora import --history exports/board.jsonl\n  \
    dora import --from github                    issues of this repository, with their history\n  \
    dora import --dry-run --format json export.csv\n\n\
    The format is told from the content (docs/import.md). What is known already is not kept twice.")]
pub(crate) struct Import {
    /// Exports of trackers; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Read every version of a file that git tracks, oldest first: a history for exports without one
    #[arg(long, value_name = "FILE")]
    pub(crate) history: Vec<PathBuf>,

    /// Ask a tracker over the network, with the rights of dora sync
    #[arg(long, value_enum, value_name = "TRACKER", conflicts_with_all = ["files", "history", "as_format"])]
    pub(crate) from: Option<ImportFrom>,

    /// Read the files in this format, whatever they look like
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) as_format: Option<String>,

    /// Leave out items that did not change since: a day, an instant, or how long ago (30d, 3mo)
    #[arg(long, value_name = "D")]
    pub(crate) since: Option<String>,

    /// Say what would be new and keep nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Trackers that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFrom {
    /// The issues of the repository on GitHub
    Github,
}

/// `dora sync`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    dora sync\n  \
    dora sync --since 2026-01-01\n  \
    dora sync --since 30d --what runs")]
pub(crate) struct Sync {
    /// Read again from here on, known or not: a day, an instant, or how long ago (30d, 3mo); without it
    /// what is missing of the lookback
    #[arg(long, value_name = "D")]
    pub(crate) since: Option<String>,

    /// Only these, separated by commas
    #[arg(long, value_enum, value_name = "KINDS", value_delimiter = ',')]
    pub(crate) what: Vec<GithubKind>,
}

/// What GitHub can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GithubKind {
    /// Runs of deploy workflows
    Runs,
    /// Deployments that GitHub keeps
    Deployments,
    /// Merged pull requests
    Pulls,
    /// Issues that tell of incidents
    Issues,
    /// Commits of components that are not cloned
    Commits,
}

/// `dora demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where to write the sample project (a new or empty directory); default: a temporary one
    #[arg(value_name = "DIR")]
    pub(crate) into: Option<PathBuf>,

    /// Everything behind the numbers
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// `dora help`.
#[derive(Debug, Args)]
pub(crate) struct Help {
    /// A command, or one of: exit-codes, periods, formats
    #[arg(value_name = "TOPIC")]
    pub(crate) topic: Vec<String>,
}

/// Formats of the standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// All of it, as one JSON document
    Json,
    /// Rows for a spreadsheet
    Csv,
    /// Tables for a document
    Md,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal that can
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which characters to draw with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Charset {
    /// What the locale allows
    Auto,
    /// Unicode
    Unicode,
    /// ASCII only
    Ascii,
}

/// What the rows of a CSV are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rows {
    /// One row per metric
    Metrics,
    /// One row per deployment
    Deployments,
}

/// What the program answers instead of running: the text of `--help` or `--version`, or what is
/// wrong with the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The text, with its final newline.
    pub(crate) text: String,
    /// Whether it is about a mistake.
    pub(crate) is_mistake: bool,
}

impl Cli {
    /// Reads the arguments (the first is the program's name).
    pub(crate) fn read(arguments: &[OsString]) -> Result<Self, Answer> {
        Self::try_parse_from(arguments).map_err(|error| Answer {
            text: error.render().to_string(),
            is_mistake: error.use_stderr(),
        })
    }

    /// Whether the arguments ask for JSON, for the case that they cannot be read as a whole.
    pub(crate) fn ask_for_json(arguments: &[OsString]) -> bool {
        arguments.iter().any(|argument| argument == "--format=json")
            || arguments
                .windows(2)
                .any(|pair| pair[0] == "--format" && pair[1] == "json")
    }

    /// The help text of the whole program, or of one command (`incident open` is one of another);
    /// `None` for an unknown command.
    pub(crate) fn help_of(command: Option<&str>, long: bool) -> Option<String> {
        let mut whole = <Self as clap::CommandFactory>::command();
        whole.build();
        let command = match command {
            None => &mut whole,
            Some(names) => names
                .split(' ')
                .try_fold(&mut whole, clap::Command::find_subcommand_mut)?,
        };
        let text = if long {
            command.render_long_help()
        } else {
            command.render_help()
        };
        Some(text.to_string())
    }

    /// The names of all commands, in the order of the help.
    pub(crate) fn command_names() -> Vec<String> {
        <Self as clap::CommandFactory>::command()
            .get_subcommands()
            .map(|command| command.get_name().to_owned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declaration_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
