//! The way of a work item from idea to production and what lies between its points (spec 6.4,
//! `docs/metrics/idea-to-production.md`). Which commits and deployments belong to an item is told by
//! `ledger::flow_join`, when it was started and done by `ledger::flow`.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::statistics::{mean, nearest_rank, sorted};
use crate::ledger::flow::{FlowItem, Outcome};
use crate::ledger::{EnvironmentAccount, ItemCode};
use crate::model::Window;

/// A point of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The tracker knows the item.
    Created,
    /// First entry to a wait or active stage.
    Started,
    /// Its oldest commit.
    FirstCommit,
    /// Its first pull request was opened.
    PullRequest,
    /// The last part that is needed came to the main line.
    Merged,
    /// The last part that is needed came to production.
    Deployed,
}

impl Step {
    /// All, in the order of the way.
    pub const ALL: [Self; 6] = [
        Self::Created,
        Self::Started,
        Self::FirstCommit,
        Self::PullRequest,
        Self::Merged,
        Self::Deployed,
    ];

    /// The name used in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Started => "started",
            Self::FirstCommit => "first_commit",
            Self::PullRequest => "pull_request",
            Self::Merged => "merged",
            Self::Deployed => "deployed",
        }
    }

    /// The same as an end of a segment: `idea` in `idea_to_start`.
    fn end(self) -> &'static str {
        match self {
            Self::Created => "idea",
            Self::Started => "start",
            Self::FirstCommit => "first_commit",
            Self::PullRequest => "pull_request",
            Self::Merged => "merge",
            Self::Deployed => "deployment",
        }
    }
}

/// The name of the segment between two points: `first_commit_to_pull_request`.
pub fn segment_name(from: Step, to: Step) -> String {
    format!("{}_to_{}", from.end(), to.end())
}

/// The points of one item that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Points([Option<DateTime<Utc>>; 6]);

/// What lies between two points that follow each other on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// The point that it begins with.
    pub from: Step,
    /// The point that it ends with.
    pub to: Step,
    /// When it begins.
    pub start: DateTime<Utc>,
    /// When it ends; before `start` where the way was not gone in its order.
    pub end: DateTime<Utc>,
}

impl Segment {
    /// Its length; negative where the way was not gone in its order.
    pub fn length(&self) -> TimeDelta {
        self.end - self.start
    }
}

impl Points {
    /// The points of an item that commits name.
    pub fn of(item: &FlowItem, code: &ItemCode, account: &EnvironmentAccount) -> Self {
        let deployed = code.last_deployment;
        let deployed = deployed.and_then(|index| account.deployments.get(index));
        Self([
            Some(item.created),
            started(item),
            code.first_commit.map(|(at, _)| at),
            code.opened.map(|(at, _)| at),
            code.merged.map(|(at, _)| at),
            deployed.map(|it| it.time),
        ])
    }

    /// When a point was reached, if that is known.
    pub fn at(&self, step: Step) -> Option<DateTime<Utc>> {
        self.0[step as usize]
    }

    /// From each known point to the next known one, in the order of the way. Their sum is the time from
    /// the first known point to the last.
    pub fn segments(&self) -> Vec<Segment> {
        let known: Vec<(Step, DateTime<Utc>)> = Step::ALL
            .into_iter()
            .filter_map(|step| Some((step, self.at(step)?)))
            .collect();
        known
            .windows(2)
            .map(|pair| Segment {
                from: pair[0].0,
                to: pair[1].0,
                start: pair[0].1,
                end: pair[1].1,
            })
            .collect()
    }

    /// From one point to another, when both are known.
    pub fn between(&self, from: Step, to: Step) -> Option<TimeDelta> {
        Some(self.at(to)? - self.at(from)?)
    }
}

/// A span over several items.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SpanFigure {
    /// Items of which both ends are known.
    pub count: usize,
    /// Median, nearest rank.
    pub p50_hours: Option<f64>,
    /// 85th percentile, nearest rank.
    pub p85_hours: Option<f64>,
    /// Mean.
    pub mean_hours: Option<f64>,
}

/// When an item was started, if it tells: what it is since its export does not.
fn started(item: &FlowItem) -> Option<DateTime<Utc>> {
    item.started.filter(|_| !item.stays().is_empty())
}

/// The segments of several items, in the order of the way: between neighbouring points always, and where
/// points are missing those that they join.
pub fn segment_figures(ways: &[Points]) -> Vec<(Step, Step, SpanFigure)> {
    let mut spans: BTreeMap<(Step, Step), Vec<TimeDelta>> = BTreeMap::new();
    for pair in Step::ALL.windows(2) {
        spans.insert((pair[0], pair[1]), Vec::new());
    }
    for segment in ways.iter().flat_map(Points::segments) {
        let ends = (segment.from, segment.to);
        spans.entry(ends).or_default().push(segment.length());
    }
    spans
        .into_iter()
        .map(|((from, to), spans)| (from, to, figure_of(spans.into_iter())))
        .collect()
}

/// The span between two points over the items of which both are known.
pub fn span_figure(ways: &[Points], from: Step, to: Step) -> SpanFigure {
    figure_of(ways.iter().filter_map(|way| way.between(from, to)))
}

/// Median, 85th percentile and mean of spans; negative ones count as they are.
fn figure_of(spans: impl Iterator<Item = TimeDelta>) -> SpanFigure {
    let samples = sorted(spans.map(hours));
    SpanFigure {
        count: samples.len(),
        p50_hours: nearest_rank(&samples, 0.5),
        p85_hours: nearest_rank(&samples, 0.85),
        mean_hours: mean(&samples),
    }
}

/// A span in hours.
pub fn hours(span: TimeDelta) -> f64 {
    span.as_seconds_f64() / 3600.0
}

/// What the tracker says against what runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GapMeasure {
    /// Items done in the tracker and deployed, the later of the two in the window.
    pub count: usize,
    /// Median of done minus deployed over them, in hours.
    pub done_minus_deployed_p50_hours: Option<f64>,
    /// How many of them were done before they were deployed.
    pub closed_before_deployed: usize,
    /// Items (as indexed by the account) done before the end of the window that do not run.
    pub done_not_deployed: Vec<usize>,
    /// Items started in the window whose first commit is older.
    pub coded_before_started: usize,
}

/// Compares the tracker with deployments over a window. `items` are pairs of an item and its code.
pub fn tracker_gap<'a>(
    items: impl Iterator<Item = (&'a FlowItem, &'a ItemCode)>,
    account: &EnvironmentAccount,
    window: Window,
) -> GapMeasure {
    let mut gap = GapMeasure::default();
    let mut spans = Vec::new();
    for (item, code) in items {
        let points = Points::of(item, code, account);
        let done = item.finished.filter(|_| item.outcome == Outcome::Done);
        if let (Some(done), Some(deployed)) = (done, points.at(Step::Deployed))
            && window.contains(done.max(deployed))
        {
            spans.push(done - deployed);
            gap.closed_before_deployed += usize::from(done < deployed);
        }
        if done.is_some_and(|at| at < window.end) && !code.runs() {
            gap.done_not_deployed.push(item.item);
        }
        let ends = (points.at(Step::Started), points.at(Step::FirstCommit));
        if let (Some(started), Some(first)) = ends {
            gap.coded_before_started += usize::from(first < started && window.contains(started));
        }
    }
    let figure = figure_of(spans.into_iter());
    gap.count = figure.count;
    gap.done_minus_deployed_p50_hours = figure.p50_hours;
    gap
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::story::{at, window};

    fn points(times: [&str; 6]) -> Points {
        Points(times.map(|time| (!time.is_empty()).then(|| at(&format!("2026-03-{time}")))))
    }

    fn rounded(hours: f64) -> f64 {
        (hours * 100.0).round() / 100.0
    }

    fn told(way: &Points) -> Vec<(String, f64)> {
        way.segments()
            .iter()
            .map(|it| (segment_name(it.from, it.to), rounded(hours(it.length()))))
            .collect()
    }

    /// The worked example: every point is known.
    fn example() -> Points {
        points([
            "02 09:00", "03 09:00", "05 15:00", "06 09:10", "09 08:30", "11 10:40",
        ])
    }

    #[test]
    fn the_segments_of_the_worked_example_add_up_to_its_way() {
        let expected = [
            ("idea_to_start", 24.0),
            ("start_to_first_commit", 54.0),
            ("first_commit_to_pull_request", 18.17),
            ("pull_request_to_merge", 71.33),
            ("merge_to_deployment", 50.17),
        ];
        assert_eq!(
            told(&example()),
            expected.map(|(name, hours)| (name.to_owned(), hours))
        );
        let total = example().between(Step::Created, Step::Deployed);
        assert_eq!(total.map(|it| it.num_minutes()), Some(217 * 60 + 40));
        let gap = at("2026-03-11 11:00") - at("2026-03-11 10:40");
        assert_eq!(rounded(hours(gap)), 0.33);
    }

    #[test]
    fn a_missing_point_joins_two_segments_into_one() {
        let way = points(["02 09:00", "", "05 15:00", "", "09 08:30", "11 10:40"]);
        let expected = [
            ("idea_to_first_commit", 78.0),
            ("first_commit_to_merge", 89.5),
            ("merge_to_deployment", 50.17),
        ];
        assert_eq!(
            told(&way),
            expected.map(|(name, hours)| (name.to_owned(), hours))
        );
        assert_eq!(told(&Points::default()), []);
    }

    #[test]
    fn a_way_that_was_not_gone_in_its_order_has_negative_segments_and_the_same_sum() {
        let way = points(["02 09:00", "05 09:00", "04 09:00", "", "", "06 09:00"]);
        let expected = [
            ("idea_to_start", 72.0),
            ("start_to_first_commit", -24.0),
            ("first_commit_to_deployment", 48.0),
        ];
        assert_eq!(
            told(&way),
            expected.map(|(name, hours)| (name.to_owned(), hours))
        );
        let sum: f64 = told(&way).iter().map(|(_, hours)| hours).sum();
        assert_eq!(sum, 96.0);
    }

    #[test]
    fn percentiles_are_values_of_items() {
        let deployed = ["03 09:00", "04 09:00", "05 09:00", "12 09:00"];
        let ways: Vec<Points> = deployed
            .into_iter()
            .map(|deployed| points(["02 09:00", "", "", "", "", deployed]))
            .collect();
        let figure = span_figure(&ways, Step::Created, Step::Deployed);
        assert_eq!((figure.count, figure.p50_hours), (4, Some(48.0)));
        assert_eq!(
            (figure.p85_hours, figure.mean_hours),
            (Some(240.0), Some(96.0))
        );
        let none = span_figure(&ways, Step::Started, Step::FirstCommit);
        assert_eq!(none, SpanFigure::default());
    }

    #[test]
    fn items_without_a_pull_request_have_a_segment_of_their_own() {
        let direct = points([
            "02 09:00", "02 10:00", "02 12:00", "", "03 12:00", "03 13:00",
        ]);
        let figures = segment_figures(&[example(), direct]);
        let told: Vec<(String, usize, Option<f64>)> = figures
            .into_iter()
            .map(|(from, to, figure)| (segment_name(from, to), figure.count, figure.mean_hours))
            .map(|(name, count, mean)| (name, count, mean.map(rounded)))
            .collect();
        let expected = [
            ("idea_to_start", 2, 12.5),
            ("start_to_first_commit", 2, 28.0),
            ("first_commit_to_pull_request", 1, 18.17),
            ("first_commit_to_merge", 1, 24.0),
            ("pull_request_to_merge", 1, 71.33),
            ("merge_to_deployment", 2, 25.58),
        ];
        let expected = expected.map(|(name, count, mean)| (name.to_owned(), count, Some(mean)));
        assert_eq!(told, expected);
        assert_eq!(segment_figures(&[]).len(), 5);
    }

    #[test]
    fn nothing_has_no_figure() {
        let empty = EnvironmentAccount::empty(at("2026-03-13 09:00"));
        let gap = tracker_gap(
            std::iter::empty(),
            &empty,
            window("2026-03-01 00:00", "2026-03-13 09:00"),
        );
        assert_eq!(gap, GapMeasure::default());
    }

    proptest! {
        #[test]
        fn segments_add_up_to_the_time_between_the_outer_points(
            seconds in proptest::array::uniform6(proptest::option::of(0_i64..4_000_000_000))
        ) {
            let way = Points(seconds.map(|it| it.map(crate::model::instant_from_epoch)));
            let sum: TimeDelta = way.segments().iter().map(Segment::length).sum();
            let known: Vec<DateTime<Utc>> =
                Step::ALL.into_iter().filter_map(|step| way.at(step)).collect();
            let between = known.last().zip(known.first()).map(|(last, first)| *last - *first);
            prop_assert_eq!(sum, between.unwrap_or_default());
        }
    }
}
