//! Tests of the screens of the value stream as wholes: widths, character sets, hostile text, empty and
//! huge documents. What a part of a screen says is tested beside it.

use super::*;
use crate::render::sanitize;
use crate::render::style::Charset;

fn documents() -> Vec<(&'static str, Document)> {
    let report = |report| Document::Report(Box::new(report));
    vec![
        ("worked example", report(sample::report())),
        ("empty", report(sample::empty())),
        ("nothing done", report(sample::nothing_done())),
        ("mapping", Document::Mapping(Box::new(sample::report()))),
        ("way", Document::Item(Box::new(sample::way()))),
        ("open item", Document::Item(Box::new(sample::open_item()))),
        ("value", Document::Value(Box::new(sample::value()))),
    ]
}

fn shown(document: &Document, view: View, style: Style) -> String {
    let options = Options {
        view,
        business: true,
        ..Options::default()
    };
    let mut bytes = Vec::new();
    render(document, Format::Text, &options, &style, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

const VIEWS: [View; 3] = [View::Screen, View::Compact, View::Verbose];

fn styles() -> Vec<Style> {
    let mut styles = Vec::new();
    for width in [40, 60, 80, 100, 120] {
        for charset in [Charset::Unicode, Charset::Ascii] {
            styles.push(Style {
                width,
                charset,
                ..Style::default()
            });
        }
    }
    styles
}

#[test]
fn no_line_is_wider_than_the_page_and_ascii_is_ascii() {
    for (name, document) in documents() {
        for style in styles() {
            for view in VIEWS {
                let text = shown(&document, view, style);
                assert!(!text.is_empty(), "{name}");
                for line in text.lines() {
                    let width = sanitize::width(line);
                    assert!(
                        width <= style.width,
                        "{name} {}: {line}\n{text}",
                        style.width
                    );
                    assert_eq!(line.trim_end(), line, "{name} {}", style.width);
                }
                if style.charset == Charset::Ascii {
                    assert!(text.is_ascii(), "{name}\n{text}");
                }
            }
        }
    }
}

#[test]
fn colour_changes_no_word() {
    let plain = Style::default();
    let coloured = Style {
        colour: true,
        ..plain
    };
    for (name, document) in documents() {
        for view in VIEWS {
            let bare = shown(&document, view, plain);
            let text = shown(&document, view, coloured);
            let mut stripped = String::new();
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once('\u{1b}') {
                stripped.push_str(before);
                rest = after.split_once('m').map_or("", |(_, rest)| rest);
            }
            stripped.push_str(rest);
            assert_eq!(stripped, bare, "{name}");
        }
    }
}

#[test]
fn hostile_text_can_neither_move_the_cursor_nor_reorder_nor_smear() {
    let long = "x".repeat(10_000);
    for text in [
        "a\u{1b}[2Jb\u{7}",
        "x\u{202e}y\u{2066}z",
        "line\nbreak\r\ttab",
        "| a | `b` <i> [l](http://x) @all",
        long.as_str(),
        "",
        "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字",
    ] {
        let mut documents = vec![
            Document::Report(Box::new(sample::hostile(text))),
            Document::Mapping(Box::new(sample::hostile(text))),
        ];
        let mut way = sample::way();
        way.repository = text.to_owned();
        way.item.key = text.to_owned();
        way.item.title = text.to_owned();
        way.item.stage = text.to_owned();
        for visit in &mut way.visits {
            visit.stage = text.to_owned();
        }
        for span in &mut way.blocked {
            span.reason = Some(text.to_owned());
        }
        if let Some(way) = &mut way.way {
            for segment in &mut way.segments {
                segment.segment = text.to_owned();
            }
            for step in &mut way.steps {
                step.evidence = text.to_owned();
            }
            way.commits = vec![text.to_owned(); 40];
            way.deployments = vec![text.to_owned(); 40];
        }
        documents.push(Document::Item(Box::new(way)));
        let mut value = sample::value();
        value.repository = text.to_owned();
        for row in &mut value.stuck {
            row.key = text.to_owned();
            row.title = text.to_owned();
            row.why = text.to_owned();
            row.stage = text.to_owned();
        }
        for row in &mut value.success {
            row.key = text.to_owned();
            row.missing = vec![text.to_owned()];
        }
        documents.push(Document::Value(Box::new(value)));
        for document in &documents {
            for style in styles() {
                for view in VIEWS {
                    let said = shown(document, view, style);
                    let bad = |c: char| {
                        (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{2066}')
                    };
                    assert!(!said.contains(bad), "{said}");
                    let widest = said.lines().map(sanitize::width).max().unwrap_or(0);
                    assert!(widest <= style.width, "{said}");
                }
            }
            for format in [Format::Json, Format::Markdown, Format::Csv] {
                let mut bytes = Vec::new();
                let options = Options::default();
                render(document, format, &options, &Style::default(), &mut bytes).unwrap();
                let said = String::from_utf8(bytes).unwrap();
                assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said}");
            }
        }
    }
}

#[test]
fn absurd_numbers_do_not_panic() {
    for number in [f64::NAN, f64::INFINITY, f64::MAX, -1.0, 1e-300, 0.0] {
        let mut report = sample::report();
        let cash = &mut report.idea_to_cash;
        cash.mean_hours = Some(number);
        cash.target_hours = Some(number);
        cash.beyond_target_hours = Some(number);
        for segment in &mut cash.segments {
            segment.mean_hours = number;
            segment.share = number;
        }
        for row in &mut report.stages {
            row.median_hours = Some(number);
            row.total_hours = number;
            row.wip = usize::MAX;
        }
        for point in &mut report.scatter {
            point.flow_time_hours = number;
        }
        report.flow_time.p50_hours = Some(number);
        report.flow_time.p85_hours = Some(number);
        report.flow_efficiency.active_hours = number;
        for day in &mut report.cumulative_flow {
            day.reached = vec![usize::MAX, 0, usize::MAX];
        }
        report.flow_load.count = usize::MAX;
        report.flow_velocity.count = usize::MAX;
        let mut way = sample::way();
        for segment in way.way.iter_mut().flat_map(|way| &mut way.segments) {
            segment.hours = number;
            segment.to = chrono::DateTime::<chrono::Utc>::MAX_UTC;
        }
        way.item.created = chrono::DateTime::<chrono::Utc>::MIN_UTC;
        for document in [
            Document::Report(Box::new(report)),
            Document::Item(Box::new(way)),
        ] {
            for style in styles() {
                for view in VIEWS {
                    let text = shown(&document, view, style);
                    let widest = text.lines().map(sanitize::width).max().unwrap_or(0);
                    assert!(widest <= style.width, "{number} {}\n{text}", style.width);
                }
            }
        }
    }
}

#[test]
fn an_empty_stream_says_which_command_brings_items_and_shows_no_zero() {
    let text = shown(
        &Document::Report(Box::new(sample::empty())),
        View::Screen,
        Style::default(),
    );
    assert!(text.contains("No work item is known here yet"), "{text}");
    assert!(text.contains("dora import FILE"), "{text}");
    assert!(!text.contains(" 0 "), "{text}");
}

#[test]
fn a_period_in_which_nothing_was_done_says_so_and_where_to_look() {
    let text = shown(
        &Document::Report(Box::new(sample::nothing_done())),
        View::Screen,
        Style::default(),
    );
    assert!(
        text.contains("Idea to cash: no data, no item was done in the period"),
        "{text}"
    );
    assert!(text.contains("dora flow --period 1y"), "{text}");
    assert!(
        text.contains("FOC-105"),
        "what is in progress is shown: {text}"
    );
    assert!(!text.contains(" 0 %"), "{text}");
}

#[test]
fn the_default_screen_says_every_figure_of_the_worked_example() {
    let document = Document::Report(Box::new(sample::report()));
    let text = shown(&document, View::Screen, Style::default());
    for words in [
        "Idea to cash: 5.9 d from idea to done, mean of 4 items",
        "median 8.0 d, P85 8.1 d",
        "58.8 % (231 of 393 h)",
        "> 40 % [met]",
        "1 item in progress",
        "(4 done)",
        "feature 25 % · defect 25 % · risk 25 % · debt 25 %",
        "Constraint: Code Review",
        "FOC-105",
        "find out today who can review it",
        "n is too small to be sure",
        "dora flow FOC-105",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn sentences_have_no_sign_that_only_eyes_understand() {
    let style = Style {
        accessible: true,
        ..Style::default()
    };
    for (name, document) in documents() {
        for view in VIEWS {
            let text = shown(&document, view, style);
            assert!(
                !text.contains(['█', '▒', '│', '▼', '┄', '•']),
                "{name}\n{text}"
            );
        }
    }
    let text = shown(
        &Document::Report(Box::new(sample::report())),
        View::Screen,
        style,
    );
    assert!(
        text.contains("Stage Development: 2.0 days, 34.1 %."),
        "{text}"
    );
}

#[test]
fn the_delivery_report_tells_the_stream_in_three_lines_where_there_is_one() {
    let mut report = crate::render::sample::report();
    let mut shown = |summary| {
        report.flow = summary;
        let options = crate::render::Options {
            view: View::Verbose,
            ..crate::render::Options::default()
        };
        let document = crate::report::Document::One(Box::new(report.clone()));
        let mut bytes = Vec::new();
        let style = Style::default();
        crate::render::render(&document, Format::Text, &options, &style, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let text = shown(Some(
        crate::report::flow::FlowSummary::of(&sample::report()),
    ));
    let lines: Vec<&str> = text
        .lines()
        .skip_while(|line| *line != "Value stream")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect();
    assert_eq!(
        lines,
        [
            " Flow time  median 8.0 d, P85 8.1 d (3 items); efficiency 58.8 %",
            " Velocity   0.9 /week, 4 done; constraint Code Review",
            " Flow load  1 item in progress; 1 finding: dora flow",
        ]
    );
    assert!(!shown(None).contains("Value stream"));
}

#[test]
fn the_json_export_is_the_document() {
    let mut bytes = Vec::new();
    let document = Document::Report(Box::new(sample::report()));
    let options = Options::default();
    render(
        &document,
        Format::Json,
        &options,
        &Style::default(),
        &mut bytes,
    )
    .unwrap();
    let read: FlowReport = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(read, sample::report());
}

/// A page as a snapshot of its own.
fn pinned(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn every_page_is_pinned_at_its_usual_width() {
    let style = Style::default();
    let ascii = Style {
        width: 60,
        charset: Charset::Ascii,
        ..style
    };
    let spoken = Style {
        accessible: true,
        ..style
    };
    let wide = Style {
        width: 120,
        ..style
    };
    for (name, document) in documents() {
        let name = name.replace(' ', "-");
        pinned(
            &format!("flow-{name}"),
            &shown(&document, View::Screen, style),
        );
        pinned(
            &format!("flow-{name}-spoken"),
            &shown(&document, View::Screen, spoken),
        );
    }
    let worked = Document::Report(Box::new(sample::report()));
    pinned("flow-screen-ascii-60", &shown(&worked, View::Screen, ascii));
    pinned("flow-screen-120", &shown(&worked, View::Screen, wide));
    pinned("flow-verbose", &shown(&worked, View::Verbose, style));
    let way = Document::Item(Box::new(sample::way()));
    pinned("flow-way-ascii-60", &shown(&way, View::Screen, ascii));
    for (name, document) in documents() {
        let mut bytes = Vec::new();
        let options = Options::default();
        render(&document, Format::Markdown, &options, &style, &mut bytes).unwrap();
        let name = format!("flow-{}.md", name.replace(' ', "-"));
        pinned(&name, &String::from_utf8(bytes).unwrap());
    }
}

#[test]
fn fifty_stages_and_a_thousand_items_fit_every_page() {
    let mut report = sample::report();
    let grow = |count: usize, name: &str| -> Vec<String> {
        (0..count).map(|index| format!("{name} {index}")).collect()
    };
    let (segment, row) = (
        report.idea_to_cash.segments[0].clone(),
        report.stages[0].clone(),
    );
    report.idea_to_cash.segments.clear();
    report.stages.clear();
    for stage in grow(50, "A stage with a long name") {
        report
            .idea_to_cash
            .segments
            .push(crate::report::flow::BarSegment {
                stage: stage.clone(),
                ..segment.clone()
            });
        report.stages.push(crate::report::flow::StageRow {
            stage,
            ..row.clone()
        });
    }
    let aged = report.ageing[0].clone();
    for key in grow(1_500, "FOC") {
        report.ageing.push(crate::report::flow::AgeingRow {
            key,
            ..aged.clone()
        });
    }
    let document = Document::Report(Box::new(report));
    for style in styles() {
        let text = shown(&document, View::Screen, style);
        let widest = text.lines().map(sanitize::width).max().unwrap_or(0);
        assert!(widest <= style.width, "{text}");
        assert!(
            text.contains("and 1491 more: dora flow --verbose"),
            "{text}"
        );
        assert!(text.lines().count() < 200, "{text}");
    }
    let verbose = shown(&document, View::Verbose, Style::default());
    assert!(
        verbose.contains("and 501 more: dora flow --format json"),
        "{verbose}"
    );
}

#[test]
fn the_documents_do_not_change_with_the_time_of_the_run() {
    let text = |report: FlowReport| {
        let mut bytes = Vec::new();
        let document = Document::Report(Box::new(report));
        let (options, style) = (Options::default(), Style::default());
        render(&document, Format::Markdown, &options, &style, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let mut later = sample::report();
    later.generated_at = sample::at("2027-01-01T00:00:00Z");
    later.tool_version = "9.9.9".to_owned();
    assert_eq!(text(later), text(sample::report()));
}
