//! How it looks: a document becomes bytes. A closed set of formats, one function each; the report
//! is what is said, and nothing here computes more than a scale or a unit. `style` is decided once
//! by the caller, `sanitize` guards every foreign string, `measure` words a metric for all formats.

mod accessible;
pub mod calendar;
mod card;
mod censored;
mod change;
mod chart;
mod compact;
mod compare;
mod csv;
mod decide;
pub mod doctor;
mod explain;
pub mod flow;
mod github;
#[cfg(test)]
mod hostile;
mod import;
mod incidents;
mod inventory;
mod json;
mod lists;
mod markdown;
mod measure;
mod page;
mod recording;
mod remarks;
#[cfg(test)]
mod sample;
pub mod sanitize;
mod stages;
pub mod style;
mod table;
mod terminal;
#[cfg(test)]
mod tests;
pub mod trend;
mod verbose;
pub mod why;

use std::io::{self, Write};

use crate::report::{Document, Report};

pub use decide::{
    CharsetChoice, ColourChoice, Decided, decide_charset, decide_colour, decide_width,
};
pub use explain::explanation;
pub use github::sync_summary;
pub use import::import_summary;
pub use incidents::{
    incident_import, incident_listing, incident_markdown, incident_recorded, incident_rows,
};
pub use inventory::inventory;
pub use json::{ReadError, parse, tame_json, write_json};
pub use recording::{deployment_recorded, marked_deployment, newest_deployments};
pub use style::{Charset, Style};

use page::Page;

/// What a document can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A screen.
    Text,
    /// The report itself (spec 3.3).
    Json,
    /// Rows (spec 3.4).
    Csv,
    /// A document (spec 3.5).
    Markdown,
}

impl Format {
    /// File name extensions that name a format.
    pub const EXTENSIONS: [(&'static str, Self); 5] = [
        ("json", Self::Json),
        ("csv", Self::Csv),
        ("md", Self::Markdown),
        ("markdown", Self::Markdown),
        ("txt", Self::Text),
    ];

    /// The format of a file with this extension (without its dot, either case).
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::EXTENSIONS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(extension))
            .map(|&(_, format)| format)
    }
}

/// How much a screen says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// One screen.
    #[default]
    Screen,
    /// Four lines and the overall line.
    Compact,
    /// Everything.
    Verbose,
}

/// Which rows a CSV file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rows {
    /// One per metric.
    #[default]
    Metrics,
    /// One per deployment, redeployment and attempt.
    Deployments,
}

/// What was asked for beside the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// How much the text says.
    pub view: View,
    /// Both periods side by side (text only).
    pub compare: bool,
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
        Format::Json => json::write(document, out),
        Format::Csv => match options.rows {
            Rows::Metrics => csv::write_metrics(document, out),
            Rows::Deployments => csv::write_deployments(document, out),
        },
        Format::Markdown => out.write_all(markdown::text(document).as_bytes()),
    }
}

fn text(document: &Document, options: &Options, style: &Style) -> String {
    let mut page = Page::new(style);
    match document {
        Document::One(report) => screen(&mut page, report, options),
        Document::All(reports) if is_plain(options, style) => terminal::all(&mut page, reports),
        Document::All(reports) => {
            for report in reports {
                page.blank();
                screen(&mut page, report, options);
            }
        }
    }
    page.finish()
}

fn is_plain(options: &Options, style: &Style) -> bool {
    options.view == View::Screen && !options.compare && !style.accessible
}

fn screen(page: &mut Page<'_>, report: &Report, options: &Options) {
    match options.view {
        view if page.style.accessible => {
            accessible::sentences(page, report, view == View::Verbose);
        }
        _ if options.compare => compare::screen(page, report),
        View::Screen => terminal::screen(page, report),
        View::Compact => compact::screen(page, report),
        View::Verbose => verbose::screen(page, report),
    }
}
