//! The statistics of flow: percentiles that are values of items that exist, mean and spread. Lead times
//! of changes use the interpolating kind in `percentile` (spec 3.3), durations of items these (spec 6.3).

/// The percentile of a sorted sample at `share` (0 to 1) by nearest rank: the smallest value that at
/// least that share of the sample does not exceed, the one at rank ⌈share · n⌉. `None` for an empty
/// sample.
pub fn nearest_rank(sorted: &[f64], share: f64) -> Option<f64> {
    let count = sorted.len();
    // 0.85 · 20 is a little more than 17 in binary numbers: what is that close to a rank is that rank.
    let rank = (share.clamp(0.0, 1.0) * count as f64 - 1e-9)
        .ceil()
        .max(1.0) as usize;
    sorted.get(rank.min(count).checked_sub(1)?).copied()
}

/// The arithmetic mean; `None` for an empty sample.
pub fn mean(sample: &[f64]) -> Option<f64> {
    if sample.is_empty() {
        return None;
    }
    Some(sample.iter().sum::<f64>() / sample.len() as f64)
}

/// The sample standard deviation (divided by n − 1), in two passes; `None` for fewer than two values.
pub fn sample_deviation(sample: &[f64]) -> Option<f64> {
    if sample.len() < 2 {
        return None;
    }
    let mean = mean(sample)?;
    let squares: f64 = sample.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (sample.len() - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHARES: [f64; 3] = [0.5, 0.85, 0.95];

    fn ranks(sorted: &[f64]) -> [Option<f64>; 3] {
        SHARES.map(|share| nearest_rank(sorted, share))
    }

    #[test]
    fn the_percentiles_of_the_comparison_of_methods() {
        let skewed = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 5.0, 8.0, 40.0];
        assert_eq!(ranks(&skewed), [3.0, 8.0, 40.0].map(Some));
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(ranks(&ten), [5.0, 9.0, 10.0].map(Some));
        assert_eq!(ranks(&[1.0, 2.0, 3.0, 4.0]), [2.0, 4.0, 4.0].map(Some));
        // Code Review of the worked example.
        assert_eq!(nearest_rank(&[24.0, 24.0, 72.0], 0.85), Some(72.0));
    }

    #[test]
    fn percentiles_of_nothing_one_two_and_equal_values() {
        assert_eq!(ranks(&[]), [None; 3]);
        assert_eq!(ranks(&[7.0]), [Some(7.0); 3]);
        assert_eq!(ranks(&[7.0, 9.0]), [7.0, 9.0, 9.0].map(Some));
        assert_eq!(ranks(&[7.0; 5]), [Some(7.0); 3]);
        assert_eq!(nearest_rank(&[1.0, 2.0], 0.0), Some(1.0));
        assert_eq!(nearest_rank(&[1.0, 2.0], 1.0), Some(2.0));
        assert_eq!(nearest_rank(&[1.0, 2.0], f64::NAN), Some(1.0));
    }

    #[test]
    fn a_rank_that_is_whole_is_that_rank_however_numbers_are_stored() {
        // 0.85 · 20 = 17 and 0.85 · 100 = 85, 0.95 · 20 = 19.
        let to = |last: u32| -> Vec<f64> { (1..=last).map(f64::from).collect() };
        assert_eq!(nearest_rank(&to(20), 0.85), Some(17.0));
        assert_eq!(nearest_rank(&to(100), 0.85), Some(85.0));
        assert_eq!(nearest_rank(&to(20), 0.95), Some(19.0));
        assert_eq!(
            ranks(&to(1_000_000)),
            [500_000.0, 850_000.0, 950_000.0].map(Some)
        );
    }

    #[test]
    fn mean_and_deviation_of_known_samples() {
        let skewed = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 5.0, 8.0, 40.0];
        assert_eq!(mean(&skewed), Some(6.9));
        let deviation = sample_deviation(&skewed).unwrap();
        assert!((deviation - 11.82).abs() < 0.005, "{deviation}");
        // Code Review and Development of the worked example.
        let review = sample_deviation(&[72.0, 24.0, 24.0]).unwrap();
        assert!((review - 27.71).abs() < 0.005, "{review}");
        let development = [48.0, 24.0, 24.0, 48.0, 48.0, 24.0, 96.0];
        assert!((mean(&development).unwrap() - 44.57).abs() < 0.005);
        let deviation = sample_deviation(&development).unwrap();
        assert!((deviation - 25.66).abs() < 0.005, "{deviation}");
    }

    #[test]
    fn mean_and_deviation_of_nothing_one_two_equal_and_many_values() {
        assert_eq!((mean(&[]), sample_deviation(&[])), (None, None));
        assert_eq!((mean(&[3.0]), sample_deviation(&[3.0])), (Some(3.0), None));
        assert_eq!(sample_deviation(&[1.0, 3.0]), Some(2.0_f64.sqrt()));
        assert_eq!(sample_deviation(&[5.0; 9]), Some(0.0));
        // 1 to n: n(n + 1)/12 is the square of the deviation.
        let many: Vec<f64> = (1..=1_000_000).map(f64::from).collect();
        assert_eq!(mean(&many), Some(500_000.5));
        let expected = (1e6 * 1_000_001.0 / 12.0_f64).sqrt();
        assert!((sample_deviation(&many).unwrap() - expected).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn a_percentile_is_a_value_that_its_share_does_not_exceed(
            mut sample in prop::collection::vec(-1e9..1e9_f64, 1..60),
            share in 0.0..=1.0_f64,
        ) {
            sample.sort_by(f64::total_cmp);
            let value = nearest_rank(&sample, share).unwrap();
            prop_assert!(sample.contains(&value));
            let at_most = sample.iter().filter(|other| **other <= value).count();
            prop_assert!(at_most as f64 >= share * sample.len() as f64 - 1e-6);
            let less = sample.iter().filter(|other| **other < value).count();
            prop_assert!(less as f64 <= share * sample.len() as f64);
        }
    }
}
