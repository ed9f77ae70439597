//! Which status is which stage. Every distinct status is looked at once, however many events enter it:
//! `StatusTable` gives each a number while events are read, `Meanings` then says what each number
//! means: by the stage that names it (under its latest name, when the tracker identifies it), else by
//! what the tracker says of it. `labels` adds the statuses that labels stand for.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::account::{Decision, SeenStatus};
use crate::model::flow_settings::{Stage, plain_status};
use crate::model::work_item::{Category, Status, Tracker};
use crate::model::{FlowSettings, StageKind};

/// Slots of the cache of addresses; statuses are few.
const SLOTS: usize = 1024;

/// A status as events tell it: its value, whatever object holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Told<'a> {
    tracker: Tracker,
    name: &'a str,
    id: Option<&'a str>,
    category: Option<Category>,
}

/// Numbers for distinct statuses, and how often each was entered.
pub(super) struct StatusTable<'a> {
    distinct: Vec<Distinct<'a>>,
    numbers: HashMap<Told<'a>, u32>,
    /// Where a status lay when it was last met, with its number.
    recent: Vec<(usize, Tracker, u32)>,
}

struct Distinct<'a> {
    told: Told<'a>,
    entries: usize,
    latest: DateTime<Utc>,
}

impl<'a> StatusTable<'a> {
    pub(super) fn new() -> Self {
        Self {
            distinct: Vec::new(),
            numbers: HashMap::new(),
            recent: vec![(0, Tracker::Csv, 0); SLOTS],
        }
    }

    /// An item of this tracker entered a status: its number.
    pub(super) fn entered(
        &mut self,
        tracker: Tracker,
        status: &'a Arc<Status>,
        at: DateTime<Utc>,
    ) -> u32 {
        let address = Arc::as_ptr(status) as usize;
        let slot = (address >> 4) % SLOTS;
        let known = self.recent.get(slot).copied();
        let number = match known {
            Some((known, of, number)) if known == address && of == tracker => number,
            _ => {
                let number = self.number(Told {
                    tracker,
                    name: &status.name,
                    id: status.id.as_deref(),
                    category: status.category,
                });
                if let Some(recent) = self.recent.get_mut(slot) {
                    *recent = (address, tracker, number);
                }
                number
            }
        };
        self.count(number, at);
        number
    }

    /// The number of a status of which only the name is known.
    pub(super) fn named(&mut self, tracker: Tracker, name: &'a str) -> u32 {
        self.number(Told {
            tracker,
            name,
            id: None,
            category: None,
        })
    }

    /// An item entered the status with this number.
    pub(super) fn count(&mut self, number: u32, at: DateTime<Utc>) {
        if let Some(distinct) = self.distinct.get_mut(number as usize) {
            distinct.entries += 1;
            distinct.latest = distinct.latest.max(at);
        }
    }

    fn number(&mut self, told: Told<'a>) -> u32 {
        *self.numbers.entry(told).or_insert_with(|| {
            self.distinct.push(Distinct {
                told,
                entries: 0,
                latest: DateTime::<Utc>::MIN_UTC,
            });
            // One per distinct text in memory: far below the limit.
            u32::try_from(self.distinct.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

/// What a status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its stage; `None` where an item in it stays where it was.
    pub(super) stage: Option<usize>,
    /// What decided it.
    pub(super) decided_by: Decision,
    /// Whether it says more than done.
    pub(super) is_closing: bool,
}

/// What names mean, without what trackers say.
pub(super) struct Names {
    stages: HashMap<String, usize>,
    blocked: Vec<String>,
    closing: Vec<String>,
    kinds: Vec<StageKind>,
}

impl Names {
    pub(super) fn new(settings: &FlowSettings, stages: &[Stage]) -> Self {
        let mut named = HashMap::new();
        for (index, stage) in stages.iter().enumerate() {
            for status in &stage.statuses {
                named.entry(plain_status(status)).or_insert(index);
            }
        }
        let plain = |names: &[String]| names.iter().map(|name| plain_status(name)).collect();
        Self {
            stages: named,
            blocked: plain(&settings.blocked_statuses),
            closing: plain(&settings.closing_statuses),
            kinds: stages.iter().map(|stage| stage.kind).collect(),
        }
    }

    /// The stage of a status by its names, the best one first, and by what its tracker says of it.
    fn decide(&self, names: &[&str], category: Option<Category>) -> (Option<usize>, Decision) {
        for name in names {
            if let Some(stage) = self.stages.get(*name) {
                return (Some(*stage), Decision::Stage);
            }
            if self.blocked.iter().any(|blocked| blocked == name) {
                return (None, Decision::Blocked);
            }
        }
        match category.and_then(|category| self.first_of(category)) {
            Some(stage) => (Some(stage), Decision::Category),
            None => (None, Decision::Previous),
        }
    }

    /// The first stage of the kind that a category means. Waiting and working stand in for each other
    /// where only one of them is told apart.
    fn first_of(&self, category: Category) -> Option<usize> {
        let first = |kind| self.kinds.iter().position(|other| *other == kind);
        match category {
            Category::New => first(StageKind::Queue),
            Category::Active => first(StageKind::Active).or_else(|| first(StageKind::Wait)),
            Category::Wait => first(StageKind::Wait).or_else(|| first(StageKind::Active)),
            Category::Done => first(StageKind::Done),
            Category::Cancelled => first(StageKind::Cancelled),
        }
    }

    /// Whether a single status, met outside of any table, is a stage in which work has ended.
    pub(super) fn is_end(&self, status: &Status) -> bool {
        let (stage, _) = self.decide(&[&plain_status(&status.name)], status.category);
        let kind = stage.and_then(|stage| self.kinds.get(stage));
        matches!(kind, Some(StageKind::Done | StageKind::Cancelled))
    }
}

/// Where statuses that stand alone belong (index of the stage), and why: before there are items.
pub fn placed(settings: &FlowSettings, statuses: &[Status]) -> Vec<(Option<usize>, Decision)> {
    let names = Names::new(settings, &settings.stages);
    let placed = statuses
        .iter()
        .map(|status| names.decide(&[&plain_status(&status.name)], status.category));
    placed.collect()
}

/// What every status of a table means, by its number.
pub(super) struct Meanings<'a>(Vec<Meaning<'a>>);

impl<'a> Meanings<'a> {
    pub(super) fn of(table: &StatusTable<'a>, names: &Names) -> Self {
        let mut latest_name: HashMap<(Tracker, &str), (DateTime<Utc>, &str)> = HashMap::new();
        let mut categories: HashMap<(Tracker, String), (DateTime<Utc>, Category)> = HashMap::new();
        for Distinct { told, latest, .. } in &table.distinct {
            if let Some(id) = told.id {
                let best = latest_name.entry((told.tracker, id));
                let this = (*latest, told.name);
                best.and_modify(|best| *best = (*best).max(this))
                    .or_insert(this);
            }
            if let Some(category) = told.category {
                let this = (*latest, category);
                let best = categories.entry((told.tracker, identity(*told)));
                best.and_modify(|best| *best = (*best).max(this))
                    .or_insert(this);
            }
        }
        let meaning = |Distinct { told, .. }: &Distinct<'a>| {
            let renamed = told.id.and_then(|id| latest_name.get(&(told.tracker, id)));
            let latest = plain_status(renamed.map_or(told.name, |(_, name)| name));
            let own = plain_status(told.name);
            let by_identity = || categories.get(&(told.tracker, identity(*told)));
            let category = told.category.or_else(|| Some(by_identity()?.1));
            let (stage, decided_by) = names.decide(&[&latest, &own], category);
            Meaning {
                name: told.name,
                stage,
                decided_by,
                is_closing: names
                    .closing
                    .iter()
                    .any(|name| *name == latest || *name == own),
            }
        };
        Self(table.distinct.iter().map(meaning).collect())
    }

    /// What the status with this number means.
    pub(super) fn get(&self, number: u32) -> Option<&Meaning<'a>> {
        self.0.get(number as usize)
    }

    /// The statuses that were entered, each plain name once per meaning.
    pub(super) fn seen(&self, table: &StatusTable<'a>) -> Vec<SeenStatus> {
        type Key = (usize, Decision, String);
        let mut groups: HashMap<Key, HashMap<&str, usize>> = HashMap::new();
        for (meaning, distinct) in self.0.iter().zip(&table.distinct) {
            if distinct.entries > 0 {
                // What belongs to no stage comes last.
                let stage = meaning.stage.unwrap_or(usize::MAX);
                let key = (stage, meaning.decided_by, plain_status(meaning.name));
                let spellings = groups.entry(key).or_default();
                *spellings.entry(meaning.name).or_default() += distinct.entries;
            }
        }
        let mut seen: Vec<(Key, SeenStatus)> = groups
            .into_iter()
            .filter_map(|(key, spellings)| {
                let entries = spellings.values().sum();
                let most = spellings.into_iter();
                let (name, _) =
                    most.max_by(|one, other| (one.1, other.0).cmp(&(other.1, one.0)))?;
                let status = SeenStatus {
                    name: name.to_owned(),
                    entries,
                    stage: Some(key.0).filter(|stage| *stage < usize::MAX),
                    decided_by: key.1,
                };
                Some((key, status))
            })
            .collect();
        seen.sort_by(|(one, a), (other, b)| {
            (one.0, b.entries, one).cmp(&(other.0, a.entries, other))
        });
        seen.into_iter().map(|(_, status)| status).collect()
    }
}

/// What makes two tellings of a status the same one: its id, else its name.
fn identity(told: Told<'_>) -> String {
    // A sign that no plain name ends with keeps ids and names apart.
    told.id
        .map_or_else(|| plain_status(told.name), |id| format!("{id}\u{0}"))
}
