//! `dora init`: finds the sources, says how they will be read, creates `.dora/`, shows the baseline.
//! Running it again changes nothing that a person wrote or recorded.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use crate::cli::{self, Common};
use crate::error::{Error, Exit};
use crate::model::DeploymentSource;
use crate::model::settings::EnvironmentSettings;
use crate::render::{self, Format, Options, View};
use crate::report::inventory::{Inventory, inventory};
use crate::report::{Document, quantity};
use crate::store::{Store, initial_config};

use super::claude;
use super::derived;
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
    let session = Session::open(common, None)?;
    let root = session.work_tree().map(Path::to_owned).ok_or_else(|| {
        Error::failure(format!(
            "{} is a bare repository: it has no place for .dora/",
            session.name()
        ))
        .hint("run dora report, which needs no .dora/, or dora init in a clone")
    })?;
    let lookback = flags.lookback.unwrap_or(session.settings.lookback_days);
    let name = session.name();
    let account = session.account(output)?;
    let found = inventory(
        &account.gathered.facts,
        &account.ledger,
        &account.gathered.github,
    );
    let period = account.period(Some(&lookback.to_string()))?;
    let document = account.document(false, None, &period);
    // What cannot be written is told before anything is.
    let commands = match flags.claude {
        true => Some(claude::Plan::of(&root, flags.force)?),
        false => None,
    };
    let mut done = if flags.dry_run {
        would_do(&root)
    } else {
        create(&root, &name, flags, lookback, &account, &document)?
    };
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
        output.say(&format!(" {line}\n"));
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
        output.show(
            &document,
            &Options {
                view,
                ..Options::default()
            },
        )?;
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
    let text = baseline.and_then(|baseline| {
        serde_json::to_string_pretty(&json!({
            "schema_version": 1,
            "found": found,
            "done": done,
            "baseline": baseline,
        }))
    });
    let text = text.map_err(|error| {
        Error::failure("cannot write the inventory as JSON").cause(error.to_string())
    })?;
    output.say(&render::tame_json(&text));
    output.say("\n");
    Ok(())
}

fn would_do(root: &Path) -> Vec<String> {
    let what = match Store::open(root) {
        Ok(Some(_)) => "would refresh .dora/ (nothing that people wrote or recorded is touched)",
        Ok(None) | Err(_) => "would create .dora/",
    };
    vec![format!("dry run: {what}")]
}

/// Creates or refreshes `.dora/`, and tells line by line what was done.
fn create(
    root: &Path,
    name: &str,
    flags: &cli::Init,
    lookback: u32,
    account: &Account,
    document: &Document,
) -> Result<Vec<String>, Error> {
    let existed = Store::open(root)?.is_some();
    let store = Store::create(root, flags.track)?;
    let writer = store.writer("dora init")?;
    let mut done = Vec::new();
    if flags.reset {
        let deleted = writer.reset()?;
        if !deleted.is_empty() {
            done.push(format!("reset: {} will be made anew", deleted.join(", ")));
        }
    }
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
