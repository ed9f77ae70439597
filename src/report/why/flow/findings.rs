//! What stands behind the rules of findings that look at items and at the week (spec 6.3): `blocked`,
//! `old-item`, `low-efficiency`. Those that look at stages are in `findings_of_stages`.

use crate::ledger::flow::{FlowItem, Outcome};
use crate::metrics::flow::findings::{
    LONGEST_HOURS, LOWEST, SPAN, TIMES_MEAN_FLOW_TIME, blocked_since, long_blocked,
    low_efficiency as low, old_items,
};
use crate::metrics::flow::flow_efficiency::efficiency_within;
use crate::metrics::flow::item_time::{WorkAndWait, age, work_and_wait_in};
use crate::metrics::flow::{FEWEST, FEWEST_FIRM, HISTORY_DAYS, flow_time, history, hours};
use crate::model::Window;
use crate::report::quantity::{number, percent, plural, stream_time};

use super::super::arithmetic::plain;
use super::super::cells::RULE;
use super::super::document::{Cell, Column, Figure, Role, Row, Section};
use super::super::question::Parts;
use super::cells::{APPROXIMATE, DONE, STAGE, STARTED, in_hours, instant, with_item};
use super::efficiency::{COLUMNS, cells, ratio_of_sums};
use super::question::{Case, figure};
use super::steps::{hours as said, mean_step};

/// An item that a rule looks at: its hours, whether it was found, and its row after them.
pub(super) struct Judged<'a> {
    pub(super) item: &'a FlowItem,
    /// Hours that the rule speaks of; `None` where they are not known.
    pub(super) hours: Option<f64>,
    pub(super) is_found: bool,
    pub(super) after: Vec<Cell>,
    /// Why it was not found.
    pub(super) rule: String,
}

/// The figure of a rule: how many items it found.
pub(super) fn found_items(count: usize, what: &str, silent: Option<String>) -> Figure {
    let text = match (&silent, count) {
        (Some(why), _) => format!("silent: {why}"),
        (None, 0) => format!("finds nothing ({what})"),
        (None, count) => format!("{} found ({what})", plural(count, "item")),
    };
    figure(Some(count as f64), "items", |_| text, None)
}

/// The items that were found and those that were not, longest first.
pub(super) fn judged(
    case: &Case<'_>,
    mut all: Vec<Judged<'_>>,
    first: Column,
    after: &[Column],
) -> [Section; 2] {
    // The order of the keys breaks ties: the sort is stable.
    let key = |it: &Judged<'_>| it.hours.unwrap_or(f64::NEG_INFINITY);
    all.sort_by(|one, other| key(other).total_cmp(&key(one)));
    let (mut found, mut rest): (Vec<Row>, Vec<Row>) = (Vec::new(), Vec::new());
    for it in all {
        let mut row = case.row([in_hours(it.hours)], it.item, it.after);
        if it.is_found {
            found.push(row);
        } else {
            row.push(Cell::text(it.rule));
            rest.push(row);
        }
    }
    let columns = with_item(&[first], after);
    [
        Section {
            key: "items",
            title: "Items that the rule finds".to_owned(),
            role: Role::Counted,
            columns: columns.clone(),
            rows: found,
            when_empty: "none",
        },
        Section {
            key: "items_left_out",
            title: "Items that it does not find".to_owned(),
            role: Role::LeftOut,
            columns: columns.into_iter().chain([RULE]).collect(),
            rows: rest,
            when_empty: "none",
        },
    ]
}

/// `; 3 are too few to be sure`.
pub(super) fn few(count: usize, what: &str) -> String {
    match count < FEWEST_FIRM {
        true => format!(
            "; {} too few to be sure ({FEWEST_FIRM} are not)",
            is_are(count, what)
        ),
        false => String::new(),
    }
}

fn is_are(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what} is"),
        _ => format!("{} are", plural(count, what)),
    }
}

const BLOCKED_FOR: Column = Column::new("blocked_hours", "blocked for");
const SINCE: Column = Column::new("blocked_since", "since");
const REASON: Column = Column::new("reason", "reason");

pub(super) fn blocked(case: &Case<'_>) -> Parts {
    let account = case.account;
    let found = long_blocked(account).map_or(0, |finding| finding.items.len());
    let all = case
        .by_key(account.items.iter())
        .into_iter()
        .filter_map(|item| {
            let since = blocked_since(item)?;
            let lasted = hours(account.as_of - since);
            let reason = item.blocked.last().and_then(|time| time.reason.clone());
            Some(Judged {
                item,
                hours: Some(lasted),
                is_found: lasted > LONGEST_HOURS,
                after: vec![
                    Cell::Instant(since),
                    Cell::text(reason.unwrap_or_else(|| "not told".to_owned())),
                    Cell::text(account.stage_name(item.stage())),
                ],
                rule: format!("not longer than {LONGEST_HOURS} h"),
            })
        });
    let all: Vec<Judged<'_>> = all.collect();
    let arithmetic = all
        .iter()
        .map(|it| {
            let sign = if it.is_found { '>' } else { '≤' };
            let key = case.inputs.key(it.item);
            let lasted = said(it.hours.unwrap_or(0.0));
            format!("{key}: {lasted} {sign} {LONGEST_HOURS} h")
        })
        .collect();
    let now = all.len();
    Parts {
        figure: found_items(found, &format!("{} blocked now", plural(now, "item")), None),
        definition: format!(
            "Items that have been blocked for more than {LONGEST_HOURS} hours without a break until now, \
             whatever the reasons; hours of a period are `dora why blocked-time`"
        ),
        sections: judged(case, all, BLOCKED_FOR, &[SINCE, REASON, STAGE]).into(),
        arithmetic,
    }
}

const AGE: Column = Column::new("age_hours", "age");
const FLOW_TIME: Column = Column::new("flow_time_hours", "flow time");

pub(super) fn old_item(case: &Case<'_>) -> Parts {
    let account = case.account;
    let found = old_items(account).map_or(0, |finding| finding.items.len());
    let span = history(account);
    let done: Vec<(&FlowItem, f64)> = span.map_or_else(Vec::new, |span| {
        let done = case.by_key(account.done_in(span)).into_iter();
        done.filter_map(|item| Some((item, hours(item.flow_time()?))))
            .collect()
    });
    let spread = span.map(|span| flow_time::flow_time(account, span).elapsed);
    let mean = spread
        .and_then(|it| it.mean)
        .filter(|_| done.len() >= FEWEST);
    let limit = mean.map(|mean| TIMES_MEAN_FLOW_TIME * mean);
    let silent = limit.is_none().then(|| {
        format!(
            "{} of {FEWEST} needed to judge by",
            match done.len() {
                0 => "no done item".to_owned(),
                count => plural(count, "done item"),
            }
        )
    });
    let open = case.by_key(account.open()).into_iter().map(|item| {
        let age = age(account, item).map(hours);
        Judged {
            item,
            hours: age,
            is_found: limit.is_some_and(|limit| age.is_some_and(|age| age > limit)),
            after: vec![
                instant(item.started),
                Cell::text(account.stage_name(item.stage())),
            ],
            rule: match limit {
                _ if age.is_none() => APPROXIMATE.to_owned(),
                Some(limit) => format!("not older than {}", stream_time(limit)),
                None => "there is no limit".to_owned(),
            },
        }
    });
    let open: Vec<Judged<'_>> = open.collect();
    let mut arithmetic = Vec::new();
    let mut times: Vec<f64> = done.iter().map(|(_, time)| *time).collect();
    times.sort_by(f64::total_cmp);
    arithmetic.push(mean_step(&times));
    if let (Some(mean), Some(limit)) = (mean, limit) {
        arithmetic.push(format!(
            "limit: {TIMES_MEAN_FLOW_TIME} × {} = {}{}",
            plain(mean),
            said(limit),
            few(done.len(), "done item")
        ));
    }
    let what = match limit {
        Some(limit) => format!(
            "limit {}, {} in progress",
            stream_time(limit),
            plural(open.len(), "item")
        ),
        None => String::new(),
    };
    let rows = done.iter().map(|(item, time)| {
        case.row(
            [Cell::Hours(*time)],
            item,
            [instant(item.started), instant(item.finished)],
        )
    });
    let judged_by = Section {
        key: "judged_by",
        title: format!("Done items of {HISTORY_DAYS} days, for the mean"),
        role: Role::Beside,
        columns: with_item(&[FLOW_TIME], &[STARTED, DONE]),
        rows: rows.collect(),
        when_empty: "none",
    };
    let [found_rows, rest] = judged(case, open, AGE, &[STARTED, STAGE]);
    Parts {
        figure: found_items(found, &what, silent),
        definition: format!(
            "Items in progress now that are older than {TIMES_MEAN_FLOW_TIME} times the mean flow time of \
             the items done in the {HISTORY_DAYS} days before now (at least {FEWEST})"
        ),
        sections: vec![found_rows, rest, judged_by],
        arithmetic,
    }
}

pub(super) fn low_efficiency(case: &Case<'_>) -> Parts {
    let account = case.account;
    let finding = low(account);
    let start = account.as_of.checked_sub_signed(SPAN);
    let start = start.unwrap_or(account.as_of);
    let week = Window::new(start, account.as_of);
    let within = efficiency_within(account, week);
    let (mut rows, mut without) = (Vec::new(), Vec::new());
    let (mut worked, mut whole) = (Vec::new(), Vec::new());
    for item in case.by_key(account.items.iter()) {
        let time = work_and_wait_in(account, item, week);
        if time != WorkAndWait::default() {
            worked.push(hours(time.worked()));
            whole.push(hours(time.worked()) + hours(time.waited()));
            rows.push(case.row([], item, cells(time)));
        } else if item.outcome == Outcome::Open {
            let rule = match item.stays().is_empty() {
                true => APPROXIMATE,
                false => "neither work nor waiting in these days",
            };
            without.push((item, rule.to_owned()));
        }
    }
    let is_short = account.record_start().is_none_or(|record| record > start);
    let days = number(week.days(), 0);
    let silent = match within.value() {
        _ if is_short => Some(format!("the record is shorter than {days} days")),
        None => Some(format!("nobody worked or waited in the last {days} days")),
        Some(_) => None,
    };
    let arithmetic = match within.value() {
        None => Vec::new(),
        Some(value) => vec![
            ratio_of_sums(&worked, &whole),
            format!(
                "{} {} {}{}",
                percent(value),
                if value < LOWEST { '<' } else { '≥' },
                percent(LOWEST),
                few(within.count, "item")
            ),
        ],
    };
    let text = |value: f64| match (&silent, &finding) {
        (Some(why), _) => format!("{}; silent: {why}", percent(value)),
        (None, Some(_)) => format!("{}, under {}: found", percent(value), percent(LOWEST)),
        (None, None) => format!(
            "{}, not under {}: not found",
            percent(value),
            percent(LOWEST)
        ),
    };
    Parts {
        figure: figure(within.value(), "ratio", text, silent.clone()),
        definition: format!(
            "The flow efficiency of the last {days} days, over the work and the waiting of all items in \
             them, done or not; the rule speaks under {}, where the record covers these days",
            percent(LOWEST)
        ),
        sections: vec![
            Section {
                key: "items",
                title: format!("Work and waiting in the last {days} days"),
                role: Role::Counted,
                columns: with_item(&[], &COLUMNS),
                rows,
                when_empty: "nobody worked or waited",
            },
            case.left_out_only(without),
        ],
        arithmetic,
    }
}
