//! A half-open span of time, the only way a metric learns which part of history it speaks of.
//! How a person writes one is in `period`.

use chrono::{DateTime, TimeDelta, Utc};

/// A half-open span `[start, end)` of instants in UTC. `start <= end` always holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// First instant inside.
    pub start: DateTime<Utc>,
    /// First instant no longer inside.
    pub end: DateTime<Utc>,
}

impl Window {
    /// The window from `start` to `end`; an end before the start makes an empty window at `start`.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    /// Whether the instant lies inside (`start <= at < end`).
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.start <= at && at < self.end
    }

    /// The exact length.
    pub fn length(&self) -> TimeDelta {
        self.end - self.start
    }

    /// The length in days of 24 hours, as an exact real number (spec 2.4).
    pub fn days(&self) -> f64 {
        self.length().as_seconds_f64() / 86_400.0
    }
}

/// The instant of a git timestamp (seconds since 1970), clamped to the years 1 to 9999 so that no
/// later arithmetic or formatting can fail on a hostile commit.
pub fn instant_from_epoch(seconds: i64) -> DateTime<Utc> {
    const YEAR_1: i64 = -62_135_596_800;
    const YEAR_9999_END: i64 = 253_402_300_799;
    DateTime::from_timestamp(seconds.clamp(YEAR_1, YEAR_9999_END), 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_contains_its_start_and_not_its_end() {
        let window = Window::new(instant_from_epoch(0), instant_from_epoch(86_400));
        assert!(window.contains(instant_from_epoch(0)));
        assert!(!window.contains(instant_from_epoch(86_400)));
        assert!((window.days() - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_reversed_window_is_empty() {
        let window = Window::new(instant_from_epoch(10), instant_from_epoch(5));
        assert_eq!(window.days(), 0.0);
        assert!(!window.contains(instant_from_epoch(10)));
    }

    #[test]
    fn hostile_timestamps_stay_inside_the_calendar() {
        assert_eq!(
            instant_from_epoch(i64::MAX).to_rfc3339(),
            "9999-12-31T23:59:59+00:00"
        );
        assert_eq!(
            instant_from_epoch(i64::MIN).to_rfc3339(),
            "0001-01-01T00:00:00+00:00"
        );
    }
}
