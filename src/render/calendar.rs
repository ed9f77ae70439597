//! Days, minutes and periods in the zone of the report, as people write them.
//! Other quantities are in `quantity`.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;

/// The zone of that name; UTC when it is unknown.
pub fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// A day in the zone: `2026-03-02`.
pub fn day(at: DateTime<Utc>, zone: Tz) -> String {
    local_day(at, zone).to_string()
}

fn local_day(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    local(at, zone).date_naive()
}

/// The instant in the zone. Years outside 1 to 9999 stay in UTC: at the ends of the calendar an
/// offset would leave it.
pub(super) fn local(at: DateTime<Utc>, zone: Tz) -> DateTime<Tz> {
    let is_ordinary = (1..=9999).contains(&at.year());
    at.with_timezone(if is_ordinary { &zone } else { &Tz::UTC })
}

/// The month in the zone, as a period is asked for: `2026-03`.
pub fn month(at: DateTime<Utc>, zone: Tz) -> String {
    local(at, zone).format("%Y-%m").to_string()
}

/// An instant as machines and commands take it: `2026-03-02T09:00:00Z`.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A minute in the zone: `2026-03-02 09:00`.
pub fn minute(at: DateTime<Utc>, zone: Tz) -> String {
    local(at, zone).format("%Y-%m-%d %H:%M").to_string()
}

/// The ends of a half-open period for people. Whole days read inclusively (`2026-08-01`,
/// `2026-08-31`); spans of up to two days that are not whole days carry their times.
pub fn ends(start: DateTime<Utc>, end: DateTime<Utc>, zone: Tz) -> (String, String) {
    let is_midnight = |at: DateTime<Utc>| local(at, zone).time() == NaiveTime::MIN;
    if is_midnight(start) && is_midnight(end) && start < end {
        let last = end.checked_sub_signed(TimeDelta::seconds(1)).unwrap_or(end);
        return (day(start, zone), day(last, zone));
    }
    if end - start <= TimeDelta::days(2) {
        return (minute(start, zone), minute(end, zone));
    }
    (day(start, zone), day(end, zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_read_inclusively_and_short_spans_carry_times() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let months = (at("2026-08-01T00:00:00Z"), at("2026-09-01T00:00:00Z"));
        assert_eq!(
            ends(months.0, months.1, Tz::UTC),
            ("2026-08-01".to_owned(), "2026-08-31".to_owned())
        );
        assert_eq!(
            ends(
                at("2026-07-21T09:30:00Z"),
                at("2026-08-20T09:30:00Z"),
                Tz::UTC
            ),
            ("2026-07-21".to_owned(), "2026-08-20".to_owned())
        );
        assert_eq!(
            ends(
                at("2026-07-21T09:30:00Z"),
                at("2026-07-21T12:30:00Z"),
                zone("Europe/Berlin")
            ),
            ("2026-07-21 11:30".to_owned(), "2026-07-21 14:30".to_owned())
        );
        assert_eq!(zone("Nowhere/Land"), Tz::UTC);
    }

    #[test]
    fn the_ends_of_the_calendar_do_not_panic() {
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            for name in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
                assert!(!minute(at, zone(name)).is_empty());
                let (start, end) = ends(DateTime::<Utc>::MIN_UTC, at, zone(name));
                assert!(!start.is_empty() && !end.is_empty());
            }
        }
    }
}
