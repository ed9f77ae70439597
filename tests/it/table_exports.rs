//! The worked example of the value stream out of every table that trackers export: read by the library,
//! kept and put together like by `dora import`. Each expected value is that of the specification as far
//! as the format carries it, and computed by hand from its columns where it does not.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use dora::ledger::flow::{FlowAccount, Outcome};
use dora::model::flow_settings::Stage;
use dora::model::{Settings, StageKind};
use dora::sources::work_items::{Format, ReadOptions, Sink};
use dora::store::work_items::{Pieces, WorkItemLog};

use crate::support::world::instant;
use crate::tracker_exports::row;

/// Stages of the worked example; with their names the words of trackers and the ids of the export of Jira.
fn settings() -> Settings {
    use StageKind::{Active, Cancelled, Done, Queue, Wait};
    let stage = |name: &str, kind, more: &[&str]| Stage {
        name: name.to_owned(),
        kind,
        statuses: std::iter::once(&name)
            .chain(more)
            .map(|&status| status.to_owned())
            .collect(),
        wip_limit: None,
    };
    let mut settings = Settings::default();
    settings.flow.preset = None;
    settings.flow.stages = vec![
        stage("Backlog", Queue, &["10000", "New", "Open"]),
        stage("Design", Active, &["10001"]),
        stage("Development", Active, &["10002", "Active", "Started"]),
        stage("Code Review", Wait, &["10003", "In Review", "Resolved"]),
        stage("Testing", Active, &["10004"]),
        stage("Deployment Approval", Wait, &["10005"]),
        stage("Deploy", Active, &["10006"]),
        stage("Production", Done, &["10008", "Closed"]),
        stage("Cancelled", Cancelled, &["10009", "Removed"]),
    ];
    settings
}

/// Outcome, flow time in hours, hours in active and wait stages, blocked hours in active ones.
type Row = (Outcome, Option<f64>, [f64; 3]);

/// The items of a fixture in the order of their keys.
fn table(name: &str, format: &str) -> Vec<Row> {
    let settings = settings();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/work-items");
    let mut input = Cursor::new(fs::read(path.join(name)).expect("a fixture"));
    let known = Format::recognise(&mut input).expect("readable");
    let known = known.expect("a known format");
    assert_eq!(known.name(), format);
    let options = ReadOptions {
        timezone: settings.timezone,
        exported: instant("2026-03-13 09:00"),
        flow: &settings.flow,
    };
    let mut pieces = Pieces::new();
    let mut each = |item| pieces.add(&item);
    let mut sink = Sink::new(name, &mut each);
    let read = known.read(&mut input, &options, &mut sink);
    read.expect("readable");
    assert_eq!(sink.finish().skipped, 0);
    let mut log = WorkItemLog::default();
    log.tell(pieces);
    let mut items = log.into_items().items;
    items.sort_by(|a, b| a.key.cmp(&b.key));
    let now = instant("2026-03-13 09:00");
    let account = FlowAccount::from_items(&items, &settings, now);
    let rows = account.items.iter().map(|item| row(&account, item));
    rows.collect()
}

use Outcome::{Cancelled, Done, Open};

#[test]
fn the_plain_csv_tells_all_of_the_worked_example() {
    assert_eq!(
        table("plain.csv", "csv"),
        [
            (Done, Some(194.0), [98.0, 96.0, 0.0]),
            (Done, Some(103.0), [55.0, 48.0, 0.0]),
            (Done, None, [0.0, 0.0, 0.0]),
            (Done, Some(192.0), [96.0, 0.0, 18.0]),
            (Open, None, [48.0, 144.0, 0.0]),
            (Cancelled, None, [96.0, 0.0, 0.0]),
        ]
    );
}

#[test]
fn the_times_in_status_of_jira_tell_all_but_the_block() {
    // What was blocked in the past is not in a CSV of Jira.
    assert_eq!(
        table("jira.csv", "jira-csv"),
        [
            (Done, Some(194.0), [98.0, 96.0, 0.0]),
            (Done, Some(103.0), [55.0, 48.0, 0.0]),
            (Done, None, [0.0, 0.0, 0.0]),
            (Done, Some(192.0), [96.0, 0.0, 0.0]),
            (Open, None, [48.0, 144.0, 0.0]),
            (Cancelled, None, [96.0, 0.0, 0.0]),
        ]
    );
}

#[test]
fn the_dates_of_linear_tell_flow_times_and_not_where_they_went() {
    assert_eq!(
        table("linear.csv", "linear-csv"),
        [
            (Done, Some(194.0), [194.0, 0.0, 0.0]),
            (Done, Some(103.0), [103.0, 0.0, 0.0]),
            (Done, None, [0.0, 0.0, 0.0]),
            (Done, Some(192.0), [192.0, 0.0, 0.0]),
            (Open, None, [48.0, 144.0, 0.0]),
            (Cancelled, None, [96.0, 0.0, 0.0]),
        ]
    );
}

#[test]
fn the_dates_of_azure_devops_tell_flow_times_since_the_last_activation() {
    assert_eq!(
        table("azure-devops.csv", "azure-csv"),
        [
            (Done, Some(194.0), [194.0, 0.0, 0.0]),
            // Resolved on 6 March at 12:00, closed at 19:00.
            (Done, Some(103.0), [96.0, 7.0, 0.0]),
            (Done, None, [0.0, 0.0, 0.0]),
            // Activated again on 10 March: the two days before are not in the file.
            (Done, Some(48.0), [48.0, 0.0, 0.0]),
            (Open, None, [48.0, 144.0, 0.0]),
            (Cancelled, None, [96.0, 0.0, 0.0]),
        ]
    );
}

#[test]
fn the_csv_of_gitlab_tells_ends_and_where_open_issues_are() {
    assert_eq!(
        table("gitlab.csv", "gitlab-csv"),
        [
            (Done, None, [0.0, 0.0, 0.0]),
            (Done, None, [0.0, 0.0, 0.0]),
            (Done, None, [0.0, 0.0, 0.0]),
            (Done, None, [0.0, 0.0, 0.0]),
            (Open, None, [0.0, 144.0, 0.0]),
            // Why an issue was closed is not in the file.
            (Done, None, [0.0, 0.0, 0.0]),
        ]
    );
}

#[test]
fn dates_of_stages_tell_days() {
    assert_eq!(
        table("stage-dates.csv", "stage-dates"),
        [
            // 3 to 11 March; Design 1, Development 2, Testing 1, Review 3, Approval 1 days.
            (Done, Some(192.0), [96.0, 96.0, 0.0]),
            // 2 to 6 March; Development 1, Review 3 days; the rest happened on one day.
            (Done, Some(96.0), [24.0, 72.0, 0.0]),
            (Done, None, [0.0, 0.0, 0.0]),
            // Its first way to Production, 4 to 6 March: a second one has no columns.
            (Done, Some(48.0), [48.0, 0.0, 0.0]),
            // In Review since 7 March 00:00, which is 153 hours.
            (Open, None, [48.0, 153.0, 0.0]),
            (Cancelled, None, [96.0, 0.0, 0.0]),
        ]
    );
}
