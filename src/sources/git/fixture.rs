//! Repositories for the tests of this folder, made by the `git` binary with a cleared environment.

use std::cell::Cell;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Repository;
use crate::model::CommitId;

/// A repository `shop` in a directory of its own, on branch `main`. Every commit is one minute later.
pub(super) struct World {
    directory: TempDir,
    path: PathBuf,
    minute: Cell<i64>,
}

/// Runs git in a directory; what it prints, without the last line end.
pub(super) fn git_in(directory: &Path, arguments: &[&str]) -> String {
    run(directory, arguments, 1_700_000_000, b"")
}

fn run(directory: &Path, arguments: &[&str], time: i64, input: &[u8]) -> String {
    let date = format!("{time} +0000");
    let mut child = Command::new("git")
        .args(["-c", "protocol.file.allow=always"])
        .args(["-c", "uploadpack.allowFilter=true"])
        .args(["-c", "advice.detachedHead=false"])
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.test")
        .env("GIT_COMMITTER_NAME", "C")
        .env("GIT_COMMITTER_EMAIL", "c@example.test")
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}

impl World {
    pub(super) fn new() -> Self {
        Self::named("shop")
    }

    pub(super) fn named(name: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        git_in(directory.path(), &["init", "-q", "-b", "main", name]);
        let path = directory.path().canonicalize().unwrap().join(name);
        Self {
            directory,
            path,
            minute: Cell::new(0),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn parent(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.path.with_file_name(name)
    }

    pub(super) fn url(&self) -> String {
        format!("file://{}", self.path.display())
    }

    pub(super) fn open(&self) -> Repository {
        Repository::open(&self.path).unwrap()
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        self.git_with_input(arguments, b"")
    }

    pub(super) fn git_with_input(&self, arguments: &[&str], input: &[u8]) -> String {
        let time = 1_700_000_000 + 60 * self.minute.get();
        run(&self.path, arguments, time, input)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(path)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    pub(super) fn symlink(&self, target: &str, path: &str) {
        std::os::unix::fs::symlink(target, self.path.join(path)).unwrap();
    }

    /// Commits everything in the work tree, also when nothing changed.
    pub(super) fn commit_all(&self, message: &str) -> CommitId {
        self.minute.set(self.minute.get() + 1);
        self.git(&["add", "-A", "-f"]);
        self.git_with_input(
            &["commit", "-q", "--allow-empty", "-F", "-"],
            message.as_bytes(),
        );
        self.head()
    }

    pub(super) fn commit_file(&self, path: &str, text: &str, message: &str) -> CommitId {
        self.write(path, text);
        self.commit_all(message)
    }

    /// Merges into the current branch with whatever is then in the work tree.
    pub(super) fn merge(&self, branches: &[&str], arrange: impl FnOnce()) -> CommitId {
        self.minute.set(self.minute.get() + 1);
        let mut arguments = vec!["merge", "-q", "--no-ff", "--no-commit"];
        arguments.extend(branches);
        self.git(&arguments);
        arrange();
        self.git(&["add", "-A", "-f"]);
        let message = format!("Merge branch '{}'", branches.join("', '"));
        self.git(&["commit", "-q", "--allow-empty", "-m", &message]);
        self.head()
    }

    pub(super) fn head(&self) -> CommitId {
        self.git(&["rev-parse", "HEAD"]).parse().unwrap()
    }

    /// Writes a commit object byte by byte and returns its id; nothing refers to it.
    pub(super) fn raw_commit(&self, text: impl AsRef<[u8]>) -> String {
        let arguments = [
            "hash-object",
            "-t",
            "commit",
            "-w",
            "--literally",
            "--stdin",
        ];
        self.git_with_input(&arguments, text.as_ref())
    }

    /// A clone `clone` beside this repository, through the transport.
    pub(super) fn clone_with(&self, options: &[&str]) -> Repository {
        let url = self.url();
        let mut arguments = vec!["clone", "-q"];
        arguments.extend(options);
        arguments.extend([&url, "clone"]);
        self.git(&["config", "uploadpack.allowFilter", "true"]);
        git_in(self.parent(), &arguments);
        Repository::open(&self.beside("clone")).unwrap()
    }

    /// Every commit of HEAD's history with its parents and what git finds at the path there (nothing
    /// found is the empty text).
    pub(super) fn contents_of(&self, path: &str) -> Vec<(String, Vec<String>, String)> {
        let log = self.git(&["rev-list", "--parents", "HEAD"]);
        let mut asked = String::new();
        for commit in log.lines().filter_map(|line| line.split(' ').next()) {
            asked.push_str(&format!("{commit}:{path}\n"));
        }
        let arguments = ["cat-file", "--batch-check=%(objectname)"];
        let found = self.git_with_input(&arguments, asked.as_bytes());
        let contents = found.lines().map(|line| match line.contains("missing") {
            true => String::new(),
            false => line.to_owned(),
        });
        let commits = log.lines().zip(contents).map(|(line, content)| {
            let mut ids = line.split(' ').map(str::to_owned);
            (ids.next().unwrap(), ids.collect(), content)
        });
        commits.collect()
    }

    /// The commits of HEAD's history whose object at the path differs from every parent's, sorted.
    pub(super) fn commits_that_change(&self, path: &str) -> Vec<String> {
        let contents = self.contents_of(path);
        let at = |id: &str| contents.iter().find(|(commit, ..)| commit == id).unwrap();
        let changes = contents
            .iter()
            .filter(|(_, parents, content)| match parents[..] {
                [] => !content.is_empty(),
                _ => parents.iter().all(|parent| at(parent).2 != *content),
            });
        let mut ids: Vec<_> = changes.map(|(commit, ..)| commit.clone()).collect();
        ids.sort();
        ids
    }
}
