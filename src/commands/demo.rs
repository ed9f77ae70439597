//! `dora demo`: a sample project in a new directory, and the report on it.

use crate::cli::{self, Common};
use crate::error::{Error, Exit};

use super::output::Output;

pub(super) fn run(
    _common: &Common,
    _flags: &cli::Demo,
    _output: &mut Output,
) -> Result<Exit, Error> {
    Err(Error::failure("not yet"))
}
