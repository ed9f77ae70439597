//! Which item a person means by a key: exactly it, a key it had before, whatever its case, or the begin
//! of one key. What is meant by nothing gets a suggestion. `flow` asks.

use crate::error::Error;
use crate::model::WorkItem;

/// Suggestions told at most.
const SUGGESTED: usize = 3;

/// The index of the item that the text means.
///
/// # Errors
/// When it means none, or several.
pub(super) fn item_of_key(items: &[WorkItem], text: &str) -> Result<usize, Error> {
    let text = text.trim();
    let plain = text.to_lowercase();
    let ways: [&dyn Fn(&WorkItem) -> bool; 5] = [
        &|item| item.key == text,
        &|item| item.aliases.iter().any(|alias| alias == text),
        &|item| item.key.to_lowercase() == plain,
        &|item| {
            item.aliases
                .iter()
                .any(|alias| alias.to_lowercase() == plain)
        },
        &|item| !plain.is_empty() && item.key.to_lowercase().starts_with(&plain),
    ];
    for means in ways {
        let mut found = items.iter().enumerate().filter(|(_, item)| means(item));
        match (found.next(), found.next()) {
            (Some((index, _)), None) => return Ok(index),
            (Some((_, first)), Some((_, second))) => {
                let more = found.count();
                return Err(several(text, first, second, more));
            }
            (None, _) => {}
        }
    }
    Err(unknown(items, text, &plain))
}

fn several(text: &str, first: &WorkItem, second: &WorkItem, more: usize) -> Error {
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    if first.key == second.key {
        return Error::usage(format!("`{text}` is an item of several trackers"))
            .hint("dora flow --format json | jq '.items[] | select(.key == \"KEY\")'");
    }
    Error::usage(format!("`{text}` is the begin of several keys"))
        .hint(format!("known: {}, {}{more}", first.key, second.key))
}

fn unknown(items: &[WorkItem], text: &str, plain: &str) -> Error {
    let error = Error::usage(format!("there is no item `{text}`"));
    let mut near: Vec<(usize, &str)> = items
        .iter()
        .map(|item| (distance(&item.key.to_lowercase(), plain), item.key.as_str()))
        .filter(|(distance, _)| *distance <= 2.max(plain.chars().count() / 3))
        .collect();
    near.sort_unstable();
    near.dedup();
    let near: Vec<&str> = near
        .into_iter()
        .take(SUGGESTED)
        .map(|(_, key)| key)
        .collect();
    match near.is_empty() {
        true => error.hint("dora flow --verbose lists the items of the period"),
        false => error.hint(format!("did you mean {}?", near.join(", "))),
    }
}

/// How many characters have to be put in, taken out or changed; far beyond any suggestion where one of
/// the texts is absurdly long.
fn distance(a: &str, b: &str) -> usize {
    const LONG: usize = 40;
    let (a, b): (Vec<char>, Vec<char>) = (
        a.chars().take(LONG + 1).collect(),
        b.chars().take(LONG + 1).collect(),
    );
    if a.len() > LONG || b.len() > LONG || a.len().abs_diff(b.len()) > LONG / 3 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, from) in a.iter().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(&b) {
            let changed = diagonal + usize::from(from != to);
            diagonal = *cell;
            *cell = changed.min(*cell + 1).min(left + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::instant_from_epoch;
    use crate::model::work_item::{History, Tracker};

    fn item(key: &str, aliases: &[&str]) -> WorkItem {
        let at = instant_from_epoch(1_772_441_200);
        WorkItem {
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
            history: History::Complete,
            ..WorkItem::known_as(Tracker::Jira, key, key, at)
        }
    }

    fn found(text: &str) -> Result<usize, String> {
        let items = [
            item("FOC-1", &[]),
            item("FOC-12", &["OLD-7"]),
            item("FOC-13", &[]),
            item("BAR-4", &[]),
        ];
        item_of_key(&items, text).map_err(|error| {
            let hints = error.hints.join(" ");
            format!("{}: {hints}", error.message)
        })
    }

    #[test]
    fn a_key_means_its_item_before_it_means_the_begin_of_others() {
        assert_eq!(found("FOC-1"), Ok(0));
        assert_eq!(found("foc-12"), Ok(1));
        assert_eq!(found("OLD-7"), Ok(1));
        assert_eq!(found("old-7"), Ok(1));
        assert_eq!(found("ba"), Ok(3));
    }

    #[test]
    fn a_begin_of_several_keys_names_them() {
        assert_eq!(
            found("FOC").unwrap_err(),
            "`FOC` is the begin of several keys: known: FOC-1, FOC-12 and 1 more"
        );
    }

    #[test]
    fn an_unknown_key_gets_what_is_near_to_it() {
        assert_eq!(
            found("FOC-14").unwrap_err(),
            "there is no item `FOC-14`: did you mean FOC-1, FOC-12, FOC-13?"
        );
        assert_eq!(
            found("something else").unwrap_err(),
            "there is no item `something else`: dora flow --verbose lists the items of the period"
        );
        assert!(found("").is_err());
        assert!(found(&"x".repeat(100_000)).is_err());
    }

    #[test]
    fn distances_are_those_of_edits() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
