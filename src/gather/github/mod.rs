//! What cached GitHub data means for the facts (`cached`, `known`, `incidents`, `remote_commits`), and how it
//! comes into the cache (`sync`). `deploy_workflows` decides which workflow
//! deploys where, from files (`workflow_graph`) and names (`workflow_names`); `run_verdict` judges one
//! run.

mod cached;
mod deploy_workflows;
mod incidents;
mod known;
mod remote_commits;
mod run_verdict;
pub mod sync;
pub mod work_items;
mod workflow_graph;
mod workflow_names;
mod workflow_words;

pub(crate) use cached::{CachedGithub, ReadEnvironment, ReadRun, detect};
pub(crate) use deploy_workflows::Detected;
pub use remote_commits::RemoteHistory;
