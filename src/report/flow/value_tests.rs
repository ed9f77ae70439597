//! The value report over the worked example of spec 6.7, with and without a usage file.

use chrono_tz::Tz;

use super::*;
use crate::ledger::flow::FlowAccount;
use crate::ledger::flow::story::{Story, example_as_of, example_items, example_settings};
use crate::model::{PeriodSpec, UsageRow, WorkItem};

fn value_of(items: &[WorkItem], usage: Option<&[UsageRow]>) -> ValueReport {
    let settings = example_settings();
    let account = FlowAccount::from_items(items, &settings, example_as_of());
    let spec: PeriodSpec = "2w".parse().unwrap();
    let period = spec.resolve(example_as_of(), Tz::UTC, None).unwrap();
    let inputs = FlowInputs {
        account: &account,
        items,
        settings: &settings,
        period: &period,
        repository: "shop",
        code: None,
        notices: Vec::new(),
        with_items: true,
    };
    compose_value(&inputs, usage)
}

fn row(key: &str, adoption_pct: f64) -> UsageRow {
    UsageRow {
        key: key.to_owned(),
        adoption_pct: Some(adoption_pct),
        ..UsageRow::default()
    }
}

#[test]
fn the_worked_example_delivers_14_in_two_weeks() {
    let value = value_of(&example_items(), None);
    assert_eq!(value.delivered.value, Some(14.0));
    assert_eq!((value.delivered.count, value.delivered.left_out), (4, 0));
    assert_eq!(value.velocity.value, Some(7.0));
    // 12 of it took 489 hours; the 2 of FOC-103 took none.
    assert_eq!(
        (value.efficiency.value, value.flow_hours),
        (Some(12.0 / 489.0), 489.0)
    );
    assert_eq!((value.efficiency.count, value.efficiency.left_out), (3, 1));
    let kinds: Vec<f64> = value.by_type.iter().map(|kind| kind.value).collect();
    assert_eq!(kinds, [8.0, 3.0, 2.0, 1.0]);
    let stuck = &value.stuck[0];
    assert_eq!((stuck.key.as_str(), stuck.value), ("FOC-105", 5.0));
    assert_eq!((stuck.stage_hours, stuck.age_hours), (144.0, Some(192.0)));
    assert_eq!(
        stuck.why,
        "longer in Code Review than 85 % of completed visits (3.0 d)"
    );
    let no_file = Some("no usage file was given (--usage FILE)");
    assert_eq!(value.returns_reason.as_deref(), no_file);
    assert_eq!(value.success_reason.as_deref(), no_file);
}

#[test]
fn returns_are_adoption_by_hours_in_the_stream_best_first() {
    // In the stream: 101 for 218 hours, 102 for 105, 103 for 96 in the backlog.
    let usage = [
        row("foc-101", 54.5),
        row("FOC-102", 42.0),
        row("FOC-103", 24.0),
        row("FOC-9", 1.0),
    ];
    let value = value_of(&example_items(), Some(&usage));
    let returns: Vec<(&str, f64, f64)> = value
        .returns
        .iter()
        .map(|it| (it.key.as_str(), it.stream_hours, it.roi_per_hr))
        .collect();
    assert_eq!(
        returns,
        [
            ("FOC-102", 105.0, 0.4),
            ("FOC-101", 218.0, 0.25),
            ("FOC-103", 96.0, 0.25),
        ]
    );
    let notice = value.notices.iter().find(|it| it.code == "usage-unknown");
    assert_eq!(
        notice.map(|it| it.message.as_str()),
        Some("1 row of the usage file is of no imported item: FOC-9")
    );
}

#[test]
fn at_most_ten_returns_are_listed() {
    let items: Vec<WorkItem> = (0..12)
        .map(|index| {
            Story::of(&format!("A-{index}"))
                .enters("02 09:00", "Development")
                .enters("03 09:00", "Production")
                .0
        })
        .collect();
    let usage: Vec<UsageRow> = (0..12)
        .map(|index| row(&format!("A-{index}"), f64::from(index)))
        .collect();
    let value = value_of(&items, Some(&usage));
    assert_eq!(value.returns.len(), 10);
    assert_eq!(value.returns[0].key, "A-11");
}

#[test]
fn success_needs_every_factor_and_names_those_that_miss() {
    let whole = UsageRow {
        nps_gain: Some(30.0),
        uptime: Some(0.99),
        incidents: Some(2.0),
        severity: Some(1.5),
        ..row("FOC-101", 50.0)
    };
    let unweighed = UsageRow {
        severity: None,
        ..whole.clone()
    };
    let unweighed = UsageRow {
        key: "FOC-102".to_owned(),
        ..unweighed
    };
    let value = value_of(
        &example_items(),
        Some(&[row("FOC-103", 10.0), unweighed, whole]),
    );
    let success: Vec<(&str, Option<f64>, Vec<&str>)> = value
        .success
        .iter()
        .map(|it| {
            let missing = it.missing.iter().map(String::as_str).collect();
            (it.key.as_str(), it.score, missing)
        })
        .collect();
    assert_eq!(
        success,
        [
            // 0.5 × 30 × 0.99 − 3.
            ("FOC-101", Some(0.5 * 30.0 * 0.99 - 3.0), vec![]),
            ("FOC-102", None, vec!["severity"]),
            ("FOC-103", None, vec!["nps", "uptime", "incidents"]),
        ]
    );
}

#[test]
fn without_values_there_is_no_number_and_a_reason() {
    let items = [Story::of("A-1")
        .enters("02 09:00", "Development")
        .enters("03 09:00", "Production")
        .0];
    let value = value_of(&items, Some(&[]));
    let reason = Some("no item done in the period has a business value");
    assert_eq!((value.delivered.value, value.delivered.left_out), (None, 1));
    for figure in [&value.delivered, &value.velocity, &value.efficiency] {
        assert_eq!(figure.reason.as_deref(), reason);
    }
    assert_eq!(
        value.returns_reason.as_deref(),
        Some("no row of the usage file is of an imported item")
    );
    let nothing = value_of(&[], None);
    assert_eq!(
        nothing.delivered.reason.as_deref(),
        Some("no work item is on record")
    );
}

#[test]
fn a_former_key_is_found_unless_another_item_has_it_now() {
    let mut items = example_items();
    items[0].aliases = vec!["OLD-1".to_owned(), "FOC-102".to_owned()];
    let usage = [row("OLD-1", 10.0), row("FOC-102", 20.0)];
    let value = value_of(&items, Some(&usage));
    let keys: Vec<(&str, f64)> = value
        .returns
        .iter()
        .map(|it| (it.key.as_str(), it.adoption_pct))
        .collect();
    assert_eq!(keys, [("FOC-102", 20.0), ("FOC-101", 10.0)]);
}
