//! What stands behind flow efficiency (spec 6.3): work and waiting of every item done in the period, and
//! the ratio of their sums.

use crate::ledger::flow::FlowItem;
use crate::metrics::flow::item_time::{WorkAndWait, work_and_wait};
use crate::metrics::flow::{hours, item_time};
use crate::report::flow::figures;
use crate::report::quantity::{percent, plural, stream_time};

use super::super::arithmetic::plain;
use super::super::document::{Cell, Column, Role, Section};
use super::super::question::Parts;
use super::cells::{APPROXIMATE, HISTORY, with_item};
use super::question::{Case, figure};
use super::steps::{bracketed, sum};

pub(super) const WORKED: Column = Column::new("worked_hours", "worked");
pub(super) const WAITED: Column = Column::new("waited_hours", "waited");
const IN_ACTIVE: Column = Column::new("active_hours", "in active");
const IN_WAIT: Column = Column::new("wait_hours", "in wait");
const BLOCKED: Column = Column::new("blocked_in_active_hours", "blocked in active");
const EFFICIENCY: Column = Column::new("efficiency", "efficiency");

/// The cells of work and waiting: worked, waited, and what they are made of.
pub(super) fn cells(time: WorkAndWait) -> [Cell; 6] {
    [
        Cell::Hours(hours(time.worked())),
        Cell::Hours(hours(time.waited())),
        time.efficiency().map_or(Cell::None, Cell::Share),
        Cell::Hours(hours(time.active)),
        Cell::Hours(hours(time.wait)),
        Cell::Hours(hours(time.blocked_in_active)),
    ]
}

/// Their columns.
pub(super) const COLUMNS: [Column; 6] = [WORKED, WAITED, EFFICIENCY, IN_ACTIVE, IN_WAIT, BLOCKED];

/// `(98 + 55 + 78) ÷ (194 + 103 + 96) = 231 ÷ 393 = 58.78 %`.
pub(super) fn ratio_of_sums(worked: &[f64], whole: &[f64]) -> String {
    let (part, all) = (sum(worked), sum(whole));
    let result = match all > 0.0 {
        true => format!("{} %", plain((part / all * 10_000.0).round() / 100.0)),
        false => "no value: nothing to divide by".to_owned(),
    };
    let sums = match worked.len() {
        1 => String::new(),
        _ => format!(" = {} ÷ {}", plain(part), plain(all)),
    };
    format!(
        "{} ÷ {}{sums} = {result}",
        bracketed(worked),
        bracketed(whole)
    )
}

pub(super) fn parts(case: &Case<'_>) -> Parts {
    let told = figures::efficiency(case.inputs);
    let (mut counted, mut without) = (Vec::new(), Vec::new());
    for item in case.done() {
        let time = work_and_wait(case.account, item);
        if time == WorkAndWait::default() {
            let rule = match item.started {
                _ if item.stays().is_empty() => APPROXIMATE,
                None => "never started: no time at work or waiting",
                Some(_) => "no time at work or waiting: it was done at once",
            };
            without.push((item, rule.to_owned()));
        } else {
            counted.push((item, time));
        }
    }
    let worked: Vec<f64> = counted.iter().map(|(_, it)| hours(it.worked())).collect();
    let whole = counted.iter();
    let whole: Vec<f64> = whole
        .map(|(_, it)| hours(it.worked()) + hours(it.waited()))
        .collect();
    let blocked: Vec<f64> = counted
        .iter()
        .map(|(_, it)| hours(it.blocked_in_active))
        .collect();
    let mut arithmetic = vec![
        format!(
            "worked = time in active stages − blocked there; {} h − {} h = {} h",
            plain(sum(&worked) + sum(&blocked)),
            plain(sum(&blocked)),
            plain(sum(&worked))
        ),
        format!(
            "efficiency = worked ÷ (worked + waited) = {}",
            ratio_of_sums(&worked, &whole)
        ),
    ];
    if counted.len() > 1 {
        arithmetic.push(format!(
            "the ratio of the sums, not the mean of the ratios; waited: {} h",
            plain(sum(&whole) - sum(&worked))
        ));
    }
    let said = format!(
        "{} of {} were work, {}; target {}",
        stream_time(told.active_hours),
        stream_time(told.active_hours + told.wait_hours),
        plural(told.count, "item"),
        percent(told.target)
    );
    Parts {
        figure: figure(
            told.value,
            "ratio",
            |value| format!("{} ({said})", percent(value)),
            told.reason,
        ),
        definition: "Time at work (in active stages, not blocked) divided by time at work and waiting (in \
                     wait stages, and blocked in active ones), as the ratio of the sums over the items \
                     done in the period"
            .to_owned(),
        sections: vec![
            items(case, &counted),
            case.left_out(without),
            case.elsewhere(),
        ],
        arithmetic,
    }
}

fn items(case: &Case<'_>, counted: &[(&FlowItem, WorkAndWait)]) -> Section {
    let rows = counted.iter().map(|(item, time)| {
        let net = item_time::net_time(case.account, item).map(hours);
        let mut after = cells(*time).to_vec();
        after.push(net.map_or(Cell::None, Cell::Hours).said_as(""));
        after.push(case.history(item));
        case.row([], item, after)
    });
    Section {
        key: "items",
        title: "Items that counted".to_owned(),
        role: Role::Counted,
        columns: with_item(
            &[],
            &[
                COLUMNS.as_slice(),
                &[Column::new("net_hours", "net"), HISTORY],
            ]
            .concat(),
        ),
        rows: rows.collect(),
        when_empty: "no item done in the period was worked on or waited",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_is_said_with_its_terms() {
        assert_eq!(
            ratio_of_sums(&[98.0, 55.0, 78.0], &[194.0, 103.0, 96.0]),
            "(98 + 55 + 78) ÷ (194 + 103 + 96) = 231 ÷ 393 = 58.78 %"
        );
        assert_eq!(ratio_of_sums(&[1.0], &[4.0]), "1 ÷ 4 = 25 %");
        assert_eq!(
            ratio_of_sums(&[], &[]),
            "0 ÷ 0 = 0 ÷ 0 = no value: nothing to divide by"
        );
    }
}
