//! Items that other items wait for ("is blocked by FOC-9"). Hardly anybody takes such a link away when
//! the blocking item is done, so the block ends then by itself; of a blocker that was not imported nobody
//! knows when it ended. `blocked` says when blocks begin; this follows once all items are known.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::account::{Blocked, FlowItem};
use crate::model::WorkItem;
use crate::model::work_item::Tracker;

/// Ends what items that came to an end block, and leaves out what has no end and is blocked by items
/// that nobody imported; returns how many times were left out.
pub(super) fn end_with_blockers(followed: &mut [FlowItem], items: &[WorkItem]) -> usize {
    let is_by_item = |blocked: &Blocked| blocked.reason.as_deref().is_some_and(is_key);
    if !followed
        .iter()
        .any(|item| item.blocked.iter().any(is_by_item))
    {
        return 0;
    }
    let ends = ends(followed, items);
    let mut left_out = 0;
    for item in followed {
        let Some(tracker) = items.get(item.item).map(|item| item.tracker) else {
            continue;
        };
        item.blocked.retain_mut(|blocked| {
            let Some(key) = blocked.reason.as_deref().filter(|reason| is_key(reason)) else {
                return true;
            };
            match ends.get(&(tracker, key)) {
                Some(Some(end)) if blocked.to.is_none_or(|to| *end < to) => {
                    blocked.to = Some(*end);
                    blocked.from < *end
                }
                None if blocked.to.is_none() => {
                    left_out += 1;
                    false
                }
                _ => true,
            }
        });
    }
    left_out
}

/// When the item of each key came to an end; `None` while it did not.
fn ends<'a>(
    followed: &[FlowItem],
    items: &'a [WorkItem],
) -> HashMap<(Tracker, &'a str), Option<DateTime<Utc>>> {
    let mut ends = HashMap::new();
    for flow in followed {
        let Some(item) = items.get(flow.item) else {
            continue;
        };
        let end = flow.finished.or(flow.removed);
        for alias in &item.aliases {
            ends.entry((item.tracker, alias.as_str())).or_insert(end);
        }
        ends.insert((item.tracker, item.key.as_str()), end);
    }
    ends
}

/// Whether a reason is the key of an item and nothing else: `FOC-9`.
fn is_key(reason: &str) -> bool {
    let is_project = |project: &str| {
        project.starts_with(|c: char| c.is_ascii_uppercase())
            && project
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    reason.rsplit_once('-').is_some_and(|(project, number)| {
        is_project(project) && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
    })
}
