//! The screen of an answer: what was asked, the figure, its definition, the rows by what became of them, the
//! arithmetic, what to know about the data. With `--accessible` the same in sentences.

use chrono_tz::Tz;

use crate::report::quantity::number;
use crate::report::why::{Section, Why};

use super::super::calendar;
use super::super::card;
use super::super::page::Page;
use super::super::remarks;
use super::super::style::{Style, Tone};
use super::{Options, ROWS_ON_A_SCREEN, table};

/// Notices shown, and lines of each.
const NOTICES: usize = 4;
const LINES_OF_NOTICE: usize = 3;

pub(super) fn screen(page: &mut Page<'_>, why: &Why, options: &Options) {
    let zone = calendar::zone(&why.timezone);
    page.parts("", &asked(why, page), &[]);
    page.blank();
    figure(page, why);
    page.blank();
    words(page, " ", &why.definition);
    let most = if options.all {
        usize::MAX
    } else {
        ROWS_ON_A_SCREEN
    };
    for section in &why.sections {
        self::section(page, section, most, zone);
    }
    if !why.arithmetic.is_empty() {
        page.heading("Arithmetic");
        for step in &why.arithmetic {
            words(page, " ", step);
        }
    }
    if !why.notices.is_empty() {
        page.blank();
        let in_full = "add --format json";
        remarks::list_of(page, &why.notices, NOTICES, LINES_OF_NOTICE, in_full);
    }
}

/// Repository, environment, component, deployment and period.
fn asked(why: &Why, page: &Page<'_>) -> Vec<String> {
    let style = page.style;
    let mut parts = Vec::new();
    if !why.repository.is_empty() {
        parts.push(style.foreign_within(&why.repository, 30));
    }
    parts.extend(
        why.environment
            .as_deref()
            .map(|name| style.foreign_within(name, 24)),
    );
    if let Some(component) = &why.component {
        parts.push(format!("component {}", style.foreign_within(component, 24)));
    }
    parts.push(match &why.deployment {
        Some(deployment) => style.foreign_within(deployment, 60),
        None => when(why, style),
    });
    parts
}

/// The period, or that the number is about now.
pub(super) fn when(why: &Why, style: &Style) -> String {
    match why.of_now {
        false => card::span(&why.period, &why.timezone, style),
        true => {
            let zone = calendar::zone(&why.timezone);
            let now = calendar::minute(why.generated_at, zone);
            format!("now, {now} ({})", zone.name())
        }
    }
}

fn figure(page: &mut Page<'_>, why: &Why) {
    let title = page.style.foreign(&why.title);
    let text = page.style.foreign(&why.figure.text);
    let said = format!("{title}: {text}");
    if page.style.accessible {
        page.sentence(&said);
    } else {
        page.wrapped(" ", &said, &[(&title, Tone::Strong)], usize::MAX);
    }
}

/// Own or foreign words, as wide as the page.
fn words(page: &mut Page<'_>, lead: &str, text: &str) {
    let safe = page.style.foreign(text);
    if page.style.accessible {
        page.sentence(&safe);
    } else {
        page.wrapped(lead, &safe, &[], usize::MAX);
    }
}

fn section(page: &mut Page<'_>, section: &Section, most: usize, zone: Tz) {
    let rows = section.rows.len();
    let title = page.style.foreign(&section.title);
    page.heading(&format!("{title} ({rows})"));
    if rows == 0 {
        words(page, " ", section.when_empty);
        return;
    }
    table::rows(page, section, most, zone);
    let more = rows.saturating_sub(most);
    if more > 0 {
        let more = number(more as f64, 0);
        let said = format!(
            "{} {more} more: add --all, or --format csv",
            page.style.ellipsis()
        );
        words(page, " ", &said);
    }
}
