//! A token that shows itself to nobody: neither `Debug` nor any error holds it. `access` finds it,
//! `rest` sends it to its host.

use std::fmt;

/// Longer texts are no tokens.
const LONGEST_TOKEN: usize = 4096;

/// A token of GitHub.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Token(String);

impl Token {
    /// A token, without blanks around it; `None` when the text is empty, too long, or holds
    /// characters that no header may hold.
    pub(super) fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let is_sound = !text.is_empty()
            && text.len() <= LONGEST_TOKEN
            && text.chars().all(|c| c.is_ascii_graphic());
        is_sound.then(|| Self(text.to_owned()))
    }

    /// The token itself, for the one header it is sent in.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// A foreign text without this token, should it hold it.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.0, "…")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word_of_plain_characters() {
        assert_eq!(Token::new(" ghp_abc\n").unwrap().expose(), "ghp_abc");
        for text in [
            "",
            "  ",
            "a b",
            "a\r\nX-Other: 1",
            "ключ",
            &"x".repeat(5000),
        ] {
            assert_eq!(Token::new(text), None);
        }
    }

    #[test]
    fn a_token_shows_itself_to_nobody() {
        let token = Token::new("canary-1").unwrap();
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert_eq!(token.hidden_in("no canary-1 here"), "no … here");
    }
}
