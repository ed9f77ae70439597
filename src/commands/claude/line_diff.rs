//! The lines in which two texts differ, as a unified diff. Exact (longest common subsequence), and
//! only for texts of a few hundred lines, which those of `claude` are.

/// Lines of unchanged text around a change.
const CONTEXT: usize = 3;

/// Texts with more lines than this are not compared line by line.
const MOST_LINES: usize = 4_000;

/// One line of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Same(&'a str),
    Old(&'a str),
    New(&'a str),
}

/// The differing lines with their surroundings (`@@ -1,4 +1,5 @@`, then lines that begin with a
/// space, `-` or `+`), without the two lines of file names. `None` when a text is too long.
pub(super) fn unified(old: &str, new: &str) -> Option<Vec<String>> {
    let (old, new) = (lines(old), lines(new));
    if old.len() > MOST_LINES || new.len() > MOST_LINES {
        return None;
    }
    Some(hunks(&steps(&old, &new)))
}

/// Lines with their ends, so that a missing last one is a difference.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// How the old lines become the new ones. Within a change, what goes comes before what is new.
fn steps<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Step<'a>> {
    let width = new.len() + 1;
    // For each pair of places, the length of what the rests have in common.
    let mut common = vec![0_u16; (old.len() + 1) * width];
    let at = |common: &[u16], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let length = if a == b {
                at(&common, i + 1, j + 1).saturating_add(1)
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(place) = common.get_mut(i * width + j) {
                *place = length;
            }
        }
    }
    let mut steps = Vec::new();
    let (mut i, mut j) = (0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => {
                steps.push(Step::Same(a));
                i += 1;
                j += 1;
            }
            (Some(a), Some(_)) if at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                steps.push(Step::Old(a));
                i += 1;
            }
            (_, Some(b)) => {
                steps.push(Step::New(b));
                j += 1;
            }
            (Some(a), None) => {
                steps.push(Step::Old(a));
                i += 1;
            }
            (None, None) => return steps,
        }
    }
}

/// The steps that change something, with what stands around them.
fn hunks(steps: &[Step<'_>]) -> Vec<String> {
    let changes: Vec<usize> = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| !matches!(step, Step::Same(_)))
        .map(|(at, _)| at)
        .collect();
    let mut told = Vec::new();
    let mut rest = changes.as_slice();
    while let Some(&first) = rest.first() {
        // Two changes whose surroundings touch belong together.
        let together = rest
            .windows(2)
            .take_while(|pair| pair[1] - pair[0] <= 2 * CONTEXT + 1)
            .count();
        let last = rest.get(together).copied().unwrap_or(first);
        rest = rest.get(together + 1..).unwrap_or_default();
        let begin = first.saturating_sub(CONTEXT);
        let end = (last + CONTEXT + 1).min(steps.len());
        let (before, hunk) = (
            steps.get(..begin).unwrap_or_default(),
            steps.get(begin..end).unwrap_or_default(),
        );
        told.push(format!(
            "@@ -{} +{} @@",
            range(before, hunk, |step| !matches!(step, Step::New(_))),
            range(before, hunk, |step| !matches!(step, Step::Old(_))),
        ));
        for step in hunk {
            let (sign, line) = match step {
                Step::Same(line) => (' ', line),
                Step::Old(line) => ('-', line),
                Step::New(line) => ('+', line),
            };
            match line.strip_suffix('\n') {
                Some(line) => told.push(format!("{sign}{line}")),
                None => {
                    told.push(format!("{sign}{line}"));
                    told.push("\\ No newline at end of file".to_owned());
                }
            }
        }
    }
    told
}

/// `first,count` of the lines of one side; the line before an empty range, as diff has it.
fn range(before: &[Step<'_>], hunk: &[Step<'_>], is_of_side: fn(&Step<'_>) -> bool) -> String {
    let count = |steps: &[Step<'_>]| steps.iter().filter(|step| is_of_side(step)).count();
    match (count(before), count(hunk)) {
        (before, 0) => format!("{before},0"),
        (before, 1) => format!("{}", before + 1),
        (before, lines) => format!("{},{lines}", before + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lines: &[&str]) -> String {
        lines.iter().map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn a_changed_line_stands_among_three_others_on_each_side() {
        let old = text(&["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        let new = old.replace('5', "five");
        assert_eq!(
            unified(&old, &new).unwrap(),
            [
                "@@ -2,7 +2,7 @@",
                " 2",
                " 3",
                " 4",
                "-5",
                "+five",
                " 6",
                " 7",
                " 8"
            ]
        );
        assert!(unified(&old, &old).unwrap().is_empty());
    }

    #[test]
    fn changes_far_apart_are_hunks_of_their_own() {
        let list: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
        let old: String = list.iter().map(|n| format!("{n}\n")).collect();
        let new = old.replace("1\n2\n", "2\n").replace("\n20\n", "\n20\n21\n");
        // As `diff -u` of GNU diffutils tells the same change.
        assert_eq!(
            unified(&old, &new).unwrap(),
            [
                "@@ -1,4 +1,3 @@",
                "-1",
                " 2",
                " 3",
                " 4",
                "@@ -18,3 +17,4 @@",
                " 18",
                " 19",
                " 20",
                "+21"
            ]
        );
    }

    #[test]
    fn an_empty_text_and_a_missing_last_line_end_are_told() {
        assert_eq!(unified("", "a\n").unwrap(), ["@@ -0,0 +1 @@", "+a"]);
        assert_eq!(unified("a\n", "").unwrap(), ["@@ -1 +0,0 @@", "-a"]);
        assert_eq!(
            unified("a", "a\n").unwrap(),
            ["@@ -1 +1 @@", "-a", "\\ No newline at end of file", "+a"]
        );
    }

    #[test]
    fn what_is_kept_is_as_long_as_it_can_be() {
        let kept = |old: &[&str], new: &[&str]| {
            let (old, new) = (text(old), text(new));
            let steps = steps(&lines(&old), &lines(&new));
            steps
                .iter()
                .filter(|step| matches!(step, Step::Same(_)))
                .count()
        };
        // The textbook pair: ABCBDAB and BDCABA have four in common.
        assert_eq!(
            kept(
                &["A", "B", "C", "B", "D", "A", "B"],
                &["B", "D", "C", "A", "B", "A"]
            ),
            4
        );
    }

    #[test]
    fn endless_texts_are_not_compared() {
        assert_eq!(unified(&"\n".repeat(4_001), "a"), None);
    }
}
