//! The median of durations of which some have not ended yet: right-censored observations are kept as
//! "at least so long" (Kaplan and Meier 1958, *Journal of the American Statistical Association* 53).
//! The plain median is in `percentile.rs`.

/// Estimates this close to one half are one half: they differ by rounding only.
const TOLERANCE: f64 = 1e-9;

/// One step of the estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// A duration at which something ended.
    pub duration: f64,
    /// The estimated share that lasts longer than it.
    pub surviving: f64,
}

/// The product-limit estimate of how many last longer, one step per distinct duration that ended, in
/// ascending order. `ended` are durations, `running` what had not ended, with its age so far; both in
/// any order, and what is no number is dropped. Where one ended and another was last seen at the same
/// duration, the end comes first: what was last seen was still there.
pub fn product_limit(ended: &[f64], running: &[f64]) -> Vec<Step> {
    let mut observed: Vec<(f64, bool)> = ended.iter().map(|&duration| (duration, true)).collect();
    observed.extend(running.iter().map(|&age| (age, false)));
    observed.retain(|(duration, _)| !duration.is_nan());
    // False sorts before true, so ends are asked for reversed.
    observed.sort_unstable_by(|one, other| {
        let by_duration = one.0.total_cmp(&other.0);
        by_duration.then_with(|| other.1.cmp(&one.1))
    });
    let mut left = observed.len();
    // Between two censorings the factors telescope to `left / block`: without any censoring every share
    // is one exact division.
    let (mut before, mut block) = (1.0, left);
    let mut steps: Vec<Step> = Vec::new();
    for (duration, has_ended) in observed {
        left -= 1;
        if !has_ended {
            before *= (left + 1) as f64 / block as f64;
            block = left;
            continue;
        }
        let surviving = before * left as f64 / block as f64;
        match steps.last_mut() {
            // Zero and negative zero are one duration.
            Some(step) if step.duration == duration => step.surviving = surviving,
            _ => steps.push(Step {
                duration,
                surviving,
            }),
        }
    }
    steps
}

/// The median by the product-limit estimate: the smallest duration that at most half last longer than.
/// Where the estimate is exactly one half from there to the next step, the middle of the two is given,
/// so that without anything running it is the plain median. `None` when more than half of the estimate
/// never comes down: the median is longer than everything that ended.
pub fn censored_median(ended: &[f64], running: &[f64]) -> Option<f64> {
    let steps = product_limit(ended, running);
    let first = steps
        .iter()
        .position(|step| step.surviving <= 0.5 + TOLERANCE)?;
    let step = steps.get(first)?;
    let is_half = (step.surviving - 0.5).abs() <= TOLERANCE;
    match steps.get(first + 1) {
        Some(next) if is_half => Some(f64::midpoint(step.duration, next.duration)),
        _ => Some(step.duration),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::statistics::{median, sorted};

    /// Weeks to relapse under 6-mercaptopurine and under placebo: Freireich and others 1963, as Gehan
    /// 1965 and every textbook of survival analysis print them.
    const MERCAPTOPURINE: ([f64; 9], [f64; 12]) = (
        [6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0],
        [
            6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0, 25.0, 32.0, 32.0, 34.0, 35.0,
        ],
    );
    const PLACEBO: [f64; 21] = [
        1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0, 8.0, 8.0, 8.0, 8.0, 11.0, 11.0, 12.0, 12.0,
        15.0, 17.0, 22.0, 23.0,
    ];

    #[test]
    fn the_estimate_of_the_leukaemia_trial_is_the_published_one() {
        let (ended, running) = MERCAPTOPURINE;
        let published = [
            (6.0, 0.857),
            (7.0, 0.807),
            (10.0, 0.753),
            (13.0, 0.690),
            (16.0, 0.627),
            (22.0, 0.538),
            (23.0, 0.448),
        ];
        let steps = product_limit(&ended, &running);
        assert_eq!(steps.len(), published.len());
        for (step, (duration, surviving)) in steps.iter().zip(published) {
            assert_eq!(step.duration, duration);
            assert!((step.surviving - surviving).abs() < 0.0005, "{step:?}");
        }
        assert_eq!(censored_median(&ended, &running), Some(23.0));
        assert_eq!(censored_median(&PLACEBO, &[]), Some(8.0));
    }

    #[test]
    fn the_medians_of_maintained_and_other_remissions_are_31_and_23() {
        // Acute myelogenous leukaemia, Miller 1981: data set `aml` of R's package survival.
        let maintained = [9.0, 13.0, 18.0, 23.0, 31.0, 34.0, 48.0];
        assert_eq!(
            censored_median(&maintained, &[13.0, 28.0, 45.0, 161.0]),
            Some(31.0)
        );
        let others = [5.0, 5.0, 8.0, 8.0, 12.0, 23.0, 27.0, 30.0, 33.0, 43.0, 45.0];
        assert_eq!(censored_median(&others, &[16.0]), Some(23.0));
    }

    #[test]
    fn nothing_one_and_two_observations() {
        assert_eq!(censored_median(&[], &[]), None);
        assert_eq!(censored_median(&[], &[5.0]), None);
        assert_eq!(censored_median(&[7.0], &[]), Some(7.0));
        assert_eq!(censored_median(&[10.0, 20.0], &[]), Some(15.0));
        // One of two is exactly one half, and no later end bounds it.
        assert_eq!(censored_median(&[10.0], &[30.0]), Some(10.0));
        // The one seen last at 5 tells nothing of what comes after.
        assert_eq!(censored_median(&[10.0], &[5.0]), Some(10.0));
        assert_eq!(censored_median(&[10.0], &[30.0, 30.0]), None);
    }

    #[test]
    fn at_equal_durations_the_end_comes_before_the_last_sight() {
        // 4 at risk at 5: 3/4 are left, then two are seen no more, then the last ends.
        let steps = product_limit(&[5.0, 9.0], &[5.0, 5.0]);
        let shares: Vec<f64> = steps.iter().map(|step| step.surviving).collect();
        assert_eq!(shares, [0.75, 0.0]);
        assert_eq!(censored_median(&[5.0, 9.0], &[5.0, 5.0]), Some(9.0));
    }

    #[test]
    fn what_runs_longer_than_the_median_of_what_ended_raises_it() {
        let ended = [10.0, 20.0, 30.0, 60.0, 60.0, 120.0];
        assert_eq!(censored_median(&ended, &[]), Some(45.0));
        assert_eq!(censored_median(&ended, &[4380.0]), Some(60.0));
    }

    #[test]
    fn what_is_no_number_is_dropped_and_infinity_is_long() {
        assert_eq!(censored_median(&[f64::NAN, 4.0], &[f64::NAN]), Some(4.0));
        assert_eq!(censored_median(&[4.0, 6.0], &[f64::INFINITY]), Some(6.0));
    }

    #[test]
    fn a_million_observations_with_ties_are_exact() {
        // 0 to 999, a thousand times each: half of them last longer than 499.
        let ended: Vec<f64> = (0..1_000_000_u32).map(|it| f64::from(it % 1000)).collect();
        assert_eq!(censored_median(&ended, &[]), Some(499.5));
        // As many that are still running at 1000 or beyond: exactly half never ended.
        let running = vec![1000.0; 1_000_000];
        assert_eq!(censored_median(&ended, &running), Some(999.0));
        let more = vec![1000.0; 1_000_001];
        assert_eq!(censored_median(&ended, &more), None);
    }

    /// The share that lasts longer as a fraction of whole numbers, by the textbook's product over
    /// distinct durations: nothing telescopes and nothing is rounded.
    fn median_by_fractions(ended: &[u8], running: &[u8]) -> Option<f64> {
        let (mut numerator, mut denominator) = (1_u128, 1_u128);
        let mut at_half: Option<u8> = None;
        for duration in 0..=u8::MAX {
            let ends = ended.iter().filter(|&&it| it == duration).count() as u128;
            let at_risk = ended.iter().chain(running).filter(|&&it| it >= duration);
            let at_risk = at_risk.count() as u128;
            if ends == 0 {
                continue;
            }
            if let Some(at_half) = at_half {
                return Some(f64::midpoint(f64::from(at_half), f64::from(duration)));
            }
            numerator *= at_risk - ends;
            denominator *= at_risk;
            if 2 * numerator < denominator {
                return Some(f64::from(duration));
            }
            at_half = (2 * numerator == denominator).then_some(duration);
        }
        at_half.map(f64::from)
    }

    proptest! {
        #[test]
        fn without_anything_running_it_is_the_plain_median(
            sample in prop::collection::vec(0_u16..500, 0..60),
        ) {
            let sample = sorted(sample.into_iter().map(f64::from));
            prop_assert_eq!(censored_median(&sample, &[]), median(&sample));
        }

        #[test]
        fn it_is_the_median_of_exact_fractions(
            ended in prop::collection::vec(0_u8..20, 0..12),
            running in prop::collection::vec(0_u8..20, 0..10),
        ) {
            let expected = median_by_fractions(&ended, &running);
            let ended: Vec<f64> = ended.into_iter().map(f64::from).collect();
            let running: Vec<f64> = running.into_iter().map(f64::from).collect();
            prop_assert_eq!(censored_median(&ended, &running), expected);
        }

        #[test]
        fn the_estimate_only_falls(
            ended in prop::collection::vec(0.0..1e6_f64, 0..50),
            running in prop::collection::vec(0.0..1e6_f64, 0..50),
        ) {
            let steps = product_limit(&ended, &running);
            let is_falling = |pair: &[Step]| {
                pair[0].duration < pair[1].duration && pair[0].surviving >= pair[1].surviving
            };
            prop_assert!(steps.windows(2).all(is_falling));
            prop_assert!(steps.iter().all(|step| (0.0..1.0).contains(&step.surviving)));
        }
    }
}
