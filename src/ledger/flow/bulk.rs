//! Changes that a tracker made to many items at once: a workflow was replaced, a column renamed. A
//! source marks those it can tell; the others are told by their number: at least five items and at
//! least a tenth of all that change their status in one minute. What follows from it is in `track`.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;

use crate::model::WorkItem;
use crate::model::work_item::{Change, History};

/// Fewest items of a change at once.
const FEWEST: usize = 5;
/// It is a change at once when so many times its items are all items.
const SHARE: usize = 10;
/// Buckets of the coarse count.
const BUCKETS: usize = 1 << 16;

/// Minutes in which many items changed, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct BulkMinutes(Vec<i64>);

impl BulkMinutes {
    /// Whether changes at this instant are changes at once.
    pub(super) fn contains(&self, at: DateTime<Utc>) -> bool {
        !self.0.is_empty() && self.0.binary_search(&minute(at)).is_ok()
    }
}

/// Counts changes of status by minute, coarsely first: nearly always that shows that there is nothing.
pub(super) struct BulkCounter {
    buckets: Vec<u32>,
}

impl BulkCounter {
    pub(super) fn new() -> Self {
        Self {
            buckets: vec![0; BUCKETS],
        }
    }

    /// An item entered a status.
    pub(super) fn count(&mut self, at: DateTime<Utc>) {
        if let Some(bucket) = self.buckets.get_mut(bucket(minute(at))) {
            *bucket = bucket.saturating_add(1);
        }
    }

    /// The minutes in which many of these items changed. Only items with their whole history count: a
    /// guessed time is that of an export, and a date without a time is not a minute.
    pub(super) fn minutes(
        &self,
        items: &[(usize, &WorkItem)],
        as_of: DateTime<Utc>,
        zone: Tz,
    ) -> BulkMinutes {
        let fewest = FEWEST.max(items.len().div_ceil(SHARE));
        let may_be = |minute| {
            let count = self.buckets.get(bucket(minute)).copied().unwrap_or(0);
            count as usize >= fewest
        };
        if !self.buckets.iter().any(|count| *count as usize >= fewest) {
            return BulkMinutes::default();
        }
        let mut counts: HashMap<i64, (usize, usize)> = HashMap::new();
        for (index, item) in items {
            if item.history != History::Complete {
                continue;
            }
            let entries = || {
                let entries = item.events.iter();
                entries
                    .filter(|event| event.at < as_of && matches!(event.change, Change::Status(_)))
            };
            let first = entries().map(|event| event.at).min();
            for event in entries() {
                let minute = minute(event.at);
                // The first status is no change.
                if Some(event.at) == first || !may_be(minute) || is_midnight(event.at, zone) {
                    continue;
                }
                let (last, count) = counts.entry(minute).or_insert((usize::MAX, 0));
                if *last != *index {
                    *last = *index;
                    *count += 1;
                }
            }
        }
        let many = counts
            .into_iter()
            .filter(|(_, (_, count))| *count >= fewest);
        let mut minutes: Vec<i64> = many.map(|(minute, _)| minute).collect();
        minutes.sort_unstable();
        BulkMinutes(minutes)
    }
}

/// A number for the minute of an instant, growing with time. Days of the year are numbered as they come,
/// which is cheaper than counting seconds.
fn minute(at: DateTime<Utc>) -> i64 {
    let date = at.date_naive();
    let day = i64::from(date.year()) * 400 + i64::from(date.ordinal());
    day * 1440 + i64::from(at.time().num_seconds_from_midnight() / 60)
}

fn bucket(minute: i64) -> usize {
    minute.rem_euclid(BUCKETS as i64) as usize
}

fn is_midnight(at: DateTime<Utc>, zone: Tz) -> bool {
    at.time() == NaiveTime::MIN || at.with_timezone(&zone).time() == NaiveTime::MIN
}
