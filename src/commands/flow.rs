//! `dora flow`: the value stream of what was imported, or one item of it. History is read only where
//! items can be joined to it (`flow_code`); `flow_key` says which item a key means. `value` is the other
//! command about work items.

use crate::cli::{self, Common};
use crate::error::{Error, Exit};
use crate::ledger::flow::FlowAccount;
use crate::model::{Notice, Period, WorkItem};
use crate::render::flow::{Document, Options, Rows};
use crate::render::{Format, View};
use crate::report::flow::{FlowInputs, FlowSummary, compose, item_way};
use crate::store::WorkItems;

use super::flow_code::{CodeOfItems, account_of_items};
use super::flow_key::item_of_key;
use super::output::{Export, Output, file_name_part};
use super::report::remark_incomplete;
use super::session::{Account, Session};

/// The value stream.
pub(super) fn run(common: &Common, flags: &cli::Flow, output: &mut Output) -> Result<Exit, Error> {
    let options = Options {
        view: match flags {
            cli::Flow { compact: true, .. } => View::Compact,
            cli::Flow { verbose: true, .. } => View::Verbose,
            _ => View::Screen,
        },
        business: flags.calendar == cli::Calendar::Business,
        rows: match flags.of {
            cli::FlowRows::Hours => Rows::Hours,
            cli::FlowRows::StageDates => Rows::StageDates,
            cli::FlowRows::Items => Rows::Items,
            cli::FlowRows::Stages => Rows::Stages,
            cli::FlowRows::Metrics => Rows::Metrics,
        },
    };
    let target = flags.target.as_deref().map(hours).transpose()?;
    let default_name = format!(
        "dora-flow-{}.csv",
        file_name_part(flags.period.as_deref().unwrap_or("30d"))
    );
    let exports = Export::read(&flags.export, &default_name)?;
    let has_csv = output.format == Format::Csv || exports.iter().any(Export::is_csv);
    if options.rows != Rows::default() && !has_csv {
        return Err(
            Error::usage("--of chooses the rows of a CSV, and no CSV is asked for")
                .hint("add --format csv or --export FILE.csv"),
        );
    }
    let mut session = Session::open(common, flags.environment.as_deref())?;
    if let Some(hours) = target {
        session.settings.flow.target_hours = Some(hours);
    }
    if flags.no_code || flags.stages || known(&session)?.items.is_empty() {
        Session::check_environment(common, flags.environment.as_deref(), output)?;
    }
    let document = document(session, flags, output)?;
    output.show(&(&document, &options))?;
    if output.format == Format::Csv {
        remark_incomplete(notices(&document), "dora flow", output);
    }
    for export in &exports {
        export.write(&(&document, &options), output)?;
    }
    let exit = match common.strict {
        true => strict(&document),
        false => Exit::Done,
    };
    // The process ends: giving back a million values one by one would only take time.
    std::mem::forget(document);
    Ok(exit)
}

/// `120h`, `5d`, `2w`, or a number of hours.
fn hours(text: &str) -> Result<f64, Error> {
    let wrong = || {
        Error::usage(format!("--target `{text}` is no length of time"))
            .hint("write it as 120h, 5d or 2w")
    };
    let plain = text.trim();
    let unit = plain.find(|c: char| c.is_ascii_alphabetic());
    let (number, unit) = plain.split_at(unit.unwrap_or(plain.len()));
    let size = match unit {
        "" | "h" => 1.0,
        "d" => 24.0,
        "w" => 7.0 * 24.0,
        _ => return Err(wrong()),
    };
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    let hours = number * size;
    // A hundred years are enough for anybody.
    match hours > 0.0 && hours <= 876_600.0 {
        true => Ok(hours),
        false => Err(wrong()),
    }
}

/// What is known of work here, and what reading it met.
pub(super) fn known(session: &Session) -> Result<WorkItems, Error> {
    match &session.store {
        Some(store) => Ok(store.work_items()?),
        None => Ok(WorkItems::default()),
    }
}

fn document(session: Session, flags: &cli::Flow, output: &Output) -> Result<Document, Error> {
    let known = known(&session)?;
    let items = known.items;
    let account = FlowAccount::from_items(&items, &session.settings, session.as_of);
    if let Some(key) = &flags.key {
        return one(session, &items, &account, key, flags, output);
    }
    let mut notices = session.notices().to_vec();
    notices.extend(known.notices);
    let period = session.period(flags.period.as_deref(), account.record_start())?;
    let (repository, settings) = (session.name(), session.settings.clone());
    let is_short = output.format == Format::Text && !flags.verbose && flags.export.is_empty();
    let with_items = !is_short && !flags.stages;
    let is_joined = !flags.no_code && !flags.stages && !items.is_empty();
    let code = match is_joined {
        true => {
            let history = account_of_items(session, &items, output)?;
            let joined = CodeOfItems::of(&history, &items, &account);
            notices.extend_from_slice(joined.notices());
            joined.code(period.window)
        }
        false => None,
    };
    let report = Box::new(compose(&FlowInputs {
        account: &account,
        items: &items,
        settings: &settings,
        period: &period,
        repository: &repository,
        code,
        notices,
        with_items,
    }));
    // As in `run`.
    std::mem::forget((account, items));
    Ok(match flags.stages {
        true => Document::Mapping(report),
        false => Document::Report(report),
    })
}

/// One item and its way to production.
fn one(
    session: Session,
    items: &[WorkItem],
    account: &FlowAccount,
    key: &str,
    flags: &cli::Flow,
    output: &Output,
) -> Result<Document, Error> {
    if items.is_empty() {
        return Err(Error::usage("no work item is known here yet").hint("dora import FILE"));
    }
    let item = item_of_key(items, key)?;
    let repository = session.name();
    let Some(mut way) = item_way(account, items, &repository, item) else {
        let key = items.get(item).map_or(key, |item| item.key.as_str());
        return Err(Error::usage(format!(
            "`{key}` was created at or after {}",
            account.as_of.format("%Y-%m-%d %H:%M UTC")
        ))
        .hint("leave out --as-of"));
    };
    if !flags.no_code {
        let history = account_of_items(session, items, output)?;
        let found = CodeOfItems::of(&history, items, account).way(item);
        (way.way, way.way_reason) = match found {
            Ok(found) => (Some(found), None),
            Err(reason) => (None, Some(reason)),
        };
    }
    Ok(Document::Item(Box::new(way)))
}

/// What there is to know beside the numbers.
fn notices(document: &Document) -> &[Notice] {
    match document {
        Document::Report(report) | Document::Mapping(report) => &report.notices,
        Document::Value(report) => &report.notices,
        Document::Item(_) => &[],
    }
}

/// Under `--strict`: incomplete data and no data are failures of their own.
pub(super) fn strict(document: &Document) -> Exit {
    let is_empty = match document {
        Document::Report(report) => report.flow_velocity.count == 0,
        Document::Mapping(report) => report.statuses.is_empty(),
        Document::Value(report) => report.delivered.value.is_none(),
        Document::Item(_) => false,
    };
    if is_empty {
        Exit::NoData
    } else if notices(document).iter().any(|notice| notice.incomplete) {
        Exit::Incomplete
    } else {
        Exit::Done
    }
}

/// The stream in short, for the delivery report of the same period; `None` where nothing was imported.
pub(super) fn summary(history: &Account, known: WorkItems, period: &Period) -> Option<FlowSummary> {
    if known.items.is_empty() {
        return None;
    }
    let facts = &history.gathered.facts;
    let account = FlowAccount::from_items(&known.items, &facts.settings, facts.as_of);
    let report = compose(&FlowInputs {
        account: &account,
        items: &known.items,
        settings: &facts.settings,
        period,
        repository: "",
        code: None,
        notices: Vec::new(),
        with_items: false,
    });
    Some(FlowSummary::of(&report))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_length_of_time_above_zero() {
        for (text, expected) in [
            ("120h", 120.0),
            ("120", 120.0),
            ("5d", 120.0),
            (" 2w ", 336.0),
            ("0.5d", 12.0),
        ] {
            assert_eq!(hours(text).ok(), Some(expected), "{text}");
        }
        for text in [
            "", "h", "soon", "-3h", "0", "1e9d", "NaN", "inf", "5 y", "5é",
        ] {
            assert!(hours(text).is_err(), "{text}");
        }
    }
}
