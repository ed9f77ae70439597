//! Items → the account of the stream. One pass gives every distinct status and label a number, then each
//! item is followed on its own (`track`), so the order of items does not matter and cost grows with
//! the number of events.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::account::{BulkChanges, FlowAccount, FlowItem, Outcome};
use super::blockers::end_with_blockers;
use super::bulk::{BulkCounter, BulkMinutes};
use super::kinds::Kinds;
use super::labels::LabelTable;
use super::statuses::{Meanings, Names, StatusTable};
use super::track::{Course, Track};
use super::working_time::WorkingTime;
use crate::model::flow_settings::{PRESETS, Stage, plain_status, preset_stages};
use crate::model::work_item::{Change, Event};
use crate::model::{FlowSettings, Settings, StageKind, Window, WorkItem};

impl FlowAccount {
    /// The account of items until `as_of`; nothing at or after it exists. The order of items changes
    /// nothing but the order of `FlowAccount::items`.
    pub fn from_items(items: &[WorkItem], settings: &Settings, as_of: DateTime<Utc>) -> Self {
        let flow = &settings.flow;
        let stages = stages_in_use(flow);
        let existing: Vec<(usize, &WorkItem)> = items
            .iter()
            .enumerate()
            .filter(|(_, item)| exists(item, as_of))
            .collect();

        let reading = Reading::of(&existing, flow, settings, as_of);
        let names = Names::new(flow, &stages);
        let meanings = Meanings::of(&reading.statuses, &names);
        let course = Course {
            stages: &stages,
            initial: initial(&stages),
            meanings: &meanings,
            labels: &reading.labels,
        };
        let mut kinds = Kinds::new(&flow.types);
        let mut given_up = GivenUp::new(flow, &names);
        let mut bulk = BulkChanges::default();
        let mut numbers = reading.numbers.as_slice();
        let mut order = Vec::new();
        let mut followed = Vec::with_capacity(existing.len());
        for ((index, item), glance) in existing.iter().zip(&reading.glances) {
            let (own, rest) = numbers.split_at(item.events.len().min(numbers.len()));
            numbers = rest;
            let mut track = Track::new(&course, glance.begin, glance.entries + 1);
            in_order(&item.events, glance.is_sorted, &mut order, |position| {
                if let Some(event) = item.events.get(position).filter(|event| event.at < as_of) {
                    let number = own.get(position).copied().unwrap_or(u32::MAX);
                    let is_bulk = event.is_bulk || reading.bulk_minutes.contains(event.at);
                    track.event(event, number, is_bulk);
                }
            });
            let (track, blocked) = track.finish();
            bulk.changes += track.bulk_changes;
            bulk.without_effect += track.bulk_without_effect;
            let outcome = match track.last_kind() {
                StageKind::Done if given_up.is(item, as_of) => Outcome::Cancelled,
                StageKind::Done => Outcome::Done,
                StageKind::Cancelled => Outcome::Cancelled,
                _ if track.removed.is_some() => Outcome::Removed,
                _ if track.started.is_some() => Outcome::Open,
                _ => Outcome::NotStarted,
            };
            let type_name = track.type_when_finished.or(track.type_now);
            followed.push(FlowItem {
                item: *index,
                flow_type: kinds.of(type_name.unwrap_or(&item.type_name), &item.labels),
                value: value(item, track.value, glance.has_values),
                history: item.history,
                created: glance.begin,
                started: track.started,
                finished: track.finished,
                outcome,
                removed: track.removed,
                reopened: track.reopened,
                moved_back: track.moved_back,
                closed: track.closed.filter(|_| outcome == Outcome::Done),
                blocked,
                visits: track.visits,
            });
        }

        let earliest = reading.glances.iter().map(|glance| glance.begin).min();
        let record = Window::new(earliest.unwrap_or(as_of), as_of);
        Self {
            as_of,
            zone: settings.timezone,
            statuses: meanings.seen(&reading.statuses),
            unknown_blockers: end_with_blockers(&mut followed, items),
            items: followed,
            bulk,
            unmapped_types: kinds.unmapped(),
            older_than_creation: existing
                .iter()
                .zip(&reading.glances)
                .filter(|((_, item), glance)| glance.begin < item.created)
                .count(),
            working_time: WorkingTime::new(&flow.calendar, settings.timezone, record),
            stages,
        }
    }
}

/// The stages of the settings; those of the first preset where there are none.
fn stages_in_use(flow: &FlowSettings) -> Vec<Stage> {
    if flow.stages.is_empty() {
        preset_stages(PRESETS[0]).unwrap_or_default()
    } else {
        flow.stages.clone()
    }
}

/// Where an item is of which nothing is known yet: the first queue, else the first stage in which work
/// has not ended.
fn initial(stages: &[Stage]) -> usize {
    let first = |is: fn(&StageKind) -> bool| stages.iter().position(|stage| is(&stage.kind));
    first(|kind| *kind == StageKind::Queue)
        .or_else(|| first(|kind| kind.is_in_progress()))
        .unwrap_or(0)
}

/// Whether an item is there before an instant: it was created, or entered a status.
fn exists(item: &WorkItem, as_of: DateTime<Utc>) -> bool {
    let mut events = item.events.iter();
    item.created < as_of
        || events.any(|event| event.at < as_of && matches!(event.change, Change::Status(_)))
}

/// The value at the instant until which `last` is the last one that was set.
fn value(item: &WorkItem, last: Option<Option<f64>>, has_values: bool) -> Option<f64> {
    let value = match last {
        Some(value) => value,
        // It was set, but later: what it was before is not known.
        None if has_values => None,
        None => item.value,
    };
    value.filter(|value| value.is_finite())
}

/// Calls with the positions of the events in order of time; those of one instant in their own order.
fn in_order(
    events: &[Event],
    is_sorted: bool,
    order: &mut Vec<usize>,
    mut each: impl FnMut(usize),
) {
    if is_sorted {
        (0..events.len()).for_each(each);
        return;
    }
    order.clear();
    order.extend(0..events.len());
    order.sort_by_key(|position| events.get(*position).map(|event| event.at));
    order.iter().for_each(|position| each(*position));
}

/// What the first pass over all events finds.
struct Reading<'a> {
    statuses: StatusTable<'a>,
    labels: LabelTable<'a>,
    /// For every event of every item, in their order: the number of the status or label it names.
    numbers: Vec<u32>,
    /// What was seen of every item.
    glances: Vec<Glance>,
    bulk_minutes: BulkMinutes,
}

/// What the first pass sees of one item.
struct Glance {
    /// When it begins: its creation, or the status that it entered before.
    begin: DateTime<Utc>,
    /// Whether its events are in order of time.
    is_sorted: bool,
    /// How many statuses it enters.
    entries: usize,
    /// Whether its value was ever set.
    has_values: bool,
}

impl<'a> Reading<'a> {
    fn of(
        existing: &[(usize, &'a WorkItem)],
        flow: &'a FlowSettings,
        settings: &Settings,
        as_of: DateTime<Utc>,
    ) -> Self {
        let mut statuses = StatusTable::new();
        let mut labels = LabelTable::new(flow);
        let mut counter = BulkCounter::new();
        let count = existing.iter().map(|(_, item)| item.events.len()).sum();
        let mut numbers = Vec::with_capacity(count);
        let mut glances = Vec::with_capacity(existing.len());
        for (_, item) in existing {
            let mut glance = Glance {
                begin: item.created,
                is_sorted: true,
                entries: 0,
                has_values: false,
            };
            let mut before = DateTime::<Utc>::MIN_UTC;
            for event in &item.events {
                glance.is_sorted &= before <= event.at;
                before = event.at;
                let number = match &event.change {
                    Change::Value(_) => {
                        glance.has_values = true;
                        u32::MAX
                    }
                    _ if event.at >= as_of => u32::MAX,
                    Change::Status(status) => {
                        glance.begin = glance.begin.min(event.at);
                        glance.entries += 1;
                        counter.count(event.at);
                        statuses.entered(item.tracker, status, event.at)
                    }
                    Change::Labelled(name) => {
                        let label = labels.number(item.tracker, name, &mut statuses);
                        if let Some(status) = labels.get(label).and_then(|label| label.status) {
                            statuses.count(status, event.at);
                        }
                        label
                    }
                    Change::Unlabelled(name) => labels.number(item.tracker, name, &mut statuses),
                    _ => u32::MAX,
                };
                numbers.push(number);
            }
            glances.push(glance);
        }
        let bulk_minutes = counter.minutes(existing, as_of, settings.timezone);
        Self {
            statuses,
            labels,
            numbers,
            glances,
            bulk_minutes,
        }
    }
}

/// Which done items were given up, by their resolution.
struct GivenUp<'a> {
    words: HashSet<String>,
    known: HashMap<&'a str, bool>,
    names: &'a Names,
}

impl<'a> GivenUp<'a> {
    fn new(flow: &FlowSettings, names: &'a Names) -> Self {
        let words = flow.cancelled_resolutions.iter();
        Self {
            words: words.map(|word| plain_status(word)).collect(),
            known: HashMap::new(),
            names,
        }
    }

    /// Whether a done item was given up. A resolution is that of its last end: it says nothing of an
    /// earlier one, where the item is opened again after `as_of`.
    fn is(&mut self, item: &'a WorkItem, as_of: DateTime<Utc>) -> bool {
        let Some(resolution) = item.resolution.as_deref() else {
            return false;
        };
        let words = &self.words;
        let is_word = self.known.entry(resolution);
        if !*is_word.or_insert_with(|| words.contains(&plain_status(resolution))) {
            return false;
        }
        item.events.iter().all(|event| match &event.change {
            Change::Status(status) if event.at >= as_of => self.names.is_end(status),
            _ => true,
        })
    }
}
