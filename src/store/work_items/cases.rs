//! Cases of docs/flow.md by hand: what a line holds, what the next import adds, what holds when two
//! exports say different things, what is skipped. `laws` are those that hold of any tellings.

use std::fs;
use std::sync::Arc;

use crate::model::work_item::{Category, Change, Event, History, Status, Tracker};
use crate::model::{WorkItem, instant_from_epoch};
use crate::store::{Store, atomic_file};
use chrono::{DateTime, Utc};

use super::reading::NAME;
use super::{Added, Pieces, WorkItems};

/// Hours after the first of all instants.
pub(super) fn at(hour: i64) -> DateTime<Utc> {
    instant_from_epoch(1_772_000_000 + hour * 3_600)
}

pub(super) fn status(name: &str, id: &str, category: Option<Category>) -> Change {
    Change::Status(Arc::new(Status {
        name: name.to_owned(),
        id: (!id.is_empty()).then(|| id.to_owned()),
        category,
    }))
}

pub(super) fn entered(hour: i64, name: &str) -> Event {
    Event::new(at(hour), status(name, "", None))
}

/// Of `FOC-1`, whose inner id is 1001, told at `updated`.
pub(super) fn told(history: History, updated: i64, events: &[Event]) -> WorkItem {
    WorkItem {
        updated: at(updated),
        history,
        events: events.to_vec(),
        ..WorkItem::known_as(Tracker::Jira, "1001", "FOC-1", at(0))
    }
}

pub(super) struct World {
    _directory: tempfile::TempDir,
    pub(super) store: Store,
}

pub(super) fn world() -> World {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path(), false).unwrap();
    World {
        _directory: directory,
        store,
    }
}

impl World {
    pub(super) fn import(&self, items: &[WorkItem]) -> Added {
        let mut pieces = Pieces::new();
        for item in items {
            pieces.add(item);
        }
        let mut log = self.store.work_item_log().unwrap();
        let added = log.tell(pieces);
        let writer = self.store.writer("test").unwrap();
        writer.append_work_items(log).unwrap();
        added
    }

    pub(super) fn items(&self) -> WorkItems {
        self.store.work_items().unwrap()
    }

    pub(super) fn only(&self) -> WorkItem {
        let read = self.items();
        assert_eq!((read.items.len(), read.notices.len()), (1, 0));
        read.items.into_iter().next().unwrap()
    }

    pub(super) fn content(&self) -> String {
        String::from_utf8(fs::read(self.store.file(NAME)).unwrap_or_default()).unwrap()
    }

    pub(super) fn write(&self, content: &str) {
        atomic_file::write(&self.store.file(NAME), content.as_bytes()).unwrap();
    }
}

/// The statuses of an item, with the hours at which they were entered.
fn story(item: &WorkItem) -> Vec<(i64, String)> {
    item.events
        .iter()
        .filter_map(|event| match &event.change {
            Change::Status(status) => Some(((event.at - at(0)).num_hours(), status.name.clone())),
            _ => None,
        })
        .collect()
}

fn hours(told: &[(i64, &str)]) -> Vec<(i64, String)> {
    let told = told.iter();
    told.map(|&(hour, name)| (hour, name.to_owned())).collect()
}

#[test]
fn a_later_import_writes_only_what_is_new() {
    let world = world();
    let mut first = told(
        History::Complete,
        10,
        &[entered(0, "Open"), entered(5, "Dev")],
    );
    first.title = "One".to_owned();
    first.type_name = "Story".to_owned();
    let added = world.import(std::slice::from_ref(&first));
    assert_eq!((added.new, added.events), (1, 2));
    let mut second = first.clone();
    second.updated = at(20);
    second.title = "Two".to_owned();
    second.events.push(entered(15, "Done"));
    let added = world.import(std::slice::from_ref(&second));
    assert_eq!((added.new, added.changed, added.events), (0, 1, 1));
    let content = world.content();
    let line: serde_json::Value = serde_json::from_str(content.lines().nth(1).unwrap()).unwrap();
    assert_eq!(line["title"], "Two");
    assert!(line.get("type_name").is_none());
    assert_eq!(line["events"].as_array().unwrap().len(), 1);
    assert_eq!(world.only(), second);
    assert_eq!(world.import(&[second]).unchanged, 1);
    assert_eq!(
        world.import(&[first]).unchanged,
        1,
        "an older export is known, too"
    );
    assert_eq!(world.content(), content);
}

#[test]
fn a_complete_history_overrules_guesses_as_far_as_it_reaches() {
    let guess = told(
        History::Approximate,
        30,
        &[entered(4, "Review"), entered(30, "Done")],
    );
    let complete = told(
        History::Complete,
        20,
        &[entered(0, "Open"), entered(6, "Dev")],
    );
    for order in [[&guess, &complete], [&complete, &guess]] {
        let world = world();
        for item in order {
            world.import(std::slice::from_ref(item));
        }
        let item = world.only();
        assert_eq!(
            story(&item),
            hours(&[(0, "Open"), (6, "Dev"), (30, "Done")])
        );
        assert_eq!(item.history, History::Partial, "a guess goes on from it");
        // Reaching further, it overrules the rest as well.
        world.import(&[told(
            History::Complete,
            40,
            &[entered(0, "Open"), entered(6, "Dev")],
        )]);
        let item = world.only();
        assert_eq!(story(&item), hours(&[(0, "Open"), (6, "Dev")]));
        assert_eq!(item.history, History::Complete);
    }
}

#[test]
fn a_guess_that_a_complete_history_confirms_is_kept_by_it() {
    let world = world();
    world.import(&[told(History::Partial, 5, &[entered(4, "Dev")])]);
    let complete = told(
        History::Complete,
        20,
        &[entered(0, "Open"), entered(4, "Dev")],
    );
    world.import(std::slice::from_ref(&complete));
    assert_eq!(story(&world.only()), hours(&[(0, "Open"), (4, "Dev")]));
    assert_eq!(world.import(&[complete]).unchanged, 1);
}

#[test]
fn a_moved_key_becomes_an_alias_and_an_export_without_inner_ids_finds_its_item() {
    let world = world();
    let mut old = told(History::Complete, 10, &[entered(0, "Open")]);
    old.key = "OLD-7".to_owned();
    world.import(&[old]);
    world.import(&[told(History::Complete, 20, &[entered(0, "Open")])]);
    let mut keyed = told(History::Approximate, 30, &[entered(30, "Done")]);
    keyed.id = "OLD-7".to_owned();
    keyed.key = "OLD-7".to_owned();
    keyed.title = "From a list".to_owned();
    let added = world.import(std::slice::from_ref(&keyed));
    assert_eq!((added.new, added.changed), (0, 1));
    let item = world.only();
    assert_eq!(
        (item.id.as_str(), item.title.as_str()),
        ("1001", "From a list")
    );
    assert_eq!(item.aliases.len(), 1);
    assert_eq!(story(&item), hours(&[(0, "Open"), (30, "Done")]));
    assert_eq!(world.import(&[keyed]).unchanged, 1);
}

#[test]
fn events_of_an_item_known_by_its_id_alone_wait_for_its_key() {
    let world = world();
    let mut nameless = told(History::Partial, 5, &[entered(4, "Dev")]);
    nameless.key = String::new();
    world.import(std::slice::from_ref(&nameless));
    assert_eq!(world.only().key, "1001");
    world.import(&[told(History::Approximate, 3, &[])]);
    let item = world.only();
    assert_eq!((item.key.as_str(), item.aliases.len()), ("FOC-1", 0));
    assert_eq!(story(&item), hours(&[(4, "Dev")]));
    assert_eq!(world.import(&[nameless]).unchanged, 1);
}

#[test]
fn silence_is_no_word_and_the_latest_word_holds() {
    let world = world();
    let mut item = told(History::Complete, 10, &[]);
    item.title = "Old".to_owned();
    item.labels = vec!["a".to_owned()];
    item.value = Some(5.0);
    world.import(&[item.clone()]);
    item.updated = at(20);
    item.title = "New".to_owned();
    item.labels.clear();
    item.value = None;
    world.import(&[item.clone()]);
    item.updated = at(15);
    item.title = "Between".to_owned();
    item.parent = Some("FOC-9".to_owned());
    world.import(&[item]);
    let known = world.only();
    assert_eq!(known.title, "New");
    assert_eq!(known.labels, ["a"]);
    assert_eq!(known.value, Some(5.0));
    assert_eq!(known.parent.as_deref(), Some("FOC-9"));
}

#[test]
fn an_event_told_again_under_a_new_name_of_its_status_is_the_same_event() {
    let world = world();
    let enters = |hour, name| Event::new(at(hour), status(name, "6", Some(Category::Done)));
    world.import(&[told(History::Complete, 10, &[enters(5, "Closed")])]);
    let renamed = told(History::Complete, 11, &[enters(5, "Finished")]);
    world.import(std::slice::from_ref(&renamed));
    assert_eq!(story(&world.only()), hours(&[(5, "Finished")]));
    assert_eq!(world.import(&[renamed]).unchanged, 1);
    // A status of which only the name is told is the one that has this name.
    let keyed = told(History::Complete, 12, &[entered(5, "Finished")]);
    world.import(&[keyed]);
    assert_eq!(world.only().events.len(), 1);
}

#[test]
fn a_snapshot_taken_again_tells_nothing_new() {
    let world = world();
    let snapshot = |hour| {
        let mut item = told(History::Approximate, hour, &[entered(hour, "Dev")]);
        item.events
            .push(Event::new(at(hour), Change::Blocked(None)));
        item
    };
    world.import(&[snapshot(10)]);
    let content = world.content();
    assert_eq!(world.import(&[snapshot(20)]).unchanged, 1);
    assert_eq!(world.content(), content);
}

#[test]
fn an_instant_ends_with_what_its_source_ends_it_with() {
    let world = world();
    let there_and_back = [entered(3, "Open"), entered(3, "Dev"), entered(3, "Open")];
    world.import(&[told(History::Complete, 10, &there_and_back)]);
    assert_eq!(story(&world.only()).last().unwrap().1, "Open");
    // Another export tells of one more change in that instant, in between.
    let more = [entered(3, "Dev"), entered(3, "Open"), entered(3, "Done")];
    world.import(&[told(History::Complete, 20, &more)]);
    assert_eq!(
        story(&world.only()),
        hours(&[(3, "Dev"), (3, "Open"), (3, "Done")])
    );
}

#[test]
fn pieces_of_one_export_are_one_item() {
    let world = world();
    let piece = |hour, name| told(History::Approximate, hour, &[entered(hour, name)]);
    // Newest first, one row twice.
    let rows = [
        piece(9, "Done"),
        piece(5, "Dev"),
        piece(5, "Dev"),
        piece(0, "Open"),
    ];
    let added = world.import(&rows);
    assert_eq!((added.new, added.events), (1, 3));
    let item = world.only();
    assert_eq!(story(&item), hours(&[(0, "Open"), (5, "Dev"), (9, "Done")]));
    assert_eq!(item.updated, at(9));
    assert_eq!(world.content().lines().count(), 1);
}

/// A snapshot that was true at an hour, in a status since another.
fn snapshot(history: History, updated: i64, since: i64, name: &str) -> WorkItem {
    told(history, updated, &[entered(since, name)])
}

#[test]
fn a_newer_snapshot_that_shows_an_item_back_in_a_status_is_believed() {
    for history in [History::Approximate, History::Partial] {
        let world = world();
        world.import(&[told(
            History::Complete,
            10,
            &[entered(0, "To Do"), entered(5, "Dev"), entered(9, "Done")],
        )]);
        let reopened = snapshot(history, 20, 0, "To Do");
        let added = world.import(std::slice::from_ref(&reopened));
        assert_eq!((added.changed, added.events), (1, 1), "{history:?}");
        assert_eq!(
            story(&world.only()),
            hours(&[(0, "To Do"), (5, "Dev"), (9, "Done"), (20, "To Do")])
        );
        let content = world.content();
        assert_eq!(world.import(&[reopened]).unchanged, 1);
        assert_eq!(world.content(), content);
        // It goes on, and is shown back a second time.
        world.import(&[snapshot(history, 30, 30, "Dev")]);
        world.import(&[snapshot(history, 40, 0, "To Do")]);
        let item = world.only();
        assert_eq!(story(&item)[4..], hours(&[(30, "Dev"), (40, "To Do")]));
        // An older one changes nothing, and a complete history that reaches later holds.
        assert_eq!(
            world.import(&[snapshot(history, 35, 0, "Dev")]).unchanged,
            1
        );
        let whole = told(
            History::Complete,
            50,
            &[entered(0, "To Do"), entered(9, "Done")],
        );
        world.import(&[whole]);
        assert_eq!(story(&world.only()).last().unwrap().1, "Done");
    }
}

#[test]
fn snapshots_alone_tell_that_an_item_was_reopened() {
    let world = world();
    let closed = told(
        History::Approximate,
        10,
        &[entered(0, "Open"), entered(9, "Closed")],
    );
    world.import(&[closed]);
    world.import(&[snapshot(History::Approximate, 20, 0, "Open")]);
    let expected = hours(&[(0, "Open"), (9, "Closed"), (20, "Open")]);
    assert_eq!(story(&world.only()), expected);
}

#[test]
fn an_open_issue_stays_where_its_project_has_it() {
    let world = world();
    let github = |updated, events: &[Event]| WorkItem {
        tracker: Tracker::Github,
        ..told(History::Approximate, updated, events)
    };
    let open = || Event::new(at(0), status("Open", "", Some(Category::New)));
    world.import(&[github(10, &[open()])]);
    world.import(&[github(20, &[entered(20, "In Progress")])]);
    world.import(&[github(30, &[open()])]);
    assert_eq!(
        story(&world.only()),
        hours(&[(0, "Open"), (20, "In Progress")])
    );
}

#[test]
fn labels_that_are_gone_from_a_snapshot_are_taken_off_and_may_come_back() {
    let world = world();
    let list = |hour, labels: &[&str]| WorkItem {
        tracker: Tracker::Github,
        title: "One".to_owned(),
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
        ..told(
            History::Approximate,
            hour,
            &labels
                .iter()
                .map(|&label| Event::new(at(hour), Change::Labelled(label.to_owned())))
                .collect::<Vec<_>>(),
        )
    };
    let versions: [&[&str]; 4] = [&["in progress"], &["review"], &[], &["in progress"]];
    for (hour, labels) in (1..).zip(versions) {
        world.import(&[list(hour, labels)]);
        let content = world.content();
        assert_eq!(world.import(&[list(hour, labels)]).unchanged, 1);
        assert_eq!(world.content(), content);
    }
    let events = world.only().events;
    let told: Vec<(i64, Change)> = events
        .into_iter()
        .map(|event| ((event.at - at(0)).num_hours(), event.change))
        .collect();
    let on = |label: &str| Change::Labelled(label.to_owned());
    let off = |label: &str| Change::Unlabelled(label.to_owned());
    assert_eq!(
        told,
        [
            (1, on("in progress")),
            (2, off("in progress")),
            (2, on("review")),
            (3, off("review")),
            (4, on("in progress")),
        ]
    );
}

#[test]
fn a_snapshot_without_labels_takes_none_off_where_labels_may_not_be_told() {
    let world = world();
    let labelled = Event::new(at(3), Change::Labelled("risky".to_owned()));
    world.import(&[told(History::Complete, 10, &[entered(0, "Open"), labelled])]);
    world.import(&[snapshot(History::Approximate, 20, 0, "Open")]);
    assert_eq!(world.only().events.len(), 2);
}

#[test]
fn that_an_item_is_blocked_is_told_once() {
    let world = world();
    let stages = |hour| {
        let blocked = Event::new(at(hour), Change::Blocked(None));
        told(History::Partial, 5, &[entered(0, "Dev"), blocked])
    };
    world.import(&[stages(10)]);
    let content = world.content();
    assert_eq!(world.import(&[stages(20)]).unchanged, 1);
    assert_eq!(world.content(), content);
}

#[test]
fn a_guess_that_repeats_the_status_leaves_a_complete_history_complete() {
    let world = world();
    world.import(&[told(
        History::Complete,
        10,
        &[entered(0, "Open"), entered(9, "Dev")],
    )]);
    // The same in another zone.
    world.import(&[snapshot(History::Approximate, 11, 11, "Dev")]);
    world.import(&[snapshot(History::Partial, 12, 12, "Dev")]);
    assert_eq!(world.only().history, History::Complete);
    world.import(&[snapshot(History::Approximate, 13, 13, "Done")]);
    assert_eq!(world.only().history, History::Partial);
}
