//! Answers as wholes: every format of one that holds each kind of cell, as snapshots, and the laws of screens:
//! no line is wider than the page, ASCII stays ASCII, hostile text stays text, no row is lost.

use chrono::{DateTime, Utc};

use super::*;
use crate::model::Notice;
use crate::render::hostile::HOSTILE;
use crate::render::sanitize;
use crate::render::style::Charset;
use crate::report::PeriodRange;
use crate::report::why::{Cell, Column, Figure, Role, Section};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn commit(digit: char) -> Cell {
    Cell::Ids(vec![digit.to_string().repeat(40)])
}

fn change(rank: f64, minutes: f64, digit: char, subject: &str) -> Vec<Cell> {
    vec![
        Cell::Count(rank),
        Cell::Minutes(minutes),
        commit(digit),
        Cell::Instant(at("2026-03-03T08:59:30Z")),
        Cell::text(subject),
        Cell::text("production-20260303T091000Z-d3d3d3d").said_as("production-20260303T0910"),
        Cell::Share(0.285_714_285_714_285_7),
    ]
}

/// Sections with every kind of cell: rows that fit, rows that do not, none at all.
fn sample(subject: &str) -> Why {
    Why {
        schema_version: 1,
        tool_version: "0.1.0".to_owned(),
        generated_at: at("2026-03-09T09:00:00Z"),
        repository: "shop".to_owned(),
        subject: "lead-time".to_owned(),
        title: "Lead time for changes".to_owned(),
        environment: Some("production".to_owned()),
        component: None,
        deployment: None,
        period: PeriodRange {
            start: at("2026-03-02T09:00:00Z"),
            end: at("2026-03-09T09:00:00Z"),
            days: 7.0,
            label: "7 days".to_owned(),
            complete: true,
        },
        of_now: false,
        timezone: "UTC".to_owned(),
        figure: Figure {
            value: Some(35.5),
            unit: "minutes".to_owned(),
            text: "35 min 30 s (median of 2 changes)".to_owned(),
            interval95: None,
            reason: None,
        },
        definition: "The median of the time from commit to deployment ÷ 1, never × 2.".to_owned(),
        sections: vec![
            Section {
                key: "changes",
                title: "Changes that counted".to_owned(),
                role: Role::Counted,
                columns: vec![
                    Column::new("rank", "rank"),
                    Column::new("lead_time_minutes", "lead time"),
                    Column::new("commit", "commit"),
                    Column::new("committed", "committed"),
                    Column::new("subject", "subject"),
                    Column::new("deployment", "deployment"),
                    Column::new("share", "share"),
                ],
                rows: vec![
                    change(1.0, 10.5, 'a', "feat: c"),
                    change(2.0, 60.5, 'b', subject),
                ],
                when_empty: "none",
            },
            Section {
                key: "left_out",
                title: "What is no change".to_owned(),
                role: Role::LeftOut,
                columns: vec![
                    Column::new("what", "what"),
                    Column::new("count", "count"),
                    Column::new("is_open", "open"),
                    Column::new("age_hours", "age"),
                    Column::new("interval95", "interval"),
                    Column::new("rule", "rule"),
                ],
                rows: vec![vec![
                    Cell::text("merge commits"),
                    Cell::Count(1.5),
                    Cell::Flag(true),
                    Cell::Hours(72.25),
                    Cell::Range([0.125, 2.0]),
                    Cell::text("a merge is no change; what it merges is one, and counts by itself"),
                ]],
                when_empty: "none",
            },
            Section {
                key: "nothing",
                title: "Deployments that brought no change".to_owned(),
                role: Role::Beside,
                columns: vec![Column::new("deployment", "deployment")],
                rows: Vec::new(),
                when_empty: "none: every deployment brought a change",
            },
        ],
        arithmetic: vec!["(10.5 + 60.5) ÷ 2 = 35.5 min".to_owned()],
        notices: vec![Notice::new("shallow-clone", "the history is cut short").incomplete()],
    }
}

fn rendered(why: &Why, format: Format, style: Style, all: bool) -> String {
    let mut bytes = Vec::new();
    render(why, format, &Options { all }, &style, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn styled(width: usize, charset: Charset, accessible: bool) -> Style {
    Style {
        width,
        charset,
        accessible,
        ..Style::default()
    }
}

macro_rules! snapshot {
    ($name:expr, $text:expr) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!($name, $text);
        });
    };
}

#[test]
fn the_screen_at_every_width() {
    let why = sample("fix: a subject that is too long to stand beside anything else");
    for width in [40, 60, 80, 100] {
        let style = styled(width, Charset::Unicode, false);
        let name = format!("why-{width}");
        snapshot!(name, rendered(&why, Format::Text, style, false));
    }
    let ascii = styled(80, Charset::Ascii, false);
    snapshot!("why-ascii", rendered(&why, Format::Text, ascii, false));
    let spoken = styled(80, Charset::Unicode, true);
    snapshot!(
        "why-accessible",
        rendered(&why, Format::Text, spoken, false)
    );
}

#[test]
fn the_files() {
    let why = sample("=1+1, or \"two\"");
    for (name, format) in [
        ("why-json", Format::Json),
        ("why-csv", Format::Csv),
        ("why-markdown", Format::Markdown),
    ] {
        snapshot!(name, rendered(&why, format, Style::default(), false));
    }
}

#[test]
fn no_line_is_wider_than_the_page_and_nothing_hostile_gets_through() {
    let mut why = sample(HOSTILE);
    why.repository = HOSTILE.to_owned();
    why.environment = Some(HOSTILE.to_owned());
    why.component = Some(HOSTILE.to_owned());
    why.title = HOSTILE.to_owned();
    why.figure.text = HOSTILE.to_owned();
    why.definition = HOSTILE.to_owned();
    why.arithmetic = vec![HOSTILE.to_owned()];
    why.notices = vec![Notice::new("x", HOSTILE).hint(HOSTILE)];
    for section in &mut why.sections {
        section.title = HOSTILE.to_owned();
        for cell in section.rows.iter_mut().flatten() {
            match cell {
                Cell::Text(text) => *text = HOSTILE.to_owned(),
                Cell::Ids(ids) => *ids = vec![HOSTILE.to_owned(); 6],
                Cell::Said { screen, .. } => *screen = HOSTILE.to_owned(),
                _ => {}
            }
        }
    }
    for width in 40..=100 {
        for charset in [Charset::Unicode, Charset::Ascii] {
            let text = rendered(&why, Format::Text, styled(width, charset, false), true);
            for line in text.lines() {
                assert!(sanitize::width(line) <= width, "{width}: {line}");
                assert!(!line.chars().any(char::is_control), "{line:?}");
                assert!(!line.chars().any(sanitize::is_deceptive), "{line:?}");
                assert!(charset == Charset::Unicode || line.is_ascii(), "{line:?}");
            }
        }
    }
    for format in [Format::Json, Format::Csv, Format::Markdown] {
        let text = rendered(&why, format, Style::default(), true);
        let is_bad =
            |c: char| (c.is_control() && c != '\n' && c != '\r') || sanitize::is_deceptive(c);
        assert!(!text.chars().any(is_bad), "{text:?}");
    }
    let csv = rendered(&why, Format::Csv, Style::default(), true);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(
        reader.records().filter(Result::is_ok).count(),
        3,
        "a line a row"
    );
}

#[test]
fn a_screen_shows_forty_rows_and_says_how_to_see_the_others() {
    let mut why = sample("feat: x");
    let row = why.sections[0].rows[0].clone();
    why.sections[0].rows = vec![row; 43];
    let style = styled(100, Charset::Unicode, false);
    let rows = |text: &str| text.matches("aaaaaaa").count();
    let short = rendered(&why, Format::Text, style, false);
    assert_eq!(rows(&short), 40);
    assert!(short.contains("Changes that counted (43)"), "{short}");
    assert!(
        short.contains("… 3 more: add --all, or --format csv"),
        "{short}"
    );
    assert_eq!(rows(&rendered(&why, Format::Text, style, true)), 43);
    let csv = rendered(&why, Format::Csv, Style::default(), false);
    assert_eq!(csv.lines().count(), 1 + 43 + 1, "files hold every row");
}

#[test]
fn numbers_of_a_csv_read_back_as_the_same_numbers() {
    let mut why = sample("feat: x");
    let odd = [1.0 / 3.0, 0.1 + 0.2, 1e-7, 123_456_789.012_345_68];
    why.sections.truncate(1);
    why.sections[0].columns = vec![Column::new("x_minutes", "x")];
    why.sections[0].rows = odd
        .iter()
        .map(|&number| vec![Cell::Minutes(number)])
        .collect();
    let csv = rendered(&why, Format::Csv, Style::default(), false);
    let read: Vec<f64> = csv
        .lines()
        .skip(1)
        .map(|line| line.rsplit(',').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(read, odd);
}
