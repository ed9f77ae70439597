//! A history out of cached commits: what takes the place of a clone for a component that is not
//! cloned here. `sync::commits` fetches what it is made of.

use crate::model::commit_graph::CommitFlags;
use crate::model::github::{GithubRepository, RemoteCommit};
use crate::model::{CommitGraph, CommitId};
use crate::sources::work_item_keys::KeyFinder;
use crate::store::Cached;

/// The commits of one repository as GitHub told them. It reaches back to the first version that was
/// deployed: what lies behind that is named as a parent and not known.
#[derive(Debug)]
pub struct RemoteHistory {
    cached: Cached<RemoteCommit>,
}

impl RemoteHistory {
    pub(crate) fn new(cached: Cached<RemoteCommit>) -> Self {
        Self { cached }
    }

    /// The repository.
    pub(crate) fn repository(&self) -> &GithubRepository {
        &self.cached.repository
    }

    /// The name of the repository alone.
    pub(crate) fn name(&self) -> String {
        self.cached.repository.name.clone()
    }

    /// Where it is, for people: `github.com/acme/shop-web`.
    pub(crate) fn place(&self) -> String {
        self.cached.repository.to_string()
    }

    /// What a version of a component means there.
    pub(crate) fn resolve(&self, component: &str, version: &str) -> Result<CommitId, String> {
        match self.cached.about.version(component, version) {
            Some(Some(commit)) => Ok(commit),
            Some(None) => Err(format!("no such tag or commit on {}", self.place())),
            None => Err(format!("not asked for on {} yet", self.place())),
        }
    }

    /// The newest commit of its default branch, as far as is known.
    pub(crate) fn head(&self) -> Option<CommitId> {
        self.cached.about.head
    }

    /// The first line of a commit's message.
    pub(crate) fn subject(&self, commit: CommitId) -> Option<String> {
        Some(self.cached.find(&commit)?.subject.clone())
    }

    /// All of it as a graph, with the work items that subjects name when they are wanted: of messages
    /// only these are cached.
    pub(crate) fn graph(&self, keys: Option<&KeyFinder>) -> CommitGraph {
        let mut graph = CommitGraph::default();
        for commit in &self.cached.items {
            let index = graph.intern(commit.id);
            let parents: Vec<u32> = commit.parents.iter().map(|&id| graph.intern(id)).collect();
            let flags = CommitFlags {
                is_fix: commit.is_fix,
                merges_hotfix_branch: commit.merges_hotfix_branch,
                is_bookkeeping: false,
            };
            let (authored, committed) = (commit.authored.timestamp(), commit.committed.timestamp());
            graph.fill(index, &parents, authored, committed, flags);
            if !commit.reverts.is_empty() {
                graph.set_reverts(index, commit.reverts.clone());
            }
            if let Some(keys) = keys {
                graph.add_keys(index, keys.find(commit.subject.as_bytes()));
            }
        }
        graph
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::instant_from_epoch as at;

    fn id(byte: u8) -> CommitId {
        CommitId([byte; 20])
    }

    fn commit(byte: u8, parents: &[u8]) -> RemoteCommit {
        RemoteCommit {
            id: id(byte),
            parents: parents.iter().map(|&parent| id(parent)).collect(),
            authored: at(100 + i64::from(byte)),
            committed: at(200 + i64::from(byte)),
            subject: format!("feat: {byte}"),
            is_fix: byte == 3,
            merges_hotfix_branch: false,
            reverts: vec!["2".repeat(40)],
        }
    }

    #[test]
    fn cached_commits_make_a_graph_that_ends_where_nothing_is_known() {
        let repository = GithubRepository::new("github.com", "acme", "web").unwrap();
        let mut cached = Cached::new(repository);
        cached.merge([commit(1, &[0]), commit(2, &[1]), commit(3, &[2, 9])]);
        let versions = cached.about.versions.entry("web".to_owned()).or_default();
        versions.insert("v1".to_owned(), Some(id(1)));
        versions.insert("v9".to_owned(), None);
        let history = RemoteHistory::new(cached);
        let graph = history.graph(None);
        let index = |byte| graph.find(id(byte)).unwrap();
        assert!(graph.is_read(index(1)) && !graph.is_read(index(0)) && !graph.is_read(index(9)));
        assert_eq!(graph.parents(index(3)), [index(2), index(9)]);
        assert!(
            graph.is_merge(index(3)),
            "a parent that is not known is a parent"
        );
        assert!(graph.flags(index(3)).is_fix && graph.is_change(index(2)));
        assert_eq!(
            (graph.author_time(index(2)), graph.committer_time(index(2))),
            (102, 202)
        );
        assert_eq!(history.resolve("web", "v1"), Ok(id(1)));
        let missing = "no such tag or commit on github.com/acme/web";
        assert_eq!(history.resolve("web", "v9"), Err(missing.to_owned()));
        assert!(history.resolve("web", "v2").is_err());
        let other = history.resolve("api", "v1");
        assert!(other.is_err(), "a tag of one component is none of another");
        assert_eq!(history.subject(id(2)).as_deref(), Some("feat: 2"));
        assert_eq!(history.subject(id(9)), None);
    }
}
