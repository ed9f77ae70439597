//! The CSV files of the value stream: hours per item and stage (`vsm.csv`), the day on which each stage
//! was entered (a layout that other tools, and `dora import`, read), and the figures of items, stages
//! and metrics. No cell can start a formula in a spreadsheet: `csv` sees to it.

use std::io::{self, Write};

use crate::model::flow_settings::StageKind;
use crate::report::flow::{FlowReport, ItemRow, ItemWay, ValueReport};
use crate::report::quantity::number;

use super::{Document, Rows};
use crate::render::calendar::{self, instant};
use crate::render::csv::{decimal, text, write as rows_of};

/// Writes the rows asked for; the documents that are no report have one kind of rows each.
pub(super) fn write(document: &Document, rows: Rows, out: &mut dyn Write) -> io::Result<()> {
    match document {
        Document::Report(report) => match rows {
            Rows::Hours => hours(report, out),
            Rows::StageDates => stage_dates(report, out),
            Rows::Items => items(report, out),
            Rows::Stages => stages(report, out),
            Rows::Metrics => metrics(report, out),
        },
        Document::Mapping(report) => statuses(report, out),
        Document::Item(way) => visits(way, out),
        Document::Value(report) => value(report, out),
    }
}

/// Stages in which time is spent: those of the stream.
fn stream(report: &FlowReport) -> Vec<&str> {
    report
        .definitions
        .stages
        .iter()
        .filter(|stage| !matches!(stage.kind, StageKind::Done | StageKind::Cancelled))
        .map(|stage| stage.name.as_str())
        .collect()
}

/// Hours of an item in a stage; none in one that it was never in.
fn hours_in(item: &ItemRow, stage: &str) -> f64 {
    let found = item.stages.iter().find(|row| row.stage == stage);
    found.map_or(0.0, |row| row.hours)
}

/// One row per item, one column per stage.
fn hours(report: &FlowReport, out: &mut dyn Write) -> io::Result<()> {
    let stages = stream(report);
    let has_feedback = report
        .items
        .iter()
        .any(|item| item.feedback_hours.is_some());
    let mut columns = cells(&["key"]);
    columns.extend(stages.iter().map(|stage| text(stage)));
    if has_feedback {
        columns.push("Feedback".to_owned());
    }
    columns.extend(cells(&[
        "title",
        "type",
        "value",
        "outcome",
        "stage",
        "created",
        "started",
        "finished",
        "flow_time_hours",
        "active_hours",
        "wait_hours",
        "efficiency",
    ]));
    let rows = report.items.iter().map(|item| {
        let mut row = vec![text(&item.key)];
        row.extend(
            stages
                .iter()
                .map(|stage| decimal(Some(hours_in(item, stage)))),
        );
        if has_feedback {
            row.push(decimal(item.feedback_hours));
        }
        row.extend([
            text(&item.title),
            item.flow_type.name().to_owned(),
            decimal(item.value),
            text(&item.outcome),
            text(&item.stage),
            instant(item.created),
            item.started.map(instant).unwrap_or_default(),
            item.finished.map(instant).unwrap_or_default(),
            decimal(item.flow_time_hours),
            decimal(item.active_hours),
            decimal(item.wait_hours),
            decimal(item.efficiency),
        ]);
        row
    });
    rows_of(&columns, rows, out)
}

/// One row per item with the days on which it entered its stages: ID, Link, Name, stages, attributes.
/// Done is the last entry to done, and of no item that was reopened and is not done again. Stages of
/// what was given up are there only where something was.
fn stage_dates(report: &FlowReport, out: &mut dyn Write) -> io::Result<()> {
    let zone = calendar::zone(&report.timezone);
    let has_cancelled = report.items.iter().any(|item| item.outcome == "cancelled");
    let stages: Vec<(&str, StageKind)> = report
        .definitions
        .stages
        .iter()
        .map(|stage| (stage.name.as_str(), stage.kind))
        .filter(|(_, kind)| *kind != StageKind::Cancelled || has_cancelled)
        .collect();
    let mut columns = cells(&["ID", "Link", "Name"]);
    columns.extend(stages.iter().map(|(stage, _)| text(stage)));
    columns.extend(cells(&["Type", "Value", "Outcome", "Blocked Days"]));
    let rows = report.items.iter().map(|item| {
        let entered = |(stage, kind): &(&str, StageKind)| {
            let found = item.stages.iter().find(|row| row.stage == *stage);
            let is_end = matches!(kind, StageKind::Done | StageKind::Cancelled);
            let at = match is_end {
                true => item.finished.filter(|_| item.stage == *stage),
                false => found.map(|row| row.entered),
            };
            at.map_or_else(String::new, |at| calendar::day(at, zone))
        };
        let mut row = vec![text(&item.key), String::new(), text(&item.title)];
        row.extend(stages.iter().map(entered));
        row.extend([
            item.flow_type.name().to_owned(),
            decimal(item.value),
            text(&item.outcome),
            item.blocked_in_active_hours
                .map_or_else(String::new, |hours| number(hours / 24.0, 2)),
        ]);
        row
    });
    rows_of(&columns, rows, out)
}

/// One row per item.
fn items(report: &FlowReport, out: &mut dyn Write) -> io::Result<()> {
    let columns = cells(&[
        "key",
        "title",
        "type",
        "value",
        "outcome",
        "stage",
        "history",
        "created",
        "started",
        "finished",
        "flow_time_hours",
        "net_hours",
        "business_hours",
        "age_hours",
        "active_hours",
        "wait_hours",
        "blocked_in_active_hours",
        "efficiency",
        "reopened",
        "moved_back",
    ]);
    let rows = report.items.iter().map(|item| {
        let history = match item.history {
            crate::model::work_item::History::Approximate => "approximate",
            crate::model::work_item::History::Partial => "partial",
            crate::model::work_item::History::Complete => "complete",
        };
        vec![
            text(&item.key),
            text(&item.title),
            item.flow_type.name().to_owned(),
            decimal(item.value),
            text(&item.outcome),
            text(&item.stage),
            history.to_owned(),
            instant(item.created),
            item.started.map(instant).unwrap_or_default(),
            item.finished.map(instant).unwrap_or_default(),
            decimal(item.flow_time_hours),
            decimal(item.net_hours),
            decimal(item.business_hours),
            decimal(item.age_hours),
            decimal(item.active_hours),
            decimal(item.wait_hours),
            decimal(item.blocked_in_active_hours),
            decimal(item.efficiency),
            item.reopened.to_string(),
            item.moved_back.to_string(),
        ]
    });
    rows_of(&columns, rows, out)
}

/// One row per stage.
fn stages(report: &FlowReport, out: &mut dyn Write) -> io::Result<()> {
    let columns = cells(&[
        "stage",
        "kind",
        "items",
        "visits",
        "mean_hours",
        "median_hours",
        "p85_hours",
        "total_hours",
        "share",
        "business_median_hours",
        "business_total_hours",
        "moved_back",
        "wip",
        "wip_mean",
        "wip_limit",
    ]);
    let rows = report.stages.iter().map(|row| {
        vec![
            text(&row.stage),
            row.kind.name().to_owned(),
            row.items.to_string(),
            row.visits.to_string(),
            decimal(row.mean_hours),
            decimal(row.median_hours),
            decimal(row.p85_hours),
            decimal(row.total_hours.into()),
            decimal(row.share),
            decimal(row.business_median_hours),
            decimal(row.business_total_hours.into()),
            row.moved_back.to_string(),
            row.wip.to_string(),
            decimal(row.wip_mean),
            row.wip_limit
                .map(|limit| limit.to_string())
                .unwrap_or_default(),
        ]
    });
    rows_of(&columns, rows, out)
}

/// One row per flow metric.
fn metrics(report: &FlowReport, out: &mut dyn Write) -> io::Result<()> {
    let columns = cells(&["metric", "value", "unit", "n", "period_start", "period_end"]);
    let time = &report.flow_time;
    let count = time.count;
    let done = report.idea_to_cash.items;
    let cash = &report.idea_to_cash;
    let whole = |count: usize| Some(count as f64);
    let mut named: Vec<(String, Option<f64>, &str, usize)> = [
        ("idea_to_cash_mean", cash.mean_hours, "hours", done),
        (
            "beyond_target_mean",
            cash.beyond_target_hours,
            "hours",
            done,
        ),
        ("flow_time_p50", time.p50_hours, "hours", count),
        ("flow_time_p85", time.p85_hours, "hours", count),
        ("flow_time_p95", time.p95_hours, "hours", count),
        ("flow_time_mean", time.mean_hours, "hours", count),
        (
            "flow_efficiency",
            report.flow_efficiency.value,
            "ratio",
            report.flow_efficiency.count,
        ),
        (
            "flow_load",
            whole(report.flow_load.count),
            "items",
            report.flow_load.count,
        ),
        (
            "flow_velocity",
            report.flow_velocity.per_week,
            "items/week",
            done,
        ),
        (
            "blocked",
            Some(report.blocked.hours),
            "hours",
            report.blocked.items,
        ),
    ]
    .map(|(name, value, unit, count)| (name.to_owned(), value, unit, count))
    .into();
    named.extend(report.flow_distribution.iter().map(|row| {
        let name = format!("distribution_{}", row.flow_type.name());
        (name, row.share, "ratio", row.count)
    }));
    let rows = named.into_iter().map(|(name, value, unit, count)| {
        vec![
            name,
            decimal(value),
            unit.to_owned(),
            count.to_string(),
            instant(report.period.start),
            instant(report.period.end),
        ]
    });
    rows_of(&columns, rows, out)
}

/// One row per status seen.
fn statuses(report: &FlowReport, out: &mut dyn Write) -> io::Result<()> {
    let columns = cells(&["status", "entries", "stage", "decided_by"]);
    let rows = report.statuses.iter().map(|row| {
        vec![
            text(&row.status),
            row.entries.to_string(),
            text(row.stage.as_deref().unwrap_or_default()),
            text(&row.decided_by),
        ]
    });
    rows_of(&columns, rows, out)
}

/// One row per visit of the item.
fn visits(way: &ItemWay, out: &mut dyn Write) -> io::Result<()> {
    let columns = cells(&["key", "what", "name", "from", "to", "hours"]);
    let key = text(&way.item.key);
    let between = |from: chrono::DateTime<chrono::Utc>, to: Option<_>| {
        let end = to.unwrap_or(way.generated_at);
        decimal(Some((end - from).num_seconds() as f64 / 3600.0))
    };
    let row = |what: &str, name: &str, from, to: Option<_>, hours: String| {
        vec![
            key.clone(),
            what.to_owned(),
            text(name),
            instant(from),
            to.map(instant).unwrap_or_default(),
            hours,
        ]
    };
    let segments = way.way.iter().flat_map(|way| &way.segments).map(|found| {
        let hours = decimal(Some(found.hours));
        row("way", &found.segment, found.from, Some(found.to), hours)
    });
    let visits = way.visits.iter().map(|visit| {
        let hours = between(visit.from, visit.to);
        row("stage", &visit.stage, visit.from, visit.to, hours)
    });
    let blocked = way.blocked.iter().map(|span| {
        let reason = span.reason.as_deref().unwrap_or_default();
        row(
            "blocked",
            reason,
            span.from,
            span.to,
            between(span.from, span.to),
        )
    });
    rows_of(&columns, segments.chain(visits).chain(blocked), out)
}

/// One row per figure of the value report.
fn value(report: &ValueReport, out: &mut dyn Write) -> io::Result<()> {
    let columns = cells(&["what", "key", "title", "value", "unit", "n"]);
    let figures = [
        ("value_delivered", &report.delivered, "value"),
        ("value_velocity", &report.velocity, "value/week"),
        ("value_efficiency", &report.efficiency, "value/hour"),
    ];
    let plain = |what: &str, value: Option<f64>, unit: &str, count: usize| {
        vec![
            what.to_owned(),
            String::new(),
            String::new(),
            decimal(value),
            unit.to_owned(),
            count.to_string(),
        ]
    };
    let keyed = |what: &str, key: &str, title: &str, value: Option<f64>, unit: &str| {
        vec![
            what.to_owned(),
            text(key),
            text(title),
            decimal(value),
            unit.to_owned(),
            "1".to_owned(),
        ]
    };
    let figures = figures.map(|(what, figure, unit)| plain(what, figure.value, unit, figure.count));
    let types = report.by_type.iter().map(|row| {
        let what = format!("value_{}", row.flow_type.name());
        plain(&what, Some(row.value), "value", row.count)
    });
    let stuck = report
        .stuck
        .iter()
        .map(|row| keyed("stuck", &row.key, &row.title, Some(row.value), "value"));
    let returns = report.returns.iter().map(|row| {
        keyed(
            "roi_per_hr",
            &row.key,
            &row.title,
            Some(row.roi_per_hr),
            "%/hour",
        )
    });
    let success = report
        .success
        .iter()
        .map(|row| keyed("success", &row.key, &row.title, row.score, "score"));
    let rows = figures
        .into_iter()
        .chain(types)
        .chain(stuck)
        .chain(returns)
        .chain(success);
    rows_of(&columns, rows, out)
}

fn cells(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::flow::sample;

    fn written(document: &Document, rows: Rows) -> Vec<Vec<String>> {
        let mut bytes = Vec::new();
        write(document, rows, &mut bytes).unwrap();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(bytes.as_slice());
        reader
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn the_hours_of_each_item_stand_in_a_column_per_stage() {
        let document = Document::Report(Box::new(sample::report()));
        let rows = written(&document, Rows::Hours);
        assert_eq!(
            rows[0][..8],
            [
                "key",
                "Backlog",
                "Design",
                "Development",
                "Code Review",
                "Testing",
                "Deployment Approval",
                "Deploy"
            ]
        );
        assert_eq!(
            rows[1][..8],
            ["FOC-101", "24", "24", "48", "72", "24", "24", "2"]
        );
        assert_eq!(
            rows[2][..8],
            ["FOC-103", "96", "0", "0", "0", "0", "0", "0"]
        );
        assert_eq!(rows[1][8], "Pay in two currencies");
        assert_eq!(rows.len(), 5);
    }

    #[test]
    fn the_days_on_which_stages_were_entered_can_be_read_elsewhere() {
        let document = Document::Report(Box::new(sample::report()));
        let rows = written(&document, Rows::StageDates);
        assert_eq!(rows[0][..4], ["ID", "Link", "Name", "Backlog"]);
        assert_eq!(rows[0].last().unwrap(), "Blocked Days");
        assert_eq!(
            rows[1][..11],
            [
                "FOC-101",
                "",
                "Pay in two currencies",
                "2026-03-02",
                "2026-03-03",
                "2026-03-04",
                "2026-03-06",
                "2026-03-09",
                "2026-03-10",
                "2026-03-11",
                "2026-03-11"
            ]
        );
        assert_eq!(rows[3].last().unwrap(), "0.75", "18 hours of FOC-104");
        // It was done on the 6th, reopened, and done again on the 12th.
        assert_eq!(rows[3][10], "2026-03-12");
        assert_eq!(rows[4][10], "", "FOC-105 is not done");
    }

    #[test]
    fn no_cell_begins_a_formula() {
        for start in ["=1+1", "+1", "-1", "@x", "\t=1"] {
            let report = sample::hostile(start);
            let documents = [
                Document::Report(Box::new(report.clone())),
                Document::Mapping(Box::new(report)),
            ];
            for document in &documents {
                for kind in [
                    Rows::Hours,
                    Rows::StageDates,
                    Rows::Items,
                    Rows::Stages,
                    Rows::Metrics,
                ] {
                    for cell in written(document, kind).into_iter().flatten() {
                        assert!(!cell.starts_with(['=', '+', '@', '\t']), "{cell}");
                        let is_number = cell.parse::<f64>().is_ok();
                        assert!(is_number || !cell.starts_with('-'), "{cell}");
                    }
                }
            }
        }
    }
}
