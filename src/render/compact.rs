//! `--compact`, and `dora` without arguments: four lines and the overall line. The table is `card`.

use crate::report::Report;

use super::card;
use super::page::Page;
use super::style::Tone;

/// Four lines and the overall line.
pub(super) fn screen(page: &mut Page<'_>, report: &Report) {
    let style = page.style;
    card::compact_metrics(page, report);
    let overall = match report.overall_band {
        Some(band) => band.name().to_uppercase(),
        None => "no data".to_owned(),
    };
    let tone = report.overall_band.map_or(Tone::Faint, Tone::of_band);
    let mut parts = vec![format!("Overall: {overall}")];
    parts.extend(card::subject(report, style));
    parts.push(card::span(&report.period, &report.timezone, style));
    page.parts(" ", &parts, &[(overall.as_str(), tone)]);
}
