//! What every command on a repository needs: the repository, its `.dora/`, the settings in force,
//! the instant, and — asked for — the facts and the ledger.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use directories::ProjectDirs;

use crate::cli::Common;
use crate::clock;
use crate::error::{Error, Exit};
use crate::gather::{self, GatherError, Gathered};
use crate::ledger::Ledger;
use crate::metrics::{Profile, UnknownProfile};
use crate::model::period::{Period, PeriodError, PeriodSpec, parse_moment};
use crate::model::{Notice, Settings};
use crate::report::compose::{Inputs, compose};
use crate::report::{Document, Scope};
use crate::sources::git::{GitError, Repository};
use crate::sources::work_item_keys::KeyFinder;
use crate::store::{
    Layer, Recorded, Store, StoreError, StoreErrorKind, settings_from_layers, user_config,
};

use super::output::Output;
use super::progress::Progress;

impl From<GitError> for Error {
    fn from(error: GitError) -> Self {
        let hint = error.hint();
        let exit = match error {
            GitError::AmbiguousRef { .. } => Exit::Usage,
            _ => Exit::Failure,
        };
        hint.into_iter()
            .fold(Self::new(exit, error.to_string()), Self::hint)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let exit = match error.kind() {
            StoreErrorKind::InvalidData => Exit::InvalidData,
            StoreErrorKind::Failure => Exit::Failure,
        };
        let hint = error.hint();
        hint.into_iter()
            .fold(Self::new(exit, error.to_string()), Self::hint)
    }
}

impl From<PeriodError> for Error {
    fn from(error: PeriodError) -> Self {
        let hint = error.hint.clone();
        hint.into_iter()
            .fold(Self::usage(error.to_string()), Self::hint)
    }
}

impl Error {
    /// `DORA_NOW` holds this text, which is no instant.
    pub(super) fn of_clock(text: String) -> Self {
        Self::usage(format!("DORA_NOW holds `{text}`, which is not an instant"))
            .hint("write it as 2026-03-09T09:00:00Z")
    }
}

impl From<UnknownProfile> for Error {
    fn from(error: UnknownProfile) -> Self {
        Self::new(Exit::InvalidData, error.to_string())
    }
}

impl From<GatherError> for Error {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::Git(error) => error.into(),
            GatherError::Store(error) => error.into(),
            GatherError::UnknownReference(_) => {
                Self::usage(error.to_string()).hint("git branch --all; git tag --list")
            }
            GatherError::UnknownEnvironment {
                ref known,
                ref name,
            } => {
                let hint = match name.as_str() {
                    "all" => "dora report --environment all is the only view of them together; ",
                    _ => "",
                };
                Self::usage(error.to_string()).hint(format!("{hint}known: {}", known.join(", ")))
            }
        }
    }
}

/// An open repository with its settings.
pub(super) struct Session {
    repository: Repository,
    /// Its `.dora/`, when there is one.
    pub(super) store: Option<Store>,
    /// The settings in force.
    pub(super) settings: Settings,
    /// Nothing at or after this instant exists.
    pub(super) as_of: DateTime<Utc>,
    /// Whether cached data of GitHub is used.
    pub(super) uses_github: bool,
    /// Whether the view is that of now and of HEAD: only then are derived files refreshed.
    pub(super) is_current: bool,
    /// The environment that config or a variable names as the measured one, whatever a flag names.
    configured_environment: Option<String>,
    /// Whether a flag names the measured environment, not config or a variable.
    is_environment_asked_for: bool,
    reference: Option<String>,
    notices: Vec<Notice>,
}

/// Everything that was read and joined.
pub(super) struct Account {
    pub(super) gathered: Gathered,
    pub(super) ledger: Ledger,
    pub(super) profile: Profile,
}

impl Session {
    /// Opens the repository here, or where `-C` says. `environment` is the one a flag names.
    pub(super) fn open(common: &Common, environment: Option<&str>) -> Result<Self, Error> {
        let directory = common
            .directory
            .clone()
            .unwrap_or_else(|| PathBuf::from("."));
        let repository = Repository::open(&directory)?;
        let store = match repository.work_tree() {
            Some(root) => Store::open(root)?,
            None => None,
        };
        let mut notices = Vec::new();
        let flags = Layer {
            measured_environment: environment.map(str::to_owned),
            ..Layer::default()
        };
        let mut layers = vec![
            flags,
            Layer::from_environment(|name| std::env::var(name).ok())?,
        ];
        if let Some(store) = &store {
            let config = store.config()?;
            notices.extend(config.notices);
            layers.push(config.layer);
        }
        if let Some(path) = user_configuration() {
            let config = user_config(&path)?;
            notices.extend(config.notices);
            layers.push(config.layer);
        }
        let settings = settings_from_layers(&layers);
        let configured_environment = settings_from_layers(&layers[1..]).measured_environment;
        let as_of = instant(common.as_of.as_deref(), &settings)?;
        Ok(Self {
            repository,
            store,
            settings,
            as_of,
            uses_github: true,
            is_current: common.as_of.is_none() && common.reference.is_none(),
            configured_environment,
            is_environment_asked_for: environment.is_some(),
            reference: common.reference.clone(),
            notices,
        })
    }

    /// A session of what could be opened, whatever could not.
    pub(super) fn of_parts(
        repository: Repository,
        store: Option<Store>,
        settings: Settings,
        common: &Common,
        as_of: DateTime<Utc>,
    ) -> Self {
        Self {
            repository,
            store,
            configured_environment: settings.measured_environment.clone(),
            settings,
            as_of,
            uses_github: true,
            is_current: common.as_of.is_none() && common.reference.is_none(),
            is_environment_asked_for: false,
            reference: common.reference.clone(),
            notices: Vec::new(),
        }
    }

    /// The root of the work tree; `None` in a bare repository.
    pub(super) fn work_tree(&self) -> Option<&Path> {
        self.repository.work_tree()
    }

    /// The repository.
    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Checks the environment that a flag names, where nothing else reads what was deployed: one that is
    /// not there is a mistake, whatever the number.
    pub(super) fn check_environment(
        common: &Common,
        environment: Option<&str>,
        output: &Output,
    ) -> Result<(), Error> {
        if environment.is_some() {
            Self::open(common, environment)?.account(output)?;
        }
        Ok(())
    }

    /// The name of the repository.
    pub(super) fn name(&self) -> String {
        self.repository.name()
    }

    /// The period that a person wrote, where nothing is read but what is imported.
    pub(super) fn period(
        &self,
        text: Option<&str>,
        earliest: Option<DateTime<Utc>>,
    ) -> Result<Period, Error> {
        period(text, self.as_of, &self.settings, earliest)
    }

    /// The environment that config or a variable names as the measured one.
    pub(super) fn configured_environment(&self) -> Option<String> {
        self.configured_environment.clone()
    }

    /// The same, where it does not matter which environment is measured: not even whether there is one
    /// of the name that config has.
    pub(super) fn unmeasured(mut self) -> Self {
        self.settings.measured_environment = None;
        self
    }

    /// What opening it left out or assumed.
    pub(super) fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Reads everything and joins it.
    pub(super) fn account(self, output: &Output) -> Result<Account, Error> {
        self.account_noting(None, output)
    }

    /// The same, which also notes the work items that commits name.
    pub(super) fn account_noting(
        self,
        keys: Option<&KeyFinder>,
        output: &Output,
    ) -> Result<Account, Error> {
        let profile = Profile::from_settings(&self.settings)?;
        let progress = Progress::start(output.shows_progress);
        let name = self.repository.name();
        let store = self.store;
        let read_records = |with_state_file: &BTreeSet<String>| match &store {
            Some(store) => store.recorded(with_state_file, &name),
            None => Ok(Recorded::default()),
        };
        let request = gather::Request {
            reference: self.reference.as_deref(),
            as_of: self.as_of,
            settings: self.settings,
            configured_environment: self.configured_environment.as_deref(),
            store: store.as_ref().filter(|_| self.uses_github),
            recorded: &read_records,
            progress: &|count| progress.commits(count, &|text| output.remark(text)),
            keys,
        };
        let gathered = gather::gather(self.repository, request);
        progress.finish();
        let mut gathered = gathered.map_err(|error| match error {
            GatherError::UnknownEnvironment { .. } if !self.is_environment_asked_for => Error {
                exit: Exit::InvalidData,
                ..Error::from(error)
            }
            .hint("correct measured_environment in .dora/config.json, or DORA_ENVIRONMENT"),
            error => error.into(),
        })?;
        gathered.facts.notices.splice(0..0, self.notices);
        let ledger = Ledger::from_facts(&gathered.facts);
        Ok(Account {
            gathered,
            ledger,
            profile,
        })
    }
}

/// The period that a person wrote; `earliest` is where the record begins.
fn period(
    text: Option<&str>,
    as_of: DateTime<Utc>,
    settings: &Settings,
    earliest: Option<DateTime<Utc>>,
) -> Result<Period, Error> {
    let spec: PeriodSpec = text.map(str::parse).transpose()?.unwrap_or_default();
    Ok(spec.resolve(as_of, settings.timezone, earliest)?)
}

/// The flags that every command shares and that choose which numbers are shown.
pub(super) fn scope(common: &Common) -> Scope {
    Scope {
        as_of: common.as_of.clone(),
        reference: common.reference.clone(),
        ..Scope::ANY
    }
}

/// The user's own configuration file, where the platform keeps such files.
pub(super) fn user_configuration() -> Option<PathBuf> {
    ProjectDirs::from("", "", "git-dora").map(|places| places.config_dir().join("config.json"))
}

/// `--as-of`: an instant as people write it, or a day of the configured zone (its first instant); now
/// without it.
pub(super) fn instant(as_of: Option<&str>, settings: &Settings) -> Result<DateTime<Utc>, Error> {
    let now = clock::now().map_err(Error::of_clock)?;
    match as_of {
        None => clock::end_of_now().map_err(Error::of_clock),
        Some(text) => moment("--as-of", text, now, settings.timezone),
    }
}

/// The instant that a person wrote after a flag.
pub(super) fn moment(
    flag: &str,
    text: &str,
    now: DateTime<Utc>,
    zone: Tz,
) -> Result<DateTime<Utc>, Error> {
    parse_moment(text, now, zone).map_err(|error| {
        let hint = error.hint.clone();
        let error = Error::usage(format!("{flag}: {error}"));
        hint.into_iter().fold(error, Error::hint)
    })
}

impl Account {
    /// The period that a person wrote, at the instant of this run.
    pub(super) fn period(&self, text: Option<&str>) -> Result<Period, Error> {
        self.period_since(text, None)
    }

    /// The same where something else may be on record since an earlier instant.
    pub(super) fn period_since(
        &self,
        text: Option<&str>,
        earliest: Option<DateTime<Utc>>,
    ) -> Result<Period, Error> {
        let facts = &self.gathered.facts;
        let accounts = self.ledger.environments.iter();
        let records = accounts.filter_map(|account| account.record_start);
        let earliest = records.chain(earliest).min();
        period(text, facts.as_of, &facts.settings, earliest)
    }

    /// The index of a component by name.
    pub(super) fn component(&self, name: Option<&str>) -> Result<Option<usize>, Error> {
        let Some(name) = name else {
            return Ok(None);
        };
        let known = &self.ledger.components;
        known
            .iter()
            .position(|component| component == name)
            .map(Some)
            .ok_or_else(|| {
                let error = Error::usage(format!("there is no component `{name}`"));
                if known.is_empty() {
                    error
                } else {
                    error.hint(format!("known: {}", known.join(", ")))
                }
            })
    }

    /// The report of the measured environment, or of all.
    pub(super) fn document(
        &self,
        all: bool,
        component: Option<usize>,
        period: &Period,
        asked: &Scope,
    ) -> Document {
        let report = |environment: Option<usize>, asked: &Scope| {
            compose(&Inputs {
                facts: &self.gathered.facts,
                ledger: &self.ledger,
                environment,
                component,
                period,
                profile: &self.profile,
                asked,
                subject: &|repository, commit| {
                    self.gathered.origins.get(repository)?.subject(commit)
                },
            })
        };
        if all && !self.ledger.environments.is_empty() {
            Document::All(
                self.ledger
                    .environments
                    .iter()
                    .enumerate()
                    .map(|(index, it)| report(Some(index), &asked.of_environment(&*it.name)))
                    .collect(),
            )
        } else {
            Document::One(Box::new(report(self.ledger.measured, asked)))
        }
    }
}
