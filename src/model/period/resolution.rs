//! From a period as it was asked for to its window at an instant, and the window it is compared
//! with. Ranges are in `range`, how all of it is written in `grammar`.

use chrono::{DateTime, Months, TimeDelta, Utc};
use chrono_tz::Tz;

use super::range::range;
use super::{BackUnit, FIRST_INSTANT, Period, PeriodError, PeriodSpec, rfc3339};
use crate::model::Window;
use crate::model::calendar::{CalendarSpan, first_instant_at, local_day};

impl PeriodSpec {
    /// The period at `as_of`, the only clock (spec 2.11), in the zone of the settings. `earliest` is
    /// the beginning of the record, where `..B` starts; without one that period is empty.
    ///
    /// Fails when the period begins at or after `as_of`, when a range ends before it begins, or when
    /// it reaches back beyond the year 1.
    pub fn resolve(
        &self,
        as_of: DateTime<Utc>,
        zone: Tz,
        earliest: Option<DateTime<Utc>>,
    ) -> Result<Period, PeriodError> {
        match *self {
            Self::Back(count, unit) => back(count, unit, as_of, zone),
            Self::Calendar(span) => calendar(span, as_of, zone),
            Self::Current(unit) => {
                let span = CalendarSpan::containing(local_day(as_of, zone), unit);
                calendar(span, as_of, zone)
            }
            Self::Last(unit) => {
                let span = CalendarSpan::containing(local_day(as_of, zone), unit);
                calendar(span.before(), as_of, zone)
            }
            Self::Range(from, to) => range(from, to, as_of, zone, earliest),
        }
    }
}

fn back(count: u32, unit: BackUnit, as_of: DateTime<Utc>, zone: Tz) -> Result<Period, PeriodError> {
    let (_, word) = unit.words();
    let label = counted(count.into(), word);
    let steps = |times: u32| steps_back(count.checked_mul(times)?, unit, as_of, zone);
    let start = steps(1).ok_or_else(|| {
        PeriodError::new(format!("{label} reach back beyond the year 1"))
            .hint("the whole record is `..`")
    })?;
    let previous = steps(2).unwrap_or(FIRST_INSTANT.min(start));
    let previous_label = match count {
        1 => format!("previous {word}"),
        _ => format!("previous {label}"),
    };
    Ok(Period {
        window: Window::new(start, as_of),
        previous: Window::new(previous, start),
        label,
        previous_label,
        complete: true,
    })
}

/// `None` when that is before the year 1. Months and years are steps of the local calendar; a day
/// that the target month does not have becomes its last.
fn steps_back(count: u32, unit: BackUnit, as_of: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
    let hours = |each: i64| {
        let span = TimeDelta::try_hours(i64::from(count).checked_mul(each)?)?;
        as_of.checked_sub_signed(span)
    };
    let months = |each: u32| {
        let local = as_of.with_timezone(&zone).naive_local();
        let target = local.checked_sub_months(Months::new(count.checked_mul(each)?))?;
        Some(first_instant_at(target, zone))
    };
    let start = match unit {
        BackUnit::Hours => hours(1),
        BackUnit::Days => hours(24),
        BackUnit::Weeks => hours(7 * 24),
        BackUnit::Months => months(1),
        BackUnit::Years => months(12),
    };
    start.filter(|start| *start >= FIRST_INSTANT)
}

fn calendar(span: CalendarSpan, as_of: DateTime<Utc>, zone: Tz) -> Result<Period, PeriodError> {
    let whole = span.window(zone);
    let before = span.before();
    not_in_the_future(whole.start, as_of)?;
    Ok(Period {
        window: Window::new(whole.start, whole.end.min(as_of)),
        previous: Window::new(before.window(zone).start, whole.start),
        label: span.label(),
        previous_label: before.label(),
        complete: whole.end <= as_of,
    })
}

pub(super) fn not_in_the_future(
    start: DateTime<Utc>,
    as_of: DateTime<Utc>,
) -> Result<(), PeriodError> {
    if start < as_of {
        return Ok(());
    }
    Err(PeriodError::new(format!(
        "the period begins at {}, and the report is as of {}: nothing has happened in it yet",
        rfc3339(start),
        rfc3339(as_of)
    )))
}

pub(super) fn counted(count: i64, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America, Europe};
    use proptest::prelude::*;

    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn window(start: &str, end: &str) -> Window {
        Window::new(instant(start), instant(end))
    }

    /// As of Thursday 20 August 2026, 15:30 UTC.
    fn resolve(text: &str, zone: Tz) -> Result<Period, PeriodError> {
        let spec: PeriodSpec = text.parse().unwrap();
        let earliest = Some(instant("2026-01-05T08:00:00Z"));
        spec.resolve(instant("2026-08-20T15:30:00Z"), zone, earliest)
    }

    fn utc(text: &str) -> Period {
        resolve(text, Tz::UTC).unwrap()
    }

    #[test]
    fn thirty_days_are_thirty_times_24_hours_back() {
        let period = PeriodSpec::default()
            .resolve(instant("2026-08-20T15:30:00Z"), Tz::UTC, None)
            .unwrap();
        let expected = Period {
            window: window("2026-07-21T15:30:00Z", "2026-08-20T15:30:00Z"),
            previous: window("2026-06-21T15:30:00Z", "2026-07-21T15:30:00Z"),
            label: "30 days".to_owned(),
            previous_label: "previous 30 days".to_owned(),
            complete: true,
        };
        assert_eq!(period, expected);
        assert_eq!(utc("30"), expected);
    }

    #[test]
    fn days_back_ignore_the_clocks_of_the_zone_and_months_follow_them() {
        // New York went to summer time on 2026-03-08 and Berlin on 2026-03-29.
        let as_of = instant("2026-04-10T12:00:00Z");
        let start = |text: &str, zone| {
            let spec: PeriodSpec = text.parse().unwrap();
            spec.resolve(as_of, zone, None).unwrap().window.start
        };
        assert_eq!(
            start("60", America::New_York),
            instant("2026-02-09T12:00:00Z")
        );
        assert_eq!(start("2mo", Tz::UTC), instant("2026-02-10T12:00:00Z"));
        assert_eq!(
            start("2mo", America::New_York),
            instant("2026-02-10T13:00:00Z")
        );
        assert_eq!(
            start("1mo", Europe::Berlin),
            instant("2026-03-10T13:00:00Z")
        );
        assert_eq!(
            start("12h", Europe::Berlin),
            instant("2026-04-10T00:00:00Z")
        );
        assert_eq!(start("2w", Europe::Berlin), instant("2026-03-27T12:00:00Z"));
    }

    #[test]
    fn a_month_back_from_the_31st_ends_on_the_last_day_there_is() {
        let spec: PeriodSpec = "1mo".parse().unwrap();
        let period = spec
            .resolve(instant("2026-03-31T12:00:00Z"), Tz::UTC, None)
            .unwrap();
        assert_eq!(period.window.start, instant("2026-02-28T12:00:00Z"));
        assert_eq!(period.previous.start, instant("2026-01-31T12:00:00Z"));
        assert_eq!(period.label, "1 month");
        assert_eq!(period.previous_label, "previous month");
    }

    #[test]
    fn calendar_periods_are_compared_with_the_one_before() {
        let table = [
            (
                "2026-07",
                "2026-07-01",
                "2026-08-01",
                "2026-06-01",
                "2026-06",
            ),
            (
                "2026-W33",
                "2026-08-10",
                "2026-08-17",
                "2026-08-03",
                "2026-W32",
            ),
            (
                "2026-Q2",
                "2026-04-01",
                "2026-07-01",
                "2026-01-01",
                "2026-Q1",
            ),
            (
                "2026-H1",
                "2026-01-01",
                "2026-07-01",
                "2025-07-01",
                "2025-H2",
            ),
            ("2025", "2025-01-01", "2026-01-01", "2024-01-01", "2024"),
            (
                "2026-08-15",
                "2026-08-15",
                "2026-08-16",
                "2026-08-14",
                "2026-08-14",
            ),
        ];
        let midnight = |date: &str| instant(&format!("{date}T00:00:00Z"));
        for (text, start, end, previous, previous_label) in table {
            let period = utc(text);
            assert_eq!(
                period.window,
                Window::new(midnight(start), midnight(end)),
                "{text}"
            );
            assert_eq!(
                period.previous,
                Window::new(midnight(previous), midnight(start))
            );
            assert_eq!((period.label.as_str(), period.complete), (text, true));
            assert_eq!(period.previous_label, previous_label);
        }
    }

    #[test]
    fn words_name_the_calendar_period_of_the_as_of_instant_and_the_one_before() {
        let table = [
            ("today", "2026-08-20", false),
            ("yesterday", "2026-08-19", true),
            ("this-week", "2026-W34", false),
            ("last-week", "2026-W33", true),
            ("this-month", "2026-08", false),
            ("last-month", "2026-07", true),
            ("this-quarter", "2026-Q3", false),
            ("last-quarter", "2026-Q2", true),
            ("this-half", "2026-H2", false),
            ("last-half", "2026-H1", true),
            ("this-year", "2026", false),
            ("last-year", "2025", true),
        ];
        for (text, label, complete) in table {
            let period = utc(text);
            assert_eq!(
                (period.label.as_str(), period.complete),
                (label, complete),
                "{text}"
            );
        }
    }

    #[test]
    fn an_incomplete_calendar_period_ends_now_and_is_compared_with_the_whole_one_before() {
        let period = utc("this-quarter");
        assert_eq!(
            period.window,
            window("2026-07-01T00:00:00Z", "2026-08-20T15:30:00Z")
        );
        assert_eq!(
            period.previous,
            window("2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z")
        );
        assert_eq!(period.previous_label, "2026-Q2");
        assert!(!period.complete);
    }

    #[test]
    fn today_is_the_day_of_the_zone() {
        let kiritimati = resolve("today", Tz::Pacific__Kiritimati).unwrap();
        assert_eq!(kiritimati.label, "2026-08-21");
        assert_eq!(kiritimati.window.start, instant("2026-08-20T10:00:00Z"));
    }

    #[test]
    fn calendar_periods_begin_and_end_with_the_clocks_of_the_zone() {
        let period = resolve("2026-03", America::New_York).unwrap();
        assert_eq!(
            period.window,
            window("2026-03-01T05:00:00Z", "2026-04-01T04:00:00Z")
        );
        assert_eq!(period.previous.start, instant("2026-02-01T05:00:00Z"));
    }

    #[test]
    fn a_period_in_the_future_is_refused() {
        for text in ["2026-09", "2027", "2026-08-21..", "2026-08-20T15:30:00Z.."] {
            let error = resolve(text, Tz::UTC).unwrap_err();
            assert!(
                error.message.starts_with("the period begins at 202"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_period_longer_than_the_calendar_is_refused() {
        for text in [
            "4294967295",
            "4294967295w",
            "4294967295mo",
            "4294967295y",
            "3000y",
        ] {
            assert!(resolve(text, Tz::UTC).is_err(), "{text}");
        }
        // It exists, the one before it only in part.
        let period = utc("1100y");
        assert_eq!(period.previous.start, instant("0001-01-01T00:00:00Z"));
    }

    proptest! {
        #[test]
        fn every_period_ends_by_now_and_meets_the_one_before(
            text in prop::sample::select(vec![
                "7", "2w", "12h", "3mo", "1y", "today", "yesterday", "this-week", "last-month",
                "this-quarter", "last-year", "1950-02..", "1950-W07", "..", "1950-01-05..1950-06",
            ]),
            as_of in 0_i64..4_000_000_000,
            zone in prop::sample::select(vec![
                Tz::UTC, America::New_York, Tz::Pacific__Apia, Tz::America__St_Johns,
            ]),
        ) {
            let as_of = DateTime::from_timestamp(as_of, 0).unwrap();
            let spec: PeriodSpec = text.parse().unwrap();
            if let Ok(period) = spec.resolve(as_of, zone, Some(DateTime::UNIX_EPOCH)) {
                prop_assert!(period.window.end <= as_of);
                prop_assert!(period.window.start < period.window.end || text == "..");
                prop_assert_eq!(period.previous.end, period.window.start);
            }
        }
    }
}
