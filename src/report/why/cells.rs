//! Cells and columns that several answers share: deployments, their components, commits, counts of what
//! was left out. The metrics' files put them into sections.

use crate::ledger::{ChangeKind, Deployment, DeploymentKind, EnvironmentAccount};
use crate::model::{CommitId, Window};
use crate::report::brief_id::brief;

use super::document::{Cell, Column, Role, Row, Section};
use super::question::Case;

/// The id of a deployment.
pub(super) const DEPLOYMENT: Column = Column::new("deployment", "deployment");
/// Its time.
pub(super) const TIME: Column = Column::new("time", "time");
/// The components that changed in it, with their versions.
pub(super) const COMPONENTS: Column = Column::new("components", "components");
/// Which rule, or which sentence of the definition, decided.
pub(super) const RULE: Column = Column::new("rule", "rule");
/// What a count counts.
pub(super) const WHAT: Column = Column::new("what", "what");
/// How many.
pub(super) const COUNT: Column = Column::new("count", "count");
/// Title of a commit.
pub(super) const SUBJECT: Column = Column::new("subject", "subject");
/// Commits in full.
pub(super) const COMMIT: Column = Column::new("commit", "commit");
/// Name of the repository of a commit.
pub(super) const REPOSITORY: Column = Column::new("repository", "repository");

/// Digits of a commit id on a screen.
const SHORT: usize = 7;

impl Case<'_> {
    /// The deployment at this place of the account.
    pub(super) fn entry(&self, index: usize) -> Option<&Deployment> {
        self.account.deployments.get(index)
    }

    /// The id of the deployment at this place; a screen shows a begin that means no other.
    pub(super) fn id(&self, index: usize) -> Cell {
        self.entry(index).map_or(Cell::None, |entry| {
            Cell::Text(entry.id.clone()).said_as(self.brief(&entry.id))
        })
    }

    /// The same of several.
    pub(super) fn ids(&self, indexes: impl IntoIterator<Item = usize>) -> Cell {
        let ids: Vec<String> = indexes
            .into_iter()
            .filter_map(|index| Some(self.entry(index)?.id.clone()))
            .collect();
        if ids.is_empty() {
            return Cell::None;
        }
        let brief: Vec<&str> = ids.iter().map(|id| self.brief(id)).collect();
        let brief = brief.join(", ");
        Cell::Ids(ids).said_as(brief)
    }

    /// Entries asked about, with their places: those of the period, or the one named.
    pub(super) fn entries(&self) -> impl Iterator<Item = (usize, &Deployment)> {
        let entries = self.account.deployments.iter().enumerate();
        entries.filter(|(index, entry)| match self.deployment {
            Some(only) => *index == only,
            None => self.window.contains(entry.time),
        })
    }

    /// The components of a deployment: `api 1a2b3c4 -> 5d6e7f8 (forward)`; a screen leaves out where
    /// they came from.
    pub(super) fn components(&self, entry: &Deployment) -> Cell {
        let name = |component: usize| self.inputs.facts.components[component].name.as_str();
        let (mut full, mut brief) = (Vec::new(), Vec::new());
        for change in &entry.components {
            let from = change.from.as_deref().unwrap_or("-");
            let kind = change.kind.name();
            full.push(format!(
                "{} {from} -> {} ({kind})",
                name(change.component),
                change.to
            ));
            let to = short(&change.to);
            brief.push(match change.kind {
                ChangeKind::Forward => format!("{} {to}", name(change.component)),
                _ => format!("{} {to} ({kind})", name(change.component)),
            });
        }
        Cell::text(full.join("; ")).said_as(brief.join("; "))
    }

    /// Names of components; a screen of a repository with one component does not repeat it.
    pub(super) fn named(&self, components: &[usize]) -> Cell {
        let names: Vec<&str> = components
            .iter()
            .map(|&component| self.inputs.facts.components[component].name.as_str())
            .collect();
        let cell = Cell::text(names.join(", "));
        match self.inputs.facts.components.len() {
            1 => cell.said_as(""),
            _ => cell,
        }
    }

    /// The name of a repository, for files: on a screen the component says it.
    pub(super) fn repository(&self, repository: usize) -> Cell {
        Cell::text(self.inputs.facts.repositories[repository].name.clone()).said_as("")
    }

    /// The same where no component says it: a screen does not repeat the only one.
    pub(super) fn repository_of_many(&self, repository: usize) -> Cell {
        let repositories = &self.inputs.facts.repositories;
        let cell = Cell::text(repositories[repository].name.clone());
        match repositories.len() {
            1 => cell.said_as(""),
            _ => cell,
        }
    }

    /// As much of an id as means no other deployment.
    pub(super) fn brief<'i>(&self, id: &'i str) -> &'i str {
        brief(id, |begin| self.names.tells_apart(begin))
    }

    /// The subject of a commit in a row of this number (from 0).
    pub(super) fn subject(&self, row: usize, repository: usize, commit: CommitId) -> Cell {
        match row < self.subjects_at_most {
            true => (self.inputs.subject)(repository, commit).map_or(Cell::None, Cell::text),
            false => Cell::None,
        }
    }
}

/// A version as a screen shows it: a full commit id by its first digits.
pub(super) fn short(version: &str) -> &str {
    let is_id =
        matches!(version.len(), 40 | 64) && version.bytes().all(|digit| digit.is_ascii_hexdigit());
    match version.get(..SHORT) {
        Some(head) if is_id => head,
        _ => version,
    }
}

/// A commit.
pub(super) fn commit(id: CommitId) -> Cell {
    Cell::Ids(vec![id.to_string()])
}

/// Why an entry is no deployment.
pub(super) fn no_deployment(kind: DeploymentKind) -> Option<&'static str> {
    match kind {
        DeploymentKind::Deployment => None,
        DeploymentKind::Redeployment => Some("redeployment: no version changed"),
        DeploymentKind::Attempt => Some("attempt: it did not come through"),
    }
}

/// How many deployments lie before the period and after it.
pub(super) fn outside(account: &EnvironmentAccount, window: Window) -> [usize; 2] {
    let before = account.counted().filter(|it| it.time < window.start);
    let after = account.counted().filter(|it| it.time >= window.end);
    [before.count(), after.count()]
}

/// A section that counts what was left out; without the counts that are 0.
pub(super) fn counts(
    key: &'static str,
    title: &str,
    counts: impl IntoIterator<Item = (&'static str, usize, String)>,
) -> Section {
    let rows: Vec<Row> = counts
        .into_iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(what, count, rule)| {
            vec![
                Cell::text(what),
                Cell::Count(count as f64),
                Cell::text(rule),
            ]
        })
        .collect();
    Section {
        key,
        title: title.to_owned(),
        role: Role::LeftOut,
        columns: vec![WHAT, COUNT, RULE],
        rows,
        when_empty: "nothing",
    }
}

/// The entries of the period that a rule leaves out, each with that rule in words.
pub(super) fn entries_left_out(
    case: &Case<'_>,
    key: &'static str,
    title: &str,
    when_empty: &'static str,
    rule: impl Fn(&Deployment) -> Option<String>,
) -> Section {
    let rows = case.entries().filter_map(|(index, entry)| {
        let rule = rule(entry)?;
        Some(vec![
            case.id(index),
            Cell::Instant(entry.time),
            case.components(entry),
            Cell::text(rule),
        ])
    });
    Section {
        key,
        title: title.to_owned(),
        role: Role::LeftOut,
        columns: vec![DEPLOYMENT, TIME, COMPONENTS, RULE],
        rows: rows.collect(),
        when_empty,
    }
}

/// The same of what is no deployment.
pub(super) fn no_deployments(case: &Case<'_>, key: &'static str) -> Section {
    entries_left_out(
        case,
        key,
        "Entries that are no deployments",
        "none: no redeployment and no attempt in the period",
        |entry| no_deployment(entry.kind).map(str::to_owned),
    )
}

/// How many deployments the period leaves out.
pub(super) fn deployments_outside(case: &Case<'_>) -> Section {
    let [before, after] = outside(case.account, case.window);
    let rule = "deployments count in the period of their own time".to_owned();
    counts(
        "outside",
        "Outside of the period",
        [
            ("deployments before the period", before, rule.clone()),
            ("deployments after the period", after, rule),
        ],
    )
}
