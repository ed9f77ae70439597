//! Flow load (spec 6.3): items that are started and neither done, cancelled nor removed; also while they
//! lie in a queue again. Means are weighted by time: what matters is how long how many were there, not
//! how often one looked.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{added, history, hours, last_years, shared};
use crate::ledger::flow::{FlowAccount, FlowItem};
use crate::model::calendar::days;
use crate::model::{StageKind, Window};

/// The load of a window.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowLoad {
    /// Items at the end of the window.
    pub count: usize,
    /// Mean over the window, weighted by time; `None` of an empty window.
    pub mean: Option<f64>,
    /// Items at the end of each day of the window, of its last ten years.
    pub days: Vec<(NaiveDate, usize)>,
}

/// What one stage holds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StageLoad {
    /// Items in it at the `as of` instant.
    pub count: usize,
    /// Mean over the 90 days before, as far as there is anything on record, weighted by time.
    pub mean: Option<f64>,
}

/// The spans in which an item was in progress: its visits from its start on in which work had not ended.
pub fn spans_in_progress<'a>(
    account: &'a FlowAccount,
    item: &'a FlowItem,
) -> impl Iterator<Item = Window> + 'a {
    let started = item.started;
    item.visits
        .iter()
        .filter(move |visit| {
            super::is_before_done(account.kind(visit.stage))
                && started.is_some_and(|started| started <= visit.from)
        })
        .map(|visit| until_now(account, visit.from, visit.to))
}

/// A span that is cut at the `as of` instant only when it lasts.
fn until_now(account: &FlowAccount, from: DateTime<Utc>, to: Option<DateTime<Utc>>) -> Window {
    Window::new(from, to.unwrap_or(account.as_of))
}

/// The ends of the days of a window, the last one cut with it.
pub(super) fn day_ends(account: &FlowAccount, window: Window) -> Vec<(NaiveDate, DateTime<Utc>)> {
    days(last_years(window), account.zone)
        .into_iter()
        .map(|(day, instants)| (day, instants.end.min(window.end)))
        .collect()
}

/// How many of the spans hold each of these instants, in order; a span holds its end and not its begin,
/// for what happens at the end of a day belongs to the next.
pub(super) fn held(instants: &[DateTime<Utc>], spans: impl Iterator<Item = Window>) -> Vec<usize> {
    let mut changes = vec![0_isize; instants.len() + 1];
    for span in spans {
        let first = instants.partition_point(|instant| *instant <= span.start);
        let after = instants.partition_point(|instant| *instant <= span.end);
        // An empty span holds nothing: then both are the same place.
        if let Some(change) = changes.get_mut(first) {
            *change += 1;
        }
        if let Some(change) = changes.get_mut(after) {
            *change -= 1;
        }
    }
    let mut count = 0;
    changes
        .iter()
        .take(instants.len())
        .map(|change| {
            count += change;
            usize::try_from(count).unwrap_or(0)
        })
        .collect()
}

/// The load of a window.
pub fn flow_load(account: &FlowAccount, window: Window) -> FlowLoad {
    let spans = || {
        let items = account.items.iter();
        items.flat_map(|item| spans_in_progress(account, item))
    };
    let ends = day_ends(account, window);
    let mut instants: Vec<DateTime<Utc>> = ends.iter().map(|(_, end)| *end).collect();
    instants.push(window.end);
    let counts = held(&instants, spans());
    let lasted = spans()
        .map(|span| shared(span, window))
        .fold(TimeDelta::zero(), added);
    let length = hours(window.length());
    FlowLoad {
        count: counts.last().copied().unwrap_or(0),
        mean: (length > 0.0).then(|| hours(lasted) / length),
        days: ends.iter().map(|(day, _)| *day).zip(counts).collect(),
    }
}

/// What each stage of the account holds.
pub fn stage_loads(account: &FlowAccount) -> Vec<StageLoad> {
    let mut loads = vec![StageLoad::default(); account.stages.len()];
    let mut lasted = vec![TimeDelta::zero(); account.stages.len()];
    let history = history(account);
    for item in &account.items {
        if item.removed.is_none()
            && let Some(load) = loads.get_mut(item.stage())
        {
            load.count += 1;
        }
        for visit in &item.visits {
            if let (Some(history), Some(lasted)) = (history, lasted.get_mut(visit.stage)) {
                *lasted = added(*lasted, shared(visit.span(account.as_of), history));
            }
        }
    }
    let length = history.map_or(0.0, |history| hours(history.length()));
    for (load, lasted) in loads.iter_mut().zip(lasted) {
        load.mean = (length > 0.0).then(|| hours(lasted) / length);
    }
    loads
}

/// Whether a stage is one in which items are work in progress.
pub fn is_in_progress(account: &FlowAccount, stage: usize) -> bool {
    matches!(account.kind(stage), StageKind::Wait | StageKind::Active)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example, example_settings};
    use crate::model::work_item::Change;

    #[test]
    fn the_worked_example_holds_one_item_now() {
        let account = example();
        let load = flow_load(&account, Window::new(at("02 00:00"), at("13 09:00")));
        assert_eq!(load.count, 1);
        let by_day: Vec<(String, usize)> = load
            .days
            .iter()
            .map(|(day, count)| (day.format("%d").to_string(), *count))
            .collect();
        // 102 from the 2nd, 101 from the 3rd, 104 and 106 from the 4th, 105 from the 5th; on the 6th
        // 102 and 104 are done, 106 is cancelled on the 8th, 104 is open again from the 10th, 101
        // done on the 11th and 104 on the 12th.
        let expected = [1, 2, 4, 5, 3, 3, 2, 2, 3, 2, 1, 1];
        let counts: Vec<usize> = by_day.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, expected);
        assert_eq!(by_day[0].0, "02");
        // In progress: 194 + 103 + 96 + 192 + 96 hours of 273.
        assert_eq!(load.mean, Some(681.0 / 273.0));
    }

    #[test]
    fn stages_hold_what_they_held_over_time() {
        let loads = stage_loads(&example());
        // Code Review: 72 + 24 + 24 + 144 hours of the 264 since the first item.
        assert_eq!(
            loads[3],
            StageLoad {
                count: 1,
                mean: Some(1.0)
            }
        );
        assert_eq!((loads[2].count, loads[7].count, loads[8].count), (0, 4, 1));
    }

    #[test]
    fn an_item_back_in_the_queue_is_still_in_progress_and_a_removed_one_is_not() {
        let back = Story::of("A-1")
            .enters("02 09:00", "Development")
            .enters("03 09:00", "Backlog");
        let removed = Story::of("A-2")
            .enters("02 09:00", "Development")
            .change("04 09:00", Change::Removed);
        let account = account(&[back, removed], &example_settings(), "06 00:00");
        let load = flow_load(&account, Window::new(at("02 00:00"), at("06 00:00")));
        let counts: Vec<usize> = load.days.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [2, 2, 1, 1]);
    }

    #[test]
    fn what_happens_at_midnight_belongs_to_the_next_day() {
        let story = Story::of("A-1")
            .enters("03 00:00", "Development")
            .enters("05 00:00", "Production");
        let account = account(&[story], &example_settings(), "06 12:00");
        let load = flow_load(&account, Window::new(at("02 00:00"), at("06 12:00")));
        let counts: Vec<usize> = load.days.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [0, 1, 1, 0, 0]);
    }

    #[test]
    fn without_items_nothing_is_in_progress() {
        let account = account(&[], &example_settings(), "13 09:00");
        let load = flow_load(&account, Window::new(at("12 09:00"), at("13 09:00")));
        assert_eq!((load.count, load.mean), (0, Some(0.0)));
        assert!(stage_loads(&account).iter().all(|load| load.mean.is_none()));
    }
}
