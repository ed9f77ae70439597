//! What labels say: that an item is blocked while one is on, or which status it is in (`workflow::dev`).
//! Each distinct label is judged once. What putting on and taking off does is in `track`.

use std::collections::HashMap;

use super::statuses::StatusTable;
use crate::model::FlowSettings;
use crate::model::pattern::fits;
use crate::model::work_item::Tracker;

/// What one label of one tracker says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label<'a> {
    /// The label; foreign text.
    pub(super) name: &'a str,
    /// Whether it blocks.
    pub(super) blocks: bool,
    /// The number of the status that it stands for.
    pub(super) status: Option<u32>,
}

/// Numbers for distinct labels.
pub(super) struct LabelTable<'a> {
    settings: &'a FlowSettings,
    labels: Vec<Label<'a>>,
    numbers: HashMap<(Tracker, &'a str), u32>,
}

impl<'a> LabelTable<'a> {
    pub(super) fn new(settings: &'a FlowSettings) -> Self {
        Self {
            settings,
            labels: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    /// The number of a label.
    pub(super) fn number(
        &mut self,
        tracker: Tracker,
        name: &'a str,
        statuses: &mut StatusTable<'a>,
    ) -> u32 {
        *self.numbers.entry((tracker, name)).or_insert_with(|| {
            let patterns = &self.settings.blocked_labels;
            let mut covered = self.settings.status_labels.iter();
            let status = covered.find_map(|pattern| covered_by(pattern, name));
            self.labels.push(Label {
                name,
                blocks: patterns.iter().any(|pattern| fits(pattern, name)),
                status: status.map(|status| statuses.named(tracker, status)),
            });
            // One per distinct text in memory: far below the limit.
            u32::try_from(self.labels.len() - 1).unwrap_or(u32::MAX)
        })
    }

    /// What the label with this number says.
    pub(super) fn get(&self, number: u32) -> Option<&Label<'a>> {
        self.labels.get(number as usize)
    }
}

/// What the first `*` of a pattern covers in a label that fits it; the whole label where the pattern
/// has none. Nothing but blanks is no status.
fn covered_by<'t>(pattern: &str, label: &'t str) -> Option<&'t str> {
    if !fits(pattern, label) {
        return None;
    }
    let covered = match pattern.split_once('*') {
        None => label,
        Some((before, after)) => {
            // Case may change the length of a text in bytes, so signs are counted.
            let signs = label.chars().count();
            let after = after
                .rsplit('*')
                .next()
                .map_or(0, |after| after.chars().count());
            let first = before.chars().count();
            let last = signs.saturating_sub(after);
            let place = |nth| {
                label
                    .char_indices()
                    .nth(nth)
                    .map_or(label.len(), |(place, _)| place)
            };
            label.get(place(first)..place(last)).unwrap_or_default()
        }
    };
    Some(covered.trim()).filter(|covered| !covered.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_star_covers_the_status() {
        for (pattern, label, expected) in [
            ("workflow::*", "Workflow::In Dev", Some("In Dev")),
            ("status: *", "status: in progress", Some("in progress")),
            ("status/*", "status/", None),
            ("status/*", "priority/high", None),
            ("*-state", "review-state", Some("review")),
            ("in progress", "In Progress", Some("In Progress")),
            ("*", "Ärger", Some("Ärger")),
            ("a*b*c", "a-b-c", Some("-b-")),
        ] {
            assert_eq!(covered_by(pattern, label), expected, "{pattern} / {label}");
        }
    }
}
