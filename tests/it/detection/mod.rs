//! How well failed deployments are found: half a year of a synthetic project in which everything that
//! went wrong is known, because its story was written first (`failures`, `benign`, `rhythm`).
//! `project` makes a repository of it, `github` what GitHub says, `table` compares what `dora` finds
//! with `expected`, `page` writes docs/detection.md.

mod benign;
mod expected;
mod failures;
mod github;
mod objects;
mod page;
mod project;
mod rhythm;
mod story;
mod table;
mod timeline;
mod workflows;
