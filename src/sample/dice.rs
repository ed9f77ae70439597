//! Chance that is the same every time: SplitMix64 (Steele, Lea, Flood 2014), started from a fixed
//! number, so that a sample project depends on nothing but the instant it ends at.

use std::ops::RangeInclusive;

/// A sequence of numbers.
pub(super) struct Dice {
    state: u64,
}

impl Dice {
    /// The sequence of this number.
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of the range; its start when the range is empty.
    pub(super) fn within(&mut self, range: &RangeInclusive<u32>) -> u32 {
        let (start, end) = (*range.start(), *range.end());
        let width = u64::from(end.saturating_sub(start)) + 1;
        let offset = u32::try_from(self.roll() % width).unwrap_or(0);
        start.saturating_add(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // The first three outputs for seed 1234567, from the reference implementation in C.
        let mut dice = Dice::new(1_234_567);
        assert_eq!(dice.roll(), 6_457_827_717_110_365_317);
        assert_eq!(dice.roll(), 3_203_168_211_198_807_973);
        assert_eq!(dice.roll(), 9_817_491_932_198_370_423);
    }

    #[test]
    fn every_number_of_a_range_comes_and_no_other() {
        let mut dice = Dice::new(1);
        let mut seen = [0; 6];
        for _ in 0..600 {
            seen[dice.within(&(1..=6)) as usize - 1] += 1;
        }
        assert!(seen.iter().all(|&count| count > 50), "{seen:?}");
        assert_eq!(dice.within(&(4..=4)), 4);
        #[expect(clippy::reversed_empty_ranges, reason = "the degenerate case")]
        let backwards = 5..=2;
        assert_eq!(dice.within(&backwards), 5);
    }
}
