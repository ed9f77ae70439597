//! Work items meet the code: opens the history with an eye on keys, joins it to the items, and hands out
//! what `report::flow` says of it. `flow` shows it.

use crate::error::{Error, Exit};
use crate::ledger::flow::FlowAccount;
use crate::ledger::{EnvironmentAccount, FlowJoin, ItemName};
use crate::model::{Notice, Settings, Window, WorkItem};
use crate::report::flow::{Code, CodeInputs, Way, compose_code, compose_way};
use crate::sources::work_item_keys::KeyFinder;

use super::output::Output;
use super::session::{Account, Session};

/// Reads everything and joins it, and notes which of these items commits name.
pub(super) fn account_of_items(
    session: Session,
    items: &[WorkItem],
    output: &Output,
) -> Result<Account, Error> {
    let keys = key_finder(items, &session.settings)?;
    session.account_noting(Some(&keys), output)
}

fn key_finder(items: &[WorkItem], settings: &Settings) -> Result<KeyFinder, Error> {
    let names = items.iter().flat_map(|item| {
        let keys = [&item.key].into_iter().chain(&item.aliases);
        keys.map(|key| (item.tracker, key.as_str()))
    });
    KeyFinder::new(&settings.flow.key_pattern, names).map_err(|reason| {
        Error::new(
            Exit::InvalidData,
            format!("flow.key_pattern finds no keys: {reason}"),
        )
        .hint("correct flow.key_pattern in .dora/config.json, or leave it out")
    })
}

/// The items, the history that names them, and what became of both.
pub(super) struct CodeOfItems<'a> {
    items: &'a [WorkItem],
    flow: &'a FlowAccount,
    measured: Option<&'a EnvironmentAccount>,
    /// Stands in where nothing is deployed.
    nowhere: EnvironmentAccount,
    join: FlowJoin,
}

impl<'a> CodeOfItems<'a> {
    /// Joins the items, as `flow` indexes them, to an account that noted them.
    pub(super) fn of(account: &'a Account, items: &'a [WorkItem], flow: &'a FlowAccount) -> Self {
        let facts = &account.gathered.facts;
        let ledger = &account.ledger;
        let measured = ledger
            .measured
            .and_then(|index| ledger.environments.get(index));
        let nowhere = EnvironmentAccount::empty(facts.as_of);
        let names: Vec<ItemName<'_>> = items
            .iter()
            .map(|item| ItemName {
                tracker: item.tracker,
                key: &item.key,
                aliases: &item.aliases,
            })
            .collect();
        let join = FlowJoin::of(facts, measured.unwrap_or(&nowhere), &names);
        Self {
            items,
            flow,
            measured,
            nowhere,
            join,
        }
    }

    /// What the code of items is told from; `None` when nothing was ever deployed that could be measured.
    pub(super) fn measured_inputs(&self) -> Option<CodeInputs<'_>> {
        self.measured?;
        Some(self.inputs())
    }

    fn inputs(&self) -> CodeInputs<'_> {
        CodeInputs {
            items: self.items,
            flow: self.flow,
            account: self.measured.unwrap_or(&self.nowhere),
            join: &self.join,
        }
    }

    /// How the items of a window meet commits and deployments; `None` when nothing was ever deployed
    /// that could be measured.
    pub(super) fn code(&self, window: Window) -> Option<Code> {
        self.measured?;
        Some(compose_code(&self.inputs(), window))
    }

    /// The way of one item, by its index in the items, or why it has none.
    pub(super) fn way(&self, item: usize) -> Result<Way, String> {
        compose_way(&self.inputs(), item)
    }

    /// What could not be joined.
    pub(super) fn notices(&self) -> &[Notice] {
        &self.join.notices
    }
}
