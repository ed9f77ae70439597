//! A question of `dora why` about a number of delivery, and its answer: what all answers share is found
//! here, the file of the metric adds figure, rows and arithmetic.

use crate::ledger::{EntryNames, EnvironmentAccount};
use crate::metrics::Measures;
use crate::model::{Notice, Window};
use crate::report::compose::{Inputs, asked_for};
use crate::report::said;

use super::document::{Figure, Section, Why};
use super::subject::DoraSubject;
use super::{band, failure_rate, frequency, lead_time, restore, rework, verdict, waiting};

/// Version of the answer's shape.
const SCHEMA_VERSION: u32 = 1;

/// What is asked.
pub struct Question<'a> {
    /// What the report of the same period is made of.
    pub inputs: &'a Inputs<'a>,
    /// The number.
    pub subject: DoraSubject,
    /// Only what concerns this deployment: its full id.
    pub deployment: Option<&'a str>,
    /// In how many rows of a section subjects of commits are looked up; the others go without.
    pub subjects_at_most: usize,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswerable {
    /// The deployment does not concern the component.
    #[error("deployment {deployment} does not concern component {component}")]
    NotOfComponent {
        /// Its id.
        deployment: String,
        /// The name of the component.
        component: String,
    },
    /// The number is not one of a single deployment.
    #[error("{0} says nothing of a single deployment")]
    NotOfOneDeployment(&'static str),
}

/// What every metric looks at.
pub(super) struct Case<'a> {
    pub(super) inputs: &'a Inputs<'a>,
    /// The account of the environment, narrowed to the component.
    pub(super) account: &'a EnvironmentAccount,
    /// What the report measures in the period.
    pub(super) measures: &'a Measures,
    /// The period.
    pub(super) window: Window,
    /// The deployment asked for: index in the account.
    pub(super) deployment: Option<usize>,
    pub(super) subjects_at_most: usize,
    /// The names of the account's deployments.
    pub(super) names: EntryNames<'a>,
}

/// What a metric adds.
pub(super) struct Parts {
    pub(super) figure: Figure,
    /// A sentence without its full stop; the settings in force follow it.
    pub(super) definition: String,
    pub(super) sections: Vec<Section>,
    pub(super) arithmetic: Vec<String>,
}

/// What stands behind the number.
///
/// # Errors
/// [`Unanswerable`] when the question is about one deployment and makes no sense for it.
pub fn answer(question: &Question<'_>) -> Result<Why, Unanswerable> {
    let inputs = question.inputs;
    let account = inputs.account();
    let measures = Measures::of(
        &account,
        inputs.period.window,
        inputs.facts.settings.timezone,
    );
    let component = inputs
        .component
        .map(|component| inputs.facts.components[component].name.clone());
    let deployment = match question.deployment {
        None => None,
        Some(id) => {
            let place = account.deployments.iter().position(|it| it.id == id);
            Some(place.ok_or_else(|| Unanswerable::NotOfComponent {
                deployment: id.to_owned(),
                component: component.clone().unwrap_or_default(),
            })?)
        }
    };
    let case = Case {
        inputs,
        account: &account,
        measures: &measures,
        window: inputs.period.window,
        deployment,
        subjects_at_most: question.subjects_at_most,
        names: account.names(),
    };
    let parts = parts(&case, question.subject)?;
    Ok(Why {
        schema_version: SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        generated_at: inputs.facts.as_of,
        repository: inputs.repository(),
        subject: question.subject.name().to_owned(),
        title: question.subject.title().to_owned(),
        environment: Some(account.name.clone()).filter(|name| !name.is_empty()),
        component,
        deployment: question.deployment.map(str::to_owned),
        period: asked_for(inputs.period),
        of_now: false,
        timezone: inputs.facts.settings.timezone.name().to_owned(),
        figure: parts.figure,
        definition: format!("{}; {}.", parts.definition, in_force(&case)),
        sections: parts.sections,
        arithmetic: parts.arithmetic,
        notices: notices(&case, question.subject),
    })
}

fn parts(case: &Case<'_>, subject: DoraSubject) -> Result<Parts, Unanswerable> {
    Ok(match subject {
        DoraSubject::Waiting | DoraSubject::Band if case.deployment.is_some() => {
            return Err(Unanswerable::NotOfOneDeployment(subject.name()));
        }
        DoraSubject::DeploymentFrequency => frequency::parts(case),
        DoraSubject::LeadTime => lead_time::parts(case),
        DoraSubject::ChangeFailureRate => match case.deployment {
            Some(index) => verdict::parts(case, index),
            None => failure_rate::parts(case),
        },
        DoraSubject::TimeToRestore => restore::parts(case),
        DoraSubject::ReworkRate => rework::parts(case),
        DoraSubject::Waiting => waiting::parts(case),
        DoraSubject::Band => band::parts(case),
    })
}

/// The settings that every number of delivery depends on.
fn in_force(case: &Case<'_>) -> String {
    let zone = case.inputs.facts.settings.timezone.name();
    let measured = why_measured(case);
    format!(
        "{measured}; calendar of {zone}; bands of profile {}",
        case.inputs.profile.name
    )
}

/// Which environment the number is of, and why that one (spec 2.1).
fn why_measured(case: &Case<'_>) -> String {
    let settings = &case.inputs.facts.settings;
    let name = &case.account.name;
    if name.is_empty() {
        return "nothing was ever deployed".to_owned();
    }
    let is_flagged = settings
        .environments
        .get(name)
        .is_some_and(|known| known.is_production == Some(true));
    let why = if case.inputs.environment != case.inputs.ledger.measured {
        "the deployment asked for went there"
    } else if settings.measured_environment.as_ref() == Some(name) {
        "a flag, a variable or the configuration names it"
    } else if is_flagged {
        "the configuration calls it a production environment"
    } else if case.inputs.ledger.environments.len() == 1 {
        "it is the only environment"
    } else {
        "its name is the most production-like"
    };
    format!("measured in {name}, because {why}")
}

/// What was left out or assumed, as far as it concerns the number.
fn notices(case: &Case<'_>, subject: DoraSubject) -> Vec<Notice> {
    let mut notices = said::notices(case.inputs, case.account, case.measures);
    let concerns = |code: &str| match code {
        "bands" => subject == DoraSubject::Band,
        "lead-time-upper-bound" => subject == DoraSubject::LeadTime,
        "record-begins-in-period" => {
            matches!(
                subject,
                DoraSubject::DeploymentFrequency | DoraSubject::Band
            )
        }
        _ => true,
    };
    notices.retain(|notice| concerns(&notice.code));
    notices
}
