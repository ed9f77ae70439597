//! `dora flow`: the value stream of what was imported, or one item of it. History is read only where
//! items can be joined to it (`flow_code`); `flow_key` says which item a key means.

use crate::cli::{self, Common};
use crate::error::{Error, Exit};
use crate::ledger::flow::FlowAccount;
use crate::model::{Notice, Window, WorkItem};
use crate::render::flow::{Document, Options, Rows};
use crate::render::{Format, View};
use crate::report::flow::{Code, FlowReport, FlowSummary};

use super::flow_code::{CodeOfItems, account_of_items};
use super::flow_key::item_of_key;
use super::output::{Export, Output, file_name_part};
use super::session::Session;

/// The value stream.
pub(super) fn run(common: &Common, flags: &cli::Flow, output: &mut Output) -> Result<Exit, Error> {
    let options = Options {
        view: match flags {
            cli::Flow { compact: true, .. } => View::Compact,
            cli::Flow { verbose: true, .. } => View::Verbose,
            _ => View::Screen,
        },
        business: flags.calendar == cli::Calendar::Business,
        rows: match flags.of {
            cli::FlowRows::Hours => Rows::Hours,
            cli::FlowRows::StageDates => Rows::StageDates,
            cli::FlowRows::Items => Rows::Items,
            cli::FlowRows::Stages => Rows::Stages,
            cli::FlowRows::Metrics => Rows::Metrics,
        },
    };
    let target = flags.target.as_deref().map(hours).transpose()?;
    let default_name = format!(
        "dora-flow-{}.csv",
        file_name_part(flags.period.as_deref().unwrap_or("30d"))
    );
    let exports = Export::read(&flags.export, &default_name)?;
    let has_csv = output.format == Format::Csv || exports.iter().any(Export::is_csv);
    if options.rows != Rows::default() && !has_csv {
        return Err(
            Error::usage("--of chooses the rows of a CSV, and no CSV is asked for")
                .hint("add --format csv or --export FILE.csv"),
        );
    }
    let mut session = Session::open(common, flags.environment.as_deref())?;
    if let Some(hours) = target {
        session.settings.flow.target_hours = Some(hours);
    }
    let document = document(session, flags, output)?;
    output.show(&(&document, &options))?;
    for export in &exports {
        export.write(&(&document, &options), output)?;
    }
    Ok(if common.strict {
        strict(&document)
    } else {
        Exit::Done
    })
}
