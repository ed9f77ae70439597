//! GitHub: who may be asked (`remote`, `access`), how (`client` over `rest` or `gh`), and what it answers,
//! one file per kind. Nothing here keeps anything: `store` does. A token is only ever sent to the
//! host it belongs to, and never printed.

mod access;
mod address;
mod answer;
mod api_root;
mod client;
pub mod commits;
pub mod deployments;
mod error;
mod exchange;
mod gh;
mod gh_program;
mod graphql;
mod issue_causes;
pub mod issues;
mod page;
mod pull_rows;
pub mod pulls;
mod rate_limit;
mod remote;
mod rest;
mod row;
mod rows;
pub mod runs;
mod token;
pub mod work_issues;

pub use access::{Access, NoAccess, access};
pub use answer::{Answer, Ask};
pub use client::{Client, Limits};
pub use error::GithubError;
pub use page::{Page, Trail};
pub use remote::repository_of_remote;

#[cfg(test)]
mod client_tests;
#[cfg(test)]
mod corruption;
#[cfg(test)]
#[cfg(unix)]
mod gh_tests;
#[cfg(test)]
#[path = "../../../tests/it/support/github_server.rs"]
mod github_server;
#[cfg(test)]
mod limit_tests;
#[cfg(test)]
mod scripted;
