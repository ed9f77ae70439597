//! Rule `stage-overfull`: a wait or active stage that holds more than 1.5 times its mean over the 90 days
//! before, weighted by time. Fewer than three items are no pile.

use super::{Finding, Found, Rule, longest_first};
use crate::ledger::flow::{FlowAccount, Outcome};
use crate::metrics::flow::flow_load::{StageLoad, is_in_progress};
use crate::metrics::flow::{history, hours, item_time};

/// Fewest items that are a pile.
pub const FEWEST_ITEMS: usize = 3;
/// So many times the mean is too much.
pub const TIMES_MEAN_LOAD: f64 = 1.5;
/// A mean over fewer days is not sure.
const FIRM_DAYS: f64 = 14.0;

/// Stages that hold too much; `loads` are the account's.
pub fn overfull_stages(account: &FlowAccount, loads: &[StageLoad]) -> Vec<Finding> {
    let days = history(account).map_or(0.0, |history| history.days());
    let stages = loads.iter().enumerate();
    stages
        .filter_map(|(stage, load)| {
            let mean = load.mean?;
            let is_full = load.count >= FEWEST_ITEMS && load.count as f64 > TIMES_MEAN_LOAD * mean;
            if !is_full || !is_in_progress(account, stage) {
                return None;
            }
            Some(Finding {
                rule: Rule::StageOverfull {
                    count: load.count,
                    mean,
                    days,
                },
                stage: Some(stage),
                items: items_in(account, stage),
                is_firm: days >= FIRM_DAYS,
            })
        })
        .collect()
}

/// Items in a stage that are not done or given up, the longest there first.
pub fn items_in(account: &FlowAccount, stage: usize) -> Vec<Found> {
    let items = account.items.iter().enumerate();
    let mut items: Vec<Found> = items
        .filter(|(_, item)| {
            matches!(item.outcome, Outcome::Open | Outcome::NotStarted) && item.stage() == stage
        })
        .map(|(index, item)| Found {
            item: index,
            hours: hours(item_time::stage_age(account, item)),
        })
        .collect();
    longest_first(&mut items);
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, example_settings};
    use crate::metrics::flow::flow_load::stage_loads;

    /// So many items that came to review on the 12th at these hours, beside one that left it.
    fn waiting(count: usize) -> FlowAccount {
        let before = Story::of("A-0")
            .enters("02 00:00", "Code Review")
            .enters("07 00:00", "Production");
        let now = (1..=count).map(|index| {
            Story::of(&format!("A-{index}")).enters(&format!("12 {index:02}:00"), "Code Review")
        });
        let stories: Vec<Story> = std::iter::once(before).chain(now).collect();
        account(&stories, &example_settings(), "13 00:00")
    }

    #[test]
    fn three_items_where_one_was_usual_are_a_pile_and_two_are_not() {
        let account = waiting(3);
        let found = overfull_stages(&account, &stage_loads(&account));
        assert_eq!(found.len(), 1);
        // 120 hours of A-0, 23 + 22 + 21 of the others, in eleven days of 24 hours.
        let mean = 186.0 / 264.0;
        let rule = Rule::StageOverfull {
            count: 3,
            mean,
            days: 11.0,
        };
        assert_eq!((&found[0].rule, found[0].is_firm), (&rule, false));
        let items: Vec<usize> = found[0].items.iter().map(|found| found.item).collect();
        assert_eq!(items, [1, 2, 3]);
        let account = waiting(2);
        assert!(overfull_stages(&account, &stage_loads(&account)).is_empty());
    }

    #[test]
    fn a_queue_or_a_done_stage_may_hold_anything() {
        let stories: Vec<Story> = (0..9)
            .map(|index| {
                let status = if index < 5 { "Backlog" } else { "Production" };
                Story::of(&format!("A-{index}")).enters("12 09:00", status)
            })
            .chain([Story::of("A-9").enters("01 00:00", "Design")])
            .collect();
        let account = account(&stories, &example_settings(), "13 00:00");
        assert!(overfull_stages(&account, &stage_loads(&account)).is_empty());
    }
}
