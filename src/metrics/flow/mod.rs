//! Formulas of the value stream: pure functions of its account and a window (spec 6.3). One file per
//! metric; `item_time` is what they share about one item, `findings` the rules that speak up. All
//! durations are hours as exact real numbers, all percentiles nearest ranks.

pub mod ageing;
pub mod blocked_time;
pub mod constraint;
pub mod cumulative_flow;
pub mod findings;
pub mod flow_distribution;
pub mod flow_efficiency;
pub mod flow_load;
pub mod flow_time;
pub mod flow_velocity;
pub mod idea_to_cash;
pub mod item_time;
pub mod stage_limits;
pub mod stage_time;
pub mod value;

#[cfg(test)]
mod laws;

use chrono::{TimeDelta, Utc};

use super::statistics::{mean, nearest_rank, sorted};
use crate::ledger::flow::{FlowAccount, FlowItem};
use crate::model::{StageKind, Window};

/// What is usual is told by so many days before the `as of` instant.
pub const HISTORY_DAYS: i64 = 90;
/// Fewer observations are too few to be sure.
pub const FEWEST_FIRM: usize = 5;
/// Fewer observations say nothing at all.
pub const FEWEST: usize = 2;

/// A series by day or week covers at most so many days, the last ones of its window.
const MOST_DAYS: i64 = 3660;

/// A span in hours, as a real number.
pub fn hours(span: TimeDelta) -> f64 {
    span.as_seconds_f64() / 3600.0
}

/// The time that two windows share.
pub(crate) fn shared(one: Window, other: Window) -> TimeDelta {
    Window::new(one.start.max(other.start), one.end.min(other.end)).length()
}

/// The sum of two spans; hostile dates make long ones.
pub(crate) fn added(one: TimeDelta, other: TimeDelta) -> TimeDelta {
    one.checked_add(&other).unwrap_or(TimeDelta::MAX)
}

/// The part of a window that a series covers: its last ten years.
pub(crate) fn last_years(window: Window) -> Window {
    let earliest = window
        .end
        .checked_sub_signed(TimeDelta::days(MOST_DAYS))
        .unwrap_or(window.start);
    Window::new(window.start.max(earliest), window.end)
}

/// The 90 days before the `as of` instant, as far as there is anything on record; `None` of an account
/// without items.
pub fn history(account: &FlowAccount) -> Option<Window> {
    let record = account.record_start()?;
    let earliest = account
        .as_of
        .checked_sub_signed(TimeDelta::days(HISTORY_DAYS));
    let start = earliest.map_or(record, |earliest| record.max(earliest));
    Some(Window::new(start, account.as_of))
}

/// All time: what of an item is not cut by any period.
pub(crate) fn always() -> Window {
    Window::new(
        chrono::DateTime::<Utc>::MIN_UTC,
        chrono::DateTime::<Utc>::MAX_UTC,
    )
}

/// A sample of durations in hours, said in few numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spread {
    /// The sample in ascending order.
    pub sorted: Vec<f64>,
    /// Mean.
    pub mean: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 85th percentile.
    pub p85: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
}

impl Spread {
    /// The spread of a sample.
    pub fn of(sample: impl IntoIterator<Item = f64>) -> Self {
        let sorted = sorted(sample);
        Self {
            mean: mean(&sorted),
            p50: nearest_rank(&sorted, 0.5),
            p85: nearest_rank(&sorted, 0.85),
            p95: nearest_rank(&sorted, 0.95),
            sorted,
        }
    }

    /// How many values there are.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// Their sum.
    pub fn total(&self) -> f64 {
        // From zero: the sum of nothing would be negative zero.
        self.sorted.iter().fold(0.0, |sum, hours| sum + hours)
    }

    /// How many values are at least this one.
    pub fn at_least(&self, value: f64) -> usize {
        self.count() - self.sorted.partition_point(|other| *other < value)
    }

    /// How many values are greater than this one.
    pub fn above(&self, value: f64) -> usize {
        self.count() - self.sorted.partition_point(|other| *other <= value)
    }
}

/// The items done in a window, in the order of their value: the last digit of a sum depends on its order,
/// and that of the items means nothing.
pub(crate) fn done_by_value(account: &FlowAccount, window: Window) -> Vec<&FlowItem> {
    let mut done: Vec<&FlowItem> = account.done_in(window).collect();
    let value = |item: &FlowItem| item.value.unwrap_or(0.0);
    done.sort_by(|one, other| value(one).total_cmp(&value(other)));
    done
}

/// A part of a whole; `None` of nothing.
pub(crate) fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Whether time in such a stage is time in the stream.
pub(crate) fn is_before_done(kind: StageKind) -> bool {
    !matches!(kind, StageKind::Done | StageKind::Cancelled)
}
