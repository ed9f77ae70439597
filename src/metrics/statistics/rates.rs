//! Two-sided tests of counts: of two rates, of two shares. Both sum the probabilities of all
//! outcomes that are not more likely than the observed one (spec 2.10).

use super::outcomes::{binomial, hypergeometric};

/// The p-value of two Poisson rates being equal: under that, the first count is binomial given the
/// sum of both, with the first exposure's share (Przyborowski and Wilenski 1940). `None` unless both
/// exposures are positive.
pub fn compare_rates(events: (u64, u64), exposures: (f64, f64)) -> Option<f64> {
    let share = exposures.0 / (exposures.0 + exposures.1);
    if !(exposures.0 > 0.0 && exposures.1 > 0.0 && share > 0.0 && share < 1.0) {
        return None;
    }
    let trials = events.0.checked_add(events.1)?;
    Some(binomial(trials, share).not_more_likely_than(events.0))
}

/// The p-value of two shares being equal, `(successes, trials)` each, by Fisher's exact test:
/// hypergeometric given all margins. `None` when one of them has no trials.
pub fn fisher_exact(one: (u64, u64), other: (u64, u64)) -> Option<f64> {
    if one.1 == 0 || other.1 == 0 || one.0 > one.1 || other.0 > other.1 {
        return None;
    }
    let trials = one.1.checked_add(other.1)?;
    Some(hypergeometric(trials, one.0 + other.0, one.1).not_more_likely_than(one.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_close(value: Option<f64>, expected: f64) {
        assert!(
            value.is_some_and(|value| (value - expected).abs() < 1e-9),
            "{value:?} is not {expected}"
        );
    }

    // Expected values: sums of exact fractions over all outcomes, computed independently.

    #[test]
    fn two_rates_are_compared_by_the_conditional_binomial() {
        for (events, exposures, p) in [
            ((12, 20), (30.0, 30.0), 0.215_327_149_722_725_25),
            ((10, 3), (7.0, 30.0), 9.547_910_696_189_892e-6),
            ((54, 45), (30.0, 30.0), 0.421_523_343_615_770_04),
            ((3, 9), (7.0, 30.0), 0.483_866_894_824_536_95),
            ((0, 5), (10.0, 10.0), 0.0625),
            ((7, 14), (7.0, 14.0), 1.0),
            ((0, 0), (7.0, 7.0), 1.0),
        ] {
            assert_close(compare_rates(events, exposures), p);
        }
    }

    #[test]
    fn two_shares_are_compared_by_fishers_exact_test() {
        for (one, other, p) in [
            ((3, 35), (5, 30), 0.454_582_205_193_934_3),
            ((0, 10), (6, 10), 0.010_835_913_312_693_499),
            ((5, 54), (6, 54), 1.0),
            ((2, 7), (0, 9), 0.175),
            ((1, 20), (9, 25), 0.027_052_648_720_260_745),
            ((0, 9), (0, 9), 1.0),
            ((9, 9), (9, 9), 1.0),
        ] {
            assert_close(fisher_exact(one, other), p);
        }
    }

    #[test]
    fn published_examples_have_their_published_p_values() {
        // Fisher 1935, The Design of Experiments: the lady tasting tea, 3 of 4 against 1 of 4.
        assert_close(fisher_exact((3, 4), (1, 4)), 34.0 / 70.0);
        // Fisher 1962, convictions of twins (R's documentation of fisher.test): p = 0.0005367.
        let twins = fisher_exact((2, 12), (15, 18)).unwrap();
        assert!((twins - 0.000_536_7).abs() < 5e-8, "{twins}");
        // R's documentation of poisson.test: 11 events in 800 against 21 in 3011, p = 0.07967.
        let rates = compare_rates((11, 21), (800.0, 3011.0)).unwrap();
        assert!((rates - 0.079_67).abs() < 5e-6, "{rates}");
    }

    /// The two-sided p-value from weights that are whole numbers, in proportion to probabilities.
    fn by_whole_numbers(weights: &[u128], observed: usize) -> f64 {
        let own = weights[observed];
        let counted: u128 = weights.iter().filter(|&&weight| weight <= own).sum();
        counted as f64 / weights.iter().sum::<u128>() as f64
    }

    fn choose(from: u64, many: u64) -> u128 {
        if many > from {
            return 0;
        }
        (0..many).fold(1, |ways, step| {
            ways * u128::from(from - step) / u128::from(step + 1)
        })
    }

    #[test]
    fn fishers_test_is_the_sum_over_all_tables_with_the_same_margins() {
        for (n, m) in [(1, 1), (1, 2), (2, 2), (3, 7), (8, 8), (12, 5)] {
            for a in 0..=n {
                for b in 0..=m {
                    let marked = a + b;
                    let tables: Vec<u128> = (0..=n)
                        .map(|own| match marked >= own {
                            true => choose(n, own) * choose(m, marked - own),
                            false => 0,
                        })
                        .collect();
                    let expected = by_whole_numbers(&tables, a as usize);
                    assert_close(fisher_exact((a, n), (b, m)), expected);
                }
            }
        }
    }

    #[test]
    fn rates_are_compared_by_the_sum_over_all_divisions_of_the_events() {
        for (days, other_days) in [(1_u32, 1_u32), (1, 2), (3, 2), (7, 30)] {
            for sum in 0..=10_u64 {
                // C(n, k) · days^k · other_days^(n − k): in proportion to the binomial distribution.
                let divisions: Vec<u128> = (0..=sum)
                    .map(|own| {
                        choose(sum, own)
                            * u128::from(days).pow(own as u32)
                            * u128::from(other_days).pow((sum - own) as u32)
                    })
                    .collect();
                for own in 0..=sum {
                    let expected = by_whole_numbers(&divisions, own as usize);
                    let exposures = (f64::from(days), f64::from(other_days));
                    assert_close(compare_rates((own, sum - own), exposures), expected);
                }
            }
        }
    }

    #[test]
    fn differences_among_a_million_have_the_p_values_of_scipy() {
        // SciPy 1.17: binomtest(501000, 10**6, 0.5), fisher_exact of 500500 and 499500 of 10^6.
        let p = compare_rates((501_000, 499_000), (1.0, 1.0)).unwrap();
        assert!((p - 0.045_608_299_865_389_6).abs() < 1e-8, "{p}");
        let p = fisher_exact((500_500, 1_000_000), (499_500, 1_000_000)).unwrap();
        assert!((p - 0.157_714_712_559_876_12).abs() < 1e-6, "{p}");
    }

    #[test]
    fn rates_and_shares_without_anything_to_compare_have_no_p_value() {
        assert_eq!(compare_rates((1, 2), (0.0, 3.0)), None);
        assert_eq!(compare_rates((1, 2), (1.0, f64::INFINITY)), None);
        assert_eq!(compare_rates((1, 2), (f64::NAN, 1.0)), None);
        assert_eq!(fisher_exact((0, 0), (1, 2)), None);
        assert_eq!(fisher_exact((3, 2), (1, 2)), None);
    }

    #[test]
    fn a_million_against_a_million_is_no_trouble() {
        assert_close(compare_rates((1_000_000, 1_000_000), (30.0, 30.0)), 1.0);
        assert_close(
            fisher_exact((500_000, 1_000_000), (500_000, 1_000_000)),
            1.0,
        );
        assert_eq!(
            fisher_exact((1_000_000, 1_000_000), (0, 1_000_000)),
            Some(0.0)
        );
        assert_eq!(compare_rates((1_000_000, 0), (1.0, 1.0)), Some(0.0));
        assert_close(fisher_exact((0, 1_000_000), (0, 1_000_000)), 1.0);
    }

    proptest! {
        #[test]
        fn p_values_are_probabilities_and_do_not_depend_on_the_order(
            a in 0_u64..300, b in 0_u64..300, c in 0_u64..300, d in 0_u64..300,
        ) {
            if let Some(p) = fisher_exact((a, a + c), (b, b + d)) {
                prop_assert!((0.0..=1.0).contains(&p));
                let swapped = fisher_exact((b, b + d), (a, a + c)).unwrap();
                prop_assert!((p - swapped).abs() < 1e-9);
            }
            let exposures = (c as f64 + 1.0, d as f64 + 1.0);
            let p = compare_rates((a, b), exposures).unwrap();
            prop_assert!((0.0..=1.0).contains(&p));
            let swapped = compare_rates((b, a), (exposures.1, exposures.0)).unwrap();
            prop_assert!((p - swapped).abs() < 1e-9);
        }
    }
}
