//! The stages of pull requests: a stacked bar with its legend for `verbose`, rows for `markdown`,
//! words for `accessible`.

use crate::report::quantity::{duration, duration_in_words, plural};
use crate::report::{Report, StageFigure, StageFigures, Stages};

use super::chart;
use super::lists::or_nothing;
use super::page::Page;
use super::style::{Style, Tone};
use super::table::{Cell, Column, Table};

/// What the section is called.
pub(super) const TITLE: &str = "Stages of pull requests";

/// The four stages in the order of time.
fn four(figures: &StageFigures) -> [(&'static str, &StageFigure); 4] {
    [
        ("coding", &figures.coding),
        ("pickup", &figures.pickup),
        ("review", &figures.review),
        ("waiting to deploy", &figures.waiting_to_deploy),
    ]
}

/// The section of the verbose screen; nothing where nothing is known of pull requests.
pub(super) fn section(page: &mut Page<'_>, report: &Report) {
    let Some(stages) = &report.metrics.lead_time.stages else {
        return;
    };
    let style = page.style;
    page.heading(TITLE);
    page.facts(&[("first commit to deployed", whole(&stages.people, style))]);
    if stages.people.pull_requests > 0 {
        page.blank();
        bar_with_legend(page, &stages.people);
    }
    if let Some(bots) = &stages.bots {
        page.blank();
        page.wrapped(" ", &bots_in_words(bots, report, style), &[], usize::MAX);
    }
}

/// The whole way, or why it has no length.
fn whole(people: &StageFigures, style: &Style) -> String {
    match people.total.median_minutes {
        Some(median) => format!("{} (median of {})", duration(median), people.total.count),
        None => format!("no data: {}", reason(&people.total, style)),
    }
}

fn reason(figure: &StageFigure, style: &Style) -> String {
    style.foreign_within(figure.reason.as_deref().unwrap_or("not known"), 100)
}

/// The medians side by side, and below what each part is. They do not add up to the median of the
/// whole: no title says so.
fn bar_with_legend(page: &mut Page<'_>, people: &StageFigures) {
    let style = page.style;
    let stages = four(people);
    let medians = stages.map(|(_, figure)| figure.median_minutes.unwrap_or(0.0));
    let bar = chart::stacked(&medians, style.width.saturating_sub(2), style.charset);
    if !bar.is_empty() {
        page.line(&format!(" {bar}"), &[]);
    }
    let mut table = Table::new([
        Column::new("Stage"),
        Column::new("Median"),
        Column::new("p75").expendable(2),
        Column::new("p90").expendable(3),
        Column::new("n").right(),
        Column::new("Left out").right().expendable(1),
    ]);
    let longest = medians.into_iter().fold(0.0, f64::max);
    for (fill, (name, figure)) in chart::fills(style.charset).into_iter().zip(stages) {
        let is_longest = longest > 0.0 && figure.median_minutes == Some(longest);
        let name = format!("{fill} {name}");
        table.row([
            Cell::from((name, is_longest.then_some(Tone::Strong))),
            or_nothing(figure.median_minutes).into(),
            or_nothing(figure.p75_minutes).into(),
            or_nothing(figure.p90_minutes).into(),
            figure.count.to_string().into(),
            figure.left_out.to_string().into(),
        ]);
    }
    page.table(table);
}

/// `12 pull requests of bots: median 3 h from opening to production`.
fn bots_in_words(bots: &StageFigures, report: &Report, style: &Style) -> String {
    let count = plural(bots.pull_requests, "pull request");
    match bots.from_opening.median_minutes {
        Some(median) => format!(
            "{count} of bots: median {} from opening to {}",
            duration(median),
            style.foreign_within(&report.environment, 24)
        ),
        None => format!("{count} of bots"),
    }
}

/// Why there is no table, when there is none.
pub(super) fn why_not(people: &StageFigures, style: &Style) -> Option<String> {
    (people.pull_requests == 0).then(|| format!("no data: {}", reason(&people.total, style)))
}

/// The table of the Markdown export: stage, median, p75, p90, n, left out; the whole way last.
pub(super) fn rows(people: &StageFigures) -> Vec<[String; 6]> {
    let whole = ("first commit to deployed", &people.total);
    four(people)
        .into_iter()
        .chain([whole])
        .map(|(name, figure)| {
            [
                name.to_owned(),
                or_nothing(figure.median_minutes),
                or_nothing(figure.p75_minutes),
                or_nothing(figure.p90_minutes),
                figure.count.to_string(),
                figure.left_out.to_string(),
            ]
        })
        .collect()
}

/// What stands below that table.
pub(super) fn bots(stages: &Stages, report: &Report, style: &Style) -> Option<String> {
    let bots = stages.bots.as_ref()?;
    Some(bots_in_words(bots, report, style))
}

/// The same in one plain sentence, and one more when there are bots.
pub(super) fn sentences(page: &mut Page<'_>, report: &Report) {
    let Some(stages) = &report.metrics.lead_time.stages else {
        return;
    };
    let people = &stages.people;
    let style = page.style;
    if people.pull_requests == 0 {
        page.sentence(&format!(
            "{TITLE}: no data, {}.",
            reason(&people.total, style)
        ));
    } else {
        let said = |(name, figure): (&str, &StageFigure)| match figure.median_minutes {
            Some(median) => format!(
                "{name} {}, {} counted",
                duration_in_words(median),
                figure.count
            ),
            None => format!("{name} no data"),
        };
        let whole = ("first commit to deployed", &people.total);
        let parts: Vec<_> = four(people).into_iter().chain([whole]).map(said).collect();
        page.sentence(&format!(
            "{TITLE}, medians of {}: {}.",
            plural(people.pull_requests, "pull request"),
            parts.join("; ")
        ));
    }
    if let Some(bots) = &stages.bots {
        let count = plural(bots.pull_requests, "pull request");
        let median = bots.from_opening.median_minutes.map(duration_in_words);
        let median = median.map_or_else(String::new, |median| {
            format!(", median {median} from opening to deployed")
        });
        page.sentence(&format!("Of bots: {count}{median}."));
    }
}

#[cfg(test)]
pub(super) mod sample {
    //! The stages of the report of `sample`.

    use super::*;

    /// A stage of so many of the 41 pull requests of people: median, p75 and p90 in minutes.
    fn stage(count: usize, [median, p75, p90]: [f64; 3]) -> StageFigure {
        StageFigure {
            count,
            median_minutes: Some(median),
            p75_minutes: Some(p75),
            p90_minutes: Some(p90),
            left_out: 41_usize.saturating_sub(count),
            reason: None,
        }
    }

    /// Medians of 4, 2, 9 and 1 hours: 16 hours in all.
    pub(in crate::render) fn stages() -> Stages {
        let people = StageFigures {
            pull_requests: 41,
            coding: stage(39, [240.0, 660.0, 2880.0]),
            pickup: stage(36, [120.0, 300.0, 1500.0]),
            review: stage(36, [540.0, 1680.0, 4320.0]),
            waiting_to_deploy: stage(41, [60.0, 95.0, 410.0]),
            total: stage(39, [1680.0, 4380.0, 8640.0]),
            from_opening: stage(41, [1320.0, 2880.0, 7200.0]),
        };
        let bots = StageFigures {
            pull_requests: 12,
            from_opening: stage(12, [180.0, 300.0, 600.0]),
            ..people.clone()
        };
        Stages {
            people,
            bots: Some(bots),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample as reports;

    #[test]
    fn colour_underlines_the_longest_stage() {
        let style = Style {
            colour: true,
            ..Style::default()
        };
        let mut page = Page::new(&style);
        section(&mut page, &reports::report());
        let text = page.finish();
        assert!(text.contains("\u{1b}[1m▓ review\u{1b}[0m  "), "{text}");
        assert_eq!(text.matches("\u{1b}[1m").count(), 2, "heading and stage");
    }

    #[test]
    fn a_stage_without_data_has_no_part_and_no_median() {
        let mut report = reports::report();
        let stages = report.metrics.lead_time.stages.as_mut().unwrap();
        stages.people.pickup = StageFigure {
            left_out: 41,
            reason: Some("an end is missing".to_owned()),
            ..StageFigure::default()
        };
        let style = Style::default();
        let mut page = Page::new(&style);
        section(&mut page, &report);
        let text = page.finish();
        assert_eq!(text.matches('▒').count(), 1, "the legend only: {text}");
        assert!(text.contains("▒ pickup             -  "), "{text}");
    }
}
