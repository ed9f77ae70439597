//! What is said of pull requests on their way (`docs/metrics/pull-request-stages.md`): the shape in
//! the export, part of `document`, and how it is filled. Durations are minutes.

use serde::{Deserialize, Serialize};

use crate::metrics::{PullRequestStages, StageMeasure, StageMeasures};

/// The stages of the pull requests that were deployed in a period: those of people, and beside them
/// those of bots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stages {
    /// Opened by people: the headline.
    #[serde(flatten)]
    pub people: StageFigures,
    /// Opened by bots; `None` when none of theirs was deployed.
    #[serde(default)]
    pub bots: Option<StageFigures>,
}

/// The stages of one group of pull requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageFigures {
    /// How many were deployed in the period.
    pub pull_requests: usize,
    /// First commit to opening.
    pub coding: StageFigure,
    /// Opening to first review.
    pub pickup: StageFigure,
    /// First review to merge.
    pub review: StageFigure,
    /// Merge to deployment.
    pub waiting_to_deploy: StageFigure,
    /// First commit to deployment.
    pub total: StageFigure,
    /// Opening to deployment.
    pub from_opening: StageFigure,
}

/// One stretch of the way. The medians of stages do not add up to the median of the whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct StageFigure {
    /// Pull requests of which both ends are known.
    pub count: usize,
    /// The median.
    pub median_minutes: Option<f64>,
    /// The 75th percentile.
    pub p75_minutes: Option<f64>,
    /// The 90th percentile.
    pub p90_minutes: Option<f64>,
    /// Pull requests of which an end is missing, or lies before the beginning.
    pub left_out: usize,
    /// Why there is no median.
    pub reason: Option<String>,
}

impl From<&PullRequestStages> for Stages {
    fn from(measured: &PullRequestStages) -> Self {
        Self {
            people: (&measured.people).into(),
            bots: (measured.bots.pull_requests > 0).then(|| (&measured.bots).into()),
        }
    }
}

impl From<&StageMeasures> for StageFigures {
    fn from(measures: &StageMeasures) -> Self {
        Self {
            pull_requests: measures.pull_requests,
            coding: (&measures.coding).into(),
            pickup: (&measures.pickup).into(),
            review: (&measures.review).into(),
            waiting_to_deploy: (&measures.waiting_to_deploy).into(),
            total: (&measures.total).into(),
            from_opening: (&measures.from_opening).into(),
        }
    }
}

impl From<&StageMeasure> for StageFigure {
    fn from(measure: &StageMeasure) -> Self {
        Self {
            count: measure.samples.len(),
            median_minutes: measure.median_minutes.value().copied(),
            p75_minutes: measure.p75,
            p90_minutes: measure.p90,
            left_out: measure.left_out,
            reason: measure.median_minutes.reason().map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{DeployedPullRequest, EnvironmentAccount};
    use crate::model::{Window, instant_from_epoch};

    /// Deployed at noon of the first day; opened, reviewed and merged so many minutes before.
    fn said(minutes_before: &[(i64, i64, i64)], is_bot: bool) -> Stages {
        const NOON: i64 = 43_200;
        let at = |minutes: i64| instant_from_epoch(NOON - minutes * 60);
        let mut account = EnvironmentAccount::empty(instant_from_epoch(86_400));
        let pull_requests = minutes_before.iter();
        account.pull_requests = pull_requests
            .map(|&(opened, reviewed, merged)| DeployedPullRequest {
                repository: 0,
                number: 1,
                components: [0].into(),
                deployment: 0,
                opened: at(opened),
                merged: at(merged),
                first_commit: None,
                first_review: Some(at(reviewed)),
                deployed_at: at(0),
                is_bot,
            })
            .collect();
        let day = Window::new(instant_from_epoch(0), instant_from_epoch(86_400));
        Stages::from(&crate::metrics::pull_request_stages(&account, day))
    }

    #[test]
    fn the_export_has_the_figures_of_people_beside_those_of_bots() {
        let stages = said(&[(50, 40, 10), (50, 30, 20)], false);
        let json = serde_json::to_value(&stages).unwrap();
        assert_eq!(json["pull_requests"], 2);
        assert_eq!(json["bots"], serde_json::Value::Null);
        assert_eq!(
            json["review"],
            serde_json::json!({
                "count": 2, "median_minutes": 20.0, "p75_minutes": 25.0, "p90_minutes": 28.0,
                "left_out": 0, "reason": null
            })
        );
        assert_eq!(json["waiting_to_deploy"]["median_minutes"], 15.0);
        assert_eq!(json["from_opening"]["median_minutes"], 50.0);
        assert_eq!(json["total"]["median_minutes"], serde_json::Value::Null);
        assert_eq!(json["total"]["left_out"], 2);
        let again: Stages = serde_json::from_value(json).unwrap();
        assert_eq!(again, stages);
    }

    #[test]
    fn bots_are_in_no_figure_of_people() {
        let stages = said(&[(50, 40, 10)], true);
        assert_eq!(stages.people.pull_requests, 0);
        assert_eq!(
            stages.people.review.reason.as_deref(),
            Some("no pull request was deployed in the period")
        );
        let bots = stages.bots.as_ref().unwrap();
        assert_eq!(bots.from_opening.median_minutes, Some(50.0));
        let json = serde_json::to_value(&stages).unwrap();
        assert_eq!(json["bots"]["pull_requests"], 1);
        assert_eq!(serde_json::from_value::<Stages>(json).unwrap(), stages);
    }
}
