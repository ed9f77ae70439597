//! The checks of `dora doctor`: a line each with its word, what was found below it and the command
//! that mends it. The same rows as CSV and Markdown; JSON is the document itself.

use std::io::{self, Write};

use crate::report::doctor::{CHECKS, Check, Doctor, Finding, Status};
use crate::report::quantity::plural;

use super::json::write_json;
use super::page::Page;
use super::style::{Style, Tone};
use super::{Charset, Format, csv, markdown, sanitize};

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
        Format::Json => write_json(doctor, out),
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

/// What is to be copied is broken between words only: a word that is too long stands on a line of its
/// own, whatever its length.
fn command(page: &mut Page<'_>, lead: &str, words: &str) {
    let indent = " ".repeat(sanitize::width(lead));
    let mut line = lead.to_owned();
    let mut is_empty = true;
    for word in words.split(' ') {
        let width = sanitize::width(&line) + sanitize::width(word);
        if !is_empty && width + 1 > page.style.width {
            let parts = [(lead.trim(), Tone::Strong)];
            page.sentence(&page.style.painted(&line, &parts));
            line.clone_from(&indent);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    let parts = [(lead.trim(), Tone::Strong)];
    page.sentence(&page.style.painted(&line, &parts));
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
        "{}: {} ok, {} warn, {} fail.",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn doctor() -> Doctor {
        let checks = vec![
            Check::new("path", "/usr/bin/dora"),
            Check::new("history", "shallow").warn(
                "this clone is shallow: history is cut at commit 1234567, the numbers are partial",
                "git fetch --unshallow".to_owned(),
            ),
            Check::new("lock", "free").note("process 1 (dora init) ended without a word"),
            Check::new("files", "none whole").fail(
                ".dora/metrics.json has schema version 9, this dora understands up to 1",
                None,
            ),
        ];
        Doctor::new(
            crate::model::instant_from_epoch(0),
            Some("shop".into()),
            checks,
        )
    }

    fn rendered(format: Format, style: &Style) -> String {
        let mut out = Vec::new();
        render(&doctor(), format, style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_check_is_a_line_and_what_was_found_stands_below_it() {
        let narrow = Style {
            width: 60,
            charset: Charset::Ascii,
            ..Style::default()
        };
        let expected = "\
ok    path          /usr/bin/dora
warn  history       shallow
      ! this clone is shallow: history is cut at commit
        1234567, the numbers are partial
        > git fetch --unshallow
fail  files         none whole
      ! .dora/metrics.json has schema version 9, this dora
        understands up to 1
ok    lock          free
      - process 1 (dora init) ended without a word

4 checks: 2 ok, 1 warn, 1 fail.
";
        assert_eq!(rendered(Format::Text, &narrow), expected);
    }

    #[test]
    fn colour_paints_the_words_and_adds_none() {
        let coloured = Style {
            colour: true,
            ..Style::default()
        };
        let painted = rendered(Format::Text, &coloured);
        assert!(painted.contains("\u{1b}[33mwarn\u{1b}[0m  history"));
        assert!(painted.contains("\u{1b}[1;35mfail\u{1b}[0m  files"));
        let mut plain = painted;
        for code in ["36", "33", "1;35", "1", "0"] {
            plain = plain.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(plain, rendered(Format::Text, &Style::default()));
    }

    #[test]
    fn what_is_to_be_copied_is_never_broken_inside_a_word() {
        let style = Style {
            width: 40,
            ..Style::default()
        };
        let mut page = Page::new(&style);
        let long = "/a/very/long/path/that/is/longer/than/any/line/here";
        command(
            &mut page,
            "  → ",
            &format!("git add {long} .dora/config.json"),
        );
        assert_eq!(
            page.finish(),
            format!("  → git add\n    {long}\n    .dora/config.json\n")
        );
    }

    #[test]
    fn spoken_csv_and_markdown_say_the_same() {
        let spoken = rendered(
            Format::Text,
            &Style {
                accessible: true,
                ..Style::default()
            },
        );
        assert!(spoken.contains(
            "history, warn: shallow.\nWarning: this clone is shallow: history is cut at commit \
             1234567, the numbers are partial. To mend it: git fetch --unshallow\n"
        ));
        let csv = rendered(Format::Csv, &Style::default());
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[1], "path,ok,/usr/bin/dora,,");
        assert!(lines[2].ends_with("are partial\",git fetch --unshallow"));
        let markdown = rendered(Format::Markdown, &Style::default());
        assert!(markdown.starts_with("# dora doctor: shop\n"));
        assert_eq!(
            markdown
                .lines()
                .filter(|line| line.starts_with("| "))
                .count(),
            6
        );
        let json: serde_json::Value =
            serde_json::from_str(&rendered(Format::Json, &Style::default())).unwrap();
        assert_eq!(json["status"], "fail");
        assert_eq!(
            json["checks"][1]["findings"][0]["mend"],
            "git fetch --unshallow"
        );
    }
}
