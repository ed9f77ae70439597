//! What the commands that record share: the present view of the repository, the one way to append to
//! its records, and the times that people write. What is recorded is each command's own business.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use crate::cli::Common;
use crate::clock;
use crate::error::{Error, Exit};
use crate::ledger::{AmbiguousName, Deployment, EnvironmentAccount};
use crate::model::DeploymentSource;
use crate::model::period::written;
use crate::render::Format;
use crate::store::{
    Appended, IncidentOutcome, Recorded, RecordedFacts, Store, StoreError, ToldIncident, Writer,
    outcomes_of_first_import,
};

use super::output::Output;
use super::session::{Account, Session, moment};

/// Clocks of machines differ: what happens so soon is not taken for a mistake.
const MOST_AHEAD: TimeDelta = TimeDelta::hours(1);

/// The present view of a repository in which something is recorded.
pub(super) struct Recorder {
    /// The command, as people write it.
    command: &'static str,
    root: PathBuf,
    /// When it is recorded.
    pub(super) now: DateTime<Utc>,
    /// The zone of times without an offset.
    pub(super) zone: Tz,
    /// The environment that config, a variable or the like names as the measured one.
    pub(super) measured: Option<String>,
    /// Everything that is known now, or why that cannot be told.
    account: Result<Account, Error>,
}

impl Recorder {
    /// Opens the repository and reads what is known of it, as of now.
    pub(super) fn open(
        command: &'static str,
        common: &Common,
        output: &Output,
    ) -> Result<Self, Error> {
        if common.as_of.is_some() {
            let error = Error::usage(format!(
                "{command} records in the present: --as-of is for reports"
            ));
            // A verdict, and what another tool tells, have no other time.
            return Err(match command {
                "dora deploy" | "dora incident" => error.hint("--at says when it happened"),
                _ => error.hint("leave out --as-of"),
            });
        }
        let session = Session::open(common, None)?;
        let root = session.work_tree().map(Path::to_owned).ok_or_else(|| {
            Error::failure(format!(
                "{} is a bare repository: it has no place for .dora/",
                session.name()
            ))
            .hint(format!("run {command} in a clone"))
        })?;
        Ok(Self {
            command,
            root,
            now: clock::now().map_err(Error::of_clock)?,
            zone: session.settings.timezone,
            measured: session.configured_environment(),
            account: session.unmeasured().account(output),
        })
    }

    /// Everything that is known now.
    ///
    /// # Errors
    /// When history cannot be read: in a partial clone, say. What needs none of it can be recorded there.
    pub(super) fn account(&self) -> Result<&Account, Error> {
        self.account.as_ref().map_err(Clone::clone)
    }

    /// The instant that a person wrote; now without one. What is still to come is refused.
    pub(super) fn time(&self, flag: &str, text: Option<&str>) -> Result<DateTime<Utc>, Error> {
        let Some(text) = text else {
            return Ok(self.now);
        };
        let time = moment(flag, text, self.now, self.zone)?;
        if time > self.now + MOST_AHEAD {
            return Err(to_come(flag, time, self.now));
        }
        Ok(time)
    }

    /// The same, of what has happened on this machine's own clock.
    pub(super) fn past(&self, flag: &str, text: Option<&str>) -> Result<DateTime<Utc>, Error> {
        let time = self.time(flag, text)?;
        match time > self.now {
            true => Err(to_come(flag, time, self.now)),
            false => Ok(time),
        }
    }

    /// The environment of that name, in whatever case it is written.
    pub(super) fn known_environment(&self, name: &str) -> Result<String, Error> {
        // Where history cannot be read, nobody can say that it is not there.
        let known = self.account().map(|account| self.environments(account));
        let known = known.unwrap_or_default();
        if known.is_empty() {
            return Ok(name.to_owned());
        }
        match same_name(&known, name) {
            Some(found) => Ok(found.to_owned()),
            None => {
                let all: Vec<&str> = known.iter().map(|it| it.as_str()).collect();
                Err(Error::usage(format!("there is no environment `{name}`"))
                    .hint(format!("known: {}", all.join(", "))))
            }
        }
    }

    /// The environment that a name means, which may be a new one: a known one where only the case differs,
    /// else as it is written; so too where history cannot be read.
    pub(super) fn environment_meant(&self, name: &str) -> String {
        let known = self.account().map(|account| self.environments(account));
        let found = known
            .ok()
            .and_then(|known| same_name(&known, name).map(str::to_owned));
        found.unwrap_or_else(|| name.to_owned())
    }

    /// Every environment that is known: deployed to, or configured.
    fn environments<'a>(&'a self, account: &'a Account) -> BTreeSet<&'a String> {
        let configured = account.gathered.facts.settings.environments.keys();
        let environments = account.ledger.environments.iter().map(|it| &it.name);
        environments
            .chain(configured)
            .chain(&self.measured)
            .collect()
    }

    /// The environment that is measured where nobody names one: the configured one, else the most
    /// production-like. None while only tags tell of deployments, which name no place.
    ///
    /// # Errors
    /// When nothing is configured and history cannot be read.
    pub(super) fn measured_environment(&self) -> Result<Option<String>, Error> {
        if let Some(name) = &self.measured {
            return Ok(Some(name.clone()));
        }
        let ledger = &self.account()?.ledger;
        let measured = ledger
            .measured
            .and_then(|index| ledger.environments.get(index))
            .filter(|known| known.source != DeploymentSource::Tag);
        Ok(measured.map(|known| known.name.clone()))
    }

    /// What is recorded now, here or by cd-agent.
    pub(super) fn recorded(&self) -> Result<Recorded, Error> {
        match Store::open(&self.root)? {
            Some(store) => Ok(store.recorded(&BTreeSet::new(), "")?),
            None => Ok(Recorded::default()),
        }
    }

    /// The line of the records, from 1, that says what was recorded under this id.
    pub(super) fn line_of(&self, id: &str) -> Result<Option<usize>, Error> {
        match Store::open(&self.root)? {
            Some(store) => Ok(store.line_of_record(id)?),
            None => Ok(None),
        }
    }

    /// Whether an incident is in a file of cd-agent and not yet in the records.
    pub(super) fn is_only_of_cd_agent(&self, incident: &str) -> Result<bool, Error> {
        match Store::open(&self.root)? {
            Some(store) => {
                let records = store.records()?.records;
                Ok(records.iter().all(|record| record.id != incident))
            }
            None => Ok(false),
        }
    }

    /// Takes over what other tools tell of incidents, or says what would be.
    pub(super) fn import(
        &self,
        told: &[ToldIncident],
        is_dry_run: bool,
        output: &Output,
    ) -> Result<Vec<IncidentOutcome>, Error> {
        Ok(match Store::open(&self.root)? {
            Some(store) if is_dry_run => store.would_record_incidents(self.now, told)?,
            None if is_dry_run || told.is_empty() => outcomes_of_first_import(self.now, told),
            _ => {
                let store = self.store(output)?;
                store
                    .writer(self.command)?
                    .record_incidents(self.now, told)?
            }
        })
    }

    /// `.dora/`, made where there is none.
    fn store(&self, output: &Output) -> Result<Store, Error> {
        if let Some(store) = Store::open(&self.root)? {
            return Ok(store);
        }
        let store = Store::create(&self.root, false)?;
        output.remark(
            "made .dora/, which git ignores; for records that git keeps: dora init --track",
        );
        Ok(store)
    }

    /// Appends to the records, durably; makes `.dora/` where there is none, and says so.
    pub(super) fn append(&self, facts: RecordedFacts, output: &Output) -> Result<Appended, Error> {
        self.append_by(facts, output, |writer, facts| {
            writer.record(self.now, facts)
        })
    }

    /// The same of a verdict on a deployment that has these other ids.
    pub(super) fn append_mark(
        &self,
        facts: RecordedFacts,
        names: &BTreeSet<String>,
        output: &Output,
    ) -> Result<Appended, Error> {
        self.append_by(facts, output, |writer, facts| {
            writer.record_mark(self.now, facts, names)
        })
    }

    fn append_by(
        &self,
        facts: RecordedFacts,
        output: &Output,
        record: impl FnOnce(&Writer<'_>, RecordedFacts) -> Result<Appended, StoreError>,
    ) -> Result<Appended, Error> {
        // What makes no sense makes no directory either.
        facts
            .check()
            .map_err(|reason| Error::usage(format!("cannot record this: {reason}")))?;
        let store = self.store(output)?;
        let appended = record(&store.writer(self.command)?, facts);
        let appended = appended.map_err(|error| match error {
            StoreError::InvalidRecord(_) => Error {
                exit: Exit::Usage,
                ..Error::from(error)
            },
            error => error.into(),
        })?;
        for notice in &appended.notices {
            output.remark(&format!("note: {}", notice.message));
        }
        Ok(appended)
    }

    /// The account again, with what was recorded up to `time`.
    pub(super) fn look_again(
        &self,
        common: &Common,
        time: DateTime<Utc>,
        output: &Output,
    ) -> Result<Account, Error> {
        let read = || {
            let mut session = Session::open(common, None)?.unmeasured();
            // Nothing at the instant of the view exists yet: what is recorded now is looked at from later.
            session.as_of = self.now.max(time) + TimeDelta::seconds(1);
            session.account(output)
        };
        read().map_err(untold)
    }
}

/// Something was recorded, and what it is to the metrics cannot be told because of an error.
pub(super) fn untold(error: Error) -> Error {
    Error {
        message: format!(
            "it is recorded, but what came of it cannot be told: {}",
            error.message
        ),
        ..error
    }
}

/// The name itself, else the first that differs only in case.
fn same_name<'n>(known: &BTreeSet<&'n String>, name: &str) -> Option<&'n str> {
    let is_meant = |other: &&&String| other.to_lowercase() == name.to_lowercase();
    let exact = known.iter().find(|other| **other == name);
    let found = exact.or_else(|| known.iter().find(is_meant));
    found.map(|found| found.as_str())
}

fn to_come(flag: &str, time: DateTime<Utc>, now: DateTime<Utc>) -> Error {
    Error::usage(format!(
        "{flag}: {} is still to come (it is {})",
        written(time),
        written(now)
    ))
    .hint("record what has happened")
}

/// The environment of that name.
pub(super) fn environment<'a>(account: &'a Account, name: &str) -> Option<&'a EnvironmentAccount> {
    let mut environments = account.ledger.environments.iter();
    environments.find(|environment| environment.name == name)
}

/// The entry that a record is, by its id or by the alias that it became.
pub(super) fn entry<'a>(
    account: &'a Account,
    environment: &str,
    id: &str,
) -> Option<&'a Deployment> {
    let mut entries = self::environment(account, environment)?.deployments.iter();
    entries.find(|entry| entry.id == id || entry.aliases.iter().any(|alias| alias == id))
}

/// The deployment that a person names, of whatever environment: its account and itself.
pub(super) fn deployment_named<'a>(
    account: &'a Account,
    name: &str,
) -> Result<(&'a EnvironmentAccount, &'a Deployment), Error> {
    let mut found = Vec::new();
    let mut ambiguous = None;
    for environment in &account.ledger.environments {
        match environment.find(name) {
            Ok(Some(entry)) => found.push((environment, entry)),
            Ok(None) => {}
            Err(AmbiguousName(two)) => {
                ambiguous.get_or_insert(two);
            }
        }
    }
    let is_whole =
        |entry: &Deployment| entry.id == name || entry.aliases.iter().any(|it| it == name);
    if let Some(whole) = found.iter().find(|(_, entry)| is_whole(entry)) {
        return Ok(*whole);
    }
    if let [one, other, ..] = found.as_slice() {
        ambiguous.get_or_insert([one.1.id.clone(), other.1.id.clone()]);
    }
    match (ambiguous, found.first()) {
        (Some([one, other]), _) => Err(Error::usage(format!(
            "`{name}` begins the ids of several deployments, {one} and {other} among them"
        ))
        .hint("type more of the id")),
        (None, Some(only)) => Ok(*only),
        (None, None) => Err(Error::usage(format!("there is no deployment `{name}`"))
            .hint("dora mark lists the newest, with their ids")),
    }
}

/// Says what came of it: as JSON where that was asked for, else as text.
pub(super) fn say(
    said: &impl Serialize,
    text: impl FnOnce(&Output) -> String,
    output: &mut Output,
) -> Result<(), Error> {
    if output.format == Format::Json {
        return output.say_json(said);
    }
    let said = text(output);
    output.say(&said);
    Ok(())
}

/// Refuses formats that a command does not speak.
pub(super) fn speaks_text_or_json(command: &str, output: &Output) -> Result<(), Error> {
    match output.format {
        Format::Text | Format::Json => Ok(()),
        _ => Err(Error::usage(format!("{command} speaks text or json"))
            .hint("dora report --format csv, dora report --format md")),
    }
}
