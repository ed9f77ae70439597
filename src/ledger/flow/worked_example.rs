//! The worked example of spec 6.7, item by item.

use super::story::{at, example, example_items, example_settings};
use super::{FlowAccount, FlowItem, Outcome};
use crate::model::FlowType;

fn hours(item: &FlowItem) -> Option<f64> {
    item.flow_time().map(|time| time.as_seconds_f64() / 3600.0)
}

#[test]
fn every_item_has_its_outcome_and_flow_time() {
    let account = example();
    let outcomes: Vec<Outcome> = account.items.iter().map(|item| item.outcome).collect();
    use Outcome::{Cancelled, Done, Open};
    assert_eq!(outcomes, [Done, Done, Done, Done, Open, Cancelled]);
    let times: Vec<Option<f64>> = account.items.iter().map(hours).collect();
    assert_eq!(
        times,
        [Some(194.0), Some(103.0), None, Some(192.0), None, None]
    );
    let kinds: Vec<FlowType> = account.items.iter().map(|item| item.flow_type).collect();
    use FlowType::{Debt, Defect, Feature, Risk};
    assert_eq!(kinds, [Feature, Defect, Risk, Debt, Feature, Feature]);
}

#[test]
fn an_item_that_was_done_and_opened_again_is_done_when_it_was_done_last() {
    let account = example();
    let reopened = &account.items[3];
    assert_eq!(reopened.started, Some(at("04 09:00")));
    assert_eq!(reopened.finished, Some(at("12 09:00")));
    assert_eq!((reopened.reopened, reopened.moved_back), (1, 1));
    let blocked = &reopened.blocked;
    assert_eq!(blocked.len(), 1);
    assert_eq!(
        (blocked[0].from, blocked[0].to, &blocked[0].reason),
        (at("11 09:00"), Some(at("12 03:00")), &None)
    );
}

#[test]
fn visits_are_the_stays_that_the_example_tells() {
    let account = example();
    let visits: Vec<(&str, f64)> = account.items[1]
        .visits
        .iter()
        .map(|visit| {
            let hours = visit.span(account.as_of).days() * 24.0;
            (account.stage_name(visit.stage), hours)
        })
        .collect();
    let expected = [
        ("Backlog", 2.0),
        ("Development", 24.0),
        ("Code Review", 24.0),
        ("Development", 24.0),
        ("Code Review", 24.0),
        ("Testing", 6.0),
        ("Deploy", 1.0),
        // Done at 06 19:00; the report looks from 13 09:00.
        ("Production", 158.0),
    ];
    assert_eq!(visits, expected);
    assert_eq!(account.items[1].moved_back, 1);
}

#[test]
fn in_the_middle_of_the_history_nothing_of_what_comes_later_is_known() {
    let account = FlowAccount::from_items(
        &example_items(),
        &example_settings(),
        at("2026-03-06 09:00"),
    );
    // At 06 09:00 sharp FOC-101 enters review, FOC-104 production and FOC-105 development: not yet.
    let now: Vec<(&str, Outcome)> = account
        .items
        .iter()
        .map(|item| (account.stage_name(item.stage()), item.outcome))
        .collect();
    assert_eq!(
        now,
        [
            ("Development", Outcome::Open),
            ("Code Review", Outcome::Open),
            ("Backlog", Outcome::NotStarted),
            ("Development", Outcome::Open),
            ("Design", Outcome::Open),
            ("Development", Outcome::Open),
        ]
    );
    assert!(account.items.iter().all(|item| item.blocked.is_empty()));
    // Items that are created later do not exist.
    let earlier = FlowAccount::from_items(
        &example_items(),
        &example_settings(),
        at("2026-03-03 09:00"),
    );
    let known: Vec<usize> = earlier.items.iter().map(|item| item.item).collect();
    assert_eq!(known, [0, 1, 3]);
}
