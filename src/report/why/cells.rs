//! Cells and columns that several answers share: deployments, their components, commits, counts of what
//! was left out. The metrics' files put them into sections.

use crate::ledger::{ChangeKind, Deployment, DeploymentKind, EnvironmentAccount};
use crate::model::{CommitId, Window};

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

    /// The id of the deployment at this place.
    pub(super) fn id(&self, index: usize) -> Cell {
        self.entry(index)
            .map_or(Cell::None, |entry| Cell::Text(entry.id.clone()))
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
    pub(super) fn names(&self, components: &[usize]) -> Cell {
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

    /// The name of a repository; a screen does not repeat the only one.
    pub(super) fn repository(&self, repository: usize) -> Cell {
        let repositories = &self.inputs.facts.repositories;
        let cell = Cell::text(repositories[repository].name.clone());
        match repositories.len() {
            1 => cell.said_as(""),
            _ => cell,
        }
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
