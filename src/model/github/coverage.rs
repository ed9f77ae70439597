//! Which spans of time were read completely: what is missing from them does not exist, what is
//! missing elsewhere may.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::Window;

/// Disjoint spans in order, none touching the next.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(i64, i64)>", into = "Vec<(i64, i64)>")]
pub struct Coverage {
    windows: Vec<Window>,
}

impl Coverage {
    /// Notes that a span was read completely.
    pub fn add(&mut self, span: Window) {
        if span.start == span.end {
            return;
        }
        let from = self.windows.partition_point(|known| known.end < span.start);
        let to = self
            .windows
            .partition_point(|known| known.start <= span.end);
        let mut whole = span;
        for known in &self.windows[from..to] {
            whole = Window::new(whole.start.min(known.start), whole.end.max(known.end));
        }
        self.windows.splice(from..to, [whole]);
    }

    /// The parts of a span that were not read, newest first.
    pub fn gaps(&self, span: Window) -> Vec<Window> {
        let mut gaps = Vec::new();
        let mut end = span.end;
        for known in self.windows.iter().rev() {
            if known.start >= end || known.end <= span.start {
                continue;
            }
            if known.end < end {
                gaps.push(Window::new(known.end, end));
            }
            end = known.start;
        }
        if end > span.start {
            gaps.push(Window::new(span.start, end));
        }
        gaps
    }

    /// What all of them cover; nothing where there are none.
    pub fn shared_by<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut all = all.into_iter();
        let first = all.next().cloned().unwrap_or_default();
        all.fold(first, |shared, other| shared.shared_with(other))
    }

    fn shared_with(&self, other: &Self) -> Self {
        let mut shared = Self::default();
        let (mut own, mut others) = (self.windows.iter(), other.windows.iter());
        let (mut one, mut two) = (own.next(), others.next());
        while let (Some(a), Some(b)) = (one, two) {
            let (start, end) = (a.start.max(b.start), a.end.min(b.end));
            shared.add(Window::new(start, end));
            match a.end < b.end {
                true => one = own.next(),
                false => two = others.next(),
            }
        }
        shared
    }

    /// The parts of a span that are not known though GitHub was asked since, oldest first: what came
    /// after it was last asked makes an answer old, not incomplete.
    pub fn missing(&self, span: Window, checked: Option<DateTime<Utc>>) -> Vec<Window> {
        let asked = checked.max(self.newest());
        let end = asked.map_or(span.end, |asked| asked.min(span.end));
        let mut missing = self.gaps(Window::new(span.start, end));
        missing.reverse();
        missing
    }

    /// The spans, oldest first.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// The end of the newest span.
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        self.windows.last().map(|window| window.end)
    }
}

impl From<Vec<(i64, i64)>> for Coverage {
    fn from(pairs: Vec<(i64, i64)>) -> Self {
        let mut coverage = Self::default();
        for (start, end) in pairs {
            let at = crate::model::instant_from_epoch;
            coverage.add(Window::new(at(start), at(end)));
        }
        coverage
    }
}

impl From<Coverage> for Vec<(i64, i64)> {
    fn from(coverage: Coverage) -> Self {
        let seconds = |window: &Window| (window.start.timestamp(), window.end.timestamp());
        coverage.windows.iter().map(seconds).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::instant_from_epoch;

    fn span(start: i64, end: i64) -> Window {
        Window::new(instant_from_epoch(start), instant_from_epoch(end))
    }

    fn coverage(spans: &[(i64, i64)]) -> Coverage {
        Coverage::from(spans.to_vec())
    }

    #[test]
    fn spans_that_meet_or_overlap_become_one() {
        let pairs = |spans: &[(i64, i64)]| Vec::from(coverage(spans));
        assert_eq!(pairs(&[]), []);
        assert_eq!(pairs(&[(5, 5)]), []);
        assert_eq!(pairs(&[(10, 20), (0, 5)]), [(0, 5), (10, 20)]);
        assert_eq!(pairs(&[(10, 20), (0, 10)]), [(0, 20)]);
        assert_eq!(pairs(&[(0, 5), (10, 15), (20, 25), (4, 21)]), [(0, 25)]);
        assert_eq!(pairs(&[(0, 30), (10, 15)]), [(0, 30)]);
    }

    #[test]
    fn gaps_are_what_was_not_read_newest_first() {
        let known = coverage(&[(10, 20), (30, 40)]);
        assert_eq!(
            known.gaps(span(0, 50)),
            [span(40, 50), span(20, 30), span(0, 10)]
        );
        assert_eq!(known.gaps(span(12, 18)), []);
        assert_eq!(known.gaps(span(15, 35)), [span(20, 30)]);
        assert_eq!(known.gaps(span(41, 50)), [span(41, 50)]);
        assert_eq!(Coverage::default().gaps(span(0, 5)), [span(0, 5)]);
        assert_eq!(known.gaps(span(20, 30)), [span(20, 30)]);
    }

    #[test]
    fn what_two_cover_is_where_both_do() {
        let one = coverage(&[(0, 10), (20, 30), (40, 50)]);
        let two = coverage(&[(5, 25), (28, 42), (60, 70)]);
        let both = coverage(&[(5, 10), (20, 25), (28, 30), (40, 42)]);
        assert_eq!(one.shared_with(&two), both);
        assert_eq!(two.shared_with(&one), both);
        assert_eq!(one.shared_with(&Coverage::default()), Coverage::default());
    }

    #[test]
    fn what_is_missing_ends_where_github_was_last_asked() {
        let known = coverage(&[(10, 20), (30, 40)]);
        let missing = |end, checked: Option<i64>| {
            known.missing(span(0, end), checked.map(instant_from_epoch))
        };
        let older = [span(0, 10), span(20, 30)];
        assert_eq!(missing(50, Some(40)), older, "the rest is its age");
        assert_eq!(missing(50, None), older);
        assert_eq!(missing(50, Some(45)), [older[0], older[1], span(40, 45)]);
        assert_eq!(missing(15, Some(45)), [span(0, 10)]);
        let nothing = Coverage::default();
        assert_eq!(nothing.missing(span(0, 50), None), [span(0, 50)]);
    }
}
