//! What changed when, in sentences without their full stop: level shifts, points beyond the limits, or
//! that nothing stands out. The rules are told in docs/trend.md.

use crate::report::quantity::plural;
use crate::report::trend::{LevelRow, Series, SignalRow, TrendReport};

use super::figures::{self, Kind};
use crate::render::style::Style;

/// The rules by their names in the export, as people say them.
fn rule(signal: &SignalRow) -> &'static str {
    match signal.rule {
        "eight-on-one-side" => "eight in a row on one side of the mean",
        _ => "beyond the limits",
    }
}

/// One sentence for each signal; one that says that there is none, or why nothing can be said.
pub(super) fn sentences(report: &TrendReport, series: &Series, style: &Style) -> Vec<String> {
    let kind = figures::kind(series);
    let behaviour = &series.behaviour;
    if behaviour.points == 0 {
        return Vec::new();
    }
    if let Some(reason) = &behaviour.reason {
        return vec![format!(
            "Levels: not told yet, {}",
            style.foreign_within(reason, 120)
        )];
    }
    let mut sentences: Vec<String> = behaviour
        .signals
        .iter()
        .map(|signal| sentence(signal, kind, style))
        .collect();
    let last = behaviour.levels.last();
    let is_one = behaviour.levels.len() == 1;
    if sentences.is_empty()
        && let Some(level) = last
    {
        let buckets = plural(level.points, unit(report));
        sentences.push(format!(
            "No level shift: {buckets}, mean {}{}",
            figures::value(kind, level.mean),
            limits(level, kind)
        ));
    } else if let Some(level) = last {
        let since = if is_one { "Mean" } else { "Since then: mean" };
        sentences.push(format!(
            "{since} {} of {}{}",
            figures::value(kind, level.mean),
            plural(level.points, unit(report)),
            limits(level, kind)
        ));
    }
    sentences
}

fn unit(report: &TrendReport) -> &'static str {
    match report.by.as_str() {
        "week" => "week",
        "quarter" => "quarter",
        _ => "month",
    }
}

fn limits(level: &LevelRow, kind: Kind) -> String {
    match (level.low, level.high) {
        (Some(low), Some(high)) => format!(
            ", limits {} to {}",
            if low > 0.0 {
                figures::value(kind, low)
            } else {
                "0".to_owned()
            },
            figures::value(kind, high)
        ),
        _ => ", too few for limits".to_owned(),
    }
}

fn sentence(signal: &SignalRow, kind: Kind, style: &Style) -> String {
    let judgement = signal.judgement.map_or("", |word| word);
    let judged = match judgement {
        "" => String::new(),
        word => format!(", {word}"),
    };
    let (from, to) = (
        figures::value(kind, signal.mean),
        figures::value(kind, signal.value),
    );
    let bucket = style.foreign_within(&signal.from, 12);
    match signal.rule {
        "eight-on-one-side" => format!(
            "{bucket}: level shift from {from} to {to}{judged} (rule: {})",
            rule(signal)
        ),
        _ if signal.points > 1 => {
            let last = style.foreign_within(&signal.to, 12);
            let reach = match signal.side {
                "below" => "down to",
                _ => "up to",
            };
            format!(
                "{bucket} to {last}: {reach} {to}, {} a mean of {from}{judged} (rule: {})",
                signal.side,
                rule(signal)
            )
        }
        _ => format!(
            "{bucket}: {to}, {} a mean of {from}{judged} (rule: {})",
            signal.side,
            rule(signal)
        ),
    }
}
