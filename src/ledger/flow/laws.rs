//! What holds for any items whatever: visits leave no gap, order of items does not matter, nothing of
//! the future is known.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::story::at;
use super::{FlowAccount, Outcome};
use crate::model::work_item::{Category, Change, Event, History, Status};
use crate::model::{Settings, StageKind, Tracker, WorkItem};

const WORDS: [&str; 12] = [
    "To Do",
    "In Progress",
    "In Review",
    "Testing",
    "Done",
    "Closed",
    "Cancelled",
    "On Hold",
    "Somewhere",
    "Released",
    "Reopened",
    "Merged",
];

fn any_change() -> impl Strategy<Value = Change> {
    let word = || prop::sample::select(WORDS.to_vec());
    let category = prop::option::of(prop::sample::select(vec![
        Category::New,
        Category::Active,
        Category::Wait,
        Category::Done,
        Category::Cancelled,
    ]));
    prop_oneof![
        8 => (word(), prop::option::of("[1-3]"), category).prop_map(|(name, id, category)| {
            Change::Status(Arc::new(Status { name: name.to_owned(), id, category }))
        }),
        1 => Just(Change::Blocked(None)),
        1 => Just(Change::Blocked(Some("waits".to_owned()))),
        1 => Just(Change::Unblocked),
        2 => word().prop_map(|word| Change::Labelled(format!("workflow::{word}"))),
        2 => word().prop_map(|word| Change::Unlabelled(format!("workflow::{word}"))),
        1 => Just(Change::Labelled("blocked".to_owned())),
        1 => Just(Change::Unlabelled("blocked".to_owned())),
        1 => Just(Change::Removed),
        1 => Just(Change::Value(Some(3.0))),
    ]
}

/// Items whose events lie in the two weeks before the instant from which they are looked at, and after.
pub(crate) fn any_items() -> impl Strategy<Value = Vec<WorkItem>> {
    let event = (0..20_000_i64, any_change(), any::<bool>());
    let item = (
        0..20_000_i64,
        prop::collection::vec(event, 0..14),
        prop::option::of(Just("Won't Do".to_owned())),
        prop::option::of(0.0..100.0_f64),
    );
    prop::collection::vec(item, 0..12).prop_map(|items| {
        let instant = |minutes: i64| at("2026-03-01 00:00") + TimeDelta::minutes(minutes);
        let told = items.into_iter().enumerate();
        told.map(|(index, (created, events, resolution, value))| WorkItem {
            tracker: Tracker::Jira,
            id: index.to_string(),
            key: format!("A-{index}"),
            aliases: Vec::new(),
            title: String::new(),
            type_name: "Bug".to_owned(),
            labels: Vec::new(),
            value,
            parent: None,
            resolution,
            created: instant(created),
            updated: instant(20_000),
            history: History::Complete,
            events: events
                .into_iter()
                .map(|(minutes, change, is_bulk)| Event {
                    at: instant(minutes),
                    change,
                    is_bulk,
                })
                .collect(),
        })
        .collect()
    })
}

fn account(items: &[WorkItem]) -> FlowAccount {
    FlowAccount::from_items(items, &Settings::default(), at("2026-03-12 00:00"))
}

proptest! {
    #[test]
    fn visits_fill_the_time_from_creation_to_now_without_gap_and_overlap(items in any_items()) {
        let account = account(&items);
        for item in &account.items {
            let until = item.removed.unwrap_or(account.as_of);
            let first = item.visits.first().unwrap();
            prop_assert_eq!(first.from, item.created);
            for pair in item.visits.windows(2) {
                prop_assert_eq!(pair[0].to, Some(pair[1].from));
                prop_assert_ne!(pair[0].stage, pair[1].stage);
            }
            let last = item.last_visit().unwrap();
            prop_assert_eq!(last.to, item.removed.map(|at| at.max(last.from)));
            let sum: TimeDelta = item
                .visits
                .iter()
                .map(|visit| visit.span(account.as_of).length())
                .sum();
            prop_assert_eq!(sum, until.max(last.from) - item.created);
        }
    }

    #[test]
    fn blocked_times_are_ordered_and_lie_in_stages_of_unfinished_work(items in any_items()) {
        let account = account(&items);
        for item in &account.items {
            let mut before: Option<DateTime<Utc>> = None;
            for time in &item.blocked {
                let span = time.span(account.as_of);
                prop_assert!(before.is_none_or(|before| before <= span.start));
                prop_assert!(span.start < span.end);
                before = Some(span.end);
                for visit in &item.visits {
                    let ended = matches!(
                        account.kind(visit.stage),
                        StageKind::Done | StageKind::Cancelled
                    );
                    let visit = visit.span(account.as_of);
                    let both = visit.end.min(span.end) > visit.start.max(span.start);
                    prop_assert!(!(ended && both), "{:?} {:?}", time, visit);
                }
            }
        }
    }

    #[test]
    fn started_comes_before_finished_and_both_before_now(items in any_items()) {
        let account = account(&items);
        for item in &account.items {
            if let (Some(started), Some(finished)) = (item.started, item.finished) {
                prop_assert!(started <= finished || item.outcome == Outcome::Cancelled);
            }
            for instant in [item.started, item.finished, item.closed, item.removed] {
                prop_assert!(instant.is_none_or(|at| item.created <= at && at < account.as_of));
            }
            let is_over = matches!(item.outcome, Outcome::Done | Outcome::Cancelled);
            prop_assert_eq!(item.finished.is_some(), is_over);
        }
    }

    #[test]
    fn the_order_of_items_does_not_matter(items in any_items(), seed in any::<u64>()) {
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by_key(|index| (*index as u64 + 1).wrapping_mul(seed | 1));
        let shuffled: Vec<WorkItem> = order.iter().map(|index| items[*index].clone()).collect();
        let (one, mut other) = (account(&items), account(&shuffled));
        for item in &mut other.items {
            item.item = order[item.item];
        }
        other.items.sort_by_key(|item| item.item);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn what_happens_later_changes_nothing(items in any_items()) {
        let as_of = at("2026-03-12 00:00");
        let known: Vec<WorkItem> = items
            .iter()
            .map(|item| WorkItem {
                events: item
                    .events
                    .iter()
                    .filter(|event| event.at < as_of)
                    .cloned()
                    .collect(),
                // These two are told as they are at the end.
                resolution: None,
                value: None,
                ..item.clone()
            })
            .collect();
        let all: Vec<WorkItem> = items
            .iter()
            .map(|item| WorkItem { resolution: None, value: None, ..item.clone() })
            .collect();
        prop_assert_eq!(account(&known), account(&all));
    }
}
