//! What lies over the stages of one item: the times in which a flag, a label or a status stopped it.
//! Several causes may be on at once; the time is told under the one that came last. `track` says when
//! each begins and ends.

use chrono::{DateTime, Utc};

use super::account::Blocked;

/// Causes that are kept at once: an item has few labels, unless somebody wants to waste our time.
const MOST: usize = 100;

/// What stops an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Its flag, or a link to what it waits for.
    Flag,
    /// The label with this number.
    Label(u32),
    /// The status it is in.
    Status,
}

/// The causes that are on, and the times that are over.
#[derive(Default)]
pub(super) struct Overlay<'a> {
    causes: Vec<(Cause, Option<&'a str>)>,
    is_ended: bool,
    now: Option<(DateTime<Utc>, Option<&'a str>)>,
    times: Vec<Blocked>,
}

impl<'a> Overlay<'a> {
    /// A cause begins, or tells another reason.
    pub(super) fn begin(&mut self, at: DateTime<Utc>, cause: Cause, reason: Option<&'a str>) {
        self.causes.retain(|(other, _)| *other != cause);
        if self.causes.len() < MOST {
            self.causes.push((cause, reason));
        }
        self.settle(at);
    }

    /// A cause ends; nothing happens if it was not on.
    pub(super) fn end(&mut self, at: DateTime<Utc>, cause: Cause) {
        if !self.causes.is_empty() {
            self.causes.retain(|(other, _)| *other != cause);
            self.settle(at);
        }
    }

    /// The item is done or cancelled, or no longer: what has ended is not stopped by anything.
    pub(super) fn ended(&mut self, at: DateTime<Utc>, is_ended: bool) {
        self.is_ended = is_ended;
        self.settle(at);
    }

    /// The times, in order; the last one lasts unless the item was removed.
    pub(super) fn finish(mut self, removed: Option<DateTime<Utc>>) -> Vec<Blocked> {
        if let Some(at) = removed {
            self.ended(at, true);
        }
        if let Some((from, reason)) = self.now {
            self.times.push(Blocked {
                from,
                to: None,
                reason: reason.map(str::to_owned),
            });
        }
        self.times
    }

    fn settle(&mut self, at: DateTime<Utc>) {
        let last = self.causes.last().filter(|_| !self.is_ended);
        let reason = last.map(|(_, reason)| *reason);
        if self.now.map(|(_, reason)| reason) == reason {
            return;
        }
        // A return to an earlier status is known late, and then comes with an earlier instant.
        let begin = self.now.map(|(from, _)| from);
        let over = self.times.last().and_then(|time| time.to);
        let at = begin.or(over).map_or(at, |earliest| at.max(earliest));
        if let Some((from, reason)) = self.now.take()
            && from < at
        {
            self.times.push(Blocked {
                from,
                to: Some(at),
                reason: reason.map(str::to_owned),
            });
        }
        self.now = reason.map(|reason| (at, reason));
    }
}
