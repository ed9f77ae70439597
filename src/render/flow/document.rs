//! The documents of the value stream as Markdown: a table per section, nothing that changes between two
//! runs but what the report says. Foreign text is escaped by `markdown`.

use crate::report::flow::{FlowReport, ItemWay, ValueReport};
use crate::report::quantity::{number, percent, stream_time};

use super::figures::{self, KEY, STAGE, or_dash, share, working};
use super::{Document, Options, bar, item, screen, tables, value, verbose};
use crate::render::calendar;
use crate::render::card;
use crate::render::markdown::{escaped, header, heading, line, row};
use crate::render::remarks;
use crate::render::style::Style;

/// Items in the table of them.
const ITEMS: usize = 500;

/// The whole document.
pub(super) fn text(document: &Document, options: &Options) -> String {
    let mut text = String::new();
    match document {
        Document::Report(found) => report(&mut text, found, options),
        Document::Mapping(found) => mapping(&mut text, found),
        Document::Item(found) => one(&mut text, found),
        Document::Value(found) => values(&mut text, found),
    }
    text
}

fn safe(text: &str, style: &Style) -> String {
    escaped(&style.foreign_within(text, 300))
}

fn opening(text: &mut String, what: &str, words: &str) {
    line(text, &format!("# {what}"));
    line(text, "");
    line(text, words);
}

fn report(text: &mut String, report: &FlowReport, options: &Options) {
    let style = Style::default();
    let repository = safe(&report.repository, &style);
    let span = escaped(&card::span(&report.period, &report.timezone, &style));
    let preset = escaped(&screen::preset(report, &style));
    opening(
        text,
        &format!("Value stream: {repository}"),
        &format!("{span}. {preset}."),
    );
    if !figures::has_items(report) {
        line(text, "");
        line(text, "No work item is known here yet: `dora import FILE`.");
        return;
    }
    idea_to_cash(text, report, &style);
    stages(text, report, options, &style);
    metrics(text, report, options, &style);
    findings(text, report, &style);
    ageing(text, report, &style);
    code(text, report, &style);
    items(text, report, options, &style);
    set_aside(text, report, &style);
    mapping_table(text, report, &style);
    notices(text, &report.notices, &style);
}

fn idea_to_cash(text: &mut String, report: &FlowReport, style: &Style) {
    let cash = &report.idea_to_cash;
    heading(text, "Idea to cash");
    let Some(mean) = cash.mean_hours.filter(|_| cash.items > 0) else {
        let reason = cash.reason.as_deref().unwrap_or("no item was done");
        return line(text, &format!("No data: {}.", safe(reason, style)));
    };
    line(
        text,
        &format!("{}.", escaped(&bar::headline(cash, mean, style))),
    );
    line(text, "");
    header(
        text,
        &["Stage", "Mean per item", "Share", "Total"],
        &[1, 2, 3],
    );
    for segment in &cash.segments {
        row(
            text,
            &[
                &safe(&segment.stage, style),
                &stream_time(segment.mean_hours),
                &percent(segment.share),
                &stream_time(segment.total_hours),
            ],
        );
    }
    if let Some(delay) = bar::delay(cash, style) {
        line(text, "");
        line(text, &format!("{}.", escaped(&delay)));
    }
}

fn stages(text: &mut String, report: &FlowReport, options: &Options, style: &Style) {
    heading(text, "Stages");
    let mut titles = vec![
        "Stage", "Kind", "Items", "Visits", "Median", "P85", "Mean", "Total",
    ];
    titles.extend(["Share", "WIP", "Mean WIP", "Limit"]);
    if options.business {
        titles.push("Working median");
    }
    header(text, &titles, &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    for stage in &report.stages {
        let mut cells = vec![
            safe(&stage.stage, style),
            stage.kind.name().to_owned(),
            stage.items.to_string(),
            stage.visits.to_string(),
            or_dash(stage.median_hours),
            or_dash(stage.p85_hours),
            or_dash(stage.mean_hours),
            or_dash((stage.visits > 0).then_some(stage.total_hours)),
            share(stage.share),
            stage.wip.to_string(),
            stage
                .wip_mean
                .map_or_else(|| "-".to_owned(), |mean| number(mean, 1)),
            stage
                .wip_limit
                .map(|limit| limit.to_string())
                .unwrap_or_default(),
        ];
        if options.business {
            cells.push(working(stage.business_median_hours));
        }
        row(text, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

fn metrics(text: &mut String, report: &FlowReport, options: &Options, style: &Style) {
    heading(text, "Flow metrics");
    header(text, &["Metric", "Now", "Target", "n"], &[3]);
    for figure in figures::figures(report, options, style) {
        let (now, target) = (escaped(&figure.now), escaped(&figure.target));
        row(
            text,
            &[figure.name, &now, &target, &figure.count.to_string()],
        );
    }
    line(text, "");
    line(
        text,
        &format!("{}.", escaped(&screen::constraint_words(report, style))),
    );
}

fn findings(text: &mut String, report: &FlowReport, style: &Style) {
    if report.findings.is_empty() {
        return;
    }
    heading(text, "Findings");
    header(text, &["Rule", "What", "To do"], &[]);
    for finding in &report.findings {
        row(
            text,
            &[
                &safe(&finding.rule, style),
                &escaped(&screen::finding_words(finding, style)),
                &safe(&finding.suggestion, style),
            ],
        );
    }
}

fn ageing(text: &mut String, report: &FlowReport, style: &Style) {
    if report.ageing.is_empty() {
        return;
    }
    heading(text, "In progress");
    header(
        text,
        &[
            "Item",
            "Title",
            "Stage",
            "Age",
            "In stage",
            "May be late",
            "",
        ],
        &[3, 4, 5],
    );
    for found in report.ageing.iter().take(ITEMS) {
        row(
            text,
            &[
                &safe(&found.key, style),
                &safe(&found.title, style),
                &safe(&found.stage, style),
                &stream_time(found.age_hours),
                &stream_time(found.stage_hours),
                &share(found.chance_to_miss),
                &tables::marks(found),
            ],
        );
    }
}

fn code(text: &mut String, report: &FlowReport, style: &Style) {
    let (Some(code), Some(words)) = (&report.code, screen::joined_words(report, style)) else {
        return;
    };
    heading(text, "From idea to production");
    line(text, &format!("{}.", escaped(&words)));
    line(text, "");
    header(
        text,
        &["Segment", "Median", "P85", "Mean", "n"],
        &[1, 2, 3, 4],
    );
    for figure in code.segments.iter().chain([&code.idea_to_production]) {
        row(
            text,
            &[
                &escaped(&item::segment(&figure.segment, style)),
                &or_dash(figure.p50_hours),
                &or_dash(figure.p85_hours),
                &or_dash(figure.mean_hours),
                &figure.count.to_string(),
            ],
        );
    }
}

fn items(text: &mut String, report: &FlowReport, options: &Options, style: &Style) {
    if report.items.is_empty() {
        return;
    }
    heading(text, "Items");
    let zone = calendar::zone(&report.timezone);
    let mut titles = vec!["Item", "Title", "Kind", "State", "Done", "Flow time"];
    titles.extend(["Active", "Wait", "Efficiency"]);
    if options.business {
        titles.push("Working");
    }
    header(text, &titles, &[5, 6, 7, 8, 9]);
    for found in report.items.iter().take(ITEMS) {
        let spent = |hours: Option<f64>| or_dash(hours.filter(|_| found.started.is_some()));
        let mut cells = vec![
            safe(&found.key, style),
            safe(&found.title, style),
            found.flow_type.name().to_owned(),
            figures::outcome(found).to_owned(),
            found
                .finished
                .map(|at| calendar::day(at, zone))
                .unwrap_or_default(),
            or_dash(found.flow_time_hours),
            spent(found.active_hours),
            spent(found.wait_hours),
            share(found.efficiency),
        ];
        if options.business {
            cells.push(working(found.business_hours));
        }
        row(text, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let more = report.items.len().saturating_sub(ITEMS);
    if more > 0 {
        line(text, "");
        line(text, &format!("And {more} more."));
    }
}

fn set_aside(text: &mut String, report: &FlowReport, style: &Style) {
    if report.set_aside.is_empty() {
        return;
    }
    heading(text, "Set aside");
    header(text, &["Why", "Items"], &[]);
    for found in &report.set_aside {
        let items = escaped(&verbose::aside(found, style));
        row(text, &[verbose::why_aside(&found.reason), &items]);
    }
}

fn mapping(text: &mut String, report: &FlowReport) {
    let style = Style::default();
    let repository = safe(&report.repository, &style);
    let preset = escaped(&screen::preset(report, &style));
    opening(
        text,
        &format!("Stages and statuses: {repository}"),
        &format!("{preset}."),
    );
    heading(text, "Stages");
    header(text, &["Stage", "Kind", "Limit", "Statuses"], &[2]);
    for stage in &report.definitions.stages {
        let statuses: Vec<String> = stage
            .statuses
            .iter()
            .map(|status| style.foreign_within(status, STAGE))
            .collect();
        row(
            text,
            &[
                &safe(&stage.name, &style),
                tables::kind_in_words(stage.kind),
                &stage
                    .wip_limit
                    .map(|limit| limit.to_string())
                    .unwrap_or_default(),
                &escaped(&statuses.join(", ")),
            ],
        );
    }
    mapping_table(text, report, &style);
}

fn mapping_table(text: &mut String, report: &FlowReport, style: &Style) {
    if report.statuses.is_empty() {
        return;
    }
    heading(text, "Statuses");
    header(text, &["Status seen", "Entered", "Stage", "Because"], &[1]);
    for found in &report.statuses {
        row(
            text,
            &[
                &safe(&found.status, style),
                &found.entries.to_string(),
                &found.stage.as_deref().map_or_else(
                    || tables::no_stage(&found.decided_by).to_owned(),
                    |stage| safe(stage, style),
                ),
                tables::because(&found.decided_by),
            ],
        );
    }
}

fn notices(text: &mut String, notices: &[crate::model::Notice], style: &Style) {
    if notices.is_empty() {
        return;
    }
    heading(text, "Notices");
    for notice in remarks::by_weight(notices) {
        let hint = remarks::led_in(": ", notice.hint.as_deref(), style);
        let words = format!("{}{hint}", style.foreign(&notice.message));
        line(text, &format!("- {}", escaped(&words)));
    }
}

fn one(text: &mut String, way: &ItemWay) {
    let style = Style::default();
    let title = escaped(&item::heading(way, &style));
    let found = &way.item;
    let words = format!(
        "{}, {} ({}).",
        found.flow_type.name(),
        figures::outcome(found),
        safe(&found.stage, &style)
    );
    opening(text, &title, &words);
    if let Some(way) = &way.way {
        heading(text, "From idea to production");
        header(text, &["Segment", "From", "To", "Time"], &[3]);
        for segment in &way.segments {
            row(
                text,
                &[
                    &escaped(&item::segment(&segment.segment, &style)),
                    &calendar::instant(segment.from),
                    &calendar::instant(segment.to),
                    &stream_time(segment.hours),
                ],
            );
        }
        line(text, "");
        line(
            text,
            &match way.idea_to_production_hours {
                Some(hours) => format!("{} from idea to production.", stream_time(hours)),
                None => "Not in production yet.".to_owned(),
            },
        );
    }
    heading(text, "Stages");
    header(text, &["Stage", "From", "To"], &[]);
    for visit in &way.visits {
        row(
            text,
            &[
                &safe(&visit.stage, &style),
                &calendar::instant(visit.from),
                &visit.to.map(calendar::instant).unwrap_or_default(),
            ],
        );
    }
    if way.blocked.is_empty() {
        return;
    }
    heading(text, "Blocked");
    header(text, &["Why", "From", "To"], &[]);
    for span in &way.blocked {
        row(
            text,
            &[
                &safe(span.reason.as_deref().unwrap_or("no reason told"), &style),
                &calendar::instant(span.from),
                &span.to.map(calendar::instant).unwrap_or_default(),
            ],
        );
    }
}

fn values(text: &mut String, report: &ValueReport) {
    let style = Style::default();
    let repository = safe(&report.repository, &style);
    let span = escaped(&card::span(&report.period, "UTC", &style));
    opening(
        text,
        &format!("Value delivered: {repository}"),
        &format!("{span}."),
    );
    if !report.stuck.is_empty() {
        heading(text, "Stuck");
        header(text, &["Item", "Title", "Value", "Stage", "Why"], &[2]);
        for found in &report.stuck {
            row(
                text,
                &[
                    &safe(&found.key, &style),
                    &safe(&found.title, &style),
                    &number(found.value, 1),
                    &safe(&found.stage, &style),
                    &safe(&found.why, &style),
                ],
            );
        }
    }
    heading(text, "Value");
    header(text, &["Figure", "Now", "n", "Left out"], &[2, 3]);
    for (name, words, figure) in value::three(report, &style) {
        row(
            text,
            &[
                name,
                &escaped(&words),
                &figure.count.to_string(),
                &figure.left_out.to_string(),
            ],
        );
    }
    if !report.returns.is_empty() {
        heading(text, "Return per hour in the stream");
        header(
            text,
            &["Item", "Title", "Adoption", "Hours", "Per hour"],
            &[2, 3, 4],
        );
        for found in &report.returns {
            row(
                text,
                &[
                    &escaped(&style.foreign_within(&found.key, KEY)),
                    &safe(&found.title, &style),
                    &format!("{} %", number(found.adoption_pct, 1)),
                    &number(found.stream_hours, 1),
                    &number(found.roi_per_hr, 4),
                ],
            );
        }
    }
    notices(text, &report.notices, &style);
}
