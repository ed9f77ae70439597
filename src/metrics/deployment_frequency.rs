//! Deployment frequency (spec 2.4): deployments per day, over the days of which the record can speak.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::exposure::{Exposure, exposure};
use super::statistics::{median, poisson_rate_interval, sorted};
use super::{deployments, entries};
use crate::ledger::EnvironmentAccount;
use crate::model::calendar::{days, iso_weeks, local_day};
use crate::model::{Measured, Window};

/// How often was deployed.
#[derive(Debug, Clone, PartialEq)]
pub struct Frequency {
    /// Deployments per day, with the exact Poisson interval; 0 when the record covers the window and
    /// nothing was deployed, unknown when there is no record. The sample size is the count.
    pub per_day: Measured<f64>,
    /// Deployments of the window.
    pub count: usize,
    /// The days they are divided by: those of the exposure, or of the window where there is none.
    pub days: f64,
    /// The part of the window that the days are those of; a start that is not the window's is worth
    /// a notice.
    pub exposure: Option<Exposure>,
    /// Median number of days with a deployment per whole week of the exposure; `None` when it holds
    /// no whole week.
    pub deploy_days_per_week: Option<f64>,
}

/// Deployment frequency of a window; the zone is that of days and weeks.
pub fn deployment_frequency(account: &EnvironmentAccount, window: Window, zone: Tz) -> Frequency {
    let entries = entries(account, window);
    let count = deployments(&entries).count();
    match exposure(account, window) {
        Ok(exposed) => {
            let days = exposed.window.days();
            let deploy_days = deployments(&entries)
                .map(|deployment| local_day(deployment.time, zone))
                .collect();
            Frequency {
                per_day: Measured::Known {
                    value: count as f64 / days,
                    sample_size: count,
                    interval: poisson_rate_interval(count as u64, days),
                },
                count,
                days,
                exposure: Some(exposed),
                deploy_days_per_week: deploy_days_per_week(&deploy_days, exposed.window, zone),
            }
        }
        Err(reason) => Frequency {
            per_day: Measured::unknown(reason),
            count,
            days: window.days(),
            exposure: None,
            deploy_days_per_week: None,
        },
    }
}

/// Weeks without a deployment count with 0 days.
fn deploy_days_per_week(
    deploy_days: &BTreeSet<NaiveDate>,
    exposed: Window,
    zone: Tz,
) -> Option<f64> {
    let is_whole = |week: &Window| exposed.start <= week.start && week.end <= exposed.end;
    let per_week = iso_weeks(exposed, zone)
        .into_iter()
        .filter(|(_, week)| is_whole(week))
        .map(|(_, week)| {
            let monday = local_day(week.start, zone);
            let next = monday.checked_add_days(Days::new(7)).unwrap_or(monday);
            deploy_days.range(monday..next).count() as f64
        });
    median(&sorted(per_week))
}

/// Deployments of the window on each calendar day it touches, days without one included.
pub fn deployments_per_day(
    account: &EnvironmentAccount,
    window: Window,
    zone: Tz,
) -> Vec<(NaiveDate, usize)> {
    let days = days(window, zone);
    let mut counts: Vec<(NaiveDate, usize)> = days.iter().map(|(date, _)| (*date, 0)).collect();
    for deployment in deployments(&entries(account, window)) {
        let day = days.partition_point(|(_, day)| day.end <= deployment.time);
        if let Some((_, count)) = counts.get_mut(day) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use chrono_tz::America;

    use super::*;
    use crate::metrics::ExposureStart;
    use crate::metrics::story::{Story, window};

    #[test]
    fn redeployments_and_attempts_are_not_counted() {
        let account = Story::since("2026-01-01 00:00")
            .deploys("2026-01-01 00:00", &[])
            .deploys("2026-03-02 09:00", &[])
            .redeploys("2026-03-02 10:00")
            .attempts("2026-03-02 11:00")
            .account();
        let week = window("2026-03-02 00:00", "2026-03-09 00:00");
        let frequency = deployment_frequency(&account, week, Tz::UTC);
        assert_eq!(frequency.per_day.value(), Some(&(1.0 / 7.0)));
        assert_eq!(frequency.count, 1);
    }

    #[test]
    fn nothing_deployed_in_a_covered_period_is_zero_per_day() {
        let account = Story::since("2026-01-01 00:00")
            .deploys("2026-01-01 00:00", &[])
            .account();
        let month = window("2026-03-01 00:00", "2026-03-31 00:00");
        let frequency = deployment_frequency(&account, month, Tz::UTC);
        assert_eq!(frequency.per_day.value(), Some(&0.0));
        let interval = frequency.per_day.interval().unwrap();
        assert_eq!(interval.low, 0.0);
        // -ln 0.025 / 30
        assert!((interval.high - 0.122_962_6).abs() < 1e-6, "{interval:?}");
        assert_eq!(frequency.deploy_days_per_week, Some(0.0));
    }

    #[test]
    fn without_a_record_there_is_no_frequency() {
        let account = Story::since("2026-01-01 00:00").account();
        let month = window("2026-03-01 00:00", "2026-03-31 00:00");
        let frequency = deployment_frequency(&account, month, Tz::UTC);
        assert_eq!(
            frequency.per_day.reason(),
            Some("no deployment is on record")
        );
        assert_eq!((frequency.count, frequency.days), (0, 30.0));
    }

    #[test]
    fn days_from_before_the_repository_do_not_thin_the_frequency() {
        let account = Story::since("2026-03-21 00:00")
            .deploys("2026-03-22 00:00", &[])
            .deploys("2026-03-23 00:00", &[])
            .account();
        let month = window("2026-03-01 00:00", "2026-03-31 00:00");
        let frequency = deployment_frequency(&account, month, Tz::UTC);
        assert_eq!(frequency.per_day.value(), Some(&0.2));
        let start = frequency.exposure.map(|exposed| exposed.start);
        assert_eq!(start, Some(ExposureStart::EarliestCommit));
    }

    #[test]
    fn deploy_days_are_counted_per_whole_week_quiet_weeks_included() {
        // Monday 2 March: week 10 has 2 days with three deployments, week 11 none, week 12 one day,
        // week 13 is cut.
        let account = Story::since("2026-01-01 00:00")
            .deploys("2026-02-01 00:00", &[])
            .deploys("2026-03-03 09:00", &[])
            .deploys("2026-03-03 10:00", &[])
            .deploys("2026-03-08 23:59", &[])
            .deploys("2026-03-16 00:00", &[])
            .deploys("2026-03-23 09:00", &[])
            .account();
        let days = |start, end| {
            deployment_frequency(&account, window(start, end), Tz::UTC).deploy_days_per_week
        };
        assert_eq!(days("2026-03-01 00:00", "2026-03-24 00:00"), Some(1.0));
        assert_eq!(days("2026-03-02 00:00", "2026-03-16 00:00"), Some(1.0));
        assert_eq!(days("2026-03-02 00:00", "2026-03-09 00:00"), Some(2.0));
        assert_eq!(days("2026-03-02 01:00", "2026-03-09 00:00"), None);
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let account = Story::since("2026-01-01 00:00")
            .deploys("2026-03-03 03:00", &[])
            .deploys("2026-03-03 12:00", &[])
            .account();
        let two_days = window("2026-03-02 12:00", "2026-03-04 00:00");
        let count = |zone| -> Vec<(String, usize)> {
            deployments_per_day(&account, two_days, zone)
                .into_iter()
                .map(|(date, count)| (date.to_string(), count))
                .collect()
        };
        let day = |date: &str, count| (date.to_owned(), count);
        assert_eq!(count(Tz::UTC), [day("2026-03-02", 0), day("2026-03-03", 2)]);
        assert_eq!(
            count(America::New_York),
            [day("2026-03-02", 1), day("2026-03-03", 1)]
        );
    }
}
