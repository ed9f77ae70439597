//! How the key of a work item is spelled in commits: one word, or a number with the signs that its
//! tracker puts before it. `sources::work_item_keys` looks for spellings, `ledger::flow_join` asks
//! whose they are; both ask here, so that they cannot disagree.

use super::work_item::Tracker;

/// A key as it is compared: without blanks around, in capital letters (ASCII). `FOC-12` and `foc-12`
/// are one key.
pub fn plain_key(text: &str) -> String {
    text.trim().to_ascii_uppercase()
}

/// Everything that a commit may call the item of this key, each as [`plain_key`] gives it. A key that
/// is a number (`12`, `#12`, `acme/shop#12`) is spelled `#12`, on Azure DevOps also `AB#12`, elsewhere
/// also `GH-12`; every other one is spelled as it is.
pub fn spellings(tracker: Tracker, key: &str) -> Vec<String> {
    let plain = plain_key(key);
    let Some(number) = number_of(&plain) else {
        return match plain.is_empty() {
            true => Vec::new(),
            false => vec![plain],
        };
    };
    let other = match tracker {
        Tracker::AzureDevops => format!("AB#{number}"),
        _ => format!("GH-{number}"),
    };
    let mut spellings = vec![format!("#{number}"), other];
    if plain.contains('/') {
        spellings.push(plain);
    }
    spellings
}

/// The digits of a key that is a number, without zeros before.
fn number_of(plain: &str) -> Option<&str> {
    let digits = plain.rsplit_once('#').map_or(plain, |(_, digits)| digits);
    let is_number = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    let significant = digits.trim_start_matches('0');
    (is_number && !significant.is_empty()).then_some(significant)
}

/// What stands before the last digits of a key: its project, with the sign between (`FOC-`).
pub fn project_of(key: &str) -> &str {
    key.trim_end_matches(|it: char| it.is_ascii_digit())
}

/// The order in which keys are listed: by project, then by number (`FOC-9` before `FOC-10`).
pub fn key_order(key: &str) -> (&str, usize, &str) {
    let project = project_of(key);
    let number = key[project.len()..].trim_start_matches('0');
    (project, number.len(), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ordered_by_project_and_number() {
        let mut keys = ["FOC-10", "FOC-9", "#2", "ABC-100", "#10", "FOC-09x"];
        keys.sort_by(|a, b| key_order(a).cmp(&key_order(b)));
        assert_eq!(keys, ["#2", "#10", "ABC-100", "FOC-9", "FOC-10", "FOC-09x"]);
    }

    #[test]
    fn a_key_of_a_project_is_spelled_as_it_is() {
        assert_eq!(spellings(Tracker::Jira, " foc-12 "), ["FOC-12"]);
        assert_eq!(spellings(Tracker::Csv, "Login page"), ["LOGIN PAGE"]);
        assert_eq!(spellings(Tracker::Csv, "  "), [""; 0]);
        assert_eq!(project_of("FOC-12"), "FOC-");
    }

    #[test]
    fn a_number_is_spelled_with_the_signs_of_its_tracker() {
        assert_eq!(spellings(Tracker::AzureDevops, "12"), ["#12", "AB#12"]);
        assert_eq!(spellings(Tracker::Github, "#12"), ["#12", "GH-12"]);
        assert_eq!(spellings(Tracker::Csv, "007"), ["#7", "GH-7"]);
        assert_eq!(
            spellings(Tracker::Github, "acme/shop#12"),
            ["#12", "GH-12", "ACME/SHOP#12"]
        );
        assert_eq!(spellings(Tracker::Github, "#"), ["#"]);
        assert_eq!(spellings(Tracker::Csv, "0"), ["0"]);
    }
}
