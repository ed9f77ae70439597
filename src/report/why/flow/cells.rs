//! Cells, columns and sections that several answers about the value stream share: items, their visits, and
//! which items were left out by which rule.

use crate::ledger::flow::{FlowItem, Outcome, Visit};
use crate::metrics::flow::hours;
use crate::model::work_item::History;

use super::super::cells::{RULE, counts};
use super::super::document::{Cell, Column, Role, Row, Section};
use super::question::{Case, LeftOut};

/// The key of an item.
pub(super) const ITEM: Column = Column::new("item", "item");
/// Its title.
pub(super) const TITLE: Column = Column::new("title", "title");
/// What kind of work it is.
pub(super) const TYPE: Column = Column::new("flow_type", "type");
/// Its place in the sorted sample.
pub(super) const RANK: Column = Column::new("rank", "rank");
/// A stage.
pub(super) const STAGE: Column = Column::new("stage", "stage");
/// What a stage does to the clock.
pub(super) const KIND: Column = Column::new("kind", "kind");
/// The begin and the end of a span.
pub(super) const FROM: Column = Column::new("from", "from");
pub(super) const TO: Column = Column::new("to", "to");
/// Hours of a row that add up to the figure.
pub(super) const HOURS: Column = Column::new("hours", "time");
/// When an item was started and done.
pub(super) const STARTED: Column = Column::new("started", "started");
pub(super) const DONE: Column = Column::new("done", "done");
/// How much of an item's history is known, where that is not all of it.
pub(super) const HISTORY: Column = Column::new("history", "history");

/// The rule by which an item without a known way counts nowhere but as done.
pub(super) const APPROXIMATE: &str =
    "approximate history: it tells only how it was when it was exported";

/// The columns of an item, and others before and after them.
pub(super) fn with_item(before: &[Column], after: &[Column]) -> Vec<Column> {
    let item = [ITEM, TITLE, TYPE];
    [before, &item, after].concat()
}

/// An instant that may not be known.
pub(super) fn instant(at: Option<chrono::DateTime<chrono::Utc>>) -> Cell {
    at.map_or(Cell::None, Cell::Instant)
}

/// A number of hours that may not be known.
pub(super) fn in_hours(hours: Option<f64>) -> Cell {
    hours.map_or(Cell::None, Cell::Hours)
}

impl Case<'_> {
    /// Key, title and kind of work. On a screen the key says which item it is; titles are for files.
    pub(super) fn item(&self, item: &FlowItem) -> [Cell; 3] {
        let title = self.inputs.told(item).map_or("", |told| &told.title);
        [
            Cell::text(self.inputs.key(item)),
            Cell::text(title),
            Cell::text(item.flow_type.name()),
        ]
    }

    /// A row of an item with cells before and after.
    pub(super) fn row(
        &self,
        before: impl IntoIterator<Item = Cell>,
        item: &FlowItem,
        after: impl IntoIterator<Item = Cell>,
    ) -> Row {
        let row = before.into_iter().chain(self.item(item));
        row.chain(after).collect()
    }

    /// How much of the item's history is known, unless it is all.
    pub(super) fn history(&self, item: &FlowItem) -> Cell {
        match item.history {
            History::Complete => Cell::None,
            History::Partial => Cell::text("partial: times in stages are rough"),
            History::Approximate => Cell::text("approximate: where it was before is not told"),
        }
    }

    /// Begin and end of a visit; it ends with the `as of` instant where it lasts.
    pub(super) fn visit(&self, visit: &Visit) -> [Cell; 3] {
        [
            Cell::text(self.account.stage_name(visit.stage)),
            Cell::Instant(visit.from),
            visit.to.map_or_else(
                || Cell::Instant(self.account.as_of).said_as("now"),
                Cell::Instant,
            ),
        ]
    }

    /// Hours of a visit, the last one until the `as of` instant.
    pub(super) fn hours_of(&self, visit: &Visit) -> f64 {
        hours(visit.span(self.account.as_of).length())
    }

    /// Why an item is none of those done in the period, where that is to be told item by item: what
    /// lies in another time is counted (`elsewhere`).
    fn why_not_done(&self, item: &FlowItem) -> Option<&'static str> {
        let is_inside = |at: Option<chrono::DateTime<chrono::Utc>>| {
            at.is_some_and(|at| self.window.contains(at))
        };
        match item.outcome {
            Outcome::Done => None,
            Outcome::Open => Some("in progress: not done"),
            Outcome::Cancelled => {
                is_inside(item.finished).then_some("cancelled: an outcome of its own")
            }
            Outcome::Removed => is_inside(item.removed).then_some("deleted before it was done"),
            Outcome::NotStarted => None,
        }
    }

    /// The items that did not count, each with its rule: those given, and those that were not done.
    pub(super) fn left_out<'i>(&'i self, also: Vec<LeftOut<'i>>) -> Section {
        let not_done = self
            .account
            .items
            .iter()
            .filter_map(|item| Some((item, self.why_not_done(item)?.to_owned())));
        let mut all: Vec<LeftOut<'_>> = not_done.chain(also).collect();
        all.sort_by_key(|(item, _)| {
            (
                crate::model::work_item_keys::key_order(self.inputs.key(item)),
                item.item,
            )
        });
        self.left_out_only(all)
    }

    /// The items that did not count, each with its rule.
    pub(super) fn left_out_only(&self, items: Vec<LeftOut<'_>>) -> Section {
        let rows = items
            .into_iter()
            .map(|(item, rule)| self.row([], item, [Cell::text(rule)]));
        Section {
            key: "items_left_out",
            title: "Items that did not count".to_owned(),
            role: Role::LeftOut,
            columns: with_item(&[], &[RULE]),
            rows: rows.collect(),
            when_empty: "none",
        }
    }

    /// How many items lie outside of the period, or were never begun.
    pub(super) fn elsewhere(&self) -> Section {
        let count = |is: &dyn Fn(&FlowItem) -> bool| {
            let items = self.account.items.iter();
            items.filter(|item| is(item)).count()
        };
        let window = self.window;
        let ended = |outcome: Outcome, item: &FlowItem| {
            let at = match outcome {
                Outcome::Removed => item.removed,
                _ => item.finished,
            };
            at.filter(|_| item.outcome == outcome)
        };
        let by_done = "the period is by the instant of being done";
        counts(
            "items_elsewhere",
            "Items of another time",
            [
                (
                    "items done before the period",
                    count(&|item| ended(Outcome::Done, item).is_some_and(|at| at < window.start)),
                    by_done.to_owned(),
                ),
                (
                    "items done after the period",
                    count(&|item| ended(Outcome::Done, item).is_some_and(|at| at >= window.end)),
                    by_done.to_owned(),
                ),
                (
                    "items cancelled before or after the period",
                    count(&|item| {
                        ended(Outcome::Cancelled, item).is_some_and(|at| !window.contains(at))
                    }),
                    "they are done in no period".to_owned(),
                ),
                (
                    "items deleted before or after the period",
                    count(&|item| {
                        ended(Outcome::Removed, item).is_some_and(|at| !window.contains(at))
                    }),
                    "set aside from then on".to_owned(),
                ),
                (
                    "items not started",
                    count(&|item| item.outcome == Outcome::NotStarted),
                    "never in a wait or active stage".to_owned(),
                ),
            ],
        )
    }
}
