//! Typed access to the members of a located JSON value that notes every fault instead of stopping at
//! the first, and every key nobody knows. `config` says which keys there are and what they mean.

use crate::model::Notice;

use super::error::Fault;
use super::json_positions::{Json, Located, Member, Position};
use super::suggestion::nearest;

/// More faults or unknown keys than this help nobody.
const MOST_TOLD: usize = 50;

/// What has been found wrong so far in one file.
pub(super) struct Fields<'p> {
    place: &'p str,
    faults: Vec<Fault>,
    notices: Vec<Notice>,
}

impl<'p> Fields<'p> {
    /// Nothing found yet in the file `place`.
    pub(super) fn new(place: &'p str) -> Self {
        Self {
            place,
            faults: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// The notices when there is no fault, else the faults.
    pub(super) fn finish(self) -> Result<Vec<Notice>, Vec<Fault>> {
        if self.faults.is_empty() {
            Ok(self.notices)
        } else {
            Err(self.faults)
        }
    }

    /// Notes a fault.
    pub(super) fn fault(
        &mut self,
        at: Position,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        if self.faults.len() < MOST_TOLD {
            self.faults.push(Fault {
                place: self.place.to_owned(),
                position: Some(at),
                message: message.into(),
                suggestion,
            });
        }
    }

    /// Notes something odd that does not stand in the way.
    pub(super) fn notice(&mut self, code: &str, at: Position, message: &str, hint: Option<String>) {
        if self.notices.len() < MOST_TOLD {
            let Position { line, column } = at;
            let message = format!("{}:{line}:{column}: {message}", self.place);
            let notice = Notice::new(code, message);
            self.notices.push(match hint {
                Some(hint) => notice.hint(hint),
                None => notice,
            });
        }
    }

    /// The members of an object, nulls left out: `null` means not set. Anything but an object is a
    /// fault and has no members.
    pub(super) fn object<'v>(&mut self, key: &str, value: &'v Located) -> Vec<&'v Member> {
        match &value.value {
            Json::Object(members) => members
                .iter()
                .filter(|member| member.value.value != Json::Null)
                .collect(),
            other => {
                self.wrong_type(key, value.at, other, "an object", None);
                Vec::new()
            }
        }
    }

    /// Notes a key that is not one of the known ones.
    pub(super) fn unknown_key(&mut self, inside: &str, member: &Member, known: &[&str]) {
        let message = format!("`{}` is no key dora knows{}", member.name, within(inside));
        let hint = match nearest(&member.name, known.iter().copied()) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("known keys{}: {}", within(inside), known.join(", ")),
        };
        self.notice("config-unknown-key", member.at, &message, Some(hint));
    }

    /// A text that is not empty and holds no control character.
    pub(super) fn text(&mut self, key: &str, value: &Located) -> Option<String> {
        let text = match &value.value {
            Json::String(text) => text,
            other => {
                let quoted = match other {
                    Json::Number(number) => Some(format!("write \"{number}\"")),
                    _ => None,
                };
                self.wrong_type(key, value.at, other, "text", quoted);
                return None;
            }
        };
        if text.trim().is_empty() {
            self.fault(
                value.at,
                format!("`{key}` is empty"),
                Some("leave it out".into()),
            );
            return None;
        }
        if text.chars().any(char::is_control) {
            let message = format!("`{key}` holds a control character");
            self.fault(value.at, message, None);
            return None;
        }
        Some(text.clone())
    }

    /// One of a fixed set of words.
    pub(super) fn word<'k>(
        &mut self,
        key: &str,
        value: &Located,
        words: &[&'k str],
    ) -> Option<&'k str> {
        let text = match &value.value {
            // `"bands": 2024` says what is meant.
            Json::Number(number) => number.to_string(),
            _ => self.text(key, value)?,
        };
        let found = words.iter().copied().find(|word| *word == text);
        if found.is_none() {
            let message = format!("`{key}` cannot be \"{text}\"");
            let suggestion = match nearest(&text, words.iter().copied()) {
                Some(word) => format!("did you mean \"{word}\"?"),
                None => format!("it is one of {}", words.join(", ")),
            };
            self.fault(value.at, message, Some(suggestion));
        }
        found
    }

    /// `true` or `false`.
    pub(super) fn truth(&mut self, key: &str, value: &Located) -> Option<bool> {
        match &value.value {
            Json::Bool(truth) => Some(*truth),
            other => {
                let suggestion = match other {
                    Json::String(text) if text == "true" || text == "false" => {
                        Some(format!("write {text} without quotes"))
                    }
                    _ => None,
                };
                self.wrong_type(key, value.at, other, "true or false", suggestion);
                None
            }
        }
    }

    /// A whole number between two limits, both included; `90.0` is one.
    pub(super) fn whole_number(
        &mut self,
        key: &str,
        value: &Located,
        low: u32,
        high: u32,
    ) -> Option<u32> {
        let number = self.number(key, value)?;
        if number.fract() != 0.0 {
            let message = format!("`{key}` is {number}; expected a whole number");
            self.fault(value.at, message, None);
            return None;
        }
        if number < f64::from(low) || number > f64::from(high) {
            let message = format!("`{key}` is {number}; expected {low} to {high}");
            self.fault(value.at, message, None);
            return None;
        }
        // In range and whole: the conversion is exact.
        Some(number as u32)
    }

    /// A number.
    pub(super) fn number(&mut self, key: &str, value: &Located) -> Option<f64> {
        match &value.value {
            Json::Number(number) => number.as_f64(),
            other => {
                let suggestion = match other {
                    Json::String(text) if text.trim().parse::<f64>().is_ok() => {
                        Some(format!("write {} without quotes", text.trim()))
                    }
                    _ => None,
                };
                self.wrong_type(key, value.at, other, "a number", suggestion);
                None
            }
        }
    }

    /// A path inside the repository: relative, without `..`, with `/` between its parts.
    pub(super) fn confined_path(&mut self, key: &str, value: &Located) -> Option<String> {
        let path = self.text(key, value)?;
        let path = path.strip_prefix("./").unwrap_or(&path);
        let is_absolute = path.starts_with(['/', '\\', '~']) || path.get(1..2) == Some(":");
        if is_absolute || path.split(['/', '\\']).any(|part| part == "..") {
            let message = format!("`{key}` \"{path}\" leads out of the repository");
            let suggestion = "write a path relative to the repository's root".to_owned();
            self.fault(value.at, message, Some(suggestion));
            return None;
        }
        if path.contains('\\') {
            let message = format!("`{key}` \"{path}\" holds a backslash");
            let suggestion = format!("write \"{}\"", path.replace('\\', "/"));
            self.fault(value.at, message, Some(suggestion));
            return None;
        }
        Some(path.to_owned())
    }

    fn wrong_type(
        &mut self,
        key: &str,
        at: Position,
        found: &Json,
        expected: &str,
        suggestion: Option<String>,
    ) {
        let message = format!("`{key}` is {}; expected {expected}", found.type_name());
        self.fault(at, message, suggestion);
    }
}

fn within(inside: &str) -> String {
    if inside.is_empty() {
        String::new()
    } else {
        format!(" in `{inside}`")
    }
}
