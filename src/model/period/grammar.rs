//! How a period is written (spec 5.2), and what is wrong when it is not understood. What it stands
//! for is in `resolution`, what was probably meant in `suggestion`.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc, Weekday};

use super::suggestion::suggestion;
use super::{BackUnit, Bound, FIRST_INSTANT, PeriodError, PeriodSpec};
use crate::model::calendar::{CalendarSpan, CalendarUnit};

const EXAMPLES: &str = "periods look like 30, 2w, 3mo, 2026-08, 2026-W34, 2026-Q3, 2026, \
                        2026-08-01..2026-08-31, today, last-month";

/// Years that a calendar period may have. Four digits outside them are a number of days.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2999;

/// The words for the current and the last calendar unit.
pub(super) const WORDS: [(CalendarUnit, &str, &str); 6] = [
    (CalendarUnit::Day, "today", "yesterday"),
    (CalendarUnit::Week, "this-week", "last-week"),
    (CalendarUnit::Month, "this-month", "last-month"),
    (CalendarUnit::Quarter, "this-quarter", "last-quarter"),
    (CalendarUnit::Half, "this-half", "last-half"),
    (CalendarUnit::Year, "this-year", "last-year"),
];

pub(super) fn word_of(unit: CalendarUnit) -> (&'static str, &'static str) {
    WORDS
        .iter()
        .find(|(word_unit, ..)| *word_unit == unit)
        .map_or(("", ""), |(_, this, last)| (this, last))
}

pub(super) fn reversed() -> PeriodError {
    PeriodError::new("the period ends before it begins").hint("write the earlier end first")
}

impl FromStr for PeriodSpec {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let text = text.trim();
        parse(text).map_err(|error| match (&error.hint, suggestion(text)) {
            (None, Some(better)) => error.hint(format!("did you mean `{better}`?")),
            (None, None) => error.hint(EXAMPLES),
            (Some(_), _) => error,
        })
    }
}

pub(super) fn parse(text: &str) -> Result<PeriodSpec, PeriodError> {
    if let Some(spec) = word(text) {
        return Ok(spec);
    }
    if let Some((from, to)) = text.split_once("..") {
        return parse_range(from.trim(), to.trim());
    }
    if let Some(span) = parse_span(text)? {
        return Ok(PeriodSpec::Calendar(span));
    }
    if let Some(spec) = parse_back(text)? {
        return Ok(spec);
    }
    if parse_instant(text).is_ok() {
        return Err(
            PeriodError::new(format!("{} is an instant, not a period", shown(text)))
                .hint(format!("everything since then is `{text}..`")),
        );
    }
    Err(no_period(text))
}

fn word(text: &str) -> Option<PeriodSpec> {
    WORDS.iter().find_map(|(unit, this, last)| match text {
        _ if text == *this => Some(PeriodSpec::Current(*unit)),
        _ if text == *last => Some(PeriodSpec::Last(*unit)),
        _ => None,
    })
}

/// `7`, `30d`, `2w`, `12h`, `3mo`, `1y`; `None` when the text does not begin like a number.
fn parse_back(text: &str) -> Result<Option<PeriodSpec>, PeriodError> {
    if let Some(rest) = text.strip_prefix('-')
        && rest.starts_with(|first: char| first.is_ascii_digit())
    {
        return Err(PeriodError::new(format!(
            "{} is negative: periods count back by themselves",
            shown(text)
        ))
        .hint(format!("did you mean `{rest}`?")));
    }
    let after = text.find(|letter: char| !letter.is_ascii_digit());
    let (digits, unit) = text.split_at(after.unwrap_or(text.len()));
    if digits.is_empty() {
        return Ok(None);
    }
    let unit = match unit {
        "h" => BackUnit::Hours,
        "" | "d" => BackUnit::Days,
        "w" => BackUnit::Weeks,
        "mo" => BackUnit::Months,
        "y" => BackUnit::Years,
        _ => return unknown_unit(text, digits, unit),
    };
    match digits.parse::<u32>() {
        Ok(0) => Err(PeriodError::new(format!("{} is empty", shown(text)))),
        Ok(count) => Ok(Some(PeriodSpec::Back(count, unit))),
        Err(_) => Err(PeriodError::new(format!("{} is too long", shown(text)))
            .hint("the whole record is `..`")),
    }
}

fn unknown_unit(text: &str, digits: &str, unit: &str) -> Result<Option<PeriodSpec>, PeriodError> {
    let written = unit.trim().to_lowercase();
    let meant = match written.as_str() {
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "w" | "wk" | "wks" | "week" | "weeks" => "w",
        "m" | "mo" | "mon" | "mth" | "month" | "months" => "mo",
        "y" | "yr" | "yrs" | "year" | "years" => "y",
        "q" | "quarter" | "quarters" => {
            let months = digits.parse::<u32>().ok().and_then(|n| n.checked_mul(3));
            let message = format!("{} has no known unit", shown(text));
            return Err(PeriodError::new(message).hint(match months {
                Some(months) if months > 0 => {
                    format!("did you mean `{months}mo`, or a quarter like `2026-Q3`?")
                }
                _ => EXAMPLES.to_owned(),
            }));
        }
        _ => return Ok(None),
    };
    Err(
        PeriodError::new(format!("{} has no known unit", shown(text))).hint(format!(
            "did you mean `{digits}{meant}`? Units are h, d, w, mo and y"
        )),
    )
}

/// `2026`, `2026-H1`, `2026-Q3`, `2026-08`, `2026-W34`, `2026-08-15`; `None` when the text does not
/// look like one of them, an error when it does but there is no such span.
fn parse_span(text: &str) -> Result<Option<CalendarSpan>, PeriodError> {
    let (year_text, rest) = match text.split_once('-') {
        Some((year, rest)) => (year, Some(rest)),
        None => (text, None),
    };
    let Some(year) = number(year_text, 4).and_then(|year| i32::try_from(year).ok()) else {
        return Ok(None);
    };
    let known_year = YEARS.contains(&year);
    let (unit, first, what) = match rest {
        None if !known_year => return Ok(None),
        None => (CalendarUnit::Year, NaiveDate::from_ymd_opt(year, 1, 1), ""),
        Some(rest) => match part_of_year(year, rest) {
            Some(part) => part,
            None => return Ok(None),
        },
    };
    match first {
        Some(first) if known_year => Ok(Some(CalendarSpan::containing(first, unit))),
        Some(_) => Err(PeriodError::new(format!(
            "{} is not between the years {} and {}",
            shown(text),
            YEARS.start(),
            YEARS.end()
        ))),
        None => Err(PeriodError::new(format!(
            "{}: there is no such {what}",
            shown(text)
        ))),
    }
}

/// The unit, its first day if there is such a part, and what it is called.
fn part_of_year(year: i32, rest: &str) -> Option<(CalendarUnit, Option<NaiveDate>, &'static str)> {
    let in_months = |part: u32, of: u32| {
        let month0 = part.checked_sub(1)?.checked_mul(of)?;
        NaiveDate::from_ymd_opt(year, month0.checked_add(1)?, 1)
    };
    if let Some(week) = rest.strip_prefix('W') {
        let first = NaiveDate::from_isoywd_opt(year, number(week, 2)?, Weekday::Mon);
        return Some((CalendarUnit::Week, first, "week"));
    }
    if let Some(quarter) = rest.strip_prefix('Q') {
        let first = in_months(number(quarter, 1)?, 3);
        return Some((CalendarUnit::Quarter, first, "quarter"));
    }
    if let Some(half) = rest.strip_prefix('H') {
        let first = in_months(number(half, 1)?, 6);
        return Some((CalendarUnit::Half, first, "half-year"));
    }
    if let Some((month, day)) = rest.split_once('-') {
        let date = NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?);
        return Some((CalendarUnit::Day, date, "day"));
    }
    let first = in_months(number(rest, 2)?, 1);
    Some((CalendarUnit::Month, first, "month"))
}

/// A number of exactly so many ASCII digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn parse_range(from: &str, to: &str) -> Result<PeriodSpec, PeriodError> {
    let (from, to) = (parse_bound(from)?, parse_bound(to)?);
    let is_reversed = match (from, to) {
        (Some(Bound::Span(from)), Some(Bound::Span(to))) => to.next_first_day() <= from.first_day(),
        (Some(Bound::Instant(from)), Some(Bound::Instant(to))) => to <= from,
        // Which is earlier depends on the zone: `resolve` says so.
        _ => false,
    };
    if is_reversed {
        return Err(reversed());
    }
    Ok(PeriodSpec::Range(from, to))
}

fn parse_bound(text: &str) -> Result<Option<Bound>, PeriodError> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Some(span) = parse_span(text)? {
        return Ok(Some(Bound::Span(span)));
    }
    if text.contains([':', 'T', 't']) {
        return parse_instant(text).map(|instant| Some(Bound::Instant(instant)));
    }
    Err(
        PeriodError::new(format!("{} is neither a day nor an instant", shown(text)))
            .hint("ranges look like 2026-08-01..2026-08-31 or 2026-08-01T09:00:00Z.."),
    )
}

/// An instant in RFC 3339 with its offset (`2026-08-01T09:00:00Z`); the seconds may be left out.
///
/// Fails with a hint when the offset is missing, and for instants before the year 1.
pub fn parse_instant(text: &str) -> Result<DateTime<Utc>, PeriodError> {
    let instant = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%:z"))
        .map(|instant| instant.to_utc())
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").map(|utc| utc.and_utc())
        });
    match instant {
        Ok(instant) if instant >= FIRST_INSTANT => Ok(instant),
        Ok(_) => Err(PeriodError::new(format!(
            "{} is before the year 1",
            shown(text)
        ))),
        Err(_) => {
            let error = PeriodError::new(format!("{} is no instant", shown(text)));
            let with_offset = format!("{text}Z");
            Err(match DateTime::parse_from_rfc3339(&with_offset) {
                Ok(_) => error.hint(format!("it has no offset; in UTC it is `{with_offset}`")),
                Err(_) => error.hint("instants look like 2026-08-01T09:00:00Z"),
            })
        }
    }
}

fn no_period(text: &str) -> PeriodError {
    if text.is_empty() {
        return PeriodError::new("the period is empty").hint(EXAMPLES);
    }
    PeriodError::new(format!("{} is no period", shown(text)))
}

/// Foreign text in a message: quoted, control characters escaped, not longer than a line.
pub(super) fn shown(text: &str) -> String {
    let start: String = text.chars().take(60).collect();
    let dots = if start.len() < text.len() { "…" } else { "" };
    format!("`{}{dots}`", start.escape_debug())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> PeriodSpec {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn error(text: &str) -> (String, String) {
        let error = text.parse::<PeriodSpec>().unwrap_err();
        (error.message, error.hint.unwrap_or_default())
    }

    #[test]
    fn numbers_count_back_in_their_unit() {
        let table = [
            ("7", 7, BackUnit::Days),
            ("30d", 30, BackUnit::Days),
            ("2w", 2, BackUnit::Weeks),
            ("12h", 12, BackUnit::Hours),
            ("3mo", 3, BackUnit::Months),
            ("1y", 1, BackUnit::Years),
            ("1000", 1000, BackUnit::Days),
            (" 7 ", 7, BackUnit::Days),
        ];
        for (text, count, unit) in table {
            assert_eq!(parsed(text), PeriodSpec::Back(count, unit), "{text}");
        }
    }

    #[test]
    fn everything_that_is_written_as_it_is_shown_is_understood_again() {
        for text in [
            "30d",
            "2w",
            "12h",
            "3mo",
            "1y",
            "2026",
            "2026-H1",
            "2026-H2",
            "2026-Q1",
            "2026-Q4",
            "2026-08",
            "2026-W01",
            "2026-W53",
            "2024-02-29",
            "today",
            "yesterday",
            "this-week",
            "last-week",
            "this-month",
            "last-month",
            "this-quarter",
            "last-quarter",
            "this-year",
            "last-year",
            "2026-08-01..2026-08-31",
            "2026-08-01..",
            "..2026-08-31",
            "..",
            "2026-08-01T09:00:00Z..2026-08-02T09:00:00Z",
            "2026-01..2026-Q2",
        ] {
            assert_eq!(parsed(text).to_string(), text);
        }
    }

    #[test]
    fn instants_may_have_any_offset_and_leave_out_their_seconds() {
        let nine: DateTime<Utc> = "2026-08-01T09:00:00Z".parse().unwrap();
        for text in [
            "2026-08-01T09:00:00Z",
            "2026-08-01T09:00Z",
            "2026-08-01T11:00:00+02:00",
            "2026-08-01T11:00+02:00",
        ] {
            assert_eq!(parse_instant(text), Ok(nine), "{text}");
        }
        let hint = parse_instant("2026-08-01T09:00:00").unwrap_err().hint;
        assert_eq!(
            hint.as_deref(),
            Some("it has no offset; in UTC it is `2026-08-01T09:00:00Z`")
        );
        assert!(parse_instant("0000-01-01T00:00:00Z").is_err());
    }

    #[test]
    fn what_was_meant_is_suggested() {
        let table = [
            ("1M", "did you mean `1mo`? Units are h, d, w, mo and y"),
            ("30D", "did you mean `30d`? Units are h, d, w, mo and y"),
            ("4 weeks", "did you mean `4w`? Units are h, d, w, mo and y"),
            ("1q", "did you mean `3mo`, or a quarter like `2026-Q3`?"),
            ("-7", "did you mean `7`?"),
            ("last month", "did you mean `last-month`?"),
            ("Last-Month", "did you mean `last-month`?"),
            ("last-moth", "did you mean `last-month`?"),
            ("tody", "did you mean `today`?"),
            ("2026q3", "did you mean `2026-Q3`?"),
            ("2026-w34", "did you mean `2026-W34`?"),
            ("2026-W7", "did you mean `2026-W07`?"),
            ("2026/08/01", "did you mean `2026-08-01`?"),
            ("2026-8", "did you mean `2026-08`?"),
            (
                "2026-08-01T09:00:00Z",
                "everything since then is `2026-08-01T09:00:00Z..`",
            ),
            ("nonsense", EXAMPLES),
            ("", EXAMPLES),
        ];
        for (text, hint) in table {
            assert_eq!(error(text).1, hint, "{text}");
        }
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let table = [
            ("0", "`0` is empty"),
            ("0w", "`0w` is empty"),
            ("99999999999", "`99999999999` is too long"),
            ("2026-13", "`2026-13`: there is no such month"),
            ("2026-00", "`2026-00`: there is no such month"),
            ("2026-02-30", "`2026-02-30`: there is no such day"),
            ("2025-W53", "`2025-W53`: there is no such week"),
            ("2026-Q5", "`2026-Q5`: there is no such quarter"),
            ("2026-H3", "`2026-H3`: there is no such half-year"),
            (
                "0026-08",
                "`0026-08` is not between the years 1900 and 2999",
            ),
            ("2026-08-31..2026-08-01", "the period ends before it begins"),
            (
                "2026-08-02T00:00:00Z..2026-08-02T00:00:00Z",
                "the period ends before it begins",
            ),
            ("7..", "`7` is neither a day nor an instant"),
            (
                "2026-01-01...2026-02-01",
                "`.2026-02-01` is neither a day nor an instant",
            ),
        ];
        for (text, message) in table {
            assert_eq!(error(text).0, message, "{text}");
        }
    }

    #[test]
    fn control_characters_are_not_repeated_to_the_terminal() {
        assert_eq!(error("\u{1b}[2J").0, "`\\u{1b}[2J` is no period");
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".{0,80}") {
            if let Err(error) = text.parse::<PeriodSpec>() {
                prop_assert!(error.hint.is_some());
            }
        }

        #[test]
        fn no_text_that_looks_like_a_period_is_too_strange(text in "[0-9.WQH:dmoywhTZ/ -]{0,24}") {
            if let Ok(spec) = text.parse::<PeriodSpec>() {
                prop_assert_eq!(spec.to_string().parse(), Ok(spec));
            }
        }
    }
}
