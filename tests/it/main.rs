//! The integration tests: one binary, one hermetic world (`support::world`), the built `dora` run in it
//! (`support::run`), git itself for what is unusual (`support::shell`).

#![allow(
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on panics, and writes files as anybody would"
)]

mod claude_commands;
mod deploy;
mod deployed_versions;
mod detection;
mod docs;
mod flow_story;
mod incident;
mod incident_places;
mod json_contract;
mod mark;
mod table_exports;
mod tidy;
mod tracker_exports;
mod tracker_import;
mod why;
mod why_flow;
mod worked_examples;
mod world_tests;

// Same input, same bytes; no person in any of them; nothing written where nothing belongs.
mod determinism;
// Every check of the doctor, and that its remedy is one.
mod doctor;
// Every exit code of the table, errors as JSON, closed pipes, suggestions.
mod exit_codes;
mod explain;
// Work items, from the import to every format of the value stream.
mod flow;
// What GitHub says: in the numbers, how it is asked for, and what is said where it does not tell.
mod github_numbers;
mod github_sync;
mod github_unknown;
// Text that somebody who means harm put into commits, tags and state files.
mod hostile_content;
// Hostile or unlucky `.dora/` directories: links, wrong types, no rights, broken files.
mod hostile_store;
// Times at and beyond the ends of the calendar.
mod impossible_times;
// Exports of trackers: what is kept, twice, torn, killed, out of git history.
mod import;
// kill -9 and several writers at once.
mod interrupted;
// Invalid configurations and files of a newer version.
mod invalid_files;
// Random damage: no panic, and what people recorded survives.
mod nothing_is_lost;
// Many writers, locks, full disks, files that are newer, cut short or mistyped: the record survives.
mod record_survives;
// Shallow, bare, detached, foreign, damaged: every shape of repository.
mod recording_page;
mod repository_shapes;
// The long view: every bucket is the report of it; levels, formats, errors.
mod trend;

mod support {
    //! What the tests of the command line share.
    pub(crate) mod github_server;
    pub(crate) mod github_story;
    pub(crate) mod run;
    pub(crate) mod shell;
    pub(crate) mod world;
}
