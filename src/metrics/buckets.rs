//! The buckets of a series: whole weeks, months or quarters of a zone, of which each is measured as a
//! window of its own. `weekly` is the series of a report; what changed along one is told by
//! `process_behaviour`.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::model::Window;
use crate::model::calendar::{CalendarUnit, spans};

/// One bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name: `2026-W10`, `2026-03`, `2026-Q1`. Asked for as a period, it is this bucket.
    pub label: String,
    /// What is measured: the whole of it, cut at the `as of` instant.
    pub window: Window,
    /// The whole bucket of the same unit immediately before.
    pub previous: Window,
    /// Whether it is over.
    pub is_over: bool,
}

/// How much of a bucket is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// It is not over.
    SoFar,
    /// The record begins inside it.
    Partial,
    /// The record begins after it: it has no data, which is not zero.
    BeforeRecord,
}

impl Extent {
    /// The name used in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::SoFar => "so-far",
            Self::Partial => "partial",
            Self::BeforeRecord => "before-record",
        }
    }
}

impl Bucket {
    /// How much of it is known of a record that begins at an instant, if it ever does.
    pub fn extent(&self, record: Option<DateTime<Utc>>) -> Extent {
        match record {
            Some(begin) if begin < self.window.end => match begin <= self.window.start {
                _ if !self.is_over => Extent::SoFar,
                true => Extent::Whole,
                false => Extent::Partial,
            },
            _ => Extent::BeforeRecord,
        }
    }
}

/// The buckets that begin in a span, oldest first; where none does, the one that its end lies in. None
/// begins at or after the `as of` instant.
pub fn buckets(span: Window, unit: CalendarUnit, as_of: DateTime<Utc>, zone: Tz) -> Vec<Bucket> {
    let span = Window::new(span.start, span.end.min(as_of));
    let of = |window: Window| {
        spans(window, zone, unit).map(|(named, whole)| Bucket {
            label: named.label(),
            window: Window::new(whole.start, whole.end.min(as_of)),
            previous: Window::new(named.before().window(zone).start, whole.start),
            is_over: whole.end <= as_of,
        })
    };
    let begun: Vec<Bucket> = of(span)
        .filter(|bucket| span.contains(bucket.window.start))
        .collect();
    if !begun.is_empty() {
        return begun;
    }
    let last = span.end - TimeDelta::nanoseconds(1);
    let last = of(Window::new(last.max(span.start), span.end)).last();
    last.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use chrono_tz::America;

    use super::*;
    use crate::metrics::story::{at, window};

    fn labels(buckets: &[Bucket]) -> Vec<&str> {
        buckets.iter().map(|bucket| bucket.label.as_str()).collect()
    }

    #[test]
    fn twelve_months_back_are_the_twelve_months_that_began_in_them() {
        let now = at("2026-08-20 15:30");
        let span = window("2025-08-20 15:30", "2026-08-20 15:30");
        let months = buckets(span, CalendarUnit::Month, now, Tz::UTC);
        assert_eq!(months.len(), 12);
        assert_eq!(labels(&months)[..2], ["2025-09", "2025-10"]);
        let last = &months[11];
        assert_eq!((last.label.as_str(), last.is_over), ("2026-08", false));
        assert_eq!(last.window, window("2026-08-01 00:00", "2026-08-20 15:30"));
        assert_eq!(
            last.previous,
            window("2026-07-01 00:00", "2026-08-01 00:00")
        );
        assert!(months[..11].iter().all(|month| month.is_over));
    }

    #[test]
    fn at_the_first_instant_of_a_month_all_twelve_are_over() {
        let span = window("2025-08-01 00:00", "2026-08-01 00:00");
        let months = buckets(span, CalendarUnit::Month, span.end, Tz::UTC);
        assert_eq!(months.len(), 12);
        assert!(months.iter().all(|month| month.is_over));
        assert_eq!(labels(&months)[11], "2026-07");
    }

    #[test]
    fn a_span_in_which_no_bucket_begins_has_the_one_it_ends_in() {
        let now = at("2026-08-20 15:30");
        let week = window("2026-08-13 15:30", "2026-08-20 15:30");
        let quarter = buckets(week, CalendarUnit::Quarter, now, Tz::UTC);
        assert_eq!(labels(&quarter), ["2026-Q3"]);
        // It ends with the last instant of a month, which is over.
        let july = window("2026-07-20 00:00", "2026-08-01 00:00");
        let month = buckets(july, CalendarUnit::Month, now, Tz::UTC);
        assert_eq!(labels(&month), ["2026-07"]);
        assert!(month[0].is_over);
    }

    #[test]
    fn buckets_of_a_past_span_are_whole_beyond_its_end() {
        let now = at("2026-08-20 15:30");
        let span = window("2026-01-01 00:00", "2026-02-10 00:00");
        let months = buckets(span, CalendarUnit::Month, now, Tz::UTC);
        assert_eq!(labels(&months), ["2026-01", "2026-02"]);
        assert_eq!(months[1].window.end, at("2026-03-01 00:00"));
    }

    #[test]
    fn nothing_begins_after_the_as_of_instant_and_an_empty_span_has_at_most_one() {
        let now = at("2026-08-20 15:30");
        let future = window("2026-08-01 00:00", "2027-01-01 00:00");
        assert_eq!(
            labels(&buckets(future, CalendarUnit::Month, now, Tz::UTC)),
            ["2026-08"]
        );
        let empty = window("2026-08-20 15:30", "2026-08-20 15:30");
        assert!(buckets(empty, CalendarUnit::Month, now, Tz::UTC).len() <= 1);
    }

    #[test]
    fn months_meet_where_the_zone_says() {
        let span = window("2026-02-15 00:00", "2026-05-15 00:00");
        let zone = America::New_York;
        let months = buckets(span, CalendarUnit::Month, at("2026-06-01 12:00"), zone);
        assert_eq!(labels(&months), ["2026-03", "2026-04", "2026-05"]);
        // Standard time on 1 March, summer time on 1 April.
        assert_eq!(
            months[0].window,
            window("2026-03-01 05:00", "2026-04-01 04:00")
        );
        assert_eq!(months[1].previous, months[0].window);
    }

    #[test]
    fn a_bucket_is_known_as_far_as_the_record_goes() {
        let now = at("2026-04-10 00:00");
        let span = window("2026-01-01 00:00", "2026-04-10 00:00");
        let months = buckets(span, CalendarUnit::Month, now, Tz::UTC);
        let extents = |record: Option<&str>| -> Vec<&str> {
            let extents = months.iter().map(|month| month.extent(record.map(at)));
            extents.map(Extent::name).collect()
        };
        assert_eq!(
            extents(Some("2026-02-05 00:00")),
            ["before-record", "partial", "whole", "so-far"]
        );
        assert_eq!(extents(Some("2026-02-01 00:00"))[1], "whole");
        assert_eq!(extents(Some("2026-04-09 00:00"))[3], "so-far");
        assert_eq!(extents(Some("2026-04-10 00:00"))[3], "before-record");
        assert_eq!(extents(None), ["before-record"; 4]);
    }
}
