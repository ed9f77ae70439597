//! The Markdown of `dora trend`: a table per metric and what changed when. Charts are for screens.

use crate::report::trend::{Series, TrendReport};

use super::{figures, said, screen};
use crate::render::markdown::{escaped, header, heading, line, row};
use crate::render::style::Style;

/// The whole document.
pub(super) fn text(report: &TrendReport) -> String {
    let style = Style::default();
    let mut text = String::new();
    let mut subject = vec![style.foreign_within(&report.repository, 30)];
    subject.extend(
        report
            .environment
            .as_deref()
            .map(|it| style.foreign_within(it, 24)),
    );
    subject.extend(
        report
            .component
            .as_deref()
            .map(|it| style.foreign_within(it, 24)),
    );
    subject.retain(|part| !part.is_empty());
    line(
        &mut text,
        &format!("# Trend by {}: {}", report.by, escaped(&subject.join(", "))),
    );
    line(&mut text, "");
    let span = screen::span(report, &style);
    let bands = escaped(&style.foreign(&report.bands));
    line(&mut text, &format!("{}. Bands: {bands}.", escaped(&span)));
    for series in &report.series {
        section(&mut text, report, series, &style);
    }
    if !report.notices.is_empty() {
        heading(&mut text, "Notices");
        for notice in &report.notices {
            let words = escaped(&style.foreign(&notice.message));
            line(&mut text, &format!("- {words}"));
        }
    }
    text
}

fn section(text: &mut String, report: &TrendReport, series: &Series, style: &Style) {
    let kind = figures::kind(series);
    heading(text, figures::full_name(series));
    header(
        text,
        &[
            figures::unit(report),
            "Value",
            figures::counted(series),
            "Band",
            "vs bucket before",
        ],
        &[1, 2],
    );
    for bucket in &series.buckets {
        let value = match bucket.value {
            Some(value) => figures::value(kind, value),
            None => {
                let reason = bucket.reason.as_deref().unwrap_or("nothing known");
                format!("no data: {}", style.foreign_within(reason, 120))
            }
        };
        row(
            text,
            &[
                &escaped(&figures::bucket(bucket, style)),
                &escaped(&value),
                &figures::sample(bucket),
                bucket.band.map_or("", |band| band.name()),
                &escaped(&figures::change(bucket, style)),
            ],
        );
    }
    let sentences = said::sentences(report, series, style);
    if !sentences.is_empty() {
        line(text, "");
        for sentence in sentences {
            line(text, &format!("- {}.", escaped(&sentence)));
        }
    }
}
