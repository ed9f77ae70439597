//! The screen of `import`: per file what was recognised and what was new; below it what was skipped and
//! which statuses no stage names. With `--accessible` the same in sentences.

use crate::report::import::{FileImported, ImportSummary};
use crate::report::quantity::plural;

use super::page::Page;
use super::remarks;
use super::style::{Style, Tone};
use super::table::{Cell, Column, Table};

/// How many statuses, versions and notices are listed.
const STATUSES: usize = 12;
const VERSIONS: usize = 5;
const NOTICES: usize = 6;

/// An import as a screen.
pub fn import_summary(summary: &ImportSummary, style: &Style) -> String {
    let mut page = Page::new(style);
    if summary.made_store {
        page.paragraph(" ", Tone::Faint, "Made .dora/, where imports are kept.", 2);
        page.blank();
    }
    if style.accessible {
        for file in &summary.files {
            page.sentence(&sentence(file, style));
        }
    } else {
        files(&mut page, &summary.files, style);
    }
    for file in &summary.files {
        details(&mut page, file, style);
    }
    if !summary.notices.is_empty() {
        page.blank();
        remarks::list(&mut page, &summary.notices, NOTICES, 3);
    }
    let next = match (&summary.next, summary.is_dry_run) {
        (_, true) => Some("Nothing was written (--dry-run).".to_owned()),
        (Some(command), false) => Some(format!("Next: {command}")),
        (None, false) => None,
    };
    if let Some(words) = next {
        page.blank();
        page.paragraph(" ", Tone::Faint, &words, 2);
    }
    page.finish()
}

fn files(page: &mut Page<'_>, files: &[FileImported], style: &Style) {
    let mut table = Table::new([
        Column::new("File").shrinks_to(16).keeps_end(),
        Column::new("Format").shrinks_to(12).expendable(2),
        Column::new("New").right(),
        Column::new("Changed").right(),
        Column::new("Unchanged").right().expendable(3),
        Column::new("Events new").right(),
        Column::new("Skipped").right().expendable(1),
    ]);
    for file in files {
        let title = match (&file.format_title, &file.error) {
            (_, Some(_)) => "not read",
            (Some(title), None) => title,
            (None, None) => "",
        };
        let count = |count: u64| match file.error {
            Some(_) => Cell::from(String::new()),
            None => Cell::from(count.to_string()),
        };
        table.row([
            Cell::from(style.foreign(&file.file)),
            Cell::from(title.to_owned()),
            count(file.items_new),
            count(file.items_changed),
            count(file.items_unchanged),
            count(file.events_new),
            count(file.rows_skipped),
        ]);
    }
    page.table(table);
}

/// One file for a screen reader.
fn sentence(file: &FileImported, style: &Style) -> String {
    let name = style.foreign(&file.file);
    if file.error.is_some() {
        return format!("{name}: not read.");
    }
    let title = file.format_title.as_deref().unwrap_or("unknown format");
    format!(
        "{name}: {title}. {} new, {} changed, {} unchanged. {} new. {} skipped.",
        many(file.items_new, "item"),
        file.items_changed,
        file.items_unchanged,
        many(file.events_new, "event"),
        many(file.rows_skipped, "row"),
    )
}

fn details(page: &mut Page<'_>, file: &FileImported, style: &Style) {
    let warning = |page: &mut Page<'_>, words: &str| {
        page.paragraph(" ! ", Tone::Notable, words, 4);
    };
    let name = style.foreign(&file.file);
    if let Some(error) = &file.error {
        page.blank();
        let mut words = format!("{name}: {}", style.foreign(error));
        words.push_str(&remarks::led_in("; ", file.hint.as_deref(), style));
        warning(page, &words);
        return;
    }
    page.blank();
    page.paragraph(" ", Tone::Faint, &format!("{name}: {}", history(file)), 3);
    if file.items_left_out > 0 {
        let words = format!(
            "{} did not change since then and {} left out",
            many(file.items_left_out, "item"),
            if file.items_left_out == 1 {
                "was"
            } else {
                "were"
            }
        );
        page.paragraph("   ", Tone::Faint, &words, 2);
    }
    for version in file.versions_skipped.iter().take(VERSIONS) {
        warning(page, &style.foreign(version));
    }
    more(page, file.versions_skipped.len(), VERSIONS, "version");
    for row in &file.skipped {
        warning(page, &style.foreign(row));
    }
    let told = file.skipped.len();
    more(
        page,
        usize::try_from(file.rows_skipped).unwrap_or(usize::MAX),
        told,
        "skipped row",
    );
    if !file.unnamed_statuses.is_empty() {
        let words = "Statuses that no stage names; name them in flow.stages of .dora/config.json:";
        warning(page, words);
        for status in file.unnamed_statuses.iter().take(STATUSES) {
            let goes = match &status.stage {
                Some(stage) => format!("counted as {}, by its category", style.foreign(stage)),
                None => "items in it stay where they were".to_owned(),
            };
            let words = format!(
                "{}: {}; {goes}",
                style.foreign(&status.name),
                many(status.events, "event")
            );
            page.paragraph("   ", Tone::Faint, &words, 2);
        }
        more(page, file.unnamed_statuses.len(), STATUSES, "status");
    }
    for notice in file.notices.iter().take(NOTICES) {
        remarks::list(page, std::slice::from_ref(notice), 1, 4);
    }
    more(page, file.notices.len(), NOTICES, "notice");
}

/// How much of the past the file told.
fn history(file: &FileImported) -> String {
    let known = file.history;
    let mut parts = Vec::new();
    if let Some(versions) = file.versions_read {
        parts.push(format!("{} of git history", many(versions, "version")));
    }
    for (count, words) in [
        (known.complete, "with the whole history"),
        (known.partial, "with part of their history"),
        (known.approximate, "with their present state alone"),
    ] {
        if count > 0 {
            parts.push(format!("{} {words}", many(count, "item")));
        }
    }
    if parts.is_empty() {
        return "no items in it".to_owned();
    }
    parts.join(", ")
}

fn more(page: &mut Page<'_>, all: usize, shown: usize, noun: &str) {
    let rest = all.saturating_sub(shown);
    if rest > 0 {
        let words = match noun {
            "status" => format!("and {rest} more statuses"),
            _ => format!("and {}", plural(rest, &format!("more {noun}"))),
        };
        page.paragraph("   ", Tone::Faint, &words, 2);
    }
}

fn many(count: u64, noun: &str) -> String {
    plural(usize::try_from(count).unwrap_or(usize::MAX), noun)
}
