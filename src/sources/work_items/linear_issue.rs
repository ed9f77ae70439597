//! What an issue looks like in Linear's JSON, as far as it matters: borrowed from the row, and tolerant
//! of what is missing or null. `linear` makes an item of it.

use std::borrow::Cow;

use serde::Deserialize;

use super::json_values::{Scalar, list, object};
use crate::model::work_item::Category;

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Issue<'a> {
    #[serde(borrow)]
    pub(super) id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) identifier: Scalar<'a>,
    #[serde(borrow, deserialize_with = "list")]
    pub(super) previous_identifiers: Vec<Scalar<'a>>,
    #[serde(borrow)]
    pub(super) title: Scalar<'a>,
    #[serde(borrow)]
    pub(super) created_at: Scalar<'a>,
    #[serde(borrow)]
    pub(super) updated_at: Scalar<'a>,
    #[serde(borrow)]
    pub(super) started_at: Scalar<'a>,
    #[serde(borrow)]
    pub(super) completed_at: Scalar<'a>,
    #[serde(borrow)]
    pub(super) canceled_at: Scalar<'a>,
    #[serde(borrow)]
    pub(super) state: Option<State<'a>>,
    #[serde(borrow, deserialize_with = "object")]
    pub(super) labels: Labels<'a>,
    #[serde(borrow, deserialize_with = "object")]
    pub(super) parent: Parent<'a>,
    #[serde(borrow)]
    pub(super) state_history: Option<Nodes<Span<'a>>>,
    #[serde(borrow)]
    pub(super) history: Option<Nodes<Entry<'a>>>,
}

/// Labels come as a page of nodes, or as a list.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Labels<'a> {
    #[serde(borrow)]
    Nodes(Nodes<Label<'a>>),
    #[serde(borrow)]
    List(Vec<Label<'a>>),
    #[serde(borrow)]
    Names(Vec<Scalar<'a>>),
}

impl Labels<'_> {
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::Nodes(page) => names(&page.nodes),
            Self::List(labels) => names(labels),
            Self::Names(names) => {
                let names = names.iter().filter_map(Scalar::text);
                names.map(Cow::into_owned).collect()
            }
        }
    }
}

impl Default for Labels<'_> {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Label<'a> {
    #[serde(borrow)]
    pub(super) name: Scalar<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Parent<'a> {
    #[serde(borrow)]
    pub(super) identifier: Scalar<'a>,
    #[serde(borrow)]
    pub(super) id: Scalar<'a>,
}

/// A page inside of an issue.
#[derive(Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    bound(deserialize = "T: Deserialize<'de>")
)]
pub(super) struct Nodes<T> {
    #[serde(deserialize_with = "list")]
    pub(super) nodes: Vec<T>,
    #[serde(deserialize_with = "object")]
    pub(super) page_info: PageInfo,
}

impl<T> Default for Nodes<T> {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            page_info: PageInfo::default(),
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PageInfo {
    pub(super) has_next_page: Option<bool>,
    pub(super) has_previous_page: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct State<'a> {
    #[serde(borrow)]
    pub(super) id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) name: Scalar<'a>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Scalar<'a>,
}

/// A stay in a state.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Span<'a> {
    #[serde(borrow)]
    pub(super) started_at: Scalar<'a>,
    #[serde(borrow)]
    pub(super) state: Option<State<'a>>,
    #[serde(borrow)]
    pub(super) state_id: Scalar<'a>,
}

/// A change.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    #[serde(borrow)]
    pub(super) created_at: Scalar<'a>,
    #[serde(borrow)]
    pub(super) from_state: Option<State<'a>>,
    #[serde(borrow)]
    pub(super) to_state: Option<State<'a>>,
    #[serde(borrow, deserialize_with = "list")]
    pub(super) added_labels: Vec<Label<'a>>,
    #[serde(borrow, deserialize_with = "list")]
    pub(super) removed_labels: Vec<Label<'a>>,
    #[serde(borrow)]
    pub(super) trashed: Scalar<'a>,
}

pub(super) fn names(labels: &[Label<'_>]) -> Vec<String> {
    let names = labels.iter().filter_map(|label| label.name.text());
    names.map(Cow::into_owned).collect()
}

/// Linear's kinds of states.
pub(super) fn category(state: &State<'_>) -> Option<Category> {
    match state.kind.text().as_deref() {
        Some("triage" | "backlog" | "unstarted") => Some(Category::New),
        Some("started") => Some(Category::Active),
        Some("completed") => Some(Category::Done),
        Some("canceled" | "cancelled" | "duplicate") => Some(Category::Cancelled),
        _ => None,
    }
}

pub(super) fn is_cut(info: &PageInfo) -> bool {
    info.has_next_page == Some(true) || info.has_previous_page == Some(true)
}
