//! Jira's field `[CHART] Time in Status`: how long an item was in each status altogether, by the ids of
//! statuses. No order and no names; what a status is called is learnt where it is certain, from the items
//! whose clock stopped in it. The totals laid end to end are as much of the history as the field holds;
//! `jira_csv` makes events of it.

use std::collections::{BTreeSet, HashMap};

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

/// Which id is called how, learnt from a whole file. A name that is wrong would rename the status in
/// every item, so only this counts: the clock of an item that is done stopped when it came to its
/// status, whose time is then the only one that stands at nothing. An id has one name, a name one id.
#[derive(Debug, Default)]
pub(super) struct StatusNames {
    /// By the plain name.
    met: HashMap<String, Met>,
    names: HashMap<String, String>,
    ids: HashMap<String, String>,
}

/// What the items that are in a status now tell of it.
#[derive(Debug)]
struct Met {
    /// How it is written.
    name: String,
    /// The ids that all of them have times of.
    common: BTreeSet<String>,
    /// The ids in which their clocks stopped.
    stopped: BTreeSet<String>,
}

impl StatusNames {
    /// An item with these times is in this status now, and done or not.
    pub(super) fn learn(&mut self, status: &str, totals: &[Total<'_>], is_done: bool) {
        let plain = plain_status(status);
        if plain.is_empty() {
            return;
        }
        if let Some(met) = self.met.get_mut(&plain) {
            let is_met = |id: &String| totals.iter().any(|total| total.id == *id);
            met.common.retain(is_met);
        } else if self.met.len() < MOST_NAMES {
            let met = Met {
                name: status.to_owned(),
                common: totals.iter().map(|total| total.id.to_owned()).collect(),
                stopped: BTreeSet::new(),
            };
            self.met.insert(plain.clone(), met);
        }
        let stopped = stopped(totals).filter(|_| is_done);
        if let (Some(total), Some(met)) = (
            stopped.and_then(|place| totals.get(place)),
            self.met.get_mut(&plain),
        ) && met.stopped.len() < 2
        {
            met.stopped.insert(total.id.to_owned());
        }
    }

    /// Settles what is certain: what no item of the file contradicts.
    pub(super) fn settle(&mut self) {
        let mut claims: HashMap<&str, usize> = HashMap::new();
        for id in self.met.values().flat_map(|met| &met.stopped) {
            *claims.entry(id).or_default() += 1;
        }
        for (plain, met) in &self.met {
            let mut ids = met.stopped.iter();
            if let (Some(id), None) = (ids.next(), ids.next())
                && met.common.contains(id)
                && claims.get(id.as_str()) == Some(&1)
            {
                self.names.insert(id.clone(), met.name.clone());
                self.ids.insert(plain.clone(), id.clone());
            }
        }
    }

    /// The name of an id, if it was learnt.
    pub(super) fn name(&self, id: &str) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    /// The id of a name, if it was learnt.
    pub(super) fn id(&self, status: &str) -> Option<&str> {
        self.ids.get(&plain_status(status)).map(String::as_str)
    }
}

/// The one time that stands at nothing, if just one does.
pub(super) fn stopped(totals: &[Total<'_>]) -> Option<usize> {
    let mut places =
        (0..totals.len()).filter(|&place| totals.get(place).is_some_and(|total| total.millis == 0));
    places.next().filter(|_| places.next().is_none())
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

    fn named(rows: &[(&str, &str, bool)]) -> StatusNames {
        let mut names = StatusNames::default();
        for (status, chart, is_done) in rows {
            names.learn(status, &totals(chart).unwrap(), *is_done);
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
    fn names_are_learnt_from_the_items_whose_clock_stopped() {
        let names = named(&[
            ("Backlog", "1_*:*_1_*:*_5", false),
            ("Review", "1_*:*_1_*:*_5_*|*_3_*:*_1_*:*_0", false),
            ("Done", "9_*:*_1_*:*_0_*|*_1_*:*_1_*:*_5", true),
            ("done", "1_*:*_1_*:*_5_*|*_9_*:*_2_*:*_7", true),
            ("Given up", "8_*:*_1_*:*_0_*|*_1_*:*_1_*:*_0", true),
        ]);
        assert_eq!(names.name("9"), Some("Done"));
        assert_eq!(names.id("DONE"), Some("9"));
        // That it is the only one, or the one at nothing, is no proof while the item is open.
        for id in ["1", "3", "8"] {
            assert_eq!(names.name(id), None, "{id}");
        }
        assert_eq!(names.id("Review"), None);
    }

    #[test]
    fn a_name_that_an_item_contradicts_names_nothing() {
        let names = named(&[
            // Two ids, one name.
            ("Done", "1_*:*_1_*:*_0", true),
            ("Done", "2_*:*_1_*:*_0", true),
            // Two names, one id.
            ("Closed", "3_*:*_1_*:*_0", true),
            ("Shut", "3_*:*_1_*:*_0", true),
            // Another item that is Ended was never in 4.
            ("Ended", "4_*:*_1_*:*_0", true),
            ("Ended", "5_*:*_1_*:*_7", true),
        ]);
        for id in ["1", "2", "3", "4", "5"] {
            assert_eq!(names.name(id), None, "{id}");
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
