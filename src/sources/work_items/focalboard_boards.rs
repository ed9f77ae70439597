//! Boards of Focalboard, whatever file they came in: which property of one holds what, learnt before any
//! card is read. `focalboard_cards` says what a card tells by them; nothing of people is read.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::model::flow_settings::plain_status;

/// Names of the property that holds the status.
const STATUS: [&str; 1] = ["status"];

/// Properties and options that are kept of all boards of a file together.
const MOST_WORDS: usize = 500_000;

/// A board, a view, a card, or another block, in any of the shapes that Focalboard gives them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Thing {
    pub(super) id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    board_id: Option<String>,
    root_id: Option<String>,
    parent_id: Option<String>,
    pub(super) title: Option<String>,
    fields: Option<Fields>,
    properties: Option<Map<String, Value>>,
    card_properties: Option<Vec<Value>>,
    is_template: Option<bool>,
    pub(super) create_at: Option<Value>,
    pub(super) update_at: Option<Value>,
    delete_at: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Fields {
    properties: Option<Map<String, Value>>,
    card_properties: Option<Vec<Value>>,
    is_template: Option<bool>,
    group_by_id: Option<String>,
    view_type: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PropertyRow {
    id: Option<String>,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    options: Option<Vec<Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OptionRow {
    id: Option<String>,
    value: Option<String>,
}

impl Thing {
    fn card_properties(&self) -> Option<&Vec<Value>> {
        let of_fields = || self.fields.as_ref()?.card_properties.as_ref();
        self.card_properties.as_ref().or_else(of_fields)
    }

    fn is_board(&self) -> bool {
        self.card_properties().is_some() || self.kind.as_deref() == Some("board")
    }

    pub(super) fn is_card(&self) -> bool {
        match self.kind.as_deref() {
            Some(kind) => kind == "card",
            // A card as the API gives it has no kind.
            None => self.properties.is_some() && !self.is_board(),
        }
    }

    pub(super) fn is_template(&self) -> bool {
        let of_fields = self.fields.as_ref().and_then(|fields| fields.is_template);
        self.is_template.or(of_fields).unwrap_or(false)
    }

    /// When it was deleted, if it was.
    pub(super) fn deleted(&self) -> Option<DateTime<Utc>> {
        instant(self.delete_at.as_ref())
    }

    /// The board that it lies on, by id.
    fn board(&self) -> Option<&str> {
        let ids = [&self.board_id, &self.root_id, &self.parent_id];
        let mut ids = ids.into_iter().flatten().map(String::as_str);
        ids.find(|id| !id.is_empty())
    }

    pub(super) fn property(&self, id: &str) -> Option<&Value> {
        let of_fields = || self.fields.as_ref()?.properties.as_ref();
        self.properties.as_ref().or_else(of_fields)?.get(id)
    }
}

/// Milliseconds since 1970; zero is none.
pub(super) fn instant(json: Option<&Value>) -> Option<DateTime<Utc>> {
    let milliseconds = json?.as_i64().filter(|&it| it > 0)?;
    let instant = DateTime::from_timestamp_millis(milliseconds)?;
    (instant.year() <= 9999).then_some(instant)
}

/// A property that cards of a board have.
pub(super) struct Property {
    pub(super) id: String,
    pub(super) name: String,
    plain_name: String,
    pub(super) kind: String,
    /// Name of each option, by its id.
    pub(super) options: HashMap<String, String>,
}

/// What is known of one board.
#[derive(Default)]
pub(super) struct Board {
    title: String,
    pub(super) is_template: bool,
    pub(super) properties: Vec<Property>,
    /// By which property its views group cards, in their order; those that are boards first.
    grouped_by: Vec<String>,
}

impl Board {
    /// The property with the best of these names and one of these kinds.
    pub(super) fn named(&self, names: &[&str], kinds: &[&str]) -> Option<&Property> {
        names.iter().find_map(|name| {
            self.properties
                .iter()
                .find(|it| it.plain_name == *name && kinds.contains(&it.kind.as_str()))
        })
    }

    /// The property that holds the status, and whether only a view says so.
    pub(super) fn status(&self) -> Option<(&Property, bool)> {
        if let Some(property) = self.named(&STATUS, &["select"]) {
            return Some((property, false));
        }
        let selects = |id: &String| {
            let mut properties = self.properties.iter();
            properties.find(|it| it.id == *id && it.kind == "select")
        };
        let property = self.grouped_by.iter().find_map(selects)?;
        Some((property, true))
    }
}

/// The boards of a file, by their ids.
#[derive(Default)]
pub(super) struct Boards {
    boards: HashMap<String, Board>,
    words: usize,
}

impl Boards {
    /// Learns what a board or a view says; passes over anything else.
    pub(super) fn learn(&mut self, thing: &Thing) {
        if thing.is_board() {
            self.learn_board(thing);
        } else if thing.kind.as_deref() == Some("view") && thing.deleted().is_none() {
            self.learn_view(thing);
        }
    }

    fn learn_board(&mut self, thing: &Thing) {
        let Some(id) = thing.id.as_ref().filter(|_| self.words < MOST_WORDS) else {
            return;
        };
        let rows = thing.card_properties().map_or(&[][..], Vec::as_slice);
        let mut properties = Vec::new();
        for row in rows {
            let Ok(row) = PropertyRow::deserialize(row) else {
                continue;
            };
            let (Some(id), Some(kind)) = (row.id, row.kind) else {
                continue;
            };
            let options = row.options.unwrap_or_default();
            let options = options.iter().filter_map(|option| {
                let option = OptionRow::deserialize(option).ok()?;
                Some((option.id?, option.value?))
            });
            let options: HashMap<String, String> = options.collect();
            self.words += 1 + options.len();
            let name = row.name.unwrap_or_default();
            properties.push(Property {
                id,
                plain_name: plain_status(&name),
                name,
                kind,
                options,
            });
        }
        let board = self.boards.entry(id.clone()).or_default();
        board.title = thing.title.clone().unwrap_or_default();
        board.is_template = thing.is_template();
        board.properties = properties;
        self.words += 1;
    }

    fn learn_view(&mut self, thing: &Thing) {
        let Some(fields) = &thing.fields else {
            return;
        };
        let grouped_by = fields.group_by_id.as_ref().filter(|id| !id.is_empty());
        let (Some(grouped_by), Some(board)) = (grouped_by, thing.board()) else {
            return;
        };
        if self.words >= MOST_WORDS {
            return;
        }
        self.words += 1;
        // A view may stand before its board.
        let board = self.boards.entry(board.to_owned()).or_default();
        let place = match fields.view_type.as_deref() {
            Some("board") | None => 0,
            Some(_) => board.grouped_by.len(),
        };
        board.grouped_by.insert(place, grouped_by.clone());
    }

    /// The board of a card. A card that names none lies on the only one there is.
    pub(super) fn board_of(&self, card: &Thing) -> Option<&Board> {
        match card.board() {
            Some(id) => self.boards.get(id),
            None if self.boards.len() == 1 => self.boards.values().next(),
            None => None,
        }
    }

    /// The boards whose status only a view tells, with the property that it groups by; by title.
    pub(super) fn told_by_views(&self) -> Vec<(&str, &str)> {
        let mut told = Vec::new();
        for board in self.boards.values() {
            if let Some((property, true)) = board.status() {
                told.push((board.title.as_str(), property.name.as_str()));
            }
        }
        told.sort_unstable();
        told
    }
}
