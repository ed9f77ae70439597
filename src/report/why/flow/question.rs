//! A question of `dora why` about a number of the value stream, and its answer: what all answers share is
//! found here, the file of the number adds figure, rows and arithmetic.

use crate::ledger::flow::{FlowAccount, FlowItem};
use crate::model::work_item_keys::key_order;
use crate::model::{StageKind, Window};
use crate::report::flow::compose::period_range;
use crate::report::flow::{CodeInputs, FlowInputs, said};

use super::super::document::{Figure, Why};
use super::super::question::Parts;
use super::cells::APPROXIMATE;
use super::subject::{FlowRule, FlowSubject};
use super::{
    blocked, code, constraint, distribution, efficiency, findings, findings_of_stages, load,
    stages, time, value,
};

/// Version of the answer's shape.
const SCHEMA_VERSION: u32 = 1;

/// What is asked.
#[derive(Clone, Copy)]
pub struct FlowQuestion<'a> {
    /// What the report of the same period is made of.
    pub inputs: &'a FlowInputs<'a>,
    /// Items joined to commits and deployments; `None` where nothing was deployed that can be measured,
    /// or where the number needs none.
    pub code: Option<CodeInputs<'a>>,
    /// The number.
    pub subject: FlowSubject,
    /// The stage that it is limited to (its name in any case), if it is.
    pub stage: Option<&'a str>,
}

/// An item that did not count, and the rule that left it out.
pub(super) type LeftOut<'a> = (&'a FlowItem, String);

/// There is no such stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no stage `{name}`")]
pub struct UnknownStage {
    /// What was asked for.
    pub name: String,
    /// The stages there are.
    pub known: Vec<String>,
}

/// What every number looks at.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) inputs: &'a FlowInputs<'a>,
    pub(super) account: &'a FlowAccount,
    pub(super) code: Option<CodeInputs<'a>>,
    pub(super) window: Window,
    /// The stage asked for: index in the account.
    pub(super) stage: Option<usize>,
}

impl<'a> Case<'a> {
    /// The items of the account that were done in the period, by key.
    pub(super) fn done(&self) -> Vec<&'a FlowItem> {
        self.by_key(self.account.done_in(self.window))
    }

    /// Those of them that tell where they were before, by key.
    pub(super) fn told(&self) -> Vec<&'a FlowItem> {
        self.by_key(self.account.told_in(self.window))
    }

    /// Those that do not, with the rule that leaves them out.
    pub(super) fn untold(&self) -> Vec<LeftOut<'a>> {
        let untold = self
            .done()
            .into_iter()
            .filter(|item| item.stays().is_empty());
        untold.map(|item| (item, APPROXIMATE.to_owned())).collect()
    }

    /// Items by key; of one key in the order in which they were given.
    pub(super) fn by_key(&self, items: impl Iterator<Item = &'a FlowItem>) -> Vec<&'a FlowItem> {
        let mut items: Vec<&FlowItem> = items.collect();
        items.sort_by_key(|item| (key_order(self.inputs.key(item)), item.item));
        items
    }
}

/// What stands behind the number.
///
/// # Errors
/// [`UnknownStage`] when it is about a stage that is none.
pub fn flow_answer(question: &FlowQuestion<'_>) -> Result<Why, UnknownStage> {
    let inputs = question.inputs;
    let account = inputs.account;
    let stage = question.stage.map(|name| stage_of(account, name));
    let case = Case {
        inputs,
        account,
        code: question.code,
        window: inputs.period.window,
        stage: stage.transpose()?,
    };
    let parts = parts(&case, question.subject);
    let title = question.subject.title();
    let is_about_code = question.subject.is_about_code();
    let environment = question.code.filter(|_| is_about_code);
    Ok(Why {
        schema_version: SCHEMA_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        generated_at: account.as_of,
        repository: inputs.repository.to_owned(),
        subject: match case.stage {
            None => question.subject.name().to_owned(),
            Some(stage) => format!("stage:{}", account.stage_name(stage)),
        },
        title: match case.stage {
            None => title.to_owned(),
            Some(stage) => format!("{title} of {}", account.stage_name(stage)),
        },
        environment: environment.map(|code| code.account.name.clone()),
        component: None,
        deployment: None,
        period: period_range(inputs.period),
        of_now: matches!(question.subject, FlowSubject::Finding(_)),
        timezone: account.zone.name().to_owned(),
        figure: parts.figure,
        definition: format!("{}; {}.", parts.definition, in_force(&case)),
        sections: parts.sections,
        arithmetic: parts.arithmetic,
        notices: said::notices(inputs),
    })
}

fn stage_of(account: &FlowAccount, name: &str) -> Result<usize, UnknownStage> {
    let wanted = name.to_lowercase();
    let mut stages = account.stages.iter();
    let found = stages.position(|stage| stage.name.to_lowercase() == wanted);
    found.ok_or_else(|| UnknownStage {
        name: name.to_owned(),
        known: account
            .stages
            .iter()
            .map(|stage| stage.name.clone())
            .collect(),
    })
}

fn parts(case: &Case<'_>, subject: FlowSubject) -> Parts {
    match subject {
        FlowSubject::FlowTime => time::flow_time(case),
        FlowSubject::ServiceLevel => time::service_level(case),
        FlowSubject::FlowEfficiency => efficiency::parts(case),
        FlowSubject::FlowLoad => load::parts(case),
        FlowSubject::FlowVelocity => distribution::velocity(case),
        FlowSubject::FlowDistribution => distribution::parts(case),
        FlowSubject::BlockedTime => blocked::parts(case),
        FlowSubject::Constraint => constraint::parts(case),
        FlowSubject::StageTime => match case.stage {
            None => stages::stage_times(case),
            Some(stage) => stages::one_stage(case, stage),
        },
        FlowSubject::IdeaToCash => stages::idea_to_cash(case),
        FlowSubject::IdeaToProduction => code::idea_to_production(case),
        FlowSubject::Coverage => code::coverage(case),
        FlowSubject::TrackerGap => code::tracker_gap(case),
        FlowSubject::Value => value::parts(case),
        FlowSubject::Finding(rule) => match rule {
            FlowRule::StageAgeTwoSigma | FlowRule::StageAgeP85 => {
                findings_of_stages::stage_age(case, rule)
            }
            FlowRule::WipLimit => findings_of_stages::wip_limit(case),
            FlowRule::StageOverfull => findings_of_stages::overfull(case),
            FlowRule::OldItem => findings::old_item(case),
            FlowRule::LowEfficiency => findings::low_efficiency(case),
            FlowRule::Blocked => findings::blocked(case),
        },
    }
}

/// The settings that every number of the stream depends on: which stage is of which kind, and the zone.
fn in_force(case: &Case<'_>) -> String {
    let preset = match &case.inputs.settings.flow.preset {
        Some(preset) => format!("stages of the preset {preset}"),
        None => "stages of `flow.stages`".to_owned(),
    };
    let kinds = [
        StageKind::Queue,
        StageKind::Wait,
        StageKind::Active,
        StageKind::Done,
        StageKind::Cancelled,
    ];
    let kinds = kinds.into_iter().filter_map(|kind| {
        let stages = case.account.stages.iter();
        let names: Vec<&str> = stages
            .filter(|stage| stage.kind == kind)
            .map(|stage| stage.name.as_str())
            .collect();
        (!names.is_empty()).then(|| format!("{} {}", kind.name(), names.join(", ")))
    });
    let kinds: Vec<String> = kinds.collect();
    format!(
        "{preset} ({}); days and weeks of {}",
        kinds.join("; "),
        case.account.zone.name()
    )
}

/// A figure, or why there is none.
pub(super) fn figure(
    value: Option<f64>,
    unit: &str,
    text: impl FnOnce(f64) -> String,
    reason: Option<String>,
) -> Figure {
    Figure {
        value,
        unit: unit.to_owned(),
        text: match (value, &reason) {
            (Some(value), _) => text(value),
            (None, Some(reason)) => format!("no data: {reason}"),
            (None, None) => "no data".to_owned(),
        },
        interval95: None,
        reason: match value {
            Some(_) => None,
            None => reason,
        },
    }
}
