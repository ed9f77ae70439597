//! Days, ISO weeks, months, quarters, half-years and years of a time zone as half-open windows.
//! Every boundary is the first instant whose local date has been reached, so neighbours meet
//! exactly, whatever the zone does to its clocks. How a person names a span is in `period`.

use chrono::{
    DateTime, Datelike, Days, MappedLocalTime, Months, NaiveDate, NaiveDateTime, NaiveTime,
    TimeZone, Utc,
};
use chrono_tz::Tz;

use super::Window;

/// A unit of the calendar. Weeks are ISO weeks (Monday first).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// A day.
    Day,
    /// An ISO week.
    Week,
    /// A month.
    Month,
    /// Three months from January, April, July or October.
    Quarter,
    /// Six months from January or July.
    Half,
    /// A year.
    Year,
}

impl CalendarUnit {
    /// Its name: `week`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Half => "half-year",
            Self::Year => "year",
        }
    }

    fn months(self) -> Option<u32> {
        match self {
            Self::Day | Self::Week => None,
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::Half => Some(6),
            Self::Year => Some(12),
        }
    }
}

/// One day, week, month, quarter, half-year or year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CalendarSpan {
    unit: CalendarUnit,
    first: NaiveDate,
}

impl CalendarSpan {
    /// The span of this unit that the day lies in.
    pub fn containing(day: NaiveDate, unit: CalendarUnit) -> Self {
        let first = match unit.months() {
            Some(months) => {
                let month = day.month0() / months * months + 1;
                NaiveDate::from_ymd_opt(day.year(), month, 1)
            }
            None if unit == CalendarUnit::Week => {
                let since_monday = u64::from(day.weekday().num_days_from_monday());
                day.checked_sub_days(Days::new(since_monday))
            }
            None => Some(day),
        };
        Self {
            unit,
            first: first.unwrap_or(day),
        }
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        self.first
    }

    /// The first day after it.
    pub fn next_first_day(self) -> NaiveDate {
        let next = match (self.unit, self.unit.months()) {
            (_, Some(months)) => self.first.checked_add_months(Months::new(months)),
            (CalendarUnit::Week, None) => self.first.checked_add_days(Days::new(7)),
            (_, None) => self.first.succ_opt(),
        };
        next.unwrap_or(NaiveDate::MAX)
    }

    /// The span of the same unit immediately before.
    pub fn before(self) -> Self {
        Self::containing(self.first.pred_opt().unwrap_or(self.first), self.unit)
    }

    /// Its instants in a zone.
    pub fn window(self, zone: Tz) -> Window {
        Window::new(
            start_of_day(self.first, zone),
            start_of_day(self.next_first_day(), zone),
        )
    }

    /// Its name: `2026`, `2026-H1`, `2026-Q3`, `2026-08`, `2026-W34`, `2026-08-15`.
    pub fn label(self) -> String {
        let (year, month) = (self.first.year(), self.first.month0());
        match self.unit {
            CalendarUnit::Day => self.first.to_string(),
            CalendarUnit::Week => {
                let week = self.first.iso_week();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            CalendarUnit::Month => format!("{year:04}-{:02}", month + 1),
            CalendarUnit::Quarter => format!("{year:04}-Q{}", month / 3 + 1),
            CalendarUnit::Half => format!("{year:04}-H{}", month / 6 + 1),
            CalendarUnit::Year => format!("{year:04}"),
        }
    }
}

/// The first instant of a day in a zone: midnight, the first of two midnights, or where the zone
/// skips midnight (or the whole day) the first instant after the gap.
pub fn start_of_day(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    first_instant_at(day.and_time(NaiveTime::MIN), zone)
}

/// The first instant at which clocks in the zone show this local time or have jumped over it.
pub fn first_instant_at(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(instant) => instant.to_utc(),
        MappedLocalTime::Ambiguous(one, other) => one.min(other).to_utc(),
        MappedLocalTime::None => end_of_gap(local, zone),
    }
}

/// The instant of the jump that skips `local`, found by bisection over the days around it: no
/// zone has ever skipped more than one.
fn end_of_gap(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    const AROUND: i64 = 2 * 86_400;
    let seconds = local.and_utc().timestamp();
    let (mut before, mut after) = (seconds - AROUND, seconds + AROUND);
    while after - before > 1 {
        let middle = i64::midpoint(before, after);
        let shown = DateTime::from_timestamp(middle, 0)
            .map(|instant| instant.with_timezone(&zone).naive_local());
        if shown.is_some_and(|shown| shown >= local) {
            after = middle;
        } else {
            before = middle;
        }
    }
    DateTime::from_timestamp(after, 0).unwrap_or_default()
}

/// The local date of an instant.
pub fn local_day(instant: DateTime<Utc>, zone: Tz) -> NaiveDate {
    instant.with_timezone(&zone).date_naive()
}

/// The whole ISO weeks of a zone that overlap a window, oldest first. They are not clipped to the
/// window; every instant of it lies in exactly one of them.
pub fn iso_weeks(window: Window, zone: Tz) -> Vec<(String, Window)> {
    spans(window, zone, CalendarUnit::Week)
        .map(|(span, instants)| (span.label(), instants))
        .collect()
}

/// The whole calendar days of a zone that overlap a window, oldest first. They are not clipped to
/// the window; every instant of it lies in exactly one of them. A day the zone skipped is left out.
pub fn days(window: Window, zone: Tz) -> Vec<(NaiveDate, Window)> {
    spans(window, zone, CalendarUnit::Day)
        .map(|(span, instants)| (span.first_day(), instants))
        .collect()
}

/// The whole spans of a unit that overlap a window, oldest first, with their instants in a zone.
pub fn spans(
    window: Window,
    zone: Tz,
    unit: CalendarUnit,
) -> impl Iterator<Item = (CalendarSpan, Window)> {
    // One span early: where clocks go back over midnight, local dates run backwards for a while.
    let first = CalendarSpan::containing(local_day(window.start, zone), unit).before();
    let after = move |span: &CalendarSpan| {
        let next = CalendarSpan::containing(span.next_first_day(), unit);
        (next.first > span.first).then_some(next)
    };
    std::iter::successors(Some(first), after)
        .map(move |span| (span, span.window(zone)))
        .take_while(move |(_, instants)| instants.start < window.end)
        .filter(move |(_, instants)| {
            instants.end > window.start && instants.start < instants.end && window.days() > 0.0
        })
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America, Pacific};
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn hours(window: Window) -> f64 {
        window.days() * 24.0
    }

    #[test]
    fn every_unit_knows_its_span_its_name_and_the_one_before() {
        let table = [
            (
                CalendarUnit::Day,
                "2026-08-15",
                "2026-08-15",
                "2026-08-16",
                "2026-08-14",
            ),
            (
                CalendarUnit::Week,
                "2026-W33",
                "2026-08-10",
                "2026-08-17",
                "2026-W32",
            ),
            (
                CalendarUnit::Month,
                "2026-08",
                "2026-08-01",
                "2026-09-01",
                "2026-07",
            ),
            (
                CalendarUnit::Quarter,
                "2026-Q3",
                "2026-07-01",
                "2026-10-01",
                "2026-Q2",
            ),
            (
                CalendarUnit::Half,
                "2026-H2",
                "2026-07-01",
                "2027-01-01",
                "2026-H1",
            ),
            (
                CalendarUnit::Year,
                "2026",
                "2026-01-01",
                "2027-01-01",
                "2025",
            ),
        ];
        for (unit, label, first, next, before) in table {
            let span = CalendarSpan::containing(day("2026-08-15"), unit);
            assert_eq!(span.label(), label);
            assert_eq!(span.first_day(), day(first), "{label}");
            assert_eq!(span.next_first_day(), day(next), "{label}");
            assert_eq!(span.before().label(), before);
        }
    }

    #[test]
    fn the_iso_year_of_a_week_is_not_always_the_calendar_year() {
        let week = |date| CalendarSpan::containing(day(date), CalendarUnit::Week).label();
        assert_eq!(week("2027-01-01"), "2026-W53");
        assert_eq!(week("2024-12-30"), "2025-W01");
    }

    #[test]
    fn days_of_new_york_have_23_and_25_hours_when_clocks_change() {
        let zone = America::New_York;
        let length =
            |date| hours(CalendarSpan::containing(day(date), CalendarUnit::Day).window(zone));
        assert_eq!(length("2026-03-07"), 24.0);
        assert_eq!(length("2026-03-08"), 23.0);
        assert_eq!(length("2026-11-01"), 25.0);
        assert_eq!(
            start_of_day(day("2026-03-08"), zone),
            instant("2026-03-08T05:00:00Z")
        );
    }

    #[test]
    fn a_skipped_midnight_starts_the_day_after_the_gap() {
        // Sao Paulo went from 2017-10-14 23:59:59 -03 to 2017-10-15 01:00:00 -02.
        let zone = America::Sao_Paulo;
        assert_eq!(
            start_of_day(day("2017-10-15"), zone),
            instant("2017-10-15T03:00:00Z")
        );
        // It went back from 2018-02-18 00:00 -02 to 2018-02-17 23:00 -03.
        assert_eq!(
            start_of_day(day("2018-02-18"), zone),
            instant("2018-02-18T03:00:00Z")
        );
    }

    #[test]
    fn of_two_midnights_the_first_starts_the_day() {
        // Havana goes back from 01:00 -04 to 00:00 -05 on 2026-11-01.
        assert_eq!(
            start_of_day(day("2026-11-01"), America::Havana),
            instant("2026-11-01T04:00:00Z")
        );
    }

    #[test]
    fn apia_had_no_30_december_2011() {
        let zone = Pacific::Apia;
        let around = Window::new(
            instant("2011-12-29T10:00:00Z"),
            instant("2011-12-31T10:00:00Z"),
        );
        let found = days(around, zone);
        let dates: Vec<_> = found.iter().map(|(date, _)| date.to_string()).collect();
        assert_eq!(dates, ["2011-12-29", "2011-12-31"]);
        assert_eq!(found[0].1.end, instant("2011-12-30T10:00:00Z"));
        assert_eq!(
            found[1].1,
            Window::new(found[0].1.end, instant("2011-12-31T10:00:00Z"))
        );
    }

    #[test]
    fn an_empty_window_has_no_days_and_no_weeks() {
        let nothing = Window::new(
            instant("2026-03-02T00:00:00Z"),
            instant("2026-03-02T00:00:00Z"),
        );
        assert!(days(nothing, Tz::UTC).is_empty());
        assert!(iso_weeks(nothing, Tz::UTC).is_empty());
    }

    #[test]
    fn weeks_are_whole_and_named() {
        let week = Window::new(
            instant("2026-03-04T00:00:00Z"),
            instant("2026-03-09T00:00:01Z"),
        );
        let found = iso_weeks(week, Tz::UTC);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].0, "2026-W10");
        assert_eq!(found[0].1.start, instant("2026-03-02T00:00:00Z"));
        assert_eq!(found[1].0, "2026-W11");
        assert_eq!(found[1].1.end, instant("2026-03-16T00:00:00Z"));
    }

    fn any_zone() -> impl Strategy<Value = Tz> {
        prop::sample::select(vec![
            Tz::UTC,
            America::New_York,
            America::Sao_Paulo,
            America::Havana,
            America::St_Johns,
            Pacific::Apia,
            Pacific::Kiritimati,
            Tz::Asia__Kathmandu,
            Tz::Africa__Monrovia,
            Tz::Australia__Lord_Howe,
        ])
    }

    proptest! {
        #[test]
        fn every_instant_of_a_window_lies_in_exactly_one_week_and_one_day(
            zone in any_zone(),
            start in -2_000_000_000_i64..4_000_000_000,
            length in 1_i64..5_000_000,
            inside in 0.0..1.0_f64,
        ) {
            let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
            let window = Window::new(at(start), at(start + length));
            let instant = at(start + (inside * length as f64) as i64);
            let weeks = iso_weeks(window, zone);
            let days = days(window, zone);
            prop_assert_eq!(weeks.iter().filter(|(_, week)| week.contains(instant)).count(), 1);
            prop_assert_eq!(days.iter().filter(|(_, day)| day.contains(instant)).count(), 1);
            prop_assert!(weeks.windows(2).all(|pair| pair[0].1.end == pair[1].1.start));
            prop_assert!(days.windows(2).all(|pair| pair[0].1.end == pair[1].1.start));
        }
    }
}
