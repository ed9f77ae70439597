//! The ordinary days: deployments of four teams that went well, drawn with a fixed seed around the
//! episodes. How often, how large and of which types follows what teams with conventional commits
//! look like; nothing here knows how failures are found.

use super::story::Part;

/// Numbers that only look random (SplitMix64).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub(super) const fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// One of some words, by weight.
    pub(super) fn pick(&mut self, from: &[(u64, &'static str)]) -> &'static str {
        let whole = from.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(whole);
        for (weight, word) in from {
            if left < *weight {
                return word;
            }
            left -= weight;
        }
        ""
    }
}

/// First day, a Monday, and number of weeks.
pub(super) const FIRST_DAY: &str = "2026-01-05";
pub(super) const WEEKS: i64 = 26;

/// The seed of the half year.
const SEED: u64 = 20_260_105;

/// The subjects' types, by weight: about a quarter are fixes, as in published histories.
const TYPES: [(u64, &str); 8] = [
    (38, "feat"),
    (25, "fix"),
    (10, "refactor"),
    (10, "chore"),
    (5, "perf"),
    (5, "test"),
    (4, "docs"),
    (3, "chore(deps)"),
];

const THINGS: [(u64, &str); 10] = [
    (1, "totals"),
    (1, "addresses"),
    (1, "lists"),
    (1, "pictures"),
    (1, "imports"),
    (1, "messages"),
    (1, "discounts"),
    (1, "sorting"),
    (1, "labels"),
    (1, "dates"),
];

/// An ordinary deployment that a team wants to make: minutes after midnight of the first day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) part: Part,
    /// When it ended in production.
    pub(super) minute: i64,
    /// Its changes: how many minutes before the deployment, and the subject.
    pub(super) changes: Vec<(i64, String)>,
}

/// How many deployments of ten thousand days begin so: a first one, a second, a third on one day.
const PER_DAY: [u64; 3] = [3_400, 2_600, 1_500];

/// All wishes of the half year, by time. Those that fall into an episode of the same team are dropped
/// by `project`, as a team in trouble does nothing else.
pub(super) fn wishes() -> Vec<Wish> {
    let mut dice = Dice::new(SEED);
    let mut wishes = Vec::new();
    for day in 0..WEEKS * 7 {
        let weekday = day % 7;
        if weekday > 4 {
            continue;
        }
        for part in Part::ALL {
            for chance in PER_DAY {
                // Fridays are quieter.
                let chance = if weekday == 4 { chance / 2 } else { chance };
                if dice.below(10_000) >= chance {
                    break;
                }
                // Between 08:15 and 16:45.
                let minute = day * 1_440 + 495 + dice.below(510) as i64;
                wishes.push(wish(&mut dice, part, minute));
            }
        }
    }
    wishes.sort_by_key(|wish| (wish.minute, wish.part));
    wishes
}

fn wish(dice: &mut Dice, part: Part, minute: i64) -> Wish {
    let count = match dice.below(100) {
        0..45 => 1,
        45..75 => 2,
        75..90 => 3,
        _ => 4,
    };
    let mut changes: Vec<(i64, String)> = (0..count)
        .map(|_| {
            // A few minutes up to thirty hours before.
            let before = 12 + dice.below(dice_range(count)) as i64;
            let subject = format!(
                "{}: {} of {}",
                dice.pick(&TYPES),
                dice.pick(&THINGS),
                part.name()
            );
            (before, subject)
        })
        .collect();
    changes.sort_by_key(|(before, _)| -before);
    Wish {
        part,
        minute,
        changes,
    }
}

/// A deployment of one change follows it soon, a larger one gathers them for a day or so.
const fn dice_range(count: u64) -> u64 {
    if count == 1 { 240 } else { 1_800 }
}
