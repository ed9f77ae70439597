//! `dora incident open`, `resolve` and `edit`: what people say of incidents, recorded, and what it does to
//! deployments. `incident_list` and `incident_import` are the other two; `recording` appends.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::cli::{self, Common, IncidentAction};
use crate::error::{Error, Exit};
use crate::ledger::DeploymentKind;
use crate::model::period::written;
use crate::model::{Incident, shell_word};
use crate::render;
use crate::report::incidents::{IncidentEntry, IncidentRecorded};
use crate::store::{Recorded, RecordedFacts};

use super::incident_import;
use super::incident_list;
use super::output::Output;
use super::recording::{self, Recorder};

const COMMAND: &str = "dora incident";

/// Does what is asked.
pub(super) fn run(
    common: &Common,
    flags: &cli::Incident,
    output: &mut Output,
) -> Result<Exit, Error> {
    match &flags.action {
        IncidentAction::List(flags) => return incident_list::run(common, flags, output),
        IncidentAction::Import(flags) => return incident_import::run(common, flags, output),
        _ => recording::speaks_text_or_json(COMMAND, output)?,
    }
    let recorder = Recorder::open(COMMAND, common, output)?;
    match &flags.action {
        IncidentAction::Open(flags) => open(&recorder, common, flags, output),
        IncidentAction::Resolve(flags) => resolve(&recorder, common, flags, output),
        IncidentAction::Edit(flags) => edit(&recorder, common, flags, output),
        IncidentAction::List(_) | IncidentAction::Import(_) => Ok(()),
    }?;
    Ok(Exit::Done)
}

fn open(
    recorder: &Recorder,
    common: &Common,
    flags: &cli::IncidentOpen,
    output: &mut Output,
) -> Result<(), Error> {
    let opened_at = recorder.past("--at", flags.at.as_deref())?;
    let cause = cause(
        recorder,
        flags.environment.as_deref(),
        flags.deployment.as_deref(),
        opened_at,
    )?;
    // Where it happened is known now; which environment is measured may be another one later.
    let environment = match (&cause.environment, &cause.deployment) {
        (None, None) => recorder.measured_environment().map_err(|error| {
            error.hint("or say where it happened: dora incident open TITLE --environment NAME")
        })?,
        _ => cause.environment,
    };
    let facts = RecordedFacts::IncidentOpened {
        title: flags.title.trim().to_owned(),
        opened_at,
        environment,
        deployment: cause.deployment,
        severity: flags.severity.map(|severity| severity.name().to_owned()),
        caused_by_change: flags.not_caused_by_change.then_some(false),
        source: "recorded".to_owned(),
        aliases: Vec::new(),
    };
    let appended = recorder.append(facts, output)?;
    say(
        recorder,
        common,
        "opened",
        &appended.record.id,
        appended.is_new,
        output,
    )
}

fn resolve(
    recorder: &Recorder,
    common: &Common,
    flags: &cli::IncidentResolve,
    output: &mut Output,
) -> Result<(), Error> {
    let resolved_at = recorder.past("--at", flags.at.as_deref())?;
    let recorded = recorder.recorded()?;
    let incident = named(&recorded, &flags.id, recorder)?;
    if let Some(end) = incident.resolved_at {
        let id = shell_word(&incident.id);
        return Err(Error::usage(format!(
            "{} is resolved already, since {}",
            incident.id,
            written(end)
        ))
        .hint(format!(
            "dora incident edit {id} --resolved-at TIME corrects that, --reopen takes it back"
        )));
    }
    in_order(incident, incident.opened_at, Some(resolved_at))?;
    let facts = RecordedFacts::IncidentResolved {
        incident: incident.id.clone(),
        resolved_at,
    };
    let is_new = recorder.append(facts, output)?.is_new;
    say(recorder, common, "resolved", &incident.id, is_new, output)
}

fn edit(
    recorder: &Recorder,
    common: &Common,
    flags: &cli::IncidentEdit,
    output: &mut Output,
) -> Result<(), Error> {
    let recorded = recorder.recorded()?;
    let known = named(&recorded, &flags.id, recorder)?;
    let past = |flag: &str, text: &Option<String>| {
        text.as_deref()
            .map(|text| recorder.past(flag, Some(text)))
            .transpose()
    };
    let opened_at = past("--at", &flags.at)?;
    let resolved_at = match flags.reopen {
        true => Some(None),
        false => past("--resolved-at", &flags.resolved_at)?.map(Some),
    };
    let begin = opened_at.unwrap_or(known.opened_at);
    in_order(known, begin, resolved_at.unwrap_or(known.resolved_at))?;
    let cause = cause(
        recorder,
        flags.environment.as_deref(),
        flags.deployment.as_deref(),
        begin,
    )?;
    let deployment = match flags.no_deployment {
        true => Some(None),
        false => cause.deployment.clone().map(Some),
    };
    let environment = match flags.environment.is_some() {
        // Of the environment a deployment implies nothing needs to be said.
        true => Some(cause.environment.clone()),
        // It stays where the deployment that it named had placed it.
        false if flags.no_deployment && known.environment.is_none() => {
            place_of_cause(recorder, known).map(Some)
        }
        false => None,
    };
    fits(recorder, known, flags, &cause, begin)?;
    let caused_by_change = match (flags.caused_by_change, flags.not_caused_by_change) {
        (true, _) => Some(Some(true)),
        (false, true) => Some(Some(false)),
        (false, false) => None,
    };
    let severity = flags
        .severity
        .map(|severity| Some(severity.name().to_owned()));
    let title = flags.title.as_deref().map(|title| title.trim().to_owned());
    let is_anything_said = title.is_some()
        || opened_at.is_some()
        || resolved_at.is_some()
        || environment.is_some()
        || deployment.is_some()
        || severity.is_some()
        || caused_by_change.is_some();
    if !is_anything_said {
        return Err(
            Error::usage("say what to correct").hint("dora incident edit --help lists what can be")
        );
    }
    let facts = RecordedFacts::IncidentEdited {
        incident: known.id.clone(),
        title: title.filter(|title| *title != known.title),
        opened_at: opened_at.filter(|at| *at != known.opened_at),
        resolved_at: resolved_at.filter(|end| *end != known.resolved_at),
        environment: environment.filter(|it| *it != known.environment),
        deployment: deployment.filter(|it| *it != known.deployment),
        severity: severity.filter(|it| *it != known.severity),
        caused_by_change: caused_by_change.filter(|it| *it != known.caused_by_change),
    };
    let nothing = RecordedFacts::IncidentEdited {
        incident: known.id.clone(),
        title: None,
        opened_at: None,
        resolved_at: None,
        environment: None,
        deployment: None,
        severity: None,
        caused_by_change: None,
    };
    let is_new = facts != nothing && recorder.append(facts, output)?.is_new;
    say(recorder, common, "edited", &known.id, is_new, output)
}

/// Where the deployment went that an incident names as its cause.
fn place_of_cause(recorder: &Recorder, known: &Incident) -> Option<String> {
    let account = recorder.account().ok()?;
    let named = recording::deployment_named(account, known.deployment.as_deref()?);
    named.ok().map(|(environment, _)| environment.name.clone())
}

/// What is corrected must fit what was said before and stays. What is not touched may be as it was.
fn fits(
    recorder: &Recorder,
    known: &Incident,
    flags: &cli::IncidentEdit,
    said: &Cause,
    begin: DateTime<Utc>,
) -> Result<(), Error> {
    let kept = known.deployment.as_deref().filter(|_| !flags.no_deployment);
    let Some(name) = said.deployment.as_deref().or(kept) else {
        return Ok(());
    };
    if flags.at.is_none() && flags.environment.is_none() && flags.deployment.is_none() {
        return Ok(());
    }
    // One that is not there decides nothing.
    let Ok((went, entry)) = recording::deployment_named(recorder.account()?, name) else {
        return Ok(());
    };
    let id = &entry.id;
    let other = "--no-deployment takes that back, --deployment ID names another";
    let is_place_said = flags.environment.is_some() || flags.deployment.is_some();
    let place = said.environment.as_ref().or(known.environment.as_ref());
    if let Some(place) = place.filter(|place| is_place_said && **place != went.name) {
        return Err(match flags.deployment {
            Some(_) => Error::usage(format!(
                "{id} went to {}, and the incident was in {place}",
                went.name
            ))
            .hint(format!(
                "--environment {} corrects that with it",
                shell_word(&went.name)
            )),
            None => Error::usage(format!(
                "the incident names {id} as its cause, which went to {}",
                went.name
            ))
            .hint(other),
        });
    }
    match flags.at.is_some() && begin < entry.time {
        true => Err(Error::usage(format!(
            "the incident would begin at {}, before {id} was deployed at {}, which it names as its cause",
            written(begin),
            written(entry.time)
        ))
        .hint(other)),
        false => Ok(()),
    }
}

/// Where it happened and what caused it.
pub(super) struct Cause {
    pub(super) environment: Option<String>,
    pub(super) deployment: Option<String>,
}

/// What flags say of the place and the cause of an incident that began at `opened_at`, if it can be so.
pub(super) fn cause(
    recorder: &Recorder,
    environment: Option<&str>,
    deployment: Option<&str>,
    opened_at: DateTime<Utc>,
) -> Result<Cause, Error> {
    let environment = environment
        .map(|name| recorder.known_environment(name))
        .transpose()?;
    let Some(name) = deployment else {
        return Ok(Cause {
            environment,
            deployment: None,
        });
    };
    let (account, entry) = recording::deployment_named(recorder.account()?, name)?;
    let id = entry.id.clone();
    if entry.kind != DeploymentKind::Deployment {
        return Err(Error::usage(format!(
            "{id} is {}: it shipped nothing that could have caused an incident",
            entry.kind.with_article()
        ))
        .hint("dora mark lists the newest deployments"));
    }
    if environment
        .as_ref()
        .is_some_and(|name| *name != account.name)
    {
        return Err(
            Error::usage(format!("{id} went to {}, not there", account.name))
                .hint("leave out --environment"),
        );
    }
    if opened_at < entry.time {
        return Err(Error::usage(format!(
            "the incident began at {}, before {id} was deployed at {}",
            written(opened_at),
            written(entry.time)
        ))
        .hint("--at says when it began"));
    }
    Ok(Cause {
        environment,
        deployment: Some(id),
    })
}

/// An incident ends after it begins.
fn in_order(
    incident: &Incident,
    begin: DateTime<Utc>,
    end: Option<DateTime<Utc>>,
) -> Result<(), Error> {
    match end.filter(|end| *end < begin) {
        None => Ok(()),
        Some(end) => Err(Error::usage(format!(
            "{} would end at {}, before it began at {}",
            incident.id,
            written(end),
            written(begin)
        ))
        .hint(format!(
            "dora incident edit {} --at TIME corrects when it began",
            shell_word(&incident.id)
        ))),
    }
}

/// The incident that an id, an alias, or the unique begin of one names.
fn named<'r>(
    recorded: &'r Recorded,
    name: &str,
    recorder: &Recorder,
) -> Result<&'r Incident, Error> {
    let whole = recorded
        .incident_aliases
        .get(name)
        .map_or(name, String::as_str);
    let exact = recorded
        .incidents
        .iter()
        .find(|incident| incident.id == whole);
    let ids = recorded
        .incidents
        .iter()
        .map(|incident| (&incident.id, &incident.id));
    let begun: BTreeSet<&String> = ids
        .chain(&recorded.incident_aliases)
        .filter(|(known, _)| !name.is_empty() && known.starts_with(name))
        .map(|(_, id)| id)
        .collect();
    let mut begun = begun.into_iter();
    let found = match (exact, begun.next(), begun.next()) {
        (Some(exact), ..) => Some(exact),
        (None, Some(one), Some(other)) => {
            return Err(Error::usage(format!(
                "`{name}` begins the ids of several incidents, {one} and {other} among them"
            ))
            .hint("type more of the id"));
        }
        (None, Some(one), None) => recorded
            .incidents
            .iter()
            .find(|incident| incident.id == *one),
        (None, None, _) => None,
    };
    match found {
        Some(incident) if recorder.is_only_of_cd_agent(&incident.id)? => Err(Error::usage(
            format!("{} is still in a file of cd-agent", incident.id),
        )
        .hint("dora init takes it over")),
        Some(incident) => Ok(incident),
        None => {
            let others = &recorder.account()?.gathered.facts.incidents;
            Err(match others.iter().find(|incident| incident.id == name) {
                Some(issue) => Error::usage(format!("{} is an issue on GitHub", issue.id))
                    .hint("close or edit it there, then: dora sync"),
                None => Error::usage(format!("there is no incident `{name}`"))
                    .hint("dora incident list --all"),
            })
        }
    }
}

/// Other ids of each incident.
pub(super) fn aliases_of(recorded: &Recorded) -> BTreeMap<&str, Vec<String>> {
    let mut aliases: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (alias, id) in &recorded.incident_aliases {
        aliases.entry(id).or_default().push(alias.clone());
    }
    aliases
}

/// Says how it stands now.
fn say(
    recorder: &Recorder,
    common: &Common,
    action: &str,
    id: &str,
    is_new: bool,
    output: &mut Output,
) -> Result<(), Error> {
    let account = recorder.look_again(common, recorder.now, output)?;
    let recorded = recorder.recorded()?;
    let incident = recorded.incidents.iter().find(|incident| incident.id == id);
    let incident = incident
        .ok_or_else(|| Error::failure(format!("{id} was recorded and is not there any more")))?;
    let aliases = aliases_of(&recorded).remove(id).unwrap_or_default();
    let said = IncidentRecorded {
        schema_version: 1,
        id: id.to_owned(),
        action: action.to_owned(),
        is_new,
        incident: IncidentEntry::of(incident, aliases, &account.ledger, recorder.now),
    };
    let zone = recorder.zone;
    let text = |output: &Output| render::incident_recorded(&said, zone, &output.style);
    recording::say(&said, text, output)
}
