//! `dora deploy`: records a deployment, once however often it is told, and says what it is to the
//! metrics. For pipelines: it asks nothing. `recording` appends.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::{self, Common};
use crate::error::{Error, Exit};
use crate::gather::Origin;
use crate::ledger::{Deployment, DeploymentKind};
use crate::model::{DeploymentSource, shell_word};
use crate::render;
use crate::report::recording::{DeploymentFacts, DeploymentRecorded};
use crate::store::{RecordedFacts, nearest};

use super::output::Output;
use super::recording::{self, Recorder, untold};
use super::session::Account;

const COMMAND: &str = "dora deploy";
/// The component of a repository of which nothing is known, as of a state file that is one object.
const WHOLE: &str = "app";
/// `--environment` of a report that means every one of them.
const ALL: &str = "all";

/// Records it.
pub(super) fn run(
    common: &Common,
    flags: &cli::Deploy,
    output: &mut Output,
) -> Result<Exit, Error> {
    recording::speaks_text_or_json(COMMAND, output)?;
    let named = components(&flags.component)?;
    // `--ref` names what was deployed; what is known is read from HEAD.
    let head = Common {
        reference: None,
        ..common.clone()
    };
    let recorder = Recorder::open(COMMAND, &head, output)?;
    let environment = environment(flags.environment.as_deref(), &recorder)?;
    let time = recorder.time("--at", flags.at.as_deref())?;
    let components = match named.is_empty() {
        true => components_here(
            recorder.account()?,
            &environment,
            common.reference.as_deref(),
        )?,
        false => named,
    };
    let facts = RecordedFacts::Deployment {
        environment: environment.clone(),
        time,
        components,
        success: !flags.failed,
        aliases: Vec::new(),
        note: flags.note.clone(),
    };
    let appended = recorder.append(facts, output)?;
    // It is recorded; what it is to the metrics is told as far as that can be looked up.
    let before = recorder.account();
    if let Ok(before) = &before {
        let is_slip = remark_on_names(before, &environment, &appended.record.facts, output);
        if is_slip && let Ok(Some(line)) = recorder.line_of(&appended.record.id) {
            output.remark(&format!(
                "if it was a slip: remove line {line} of .dora/records.jsonl (nothing else refers to it) and \
                 record it again"
            ));
        }
    }
    let account = match &before {
        Ok(_) => recorder.look_again(&head, time, output),
        Err(error) => Err(untold(error.clone())),
    };
    let known = match &account {
        Ok(account) => recording::entry(account, &environment, &appended.record.id),
        Err(error) => {
            output.remark(&error.to_string());
            None
        }
    };
    if let (Ok(before), Ok(account)) = (&before, &account) {
        remark_on_repositories(before, account, output);
    }
    if let (Ok(account), Some(entry)) = (&account, known) {
        remark_on_entry(account, entry, output);
    }
    let RecordedFacts::Deployment {
        environment,
        time,
        components,
        success,
        note,
        ..
    } = appended.record.facts
    else {
        return Err(Error::failure("what was recorded is no deployment"));
    };
    let recorded = DeploymentRecorded {
        schema_version: 1,
        is_new: appended.is_new,
        is_reworded: appended.is_reworded,
        same_as: known
            .map(|entry| entry.id.clone())
            .filter(|id| *id != appended.record.id),
        kind: known.map(|entry| entry.kind.name().to_owned()),
        id: appended.record.id,
        deployment: DeploymentFacts {
            environment,
            time,
            components,
            success,
            note,
        },
    };
    let zone = recorder.zone;
    let text = |output: &Output| render::deployment_recorded(&recorded, zone, &output.style);
    recording::say(&recorded, text, output)?;
    Ok(Exit::Done)
}

/// `NAME=VERSION`, each name once.
fn components(flags: &[String]) -> Result<BTreeMap<String, String>, Error> {
    let mut named = BTreeMap::new();
    for flag in flags {
        let parts = flag
            .split_once('=')
            .map(|(name, version)| (name.trim(), version.trim()));
        let Some((name, version)) =
            parts.filter(|(name, version)| !name.is_empty() && !version.is_empty())
        else {
            return Err(
                Error::usage(format!("--component `{flag}` is not NAME=VERSION"))
                    .hint("dora deploy --component web=1.4.2"),
            );
        };
        let before = named.insert(name.to_owned(), version.to_owned());
        if before.is_some_and(|before| before != version) {
            return Err(Error::usage(format!(
                "--component names {name} twice, with two versions"
            )));
        }
    }
    Ok(named)
}

/// The environment named, else the measured one.
fn environment(named: Option<&str>, recorder: &Recorder) -> Result<String, Error> {
    if let Some(name) = named {
        let name = name.trim();
        return match name {
            ALL => Err(
                Error::usage("a deployment goes to one environment, not to `all`")
                    .hint("dora deploy --environment production"),
            ),
            name => Ok(recorder.environment_meant(name)),
        };
    }
    recorder.measured_environment()?.ok_or_else(|| {
        Error::usage("no environment is known yet: say where it was deployed")
            .hint("dora deploy --environment production")
    })
}

/// HEAD, or what `--ref` names, of every component whose commits are those of this repository.
fn components_here(
    account: &Account,
    environment: &str,
    reference: Option<&str>,
) -> Result<BTreeMap<String, String>, Error> {
    let facts = &account.gathered.facts;
    let deployed: BTreeSet<usize> = recording::environment(account, environment)
        .into_iter()
        .flat_map(|known| &known.deployments)
        .flat_map(|entry| &entry.components)
        .map(|change| change.component)
        .collect();
    let is_here = |index: &usize| facts.components[*index].repository == Some(0);
    let mut here: Vec<usize> = deployed.into_iter().filter(is_here).collect();
    if here.is_empty() {
        here = (0..facts.components.len()).filter(is_here).collect();
    }
    let names: Vec<String> = match (here.is_empty(), facts.components.is_empty()) {
        (_, true) => vec![WHOLE.to_owned()],
        (true, false) => {
            let known: Vec<&str> = facts.components.iter().map(|it| it.name.as_str()).collect();
            let first = shell_word(known.first().copied().unwrap_or("NAME"));
            let error = Error::usage(
                "no component has its commits in this repository: say what was deployed",
            )
            .hint(format!(
                "dora deploy --component {first}=VERSION (known: {})",
                known.join(", ")
            ));
            let is_shallow = facts
                .repositories
                .first()
                .is_some_and(|home| home.is_shallow);
            return Err(match is_shallow {
                true => error.hint(
                    "this clone is shallow, older commits cannot be seen: git fetch --unshallow",
                ),
                false => error,
            });
        }
        (false, false) => here
            .iter()
            .map(|&index| facts.components[index].name.clone())
            .collect(),
    };
    let Some(Origin::Clone(home)) = account.gathered.origins.first() else {
        return Err(Error::failure(
            "the repository cannot be asked for its head",
        ));
    };
    let commit = match reference {
        None => home.head()?.ok_or_else(|| {
            Error::failure("there is no commit yet that could have been deployed")
                .hint("dora deploy --component NAME=VERSION")
        })?,
        Some(name) => home.resolve_commit(name)?.ok_or_else(|| {
            Error::usage(format!("`{name}` names no commit in this repository"))
                .hint("git branch --all; git tag --list")
        })?,
    };
    Ok(names
        .into_iter()
        .map(|name| (name, commit.to_string()))
        .collect())
}

/// Says which names were unknown before and look like others; whether there are any.
fn remark_on_names(
    before: &Account,
    environment: &str,
    facts: &RecordedFacts,
    output: &Output,
) -> bool {
    let mut is_slip = false;
    let known = &before.ledger.environments;
    if let Some(source) = known
        .iter()
        .find(|it| it.name == environment)
        .map(|it| it.source)
        .filter(|&source| source > DeploymentSource::Recorded)
    {
        output.remark(&format!(
            "so far {environment} is known by {}: from now on recorded deployments are counted there, \
             and those only as evidence",
            source.name()
        ));
    }
    let tags_were_all = known.iter().all(|it| it.source == DeploymentSource::Tag);
    if !known.is_empty() && tags_were_all && known.iter().all(|it| it.name != environment) {
        output.remark(
            "so far release tags were taken for deployments: where something is recorded they are not",
        );
    }
    let names = || known.iter().map(|it| it.name.as_str());
    if names().all(|name| name != environment)
        && let Some(near) = nearest(environment, names())
    {
        is_slip = true;
        output.remark(&format!(
            "there was no environment {environment} so far; did you mean {near}?"
        ));
    }
    let RecordedFacts::Deployment { components, .. } = facts else {
        return is_slip;
    };
    let names = || before.ledger.components.iter().map(String::as_str);
    for name in components.keys() {
        if names().all(|known| known != name)
            && let Some(near) = nearest(name, names())
        {
            is_slip = true;
            output.remark(&format!(
                "there was no component {name} so far; did you mean {near}?"
            ));
        }
    }
    is_slip
}

/// Components whose commits are looked up elsewhere since a version was recorded that is a commit there: all
/// their earlier versions are then nobody's.
fn remark_on_repositories(before: &Account, now: &Account, output: &Output) {
    let homes = |account: &Account| -> BTreeMap<String, String> {
        let facts = &account.gathered.facts;
        let components = facts.components.iter();
        components
            .filter_map(|component| {
                let home = facts.repositories.get(component.repository?)?;
                Some((component.name.clone(), home.place.clone()))
            })
            .collect()
    };
    let now = homes(now);
    for (name, place) in homes(before) {
        if let Some(other) = now.get(&name).filter(|other| **other != place) {
            output.remark(&format!(
                "versions of {name} were commits of {place} so far and are looked up in {other} now: if this \
                 version was a slip, set components.{name}.repository to \"{place}\" in .dora/config.json"
            ));
        }
    }
}

/// What the entry is that a person would not expect.
fn remark_on_entry(account: &Account, entry: &Deployment, output: &Output) {
    if entry.kind == DeploymentKind::Redeployment {
        output.remark("these versions ran there already: a redeployment, which is in no metric");
    }
    let counts = match entry.kind {
        DeploymentKind::Attempt => "the attempt counts in the change failure rate alone",
        _ => "it counts as a deployment, without changes",
    };
    for change in &entry.components {
        if let Some(reason) = &change.unresolved {
            let name = &account.ledger.components[change.component];
            output.remark(&format!("{name} {}: {reason}; {counts}", change.to));
        }
    }
}
