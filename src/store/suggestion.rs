//! "Did you mean …": the known word nearest to a mistyped one.

/// The known word that differs least from `written`, when it differs by little: at most a third of
/// its letters changed, missing, added or swapped with their neighbour. Case does not matter.
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let written: Vec<char> = written.to_lowercase().chars().take(65).collect();
    if written.len() > 64 {
        return None;
    }
    let allowed = (written.len() / 3).max(1);
    known
        .into_iter()
        .map(|word| {
            let letters: Vec<char> = word.to_lowercase().chars().collect();
            (distance(&written, &letters), word)
        })
        .filter(|(steps, word)| *steps <= allowed && *steps < word.chars().count())
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, word)| word)
}

/// The number of single-letter edits and swaps of neighbours that turn one word into the other
/// (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, &letter) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, &other) in b.iter().enumerate() {
            let replaced = above[j] + usize::from(letter != other);
            let mut steps = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && letter == b[j - 1] && a[i - 1] == other {
                steps = steps.min(before[j - 1] + 1);
            }
            row.push(steps);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(word: &str) -> Vec<char> {
        word.chars().collect()
    }

    #[test]
    fn distances_count_edits_and_swaps() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("bands", "bands", 0),
            ("bnads", "bands", 1),
            ("band", "bands", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(&letters(a), &letters(b)), expected, "{a} {b}");
            assert_eq!(distance(&letters(b), &letters(a)), expected, "{b} {a}");
        }
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        let known = ["timezone", "thresholds", "bands"];
        assert_eq!(nearest("time_zone", known), Some("timezone"));
        assert_eq!(nearest("TIMEZONE", known), Some("timezone"));
        assert_eq!(nearest("treshold", known), Some("thresholds"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), known), None);
        assert_eq!(nearest("x", ["y"]), None);
    }
}
