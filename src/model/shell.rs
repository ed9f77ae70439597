//! Foreign text as one word of a command that a person may paste into a shell. Hints name files and
//! ids that others chose.

/// The text as one word of a shell's command line, in quotes unless every character is plain.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@:,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_words_stand_without_quotes() {
        assert_eq!(shell_word("state/uat-1.json"), "state/uat-1.json");
        assert_eq!(shell_word("größe"), "größe");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("a b"), "'a b'");
        assert_eq!(shell_word("$(x);`y`&"), "'$(x);`y`&'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
    }
}
