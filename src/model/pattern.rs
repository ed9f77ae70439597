//! Patterns in settings: text in which `*` stands for anything, upper and lower case alike.

/// Whether the whole text fits the pattern. Takes at most pattern × text steps.
pub fn fits(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let (mut p, mut t) = (0, 0);
    // Where the last `*` stands, and how far the text was when it was met.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == text.get(t) {
            p += 1;
            t += 1;
        } else if let Some((at, met)) = star {
            star = Some((at, met + 1));
            p = at + 1;
            t = met + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_and_case_for_nothing() {
        for (pattern, text, expected) in [
            ("incident", "Incident", true),
            ("incident", "incidents", false),
            ("sev*", "SEV-1", true),
            ("*incident*", "type: incident (minor)", true),
            ("*[bot]", "renovate[bot]", true),
            ("*[bot]", "bob", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("**x", "x", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} / {text}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_time() {
        let pattern = "*a".repeat(500);
        assert!(!fits(&pattern, &"a".repeat(5_000).replace('a', "ab")));
    }
}
