//! The weekly series: whole ISO weeks of a zone (spec 2.11), each measured as a window of its own.

use chrono_tz::Tz;

use super::{change_failure_rate, deployments, exposure, lead_time, time_to_restore};
use crate::ledger::EnvironmentAccount;
use crate::model::Window;
use crate::model::calendar::iso_weeks;

/// One ISO week.
#[derive(Debug, Clone, PartialEq)]
pub struct Week {
    /// `2026-W10`.
    pub label: String,
    /// The whole week.
    pub window: Window,
    /// False when part of it lies after the `as of` instant or before the exposure of the series.
    pub complete: bool,
    /// Deployments.
    pub deployments: usize,
    /// Median lead time in minutes.
    pub lead_time_minutes: Option<f64>,
    /// Change failure rate, 0 to 1.
    pub change_failure_rate: Option<f64>,
    /// Median time to restore in minutes.
    pub restore_minutes: Option<f64>,
}

/// The whole ISO weeks that overlap a window, oldest first. Nothing at or after the `as of` instant
/// is counted. Entries and outages are dealt out to the weeks in one pass.
pub fn weeks(account: &EnvironmentAccount, window: Window, zone: Tz) -> Vec<Week> {
    let weeks = iso_weeks(window, zone);
    let span = weeks.first().zip(weeks.last());
    let exposed = span
        .map(|((_, first), (_, last))| Window::new(first.start, last.end))
        .and_then(|span| exposure(account, span).ok());
    let is_complete = |week: &Window| {
        exposed.is_some_and(|exposed| {
            exposed.window.start <= week.start && week.end <= exposed.window.end
        })
    };
    let week_of = |instant| {
        let index = weeks.partition_point(|(_, week)| week.end <= instant);
        let is_inside = |(_, week): &(String, Window)| week.contains(instant);
        (instant < account.as_of && weeks.get(index).is_some_and(is_inside)).then_some(index)
    };
    let mut entries = vec![Vec::new(); weeks.len()];
    for entry in &account.deployments {
        if let Some(of_week) = week_of(entry.time).and_then(|index| entries.get_mut(index)) {
            of_week.push(entry);
        }
    }
    let mut outages = vec![Vec::new(); weeks.len()];
    for outage in &account.outages {
        let week = outage.end.and_then(week_of);
        if let Some(of_week) = week.and_then(|index| outages.get_mut(index)) {
            of_week.push(outage);
        }
    }
    weeks
        .iter()
        .zip(entries.iter().zip(outages))
        .map(|((label, week), (entries, outages))| Week {
            label: label.clone(),
            window: *week,
            complete: is_complete(week),
            deployments: deployments(entries).count(),
            lead_time_minutes: lead_time::of(entries).median_minutes.value().copied(),
            change_failure_rate: change_failure_rate::of(entries).ratio.value().copied(),
            restore_minutes: time_to_restore::of(outages.into_iter())
                .median_minutes
                .value()
                .copied(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono_tz::America;

    use super::*;
    use crate::ledger::FailureRule;
    use crate::metrics::story::{Story, window};

    fn story() -> Story {
        // Monday is 2 March.
        Story::since("2026-02-20 00:00")
            .reported_at("2026-03-18 12:00")
            .deploys("2026-02-25 10:00", &[5])
            .deploys("2026-03-03 10:00", &[10, 30])
            .failed(FailureRule::Hotfix)
            .deploys("2026-03-09 02:00", &[40])
            .repairing()
            .deploys("2026-03-17 10:00", &[70])
            .outage("2026-03-03 10:00", Some("2026-03-09 02:00"))
    }

    #[test]
    fn weeks_are_whole_even_where_the_window_is_not() {
        let account = story().account();
        let weeks = weeks(
            &account,
            window("2026-03-04 00:00", "2026-03-18 12:00"),
            Tz::UTC,
        );
        let row = |week: &Week| (week.label.clone(), week.deployments, week.complete);
        let rows: Vec<_> = weeks.iter().map(row).collect();
        assert_eq!(
            rows,
            [
                ("2026-W10".to_owned(), 1, true),
                ("2026-W11".to_owned(), 1, true),
                ("2026-W12".to_owned(), 1, false),
            ]
        );
        let numbers = |week: &Week| {
            (
                week.lead_time_minutes,
                week.change_failure_rate,
                week.restore_minutes,
            )
        };
        assert_eq!(numbers(&weeks[0]), (Some(20.0), Some(1.0), None));
        // Five days and 16 hours.
        assert_eq!(numbers(&weeks[1]), (Some(40.0), Some(0.0), Some(8160.0)));
    }

    #[test]
    fn weeks_from_before_the_first_commit_or_the_record_are_incomplete() {
        let complete = |story: Story| -> Vec<bool> {
            let march = window("2026-02-10 00:00", "2026-03-03 00:00");
            let weeks = weeks(&story.account(), march, Tz::UTC);
            weeks.iter().map(|week| week.complete).collect()
        };
        // Friday of the second week, the first commit: there was nothing to deploy before.
        assert_eq!(complete(story()), [false, false, true, true]);
        // An old repository with a record from Wednesday of the third week.
        let old = Story::since("2020-01-01 00:00").deploys("2026-02-25 10:00", &[]);
        assert_eq!(complete(old), [false, false, false, true]);
        let none = Story::since("2020-01-01 00:00");
        assert_eq!(complete(none), [false; 4]);
    }

    #[test]
    fn weeks_are_those_of_the_zone() {
        // 02:00 UTC on Monday 9 March is Sunday evening in New York.
        let account = story().account();
        let march = window("2026-03-04 00:00", "2026-03-12 00:00");
        let weeks = weeks(&account, march, America::New_York);
        assert_eq!((weeks[0].deployments, weeks[1].deployments), (2, 0));
        assert_eq!(weeks[0].restore_minutes, Some(8160.0));
        assert!(weeks[0].complete);
    }

    #[test]
    fn nothing_after_the_as_of_instant_is_counted() {
        let account = story().reported_at("2026-03-17 10:00").account();
        let weeks = weeks(
            &account,
            window("2026-03-16 00:00", "2026-03-18 12:00"),
            Tz::UTC,
        );
        assert_eq!(weeks.len(), 1);
        assert_eq!(weeks[0].deployments, 0);
    }
}
