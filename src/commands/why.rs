//! `dora why`: what stands behind one number. Which numbers of delivery there are is said in
//! `report::why::subject`; here a name and a deployment are found, and the answer is shown.

use crate::cli::{self, Common};
use crate::error::{Error, Exit};
use crate::render::{Format, why};
use crate::report::Scope;
use crate::report::compose::Inputs;
use crate::report::why::{DoraSubject, FlowSubject, Question, Unanswerable, Why, answer};
use crate::store::nearest;

use super::output::{Export, Output, file_name_part};
use super::recording::deployment_named;
use super::report::remark_incomplete;
use super::session::{Account, Session, scope};
use super::why_flow;

impl From<Unanswerable> for Error {
    fn from(error: Unanswerable) -> Self {
        let hint = match &error {
            Unanswerable::NotOfComponent { .. } => "leave out --component",
            Unanswerable::NotOfOneDeployment(_) => "leave out --deployment",
        };
        Self::usage(error.to_string()).hint(hint)
    }
}

/// The answer.
pub(super) fn run(common: &Common, flags: &cli::Why, output: &mut Output) -> Result<Exit, Error> {
    let name = flags.subject.as_deref().unwrap_or_default();
    if let Some((subject, stage)) = FlowSubject::named(name) {
        return why_flow::run(common, flags, subject, stage.as_deref(), output);
    }
    let Some(subject) = DoraSubject::named(name) else {
        return Err(unknown(name));
    };
    let options = why::Options { all: flags.all };
    let default_name = format!("dora-why-{}.csv", file_name_part(subject.name()));
    let exports = Export::read(&flags.export, &default_name)?;
    let is_whole = flags.all || !exports.is_empty() || output.format != Format::Text;
    let session = Session::open(common, flags.environment.as_deref())?;
    let account = session.account(output)?;
    let asked = Scope {
        environment: flags.environment.clone(),
        component: flags.component.clone(),
        period: flags.period.clone(),
        ..scope(common)
    };
    let why = of_delivery(&account, subject, flags, &asked, is_whole)?;
    output.show(&(&why, &options))?;
    if output.format == Format::Csv {
        remark_incomplete(&why.notices, "dora report", output);
    }
    for export in &exports {
        export.write(&(&why, &options), output)?;
    }
    Ok(match common.strict {
        true => strict(&why),
        false => Exit::Done,
    })
}

/// Under `--strict`: incomplete data and no data are failures of their own.
pub(super) fn strict(why: &Why) -> Exit {
    if why.figure.value.is_none() {
        Exit::NoData
    } else if why.notices.iter().any(|notice| notice.incomplete) {
        Exit::Incomplete
    } else {
        Exit::Done
    }
}

/// No number has this name.
fn unknown(name: &str) -> Error {
    let names = || {
        let of_delivery = DoraSubject::ALL.into_iter().map(DoraSubject::name);
        of_delivery.chain(FlowSubject::ALL.into_iter().map(FlowSubject::name))
    };
    let known = format!("known: {}", names().collect::<Vec<_>>().join(", "));
    if name.is_empty() {
        return Error::usage("say which number: dora why NUMBER").hint(known);
    }
    let aliases = DoraSubject::ALL
        .into_iter()
        .flat_map(|subject| subject.aliases().iter().copied());
    let of_flow = FlowSubject::ALL.into_iter();
    let aliases = aliases.chain(of_flow.flat_map(|subject| subject.aliases().iter().copied()));
    let error = Error::usage(format!("there is no number `{name}`"));
    let error = match nearest(name, names().chain(aliases)) {
        Some(near) => error.hint(format!("dora why {near}")),
        None => error,
    };
    error.hint(known)
}

/// The answer to a question about delivery; `is_whole` when every row is shown.
fn of_delivery(
    account: &Account,
    subject: DoraSubject,
    flags: &cli::Why,
    asked: &Scope,
    is_whole: bool,
) -> Result<Why, Error> {
    let component = account.component(flags.component.as_deref())?;
    let period = account.period(flags.period.as_deref())?;
    let found = match &flags.deployment {
        Some(name) => Some(deployment(account, name, flags.environment.is_some())?),
        None => None,
    };
    let (environment, deployment) = match found {
        Some((environment, id)) => (Some(environment), Some(id)),
        None => (account.ledger.measured, None),
    };
    Ok(answer(&Question {
        inputs: &Inputs {
            facts: &account.gathered.facts,
            ledger: &account.ledger,
            environment,
            component,
            period: &period,
            profile: &account.profile,
            asked,
            subject: &|repository, commit| {
                account.gathered.origins.get(repository)?.subject(commit)
            },
        },
        subject,
        deployment: deployment.as_deref(),
        subjects_at_most: match is_whole {
            true => usize::MAX,
            false => why::ROWS_ON_A_SCREEN,
        },
    })?)
}

/// The environment and the id of the deployment that a person named; `is_fixed` where a flag says which
/// environment is meant.
fn deployment(account: &Account, name: &str, is_fixed: bool) -> Result<(usize, String), Error> {
    let (of, entry) = deployment_named(account, name)?;
    let mut environments = account.ledger.environments.iter();
    let environment = environments.position(|it| it.name == of.name);
    let is_other = is_fixed && environment != account.ledger.measured;
    match environment.filter(|_| !is_other) {
        Some(environment) => Ok((environment, entry.id.clone())),
        None => Err(Error::usage(format!(
            "{} is a deployment to {}, not to the environment asked for",
            entry.id, of.name
        ))
        .hint("leave out --environment")),
    }
}
