//! What is said on a screen after something was recorded: its id first, then what it is.

use chrono_tz::Tz;

use crate::report::recording::DeploymentRecorded;

use super::calendar;
use super::lists::short_version;
use super::page::Page;
use super::style::{Style, Tone};

/// The most lines of foreign words.
const LINES: usize = 6;

/// A recorded deployment.
pub fn deployment_recorded(recorded: &DeploymentRecorded, zone: Tz, style: &Style) -> String {
    let mut page = Page::new(style);
    let id = style.foreign(&recorded.id);
    let verb = match (recorded.is_new, recorded.is_reworded) {
        (true, _) => "recorded",
        (false, true) => "recorded already, with a new note:",
        (false, false) => "recorded already:",
    };
    page.sentence(&format!("{verb} {id}"));
    let facts = &recorded.deployment;
    let versions: Vec<String> = facts
        .components
        .iter()
        .map(|(name, version)| {
            let name = style.foreign_within(name, 40);
            format!("{name} {}", short_version(version, style))
        })
        .collect();
    let what = match facts.success {
        true => "",
        false => "failed attempt: ",
    };
    let words = format!(
        "{what}{} {} {}, {} {zone}",
        versions.join(", "),
        style.to(),
        style.foreign_within(&facts.environment, 40),
        calendar::minute(facts.time, zone),
    );
    page.paragraph("  ", Tone::Faint, &words, LINES);
    if let Some(note) = &facts.note {
        let words = format!("note: {}", style.foreign(note));
        page.paragraph("  ", Tone::Faint, &words, LINES);
    }
    if let Some(same) = &recorded.same_as {
        let words = format!(
            "one deployment with {}, which another source tells of",
            style.foreign(same)
        );
        page.paragraph("  ", Tone::Faint, &words, LINES);
    }
    page.finish()
}
