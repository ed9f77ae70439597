//! GitHub: who may be asked (`remote`, `access`), how (`client` over `rest` or `gh`), and what it answers,
//! one file per kind. Nothing here keeps anything: `store` does. A token is only ever sent to the
//! host it belongs to, and never printed.

mod address;
mod answer;
pub mod commits;
pub mod deployments;
mod error;
mod graphql;
mod issue_causes;
pub mod issues;
mod page;
mod pull_rows;
pub mod pulls;
mod row;
mod rows;
pub mod runs;

pub use answer::{Answer, Ask};
pub use error::GithubError;
pub use page::{Page, Trail};

#[cfg(test)]
mod corruption;
#[cfg(test)]
mod scripted;
