//! The band profiles that come with dora, and the 2025 distribution. A published table has gaps
//! between its cells; a value in one goes to the worse neighbour. How a value is judged is in `bands`.

use super::{Comparator, Limit, Profile};

const fn at_least(value: f64) -> Option<Limit> {
    Some(Limit {
        comparator: Comparator::AtLeast,
        value,
    })
}

const fn below(value: f64) -> Option<Limit> {
    Some(Limit {
        comparator: Comparator::Below,
        value,
    })
}

const fn at_most(value: f64) -> Option<Limit> {
    Some(Limit {
        comparator: Comparator::AtMost,
        value,
    })
}

const HOUR: f64 = 60.0;
const DAY: f64 = 24.0 * HOUR;
const WEEK: f64 = 7.0 * DAY;
/// DORA's own month of 730 hours.
const MONTH: f64 = 730.0 * HOUR;
const SIX_MONTHS: f64 = 6.0 * MONTH;

/// Deployments per day at one a week, one a month (12 a year), one in six months.
const WEEKLY: f64 = 1.0 / 7.0;
const MONTHLY: f64 = 12.0 / 365.0;
const HALF_YEARLY: f64 = 2.0 / 365.0;

/// Per profile the limits of elite, high and medium, for deployments per day, lead time in minutes,
/// change failure rate as a fraction and time to restore in minutes.
pub(super) const PROFILES: [Profile; 7] = [
    Profile {
        name: "cd-agent",
        source: "cd-agent's configuration",
        note: None,
        limits: [
            [at_least(1.0), at_least(0.14), at_least(0.03)],
            [below(HOUR), below(DAY), at_most(WEEK)],
            [below(0.15), below(0.30), at_most(0.45)],
            [below(HOUR), below(DAY), at_most(WEEK)],
        ],
    },
    Profile {
        name: "2019",
        source: "DORA report 2019",
        note: Some("elite, high and medium share one failure rate: anything above 15 % is low"),
        limits: [
            [at_least(1.0), at_least(WEEKLY), at_least(MONTHLY)],
            [below(DAY), below(WEEK), below(MONTH)],
            [at_most(0.15), None, None],
            [below(HOUR), below(DAY), None],
        ],
    },
    Profile {
        name: "2021",
        source: "DORA report 2021",
        note: Some(
            "the report gives three bands one failure rate (16 to 30 %): 20 % parts them here",
        ),
        limits: [
            [at_least(1.0), at_least(MONTHLY), at_least(HALF_YEARLY)],
            [below(HOUR), below(WEEK), below(SIX_MONTHS)],
            [at_most(0.15), at_most(0.20), at_most(0.30)],
            [below(HOUR), below(DAY), below(WEEK)],
        ],
    },
    Profile {
        name: "2022",
        source: "DORA report 2022",
        note: Some("the report has no elite band"),
        limits: [
            [None, at_least(1.0), at_least(MONTHLY)],
            [None, below(WEEK), below(MONTH)],
            [None, at_most(0.15), at_most(0.30)],
            [None, below(DAY), below(WEEK)],
        ],
    },
    Profile {
        name: "2023",
        source: "DORA report 2023",
        note: Some("failure rates are published as points: 5, 10 and 15 % are taken as limits"),
        limits: [
            [at_least(1.0), at_least(WEEKLY), at_least(MONTHLY)],
            [below(DAY), below(WEEK), below(MONTH)],
            [at_most(0.05), at_most(0.10), at_most(0.15)],
            [below(HOUR), below(DAY), below(WEEK)],
        ],
    },
    Profile {
        name: "2024",
        source: "DORA report 2024",
        note: Some("failure rates of high (20 %) and medium (10 %) are sorted here"),
        limits: [
            [at_least(1.0), at_least(WEEKLY), at_least(MONTHLY)],
            [below(DAY), below(WEEK), below(MONTH)],
            [at_most(0.05), at_most(0.10), at_most(0.20)],
            [below(HOUR), below(DAY), below(WEEK)],
        ],
    },
    Profile {
        name: super::DISTRIBUTION,
        source: "DORA report 2025, from a transcription of its figures",
        note: Some("a distribution instead of bands: where a value stands among the answers"),
        limits: [[None; 3]; 4],
    },
];

/// Per metric the answers of the 2025 survey from the best on: the limit of an answer, and the share
/// of respondents in per cent who gave it or a better one. Whatever is worse is the remaining 100 %.
pub(super) const STANDINGS: [&[(Option<Limit>, f64)]; 4] = [
    &[
        // "On demand" means several times a day: at least twice.
        (at_least(2.0), 16.2),
        (at_least(1.0), 22.7),
        (at_least(WEEKLY), 44.6),
        (at_least(MONTHLY), 76.1),
        (at_least(HALF_YEARLY), 96.4),
    ],
    &[
        (below(HOUR), 9.4),
        (below(DAY), 24.4),
        (below(WEEK), 56.4),
        (below(MONTH), 84.7),
        (below(SIX_MONTHS), 98.0),
    ],
    &[
        (at_most(0.02), 8.5),
        (at_most(0.04), 16.7),
        (at_most(0.08), 36.2),
        (at_most(0.16), 62.2),
        (at_most(0.32), 81.6),
        (at_most(0.64), 94.1),
    ],
    &[
        (below(HOUR), 21.3),
        (below(DAY), 56.6),
        (below(WEEK), 84.6),
        (below(MONTH), 94.0),
        (below(SIX_MONTHS), 98.9),
    ],
];
