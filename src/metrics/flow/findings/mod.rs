//! What deserves attention now: the seven rules of spec 6.3, one file each (`stage_age` holds two).
//! A rule says what it found with its figures; sentences are `report::flow`'s business. Rules look at
//! the `as of` instant and, for what is usual, at the 90 days before it.

mod blocked;
mod low_efficiency;
mod old_item;
mod stage_age;
mod stage_overfull;
mod wip_limit;

pub use blocked::{LONGEST_HOURS, blocked_since, long_blocked};
pub use low_efficiency::{LOWEST, SPAN, low_efficiency};
pub use old_item::{TIMES_MEAN_FLOW_TIME, old_items};
pub use stage_age::{ages_in_stages, beyond_p85, beyond_two_sigma};
pub use stage_overfull::{FEWEST_ITEMS, TIMES_MEAN_LOAD, items_in, overfull_stages};
pub use wip_limit::{LONGEST_DAYS, exceeded_limits, exceeded_since};

use super::flow_load::StageLoad;
use super::stage_limits::StageLimits;
use crate::ledger::flow::FlowAccount;

/// What one rule found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule and its figures.
    pub rule: Rule,
    /// The stage (index in `FlowAccount::stages`), if it is about one.
    pub stage: Option<usize>,
    /// The items, longest first.
    pub items: Vec<Found>,
    /// Whether there was enough to judge by.
    pub is_firm: bool,
}

/// An item that a rule found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Its index in `FlowAccount::items`.
    pub item: usize,
    /// The hours that the rule speaks of.
    pub hours: f64,
}

/// A rule with the figures it judged by. Durations are hours.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// Items longer in a stage than mean + 2σ of its completed visits.
    StageAgeTwoSigma {
        /// Mean of the completed visits.
        mean: f64,
        /// Their standard deviation.
        deviation: f64,
        /// How many there are.
        visits: usize,
    },
    /// Items longer in a stage than the 85th percentile of its completed visits.
    StageAgeP85 {
        /// The percentile.
        limit: f64,
        /// How many visits there are.
        visits: usize,
        /// Mean + 2σ of so few visits that the other rule does not use it.
        unused_two_sigma: Option<f64>,
    },
    /// A stage that holds more than 1.5 times what it usually holds.
    StageOverfull {
        /// Items in it.
        count: usize,
        /// Their usual number: the mean over time.
        mean: f64,
        /// Days that the mean covers.
        days: f64,
    },
    /// A limit that has been exceeded for two days.
    WipLimit {
        /// Items in the stage.
        count: usize,
        /// How many it should hold at most.
        limit: u32,
        /// For how long there have been more.
        hours: f64,
    },
    /// Open items older than twice the mean flow time of done ones.
    OldItem {
        /// The mean.
        mean: f64,
        /// Items that are done.
        done: usize,
    },
    /// Efficiency under 30 % for a week.
    LowEfficiency {
        /// The efficiency of the last seven days.
        efficiency: f64,
        /// Hours of work in them.
        worked: f64,
        /// Hours of work and waiting in them.
        whole: f64,
        /// Items with any of it.
        items: usize,
    },
    /// Items that have been blocked for more than 24 hours.
    Blocked,
}

impl Rule {
    /// The name used in exports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::StageAgeTwoSigma { .. } => "stage-age-two-sigma",
            Self::StageAgeP85 { .. } => "stage-age-p85",
            Self::StageOverfull { .. } => "stage-overfull",
            Self::WipLimit { .. } => "wip-limit",
            Self::OldItem { .. } => "old-item",
            Self::LowEfficiency { .. } => "low-efficiency",
            Self::Blocked => "blocked",
        }
    }

    /// What stands still comes before what is slow, what is slow before what is much.
    fn gravity(&self) -> u8 {
        match self {
            Self::Blocked => 0,
            Self::StageAgeTwoSigma { .. } => 1,
            Self::OldItem { .. } => 2,
            Self::StageAgeP85 { .. } => 3,
            Self::WipLimit { .. } => 4,
            Self::StageOverfull { .. } => 5,
            Self::LowEfficiency { .. } => 6,
        }
    }
}

/// What all rules found, gravest first: by rule, then what is firm, then by the number of items.
pub fn findings(
    account: &FlowAccount,
    limits: &[StageLimits],
    loads: &[StageLoad],
) -> Vec<Finding> {
    let ages = ages_in_stages(account);
    let mut findings = Vec::new();
    findings.extend(long_blocked(account));
    findings.extend(beyond_two_sigma(limits, &ages));
    findings.extend(beyond_p85(limits, &ages));
    findings.extend(old_items(account));
    findings.extend(exceeded_limits(account));
    findings.extend(overfull_stages(account, loads));
    findings.extend(low_efficiency(account));
    let order = |finding: &Finding| {
        (
            finding.rule.gravity(),
            !finding.is_firm,
            usize::MAX - finding.items.len(),
        )
    };
    findings.sort_by_key(order);
    findings
}

/// Items longest first; of one length, in the order in which they were given.
fn longest_first(items: &mut [Found]) {
    items.sort_by(|one, other| other.hours.total_cmp(&one.hours));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{account, example, example_settings};
    use crate::metrics::flow::flow_load::stage_loads;
    use crate::metrics::flow::stage_limits::stage_limits;

    #[test]
    fn of_the_worked_example_only_the_percentile_speaks() {
        let account = example();
        let found = findings(&account, &stage_limits(&account), &stage_loads(&account));
        assert_eq!(found.len(), 1);
        let Rule::StageAgeP85 {
            limit,
            visits,
            unused_two_sigma,
        } = found[0].rule
        else {
            panic!("{found:?}");
        };
        assert_eq!((limit, visits), (72.0, 3));
        assert!((unused_two_sigma.unwrap() - 95.43).abs() < 0.005);
        assert_eq!(found[0].stage, Some(3));
        assert_eq!(
            found[0].items,
            [Found {
                item: 4,
                hours: 144.0
            }]
        );
        assert!(!found[0].is_firm);
    }

    #[test]
    fn where_there_is_nothing_nothing_is_found() {
        let account = account(&[], &example_settings(), "13 09:00");
        let found = findings(&account, &stage_limits(&account), &stage_loads(&account));
        assert_eq!(found, []);
    }
}
