//! What holds for any items whatever: counts are conserved when a window is split, lines of cumulative
//! flow never fall, sums of stages are spans, numbers are finite.

use chrono::TimeDelta;
use chrono_tz::{America, Tz};
use proptest::prelude::*;

use super::*;
use crate::ledger::flow::Outcome;
use crate::ledger::flow::laws::any_items;
use crate::ledger::flow::story::at;
use crate::model::{Settings, WorkItem};

fn account(items: &[WorkItem], zone: Tz) -> FlowAccount {
    let settings = Settings {
        timezone: zone,
        ..Settings::default()
    };
    FlowAccount::from_items(items, &settings, at("2026-03-14 00:00"))
}

fn window(from: i64, to: i64) -> Window {
    let instant = |minutes| at("2026-03-01 00:00") + TimeDelta::minutes(minutes);
    Window::new(instant(from), instant(to))
}

proptest! {
    #[test]
    fn splitting_a_window_conserves_counts_and_hours(
        items in any_items(),
        mut cuts in prop::array::uniform3(0..18_720_i64),
    ) {
        cuts.sort_unstable();
        let account = account(&items, Tz::UTC);
        let counts = |window: Window| {
            let time = flow_time::flow_time(&account, window);
            let kinds = flow_distribution::flow_distribution(&account, window);
            let kinds: usize = kinds.iter().map(|kind| kind.count).sum();
            [
                time.elapsed.count(),
                time.never_started,
                time.reopened,
                flow_velocity::flow_velocity(&account, window).count,
                kinds,
                account.cancelled_in(window).count(),
                value::delivered(&account, window).valued,
            ]
        };
        let [first, second, both] = [(0, 1), (1, 2), (0, 2)].map(|(from, to)| window(cuts[from], cuts[to]));
        let sum: Vec<usize> = counts(first)
            .iter()
            .zip(counts(second))
            .map(|(one, other)| one + other)
            .collect();
        prop_assert_eq!(sum, counts(both));
        // Hours of work, waiting and standing still are conserved, too.
        let within = |window| {
            let time = flow_efficiency::efficiency_within(&account, window).time;
            let blocked = blocked_time::blocked_time(&account, window).hours;
            [hours(time.worked()), hours(time.waited()), blocked]
        };
        for ((one, other), both) in within(first).iter().zip(within(second)).zip(within(both)) {
            prop_assert!((one + other - both).abs() < 1e-6);
        }
    }

    #[test]
    fn weeks_and_days_hold_everything_once(items in any_items()) {
        let account = account(&items, America::New_York);
        let all = window(-3000, 18_720);
        let velocity = flow_velocity::flow_velocity(&account, all);
        let sum: usize = velocity.weeks.iter().map(flow_velocity::Week::total).sum();
        prop_assert_eq!(sum, account.items.iter().filter(|item| item.outcome == Outcome::Done).count());
        let started: usize = velocity.weeks.iter().map(|week| week.started).sum();
        prop_assert_eq!(started, account.items.iter().filter(|item| item.started.is_some()).count());
        let load = flow_load::flow_load(&account, all);
        prop_assert_eq!(load.count, account.open().count());
        prop_assert_eq!(load.days.last().map(|(_, count)| *count), Some(load.count));
    }

    #[test]
    fn cumulative_flow_never_falls_and_no_stage_is_reached_before_the_one_ahead(
        items in any_items(),
    ) {
        let account = account(&items, Tz::UTC);
        let days = cumulative_flow::cumulative_flow(&account, window(0, 18_720));
        for pair in days.windows(2) {
            for (before, after) in pair[0].1.iter().zip(&pair[1].1) {
                prop_assert!(before <= after);
            }
        }
        for (_, counts) in &days {
            prop_assert!(counts.is_sorted_by(|one, other| one >= other));
        }
        let last = days.last().and_then(|(_, counts)| counts.first().copied());
        prop_assert!(last.is_some_and(|last| last <= account.items.len()));
    }

    #[test]
    fn the_hours_of_an_items_stages_are_the_time_since_its_creation(items in any_items()) {
        let account = account(&items, Tz::UTC);
        for item in &account.items {
            let stages = item_time::times_in_stages(&account, item);
            let sum: TimeDelta = stages.iter().map(|stage| stage.time).sum();
            let last = item.last_visit().unwrap().span(account.as_of).end;
            prop_assert_eq!(sum, last - item.created);
            let time = item_time::work_and_wait(&account, item);
            prop_assert!(time.blocked_in_active <= time.active);
            if let (Some(net), Some(all)) = (item_time::net_time(&account, item), item.flow_time()) {
                prop_assert!(net <= all);
                prop_assert!(time.active + time.wait <= net);
                prop_assert!(account.working_time.within(item.stream().unwrap()) <= all);
            }
        }
    }

    #[test]
    fn numbers_are_finite_and_shares_lie_between_0_and_1(
        items in any_items(),
        from in -1000..18_720_i64,
        length in 0..18_720_i64,
    ) {
        let account = account(&items, America::New_York);
        let window = window(from, (from + length).min(18_720));
        let stages = stage_time::stage_time(&account, window);
        let limits = stage_limits::stage_limits(&account);
        let loads = flow_load::stage_loads(&account);
        let mut shares: Vec<Option<f64>> = stages.iter().map(|stage| stage.share).collect();
        shares.push(flow_efficiency::flow_efficiency(&account, window).value());
        shares.push(constraint::most_waiting(&account, window).map(|most| most.wait_share));
        let ageing = ageing::ageing(&account, window);
        shares.extend(ageing.items.iter().flat_map(|it| [it.percentile, it.chance_to_miss]));
        for share in shares.into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&share));
        }
        for finding in findings::findings(&account, &limits, &loads) {
            prop_assert!(finding.items.is_sorted_by(|one, other| one.hours >= other.hours));
            prop_assert!(finding.items.iter().all(|found| found.hours.is_finite()));
        }
        let bar = idea_to_cash::idea_to_cash(&account, window, &stages);
        prop_assert!(bar.mean().is_none_or(|mean| mean.is_finite() && mean >= 0.0));
        let load = flow_load::flow_load(&account, window);
        prop_assert!(load.mean.is_none_or(|mean| mean >= 0.0 && mean <= account.items.len() as f64 + 1e-9));
        value::stuck(&account, &limits, ageing.service_level());
    }
}
