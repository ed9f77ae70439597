//! Dates and times as trackers, spreadsheets and browsers write them. A form is recognised by its own
//! signs; only numeric dates with the year last (`6/7/2025`) need to be told which number is the day:
//! `date_order` finds that out over a whole file. Without an offset a time is one of the configured
//! zone: of an hour that clocks show twice the first, of one that they skip the jump.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::model::calendar::first_instant_at;

/// Which of two numbers is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateOrder {
    /// `25/2/2026`
    DayFirst,
    /// `2/25/2026`
    MonthFirst,
}

/// Longer texts are no dates, in bytes.
const LONGEST: usize = 120;

/// Years in which work is done; trackers write 0001 and 9999 for never.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;

/// What a text says of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// The instant; of a date alone its first.
    pub(super) at: DateTime<Utc>,
    /// Whether a time of day was told.
    pub(super) has_time: bool,
}

/// How the dates of one file are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dates {
    /// Zone of times without an offset.
    pub(super) zone: Tz,
    /// Which number is the day; `None` goes by the separator: before a slash stands the month, else
    /// the day.
    pub(super) order: Option<DateOrder>,
}

impl Dates {
    /// The instant that `text` tells; `None` if it tells none, or one that is none (30 February, the
    /// year 9999).
    pub(super) fn read(&self, text: &str) -> Option<Moment> {
        match written(text)? {
            Written::Instant(at) => Some(Moment { at, has_time: true }),
            Written::Local { day, time, offset } => {
                let day = day.date(self.order)?;
                let local = day.and_time(time.unwrap_or(NaiveTime::MIN));
                let at = match offset {
                    Some(offset) => offset.from_local_datetime(&local).single()?.to_utc(),
                    None => first_instant_at(local, self.zone),
                };
                Some(Moment {
                    at,
                    has_time: time.is_some(),
                })
            }
        }
    }

    /// The same as [`Dates::read`], without saying whether there was a time of day.
    pub(super) fn instant(&self, text: &str) -> Option<DateTime<Utc>> {
        self.read(text).map(|moment| moment.at)
    }
}

/// The instant that a text of a format with times of its own tells (RFC 3339, Jira's offset without a
/// colon, epoch seconds or milliseconds); `zone` is for those without an offset.
pub(super) fn instant(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    Dates { zone, order: None }.instant(text)
}

/// The same where nothing is guessed: `None` also for a day that can be read in two ways (`03/04/2026`) and
/// for a local time that clocks in the zone showed twice or never.
pub(in crate::sources) fn certain_instant(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    match written(text)? {
        Written::Instant(at) => Some(at),
        Written::Local { day, time, offset } => {
            let Day::Certain(day) = day else { return None };
            let local = day.and_time(time.unwrap_or(NaiveTime::MIN));
            match (offset, time) {
                (Some(offset), _) => Some(offset.from_local_datetime(&local).single()?.to_utc()),
                (None, Some(_)) => Some(zone.from_local_datetime(&local).single()?.to_utc()),
                (None, None) => Some(first_instant_at(local, zone)),
            }
        }
    }
}

/// The instant of an epoch number: milliseconds, or seconds if it is too small for those.
pub(super) fn epoch(number: i64) -> Option<DateTime<Utc>> {
    // A thousand million milliseconds are twelve days: no work of 1970 is meant.
    let instant = if number.unsigned_abs() < 100_000_000_000 {
        DateTime::from_timestamp(number, 0)?
    } else {
        DateTime::from_timestamp_millis(number)?
    };
    YEARS.contains(&instant.year()).then_some(instant)
}

/// A text taken apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Written {
    /// A number that is an instant.
    Instant(DateTime<Utc>),
    /// A date as a calendar shows it.
    Local {
        /// The day.
        day: Day,
        /// The time of day, if told.
        time: Option<NaiveTime>,
        /// The offset, if told.
        offset: Option<FixedOffset>,
    },
}

/// A day, or two numbers of which one is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// There is one way to read it.
    Certain(NaiveDate),
    /// Two numbers, then the year.
    Numeric {
        /// The number that stands first.
        first: u32,
        /// The number that stands second.
        second: u32,
        /// The year.
        year: i32,
        /// What stands between them.
        separator: char,
    },
}

impl Day {
    fn date(self, order: Option<DateOrder>) -> Option<NaiveDate> {
        let date = match self {
            Self::Certain(date) => date,
            Self::Numeric {
                first,
                second,
                year,
                separator,
            } => {
                let wanted = order.unwrap_or(usual_order(separator));
                let (day, month) = match wanted {
                    DateOrder::DayFirst => (first, second),
                    DateOrder::MonthFirst => (second, first),
                };
                // A date that can be read in one way only is read so, whatever the others are.
                NaiveDate::from_ymd_opt(year, month, day)
                    .or_else(|| NaiveDate::from_ymd_opt(year, day, month))?
            }
        };
        YEARS.contains(&date.year()).then_some(date)
    }
}

/// The order that a separator stands for where nothing else tells.
pub(super) fn usual_order(separator: char) -> DateOrder {
    if separator == '/' {
        DateOrder::MonthFirst
    } else {
        DateOrder::DayFirst
    }
}

/// Takes a text apart; `None` if it is no date.
pub(super) fn written(text: &str) -> Option<Written> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Ten digits are seconds and thirteen milliseconds from 2001 to 2286; other numbers are ids.
        let is_epoch = matches!(text.len(), 10 | 13);
        return is_epoch
            .then(|| text.parse().ok().and_then(epoch))?
            .map(Written::Instant);
    }
    let mut rest = Rest(text);
    rest.weekday();
    let day = rest.date()?;
    rest.blanks();
    if rest.0.is_empty() {
        return Some(Written::Local {
            day,
            time: None,
            offset: None,
        });
    }
    let _ = rest.eat(|c| matches!(c, 'T' | 't' | ','));
    rest.blanks();
    let time = rest.time()?;
    let offset = rest.offset()?;
    rest.blanks();
    // The name of the zone, again: `(Central European Standard Time)`, `[Europe/Berlin]`.
    let is_done = rest.0.is_empty()
        || (rest.0.starts_with('(') && rest.0.ends_with(')'))
        || (rest.0.starts_with('[') && rest.0.ends_with(']'));
    is_done.then_some(Written::Local {
        day,
        time: Some(time),
        offset,
    })
}

/// What is left of a text to read.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn eat(&mut self, is_wanted: impl Fn(char) -> bool) -> Option<char> {
        let mut chars = self.0.chars();
        let first = chars.next().filter(|&c| is_wanted(c))?;
        self.0 = chars.as_str();
        Some(first)
    }

    fn blanks(&mut self) {
        // Browsers put a narrow no-break space before AM.
        self.0 = self.0.trim_start();
    }

    fn taken_while(&mut self, is_wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !is_wanted(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// A number of at most four digits, and how many there are.
    fn number(&mut self) -> Option<(u32, usize)> {
        let digits = self.taken_while(|c| c.is_ascii_digit());
        if digits.len() > 4 {
            return None;
        }
        Some((digits.parse().ok()?, digits.len()))
    }

    /// A number of one or two digits.
    fn short_number(&mut self) -> Option<u32> {
        let (number, digits) = self.number()?;
        (digits <= 2).then_some(number)
    }

    fn weekday(&mut self) {
        let before = self.0;
        let word = self.taken_while(char::is_alphabetic).to_lowercase();
        if word.len() >= 3 && WEEKDAYS.iter().any(|name| name.starts_with(&word)) {
            let _ = self.eat(|c| matches!(c, ',' | '.'));
            self.blanks();
        } else {
            self.0 = before;
        }
    }

    fn month_name(&mut self) -> Option<u32> {
        let word = self.taken_while(char::is_alphabetic).to_lowercase();
        let _ = self.eat(|c| c == '.');
        month(&word)
    }

    fn separator(&mut self) -> Option<char> {
        let separator = self.eat(|c| matches!(c, '/' | '-' | '.' | ',' | ' '))?;
        self.blanks();
        Some(separator)
    }

    /// A year of four digits, or of two: those below 70 are of this century.
    fn year(&mut self) -> Option<i32> {
        let (number, digits) = self.number()?;
        let number = i32::try_from(number).ok()?;
        match digits {
            4 => Some(number),
            2 if number < 70 => Some(2000 + number),
            2 => Some(1900 + number),
            _ => None,
        }
    }

    fn date(&mut self) -> Option<Day> {
        if self.0.starts_with(|c: char| c.is_ascii_digit()) {
            let (first, digits) = self.number()?;
            if digits == 4 {
                return self.date_after_year(i32::try_from(first).ok()?);
            }
            let separator = self.separator()?;
            if self.0.starts_with(char::is_alphabetic) {
                let month = self.month_name()?;
                let _ = self.separator();
                let year = self.year()?;
                return certain(year, month, first);
            }
            let second = self.short_number()?;
            let _ = self.eat(|c| c == separator && !matches!(c, ' ' | ','))?;
            let day = Day::Numeric {
                first,
                second,
                year: self.year()?,
                separator,
            };
            let _is_a_date = day.date(None)?;
            return (digits <= 2).then_some(day);
        }
        let month = self.month_name()?;
        self.separator()?;
        let day = self.short_number()?;
        self.separator()?;
        certain(self.year()?, month, day)
    }

    fn date_after_year(&mut self, year: i32) -> Option<Day> {
        let separator = self.eat(|c| matches!(c, '/' | '-' | '.'))?;
        let month = if self.0.starts_with(char::is_alphabetic) {
            self.month_name()?
        } else {
            self.short_number()?
        };
        let _ = self.eat(|c| c == separator)?;
        certain(year, month, self.short_number()?)
    }

    fn time(&mut self) -> Option<NaiveTime> {
        let mut hour = self.short_number()?;
        let _ = self.eat(|c| c == ':')?;
        let minute = self.short_number()?;
        let (mut second, mut nanos) = (0, 0);
        if self.eat(|c| c == ':').is_some() {
            second = self.short_number()?;
            if self.eat(|c| matches!(c, '.' | ',')).is_some() {
                nanos = self.fraction()?;
            }
        }
        let before = self.0;
        self.blanks();
        let half: String = self
            .taken_while(|c| c.is_ascii_alphabetic() || c == '.')
            .chars()
            .filter(|&c| c != '.')
            .collect::<String>()
            .to_lowercase();
        match half.as_str() {
            "am" | "pm" if !(1..=12).contains(&hour) => return None,
            "am" => hour %= 12,
            "pm" => hour = hour % 12 + 12,
            _ => self.0 = before,
        }
        // A leap second is the last of its minute.
        NaiveTime::from_hms_nano_opt(hour, minute, if second == 60 { 59 } else { second }, nanos)
    }

    fn fraction(&mut self) -> Option<u32> {
        let digits = self.taken_while(|c| c.is_ascii_digit());
        let kept = digits.get(..digits.len().min(9))?;
        let scale = u32::try_from(kept.len()).ok()?;
        let number: u32 = kept.parse().ok()?;
        number.checked_mul(10_u32.checked_pow(9 - scale)?)
    }

    /// An offset, if there is one; `None` outside if what stands there is none.
    #[expect(
        clippy::option_option,
        reason = "no offset is not the same as a wrong one"
    )]
    fn offset(&mut self) -> Option<Option<FixedOffset>> {
        self.blanks();
        if self.0.is_empty() || self.0.starts_with(['(', '[']) {
            return Some(None);
        }
        let name = self.taken_while(|c| c.is_ascii_alphabetic()).to_uppercase();
        if !matches!(name.as_str(), "" | "Z" | "UTC" | "GMT") {
            return None;
        }
        let Some(sign) = self.eat(|c| matches!(c, '+' | '-' | '\u{2212}')) else {
            return FixedOffset::east_opt(0)
                .filter(|_| !name.is_empty())
                .map(Some);
        };
        let (number, digits) = self.number()?;
        let (hours, minutes) = match digits {
            1 | 2 if self.eat(|c| c == ':').is_some() => (number, self.short_number()?),
            1 | 2 => (number, 0),
            3 | 4 => (number / 100, number % 100),
            _ => return None,
        };
        if hours > 18 || minutes > 59 {
            return None;
        }
        let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
        let signed = if sign == '+' { seconds } else { -seconds };
        FixedOffset::east_opt(signed).map(Some)
    }
}

fn certain(year: i32, month: u32, day: u32) -> Option<Day> {
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    YEARS.contains(&year).then_some(Day::Certain(date))
}

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Names of months in English, German, French, Spanish; three letters of one are enough.
const MONTHS: [&[&str]; 12] = [
    &["january", "januar", "jänner", "janvier", "enero"],
    &["february", "februar", "février", "febrero"],
    &["march", "märz", "mrz", "mars", "marzo"],
    &["april", "avril", "abril"],
    &["may", "mai", "mayo"],
    &["june", "juni", "juin", "junio"],
    &["july", "juli", "juillet", "julio"],
    &["august", "août", "agosto"],
    &["september", "septembre", "septiembre"],
    &["october", "oktober", "octobre", "octubre"],
    &["november", "novembre", "noviembre"],
    &["december", "dezember", "décembre", "diciembre"],
];

fn month(word: &str) -> Option<u32> {
    if word.chars().count() < 3 {
        return None;
    }
    let is_meant = |names: &&[&str]| names.iter().any(|name| name.starts_with(word));
    let mut meant = (1..)
        .zip(MONTHS.iter())
        .filter(|(_, names)| is_meant(names));
    let (number, _) = meant.next()?;
    // `jui` is the beginning of two.
    meant.next().is_none().then_some(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn utc(text: &str) -> Option<DateTime<Utc>> {
        let instant = DateTime::parse_from_rfc3339(text).unwrap();
        Some(instant.to_utc())
    }

    fn in_utc(text: &str) -> Option<DateTime<Utc>> {
        instant(text, chrono_tz::UTC)
    }

    fn ordered(order: DateOrder, text: &str) -> Option<DateTime<Utc>> {
        Dates {
            zone: chrono_tz::UTC,
            order: Some(order),
        }
        .instant(text)
    }

    #[test]
    fn offsets_with_and_without_a_colon_are_the_same_instant() {
        let expected = utc("2021-01-25T03:09:27.985Z");
        for text in [
            "2021-01-25T11:09:27.985+0800",
            "2021-01-25T11:09:27.985+08:00",
            "2021-01-25T03:09:27.985Z",
            "2021-01-24 22:09:27.985 -0500",
            "2021-01-25T11:09:27,985+08",
        ] {
            assert_eq!(in_utc(text), expected, "{text}");
        }
    }

    #[test]
    fn the_same_instant_told_in_two_offsets_is_one_and_its_day_is_that_of_the_zone() {
        // Daylight saving inside one file: 23:30 in New York is the next day in UTC.
        assert_eq!(
            in_utc("2026-03-07T23:30:00.000-0500"),
            utc("2026-03-08T04:30:00Z")
        );
        assert_eq!(
            in_utc("2026-03-08T23:30:00.000-0400"),
            utc("2026-03-09T03:30:00Z")
        );
    }

    #[test]
    fn epoch_numbers_are_seconds_or_milliseconds_by_their_size() {
        assert_eq!(in_utc("1772442000"), utc("2026-03-02T09:00:00Z"));
        assert_eq!(in_utc("1772442000250"), utc("2026-03-02T09:00:00.25Z"));
        assert_eq!(epoch(1_772_442_000), utc("2026-03-02T09:00:00Z"));
        assert_eq!(epoch(1_772_442_000_000), utc("2026-03-02T09:00:00Z"));
        assert_eq!(epoch(i64::MAX), None);
        assert_eq!(epoch(i64::MIN), None);
        for text in ["0", "4711", "20260302", "99999999999999999999"] {
            assert_eq!(in_utc(text), None, "{text}");
        }
    }

    #[test]
    fn the_dates_of_jira_are_read_in_every_look() {
        assert_eq!(in_utc("25/Feb/26 10:17 PM"), utc("2026-02-25T22:17:00Z"));
        assert_eq!(in_utc("25/Feb/26 12:17 AM"), utc("2026-02-25T00:17:00Z"));
        assert_eq!(in_utc("25/Feb/26 12:17 PM"), utc("2026-02-25T12:17:00Z"));
        assert_eq!(in_utc("30/Jul/18 23:33"), utc("2018-07-30T23:33:00Z"));
        assert_eq!(in_utc("6/21/2025 16:14"), utc("2025-06-21T16:14:00Z"));
        assert_eq!(
            in_utc("2026-02-25 16:38:58.679"),
            utc("2026-02-25T16:38:58.679Z")
        );
    }

    #[test]
    fn the_dates_of_azure_and_linear_are_read() {
        assert_eq!(in_utc("7.6.2025 14:59:28"), utc("2025-06-07T14:59:28Z"));
        assert_eq!(in_utc("5/15/2023 10:29:09 AM"), utc("2023-05-15T10:29:09Z"));
        assert_eq!(
            in_utc("5/15/2023, 10:29:09\u{202F}PM"),
            utc("2023-05-15T22:29:09Z")
        );
        for text in [
            "Thu Feb 26 2026 10:17:00 GMT+0000 (Coordinated Universal Time)",
            "Thu Feb 26 2026 11:17:00 GMT+0100 (Central European Standard Time)",
            "Thu, 26 Feb 2026 10:17:00 +0000",
            "Feb 26, 2026 10:17 AM",
            "February 26, 2026, 10:17",
            "26. Februar 2026 10:17",
            "26 févr. 2026 10:17",
            "26/feb/2026 10:17",
            "26 ago 2026 10:17",
            "2026/02/26 10:17",
        ] {
            let expected = if text.contains("ago") {
                utc("2026-08-26T10:17:00Z")
            } else {
                utc("2026-02-26T10:17:00Z")
            };
            assert_eq!(in_utc(text), expected, "{text}");
        }
    }

    #[test]
    fn a_date_alone_is_its_first_instant_in_the_zone_and_says_so() {
        let dates = Dates {
            zone: BERLIN,
            order: None,
        };
        let moment = dates.read("2026-03-02").unwrap();
        assert_eq!(Some(moment.at), utc("2026-03-01T23:00:00Z"));
        assert!(!moment.has_time);
        assert!(dates.read("2026-03-02 00:00").unwrap().has_time);
    }

    #[test]
    fn times_without_an_offset_are_of_the_zone_and_gaps_and_overlaps_have_a_rule() {
        let read = |text| instant(text, BERLIN);
        assert_eq!(read("2026-07-01 12:00"), utc("2026-07-01T10:00:00Z"));
        // Clocks jump from 02:00 to 03:00 on 29 March: the jump.
        assert_eq!(read("2026-03-29 02:30"), utc("2026-03-29T01:00:00Z"));
        // 02:30 comes twice on 25 October: the first.
        assert_eq!(read("2026-10-25 02:30"), utc("2026-10-25T00:30:00Z"));
        // A day that Samoa skipped.
        let apia = chrono_tz::Pacific::Apia;
        assert_eq!(
            instant("2011-12-30 12:00", apia),
            utc("2011-12-30T10:00:00Z")
        );
    }

    #[test]
    fn the_order_decides_only_where_two_readings_are_dates() {
        use DateOrder::{DayFirst, MonthFirst};
        assert_eq!(ordered(DayFirst, "6/7/2025"), utc("2025-07-06T00:00:00Z"));
        assert_eq!(ordered(MonthFirst, "6/7/2025"), utc("2025-06-07T00:00:00Z"));
        assert_eq!(ordered(DayFirst, "6/21/2025"), utc("2025-06-21T00:00:00Z"));
        assert_eq!(
            ordered(MonthFirst, "21.6.2025"),
            utc("2025-06-21T00:00:00Z")
        );
        assert_eq!(in_utc("6/7/2025"), utc("2025-06-07T00:00:00Z"));
        assert_eq!(in_utc("6.7.2025"), utc("2025-07-06T00:00:00Z"));
    }

    #[test]
    fn what_is_no_date_or_never_comes_is_none() {
        for text in [
            "",
            " ",
            "Done",
            "FOC-101",
            "1.2.3",
            "1.2",
            "12:30",
            "2026-02-30",
            "31/31/2026",
            "9999-01-01T00:00:00Z",
            "0001-01-01T00:00:00",
            "2026-03-02T25:00:00Z",
            "2026-03-02 13:00 PM",
            "2026-03-02 10:00 CET",
            "2026-03-02T10:00:00+99:00",
            "Sprint 7 2026",
            "3 jui 2026",
            "2026-03-02 and more",
            "=HYPERLINK(\"2026-03-02\")",
            "²/²/2026",
        ] {
            assert_eq!(in_utc(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,60}") {
            let _ = in_utc(&text);
        }

        #[test]
        fn nothing_near_a_date_is_a_panic(text in "[0-9a-zA-Zéûä/.,:+ ()T-]{0,40}") {
            let _ = in_utc(&text);
            let _ = instant(&text, BERLIN);
        }

        #[test]
        fn every_instant_comes_back_from_its_rfc_3339(seconds in 0_i64..4_000_000_000, millis in 0_u32..1000) {
            let instant = DateTime::from_timestamp(seconds, millis * 1_000_000).unwrap();
            prop_assert_eq!(in_utc(&instant.to_rfc3339()), Some(instant));
        }
    }
}
