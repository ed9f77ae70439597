//! `dora report`, and `dora` alone.

use std::path::Path;

use crate::cli::{self, Common};
use crate::clock;
use crate::error::{Error, Exit};
use crate::gather::github::sync::Kind;
use crate::model::Notice;
use crate::render::{self, Format, Options, Rows, View};
use crate::report::{Document, Report, Scope};
use crate::sources::git::{GitError, Repository};
use crate::sources::github::Limits;
use crate::store::{Store, StoredMetrics};

use super::derived;
use super::flow;
use super::github;
use super::help;
use super::output::{Export, Output, file_name_part};
use super::session::{Account, Session, scope};

/// `--environment` that means every one of them.
const ALL: &str = "all";

/// The report.
pub(super) fn run(
    common: &Common,
    flags: &cli::Report,
    output: &mut Output,
) -> Result<Exit, Error> {
    let options = Options {
        view: match flags {
            cli::Report { compact: true, .. } => View::Compact,
            cli::Report { verbose: true, .. } => View::Verbose,
            _ => View::Screen,
        },
        compare: flags.compare,
        rows: match flags.of {
            cli::Rows::Metrics => Rows::Metrics,
            cli::Rows::Deployments => Rows::Deployments,
        },
    };
    let default_name = format!(
        "dora-report-{}.csv",
        file_name_part(flags.period.as_deref().unwrap_or("30d"))
    );
    if (flags.fast || flags.from.is_some())
        && (common.as_of.is_some() || common.reference.is_some())
    {
        return Err(Error::usage(
            "--fast and --from compute nothing: --as-of and --ref change nothing",
        )
        .hint("leave out --fast and --from, or --as-of and --ref"));
    }
    let exports = Export::read(&flags.export, &default_name)?;
    let has_csv = output.format == Format::Csv || exports.iter().any(Export::is_csv);
    if options.rows != Rows::default() && !has_csv {
        return Err(Error::usage(
            "--of deployments chooses the rows of a CSV, and no CSV is asked for",
        )
        .hint("add --format csv or --export deployments.csv"));
    }
    let document = match &flags.from {
        Some(file) => exported_before(file)?,
        None if flags.fast => last_numbers(common, output)?,
        None => computed(common, flags, output)?,
    };
    output.show(&(&document, &options))?;
    let has_no_room = options.view == View::Compact || options.compare;
    if has_no_room || output.format == Format::Csv {
        remark_incomplete(notices_of(&document), "dora report", output);
    }
    for export in &exports {
        export.write(&(&document, &options), output)?;
    }
    Ok(if common.strict {
        strict(&document)
    } else {
        Exit::Done
    })
}

fn computed(common: &Common, flags: &cli::Report, output: &Output) -> Result<Document, Error> {
    let all = flags.environment.as_deref() == Some(ALL);
    let environment = flags.environment.as_deref().filter(|_| !all);
    if flags.sync && (common.offline || common.as_of.is_some() || common.reference.is_some()) {
        return Err(Error::usage(
            "--sync asks for the present, over the network: not with --offline, --as-of or --ref",
        )
        .hint("leave out --sync"));
    }
    let session = Session::open(common, environment)?;
    let (store, is_current) = (session.store.clone(), session.is_current);
    let is_refreshed = is_current && store.is_some();
    let root = session.work_tree().map(Path::to_owned);
    let mut account = session.account(output)?;
    let is_due = github::is_due(&account.gathered, common, is_current);
    if (flags.sync || is_due) && ask_github(&account, store.as_ref(), flags.sync, output) {
        account = Session::open(common, environment)?.account(output)?;
    }
    let component = account.component(flags.component.as_deref())?;
    let period = account.period(flags.period.as_deref())?;
    let asked = Scope {
        environment: environment.map(str::to_owned),
        component: flags.component.clone(),
        period: flags.period.clone(),
        ..scope(common)
    };
    let mut document = account.document(all, component, &period, &asked);
    if is_refreshed && let Some(root) = root {
        let is_whole = !all && component.is_none();
        derived::refresh(&root, &account, is_whole.then_some(&document), output);
    }
    // Work items are of no component; without --verbose nobody asks for them.
    let is_told = flags.verbose && component.is_none();
    if let (true, Some(store), Document::One(report)) = (is_told, &store, &mut document) {
        report.flow = flow::summary(&account, store.work_items()?, &period);
    }
    Ok(document)
}

/// Asks GitHub before a report: with patience when a person said so, else for two seconds at the most.
/// Whether anything came of it; a report never fails because GitHub does not answer.
fn ask_github(
    account: &Account,
    store: Option<&Store>,
    is_asked_for: bool,
    output: &Output,
) -> bool {
    let Some(store) = store else {
        output.remark(
            "GitHub was not asked: what it says is kept in .dora/, which is not there (dora init)",
        );
        return false;
    };
    let now = clock::now().unwrap_or(account.gathered.facts.as_of);
    let question = github::Question {
        since: github::lookback(&account.gathered.facts.settings, now),
        reads_again: false,
        kinds: &Kind::ALL,
        limits: match is_asked_for {
            true => Limits::default(),
            false => github::hurried(),
        },
    };
    match github::ask(&account.gathered, store, &question, now, output) {
        Ok((synced, _)) => {
            for notice in synced.notices.iter().filter(|_| is_asked_for) {
                output.remark(&notice.message);
            }
            if let Some(stopped) = synced.stopped.filter(|_| is_asked_for) {
                output.remark(&format!("the sync stopped early: {stopped}"));
            }
            true
        }
        Err(reason) => {
            if is_asked_for {
                let hint = reason
                    .hint()
                    .map(|hint| format!(" ({hint})"))
                    .unwrap_or_default();
                output.remark(&format!("GitHub was not asked: {}{hint}", reason.words()));
            }
            false
        }
    }
}

fn exported_before(file: &Path) -> Result<Document, Error> {
    let content = std::fs::read(file).map_err(|error| {
        Error::failure(format!("cannot read {}", file.display())).cause(error.to_string())
    })?;
    render::parse(&content).map_err(|error| {
        Error::new(Exit::InvalidData, format!("{}: {error}", file.display()))
            .hint("give a file that `dora report --export x.json` wrote")
    })
}

/// What metrics.json holds, with its age.
fn last_numbers(common: &Common, output: &Output) -> Result<Document, Error> {
    let missing = |why: &str| Error::failure(why).hint("dora report");
    let session = Session::open(common, None)?;
    let Some(store) = &session.store else {
        return Err(Error::failure("--fast needs a `.dora/` directory").hint("dora init"));
    };
    match store.metrics()? {
        StoredMetrics::Missing => Err(missing("there are no numbers of an earlier run")),
        StoredMetrics::Unusable(notice) => Err(missing(&notice.message)),
        StoredMetrics::Found {
            last_calculated,
            json,
        } => {
            let document = derived::stored_report(&json)
                .ok_or_else(|| missing(".dora/metrics.json holds no whole report"))?;
            output.remark(&format!(
                "numbers of {}, {} old",
                last_calculated.format("%Y-%m-%d %H:%M UTC"),
                derived::age(session.as_of - last_calculated)
            ));
            Ok(document)
        }
    }
}

/// Four lines and tables of rows have no room for notices: that the data is incomplete or old is said
/// beside them, with the command that says it in full.
pub(super) fn remark_incomplete<'a>(
    notices: impl IntoIterator<Item = &'a Notice> + Clone,
    in_full: &str,
    output: &Output,
) {
    let all = || notices.clone().into_iter();
    if let Some(notice) = all().find(|notice| notice.incomplete) {
        output.remark(&format!("incomplete data: {} ({in_full})", notice.message));
    } else if let Some(notice) = all().find(|notice| notice.code == "github-age") {
        output.remark(&notice.message);
    }
}

fn notices_of(document: &Document) -> Vec<&Notice> {
    let reports = document.reports().iter();
    reports.flat_map(|report| &report.notices).collect()
}

/// How a run without any data ends.
fn nothing(common: &Common) -> Exit {
    if common.strict {
        Exit::NoData
    } else {
        Exit::Done
    }
}

/// Under `--strict`: incomplete data and no data are failures of their own.
pub(super) fn strict(document: &Document) -> Exit {
    let is_empty = |report: &Report| report.metrics.deployment_frequency.count == 0;
    if document.reports().iter().all(is_empty) {
        Exit::NoData
    } else if document
        .reports()
        .iter()
        .any(|report| report.notices.iter().any(|n| n.incomplete))
    {
        Exit::Incomplete
    } else {
        Exit::Done
    }
}

/// `dora` alone: the compact report where there is data, else how to start.
pub(super) fn bare(common: &Common, output: &mut Output) -> Result<Exit, Error> {
    // Outside of any repository the program introduces itself; a place that was named has to be one.
    let is_outside = || {
        let here = Repository::open(Path::new("."));
        common.directory.is_none() && matches!(here, Err(GitError::NotARepository(_)))
    };
    let session = match Session::open(common, None) {
        Err(_) if is_outside() => {
            output.say(&help::short());
            return Ok(nothing(common));
        }
        opened => opened?,
    };
    let account = session.account(output)?;
    if account.ledger.environments.is_empty() && output.format == Format::Text {
        output.say(&help::short());
        return Ok(nothing(common));
    }
    let period = account.period(None)?;
    let document = account.document(false, None, &period, &scope(common));
    let options = Options {
        view: View::Compact,
        ..Options::default()
    };
    output.show(&(&document, &options))?;
    remark_incomplete(notices_of(&document), "dora report", output);
    Ok(if common.strict {
        strict(&document)
    } else {
        Exit::Done
    })
}
