//! Commits and trees written without a working tree, for half a year of history in a moment. `project`
//! says what is in them.

use chrono::{DateTime, Utc};
use git2::build::{CheckoutBuilder, TreeUpdateBuilder};
use git2::{FileMode, ObjectType, Oid, Repository, Signature, Time};

/// A repository under construction.
pub(super) struct Objects(pub(super) Repository);

impl Objects {
    /// The id of a content.
    pub(super) fn blob(&self, content: &[u8]) -> Oid {
        self.0.blob(content).expect("a blob")
    }

    pub(super) fn tree_of(&self, commit: Oid) -> Oid {
        self.0.find_commit(commit).expect("a commit").tree_id()
    }

    pub(super) fn tree(&self, base: Oid, files: &[(String, Oid)]) -> Oid {
        let base = self.0.find_tree(base).expect("a tree");
        let mut update = TreeUpdateBuilder::new();
        for (path, blob) in files {
            update.upsert(path.as_str(), *blob, FileMode::Blob);
        }
        update.create_updated(&self.0, &base).expect("a tree")
    }

    pub(super) fn commit(
        &self,
        tree: Oid,
        parents: &[Oid],
        at: DateTime<Utc>,
        message: &str,
    ) -> Oid {
        let who = Signature::new(
            "Somebody",
            "somebody@example.test",
            &Time::new(at.timestamp(), 0),
        )
        .expect("a signature");
        let tree = self.0.find_tree(tree).expect("a tree");
        let parents: Vec<_> = parents
            .iter()
            .map(|&parent| self.0.find_commit(parent).expect("a parent"))
            .collect();
        self.0
            .commit(
                None,
                &who,
                &who,
                message,
                &tree,
                &parents.iter().collect::<Vec<_>>(),
            )
            .expect("a commit")
    }

    /// Makes main and the working tree what the story came to.
    pub(super) fn show(&self, main: Oid) {
        self.0
            .reference("refs/heads/main", main, true, "the story")
            .expect("main");
        let head = self
            .0
            .find_object(main, Some(ObjectType::Commit))
            .expect("the newest commit");
        self.0
            .checkout_tree(&head, Some(CheckoutBuilder::new().force()))
            .expect("a checkout");
    }
}
