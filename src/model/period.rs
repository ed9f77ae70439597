//! What a person means by a period (`30`, `3mo`, `2026-Q3`, `2026-08-01..`, `last-month`) and the
//! window it stands for at an instant, with the one it is compared with (spec 2.10, 2.11, 5.2).
//! How it is written is in `period/grammar.rs`, how it becomes a window in `period/resolution.rs`, how
//! one instant is written in `period/moment.rs`;
//! days, weeks and months of a zone are in `calendar`.

mod grammar;
mod moment;
mod range;
mod resolution;
mod suggestion;

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use super::Window;
use super::calendar::{CalendarSpan, CalendarUnit};

pub use grammar::parse_instant;
pub use moment::{parse_moment, written};

/// A unit in which one counts back from the `as of` instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BackUnit {
    /// `h`: 60 minutes.
    Hours,
    /// `d`: 24 hours.
    Days,
    /// `w`: 7 × 24 hours.
    Weeks,
    /// `mo`: calendar months in the zone.
    Months,
    /// `y`: calendar years in the zone.
    Years,
}

impl BackUnit {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Hours => ("h", "hour"),
            Self::Days => ("d", "day"),
            Self::Weeks => ("w", "week"),
            Self::Months => ("mo", "month"),
            Self::Years => ("y", "year"),
        }
    }
}

/// One end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bound {
    /// A whole calendar span: a range begins with its first instant and ends after its last.
    Span(CalendarSpan),
    /// An instant; as an end it is outside.
    Instant(DateTime<Utc>),
}

/// A period as a person asks for it; `Display` writes it the way it is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeriodSpec {
    /// So many units back from the `as of` instant.
    Back(u32, BackUnit),
    /// A named day, week, month, quarter, half-year or year.
    Calendar(CalendarSpan),
    /// The calendar unit that the `as of` instant lies in (`today`, `this-month`).
    Current(CalendarUnit),
    /// The calendar unit before that (`yesterday`, `last-month`).
    Last(CalendarUnit),
    /// From one bound to another; without a start from the beginning of the record, without an end
    /// to the `as of` instant.
    Range(Option<Bound>, Option<Bound>),
}

impl Default for PeriodSpec {
    /// 30 days.
    fn default() -> Self {
        Self::Back(30, BackUnit::Days)
    }
}

/// A period at an instant: what a report speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// The span of time, cut at the `as of` instant.
    pub window: Window,
    /// The span it is compared with: a calendar period's is the whole one before it, any other's is
    /// of the same length and ends where it starts.
    pub previous: Window,
    /// As a person would say it: `30 days`, `2026-Q3`, `2026-08-01 to 2026-08-31`.
    pub label: String,
    /// The same of the previous one: `previous 30 days`, `2026-Q2`.
    pub previous_label: String,
    /// False when it was cut at the `as of` instant.
    pub complete: bool,
}

/// Why a period cannot be understood or does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PeriodError {
    /// What is wrong, in words.
    pub message: String,
    /// What to write instead, where that is known.
    pub hint: Option<String>,
}

impl PeriodError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The beginning of the year 1: nothing that dora reads is earlier.
const FIRST_INSTANT: DateTime<Utc> = match DateTime::from_timestamp(-62_135_596_800, 0) {
    Some(instant) => instant,
    None => DateTime::UNIX_EPOCH,
};

fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(span) => f.write_str(&span.label()),
            Self::Instant(instant) => f.write_str(&rfc3339(*instant)),
        }
    }
}

impl fmt::Display for PeriodSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Back(count, unit) => write!(f, "{count}{}", unit.words().0),
            Self::Calendar(span) => f.write_str(&span.label()),
            Self::Current(unit) => f.write_str(grammar::word_of(*unit).0),
            Self::Last(unit) => f.write_str(grammar::word_of(*unit).1),
            Self::Range(from, to) => {
                if let Some(from) = from {
                    from.fmt(f)?;
                }
                f.write_str("..")?;
                match to {
                    Some(to) => to.fmt(f),
                    None => Ok(()),
                }
            }
        }
    }
}
