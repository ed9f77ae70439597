//! A separately versioned part of a system, and where its commits live.

/// How the repository of a component was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidedBy {
    /// `components.<name>.repository` in config.
    Config,
    /// A version of it is a commit of the analysed repository.
    ThisRepository,
    /// A version of it is a commit of a clone beside the analysed repository.
    Sibling,
    /// No clone: GitHub told its commits, and they are cached.
    Github,
    /// Nothing: no repository holds any of its versions.
    Nobody,
}

/// A component (`frontend`, `lambda/image-processor`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its name; nested keys of a state file are joined by `/`.
    pub name: String,
    /// Index in `Facts::repositories` of the repository its versions are commits of, if one was found.
    pub repository: Option<usize>,
    /// How that repository was found.
    pub decided_by: DecidedBy,
    /// Whether it stands for the whole repository, whatever the paths of others in it: what runs of a
    /// workflow deploy.
    pub is_whole: bool,
    /// Path prefixes (with trailing `/`) that make a change belong to it in a repository it shares;
    /// empty when it has none of its own.
    pub paths: Vec<String>,
    /// The commit up to which undeployed changes wait: index in the repository's graph.
    pub waiting_head: Option<u32>,
}
