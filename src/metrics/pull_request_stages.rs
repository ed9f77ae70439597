//! The stages of merged pull requests on their way to an environment: first commit → opened → first
//! review → merged → deployed (`docs/metrics/pull-request-stages.md`). Which deployment brought which
//! pull request is told by `ledger`.

use chrono::{DateTime, TimeDelta, Utc};

use super::statistics::{percentile, sorted};
use super::{measured_median, minutes};
use crate::ledger::{DeployedPullRequest, EnvironmentAccount};
use crate::model::{Measured, Window};

/// One stretch of the way.
#[derive(Debug, Clone, PartialEq)]
pub struct StageMeasure {
    /// Median over pull requests in minutes, with the order-statistic interval from 6 on.
    pub median_minutes: Measured<f64>,
    /// 75th percentile in minutes.
    pub p75: Option<f64>,
    /// 90th percentile in minutes.
    pub p90: Option<f64>,
    /// All lengths in minutes, ascending.
    pub samples: Vec<f64>,
    /// Pull requests of which an end is not known, or lies before the beginning.
    pub left_out: usize,
}

/// The stages of a group of pull requests.
#[derive(Debug, Clone, PartialEq)]
pub struct StageMeasures {
    /// How many were deployed.
    pub pull_requests: usize,
    /// First commit → opened.
    pub coding: StageMeasure,
    /// Opened → first review.
    pub pickup: StageMeasure,
    /// First review → merged.
    pub review: StageMeasure,
    /// Merged → deployed.
    pub waiting_to_deploy: StageMeasure,
    /// First commit → deployed.
    pub total: StageMeasure,
    /// Opened → deployed: what can be told of bots, whose commits are no work.
    pub from_opening: StageMeasure,
}

/// The pull requests deployed in a window: those of people, and those of bots by themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct PullRequestStages {
    /// Opened by people.
    pub people: StageMeasures,
    /// Opened by bots.
    pub bots: StageMeasures,
}

/// Stages of the pull requests whose deployment lies in a window.
pub fn pull_request_stages(account: &EnvironmentAccount, window: Window) -> PullRequestStages {
    let of = |is_bot: bool| {
        let deployed = account.pull_requests.iter();
        let group: Vec<&DeployedPullRequest> = deployed
            .filter(|it| it.is_bot == is_bot && window.contains(it.deployed_at))
            .collect();
        measures(&group)
    };
    PullRequestStages {
        people: of(false),
        bots: of(true),
    }
}

fn measures(group: &[&DeployedPullRequest]) -> StageMeasures {
    StageMeasures {
        pull_requests: group.len(),
        coding: stage(group, |it| (it.first_commit, Some(it.opened))),
        pickup: stage(group, |it| (Some(it.opened), it.first_review)),
        review: stage(group, |it| (it.first_review, Some(it.merged))),
        waiting_to_deploy: stage(group, |it| (Some(it.merged), Some(it.deployed_at))),
        total: stage(group, |it| (it.first_commit, Some(it.deployed_at))),
        from_opening: stage(group, |it| (Some(it.opened), Some(it.deployed_at))),
    }
}

type Ends = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

fn stage(
    group: &[&DeployedPullRequest],
    ends: impl Fn(&DeployedPullRequest) -> Ends,
) -> StageMeasure {
    let spans = group.iter().filter_map(|it| {
        let (start, end) = ends(it);
        let span = end? - start?;
        (span >= TimeDelta::zero()).then(|| minutes(span))
    });
    let samples = sorted(spans);
    StageMeasure {
        median_minutes: measured_median(&samples, || reason(group.len())),
        p75: percentile(&samples, 0.75),
        p90: percentile(&samples, 0.9),
        left_out: group.len() - samples.len(),
        samples,
    }
}

/// Why no pull request of a group has a length.
fn reason(deployed: usize) -> String {
    match deployed {
        0 => "no pull request was deployed in the period".to_owned(),
        1 => "of the only pull request deployed an end is missing or out of order".to_owned(),
        _ => format!("of all {deployed} pull requests deployed an end is missing or out of order"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::story::{Story, at, window};
    use crate::model::instant_from_epoch;

    /// Deployed on 2 March at 12:00; the times before it in hours, as (first commit, opened, first
    /// review, merged).
    fn deployed(hours: (Option<i64>, i64, Option<i64>, i64)) -> DeployedPullRequest {
        let deployed_at = at("2026-03-02 12:00");
        let before = |hours: i64| deployed_at - TimeDelta::hours(hours);
        let (first_commit, opened, first_review, merged) = hours;
        DeployedPullRequest {
            repository: 0,
            number: 1,
            components: [0].into(),
            deployment: 0,
            opened: before(opened),
            merged: before(merged),
            first_commit: first_commit.map(before),
            first_review: first_review.map(before),
            deployed_at,
            is_bot: false,
        }
    }

    fn measured(pull_requests: Vec<DeployedPullRequest>) -> PullRequestStages {
        let mut account = Story::since("2026-01-01 00:00").account();
        account.pull_requests = pull_requests;
        let march = window("2026-03-01 00:00", "2026-04-01 00:00");
        pull_request_stages(&account, march)
    }

    fn medians(measures: &StageMeasures) -> [Option<f64>; 6] {
        [
            &measures.coding,
            &measures.pickup,
            &measures.review,
            &measures.waiting_to_deploy,
            &measures.total,
            &measures.from_opening,
        ]
        .map(|stage| stage.median_minutes.value().copied())
    }

    #[test]
    fn one_pull_request_is_its_own_median() {
        // 20 h before: first commit, 17 opened, 15 reviewed, 4 merged.
        let stages = measured(vec![deployed((Some(20), 17, Some(15), 4))]);
        let hours = [3.0, 2.0, 11.0, 4.0, 20.0, 17.0].map(|hours| Some(hours * 60.0));
        assert_eq!(medians(&stages.people), hours);
        assert_eq!(stages.people.pull_requests, 1);
        let review = &stages.people.review;
        assert_eq!((review.p75, review.p90), (Some(660.0), Some(660.0)));
        assert_eq!(review.left_out, 0);
        assert_eq!(stages.bots.pull_requests, 0);
    }

    /// The worked example of the documentation: times of February 2026 as `25 10:00`.
    fn example(
        first_commit: &str,
        opened: &str,
        first_review: Option<&str>,
        merged: &str,
        deployed_at: &str,
    ) -> DeployedPullRequest {
        let at = |when: &str| at(&format!("2026-02-{when}"));
        DeployedPullRequest {
            opened: at(opened),
            merged: at(merged),
            first_commit: Some(at(first_commit)),
            first_review: first_review.map(at),
            deployed_at: at(deployed_at),
            ..deployed((None, 0, None, 0))
        }
    }

    #[test]
    fn the_example_of_the_documentation_has_its_numbers() {
        let mut account = Story::since("2026-01-01 00:00").account();
        let mut bot = example("26 06:00", "26 06:00", None, "26 07:00", "26 12:00");
        bot.is_bot = true;
        account.pull_requests = vec![
            example(
                "23 09:00",
                "24 09:00",
                Some("24 15:00"),
                "25 09:00",
                "25 10:00",
            ),
            example("25 08:00", "25 10:00", None, "25 12:00", "26 12:00"),
            example(
                "24 11:00",
                "24 09:00",
                Some("25 09:00"),
                "25 13:00",
                "26 12:00",
            ),
            bot,
        ];
        let february = window("2026-02-01 00:00", "2026-03-01 00:00");
        let PullRequestStages { people, bots } = pull_request_stages(&account, february);
        let hours = |stage: &StageMeasure| {
            let median = stage.median_minutes.value().unwrap() / 60.0;
            (median, stage.samples.len(), stage.left_out)
        };
        assert_eq!(people.pull_requests, 3);
        assert_eq!(hours(&people.coding), (13.0, 2, 1));
        assert_eq!(hours(&people.pickup), (15.0, 2, 1));
        assert_eq!(hours(&people.review), (11.0, 2, 1));
        assert_eq!(hours(&people.waiting_to_deploy), (23.0, 3, 0));
        assert_eq!(hours(&people.total), (49.0, 3, 0));
        assert_eq!(bots.pull_requests, 1);
        assert_eq!(hours(&bots.from_opening), (6.0, 1, 0));
    }

    #[test]
    fn percentiles_are_those_of_the_other_durations() {
        // Waiting 10, 20, 30 and 40 h: the table of `percentile`, times 60.
        let stages = measured(
            [40, 10, 30, 20]
                .map(|merged| deployed((None, 50, None, merged)))
                .to_vec(),
        );
        let waiting = &stages.people.waiting_to_deploy;
        assert_eq!(waiting.median_minutes.value(), Some(&1500.0));
        assert_eq!((waiting.p75, waiting.p90), (Some(1950.0), Some(2220.0)));
        assert_eq!(waiting.samples.len(), 4);
    }

    #[test]
    fn six_equal_ones_have_an_interval_of_no_width() {
        let stages = measured(vec![deployed((Some(9), 8, Some(7), 6)); 6]);
        let interval = stages.people.pickup.median_minutes.interval().unwrap();
        assert_eq!((interval.low, interval.high), (60.0, 60.0));
        assert_eq!(stages.people.pickup.p90, Some(60.0));
    }

    #[test]
    fn a_missing_end_leaves_out_the_stages_that_need_it_and_no_other() {
        let stages = measured(vec![
            deployed((None, 10, Some(8), 6)),
            deployed((Some(12), 10, None, 6)),
        ]);
        let people = &stages.people;
        assert_eq!(people.pull_requests, 2);
        let left_out = [
            &people.coding,
            &people.pickup,
            &people.review,
            &people.waiting_to_deploy,
            &people.total,
            &people.from_opening,
        ]
        .map(|stage| stage.left_out);
        assert_eq!(left_out, [1, 1, 1, 0, 1, 0]);
        assert_eq!(people.coding.samples, [120.0]);
        assert_eq!(people.pickup.samples, [120.0]);
        assert_eq!(people.waiting_to_deploy.samples, [360.0, 360.0]);
    }

    #[test]
    fn what_ends_before_it_begins_is_left_out_and_what_takes_no_time_is_not() {
        let stages = measured(vec![
            // Written after it was opened; deployed before it was merged.
            deployed((Some(5), 10, Some(3), -2)),
            deployed((Some(10), 10, Some(10), 10)),
        ]);
        let people = &stages.people;
        assert_eq!((people.coding.left_out, people.coding.samples[0]), (1, 0.0));
        assert_eq!(people.review.samples, [0.0, 300.0]);
        let waiting = &people.waiting_to_deploy;
        assert_eq!((waiting.left_out, waiting.samples.len()), (1, 1));
        assert_eq!(people.total.samples, [300.0, 600.0]);
    }

    #[test]
    fn bots_are_measured_by_themselves() {
        let mut bot = deployed((Some(3), 3, None, 1));
        bot.is_bot = true;
        let stages = measured(vec![deployed((Some(20), 17, Some(15), 4)), bot]);
        assert_eq!(stages.people.total.samples, [1200.0]);
        assert_eq!(stages.bots.pull_requests, 1);
        assert_eq!(stages.bots.from_opening.samples, [180.0]);
        assert_eq!(stages.bots.waiting_to_deploy.samples, [60.0]);
    }

    #[test]
    fn the_deployment_decides_the_period() {
        let mut before = deployed((None, 10, None, 6));
        before.deployed_at = at("2026-02-28 23:59");
        let mut after = before.clone();
        after.deployed_at = at("2026-04-01 00:00");
        let stages = measured(vec![before, after]);
        assert_eq!(stages.people.pull_requests, 0);
        assert_eq!(
            stages.people.total.median_minutes.reason(),
            Some("no pull request was deployed in the period")
        );
    }

    #[test]
    fn the_reason_for_no_length_is_the_true_one() {
        let none = |count| {
            let stages = measured(vec![deployed((None, 10, None, 6)); count]);
            stages
                .people
                .coding
                .median_minutes
                .reason()
                .unwrap()
                .to_owned()
        };
        assert_eq!(none(0), "no pull request was deployed in the period");
        assert_eq!(
            none(1),
            "of the only pull request deployed an end is missing or out of order"
        );
        assert_eq!(
            none(3),
            "of all 3 pull requests deployed an end is missing or out of order"
        );
    }

    #[test]
    fn impossible_dates_give_finite_numbers() {
        let mut odd = deployed((None, 0, None, 0));
        odd.first_commit = Some(instant_from_epoch(i64::MIN));
        odd.opened = DateTime::<Utc>::MAX_UTC;
        odd.first_review = Some(DateTime::<Utc>::MIN_UTC);
        odd.merged = DateTime::<Utc>::MAX_UTC;
        let people = measured(vec![odd]).people;
        let left_out = [&people.pickup, &people.waiting_to_deploy].map(|stage| stage.left_out);
        assert_eq!(left_out, [1, 1]);
        for stage in [&people.coding, &people.review, &people.total] {
            assert!(stage.samples[0].is_finite() && stage.samples[0] > 0.0);
        }
    }
}
