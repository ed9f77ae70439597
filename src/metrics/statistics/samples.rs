//! Two-sided test of two samples of durations: which tends to be longer.

/// Smallest size of either sample: below four against four no outcome is significant at 5 %.
const FEWEST: usize = 4;

/// Largest size of either sample for which all orders are counted.
const MOST_EXACT: usize = 20;

/// The p-value of the Wilcoxon–Mann–Whitney test of two sorted samples coming from one distribution:
/// exact when neither is larger than 20 and no two values are equal, else by the normal distribution
/// with corrections for ties and continuity (spec 2.10). `None` when either has fewer than four.
pub fn mann_whitney(one: &[f64], other: &[f64]) -> Option<f64> {
    if one.len() < FEWEST || other.len() < FEWEST {
        return None;
    }
    let order = Order::of(one, other);
    let pairs = one.len() as f64 * other.len() as f64;
    let smaller = order.wins.min(pairs - order.wins);
    if order.ties == 0.0 && one.len() <= MOST_EXACT && other.len() <= MOST_EXACT {
        return Some(exact(one.len(), other.len(), smaller));
    }
    let all = one.len() as f64 + other.len() as f64;
    let variance = pairs / 12.0 * (all + 1.0 - order.ties / (all * (all - 1.0)));
    if variance <= 0.0 {
        return Some(1.0);
    }
    let distance = (pairs / 2.0 - smaller - 0.5).max(0.0);
    Some(normal_tails(distance / variance.sqrt()))
}

/// How two samples lie to each other.
struct Order {
    /// Pairs in which the first sample's value is larger, a tie counting half: Mann and Whitney's U.
    wins: f64,
    /// Sum of t³ − t over groups of t equal values.
    ties: f64,
}

impl Order {
    fn of(one: &[f64], other: &[f64]) -> Self {
        let mut pooled: Vec<(f64, bool)> = one.iter().map(|value| (*value, true)).collect();
        pooled.extend(other.iter().map(|value| (*value, false)));
        pooled.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let (mut wins, mut ties, mut others_before) = (0.0, 0.0, 0.0);
        for group in pooled.chunk_by(|a, b| a.0 == b.0) {
            let size = group.len() as f64;
            let own = group.iter().filter(|(_, is_one)| *is_one).count() as f64;
            let others = size - own;
            wins += own * (others_before + others / 2.0);
            ties += size * size * size - size;
            others_before += others;
        }
        Self { wins, ties }
    }
}

/// Twice the share of all orders of `m` and `n` distinct values in which the first wins at most
/// `wins` pairs. The orders are counted by the sizes of partitions into at most `m` parts of at most
/// `n`: the coefficients of the Gaussian binomial, all below 2^53 for 20 and 20.
fn exact(m: usize, n: usize, wins: f64) -> f64 {
    let pairs = m * n;
    let mut orders = vec![0.0_f64; pairs + 1];
    if let Some(first) = orders.first_mut() {
        *first = 1.0;
    }
    // Multiply by (1 − q^(n+i)) and divide by (1 − q^i), for i = 1..=m.
    for factor in 1..=m {
        for power in (n + factor..=pairs).rev() {
            orders[power] -= orders[power - n - factor];
        }
        for power in factor..=pairs {
            orders[power] += orders[power - factor];
        }
    }
    let total: f64 = orders.iter().sum();
    let tail: f64 = orders.iter().take(wins as usize + 1).sum();
    (2.0 * tail / total).min(1.0)
}

/// The probability that a standard normal variable is at least `distance` (>= 0) away from 0.
fn normal_tails(distance: f64) -> f64 {
    let density = (-distance * distance / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if distance < 3.0 {
        // Φ(z) − ½ = φ(z) · (z + z³/3 + z⁵/(3·5) + …), Abramowitz and Stegun 26.2.11.
        let (mut term, mut sum) = (distance, distance);
        for odd in (3..120).step_by(2) {
            term *= distance * distance / f64::from(odd);
            sum += term;
        }
        return (1.0 - 2.0 * density * sum).clamp(0.0, 1.0);
    }
    // Laplace's continued fraction, Abramowitz and Stegun 26.2.14.
    let fraction = (1..=120)
        .rev()
        .fold(distance, |below, step| distance + f64::from(step) / below);
    2.0 * density / fraction
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::statistics::sorted;

    fn assert_close(value: Option<f64>, expected: f64) {
        assert!(
            value.is_some_and(|value| (value - expected).abs() < 1e-9),
            "{value:?} is not {expected}"
        );
    }

    fn sample(values: &[i32]) -> Vec<f64> {
        sorted(values.iter().copied().map(f64::from))
    }

    // Expected values: enumeration of all orders, and the formula with erfc, both independent.

    #[test]
    fn small_samples_without_ties_are_compared_exactly() {
        let one = sample(&[30, 42, 55, 61, 90]);
        let other = sample(&[80, 95, 120, 130, 200]);
        assert_close(mann_whitney(&one, &other), 0.015_873_015_873_015_872);
        let (low, high) = (sample(&[1, 2, 3, 4]), sample(&[5, 6, 7, 8]));
        assert_close(mann_whitney(&low, &high), 0.028_571_428_571_428_57);
        assert_close(mann_whitney(&high, &low), 0.028_571_428_571_428_57);
        let mixed = (sample(&[1, 3, 5, 7, 9, 20]), sample(&[2, 4, 6, 8]));
        assert_close(mann_whitney(&mixed.0, &mixed.1), 0.761_904_761_904_761_9);
    }

    #[test]
    fn hollander_and_wolfes_membranes_have_their_published_p_value() {
        // Hollander and Wolfe 1973, permeability of the chorioamnion (R's documentation of wilcox.test):
        // W = 35, p = 0.1272 one-sided, and twice that two-sided.
        let term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
        let early = [1.15, 0.88, 0.90, 0.74, 1.21];
        let p = mann_whitney(&sorted(term), &sorted(early)).unwrap();
        assert!((p - 2.0 * 0.127_206_127_206_127_2).abs() < 1e-12, "{p}");
    }

    /// The p-value by drawing every subset of ranks: twice the share of orders with no more wins.
    fn by_all_orders(one: usize, other: usize, wins: usize) -> f64 {
        let all = one + other;
        let (mut orders, mut tail) = (0_u64, 0_u64);
        for subset in 0_u32..1 << all {
            if subset.count_ones() as usize != one {
                continue;
            }
            orders += 1;
            let won: usize = (0..all)
                .filter(|rank| subset >> rank & 1 == 1)
                .map(|rank| rank - (subset & ((1 << rank) - 1)).count_ones() as usize)
                .sum();
            tail += u64::from(won <= wins);
        }
        (2.0 * tail as f64 / orders as f64).min(1.0)
    }

    #[test]
    fn every_outcome_of_small_samples_has_the_p_value_of_all_orders() {
        for (one, other) in [(4, 4), (4, 6), (5, 7), (6, 6)] {
            for wins in 0..=one * other / 2 {
                let expected = by_all_orders(one, other, wins);
                assert_close(Some(exact(one, other, wins as f64)), expected);
            }
        }
    }

    #[test]
    fn five_against_six_with_ties_have_the_p_value_of_scipy() {
        // SciPy 1.17: mannwhitneyu(one, other, method="asymptotic"), which corrects as we do.
        let (one, other) = (sample(&[1, 1, 1, 2, 2]), sample(&[1, 2, 2, 2, 3, 3]));
        assert_close(mann_whitney(&one, &other), 0.115_064_623_744_682_73);
    }

    #[test]
    fn a_million_against_a_million_shifted_a_little_is_just_significant() {
        // SciPy 1.17: mannwhitneyu(arange(10**6), arange(10**6) + 800.5, method="asymptotic").
        let one: Vec<f64> = (0..1_000_000).map(f64::from).collect();
        let other: Vec<f64> = one.iter().map(|value| value + 800.5).collect();
        let p = mann_whitney(&one, &other).unwrap();
        assert!((p - 0.049_992_140_028_774_88).abs() < 1e-9, "{p}");
    }

    #[test]
    fn twenty_against_twenty_is_still_exact() {
        let low: Vec<f64> = (0..20).map(f64::from).collect();
        let high: Vec<f64> = (20..40).map(f64::from).collect();
        // 2 / C(40, 20)
        let p = mann_whitney(&low, &high).unwrap();
        assert!((p / (2.0 / 137_846_528_820.0) - 1.0).abs() < 1e-9, "{p}");
    }

    #[test]
    fn ties_and_larger_samples_are_compared_by_the_normal_distribution() {
        let tied = (sample(&[1, 2, 2, 3, 4]), sample(&[2, 3, 5, 6, 7, 7]));
        assert_close(mann_whitney(&tied.0, &tied.1), 0.064_146_618_734_404_43);
        let one: Vec<f64> = (0..60).step_by(2).map(f64::from).collect();
        let other: Vec<f64> = (15..75).step_by(2).map(f64::from).collect();
        assert_close(mann_whitney(&one, &other), 0.003_670_893_392_450_66);
        let one: Vec<f64> = (1..22).map(f64::from).collect();
        let other: Vec<f64> = (10..32).map(|value| f64::from(value) + 0.5).collect();
        assert_close(mann_whitney(&one, &other), 6.421_252_862_900_22e-5);
    }

    #[test]
    fn samples_of_fewer_than_four_are_not_compared() {
        assert_eq!(mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0, 7.0]), None);
        assert_eq!(mann_whitney(&[], &[]), None);
    }

    #[test]
    fn equal_values_tell_nothing() {
        assert_eq!(mann_whitney(&[5.0; 4], &[5.0; 9]), Some(1.0));
    }

    #[test]
    fn tails_of_the_normal_distribution_are_those_of_the_tables() {
        for (distance, tails) in [
            (0.0, 1.0),
            (0.5, 0.617_075_077_451_973_8),
            (1.0, 0.317_310_507_862_914_15),
            (1.959_963_984_540_054, 0.05),
            (2.9, 0.003_731_626_600_768_077),
            (3.1, 0.001_935_206_426_436_712_4),
            (5.0, 5.733_031_437_583_892e-7),
        ] {
            assert_close(Some(normal_tails(distance)), tails);
        }
        assert_eq!(normal_tails(1e200), 0.0);
    }

    proptest! {
        #[test]
        fn p_values_are_probabilities_and_do_not_depend_on_the_order(
            one in prop::collection::vec(0.0..50_f64, 4..40),
            other in prop::collection::vec(0_u8..50, 4..40),
        ) {
            let one = sorted(one);
            let other = sorted(other.into_iter().map(f64::from));
            let p = mann_whitney(&one, &other).unwrap();
            prop_assert!((0.0..=1.0).contains(&p));
            let swapped = mann_whitney(&other, &one).unwrap();
            prop_assert!((p - swapped).abs() < 1e-12);
        }
    }
}
