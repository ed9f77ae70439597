//! Foreign text inside a command that a person may paste into a shell: hints name files and ids that
//! others chose. What a terminal would obey is `render::sanitize`'s business.

use std::borrow::Cow;
use std::path::Path;

/// The text as one word of a POSIX shell: as it is while every character is plain
/// (`A-Z a-z 0-9 . _ / + -`), else in single quotes.
pub fn shell_word(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/+-".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
    }
}

/// A path as one word of a shell; one that begins like an option (`-`) or like one of git's patterns
/// (`:`) is written from `./`. Bytes that are no text are shown as replacement characters.
pub fn shell_path(path: impl AsRef<Path>) -> String {
    let text = path.as_ref().to_string_lossy();
    if text.starts_with(['-', ':']) {
        shell_word(&format!("./{text}")).into_owned()
    } else {
        shell_word(&text).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_and_others_are_quoted() {
        for (text, word) in [
            (
                "state/production-deployed-versions.json",
                "state/production-deployed-versions.json",
            ),
            ("v1.2.3+x_y", "v1.2.3+x_y"),
            ("", "''"),
            ("my shop", "'my shop'"),
            ("it's", r"'it'\''s'"),
            ("x;touch PWNED", "'x;touch PWNED'"),
            ("$(id)`id`\\", "'$(id)`id`\\'"),
            ("~root", "'~root'"),
            ("a\nb", "'a\nb'"),
            ("größe", "'größe'"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }

    #[test]
    fn a_path_is_never_taken_for_an_option() {
        let path = |text: &str| shell_path(text);
        assert_eq!(path("-rf"), "./-rf");
        assert_eq!(path("--all files"), "'./--all files'");
        assert_eq!(path(":(top)x"), "'./:(top)x'");
        assert_eq!(path("/srv/my shop"), "'/srv/my shop'");
        assert_eq!(path("a-b"), "a-b");
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_reads_back_exactly_what_was_meant() {
        for text in ["'", "''", "a'b\"c", "$HOME `id` \\ ;|&", "*?[a]!#", "\t\n"] {
            let command = format!("printf %s {}", shell_word(text));
            let output = std::process::Command::new("sh")
                .args(["-c", &command])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }
}
