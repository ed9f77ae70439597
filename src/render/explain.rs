//! An answer of `dora explain` as a screen and as files. Without a term the screen lists names, files
//! hold everything.

use std::io::{self, Write};

use crate::report::explain::{Entry, Explanation, Kind, LimitRow};

use super::json::write_json;
use super::markdown::{escaped, header, heading, line, row};
use super::page::Page;
use super::style::{Style, Tone};
use super::table::{Cell, Column, Table};
use super::{Format, csv};

/// Writes the answer. `style` matters to the text format only.
///
/// # Errors
/// Only those of `out`.
pub fn explanation(
    answer: &Explanation,
    format: Format,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => out.write_all(text(answer, style).as_bytes()),
        Format::Json => write_json(answer, out),
        Format::Csv => {
            let columns = ["kind", "name", "also", "meaning", "details", "page"];
            csv::write(&columns, answer.entries.iter().map(cells), out)
        }
        Format::Markdown => out.write_all(markdown(answer).as_bytes()),
    }
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Metric => "Metrics",
        Kind::Word => "Words",
        Kind::FailureRule => "Failure rules",
        Kind::Finding => "Findings",
        Kind::TrendRule => "Rules of trends",
        Kind::Notice => "Notices",
        Kind::Profile => "Profiles of bands",
        Kind::ExitCode => "Exit codes",
    }
}

fn single(kind: Kind) -> &'static str {
    match kind {
        Kind::Metric => "metric",
        Kind::Word => "word of the glossary",
        Kind::FailureRule => "failure rule",
        Kind::Finding => "rule of findings",
        Kind::TrendRule => "rule of trends",
        Kind::Notice => "notice",
        Kind::Profile => "profile of bands",
        Kind::ExitCode => "exit code",
    }
}

/// The entries of each kind that has any.
fn by_kind(answer: &Explanation) -> impl Iterator<Item = (Kind, Vec<&Entry>)> {
    Kind::ALL.into_iter().filter_map(|kind| {
        let entries = answer.entries.iter().filter(|entry| entry.kind == kind);
        let entries: Vec<&Entry> = entries.collect();
        (!entries.is_empty()).then_some((kind, entries))
    })
}

fn text(answer: &Explanation, style: &Style) -> String {
    let mut page = Page::new(style);
    match answer.term {
        Some(_) => answer
            .entries
            .iter()
            .for_each(|entry| one(&mut page, entry)),
        None => names(&mut page, answer),
    }
    page.finish()
}

fn names(page: &mut Page<'_>, answer: &Explanation) {
    for (kind, entries) in by_kind(answer) {
        let names: Vec<String> = entries
            .iter()
            .map(|entry| page.style.foreign(&entry.name))
            .collect();
        if page.style.accessible {
            page.sentence(&format!("{}: {}.", plural(kind), names.join(", ")));
            continue;
        }
        page.heading(plural(kind));
        page.wrapped("  ", &names.join(", "), &[], usize::MAX);
    }
    if !page.style.accessible {
        page.blank();
    }
    page.paragraph(
        " ",
        Tone::Faint,
        "dora explain TERM defines one.",
        usize::MAX,
    );
}

fn one(page: &mut Page<'_>, entry: &Entry) {
    let style = *page.style;
    let name = style.foreign(&entry.name);
    let mut title = format!("{name} {} {}", style.dot(), single(entry.kind));
    if !entry.also.is_empty() {
        title.push_str(&format!("; also {}", style.foreign(&entry.also.join(", "))));
    }
    let meaning = style.foreign(&entry.text);
    let mut facts: Vec<(&str, String)> = entry
        .facts
        .iter()
        .map(|fact| (fact.label.as_str(), style.foreign(&fact.text)))
        .collect();
    facts.extend(entry.page.map(|path| ("more", path.to_owned())));
    if style.accessible {
        page.sentence(&format!("{title}."));
        page.sentence(&meaning);
        for (label, text) in facts {
            page.sentence(&format!("{label}: {text}"));
        }
    } else {
        page.blank();
        page.wrapped("", &title, &[(name.as_str(), Tone::Strong)], usize::MAX);
        page.wrapped("  ", &meaning, &[], usize::MAX);
        page.facts(&facts);
    }
    if !entry.limits.is_empty() {
        let table = limits(&entry.limits, &style);
        match table.width() <= style.width || style.accessible {
            true => page.table(table),
            false => {
                for sentence in table.sentences() {
                    page.wrapped("  ", &sentence, &[], usize::MAX);
                }
            }
        }
        let rest = "What fits no limit is low; the bands are tried from the left.";
        page.wrapped(
            if style.accessible { "" } else { "  " },
            rest,
            &[],
            usize::MAX,
        );
    }
}

fn limits(rows: &[LimitRow], style: &Style) -> Table {
    let mut table = Table::new(["Metric", "Elite", "High", "Medium"].map(Column::new));
    for limit in rows {
        let written = [&limit.elite, &limit.high, &limit.medium].map(|written| {
            let written = written.as_deref().unwrap_or("-");
            Cell::from(style.foreign(written))
        });
        table.row(std::iter::once(Cell::from(limit.metric)).chain(written));
    }
    table
}

/// Facts and limits as one text: `formula: a ÷ b; …`.
fn details(entry: &Entry) -> String {
    let facts = entry
        .facts
        .iter()
        .map(|fact| format!("{}: {}", fact.label, fact.text));
    let limits = entry.limits.iter().map(|row| {
        let bands = [
            ("elite", &row.elite),
            ("high", &row.high),
            ("medium", &row.medium),
        ];
        let bands = bands
            .into_iter()
            .filter_map(|(band, limit)| Some(format!("{band} {}", limit.as_deref()?)));
        format!("{}: {}", row.metric, bands.collect::<Vec<_>>().join(", "))
    });
    facts.chain(limits).collect::<Vec<_>>().join("; ")
}

fn cells(entry: &Entry) -> [String; 6] {
    [
        entry.kind.name().to_owned(),
        csv::text(&entry.name),
        csv::text(&entry.also.join(", ")),
        csv::text(&entry.text),
        csv::text(&details(entry)),
        entry.page.unwrap_or_default().to_owned(),
    ]
}

fn markdown(answer: &Explanation) -> String {
    let mut text = String::new();
    let title = match &answer.term {
        Some(term) => escaped(&Style::default().foreign(term)),
        None => "Terms".to_owned(),
    };
    line(&mut text, &format!("# {title}"));
    for (kind, entries) in by_kind(answer) {
        heading(&mut text, plural(kind));
        header(&mut text, &["name", "meaning", "details"], &[]);
        for entry in entries {
            let also = match entry.also.is_empty() {
                true => String::new(),
                false => format!(" ({})", entry.also.join(", ")),
            };
            row(
                &mut text,
                &[
                    &escaped(&format!("{}{also}", entry.name)),
                    &escaped(&entry.text),
                    &escaped(&details(entry)),
                ],
            );
        }
    }
    text
}
