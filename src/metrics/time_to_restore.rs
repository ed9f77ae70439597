//! Time to restore service (spec 2.7): the median length of the outages that ended in a window. What
//! an outage is, is the ledger's word.

use super::statistics::sorted;
use super::{measured_median, minutes};
use crate::ledger::{EnvironmentAccount, Outage};
use crate::model::{Measured, Window};

/// How long it took to restore service.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeToRestore {
    /// Median of ended outages in minutes, with the order-statistic interval from 6 outages on. The
    /// sample size is their number.
    pub median_minutes: Measured<f64>,
    /// The fastest in minutes.
    pub fastest: Option<f64>,
    /// The slowest in minutes.
    pub slowest: Option<f64>,
    /// Outages that ended in the window.
    pub count: usize,
    /// Outages that had begun and not ended at the end of the window.
    pub open: usize,
    /// All lengths in minutes, ascending.
    pub samples: Vec<f64>,
}

/// Time to restore of a window, by the end of the outage.
pub fn time_to_restore(account: &EnvironmentAccount, window: Window) -> TimeToRestore {
    of(account
        .outages
        .iter()
        .filter(|outage| outage.ended_in(window)))
    .with_open(open_at_end_of(account, window))
}

/// The same of outages that ended, with none open.
pub(super) fn of<'a>(ended: impl Iterator<Item = &'a Outage>) -> TimeToRestore {
    let lengths = ended.filter_map(|outage| outage.end.map(|end| end - outage.start));
    let samples = sorted(lengths.map(|length| minutes(length).max(0.0)));
    let median_minutes = measured_median(&samples, || "no outage ended in the period".to_owned());
    TimeToRestore {
        median_minutes,
        fastest: samples.first().copied(),
        slowest: samples.last().copied(),
        count: samples.len(),
        open: 0,
        samples,
    }
}

impl TimeToRestore {
    fn with_open(mut self, open: usize) -> Self {
        self.open = open;
        self
    }
}

fn open_at_end_of(account: &EnvironmentAccount, window: Window) -> usize {
    let outages = account.outages.iter();
    outages
        .filter(|outage| outage.is_open_at_end_of(window))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::story::{Story, window};

    fn measured(story: Story) -> TimeToRestore {
        let march = window("2026-03-01 00:00", "2026-04-01 00:00");
        time_to_restore(&story.account(), march)
    }

    fn begin() -> Story {
        Story::since("2026-01-01 00:00")
    }

    #[test]
    fn outages_belong_to_the_period_they_ended_in() {
        let story = begin()
            .outage("2026-02-28 23:00", Some("2026-03-01 00:00"))
            .outage("2026-03-02 09:00", Some("2026-03-02 09:30"))
            .outage("2026-03-31 23:00", Some("2026-04-01 00:00"));
        let restore = measured(story);
        assert_eq!(restore.samples, [30.0, 60.0]);
        assert_eq!(restore.median_minutes.value(), Some(&45.0));
        assert_eq!((restore.fastest, restore.slowest), (Some(30.0), Some(60.0)));
        // The last one was open when the period ended.
        assert_eq!((restore.count, restore.open), (2, 1));
    }

    #[test]
    fn an_open_outage_is_counted_and_has_no_length() {
        let story = begin()
            .outage("2026-02-01 00:00", None)
            .outage("2026-03-15 00:00", None)
            .outage("2026-04-01 00:00", None);
        let restore = measured(story);
        assert_eq!(restore.open, 2);
        let reason = restore.median_minutes.reason();
        assert_eq!(reason, Some("no outage ended in the period"));
    }

    #[test]
    fn six_outages_have_an_interval() {
        let mut story = begin();
        for minute in 1..=6 {
            let end = format!("2026-03-02 09:0{minute}");
            story = story.outage("2026-03-02 09:00", Some(&end));
        }
        let interval = measured(story).median_minutes.interval().unwrap();
        assert_eq!((interval.low, interval.high), (1.0, 6.0));
    }
}
