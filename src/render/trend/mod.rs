//! `dora trend` as bytes: `screen` is the text, with `chart` on a `scale` and the words of `figures` and
//! `said`; `rows` and `document` are the files.

mod chart;
mod document;
mod figures;
mod rows;
mod said;
#[cfg(test)]
mod sample;
mod scale;
mod screen;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use crate::report::trend::TrendReport;

use super::Format;
use super::json::write_json;
use super::page::Page;
use super::style::Style;

/// Writes the document. `style` matters to the text format only; files want `Style::default()`.
///
/// # Errors
/// Only those of `out`.
pub fn render(
    report: &TrendReport,
    format: Format,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => {
            let mut page = Page::new(style);
            match style.accessible {
                true => screen::sentences(&mut page, report),
                false => screen::screen(&mut page, report),
            }
            out.write_all(page.finish().as_bytes())
        }
        Format::Json => write_json(report, out),
        Format::Csv => rows::write(report, out),
        Format::Markdown => out.write_all(document::text(report).as_bytes()),
    }
}
