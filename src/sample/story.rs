//! What happens in the sample project, day by day: two months of a shop that learns to deliver in
//! smaller steps. The days are those of `calendar`; how a release comes about is `team`'s business.
//!
//! Counted by hand, and asserted in the tests of this room: 2 deployments to production at the
//! launch, 16 in the earlier period (4 failed), 40 in the recent one (5 failed).

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::calendar::{Calendar, DAYS, LAUNCH_DAYS, at};

/// The parts of the shop, each with a repository of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Component {
    /// What customers see.
    Web,
    /// What it talks to.
    Api,
}

impl Component {
    /// Its key in the state files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
        }
    }
}

/// How a release to production comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brings {
    /// The image tag `latest`: nobody can say which commit that was.
    Latest,
    /// What the repository began with.
    Beginning,
    /// Merged pull requests.
    Work,
    /// A pull request that failed the tests in uat, and the one that repaired it.
    RepairedWork,
    /// Only a fix, in a hurry: what it replaces had failed.
    Hotfix,
    /// A revert of what the release before it brought.
    Revert,
    /// The version before the one that runs.
    Rollback,
    /// The version that runs.
    Same,
}

/// How a team works in a period; times in minutes of working time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// Pull requests in a release.
    pub(super) pulls: RangeInclusive<u32>,
    /// From the last merge to the release. At least 40, so that uat and its tests come between.
    pub(super) wait: RangeInclusive<u32>,
    /// Between the merges of a release.
    pub(super) gap: RangeInclusive<u32>,
    /// From the last commit of a pull request to its merge.
    pub(super) review: RangeInclusive<u32>,
    /// Between the commits of a pull request.
    pub(super) spacing: RangeInclusive<u32>,
}

/// Large steps, slow reviews.
const EARLIER_PACE: Pace = Pace {
    pulls: 2..=4,
    wait: 120..=600,
    gap: 60..=240,
    review: 120..=600,
    spacing: 30..=120,
};

/// Small steps, quick reviews.
pub(super) const RECENT_PACE: Pace = Pace {
    pulls: 1..=2,
    wait: 40..=150,
    gap: 30..=120,
    review: 15..=120,
    spacing: 15..=60,
};

/// One component goes to production. Two at the same minute are one deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Release {
    minute: u32,
    component: Component,
    brings: Brings,
}

const fn web(hour: u32, minute: u32) -> Release {
    Release {
        minute: 60 * hour + minute,
        component: Component::Web,
        brings: Brings::Work,
    }
}

const fn api(hour: u32, minute: u32) -> Release {
    Release {
        component: Component::Api,
        ..web(hour, minute)
    }
}

impl Release {
    const fn brings(self, brings: Brings) -> Self {
        Self { brings, ..self }
    }
}

use Brings::{Beginning, Hotfix, Latest, RepairedWork, Revert, Rollback, Same};

/// The shop goes live: 2 deployments.
const LAUNCH: [&[Release]; LAUNCH_DAYS] = [
    &[api(15, 0).brings(Beginning), web(15, 0).brings(Latest)],
    &[web(11, 0).brings(Beginning)],
];

/// 16 deployments in the first period; 4 of them fail, with outages of 34, 48, 66 and 205 minutes.
const EARLIER: [&[Release]; DAYS] = [
    &[web(14, 20)],
    &[],
    &[api(10, 15)],
    &[],
    &[web(15, 10), api(15, 10)],
    &[],
    &[api(9, 50), api(10, 24).brings(Hotfix)],
    &[],
    &[web(13, 5), web(13, 53).brings(Rollback)],
    &[web(15, 30)],
    &[],
    &[api(11, 0)],
    &[web(10, 40), web(11, 46).brings(Revert)],
    &[],
    &[api(14, 45)],
    &[web(11, 20)],
    &[],
    &[api(9, 35), api(13, 0).brings(Rollback)],
    &[api(15, 15)],
    &[],
];

/// 40 deployments in the recent period; 5 of them fail, with outages of 26, 38, 95, 155 and 280
/// minutes. One redeployment, which counts nowhere.
const RECENT: [&[Release]; DAYS] = [
    &[web(10, 5)],
    &[api(9, 40), web(15, 20)],
    &[api(13, 35)],
    &[web(9, 55), api(16, 5)],
    &[web(11, 30), api(15, 45)],
    &[api(10, 20)],
    &[web(9, 30), web(9, 56).brings(Rollback), api(14, 40)],
    &[web(11, 10)],
    &[api(10, 50), web(16, 10)],
    &[api(9, 45), web(14, 25)],
    &[web(10, 15), api(13, 50)],
    &[api(9, 35), api(10, 13).brings(Hotfix), web(15, 5)],
    &[web(10, 40), web(12, 15).brings(Revert)],
    &[api(11, 25).brings(RepairedWork)],
    &[
        web(14, 10),
        api(14, 10),
        web(15, 2).brings(Same),
        web(16, 30),
    ],
    &[web(9, 50), api(13, 30), web(16, 0)],
    &[web(9, 20), api(11, 15), web(14, 0).brings(Rollback)],
    &[web(10, 30), api(15, 10)],
    &[api(9, 40), web(10, 55), api(12, 15).brings(Revert)],
    &[web(10, 10), api(14, 35)],
];

/// A release with its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Planned {
    /// When it reaches production.
    pub(super) at: DateTime<Utc>,
    /// What is released.
    pub(super) component: Component,
    /// How it comes about.
    pub(super) brings: Brings,
    /// How the team works then.
    pub(super) pace: &'static Pace,
}

/// Everything that goes to production, in order of time.
pub(super) fn releases(calendar: &Calendar) -> Vec<Planned> {
    let mut planned = schedule(&calendar.launch, &LAUNCH, &EARLIER_PACE);
    planned.extend(schedule(&calendar.earlier, &EARLIER, &EARLIER_PACE));
    planned.extend(schedule(&calendar.recent, &RECENT, &RECENT_PACE));
    planned
}

fn schedule(days: &[NaiveDate], releases: &[&[Release]], pace: &'static Pace) -> Vec<Planned> {
    let mut planned = Vec::new();
    for ((&day, releases), number) in days.iter().zip(releases).zip(1_u32..) {
        // No clock is to the minute; one offset for a day keeps the outages as they are told above.
        let seconds = TimeDelta::seconds(i64::from(number * 17 % 60));
        planned.extend(releases.iter().map(|release| Planned {
            at: at(day, release.minute) + seconds,
            component: release.component,
            brings: release.brings,
            pace,
        }));
    }
    planned
}

/// What the two people of the release repository do: a page written while the pipeline goes on, the
/// merge that brings the pipeline's commits to them, and a page that follows from a long outage.
pub(super) struct Notes {
    /// One begins to write.
    pub(super) begun: DateTime<Utc>,
    /// And pulls.
    pub(super) pulled: DateTime<Utc>,
    /// The other writes.
    pub(super) learnt: DateTime<Utc>,
}

impl Notes {
    /// Their times.
    pub(super) fn of(calendar: &Calendar) -> Self {
        Self {
            begun: at(calendar.recent[10], 9 * 60 + 5),
            pulled: at(calendar.recent[10], 17 * 60 + 25),
            learnt: at(calendar.recent[17], 8 * 60 + 40),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployments(days: &[&[Release]]) -> usize {
        let mut count = 0;
        for releases in days {
            let mut minutes: Vec<u32> = releases
                .iter()
                .filter(|release| release.brings != Same)
                .map(|release| release.minute)
                .collect();
            assert!(minutes.is_sorted());
            minutes.dedup();
            count += minutes.len();
        }
        count
    }

    /// Minutes from what failed to what repaired it.
    fn outages(days: &[&[Release]]) -> Vec<u32> {
        let mut outages = Vec::new();
        for releases in days {
            for remedy in *releases {
                if matches!(remedy.brings, Hotfix | Revert | Rollback) {
                    let failed = releases
                        .iter()
                        .rfind(|failed| {
                            failed.component == remedy.component && failed.minute < remedy.minute
                        })
                        .unwrap();
                    outages.push(remedy.minute - failed.minute);
                }
            }
        }
        outages.sort_unstable();
        outages
    }

    #[test]
    fn the_tables_hold_what_their_comments_say() {
        assert_eq!(deployments(&LAUNCH), 2);
        assert_eq!(deployments(&EARLIER), 16);
        assert_eq!(deployments(&RECENT), 40);
        assert_eq!(outages(&EARLIER), [34, 48, 66, 205]);
        assert_eq!(outages(&RECENT), [26, 38, 95, 155, 280]);
    }

    #[test]
    fn releases_come_in_order_of_time() {
        let now = DateTime::parse_from_rfc3339("2026-08-20T12:00:00Z").unwrap();
        let planned = releases(&Calendar::before(now.to_utc()).unwrap());
        assert!(planned.is_sorted_by_key(|planned| planned.at));
        assert!(planned.last().unwrap().at < now);
    }
}
