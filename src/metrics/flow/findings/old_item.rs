//! Rule `old-item`: open items older than twice the mean flow time of the items done in the 90 days
//! before.

use super::{Finding, Found, Rule, longest_first};
use crate::ledger::flow::{FlowAccount, Outcome};
use crate::metrics::flow::{FEWEST, FEWEST_FIRM, flow_time, history, hours, item_time};

/// So many times the mean is old.
pub const TIMES_MEAN_FLOW_TIME: f64 = 2.0;

/// The old items, if there are any and at least two done ones to judge by.
pub fn old_items(account: &FlowAccount) -> Option<Finding> {
    let done = flow_time::flow_time(account, history(account)?).elapsed;
    if done.count() < FEWEST {
        return None;
    }
    let mean = done.mean?;
    let open = account.items.iter().enumerate();
    let mut items: Vec<Found> = open
        .filter(|(_, item)| item.outcome == Outcome::Open)
        .filter_map(|(index, item)| {
            let age = hours(item_time::age(account, item)?);
            (age > TIMES_MEAN_FLOW_TIME * mean).then_some(Found {
                item: index,
                hours: age,
            })
        })
        .collect();
    longest_first(&mut items);
    (!items.is_empty()).then_some(Finding {
        rule: Rule::OldItem {
            mean,
            done: done.count(),
        },
        stage: None,
        items,
        is_firm: done.count() >= FEWEST_FIRM,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, example_settings};

    fn done(key: &str, until: &str) -> Story {
        Story::of(key)
            .enters("02 00:00", "Development")
            .enters(until, "Production")
    }

    #[test]
    fn older_than_twice_the_mean_is_old() {
        // 24 and 72 hours: twice the mean is 96.
        let finished = [done("A-1", "03 00:00"), done("A-2", "05 00:00")];
        let open = |since: &str| Story::of("A-3").enters(since, "Development");
        let found = |since: &str| {
            let stories = [finished[0].clone(), finished[1].clone(), open(since)];
            old_items(&account(&stories, &example_settings(), "13 00:00"))
        };
        let old = found("08 23:00").unwrap();
        assert_eq!(
            old.items,
            [Found {
                item: 2,
                hours: 97.0
            }]
        );
        assert_eq!(
            old.rule,
            Rule::OldItem {
                mean: 48.0,
                done: 2
            }
        );
        assert!(!old.is_firm);
        assert_eq!(found("09 00:00"), None);
    }

    #[test]
    fn without_two_done_items_nothing_is_old() {
        let open = Story::of("A-3").enters("2020-01-01 00:00", "Development");
        for stories in [vec![open.clone()], vec![open, done("A-1", "03 00:00")]] {
            let account = account(&stories, &example_settings(), "13 00:00");
            assert_eq!(old_items(&account), None);
        }
    }
}
