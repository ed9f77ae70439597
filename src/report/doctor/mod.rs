//! What `dora doctor` says: one check after the other, each with what was found and the command that
//! mends it. The checks of what was gathered are in `data`, those of notices in `notices`; what
//! concerns files, streams and programs is looked at by `commands`.

pub mod data;
mod notices;

use chrono::{DateTime, Utc};
use serde::Serialize;

pub use notices::{add_notices, add_notices_to};

/// How bad it is; the later, the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Worth a look: numbers may say less than they could.
    Warn,
    /// Something does not work, or numbers cannot be trusted.
    Fail,
}

impl Status {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What is checked, in the order in which it is said: code (stable) and name.
pub const CHECKS: [(&str, &str); 20] = [
    ("program", "program"),
    ("path", "path"),
    ("terminal", "terminal"),
    ("repository", "repository"),
    ("history", "history"),
    ("upstream", "upstream"),
    ("settings", "settings"),
    ("directory", "directory"),
    ("files", "files"),
    ("records", "records"),
    ("work-items", "work items"),
    ("lock", "lock"),
    ("git-ignore", "git ignore"),
    ("environments", "environments"),
    ("state-files", "state files"),
    ("components", "components"),
    ("versions", "versions"),
    ("clocks", "clocks"),
    ("github", "github"),
    ("numbers", "numbers"),
];

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub status: Status,
    /// What, and where; may hold foreign text.
    pub message: String,
    /// The command or step that mends it, where one does.
    pub mend: Option<String>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its stable code.
    pub code: &'static str,
    /// The worst of its findings; ok without any.
    pub status: Status,
    /// What is there, in a few words; may hold foreign text.
    pub summary: String,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
}

impl Check {
    /// A check of [`CHECKS`] in which all is as it should be.
    pub fn new(code: &'static str, summary: impl Into<String>) -> Self {
        Self {
            code,
            status: Status::Ok,
            summary: summary.into(),
            findings: Vec::new(),
        }
    }

    /// Its name for people.
    pub fn name(&self) -> &'static str {
        let known = CHECKS.iter().find(|(code, _)| *code == self.code);
        known.map_or(self.code, |(_, name)| name)
    }

    /// Adds a finding; the worst stand first, else they keep their order.
    pub fn find(&mut self, status: Status, message: impl Into<String>, mend: Option<String>) {
        self.status = self.status.max(status);
        let at = self
            .findings
            .partition_point(|known| known.status >= status);
        let message = message.into();
        self.findings.insert(
            at,
            Finding {
                status,
                message,
                mend,
            },
        );
    }

    /// The same check with something to know.
    #[must_use]
    pub fn note(mut self, message: impl Into<String>) -> Self {
        self.find(Status::Ok, message, None);
        self
    }

    /// The same check with something worth a look.
    #[must_use]
    pub fn warn(mut self, message: impl Into<String>, mend: impl Into<Option<String>>) -> Self {
        self.find(Status::Warn, message, mend.into());
        self
    }

    /// The same check with something that does not work.
    #[must_use]
    pub fn fail(mut self, message: impl Into<String>, mend: impl Into<Option<String>>) -> Self {
        self.find(Status::Fail, message, mend.into());
        self
    }
}

/// All checks of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doctor {
    /// Version of this shape.
    pub schema_version: u32,
    /// Version of `dora`.
    pub tool_version: &'static str,
    /// As of when.
    pub generated_at: DateTime<Utc>,
    /// The name of the repository; null where none could be opened.
    pub repository: Option<String>,
    /// The worst of all checks.
    pub status: Status,
    /// The checks, in the order of [`CHECKS`].
    pub checks: Vec<Check>,
}

impl Doctor {
    /// The checks in their order, with the worst of them.
    pub fn new(
        generated_at: DateTime<Utc>,
        repository: Option<String>,
        mut checks: Vec<Check>,
    ) -> Self {
        let place = |check: &Check| CHECKS.iter().position(|(code, _)| *code == check.code);
        checks.sort_by_key(place);
        Self {
            schema_version: 1,
            tool_version: env!("CARGO_PKG_VERSION"),
            generated_at,
            repository,
            status: checks
                .iter()
                .map(|check| check.status)
                .max()
                .unwrap_or(Status::Ok),
            checks,
        }
    }

    /// How many checks ended so.
    pub fn count(&self, status: Status) -> usize {
        let same = self.checks.iter().filter(|check| check.status == status);
        same.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_finding_decides_and_stands_first() {
        let check = Check::new("files", "two files")
            .note("a")
            .fail("b", None)
            .warn("c", "do it".to_owned())
            .fail("d", None)
            .note("e");
        assert_eq!(check.status, Status::Fail);
        let order: Vec<&str> = check.findings.iter().map(|it| &*it.message).collect();
        assert_eq!(order, ["b", "d", "c", "a", "e"]);
        assert_eq!(check.findings[2].mend.as_deref(), Some("do it"));
    }

    #[test]
    fn checks_are_said_in_one_order_and_the_worst_is_the_whole() {
        let now = crate::model::instant_from_epoch(0);
        let checks = vec![
            Check::new("lock", "free"),
            Check::new("path", "found").warn("another", None),
        ];
        let doctor = Doctor::new(now, None, checks);
        let codes: Vec<_> = doctor.checks.iter().map(|check| check.code).collect();
        assert_eq!(codes, ["path", "lock"]);
        assert_eq!(doctor.status, Status::Warn);
        assert_eq!(Doctor::new(now, None, Vec::new()).status, Status::Ok);
    }
}
