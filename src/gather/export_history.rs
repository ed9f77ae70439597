//! The versions of a tracked export in git history, oldest first: a source that tells only the present
//! gets a past from them, as state files do. The contents are read one after the other.

use chrono::{DateTime, Utc};

use crate::model::{CommitId, instant_from_epoch};
use crate::sources::git::{FileContent, GitError, HistoryReader, Repository, WalkRequest};

/// One version of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportVersion {
    /// The commit that brought it.
    pub commit: CommitId,
    /// When that was.
    pub at: DateTime<Utc>,
    /// Why it cannot be read, if it cannot.
    pub fault: Option<String>,
}

/// The versions of the file at a path (from the root, with `/`) among the commits reachable from HEAD,
/// ancestors first, without those that only deleted it. Empty when it was never tracked.
///
/// # Errors
/// When the history cannot be read.
pub fn export_versions(
    repository: &Repository,
    path: &str,
    progress: &dyn Fn(u64),
) -> Result<Vec<ExportVersion>, GitError> {
    let Some(head) = repository.head()? else {
        return Ok(Vec::new());
    };
    let request = WalkRequest {
        state_files: vec![path.to_owned()],
        ..WalkRequest::default()
    };
    let mut reader = HistoryReader::new(repository, request)?;
    reader.read(&[head], progress)?;
    let histories = reader.file_versions(head, &|_| false, &|_, _| ())?;
    let graph = reader.graph();
    let versions = histories
        .into_iter()
        .filter(|history| history.path == path)
        .flat_map(|history| history.versions);
    let version = |version: crate::sources::git::FileVersion<()>| {
        let fault = match version.content {
            FileContent::Deleted => return None,
            FileContent::Read(_) => None,
            FileContent::NotAFile(kind) => Some(format!("is {kind}")),
            FileContent::TooLarge(bytes) => Some(format!("has {bytes} bytes, more than is read")),
        };
        Some(ExportVersion {
            commit: graph.id(version.commit),
            at: instant_from_epoch(graph.committer_time(version.commit)),
            fault,
        })
    };
    Ok(versions.filter_map(version).collect())
}
