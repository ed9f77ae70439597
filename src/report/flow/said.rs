//! What the numbers of the stream leave out or assume, as notices: statuses and types that nobody mapped,
//! changes of many items at once, guessed histories.

use super::compose::FlowInputs;
use crate::ledger::flow::{Decision, SeenStatus};
use crate::model::Notice;
use crate::model::work_item::History;
use crate::report::quantity::plural;

/// Names that a notice tells; the rest is counted.
const MOST_NAMES: usize = 5;

/// The notices of the inputs and those of the stream.
pub(in crate::report) fn notices(inputs: &FlowInputs<'_>) -> Vec<Notice> {
    let mut notices = inputs.notices.clone();
    notices.extend(own(inputs));
    notices
}

/// What is worth saying of the account itself.
pub(super) fn own(inputs: &FlowInputs<'_>) -> Vec<Notice> {
    let account = inputs.account;
    let mut notices = Vec::new();
    let decided_by = |decision| {
        let statuses = account.statuses.iter();
        let found = statuses.filter(move |status| status.decided_by == decision);
        found.collect::<Vec<&SeenStatus>>()
    };
    let unmapped = decided_by(Decision::Previous);
    if !unmapped.is_empty() {
        let message = format!(
            "{} to no stage: items in them stay where they were ({})",
            belong(unmapped.len()),
            names(unmapped.iter().map(|it| (it.name.as_str(), it.entries)))
        );
        notices.push(
            Notice::new("statuses-unmapped", message)
                .hint("add them to flow.stages; dora flow --stages lists the statuses seen")
                .count(unmapped.len())
                .incomplete(),
        );
    }
    let by_category = decided_by(Decision::Category);
    if !by_category.is_empty() {
        let message = format!(
            "{} to no stage and {} tracker says ({})",
            belong(by_category.len()),
            match by_category.len() {
                1 => "stands where its",
                _ => "stand where their",
            },
            names(by_category.iter().map(|it| (it.name.as_str(), it.entries)))
        );
        notices.push(
            Notice::new("statuses-by-category", message)
                .hint("add them to flow.stages; dora flow --stages shows where they went")
                .count(by_category.len()),
        );
    }
    if !account.unmapped_types.is_empty() {
        let items: usize = account.unmapped_types.iter().map(|(_, count)| count).sum();
        let types = account.unmapped_types.iter();
        let message = format!(
            "{} of a type that is no kind of work: unclassified ({})",
            match items {
                1 => "1 item is".to_owned(),
                _ => format!("{items} items are"),
            },
            names(types.map(|(name, count)| (name.as_str(), *count)))
        );
        notices.push(
            Notice::new("types-unmapped", message)
                .hint("add them to flow.types")
                .count(items),
        );
    }
    if account.bulk.changes > 0 {
        let message = format!(
            "{} of status came with many at once: {} of them begin and end no work, for the kind of \
             stage stays",
            plural(account.bulk.changes, "change"),
            account.bulk.without_effect
        );
        notices.push(Notice::new("changes-at-once", message).count(account.bulk.changes));
    }
    let done = || account.done_in(inputs.period.window);
    let is_guessed = |history| history == History::Approximate;
    let guessed = done().filter(|item| is_guessed(item.history)).count();
    let open = account
        .open()
        .filter(|item| is_guessed(item.history))
        .count();
    if guessed + open > 0 {
        let message = format!(
            "{guessed} of {} done in the period and {open} of {} in progress tell only how they were \
             when they were exported: they have no times in stages, no flow time and no age",
            plural(done().count(), "item"),
            account.open().count()
        );
        notices.push(
            Notice::new("history-approximate", message)
                .hint("export with history, or import every version of the file (--history)")
                .count(guessed + open)
                .incomplete(),
        );
    }
    let rough = done()
        .filter(|item| item.history == History::Partial)
        .count();
    if rough > 0 {
        let message = format!(
            "{rough} of {} done in the period tell part of their history: times in stages and \
             efficiency are rough",
            plural(done().count(), "item")
        );
        notices.push(
            Notice::new("history-partial", message)
                .hint("docs/import.md says which export has the whole history")
                .count(rough),
        );
    }
    if account.older_than_creation > 0 {
        let count = account.older_than_creation;
        let message = format!(
            "{} entered a status before they were created: they count from that status on",
            plural(count, "item")
        );
        notices.push(Notice::new("older-than-creation", message).count(count));
    }
    if account.unknown_blockers > 0 {
        let count = account.unknown_blockers;
        let message = format!(
            "{} blocked by items that were not imported: when that ended is not known, so it counts \
             nowhere",
            match count {
                1 => "1 item is".to_owned(),
                _ => format!("{count} items are"),
            }
        );
        notices.push(
            Notice::new("blockers-unknown", message)
                .hint("import the project they are of")
                .count(count),
        );
    }
    notices
}

fn belong(count: usize) -> String {
    match count {
        1 => "1 status belongs".to_owned(),
        _ => format!("{count} statuses belong"),
    }
}

/// `A (12), B (3)`, the most frequent first, and how many more.
fn names<'a>(names: impl Iterator<Item = (&'a str, usize)>) -> String {
    let mut names: Vec<(&str, usize)> = names.collect();
    names.sort_by(|one, other| (other.1, one.0).cmp(&(one.1, other.0)));
    let more = names.len().saturating_sub(MOST_NAMES);
    let mut said: Vec<String> = names
        .iter()
        .take(MOST_NAMES)
        .map(|(name, count)| format!("{name} ({count})"))
        .collect();
    if more > 0 {
        said.push(format!("{more} more"));
    }
    said.join(", ")
}
