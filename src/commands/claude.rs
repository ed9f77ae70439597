//! `dora init --claude`: two slash commands for Claude Code, `/dora-init` and `/dora-report`, written
//! to `.claude/commands/`. They call the binary and quote its JSON. A file that a person changed is
//! shown as a diff (`line_diff`) and replaced only with `--force`, the old one beside it.

mod line_diff;

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::render::Style;
use crate::store::atomic_file;

/// Names and contents of the commands.
const COMMANDS: [(&str, &str); 2] = [
    ("dora-init.md", include_str!("claude/dora-init.md")),
    ("dora-report.md", include_str!("claude/dora-report.md")),
];

/// Where Claude Code looks for commands, below the root of a work tree.
const PLACE: [&str; 2] = [".claude", "commands"];

/// Largest file that is compared or kept, in bytes.
const LARGEST: u64 = 1 << 20;

/// Most old files that are kept beside one.
const MOST_KEPT: usize = 1_000;

/// Longest line of a diff, in columns.
const LONGEST_LINE: usize = 300;

/// What there is to do, found out before anything is written.
pub(super) struct Plan {
    directories: Vec<PathBuf>,
    files: Vec<PlannedFile>,
    force: bool,
}

struct PlannedFile {
    name: &'static str,
    path: PathBuf,
    content: &'static str,
    found: Found,
}

enum Found {
    Nothing,
    Same,
    /// Something else, with this content.
    Other(Vec<u8>),
}

/// What was done, or would be.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// One line for each file.
    pub(super) done: Vec<String>,
    /// The differences of files that were left, as text for people; safe to print.
    pub(super) differences: String,
}

impl Plan {
    /// Looks at what is there.
    ///
    /// # Errors
    /// When `.claude`, `.claude/commands` or a file is a symbolic link or something else than it
    /// should be, or cannot be read.
    pub(super) fn of(root: &Path, force: bool) -> Result<Self, Error> {
        let mut directory = root.to_owned();
        let mut directories = Vec::new();
        for part in PLACE {
            directory.push(part);
            if !atomic_file::is_directory(&directory)? {
                directories.push(directory.clone());
            }
        }
        let mut files = Vec::new();
        for (name, content) in COMMANDS {
            let path = directory.join(name);
            let found = match atomic_file::read(&path, LARGEST)? {
                None => Found::Nothing,
                Some(old) if old == content.as_bytes() => Found::Same,
                Some(old) => Found::Other(old),
            };
            files.push(PlannedFile {
                name,
                path,
                content,
                found,
            });
        }
        Ok(Self {
            directories,
            files,
            force,
        })
    }

    /// Does it, or with `dry_run` only says what would be done.
    ///
    /// # Errors
    /// When the system refuses.
    pub(super) fn carry_out(&self, dry_run: bool, style: &Style) -> Result<Told, Error> {
        if !dry_run {
            for directory in &self.directories {
                atomic_file::create_directory(directory)?;
            }
        }
        let mut told = Told::default();
        for file in &self.files {
            let line = file.carry_out(self.force, dry_run)?;
            told.done.push(match dry_run {
                true => format!("dry run: {line}"),
                false => line,
            });
            if !self.force {
                told.differences.push_str(&file.difference(style));
            }
        }
        Ok(told)
    }
}

impl PlannedFile {
    /// Its path below the work tree.
    fn place(&self) -> String {
        format!("{}/{}", PLACE.join("/"), self.name)
    }

    fn carry_out(&self, force: bool, dry_run: bool) -> Result<String, Error> {
        let place = self.place();
        let write = || match dry_run {
            true => Ok(()),
            false => atomic_file::write(&self.path, self.content.as_bytes()),
        };
        Ok(match &self.found {
            Found::Nothing => {
                write()?;
                format!("{} {place}", if dry_run { "would write" } else { "wrote" })
            }
            Found::Same => format!("{place} is there already, the same"),
            Found::Other(_) if !force => {
                format!("{place} differs and was left as it is; --force replaces it")
            }
            Found::Other(old) => {
                let kept = free_place(&self.path)?;
                if !dry_run {
                    atomic_file::write(&kept, old)?;
                }
                write()?;
                let kept = kept.file_name().unwrap_or_default().to_string_lossy();
                match dry_run {
                    true => format!("would replace {place} and keep the old one as {kept}"),
                    false => format!("replaced {place}; the old one is kept as {kept}"),
                }
            }
        })
    }

    /// What is different in the file that is there.
    fn difference(&self, style: &Style) -> String {
        let Found::Other(old) = &self.found else {
            return String::new();
        };
        let place = self.place();
        let mut text = format!("\n--- {place} (there)\n+++ {place} (dora's)\n");
        let old = String::from_utf8_lossy(old);
        match line_diff::unified(&old, self.content) {
            Some(lines) => {
                for line in lines {
                    text.push_str(&style.foreign_within(&line, LONGEST_LINE));
                    text.push('\n');
                }
            }
            None => text.push_str("(too many lines to compare)\n"),
        }
        text
    }
}

/// Where the old file can be kept: `NAME.bak`, `NAME.bak.1`, …: the first that is not taken.
fn free_place(path: &Path) -> Result<PathBuf, Error> {
    let beside = |ending: &str| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        path.with_file_name(name)
    };
    std::iter::once(beside(".bak"))
        .chain((1..MOST_KEPT).map(|number| beside(&format!(".bak.{number}"))))
        .find(|place| fs::symlink_metadata(place).is_err())
        .ok_or_else(|| {
            Error::failure(format!(
                "too many old files are kept beside {}",
                path.display()
            ))
            .hint("delete those that nobody needs")
        })
}
