//! Errors as a person meets them: what, where, why, and the command that helps; and which exit code
//! they end with. Rooms have error types of their own; `commands` turns them into this one.

use std::fmt;

/// How a run ended, as an exit code (spec 5.2). `dora help exit-codes` prints this table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done; also when there are no deployments.
    Done,
    /// Something went wrong.
    Failure,
    /// The command line is wrong.
    Usage,
    /// A configuration or data file is invalid.
    InvalidData,
    /// Authentication is needed.
    Authentication,
    /// No data, under `--strict`.
    NoData,
    /// A gate failed.
    Gate,
    /// The data is incomplete, under `--strict`.
    Incomplete,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// All codes in order.
    pub const ALL: [Self; 9] = [
        Self::Done,
        Self::Failure,
        Self::Usage,
        Self::InvalidData,
        Self::Authentication,
        Self::NoData,
        Self::Gate,
        Self::Incomplete,
        Self::Interrupted,
    ];

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::InvalidData => 3,
            Self::Authentication => 4,
            Self::NoData => 5,
            Self::Gate => 6,
            Self::Incomplete => 7,
            Self::Interrupted => 130,
        }
    }

    /// What it means.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; also when there are no deployments",
            Self::Failure => {
                "something went wrong: no repository, an unreadable object, a full disk"
            }
            Self::Usage => "the command line is wrong",
            Self::InvalidData => "a configuration or data file is invalid; nothing was overwritten",
            Self::Authentication => "authentication is needed",
            Self::NoData => "no data in the period (only with --strict)",
            Self::Gate => "a gate failed (dora check)",
            Self::Incomplete => {
                "the data is incomplete: shallow clone, unresolved versions, GitHub data that is old or \
                 does not reach far enough (only with --strict)"
            }
            Self::Interrupted => "interrupted",
        }
    }
}

/// An error with its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// How the run ends.
    pub exit: Exit,
    /// What went wrong and where; may hold foreign text.
    pub message: String,
    /// Why, from the nearest cause to the root.
    pub causes: Vec<String>,
    /// What helps.
    pub hints: Vec<String>,
}

impl Error {
    /// An error that ends with this code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// A failure (exit code 1).
    pub fn failure(message: impl Into<String>) -> Self {
        Self::new(Exit::Failure, message)
    }

    /// A usage error (exit code 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// The same error with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same error with a cause.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
