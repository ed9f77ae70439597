//! The change of a metric against the previous period in words (spec 2.10): the arrow is the sign
//! of the change, the judgement a word of its own. The rest of a metric's wording is `measure`.

use crate::model::Judgement;
use crate::report::Trend;

use super::measure::{Kind, Measure};
use super::style::{Style, Tone};
use crate::report::quantity::{self, RateUnit};

/// How much of a change is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// With the relative change.
    Full,
    /// Without.
    Short,
}

impl Measure<'_> {
    /// The change with its judgement: `↑ 0.3 (20 %) within noise`, `→ stable`.
    pub(super) fn change(&self, style: &Style, detail: Detail) -> (String, Tone) {
        let (Some(trend), Some(_)) = (self.trend, self.value) else {
            return (String::new(), Tone::Faint);
        };
        let tone = Tone::of_judgement(trend.direction, is_noise(trend));
        match self.movement(style, detail) {
            None => ("no comparison".to_owned(), Tone::Faint),
            Some(movement) => (format!("{movement} {}", self.verdict()), tone),
        }
    }

    /// The change alone: `↑ 0.3 (20 %)`, `→`; `None` when there is nothing to compare with.
    pub(super) fn movement(&self, style: &Style, detail: Detail) -> Option<String> {
        let trend = self.trend?;
        let (value, previous) = (self.value?, trend.previous_value?);
        if trend.direction == Judgement::Unknown {
            return None;
        }
        let change = value - previous;
        let arrow = style.arrow(trend.change_percent.unwrap_or(change));
        if change == 0.0 {
            return Some(arrow.to_owned());
        }
        let size = match self.kind {
            Kind::Rate => RateUnit::of(value).number(change.abs()),
            Kind::Duration if detail == Detail::Short => quantity::duration_short(change.abs()),
            Kind::Duration => quantity::duration(change.abs()),
            Kind::Share => format!("{} pt", quantity::points(change.abs())),
        };
        let relative = match (self.kind, detail, trend.change_percent) {
            (Kind::Share, ..) | (_, Detail::Short, _) | (_, _, None) => String::new(),
            (_, _, Some(percent)) => format!(" ({})", relative(percent)),
        };
        Some(format!("{arrow} {size}{relative}"))
    }

    /// The judgement where room is short: noise goes before improvement.
    pub(super) fn verdict(&self) -> &'static str {
        match self.trend {
            None => "",
            Some(trend) if trend.direction == Judgement::Unknown => "no comparison",
            Some(trend) if is_noise(trend) => "within noise",
            Some(trend) => trend.direction.name(),
        }
    }

    /// The judgement in full: `improving, within noise`.
    pub(super) fn judgement(&self) -> String {
        match self.trend {
            Some(trend) if is_noise(trend) => format!("{}, within noise", trend.direction.name()),
            _ => self.verdict().to_owned(),
        }
    }
}

/// Whether a change that has a judgement is not visible statistically.
fn is_noise(trend: &Trend) -> bool {
    trend.significant == Some(false)
        && matches!(trend.direction, Judgement::Improving | Judgement::Degrading)
}

/// A relative change without its sign: `20 %`, `> 999 %`.
fn relative(percent: f64) -> String {
    match percent.abs() {
        size if size > 999.0 => "> 999 %".to_owned(),
        size if size < 0.5 => "< 1 %".to_owned(),
        size => format!("{size:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{measure, sample};
    use crate::report::Report;

    fn said(report: &Report, metric: usize) -> String {
        let measures = measure::four(&report.metrics);
        measures[metric].change(&Style::default(), Detail::Full).0
    }

    #[test]
    fn a_change_from_zero_has_a_judgement_and_no_percentage() {
        let mut report = sample::report();
        let frequency = &mut report.metrics.deployment_frequency;
        frequency.trend.previous_value = Some(0.0);
        frequency.trend.change_percent = None;
        frequency.trend.direction = Judgement::Improving;
        frequency.trend.significant = Some(true);
        assert_eq!(said(&report, 0), "↑ 1.8 improving");
    }

    #[test]
    fn an_unknown_trend_compares_nothing() {
        let mut report = sample::report();
        report.metrics.lead_time.trend.direction = Judgement::Unknown;
        assert_eq!(said(&report, 1), "no comparison");
        report.metrics.lead_time.value = None;
        assert_eq!(said(&report, 1), "");
    }
}
