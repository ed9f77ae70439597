//! Which number of `6/7/2025` is the day: settled by all dates of a file together, for a tracker writes
//! them all in one way. Where no date settles it the separator does, and a notice says so. `dates` reads
//! them then.

use crate::model::Notice;

use super::dates::{DateOrder, Day, Written, usual_order, written};

/// What the dates of a file say of their order.
#[derive(Debug, Clone, Default)]
pub(super) struct DateVotes {
    day_first: usize,
    month_first: usize,
    open: usize,
    /// The first date that can be read in two ways, and its separator.
    example: Option<(String, char)>,
}

impl DateVotes {
    /// Takes the text of a cell into account; what is no date says nothing.
    pub(super) fn add(&mut self, text: &str) {
        let Some(Written::Local {
            day:
                Day::Numeric {
                    first,
                    second,
                    separator,
                    ..
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

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(texts: &[&str]) -> DateVotes {
        let mut votes = DateVotes::default();
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
