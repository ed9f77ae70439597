//! The integration tests: one binary, one hermetic world (`support::world`), the built `dora` run in it
//! (`support::run`).

#![allow(
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on panics, and writes files as anybody would"
)]

mod deployed_versions;
mod docs;
mod tidy;
mod worked_examples;
mod world_tests;

mod support {
    //! What the tests of the command line share.
    pub(crate) mod run;
    pub(crate) mod world;
}
