//! Git itself in a `World`, for what the builder of repositories does not make: clones, packs, trees
//! with names that no file system takes, commits with impossible dates. What `dora` left behind is
//! read here too.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::world::World;

impl World {
    /// Where the repositories lie; `name` is one of them, existing or not.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        let place = self.root().join("work").join(name);
        fs::create_dir_all(place.parent().expect("a parent")).expect("a place for repositories");
        place
    }

    /// Runs git, which must succeed; gives its output without the last line end.
    pub(crate) fn git(&self, directory: &Path, arguments: &[&str]) -> String {
        self.git_fed(directory, arguments, b"")
    }

    /// The same with something on standard input.
    pub(crate) fn git_fed(&self, directory: &Path, arguments: &[&str], input: &[u8]) -> String {
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(directory)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.root())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Somebody")
            .env("GIT_AUTHOR_EMAIL", "somebody@example.test")
            .env("GIT_COMMITTER_NAME", "Somebody")
            .env("GIT_COMMITTER_EMAIL", "somebody@example.test")
            .env("GIT_AUTHOR_DATE", "2026-03-08T09:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-03-08T09:00:00Z")
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git starts");
        let mut stdin = child.stdin.take().expect("its standard input");
        stdin.write_all(input).expect("input for git");
        drop(stdin);
        let output = child.wait_with_output().expect("git ends");
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim_end_matches('\n').to_owned()
    }

    /// Clones a repository of this world under a new name, with more options, and gives its place.
    pub(crate) fn clone_of(&self, original: &Path, name: &str, options: &[&str]) -> PathBuf {
        let url = format!("file://{}", original.display());
        let place = self.place(name);
        let target = place.display().to_string();
        let mut arguments = vec!["clone", "-q"];
        arguments.extend(options);
        arguments.extend([url.as_str(), target.as_str()]);
        self.git(self.root(), &arguments);
        place
    }

    /// A new repository from a stream for `git fast-import`, its work tree not checked out.
    pub(crate) fn imported(&self, name: &str, stream: &[u8]) -> PathBuf {
        let place = self.place(name);
        fs::create_dir_all(&place).expect("a directory");
        self.git(&place, &["init", "-q", "-b", "main"]);
        let import = ["-c", "core.compression=1", "fast-import", "--quiet"];
        self.git_fed(&place, &import, stream);
        place
    }
}

/// Every file below a directory with its content, by path; links are named and not followed.
pub(crate) fn files_below(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(next) = directories.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("an entry").path();
            let metadata = fs::symlink_metadata(&path).expect("what it is");
            let name = path.strip_prefix(directory).expect("below").to_owned();
            if metadata.is_symlink() {
                let target = fs::read_link(&path).expect("a target");
                let text = format!("-> {}", target.display());
                files.insert(name, text.into_bytes());
            } else if metadata.is_dir() {
                files.insert(name, Vec::new());
                directories.push(path);
            } else {
                files.insert(name, fs::read(&path).unwrap_or_default());
            }
        }
    }
    files
}

/// A stream for `git fast-import`, one commit after the other on `main`.
pub(crate) struct Stream {
    bytes: Vec<u8>,
    time: i64,
    marks: usize,
}

impl Stream {
    /// Begins at this instant (seconds since 1970); every commit is a minute later.
    pub(crate) fn starting(time: i64) -> Self {
        Self {
            bytes: Vec::new(),
            time,
            marks: 0,
        }
    }

    /// A commit of these files (path as bytes, mode, content); gives the mark by which later
    /// content may name it.
    pub(crate) fn commit(&mut self, message: &[u8], files: &[(&[u8], &str, &[u8])]) -> usize {
        self.marks += 1;
        self.time += 60;
        let head = format!(
            "commit refs/heads/main\nmark :{}\nauthor Somebody <somebody@example.test> {} +0000\n\
             committer Somebody <somebody@example.test> {} +0000\n",
            self.marks, self.time, self.time
        );
        self.bytes.extend_from_slice(head.as_bytes());
        self.data(message);
        for (path, mode, content) in files {
            let line = format!("M {mode} inline {}\n", quoted(path));
            self.bytes.extend_from_slice(line.as_bytes());
            self.data(content);
        }
        self.marks
    }

    /// A regular file.
    pub(crate) fn file(&mut self, message: &[u8], path: &[u8], content: &[u8]) -> usize {
        self.commit(message, &[(path, "100644", content)])
    }

    /// A lightweight tag on a commit.
    pub(crate) fn tag(&mut self, name: &str, mark: usize) {
        let line = format!("reset refs/tags/{name}\nfrom :{mark}\n\n");
        self.bytes.extend_from_slice(line.as_bytes());
    }

    /// The stream so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn data(&mut self, content: &[u8]) {
        let head = format!("data {}\n", content.len());
        self.bytes.extend_from_slice(head.as_bytes());
        self.bytes.extend_from_slice(content);
        self.bytes.push(b'\n');
    }
}

/// A path as fast-import reads it: in quotes, every unusual byte in octal.
fn quoted(path: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in path {
        match byte {
            b'"' | b'\\' => text.push_str(&format!("\\{}", char::from(byte))),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\{byte:03o}")),
        }
    }
    text.push('"');
    text
}
