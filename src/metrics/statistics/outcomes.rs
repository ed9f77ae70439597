//! Discrete distributions with one peak, walked outwards from it. Every outcome gets a weight
//! relative to the peak's by multiplying ratios of neighbours, so that nothing overflows and no
//! gamma function is needed, whatever the counts; a walk ends where weights vanish, some twelve
//! standard deviations out.

/// Weights below this end a walk: no sum of them could be seen in a p-value.
const NEGLIGIBLE: f64 = 1e-30;

/// Outcomes `low..=high` of a distribution whose largest probability is at (or beside) `mode`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcomes<Ratio> {
    /// The smallest outcome.
    pub(super) low: u64,
    /// The largest outcome.
    pub(super) high: u64,
    /// The outcome whose weight is 1.
    pub(super) mode: u64,
    /// Probability of `outcome + 1` over that of `outcome`, for `low <= outcome < high`.
    pub(super) ratio: Ratio,
}

impl<Ratio: Fn(u64) -> f64> Outcomes<Ratio> {
    /// Weights of `mode + 1`, `mode + 2`, … until they are negligible.
    fn above(&self) -> impl Iterator<Item = (u64, f64)> {
        let mut weight = 1.0;
        (self.mode..self.high)
            .map(move |outcome| {
                weight *= (self.ratio)(outcome);
                (outcome + 1, weight)
            })
            .take_while(|(_, weight)| *weight > NEGLIGIBLE)
    }

    /// Weights of `mode − 1`, `mode − 2`, … until they are negligible.
    fn below(&self) -> impl Iterator<Item = (u64, f64)> {
        let mut weight = 1.0;
        (self.low..self.mode)
            .rev()
            .map(move |outcome| {
                weight /= (self.ratio)(outcome);
                (outcome, weight)
            })
            .take_while(|(_, weight)| *weight > NEGLIGIBLE)
    }

    fn all(&self) -> impl Iterator<Item = (u64, f64)> {
        std::iter::once((self.mode, 1.0))
            .chain(self.above())
            .chain(self.below())
    }

    /// The probability of the outcomes for which `counts` holds.
    pub(super) fn probability(&self, counts: impl Fn(u64, f64) -> bool) -> f64 {
        let (mut total, mut counted) = (0.0, 0.0);
        for (outcome, weight) in self.all() {
            total += weight;
            if counts(outcome, weight) {
                counted += weight;
            }
        }
        (counted / total).clamp(0.0, 1.0)
    }

    /// The largest outcome below the peak whose lower tail, itself included, has at most the
    /// probability `share`.
    pub(super) fn lower_tail_within(&self, share: f64) -> Option<u64> {
        let total: f64 = self.all().map(|(_, weight)| weight).sum();
        let below: Vec<(u64, f64)> = self.below().collect();
        let mut tail = 0.0;
        below
            .into_iter()
            .rev()
            .take_while(|(_, weight)| {
                tail += weight;
                tail <= share * total
            })
            .last()
            .map(|(outcome, _)| outcome)
    }

    /// The two-sided p-value of an outcome: the probability of all outcomes that are not more likely
    /// than it. Weights within a relative 1e-7 are taken as equal, as they differ by rounding only.
    pub(super) fn not_more_likely_than(&self, observed: u64) -> f64 {
        let own = self
            .all()
            .find(|(outcome, _)| *outcome == observed)
            .map_or(0.0, |(_, weight)| weight);
        let limit = own * (1.0 + 1e-7);
        self.probability(|_, weight| weight <= limit)
    }
}

/// The number of successes in `trials` with success probability `share`, strictly between 0 and 1.
pub(super) fn binomial(trials: u64, share: f64) -> Outcomes<impl Fn(u64) -> f64> {
    let odds = share / (1.0 - share);
    let peak = ((trials as f64 + 1.0) * share).floor();
    Outcomes {
        low: 0,
        high: trials,
        mode: (peak as u64).min(trials),
        ratio: move |outcome| (trials - outcome) as f64 / (outcome as f64 + 1.0) * odds,
    }
}

/// The number of events when `mean` are expected (positive).
pub(super) fn poisson(mean: f64) -> Outcomes<impl Fn(u64) -> f64> {
    Outcomes {
        low: 0,
        high: u64::MAX,
        mode: mean.floor() as u64,
        ratio: move |outcome| mean / (outcome as f64 + 1.0),
    }
}

/// The number of marked ones among `drawn` out of `total`, of which `marked` are marked.
pub(super) fn hypergeometric(total: u64, marked: u64, drawn: u64) -> Outcomes<impl Fn(u64) -> f64> {
    let low = (marked + drawn).saturating_sub(total);
    let high = marked.min(drawn);
    let peak = (drawn as f64 + 1.0) * (marked as f64 + 1.0) / (total as f64 + 2.0);
    Outcomes {
        low,
        high,
        mode: (peak.floor() as u64).clamp(low, high),
        ratio: move |outcome| {
            let marked_left = (marked - outcome) as f64 * (drawn - outcome) as f64;
            // `outcome >= low` keeps this from falling below 1.
            let unmarked_left = (total + outcome + 1 - marked - drawn) as f64;
            marked_left / (outcome as f64 + 1.0) / unmarked_left
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(value: f64, expected: f64) {
        assert!(
            (value - expected).abs() < 1e-12,
            "{value} is not {expected}"
        );
    }

    #[test]
    fn four_fair_coins_show_two_heads_in_six_of_sixteen_throws() {
        let coins = binomial(4, 0.5);
        assert_close(coins.probability(|heads, _| heads == 2), 6.0 / 16.0);
        assert_close(coins.not_more_likely_than(1), 10.0 / 16.0);
        assert_close(coins.not_more_likely_than(0), 2.0 / 16.0);
        assert_close(coins.not_more_likely_than(2), 1.0);
    }

    #[test]
    fn a_lower_tail_ends_before_it_grows_too_large() {
        // P(0) = 1/16, P(0 or 1) = 5/16.
        let coins = binomial(4, 0.5);
        assert_eq!(coins.lower_tail_within(0.05), None);
        assert_eq!(coins.lower_tail_within(0.07), Some(0));
        assert_eq!(coins.lower_tail_within(0.32), Some(1));
    }

    #[test]
    fn no_event_of_one_expected_has_probability_one_over_e() {
        let none = poisson(1.0).probability(|events, _| events == 0);
        assert_close(none, (-1.0_f64).exp());
        let none = poisson(0.25).probability(|events, _| events == 0);
        assert_close(none, (-0.25_f64).exp());
    }

    #[test]
    fn drawing_two_of_five_with_two_marked() {
        // 10 draws: 3 with none, 6 with one, 1 with both.
        let draw = hypergeometric(5, 2, 2);
        assert_close(draw.probability(|marked, _| marked == 0), 0.3);
        assert_close(draw.probability(|marked, _| marked == 1), 0.6);
        assert_close(draw.not_more_likely_than(2), 0.1);
    }

    #[test]
    fn an_outcome_beyond_all_weight_has_probability_zero() {
        assert_eq!(binomial(1_000_000, 0.5).not_more_likely_than(0), 0.0);
        assert_close(binomial(1_000_000, 0.5).not_more_likely_than(500_000), 1.0);
    }
}
