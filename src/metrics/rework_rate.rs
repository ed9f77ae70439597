//! Rework rate (spec 2.8): the share of deployments that repaired another one. Which did, is the
//! ledger's word.

use super::{deployments, entries, no_deployment};
use crate::ledger::EnvironmentAccount;
use crate::model::{Measured, Window};

/// How much of the deploying was repair.
#[derive(Debug, Clone, PartialEq)]
pub struct ReworkRate {
    /// Rework over deployments, 0 to 1. The sample size is the denominator.
    pub ratio: Measured<f64>,
    /// Deployments that repaired.
    pub rework: usize,
    /// Deployments.
    pub total: usize,
}

/// Rework rate of a window.
pub fn rework_rate(account: &EnvironmentAccount, window: Window) -> ReworkRate {
    let entries = entries(account, window);
    let total = deployments(&entries).count();
    let rework = deployments(&entries)
        .filter(|entry| entry.is_rework)
        .count();
    let ratio = match total {
        0 => Measured::unknown(no_deployment(&entries)),
        _ => Measured::Known {
            value: rework as f64 / total as f64,
            sample_size: total,
            interval: None,
        },
    };
    ReworkRate {
        ratio,
        rework,
        total,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::story::{Story, window};

    #[test]
    fn rework_is_a_share_of_deployments_whether_they_failed_or_not() {
        let account = Story::since("2026-01-01 00:00")
            .deploys("2026-03-02 09:00", &[])
            .failed(crate::ledger::FailureRule::Hotfix)
            .deploys("2026-03-02 09:30", &[])
            .failed(crate::ledger::FailureRule::Rollback)
            .repairing()
            .attempts("2026-03-02 10:00")
            .redeploys("2026-03-02 11:00")
            .deploys("2026-04-02 09:00", &[])
            .repairing()
            .account();
        let march = window("2026-03-01 00:00", "2026-04-01 00:00");
        let rate = rework_rate(&account, march);
        assert_eq!((rate.rework, rate.total), (1, 2));
        assert_eq!(rate.ratio.value(), Some(&0.5));
    }

    #[test]
    fn without_deployments_there_is_no_rate() {
        let account = Story::since("2026-01-01 00:00")
            .redeploys("2026-03-02 11:00")
            .account();
        let march = window("2026-03-01 00:00", "2026-04-01 00:00");
        let rate = rework_rate(&account, march);
        assert_eq!(
            rate.ratio.reason(),
            Some("only redeployments in the period")
        );
    }
}
