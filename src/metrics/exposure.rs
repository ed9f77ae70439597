//! Which part of a window the record can speak of (spec 2.4): nothing could be deployed before the
//! repository's first commit, and nothing is known from before the record. Frequency divides by it,
//! trends ask it whether two periods can be compared, weeks whether they are complete.

use crate::ledger::EnvironmentAccount;
use crate::model::Window;

/// Where the days of a window begin to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExposureStart {
    /// At its start.
    PeriodStart,
    /// At the repository's earliest commit.
    EarliestCommit,
    /// At the first deployment on record.
    RecordStart,
}

/// The part of a window in which a deployment would be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exposure {
    /// That part; never empty.
    pub window: Window,
    /// Why it starts where it does.
    pub start: ExposureStart,
}

/// The part of `window` that the record covers, or in words why there is none.
///
/// It begins with the repository's earliest commit when that is inside the window; else with the
/// record when that begins inside; else with the window. A record that is older than the earliest
/// commit (a clone cut short, a clock gone wrong) is believed. It ends at the `as of` instant at the
/// latest.
pub fn exposure(account: &EnvironmentAccount, window: Window) -> Result<Exposure, &'static str> {
    let end = window.end.min(account.as_of);
    if window.start >= end {
        return Err("the period is empty");
    }
    let record = account.record_start.ok_or("no deployment is on record")?;
    if record >= end {
        return Err("the record begins after the period");
    }
    let (from, start) = match account.earliest_commit {
        _ if record <= window.start => (window.start, ExposureStart::PeriodStart),
        Some(commit) if commit == window.start => (window.start, ExposureStart::PeriodStart),
        Some(commit) if window.start < commit && commit <= record => {
            (commit, ExposureStart::EarliestCommit)
        }
        _ => (record, ExposureStart::RecordStart),
    };
    Ok(Exposure {
        window: Window::new(from, end),
        start,
    })
}

/// Whether the record covers at least half of the window (spec 2.10).
pub fn covers_half(account: &EnvironmentAccount, window: Window) -> bool {
    exposure(account, window).is_ok_and(|exposed| exposed.window.days() * 2.0 >= window.days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::story::{Story, at, window};

    fn start_of(story: Story) -> Result<(ExposureStart, f64), &'static str> {
        let ten_days = window("2026-03-01 00:00", "2026-03-11 00:00");
        exposure(&story.account(), ten_days).map(|exposed| (exposed.start, exposed.window.days()))
    }

    #[test]
    fn a_record_from_before_covers_the_whole_period() {
        let story = Story::since("2026-01-01 00:00").deploys("2026-02-01 00:00", &[]);
        assert_eq!(start_of(story), Ok((ExposureStart::PeriodStart, 10.0)));
    }

    #[test]
    fn days_run_from_the_earliest_commit_inside_the_period() {
        let story = Story::since("2026-03-05 00:00").deploys("2026-03-07 00:00", &[]);
        assert_eq!(start_of(story), Ok((ExposureStart::EarliestCommit, 6.0)));
    }

    #[test]
    fn days_run_from_the_record_that_begins_inside_the_period() {
        let story = Story::since("2026-01-01 00:00").deploys("2026-03-07 00:00", &[]);
        assert_eq!(start_of(story), Ok((ExposureStart::RecordStart, 4.0)));
    }

    #[test]
    fn a_record_older_than_the_earliest_commit_is_believed() {
        let story = Story::since("2026-03-05 00:00").deploys("2026-02-01 00:00", &[]);
        assert_eq!(start_of(story), Ok((ExposureStart::PeriodStart, 10.0)));
        let story = Story::since("2026-03-05 00:00").deploys("2026-03-03 00:00", &[]);
        assert_eq!(start_of(story), Ok((ExposureStart::RecordStart, 8.0)));
    }

    #[test]
    fn without_a_record_in_time_there_is_no_exposure() {
        let story = Story::since("2026-01-01 00:00");
        assert_eq!(start_of(story), Err("no deployment is on record"));
        let late = Story::since("2026-01-01 00:00").deploys("2026-03-11 00:00", &[]);
        assert_eq!(start_of(late), Err("the record begins after the period"));
    }

    #[test]
    fn nothing_is_exposed_after_the_as_of_instant() {
        let story = |as_of| {
            Story::since("2026-01-01 00:00")
                .reported_at(as_of)
                .deploys("2026-02-01 00:00", &[])
        };
        let cut = start_of(story("2026-03-04 00:00"));
        assert_eq!(cut, Ok((ExposureStart::PeriodStart, 3.0)));
        assert_eq!(
            start_of(story("2026-03-01 00:00")),
            Err("the period is empty")
        );
    }

    #[test]
    fn half_a_period_is_enough_to_compare() {
        let account = Story::since("2026-01-01 00:00")
            .deploys("2026-03-06 00:00", &[])
            .account();
        let until = |end| Window::new(at("2026-03-01 00:00"), at(end));
        assert!(covers_half(&account, until("2026-03-11 00:00")));
        assert!(!covers_half(&account, until("2026-03-10 23:59")));
    }
}
