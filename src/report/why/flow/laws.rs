//! What holds of the answers about any items whatever: the rows alone give the figure again, it is that of
//! the report, and no item is forgotten.

use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::Value;

use super::super::document::Why;
use super::*;
use crate::ledger::flow::FlowAccount;
use crate::ledger::flow::laws::any_items;
use crate::ledger::flow::story::at;
use crate::model::period::Period;
use crate::model::work_item::History;
use crate::model::{Settings, Window, WorkItem};
use crate::report::flow::{FlowInputs, FlowReport, ValueReport, compose, compose_value};

struct World {
    account: FlowAccount,
    items: Vec<WorkItem>,
    settings: Settings,
    period: Period,
}

impl World {
    /// Every fourth item tells only how it was when it was exported.
    fn of(mut items: Vec<WorkItem>, start: i64, length: i64) -> Self {
        for item in items.iter_mut().step_by(4) {
            item.history = History::Approximate;
        }
        let start = at("2026-03-01 00:00") + TimeDelta::minutes(start);
        let window = Window::new(
            start,
            (start + TimeDelta::minutes(length)).min(at("14 00:00")),
        );
        let mut settings = Settings::default();
        // Dev and Review hold at most one item each.
        for stage in settings.flow.stages.iter_mut().skip(1).take(2) {
            stage.wip_limit = Some(1);
        }
        Self {
            account: FlowAccount::from_items(&items, &settings, at("14 00:00")),
            items,
            settings,
            period: Period {
                window,
                previous: Window::new(window.start, window.start),
                label: String::new(),
                previous_label: String::new(),
                complete: true,
            },
        }
    }

    fn inputs(&self) -> FlowInputs<'_> {
        FlowInputs {
            account: &self.account,
            items: &self.items,
            settings: &self.settings,
            period: &self.period,
            repository: "",
            code: None,
            notices: Vec::new(),
            with_items: false,
        }
    }

    fn why(&self, subject: FlowSubject, stage: Option<&str>) -> Why {
        flow_answer(&FlowQuestion {
            inputs: &self.inputs(),
            code: None,
            subject,
            stage,
        })
        .unwrap()
    }

    fn report(&self) -> (FlowReport, ValueReport) {
        let inputs = self.inputs();
        (compose(&inputs), compose_value(&inputs, None))
    }
}

/// The answer as a file has it: nothing else is known to what follows.
fn file(why: &Why) -> Value {
    serde_json::to_value(why).unwrap()
}

fn section<'f>(file: &'f Value, key: &str) -> &'f [Value] {
    let mut sections = file["sections"].as_array().unwrap().iter();
    let found = sections.find(|section| section["key"] == key);
    found.map_or(&[], |section| section["rows"].as_array().unwrap())
}

fn numbers(file: &Value, key: &str, column: &str) -> Vec<f64> {
    let rows = section(file, key).iter();
    rows.map(|row| row[column].as_f64().unwrap()).collect()
}

/// The value at rank ⌈p · n⌉ in whole numbers: p is in hundredths.
fn rank(mut values: Vec<f64>, hundredths: usize) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = (hundredths * values.len()).div_ceil(100).max(1);
    values.get(rank - 1).copied()
}

fn close(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => (one - other).abs() <= 1e-9 * one.abs().max(1.0),
        _ => false,
    }
}

fn sum(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |sum, value| sum + value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn the_rows_alone_give_the_figure_of_the_report(
        items in any_items(),
        start in 0..15_000_i64,
        length in 0..19_000_i64,
    ) {
        let world = World::of(items, start, length);
        let (report, value) = world.report();
        let any_done = report.flow_velocity.count > 0;
        let any_told = world.account.told_in(world.period.window).next().is_some();
        let any_known = !world.account.items.is_empty();
        for subject in FlowSubject::ALL {
            let file = file(&world.why(subject, None));
            let figure = file["figure"]["value"].as_f64();
            let rows = |section: &str, column: &str| numbers(&file, section, column);
            let items = section(&file, "items").len() as f64;
            let (told, again) = match subject {
                FlowSubject::FlowTime => {
                    (report.flow_time.p50_hours, rank(rows("items", "flow_time_hours"), 50))
                }
                FlowSubject::ServiceLevel => {
                    (report.service_level.p85_hours, rank(rows("items", "flow_time_hours"), 85))
                }
                FlowSubject::FlowEfficiency => {
                    let worked = sum(&rows("items", "worked_hours"));
                    let whole = worked + sum(&rows("items", "waited_hours"));
                    (report.flow_efficiency.value, (whole > 0.0).then(|| worked / whole))
                }
                FlowSubject::FlowLoad => {
                    let lasted = sum(&rows("time_in_progress", "in_progress_hours"));
                    let hours = world.period.window.days() * 24.0;
                    let mean = (any_known && hours > 0.0).then(|| lasted / hours);
                    prop_assert!(close(report.flow_load.mean, mean));
                    (Some(report.flow_load.count as f64).filter(|_| any_known), Some(items).filter(|_| any_known))
                }
                FlowSubject::FlowVelocity => {
                    let weeks = world.period.window.days() / 7.0;
                    let again = (any_known && weeks > 0.0).then(|| items / weeks);
                    (report.flow_velocity.per_week, again)
                }
                FlowSubject::FlowDistribution => (
                    Some(report.flow_velocity.count as f64).filter(|_| any_done),
                    Some(items).filter(|_| any_done),
                ),
                FlowSubject::BlockedTime => (
                    Some(report.blocked.hours).filter(|_| any_known),
                    Some(sum(&rows("blocked_times", "hours"))).filter(|_| any_known),
                ),
                FlowSubject::Constraint => {
                    let waited = sum(&rows("visits", "waited_hours"));
                    let whole = sum(&rows("stages", "waited_hours"));
                    let held = |column: &str| {
                        section(&file, "visits").iter().filter(|row| row[column] == true).count()
                    };
                    let grows = held("at_begin") < held("at_end");
                    let told = report.constraint.as_ref().map(|it| it.wait_share);
                    (told, (whole > 0.0 && grows).then(|| waited / whole))
                }
                FlowSubject::StageTime => {
                    let told: f64 = report.stages.iter().map(|stage| stage.total_hours).sum();
                    let again = sum(&rows("visits", "hours"));
                    (Some(told).filter(|_| any_told), Some(again).filter(|_| any_told))
                }
                FlowSubject::IdeaToCash => {
                    let again = any_told.then(|| sum(&rows("items", "hours")) / items);
                    (report.idea_to_cash.mean_hours, again)
                }
                FlowSubject::Value => {
                    let again = (items > 0.0).then(|| sum(&rows("items", "value")));
                    (value.delivered.value, again)
                }
                FlowSubject::Finding(FlowRule::LowEfficiency) => {
                    let worked = sum(&rows("items", "worked_hours"));
                    let whole = worked + sum(&rows("items", "waited_hours"));
                    let again = (whole > 0.0).then(|| worked / whole);
                    let is_found = report.findings.iter().any(|it| it.rule == "low-efficiency");
                    let text = file["figure"]["text"].as_str().unwrap();
                    prop_assert_eq!(text.ends_with(": found"), is_found, "{}", text);
                    (again, again)
                }
                FlowSubject::Finding(rule) => {
                    let found = report.findings.iter().filter(|it| it.rule == rule.name());
                    let found: usize = found.map(|it| it.items.len()).sum();
                    (Some(found as f64), Some(items))
                }
                // They need commits: of these the story of items and code speaks.
                FlowSubject::IdeaToProduction | FlowSubject::Coverage | FlowSubject::TrackerGap => {
                    (None, None)
                }
            };
            prop_assert!(close(figure, told), "{:?}: {:?} is not {:?}", subject, figure, told);
            prop_assert!(close(figure, again), "{:?}: {:?} is not {:?}", subject, figure, again);
        }
    }

    #[test]
    fn the_visits_to_one_stage_give_its_median(
        items in any_items(),
        start in 0..15_000_i64,
        length in 0..19_000_i64,
    ) {
        let world = World::of(items, start, length);
        let (report, _) = world.report();
        for stage in &report.stages {
            let file = file(&world.why(FlowSubject::StageTime, Some(&stage.stage)));
            let again = rank(numbers(&file, "visits", "hours"), 50);
            prop_assert_eq!(stage.median_hours, again);
            prop_assert_eq!(file["figure"]["value"].as_f64(), again);
        }
    }

    #[test]
    fn no_item_is_forgotten_and_none_is_told_twice(
        items in any_items(),
        start in 0..15_000_i64,
        length in 0..19_000_i64,
    ) {
        let world = World::of(items, start, length);
        for subject in [
            FlowSubject::FlowTime,
            FlowSubject::ServiceLevel,
            FlowSubject::FlowEfficiency,
            FlowSubject::FlowLoad,
            FlowSubject::FlowVelocity,
            FlowSubject::FlowDistribution,
            FlowSubject::IdeaToCash,
            FlowSubject::Value,
        ] {
            let file = file(&world.why(subject, None));
            let rows = ["items", "items_left_out"].map(|key| section(&file, key).len());
            let elsewhere = sum(&numbers(&file, "items_elsewhere", "count")) as usize;
            let told: usize = rows.iter().sum::<usize>() + elsewhere;
            prop_assert_eq!(told, world.account.items.len(), "{:?}: {:#}", subject, file);
            for row in section(&file, "items_left_out") {
                prop_assert!(row["rule"].as_str().is_some_and(|rule| !rule.is_empty()));
            }
        }
    }
}
