//! Change failure rate (spec 2.6): failed deployments and failed attempts over all deployments and
//! failed attempts. Which failed, and by which rule, is the ledger's word.

use std::collections::BTreeMap;

use super::statistics::wilson_interval;
use super::{deployments, entries, no_deployment};
use crate::ledger::{Deployment, DeploymentKind, EnvironmentAccount, FailureRule};
use crate::model::{Measured, Window};

/// How often a deployment failed.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeFailureRate {
    /// Failed over all, 0 to 1, with Wilson's interval. The sample size is the denominator.
    pub ratio: Measured<f64>,
    /// Failed deployments and failed attempts: the numerator.
    pub failed: usize,
    /// Failed attempts among them.
    pub attempts: usize,
    /// Deployments and failed attempts: the denominator.
    pub total: usize,
    /// Failed ones by the first rule of their evidence.
    pub by_rule: BTreeMap<FailureRule, usize>,
}

/// Change failure rate of a window.
pub fn change_failure_rate(account: &EnvironmentAccount, window: Window) -> ChangeFailureRate {
    of(&entries(account, window))
}

/// The same of the entries of a window.
pub(super) fn of(entries: &[&Deployment]) -> ChangeFailureRate {
    let failed_of = |kind| {
        entries
            .iter()
            .copied()
            .filter(move |entry| entry.kind == kind && entry.failed)
    };
    // An attempt that a person marked `ok`, or that no rule counts, is on neither side.
    let attempts = failed_of(DeploymentKind::Attempt).count();
    let failed = failed_of(DeploymentKind::Deployment).count() + attempts;
    let total = deployments(entries).count() + attempts;
    let mut by_rule = BTreeMap::new();
    let all_failed =
        failed_of(DeploymentKind::Deployment).chain(failed_of(DeploymentKind::Attempt));
    for rule in all_failed.filter_map(first_rule) {
        *by_rule.entry(rule).or_insert(0) += 1;
    }
    let ratio = match total {
        0 => Measured::unknown(no_deployment(entries)),
        _ => Measured::Known {
            value: failed as f64 / total as f64,
            sample_size: total,
            interval: wilson_interval(failed as u64, total as u64),
        },
    };
    ChangeFailureRate {
        ratio,
        failed,
        attempts,
        total,
        by_rule,
    }
}

fn first_rule(entry: &Deployment) -> Option<FailureRule> {
    entry.evidence.first().map(|evidence| evidence.rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::story::{Story, window};

    fn measured(story: Story) -> ChangeFailureRate {
        let march = window("2026-03-01 00:00", "2026-04-01 00:00");
        change_failure_rate(&story.account(), march)
    }

    fn begin() -> Story {
        Story::since("2026-01-01 00:00")
            .deploys("2026-02-01 00:00", &[])
            .failed(FailureRule::Rollback)
    }

    #[test]
    fn a_deployment_with_two_signals_failed_once_by_the_first() {
        let story = begin()
            .deploys("2026-03-02 00:00", &[])
            .failed(FailureRule::Incident)
            .failed(FailureRule::Rollback)
            .deploys("2026-03-03 00:00", &[])
            .deploys("2026-03-04 00:00", &[])
            .deploys("2026-03-05 00:00", &[]);
        let rate = measured(story);
        assert_eq!((rate.failed, rate.total), (1, 4));
        assert_eq!(rate.ratio.value(), Some(&0.25));
        assert_eq!(rate.by_rule, BTreeMap::from([(FailureRule::Incident, 1)]));
    }

    #[test]
    fn a_failed_attempt_joins_both_sides() {
        let story = begin()
            .deploys("2026-03-02 00:00", &[])
            .attempts("2026-03-03 00:00")
            .redeploys("2026-03-04 00:00");
        let rate = measured(story);
        assert_eq!((rate.failed, rate.attempts, rate.total), (1, 1, 2));
        assert_eq!(rate.by_rule, BTreeMap::from([(FailureRule::Attempt, 1)]));
        let only = measured(begin().attempts("2026-03-03 00:00"));
        assert_eq!(only.ratio.value(), Some(&1.0));
    }

    #[test]
    fn an_attempt_that_is_not_failed_is_on_neither_side() {
        let mut account = begin().attempts("2026-03-03 00:00").account();
        account.deployments[1].failed = false;
        let march = window("2026-03-01 00:00", "2026-04-01 00:00");
        let rate = change_failure_rate(&account, march);
        let reason = rate.ratio.reason();
        assert_eq!(reason, Some("only attempted deployments in the period"));
        assert_eq!(rate.total, 0);
    }

    #[test]
    fn none_failed_is_zero_and_all_failed_is_one() {
        let none = measured(begin().deploys("2026-03-02 00:00", &[]));
        assert_eq!(none.ratio.value(), Some(&0.0));
        assert_eq!(
            none.ratio.interval().map(|interval| interval.low),
            Some(0.0)
        );
        let all = begin()
            .deploys("2026-03-02 00:00", &[])
            .failed(FailureRule::Marked);
        let all = measured(all);
        assert_eq!(all.ratio.value(), Some(&1.0));
        assert_eq!(
            all.ratio.interval().map(|interval| interval.high),
            Some(1.0)
        );
    }

    #[test]
    fn without_deployments_there_is_no_rate() {
        let rate = measured(begin());
        assert_eq!(rate.ratio.reason(), Some("no deployment in the period"));
    }
}
