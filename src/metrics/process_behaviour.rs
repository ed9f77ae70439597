//! What changed when, along a series of values: natural process limits of an XmR chart (Wheeler,
//! *Understanding Variation*, 1993) and the levels they part. The points are the values of whole buckets
//! in order; a bucket without data is no point, and its neighbours stand side by side.

/// Fewer points have no limits.
pub const FEWEST: usize = 8;

/// So many points in a row on one side of the mean are a level of their own.
const RUN: usize = 8;

/// The mean of two-point moving ranges to three standard deviations: 3 / 1.128.
const SCALE: f64 = 2.66;

/// Points this close to a limit, in parts of the larger of both, are on it: they differ by rounding.
const ROUNDING: f64 = 1e-9;

/// What the values of an unchanged process stay within.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Mean − 2.66 × mean moving range.
    pub low: f64,
    /// Mean + 2.66 × mean moving range.
    pub high: f64,
}

/// Points among which nothing says that the process changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Its first point.
    pub from: usize,
    /// The first point after it.
    pub to: usize,
    /// The mean of its points.
    pub mean: f64,
    /// Their limits; `None` of fewer than eight points.
    pub limits: Option<Limits>,
}

impl Level {
    /// How many points it has.
    pub fn points(&self) -> usize {
        self.to - self.from
    }
}

/// What shows that something was not as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A point beyond the limits of its level: something happened there.
    BeyondLimits,
    /// Eight points in a row on one side of the mean of the level before, too far from it for chance: the
    /// level is another.
    EightOnOneSide,
}

impl Rule {
    /// The name used in exports.
    pub fn name(self) -> &'static str {
        match self {
            Self::BeyondLimits => "beyond-limits",
            Self::EightOnOneSide => "eight-on-one-side",
        }
    }
}

/// What a rule found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// The rule.
    pub rule: Rule,
    /// The first point concerned: of a new level its first.
    pub from: usize,
    /// The first point after: of neighbours beyond the same limit, after the last of them.
    pub to: usize,
    /// Whether it lies above the limits, or the new level above the one before.
    pub is_above: bool,
}

/// The levels of a series and what stands out in it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Behaviour {
    /// The levels, in order; they hold every point once.
    pub levels: Vec<Level>,
    /// The signals, by their first point.
    pub signals: Vec<Signal>,
}

/// The limits of some points; `None` of fewer than eight.
pub fn natural_limits(points: &[f64]) -> Option<Limits> {
    if points.len() < FEWEST {
        return None;
    }
    let mean = mean(points);
    let reach = SCALE * mean_range(points)?;
    Some(Limits {
        low: mean - reach,
        high: mean + reach,
    })
}

/// The mean distance of neighbours; `None` of fewer than two.
fn mean_range(points: &[f64]) -> Option<f64> {
    let ranges = points.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let ranges: Vec<f64> = ranges.collect();
    (!ranges.is_empty()).then(|| mean(&ranges))
}

/// The levels and signals of a series.
///
/// A level begins with the series and lasts until eight points in a row lie on one side of its mean so
/// far, and the mean of these eight differs from that by more than chance lets two means differ: three
/// standard deviations, 2.66 × mean moving range × √(1/8 + 1/n) for n points before (limits of averages,
/// Shewhart 1931). The next level begins with the first of the eight that is nearer to their mean. At least
/// eight points lie on either side of a border, and a later point never moves it. Limits are those of all
/// points of a level; of fewer than eight there are none.
pub fn behaviour(points: &[f64]) -> Behaviour {
    let mut levels = Vec::new();
    let mut from = 0;
    while from < points.len() {
        let rest = points.get(from..).unwrap_or_default();
        let to = shifted_at(rest).map_or(points.len(), |border| from + border);
        let level = points.get(from..to).unwrap_or_default();
        levels.push(Level {
            from,
            to,
            mean: mean(level),
            limits: natural_limits(level),
        });
        from = to;
    }
    let mut signals: Vec<Signal> = levels
        .iter()
        .flat_map(|level| beyond(points, level))
        .collect();
    signals.extend(levels.windows(2).map(|pair| Signal {
        rule: Rule::EightOnOneSide,
        from: pair[1].from,
        to: pair[1].to,
        is_above: pair[1].mean > pair[0].mean,
    }));
    signals.sort_by_key(|signal| (signal.from, signal.rule == Rule::BeyondLimits));
    Behaviour { levels, signals }
}

/// Where the level that these points begin with is over; `None` where it lasts.
fn shifted_at(points: &[f64]) -> Option<usize> {
    for (before, run) in (FEWEST..).zip(points.get(FEWEST..)?.windows(RUN)) {
        let level = points.get(..before)?;
        let (old, new) = (mean(level), mean(run));
        let (Some(&first), Some(ranges)) = (run.first(), mean_range(level)) else {
            continue;
        };
        let its_side = side(first, old);
        let is_run = its_side != 0 && run.iter().all(|point| side(*point, old) == its_side);
        let by_chance = SCALE * ranges * (1.0 / RUN as f64 + 1.0 / before as f64).sqrt();
        if is_run && side((new - old).abs(), by_chance) > 0 {
            let nearer = |point: &f64| (point - new).abs() < (point - old).abs();
            return Some(before + run.iter().position(nearer).unwrap_or(0));
        }
    }
    None
}

/// Neighbours beyond the same limit of their level are one signal.
fn beyond(points: &[f64], level: &Level) -> Vec<Signal> {
    let Some(limits) = level.limits else {
        return Vec::new();
    };
    let mut signals: Vec<Signal> = Vec::new();
    for at in level.from..level.to {
        let Some(&point) = points.get(at) else {
            continue;
        };
        let is_above = side(point, limits.high) > 0;
        if !is_above && side(point, limits.low) >= 0 {
            continue;
        }
        match signals.last_mut() {
            Some(last) if last.to == at && last.is_above == is_above => last.to = at + 1,
            _ => signals.push(Signal {
                rule: Rule::BeyondLimits,
                from: at,
                to: at + 1,
                is_above,
            }),
        }
    }
    signals
}

/// 1 above, -1 below, 0 on the line.
fn side(point: f64, line: f64) -> i8 {
    let scale = point.abs().max(line.abs());
    if (point - line).abs() <= ROUNDING * scale {
        0
    } else if point > line {
        1
    } else {
        -1
    }
}

fn mean(points: &[f64]) -> f64 {
    // Divided first: a sum of huge values would be infinite.
    let count = points.len() as f64;
    points.iter().map(|point| point / count).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn levels(points: &[f64]) -> Vec<(usize, usize, f64)> {
        let found = behaviour(points).levels;
        let row = |level: &Level| (level.from, level.to, (level.mean * 1e6).round() / 1e6);
        found.iter().map(row).collect()
    }

    fn signals(points: &[f64]) -> Vec<(&'static str, usize, usize, bool)> {
        let found = behaviour(points).signals;
        let row = |signal: &Signal| (signal.rule.name(), signal.from, signal.to, signal.is_above);
        found.iter().map(row).collect()
    }

    #[test]
    fn limits_are_the_mean_and_so_many_moving_ranges() {
        // Mean 4.5, ranges all 1: 4.5 ± 2.66.
        let points = [4.0, 5.0, 4.0, 5.0, 4.0, 5.0, 4.0, 5.0];
        let limits = natural_limits(&points).unwrap();
        assert!((limits.low - 1.84).abs() < 1e-12 && (limits.high - 7.16).abs() < 1e-12);
        assert_eq!(natural_limits(&points[..7]), None);
    }

    #[test]
    fn limits_of_montgomerys_viscosities_are_the_published_ones() {
        // Montgomery, Introduction to Statistical Quality Control, example of the individuals chart:
        // aircraft primer paint, mean 33.52, mean moving range 0.48, limits 32.24 and 34.80 (he writes
        // 3 / 1.128 for our 2.66).
        let points = [
            33.75, 33.05, 34.00, 33.81, 33.46, 34.02, 33.68, 33.27, 33.49, 33.20, 33.62, 33.00,
            33.54, 33.12, 33.84,
        ];
        let limits = natural_limits(&points).unwrap();
        assert!((limits.low - 32.24).abs() < 0.01, "{limits:?}");
        assert!((limits.high - 34.80).abs() < 0.01, "{limits:?}");
        assert_eq!(signals(&points), []);
    }

    #[test]
    fn fewer_than_eight_points_have_a_mean_and_no_judgement() {
        assert_eq!(behaviour(&[]), Behaviour::default());
        assert_eq!(levels(&[3.0]), [(0, 1, 3.0)]);
        let seven = [1.0, 1.0, 1.0, 900.0, 1.0, 1.0, 1.0];
        assert_eq!(behaviour(&seven).levels[0].limits, None);
        assert_eq!(signals(&seven), []);
    }

    #[test]
    fn a_constant_series_is_one_level_and_nothing_stands_out() {
        for value in [0.0, 0.1, 1e300] {
            let points = [value; 30];
            assert_eq!(behaviour(&points).levels.len(), 1, "{value}");
            assert_eq!(signals(&points), [], "{value}");
        }
    }

    #[test]
    fn one_point_beyond_the_limits_is_told_and_is_no_level() {
        // Mean 2, ranges 9 + 9 over 8: 2 ± 2.66 × 2.25 = -3.985 to 7.985.
        let points = [1.0, 1.0, 1.0, 1.0, 10.0, 1.0, 1.0, 1.0, 1.0];
        assert_eq!(levels(&points), [(0, 9, 2.0)]);
        assert_eq!(signals(&points), [("beyond-limits", 4, 5, true)]);
    }

    #[test]
    fn eight_in_a_row_beyond_chance_begin_a_level() {
        let mut points = vec![88.0, 92.0, 90.0, 90.0, 88.0, 92.0, 90.0, 90.0];
        points.extend([9.0, 11.0, 10.0, 10.0, 9.0, 11.0, 10.0, 10.0]);
        assert_eq!(levels(&points), [(0, 8, 90.0), (8, 16, 10.0)]);
        assert_eq!(signals(&points), [("eight-on-one-side", 8, 16, false)]);
        let limits = behaviour(&points).levels[1].limits.unwrap();
        // Ranges 2, 1, 0, 1, 2, 1, 0: a mean of 1.
        assert!((limits.high - 12.66).abs() < 1e-9, "{limits:?}");
    }

    #[test]
    fn fewer_than_eight_on_either_side_are_no_level_and_the_limits_speak() {
        // Mean 36.67, ranges 94 over 11: 13.9 to 59.4.
        let begin = [
            88.0, 92.0, 90.0, 90.0, 9.0, 11.0, 10.0, 10.0, 9.0, 11.0, 10.0, 10.0,
        ];
        assert_eq!(levels(&begin).len(), 1);
        assert_eq!(
            signals(&begin),
            [
                ("beyond-limits", 0, 4, true),
                ("beyond-limits", 4, 12, false)
            ]
        );
        // Mean 31.8, ranges 91 over 10: 7.6 to 56.0.
        let end = [
            9.0, 11.0, 10.0, 10.0, 9.0, 11.0, 10.0, 10.0, 88.0, 92.0, 90.0,
        ];
        assert_eq!(levels(&end).len(), 1);
        assert_eq!(signals(&end), [("beyond-limits", 8, 11, true)]);
    }

    #[test]
    fn one_odd_value_is_no_level_wherever_it_stands() {
        let quiet = [2.0, 3.0].repeat(5);
        let spiked = |after: &[f64]| [quiet.as_slice(), &[20.0], after].concat();
        // Mean 3.33, ranges 52 over 20: up to 10.2; then mean 4.09, ranges 26 over 10: up to 11.0.
        for points in [spiked(&[3.0, 2.0].repeat(5)), spiked(&[])] {
            assert_eq!(levels(&points).len(), 1);
            assert_eq!(signals(&points), [("beyond-limits", 10, 11, true)]);
        }
        let mut zeros = vec![0.0; 21];
        zeros[10] = 1.0;
        // Mean 0.048, ranges 2 over 20: up to 0.31.
        assert_eq!(signals(&zeros), [("beyond-limits", 10, 11, true)]);
        let mut constant = vec![2.0; 21];
        constant[20] = 0.0;
        assert_eq!(signals(&constant), [("beyond-limits", 20, 21, false)]);
    }

    #[test]
    fn eight_that_chance_puts_on_one_side_are_no_level() {
        // Mean 5, ranges all 2; eight of 5.5 are 0.5 away, and 2.66 × 2 × √(1/8 + 1/8) = 2.66.
        let mut points = [4.0, 6.0].repeat(4);
        points.extend([5.5; 8]);
        assert_eq!(levels(&points).len(), 1);
        assert_eq!(signals(&points), []);
    }

    #[test]
    fn seven_on_one_side_are_no_run_and_a_point_on_the_mean_ends_one() {
        // The mean is 0: seven below, seven above.
        let seven: Vec<f64> = (0..14).map(|it| if it < 7 { -1.0 } else { 1.0 }).collect();
        assert_eq!(levels(&seven).len(), 1);
        let mut eight = vec![-1.0; 8];
        eight.extend([1.0; 8]);
        assert_eq!(levels(&eight), [(0, 8, -1.0), (8, 16, 1.0)]);
        eight.splice(4..4, [0.0]);
        // Now four, the mean, four: the run of eight above is the first.
        assert_eq!(levels(&eight)[1], (9, 17, 1.0));
    }

    #[test]
    fn every_part_is_looked_at_anew() {
        let steps: Vec<f64> = [10.0, 50.0, 20.0]
            .into_iter()
            .flat_map(|level| (0..10).map(move |it| level + f64::from(it % 2)))
            .collect();
        assert_eq!(
            levels(&steps),
            [(0, 10, 10.5), (10, 20, 50.5), (20, 30, 20.5)]
        );
        let found = signals(&steps);
        assert_eq!(
            found,
            [
                ("eight-on-one-side", 10, 20, true),
                ("eight-on-one-side", 20, 30, false)
            ]
        );
    }

    #[test]
    fn neighbours_beyond_the_same_limit_are_one_signal() {
        // Five and five: no run of eight, mean 55, ranges 90 over 9: 28.4 to 81.6.
        let mut points = vec![10.0; 5];
        points.extend([100.0; 5]);
        assert_eq!(
            signals(&points),
            [
                ("beyond-limits", 0, 5, false),
                ("beyond-limits", 5, 10, true)
            ]
        );
    }

    proptest! {
        #[test]
        fn levels_hold_every_point_once_and_signals_lie_in_the_series(
            points in prop::collection::vec(-1e6..1e6_f64, 0..120),
        ) {
            let found = behaviour(&points);
            let mut next = 0;
            for level in &found.levels {
                prop_assert_eq!(level.from, next);
                prop_assert!(level.to > level.from);
                prop_assert_eq!(level.limits.is_some(), level.points() >= FEWEST);
                next = level.to;
            }
            prop_assert_eq!(next, points.len());
            for signal in &found.signals {
                prop_assert!(signal.from < signal.to && signal.to <= points.len());
            }
        }

        #[test]
        fn a_scale_changes_nothing(points in prop::collection::vec(0_u16..100, 0..60)) {
            let plain: Vec<f64> = points.iter().copied().map(f64::from).collect();
            let scaled: Vec<f64> = plain.iter().map(|point| point * 1440.0).collect();
            prop_assert_eq!(signals(&plain), signals(&scaled));
        }

        #[test]
        fn a_later_point_never_moves_a_level_that_is_over(
            points in prop::collection::vec(0_u8..9, 0..80),
            cut in 0_usize..80,
        ) {
            let points: Vec<f64> = points.into_iter().map(f64::from).collect();
            let whole = behaviour(&points).levels;
            let known = behaviour(&points[..cut.min(points.len())]).levels;
            let over = known.len().saturating_sub(1);
            prop_assert_eq!(&known[..over], &whole[..over]);
            for level in &whole[..whole.len().saturating_sub(1)] {
                prop_assert!(level.points() >= FEWEST);
            }
        }
    }
}
