//! A series on a grid of characters: a line of steps, or bars from zero, with the limits of bands as
//! lines that have names, in Unicode and in ASCII. The same function draws both, for a plotting library
//! would know neither gaps nor names nor ASCII. A bucket without data stays empty; zero is a zero.

use crate::render::page::Page;
use crate::render::sanitize;
use crate::render::style::{Charset, Style};

use super::scale::Scale;

/// Columns that one bucket takes at most: two points should not look like a plain.
const WIDEST_BUCKET: usize = 6;
/// A bar of so many columns leaves one free beside it.
const SEPARATED: usize = 3;

/// What is drawn of one bucket.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    /// Its name, below the axis where there is room.
    pub(super) label: String,
    /// Its value; `None` leaves a gap.
    pub(super) value: Option<f64>,
    /// Whether it is whole; drawn lighter where it is not.
    pub(super) is_whole: bool,
    /// Whether something changed in it: an arrow below the axis.
    pub(super) is_marked: bool,
}

/// A picture.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    pub(super) points: &'a [Point],
    pub(super) scale: &'a Scale,
    /// Limits of bands with their names; those beyond the axis are not drawn.
    pub(super) limits: &'a [(f64, &'static str)],
    /// Bars instead of a line.
    pub(super) is_bars: bool,
    /// Rows of the grid.
    pub(super) rows: usize,
}

/// The characters of a set.
struct Marks {
    flat: char,
    light: char,
    upright: char,
    /// From above to the right, from the left down, from below to the right, from the left up.
    corners: [char; 4],
    alone: char,
    limit: char,
    bar: char,
    light_bar: char,
    levels: [char; 7],
    side: char,
    tick: char,
    corner: char,
    floor: char,
    arrow: char,
}

const UNICODE: Marks = Marks {
    flat: '─',
    light: '╌',
    upright: '│',
    corners: ['╰', '╮', '╭', '╯'],
    alone: '•',
    limit: '┈',
    bar: '█',
    light_bar: '░',
    levels: ['▁', '▂', '▃', '▄', '▅', '▆', '▇'],
    side: '│',
    tick: '┤',
    corner: '└',
    floor: '─',
    arrow: '▲',
};

const ASCII: Marks = Marks {
    flat: '-',
    light: '~',
    upright: '|',
    corners: ['+', '+', '+', '+'],
    alone: '*',
    limit: '.',
    bar: '#',
    light_bar: ':',
    levels: ['_', '_', '_', '=', '=', '=', '='],
    side: '|',
    tick: '+',
    corner: '+',
    floor: '-',
    arrow: '^',
};

/// Which buckets a column of the grid stands for.
struct Columns {
    buckets: usize,
    columns: usize,
}

impl Columns {
    /// As many columns as there is room for. Bars are of one width; a line may be a column longer in one
    /// bucket than in the next.
    fn fit(buckets: usize, room: usize, is_even: bool) -> Self {
        let each = room / buckets.max(1);
        let columns = match is_even && each > 0 {
            true => each.min(WIDEST_BUCKET) * buckets,
            false => room.min(WIDEST_BUCKET * buckets),
        };
        Self { buckets, columns }
    }

    /// Columns of one bar.
    fn each(&self) -> usize {
        (self.columns / self.buckets.max(1)).max(1)
    }

    /// The buckets of a column: from, and the first after.
    fn of(&self, column: usize) -> (usize, usize) {
        let from = column * self.buckets / self.columns;
        let to = (column + 1) * self.buckets / self.columns;
        (from, to.max(from + 1))
    }

    /// The first column of a bucket.
    fn at(&self, bucket: usize) -> usize {
        match self.columns >= self.buckets {
            true => (bucket * self.columns).div_ceil(self.buckets.max(1)),
            // Several buckets in a column: the one that holds it.
            false => ((bucket + 1) * self.columns - 1) / self.buckets.max(1),
        }
    }
}

impl Chart<'_> {
    /// Draws it; how many buckets a column stands for, where that is more than one.
    pub(super) fn draw(&self, page: &mut Page<'_>) -> Option<usize> {
        let style = page.style;
        let marks = match style.charset {
            Charset::Unicode => &UNICODE,
            Charset::Ascii => &ASCII,
        };
        let labels = self.scale.labels();
        let margin = labels.iter().map(|(_, text)| sanitize::width(text)).max();
        let margin = margin.unwrap_or(0).min(12);
        let names = self.names();
        let right = names.iter().map(|name| name.len() + 1).max().unwrap_or(0);
        let room = style.width.saturating_sub(margin + right + 3).max(1);
        let columns = Columns::fit(self.points.len(), room, self.is_bars);
        let mut grid = vec![vec![' '; columns.columns]; self.rows];
        self.draw_limits(&mut grid, marks);
        match self.is_bars {
            true => self.draw_bars(&mut grid, &columns, marks),
            false => self.draw_line(&mut grid, &columns, marks),
        }
        for (row, cells) in grid.iter().enumerate() {
            let label = labels.iter().find(|(value, _)| self.row(*value) == row);
            let text = label.map_or("", |(_, text)| text.as_str());
            let side = if label.is_some() {
                marks.tick
            } else {
                marks.side
            };
            let text = sanitize::truncate(text, margin, style.ellipsis());
            let blanks = " ".repeat(margin.saturating_sub(sanitize::width(&text)));
            let cells: String = cells.iter().collect();
            let name = names.get(row).map_or("", String::as_str);
            let line = format!(" {blanks}{text} {side}{cells} {name}");
            page.line(line.trim_end(), &[]);
        }
        let blanks = " ".repeat(margin + 2);
        let floor: String = std::iter::repeat_n(marks.floor, columns.columns).collect();
        page.line(&format!("{blanks}{}{floor}", marks.corner), &[]);
        self.draw_arrows(page, &columns, marks, margin + 3);
        self.draw_labels(page, &columns, margin + 3, style);
        let several = self.points.len().div_ceil(columns.columns.max(1));
        (several > 1).then_some(several)
    }

    /// The row of a value; 0 is the topmost.
    fn row(&self, value: f64) -> usize {
        let last = self.rows.saturating_sub(1);
        ((1.0 - self.scale.height(value)) * last as f64).round() as usize
    }

    /// What stands at the right of each row.
    fn names(&self) -> Vec<String> {
        let mut names = vec![String::new(); self.rows];
        let drawn = self.limits.iter().filter(|(at, _)| self.scale.holds(*at));
        for (value, name) in drawn {
            if let Some(known) = names.get_mut(self.row(*value)) {
                if !known.is_empty() {
                    known.push('/');
                }
                known.push_str(name);
            }
        }
        names
    }

    fn draw_limits(&self, grid: &mut [Vec<char>], marks: &Marks) {
        for (value, _) in self.limits.iter().filter(|(at, _)| self.scale.holds(*at)) {
            if let Some(cells) = grid.get_mut(self.row(*value)) {
                cells.fill(marks.limit);
            }
        }
    }

    fn values(&self, (from, to): (usize, usize)) -> Vec<f64> {
        let points = self.points.get(from..to).unwrap_or_default();
        let values = points.iter().filter_map(|point| point.value);
        values.filter(|value| value.is_finite()).collect()
    }

    fn is_whole(&self, (from, to): (usize, usize)) -> bool {
        let points = self.points.get(from..to).unwrap_or_default();
        points.iter().all(|point| point.is_whole)
    }

    fn draw_line(&self, grid: &mut [Vec<char>], columns: &Columns, marks: &Marks) {
        let mut put = |row: usize, column: usize, mark: char| {
            if let Some(cell) = grid.get_mut(row).and_then(|row| row.get_mut(column)) {
                *cell = mark;
            }
        };
        let has_value =
            |column: usize| column < columns.columns && !self.values(columns.of(column)).is_empty();
        let mut before: Option<usize> = None;
        for column in 0..columns.columns {
            let buckets = columns.of(column);
            let values = self.values(buckets);
            let rows: Vec<usize> = values.iter().map(|value| self.row(*value)).collect();
            let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else {
                before = None;
                continue;
            };
            let flat = match self.is_whole(buckets) {
                true => marks.flat,
                false => marks.light,
            };
            let top = rows.iter().chain(&before).min().copied().unwrap_or(first);
            let bottom = rows.iter().chain(&before).max().copied().unwrap_or(first);
            let is_alone = before.is_none() && !has_value(column + 1);
            if top == bottom {
                put(first, column, if is_alone { marks.alone } else { flat });
            } else {
                for row in top..=bottom {
                    put(row, column, marks.upright);
                }
                // Corners only where the column is one step: among several buckets there are many.
                if let (Some(before), [now]) = (before, rows.as_slice()) {
                    let [end_down, begin_down, end_up, begin_up] = marks.corners;
                    let is_down = before < *now;
                    put(before, column, if is_down { begin_down } else { begin_up });
                    put(*now, column, if is_down { end_down } else { end_up });
                }
            }
            before = Some(last);
        }
    }

    fn draw_bars(&self, grid: &mut [Vec<char>], columns: &Columns, marks: &Marks) {
        let each = columns.each();
        for column in 0..columns.columns {
            let buckets = columns.of(column);
            let values = self.values(buckets);
            let is_gap = each >= SEPARATED && column % each == each - 1;
            if values.is_empty() || is_gap {
                continue;
            }
            // A column of several buckets is as high as their mean.
            let mean = values
                .iter()
                .map(|it| it / values.len() as f64)
                .sum::<f64>();
            let eighths = self.scale.height(mean) * self.rows as f64 * 8.0;
            let eighths = (eighths.round() as usize).max(usize::from(mean > 0.0));
            let is_whole = self.is_whole(buckets);
            for (above, row) in grid.iter_mut().rev().enumerate() {
                let Some(cell) = row.get_mut(column) else {
                    continue;
                };
                let filled = eighths.saturating_sub(above * 8).min(8);
                *cell = match filled {
                    0 if mean == 0.0 && above == 0 && column % each == 0 => '0',
                    0 => *cell,
                    _ if !is_whole => marks.light_bar,
                    8 => marks.bar,
                    part => marks.levels.get(part - 1).copied().unwrap_or(marks.bar),
                };
            }
        }
    }

    fn draw_arrows(&self, page: &mut Page<'_>, columns: &Columns, marks: &Marks, margin: usize) {
        let mut line = vec![' '; columns.columns];
        let marked = self
            .points
            .iter()
            .enumerate()
            .filter(|(_, it)| it.is_marked);
        for (bucket, _) in marked {
            if let Some(cell) = line.get_mut(columns.at(bucket)) {
                *cell = marks.arrow;
            }
        }
        let line: String = line.into_iter().collect();
        if !line.trim().is_empty() {
            let line = format!("{}{line}", " ".repeat(margin));
            page.line(line.trim_end(), &[]);
        }
    }

    /// Names of buckets below their first columns, as many as fit.
    fn draw_labels(&self, page: &mut Page<'_>, columns: &Columns, margin: usize, style: &Style) {
        let mut line = " ".repeat(margin);
        let mut end = margin;
        for (bucket, point) in self.points.iter().enumerate() {
            let at = margin + columns.at(bucket);
            let width = sanitize::width(&point.label);
            let is_first = bucket == 0;
            if (at < end + 2 && !is_first) || at + width > style.width {
                continue;
            }
            line.push_str(&" ".repeat(at - end));
            line.push_str(&point.label);
            end = at + width;
        }
        page.line(line.trim_end(), &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::Kind;
    use super::*;

    fn drawn(values: &[Option<f64>], is_bars: bool, charset: Charset, width: usize) -> String {
        let points: Vec<Point> = values
            .iter()
            .enumerate()
            .map(|(at, value)| Point {
                label: format!("b{at}"),
                value: *value,
                is_whole: at + 1 < values.len(),
                is_marked: at == 2,
            })
            .collect();
        let known: Vec<f64> = values.iter().copied().flatten().collect();
        let Some(scale) = Scale::of(Kind::Items, &known, &[3.0]) else {
            return String::new();
        };
        let style = Style {
            width,
            charset,
            ..Style::default()
        };
        let mut page = Page::new(&style);
        let chart = Chart {
            points: &points,
            scale: &scale,
            limits: &[(3.0, "elite"), (90.0, "low")],
            is_bars,
            rows: 5,
        };
        chart.draw(&mut page);
        page.finish()
    }

    #[test]
    fn a_line_steps_from_bucket_to_bucket_and_leaves_gaps() {
        let values = [Some(1.0), Some(4.0), None, Some(2.0), Some(2.0)];
        assert_eq!(
            drawn(&values, false, Charset::Unicode, 40),
            " 4 ┤      ╭─────
 3 ┤┈┈┈┈┈┈│┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈ elite
 2 ┤      │           ──────╌╌╌╌╌╌
 1 ┤──────╯
 0 ┤
   └──────────────────────────────
                ▲
    b0    b1    b2    b3    b4
"
        );
    }

    #[test]
    fn bars_stand_on_zero_and_a_zero_is_no_gap() {
        let values = [Some(4.0), Some(0.0), None, Some(1.0), Some(2.0)];
        assert_eq!(
            drawn(&values, true, Charset::Ascii, 30),
            " 4 +###
 3 +###................. elite
 2 +###             :::
 1 +###         ___ :::
 0 +### 0       ### :::
   +--------------------
            ^
    b0  b1  b2  b3  b4
"
        );
    }

    #[test]
    fn one_point_and_a_constant_series_draw_something_true() {
        let one = drawn(&[Some(2.0)], false, Charset::Unicode, 40);
        assert!(one.contains("┤╌╌╌╌╌╌"), "{one}");
        let constant = drawn(&[Some(2.0); 4], false, Charset::Ascii, 40);
        assert_eq!(
            constant.matches('+').count(),
            5,
            "labels, a corner\n{constant}"
        );
        let zero = drawn(&[Some(0.0); 3], true, Charset::Unicode, 40);
        assert_eq!(zero.matches('0').count(), 5, "three, the axis, b0\n{zero}");
        assert_eq!(drawn(&[None, None], false, Charset::Unicode, 40), "");
    }

    #[test]
    fn every_bucket_is_in_the_column_that_says_so() {
        for buckets in [1, 2, 7, 12, 36, 53, 104, 500] {
            for room in [1, 5, 23, 58, 69, 100] {
                for is_even in [true, false] {
                    let columns = Columns::fit(buckets, room, is_even);
                    assert!((1..=room).contains(&columns.columns));
                    let mut next = 0;
                    for column in 0..columns.columns {
                        let (from, to) = columns.of(column);
                        assert!(from <= next && next <= to, "{buckets} {room} {column}");
                        next = to;
                    }
                    assert_eq!(next, buckets, "{buckets} {room}");
                    for bucket in 0..buckets {
                        let (from, to) = columns.of(columns.at(bucket));
                        assert!((from..to).contains(&bucket), "{buckets} {room} {bucket}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_point_between_gaps_is_seen_in_one_column() {
        let values: Vec<Option<f64>> = (0..60).map(|at| (at == 10).then_some(2.0)).collect();
        let text = drawn(&values, false, Charset::Unicode, 40);
        assert_eq!(text.matches('•').count(), 1, "{text}");
    }

    #[test]
    fn where_a_column_holds_several_buckets_it_holds_all_their_values() {
        let values: Vec<Option<f64>> = (0..104).map(|at| Some(f64::from(at % 2) * 4.0)).collect();
        let text = drawn(&values, false, Charset::Unicode, 40);
        let top = text.lines().next().unwrap();
        assert_eq!(top.matches('│').count(), 30, "every column\n{text}");
        assert!(text.lines().all(|line| sanitize::width(line) <= 40));
    }

    #[test]
    fn nothing_is_wider_than_the_page() {
        for count in [1, 2, 3, 7, 12, 53, 104, 1000] {
            let values: Vec<Option<f64>> = (0..count)
                .map(|at| (at % 5 != 3).then_some(f64::from(at * 37 % 11)))
                .collect();
            for width in [40, 60, 80, 100, 120] {
                for charset in [Charset::Unicode, Charset::Ascii] {
                    for is_bars in [true, false] {
                        let text = drawn(&values, is_bars, charset, width);
                        for line in text.lines() {
                            assert!(sanitize::width(line) <= width, "{width}\n{text}");
                            assert_eq!(line.trim_end(), line);
                        }
                        assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
                    }
                }
            }
        }
    }
}
