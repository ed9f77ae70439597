//! How a person writes one instant: `2026-03-02T14:05:00Z`, `2026-03-02 14:05`, `14:05`,
//! `yesterday 14:05`, `2 hours ago`, `now`. Times without an offset are those of the configured zone; one
//! that its clocks showed twice or never is refused, because nobody can say which was meant. How a
//! person writes a period is in `grammar`.

use chrono::{
    DateTime, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

use super::grammar::{parse_instant, shown};
use super::{FIRST_INSTANT, PeriodError, rfc3339};
use crate::model::calendar::{local_day, start_of_day};

const EXAMPLES: &str = "times look like 2026-03-02T14:05:00Z, `2026-03-02 14:05`, 14:05, \
                        `yesterday 14:05`, `2 hours ago`, now";

/// The longest time ago that is understood: longer than anything was recorded.
const LONGEST_AGO: TimeDelta = TimeDelta::days(366 * 200);

/// The instant that a person means at the instant `now`, in the zone: RFC 3339, a local date and time,
/// a local day (its first instant), a time of today, `today` or `yesterday` with a time, so many
/// minutes, hours, days or weeks `ago`, or `now`.
///
/// # Errors
/// When it is none of these; when it is a time of today that is still to come (yesterday's is not
/// guessed); and when clocks in the zone showed the local time twice or never.
pub fn parse_moment(
    text: &str,
    now: DateTime<Utc>,
    zone: Tz,
) -> Result<DateTime<Utc>, PeriodError> {
    let text = text.trim();
    let lower = text.to_lowercase();
    if lower.is_empty() {
        return Err(PeriodError::new("the time is empty").hint(EXAMPLES));
    }
    if lower == "now" {
        return Ok(now);
    }
    if let Some(span) = lower.strip_suffix("ago") {
        return ago(text, span.trim(), now);
    }
    let today = local_day(now, zone);
    if let Some(time) = time_of_day(&lower) {
        let moment = local(text, today.and_time(time), zone)?;
        return if moment <= now {
            Ok(moment)
        } else {
            Err(PeriodError::new(format!(
                "{} is still to come today (it is {} in {zone})",
                shown(text),
                now.with_timezone(&zone).format("%H:%M")
            ))
            .hint(format!(
                "for the day before write `yesterday {text}`, else write the day too"
            )))
        };
    }
    if let Some((day, time)) = lower.split_once(char::is_whitespace) {
        let time = time_of_day(time.trim());
        let day = match day {
            "today" => Some(today),
            "yesterday" => today.pred_opt(),
            _ => None,
        };
        if let (Some(day), Some(time)) = (day, time) {
            return local(text, day.and_time(time), zone);
        }
    }
    if let "today" | "yesterday" = lower.as_str() {
        return Err(
            PeriodError::new(format!("{} is a day, not a time", shown(text)))
                .hint(format!("write the time too: `{lower} 14:05`")),
        );
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        return in_range(text, start_of_day(day, zone));
    }
    for form in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
    ] {
        if let Ok(shown_by_clocks) = NaiveDateTime::parse_from_str(text, form) {
            return local(text, shown_by_clocks, zone);
        }
    }
    parse_instant(text)
        .map_err(|_| PeriodError::new(format!("{} is no time", shown(text))).hint(EXAMPLES))
}

/// `14:05`, `14:05:30`.
fn time_of_day(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S"]
        .iter()
        .find_map(|form| NaiveTime::parse_from_str(text, form).ok())
}

/// The one instant at which clocks in the zone showed this.
fn local(text: &str, clocks: NaiveDateTime, zone: Tz) -> Result<DateTime<Utc>, PeriodError> {
    match zone.from_local_datetime(&clocks) {
        MappedLocalTime::Single(instant) => in_range(text, instant.to_utc()),
        MappedLocalTime::Ambiguous(one, other) => {
            Err(
                PeriodError::new(format!("clocks in {zone} showed {} twice", shown(text))).hint(
                    format!("write {} or {}", one.to_rfc3339(), other.to_rfc3339()),
                ),
            )
        }
        MappedLocalTime::None => Err(PeriodError::new(format!(
            "clocks in {zone} never showed {}: they jumped over it",
            shown(text)
        ))
        .hint("write the time with its offset, as in 2026-03-02T14:05:00Z")),
    }
}

fn in_range(text: &str, instant: DateTime<Utc>) -> Result<DateTime<Utc>, PeriodError> {
    match instant >= FIRST_INSTANT {
        true => Ok(instant),
        false => Err(PeriodError::new(format!(
            "{} is before the year 1",
            shown(text)
        ))),
    }
}

/// `2 hours`, `90 min`, `3d`, `1h 30m`, `an hour`: so long before now.
fn ago(text: &str, span: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, PeriodError> {
    let unknown = || {
        PeriodError::new(format!("{} is no time", shown(text)))
            .hint("write `90 min ago`, `2 hours ago`, `3d ago` or `2 weeks ago`")
    };
    let too_long = || PeriodError::new(format!("{} is too long ago", shown(text)));
    let mut total = TimeDelta::zero();
    let mut rest = span;
    if rest.is_empty() {
        return Err(unknown());
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(after.len());
        let (word, after) = after.split_at(letters);
        let (count, word, after) = match (number, word) {
            ("", "a" | "an") => {
                let after = after.trim_start();
                let letters = after
                    .find(|c: char| !c.is_alphabetic())
                    .unwrap_or(after.len());
                let (unit, after) = after.split_at(letters);
                (1, unit, after)
            }
            ("", _) => return Err(unknown()),
            _ => (number.parse::<i64>().map_err(|_| too_long())?, word, after),
        };
        let seconds = seconds_of(word).ok_or_else(unknown)?;
        let more = count.checked_mul(seconds).ok_or_else(too_long)?;
        let more = TimeDelta::try_seconds(more).ok_or_else(too_long)?;
        total = total.checked_add(&more).ok_or_else(too_long)?;
        rest = after.trim_start();
    }
    if total > LONGEST_AGO {
        return Err(too_long());
    }
    now.checked_sub_signed(total).ok_or_else(too_long)
}

/// Months and years are of no one length.
fn seconds_of(unit: &str) -> Option<i64> {
    Some(match unit {
        "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 86_400,
        "w" | "wk" | "wks" | "week" | "weeks" => 7 * 86_400,
        _ => return None,
    })
}

/// An instant as it is written so that every part of dora understands it again.
pub fn written(instant: DateTime<Utc>) -> String {
    rfc3339(instant)
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// At 2026-03-02 12:00 UTC, 13:00 in Berlin.
    fn moment(text: &str, zone: Tz) -> Result<DateTime<Utc>, PeriodError> {
        parse_moment(text, at("2026-03-02T12:00:00Z"), zone)
    }

    #[test]
    fn a_time_may_be_written_in_each_of_these_ways() {
        for (text, utc, berlin) in [
            ("now", "2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z"),
            (" Now ", "2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z"),
            (
                "2026-03-01T14:05:00Z",
                "2026-03-01T14:05:00Z",
                "2026-03-01T14:05:00Z",
            ),
            (
                "2026-03-01T14:05:00+05:30",
                "2026-03-01T08:35:00Z",
                "2026-03-01T08:35:00Z",
            ),
            (
                "2026-03-01T14:05Z",
                "2026-03-01T14:05:00Z",
                "2026-03-01T14:05:00Z",
            ),
            (
                "2026-03-01 14:05",
                "2026-03-01T14:05:00Z",
                "2026-03-01T13:05:00Z",
            ),
            (
                "2026-03-01T14:05:09",
                "2026-03-01T14:05:09Z",
                "2026-03-01T13:05:09Z",
            ),
            ("2026-03-01", "2026-03-01T00:00:00Z", "2026-02-28T23:00:00Z"),
            ("09:30", "2026-03-02T09:30:00Z", "2026-03-02T08:30:00Z"),
            ("9:30", "2026-03-02T09:30:00Z", "2026-03-02T08:30:00Z"),
            (
                "today 09:30",
                "2026-03-02T09:30:00Z",
                "2026-03-02T08:30:00Z",
            ),
            (
                "yesterday 14:05",
                "2026-03-01T14:05:00Z",
                "2026-03-01T13:05:00Z",
            ),
            (
                "2 hours ago",
                "2026-03-02T10:00:00Z",
                "2026-03-02T10:00:00Z",
            ),
            (
                "an hour ago",
                "2026-03-02T11:00:00Z",
                "2026-03-02T11:00:00Z",
            ),
            ("90 min ago", "2026-03-02T10:30:00Z", "2026-03-02T10:30:00Z"),
            ("1h30m ago", "2026-03-02T10:30:00Z", "2026-03-02T10:30:00Z"),
            ("3d ago", "2026-02-27T12:00:00Z", "2026-02-27T12:00:00Z"),
            (
                "2 Weeks Ago",
                "2026-02-16T12:00:00Z",
                "2026-02-16T12:00:00Z",
            ),
        ] {
            assert_eq!(moment(text, Tz::UTC), Ok(at(utc)), "{text}");
            assert_eq!(moment(text, Berlin), Ok(at(berlin)), "{text} in Berlin");
        }
    }

    #[test]
    fn a_time_of_today_that_is_still_to_come_is_not_taken_for_yesterdays() {
        let error = moment("14:05", Tz::UTC).unwrap_err();
        assert_eq!(
            error.message,
            "`14:05` is still to come today (it is 12:00 in UTC)"
        );
        let hint = "for the day before write `yesterday 14:05`, else write the day too";
        assert_eq!(error.hint.as_deref(), Some(hint));
        // Half past twelve has been in Berlin, where it is one.
        assert_eq!(moment("12:30", Berlin), Ok(at("2026-03-02T11:30:00Z")));
        assert!(moment("12:30", Tz::UTC).is_err());
        assert_eq!(moment("12:00", Tz::UTC), Ok(at("2026-03-02T12:00:00Z")));
    }

    #[test]
    fn a_local_time_that_was_there_twice_or_never_is_refused() {
        // Berlin goes from 02:00 to 03:00 on 2026-03-29 and from 03:00 to 02:00 on 2026-10-25.
        let gap = moment("2026-03-29 02:30", Berlin).unwrap_err();
        assert_eq!(
            gap.message,
            "clocks in Europe/Berlin never showed `2026-03-29 02:30`: they jumped over it"
        );
        let twice = moment("2026-10-25 02:30", Berlin).unwrap_err();
        assert_eq!(
            twice.message,
            "clocks in Europe/Berlin showed `2026-10-25 02:30` twice"
        );
        let hint = "write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00";
        assert_eq!(twice.hint.as_deref(), Some(hint));
        assert_eq!(
            moment("2026-10-25T02:30:00+01:00", Berlin),
            Ok(at("2026-10-25T01:30:00Z"))
        );
        assert_eq!(
            moment("2026-03-29 03:00", Berlin),
            Ok(at("2026-03-29T01:00:00Z"))
        );
    }

    #[test]
    fn what_is_no_time_is_refused_with_examples() {
        for text in [
            "",
            "soon",
            "25:00",
            "2026-13-01",
            "2026-02-30 10:00",
            "in 2 hours",
            "tomorrow 10:00",
            "14",
            "\u{1b}[31m",
        ] {
            let error = moment(text, Tz::UTC).unwrap_err();
            assert_eq!(error.hint.as_deref(), Some(EXAMPLES), "{text}: {error}");
        }
        for text in [
            "ago",
            "two hours ago",
            "2 fortnights ago",
            "2 ago",
            "h ago",
            "-2h ago",
            "1.5h ago",
            "3 months ago",
        ] {
            let error = moment(text, Tz::UTC).unwrap_err();
            assert!(
                error.hint.is_some_and(|hint| hint.contains("90 min ago")),
                "{text}"
            );
        }
        for text in [
            "9999999999999999999 h ago",
            "9223372036854775807 w ago",
            "80000 d ago",
        ] {
            let error = moment(text, Tz::UTC).unwrap_err();
            assert!(
                error.message.ends_with("is too long ago"),
                "{text}: {error}"
            );
        }
        let error = moment("yesterday", Tz::UTC).unwrap_err();
        assert_eq!(
            error.hint.as_deref(),
            Some("write the time too: `yesterday 14:05`")
        );
        assert!(moment("0000-12-31", Tz::UTC).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_understood_or_refused(text in ".{0,40}") {
            let _ = moment(&text, Berlin);
        }

        #[test]
        fn an_instant_is_understood_as_it_is_written(seconds in 0_i64..4_000_000_000) {
            let instant = DateTime::from_timestamp(seconds, 0).unwrap();
            prop_assert_eq!(moment(&written(instant), Berlin), Ok(instant));
            let local = instant.with_timezone(&Berlin).format("%Y-%m-%d %H:%M:%S").to_string();
            match moment(&local, Berlin) {
                Ok(again) => prop_assert_eq!(again, instant),
                Err(error) => prop_assert!(error.message.ends_with("twice"), "{}", error),
            }
        }
    }
}
