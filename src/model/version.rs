//! A version as a state file or a record wrote it, and the commit it stands for, if any.
//! Which repository it was looked up in is decided per component in `gather`.

/// What a version string turned out to be in the component's repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// The commit with this index in the component's `CommitGraph`.
    Commit(u32),
    /// No commit can be named for it; the words say why ("`latest` names no commit").
    Unresolved(String),
}

/// One distinct version of one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Index of the component in `Facts::components`.
    pub component: usize,
    /// The version as written, after stripping an image name (`registry/app:1.2` is `1.2`).
    pub text: String,
    /// What it resolves to.
    pub resolution: Resolution,
}

impl Version {
    /// Index of the commit in the component's graph, if it resolves.
    pub fn commit(&self) -> Option<u32> {
        match self.resolution {
            Resolution::Commit(index) => Some(index),
            Resolution::Unresolved(_) => None,
        }
    }

    /// Why it names no commit, when it does not.
    pub fn unresolved_reason(&self) -> Option<&str> {
        match &self.resolution {
            Resolution::Commit(_) => None,
            Resolution::Unresolved(reason) => Some(reason),
        }
    }

    /// Whether two versions of a component are the same: the same commit when both resolve, else
    /// the same text (spec 2.2).
    pub fn same_as(&self, other: &Self) -> bool {
        match (self.commit(), other.commit()) {
            (Some(a), Some(b)) => a == b,
            _ => self.text == other.text,
        }
    }
}
