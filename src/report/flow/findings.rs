//! What the rules found, and the constraint, in sentences: measured against what, which items, one thing
//! to do. The rules are `metrics::flow::findings`.

use super::compose::FlowInputs;
use super::document::{Constraint, Finding};
use crate::metrics::flow::constraint::{MostWaiting, most_waiting};
use crate::metrics::flow::findings::{self as rules, Found, LONGEST_HOURS, LOWEST, Rule};
use crate::metrics::flow::flow_load::StageLoad;
use crate::metrics::flow::stage_limits::StageLimits;
use crate::metrics::flow::{FEWEST_FIRM, HISTORY_DAYS};
use crate::model::work_item_keys::key_order;
use crate::report::quantity::{number, percent, plural, stream_time};

pub(in crate::report) fn rows(
    inputs: &FlowInputs<'_>,
    limits: &[StageLimits],
    loads: &[StageLoad],
) -> Vec<Finding> {
    let mut found = rules::findings(inputs.account, limits, loads);
    for finding in &mut found {
        // Of one length by key, whatever the order of the items.
        finding.items.sort_by(|one, other| {
            let key = |found: &Found| key_order(inputs.key_of(found.item));
            let longest_first = other.hours.total_cmp(&one.hours);
            longest_first.then_with(|| key(one).cmp(&key(other)))
        });
    }
    found
        .into_iter()
        .map(|finding| Finding {
            rule: finding.rule.name().to_owned(),
            stage: finding.stage.map(|stage| inputs.stage_name(stage)),
            message: message(inputs, &finding),
            suggestion: suggestion(&finding).to_owned(),
            items: finding
                .items
                .iter()
                .map(|found| inputs.key_of(found.item).to_owned())
                .collect(),
            is_firm: finding.is_firm,
        })
        .collect()
}

/// `FOC-105 has been in Code Review for 6.0 d`; of several, the longest and how many more.
fn stays(inputs: &FlowInputs<'_>, items: &[Found], doing: &str) -> String {
    let Some(longest) = items.first() else {
        return String::new();
    };
    let key = inputs.key_of(longest.item);
    let time = stream_time(longest.hours);
    match items.len() - 1 {
        0 => format!("{key} has been {doing} for {time}"),
        more => format!(
            "{} have been {doing} for too long, {key} the longest: {time}",
            plural(more + 1, "item")
        ),
    }
}

fn few(count: usize) -> &'static str {
    if count < FEWEST_FIRM {
        ": too few to be sure"
    } else {
        ""
    }
}

fn message(inputs: &FlowInputs<'_>, finding: &rules::Finding) -> String {
    let stage = finding
        .stage
        .map_or("", |stage| inputs.account.stage_name(stage));
    let in_stage = || stays(inputs, &finding.items, &format!("in {stage}"));
    match &finding.rule {
        Rule::StageAgeTwoSigma {
            mean,
            deviation,
            visits,
        } => format!(
            "{}; mean + 2σ of {} is {} + 2 × {} = {}",
            in_stage(),
            plural(*visits, "completed visit"),
            stream_time(*mean),
            stream_time(*deviation),
            stream_time(mean + 2.0 * deviation),
        ),
        Rule::StageAgeP85 {
            limit,
            visits,
            unused_two_sigma,
        } => {
            let unused = unused_two_sigma.map_or_else(String::new, |limit| {
                format!(
                    "; the rule of mean + 2σ ({}) needs {FEWEST_FIRM}",
                    stream_time(limit)
                )
            });
            format!(
                "{}; 85 % of {} took at most {}{}{unused}",
                in_stage(),
                plural(*visits, "completed visit"),
                stream_time(*limit),
                few(*visits),
            )
        }
        Rule::StageOverfull { count, mean, days } => format!(
            "{stage} holds {}, {} times its mean of {} over {}",
            plural(*count, "item"),
            number(*count as f64 / mean, 1),
            number(*mean, 1),
            if *days >= HISTORY_DAYS as f64 {
                format!("{HISTORY_DAYS} days")
            } else {
                format!("the {} days on record", number(*days, 0))
            },
        ),
        Rule::WipLimit {
            count,
            limit,
            hours,
        } => format!(
            "{stage} holds {} where {limit} should be the most, and has been over its limit for {}",
            plural(*count, "item"),
            stream_time(*hours),
        ),
        Rule::OldItem { mean, done } => format!(
            "{}; twice the mean flow time of {} is {}{}",
            stays(inputs, &finding.items, "in progress"),
            plural(*done, "done item"),
            stream_time(2.0 * mean),
            few(*done),
        ),
        Rule::LowEfficiency {
            efficiency,
            worked,
            whole,
            items,
        } => format!(
            "in the last seven days {} of {} were work: {} over {}, under {}{}",
            stream_time(*worked),
            stream_time(*whole),
            percent(*efficiency),
            plural(*items, "item"),
            percent(LOWEST),
            few(*items),
        ),
        Rule::Blocked => format!(
            "{}; more than {} is too long",
            stays(inputs, &finding.items, "blocked"),
            stream_time(LONGEST_HOURS),
        ),
    }
}

fn suggestion(finding: &rules::Finding) -> &'static str {
    match &finding.rule {
        Rule::StageAgeTwoSigma { .. } | Rule::StageAgeP85 { .. } => {
            "ask today what it waits for, and finish it before anything new is begun"
        }
        Rule::StageOverfull { .. } => "begin nothing that goes there until half of it is finished",
        Rule::WipLimit { .. } => "finish something there first, or change the limit if it is wrong",
        Rule::OldItem { .. } => "split it and ship a part, or give it up",
        Rule::LowEfficiency { .. } => {
            "look where the waiting lies and agree on how soon it is picked up there"
        }
        Rule::Blocked => "name somebody who removes what blocks it, and a day",
    }
}

/// The stage that limits the stream, or why none does.
pub(in crate::report) fn constraint(
    inputs: &FlowInputs<'_>,
) -> (Option<Constraint>, Option<String>) {
    let Some(most) = most_waiting(inputs.account, inputs.period.window) else {
        let reason = if inputs.account.items.is_empty() {
            inputs.nothing_done()
        } else {
            "nothing waited in the period".to_owned()
        };
        return (None, Some(reason));
    };
    let MostWaiting {
        stage,
        wait_hours,
        wait_share,
        queue: [before, after],
        visits,
    } = most;
    let name = inputs.stage_name(stage);
    let whole = stream_time(wait_hours / wait_share);
    let waiting = format!(
        "{} of all waiting ({} of {whole}) lies in {name}",
        percent(wait_share),
        stream_time(wait_hours),
    );
    if !most.is_constraint() {
        let queue = format!("items in it went from {before} to {after}");
        return (
            None,
            Some(format!("{waiting}, and its queue does not grow: {queue}")),
        );
    }
    let few = if most.is_firm() {
        String::new()
    } else {
        match visits {
            1 => "; 1 visit is too few to be sure".to_owned(),
            _ => format!("; {} are too few to be sure", plural(visits, "visit")),
        }
    };
    let constraint = Constraint {
        evidence: format!("{waiting}, and items in it went from {before} to {after}{few}"),
        stage: name,
        wait_share,
        wait_hours,
        queue: most.queue,
        is_firm: most.is_firm(),
    };
    (Some(constraint), None)
}
