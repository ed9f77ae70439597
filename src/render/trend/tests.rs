//! Tests of the long view as a whole: widths, character sets, few and many points, hostile text.

use super::*;
use crate::model::Notice;
use crate::render::sanitize;
use crate::render::style::Charset;
use crate::report::trend::Series;

fn shown(report: &TrendReport, format: Format, style: &Style) -> String {
    let mut bytes = Vec::new();
    render(report, format, style, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn text(report: &TrendReport, width: usize, charset: Charset) -> String {
    let style = Style {
        width,
        charset,
        ..Style::default()
    };
    shown(report, Format::Text, &style)
}

/// Series of no, one, two, twelve and 104 points; with gaps, constant, huge, and all missing.
fn series_of_all_lengths(metric: &str) -> Vec<Series> {
    let mut all: Vec<Vec<Option<f64>>> = [0, 1, 2, 12, 104]
        .into_iter()
        .map(|count| {
            let value = |at: usize| (at % 7 != 3).then_some(0.01 * (1 + at * 37 % 11) as f64);
            (0..count).map(value).collect()
        })
        .collect();
    all.push(vec![Some(0.5); 12]);
    all.push(vec![Some(0.0); 12]);
    all.push(vec![None; 12]);
    all.push(vec![Some(1e300), Some(1e-300), Some(5.0), None]);
    all.iter()
        .map(|values| sample::series(metric, values))
        .collect()
}

#[test]
fn no_line_is_wider_than_the_page_and_ascii_is_ascii() {
    for (metric, _) in sample::METRICS {
        for series in series_of_all_lengths(metric) {
            let one = sample::report(vec![series.clone()]);
            let several = sample::report(vec![series.clone(), sample::lead_time()]);
            for report in [one, several] {
                for width in [40, 60, 80, 100, 120] {
                    for charset in [Charset::Unicode, Charset::Ascii] {
                        let text = text(&report, width, charset);
                        for line in text.lines() {
                            let columns = sanitize::width(line);
                            assert!(columns <= width, "{width}: {line}\n{text}");
                            assert_eq!(line.trim_end(), line, "{text}");
                        }
                        assert!(charset == Charset::Unicode || text.is_ascii(), "{text}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_series_says_something_in_every_format() {
    for (metric, _) in sample::METRICS {
        for series in series_of_all_lengths(metric) {
            let report = sample::report(vec![series.clone()]);
            for format in [Format::Text, Format::Json, Format::Csv, Format::Markdown] {
                let text = shown(&report, format, &Style::default());
                assert!(!text.trim().is_empty());
                assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            }
            let rows = shown(&report, Format::Csv, &Style::default());
            assert_eq!(rows.lines().count(), series.buckets.len() + 1);
        }
    }
}

#[test]
fn colour_changes_no_word() {
    let report = sample::report(vec![sample::lead_time()]);
    let plain = Style::default();
    let coloured = Style {
        colour: true,
        ..plain
    };
    let text = shown(&report, Format::Text, &coloured);
    let mut stripped = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    stripped.push_str(rest);
    assert_eq!(stripped, shown(&report, Format::Text, &plain));
}

#[test]
fn sentences_have_no_picture_and_every_bucket() {
    let report = sample::report(vec![sample::lead_time()]);
    let style = Style {
        accessible: true,
        ..Style::default()
    };
    let text = shown(&report, Format::Text, &style);
    for sign in ['┤', '─', '│', '┈', '▲', '↑', '↓', '→'] {
        assert!(!text.contains(sign), "{text}");
    }
    for row in &report.series[0].buckets {
        assert!(text.contains(&row.bucket), "{text}");
    }
    assert!(
        text.contains("2024-07: lead time no data, no deployment in the period."),
        "{text}"
    );
}

#[test]
fn hostile_text_moves_no_cursor_and_starts_no_formula() {
    for hostile in ["a\u{1b}[2J\u{7}", "x\u{202e}y", "=cmd()", "a|b\n<i>`"] {
        let mut report = sample::report(vec![sample::lead_time()]);
        report.repository = hostile.to_owned();
        report.environment = Some(hostile.to_owned());
        report.component = Some(hostile.to_owned());
        report.bands = hostile.to_owned();
        report.notices[0].message = hostile.to_owned();
        report.series[0].buckets[6].reason = Some(hostile.to_owned());
        for format in [Format::Text, Format::Json, Format::Csv, Format::Markdown] {
            let text = shown(&report, format, &Style::default());
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text}");
            assert!(!text.contains(",=cmd"), "{text}");
        }
    }
}

#[test]
fn the_screen_of_one_metric() {
    let report = sample::report(vec![sample::lead_time()]);
    insta::assert_snapshot!(text(&report, 80, Charset::Unicode));
}

#[test]
fn the_screen_of_one_metric_in_ascii_and_sixty_columns() {
    let report = sample::report(vec![sample::lead_time()]);
    insta::assert_snapshot!(text(&report, 60, Charset::Ascii));
}

#[test]
fn the_screen_of_several_metrics() {
    let report = sample::report(vec![sample::frequency(), sample::lead_time()]);
    insta::assert_snapshot!(text(&report, 80, Charset::Unicode));
}

#[test]
fn a_hundred_and_four_points_on_sixty_columns() {
    let values: Vec<Option<f64>> = (0..104_u32)
        .map(|at| {
            Some(f64::from(if at < 52 {
                900 + at * 7 % 60
            } else {
                40 + at * 5 % 9
            }))
        })
        .collect();
    let series = sample::series("lead_time", &values);
    let series = sample::shifted(series, 52, [930.0, 44.0], 60);
    insta::assert_snapshot!(text(&sample::report(vec![series]), 60, Charset::Unicode));
}

#[test]
fn the_document_in_markdown() {
    let report = sample::report(vec![sample::lead_time(), sample::frequency()]);
    insta::assert_snapshot!(shown(&report, Format::Markdown, &Style::default()));
}

#[test]
fn without_any_work_item_the_screen_says_how_to_import_them_whatever_the_reason_reads() {
    let mut report = sample::report(vec![sample::series("flow_time", &[None, None])]);
    report.environment = None;
    report.series[0].buckets[1].reason = Some("reworded".to_owned());
    for (known, is_said) in [(Some(false), true), (Some(true), false), (None, false)] {
        report.work_items_known = known;
        let said = text(&report, 80, Charset::Unicode);
        assert_eq!(said.contains("dora import FILE"), is_said, "{said}");
    }
}

#[test]
fn what_a_notice_asks_to_do_is_told_whole() {
    let mut report = sample::report(vec![sample::lead_time()]);
    let message = "4 deployments of a component cannot be traced to commits ".repeat(3);
    report.notices = vec![Notice::new("x", message).hint("git fetch --all --tags")];
    for width in [40, 60, 80] {
        let said = text(&report, width, Charset::Unicode);
        let words: Vec<&str> = said.split_whitespace().collect();
        assert!(
            words.join(" ").contains(": git fetch --all --tags next:"),
            "{said}"
        );
    }
}
