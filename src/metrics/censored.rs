//! Medians that do not forget what has not ended (spec 2.5, 2.7): beside the plain median of a window
//! stands the product-limit one, in which what was still waiting or open at its end counts as "at least
//! so long". The plain ones are in `lead_time` and `time_to_restore`.
//!
//! What is observed is what was under way in the window: it ended in it, or had not ended at its end.
//! Nothing is corrected for having been under way before, so this is no estimate of a typical change of
//! all time; it says how far the plain median flatters.

use chrono::{DateTime, Utc};

use super::statistics::{censored_median, sorted};
use super::{deployments, entries, minutes};
use crate::ledger::{Deployment, EnvironmentAccount};
use crate::model::{Measured, Window};

/// A median over what ended and what did not.
#[derive(Debug, Clone, PartialEq)]
pub struct CensoredMedian {
    /// In minutes; unknown when nothing was under way, when more than half has not ended, or when it is
    /// not known what waits. The sample size counts both, and there is no interval.
    pub minutes: Measured<f64>,
    /// What ended in the window.
    pub events: usize,
    /// What had begun and not ended at its end.
    pub censored: usize,
    /// The longest that ended, in minutes: where more than half has not ended, the median is longer.
    pub longest: Option<f64>,
}

impl CensoredMedian {
    /// `too_many_run` says why there is none where most has not ended.
    fn of(ended: Vec<f64>, running: &[f64], too_many_run: &str) -> Self {
        let (events, censored) = (ended.len(), running.len());
        let minutes = match censored_median(&ended, running) {
            Some(value) => Measured::Known {
                value,
                sample_size: events + censored,
                interval: None,
            },
            None if censored == 0 => Measured::unknown("nothing was under way in the period"),
            None => Measured::unknown(too_many_run),
        };
        Self {
            minutes,
            events,
            censored,
            longest: sorted(ended).last().copied(),
        }
    }
}

/// The median lead time of the changes that a window's deployments brought and of those that waited at
/// its end, with their age then.
///
/// A change waited at the end of a window that is over when it was committed before and a later
/// deployment brought it, or none until the `as of` instant. `Err` where it is not known what waits now:
/// then nobody knows what waited then.
pub fn lead_time(account: &EnvironmentAccount, window: Window) -> CensoredMedian {
    let inside = entries(account, window);
    let ended = deployments(&inside).flat_map(Deployment::lead_times);
    let ended: Vec<f64> = ended.map(minutes).collect();
    let end = window.end.min(account.as_of);
    let waiting = match &account.waiting {
        Ok(waiting) => waiting,
        Err(reason) => {
            return CensoredMedian {
                minutes: Measured::unknown(format!("it is not known what waits: {reason}")),
                events: ended.len(),
                censored: 0,
                longest: sorted(ended).last().copied(),
            };
        }
    };
    let later = account.counted().filter(|entry| entry.time >= window.end);
    let brought_later = later.flat_map(|entry| {
        let changes = entry.changes.iter();
        changes.filter(|change| change.lead_time.is_some())
    });
    let begun = brought_later
        .map(|change| change.committed)
        .chain(waiting.changes.iter().map(|change| change.committed));
    let running = ages(begun, end);
    let too_many = "more than half of the changes still waited at the end of the period";
    CensoredMedian::of(ended, &running, too_many)
}

/// The median length of the outages that ended in a window and of those that were open at its end, with
/// their age then.
pub fn time_to_restore(account: &EnvironmentAccount, window: Window) -> CensoredMedian {
    let outages = || account.outages.iter();
    let ended: Vec<f64> = outages()
        .filter(|outage| outage.ended_in(window))
        .filter_map(|outage| Some(minutes(outage.end? - outage.start).max(0.0)))
        .collect();
    let open = outages().filter(|outage| outage.is_open_at_end_of(window));
    let running = ages(
        open.map(|outage| outage.start),
        window.end.min(account.as_of),
    );
    let too_many = "more than half of the outages were open at the end of the period";
    CensoredMedian::of(ended, &running, too_many)
}

/// The ages in minutes of what had begun before an instant.
fn ages(begun: impl Iterator<Item = DateTime<Utc>>, at: DateTime<Utc>) -> Vec<f64> {
    begun
        .filter(|begin| *begin < at)
        .map(|begin| minutes(at - begin))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::story::{Story, window};

    fn begin() -> Story {
        Story::since("2026-01-01 00:00").deploys("2026-02-01 00:00", &[1, 1, 1])
    }

    fn march() -> Window {
        window("2026-03-01 00:00", "2026-04-01 00:00")
    }

    #[test]
    fn the_worked_example_has_a_median_of_an_hour_when_the_waiting_change_counts() {
        // Spec 2.12: 10, 20, 30, 60, 60, 120 minutes, and c8 waits for 3 days and 1 hour. Of seven
        // 6/7, 5/7, 4/7 last longer than 10, 20, 30, and 2/7 longer than 60.
        let account = begin()
            .reported_at("2026-03-09 09:00")
            .deploys("2026-03-02 12:00", &[120, 30])
            .deploys("2026-03-03 09:10", &[10, 20, 60, 60])
            .waits(&["2026-03-06 08:00"])
            .account();
        let week = window("2026-03-02 09:00", "2026-03-09 09:00");
        let median = lead_time(&account, week);
        assert_eq!(median.minutes.value(), Some(&60.0));
        assert_eq!((median.events, median.censored), (6, 1));
        assert_eq!(median.longest, Some(120.0));
    }

    #[test]
    fn what_was_deployed_after_the_period_waited_at_its_end() {
        // Committed 31 March 23:00, 26 March, and 2 April: the last one did not exist yet.
        let account = begin()
            .deploys("2026-03-10 00:00", &[60])
            .deploys("2026-04-05 00:00", &[4 * 1440 + 60, 10 * 1440, 3 * 1440])
            .waits(&["2026-03-31 00:00", "2026-04-02 00:00"])
            .account();
        let median = lead_time(&account, march());
        assert_eq!((median.events, median.censored), (1, 3));
        let reason = "more than half of the changes still waited at the end of the period";
        assert_eq!(median.minutes.reason(), Some(reason));
        assert_eq!(median.longest, Some(60.0));
    }

    #[test]
    fn a_change_deployed_at_the_very_end_of_a_period_waited_then() {
        let account = begin().deploys("2026-04-01 00:00", &[60]).account();
        let median = lead_time(&account, march());
        assert_eq!((median.events, median.censored), (0, 1));
    }

    #[test]
    fn changes_without_a_lead_time_are_on_neither_side() {
        let account = begin()
            .deploys("2026-03-10 00:00", &[0, 30])
            .deploys("2026-04-05 00:00", &[0])
            .account();
        let median = lead_time(&account, march());
        assert_eq!((median.events, median.censored), (1, 0));
        assert_eq!(median.minutes.value(), Some(&30.0));
    }

    #[test]
    fn where_nobody_knows_what_waits_there_is_no_such_median() {
        let account = begin()
            .deploys("2026-03-10 00:00", &[30])
            .waits_unknown("the latest version does not resolve to a commit")
            .account();
        let median = lead_time(&account, march());
        assert_eq!(
            median.minutes.reason(),
            Some("it is not known what waits: the latest version does not resolve to a commit")
        );
        assert_eq!((median.events, median.longest), (1, Some(30.0)));
    }

    #[test]
    fn nothing_under_way_is_nothing_to_measure() {
        let reason = Some("nothing was under way in the period");
        let account = begin().account();
        assert_eq!(lead_time(&account, march()).minutes.reason(), reason);
        assert_eq!(time_to_restore(&account, march()).minutes.reason(), reason);
    }

    #[test]
    fn open_outages_count_as_at_least_their_age() {
        // 30, 60, 90 ended; one open for 45 minutes at the end of March, though it ended in April. Four
        // at risk: 3/4 after 30, then one goes out of sight, 3/8 after 60.
        let account = begin()
            .outage("2026-03-02 09:00", Some("2026-03-02 09:30"))
            .outage("2026-03-03 09:00", Some("2026-03-03 10:00"))
            .outage("2026-03-04 09:00", Some("2026-03-04 10:30"))
            .outage("2026-03-31 23:15", Some("2026-04-07 00:00"))
            .outage("2026-04-02 09:00", None)
            .account();
        let median = time_to_restore(&account, march());
        assert_eq!(median.minutes.value(), Some(&60.0));
        assert_eq!((median.events, median.censored), (3, 1));
        // In April one of 6 d 0 h 45 min ended, one is open: half of two, and nothing later bounds it.
        let april = window("2026-04-01 00:00", "2026-05-01 00:00");
        let median = time_to_restore(&account, april);
        assert_eq!((median.events, median.censored), (1, 1));
        assert_eq!(median.minutes.value(), Some(&(6.0 * 1440.0 + 45.0)));
    }

    #[test]
    fn ages_end_at_the_as_of_instant() {
        let account = begin()
            .reported_at("2026-03-10 00:00")
            .outage("2026-03-09 00:00", None)
            .outage("2026-03-02 00:00", Some("2026-03-04 00:00"))
            .account();
        // Open for one day, not for 22: one day is shorter than the two that ended.
        let median = time_to_restore(&account, march());
        assert_eq!(median.minutes.value(), Some(&2880.0));
    }
}
