//! Whole documents: every screen as a snapshot, and the laws that hold for any report: no line is
//! wider than the page, no control byte is ours to leak, ASCII stays ASCII.

use proptest::prelude::*;

use super::*;
use crate::render::{hostile, sample};

fn rendered(document: &Document, format: Format, options: Options, style: Style) -> String {
    let mut bytes = Vec::new();
    render(document, format, &options, &style, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn one(report: Report) -> Document {
    Document::One(Box::new(report))
}

fn screen_of(report: Report, view: View, style: Style) -> String {
    let options = Options {
        view,
        ..Options::default()
    };
    rendered(&one(report), Format::Text, options, style)
}

fn at_width(width: usize) -> Style {
    Style {
        width,
        ..Style::default()
    }
}

fn ascii(width: usize) -> Style {
    Style {
        width,
        charset: Charset::Ascii,
        ..Style::default()
    }
}

macro_rules! snapshot {
    ($name:literal, $text:expr) => {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!($name, $text);
        });
    };
}

#[test]
fn the_default_screen_at_every_width() {
    for width in [40, 50, 60, 70, 80, 100] {
        let name = format!("screen-{width}");
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, screen_of(sample::report(), View::Screen, at_width(width)));
        });
    }
    snapshot!(
        "screen-ascii",
        screen_of(sample::report(), View::Screen, ascii(80))
    );
    snapshot!(
        "screen-no-data",
        screen_of(sample::no_data(), View::Screen, at_width(80))
    );
    snapshot!(
        "screen-hostile",
        screen_of(hostile::report(), View::Screen, at_width(80))
    );
    let colour = Style {
        colour: true,
        ..Style::default()
    };
    snapshot!(
        "screen-colour",
        screen_of(sample::report(), View::Screen, colour)
    );
}

#[test]
fn the_other_screens() {
    snapshot!(
        "compact",
        screen_of(sample::report(), View::Compact, at_width(80))
    );
    snapshot!(
        "compact-no-data",
        screen_of(sample::no_data(), View::Compact, at_width(80))
    );
    snapshot!(
        "verbose",
        screen_of(sample::report(), View::Verbose, at_width(80))
    );
    snapshot!(
        "verbose-narrow",
        screen_of(sample::report(), View::Verbose, ascii(40))
    );
    snapshot!(
        "verbose-no-data",
        screen_of(sample::no_data(), View::Verbose, at_width(80))
    );
    let compare = Options {
        compare: true,
        ..Options::default()
    };
    for width in [50, 80, 100] {
        let text = rendered(
            &one(sample::report()),
            Format::Text,
            compare,
            at_width(width),
        );
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("compare-{width}"), text);
        });
    }
    let all = Document::All(vec![sample::report(), sample::no_data()]);
    snapshot!(
        "all",
        rendered(&all, Format::Text, Options::default(), at_width(80))
    );
    let accessible = Style {
        accessible: true,
        ..Style::default()
    };
    snapshot!(
        "accessible",
        screen_of(sample::report(), View::Screen, accessible)
    );
    snapshot!(
        "accessible-verbose",
        screen_of(sample::no_data(), View::Verbose, accessible)
    );
}

#[test]
fn the_documents() {
    let plain = Style::default();
    let options = Options::default();
    snapshot!(
        "markdown",
        rendered(&one(sample::report()), Format::Markdown, options, plain)
    );
    snapshot!(
        "markdown-hostile",
        rendered(&one(hostile::report()), Format::Markdown, options, plain)
    );
}

/// The lines of the verbose screen from a heading to the next.
fn section(text: &str, title: &str) -> String {
    let lines = text.lines().skip_while(|line| !line.ends_with(title));
    let is_next =
        |line: &&str| !line.is_empty() && !line.starts_with(' ') && !line.ends_with(title);
    let lines: Vec<&str> = lines.take_while(|line| !is_next(line)).collect();
    lines.join("\n")
}

#[test]
fn the_stages_of_pull_requests_at_every_width() {
    let of = |report: Report, style| {
        let text = screen_of(report, View::Verbose, style);
        section(&text, "Stages of pull requests")
    };
    for width in [60, 80, 120] {
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("stages-{width}"), of(sample::report(), at_width(width)));
        });
    }
    snapshot!("stages-ascii", of(sample::report(), ascii(60)));
    let mut none = sample::report();
    let people = none.metrics.lead_time.stages.as_mut().unwrap();
    people.bots = None;
    people.people.pull_requests = 0;
    people.people.total.median_minutes = None;
    people.people.total.reason = Some("no pull request was deployed in the period".to_owned());
    snapshot!("stages-none", of(none.clone(), at_width(80)));
    let text = rendered(
        &one(none),
        Format::Markdown,
        Options::default(),
        Style::default(),
    );
    assert!(text.contains(
        "\n## Stages of pull requests\n\nno data: no pull request was deployed in the period.\n\n## "
    ));
    let accessible = Style {
        accessible: true,
        ..Style::default()
    };
    let text = screen_of(sample::report(), View::Verbose, accessible);
    let said = text.lines().filter(|line| line.contains("pull request"));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            "Stages of pull requests, medians of 41 pull requests: coding 4 hours, 39 counted; \
             pickup 2 hours, 36 counted; review 9 hours, 36 counted; waiting to deploy 1 hour, \
             41 counted; first commit to deployed 1 day 4 hours, 39 counted.",
            "Of bots: 12 pull requests, median 3 hours from opening to deployed.",
        ]
    );
}

#[test]
fn a_report_that_knows_no_pull_requests_says_nothing_of_them() {
    let mut report = sample::report();
    report.metrics.lead_time.stages = None;
    let document = one(report);
    let options = Options {
        view: View::Verbose,
        ..Options::default()
    };
    for format in [Format::Text, Format::Markdown, Format::Csv] {
        let text = rendered(&document, format, options, Style::default());
        assert!(!text.contains("pull request"), "{text}");
    }
    let json: serde_json::Value = serde_json::from_str(&rendered(
        &document,
        Format::Json,
        options,
        Style::default(),
    ))
    .unwrap();
    assert_eq!(json["metrics"]["lead_time"].get("stages"), None);
}

#[test]
fn an_old_export_renders_the_same() {
    let document = one(sample::report());
    let json = rendered(
        &document,
        Format::Json,
        Options::default(),
        Style::default(),
    );
    let again = parse(json.as_bytes()).unwrap();
    for format in [Format::Text, Format::Json, Format::Csv, Format::Markdown] {
        let options = Options {
            view: View::Verbose,
            ..Options::default()
        };
        assert_eq!(
            rendered(&again, format, options, Style::default()),
            rendered(&document, format, options, Style::default())
        );
    }
}

#[test]
fn nothing_at_all_is_still_a_screen() {
    let nothing = rendered(
        &Document::All(Vec::new()),
        Format::Text,
        Options::default(),
        at_width(40),
    );
    assert_eq!(
        nothing,
        " no environment: nothing was deployed\n here yet\n"
    );
}

#[test]
fn formats_are_known_by_extension() {
    assert_eq!(Format::of_extension("JSON"), Some(Format::Json));
    assert_eq!(Format::of_extension("md"), Some(Format::Markdown));
    assert_eq!(Format::of_extension("xlsx"), None);
}

/// The sample with its numbers multiplied, so that units, widths and charts vary.
fn scaled(mut report: Report, factor: f64, count: usize) -> Report {
    let scale = |value: &mut Option<f64>| *value = value.map(|value| value * factor);
    let metrics = &mut report.metrics;
    scale(&mut metrics.deployment_frequency.value);
    scale(&mut metrics.lead_time.value);
    scale(&mut metrics.lead_time.trend.previous_value);
    scale(&mut metrics.lead_time.slowest);
    scale(&mut metrics.mttr.value);
    scale(&mut metrics.lead_time.percentiles.p90);
    if let Some(stages) = &mut metrics.lead_time.stages {
        for figure in [&mut stages.people.coding, &mut stages.people.review] {
            scale(&mut figure.median_minutes);
            scale(&mut figure.p90_minutes);
            figure.count = count;
        }
        if let Some(bots) = &mut stages.bots {
            bots.pull_requests = count;
            scale(&mut bots.from_opening.median_minutes);
        }
    }
    metrics.deployment_frequency.count = count;
    metrics.lead_time.count = count;
    metrics.lead_time.waiting.count = Some(count);
    metrics.change_failure_rate.total = count;
    report.weeks = report
        .weeks
        .iter()
        .cycle()
        .take(count % 60)
        .cloned()
        .collect();
    for week in &mut report.weeks {
        week.deployments = count;
        scale(&mut week.lead_time_minutes);
    }
    for change in &mut report.slowest_changes {
        change.lead_time_minutes *= factor;
    }
    for outage in &mut report.outages {
        outage.minutes *= factor;
    }
    report
}

/// The line without our colours; anything else that starts with an escape stays.
fn uncoloured(line: &str) -> String {
    let mut pieces = line.split('\u{1b}');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let code = piece
            .strip_prefix('[')
            .and_then(|piece| piece.split_once('m'));
        match code {
            Some((digits, rest)) if digits.bytes().all(|b| b.is_ascii_digit() || b == b';') => {
                text.push_str(rest);
            }
            _ => text.push_str(&format!("\u{1b}{piece}")),
        }
    }
    text
}

fn foreign_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(hostile::HOSTILE.to_owned()),
        Just(String::new()),
        "\\PC{0,80}",
        proptest::collection::vec(any::<char>(), 0..60).prop_map(String::from_iter),
        "[a-z]{200}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn no_line_is_wider_than_the_page_and_no_control_leaks(
        text in foreign_text(),
        width in 40_usize..=100,
        is_ascii in any::<bool>(),
        colour in any::<bool>(),
        factor in prop_oneof![Just(0.0), Just(1.0), 0.0001..100_000.0, Just(f64::MAX)],
        count in prop_oneof![0_usize..20, 0_usize..2_000_000, Just(usize::MAX)],
    ) {
        let charset = if is_ascii { Charset::Ascii } else { Charset::Unicode };
        let style = Style { colour, charset, width, accessible: false };
        let report = scaled(hostile::with_foreign_text(&text), factor, count);
        let all = Document::All(vec![report.clone(), sample::no_data()]);
        for document in [&one(report), &all] {
            for (view, compare) in [
                (View::Screen, false),
                (View::Compact, false),
                (View::Verbose, false),
                (View::Screen, true),
            ] {
                let options = Options { view, compare, rows: Rows::Metrics };
                let text = rendered(document, Format::Text, options, style);
                prop_assert!(!is_ascii || text.is_ascii(), "{text}");
                for line in text.lines() {
                    let line = uncoloured(line);
                    prop_assert!(sanitize::width(&line) <= width, "{width}: {line}");
                    prop_assert!(!line.chars().any(char::is_control), "{line:?}");
                }
            }
            let accessible = Style { accessible: true, ..style };
            let text = rendered(document, Format::Text, Options::default(), accessible);
            prop_assert!(!is_ascii || text.is_ascii(), "{text}");
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
            let text = rendered(document, Format::Markdown, Options::default(), style);
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        }
    }
}
