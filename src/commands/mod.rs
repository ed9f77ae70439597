//! One file per command: each wires the rooms and computes nothing. `session` opens what they all
//! need, `output` is the way to the two streams and to files.

mod claude;
mod demo;
mod deploy;
mod derived;
mod doctor;
mod explain;
mod flow;
mod flow_code;
mod flow_key;
mod github;
mod help;
mod import;
mod import_file;
mod import_github;
mod import_history;
mod incident;
mod incident_import;
mod incident_list;
mod init;
mod mark;
mod output;
mod progress;
mod recording;
mod report;
mod session;
mod sync;
mod trend;
mod value;
mod why;
mod why_flow;

use std::ffi::OsString;

use crate::cli::{Cli, Command};
use crate::error::{Error, Exit};

use output::Output;

/// Runs the program with these arguments (the first is its name) and tells how it ended.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.collect();
    let cli = match Cli::read(&arguments) {
        Ok(cli) => cli,
        Err(answer) => return output::answer(&answer, Cli::ask_for_json(&arguments)),
    };
    let mut output = Output::new(&cli.common);
    let ended = match &cli.command {
        None => report::bare(&cli.common, &mut output),
        Some(Command::Init(flags)) => init::run(&cli.common, flags, &mut output),
        Some(Command::Report(flags)) => report::run(&cli.common, flags, &mut output),
        Some(Command::Why(flags)) => why::run(&cli.common, flags, &mut output),
        Some(Command::Trend(flags)) => trend::run(&cli.common, flags, &mut output),
        Some(Command::Flow(flags)) => flow::run(&cli.common, flags, &mut output),
        Some(Command::Value(flags)) => value::run(&cli.common, flags, &mut output),
        Some(Command::Deploy(flags)) => deploy::run(&cli.common, flags, &mut output),
        Some(Command::Incident(flags)) => incident::run(&cli.common, flags, &mut output),
        Some(Command::Mark(flags)) => mark::run(&cli.common, flags, &mut output),
        Some(Command::Import(flags)) => import::run(&cli.common, flags, &mut output),
        Some(Command::Sync(flags)) => sync::run(&cli.common, flags, &mut output),
        Some(Command::Doctor(_)) => doctor::run(&cli.common, &mut output),
        Some(Command::Demo(flags)) => demo::run(&cli.common, flags, &mut output),
        Some(Command::Explain(flags)) => explain::run(flags, &mut output),
        Some(Command::Help(flags)) => help::run(flags, &mut output),
    };
    match ended.and_then(|exit| output.flush().map(|()| exit)) {
        Ok(exit) => exit,
        Err(error) => {
            let error: Error = error;
            output.error(&error);
            error.exit
        }
    }
}
