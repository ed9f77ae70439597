//! Pictures of the value stream on a grid of characters: cumulative flow and the scatter of flow times,
//! in Unicode and in ASCII. Nothing here computes more than a scale; bars are `chart`'s business.

use crate::model::flow_settings::StageKind;
use crate::report::flow::FlowReport;
use crate::report::quantity::stream_time;

use super::figures::STAGE;
use crate::render::calendar;
use crate::render::page::Page;
use crate::render::sanitize;
use crate::render::style::{Charset, Style};

/// Rows of a picture.
const ROWS: usize = 12;
/// Columns of the labels at its left.
const MARGIN: usize = 14;
/// Fewer columns show nothing.
const LEAST: usize = 20;

const BANDS: [char; 8] = ['░', '▒', '▓', '█', '╱', '▞', '╲', '·'];
const ASCII_BANDS: [char; 8] = ['.', '-', '=', '#', '/', '%', '+', ':'];

/// What fills the band of a stage.
fn band(stage: usize, charset: Charset) -> char {
    let bands = match charset {
        Charset::Unicode => BANDS,
        Charset::Ascii => ASCII_BANDS,
    };
    bands.get(stage % bands.len()).copied().unwrap_or(' ')
}

/// Rows of characters with a label at the left of each.
struct Grid {
    cells: Vec<Vec<char>>,
    labels: Vec<String>,
}

impl Grid {
    fn new(columns: usize) -> Self {
        Self {
            cells: vec![vec![' '; columns]; ROWS],
            labels: vec![String::new(); ROWS],
        }
    }

    fn cell(&mut self, row: usize, column: usize) -> Option<&mut char> {
        self.cells.get_mut(row)?.get_mut(column)
    }

    fn label(&mut self, row: usize, text: &str) {
        if let Some(label) = self.labels.get_mut(row) {
            let joined = match label.is_empty() {
                true => text.to_owned(),
                false => format!("{label} {text}"),
            };
            *label = joined;
        }
    }

    /// The lines with their axes; `ends` stand below the left and the right end.
    fn draw(self, page: &mut Page<'_>, ends: (&str, &str)) {
        let (side, corner, floor) = match page.style.charset {
            Charset::Unicode => ('│', '└', "─"),
            Charset::Ascii => ('|', '+', "-"),
        };
        let columns = self.cells.first().map_or(0, Vec::len);
        for (label, cells) in self.labels.iter().zip(&self.cells) {
            let label = sanitize::truncate(label, MARGIN - 2, page.style.ellipsis());
            let blanks = (MARGIN - 1).saturating_sub(sanitize::width(&label));
            let cells: String = cells.iter().collect();
            let line = format!("{}{label} {side}{cells}", " ".repeat(blanks - 1));
            page.line(line.trim_end(), &[]);
        }
        let blanks = " ".repeat(MARGIN - 1);
        page.line(&format!("{blanks}{corner}{}", floor.repeat(columns)), &[]);
        let between = columns.saturating_sub(ends.0.len() + ends.1.len());
        let line = format!("{blanks} {}{}{}", ends.0, " ".repeat(between), ends.1);
        page.line(&line, &[]);
    }
}

fn room(style: &Style) -> Option<usize> {
    let room = style.width.saturating_sub(MARGIN + 1);
    (room >= LEAST).then_some(room)
}

/// How many items had reached each stage, day by day. Nothing where fewer than two days are known.
pub(super) fn cumulative(page: &mut Page<'_>, report: &FlowReport) {
    let style = page.style;
    let days = &report.cumulative_flow;
    let (Some(room), [first, .., last]) = (room(style), days.as_slice()) else {
        return;
    };
    let most = last.reached.first().copied().unwrap_or(0);
    let least = first.reached.last().copied().unwrap_or(0).min(most);
    if most == least {
        return;
    }
    page.heading("Cumulative flow: items that reached each stage");
    // Short periods take several columns a day, long ones several days a column.
    let columns = (room / days.len()).max(1) * days.len().min(room);
    let mut grid = Grid::new(columns);
    for column in 0..columns {
        let Some(day) = days.get(column * days.len() / columns) else {
            continue;
        };
        for row in 0..ROWS {
            // The middle of a row is the level that it stands for.
            let height = (ROWS - row) as f64 - 0.5;
            let level = least as f64 + height / ROWS as f64 * (most - least) as f64;
            let reached = day
                .reached
                .iter()
                .take_while(|&&count| count as f64 >= level);
            if let (Some(stage), Some(cell)) =
                (reached.count().checked_sub(1), grid.cell(row, column))
            {
                *cell = band(stage, style.charset);
            }
        }
    }
    grid.label(0, &most.to_string());
    grid.label(ROWS - 1, &least.to_string());
    grid.draw(page, (&first.date.to_string(), &last.date.to_string()));
    let stages = report
        .definitions
        .stages
        .iter()
        .filter(|stage| stage.kind != StageKind::Cancelled);
    let legend: Vec<String> = stages
        .enumerate()
        .map(|(stage, row)| {
            let name = style.foreign_within(&row.name, STAGE);
            format!("{} {name}", band(stage, style.charset))
        })
        .collect();
    page.side_by_side(" ", &legend);
}

/// Flow times by the day on which items were done, with the lines that 50, 85 and 95 of 100 keep.
pub(super) fn scatter(page: &mut Page<'_>, report: &FlowReport) {
    let style = page.style;
    let Some(room) = room(style).filter(|_| !report.scatter.is_empty()) else {
        return;
    };
    let hours = report.scatter.iter().map(|point| point.flow_time_hours);
    let longest = hours.filter(|hours| hours.is_finite()).fold(0.0, f64::max);
    let span = (report.period.end - report.period.start).num_seconds() as f64;
    if longest <= 0.0 || span <= 0.0 {
        return;
    }
    page.heading("Flow time of each item, by the day it was done");
    let mut grid = Grid::new(room);
    let row_of = |hours: f64| {
        let share = (hours / longest).clamp(0.0, 1.0);
        ((1.0 - share) * (ROWS - 1) as f64).round() as usize
    };
    let (dash, dot) = match style.charset {
        Charset::Unicode => ('┄', '•'),
        Charset::Ascii => ('-', '*'),
    };
    let time = &report.flow_time;
    let lines = [
        ("P50", time.p50_hours),
        ("P85", time.p85_hours),
        ("P95", time.p95_hours),
    ];
    let mut told: Vec<(usize, String, f64)> = Vec::new();
    for (name, hours) in lines {
        let Some(hours) = hours.filter(|hours| hours.is_finite()) else {
            continue;
        };
        let row = row_of(hours);
        for column in 0..room {
            if let Some(cell) = grid.cell(row, column) {
                *cell = dash;
            }
        }
        match told.iter_mut().find(|(known, ..)| *known == row) {
            // Several in one row: the highest has the number.
            Some((_, names, value)) => {
                *names = name.to_owned();
                *value = hours;
            }
            None => told.push((row, name.to_owned(), hours)),
        }
    }
    for (row, names, value) in &told {
        grid.label(*row, &format!("{names} {}", stream_time(*value)));
    }
    for (row, hours) in [(0, longest), (ROWS - 1, 0.0)] {
        if told.iter().all(|(known, ..)| *known != row) {
            grid.label(row, &stream_time(hours));
        }
    }
    for point in &report.scatter {
        let since = (point.done - report.period.start).num_seconds() as f64;
        let column = (since / span * room as f64)
            .floor()
            .clamp(0.0, (room - 1) as f64);
        if let Some(cell) = grid.cell(row_of(point.flow_time_hours), column as usize) {
            *cell = match *cell {
                ' ' => dot,
                known if known == dash => dot,
                known if known == dot => '2',
                known => known
                    .to_digit(10)
                    .map_or('+', |count| char::from_digit(count + 1, 10).unwrap_or('+')),
            };
        }
    }
    let zone = calendar::zone(&report.timezone);
    let ends = (
        calendar::day(report.period.start, zone),
        calendar::day(report.period.end, zone),
    );
    grid.draw(page, (&ends.0, &ends.1));
    let words = format!("{dot} an item, 2 and more: so many in one place");
    page.line(&format!(" {words}"), &[]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::flow::sample;

    fn drawn(show: impl Fn(&mut Page<'_>, &FlowReport), charset: Charset, width: usize) -> String {
        let style = Style {
            width,
            charset,
            ..Style::default()
        };
        let mut page = Page::new(&style);
        show(&mut page, &sample::report());
        page.finish()
    }

    #[test]
    fn the_scatter_puts_each_item_at_its_time_and_length() {
        let text = drawn(scatter, Charset::Ascii, 60);
        let lines: Vec<&str> = text.lines().collect();
        // Two of about eight days in the topmost row, one of 103 h of 194 h halfway down.
        assert_eq!(lines[1].matches(['*', '2']).count(), 2, "{text}");
        assert_eq!(lines[6].matches('*').count(), 1, "{text}");
        assert!(lines[1].contains("P95 8.1 d"), "{text}");
        assert!(text.is_ascii());
    }

    #[test]
    fn the_cumulative_flow_ends_with_what_reached_each_stage() {
        let text = drawn(cumulative, Charset::Ascii, 60);
        let lines: Vec<&str> = text.lines().collect();
        let column: String = lines[1..=ROWS]
            .iter()
            .map(|line| line.chars().last().unwrap())
            .collect();
        // Six items: four in production, the others came to development and review.
        assert_eq!(column, "==##::::::::", "{text}");
    }

    #[test]
    fn a_page_that_is_too_narrow_shows_no_picture() {
        assert_eq!(drawn(scatter, Charset::Unicode, 30), "");
        assert_eq!(drawn(cumulative, Charset::Unicode, 30), "");
    }
}
