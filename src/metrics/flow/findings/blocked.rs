//! Rule `blocked`: items that have been blocked for more than 24 hours without a break, whatever the
//! reasons.

use chrono::{DateTime, Utc};

use super::{Finding, Found, Rule, longest_first};
use crate::ledger::flow::{FlowAccount, FlowItem};
use crate::metrics::flow::hours;

/// So many hours are too many.
pub const LONGEST_HOURS: f64 = 24.0;

/// The items that are blocked too long, if there are any.
pub fn long_blocked(account: &FlowAccount) -> Option<Finding> {
    let items = account.items.iter().enumerate();
    let mut items: Vec<Found> = items
        .filter_map(|(index, item)| {
            let blocked = hours(account.as_of - blocked_since(item)?);
            (blocked > LONGEST_HOURS).then_some(Found {
                item: index,
                hours: blocked,
            })
        })
        .collect();
    longest_first(&mut items);
    (!items.is_empty()).then_some(Finding {
        rule: Rule::Blocked,
        stage: None,
        items,
        is_firm: true,
    })
}

/// Since when an item has been blocked, one reason after another; `None` where it is not.
pub fn blocked_since(item: &FlowItem) -> Option<DateTime<Utc>> {
    if !item.is_blocked() {
        return None;
    }
    let mut since: Option<DateTime<Utc>> = None;
    for time in item.blocked.iter().rev() {
        if since.is_some() && since != time.to {
            break;
        }
        since = Some(time.from);
    }
    since
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, example, example_settings};

    #[test]
    fn more_than_a_day_is_too_long_also_when_the_reason_changes() {
        let stories = [
            Story::of("A-1")
                .enters("02 09:00", "Development")
                .stopped("12 09:00", None),
            Story::of("A-2")
                .enters("02 09:00", "Backlog")
                .stopped("12 08:59", None),
            Story::of("A-3")
                .enters("02 09:00", "Development")
                .stopped("11 09:00", Some("access"))
                .stopped("13 08:00", Some("vendor")),
            Story::of("A-4")
                .enters("02 09:00", "Development")
                .blocked("02 09:00", "12 12:00", None)
                .stopped("13 08:00", None),
        ];
        let account = account(&stories, &example_settings(), "13 09:00");
        let found = long_blocked(&account).unwrap();
        let items: Vec<usize> = found.items.iter().map(|found| found.item).collect();
        assert_eq!(items, [2, 1]);
        assert_eq!(found.items[0].hours, 48.0);
        assert_eq!(long_blocked(&example()), None);
    }
}
