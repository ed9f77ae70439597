//! Jira's field `[CHART] Time in Status`: how long an item was in each status altogether, by the ids of
//! statuses. No order and no names; the names are learnt from the items that are in a status now. The
//! totals laid end to end are as much of the history as the field holds; `jira_csv` makes events of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::flow_settings::plain_status;

/// Most statuses of one item.
const MOST_TOTALS: usize = 200;

/// Most names that are learnt.
const MOST_NAMES: usize = 1_000;

/// The time that an item was in one status, over all its stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Total<'t> {
    /// The id of the status.
    pub(super) id: &'t str,
    /// How often it was entered.
    pub(super) stays: u64,
    /// Milliseconds.
    pub(super) millis: i64,
}

/// Takes a cell apart: `id_*:*_stays_*:*_millis`, joined by `_*|*_`. `None` if it is anything else.
pub(super) fn totals(text: &str) -> Option<Vec<Total<'_>>> {
    let mut totals: Vec<Total<'_>> = Vec::new();
    for part in text.trim().split("_*|*_") {
        let mut fields = part.split("_*:*_");
        let (id, stays, millis) = (fields.next()?, fields.next()?, fields.next()?);
        let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        let stays = stays.parse().ok()?;
        let millis: i64 = millis.parse().ok().filter(|millis| *millis >= 0)?;
        let is_new = totals.iter().all(|total| total.id != id);
        if !is_id || !is_new || fields.next().is_some() || totals.len() >= MOST_TOTALS {
            return None;
        }
        totals.push(Total { id, stays, millis });
    }
    Some(totals)
}

/// Which id is called how, learnt from a whole file: the status that an item is in now is one of those
/// it has times of. An id has one name.
#[derive(Debug, Default)]
pub(super) struct StatusNames {
    /// By the plain name: how it is written, and the ids it can be.
    possible: HashMap<String, (String, BTreeSet<String>)>,
    names: HashMap<String, String>,
    ids: HashMap<String, String>,
}

impl StatusNames {
    /// An item with these times is in this status now.
    pub(super) fn learn(&mut self, status: &str, totals: &[Total<'_>]) {
        let plain = plain_status(status);
        if plain.is_empty() {
            return;
        }
        if let Some((_, ids)) = self.possible.get_mut(&plain) {
            ids.retain(|id| totals.iter().any(|total| total.id == *id));
        } else if self.possible.len() < MOST_NAMES {
            let ids = totals.iter().map(|total| total.id.to_owned()).collect();
            self.possible.insert(plain, (status.to_owned(), ids));
        }
    }

    /// Settles what can be: a name with one id left is that id's, and no other's.
    pub(super) fn settle(&mut self) {
        loop {
            // In the order of ids, so that the same file always gives the same.
            let mut certain: Vec<(String, String)> = Vec::new();
            for (plain, (_, ids)) in &self.possible {
                let mut left = ids.iter().filter(|id| !self.names.contains_key(*id));
                if let (Some(id), None) = (left.next(), left.next())
                    && !self.ids.contains_key(plain)
                {
                    certain.push((id.clone(), plain.clone()));
                }
            }
            // Two names that can only be the same id contradict each other: it is neither's.
            let mut claims: HashMap<&str, usize> = HashMap::new();
            for (id, _) in &certain {
                *claims.entry(id).or_default() += 1;
            }
            let contradicted: HashSet<String> = claims
                .into_iter()
                .filter(|(_, count)| *count > 1)
                .map(|(id, _)| id.to_owned())
                .collect();
            let mut is_settled = true;
            for (id, plain) in certain {
                if contradicted.contains(&id) {
                    continue;
                }
                if let Some((name, _)) = self.possible.get(&plain) {
                    self.names.insert(id.clone(), name.clone());
                    self.ids.insert(plain, id);
                    is_settled = false;
                }
            }
            if is_settled {
                return;
            }
        }
    }

    /// The name of an id, if it was learnt.
    pub(super) fn name(&self, id: &str) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    /// Which of an item's times is that of the status it is in now: by its name, else the one that
    /// stands at nothing because the clock stopped there, else the last.
    pub(super) fn current(&self, status: &str, totals: &[Total<'_>]) -> Option<usize> {
        let by_name = self.ids.get(&plain_status(status));
        let place = |id: &String| totals.iter().position(|total| total.id == id);
        let stopped = || {
            let mut places = (0..totals.len())
                .filter(|&place| totals.get(place).is_some_and(|total| total.millis == 0));
            places.next().filter(|_| places.next().is_none())
        };
        by_name
            .and_then(place)
            .or_else(stopped)
            .or_else(|| totals.len().checked_sub(1))
    }
}

/// All times in the order in which they are laid: those of other statuses as they come, the present
/// one last. If the item `was_there` before, the present status' time is that of its former stays:
/// they are put before the last other status, of which one half is left in front if it was entered
/// more than once, so that the item begins and ends when it did.
pub(super) fn arranged<'t>(
    mut others: Vec<Total<'t>>,
    current: Total<'t>,
    was_there: bool,
) -> Vec<Total<'t>> {
    if was_there {
        let again = others.iter().rposition(|total| total.stays > 1);
        let after = match again.and_then(|place| others.get_mut(place)) {
            Some(total) => {
                let half = total.millis / 2;
                total.millis -= half;
                Some(Total {
                    millis: half,
                    ..*total
                })
            }
            None => others.pop(),
        };
        others.push(current);
        others.extend(after);
    }
    let millis = if was_there { 0 } else { current.millis };
    others.push(Total { millis, ..current });
    others
}

/// The instants at which the statuses in this order begin, if each lasts as long as it is told. `None`
/// where that leads beyond `end`: such times are not of this item.
pub(super) fn laid_out(
    begin: DateTime<Utc>,
    totals: &[Total<'_>],
    end: DateTime<Utc>,
) -> Option<Vec<DateTime<Utc>>> {
    let mut at = begin;
    let mut instants = Vec::with_capacity(totals.len());
    for total in totals {
        if at > end {
            return None;
        }
        instants.push(at);
        let time = TimeDelta::try_milliseconds(total.millis)?;
        at = at.checked_add_signed(time)?;
    }
    Some(instants)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str =
        "10000_*:*_1_*:*_86400000_*|*_10002_*:*_1_*:*_259200000_*|*_10008_*:*_1_*:*_0";

    fn named(rows: &[(&str, &str)]) -> StatusNames {
        let mut names = StatusNames::default();
        for (status, chart) in rows {
            names.learn(status, &totals(chart).unwrap());
        }
        names.settle();
        names
    }

    #[test]
    fn the_field_is_taken_apart_by_its_grammar() {
        let all: Vec<(&str, i64)> = totals(SAMPLE)
            .unwrap()
            .iter()
            .map(|total| (total.id, total.millis))
            .collect();
        assert_eq!(
            all,
            [("10000", 86_400_000), ("10002", 259_200_000), ("10008", 0)]
        );
        for text in [
            "",
            "10000",
            "10000_*:*_1",
            "10000_*:*_1_*:*_5_*:*_6",
            "a_*:*_1_*:*_5",
            "1_*:*_1_*:*_-5",
            "1_*:*_1_*:*_99999999999999999999",
            "1_*:*_1_*:*_5_*|*_1_*:*_1_*:*_6",
            "1_*:*_1_*:*_5_*|*_",
        ] {
            assert_eq!(totals(text), None, "{text}");
        }
    }

    #[test]
    fn names_are_learnt_from_the_items_that_are_in_a_status_now() {
        let names = named(&[
            ("Backlog", "1_*:*_1_*:*_5"),
            (
                "Review",
                "1_*:*_1_*:*_5_*|*_2_*:*_1_*:*_5_*|*_3_*:*_1_*:*_5",
            ),
            ("Review", "1_*:*_1_*:*_5_*|*_3_*:*_1_*:*_5"),
            ("Done", "1_*:*_1_*:*_5_*|*_2_*:*_1_*:*_5_*|*_9_*:*_1_*:*_0"),
        ]);
        assert_eq!(names.name("1"), Some("Backlog"));
        assert_eq!(names.name("3"), Some("Review"));
        // 2 and 9 were both met on the way to Done: neither is named.
        assert_eq!((names.name("2"), names.name("9")), (None, None));
        let done = totals("9_*:*_1_*:*_0_*|*_1_*:*_1_*:*_5").unwrap();
        assert_eq!(names.current("Done", &done), Some(0));
        assert_eq!(names.current("backlog", &done), Some(1));
        assert_eq!(names.current("Done", &[]), None);
    }

    #[test]
    fn a_name_that_contradicts_itself_names_nothing() {
        let names = named(&[
            ("Done", "1_*:*_1_*:*_5"),
            ("Done", "2_*:*_1_*:*_5"),
            ("Open", "3_*:*_1_*:*_5"),
            ("Opened", "3_*:*_1_*:*_5"),
        ]);
        for id in ["1", "2", "3"] {
            assert_eq!(names.name(id), None);
        }
    }

    #[test]
    fn former_stays_lie_before_what_came_between() {
        let order = |others: &str, was_there: bool| {
            let current = Total {
                id: "9",
                stays: 2,
                millis: 96,
            };
            arranged(totals(others).unwrap(), current, was_there)
                .iter()
                .map(|total| format!("{} {}", total.id, total.millis))
                .collect::<Vec<_>>()
        };
        let twice = "1_*:*_1_*:*_48_*|*_2_*:*_2_*:*_95_*|*_3_*:*_1_*:*_7";
        assert_eq!(order(twice, false), ["1 48", "2 95", "3 7", "9 96"]);
        assert_eq!(
            order(twice, true),
            ["1 48", "2 48", "3 7", "9 96", "2 47", "9 0"]
        );
        let once = "1_*:*_1_*:*_48_*|*_2_*:*_1_*:*_95";
        assert_eq!(order(once, true), ["1 48", "9 96", "2 95", "9 0"]);
    }

    #[test]
    fn times_are_laid_end_to_end_and_not_beyond_the_export() {
        let begin = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let all = totals(SAMPLE).unwrap();
        let end = begin + TimeDelta::days(4);
        assert_eq!(
            laid_out(begin, &all, end).unwrap(),
            [begin, begin + TimeDelta::days(1), end]
        );
        assert_eq!(laid_out(begin, &all, end - TimeDelta::seconds(1)), None);
        let huge = [
            Total {
                id: "1",
                stays: 1,
                millis: i64::MAX,
            },
            Total {
                id: "2",
                stays: 1,
                millis: i64::MAX,
            },
        ];
        assert_eq!(laid_out(begin, &huge, DateTime::<Utc>::MAX_UTC), None);
    }
}
