//! Something a reader left out, rejected or had to assume. Notices are data: they are collected,
//! counted, printed under the report and exported; they never stop a run.

use serde::{Deserialize, Serialize};

/// One kind of thing that was left out or assumed, with how often it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Stable kebab-case code (`version-unresolved`, `state-file-broken`, `shallow-clone`).
    pub code: String,
    /// What happened, in words, with the places (file, commit, line). Foreign text is as it was read.
    pub message: String,
    /// The command or setting that helps, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// How many times it happened (at least 1).
    #[serde(default = "one")]
    pub count: usize,
    /// Whether the numbers are incomplete because of it (`--strict` then exits with 7).
    #[serde(default)]
    pub incomplete: bool,
}

fn one() -> usize {
    1
}

impl Notice {
    /// A notice that happened once and does not make the data incomplete.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            hint: None,
            count: 1,
            incomplete: false,
        }
    }

    /// The same notice with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same notice, counted.
    #[must_use]
    pub fn count(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// The same notice, marked as making the data incomplete.
    #[must_use]
    pub fn incomplete(mut self) -> Self {
        self.incomplete = true;
        self
    }
}
