//! What others wrote. Each file or folder reads one thing and returns values and what it had to
//! leave out: `git` the repositories, `github` what GitHub says of them, `commit_message` what a
//! message means in both, `deployed_versions` the contents of state files, `version_text` what a
//! version could mean, `release_tags` the names of tags, `workflow_files` the workflows of GitHub
//! Actions, `work_items` the exports of trackers, `incidents` those of tools that alert people.

mod commit_message;
mod component_shapes;
pub mod deployed_versions;
pub mod git;
pub mod github;
pub mod incidents;
mod json_content;
pub mod release_tags;
pub mod version_text;
pub mod work_item_keys;
pub mod work_items;
pub mod workflow_files;

pub use json_content::ContentError;
