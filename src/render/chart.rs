//! Small charts made of characters: a line of weeks, horizontal bars, a stacked bar. All start at zero, none
//! panics on any number, and each has an ASCII form. Values and labels come from the report.

use super::sanitize;
use super::style::{Charset, Style};

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_LEVELS: [char; 8] = [':', '-', '=', '+', '*', '%', '#', '@'];
const EIGHTHS: [char; 8] = ['█', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// One character per bucket, scaled from zero to the largest; `·` where a bucket has nothing.
pub(super) fn sparkline(values: &[Option<f64>], charset: Charset) -> String {
    let largest = largest(values.iter().flatten().copied());
    let (levels, empty) = match charset {
        Charset::Unicode => (LEVELS, '·'),
        Charset::Ascii => (ASCII_LEVELS, '.'),
    };
    let level = |value: f64| {
        // The cast saturates: not-a-number is 0, anything large is the top.
        let step = (value / largest * 8.0).ceil() as usize;
        levels.get(step.clamp(1, 8) - 1).copied().unwrap_or(empty)
    };
    values
        .iter()
        .map(|value| match value {
            Some(value) if value.is_finite() => level(*value),
            _ => empty,
        })
        .collect()
}

/// The largest of the values, or 1 when none is above zero: never divide by nothing.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    let largest = values.filter(|v| v.is_finite()).fold(0.0, f64::max);
    if largest > 0.0 { largest } else { 1.0 }
}

/// A horizontal bar of at most `columns` columns; anything above zero is visible.
pub(super) fn bar(value: f64, largest: f64, columns: usize, charset: Charset) -> String {
    if !(value > 0.0 && largest > 0.0) {
        return String::new();
    }
    let share = (value / largest).min(1.0);
    match charset {
        Charset::Ascii => "#".repeat(((share * columns as f64).round() as usize).max(1)),
        Charset::Unicode => {
            let eighths = ((share * columns as f64 * 8.0).round() as usize).max(1);
            let mut bar = "█".repeat(eighths / 8);
            if !eighths.is_multiple_of(8) {
                bar.extend(EIGHTHS.get(eighths % 8));
            }
            bar
        }
    }
}

/// What fills the parts of a stacked bar, one after the other.
pub(super) fn fills(charset: Charset) -> [char; 4] {
    match charset {
        Charset::Unicode => ['█', '▒', '▓', '░'],
        Charset::Ascii => ['#', '-', '=', '.'],
    }
}

/// What fills the part of that number: the fills again and again, never the same side by side.
pub(super) fn fill(part: usize, charset: Charset) -> char {
    let fills = fills(charset);
    fills.get(part % fills.len()).copied().unwrap_or(fills[0])
}

/// One bar of `columns` columns, divided among values by their share of the sum; anything above zero
/// is visible. Empty when nothing is above zero.
pub(super) fn stacked(values: &[f64], columns: usize, charset: Charset) -> String {
    let widths = stacked_widths(values, columns);
    let parts = widths.iter().enumerate();
    parts
        .flat_map(|(part, &columns)| std::iter::repeat_n(fill(part, charset), columns))
        .collect()
}

/// How many columns of a stacked bar each value takes: `columns` together, or none where nothing is
/// above zero; more only where so many values are above zero that each needs one.
pub(super) fn stacked_widths(values: &[f64], columns: usize) -> Vec<usize> {
    // Divided by the largest first: a sum of huge values would be infinite.
    let largest = largest(values.iter().copied());
    let share = |&value: &f64| match value.is_finite() {
        true => (value / largest).clamp(0.0, 1.0),
        false => 0.0,
    };
    let shares: Vec<f64> = values.iter().map(share).collect();
    let sum: f64 = shares.iter().sum();
    if sum <= 0.0 {
        return vec![0; values.len()];
    }
    // Wanted columns, and those given.
    let mut parts: Vec<(f64, usize)> = shares
        .iter()
        .map(|share| {
            let wanted = share / sum * columns as f64;
            (
                wanted,
                (wanted.floor() as usize).max(usize::from(*share > 0.0)),
            )
        })
        .collect();
    let surplus = |&(wanted, given): &(f64, usize)| wanted - given as f64;
    let mut given: usize = parts.iter().map(|part| part.1).sum();
    // What rounding left over, or took too much, is settled where it shows least.
    while given < columns {
        let visible = parts.iter_mut().filter(|part| part.1 > 0);
        let Some(part) = visible.max_by(|a, b| surplus(a).total_cmp(&surplus(b))) else {
            break;
        };
        part.1 += 1;
        given += 1;
    }
    while given > columns {
        let wide = parts.iter_mut().filter(|part| part.1 > 1);
        let Some(part) = wide.min_by(|a, b| surplus(a).total_cmp(&surplus(b))) else {
            break;
        };
        part.1 -= 1;
        given -= 1;
    }
    parts.into_iter().map(|part| part.1).collect()
}

/// One row of a bar chart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bar {
    /// What it stands for; already safe to print.
    pub(super) label: String,
    /// Its length.
    pub(super) value: f64,
    /// What stands behind it.
    pub(super) text: String,
}

/// Rows of `label bar text`, labels and bars aligned, within the style's width after `indent`.
pub(super) fn bars(rows: &[Bar], indent: usize, style: &Style) -> Vec<String> {
    let widest = |of: fn(&Bar) -> &str| rows.iter().map(|row| sanitize::width(of(row))).max();
    let label_width = widest(|row| &row.label).unwrap_or(0).min(style.width / 3);
    let text_width = widest(|row| &row.text).unwrap_or(0);
    let room = style
        .width
        .saturating_sub(indent + label_width + text_width + 4);
    let room = room.clamp(1, 40);
    let largest = largest(rows.iter().map(|row| row.value));
    rows.iter()
        .map(|row| {
            let label = sanitize::truncate(&row.label, label_width, style.ellipsis());
            let bar = bar(row.value, largest, room, style.charset);
            format!(
                "{}{}  {}  {}",
                " ".repeat(indent),
                padded(&label, label_width),
                padded(&bar, room),
                row.text
            )
        })
        .collect()
}

fn padded(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(sanitize::width(text));
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_starts_at_zero_and_marks_empty_buckets() {
        let weeks = [Some(0.0), None, Some(1.0), Some(4.0), Some(8.0)];
        assert_eq!(sparkline(&weeks, Charset::Unicode), "▁·▁▄█");
        assert_eq!(sparkline(&weeks, Charset::Ascii), ":.:+@");
    }

    #[test]
    fn a_sparkline_survives_any_numbers() {
        assert_eq!(sparkline(&[], Charset::Unicode), "");
        assert_eq!(sparkline(&[None, None], Charset::Unicode), "··");
        assert_eq!(sparkline(&[Some(0.0); 2], Charset::Unicode), "▁▁");
        let odd = [
            Some(f64::NAN),
            Some(f64::INFINITY),
            Some(f64::MAX),
            Some(-1.0),
        ];
        assert_eq!(sparkline(&odd, Charset::Unicode), "··█▁");
    }

    #[test]
    fn equal_values_are_all_full() {
        assert_eq!(sparkline(&[Some(3.0); 3], Charset::Unicode), "███");
    }

    #[test]
    fn a_bar_has_eighths_and_shows_the_smallest_share() {
        assert_eq!(bar(5.0, 10.0, 4, Charset::Unicode), "██");
        assert_eq!(bar(1.0, 16.0, 4, Charset::Unicode), "▎");
        assert_eq!(bar(1e-9, 1.0, 4, Charset::Unicode), "▏");
        assert_eq!(bar(1e-9, 1.0, 4, Charset::Ascii), "#");
        assert_eq!(bar(0.0, 1.0, 4, Charset::Unicode), "");
        assert_eq!(bar(f64::NAN, 1.0, 4, Charset::Unicode), "");
        assert_eq!(bar(9.0, 1.0, 4, Charset::Unicode), "████");
    }

    #[test]
    fn a_stacked_bar_divides_its_columns_by_shares() {
        let bar = |values: [f64; 4], columns| stacked(&values, columns, Charset::Ascii);
        assert_eq!(bar([4.0, 2.0, 9.0, 1.0], 16), "####--=========.");
        // 2.5, 2.5, 2.5, 2.5: two of the four get the columns that are left.
        assert_eq!(bar([1.0; 4], 10).len(), 10);
        assert_eq!(bar([0.0, 3.0, f64::NAN, 1.0], 8), "------..");
        assert_eq!(
            stacked(&[4.0, 2.0, 9.0, 1.0], 16, Charset::Unicode),
            "████▒▒▓▓▓▓▓▓▓▓▓░"
        );
    }

    #[test]
    fn a_stacked_bar_shows_the_smallest_share_and_keeps_its_length() {
        let bar = |values: [f64; 4], columns| stacked(&values, columns, Charset::Ascii);
        assert_eq!(bar([1e-9, 1e-9, 1.0, 1e-9], 8), "#-=====.");
        assert_eq!(bar([f64::MAX, f64::MAX, 1.0, 0.0], 8), "###----=");
        assert_eq!(bar([5.0, 0.0, 0.0, 0.0], 3), "###");
        assert_eq!(bar([0.0, -1.0, f64::NAN, f64::INFINITY], 8), "");
        for columns in 4..100 {
            for values in [[1.0, 2.0, 3.0, 4.0], [0.1, 0.1, 99.0, 0.1], [7.0; 4]] {
                assert_eq!(bar(values, columns).len(), columns, "{values:?}");
            }
        }
        assert_eq!(bar([1.0; 4], 2).len(), 4, "all are visible, come what may");
    }

    #[test]
    fn bars_align_labels_and_texts() {
        let rows = [("up to 1 h", 4.0), ("more", 1.0)].map(|(label, value)| Bar {
            label: label.to_owned(),
            value,
            text: format!("{value}"),
        });
        let style = Style {
            width: 24,
            ..Style::default()
        };
        assert_eq!(
            bars(&rows, 2, &style),
            ["  up to 1…  █████████  4", "  more      ██▎        1"]
        );
    }
}
