//! Rule `low-efficiency`: efficiency under 30 % over the last seven days, over the work and the waiting
//! of all items in them, done or not.

use chrono::TimeDelta;

use super::{Finding, Rule};
use crate::ledger::flow::FlowAccount;
use crate::metrics::flow::flow_efficiency::efficiency_within;
use crate::metrics::flow::{FEWEST_FIRM, hours};
use crate::model::Window;

/// The least efficiency that is not low.
pub const LOWEST: f64 = 0.3;
/// The span that is looked at: a week.
pub const SPAN: TimeDelta = TimeDelta::days(7);

/// Low efficiency, if the record covers the week and it was low.
pub fn low_efficiency(account: &FlowAccount) -> Option<Finding> {
    let start = account.as_of.checked_sub_signed(SPAN)?;
    if account.record_start()? > start {
        return None;
    }
    let week = efficiency_within(account, Window::new(start, account.as_of));
    let efficiency = week.value().filter(|value| *value < LOWEST)?;
    Some(Finding {
        rule: Rule::LowEfficiency {
            efficiency,
            worked: hours(week.time.worked()),
            whole: hours(week.time.worked()) + hours(week.time.waited()),
            items: week.count,
        },
        stage: None,
        items: Vec::new(),
        is_firm: week.count >= FEWEST_FIRM,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, example, example_settings};

    #[test]
    fn a_week_of_waiting_is_found() {
        let story = |worked_until: &str| {
            Story::of("A-1")
                .enters("02 00:00", "Development")
                .enters(worked_until, "Code Review")
        };
        let found = |until: &str| {
            low_efficiency(&account(&[story(until)], &example_settings(), "13 00:00"))
        };
        // Of 168 hours from the 6th on, 48 of work are 28.6 %, 51 are 30.4 %.
        let low = found("08 00:00").unwrap();
        let rule = Rule::LowEfficiency {
            efficiency: 48.0 / 168.0,
            worked: 48.0,
            whole: 168.0,
            items: 1,
        };
        assert_eq!((low.rule, low.is_firm), (rule, false));
        assert_eq!(found("08 03:00"), None);
        // 135 of 396 hours: 34 %.
        assert_eq!(low_efficiency(&example()), None);
    }

    #[test]
    fn a_record_of_less_than_a_week_says_nothing() {
        let story = Story::of("A-1").enters("12 00:00", "Code Review");
        let settings = example_settings();
        assert_eq!(
            low_efficiency(&account(&[story], &settings, "13 00:00")),
            None
        );
        assert_eq!(low_efficiency(&account(&[], &settings, "13 00:00")), None);
        let idle = Story::of("A-1").enters("01 00:00", "Backlog");
        assert_eq!(
            low_efficiency(&account(&[idle], &settings, "13 00:00")),
            None
        );
    }
}
