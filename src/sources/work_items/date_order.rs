//! Which number of `6/7/2025` is the day: settled by all dates of a file together, for a tracker writes
//! them all in one way: by numbers that are no month, and by days that had not come when the file was
//! exported. Where neither settles it the separator does, and a notice says so. `dates` reads them then.

use std::io;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::model::Notice;

use super::Sink;
use super::csv_rows::Table;
use super::dates::{DateOrder, Day, Written, usual_order, written};

/// What the dates of a file say of their order.
#[derive(Debug, Clone)]
pub(super) struct DateVotes {
    /// Nothing that happened is later.
    latest: NaiveDate,
    day_first: usize,
    month_first: usize,
    open: usize,
    /// The first date that can be read in two ways, and its separator.
    example: Option<(String, char)>,
}

impl DateVotes {
    /// No dates yet, of a file exported at this instant.
    pub(super) fn new(exported: DateTime<Utc>) -> Self {
        // Zones and clocks differ by less than two days.
        let latest = exported.date_naive().checked_add_days(Days::new(2));
        Self {
            latest: latest.unwrap_or(NaiveDate::MAX),
            day_first: 0,
            month_first: 0,
            open: 0,
            example: None,
        }
    }

    /// Takes the text of a cell into account; what is no date says nothing.
    pub(super) fn add(&mut self, text: &str) {
        let Some(Written::Local {
            day:
                Day::Numeric {
                    first,
                    second,
                    year,
                    separator,
                },
            ..
        }) = written(text)
        else {
            return;
        };
        match (first > 12, second > 12) {
            (true, _) => self.day_first += 1,
            (_, true) => self.month_first += 1,
            _ if first == second => {}
            _ => {
                self.open += 1;
                let is_to_come = |month, day| {
                    NaiveDate::from_ymd_opt(year, month, day).is_some_and(|day| day > self.latest)
                };
                match (is_to_come(second, first), is_to_come(first, second)) {
                    (true, false) => self.month_first += 1,
                    (false, true) => self.day_first += 1,
                    _ => {}
                }
                self.example
                    .get_or_insert_with(|| (text.to_owned(), separator));
            }
        }
    }

    /// The order of the dates that can be read in two ways; `None` if there are none.
    pub(super) fn order(&self) -> Option<DateOrder> {
        let (_, separator) = self.example.as_ref()?;
        Some(match self.day_first.cmp(&self.month_first) {
            std::cmp::Ordering::Greater => DateOrder::DayFirst,
            std::cmp::Ordering::Less => DateOrder::MonthFirst,
            std::cmp::Ordering::Equal => usual_order(*separator),
        })
    }

    /// What had to be assumed, if anything. `place` is how the file is called in messages.
    pub(super) fn notice(&self, place: &str) -> Option<Notice> {
        let (example, separator) = self.example.as_ref()?;
        let read = match self.order()? {
            DateOrder::DayFirst => "day first",
            DateOrder::MonthFirst => "month first",
        };
        let is_mixed = self.day_first > 0 && self.month_first > 0;
        let message = if is_mixed {
            format!(
                "{place}: {} dates have the day first and {} the month; {} that can be read in both \
                 ways ({example}) are read {read}",
                self.day_first, self.month_first, self.open
            )
        } else if self.day_first == self.month_first && *separator != '.' {
            format!(
                "{place}: nothing tells whether {example} begins with the day or the month; \
                 {} dates are read {read}",
                self.open
            )
        } else {
            return None;
        };
        let notice = Notice::new("dates-ambiguous", message).count(self.open);
        Some(notice.hint("export with dates like 2026-02-25"))
    }
}

/// Looks at the dates in these columns of a whole table, and says what has to be assumed. Also how many
/// rows it has.
///
/// # Errors
///
/// The input cannot be read.
pub(super) fn of_table(
    table: &mut Table<'_>,
    columns: &[Option<usize>],
    exported: DateTime<Utc>,
    sink: &mut Sink<'_>,
) -> io::Result<(DateVotes, u64)> {
    let mut votes = DateVotes::new(exported);
    let rows = table.look_ahead(&mut |row| {
        for &column in columns.iter().flatten() {
            votes.add(row.cell(column));
        }
    })?;
    if let Some(notice) = votes.notice(sink.place()) {
        sink.notice(notice);
    }
    Ok((votes, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(texts: &[&str]) -> DateVotes {
        let exported = DateTime::from_timestamp(1_772_442_000, 0).unwrap();
        let mut votes = DateVotes::new(exported);
        for text in texts {
            votes.add(text);
        }
        votes
    }

    #[test]
    fn one_day_beyond_twelve_settles_all() {
        let day = votes(&["6/7/2025", "21/6/2025 16:14", "x"]);
        assert_eq!(day.order(), Some(DateOrder::DayFirst));
        assert_eq!(day.notice("t.csv"), None);
        let month = votes(&["6/7/2025", "6/21/2025 16:14"]);
        assert_eq!(month.order(), Some(DateOrder::MonthFirst));
        assert_eq!(month.notice("t.csv"), None);
    }

    #[test]
    fn where_nothing_settles_it_the_separator_does_and_slashes_are_said() {
        let slashes = votes(&["6/7/2025", "8/9/2025"]);
        assert_eq!(slashes.order(), Some(DateOrder::MonthFirst));
        let notice = slashes.notice("t.csv").unwrap();
        assert_eq!(notice.code, "dates-ambiguous");
        assert_eq!(
            notice.message,
            "t.csv: nothing tells whether 6/7/2025 begins with the day or the month; 2 dates are read \
             month first"
        );
        assert_eq!(notice.count, 2);
        let dots = votes(&["6.7.2025 14:59:28"]);
        assert_eq!(dots.order(), Some(DateOrder::DayFirst));
        assert_eq!(dots.notice("t.csv"), None);
        assert_eq!(
            votes(&["6-7-2025"]).notice("t.csv").unwrap().code,
            "dates-ambiguous"
        );
    }

    #[test]
    fn what_had_not_come_when_the_file_was_exported_did_not_happen() {
        // Exported on 2 March 2026: there was no 2 November yet.
        let month = votes(&["1/3/2026", "2/11/2026"]);
        assert_eq!(month.order(), Some(DateOrder::MonthFirst));
        assert_eq!(month.notice("t.csv"), None);
        let day = votes(&["1/3/2026", "11/2/2026"]);
        assert_eq!(day.order(), Some(DateOrder::DayFirst));
        assert_eq!(day.notice("t.csv"), None);
        // Neither 3 November nor 11 March: it says nothing.
        let neither = votes(&["3/11/2026"]);
        assert_eq!(neither.notice("t.csv").unwrap().code, "dates-ambiguous");
    }

    #[test]
    fn a_mixed_file_is_read_as_most_of_it_and_said() {
        let mixed = votes(&["21/6/2025", "22/6/2025", "6/23/2025", "6/7/2025"]);
        assert_eq!(mixed.order(), Some(DateOrder::DayFirst));
        assert_eq!(
            mixed.notice("t.csv").unwrap().message,
            "t.csv: 2 dates have the day first and 1 the month; 1 that can be read in both ways \
             (6/7/2025) are read day first"
        );
    }

    #[test]
    fn dates_that_need_no_order_need_no_notice() {
        let certain = votes(&[
            "2026-02-03",
            "25/Feb/26 10:17 PM",
            "3/3/2026",
            "",
            "1772442000",
        ]);
        assert_eq!(certain.order(), None);
        assert_eq!(certain.notice("t.csv"), None);
    }
}
