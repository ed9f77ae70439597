//! `dora mark`: a verdict of a person on one deployment, recorded, taken back, or only asked for.
//! `recording` appends; what a verdict does to the numbers is the ledger's business.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::cli::{self, Common, MarkVerdict};
use crate::error::{Error, Exit};
use crate::ledger::{Deployment, DeploymentKind, EnvironmentAccount, FailureRule};
use crate::metrics::{ChangeFailureRate, change_failure_rate};
use crate::model::{Mark, Verdict, Window, shell_word};
use crate::render;
use crate::report::deployment_rows;
use crate::report::recording::{MarkedDeployment, NewestDeployments, RateChange, VerdictRow};
use crate::store::RecordedFacts;

use super::output::Output;
use super::recording::{self, Recorder};
use super::session::Account;

const COMMAND: &str = "dora mark";
/// How many deployments are listed to choose from.
const LISTED: usize = 15;
/// The period of the change failure rate that is shown before and after.
const DAYS: u32 = 30;

/// Records a verdict, or says what there is.
pub(super) fn run(common: &Common, flags: &cli::Mark, output: &mut Output) -> Result<Exit, Error> {
    recording::speaks_text_or_json(COMMAND, output)?;
    let verdict = match (flags.verdict, flags.undo) {
        (_, true) => Some(Verdict::Undone),
        (Some(MarkVerdict::Failed), false) => Some(Verdict::Failed),
        (Some(MarkVerdict::Ok), false) => Some(Verdict::Ok),
        (None, false) => None,
    };
    if verdict.is_none() && flags.reason.is_some() {
        return Err(Error::usage("--reason is of a verdict, and none is given")
            .hint("dora mark DEPLOYMENT failed|ok --reason TEXT"));
    }
    let recorder = Recorder::open(COMMAND, common, output)?;
    match &flags.deployment {
        None => newest(&recorder, flags, output)?,
        Some(name) => one(
            &recorder,
            common,
            name,
            verdict,
            flags.reason.clone(),
            output,
        )?,
    }
    Ok(Exit::Done)
}

/// One deployment: what is said of it, after a new verdict if there is one.
fn one(
    recorder: &Recorder,
    common: &Common,
    name: &str,
    verdict: Option<Verdict>,
    reason: Option<String>,
    output: &mut Output,
) -> Result<(), Error> {
    let account = recorder.account()?;
    let (environment, entry) = recording::deployment_named(account, name)?;
    let before = Standing::of(account, environment, entry, recorder);
    let mut is_new = false;
    let mut now = before.clone();
    if let Some(verdict) = verdict {
        check(entry, verdict, &before)?;
        let facts = RecordedFacts::Mark {
            deployment: entry.id.clone(),
            verdict,
            reason,
        };
        is_new = recorder.append_mark(facts, &before.names, output)?.is_new;
        if !is_new {
            output.remark("this verdict is in force already: nothing was written");
        }
        let account = recorder.look_again(common, recorder.now, output)?;
        let (environment, entry) = recording::deployment_named(&account, &entry.id)?;
        now = Standing::of(&account, environment, entry, recorder);
    }
    let counted = |rate: &ChangeFailureRate| (rate.failed, rate.total);
    let (was, is) = (counted(&before.rate), counted(&now.rate));
    let said = MarkedDeployment {
        schema_version: 1,
        deployment: entry.id.clone(),
        environment: environment.name.clone(),
        timestamp: entry.time,
        kind: entry.kind.name().to_owned(),
        is_new,
        failed: now.failed,
        failed_before: before.failed,
        failed_by_rules: !now.rules.is_empty(),
        rules: now.rules,
        in_force: in_force(&now.marks).cloned(),
        marks: now.marks,
        change_failure_rate: (was != is).then_some(RateChange {
            days: DAYS,
            failed_before: was.0,
            total_before: was.1,
            failed: is.0,
            total: is.1,
        }),
    };
    let zone = recorder.zone;
    let text = |output: &Output| render::marked_deployment(&said, zone, &output.style);
    recording::say(&said, text, output)
}

/// What is said of a deployment, and what its environment's failure rate is.
#[derive(Clone)]
struct Standing {
    failed: bool,
    rules: Vec<String>,
    /// All ids under which verdicts on it stand.
    names: BTreeSet<String>,
    marks: Vec<VerdictRow>,
    rate: ChangeFailureRate,
}

impl Standing {
    fn of(
        account: &Account,
        environment: &EnvironmentAccount,
        entry: &Deployment,
        recorder: &Recorder,
    ) -> Self {
        let by_rules = entry.evidence.iter();
        let by_rules = by_rules.filter(|evidence| evidence.rule != FailureRule::Marked);
        let is_of_entry = |mark: &&Mark| {
            let found = environment.find(&mark.deployment);
            found.is_ok_and(|found| found.is_some_and(|found| found.id == entry.id))
        };
        let end = recorder.now + TimeDelta::seconds(1);
        let window = Window::new(end - TimeDelta::days(i64::from(DAYS)), end);
        let marks: Vec<&Mark> = account
            .gathered
            .facts
            .marks
            .iter()
            .filter(is_of_entry)
            .collect();
        let named = marks.iter().map(|mark| &mark.deployment);
        Self {
            failed: entry.failed,
            names: named.chain(&entry.aliases).cloned().collect(),
            rules: by_rules
                .map(|evidence| format!("{}: {}", evidence.rule.name(), evidence.detail))
                .collect(),
            marks: marks
                .iter()
                .map(|mark| VerdictRow {
                    at: mark.at,
                    verdict: mark.verdict.name().to_owned(),
                    reason: mark.reason.clone(),
                })
                .collect(),
            rate: change_failure_rate(environment, window),
        }
    }
}

/// The verdict that holds.
fn in_force(marks: &[VerdictRow]) -> Option<&VerdictRow> {
    marks
        .last()
        .filter(|mark| mark.verdict != Verdict::Undone.name())
}

/// Whether there is anything to judge, or to take back.
fn check(entry: &Deployment, verdict: Verdict, before: &Standing) -> Result<(), Error> {
    let id = &entry.id;
    if verdict == Verdict::Undone {
        return match in_force(&before.marks) {
            Some(_) => Ok(()),
            None => Err(Error::usage(format!(
                "there is nothing to undo: no verdict of a person is in force on {id}"
            ))
            .hint(format!(
                "dora mark {} shows what was said of it",
                shell_word(id)
            ))),
        };
    }
    if entry.kind == DeploymentKind::Redeployment {
        return Err(Error::usage(format!(
            "{id} is a redeployment: no version changed, it is in no metric and cannot fail"
        ))
        .hint("mark the deployment that brought the versions: dora mark lists the newest"));
    }
    Ok(())
}

/// The newest deployments.
fn newest(recorder: &Recorder, flags: &cli::Mark, output: &mut Output) -> Result<(), Error> {
    let account = recorder.account()?;
    let only = flags.environment.as_deref();
    let only = only
        .map(|name| recorder.known_environment(name))
        .transpose()?;
    let environments = account.ledger.environments.iter();
    let mut deployments: Vec<_> = environments
        .filter(|environment| only.as_ref().is_none_or(|name| environment.name == *name))
        .flat_map(|environment| deployment_rows(&account.gathered.facts, environment))
        .collect();
    deployments.sort_by(|a, b| (a.timestamp, &a.id).cmp(&(b.timestamp, &b.id)));
    let others = match flags.all {
        true => 0,
        false => deployments.len().saturating_sub(LISTED),
    };
    deployments.drain(..others);
    let said = NewestDeployments {
        schema_version: 1,
        environment: only,
        deployments,
        others,
    };
    let zone = recorder.zone;
    let text = |output: &Output| render::newest_deployments(&said, zone, &output.style);
    recording::say(&said, text, output)
}
