//! A separately versioned part of a system, and where its commits live.

/// A component (`frontend`, `lambda/image-processor`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name; nested keys of a state file are joined by `/`.
    pub name: String,
    /// Index in `Facts::repositories` of the repository its versions are commits of, if one was found.
    pub repository: Option<usize>,
    /// Path prefixes (with trailing `/`) that make a change belong to it in a repository it shares;
    /// empty when it has none of its own.
    pub paths: Vec<String>,
    /// The commit up to which undeployed changes wait: index in the repository's graph.
    pub waiting_head: Option<u32>,
}
