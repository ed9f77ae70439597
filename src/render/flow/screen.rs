//! `dora flow` on one screen: title, the bar, stages, flow metrics, what limits the stream, what a rule
//! found, what is in progress, what to know, what to do next. Everything behind it is `verbose`.

use crate::model::Notice;
use crate::report::PeriodRange;
use crate::report::flow::{Finding, FlowReport};
use crate::report::quantity::{percent, plural, stream_time};

use super::Options;
use super::bar;
use super::figures::{self, KEY, STAGE};
use super::tables;
use crate::render::card;
use crate::render::page::Page;
use crate::render::remarks;
use crate::render::style::{Style, Tone};

/// Findings, items in progress and notices on the default screen.
const FINDINGS: usize = 4;
const AGEING: usize = 10;
const NOTICES: usize = 3;
/// Keys that a finding names.
const KEYS: usize = 5;

/// The default screen.
pub(super) fn screen(page: &mut Page<'_>, report: &FlowReport, options: &Options) {
    title(page, report);
    page.blank();
    if !figures::has_items(report) {
        return nothing(page, report);
    }
    doubts(page, report);
    head(page, report, options, false);
    findings(page, report, FINDINGS);
    if !report.ageing.is_empty() {
        page.blank();
        tables::ageing(page, report, AGEING);
        let more = report.ageing.len().saturating_sub(AGEING);
        if more > 0 {
            let words = format!("and {more} more: dora flow --verbose");
            page.paragraph("   ", Tone::Faint, &words, 2);
        }
    }
    page.blank();
    joined(page, report);
    remarks::list_of(
        page,
        report.notices.iter().filter(|notice| !is_doubt(notice)),
        NOTICES,
        remarks::lines_each(page.style) + 1,
        "dora flow --verbose",
    );
    next(page, report);
}

/// Notices that say how far the numbers can be believed at all: they stand above them.
const DOUBTS: [&str; 3] = [
    "history-approximate",
    "history-partial",
    "statuses-unmapped",
];

fn is_doubt(notice: &Notice) -> bool {
    DOUBTS.contains(&notice.code.as_str())
}

/// What makes the numbers rough, and that some of them are not of the period.
pub(super) fn doubts(page: &mut Page<'_>, report: &FlowReport) {
    if report.period.end < report.generated_at {
        let words = format!(
            "The period is over: items in stages, findings and open items are those of {}",
            report.generated_at.format("%Y-%m-%d")
        );
        page.paragraph(" ! ", Tone::Notable, &words, 3);
    }
    let doubts = report.notices.iter().filter(|notice| is_doubt(notice));
    let lines = remarks::lines_each(page.style) + 1;
    remarks::list_of(page, doubts, DOUBTS.len(), lines, "dora flow --verbose");
}

/// What is measured, when, and by which stages.
pub(super) fn title(page: &mut Page<'_>, report: &FlowReport) {
    let style = page.style;
    let subject = subject(&report.repository, "value stream", style);
    let mut parts = subject.clone();
    parts.push(card::span(&report.period, &report.timezone, style));
    parts.push(preset(report, style));
    let tones: Vec<_> = subject
        .iter()
        .map(|part| (part.as_str(), Tone::Strong))
        .collect();
    page.parts("", &parts, &tones);
}

/// Whose numbers of what.
pub(super) fn subject(repository: &str, what: &str, style: &Style) -> Vec<String> {
    let mut parts = Vec::new();
    if !repository.is_empty() {
        parts.push(style.foreign_within(repository, 30));
    }
    parts.push(what.to_owned());
    parts
}

/// `stages: idea-to-cash`.
pub(super) fn preset(report: &FlowReport, style: &Style) -> String {
    match &report.definitions.preset {
        Some(preset) => format!("stages: {}", style.foreign_within(preset, 20)),
        None => "stages: your own".to_owned(),
    }
}

/// Nothing was imported.
fn nothing(page: &mut Page<'_>, report: &FlowReport) {
    page.wrapped(
        " ",
        "No work item is known here yet. Export them from your tracker and read the file in: \
         dora import FILE (Jira, Azure DevOps, GitHub, GitLab, Linear, Focalboard, or a CSV).",
        &[],
        usize::MAX,
    );
    remarks::list_of(
        page,
        &report.notices,
        NOTICES,
        remarks::lines_each(page.style) + 1,
        "dora flow --verbose",
    );
    page.parts(
        " next: ",
        &["dora import FILE", "dora help import"].map(str::to_owned),
        &[("next:", Tone::Faint)],
    );
}

/// The bar, the stages, the metrics and the constraint.
pub(super) fn head(page: &mut Page<'_>, report: &FlowReport, options: &Options, details: bool) {
    bar::bar(page, report);
    if report.idea_to_cash.items == 0 {
        elsewhere(page, &report.period, report);
    }
    page.blank();
    tables::stages(page, report, options, details);
    page.blank();
    tables::metrics(page, report, options);
    service_level(page, report);
    page.blank();
    constraint(page, report);
}

/// Where something was done, when nothing was in this period.
fn elsewhere(page: &mut Page<'_>, period: &PeriodRange, report: &FlowReport) {
    let before = report.flow_time.previous_p50_hours.is_some();
    let words = match before {
        true => "Items were done in the period before this one: dora flow --period 1y",
        false => "A longer period may show more: dora flow --period 1y",
    };
    // Over a year already: nothing is left to show.
    if period.days < 360.0 {
        page.paragraph(" ", Tone::Faint, words, 2);
    }
}

/// What 85 of 100 items keep, and how many do not any more.
fn service_level(page: &mut Page<'_>, report: &FlowReport) {
    let level = &report.service_level;
    let Some(p85) = level.p85_hours else {
        return;
    };
    let late = match level.older {
        0 => "nothing in progress is older".to_owned(),
        1 => "1 item in progress is older".to_owned(),
        older => format!("{older} items in progress are older"),
    };
    let words = format!(
        "Service level: 85 of 100 items took at most {} (n {}); {late}",
        stream_time(p85),
        level.count
    );
    page.paragraph(" ", Tone::Faint, &words, 3);
}

/// The stage that limits the stream.
fn constraint(page: &mut Page<'_>, report: &FlowReport) {
    let words = constraint_words(report, page.style);
    page.wrapped(" ", &words, &[("Constraint:", Tone::Strong)], 4);
}

/// The same as a sentence without its full stop.
pub(super) fn constraint_words(report: &FlowReport, style: &Style) -> String {
    match &report.constraint {
        Some(constraint) => {
            let stage = style.foreign_within(&constraint.stage, STAGE);
            let evidence = style.foreign_within(&constraint.evidence, 240);
            let doubt = match constraint.is_firm || says_doubt(&constraint.evidence) {
                true => "",
                false => "; too few visits to be sure",
            };
            format!("Constraint: {stage}; {evidence}{doubt}")
        }
        None => {
            let reason = report
                .constraint_reason
                .as_deref()
                .unwrap_or("nothing shows one");
            format!("Constraint: none, {}", style.foreign_within(reason, 200))
        }
    }
}

/// What a rule found: the figures, the items, one thing to do.
pub(super) fn findings(page: &mut Page<'_>, report: &FlowReport, most: usize) {
    let style = page.style;
    let advice = format!("   {} ", style.advice());
    for finding in report.findings.iter().take(most) {
        let tone = if finding.is_firm {
            Tone::Poor
        } else {
            Tone::Notable
        };
        page.paragraph(" ! ", tone, &finding_words(finding, style), 4);
        let suggestion = style.foreign_within(&finding.suggestion, 240);
        page.paragraph(&advice, Tone::Strong, &suggestion, 3);
    }
    let more = report.findings.len().saturating_sub(most);
    if more > 0 {
        let words = format!("and {more} more: dora flow --verbose");
        page.paragraph("   ", Tone::Faint, &words, 2);
    }
}

/// Whether a sentence says itself that it rests on few items.
fn says_doubt(sentence: &str) -> bool {
    sentence.contains("too few")
}

/// `FOC-105 is in Code Review for 6.0 d … (n is too small to be sure)`.
pub(super) fn finding_words(finding: &Finding, style: &Style) -> String {
    let mut words = style.foreign_within(&finding.message, 320);
    let is_named = |key: &String| finding.message.contains(key.as_str());
    if !finding.items.is_empty() && !finding.items.iter().take(1).all(is_named) {
        let keys = figures::keys(&finding.items, finding.items.len(), KEYS, style);
        words.push_str(&format!(": {keys}"));
    }
    if !finding.is_firm && !says_doubt(&finding.message) {
        words.push_str(" (n is too small to be sure)");
    }
    words
}

/// How items meet the code, in one line, where that is known.
fn joined(page: &mut Page<'_>, report: &FlowReport) {
    if let Some(words) = joined_words(report, page.style) {
        page.wrapped(" ", &words, &[("Idea to production:", Tone::Strong)], 4);
    }
    if let Some(words) = untrue_words(report, page.style) {
        page.wrapped(
            " ",
            &words,
            &[("The tracker against git:", Tone::Strong)],
            4,
        );
    }
}

/// Where the tracker and what runs disagree, as a sentence without its full stop.
pub(super) fn untrue_words(report: &FlowReport, style: &Style) -> Option<String> {
    let gap = &report.code.as_ref()?.tracker_gap;
    let mut said = Vec::new();
    if gap.done_not_deployed_count > 0 {
        let count = gap.done_not_deployed_count;
        let keys = figures::keys(&gap.done_not_deployed, count, KEYS, style);
        said.push(format!("done and not in production {keys}"));
    }
    if gap.closed_before_deployed > 0 {
        let (early, all) = (gap.closed_before_deployed, gap.count);
        said.push(format!("{early} of {all} done before the deployment"));
    }
    if gap.coded_before_started > 0 {
        let items = plural(gap.coded_before_started, "item");
        said.push(format!("{items} coded before started"));
    }
    (!said.is_empty()).then(|| format!("The tracker against git: {}", said.join("; ")))
}

/// The same as a sentence without its full stop.
pub(super) fn joined_words(report: &FlowReport, style: &Style) -> Option<String> {
    let code = report.code.as_ref()?;
    let coverage = &code.coverage;
    let share = |share: Option<f64>| share.map_or_else(|| "none".to_owned(), percent);
    let environment = style.foreign_within(&code.environment, 24);
    let way = &code.idea_to_production;
    let length = match way.p50_hours {
        Some(p50) => format!("median {} (n {})", stream_time(p50), way.count),
        None => {
            let reason = way.reason.as_deref().unwrap_or("no item was deployed");
            format!("no data, {}", style.foreign_within(reason, 120))
        }
    };
    Some(format!(
        "Idea to production: {length} in {environment}; {} of {} commits name an item, {} of {} \
         done items have a commit",
        share(coverage.commit_share),
        coverage.commits,
        share(coverage.item_share),
        coverage.items
    ))
}

/// Where to go from here.
fn next(page: &mut Page<'_>, report: &FlowReport) {
    let mut commands = Vec::new();
    let oldest = report.ageing.iter().map(|row| &row.key);
    let finished = report.scatter.iter().map(|point| &point.key);
    // A key that a shell would take apart is no example.
    let is_plain = |key: &&String| {
        key.len() <= KEY
            && key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if let Some(key) = oldest.chain(finished).find(is_plain) {
        commands.push(format!("dora flow {key}"));
    }
    commands.push("dora flow --verbose".to_owned());
    commands.push("dora flow --export vsm.csv".to_owned());
    page.parts(" next: ", &commands, &[("next:", Tone::Faint)]);
}
