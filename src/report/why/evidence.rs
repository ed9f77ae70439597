//! Evidence as rows: which rules, in which words, shown by what, and what repaired it. For every answer that
//! speaks of failed deployments.

use crate::ledger::{Deployment, Evidence, FailureRule};

use super::document::{Cell, Column, Row};
use super::question::Case;

/// The rules whose evidence there is, in their order.
pub(super) const RULES: Column = Column::new("rules", "rule");
/// The evidence in words.
pub(super) const EVIDENCE: Column = Column::new("evidence", "evidence");
/// When it showed.
pub(super) const SHOWN: Column = Column::new("shown_at", "shown");
/// The commits that show it.
pub(super) const COMMITS: Column = Column::new("commits", "commit");
/// The incidents that show it.
pub(super) const INCIDENTS: Column = Column::new("incidents", "incident");
/// The deploy runs that show it.
pub(super) const RUNS: Column = Column::new("runs", "run");
/// The deployment that repaired it.
pub(super) const REMEDY: Column = Column::new("remedy", "remedy");

/// The columns of evidence, as `of` fills them.
pub(super) const COLUMNS: [Column; 7] = [RULES, REMEDY, EVIDENCE, SHOWN, COMMITS, INCIDENTS, RUNS];

/// The mark of a person that says a deployment did not fail, if that is the verdict.
pub(super) fn overruling(entry: &Deployment) -> Option<&Evidence> {
    let mut evidence = entry.evidence.iter();
    evidence.find(|it| it.rule == FailureRule::Marked && !entry.failed)
}

/// One piece of evidence in words: `hotfix of api: only fixes followed within 30 min`.
pub(super) fn words(case: &Case<'_>, evidence: &Evidence) -> String {
    let components = &case.inputs.facts.components;
    let of = match evidence.component {
        Some(component) if components.len() > 1 => format!(" of {}", components[component].name),
        _ => String::new(),
    };
    let (rule, detail) = (evidence.rule.name(), &evidence.detail);
    match detail.as_str() {
        "" => format!("{rule}{of}"),
        said if evidence.rule == FailureRule::Marked => said.to_owned(),
        _ => format!("{rule}{of}: {detail}"),
    }
}

/// The cells of several pieces of evidence, under `COLUMNS`.
pub(super) fn of<'e>(
    case: &Case<'_>,
    evidence: impl IntoIterator<Item = &'e Evidence> + Clone,
) -> Row {
    let all = || evidence.clone().into_iter();
    let mut rules: Vec<&str> = all().map(|it| it.rule.name()).collect();
    rules.dedup();
    let mut remedies: Vec<usize> = all().filter_map(|it| it.remedy).collect();
    remedies.sort_unstable();
    remedies.dedup();
    let said: Vec<String> = all().map(|it| words(case, it)).collect();
    // The rule of a single piece stands beside it on a screen.
    let brief = match all().collect::<Vec<_>>()[..] {
        [one] => one.detail.clone(),
        _ => said.join("; "),
    };
    vec![
        Cell::text(rules.join(", ")),
        case.ids(remedies),
        Cell::text(said.join("; ")).said_as(brief),
        // Mostly the time of the remedy: a screen has better use for the room.
        all()
            .map(|it| it.at)
            .min()
            .map_or(Cell::None, |at| Cell::Instant(at).said_as("")),
        ids(all().filter_map(|it| it.commit).map(|it| it.to_string())),
        ids(all().filter_map(|it| it.incident.clone())),
        ids(all().filter_map(|it| it.run).map(|it| it.to_string())),
    ]
}

/// Ids, each once.
fn ids(ids: impl Iterator<Item = String>) -> Cell {
    let mut once: Vec<String> = Vec::new();
    for id in ids {
        if !once.contains(&id) {
            once.push(id);
        }
    }
    match once.is_empty() {
        true => Cell::None,
        false => Cell::Ids(once),
    }
}
