//! Parse, run, exit: the only place that ends the process.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(dora::run(std::env::args_os()).code())
}
