//! What others wrote: each file or folder reads one thing and returns values and notices.

pub mod git;
