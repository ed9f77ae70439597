//! The screen of `init`: what was found and how it will be read, as two tables.

use chrono_tz::Tz;

use crate::report::inventory::{ComponentFound, EnvironmentFound, Inventory};
use crate::report::quantity::plural;

use super::calendar;
use super::github;
use super::page::Page;
use super::remarks;
use super::style::{Style, Tone};
use super::table::{Cell, Column, Table};

/// How many notices are shown in full.
const NOTICES: usize = 6;

/// The inventory as a screen.
pub fn inventory(found: &Inventory, zone: Tz, style: &Style) -> String {
    let mut page = Page::new(style);
    let name = style.foreign(&found.repository);
    let title = [
        name.clone(),
        plural(found.environments.len(), "environment"),
        plural(found.components.len(), "component"),
        format!("{} read", plural(found.commits, "commit")),
    ]
    .join(&format!(" {} ", style.dot()));
    page.line(&title, &[(name.as_str(), Tone::Strong)]);
    page.blank();
    if found.environments.is_empty() {
        nothing(&mut page);
    } else {
        environments(&mut page, &found.environments, zone, style);
        page.blank();
        components(&mut page, &found.components, style);
    }
    github::section(&mut page, &found.github, zone, style);
    page.blank();
    remarks::list(&mut page, &found.notices, NOTICES, 3);
    page.finish()
}

fn nothing(page: &mut Page<'_>) {
    for words in [
        "No deployments were found: no state files, no release tags, no records.",
        "To start, let the pipeline commit what it deployed, at every deployment, as \
         state/production-deployed-versions.json:",
        "  { \"app\": { \"version\": \"<full commit id>\" }, \"deployed_at\": \
         \"2026-01-15T10:30:00Z\" }",
        "Or tag releases (v1.2.3): tags are read when there is nothing else.",
        "To see what a report looks like: dora demo",
    ] {
        page.paragraph(" ", Tone::Faint, words, 3);
    }
}

fn environments(page: &mut Page<'_>, rows: &[EnvironmentFound], zone: Tz, style: &Style) {
    let mut table = Table::new([
        Column::new("Environment").shrinks_to(16),
        Column::new("Snapshots").right().expendable(1),
        Column::new("Deployments").right(),
        Column::new("Unresolved").right().expendable(2),
        Column::new("Changes").right().expendable(4),
        Column::new("First").expendable(6),
        Column::new("Last").expendable(5),
        Column::new("Read from").shrinks_to(24),
    ]);
    for row in rows {
        let name = style.foreign(&row.name);
        let day = |at: Option<_>| at.map_or(String::new(), |at| calendar::day(at, zone));
        let marked = if row.is_measured {
            format!("{name} *")
        } else {
            name
        };
        table.row([
            Cell::from(marked),
            Cell::from((row.snapshots + row.recorded).to_string()),
            Cell::from(row.deployments.to_string()),
            Cell::from(row.unresolved.to_string()),
            Cell::from(row.changes.to_string()),
            Cell::from(day(row.first)),
            Cell::from(day(row.last)),
            Cell::from(style.foreign(&row.source_detail)),
        ]);
    }
    page.table(table);
    if let Some(measured) = rows.iter().find(|row| row.is_measured) {
        let words = if measured.is_production {
            "the measured environment"
        } else {
            "the measured environment, which is not a production environment \
             (measured_environment in .dora/config.json chooses)"
        };
        page.paragraph(" * ", Tone::Faint, words, 3);
    }
}

fn components(page: &mut Page<'_>, rows: &[ComponentFound], style: &Style) {
    let mut table = Table::new([
        Column::new("Component").shrinks_to(10),
        Column::new("Versions are commits of").shrinks_to(20),
        Column::new("Paths").shrinks_to(8).expendable(1),
        Column::new("Versions").right().expendable(2),
        Column::new("Resolved").right(),
    ]);
    for row in rows {
        let place = match (row.repository.as_deref(), row.decided_by.as_str()) {
            (None, "config") => "a configured repository that is missing".to_owned(),
            (None, _) => "no repository that was found".to_owned(),
            (Some("."), _) => "this repository".to_owned(),
            (Some(place), how) => format!("{} ({how})", style.foreign(place)),
        };
        let paths = if row.paths.is_empty() {
            "-".to_owned()
        } else {
            style.foreign(&row.paths.join(" "))
        };
        table.row([
            Cell::from(style.foreign(&row.name)),
            Cell::from(place),
            Cell::from(paths),
            Cell::from(row.versions.to_string()),
            Cell::from(row.resolved.to_string()),
        ]);
    }
    page.table(table);
}
