//! What can go wrong with `.dora/`: what, where, why, and what to do about it. Faults in files that
//! people edit carry line and column; `config` collects them so that all are told at once.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::model::shell_path;

use super::json_positions::Position;

/// One fault in a file (or variable) that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The file, as a person would name it (`.dora/config.json`), or the variable.
    pub place: String,
    /// Line and column in the file; `None` for a variable or for the file as a whole.
    pub position: Option<Position>,
    /// What is wrong; may hold foreign text.
    pub message: String,
    /// What to write instead, as a sentence without its full stop.
    pub suggestion: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        if let Some(Position { line, column }) = self.position {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

/// What kind of failure it was, for the exit code (spec 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// A configuration or data file is not valid: exit code 3.
    InvalidData,
    /// The operating system, another process or the layout of the directory stood in the way: 1.
    Failure,
}

/// Why `.dora/` could not be read or written. Foreign text in it is as it was read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Faults in the configuration, all at once.
    #[error("{}", list(.0))]
    Configuration(Vec<Fault>),
    /// A data file as a whole is not readable.
    #[error("{fault}")]
    BrokenFile {
        /// What is wrong, and where.
        fault: Fault,
        /// The one command or step that recovers.
        recovery: String,
    },
    /// A file was written by a newer version of the tool.
    #[error("{place} has schema version {found}, this dora understands up to {known}")]
    NewerVersion {
        /// The file, with the line where that helps.
        place: String,
        /// Its version.
        found: u64,
        /// The newest version this build reads.
        known: u32,
    },
    /// A record that somebody asked to append makes no sense.
    #[error("cannot record this: {0}")]
    InvalidRecord(String),
    /// `.dora`, or something inside it, is a symbolic link.
    #[error("{} is a symbolic link; dora neither reads nor writes through it", .0.display())]
    SymbolicLink(PathBuf),
    /// Something else lies where a directory or a regular file belongs.
    #[error("{} is not {expected}", path.display())]
    WrongType {
        /// Where.
        path: PathBuf,
        /// What belongs there (`a directory`, `a regular file`).
        expected: &'static str,
    },
    /// A file is larger than any that dora would write.
    #[error("{} holds {bytes} bytes, more than the limit of {limit}", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The most that is read.
        limit: u64,
    },
    /// Another process held the lock for as long as we were willing to wait.
    #[error("{} is held by {holder}; waited {waited_seconds} s, wrote nothing", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Who holds it, in words (`process 4711 (dora deploy)`).
        holder: String,
        /// How long we waited.
        waited_seconds: u64,
    },
    /// Something that takes no lock (git, an editor) wrote a file between our reading and our writing,
    /// again and again.
    #[error("{} was changed by another program while dora wrote to it", .0.display())]
    Changed(PathBuf),
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl StoreError {
    /// A failure of the operating system.
    pub fn io(action: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.into(),
            source,
        }
    }

    /// Its kind, for the exit code.
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Configuration(_)
            | Self::BrokenFile { .. }
            | Self::NewerVersion { .. }
            | Self::InvalidRecord(_)
            | Self::TooLarge { .. } => StoreErrorKind::InvalidData,
            Self::SymbolicLink(_)
            | Self::WrongType { .. }
            | Self::Locked { .. }
            | Self::Changed(_)
            | Self::Io { .. } => StoreErrorKind::Failure,
        }
    }

    /// The faults with their positions, when a configuration is invalid.
    pub fn faults(&self) -> &[Fault] {
        match self {
            Self::Configuration(faults) => faults,
            Self::BrokenFile { fault, .. } => std::slice::from_ref(fault),
            _ => &[],
        }
    }

    /// What to do about it, if there is advice.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Configuration(faults) => Some(recovery(faults)),
            Self::BrokenFile { recovery, .. } => Some(recovery.clone()),
            Self::NewerVersion { .. } => Some("update dora; nothing was written".to_owned()),
            Self::InvalidRecord(_) => None,
            Self::SymbolicLink(path) => {
                let link = shell_path(path);
                let kept = match path.is_file() {
                    true => format!(
                        "to keep what it leads to: cp {link} {link}.copy && mv {link}.copy {link}; \
                         to do without: "
                    ),
                    false => String::new(),
                };
                Some(format!(
                    "replace the link by a real file or directory: {kept}rm {link}"
                ))
            }
            Self::WrongType { path, .. } => {
                Some(format!("move it away: mv {0} {0}.old", shell_path(path)))
            }
            // What it holds may be held nowhere else: no advice to be rid of it.
            Self::TooLarge { path, .. } => Some(format!(
                "dora writes none of that size; see what fills it: head -c 1000 {}",
                shell_path(path)
            )),
            Self::Locked { .. } => Some("run the command again when the other one is done".into()),
            Self::Changed(_) => Some("run the command again when the other program is done".into()),
            Self::Io { path, source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => Some(format!(
                    "look at its permissions: ls -ld {}",
                    shell_path(path)
                )),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    Some("free some space and run the command again".to_owned())
                }
                _ => None,
            },
        }
    }
}

/// A variable is corrected where it is set; a file can also be put aside.
fn recovery(faults: &[Fault]) -> String {
    match faults.iter().find(|fault| fault.position.is_some()) {
        None => "correct or unset the variable".to_owned(),
        Some(fault) => {
            let file = shell_path(&fault.place);
            format!("correct the file, or put it aside and use defaults: mv {file} {file}.old")
        }
    }
}

fn list(faults: &[Fault]) -> String {
    match faults {
        [only] => only.to_string(),
        _ => {
            let mut text = format!("{} faults in the configuration", faults.len());
            for fault in faults {
                text.push_str("\n  ");
                text.push_str(&fault.to_string());
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: usize, message: &str) -> Fault {
        Fault {
            place: ".dora/config.json".into(),
            position: Some(Position { line, column: 5 }),
            message: message.into(),
            suggestion: None,
        }
    }

    #[test]
    fn all_faults_are_told_at_once_with_line_and_column() {
        let error = StoreError::Configuration(vec![fault(2, "first"), fault(9, "second")]);
        assert_eq!(
            error.to_string(),
            "2 faults in the configuration\n  .dora/config.json:2:5: first\n  \
             .dora/config.json:9:5: second"
        );
        assert_eq!(error.kind(), StoreErrorKind::InvalidData);
        assert_eq!(error.faults().len(), 2);
        assert_eq!(
            error.hint().as_deref(),
            Some(
                "correct the file, or put it aside and use defaults: mv .dora/config.json \
                 .dora/config.json.old"
            )
        );
    }

    #[test]
    fn a_path_with_a_quote_is_safe_to_paste_into_a_shell() {
        let error = StoreError::SymbolicLink("it's/.dora".into());
        assert_eq!(
            error.hint().as_deref(),
            Some(r"replace the link by a real file or directory: rm 'it'\''s/.dora'")
        );
    }

    #[test]
    fn nobody_is_told_to_move_a_file_away_that_may_hold_the_only_copy() {
        let error = StoreError::TooLarge {
            path: ".dora/incidents.json".into(),
            bytes: 11,
            limit: 10,
        };
        let hint = error.hint().unwrap();
        assert!(
            hint.ends_with("head -c 1000 .dora/incidents.json"),
            "{hint}"
        );
        assert!(!hint.contains("mv "), "{hint}");
    }

    #[test]
    fn a_full_disk_comes_with_advice() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = StoreError::io("write", "x", full);
        assert_eq!(error.kind(), StoreErrorKind::Failure);
        assert!(error.hint().is_some_and(|hint| hint.contains("space")));
    }
}
