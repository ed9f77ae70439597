//! `dora init`: finds the sources, says how they will be read, creates `.dora/`, shows the baseline.
//! Running it again changes nothing that a person wrote or recorded.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::TimeDelta;
use serde_json::json;

use crate::cli::{self, Common};
use crate::clock;
use crate::error::{Error, Exit};
use crate::gather::github::sync::Kind;
use crate::model::DeploymentSource;
use crate::model::settings::EnvironmentSettings;
use crate::render::{self, Format, Options, View};
use crate::report::inventory::{Inventory, inventory};
use crate::report::{Document, Scope, quantity};
use crate::sources::github::Limits;
use crate::store::{Store, initial_config};

use super::claude;
use super::derived;
use super::github::{self, Question};
use super::output::Output;
use super::report::strict;
use super::session::{Account, Session};

/// Finds, says, creates, shows.
pub(super) fn run(common: &Common, flags: &cli::Init, output: &mut Output) -> Result<Exit, Error> {
    if common.as_of.is_some() || common.reference.is_some() {
        return Err(Error::usage(
            "dora init keeps the present view: --as-of and --ref are for reports",
        )
        .hint("dora report --as-of T"));
    }
    if !matches!(output.format, Format::Text | Format::Json) {
        return Err(Error::usage("dora init speaks text or json")
            .hint("dora report --format csv, dora report --format md"));
    }
    let session = opened(common, flags)?;
    let root = session.work_tree().map(Path::to_owned).ok_or_else(|| {
        Error::failure(format!(
            "{} is a bare repository: it has no place for .dora/",
            session.name()
        ))
        .hint("run dora report, which needs no .dora/, or dora init in a clone")
    })?;
    let lookback = flags.lookback.unwrap_or(session.settings.lookback_days);
    let name = session.name();
    let mut done = Vec::new();
    // Everything is read before anything is deleted: what cannot be read stops here.
    let mut account = session.account(output)?;
    // What cannot be written is told before anything is.
    let commands = match flags.claude {
        true => Some(claude::Plan::of(&root, flags.force)?),
        false => None,
    };
    if flags.reset && !flags.dry_run && reset(&root, &mut done)? {
        account = opened(common, flags)?.account(output)?;
    }
    let existed = Store::open(&root)?.is_some();
    if sync(&root, common, flags, lookback, &account, &mut done, output)? {
        account = opened(common, flags)?.account(output)?;
    }
    let found = inventory(
        &account.gathered.facts,
        &account.ledger,
        &account.gathered.github,
    );
    let period = account.period(Some(&lookback.to_string()))?;
    let document = account.document(
        false,
        None,
        &period,
        &Scope::ANY.of_period(lookback.to_string()),
    );
    done.extend(if flags.dry_run {
        would_do(&root)
    } else {
        create(&root, existed, &name, flags, lookback, &account, &document)?
    });
    let mut differences = String::new();
    if let Some(commands) = commands {
        let told = commands.carry_out(flags.dry_run, &output.style)?;
        done.extend(told.done);
        differences = told.differences;
    }
    let exit = if common.strict {
        strict(&document)
    } else {
        Exit::Done
    };
    if output.format == Format::Json {
        as_json(&found, &document, &done, output)?;
        return Ok(exit);
    }
    let zone = account.gathered.facts.settings.timezone;
    let text = render::inventory(&found, zone, &output.style);
    output.say(&text);
    for line in &done {
        output.say(&format!(" {}\n", output.style.foreign(line)));
    }
    output.say(&differences);
    if !found.environments.is_empty() {
        output.say(&format!(
            "\nBaseline, {}:\n\n",
            quantity::plural(lookback as usize, "day")
        ));
        let view = if flags.verbose {
            View::Verbose
        } else {
            View::Compact
        };
        let options = Options {
            view,
            ..Options::default()
        };
        output.show(&(&document, &options))?;
        output.say("\n next: dora report\n");
    }
    Ok(exit)
}

fn as_json(
    found: &Inventory,
    document: &Document,
    done: &[String],
    output: &mut Output,
) -> Result<(), Error> {
    let baseline = match document {
        Document::One(report) => serde_json::to_value(report),
        Document::All(reports) => serde_json::to_value(reports),
    };
    let baseline = baseline.map_err(|error| {
        Error::failure("cannot write the inventory as JSON").cause(error.to_string())
    })?;
    output.say_json(&json!({
        "schema_version": 1,
        "found": found,
        "done": done,
        "baseline": baseline,
    }))
}

fn would_do(root: &Path) -> Vec<String> {
    let what = match Store::open(root) {
        Ok(Some(_)) => "would refresh .dora/ (nothing that people wrote or recorded is touched)",
        Ok(None) | Err(_) => "would create .dora/",
    };
    vec![format!("dry run: {what}")]
}

/// The repository as it is now, without data of GitHub where that was declined.
fn opened(common: &Common, flags: &cli::Init) -> Result<Session, Error> {
    let mut session = Session::open(common, None)?;
    session.uses_github = !flags.skip_github;
    Ok(session)
}

/// Deletes what can be made anew, the cache of GitHub's data included. Whether there was anything.
fn reset(root: &Path, done: &mut Vec<String>) -> Result<bool, Error> {
    let Some(store) = Store::open(root)? else {
        return Ok(false);
    };
    let deleted = store.writer("dora init")?.reset()?;
    if !deleted.is_empty() {
        done.push(format!("reset: {} will be made anew", deleted.join(", ")));
    }
    Ok(!deleted.is_empty())
}

/// Asks GitHub, unless that was declined or there is nobody to ask; tells what came of it. Whether
/// anything may have been kept. An `init` never fails because of GitHub.
fn sync(
    root: &Path,
    common: &Common,
    flags: &cli::Init,
    lookback: u32,
    account: &Account,
    done: &mut Vec<String>,
    output: &Output,
) -> Result<bool, Error> {
    let Some(repository) = &account.gathered.github.repository else {
        return Ok(false);
    };
    if flags.skip_github || common.offline {
        return Ok(false);
    }
    if flags.dry_run {
        done.push(format!(
            "dry run: would ask {repository}, if there is a token for it"
        ));
        return Ok(false);
    }
    let store = Store::create(root, flags.track)?;
    // What GitHub knows up to the end of this second is not known before that.
    let now = clock::now().unwrap_or(account.gathered.facts.as_of);
    let question = Question {
        since: now - TimeDelta::days(i64::from(lookback)),
        reads_again: false,
        kinds: &Kind::ALL,
        limits: Limits::default(),
    };
    match github::ask(&account.gathered, &store, &question, now, output) {
        Ok((synced, origin)) => {
            let kinds = synced.kinds.iter().filter(|kind| kind.known > 0);
            let known: Vec<String> = kinds
                .map(|kind| quantity::plural(kind.known, kind.kind.noun()))
                .collect();
            let known = match known.is_empty() {
                true => "nothing of use".to_owned(),
                false => known.join(", "),
            };
            done.push(format!("asked {repository} with {origin}: {known}"));
            done.extend(synced.notices.iter().map(|notice| notice.message.clone()));
            if let Some(stopped) = &synced.stopped {
                done.push(format!(
                    "the sync stopped early: {stopped} (dora sync continues)"
                ));
            }
            Ok(true)
        }
        Err(reason) => {
            let hint = reason
                .hint()
                .map(|hint| format!(" ({hint})"))
                .unwrap_or_default();
            done.push(format!("GitHub was not asked: {}{hint}", reason.words()));
            Ok(false)
        }
    }
}

/// Creates or refreshes `.dora/`, and tells line by line what was done. A sync may have made the
/// directory just before.
fn create(
    root: &Path,
    existed: bool,
    name: &str,
    flags: &cli::Init,
    lookback: u32,
    account: &Account,
    document: &Document,
) -> Result<Vec<String>, Error> {
    let store = Store::create(root, flags.track)?;
    let writer = store.writer("dora init")?;
    let mut done = Vec::new();
    let facts = &account.gathered.facts;
    let with_state_file: BTreeSet<String> = facts
        .environments
        .iter()
        .filter(|environment| environment.source == DeploymentSource::StateFile)
        .map(|environment| environment.name.clone())
        .collect();
    let taken = writer.take_over_cd_agent(&with_state_file, name)?;
    if !taken.records.is_empty() {
        done.push(format!(
            "took over {} of cd-agent; the originals are kept as *.cd-agent.bak",
            quantity::plural(taken.records.len(), "record")
        ));
    }
    let mut settings = facts.settings.clone();
    settings.lookback_days = lookback;
    settings.measured_environment = None;
    for environment in &facts.environments {
        if environment.source == DeploymentSource::StateFile {
            let entry: &mut EnvironmentSettings = settings
                .environments
                .entry(environment.name.clone())
                .or_default();
            entry
                .state_file
                .get_or_insert_with(|| environment.source_detail.clone());
            entry.is_production.get_or_insert(environment.is_production);
        }
    }
    if writer.write_initial_config(&initial_config(&settings, facts.as_of))? {
        done.push("wrote .dora/config.json".to_owned());
    } else if existed {
        done.push(".dora/config.json was kept as it is".to_owned());
    }
    derived::write(&writer, account, Some(document))?;
    let ignored = if store.is_ignored_by_git() {
        "git ignores it; --track lets git keep it"
    } else {
        "git may track it, except cache and lock"
    };
    done.push(format!(
        "{} .dora/ ({ignored})",
        if existed { "refreshed" } else { "created" }
    ));
    Ok(done)
}
