//! The idea-to-cash bar (spec 6.6): one stacked bar in the order of the stages over the width of the
//! page, the labels of its segments below, the target above at its place. Widths are shares that the
//! report tells; `chart` divides the columns.

use crate::report::flow::{BarSegment, FlowReport, IdeaToCash};
use crate::report::quantity::{number, percent, plural, stream_time};

use super::figures::STAGE;
use crate::render::chart;
use crate::render::page::Page;
use crate::render::sanitize;
use crate::render::style::{Style, Tone};

/// Segments that are numbered one by one; the bar shows no more.
const NUMBERED: usize = 99;

/// The bar with its headline, target and labels, or why there is none.
pub(super) fn bar(page: &mut Page<'_>, report: &FlowReport) {
    let bar = &report.idea_to_cash;
    let style = page.style;
    let (Some(mean), false) = (bar.mean_hours, bar.items == 0) else {
        let reason = bar.reason.as_deref().unwrap_or("no item was done");
        let words = format!(
            "Idea to cash: no data, {}",
            style.foreign_within(reason, 160)
        );
        page.wrapped(" ", &words, &[("Idea to cash:", Tone::Strong)], 3);
        return;
    };
    page.wrapped(
        " ",
        &headline(bar, mean, style),
        &[("Idea to cash:", Tone::Strong)],
        3,
    );
    let drawn = Drawn::new(bar, mean, style);
    if drawn.widths.is_empty() {
        page.line(" all of them were done at once", &[]);
        return;
    }
    if let Some(marker) = drawn.marker(bar, style) {
        page.line(&marker, &[("cost of delay", Tone::Notable)]);
    }
    match drawn.labels_below(style) {
        Some(labels) => {
            page.line(&drawn.line(false, style), &[]);
            for label in labels {
                page.line(&label, &[]);
            }
        }
        None => {
            page.line(&drawn.line(true, style), &[]);
            page.side_by_side(" ", &drawn.legend(style));
        }
    }
    if let Some(words) = delay(bar, style) {
        page.paragraph(" ! ", Tone::Notable, &words, 3);
    }
}

/// `5.9 d from idea to done, mean of 4 items; the widest is Development`.
pub(super) fn headline(bar: &IdeaToCash, mean: f64, style: &Style) -> String {
    let mut words = format!(
        "Idea to cash: {} from idea to done, mean of {}",
        stream_time(mean),
        plural(bar.items, "item")
    );
    if let Some(widest) = &bar.widest {
        let widest = style.foreign_within(widest, STAGE);
        words.push_str(&format!("; the widest stage is {widest}"));
    }
    words
}

/// What lies beyond the target, if anything does.
pub(super) fn delay(bar: &IdeaToCash, style: &Style) -> Option<String> {
    let target = target(bar.target_hours?);
    let beyond = bar.beyond_target_hours.filter(|&hours| hours > 0.0)?;
    let times = style.times();
    let all = beyond * bar.items as f64;
    Some(format!(
        "{} per item beyond the target of {target} is cost of delay ({times} {} = {})",
        stream_time(beyond),
        plural(bar.items, "item"),
        stream_time(all)
    ))
}

/// A target as it was asked for, with days where they say more: `120 h (5.0 d)`.
pub(super) fn target(hours: f64) -> String {
    let asked = format!("{} h", number(hours, 1));
    match hours.abs() >= 48.0 && hours.is_finite() {
        true => format!("{asked} ({})", stream_time(hours)),
        false => asked,
    }
}

/// What a segment is labelled with: name, hours, share.
fn label(segment: &BarSegment, style: &Style) -> [String; 3] {
    [
        style.foreign_within(&segment.stage, STAGE),
        stream_time(segment.mean_hours),
        percent(segment.share),
    ]
}

/// The bar in columns.
struct Drawn<'a> {
    /// Visible segments with their columns, in order.
    widths: Vec<(&'a BarSegment, usize)>,
    /// Where the target lies, from the begin of the bar; beyond its end when the bar is shorter.
    target: Option<usize>,
}

impl<'a> Drawn<'a> {
    fn new(bar: &'a IdeaToCash, mean: f64, style: &Style) -> Self {
        let room = style.width.saturating_sub(2).max(1);
        let target = bar
            .target_hours
            .filter(|hours| *hours > 0.0 && hours.is_finite());
        // A target beyond the bar needs room behind it.
        let longest = target.unwrap_or(0.0).max(mean);
        let scaled = |hours: f64| match longest > 0.0 {
            true => ((hours / longest * room as f64).round() as usize).min(room),
            false => room,
        };
        let columns = scaled(mean).max(1);
        let visible: Vec<&BarSegment> = bar
            .segments
            .iter()
            .filter(|segment| segment.mean_hours > 0.0)
            .collect();
        let means: Vec<f64> = visible.iter().map(|segment| segment.mean_hours).collect();
        let widths = chart::stacked_widths(&means, columns);
        Self {
            widths: visible.into_iter().zip(widths).collect(),
            target: target.map(scaled),
        }
    }

    /// The bar itself; with numbers, each segment begins with its own.
    fn line(&self, with_numbers: bool, style: &Style) -> String {
        let mut line = String::from(" ");
        for (part, (_, columns)) in self.widths.iter().enumerate() {
            let fill = chart::fill(part, style.charset);
            let number = match with_numbers && part < NUMBERED {
                true => (part + 1).to_string(),
                false => String::new(),
            };
            // A number that does not fit into its segment is told by its neighbours.
            let number = Some(number).filter(|text| text.len() <= *columns);
            let number = number.unwrap_or_default();
            line.push_str(&number);
            line.extend(std::iter::repeat_n(
                fill,
                columns.saturating_sub(number.len()),
            ));
        }
        line
    }

    /// The line above the bar that shows where the target lies.
    fn marker(&self, bar: &IdeaToCash, style: &Style) -> Option<String> {
        let (at, hours) = (self.target?, bar.target_hours?);
        let sign = style.down();
        let asked = format!("target {}", target(hours));
        let is_beyond = bar.beyond_target_hours.is_some_and(|beyond| beyond > 0.0);
        let full = format!("{asked}, beyond it: cost of delay");
        let words = [
            is_beyond.then_some(full),
            Some(asked),
            Some("target".to_owned()),
        ];
        let blanks = |count: usize| " ".repeat(count);
        // The sign stands over the first column beyond the target.
        let before = 1 + at.min(style.width.saturating_sub(2));
        let after = style.width.saturating_sub(before + 1);
        let placed = words.into_iter().flatten().find_map(|words| {
            let taken = sanitize::width(&words) + 1;
            if taken <= after {
                Some(format!("{}{sign} {words}", blanks(before)))
            } else {
                let left = before.checked_sub(taken + 1)?;
                Some(format!(" {}{words} {sign}", blanks(left)))
            }
        });
        Some(placed.unwrap_or_else(|| format!("{}{sign}", blanks(before))))
    }

    /// Labels right below their segments, in two or three lines; `None` where one does not fit.
    fn labels_below(&self, style: &Style) -> Option<Vec<String>> {
        let labels: Vec<[String; 3]> = self
            .widths
            .iter()
            .map(|(segment, _)| label(segment, style))
            .collect();
        let two: Vec<Vec<String>> = labels
            .iter()
            .map(|[name, hours, share]| vec![name.clone(), format!("{hours} {share}")])
            .collect();
        let three: Vec<Vec<String>> = labels.iter().map(|label| label.to_vec()).collect();
        [two, three]
            .into_iter()
            .find(|texts| self.fits(texts, style))
            .map(|texts| self.placed(&texts))
    }

    fn fits(&self, texts: &[Vec<String>], style: &Style) -> bool {
        let last = self.widths.len().saturating_sub(1);
        let used: usize = self.widths.iter().map(|(_, columns)| columns).sum();
        let behind = style.width.saturating_sub(used + 1);
        texts
            .iter()
            .zip(&self.widths)
            .enumerate()
            .all(|(part, (lines, (_, columns)))| {
                let widest = lines
                    .iter()
                    .map(|line| sanitize::width(line))
                    .max()
                    .unwrap_or(0);
                match part == last {
                    true => widest <= columns + behind,
                    false => widest < *columns,
                }
            })
    }

    fn placed(&self, texts: &[Vec<String>]) -> Vec<String> {
        let lines = texts.first().map_or(0, Vec::len);
        (0..lines)
            .map(|line| {
                let mut placed = String::from(" ");
                for (label, (_, columns)) in texts.iter().zip(&self.widths) {
                    let text = label.get(line).map_or("", String::as_str);
                    let blanks = columns.saturating_sub(sanitize::width(text));
                    placed.push_str(text);
                    placed.push_str(&" ".repeat(blanks));
                }
                placed.trim_end().to_owned()
            })
            .collect()
    }

    /// One part per segment: `3 █ Development 48.0 h 34.1 %`.
    fn legend(&self, style: &Style) -> Vec<String> {
        self.widths
            .iter()
            .enumerate()
            .map(|(part, (segment, _))| {
                let fill = chart::fill(part, style.charset);
                let [name, hours, share] = label(segment, style);
                format!("{} {fill} {name} {hours} {share}", part + 1)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::flow::sample;
    use crate::render::style::Charset;

    fn drawn(report: &FlowReport, width: usize, charset: Charset) -> String {
        let style = Style {
            width,
            charset,
            ..Style::default()
        };
        let mut page = Page::new(&style);
        bar(&mut page, report);
        page.finish()
    }

    fn five(target: Option<f64>) -> FlowReport {
        let mut report = sample::report();
        let cash = &mut report.idea_to_cash;
        cash.segments.truncate(5);
        let hours = [56.0, 78.0, 48.0, 32.0, 38.0];
        let names = ["Discovery", "Dev", "Review", "Deploy", "Feedback"];
        for ((segment, hours), name) in cash.segments.iter_mut().zip(hours).zip(names) {
            segment.stage = name.to_owned();
            segment.mean_hours = hours;
            segment.share = hours / 252.0;
        }
        cash.mean_hours = Some(252.0);
        cash.widest = Some("Dev".to_owned());
        cash.target_hours = target;
        cash.beyond_target_hours = target.map(|target| (252.0 - target).max(0.0));
        report
    }

    #[test]
    fn wide_segments_are_labelled_right_below() {
        assert_eq!(
            drawn(&five(None), 80, Charset::Unicode),
            " Idea to cash: 10.5 d from idea to done, mean of 4 items; the widest stage is
 Dev
 █████████████████▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░████████████
 Discovery        Dev                     Review         Deploy    Feedback
 2.3 d            3.2 d                   2.0 d          32 h      38 h
 22.2 %           31 %                    19 %           12.7 %    15.1 %
"
        );
    }

    #[test]
    fn the_target_stands_over_its_place_and_what_lies_beyond_has_a_name() {
        let text = drawn(&five(Some(126.0)), 80, Charset::Ascii);
        let lines: Vec<&str> = text.lines().collect();
        // Half of 252 hours is half of 78 columns, after one blank.
        assert_eq!(lines[2].find('v'), Some(40), "{text}");
        assert!(lines[2].contains("target 126 h (5.2 d)"), "{text}");
        assert!(
            text.contains("5.2 d per item beyond the target of 126 h (5.2 d) is cost of delay"),
            "{text}"
        );
        assert!(text.is_ascii());
    }

    #[test]
    fn a_target_beyond_the_bar_leaves_room_behind_it() {
        let text = drawn(&five(Some(504.0)), 80, Charset::Ascii);
        let lines: Vec<&str> = text.lines().collect();
        let bar = lines[3];
        assert_eq!(bar.len(), 1 + 39, "{text}");
        assert!(lines[2].ends_with('v'), "{text}");
        assert!(!text.contains("cost of delay"), "{text}");
    }

    #[test]
    fn narrow_segments_are_numbered_and_told_below() {
        let text = drawn(&sample::report(), 80, Charset::Ascii);
        let lines: Vec<&str> = text.lines().collect();
        let bar = lines.iter().find(|line| line.starts_with(" 1#")).unwrap();
        assert!(bar.contains("3=====") && bar.contains("4....."), "{text}");
        assert!(text.contains("3 = Development 2.0 d 34.1 %"), "{text}");
        assert!(text.contains("7 = Deploy 0.8 h 0.5 %"), "{text}");
    }

    #[test]
    fn fifty_stages_fit_any_width() {
        let mut report = five(None);
        let one = report.idea_to_cash.segments[0].clone();
        report.idea_to_cash.segments = vec![one; 50];
        for width in [40, 60, 80, 120] {
            let text = drawn(&report, width, Charset::Unicode);
            assert!(
                text.lines().all(|line| sanitize::width(line) <= width),
                "{text}"
            );
            assert!(text.contains("50 "), "{text}");
        }
    }
}
