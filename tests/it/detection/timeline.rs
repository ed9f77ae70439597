//! The episodes and the ordinary days as one list of events by time. What a team plans while it is in
//! the middle of an episode of its own does not happen.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use super::benign::BENIGN;
use super::failures::FAILURES;
use super::rhythm::{self, Wish};
use super::story::{Act, Episode, Kind, Part};

/// Something that happens at a time.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) at: DateTime<Utc>,
    pub(super) what: What,
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// An act of an episode.
    Act(&'static Episode, Act),
    /// A change of an ordinary day: part and subject.
    Change(Part, String),
    /// An ordinary deployment of what the part has on main.
    Ship(Part),
}

/// All episodes, failures first.
pub(super) fn episodes() -> impl Iterator<Item = &'static Episode> {
    FAILURES.iter().chain(BENIGN)
}

/// The time an act says, `HH:MM` or `+N HH:MM`, of an episode that begins on a day.
pub(super) fn time(day: &str, at: &str) -> DateTime<Utc> {
    let (later, clock) = match at.strip_prefix('+') {
        Some(rest) => rest.split_once(' ').expect("days and a time"),
        None => ("0", at),
    };
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").expect("a day");
    let clock = NaiveTime::parse_from_str(clock, "%H:%M").expect("a time of day");
    let later = Duration::days(later.parse().expect("a number of days"));
    day.and_time(clock).and_utc() + later
}

impl Act {
    /// When it happens, as the story writes it.
    pub(super) const fn at(&self) -> &'static str {
        match self {
            Self::Change { at, .. }
            | Self::ChangeOn { at, .. }
            | Self::Merge { at, .. }
            | Self::Ship { at, .. }
            | Self::ShipBeside { at, .. }
            | Self::Again { at, .. } => at,
            Self::Issue { opened, .. } => opened,
        }
    }

    /// The parts it concerns: an issue concerns none, a merge those of its episode.
    fn parts(&self) -> Vec<Part> {
        match self {
            Self::Change { part, .. } | Self::ChangeOn { part, .. } | Self::Again { part, .. } => {
                vec![*part]
            }
            Self::Ship { versions, .. } | Self::ShipBeside { versions, .. } => {
                versions.iter().map(|(part, _)| *part).collect()
            }
            Self::Merge { .. } | Self::Issue { .. } => Vec::new(),
        }
    }
}

/// A time in which a part belongs to an episode.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) episode: &'static str,
    pub(super) part: Part,
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
}

/// From an episode's first act on a part to its last one. Where people went on working between a
/// failure and its late repair, each day has a span of its own.
pub(super) fn spans() -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for episode in episodes() {
        let goes_on = matches!(
            episode.kind,
            Kind::RepairedLater
                | Kind::Reverted
                | Kind::RedRunSoundDeployment
                | Kind::HarmlessRevert
        );
        for part in Part::ALL {
            let mut times: Vec<DateTime<Utc>> = episode
                .acts
                .iter()
                .filter(|act| act.parts().contains(&part))
                .map(|act| time(episode.day, act.at()))
                .collect();
            times.sort();
            let mut own: Vec<Span> = Vec::new();
            for at in times {
                match own.last_mut() {
                    Some(span) if !goes_on || span.to.date_naive() == at.date_naive() => {
                        span.to = at;
                    }
                    _ => own.push(Span {
                        episode: episode.name,
                        part,
                        from: at,
                        to: at,
                    }),
                }
            }
            spans.append(&mut own);
        }
    }
    spans
}

/// Everything that happens, by time.
pub(super) fn events() -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for episode in episodes() {
        for act in episode.acts {
            events.push(Event {
                at: time(episode.day, act.at()),
                what: What::Act(episode, *act),
            });
        }
    }
    let spans = spans();
    let start = time(rhythm::FIRST_DAY, "00:00");
    // The first deployment of all parts stands before everything.
    let mut free_since = [start + Duration::hours(8); 4];
    for wish in rhythm::wishes() {
        ordinary(&wish, start, &spans, &mut free_since, &mut events);
    }
    events.sort_by_key(|event| event.at);
    events
}

/// Adds an ordinary deployment with its changes, unless an episode or another deployment of the part
/// is in the way.
fn ordinary(
    wish: &Wish,
    start: DateTime<Utc>,
    spans: &[Span],
    free_since: &mut [DateTime<Utc>; 4],
    events: &mut Vec<Event>,
) {
    let part = wish.part;
    let at = start + Duration::minutes(wish.minute);
    let own = || spans.iter().filter(|span| span.part == part);
    if own().any(|span| span.from <= at && at <= span.to) {
        return;
    }
    let before = own().map(|span| span.to).filter(|to| *to < at).max();
    let free = &mut free_since[part as usize];
    let since = before.map_or(*free, |to| to.max(*free));
    // A pipeline takes ten minutes from the change to production.
    let latest = at - Duration::minutes(11);
    if latest <= since {
        return;
    }
    for (minutes, subject) in &wish.changes {
        let wanted = at - Duration::minutes(*minutes);
        events.push(Event {
            at: wanted.max(since + Duration::minutes(1)).min(latest),
            what: What::Change(part, subject.clone()),
        });
    }
    events.push(Event {
        at,
        what: What::Ship(part),
    });
    *free = at;
}

/// The story's own rules: it is as large and as various as it claims.
#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::story::Truth;
    use super::*;

    /// Production deployments and begun ones that failed, of the episodes and of ordinary days.
    fn told(events: &[Event]) -> (usize, usize, usize) {
        let (mut deployments, mut failed, mut attempts) = (0, 0, 0);
        for event in events {
            match &event.what {
                What::Act(_, Act::Ship { run, truth, .. } | Act::ShipBeside { run, truth, .. }) => {
                    match (run.is_recorded(), truth) {
                        (true, Truth::Sound) => deployments += 1,
                        (true, Truth::Failed) => {
                            deployments += 1;
                            failed += 1;
                        }
                        (false, Truth::Failed) => attempts += 1,
                        (false, Truth::Sound) => {}
                    }
                }
                What::Ship(_) => deployments += 1,
                _ => {}
            }
        }
        (deployments, failed, attempts)
    }

    #[test]
    fn the_story_is_large_and_various_enough() {
        let (deployments, failed, attempts) = told(&events());
        assert!(deployments >= 200, "{deployments} deployments");
        let share = (failed + attempts) as f64 / (deployments + attempts) as f64;
        assert!(
            (0.12..=0.15).contains(&share),
            "{failed} and {attempts} of {deployments}"
        );
        let names: BTreeSet<&str> = episodes().map(|episode| episode.name).collect();
        assert_eq!(names.len(), episodes().count(), "names are unique");
        assert!(names.len() >= 40, "{} episodes", names.len());
        let kinds: BTreeSet<Kind> = episodes().map(|episode| episode.kind).collect();
        assert!(kinds.len() >= 12, "{} kinds", kinds.len());
    }

    #[test]
    fn no_part_is_in_two_episodes_at_once() {
        let spans = spans();
        for (index, one) in spans.iter().enumerate() {
            for other in &spans[index + 1..] {
                let meet = one.part == other.part && one.from <= other.to && other.from <= one.to;
                assert!(!meet, "{} and {}", one.episode, other.episode);
            }
        }
    }
}
