//! GitHub: who may be asked (`remote`, `access`), how (`client` over `rest` or `gh`), and what it answers,
//! one file per kind. Nothing here keeps anything: `store` does. A token is only ever sent to the
//! host it belongs to, and never printed.

mod answer;
mod error;

pub use answer::{Answer, Ask};
pub use error::GithubError;
