//! `dora why` about the value stream: which numbers there are is said in `report::why::flow`; here items are
//! read, joined to history where the number needs it, and the answer is shown. `why` is the other half.

use crate::cli::{self, Common};
use crate::error::{Error, Exit};
use crate::ledger::flow::FlowAccount;
use crate::render::{Format, why};
use crate::report::flow::FlowInputs;
use crate::report::why::{FlowQuestion, FlowSubject, UnknownStage, Why, flow_answer};

use super::flow::known;
use super::flow_code::{CodeOfItems, account_of_items};
use super::output::{Export, Output, file_name_part};
use super::report::remark_incomplete;
use super::session::Session;
use super::why::strict;

impl From<UnknownStage> for Error {
    fn from(error: UnknownStage) -> Self {
        let known = format!("stages: {}", error.known.join(", "));
        Self::usage(error.to_string())
            .hint(known)
            .hint("dora flow --stages")
    }
}

/// The answer.
pub(super) fn run(
    common: &Common,
    flags: &cli::Why,
    subject: FlowSubject,
    stage: Option<&str>,
    output: &mut Output,
) -> Result<Exit, Error> {
    let no_such_part = |flag: &str, of: &str| {
        let message = format!("{} says nothing of a single {of}", subject.name());
        Error::usage(message).hint(format!("leave out {flag}"))
    };
    if flags.deployment.is_some() {
        return Err(no_such_part("--deployment", "deployment"));
    }
    if flags.component.is_some() {
        return Err(no_such_part("--component", "component"));
    }
    let options = why::Options { all: flags.all };
    let default_name = format!("dora-why-{}.csv", file_name_part(subject.name()));
    let exports = Export::read(&flags.export, &default_name)?;
    let session = Session::open(common, flags.environment.as_deref())?;
    let why = answer(session, common, flags, subject, stage, output)?;
    output.show(&(&why, &options))?;
    if output.format == Format::Csv {
        remark_incomplete(&why.notices, "dora flow", output);
    }
    for export in &exports {
        export.write(&(&why, &options), output)?;
    }
    Ok(match common.strict {
        true => strict(&why),
        false => Exit::Done,
    })
}

fn answer(
    session: Session,
    common: &Common,
    flags: &cli::Why,
    subject: FlowSubject,
    stage: Option<&str>,
    output: &Output,
) -> Result<Why, Error> {
    let known = known(&session)?;
    let items = known.items;
    let account = FlowAccount::from_items(&items, &session.settings, session.as_of);
    let mut notices = session.notices().to_vec();
    notices.extend(known.notices);
    let period = session.period(flags.period.as_deref(), account.record_start())?;
    let (repository, settings) = (session.name(), session.settings.clone());
    let reads_history = subject.is_about_code() && !items.is_empty();
    if !reads_history {
        Session::check_environment(common, flags.environment.as_deref(), output)?;
    }
    let history = match reads_history {
        true => Some(account_of_items(session, &items, output)?),
        false => None,
    };
    let joined = history
        .as_ref()
        .map(|history| CodeOfItems::of(history, &items, &account));
    if let Some(joined) = &joined {
        notices.extend_from_slice(joined.notices());
    }
    Ok(flow_answer(&FlowQuestion {
        inputs: &FlowInputs {
            account: &account,
            items: &items,
            settings: &settings,
            period: &period,
            repository: &repository,
            code: None,
            notices,
            with_items: false,
        },
        code: joined.as_ref().and_then(CodeOfItems::measured_inputs),
        subject,
        stage,
    })?)
}
