//! The same program under the name that makes `git dora` work.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(dora::run(std::env::args_os()).code())
}
