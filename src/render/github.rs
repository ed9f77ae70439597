//! What GitHub is known to say: which workflows deploy where, which only look alike, what is covered.
//! Part of the screen of `init`, and the screen of `sync`.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::model::github::{GithubFound, WorkflowFound};
use crate::report::github::SyncSummary;
use crate::report::quantity::plural;

use super::calendar;
use super::page::Page;
use super::remarks;
use super::style::{Style, Tone};
use super::table::{Cell, Column, Table};

/// How many workflows that only look alike are listed.
const NEAR_MISSES: usize = 6;
/// How many notices are shown in full.
const NOTICES: usize = 6;

/// The screen of `sync`.
pub fn sync_summary(summary: &SyncSummary, zone: Tz, style: &Style) -> String {
    let mut page = Page::new(style);
    let repository = summary.found.repository.as_ref();
    let name = repository.map(ToString::to_string).unwrap_or_default();
    let title = [
        style.foreign(&name),
        format!("asked with {}", summary.asked_with),
        format!("since {}", calendar::day(summary.since, zone)),
    ]
    .join(&format!(" {} ", style.dot()));
    page.line(&title, &[(name.as_str(), Tone::Strong)]);
    page.blank();
    let mut table = Table::new([
        Column::new("Cached"),
        Column::new("Known").right(),
        Column::new("New").right(),
        Column::new("Known without a gap").shrinks_to(16),
    ]);
    for kind in &summary.kinds {
        let spans = kind.covered.iter().rev().take(3).map(|[start, end]| {
            let (start, end) = (calendar::day(*start, zone), calendar::day(*end, zone));
            format!("{start} {} {end}", style.to())
        });
        let spans: Vec<String> = spans.collect();
        table.row([
            Cell::from(kind.kind.clone()),
            Cell::from(kind.known.to_string()),
            Cell::from(kind.new.to_string()),
            Cell::from(match spans.is_empty() {
                true => "-".to_owned(),
                false => spans.join(", "),
            }),
        ]);
    }
    page.table(table);
    page.blank();
    workflows(&mut page, &summary.found, zone, style);
    page.blank();
    remarks::list(&mut page, &summary.notices, NOTICES, 3);
    page.finish()
}

/// The part of the screen of `init`; nothing where there is no remote on GitHub.
pub(super) fn section(page: &mut Page<'_>, found: &GithubFound, zone: Tz, style: &Style) {
    let Some(repository) = &found.repository else {
        return;
    };
    page.blank();
    let name = style.foreign(&repository.to_string());
    let age = match found.checked {
        Some(at) => format!("data of {}", calendar::minute(at, zone)),
        None => "never asked".to_owned(),
    };
    page.line(
        &format!("{name} {} {age}", style.dot()),
        &[(name.as_str(), Tone::Strong)],
    );
    if found.checked.is_some() {
        workflows(page, found, zone, style);
    }
}

fn workflows(page: &mut Page<'_>, found: &GithubFound, zone: Tz, style: &Style) {
    if found.workflows.is_empty() {
        let words = "No workflow was found that deploys. When one does, name it: \
                     environments.<name>.deploy_workflow in .dora/config.json";
        page.paragraph(" ", Tone::Faint, words, 3);
    } else {
        page.blank();
        table(page, &found.workflows, zone, style);
        for workflow in &found.workflows {
            let words = format!(
                "{} {} {}: {}",
                style.foreign(file_name(&workflow.path)),
                style.to(),
                style.foreign(&workflow.environment),
                style.foreign(&workflow.reason)
            );
            page.paragraph("   ", Tone::Faint, &words, 2);
        }
    }
    if found.near_misses.is_empty() {
        return;
    }
    page.paragraph(" ", Tone::Faint, "Not used:", 1);
    for miss in found.near_misses.iter().take(NEAR_MISSES) {
        let file = style.foreign(file_name(&miss.path));
        page.paragraph(
            "   ",
            Tone::Faint,
            &format!("{file}: {}", style.foreign(&miss.why)),
            2,
        );
    }
    let more = found.near_misses.len().saturating_sub(NEAR_MISSES);
    if more > 0 {
        page.paragraph(
            "   ",
            Tone::Faint,
            &format!("and {}", plural(more, "more workflow")),
            1,
        );
    }
}

fn table(page: &mut Page<'_>, workflows: &[WorkflowFound], zone: Tz, style: &Style) {
    let mut table = Table::new([
        Column::new("Deploy workflow").shrinks_to(14),
        Column::new("Environment").shrinks_to(10),
        Column::new("Runs").right(),
        Column::new("Last").expendable(1),
        Column::new("Known since").expendable(2),
    ]);
    let day = |at: Option<DateTime<Utc>>| at.map_or("-".to_owned(), |at| calendar::day(at, zone));
    for workflow in workflows {
        let ended = match (workflow.last, workflow.last_conclusion) {
            (None, _) => "-".to_owned(),
            (last, None) => format!("{} running", day(last)),
            (last, Some(conclusion)) => format!("{} {}", day(last), conclusion.name()),
        };
        table.row([
            Cell::from(style.foreign(file_name(&workflow.path))),
            Cell::from(style.foreign(&workflow.environment)),
            Cell::from(workflow.runs.to_string()),
            Cell::from(ended),
            Cell::from(day(workflow.known_since)),
        ]);
    }
    page.table(table);
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
