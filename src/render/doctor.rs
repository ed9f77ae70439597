//! The checks of `dora doctor`: a line each with its word, what was found below it and the command
//! that mends it. The same rows as CSV and Markdown; JSON is the document itself.

use std::io::{self, Write};

use crate::report::doctor::{CHECKS, Check, Doctor, Finding, Status};
use crate::report::quantity::plural;

use super::page::Page;
use super::style::{Style, Tone};
use super::{Charset, Format, csv, markdown, sanitize, tame_json};

/// The most lines of one finding, or of one way to mend it.
const LINES: usize = 6;

const COLUMNS: [&str; 5] = ["Check", "Status", "Summary", "Finding", "Mend"];

/// Writes it.
///
/// # Errors
/// When `out` refuses.
pub fn render(
    doctor: &Doctor,
    format: Format,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text if style.accessible => out.write_all(sentences(doctor, style).as_bytes()),
        Format::Text => out.write_all(screen(doctor, style).as_bytes()),
        Format::Json => {
            let text = serde_json::to_string_pretty(doctor).map_err(io::Error::other)?;
            writeln!(out, "{}", tame_json(&text))
        }
        Format::Csv => {
            let rows = rows(doctor).map(|(check, finding)| {
                let found = |text: fn(&Finding) -> Option<&str>| {
                    csv::text(finding.and_then(text).unwrap_or_default())
                };
                [
                    check.code.to_owned(),
                    status_of(check, finding).word().to_owned(),
                    csv::text(&check.summary),
                    found(|finding| Some(&finding.message)),
                    found(|finding| finding.mend.as_deref()),
                ]
            });
            csv::write(&COLUMNS, rows, out)
        }
        Format::Markdown => out.write_all(document(doctor).as_bytes()),
    }
}

fn tone(status: Status) -> Tone {
    match status {
        Status::Ok => Tone::Good,
        Status::Warn => Tone::Notable,
        Status::Fail => Tone::Poor,
    }
}

fn screen(doctor: &Doctor, style: &Style) -> String {
    let mut page = Page::new(style);
    let widest = CHECKS.iter().map(|(_, name)| name.len()).max();
    let widest = widest.unwrap_or_default();
    let indent = " ".repeat("fail  ".len());
    for check in &doctor.checks {
        let word = check.status.word();
        let lead = format!("{word:<4}  {:<widest$}  ", check.name());
        let summary = style.foreign(&check.summary);
        page.wrapped(&lead, &summary, &[(word, tone(check.status))], LINES);
        for finding in &check.findings {
            let mark = match finding.status {
                Status::Ok => style.dot(),
                Status::Warn | Status::Fail => "!",
            };
            let words = style.foreign(&finding.message);
            let lead = format!("{indent}{mark} ");
            page.paragraph(&lead, tone(finding.status), &words, LINES);
            if let Some(mend) = &finding.mend {
                let lead = format!("{indent}  {} ", style.advice());
                command(&mut page, &lead, &style.foreign(mend));
            }
        }
    }
    page.blank();
    page.sentence(&verdict(doctor));
    page.finish()
}

/// A command that can be copied is not cut: one that is too long for the line stands as it is.
fn command(page: &mut Page<'_>, lead: &str, words: &str) {
    let is_one_word_too_long = words
        .split(' ')
        .any(|word| sanitize::width(lead) + sanitize::width(word) > page.style.width);
    if is_one_word_too_long {
        let text = page
            .style
            .painted(&format!("{lead}{words}"), &[(lead.trim(), Tone::Strong)]);
        page.sentence(&text);
    } else {
        page.paragraph(lead, Tone::Strong, words, LINES);
    }
}

fn sentences(doctor: &Doctor, style: &Style) -> String {
    let mut page = Page::new(style);
    for check in &doctor.checks {
        page.sentence(&format!(
            "{}, {}: {}.",
            check.name(),
            check.status.word(),
            style.foreign(&check.summary)
        ));
        for finding in &check.findings {
            let word = match finding.status {
                Status::Ok => "Note",
                Status::Warn => "Warning",
                Status::Fail => "Failure",
            };
            let mend = finding.mend.as_ref();
            let mend = mend.map_or_else(String::new, |mend| {
                format!(" To mend it: {}", style.foreign(mend))
            });
            let message = style.foreign(&finding.message);
            page.sentence(&format!("{word}: {message}.{mend}"));
        }
    }
    page.sentence(&verdict(doctor));
    page.finish()
}

fn verdict(doctor: &Doctor) -> String {
    let counts = [Status::Ok, Status::Warn, Status::Fail].map(|status| doctor.count(status));
    format!(
        "{}: {} ok, {} to look at, {} failed.",
        plural(doctor.checks.len(), "check"),
        counts[0],
        counts[1],
        counts[2]
    )
}

/// A row per finding; one for a check without any.
fn rows(doctor: &Doctor) -> impl Iterator<Item = (&Check, Option<&Finding>)> {
    doctor.checks.iter().flat_map(|check| {
        let alone = check.findings.is_empty().then_some((check, None));
        let findings = check.findings.iter().map(move |it| (check, Some(it)));
        alone.into_iter().chain(findings)
    })
}

fn status_of(check: &Check, finding: Option<&Finding>) -> Status {
    finding.map_or(check.status, |finding| finding.status)
}

fn document(doctor: &Doctor) -> String {
    let mut text = String::new();
    let safe = |words: &str| markdown::escaped(&sanitize::sanitize(words, Charset::Unicode));
    let repository = doctor.repository.as_deref().unwrap_or("no repository");
    markdown::line(&mut text, &format!("# dora doctor: {}", safe(repository)));
    markdown::line(&mut text, "");
    markdown::header(&mut text, &COLUMNS, &[]);
    for (check, finding) in rows(doctor) {
        let message = finding.map_or("", |finding| &finding.message);
        let mend = finding.and_then(|finding| finding.mend.as_deref());
        markdown::row(
            &mut text,
            &[
                check.name(),
                status_of(check, finding).word(),
                &safe(&check.summary),
                &safe(message),
                &safe(mend.unwrap_or_default()),
            ],
        );
    }
    markdown::line(&mut text, "");
    markdown::line(&mut text, &verdict(doctor));
    text
}
