//! Incidents on a screen, as rows of a CSV and as a table in Markdown: one, a list, an import.

use std::io::{self, Write};

use chrono_tz::Tz;

use crate::report::incidents::{
    IncidentEntry, IncidentImportSummary, IncidentListing, IncidentRecorded,
};
use crate::report::quantity::{duration, number, plural};

use super::calendar;
use super::csv;
use super::markdown;
use super::page::Page;
use super::sanitize::{self, sanitize};
use super::style::{Charset, Style, Tone};
use super::table::{Cell, Column, Table};

/// The most lines of foreign words.
const LINES: usize = 6;
/// Below this width an id, a time and a title do not fit side by side.
const NARROW: usize = 80;
/// The columns of the CSV; `dora incident import` reads them.
const COLUMNS: [&str; 11] = [
    "id",
    "title",
    "opened_at",
    "resolved_at",
    "minutes",
    "environment",
    "deployment",
    "severity",
    "caused_by_change",
    "source",
    "fails",
];

/// One incident after something was recorded of it.
pub fn incident_recorded(said: &IncidentRecorded, zone: Tz, style: &Style) -> String {
    let mut page = Page::new(style);
    let incident = &said.incident;
    let id = style.foreign(&incident.id);
    match (said.is_new, said.action.as_str()) {
        (true, action) => page.sentence(&format!("{action} {id}")),
        (false, "opened") => page.sentence(&format!("opened already: {id}")),
        (false, _) => page.sentence(&format!("nothing to change: {id}")),
    }
    let mut words = vec![style.foreign(&incident.title)];
    words.extend(
        incident
            .severity
            .iter()
            .map(|it| style.foreign_within(it, 24)),
    );
    words.extend(
        incident
            .environment
            .iter()
            .map(|it| style.foreign_within(it, 40)),
    );
    page.paragraph("  ", Tone::Faint, &words.join(", "), LINES);
    let opened = calendar::minute(incident.opened_at, zone);
    let words = match incident.resolved_at {
        Some(end) => format!(
            "{opened} {} {} {zone}, {}",
            style.to(),
            calendar::minute(end, zone),
            duration(incident.minutes)
        ),
        None => format!(
            "since {opened} {zone}, open for {}",
            duration(incident.minutes)
        ),
    };
    page.paragraph("  ", Tone::Faint, &words, LINES);
    page.paragraph("  ", Tone::Faint, &cause(incident, style), LINES);
    page.finish()
}

/// What the metrics make of it.
fn cause(incident: &IncidentEntry, style: &Style) -> String {
    let fails: Vec<_> = incident.fails.iter().map(|id| style.foreign(id)).collect();
    match (incident.caused_by_change, fails.as_slice()) {
        (Some(false), _) => "not caused by a change: in no metric".to_owned(),
        (_, []) if incident.deployment.is_some() => "no deployment fails because of it".to_owned(),
        (_, []) => "no deployment fails because of it: it names none, and none came shortly before"
            .to_owned(),
        (_, fails) => {
            let named = match incident.deployment {
                Some(_) => "which it names",
                None => "the latest before it",
            };
            format!("fails {}, {named}", fails.join(", "))
        }
    }
}

/// A list as a screen.
pub fn incident_listing(said: &IncidentListing, zone: Tz, style: &Style) -> String {
    let mut page = Page::new(style);
    if said.incidents.is_empty() {
        page.sentence("No incident.");
    } else if style.accessible {
        for incident in &said.incidents {
            page.sentence(&sentence(incident, zone, style));
        }
    } else if style.width < NARROW {
        for incident in &said.incidents {
            page.paragraph(" ", Tone::Faint, &sentence(incident, zone, style), LINES);
        }
    } else {
        page.table(table(&said.incidents, zone, style));
    }
    if said.others > 0 {
        let words = format!(
            "{} not listed: dora incident list --all",
            plural(said.others, "more incident")
        );
        page.paragraph(" ", Tone::Faint, &words, 2);
    }
    page.finish()
}

fn table(incidents: &[IncidentEntry], zone: Tz, style: &Style) -> Table {
    let mut table = Table::new([
        Column::new("Incident").shrinks_to(36),
        Column::new("Opened"),
        Column::new("Lasted"),
        Column::new("Severity").expendable(1),
        Column::new("Title").shrinks_to(10),
    ]);
    for incident in incidents {
        let length = duration(incident.minutes);
        let lasted: Cell = match incident.resolved_at {
            Some(_) => length.into(),
            None => (format!("open, {length}"), Tone::Poor).into(),
        };
        let severity = incident.severity.as_deref().unwrap_or("-");
        table.row([
            style.foreign_within(&incident.id, 60).into(),
            calendar::minute(incident.opened_at, zone).into(),
            lasted,
            style.foreign_within(severity, 12).into(),
            style.foreign_within(&incident.title, 100).into(),
        ]);
        // Two ids do not fit side by side.
        let room = style.width.saturating_sub(6).max(8);
        for line in sanitize::wrap(&cause(incident, style), room) {
            table.below(format!("  {line}"));
        }
    }
    table
}

fn sentence(incident: &IncidentEntry, zone: Tz, style: &Style) -> String {
    let opened = calendar::minute(incident.opened_at, zone);
    let length = duration(incident.minutes);
    let when = match incident.resolved_at {
        Some(_) => format!("opened {opened}, lasted {length}"),
        None => format!("open since {opened}, for {length}"),
    };
    let severity = incident.severity.as_deref();
    let severity = severity.map(|it| format!(", {}", style.foreign_within(it, 12)));
    format!(
        "{}: {}{}, {when}; {}.",
        style.foreign(&incident.id),
        style.foreign(&incident.title),
        severity.unwrap_or_default(),
        cause(incident, style),
    )
}

/// A list as rows, which an import reads again.
///
/// # Errors
/// Only those of `out`.
pub fn incident_rows(said: &IncidentListing, out: &mut dyn Write) -> io::Result<()> {
    let rows = said.incidents.iter().map(|incident| {
        let cell = |text: &Option<String>| text.as_deref().map(csv::text).unwrap_or_default();
        [
            csv::text(&incident.id),
            csv::text(&incident.title),
            calendar::instant(incident.opened_at),
            incident
                .resolved_at
                .map(calendar::instant)
                .unwrap_or_default(),
            csv::decimal(Some(incident.minutes)),
            cell(&incident.environment),
            cell(&incident.deployment),
            cell(&incident.severity),
            incident
                .caused_by_change
                .map(|it| it.to_string())
                .unwrap_or_default(),
            csv::text(&incident.source),
            csv::text(&incident.fails.join(" ")),
        ]
    });
    csv::write(&COLUMNS, rows, out)
}

/// A list as a table in Markdown.
pub fn incident_markdown(said: &IncidentListing, zone: Tz) -> String {
    let mut text = String::new();
    markdown::heading(&mut text, "Incidents");
    if said.incidents.is_empty() {
        markdown::line(&mut text, "No incident.");
        return text;
    }
    let titles = [
        "Incident",
        "Opened",
        "Resolved",
        "Minutes",
        "Severity",
        "Environment",
        "Fails",
        "Title",
    ];
    markdown::header(&mut text, &titles, &[3]);
    for incident in &said.incidents {
        let safe = |text: &str| markdown::escaped(&sanitize(text, Charset::Unicode));
        let or_nothing = |cell: &Option<String>| cell.as_deref().map(safe).unwrap_or_default();
        let resolved = incident.resolved_at.map(|end| calendar::minute(end, zone));
        markdown::row(
            &mut text,
            &[
                &safe(&incident.id),
                &calendar::minute(incident.opened_at, zone),
                &resolved.unwrap_or_else(|| "open".to_owned()),
                &number(incident.minutes, 1),
                &or_nothing(&incident.severity),
                &or_nothing(&incident.environment),
                &match incident.caused_by_change {
                    Some(false) => "no change".to_owned(),
                    _ => safe(&incident.fails.join(", ")),
                },
                &safe(&incident.title),
            ],
        );
    }
    text
}

/// An import as a screen.
pub fn incident_import(said: &IncidentImportSummary, style: &Style) -> String {
    let mut page = Page::new(style);
    for file in &said.files {
        let words = format!(
            "{}: {} new, {} resolved, {} unchanged, {} skipped",
            style.foreign(&file.file),
            file.opened,
            file.resolved,
            file.unchanged,
            file.rows_skipped
        );
        page.paragraph("", Tone::Faint, &words, LINES);
        for place in &file.skipped {
            page.paragraph(
                " ! ",
                Tone::Notable,
                &style.foreign_within(place, 300),
                LINES,
            );
        }
        let more = file.rows_skipped.saturating_sub(file.skipped.len());
        if more > 0 {
            let words = format!("{} skipped", plural(more, "more row"));
            page.paragraph(" ! ", Tone::Notable, &words, LINES);
        }
    }
    if said.is_dry_run {
        page.paragraph("", Tone::Faint, "Nothing was written (--dry-run).", 2);
    }
    page.finish()
}
