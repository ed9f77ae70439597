//! Flow time (spec 6.3; Kersten, Project to Product, 2018): from the first entry to a wait or active
//! stage to the last entry to done, of items that are done. Elapsed, reopened gaps included; net time
//! without them, and working time, are told beside it. Items that were never started have none.

use super::{Spread, hours, item_time};
use crate::ledger::flow::FlowAccount;
use crate::model::Window;

/// Flow times of the items done in a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlowTime {
    /// Elapsed hours.
    pub elapsed: Spread,
    /// Elapsed hours without what lay between done and being opened again.
    pub net: Spread,
    /// Working hours.
    pub working: Spread,
    /// Items that were done without ever being started.
    pub never_started: usize,
    /// Items that were done and do not tell when they were started.
    pub untold: usize,
    /// Items that had been opened again before.
    pub reopened: usize,
}

/// The flow times of the items done in the window.
pub fn flow_time(account: &FlowAccount, window: Window) -> FlowTime {
    let mut never_started = 0;
    let mut untold = 0;
    let mut reopened = 0;
    let (mut elapsed, mut net, mut working) = (Vec::new(), Vec::new(), Vec::new());
    for item in account.done_in(window) {
        reopened += usize::from(item.reopened > 0);
        let Some(stream) = item.stream() else {
            match item.stays().is_empty() {
                true => untold += 1,
                false => never_started += 1,
            }
            continue;
        };
        elapsed.push(hours(stream.length()));
        net.extend(item_time::net_time(account, item).map(hours));
        working.push(hours(account.working_time.within(stream)));
    }
    FlowTime {
        elapsed: Spread::of(elapsed),
        net: Spread::of(net),
        working: Spread::of(working),
        never_started,
        untold,
        reopened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example, example_settings};

    fn march() -> Window {
        Window::new(at("01 00:00"), at("31 00:00"))
    }

    #[test]
    fn the_worked_example() {
        let time = flow_time(&example(), march());
        assert_eq!(time.elapsed.sorted, [103.0, 192.0, 194.0]);
        assert_eq!(
            (time.elapsed.p50, time.elapsed.p85, time.elapsed.mean),
            (Some(192.0), Some(194.0), Some(163.0))
        );
        assert_eq!(time.net.sorted, [96.0, 103.0, 194.0]);
        assert_eq!((time.never_started, time.reopened), (1, 1));
        // 101: 03 09:00 to 11 11:00 is six working days and two hours; 102: Monday 12:00 (5 h) to
        // Friday 19:00 (32 h more); 104: 04 09:00 to 12 09:00 is six days.
        assert_eq!(time.working.sorted, [37.0, 48.0, 50.0]);
    }

    #[test]
    fn nothing_one_and_equal_items() {
        let done = |key: &str, to: &str| {
            Story::of(key)
                .enters("02 09:00", "Development")
                .enters(to, "Production")
        };
        let measure = |stories: &[Story]| {
            flow_time(&account(stories, &example_settings(), "13 09:00"), march())
        };
        assert_eq!(measure(&[]), FlowTime::default());
        let one = measure(&[done("A-1", "03 09:00")]);
        assert_eq!((one.elapsed.p50, one.elapsed.p95), (Some(24.0), Some(24.0)));
        let equal = measure(&[done("A-1", "02 09:00"), done("A-2", "02 09:00")]);
        assert_eq!(equal.elapsed.sorted, [0.0, 0.0]);
        let cancelled = done("A-1", "03 09:00").resolved("Won't Do");
        assert_eq!(measure(&[cancelled]), FlowTime::default());
    }
}
