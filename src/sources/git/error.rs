//! What can go wrong with a repository, in words, and the command that helps.

use std::path::{Path, PathBuf};

use git2::{ErrorClass, ErrorCode};

use crate::model::shell_path;

/// Why an object that is needed is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingBecause {
    /// The clone left it out on purpose (`--filter=…`).
    PartialClone,
    /// The clone is shallow.
    Shallow,
    /// Nothing explains it: the repository is damaged.
    Unknown,
}

/// A repository that cannot be read, or not far enough.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// There is no repository at the path or above it.
    #[error("{} is not inside a git repository", .0.display())]
    NotARepository(PathBuf),
    /// Git refuses repositories of other users unless they are declared safe.
    #[error("the repository {} belongs to another user", .0.display())]
    ForeignOwner(PathBuf),
    /// Object ids are SHA-256.
    #[error("the repository {} uses SHA-256 object ids, which are not supported yet", .0.display())]
    Sha256(PathBuf),
    /// References are kept in the reftable format.
    #[error("the repository {} keeps its references as reftable, which is not supported yet", .0.display())]
    Reftable(PathBuf),
    /// Another extension of the repository format that is not known.
    #[error("the repository {} cannot be read: {detail}", .path.display())]
    Unsupported {
        /// Where it lies.
        path: PathBuf,
        /// Which extension, in git's words.
        detail: String,
    },
    /// An object, a reference or a pack is damaged.
    #[error("the repository is damaged: {0}")]
    Corrupt(String),
    /// An object that is needed is not in the repository.
    #[error("object {id} is missing; it is needed for {needed_for}")]
    MissingObject {
        /// Its full id.
        id: String,
        /// What it was needed for, with path and commit where there are any.
        needed_for: String,
        /// Why it may be missing.
        because: MissingBecause,
    },
    /// An abbreviation that a person gave fits more than one commit.
    #[error("`{0}` fits more than one commit")]
    AmbiguousRef(String),
}

impl GitError {
    /// The command or the step that helps, if one does.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotARepository(_) => {
                Some("run it inside a repository, or name one with -C DIR".to_owned())
            }
            Self::ForeignOwner(path) => Some(format!(
                "if you trust it: git config --global --add safe.directory {}",
                shell_path(path)
            )),
            Self::Reftable(_) => Some("git refs migrate --ref-format=files".to_owned()),
            Self::Corrupt(_) => Some("git fsck --full".to_owned()),
            Self::MissingObject { because, .. } => Some(
                match because {
                    MissingBecause::PartialClone => "git fetch --refetch --no-filter",
                    MissingBecause::Shallow => "git fetch --unshallow",
                    MissingBecause::Unknown => "git fsck --full",
                }
                .to_owned(),
            ),
            Self::AmbiguousRef(_) => Some("write more of its digits".to_owned()),
            Self::Sha256(_) | Self::Unsupported { .. } => None,
        }
    }

    /// The reason why `path` could not be opened.
    pub(super) fn of_opening(path: &Path, error: &git2::Error) -> Self {
        let message = one_line(error.message());
        if error.code() == ErrorCode::Owner {
            return Self::ForeignOwner(quoted_path(&message).unwrap_or_else(|| path.to_owned()));
        }
        if message.contains("sha256") {
            return Self::Sha256(path.to_owned());
        }
        if message.contains("refstorage") {
            return Self::Reftable(path.to_owned());
        }
        if message.contains("unsupported") || message.contains("unknown object format") {
            return Self::Unsupported {
                path: path.to_owned(),
                detail: message,
            };
        }
        match (error.code(), error.class()) {
            (ErrorCode::NotFound, ErrorClass::Repository | ErrorClass::Os) => {
                Self::NotARepository(path.to_owned())
            }
            _ => Self::Corrupt(message),
        }
    }

    /// Anything unexpected that libgit2 says while reading.
    pub(super) fn of_reading(error: &git2::Error) -> Self {
        Self::Corrupt(one_line(error.message()))
    }
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The path between the first and the last single quote of a message, without a trailing slash.
fn quoted_path(message: &str) -> Option<PathBuf> {
    let (_, rest) = message.split_once('\'')?;
    let (path, _) = rest.rsplit_once('\'')?;
    let trimmed = path.trim_end_matches('/');
    Some(PathBuf::from(if trimmed.is_empty() {
        path
    } else {
        trimmed
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_repository_is_named_in_a_command_that_can_be_pasted() {
        let error = git2::Error::new(
            ErrorCode::Owner,
            ErrorClass::Config,
            "repository path '/srv/my shop/' is not owned by current user",
        );
        let error = GitError::of_opening(Path::new("."), &error);
        assert_eq!(error, GitError::ForeignOwner(PathBuf::from("/srv/my shop")));
        assert_eq!(
            error.hint().unwrap(),
            "if you trust it: git config --global --add safe.directory '/srv/my shop'"
        );
    }

    #[test]
    fn a_message_is_one_line_and_every_missing_object_has_its_own_hint() {
        let error = git2::Error::new(ErrorCode::GenericError, ErrorClass::Odb, "broken\n  pack");
        assert_eq!(
            GitError::of_reading(&error).to_string(),
            "the repository is damaged: broken pack"
        );
        let hint = |because| {
            let id = "00".repeat(20);
            let needed_for = "the history of HEAD".to_owned();
            GitError::MissingObject {
                id,
                needed_for,
                because,
            }
            .hint()
        };
        assert_eq!(
            hint(MissingBecause::Shallow).unwrap(),
            "git fetch --unshallow"
        );
        assert_eq!(hint(MissingBecause::Unknown).unwrap(), "git fsck --full");
    }
}
