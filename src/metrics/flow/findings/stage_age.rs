//! Rules `stage-age-two-sigma` and `stage-age-p85`: items that have been in a wait or active stage for
//! longer than its completed visits usually were. The first needs five visits; the second speaks from
//! two on and says when they are few.

use super::{Finding, Found, Rule, longest_first};
use crate::ledger::flow::{FlowAccount, Outcome};
use crate::metrics::flow::flow_load::is_in_progress;
use crate::metrics::flow::stage_limits::StageLimits;
use crate::metrics::flow::{FEWEST_FIRM, hours, item_time};

/// Per stage, the items in it and for how long they have been there; stages that are neither wait nor
/// active hold none: what lies in a queue is not late.
pub fn ages_in_stages(account: &FlowAccount) -> Vec<Vec<Found>> {
    let mut ages: Vec<Vec<Found>> = vec![Vec::new(); account.stages.len()];
    for (index, item) in account.items.iter().enumerate() {
        if item.outcome != Outcome::Open || !is_in_progress(account, item.stage()) {
            continue;
        }
        if let Some(ages) = ages.get_mut(item.stage()) {
            ages.push(Found {
                item: index,
                hours: hours(item_time::stage_age(account, item)),
            });
        }
    }
    ages
}

/// Items beyond mean + 2σ of the completed visits of their stage, stage by stage.
pub fn beyond_two_sigma(limits: &[StageLimits], ages: &[Vec<Found>]) -> Vec<Finding> {
    each_stage(limits, ages, |limits| {
        let limit = *limits.two_sigma().value()?;
        let rule = Rule::StageAgeTwoSigma {
            mean: limits.mean?,
            deviation: limits.deviation?,
            visits: limits.completed.len(),
        };
        Some((limit, rule))
    })
}

/// Items beyond the 85th percentile of the completed visits of their stage, stage by stage.
pub fn beyond_p85(limits: &[StageLimits], ages: &[Vec<Found>]) -> Vec<Finding> {
    each_stage(limits, ages, |limits| {
        let limit = *limits.p85().value()?;
        let is_unused = limits.two_sigma().value().is_none();
        let rule = Rule::StageAgeP85 {
            limit,
            visits: limits.completed.len(),
            unused_two_sigma: limits.mean_and_two_sigma().filter(|_| is_unused),
        };
        Some((limit, rule))
    })
}

fn each_stage(
    limits: &[StageLimits],
    ages: &[Vec<Found>],
    rule: impl Fn(&StageLimits) -> Option<(f64, Rule)>,
) -> Vec<Finding> {
    let stages = limits.iter().zip(ages).enumerate();
    stages
        .filter_map(|(stage, (limits, ages))| {
            let (limit, rule) = rule(limits)?;
            let beyond = ages.iter().filter(|found| found.hours > limit);
            let mut items: Vec<Found> = beyond.copied().collect();
            longest_first(&mut items);
            (!items.is_empty()).then_some(Finding {
                rule,
                stage: Some(stage),
                items,
                is_firm: limits.completed.len() >= FEWEST_FIRM,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(completed: &[f64]) -> Vec<StageLimits> {
        use crate::metrics::statistics::{mean, sample_deviation};
        vec![StageLimits {
            completed: completed.to_vec(),
            mean: mean(completed),
            deviation: sample_deviation(completed),
        }]
    }

    fn ages(hours: &[f64]) -> Vec<Vec<Found>> {
        let items = hours.iter().enumerate();
        vec![
            items
                .map(|(item, hours)| Found {
                    item,
                    hours: *hours,
                })
                .collect(),
        ]
    }

    fn items(findings: &[Finding]) -> Vec<Vec<usize>> {
        let found = findings.iter();
        found
            .map(|finding| finding.items.iter().map(|found| found.item).collect())
            .collect()
    }

    #[test]
    fn one_long_stay_blunts_two_sigma_and_not_the_percentile() {
        // Ten stays in days, one of them of 40: mean 6.9, deviation 11.82, limit 30.54.
        let limits = limits(&[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 5.0, 8.0, 40.0]);
        let ages = ages(&[20.0, 8.0, 31.0]);
        assert_eq!(items(&beyond_two_sigma(&limits, &ages)), [[2]]);
        // Longest first; 8 is not longer than 8.
        let found = beyond_p85(&limits, &ages);
        assert_eq!(items(&found), [[2, 0]]);
        assert!(found[0].is_firm);
        let Rule::StageAgeP85 {
            unused_two_sigma, ..
        } = found[0].rule
        else {
            panic!("{found:?}");
        };
        assert_eq!(unused_two_sigma, None);
    }

    #[test]
    fn few_visits_are_judged_by_the_percentile_alone_and_one_by_nothing() {
        let ages = ages(&[500.0]);
        let four = limits(&[1.0, 2.0, 3.0, 4.0]);
        assert!(beyond_two_sigma(&four, &ages).is_empty());
        let found = beyond_p85(&four, &ages);
        assert!(!found[0].is_firm);
        for too_few in [&[][..], &[1.0]] {
            assert!(beyond_p85(&limits(too_few), &ages).is_empty());
        }
    }

    #[test]
    fn equal_visits_leave_no_room() {
        let limits = limits(&[24.0; 5]);
        let ages = ages(&[24.0, 24.1]);
        assert_eq!(items(&beyond_two_sigma(&limits, &ages)), [[1]]);
        assert_eq!(items(&beyond_p85(&limits, &ages)), [[1]]);
    }
}
