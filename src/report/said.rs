//! The notices of a report: what the readers and the ledger had to say, and what concerns this
//! period only. What is not known of GitHub is told in `said_of_github`.

use std::collections::BTreeMap;

use crate::ledger::{ChangeKind, ComponentChange, EnvironmentAccount};
use crate::metrics::{ExposureStart, Measures};
use crate::model::calendar::local_day;
use crate::model::{Component, DecidedBy, Facts, Notice};

use super::compose::Inputs;
use super::quantity::plural;
use super::said_of_github;

/// All notices: those that make the data incomplete first, otherwise in the order of reading.
pub(super) fn notices(
    inputs: &Inputs<'_>,
    account: &EnvironmentAccount,
    now: &Measures,
) -> Vec<Notice> {
    let mut notices = inputs.facts.notices.clone();
    notices.extend(account.notices.iter().cloned());
    notices.extend(record_start(inputs, account, now));
    notices.extend(unresolved(inputs, account));
    notices.extend(upper_bounds(inputs, account));
    notices.extend(said_of_github::notices(inputs, account));
    if let Some(note) = inputs.profile.note {
        let name = inputs.profile.name;
        notices.push(Notice::new("bands", format!("profile {name}: {note}")));
    }
    notices.sort_by_key(|notice| !notice.incomplete);
    notices
}

/// Frequency is counted from the first deployment when the record begins inside the period.
fn record_start(
    inputs: &Inputs<'_>,
    account: &EnvironmentAccount,
    now: &Measures,
) -> Option<Notice> {
    let exposed = now.deployment_frequency.exposure?;
    (exposed.start == ExposureStart::RecordStart).then(|| {
        Notice::new(
            "record-begins-in-period",
            format!(
                "the record of {} begins on {}: deployments per day are counted from there",
                account.name,
                local_day(exposed.window.start, inputs.facts.settings.timezone)
            ),
        )
    })
}

fn changes_in_period<'a>(
    inputs: &'a Inputs<'_>,
    account: &'a EnvironmentAccount,
) -> impl Iterator<Item = &'a ComponentChange> {
    account
        .counted_in(inputs.period.window)
        .flat_map(|entry| &entry.components)
        .filter(|change| change.kind != ChangeKind::Redeploy)
}

fn unresolved(inputs: &Inputs<'_>, account: &EnvironmentAccount) -> Vec<Notice> {
    let mut found: BTreeMap<usize, (usize, &ComponentChange)> = BTreeMap::new();
    for change in changes_in_period(inputs, account).filter(|change| change.commit.is_none()) {
        found.entry(change.component).or_insert((0, change)).0 += 1;
    }
    found
        .into_iter()
        .map(|(index, (count, first))| {
            let component = &inputs.facts.components[index];
            let reason = first.unresolved.as_deref().unwrap_or("no such commit");
            Notice::new(
                "version-unresolved",
                format!(
                    "{} of {} to {} cannot be traced to a commit (first `{}`: {reason}): counted, \
                     but without lead time",
                    plural(count, "deployment"),
                    component.name,
                    account.name,
                    first.to
                ),
            )
            .hint(way_out(component, inputs.facts))
            .count(count)
            .incomplete()
        })
        .collect()
}

/// What makes the versions of a component name commits.
pub(super) fn way_out(component: &Component, facts: &Facts) -> String {
    let name = &component.name;
    let home = facts.repositories.first();
    if component.repository.is_none() && home.is_some_and(|home| home.is_shallow) {
        // Which repository holds its versions cannot be told while most commits are not here.
        return "git fetch --unshallow".to_owned();
    }
    let repository = home.map_or("", |home| home.name.as_str());
    match component.repository {
        Some(_) if component.decided_by == DecidedBy::Github => "dora sync".to_owned(),
        Some(_) if component.is_whole => "git fetch --all --tags".to_owned(),
        None => format!(
            "clone the repository of {name} next to this one (as ../{repository}-{name} or \
             ../{name}), or set components.{name}.repository in .dora/config.json"
        ),
        Some(_) => format!(
            "write full commit ids as versions of {name}, and fetch its repository: git fetch --all \
             --tags"
        ),
    }
}

fn upper_bounds(inputs: &Inputs<'_>, account: &EnvironmentAccount) -> Option<Notice> {
    let count = changes_in_period(inputs, account)
        .filter(|change| change.follows_unresolved)
        .count();
    (count > 0).then(|| {
        Notice::new(
            "lead-time-upper-bound",
            format!(
                "{} came after a version that cannot be traced: lead times of what they brought \
                 are upper bounds",
                plural(count, "deployment")
            ),
        )
        .count(count)
    })
}
