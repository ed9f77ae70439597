//! The CSV export (spec 3.4): one row per metric, or the deployments behind the numbers.
//! RFC 4180 with CRLF; no cell can start a formula in a spreadsheet.

use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};

use crate::model::Certainty;
use crate::report::{DeploymentRow, Document, Report};

use super::calendar::instant;
use super::measure::{self, Kind, Measure};
use super::sanitize::sanitize;
use super::style::Charset;
use crate::report::quantity;

const METRIC_COLUMNS: [&str; 13] = [
    "Metric",
    "Value",
    "Unit",
    "Band",
    "Target",
    "Trend",
    "Change %",
    "Previous Value",
    "Count",
    "Period Start",
    "Period End",
    "Environment",
    "Certainty",
];

const DEPLOYMENT_COLUMNS: [&str; 15] = [
    "Id",
    "Timestamp",
    "Environment",
    "Kind",
    "Source",
    "Components",
    "Changes",
    "Lead Time Minutes",
    "Failed",
    "Rules",
    "Evidence",
    "Rolled Back",
    "Remedy",
    "Restored At",
    "State Commit",
];

/// Writes one row per metric and environment.
pub(super) fn write_metrics(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    write(
        &METRIC_COLUMNS,
        document.reports().iter().flat_map(metric_rows),
        out,
    )
}

/// Writes one row per deployment, redeployment and attempt.
pub(super) fn write_deployments(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    let rows = document
        .reports()
        .iter()
        .flat_map(|report| report.deployments.iter().map(deployment_row));
    write(&DEPLOYMENT_COLUMNS, rows, out)
}

/// Writes a header and rows of cells that are safe already.
pub(super) fn write<R: AsRef<[String]>>(
    columns: &[impl AsRef<[u8]>],
    rows: impl Iterator<Item = R>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(out);
    writer.write_record(columns).map_err(io::Error::other)?;
    for row in rows {
        writer
            .write_record(row.as_ref())
            .map_err(io::Error::other)?;
    }
    writer.flush()
}

fn metric_rows(report: &Report) -> Vec<[String; 13]> {
    let mut measures: Vec<_> = measure::four(&report.metrics).into();
    measures.push(measure::rework(&report.metrics));
    measures
        .iter()
        .map(|measure| metric_row(report, measure))
        .collect()
}

fn metric_row(report: &Report, measure: &Measure<'_>) -> [String; 13] {
    let trend = measure.trend;
    let previous_rework = || {
        let previous = report.previous_metrics.as_ref()?;
        previous.rework_rate.value.filter(|_| trend.is_none())
    };
    let previous = trend
        .and_then(|trend| trend.previous_value)
        .or_else(previous_rework);
    let number = |value: Option<f64>| match measure.kind {
        Kind::Share => decimal(value.map(|share| share * 100.0)),
        Kind::Rate | Kind::Duration => decimal(value),
    };
    let unit = match measure.kind {
        Kind::Rate => "deploys/day",
        Kind::Duration => "minutes",
        Kind::Share => "%",
    };
    let band = measure.band.map(|band| band.name().to_owned());
    let band = band.or_else(|| measure.standing.map(text));
    [
        measure.name.full.to_owned(),
        number(measure.value),
        unit.to_owned(),
        band.unwrap_or_default(),
        number(measure.target),
        trend.map_or("", |trend| trend.direction.name()).to_owned(),
        decimal(trend.and_then(|trend| trend.change_percent)),
        number(previous),
        measure.count.to_string(),
        instant(report.period.start),
        instant(report.period.end),
        text(&report.environment),
        measure.certainty.map_or("", certainty).to_owned(),
    ]
}

fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Insufficient => "insufficient",
        Certainty::Likely => "likely",
        Certainty::Firm => "firm",
    }
}

fn deployment_row(row: &DeploymentRow) -> [String; 15] {
    let components: Vec<_> = row
        .components
        .iter()
        .map(|component| {
            let from = component.from.as_deref().unwrap_or("-");
            format!("{} {from} -> {}", component.name, component.to)
        })
        .collect();
    let rules: Vec<_> = row.evidence.iter().map(|e| e.rule.as_str()).collect();
    let evidence: Vec<_> = row.evidence.iter().map(|e| e.detail.as_str()).collect();
    [
        text(&row.id),
        instant(row.timestamp),
        text(&row.environment),
        text(&row.kind),
        text(&row.source),
        text(&components.join("; ")),
        row.changes.to_string(),
        decimal(row.lead_time_minutes),
        row.failed.to_string(),
        text(&rules.join("; ")),
        text(&evidence.join("; ")),
        row.rolled_back.to_string(),
        text(row.remedy.as_deref().unwrap_or_default()),
        row.restored_at.map(instant).unwrap_or_default(),
        text(row.state_commit.as_deref().unwrap_or_default()),
    ]
}

/// A number with at most six decimals; an empty cell where there is none.
pub(super) fn decimal(value: Option<f64>) -> String {
    let value = value.filter(|value| value.is_finite());
    value
        .map(|value| quantity::number(value, 6))
        .unwrap_or_default()
}

/// A text cell that no spreadsheet takes for a formula (OWASP ASVS 5.0, 1.2.10) and no terminal for a
/// command.
pub(super) fn text(text: &str) -> String {
    let safe = sanitize(text, Charset::Unicode);
    let begins_formula =
        |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0']);
    if begins_formula(text) || begins_formula(&safe) {
        format!("'{safe}")
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{hostile, sample};

    fn metrics_of(report: Report) -> String {
        let mut bytes = Vec::new();
        write_metrics(&Document::One(Box::new(report)), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    fn deployments_of(report: Report) -> Vec<csv::StringRecord> {
        let mut bytes = Vec::new();
        write_deployments(&Document::All(vec![report]), &mut bytes).unwrap();
        csv::Reader::from_reader(bytes.as_slice())
            .records()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    #[test]
    fn every_metric_is_one_row() {
        let ends = "2026-07-21T09:00:00Z,2026-08-20T09:00:00Z,production";
        let expected = [
            "Metric,Value,Unit,Band,Target,Trend,Change %,Previous Value,Count,Period Start,Period End,Environment,Certainty".to_owned(),
            format!("Deployment Frequency,1.8,deploys/day,elite,1,improving,20,1.5,54,{ends},firm"),
            format!("Lead Time for Changes,42,minutes,elite,60,improving,-16,50,147,{ends},firm"),
            format!("Change Failure Rate,9.259259,%,elite,15,improving,-16.7,11.111111,54,{ends},likely"),
            format!("Time to Restore,24,minutes,elite,60,stable,0,24,3,{ends},likely"),
            format!("Rework Rate,7.407407,%,,,,,8.888889,54,{ends},"),
            String::new(),
        ];
        assert_eq!(metrics_of(sample::report()), expected.join("\r\n"));
    }

    #[test]
    fn no_data_is_an_empty_cell() {
        let text = metrics_of(sample::no_data());
        assert!(
            text.contains("\r\nLead Time for Changes,,minutes,,60,unknown,,,0,"),
            "{text}"
        );
        assert!(
            text.contains("\r\nDeployment Frequency,0,deploys/day,low,1,"),
            "{text}"
        );
    }

    #[test]
    fn text_cells_start_no_formula_and_negative_numbers_stay_numbers() {
        let mut report = sample::report();
        report.environment = "=HYPERLINK(\"x\")".to_owned();
        let text = metrics_of(report);
        assert!(text.contains(",\"'=HYPERLINK(\"\"x\"\")\","), "{text}");
        assert!(text.contains(",-16,"), "{text}");
    }

    #[test]
    fn deployments_are_rows_with_their_evidence() {
        let rows = deployments_of(sample::report());
        assert_eq!(rows.len(), 4);
        assert_eq!(&rows[1][1], "2026-08-18T14:22:00Z");
        assert_eq!(
            rows[1][5],
            format!(
                "api {} -> {}; web - -> {}",
                "b".repeat(40),
                "c".repeat(40),
                "d".repeat(40)
            )
        );
        assert_eq!(&rows[1][6], "2");
        assert_eq!(&rows[1][8], "true");
        assert_eq!(&rows[1][9], "rollback");
        assert_eq!(&rows[3][3], "redeployment");
        assert_eq!(&rows[3][7], "");
    }

    #[test]
    fn hostile_text_stays_in_its_cell() {
        let rows = deployments_of(hostile::with_foreign_text("@x,\"\r\n=y"));
        assert_eq!(rows.len(), 4);
        assert_eq!(&rows[0][0], "'@x,\"\\r\\n=y");
    }
}
