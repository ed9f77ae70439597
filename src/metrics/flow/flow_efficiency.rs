//! Flow efficiency (spec 6.3): time at work ÷ time from start to done. Blocked time in an active stage
//! counts as waiting. For a group it is the ratio of the sums, never the mean of the ratios: a long item
//! weighs more than a short one.

use super::item_time::{WorkAndWait, work_and_wait, work_and_wait_in};
use crate::ledger::flow::FlowAccount;
use crate::model::Window;

/// What to aim at.
pub const TARGET: f64 = 0.4;

/// Work and waiting of several items together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FlowEfficiency {
    /// Their time.
    pub time: WorkAndWait,
    /// Items with any time at work or waiting.
    pub count: usize,
}

impl FlowEfficiency {
    /// The ratio of the sums; `None` where nobody worked or waited.
    pub fn value(&self) -> Option<f64> {
        self.time.efficiency()
    }

    fn of(times: impl Iterator<Item = WorkAndWait>) -> Self {
        let mut efficiency = Self::default();
        for time in times {
            efficiency.time = efficiency.time + time;
            efficiency.count += usize::from(time != WorkAndWait::default());
        }
        efficiency
    }
}

/// The efficiency of the items done in a window, over their whole time.
pub fn flow_efficiency(account: &FlowAccount, window: Window) -> FlowEfficiency {
    let done = account.done_in(window);
    FlowEfficiency::of(done.map(|item| work_and_wait(account, item)))
}

/// The efficiency of a span of time: work and waiting of all items in it, done or not.
pub fn efficiency_within(account: &FlowAccount, window: Window) -> FlowEfficiency {
    let items = account.items.iter();
    FlowEfficiency::of(items.map(|item| work_and_wait_in(account, item, window)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example, example_settings};
    use crate::metrics::flow::hours;
    use crate::metrics::flow::item_time::efficiency;

    fn march() -> Window {
        Window::new(at("01 00:00"), at("31 00:00"))
    }

    #[test]
    fn the_worked_example_is_a_ratio_of_sums() {
        let account = example();
        let group = flow_efficiency(&account, march());
        assert_eq!(group.count, 3);
        assert_eq!(group.value(), Some(231.0 / 393.0));
        // 58.78 %, and not the 61.72 % that the mean of the ratios would be.
        assert!((group.value().unwrap() - 0.5878).abs() < 5e-5);
        let each: Vec<Option<f64>> = account
            .items
            .iter()
            .map(|item| efficiency(&account, item))
            .collect();
        let expected = [
            Some(98.0 / 194.0),
            Some(55.0 / 103.0),
            None,
            Some(78.0 / 96.0),
            Some(48.0 / 192.0),
            None,
        ];
        assert_eq!(each, expected);
    }

    #[test]
    fn a_week_counts_what_lies_in_it() {
        // From 06 09:00 to 13 09:00 of the worked example. At work: 101 26, 102 7, 104 30 of 48,
        // 105 24, 106 48. Waiting: 101 96, 102 3, 105 144, and 104 blocked for 18.
        let week = efficiency_within(&example(), Window::new(at("06 09:00"), at("13 09:00")));
        assert_eq!(hours(week.time.worked()), 135.0);
        assert_eq!(hours(week.time.waited()), 261.0);
        assert_eq!(week.count, 5);
    }

    #[test]
    fn nothing_has_no_efficiency_and_work_alone_has_all() {
        let settings = example_settings();
        let measure =
            |stories: &[Story]| flow_efficiency(&account(stories, &settings, "13 09:00"), march());
        assert_eq!(measure(&[]).value(), None);
        let worked = Story::of("A-1")
            .enters("02 09:00", "Development")
            .enters("04 09:00", "Production");
        assert_eq!(measure(std::slice::from_ref(&worked)).value(), Some(1.0));
        let blocked = Story::of("A-2")
            .enters("02 09:00", "Development")
            .stopped("02 09:00", None)
            .enters("04 09:00", "Production");
        assert_eq!(measure(&[blocked]).value(), Some(0.0));
        assert_eq!(measure(&[worked.resolved("Duplicate")]).value(), None);
    }
}
