//! The flags of `dora explain`; the others are in `cli`.

use clap::Args;

/// `dora explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    dora explain                                 every term, by kind\n  \
    dora explain lead time                       a metric; case and hyphens do not matter\n  \
    dora explain shallow-clone                   a notice, and what helps\n  \
    dora explain 2024                            a profile of bands with its limits\n  \
    dora explain --format md > terms.md")]
pub(crate) struct Explain {
    /// What to define: a metric, a word of the glossary, a failure rule, a rule of findings, the code of a
    /// notice, a profile of bands, an exit code; without it, the names of all of them
    #[arg(value_name = "TERM")]
    pub(crate) term: Vec<String>,
}
