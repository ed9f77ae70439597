//! Periods from one bound to another, either of which may be left open (spec 5.2), and what they are
//! compared with. All other periods are in `resolution`.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::resolution::{counted, not_in_the_future};
use super::{Bound, FIRST_INSTANT, Period, PeriodError, grammar, rfc3339};
use crate::model::Window;
use crate::model::calendar::{local_day, start_of_day};

pub(super) fn range(
    from: Option<Bound>,
    to: Option<Bound>,
    as_of: DateTime<Utc>,
    zone: Tz,
    earliest: Option<DateTime<Utc>>,
) -> Result<Period, PeriodError> {
    let whole_end = match to {
        None => as_of,
        Some(Bound::Span(span)) => span.window(zone).end,
        Some(Bound::Instant(instant)) => instant,
    };
    let end = whole_end.min(as_of);
    let start = match from {
        None => earliest.unwrap_or(end).min(end),
        Some(Bound::Span(span)) => span.window(zone).start,
        Some(Bound::Instant(instant)) => instant,
    };
    if from.is_some() {
        if to.is_some() && start >= whole_end {
            return Err(grammar::reversed());
        }
        not_in_the_future(start, as_of)?;
    }
    let window = Window::new(start, end);
    let previous = previous_of_range(from, to, window, as_of, zone);
    let previous_label = match from {
        None => "before the record".to_owned(),
        Some(_) => format!("previous {}", length_in_words(previous, zone)),
    };
    Ok(Period {
        window,
        previous,
        label: range_label(from, to),
        previous_label,
        complete: whole_end <= as_of,
    })
}

/// The span of equal length immediately before. Of a whole range of days that is the same number of
/// calendar days, which differs from the same number of hours only where clocks change.
fn previous_of_range(
    from: Option<Bound>,
    to: Option<Bound>,
    window: Window,
    as_of: DateTime<Utc>,
    zone: Tz,
) -> Window {
    if let (Some(Bound::Span(from)), Some(Bound::Span(to))) = (from, to)
        && to.window(zone).end <= as_of
    {
        let days = to.next_first_day() - from.first_day();
        if let Some(first) = from.first_day().checked_sub_signed(days) {
            return Window::new(start_of_day(first, zone), window.start);
        }
    }
    let start = window.start.checked_sub_signed(window.length());
    let start = start.unwrap_or(FIRST_INSTANT).max(FIRST_INSTANT);
    Window::new(start.min(window.start), window.start)
}

fn range_label(from: Option<Bound>, to: Option<Bound>) -> String {
    match (from, to) {
        (None, None) => "the whole record".to_owned(),
        (Some(from), None) => format!("since {}", first_of(from)),
        (None, Some(to)) => format!("until {}", last_of(to)),
        (Some(from), Some(to)) => {
            let (from, to) = (first_of(from), last_of(to));
            if from == to {
                return from;
            }
            format!("{from} to {to}")
        }
    }
}

fn first_of(bound: Bound) -> String {
    match bound {
        Bound::Span(span) => span.first_day().to_string(),
        Bound::Instant(instant) => rfc3339(instant),
    }
}

fn last_of(bound: Bound) -> String {
    match bound {
        Bound::Span(span) => {
            let next = span.next_first_day();
            next.pred_opt().unwrap_or(NaiveDate::MAX).to_string()
        }
        Bound::Instant(instant) => rfc3339(instant),
    }
}

/// Calendar days where both ends are midnights of the zone, else hours or a fraction of days.
fn length_in_words(window: Window, zone: Tz) -> String {
    let (first, last) = (local_day(window.start, zone), local_day(window.end, zone));
    if start_of_day(first, zone) == window.start && start_of_day(last, zone) == window.end {
        return counted((last - first).num_days(), "day");
    }
    let seconds = window.length().num_seconds();
    if seconds % 86_400 == 0 {
        return counted(seconds / 86_400, "day");
    }
    if seconds % 3_600 == 0 && seconds < 3 * 86_400 {
        return counted(seconds / 3_600, "hour");
    }
    format!("{:.1} days", window.days())
}

#[cfg(test)]
mod tests {
    use chrono_tz::America;

    use super::*;
    use crate::model::period::PeriodSpec;

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
    fn both_days_of_a_range_are_whole() {
        let period = utc("2026-07-01..2026-07-31");
        assert_eq!(
            period.window,
            window("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z")
        );
        assert_eq!(
            period.previous,
            window("2026-05-31T00:00:00Z", "2026-07-01T00:00:00Z")
        );
        assert_eq!(period.label, "2026-07-01 to 2026-07-31");
        assert_eq!(period.previous_label, "previous 31 days");
        assert_eq!(utc("2026-07-01..2026-07-01").label, "2026-07-01");
        assert_eq!(
            utc("2026-07-01..2026-07-01").previous_label,
            "previous 1 day"
        );
    }

    #[test]
    fn a_range_of_days_is_compared_with_as_many_days_even_where_clocks_change() {
        // 2026-03-08 has 23 hours in New York.
        let period = resolve("2026-03-08..2026-03-09", America::New_York).unwrap();
        assert_eq!(
            period.window,
            window("2026-03-08T05:00:00Z", "2026-03-10T04:00:00Z")
        );
        assert_eq!(
            period.previous,
            window("2026-03-06T05:00:00Z", "2026-03-08T05:00:00Z")
        );
        assert_eq!(period.previous_label, "previous 2 days");
    }

    #[test]
    fn instants_are_taken_as_they_are() {
        let period = utc("2026-08-01T09:00:00Z..2026-08-02T21:00:00Z");
        assert_eq!(
            period.window,
            window("2026-08-01T09:00:00Z", "2026-08-02T21:00:00Z")
        );
        assert_eq!(
            period.previous,
            window("2026-07-30T21:00:00Z", "2026-08-01T09:00:00Z")
        );
        assert_eq!(period.label, "2026-08-01T09:00:00Z to 2026-08-02T21:00:00Z");
        assert_eq!(period.previous_label, "previous 36 hours");
    }

    #[test]
    fn open_ranges_begin_with_the_record_and_end_now() {
        let until = utc("..2026-03-31");
        assert_eq!(
            until.window,
            window("2026-01-05T08:00:00Z", "2026-04-01T00:00:00Z")
        );
        assert_eq!(
            (until.label.as_str(), until.complete),
            ("until 2026-03-31", true)
        );
        let since = utc("2026-08-18..");
        assert_eq!(
            since.window,
            window("2026-08-18T00:00:00Z", "2026-08-20T15:30:00Z")
        );
        assert_eq!(
            since.previous,
            window("2026-08-15T08:30:00Z", "2026-08-18T00:00:00Z")
        );
        assert_eq!(
            (since.label.as_str(), since.complete),
            ("since 2026-08-18", true)
        );
        assert_eq!(since.previous_label, "previous 2.6 days");
        let all = utc("..");
        assert_eq!(
            all.window,
            window("2026-01-05T08:00:00Z", "2026-08-20T15:30:00Z")
        );
    }

    #[test]
    fn without_a_record_the_time_until_a_day_is_empty() {
        let spec: PeriodSpec = "..2026-03-31".parse().unwrap();
        let period = spec
            .resolve(instant("2026-08-20T15:30:00Z"), Tz::UTC, None)
            .unwrap();
        assert_eq!(period.window.days(), 0.0);
        // The same when the record begins after it.
        let late = Some(instant("2026-05-01T00:00:00Z"));
        let period = spec
            .resolve(instant("2026-08-20T15:30:00Z"), Tz::UTC, late)
            .unwrap();
        assert_eq!(period.window.days(), 0.0);
    }

    #[test]
    fn a_range_that_reaches_past_now_ends_now() {
        let period = utc("2026-08-01..2026-08-31");
        assert_eq!(period.window.end, instant("2026-08-20T15:30:00Z"));
        assert!(!period.complete);
        assert_eq!(period.previous.length(), period.window.length());
    }

    #[test]
    fn a_range_of_a_day_and_an_earlier_instant_is_refused() {
        let error = resolve("2026-08-02..2026-08-01T09:00:00Z", Tz::UTC).unwrap_err();
        assert_eq!(error.message, "the period ends before it begins");
    }
}
