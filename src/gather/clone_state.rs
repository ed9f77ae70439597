//! What limits the view of a clone — shallow history, an upstream that is ahead — and what its work
//! tree holds that no commit does. All of it becomes notices.

use crate::model::{Notice, shell_word};
use crate::sources::deployed_versions;
use crate::sources::git::{GitError, Repository};

use super::layout::{Layout, Role};
use super::state_files::ReadStateFile;
use super::texts::Texts;

/// What limits the view of history: shallow and partial clones, an upstream that is ahead.
pub(super) fn state_of_repository(home: &Repository, is_head: bool) -> Vec<Notice> {
    let mut notices = shallow_notice(home, "this clone")
        .into_iter()
        .collect::<Vec<_>>();
    notices.extend(home.unusual_history());
    if is_head && let Some(upstream) = home.behind_upstream() {
        notices.push(
            Notice::new(
                "behind-upstream",
                format!(
                    "HEAD is behind {}: newer deployments may be there",
                    upstream.name
                ),
            )
            .hint("git pull"),
        );
    }
    notices
}

pub(super) fn shallow_notice(repository: &Repository, what: &str) -> Option<Notice> {
    let boundary = repository.shallow_boundary();
    let cut = match &boundary[..] {
        [] => return None,
        [only] => format!("commit {}", only.short()),
        [first, ..] => format!("{} commits (one is {})", boundary.len(), first.short()),
    };
    let message = format!("{what} is shallow: history is cut at {cut}, the numbers are partial");
    let notice = Notice::new("shallow-clone", message);
    Some(notice.hint("git fetch --unshallow").incomplete())
}

/// Content of the work tree that no commit holds yet: listed, and in no metric (spec 2.2).
pub(super) fn uncommitted(
    home: &Repository,
    layout: &Layout,
    state_files: &[ReadStateFile],
    texts: &Texts,
) -> Result<Vec<Notice>, GitError> {
    let is_state_file = |path: &str| matches!(layout.role(path), Some(Role::Deployed(_)));
    let (files, mut notices) = home.uncommitted(&layout.walk(Vec::new()), &is_state_file)?;
    let is_tag = |name: &str| home.tag_commit(name).is_some();
    for file in files {
        let Ok(content) = deployed_versions::parse(&file.content, &is_tag) else {
            continue;
        };
        let committed = state_files
            .iter()
            .find(|known| known.path == file.path)
            .and_then(|known| known.snapshots.last());
        let changed: Vec<&str> = content
            .components
            .iter()
            .filter(|(component, version)| {
                let numbers = texts.find(component).zip(texts.find(version));
                !numbers.is_some_and(|numbers| {
                    committed.is_some_and(|snapshot| snapshot.versions.contains(&numbers))
                })
            })
            .map(|(component, _)| component.as_str())
            .collect();
        if !changed.is_empty() {
            // From the root, wherever below it somebody types it.
            let from_root = format!(":/{}", file.path);
            let path = shell_word(&from_root);
            notices.push(
                Notice::new(
                    "uncommitted-deployment",
                    format!(
                        "{} has uncommitted versions ({}): they are in no metric",
                        file.path,
                        changed.join(", ")
                    ),
                )
                .hint(format!("git add {path} && git commit {path}")),
            );
        }
    }
    Ok(notices)
}
