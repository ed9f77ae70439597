//! What a failure rule that found nothing looked at, in words, for the verdict on one deployment. Said is only
//! what the account shows; where it does not show which condition failed, the words name the condition.

use crate::ledger::{ChangeKind, ComponentChange, Deployment, DeploymentKind, FailureRule};
use crate::metrics::minutes;
use crate::model::DeploymentSource;
use crate::report::quantity::duration;

use super::cells::short;
use super::question::Case;

/// Why the rule says nothing of this deployment.
pub(super) fn words(
    case: &Case<'_>,
    index: usize,
    entry: &Deployment,
    rule: FailureRule,
) -> String {
    let settings = &case.inputs.facts.settings;
    if entry.kind == DeploymentKind::Redeployment && rule != FailureRule::Marked {
        return "a redeployment cannot fail".to_owned();
    }
    if entry.kind == DeploymentKind::Attempt
        && !matches!(rule, FailureRule::Marked | FailureRule::Attempt)
    {
        return "an attempt is judged by the rule attempt alone".to_owned();
    }
    match rule {
        FailureRule::Marked => "nobody marked it".to_owned(),
        FailureRule::Incident => format!(
            "no incident names it, and none that names no other was opened within {} h after it, while \
             it was the latest deployment",
            settings.incident_window_hours
        ),
        FailureRule::Rollback => of_components(case, index, entry, rollback),
        FailureRule::Revert => revert(entry),
        FailureRule::Hotfix => of_components(case, index, entry, hotfix),
        FailureRule::Acceptance => acceptance(case, entry),
        FailureRule::Attempt => "it came through".to_owned(),
        FailureRule::Run => match &case.account.source {
            DeploymentSource::GithubRun => "the run that deployed it did not fail".to_owned(),
            _ => "no deploy run is known that deployed it and failed afterwards".to_owned(),
        },
    }
}

/// The same question for every component that changed, with the next deployment of that component.
fn of_components(
    case: &Case<'_>,
    index: usize,
    entry: &Deployment,
    say: impl Fn(&Case<'_>, &Deployment, &ComponentChange, Option<Next<'_>>) -> String,
) -> String {
    let several = entry.components.len() > 1;
    let said: Vec<String> = entry
        .components
        .iter()
        .map(|change| {
            let next = next_of(case, index, change.component);
            let words = say(case, entry, change, next);
            match several {
                true => format!("{}: {words}", name(case, change)),
                false => words,
            }
        })
        .collect();
    said.join("; ")
}

/// The next deployment in which a component changed.
struct Next<'a> {
    entry: &'a Deployment,
    change: &'a ComponentChange,
}

fn next_of<'a>(case: &'a Case<'_>, index: usize, component: usize) -> Option<Next<'a>> {
    let later = case.account.deployments.get(index + 1..)?;
    later
        .iter()
        .filter(|entry| entry.kind == DeploymentKind::Deployment)
        .find_map(|entry| {
            let mut changes = entry.components.iter();
            let change =
                changes.find(|it| it.component == component && it.kind != ChangeKind::Redeploy)?;
            Some(Next { entry, change })
        })
}

fn name<'a>(case: &'a Case<'_>, change: &ComponentChange) -> &'a str {
    &case.inputs.facts.components[change.component].name
}

/// Releases are compared along their own line only; the next of the list may be of another.
fn is_of_lines(case: &Case<'_>) -> bool {
    case.account.source == DeploymentSource::Tag
}

fn rollback(
    case: &Case<'_>,
    _: &Deployment,
    change: &ComponentChange,
    next: Option<Next<'_>>,
) -> String {
    if is_of_lines(case) {
        return "no later release of its line took it back".to_owned();
    }
    match next {
        None => format!("no later deployment of {}", name(case, change)),
        Some(next) => format!(
            "the next deployment of {}, {}, went to {} ({}), which is no rollback",
            name(case, change),
            case.brief(&next.entry.id),
            short(&next.change.to),
            next.change.kind.name()
        ),
    }
}

fn hotfix(
    case: &Case<'_>,
    entry: &Deployment,
    change: &ComponentChange,
    next: Option<Next<'_>>,
) -> String {
    let window = f64::from(case.inputs.facts.settings.hotfix_window_minutes);
    if change.kind == ChangeKind::Rollback {
        return "it is a rollback itself, and such a one cannot fail by hotfix".to_owned();
    }
    if is_of_lines(case) {
        return "no later release of its line within the window brought only fixes".to_owned();
    }
    let Some(next) = next else {
        return format!("no later deployment of {}", name(case, change));
    };
    let delay = minutes(next.entry.time - entry.time);
    let after = format!(
        "the next deployment of {}, {}, came {} later",
        name(case, change),
        case.brief(&next.entry.id),
        duration(delay)
    );
    if delay > window {
        return format!("{after}, outside of {}", duration(window));
    }
    let brings = |entry: &Deployment| {
        let mut changes = entry.changes.iter();
        changes.any(|it| it.components.contains(&change.component))
    };
    match next.change.kind {
        ChangeKind::Rollback | ChangeKind::Sideways | ChangeKind::Unresolved => {
            format!(
                "{after} and does not contain it ({})",
                next.change.kind.name()
            )
        }
        _ if !brings(next.entry) => format!("{after} and brought no change"),
        _ => format!("{after} and brought more than fixes"),
    }
}

fn revert(entry: &Deployment) -> String {
    let is_baseline = |change: &ComponentChange| change.kind == ChangeKind::Baseline;
    if !entry.components.is_empty() && entry.components.iter().all(is_baseline) {
        return "a baseline: what it brought cannot be told".to_owned();
    }
    "no deployment of the 7 days after it shipped a revert, that held, of what it brought first"
        .to_owned()
}

fn acceptance(case: &Case<'_>, entry: &Deployment) -> String {
    let environments = &case.inputs.facts.environments;
    let of_this = environments.iter().find(|it| it.name == case.account.name);
    let first = of_this.and_then(|it| {
        let known = it.evidence.iter().map(|evidence| evidence.time);
        known.filter(|time| *time < case.inputs.facts.as_of).min()
    });
    match first {
        None => "no test evidence is known for the environment".to_owned(),
        Some(first) if entry.time <= first => {
            "it is not later than the first test evidence".to_owned()
        }
        Some(_) => {
            "its versions passed, or it did not stand long enough, or more than fixes followed"
                .to_owned()
        }
    }
}
