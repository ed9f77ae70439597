//! Exports of GitHub and GitLab that tell the worked example of the value stream in labels: read by the
//! library, every value of its table comes out, whatever shape the history came in.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use chrono::{DateTime, Utc};
use dora::ledger::flow::{FlowAccount, FlowItem, Outcome};
use dora::model::flow_settings::Stage;
use dora::model::{FlowType, Settings, StageKind, WorkItem};
use dora::sources::work_items::{Format, ReadOptions, Sink};

use crate::support::world::instant;

/// Stages of the worked example; statuses beside their names are those of open and closed issues.
pub(crate) fn settings() -> Settings {
    let stage = |name: &str, kind, more: &[&str]| Stage {
        name: name.to_owned(),
        kind,
        statuses: std::iter::once(&name)
            .chain(more)
            .map(|&status| status.to_owned())
            .collect(),
        wip_limit: None,
    };
    use StageKind::{Active, Cancelled, Done, Queue, Wait};
    let mut settings = Settings::default();
    settings.flow.preset = None;
    settings.flow.stages = vec![
        stage("Backlog", Queue, &["Open"]),
        stage("Design", Active, &[]),
        stage("Development", Active, &[]),
        stage("Code Review", Wait, &[]),
        stage("Testing", Active, &[]),
        stage("Deployment Approval", Wait, &[]),
        stage("Deploy", Active, &[]),
        stage("Production", Done, &["Closed"]),
        stage("Cancelled", Cancelled, &["Not planned", "Duplicate"]),
    ];
    settings
}

fn items(name: &str, settings: &Settings) -> Vec<WorkItem> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/work-items");
    let mut input = Cursor::new(fs::read(path.join(name)).expect("a fixture"));
    let format = Format::recognise(&mut input)
        .expect("readable")
        .expect("known");
    let options = ReadOptions {
        timezone: settings.timezone,
        exported: instant("2026-03-13 09:00"),
        flow: &settings.flow,
    };
    let mut items = Vec::new();
    let mut each = |item| items.push(item);
    let mut sink = Sink::new(name, &mut each);
    format
        .read(&mut input, &options, &mut sink)
        .expect("readable");
    assert_eq!(sink.finish().skipped, 0);
    items
}

/// Hours from `from` to `to`, as far as they lie in the span.
fn overlap(from: DateTime<Utc>, to: DateTime<Utc>, span: (DateTime<Utc>, DateTime<Utc>)) -> f64 {
    let (begin, end) = (from.max(span.0), to.min(span.1));
    (end - begin).num_seconds().max(0) as f64 / 3600.0
}

/// Outcome, flow time, hours in active and in wait stages, blocked hours in active ones.
pub(crate) fn row(account: &FlowAccount, item: &FlowItem) -> (Outcome, Option<f64>, [f64; 3]) {
    let now = account.as_of;
    let (mut active, mut wait, mut blocked) = (0.0, 0.0, 0.0);
    for visit in &item.visits {
        let span = (visit.from, visit.to.unwrap_or(now));
        match account.kind(visit.stage) {
            StageKind::Active => {
                active += overlap(span.0, span.1, span);
                let stops = item.blocked.iter();
                let stops = stops.map(|stop| overlap(stop.from, stop.to.unwrap_or(now), span));
                blocked += stops.sum::<f64>();
            }
            StageKind::Wait => wait += overlap(span.0, span.1, span),
            _ => {}
        }
    }
    let flow_time = item
        .flow_time()
        .map(|time| time.num_seconds() as f64 / 3600.0);
    (item.outcome, flow_time, [active, wait, blocked])
}

#[test]
fn the_table_of_the_worked_example_comes_out_of_timelines_and_events() {
    let settings = settings();
    for name in [
        "github-timeline.json",
        "github-graphql.json",
        "gitlab-with-events.json",
    ] {
        let items = items(name, &settings);
        let account = FlowAccount::from_items(&items, &settings, instant("2026-03-13 09:00"));
        let table: Vec<_> = account
            .items
            .iter()
            .map(|item| row(&account, item))
            .collect();
        use Outcome::{Cancelled, Done, Open};
        assert_eq!(
            table,
            [
                (Done, Some(194.0), [98.0, 96.0, 0.0]),
                (Done, Some(103.0), [55.0, 48.0, 0.0]),
                (Done, None, [0.0, 0.0, 0.0]),
                (Done, Some(192.0), [96.0, 0.0, 18.0]),
                (Open, None, [48.0, 144.0, 0.0]),
                (Cancelled, None, [96.0, 0.0, 0.0]),
            ],
            "{name}"
        );
        let types: Vec<FlowType> = account.items.iter().map(|item| item.flow_type).collect();
        use FlowType::{Debt, Defect, Feature, Risk};
        assert_eq!(
            types,
            [Feature, Defect, Risk, Debt, Feature, Feature],
            "{name}"
        );
        let values: Vec<_> = account.items.iter().map(|item| item.value).collect();
        assert_eq!(values, [8.0, 3.0, 2.0, 1.0, 5.0, 5.0].map(Some), "{name}");
    }
}

#[test]
fn what_a_list_without_history_tells_is_right_as_far_as_it_goes() {
    let settings = settings();
    for name in ["github-list.json", "gitlab-issues.json"] {
        let items = items(name, &settings);
        let account = FlowAccount::from_items(&items, &settings, instant("2026-03-13 09:00"));
        let outcomes: Vec<Outcome> = account.items.iter().map(|item| item.outcome).collect();
        use Outcome::{Cancelled, Done, Open};
        assert_eq!(
            outcomes,
            [Done, Done, Done, Done, Open, Cancelled],
            "{name}"
        );
        let ended: Vec<Option<DateTime<Utc>>> =
            account.items.iter().map(|item| item.finished).collect();
        let at = |text: &str| Some(instant(&format!("2026-03-{text}")));
        assert_eq!(
            ended,
            [
                at("11 11:00"),
                at("06 19:00"),
                at("09 08:00"),
                at("12 09:00"),
                None,
                at("08 09:00"),
            ],
            "{name}"
        );
    }
}
