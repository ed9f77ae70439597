//! `--compare`: the period and the one before it side by side. The default screen's column of
//! changes says the same in one cell; here both values keep their band and their sample.

use crate::report::{Metrics, Report};

use super::card;
use super::change::Detail;
use super::measure::{self, Measure};
use super::page::Page;
use super::style::Tone;
use super::table::{Cell, Column, Table};
use super::terminal;

/// Both periods side by side.
pub(super) fn screen(page: &mut Page<'_>, report: &Report) {
    let style = page.style;
    let mut parts = card::subject(report, style);
    parts.push(card::bands(report, style));
    page.parts("", &parts, &[]);
    page.facts(&[
        (
            "before",
            card::span(&report.previous_period, &report.timezone, style),
        ),
        ("now", card::span(&report.period, &report.timezone, style)),
    ]);
    page.blank();
    let Some(previous) = &report.previous_metrics else {
        page.paragraph(
            " ! ",
            Tone::Notable,
            "there is nothing before this period",
            2,
        );
        page.blank();
        card::metrics(page, report);
        return;
    };
    page.table(table(page, report, previous));
    page.blank();
    terminal::overall(page, report);
    if measures(&report.metrics)
        .iter()
        .any(|now| now.verdict() == "within noise")
    {
        let words = "within noise: the difference is not visible at 5 %, two-sided";
        page.paragraph(" ", Tone::Faint, words, 2);
    }
}

fn measures(metrics: &Metrics) -> [Measure<'_>; 5] {
    let [frequency, lead_time, failures, restore] = measure::four(metrics);
    [
        frequency,
        lead_time,
        failures,
        restore,
        measure::rework(metrics),
    ]
}

fn table(page: &Page<'_>, report: &Report, previous: &Metrics) -> Table {
    let style = page.style;
    let mut table = Table::new([
        Column::new("Metric"),
        Column::new("Before (n)"),
        Column::new("Band").expendable(3),
        Column::new("Now (n)"),
        Column::new("Band").expendable(2),
        Column::new("Change").expendable(4),
        Column::new("Judgement").expendable(1),
    ]);
    for (before, now) in measures(previous).iter().zip(&measures(&report.metrics)) {
        let chip = |measure: &Measure<'_>| match measure.value {
            Some(_) => Cell::from(measure.chip(style)),
            None => Cell::default(),
        };
        let tone = now.change(style, Detail::Short).1;
        table.row([
            now.name.short.into(),
            value(before).into(),
            chip(before),
            value(now).into(),
            chip(now),
            now.movement(style, Detail::Short)
                .unwrap_or_default()
                .into(),
            (now.verdict().to_owned(), tone).into(),
        ]);
    }
    table
}

fn value(measure: &Measure<'_>) -> String {
    match measure.now() {
        Some(now) => format!("{now} ({})", measure.sample()),
        None => "no data".to_owned(),
    }
}
