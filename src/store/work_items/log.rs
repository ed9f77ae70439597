//! What work-items.jsonl says, and what imports add to it before it is appended. An export comes in
//! as `Pieces` of items; of these the log takes what is new (`delta`), and the writer appends that in
//! one durable step.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use crate::model::work_item::{Category, History, Tracker};
use crate::model::{Notice, WorkItem};
use crate::store::{StoreError, Writer, atomic_file};

use super::WorkItems;
use super::delta::{News, delta};
use super::fold::{self, Meaning};
use super::meeting::Meeting;
use super::reading::{self, Content, NAME};
use super::telling::{Telling, settle};
use super::words::{Kind, Tables};
use super::written;

/// The items of one export, put together from pieces; small, however many events they have.
#[derive(Debug, Default)]
pub struct Pieces {
    tellings: Vec<Telling>,
    tables: Tables,
    numbers: HashMap<(Tracker, Box<str>), u32>,
    refused: u64,
}

/// A status as an export told it, and how much happened in it.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusTold {
    /// Its name.
    pub name: String,
    /// What the tracker says it means, if it does.
    pub category: Option<Category>,
    /// Events that enter it.
    pub events: u64,
}

/// What an export added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Added {
    /// Items nobody told of before.
    pub new: u64,
    /// Items of which something new was told.
    pub changed: u64,
    /// Items of which nothing new was told.
    pub unchanged: u64,
    /// Events that were not known.
    pub events: u64,
}

impl Pieces {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an item or a piece of one: pieces of one tracker and one id are one item. Items without
    /// id, and those outside the years 0000 to 9999, are refused and counted.
    pub fn add(&mut self, item: &WorkItem) {
        let Some(telling) = Telling::new(item, &mut self.tables) else {
            self.refused += 1;
            return;
        };
        let next = u32::try_from(self.tellings.len()).unwrap_or(u32::MAX);
        let identity = (telling.tracker, telling.id.clone());
        let number = *self.numbers.entry(identity).or_insert(next);
        match self.tellings.get_mut(number as usize) {
            Some(known) => known.join(telling),
            None => self.tellings.push(telling),
        }
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.tellings.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tellings.is_empty()
    }

    /// How many items were refused.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// How many items have which history.
    pub fn histories(&self) -> [(History, u64); 3] {
        let all = [History::Complete, History::Partial, History::Approximate];
        all.map(|history| {
            let of_it = self.tellings.iter().filter(|t| t.history == history);
            (history, of_it.count() as u64)
        })
    }

    /// The statuses that were told, by name, in the order of events, most first.
    pub fn statuses(&self) -> Vec<StatusTold> {
        let mut counts = vec![0_u64; self.tables.kinds().len()];
        for event in self.tellings.iter().flat_map(|telling| &telling.events) {
            if let Some(count) = counts.get_mut(event.change as usize) {
                *count += 1;
            }
        }
        let mut told: Vec<StatusTold> = Vec::new();
        for (kind, count) in self.tables.kinds().iter().zip(counts) {
            let Kind::Status { name, category, .. } = *kind else {
                continue;
            };
            let name = self.tables.text(name);
            match told.iter_mut().find(|known| known.name == name) {
                Some(known) => {
                    known.events += count;
                    known.category = known.category.or(category);
                }
                None => told.push(StatusTold {
                    name: name.to_owned(),
                    category,
                    events: count,
                }),
            }
        }
        told.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.name.cmp(&b.name)));
        told
    }

    /// The tellings, settled: pieces came in any order, and a status is told in one form.
    fn settled(self) -> (Vec<Telling>, Tables) {
        let Self {
            mut tellings,
            mut tables,
            ..
        } = self;
        let mut forms: Vec<(u32, u32, Option<Category>)> = Vec::new();
        for telling in &mut tellings {
            settle(&mut telling.events);
            forms.clear();
            for event in &telling.events {
                let Kind::Status {
                    name, id, category, ..
                } = tables.kind(event.change)
                else {
                    continue;
                };
                match forms.iter_mut().find(|form| (form.0, form.1) == (name, id)) {
                    Some(form) => form.2 = category.or(form.2),
                    None => forms.push((name, id, category)),
                }
            }
            for event in &mut telling.events {
                if let Kind::Status {
                    tracker, name, id, ..
                } = tables.kind(event.change)
                    && let Some(&(.., category)) =
                        forms.iter().find(|form| (form.0, form.1) == (name, id))
                {
                    event.change = tables.change(Kind::Status {
                        tracker,
                        name,
                        id,
                        category,
                    });
                    tables.happened(event.change, event.at);
                }
            }
        }
        (tellings, tables)
    }
}

/// What work-items.jsonl says, with what imports added.
#[derive(Debug, Default)]
pub struct WorkItemLog {
    content: Content,
    /// How many of the tellings are in the file; those behind them are new.
    kept: usize,
}

impl WorkItemLog {
    pub(super) fn of(content: Content) -> Self {
        Self {
            kept: content.tellings.len(),
            content,
        }
    }

    /// What was found wrong in the file.
    pub fn notices(&self) -> &[Notice] {
        &self.content.notices
    }

    /// Whether nothing is known of any item.
    pub fn is_empty(&self) -> bool {
        self.content.tellings.is_empty()
    }

    /// Whether there is anything to append.
    pub fn has_news(&self) -> bool {
        self.content.tellings.len() > self.kept
    }

    /// Takes what is new of an export.
    pub fn tell(&mut self, pieces: Pieces) -> Added {
        let (mut told, tables) = pieces.settled();
        let known = self.content.tables.kinds().len();
        let renumbering = self.content.tables.adopt(&tables);
        for telling in &mut told {
            telling.renumber(&renumbering);
        }
        self.add(told, known)
    }

    /// `known` is how many changes the log had before.
    fn add(&mut self, told: Vec<Telling>, known: usize) -> Added {
        self.content.tables.complete_labels();
        let canonical = self.content.tables.canonical();
        let meaning = Meaning {
            tables: &self.content.tables,
            canonical: &canonical,
        };
        let tellings = &self.content.tellings;
        let before = tellings.len();
        let unseen = unseen(&told, known, &meaning);
        let meeting = Meeting::of(tellings.iter().chain(&told));
        let mut added = Added::default();
        let mut news = Vec::new();
        let mut kept: Vec<&Telling> = Vec::new();
        for (number, telling) in told.iter().enumerate() {
            let item = meeting.item_of(before + number);
            kept.clear();
            let all = meeting.tellings(item).iter().map(|&number| number as usize);
            // Those told in this export before it count as kept: two ids may turn out to be one item.
            let earlier = all.filter(|&other| other < before + number);
            kept.extend(earlier.filter_map(|other| match other.checked_sub(before) {
                None => tellings.get(other),
                Some(other) => told.get(other),
            }));
            let is_unseen = |event: &super::telling::Happening| {
                unseen.get(&event.change) == Some(&(event.at, number))
            };
            let new = delta(telling, &kept, &meaning, is_unseen);
            match &new {
                News::Nothing => added.unchanged += 1,
                News::Everything => {
                    added.new += 1;
                    added.events += telling.events.len() as u64;
                }
                News::Some(delta) => {
                    added.changed += 1;
                    added.events += delta.events.len() as u64;
                }
            }
            news.push(new);
        }
        let news = told.into_iter().zip(news);
        self.content
            .tellings
            .extend(news.filter_map(|(telling, new)| match new {
                News::Nothing => None,
                News::Everything => Some(telling),
                News::Some(delta) => Some(delta),
            }));
        added
    }

    /// Everything that is known now.
    pub fn into_items(self) -> WorkItems {
        fold_all(self.content)
    }
}

/// Statuses in forms that no line has yet (renamed, or with another meaning): of each, the latest
/// event that tells it, with the telling it is in. That event is kept, known as it may be otherwise.
fn unseen(told: &[Telling], known: usize, meaning: &Meaning<'_>) -> HashMap<u32, (i64, usize)> {
    let mut unseen: HashMap<u32, (i64, usize)> = HashMap::new();
    for (number, telling) in told.iter().enumerate() {
        for event in &telling.events {
            if (event.change as usize) < known || !meaning.is_status(event.change) {
                continue;
            }
            let latest = unseen.entry(event.change).or_insert((event.at, number));
            if event.at > latest.0 {
                *latest = (event.at, number);
            }
        }
    }
    unseen
}

impl Writer<'_> {
    /// Appends what the log has new, in one durable step: when it returns, a power failure loses
    /// nothing of it; when it is stopped before, whole lines of some items may be there, and the same
    /// import adds the rest. What another process appended since the log was read counts.
    ///
    /// # Errors
    /// When a line was written by a newer dora, or the file cannot be read or written.
    pub fn append_work_items(&self, log: WorkItemLog) -> Result<(), StoreError> {
        let path = self.store.file(NAME);
        let mut log = Some(log);
        atomic_file::until_it_stays(|| {
            let read = log.take().unwrap_or_default();
            let length = match atomic_file::open(&path)? {
                Some(file) => file
                    .metadata()
                    .map_err(|error| StoreError::io("read", &path, error))?
                    .len(),
                None => 0,
            };
            let tail = read.content.tail;
            let now = match length == tail.end + tail.torn {
                true => read,
                false => read.over(reading::read(&path)?),
            };
            let appended = now.append_news(&path);
            log = Some(now);
            appended
        })
    }
}

impl WorkItemLog {
    /// Appends what is new.
    fn append_news(&self, path: &Path) -> Result<(), StoreError> {
        let content = &self.content;
        let news = content.tellings.get(self.kept..).unwrap_or_default();
        if news.is_empty() {
            return Ok(());
        }
        atomic_file::append_with(path, content.tail, |out| {
            for telling in news {
                written::write(out, telling, &content.tables)?;
            }
            Ok(())
        })
    }

    /// The same news, of what the file says by now.
    fn over(self, content: Content) -> Self {
        let mut log = Self::of(content);
        let mut news = self.content.tellings;
        news.drain(..self.kept.min(news.len()));
        let known = log.content.tables.kinds().len();
        let renumbering = log.content.tables.adopt(&self.content.tables);
        for telling in &mut news {
            telling.renumber(&renumbering);
        }
        log.add(news, known);
        log
    }
}

/// The items that tellings tell together, in the order of their creation.
pub(super) fn fold_all(mut content: Content) -> WorkItems {
    let canonical = content.tables.canonical();
    let tellings = &content.tellings;
    let meeting = Meeting::of(tellings.iter());
    let mut order: Vec<(i64, u32)> = (0..)
        .take(meeting.items())
        .map(|item: u32| {
            let all = meeting.tellings(item as usize).iter();
            let created = all.filter_map(|&number| Some(tellings.get(number as usize)?.created));
            (created.min().unwrap_or(0), item)
        })
        .collect();
    order.sort_unstable();
    let tables = &content.tables;
    let canonical = canonical.as_slice();
    let fold = |items: &[(i64, u32)]| -> Vec<WorkItem> {
        // Shared within a thread: counting references across two takes longer than reading.
        let changes = tables.model();
        let meaning = Meaning { tables, canonical };
        let mut of_item: Vec<&Telling> = Vec::new();
        let mut folded = Vec::with_capacity(items.len());
        for &(_, item) in items {
            of_item.clear();
            let all = meeting.tellings(item as usize).iter();
            of_item.extend(all.filter_map(|&number| tellings.get(number as usize)));
            folded.extend(fold::item(&of_item, &meaning, &changes));
        }
        folded
    };
    let (first, second) = order.split_at_checked(order.len() / 2).unwrap_or_default();
    let mut items = if order.len() < 1_000 {
        fold(&order)
    } else {
        std::thread::scope(|scope| {
            let first = scope.spawn(|| fold(first));
            let second = fold(second);
            let mut items = match first.join() {
                Ok(items) => items,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            items.extend(second);
            items
        })
    };
    // Items of one instant, whatever the order of their lines.
    for same in items.chunk_by_mut(|a, b| a.created == b.created) {
        same.sort_by(|a, b| (a.tracker, &a.id).cmp(&(b.tracker, &b.id)));
    }
    let mut notices = std::mem::take(&mut content.notices);
    notices.extend(keys_twice(&items));
    // Giving back every word of the file takes as long as a third of reading it, and a process folds once.
    std::mem::forget(content);
    WorkItems { items, notices }
}

/// That several items of one tracker have one key, as after a move to another server, which keeps keys
/// and gives new ids. Numbers of GitHub and GitLab are counted in every project anew.
fn keys_twice(items: &[WorkItem]) -> Option<Notice> {
    const MOST_NAMED: usize = 10;
    let mut seen: HashSet<(Tracker, &str)> = HashSet::with_capacity(items.len());
    let mut twice: BTreeSet<(Tracker, &str)> = BTreeSet::new();
    for item in items {
        let is_of_project = matches!(item.tracker, Tracker::Github | Tracker::Gitlab);
        let key = (item.tracker, item.key.as_str());
        if !is_of_project && !seen.insert(key) {
            twice.insert(key);
        }
    }
    if twice.is_empty() {
        return None;
    }
    let named: Vec<&str> = twice.iter().map(|(_, key)| *key).take(MOST_NAMED).collect();
    let rest = match twice.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        rest => format!(" and {rest} more"),
    };
    let message = format!(
        "keys that several items of one tracker have: {}{rest}; each of these items counts",
        named.join(", ")
    );
    Some(
        Notice::new("keys-twice", message)
            .hint("after a move to another server, keep the lines of one of the two in work-items.jsonl")
            .count(twice.len()),
    )
}
