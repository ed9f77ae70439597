//! What is said on a screen after a deployment was recorded or marked: its id first, then what it is.

use chrono_tz::Tz;

use crate::model::shell_word;
use crate::report::quantity::plural;
use crate::report::recording::{
    DeploymentRecorded, MarkedDeployment, NewestDeployments, VerdictRow,
};
use crate::report::{ComponentRow, DeploymentRow};

use super::calendar;
use super::lists::{short_version, verdict};
use super::page::Page;
use super::sanitize;
use super::style::{Style, Tone};
use super::table::{Cell, Column, Table};

/// The most lines of foreign words.
const LINES: usize = 6;
/// Below this width an id has no room beside anything else.
const NARROW: usize = 60;
/// Columns of an id, and of the name of a component.
const ID: usize = 60;
const NAME: usize = 24;

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
        page.sentence(&match &said.environment {
            Some(name) => format!("No deployment to {} is known.", style.foreign(name)),
            None => "No deployment is known.".to_owned(),
        });
        return page.finish();
    }
    if style.accessible || style.width < NARROW {
        for row in &said.deployments {
            let words = format!(
                "{}: {}, {}, {}.",
                style.foreign(&row.id),
                verdict(row, style).0,
                calendar::minute(row.timestamp, zone),
                deployed(&row.components, style).join(", "),
            );
            match style.accessible {
                true => page.sentence(&words),
                false => page.paragraph(" ", Tone::Faint, &words, LINES),
            }
        }
    } else {
        page.table(table(&said.deployments, zone, style));
    }
    if said.others > 0 {
        let of = said.environment.as_deref();
        let of = of.map(|name| format!("--environment {} ", style.foreign(&shell_word(name))));
        let words = format!(
            "{} not listed: dora mark {}--all",
            plural(said.others, "older deployment"),
            of.unwrap_or_default(),
        );
        page.paragraph(" ", Tone::Faint, &words, LINES);
    }
    page.finish()
}

fn table(deployments: &[DeploymentRow], zone: Tz, style: &Style) -> Table {
    let mut table = Table::new([
        Column::new("Deployment"),
        Column::new("Verdict"),
        Column::new("Time").expendable(1),
        Column::new("Deployed"),
    ]);
    let widest = |texts: &mut dyn Iterator<Item = String>| {
        texts.map(|text| sanitize::width(&text)).max().unwrap_or(0)
    };
    let ids = widest(
        &mut deployments
            .iter()
            .map(|row| style.foreign_within(&row.id, ID)),
    );
    let verdicts = widest(&mut deployments.iter().map(|row| verdict(row, style).0));
    let room = style.width.saturating_sub(ids + verdicts.max(7) + 5);
    for row in deployments {
        let parts = deployed(&row.components, style);
        let words = parts.join(", ");
        // What does not fit beside the other columns goes below, in full.
        let fits = sanitize::width(&words) <= room;
        let beside = match (fits, parts.len()) {
            (true, _) => words.clone(),
            (false, 1) => String::new(),
            (false, several) => plural(several, "component"),
        };
        table.row([
            style.foreign_within(&row.id, ID).into(),
            Cell::from(verdict(row, style)),
            calendar::minute(row.timestamp, zone).into(),
            beside.into(),
        ]);
        if !fits {
            let room = style.width.saturating_sub(6).max(8);
            for line in sanitize::wrap(&words, room) {
                table.below(format!("  {line}"));
            }
        }
    }
    table
}

/// What runs since then: `api 5d6e7f8`, `web 1.4.0 (baseline)`.
fn deployed(components: &[ComponentRow], style: &Style) -> Vec<String> {
    let said = components.iter().map(|component| {
        let name = style.foreign_within(&component.name, NAME);
        let to = short_version(&component.to, style);
        match component.kind.as_str() {
            "forward" => format!("{name} {to}"),
            kind => format!("{name} {to} ({})", style.foreign_within(kind, 12)),
        }
    });
    said.collect()
}
