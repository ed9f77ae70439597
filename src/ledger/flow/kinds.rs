//! What kind of work an item is: by its type, else by a label (`flow.types`). Each distinct word is
//! looked up once.

use std::collections::{BTreeMap, HashMap};

use crate::model::flow_settings::plain_status;
use crate::model::work_item::FlowType;

/// Kinds of work by words.
pub(super) struct Kinds<'a> {
    types: &'a BTreeMap<String, FlowType>,
    known: HashMap<&'a str, Option<FlowType>>,
    known_labels: HashMap<&'a str, Option<FlowType>>,
    unmapped: BTreeMap<&'a str, usize>,
}

impl<'a> Kinds<'a> {
    pub(super) fn new(types: &'a BTreeMap<String, FlowType>) -> Self {
        Self {
            types,
            known: HashMap::new(),
            known_labels: HashMap::new(),
            unmapped: BTreeMap::new(),
        }
    }

    /// The kind of an item with this type and these labels.
    pub(super) fn of(&mut self, type_name: &'a str, labels: &'a [String]) -> FlowType {
        let types = self.types;
        let by_type = *self
            .known
            .entry(type_name)
            .or_insert_with(|| types.get(&plain_status(type_name)).copied());
        if let Some(kind) = by_type {
            return kind;
        }
        for label in labels {
            let by_label = self.known_labels.entry(label);
            if let Some(kind) = *by_label.or_insert_with(|| of_label(types, label)) {
                return kind;
            }
        }
        if !type_name.trim().is_empty() {
            *self.unmapped.entry(type_name).or_default() += 1;
        }
        FlowType::Unclassified
    }

    /// Types that no kind is known for, with how many items have them and no label that tells.
    pub(super) fn unmapped(&self) -> Vec<(String, usize)> {
        let unmapped = self.unmapped.iter();
        unmapped
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }
}

/// The kind that a label says, whole or after its scope (`type::bug`, `kind/bug`).
fn of_label(types: &BTreeMap<String, FlowType>, label: &str) -> Option<FlowType> {
    let after_scope = label.rsplit([':', '/']).next();
    let whole = types.get(&plain_status(label));
    whole
        .or_else(|| types.get(&plain_status(after_scope?)))
        .copied()
}
