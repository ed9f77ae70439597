//! Runs the built `dora` in a `World`: cleared environment, fixed clock, no configuration of the
//! machine. What it said is one value.

use std::fmt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::world::{Repo, World};

/// What one run said and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
    /// Exit status; -1 when a signal ended it.
    pub(crate) status: i32,
}

impl Run {
    /// Standard output as JSON, of a run that succeeded.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.status, 0, "the run failed:\n{self}");
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is no JSON: {error}\n{self}"))
    }
}

/// All of it, as snapshots show it.
impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "── stdout\n{}", self.stdout.trim_end())?;
        writeln!(f, "── stderr\n{}", self.stderr.trim_end())?;
        write!(f, "── status {}", self.status)
    }
}

impl World {
    /// Runs `dora` in a repository.
    pub(crate) fn dora(&self, repo: &Repo, arguments: &[&str]) -> Run {
        self.dora_in(repo.path(), arguments, &[])
    }

    /// Runs `dora` in a directory, with more environment variables.
    pub(crate) fn dora_in(
        &self,
        directory: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Run {
        let output = self
            .command(directory, arguments, variables)
            .output()
            .expect("dora runs");
        Run {
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
            status: output.status.code().unwrap_or(-1),
        }
    }

    /// The command that `dora_in` runs, for tests that start it in their own way.
    pub(crate) fn command(
        &self,
        directory: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dora"));
        command
            .args(arguments)
            .current_dir(directory)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.home())
            .env("XDG_CONFIG_HOME", self.home().join("config"))
            .env("XDG_CACHE_HOME", self.home().join("cache"))
            .env("XDG_DATA_HOME", self.home().join("data"))
            .env("TMPDIR", self.root().join("tmp"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", self.root())
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .env("DORA_NOW", self.clock())
            .envs(variables.iter().copied());
        command
    }
}
