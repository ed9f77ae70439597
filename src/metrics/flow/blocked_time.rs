//! Blocked time (spec 6.3): how long something stopped items in a window, by its reason. It lies over
//! the stages, so it is part of their time and not beside it.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{added, hours, shared};
use crate::ledger::flow::FlowAccount;
use crate::model::Window;

/// What stood still in a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BlockedTime {
    /// Items blocked at its end.
    pub now: usize,
    /// Items blocked at any time in it.
    pub items: usize,
    /// Hours of all items.
    pub hours: f64,
    /// By reason (`None`: not told), most hours first.
    pub reasons: Vec<Reason>,
}

/// Blocked time with one reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The reason; `None` where none is told.
    pub reason: Option<String>,
    /// Items.
    pub items: usize,
    /// Hours.
    pub hours: f64,
}

/// The blocked time of a window.
pub fn blocked_time(account: &FlowAccount, window: Window) -> BlockedTime {
    let mut blocked = BlockedTime::default();
    let mut reasons: BTreeMap<Option<&str>, (usize, TimeDelta)> = BTreeMap::new();
    let mut all = TimeDelta::zero();
    for item in &account.items {
        let mut own: BTreeMap<Option<&str>, TimeDelta> = BTreeMap::new();
        for time in &item.blocked {
            let span = time.span(account.as_of);
            let length = shared(span, window);
            if length > TimeDelta::zero() {
                let sum = own.entry(time.reason.as_deref()).or_default();
                *sum = added(*sum, length);
            }
            if span.start < window.end && window.end <= span.end {
                blocked.now += 1;
            }
        }
        blocked.items += usize::from(!own.is_empty());
        for (reason, length) in own {
            all = added(all, length);
            let (items, sum) = reasons.entry(reason).or_default();
            *items += 1;
            *sum = added(*sum, length);
        }
    }
    blocked.hours = hours(all);
    blocked.reasons = reasons
        .into_iter()
        .map(|(reason, (items, length))| Reason {
            reason: reason.map(str::to_owned),
            items,
            hours: hours(length),
        })
        .collect();
    // Stable: equal hours stay in the order of their reasons.
    let by_hours = |one: &Reason, other: &Reason| other.hours.total_cmp(&one.hours);
    blocked.reasons.sort_by(by_hours);
    blocked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example, example_settings};

    #[test]
    fn the_worked_example_was_blocked_for_18_hours() {
        let march = Window::new(at("01 00:00"), at("31 00:00"));
        let blocked = blocked_time(&example(), march);
        assert_eq!((blocked.items, blocked.now, blocked.hours), (1, 0, 18.0));
        assert_eq!(
            blocked.reasons,
            [Reason {
                reason: None,
                items: 1,
                hours: 18.0
            }]
        );
        // Cut at noon of the 11th, while it was blocked.
        let cut = blocked_time(&example(), Window::new(at("01 00:00"), at("11 12:00")));
        assert_eq!((cut.items, cut.now, cut.hours), (1, 1, 3.0));
    }

    #[test]
    fn reasons_are_added_up_over_items_and_the_longest_comes_first() {
        let stories = [
            Story::of("A-1")
                .enters("02 00:00", "Development")
                .blocked("02 06:00", "02 12:00", Some("vendor"))
                .blocked("03 06:00", "03 12:00", Some("vendor")),
            Story::of("A-2")
                .enters("02 00:00", "Development")
                .blocked("02 00:00", "02 09:00", Some("access"))
                .stopped("04 00:00", Some("vendor")),
        ];
        let account = account(&stories, &example_settings(), "04 12:00");
        let blocked = blocked_time(&account, Window::new(at("01 00:00"), at("04 12:00")));
        let reasons: Vec<(&str, usize, f64)> = blocked
            .reasons
            .iter()
            .map(|it| (it.reason.as_deref().unwrap(), it.items, it.hours))
            .collect();
        assert_eq!(reasons, [("vendor", 2, 24.0), ("access", 1, 9.0)]);
        assert_eq!((blocked.now, blocked.items, blocked.hours), (1, 2, 33.0));
    }

    #[test]
    fn nothing_is_not_blocked() {
        let account = account(&[], &example_settings(), "13 09:00");
        let march = Window::new(at("01 00:00"), at("31 00:00"));
        assert_eq!(blocked_time(&account, march), BlockedTime::default());
    }
}
