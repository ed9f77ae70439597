//! Percentiles of a sample by linear interpolation between order statistics.

/// The sample in ascending order; values that are no numbers are dropped.
pub fn sorted(sample: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = sample.into_iter().filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The percentile of a sorted sample at `share` (0 to 1), type 7 of Hyndman and Fan (1996): the
/// order statistic at `1 + (n − 1) · share`, interpolated (spec 3.3). `None` for an empty sample.
pub fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = last as f64 * share.clamp(0.0, 1.0);
    // In range: 0 <= position <= last.
    let below = position.floor() as usize;
    let low = *sorted.get(below)?;
    let high = *sorted.get((below + 1).min(last))?;
    let between = low + (high - low) * (position - position.floor());
    Some(between.clamp(low, high))
}

/// The median of a sorted sample; `None` for an empty one.
pub fn median(sorted: &[f64]) -> Option<f64> {
    percentile(sorted, 0.5)
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

    #[test]
    fn percentiles_interpolate_between_order_statistics() {
        let four = [10.0, 20.0, 30.0, 40.0];
        for (share, expected) in [(0.5, 25.0), (0.75, 32.5), (0.9, 37.0), (0.95, 38.5)] {
            assert_close(percentile(&four, share), expected);
        }
        let three = [8.0, 24.0, 45.0];
        for (share, expected) in [(0.5, 24.0), (0.75, 34.5), (0.9, 40.8)] {
            assert_close(percentile(&three, share), expected);
        }
    }

    #[test]
    fn the_ends_are_the_extremes() {
        let sample = [1.0, 5.0, 9.0];
        assert_eq!(percentile(&sample, 0.0), Some(1.0));
        assert_eq!(percentile(&sample, 1.0), Some(9.0));
        assert_eq!(percentile(&sample, 7.0), Some(9.0));
    }

    #[test]
    fn one_value_is_every_percentile_and_none_has_none() {
        assert_eq!(percentile(&[3.0], 0.9), Some(3.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn what_is_no_number_is_dropped_while_sorting() {
        assert_eq!(sorted([2.0, f64::NAN, 1.0]), [1.0, 2.0]);
    }

    proptest! {
        #[test]
        fn percentiles_lie_between_the_extremes_and_grow(
            sample in prop::collection::vec(-1e300..1e300_f64, 1..50),
            one in 0.0..=1.0_f64,
            other in 0.0..=1.0_f64,
        ) {
            let sample = sorted(sample);
            let (small, large) = (one.min(other), one.max(other));
            let small = percentile(&sample, small).unwrap();
            let large = percentile(&sample, large).unwrap();
            prop_assert!(sample[0] <= small && large <= sample[sample.len() - 1]);
            prop_assert!(small <= large);
        }
    }
}
