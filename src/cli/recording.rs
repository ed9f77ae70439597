//! The flags of the commands that record: `dora deploy`; the others are in `cli`.

use clap::Args;

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
