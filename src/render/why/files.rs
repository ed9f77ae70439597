//! An answer as CSV, one row per row of its sections, and as Markdown, a table per section.

use std::io::{self, Write};

use crate::report::why::Why;

use super::super::calendar;
use super::super::csv::write;
use super::super::markdown::{escaped, header, heading, line, row};
use super::super::style::Style;
use super::screen::when;
use super::words;

/// Every row of every section: the section's key and role, then the columns of all sections in the order in
/// which they come first.
pub(super) fn csv(why: &Why, out: &mut dyn Write) -> io::Result<()> {
    let mut keys: Vec<&'static str> = Vec::new();
    for column in why.sections.iter().flat_map(|section| &section.columns) {
        if !keys.contains(&column.key) {
            keys.push(column.key);
        }
    }
    let header: Vec<&str> = ["section", "role"]
        .into_iter()
        .chain(keys.clone())
        .collect();
    let rows = why.sections.iter().flat_map(|section| {
        let places: Vec<Option<usize>> = keys
            .iter()
            .map(|key| section.columns.iter().position(|column| column.key == *key))
            .collect();
        section.rows.iter().map(move |row| {
            let first = [section.key.to_owned(), words::role(section.role).to_owned()];
            let cells = places.iter().map(|place| {
                let cell = place.and_then(|place| row.get(place));
                cell.map(words::in_csv).unwrap_or_default()
            });
            first.into_iter().chain(cells).collect::<Vec<String>>()
        })
    });
    write(&header, rows, out)
}

/// The whole answer; it holds every row.
pub(super) fn markdown(why: &Why) -> String {
    let style = Style::default();
    let zone = calendar::zone(&why.timezone);
    let said = |text: &str| escaped(&style.foreign(text));
    let mut text = String::new();
    line(
        &mut text,
        &format!("# {}: {}", said(&why.title), said(&why.figure.text)),
    );
    line(&mut text, "");
    let mut subject: Vec<String> = Vec::new();
    subject.extend(Some(why.repository.clone()).filter(|name| !name.is_empty()));
    subject.extend(why.environment.clone());
    subject.extend(
        why.component
            .as_ref()
            .map(|name| format!("component {name}")),
    );
    subject.push(match &why.deployment {
        Some(deployment) => deployment.clone(),
        None => when(why, &style),
    });
    line(&mut text, &format!("{}.", said(&subject.join(", "))));
    line(&mut text, "");
    line(&mut text, &said(&why.definition));
    for section in &why.sections {
        let title = format!("{} ({})", said(&section.title), section.rows.len());
        heading(&mut text, &title);
        if section.rows.is_empty() {
            line(&mut text, &said(section.when_empty));
            continue;
        }
        let titles: Vec<&str> = section.columns.iter().map(|column| column.title).collect();
        let right: Vec<usize> = (0..titles.len())
            .filter(|&column| {
                let mut cells = section.rows.iter().filter_map(|row| row.get(column));
                cells.any(words::is_number)
            })
            .collect();
        header(&mut text, &titles, &right);
        for cells in &section.rows {
            let cells: Vec<String> = cells
                .iter()
                .map(|cell| escaped(&words::on_screen(cell.in_file(), zone, &style)))
                .collect();
            row(
                &mut text,
                &cells.iter().map(String::as_str).collect::<Vec<_>>(),
            );
        }
    }
    list(
        &mut text,
        "Arithmetic",
        why.arithmetic.iter().map(|step| said(step)),
    );
    let notices = why.notices.iter().map(|notice| match &notice.hint {
        Some(hint) => format!("{}: {}", said(&notice.message), said(hint)),
        None => said(&notice.message),
    });
    list(&mut text, "Notices", notices);
    text
}

fn list(text: &mut String, title: &str, points: impl ExactSizeIterator<Item = String>) {
    if points.len() == 0 {
        return;
    }
    heading(text, title);
    for point in points {
        line(text, &format!("- {point}"));
    }
}
