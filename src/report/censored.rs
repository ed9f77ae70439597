//! The part of the report about medians that count what has not ended; the plain ones are in `document`.

use serde::{Deserialize, Serialize};

use crate::metrics;

/// A median in which what had not ended at the end of the period counts as at least so long (Kaplan and
/// Meier).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CensoredMedian {
    /// In minutes; `None` when there is none, as when more than half has not ended.
    pub value: Option<f64>,
    /// `minutes`.
    pub unit: String,
    /// What ended in the period.
    pub events: usize,
    /// What had begun before its end and not ended then.
    pub censored: usize,
    /// The longest that ended, in minutes: where more than half has not ended, the median is longer.
    pub longest: Option<f64>,
    /// Why there is no value, or what is not in it.
    pub reason: Option<String>,
}

impl From<metrics::CensoredMedian> for CensoredMedian {
    fn from(median: metrics::CensoredMedian) -> Self {
        Self {
            value: median.minutes.value().copied(),
            unit: "minutes".to_owned(),
            events: median.events,
            censored: median.censored,
            longest: median.longest,
            reason: median.minutes.reason().map(str::to_owned),
        }
    }
}

impl CensoredMedian {
    /// The same, which leaves something out that has no place in its numbers.
    pub(super) fn leaving_out(mut self, what: Option<String>) -> Self {
        self.reason = self.reason.or(what);
        self
    }
}
