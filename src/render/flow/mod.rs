//! The documents of the value stream as bytes: `dora flow`, `dora flow KEY`, `dora value`. `screen`
//! and `verbose` are the screens of the report, `bar` its first picture, `plots` the others, `item`
//! the waterfall of one item, `value` what came of it; `rows` and `document` are the files.

mod accessible;
mod bar;
mod document;
mod figures;
mod item;
mod mapping;
mod plots;
mod rows;
#[cfg(test)]
mod sample;
mod screen;
mod summary;
mod tables;
#[cfg(test)]
mod tests;
mod value;
mod verbose;

use std::io::{self, Write};

use serde::Serialize;

use crate::report::flow::{FlowReport, ItemWay, ValueReport};

use super::json::write_json;
use super::page::Page;
use super::style::Style;
use super::{Format, View};

pub(super) use summary::{lines as summary_lines, sentences as summary_sentences};

/// A document of the value stream.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Document {
    /// The stream over a period.
    Report(Box<FlowReport>),
    /// Which status is which stage: a page of the same report.
    Mapping(Box<FlowReport>),
    /// One item.
    Item(Box<ItemWay>),
    /// What was delivered, and what came of it.
    Value(Box<ValueReport>),
}

/// Which rows a CSV file of the report holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rows {
    /// One per item, with its hours in each stage.
    #[default]
    Hours,
    /// One per item, with the day on which it entered each stage.
    StageDates,
    /// One per item, with its figures.
    Items,
    /// One per stage.
    Stages,
    /// One per flow metric.
    Metrics,
}

/// What was asked for beside the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// How much the text says.
    pub view: View,
    /// Whether working time stands beside elapsed time.
    pub business: bool,
    /// Which rows a CSV file holds.
    pub rows: Rows,
}

/// Writes the document. `style` matters to the text format only; files want `Style::default()`.
///
/// # Errors
/// Only those of `out`.
pub fn render(
    document: &Document,
    format: Format,
    options: &Options,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => out.write_all(text(document, options, style).as_bytes()),
        Format::Json => write_json(document, out),
        Format::Csv => rows::write(document, options.rows, out),
        Format::Markdown => out.write_all(document::text(document, options).as_bytes()),
    }
}

fn text(document: &Document, options: &Options, style: &Style) -> String {
    let mut page = Page::new(style);
    match document {
        Document::Report(report) => match options.view {
            View::Compact => summary::compact(&mut page, report),
            view if style.accessible => {
                accessible::sentences(&mut page, report, view == View::Verbose, options);
            }
            View::Screen => screen::screen(&mut page, report, options),
            View::Verbose => verbose::screen(&mut page, report, options),
        },
        Document::Mapping(report) => mapping::screen(&mut page, report),
        Document::Item(way) => item::screen(&mut page, way, options),
        Document::Value(report) => value::screen(&mut page, report, options),
    }
    page.finish()
}
