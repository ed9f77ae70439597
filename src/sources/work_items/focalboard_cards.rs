//! Boards and cards of Focalboard, whatever file they came in: what the properties of a board mean, and
//! what a card says by them. Nothing of people is read. `focalboard` takes the files apart.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ReadOptions, Sink};
use crate::model::flow_settings::plain_status;
use crate::model::work_item::{Change, Event, History, Status, Tracker, WorkItem};
use crate::model::{Notice, shell_path};

/// Names of the property that holds the status.
const STATUS: [&str; 1] = ["status"];
/// Names of the property that holds the key, the best first.
const KEY: [&str; 9] = [
    "work item id",
    "work item key",
    "item id",
    "issue key",
    "issue id",
    "ticket id",
    "ticket",
    "key",
    "id",
];
/// Names of the property that holds the type.
const TYPE: [&str; 6] = [
    "type",
    "work item type",
    "issue type",
    "item type",
    "card type",
    "flow type",
];
/// Names of the property that holds the business value.
const VALUE: [&str; 2] = ["business value", "value"];
/// Names of the checkbox that says that something stops a card.
const BLOCKED: [&str; 2] = ["blocked", "is blocked"];

/// Properties and options that are kept of all boards of a file together.
const MOST_WORDS: usize = 500_000;

/// So many cards of one instant are no chance.
const MANY_CARDS: u64 = 5;

/// A board, a view, a card, or another block, in any of the shapes that Focalboard gives them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Thing {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    board_id: Option<String>,
    root_id: Option<String>,
    parent_id: Option<String>,
    title: Option<String>,
    fields: Option<Fields>,
    properties: Option<Map<String, Value>>,
    card_properties: Option<Vec<Value>>,
    is_template: Option<bool>,
    create_at: Option<Value>,
    update_at: Option<Value>,
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

    fn is_card(&self) -> bool {
        match self.kind.as_deref() {
            Some(kind) => kind == "card",
            // A card as the API gives it has no kind.
            None => self.properties.is_some() && !self.is_board(),
        }
    }

    fn is_template(&self) -> bool {
        let of_fields = self.fields.as_ref().and_then(|fields| fields.is_template);
        self.is_template.or(of_fields).unwrap_or(false)
    }

    fn is_deleted(&self) -> bool {
        instant(self.delete_at.as_ref()).is_some()
    }

    /// The board that it lies on, by id.
    fn board(&self) -> Option<&str> {
        let ids = [&self.board_id, &self.root_id, &self.parent_id];
        let mut ids = ids.into_iter().flatten().map(String::as_str);
        ids.find(|id| !id.is_empty())
    }

    fn property(&self, id: &str) -> Option<&Value> {
        let of_fields = || self.fields.as_ref()?.properties.as_ref();
        self.properties.as_ref().or_else(of_fields)?.get(id)
    }
}

/// Milliseconds since 1970; zero is none.
fn instant(json: Option<&Value>) -> Option<DateTime<Utc>> {
    let milliseconds = json?.as_i64().filter(|&it| it > 0)?;
    let instant = DateTime::from_timestamp_millis(milliseconds)?;
    (instant.year() <= 9999).then_some(instant)
}

struct Property {
    id: String,
    name: String,
    plain_name: String,
    kind: String,
    options: HashMap<String, String>,
}

/// What is known of one board.
#[derive(Default)]
struct Board {
    title: String,
    is_template: bool,
    properties: Vec<Property>,
    /// By which property its views group cards, in their order; those that are boards first.
    grouped_by: Vec<String>,
}

impl Board {
    /// The property with the best of these names and one of these kinds.
    fn named(&self, names: &[&str], kinds: &[&str]) -> Option<&Property> {
        names.iter().find_map(|name| {
            self.properties
                .iter()
                .find(|it| it.plain_name == *name && kinds.contains(&it.kind.as_str()))
        })
    }

    /// The property that holds the status, and whether only a view says so.
    fn status(&self) -> Option<(&Property, bool)> {
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

/// The boards of a file, learnt before its cards are read; and what there is to say of these.
#[derive(Default)]
pub(super) struct Boards {
    boards: HashMap<String, Board>,
    words: usize,
    cards: u64,
    first_update: Option<DateTime<Utc>>,
    last_update: Option<DateTime<Utc>>,
    first_created: Option<DateTime<Utc>>,
    without_board: usize,
    without_status: usize,
    unknown_options: usize,
}

impl Boards {
    /// Learns what a board or a view says; passes over anything else.
    pub(super) fn learn(&mut self, thing: &Thing) {
        if thing.is_board() {
            self.learn_board(thing);
        } else if thing.kind.as_deref() == Some("view") && !thing.is_deleted() {
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
    fn board_of(&self, card: &Thing) -> Option<&Board> {
        match card.board() {
            Some(id) => self.boards.get(id),
            None if self.boards.len() == 1 => self.boards.values().next(),
            None => None,
        }
    }

    /// The item that a thing is, if it is a card that counts: no template, and not deleted.
    ///
    /// # Errors
    /// Why a card cannot be read.
    pub(super) fn item(
        &mut self,
        thing: &Thing,
        key: Option<&Regex>,
    ) -> Result<Option<WorkItem>, &'static str> {
        if !thing.is_card() || thing.is_template() || thing.is_deleted() {
            return Ok(None);
        }
        let id = thing.id.as_deref().filter(|id| !id.is_empty());
        let id = id.ok_or("a card without id")?.to_owned();
        let (created, updated) = (
            instant(thing.create_at.as_ref()),
            instant(thing.update_at.as_ref()),
        );
        let created = created.or(updated).ok_or("a card without times")?;
        let updated = updated.map_or(created, |updated| updated.max(created));
        if self.board_of(thing).is_some_and(|board| board.is_template) {
            return Ok(None);
        }
        let title = thing.title.clone().unwrap_or_default();
        let mut item = WorkItem {
            tracker: Tracker::Focalboard,
            key: key_of_title(&title, key).unwrap_or_else(|| id.clone()),
            id,
            aliases: Vec::new(),
            title,
            type_name: String::new(),
            labels: Vec::new(),
            value: None,
            parent: None,
            resolution: None,
            created,
            updated,
            history: History::Approximate,
            events: Vec::new(),
        };
        let lacks = match self.board_of(thing) {
            Some(board) => tell(board, thing, &mut item),
            None => Some(Lack::Board),
        };
        match lacks {
            Some(Lack::Board) => self.without_board += 1,
            Some(Lack::Status) => self.without_status += 1,
            Some(Lack::Option) => self.unknown_options += 1,
            None => {}
        }
        self.count(&item);
        Ok(Some(item))
    }

    fn count(&mut self, item: &WorkItem) {
        self.cards += 1;
        let first = |known: Option<DateTime<Utc>>, at| Some(known.map_or(at, |it| it.min(at)));
        self.first_created = first(self.first_created, item.created);
        self.first_update = first(self.first_update, item.updated);
        self.last_update = self.last_update.max(Some(item.updated));
    }

    /// Says what the cards of the file lack, once they are read.
    pub(super) fn finish(&self, sink: &mut Sink<'_>) {
        let count = usize::try_from(self.cards).unwrap_or(usize::MAX);
        if count == 0 {
            return;
        }
        let file = shell_path(sink.place());
        let message = format!(
            "Focalboard exports no history: of {} only the present status is known, since its last change",
            cards(count)
        );
        sink.notice(
            Notice::new("focalboard-no-history", message)
                .count(count)
                .hint(format!(
                    "commit each export as the same file, then: dora import --history {file}"
                )),
        );
        if self.are_of_an_import() {
            let message = format!(
                "all of {} were changed within one minute: an import set their times, which say nothing of their status",
                cards(count)
            );
            sink.notice(
                Notice::new("focalboard-imported", message)
                    .count(count)
                    .hint("export from the server where the cards were made"),
            );
        }
        let lacks = [
            (
                "focalboard-board-missing",
                self.without_board,
                "lie on a board that is not in the file: nothing tells what their properties mean",
                "put both into one file: {\"board\": …, \"cards\": …}",
            ),
            (
                "focalboard-no-status",
                self.without_status,
                "have no status",
                "name a select property of the board Status, or group its view by one",
            ),
            (
                "focalboard-option-unknown",
                self.unknown_options,
                "have a status that their board does not list any more",
                "set their status anew in Focalboard",
            ),
        ];
        for (code, count, what, hint) in lacks {
            if count > 0 {
                let message = format!("{} {what}", cards(count));
                let notice = Notice::new(code, message).count(count).hint(hint);
                sink.notice(notice.incomplete());
            }
        }
        self.tell_views(sink);
    }

    /// Names the properties that are taken for the status because a view groups by them.
    fn tell_views(&self, sink: &mut Sink<'_>) {
        let by_view = |board: &&Board| matches!(board.status(), Some((_, true)));
        let mut boards: Vec<&Board> = self.boards.values().filter(by_view).collect();
        boards.sort_by(|a, b| a.title.cmp(&b.title));
        let first = boards.first().and_then(|it| Some((it, it.status()?)));
        if let Some((board, (property, _))) = first {
            let (title, name) = (&board.title, &property.name);
            let message = format!(
                "no select property of board `{title}` is named Status: `{name}`, by which its view groups, is taken for it"
            );
            sink.notice(Notice::new("focalboard-status-by-view", message).count(boards.len()));
        }
    }

    /// Whether an import gave all cards the same time, as Focalboard's own import does.
    fn are_of_an_import(&self) -> bool {
        let (Some(first), Some(last), Some(created)) =
            (self.first_update, self.last_update, self.first_created)
        else {
            return false;
        };
        self.cards >= MANY_CARDS
            && last - first < TimeDelta::minutes(1)
            && first - created > TimeDelta::days(1)
    }
}

fn cards(count: usize) -> String {
    match count {
        1 => "1 card".to_owned(),
        count => format!("{count} cards"),
    }
}

/// What a card cannot tell.
enum Lack {
    Board,
    Status,
    Option,
}

/// Adds what the properties of a card tell to its item. What it cannot tell, if anything.
fn tell(board: &Board, card: &Thing, item: &mut WorkItem) -> Option<Lack> {
    let text = |property: &Property| written(card.property(&property.id)?);
    let chosen = |property: &Property| {
        let id = card.property(&property.id)?.as_str()?;
        property.options.get(id).cloned()
    };
    let key = board.named(&KEY, &["text", "number", "url"]);
    if let Some(key) = key.and_then(text) {
        item.key = key;
    }
    let kind = board.named(&TYPE, &["select", "text"]);
    let kind = kind.and_then(|property| match property.kind.as_str() {
        "select" => chosen(property),
        _ => text(property),
    });
    item.type_name = kind.unwrap_or_default();
    let value = board.named(&VALUE, &["number"]).and_then(text);
    let value = value.and_then(|text| text.parse::<f64>().ok());
    item.value = value.filter(|value| value.is_finite());
    let many = board
        .properties
        .iter()
        .filter(|it| it.kind == "multiSelect");
    for property in many {
        let chosen = card.property(&property.id).and_then(Value::as_array);
        let names = chosen.into_iter().flatten();
        let names = names.filter_map(|id| property.options.get(id.as_str()?));
        item.labels.extend(names.cloned());
    }
    let status = board.status().map(|(property, _)| property);
    let lack = match status.map(|property| (property, chosen(property))) {
        Some((property, Some(name))) => {
            let id = card.property(&property.id).and_then(Value::as_str);
            let status = Status {
                name,
                id: id.map(str::to_owned),
                category: None,
            };
            let change = Change::Status(status.into());
            item.events.push(Event::new(item.updated, change));
            None
        }
        Some((property, None)) if text(property).is_some() => Some(Lack::Option),
        _ => Some(Lack::Status),
    };
    if let Some(checkbox) = board.named(&BLOCKED, &["checkbox"]) {
        let change = match text(checkbox).as_deref() {
            Some("true") => Change::Blocked(None),
            _ => Change::Unblocked,
        };
        item.events.push(Event::new(item.updated, change));
    }
    lack
}

/// What somebody wrote into a property; `None` when that is nothing.
fn written(json: &Value) -> Option<String> {
    let text = match json {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(is_set) => is_set.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The key that a title opens with: `[FOC-101] Passkeys`, `FOC-101: Passkeys`.
fn key_of_title(title: &str, key: Option<&Regex>) -> Option<String> {
    let opening = |c: char| c.is_whitespace() || matches!(c, '[' | '(' | '#');
    let title = title.trim_start_matches(opening);
    let found = key?.find(title).filter(|found| found.start() == 0)?;
    let after = title.get(found.end()..)?.chars().next();
    let ends = after.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '-');
    (ends && !found.is_empty()).then(|| found.as_str().to_owned())
}

/// The pattern of keys, as far as it is one.
pub(super) fn key_pattern(options: &ReadOptions<'_>) -> Option<Regex> {
    Regex::new(&options.flow.key_pattern).ok()
}
