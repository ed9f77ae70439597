//! What stands behind stage time and the idea-to-cash bar (spec 6.3 and 6.6): the visits of the items done
//! in the period, stage by stage, or those to one stage.

use crate::metrics::flow::stage_time::{is_counted, stage_time};
use crate::metrics::flow::{hours, item_time};
use crate::model::StageKind;
use crate::report::flow::figures;
use crate::report::quantity::{percent, plural, stream_time};

use super::super::arithmetic::plain;
use super::super::cells::RULE;
use super::super::document::{Cell, Column, Role, Row, Section};
use super::super::question::Parts;
use super::cells::{
    DONE, FROM, HISTORY, HOURS, ITEM, KIND, RANK, STAGE, TITLE, TO, TYPE, in_hours, instant,
    with_item,
};
use super::question::{Case, figure};
use super::steps::{bracketed, mean_step, nearest_rank_step, sum, terms};

const ITEMS: Column = Column::new("items", "items");
const VISITS: Column = Column::new("visits", "visits");
const MEAN: Column = Column::new("mean_hours", "mean");
const MEDIAN: Column = Column::new("median_hours", "median");
const P85: Column = Column::new("p85_hours", "P85");
const TOTAL: Column = Column::new("total_hours", "total");
const SHARE: Column = Column::new("share", "share");
const WORKING: Column = Column::new("working_hours", "working");
const PER_ITEM: Column = Column::new("mean_per_item_hours", "per item");

/// Whether time in a stage is time in the stream.
fn is_before_done(kind: StageKind) -> bool {
    !matches!(kind, StageKind::Done | StageKind::Cancelled)
}

/// One visit of an item done in the period.
struct Stay {
    hours: f64,
    row: Row,
}

/// The visits to these stages that count, in the order of the keys, and those that do not.
fn stays(case: &Case<'_>, is_wanted: impl Fn(usize) -> bool) -> (Vec<Stay>, Vec<Row>) {
    let (mut counted, mut without) = (Vec::new(), Vec::new());
    for item in case.told() {
        for visit in item.visits.iter().filter(|visit| is_wanted(visit.stage)) {
            let span = visit.span(case.account.as_of);
            let mut row: Row = case.item(item).into();
            row.extend(case.visit(visit));
            if is_counted(item, visit) {
                let working = hours(case.account.working_time.within(span));
                row.extend([Cell::Hours(working).said_as(""), case.history(item)]);
                counted.push(Stay {
                    hours: case.hours_of(visit),
                    row,
                });
            } else {
                let rule = match visit.to {
                    None => "it has no end: the item is still there",
                    Some(_) => "it ended by a deletion",
                };
                row.push(Cell::text(rule));
                without.push(row);
            }
        }
    }
    (counted, without)
}

fn visits(stays: Vec<Stay>, ranked: bool) -> Section {
    let rows = stays.into_iter().enumerate().map(|(place, stay)| {
        let rank = ranked.then(|| Cell::Count((place + 1) as f64));
        let first = rank.into_iter().chain([Cell::Hours(stay.hours)]);
        first.chain(stay.row).collect()
    });
    let rank = [RANK];
    let columns = rank
        .iter()
        .filter(|_| ranked)
        .chain(&[HOURS, ITEM, TITLE, TYPE, STAGE, FROM, TO, WORKING, HISTORY]);
    Section {
        key: "visits",
        title: "Visits that counted".to_owned(),
        role: Role::Counted,
        columns: columns.copied().collect(),
        rows: rows.collect(),
        when_empty: "no item done in the period was there",
    }
}

fn visits_left_out(rows: Vec<Row>) -> Section {
    Section {
        key: "visits_left_out",
        title: "Visits that did not count".to_owned(),
        role: Role::LeftOut,
        columns: vec![ITEM, TITLE, TYPE, STAGE, FROM, TO, RULE],
        rows,
        when_empty: "none",
    }
}

const MEANING: &str = "a visit is a stay in a stage without a break";

/// One stage: the median of its visits.
pub(super) fn one_stage(case: &Case<'_>, stage: usize) -> Parts {
    let times = stage_time(case.account, case.window);
    let found = times.get(stage).cloned().unwrap_or_default();
    let name = case.account.stage_name(stage);
    let (mut counted, without) = stays(case, |visited| visited == stage);
    // The order of the keys breaks ties: the sort is stable.
    counted.sort_by(|one, other| one.hours.total_cmp(&other.hours));
    let lengths: Vec<f64> = counted.iter().map(|stay| stay.hours).collect();
    let mut arithmetic = vec![format!(
        "{} of {}, sorted from the shortest",
        plural(lengths.len(), "visit"),
        plural(found.items, "item")
    )];
    if !lengths.is_empty() {
        arithmetic.push(nearest_rank_step("P50, the median", 0.5, &lengths));
        arithmetic.push(nearest_rank_step("P85", 0.85, &lengths));
        arithmetic.push(mean_step(&lengths));
        arithmetic.push(format!(
            "total: {} = {} h",
            terms(&lengths),
            plain(sum(&lengths))
        ));
    }
    if let Some(share) = found.share {
        let all = times.iter().zip(&case.account.stages);
        let before_done = all.filter(|(_, stage)| is_before_done(stage.kind));
        let totals: Vec<f64> = before_done.map(|(time, _)| time.visits.total()).collect();
        arithmetic.push(format!(
            "share: {} ÷ {} of all stages before done = {}",
            plain(found.visits.total()),
            plain(sum(&totals)),
            percent(share)
        ));
    }
    let count = plural(found.visits.count(), "visit");
    let total = stream_time(found.visits.total());
    let otherwise = format!("no item done in the period left {name}");
    let reason = case.inputs.nothing_told(&otherwise);
    Parts {
        figure: figure(
            found.visits.p50,
            "hours",
            |value| format!("{} (median of {count}, {total} in all)", stream_time(value)),
            Some(reason),
        ),
        definition: format!(
            "The median by nearest rank of the visits to {name}, a stage of kind {}, of the items done in \
             the period; {MEANING}",
            case.account.kind(stage).name()
        ),
        sections: vec![
            visits(counted, true),
            visits_left_out(without),
            case.left_out(case.untold()),
            case.elsewhere(),
        ],
        arithmetic,
    }
}

/// All stages: the hours that items done in the period spent in them.
pub(super) fn stage_times(case: &Case<'_>) -> Parts {
    let times = stage_time(case.account, case.window);
    let stages = times.iter().enumerate();
    let before_done: Vec<(usize, f64)> = stages
        .filter(|(stage, _)| is_before_done(case.account.kind(*stage)))
        .map(|(stage, time)| (stage, time.visits.total()))
        .collect();
    let totals: Vec<f64> = before_done.iter().map(|(_, total)| *total).collect();
    let whole = sum(&totals);
    let rows = before_done.iter().filter_map(|(stage, total)| {
        let time = times.get(*stage)?;
        Some(vec![
            Cell::text(case.account.stage_name(*stage)),
            Cell::text(case.account.kind(*stage).name()),
            Cell::Count(time.items as f64),
            Cell::Count(time.visits.count() as f64),
            in_hours(time.visits.mean),
            in_hours(time.visits.p50),
            in_hours(time.visits.p85),
            Cell::Hours(*total),
            time.share.map_or(Cell::None, Cell::Share),
        ])
    });
    let table = Section {
        key: "stages",
        title: "Stages before done".to_owned(),
        role: Role::Beside,
        columns: vec![STAGE, KIND, ITEMS, VISITS, MEAN, MEDIAN, P85, TOTAL, SHARE],
        rows: rows.collect(),
        when_empty: "there is no stage before done",
    };
    let (counted, without) = stays(case, |stage| is_before_done(case.account.kind(stage)));
    let mut arithmetic = vec![format!("total: {} = {} h", terms(&totals), plain(whole))];
    for (stage, total) in before_done.iter().filter(|_| whole > 0.0) {
        arithmetic.push(format!(
            "{}: {} ÷ {} = {}",
            case.account.stage_name(*stage),
            plain(*total),
            plain(whole),
            percent(total / whole)
        ));
    }
    let count = plural(counted.len(), "visit");
    let is_known = case.account.told_in(case.window).next().is_some();
    Parts {
        figure: figure(
            is_known.then_some(whole),
            "hours",
            |value| format!("{} in the stages before done ({count})", stream_time(value)),
            (!is_known).then(|| case.inputs.nothing_told("")),
        ),
        definition: format!(
            "The sum of the visits to each stage before done, of the items done in the period; {MEANING}; \
             the visits to one stage: `dora why \"stage:NAME\"`"
        ),
        sections: vec![
            visits(counted, false),
            table,
            visits_left_out(without),
            case.left_out(case.untold()),
            case.elsewhere(),
        ],
        arithmetic,
    }
}

const STREAM: Column = Column::new("stream_hours", "in the stream");
const FEEDBACK: Column = Column::new("feedback_hours", "feedback");
const CREATED: Column = Column::new("created", "created");
const BY_STAGE: Column = Column::new("by_stage", "by stage");

/// The bar: hours per item from creation to done, and feedback.
pub(super) fn idea_to_cash(case: &Case<'_>) -> Parts {
    let told = figures::idea_to_cash(case.inputs, &stage_time(case.account, case.window));
    let mut whole = Vec::new();
    let rows: Vec<Row> = case
        .told()
        .into_iter()
        .map(|item| {
            let visits = item.visits.iter().filter(|visit| {
                is_before_done(case.account.kind(visit.stage)) && is_counted(item, visit)
            });
            let stream: f64 = visits
                .map(|visit| case.hours_of(visit))
                .fold(0.0, |a, b| a + b);
            let feedback = item.feedback().map(hours);
            let both = stream + feedback.unwrap_or(0.0);
            whole.push(both);
            let by_stage: Vec<String> = item_time::times_in_stages(case.account, item)
                .iter()
                .filter(|time| is_before_done(case.account.kind(time.stage)))
                .map(|time| {
                    let name = case.account.stage_name(time.stage);
                    format!("{name} {} h", plain(hours(time.time)))
                })
                .collect();
            case.row(
                [Cell::Hours(both)],
                item,
                [
                    instant(Some(item.created)),
                    instant(item.finished),
                    Cell::Hours(stream),
                    in_hours(feedback),
                    Cell::text(by_stage.join(", ")),
                    case.history(item),
                ],
            )
        })
        .collect();
    let segments = told.segments.iter().map(|segment| {
        vec![
            Cell::text(segment.stage.clone()),
            Cell::text(segment.kind.name()),
            Cell::Hours(segment.mean_hours),
            Cell::Hours(segment.total_hours),
            Cell::Share(segment.share),
        ]
    });
    let segments = Section {
        key: "segments",
        title: "Segments of the bar".to_owned(),
        role: Role::Beside,
        columns: vec![STAGE, KIND, PER_ITEM, TOTAL, SHARE],
        rows: segments.collect(),
        when_empty: "nothing was done in the period",
    };
    let mut arithmetic = Vec::new();
    if let Some(mean) = told.mean_hours {
        arithmetic.push(format!(
            "{} ÷ {} = {} h per item",
            bracketed(&whole),
            told.items,
            plain(mean)
        ));
        if let (Some(target), Some(beyond)) = (told.target_hours, told.beyond_target_hours) {
            arithmetic.push(match mean > target {
                true => format!(
                    "cost of delay: {} − {} = {} h",
                    plain(mean),
                    plain(target),
                    plain(beyond)
                ),
                false => format!(
                    "cost of delay: none, {} is within {}",
                    plain(mean),
                    plain(target)
                ),
            });
        }
    }
    let widest = told
        .widest
        .clone()
        .map_or(String::new(), |stage| format!(", the most in {stage}"));
    let items = plural(told.items, "item");
    let target = match told.target_hours {
        Some(target) => format!("target {}", stream_time(target)),
        None => "no target (`flow.target_hours`, --target of `dora flow`)".to_owned(),
    };
    Parts {
        figure: figure(
            told.mean_hours,
            "hours",
            |value| format!("{} (mean of {items}{widest})", stream_time(value)),
            told.reason,
        ),
        definition: format!(
            "The mean, over the items done in the period, of the hours in all stages before done and of \
             feedback (from done to a later closing status); time between done and being opened again is in \
             no stage; {target}"
        ),
        sections: vec![
            Section {
                key: "items",
                title: "Items that counted".to_owned(),
                role: Role::Counted,
                columns: with_item(
                    &[HOURS],
                    &[CREATED, DONE, STREAM, FEEDBACK, BY_STAGE, HISTORY],
                ),
                rows,
                when_empty: "no item was done in the period",
            },
            segments,
            case.left_out(case.untold()),
            case.elsewhere(),
        ],
        arithmetic,
    }
}
