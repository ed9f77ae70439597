//! Which tellings are of one item: those of one tracker and id; and of a telling that knows no inner
//! id, the one item that has or had its key. Independent of the order of tellings, but for numbers.

use std::collections::HashMap;

use crate::model::work_item::Tracker;

use super::telling::Telling;

/// Tellings by item.
pub(super) struct Meeting {
    /// Numbers of tellings, those of one item together, in their order.
    order: Vec<u32>,
    /// Where in `order` each item ends.
    ends: Vec<u32>,
    /// The item of each telling.
    item_of: Vec<u32>,
}

impl Meeting {
    /// Brings tellings together.
    pub(super) fn of<'t>(tellings: impl Iterator<Item = &'t Telling> + Clone) -> Self {
        let mut numbers: HashMap<(Tracker, &str), u32> = HashMap::new();
        let mut item_of: Vec<u32> = Vec::with_capacity(tellings.size_hint().0);
        let mut has_keyed = false;
        let mut has_inner = false;
        for telling in tellings.clone() {
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            item_of.push(
                *numbers
                    .entry((telling.tracker, &telling.id))
                    .or_insert(next),
            );
            has_keyed |= telling.is_keyed();
            has_inner |= !telling.is_keyed();
        }
        if has_keyed && has_inner {
            let claimed = claims(tellings.clone(), &item_of);
            let mut joined: HashMap<u32, u32> = HashMap::new();
            // An item of which any telling knows an inner id stands for itself.
            let inner: std::collections::HashSet<u32> = tellings
                .clone()
                .zip(&item_of)
                .filter(|(telling, _)| !telling.is_keyed())
                .map(|(_, item)| *item)
                .collect();
            for (telling, item) in tellings.zip(&item_of) {
                if telling.is_keyed()
                    && !inner.contains(item)
                    && let Some(Some(owner)) = claimed.get(&(telling.tracker, &telling.key))
                {
                    joined.insert(*item, *owner);
                }
            }
            for item in &mut item_of {
                *item = joined.get(item).copied().unwrap_or(*item);
            }
        }
        Self::sorted(item_of)
    }

    fn sorted(mut item_of: Vec<u32>) -> Self {
        // Numbers without gaps, in the order of first tellings.
        let mut dense: Vec<u32> = vec![u32::MAX; item_of.len()];
        let mut items = 0;
        for item in &mut item_of {
            if let Some(slot) = dense.get_mut(*item as usize) {
                if *slot == u32::MAX {
                    *slot = items;
                    items += 1;
                }
                *item = *slot;
            }
        }
        let mut ends = vec![0_u32; items as usize];
        for &item in &item_of {
            if let Some(count) = ends.get_mut(item as usize) {
                *count += 1;
            }
        }
        let mut sum = 0;
        let mut next = Vec::with_capacity(ends.len());
        for count in &mut ends {
            next.push(sum);
            sum += *count;
            *count = sum;
        }
        let mut order = vec![0_u32; item_of.len()];
        for (telling, &item) in (0..).zip(&item_of) {
            if let Some(place) = next.get_mut(item as usize) {
                if let Some(slot) = order.get_mut(*place as usize) {
                    *slot = telling;
                }
                *place += 1;
            }
        }
        Self {
            order,
            ends,
            item_of,
        }
    }

    /// How many items there are.
    pub(super) fn items(&self) -> usize {
        self.ends.len()
    }

    /// The numbers of the tellings of an item.
    pub(super) fn tellings(&self, item: usize) -> &[u32] {
        let end = self.ends.get(item).copied().unwrap_or(0) as usize;
        let begin = match item.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0) as usize,
            None => 0,
        };
        self.order.get(begin..end).unwrap_or_default()
    }

    /// The item of a telling.
    pub(super) fn item_of(&self, telling: usize) -> usize {
        self.item_of.get(telling).copied().unwrap_or(0) as usize
    }
}

/// Keys that items with inner ids have or had, each with its item; `None` where several items do.
fn claims<'t>(
    tellings: impl Iterator<Item = &'t Telling> + Clone,
    item_of: &[u32],
) -> HashMap<(Tracker, &'t str), Option<u32>> {
    let mut claimed: HashMap<(Tracker, &str), Option<u32>> = HashMap::new();
    for (telling, &item) in tellings.zip(item_of) {
        if telling.is_keyed() {
            continue;
        }
        let aliases = telling.aliases.iter().map(|alias| &**alias);
        let keys = aliases.chain([&*telling.key]);
        for key in keys.filter(|key| !key.is_empty()) {
            let owner = claimed.entry((telling.tracker, key)).or_insert(Some(item));
            if *owner != Some(item) {
                *owner = None;
            }
        }
    }
    claimed
}
