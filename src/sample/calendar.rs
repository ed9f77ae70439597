//! The working days that a sample project happens on, counted back from its end, and working time.
//! What happens on them is told in `story`.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};

/// People work from here …
const OPENS: u32 = 8 * 60;
/// … to here, in minutes after midnight UTC.
const CLOSES: u32 = 18 * 60;

/// Working days in each of the two periods. Every span of 30 × 24 hours has at least these: it holds
/// 29 whole days, of which 28 are four weeks.
pub(super) const DAYS: usize = 20;

/// Days before the first period, on which the shop goes live.
pub(super) const LAUNCH_DAYS: usize = 2;

/// Working days of a sample project, oldest first. All of them are over, and each lies as a whole in
/// its period.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Calendar {
    /// The last ones before both periods.
    pub(super) launch: [NaiveDate; LAUNCH_DAYS],
    /// The last ones of the period from 60 to 30 days ago.
    pub(super) earlier: [NaiveDate; DAYS],
    /// The last ones of the 30 days that end now.
    pub(super) recent: [NaiveDate; DAYS],
}

impl Calendar {
    /// The days before this instant; `None` outside the years 1971 to 9999, which git and RFC 3339
    /// can write.
    pub(super) fn before(now: DateTime<Utc>) -> Option<Self> {
        if !(1971..=9999).contains(&now.year()) {
            return None;
        }
        let month = TimeDelta::days(30);
        Some(Self {
            launch: last_whole_days(now - month - month)?,
            earlier: last_whole_days(now - month)?,
            recent: last_whole_days(now)?,
        })
    }

    /// When the day of the launch begins.
    pub(super) fn launched(&self) -> DateTime<Utc> {
        at(self.launch[0], OPENS)
    }

    /// When the last day is over.
    pub(super) fn closed(&self) -> DateTime<Utc> {
        at(self.recent[DAYS - 1], CLOSES)
    }
}

/// The instant so many minutes after midnight.
pub(super) fn at(day: NaiveDate, minute: u32) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(i64::from(minute))
}

/// The instant so many minutes of working time before another.
pub(super) fn earlier(instant: DateTime<Utc>, working_minutes: u32) -> DateTime<Utc> {
    let mut instant = instant;
    let mut left = TimeDelta::minutes(i64::from(working_minutes));
    loop {
        let day = instant.date_naive();
        let worked = instant - at(day, OPENS);
        if is_working_day(day) && left <= worked {
            return instant - left;
        }
        if is_working_day(day) && worked > TimeDelta::zero() {
            left -= worked;
        }
        instant = at(day, CLOSES) - TimeDelta::days(1);
    }
}

fn is_working_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The last `COUNT` working days that are over at `end`, oldest first.
fn last_whole_days<const COUNT: usize>(end: DateTime<Utc>) -> Option<[NaiveDate; COUNT]> {
    let mut days: Vec<NaiveDate> =
        std::iter::successors(Some(end.date_naive()), NaiveDate::pred_opt)
            .filter(|&day| is_working_day(day) && at(day, CLOSES) <= end)
            .take(COUNT)
            .collect();
    days.reverse();
    days.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn every_day_lies_as_a_whole_in_its_period_whenever_now_is() {
        let monday = instant("2026-03-02T00:00:00Z");
        for hour in 0..(5 * 7 * 24) {
            let now = monday + TimeDelta::hours(hour) + TimeDelta::minutes(59);
            let calendar = Calendar::before(now).unwrap();
            let month = TimeDelta::days(30);
            assert!(at(calendar.recent[0], OPENS) >= now - month, "{now}");
            assert!(calendar.closed() <= now, "{now}");
            assert!(
                at(calendar.earlier[0], OPENS) >= now - month - month,
                "{now}"
            );
            assert!(
                at(calendar.earlier[DAYS - 1], CLOSES) <= now - month,
                "{now}"
            );
            assert!(
                at(calendar.launch[1], CLOSES) <= now - month - month,
                "{now}"
            );
            assert!(calendar.recent.is_sorted_by(|a, b| a < b));
        }
    }

    #[test]
    fn a_day_counts_only_when_it_is_over() {
        // 2026-08-20 is a Thursday.
        let last = |now| {
            *Calendar::before(instant(now))
                .unwrap()
                .recent
                .last()
                .unwrap()
        };
        let day = |day| NaiveDate::from_ymd_opt(2026, 8, day).unwrap();
        assert_eq!(last("2026-08-20T17:59:59Z"), day(19));
        assert_eq!(last("2026-08-20T18:00:00Z"), day(20));
        assert_eq!(last("2026-08-23T12:00:00Z"), day(21));
    }

    #[test]
    fn working_time_leaves_out_nights_and_week_ends() {
        let thursday = instant("2026-08-20T10:00:00Z");
        assert_eq!(earlier(thursday, 0), thursday);
        assert_eq!(earlier(thursday, 120), instant("2026-08-20T08:00:00Z"));
        assert_eq!(earlier(thursday, 121), instant("2026-08-19T17:59:00Z"));
        // Two hours on Thursday, ten on Wednesday and Tuesday each, one on Monday.
        assert_eq!(earlier(thursday, 23 * 60), instant("2026-08-17T17:00:00Z"));
        let monday = instant("2026-08-17T08:30:00Z");
        assert_eq!(earlier(monday, 60), instant("2026-08-14T17:30:00Z"));
        let sunday = instant("2026-08-16T12:00:00Z");
        assert_eq!(earlier(sunday, 60), instant("2026-08-14T17:00:00Z"));
    }

    #[test]
    fn years_that_cannot_be_written_have_no_calendar() {
        assert_eq!(Calendar::before(DateTime::<Utc>::MIN_UTC), None);
        assert_eq!(Calendar::before(DateTime::<Utc>::MAX_UTC), None);
        assert_eq!(Calendar::before(instant("1970-12-31T23:59:59Z")), None);
        assert!(Calendar::before(instant("1971-01-01T00:00:00Z")).is_some());
        assert!(Calendar::before(instant("9999-12-31T23:59:59Z")).is_some());
    }
}
