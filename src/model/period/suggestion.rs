//! What was probably meant by a text that is no period. The grammar itself is in `grammar`.

use super::grammar::{WORDS, parse};

/// What was probably meant: the same with other letters, separators or padding, or the nearest word.
pub(super) fn suggestion(text: &str) -> Option<String> {
    if text.len() > 60 || text.contains("..") {
        return None;
    }
    let dashed = text.replace(['/', '_', ' ', '.'], "-");
    let parted = match text.split_at_checked(4) {
        Some((year, part)) => format!("{year}-{part}").to_uppercase(),
        None => String::new(),
    };
    let candidates = [
        text.to_lowercase(),
        text.to_uppercase(),
        dashed.to_lowercase(),
        dashed.to_uppercase(),
        padded(&dashed.to_uppercase()),
        parted,
        text.replace(' ', ""),
    ];
    candidates
        .into_iter()
        .find(|candidate| parse(candidate).is_ok())
        .or_else(|| nearest_word(&dashed.to_lowercase()))
}

/// `2026-8-1` as `2026-08-01`, `2026-W7` as `2026-W07`.
fn padded(text: &str) -> String {
    let pad = |part: &str| match part.strip_prefix('W') {
        Some(week) => format!("W{week:0>2}"),
        None if part.bytes().all(|byte| byte.is_ascii_digit()) => format!("{part:0>2}"),
        None => part.to_owned(),
    };
    text.split('-').map(pad).collect::<Vec<_>>().join("-")
}

fn nearest_word(text: &str) -> Option<String> {
    WORDS
        .iter()
        .flat_map(|(_, this, last)| [*this, *last])
        .map(|word| (edits(text, word), word))
        .min()
        .filter(|(edits, _)| *edits <= 2)
        .map(|(_, word)| word.to_owned())
}

/// Levenshtein distance in characters.
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, other_letter) in row.iter_mut().skip(1).zip(&other) {
            let above = *cell;
            let replaced = diagonal + usize::from(letter != *other_letter);
            left = replaced.min(above + 1).min(left + 1);
            diagonal = above;
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}
