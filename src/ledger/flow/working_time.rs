//! Working time: how much of a span lies inside the hours of a calendar, in a zone whose clocks may
//! change. Days are laid out once; every span is then two look-ups. Used for the second column of
//! durations, never instead of elapsed time (spec 6.3).

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::model::Window;
use crate::model::calendar::{days, first_instant_at};
use crate::model::flow_settings::BusinessCalendar;

/// So far back from its end working time is laid out; before that nobody is taken to have worked.
const MOST_YEARS: i64 = 100;

/// The working hours of a span of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkingTime {
    /// Working hours day by day, in order of time and without overlap, with all seconds before each.
    shifts: Vec<Shift>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shift {
    hours: Window,
    before: TimeDelta,
}

impl WorkingTime {
    /// The working hours of a calendar in a zone, inside a window of at most 100 years before its end.
    pub fn new(calendar: &BusinessCalendar, zone: Tz, window: Window) -> Self {
        let earliest = TimeDelta::try_days(MOST_YEARS * 366)
            .and_then(|span| window.end.checked_sub_signed(span))
            .unwrap_or(window.start);
        let window = Window::new(window.start.max(earliest), window.end);
        let mut shifts = Vec::new();
        let mut before = TimeDelta::zero();
        for (day, _) in days(window, zone) {
            if !calendar.weekdays.contains(&day.weekday()) || calendar.holidays.contains(&day) {
                continue;
            }
            let hours = Window::new(
                first_instant_at(day.and_time(calendar.from), zone),
                first_instant_at(day.and_time(calendar.to), zone),
            );
            shifts.push(Shift { hours, before });
            before += hours.length();
        }
        Self { shifts }
    }

    /// Working time in a span.
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        (self.until(to) - self.until(from)).max(TimeDelta::zero())
    }

    /// Working time in a window.
    pub fn within(&self, window: Window) -> TimeDelta {
        self.between(window.start, window.end)
    }

    /// Working time from the beginning of what is laid out until an instant.
    fn until(&self, at: DateTime<Utc>) -> TimeDelta {
        let next = self.shifts.partition_point(|shift| shift.hours.start < at);
        let last = next.checked_sub(1).and_then(|last| self.shifts.get(last));
        last.map_or(TimeDelta::zero(), |shift| {
            let worked = at.min(shift.hours.end) - shift.hours.start;
            shift.before + worked
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveTime, Weekday};
    use chrono_tz::{America, Europe};

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn hours(zone: Tz, calendar: &BusinessCalendar, from: &str, to: &str) -> f64 {
        let window = Window::new(at("2026-01-01T00:00:00Z"), at("2026-12-31T00:00:00Z"));
        let time = WorkingTime::new(calendar, zone, window);
        time.between(at(from), at(to)).as_seconds_f64() / 3600.0
    }

    #[test]
    fn a_week_has_five_days_of_eight_hours() {
        let calendar = BusinessCalendar::default();
        let week = |from, to| hours(Tz::UTC, &calendar, from, to);
        assert_eq!(week("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z"), 40.0);
        // From Friday afternoon to Monday morning.
        assert_eq!(week("2026-03-06T16:00:00Z", "2026-03-09T10:30:00Z"), 2.5);
        // Over a weekend, and backwards.
        assert_eq!(week("2026-03-07T00:00:00Z", "2026-03-08T23:00:00Z"), 0.0);
        assert_eq!(week("2026-03-09T00:00:00Z", "2026-03-02T00:00:00Z"), 0.0);
    }

    #[test]
    fn holidays_and_days_of_the_week_are_those_of_the_calendar() {
        let calendar = BusinessCalendar {
            weekdays: vec![Weekday::Sun, Weekday::Mon],
            holidays: vec!["2026-03-02".parse().unwrap()],
            ..BusinessCalendar::default()
        };
        let worked = hours(
            Tz::UTC,
            &calendar,
            "2026-03-01T00:00:00Z",
            "2026-03-10T00:00:00Z",
        );
        // Sundays 1 and 8, Monday 9; Monday 2 is a holiday.
        assert_eq!(worked, 24.0);
    }

    #[test]
    fn hours_are_those_of_the_zone_on_either_side_of_a_change_of_clocks() {
        // Berlin: 09:00 is 08:00 UTC on Friday 27 March 2026 and 07:00 UTC on Monday 30.
        let calendar = BusinessCalendar::default();
        let berlin = |from, to| hours(Europe::Berlin, &calendar, from, to);
        assert_eq!(berlin("2026-03-27T15:00:00Z", "2026-03-30T08:00:00Z"), 2.0);
        // A shift over the hour that New York skips on Sunday 8 March is an hour shorter.
        let night = BusinessCalendar {
            weekdays: vec![Weekday::Sun],
            from: NaiveTime::from_hms_opt(1, 0, 0).unwrap(),
            to: NaiveTime::from_hms_opt(5, 0, 0).unwrap(),
            holidays: Vec::new(),
        };
        let new_york = |from, to| hours(America::New_York, &night, from, to);
        assert_eq!(
            new_york("2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z"),
            3.0
        );
        assert_eq!(
            new_york("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"),
            5.0
        );
    }

    #[test]
    fn a_span_of_all_time_is_laid_out_within_bounds() {
        let window = Window::new(DateTime::<Utc>::MIN_UTC, at("2026-03-09T00:00:00Z"));
        let time = WorkingTime::new(&BusinessCalendar::default(), Tz::UTC, window);
        assert!(time.shifts.len() < 27_000);
        let week = time.between(at("2026-03-02T00:00:00Z"), at("2026-03-09T00:00:00Z"));
        assert_eq!(week, TimeDelta::hours(40));
        assert_eq!(
            WorkingTime::default().between(week_start(), at("2026-03-09T00:00:00Z")),
            TimeDelta::zero()
        );
    }

    fn week_start() -> DateTime<Utc> {
        at("2026-03-02T00:00:00Z")
    }
}
