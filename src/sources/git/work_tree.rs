//! State files that git reports as new or modified in the work tree. They are listed with a notice and
//! counted nowhere (spec 2.2). Only regular files are read; no symbolic link is ever followed.

use std::path::Path;

use git2::{ObjectType, Oid, Status};

use super::file_history::SIZE_LIMIT;
use super::objects::Objects;
use super::tree_entries::EntryKind;
use super::{GitError, Repository, WalkRequest};
use crate::model::Notice;

/// A file of the work tree that is not committed as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkTreeFile {
    /// Its path from the root, with `/`.
    pub path: String,
    /// What it holds.
    pub content: Vec<u8>,
}

impl Repository {
    /// Every state file (named in the request, or lying in one of its directories and matching) that differs from HEAD and is not ignored, by path; notices name those that cannot be
    /// read. Nothing in a bare repository.
    ///
    /// # Errors
    ///
    /// When HEAD or a tree it needs is missing or damaged.
    pub fn uncommitted(
        &self,
        request: &WalkRequest,
        matches: &dyn Fn(&str) -> bool,
    ) -> Result<(Vec<WorkTreeFile>, Vec<Notice>), GitError> {
        let Some(root) = self.work_tree() else {
            return Ok((Vec::new(), Vec::new()));
        };
        let mut paths = Vec::new();
        let directories = request.state_directories.iter();
        for directory in directories.filter_map(|path| plain_path(root, path)) {
            paths.extend(files_in(root, &directory).filter(|path| matches(path)));
        }
        let named = request.state_files.iter();
        paths.extend(
            named
                .filter(|path| matches(path))
                .filter_map(|path| plain_path(root, path)),
        );
        paths.sort();
        paths.dedup();

        let head_tree = match self.head()? {
            Some(head) => Objects::new(self)?.root_tree(head)?,
            None => None,
        };
        let mut files = Vec::new();
        let mut notices = Vec::new();
        for path in paths {
            match read_regular_file(&root.join(&path)) {
                Ok(Some(content)) => {
                    if self.differs_from_head(head_tree, &path, &content)? {
                        files.push(WorkTreeFile { path, content });
                    }
                }
                Ok(None) => {}
                Err(problem) => notices.push(Notice::new(
                    "work-tree-file-unreadable",
                    format!("{path} in the work tree was not read: {problem}"),
                )),
            }
        }
        Ok((files, notices))
    }

    fn differs_from_head(
        &self,
        head_tree: Option<Oid>,
        path: &str,
        content: &[u8],
    ) -> Result<bool, GitError> {
        if let Some(tree) = head_tree {
            let needed_for = || format!("{path} at HEAD");
            let committed = Objects::new(self)?.entry_at(tree, path, &needed_for)?;
            if let Some((EntryKind::File, committed)) = committed
                && (is_blob(committed, content)
                    || is_blob(committed, &with_plain_line_ends(content)))
            {
                return Ok(false);
            }
        }
        Ok(match self.git.status_file(Path::new(path)) {
            Ok(status) => !status.is_empty() && !status.contains(Status::IGNORED),
            Err(_) => true,
        })
    }
}

fn is_blob(id: Oid, content: &[u8]) -> bool {
    Oid::hash_object(ObjectType::Blob, content).is_ok_and(|hash| hash == id)
}

/// Line ends are no difference: git may write others to the work tree than it keeps.
fn with_plain_line_ends(content: &[u8]) -> Vec<u8> {
    let mut plain = content.to_vec();
    let mut position = 0;
    plain.retain(|&byte| {
        position += 1;
        byte != b'\r' || content.get(position) != Some(&b'\n')
    });
    plain
}

/// The path with single slashes when every directory on the way is a real one inside the work tree and
/// something lies there.
fn plain_path(root: &Path, path: &str) -> Option<String> {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    let mut place = root.to_owned();
    for (position, part) in parts.iter().enumerate() {
        if *part == ".." {
            return None;
        }
        place.push(part);
        let metadata = place.symlink_metadata().ok()?;
        if metadata.is_symlink() || (position + 1 < parts.len() && !metadata.is_dir()) {
            return None;
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Regular files in a directory of the work tree, links left out.
fn files_in(root: &Path, directory: &str) -> impl Iterator<Item = String> {
    let entries = root.join(directory).read_dir().into_iter().flatten();
    entries.filter_map(move |entry| {
        let entry = entry.ok()?;
        let name = entry.file_name().into_string().ok()?;
        let is_file = entry.file_type().ok()?.is_file();
        is_file.then(|| format!("{directory}/{name}"))
    })
}

/// The content of a regular file; `None` when something else or nothing lies there.
fn read_regular_file(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let Ok(metadata) = path.symlink_metadata() else {
        return Ok(None);
    };
    if !metadata.is_file() {
        return Ok(None);
    }
    if metadata.len() > SIZE_LIMIT as u64 {
        return Err(format!("it has {} bytes", metadata.len()));
    }
    std::fs::read(path)
        .map(Some)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::World;
    use super::*;

    fn uncommitted(world: &World) -> Vec<(String, String)> {
        let request = WalkRequest {
            state_directories: vec!["state/".to_owned(), "linked".to_owned(), "../x".to_owned()],
            state_files: vec!["deploy//live.json".to_owned(), "nowhere.json".to_owned()],
            ..WalkRequest::default()
        };
        let matches = |path: &str| path.ends_with(".json");
        let (files, notices) = world.open().uncommitted(&request, &matches).unwrap();
        assert_eq!(notices, []);
        files
            .into_iter()
            .map(|file| (file.path, String::from_utf8(file.content).unwrap()))
            .collect()
    }

    fn file(path: &str, content: &str) -> (String, String) {
        (path.to_owned(), content.to_owned())
    }

    #[test]
    fn new_and_modified_state_files_are_found() {
        let world = World::new();
        world.write("state/same.json", "1");
        world.write("state/changed.json", "1");
        world.write("deploy/live.json", "1");
        assert_eq!(uncommitted(&world).len(), 3); // Nothing is committed yet.
        world.commit_all("deploy");
        assert_eq!(uncommitted(&world), []);
        world.write("state/changed.json", "2");
        world.write("state/new.json", "3");
        world.write("state/eu/deeper.json", "3");
        world.write("state/readme.md", "3");
        world.write("deploy/live.json", "4");
        world.git(&["add", "deploy"]);
        assert_eq!(
            uncommitted(&world),
            [
                file("deploy/live.json", "4"),
                file("state/changed.json", "2"),
                file("state/new.json", "3")
            ]
        );
    }

    #[test]
    fn a_named_file_of_another_kind_is_not_looked_at() {
        let world = World::new();
        world.write("deploy/live.json", "1");
        world.write("deploy/tested.json", "1");
        let request = WalkRequest {
            state_files: vec!["deploy/live.json".into(), "deploy/tested.json".into()],
            ..WalkRequest::default()
        };
        let matches = |path: &str| path == "deploy/live.json";
        let (files, _) = world.open().uncommitted(&request, &matches).unwrap();
        let paths: Vec<_> = files.into_iter().map(|file| file.path).collect();
        assert_eq!(paths, ["deploy/live.json"]);
    }

    #[test]
    fn ignored_files_links_and_line_ends_are_no_changes() {
        let world = World::new();
        world.write("state/a.json", "1\n");
        world.write(".gitignore", "ignored.json\n");
        world.write("outside/b.json", "1");
        world.git(&["config", "core.autocrlf", "true"]);
        world.commit_all("deploy");
        world.write("state/a.json", "1\r\n");
        world.write("state/ignored.json", "2");
        world.write("outside/b.json", "2");
        world.symlink("../outside/b.json", "state/link.json");
        world.symlink("outside", "linked");
        assert_eq!(uncommitted(&world), []);
    }

    #[test]
    fn a_file_that_is_too_large_is_told_and_not_read() {
        let world = World::new();
        world.write("state/a.json", "1");
        let large = world.path().join("state/large.json");
        let file = std::fs::File::create(large).unwrap();
        file.set_len(SIZE_LIMIT as u64 + 1).unwrap();
        let request = WalkRequest {
            state_directories: vec!["state".to_owned()],
            ..WalkRequest::default()
        };
        let (files, notices) = world.open().uncommitted(&request, &|_| true).unwrap();
        assert_eq!(files.len(), 1);
        assert_eq!(
            (files[0].path.as_str(), &files[0].content[..]),
            ("state/a.json", &b"1"[..])
        );
        assert_eq!(
            notices[0].message,
            "state/large.json in the work tree was not read: it has 16777217 bytes"
        );
    }

    #[test]
    fn a_bare_repository_has_no_work_tree_to_look_at() {
        let world = World::new();
        world.commit_file("state/a.json", "1", "deploy");
        super::super::fixture::git_in(world.parent(), &["clone", "-q", "--bare", "shop", "bare"]);
        let bare = Repository::open(&world.beside("bare")).unwrap();
        let found = bare.uncommitted(&WalkRequest::default(), &|_| true);
        assert_eq!(found, Ok((vec![], vec![])));
    }
}
