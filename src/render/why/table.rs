//! A section in the columns there are: what does not fit beside the others is wrapped in the last column, or
//! goes, with its heading, on lines below its row. Nothing is cut away but what a single column cannot hold.

use chrono_tz::Tz;

use crate::report::why::{Cell, Section};

use super::super::page::Page;
use super::super::sanitize;
use super::super::style::Style;
use super::super::table::{Column, Table};
use super::words;

/// Blanks between two columns, before the first, and before what stands below a row.
const GUTTER: usize = 2;
const INDENT: usize = 1;
const BELOW: usize = 4;
/// Room in which words can be read when they are wrapped.
const LEAST_WRAPPED: usize = 24;

/// The first rows of a section.
pub(super) fn rows(page: &mut Page<'_>, section: &Section, most: usize, zone: Tz) {
    let style = page.style;
    let grid = Grid::of(section, most, zone, style);
    let mut beside = grid.beside(style);
    let wrapped = grid.wrapped(&beside, style);
    // Where the lines of the wrapped column begin, seen from the indentation that `Table` adds.
    let before = " ".repeat(grid.width(&beside) + GUTTER - INDENT);
    beside.extend(wrapped.map(|(column, _)| column));
    let mut table = Table::new(beside.iter().map(|&column| grid.heading(column)));
    for row in &grid.cells {
        let mut cells: Vec<String> = beside.iter().map(|&column| row[column].clone()).collect();
        let mut lines = Vec::new();
        if let (Some((_, room)), Some(last)) = (wrapped, cells.last_mut()) {
            lines = sanitize::wrap(last, room);
            *last = match lines.is_empty() {
                true => String::new(),
                false => lines.remove(0),
            };
        }
        table.row(cells.into_iter().map(Into::into));
        for line in lines {
            table.below(format!("{before}{line}"));
        }
        for line in grid.below(row, &beside, style) {
            table.below(format!("{}{line}", " ".repeat(BELOW - INDENT)));
        }
    }
    page.table(table);
}

/// What the cells of a section say.
struct Grid<'a> {
    section: &'a Section,
    cells: Vec<Vec<String>>,
    widths: Vec<usize>,
}

impl<'a> Grid<'a> {
    fn of(section: &'a Section, most: usize, zone: Tz, style: &Style) -> Self {
        let said = |cell: &Cell| words::on_screen(cell, zone, style);
        let columns = section.columns.len();
        let cells: Vec<Vec<String>> = section
            .rows
            .iter()
            .take(most)
            .map(|row| {
                let mut said: Vec<String> = row.iter().map(said).collect();
                said.resize(columns, String::new());
                said
            })
            .collect();
        let widths = (0..columns)
            .map(|column| {
                let cells = cells.iter().map(|row| sanitize::width(&row[column]));
                match cells.max() {
                    None | Some(0) => 0,
                    Some(widest) => widest.max(sanitize::width(section.columns[column].title)),
                }
            })
            .collect();
        Self {
            section,
            cells,
            widths,
        }
    }

    /// The columns that stand beside each other: without those that say nothing, and where room is short
    /// without the widest, the first excepted. With sentences room is never short.
    fn beside(&self, style: &Style) -> Vec<usize> {
        let mut beside: Vec<usize> = (0..self.widths.len())
            .filter(|&column| self.widths[column] > 0)
            .collect();
        while !style.accessible && self.width(&beside) > style.width {
            // Of columns as wide as each other the later one goes.
            let candidates = beside.iter().enumerate().skip(1);
            let Some((place, _)) = candidates.max_by_key(|(_, column)| self.widths[**column])
            else {
                break;
            };
            beside.remove(place);
        }
        beside
    }

    /// The last of the columns left out whose words fit into the room that is left, with that room: it
    /// stands last, wrapped under itself.
    fn wrapped(&self, beside: &[usize], style: &Style) -> Option<(usize, usize)> {
        let room = style.width.checked_sub(self.width(beside) + GUTTER)?;
        if room < LEAST_WRAPPED {
            return None;
        }
        let fits = |column: &usize| {
            let cells = self.cells.iter();
            let mut words = cells.flat_map(|row| row[*column].split(' '));
            self.widths[*column] > 0
                && !beside.contains(column)
                && words.all(|word| sanitize::width(word) <= room)
        };
        let column = (0..self.widths.len()).rev().find(fits)?;
        Some((column, room))
    }

    fn width(&self, beside: &[usize]) -> usize {
        let widths: usize = beside.iter().map(|&column| self.widths[column]).sum();
        INDENT + widths + GUTTER * beside.len().saturating_sub(1)
    }

    fn heading(&self, column: usize) -> Column {
        let heading = Column::new(self.section.columns[column].title);
        let mut cells = self.section.rows.iter().filter_map(|row| row.get(column));
        match cells.any(words::is_number) {
            true => heading.right(),
            false => heading,
        }
    }

    /// What has no room beside the others, broken between cells where that is possible.
    fn below(&self, row: &[String], beside: &[usize], style: &Style) -> Vec<String> {
        let room = style.width.saturating_sub(BELOW).max(8);
        let between = format!(" {} ", style.dot());
        let mut lines: Vec<String> = Vec::new();
        let columns = self.section.columns.iter().enumerate();
        for (column, heading) in columns.filter(|(column, _)| !beside.contains(column)) {
            if row[column].is_empty() {
                continue;
            }
            let said = format!("{}: {}", heading.title, row[column]);
            if let Some(last) = lines.last_mut() {
                let joined = format!("{last}{between}{said}");
                if sanitize::width(&joined) <= room {
                    *last = joined;
                    continue;
                }
            }
            lines.extend(sanitize::wrap(&said, room));
        }
        lines
    }
}
