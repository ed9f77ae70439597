//! What a cell says: on a screen in units and abbreviations, in a file exactly. `table` and `files` ask.

use chrono_tz::Tz;

use crate::report::quantity::{duration, number, percent, stream_time};
use crate::report::why::{Cell, Role};

use super::super::calendar;
use super::super::csv;
use super::super::lists::short_id;
use super::super::style::Style;

/// Ids that a screen names; the rest is counted.
const IDS: usize = 4;

/// On a screen: safe text, empty where there is nothing to say.
pub(super) fn on_screen(cell: &Cell, zone: Tz, style: &Style) -> String {
    match cell {
        Cell::None => String::new(),
        Cell::Text(text) => style.foreign(text),
        Cell::Ids(ids) => {
            let named: Vec<String> = ids
                .iter()
                .take(IDS)
                .map(|id| style.foreign(short_id(id)))
                .collect();
            match ids.len().saturating_sub(IDS) {
                0 => named.join(", "),
                more => format!("{} and {more} more", named.join(", ")),
            }
        }
        Cell::Count(count) => number(*count, 2),
        Cell::Minutes(minutes) => duration(*minutes),
        Cell::Hours(hours) => stream_time(*hours),
        Cell::Share(share) => percent(*share),
        Cell::Instant(instant) => calendar::minute(*instant, zone),
        Cell::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Cell::Range([low, high]) => format!("{} to {}", number(*low, 2), number(*high, 2)),
        Cell::Said { screen, .. } => style.foreign(screen),
    }
}

/// In a CSV: numbers with all their digits, text that no spreadsheet takes for a formula.
pub(super) fn in_csv(cell: &Cell) -> String {
    match cell.in_file() {
        Cell::None | Cell::Said { .. } => String::new(),
        Cell::Text(text) => csv::text(text),
        Cell::Ids(ids) => csv::text(&ids.join(" ")),
        Cell::Count(number) | Cell::Minutes(number) | Cell::Hours(number) | Cell::Share(number) => {
            exact(*number)
        }
        Cell::Instant(instant) => calendar::instant(*instant),
        Cell::Flag(flag) => flag.to_string(),
        Cell::Range([low, high]) => format!("{}..{}", exact(*low), exact(*high)),
    }
}

/// The shortest decimal that reads back as the same number; rows add up to the figure exactly.
fn exact(number: f64) -> String {
    match number.is_finite() {
        true => number.to_string(),
        false => String::new(),
    }
}

/// Whether its digits belong under each other.
pub(super) fn is_number(cell: &Cell) -> bool {
    match cell.in_file() {
        Cell::Count(_) | Cell::Minutes(_) | Cell::Hours(_) | Cell::Share(_) => true,
        Cell::None
        | Cell::Text(_)
        | Cell::Ids(_)
        | Cell::Instant(_)
        | Cell::Flag(_)
        | Cell::Range(_)
        | Cell::Said { .. } => false,
    }
}

/// The role of a section, as files name it.
pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Counted => "counted",
        Role::LeftOut => "left-out",
        Role::Beside => "beside",
    }
}
