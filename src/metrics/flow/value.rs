//! Value (spec 6.5): what was delivered, how fast, for how many hours in the stream, and which items of
//! high value do not move. Sums of numerator and denominator are over the same items: value without
//! flow time, or flow time without value, would make the ratio say something else.

use super::stage_limits::StageLimits;
use super::{hours, item_time};
use crate::ledger::flow::{FlowAccount, Outcome};
use crate::metrics::statistics::{nearest_rank, sorted};
use crate::model::Window;

/// The value delivered in a window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Delivered {
    /// Items done.
    pub done: usize,
    /// Items of them that have a value.
    pub valued: usize,
    /// Their value.
    pub value: f64,
    /// Items that have a value and a flow time.
    pub timed: usize,
    /// Their value.
    pub timed_value: f64,
    /// Their flow time.
    pub timed_hours: f64,
}

impl Delivered {
    /// Value per flow hour; `None` without hours.
    pub fn per_hour(&self) -> Option<f64> {
        super::share(self.timed_value, self.timed_hours)
    }
}

/// The value delivered in a window.
pub fn delivered(account: &FlowAccount, window: Window) -> Delivered {
    let mut delivered = Delivered::default();
    let mut times = Vec::new();
    for item in super::done_by_value(account, window) {
        delivered.done += 1;
        let Some(value) = item.value else { continue };
        delivered.valued += 1;
        delivered.value += value;
        if let Some(time) = item.flow_time() {
            delivered.timed += 1;
            delivered.timed_value += value;
            times.push(time);
        }
    }
    // In one order, whatever that of the items: the last digit of a sum depends on it.
    times.sort_unstable();
    delivered.timed_hours = times
        .into_iter()
        .map(hours)
        .fold(0.0, |sum, time| sum + time);
    delivered
}

/// An item of high value that does not move, and why that is said of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stuck {
    /// Its index in `FlowAccount::items`.
    pub item: usize,
    /// Its value.
    pub value: f64,
    /// Hours in its stage.
    pub stage_hours: f64,
    /// The 85th percentile of its stage, where it is beyond it.
    pub beyond_stage: Option<f64>,
    /// The service level, where it is beyond it.
    pub beyond_level: Option<f64>,
    /// Whether it is blocked.
    pub is_blocked: bool,
}

/// Items in the top quarter of value that are longer in their stage than its 85th percentile, older than
/// the service level or blocked; most value first, then longest in their stage. The quarter is of all
/// items with a value that were not removed.
pub fn stuck(
    account: &FlowAccount,
    limits: &[StageLimits],
    service_level: Option<f64>,
) -> Vec<Stuck> {
    let kept = account.items.iter();
    let values = sorted(
        kept.filter(|item| item.outcome != Outcome::Removed)
            .filter_map(|item| item.value),
    );
    let Some(high) = nearest_rank(&values, 0.75) else {
        return Vec::new();
    };
    let mut stuck: Vec<Stuck> = Vec::new();
    for (index, item) in account.items.iter().enumerate() {
        let is_open = matches!(item.outcome, Outcome::Open | Outcome::NotStarted);
        let Some(value) = item.value.filter(|value| is_open && *value >= high) else {
            continue;
        };
        let stage_hours = hours(item_time::stage_age(account, item));
        let age = item_time::age(account, item).map(hours);
        let is_late = super::flow_load::is_in_progress(account, item.stage());
        let limit = limits
            .get(item.stage())
            .and_then(|limits| limits.p85().value().copied());
        let found = Stuck {
            item: index,
            value,
            stage_hours,
            beyond_stage: limit.filter(|limit| is_late && stage_hours > *limit),
            beyond_level: service_level.filter(|level| age.is_some_and(|age| age > *level)),
            is_blocked: item.is_blocked(),
        };
        if found.beyond_stage.is_some() || found.beyond_level.is_some() || found.is_blocked {
            stuck.push(found);
        }
    }
    let order = |one: &Stuck, other: &Stuck| {
        let by_value = other.value.total_cmp(&one.value);
        by_value.then(other.stage_hours.total_cmp(&one.stage_hours))
    };
    stuck.sort_by(order);
    stuck
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example, example_settings};
    use crate::metrics::flow::stage_limits::stage_limits;

    fn march() -> Window {
        Window::new(at("01 00:00"), at("13 09:00"))
    }

    #[test]
    fn the_worked_example_delivered_14_and_12_of_it_in_489_hours() {
        let value = delivered(&example(), march());
        assert_eq!((value.value, value.valued, value.done), (14.0, 4, 4));
        assert_eq!((value.timed_value, value.timed_hours), (12.0, 489.0));
        assert_eq!(value.per_hour(), Some(12.0 / 489.0));
        assert!((value.per_hour().unwrap() - 0.0245).abs() < 5e-5);
        assert_eq!(
            delivered(&account(&[], &example_settings(), "13 09:00"), march()),
            Delivered::default()
        );
    }

    #[test]
    fn the_feature_in_review_of_the_worked_example_is_stuck() {
        let account = example();
        let stuck = stuck(&account, &stage_limits(&account), Some(194.0));
        // Of 1, 2, 3, 5, 5, 8 the top quarter begins at 5.
        assert_eq!(stuck.len(), 1);
        assert_eq!((stuck[0].item, stuck[0].beyond_stage), (4, Some(72.0)));
        assert_eq!((stuck[0].beyond_level, stuck[0].is_blocked), (None, false));
    }

    #[test]
    fn blocked_counts_in_a_queue_too_and_low_value_never() {
        let item = |key: &str, value| Story::of(key).valued(value).enters("02 09:00", "Backlog");
        let stories = [
            item("A-1", 90.0),
            item("A-2", 80.0).stopped("03 09:00", None),
            item("A-3", 90.0).stopped("03 09:00", None),
            item("A-4", 10.0).stopped("03 09:00", None),
        ];
        let account = account(&stories, &example_settings(), "13 09:00");
        // Of 10, 80, 90, 90 the top quarter begins at 90.
        let stuck = stuck(&account, &stage_limits(&account), None);
        let items: Vec<usize> = stuck.iter().map(|stuck| stuck.item).collect();
        assert_eq!(items, [2]);
    }
}
