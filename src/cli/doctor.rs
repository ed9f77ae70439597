//! The flags of `dora doctor`: none of its own. The common ones are in `cli`.

use clap::Args;

/// `dora doctor`.
#[derive(Debug, Args)]
#[command(
    after_help = "Every check is ok, warn or fail. Writes nothing, opens no connection.\n\n\
    Ends with 1 when a check fails; with --strict also when one warns.\n\n\
    Examples:\n  \
    dora doctor\n  \
    dora doctor --format json | jq -r '.checks[].findings[].mend | values'"
)]
pub(crate) struct Doctor {}
