//! Rule `wip-limit`: a stage that has held more items than its limit without a break for two days or
//! more.

use chrono::{DateTime, Utc};

use super::stage_overfull::items_in;
use super::{Finding, Rule};
use crate::ledger::flow::FlowAccount;
use crate::metrics::flow::hours;

/// So many days over the limit are too many.
pub const LONGEST_DAYS: f64 = 2.0;

/// Stages whose limit has been exceeded for two days.
pub fn exceeded_limits(account: &FlowAccount) -> Vec<Finding> {
    let stages = account.stages.iter().enumerate();
    stages
        .filter_map(|(stage, it)| {
            let limit = it.wip_limit?;
            let (count, since) = exceeded_since(account, stage, limit)?;
            let exceeded = hours(account.as_of - since);
            (exceeded >= LONGEST_DAYS * 24.0).then(|| Finding {
                rule: Rule::WipLimit {
                    count,
                    limit,
                    hours: exceeded,
                },
                stage: Some(stage),
                items: items_in(account, stage),
                is_firm: true,
            })
        })
        .collect()
}

/// How many items a stage holds, and since when it has held more than its limit; `None` where it does
/// not.
pub fn exceeded_since(
    account: &FlowAccount,
    stage: usize,
    limit: u32,
) -> Option<(usize, DateTime<Utc>)> {
    let visits = || {
        let items = account.items.iter();
        items
            .flat_map(|item| &item.visits)
            .filter(|visit| visit.stage == stage)
    };
    let mut steps: Vec<(DateTime<Utc>, i64)> = visits()
        .flat_map(|visit| [Some((visit.from, 1)), visit.to.map(|to| (to, -1))])
        .flatten()
        .collect();
    steps.sort_unstable();
    let mut count = 0_i64;
    let mut since = None;
    // What happens in one instant is judged once: who leaves as another comes leaves no room.
    for instant in steps.chunk_by(|one, other| one.0 == other.0) {
        count += instant.iter().map(|(_, step)| step).sum::<i64>();
        if count <= i64::from(limit) {
            since = None;
        } else if since.is_none() {
            since = instant.first().map(|(at, _)| *at);
        }
    }
    Some((usize::try_from(count).ok()?, since?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example_settings};

    fn with_limit(stories: &[Story]) -> FlowAccount {
        let mut settings = example_settings();
        settings.flow.stages[3].wip_limit = Some(1);
        account(stories, &settings, "13 09:00")
    }

    #[test]
    fn two_items_where_one_is_allowed_are_found_after_two_days() {
        let first = Story::of("A-1").enters("09 09:00", "Code Review");
        let second = |since: &str| Story::of("A-2").enters(since, "Code Review");
        let account = with_limit(&[first.clone(), second("11 09:00")]);
        let found = exceeded_limits(&account);
        let rule = Rule::WipLimit {
            count: 2,
            limit: 1,
            hours: 48.0,
        };
        assert_eq!((&found[0].rule, found[0].stage), (&rule, Some(3)));
        assert_eq!(found[0].items.len(), 2);
        assert!(exceeded_limits(&with_limit(&[first.clone(), second("11 09:01")])).is_empty());
        assert!(exceeded_limits(&with_limit(&[first])).is_empty());
        assert!(exceeded_limits(&with_limit(&[])).is_empty());
    }

    #[test]
    fn room_for_an_hour_starts_the_clock_again_and_a_change_in_one_instant_does_not() {
        let leaving = |until: &str| {
            Story::of("A-1")
                .enters("02 09:00", "Code Review")
                .enters(until, "Testing")
        };
        let staying = Story::of("A-2").enters("02 09:00", "Code Review");
        let coming = |at: &str| Story::of("A-3").enters(at, "Code Review");
        let since = |stories: &[Story]| exceeded_since(&with_limit(stories), 3, 1);
        let broken = [leaving("05 09:00"), staying.clone(), coming("05 10:00")];
        assert_eq!(since(&broken), Some((2, at("05 10:00"))));
        // One leaves as another comes: for no time at all there was room.
        let swapped = [leaving("05 09:00"), staying, coming("05 09:00")];
        assert_eq!(since(&swapped), Some((2, at("02 09:00"))));
    }
}
