//! Cumulative flow (spec 6.3; Anderson, Kanban, 2010): items that had reached each stage or a later one
//! by the end of each day. High-water: an item that goes back stays counted, so the lines never fall.
//! Stages of cancelled work are left out; what was given up had still reached what it had reached.

use chrono::{DateTime, NaiveDate, Utc};

use super::flow_load::day_ends;
use crate::ledger::flow::{FlowAccount, Outcome};
use crate::model::{StageKind, Window};

/// The indexes of the stages that have a line, in the order of the stream.
pub fn lines(account: &FlowAccount) -> Vec<usize> {
    let stages = account.stages.iter().enumerate();
    stages
        .filter(|(_, stage)| stage.kind != StageKind::Cancelled)
        .map(|(index, _)| index)
        .collect()
}

/// For each day of the window, how many items had reached each of the [`lines`] at its end.
pub fn cumulative_flow(account: &FlowAccount, window: Window) -> Vec<(NaiveDate, Vec<usize>)> {
    let lines = lines(account);
    let ends = day_ends(account, window);
    let instants: Vec<DateTime<Utc>> = ends.iter().map(|(_, end)| *end).collect();
    let mut reached = vec![vec![0_usize; lines.len()]; instants.len()];
    for item in &account.items {
        // Lines below this one are reached already.
        let mut next = 0;
        let mut came = |line: usize, at: DateTime<Utc>| {
            // What happens at the end of a day belongs to the next.
            let day = instants.partition_point(|end| *end <= at);
            if line >= next {
                if let Some(counts) = reached.get_mut(day) {
                    for count in counts.iter_mut().take(line + 1).skip(next) {
                        *count += 1;
                    }
                }
                next = line + 1;
            }
        };
        for visit in &item.visits {
            // Given up under a done status: it never got there.
            let is_given_up = item.outcome == Outcome::Cancelled
                && item.finished.is_some_and(|finished| finished <= visit.from);
            if let (false, Ok(line)) = (is_given_up, lines.binary_search(&visit.stage)) {
                came(line, visit.from);
            }
        }
    }
    let mut sums = vec![0; lines.len()];
    for day in &mut reached {
        for (count, sum) in day.iter_mut().zip(&mut sums) {
            *sum += *count;
            *count = *sum;
        }
    }
    ends.iter().map(|(day, _)| *day).zip(reached).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::flow::story::{Story, account, at, example, example_settings};

    fn reached(account: &FlowAccount, from: &str, to: &str) -> Vec<Vec<usize>> {
        let days = cumulative_flow(account, Window::new(at(from), at(to)));
        days.into_iter().map(|(_, counts)| counts).collect()
    }

    #[test]
    fn the_worked_example_day_by_day() {
        let account = example();
        assert_eq!(lines(&account), [0, 1, 2, 3, 4, 5, 6, 7]);
        let days = reached(&account, "02 00:00", "13 09:00");
        // On the 2nd: 101, 102, 104 exist; 102 is in development.
        assert_eq!(days[0], [3, 1, 1, 0, 0, 0, 0, 0]);
        // On the 6th: 103 is in the backlog; all others have been in development; 101 and 102 in
        // review; 102 and 104 in production, and so past all before it.
        assert_eq!(days[4], [6, 5, 5, 3, 2, 2, 2, 2]);
        // At the end: 105 in review, 106 in development, the others in production. 104, open again
        // on the 10th, is counted once.
        assert_eq!(days[11], [6, 6, 6, 5, 4, 4, 4, 4]);
        // What lies before a window is counted from its first day on.
        assert_eq!(
            reached(&account, "12 00:00", "13 09:00"),
            [days[10].clone(), days[11].clone()]
        );
    }

    #[test]
    fn what_is_given_up_under_a_done_status_never_reached_it() {
        let story = Story::of("A-1")
            .resolved("Won't Do")
            .enters("02 09:00", "Development")
            .enters("03 09:00", "Production");
        let account = account(&[story], &example_settings(), "05 00:00");
        assert_eq!(
            reached(&account, "04 00:00", "05 00:00"),
            [[1, 1, 1, 0, 0, 0, 0, 0]]
        );
    }
}
