//! The integration tests: one binary, one hermetic world (`support::world`), the built `dora` run in it
//! (`support::run`), git itself for what is unusual (`support::shell`).

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

// Same input, same bytes; no person in any of them; nothing written where nothing belongs.
mod determinism;
// Every exit code of the table, errors as JSON, closed pipes, suggestions.
mod exit_codes;
// Text, files and configuration made by somebody who means harm.
mod hostile_content;
// Hostile or unlucky `.dora/` directories: links, wrong types, broken and newer files.
mod hostile_store;
// Accidents: damaged files, kill -9, several writers. What people recorded survives.
mod nothing_is_lost;
// Shallow, bare, detached, foreign, damaged: every shape of repository.
mod repository_shapes;

mod support {
    //! What the tests of the command line share.
    pub(crate) mod run;
    pub(crate) mod shell;
    pub(crate) mod world;
}
