//! The lists behind the numbers, for `--verbose`: deployments with their evidence, outages,
//! incidents, slow changes, components, what was left out. The numbers themselves are in `verbose`.

use chrono_tz::Tz;

use crate::report::{ComponentRow, DeploymentRow, OutageRow, Report, brief_among};

use super::calendar;
use super::page::Page;
use super::sanitize;
use super::style::{Style, Tone};
use super::table::{Cell, Column, Table};
use crate::report::quantity::duration;

/// Columns of one name or version inside a cell.
const NAME: usize = 24;
const VERSION: usize = 16;
/// Columns of the list of deployments beside the versions.
const OTHER_COLUMNS: usize = 54;

/// Columns of the times and the length of an outage beside what caused it.
const BEFORE_CAUSES: usize = 50;

/// A version as people read it: a full commit id becomes its first seven digits.
pub(super) fn short_version(version: &str, style: &Style) -> String {
    style.foreign_within(short_id(version), VERSION)
}

/// The first seven digits of a full commit id; any other text as it is.
pub(super) fn short_id(text: &str) -> &str {
    let is_commit =
        matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.get(..7) {
        Some(head) if is_commit => head,
        _ => text,
    }
}

/// The components of the period, by name.
pub(super) fn components(page: &mut Page<'_>, report: &Report) {
    if report.components.is_empty() {
        return;
    }
    page.heading("Components");
    let mut table = Table::new([
        Column::new("Component").shrinks_to(10),
        Column::new("Deployments").right(),
        Column::new("Changes").right().expendable(1),
        Column::new("Lead time"),
        Column::new("Failed").right(),
        Column::new("Unresolved").right().expendable(2),
    ]);
    for component in &report.components {
        table.row([
            page.style.foreign_within(&component.name, 40).into(),
            component.deployments.to_string().into(),
            component.changes.to_string().into(),
            or_nothing(component.lead_time_minutes).into(),
            component.failed.to_string().into(),
            component.unresolved.to_string().into(),
        ]);
    }
    page.table(table);
}

/// A length in minutes; `-` where there is none.
pub(super) fn or_nothing(minutes: Option<f64>) -> String {
    minutes.map_or_else(|| "-".to_owned(), duration)
}

/// Every deployment of the period, with the evidence under those that have some.
pub(super) fn deployments(page: &mut Page<'_>, report: &Report) {
    if report.deployments.is_empty() {
        return;
    }
    let style = page.style;
    let zone = calendar::zone(&report.timezone);
    page.heading("Deployments");
    let mut table = Table::new([
        Column::new("Time"),
        Column::new("Components").shrinks_to(8),
        Column::new("Changes").right().expendable(1),
        Column::new("Lead time").expendable(2),
        Column::new("Verdict"),
    ]);
    for row in &report.deployments {
        // Versions that do not fit beside the other columns go below, in full.
        let mut said = versions(&row.components, style);
        let mut full = None;
        if sanitize::width(&said) > style.width.saturating_sub(OTHER_COLUMNS).max(12) {
            full = Some(said);
            said = names(&row.components, style);
        }
        table.row([
            calendar::minute(row.timestamp, zone).into(),
            said.into(),
            row.changes.to_string().into(),
            or_nothing(row.lead_time_minutes).into(),
            Cell::from(verdict(row, style)),
        ]);
        let mut below: Vec<String> = full.into_iter().collect();
        below.extend(told_by(row, style));
        if let Some(note) = &row.note {
            below.push(format!("note: {}", style.foreign_within(note, 200)));
        }
        if row.failed || !row.evidence.is_empty() {
            below.extend(evidence(row, zone, style));
        }
        let room = style.width.saturating_sub(6).max(8);
        for line in below.iter().flat_map(|line| sanitize::wrap(line, room)) {
            table.below(format!("  {line}"));
        }
    }
    page.table(table);
}

/// `api 1a2b3c4 → 5d6e7f8, web → 1.4.0 (baseline)`.
pub(super) fn versions(components: &[ComponentRow], style: &Style) -> String {
    let said: Vec<String> = components
        .iter()
        .map(|component| {
            let name = style.foreign_within(&component.name, NAME);
            let to = short_version(&component.to, style);
            let from = component
                .from
                .as_deref()
                .map(|from| short_version(from, style));
            let from = from.map(|from| format!(" {from}")).unwrap_or_default();
            let kind = match component.kind.as_str() {
                "forward" => String::new(),
                kind => format!(" ({})", style.foreign_within(kind, 12)),
            };
            format!("{name}{from} {} {to}{kind}", style.to())
        })
        .collect();
    said.join(", ")
}

fn names(components: &[ComponentRow], style: &Style) -> String {
    let names = components.iter();
    let names: Vec<_> = names
        .map(|component| style.foreign_within(&component.name, NAME))
        .collect();
    names.join(", ")
}

/// What became of a deployment: `ok`, `failed`, `rolled back`, `attempt`, or the kind of what is none.
pub(super) fn verdict(row: &DeploymentRow, style: &Style) -> (String, Option<Tone>) {
    let (word, tone) = match (row.failed, row.kind.as_str()) {
        (_, "attempt") => ("attempt", Some(Tone::Poor)),
        (true, _) => ("failed", Some(Tone::Poor)),
        (false, _) if row.rolled_back => ("rolled back", Some(Tone::Notable)),
        (false, "deployment") => ("ok", None),
        (false, kind) => return (style.foreign_within(kind, 12), Some(Tone::Faint)),
    };
    (word.to_owned(), tone)
}

/// Where it was read, when several sources tell of it.
fn told_by(row: &DeploymentRow, style: &Style) -> Option<String> {
    let sources: Vec<_> = row
        .sources
        .iter()
        .map(|name| style.foreign_within(name, 24))
        .collect();
    (sources.len() > 1).then(|| format!("told by {}", sources.join(" and ")))
}

/// Why it failed, what repaired it, and the id by which it can be named.
fn evidence(row: &DeploymentRow, zone: Tz, style: &Style) -> Vec<String> {
    let mut lines = Vec::new();
    for evidence in &row.evidence {
        let component = evidence.component.as_deref();
        let component = component.map(|name| style.foreign_within(name, NAME));
        let component = component
            .map(|name| format!(", {name}"))
            .unwrap_or_default();
        let rule = style.foreign_within(&evidence.rule, 16);
        let detail = style.foreign_within(&evidence.detail, 200);
        lines.push(match evidence.names_its_rule() {
            true => detail,
            false => format!("{rule}{component}: {detail}"),
        });
    }
    if let Some(restored) = row.restored_at {
        // A failure that incidents tell of ends with them, whatever was deployed meanwhile.
        let is_told_by_incidents = row.evidence.iter().any(|it| it.incident.is_some());
        lines.push(match row.remedy.as_deref() {
            Some(remedy) if !is_told_by_incidents => {
                let minutes = (restored - row.timestamp).as_seconds_f64() / 60.0;
                let remedy = style.foreign_within(remedy, 60);
                format!("repaired after {} by {remedy}", duration(minutes))
            }
            _ => format!(
                "restored {} by resolution of incidents",
                calendar::minute(restored, zone)
            ),
        });
    }
    lines.push(format!("id {}", style.foreign_within(&row.id, 80)));
    lines
}

/// The slowest changes, slowest first.
pub(super) fn slowest_changes(page: &mut Page<'_>, report: &Report) {
    if report.slowest_changes.is_empty() {
        return;
    }
    let style = page.style;
    page.blank();
    let mut table = Table::new([
        Column::new("Slowest"),
        Column::new("Commit"),
        Column::new("Repository").shrinks_to(8).expendable(1),
        Column::new("Change").shrinks_to(12),
    ]);
    for change in &report.slowest_changes {
        table.row([
            duration(change.lead_time_minutes).into(),
            short_version(&change.commit, style).into(),
            style.foreign_within(&change.repository, NAME).into(),
            style.foreign_within(&change.subject, 100).into(),
        ]);
    }
    page.table(table);
}

/// Outages by beginning.
pub(super) fn outages(page: &mut Page<'_>, report: &Report) {
    if report.outages.is_empty() {
        return;
    }
    let style = page.style;
    let zone = calendar::zone(&report.timezone);
    page.blank();
    let causes_of = |outage: &OutageRow| -> Vec<String> {
        let causes = outage.deployments.iter().chain(&outage.incidents);
        causes.cloned().collect()
    };
    let known = report.deployments.iter().map(|row| row.id.clone());
    let known: Vec<String> = known
        .chain(report.outages.iter().flat_map(causes_of))
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let causes: Vec<String> = report
        .outages
        .iter()
        .map(|outage| {
            let causes = causes_of(outage);
            let causes = causes
                .iter()
                .map(|id| style.foreign_within(brief_among(id, &known), 60));
            causes.collect::<Vec<_>>().join(", ")
        })
        .collect();
    // Ids that do not fit beside the times go below, whole.
    let room = style.width.saturating_sub(BEFORE_CAUSES);
    let has_room = causes.iter().all(|it| sanitize::width(it) <= room);
    let titles = ["Outage from", "to", "Length"].into_iter();
    let titles = titles.chain(has_room.then_some("Caused by"));
    let mut table = Table::new(titles.map(Column::new));
    for (outage, causes) in report.outages.iter().zip(causes) {
        let end: Cell = match outage.end {
            Some(end) => calendar::minute(end, zone).into(),
            None => ("open".to_owned(), Tone::Poor).into(),
        };
        let mut cells: Vec<Cell> = vec![
            calendar::minute(outage.start, zone).into(),
            end,
            duration(outage.minutes).into(),
        ];
        if has_room {
            cells.push(causes.into());
            table.row(cells);
        } else {
            table.row(cells);
            let room = style.width.saturating_sub(6).max(8);
            for line in sanitize::wrap(&format!("caused by {causes}"), room) {
                table.below(format!("  {line}"));
            }
        }
    }
    page.table(table);
}

/// Incidents by opening.
pub(super) fn incidents(page: &mut Page<'_>, report: &Report) {
    if report.incidents.is_empty() {
        return;
    }
    let style = page.style;
    let zone = calendar::zone(&report.timezone);
    page.blank();
    let mut table = Table::new([
        Column::new("Incident"),
        Column::new("Opened"),
        Column::new("Resolved").expendable(1),
        Column::new("Severity").expendable(2),
        Column::new("Title").shrinks_to(8),
    ]);
    let known: Vec<&str> = report.incidents.iter().map(|it| it.id.as_str()).collect();
    for incident in &report.incidents {
        let resolved: Cell = match incident.resolved_at {
            Some(at) => calendar::minute(at, zone).into(),
            None => ("open".to_owned(), Tone::Poor).into(),
        };
        let severity = incident.severity.as_deref().unwrap_or("-");
        table.row([
            style
                .foreign_within(brief_among(&incident.id, &known), NAME)
                .into(),
            calendar::minute(incident.opened_at, zone).into(),
            resolved,
            style.foreign_within(severity, 12).into(),
            style.foreign_within(&incident.title, 100).into(),
        ]);
        if incident.caused_by_change == Some(false) {
            table.below("  (in no metric)".to_owned());
        }
    }
    page.table(table);
}

/// What is in no number, and why.
pub(super) fn left_out(page: &mut Page<'_>, report: &Report) {
    if report.left_out.is_empty() {
        return;
    }
    page.heading("Left out");
    let mut table = Table::new([
        Column::new("What").shrinks_to(12),
        Column::new("n").right(),
        Column::new("Rule").shrinks_to(12),
    ]);
    for left_out in &report.left_out {
        table.row([
            page.style.foreign_within(&left_out.what, 40).into(),
            left_out.count.to_string().into(),
            page.style.foreign_within(&left_out.rule, 100).into(),
        ]);
    }
    page.table(table);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn versions_are_short_and_say_what_is_not_plainly_forward() {
        let report = sample::report();
        let said = versions(&report.deployments[1].components, &Style::default());
        assert_eq!(said, "api bbbbbbb → ccccccc, web → ddddddd (baseline)");
        let style = Style::default();
        assert_eq!(short_version("1.4.0-rc.1", &style), "1.4.0-rc.1");
        assert_eq!(
            short_version("registry/long/name:tag", &style),
            "registry/long/n…"
        );
    }

    #[test]
    fn a_failed_deployment_shows_evidence_remedy_and_id() {
        let report = sample::report();
        let lines = evidence(&report.deployments[1], Tz::UTC, &Style::default());
        assert_eq!(
            lines,
            [
                "rollback, api: went back to bbbbbbb",
                "repaired after 24 min by production-20260818T144600Z-5d6e7f8",
                "id production-20260818T142200Z-5d6e7f8",
            ]
        );
    }

    #[test]
    fn two_incidents_and_what_they_cause_are_told_apart_at_eighty_columns() {
        let mut report = sample::report();
        let mut second = report.incidents[0].clone();
        report.incidents[0].id = "incident-20261103T140512Z-81700b0".to_owned();
        second.id = "incident-20261103T151530Z-91800c1".to_owned();
        report.incidents.push(second);
        report.outages[0].incidents = vec!["incident-20261103T140512Z-81700b0".to_owned()];
        let style = Style {
            width: 80,
            ..Style::default()
        };
        let mut page = Page::new(&style);
        incidents(&mut page, &report);
        let said = page.finish();
        for words in [
            "incident-20261103T1405 ",
            "incident-20261103T1515 ",
            "Severity",
            "Opened",
        ] {
            assert!(said.contains(words), "{said}");
        }
        let mut page = Page::new(&style);
        outages(&mut page, &report);
        assert!(!page.finish().contains('…'));
    }

    #[test]
    fn a_failure_that_incidents_tell_of_ended_with_them_and_not_with_a_deployment_between() {
        let mut report = sample::report();
        let row = &mut report.deployments[1];
        row.evidence[0].incident = Some("incident-1".to_owned());
        row.restored_at = Some("2026-08-20T07:30:00Z".parse().unwrap());
        assert_eq!(
            evidence(row, Tz::UTC, &Style::default())[1],
            "restored 2026-08-20 07:30 by resolution of incidents"
        );
    }
}
