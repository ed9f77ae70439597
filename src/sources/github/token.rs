//! A token that shows itself to nobody: neither `Debug` nor any error holds it. `access` finds it,
//! `rest` sends it to its host.

use std::fmt;

/// Longer texts are no tokens.
const LONGEST_TOKEN: usize = 4096;

/// Fewer characters of a token, where a text ends with them, tell nothing.
const SHORTEST_PART: usize = 5;

/// GitHub's tokens are longer; a shorter one may be a word that stands anywhere.
const SHORTEST_SECRET: usize = 16;

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

    /// A foreign text without this token, should it hold it, or end with the beginning of it because it
    /// was cut there.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        let mut text = text.replace(&self.0, "…");
        let parts = (SHORTEST_PART..self.0.len()).rev();
        let cut = parts.filter_map(|length| text.strip_suffix(&self.0[..length]));
        if let Some(length) = cut.map(str::len).next() {
            text.truncate(length);
            text.push('…');
        }
        text
    }

    /// Whether foreign bytes hold this token, unless it is so short that they may do so by chance.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        self.0.len() >= SHORTEST_SECRET && memchr::memmem::find(bytes, self.0.as_bytes()).is_some()
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
        assert_eq!(token.hidden_in("cut: canary-"), "cut: …");
        assert_eq!(token.hidden_in("cut: canary-1canar"), "cut: ……");
        assert_eq!(token.hidden_in("a can"), "a can");
        let token = Token::new("ghp_0123456789abcdef").unwrap();
        assert!(token.is_in(b"[\"ghp_0123456789abcdef\"]"));
        assert!(!token.is_in(b"[\"ghp_0123456789abcde\"]"));
        assert!(!Token::new("test").unwrap().is_in(b"a test"));
    }
}
