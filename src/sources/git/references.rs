//! Commits that have names: HEAD, branches, tags, and whatever a person writes after `--ref`.

use std::collections::{HashSet, VecDeque};

use git2::{ErrorCode, ObjectType, Oid};

use super::commit_header::{CommitHeader, signature_time, split_message};
use super::objects::{Objects, oid};
use super::{GitError, Repository};
use crate::model::{CommitId, Notice};

/// How many commits are looked at, on either side, to tell whether HEAD is behind its upstream.
const UPSTREAM_LIMIT: usize = 1000;

/// A tag that names a commit, directly or through other tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Its name without `refs/tags/`; bytes that are no UTF-8 are replaced.
    pub name: String,
    /// The commit.
    pub commit: CommitId,
    /// Seconds since 1970: tagger time of an annotated tag that has one, else committer time.
    pub time: i64,
    /// Whether it is a tag object of its own.
    pub annotated: bool,
}

/// An upstream with commits that HEAD does not contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// Its name (`origin/main`).
    pub name: String,
    /// Its tip.
    pub tip: CommitId,
    /// Whether HEAD has commits of its own beside it, as far as was looked.
    pub diverged: bool,
}

impl Repository {
    /// The commit of HEAD, on a branch or detached; `None` while the branch has no commit yet.
    ///
    /// # Errors
    ///
    /// When HEAD cannot be read or its commit is missing.
    pub fn head(&self) -> Result<Option<CommitId>, GitError> {
        match self.git.head() {
            Ok(head) => self.peel_reference(&head),
            Err(error) if error.code() == ErrorCode::UnbornBranch => Ok(None),
            Err(error) => Err(GitError::of_reading(&error)),
        }
    }

    /// The commit that a person means: a full id, a branch, a tag, a remote branch, an abbreviated id,
    /// `HEAD~2` and the like. `None` when it names nothing, or nothing that is a commit.
    ///
    /// # Errors
    ///
    /// [`GitError::AmbiguousRef`] when an abbreviated id fits several commits; otherwise when the
    /// repository is damaged.
    pub fn resolve_commit(&self, name: &str) -> Result<Option<CommitId>, GitError> {
        if name.is_empty() || name.contains('\0') {
            return Ok(None); // libgit2 takes nothing for HEAD, and cannot be asked about the other.
        }
        if let Ok(id) = name.parse()
            && self.commit_exists(id)
        {
            return Ok(Some(id));
        }
        if let Ok(reference) = self.git.resolve_reference_from_short_name(name) {
            return self.peel_reference(&reference);
        }
        match self.commit_by_abbreviation(name) {
            super::Abbreviation::Unique(commit) => return Ok(Some(commit)),
            super::Abbreviation::Ambiguous => {
                return Err(GitError::AmbiguousRef(name.to_owned()));
            }
            super::Abbreviation::None => {}
        }
        match self.git.revparse_single(name) {
            Ok(object) => Ok(Objects::new(self)?.peel(object.id())?.commit),
            Err(error) => match error.code() {
                ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Peel => Ok(None),
                ErrorCode::Ambiguous => Err(GitError::AmbiguousRef(name.to_owned())),
                _ => Err(GitError::of_reading(&error)),
            },
        }
    }

    /// The commit of the remote's default branch (`origin/HEAD`), if the clone knows it.
    pub fn origin_head(&self) -> Option<CommitId> {
        let reference = self.git.find_reference("refs/remotes/origin/HEAD").ok()?;
        self.peel_reference(&reference).ok().flatten()
    }

    /// The upstream of HEAD's branch when it has commits that HEAD does not contain. Cheap: ids are
    /// compared first, then at most a thousand commits of each side are looked at; a HEAD that is
    /// further ahead than that is taken to be behind as well.
    pub fn behind_upstream(&self) -> Option<Upstream> {
        let head = self.git.head().ok()?;
        let upstream = self.git.branch_upstream_name(head.name().ok()?).ok()?;
        let upstream = self.git.find_reference(upstream.as_str().ok()?).ok()?;
        let tip = self.peel_reference(&upstream).ok().flatten()?;
        let head = self.peel_reference(&head).ok().flatten()?;
        if head == tip || self.soon_reaches(head, tip) {
            return None;
        }
        Some(Upstream {
            name: String::from_utf8_lossy(upstream.shorthand_bytes()).into_owned(),
            tip,
            diverged: !self.soon_reaches(tip, head),
        })
    }

    /// Whether `target` is among the first commits met from `start` against time.
    fn soon_reaches(&self, start: CommitId, target: CommitId) -> bool {
        let Ok(objects) = Objects::new(self) else {
            return false;
        };
        let (start, target) = (oid(start), oid(target));
        let mut seen = HashSet::from([start]);
        let mut queue = VecDeque::from([start]);
        for _ in 0..UPSTREAM_LIMIT {
            let Some(commit) = queue.pop_front() else {
                return false;
            };
            if commit == target {
                return true;
            }
            let Ok(object) = objects.read(commit, ObjectType::Commit, String::new) else {
                continue;
            };
            if !self.shallow.contains(&commit) {
                let parents = CommitHeader::parse(object.data()).parents;
                queue.extend(parents.into_iter().filter(|&parent| seen.insert(parent)));
            }
        }
        queue.contains(&target)
    }

    /// All tags that name a commit, by name, and notices about those that do not.
    ///
    /// # Errors
    ///
    /// When the references cannot be listed.
    pub fn tags(&self) -> Result<(Vec<Tag>, Vec<Notice>), GitError> {
        let objects = Objects::new(self)?;
        let references = self
            .git
            .references_glob("refs/tags/*")
            .map_err(|error| GitError::of_reading(&error))?;
        let mut tags = Vec::new();
        let mut other: Vec<String> = Vec::new();
        let mut broken: Vec<String> = Vec::new();
        for reference in references {
            let reference = reference.map_err(|error| GitError::of_reading(&error))?;
            let full_name = String::from_utf8_lossy(reference.name_bytes());
            let name = full_name.strip_prefix("refs/tags/").unwrap_or(&full_name);
            match read_tag(&objects, name, &reference) {
                Ok(Some(tag)) => tags.push(tag),
                Ok(None) => other.push(name.to_owned()),
                Err(_) => broken.push(name.to_owned()),
            }
        }
        tags.sort_by(|a, b| a.name.cmp(&b.name));
        let mut notices = Vec::new();
        if !other.is_empty() {
            let message = format!("tags that name no commit: {}", listed(&mut other));
            notices.push(Notice::new("tag-without-commit", message).count(other.len()));
        }
        if !broken.is_empty() {
            let message = format!("tags that cannot be read: {}", listed(&mut broken));
            notices.push(
                Notice::new("tag-broken", message)
                    .count(broken.len())
                    .hint("git fsck --full")
                    .incomplete(),
            );
        }
        Ok((tags, notices))
    }

    /// The commit of the tag with this name; `None` when there is none or it names no commit.
    pub fn tag_commit(&self, name: &str) -> Option<CommitId> {
        let reference = self.git.find_reference(&format!("refs/tags/{name}")).ok()?;
        self.peel_reference(&reference).ok().flatten()
    }

    fn peel_reference(
        &self,
        reference: &git2::Reference<'_>,
    ) -> Result<Option<CommitId>, GitError> {
        let reference = reference
            .resolve()
            .map_err(|error| GitError::of_reading(&error))?;
        match reference.target() {
            Some(target) => Ok(Objects::new(self)?.peel(target)?.commit),
            None => Ok(None),
        }
    }
}

fn read_tag(
    objects: &Objects<'_>,
    name: &str,
    reference: &git2::Reference<'_>,
) -> Result<Option<Tag>, GitError> {
    let target = match reference.target() {
        Some(target) => target,
        None => reference
            .resolve()
            .ok()
            .and_then(|reference| reference.target())
            .unwrap_or(Oid::ZERO_SHA1),
    };
    let peeled = objects.peel(target)?;
    let Some(commit) = peeled.commit else {
        return Ok(None);
    };
    let needed_for = || format!("tag {name}");
    let tagger_time = match peeled.tag {
        Some(tag) => tagger_time(objects.read(tag, ObjectType::Tag, needed_for)?.data()),
        None => None,
    };
    let time = match tagger_time {
        Some(time) => time,
        None => {
            let object = objects.read(oid(commit), ObjectType::Commit, needed_for)?;
            CommitHeader::parse(object.data()).committer_time
        }
    };
    Ok(Some(Tag {
        name: name.to_owned(),
        commit,
        time,
        annotated: peeled.tag.is_some(),
    }))
}

/// The time of a tag object; tags of the oldest gits have none.
fn tagger_time(data: &[u8]) -> Option<i64> {
    split_message(data)
        .0
        .split(|&byte| byte == b'\n')
        .find_map(|line| line.strip_prefix(b"tagger "))
        .map(signature_time)
        .filter(|&time| time != 0)
}

/// The first names in order, and how many more there are.
fn listed(names: &mut [String]) -> String {
    const SHOWN: usize = 5;
    names.sort();
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{World, git_in};
    use super::*;

    #[test]
    fn an_unborn_head_is_no_commit_and_a_detached_one_is() {
        let world = World::new();
        assert_eq!(world.open().head(), Ok(None));
        assert_eq!(world.open().resolve_commit("HEAD"), Ok(None));
        assert_eq!(world.open().behind_upstream(), None);
        let first = world.commit_file("a.txt", "a", "feat: a");
        world.commit_file("a.txt", "b", "feat: b");
        world.git(&["checkout", "-q", &first.to_string()]);
        assert_eq!(world.open().head(), Ok(Some(first)));
        assert_eq!(world.open().behind_upstream(), None);
    }

    #[test]
    fn a_head_without_its_commit_is_an_error_that_names_it() {
        let world = World::new();
        world.write(".git/refs/heads/main", &format!("{}\n", "ab".repeat(20)));
        let error = world.open().head().unwrap_err();
        assert!(matches!(error, GitError::MissingObject { ref id, .. } if *id == "ab".repeat(20)));
    }

    #[test]
    fn a_ref_may_be_a_branch_a_tag_an_id_or_a_way_to_an_ancestor() {
        let world = World::new();
        let first = world.commit_file("a.txt", "a", "feat: a");
        world.git(&["tag", "-a", "-m", "one", "v1"]);
        world.git(&["tag", "-a", "-m", "again", "v1-again", "v1"]);
        let second = world.commit_file("a.txt", "b", "feat: b");
        let repository = world.open();
        let resolve = |name: &str| repository.resolve_commit(name).unwrap();
        assert_eq!(resolve("main"), Some(second));
        assert_eq!(resolve("refs/heads/main"), Some(second));
        assert_eq!(resolve("v1"), Some(first));
        assert_eq!(resolve("v1-again"), Some(first));
        assert_eq!(resolve("HEAD~1"), Some(first));
        assert_eq!(resolve("HEAD^{commit}"), Some(second));
        assert_eq!(resolve(&second.to_string()), Some(second));
        assert_eq!(resolve(&second.short()), Some(second));
        for nothing in [
            "nowhere",
            "HEAD~7",
            "HEAD:a.txt",
            "HEAD^{tree}",
            "",
            "a..b",
            "-x",
            "\0",
        ] {
            assert_eq!(resolve(nothing), None, "{nothing}");
        }
        assert_eq!(resolve(&"ab".repeat(20)), None);
    }

    #[test]
    fn tags_are_peeled_and_dated_and_others_are_counted() {
        let world = World::new();
        let first = world.commit_file("a.txt", "a", "feat: a");
        world.git(&["tag", "light"]);
        let second = world.commit_file("a.txt", "b", "feat: b");
        world.git(&["tag", "-a", "-m", "one", "v1", &first.to_string()]);
        world.commit_file("a.txt", "c", "feat: c");
        world.git(&["tag", "-a", "-m", "again", "web@1.0.0", "v1"]);
        world.git(&["tag", "tree", "HEAD^{tree}"]);
        world.git(&["tag", "nested/blob", "HEAD:a.txt"]);
        world.git(&["pack-refs", "--all"]);
        world.write(".git/refs/tags/broken", &format!("{}\n", "ab".repeat(20)));
        let repository = world.open();
        let (tags, notices) = repository.tags().unwrap();
        let minute = |count: i64| 1_700_000_000 + 60 * count;
        let tag = |name: &str, minutes, annotated| Tag {
            name: name.to_owned(),
            commit: first,
            time: minute(minutes),
            annotated,
        };
        assert_eq!(
            tags,
            [
                tag("light", 1, false),
                tag("v1", 2, true),
                tag("web@1.0.0", 3, true)
            ]
        );
        let told: Vec<_> = notices
            .iter()
            .map(|notice| (notice.code.as_str(), notice.message.as_str(), notice.count))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "tag-without-commit",
                    "tags that name no commit: nested/blob, tree",
                    2
                ),
                ("tag-broken", "tags that cannot be read: broken", 1)
            ]
        );
        assert_eq!(repository.tag_commit("web@1.0.0"), Some(first));
        assert_eq!(repository.tag_commit("tree"), None);
        assert_eq!(repository.tag_commit("main"), None);
        assert_eq!(repository.tag_commit("../heads/main"), None);
        assert_ne!(first, second);
    }

    #[test]
    fn a_clone_knows_whether_it_is_behind_its_upstream() {
        let world = World::new();
        world.commit_file("a.txt", "a", "feat: a");
        let clone = world.clone_with(&[]);
        assert_eq!(clone.behind_upstream(), None);
        assert_eq!(clone.origin_head(), clone.head().unwrap());
        let newer = world.commit_file("a.txt", "b", "feat: b");
        let place = world.beside("clone");
        git_in(&place, &["fetch", "-q"]);
        let behind = |diverged| {
            let name = "origin/main".to_owned();
            Some(Upstream {
                name,
                tip: newer,
                diverged,
            })
        };
        assert_eq!(clone.behind_upstream(), behind(false));
        git_in(&place, &["commit", "-q", "--allow-empty", "-m", "local"]);
        assert_eq!(clone.behind_upstream(), behind(true));
        git_in(&place, &["merge", "-q", "origin/main"]);
        assert_eq!(clone.behind_upstream(), None);
        assert_eq!(world.open().origin_head(), None);
    }

    #[test]
    fn only_the_first_names_are_listed() {
        let mut names: Vec<String> = (0..7).rev().map(|number| number.to_string()).collect();
        assert_eq!(listed(&mut names), "0, 1, 2, 3, 4 and 2 more");
    }
}
