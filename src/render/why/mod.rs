//! How an answer of `dora why` looks: one function per format, the same for every number. `screen` writes
//! text and sentences, `table` lays a section out in the columns there are, `words` says what a cell is on a
//! screen and in a file, `files` writes CSV and Markdown.

mod files;
mod screen;
mod table;
#[cfg(test)]
mod tests;
mod words;

use std::io::{self, Write};

use super::Format;
use super::json::write_json;
use super::page::Page;
use super::style::Style;
use crate::report::why::Why;

/// Rows of a section that a screen shows.
pub const ROWS_ON_A_SCREEN: usize = 40;

/// What was asked for beside the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether a screen shows every row.
    pub all: bool,
}

/// Writes the answer. `style` matters to the text format only; files want `Style::default()`.
///
/// # Errors
/// Only those of `out`.
pub fn render(
    why: &Why,
    format: Format,
    options: &Options,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => {
            let mut page = Page::new(style);
            screen::screen(&mut page, why, options);
            out.write_all(page.finish().as_bytes())
        }
        Format::Json => write_json(why, out),
        Format::Csv => files::csv(why, out),
        Format::Markdown => out.write_all(files::markdown(why).as_bytes()),
    }
}
