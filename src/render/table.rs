//! Borderless tables that fit the width: a column may shrink, others may be left out, and a row may
//! end in free words or carry lines below it. comfy-table aligns; `style` colours what it aligned.

use comfy_table::{CellAlignment, ContentArrangement, presets};

use super::sanitize;
use super::style::{Style, Tone};

/// Blanks between two columns.
const GUTTER: usize = 2;
/// Blanks before the first.
const INDENT: usize = 1;

/// One column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    title: String,
    right: bool,
    /// The higher, the earlier it is left out when room is short; 0 stays.
    expendable: u8,
    /// The width down to which its texts may be cut.
    least: Option<usize>,
    /// Whether a text that is cut keeps its end: that of a path says more.
    keeps_end: bool,
}

impl Column {
    /// A left-aligned column that stays.
    pub(super) fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            right: false,
            expendable: 0,
            least: None,
            keeps_end: false,
        }
    }

    /// Right-aligned.
    pub(super) fn right(mut self) -> Self {
        self.right = true;
        self
    }

    /// Left out when room is short; higher ranks first.
    pub(super) fn expendable(mut self, rank: u8) -> Self {
        self.expendable = rank;
        self
    }

    /// Cut when room is short, but not below so many columns.
    pub(super) fn shrinks_to(mut self, least: usize) -> Self {
        self.least = Some(least);
        self
    }

    /// What is cut is the beginning.
    pub(super) fn keeps_end(mut self) -> Self {
        self.keeps_end = true;
        self
    }
}

/// One cell: safe text, with a tone if it has one.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    text: String,
    tone: Option<Tone>,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, tone: None }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<(String, Tone)> for Cell {
    fn from((text, tone): (String, Tone)) -> Self {
        (text, Some(tone)).into()
    }
}

impl From<(String, Option<Tone>)> for Cell {
    fn from((text, tone): (String, Option<Tone>)) -> Self {
        Self { text, tone }
    }
}

/// One row.
#[derive(Debug, Clone, Default)]
struct Row {
    cells: Vec<Cell>,
    tail: Option<String>,
    below: Vec<String>,
}

/// A table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

impl Table {
    /// A table without rows.
    pub(super) fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; missing cells are empty.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(Row {
            cells: cells.into_iter().collect(),
            ..Row::default()
        });
    }

    /// Adds a row whose last words run on to the end of the line.
    pub(super) fn row_with_tail(&mut self, cells: impl IntoIterator<Item = Cell>, tail: String) {
        self.row(cells);
        if let Some(row) = self.rows.last_mut() {
            row.tail = Some(tail);
        }
    }

    /// Adds a line below the last row.
    pub(super) fn below(&mut self, line: String) {
        if let Some(row) = self.rows.last_mut() {
            row.below.push(line);
        }
    }

    /// Columns it takes when nothing is cut.
    pub(super) fn width(&self) -> usize {
        let widths: usize = (0..self.columns.len()).map(|c| self.column_width(c)).sum();
        INDENT + widths + GUTTER * self.columns.len().saturating_sub(1)
    }

    fn column_width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.cells.get(column));
        let title = self.columns.get(column).map(|column| column.title.as_str());
        cells
            .map(|cell| cell.text.as_str())
            .chain(title)
            .map(sanitize::width)
            .max()
            .unwrap_or(0)
    }

    /// One sentence per row, for screen readers: the first cell, then each other that says something
    /// after the title of its column.
    pub(super) fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let mut cells = row.cells.iter().zip(&self.columns);
            let lead = cells.next().map_or("", |(cell, _)| cell.text.trim());
            let said = cells
                .map(|(cell, column)| (cell.text.trim(), column.title.to_lowercase()))
                .filter(|(text, _)| !matches!(*text, "" | "-"))
                .map(|(text, title)| match title.is_empty() {
                    true => text.to_owned(),
                    false => format!("{title} {text}"),
                });
            let said: Vec<String> = said.chain(row.tail.clone()).collect();
            sentences.push(match said.is_empty() {
                true => format!("{lead}."),
                false => format!("{lead}: {}.", said.join(", ")),
            });
            sentences.extend(row.below.iter().map(|below| below.trim().to_owned()));
        }
        sentences
    }

    /// The lines, none wider than the style says.
    pub(super) fn lines(mut self, style: &Style) -> Vec<String> {
        self.fit(style);
        let plain = self.aligned();
        let mut plain = plain.iter().map(|line| line.trim_end());
        let mut lines = Vec::with_capacity(self.rows.len() + 1);
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            let header = plain.next().unwrap_or_default();
            let header = sanitize::truncate(header, style.width, style.ellipsis());
            lines.push(style.painted(&header, &[(header.trim_start(), Tone::Faint)]));
        }
        for (row, line) in self.rows.iter().zip(plain) {
            let mut line = line.to_owned();
            if let Some(tail) = &row.tail {
                line = format!("{line}{}{tail}", " ".repeat(GUTTER));
            }
            let line = sanitize::truncate(&line, style.width, style.ellipsis());
            let parts: Vec<_> = row
                .cells
                .iter()
                .filter_map(|cell| Some((cell.text.as_str(), cell.tone?)))
                .collect();
            lines.push(style.painted(&line, &parts));
            lines.extend(row.below.iter().map(|below| {
                let below = format!("{}{below}", " ".repeat(INDENT));
                sanitize::truncate(&below, style.width, style.ellipsis())
            }));
        }
        lines
    }

    /// Cuts what may shrink, then leaves out what may be left out, until it fits.
    fn fit(&mut self, style: &Style) {
        loop {
            let excess = self.width().saturating_sub(style.width);
            if excess == 0 {
                return;
            }
            let shrinking = (0..self.columns.len()).find_map(|column| {
                let least = self.columns.get(column)?.least?;
                let wanted = self.column_width(column).checked_sub(excess)?;
                (wanted >= least).then_some((column, wanted))
            });
            if let Some((column, wanted)) = shrinking {
                self.cut_column(column, wanted, style);
                return;
            }
            let rank = |column: &Column| column.expendable;
            let Some(rank) = self.columns.iter().map(rank).max().filter(|&rank| rank > 0) else {
                return self.cut_everything(style);
            };
            if let Some(column) = self.columns.iter().position(|c| c.expendable == rank) {
                self.columns.remove(column);
                for row in &mut self.rows {
                    if column < row.cells.len() {
                        row.cells.remove(column);
                    }
                }
            }
        }
    }

    /// The last resort: columns that may shrink go down to their least; lines are cut later.
    fn cut_everything(&mut self, style: &Style) {
        for column in 0..self.columns.len() {
            if let Some(least) = self.columns.get(column).and_then(|column| column.least) {
                self.cut_column(column, least, style);
            }
        }
    }

    fn cut_column(&mut self, column: usize, columns: usize, style: &Style) {
        let keeps_end = self.columns.get(column).is_some_and(|it| it.keeps_end);
        for cell in self
            .rows
            .iter_mut()
            .filter_map(|row| row.cells.get_mut(column))
        {
            cell.text = match keeps_end {
                true => sanitize::truncate_start(&cell.text, columns, style.ellipsis()),
                false => sanitize::truncate(&cell.text, columns, style.ellipsis()),
            };
        }
        if let Some(column) = self.columns.get_mut(column) {
            column.title = sanitize::truncate(&column.title, columns, style.ellipsis());
        }
    }

    fn aligned(&self) -> Vec<String> {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            table.set_header(self.columns.iter().map(|column| column.title.as_str()));
        }
        for row in &self.rows {
            let text = |at| {
                row.cells
                    .get(at)
                    .map_or("", |cell: &Cell| cell.text.as_str())
            };
            table.add_row((0..self.columns.len()).map(text));
        }
        for (index, column) in self.columns.iter().enumerate() {
            let blanks_before = if index == 0 { INDENT } else { GUTTER };
            if let Some(aligned) = table.column_mut(index) {
                aligned.set_padding((blanks_before as u16, 0));
                if column.right {
                    aligned.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        table.lines().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new([
            Column::new("Name").shrinks_to(4),
            Column::new("n").right(),
            Column::new("Extra").expendable(1),
        ]);
        table.row(["漢字".into(), "7".into(), "more".into()]);
        table.row(["a longer name".into(), "1234".into(), "".into()]);
        table
    }

    fn fitted(width: usize) -> Vec<String> {
        sample().lines(&Style {
            width,
            ..Style::default()
        })
    }

    #[test]
    fn columns_align_whatever_the_script() {
        assert_eq!(
            fitted(80),
            [
                " Name              n  Extra",
                " 漢字              7  more",
                " a longer name  1234",
            ]
        );
    }

    #[test]
    fn read_aloud_every_row_is_a_sentence_of_what_it_says() {
        let mut table = sample();
        table.row_with_tail(["b".into(), "-".into()], "free words".to_owned());
        table.below(" below".to_owned());
        table.row(["alone".into()]);
        assert_eq!(
            table.sentences(),
            [
                "漢字: n 7, extra more.",
                "a longer name: n 1234.",
                "b: free words.",
                "below",
                "alone.",
            ]
        );
    }

    #[test]
    fn a_path_that_is_cut_keeps_its_end() {
        let mut table = Table::new([Column::new("File").shrinks_to(4).keeps_end()]);
        table.row([Cell::from("/exports/SP-10.json")]);
        table.row([Cell::from("a.json")]);
        let style = Style {
            width: 13,
            ..Style::default()
        };
        assert_eq!(table.lines(&style)[1..], [" …/SP-10.json", " a.json"]);
    }

    #[test]
    fn a_column_shrinks_before_another_is_left_out() {
        assert_eq!(fitted(20)[2], " a lon…  1234");
        assert_eq!(
            fitted(16),
            [" Name          n", " 漢字          7", " a longer…  1234"]
        );
        assert_eq!(fitted(16)[0].len(), 16);
    }

    #[test]
    fn a_tail_runs_on_and_is_cut_at_the_edge() {
        let mut table = sample();
        table.row_with_tail(["x".into()], "words that run on and on".to_owned());
        table.below("below".to_owned());
        let lines = table.lines(&Style {
            width: 27,
            ..Style::default()
        });
        assert_eq!(lines[3], " x  words that run on and…");
        assert_eq!(lines[4], " below");
    }

    #[test]
    fn nothing_is_still_a_table() {
        assert!(Table::new([]).lines(&Style::default()).is_empty());
        assert_eq!(
            Table::new([Column::new("A")]).lines(&Style::default()),
            [" A"]
        );
    }

    #[test]
    fn tones_are_put_on_after_aligning() {
        let mut table = Table::new([Column::new(""), Column::new("")]);
        table.row(["a".into(), ("[LOW]".to_owned(), Tone::Poor).into()]);
        let style = Style {
            colour: true,
            ..Style::default()
        };
        assert_eq!(table.lines(&style), [" a  \u{1b}[1;35m[LOW]\u{1b}[0m"]);
    }
}
