//! The checks of what was gathered: environments, state files, components, versions and clocks. What
//! readers left out comes from their notices, in `notices`.

use std::collections::BTreeMap;

use crate::model::{Component, DecidedBy, DeploymentSource, Facts, RepositoryFacts, Resolution};
use crate::report::quantity::plural;
use crate::report::said::way_out;

use super::Check;

/// So many names stand in a summary.
const MOST_NAMES: usize = 6;

/// All of them. `first_step` records a deployment where none is known.
pub fn checks(facts: &Facts, first_step: &str) -> Vec<Check> {
    vec![
        environments(facts, first_step),
        state_files(facts),
        components(facts),
        versions(facts),
        clocks(facts),
    ]
}

fn environments(facts: &Facts, first_step: &str) -> Check {
    let Some(measured) = facts.measured.and_then(|it| facts.environments.get(it)) else {
        return Check::new("environments", "none").warn(
            "nothing tells of a deployment: no state file, no record, no release tag, no deploy run",
            first_step.to_owned(),
        );
    };
    let names = facts.environments.iter().map(|environment| {
        let is_measured = environment.name == measured.name;
        let mark = if is_measured { " (measured)" } else { "" };
        format!("{}{mark}", environment.name)
    });
    let check = Check::new("environments", listed(names.collect()));
    if facts.environments.iter().any(|known| known.is_production) {
        return check;
    }
    check.warn(
        format!(
            "none of them is production: {} is measured in its place",
            measured.name
        ),
        format!(
            "if it is: set environments.{}.is_production to true in .dora/config.json",
            measured.name
        ),
    )
}

fn state_files(facts: &Facts) -> Check {
    let mut files = 0;
    let mut snapshots = 0;
    for environment in &facts.environments {
        files += usize::from(!environment.snapshots.is_empty());
        snapshots += environment.snapshots.len();
    }
    if files > 0 {
        let counts = [plural(files, "file"), plural(snapshots, "snapshot")];
        return Check::new("state-files", counts.join(", "));
    }
    let others: Vec<String> = facts
        .environments
        .iter()
        .filter(|environment| environment.source != DeploymentSource::StateFile)
        .map(|environment| format!("{}: {}", environment.name, environment.source_detail))
        .collect();
    match others.is_empty() {
        true => Check::new("state-files", "none"),
        false => Check::new(
            "state-files",
            format!("none; deployments come from {}", listed(others)),
        ),
    }
}

fn components(facts: &Facts) -> Check {
    let named = facts.components.iter().map(|component| {
        let place = match component
            .repository
            .and_then(|at| facts.repositories.get(at))
        {
            Some(repository) => place(repository, component),
            None => "no repository",
        };
        format!("{} in {place}", component.name)
    });
    let check = Check::new("components", listed(named.collect()));
    let lost = facts
        .components
        .iter()
        .filter(|component| component.repository.is_none());
    lost.fold(check, |check, component| {
        check.warn(
            format!(
                "no repository here holds a version of {}: its deployments count, without changes",
                component.name
            ),
            way_out(component, facts),
        )
    })
}

fn place<'f>(repository: &'f RepositoryFacts, component: &Component) -> &'f str {
    match component.decided_by {
        DecidedBy::ThisRepository => "this repository",
        DecidedBy::Github => "the cache of GitHub",
        _ if repository.place == "." => "this repository",
        _ => &repository.place,
    }
}

fn versions(facts: &Facts) -> Check {
    let mut unresolved: BTreeMap<usize, (usize, &str, &str)> = BTreeMap::new();
    for version in &facts.versions {
        if let Resolution::Unresolved(reason) = &version.resolution {
            let first = (0, version.text.as_str(), reason.as_str());
            unresolved.entry(version.component).or_insert(first).0 += 1;
        }
    }
    let all = facts.versions.len();
    let lost: usize = unresolved.values().map(|(count, _, _)| count).sum();
    let check = match all {
        0 => Check::new("versions", "none"),
        _ => Check::new("versions", format!("{} of {all} name a commit", all - lost)),
    };
    unresolved
        .into_iter()
        .fold(check, |check, (index, (count, first, reason))| {
            let Some(component) = facts.components.get(index) else {
                return check;
            };
            check.warn(
                format!(
                    "{} of {} cannot be traced to a commit (first `{first}`: {reason})",
                    plural(count, "version"),
                    component.name
                ),
                way_out(component, facts),
            )
        })
}

/// Commits of a clock that is ahead of this one; what `deployed_at` says is told by notices.
fn clocks(facts: &Facts) -> Check {
    let now = facts.as_of.timestamp();
    let check = Check::new(
        "clocks",
        format!("now is {}", facts.as_of.format("%Y-%m-%d %H:%M UTC")),
    );
    facts.repositories.iter().fold(check, |check, repository| {
        let graph = &repository.graph;
        let ahead = (0..graph.len())
            .filter_map(|index| u32::try_from(index).ok())
            .filter(|&commit| graph.is_read(commit) && graph.committer_time(commit) > now);
        let (mut count, mut last) = (0, None);
        for commit in ahead {
            count += 1;
            last = last.max(Some((graph.committer_time(commit), commit)));
        }
        let Some((time, commit)) = last else {
            return check;
        };
        check.warn(
            format!(
                "{} in {} {} dated later than now, up to {} ({}): a clock is wrong, this one or that \
                 of who committed",
                plural(count, "commit"),
                repository.name,
                if count == 1 { "is" } else { "are" },
                crate::model::instant_from_epoch(time).format("%Y-%m-%d %H:%M UTC"),
                graph.id(commit).short(),
            ),
            "compare the clocks: date -u".to_owned(),
        )
    })
}

/// Names in a row, the rest counted.
fn listed(mut names: Vec<String>) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
