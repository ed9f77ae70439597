//! What is usual for a stage: its completed visits of the 90 days before the `as of` instant, of all
//! items, done or not. A stay is unusual beyond mean + 2σ (from five visits on; the card rule of the
//! value-stream decision record) or beyond the 85th percentile, which single long stays do not blunt.

use chrono::{DateTime, Utc};

use super::{FEWEST, FEWEST_FIRM, history, hours};
use crate::ledger::flow::{FlowAccount, FlowItem, Visit};
use crate::metrics::statistics::{mean, nearest_rank, sample_deviation, sorted};
use crate::model::{Measured, Window};

/// What is usual for one stage.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StageLimits {
    /// Hours of its completed visits in ascending order.
    pub completed: Vec<f64>,
    /// Their mean.
    pub mean: Option<f64>,
    /// Their sample standard deviation; `None` under two.
    pub deviation: Option<f64>,
}

impl StageLimits {
    /// Mean + 2σ, however few visits there are; `None` under two.
    pub fn mean_and_two_sigma(&self) -> Option<f64> {
        Some(self.mean? + 2.0 * self.deviation?)
    }

    /// Mean + 2σ, or why there are too few visits to use it.
    pub fn two_sigma(&self) -> Measured<f64> {
        self.known(self.mean_and_two_sigma(), FEWEST_FIRM)
    }

    /// The 85th percentile, or why there are too few visits.
    pub fn p85(&self) -> Measured<f64> {
        self.known(nearest_rank(&self.completed, 0.85), FEWEST)
    }

    fn known(&self, value: Option<f64>, fewest: usize) -> Measured<f64> {
        let count = self.completed.len();
        match value {
            Some(value) if count >= fewest => Measured::Known {
                value,
                sample_size: count,
                interval: None,
            },
            _ if count == 1 => Measured::unknown(format!("1 completed visit of {fewest} needed")),
            _ => Measured::unknown(format!("{count} completed visits of {fewest} needed")),
        }
    }
}

/// The visits of an item that were completed in this history. What a removal cut short was not.
pub fn completed_visits(item: &FlowItem, history: Window) -> impl Iterator<Item = &Visit> {
    let is_cut = |to: DateTime<Utc>| {
        item.removed.is_some() && item.visits.last().is_some_and(|last| last.to == Some(to))
    };
    let visits = item.stays().iter();
    visits.filter(move |visit| {
        visit
            .to
            .is_some_and(|to| history.contains(to) && !is_cut(to))
    })
}

/// The limits of every stage of the account, in order.
pub fn stage_limits(account: &FlowAccount) -> Vec<StageLimits> {
    let mut completed: Vec<Vec<f64>> = vec![Vec::new(); account.stages.len()];
    if let Some(history) = history(account) {
        for item in &account.items {
            for visit in completed_visits(item, history) {
                if let Some(stays) = completed.get_mut(visit.stage) {
                    stays.push(hours(visit.span(account.as_of).length()));
                }
            }
        }
    }
    completed
        .into_iter()
        .map(|stays| {
            let completed = sorted(stays);
            StageLimits {
                mean: mean(&completed),
                deviation: sample_deviation(&completed),
                completed,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, example, example_settings};
    use crate::model::work_item::Change;

    #[test]
    fn the_limits_of_the_worked_example() {
        let limits = stage_limits(&example());
        let review = &limits[3];
        assert_eq!(review.completed, [24.0, 24.0, 72.0]);
        let limit = review.mean_and_two_sigma().unwrap();
        assert!((limit - 95.43).abs() < 0.005, "{limit}");
        assert_eq!(
            review.two_sigma().reason(),
            Some("3 completed visits of 5 needed")
        );
        assert_eq!(review.p85().value(), Some(&72.0));
        // Development, with what 105 and 106 spent there.
        let development = &limits[2];
        assert_eq!(
            development.completed,
            [24.0, 24.0, 24.0, 48.0, 48.0, 48.0, 96.0]
        );
        let limit = *development.two_sigma().value().unwrap();
        assert!((limit - 95.89).abs() < 0.005, "{limit}");
        assert_eq!(development.p85().value(), Some(&48.0));
    }

    #[test]
    fn too_few_visits_say_nothing_and_why() {
        let story = |key: &str| {
            Story::of(key)
                .enters("02 00:00", "Design")
                .enters("03 00:00", "Development")
        };
        let removed = story("A-2").change("04 00:00", Change::Removed);
        let account = account(&[story("A-1"), removed], &example_settings(), "13 09:00");
        let limits = stage_limits(&account);
        // Development of A-2 was cut short, that of A-1 lasts.
        assert_eq!(
            limits[2].p85().reason(),
            Some("0 completed visits of 2 needed")
        );
        assert_eq!(limits[1].p85().value(), Some(&24.0));
        assert_eq!(limits[1].deviation, Some(0.0));
    }

    #[test]
    fn what_ended_more_than_90_days_ago_is_no_guide() {
        let story = Story::of("A-1")
            .enters("2025-01-02 00:00", "Design")
            .enters("2025-01-03 00:00", "Development")
            .enters("2026-03-01 00:00", "Production");
        let limits = stage_limits(&account(&[story], &example_settings(), "13 09:00"));
        assert!(limits[1].completed.is_empty());
        assert_eq!(limits[2].completed.len(), 1);
    }
}
