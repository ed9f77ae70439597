//! What is said on a screen after a deployment was recorded or marked: its id first, then what it is.

use chrono_tz::Tz;

use crate::report::quantity::plural;
use crate::report::recording::{
    DeploymentRecorded, MarkedDeployment, NewestDeployments, VerdictRow,
};

use super::calendar;
use super::lists::{short_version, verdict, versions};
use super::page::Page;
use super::style::{Style, Tone};
use super::table::{Cell, Column, Table};

/// The most lines of foreign words.
const LINES: usize = 6;
/// Below this width an id has no room beside anything else.
const NARROW: usize = 60;

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

/// What is said of a deployment.
pub fn marked_deployment(said: &MarkedDeployment, zone: Tz, style: &Style) -> String {
    let mut page = Page::new(style);
    let word = |failed: bool| match failed {
        true => "failed",
        false => "ok",
    };
    let tone = match said.failed {
        true => Tone::Poor,
        false => Tone::Good,
    };
    let by = |by_person: bool| match by_person {
        true => "by a person",
        false => "by the rules",
    };
    let id = style.foreign(&said.deployment);
    let now = word(said.failed);
    page.sentence(&style.painted(
        &format!("{id}: {now} {}", by(said.in_force.is_some())),
        &[(now, tone)],
    ));
    let kind = style.foreign(&said.kind);
    let environment = style.foreign_within(&said.environment, 40);
    let when = calendar::minute(said.timestamp, zone);
    let words = format!("{kind} to {environment}, {when} {zone}");
    page.paragraph("  ", Tone::Faint, &words, LINES);
    let words = match (said.is_new, said.failed == said.failed_before) {
        (true, false) => Some(format!("before: {}", word(said.failed_before))),
        (true, true) => Some(format!("before: {now}, too")),
        (false, _) => None,
    };
    if let Some(words) = words {
        page.paragraph("  ", Tone::Faint, &words, LINES);
    }
    if said.rules.is_empty() {
        page.paragraph("  ", Tone::Faint, "rules: none says that it failed", LINES);
    }
    for rule in &said.rules {
        let words = format!("rules: {}", style.foreign_within(rule, 300));
        page.paragraph("  ", Tone::Faint, &words, LINES);
    }
    for mark in &said.marks {
        page.paragraph("  ", Tone::Faint, &marked(mark, zone, style), LINES);
    }
    if let Some(rate) = &said.change_failure_rate {
        let words = format!(
            "change failure rate of {environment}, {}: {}/{} {} {}/{}",
            plural(rate.days as usize, "day"),
            rate.failed_before,
            rate.total_before,
            style.to(),
            rate.failed,
            rate.total,
        );
        page.paragraph("  ", Tone::Faint, &words, LINES);
    }
    page.finish()
}

fn marked(mark: &VerdictRow, zone: Tz, style: &Style) -> String {
    let said = match mark.verdict.as_str() {
        "undone" => "the verdict before was undone".to_owned(),
        verdict => format!("marked {}", style.foreign_within(verdict, 16)),
    };
    let reason = mark.reason.as_deref();
    let reason = reason.map(|reason| format!(": {}", style.foreign_within(reason, 300)));
    let reason = reason.unwrap_or_default();
    format!("{} {said}{reason}", calendar::minute(mark.at, zone))
}

/// The newest deployments, with the ids by which they are named.
pub fn newest_deployments(said: &NewestDeployments, zone: Tz, style: &Style) -> String {
    let mut page = Page::new(style);
    if said.deployments.is_empty() {
        page.sentence("No deployment is known.");
        return page.finish();
    }
    if style.accessible || style.width < NARROW {
        for row in &said.deployments {
            let words = format!(
                "{}: {}, {}, {}.",
                style.foreign(&row.id),
                verdict(row, style).0,
                calendar::minute(row.timestamp, zone),
                versions(&row.components, style),
            );
            match style.accessible {
                true => page.sentence(&words),
                false => page.paragraph(" ", Tone::Faint, &words, LINES),
            }
        }
        return page.finish();
    }
    let mut table = Table::new([
        Column::new("Deployment"),
        Column::new("Verdict"),
        Column::new("Time").expendable(2),
        Column::new("Components").shrinks_to(8).expendable(1),
    ]);
    for row in &said.deployments {
        table.row([
            style.foreign_within(&row.id, 60).into(),
            Cell::from(verdict(row, style)),
            calendar::minute(row.timestamp, zone).into(),
            versions(&row.components, style).into(),
        ]);
    }
    page.table(table);
    page.finish()
}
