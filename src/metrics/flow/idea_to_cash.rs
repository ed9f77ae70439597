//! The idea-to-cash bar (spec 6.6): hours per stage of the items done in a window, from creation to done,
//! and feedback after it. What lay between done and being opened again is in no stage of the stream.

use super::{hours, item_time, stage_time::StageTime};
use crate::ledger::flow::FlowAccount;
use crate::model::Window;

/// The bar of a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IdeaToCash {
    /// Items done that tell their history: over these the means are.
    pub items: usize,
    /// Hours of all items per stage that is not done or cancelled (its index), in the order of the stream.
    pub stages: Vec<(usize, f64)>,
    /// Hours of feedback of all items; `None` where none has some.
    pub feedback: Option<f64>,
}

impl IdeaToCash {
    /// Hours of all items.
    pub fn total(&self) -> f64 {
        let stages: f64 = self.stages.iter().map(|(_, hours)| hours).sum();
        stages + self.feedback.unwrap_or(0.0)
    }

    /// Hours per item; `None` where nothing was done.
    pub fn mean(&self) -> Option<f64> {
        (self.items > 0).then(|| self.total() / self.items as f64)
    }
}

/// The bar of a window; `stages` are its stage times.
pub fn idea_to_cash(account: &FlowAccount, window: Window, stages: &[StageTime]) -> IdeaToCash {
    let mut bar = IdeaToCash::default();
    for item in account.told_in(window) {
        bar.items += 1;
        if let Some(feedback) = item.feedback() {
            bar.feedback = Some(bar.feedback.unwrap_or(0.0) + hours(feedback));
        }
    }
    let stages = stages.iter().enumerate();
    bar.stages = stages
        .filter(|(index, _)| super::is_before_done(account.kind(*index)))
        .map(|(index, stage)| (index, stage.visits.total()))
        .collect();
    bar
}

/// Hours that one item spent in the stream.
pub fn stream_hours(account: &FlowAccount, item: &crate::ledger::flow::FlowItem) -> f64 {
    hours(item_time::stream_time(account, item))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example, example_settings};
    use crate::metrics::flow::stage_time::stage_time;
    use crate::model::Settings;

    fn march() -> Window {
        Window::new(at("01 00:00"), at("31 00:00"))
    }

    #[test]
    fn the_bar_of_the_worked_example() {
        let account = example();
        let bar = idea_to_cash(&account, march(), &stage_time(&account, march()));
        assert_eq!(bar.items, 4);
        let hours: Vec<f64> = bar.stages.iter().map(|(_, hours)| *hours).collect();
        assert_eq!(hours, [170.0, 24.0, 192.0, 120.0, 30.0, 24.0, 3.0]);
        assert_eq!((bar.mean(), bar.feedback), (Some(563.0 / 4.0), None));
    }

    #[test]
    fn feedback_is_the_last_part_of_the_bar() {
        let story = Story::of("A-1")
            .enters("02 00:00", "To Do")
            .enters("03 00:00", "In Progress")
            .enters("04 00:00", "Done")
            .enters("05 12:00", "Closed");
        let account = account(&[story], &Settings::default(), "13 09:00");
        let bar = idea_to_cash(&account, march(), &stage_time(&account, march()));
        assert_eq!((bar.feedback, bar.mean()), (Some(36.0), Some(84.0)));
    }

    #[test]
    fn without_done_items_there_is_no_mean() {
        let account = account(&[], &example_settings(), "13 09:00");
        let bar = idea_to_cash(&account, march(), &stage_time(&account, march()));
        assert_eq!((bar.items, bar.mean(), bar.total()), (0, None, 0.0));
    }
}
