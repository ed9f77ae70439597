//! The program `gh`: where it is and how it is run, without a shell, outside of every repository,
//! silent, for a limited time. `gh` asks its questions through it.

use std::env;
use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::token::Token;

/// How often a running `gh` is looked after.
const TICK: Duration = Duration::from_millis(10);

/// Most of what it complains of that is read, in bytes.
const LARGEST_COMPLAINT: usize = 16 * 1024;

/// What keeps `gh` from asking, paging, colouring and looking for updates.
const QUIET: [(&str, &str); 5] = [
    ("NO_COLOR", "1"),
    ("CLICOLOR", "0"),
    ("GH_PAGER", "cat"),
    ("GH_PROMPT_DISABLED", "1"),
    ("GH_NO_UPDATE_NOTIFIER", "1"),
];

/// What would make it colourful, talkative or interested in a repository.
const UNWANTED: [&str; 5] = [
    "CLICOLOR_FORCE",
    "GH_FORCE_TTY",
    "GH_DEBUG",
    "DEBUG",
    "GH_REPO",
];

/// Where tokens may lie that are not `gh`'s own.
const TOKENS: [&str; 4] = [
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
];

/// Where `gh` is.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct GhProgram {
    path: PathBuf,
    variables: Vec<(String, String)>,
    /// Those of the environment.
    tokens: Vec<Token>,
}

/// What a run of it said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) status: ExitStatus,
    pub(super) output: Vec<u8>,
    /// The beginning of its standard error; foreign text.
    pub(super) complaint: String,
}

/// Why a run said nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failed {
    /// It could not be started.
    NotStarted(String),
    /// It took too long and was ended.
    TooSlow,
    /// It said more than it may and was ended.
    TooLarge,
}

impl GhProgram {
    /// The first `gh` in `PATH`. Relative entries and the current directory are passed over: there a
    /// repository could have put one.
    pub(super) fn find(environment: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let name = format!("gh{}", env::consts::EXE_SUFFIX);
        let here = env::current_dir().and_then(|it| it.canonicalize()).ok();
        let path = environment("PATH")?;
        let is_elsewhere =
            |directory: &PathBuf| directory.is_absolute() && directory.canonicalize().ok() != here;
        env::split_paths(&path)
            .filter(is_elsewhere)
            .map(|directory| directory.join(&name))
            .find(|path| is_executable(path))
            .map(|path| Self {
                path,
                variables: Vec::new(),
                tokens: TOKENS
                    .iter()
                    .filter_map(|name| Token::new(&environment(name)?))
                    .collect(),
            })
    }

    /// The tokens of the environment, which it may be given.
    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The same with more environment variables.
    #[cfg(test)]
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs it. Without `own_tokens` the tokens of the environment are kept from it: `gh` would send
    /// them to any host that is not github.com.
    pub(super) fn run(
        &self,
        arguments: &[String],
        input: Option<&[u8]>,
        own_tokens: bool,
        within: Duration,
        largest: usize,
    ) -> Result<Said, Failed> {
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .current_dir(outside())
            .stdin(input.map_or_else(Stdio::null, |_| Stdio::piped()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in UNWANTED {
            command.env_remove(name);
        }
        if !own_tokens {
            for name in TOKENS {
                command.env_remove(name);
            }
        }
        command.envs(QUIET);
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        let started = Instant::now();
        let mut child = command
            .spawn()
            .map_err(|error| Failed::NotStarted(error.kind().to_string()))?;
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            let input = input.to_vec();
            // Its end is told by what gh says, not by what it reads.
            thread::spawn(move || stdin.write_all(&input).ok());
        }
        let output = reading(child.stdout.take(), largest.saturating_add(1));
        let complaint = reading(child.stderr.take(), LARGEST_COMPLAINT);
        let left = || within.saturating_sub(started.elapsed());
        let Ok(output) = output.recv_timeout(left()) else {
            end(&mut child);
            return Err(Failed::TooSlow);
        };
        if output.len() > largest {
            end(&mut child);
            return Err(Failed::TooLarge);
        }
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if !left().is_zero() => thread::sleep(TICK),
                _ => {
                    end(&mut child);
                    return Err(Failed::TooSlow);
                }
            }
        };
        // Somebody it started may hold its standard error open.
        let complaint = complaint.recv_timeout(TICK * 10).unwrap_or_default();
        Ok(Said {
            status,
            output,
            complaint: String::from_utf8_lossy(&complaint).into_owned(),
        })
    }
}

impl fmt::Debug for GhProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("GhProgram").field(&self.path).finish()
    }
}

/// A directory that is in no repository of anybody.
fn outside() -> PathBuf {
    if cfg!(unix) {
        PathBuf::from("/")
    } else {
        env::temp_dir()
    }
}

fn end(child: &mut Child) {
    // It may have ended by itself meanwhile.
    let _ = child.kill();
    let _ = child.wait();
}

/// Reads up to so many bytes on a thread of its own, which ends with the stream.
fn reading(stream: Option<impl Read + Send + 'static>, most: usize) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            // What was read before an error counts; the exit status tells the rest.
            let _ = stream.take(most).read_to_end(&mut bytes);
        }
        sender.send(bytes).ok()
    });
    receiver
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
#[cfg(unix)]
pub(super) mod fake {
    //! A `gh` that is a shell script of a test.

    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::*;

    /// A directory with a program `gh`, and the program.
    pub(crate) fn gh(script: &str) -> (TempDir, GhProgram) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("gh");
        let text = format!("#!/bin/sh\n{script}\n");
        // Written by another process: a descriptor of ours that is open for writing, inherited by
        // a program that another test starts meanwhile, would keep it from being run.
        let mut tee = Command::new("tee")
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        tee.stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        tee.wait().unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let program = GhProgram {
            path,
            variables: Vec::new(),
            tokens: Vec::new(),
        };
        (directory, program)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn run(script: &str) -> Result<Said, Failed> {
        let (_directory, gh) = fake::gh(script);
        gh.run(&["api".to_owned()], None, true, SOON, 1000)
    }

    #[test]
    fn it_is_found_in_absolute_directories_only() {
        let (directory, gh) = fake::gh("");
        let found = |path: &str| {
            let environment = |name: &str| (name == "PATH").then(|| path.to_owned());
            GhProgram::find(&environment)
        };
        let there = directory.path().to_str().unwrap();
        assert_eq!(found(&format!("::bin:./:{there}")), Some(gh));
        assert_eq!(found(""), None);
        assert_eq!(found("."), None);
        let here = env::current_dir().unwrap();
        let up = "../".repeat(here.components().count());
        assert_eq!(found(&format!("{up}{}", &there[1..])), None, "relative");
        assert_eq!(GhProgram::find(&|_| None), None);
        let none = tempfile::tempdir().unwrap();
        std::fs::create_dir(none.path().join("gh")).unwrap();
        assert_eq!(found(none.path().to_str().unwrap()), None, "a directory");
    }

    #[test]
    fn it_runs_outside_of_every_repository_with_nothing_to_read() {
        let said = run("pwd; cat; echo \"$NO_COLOR$GH_PROMPT_DISABLED$GH_PAGER\"; exit 3").unwrap();
        assert_eq!(String::from_utf8_lossy(&said.output), "/\n11cat\n");
        assert_eq!(said.status.code(), Some(3));
    }

    #[test]
    fn tokens_of_the_environment_are_kept_from_it_unless_they_are_for_its_host() {
        let (_directory, gh) = fake::gh("env");
        let env = |own_tokens| {
            let said = gh.run(&[], None, own_tokens, SOON, 1_000_000).unwrap();
            String::from_utf8_lossy(&said.output).into_owned()
        };
        for name in TOKENS {
            assert!(!env(false).contains(name));
        }
        for name in UNWANTED {
            assert!(!env(true).contains(&format!("\n{name}=")));
        }
    }

    #[test]
    fn what_takes_too_long_is_ended() {
        let (_directory, gh) = fake::gh("echo begun; exec sleep 60");
        let started = Instant::now();
        let failed = gh.run(&[], None, true, Duration::from_millis(200), 1000);
        assert_eq!(failed.unwrap_err(), Failed::TooSlow);
        let (_directory, gh) = fake::gh("exec >&-; exec sleep 60");
        let failed = gh.run(&[], None, true, Duration::from_millis(200), 1000);
        assert_eq!(failed.unwrap_err(), Failed::TooSlow, "its output closed");
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn what_says_too_much_is_ended() {
        assert_eq!(run("exec yes").unwrap_err(), Failed::TooLarge);
        let said = run("yes | head -c 500000 >&2").unwrap();
        assert!(said.complaint.len() <= LARGEST_COMPLAINT);
    }

    #[test]
    fn what_is_no_program_is_told() {
        let program = GhProgram {
            path: PathBuf::from("/nowhere/gh"),
            variables: Vec::new(),
            tokens: Vec::new(),
        };
        let failed = program.run(&[], None, true, SOON, 1000);
        assert!(matches!(failed, Err(Failed::NotStarted(_))));
    }
}
