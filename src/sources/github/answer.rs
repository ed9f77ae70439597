//! One question to GitHub's API and its answer: what the files that read the kinds need to know of
//! how it is asked. `client` is the one that asks.

use serde_json::Value;

use super::GithubError;

/// The body of a successful answer with what its headers say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The body, decompressed; empty when nothing changed.
    pub body: Vec<u8>,
    /// Its entity tag, verbatim (`W/"…"` included), to ask with the next time.
    pub etag: Option<String>,
    /// Where the next page is: the `rel="next"` of its `Link` header.
    pub next: Option<String>,
    /// Whether it was `304 Not Modified`: what was known before still holds.
    pub is_unchanged: bool,
}

/// Somebody who can ask GitHub: the client, or a test.
pub trait Ask {
    /// Asks for a path below the API's root (`repos/acme/shop/labels?per_page=100`) or for the
    /// whole address of a next page. With an entity tag the answer may be that nothing changed.
    ///
    /// # Errors
    /// When there is no good answer after finite waits and tries.
    fn get(&self, at: &str, etag: Option<&str>) -> Result<Answer, GithubError>;

    /// Asks a GraphQL question; gives the whole body.
    ///
    /// # Errors
    /// As [`Ask::get`].
    fn graphql(&self, query: &str, variables: &Value) -> Result<Vec<u8>, GithubError>;
}
