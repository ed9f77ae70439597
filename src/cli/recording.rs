//! The flags of `dora deploy` and `dora mark`, which record; the others are in `cli`.

use clap::{Args, ValueEnum};

/// `dora deploy`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    dora deploy                                  HEAD went to the measured environment, now\n  \
    dora deploy --environment production --component web=1.4.2 --component api=2.0.1\n  \
    dora deploy --at '2 hours ago' --failed --note 'smoke test failed'\n  \
    dora deploy --format json | jq -r .id\n\n\
    The same facts twice are one record. See docs/recording.md for pipelines.")]
pub(crate) struct Deploy {
    /// Where it went; default: the measured environment
    #[arg(long, short, value_name = "NAME")]
    pub(crate) environment: Option<String>,

    /// What was deployed, repeatable; default: HEAD (or --ref) of every component of this repository
    #[arg(long, value_name = "NAME=VERSION")]
    pub(crate) component: Vec<String>,

    /// When: 2026-03-02T14:05:00Z, `2026-03-02 14:05`, 14:05, `yesterday 14:05`, `2 hours ago`;
    /// default: now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,

    /// It did not come through: an attempt, which counts in the change failure rate only
    #[arg(long)]
    pub(crate) failed: bool,

    /// One line about it
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}

/// `dora mark`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    dora mark                                    the newest deployments, with their ids\n  \
    dora mark --environment uat --all            all of one environment\n  \
    dora mark production-20260303T091000Z        what the rules and people say of it\n  \
    dora mark production-20260303T091000Z ok --reason 'the fix was planned'\n  \
    dora mark production-20260303T091000Z --undo the rules speak again\n\n\
    A verdict of a person overrides every rule. Nothing is deleted: all verdicts stay on record.")]
pub(crate) struct Mark {
    /// The deployment: its id, an alias, or the unique begin of one
    #[arg(value_name = "DEPLOYMENT")]
    pub(crate) deployment: Option<String>,

    /// What became of it, whatever the rules say
    #[arg(value_enum, value_name = "VERDICT", conflicts_with = "undo")]
    pub(crate) verdict: Option<MarkVerdict>,

    /// Why, in one line
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,

    /// Take the verdict in force back: the rules speak again
    #[arg(long, requires = "deployment")]
    pub(crate) undo: bool,

    /// List those of this environment only
    #[arg(long, short, value_name = "NAME", conflicts_with = "deployment")]
    pub(crate) environment: Option<String>,

    /// List every deployment, not only the newest
    #[arg(long, conflicts_with = "deployment")]
    pub(crate) all: bool,
}

/// What a person says of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MarkVerdict {
    /// It failed
    Failed,
    /// It did not
    Ok,
}
