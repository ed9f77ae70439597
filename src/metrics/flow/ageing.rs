//! Service level and ageing (spec 6.3). The service level is the 85th percentile of flow time: what 85
//! of 100 items keep. An open item is judged against the items that are done: which share of them took
//! no longer than its age, and, of those that took at least as long, which share missed the service
//! level (conditional survival).

use super::{Spread, flow_time, hours, item_time};
use crate::ledger::flow::{FlowAccount, FlowItem};
use crate::model::Window;

/// The service level and what is in progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Ageing<'a> {
    /// Flow times of the items done in the window.
    pub flow_times: Spread,
    /// Items in progress, oldest first.
    pub items: Vec<Aged<'a>>,
}

/// An item in progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Aged<'a> {
    /// The item.
    pub item: &'a FlowItem,
    /// Hours since it was started.
    pub age_hours: f64,
    /// Hours in its stage, without a break.
    pub stage_hours: f64,
    /// Share of finished items that took no longer than its age; `None` where none is finished.
    pub percentile: Option<f64>,
    /// Chance to miss the service level; 1 beyond it, `None` where there is none.
    pub chance_to_miss: Option<f64>,
}

impl Ageing<'_> {
    /// The service level in hours.
    pub fn service_level(&self) -> Option<f64> {
        self.flow_times.p85
    }

    /// Items in progress that are older than it.
    pub fn older(&self) -> usize {
        let limit = self.service_level();
        let items = self.items.iter();
        items
            .filter(|aged| limit.is_some_and(|limit| aged.age_hours > limit))
            .count()
    }
}

/// The service level by the items done in the window, and the items in progress at the `as of` instant.
pub fn ageing(account: &FlowAccount, window: Window) -> Ageing<'_> {
    let flow_times = flow_time::flow_time(account, window).elapsed;
    let mut items: Vec<Aged<'_>> = account
        .open()
        .filter_map(|item| {
            let age_hours = hours(item_time::age(account, item)?);
            Some(Aged {
                item,
                age_hours,
                stage_hours: hours(item_time::stage_age(account, item)),
                percentile: percentile_of(age_hours, &flow_times),
                chance_to_miss: chance_to_miss(age_hours, &flow_times),
            })
        })
        .collect();
    // Oldest first; of one age, in the order in which they were given.
    items.sort_by(|one, other| other.age_hours.total_cmp(&one.age_hours));
    Ageing { flow_times, items }
}

/// The share of finished items that took no longer than an age.
fn percentile_of(age: f64, finished: &Spread) -> Option<f64> {
    let count = finished.count();
    (count > 0).then(|| (count - finished.above(age)) as f64 / count as f64)
}

/// Of the finished items that took at least an age, the share that missed the service level.
fn chance_to_miss(age: f64, finished: &Spread) -> Option<f64> {
    let limit = finished.p85?;
    if age > limit {
        return Some(1.0);
    }
    let as_long = finished.at_least(age);
    (as_long > 0).then(|| finished.above(limit) as f64 / as_long as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{account, at, example, example_settings};

    #[test]
    fn the_open_item_of_the_worked_example_still_keeps_its_level() {
        let account = example();
        let ageing = ageing(&account, Window::new(at("01 00:00"), at("13 09:00")));
        assert_eq!((ageing.service_level(), ageing.older()), (Some(194.0), 0));
        let open = &ageing.items[0];
        assert_eq!(
            (open.item.item, open.age_hours, open.stage_hours),
            (4, 192.0, 144.0)
        );
        // 103 and 192 took no longer; of 192 and 194 none took more than 194.
        assert_eq!(open.percentile, Some(2.0 / 3.0));
        assert_eq!(open.chance_to_miss, Some(0.0));
        assert_eq!(ageing.items.len(), 1);
    }

    #[test]
    fn the_chance_grows_with_age_and_is_certain_beyond_the_level() {
        // 1 to 20 hours: the level is 17, three items missed it.
        let finished = Spread::of((1..=20).map(f64::from));
        assert_eq!(finished.p85, Some(17.0));
        assert_eq!(chance_to_miss(0.0, &finished), Some(3.0 / 20.0));
        assert_eq!(chance_to_miss(11.0, &finished), Some(3.0 / 10.0));
        assert_eq!(chance_to_miss(17.0, &finished), Some(3.0 / 4.0));
        assert_eq!(chance_to_miss(17.5, &finished), Some(1.0));
        assert_eq!(chance_to_miss(400.0, &finished), Some(1.0));
        assert_eq!(percentile_of(10.0, &finished), Some(0.5));
        assert_eq!(percentile_of(0.5, &finished), Some(0.0));
    }

    #[test]
    fn without_finished_items_nothing_is_said_of_chances() {
        let nothing = Spread::of([]);
        assert_eq!(percentile_of(5.0, &nothing), None);
        assert_eq!(chance_to_miss(5.0, &nothing), None);
        let equal = Spread::of([8.0; 4]);
        assert_eq!(chance_to_miss(8.0, &equal), Some(0.0));
        let account = account(&[], &example_settings(), "13 09:00");
        let ageing = ageing(&account, Window::new(at("01 00:00"), at("13 09:00")));
        assert_eq!((ageing.service_level(), ageing.items.len()), (None, 0));
    }
}
