//! Cards of Focalboard as work items, and what there is to say of a file of them. Which property holds
//! what is known by `focalboard_boards`; `focalboard` takes the files apart.

use chrono::{DateTime, TimeDelta, Utc};
use regex::Regex;
use serde_json::Value;

use super::Sink;
use super::focalboard_boards::{Board, Boards, Property, Thing, instant};
use super::words::{OddValues, VERSIONS, business_value, key_of_title};
use crate::model::Notice;
use crate::model::work_item::{Change, Event, Status, Tracker, WorkItem};

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

/// So many cards of one instant are no chance.
const MANY_CARDS: u64 = 5;

/// The cards of one file, after its boards; and what there is to say of them.
#[derive(Default)]
pub(super) struct Cards {
    /// The boards, which are learnt first.
    pub(super) boards: Boards,
    cards: u64,
    first_update: Option<DateTime<Utc>>,
    last_update: Option<DateTime<Utc>>,
    first_created: Option<DateTime<Utc>>,
    without_board: usize,
    without_status: usize,
    unknown_options: usize,
    odd_values: OddValues,
}

impl Cards {
    /// The item that a thing is, if it is a card that counts: no template.
    ///
    /// # Errors
    /// Why a card cannot be read.
    pub(super) fn item(
        &mut self,
        thing: &Thing,
        key: Option<&Regex>,
    ) -> Result<Option<WorkItem>, &'static str> {
        if !thing.is_card() || thing.is_template() {
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
        if self
            .boards
            .board_of(thing)
            .is_some_and(|board| board.is_template)
        {
            return Ok(None);
        }
        let title = thing.title.clone().unwrap_or_default();
        let key = key_of_title(&title, key).unwrap_or_else(|| id.clone());
        let mut item = WorkItem {
            title,
            updated,
            ..WorkItem::known_as(Tracker::Focalboard, id, key, created)
        };
        let lacks = match self.boards.board_of(thing) {
            Some(board) => tell(board, thing, &mut item, &mut self.odd_values),
            None => Some(Lack::Board),
        };
        if let Some(deleted) = thing.deleted() {
            // Whoever saw it open learns that it is gone; of nothing else it is a sign.
            item.updated = deleted.max(item.updated);
            item.events.push(Event::new(item.updated, Change::Removed));
            return Ok(Some(item));
        }
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
        let message = format!(
            "Focalboard exports no history: of {} only the present status is known, since its last change",
            cards(count)
        );
        sink.notice(
            Notice::new("history-approximate", message)
                .count(count)
                .hint(VERSIONS),
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
        self.odd_values.tell(sink);
        self.tell_views(sink);
    }

    /// Names the properties that are taken for the status because a view groups by them.
    fn tell_views(&self, sink: &mut Sink<'_>) {
        let boards = self.boards.told_by_views();
        if let Some((title, name)) = boards.first() {
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
fn tell(
    board: &Board,
    card: &Thing,
    item: &mut WorkItem,
    odd_values: &mut OddValues,
) -> Option<Lack> {
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
    item.value = value.and_then(|value| odd_values.counted(business_value(&value)));
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
