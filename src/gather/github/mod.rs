//! What cached GitHub data means for the facts. `deploy_workflows` decides which workflow deploys
//! where, from files (`workflow_graph`) and names (`workflow_names`); `run_verdict` judges one run.

mod deploy_workflows;
mod run_verdict;
mod workflow_graph;
mod workflow_names;
mod workflow_words;

pub use deploy_workflows::{
    DeployWorkflow, Detected, Detection, ListedWorkflow, NearMiss, deploy_workflows,
};
pub use run_verdict::verdict;
