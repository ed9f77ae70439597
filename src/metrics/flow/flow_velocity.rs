//! Flow velocity (spec 6.3): items done per week, by kind of work; weeks without any are zeros and
//! stay. Items that were never started count too: they were done.

use super::{last_years, share};
use crate::ledger::flow::{FlowAccount, Outcome};
use crate::model::calendar::iso_weeks;
use crate::model::{FlowType, Window};

/// What was done in a window.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowVelocity {
    /// Items done in it.
    pub count: usize,
    /// Per week of seven days; `None` of an empty window.
    pub per_week: Option<f64>,
    /// The whole ISO weeks that overlap it (its last ten years), oldest first, each up to the `as of` instant.
    pub weeks: Vec<Week>,
}

/// One ISO week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Week {
    /// `2026-W11`.
    pub label: String,
    /// The whole week.
    pub window: Window,
    /// Whether it is over.
    pub is_complete: bool,
    /// Items done in it, in the order of [`FlowType::ALL`].
    pub by_type: [usize; 5],
    /// Items started in it.
    pub started: usize,
}

impl Week {
    /// Items done in it.
    pub fn total(&self) -> usize {
        self.by_type.iter().sum()
    }
}

/// The velocity of a window. Items are dealt out to the weeks in one pass.
pub fn flow_velocity(account: &FlowAccount, window: Window) -> FlowVelocity {
    let mut weeks: Vec<Week> = iso_weeks(last_years(window), account.zone)
        .into_iter()
        .map(|(label, window)| Week {
            label,
            window,
            is_complete: window.end <= account.as_of,
            by_type: [0; 5],
            started: 0,
        })
        .collect();
    let position = |weeks: &[Week], at| {
        let index = weeks.partition_point(|week| week.window.end <= at);
        let is_inside = |week: &Week| week.window.contains(at);
        weeks.get(index).is_some_and(is_inside).then_some(index)
    };
    for item in &account.items {
        let started = item.started.and_then(|at| position(&weeks, at));
        if let Some(week) = started.and_then(|index| weeks.get_mut(index)) {
            week.started += 1;
        }
        let done = item.finished.filter(|_| item.outcome == Outcome::Done);
        let done = done.and_then(|at| position(&weeks, at));
        if let Some(week) = done.and_then(|index| weeks.get_mut(index)) {
            let kind = FlowType::ALL
                .iter()
                .position(|kind| *kind == item.flow_type);
            if let Some(count) = kind.and_then(|kind| week.by_type.get_mut(kind)) {
                *count += 1;
            }
        }
    }
    let count = account.done_in(window).count();
    FlowVelocity {
        count,
        per_week: share(count as f64, window.days() / 7.0),
        weeks,
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::America;

    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example, example_settings};

    #[test]
    fn the_worked_example_has_one_and_three_items_in_its_weeks() {
        let window = Window::new(at("02-23 00:00"), at("13 09:00"));
        let velocity = flow_velocity(&example(), window);
        let weeks: Vec<(&str, usize, usize, bool)> = velocity
            .weeks
            .iter()
            .map(|week| {
                (
                    week.label.as_str(),
                    week.total(),
                    week.started,
                    week.is_complete,
                )
            })
            .collect();
        assert_eq!(
            weeks,
            [
                ("2026-W09", 0, 0, true),
                ("2026-W10", 1, 5, true),
                ("2026-W11", 3, 0, false)
            ]
        );
        assert_eq!(velocity.weeks[2].by_type, [1, 0, 1, 1, 0]);
        assert_eq!(velocity.count, 4);
        assert_eq!(velocity.per_week, Some(4.0 / (window.days() / 7.0)));
    }

    #[test]
    fn the_zone_decides_which_week_an_instant_lies_in() {
        // Monday 02:00 UTC is still Sunday in New York.
        let story = Story::of("A-1")
            .enters("03 09:00", "Development")
            .enters("09 02:00", "Production");
        let mut settings = example_settings();
        let window = Window::new(at("03 00:00"), at("12 00:00"));
        let total = |account: &FlowAccount| -> Vec<usize> {
            flow_velocity(account, window)
                .weeks
                .iter()
                .map(Week::total)
                .collect()
        };
        assert_eq!(
            total(&account(
                std::slice::from_ref(&story),
                &settings,
                "13 09:00"
            )),
            [0, 1]
        );
        settings.timezone = America::New_York;
        assert_eq!(total(&account(&[story], &settings, "13 09:00")), [1, 0]);
    }

    #[test]
    fn nothing_done_is_zero_and_an_empty_window_has_no_rate() {
        let account = account(&[], &example_settings(), "13 09:00");
        let week = flow_velocity(&account, Window::new(at("02 00:00"), at("09 00:00")));
        assert_eq!((week.count, week.per_week), (0, Some(0.0)));
        let empty = flow_velocity(&account, Window::new(at("02 00:00"), at("02 00:00")));
        assert_eq!((empty.per_week, empty.weeks.len()), (None, 0));
    }
}
