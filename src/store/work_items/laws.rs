//! Laws of work-items.jsonl, on random tellings: the order of lines means nothing, telling something
//! twice adds nothing, what was told is not lost, no bytes do harm. `cases` are single ones.

use proptest::prelude::*;

use crate::model::WorkItem;
use crate::model::work_item::{Category, Change, Event, History};
use crate::store::atomic_file;

use super::cases::{at, status, told, world};
use super::log::fold_all;
use super::reading::{self, NAME};

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (0..4_usize, 0..3_usize).prop_map(|(name, id)| {
            let category = [None, Some(Category::Active), Some(Category::Done)][name % 3];
            status(["Open", "Dev", "Done", "Dévéloppé"][name], ["", "1", "2"][id], category)
        }),
        1 => Just(Change::Blocked(None)),
        1 => Just(Change::Unblocked),
        1 => Just(Change::Labelled("a".to_owned())),
        1 => Just(Change::Value(Some(3.0))),
    ]
}

prop_compose! {
    fn any_item()(
        who in 0..4_usize,
        history in 0..3_usize,
        updated in 0..20_i64,
        created in 0..3_i64,
        title in 0..3_usize,
        labels in 0..3_usize,
        value in prop::option::of(1..4_u8),
        events in prop::collection::vec((0..20_i64, any_change()), 0..8),
    ) -> WorkItem {
        let (id, key) = [("1", "FOC-1"), ("2", "FOC-2"), ("1", "OLD-1"), ("FOC-2", "FOC-2")][who];
        let mut events: Vec<Event> = events
            .into_iter()
            .map(|(hour, change)| Event {
                is_bulk: hour % 7 == 0,
                ..Event::new(at(hour), change)
            })
            .collect();
        events.sort_by_key(|event| event.at);
        WorkItem {
            id: id.to_owned(),
            key: key.to_owned(),
            title: ["", "A", "B"][title].to_owned(),
            labels: ["x", "y"][..labels.min(2)].iter().map(|&label| label.to_owned()).collect(),
            value: value.map(f64::from),
            created: at(created),
            ..told([History::Approximate, History::Partial, History::Complete][history], updated, &events)
        }
    }
}

/// The item with statuses by name alone: where one export gives a status two names, which of them tells
/// an event may depend on what was kept before.
fn without_ids(mut item: WorkItem) -> WorkItem {
    for event in &mut item.events {
        if let Change::Status(told) = &event.change {
            event.change = status(&told.name, "", told.category);
        }
    }
    item
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_order_of_lines_means_nothing(
        imports in prop::collection::vec(prop::collection::vec(any_item(), 1..4), 1..6),
        seed in any::<u64>(),
    ) {
        let world = world();
        for items in &imports {
            world.import(items);
        }
        let before = world.items();
        prop_assert!(before.notices.is_empty());
        let content = world.content();
        let mut lines: Vec<&str> = content.lines().collect();
        // Some order, and some lines twice, as a union of branches has them.
        lines.extend(content.lines().take(2));
        let mut state = seed | 1;
        lines.sort_by_cached_key(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 33
        });
        world.write(&(lines.join("\n") + "\n"));
        prop_assert_eq!(world.items(), before);
    }

    #[test]
    fn importing_the_same_again_appends_nothing(
        earlier in prop::collection::vec(prop::collection::vec(any_item(), 1..4), 0..4),
        items in prop::collection::vec(any_item(), 1..6),
    ) {
        let world = world();
        for items in &earlier {
            world.import(items);
        }
        // One export knows inner ids or knows none.
        let knows_ids = items[0].id != items[0].key;
        let items: Vec<WorkItem> =
            items.into_iter().filter(|item| (item.id != item.key) == knows_ids).collect();
        world.import(&items);
        let content = world.content();
        let added = world.import(&items);
        prop_assert_eq!(world.content(), content);
        prop_assert_eq!((added.new, added.changed, added.events), (0, 0, 0));
    }

    #[test]
    fn every_event_of_a_complete_history_is_known_after_its_import(
        earlier in prop::collection::vec(prop::collection::vec(any_item(), 1..4), 0..4),
        item in any_item(),
    ) {
        let world = world();
        for items in &earlier {
            world.import(items);
        }
        let item = WorkItem { history: History::Complete, ..item };
        world.import(std::slice::from_ref(&item));
        let read = world.items();
        let is_it = |known: &&WorkItem| {
            known.id == item.id || known.key == item.key || known.aliases.contains(&item.key)
        };
        let known = read.items.iter().find(is_it).unwrap();
        for event in &item.events {
            let is_known = known.events.iter().any(|other| {
                other.at == event.at && match (&other.change, &event.change) {
                    (Change::Status(_), Change::Status(_)) => true,
                    (a, b) => a == b,
                }
            });
            prop_assert!(is_known, "{event:?} is not in {known:?}");
        }
    }

    #[test]
    fn an_import_cut_anywhere_is_completed_by_the_same_import(
        items in prop::collection::vec(any_item(), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        // A guess that only repeats another is kept or not, as they come.
        let items: Vec<WorkItem> = items
            .into_iter()
            .map(|item| WorkItem { history: History::Complete, ..item })
            .map(without_ids)
            .collect();
        let whole = world();
        whole.import(&items);
        let content = whole.content();
        let world = world();
        let mut end = cut.index(content.len() + 1);
        while !content.is_char_boundary(end) {
            end -= 1;
        }
        world.write(&content[..end]);
        world.import(&items);
        prop_assert_eq!(world.items(), whole.items());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
        item in any_item(),
    ) {
        let world = world();
        world.import(&[item]);
        let mut content = world.content().into_bytes();
        let at = at.index(content.len());
        content.splice(at..at, bytes);
        atomic_file::write(&world.store.file(NAME), &content).unwrap();
        if let Ok(read) = reading::read(&world.store.file(NAME)) {
            fold_all(read);
        }
    }
}
