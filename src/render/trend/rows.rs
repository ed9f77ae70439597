//! The CSV of `dora trend` (spec 3.4): one row per metric and bucket. Shares are per cent, as in the CSV of
//! a report; what has no value is an empty cell.

use std::io::{self, Write};

use crate::report::trend::{BucketRow, Series, TrendReport};

use super::figures::{self, Kind};
use crate::render::calendar::instant;
use crate::render::csv::{decimal, text, write as write_rows};

const COLUMNS: [&str; 18] = [
    "Metric",
    "Bucket",
    "Bucket Start",
    "Bucket End",
    "Extent",
    "Value",
    "Unit",
    "Count",
    "Part",
    "Band",
    "Interval Low",
    "Interval High",
    "Trend",
    "Change %",
    "Previous Value",
    "Significant",
    "Environment",
    "Reason",
];

/// Writes it.
pub(super) fn write(report: &TrendReport, out: &mut dyn Write) -> io::Result<()> {
    let environment = text(report.environment.as_deref().unwrap_or_default());
    let rows = report.series.iter().flat_map(|series| {
        let buckets = series.buckets.iter();
        buckets.map(|row| cells(series, row, &environment))
    });
    write_rows(&COLUMNS, rows, out)
}

fn cells(series: &Series, row: &BucketRow, environment: &str) -> [String; 18] {
    let is_share = figures::kind(series) == Kind::Share;
    let number = |value: Option<f64>| match is_share {
        true => decimal(value.map(|share| share * 100.0)),
        false => decimal(value),
    };
    let unit = match series.unit.as_str() {
        "deploys_per_day" => "deploys/day",
        "items_per_week" => "items/week",
        "ratio" => "%",
        other => other,
    };
    let significant = row.trend.significant.map(|it| it.to_string());
    [
        figures::full_name(series).to_owned(),
        row.bucket.clone(),
        instant(row.start),
        instant(row.end),
        row.extent.to_owned(),
        number(row.value),
        unit.to_owned(),
        row.count.to_string(),
        row.part.map(|part| part.to_string()).unwrap_or_default(),
        row.band.map_or("", |band| band.name()).to_owned(),
        number(row.interval95.map(|ends| ends[0])),
        number(row.interval95.map(|ends| ends[1])),
        row.trend.direction.name().to_owned(),
        decimal(row.trend.change_percent),
        number(row.trend.previous_value),
        significant.unwrap_or_default(),
        environment.to_owned(),
        text(row.reason.as_deref().unwrap_or_default()),
    ]
}
