//! What holds of every flow report: the order of items changes nothing, it is read back as it was
//! written, and no date makes it fail.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::America;
use proptest::prelude::*;

use super::*;
use crate::ledger::flow::FlowAccount;
use crate::ledger::flow::laws::any_items;
use crate::ledger::flow::story::{Story, at};
use crate::model::period::Period;
use crate::model::work_item::{Change, Event};
use crate::model::{Settings, Window, WorkItem};

fn both(items: &[WorkItem], window: Window) -> (FlowReport, ValueReport) {
    let settings = Settings {
        timezone: America::New_York,
        ..Settings::default()
    };
    let account = FlowAccount::from_items(items, &settings, window.end);
    let period = Period {
        window,
        previous: Window::new(window.start - TimeDelta::days(7), window.start),
        label: "the period".to_owned(),
        previous_label: String::new(),
        complete: true,
    };
    let inputs = FlowInputs {
        account: &account,
        items,
        settings: &settings,
        period: &period,
        repository: "shop",
        code: None,
        notices: Vec::new(),
        with_items: true,
    };
    (compose(&inputs), compose_value(&inputs, None))
}

proptest! {
    #[test]
    fn the_order_of_items_changes_nothing(
        items in any_items(),
        seed in any::<u64>(),
        start in 0..15_000_i64,
    ) {
        let start = at("2026-03-01 00:00") + TimeDelta::minutes(start);
        let window = Window::new(start, at("2026-03-14 00:00"));
        let mut shuffled = items.clone();
        shuffled.sort_by_key(|item| (item.id.parse::<u64>().unwrap() + 1).wrapping_mul(seed | 1));
        prop_assert_eq!(both(&items, window), both(&shuffled, window));
    }

    #[test]
    fn a_report_is_read_back_as_it_was_written(items in any_items()) {
        let window = Window::new(at("2026-03-03 00:00"), at("2026-03-14 00:00"));
        let (flow, value) = both(&items, window);
        let json = serde_json::to_string(&(&flow, &value)).unwrap();
        prop_assert_eq!(serde_json::from_str::<(FlowReport, ValueReport)>(&json).unwrap(), (flow, value));
    }
}

#[test]
fn dates_from_the_ends_of_time_are_survived() {
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
    let story = |index: usize| {
        let mut item = Story::of(&format!("A-{index}"))
            .valued(1.0)
            .enters("02 09:00", "In Progress")
            .stopped("03 09:00", None)
            .enters("04 09:00", "In Review")
            .0;
        if index.is_multiple_of(2) {
            item.created = ends[index / 2 % 2];
            let mut first = item.events[0].clone();
            first.at = ends[0];
            let last = Event::new(ends[1], Change::Removed);
            item.events.extend([first, last]);
        }
        item
    };
    // So many that the sum of their ages is beyond any span there is.
    let items: Vec<WorkItem> = (0..4000).map(story).collect();
    let window = Window::new(
        "0001-01-08T00:00:00Z".parse().unwrap(),
        at("2026-03-14 00:00"),
    );
    let (flow, _) = both(&items, window);
    assert_eq!(flow.flow_load.count, 4000);
    // Ten years of days.
    assert_eq!(flow.cumulative_flow.len(), 3661);
    let (none, _) = both(
        &items,
        Window::new(at("2026-03-14 00:00"), at("2026-03-14 00:00")),
    );
    assert_eq!(none.flow_velocity.per_week, None);
}
