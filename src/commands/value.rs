//! `dora value`: the business value of what was done, what of it is stuck, and what came of it where a
//! usage file tells. `flow` is the other command about work items.

use std::fs::File;
use std::path::Path;

use crate::cli::{self, Common};
use crate::error::{Error, Exit};
use crate::ledger::flow::FlowAccount;
use crate::render::View;
use crate::render::flow::{Document, Options};
use crate::report::flow::{FlowInputs, compose_value};
use crate::sources::work_items::{Usage, read_usage};

use super::flow::{known, strict};
use super::output::{Export, Output, file_name_part};
use super::session::Session;

/// The value.
pub(super) fn run(common: &Common, flags: &cli::Value, output: &mut Output) -> Result<Exit, Error> {
    let options = Options {
        view: match flags.verbose {
            true => View::Verbose,
            false => View::Screen,
        },
        ..Options::default()
    };
    let default_name = format!(
        "dora-value-{}.csv",
        file_name_part(flags.period.as_deref().unwrap_or("30d"))
    );
    let exports = Export::read(&flags.export, &default_name)?;
    let session = Session::open(common, None)?;
    let usage = flags.usage.as_deref().map(usage).transpose()?;
    let document = document(&session, flags, usage)?;
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

fn usage(file: &Path) -> Result<Usage, Error> {
    let place = file.display().to_string();
    let unread = |error: std::io::Error| {
        Error::failure(format!("cannot read {place}"))
            .cause(error.to_string())
            .hint("give a CSV with the columns key,adoption_pct,nps_gain")
    };
    let opened = File::open(file).map_err(unread)?;
    read_usage(&place, opened).map_err(|error| Error {
        exit: Exit::InvalidData,
        ..unread(error)
    })
}

fn document(
    session: &Session,
    flags: &cli::Value,
    usage: Option<Usage>,
) -> Result<Document, Error> {
    let known = known(session)?;
    let account = FlowAccount::from_items(&known.items, &session.settings, session.as_of);
    let period = session.period(flags.period.as_deref(), account.record_start())?;
    let mut notices = session.notices().to_vec();
    notices.extend(known.notices);
    notices.extend(usage.iter().flat_map(|usage| usage.notices.clone()));
    let inputs = FlowInputs {
        account: &account,
        items: &known.items,
        settings: &session.settings,
        period: &period,
        repository: &session.name(),
        code: None,
        notices,
        with_items: false,
    };
    let rows = usage.as_ref().map(|usage| usage.rows.as_slice());
    Ok(Document::Value(Box::new(compose_value(&inputs, rows))))
}
