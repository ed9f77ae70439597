//! 95 % intervals: of a median, of a rate of events, of a share.

use super::outcomes::{binomial, poisson};
use crate::model::Interval;

/// Probability outside the interval on each side.
const TAIL: f64 = 0.025;

/// The 97.5 % quantile of the standard normal distribution.
const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// Ranks (from 1) of the two order statistics that enclose the median with at least 95 %
/// confidence, by the binomial distribution of how many observations fall below it (spec 2.5).
/// `None` for fewer than six observations: even their extremes cover less.
pub fn median_ranks(observations: usize) -> Option<(usize, usize)> {
    let beyond = binomial(observations as u64, 0.5).lower_tail_within(TAIL)?;
    let beyond = usize::try_from(beyond).ok()?;
    Some((beyond + 1, observations - beyond))
}

/// The 95 % interval of the median of a sorted sample; `None` for fewer than six observations.
pub fn median_interval(sorted: &[f64]) -> Option<Interval> {
    let (low, high) = median_ranks(sorted.len())?;
    Some(Interval {
        low: *sorted.get(low - 1)?,
        high: *sorted.get(high - 1)?,
    })
}

/// The exact 95 % interval (Garwood 1936) of the rate of a Poisson process that showed so many
/// events in an exposure; per unit of the exposure. `None` unless the exposure is positive.
pub fn poisson_rate_interval(events: u64, exposure: f64) -> Option<Interval> {
    if !(exposure > 0.0 && exposure.is_finite()) {
        return None;
    }
    let count = events as f64;
    // The ends lie within two standard deviations and a little; ten leave room for small counts.
    let reach = 10.0 * (count + 1.0).sqrt();
    let low = match events {
        0 => 0.0,
        _ => root((count - reach).max(0.0), count, |mean| {
            poisson(mean).probability(|outcome, _| outcome >= events) < TAIL
        }),
    };
    let high = root(count, count + reach, |mean| {
        poisson(mean).probability(|outcome, _| outcome <= events) > TAIL
    });
    Some(Interval {
        low: low / exposure,
        high: high / exposure,
    })
}

/// Where `is_below` changes from true to false between `low` and `high`, by bisection.
fn root(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if high - low <= 1e-12 * high || middle <= low || middle >= high {
            break;
        }
        if is_below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Wilson's 95 % score interval of a share (Wilson 1927); `None` without trials.
pub fn wilson_interval(successes: u64, trials: u64) -> Option<Interval> {
    if trials == 0 {
        return None;
    }
    let n = trials as f64;
    let share = successes.min(trials) as f64 / n;
    let z2 = NORMAL_QUANTILE * NORMAL_QUANTILE;
    let scale = 1.0 + z2 / n;
    let centre = (share + z2 / (2.0 * n)) / scale;
    let spread = (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    let half = NORMAL_QUANTILE * spread / scale;
    // At the extremes the formula gives the bound itself; rounding must not hide that.
    Some(Interval {
        low: if successes == 0 {
            0.0
        } else {
            (centre - half).max(0.0)
        },
        high: if successes >= trials {
            1.0
        } else {
            (centre + half).min(1.0)
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_interval(interval: Option<Interval>, low: f64, high: f64, tolerance: f64) {
        let interval = interval.unwrap();
        assert!(
            (interval.low - low).abs() <= tolerance && (interval.high - high).abs() <= tolerance,
            "{interval:?} is not {low} to {high}"
        );
    }

    #[test]
    fn ranks_of_the_median_are_those_of_the_tables() {
        for (observations, ranks) in [
            (6, (1, 6)),
            (10, (2, 9)),
            (20, (6, 15)),
            (30, (10, 21)),
            (100, (40, 61)),
        ] {
            assert_eq!(median_ranks(observations), Some(ranks), "{observations}");
        }
        for too_few in 0..6 {
            assert_eq!(median_ranks(too_few), None);
        }
    }

    #[test]
    fn ranks_of_a_huge_sample_lie_two_standard_deviations_around_the_middle() {
        let (low, high) = median_ranks(1_000_000).unwrap();
        // 500000 - 1.959964 * 500 = 499020.02
        assert!((499_019..=499_021).contains(&low), "{low}");
        assert_eq!(low + high, 1_000_001);
    }

    #[test]
    fn the_interval_of_a_median_is_made_of_observations() {
        let sample = [10.0, 20.0, 30.0, 60.0, 60.0, 120.0];
        assert_interval(median_interval(&sample), 10.0, 120.0, 0.0);
        assert_eq!(median_interval(&sample[..5]), None);
    }

    #[test]
    fn the_interval_of_a_rate_is_exact() {
        assert_interval(poisson_rate_interval(7, 7.0), 0.402, 2.060, 0.0005);
        assert_interval(poisson_rate_interval(12, 30.0), 0.207, 0.699, 0.0005);
        assert_interval(poisson_rate_interval(0, 30.0), 0.0, 0.123, 0.0005);
        // -ln 0.025, by hand.
        assert_interval(
            poisson_rate_interval(0, 1.0),
            0.0,
            3.688_879_454_113_936,
            1e-9,
        );
        // -ln 0.975 for one event.
        let one = poisson_rate_interval(1, 1.0).unwrap();
        assert!((one.low - 0.025_317_807_984_289_9).abs() < 1e-9, "{one:?}");
    }

    #[test]
    fn the_interval_of_a_rate_is_that_of_garwoods_table_and_of_r() {
        // Garwood 1936, Biometrika 28, table for n = 1, 2, 10; with more digits from quantiles of chi
        // square (SciPy 1.17: chi2.ppf(0.025, 2 n) / 2 and chi2.ppf(0.975, 2 n + 2) / 2).
        for (events, low, high) in [
            (1, 0.025_317_807_984_289_876, 5.571_643_390_938_898),
            (2, 0.242_209_278_543_964_96, 7.224_687_667_723_96),
            (10, 4.795_388_696_132_434, 18.390_356_042_017_78),
            (1_000_000, 998_040.983_340_293_9, 1_001_961.911_945_432_2),
        ] {
            let interval = poisson_rate_interval(events, 1.0);
            assert_interval(interval, low, high, 1e-9 * high);
        }
        // R's documentation of poisson.test: 137 events in 24.19893 (10 000 children-years).
        let interval = poisson_rate_interval(137, 24.198_93);
        assert_interval(interval, 4.753_125, 6.692_709, 5e-7);
    }

    #[test]
    fn a_rate_needs_an_exposure() {
        assert_eq!(poisson_rate_interval(3, 0.0), None);
        assert_eq!(poisson_rate_interval(3, f64::NAN), None);
        assert_eq!(poisson_rate_interval(3, f64::INFINITY), None);
    }

    #[test]
    fn the_interval_of_a_huge_count_is_that_of_the_normal_distribution() {
        // Wilson and Hilferty: 1e5 events give 99381.1 to 100621.7 within 0.1.
        let interval = poisson_rate_interval(100_000, 1.0).unwrap();
        assert!((interval.low - 99_381.1).abs() < 0.5, "{interval:?}");
        assert!((interval.high - 100_621.7).abs() < 0.5, "{interval:?}");
        let million = poisson_rate_interval(1_000_000, 1.0).unwrap();
        assert!(
            million.low < 998_041.0 && 1_001_961.0 < million.high,
            "{million:?}"
        );
    }

    #[test]
    fn the_interval_of_a_share_is_wilsons() {
        for (failed, total, low, high) in [
            (2, 7, 0.082, 0.641),
            (0, 5, 0.0, 0.434),
            (0, 10, 0.0, 0.278),
            (1, 20, 0.009, 0.236),
            (3, 35, 0.030, 0.224),
            (30, 200, 0.107, 0.206),
        ] {
            assert_interval(wilson_interval(failed, total), low, high, 0.0005);
        }
        assert_eq!(wilson_interval(0, 0), None);
        assert_interval(wilson_interval(5, 5), 0.566, 1.0, 0.0005);
    }

    #[test]
    fn the_interval_of_a_share_is_that_of_newcombes_examples() {
        // Newcombe 1998, Statistics in Medicine 17, table I, method 3.
        for (successes, trials, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            assert_interval(wilson_interval(successes, trials), low, high, 5e-5);
        }
        // By hand from the score equation, which for 0 of n is z^2 / (n + z^2); the others with SciPy
        // 1.17 (binomtest(k, n).proportion_ci(method="wilson")).
        for (successes, trials, low, high) in [
            (0, 1, 0.0, 0.793_450_685_622_762_7),
            (1, 1, 0.206_549_314_377_237_45, 1.0),
            (0, 2, 0.0, 0.657_619_772_493_346_9),
            (1, 2, 0.094_531_205_734_230_74, 0.905_468_794_265_769_3),
            (2, 2, 0.342_380_227_506_653_03, 1.0),
            (
                500_000,
                1_000_000,
                0.499_020_019_890_004_8,
                0.500_979_980_109_995_2,
            ),
            (
                1,
                1_000_000,
                1.765_245_767_453_709e-7,
                5.664_911_804_311_442e-6,
            ),
        ] {
            assert_interval(wilson_interval(successes, trials), low, high, 1e-12);
        }
    }

    /// The ranks by sums of binomial coefficients, all of them whole numbers.
    fn ranks_by_counting(observations: u32) -> Option<(usize, usize)> {
        let mut row = vec![1_u128];
        for _ in 0..observations {
            let inner = row.windows(2).map(|pair| pair[0] + pair[1]);
            row = std::iter::once(1).chain(inner).chain([1]).collect();
        }
        let mut tail = 0;
        // 2.5 % of 2^n: forty times the tail must not be more than all.
        let beyond = row.iter().take_while(|&&ways| {
            tail += ways;
            40 * tail <= 1 << observations
        });
        let beyond = beyond.count();
        (beyond > 0).then(|| (beyond, observations as usize + 1 - beyond))
    }

    #[test]
    fn ranks_of_the_median_are_those_of_whole_numbers_up_to_a_hundred_and_more() {
        for observations in 0..=110 {
            assert_eq!(
                median_ranks(observations as usize),
                ranks_by_counting(observations),
                "{observations}"
            );
        }
        // SciPy 1.17: binom.cdf(k, 10^6, 0.5).
        assert_eq!(median_ranks(1_000_000), Some((499_020, 500_981)));
    }

    #[test]
    fn the_interval_of_a_median_of_equal_values_is_one_value() {
        assert_interval(median_interval(&[4.0; 9]), 4.0, 4.0, 0.0);
    }

    proptest! {
        #[test]
        fn every_interval_encloses_what_was_observed(events in 0_u64..5_000, more in 0_u64..5_000) {
            let rate = poisson_rate_interval(events, 2.0).unwrap();
            prop_assert!(rate.low <= events as f64 / 2.0 && events as f64 / 2.0 <= rate.high);
            if let Some(share) = wilson_interval(events, events + more) {
                let observed = events as f64 / (events + more) as f64;
                prop_assert!(0.0 <= share.low && share.low <= observed + 1e-12);
                prop_assert!(observed - 1e-12 <= share.high && share.high <= 1.0);
            }
        }
    }
}
