//! `dora doctor`: looks at everything that the numbers rest on, and says what mends it. A check never
//! stops the others. The checks of `.dora/` are in `directory`, those of the program and its
//! surroundings in `surroundings`; what is said of the data is in `report::doctor`.

mod directory;
mod surroundings;

use std::path::{Path, PathBuf};

use crate::cli::Common;
use crate::error::{Error, Exit};
use crate::gather::Origin;
use crate::ledger::flow::FlowAccount;
use crate::model::{Notice, Settings, WorkItem, shell_path};
use crate::report::Scope;
use crate::report::doctor::{Check, Doctor, Status, add_notices, add_notices_to, data};
use crate::report::flow::{FlowInputs, compose};
use crate::report::quantity::plural;
use crate::sources::git::Repository;
use crate::store::{Config, Layer, Store, StoreError, settings_from_layers, user_config};

use super::output::Output;
use super::session::{Account, Session, instant, user_configuration};

/// Checks of data to which records and cache belong.
const NEED_RECORDS: [&str; 3] = ["environments", "components", "versions"];

/// Looks, and says.
pub(super) fn run(common: &Common, output: &mut Output) -> Result<Exit, Error> {
    let directory = common.directory.as_deref().unwrap_or(Path::new("."));
    let opened = Repository::open(directory);
    let root = match &opened {
        Ok(repository) => repository.work_tree().map(Path::to_owned),
        // What git cannot read may have a `.dora/` all the same.
        Err(_) => root_above(directory),
    };
    let mut checks = surroundings::checks(output);
    let store = directory::open(root.as_deref(), &mut checks);
    let (settings, is_default) = settings(store.as_ref(), &mut checks);
    let as_of = instant(common.as_of.as_deref(), &settings)?;
    let records = directory::files(store.as_ref(), &mut checks);
    let name = opened.as_ref().ok().map(Repository::name);
    match opened {
        Err(error) => {
            let check = Check::new("repository", "none that can be read");
            checks.push(check.fail(error.to_string(), error.hint()));
            let check = Check::new("numbers", "none");
            checks.push(check.note("not looked at: they need a repository"));
        }
        Ok(repository) => {
            let tracked = repository_itself(&repository, &mut checks);
            if let (Some(store), Some(tracked)) = (&store, tracked) {
                checks.push(directory::git_ignore(store, &repository, &tracked));
            }
            let session = Session::of_parts(
                repository,
                store.filter(|_| records.are_readable),
                settings,
                common,
                as_of,
            );
            gathered(session, is_default, &records, &mut checks, output);
        }
    }
    add_notices(&mut checks, &records.notices);
    let doctor = Doctor::new(as_of, name, checks);
    let exit = match doctor.status {
        Status::Fail => Exit::Failure,
        Status::Warn if common.strict => Exit::Failure,
        Status::Ok | Status::Warn => Exit::Done,
    };
    output.show(&doctor)?;
    Ok(exit)
}

/// The directory here or above that has a `.git`.
fn root_above(directory: &Path) -> Option<PathBuf> {
    let start = directory.canonicalize().ok()?;
    let mut above = start.ancestors();
    above
        .find(|place| place.join(".git").exists())
        .map(Path::to_owned)
}

/// What is known without reading its history; gives the files of `.dora/` that git tracks, unless its index is
/// damaged.
fn repository_itself(repository: &Repository, checks: &mut Vec<Check>) -> Option<Vec<String>> {
    let mut words = vec![repository.name()];
    words.extend(repository.is_bare().then(|| "bare".to_owned()));
    let mut check = match repository.head() {
        Ok(Some(head)) => {
            words.push(format!("HEAD is {}", head.short()));
            Check::new("repository", words.join(", "))
        }
        Ok(None) => Check::new("repository", words.join(", ")).warn(
            "there is no commit yet on the branch that is checked out",
            "git commit, or git switch to a branch that has one".to_owned(),
        ),
        Err(error) => {
            Check::new("repository", words.join(", ")).fail(error.to_string(), error.hint())
        }
    };
    if repository.is_bare() {
        check = check.note("a bare repository has no place for .dora/; reports work");
    }
    let tracked = match repository.tracked_below(".dora/") {
        Ok(tracked) => Some(tracked),
        Err(error) => {
            let index = shell_path(repository.git_directory().join("index"));
            let mend =
                format!("mv {index} {index}.damaged && git reset: what was staged is not any more");
            check = check.fail(error.to_string(), mend);
            None
        }
    };
    checks.push(check);

    let kind = match (repository.is_shallow(), repository.is_partial_clone()) {
        (true, _) => "shallow",
        (false, true) => "a partial clone",
        (false, false) => "whole",
    };
    let mut history = Check::new("history", kind);
    if repository.is_partial_clone() {
        history = history.warn(
            "objects were left out of this clone: a report that needs one of them fails",
            "git fetch --refetch --no-filter && git config --unset-all remote.origin.promisor && \
             git config --unset-all remote.origin.partialclonefilter"
                .to_owned(),
        );
    }
    checks.push(history);
    let upstream = match repository.behind_upstream() {
        Some(upstream) => format!("ahead of HEAD: {}", upstream.name),
        None => "not ahead of HEAD, as far as it was fetched".to_owned(),
    };
    checks.push(Check::new("upstream", upstream));
    tracked
}

/// The settings in force, without what is faulty; and whether something was.
fn settings(store: Option<&Store>, checks: &mut Vec<Check>) -> (Settings, bool) {
    let mut check = Check::new("settings", "");
    let mut notices: Vec<Notice> = Vec::new();
    let mut layers = Vec::new();
    let mut sources = Vec::new();
    let mut is_default = false;
    let mut take = |read: Result<Config, StoreError>, check: &mut Check| match read {
        Ok(config) => {
            notices.extend(config.notices);
            layers.push(config.layer);
        }
        Err(error) => {
            is_default = true;
            faulty(check, &error);
        }
    };
    let variables = Layer::from_environment(|name| std::env::var(name).ok());
    let from_variables = variables.map(|layer| Config {
        layer,
        notices: Vec::new(),
    });
    take(from_variables, &mut check);
    if let Some(store) = store {
        if store.path().join("config.json").exists() {
            sources.push(".dora/config.json".to_owned());
        }
        take(store.config(), &mut check);
    }
    if let Some(path) = user_configuration().filter(|path| path.exists()) {
        sources.push(path.display().to_string());
        take(user_config(&path), &mut check);
    }
    check.summary = match (is_default, sources.is_empty()) {
        (true, _) => "faulty: what follows is looked at with defaults in their place".to_owned(),
        (false, true) => "built-in defaults".to_owned(),
        (false, false) => sources.join(", "),
    };
    checks.push(check);
    add_notices(checks, &notices);
    (settings_from_layers(&layers), is_default)
}

/// Each fault with its place; the way out with the first.
fn faulty(check: &mut Check, error: &StoreError) {
    let faults = error.faults();
    if faults.is_empty() {
        check.find(Status::Fail, error.to_string(), error.hint());
    }
    for (number, fault) in faults.iter().enumerate() {
        let hint = error.hint().filter(|_| number == 0);
        check.find(Status::Fail, fault.to_string(), hint);
    }
}

/// What the numbers of the value stream would leave out or assume.
fn of_the_stream(account: &Account, items: &[WorkItem]) -> Vec<Notice> {
    let facts = &account.gathered.facts;
    let Ok(period) = account.period(None) else {
        return Vec::new();
    };
    if items.is_empty() {
        return Vec::new();
    }
    let stream = FlowAccount::from_items(items, &facts.settings, facts.as_of);
    let repository = facts.repositories.first();
    let report = compose(&FlowInputs {
        account: &stream,
        items,
        settings: &facts.settings,
        period: &period,
        repository: repository.map_or("", |known| &known.name),
        code: None,
        notices: Vec::new(),
        with_items: false,
    });
    report.notices
}

/// What records a deployment here.
fn first_step(account: &Account) -> &'static str {
    match account.gathered.origins.first() {
        Some(Origin::Clone(home)) if home.is_bare() => {
            "in a clone: dora deploy --environment production"
        }
        Some(Origin::Clone(home)) if matches!(home.head(), Ok(None)) => {
            "dora deploy --environment production --component NAME=VERSION"
        }
        _ => "dora deploy --environment production",
    }
}

/// Everything that a report would read, and what it would say of it.
fn gathered(
    session: Session,
    is_default: bool,
    records: &directory::Records,
    checks: &mut Vec<Check>,
    output: &Output,
) {
    let mut numbers = Check::new("numbers", "");
    if is_default || !records.are_readable {
        numbers = numbers.note("looked at without what cannot be read; a report refuses it");
    }
    let account = match session.account(output) {
        Ok(account) => account,
        Err(error) => {
            numbers.summary = "none".to_owned();
            let why = error
                .causes
                .iter()
                .fold(error.message, |text, cause| format!("{text}: {cause}"));
            numbers.find(Status::Fail, why, error.hints.into_iter().next());
            checks.push(numbers);
            return;
        }
    };
    let facts = &account.gathered.facts;
    let of_data = data::checks(facts, first_step(&account));
    checks.extend(of_data.into_iter().map(|check| {
        match records.are_readable || !NEED_RECORDS.contains(&check.code) {
            true => check,
            false => Check::new(check.code, "not looked at").note(
                "what is recorded counts here, and .dora/ cannot be read whole: see files, records",
            ),
        }
    }));
    checks.push(surroundings::github(&account));
    let entries = account.ledger.environments.iter();
    let entries: usize = entries.map(|it| it.deployments.len()).sum();
    numbers.summary = match records.are_readable {
        true => format!(
            "{} from {}",
            plural(entries, "deployment"),
            plural(account.gathered.commits_read as usize, "commit"),
        ),
        false => "none that could be trusted".to_owned(),
    };
    checks.push(numbers);
    if let Some(check) = checks.iter_mut().find(|check| check.code == "work-items") {
        add_notices_to(check, &of_the_stream(&account, &records.items));
    }
    let notices = match account.period(None) {
        Ok(period) => account
            .document(true, None, &period, &Scope::ANY)
            .reports()
            .iter()
            .flat_map(|report| report.notices.clone())
            .collect(),
        Err(_) => facts.notices.clone(),
    };
    add_notices(checks, &notices);
}
