//! Git repositories, and the only place that uses git2.
//! `repository` opens one, `references` names its commits and `remotes` where it comes from; `history` reads every reachable commit
//! once into a `CommitGraph`, noting the paths that `watched_paths` asks for, so that `bookkeeping`
//! can judge commits and `file_history` (with `state_listings` and `turns`) can tell the versions of
//! state files without another walk.
//! Objects are read raw (`objects`, `commit_header`, `tree_entries`): a commit with odd dates or bytes
//! is still a commit. `work_tree` finds what is not committed yet. Only `new_repository` writes: sample
//! projects, into empty directories. `ignored` says what git is told to leave alone.

mod bookkeeping;
mod commit_header;
mod error;
mod file_history;
mod history;
mod ignored;
mod new_repository;
mod objects;
mod references;
mod remotes;
mod repository;
mod state_listings;
mod tree_entries;
mod turns;
mod watched_paths;
mod work_tree;

#[cfg(test)]
mod fixture;

pub use error::{GitError, MissingBecause};
pub use file_history::{FileContent, FileHistory, FileVersion};
pub use history::{HistoryReader, WalkRequest};
pub use new_repository::{NewCommit, NewRepository, WriteError, claim_directory, write_repository};
pub use objects::{Abbreviation, PathKind};
pub use references::{Tag, Upstream};
pub use repository::Repository;
pub use work_tree::WorkTreeFile;
